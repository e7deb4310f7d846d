//! Binary fractions and their rounded arithmetic.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Zero};

use super::Interval;
use crate::integer::floor_sqrt;
use crate::rational::{Rational, sign_order};

/// The number `mantissa · 2^exponent`.
///
/// Equality and order are those of the values; the same value can have several mantissas. Exponents add up in
/// products, and are meant to stay far within their 64 bits.
#[derive(Clone)]
pub struct Dyadic {
    mantissa: BigInt,
    exponent: i64,
}

/// Which way an inexact result is rounded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Down,
    Up,
}
use Direction::{Down, Up};

impl Dyadic {
    /// `mantissa · 2^exponent`.
    pub fn new(mantissa: impl Into<BigInt>, exponent: i64) -> Dyadic {
        let mantissa = mantissa.into();
        let exponent = if mantissa.is_zero() { 0 } else { exponent };
        Dyadic { mantissa, exponent }
    }

    /// The number 0, held as `0 · 2^0`.
    pub fn zero() -> Dyadic {
        Dyadic::new(0, 0)
    }

    /// The mantissa; it carries the sign and may be even: `−6` for `Dyadic::new(-6, 2)`, which equals `Dyadic::new(-3, 3)`.
    pub fn mantissa(&self) -> &BigInt {
        &self.mantissa
    }

    /// The exponent of 2 that belongs to [`Dyadic::mantissa`].
    pub fn exponent(&self) -> i64 {
        self.exponent
    }

    /// Whether the number is 0, as `Dyadic::new(0, 5)` is.
    pub fn is_zero(&self) -> bool {
        self.mantissa.is_zero()
    }

    /// Whether the number is above 0, as `Dyadic::new(1, -80)` is, the number `2^(−80)`.
    pub fn is_positive(&self) -> bool {
        self.mantissa.sign() == Sign::Plus
    }

    /// Whether the number is below 0, as `Dyadic::new(-1, -80)` is, the number `−2^(−80)`.
    pub fn is_negative(&self) -> bool {
        self.mantissa.sign() == Sign::Minus
    }

    /// The same number as a fraction: `Dyadic::new(6, -3)` is `3/4`.
    pub fn to_rational(&self) -> Rational {
        if self.exponent >= 0 {
            return Rational::integer(&self.mantissa << self.exponent.unsigned_abs());
        }
        let shift = self.exponent.unsigned_abs();
        let common = self.mantissa.trailing_zeros().unwrap_or(shift).min(shift);
        Rational::from_coprime(&self.mantissa >> common, BigInt::one() << (shift - common))
    }

    /// `−x`.
    pub fn neg(&self) -> Dyadic {
        Dyadic {
            mantissa: -&self.mantissa,
            exponent: self.exponent,
        }
    }

    /// The exponent `k` with `2^(k−1) <= |x| < 2^k`, for `x ≠ 0`.
    pub(super) fn top(&self) -> i64 {
        bits(&self.mantissa) + self.exponent
    }

    pub(super) fn rounded(&self, precision: u32, direction: Direction) -> Dyadic {
        let excess = self.mantissa.bits().saturating_sub(u64::from(precision));
        if excess == 0 {
            return self.clone();
        }
        // The shift of a big integer rounds towards −∞.
        let mut mantissa = &self.mantissa >> excess;
        if direction == Up && self.mantissa.trailing_zeros().unwrap_or(excess) < excess {
            mantissa += 1u32;
        }
        Dyadic::new(mantissa, self.exponent + signed(excess))
    }

    pub(super) fn into_rounded(self, precision: u32, direction: Direction) -> Dyadic {
        if self.mantissa.bits() <= u64::from(precision) {
            self
        } else {
            self.rounded(precision, direction)
        }
    }
}

fn bits(n: &BigInt) -> i64 {
    signed(n.bits())
}

fn signed(length: u64) -> i64 {
    i64::try_from(length).expect("the length of a number in memory is below 2^63")
}

pub(super) fn add(x: &Dyadic, y: &Dyadic, precision: u32, direction: Direction) -> Dyadic {
    if x.is_zero() {
        return y.rounded(precision, direction);
    }
    if y.is_zero() {
        return x.rounded(precision, direction);
    }
    let (high, low) = if x.top() >= y.top() { (x, y) } else { (y, x) };
    let floor = high.exponent.min(high.top() - i64::from(precision) - 2);
    if low.top() < floor {
        // `low` is below every digit that counts: only its sign matters, and no end of the rounding grid lies
        // between `high` and `high ± 2^floor`.
        let step = match low.mantissa.sign() {
            Sign::Minus => BigInt::from(-1),
            _ => BigInt::one(),
        };
        let shift = (high.exponent - (floor - 1)).unsigned_abs();
        return Dyadic::new((&high.mantissa << shift) + step, floor - 1)
            .into_rounded(precision, direction);
    }
    let sum = match x.exponent.cmp(&y.exponent) {
        Ordering::Equal => Dyadic::new(&x.mantissa + &y.mantissa, x.exponent),
        Ordering::Greater => Dyadic::new(
            (&x.mantissa << (x.exponent - y.exponent).unsigned_abs()) + &y.mantissa,
            y.exponent,
        ),
        Ordering::Less => Dyadic::new(
            (&y.mantissa << (y.exponent - x.exponent).unsigned_abs()) + &x.mantissa,
            x.exponent,
        ),
    };
    sum.into_rounded(precision, direction)
}

