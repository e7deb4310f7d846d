//! Claim R6: early alignment, for neurons with a non-empty active set.

use saltus_problem::{ReluInstance, Sign};
use serde_json::{Value, json};

use super::expectation::ReluExpectation;
use super::{ReluEvidence, STATE_TOLERANCE};
use crate::settle::compare;
use crate::verdict::{Findings, Outcome};

/// Checks R6.
pub(super) fn check(evidence: &ReluEvidence<'_>, expected: &ReluExpectation) -> Outcome {
    let runs = &evidence.runs;
    let mut findings = Findings::of_runs(
        runs.scales(),
        runs.out_of_reach(),
        format!(
            "cosines {STATE_TOLERANCE:e}; deaths by the same of the doubling flow times at 2Λ and 4Λ"
        ),
    );
    check_deaths(evidence, &mut findings);
    let alignments: Vec<Value> = (0..expected.jumps.len())
        .map(|jump| check_alignment(jump, evidence, expected, &mut findings))
        .collect();
    findings.record("alignments", Value::Array(alignments));
    findings.conclude()
}

/// Entries `⟨ŵ_j, x_i⟩ > 0` with `σ_j y_i < 0`, for neurons with a non-empty active set.
pub(super) fn wrong_signed(instance: &ReluInstance) -> Vec<(usize, usize)> {
    let labels = instance.data().labels();
    let mut entries = vec![];
    for neuron in (0..instance.width()).filter(|&j| !instance.active_set(j).is_empty()) {
        let sign = instance.output_sign(neuron);
        for (point, label) in labels.iter().enumerate() {
            let wrong = match sign {
                Sign::Positive => label.is_negative(),
                Sign::Negative => label.is_positive(),
            };
            if wrong && instance.inner_product(neuron, point).is_positive() {
                entries.push((neuron, point));
            }
        }
    }
    entries
}

/// The first of the doubling flow times at which all wrong-signed entries are dead must be the same at two scales.
fn check_deaths(evidence: &ReluEvidence<'_>, findings: &mut Findings) {
    let runs = &evidence.runs;
    let entries = wrong_signed(evidence.instance);
    findings.record("wrong_signed_entries", json!(entries.len()));
    if entries.is_empty() {
        return;
    }
    let all_dead_at = |run: usize| {
        runs.early.iter().copied().find(|&time| {
            let sample = runs.ladder[run].at_flow_time(time);
            let cosines = sample.and_then(|sample| sample.cosines.as_ref());
            cosines.is_some_and(|cosines| entries.iter().all(|&(j, i)| cosines[[j, i]] <= 0.0))
        })
    };
    let times = [1, 2].map(all_dead_at);
    findings.record("all_dead_by_flow_time", json!(times));
    match times {
        [Some(first), Some(second)] if first == second => {}
        [Some(first), Some(second)] => findings.differs_in_measurement(
            "flow time by which all wrong-signed entries are dead".to_owned(),
            format!("{first} and {second} at successive scales"),
            "the same time at both".to_owned(),
        ),
        _ => findings
            .unsettled("some wrong-signed entries were alive at the last early sample".to_owned()),
    }
}

