//! A diagonal linear network's training problem, as the descent methods take it.

use ndarray::Array2;
use pulp::{Arch, NullaryFnOnce};

use super::lanes::{Inputs, Lanes, in_lanes, lane_products, out_of_lanes, sum_of_lanes};

/// Data and initialisation of a diagonal linear network `β = (p² − q²)/2`, started at `p = q = α_i`.
///
/// The loss is `L(β) = 1/(2n) ‖Xβ − y‖²`.
/// The fields are private: a value of this type has consistent shapes, finite numbers and positive scales.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalProblem {
    rows: Vec<f64>,
    inputs: Inputs,
    labels: Vec<f64>,
    label_lanes: Vec<Lanes>,
    scales: Vec<f64>,
}

/// Why a [`DiagonalProblem`] was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProblemError {
    /// There must be at least one sample and one coordinate.
    #[error(
        "the inputs have {samples} rows and {dimension} columns; at least one of each is needed"
    )]
    Empty {
        /// Rows found.
        samples: usize,
        /// Columns found.
        dimension: usize,
    },
    /// One label per input row.
    #[error("{found} labels for {expected} input rows")]
    LabelCount {
        /// Labels found.
        found: usize,
        /// Input rows.
        expected: usize,
    },
    /// One initial scale per coordinate.
    #[error("{found} initial scales for {expected} coordinates")]
    ScaleCount {
        /// Scales found.
        found: usize,
        /// Input columns.
        expected: usize,
    },
    /// An input that is infinite or not a number.
    #[error("input at row {row}, column {column} is {value}, which is not finite")]
    Input {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value found.
        value: f64,
    },
    /// A label that is infinite or not a number.
    #[error("label {index} is {value}, which is not finite")]
    Label {
        /// Sample, from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// An initial scale that is not positive and finite.
    #[error("initial scale {index} is {value}; it must be positive and finite")]
    Scale {
        /// Coordinate, from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
}

impl DiagonalProblem {
    /// Validates `inputs` (n × d), `labels` (n) and the initial scales `α_i = α·c_i` (d).
    ///
    /// # Errors
    /// [`ProblemError`] when the shapes disagree, a number is not finite, or a scale is not positive.
    pub fn new(
        inputs: &Array2<f64>,
        labels: Vec<f64>,
        scales: Vec<f64>,
    ) -> Result<Self, ProblemError> {
        let (samples, dimension) = inputs.dim();
        if samples == 0 || dimension == 0 {
            return Err(ProblemError::Empty { samples, dimension });
        }
        if labels.len() != samples {
            return Err(ProblemError::LabelCount {
                found: labels.len(),
                expected: samples,
            });
        }
        if scales.len() != dimension {
            return Err(ProblemError::ScaleCount {
                found: scales.len(),
                expected: dimension,
            });
        }
        for ((row, column), &value) in inputs.indexed_iter() {
            if !value.is_finite() {
                return Err(ProblemError::Input { row, column, value });
            }
        }
        for (index, &value) in labels.iter().enumerate() {
            if !value.is_finite() {
                return Err(ProblemError::Label { index, value });
            }
        }
        for (index, &value) in scales.iter().enumerate() {
            if !(value.is_finite() && value > 0.0) {
                return Err(ProblemError::Scale { index, value });
            }
        }
        let rows: Vec<f64> = inputs.iter().copied().collect();
        Ok(Self {
            inputs: Inputs::new(samples, dimension, rows.chunks_exact(dimension)),
            rows,
            label_lanes: in_lanes(&labels, 0.0),
            labels,
            scales,
        })
    }

    /// The same inputs and scales with other labels (n).
    ///
    /// # Errors
    /// [`ProblemError`] when the number of labels differs or one is not finite.
    pub fn with_labels(&self, labels: Vec<f64>) -> Result<Self, ProblemError> {
        if labels.len() != self.samples() {
            return Err(ProblemError::LabelCount {
                found: labels.len(),
                expected: self.samples(),
            });
        }
        if let Some(index) = labels.iter().position(|label| !label.is_finite()) {
            return Err(ProblemError::Label {
                index,
                value: labels[index],
            });
        }
        Ok(Self {
            label_lanes: in_lanes(&labels, 0.0),
            labels,
            ..self.clone()
        })
    }

    /// The same with every coordinate started at the one scale `α`.
    ///
    /// # Errors
    /// As [`DiagonalProblem::new`].
    pub fn uniform(
        inputs: &Array2<f64>,
        labels: Vec<f64>,
        scale: f64,
    ) -> Result<Self, ProblemError> {
        let scales = vec![scale; inputs.ncols()];
        Self::new(inputs, labels, scales)
    }

    /// Number of samples n, the number of rows of X: 1 for the inputs `array![[1.0, 2.0]]`.
    pub fn samples(&self) -> usize {
        self.labels.len()
    }

    /// Number of coordinates d, the number of columns of X: 2 for the inputs `array![[1.0, 2.0]]`.
    pub fn dimension(&self) -> usize {
        self.scales.len()
    }

    /// Sample `i` as a slice of length d.
    pub fn row(&self, i: usize) -> &[f64] {
        let d = self.dimension();
        &self.rows[i * d..(i + 1) * d]
    }

    /// The labels y (n), which `L(β) = 1/(2n) ‖Xβ − y‖²` compares with `Xβ`.
    pub fn labels(&self) -> &[f64] {
        &self.labels
    }

    /// The initial scales α_i (d), at which both weights of a coordinate start: `p_i = q_i = α_i`.
    pub fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// Sample `i` in groups of eight, filled up by zeros.
    #[inline(always)]
    pub(super) fn row_lanes(&self, i: usize) -> &[Lanes] {
        self.inputs.row(i)
    }

    /// Zeros for as many residuals as [`gradient_lanes`](Self::gradient_lanes) writes.
    pub(super) fn residual_lanes(&self) -> Vec<Lanes> {
        vec![Lanes::all(0.0); self.inputs.column_groups()]
    }

    /// The full-batch loss `1/(2n) ‖Xβ − y‖²`.
    pub fn loss(&self, beta: &[f64]) -> f64 {
        Arch::new().dispatch(Evaluation {
            problem: self,
            beta: &in_lanes(beta, 0.0),
            residuals: &mut self.residual_lanes(),
            gradient: None,
        })
    }

    /// Writes the full-batch gradient `Xᵀ(Xβ − y)/n` to `gradient` (d) and returns the loss.
    pub fn gradient(&self, beta: &[f64], gradient: &mut [f64]) -> f64 {
        let mut lanes = vec![Lanes::all(0.0); self.inputs.row_groups()];
        let loss = Arch::new().dispatch(Evaluation {
            problem: self,
            beta: &in_lanes(beta, 0.0),
            residuals: &mut self.residual_lanes(),
            gradient: Some(&mut lanes),
        });
        gradient.copy_from_slice(&out_of_lanes(&lanes, self.dimension()));
        loss
    }

    /// [`loss`](Self::loss) without an allocation, in groups of eight: writes the residuals on the way.
    #[inline(always)]
    pub(super) fn loss_lanes(&self, beta: &[Lanes], residuals: &mut [Lanes]) -> f64 {
        self.inputs.residuals(beta, &self.label_lanes, residuals);
        sum_of_lanes(&lane_products(residuals, residuals)) / (2.0 * self.samples() as f64)
    }

    /// [`gradient`](Self::gradient) without an allocation, in groups of eight.
    #[inline(always)]
    pub(super) fn gradient_lanes(
        &self,
        beta: &[Lanes],
        residuals: &mut [Lanes],
        gradient: &mut [Lanes],
    ) -> f64 {
        let loss = self.loss_lanes(beta, residuals);
        let factor = 1.0 / self.samples() as f64;
        self.inputs.pull_back(residuals, factor, gradient);
        loss
    }
}

/// The loss, and its gradient if there is a place for it.
struct Evaluation<'a> {
    problem: &'a DiagonalProblem,
    beta: &'a [Lanes],
    residuals: &'a mut [Lanes],
    gradient: Option<&'a mut [Lanes]>,
}

