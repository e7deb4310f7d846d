//! The process of an instance: along a proposed path where that can be confirmed, by elimination where not.

use std::sync::OnceLock;

use num_bigint::BigInt;
use num_traits::Zero;
use saltus_exact::Rational;
use saltus_problem::DiagonalInstance;

use super::dual::Dual;
use super::enclosure::{Decision, Decisions};
use super::fit::{Fit, NormalEquations};
use super::sequence::{DiagonalSequence, DualPoint};
use super::{elimination, guided};
use crate::error::JumpError;

/// More jumps than any instance within the size limits was seen to have; the theory's own bound is exponential.
pub(super) const MAX_JUMPS: usize = 1_000_000;

/// Precisions of the enclosures that may propose a path, in bits.
const PROPOSING_PRECISIONS: [u32; 2] = [192, 384];

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

/// As [`predict`]; `progress` is told the number of jumps found so far, after each, and again from 1 where a proposed path that
/// was followed for a while is not confirmed.
///
/// # Errors
/// As [`predict`].
pub fn predict_with_progress(
    instance: &DiagonalInstance,
    progress: &dyn Fn(usize),
) -> Result<DiagonalSequence, JumpError> {
    let equations = OnceLock::new();
    let mut proposer = Proposer::new(instance);
    let confirmed = guided::follow(instance, &equations, move || proposer.propose(), progress);
    let equations = equations.get_or_init(|| NormalEquations::new(instance));
    let jumps = match confirmed {
        Some(jumps) => jumps,
        None => elimination::decide(instance, equations, progress)?,
    };
    DiagonalSequence::new(jumps, equations.initial_loss())
}

/// The decisions of enclosures, of more bits from where fewer do not tell.
struct Proposer<'a> {
    instance: &'a DiagonalInstance,
    decisions: Option<Decisions>,
    /// How many precisions have been tried.
    tried: usize,
    proposed: usize,
}

impl Proposer<'_> {
    fn new(instance: &DiagonalInstance) -> Proposer<'_> {
        Proposer {
            instance,
            decisions: None,
            tried: 0,
            proposed: 0,
        }
    }

    /// The next decision, or the end; the outer `None` if no precision tells it.
    fn propose(&mut self) -> Option<Option<Decision>> {
        loop {
            let found = self.decisions.as_mut().and_then(Decisions::decide);
            if found.is_some() {
                self.proposed += 1;
                return found;
            }
            let precision = PROPOSING_PRECISIONS.get(self.tried)?;
            self.tried += 1;
            self.decisions = self.after_what_was_proposed(*precision);
        }
    }

    fn after_what_was_proposed(&self, precision: u32) -> Option<Decisions> {
        let mut decisions = Decisions::new(self.instance, precision)?;
        for _ in 0..self.proposed {
            decisions.decide()??;
        }
        Some(decisions)
    }
}

/// The dual variable `s = −∫∇L dt` at each jump of `sequence`, the process of `instance`: from `s = 0`, it moves by
/// `−(τ_{k+1} − τ_k) ∇L(β_k)` on a plateau.
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
/// let duals = saltus_jump::diagonal::dual_variables(&instance, &sequence);
/// let texts: Vec<String> = duals[0].values().iter().map(|s| s.to_string()).collect();
/// assert_eq!(texts, ["1", "-1/2"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn dual_variables(instance: &DiagonalInstance, sequence: &DiagonalSequence) -> Vec<DualPoint> {
    let equations = NormalEquations::new(instance);
    let mut dual = Dual::zero(instance.exponents());
    let mut fit = Fit::zero(&equations);
    let mut points = vec![];
    for jump in sequence.jumps() {
        // In the sequence of another instance nothing need move where a jump is.
        let hits = jump.hits.iter();
        if let Some(coordinate) = hits.copied().find(|&i| !fit.gradient[i].is_zero()) {
            let hit = dual.hit_of(coordinate, &fit);
            dual.advance(&hit, &fit, &equations);
        }
        points.push(dual.point());
        fit = equations.fit_of(&jump.beta);
    }
    points
}

/// A quotient whose denominator is positive by construction.
pub(super) fn ratio(numerator: BigInt, denominator: BigInt) -> Rational {
    Rational::new(numerator, denominator)
        .expect("denominators here are products of positive integers")
}
