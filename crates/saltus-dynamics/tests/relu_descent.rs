//! The ReLU flow against plain gradient descent on the network itself.

use ndarray::{Array1, Array2, array};
use saltus_dynamics::relu::{
    DenseNetwork, DescentError, ReluDescent, ReluProblem, ReluSimulation, StopRule, simulate,
};

/// Three orthogonal inputs in four dimensions, none along an axis.
fn inputs() -> Array2<f64> {
    array![
        [0.5, 0.5, 0.5, 0.5],
        [0.75, -0.75, 0.75, -0.75],
        [1.0, 1.0, -1.0, -1.0]
    ]
}

fn labels() -> Array1<f64> {
    array![1.0, -1.5, 0.75]
}

/// `(ŵ, â)`, with `|â_j| ≥ ‖ŵ_j‖`, parts off the data and wrong-signed entries.
fn directions() -> (Array2<f64>, Array1<f64>) {
    let hidden = array![
        [0.6, 0.3, 0.2, -0.1],
        [0.2, -0.4, 0.1, -0.5],
        [0.5, 0.5, -0.6, -0.1],
        [-0.3, -0.3, 0.7, 0.2],
    ];
    (hidden, array![0.8, -0.9, 1.0, -1.0])
}

fn scaled_network(log_inverse_scale: f64) -> DenseNetwork {
    let scale = (-log_inverse_scale).exp();
    let (hidden, outputs) = directions();
    DenseNetwork::new(inputs(), labels(), hidden * scale, outputs * scale).expect("the shapes fit")
}

fn scaled_problem(log_inverse_scale: f64) -> ReluProblem {
    let (inputs, (hidden, outputs)) = (inputs(), directions());
    let norms: Vec<f64> = inputs
        .rows()
        .into_iter()
        .map(|row| row.dot(&row).sqrt())
        .collect();
    let cosines = Array2::from_shape_fn((hidden.nrows(), inputs.nrows()), |(j, i)| {
        hidden.row(j).dot(&inputs.row(i)) / (norms[i] * outputs[j].abs())
    });
    let hidden_squared_norms = (0..outputs.len())
        .map(|j| hidden.row(j).dot(&hidden.row(j)) / (outputs[j] * outputs[j]))
        .collect();
    let logs = outputs
        .iter()
        .map(|a| a.abs().ln() - log_inverse_scale)
        .collect();
    let signs = outputs.iter().map(|a| a.signum()).collect();
    ReluProblem::new(
        norms,
        labels().to_vec(),
        signs,
        logs,
        cosines,
        hidden_squared_norms,
    )
    .expect("the case is a valid problem")
}

#[test]
fn descent_tends_to_the_flow_at_first_order() {
    for log_inverse_scale in [5.0, 8.0, 20.0] {
        let end = 6.0 * log_inverse_scale + 40.0;
        let samples: Vec<f64> = [0.1, 0.4, 0.7, 1.0].map(|fraction| fraction * end).to_vec();
        let simulation = ReluSimulation {
            sample_times: samples,
            ..ReluSimulation::new(StopRule::Time(end))
        };
        let flow = simulate(&scaled_problem(log_inverse_scale), &simulation)
            .expect("the flow exists for all time");
        assert!(
            flow.end.loss < 1e-3 * flow.samples[0].loss,
            "the run must include the jumps"
        );
        let network = scaled_network(log_inverse_scale);
        let errors: Vec<f64> = [1000, 2000, 4000]
            .iter()
            .map(|&steps| {
                let sample_steps = [1, 4, 7, 10].map(|tenths| tenths * steps / 10).to_vec();
                let settings = ReluDescent {
                    stepsize: end / steps as f64,
                    steps,
                    sample_steps,
                };
                let descent = network.descend(&settings).expect("the stepsize is small");
                let mut error: f64 = (descent.squared_norm - flow.squared_norm).abs();
                for (sample, expected) in descent.samples.iter().zip(&flow.samples) {
                    error = error.max((sample.loss - expected.loss).abs());
                    for (output, expected) in sample.outputs.iter().zip(&expected.outputs) {
                        error = error.max((output - expected).abs());
                    }
                }
                for (time, expected) in descent.half_fit_times.iter().zip(&flow.half_fit_times) {
                    let (time, expected) = (time.expect("fitted"), expected.expect("fitted"));
                    error = error.max((time - expected).abs());
                }
                error
            })
            .collect();
        for pair in errors.windows(2) {
            let ratio = pair[0] / pair[1];
            assert!(
                (1.7..2.3).contains(&ratio),
                "Λ = {log_inverse_scale}: errors {errors:?}"
            );
        }
        assert!(
            errors[2] < 0.5,
            "Λ = {log_inverse_scale}: errors {errors:?}"
        );
    }
}

#[test]
fn one_step_by_hand() {
    // f = 2·3 = 6, r = 1 − 6 = −5: a ← 2 − 0.1·5·3, w ← 3 − 0.1·5·2.
    let network = DenseNetwork::new(array![[1.0]], array![1.0], array![[3.0]], array![2.0])
        .expect("the shapes fit");
    let settings = ReluDescent {
        stepsize: 0.1,
        steps: 1,
        sample_steps: vec![0, 1],
    };
    let found = network
        .descend(&settings)
        .expect("one step cannot diverge here");
    assert_eq!(found.samples[0].outputs, [6.0]);
    assert_eq!(found.samples[0].loss, 12.5);
    assert_eq!(found.samples[1].outputs, [0.5 * 2.0]);
    assert_eq!(found.half_fit_times, [Some(0.0)]);
    assert_eq!(found.squared_norm, 0.25 + 4.0);
}

#[test]
fn invalid_descents_are_refused() {
    let network = scaled_network(5.0);
    let valid = ReluDescent {
        stepsize: 0.01,
        steps: 10,
        sample_steps: vec![0, 10],
    };
    let check = |settings: ReluDescent, expected: DescentError| {
        assert_eq!(network.descend(&settings), Err(expected));
    };
    check(
        ReluDescent {
            stepsize: 0.0,
            ..valid.clone()
        },
        DescentError::Stepsize { stepsize: 0.0 },
    );
    let sample_steps = vec![3, 3];
    check(
        ReluDescent {
            sample_steps,
            ..valid
        },
        DescentError::SampleStep { index: 1, step: 3 },
    );
    let sample_steps = vec![11];
    check(
        ReluDescent {
            sample_steps,
            ..valid
        },
        DescentError::SampleStep { index: 0, step: 11 },
    );
    // f = 1, r = 9: one step of size 10 leads to a = w = 91.
    let network = DenseNetwork::new(array![[1.0]], array![10.0], array![[1.0]], array![1.0])
        .expect("the shapes fit");
    let wild = ReluDescent {
        stepsize: 10.0,
        steps: 9,
        sample_steps: Vec::new(),
    };
    assert_eq!(
        network.descend(&wild),
        Err(DescentError::Diverged {
            step: 1,
            loss: 8271.0 * 8271.0 / 2.0
        })
    );

    let refused = DenseNetwork::new(inputs(), array![1.0], array![[1.0]], array![1.0]);
    assert_eq!(
        refused,
        Err(DescentError::Shape {
            what: "inputs (rows)",
            found: 3,
            expected: 1
        })
    );
    let refused = DenseNetwork::new(array![[f64::NAN]], array![1.0], array![[1.0]], array![1.0]);
    assert_eq!(refused, Err(DescentError::NotFinite { what: "inputs" }));
}
