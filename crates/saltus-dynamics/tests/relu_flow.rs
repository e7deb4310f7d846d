//! The ReLU flow against closed forms, conservation laws, and its second integration method.

use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use saltus_dynamics::integrate::{FlowError, Method};
use saltus_dynamics::relu::{
    ReluProblem, ReluProblemError, ReluSimulation, ReluTrajectory, StopRule, balance_drift,
    simulate, simulate_unless,
};

const METHODS: [Method; 2] = [Method::Radau9, Method::Rodas5P];

/// A network whose neurons all have `|a| = λ` and the given cosines; `‖w‖ = |a|` where the cosines have norm 1.
fn network(
    norms: &[f64],
    labels: &[f64],
    signs: &[f64],
    cosines: Array2<f64>,
    log_inverse_scale: f64,
) -> ReluProblem {
    let hidden = cosines
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|v| v * v).sum())
        .collect();
    let logs = vec![-log_inverse_scale; signs.len()];
    ReluProblem::new(
        norms.to_vec(),
        labels.to_vec(),
        signs.to_vec(),
        logs,
        cosines,
        hidden,
    )
    .expect("the case is a valid problem")
}

fn run(problem: &ReluProblem, method: Method, tolerance: f64, until: StopRule) -> ReluTrajectory {
    let simulation = ReluSimulation {
        method,
        tolerance,
        ..ReluSimulation::new(until)
    };
    simulate(problem, &simulation).expect("the flow exists for all time")
}

fn random_network(inputs: usize, neurons: usize, log_inverse_scale: f64, seed: u64) -> ReluProblem {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    let norms: Vec<f64> = (0..inputs).map(|_| draw(0.5, 2.0)).collect();
    let labels: Vec<f64> = (0..inputs)
        .map(|_| draw(-1.0, 1.0).signum() * draw(0.5, 2.0))
        .collect();
    let signs: Vec<f64> = (0..neurons).map(|_| draw(-1.0, 1.0).signum()).collect();
    let mut cosines = Array2::from_shape_simple_fn((neurons, inputs), || draw(-1.0, 1.0));
    for mut row in cosines.rows_mut() {
        let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        row.mapv_inplace(|v| v / norm);
    }
    network(&norms, &labels, &signs, cosines, log_inverse_scale)
}

fn check_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: found {found}, expected {expected}"
    );
}

/// `ḟ = 2 c f (y − f)` from `f₀ = e^{log_start}` reaches `y/2` at `ln(y/f₀ − 1) / (2 c y)`.
fn logistic_half_time(rate: f64, label: f64, log_start: f64) -> f64 {
    let odds = label.ln() - log_start;
    (odds + (-(-odds).exp()).ln_1p()) / (2.0 * rate * label)
}

#[test]
fn one_point_one_neuron_is_a_logistic_curve() {
    for method in METHODS {
        for log_inverse_scale in [5.0, 20.0, 46.0, 1e3, 1e6] {
            for (norm, label) in [(1.0, 1.0), (0.5, 2.0), (3.0, 0.25)] {
                let problem = network(&[norm], &[label], &[1.0], array![[1.0]], log_inverse_scale);
                let found = run(&problem, method, 1e-10, StopRule::Fitted(1e-9));
                // f = ‖x‖ a², hence ḟ = 2 ‖x‖ f (y − f).
                let expected = logistic_half_time(norm, label, norm.ln() - 2.0 * log_inverse_scale);
                let case =
                    format!("{method:?}, Λ = {log_inverse_scale}, ‖x‖ = {norm}, y = {label}");
                let time = found.half_fit_times[0].expect("the point is fitted");
                let accuracy = if method == Method::Radau9 {
                    1e-11
                } else {
                    2e-8
                };
                check_close(time, expected, accuracy + 4e-16 * expected, &case);
                check_close(found.squared_norm, 2.0 * label / norm, 1e-8, &case);
                check_close(found.end.outputs[0], label, 1e-9, &case);
            }
        }
    }
}

