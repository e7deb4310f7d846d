//! What the simulation is compared with: the exact prediction as plain data, so that tests can perturb it.

use saltus_exact::{Rational, SqrtSum};
use saltus_jump::relu::{JumpedNeuron, ReluSequence};
use saltus_problem::ReluInstance;

use super::rate::{Rate, predicted_rates};

/// The predicted process of one instance.
///
/// Two points with labels 3 and 4 have the initial loss `(3² + 4²)/(2·2) = 25/4`, and a jump takes `y_i²/(2n)` off for each
/// point that it fits.
#[derive(Debug, Clone)]
pub struct ReluExpectation {
    /// The jumps in order of time.
    pub jumps: Vec<ExpectedJump>,
    /// Loss of the zero network.
    pub initial_loss: Rational,
    /// Points with a non-zero label that are never fitted.
    pub unfitted: Vec<usize>,
    /// Predicted rate of convergence of each jump.
    pub rates: Vec<Rate>,
    /// `‖θ‖²` at the end; `None` where a tie left it undetermined.
    pub squared_norm: Option<SqrtSum>,
}

/// One predicted jump.
///
/// It comes `min_j e_j/ρ_j(S)` after the jump before, or after the start, over the neurons that have not jumped and have
/// `ρ_j(S) > 0`.
#[derive(Debug, Clone)]
pub struct ExpectedJump {
    /// Rescaled time, rounded to the nearest float.
    pub time: f64,
    /// Neurons that jump.
    pub neurons: Vec<usize>,
    /// Points that are fitted.
    pub points: Vec<usize>,
    /// `A_j∖S` of each neuron that jumps.
    pub blocks: Vec<Vec<usize>>,
    /// Loss after the jump.
    pub loss: Rational,
    /// Sizes and directions of the neurons that jumped; `None` where a tie leaves them undetermined.
    pub parameters: Option<Vec<JumpedNeuron>>,
    /// Rates `ρ_j(S)` of all neurons on the plateau before the jump, 0 for neurons that had jumped.
    pub rates: Vec<f64>,
    /// Exponents of all neurons at the jump, 0 for neurons that have jumped.
    pub exponents: Vec<f64>,
}

impl ReluExpectation {
    /// The prediction itself, with times, rates and exponents as floats: a jump at `√2` has the time `1.4142135623730951`.
    pub fn new(instance: &ReluInstance, sequence: &ReluSequence) -> ReluExpectation {
        let jumps = sequence
            .jumps()
            .iter()
            .map(|jump| ExpectedJump {
                time: jump.time.to_f64(),
                neurons: jump.winner.neurons().to_vec(),
                points: jump.points.clone(),
                blocks: jump.blocks.clone(),
                loss: jump.loss.clone(),
                parameters: jump.parameters.clone(),
                rates: jump
                    .squared_rates
                    .iter()
                    .map(|squared| squared.to_f64().sqrt())
                    .collect(),
                exponents: jump.exponents.iter().map(|e| e.to_f64()).collect(),
            })
            .collect();
        ReluExpectation {
            jumps,
            initial_loss: sequence.initial_loss().clone(),
            unfitted: sequence.unfitted().to_vec(),
            rates: predicted_rates(instance, sequence),
            squared_norm: sequence.squared_norm(),
        }
    }

    /// The first tie, described, if there is one: `unique winners: at jump 0 neurons [1, 4] jump together`.
    pub fn tie(&self) -> Option<String> {
        let (jump, tied) = self
            .jumps
            .iter()
            .enumerate()
            .find(|(_, jump)| jump.neurons.len() > 1)?;
        Some(format!(
            "unique winners: at jump {jump} neurons {:?} jump together",
            tied.neurons
        ))
    }

    /// Neurons that have jumped before or at `jump`.
    pub fn jumped_by(&self, jump: usize) -> Vec<usize> {
        let mut neurons: Vec<usize> = self.jumps[..=jump]
            .iter()
            .flat_map(|jump| jump.neurons.iter().copied())
            .collect();
        neurons.sort_unstable();
        neurons
    }
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::expectation;

    #[test]
    fn neurons_that_have_jumped_are_known() {
        let expected = expectation();
        assert_eq!(expected.jumped_by(0), [1]);
        assert_eq!(expected.jumped_by(1), [0, 1]);
        assert_eq!(expected.tie(), None);
        let mut tied = expectation();
        tied.jumps[1].neurons = vec![0, 2];
        let tie = "unique winners: at jump 1 neurons [0, 2] jump together";
        assert_eq!(tied.tie().as_deref(), Some(tie));
    }
}
