//! Fractions of arbitrary size.

mod operators;
mod shared;
mod text;

pub use shared::{FactoredQuotient, SharedFactors};
pub(crate) use text::excerpt;
pub use text::{MAX_DECIMAL_EXPONENT, MAX_NUMBER_CHARS, ParseNumberError};

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::common::common_with_each;
use crate::integer::{exact_sqrt, gcd};

/// A rational number `p/q`, always in lowest terms with `q > 0`.
///
/// Equality, order and hash are defined here by the parts and by cross-multiplication: those of
/// [`BigRational`] follow the continued fraction recursively, so that two long, close fractions
/// exhaust the stack.
#[derive(Clone)]
pub struct Rational(BigRational);

impl Rational {
    /// `numer / denom` in lowest terms; `None` if `denom` is 0.
    pub fn new(numer: impl Into<BigInt>, denom: impl Into<BigInt>) -> Option<Rational> {
        let (numer, denom) = (numer.into(), denom.into());
        match denom.sign() {
            Sign::NoSign => None,
            Sign::Minus => Some(Rational::reduced(-numer, -denom)),
            Sign::Plus => Some(Rational::reduced(numer, denom)),
        }
    }

    /// `numer / (product of factors)` in lowest terms; `None` unless every factor is positive.
    ///
    /// Common divisors are sought with one factor at a time, which for a long product of short factors is far quicker than with
    /// the product.
    pub fn over_factors<'a>(
        mut numer: BigInt,
        factors: impl IntoIterator<Item = &'a BigInt>,
    ) -> Option<Rational> {
        let mut denom = BigInt::one();
        for factor in factors {
            if factor.sign() != Sign::Plus {
                return None;
            }
            let mut factor = factor.clone();
            loop {
                let common = gcd(&factor, &numer);
                if common.is_one() {
                    break;
                }
                numer /= &common;
                factor /= common;
            }
            denom *= factor;
        }
        Some(Rational::from_coprime(numer, denom))
    }

    /// Fractions with one denominator in lowest terms, as `2/3` and `-1/6` for `(4, −1)` and 6; `None` unless the denominator is
    /// positive.
    ///
    /// A divisor that a numerator has in common with the denominator also divides the product of all numerators, with at least its
    /// power there: so one long common divisor is sought, and the others are mostly with a short number.
    pub fn over_common(numers: Vec<BigInt>, denom: &BigInt) -> Option<Vec<Rational>> {
        Rational::over_each_common(vec![(numers, denom.clone())])?.pop()
    }

    /// As [`over_common`](Rational::over_common) for several lists, each with its denominator; `None` unless all of these are
    /// positive.
    ///
    /// Eight lists or more take less time together.
    pub fn over_each_common(lists: Vec<(Vec<BigInt>, BigInt)>) -> Option<Vec<Vec<Rational>>> {
        if lists.iter().any(|(_, denom)| denom.sign() != Sign::Plus) {
            return None;
        }
        // Powers of 2, which scaled doubles are full of, are no part of the long divisions.
        let twos = |number: &BigInt| number.trailing_zeros().unwrap_or(0);
        let odd: Vec<BigInt> = lists
            .iter()
            .map(|(_, denom)| denom >> twos(denom))
            .collect();
        let numbers = lists.iter().map(|(numers, _)| numers.as_slice());
        let common = common_with_each(&numbers.zip(&odd).collect::<Vec<_>>());
        let lists = lists.into_iter().zip(odd).zip(common);
        let reduced =
            |(((numers, denom), odd), common): (((Vec<BigInt>, BigInt), BigInt), BigInt)| {
                let most_twos = twos(&denom);
                // What most numerators have in common with the denominator is all that any has.
                let rest = &odd / &common;
                let reduced = |numer: BigInt| {
                    let Some(shift) = numer.trailing_zeros() else {
                        return Rational::zero();
                    };
                    let shift = shift.min(most_twos);
                    let numer = numer >> shift;
                    if common.is_one() {
                        return Rational::from_coprime(numer, &denom >> shift);
                    }
                    let (quotient, remainder) = numer.div_rem(&common);
                    if remainder.is_zero() {
                        return Rational::from_coprime(quotient, &rest << (most_twos - shift));
                    }
                    let divisor = gcd(&remainder, &common);
                    let denom = (&odd / &divisor) << (most_twos - shift);
                    Rational::from_coprime(numer / divisor, denom)
                };
                numers.into_iter().map(reduced).collect()
            };
        Some(lists.map(reduced).collect())
    }

    /// The whole number `n`.
    pub fn integer(n: impl Into<BigInt>) -> Rational {
        Rational::from_coprime(n.into(), BigInt::one())
    }

    /// The number 0, held as `0/1`.
    pub fn zero() -> Rational {
        Rational::integer(0)
    }

    /// The number 1, held as `1/1`.
    pub fn one() -> Rational {
        Rational::integer(1)
    }

    /// `numer / denom` for coprime parts and a positive `denom`.
    pub(crate) fn from_coprime(numer: BigInt, denom: BigInt) -> Rational {
        debug_assert!(denom.sign() == Sign::Plus);
        debug_assert!(denom.is_one() || denom.bits() > 64 || gcd(&numer, &denom).is_one());
        Rational(BigRational::new_raw(numer, denom))
    }

    /// `numer / denom` for a positive `denom`.
    pub(crate) fn reduced(numer: BigInt, denom: BigInt) -> Rational {
        if denom.is_one() {
            return Rational::from_coprime(numer, denom);
        }
        let divisor = gcd(&numer, &denom);
        if divisor.is_one() {
            Rational::from_coprime(numer, denom)
        } else {
            Rational::from_coprime(numer / &divisor, denom / divisor)
        }
    }

    /// The numerator in lowest terms; it carries the sign: `−2` for `Rational::new(4, -6)`.
    pub fn numer(&self) -> &BigInt {
        self.0.numer()
    }

    /// The denominator in lowest terms, positive: `3` for `Rational::new(4, -6)`, and 1 for every whole number.
    pub fn denom(&self) -> &BigInt {
        self.0.denom()
    }

    /// Whether the number `p/q` is 0, that is, `p = 0`.
    pub fn is_zero(&self) -> bool {
        self.numer().is_zero()
    }

    /// Whether the number `p/q` is above 0, that is, `p > 0`.
    pub fn is_positive(&self) -> bool {
        self.numer().sign() == Sign::Plus
    }

    /// Whether the number `p/q` is below 0, that is, `p < 0`.
    pub fn is_negative(&self) -> bool {
        self.numer().sign() == Sign::Minus
    }

    /// Whether the number `p/q` is whole, that is, `q = 1`: true for `Rational::new(6, 3)`.
    pub fn is_integer(&self) -> bool {
        self.denom().is_one()
    }

    /// How the number compares with 0: `Ordering::Less` for `−1/2`, `Ordering::Equal` for 0, `Ordering::Greater` for `1/2`.
    pub fn signum(&self) -> Ordering {
        sign_order(self.numer().sign())
    }

    /// The absolute value `|p|/q`: `2/3` for `−2/3`.
    pub fn abs(&self) -> Rational {
        if self.is_negative() {
            -self
        } else {
            self.clone()
        }
    }

    /// `1 / self`; `None` for 0.
    pub fn recip(&self) -> Option<Rational> {
        match self.numer().sign() {
            Sign::NoSign => None,
            Sign::Plus => Some(Rational::from_coprime(
                self.denom().clone(),
                self.numer().clone(),
            )),
            Sign::Minus => Some(Rational::from_coprime(-self.denom(), -self.numer())),
        }
    }

    /// The square `p²/q²`. Squares of coprime numbers are coprime, so nothing has to be reduced.
    pub fn square(&self) -> Rational {
        Rational::from_coprime(self.numer() * self.numer(), self.denom() * self.denom())
    }

    /// `self / divisor`; `None` if `divisor` is 0.
    pub fn checked_div(&self, divisor: &Rational) -> Option<Rational> {
        Some(self * divisor.recip()?)
    }

    /// The non-negative rational whose square is this number, if there is one: `3/2` for `9/4`, `None` for `2` and for `−4`.
    pub fn exact_sqrt(&self) -> Option<Rational> {
        let numer = exact_sqrt(self.numer())?;
        let denom = exact_sqrt(self.denom())?;
        Some(Rational::from_coprime(numer, denom))
    }

    /// The size in bits: those of the numerator plus those of the denominator. For `−3/2` it is `2 + 2 = 4`.
    pub fn bits(&self) -> u64 {
        self.numer().bits() + self.denom().bits()
    }
}

