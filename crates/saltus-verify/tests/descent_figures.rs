//! Figures of descent runs by hand, and runs that are changed after training: what no longer obeys a claim must refute it.

mod descent_case;

use descent_case::evidence;
use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::DiagonalInstance;
use saltus_verify::convert::descent_problem;
use saltus_verify::descent::{
    ContinuedRun, DescentEvidence, DescentExpectation, Median, Method, QuotientOfMeans,
    ReferenceError, Role, SparseReference, Spectrum, TrainedRun, check,
};
use saltus_verify::{ClaimId, Outcome, Verdict};

fn judge(id: ClaimId, evidence: &DescentEvidence) -> Outcome {
    check(id, evidence, &DescentExpectation::new(evidence))
}

#[track_caller]
fn fails_at(outcome: &Outcome, place: &str) {
    match &outcome.verdict {
        Verdict::Fails(mismatch) => assert!(mismatch.place.contains(place), "{mismatch:?}"),
        other => panic!("expected a failure at {place}, found {other:?}"),
    }
}

const ROLES: [Role; 5] = [
    Role::Sweep,
    Role::Approach,
    Role::Converging,
    Role::EveryStep,
    Role::SummedLoss,
];

#[test]
fn runs_are_told_apart_by_role_and_method() {
    let evidence = evidence();
    let mut found = 0;
    for role in ROLES {
        for run in evidence.gd(role) {
            assert_eq!((run.role, run.seed), (role, None));
            found += 1;
        }
        for run in evidence.sgd(role) {
            assert_eq!(run.role, role);
            assert!(run.seed.is_some());
            found += 1;
        }
    }
    assert_eq!(found, evidence.runs.len());
}

#[test]
fn gains_are_averaged_over_the_runs_that_stay_bounded() {
    let evidence = evidence();
    let outcome = judge(ClaimId::S4, evidence);
    let rows = outcome.evidence["stochastic_gradient_descent"]
        .as_array()
        .expect("a list")
        .clone();
    assert!(!rows.is_empty());
    for row in rows {
        let runs = evidence.runs.iter().filter(|run| {
            run.role == Role::Sweep
                && run.seed.is_some()
                && row["stepsize"] == run.stepsize
                && !run.run.diverged()
        });
        let gains: Vec<f64> = runs.map(TrainedRun::total_gain).collect();
        assert_eq!(row["seeds"], gains.len());
        if !gains.is_empty() {
            let mean = gains.iter().sum::<f64>() / gains.len() as f64;
            assert_eq!(row["mean_gain"], mean);
        }
    }
}

#[test]
fn a_gain_above_its_bounds_fails() {
    // The gain is at least γ² Σ‖g‖² and, at small stepsizes, hardly more: half of the bounds is too little.
    let mut expectation = DescentExpectation::new(evidence());
    expectation.gain_scale *= 0.5;
    fails_at(
        &check(ClaimId::S4, evidence(), &expectation),
        "gain over γ² Σ‖g‖²",
    );
    let mut expectation = DescentExpectation::new(evidence());
    let (low, _) = expectation.full_multiples;
    expectation.full_multiples = (0.25 * low, 0.5 * low);
    fails_at(
        &check(ClaimId::S4, evidence(), &expectation),
        "Σ‖g‖² over Σ L",
    );
}

/// Every gain of gradient descent is 1; those of stochastic gradient descent are 1 on the support, coordinate 0, and 1/1000 off it.
#[test]
fn the_method_that_spreads_its_gain_is_the_one_expected() {
    let mut exchanged = evidence().clone();
    for run in &mut exchanged.runs {
        let is_full = run.seed.is_none();
        for (i, gain) in run.run.gain.iter_mut().enumerate() {
            *gain = if is_full || i == 0 { 1.0 } else { 1e-3 };
        }
    }
    let place = |spread: Method| {
        let mut expectation = DescentExpectation::new(&exchanged);
        expectation.spread = spread;
        match check(ClaimId::S5, &exchanged, &expectation).verdict {
            Verdict::Fails(mismatch) => mismatch.place,
            other => format!("{other:?}"),
        }
    };
    assert!(place(Method::Stochastic).starts_with("shape of the gain"));
    // The errors of the runs have not been exchanged.
    let place = place(Method::GradientDescent);
    assert!(!place.starts_with("shape of the gain"), "{place}");
}

