//! Linear algebra without fractions, after Bareiss, and rational matrices.

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Zero};
use thiserror::Error;

use crate::integer::gcd;
use crate::rational::Rational;

/// A list of entries that does not fill its matrix: `a 2 x 3 matrix needs 2 times 3 entries, found 5`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// The number of entries is not rows times columns.
    #[error("a {n_rows} x {n_cols} matrix needs {n_rows} times {n_cols} entries, found {found}")]
    Entries {
        /// The number of rows.
        n_rows: usize,
        /// The number of columns.
        n_cols: usize,
        /// The number of entries given.
        found: usize,
    },
    /// A row with another length than the first.
    #[error("row {row} has {found} entries, but row 0 has {expected}")]
    Row {
        /// The index of the row.
        row: usize,
        /// The length of row 0.
        expected: usize,
        /// The length of this row.
        found: usize,
    },
}

/// A matrix of integers, stored by rows: `[[1, 2, 3], [4, 5, 6]]` is `IntegerMatrix::new(2, 3, entries)` with the entries 1 to 6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegerMatrix {
    n_rows: usize,
    n_cols: usize,
    entries: Vec<BigInt>,
}

/// A matrix of rationals, stored by rows.
///
/// ```
/// use saltus_exact::{Rational, RationalMatrix};
///
/// let row = |numbers: [i32; 2]| numbers.map(Rational::integer).to_vec();
/// let matrix = RationalMatrix::from_rows(vec![row([1, 2]), row([2, 4])])?;
/// assert_eq!((matrix.n_rows(), matrix.rank()), (2, 1));
/// assert_eq!(matrix.mul_vector(&row([1, 1])), Some(row([3, 6])));
/// # Ok::<(), saltus_exact::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RationalMatrix {
    n_rows: usize,
    n_cols: usize,
    entries: Vec<Rational>,
}

/// The vector `numerators / denominator`, with a positive denominator and nothing left to cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// One numerator for every unknown.
    pub numerators: Vec<BigInt>,
    /// The common denominator, positive.
    pub denominator: BigInt,
}

impl Solution {
    /// The components as fractions: numerators `[2, 3]` over the denominator `4` are `1/2` and `3/4`.
    pub fn to_rationals(&self) -> Vec<Rational> {
        self.numerators
            .iter()
            .map(|numer| Rational::reduced(numer.clone(), self.denominator.clone()))
            .collect()
    }
}

fn check_shape(n_rows: usize, n_cols: usize, found: usize) -> Result<(), ShapeError> {
    if n_rows.checked_mul(n_cols) == Some(found) {
        Ok(())
    } else {
        Err(ShapeError::Entries {
            n_rows,
            n_cols,
            found,
        })
    }
}

impl IntegerMatrix {
    /// The matrix with these entries, row after row.
    ///
    /// # Errors
    /// [`ShapeError::Entries`] unless there are `n_rows · n_cols` entries.
    pub fn new(
        n_rows: usize,
        n_cols: usize,
        entries: Vec<BigInt>,
    ) -> Result<IntegerMatrix, ShapeError> {
        check_shape(n_rows, n_cols, entries.len())?;
        Ok(IntegerMatrix {
            n_rows,
            n_cols,
            entries,
        })
    }

    /// The number of rows: 2 for `[[1, 2, 3], [4, 5, 6]]`.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns: 3 for `[[1, 2, 3], [4, 5, 6]]`.
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// The entry in the given row and column, from 0. Both must be in range.
    ///
    /// For `[[1, 2], [3, 4]]`, `get(1, 0)` is `3`.
    pub fn get(&self, row: usize, col: usize) -> &BigInt {
        &self.row(row)[col]
    }

    /// One row, which must be in range: `row(1)` of `[[1, 2], [3, 4]]` is `[3, 4]`.
    pub fn row(&self, row: usize) -> &[BigInt] {
        &self.entries[row * self.n_cols..(row + 1) * self.n_cols]
    }

    fn get_mut(&mut self, row: usize, col: usize) -> &mut BigInt {
        &mut self.entries[row * self.n_cols + col]
    }

    fn swap_rows(&mut self, a: usize, b: usize) {
        for col in 0..self.n_cols {
            self.entries
                .swap(a * self.n_cols + col, b * self.n_cols + col);
        }
    }

