//! Claim R1: jump times, order, sets, and the losses and norm that go with them.

use serde_json::{Value, json};

use super::expectation::ReluExpectation;
use super::runs::ReluRuns;
use super::{LOSS_TOLERANCE, ReluEvidence, STATE_TOLERANCE};
use crate::settle::{Agreement, SLOPE_TOLERANCE, compare};
use crate::verdict::{Findings, Outcome};

/// Checks R1.
pub(super) fn check(evidence: &ReluEvidence<'_>, expected: &ReluExpectation) -> Outcome {
    let runs = &evidence.runs;
    let mut findings = Findings::of_runs(
        runs.scales(),
        runs.out_of_reach(),
        format!(
            "slopes {SLOPE_TOLERANCE:e} relative, losses {LOSS_TOLERANCE:e} of the initial loss; \
             the integrator's error enters the slopes with at most the noise given beside them"
        ),
    );
    let jumps: Vec<Value> = (0..expected.jumps.len())
        .map(|jump| check_jump(jump, runs, expected, &mut findings))
        .collect();
    findings.record("jumps", Value::Array(jumps));
    check_order(runs, expected, &mut findings);
    check_unfitted(runs, expected, &mut findings);
    check_losses(runs, expected, &mut findings);
    check_norm(runs, expected, &mut findings);
    if let Some(opinion) = &evidence.second_opinion {
        opinion.enter(&mut findings);
    }
    findings.conclude()
}

/// The slope of every point of the block against the jump's time.
fn check_jump(
    jump: usize,
    runs: &ReluRuns,
    expected: &ReluExpectation,
    findings: &mut Findings,
) -> Value {
    let predicted = &expected.jumps[jump];
    let mut points = vec![];
    for &point in &predicted.points {
        let place = format!("jump {jump}, half-fit time of point {point}");
        let Some(slopes) = runs.half_fit_slopes(point) else {
            findings.differs_in_measurement(
                place,
                "never half fitted".to_owned(),
                format!("slope {}", predicted.time),
            );
            continue;
        };
        match slopes.compare(predicted.time, predicted.time) {
            Agreement::Agrees => {}
            Agreement::Differs => findings.differs_in_measurement(
                place,
                format!("slope {}", slopes.later),
                format!("{} within {SLOPE_TOLERANCE:e} relative", predicted.time),
            ),
            Agreement::Unsettled => findings.unsettled(format!(
                "{place}: slopes {} and {} still differ at the largest log inverse scale {}",
                slopes.earlier,
                slopes.later,
                runs.scales()[2]
            )),
        }
        let direct = runs.direct.trajectory.half_fit_times[point]
            .map(|time| (time / runs.direct.log_inverse_scale / predicted.time - 1.0).abs());
        findings.see(
            "relative error of a jump time",
            slopes.relative_error(predicted.time),
        );
        let mut figures = slopes.to_json(predicted.time);
        figures["point"] = json!(point);
        figures["direct_relative_error"] = json!({
            "log_inverse_scale": runs.direct.log_inverse_scale,
            "value": direct,
        });
        points.push(figures);
    }
    json!({ "jump": jump, "time": predicted.time, "points": points })
}

/// At the largest Λ, the points of a jump are half fitted after all points of the jumps before.
fn check_order(runs: &ReluRuns, expected: &ReluExpectation, findings: &mut Findings) {
    let times = &runs.ladder[2].trajectory.half_fit_times;
    let mut latest = 0.0;
    for (jump, predicted) in expected.jumps.iter().enumerate() {
        let block: Vec<f64> = predicted.points.iter().filter_map(|&i| times[i]).collect();
        let earliest = block.iter().copied().fold(f64::INFINITY, f64::min);
        if earliest <= latest {
            findings.differs_in_measurement(
                format!("order of jump {jump}"),
                format!("half fitted from t = {earliest}"),
                format!("after t = {latest}, when the jump before is through"),
            );
        }
        latest = block.iter().copied().fold(latest, f64::max);
    }
}