#[test]
fn only_runs_at_the_edge_of_stability_must_have_the_critical_product() {
    let edge = evidence()
        .gradient_descent
        .last_convergent()
        .expect("an edge");
    let at_the_edge = |run: &TrainedRun| {
        run.role == Role::Approach && run.seed.is_none() && run.stepsize > 0.99 * edge
    };
    let mut wrong = evidence().clone();
    for run in wrong.runs.iter_mut().filter(|run| at_the_edge(run)) {
        run.run.sharpness *= 1.05;
    }
    fails_at(&judge(ClaimId::S6, &wrong), "stepsize times sharpness");
    let mut irrelevant = evidence().clone();
    for run in &mut irrelevant.runs {
        if run.stepsize < 0.98 * edge {
            run.run.sharpness *= 1.05;
        }
    }
    assert_eq!(judge(ClaimId::S6, &irrelevant).verdict, Verdict::Holds);
}

#[test]
fn a_run_that_is_left_again_has_not_settled() {
    #[track_caller]
    fn check(product_after: f64, converged_after: bool, settled: bool) {
        let run = ContinuedRun {
            stepsize: 1.0,
            product: 2.1,
            product_after,
            converged_after,
        };
        assert_eq!(run.settled(), settled, "{run:?}");
    }
    check(1.9, true, true);
    check(2.0019, true, true);
    check(2.0021, true, false);
    check(1.9, false, false);
    check(f64::NAN, true, false);
}

#[test]
fn a_residual_of_the_identity_is_refused_unless_rounding_explains_it() {
    let with_residual = |residual: f64, steps: u64| {
        let mut evidence = evidence().clone();
        let run = evidence
            .runs
            .iter_mut()
            .find(|run| run.run.max_identity_residual.is_some() && !run.run.diverged())
            .expect("a run with the identity checked");
        run.run.max_identity_residual = Some(residual);
        run.run.steps = steps;
        run.run.gain[0] = 4.0;
        run.run.gain_from_products[0] = 4.0;
        judge(ClaimId::S3, &evidence)
    };
    // A trillion steps may lose 2 · 2.2e-16 · 1e12 = 4.4e-4, times the gain of 4.
    fails_at(&with_residual(1e-3, 1_000), "residual of the identity");
    let verdict = with_residual(1e-3, 1_000_000_000_000).verdict;
    assert!(matches!(verdict, Verdict::Undecided(_)), "{verdict:?}");
    fails_at(
        &with_residual(1e-2, 1_000_000_000_000),
        "residual of the identity",
    );
}

#[test]
fn the_rounding_of_a_plain_run_grows_with_every_step() {
    for plain in &evidence().plain_scales {
        for (i, rounding) in plain.rounding.iter().enumerate() {
            // A step adds 6ε (u² + v² + u'² + v'²)/|u'² − v'²|, where each of the sums is at least the difference, and ε times the
            // logarithm, which falls from 2 ln α.
            let start = 2.0 * evidence().problem.scales()[i].ln();
            let least = (11.9 + start.abs()) * f64::EPSILON * plain.steps as f64;
            assert!(*rounding >= least, "coordinate {i}: {rounding} {least}");
            assert!((plain.found[i] - plain.predicted[i]).abs() <= *rounding);
        }
    }
}

#[test]
fn a_reference_is_sparse_and_its_shapes_agree() {
    let reference = |beta: &[f64], inputs: &[&[f64]], labels: &[f64]| {
        let inputs = inputs.iter().map(|row| row.to_vec()).collect();
        SparseReference::new(beta.to_vec(), inputs, labels.to_vec())
    };
    let row: &[f64] = &[1.0, 2.0, 3.0];
    let found = reference(&[0.0, -1.0, 2.0], &[row], &[1.0]).expect("valid");
    assert_eq!(found.support(), [1, 2]);
    let not_sparse = |nonzero| {
        Err(ReferenceError::NotSparse {
            nonzero,
            dimension: 3,
        })
    };
    assert_eq!(reference(&[0.0; 3], &[row], &[1.0]), not_sparse(0));
    assert_eq!(reference(&[1.0; 3], &[row], &[1.0]), not_sparse(3));
    let beta = [0.0, 1.0, 0.0];
    assert_eq!(reference(&beta, &[], &[]), Err(ReferenceError::NoTestData));
    let wrong = |what, found, expected| {
        Err(ReferenceError::Length {
            what,
            found,
            expected,
        })
    };
    assert_eq!(
        reference(&beta, &[row], &[1.0; 2]),
        wrong("test labels", 2, 1)
    );
    assert_eq!(
        reference(&beta, &[row, &row[1..]], &[1.0; 2]),
        wrong("entries in a test input", 2, 3)
    );
}

