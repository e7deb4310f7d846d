//! The gradient flow of a diagonal linear network at any initial scale (arXiv 2304.00488).
//!
//! `β = α² ⊙ sinh(2G)` with the dual variable `G(t) = −∫₀ᵗ ∇L(β)`; the flow is integrated in G.

mod branch;
mod double;
mod graded;
mod problem;
mod simulate;
mod system;

pub use problem::{DiagonalFlowProblem, FlowProblemError};
pub use simulate::{
    DiagonalSample, DiagonalSimulation, DiagonalTrajectory, SimulationError, StopRule, simulate,
};
pub use system::{Direction, Observer};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagonal::DiagonalProblem;
    use crate::diagonal::descent::PlainRun;
    use crate::integrate::{FlowError, Method};
    use ndarray::{Array2, array};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn rising(coordinate: usize, level: f64, not_before: f64) -> Observer {
        Observer {
            coordinate,
            level,
            direction: Direction::Rising,
            not_before,
        }
    }

    fn falling(coordinate: usize, level: f64, not_before: f64) -> Observer {
        Observer {
            coordinate,
            level,
            direction: Direction::Falling,
            not_before,
        }
    }

    fn run(problem: &DiagonalFlowProblem, simulation: &DiagonalSimulation) -> DiagonalTrajectory {
        simulate(problem, simulation, &|| false).expect("a sound integration")
    }

    /// Time at which `α² sinh z`, `ż = 2 curvature (target − α² sinh z)`, reaches half of its positive target:
    /// with `u = tanh(z/2)`, `A = target`, `B = α²`, `R² = A² + B²`, the integral of `dz/(A − B sinh z)` is
    /// `ln((R + B + A u)/(R − B − A u))/R`.
    fn half_time(curvature: f64, target: f64, log_inverse_scale: f64) -> f64 {
        let b = (-2.0 * log_inverse_scale).exp();
        let doubled = if b > 1e-100 {
            let ratio = target / (2.0 * b);
            let e = ratio + (ratio * ratio + 1.0).sqrt();
            let r = target.hypot(b);
            // R − B − A u without cancellation: R − A = B²/(R + A) and 1 − u = 2/(e^z + 1).
            let below = b * (b / (r + target) - 1.0) + 2.0 * target / (e + 1.0);
            ((2.0 * r - below) / below).ln() / r - ((r + b) / (r - b)).ln() / r
        } else {
            (2.0 * log_inverse_scale + (2.0 * target).ln()) / target
        };
        doubled / (2.0 * curvature)
    }

    #[test]
    fn one_coordinate_crosses_when_the_closed_form_does() {
        let check = |x: f64, y: f64, log_inverse_scale: f64, method: Method| {
            let problem = DiagonalFlowProblem::new(&array![[x]], vec![y], vec![log_inverse_scale])
                .expect("valid data");
            let target = y / x;
            let expected = half_time(x * x, target.abs(), log_inverse_scale);
            let simulation = DiagonalSimulation {
                observers: vec![rising(0, 0.5 * target, 0.0)],
                method,
                ..DiagonalSimulation::until(StopRule::Crossings {
                    latest: 2.0 * expected,
                })
            };
            let trajectory = run(&problem, &simulation);
            let found = trajectory.crossing_times[0].expect("half of the target is reached");
            // As an error of the dual variable, which moves at the speed |xy| towards the crossing.
            let error = (found - expected) * x * y;
            assert!(
                error.abs() <= 3e-9,
                "{x} {y} {log_inverse_scale}: {found} {expected}"
            );
            assert!(trajectory.end.time < 1.5 * expected && trajectory.max_loss_increase < 1e-12);
        };
        for method in [Method::Radau9, Method::Rodas5P] {
            check(1.0, 1.0, 5.0, method);
            check(0.5, -3.0, 40.0, method);
            check(2.0, 0.1, 1000.0, method);
            check(1.0, 1.0, 1e6, method);
        }
    }

    #[test]
    fn orthogonal_coordinates_do_not_meet() {
        // n = 2, so that the curvatures are x²/2; the scales differ from coordinate to coordinate.
        let inputs = array![[2.0, 0.0], [0.0, -0.5]];
        let scales = [300.0, 20.0];
        let problem =
            DiagonalFlowProblem::new(&inputs, vec![3.0, 0.4], scales.to_vec()).expect("valid data");
        let expected = [
            half_time(2.0, 1.5, scales[0]),
            half_time(0.125, 0.8, scales[1]),
        ];
        let simulation = DiagonalSimulation {
            observers: vec![
                rising(0, 0.75, 0.0),
                rising(1, -0.4, 0.0),
                rising(1, 5.0, 0.0),
            ],
            ..DiagonalSimulation::until(StopRule::Gradient {
                gradient: 1e-20,
                latest: 1e6,
            })
        };
        let trajectory = run(&problem, &simulation);
        for i in 0..2 {
            let found = trajectory.crossing_times[i].expect("reached");
            assert!(
                (found - expected[i]).abs() < 1e-9,
                "{i}: {found} {}",
                expected[i]
            );
        }
        assert_eq!(trajectory.crossing_times[2], None);
        assert!(trajectory.end.gradient <= 1e-20 && trajectory.end.time < 1e6);
        assert!(
            (trajectory.end.beta[0] - 1.5).abs() < 1e-15
                && (trajectory.end.beta[1] + 0.8).abs() < 1e-15
        );
    }

    /// Crossing times at two scales give the jump times of the limit as slopes.
    fn check_slopes(
        inputs: &Array2<f64>,
        labels: &[f64],
        exact: &[(f64, usize, f64, Direction)],
        tolerance: f64,
    ) {
        let (first, second) = (3e4, 6e4);
        let times = [first, second].map(|scale| {
            let problem =
                DiagonalFlowProblem::new(inputs, labels.to_vec(), vec![scale; inputs.ncols()])
                    .expect("valid data");
            let mut observers = Vec::new();
            let mut previous = 0.0;
            let mut current = 0.0;
            for &(time, coordinate, level, direction) in exact {
                if time > current {
                    previous = current;
                    current = time;
                }
                observers.push(Observer {
                    coordinate,
                    level,
                    direction,
                    not_before: 0.5 * (previous + current) * scale,
                });
            }
            let latest = 1.5 * current * scale;
            let simulation = DiagonalSimulation {
                observers,
                ..DiagonalSimulation::until(StopRule::Crossings { latest })
            };
            let trajectory = run(&problem, &simulation);
            assert!(trajectory.max_loss_increase < 1e-12, "{trajectory:?}");
            trajectory.crossing_times
        });
        for (k, &(time, ..)) in exact.iter().enumerate() {
            let slope =
                (times[1][k].expect("crossed") - times[0][k].expect("crossed")) / (second - first);
            assert!(
                (slope / time - 1.0).abs() < tolerance,
                "crossing {k}: {slope:e} instead of {time:e}"
            );
        }
    }

    #[test]
    fn a_coordinate_leaves_and_returns_with_the_other_sign() {
        // Jumps at 1/2, 4/3, 28/3 with predictors (0, −4/5, 0), (0, 0, −3/2), (0, 1, −3); the first column is empty.
        let inputs = array![[0.0, 2.0, 1.0], [0.0, -1.0, -1.0]];
        let exact = [
            (0.5, 1, -0.4, Direction::Rising),
            (4.0 / 3.0, 2, -0.75, Direction::Rising),
            (4.0 / 3.0, 1, -0.4, Direction::Falling),
            (28.0 / 3.0, 1, 0.5, Direction::Rising),
        ];
        check_slopes(&inputs, &[-1.0, 2.0], &exact, 1e-13);
    }

    #[test]
    fn jumps_driven_by_residuals_of_rounding_size_are_followed() {
        // Labels of β* = (3/2, −1, 0, 0), off by a few 2⁻⁵⁴: the exact process of these numbers jumps once more, at 8·10¹⁶.
        let inputs = array![
            [-0.75, -1.25, -0.25, -0.75],
            [0.25, 1.25, -0.5, 0.0],
            [-0.5, -1.25, -1.25, -1.0]
        ];
        let unit = f64::EPSILON / 4.0;
        let labels = [0.125 + 6.0 * unit, -0.875 + 4.0 * unit, 0.5 + 2.0 * unit];
        let exact = [
            (1.5999999999999999, 1, -0.2, Direction::Rising),
            (
                13.511111111111124,
                2,
                0.5 * 0.18243243243243226,
                Direction::Rising,
            ),
            (
                18.294949494949506,
                3,
                0.5 * 0.5192307692307688,
                Direction::Rising,
            ),
            (
                18.294949494949506,
                2,
                0.5 * 0.18243243243243226,
                Direction::Falling,
            ),
            (28.648727272727292, 0, 0.75, Direction::Rising),
            (
                28.648727272727292,
                3,
                0.5 * 0.5192307692307688,
                Direction::Falling,
            ),
            (
                8.489694715741331e16,
                2,
                -0.5 * 4.0371746350005693e-17,
                Direction::Rising,
            ),
        ];
        check_slopes(&inputs, &labels, &exact, 1e-12);
        let problem =
            DiagonalFlowProblem::new(&inputs, labels.to_vec(), vec![1e4; 4]).expect("valid data");
        let simulation = DiagonalSimulation {
            sample_times: vec![1e19],
            ..DiagonalSimulation::until(StopRule::Time(1e19))
        };
        let loss = run(&problem, &simulation).samples[0].loss;
        assert!(
            (loss / 3.423875456688419e-34 - 1.0).abs() < 1e-10,
            "{loss:e}"
        );
    }

    #[test]
    fn small_gradients_beside_large_residuals_are_followed() {
        // The residual (1, −1, 1) is orthogonal to both columns and stays; 3·2⁻⁵² in the last label drives the second jump.
        let inputs = array![[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let labels = [2.5, 0.5, 1.0 + 3.0 * f64::EPSILON];
        let exact = [
            (1.0, 0, 0.75, Direction::Rising),
            (2_f64.powi(51), 1, f64::EPSILON, Direction::Rising),
        ];
        check_slopes(&inputs, &labels, &exact, 1e-12);
    }

    #[test]
    fn corrections_make_rational_data_exact() {
        // Three equations with thirds for two coordinates, solved by (2, 1); their rounding has no solution.
        let third = 1.0 / 3.0;
        let rest = 1.850371707708594e-17;
        let inputs = array![[third, 1.0], [1.0, third], [third, -third]];
        let rests = array![[rest, 0.0], [0.0, rest], [rest, -rest]];
        let rounded =
            DiagonalFlowProblem::new(&inputs, vec![5.0 / 3.0, 7.0 / 3.0, third], vec![5.0; 2])
                .expect("valid");
        let exact = rounded.clone().with_corrections(
            &rests,
            &[-7.401486830834377e-17, -1.4802973661668753e-16, rest],
        );
        let loss = |problem: &DiagonalFlowProblem| {
            run(problem, &DiagonalSimulation::until(StopRule::Time(1e8)))
                .end
                .loss
        };
        assert!(loss(&exact.expect("matching shapes")) < 1e-56);
        assert!(loss(&rounded) > 1e-36);
    }

    #[test]
    fn descent_with_vanishing_stepsize_follows_the_flow() {
        let inputs = array![[1.0, 0.5, -0.3], [0.2, -1.0, 0.7]];
        let labels = vec![1.0, -0.5];
        let log_inverse_scale = 5.0_f64;
        let time = 20.0;
        let flow_problem =
            DiagonalFlowProblem::new(&inputs, labels.clone(), vec![log_inverse_scale; 3])
                .expect("valid");
        let simulation = DiagonalSimulation {
            sample_times: vec![0.0, time],
            ..DiagonalSimulation::until(StopRule::Time(time))
        };
        let samples = run(&flow_problem, &simulation).samples;
        assert_eq!(samples[0].beta, vec![0.0; 3]);
        assert_eq!(samples[0].loss, 0.3125);
        let problem =
            DiagonalProblem::uniform(&inputs, labels, (-log_inverse_scale).exp()).expect("valid");
        let descent = |steps: u32| {
            let mut network = PlainRun::start(&problem);
            for _ in 0..steps {
                network.step(&problem, &[0, 1], time / f64::from(steps));
            }
            network.beta()
        };
        let (coarse, fine) = (descent(4000), descent(8000));
        for i in 0..3 {
            let (error, halved) = (coarse[i] - samples[1].beta[i], fine[i] - samples[1].beta[i]);
            assert!(
                (error / halved - 2.0).abs() < 0.02,
                "coordinate {i}: {error:e} {halved:e}"
            );
            assert!(
                (2.0 * halved - error).abs() < 2e-5,
                "coordinate {i}: {error:e} {halved:e}"
            );
        }
    }

    #[test]
    fn the_number_of_steps_does_not_grow_with_the_scale() {
        let inputs = array![
            [1.0, 0.5, -0.3, 0.9],
            [0.2, -1.0, 0.7, 0.3],
            [-0.4, 0.3, 0.8, 0.5]
        ];
        let steps = [1e2, 1e5, 1e6].map(|scale| {
            let problem = DiagonalFlowProblem::new(&inputs, vec![1.0, -0.5, 0.3], vec![scale; 4])
                .expect("valid data");
            run(
                &problem,
                &DiagonalSimulation::until(StopRule::Time(100.0 * scale)),
            )
            .statistics
            .accepted
        });
        assert!(
            steps[1] <= 2 * steps[0] && steps[2] <= 2 * steps[0],
            "{steps:?}"
        );
    }

    #[test]
    fn a_level_passed_before_its_time_counts_at_its_time() {
        let problem =
            DiagonalFlowProblem::new(&array![[1.0]], vec![1.0], vec![10.0]).expect("valid data");
        let simulation = DiagonalSimulation {
            observers: vec![
                rising(0, 0.5, 30.0),
                falling(0, 0.5, 5.0),
                falling(0, 0.5, 30.0),
            ],
            ..DiagonalSimulation::until(StopRule::Time(40.0))
        };
        assert_eq!(
            run(&problem, &simulation).crossing_times,
            [Some(30.0), Some(5.0), None]
        );
    }

    #[test]
    fn refusals() {
        let problem =
            DiagonalFlowProblem::new(&array![[1.0]], vec![1.0], vec![10.0]).expect("valid data");
        let base = DiagonalSimulation::until(StopRule::Time(10.0));
        let check = |simulation: DiagonalSimulation,
                     cancelled: bool,
                     expected: fn(&SimulationError) -> bool| {
            let error =
                simulate(&problem, &simulation, &|| cancelled).expect_err("must be refused");
            assert!(expected(&error), "{error:?}");
        };
        let observed = |observer| DiagonalSimulation {
            observers: vec![observer],
            ..base.clone()
        };
        check(observed(rising(1, 0.5, 0.0)), false, |e| {
            matches!(e, SimulationError::Observer { coordinate: 1, .. })
        });
        check(observed(rising(0, 0.0, 0.0)), false, |e| {
            matches!(e, SimulationError::Observer { index: 0, .. })
        });
        check(base.clone(), true, |e| {
            matches!(e, SimulationError::Flow(FlowError::Cancelled { .. }))
        });
        let limited = DiagonalSimulation {
            step_limit: 3,
            ..base.clone()
        };
        check(limited, false, |e| {
            matches!(
                e,
                SimulationError::Flow(FlowError::StepLimit { limit: 3, .. })
            )
        });
        let build = |scales: Vec<f64>| {
            DiagonalFlowProblem::new(&array![[1.0]], vec![1.0], scales).expect_err("refused")
        };
        assert_eq!(
            build(vec![]),
            FlowProblemError::ScaleCount {
                found: 0,
                expected: 1
            }
        );
        assert_eq!(
            build(vec![f64::INFINITY]),
            FlowProblemError::Scale {
                index: 0,
                value: f64::INFINITY
            }
        );
        let misfit = problem
            .with_corrections(&array![[0.0]], &[])
            .expect_err("refused");
        assert_eq!(
            misfit,
            FlowProblemError::CorrectionShape {
                rows: 1,
                columns: 1,
                labels: 0
            }
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, rng_seed: RngSeed::Fixed(20_260_527), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_loss_falls_and_both_methods_agree(
            entries in proptest::collection::vec(-8_i32..9, 12),
            labels in proptest::collection::vec(-8_i32..9, 3),
            scale in 3.0_f64..200.0,
        ) {
            let inputs = Array2::from_shape_fn((3, 4), |(i, j)| f64::from(entries[4 * i + j]) / 4.0);
            let labels: Vec<f64> = labels.iter().map(|&label| f64::from(label) / 4.0).collect();
            let problem = DiagonalFlowProblem::new(&inputs, labels, vec![scale; 4]).expect("valid data");
            let ends = [Method::Radau9, Method::Rodas5P].map(|method| {
                let stop = StopRule::Gradient { gradient: 1e-12, latest: 50.0 * scale };
                run(&problem, &DiagonalSimulation { method, ..DiagonalSimulation::until(stop) })
            });
            for end in &ends {
                prop_assert!(end.max_loss_increase < 1e-11, "{}", end.max_loss_increase);
            }
            if ends[0].end.time == ends[1].end.time {
                for i in 0..4 {
                    prop_assert!((ends[0].end.beta[i] - ends[1].end.beta[i]).abs() < 1e-6);
                }
            }
        }
    }
}
