//! Sums of square roots: merging, signs of close calls, text.

use std::cmp::Ordering;

use num_bigint::BigInt;
use saltus_exact::{MAX_SQRT_SUM_TERMS, Rational, SqrtSum};

use crate::generators::{power_of_ten, rational, sqrt};

fn parse(text: &str) -> SqrtSum {
    SqrtSum::parse(text).expect("the test writes a sum of square roots")
}

#[test]
fn text_is_canonical() {
    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text).to_string(), expected, "{text}");
        assert_eq!(parse(expected).to_string(), expected);
        assert_eq!(parse(text), parse(expected));
    }
    check("0", "0");
    check("-0", "0");
    check("7/14", "1/2");
    check("sqrt(1)", "1");
    check("sqrt(12)", "2*sqrt(3)");
    check("-sqrt(2)", "-sqrt(2)");
    check("1*sqrt(2)", "sqrt(2)");
    check("-5/7 + 1/2*sqrt(3)", "1/2*sqrt(3) - 5/7");
    check("1/2*sqrt(3)-5/7", "1/2*sqrt(3) - 5/7");
    check("1 - sqrt(5) + sqrt(3)", "sqrt(3) - sqrt(5) + 1");
    check("sqrt(8) - 2*sqrt(2)", "0");
    check("sqrt(50) + sqrt(2) + sqrt(32)", "10*sqrt(2)");
    check("sqrt(18) - sqrt(8) - sqrt(2)", "0");
    check("0*sqrt(7) + 3", "3");
    check("sqrt(94249)", "307");
    check("2*sqrt(94249) - 614", "0");
    check("4/6*sqrt(3/1)", "2/3*sqrt(3)");
    // 307² · 311: no prime below 300, so only the pair reveals the square.
    check("sqrt(29311439)", "sqrt(29311439)");
    check("307*sqrt(311)", "sqrt(29311439)");
    check("sqrt(29311439) - 307*sqrt(311)", "0");
    check("sqrt(29311439) + sqrt(311)", "308*sqrt(311)");
}

#[test]
fn rational_sums_are_known() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(parse(text).as_rational(), expected.map(rational), "{text}");
    };
    check("0", Some("0"));
    check("sqrt(8) - 2*sqrt(2)", Some("0"));
    check("5/2", Some("5/2"));
    check("sqrt(2)", None);
    check("1 + sqrt(2)", None);
}

#[test]
fn text_does_not_depend_on_the_order_of_operations() {
    fn check(parts: &[&str], expected: &str) {
        let forward: SqrtSum = parts.iter().map(|text| parse(text)).sum();
        let backward: SqrtSum = parts.iter().rev().map(|text| parse(text)).sum();
        assert_eq!(forward.to_string(), expected);
        assert_eq!(backward.to_string(), expected);
        assert_eq!(forward, backward);
        assert_eq!(forward.n_terms(), backward.n_terms());
    }
    check(
        &["sqrt(2)", "sqrt(3)", "sqrt(8)", "sqrt(27)"],
        "3*sqrt(2) + 4*sqrt(3)",
    );
    check(
        &["sqrt(29311439)", "sqrt(311)", "-309*sqrt(311)"],
        "-sqrt(311)",
    );
    check(&["sqrt(311)", "sqrt(29311439)", "-308*sqrt(311)", "5"], "5");
    let (p, q) = (1_000_003i64, 1_000_033i64);
    check(
        &[
            &format!("sqrt({})", p * p * q),
            &format!("-{p}*sqrt({q})"),
            "1/2",
        ],
        "1/2",
    );
}

/// Radicands of one class, 307² · 311 and 311, on which equality cannot compare coefficients.
#[test]
fn equality_compares_values_also_where_radicands_differ() {
    let (long, short) = (parse("sqrt(29311439)"), parse("307*sqrt(311)"));
    assert_eq!(long, short);
    assert_eq!(-&long, -&short);
    assert_ne!(-&long, short);
    assert_ne!(long, parse("306*sqrt(311)"));
    assert_ne!(parse("2*sqrt(29311439)"), short);
    // The same square and sign of another class, and another number of terms.
    assert_ne!(parse("sqrt(29311439) + 1"), short);
    assert_ne!(parse("sqrt(2)"), parse("sqrt(3)"));
    assert_ne!(parse("sqrt(2)"), parse("-sqrt(2)"));
    assert_ne!(parse("2*sqrt(2)"), parse("sqrt(2)"));
}

