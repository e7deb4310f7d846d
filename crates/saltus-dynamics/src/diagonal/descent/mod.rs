//! Gradient descent and stochastic gradient descent with macroscopic stepsizes (arXiv 2302.08982).
//!
//! Both layers' updates are, exactly, `p ← (1 − γ g) ⊙ p` and `q ← (1 + γ g) ⊙ q` with `β = (p² − q²)/2` and `g` the
//! gradient of the batch's loss at β, from `p = q = α`.

mod batches;
mod identity;
mod plain;
mod range;
mod regularised;
mod run;
mod scaled;
mod sharpness;
mod threshold;

pub use batches::BatchSampler;
pub use plain::PlainRun;
pub use regularised::{RegularisedError, RegularisedSolution, solve_regularised};
pub use run::{
    DescentError, DescentRun, DescentSettings, Outcome, Stepsizes, TracePoint, train,
    train_with_progress,
};
pub use sharpness::sharpness;
pub use threshold::{
    Edge, ScanPoint, StepsizeEdges, ThresholdError, ThresholdSearch, find_stepsize_edges,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagonal::DiagonalProblem;
    use ndarray::{Array2, array};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    /// Five samples, eight coordinates, labels near those of a predictor with two non-zero coordinates.
    fn sparse(scale: f64) -> DiagonalProblem {
        let inputs = Array2::from_shape_fn((5, 8), |(i, j)| {
            f64::from((7 * i as u32 + 11 * j as u32 + i as u32 * j as u32 * 5) % 13) / 6.0 - 1.0
        });
        let labels = (0..5)
            .map(|i| 1.5 * inputs[[i, 0]] - 0.7 * inputs[[i, 3]] + [0.3, -0.2, 0.1, 0.4, -0.3][i])
            .collect();
        DiagonalProblem::uniform(&inputs, labels, scale).expect("consistent data")
    }

    fn close(a: &[f64], b: &[f64], tolerance: f64) {
        assert_eq!(a.len(), b.len());
        for (x, y) in a.iter().zip(b) {
            assert!((x - y).abs() <= tolerance * (1.0 + x.abs()), "{a:?} {b:?}");
        }
    }

    #[test]
    fn both_forms_take_the_same_steps() {
        let check = |scale: f64, stepsize: f64, batch: Option<usize>| {
            let problem = sparse(scale);
            let steps = 300;
            let settings = DescentSettings {
                batch,
                loss_tolerance: 0.0,
                ..DescentSettings::stochastic(stepsize, 5, 3, steps)
            };
            let run = train(&problem, &settings).expect("valid settings");
            let mut plain = PlainRun::start(&problem);
            let mut sampler = BatchSampler::new(5, batch.unwrap_or(5), 3);
            for _ in 0..steps {
                let drawn = batch.map_or_else(|| (0..5).collect(), |_| sampler.draw().to_vec());
                plain.step(&problem, &drawn, stepsize);
            }
            close(&run.beta, &plain.beta(), 1e-10);
            let squared: Vec<f64> = plain
                .u
                .iter()
                .zip(&plain.v)
                .map(|(u, v)| (0.5 * (u * u - v * v).abs()).sqrt())
                .collect();
            close(&run.alpha_infinity, &squared, 1e-9);
        };
        check(0.1, 0.05, None);
        check(0.1, 0.5, None);
        check(1.0, 0.2, None);
        check(0.1, 0.05, Some(1));
        check(0.5, 0.1, Some(2));
    }

    #[test]
    fn converged_runs_solve_the_regularised_problem() {
        let check = |scale: f64, settings: DescentSettings| {
            let problem = sparse(scale);
            let settings = DescentSettings {
                identity_every: Some(50),
                ..settings
            };
            let run = train(&problem, &settings).expect("valid settings");
            assert!(
                run.converged(),
                "{scale} {settings:?}: {:?}, loss {:e}",
                run.outcome,
                run.loss
            );
            assert!(
                run.kkt_residual.expect("converged") <= 1e-9,
                "{:?}",
                run.kkt_residual
            );
            assert!(
                run.solver_distance.expect("converged") <= 1e-8,
                "{scale} {settings:?}: {:?}",
                run.solver_distance
            );
            assert!(
                run.max_identity_residual.expect("was checked") <= 1e-10,
                "{:?}",
                run.max_identity_residual
            );
            close(&run.gain, &run.gain_from_products, 1e-10);
            run
        };
        check(0.1, DescentSettings::gradient_descent(0.05, 40_000));
        check(1e-3, DescentSettings::gradient_descent(0.3, 40_000));
        check(1e-150, DescentSettings::gradient_descent(0.6, 40_000));
        let strong = check(0.1, DescentSettings::stochastic(0.7, 1, 0, 40_000));
        // Some factor 1 − γg was negative, so that p or q changed sign.
        assert!(strong.largest_factor > 1.2);
        check(0.1, DescentSettings::stochastic(1.0, 3, 1, 40_000));
        // Edge of stability: the loss is not monotone.
        let edge = check(0.1, DescentSettings::gradient_descent(1.28, 100_000));
        assert!(
            edge.loss_increases > 10 && edge.sharpness * 1.28 > 1.99,
            "{edge:?}"
        );
    }

    #[test]
    fn effective_scales_far_below_the_range_of_floats() {
        let problem =
            DiagonalProblem::uniform(&array![[1.0, 1e-3]], vec![1.0], 1e-150).expect("valid data");
        // Just above the edge of stability of the one large coordinate the run never settles and the gain grows on.
        let run = train(&problem, &DescentSettings::gradient_descent(1.2, 40_000))
            .expect("valid settings");
        assert_eq!(run.outcome, Outcome::Bounded);
        assert!(run.gain[0] > 1000.0, "{:?}", run.gain);
        assert_eq!(run.alpha_infinity[0], 0.0);
        let expected = 2.0 * 1e-150_f64.ln() - run.gain[0];
        assert!((run.log_alpha_infinity_squared[0] - expected).abs() < 1e-9 * expected.abs());
        close(&run.gain, &run.gain_from_products, 1e-9);
    }

    #[test]
    fn outcomes() {
        let check = |stepsize: f64, steps: u64, expected: fn(&DescentRun) -> bool| {
            let run = train(
                &sparse(0.1),
                &DescentSettings::gradient_descent(stepsize, steps),
            )
            .expect("valid settings");
            assert!(expected(&run), "{stepsize}: {run:?}");
        };
        check(0.1, 40_000, |run| {
            run.outcome == Outcome::Converged { step: run.steps } && run.steps < 40_000
        });
        check(0.1, 5, |run| {
            run.outcome == Outcome::Bounded && run.steps == 5 && run.kkt_residual.is_none()
        });
        check(5.0, 1000, |run| {
            run.diverged() && run.steps < 30 && run.solver_distance.is_none()
        });
        let silent = DiagonalProblem::uniform(&array![[1.0]], vec![0.0], 0.1).expect("valid data");
        let run =
            train(&silent, &DescentSettings::gradient_descent(0.1, 10)).expect("valid settings");
        assert_eq!(run.outcome, Outcome::Converged { step: 0 });
    }

    #[test]
    fn a_factor_of_zero_leaves_no_scale() {
        // The first step has γ g = −1 exactly: q becomes 0 and stays there.
        let problem = DiagonalProblem::uniform(&array![[1.0]], vec![1.0], 0.5).expect("valid data");
        let stepsizes = Stepsizes::List(vec![1.0, 0.25]);
        let settings = DescentSettings {
            stepsizes,
            identity_every: Some(1),
            ..DescentSettings::gradient_descent(1.0, 2000)
        };
        let run = train(&problem, &settings).expect("valid settings");
        assert!(run.converged());
        assert_eq!(run.alpha_infinity, vec![0.0]);
        assert_eq!(run.gain, vec![f64::INFINITY]);
        assert_eq!((run.kkt_residual, run.solver_distance), (None, None));
        assert!(matches!(
            run.solver_error,
            Some(RegularisedError::Coordinate { index: 0, .. })
        ));
        assert_eq!(run.max_identity_residual, Some(0.0));
    }

    #[test]
    fn sums_along_gradient_descent_are_bracketed() {
        // ‖g‖² = rᵀ(XXᵀ)r/n² lies between 2λ⁺_min(H) L and 2λ_max(H) L; orthogonal rows make both explicit.
        let problem = DiagonalProblem::uniform(
            &array![[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            vec![1.0, -1.0],
            0.1,
        )
        .expect("valid data");
        let run =
            train(&problem, &DescentSettings::gradient_descent(0.1, 3000)).expect("valid settings");
        let ratio = run.summed_squared_gradient / run.summed_loss;
        assert!((1.0..=4.0).contains(&ratio), "{ratio}");
        let gain: f64 = run.gain.iter().sum();
        assert!((gain / (0.01 * run.summed_squared_gradient) - 1.0).abs() < 0.01);
    }

    #[test]
    fn traces_are_taken_at_the_steps_asked_for_and_change_nothing() {
        let check = |settings: DescentSettings, last: u64| {
            let untraced = train(&sparse(0.1), &settings).expect("valid settings");
            let traced = DescentSettings {
                trace_every: Some(4),
                ..settings
            };
            let run = train(&sparse(0.1), &traced).expect("valid settings");
            assert_eq!((run.outcome, &run.beta), (untraced.outcome, &untraced.beta));
            let steps: Vec<u64> = run.trace.iter().map(|point| point.step).collect();
            let mut expected: Vec<u64> = (0..last).step_by(4).collect();
            expected.push(last);
            assert_eq!(steps, expected);
            assert_eq!(run.trace[0].loss, run.initial_loss);
            assert_eq!(run.trace[steps.len() - 1].loss, run.loss);
        };
        check(DescentSettings::stochastic(0.01, 2, 0, 10), 10);
        check(DescentSettings::stochastic(0.01, 2, 0, 8), 8);
        let converging = DescentSettings::stochastic(0.5, 1, 0, 10_000);
        let end = train(&sparse(0.1), &converging)
            .expect("valid settings")
            .steps;
        assert!(end < 10_000);
        check(converging, end);
    }

    #[test]
    fn progress_is_told_in_order_and_changes_nothing() {
        let settings = DescentSettings::stochastic(0.05, 2, 0, 100);
        let told = std::cell::RefCell::new(vec![]);
        let run = train_with_progress(&sparse(0.1), &settings, &|steps| {
            told.borrow_mut().push(steps);
        });
        assert_eq!(run, train(&sparse(0.1), &settings));
        assert_eq!(told.into_inner(), [16, 32, 48, 64, 80, 96]);
    }

    #[test]
    fn refuses_settings_that_make_no_sense() {
        let base = DescentSettings::gradient_descent(0.1, 10);
        let check = |settings: DescentSettings, expected: DescentError| {
            assert_eq!(train(&sparse(0.1), &settings), Err(expected));
        };
        let with = |stepsizes| DescentSettings {
            stepsizes,
            ..base.clone()
        };
        check(
            with(Stepsizes::Constant(-1.0)),
            DescentError::Stepsize {
                index: 0,
                value: -1.0,
            },
        );
        check(with(Stepsizes::List(vec![])), DescentError::NoStepsizes);
        check(
            with(Stepsizes::List(vec![1.0, 0.0])),
            DescentError::Stepsize {
                index: 1,
                value: 0.0,
            },
        );
        check(
            DescentSettings {
                batch: Some(6),
                ..base.clone()
            },
            DescentError::Batch {
                batch: 6,
                samples: 5,
            },
        );
        check(
            DescentSettings {
                batch: Some(0),
                ..base.clone()
            },
            DescentError::Batch {
                batch: 0,
                samples: 5,
            },
        );
        check(
            DescentSettings {
                loss_tolerance: -1.0,
                ..base.clone()
            },
            DescentError::LossTolerance { value: -1.0 },
        );
        check(
            DescentSettings {
                trace_every: Some(0),
                ..base.clone()
            },
            DescentError::Interval,
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(20_260_527), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_identities_hold_for_every_run(
            entries in proptest::collection::vec(-1.0_f64..1.0, 12),
            labels in proptest::collection::vec(-2.0_f64..2.0, 3),
            scale in 0.01_f64..2.0,
            stepsize in 0.01_f64..0.7,
            batch in 1_usize..4,
        ) {
            let inputs = Array2::from_shape_vec((3, 4), entries).expect("twelve entries");
            let problem = DiagonalProblem::uniform(&inputs, labels, scale).expect("valid data");
            let settings = DescentSettings { identity_every: Some(7), ..DescentSettings::stochastic(stepsize, batch, 5, 300) };
            let run = train(&problem, &settings).expect("valid settings");
            prop_assume!(!run.diverged());
            prop_assert!(run.max_identity_residual.expect("was checked") < 1e-10, "{:?}", run);
            for (a, b) in run.gain.iter().zip(&run.gain_from_products) {
                prop_assert!((a - b).abs() < 1e-10 * (1.0 + a.abs()));
            }
        }
    }
}
