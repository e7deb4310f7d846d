//! The answer of `saltus train`: (stochastic) gradient descent with macroscopic stepsizes.

use saltus_dynamics::diagonal::descent::{DescentRun, Outcome};
use serde::Serialize;

use super::Answer;
use super::decimal::short_float;
use super::table::{Align, Table};

/// A finished training run, of steps `p ← (1 − γ g) p`, `q ← (1 + γ g) q` with `β = (p² − q²)/2` and `g = ∇L_B(β)` on the batch
/// B.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingAnswer {
    /// Name of the instance.
    pub name: String,
    /// The last coefficients, d of them.
    pub beta: Vec<f64>,
    /// Full loss at the last coefficients.
    pub loss: f64,
    /// Full loss at the start.
    pub initial_loss: f64,
    /// Steps taken.
    pub steps: u64,
    /// Whether the loss fell to 1e-20 of the initial loss, where the run stops.
    pub converged: bool,
    /// Whether the run left for infinity, where it stops.
    pub diverged: bool,
    /// The step at which divergence was seen.
    pub diverged_at_step: Option<u64>,
    /// The effective scales `α_∞` at the last step, d of them; 0 where they underflow.
    pub alpha_infinity: Vec<f64>,
    /// `ln α_∞²`, d of them.
    pub log_alpha_infinity_squared: Vec<f64>,
    /// `ln(α²/α_∞²)` from the last iterates, d of them.
    pub gain: Vec<f64>,
    /// The same, summed along the run.
    pub gain_from_products: Vec<f64>,
    /// The perturbed initialisation `β̃₀`, d coefficients.
    pub perturbed_start: Vec<f64>,
    /// `‖P z‖∞ / max(1, ‖z‖∞)` with P the projection onto ker X; `None` unless converged.
    pub kkt_residual: Option<f64>,
    /// Relative distance to the independent solution of the regularised problem; `None` unless converged.
    pub solver_distance: Option<f64>,
    /// The largest residual of the exact identity at the steps checked; `None` if none was.
    pub max_identity_residual: Option<f64>,
    /// Largest eigenvalue of the full-batch Hessian in (u, v) at the last iterate.
    pub sharpness: f64,
    /// `Σ_k ‖g_k‖²` with the gradients used.
    pub summed_squared_gradient: f64,
    /// `Σ_k L(β_k)` on the batches used.
    pub summed_loss: f64,
    /// Largest `|γ g|` met.
    pub largest_factor: f64,
    /// Steps at which the loss rose; 0 with batches, where it is not known at every step.
    pub loss_increases: u64,
}

impl TrainingAnswer {
    /// The answer that a finished run on the instance of this name gives: `diverged_at_step` is `Some(12)` for
    /// `Outcome::Diverged { step: 12 }`, and `None` for every other outcome.
    pub fn new(name: &str, run: &DescentRun) -> Self {
        TrainingAnswer {
            name: name.to_owned(),
            beta: run.beta.clone(),
            loss: run.loss,
            initial_loss: run.initial_loss,
            steps: run.steps,
            converged: run.converged(),
            diverged: run.diverged(),
            diverged_at_step: match run.outcome {
                Outcome::Diverged { step } => Some(step),
                Outcome::Converged { .. } | Outcome::Bounded => None,
            },
            alpha_infinity: run.alpha_infinity.clone(),
            log_alpha_infinity_squared: run.log_alpha_infinity_squared.clone(),
            gain: run.gain.clone(),
            gain_from_products: run.gain_from_products.clone(),
            perturbed_start: run.perturbed_start.clone(),
            kkt_residual: run.kkt_residual,
            solver_distance: run.solver_distance,
            max_identity_residual: run.max_identity_residual,
            sharpness: run.sharpness,
            summed_squared_gradient: run.summed_squared_gradient,
            summed_loss: run.summed_loss,
            largest_factor: run.largest_factor,
            loss_increases: run.loss_increases,
        }
    }
}

impl Answer for TrainingAnswer {
    fn text(&self) -> String {
        let end = match (self.converged, self.diverged_at_step) {
            (true, _) => format!("converged after {} steps", self.steps),
            (false, Some(step)) => format!("diverged at step {step}"),
            (false, None) => format!("neither converged nor diverged in {} steps", self.steps),
        };
        let mut table = Table::new([
            ("coordinate", Align::Right),
            ("coefficient", Align::Right),
            ("effective scale", Align::Right),
            ("gain", Align::Right),
        ]);
        for (index, beta) in self.beta.iter().enumerate() {
            table.push([
                index.to_string(),
                short_float(*beta, 8),
                short_float(self.alpha_infinity[index], 6),
                short_float(self.gain[index], 6),
            ]);
        }
        let mut text = format!(
            "{}\n{end}: loss {}, initially {}; sharpness {}.\n\n{}",
            self.name,
            short_float(self.loss, 6),
            short_float(self.initial_loss, 6),
            short_float(self.sharpness, 6),
            table.lines(),
        );
        let figures = [
            ("KKT residual", self.kkt_residual),
            (
                "relative distance to the solution of the regularised problem",
                self.solver_distance,
            ),
            ("residual of the exact identity", self.max_identity_residual),
        ];
        for (what, figure) in figures {
            if let Some(figure) = figure {
                text.push_str(&format!("\n{what}: {figure:.2e}"));
            }
        }
        text.push('\n');
        text
    }
}
