//! The true predictor of a sparse regression, its test data, and how far from it runs end.

use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::diagonal::predict;
use saltus_problem::DiagonalInstance;

use super::runs::{DescentRunError, FlowLimit, Role, TrainedRun};

/// The predictor that made the labels, and fresh samples of the same law.
///
/// `β*` is sparse: some of its d entries are 0 and some are not, as in `β* = (0, -1.5, 2)`.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseReference {
    beta_star: Vec<f64>,
    test_inputs: Vec<Vec<f64>>,
    test_labels: Vec<f64>,
}

/// Why a reference was refused.
///
/// It prints, for example, `the true predictor has 3 of 3 coordinates different from 0, so it is not sparse`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// A list of the wrong length.
    #[error("the reference has {found} {what}, expected {expected}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// Number found.
        found: usize,
        /// Number expected.
        expected: usize,
    },
    /// The true predictor must have some coordinates that are 0 and some that are not.
    #[error(
        "the true predictor has {nonzero} of {dimension} coordinates different from 0, so it is not sparse"
    )]
    NotSparse {
        /// Coordinates different from 0.
        nonzero: usize,
        /// All coordinates.
        dimension: usize,
    },
    /// There must be test data.
    #[error("the reference has no test samples")]
    NoTestData,
}

impl SparseReference {
    /// From the predictor (d), test inputs (rows of length d) and one test label a row.
    ///
    /// # Errors
    /// [`ReferenceError`] if lengths do not fit, or if the predictor is not sparse.
    pub fn new(
        beta_star: Vec<f64>,
        test_inputs: Vec<Vec<f64>>,
        test_labels: Vec<f64>,
    ) -> Result<SparseReference, ReferenceError> {
        let dimension = beta_star.len();
        let nonzero = beta_star.iter().filter(|value| **value != 0.0).count();
        if nonzero == 0 || nonzero == dimension {
            return Err(ReferenceError::NotSparse { nonzero, dimension });
        }
        if test_inputs.is_empty() {
            return Err(ReferenceError::NoTestData);
        }
        let length = |what, found, expected| {
            if found == expected {
                Ok(())
            } else {
                Err(ReferenceError::Length {
                    what,
                    found,
                    expected,
                })
            }
        };
        length("test labels", test_labels.len(), test_inputs.len())?;
        for row in &test_inputs {
            length("entries in a test input", row.len(), dimension)?;
        }
        Ok(SparseReference {
            beta_star,
            test_inputs,
            test_labels,
        })
    }

    /// From tables: the predictor and the labels are read row by row.
    ///
    /// # Errors
    /// As [`SparseReference::new`].
    pub fn from_tables(
        beta_star: &RationalMatrix,
        test_inputs: &RationalMatrix,
        test_labels: &RationalMatrix,
    ) -> Result<SparseReference, ReferenceError> {
        let row = |row: &[Rational]| row.iter().map(Rational::to_f64).collect::<Vec<f64>>();
        SparseReference::new(
            beta_star.rows().flat_map(row).collect(),
            test_inputs.rows().map(row).collect(),
            test_labels.rows().flat_map(row).collect(),
        )
    }

    /// The coordinates of the true predictor that are not 0.
    ///
    /// For `β* = (0, -1.5, 2)` it is `[1, 2]`.
    pub fn support(&self) -> Vec<usize> {
        let positions = 0..self.beta_star.len();
        positions.filter(|&i| self.beta_star[i] != 0.0).collect()
    }

    fn dimension(&self) -> usize {
        self.beta_star.len()
    }

    fn error(&self, beta: &[f64]) -> Error {
        let pairs = beta.iter().zip(&self.beta_star);
        let squared: f64 = pairs.map(|(b, star)| (b - star).powi(2)).sum();
        let samples = self.test_inputs.iter().zip(&self.test_labels);
        let misfits = samples.map(|(row, label)| {
            let fitted: f64 = row.iter().zip(beta).map(|(x, b)| x * b).sum();
            (fitted - label).powi(2)
        });
        Error {
            squared_distance: squared,
            test_loss: misfits.sum::<f64>() / (2.0 * self.test_labels.len() as f64),
        }
    }
}

