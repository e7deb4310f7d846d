//! What the simulation is compared with: the exact prediction as plain data, so that tests can perturb it.

use saltus_exact::Rational;
use saltus_jump::diagonal::{DiagonalSequence, dual_variables};
use saltus_problem::DiagonalInstance;

/// The predicted process of one instance.
///
/// For the shipped `dln-5x7`: two jumps, at the times `1/7` and `2/5`, and the initial loss `69/10`.
#[derive(Debug, Clone)]
pub struct DiagonalExpectation {
    /// The jumps in order of time, each with the saddle that it leads to.
    pub jumps: Vec<ExpectedSaddle>,
    /// Loss at β = 0.
    pub initial_loss: Rational,
}

/// One predicted jump.
///
/// The first one of the shipped `dln-5x7`: at the time `1/7` coordinate 0 enters, `activated == Some(vec![0])`, and leads to
/// `β = (7/5, 0, 0, 0, 0, 0, 0)`, with the loss `2`.
#[derive(Debug, Clone)]
pub struct ExpectedSaddle {
    /// Exact rescaled time.
    pub time: Rational,
    /// Coordinates that enter the support; `None` where β is not unique.
    pub activated: Option<Vec<usize>>,
    /// Coordinates that leave the support; `None` where β is not unique.
    pub deactivated: Option<Vec<usize>>,
    /// β after the jump (one of several where not `unique`).
    pub beta: Vec<Rational>,
    /// Whether β is determined.
    pub unique: bool,
    /// Loss after the jump.
    pub loss: Rational,
    /// Dual variable at the jump.
    pub dual: Vec<Rational>,
    /// Coordinates where strict complementarity fails.
    pub degenerate: Vec<usize>,
}

impl DiagonalExpectation {
    /// The prediction itself.
    ///
    /// Without a jump, for labels `y = 0`, say, `jumps` is empty.
    pub fn new(instance: &DiagonalInstance, sequence: &DiagonalSequence) -> DiagonalExpectation {
        let duals = dual_variables(instance, sequence);
        let jumps = sequence
            .jumps()
            .iter()
            .zip(duals)
            .map(|(jump, dual)| ExpectedSaddle {
                time: jump.time.clone(),
                activated: jump.activated.clone(),
                deactivated: jump.deactivated.clone(),
                beta: jump.beta.clone(),
                unique: jump.unique,
                loss: jump.loss.clone(),
                dual: dual.values(),
                degenerate: jump.degenerate.clone(),
            })
            .collect();
        DiagonalExpectation {
            jumps,
            initial_loss: sequence.initial_loss().clone(),
        }
    }

    /// The first hypothesis of the convergence of the path that fails, described.
    ///
    /// For the shipped `dln-non-unique`: `uniqueness of the fit: the constrained fit is not unique after jump 0`. `None` if
    /// none fails.
    pub fn failed_hypothesis(&self) -> Option<String> {
        self.jumps.iter().enumerate().find_map(|(index, jump)| {
            if !jump.unique {
                Some(format!(
                    "uniqueness of the fit: the constrained fit is not unique after jump {index}"
                ))
            } else if !jump.degenerate.is_empty() {
                Some(format!(
                    "strict complementarity: after jump {index} coordinates {:?} are at their bound with zero gradient and \
                     zero value",
                    jump.degenerate
                ))
            } else {
                None
            }
        })
    }
}