/// Points that the prediction leaves unfitted stay at output 0.
fn check_unfitted(runs: &ReluRuns, expected: &ReluExpectation, findings: &mut Findings) {
    let end = &runs.ladder[2].trajectory;
    for &point in &expected.unfitted {
        let output = end.end.outputs[point];
        if end.half_fit_times[point].is_some() || output.abs() > STATE_TOLERANCE {
            findings.differs_in_measurement(
                format!("output at point {point} at the end"),
                output.to_string(),
                "0, as no neuron covers it".to_owned(),
            );
        }
    }
    findings.record("unfitted", json!(expected.unfitted));
}

/// Loss on every plateau.
fn check_losses(runs: &ReluRuns, expected: &ReluExpectation, findings: &mut Findings) {
    let initial = expected.initial_loss.to_f64();
    let mut figures = vec![];
    for (plateau, times) in runs.plateaus.iter().enumerate() {
        let predicted = match plateau {
            0 => initial,
            _ => match expected.jumps.get(plateau - 1) {
                Some(jump) => jump.loss.to_f64(),
                None => continue,
            },
        };
        let time = times[0];
        let loss = |run: usize| runs.ladder[run].at(time).map(|sample| sample.loss);
        let (Some(earlier), Some(later)) = (loss(1), loss(2)) else {
            findings.unsettled(format!("no sample on plateau {plateau}"));
            continue;
        };
        let place = format!("loss on plateau {plateau}, at rescaled time {time}");
        match compare(earlier, later, predicted, LOSS_TOLERANCE * initial) {
            Agreement::Agrees => {}
            Agreement::Differs => findings.differs_in_measurement(
                place,
                later.to_string(),
                format!("{predicted} within {LOSS_TOLERANCE:e} of the initial loss"),
            ),
            Agreement::Unsettled => findings.unsettled(format!(
                "{place}: {earlier} and {later} at successive scales, not settled"
            )),
        }
        figures.push(json!({
            "plateau": plateau,
            "rescaled_time": time,
            "loss": later,
            "expected": predicted,
            "error_of_initial_loss": (later - predicted).abs() / initial,
        }));
    }
    findings.record("plateaus", Value::Array(figures));
}