#[test]
fn text_outside_the_grammar_is_rejected() {
    fn check(text: &str, message: &str) {
        let found = SqrtSum::parse(text).map_err(|error| error.to_string());
        assert_eq!(found, Err(message.to_owned()), "{text:?}");
    }
    let malformed = |index: usize, text: &str| {
        format!("term {index}: expected `p/q`, `sqrt(r)` or `p/q*sqrt(r)`, found `{text}`")
    };
    check("", "expected a sum of square roots, found an empty text");
    check("sqrt(2", &malformed(0, "sqrt(2"));
    check("sqrt(2))", &malformed(0, "sqrt(2))"));
    check("sqrt()", &malformed(0, "sqrt()"));
    check("2sqrt(2)", &malformed(0, "2sqrt(2)"));
    check("2 * sqrt(2)", &malformed(0, "2 * sqrt(2)"));
    check("sqrt(2)*2", &malformed(0, "sqrt(2)*2"));
    check("sqrt(1/2)", &malformed(0, "sqrt(1/2)"));
    check("sqrt(sqrt(2))", &malformed(0, "sqrt(sqrt(2))"));
    check("1 + + 2", &malformed(1, ""));
    check("1 +", &malformed(1, ""));
    check("+1", &malformed(0, ""));
    check("--1", &malformed(0, ""));
    check("sqrt(-2)", &malformed(0, "sqrt("));
    check("1 - 0.5", &malformed(1, "0.5"));
    check("1e5", &malformed(0, "1e5"));
    check("x", &malformed(0, "x"));
    check("2*3", &malformed(0, "2*3"));
    check("sqrt(0)", "term 0: the radicand is 0");
    check("1 + 1/0", "term 1: the denominator is 0 in `1/0`");
    check(
        &format!("sqrt({})", "3".repeat(10_001)),
        &format!(
            "term 0: a number may have at most 10000 characters, found 10001: `{}…`",
            "3".repeat(40)
        ),
    );
    check(
        &format!("1{}", "+1".repeat(MAX_SQRT_SUM_TERMS)),
        "a sum of square roots may have at most 4096 terms, found 4097",
    );
    check(
        &"1".repeat(1_000_001),
        "a sum of square roots may have at most 1000000 characters, found 1000001",
    );
}

#[test]
fn constructors_agree() {
    assert_eq!(SqrtSum::sqrt(&rational("-1")), None);
    assert_eq!(SqrtSum::sqrt(&Rational::zero()), Some(SqrtSum::zero()));
    assert_eq!(SqrtSum::recip_sqrt(&Rational::zero()), None);
    assert_eq!(SqrtSum::recip_sqrt(&rational("-1")), None);
    fn check(q: &str, expected: &str) {
        let q = rational(q);
        let root = SqrtSum::sqrt(&q);
        assert_eq!(
            root.as_ref().map(ToString::to_string).as_deref(),
            Some(expected),
            "{q}"
        );
        let one = root.zip(SqrtSum::recip_sqrt(&q)).map(|(x, y)| x.mul(&y));
        assert_eq!(one, Some(SqrtSum::from(Rational::one())), "{q}");
        let square = SqrtSum::sqrt(&q).and_then(|x| x.mul_sqrt(&q));
        assert_eq!(square.and_then(|x| x.as_rational()), Some(q));
    }
    check("1/2", "1/2*sqrt(2)");
    check("9/2", "3/2*sqrt(2)");
    check("4/9", "2/3");
    check("3/5", "1/5*sqrt(15)");
    check("12/5", "2/5*sqrt(15)");
    check("0.02", "1/10*sqrt(2)");
}

#[test]
fn nearly_equal_sums_are_told_apart() {
    fn check(left: &SqrtSum, right: &SqrtSum, expected: Ordering) {
        assert_eq!(left.compare(right), expected, "{left} against {right}");
        assert_eq!(
            right.compare(left),
            expected.reverse(),
            "{right} against {left}"
        );
        assert_eq!((left - right).sign(), expected);
    }
    for k in [2, 10, 60, 300] {
        let n = power_of_ten(k);
        // Concavity: the steps of the square root shrink.
        check(
            &(sqrt(&n + 1) - sqrt(n.clone())),
            &(sqrt(&n + 2) - sqrt(&n + 1)),
            Ordering::Greater,
        );
        check(&(sqrt(&n - 1) + sqrt(&n + 1)), &sqrt(n * 4), Ordering::Less);
    }
    check(&(sqrt(2) + sqrt(3)), &sqrt(10), Ordering::Less);
    check(
        &(sqrt(5) + sqrt(6) + sqrt(18)),
        &(sqrt(4) + sqrt(12) + sqrt(12)),
        Ordering::Less,
    );
    check(
        &(sqrt(10) + sqrt(11)),
        &(sqrt(5) + sqrt(18)),
        Ordering::Greater,
    );
    check(&sqrt(8), &(sqrt(2) + sqrt(2)), Ordering::Equal);
}

#[test]
fn pell_approximants_are_on_the_right_side() {
    // p² − 2q² = ±1 with a thousand digits, so |p − q√2| is about 10^-1000.
    let (mut p, mut q) = (BigInt::from(1), BigInt::from(1));
    let limit = power_of_ten(1_000);
    let mut n_checked = 0;
    while q < limit {
        let next = &p + &q * 2;
        q += &p;
        p = next;
        let norm: BigInt = &p * &p - &q * &q * 2;
        if q.bits() % 100 < 2 || q >= limit {
            let difference = SqrtSum::from(Rational::integer(p.clone()))
                - sqrt(2).scale(&Rational::integer(q.clone()));
            assert_eq!(difference.sign(), norm.cmp(&BigInt::from(0)));
            n_checked += 1;
        }
    }
    assert!(n_checked > 20);
}

#[test]
fn a_thousand_terms_stay_manageable() {
    let many: SqrtSum = (1..=1_600).map(sqrt).sum();
    // The square-free numbers up to 1600.
    assert_eq!(many.n_terms(), 977);
    let again: SqrtSum = (1..=1_600).rev().map(sqrt).sum();
    assert_eq!(many, again);
    assert_eq!(many.to_string(), again.to_string());
    assert!((&many - &again).is_zero());
    let less = many.clone() - SqrtSum::from(Rational::new(1, power_of_ten(40)).unwrap_or_default());
    assert_eq!(less.compare(&many), Ordering::Less);
    assert_eq!(SqrtSum::parse(&many.to_string()), Ok(many));
}