#[test]
fn medians_leave_out_at_most_a_twentieth() {
    #[track_caller]
    fn check(values: &[f64], value: f64, low: f64, high: f64, coverage: f64) {
        let expected = Median {
            value,
            low,
            high,
            coverage,
        };
        assert_eq!(Median::of(values.to_vec()), Some(expected));
    }
    assert_eq!(Median::of(vec![]), None);
    assert_eq!(Median::of(vec![1.0, f64::NAN]), None);
    // The whole range leaves out 2 · 2⁻ⁿ.
    check(&[7.0], 7.0, 7.0, 7.0, 0.0);
    check(&[3.0, 1.0, 2.0], 2.0, 1.0, 3.0, 1.0 - 2.0 / 8.0);
    check(&[4.0, 1.0, 3.0, 2.0], 2.5, 1.0, 4.0, 1.0 - 2.0 / 16.0);
    // Of 6 the next pair would leave out 2 (1 + 6)/64; of 9 it leaves out 2 (1 + 9)/512, and the one after it 2 (1 + 9 + 36)/512.
    check(
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        3.5,
        1.0,
        6.0,
        1.0 - 2.0 / 64.0,
    );
    let nine = [9.0, 1.0, 8.0, 2.0, 7.0, 3.0, 6.0, 4.0, 5.0];
    check(&nine, 5.0, 2.0, 8.0, 1.0 - 20.0 / 512.0);
    // Of 12: 2 (1 + 12 + 66)/4096 leaves the third; the fourth would leave out 2 · 299/4096.
    let twelve: Vec<f64> = (1..=12).map(f64::from).collect();
    check(&twelve, 6.5, 3.0, 10.0, 1.0 - 158.0 / 4096.0);
}

#[test]
fn quotients_of_means_have_standard_errors() {
    let of = |pairs: &[(f64, f64)]| {
        QuotientOfMeans::of(pairs).map(|quotient| (quotient.value, quotient.error))
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[(1.0, 1.0)]), None);
    assert_eq!(of(&[(1.0, 1.0), (1.0, -1.0)]), None);
    assert_eq!(of(&[(1.0, 1.0), (1.0, f64::NAN)]), None);
    // Deviations of −1 and 1 from 2: √(2/(2·1)).
    assert_eq!(of(&[(1.0, 1.0), (3.0, 1.0)]), Some((2.0, 1.0)));
    // Deviations a − 2b of −2 and 2: √(8/(2·1)) over the mean 2.
    assert_eq!(of(&[(2.0, 2.0), (6.0, 2.0)]), Some((2.0, 1.0)));
    // Deviations a − b of −3, 3, −3, 3, 0: √(36/(5·4)) over the mean 6.
    let five = [(3.0, 6.0), (9.0, 6.0), (3.0, 6.0), (9.0, 6.0), (6.0, 6.0)];
    let (value, error) = of(&five).expect("five pairs");
    assert_eq!(value, 1.0);
    assert!((error - 1.8f64.sqrt() / 6.0).abs() < 1e-15);
}

#[test]
fn the_spectrum_is_that_of_the_gram_matrix_of_the_rows() {
    #[track_caller]
    fn check(rows: [[i64; 3]; 2], [least, largest]: [f64; 2], [least_row, largest_row]: [f64; 2]) {
        let entries = rows
            .iter()
            .flatten()
            .copied()
            .map(Rational::integer)
            .collect();
        let inputs = RationalMatrix::new(2, 3, entries).expect("the entries fill the shape");
        let labels = vec![Rational::one(); 2];
        let name = "two rows".to_owned();
        let instance = DiagonalInstance::new(name, inputs, labels, None, None).expect("valid");
        let problem = descent_problem(&instance, 0.1).expect("numbers in range");
        let spectrum = Spectrum::of(&problem);
        assert!((spectrum.least - least).abs() < 1e-14, "{spectrum:?}");
        assert!((spectrum.largest - largest).abs() < 1e-14, "{spectrum:?}");
        assert_eq!(
            (spectrum.least_row, spectrum.largest_row),
            (least_row, largest_row)
        );
    }
    // XXᵀ/2 = diag(9, 16)/2.
    check([[3, 0, 0], [0, 4, 0]], [4.5, 8.0], [9.0, 16.0]);
    // (2 1; 1 2)/2 has the eigenvalues 1/2 and 3/2, and (5 2; 2 2)/2 has 1/2 and 3.
    check([[1, 1, 0], [0, 1, 1]], [0.5, 1.5], [2.0, 2.0]);
    check([[1, 2, 0], [0, 1, 1]], [0.5, 3.0], [2.0, 5.0]);
    check([[1, -2, 0], [0, 1, 1]], [0.5, 3.0], [2.0, 5.0]);
}