/// Without the dispatch, a processor's fused multiplication would be a call.
impl NullaryFnOnce for Evaluation<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        match self.gradient {
            None => self.problem.loss_lanes(self.beta, self.residuals),
            Some(gradient) => self
                .problem
                .gradient_lanes(self.beta, self.residuals, gradient),
        }
    }
}

/// Inner product in eight fixed lanes: quick, and the same bits on every machine.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for k in 0..8 {
            lanes[k] += x[k] * y[k];
        }
    }
    let mut rest = 0.0;
    for (x, y) in a_rest.iter().zip(b_rest) {
        rest += x * y;
    }
    let pairs = [
        lanes[0] + lanes[4],
        lanes[1] + lanes[5],
        lanes[2] + lanes[6],
        lanes[3] + lanes[7],
    ];
    (pairs[0] + pairs[2]) + (pairs[1] + pairs[3]) + rest
}

/// `target += factor · source`.
pub(super) fn add_multiple(target: &mut [f64], factor: f64, source: &[f64]) {
    for (t, s) in target.iter_mut().zip(source) {
        *t += factor * s;
    }
}

/// The largest absolute value, NaN if any entry is NaN.
pub(super) fn max_abs(values: &[f64]) -> f64 {
    let mut largest = 0.0_f64;
    for value in values {
        // `f64::max` would drop a NaN.
        if value.is_nan() || value.abs() > largest {
            largest = value.abs();
            if largest.is_nan() {
                return largest;
            }
        }
    }
    largest
}

