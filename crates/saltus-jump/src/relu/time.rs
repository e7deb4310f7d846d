//! Jump times: exact sums of square roots while they are short, rigorous enclosures always.

use std::cmp::Ordering;

use saltus_exact::{Interval, SqrtSum, decimal_from_enclosures};

/// A sum with more terms is not written out: the number of terms can double with every jump, and ten doublings make
/// `2¹⁰ = 1024`.
pub const MAX_TERMS: usize = 1_000;

/// Precision of the enclosures that come with the answer, in bits.
const PRECISION: u32 = 256;

/// Beyond this precision no decimal is attempted; thirty digits need about 100 bits beside those that cancel.
const MAX_PRECISION: u32 = 1 << 16;

/// A rescaled time (or a difference of two), such as `3/2` or `sqrt(10) + 4`: exact expression if it has at most 1,000
/// terms, and an enclosure.
#[derive(Debug, Clone)]
pub struct JumpTime {
    exact: Option<SqrtSum>,
    enclosure: Interval,
    decimal: String,
}

impl JumpTime {
    /// From an expression (if there is one) and a function that encloses the same number at any precision.
    ///
    /// Returns `None` if the enclosures do not settle thirty digits within the precision limit.
    pub(super) fn new(
        exact: Option<SqrtSum>,
        mut enclose: impl FnMut(u32) -> Interval,
    ) -> Option<JumpTime> {
        let exact = exact.filter(|sum| sum.n_terms() <= MAX_TERMS);
        let decimal = match &exact {
            Some(sum) => saltus_exact::decimal_of_sqrt_sum(sum),
            None => decimal_from_enclosures(&mut enclose, MAX_PRECISION)?,
        };
        let enclosure = match &exact {
            Some(sum) => sum.enclose(PRECISION),
            None => enclose(PRECISION),
        };
        Some(JumpTime {
            exact,
            enclosure,
            decimal,
        })
    }

    /// The exact expression; `None` if it has more than 1,000 terms.
    pub fn exact(&self) -> Option<&SqrtSum> {
        self.exact.as_ref()
    }

    /// A rigorous enclosure of about 256 bits: `enclosure.lower() ≤ τ ≤ enclosure.upper()`.
    pub fn enclosure(&self) -> &Interval {
        &self.enclosure
    }

    /// Thirty significant digits, correctly rounded: `0.333333333333333333333333333333` for `1/3`.
    pub fn decimal(&self) -> &str {
        &self.decimal
    }

    /// The exact sign: of the expression, or of the digits, which are certified.
    pub(super) fn sign(&self) -> Ordering {
        match &self.exact {
            Some(sum) => sum.sign(),
            None if self.decimal.starts_with('-') => Ordering::Less,
            None if self.decimal.starts_with(|digit| digit != '0') || self.decimal.len() > 1 => {
                Ordering::Greater
            }
            None => Ordering::Equal,
        }
    }

    /// The nearest float: `1.5` for `3/2`.
    pub fn to_f64(&self) -> f64 {
        self.enclosure.to_f64()
    }

    /// Exact order where it can be decided from expressions or enclosures, otherwise `Equal`.
    pub(super) fn order(&self, other: &JumpTime) -> Ordering {
        match (
            self.enclosure.compare(&other.enclosure),
            &self.exact,
            &other.exact,
        ) {
            (Some(order), _, _) => order,
            (None, Some(left), Some(right)) => left.compare(right),
            _ => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certified_digits_tell_the_sign() {
        let check = |decimal: &str, expected: Ordering| {
            let time = JumpTime {
                exact: None,
                enclosure: Interval::from_integer(0),
                decimal: decimal.to_owned(),
            };
            assert_eq!(time.sign(), expected, "{decimal}");
        };
        check("0", Ordering::Equal);
        check("0.25", Ordering::Greater);
        check("-0.25", Ordering::Less);
        check("3", Ordering::Greater);
        check("1.5e-90", Ordering::Greater);
        check("-1.5e-90", Ordering::Less);
    }
}
