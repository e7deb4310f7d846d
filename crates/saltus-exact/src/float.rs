//! The way in from `f64` and the way out to it. Nothing here decides anything.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

use crate::fractions::{Fractions, Remainders, Total};
use crate::interval::{Dyadic, Interval};
use crate::rational::Rational;
use crate::sqrt_sum::SqrtSum;

/// The exponent of the smallest positive `f64`, `2^-1074`.
const LEAST_EXPONENT: i64 = -1074;
/// The exponent of 2 beyond which every `f64` is infinite.
const MAX_TOP: i64 = 1024;

impl Rational {
    /// The exact value of a finite `f64`; `None` for NaN and the infinities.
    pub fn from_f64(x: f64) -> Option<Rational> {
        let (mantissa, exponent) = decompose(x)?;
        let magnitude = Dyadic::new(mantissa, exponent).to_rational();
        Some(if x.is_sign_negative() {
            -magnitude
        } else {
            magnitude
        })
    }

    /// The nearest `f64`, ties to even; infinite when too large.
    pub fn to_f64(&self) -> f64 {
        if self.is_zero() {
            return 0.0;
        }
        let numer = self.numer().magnitude();
        let denom = self.denom().magnitude();
        // 64 bits of quotient and whether a remainder is left determine the rounding.
        let needed = 64 + denom.bits();
        let shift = needed.saturating_sub(numer.bits());
        let (quotient, remainder) = (numer << shift).div_rem(denom);
        let exponent = -i64::try_from(shift).unwrap_or(i64::MAX);
        let magnitude = nearest_f64(&quotient, exponent, !remainder.is_zero());
        if self.is_negative() {
            -magnitude
        } else {
            magnitude
        }
    }

    /// An approximation of the binary logarithm; `None` unless the number is positive.
    pub fn approximate_log2(&self) -> Option<f64> {
        if !self.is_positive() {
            return None;
        }
        let exponent =
            i64::try_from(self.numer().bits()).ok()? - i64::try_from(self.denom().bits()).ok()?;
        let power = BigInt::one() << exponent.unsigned_abs();
        let scaled = if exponent < 0 {
            Rational::reduced(self.numer() * power, self.denom().clone())
        } else {
            Rational::reduced(self.numer().clone(), self.denom() * power)
        };
        Some(scaled.to_f64().log2() + exponent as f64)
    }
}

impl Dyadic {
    /// The exact value of a finite `f64`; `None` for NaN and the infinities.
    pub fn from_f64(x: f64) -> Option<Dyadic> {
        let (mantissa, exponent) = decompose(x)?;
        let magnitude = Dyadic::new(mantissa, exponent);
        Some(if x.is_sign_negative() {
            magnitude.neg()
        } else {
            magnitude
        })
    }

    /// The nearest `f64`, ties to even; infinite when too large.
    pub fn to_f64(&self) -> f64 {
        let magnitude = nearest_f64(self.mantissa().magnitude(), self.exponent(), false);
        if self.is_negative() {
            -magnitude
        } else {
            magnitude
        }
    }
}

impl Interval {
    /// The `f64` nearest to the midpoint.
    pub fn to_f64(&self) -> f64 {
        let twice =
            (self.lower() + self.upper()) * Rational::from_coprime(BigInt::one(), BigInt::from(2));
        twice.to_f64()
    }
}

impl SqrtSum {
    /// The nearest `f64`, ties to even; infinite when too large.
    pub fn to_f64(&self) -> f64 {
        if let Some(q) = self.as_rational() {
            return q.to_f64();
        }
        // An irrational number is no tie, so the ends agree in the end.
        let mut precision = 128;
        loop {
            let enclosure = self.enclose(precision);
            let (lo, hi) = (enclosure.lo().to_f64(), enclosure.hi().to_f64());
            if lo == hi {
                return lo;
            }
            precision = precision.saturating_mul(2);
        }
    }
}

impl Fractions {
    /// A number to 53 bits, towards zero: its relative error is below `2^-52`, unless it is below `2^-1022`.
    pub fn to_f64(&self, index: usize) -> f64 {
        self.leading_bits(index)
            .map_or(0.0, |(bits, top, negative)| {
                scaled(from_leading(bits, negative), top)
            })
    }

