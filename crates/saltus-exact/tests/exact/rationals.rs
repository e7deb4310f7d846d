//! Rationals: text, order, arithmetic, square roots.

use std::cmp::Ordering;
use std::collections::HashSet;

use num_bigint::BigInt;
use proptest::prelude::*;
use saltus_exact::{
    FactoredQuotient, MAX_DECIMAL_EXPONENT, MAX_NUMBER_CHARS, ParseNumberError, Rational,
};

use crate::generators::{any_rational, config, power_of_ten, rational};

#[test]
fn parse_accepts_integers_decimals_and_fractions() {
    fn check(text: &str, expected: &str) {
        let found = Rational::parse(text).map(|q| q.to_string());
        assert_eq!(found, Ok(expected.to_owned()), "{text:?}");
    }
    check("0", "0");
    check("-0", "0");
    check("+7", "7");
    check("007", "7");
    check("-12", "-12");
    check("0.15", "3/20");
    check("-3.5e-4", "-7/20000");
    check("1e3", "1000");
    check("1E+3", "1000");
    check("2.50e1", "25");
    check("1e-0003", "1/1000");
    check("1e0", "1");
    check("6/4", "3/2");
    check("-6/4", "-3/2");
    check("0/5", "0");
    check(" 1/3\n", "1/3");
    check("0.000", "0");
}

#[test]
fn parse_rejects_everything_else() {
    fn check(text: &str, message: &str) {
        let found = Rational::parse(text).map_err(|error| error.to_string());
        assert_eq!(found, Err(message.to_owned()), "{text:?}");
    }
    check("", "expected a number, found an empty text");
    check(" \t ", "expected a number, found an empty text");
    check("1/0", "the denominator is 0 in `1/0`");
    check("0/0", "the denominator is 0 in `0/0`");
    for bad in [
        "nan", "inf", "-inf", "NaN", "1/-2", "1/+2", "--1", "+-1", "1 /2", "1/ 2", "1/2/3",
        "1.5/2", "1/2.5", ".5", "5.", "1.2.3", "1e", "e5", "1e1.5", "1e5/2", "1_000", "0x10",
        "1,5", "½", "٣", "1e--5", "-", "+", "/", ".",
    ] {
        check(
            bad,
            &format!(
                "expected an integer, a decimal number or a fraction of integers, found `{bad}`"
            ),
        );
    }
    check(
        "1\n2",
        "expected an integer, a decimal number or a fraction of integers, found `1 2`",
    );
    check(
        "1e999999999",
        "a decimal exponent may be at most 4000 in absolute value, found `999999999`",
    );
    check(
        "1e-4001",
        "a decimal exponent may be at most 4000 in absolute value, found `-4001`",
    );
    check(
        &format!("1e{}", "9".repeat(50)),
        &format!(
            "a decimal exponent may be at most 4000 in absolute value, found `{}…`",
            "9".repeat(40)
        ),
    );
    check(
        &"7".repeat(1_000_000),
        &format!(
            "a number may have at most 10000 characters, found 1000000: `{}…`",
            "7".repeat(40)
        ),
    );
    check(
        &"x".repeat(41),
        &format!(
            "expected an integer, a decimal number or a fraction of integers, found `{}…`",
            "x".repeat(40)
        ),
    );
}

#[test]
fn limits_are_inclusive() {
    assert_eq!(
        Rational::parse(&format!("1e{MAX_DECIMAL_EXPONENT}")),
        Ok(Rational::integer(power_of_ten(MAX_DECIMAL_EXPONENT)))
    );
    assert!(Rational::parse(&"1".repeat(MAX_NUMBER_CHARS)).is_ok());
    assert!(matches!(
        Rational::parse(&"1".repeat(MAX_NUMBER_CHARS + 1)),
        Err(ParseNumberError::TooLong { found, .. }) if found == MAX_NUMBER_CHARS + 1
    ));
}

#[test]
fn debug_abbreviates_long_numbers() {
    assert_eq!(format!("{:?}", rational("-22/7")), "-22/7");
    let long = Rational::new(power_of_ten(100) + 7, 3);
    assert_eq!(
        format!("{long:?}"),
        "Some(10000000..00000007 (101 digits, 333 bits)/3)"
    );
}

