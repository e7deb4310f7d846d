//! Values that several test files share, and the settings of the property tests.

use num_bigint::BigInt;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use saltus_exact::{Rational, SqrtSum};

/// A fixed seed and no files of past failures: every run tests the same cases.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_260_527),
        ..ProptestConfig::default()
    }
}

pub fn rational(text: &str) -> Rational {
    Rational::parse(text).expect("the test writes a number")
}

pub fn sqrt(radicand: impl Into<BigInt>) -> SqrtSum {
    SqrtSum::sqrt(&Rational::integer(radicand))
        .expect("the test takes the root of a positive number")
}

pub fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// Fractions of all sizes: small ones, ones beyond 64 bits, and the borders of the fast paths.
pub fn any_rational() -> impl Strategy<Value = Rational> {
    let integer = prop_oneof![
        4 => (-60i64..=60).prop_map(BigInt::from),
        1 => any::<i64>().prop_map(BigInt::from),
        1 => any::<i128>().prop_map(BigInt::from),
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(-i64::MAX)].prop_map(BigInt::from),
        1 => (any::<i128>(), any::<i128>()).prop_map(|(a, b)| BigInt::from(a) * b * a),
    ];
    (integer.clone(), integer).prop_map(|(numer, denom)| {
        Rational::new(numer.clone(), denom).unwrap_or_else(|| Rational::integer(numer))
    })
}

/// Sums with many commensurable radicands and, at times, a large prime square in one.
pub fn any_sqrt_sum(max_terms: usize) -> impl Strategy<Value = SqrtSum> {
    let coefficient = (-30i64..=30, 1i64..=12);
    let radicand = prop_oneof![
        6 => 1i64..=40,
        2 => (1i64..=12).prop_map(|r| r * 307 * 307),
        1 => (1i64..=3).prop_map(|r| r * 1009 * 1009 * 1_000_003),
        1 => (1i64..=3).prop_map(|r| r * 1_000_003),
        1 => 1i64..=1_000_000,
    ];
    prop::collection::vec((coefficient, radicand), 0..=max_terms).prop_map(|terms| {
        terms
            .into_iter()
            .map(|((numer, denom), radicand)| {
                let coefficient =
                    Rational::new(numer, denom).expect("the denominator is at least 1");
                sqrt(radicand).scale(&coefficient)
            })
            .sum()
    })
}
