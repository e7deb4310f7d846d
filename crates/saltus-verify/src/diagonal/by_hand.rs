//! Two separate coordinates whose process is known by hand, with their runs; tests change a reading.
//!
//! The inputs are the identity, the labels −3 and 8, the exponents 1 and 3/2. The gradients are 3/2 and −4, so that coordinate 1 jumps to
//! 8 at `τ = 3/8`, where the dual variable of coordinate 0 is −9/16, and coordinate 0 jumps to −3 at `τ = 2/3`. The losses are 73/4, 9/4
//! and 0, and the weighted norm at the end is 15.

use std::sync::OnceLock;

use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::diagonal::{DiagonalSequence, predict};
use saltus_problem::DiagonalInstance;

use super::{DiagonalEvidence, DiagonalExpectation, DiagonalRuns, check, gather};
use crate::Options;
use crate::claims::ClaimId;
use crate::verdict::{Outcome, Verdict};

pub(super) fn number(text: &str) -> Rational {
    Rational::parse(text).expect("a number of a test")
}

/// Square data with these rows, labels and exponents.
pub(super) fn instance(rows: &[&[i64]], labels: &[i64], exponents: &[&str]) -> DiagonalInstance {
    let row = |row: &&[i64]| row.iter().map(|&x| Rational::integer(x)).collect();
    let inputs = RationalMatrix::from_rows(rows.iter().map(row).collect()).expect("rectangular");
    let labels = labels.iter().map(|&y| Rational::integer(y)).collect();
    let exponents = exponents.iter().map(|text| number(text)).collect();
    let name = "by hand".to_owned();
    DiagonalInstance::new(name, inputs, labels, None, Some(exponents)).expect("valid")
}

/// The instance, its process and its runs.
pub(super) fn separate() -> &'static (DiagonalInstance, DiagonalSequence, DiagonalRuns) {
    static CASE: OnceLock<(DiagonalInstance, DiagonalSequence, DiagonalRuns)> = OnceLock::new();
    CASE.get_or_init(|| {
        let instance = instance(&[&[1, 0], &[0, 1]], &[-3, 8], &["1", "3/2"]);
        let sequence = predict(&instance).expect("predicted");
        let evidence = gather(&instance, &sequence, &Options::default()).expect("simulated");
        let runs = evidence.runs;
        (instance, sequence, runs)
    })
}

/// The outcome of a claim where the runs and the prediction were changed.
pub(super) fn outcome(
    id: ClaimId,
    change: impl FnOnce(&mut DiagonalRuns, &mut DiagonalExpectation),
) -> Outcome {
    let (instance, sequence, runs) = separate();
    let mut evidence = DiagonalEvidence {
        instance,
        runs: runs.clone(),
    };
    let mut expectation = DiagonalExpectation::new(instance, sequence);
    change(&mut evidence.runs, &mut expectation);
    check(id, &evidence, &expectation)
}

/// A claim with whose verdict goes a text: the beginning of the place of a mismatch, or a part of the reason.
#[track_caller]
pub(super) fn judge(
    id: ClaimId,
    (word, part): (&str, &str),
    change: impl FnOnce(&mut DiagonalRuns, &mut DiagonalExpectation),
) {
    let verdict = outcome(id, change).verdict;
    let is_said = match &verdict {
        Verdict::Fails(mismatch) => mismatch.place.starts_with(part),
        other => other.reason().is_none_or(|reason| reason.contains(part)),
    };
    assert!(
        verdict.word() == word && is_said,
        "expected {word}, {part}, found {verdict:?}"
    );
}

pub(super) const HOLDS: (&str, &str) = ("holds", "");

#[test]
fn the_process_by_hand_is_found() {
    let (_, sequence, _) = separate();
    let times: Vec<String> = sequence
        .jumps()
        .iter()
        .map(|jump| jump.time.to_string())
        .collect();
    assert_eq!(times, ["3/8", "2/3"]);
    for id in [ClaimId::D1, ClaimId::D2, ClaimId::D3] {
        judge(id, HOLDS, |_, _| {});
    }
}
