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
}
