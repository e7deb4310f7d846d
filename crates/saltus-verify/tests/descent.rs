//! Claims about descent on one small sparse regression, and the perturbed expectations that each of them must refuse.

mod descent_case;

use descent_case::evidence;
use saltus_exact::Rational;
use saltus_verify::descent::{DescentExpectation, Method, check};
use saltus_verify::{ClaimId, Outcome, Verdict};

fn outcome(id: ClaimId, perturb: impl FnOnce(&mut DescentExpectation)) -> Outcome {
    let mut expectation = DescentExpectation::new(evidence());
    perturb(&mut expectation);
    check(id, evidence(), &expectation)
}

#[track_caller]
fn fails(id: ClaimId, perturb: impl FnOnce(&mut DescentExpectation)) {
    let verdict = outcome(id, perturb).verdict;
    assert!(matches!(verdict, Verdict::Fails(_)), "{id}: {verdict:?}");
}

#[test]
fn the_claims_hold() {
    for id in [
        ClaimId::S1,
        ClaimId::S2,
        ClaimId::S3,
        ClaimId::S4,
        ClaimId::S5,
        ClaimId::S6,
    ] {
        assert_eq!(outcome(id, |_| {}).verdict, Verdict::Holds, "{id}");
    }
}

#[test]
fn an_edge_off_by_two_per_cent_fails() {
    for edge in 0..outcome_edges() {
        for factor in [1.02, 0.98] {
            fails(ClaimId::S1, |expectation| {
                if let Some(stepsize) = &mut expectation.edges[edge].stepsize {
                    *stepsize *= factor;
                }
            });
        }
    }
}

/// The number of edges, all of which were found.
fn outcome_edges() -> usize {
    let edges = DescentExpectation::new(evidence()).edges;
    assert!(edges.iter().all(|edge| edge.stepsize.is_some()));
    edges.len()
}

#[test]
fn a_limit_off_by_a_millionth_fails() {
    fails(ClaimId::S2, |expectation| {
        let limits = expectation.limits.iter_mut().flatten().flatten();
        for beta in limits {
            beta.iter_mut().for_each(|b| *b *= 1.0 + 1e-6);
        }
    });
    fails(ClaimId::S2, |expectation| {
        expectation
            .flow_limit
            .iter_mut()
            .for_each(|b| *b *= 1.0 + 1e-6);
    });
}

#[test]
fn a_wrong_effective_scale_fails() {
    fails(ClaimId::S3, |expectation| {
        for gain in expectation.gains.iter_mut().flatten() {
            *gain *= 1.0 + 1e-6;
        }
    });
    for run in 0..2 {
        fails(ClaimId::S3, |expectation| {
            expectation.plain_scales[run]
                .iter_mut()
                .for_each(|scale| *scale += 1e-6);
        });
    }
    // The exact leg refuses the smallest change of one rational.
    fails(ClaimId::S3, |expectation| {
        let step = expectation.exact[0].last_mut().expect("steps");
        step.squared_scale[0] += &Rational::parse("1e-300").expect("a number");
    });
    fails(ClaimId::S3, |expectation| {
        let step = expectation.exact[0].last_mut().expect("steps");
        step.ratio[0] += &Rational::parse("1e-300").expect("a number");
    });
}

#[test]
fn a_gain_scale_off_by_a_tenth_fails() {
    fails(ClaimId::S4, |expectation| expectation.gain_scale *= 1.1);
    fails(ClaimId::S4, |expectation| {
        expectation.full_multiples.1 = expectation.full_multiples.0;
    });
    fails(ClaimId::S4, |expectation| {
        expectation.sample_multiples.1 = expectation.sample_multiples.0;
    });
}

#[test]
fn exchanged_shapes_of_the_gain_fail() {
    fails(ClaimId::S5, |expectation| {
        expectation.spread = Method::GradientDescent;
    });
}

#[test]
fn a_wrong_limit_at_the_edge_of_stability_fails() {
    fails(ClaimId::S6, |expectation| {
        expectation.critical_product *= 1.05;
    });
}