/// How the sizes of two products compare, if the leading 60 bits of their factors decide that.
fn compare_products(left: [&BigInt; 2], right: [&BigInt; 2]) -> Option<Ordering> {
    let enclose = |factors: [&BigInt; 2]| {
        let [(x, e), (y, f)] = factors.map(leading);
        let (low, high) = (
            u128::from(x) * u128::from(y),
            u128::from(x + 1) * u128::from(y + 1),
        );
        (low, high, e + f)
    };
    let ((low, high, exponent), (other_low, other_high, other_exponent)) =
        (enclose(left), enclose(right));
    // Both lie between 2^118 and 2^120, so that 4 stands for every greater ratio.
    let least = exponent.min(other_exponent);
    let (shift, other_shift) = ((exponent - least).min(4), (other_exponent - least).min(4));
    if low << shift >= other_high << other_shift {
        Some(Ordering::Greater)
    } else if high << shift <= other_low << other_shift {
        Some(Ordering::Less)
    } else {
        None
    }
}

/// `x` with 60 bits and the bits b of a number that is not 0, whose size lies in `[x, x + 1) · 2^(b − 60)`.
fn leading(number: &BigInt) -> (u64, u64) {
    const BITS: u64 = 60;
    let bits = number.bits();
    let word = |x: BigUint| x.iter_u64_digits().next().unwrap_or(0);
    if bits <= BITS {
        (word(number.magnitude() << (BITS - bits)), bits)
    } else {
        (word(number.magnitude() >> (bits - BITS)), bits)
    }
}

