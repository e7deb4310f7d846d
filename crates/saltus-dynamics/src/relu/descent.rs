//! Plain full-batch gradient descent on a two-layer ReLU network: an independent check of the flow.
//!
//! Nothing here knows that the inputs are orthogonal or uses logarithmic coordinates: the network is `f(x) = Σ_j a_j σ(⟨w_j, x⟩)` with
//! dense inputs, and every step is `θ ← θ − γ ∇L(θ)` with `σ'(0) = 0`. As the stepsize `γ → 0` with `t = kγ` fixed, it tends to the flow
//! with an error of order `γ`.

use ndarray::{Array1, Array2, ArrayView1};
use thiserror::Error;

/// A loss this many times its initial value cannot be a small-stepsize run any more.
const DIVERGENCE_FACTOR: f64 = 1e3;

/// A two-layer ReLU network `f(x) = Σ_j a_j σ(⟨w_j, x⟩)` with its data. Valid by construction.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseNetwork {
    inputs: Array2<f64>,
    labels: Array1<f64>,
    hidden: Array2<f64>,
    outputs: Array1<f64>,
}

/// How to descend: `θ ← θ − γ ∇L(θ)`, so that 10,000 steps of stepsize 0.001 end at `t = 10`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluDescent {
    /// The stepsize `γ > 0`.
    pub stepsize: f64,
    /// The number of steps; the run ends at `t = steps·γ`.
    pub steps: usize,
    /// Step numbers `k`, strictly increasing and at most `steps`, after which to record the network (`t = kγ`).
    pub sample_steps: Vec<usize>,
}

/// The network after some step: `step: 500` of a descent with `γ = 0.01` is the network at `t = 5`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescentSample {
    /// The step number `k`; the time is `t = kγ`.
    pub step: usize,
    /// `1/(2n) Σ_i (f(x_i) − y_i)²`.
    pub loss: f64,
    /// `f(x_i)`, length n.
    pub outputs: Vec<f64>,
}

/// What a descent found; times and outputs differ from those of the flow by `O(γ)`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescentTrajectory {
    /// One record per sample step.
    pub samples: Vec<DescentSample>,
    /// For each point the first `t` with `f(x_i)/y_i ≥ ½`, by linear interpolation between steps; `None` if that was not seen or `y_i = 0`.
    pub half_fit_times: Vec<Option<f64>>,
    /// `‖θ‖²` at the end.
    pub squared_norm: f64,
}

/// Why a descent was refused or stopped, such as `the stepsize must be positive and finite, found 0`.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum DescentError {
    /// An array does not have the shape that the others ask for, or is empty.
    #[error("{what} has {found} entries, expected {expected} and at least one")]
    Shape {
        /// Which array and axis.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// An array holds an infinite or NaN entry.
    #[error("{what} holds an entry that is not finite")]
    NotFinite {
        /// Which array.
        what: &'static str,
    },
    /// The stepsize is not positive and finite.
    #[error("the stepsize must be positive and finite, found {stepsize}")]
    Stepsize {
        /// The value given.
        stepsize: f64,
    },
    /// The sample steps are not increasing, or go beyond the last step.
    #[error(
        "sample step {index} is {step}: sample steps must increase and not exceed the number of steps"
    )]
    SampleStep {
        /// Position in the list.
        index: usize,
        /// The value given.
        step: usize,
    },
    /// The loss left the range of a descent with a small stepsize.
    #[error("the loss grew to {loss} at step {step}: the stepsize is too large")]
    Diverged {
        /// The step number.
        step: usize,
        /// The loss there.
        loss: f64,
    },
}

impl DenseNetwork {
    /// A network with hidden weights `hidden` (m×d), output weights `outputs` (m), and the data `inputs` (n×d), `labels` (n).
    ///
    /// # Errors
    /// Shapes that do not fit together, or entries that are not finite.
    pub fn new(
        inputs: Array2<f64>,
        labels: Array1<f64>,
        hidden: Array2<f64>,
        outputs: Array1<f64>,
    ) -> Result<Self, DescentError> {
        for (what, found, expected) in [
            ("inputs (rows)", inputs.nrows(), labels.len()),
            ("hidden (rows)", hidden.nrows(), outputs.len()),
            ("hidden (columns)", hidden.ncols(), inputs.ncols()),
        ] {
            if found != expected || found == 0 {
                return Err(DescentError::Shape {
                    what,
                    found,
                    expected,
                });
            }
        }
        for (what, finite) in [
            ("inputs", inputs.iter().all(|value| value.is_finite())),
            ("labels", labels.iter().all(|value| value.is_finite())),
            ("hidden", hidden.iter().all(|value| value.is_finite())),
            ("outputs", outputs.iter().all(|value| value.is_finite())),
        ] {
            if !finite {
                return Err(DescentError::NotFinite { what });
            }
        }
        Ok(DenseNetwork {
            inputs,
            labels,
            hidden,
            outputs,
        })
    }

