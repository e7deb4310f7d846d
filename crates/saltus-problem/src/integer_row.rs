//! Rows of rationals over one common denominator, for many exact inner products.
//!
//! Each row keeps its entries as integers of at most [`LEADING_BITS`] bits: exactly where they fit, otherwise their leading bits, rounded
//! down. A product of two rows whose integers are exact is exact in 128 bits; otherwise the leading bits decide the sign
//! whenever the rounding cannot change it, and big integers decide the rest.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive};
use saltus_exact::Rational;
use saltus_exact::linear::common_denominator;

/// Two entries multiply to 108 bits, which leaves room for 2^18 summands in an `i128`: more than the largest accepted dimension.
const LEADING_BITS: u64 = 54;

/// A row of rationals as `integers / denominator`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IntegerRow {
    /// A positive common denominator.
    denominator: BigInt,
    /// The columns of the stored entries, ascending; `None` if every column is stored.
    columns: Option<Vec<u32>>,
    /// The stored integers, or their leading bits rounded down if `exact` is there.
    leading: Vec<i64>,
    /// Σ |leading|.
    one_norm: i128,
    /// The stored integers where some do not fit [`LEADING_BITS`].
    exact: Option<Vec<BigInt>>,
    /// The integers of a full row where all are small, and a bound on their bits.
    narrow: Option<(Vec<i16>, u32)>,
}

impl IntegerRow {
    /// Clears the denominators of `row`.
    pub(crate) fn new(row: &[Rational]) -> Self {
        let stored: Vec<usize> = (0..row.len()).filter(|&k| !row[k].is_zero()).collect();
        let full = row.len() <= 2 * stored.len();
        let denominator = common_denominator(row);
        let scaled = |k: usize| -> BigInt {
            if denominator.is_one() {
                row[k].numer().clone()
            } else {
                row[k].numer() * (&denominator / row[k].denom())
            }
        };
        let integers: Vec<BigInt> = if full {
            (0..row.len()).map(scaled).collect()
        } else {
            stored.iter().map(|&k| scaled(k)).collect()
        };
        let bits = integers.iter().map(BigInt::bits).max().unwrap_or(0);
        let shift = bits.saturating_sub(LEADING_BITS);
        let leading: Vec<i64> = integers
            .iter()
            .map(|integer| {
                (integer >> shift)
                    .to_i64()
                    .expect("shifted to at most 54 bits, rounded down")
            })
            .collect();
        let columns = (!full).then(|| {
            stored
                .iter()
                .map(|&k| u32::try_from(k).expect("columns are limited by MAX_DIMENSION"))
                .collect()
        });
        let narrow: Option<Vec<i16>> = if full && bits < 16 {
            leading
                .iter()
                .map(|&value| i16::try_from(value).ok())
                .collect()
        } else {
            None
        };
        Self {
            denominator,
            columns,
            one_norm: leading
                .iter()
                .map(|&value| i128::from(value.unsigned_abs()))
                .sum(),
            exact: (0 < shift).then_some(integers),
            narrow: narrow.map(|values| (values, u32::try_from(bits).expect("below 16"))),
            leading,
        }
    }

    /// Whether every entry is 0.
    pub(crate) fn is_zero(&self) -> bool {
        self.one_norm == 0 && self.exact.is_none()
    }

    /// The sign of the inner product of the two rows of rationals.
    pub(crate) fn dot_sign(&self, other: &IntegerRow) -> Ordering {
        if let Some(sum) = self.narrow_dot(other) {
            return sum.cmp(&0);
        }
        let sum = self.leading_dot(other);
        // With a = A + θ and b = B + φ, 0 ≤ θ, φ < 1 in units of the last kept bit, the remainder is Σ (θB + Aφ + θφ).
        let mut slack = 0;
        if self.exact.is_some() {
            slack += other.one_norm;
        }
        if other.exact.is_some() {
            slack += self.one_norm;
        }
        if self.exact.is_some() && other.exact.is_some() {
            slack += i128::try_from(self.leading.len()).expect("limited by MAX_DIMENSION");
        }
        if slack < sum.abs() || slack == 0 {
            sum.cmp(&0)
        } else {
            self.dot_integers(other).cmp(&BigInt::ZERO)
        }
    }

    /// The inner product of the two rows of rationals.
    pub(crate) fn dot(&self, other: &IntegerRow) -> Rational {
        let denominator = &self.denominator * &other.denominator;
        Rational::new(self.dot_integers(other), denominator).expect("denominators are positive")
    }

    fn dot_integers(&self, other: &IntegerRow) -> BigInt {
        let mut sum = BigInt::ZERO;
        match (&self.exact, &other.exact) {
            (None, None) => return BigInt::from(self.leading_dot(other)),
            (Some(mine), None) => for_common_columns(self, other, |a, b| {
                sum += &mine[a] * other.leading[b];
            }),
            (None, Some(theirs)) => for_common_columns(self, other, |a, b| {
                sum += &theirs[b] * self.leading[a];
            }),
            (Some(mine), Some(theirs)) => for_common_columns(self, other, |a, b| {
                sum += &mine[a] * &theirs[b];
            }),
        }
        sum
    }

