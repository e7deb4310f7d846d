//! Laws of the jump process of two-layer ReLU networks.

use proptest::prelude::*;
use saltus_exact::{Rational, SqrtSum};
use saltus_jump::relu::predict;
use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};

use crate::numbers::{
    Rows, matrix, new_places, number, permutation, permuted, positive, rotate, rotations, rows,
};

/// A network and its data before validation.
#[derive(Debug, Clone)]
struct Network {
    inputs: Rows,
    labels: Vec<Rational>,
    hidden: Rows,
    signs: Vec<bool>,
    exponents: Vec<Rational>,
    /// Output weights that are larger than the norms of the hidden weights, instead of balanced ones.
    dominated: bool,
}

/// What the limit process does: its jumps, the points left over, the least norm.
#[derive(Debug, PartialEq)]
struct Process {
    jumps: Vec<Jump>,
    unfitted: Vec<usize>,
    min_squared_norm: SqrtSum,
}

#[derive(Debug, PartialEq)]
struct Jump {
    time: SqrtSum,
    neurons: Vec<usize>,
    points: Vec<usize>,
    loss: Rational,
    squared_norm: Option<SqrtSum>,
    weights: Option<Vec<Weights>>,
}

/// A neuron, its squared size, and the coefficients of the points in its direction.
type Weights = (usize, SqrtSum, Vec<(usize, SqrtSum)>);

/// Scaled axes in one dimension more than there are points; up to four points and five neurons.
fn networks() -> impl Strategy<Value = Network> {
    let sizes = (1_usize..=4, 1_usize..=5, any::<bool>(), any::<bool>());
    sizes.prop_flat_map(|(n, m, dominated, has_exponents)| {
        let exponent = positive().prop_map(move |exponent| {
            if has_exponents {
                exponent
            } else {
                Rational::one()
            }
        });
        let parts = (
            proptest::collection::vec(positive(), n),
            proptest::collection::vec(number(), n),
            rows(m, n + 1),
            proptest::collection::vec(any::<bool>(), m),
            proptest::collection::vec(exponent, m),
        );
        parts.prop_map(move |(norms, labels, hidden, signs, exponents)| Network {
            inputs: (0..n)
                .map(|i| {
                    let mut axis = vec![Rational::zero(); n + 1];
                    axis[i] = norms[i].clone();
                    axis
                })
                .collect(),
            labels,
            hidden,
            signs,
            exponents,
            dominated,
        })
    })
}

impl Network {
    fn instance(&self) -> ReluInstance {
        let data = OrthogonalData::new(matrix(&self.inputs), self.labels.clone());
        let sign = |positive: &bool| match positive {
            true => Sign::Positive,
            false => Sign::Negative,
        };
        let output = if self.dominated {
            let weight = |(row, positive): (&Vec<Rational>, &bool)| {
                // One more than the squared norm is at least the norm, and invariant under rotations.
                let size = row.iter().map(Rational::square).sum::<Rational>() + Rational::one();
                sign(positive).to_rational() * size
            };
            Output::Given(self.hidden.iter().zip(&self.signs).map(weight).collect())
        } else {
            Output::Balanced {
                signs: self.signs.iter().map(sign).collect(),
            }
        };
        let init =
            ReluInitialisation::new(matrix(&self.hidden), output, Some(self.exponents.clone()));
        let (data, init) = (data.expect("orthogonal"), init.expect("valid"));
        ReluInstance::new("random".to_owned(), data, init).expect("shapes that fit")
    }

    fn process(&self) -> Process {
        let sequence = predict(&self.instance()).expect("a short process");
        let jump = |jump: &saltus_jump::relu::ReluJump| Jump {
            time: jump.time.exact().expect("few terms").clone(),
            neurons: jump.winner.neurons().to_vec(),
            points: jump.points.clone(),
            loss: jump.loss.clone(),
            squared_norm: jump.squared_norm.clone(),
            weights: jump.parameters.as_ref().map(|neurons| {
                let weights = neurons.iter().map(|jumped| {
                    (
                        jumped.neuron,
                        jumped.squared_size.clone(),
                        jumped.direction.clone(),
                    )
                });
                weights.collect()
            }),
        };
        Process {
            jumps: sequence.jumps().iter().map(jump).collect(),
            unfitted: sequence.unfitted().to_vec(),
            min_squared_norm: sequence.min_squared_norm().clone(),
        }
    }
}

