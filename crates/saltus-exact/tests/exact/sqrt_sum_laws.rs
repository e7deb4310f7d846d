//! Laws of sums of square roots on random cases.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use proptest::prelude::*;
use saltus_exact::{Rational, SqrtSum};

use crate::generators::{any_rational, any_sqrt_sum, config, power_of_ten};

/// The sign by integer square roots with 200 decimals: an independent computation.
///
/// A value of fewer units than there are terms counts as 0; for the small cases generated here it is one.
fn sign_by_digits(x: &SqrtSum) -> Ordering {
    let mut sum = BigInt::from(0);
    let mut n_terms = 0u32;
    for (coefficient, radicand) in x.terms() {
        let scaled =
            coefficient.numer().pow(2) * radicand * power_of_ten(400) / coefficient.denom().pow(2);
        let root = scaled.sqrt();
        if coefficient.is_negative() {
            sum -= root;
        } else {
            sum += root;
        }
        n_terms += 1;
    }
    if *sum.magnitude() <= n_terms.into() {
        Ordering::Equal
    } else if sum.sign() == Sign::Minus {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn sums_form_a_commutative_group(a in any_sqrt_sum(6), b in any_sqrt_sum(6), c in any_sqrt_sum(6)) {
        let left = (&a + &b) + &c;
        let right = &a + (&b + &c);
        prop_assert_eq!(left.to_string(), right.to_string());
        prop_assert_eq!(left, right);
        prop_assert_eq!((&a + &b).to_string(), (&b + &a).to_string());
        prop_assert!((&a - &a).is_zero());
        prop_assert!(&a + SqrtSum::zero() == a);
        prop_assert_eq!(-(&a - &b), &b - &a);
        prop_assert_eq!(&(&a + &b) - &b, a);
    }

    #[test]
    fn operators_agree_in_all_forms(a in any_sqrt_sum(4), b in any_sqrt_sum(4)) {
        let (sum, difference) = (&a + &b, &a - &b);
        prop_assert_eq!(&(a.clone() + b.clone()), &sum);
        prop_assert_eq!(&(a.clone() + &b), &sum);
        prop_assert_eq!(&(&a + b.clone()), &sum);
        prop_assert_eq!(&(a.clone() - b.clone()), &difference);
        prop_assert_eq!(&(a.clone() - &b), &difference);
        prop_assert_eq!(&(&a - b.clone()), &difference);
        let mut c = a.clone();
        c += &b;
        prop_assert_eq!(&c, &sum);
        c -= &b;
        c -= &b;
        prop_assert_eq!(&c, &difference);
        prop_assert_eq!(-a.clone(), SqrtSum::zero() - &a);
        prop_assert_eq!(a.partial_cmp(&b), Some(a.cmp(&b)));
    }

    #[test]
    fn products_distribute(a in any_sqrt_sum(4), b in any_sqrt_sum(4), c in any_sqrt_sum(4)) {
        prop_assert_eq!(a.mul(&b).to_string(), b.mul(&a).to_string());
        prop_assert_eq!(a.mul(&(&b + &c)), a.mul(&b) + a.mul(&c));
        prop_assert_eq!(a.mul(&b).mul(&c).to_string(), a.mul(&b.mul(&c)).to_string());
        prop_assert_eq!((&a + &b).mul(&(&a - &b)), a.mul(&a) - b.mul(&b));
        prop_assert!(a.mul(&SqrtSum::from(Rational::one())) == a);
        prop_assert!(a.mul(&a).sign() != Ordering::Less);
    }

    #[test]
    fn scaling_is_multiplication(a in any_sqrt_sum(5), q in any_rational()) {
        prop_assert_eq!(a.scale(&q), a.mul(&SqrtSum::from(q.clone())));
        prop_assert_eq!(a.mul_sqrt(&q).is_some(), !q.is_negative());
        let twice = a.mul_sqrt(&q).and_then(|x| x.mul_sqrt(&q));
        prop_assert!(twice.is_none_or(|x| x == a.scale(&q)));
    }

    #[test]
    fn signs_agree_with_two_hundred_digits(a in any_sqrt_sum(7), b in any_sqrt_sum(7)) {
        prop_assert_eq!(a.sign(), sign_by_digits(&a));
        prop_assert_eq!(a.compare(&b), sign_by_digits(&(&a - &b)));
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        prop_assert_eq!(a.is_zero(), a.sign() == Ordering::Equal);
        prop_assert_eq!((-&a).sign(), a.sign().reverse());
    }

    #[test]
    fn enclosures_contain_each_other(a in any_sqrt_sum(6)) {
        let (coarse, fine) = (a.enclose(64), a.enclose(256));
        prop_assert!(coarse.lower() <= fine.upper() && fine.lower() <= coarse.upper());
        if let Some(q) = a.as_rational() {
            prop_assert!(coarse.contains(&q) && fine.contains(&q));
        }
    }

    #[test]
    fn text_returns_to_the_number(a in any_sqrt_sum(6), q in any_rational()) {
        let b = a.scale(&q) + SqrtSum::from(q);
        let text = b.to_string();
        let read = SqrtSum::parse(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(read.to_string(), text);
        prop_assert_eq!(read, b);
    }

    #[test]
    fn stored_terms_are_the_value(a in any_sqrt_sum(6)) {
        let rebuilt: SqrtSum = a
            .terms()
            .filter_map(|(c, r)| Some(SqrtSum::sqrt(&Rational::integer(r.clone()))?.scale(c)))
            .sum();
        prop_assert_eq!(a.terms().len(), a.n_terms());
        prop_assert_eq!(rebuilt, a);
    }

    #[test]
    fn any_text_parses_or_fails_on_one_short_line(text in "[-+0-9/*() sqrt]{0,40}|\\PC{0,40}") {
        if let Err(error) = SqrtSum::parse(&text) {
            let message = error.to_string();
            prop_assert_eq!(message.lines().count(), 1);
            prop_assert!(message.chars().count() < 150);
        }
    }
}
