//! Quantities that the exact flow conserves or lets decrease, to expose a broken integration.

use ndarray::Array2;

use super::problem::ReluProblem;

/// The largest violation over all neurons of the conservation of `a_j² − ‖w_j‖²`, relative to the larger of `a_j(t)²` and `a_j(0)²`.
///
/// `log_outputs` holds `ln|a_j(t)|` (length m), `cosines` every `v_ji(t) = ⟨w_j, x_i⟩ / (‖x_i‖ |a_j|)` (m×n). The two are integrated
/// as separate unknowns and meet in no other conserved quantity, so that an error in either shows. NaN if an argument holds NaN.
pub fn balance_drift(problem: &ReluProblem, log_outputs: &[f64], cosines: &Array2<f64>) -> f64 {
    let mut worst = 0.0;
    for j in 0..problem.neuron_count() {
        let growth = log_outputs[j] - problem.log_outputs()[j];
        let deficit = |values: &Array2<f64>| 1.0 - values.row(j).iter().map(|v| v * v).sum::<f64>();
        let drift = relative_drift(growth, deficit(cosines), deficit(problem.cosines()));
        worst = nan_max(worst, drift);
    }
    worst
}

/// The same for one neuron, from its growth `ln|a(t)/a(0)|` and `1 − Σ_i v_i²` now and at the start.
pub(super) fn relative_drift(growth: f64, deficit: f64, initial_deficit: f64) -> f64 {
    if growth >= 0.0 {
        (deficit - initial_deficit * (-2.0 * growth).exp()).abs()
    } else {
        (deficit * (2.0 * growth).exp() - initial_deficit).abs()
    }
}

/// The larger number, NaN if either is NaN.
pub(super) fn nan_max(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}
