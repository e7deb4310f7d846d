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
