//! Exact feasibility of small linear programmes.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_traits::{One, Zero};

use crate::linear::{RationalMatrix, common_denominator};
use crate::rational::Rational;

/// A vector `h >= 0` with `A h = 0` and `Σ h = 1`; `None` if there is none.
///
/// Phase one of the simplex method with Bland's rule, which cannot cycle, on integers: the tableau holds minors over a
/// common denominator, so nothing has to be reduced. Both answers are exact; the vector has at most one
/// non-zero component more than `A` has rows.
pub fn nonnegative_kernel_vector(matrix: &RationalMatrix) -> Option<Vec<Rational>> {
    let n_cols = matrix.n_cols();
    let mut rows: Vec<Vec<BigInt>> = matrix.rows().map(integer_row).collect();
    rows.push(vec![BigInt::one(); n_cols + 1]);
    // The objective is the sum of the artificial variables, one for every row; its reduced costs over the
    // other variables are the negative column sums. Artificial variables that leave the basis are forgotten.
    let costs = (0..=n_cols)
        .map(|col| -rows.iter().map(|row| &row[col]).sum::<BigInt>())
        .collect();
    let basis = vec![None; rows.len()];
    let mut tableau = Tableau {
        rows,
        costs,
        basis,
        denominator: BigInt::one(),
    };
    while let Some(col) = tableau.entering_column() {
        // A column of negative cost has a positive entry, because the objective is bounded below by 0.
        let row = tableau.leaving_row(col)?;
        tableau.pivot(row, col);
    }
    // Minus the least sum of the artificial variables.
    if !tableau.costs[n_cols].is_zero() {
        return None;
    }
    let mut solution = vec![Rational::zero(); n_cols];
    for (row, variable) in tableau.rows.iter().zip(&tableau.basis) {
        if let Some(col) = *variable {
            solution[col] = Rational::reduced(row[n_cols].clone(), tableau.denominator.clone());
        }
    }
    Some(solution)
}

/// A homogeneous constraint scaled to integers, with its right-hand side 0.
fn integer_row(row: &[Rational]) -> Vec<BigInt> {
    let denominator = common_denominator(row);
    row.iter()
        .map(|entry| entry.numer() * (&denominator / entry.denom()))
        .chain(std::iter::once(BigInt::zero()))
        .collect()
}

/// A simplex tableau times its common denominator.
struct Tableau {
    /// The constraints; the last column holds the right-hand sides, which stay non-negative.
    rows: Vec<Vec<BigInt>>,
    /// Reduced costs; the last entry is minus the objective.
    costs: Vec<BigInt>,
    /// The basic variable of every row; `None` for an artificial one.
    basis: Vec<Option<usize>>,
    /// Positive, the last pivot.
    denominator: BigInt,
}

impl Tableau {
    /// The first variable whose increase lowers the objective.
    fn entering_column(&self) -> Option<usize> {
        let n_cols = self.costs.len() - 1;
        self.costs[..n_cols]
            .iter()
            .position(|cost| cost.sign() == Sign::Minus)
    }

    /// The row with the least ratio of right-hand side to entry; ties go to the first variable, artificial ones first.
    fn leaving_row(&self, col: usize) -> Option<usize> {
        let rhs = |row: usize| &self.rows[row][self.costs.len() - 1];
        let entry = |row: usize| &self.rows[row][col];
        (0..self.rows.len())
            .filter(|&row| entry(row).sign() == Sign::Plus)
            .min_by(|&a, &b| {
                let by_ratio = (rhs(a) * entry(b)).cmp(&(rhs(b) * entry(a)));
                match by_ratio {
                    Ordering::Equal => (self.basis[a], a).cmp(&(self.basis[b], b)),
                    decided => decided,
                }
            })
    }

    /// Makes the variable of `col` basic in `row`, whose entry there is positive.
    ///
    /// Every entry is a minor of the first tableau, so the division by the last pivot leaves no remainder.
    fn pivot(&mut self, row: usize, col: usize) {
        let pivot_row = std::mem::take(&mut self.rows[row]);
        let pivot = pivot_row[col].clone();
        let others = self
            .rows
            .iter_mut()
            .filter(|other| !other.is_empty())
            .chain(std::iter::once(&mut self.costs));
        for other in others {
            let factor = other[col].clone();
            for (entry, pivot_entry) in other.iter_mut().zip(&pivot_row) {
                *entry *= &pivot;
                if !factor.is_zero() && !pivot_entry.is_zero() {
                    *entry -= &factor * pivot_entry;
                }
                if !self.denominator.is_one() {
                    debug_assert!((&*entry % &self.denominator).is_zero());
                    *entry /= &self.denominator;
                }
            }
        }
        self.rows[row] = pivot_row;
        self.basis[row] = Some(col);
        self.denominator = pivot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ratios 5/2 and 2/2, and then 5/3 and 4/2: a quotient rounded to an integer, or a product by the wrong entry, would
    /// order them otherwise.
    #[test]
    fn the_row_of_least_ratio_leaves() {
        let check = |rows: [[i64; 2]; 2], expected: usize| {
            let tableau = Tableau {
                rows: rows.map(|row| row.map(BigInt::from).to_vec()).to_vec(),
                costs: vec![BigInt::zero(); 2],
                basis: vec![None; 2],
                denominator: BigInt::one(),
            };
            assert_eq!(tableau.leaving_row(0), Some(expected));
        };
        check([[2, 5], [2, 2]], 1);
        check([[2, 2], [2, 5]], 0);
        check([[3, 5], [2, 4]], 0);
        check([[2, 4], [3, 5]], 1);
        check([[2, 4], [1, 2]], 0);
        check([[-2, 1], [1, 9]], 1);
    }
}