/// How far from the true predictor.
///
/// That is, `‖β − β*‖²`, and `‖Xβ − y‖²/(2m)` over the m test samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Error {
    /// `‖β − β*‖²`.
    pub squared_distance: f64,
    /// Half of the mean squared error on the test data.
    pub test_loss: f64,
}

/// The interpolator of least ℓ1 norm, exactly predicted as the limit of the gradient flow as α → 0, then rounded.
///
/// With all exponents 1 it is `argmin { ‖β‖₁ : Xβ = y }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Its error.
    pub least_l1: Error,
}

impl Levels {
    /// Predicts the interpolator.
    ///
    /// # Errors
    /// [`DescentRunError`] if the reference is of another dimension, or if there is no prediction.
    pub fn new(
        instance: &DiagonalInstance,
        reference: &SparseReference,
    ) -> Result<Levels, DescentRunError> {
        if reference.dimension() != instance.dimension() {
            return Err(ReferenceError::Length {
                what: "coordinates",
                found: reference.dimension(),
                expected: instance.dimension(),
            }
            .into());
        }
        let sequence = predict(instance)?;
        let last = sequence.jumps().last();
        let beta: Vec<f64> = match last {
            Some(jump) => jump.beta.iter().map(Rational::to_f64).collect(),
            None => vec![0.0; instance.dimension()],
        };
        Ok(Levels {
            least_l1: reference.error(&beta),
        })
    }
}

/// One run of the sweep against the reference.
///
/// A point of the curves of `‖β − β*‖²` and of the test loss over the stepsize γ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecoveryPoint {
    /// Stepsize.
    pub stepsize: f64,
    /// Seed of the batches; `None` for gradient descent.
    pub seed: Option<u64>,
    /// Its error; not finite where the run diverged.
    pub error: Error,
}

/// Sparse recovery over the sweep, with reference lines.
///
/// Compared are `‖β − β*‖²` and the test loss of every run with those of the flow and of the least ℓ1 norm.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// Support of the true predictor.
    pub support: Vec<usize>,
    /// `‖β*‖²`.
    pub squared_size: f64,
    /// The least ℓ1 norm.
    pub levels: Levels,
    /// The gradient flow from the same initialisation.
    pub flow: Error,
    /// Every run of the sweep that did not diverge.
    pub points: Vec<RecoveryPoint>,
}

impl Recovery {
    pub(super) fn new(
        reference: &SparseReference,
        levels: Levels,
        flow: &FlowLimit,
        runs: &[TrainedRun],
    ) -> Recovery {
        let sweep = runs.iter().filter(|run| run.role == Role::Sweep);
        let points = sweep.filter(|run| !run.run.diverged());
        Recovery {
            support: reference.support(),
            squared_size: reference.beta_star.iter().map(|value| value * value).sum(),
            flow: reference.error(&flow.solution),
            levels,
            points: points
                .map(|run| RecoveryPoint {
                    stepsize: run.stepsize,
                    seed: run.seed,
                    error: reference.error(&run.run.beta),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deviations 1, 0 and 1; misfits −1, 2 and 1 over twice three samples.
    #[test]
    fn errors_are_squared_distances_and_half_mean_squares() {
        let inputs = vec![
            vec![1.0, 0.0, 0.0],
            vec![0.0, 3.0, 1.0],
            vec![0.0, 1.0, 0.0],
        ];
        let reference = SparseReference::new(vec![0.0, 2.0, -1.0], inputs, vec![2.0, 4.0, 1.0]);
        let reference = reference.expect("shapes agree");
        let expected = Error {
            squared_distance: 2.0,
            test_loss: 1.0,
        };
        assert_eq!(reference.error(&[1.0, 2.0, 0.0]), expected);
    }
}
