//! The conversions from and to `f64`.

use num_bigint::BigInt;
use proptest::prelude::*;
use saltus_exact::{Dyadic, Interval, Rational, SqrtSum};

use crate::generators::{any_rational, config, power_of_ten, rational, sqrt};

#[test]
fn rationals_round_to_the_nearest_float() {
    fn check(text: &str, expected: f64) {
        let found = rational(text).to_f64();
        assert_eq!(found.to_bits(), expected.to_bits(), "{text}: {found:e}");
    }
    for text in [
        "0",
        "1",
        "-1",
        "0.1",
        "-0.3",
        "1e22",
        "1e23",
        "123456789.123456789",
        "1e308",
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "7.4e-324",
        "1e-400",
        "9007199254740993",
        "9007199254740991",
        "9007199254740995",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "-1e4000",
        "1e-4000",
        "4.4501477170144023e-308",
    ] {
        // The standard library's decimal conversion is correctly rounded.
        check(text, text.parse().expect("the test writes a float"));
    }
    check("1/3", 1.0 / 3.0);
    check("-2/3", -2.0 / 3.0);
}

#[test]
fn ties_go_to_even_at_every_scale() {
    fn check(numer: i128, exponent: i32, expected: f64) {
        let power = Rational::integer(num_bigint::BigInt::from(1) << exponent.unsigned_abs());
        let scale = if exponent < 0 {
            power.recip()
        } else {
            Some(power)
        };
        let x = scale.map(|scale| (Rational::integer(numer) * scale).to_f64());
        assert_eq!(
            x.map(f64::to_bits),
            Some(expected.to_bits()),
            "{numer}·2^{exponent}"
        );
    }
    let least = f64::from_bits(1);
    check(1, -1075, 0.0);
    check(3, -1075, 2.0 * least);
    check(5, -1075, 2.0 * least);
    check((1 << 54) + 1, -54 - 1022, f64::MIN_POSITIVE);
    check((1 << 53) + 1, 0, 9_007_199_254_740_992.0);
    check((1 << 53) + 3, 0, 9_007_199_254_740_996.0);
    check((1 << 53) - 1, 971, f64::MAX);
    check((1 << 54) - 1, 970, f64::INFINITY);
    check((1 << 55) - 3, 969, f64::MAX);
}

#[test]
fn infinite_and_undefined_floats_are_refused() {
    for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Rational::from_f64(x), None);
    }
    assert_eq!(Rational::from_f64(-0.0), Some(Rational::zero()));
    assert_eq!(Rational::from_f64(0.75), Some(rational("3/4")));
}

#[test]
fn square_roots_and_enclosures_round_too() {
    assert_eq!(sqrt(2).to_f64().to_bits(), 2f64.sqrt().to_bits());
    assert_eq!(SqrtSum::zero().to_f64().to_bits(), 0f64.to_bits());
    let tiny = sqrt(power_of_ten(60) + 1) - sqrt(power_of_ten(60));
    assert_eq!(tiny.to_f64().to_bits(), 5e-31f64.to_bits());
    let enclosure = Interval::from_rational(&rational("1/3"), 100);
    assert_eq!(enclosure.to_f64().to_bits(), (1.0f64 / 3.0).to_bits());
}

#[test]
fn binary_fractions_of_any_length_become_floats() {
    fn check(mantissa: i64, exponent: i64, expected: f64) {
        let found = Dyadic::new(mantissa, exponent).to_f64();
        assert_eq!(
            found.to_bits(),
            expected.to_bits(),
            "{mantissa}·2^{exponent}"
        );
    }
    check(0, 5, 0.0);
    check(3, 0, 3.0);
    check(-5, 2, -20.0);
    check(3, -2, 0.75);
    check(-1, -1, -0.5);
    check(1, 1023, 2f64.powi(1023));
    check(1, 1024, f64::INFINITY);
    check(-1, 1 << 40, f64::NEG_INFINITY);
    check(1, -1074, f64::from_bits(1));
    check(3, -1075, f64::from_bits(2));
    check(1, -(1 << 40), 0.0);
    // 2^53 + 1 is a tie, and 2^54 + 3 is above one.
    check((1 << 53) + 1, 0, 9_007_199_254_740_992.0);
    check((1 << 54) + 3, 0, 18_014_398_509_481_988.0);
}

#[test]
fn doubles_of_every_exponent_are_binary_fractions() {
    for biased in 0..2047_u64 {
        for fraction in [0, 1, 0x8_dead_beef_cafe, (1 << 52) - 1] {
            let x = f64::from_bits(biased << 52 | fraction);
            for x in [x, -x] {
                let exact = Dyadic::from_f64(x).expect("finite");
                assert_eq!(exact.to_f64(), x);
                assert_eq!(Some(exact.to_rational()), Rational::from_f64(x));
            }
        }
    }
    assert_eq!(Dyadic::from_f64(f64::NAN), None);
    assert_eq!(Dyadic::from_f64(f64::INFINITY), None);
}

#[test]
fn binary_logarithms_are_close() {
    fn check(text: &str, expected: f64) {
        let found = rational(text).approximate_log2();
        assert!(
            found.is_some_and(|x| (x - expected).abs() <= 1e-12 * expected.abs()),
            "{text}: {found:?}"
        );
    }
    check("8", 3.0);
    check("1/1024", -10.0);
    check("1e4000", 4000.0 * 10f64.log2());
    check("1e-4000", -4000.0 * 10f64.log2());
    check("1000001/3", (1_000_001f64 / 3.0).log2());
    assert_eq!(Rational::zero().approximate_log2(), None);
    assert_eq!(rational("-1").approximate_log2(), None);
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_float_returns_to_itself(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        if let Some(q) = Rational::from_f64(x) {
            prop_assert!(q.to_f64() == x);
        }
    }

    #[test]
    fn no_float_is_nearer(q in any_rational()) {
        let x = q.to_f64();
        let error = |x: f64| Rational::from_f64(x).map(|r| (r - &q).abs());
        if let Some(own) = error(x) {
            for neighbour in [x.next_up(), x.next_down()] {
                prop_assert!(error(neighbour).is_none_or(|other| own <= other));
            }
        }
    }
}

/// Powers of 2 around both ends of the doubles, each with what lies just above and below it.
#[test]
fn powers_of_two_become_the_nearest_double_also_beyond_the_largest() {
    let two = |exponent: i32| -> Rational {
        let power = Rational::integer(BigInt::from(1) << exponent.unsigned_abs());
        if exponent < 0 {
            power.recip().expect("a power of 2 is not 0")
        } else {
            power
        }
    };
    for exponent in (-1200..-1000).chain(1000..1300) {
        let power = two(exponent);
        let expected = if exponent > 1023 {
            f64::INFINITY
        } else if exponent < -1074 {
            0.0
        } else if exponent < -1022 {
            f64::from_bits(1 << (exponent + 1074))
        } else {
            f64::from_bits(((exponent + 1023) as u64) << 52)
        };
        assert_eq!(power.to_f64(), expected, "2^{exponent}");
        assert_eq!((-power.clone()).to_f64(), -expected, "-2^{exponent}");
        // Half of the least double rounds to even, 0; anything above it rounds up.
        if exponent == -1075 {
            let above = &power + &two(-1200);
            assert_eq!(above.to_f64(), f64::from_bits(1));
        }
    }
}
