//! Claim S3: the effective scale by both formulas, and the identity of mirror descent with varying entropy.

use serde_json::json;

use super::exact::ExactStep;
use super::expectation::DescentExpectation;
use super::{DescentEvidence, TrainedRun};
use crate::verdict::{Findings, Outcome};

/// Largest residual of the identity and of the two formulas, relative to the gain where that exceeds 1: rounding of products of up to
/// a few hundred thousand factors.
///
/// In formulas: `|Gain_i − Σ Q(γg_i)| ≤ 1e-10·max(1, |Σ Q(γg_i)|)`, and a residual of at most `1e-10·max(1, max_i |Gain_i|)`.
pub const IDENTITY_TOLERANCE: f64 = 1e-10;

/// Where rounding can change `|u² − v²|` by more than this fraction, its first-order bound says nothing.
const LEGIBLE: f64 = 0.1;

/// Checks S3 exactly over a few steps and in doubles along every run that did not diverge.
///
/// The formulas are `α_k² = |p_k q_k|` and `α_k² = α² exp(−Σ_{j<k} Q(γ g_j))` with `Q(x) = −½ ln((1 − x²)²)`; the identity is
/// `asinh(β_k/α_k²) − asinh(β̃_k/α_k²) = −2 Σ_{j<k} γ g_j`.
pub fn check_s3(evidence: &DescentEvidence, expected: &DescentExpectation) -> Outcome {
    let mut findings = Findings::default();
    findings.record("budget", evidence.budget.to_json());
    findings.record(
        "tolerance",
        json!(format!(
            "exact in rational arithmetic; in doubles {IDENTITY_TOLERANCE:e}, rounding of the products"
        )),
    );
    exact(evidence, expected, &mut findings);
    along_runs(evidence, expected, &mut findings);
    plain_scales(evidence, expected, &mut findings);
    findings.conclude()
}

/// Compares `|u² − v²|/2` with `α² exp(−Σ Q(γg))` wherever rounding leaves it a digit.
fn plain_scales(
    evidence: &DescentEvidence,
    expected: &DescentExpectation,
    findings: &mut Findings,
) {
    let mut rows = vec![];
    for (scale, predicted) in evidence.plain_scales.iter().zip(&expected.plain_scales) {
        let (mut largest, mut compared) = (0.0_f64, 0_usize);
        for (coordinate, (found, predicted)) in scale.found.iter().zip(predicted).enumerate() {
            let rounding = scale.rounding[coordinate];
            // Written so that NaN, which a factor of exactly 0 leaves, is passed over.
            let legible = rounding <= LEGIBLE;
            if !legible {
                continue;
            }
            compared += 1;
            let difference = (found - predicted).exp_m1().abs();
            largest = largest.max(difference);
            let near = difference <= rounding;
            if !near {
                findings.differs(
                    format!(
                        "|u² − v²|/2 of coordinate {coordinate} by plain descent at stepsize {}",
                        scale.stepsize
                    ),
                    format!("{difference:e} relative from α² exp(−Σ Q(γg))"),
                    format!("at most the rounding of u and v, {rounding:e}"),
                );
            }
        }
        rows.push(json!({
            "stepsize": scale.stepsize,
            "steps": scale.steps,
            "coordinates_compared": compared,
            "coordinates_lost_to_rounding": scale.found.len() - compared,
            "largest_relative_difference": largest,
        }));
    }
    findings.record(
        "scale_from_u_and_v",
        json!({
            "runs": rows,
            "remark": "the difference u² − v² cancels where the gain is large, at the edge of stability to the last digit; \
                       there the product of p and q is used",
        }),
    );
}

/// One of the quantities of an exact step.
type Quantity = fn(&ExactStep) -> &[saltus_exact::Rational];

