//! The runs of two separate neurons: where they are read, broken integrations, and readings that are changed afterwards.

mod verdict;

use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::relu::predict;
use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};
use saltus_verify::relu::{
    DescentAgreement, ReluEvidence, ReluExpectation, RunError, SecondOpinion, check, check_guards,
    gather,
};
use saltus_verify::{ClaimId, Options, Verdict};
use verdict::is_undecided;

/// Unit axes with the labels 1 and 2, and one neuron for each: D = (1/2, 1), so neuron 1 jumps at `τ = 1` and neuron 0 at `τ = 2`.
fn instance() -> ReluInstance {
    let table = |entries: [i64; 4]| {
        RationalMatrix::new(2, 2, entries.map(Rational::integer).to_vec()).expect("four entries")
    };
    let labels = [1, 2].map(Rational::integer).to_vec();
    let data = OrthogonalData::new(table([1, 0, 0, 1]), labels).expect("axes are orthogonal");
    let signs = vec![Sign::Positive; 2];
    let hidden = table([1, -1, -1, 1]);
    let init = ReluInitialisation::new(hidden, Output::Balanced { signs }, None).expect("valid");
    ReluInstance::new("two neurons".to_owned(), data, init).expect("valid")
}

/// The verdict on a claim after a change of the evidence.
fn verdict(id: ClaimId, full: bool, change: impl FnOnce(&mut ReluEvidence<'_>)) -> Verdict {
    let instance = instance();
    let sequence = predict(&instance).expect("decided");
    let options = Options {
        full,
        claims: Some(&[ClaimId::R1, ClaimId::R2, ClaimId::R3, ClaimId::R6]),
        ..Options::default()
    };
    let mut evidence = gather(&instance, &sequence, &options).expect("simulated");
    change(&mut evidence);
    check(id, &evidence, &ReluExpectation::new(&instance, &sequence)).verdict
}

#[track_caller]
fn fails_at(verdict: &Verdict, place: &str) {
    match verdict {
        Verdict::Fails(mismatch) => assert!(mismatch.place.contains(place), "{mismatch:?}"),
        other => panic!("expected a failure at {place}, found {other:?}"),
    }
}

#[test]
fn plateaus_are_read_in_the_middle_and_at_three_quarters() {
    let verdict = verdict(ClaimId::R1, false, |evidence| {
        let expected = [[0.5, 0.75], [1.5, 1.75], [2.2, 2.4]];
        assert_eq!(evidence.runs.plateaus.len(), expected.len());
        for (found, expected) in evidence.runs.plateaus.iter().zip(expected) {
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-14, "{found} {expected}");
            }
        }
        // In the middle of the second plateau neuron 0 has the exponent 1/4, so that what it adds is of size e^{−Λ/2}: at most e^{−32}.
        assert!(evidence.runs.needed >= 64.0, "{}", evidence.runs.needed);
        // Residuals relax at the rates 2|y|/n, 1 and 2, for a tenth of τ = 2 after the last jump: e^{−0.2 Λ} is to be e^{−19}.
        assert!((evidence.runs.fitted - 95.0).abs() < 1e-9);
        let [first, second, third] = evidence.runs.scales();
        assert_eq!((second, third), (2.0 * first, 4.0 * first));
    });
    assert_eq!(verdict, Verdict::Holds);
}

#[test]
fn a_broken_integration_is_refused() {
    let instance = instance();
    let sequence = predict(&instance).expect("decided");
    let evidence = gather(&instance, &sequence, &Options::default()).expect("simulated");
    let sound = evidence.runs.ladder[0].trajectory.clone();
    assert!(check_guards(&sound, 64.0).is_ok());
    for broken in [1.1e-7, f64::NAN] {
        let mut rising = sound.clone();
        rising.guards.loss_increase = broken;
        let mut drifting = sound.clone();
        drifting.guards.balance_drift = broken;
        for (trajectory, expected) in [
            (rising, "the loss rises"),
            (drifting, "a_j² − ‖w_j‖² drifts"),
        ] {
            match check_guards(&trajectory, 64.0) {
                Err(RunError::Guard { quantity, .. }) => assert_eq!(quantity, expected),
                other => panic!("expected a guard, found {other:?}"),
            }
        }
    }
}