/// The Euclidean norm, by plain summation.
pub(super) fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn refuses_inconsistent_data() {
        let x = array![[1.0, 2.0], [3.0, 4.0]];
        let check = |labels: Vec<f64>, scales: Vec<f64>, expected: ProblemError| {
            assert_eq!(DiagonalProblem::new(&x, labels, scales), Err(expected));
        };
        check(
            vec![1.0],
            vec![1.0; 2],
            ProblemError::LabelCount {
                found: 1,
                expected: 2,
            },
        );
        check(
            vec![1.0; 2],
            vec![1.0],
            ProblemError::ScaleCount {
                found: 1,
                expected: 2,
            },
        );
        check(
            vec![1.0; 2],
            vec![1.0, 0.0],
            ProblemError::Scale {
                index: 1,
                value: 0.0,
            },
        );
        check(
            vec![1.0, f64::INFINITY],
            vec![1.0; 2],
            ProblemError::Label {
                index: 1,
                value: f64::INFINITY,
            },
        );
        let bad = array![[1.0, f64::NEG_INFINITY]];
        assert_eq!(
            DiagonalProblem::uniform(&bad, vec![0.0], 1.0),
            Err(ProblemError::Input {
                row: 0,
                column: 1,
                value: f64::NEG_INFINITY
            })
        );
        let none = Array2::<f64>::zeros((0, 3));
        assert_eq!(
            DiagonalProblem::uniform(&none, vec![], 1.0),
            Err(ProblemError::Empty {
                samples: 0,
                dimension: 3
            })
        );
    }

    #[test]
    fn gradient_is_the_difference_quotient_of_the_loss() {
        let x = array![[1.0, 2.0, -1.0], [0.5, -3.0, 2.0]];
        let problem = DiagonalProblem::uniform(&x, vec![1.0, -2.0], 0.1).expect("consistent data");
        let beta = [0.3, -0.2, 0.7];
        let mut gradient = [0.0; 3];
        let loss = problem.gradient(&beta, &mut gradient);
        assert_eq!(loss, problem.loss(&beta));
        for i in 0..3 {
            let mut up = beta;
            let mut down = beta;
            up[i] += 1e-3;
            down[i] -= 1e-3;
            // The loss is quadratic, so the central difference is exact up to rounding.
            let quotient = (problem.loss(&up) - problem.loss(&down)) / 2e-3;
            assert!(
                (quotient - gradient[i]).abs() < 1e-11,
                "{i}: {quotient} {}",
                gradient[i]
            );
        }
    }

    #[test]
    fn dot_takes_every_length() {
        for length in 0..20 {
            let a: Vec<f64> = (0..length).map(|k| f64::from(k) + 1.0).collect();
            let expected = a.iter().map(|v| v * v).sum::<f64>();
            assert_eq!(dot(&a, &a), expected, "length {length}");
        }
    }
}
