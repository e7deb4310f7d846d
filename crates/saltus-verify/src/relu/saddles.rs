//! Claim R3: plateaus are saddles, stationary exactly and escaped at the predicted rate.

use saltus_exact::{Rational, SqrtSum};
use serde_json::{Value, json};

use super::expectation::ReluExpectation;
use super::{ReluEvidence, STATE_TOLERANCE};
use crate::settle::compare;
use crate::verdict::{Findings, Outcome};

/// Rates above this fraction of the fastest one are equal to it up to rounding.
const SAME_RATE: f64 = 1.0 - 1e-12;

/// Checks R3.
pub(super) fn check(evidence: &ReluEvidence<'_>, expected: &ReluExpectation) -> Outcome {
    let runs = &evidence.runs;
    let mut findings = Findings::of_runs(
        runs.scales(),
        runs.out_of_reach(),
        format!("stationarity exact; outputs and escape rates {STATE_TOLERANCE:e} relative"),
    );
    let mut fitted: Vec<bool> = evidence
        .instance
        .data()
        .labels()
        .iter()
        .map(Rational::is_zero)
        .collect();
    let mut plateaus = vec![];
    for plateau in 0..=expected.jumps.len() {
        if plateau > 0 {
            check_exactly(plateau - 1, evidence, expected, &mut fitted, &mut findings);
        }
        let escape = check_measured(plateau, evidence, expected, &fitted, &mut findings);
        plateaus.push(escape);
    }
    findings.record("plateaus", Value::Array(plateaus));
    findings.conclude()
}

/// Exactly: the neurons that jumped fit their blocks and are active on nothing else, and the loss is that of the other points.
///
/// Then every residual on which an active neuron is active vanishes, and every other neuron is 0: with `σ'(0) = 0` the gradient
/// of the loss is 0. Where a tie leaves the parameters open, the same follows from the sets alone.
fn check_exactly(
    jump: usize,
    evidence: &ReluEvidence<'_>,
    expected: &ReluExpectation,
    fitted: &mut [bool],
    findings: &mut Findings,
) {
    let data = evidence.instance.data();
    let entry = &expected.jumps[jump];
    for neuron in entry.parameters.iter().flatten() {
        for (point, coefficient) in &neuron.direction {
            let output = neuron
                .squared_size
                .mul(&coefficient.scale(&data.squared_norms()[*point]));
            let label = data.labels()[*point].abs();
            if output != SqrtSum::from(label.clone()) {
                findings.differs(
                    format!(
                        "after jump {jump}, |f| at point {point} from neuron {}",
                        neuron.neuron
                    ),
                    output.to_string(),
                    label.to_string(),
                );
            }
        }
    }
    for (&neuron, block) in entry.neurons.iter().zip(&entry.blocks) {
        for &point in block {
            let covers = evidence
                .instance
                .active_set(neuron)
                .binary_search(&point)
                .is_ok();
            if !covers || fitted[point] || !entry.points.contains(&point) {
                findings.differs(
                    format!("block of neuron {neuron} at jump {jump}"),
                    format!("point {point}"),
                    "a point of its active set that was not fitted before".to_owned(),
                );
            }
        }
    }
    for &point in &entry.points {
        if !entry.blocks.iter().any(|block| block.contains(&point)) {
            findings.differs(
                format!("points of jump {jump}"),
                format!("point {point}"),
                "a point in the block of a neuron that jumps".to_owned(),
            );
        }
        fitted[point] = true;
    }
    let squares: Rational = data
        .labels()
        .iter()
        .zip(fitted.iter())
        .filter(|(_, fitted)| !**fitted)
        .map(|(label, _)| label.square())
        .sum();
    if Some(&entry.loss)
        != squares
            .checked_div(&Rational::integer(2 * data.n_points()))
            .as_ref()
    {
        findings.differs(
            format!("loss after jump {jump}"),
            entry.loss.to_string(),
            format!("half the mean square of the labels of the unfitted points, {squares}/(2n)"),
        );
    }
}

