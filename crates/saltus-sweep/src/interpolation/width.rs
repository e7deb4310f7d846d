//! How many neurons suffice: the least width, certified, and the width that the union bound gives.

use num_bigint::BigInt;
use saltus_exact::{Interval, Rational};

use super::InterpolationError;
use super::probability::{Counts, MAX_PROBABILITY_WIDTH, check, enclose, exact, missed, pow};

/// Precisions of the enclosures that are tried before the exact fraction.
const PRECISIONS: [u32; 3] = [128, 256, 1024];

/// Precision of the enclosures that are returned.
const ANSWER_PRECISION: u32 = 128;

/// The least width that interpolates with at least the probability asked for, with both sides of the step.
///
/// In symbols `P(m*) ≥ 1 − δ > P(m* − 1)`: for 500 + 500 points and `δ = 1/20` it is `m* = 34`.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastWidth {
    /// The width m*.
    pub width: u32,
    /// The probability at m*.
    pub probability: Interval,
    /// The probability at m* − 1; `None` for m* = 1.
    pub probability_below: Option<Interval>,
}

/// The least m with `P(m; n₊, n₋) ≥ 1 − δ`: certified at m and at m − 1. P does not decrease with m, because a neuron can only add to
/// what is covered.
///
/// # Errors
/// [`InterpolationError`] for no points, a δ outside (0, 1), a width beyond the limit, or a probability that equals `1 − δ` to 1024 bits and is
/// too long to be compared exactly.
pub fn least_width(counts: Counts, failure: &Rational) -> Result<LeastWidth, InterpolationError> {
    let mut above = union_width(counts, failure)?;
    let mut below = 0;
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if is_enough(middle, counts, failure)? {
            above = middle;
        } else {
            below = middle;
        }
    }
    // The union bound already certifies the width that the search starts from.
    let probability_below = match below {
        0 => None,
        _ => Some(enclose(below, counts, ANSWER_PRECISION)?),
    };
    Ok(LeastWidth {
        width: above,
        probability: enclose(above, counts, ANSWER_PRECISION)?,
        probability_below,
    })
}

/// Whether `P(m) ≥ 1 − δ`.
fn is_enough(width: u32, counts: Counts, failure: &Rational) -> Result<bool, InterpolationError> {
    let target = Rational::one() - failure.clone();
    for precision in PRECISIONS {
        let probability = enclose(width, counts, precision)?;
        if probability.lower() >= target {
            return Ok(true);
        }
        if probability.upper() < target {
            return Ok(false);
        }
    }
    match exact(width, counts) {
        Ok(probability) => Ok(probability >= target),
        Err(InterpolationError::TooLong { .. }) => Err(InterpolationError::Unseparated {
            width,
            precision: PRECISIONS[PRECISIONS.len() - 1],
        }),
        Err(error) => Err(error),
    }
}

/// The least m ≥ 1 with `n(3/4)^m ≤ δ`, which is `⌈log_{4/3}(n/δ)⌉`.
///
/// # Errors
/// As for [`least_width`].
pub fn union_width(counts: Counts, failure: &Rational) -> Result<u32, InterpolationError> {
    check(1, counts)?;
    if !failure.is_positive() || *failure >= Rational::one() {
        let found = failure.clone();
        return Err(InterpolationError::FailureProbability { found });
    }
    let points = Rational::integer(counts.total());
    least(|width| missed(width) * &points <= *failure).ok_or(InterpolationError::TooWide {
        width: MAX_PROBABILITY_WIDTH + 1,
    })
}

/// `⌈c log_{4/3} n⌉` for a positive rational `c = a/b`: the least m ≥ 1 with `(4/3)^{mb} ≥ n^a`. `None` beyond [`MAX_PROBABILITY_WIDTH`], for c ≤ 0
/// or terms of c above 1000, and for n = 0.
pub fn log_width(points: u64, factor: &Rational) -> Option<u32> {
    let term = |term: &BigInt| u64::try_from(term).ok().filter(|&term| term <= 1_000);
    let (a, b) = (term(factor.numer())?, term(factor.denom())?);
    if a == 0 || points == 0 {
        return None;
    }
    let target = pow(&BigInt::from(points), a);
    least(|width| {
        let exponent = u64::from(width) * b;
        pow(&BigInt::from(4), exponent) >= pow(&BigInt::from(3), exponent) * &target
    })
}

/// The least width from 1 to [`MAX_PROBABILITY_WIDTH`] that is enough, if enough stays enough.
fn least(is_enough: impl Fn(u32) -> bool) -> Option<u32> {
    let (mut below, mut above) = (0, 1);
    while !is_enough(above) {
        below = above;
        if above == MAX_PROBABILITY_WIDTH {
            return None;
        }
        above = (2 * above).min(MAX_PROBABILITY_WIDTH);
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if is_enough(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(above)
}
