//! The float leg: both flows over sizes and log inverse scales, and a thousand steps of GD and SGD.

mod common;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use saltus::dynamics::diagonal::descent::{DescentSettings, train};
use saltus::dynamics::diagonal::flow;
use saltus::dynamics::relu::{ReluSimulation, StopRule, simulate};
use saltus::jump;
use saltus::problem::LogInverseScale;
use saltus::verify::convert;

fn scale(value: f64) -> LogInverseScale {
    LogInverseScale::new(value).expect("positive")
}

fn relu_flow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("flow, ReLU");
    group.sample_size(10);
    for (points, width) in [(6, 8), (12, 30), (24, 30)] {
        let instance = common::relu(points, width);
        let sequence = jump::relu::predict(&instance).expect("decided");
        let last = sequence
            .jumps()
            .last()
            .map_or(1.0, |jump| jump.time.to_f64());
        for log_inverse_scale in [46.0, 100.0, 1e5] {
            let problem =
                convert::relu_problem(&instance, scale(log_inverse_scale)).expect("finite");
            let simulation = ReluSimulation::new(StopRule::Time(1.05 * last * log_inverse_scale));
            let name = BenchmarkId::new(format!("n = {points}, m = {width}"), log_inverse_scale);
            group.bench_with_input(name, &problem, |bench, problem| {
                bench.iter(|| simulate(black_box(problem), &simulation));
            });
        }
    }
    group.finish();
}

fn diagonal_flow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("flow, diagonal");
    group.sample_size(10);
    for samples in [6, 12] {
        let instance = common::diagonal(samples, 2 * samples);
        let sequence = jump::diagonal::predict(&instance).expect("predicted");
        let last = sequence
            .jumps()
            .last()
            .map_or(1.0, |jump| jump.time.to_f64());
        for log_inverse_scale in [100.0, 1e5] {
            let problem = convert::diagonal_flow_problem(&instance, scale(log_inverse_scale))
                .expect("finite");
            let end = flow::StopRule::Time(1.05 * last * log_inverse_scale);
            let simulation = flow::DiagonalSimulation::until(end);
            let name = BenchmarkId::new(
                format!("n = {samples}, d = {}", 2 * samples),
                log_inverse_scale,
            );
            group.bench_with_input(name, &problem, |bench, problem| {
                bench.iter(|| flow::simulate(black_box(problem), &simulation, &|| false));
            });
        }
    }
    group.finish();
}

fn descent(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1,000 steps");
    for (samples, dimension) in [(20, 30), (50, 100)] {
        let instance = common::diagonal(samples, dimension);
        let problem = convert::descent_problem(&instance, 0.1).expect("finite");
        let runs = [
            ("GD", DescentSettings::gradient_descent(0.01, 1_000)),
            ("SGD", DescentSettings::stochastic(0.01, 1, 7, 1_000)),
        ];
        for (method, settings) in runs {
            let name = BenchmarkId::new(method, format!("n = {samples}, d = {dimension}"));
            group.bench_with_input(name, &settings, |bench, settings| {
                bench.iter(|| train(black_box(&problem), settings));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, relu_flow, diagonal_flow, descent);
criterion_main!(benches);
