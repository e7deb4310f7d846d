//! Arithmetic of [`Rational`]: `+`, `-`, `*` for owned and borrowed operands, and sums.
//!
//! There is no `/`: a division by zero must be visible where it is written, see [`Rational::checked_div`].

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};

use super::Rational;
use crate::integer::{gcd, gcd_u64};

/// The parts of a fraction whose numerator and denominator fit 63 bits.
fn small_parts(x: &Rational) -> Option<(i64, u64)> {
    let numer = x.numer().to_i64()?;
    let denom = x.denom().to_i64()?;
    Some((numer, denom.unsigned_abs()))
}

/// `left ± right` by the rule that needs the fewest common divisors (Knuth, TAOCP 2, 4.5.1).
fn add_signed(left: &Rational, right: &Rational, subtract: bool) -> Rational {
    let combine = |a: BigInt, b: BigInt| if subtract { a - b } else { a + b };
    if left.denom().is_one() && right.denom().is_one() {
        let numer = if subtract {
            left.numer() - right.numer()
        } else {
            left.numer() + right.numer()
        };
        return Rational::integer(numer);
    }
    if let (Some((a, b)), Some((c, d))) = (small_parts(left), small_parts(right)) {
        return add_small(
            a,
            b,
            if subtract {
                -i128::from(c)
            } else {
                i128::from(c)
            },
            d,
        );
    }
    let common = gcd(left.denom(), right.denom());
    if common.is_one() {
        let numer = combine(left.numer() * right.denom(), right.numer() * left.denom());
        return Rational::from_coprime(numer, left.denom() * right.denom());
    }
    let left_cofactor = left.denom() / &common;
    let right_cofactor = right.denom() / &common;
    let numer = combine(
        left.numer() * &right_cofactor,
        right.numer() * &left_cofactor,
    );
    if numer.is_zero() {
        return Rational::zero();
    }
    // Whatever still cancels divides the common part of the denominators.
    let divisor = gcd(&numer, &common);
    Rational::from_coprime(numer / &divisor, left_cofactor * (right.denom() / divisor))
}

/// `a/b + c/d` for parts below 2⁶³ in absolute value.
fn add_small(a: i64, b: u64, c: i128, d: u64) -> Rational {
    let common = gcd_u64(b, d);
    // |a|, |c| <= 2⁶³ and b, d < 2⁶³, so the sum of the two products is at most 2¹²⁷ − 2⁶⁴.
    let numer = i128::from(a) * i128::from(d / common) + c * i128::from(b / common);
    if numer == 0 {
        return Rational::zero();
    }
    let rest = u64::try_from(numer.unsigned_abs() % u128::from(common))
        .expect("a residue is below its 64-bit modulus");
    let divisor = gcd_u64(common, rest);
    let denom = u128::from(b / common) * u128::from(d / divisor);
    Rational::from_coprime(
        BigInt::from(numer / i128::from(divisor)),
        BigInt::from(denom),
    )
}

fn multiply(left: &Rational, right: &Rational) -> Rational {
    if left.denom().is_one() && right.denom().is_one() {
        return Rational::integer(left.numer() * right.numer());
    }
    if left.is_zero() || right.is_zero() {
        return Rational::zero();
    }
    if let (Some((a, b)), Some((c, d))) = (small_parts(left), small_parts(right)) {
        let (x, y) = (gcd_u64(a.unsigned_abs(), d), gcd_u64(c.unsigned_abs(), b));
        let numer = (i128::from(a) / i128::from(x)) * (i128::from(c) / i128::from(y));
        let denom = u128::from(b / y) * u128::from(d / x);
        return Rational::from_coprime(BigInt::from(numer), BigInt::from(denom));
    }
    let x = gcd(left.numer(), right.denom());
    let y = gcd(right.numer(), left.denom());
    if x.is_one() && y.is_one() {
        return Rational::from_coprime(left.numer() * right.numer(), left.denom() * right.denom());
    }
    Rational::from_coprime(
        (left.numer() / &x) * (right.numer() / &y),
        (left.denom() / y) * (right.denom() / x),
    )
}

impl Add for Rational {
    type Output = Rational;

    fn add(self, other: Rational) -> Rational {
        add_signed(&self, &other, false)
    }
}

impl Add<&Rational> for Rational {
    type Output = Rational;

    fn add(self, other: &Rational) -> Rational {
        add_signed(&self, other, false)
    }
}

impl Add<Rational> for &Rational {
    type Output = Rational;

    fn add(self, other: Rational) -> Rational {
        add_signed(self, &other, false)
    }
}

impl Add<&Rational> for &Rational {
    type Output = Rational;

    fn add(self, other: &Rational) -> Rational {
        add_signed(self, other, false)
    }
}

impl Sub for Rational {
    type Output = Rational;

    fn sub(self, other: Rational) -> Rational {
        add_signed(&self, &other, true)
    }
}

impl Sub<&Rational> for Rational {
    type Output = Rational;

    fn sub(self, other: &Rational) -> Rational {
        add_signed(&self, other, true)
    }
}

impl Sub<Rational> for &Rational {
    type Output = Rational;

    fn sub(self, other: Rational) -> Rational {
        add_signed(self, &other, true)
    }
}

impl Sub<&Rational> for &Rational {
    type Output = Rational;

    fn sub(self, other: &Rational) -> Rational {
        add_signed(self, other, true)
    }
}

impl Mul for Rational {
    type Output = Rational;

    fn mul(self, other: Rational) -> Rational {
        multiply(&self, &other)
    }
}

impl Mul<&Rational> for Rational {
    type Output = Rational;

    fn mul(self, other: &Rational) -> Rational {
        multiply(&self, other)
    }
}

impl Mul<Rational> for &Rational {
    type Output = Rational;

    fn mul(self, other: Rational) -> Rational {
        multiply(self, &other)
    }
}

impl Mul<&Rational> for &Rational {
    type Output = Rational;

    fn mul(self, other: &Rational) -> Rational {
        multiply(self, other)
    }
}

impl Neg for Rational {
    type Output = Rational;

    fn neg(self) -> Rational {
        let (numer, denom) = self.0.into_raw();
        Rational::from_coprime(-numer, denom)
    }
}

impl Neg for &Rational {
    type Output = Rational;

    fn neg(self) -> Rational {
        Rational::from_coprime(-self.numer(), self.denom().clone())
    }
}

impl AddAssign<&Rational> for Rational {
    fn add_assign(&mut self, other: &Rational) {
        *self = add_signed(self, other, false);
    }
}

impl SubAssign<&Rational> for Rational {
    fn sub_assign(&mut self, other: &Rational) {
        *self = add_signed(self, other, true);
    }
}

impl MulAssign<&Rational> for Rational {
    fn mul_assign(&mut self, other: &Rational) {
        *self = multiply(self, other);
    }
}

impl Sum for Rational {
    fn sum<I: Iterator<Item = Rational>>(terms: I) -> Rational {
        terms.fold(Rational::zero(), |sum, term| sum + term)
    }
}

impl<'a> Sum<&'a Rational> for Rational {
    fn sum<I: Iterator<Item = &'a Rational>>(terms: I) -> Rational {
        terms.fold(Rational::zero(), |sum, term| sum + term)
    }
}
