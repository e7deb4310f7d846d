//! Rigorous enclosures of real numbers between binary fractions.

mod dyadic;

pub use dyadic::Dyadic;

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

use crate::rational::Rational;
use dyadic::Direction::{Down, Up};

/// A closed interval `[lo, hi]` that is known to contain a real number.
///
/// Every operation takes a `precision` in bits: the ends are rounded outwards to mantissas of that length, so
/// that a result always contains the exact one. The precision is relative to each end; cancellation
/// therefore widens a difference relative to its value, and the remedy is to enclose again with more bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Interval {
    lo: Dyadic,
    hi: Dyadic,
}

impl Interval {
    /// The point `x`.
    pub fn from_dyadic(x: Dyadic) -> Interval {
        Interval {
            lo: x.clone(),
            hi: x,
        }
    }

    /// The point `n`.
    pub fn from_integer(n: impl Into<BigInt>) -> Interval {
        Interval::from_dyadic(Dyadic::new(n.into(), 0))
    }

    /// The interval between two ends; `None` if `lo > hi`.
    pub fn from_ends(lo: Dyadic, hi: Dyadic) -> Option<Interval> {
        (lo <= hi).then_some(Interval { lo, hi })
    }

    /// The interval between two numbers, in either order.
    pub(crate) fn between(x: Dyadic, y: Dyadic) -> Interval {
        if x <= y {
            Interval { lo: x, hi: y }
        } else {
            Interval { lo: y, hi: x }
        }
    }

    /// An enclosure of `q`; a point where `q` is a binary fraction of at most `precision` bits.
    pub fn from_rational(q: &Rational, precision: u32) -> Interval {
        if q.is_negative() {
            return Interval::from_rational(&-q, precision).neg();
        }
        let numer = Dyadic::new(q.numer().clone(), 0);
        if q.denom().is_one() {
            return Interval {
                lo: numer.rounded(precision, Down),
                hi: numer.into_rounded(precision, Up),
            };
        }
        // Eight further bits keep the quotient of shortened parts within one unit of the precision.
        let working = u64::from(precision) + 8;
        if numer.mantissa().bits() <= working && q.denom().bits() <= working {
            return quotient_of_short_parts(q, precision);
        }
        let working = precision.saturating_add(8);
        let denom = Dyadic::new(q.denom().clone(), 0);
        Interval {
            lo: dyadic::div(
                &numer.rounded(working, Down),
                &denom.rounded(working, Up),
                precision,
                Down,
            ),
            hi: dyadic::div(
                &numer.into_rounded(working, Up),
                &denom.into_rounded(working, Down),
                precision,
                Up,
            ),
        }
    }

    /// An enclosure of `√q`; `None` if `q < 0`. Only the leading bits of numerator and denominator are used.
    pub fn sqrt_of_rational(q: &Rational, precision: u32) -> Option<Interval> {
        Interval::from_rational(q, precision.saturating_add(8)).sqrt(precision)
    }

    /// The lower end: `10 · 2^(−5)` for `1/3` enclosed with 4 bits.
    pub fn lo(&self) -> &Dyadic {
        &self.lo
    }

    /// The upper end: `11 · 2^(−5)` for `1/3` enclosed with 4 bits.
    pub fn hi(&self) -> &Dyadic {
        &self.hi
    }

    /// The lower end as a rational: `5/16` for `1/3` enclosed with 4 bits.
    pub fn lower(&self) -> Rational {
        self.lo.to_rational()
    }

    /// The upper end as a rational: `11/32` for `1/3` enclosed with 4 bits.
    pub fn upper(&self) -> Rational {
        self.hi.to_rational()
    }

    /// Whether both ends are equal, as for `3/4` enclosed with 2 bits; an enclosure of `1/3` is never a point.
    pub fn is_point(&self) -> bool {
        self.lo == self.hi
    }

    /// Whether `q` lies in the interval, ends included.
    pub fn contains(&self, q: &Rational) -> bool {
        self.lower() <= *q && *q <= self.upper()
    }

    /// A `k` with `hi − lo <= 2^k`, at most one above the least such; `None` for a point.
    pub fn width_log2(&self) -> Option<i64> {
        let width = dyadic::add(&self.hi, &self.lo.neg(), 32, Up);
        (!width.is_zero()).then(|| width.top())
    }

    /// `x · 2^exponent`.
    pub fn shifted(&self, exponent: i64) -> Interval {
        let end = |end: &Dyadic| Dyadic::new(end.mantissa().clone(), end.exponent() + exponent);
        Interval {
            lo: end(&self.lo),
            hi: end(&self.hi),
        }
    }

    /// `−x`.
    pub fn neg(&self) -> Interval {
        Interval {
            lo: self.hi.neg(),
            hi: self.lo.neg(),
        }
    }

    /// `x + y`.
    pub fn add(&self, other: &Interval, precision: u32) -> Interval {
        Interval {
            lo: dyadic::add(&self.lo, &other.lo, precision, Down),
            hi: dyadic::add(&self.hi, &other.hi, precision, Up),
        }
    }

