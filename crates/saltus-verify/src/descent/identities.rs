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

#[cfg(test)]
mod tests {
    use saltus_dynamics::diagonal::descent::Outcome as End;
    use saltus_exact::Rational;

    use super::*;
    use crate::claims::ClaimId;
    use crate::descent::by_hand::{Expected, judge, outcome};

    #[track_caller]
    fn check(expected: Expected, change: impl FnOnce(&mut DescentEvidence)) {
        judge(ClaimId::S3, expected, change);
    }

    #[test]
    fn plain_descent_has_the_scale_up_to_its_rounding() {
        let fails = Expected::Fails("|u² − v²|/2 of coordinate 1");
        let scale = |evidence: &mut DescentEvidence, difference: f64, rounding: f64| {
            let scale = &mut evidence.plain_scales[0];
            scale.found[1] = scale.predicted[1] + difference.ln_1p();
            scale.rounding[1] = rounding;
        };
        check(Expected::Holds, |e| scale(e, 1e-3, 1.01e-3));
        check(fails, |e| scale(e, 1e-3, 0.99e-3));
        check(fails, |e| scale(e, -1e-3, 0.99e-3));
        // Beyond a tenth the bound says nothing.
        check(fails, |e| scale(e, 0.5, 0.1));
        check(Expected::Holds, |e| scale(e, 0.5, 0.11));
        check(Expected::Holds, |e| scale(e, 0.5, f64::NAN));
        check(fails, |e| scale(e, f64::NAN, 0.01));
        let row = |rounding: f64| {
            let figures = outcome(ClaimId::S3, |e| scale(e, 0.25, rounding)).evidence;
            let row = &figures["scale_from_u_and_v"]["runs"][0];
            let keys = ["coordinates_compared", "coordinates_lost_to_rounding"];
            let difference = row["largest_relative_difference"].as_f64();
            (keys.map(|key| row[key].clone()), difference)
        };
        assert_eq!(row(0.2), ([json!(2), json!(1)], Some(0.0)));
        let (counts, difference) = row(0.05);
        assert_eq!(counts, [json!(3), json!(0)]);
        assert!((difference.expect("a figure") - 0.25).abs() < 1e-12);
    }

    #[test]
    fn exact_steps_are_equal() {
        let place =
            "predictor of coordinate 2 after 2 exact steps of gradient descent at stepsize 1";
        check(Expected::Fails(place), |e| {
            e.exact[0].found[1].beta[2] = Rational::parse("1e-300").expect("a number");
        });
        check(
            Expected::Fails("summed gradients of coordinate 0 after 1"),
            |e| {
                e.exact[0].found[0].summed[0] = Rational::one();
            },
        );
        let too_few = Expected::Undecided("no run takes two exact steps");
        check(too_few, |e| e.exact[0].found.truncate(1));
        check(too_few, |e| e.exact.clear());
        check(Expected::Holds, |e| {
            let run = &mut e.exact[0];
            run.found.push(run.found[0].clone());
            run.predicted.push(run.predicted[0].clone());
        });
    }

    /// Of the first run, at stepsize 1/4; what its products may lose at worst are `2ε` a step, `4.4e-16`.
    #[test]
    fn both_formulas_give_the_gain() {
        let gain = |predicted: f64, difference: f64, steps: u64| {
            move |evidence: &mut DescentEvidence| {
                let run = &mut evidence.runs[0].run;
                run.gain_from_products[2] = predicted;
                run.gain[2] = predicted + difference;
                run.steps = steps;
            }
        };
        let fails =
            Expected::Fails("ln(α²/α_∞²) of coordinate 2, gradient descent at stepsize 0.25");
        check(Expected::Holds, gain(0.5, 0.9e-10, 3));
        check(fails, gain(0.5, 1.1e-10, 3));
        check(fails, gain(0.5, -1.1e-10, 3));
        // Relative to gains beyond 1.
        check(Expected::Holds, gain(-8.0, 7e-10, 3));
        check(fails, gain(-8.0, 9e-10, 3));
        let rounding = Expected::Undecided("rounding alone may make 4.4e-7");
        check(rounding, gain(0.5, 4.4e-7, 1_000_000_000));
        check(fails, gain(0.5, 4.5e-7, 1_000_000_000));
        check(fails, gain(0.5, f64::NAN, 1_000_000_000));
        // A factor of exactly 0 on both sides.
        check(Expected::Holds, gain(f64::INFINITY, 0.0, 3));
        check(fails, gain(f64::INFINITY, f64::NEG_INFINITY, 3));
        check(Expected::Holds, |e| {
            gain(0.5, 1.0, 3)(e);
            e.runs[0].run.outcome = End::Diverged { step: 1 };
        });
    }

    #[test]
    fn the_identity_leaves_a_residual_of_rounding() {
        let residual = |residual: f64, gain: f64| {
            move |evidence: &mut DescentEvidence| {
                let run = &mut evidence.runs[0].run;
                run.max_identity_residual = Some(residual);
                run.gain[1] = gain;
                run.gain_from_products[1] = gain;
            }
        };
        let fails = Expected::Fails("residual of the identity, gradient descent at stepsize 0.25");
        check(Expected::Holds, residual(0.9e-10, 0.5));
        check(fails, residual(1.1e-10, 0.5));
        check(Expected::Holds, residual(7e-10, -8.0));
        check(fails, residual(9e-10, -8.0));
        check(fails, residual(f64::NAN, 0.5));
        let figures = outcome(ClaimId::S3, residual(5e-11, 0.5)).evidence;
        assert_eq!(
            figures["identity"],
            json!({ "runs": 2, "largest_residual": 5e-11, "largest_stepsize_times_gradient": 0.5 })
        );
    }
}
