//! Pairwise orthogonal inputs with labels.

use std::cmp::Ordering;

use saltus_exact::{Rational, RationalMatrix};

use crate::ProblemError;
use crate::diagonal::{check_length, check_table};
use crate::error::shorten;
use crate::integer_row::IntegerRow;

/// Inputs `x_i` (n ≥ 1 non-zero rows of length d ≥ 1) whose inner products are exactly 0, with labels `y_i`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrthogonalData {
    inputs: RationalMatrix,
    labels: Vec<Rational>,
    squared_norms: Vec<Rational>,
    rows: Vec<IntegerRow>,
}

impl OrthogonalData {
    /// Checks that the inputs are non-zero and pairwise orthogonal, exactly.
    ///
    /// ```
    /// use saltus_exact::{Rational, RationalMatrix};
    /// use saltus_problem::{OrthogonalData, ProblemError};
    ///
    /// let row = |numbers: [i32; 2]| numbers.map(Rational::integer).to_vec();
    /// let data = |second| {
    ///     let inputs = RationalMatrix::from_rows(vec![row([3, 4]), row(second)]).expect("two rows of two");
    ///     OrthogonalData::new(inputs, row([1, 1]))
    /// };
    /// assert_eq!(data([-4, 3])?.n_points(), 2);
    /// assert!(data([-4, 2]).is_err());
    /// # Ok::<(), ProblemError>(())
    /// ```
    ///
    /// # Errors
    /// An empty or too large table, labels of another length, a zero input, or a pair of inputs that is not orthogonal: of all
    /// such pairs `(i, k)`, `i < k`, the one with the least `k`, then the least `i`.
    pub fn new(inputs: RationalMatrix, labels: Vec<Rational>) -> Result<Self, ProblemError> {
        check_table("[data] inputs", &inputs)?;
        check_length(
            "[data] labels",
            labels.len(),
            inputs.n_rows(),
            "one for each row of inputs",
        )?;
        let mut rows: Vec<IntegerRow> = Vec::with_capacity(inputs.n_rows());
        for k in 0..inputs.n_rows() {
            let row = IntegerRow::new(inputs.row(k));
            if row.is_zero() {
                return Err(ProblemError::ZeroInput { row: k });
            }
            // Non-zero orthogonal rows are linearly independent, so at most d + 1 rows are ever looked at.
            if let Some(i) = rows
                .iter()
                .position(|earlier| earlier.dot_sign(&row) != Ordering::Equal)
            {
                let inner_product = shorten(&rows[i].dot(&row));
                return Err(ProblemError::NotOrthogonal {
                    first: i,
                    second: k,
                    inner_product,
                });
            }
            rows.push(row);
        }
        let squared_norms = rows.iter().map(|row| row.dot(row)).collect();
        Ok(Self {
            inputs,
            labels,
            squared_norms,
            rows,
        })
    }

    /// The inputs, n × d: row i is `x_i`, and `⟨x_i, x_k⟩ = 0` for `i ≠ k`.
    pub fn inputs(&self) -> &RationalMatrix {
        &self.inputs
    }

    /// The labels, n numbers: `y_i` belongs to the input `x_i`, and any of them may be 0.
    pub fn labels(&self) -> &[Rational] {
        &self.labels
    }

    /// `‖x_i‖²` for every input, all positive.
    pub fn squared_norms(&self) -> &[Rational] {
        &self.squared_norms
    }

    /// The number of points n; `n ≤ d`, because non-zero orthogonal inputs are linearly independent.
    pub fn n_points(&self) -> usize {
        self.inputs.n_rows()
    }

    /// The input dimension d, the length of every input: 2 for the inputs `[3, 4]` and `[-4, 3]`.
    pub fn input_dimension(&self) -> usize {
        self.inputs.n_cols()
    }

    pub(crate) fn row(&self, point: usize) -> &IntegerRow {
        &self.rows[point]
    }
}
