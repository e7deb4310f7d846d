//! The process itself: hit, move the dual variable, fit again.

use num_bigint::BigInt;
use num_traits::Zero;
use saltus_exact::Rational;
use saltus_problem::DiagonalInstance;

use super::dual::Dual;
use super::factor::GrowingFactor;
use super::fit::{Fit, NormalEquations, constrained_fit};
use super::sequence::{DiagonalJump, DiagonalSequence};
use super::uniqueness::face_of_minimisers;
use crate::error::JumpError;

/// More jumps than any instance within the size limits was seen to have; the theory's own bound is exponential.
pub(super) const MAX_JUMPS: usize = 1_000_000;

/// Computes the limiting jump process of a diagonal linear network.
///
/// ```
/// use saltus_exact::{Rational, RationalMatrix};
/// use saltus_problem::DiagonalInstance;
///
/// let row = |numbers: [i32; 2]| numbers.map(Rational::integer).to_vec();
/// let inputs = RationalMatrix::from_rows(vec![row([1, 0]), row([0, 1])])?;
/// let instance = DiagonalInstance::new("two".to_owned(), inputs, row([2, -1]), None, None)?;
/// let sequence = saltus_jump::diagonal::predict(&instance)?;
///
/// // The dual variable moves at the rates 2/n = 1 and −1/n = −1/2 to its bounds ±1.
/// let times: Vec<String> = sequence.jumps().iter().map(|jump| jump.time.to_string()).collect();
/// assert_eq!(times, ["1", "2"]);
/// assert_eq!(sequence.jumps()[1].beta, row([2, -1]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`JumpError::BrokenLaw`] or [`JumpError::TooManyJumps`]; both mean a defect or an absurd instance, not a tie: ties,
/// deactivations and non-unique fits are part of the answer.
pub fn predict(instance: &DiagonalInstance) -> Result<DiagonalSequence, JumpError> {
    predict_with_progress(instance, &|_| {})
}

/// As [`predict`]; `progress` is told the number of jumps found so far, after each.
///
/// # Errors
/// As [`predict`].
pub fn predict_with_progress(
    instance: &DiagonalInstance,
    progress: &dyn Fn(usize),
) -> Result<DiagonalSequence, JumpError> {
    let equations = NormalEquations::new(instance);
    let mut dual = Dual::zero(instance.exponents());
    let mut fit = Fit::zero(&equations);
    let initial_loss = equations.loss(&fit);
    let mut factor = GrowingFactor::default();
    let mut jumps: Vec<DiagonalJump> = Vec::new();
    while let Some(hit) = dual.next_hit(&fit) {
        if jumps.len() == MAX_JUMPS {
            return Err(JumpError::TooManyJumps { limit: MAX_JUMPS });
        }
        dual.advance(&hit, &fit, &equations);
        let at_bound = dual.at_bound();
        let next = constrained_fit(&equations, &at_bound, &fit, &mut factor);
        let jump = describe(&equations, &dual, &fit, &next, jumps.last());
        jumps.push(jump);
        progress(jumps.len());
        fit = next;
    }
    DiagonalSequence::new(jumps, initial_loss)
}

fn describe(
    equations: &NormalEquations,
    dual: &Dual,
    before: &Fit,
    after: &Fit,
    previous: Option<&DiagonalJump>,
) -> DiagonalJump {
    let at_bound = dual.at_bound();
    let free: Vec<(usize, bool)> = at_bound
        .iter()
        .copied()
        .filter(|&(i, _)| after.gradient[i].is_zero())
        .collect();
    let face = face_of_minimisers(equations, &free, &after.support);
    let unique = face.movable.is_empty();
    let was_unique = previous.is_none_or(|jump| jump.unique);
    let beta = equations.coefficients(after);
    let changes = |from: &Fit, to: &Fit| -> Option<Vec<usize>> {
        (unique && was_unique).then(|| {
            to.support
                .iter()
                .copied()
                .filter(|i| !from.support.contains(i))
                .collect()
        })
    };
    DiagonalJump {
        time: dual.time(),
        hits: at_bound
            .iter()
            .map(|&(i, _)| i)
            .filter(|&i| !before.gradient[i].is_zero())
            .collect(),
        unique,
        activated: changes(before, after),
        deactivated: changes(after, before),
        loss: equations.loss(after),
        l1_norm: face.norm_is_determined.then(|| equations.l1_norm(after)),
        dual: dual.point(),
        degenerate: free
            .iter()
            .map(|&(i, _)| i)
            .filter(|&i| !after.support.contains(&i) && face.movable.iter().all(|&(j, _)| i != j))
            .collect(),
        beta,
    }
}

/// A quotient whose denominator is positive by construction.
pub(super) fn ratio(numerator: BigInt, denominator: BigInt) -> Rational {
    Rational::new(numerator, denominator)
        .expect("denominators here are products of positive integers")
}