#[test]
fn readings_off_by_a_millionth_fail() {
    // Both of the runs that are compared are changed, so that the readings still agree with each other.
    let outputs = verdict(ClaimId::R3, false, |evidence| {
        for run in &mut evidence.runs.ladder {
            for sample in &mut run.trajectory.samples {
                sample.outputs[1] += 1e-6;
            }
        }
    });
    fails_at(&outputs, "output at point 1");
    let sizes = verdict(ClaimId::R2, false, |evidence| {
        for run in &mut evidence.runs.ladder {
            for sample in &mut run.trajectory.samples {
                sample.log_outputs[1] += 1e-6;
            }
        }
    });
    fails_at(&sizes, "a² of neuron 1");
    let cosines = verdict(ClaimId::R6, false, |evidence| {
        for run in &mut evidence.runs.ladder {
            for sample in &mut run.trajectory.samples {
                if let Some(cosines) = &mut sample.cosines {
                    cosines[[1, 1]] -= 1e-6;
                }
            }
        }
    });
    fails_at(&cosines, "cosine of neuron 1 with input 1");
    let losses = verdict(ClaimId::R1, false, |evidence| {
        for run in &mut evidence.runs.ladder {
            for sample in &mut run.trajectory.samples {
                sample.loss += 1e-6;
            }
        }
    });
    fails_at(&losses, "loss on plateau 0");
}

#[test]
fn runs_beyond_reach_refute_nothing_that_is_measured() {
    let changed = |evidence: &mut ReluEvidence<'_>| {
        for run in &mut evidence.runs.ladder {
            for sample in &mut run.trajectory.samples {
                sample.loss += 1e-6;
            }
        }
    };
    for reason in 0..3 {
        let verdict = verdict(ClaimId::R1, false, |evidence| {
            changed(evidence);
            match reason {
                0 => evidence.runs.needed = 1e12,
                1 => evidence.runs.fitted = 1e12,
                _ => evidence.runs.aligned = false,
            }
        });
        is_undecided(&verdict, "loss on plateau 0");
    }
}

#[test]
fn a_second_opinion_that_differs_leaves_the_times_undecided() {
    let with = |integrator_difference: f64, differences: Option<[f64; 3]>| {
        verdict(ClaimId::R1, false, |evidence| {
            evidence.second_opinion = Some(SecondOpinion {
                log_inverse_scale: 64.0,
                integrator_difference,
                descent: differences.map(|differences| DescentAgreement {
                    stepsizes: [4.0, 2.0, 1.0],
                    differences,
                }),
            });
        })
    };
    assert_eq!(with(1e-8, None), Verdict::Holds);
    assert_eq!(with(1e-8, Some([4e-2, 2e-2, 1e-2])), Verdict::Holds);
    is_undecided(&with(1e-6, None), "two integrators differ");
    is_undecided(&with(f64::NAN, None), "two integrators differ");
    is_undecided(
        &with(1e-8, Some([4e-2, 3e-2, 1e-2])),
        "gradient descent does not approach",
    );
}

#[test]
fn the_long_form_finds_the_same_times_by_other_means() {
    let verdict = verdict(ClaimId::R1, true, |evidence| {
        let opinion = evidence.second_opinion.as_ref().expect("the long form");
        assert_eq!(opinion.log_inverse_scale, evidence.runs.scales()[0]);
        assert!(opinion.integrator_difference <= 1e-7);
        let descent = opinion.descent.as_ref().expect("a small network");
        // The fastest rate is the relaxation of neuron 1 after its jump, 2 a² ‖x‖²/n = 2; a fiftieth of its inverse is 1/100.
        for (found, expected) in descent.stepsizes.iter().zip([0.01, 0.005, 0.0025]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        assert!(descent.approaches());
        assert!(descent.differences[0] < 1.0, "{descent:?}");
        assert!(descent.differences[2] > 0.0, "{descent:?}");
    });
    assert_eq!(verdict, Verdict::Holds);
}

/// One neuron of size 1e-5 and the label 1: `a²` is a logistic function that is 1/2 at `t = Λ + ln(1e5)`, which is 19.51 at
/// the Λ = 8 of the descent. Without enough room for that neither run would see it, and they would not differ.
#[test]
fn descent_leaves_room_for_a_late_jump() {
    let single =
        |number: &Rational| RationalMatrix::new(1, 1, vec![number.clone()]).expect("one entry");
    let (one, small) = (Rational::one(), Rational::new(1, 100_000).expect("not 0"));
    let data = OrthogonalData::new(single(&one), vec![one.clone()]).expect("one input");
    let signs = vec![Sign::Positive];
    let init = ReluInitialisation::new(single(&small), Output::Balanced { signs }, None);
    let instance = ReluInstance::new("late".to_owned(), data, init.expect("valid"));
    let instance = instance.expect("shapes fit");
    let sequence = predict(&instance).expect("decided");
    let options = Options {
        full: true,
        claims: Some(&[ClaimId::R1]),
        ..Options::default()
    };
    let evidence = gather(&instance, &sequence, &options).expect("simulated");
    let opinion = evidence.second_opinion.expect("the long form");
    let descent = opinion.descent.expect("a small network");
    assert!(descent.approaches());
    // Descent with the factor 1 + γ a step, in place of e^γ, is later by γt/2.
    for (stepsize, difference) in descent.stepsizes.iter().zip(descent.differences) {
        let expected = 0.5 * stepsize * (8.0 + 1e5_f64.ln());
        let ratio = difference / expected;
        assert!((0.9..1.1).contains(&ratio), "{difference} {expected}");
    }
}