pub(super) fn mul(x: &Dyadic, y: &Dyadic, precision: u32, direction: Direction) -> Dyadic {
    Dyadic::new(&x.mantissa * &y.mantissa, x.exponent + y.exponent)
        .into_rounded(precision, direction)
}

/// `x / y` for `y > 0`.
pub(super) fn div(x: &Dyadic, y: &Dyadic, precision: u32, direction: Direction) -> Dyadic {
    if x.is_zero() {
        return Dyadic::zero();
    }
    let needed = u64::from(precision) + 1 + y.mantissa.bits();
    let shift = needed.saturating_sub(x.mantissa.bits());
    let (mut quotient, remainder) = (&x.mantissa << shift).div_mod_floor(&y.mantissa);
    if direction == Up && !remainder.is_zero() {
        quotient += 1u32;
    }
    Dyadic::new(quotient, x.exponent - y.exponent - signed(shift))
        .into_rounded(precision, direction)
}

/// The square roots of two ends `lo <= hi`, rounded outwards; 0 for those of negative numbers.
pub(super) fn sqrt_ends(lo: &Dyadic, hi: &Dyadic, precision: u32) -> Interval {
    if !lo.is_positive() {
        return Interval {
            lo: Dyadic::zero(),
            hi: sqrt_above(hi, precision),
        };
    }
    let (radicand, exponent) = sqrt_argument(lo, precision, Down);
    let root = floor_sqrt(&radicand);
    // Where the ends are close, the root or the next integer bounds the root of the upper end too.
    let next = &root + 1u32;
    let above = [&root, &next]
        .into_iter()
        .find(|above| *hi <= Dyadic::new(above.pow(2), 2 * exponent));
    let hi = match above {
        Some(above) => Dyadic::new(above.clone(), exponent).into_rounded(precision, Up),
        None => sqrt_above(hi, precision),
    };
    Interval {
        lo: Dyadic::new(root, exponent).into_rounded(precision, Down),
        hi,
    }
}

/// `√x` rounded up; 0 for a negative `x`.
fn sqrt_above(x: &Dyadic, precision: u32) -> Dyadic {
    if !x.is_positive() {
        return Dyadic::zero();
    }
    let (radicand, exponent) = sqrt_argument(x, precision, Up);
    let mut root = floor_sqrt(&radicand);
    if root.pow(2) != radicand {
        root += 1u32;
    }
    Dyadic::new(root, exponent).into_rounded(precision, Up)
}

/// Twice the precision is all that a square root needs.
fn longest_argument(precision: u32) -> u64 {
    2 * u64::from(precision)
}

/// An integer `n` and an exponent `e` with `n · 4^e` equal to `x > 0`, or next to it in the given direction when `x` is long.
/// The integer square root of `n` has at least `precision` bits.
fn sqrt_argument(x: &Dyadic, precision: u32, direction: Direction) -> (BigInt, i64) {
    let longest = longest_argument(precision);
    let bits = x.mantissa.bits();
    if bits > longest {
        let mut excess = bits - longest;
        if (x.exponent + signed(excess)).rem_euclid(2) == 1 {
            excess += 1;
        }
        let mut radicand = &x.mantissa >> excess;
        if direction == Up && x.mantissa.trailing_zeros().unwrap_or(0) < excess {
            radicand += 1u32;
        }
        return (radicand, (x.exponent + signed(excess)) / 2);
    }
    let mut shift = longest.saturating_sub(1).saturating_sub(bits);
    if (x.exponent - signed(shift)).rem_euclid(2) == 1 {
        shift += 1;
    }
    (&x.mantissa << shift, (x.exponent - signed(shift)) / 2)
}

impl PartialEq for Dyadic {
    fn eq(&self, other: &Dyadic) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Dyadic {}

impl PartialOrd for Dyadic {
    fn partial_cmp(&self, other: &Dyadic) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dyadic {
    fn cmp(&self, other: &Dyadic) -> Ordering {
        let sign = sign_order(self.mantissa.sign());
        let other_sign = sign_order(other.mantissa.sign());
        if sign != other_sign || sign == Ordering::Equal {
            return sign.cmp(&other_sign);
        }
        match self.top().cmp(&other.top()) {
            Ordering::Less => return sign.reverse(),
            Ordering::Greater => return sign,
            Ordering::Equal => {}
        }
        // Equal tops bound the difference of the exponents by the lengths of the mantissas.
        match self.exponent.cmp(&other.exponent) {
            Ordering::Equal => self.mantissa.cmp(&other.mantissa),
            Ordering::Greater => (&self.mantissa
                << (self.exponent - other.exponent).unsigned_abs())
            .cmp(&other.mantissa),
            Ordering::Less => self
                .mantissa
                .cmp(&(&other.mantissa << (other.exponent - self.exponent).unsigned_abs())),
        }
    }
}

impl fmt::Debug for Dyadic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?}*2^{}",
            Rational::integer(self.mantissa.clone()),
            self.exponent
        )
    }
}
