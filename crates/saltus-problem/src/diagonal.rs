//! Diagonal linear networks: a regression problem, the shapes of the initialisation and its exponents.

use saltus_exact::{Rational, RationalMatrix};

use crate::ProblemError;
use crate::error::shorten;
use crate::limits::{MAX_SAMPLES, check_matrix};

/// A diagonal linear network `β = u ⊙ v` with loss `L(β) = 1/(2n) ‖Xβ − y‖²`, started from `u(0) = √2 α_i`, `v(0) = 0` with
/// `α_i = c_i α^{k_i}`: `c` are the *shapes*, `k` the *exponents* (arXiv 2304.00488 for `k = 1`).
///
/// `X` has `n ≥ 1` rows of length `d ≥ 1`; zero rows and zero columns are legitimate.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalInstance {
    name: String,
    inputs: RationalMatrix,
    labels: Vec<Rational>,
    shapes: Vec<Rational>,
    exponents: Vec<Rational>,
}

impl DiagonalInstance {
    /// Checks and wraps the parts; shapes and exponents are 1 where they are left out.
    ///
    /// ```
    /// use saltus_exact::{Rational, RationalMatrix};
    /// use saltus_problem::{DiagonalInstance, ProblemError};
    ///
    /// let row = |numbers: [i32; 2]| numbers.map(Rational::integer).to_vec();
    /// let inputs = RationalMatrix::from_rows(vec![row([1, 2])]).expect("one row");
    /// let label = vec![Rational::integer(5)];
    /// let instance = DiagonalInstance::new("one".to_owned(), inputs, label, None, None)?;
    /// assert_eq!((instance.n_samples(), instance.dimension()), (1, 2));
    /// # Ok::<(), ProblemError>(())
    /// ```
    ///
    /// # Errors
    /// An empty or too large table, a list of the wrong length, a shape or an exponent that is not positive.
    pub fn new(
        name: String,
        inputs: RationalMatrix,
        labels: Vec<Rational>,
        shapes: Option<Vec<Rational>>,
        exponents: Option<Vec<Rational>>,
    ) -> Result<Self, ProblemError> {
        let (n, d) = (inputs.n_rows(), inputs.n_cols());
        check_table("[data] inputs", &inputs)?;
        check_length(
            "[data] labels",
            labels.len(),
            n,
            "one for each row of inputs",
        )?;
        let shapes = positive_list("[init] shape", shapes, d, "one for each column of inputs")?;
        let exponents = positive_list(
            "[init] exponents",
            exponents,
            d,
            "one for each column of inputs",
        )?;
        Ok(Self {
            name,
            inputs,
            labels,
            shapes,
            exponents,
        })
    }

    /// The name given by the instance file: its TOML key `name`, or else the stem of its file name, `noisy` for `noisy.toml`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The matrix `X`, n × d.
    pub fn inputs(&self) -> &RationalMatrix {
        &self.inputs
    }

    /// The labels `y`, n numbers.
    pub fn labels(&self) -> &[Rational] {
        &self.labels
    }

    /// The shapes `c`, d positive numbers; they do not change the limit.
    pub fn shapes(&self) -> &[Rational] {
        &self.shapes
    }

    /// The exponents `k`, d positive numbers: coordinate i starts at scale `α^{k_i}`.
    pub fn exponents(&self) -> &[Rational] {
        &self.exponents
    }

    /// The number of samples n, the rows of `X` and the n of the loss `1/(2n) ‖Xβ − y‖²`.
    pub fn n_samples(&self) -> usize {
        self.inputs.n_rows()
    }

    /// The number of coordinates d, the columns of `X` and the length of `β = u ⊙ v`.
    pub fn dimension(&self) -> usize {
        self.inputs.n_cols()
    }
}

/// Refuses data without rows or columns, or beyond the limits on samples, dimension and entries.
pub(crate) fn check_table(place: &'static str, table: &RationalMatrix) -> Result<(), ProblemError> {
    let (rows, columns) = (table.n_rows(), table.n_cols());
    if rows == 0 || columns == 0 {
        return Err(ProblemError::Empty {
            place,
            rows,
            columns,
        });
    }
    check_matrix(place, MAX_SAMPLES, rows, columns)
}

pub(crate) fn check_length(
    place: &'static str,
    found: usize,
    expected: usize,
    reason: &'static str,
) -> Result<(), ProblemError> {
    if found == expected {
        Ok(())
    } else {
        Err(ProblemError::Length {
            place,
            found,
            expected,
            reason,
        })
    }
}

/// A list of `length` positive numbers, all 1 if it is left out.
pub(crate) fn positive_list(
    place: &'static str,
    list: Option<Vec<Rational>>,
    length: usize,
    reason: &'static str,
) -> Result<Vec<Rational>, ProblemError> {
    let Some(list) = list else {
        return Ok(vec![Rational::one(); length]);
    };
    check_length(place, list.len(), length, reason)?;
    match list.iter().position(|number| !number.is_positive()) {
        Some(index) => Err(ProblemError::NotPositive {
            place,
            index,
            found: shorten(&list[index]),
        }),
        None => Ok(list),
    }
}
