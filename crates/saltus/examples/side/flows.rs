//! The ReLU flow: outputs at four times up to just after the last jump.

use std::time::Instant;

use saltus::dynamics::relu::{ReluProblem, ReluSimulation, StopRule, simulate};
use saltus::jump;
use saltus::problem::LogInverseScale;
use saltus::verify::convert;
use serde_json::json;

use crate::{Work, common};

/// The tolerance that the peers are given as their relative one.
const TOLERANCE: f64 = 1e-9;

/// `relu-flow-NxM-Λ`, to the last jump, or to τ = 60 where that comes first.
pub fn find(name: &str) -> Option<Work> {
    let mut parts = name.strip_prefix("relu-flow-")?.splitn(2, '-');
    let (points, width) = parts.next()?.split_once('x')?;
    let log_inverse_scale: f64 = parts.next()?.parse().ok()?;
    let instance = common::relu(points.parse().ok()?, width.parse().ok()?);
    let sequence = jump::relu::predict(&instance).ok()?;
    let last = sequence.jumps().last()?.time.to_f64();
    let scale = LogInverseScale::new(log_inverse_scale).ok()?;
    let problem = convert::relu_problem(&instance, scale).ok()?;
    let end = (1.05 * last).min(60.0) * log_inverse_scale;
    let times: Vec<f64> = [0.25, 0.5, 0.75, 1.0].map(|part| part * end).to_vec();
    Some(Work {
        instance: json!({
            "norms": problem.input_norms(),
            "labels": problem.labels(),
            "signs": problem.output_signs(),
            "log_outputs": problem.log_outputs(),
            "cosines": problem.cosines().rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
            "times": times,
            "tolerance": TOLERANCE,
        }),
        run: Box::new(move || run(&problem, &times)),
    })
}

fn run(problem: &ReluProblem, times: &[f64]) -> (f64, serde_json::Value) {
    let simulation = ReluSimulation {
        tolerance: TOLERANCE,
        sample_times: times.to_vec(),
        ..ReluSimulation::new(StopRule::Time(times[times.len() - 1]))
    };
    let begin = Instant::now();
    let trajectory = simulate(problem, &simulation).expect("the benchmark's instances are tame");
    let seconds = begin.elapsed().as_secs_f64();
    if std::env::var_os("SALTUS_COUNTERS").is_some() {
        eprintln!("{:?}", trajectory.statistics);
    }
    let outputs: Vec<f64> = trajectory
        .samples
        .iter()
        .flat_map(|sample| sample.outputs.clone())
        .collect();
    (seconds, json!(outputs))
}
