//! Claim D1: jump times, supports, signs, and coefficients on every plateau.

use saltus_exact::Rational;
use serde_json::{Value, json};

use super::expectation::DiagonalExpectation;
use super::runs::smallest_size;
use super::{COEFFICIENT_TOLERANCE, DiagonalEvidence, LOSS_TOLERANCE, TAIL_LOSS_TOLERANCE};
use crate::settle::{Agreement, SLOPE_TOLERANCE, Slopes, compare};
use crate::verdict::{Findings, Outcome, Verdict};

/// Largest relative difference of crossing times that two integrators at their tolerances may show.
const INTEGRATOR_AGREEMENT: f64 = 1e-7;

/// Error of a dual variable that the integrator leaves: ten times its tolerance.
const DUAL_NOISE: f64 = 1e-9;

/// Checks D1.
pub(super) fn check(evidence: &DiagonalEvidence<'_>, expected: &DiagonalExpectation) -> Outcome {
    if let Some(hypothesis) = expected.failed_hypothesis() {
        return Outcome::bare(Verdict::NotApplicable(hypothesis));
    }
    let runs = &evidence.runs;
    let mut findings = Findings::of_runs(
        runs.scales(),
        runs.out_of_reach(),
        format!(
            "slopes {SLOPE_TOLERANCE:e} relative, coefficients {COEFFICIENT_TOLERANCE:e} relative, \
             losses {LOSS_TOLERANCE:e} of the initial loss and {TAIL_LOSS_TOLERANCE:e} relative below that"
        ),
    );
    let jumps: Vec<Value> = (0..expected.jumps.len())
        .map(|jump| check_jump(jump, evidence, expected, &mut findings))
        .collect();
    findings.record("jumps", Value::Array(jumps));
    let plateaus: Vec<Value> = (0..evidence.runs.plateaus.len())
        .map(|plateau| check_plateau(plateau, evidence, expected, &mut findings))
        .collect();
    findings.record("plateaus", Value::Array(plateaus));
    if let Some(difference) = evidence.runs.second_integrator {
        findings.record(
            "second_integrator",
            json!({
                "method": "Rodas5P",
                "largest_relative_difference_of_crossing_times": difference,
                "tolerance": INTEGRATOR_AGREEMENT,
            }),
        );
        // Written so that NaN is refused.
        let agree = difference <= INTEGRATOR_AGREEMENT;
        if !agree {
            findings.unsettled(format!(
                "two integrators differ by {difference:.1e} in a crossing time"
            ));
        }
    }
    findings.conclude()
}

/// The slope of the half crossing of every coordinate whose support changes.
fn check_jump(
    jump: usize,
    evidence: &DiagonalEvidence<'_>,
    expected: &DiagonalExpectation,
    findings: &mut Findings,
) -> Value {
    let runs = &evidence.runs;
    let entry = &expected.jumps[jump];
    let time = entry.time.to_f64();
    let mut crossings = vec![];
    let changed = entry.activated.iter().chain(&entry.deactivated).flatten();
    for &coordinate in changed {
        let place = format!("jump {jump}, half crossing of coordinate {coordinate}");
        let observer = runs.observer(jump, coordinate);
        let Some(slopes) = observer.and_then(|observer| runs.crossing_slopes(observer)) else {
            findings.differs_in_measurement(
                place,
                "no change of the support there".to_owned(),
                format!("slope {time}"),
            );
            continue;
        };
        if observer.is_some_and(|observer| runs.passed_early(observer)) {
            findings.unsettled(format!(
                "{place}: it had passed half of its value before the middle of the plateau; the jumps are not separated at \
                 log inverse scale {}",
                runs.scales()[0]
            ));
            continue;
        }
        match slopes.compare(time, time) {
            Agreement::Agrees => {}
            Agreement::Differs => findings.differs_in_measurement(
                place,
                format!("slope {}", slopes.later),
                format!("{time} within {SLOPE_TOLERANCE:e} relative"),
            ),
            Agreement::Unsettled => findings.unsettled(format!(
                "{place}: slopes {} and {} still differ at the largest log inverse scale {}",
                slopes.earlier,
                slopes.later,
                runs.scales()[2]
            )),
        }
        findings.see("relative error of a jump time", slopes.relative_error(time));
        let mut figures = slopes.to_json(time);
        figures["coordinate"] = json!(coordinate);
        let direct = observer.and_then(|observer| runs.direct.trajectory.crossing_times[observer]);
        figures["direct_relative_error"] = json!({
            "log_inverse_scale": runs.direct.log_inverse_scale,
            "value": direct.map(|t| (t / runs.direct.log_inverse_scale / time - 1.0).abs()),
        });
        crossings.push(figures);
    }
    json!({
        "jump": jump,
        "time": time,
        "activated": entry.activated,
        "deactivated": entry.deactivated,
        "crossings": crossings,
    })
}