#[test]
fn a_negative_label_needs_a_negative_neuron() {
    let problem = network(&[1.0], &[-1.5], &[-1.0], array![[1.0]], 30.0);
    let found = run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-9));
    let expected = logistic_half_time(1.0, 1.5, -60.0);
    check_close(
        found.half_fit_times[0].expect("the point is fitted"),
        expected,
        1e-11,
        "half-fit time",
    );
}

#[test]
fn two_neurons_on_two_points_do_not_meet() {
    let (norms, labels) = ([1.0, 2.0], [1.0, -3.0]);
    for log_inverse_scale in [5.0, 46.0, 1e5] {
        let problem = network(
            &norms,
            &labels,
            &[1.0, -1.0],
            array![[1.0, 0.0], [0.0, 1.0]],
            log_inverse_scale,
        );
        let found = run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-9));
        for i in 0..2 {
            let start = norms[i].ln() - 2.0 * log_inverse_scale;
            let expected = logistic_half_time(norms[i] / 2.0, labels[i].abs(), start);
            let time = found.half_fit_times[i].expect("the point is fitted");
            check_close(time, expected, 1e-11 + 4e-16 * expected, "half-fit time");
        }
    }
}

#[test]
fn an_aligned_neuron_fits_two_points_at_once() {
    // With equal norms and cosines in proportion to the labels the direction never changes: a logistic curve for ‖y‖.
    let problem = network(&[1.0, 1.0], &[3.0, 4.0], &[1.0], array![[0.6, 0.8]], 100.0);
    let found = run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-9));
    let expected = logistic_half_time(0.5, 5.0, -200.0);
    for i in 0..2 {
        check_close(
            found.half_fit_times[i].expect("the point is fitted"),
            expected,
            1e-10,
            "half-fit time",
        );
    }
    check_close(found.squared_norm, 10.0, 1e-8, "squared norm");
}

#[test]
fn tied_neurons_share_the_fit() {
    let problem = network(&[1.0], &[1.0], &[1.0, 1.0], array![[1.0], [1.0]], 50.0);
    let found = run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-9));
    let expected = logistic_half_time(1.0, 1.0, 2.0_f64.ln() - 100.0);
    check_close(
        found.half_fit_times[0].expect("the point is fitted"),
        expected,
        1e-11,
        "half-fit time",
    );
    check_close(
        found.end.log_outputs[0],
        found.end.log_outputs[1],
        1e-9,
        "sizes",
    );
}

#[test]
fn uncovered_points_and_zero_labels_are_not_waited_for() {
    // Point 1 has only a neuron of the wrong sign, point 2 the label 0, point 3 no neuron at all.
    let cosines = array![[0.6, 0.0, 0.8, 0.0], [0.0, 0.5, 0.0, -0.5]];
    for log_inverse_scale in [8.0, 46.0, 1e5] {
        for method in METHODS {
            let labels = [1.0, -2.0, 0.0, 1.0];
            let problem = network(
                &[1.0; 4],
                &labels,
                &[1.0, 1.0],
                cosines.clone(),
                log_inverse_scale,
            );
            let found = run(&problem, method, 1e-10, StopRule::Fitted(1e-8));
            assert!(found.half_fit_times[0].is_some());
            assert_eq!(&found.half_fit_times[1..], [None, None, None]);
            check_close(found.end.outputs[0], 1.0, 1e-8, "fitted point");
            check_close(found.end.outputs[2], 0.0, 1e-8, "zero label");
            assert_eq!(found.end.outputs[3], 0.0);
            check_close(found.end.loss, (4.0 + 1.0) / 8.0, 1e-8, "loss");
        }
    }
}