/// The `n`-th and `n + 1`-st Fibonacci numbers, by doubling.
fn fibonacci_pair(n: u64) -> (BigInt, BigInt) {
    if n == 0 {
        return (BigInt::from(0), BigInt::from(1));
    }
    let (a, b) = fibonacci_pair(n / 2);
    let even = &a * (&b * 2 - &a);
    let odd = &a * &a + &b * &b;
    if n.is_multiple_of(2) {
        (even, odd)
    } else {
        let next = even + &odd;
        (odd, next)
    }
}

#[test]
fn order_equality_and_hash_survive_long_convergents() {
    // Neighbouring convergents of the golden ratio alternate around it and agree to 40,000 bits.
    let (a, b) = fibonacci_pair(28_800);
    let c = &a + &b;
    let d = &b + &c;
    assert!(a.bits() > 19_990);
    let ratio = |numer: &BigInt, denom: &BigInt| {
        Rational::new(numer.clone(), denom.clone()).expect("Fibonacci numbers are positive")
    };
    let (first, second, third) = (ratio(&b, &a), ratio(&c, &b), ratio(&d, &c));
    // F(n+1)² − F(n) F(n+2) = (−1)^n.
    assert_eq!(second.cmp(&first), Ordering::Less);
    assert_eq!(third.cmp(&second), Ordering::Greater);
    assert_eq!(third.cmp(&first), Ordering::Less);
    assert_eq!((-&first).cmp(&-&second), Ordering::Less);
    assert_ne!(first, second);
    let distinct: HashSet<Rational> = [first.clone(), second, third, first].into_iter().collect();
    assert_eq!(distinct.len(), 3);
}

#[test]
fn order_agrees_with_a_table() {
    fn check(small: &str, large: &str) {
        let (small, large) = (rational(small), rational(large));
        assert_eq!(small.cmp(&large), Ordering::Less, "{small} < {large}");
        assert_eq!(large.cmp(&small), Ordering::Greater, "{large} > {small}");
        assert_eq!(small.partial_cmp(&large), Some(Ordering::Less));
        assert_eq!(large.partial_cmp(&small), Some(Ordering::Greater));
    }
    check("-1", "0");
    check("0", "1e-40");
    check("-1/2", "-1/3");
    check("1/3", "1/2");
    check("1/3", "0.3333333333333333333333333333333334");
    check("-1e300", "1e-300");
    check("1e300", "1e301");
    check("1e-301", "1e-300");
    check("-1e300", "-1e-300");
    check("7/8", "8/9");
}

