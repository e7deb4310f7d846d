//! Claim R2: one neuron a jump, its size, and the exponents of all others.

use serde_json::{Value, json};

use super::expectation::ReluExpectation;
use super::runs::largest_exponent;
use super::{ReluEvidence, STATE_TOLERANCE};
use crate::settle::{SLOPE_TOLERANCE, Slopes, compare};
use crate::verdict::{Findings, Outcome, Verdict};

/// Error of `ln|a_j|` that the integrator leaves: ten times its tolerance.
pub(super) const LOG_NOISE: f64 = 1e-9;

/// Checks R2.
pub(super) fn check(evidence: &ReluEvidence<'_>, expected: &ReluExpectation) -> Outcome {
    if let Some(tie) = expected.tie() {
        return Outcome::bare(Verdict::NotApplicable(tie));
    }
    let runs = &evidence.runs;
    let mut findings = Findings::of_runs(
        runs.scales(),
        runs.out_of_reach(),
        format!(
            "sizes {STATE_TOLERANCE:e} relative; exponents, read as slopes of −ln|a_j| over the ladder, \
             {SLOPE_TOLERANCE:e} of the largest starting exponent"
        ),
    );
    let plateaus: Vec<Value> = (0..expected.jumps.len())
        .map(|jump| check_plateau(jump, evidence, expected, &mut findings))
        .collect();
    findings.record("plateaus", Value::Array(plateaus));
    findings.conclude()
}

/// The plateau after `jump`: neurons that have jumped have their sizes, the others their exponents.
fn check_plateau(
    jump: usize,
    evidence: &ReluEvidence<'_>,
    expected: &ReluExpectation,
    findings: &mut Findings,
) -> Value {
    let runs = &evidence.runs;
    let time = runs.plateaus[jump + 1][0];
    let samples = [0, 1, 2].map(|run: usize| runs.ladder[run].at(time));
    let [Some(first), Some(second), Some(third)] = samples else {
        findings.unsettled(format!("no sample on plateau {}", jump + 1));
        return Value::Null;
    };
    let jumped = expected.jumped_by(jump);
    let mut largest_size_error: f64 = 0.0;
    for entry in &expected.jumps[..=jump] {
        for neuron in entry.parameters.iter().flatten() {
            let predicted = neuron.squared_size.to_f64();
            let size = |log: f64| (2.0 * log).exp();
            let (earlier, later) = (
                size(second.log_outputs[neuron.neuron]),
                size(third.log_outputs[neuron.neuron]),
            );
            largest_size_error = largest_size_error.max((later / predicted - 1.0).abs());
            let place = format!(
                "a² of neuron {} after jump {jump}, at rescaled time {time}",
                neuron.neuron
            );
            findings.enter(
                compare(earlier, later, predicted, STATE_TOLERANCE * predicted),
                place,
                (earlier, later),
                format!("{predicted} within {STATE_TOLERANCE:e} relative"),
            );
        }
    }
    let instance = evidence.instance;
    let scale = largest_exponent(instance);
    let mut largest_exponent_error: f64 = 0.0;
    for neuron in 0..instance.width() {
        // A neuron without an active set follows no prediction; one that has jumped was compared by its size.
        if jumped.contains(&neuron) || instance.active_set(neuron).is_empty() {
            continue;
        }
        let fallen = match expected.jumps.get(jump + 1) {
            Some(next) => next.rates[neuron] * (time - expected.jumps[jump].time),
            None => 0.0,
        };
        let predicted = expected.jumps[jump].exponents[neuron] - fallen;
        let logs = [first, second, third].map(|sample| -sample.log_outputs[neuron]);
        let slopes = Slopes::new(runs.scales(), logs, LOG_NOISE);
        largest_exponent_error = largest_exponent_error.max((slopes.later - predicted).abs());
        findings.enter(
            slopes.compare(predicted, scale),
            format!("exponent of neuron {neuron} after jump {jump}, at rescaled time {time}"),
            (slopes.earlier, slopes.later),
            format!("{predicted} within {:e}", SLOPE_TOLERANCE * scale),
        );
    }
    findings.see("error of an exponent", largest_exponent_error);
    json!({
        "after_jump": jump,
        "rescaled_time": time,
        "active_neurons": jumped,
        "largest_relative_size_error": largest_size_error,
        "largest_exponent_error": largest_exponent_error,
    })
}