fn exact(evidence: &DescentEvidence, expected: &DescentExpectation, findings: &mut Findings) {
    let mut rows = vec![];
    for (run, predicted) in evidence.exact.iter().zip(&expected.exact) {
        for (step, (found, predicted)) in run.found.iter().zip(predicted).enumerate() {
            let quantities: [(&str, Quantity); 4] = [
                ("effective scale squared", |step| &step.squared_scale),
                ("exponential of the identity", |step| &step.ratio),
                ("predictor", |step| &step.beta),
                ("summed gradients", |step| &step.summed),
            ];
            for (quantity, of) in quantities {
                let pairs = of(found).iter().zip(of(predicted));
                for (coordinate, (found, predicted)) in pairs.enumerate() {
                    if found != predicted {
                        findings.differs(
                            format!(
                                "{quantity} of coordinate {coordinate} after {} exact steps of {} at stepsize {}",
                                step + 1,
                                run.method,
                                run.stepsize
                            ),
                            found.to_f64().to_string(),
                            format!("{} exactly", predicted.to_f64()),
                        );
                    }
                }
            }
        }
        rows.push(json!({
            "method": run.method,
            "stepsize": run.stepsize.to_string(),
            "steps": run.found.len(),
            "data": if run.truncated { "long numbers truncated to multiples of 1/8" } else { "as given" },
            "bits": run.found.last().and_then(|step| step.squared_scale.iter().map(|s| s.bits()).max()),
        }));
    }
    if !evidence.exact.iter().any(|run| run.found.len() > 1) {
        findings.unsettled("no run takes two exact steps without a factor of 0".to_owned());
    }
    findings.record("exact", json!(rows));
}

fn along_runs(evidence: &DescentEvidence, expected: &DescentExpectation, findings: &mut Findings) {
    let mut largest_factor = 0.0_f64;
    let mut largest_residual = 0.0_f64;
    let mut checked = 0_usize;
    for (run, gains) in evidence.runs.iter().zip(&expected.gains) {
        if run.run.diverged() {
            continue;
        }
        for (coordinate, (found, predicted)) in run.run.gain.iter().zip(gains).enumerate() {
            // A factor of exactly 0 gives infinity on both sides.
            if found == predicted {
                continue;
            }
            let difference = (found - predicted).abs() / predicted.abs().max(1.0);
            findings.see("difference of the two formulas for the gain", difference);
            let place = || format!("ln(α²/α_∞²) of coordinate {coordinate}, {}", run.label());
            let tolerances = (IDENTITY_TOLERANCE, rounding(run));
            judge(findings, difference, tolerances, place, || {
                (
                    found.to_string(),
                    format!("{predicted} within {IDENTITY_TOLERANCE:e}"),
                )
            });
        }
        let Some(residual) = run.run.max_identity_residual else {
            continue;
        };
        checked += 1;
        largest_factor = largest_factor.max(run.run.largest_factor);
        largest_residual = largest_residual.max(residual);
        let gain = run
            .run
            .gain
            .iter()
            .fold(1.0_f64, |a, gain| a.max(gain.abs()));
        let place = || format!("residual of the identity, {}", run.label());
        let tolerances = (IDENTITY_TOLERANCE * gain, rounding(run) * gain);
        judge(findings, residual, tolerances, place, || {
            (
                format!("{residual:e}"),
                format!("at most {:e}", IDENTITY_TOLERANCE * gain),
            )
        });
    }
    findings.record(
        "identity",
        json!({ "runs": checked, "largest_residual": largest_residual, "largest_stepsize_times_gradient": largest_factor }),
    );
}

/// What the products of a run may have lost at worst: every step rounds two factors and two products by half a unit each.
fn rounding(run: &TrainedRun) -> f64 {
    2.0 * f64::EPSILON * run.run.steps as f64
}

/// Enters one difference: beyond the tolerance it refutes the claim, unless rounding alone can have made it.
fn judge(
    findings: &mut Findings,
    difference: f64,
    (tolerance, rounding): (f64, f64),
    place: impl Fn() -> String,
    mismatch: impl Fn() -> (String, String),
) {
    if difference <= tolerance {
        return;
    }
    if difference <= rounding {
        findings.unsettled(format!(
            "{}: {difference:.1e} from the prediction, and rounding alone may make {rounding:.1e}",
            place()
        ));
        return;
    }
    let (found, expected) = mismatch();
    findings.differs(place(), found, expected);
}