    /// Runs gradient descent from these weights.
    ///
    /// # Errors
    /// Invalid settings, and [`DescentError::Diverged`] once the loss is not finite or a thousand times the larger of its
    /// initial value and that of the zero network.
    pub fn descend(&self, settings: &ReluDescent) -> Result<DescentTrajectory, DescentError> {
        let stepsize = settings.stepsize;
        if !(stepsize > 0.0 && stepsize.is_finite()) {
            return Err(DescentError::Stepsize { stepsize });
        }
        for (index, &step) in settings.sample_steps.iter().enumerate() {
            if step > settings.steps || (index > 0 && step <= settings.sample_steps[index - 1]) {
                return Err(DescentError::SampleStep { index, step });
            }
        }
        let mut weights = Weights {
            hidden: self.hidden.clone(),
            outputs: self.outputs.clone(),
        };
        let mut samples = Vec::with_capacity(settings.sample_steps.len());
        let mut half_fit_times = vec![None; self.labels.len()];
        let mut before: Option<Vec<f64>> = None;
        let mut loss_max = f64::INFINITY;
        for step in 0..=settings.steps {
            let products = self.products(&weights);
            let outputs = self.network_outputs(&weights, &products);
            let loss = self.loss(&outputs);
            if step == 0 {
                loss_max = DIVERGENCE_FACTOR * loss.max(self.loss(&vec![0.0; outputs.len()]));
            }
            if loss > loss_max || loss.is_nan() {
                return Err(DescentError::Diverged { step, loss });
            }
            for i in 0..outputs.len() {
                let fraction = outputs[i] / self.labels[i];
                if self.labels[i] != 0.0 && half_fit_times[i].is_none() && fraction >= 0.5 {
                    let part = before.as_ref().map_or(1.0, |before| {
                        let earlier = before[i] / self.labels[i];
                        (0.5 - earlier) / (fraction - earlier)
                    });
                    half_fit_times[i] = Some((step as f64 - 1.0 + part) * stepsize);
                }
            }
            if settings.sample_steps.get(samples.len()) == Some(&step) {
                samples.push(DescentSample {
                    step,
                    loss,
                    outputs: outputs.clone(),
                });
            }
            if step < settings.steps {
                self.update(&mut weights, &products, &outputs, stepsize);
            }
            before = Some(outputs);
        }
        let squared_norm = weights
            .hidden
            .iter()
            .chain(&weights.outputs)
            .map(|value| value * value)
            .sum();
        Ok(DescentTrajectory {
            samples,
            half_fit_times,
            squared_norm,
        })
    }

    /// `⟨w_j, x_i⟩`, m×n.
    fn products(&self, weights: &Weights) -> Array2<f64> {
        let (neurons, inputs) = (self.outputs.len(), self.labels.len());
        Array2::from_shape_fn((neurons, inputs), |(j, i)| {
            dot(&weights.hidden.row(j), &self.inputs.row(i))
        })
    }

    fn network_outputs(&self, weights: &Weights, products: &Array2<f64>) -> Vec<f64> {
        let neurons = 0..self.outputs.len();
        let output = |i| {
            neurons
                .clone()
                .map(|j| weights.outputs[j] * products[[j, i]].max(0.0))
                .sum()
        };
        (0..self.labels.len()).map(output).collect()
    }

    fn loss(&self, outputs: &[f64]) -> f64 {
        let squares: f64 = outputs
            .iter()
            .zip(&self.labels)
            .map(|(f, y)| (f - y) * (f - y))
            .sum();
        squares / (2.0 * outputs.len() as f64)
    }

    fn update(
        &self,
        weights: &mut Weights,
        products: &Array2<f64>,
        outputs: &[f64],
        stepsize: f64,
    ) {
        let factor = stepsize / outputs.len() as f64;
        for j in 0..self.outputs.len() {
            let output_weight = weights.outputs[j];
            for i in 0..outputs.len() {
                let product = products[[j, i]];
                if product > 0.0 {
                    let push = factor * (self.labels[i] - outputs[i]);
                    weights.outputs[j] += push * product;
                    weights
                        .hidden
                        .row_mut(j)
                        .scaled_add(push * output_weight, &self.inputs.row(i));
                }
            }
        }
    }
}

struct Weights {
    hidden: Array2<f64>,
    outputs: Array1<f64>,
}

/// A scalar product in the order of the entries, so that results do not depend on the machine.
fn dot(a: &ArrayView1<f64>, b: &ArrayView1<f64>) -> f64 {
    a.iter().zip(b.iter()).map(|(a, b)| a * b).sum()
}
