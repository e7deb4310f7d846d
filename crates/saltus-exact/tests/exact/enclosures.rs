//! Intervals contain what they should, and are not much wider.

use std::cmp::Ordering;

use num_bigint::BigInt;
use proptest::prelude::*;
use saltus_exact::{Dyadic, Interval, Rational};

use crate::generators::{any_rational, config, power_of_ten, rational};

/// `[a, b]` with the ends in order, at a precision that rounds them.
fn any_interval() -> impl Strategy<Value = (Interval, Rational)> {
    let end = || {
        prop_oneof![
            (-40i64..=40, -6i64..=6),
            (any::<i64>(), -70i64..=70),
            (-1i64..=1, -400i64..=400)
        ]
    };
    (end(), end(), 0u32..=8).prop_map(|((a, e), (b, f), inside)| {
        let (x, y) = (Dyadic::new(a, e), Dyadic::new(b, f));
        let (lo, hi) = if x <= y { (x, y) } else { (y, x) };
        let weight = Rational::new(inside, 8).unwrap_or_default();
        let point = lo.to_rational() + (hi.to_rational() - lo.to_rational()) * weight;
        let interval = Interval::from_ends(lo, hi).unwrap_or_else(|| Interval::from_integer(0));
        (interval, point)
    })
}

/// `hi − lo <= 2^(bits − precision) · |hi|`, for a positive interval.
fn is_tight(x: &Interval, precision: u32, bits: u32) -> bool {
    let scale = Rational::integer(BigInt::from(1) << (precision - bits));
    (x.upper() - x.lower()) * scale <= x.upper().abs().max(x.lower().abs())
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn results_contain_the_exact_ones((x, p) in any_interval(), (y, q) in any_interval(), precision in 1u32..90) {
        prop_assert!(x.contains(&p) && y.contains(&q));
        prop_assert!(x.neg().contains(&-&p));
        prop_assert!(x.add(&y, precision).contains(&(&p + &q)));
        prop_assert!(x.sub(&y, precision).contains(&(&p - &q)));
        prop_assert!(x.mul(&y, precision).contains(&(&p * &q)));
        match x.div(&y, precision) {
            Some(quotient) => prop_assert!(p.checked_div(&q).is_some_and(|exact| quotient.contains(&exact))),
            None => prop_assert!(y.contains(&Rational::zero())),
        }
        if let Some(order) = x.compare(&y) {
            prop_assert_eq!(order, p.cmp(&q));
        }
        if let Some(sign) = x.sign() {
            prop_assert_eq!(sign, p.signum());
        }
        match x.sqrt(precision) {
            Some(root) => {
                prop_assert!(!root.lower().is_negative());
                let square = p.max(Rational::zero());
                prop_assert!(root.lower().square() <= square && square <= root.upper().square());
            }
            None => prop_assert!(x.upper().is_negative()),
        }
    }

    #[test]
    fn points_are_enclosed_tightly(a in any_rational(), b in any_rational(), precision in 16u32..200) {
        let (x, y) = (Interval::from_rational(&a, precision), Interval::from_rational(&b, precision));
        prop_assert!(x.contains(&a) && is_tight(&x, precision, 2));
        prop_assert!(is_tight(&x.mul(&y, precision), precision, 4));
        prop_assert!(x.div(&y, precision).is_none_or(|z| is_tight(&z, precision, 4)));
        prop_assert!(Interval::sqrt_of_rational(&a, precision).is_none_or(|z| is_tight(&z, precision, 2)));
        prop_assert!(x.lo().mantissa().bits() <= u64::from(precision));
        prop_assert_eq!(Interval::sqrt_of_rational(&a, precision).is_none(), a.is_negative());
    }

    #[test]
    fn ends_are_the_best_ones(a in any_rational(), precision in 2u32..80) {
        // With fewer bits than the fraction has, the ends are neighbours; they are equal only if it needs no more.
        let x = Interval::from_rational(&a, precision);
        if x.is_point() {
            prop_assert_eq!(x.lower(), a);
        } else {
            prop_assert!(x.lower() < a && a < x.upper());
        }
    }
}

