//! What the gradient flow of a diagonal linear network takes.

use super::double::DoubleDouble;
use crate::diagonal::problem::{DiagonalProblem, ProblemError};
use ndarray::Array2;

/// Data of a diagonal linear network and the logarithms of its initial scales.
///
/// The loss is `L(β) = 1/(2n) ‖Xβ − y‖²`; coordinate i starts at the scale `α_i = e^{−s_i}`, which is never formed.
/// The fields are private: a value of this type has consistent shapes and finite numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalFlowProblem {
    rows: Vec<DoubleDouble>,
    labels: Vec<DoubleDouble>,
    log_inverse_scales: Vec<f64>,
}

/// Why a [`DiagonalFlowProblem`] was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FlowProblemError {
    /// The data themselves.
    #[error(transparent)]
    Data(#[from] ProblemError),
    /// One log inverse scale per coordinate.
    #[error("{found} log inverse scales for {expected} coordinates")]
    ScaleCount {
        /// Found.
        found: usize,
        /// Input columns.
        expected: usize,
    },
    /// A log inverse scale that is not finite.
    #[error("log inverse scale {index} is {value}, which is not finite")]
    Scale {
        /// Coordinate, from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// The corrections must have the shape of the data.
    #[error("corrections of {rows} × {columns} inputs and {labels} labels do not fit the data")]
    CorrectionShape {
        /// Rows of the inputs' corrections.
        rows: usize,
        /// Their columns.
        columns: usize,
        /// Length of the labels' corrections.
        labels: usize,
    },
    /// A correction that is not finite.
    #[error("the correction of {what} at row {row} is not finite")]
    Correction {
        /// `"inputs"` or `"labels"`.
        what: &'static str,
        /// Row, from 0.
        row: usize,
    },
}

impl DiagonalFlowProblem {
    /// Validates `inputs` (n × d), `labels` (n) and the log inverse scales `s_i = −ln α_i = k_i Λ − ln c_i` (d).
    ///
    /// # Errors
    /// [`FlowProblemError`] when the shapes disagree or a number is not finite.
    pub fn new(
        inputs: &Array2<f64>,
        labels: Vec<f64>,
        log_inverse_scales: Vec<f64>,
    ) -> Result<Self, FlowProblemError> {
        let data = DiagonalProblem::uniform(inputs, labels, 1.0)?;
        let expected = data.dimension();
        if log_inverse_scales.len() != expected {
            return Err(FlowProblemError::ScaleCount {
                found: log_inverse_scales.len(),
                expected,
            });
        }
        for (index, &value) in log_inverse_scales.iter().enumerate() {
            if !value.is_finite() {
                return Err(FlowProblemError::Scale { index, value });
            }
        }
        let double = |values: &[f64]| values.iter().copied().map(DoubleDouble::from).collect();
        let rows = inputs.iter().copied().map(DoubleDouble::from).collect();
        Ok(Self {
            rows,
            labels: double(data.labels()),
            log_inverse_scales,
        })
    }

    /// Adds to every number what its float misses, so that data which are not floats are given to about 32 digits.
    ///
    /// Without this an exact rational instance and its rounded data are different instances, which jump apart once the
    /// loss is of the order of the squared rounding errors.
    ///
    /// # Errors
    /// [`FlowProblemError`] when the corrections' shapes are not those of the data or a correction is not finite.
    pub fn with_corrections(
        mut self,
        inputs: &Array2<f64>,
        labels: &[f64],
    ) -> Result<Self, FlowProblemError> {
        let (rows, columns) = inputs.dim();
        if rows != self.samples() || columns != self.dimension() || labels.len() != rows {
            return Err(FlowProblemError::CorrectionShape {
                rows,
                columns,
                labels: labels.len(),
            });
        }
        for (entry, ((row, _), &correction)) in self.rows.iter_mut().zip(inputs.indexed_iter()) {
            if !correction.is_finite() {
                return Err(FlowProblemError::Correction {
                    what: "inputs",
                    row,
                });
            }
            *entry = entry.plus_float(correction);
        }
        for (row, (label, &correction)) in self.labels.iter_mut().zip(labels).enumerate() {
            if !correction.is_finite() {
                return Err(FlowProblemError::Correction {
                    what: "labels",
                    row,
                });
            }
            *label = label.plus_float(correction);
        }
        Ok(self)
    }

    /// Number of samples n, the number of rows of X: 1 for the inputs `array![[1.0, 2.0]]`.
    pub fn samples(&self) -> usize {
        self.labels.len()
    }

    /// Number of coordinates d, the number of columns of X: 2 for the inputs `array![[1.0, 2.0]]`.
    pub fn dimension(&self) -> usize {
        self.log_inverse_scales.len()
    }

    /// Sample `i` (d).
    pub(super) fn row(&self, i: usize) -> &[DoubleDouble] {
        let d = self.dimension();
        &self.rows[i * d..(i + 1) * d]
    }

    /// The labels (n).
    pub(super) fn labels(&self) -> &[DoubleDouble] {
        &self.labels
    }

    /// The log inverse scales `s_i = −ln α_i` (d): about 230.26 for `α_i = 1e-100`.
    pub fn log_inverse_scales(&self) -> &[f64] {
        &self.log_inverse_scales
    }
}
