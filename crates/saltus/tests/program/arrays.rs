//! `--npz`: the arrays hold what the answer says, and a failure leaves no file.

use std::io::Cursor;

use ndarray::{Array0, Array1, Array2};
use ndarray_npy::NpzReader;
use serde_json::Value;

use crate::harness::Folder;

type Archive = NpzReader<Cursor<Vec<u8>>>;

fn bytes(folder: &Folder, name: &str) -> Vec<u8> {
    std::fs::read(folder.path().join(name)).expect("a file that the program wrote")
}

fn open(folder: &Folder, name: &str) -> Archive {
    NpzReader::new(Cursor::new(bytes(folder, name))).expect("an archive")
}

fn vector(archive: &mut Archive, name: &str) -> Array1<f64> {
    archive.by_name(name).expect("a vector of doubles")
}

fn matrix(archive: &mut Archive, name: &str) -> Array2<f64> {
    archive.by_name(name).expect("a matrix of doubles")
}

/// The numbers under `key` of all samples, sample by sample.
fn numbers(answer: &Value, key: &str) -> Vec<f64> {
    let samples = answer["samples"].as_array().expect("samples").iter();
    let flat = samples.flat_map(|sample| match &sample[key] {
        Value::Array(list) => list.clone(),
        number => vec![number.clone()],
    });
    flat.map(|value| value.as_f64().expect("a number"))
        .collect()
}

/// `serde_json` reads the last bit of a double approximately.
#[track_caller]
fn assert_same(found: &[f64], expected: &[f64]) {
    let is_near = |(a, b): (&f64, &f64)| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
    let are_near = found.iter().zip(expected).all(is_near);
    assert!(
        found.len() == expected.len() && are_near,
        "{found:?} {expected:?}"
    );
}

#[test]
fn arrays_of_a_flow_are_those_of_its_answer() {
    let folder = Folder::new();
    for (file, key, other, shape) in [
        ("relu.toml", "outputs", "exponents", [(3, 3), (3, 2)]),
        ("diagonal.toml", "beta", "dual", [(3, 4), (3, 4)]),
    ] {
        let run = [
            "simulate",
            file,
            "--log-inv-scale",
            "100",
            "--at",
            "0.9,0.1",
        ];
        let run = [&run[..], &["--npz", "run.npz"]].concat();
        let answer = folder.json(&run);
        let first = bytes(&folder, "run.npz");
        let mut archive = open(&folder, "run.npz");
        let scale: Array0<f64> = archive.by_name("log_inv_scale").expect("a number");
        assert_eq!(scale.into_scalar(), 100.0);
        for name in ["rescaled_time", "loss"] {
            assert_same(
                &vector(&mut archive, name).to_vec(),
                &numbers(&answer, name),
            );
        }
        let found = matrix(&mut archive, key);
        assert_eq!(found.dim(), shape[0], "{file}");
        let found: Vec<f64> = found.iter().copied().collect();
        assert_same(&found, &numbers(&answer, key));
        assert_eq!(matrix(&mut archive, other).dim(), shape[1], "{file}");
        folder.json(&run);
        assert_eq!(
            bytes(&folder, "run.npz"),
            first,
            "the same run, the same bytes"
        );
    }
}

/// At the start every exponent is about 1, and a neuron that has jumped has an exponent of about 0.
#[test]
fn exponents_fall_from_one_to_zero() {
    let folder = Folder::new();
    let run = [
        "simulate",
        "relu.toml",
        "--log-inv-scale",
        "1000",
        "--at",
        "0.001",
    ];
    folder.json(&[&run[..], &["--npz", "run.npz"]].concat());
    let exponents = matrix(&mut open(&folder, "run.npz"), "exponents");
    let rounded: Vec<f64> = exponents.iter().map(|value| value.round()).collect();
    let jumps = folder.json(&["predict", "relu.toml"])["jumps"].clone();
    assert_eq!(jumps[0]["neurons"], serde_json::json!([0]));
    assert_eq!(rounded[..3], [1.0, 1.0, 0.0]);
}

#[test]
fn arrays_of_a_descent() {
    let folder = Folder::new();
    let train = [
        "train",
        "diagonal.toml",
        "--scale",
        "0.1",
        "--stepsize",
        "0.05",
        "--steps",
        "20",
    ];
    let answer = folder.json(&[&train[..], &["--npz", "run.npz", "--every", "5"]].concat());
    let mut archive = open(&folder, "run.npz");
    let steps: Array1<u64> = archive.by_name("step").expect("step counts");
    assert_eq!(steps.to_vec(), [0, 5, 10, 15, 20]);
    let losses = vector(&mut archive, "loss");
    let last = answer["loss"].as_f64().expect("a number");
    assert_same(&losses.to_vec()[4..], &[last]);
    for name in ["beta", "alpha_infinity", "gain", "perturbed_start"] {
        let list = answer[name].as_array().expect("a vector");
        let expected: Vec<f64> = list.iter().filter_map(Value::as_f64).collect();
        assert_same(&vector(&mut archive, name).to_vec(), &expected);
    }
}

#[test]
fn a_failure_leaves_no_file() {
    let folder = Folder::new();
    let before = folder.names();
    let check = |arguments: &[&str], expected: &str| {
        let run = folder.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1);
        assert_eq!((run.stdout.as_str(), folder.names()), ("", before.clone()));
    };
    let simulate = ["simulate", "relu.toml", "--log-inv-scale", "50", "--npz"];
    check(&[&simulate[..], &["run.csv"]].concat(), "ends in .npz");
    check(
        &[&simulate[..], &["gone/run.npz"]].concat(),
        "no folder gone",
    );
    check(
        &[&simulate[..], &["run.npz", "--at", "9", "--until", "1"]].concat(),
        "--at",
    );
    let train = [
        "train",
        "diagonal.toml",
        "--scale",
        "0.1",
        "--stepsize",
        "0.1",
        "--steps",
        "5",
    ];
    check(
        &[&train[..], &["--npz", "run.json"]].concat(),
        "ends in .npz",
    );
    check(&[&train[..], &["--every", "2"]].concat(), "--trace");
}
