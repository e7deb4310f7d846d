//! Claim S4: how large the gain is.

use serde_json::json;

use super::expectation::DescentExpectation;
use super::statistics::{QuotientOfMeans, extremes};
use super::{DescentEvidence, Role, TrainedRun, rows};
use crate::verdict::{Findings, Outcome};

/// Standard errors on each side of a mean over seeds that still count as agreement.
const STANDARD_ERRORS: f64 = 4.0;

/// A gain of which rounding may have changed more than this part is lost, and nothing is concluded from it.
const LOST: f64 = 1e-3;

/// Rounding allowed in ratios of sums along a run.
const ROUNDING: f64 = 1e-9;

/// Checks S4: `Σ_i Gain_i` against `γ² Σ‖g_k‖²`, and `Σ‖g_k‖²` against `Σ L(β_k)`.
///
/// For `|x| ≤ m < 1`: `x² ≤ −ln(1 − x²) ≤ x² · (−ln(1 − m²)/m²)`, so that the ratio of the first two lies between 1 and a bound
/// that tends to 1 with the stepsize (derived here). `‖g‖² = rᵀXXᵀr/n²` lies between `2λ⁺_min(H) L` and `2λ_max(H) L`;
/// for a single sample `‖g‖² = 2‖x_i‖² L_i`, and the batch's loss is the full one in expectation.
pub fn check_s4(evidence: &DescentEvidence, expected: &DescentExpectation) -> Outcome {
    let mut findings = Findings::default();
    findings.record("budget", evidence.budget.to_json());
    findings.record(
        "tolerance",
        json!(format!(
            "the bounds are theorems, {ROUNDING:e} is left for rounding; expectations over seeds within {STANDARD_ERRORS} standard errors"
        )),
    );
    let mut compared = 0_usize;
    let mut nearest = f64::INFINITY;
    for run in evidence.runs.iter().filter(|run| !run.run.diverged()) {
        if let Some((ratio, bound)) = gain_ratio(run) {
            compared += 1;
            if bound < nearest {
                nearest = bound;
                findings.record(
                    "smallest_stepsize",
                    json!({ "stepsize": run.stepsize, "gain_over_squared_gradients": ratio, "between": [1.0, bound] }),
                );
            }
            let rounding = gain_rounding(evidence, run);
            // Written so that NaN is lost.
            let is_kept = rounding <= LOST;
            if is_kept {
                within(
                    &mut findings,
                    format!("gain over γ² Σ‖g‖², {}", run.label()),
                    ratio,
                    (expected.gain_scale, expected.gain_scale * bound),
                    ROUNDING + rounding,
                );
            } else {
                findings.unsettled(format!(
                    "gain of {}: rounding may have changed it by {rounding:.0e} of itself",
                    run.label()
                ));
            }
        }
        let multiple = run.run.summed_squared_gradient / run.run.summed_loss;
        let multiples = if run.seed.is_none() {
            expected.full_multiples
        } else {
            expected.sample_multiples
        };
        within(
            &mut findings,
            format!("Σ‖g‖² over Σ L, {}", run.label()),
            multiple,
            multiples,
            ROUNDING,
        );
    }
    if compared == 0 {
        findings.unsettled("no run has |γ g| < 1 throughout".to_owned());
    }
    in_expectation(evidence, expected, &mut findings);
    findings.record(
        "multiples_of_summed_loss",
        json!({
            "gradient_descent": expected.full_multiples,
            "single_samples": expected.sample_multiples,
        }),
    );
    findings.record("gradient_descent", rows(evidence.gd(Role::Sweep), figures));
    let means = by_stepsize(evidence);
    findings.record("stochastic_gradient_descent", json!(means));
    findings.conclude()
}

/// The ratio and its upper bound, where no factor reached 1.
fn gain_ratio(run: &TrainedRun) -> Option<(f64, f64)> {
    let m = run.run.largest_factor;
    let usable = m > 0.0 && m < 1.0;
    let squares = run.stepsize.powi(2) * run.run.summed_squared_gradient;
    usable.then(|| (run.total_gain() / squares, -(-m * m).ln_1p() / (m * m)))
}

/// Every step rounds two factors and two products per coordinate. Relative to the gain or its lower bound `γ² Σ‖g‖²`: a gain that is
/// itself rounding can be the larger one.
fn gain_rounding(evidence: &DescentEvidence, run: &TrainedRun) -> f64 {
    let operations = 4.0 * run.run.steps as f64 * evidence.problem.dimension() as f64;
    let squares = run.stepsize.powi(2) * run.run.summed_squared_gradient;
    operations * f64::EPSILON / run.total_gain().abs().min(squares)
}

