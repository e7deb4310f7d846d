//! Three separate neurons whose process is known by hand, with their runs; tests change a reading.
//!
//! The inputs lie on the axes, with the norms 1, 2 and 1, the labels are 2, 4 and −2, all neurons positive with the exponents 3/2, 1 and 2.
//! Neuron 0 is active on point 0, with a wrong-signed entry on point 2, neuron 1 is active on point 1, and neuron 2, positive on point 2
//! alone, on nothing. With `D = (2/3, 8/3, 2/3)` neuron 1 jumps at `τ = 3/8`, where neuron 0 has the exponent 5/4, and neuron 0 at
//! `τ = 9/4`. Both reach `a² = 2`. The losses are 4, 4/3 and 2/3, and the squared norm at the end is 8.

use std::sync::OnceLock;

use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::relu::{ReluSequence, predict};
use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};

use super::{RateMeasurement, ReluEvidence, ReluExpectation, ReluRuns, check, gather};
use crate::Options;
use crate::claims::ClaimId;
use crate::verdict::{Outcome, Verdict};

pub(super) fn number(text: &str) -> Rational {
    Rational::parse(text).expect("a number of a test")
}

/// Points on axes with these norms and labels, and positive neurons whose weights have these signs, 1 or −1, with these exponents.
pub(super) fn instance(
    norms: &[&str],
    labels: &[&str],
    hidden: &[&[i64]],
    exponents: &[&str],
) -> ReluInstance {
    let n = norms.len();
    let axis = |i: usize| {
        let mut row = vec![Rational::zero(); n];
        row[i] = number(norms[i]);
        row
    };
    let matrix = |rows| RationalMatrix::from_rows(rows).expect("rectangular");
    let labels = labels.iter().map(|text| number(text)).collect();
    let data = OrthogonalData::new(matrix((0..n).map(axis).collect()), labels);
    let rows = hidden
        .iter()
        .map(|row| row.iter().map(|&w| Rational::integer(w)).collect());
    let signs = vec![Sign::Positive; hidden.len()];
    let exponents = exponents.iter().map(|text| number(text)).collect();
    let hidden = matrix(rows.collect());
    let init = ReluInitialisation::new(hidden, Output::Balanced { signs }, Some(exponents));
    let (data, init) = (data.expect("axes are orthogonal"), init.expect("valid"));
    ReluInstance::new("by hand".to_owned(), data, init).expect("shapes fit")
}

/// The instance, its process, its runs, and the measurements of its rates.
pub(super) struct Case {
    pub instance: ReluInstance,
    pub sequence: ReluSequence,
    pub runs: ReluRuns,
    pub rate_runs: Vec<Option<RateMeasurement>>,
}

pub(super) fn case() -> &'static Case {
    static CASE: OnceLock<Case> = OnceLock::new();
    CASE.get_or_init(|| {
        let hidden: [&[i64]; 3] = [&[1, -1, 1], &[-1, 1, -1], &[-1, -1, 1]];
        let instance = instance(
            &["1", "2", "1"],
            &["2", "4", "-2"],
            &hidden,
            &["3/2", "1", "2"],
        );
        let sequence = predict(&instance).expect("decided");
        let evidence = gather(&instance, &sequence, &Options::default()).expect("simulated");
        let (runs, rate_runs) = (evidence.runs, evidence.rate_runs);
        Case {
            instance,
            sequence,
            runs,
            rate_runs,
        }
    })
}

pub(super) fn expectation() -> ReluExpectation {
    ReluExpectation::new(&case().instance, &case().sequence)
}

/// The outcome of a claim where the evidence was changed.
pub(super) fn outcome(id: ClaimId, change: impl FnOnce(&mut ReluEvidence<'_>)) -> Outcome {
    let case = case();
    let mut evidence = ReluEvidence {
        instance: &case.instance,
        runs: case.runs.clone(),
        rate_runs: case.rate_runs.clone(),
        second_opinion: None,
    };
    change(&mut evidence);
    check(id, &evidence, &expectation())
}

pub(super) const HOLDS: (&str, &str) = ("holds", "");

/// The verdict and, with it, the beginning of the place of a mismatch or a part of the reason.
#[track_caller]
pub(super) fn is(verdict: &Verdict, (word, part): (&str, &str)) {
    let is_said = match verdict {
        Verdict::Fails(mismatch) => mismatch.place.starts_with(part),
        other => other.reason().is_none_or(|reason| reason.contains(part)),
    };
    assert!(
        verdict.word() == word && is_said,
        "expected {word}, {part}, found {verdict:?}"
    );
}

/// The verdict on a claim where the evidence was changed.
#[track_caller]
pub(super) fn judge(
    id: ClaimId,
    expected: (&str, &str),
    change: impl FnOnce(&mut ReluEvidence<'_>),
) {
    is(&outcome(id, change).verdict, expected);
}

#[test]
fn the_process_by_hand_is_found() {
    let times: Vec<f64> = expectation().jumps.iter().map(|jump| jump.time).collect();
    assert_eq!(times, [0.375, 2.25]);
    assert_eq!(expectation().unfitted, [2]);
    for id in [ClaimId::R1, ClaimId::R2, ClaimId::R3, ClaimId::R6] {
        judge(id, HOLDS, |_| {});
    }
    judge(ClaimId::R7, ("measured", ""), |_| {});
}
