//! Fractions: arithmetic, order, text, and the ways from and to floats.

use dashu_base::Abs;
use dashu_float::DBig;
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use num_bigint::BigInt;
use saltus_exact::{Rational, decimal_of_rational};
use std::str::FromStr;

use crate::values::{Draws, assert_same, fraction};

#[track_caller]
fn check_pair(a: &Rational, b: &Rational) {
    let (x, y) = (fraction(a), fraction(b));
    assert_same(a, &x);
    assert_same(&(a + b), &(&x + &y));
    assert_same(&(a - b), &(&x - &y));
    assert_same(&(a * b), &(&x * &y));
    assert_same(&-a, &-x.clone());
    assert_same(&a.square(), &(&x * &x));
    assert_eq!(a.cmp(b), x.cmp(&y), "{a} and {b}");
    assert_eq!(a == b, x == y, "{a} and {b}");
    match a.checked_div(b) {
        Some(quotient) => assert_same(&quotient, &(&x / &y)),
        None => assert!(y.is_zero()),
    }
    let mut sum = a.clone();
    sum += b;
    sum -= a;
    assert_eq!(sum, *b);
}

#[test]
fn arithmetic_and_order() {
    let mut draws = Draws::new(3);
    for _ in 0..4_000 {
        check_pair(&draws.rational(300), &draws.rational(300));
    }
    for _ in 0..3_000 {
        // Both sides of 64 bits, where small fractions have their own path.
        check_pair(&draws.rational(66), &draws.rational(66));
    }
    for _ in 0..10 {
        check_pair(&draws.rational(20_000), &draws.rational(20_000));
    }
}

/// Fractions that differ by one over the product of their denominators, which no rounded comparison tells apart.
#[test]
fn continued_fraction_neighbours_with_20_000_bits() {
    for quotients in [[1u64, 1], [2, 2], [1, u64::MAX], [1 << 40, 3]] {
        let one = Rational::one();
        // Convergents p/q of the continued fraction: the pairs (p, q) of two consecutive ones.
        let mut last = (BigInt::from(1), BigInt::from(0));
        let mut this = (BigInt::from(quotients[0]), BigInt::from(1));
        let mut step = 1;
        let mut n_checked = 0;
        while this.1.bits() < 20_000 {
            let quotient = quotients[step % 2];
            let next = (&last.0 + &this.0 * quotient, &last.1 + &this.1 * quotient);
            last = std::mem::replace(&mut this, next);
            step += 1;
            if step % 400 == 0 || this.1.bits() >= 20_000 {
                let ratio = |(p, q): &(BigInt, BigInt)| {
                    Rational::new(p.clone(), q.clone()).expect("q is positive")
                };
                let (before, after) = (ratio(&last), ratio(&this));
                check_pair(&before, &after);
                let gap = (&before - &after).abs();
                assert_eq!(gap.numer(), one.numer());
                assert_eq!(*gap.denom(), &last.1 * &this.1);
                n_checked += 1;
            }
        }
        assert!(n_checked > 0);
    }
}

#[test]
fn text() {
    let mut draws = Draws::new(4);
    for _ in 0..2_000 {
        let q = draws.rational(400);
        let text = q.to_string();
        assert_eq!(text, fraction(&q).to_string());
        assert_same(&q, &RBig::from_str(&text).expect("a fraction"));
        assert_eq!(Rational::parse(&text), Ok(q));
    }
}

#[test]
fn decimal_text_is_read_exactly() {
    let mut draws = Draws::new(5);
    for _ in 0..2_000 {
        let (whole, fractional) = (draws.positive(200), draws.positive(200));
        let sign = ["", "-", "+"][draws.below(3) as usize];
        let zeros = "0".repeat(draws.below(30) as usize);
        let exponent = draws.below(400) as i64 - 200;
        let text = format!("{sign}{whole}.{zeros}{fractional}e{exponent}");
        let found = Rational::parse(&text).expect("a decimal number");
        let expected = DBig::from_str(&text).expect("a decimal number");
        assert_same(
            &found,
            &RBig::try_from(expected).expect("a finite decimal is a fraction"),
        );
    }
}

#[track_caller]
fn check_f64(q: &Rational) {
    let expected = fraction(q).to_f64().value();
    assert_eq!(q.to_f64().to_bits(), expected.to_bits(), "{q:?}");
}

#[test]
fn the_nearest_f64() {
    let mut draws = Draws::new(6);
    for _ in 0..6_000 {
        check_f64(&draws.rational(1_100));
        check_f64(&draws.rational(70));
    }
    let two_to = |exponent: i64| {
        let power = Rational::integer(BigInt::from(1) << exponent.unsigned_abs());
        if exponent < 0 {
            power.recip().expect("not 0")
        } else {
            power
        }
    };
    for _ in 0..4_000 {
        // Midway between two floats, and just beside it; subnormal floats and the largest ones included.
        let exponent = draws.below(2_200) as i64 - 1_140;
        let odd = Rational::integer(draws.of_length(53) * 2u32 + 1u32);
        let tie = odd * two_to(exponent - 54);
        let tiny = two_to(exponent - 54 - 900);
        for q in [tie.clone(), &tie + &tiny, &tie - &tiny, -&tie] {
            check_f64(&q);
        }
        let x = tie.to_f64();
        if x.is_finite() {
            let back = Rational::from_f64(x).expect("finite");
            assert_same(&back, &RBig::try_from(x).expect("finite"));
        }
    }
}

#[test]
fn thirty_decimals() {
    let mut draws = Draws::new(7);
    for _ in 0..2_000 {
        let q = draws.rational(500);
        if q.is_zero() {
            continue;
        }
        let found = DBig::from_str(&decimal_of_rational(&q)).expect("a decimal number");
        // In units of the last digit the true value is within a half of an integer of thirty digits, or of a shorter one.
        let unit = 30 - found.digits() as isize;
        let (digits, exponent) = found.repr().clone().into_parts();
        let digits = digits * IBig::from(10).pow(unit.unsigned_abs());
        let exponent = exponent - unit;
        let power = RBig::from(UBig::from(10u8).pow(exponent.unsigned_abs()));
        let scaled = if exponent < 0 {
            fraction(&q) * power
        } else {
            fraction(&q) / power
        };
        let half = RBig::from_parts(1.into(), 2u8.into());
        let error = (&scaled - RBig::from(digits.clone())).abs();
        assert!(error <= half, "{q}: {found}");
        assert!(error < half || (digits % 2u8) == 0, "{q}: a tie is even");
    }
}