/// Coefficients, loss and dual variables in the middle of a plateau.
fn check_plateau(
    plateau: usize,
    evidence: &DiagonalEvidence<'_>,
    expected: &DiagonalExpectation,
    findings: &mut Findings,
) -> Value {
    let runs = &evidence.runs;
    let time = runs.plateaus[plateau];
    let samples = [0, 1, 2].map(|run: usize| runs.ladder[run].at(time));
    let [Some(first), Some(earlier), Some(later)] = samples else {
        findings.unsettled(format!("no sample on plateau {plateau}"));
        return Value::Null;
    };
    if let Some(reason) = runs.off_plateau(plateau) {
        findings.unsettled(reason);
        return Value::Null;
    }
    let dimension = evidence.instance.dimension();
    let zero = vec![Rational::zero(); dimension];
    let (beta, loss) = match plateau.checked_sub(1) {
        None => (&zero, &expected.initial_loss),
        Some(jump) => match expected.jumps.get(jump) {
            Some(entry) => (&entry.beta, &entry.loss),
            None => return Value::Null,
        },
    };
    let smallest = smallest_size(beta);
    let beta: Vec<f64> = beta.iter().map(Rational::to_f64).collect();
    let mut largest_error: f64 = 0.0;
    for coordinate in 0..dimension {
        let predicted = beta[coordinate];
        let scale = if predicted == 0.0 {
            smallest
        } else {
            predicted.abs()
        };
        let (before, after) = (earlier.beta[coordinate], later.beta[coordinate]);
        largest_error = largest_error.max((after - predicted).abs() / scale);
        let place =
            format!("coefficient {coordinate} on plateau {plateau}, at rescaled time {time}");
        findings.enter(
            compare(before, after, predicted, COEFFICIENT_TOLERANCE * scale),
            place,
            (before, after),
            format!("{predicted} within {:e}", COEFFICIENT_TOLERANCE * scale),
        );
    }
    let initial = expected.initial_loss.to_f64();
    let predicted = loss.to_f64();
    let tolerance = loss_tolerance(initial, predicted);
    findings.enter(
        compare(earlier.loss, later.loss, predicted, tolerance),
        format!("loss on plateau {plateau}, at rescaled time {time}"),
        (earlier.loss, later.loss),
        format!("{predicted} within {tolerance:e}"),
    );
    let dual_error = check_dual(
        plateau,
        time,
        [first, earlier, later].map(|s| &s.dual),
        evidence,
        expected,
        findings,
    );
    json!({
        "plateau": plateau,
        "rescaled_time": time,
        "largest_coefficient_error": largest_error,
        "loss": later.loss,
        "expected_loss": predicted,
        "largest_dual_error": dual_error,
    })
}

/// What a loss on a plateau may be off its prediction: a part of the initial loss, and below that, unless it is 0, a part of itself.
fn loss_tolerance(initial: f64, predicted: f64) -> f64 {
    let coarse = LOSS_TOLERANCE * initial;
    if predicted == 0.0 {
        coarse
    } else {
        coarse.min((TAIL_LOSS_TOLERANCE * predicted).max(1e-30 * initial))
    }
}

