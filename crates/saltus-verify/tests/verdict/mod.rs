//! What tests expect of a verdict.

use saltus_verify::Verdict;

#[track_caller]
pub fn is_undecided(verdict: &Verdict, reason: &str) {
    match verdict {
        Verdict::Undecided(found) => assert!(found.contains(reason), "{found}"),
        other => panic!("expected undecided, found {other:?}"),
    }
}
