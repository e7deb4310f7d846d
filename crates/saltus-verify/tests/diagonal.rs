//! Claims about diagonal networks, and the perturbed predictions that each of them must refuse.

use std::sync::OnceLock;

use saltus_data::shipped::load_shipped;
use saltus_exact::Rational;
use saltus_jump::diagonal::{DiagonalSequence, predict};
use saltus_problem::{DiagonalInstance, Instance};
use saltus_verify::diagonal::{DiagonalEvidence, DiagonalExpectation, check, gather};
use saltus_verify::{ClaimId, Options, Outcome, Verdict};

fn instance(name: &str) -> DiagonalInstance {
    match load_shipped(name).expect("loads") {
        Instance::Diagonal(instance) => instance,
        Instance::Relu(_) => panic!("{name} is a diagonal network"),
    }
}

/// Simulated once, judged many times: an instance whose support also loses a coordinate.
fn evidence() -> &'static (DiagonalSequence, DiagonalEvidence<'static>) {
    static EVIDENCE: OnceLock<(DiagonalSequence, DiagonalEvidence<'static>)> = OnceLock::new();
    static INSTANCE: OnceLock<DiagonalInstance> = OnceLock::new();
    EVIDENCE.get_or_init(|| {
        let instance = INSTANCE.get_or_init(|| instance("dln-deactivation"));
        let sequence = predict(instance).expect("predicted");
        let evidence = gather(instance, &sequence, &Options::default()).expect("simulated");
        (sequence, evidence)
    })
}

fn outcome(id: ClaimId, perturb: impl FnOnce(&mut DiagonalExpectation)) -> Outcome {
    let (sequence, evidence) = evidence();
    let mut expectation = DiagonalExpectation::new(evidence.instance, sequence);
    perturb(&mut expectation);
    check(id, evidence, &expectation)
}

#[track_caller]
fn fails(id: ClaimId, place: &str, perturb: impl FnOnce(&mut DiagonalExpectation)) {
    match outcome(id, perturb).verdict {
        Verdict::Fails(mismatch) => {
            assert!(
                mismatch.place.contains(place),
                "fails elsewhere: {mismatch:?}"
            );
        }
        other => panic!("expected a failure, found {other:?}"),
    }
}

fn number(text: &str) -> Rational {
    Rational::parse(text).expect("a number")
}

/// Exchanges two successive saddles, leaving the times.
fn swap_saddles(expectation: &mut DiagonalExpectation, jump: usize) {
    let (first, second) = expectation.jumps.split_at_mut(jump + 1);
    let (a, b) = (&mut first[jump], &mut second[0]);
    std::mem::swap(&mut a.time, &mut b.time);
    std::mem::swap(a, b);
}

#[test]
fn the_prediction_holds() {
    for id in [ClaimId::D1, ClaimId::D2, ClaimId::D3] {
        assert_eq!(outcome(id, |_| {}).verdict, Verdict::Holds);
    }
}

#[test]
fn a_time_off_by_a_millionth_fails() {
    for jump in 0..evidence().0.jumps().len() {
        for factor in ["1.000001", "0.999999"] {
            fails(
                ClaimId::D1,
                &format!("jump {jump}, half crossing"),
                |expectation| {
                    expectation.jumps[jump].time *= &number(factor);
                },
            );
        }
    }
    fails(ClaimId::D2, "dual variable", |expectation| {
        let last = expectation.jumps.len() - 1;
        expectation.jumps[last].time *= &number("1.000001");
    });
}

#[test]
fn swapped_saddles_fail() {
    fails(ClaimId::D1, "half crossing", |expectation| {
        swap_saddles(expectation, 0);
    });
    fails(ClaimId::D2, "", |expectation| {
        let last = expectation.jumps.len() - 1;
        swap_saddles(expectation, last - 1);
    });
    fails(ClaimId::D3, "loss after jump", |expectation| {
        swap_saddles(expectation, 0);
    });
}

#[test]
fn a_wrong_coordinate_fails() {
    fails(ClaimId::D1, "half crossing of coordinate", |expectation| {
        let activated = expectation.jumps[0].activated.as_mut().expect("unique");
        activated[0] = if activated[0] == 0 { 1 } else { 0 };
    });
    // The value moves to another coordinate.
    let shift = |expectation: &mut DiagonalExpectation, jump: usize| {
        let beta = &mut expectation.jumps[jump].beta;
        let from = beta.iter().position(|b| !b.is_zero()).expect("a support");
        let to = beta
            .iter()
            .position(Rational::is_zero)
            .expect("a coordinate off it");
        beta.swap(from, to);
    };
    fails(ClaimId::D1, "coefficient", |expectation| {
        shift(expectation, 0);
    });
    fails(ClaimId::D3, "after jump 0", |expectation| {
        shift(expectation, 0);
    });
    fails(ClaimId::D2, "", |expectation| {
        let last = expectation.jumps.len() - 1;
        shift(expectation, last);
    });
}

#[test]
fn a_loss_off_by_a_ten_billionth_of_the_initial_loss_fails() {
    let shift = |expectation: &mut DiagonalExpectation, jump: usize| {
        let error = &expectation.initial_loss * number("1e-10");
        expectation.jumps[jump].loss += &error;
    };
    let last = evidence().0.jumps().len() - 1;
    for jump in 0..=last {
        fails(ClaimId::D1, "loss on plateau", |expectation| {
            shift(expectation, jump);
        });
        fails(ClaimId::D3, "loss after jump", |expectation| {
            shift(expectation, jump);
        });
    }
    fails(ClaimId::D2, "loss at the end", |expectation| {
        shift(expectation, last);
    });
}

#[test]
fn a_coefficient_off_by_a_millionth_fails() {
    fails(ClaimId::D1, "coefficient", |expectation| {
        for b in &mut expectation.jumps[1].beta {
            *b *= &number("1.000001");
        }
    });
    fails(ClaimId::D1, "dual variable", |expectation| {
        for s in &mut expectation.jumps[1].dual {
            *s *= &number("1.000001");
        }
    });
}
