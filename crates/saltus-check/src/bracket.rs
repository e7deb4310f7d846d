//! Brackets: integers `lo ≤ hi` over `2^precision` with a real number between them, every operation rounded outwards.
//!
//! Each bracket of a certificate must be the tightest one that follows from the brackets before it, so that there is one
//! accepted text for it.

use std::fmt;

use num_bigint::BigInt;
use num_traits::One;
use saltus_certificate::{Bracket, Whole};
use saltus_exact::Rational;

/// `[lo, hi] / 2^precision`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) lo: BigInt,
    pub(crate) hi: BigInt,
}

impl Ends {
    /// The point 0.
    pub(crate) fn zero() -> Ends {
        Ends {
            lo: BigInt::ZERO,
            hi: BigInt::ZERO,
        }
    }

    /// The tightest bracket of `q ≥ 0`.
    pub(crate) fn around(q: &Rational, precision: u32) -> Ends {
        let scaled: BigInt = q.numer() << precision;
        Ends {
            lo: &scaled / q.denom(),
            hi: divide_up(&scaled, q.denom()),
        }
    }

    /// Whether this is the tightest bracket of `√q` for `q ≥ 0`: `lo² ≤ q ≤ hi²`, and hi is lo or, unless the root is exact, the next integer.
    pub(crate) fn is_root_of(&self, q: &Rational, precision: u32) -> bool {
        let scaled: BigInt = q.numer() << (2 * precision);
        let next: BigInt = &self.lo + BigInt::one();
        let below = &self.lo * &self.lo * q.denom();
        let above = &next * &next * q.denom();
        let is_exact = below == scaled;
        self.lo >= BigInt::ZERO
            && below <= scaled
            && scaled < above
            && self.hi == if is_exact { self.lo.clone() } else { next }
    }

    /// `x / y` for `x ≥ 0`; `None` unless `y > 0` for certain.
    pub(crate) fn over(&self, other: &Ends, precision: u32) -> Option<Ends> {
        if other.lo <= BigInt::ZERO || self.lo < BigInt::ZERO {
            return None;
        }
        let lo: BigInt = &self.lo << precision;
        let hi: BigInt = &self.hi << precision;
        Some(Ends {
            lo: lo / &other.hi,
            hi: divide_up(&hi, &other.lo),
        })
    }

    /// `x − y z` for `y, z ≥ 0`.
    pub(crate) fn minus_product(&self, y: &Ends, z: &Ends, precision: u32) -> Ends {
        // The shift of a big integer rounds towards −∞, so shifting the negative rounds the product up.
        Ends {
            lo: &self.lo + ((-(&y.hi * &z.hi)) >> precision),
            hi: &self.hi - ((&y.lo * &z.lo) >> precision),
        }
    }

    /// `x + y`.
    pub(crate) fn plus(&self, other: &Ends) -> Ends {
        Ends {
            lo: &self.lo + &other.lo,
            hi: &self.hi + &other.hi,
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.lo, self.hi)
    }
}

impl PartialEq<Bracket> for Ends {
    fn eq(&self, (Whole(lo), Whole(hi)): &Bracket) -> bool {
        self.lo == *lo && self.hi == *hi
    }
}

impl From<&Bracket> for Ends {
    fn from((Whole(lo), Whole(hi)): &Bracket) -> Ends {
        Ends {
            lo: lo.clone(),
            hi: hi.clone(),
        }
    }
}

/// `⌈x / y⌉` for `x ≥ 0`, `y > 0`.
fn divide_up(x: &BigInt, y: &BigInt) -> BigInt {
    (x + y - BigInt::one()) / y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(lo: i64, hi: i64) -> Ends {
        Ends {
            lo: lo.into(),
            hi: hi.into(),
        }
    }

    /// With no bits after the point, brackets are whole numbers.
    #[test]
    fn a_quotient_needs_a_dividend_from_0_and_a_divisor_above_0() {
        let check = |dividend: Ends, divisor: Ends, expected: Option<Ends>| {
            assert_eq!(
                dividend.over(&divisor, 0),
                expected,
                "{dividend} / {divisor}"
            );
        };
        check(ends(7, 9), ends(2, 3), Some(ends(2, 5)));
        check(ends(0, 9), ends(2, 3), Some(ends(0, 5)));
        // Rounding −1/3 towards 0 would put the lower end above the quotient.
        check(ends(-1, 9), ends(2, 3), None);
        check(ends(7, 9), ends(0, 3), None);
        check(ends(-7, 9), ends(-2, 3), None);
        check(ends(7, 9), ends(-2, 3), None);
    }
}
