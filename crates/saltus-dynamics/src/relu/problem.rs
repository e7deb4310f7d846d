//! The description of a two-layer ReLU network on orthogonal data, in coordinates that exist at every initial scale.

use ndarray::Array2;
use thiserror::Error;

/// Admissible rounding of quantities that are exact for the caller, such as `‖ŵ‖ = |â|`.
const ROUNDING: f64 = 1e-12;

/// A network `f(x) = Σ_j a_j σ(⟨w_j, x⟩)` of `m` neurons before training, and `n` pairwise orthogonal inputs with labels;
/// the loss is `L = 1/(2n) Σ_i (f(x_i) − y_i)²`. Valid by construction.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluProblem {
    input_norms: Vec<f64>,
    labels: Vec<f64>,
    output_signs: Vec<f64>,
    log_outputs: Vec<f64>,
    cosines: Array2<f64>,
    hidden_squared_norms: Vec<f64>,
}

/// Why a [`ReluProblem`] was refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ReluProblemError {
    /// There is no input or no neuron.
    #[error("a problem needs at least one input and one neuron, found {inputs} and {neurons}")]
    Empty {
        /// Number of inputs `n`.
        inputs: usize,
        /// Number of neurons `m`.
        neurons: usize,
    },
    /// A list does not have the length that the inputs or neurons ask for.
    #[error("{what} has {found} entries, expected {expected}")]
    Length {
        /// Which list.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// An input norm is not positive and finite, or a label not finite.
    #[error(
        "input {input} has norm {norm} and label {label}: the norm must be positive and both finite"
    )]
    Input {
        /// Index of the input.
        input: usize,
        /// Its norm.
        norm: f64,
        /// Its label.
        label: f64,
    },
    /// An output sign is not ±1, or a log output not finite.
    #[error(
        "neuron {neuron} has output sign {sign} and log output {log_output}: the sign must be 1 or -1, the logarithm finite"
    )]
    Output {
        /// Index of the neuron.
        neuron: usize,
        /// Its output sign.
        sign: f64,
        /// Its log output.
        log_output: f64,
    },
    /// A neuron has `‖ŵ‖ > |â|` (outside the theory: the sign of `a` could change), or cosines longer than `ŵ`.
    #[error(
        "neuron {neuron} has relative squared hidden norm {hidden_squared_norm} and squared cosines {squared_cosines} in all: \
         both must be finite and squared_cosines <= hidden_squared_norm <= 1"
    )]
    Hidden {
        /// Index of the neuron.
        neuron: usize,
        /// `‖ŵ_j‖²/â_j²`.
        hidden_squared_norm: f64,
        /// `Σ_i v_ji²`.
        squared_cosines: f64,
    },
}

impl ReluProblem {
    /// Validates the description of a network and its data.
    ///
    /// - `input_norms`: `‖x_i‖ > 0`, length n;
    /// - `labels`: `y_i`, length n;
    /// - `output_signs`: `σ_j = sign a_j`, each 1 or −1, length m;
    /// - `log_outputs`: `ln|a_j(0)| = ln|â_j| − k_j Λ`, length m, where `Λ` is the log inverse scale and `k_j` the starting exponent;
    /// - `cosines`: `v_ji(0) = ⟨ŵ_j, x_i⟩ / (‖x_i‖ |â_j|)`, m×n;
    /// - `hidden_squared_norms`: `‖ŵ_j‖²/â_j² ≤ 1`, length m, including what is orthogonal to all inputs.
    ///
    /// # Errors
    /// A list of the wrong length, a value out of its range, or a neuron with `‖ŵ_j‖ > |â_j|`.
    pub fn new(
        input_norms: Vec<f64>,
        labels: Vec<f64>,
        output_signs: Vec<f64>,
        log_outputs: Vec<f64>,
        cosines: Array2<f64>,
        hidden_squared_norms: Vec<f64>,
    ) -> Result<Self, ReluProblemError> {
        let (inputs, neurons) = (input_norms.len(), output_signs.len());
        if inputs == 0 || neurons == 0 {
            return Err(ReluProblemError::Empty { inputs, neurons });
        }
        for (what, found, expected) in [
            ("labels", labels.len(), inputs),
            ("log_outputs", log_outputs.len(), neurons),
            ("hidden_squared_norms", hidden_squared_norms.len(), neurons),
            ("cosines (rows)", cosines.nrows(), neurons),
            ("cosines (columns)", cosines.ncols(), inputs),
        ] {
            if found != expected {
                return Err(ReluProblemError::Length {
                    what,
                    found,
                    expected,
                });
            }
        }
        for (input, (&norm, &label)) in input_norms.iter().zip(&labels).enumerate() {
            if !(norm > 0.0 && norm.is_finite() && label.is_finite()) {
                return Err(ReluProblemError::Input { input, norm, label });
            }
        }
        for (neuron, (&sign, &log_output)) in output_signs.iter().zip(&log_outputs).enumerate() {
            if sign.abs() != 1.0 || !log_output.is_finite() {
                return Err(ReluProblemError::Output {
                    neuron,
                    sign,
                    log_output,
                });
            }
        }
        for (neuron, &hidden_squared_norm) in hidden_squared_norms.iter().enumerate() {
            let squared_cosines: f64 = cosines.row(neuron).iter().map(|v| v * v).sum();
            // Written so that NaN is refused.
            let valid = hidden_squared_norm <= 1.0 + ROUNDING
                && squared_cosines <= hidden_squared_norm + ROUNDING;
            if !valid {
                return Err(ReluProblemError::Hidden {
                    neuron,
                    hidden_squared_norm,
                    squared_cosines,
                });
            }
        }
        Ok(ReluProblem {
            input_norms,
            labels,
            output_signs,
            log_outputs,
            cosines,
            hidden_squared_norms,
        })
    }

    /// The number `n` of inputs.
    pub fn input_count(&self) -> usize {
        self.input_norms.len()
    }

    /// The number `m` of neurons.
    pub fn neuron_count(&self) -> usize {
        self.output_signs.len()
    }

    /// `‖x_i‖`, length n.
    pub fn input_norms(&self) -> &[f64] {
        &self.input_norms
    }

    /// `y_i`, length n.
    pub fn labels(&self) -> &[f64] {
        &self.labels
    }

    /// `σ_j = sign a_j`, length m.
    pub fn output_signs(&self) -> &[f64] {
        &self.output_signs
    }

    /// `ln|a_j(0)|`, length m.
    pub fn log_outputs(&self) -> &[f64] {
        &self.log_outputs
    }

    /// `v_ji(0)`, m×n.
    pub fn cosines(&self) -> &Array2<f64> {
        &self.cosines
    }

    /// `‖ŵ_j‖²/â_j²`, length m.
    pub fn hidden_squared_norms(&self) -> &[f64] {
        &self.hidden_squared_norms
    }
}
