//! Exact expressions and numbers: what is read is written as an equal value, and its sign, its enclosure and its decimal agree.

#![no_main]

use std::cmp::Ordering;

use libfuzzer_sys::fuzz_target;
use saltus_exact::{Rational, SqrtSum, decimal_of_sqrt_sum};

fuzz_target!(|text: &str| {
    if text.len() > 400 {
        return;
    }
    if let Ok(number) = Rational::parse(text) {
        let again = Rational::parse(&number.to_string());
        // A decimal exponent may stand for more digits than a number may be written with.
        assert!(again.map_or(true, |again| again == number));
    }
    if let Ok(sum) = SqrtSum::parse(text) {
        let written = sum.to_string();
        let again = SqrtSum::parse(&written).expect("what is written is an expression");
        assert_eq!(again.to_string(), written);
        assert!((&again - &sum).is_zero());
        let enclosed = sum.enclose(128).sign();
        let sign = sum.sign();
        assert!(enclosed.is_none_or(|enclosed| enclosed == sign));
        let decimal = decimal_of_sqrt_sum(&sum);
        assert_eq!(decimal.starts_with('-'), sign == Ordering::Less);
    }
});