#[test]
fn a_neuron_that_shrinks_for_ever_does_not_hold_up_the_run() {
    let labels = [1.0, 1.0];
    for method in METHODS {
        let problem = network(
            &[1.0, 1.0],
            &labels,
            &[1.0, -1.0],
            array![[1.0, 0.0], [0.0, 1.0]],
            46.0,
        );
        let found = run(&problem, method, 1e-10, StopRule::Fitted(1e-8));
        assert!(found.half_fit_times[0].is_some() && found.half_fit_times[1].is_none());
        let found = run(&problem, method, 1e-10, StopRule::Time(1e9));
        assert_eq!(found.end.time, 1e9);
        assert!(found.end.log_outputs[1] < -1e6);
        assert!(found.guards.balance_drift < 1e-8 && found.statistics.accepted < 10_000);
    }
}

#[test]
fn a_neuron_on_a_zero_label_alone_stays_put() {
    // Neuron 0 feels only its own output, of size e^{-2Λ}; nothing reaches the second point.
    let problem = network(
        &[1.0, 1.0],
        &[0.0, 1.0],
        &[1.0, 1.0],
        array![[0.6, -0.8], [-0.8, -0.6]],
        46.0,
    );
    let found = run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-8));
    assert_eq!((found.end.time, found.statistics.accepted), (0.0, 0));
    let found = run(&problem, Method::Radau9, 1e-10, StopRule::Time(1e12));
    assert_eq!(found.half_fit_times, [None, None]);
    check_close(found.end.log_outputs[0], -46.0, 1e-9, "log output");
    assert!(found.guards.balance_drift < 1e-9);
}

#[test]
fn an_unstable_direction_does_not_stall_the_run() {
    // Here neuron 2 is left with one wrong-signed entry and ‖w‖ = |a|; rounding once took its cosine beyond 1, then to infinity.
    let problem = random_network(3, 4, 371.9681900366702, 958);
    for method in METHODS {
        for tolerance in [1e-8, 1e-9, 1e-10] {
            let found = run(&problem, method, tolerance, StopRule::Fitted(1e-7));
            assert!(
                found.statistics.accepted < 1000,
                "{method:?}: {:?}",
                found.statistics
            );
            let cosines = found.end.cosines.expect("the end has its cosines");
            assert!(cosines[[2, 2]].abs() <= 1.0);
        }
    }
}

#[test]
fn a_wrong_signed_entry_dies_and_stays_dead() {
    // One neuron, |a| > ‖w‖, with a wrong-signed entry on point 1 only; g is constant until then.
    let problem = network(&[1.0, 1.0], &[1.0, -2.0], &[1.0], array![[0.0, 0.4]], 40.0);
    let simulation = ReluSimulation {
        record_cosines: true,
        sample_times: vec![0.1, 3.0],
        ..ReluSimulation::new(StopRule::Time(3.0))
    };
    let found = simulate(&problem, &simulation).expect("the flow exists for all time");
    // ȧ = −u, u̇ = −a from (1, 0.4): u/a = tanh(artanh 0.4 − t).
    let before = found.samples[0]
        .cosines
        .as_ref()
        .expect("cosines were asked for")[[0, 1]];
    check_close(
        before,
        (0.4_f64.atanh() - 0.1).tanh(),
        1e-13,
        "before death",
    );
    let after = found.samples[1]
        .cosines
        .as_ref()
        .expect("cosines were asked for")[[0, 1]];
    assert_eq!(after, 0.0);
    let expected = -40.0 + 0.5 * (1.0_f64 - 0.16).ln();
    check_close(
        found.end.log_outputs[0],
        expected,
        1e-13,
        "a² = a² − u² when u = 0",
    );
    assert_eq!(found.statistics.events, 1);
}

