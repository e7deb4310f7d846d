//! Text at its limits, and the abbreviated text of `Debug`.

use num_bigint::BigInt;
use saltus_exact::{
    Dyadic, Interval, MAX_SQRT_SUM_CHARS, MAX_SQRT_SUM_TERMS, ParseSqrtSumError, Rational, SqrtSum,
};

use crate::generators::{power_of_ten, rational, sqrt};

#[test]
fn debug_shows_ends_and_terms() {
    assert_eq!(format!("{:?}", Dyadic::new(-3, -1)), "-3*2^-1");
    let interval = Interval::from_ends(Dyadic::new(1, 0), Dyadic::new(3, -1)).expect("1 <= 3/2");
    assert_eq!(format!("{interval:?}"), "[1*2^0, 3*2^-1]");
    assert_eq!(format!("{:?}", SqrtSum::zero()), "0");
    let sum = sqrt(3).scale(&rational("-1/2")) + sqrt(5) + SqrtSum::from(rational("7"));
    assert_eq!(
        format!("{sum:?}"),
        "(7)*sqrt(1) + (-1/2)*sqrt(3) + (1)*sqrt(5)"
    );
}

#[test]
fn debug_abbreviates_beyond_256_bits() {
    fn check(numer: BigInt, denom: BigInt, expected: &str) {
        let q = Rational::new(numer, denom).expect("the denominator is not 0");
        assert_eq!(format!("{q:?}"), expected);
    }
    // 2^254 has 255 bits and 1 has 1; a part of at most 128 bits is shown whole.
    let two = |exponent: u32| BigInt::from(1) << exponent;
    check(two(254), BigInt::from(1), &two(254).to_string());
    check(
        -two(255),
        BigInt::from(1),
        "-57896044..64819968 (77 digits, 256 bits)",
    );
    check(
        BigInt::from(3),
        two(255),
        "3/57896044..64819968 (77 digits, 256 bits)",
    );
    // 2^128 − 1 has 128 bits and 2^128 + 1 has 129.
    check(
        two(128) - 1,
        two(128) + 1,
        "340282366920938463463374607431768211455/34028236..68211457 (39 digits, 129 bits)",
    );
    check(BigInt::from(0), power_of_ten(100), "0");
}

#[test]
fn the_limits_of_a_sum_are_inclusive() {
    let spaces = |n_chars: usize| format!("1{}+1", " ".repeat(n_chars - 3));
    assert_eq!(
        SqrtSum::parse(&spaces(MAX_SQRT_SUM_CHARS)),
        Ok(SqrtSum::from(rational("2")))
    );
    let found = MAX_SQRT_SUM_CHARS + 1;
    assert_eq!(
        SqrtSum::parse(&spaces(found)),
        Err(ParseSqrtSumError::TooLong { found })
    );
    let ones = |n_terms: usize| format!("1{}", "+1".repeat(n_terms - 1));
    assert_eq!(
        SqrtSum::parse(&ones(MAX_SQRT_SUM_TERMS)),
        Ok(SqrtSum::from(Rational::integer(MAX_SQRT_SUM_TERMS)))
    );
}
