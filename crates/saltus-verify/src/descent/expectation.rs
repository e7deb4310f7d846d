//! What the runs are compared with, as plain data that tests can perturb.

use saltus_dynamics::diagonal::descent::{RegularisedError, solve_regularised};

use super::DescentEvidence;
use super::edges::EdgeKind;
use super::exact::ExactStep;

/// Gradient descent or its stochastic kind.
///
/// A step uses the gradient `Xᵀ(Xβ − y)/n` of all samples, or `(⟨x_i, β⟩ − y_i) x_i` of one sample i.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Full batches.
    GradientDescent,
    /// Single samples.
    Stochastic,
}

impl Method {
    /// The name in reports.
    ///
    /// `"gradient descent"` or `"stochastic gradient descent"`.
    pub fn name(self) -> &'static str {
        match self {
            Method::GradientDescent => "gradient descent",
            Method::Stochastic => "stochastic gradient descent",
        }
    }
}

/// An edge in the stepsize.
///
/// Its stepsize is the middle of the bracket, `√(holds_at·fails_at)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedEdge {
    /// Of which method.
    pub method: Method,
    /// Which answer changes.
    pub kind: EdgeKind,
    /// The stepsize; `None` where the search found no edge.
    pub stepsize: Option<f64>,
}

/// The expectation of one instance.
///
/// For example, `limits` that are multiplied by `1 + 1e-6` are further off than S2 tolerates, `1e-8` relative.
#[derive(Debug, Clone)]
pub struct DescentExpectation {
    /// S1: the edges of the search, which a second implementation must confirm.
    pub edges: Vec<ExpectedEdge>,
    /// S2: for every run, the solution of the regularised problem at its α_∞ and β̃₀; `None` unless it converged.
    pub limits: Vec<Option<Result<Vec<f64>, RegularisedError>>>,
    /// S2: the same for the gradient flow, with α_∞ = α and β̃₀ = 0.
    pub flow_limit: Vec<f64>,
    /// S3: for every run, `ln(α²/α_∞²) = Σ Q(γ g)` from the products (d).
    pub gains: Vec<Vec<f64>>,
    /// S3: for every run of plain descent, `ln α² − Σ Q(γg)` from its own gradients (d).
    pub plain_scales: Vec<Vec<f64>>,
    /// S3: for every exact run, what the products predict.
    pub exact: Vec<Vec<ExactStep>>,
    /// S4: the limit of `Σ_i Gain_i / (γ² Σ‖g_k‖²)` as γ → 0.
    pub gain_scale: f64,
    /// S4: bounds of `Σ‖g_k‖²/Σ L(β_k)` for gradient descent.
    pub full_multiples: (f64, f64),
    /// S4: bounds of the same for single samples.
    pub sample_multiples: (f64, f64),
    /// S5: the method whose gain is spread over all coordinates, and which large stepsizes help.
    pub spread: Method,
    /// S6: the limit of `γ λ_max(∇²F)` at the edge of stability.
    pub critical_product: f64,
}

impl DescentExpectation {
    /// The expectation itself: the only place where the regularised problem is solved for the runs.
    ///
    /// Not taken from the evidence are the constants of the theory, `gain_scale = 1` and `critical_product = 2`, and that S5
    /// expects the more even gain of `Method::Stochastic`.
    pub fn new(evidence: &DescentEvidence) -> DescentExpectation {
        let searches = [
            (Method::GradientDescent, &evidence.gradient_descent),
            (Method::Stochastic, &evidence.stochastic),
        ];
        let edges = searches.iter().flat_map(|&(method, search)| {
            [EdgeKind::Convergence, EdgeKind::Divergence].map(|kind| ExpectedEdge {
                method,
                kind,
                stepsize: search.edge(kind),
            })
        });
        let limit = |run: &super::TrainedRun| {
            let run = run.run.converged().then_some(&run.run)?;
            let solution = solve_regularised(
                &evidence.problem,
                &run.log_alpha_infinity_squared,
                &run.perturbed_start_dual,
            );
            Some(solution.map(|solution| solution.beta))
        };
        let spectrum = &evidence.spectrum;
        DescentExpectation {
            edges: edges.collect(),
            limits: evidence.runs.iter().map(limit).collect(),
            flow_limit: evidence.flow.solution.clone(),
            gains: evidence
                .runs
                .iter()
                .map(|run| run.run.gain_from_products.clone())
                .collect(),
            plain_scales: evidence
                .plain_scales
                .iter()
                .map(|scale| scale.predicted.clone())
                .collect(),
            exact: evidence
                .exact
                .iter()
                .map(|run| run.predicted.clone())
                .collect(),
            gain_scale: 1.0,
            full_multiples: (2.0 * spectrum.least, 2.0 * spectrum.largest),
            sample_multiples: (2.0 * spectrum.least_row, 2.0 * spectrum.largest_row),
            spread: Method::Stochastic,
            critical_product: 2.0,
        }
    }
}
