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
    let tolerance =
        (LOSS_TOLERANCE * initial).min((TAIL_LOSS_TOLERANCE * predicted).max(1e-30 * initial));
    let tolerance = if predicted == 0.0 {
        LOSS_TOLERANCE * initial
    } else {
        tolerance
    };
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