    fn leading_dot(&self, other: &IntegerRow) -> i128 {
        let mut sum = 0;
        for_common_columns(self, other, |a, b| {
            sum += i128::from(self.leading[a]) * i128::from(other.leading[b]);
        });
        sum
    }

    /// The integer inner product where both rows are full and the sum surely fits 32 bits, as it does for frames of ±1.
    fn narrow_dot(&self, other: &IntegerRow) -> Option<i32> {
        let (a, a_bits) = self.narrow.as_ref()?;
        let (b, b_bits) = other.narrow.as_ref()?;
        if a_bits + b_bits + usize::BITS - a.len().leading_zeros() > 31 {
            return None;
        }
        Some(
            a.iter()
                .zip(b)
                .map(|(&a, &b)| i32::from(a) * i32::from(b))
                .sum(),
        )
    }
}

/// Calls `visit` with the storage positions, in either row, of each column that both rows store, in ascending order of columns.
fn for_common_columns(a: &IntegerRow, b: &IntegerRow, mut visit: impl FnMut(usize, usize)) {
    match (&a.columns, &b.columns) {
        (None, None) => (0..a.leading.len().min(b.leading.len())).for_each(|k| visit(k, k)),
        (None, Some(columns)) => columns
            .iter()
            .enumerate()
            .for_each(|(at, &column)| visit(column as usize, at)),
        (Some(columns), None) => columns
            .iter()
            .enumerate()
            .for_each(|(at, &column)| visit(at, column as usize)),
        (Some(left), Some(right)) => {
            let (mut at, mut other) = (0, 0);
            while at < left.len() && other < right.len() {
                match left[at].cmp(&right[other]) {
                    Ordering::Less => at += 1,
                    Ordering::Greater => other += 1,
                    Ordering::Equal => {
                        visit(at, other);
                        at += 1;
                        other += 1;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saltus_exact::linear::dot;

    use super::*;

    fn parse(row: &[&str]) -> Vec<Rational> {
        row.iter()
            .map(|text| text.parse().expect("the tests spell numbers correctly"))
            .collect()
    }

    #[track_caller]
    fn check(a: &[&str], b: &[&str], expected: &str) {
        let (a, b) = (IntegerRow::new(&parse(a)), IntegerRow::new(&parse(b)));
        let product = a.dot(&b);
        assert_eq!(product.to_string(), expected);
        assert_eq!(b.dot(&a), product);
        assert_eq!(a.dot_sign(&b), product.signum());
        assert_eq!(b.dot_sign(&a), product.signum());
    }

    #[test]
    fn products_of_all_kinds_of_rows() {
        check(&["1", "-1"], &["1", "1"], "0");
        check(&["1/2", "1/3"], &["3", "2"], "13/6");
        check(&["0", "0", "5", "0"], &["0", "1", "0", "0"], "0");
        check(&["0", "0", "5", "0"], &["0", "1", "-1/5", "0"], "-1");
        check(&["0", "0", "5", "0"], &["1", "1", "-1/5", "1"], "-1");
        check(&["0", "0"], &["1", "1"], "0");
        check(&["32767", "-32768"], &["32768", "32767"], "0");
        // Entries that differ far below the leading bits.
        check(&["1e60", "1"], &["1", "-1e60"], "0");
        check(&["1e60", "1"], &["-1", "1e60"], "0");
        check(
            &["1e60", "2"],
            &["1", "-1e60"],
            "-1000000000000000000000000000000000000000000000000000000000000",
        );
        check(
            &["1e-60", "1"],
            &["1", "1e-60"],
            "1/500000000000000000000000000000000000000000000000000000000000",
        );
    }

    fn number() -> impl Strategy<Value = Rational> {
        prop_oneof![
            3 => Just(Rational::zero()),
            3 => (-9_i64..10).prop_map(Rational::integer),
            2 => (-999_i64..1000, 1_i64..50).prop_map(|(p, q)| Rational::new(p, q).expect("q is positive")),
            1 => any::<i128>().prop_map(Rational::integer),
            1 => (any::<i128>(), 1..i128::MAX).prop_map(|(p, q)| Rational::new(p, q).expect("q is positive")),
        ]
    }

    proptest! {
        #[test]
        fn products_agree_with_rational_arithmetic(
            (a, b) in (1_usize..8).prop_flat_map(|d| (
                prop::collection::vec(number(), d),
                prop::collection::vec(number(), d),
            ))
        ) {
            let expected = dot(&a, &b);
            let (a, b) = (IntegerRow::new(&a), IntegerRow::new(&b));
            prop_assert_eq!(a.dot_sign(&b), expected.signum());
            prop_assert_eq!(a.dot(&b), expected);
        }

        #[test]
        fn exact_zeros_are_seen_behind_the_leading_bits(
            a in any::<i128>(), b in any::<i128>(), c in -1_i64..2,
        ) {
            let row = |x: i128, y: i128| vec![Rational::integer(x), Rational::integer(y), Rational::one()];
            let mut second = row(b, 0);
            second[1] = -Rational::integer(a);
            second[2] = Rational::integer(c);
            let (first, second) = (IntegerRow::new(&row(a, b)), IntegerRow::new(&second));
            prop_assert_eq!(first.dot_sign(&second), c.cmp(&0));
        }
    }
}