/// Slopes of the dual variable G over the ladder against the exact `s`, which is linear between jumps.
fn check_dual(
    plateau: usize,
    time: f64,
    duals: [&Vec<f64>; 3],
    evidence: &DiagonalEvidence<'_>,
    expected: &DiagonalExpectation,
    findings: &mut Findings,
) -> Option<f64> {
    let end = expected.jumps.get(plateau)?;
    let (start_time, start): (f64, Option<&Vec<Rational>>) = match plateau.checked_sub(1) {
        None => (0.0, None),
        Some(jump) => (
            expected.jumps[jump].time.to_f64(),
            Some(&expected.jumps[jump].dual),
        ),
    };
    let part = (time - start_time) / (end.time.to_f64() - start_time);
    let mut largest: f64 = 0.0;
    for coordinate in 0..evidence.instance.dimension() {
        let from = start.map_or(0.0, |dual| dual[coordinate].to_f64());
        let to = end.dual[coordinate].to_f64();
        let predicted = from + part * (to - from);
        let scale = evidence.instance.exponents()[coordinate].to_f64();
        let values = duals.map(|dual| dual[coordinate]);
        let slopes = Slopes::new(evidence.runs.scales(), values, DUAL_NOISE);
        largest = largest.max((slopes.later - predicted).abs() / scale);
        findings.enter(
            slopes.compare(predicted, scale),
            format!("dual variable {coordinate} on plateau {plateau}, at rescaled time {time}"),
            (slopes.earlier, slopes.later),
            format!("{predicted} within {:e}", SLOPE_TOLERANCE * scale),
        );
    }
    Some(largest)
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{HOLDS, judge, outcome};
    use super::super::runs::DiagonalRuns;
    use super::*;
    use crate::claims::ClaimId;

    #[track_caller]
    fn check(
        expected: (&str, &str),
        change: impl FnOnce(&mut DiagonalRuns, &mut DiagonalExpectation),
    ) {
        judge(ClaimId::D1, expected, change);
    }

    #[test]
    fn losses_are_compared_with_the_initial_one_and_below_with_themselves() {
        let check = |initial: f64, predicted: f64, expected: f64| {
            let found = loss_tolerance(initial, predicted);
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        };
        check(4.0, 1.0, 4e-11);
        check(4.0, 0.0, 4e-11);
        check(4.0, 3e-6, 3e-12);
        check(4.0, 1e-20, 1e-26);
        check(4.0, 1e-25, 4e-30);
    }

    /// Adds to a reading of every run, in the middle of a plateau.
    fn shift(runs: &mut DiagonalRuns, plateau: usize, coordinate: usize, by: f64) {
        let time = runs.plateaus[plateau];
        for run in &mut runs.ladder {
            let flow_time = time * run.log_inverse_scale;
            let samples = run.trajectory.samples.iter_mut();
            for sample in samples.filter(|sample| sample.time == flow_time) {
                sample.beta[coordinate] += by;
            }
        }
    }

    /// A coefficient that is to be 0 is compared with the smallest of its plateau; before the first jump with 1.
    #[test]
    fn coefficients_are_compared_relative_to_their_size() {
        let fails = |place| ("fails", place);
        let zero = "coefficient 0 on plateau 1";
        check(HOLDS, |runs, _| shift(runs, 1, 0, 7.9e-7));
        check(fails(zero), |runs, _| shift(runs, 1, 0, 8.1e-7));
        let first = "coefficient 1 on plateau 0";
        check(HOLDS, |runs, _| shift(runs, 0, 1, -0.9e-7));
        check(fails(first), |runs, _| shift(runs, 0, 1, -1.1e-7));
        let small = "coefficient 0 on plateau 2";
        check(HOLDS, |runs, _| shift(runs, 2, 0, 2.9e-7));
        check(fails(small), |runs, _| shift(runs, 2, 0, 3.1e-7));
        let figure = |plateau: usize, coordinate: usize, by: f64| {
            let figures = outcome(ClaimId::D1, |runs, _| shift(runs, plateau, coordinate, by));
            let figure = &figures.evidence["plateaus"][plateau]["largest_coefficient_error"];
            figure.as_f64().expect("a figure")
        };
        assert!((figure(1, 0, 2.0) - 0.25).abs() < 1e-6);
        assert!((figure(2, 0, -1.5) - 0.5).abs() < 1e-6);
    }

    /// The dual variable grows with Λ: a slope that is off by 0.01, of the exponents 1 and 3/2.
    #[test]
    fn dual_variables_are_compared_relative_to_their_bounds() {
        let tilt = |runs: &mut DiagonalRuns, coordinate: usize, by: f64| {
            let time = runs.plateaus[1];
            for run in &mut runs.ladder {
                let scale = run.log_inverse_scale;
                let samples = run.trajectory.samples.iter_mut();
                for sample in samples.filter(|sample| sample.time == time * scale) {
                    sample.dual[coordinate] += by * scale;
                }
            }
        };
        let place = "dual variable 1 on plateau 1";
        check(HOLDS, |runs, _| tilt(runs, 1, 1.4e-8));
        check(("fails", place), |runs, _| tilt(runs, 1, 1.6e-8));
        check(("fails", "dual variable 0 on plateau 1"), |runs, _| {
            tilt(runs, 0, 1.1e-8);
        });
        let figures = outcome(ClaimId::D1, |runs, _| tilt(runs, 1, 0.3)).evidence;
        let figure = figures["plateaus"][1]["largest_dual_error"].as_f64();
        assert!((figure.expect("a figure") - 0.2).abs() < 1e-6, "{figure:?}");
    }
}