/// By simulation: outputs as on the saddle, and the inactive neuron of the greatest rate grows at that rate.
fn check_measured(
    plateau: usize,
    evidence: &ReluEvidence<'_>,
    expected: &ReluExpectation,
    fitted: &[bool],
    findings: &mut Findings,
) -> Value {
    let runs = &evidence.runs;
    let [start, end] = runs.plateaus[plateau];
    let samples = [1, 2].map(|run: usize| (runs.ladder[run].at(start), runs.ladder[run].at(end)));
    let [(Some(start1), Some(end1)), (Some(start2), Some(end2))] = samples else {
        findings.unsettled(format!("no samples on plateau {plateau}"));
        return Value::Null;
    };
    let labels = evidence.instance.data().labels();
    for (point, label) in labels.iter().enumerate() {
        let predicted = if fitted[point] { label.to_f64() } else { 0.0 };
        let size = label.to_f64().abs().max(STATE_TOLERANCE);
        findings.enter(
            compare(
                start1.outputs[point],
                start2.outputs[point],
                predicted,
                STATE_TOLERANCE * size,
            ),
            format!("output at point {point} on plateau {plateau}"),
            (start1.outputs[point], start2.outputs[point]),
            format!("{predicted} within {STATE_TOLERANCE:e} relative"),
        );
    }
    let Some(next) = expected.jumps.get(plateau) else {
        return json!({ "plateau": plateau, "escape_rate": null });
    };
    let fastest = next.rates.iter().copied().fold(0.0, f64::max);
    let mut fastest_found: f64 = 0.0;
    // Slower neurons may still be turning towards their direction; their exponents are compared over the ladder by R2.
    let fastest_neurons = next
        .rates
        .iter()
        .enumerate()
        .filter(|(_, rate)| **rate >= SAME_RATE * fastest);
    for (neuron, &rate) in fastest_neurons {
        let growth = |a: &saltus_dynamics::relu::ReluSample,
                      b: &saltus_dynamics::relu::ReluSample| {
            (b.log_outputs[neuron] - a.log_outputs[neuron]) / (b.time - a.time)
        };
        let (earlier, later) = (growth(start1, end1), growth(start2, end2));
        fastest_found = later;
        findings.see(
            "relative error of an escape rate",
            (later - rate).abs() / fastest,
        );
        findings.enter(
            compare(earlier, later, rate, STATE_TOLERANCE * fastest),
            format!("growth of neuron {neuron} on plateau {plateau}"),
            (earlier, later),
            format!("rate {rate} within {STATE_TOLERANCE:e} relative"),
        );
    }
    json!({
        "plateau": plateau,
        "escape_rate": fastest_found,
        "expected_escape_rate": fastest,
    })
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{HOLDS, case, expectation, is, judge, outcome};
    use super::*;
    use crate::claims::ClaimId;
    use crate::verdict::Verdict;

    /// Changes the samples at one of the two times inside a plateau, of every run.
    fn at(
        plateau: usize,
        end: usize,
        change: impl Fn(&mut saltus_dynamics::relu::ReluSample),
    ) -> impl Fn(&mut ReluEvidence<'_>) {
        move |evidence| {
            let time = evidence.runs.plateaus[plateau][end];
            for run in &mut evidence.runs.ladder {
                let flow_time = time * run.log_inverse_scale;
                let samples = run.trajectory.samples.iter_mut();
                samples
                    .filter(|sample| sample.time == flow_time)
                    .for_each(&change);
            }
        }
    }

    /// The labels are 2, 4 and −2; what is not fitted is 0.
    #[test]
    fn outputs_are_compared_relative_to_their_labels() {
        let check = |expected, plateau: usize, point: usize, by: f64| {
            judge(
                ClaimId::R3,
                expected,
                at(plateau, 0, |sample| sample.outputs[point] += by),
            );
        };
        check(HOLDS, 1, 1, 3.9e-8);
        check(("fails", "output at point 1 on plateau 1"), 1, 1, 4.1e-8);
        check(("fails", "output at point 0 on plateau 1"), 1, 0, 2.1e-8);
        check(("fails", "output at point 2 on plateau 2"), 2, 2, -2.1e-8);
        check(HOLDS, 2, 2, -1.9e-8);
    }

    /// On plateau 0 neuron 1 grows at the rate 8/3, and neuron 0 at 2/3, of which R2 judges; on plateau 1 neuron 0 is the fastest.
    #[test]
    fn the_fastest_neuron_leaves_a_saddle_at_its_rate() {
        let grown = |plateau: usize, neuron: usize, rate: f64| {
            move |evidence: &mut ReluEvidence<'_>| {
                let [start, end] = evidence.runs.plateaus[plateau];
                for run in &mut evidence.runs.ladder {
                    let scale = run.log_inverse_scale;
                    let samples = run.trajectory.samples.iter_mut();
                    for sample in samples.filter(|sample| sample.time == end * scale) {
                        sample.log_outputs[neuron] += rate * (end - start) * scale;
                    }
                }
            }
        };
        let check = |expected, plateau, neuron, rate: f64| {
            judge(ClaimId::R3, expected, grown(plateau, neuron, rate));
        };
        check(HOLDS, 0, 1, 2.6e-8);
        check(("fails", "growth of neuron 1 on plateau 0"), 0, 1, 2.8e-8);
        check(("fails", "growth of neuron 0 on plateau 1"), 1, 0, -0.7e-8);
        check(HOLDS, 0, 0, 1e-3);
        let figures = outcome(ClaimId::R3, grown(0, 1, 0.5)).evidence;
        let plateau = &figures["plateaus"][0];
        let figure = |key: &str| plateau[key].as_f64().expect("a figure");
        assert!((figure("expected_escape_rate") - 8.0 / 3.0).abs() < 1e-12);
        assert!((figure("escape_rate") - 19.0 / 6.0).abs() < 1e-6);
        let worst = figures["worst"]["value"].as_f64().expect("a figure");
        assert!((worst - 0.1875).abs() < 1e-6, "{worst}");
        assert_eq!(figures["plateaus"][2]["escape_rate"], Value::Null);
    }

    /// The exact part after a jump, where these points were fitted before.
    fn exactly(
        jump: usize,
        mut fitted: [bool; 3],
        change: fn(&mut ReluExpectation),
    ) -> (Verdict, [bool; 3]) {
        let mut expected = expectation();
        change(&mut expected);
        let evidence = ReluEvidence {
            instance: &case().instance,
            runs: case().runs.clone(),
            rate_runs: vec![],
            second_opinion: None,
        };
        let mut findings = Findings::default();
        check_exactly(jump, &evidence, &expected, &mut fitted, &mut findings);
        (findings.conclude().verdict, fitted)
    }

    #[test]
    fn saddles_are_exact() {
        let first = [false, true, false];
        assert_eq!(exactly(0, [false; 3], |_| {}), (Verdict::Holds, first));
        assert_eq!(
            exactly(1, first, |_| {}),
            (Verdict::Holds, [true, true, false])
        );
        let check = |place, jump, fitted, change: fn(&mut ReluExpectation)| {
            is(&exactly(jump, fitted, change).0, ("fails", place));
        };
        check(
            "after jump 0, |f| at point 1 from neuron 1",
            0,
            [false; 3],
            |expected| {
                let neurons = expected.jumps[0].parameters.as_mut().expect("no tie");
                neurons[0].squared_size = SqrtSum::from(Rational::integer(3));
            },
        );
        // A point that the neuron is not active on, one that was fitted before, and one that is not said to be fitted.
        check("block of neuron 1 at jump 0", 0, [false; 3], |expected| {
            expected.jumps[0].blocks[0].push(0);
            expected.jumps[0].points.push(0);
        });
        check(
            "block of neuron 0 at jump 1",
            1,
            [true, true, false],
            |_| {},
        );
        check("block of neuron 1 at jump 0", 0, [false; 3], |expected| {
            expected.jumps[0].points.clear();
        });
        check("points of jump 1", 1, first, |expected| {
            expected.jumps[1].points.push(2);
        });
        check("loss after jump 1", 1, first, |expected| {
            expected.jumps[1].loss = Rational::one();
        });
        // A point that was forgotten counts in the loss.
        check("loss after jump 1", 1, [false; 3], |_| {});
    }
}
