//! Laws of the jump process of diagonal linear networks.

use num_bigint::BigInt;
use proptest::prelude::*;
use saltus_exact::{IntegerMatrix, Rational};
use saltus_jump::diagonal::{DiagonalJump, predict};
use saltus_problem::DiagonalInstance;

use crate::numbers::{
    Rows, matrix, new_places, number, permutation, permuted, positive, ratio, rotate, rotations,
    rows,
};

/// A network and its data before validation.
#[derive(Debug, Clone)]
struct Network {
    inputs: Rows,
    labels: Vec<Rational>,
    shapes: Vec<Rational>,
    exponents: Vec<Rational>,
}

/// One jump; coefficients and changes of the support where they are unique.
#[derive(Debug, PartialEq)]
struct Jump {
    time: Rational,
    hits: Vec<usize>,
    activated: Option<Vec<usize>>,
    deactivated: Option<Vec<usize>>,
    beta: Option<Vec<Rational>>,
    loss: Rational,
    l1_norm: Option<Rational>,
    degenerate: Vec<usize>,
}

/// Up to four samples and five coordinates.
fn networks() -> impl Strategy<Value = Network> {
    let sizes = (1_usize..=4, 1_usize..=5, any::<bool>());
    sizes.prop_flat_map(|(n, d, has_exponents)| {
        let exponent = positive().prop_map(move |exponent| {
            if has_exponents {
                exponent
            } else {
                Rational::one()
            }
        });
        let parts = (
            rows(n, d),
            proptest::collection::vec(number(), n),
            proptest::collection::vec(positive(), d),
            proptest::collection::vec(exponent, d),
        );
        parts.prop_map(|(inputs, labels, shapes, exponents)| Network {
            inputs,
            labels,
            shapes,
            exponents,
        })
    })
}

impl Network {
    fn process(&self) -> Vec<Jump> {
        let instance = DiagonalInstance::new(
            "random".to_owned(),
            matrix(&self.inputs),
            self.labels.clone(),
            Some(self.shapes.clone()),
            Some(self.exponents.clone()),
        );
        let sequence = predict(&instance.expect("shapes that fit")).expect("a short process");
        let jump = |jump: &DiagonalJump| Jump {
            time: jump.time.clone(),
            hits: jump.hits.clone(),
            activated: jump.activated.clone(),
            deactivated: jump.deactivated.clone(),
            beta: jump.unique.then(|| jump.beta.clone()),
            loss: jump.loss.clone(),
            l1_norm: jump.l1_norm.clone(),
            degenerate: jump.degenerate.clone(),
        };
        sequence.jumps().iter().map(jump).collect()
    }
}