#[test]
fn both_methods_find_the_same_times() {
    for (inputs, neurons, log_inverse_scale, seed) in [
        (3, 5, 6.0, 1),
        (4, 6, 30.0, 2),
        (5, 8, 200.0, 3),
        (6, 8, 1e4, 4),
    ] {
        let problem = random_network(inputs, neurons, log_inverse_scale, seed);
        let until = StopRule::Fitted(1e-8);
        let found = run(&problem, Method::Radau9, 1e-11, until);
        let other = run(&problem, Method::Rodas5P, 1e-12, until);
        for (time, expected) in found.half_fit_times.iter().zip(&other.half_fit_times) {
            assert_eq!(time.is_some(), expected.is_some());
            if let (Some(time), Some(expected)) = (time, expected) {
                check_close(*time, *expected, 1e-9, &format!("seed {seed}"));
            }
        }
        check_close(found.squared_norm, other.squared_norm, 1e-7, "squared norm");
    }
}

#[test]
fn guards_stay_quiet_on_sound_runs_and_speak_on_broken_ones() {
    for seed in 10..16 {
        let problem = random_network(6, 9, 46.0, seed);
        let sound = run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-8));
        assert!(
            sound.guards.balance_drift < 1e-8,
            "seed {seed}: {:?}",
            sound.guards
        );
        assert!(
            sound.guards.loss_increase < 1e-9,
            "seed {seed}: {:?}",
            sound.guards
        );
        let cosines = sound.end.cosines.as_ref().expect("the end has its cosines");
        let logs = &sound.end.log_outputs;
        assert!(balance_drift(&problem, logs, cosines) < 1e-8, "seed {seed}");

        let largest = (0..logs.len())
            .max_by(|&a, &b| logs[a].total_cmp(&logs[b]))
            .expect("there are neurons");
        let mut corrupted = cosines.clone();
        corrupted.row_mut(largest).mapv_inplace(|v| 1.001 * v);
        assert!(
            balance_drift(&problem, logs, &corrupted) > 1e-4,
            "seed {seed}"
        );
        let mut initial_growth = problem.log_outputs().to_vec();
        initial_growth[largest] += 1.0;
        assert!(
            balance_drift(
                &problem,
                &initial_growth,
                &problem.cosines().mapv(|v| 0.5 * v)
            ) > 1e-3
        );
        corrupted[[largest, 0]] = f64::NAN;
        assert!(balance_drift(&problem, logs, &corrupted).is_nan());

        let loose = run(&problem, Method::Rodas5P, 0.3, StopRule::Time(1e3));
        assert!(
            loose.guards.balance_drift > 1e-4,
            "seed {seed}: {:?}",
            loose.guards
        );
    }
}

#[test]
fn step_counts_hardly_grow_with_the_log_inverse_scale() {
    for (inputs, neurons, seed) in [(5, 7, 21), (6, 10, 22)] {
        let accepted = |log_inverse_scale| {
            let problem = random_network(inputs, neurons, log_inverse_scale, seed);
            run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-8))
                .statistics
                .accepted
        };
        let (small, large, huge) = (accepted(1e2), accepted(1e5), accepted(1e6));
        assert!(
            large <= 2 * small && huge <= 2 * small,
            "{small}, {large}, {huge} accepted steps"
        );
    }
}

#[test]
fn samples_agree_with_runs_that_end_there() {
    let problem = random_network(4, 6, 46.0, 30);
    // The first two lie in the closed-form start.
    let sample_times = vec![0.0, 3.0, 100.0, 150.0, 250.0];
    let simulation = ReluSimulation {
        sample_times: sample_times.clone(),
        ..ReluSimulation::new(StopRule::Fitted(1e-6))
    };
    let found = simulate(&problem, &simulation).expect("the flow exists for all time");
    assert_eq!(found.samples.len(), sample_times.len());
    for (sample, &time) in found.samples.iter().zip(&sample_times) {
        assert_eq!(sample.time, time);
        let direct = run(&problem, Method::Radau9, 1e-10, StopRule::Time(time)).end;
        for j in 0..problem.neuron_count() {
            check_close(
                sample.log_outputs[j],
                direct.log_outputs[j],
                1e-8,
                &format!("t = {time}, neuron {j}"),
            );
        }
        check_close(sample.loss, direct.loss, 1e-8, "loss");
    }
    assert!(
        found
            .samples
            .windows(2)
            .all(|pair| pair[1].loss <= pair[0].loss + 1e-12)
    );
}

