//! Decimal text with [`DECIMAL_DIGITS`] significant digits, correctly rounded.
//!
//! `0.0333…`, `12.3…` for decimal exponents from −7 to 29, and `d.ddd…e-50`, `d.ddd…e+45` otherwise; trailing zeros
//! are kept, and the number 0 is `0`.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, ToPrimitive};

use crate::interval::Interval;
use crate::rational::Rational;
use crate::sqrt_sum::SqrtSum;

/// The number of significant digits: `1/3` is written `0.333333333333333333333333333333`.
pub const DECIMAL_DIGITS: usize = 30;

/// The last decimal place, counted from the first significant digit.
const LAST_PLACE: i64 = DECIMAL_DIGITS as i64 - 1;

/// The least decimal exponent that is written without `e`.
const LEAST_POSITIONAL_EXPONENT: i64 = -7;

/// The decimal text of a rational; an exact tie goes to the even digit. `2/3` is `0.666666666666666666666666666667`.
pub fn decimal_of_rational(q: &Rational) -> String {
    if q.is_zero() {
        return "0".to_owned();
    }
    let (digits, exponent) = round_to_digits(&q.abs());
    let sign = if q.is_negative() { "-" } else { "" };
    format!("{sign}{}", place_point(&digits, exponent))
}

/// The decimal text of a sum of square roots: `√2` is `1.41421356237309504880168872421`.
pub fn decimal_of_sqrt_sum(x: &SqrtSum) -> String {
    if let Some(q) = x.as_rational() {
        return decimal_of_rational(&q);
    }
    // An irrational number is no tie, so the ends agree in the end.
    let mut precision = 128;
    loop {
        if let Some(text) = common_decimal(&x.enclose(precision)) {
            return text;
        }
        precision = precision.saturating_mul(2);
    }
}

/// The decimal text of a number known by its enclosures.
///
/// `refine` is asked for 128, 256, … bits, up to `max_precision`, until both ends of its enclosure round to the same text.
/// `None` if they never do, as for a tie or for a 0 that is not known to be one.
pub fn decimal_from_enclosures(
    mut refine: impl FnMut(u32) -> Interval,
    max_precision: u32,
) -> Option<String> {
    let mut precision = max_precision.min(128);
    loop {
        if let Some(text) = common_decimal(&refine(precision)) {
            return Some(text);
        }
        if precision >= max_precision {
            return None;
        }
        precision = precision.saturating_mul(2).min(max_precision);
    }
}

/// The text that both ends share; by monotonicity every number between them has it too.
fn common_decimal(enclosure: &Interval) -> Option<String> {
    enclosure.sign()?;
    let text = decimal_of_rational(&enclosure.lower());
    (text == decimal_of_rational(&enclosure.upper())).then_some(text)
}

/// The rounded significant digits of `q > 0` and the decimal exponent of the first one.
fn round_to_digits(q: &Rational) -> (String, i64) {
    let limit = ten_to_the(DECIMAL_DIGITS as u64);
    let mut exponent = floor_log10(q);
    let mut digits = round_half_even(&times_power_of_ten(q, LAST_PLACE - exponent));
    if digits == limit {
        digits /= 10u32;
        exponent += 1;
    }
    (digits.to_string(), exponent)
}

/// The exponent `e` with `10^e <= q < 10^(e+1)`, for `q > 0`.
fn floor_log10(q: &Rational) -> i64 {
    let bits = |n: &BigInt| i128::from(n.bits());
    // 2^(k−1) < q < 2^(k+1), and 30103/100000 is just above log10 2: the first guess is off by little, and it is
    // corrected by exact comparisons.
    let binary = bits(q.numer()) - bits(q.denom());
    let guess = (binary * 30_103).div_euclid(100_000);
    let mut exponent =
        i64::try_from(guess).expect("the decimal length of a number in memory is below 2^63");
    while compare_with_power_of_ten(q, exponent) == Ordering::Less {
        exponent -= 1;
    }
    while compare_with_power_of_ten(q, exponent + 1) != Ordering::Less {
        exponent += 1;
    }
    exponent
}

fn compare_with_power_of_ten(q: &Rational, exponent: i64) -> Ordering {
    let power = ten_to_the(exponent.unsigned_abs());
    if exponent < 0 {
        (q.numer() * power).cmp(q.denom())
    } else {
        q.numer().cmp(&(q.denom() * power))
    }
}

fn ten_to_the(exponent: u64) -> BigInt {
    let exponent = exponent
        .to_u32()
        .expect("a number in memory has fewer than 2^32 decimal digits");
    BigInt::from(10u32).pow(exponent)
}

fn times_power_of_ten(q: &Rational, exponent: i64) -> (BigInt, BigInt) {
    let power = ten_to_the(exponent.unsigned_abs());
    if exponent < 0 {
        (q.numer().clone(), q.denom() * power)
    } else {
        (q.numer() * power, q.denom().clone())
    }
}

/// The integer nearest to a positive fraction, the even one of two.
fn round_half_even((numer, denom): &(BigInt, BigInt)) -> BigInt {
    let (floor, remainder) = numer.div_rem(denom);
    match (remainder * 2u32).cmp(denom) {
        Ordering::Less => floor,
        Ordering::Equal if floor.is_even() => floor,
        _ => floor + BigInt::one(),
    }
}

/// Writes digits whose first one has the given decimal exponent.
fn place_point(digits: &str, exponent: i64) -> String {
    if !(LEAST_POSITIONAL_EXPONENT..=LAST_PLACE).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        let (first, rest) = digits.split_at(1);
        return format!("{first}.{rest}e{sign}{}", exponent.unsigned_abs());
    }
    match usize::try_from(exponent) {
        Err(_) => {
            let n_zeros = usize::try_from(-exponent - 1).unwrap_or(0);
            format!("0.{}{digits}", "0".repeat(n_zeros))
        }
        Ok(exponent) if exponent + 1 == DECIMAL_DIGITS => digits.to_owned(),
        Ok(exponent) => {
            let (whole, fraction) = digits.split_at(exponent + 1);
            format!("{whole}.{fraction}")
        }
    }
}