/// The sign of an integer as a comparison with 0.
pub(crate) fn sign_order(sign: Sign) -> Ordering {
    match sign {
        Sign::Minus => Ordering::Less,
        Sign::NoSign => Ordering::Equal,
        Sign::Plus => Ordering::Greater,
    }
}

impl Default for Rational {
    fn default() -> Rational {
        Rational::zero()
    }
}

impl From<BigInt> for Rational {
    fn from(n: BigInt) -> Rational {
        Rational::integer(n)
    }
}

impl PartialEq for Rational {
    fn eq(&self, other: &Rational) -> bool {
        self.numer() == other.numer() && self.denom() == other.denom()
    }
}

impl Eq for Rational {}

impl Hash for Rational {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.numer().hash(state);
        self.denom().hash(state);
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Rational) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Rational) -> Ordering {
        let sign = self.signum();
        if sign != other.signum() {
            return sign.cmp(&other.signum());
        }
        if sign == Ordering::Equal {
            return Ordering::Equal;
        }
        if self.denom() == other.denom() {
            return self.numer().cmp(other.numer());
        }
        let size = compare_products([self.numer(), other.denom()], [other.numer(), self.denom()]);
        match size {
            Some(size) if sign == Ordering::Greater => return size,
            Some(size) => return size.reverse(),
            None => {}
        }
        (self.numer() * other.denom()).cmp(&(other.numer() * self.denom()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Products are told apart at any difference of lengths, and up to one part in `2^56`; equal ones are not.
    #[test]
    fn leading_bits_compare_products() {
        let check = |left: [&BigInt; 2], right: [&BigInt; 2], expected: Option<Ordering>| {
            assert_eq!(compare_products(left, right), expected);
            assert_eq!(compare_products([left[1], left[0]], right), expected);
            let reversed = expected.map(Ordering::reverse);
            assert_eq!(compare_products(right, left), reversed);
        };
        let power = |bits: u32| BigInt::from(1) << bits;
        let greater = Some(Ordering::Greater);
        for bits in [0_u32, 1, 59, 60, 61, 500] {
            for other in [0_u32, 30, 60, 700] {
                let (x, y) = (power(bits) * 5, power(other) * 3);
                check([&x, &y], [&x, &y], None);
                for longer in [1_u32, 2, 3, 4, 5, 60, 64, 128, 300] {
                    check([&(&x << longer), &y], [&x, &y], greater);
                }
                let wide: BigInt = &x << 120;
                let wider: BigInt = &wide + (&x << 64);
                check([&wider, &y], [&wide, &y], greater);
                check([&(&wide + &x), &y], [&wide, &y], None);
                check([&-wider, &y], [&wide, &-&y], greater);
            }
        }
        let (one, most) = (power(0), power(60) - 1);
        check([&most, &most], [&(power(120) - power(63)), &one], greater);
        check([&(power(60) + 1), &one], [&power(60), &one], None);
    }
}