#[test]
fn slopes_are_exact_where_the_data_decouple() {
    // Jump times τ = n/(|y| ‖x‖), and t(Λ) = τΛ + c with the same c at every large Λ.
    let labels = [1.0, 2.0, -4.0];
    let identity = Array2::from_diag(&array![1.0, 1.0, 1.0]);
    let times = |log_inverse_scale| {
        let problem = network(
            &[1.0; 3],
            &labels,
            &[1.0, 1.0, -1.0],
            identity.clone(),
            log_inverse_scale,
        );
        run(&problem, Method::Radau9, 1e-10, StopRule::Fitted(1e-8)).half_fit_times
    };
    let (early, late) = (times(1e3), times(1e6));
    for i in 0..3 {
        let (early, late) = (early[i].expect("fitted"), late[i].expect("fitted"));
        check_close(
            (late - early) / (1e6 - 1e3),
            3.0 / labels[i].abs(),
            1e-14,
            "slope",
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// With labels `s·y`, weights `√s·θ` and time `t/s` the flow is the same: the network is homogeneous of degree 2.
    #[test]
    fn flow_is_homogeneous(
        inputs in 1_usize..5,
        neurons in 1_usize..6,
        log_inverse_scale in 5.0..500.0_f64,
        factor in 0.2..5.0_f64,
        seed in 0_u64..1000,
    ) {
        let problem = random_network(inputs, neurons, log_inverse_scale, seed);
        let shift = 0.5 * factor.ln();
        let scaled = ReluProblem::new(
            problem.input_norms().to_vec(),
            problem.labels().iter().map(|y| factor * y).collect(),
            problem.output_signs().to_vec(),
            problem.log_outputs().iter().map(|log| log + shift).collect(),
            problem.cosines().clone(),
            problem.hidden_squared_norms().to_vec(),
        )
        .expect("scaling keeps a problem valid");
        let until = |factor: f64| StopRule::Fitted(1e-8 * factor);
        let found = run(&problem, Method::Radau9, 1e-11, until(1.0));
        let other = run(&scaled, Method::Radau9, 1e-11, until(factor));
        for (time, scaled_time) in found.half_fit_times.iter().zip(&other.half_fit_times) {
            prop_assert_eq!(time.is_some(), scaled_time.is_some());
            if let (Some(time), Some(scaled_time)) = (time, scaled_time) {
                let difference = (time - factor * scaled_time).abs();
                prop_assert!(difference < 1e-8 + 1e-12 * time, "{} against {}", time, factor * scaled_time);
            }
        }
        prop_assert!((factor * found.squared_norm - other.squared_norm).abs() < 1e-6 * factor.max(1.0));
        prop_assert!(found.guards.balance_drift < 1e-8 && found.guards.loss_increase < 1e-9);
    }

    /// Exchanging the signs of all labels and all outputs changes no time and no size.
    #[test]
    fn flow_is_odd_in_the_labels(
        inputs in 1_usize..5,
        neurons in 1_usize..6,
        log_inverse_scale in 5.0..500.0_f64,
        seed in 0_u64..1000,
    ) {
        let problem = random_network(inputs, neurons, log_inverse_scale, seed);
        let mirrored = ReluProblem::new(
            problem.input_norms().to_vec(),
            problem.labels().iter().map(|y| -y).collect(),
            problem.output_signs().iter().map(|sign| -sign).collect(),
            problem.log_outputs().to_vec(),
            problem.cosines().clone(),
            problem.hidden_squared_norms().to_vec(),
        )
        .expect("mirroring keeps a problem valid");
        let found = run(&problem, Method::Rodas5P, 1e-9, StopRule::Fitted(1e-7));
        let other = run(&mirrored, Method::Rodas5P, 1e-9, StopRule::Fitted(1e-7));
        prop_assert_eq!(found.half_fit_times, other.half_fit_times);
        prop_assert_eq!(found.end.log_outputs, other.end.log_outputs);
        prop_assert_eq!(found.statistics, other.statistics);
    }
}

#[test]
fn limits_and_cancellation_are_reported() {
    let problem = random_network(4, 6, 46.0, 31);
    let simulation = ReluSimulation {
        step_limit: 5,
        ..ReluSimulation::new(StopRule::Fitted(1e-8))
    };
    assert!(matches!(
        simulate(&problem, &simulation),
        Err(FlowError::StepLimit { limit: 5, .. })
    ));
    let simulation = ReluSimulation::new(StopRule::Fitted(1e-8));
    assert!(matches!(
        simulate_unless(&problem, &simulation, &|| true),
        Err(FlowError::Cancelled { .. })
    ));
    let check = |simulation: ReluSimulation, expected: FlowError| {
        assert_eq!(simulate(&problem, &simulation), Err(expected));
    };
    check(
        ReluSimulation {
            tolerance: -1.0,
            ..simulation.clone()
        },
        FlowError::Tolerance { tolerance: -1.0 },
    );
    check(
        ReluSimulation {
            sample_times: vec![2.0, 1.0],
            ..simulation
        },
        FlowError::SampleTime {
            index: 1,
            time: 1.0,
        },
    );
    check(
        ReluSimulation::new(StopRule::Fitted(0.0)),
        FlowError::StopBound { bound: 0.0 },
    );
    check(
        ReluSimulation::new(StopRule::Time(-1.0)),
        FlowError::End {
            start: 0.0,
            end: -1.0,
        },
    );
}

#[test]
fn invalid_problems_are_refused() {
    type Lists = (
        Vec<f64>,
        Vec<f64>,
        Vec<f64>,
        Vec<f64>,
        Array2<f64>,
        Vec<f64>,
    );
    let valid: Lists = (
        vec![1.0, 2.0],
        vec![1.0, 0.0],
        vec![1.0],
        vec![-3.0],
        array![[0.6, -0.8]],
        vec![1.0],
    );
    let build =
        |lists: Lists| ReluProblem::new(lists.0, lists.1, lists.2, lists.3, lists.4, lists.5);
    assert!(build(valid.clone()).is_ok());
    let check = |change: &dyn Fn(&mut Lists), expected: ReluProblemError| {
        let mut lists = valid.clone();
        change(&mut lists);
        assert_eq!(build(lists), Err(expected));
    };
    check(
        &|lists| lists.2.clear(),
        ReluProblemError::Empty {
            inputs: 2,
            neurons: 0,
        },
    );
    let length = ReluProblemError::Length {
        what: "labels",
        found: 1,
        expected: 2,
    };
    check(&|lists| lists.1.truncate(1), length);
    check(
        &|lists| lists.0[1] = 0.0,
        ReluProblemError::Input {
            input: 1,
            norm: 0.0,
            label: 0.0,
        },
    );
    let output = ReluProblemError::Output {
        neuron: 0,
        sign: 0.5,
        log_output: -3.0,
    };
    check(&|lists| lists.2[0] = 0.5, output);
    let hidden = |hidden_squared_norm, squared_cosines| ReluProblemError::Hidden {
        neuron: 0,
        hidden_squared_norm,
        squared_cosines,
    };
    check(&|lists| lists.5[0] = 1.5, hidden(1.5, 1.0));
    check(&|lists| lists.5[0] = 0.5, hidden(0.5, 1.0));
    let mut lists = valid.clone();
    lists.4[[0, 0]] = f64::NAN;
    assert!(matches!(
        build(lists),
        Err(ReluProblemError::Hidden { neuron: 0, .. })
    ));
}