/// The same process with times, losses and coefficients multiplied.
fn scaled(mut jumps: Vec<Jump>, time: &Rational, loss: &Rational, size: &Rational) -> Vec<Jump> {
    for jump in &mut jumps {
        jump.time = &jump.time * time;
        jump.loss = &jump.loss * loss;
        jump.l1_norm = jump.l1_norm.as_ref().map(|norm| norm * &size.abs());
        for value in jump.beta.iter_mut().flatten() {
            *value = &*value * size;
        }
    }
    jumps
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn permuting_coordinates_permutes_the_answer(
        (network, order) in networks().prop_flat_map(|network| {
            let d = network.shapes.len();
            (Just(network), permutation(d))
        })
    ) {
        let mut other = network.clone();
        other.inputs = network.inputs.iter().map(|row| permuted(row, &order)).collect();
        other.shapes = permuted(&network.shapes, &order);
        other.exponents = permuted(&network.exponents, &order);
        let mut expected = network.process();
        for jump in &mut expected {
            for list in [&mut jump.hits, &mut jump.degenerate] {
                *list = new_places(list, &order);
            }
            for list in [&mut jump.activated, &mut jump.deactivated].into_iter().flatten() {
                *list = new_places(list, &order);
            }
            jump.beta = jump.beta.as_ref().map(|beta| permuted(beta, &order));
        }
        prop_assert_eq!(other.process(), expected);
    }

    #[test]
    fn permuting_samples_changes_nothing(
        (network, order) in networks().prop_flat_map(|network| {
            let n = network.labels.len();
            (Just(network), permutation(n))
        })
    ) {
        let mut other = network.clone();
        other.inputs = permuted(&network.inputs, &order);
        other.labels = permuted(&network.labels, &order);
        prop_assert_eq!(other.process(), network.process());
    }

    #[test]
    fn rotating_the_samples_changes_nothing(
        (network, turns) in networks().prop_flat_map(|network| {
            let n = network.labels.len();
            (Just(network), rotations(n))
        })
    ) {
        let mut other = network.clone();
        for column in 0..network.shapes.len() {
            let mut entries: Vec<Rational> = network.inputs.iter().map(|row| row[column].clone()).collect();
            rotate(&turns, &mut entries);
            for (row, entry) in other.inputs.iter_mut().zip(entries) {
                row[column] = entry;
            }
        }
        rotate(&turns, &mut other.labels);
        prop_assert_eq!(other.process(), network.process());
    }

    #[test]
    fn scaling_the_labels_divides_the_times(network in networks(), factor in positive()) {
        let mut other = network.clone();
        for label in &mut other.labels {
            *label = &*label * &factor;
        }
        let inverse = factor.recip().expect("positive");
        prop_assert_eq!(other.process(), scaled(network.process(), &inverse, &factor.square(), &factor));
    }

    #[test]
    fn scaling_inputs_and_labels_keeps_the_coefficients(network in networks(), factor in positive()) {
        let mut other = network.clone();
        for entry in other.inputs.iter_mut().flatten().chain(&mut other.labels) {
            *entry = &*entry * &factor;
        }
        let square = factor.square();
        let inverse = square.recip().expect("positive");
        prop_assert_eq!(other.process(), scaled(network.process(), &inverse, &square, &Rational::one()));
    }

    #[test]
    fn negating_the_labels_negates_the_coefficients(network in networks()) {
        let mut other = network.clone();
        for label in &mut other.labels {
            *label = -&*label;
        }
        let one = Rational::one();
        prop_assert_eq!(other.process(), scaled(network.process(), &one, &one, &Rational::integer(-1)));
    }

    #[test]
    fn scaling_the_exponents_multiplies_the_times(network in networks(), factor in positive()) {
        let mut other = network.clone();
        for exponent in &mut other.exponents {
            *exponent = &*exponent * &factor;
        }
        let one = Rational::one();
        prop_assert_eq!(other.process(), scaled(network.process(), &factor, &one, &one));
    }

    #[test]
    fn shapes_change_nothing(network in networks()) {
        let mut other = network.clone();
        other.shapes = vec![Rational::one(); network.shapes.len()];
        prop_assert_eq!(other.process(), network.process());
    }

    #[test]
    fn samples_taken_twice_change_nothing(network in networks()) {
        let mut other = network.clone();
        other.inputs.extend(network.inputs.clone());
        other.labels.extend(network.labels.clone());
        prop_assert_eq!(other.process(), network.process());
    }

    #[test]
    fn a_sample_of_zeros_slows_the_clock(network in networks()) {
        let mut other = network.clone();
        other.inputs.push(vec![Rational::zero(); network.shapes.len()]);
        other.labels.push(Rational::zero());
        let n = i64::try_from(network.labels.len()).expect("few samples");
        let expected = scaled(network.process(), &ratio(n + 1, n), &ratio(n, n + 1), &Rational::one());
        prop_assert_eq!(other.process(), expected);
    }

    #[test]
    fn a_column_of_zeros_changes_nothing(network in networks()) {
        let mut other = network.clone();
        for row in &mut other.inputs {
            row.push(Rational::zero());
        }
        other.shapes.push(Rational::one());
        other.exponents.push(Rational::one());
        let mut expected = network.process();
        for beta in expected.iter_mut().filter_map(|jump| jump.beta.as_mut()) {
            beta.push(Rational::zero());
        }
        prop_assert_eq!(other.process(), expected);
    }

    #[test]
    fn a_column_taken_twice_keeps_times_and_losses(network in networks(), chosen in any::<prop::sample::Index>()) {
        let chosen = chosen.index(network.shapes.len());
        let mut other = network.clone();
        for row in &mut other.inputs {
            row.push(row[chosen].clone());
        }
        other.shapes.push(network.shapes[chosen].clone());
        other.exponents.push(network.exponents[chosen].clone());
        let (found, expected) = (other.process(), network.process());
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert_eq!((&found.time, &found.loss), (&expected.time, &expected.loss));
        }
    }

    #[test]
    fn a_smaller_start_by_one_unit_of_time_is_one_unit_later(network in networks(), delay in positive()) {
        // Before the first jump the dual variables move at the gradient of the loss at 0.
        let n = Rational::integer(network.labels.len());
        let slopes: Vec<Rational> = (0..network.shapes.len())
            .map(|column| {
                let products = network.inputs.iter().zip(&network.labels).map(|(row, y)| &row[column] * y);
                products.sum::<Rational>().checked_div(&n).expect("n > 0")
            })
            .collect();
        let mut other = network.clone();
        for (exponent, slope) in other.exponents.iter_mut().zip(&slopes) {
            *exponent = &*exponent + &(&slope.abs() * &delay);
        }
        let mut expected = network.process();
        // A coordinate that comes to the bound behind its start finds it further away than before: from there on the runs differ.
        let behind = expected.iter().position(|jump| jump.beta.as_ref().is_none_or(|beta| {
            let is_behind = |k: &usize| !(&beta[*k] * &slopes[*k]).is_positive();
            jump.hits.iter().any(is_behind)
        }));
        let mut found = other.process();
        match behind {
            Some(first) => {
                found.truncate(first);
                expected.truncate(first);
            }
            None => prop_assert_eq!(found.len(), expected.len()),
        }
        for jump in &mut expected {
            jump.time = &jump.time + &delay;
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn losses_fall_and_times_rise(network in networks()) {
        let n = Rational::integer(2 * network.labels.len());
        let initial = network.labels.iter().map(Rational::square).sum::<Rational>();
        let mut last = (Rational::zero(), initial.checked_div(&n).expect("n > 0"));
        for jump in network.process() {
            prop_assert!(jump.time > last.0);
            prop_assert!(jump.loss <= last.1);
            // Only where a coordinate merely touches its bound is the fit the same before and after.
            prop_assert!(jump.loss < last.1 || !jump.degenerate.is_empty() || jump.activated.is_none_or(|list| list.is_empty()));
            last = (jump.time, jump.loss);
        }
    }

    #[test]
    fn no_minimiser_has_less_than_the_least_norm(
        network in networks(),
        steps in proptest::collection::vec(number(), 5),
    ) {
        let process = network.process();
        let Some(beta) = process.last().and_then(|jump| jump.beta.clone()) else {
            return Ok(());
        };
        let weighted = |beta: &[Rational]| -> Rational {
            beta.iter().zip(&network.exponents).map(|(b, k)| &b.abs() * k).sum()
        };
        // Every vector with the same fit differs by one that the inputs map to 0.
        let common: BigInt = network.inputs.iter().flatten().map(|x| x.denom().clone()).product();
        let entries = network.inputs.iter().flatten().map(|x| x.numer() * (&common / x.denom()));
        let integers = IntegerMatrix::new(network.inputs.len(), beta.len(), entries.collect()).expect("all entries");
        let mut other = beta.clone();
        for (vector, step) in integers.nullspace().iter().zip(&steps) {
            for (entry, direction) in other.iter_mut().zip(vector) {
                *entry = &*entry + &(step * &Rational::integer(direction.clone()));
            }
        }
        prop_assert!(weighted(&beta) <= weighted(&other));
    }
}
