//! Exact numbers in answers.

use saltus_exact::{Rational, SqrtSum, decimal_of_rational, decimal_of_sqrt_sum};
use saltus_jump::relu::JumpTime;
use serde::Serialize;

use super::decimal::round_decimal;

/// A sum of more square roots is not written out.
const MAX_TERMS: usize = 1_000;

/// The longest expression that a text answer repeats, in characters.
const MAX_TEXT_EXPRESSION: usize = 40;

/// An exact number: an expression in `+ - * /`, integers and `sqrt(·)`, and 30 significant digits, correctly rounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExactNumber {
    /// The expression; `None` for a sum of more than 1,000 terms.
    pub exact: Option<String>,
    /// The digits.
    pub decimal: String,
}

impl ExactNumber {
    /// Each of the numbers, as [`From`] has it; long ones take less time together.
    pub(super) fn of_each(numbers: &[&Rational]) -> Vec<Self> {
        let texts = Rational::texts(numbers).into_iter().zip(numbers);
        texts
            .map(|(exact, number)| ExactNumber::written(exact, number))
            .collect()
    }

    /// The number of which the expression is known.
    pub(super) fn written(exact: String, number: &Rational) -> Self {
        ExactNumber {
            exact: Some(exact),
            decimal: decimal_of_rational(number),
        }
    }

    /// The number to 12 significant digits.
    pub(super) fn short_decimal(&self) -> String {
        round_decimal(&self.decimal, 12)
    }

    /// The expression if it is short and says more than the digits, otherwise nothing.
    pub(super) fn short_expression(&self) -> &str {
        match self.exact.as_deref() {
            Some(exact) if exact.chars().count() <= MAX_TEXT_EXPRESSION => exact,
            _ => "",
        }
    }
}

impl From<&Rational> for ExactNumber {
    fn from(number: &Rational) -> Self {
        ExactNumber::written(number.to_string(), number)
    }
}

impl From<&SqrtSum> for ExactNumber {
    fn from(number: &SqrtSum) -> Self {
        ExactNumber {
            exact: (number.n_terms() <= MAX_TERMS).then(|| number.to_string()),
            decimal: decimal_of_sqrt_sum(number),
        }
    }
}

impl From<&JumpTime> for ExactNumber {
    fn from(time: &JumpTime) -> Self {
        ExactNumber {
            exact: time.exact().map(ToString::to_string),
            decimal: time.decimal().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sum_has_digits_only() {
        let check = |terms: i32, is_written: bool| {
            // Each square root of an integer either merges with an earlier one or adds a term.
            let mut sum = SqrtSum::zero();
            let mut next = 1;
            while sum.n_terms() < usize::try_from(terms).expect("a small count") {
                next += 1;
                sum = sum + SqrtSum::sqrt(&Rational::integer(next)).expect("not negative");
            }
            let number = ExactNumber::from(&sum);
            assert_eq!(number.exact.is_some(), is_written, "{terms}");
            assert_eq!(number.decimal.len(), 31);
        };
        check(1_000, true);
        check(1_001, false);
    }

    #[test]
    fn short_forms() {
        let check = |numer: i32, denom: i64, decimal: &str, expression: &str| {
            let number = ExactNumber::from(&Rational::new(numer, denom).expect("not 0"));
            assert_eq!(
                (number.short_decimal().as_str(), number.short_expression()),
                (decimal, expression)
            );
        };
        check(6, 5, "1.20000000000", "6/5");
        check(2, 3, "0.666666666667", "2/3");
        check(0, 1, "0", "0");
        check(-1, 10_000_000_000, "-1.00000000000e-10", "-1/10000000000");
    }
}