#[test]
fn square_roots_are_exact_or_absent() {
    fn check(text: &str, expected: Option<&str>) {
        let found = rational(text).exact_sqrt().map(|root| root.to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
    }
    check("0", Some("0"));
    check("4/9", Some("2/3"));
    check("8/9", None);
    check("4/3", None);
    check("-4", None);
    check("1e40", Some("100000000000000000000"));
    check("1e41", None);
    let root = power_of_ten(400) + 1;
    let square = Rational::integer(&root * &root);
    assert_eq!(square.exact_sqrt(), Some(Rational::integer(root)));
    assert_eq!((&square + Rational::one()).exact_sqrt(), None);
}

#[test]
fn small_facts_of_a_fraction() {
    fn check(text: &str, is_integer: bool, bits: u64) {
        let q = rational(text);
        assert_eq!((q.is_integer(), q.bits()), (is_integer, bits), "{text}");
        assert_eq!(
            Rational::from(q.numer().clone()),
            &q * Rational::integer(q.denom().clone())
        );
    }
    check("0", true, 1);
    check("-4", true, 3 + 1);
    check("5/8", false, 3 + 4);
    check("-1/2", false, 1 + 2);
}

#[test]
fn division_by_zero_is_visible() {
    assert_eq!(Rational::new(1, 0), None);
    assert_eq!(Rational::zero().recip(), None);
    assert_eq!(Rational::one().checked_div(&Rational::zero()), None);
    assert_eq!(
        rational("2/3").checked_div(&rational("-4/9")),
        Some(rational("-3/2"))
    );
    assert_eq!(Rational::new(3, -6), Some(rational("-1/2")));
    assert_eq!(Rational::default(), Rational::zero());
}

/// `a/b` against `c/d` without any shortcut.
fn cross(a: &Rational, b: &Rational) -> Ordering {
    (a.numer() * b.denom()).cmp(&(b.numer() * a.denom()))
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn arithmetic_agrees_with_the_textbook_formulas(a in any_rational(), b in any_rational()) {
        let (p, q, r, s) = (a.numer(), a.denom(), b.numer(), b.denom());
        let of = |numer: BigInt, denom: BigInt| Rational::new(numer, denom);
        prop_assert_eq!(Some(&a + &b), of(p * s + r * q, q * s));
        prop_assert_eq!(Some(&a - &b), of(p * s - r * q, q * s));
        prop_assert_eq!(Some(&a * &b), of(p * r, q * s));
        prop_assert_eq!(a.checked_div(&b), of(p * s, q * r));
        prop_assert_eq!(a.square(), &a * &a);
        prop_assert_eq!(a.square().exact_sqrt(), Some(a.abs()));
        prop_assert_eq!(a.signum(), a.cmp(&Rational::zero()));
        prop_assert_eq!(a.cmp(&b), cross(&a, &b));
    }

    #[test]
    fn operators_agree_in_all_forms(a in any_rational(), b in any_rational()) {
        prop_assert_eq!(a.clone() + b.clone(), &a + &b);
        prop_assert_eq!(a.clone() + &b, &a + b.clone());
        prop_assert_eq!(a.clone() - b.clone(), &a - &b);
        prop_assert_eq!(a.clone() - &b, &a - b.clone());
        prop_assert_eq!(a.clone() * b.clone(), &a * &b);
        prop_assert_eq!(a.clone() * &b, &a * b.clone());
        prop_assert_eq!(-a.clone(), Rational::zero() - &a);
        let mut c = a.clone();
        c += &b;
        prop_assert_eq!(&c, &(&a + &b));
        c -= &b;
        prop_assert_eq!(&c, &a);
        c *= &b;
        prop_assert_eq!(&c, &(&a * &b));
        prop_assert_eq!([&a, &b].into_iter().sum::<Rational>(), &a + &b);
    }

    #[test]
    fn results_are_in_lowest_terms(a in any_rational(), b in any_rational()) {
        for c in [&a + &b, &a - &b, &a * &b] {
            let again = Rational::new(c.numer().clone(), c.denom().clone());
            let parts = again.map(|q| (q.numer().clone(), q.denom().clone()));
            prop_assert_eq!(parts, Some((c.numer().clone(), c.denom().clone())));
        }
    }

    #[test]
    fn text_returns_to_the_number(a in any_rational()) {
        prop_assert_eq!(a.to_string().parse(), Ok(a));
    }

    #[test]
    fn any_text_parses_or_fails_on_one_short_line(text in "[-+0-9./eE \n]{0,60}|\\PC{0,60}") {
        if let Err(error) = Rational::parse(&text) {
            let message = error.to_string();
            prop_assert_eq!(message.lines().count(), 1);
            prop_assert!(message.chars().count() < 150);
        }
    }
}

#[test]
fn a_quotient_by_factors_is_the_quotient_by_their_product() {
    let big = |values: &[i64]| values.iter().copied().map(BigInt::from).collect::<Vec<_>>();
    for numer in [-2940i64, -1, 0, 1, 49, 2 * 2 * 3 * 5 * 49] {
        for factors in [&[][..], &[1], &[6, 14, 11, 4], &[49, 49, 2], &[7, 7, 7]] {
            let product: i64 = factors.iter().product();
            assert_eq!(
                Rational::over_factors(BigInt::from(numer), &big(factors)),
                Rational::new(numer, product),
                "{numer} / {factors:?}"
            );
        }
    }
    for factors in [&[0][..], &[2, -3]] {
        assert_eq!(Rational::over_factors(BigInt::from(1), &big(factors)), None);
    }
}

/// What the trick with the product must not change: powers of one prime spread over numerators, zeros, signs, no numerators.
#[test]
fn fractions_over_one_denominator_are_in_lowest_terms_each() {
    let check = |numers: &[i64], denom: i64| {
        let numers: Vec<BigInt> = numers.iter().map(|&numer| BigInt::from(numer)).collect();
        let expected: Vec<Rational> = numers
            .iter()
            .map(|numer| Rational::new(numer.clone(), denom).expect("not 0"))
            .collect();
        let found = Rational::over_common(numers, &BigInt::from(denom)).expect("positive");
        assert_eq!(found, expected);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.denom(), expected.denom());
        }
    };
    check(&[], 12);
    check(&[0, 0], 12);
    check(&[10], 6);
    check(&[10, 9], 6);
    check(&[4, -1, 0, 6, 12, -24], 6);
    check(&[2, 4, 8, 16, 3], 64);
    check(&[9, 3, 27, 5], 81);
    check(&[i64::MAX, i64::MIN, 7], 1);
    check(&[210, 2 * 3, 5 * 7, 11], 2310);
    let long = Rational::over_common(
        vec![BigInt::from(6) << 200, BigInt::from(35)],
        &(BigInt::from(30) << 100),
    );
    let texts: Vec<String> = long
        .expect("positive")
        .iter()
        .map(Rational::to_string)
        .collect();
    let power = BigInt::from(1) << 100;
    assert_eq!(
        texts,
        [
            format!("{power}/5"),
            format!("7/{}", BigInt::from(6) << 100)
        ]
    );
    for denom in [0, -3] {
        assert_eq!(
            Rational::over_common(vec![BigInt::from(1)], &BigInt::from(denom)),
            None
        );
    }
}