/// Late on the plateau before its jump, a neuron's cosines are `D_i/ρ_j(S)` on its block and 0 on all other points.
fn check_alignment(
    jump: usize,
    evidence: &ReluEvidence<'_>,
    expected: &ReluExpectation,
    findings: &mut Findings,
) -> Value {
    let runs = &evidence.runs;
    let data = evidence.instance.data();
    let time = runs.plateaus[jump][1];
    let samples = [1, 2].map(|run: usize| runs.ladder[run].at(time));
    let [Some(earlier), Some(later)] = samples.map(|s| s.and_then(|s| s.cosines.as_ref())) else {
        findings.unsettled(format!("no sample before jump {jump}"));
        return Value::Null;
    };
    let entry = &expected.jumps[jump];
    let push = |i: usize| data.labels()[i].to_f64().abs() * data.squared_norms()[i].to_f64().sqrt();
    let mut least_alignment: f64 = 1.0;
    for (&neuron, block) in entry.neurons.iter().zip(&entry.blocks) {
        let total = block.iter().map(|&i| push(i) * push(i)).sum::<f64>().sqrt();
        let mut alignment = 0.0;
        for point in 0..data.n_points() {
            let predicted = if block.contains(&point) {
                push(point) / total
            } else {
                0.0
            };
            let (before, after) = (earlier[[neuron, point]], later[[neuron, point]]);
            alignment += predicted * after;
            // Entries that never were alive keep their small negative value and do not count.
            let (before, after) = (before.max(0.0), after.max(0.0));
            findings.see("error of a cosine", (after - predicted).abs());
            findings.enter(
                compare(before, after, predicted, STATE_TOLERANCE),
                format!("cosine of neuron {neuron} with input {point} before jump {jump}"),
                (before, after),
                format!("{predicted} within {STATE_TOLERANCE:e}"),
            );
        }
        least_alignment = least_alignment.min(alignment);
    }
    json!({ "jump": jump, "rescaled_time": time, "least_cosine_with_predicted_direction": least_alignment })
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{HOLDS, case, judge, outcome};
    use super::*;
    use crate::claims::ClaimId;

    /// Not that of neuron 2, which is active on nothing.
    #[test]
    fn entries_of_active_neurons_are_wrong_signed() {
        assert_eq!(wrong_signed(&case().instance), [(0, 2)]);
    }

    /// The wrong-signed entry of a run of the ladder has a cosine at the first early samples, and a smaller one afterwards.
    fn dies(
        run: usize,
        alive: usize,
        (before, after): (f64, f64),
    ) -> impl Fn(&mut ReluEvidence<'_>) {
        move |evidence| {
            let early = evidence.runs.early.clone();
            let samples = &mut evidence.runs.ladder[run].trajectory.samples;
            for (k, time) in early.iter().enumerate() {
                let sample = samples.iter_mut().find(|sample| sample.time == *time);
                let cosines = sample.expect("an early sample").cosines.as_mut();
                let cosine = if k < alive { before } else { after };
                cosines.expect("asked for")[[0, 2]] = cosine;
            }
        }
    }

    #[test]
    fn deaths_come_at_the_same_time_at_two_scales() {
        let n_early = case().runs.early.len();
        assert!(n_early > 5);
        let check = |expected, alive: [usize; 2], cosines: (f64, f64)| {
            judge(ClaimId::R6, expected, |evidence| {
                dies(1, alive[0], cosines)(evidence);
                dies(2, alive[1], cosines)(evidence);
            });
        };
        let fails = (
            "fails",
            "flow time by which all wrong-signed entries are dead",
        );
        check(HOLDS, [2, 2], (0.1, 0.0));
        check(HOLDS, [2, 2], (1e-300, -0.1));
        check(fails, [2, 3], (0.1, 0.0));
        check(fails, [3, 2], (0.1, 0.0));
        let alive = ("undecided", "alive at the last early sample");
        check(alive, [2, n_early], (0.1, 0.0));
        check(alive, [n_early, n_early], (0.1, 0.0));
        let figures = outcome(ClaimId::R6, |evidence| {
            dies(1, 2, (0.1, 0.0))(evidence);
            dies(2, 3, (0.1, 0.0))(evidence);
        });
        let early = &case().runs.early;
        assert_eq!(
            figures.evidence["all_dead_by_flow_time"],
            json!([early[2], early[3]])
        );
        assert_eq!(figures.evidence["wrong_signed_entries"], 1);
    }

    /// The cosines of a neuron late on the plateau before its jump are changed.
    fn turned(point: usize, change: fn(f64) -> f64) -> impl Fn(&mut ReluEvidence<'_>) {
        move |evidence| {
            let time = evidence.runs.plateaus[1][1];
            for run in &mut evidence.runs.ladder {
                let flow_time = time * run.log_inverse_scale;
                let samples = run.trajectory.samples.iter_mut();
                for sample in samples.filter(|sample| sample.time == flow_time) {
                    let cosine = &mut sample.cosines.as_mut().expect("asked for")[[0, point]];
                    *cosine = change(*cosine);
                }
            }
        }
    }

    /// Neuron 0 is aligned with input 0.
    #[test]
    fn a_neuron_is_aligned_with_its_block_and_nothing_else() {
        let check = |expected, point, change| judge(ClaimId::R6, expected, turned(point, change));
        check(HOLDS, 0, |_| 1.0 - 0.9e-8);
        check(
            ("fails", "cosine of neuron 0 with input 0 before jump 1"),
            0,
            |_| 1.0 - 1.1e-8,
        );
        check(
            ("fails", "cosine of neuron 0 with input 1 before jump 1"),
            1,
            |_| 1.1e-8,
        );
        // What never was alive keeps its negative value.
        check(HOLDS, 1, |_| -0.5);
        let figures = |change| {
            let figures = outcome(ClaimId::R6, turned(0, change)).evidence;
            let alignment = &figures["alignments"][1]["least_cosine_with_predicted_direction"];
            let worst = &figures["worst"]["value"];
            [alignment, worst].map(|figure| figure.as_f64().expect("a figure"))
        };
        let [alignment, worst] = figures(|_| 0.75);
        assert!((alignment - 0.75).abs() < 1e-6, "{alignment}");
        assert!((worst - 0.25).abs() < 1e-6, "{worst}");
    }
}
