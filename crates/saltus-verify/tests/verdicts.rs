//! How comparisons become verdicts: nothing that differs is lost, and nothing unsettled counts as agreement.

use saltus_verify::settle::{Agreement, Slopes, compare};
use saltus_verify::verdict::{ClaimReport, Findings, Overall};
use saltus_verify::{Claim, ClaimId, Mismatch, Outcome, Report, Verdict};
use serde_json::{Value, json};

fn differs(findings: &mut Findings, place: &str) {
    findings.differs(place.to_owned(), "1".to_owned(), "2".to_owned());
}

fn mismatch(place: &str) -> Verdict {
    Verdict::Fails(Mismatch {
        place: place.to_owned(),
        found: "1".to_owned(),
        expected: "2".to_owned(),
    })
}

/// Enters one reading of each kind and returns the verdict.
#[track_caller]
fn check(out_of_reach: Option<&str>, agreements: &[Agreement], expected: &Verdict) {
    let reason = out_of_reach.map(str::to_owned);
    let mut findings = Findings::of_runs([1.0, 2.0, 4.0], reason, "none".to_owned());
    for (k, &agreement) in agreements.iter().enumerate() {
        findings.enter(agreement, format!("figure {k}"), (0.5, 1.0), "2".to_owned());
    }
    let outcome = findings.conclude();
    assert_eq!(outcome.verdict, *expected);
    assert_eq!(
        outcome.evidence["log_inverse_scales"],
        json!([1.0, 2.0, 4.0])
    );
    assert_eq!(outcome.evidence["tolerance"], "none");
}

#[test]
fn a_difference_outweighs_what_is_unsettled_and_that_outweighs_agreement() {
    use Agreement::{Agrees, Differs, Unsettled};
    let unsettled =
        Verdict::Undecided("figure 1: 0.5 and 1 at successive scales, not settled".to_owned());
    check(None, &[], &Verdict::Holds);
    check(None, &[Agrees, Agrees], &Verdict::Holds);
    check(None, &[Agrees, Unsettled, Agrees, Unsettled], &unsettled);
    check(
        None,
        &[Agrees, Differs, Agrees, Differs],
        &mismatch("figure 1"),
    );
    check(None, &[Unsettled, Differs], &mismatch("figure 1"));
    check(None, &[Differs, Unsettled], &mismatch("figure 0"));
    // Where the runs cannot refute, what differs is unsettled.
    let reason = "figure 0: found 1, expected 2; but the scales are too small".to_owned();
    let reach = Some("the scales are too small");
    check(reach, &[Differs], &Verdict::Undecided(reason));
    check(reach, &[Agrees], &Verdict::Holds);
    check(reach, &[Agrees, Unsettled], &unsettled);
}

#[test]
fn what_differs_exactly_refutes_also_where_runs_cannot() {
    let reason = Some("the scales are too small".to_owned());
    let mut findings = Findings::of_runs([1.0, 2.0, 4.0], reason, "none".to_owned());
    findings.unsettled("a reading moves".to_owned());
    differs(&mut findings, "the exact loss");
    differs(&mut findings, "the exact time");
    assert_eq!(findings.conclude().verdict, mismatch("the exact loss"));
}

