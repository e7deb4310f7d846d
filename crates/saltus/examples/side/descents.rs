//! GD and SGD on a diagonal linear network: seconds per step.

use std::time::Instant;

use saltus::dynamics::diagonal::DiagonalProblem;
use saltus::dynamics::diagonal::descent::{BatchSampler, DescentSettings, train};
use saltus::verify::convert;
use serde_json::json;

use crate::{Work, common};

/// Enough steps that what surrounds the loop does not count.
const STEPS: u64 = 100_000;
const STEPSIZE: f64 = 0.01;
const SCALE: f64 = 0.1;
const SEED: u64 = 7;

/// `gd-NxD` or `sgd-NxD`.
pub fn find(name: &str) -> Option<Work> {
    let (method, size) = name.split_once('-')?;
    let (samples, dimension) = size.split_once('x')?;
    let samples: u32 = samples.parse().ok()?;
    let (batch, stochastic) = match method {
        "gd" => (samples as usize, false),
        "sgd" => (1, true),
        _ => return None,
    };
    let instance = common::diagonal(samples, dimension.parse().ok()?);
    let problem = convert::descent_problem(&instance, SCALE).ok()?;
    let mut settings = DescentSettings::stochastic(STEPSIZE, batch, SEED, STEPS);
    // Both sides take every step.
    settings.loss_tolerance = 0.0;
    let mut sampler = BatchSampler::new(samples as usize, batch, SEED);
    let draws: Option<Vec<usize>> =
        stochastic.then(|| (0..STEPS).map(|_| sampler.draw()[0]).collect());
    let rows = (0..problem.samples()).map(|i| problem.row(i));
    Some(Work {
        instance: json!({
            "inputs": rows.collect::<Vec<_>>(),
            "labels": problem.labels(),
            "scales": problem.scales(),
            "stepsize": STEPSIZE,
            "steps": STEPS,
            "draws": draws,
        }),
        run: Box::new(move || run(&problem, &settings)),
    })
}

fn run(problem: &DiagonalProblem, settings: &DescentSettings) -> (f64, serde_json::Value) {
    let begin = Instant::now();
    let trained = train(problem, settings).expect("valid settings");
    let seconds = begin.elapsed().as_secs_f64() / STEPS as f64;
    (seconds, json!(trained.beta))
}