    /// Adds `x · 2^exponent`, truncated towards zero to the unit; whether it and the sum lie between −1 and 1, and `x` is finite.
    ///
    /// The number has no meaning after a sum that does not.
    pub fn add_f64(&mut self, index: usize, x: f64, exponent: i64) -> bool {
        match decompose(x) {
            Some((mantissa, power)) => {
                self.add_integer(index, (mantissa, x.is_sign_negative()), power + exponent)
            }
            None => false,
        }
    }
}

impl Total {
    /// The 53 leading bits, towards zero, as a number from 1 to below 2 in size, and the power of 2 that it is to be multiplied
    /// by; `None` for 0.
    pub fn leading(&self) -> Option<(f64, i64)> {
        let (bits, top, negative) = self.leading_bits()?;
        Some((from_leading(bits, negative), top))
    }
}

impl Remainders {
    /// The 53 leading bits of a number, towards zero, as a number from 1 to below 2 in size, and the power of 2 that it is to be
    /// multiplied by; `None` for 0.
    pub fn leading(&self, index: usize) -> Option<(f64, i64)> {
        let (bits, top, negative) = self.leading_bits(index)?;
        Some((from_leading(bits, negative), top))
    }
}

/// 53 bits, the first of which is set, as a number from 1 to below 2 in size.
fn from_leading(bits: u64, negative: bool) -> f64 {
    let size = f64::from_bits(1023 << 52 | bits & ((1 << 52) - 1));
    if negative { -size } else { size }
}

/// `x · 2^exponent`, rounded where it is below `2^-1022`.
fn scaled(x: f64, exponent: i64) -> f64 {
    let mut rest = exponent.clamp(-2200, 2200);
    let mut value = x;
    while rest != 0 {
        let step = rest.clamp(-1000, 1000);
        value *= f64::from_bits((step + 1023).unsigned_abs() << 52);
        rest -= step;
    }
    value
}

/// The size of a finite `f64` as an integer below `2^53` and a power of 2; `None` for NaN and the infinities.
fn decompose(x: f64) -> Option<(u64, i64)> {
    if !x.is_finite() {
        return None;
    }
    let bits = x.to_bits();
    let biased = i64::try_from(bits >> 52 & 0x7ff).ok()?;
    let fraction = bits & ((1 << 52) - 1);
    Some(if biased == 0 {
        (fraction, LEAST_EXPONENT)
    } else {
        (fraction | 1 << 52, LEAST_EXPONENT + biased - 1)
    })
}

/// The `f64` nearest to `mantissa · 2^exponent`, plus less than one unit of the mantissa if `is_inexact`.
fn nearest_f64(mantissa: &BigUint, exponent: i64, is_inexact: bool) -> f64 {
    if mantissa.is_zero() {
        return 0.0;
    }
    let n_bits = i64::try_from(mantissa.bits()).unwrap_or(i64::MAX);
    let top = exponent.saturating_add(n_bits);
    if top > MAX_TOP {
        return f64::INFINITY;
    }
    // The unit in the last place of the result: 53 bits, or fewer for a subnormal number.
    let unit = (top - 53).max(LEAST_EXPONENT);
    if top < LEAST_EXPONENT {
        return 0.0;
    }
    let kept = if exponent >= unit {
        (mantissa << (exponent - unit).unsigned_abs()).to_u64()
    } else {
        let dropped = (unit - exponent).unsigned_abs();
        let floor = (mantissa >> dropped).to_u64();
        let trailing = mantissa.trailing_zeros().unwrap_or(0);
        let half_is_set = mantissa.bit(dropped - 1);
        let beyond_half = is_inexact || trailing < dropped - 1;
        floor.map(|f| {
            if half_is_set && (beyond_half || f % 2 == 1) {
                f + 1
            } else {
                f
            }
        })
    };
    let kept = kept.expect("53 bits are kept");
    // `kept` is at most 2^53, and the product is representable or, at 2^1024, infinite.
    kept as f64 * power_of_two(unit)
}

/// `2^exponent` for `−1074 <= exponent <= 971`.
fn power_of_two(exponent: i64) -> f64 {
    let biased = exponent + 1023;
    if biased > 0 {
        f64::from_bits(biased.unsigned_abs() << 52)
    } else {
        f64::from_bits(1 << (exponent - LEAST_EXPONENT).unsigned_abs())
    }
}
