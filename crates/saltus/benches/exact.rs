//! The exact leg over sizes: both jump processes.

mod common;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use saltus::data::shipped::load_shipped;
use saltus::jump;
use saltus::problem::Instance;

fn relu(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exact process, ReLU, m = 32");
    group.sample_size(10);
    for points in [25, 50, 100, 200, 400] {
        let instance = common::relu(points, 32);
        group.bench_with_input(
            BenchmarkId::new("n", points),
            &instance,
            |bench, instance| {
                bench.iter(|| jump::relu::predict(black_box(instance)));
            },
        );
    }
    group.finish();
}

fn diagonal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exact process, diagonal, d = 2n");
    group.sample_size(10);
    for samples in [5, 10, 20, 40] {
        let instance = common::diagonal(samples, 2 * samples);
        group.bench_with_input(
            BenchmarkId::new("n", samples),
            &instance,
            |bench, instance| {
                bench.iter(|| jump::diagonal::predict(black_box(instance)));
            },
        );
    }
    for name in ["dln-n20-d30", "diabetes"] {
        let Ok(Instance::Diagonal(instance)) = load_shipped(name).ok_or(name) else {
            continue;
        };
        group.bench_function(name, |bench| {
            bench.iter(|| jump::diagonal::predict(black_box(&instance)));
        });
    }
    group.finish();
}

criterion_group!(benches, relu, diagonal);
criterion_main!(benches);