    /// The rank, by elimination without fractions: 1 for `[[1, 2], [2, 4]]`.
    pub fn rank(&self) -> usize {
        Echelon::of(self.clone(), self.n_cols).pivots.len()
    }

    /// A basis of `{x : A x = 0}`: one primitive integer vector for every column without a pivot, positive there.
    pub fn nullspace(&self) -> Vec<Vec<BigInt>> {
        let echelon = Echelon::of(self.clone(), self.n_cols);
        (0..self.n_cols)
            .filter(|col| !echelon.pivots.contains(col))
            .map(|free| {
                let (mut vector, denominator) = echelon.eliminate_column(free);
                for entry in &mut vector {
                    *entry = -&*entry;
                }
                vector[free] = denominator;
                divide_by_content(&mut vector);
                if vector[free].sign() == Sign::Minus {
                    vector.iter_mut().for_each(|entry| *entry = -&*entry);
                }
                vector
            })
            .collect()
    }
}

/// The solution of the square system `A x = b`; `None` if `A` is singular or the shapes do not fit.
pub fn solve(matrix: &IntegerMatrix, rhs: &[BigInt]) -> Option<Solution> {
    let n = matrix.n_rows;
    if matrix.n_cols != n || rhs.len() != n {
        return None;
    }
    let mut entries = Vec::with_capacity(n * (n + 1));
    for row in 0..n {
        entries.extend_from_slice(matrix.row(row));
        entries.push(rhs[row].clone());
    }
    let augmented = IntegerMatrix {
        n_rows: n,
        n_cols: n + 1,
        entries,
    };
    let echelon = Echelon::of(augmented, n);
    if echelon.pivots.len() < n {
        return None;
    }
    let (mut parts, denominator) = echelon.eliminate_column(n);
    parts[n] = denominator;
    divide_by_content(&mut parts);
    let denominator = parts.pop()?;
    if denominator.sign() == Sign::Minus {
        return Some(Solution {
            numerators: parts.iter().map(|part| -part).collect(),
            denominator: -denominator,
        });
    }
    Some(Solution {
        numerators: parts,
        denominator,
    })
}

/// Divides a vector that is not 0 by the greatest common divisor of its entries.
fn divide_by_content(vector: &mut [BigInt]) {
    let mut content = BigInt::zero();
    for entry in vector.iter() {
        if content.is_one() {
            return;
        }
        content = gcd(&content, entry);
    }
    if !content.is_zero() && !content.is_one() {
        vector.iter_mut().for_each(|entry| *entry /= &content);
    }
}

/// A matrix in row echelon form whose entries are minors of the original one.
struct Echelon {
    matrix: IntegerMatrix,
    /// The column of the pivot of each non-zero row.
    pivots: Vec<usize>,
}

impl Echelon {
    /// Eliminates with pivots in the first `n_pivot_cols` columns.
    ///
    /// After `k` steps every entry below is a minor of order `k + 1`, hence divisible as Bareiss' rule
    /// `m_ij ← (m_kk m_ij − m_ik m_kj) / previous pivot` requires. The smallest candidate is taken as the pivot.
    fn of(mut matrix: IntegerMatrix, n_pivot_cols: usize) -> Echelon {
        let mut pivots = Vec::new();
        let mut previous = BigInt::one();
        for col in 0..n_pivot_cols {
            let top = pivots.len();
            let candidate = (top..matrix.n_rows)
                .filter(|&row| !matrix.get(row, col).is_zero())
                .min_by_key(|&row| matrix.get(row, col).bits());
            let Some(row) = candidate else {
                continue;
            };
            matrix.swap_rows(top, row);
            let pivot = matrix.get(top, col).clone();
            for row in top + 1..matrix.n_rows {
                let factor = std::mem::take(matrix.get_mut(row, col));
                for j in col + 1..matrix.n_cols {
                    let mut entry = &pivot * matrix.get(row, j);
                    if !factor.is_zero() {
                        entry -= &factor * matrix.get(top, j);
                    }
                    if !previous.is_one() {
                        debug_assert!((&entry % &previous).is_zero());
                        entry /= &previous;
                    }
                    *matrix.get_mut(row, j) = entry;
                }
            }
            previous = pivot;
            pivots.push(col);
        }
        Echelon { matrix, pivots }
    }

