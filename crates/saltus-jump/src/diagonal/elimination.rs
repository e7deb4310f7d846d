//! The process without a proposal: hit, move the dual variable, fit again, with every decision taken between fractions.

use num_traits::Zero;
use saltus_exact::Rational;
use saltus_problem::DiagonalInstance;

use super::dual::Dual;
use super::factor::GrowingFactor;
use super::fit::{Fit, NormalEquations, constrained_fit};
use super::process::MAX_JUMPS;
use super::sequence::DiagonalJump;
use super::uniqueness::face_of_minimisers;
use crate::error::JumpError;

/// The jumps of the process, whatever happens in it: the dual variable of every coordinate is moved as a fraction, and each fit
/// is found by elimination.
pub(super) fn decide(
    instance: &DiagonalInstance,
    equations: &NormalEquations,
    progress: &dyn Fn(usize),
) -> Result<Vec<DiagonalJump>, JumpError> {
    let mut dual = Dual::zero(instance.exponents());
    let mut fit = Fit::zero(equations);
    let mut factor = GrowingFactor::default();
    let mut jumps: Vec<DiagonalJump> = Vec::new();
    while let Some(hit) = dual.next_hit(&fit) {
        if jumps.len() == MAX_JUMPS {
            return Err(JumpError::TooManyJumps { limit: MAX_JUMPS });
        }
        dual.advance(&hit, &fit, equations);
        let at_bound = dual.at_bound();
        let next = constrained_fit(equations, &at_bound, &fit, &mut factor);
        jumps.push(describe(equations, &dual, &fit, &next, jumps.last()));
        progress(jumps.len());
        fit = next;
    }
    Ok(jumps)
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
    let (coefficients, l1_norm, loss) = equations.described(after.coefficients());
    let mut beta = vec![Rational::zero(); equations.moments.len()];
    for (&i, coefficient) in after.support.iter().zip(coefficients) {
        beta[i] = coefficient;
    }
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
        loss,
        l1_norm: face.norm_is_determined.then_some(l1_norm),
        degenerate: free
            .iter()
            .map(|&(i, _)| i)
            .filter(|&i| !after.support.contains(&i) && face.movable.iter().all(|&(j, _)| i != j))
            .collect(),
        beta,
    }
}
