//! The exact jump process of diagonal networks on doubles in full, as fractions and by enclosures.

use std::time::Instant;

use saltus::data::{ReadError, parse_instance};
use saltus::jump::diagonal::{predict, predict_by_enclosures};
use saltus::problem::{DiagonalInstance, Instance};
use serde_json::json;

use crate::Work;

/// Bits of the enclosures at first, as in the program; doubled until every decision separates.
const PRECISIONS: [u32; 4] = [192, 384, 768, 1536];

/// `exact-NxD` or `enclosures-NxD`.
pub fn find(name: &str) -> Option<Work> {
    let (method, size) = name.split_once('-')?;
    let (samples, dimension) = size.split_once('x')?;
    let (samples, dimension) = (samples.parse().ok()?, dimension.parse().ok()?);
    let by_enclosures = match method {
        "exact" => false,
        "enclosures" => true,
        _ => return None,
    };
    let (inputs, labels) = doubles(samples, dimension);
    let instance = instance(&inputs, &labels);
    Some(Work {
        instance: json!({"inputs": inputs, "labels": labels}),
        run: Box::new(move || {
            if by_enclosures {
                enclosed(&instance)
            } else {
                exact(&instance)
            }
        }),
    })
}

/// Reading the instance is not timed, writing the jump times as text is.
fn exact(instance: &DiagonalInstance) -> (f64, serde_json::Value) {
    let begin = Instant::now();
    let sequence = predict(instance).expect("the benchmark's instances are tame");
    let times = sequence.times_as_text();
    (begin.elapsed().as_secs_f64(), json!(times))
}

/// The times that the process shares with the lasso path: to the first jump at which a coordinate leaves.
fn enclosed(instance: &DiagonalInstance) -> (f64, serde_json::Value) {
    let begin = Instant::now();
    let sequence = PRECISIONS
        .iter()
        .find_map(|&precision| predict_by_enclosures(instance, precision))
        .expect("nothing ties in the benchmark's instances");
    let seconds = begin.elapsed().as_secs_f64();
    let shared = sequence
        .jumps
        .iter()
        .position(|jump| !jump.deactivated.is_empty())
        .map_or(sequence.jumps.len(), |first| first + 1);
    let times: Vec<f64> = sequence.jumps[..shared]
        .iter()
        .map(|jump| jump.time.to_f64())
        .collect();
    (seconds, json!(times))
}

/// Standard normal inputs and labels (Box and Muller) from Knuth's linear congruential generator.
fn doubles(samples: usize, dimension: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut state: u64 = 1;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let mut normal =
        move || (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    let inputs = (0..samples)
        .map(|_| (0..dimension).map(|_| normal()).collect())
        .collect();
    (inputs, (0..samples).map(|_| normal()).collect())
}

fn instance(inputs: &[Vec<f64>], labels: &[f64]) -> DiagonalInstance {
    // The shortest decimal of a double stands for the double itself, as it does for the peers.
    let text =
        format!("system = \"diagonal-linear\"\n[data]\ninputs = {inputs:?}\nlabels = {labels:?}\n");
    match parse_instance(&text, "side.toml", &mut |_| Err(ReadError::NotFound)) {
        Ok(Instance::Diagonal(instance)) => instance,
        other => unreachable!("the file above is a valid diagonal instance: {other:?}"),
    }
}
