//! The process itself: hit, move the dual variable, fit again.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use saltus_exact::{Rational, gcd};
use saltus_problem::DiagonalInstance;

use super::factor::GrowingFactor;
use super::fit::{Fit, NormalEquations, constrained_fit};
use super::sequence::{DiagonalJump, DiagonalSequence, DualPoint};
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
    let equations = NormalEquations::new(instance);
    let mut dual = Dual::zero(instance.exponents());
    let mut fit = Fit::zero(&equations);
    let initial_loss = equations.loss(&fit);
    let mut factor = GrowingFactor::default();
    let mut time = Rational::zero();
    let mut jumps: Vec<DiagonalJump> = Vec::new();
    while let Some(hit) = dual.next_hit(&fit) {
        if jumps.len() == MAX_JUMPS {
            return Err(JumpError::TooManyJumps { limit: MAX_JUMPS });
        }
        time += &equations.duration(&hit, &fit, &dual);
        dual.advance(&hit, &fit);
        let at_bound = dual.at_bound();
        let next = constrained_fit(&equations, &at_bound, &fit, &mut factor);
        let jump = describe(&equations, &dual, &time, &fit, &next, jumps.last());
        jumps.push(jump);
        fit = next;
    }
    DiagonalSequence::new(jumps, initial_loss)
}

fn describe(
    equations: &NormalEquations,
    dual: &Dual,
    time: &Rational,
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
        time: time.clone(),
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

/// The dual variable s as integers over one positive denominator, with the bounds `k_i` over the same denominator.
///
/// One denominator for all coordinates keeps every comparison a product of integers; the content is divided out once per
/// jump, so that the numbers stay as short as their reduced values.
struct Dual {
    numerators: Vec<BigInt>,
    bounds: Vec<BigInt>,
    denominator: BigInt,
}

/// The coordinate that is hit next, and `k + sign(∇)·s` for it, over the denominator of s.
pub(super) struct Hit {
    coordinate: usize,
    distance: BigInt,
}

impl Dual {
    fn zero(exponents: &[Rational]) -> Dual {
        let denominator = exponents
            .iter()
            .fold(BigInt::one(), |common, k| common.lcm(k.denom()));
        let bounds = exponents
            .iter()
            .map(|k| k.numer() * (&denominator / k.denom()))
            .collect();
        Dual {
            numerators: vec![BigInt::zero(); exponents.len()],
            bounds,
            denominator,
        }
    }

    /// The coordinate with `∇_i ≠ 0` that meets its bound first (any of them, if several do at the same time).
    fn next_hit(&self, fit: &Fit) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        for (coordinate, gradient) in fit.gradient.iter().enumerate() {
            if gradient.is_zero() {
                continue;
            }
            let s = &self.numerators[coordinate];
            let distance = match gradient.is_positive() {
                true => &self.bounds[coordinate] + s,
                false => &self.bounds[coordinate] - s,
            };
            let earlier = best.as_ref().is_none_or(|best| {
                &distance * fit.gradient[best.coordinate].abs() < &best.distance * gradient.abs()
            });
            if earlier {
                best = Some(Hit {
                    coordinate,
                    distance,
                });
            }
        }
        best
    }

    /// `s ← s − δ∇L(β)`, with δ such that the hit coordinate arrives exactly at its bound.
    fn advance(&mut self, hit: &Hit, fit: &Fit) {
        let speed = fit.gradient[hit.coordinate].abs();
        for (s, gradient) in self.numerators.iter_mut().zip(&fit.gradient) {
            *s = &*s * &speed - &hit.distance * gradient;
        }
        for bound in &mut self.bounds {
            *bound *= &speed;
        }
        self.denominator *= &speed;
        self.divide_out_content();
    }

    fn divide_out_content(&mut self) {
        let mut content = self.denominator.clone();
        for number in self.numerators.iter().chain(&self.bounds) {
            if content.is_one() {
                return;
            }
            // Most numbers are multiples of the content found so far: a division is far cheaper than a gcd.
            let rest = number % &content;
            if !rest.is_zero() {
                content = gcd(&content, &rest);
            }
        }
        for number in self.numerators.iter_mut().chain(&mut self.bounds) {
            *number /= &content;
        }
        self.denominator /= &content;
    }

    /// Coordinates with `|s_i| = k_i`, each with whether s is positive there.
    fn at_bound(&self) -> Vec<(usize, bool)> {
        self.numerators
            .iter()
            .zip(&self.bounds)
            .enumerate()
            .filter(|(_, (s, bound))| s.magnitude() == bound.magnitude())
            .map(|(i, (s, _))| (i, s.is_positive()))
            .collect()
    }

    fn point(&self) -> DualPoint {
        DualPoint {
            numerators: self.numerators.clone(),
            denominator: self.denominator.clone(),
        }
    }
}

impl NormalEquations {
    /// Rescaled time `δ = (k + sign(∇)·s)/|∇|` that the plateau of `fit` lasts until `hit`.
    fn duration(&self, hit: &Hit, fit: &Fit, dual: &Dual) -> Rational {
        let numerator = &hit.distance * &fit.denominator * self.gradient_denominator();
        let denominator = &dual.denominator * fit.gradient[hit.coordinate].abs();
        ratio(numerator, denominator)
    }
}

/// A quotient whose denominator is positive by construction.
pub(super) fn ratio(numerator: BigInt, denominator: BigInt) -> Rational {
    Rational::new(numerator, denominator)
        .expect("denominators here are products of positive integers")
}