impl Process {
    /// The same process with times, losses and sizes multiplied, and the coefficients of directions too.
    fn scaled(
        mut self,
        time: &Rational,
        loss: &Rational,
        size: &Rational,
        coefficient: &Rational,
    ) -> Self {
        for jump in &mut self.jumps {
            jump.time = jump.time.scale(time);
            jump.loss = &jump.loss * loss;
            jump.squared_norm = jump.squared_norm.as_ref().map(|norm| norm.scale(size));
            for (_, squared_size, direction) in jump.weights.iter_mut().flatten() {
                *squared_size = squared_size.scale(size);
                for (_, value) in direction {
                    *value = value.scale(coefficient);
                }
            }
        }
        self.min_squared_norm = self.min_squared_norm.scale(size);
        self
    }

    fn with_points_permuted(mut self, order: &[usize]) -> Self {
        for jump in &mut self.jumps {
            jump.points = new_places(&jump.points, order);
            for (_, _, direction) in jump.weights.iter_mut().flatten() {
                for (point, _) in direction.iter_mut() {
                    *point = new_places(&[*point], order)[0];
                }
                direction.sort_by_key(|(point, _)| *point);
            }
        }
        self.unfitted = new_places(&self.unfitted, order);
        self
    }

    fn with_neurons_permuted(mut self, order: &[usize]) -> Self {
        for jump in &mut self.jumps {
            jump.neurons = new_places(&jump.neurons, order);
            if let Some(weights) = &mut jump.weights {
                for (neuron, _, _) in weights.iter_mut() {
                    *neuron = new_places(&[*neuron], order)[0];
                }
                weights.sort_by_key(|(neuron, _, _)| *neuron);
            }
        }
        self
    }
}

/// A network with an order of its points, one of its neurons, and rotations of its input space.
fn rearranged() -> impl Strategy<Value = (Network, Vec<usize>, Vec<usize>)> {
    networks().prop_flat_map(|network| {
        let (n, m) = (network.labels.len(), network.signs.len());
        (Just(network), permutation(n), permutation(m))
    })
}

/// Two chains of points, one for each sign, whose pushes make the rate of every beginning of a chain a whole number:
/// `3² + 4² = 5²`, `5² + 12² = 13²`, `13² + 84² = 85²`.
///
/// Every neuron is open to the beginning of one chain, or to a single point. Whole rates keep the exponents rational that are left
/// when a run is cut.
fn networks_with_whole_rates() -> impl Strategy<Value = Network> {
    const PUSHES: [i64; 6] = [3, 4, 12, 5, 12, 84];
    let neuron = (any::<bool>(), any::<bool>(), 0_usize..3, positive());
    proptest::collection::vec(neuron, 1..=7).prop_map(|neurons| {
        let axis = |i: usize| {
            let entry = |k| Rational::integer(i64::from(k == i));
            (0..6).map(entry).collect::<Vec<_>>()
        };
        let row = |&(positive, is_chain, last, _): &(bool, bool, usize, Rational)| {
            let start = if positive { 0 } else { 3 };
            let is_open = |k: usize| match is_chain {
                true => (start..=start + last).contains(&k),
                false => k == start + last,
            };
            let entry = |k| Rational::integer(if is_open(k) { 1 } else { -1 });
            (0..6).map(entry).collect()
        };
        Network {
            inputs: (0..6).map(axis).collect(),
            // Six times the push: the push is |y| ‖x‖ / n.
            labels: (0..6)
                .map(|i| Rational::integer(6 * PUSHES[i] * if i < 3 { 1 } else { -1 }))
                .collect(),
            hidden: neurons.iter().map(row).collect(),
            signs: neurons.iter().map(|neuron| neuron.0).collect(),
            exponents: neurons.iter().map(|neuron| neuron.3.clone()).collect(),
            dominated: false,
        }
    })
}

impl Network {
    /// `Σ D_i²` over the points of `A_j` that are not fitted, from the definition.
    fn squared_rate(&self, neuron: usize, fitted: &[usize]) -> Rational {
        let n = Rational::integer(self.labels.len());
        let dot = |a: &[Rational], b: &[Rational]| -> Rational {
            a.iter().zip(b).map(|(x, y)| x * y).sum()
        };
        (0..self.labels.len())
            .filter(|point| !fitted.contains(point))
            .filter(|&point| {
                let is_open = dot(&self.hidden[neuron], &self.inputs[point]).is_positive();
                let label = &self.labels[point];
                let pulls = match self.signs[neuron] {
                    true => label.is_positive(),
                    false => label.is_negative(),
                };
                is_open && pulls
            })
            .map(|point| {
                let push = self.labels[point].checked_div(&n).expect("n is positive");
                push.square() * dot(&self.inputs[point], &self.inputs[point])
            })
            .sum()
    }

