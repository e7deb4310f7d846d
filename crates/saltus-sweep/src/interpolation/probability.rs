//! The probability itself: as a fraction while it is short, and enclosed at any size.

use num_bigint::BigInt;
use num_traits::{One, Zero};
use saltus_exact::{Dyadic, Interval, Rational};

use super::InterpolationError;

/// Largest length of an exact probability, in bits.
///
/// It bounds `m(max(n₊, n₋) + 1)`, the exponent of 2 in the denominator: 64 neurons allow `2047` points of each sign.
pub const MAX_EXACT_BITS: u64 = 1 << 17;

/// Largest width for which the sum over the number of positive neurons is formed.
///
/// The sum `Σ_{p=0..m}` has `m + 1` terms, at most `4097`.
pub const MAX_PROBABILITY_WIDTH: u32 = 1 << 12;

/// How many points have a positive and a negative label; those with label 0 do not count.
///
/// The labels `1, 1, 0, −1, 2, −3` have `Counts { positive: 3, negative: 2 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counts {
    /// `n₊`.
    pub positive: u64,
    /// `n₋`.
    pub negative: u64,
}

impl Counts {
    /// `⌈n/2⌉` positive and `⌊n/2⌋` negative points.
    pub fn balanced(points: u64) -> Counts {
        Counts {
            positive: points.div_ceil(2),
            negative: points / 2,
        }
    }

    /// The number of points `n = n₊ + n₋`, at most `u64::MAX`.
    pub fn total(self) -> u64 {
        self.positive.saturating_add(self.negative)
    }
}

/// Checks the sizes that every formula here needs.
pub(super) fn check(width: u32, counts: Counts) -> Result<(), InterpolationError> {
    let points = counts.total();
    if points == 0 || width == 0 {
        return Err(InterpolationError::Empty { points, width });
    }
    if width > MAX_PROBABILITY_WIDTH {
        return Err(InterpolationError::TooWide { width });
    }
    Ok(())
}

/// The probability that a random network of `width` neurons fits every point, as a fraction.
///
/// # Errors
/// [`InterpolationError::Empty`], [`InterpolationError::TooWide`], and [`InterpolationError::TooLong`] beyond [`MAX_EXACT_BITS`].
///
/// # Example
/// ```
/// use saltus_sweep::interpolation::{Counts, exact};
/// // One point is covered unless its sign or its activation fails in every neuron.
/// let counts = Counts { positive: 1, negative: 0 };
/// assert_eq!(exact(2, counts)?.to_string(), "7/16");
/// # Ok::<(), saltus_sweep::interpolation::InterpolationError>(())
/// ```
pub fn exact(width: u32, counts: Counts) -> Result<Rational, InterpolationError> {
    check(width, counts)?;
    let most = counts.positive.max(counts.negative);
    let bits = most.saturating_add(1).saturating_mul(u64::from(width));
    if bits > MAX_EXACT_BITS {
        return Err(InterpolationError::TooLong { bits });
    }
    // All terms over 2^{m + m·max(n₊, n₋)}.
    let covered = |active: u32, points: u64| pow(&((BigInt::one() << active) - 1), points);
    let mut numerator = BigInt::zero();
    for (p, choices) in binomial_row(width).into_iter().enumerate() {
        let p = p as u32;
        let (positive, negative) = (u64::from(p), u64::from(width - p));
        let used = positive * counts.positive + negative * counts.negative;
        let term = choices * covered(p, counts.positive) * covered(width - p, counts.negative);
        numerator += term << (u64::from(width) * most - used);
    }
    let fraction = Rational::new(numerator, BigInt::one() << bits);
    Ok(fraction.expect("a power of 2 is not 0"))
}

/// A rigorous enclosure of the same probability, with ends of `precision` bits; up to 10⁹ points lose about 40 of them.
///
/// For example `enclose(2, Counts { positive: 1, negative: 0 }, 128)` contains `7/16`.
///
/// # Errors
/// [`InterpolationError::Empty`] and [`InterpolationError::TooWide`].
pub fn enclose(width: u32, counts: Counts, precision: u32) -> Result<Interval, InterpolationError> {
    check(width, counts)?;
    let covered = |active: u32, points: u64| {
        let base = Dyadic::new((BigInt::one() << active) - 1, -i64::from(active));
        power(&Interval::from_dyadic(base), points, precision)
    };
    let mut sum = Interval::from_integer(0);
    for (p, choices) in binomial_row(width).into_iter().enumerate() {
        let p = p as u32;
        let share = Interval::from_dyadic(Dyadic::new(choices, -i64::from(width)));
        let term = share
            .mul(&covered(p, counts.positive), precision)
            .mul(&covered(width - p, counts.negative), precision);
        sum = sum.add(&term, precision);
    }
    Ok(sum)
}

/// The union bound `1 − n(3/4)^m`, which may be negative.
///
/// # Errors
/// [`InterpolationError::Empty`] and [`InterpolationError::TooWide`].
pub fn union_bound(width: u32, counts: Counts) -> Result<Rational, InterpolationError> {
    check(width, counts)?;
    Ok(Rational::one() - missed(width) * Rational::integer(counts.total()))
}

/// `(3/4)^m`, the probability that a point is missed.
pub(super) fn missed(width: u32) -> Rational {
    let fraction = Rational::new(
        pow(&BigInt::from(3), u64::from(width)),
        BigInt::one() << (2 * u64::from(width)),
    );
    fraction.expect("a power of 2 is not 0")
}

/// `C(m, 0), …, C(m, m)`.
fn binomial_row(m: u32) -> Vec<BigInt> {
    let mut row = vec![BigInt::one()];
    for p in 1..=m {
        let next = &row[p as usize - 1] * (m - p + 1) / p;
        row.push(next);
    }
    row
}

/// `base^exponent`, with `0^0 = 1`.
pub(super) fn pow(base: &BigInt, exponent: u64) -> BigInt {
    let mut result = BigInt::one();
    for bit in (0..64 - exponent.leading_zeros()).rev() {
        result = &result * &result;
        if exponent >> bit & 1 == 1 {
            result *= base;
        }
    }
    result
}

/// An enclosure of `x^exponent` for `x ≥ 0`, with `0^0 = 1`.
pub(super) fn power(base: &Interval, exponent: u64, precision: u32) -> Interval {
    let mut result = Interval::from_integer(1);
    for bit in (0..64 - exponent.leading_zeros()).rev() {
        result = result.mul(&result, precision);
        if exponent >> bit & 1 == 1 {
            result = result.mul(base, precision);
        }
    }
    result
}
