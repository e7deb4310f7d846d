//! How much to run. Edges, errors and gains depend on the budget, so it is part of every figure.

use serde_json::{Value, json};

/// Scale α of the initialisation, times the shapes of the instance.
///
/// Coordinate i starts at `α_i = c_i·0.1^{k_i}`, with the shapes c and the exponents k of the instance.
pub const INITIAL_SCALE: f64 = 0.1;

/// Loss, of the initial loss, at which a run has converged and stops; as in `saltus train`.
pub const LOSS_TOLERANCE: f64 = 1e-20;

/// Two neighbouring stepsizes of the sweep differ by the factor `10^{3/29}`: 30 of them span `10⁻²` to `10`.
pub const SWEEP_DECADES: f64 = 3.0 / 29.0;

/// Relative width at which the bisection of an edge stops: three digits.
///
/// The bracket then has `above ≤ 1.001·below`.
pub const EDGE_WIDTH: f64 = 1e-3;

/// Numbers of steps and seeds.
///
/// For `n·d ≤ 600` the quick form takes `steps = 100000` and `seeds = 20`, the long form as many
/// steps and `seeds = 40`.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Whether this is the long form.
    pub long: bool,
    /// Steps of every run of the sweep and of the threshold search for gradient descent.
    pub steps: u64,
    /// Steps of the threshold search for stochastic gradient descent.
    pub threshold_steps: u64,
    /// Loss, of the initial one, at which stochastic gradient descent counts as converged in the threshold search.
    pub threshold_tolerance: f64,
    /// Seeds of that search.
    pub threshold_seeds: u64,
    /// Seeds at every stepsize of the sweep.
    pub seeds: u64,
    /// Stochastic gradient descent takes every so many stepsizes of the sweep, and the largest.
    pub stride: i32,
    /// Steps of the runs that are to bring stochastic gradient descent to full convergence.
    pub convergence_steps: u64,
    /// Steps in exact arithmetic.
    pub exact_steps: usize,
}

impl Budget {
    /// The quick or the long form, for n samples and d coordinates. Beyond 600 entries the numbers of steps shrink in proportion,
    /// so that the time does not grow.
    ///
    /// For `n = 442` and `d = 10`, `steps` is `⌊1e5·600/(n·d)⌋ = 13574`; it is never below `1000`.
    pub fn new(long: bool, n: usize, d: usize) -> Budget {
        let share = (600.0 / (n * d) as f64).min(1.0);
        let steps = |count: f64| ((count * share) as u64).max(1000);
        // Small problems can afford more of them.
        let convergence = |count: f64| steps(count / share * (600.0 / (n * d) as f64).min(10.0));
        let exact_steps = if n * d <= 40 { 6 } else { 5 };
        if long {
            Budget {
                long,
                steps: steps(1e5),
                threshold_steps: steps(1e5),
                threshold_tolerance: 1e-6,
                threshold_seeds: 20,
                seeds: 40,
                stride: 1,
                convergence_steps: convergence(2e6),
                exact_steps,
            }
        } else {
            Budget {
                long,
                steps: steps(1e5),
                threshold_steps: steps(2e4),
                threshold_tolerance: 1e-6,
                threshold_seeds: 5,
                seeds: 20,
                stride: 5,
                convergence_steps: convergence(4e5),
                exact_steps,
            }
        }
    }

    /// Said with every figure.
    ///
    /// Of the long form: `"form": "long"`, `"initial_scale": 0.1`, `"loss_tolerance": 1e-20`, `"steps"` and `"seeds"`.
    pub fn to_json(&self) -> Value {
        json!({
            "form": if self.long { "long" } else { "quick: fewer seeds and steps than the long form" },
            "initial_scale": INITIAL_SCALE,
            "steps": self.steps,
            "loss_tolerance": LOSS_TOLERANCE,
            "seeds": self.seeds,
        })
    }
}