/// `‖θ‖²` at the end.
fn check_norm(runs: &ReluRuns, expected: &ReluExpectation, findings: &mut Findings) {
    let Some(norm) = &expected.squared_norm else {
        findings.record(
            "squared_norm",
            json!("left undetermined by a tie of overlapping sets"),
        );
        return;
    };
    let predicted = norm.to_f64();
    let found = |run: usize| runs.ladder[run].trajectory.squared_norm;
    let tolerance = STATE_TOLERANCE * predicted.max(f64::MIN_POSITIVE);
    match compare(found(1), found(2), predicted, tolerance) {
        Agreement::Agrees => {}
        Agreement::Differs => findings.differs_in_measurement(
            "squared norm at the end".to_owned(),
            found(2).to_string(),
            format!("{predicted} within {STATE_TOLERANCE:e} relative"),
        ),
        Agreement::Unsettled => findings.unsettled(format!(
            "squared norm at the end: {} and {} at successive scales, not settled",
            found(1),
            found(2)
        )),
    }
    findings.record(
        "squared_norm",
        json!({ "found": found(2), "expected": predicted }),
    );
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{HOLDS, case, expectation, is, judge};
    use super::*;
    use crate::claims::ClaimId;
    use crate::verdict::Verdict;

    type Part = fn(&ReluRuns, &ReluExpectation, &mut Findings);

    /// The verdict of one part of the claim where the runs were changed.
    fn verdict(part: Part, change: impl FnOnce(&mut ReluRuns)) -> Verdict {
        let mut runs = case().runs.clone();
        change(&mut runs);
        let mut findings = Findings::default();
        part(&runs, &expectation(), &mut findings);
        findings.conclude().verdict
    }

    /// Point 1 is fitted at the first jump, point 0 at the second.
    #[test]
    fn jumps_come_one_after_the_other() {
        let check = |expected, times: [Option<f64>; 2]| {
            let found = verdict(check_order, |runs| {
                let found = &mut runs.ladder[2].trajectory.half_fit_times;
                found[..2].copy_from_slice(&times);
            });
            is(&found, expected);
        };
        check(HOLDS, [Some(8.0), Some(7.0)]);
        let order = ("fails", "order of jump 1");
        check(order, [Some(7.0), Some(7.0)]);
        check(order, [Some(6.0), Some(7.0)]);
        // What is never fitted is said elsewhere.
        check(HOLDS, [None, Some(7.0)]);
        check(HOLDS, [Some(8.0), None]);
        check(("fails", "order of jump 0"), [Some(8.0), Some(0.0)]);
    }

    #[test]
    fn what_no_neuron_covers_is_not_fitted() {
        let check = |expected, output: f64, time: Option<f64>| {
            let change = |runs: &mut ReluRuns| {
                let end = &mut runs.ladder[2].trajectory;
                end.end.outputs[2] = output;
                end.half_fit_times[2] = time;
            };
            is(&verdict(check_unfitted, change), expected);
            judge(ClaimId::R1, expected, |evidence| change(&mut evidence.runs));
        };
        let fails = ("fails", "output at point 2 at the end");
        check(HOLDS, 1e-8, None);
        check(fails, 1.01e-8, None);
        check(fails, -1.01e-8, None);
        check(fails, 0.0, Some(1.0));
    }

    /// The initial loss is 4.
    #[test]
    fn losses_are_compared_relative_to_the_initial_one() {
        let check = |expected, plateau: usize, by: f64| {
            judge(ClaimId::R1, expected, |evidence| {
                let time = evidence.runs.plateaus[plateau][0];
                for run in &mut evidence.runs.ladder {
                    let flow_time = time * run.log_inverse_scale;
                    let samples = run.trajectory.samples.iter_mut();
                    for sample in samples.filter(|sample| sample.time == flow_time) {
                        sample.loss += by;
                    }
                }
            });
        };
        check(HOLDS, 1, 3.9e-11);
        check(("fails", "loss on plateau 1"), 1, 4.1e-11);
        check(("fails", "loss on plateau 0"), 0, -4.1e-11);
        check(("fails", "loss on plateau 2"), 2, 4.1e-11);
    }

    /// `‖θ‖² = 8`.
    #[test]
    fn the_norm_at_the_end_is_compared_relative_to_its_size() {
        let check = |expected, norms: [f64; 2]| {
            let change = |runs: &mut ReluRuns| {
                for (run, norm) in runs.ladder[1..].iter_mut().zip(norms) {
                    run.trajectory.squared_norm = norm;
                }
            };
            is(&verdict(check_norm, change), expected);
            judge(ClaimId::R1, expected, |evidence| change(&mut evidence.runs));
        };
        check(HOLDS, [8.0 + 7.9e-8; 2]);
        let fails = ("fails", "squared norm at the end");
        check(fails, [8.0 + 8.1e-8; 2]);
        check(fails, [8.0 - 8.1e-8; 2]);
        check(
            ("undecided", "squared norm at the end: 7 and 7.5"),
            [7.0, 7.5],
        );
        check(("undecided", "squared norm at the end"), [8.0, f64::NAN]);
        let mut findings = Findings::default();
        let mut expected = expectation();
        expected.squared_norm = None;
        check_norm(&case().runs, &expected, &mut findings);
        let figures = findings.conclude().evidence;
        assert_eq!(
            figures["squared_norm"],
            "left undetermined by a tie of overlapping sets"
        );
    }
}