#[test]
fn exact_cases_stay_points() {
    fn check(found: Option<Interval>, expected: &str) {
        let expected = rational(expected);
        assert!(
            found.is_some_and(|x| x.is_point() && x.lower() == expected),
            "{expected}"
        );
    }
    let point = |text: &str| Interval::from_rational(&rational(text), 64);
    check(Some(point("3/8")), "3/8");
    check(Some(point("-5")), "-5");
    check(point("9/4").sqrt(64), "3/2");
    check(Interval::sqrt_of_rational(&rational("1/1024"), 64), "1/32");
    check(Some(point("3/8").add(&point("1e9"), 64)), "8000000003/8");
    check(Some(point("3/8").mul(&Interval::from_integer(0), 64)), "0");
    check(point("3/8").div(&point("-1/4"), 64), "-3/2");
    check(Some(point("1/3").mul(&Interval::from_integer(0), 64)), "0");
}

#[test]
fn ends_are_not_moved_further_than_needed() {
    let interval = |lo: i64, hi: i64| {
        Interval::from_ends(Dyadic::new(lo, 0), Dyadic::new(hi, 0)).expect("the ends are in order")
    };
    // Two bits hold 2 and 3, not 5; 36 = 9 · 4 is cut to 9, and nothing is lost.
    fn check(found: Option<Interval>, lo: i64, hi: i64) {
        let found = found.expect("the result is defined");
        let ends = (found.lower(), found.upper());
        assert_eq!(ends, (Rational::integer(lo), Rational::integer(hi)));
    }
    check(interval(0, 36).sqrt(2), 0, 6);
    check(interval(0, 37).sqrt(2), 0, 8);
    check(interval(-1, 36).sqrt(2), 0, 6);
    check(interval(36, 36).sqrt(2), 6, 6);
    check(interval(36, 37).sqrt(3), 6, 7);
    check(Some(interval(5, 5).add(&interval(0, 0), 2)), 4, 6);
    check(Some(interval(12, 12).add(&interval(0, 0), 2)), 12, 12);
    // 1/3 is 0.0101010… in binary digits: with four bits it lies between 10/32 and 11/32.
    let third = interval(1, 1).div(&interval(3, 3), 4).expect("3 is not 0");
    for third in [third, Interval::from_rational(&rational("1/3"), 4)] {
        assert_eq!(third.lower(), rational("10/32"));
        assert_eq!(third.upper(), rational("11/32"));
    }
    check(Some(interval(-5, -5).add(&interval(0, 0), 2)), -6, -4);
    check(Some(interval(2, 3).mul(&interval(-1, 2), 8)), -3, 6);
    check(Some(interval(-3, 2).mul(&interval(-5, 4), 8)), -12, 15);
    check(interval(-6, 12).div(&interval(2, 3), 8), -3, 6);
    check(interval(-6, 12).div(&interval(-3, -2), 8), -6, 3);
    assert_eq!(interval(1, 4).width_log2(), Some(2));
    assert_eq!(interval(1, 5).width_log2(), Some(3));
    assert_eq!(
        Dyadic::new(1, 0).partial_cmp(&Dyadic::new(3, -1)),
        Some(Ordering::Less)
    );
    assert_eq!(
        (Dyadic::new(0, 7).exponent(), Dyadic::new(2, 7).exponent()),
        (0, 7)
    );
}