    /// `x − y`.
    pub fn sub(&self, other: &Interval, precision: u32) -> Interval {
        Interval {
            lo: dyadic::add(&self.lo, &other.hi.neg(), precision, Down),
            hi: dyadic::add(&self.hi, &other.lo.neg(), precision, Up),
        }
    }

    /// `x · y`.
    pub fn mul(&self, other: &Interval, precision: u32) -> Interval {
        let ends = |a: (&Dyadic, &Dyadic), b: (&Dyadic, &Dyadic)| Interval {
            lo: dyadic::mul(a.0, a.1, precision, Down),
            hi: dyadic::mul(b.0, b.1, precision, Up),
        };
        let (a, b, c, d) = (&self.lo, &self.hi, &other.lo, &other.hi);
        // [a, b]·[c, d] by the signs of the four ends.
        match (Position::of(self), Position::of(other)) {
            (Position::NonNegative, Position::NonNegative) => ends((a, c), (b, d)),
            (Position::NonNegative, Position::NonPositive) => ends((b, c), (a, d)),
            (Position::NonNegative, Position::Across) => ends((b, c), (b, d)),
            (Position::NonPositive, Position::NonNegative) => ends((a, d), (b, c)),
            (Position::NonPositive, Position::NonPositive) => ends((b, d), (a, c)),
            (Position::NonPositive, Position::Across) => ends((a, d), (a, c)),
            (Position::Across, Position::NonNegative) => ends((a, d), (b, d)),
            (Position::Across, Position::NonPositive) => ends((b, c), (a, c)),
            (Position::Across, Position::Across) => {
                let first = ends((a, d), (a, c));
                let second = ends((b, c), (b, d));
                Interval {
                    lo: first.lo.min(second.lo),
                    hi: first.hi.max(second.hi),
                }
            }
        }
    }

    /// `x / y`; `None` if `y` contains 0.
    pub fn div(&self, other: &Interval, precision: u32) -> Option<Interval> {
        if other.hi.is_negative() {
            return self.neg().div(&other.neg(), precision);
        }
        if !other.lo.is_positive() {
            return None;
        }
        let (c, d) = (&other.lo, &other.hi);
        let lo_divisor = if self.lo.is_negative() { c } else { d };
        let hi_divisor = if self.hi.is_negative() { d } else { c };
        Some(Interval {
            lo: dyadic::div(&self.lo, lo_divisor, precision, Down),
            hi: dyadic::div(&self.hi, hi_divisor, precision, Up),
        })
    }

    /// The square roots of the non-negative numbers of the interval; `None` if there are none.
    pub fn sqrt(&self, precision: u32) -> Option<Interval> {
        if self.hi.is_negative() {
            return None;
        }
        Some(dyadic::sqrt_ends(&self.lo, &self.hi, precision))
    }

    /// The sign of every number of the interval; `None` if they differ. `Equal` only for the point 0.
    pub fn sign(&self) -> Option<Ordering> {
        if self.lo.is_positive() {
            Some(Ordering::Greater)
        } else if self.hi.is_negative() {
            Some(Ordering::Less)
        } else if self.lo.is_zero() && self.hi.is_zero() {
            Some(Ordering::Equal)
        } else {
            None
        }
    }

    /// How every number of this interval compares with every number of the other; `None` if that varies.
    pub fn compare(&self, other: &Interval) -> Option<Ordering> {
        if self.hi < other.lo {
            Some(Ordering::Less)
        } else if self.lo > other.hi {
            Some(Ordering::Greater)
        } else if self.is_point() && self == other {
            Some(Ordering::Equal)
        } else {
            None
        }
    }
}

/// Where an interval lies relative to 0.
enum Position {
    NonNegative,
    NonPositive,
    Across,
}

impl Position {
    fn of(x: &Interval) -> Position {
        if !x.lo.is_negative() {
            Position::NonNegative
        } else if !x.hi.is_positive() {
            Position::NonPositive
        } else {
            Position::Across
        }
    }
}

/// Both ends of a positive quotient from one division.
fn quotient_of_short_parts(q: &Rational, precision: u32) -> Interval {
    if q.is_zero() {
        return Interval::from_integer(0);
    }
    let needed = u64::from(precision) + 1 + q.denom().bits();
    let shift = needed.saturating_sub(q.numer().bits());
    let (quotient, remainder) = (q.numer() << shift).div_rem(q.denom());
    let exponent = -i64::try_from(shift).expect("a shift is the length of a number in memory");
    let above = if remainder.is_zero() {
        quotient.clone()
    } else {
        &quotient + 1u32
    };
    Interval {
        lo: Dyadic::new(quotient, exponent).into_rounded(precision, Down),
        hi: Dyadic::new(above, exponent).into_rounded(precision, Up),
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:?}, {:?}]", self.lo, self.hi)
    }
}