fn within(findings: &mut Findings, place: String, found: f64, bounds: (f64, f64), slack: f64) {
    let (low, high) = bounds;
    // Written so that NaN is refused.
    let inside = found >= low * (1.0 - slack) && found <= high * (1.0 + slack);
    if !inside {
        let expected = format!("between {low} and {high}");
        findings.differs(place, found.to_string(), expected);
    }
}

/// Whether the mean loss along some run is larger than its initial loss. Random factors then make the losses grow, rare runs carry the
/// expectation by decades, and a mean over seeds says nothing of it.
fn losses_grow(evidence: &DescentEvidence) -> bool {
    evidence.sgd(Role::SummedLoss).any(|run| {
        let initial = run.run.steps as f64 * run.run.initial_loss;
        run.summed_full_loss.is_some_and(|summed| summed > initial)
    })
}

fn in_expectation(
    evidence: &DescentEvidence,
    expected: &DescentExpectation,
    findings: &mut Findings,
) {
    let settled = || {
        evidence
            .sgd(Role::SummedLoss)
            .filter(|run| !run.run.diverged())
    };
    let pairs = |numerator: fn(&TrainedRun) -> f64| -> Vec<(f64, f64)> {
        let pairs = settled().filter_map(|run| Some((numerator(run), run.summed_full_loss?)));
        pairs.collect()
    };
    let gradients = QuotientOfMeans::of(&pairs(|run| run.run.summed_squared_gradient));
    let losses = QuotientOfMeans::of(&pairs(|run| run.run.summed_loss));
    let (Some(gradients), Some(losses)) = (gradients, losses) else {
        findings.unsettled("fewer than two seeds without divergence".to_owned());
        return;
    };
    let (low, high) = expected.sample_multiples;
    let is_between = |quotient: QuotientOfMeans| {
        let margin = STANDARD_ERRORS * quotient.error;
        quotient.value + margin >= low && quotient.value - margin <= high
    };
    let is_unbiased = |quotient: QuotientOfMeans| {
        let margin = STANDARD_ERRORS * quotient.error + ROUNDING;
        (quotient.value - 1.0).abs() <= margin
    };
    let mut judge = |quotient: QuotientOfMeans,
                     agrees: &dyn Fn(QuotientOfMeans) -> bool,
                     what: &str,
                     expected: String| {
        let margin = STANDARD_ERRORS * quotient.error;
        let place = format!("{what}, stochastic gradient descent");
        if agrees(quotient) {
            return;
        }
        if losses_grow(evidence) {
            findings.unsettled(format!(
                "{place}: found {} ± {margin}, expected {expected}; but the losses grow on average, so that rare runs carry the \
                 expectation",
                quotient.value
            ));
        } else {
            findings.differs(place, format!("{} ± {margin}", quotient.value), expected);
        }
    };
    judge(
        gradients,
        &is_between,
        "E Σ‖g‖² over E Σ L",
        format!("between {low} and {high}"),
    );
    judge(
        losses,
        &is_unbiased,
        "E Σ L_B over E Σ L",
        "1: batches are drawn without bias".to_owned(),
    );
    findings.record(
        "in_expectation",
        json!({
            "seeds": settled().count(),
            "squared_gradients_over_loss": { "value": gradients.value, "standard_error": gradients.error },
            "batch_loss_over_loss": { "value": losses.value, "standard_error": losses.error },
        }),
    );
}

fn figures(run: &TrainedRun) -> serde_json::Value {
    let squares = run.stepsize.powi(2) * run.run.summed_squared_gradient;
    json!({
        "gain": run.total_gain(),
        "gain_over_squared_gradients": run.total_gain() / squares,
        "squared_gradients_over_loss": run.run.summed_squared_gradient / run.run.summed_loss,
    })
}

/// Mean and range of the total gain over seeds, for every stepsize of the sweep.
fn by_stepsize(evidence: &DescentEvidence) -> Vec<serde_json::Value> {
    stepsizes(evidence)
        .into_iter()
        .map(|stepsize| {
            let runs = evidence.sgd(Role::Sweep);
            let runs = runs.filter(|run| run.stepsize == stepsize && !run.run.diverged());
            let gains: Vec<f64> = runs.map(TrainedRun::total_gain).collect();
            let (least, largest) = extremes(&gains);
            json!({
                "stepsize": stepsize,
                "seeds": gains.len(),
                "mean_gain": gains.iter().sum::<f64>() / gains.len() as f64,
                "range": [least, largest],
            })
        })
        .collect()
}

/// The stepsizes of the sweep by stochastic gradient descent, in increasing order.
pub(super) fn stepsizes(evidence: &DescentEvidence) -> Vec<f64> {
    let mut found: Vec<f64> = evidence.sgd(Role::Sweep).map(|run| run.stepsize).collect();
    found.dedup();
    found
}