#[test]
fn signs_and_orders_are_given_only_when_certain() {
    let interval = |lo: i64, hi: i64| {
        Interval::from_ends(Dyadic::new(lo, 0), Dyadic::new(hi, 0)).expect("the ends are in order")
    };
    fn check(x: &Interval, y: &Interval, expected: Option<Ordering>) {
        assert_eq!(x.compare(y), expected, "{x:?} against {y:?}");
        assert_eq!(
            y.compare(x),
            expected.map(Ordering::reverse),
            "{y:?} against {x:?}"
        );
    }
    check(&interval(1, 2), &interval(3, 4), Some(Ordering::Less));
    check(&interval(1, 3), &interval(3, 4), None);
    check(&interval(3, 3), &interval(3, 3), Some(Ordering::Equal));
    check(&interval(1, 3), &interval(1, 3), None);
    assert_eq!(interval(0, 0).sign(), Some(Ordering::Equal));
    assert_eq!(interval(0, 1).sign(), None);
    assert_eq!(interval(-1, 1).sign(), None);
    assert_eq!(interval(1, 1).sign(), Some(Ordering::Greater));
    assert_eq!(interval(-2, -1).sign(), Some(Ordering::Less));
    assert_eq!(
        Interval::from_ends(Dyadic::new(1, 0), Dyadic::new(0, 0)),
        None
    );
    assert_eq!(interval(-3, -1).sqrt(64), None);
    assert_eq!(interval(-1, 1).div(&interval(0, 1), 64), None);
}

/// Numbers with as many digits before the point, and with exponents that differ.
#[test]
fn binary_fractions_are_ordered_by_value() {
    let check = |a: (i64, i64), b: (i64, i64), expected: Ordering| {
        let [x, y] = [a, b].map(|(mantissa, exponent)| Dyadic::new(mantissa, exponent));
        assert_eq!(x.cmp(&y), expected, "{a:?} {b:?}");
        assert_eq!(y.cmp(&x), expected.reverse(), "{a:?} {b:?}");
    };
    check((3, 5), (49, 1), Ordering::Less);
    check((3, 5), (48, 1), Ordering::Equal);
    check((3, 5), (47, 1), Ordering::Greater);
    check((-3, 5), (-49, 1), Ordering::Greater);
    check((3, -1), (49, -5), Ordering::Less);
    check((3, -1), (47, -5), Ordering::Greater);
}

#[test]
fn only_what_lies_between_the_ends_is_contained() {
    let interval = Interval::from_ends(Dyadic::new(-3, -1), Dyadic::new(5, 1));
    let interval = interval.expect("the ends are in order");
    for (number, inside) in [
        ("-3/2", true),
        ("10", true),
        ("1/3", true),
        ("-151/100", false),
        ("1001/100", false),
    ] {
        assert_eq!(interval.contains(&rational(number)), inside, "{number}");
    }
    let check = |exponent: i64, lower: &str, upper: &str| {
        let shifted = interval.shifted(exponent);
        assert_eq!(shifted.lower(), rational(lower));
        assert_eq!(shifted.upper(), rational(upper));
    };
    check(0, "-3/2", "10");
    check(3, "-12", "80");
    check(-2, "-3/8", "5/2");
}

#[test]
fn far_apart_numbers_are_added_without_shifting_far() {
    let huge = Interval::from_dyadic(Dyadic::new(1, 1_000_000_000_000));
    let tiny = Interval::from_dyadic(Dyadic::new(1, -1_000_000_000_000));
    let sum = huge.add(&tiny, 64);
    assert!(sum.lo() == huge.lo() && sum.hi() > huge.hi());
    let difference = huge.sub(&tiny, 64);
    assert!(difference.lo() < huge.lo() && difference.hi() == huge.hi());
    assert_eq!(huge.compare(&tiny), Some(Ordering::Greater));
    assert_eq!(sum.width_log2(), Some(1_000_000_000_000 - 62));
    assert_eq!(tiny.width_log2(), None);
}

#[test]
fn square_roots_use_the_leading_bits_only() {
    // With 200,000 bits in each part, a full division would take far more than the shortened one.
    let numer = num_bigint::BigInt::from(3).pow(126_000);
    let denom = num_bigint::BigInt::from(7).pow(71_000);
    let q = Rational::new(numer, denom).expect("the denominator is positive");
    for _ in 0..200 {
        let root = Interval::sqrt_of_rational(&q, 64).expect("the number is positive");
        assert!(is_tight(&root, 64, 2));
    }
    let root = Interval::sqrt_of_rational(&Rational::integer(power_of_ten(3_000)), 256);
    assert!(root.is_some_and(|x| x.contains(&Rational::integer(power_of_ten(1_500)))));
}