#[test]
fn quotients_that_share_factors_are_in_lowest_terms_each() {
    let factors = [6, 35, 4, 9, 1, 30];
    let mut quotients = vec![];
    let mut expected = vec![];
    for numer in [10i64, -7, 0, 36, 1, 2 * 2 * 2 * 3 * 3 * 5, 49] {
        for positions in [
            &[0, 1][..],
            &[0, 2, 3],
            &[],
            &[5, 0, 0],
            &[4],
            &[0, 1, 2, 3, 4, 5],
        ] {
            let product: i64 = positions.iter().map(|&k: &usize| factors[k]).product();
            quotients.push(FactoredQuotient {
                numer: BigInt::from(numer),
                product: BigInt::from(product),
                factors: positions.to_vec(),
            });
            expected.push(Rational::new(numer, product).expect("not 0"));
        }
    }
    let factors = factors.map(BigInt::from);
    let found = Rational::over_shared_factors(quotients.clone(), &factors);
    assert_eq!(found, Some(expected.clone()));
    // Alone, each is what it is among others.
    for (quotient, expected) in quotients.iter().zip(expected) {
        let found = Rational::over_shared_factors(vec![quotient.clone()], &factors);
        let found = found.expect("positive factors").remove(0);
        assert_eq!(
            (found.numer(), found.denom()),
            (expected.numer(), expected.denom())
        );
    }
    let unknown = FactoredQuotient {
        numer: BigInt::from(1),
        product: BigInt::from(1),
        factors: vec![6],
    };
    assert_eq!(Rational::over_shared_factors(vec![unknown], &factors), None);
    assert_eq!(
        Rational::over_shared_factors(vec![], &[BigInt::from(-1)]),
        None
    );
}

#[test]
fn different_numbers_have_different_hashes() {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let hash = |text: &str| {
        let mut hasher = DefaultHasher::new();
        rational(text).hash(&mut hasher);
        hasher.finish()
    };
    let hashes = ["0", "1", "-1", "1/2", "2", "3/2"].map(hash);
    for (k, a) in hashes.iter().enumerate() {
        assert!(hashes[..k].iter().all(|b| a != b));
    }
    assert_eq!(hash("2/4"), hash("1/2"));
}