#[test]
fn the_largest_error_stands_for_the_claim() {
    let worst = |errors: &[(&'static str, f64)]| {
        let mut findings = Findings::default();
        for &(quantity, error) in errors {
            findings.see(quantity, error);
        }
        findings.conclude().evidence.remove("worst")
    };
    let value = |quantity: &str, value: f64| json!({ "quantity": quantity, "value": value });
    assert_eq!(worst(&[]), None);
    assert_eq!(
        worst(&[("a", 0.5), ("b", 2.0), ("c", 1.0)]),
        Some(value("b", 2.0))
    );
    assert_eq!(worst(&[("a", 1.0), ("b", 1.0)]), Some(value("a", 1.0)));
    // What is not a number is never hidden by one; JSON has no word for it.
    let undefined = Some(json!({ "quantity": "b", "value": Value::Null }));
    assert_eq!(worst(&[("a", 1.0), ("b", f64::NAN), ("c", 2.0)]), undefined);
}

#[test]
fn observations_and_conjectures_are_measured() {
    let findings = |is_different: bool, is_unsettled: bool| {
        let mut findings = Findings::default();
        if is_different {
            differs(&mut findings, "the shape");
        }
        if is_unsettled {
            findings.unsettled("a reading moves".to_owned());
        }
        findings
    };
    let undecided = Verdict::Undecided("a reading moves".to_owned());

    let observed = |differs, unsettled| findings(differs, unsettled).conclude_observation("small");
    assert_eq!(observed(false, false).verdict, Verdict::Holds);
    assert_eq!(observed(false, true).verdict, undecided);
    let outcome = observed(true, false);
    assert_eq!(outcome.verdict, Verdict::Measured);
    let seen = json!({ "what": "the shape: found 1, expected 2", "why": "small" });
    assert_eq!(outcome.evidence["not_seen"], seen);

    let guessed = |differs, unsettled| findings(differs, unsettled).conclude_conjecture().verdict;
    assert_eq!(guessed(false, false), Verdict::Measured);
    assert_eq!(guessed(true, false), Verdict::Measured);
    assert_eq!(guessed(false, true), undecided);
}

#[test]
fn the_worst_claim_is_the_verdict_on_the_whole() {
    let whole = |verdicts: &[Verdict]| {
        let mut report = Report::empty("test");
        report.claims = verdicts
            .iter()
            .map(|verdict| ClaimReport {
                claim: Claim::of(ClaimId::D2),
                outcome: Outcome::bare(verdict.clone()),
            })
            .collect();
        (report.overall(), report.to_json())
    };
    let (holds, undecided) = (Verdict::Holds, Verdict::Undecided("late".to_owned()));
    let (fails, other) = (mismatch("it"), Verdict::NotApplicable("ties".to_owned()));
    let overall = |verdicts: &[Verdict]| whole(verdicts).0;
    assert_eq!(overall(&[]), Overall::Holds);
    assert_eq!(
        overall(&[holds.clone(), other.clone(), Verdict::Measured]),
        Overall::Holds
    );
    assert_eq!(
        overall(&[holds.clone(), undecided.clone(), holds.clone()]),
        Overall::Undecided
    );
    assert_eq!(
        overall(&[undecided.clone(), fails.clone(), undecided.clone()]),
        Overall::Fails
    );

    let (_, json) = whole(&[holds, undecided, fails, other, Verdict::Measured]);
    assert_eq!(
        (&json["verdict"], &json["instance"]),
        (&json!("fails"), &json!("test"))
    );
    let claims = json["claims"].as_array().expect("a list");
    let found: Vec<(&Value, &Value)> = claims
        .iter()
        .map(|claim| (&claim["verdict"], &claim["evidence"]))
        .collect();
    let reason = |text: &str| json!({ "reason": text });
    let expected = [
        (&json!("holds"), &json!({})),
        (&json!("undecided"), &reason("late")),
        (&json!("fails"), &reason("it: found 1, expected 2")),
        (&json!("not-applicable"), &reason("ties")),
        (&json!("measured"), &json!({})),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_reading_differs_only_where_it_has_come_to_rest() {
    #[track_caller]
    fn check(earlier: f64, later: f64, expected: f64, tolerance: f64, verdict: Agreement) {
        assert_eq!(compare(earlier, later, expected, tolerance), verdict);
    }
    // The tolerance itself still agrees, on either side.
    check(9.0, 1.5, 1.0, 0.5, Agreement::Agrees);
    check(9.0, 0.5, 1.0, 0.5, Agreement::Agrees);
    // Otherwise the readings may differ by half of the tolerance and of a hundredth of the error: 0.5 (0.02 + 0.01 · 2).
    check(0.02, 0.0, 2.0, 0.02, Agreement::Differs);
    check(-0.02, 0.0, 2.0, 0.02, Agreement::Differs);
    check(0.020_001, 0.0, 2.0, 0.02, Agreement::Unsettled);
    check(-0.020_001, 0.0, 2.0, 0.02, Agreement::Unsettled);
    check(1.0, f64::INFINITY, 1.0, 0.5, Agreement::Unsettled);
    check(f64::NEG_INFINITY, 1.0, 1.0, 0.5, Agreement::Unsettled);
}

#[test]
fn slopes_are_differences_over_differences() {
    // Rises of 2 over 1 and of 6 over 2.
    let slopes = Slopes::new([1.0, 2.0, 4.0], [1.0, 3.0, 9.0], 0.0);
    assert_eq!((slopes.earlier, slopes.later), (2.0, 3.0));
    // Twice the error of 1 and the rounding of 1, which is half a unit of 1/ε, over 16.
    let last = 1.0 / f64::EPSILON;
    let slopes = Slopes::new([1.0, 4.0, 20.0], [0.0, 0.0, -last], 1.0);
    assert_eq!(slopes.noise, 0.25);
    assert_eq!(
        Slopes {
            earlier: 1.0,
            later: 6.0,
            noise: 0.5
        }
        .to_json(4.0),
        json!({
            "slopes": [1.0, 6.0],
            "expected": 4.0,
            "relative_error": 0.5,
            "integrator_noise": 0.5,
        })
    );
    let later = |later: f64| Slopes {
        earlier: 0.0,
        later,
        noise: 0.0,
    };
    assert_eq!(later(-1.0).relative_error(-4.0), 0.75);
}

#[test]
fn slopes_are_compared_relative_to_a_scale_and_beyond_the_noise() {
    // The tolerance is 1e-8 of the scale.
    let slopes = |earlier: f64, later: f64, noise: f64| Slopes {
        earlier,
        later,
        noise,
    };
    let compared =
        |noise: f64, expected: f64, scale: f64| slopes(1.0, 1.0, noise).compare(expected, scale);
    assert_eq!(compared(0.0, 1.0 + 1.5e-8, 2.0), Agreement::Agrees);
    assert_eq!(compared(0.0, 1.0 + 1.5e-8, 1.0), Agreement::Differs);
    assert_eq!(compared(1e-8, 1.0, 1.0), Agreement::Agrees);
    assert_eq!(compared(1.1e-8, 1.0, 1.0), Agreement::Unsettled);
    assert_eq!(compared(1.1e-8, 1.0, 2.0), Agreement::Agrees);
    assert_eq!(compared(1.1e-8, 1.0, 0.5), Agreement::Unsettled);

    let settled = |spread: f64, noise: f64, scale: f64| slopes(spread, 0.0, noise).settled(scale);
    assert!(settled(5e-9, 1e-8, 1.0));
    assert!(settled(-5e-9, 0.0, 1.0));
    assert!(!settled(5.1e-9, 0.0, 1.0));
    assert!(!settled(-5.1e-9, 0.0, 1.0));
    assert!(settled(5.1e-9, 1.1e-8, 2.0));
    assert!(!settled(0.0, 1.1e-8, 1.0));
    assert!(!settled(5e-9, 0.0, 0.5));
}
