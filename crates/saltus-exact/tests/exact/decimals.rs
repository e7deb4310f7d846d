//! Decimal text with thirty significant digits.

use std::ops::Add;

use num_bigint::BigInt;
use proptest::prelude::*;
use saltus_exact::{
    Interval, Rational, SqrtSum, decimal_from_enclosures, decimal_of_rational, decimal_of_sqrt_sum,
};

use crate::generators::{any_rational, config, power_of_ten, rational, sqrt};

#[test]
fn rationals_have_thirty_digits() {
    fn check(text: &str, expected: &str) {
        assert_eq!(decimal_of_rational(&rational(text)), expected, "{text}");
    }
    check("0", "0");
    check("1", "1.00000000000000000000000000000");
    check("-12.5", "-12.5000000000000000000000000000");
    check("1/3", "0.333333333333333333333333333333");
    check("2/3", "0.666666666666666666666666666667");
    check("1/30", "0.0333333333333333333333333333333");
    check("1e-7", "0.000000100000000000000000000000000000");
    check("1e-8", "1.00000000000000000000000000000e-8");
    check("1e-40", "1.00000000000000000000000000000e-40");
    check("-1e-4000", "-1.00000000000000000000000000000e-4000");
    check("1e29", "100000000000000000000000000000");
    check("1e30", "1.00000000000000000000000000000e+30");
    check(
        "123456789012345678901234567890123",
        "1.23456789012345678901234567890e+32",
    );
    check(
        "99999999999999999999999999999.95",
        "100000000000000000000000000000",
    );
    check(
        "999999999999999999999999999999.4",
        "999999999999999999999999999999",
    );
    check(
        "999999999999999999999999999999.5",
        "1.00000000000000000000000000000e+30",
    );
    check(
        "0.09999999999999999999999999999999",
        "0.100000000000000000000000000000",
    );
}

#[test]
fn exact_ties_go_to_the_even_digit() {
    fn check(text: &str, expected: &str) {
        assert_eq!(decimal_of_rational(&rational(text)), expected, "{text}");
    }
    check(
        "1.000000000000000000000000000005",
        "1.00000000000000000000000000000",
    );
    check(
        "1.000000000000000000000000000015",
        "1.00000000000000000000000000002",
    );
    check(
        "1.0000000000000000000000000000050000000001",
        "1.00000000000000000000000000001",
    );
    // 2^-44 = 5.684341886080801486968994140625e-14 has 31 significant digits: a tie.
    check("1/17592186044416", "5.68434188608080148696899414062e-14");
    check("3/17592186044416", "1.70530256582424044609069824219e-13");
}

#[test]
fn square_roots_have_thirty_digits() {
    fn check(x: &SqrtSum, expected: &str) {
        assert_eq!(decimal_of_sqrt_sum(x), expected, "{x}");
    }
    check(&sqrt(2), "1.41421356237309504880168872421");
    check(&-sqrt(3), "-1.73205080756887729352744634151");
    check(&sqrt(4), "2.00000000000000000000000000000");
    check(&SqrtSum::zero(), "0");
    // √(10^100 + 1) − 10^50 = 10^-50/2 − 10^-150/8 + …
    let k = power_of_ten(100);
    check(
        &(sqrt(&k + 1) - sqrt(k)),
        "5.00000000000000000000000000000e-51",
    );
    check(
        &sqrt(BigInt::from(2) * power_of_ten(90)),
        "1.41421356237309504880168872421e+45",
    );
}

#[test]
fn enclosures_are_refined_until_the_ends_agree() {
    let mut asked = Vec::new();
    let text = decimal_from_enclosures(
        |precision| {
            asked.push(precision);
            sqrt(2).add(sqrt(10_000_000_019i64)).enclose(precision)
        },
        1_024,
    );
    assert_eq!(text.as_deref(), Some("100001.414308562373049923801732"));
    assert_eq!(asked, [128]);
    let third = |precision| Interval::from_rational(&rational("1/3"), precision);
    assert_eq!(
        decimal_from_enclosures(third, 512),
        Some(decimal_of_rational(&rational("1/3")))
    );
    assert_eq!(decimal_from_enclosures(third, 20), None);
    // A 0 that is never known to be one, and a tie between two decimals.
    let around_zero = |precision| {
        let third = Interval::from_rational(&rational("1/3"), precision);
        third.sub(&third, precision)
    };
    assert_eq!(decimal_from_enclosures(around_zero, 2_048), None);
    let tie = rational("1.000000000000000000000000000005");
    assert_eq!(
        decimal_from_enclosures(|precision| Interval::from_rational(&tie, precision), 2_048),
        None
    );
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn the_text_is_within_half_a_unit(q in any_rational()) {
        let text = decimal_of_rational(&q);
        let digits = text.split('e').next().unwrap_or_default().trim_start_matches(['-', '0', '.']);
        let n_digits = digits.bytes().filter(u8::is_ascii_digit).count();
        prop_assert_eq!(n_digits, if q.is_zero() { 0 } else { 30 });
        let error = (Rational::parse(&text).map_err(|e| TestCaseError::fail(e.to_string()))? - &q).abs();
        // The unit of the last of thirty digits is at most 10^-29 times the value.
        prop_assert!(error * Rational::integer(power_of_ten(29) * 2) <= q.abs());
    }
}