    /// Solves `Σ_p x_p (column p) = column col` over the pivot columns `p`: the numerators, in the places of the pivots
    /// with 0 elsewhere, and their denominator.
    ///
    /// The denominator is a minor `D` of full rank, so that `D x` is integral by Cramer's rule.
    fn eliminate_column(&self, col: usize) -> (Vec<BigInt>, BigInt) {
        let mut solution = vec![BigInt::zero(); self.matrix.n_cols];
        let denominator = match self.pivots.last() {
            Some(&last) => self.matrix.get(self.pivots.len() - 1, last).clone(),
            None => BigInt::one(),
        };
        for (row, &pivot) in self.pivots.iter().enumerate().rev() {
            let mut sum = &denominator * self.matrix.get(row, col);
            for &later in &self.pivots[row + 1..] {
                if !self.matrix.get(row, later).is_zero() {
                    sum -= self.matrix.get(row, later) * &solution[later];
                }
            }
            let (quotient, remainder) = sum.div_rem(self.matrix.get(row, pivot));
            debug_assert!(remainder.is_zero());
            solution[pivot] = quotient;
        }
        (solution, denominator)
    }
}

impl RationalMatrix {
    /// The matrix with these entries, row after row.
    ///
    /// # Errors
    /// [`ShapeError::Entries`] unless there are `n_rows · n_cols` entries.
    pub fn new(
        n_rows: usize,
        n_cols: usize,
        entries: Vec<Rational>,
    ) -> Result<RationalMatrix, ShapeError> {
        check_shape(n_rows, n_cols, entries.len())?;
        Ok(RationalMatrix {
            n_rows,
            n_cols,
            entries,
        })
    }

    /// The matrix with these rows; without rows it has no columns either.
    ///
    /// # Errors
    /// [`ShapeError::Row`] unless all rows have the same length.
    pub fn from_rows(rows: Vec<Vec<Rational>>) -> Result<RationalMatrix, ShapeError> {
        let n_rows = rows.len();
        let n_cols = rows.first().map_or(0, Vec::len);
        let mut entries = Vec::with_capacity(n_rows * n_cols);
        for (row, values) in rows.into_iter().enumerate() {
            if values.len() != n_cols {
                return Err(ShapeError::Row {
                    row,
                    expected: n_cols,
                    found: values.len(),
                });
            }
            entries.extend(values);
        }
        Ok(RationalMatrix {
            n_rows,
            n_cols,
            entries,
        })
    }

    /// The number of rows: 2 for `[[1/2, 2, 3], [4, 5, 6]]`.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns: 3 for `[[1/2, 2, 3], [4, 5, 6]]`.
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// One row, which must be in range: `row(1)` of `[[1/2, 2], [3, 4]]` is `[3, 4]`.
    pub fn row(&self, row: usize) -> &[Rational] {
        &self.entries[row * self.n_cols..(row + 1) * self.n_cols]
    }

