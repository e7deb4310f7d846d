//! The runs of a diagonal network of two separate coordinates: the scales that they need, and crossings that come too early.

mod verdict;

use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::diagonal::predict;
use saltus_problem::DiagonalInstance;
use saltus_verify::diagonal::{DiagonalEvidence, DiagonalExpectation, check, gather};
use saltus_verify::{ClaimId, Options, Verdict};
use verdict::is_undecided;

/// The identity and the labels 1 and 2. The gradients are 1/2 and 1: coordinate 1 jumps to 2 at `τ = 1`, where the dual variable
/// of coordinate 0 is 1/2, and coordinate 0 jumps to 1 at `τ = 2`.
fn instance() -> DiagonalInstance {
    let entries = [1, 0, 0, 1].map(Rational::integer).to_vec();
    let inputs = RationalMatrix::new(2, 2, entries).expect("the entries fill the shape");
    let labels = [1, 2].map(Rational::integer).to_vec();
    DiagonalInstance::new("identity".to_owned(), inputs, labels, None, None).expect("valid")
}

/// The verdicts on D1 to D3 after a change of the evidence.
fn verdicts(change: impl FnOnce(&mut DiagonalEvidence<'_>)) -> [Verdict; 3] {
    let instance = instance();
    let sequence = predict(&instance).expect("predicted");
    let mut evidence = gather(&instance, &sequence, &Options::default()).expect("simulated");
    change(&mut evidence);
    let expectation = DiagonalExpectation::new(&instance, &sequence);
    [ClaimId::D1, ClaimId::D2, ClaimId::D3].map(|id| check(id, &evidence, &expectation).verdict)
}

#[test]
fn the_scales_follow_from_the_plateaus() {
    let verdicts = verdicts(|evidence| {
        let close = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        };
        // Middles of the plateaus, and a tenth after the last jump.
        for (found, expected) in evidence.runs.plateaus.iter().zip([0.5, 1.5, 2.2]) {
            close(*found, expected);
        }
        assert_eq!(evidence.runs.plateaus.len(), 3);
        // Coordinate 0 is e^{−2(1 − 1/2)Λ} while coordinate 1 is 2, and later 1 and 2: e^{−Λ} is to be e^{−32} of 1/2.
        close(evidence.runs.needed, 32.0 + 2f64.ln());
        // Rates 2|β|/n of relaxation: 2 on the first plateau, for 1/2; 1 and 2 on the second, for 0.2. So e^{−0.2 Λ} is to be e^{−19}.
        close(evidence.runs.fitted, 19.0 / 0.2);
        let [first, second, third] = evidence.runs.scales();
        assert_eq!((second, third), (2.0 * first, 4.0 * first));
        assert!(first >= 64.0);
    });
    assert_eq!(verdicts, [const { Verdict::Holds }; 3]);
}

#[test]
fn a_crossing_before_the_middle_of_the_plateau_decides_nothing() {
    // Only the first run of the ladder is changed, so that the slope between the last two is still right.
    let [jumps, _, _] = verdicts(|evidence| {
        let observer = evidence
            .runs
            .observer(1, 0)
            .expect("coordinate 0 enters at jump 1");
        let run = &mut evidence.runs.ladder[0];
        // The middle of the plateau is 3/2.
        run.trajectory.crossing_times[observer] = Some(1.5 * run.log_inverse_scale);
    });
    is_undecided(
        &jumps,
        "it had passed half of its value before the middle of the plateau",
    );
}

#[test]
fn a_crossing_that_is_not_seen_refutes_the_jump() {
    let [jumps, _, _] = verdicts(|evidence| {
        let observer = evidence
            .runs
            .observer(1, 0)
            .expect("coordinate 0 enters at jump 1");
        evidence.runs.ladder[1].trajectory.crossing_times[observer] = None;
    });
    let Verdict::Fails(mismatch) = jumps else {
        panic!("expected a failure, found {jumps:?}");
    };
    assert_eq!(mismatch.place, "jump 1, half crossing of coordinate 0");
    assert_eq!(mismatch.found, "no change of the support there");
}

#[test]
fn a_missing_sample_decides_nothing() {
    let [jumps, norm, saddles] = verdicts(|evidence| {
        evidence.runs.ladder[2].trajectory.samples.clear();
    });
    is_undecided(&jumps, "no sample on plateau 0");
    is_undecided(&saddles, "no sample after jump 0");
    assert_eq!(norm, Verdict::Holds);
}

#[test]
fn a_wrong_end_refutes_the_least_norm() {
    let [_, norm, _] = verdicts(|evidence| {
        for run in &mut evidence.runs.ladder {
            run.trajectory.end.beta[0] += 1e-5;
        }
    });
    let Verdict::Fails(mismatch) = norm else {
        panic!("expected a failure, found {norm:?}");
    };
    assert_eq!(mismatch.place, "weighted ℓ1 norm at the end");
}

#[test]
fn two_integrators_that_differ_decide_nothing() {
    for difference in [1e-6, f64::NAN] {
        let [jumps, _, _] = verdicts(|evidence| {
            evidence.runs.second_integrator = Some(difference);
        });
        is_undecided(&jumps, "two integrators differ");
    }
    let [jumps, _, _] = verdicts(|evidence| evidence.runs.second_integrator = Some(1e-8));
    assert_eq!(jumps, Verdict::Holds);
}

#[test]
fn runs_beyond_reach_refute_nothing_that_is_measured() {
    let [jumps, norm, saddles] = verdicts(|evidence| {
        evidence.runs.needed = 1e9;
        for run in &mut evidence.runs.ladder {
            run.trajectory.end.beta[0] += 1e-5;
        }
    });
    assert_eq!((jumps, saddles), (Verdict::Holds, Verdict::Holds));
    is_undecided(&norm, "weighted ℓ1 norm at the end");
}
