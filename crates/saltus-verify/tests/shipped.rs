//! Every claim on every shipped instance, and what is promised of the figures.

use saltus_data::shipped::{SHIPPED, load_shipped};
use saltus_verify::claims::CLAIMS;
use saltus_verify::verdict::Overall;
use saltus_verify::{ClaimId, Options, Report, Stage, Subject, Verdict, verify};
use serde_json::Value;

/// The claims about flows; those about descent have a test file of their own.
fn report(name: &str) -> Report {
    let instance = load_shipped(name).expect("a shipped instance loads");
    let flows = CLAIMS.iter().filter(|claim| claim.subject == Subject::Flow);
    let claims: Vec<ClaimId> = flows.map(|claim| claim.id).collect();
    let options = Options {
        claims: Some(&claims),
        ..Options::default()
    };
    verify(&instance, &options)
}

/// All figures under a key, wherever it stands in the evidence.
fn figures<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if name == key {
                    found.push(value);
                }
                figures(value, key, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| figures(value, key, found)),
        _ => {}
    }
}

#[track_caller]
fn check(name: &str, expected: &str) {
    let report = report(name);
    assert_eq!(
        report.overall(),
        Overall::Holds,
        "{name}: {:#}",
        report.to_json()
    );
    let words: Vec<String> = report
        .claims
        .iter()
        .map(|claim| format!("{} {}", claim.claim.id, claim.outcome.verdict.word()))
        .collect();
    assert_eq!(words.join(", "), expected, "{name}");
    for claim in &report.claims {
        // The direct error at Λ = 1e5, and the slopes, as far as they are in the evidence of the claim.
        let evidence = Value::Object(claim.outcome.evidence.clone());
        let mut direct = vec![];
        figures(&evidence, "direct_relative_error", &mut direct);
        for error in direct {
            let value = error["value"].as_f64().expect("a figure");
            assert!(value <= 1e-3, "{name}: direct error {value}");
        }
        let mut slopes = vec![];
        figures(&evidence, "relative_error", &mut slopes);
        for error in slopes {
            let value = error.as_f64().expect("a figure");
            assert!(value <= 1e-8, "{name}: slope error {value}");
        }
    }
}

const GENERIC_RELU: &str = "R1 holds, R2 holds, R3 holds, R6 holds, R7 measured";
const DIAGONAL: &str = "D1 holds, D2 holds, D3 holds";

#[test]
fn every_shipped_instance_has_its_verdicts() {
    for shipped in SHIPPED {
        let expected = match shipped.name {
            "relu-hadamard-ties" => "R1 holds, R2 not-applicable, R3 holds, R6 holds, R7 measured",
            "dln-non-unique" => "D1 not-applicable, D2 holds, D3 holds",
            name if name.starts_with("relu-") => GENERIC_RELU,
            _ => DIAGONAL,
        };
        check(shipped.name, expected);
    }
}

#[test]
fn a_claim_that_does_not_apply_names_the_hypothesis() {
    let named = |name: &str, claim: usize| match &report(name).claims[claim].outcome.verdict {
        Verdict::NotApplicable(hypothesis) => hypothesis.clone(),
        other => panic!("expected not-applicable, found {other:?}"),
    };
    assert!(named("relu-hadamard-ties", 1).starts_with("unique winners"));
    assert!(named("dln-non-unique", 0).starts_with("uniqueness of the fit"));
}

#[test]
fn a_time_limit_leaves_everything_undecided() {
    let instance = load_shipped("relu-three-points").expect("loads");
    let options = Options {
        cancelled: &|| true,
        ..Options::default()
    };
    let report = verify(&instance, &options);
    assert_eq!(report.overall(), Overall::Undecided);
}

#[test]
fn every_stage_is_told_once_it_is_finished() {
    let instance = load_shipped("relu-three-points").expect("shipped");
    let told = std::cell::RefCell::new(vec![]);
    let claims = [ClaimId::R1, ClaimId::R3];
    let options = Options {
        claims: Some(&claims),
        finished: &|stage| told.borrow_mut().push(stage),
        ..Options::default()
    };
    let report = verify(&instance, &options);
    assert_eq!(report.claims.len(), 2);
    let expected = [
        Stage::Evidence,
        Stage::Claim(ClaimId::R1),
        Stage::Claim(ClaimId::R3),
    ];
    assert_eq!(told.into_inner(), expected);
}