    /// The rows in order: `[1/2, 2]`, then `[3, 4]`, for `[[1/2, 2], [3, 4]]`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[Rational]> {
        (0..self.n_rows).map(|row| self.row(row))
    }

    /// The entry in the given row and column, from 0. Both must be in range.
    ///
    /// For `[[1/2, 2], [3, 4]]`, `get(1, 0)` is `3`.
    pub fn get(&self, row: usize, col: usize) -> &Rational {
        &self.row(row)[col]
    }

    /// The transposed matrix `Aᵀ`: `[[1, 3], [2, 4]]` for `[[1, 2], [3, 4]]`.
    pub fn transpose(&self) -> RationalMatrix {
        let entries = (0..self.n_cols)
            .flat_map(|col| (0..self.n_rows).map(move |row| self.get(row, col).clone()))
            .collect();
        RationalMatrix {
            n_rows: self.n_cols,
            n_cols: self.n_rows,
            entries,
        }
    }

    /// The matrix of the given columns, each of which must be in range.
    ///
    /// They come in the order given: `[2, 0]` takes `[[3, 1], [6, 4]]` from `[[1, 2, 3], [4, 5, 6]]`.
    pub fn select_columns(&self, cols: &[usize]) -> RationalMatrix {
        let entries = self
            .rows()
            .flat_map(|row| cols.iter().map(move |&col| row[col].clone()))
            .collect();
        RationalMatrix {
            n_rows: self.n_rows,
            n_cols: cols.len(),
            entries,
        }
    }

    /// `A x`; `None` unless `x` has one component for every column.
    pub fn mul_vector(&self, x: &[Rational]) -> Option<Vec<Rational>> {
        if x.len() != self.n_cols {
            return None;
        }
        Some(self.rows().map(|row| dot(row, x)).collect())
    }

    /// `Aᵀ A`, of shape columns × columns.
    pub fn gram(&self) -> RationalMatrix {
        let (integers, denominator) = self.to_integers();
        let square = &denominator * &denominator;
        let n = self.n_cols;
        let mut entries = vec![Rational::zero(); n * n];
        for a in 0..n {
            for b in a..n {
                let mut sum = BigInt::zero();
                for row in 0..self.n_rows {
                    sum += integers.get(row, a) * integers.get(row, b);
                }
                let entry = Rational::reduced(sum, square.clone());
                entries[b * n + a] = entry.clone();
                entries[a * n + b] = entry;
            }
        }
        RationalMatrix {
            n_rows: n,
            n_cols: n,
            entries,
        }
    }

    /// The integer matrix `D·A` and the least common denominator `D > 0` of all entries.
    pub fn to_integers(&self) -> (IntegerMatrix, BigInt) {
        let (entries, denominator) = over_common_denominator(&self.entries);
        let integers = IntegerMatrix {
            n_rows: self.n_rows,
            n_cols: self.n_cols,
            entries,
        };
        (integers, denominator)
    }

    /// The rank, that of the integer matrix `D·A`: 1 for `[[1/2, 1], [1, 2]]`.
    pub fn rank(&self) -> usize {
        self.to_integers().0.rank()
    }
}

/// `Σ x_i y_i` over the common length.
pub fn dot(x: &[Rational], y: &[Rational]) -> Rational {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// The least common multiple of the denominators; 1 for no numbers. For `1/4` and `5/6` it is `12`.
pub fn common_denominator(numbers: &[Rational]) -> BigInt {
    // Denominators of doubles are powers of 2, whose multiple needs no common divisor.
    let (mut odd, mut twos) = (BigInt::one(), 0);
    for denominator in numbers.iter().map(Rational::denom) {
        let own = denominator.trailing_zeros().unwrap_or(0);
        twos = twos.max(own);
        if denominator.bits() == own + 1 {
            continue;
        }
        let rest = denominator >> own;
        if rest != odd {
            let divisor = gcd(&odd, &rest);
            odd *= rest / divisor;
        }
    }
    odd << twos
}

/// The numerators over the least common multiple of the denominators, and that multiple.
///
/// `1/4` and `5/6` give `[3, 10]` and `12`.
pub fn over_common_denominator(numbers: &[Rational]) -> (Vec<BigInt>, BigInt) {
    let common = common_denominator(numbers);
    let twos = common.trailing_zeros().unwrap_or(0);
    let is_power_of_2 = common.bits() == twos + 1;
    let numerators = numbers.iter().map(|number| {
        if is_power_of_2 {
            number.numer() << (common.bits() - number.denom().bits())
        } else {
            number.numer() * (&common / number.denom())
        }
    });
    (numerators.collect(), common)
}

/// The solution of the square system `A x = b`; `None` if `A` is singular or the shapes do not fit.
pub fn solve_rational(matrix: &RationalMatrix, rhs: &[Rational]) -> Option<Vec<Rational>> {
    let (integers, denominator) = matrix.to_integers();
    let (rhs, rhs_denominator) = over_common_denominator(rhs);
    // (D A) x = (E b) D/E.
    let factor = Rational::reduced(denominator, rhs_denominator);
    let solution = solve(&integers, &rhs)?;
    Some(
        solution
            .to_rationals()
            .into_iter()
            .map(|x| x * &factor)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The determinant is 32, and no pivot is 1: without its divisions the elimination would end at a multiple of it.
    #[test]
    fn the_last_pivot_is_the_determinant() {
        let entries = [4, 2, 2, 2, 4, 2, 2, 2, 4].map(BigInt::from);
        let matrix = IntegerMatrix::new(3, 3, entries.to_vec()).expect("nine entries");
        let echelon = Echelon::of(matrix, 3);
        assert_eq!(echelon.pivots, [0, 1, 2]);
        assert_eq!(*echelon.matrix.get(2, 2).magnitude(), 32u32.into());
    }
}
