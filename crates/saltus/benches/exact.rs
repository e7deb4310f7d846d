//! The exact leg over sizes: both jump processes, the certified one, and certificates.

mod common;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use saltus::check::check;
use saltus::data::shipped::load_shipped;
use saltus::jump;
use saltus::problem::{DiagonalInstance, Instance};
use saltus::verify::certify::certify;

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
    over_samples(criterion, "exact process, diagonal, d = 2n", |instance| {
        let _ = black_box(jump::diagonal::predict(instance));
    });
    over_samples(
        criterion,
        "certified process, diagonal, d = 2n",
        |instance| {
            let _ = black_box(jump::diagonal::predict_by_enclosures(instance, 192));
        },
    );
    let mut group = criterion.benchmark_group("exact process, diagonal, shipped");
    group.sample_size(10);
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

fn over_samples(criterion: &mut Criterion, title: &str, predict: impl Fn(&DiagonalInstance)) {
    let mut group = criterion.benchmark_group(title);
    group.sample_size(10);
    for samples in [5, 10, 20, 40] {
        let instance = common::diagonal(samples, 2 * samples);
        group.bench_function(BenchmarkId::new("n", samples), |bench| {
            bench.iter(|| predict(black_box(&instance)));
        });
    }
    group.finish();
}

/// Making a certificate, and checking it from its bytes.
fn certificates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("certificate");
    group.sample_size(10);
    let relu = [25, 50, 100].map(|points| Instance::Relu(common::relu(points, 32)));
    let diagonal =
        [5, 10, 20].map(|samples| Instance::Diagonal(common::diagonal(samples, 2 * samples)));
    for instance in relu.iter().chain(&diagonal) {
        let size = match instance {
            Instance::Relu(network) => format!("ReLU, n = {}", network.data().n_points()),
            Instance::Diagonal(network) => format!("diagonal, n = {}", network.n_samples()),
        };
        let bytes = certify(instance)
            .expect("nothing is undecided here")
            .write();
        group.bench_function(BenchmarkId::new("made", &size), |bench| {
            bench.iter(|| certify(black_box(instance)));
        });
        group.bench_function(BenchmarkId::new("checked", &size), |bench| {
            bench.iter(|| check(black_box(bytes.as_bytes())));
        });
    }
    group.finish();
}

criterion_group!(benches, relu, diagonal, certificates);
criterion_main!(benches);