    /// What is left of the network after its first jumps; `None` if an exponent that is left is not rational.
    ///
    /// Points that are fitted have label 0 from then on, neurons that have jumped are at rest, and the others start from the size
    /// to which they have grown.
    fn rest(&self, process: &Process, n_jumps: usize) -> Option<Network> {
        let mut rest = self.clone();
        let mut fitted: Vec<usize> = (0..self.labels.len())
            .filter(|&point| self.labels[point].is_zero())
            .collect();
        let mut now = SqrtSum::zero();
        for jump in &process.jumps[..n_jumps] {
            let step = &jump.time - &now;
            now = jump.time.clone();
            for neuron in 0..self.signs.len() {
                let rate = SqrtSum::sqrt(&self.squared_rate(neuron, &fitted))?;
                let left = SqrtSum::from(rest.exponents[neuron].clone()) - step.mul(&rate);
                let jumped = jump.neurons.contains(&neuron);
                rest.exponents[neuron] = match jumped {
                    // At rest it needs some exponent, and no exponent may be 0.
                    true => Rational::one(),
                    false => left.as_rational()?,
                };
                if jumped {
                    rest.hidden[neuron].fill(Rational::zero());
                }
            }
            fitted.extend(&jump.points);
        }
        for point in fitted {
            rest.labels[point] = Rational::zero();
        }
        Some(rest)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn permuting_points_or_neurons_permutes_the_answer((network, points, neurons) in rearranged()) {
        let mut other = network.clone();
        other.inputs = permuted(&network.inputs, &points);
        other.labels = permuted(&network.labels, &points);
        other.hidden = permuted(&network.hidden, &neurons);
        other.signs = permuted(&network.signs, &neurons);
        other.exponents = permuted(&network.exponents, &neurons);
        let expected = network.process().with_points_permuted(&points).with_neurons_permuted(&neurons);
        prop_assert_eq!(other.process(), expected);
    }

    #[test]
    fn scaling_the_labels_divides_the_times(network in networks(), factor in positive()) {
        let mut other = network.clone();
        for label in &mut other.labels {
            *label = &*label * &factor;
        }
        let inverse = factor.recip().expect("positive");
        let expected = network.process().scaled(&inverse, &factor.square(), &factor, &Rational::one());
        prop_assert_eq!(other.process(), expected);
    }

    #[test]
    fn scaling_the_inputs_divides_times_and_sizes(network in networks(), factor in positive()) {
        let mut other = network.clone();
        for entry in other.inputs.iter_mut().flatten() {
            *entry = &*entry * &factor;
        }
        let inverse = factor.recip().expect("positive");
        let expected = network.process().scaled(&inverse, &Rational::one(), &inverse, &inverse);
        prop_assert_eq!(other.process(), expected);
    }

    #[test]
    fn scaling_the_exponents_multiplies_the_times(network in networks(), factor in positive()) {
        let mut other = network.clone();
        for exponent in &mut other.exponents {
            *exponent = &*exponent * &factor;
        }
        let one = Rational::one();
        prop_assert_eq!(other.process(), network.process().scaled(&factor, &one, &one, &one));
    }

    #[test]
    fn rotating_the_input_space_changes_nothing(
        (network, turns) in networks().prop_flat_map(|network| {
            let dimension = network.inputs[0].len();
            (Just(network), rotations(dimension))
        })
    ) {
        let mut other = network.clone();
        for vector in other.inputs.iter_mut().chain(&mut other.hidden) {
            rotate(&turns, vector);
        }
        prop_assert_eq!(other.process(), network.process());
    }

    #[test]
    fn the_initial_sizes_of_neurons_change_nothing(network in networks(), factor in positive()) {
        let mut other = network.clone();
        for row in other.hidden.iter_mut().step_by(2) {
            for entry in row {
                *entry = &*entry * &factor;
            }
        }
        prop_assert_eq!(other.process(), network.process());
    }

    #[test]
    fn an_idle_neuron_changes_nothing(network in networks(), sign in any::<bool>(), at_rest in any::<bool>()) {
        let mut other = network.clone();
        // Either at rest, or turned away from every point.
        let dimension = network.inputs[0].len();
        let away = |k: usize| network.inputs.iter().map(|input| -&input[k]).sum();
        let row = (0..dimension).map(|k| if at_rest { Rational::zero() } else { away(k) });
        other.hidden.push(row.collect());
        other.signs.push(sign);
        other.exponents.push(Rational::one());
        prop_assert_eq!(other.process(), network.process());
    }

    #[test]
    fn a_twin_jumps_with_its_neuron(network in networks(), chosen in any::<prop::sample::Index>()) {
        let chosen = chosen.index(network.signs.len());
        let twin = network.signs.len();
        let mut other = network.clone();
        other.hidden.push(network.hidden[chosen].clone());
        other.signs.push(network.signs[chosen]);
        other.exponents.push(network.exponents[chosen].clone());
        let (found, mut expected) = (other.process(), network.process());
        prop_assert_eq!(found.jumps.len(), expected.jumps.len());
        for (found, expected) in found.jumps.iter().zip(&mut expected.jumps) {
            if expected.neurons.contains(&chosen) {
                expected.neurons.push(twin);
            }
            prop_assert_eq!(
                (&found.time, &found.neurons, &found.points, &found.loss, &found.squared_norm),
                (&expected.time, &expected.neurons, &expected.points, &expected.loss, &expected.squared_norm)
            );
        }
    }

    #[test]
    fn what_is_left_of_a_run_goes_on_as_the_run_does(
        network in prop_oneof![3 => networks_with_whole_rates(), 1 => networks()],
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = network.process();
        let cut = cut.index(whole.jumps.len() + 1);
        let Some(rest) = network.rest(&whole, cut) else {
            return Err(TestCaseError::reject("an exponent is left that no file can hold"));
        };
        let found = rest.process();
        let (done, expected) = whole.jumps.split_at(cut);
        prop_assert_eq!(found.jumps.len(), expected.len());
        let start = done.last().map_or(SqrtSum::zero(), |jump| jump.time.clone());
        let norm = done.last().map_or(Some(SqrtSum::zero()), |jump| jump.squared_norm.clone());
        for (found, expected) in found.jumps.iter().zip(expected) {
            prop_assert_eq!(&(&start + &found.time), &expected.time);
            prop_assert_eq!(
                (&found.neurons, &found.points, &found.loss),
                (&expected.neurons, &expected.points, &expected.loss)
            );
            let sum = norm.as_ref().zip(found.squared_norm.as_ref()).map(|(done, new)| done + new);
            prop_assert_eq!(&sum, &expected.squared_norm);
        }
    }

    #[test]
    fn a_smaller_start_by_one_unit_of_time_is_one_unit_later(
        network in prop_oneof![3 => networks_with_whole_rates(), 1 => networks()],
        delay in positive(),
    ) {
        let mut other = network.clone();
        let unfit: Vec<usize> = (0..network.labels.len()).filter(|&k| network.labels[k].is_zero()).collect();
        for neuron in 0..network.signs.len() {
            // Before the first jump a neuron grows at its rate on all points: that growth is undone.
            let Some(rate) = network.squared_rate(neuron, &unfit).exact_sqrt() else {
                return Err(TestCaseError::reject("an irrational rate"));
            };
            other.exponents[neuron] = &other.exponents[neuron] + &(&rate * &delay);
        }
        let mut expected = network.process();
        for jump in &mut expected.jumps {
            jump.time = &jump.time + &SqrtSum::from(delay.clone());
        }
        prop_assert_eq!(other.process(), expected);
    }

    #[test]
    fn a_point_with_label_0_slows_the_clock(network in networks(), copies in 1_usize..=4) {
        // As many as there are points double n.
        let n = network.labels.len();
        let mut other = network.clone();
        for row in other.inputs.iter_mut().chain(&mut other.hidden) {
            row.extend(vec![Rational::zero(); copies]);
        }
        for copy in 0..copies {
            let mut axis = vec![Rational::zero(); n + 1 + copies];
            axis[n + 1 + copy] = Rational::integer(2);
            other.inputs.push(axis);
            other.labels.push(Rational::zero());
        }
        let slower = Rational::new(n + copies, n).expect("a point");
        let smaller = slower.recip().expect("positive");
        let one = Rational::one();
        prop_assert_eq!(other.process(), network.process().scaled(&slower, &smaller, &one, &one));
    }

    #[test]
    fn losses_fall_times_rise_and_no_point_is_fitted_twice(network in networks()) {
        let process = network.process();
        let n = Rational::integer(2 * network.labels.len());
        let mut loss = network.labels.iter().map(Rational::square).sum::<Rational>().checked_div(&n).expect("n > 0");
        let (mut time, mut norm) = (SqrtSum::zero(), Some(SqrtSum::zero()));
        let mut seen: Vec<usize> = process.unfitted.clone();
        for jump in &process.jumps {
            prop_assert!(jump.loss < loss && jump.time > time);
            (loss, time) = (jump.loss.clone(), jump.time.clone());
            if let (Some(before), Some(after)) = (&norm, &jump.squared_norm) {
                prop_assert!(after > before);
            }
            norm = jump.squared_norm.clone();
            seen.extend(&jump.points);
        }
        seen.extend((0..network.labels.len()).filter(|&point| network.labels[point].is_zero()));
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..network.labels.len()).collect::<Vec<_>>());
    }

    #[test]
    fn no_interpolator_has_less_than_the_least_norm(network in networks()) {
        let process = network.process();
        let final_norm = process.jumps.last().map_or(Some(SqrtSum::zero()), |jump| jump.squared_norm.clone());
        if let (true, Some(norm)) = (process.unfitted.is_empty(), final_norm) {
            prop_assert!(norm >= process.min_squared_norm);
        }
    }
}
