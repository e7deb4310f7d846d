//! Answers of `train`, and the files that it writes.

use serde_json::Value;

use crate::harness::{Folder, assert_keys_in_order};

const BASE: &[&str] = &["train", "diagonal.toml", "--scale", "0.1"];

fn arguments<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [BASE, options].concat()
}

#[test]
fn answers_have_their_keys() {
    let folder = Folder::new();
    let run = folder.run(&arguments(&[
        "--stepsize",
        "0.05",
        "--steps",
        "9",
        "--json",
    ]));
    assert_keys_in_order(
        &run.stdout,
        &[
            "beta",
            "loss",
            "steps",
            "converged",
            "diverged",
            "diverged_at_step",
            "alpha_infinity",
            "gain",
            "kkt_residual",
            "solver_distance",
            "sharpness",
        ],
    );
}

#[test]
fn runs_converge_stay_bounded_or_diverge() {
    let folder = Folder::new();
    let train = |options: &[&str]| folder.json(&arguments(options));
    let converged = train(&["--stepsize", "0.05", "--steps", "100000"]);
    assert_eq!(converged["converged"], true);
    assert_eq!(converged["diverged"], false);
    assert_eq!(converged["diverged_at_step"], Value::Null);
    for (key, bound) in [
        ("kkt_residual", 1e-9),
        ("solver_distance", 1e-8),
        ("max_identity_residual", 1e-10),
    ] {
        let found = converged[key].as_f64().expect("a number");
        assert!(found <= bound, "{key} {found}");
    }

    let bounded = train(&["--stepsize", "0.05", "--steps", "10"]);
    let facts = ["converged", "diverged", "kkt_residual", "solver_distance"];
    let expected = [
        Value::Bool(false),
        Value::Bool(false),
        Value::Null,
        Value::Null,
    ];
    assert_eq!(facts.map(|key| bounded[key].clone()), expected);
    assert_eq!(bounded["steps"], 10);

    let diverged = train(&["--stepsize", "50", "--steps", "1000"]);
    assert_eq!(
        (&diverged["converged"], &diverged["diverged"]),
        (&Value::Bool(false), &Value::Bool(true))
    );
    assert_eq!(diverged["diverged_at_step"], diverged["steps"]);
    let text = folder.run(&arguments(&["--stepsize", "50", "--steps", "1000"]));
    assert!(text.code == Some(0) && text.stdout.contains("diverged at step"));
}

#[test]
fn the_seed_decides_the_batches() {
    let folder = Folder::new();
    let train = |seed: &str| {
        let options = ["--stepsize", "0.05", "--steps", "500", "--batch", "1"];
        folder
            .run(&arguments(
                &[&options[..], &["--seed", seed, "--json"]].concat(),
            ))
            .stdout
    };
    assert_eq!(train("7"), train("7"));
    assert_ne!(train("7"), train("8"));
    // A batch of all samples is gradient descent.
    let full = folder.json(&arguments(&[
        "--stepsize",
        "0.05",
        "--steps",
        "50",
        "--batch",
        "3",
    ]));
    let plain = folder.json(&arguments(&["--stepsize", "0.05", "--steps", "50"]));
    assert_eq!(full, plain);
}

#[test]
fn stepsizes_come_as_a_list_or_as_a_file() {
    let folder = Folder::new();
    folder.write("steps.txt", "0.1\n0.05 0.02,\n");
    let train = |options: &[&str]| {
        folder.json(&arguments(&[options, &["--steps", "30"]].concat()))["beta"].clone()
    };
    let list = train(&["--stepsizes", "0.1,0.05,0.02"]);
    assert_eq!(train(&["--stepsizes", "steps.txt"]), list);
    assert_ne!(train(&["--stepsize", "0.1"]), list);
    assert_eq!(
        train(&["--stepsizes", "0.1"]),
        train(&["--stepsize", "0.1"])
    );
}

#[test]
fn traces_are_written_whole() {
    let folder = Folder::new();
    let run = |options: &[&str]| {
        let base = ["--stepsize", "0.05", "--steps", "10"];
        folder.run(&arguments(&[&base[..], options].concat()))
    };
    assert_eq!(run(&["--trace", "loss.csv", "--every", "4"]).code, Some(0));
    let csv = folder.read("loss.csv");
    let steps: Vec<&str> = csv
        .lines()
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(steps, ["step", "0", "4", "8", "10"]);
    // A file that is there is replaced.
    assert_eq!(run(&["--trace", "loss.csv"]).code, Some(0));
    assert_eq!(folder.read("loss.csv").lines().count(), 12);

    assert_eq!(run(&["--trace", "loss.jsonl"]).code, Some(0));
    for (step, line) in folder.read("loss.jsonl").lines().enumerate() {
        let record: Value = serde_json::from_str(line).expect("a record");
        assert_eq!(record["step"], step);
        assert!(record["loss"].is_f64());
    }

    // Nothing is left behind by a run that is refused.
    assert_eq!(run(&["--trace", "other.csv", "--batch", "9"]).code, Some(2));
    assert_eq!(
        folder.names(),
        ["diagonal.toml", "loss.csv", "loss.jsonl", "relu.toml"]
    );
}
