//! Answers of `predict`, `simulate`, `verify` and `example`.

use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Folder, RELU, assert_keys_in_order};

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(number)
        .collect()
}

fn decimal(value: &Value) -> f64 {
    let text = value["decimal"].as_str().expect("an exact number");
    text.parse().expect("a decimal")
}

#[test]
fn predict_prints_its_keys_in_order() {
    let folder = Folder::new();
    let relu = folder.run(&["predict", "relu.toml", "--json"]).stdout;
    assert_keys_in_order(
        &relu,
        &[
            "system",
            "n",
            "d",
            "width",
            "jumps",
            "time",
            "exact",
            "decimal",
            "neurons",
            "points",
            "loss",
            "squared_norm",
            "parameters",
            "neuron",
            "squared_size",
            "direction",
            "unfitted",
            "interpolates",
            "squared_norm",
            "min_squared_norm",
            "hypotheses",
            "name",
            "holds",
            "detail",
        ],
    );
    let diagonal = folder.run(&["predict", "diagonal.toml", "--json"]).stdout;
    assert_keys_in_order(
        &diagonal,
        &[
            "system",
            "n",
            "d",
            "jumps",
            "time",
            "activated",
            "deactivated",
            "beta",
            "unique",
            "loss",
            "l1_norm",
            "interpolates",
            "hypotheses",
        ],
    );
}

#[test]
fn predict_in_text() {
    let folder = Folder::new();
    insta::assert_snapshot!(folder.run(&["predict", "relu.toml"]).stdout, @"
    small
    relu-orthogonal: 3 points in dimension 3, 2 neurons, initial loss 0.375000000000

    jump  rescaled time  exactly      neuron  points            loss   squared norm
       0  2.12132034356  3/2*sqrt(2)  0       0 1     0.166666666667  2.06155281281
       1  3.00000000000  3            1       2                    0  4.06155281281

    At the end every point is fitted; squared norm 4.06155281281, least possible 4.06155281281.

    Hypotheses
      yes  unique winners: one neuron at every jump
      yes  uniqueness of the fit: the parameters after every jump are determined
      yes  every point is covered: every point with a non-zero label lies in some active set
      yes  smallest gap between jumps: 0.878679656440357426797466913685 between jumps 0 and 1
      yes  smallest margin of a winner: at jump 0 neuron 1 would have been later by 8.786797e-1
    ");
    insta::assert_snapshot!(folder.run(&["predict", "diagonal.toml"]).stdout, @"
    small
    diagonal-linear: 3 samples, 4 coordinates, initial loss 2.33333333333

    jump   rescaled time  exactly  enter            loss        l1 norm
       0  0.375000000000  3/8      2      0.200000000000  1.60000000000
       1   1.00000000000  1        0                   0  2.00000000000

    At the end every label is fitted.

    coordinate     coefficient  exactly
             0  0.500000000000  1/2
             2   1.50000000000  3/2

    Hypotheses
      yes  unique winners: one coordinate hits at every jump
      yes  strict complementarity: no coordinate rests at its bound with zero gradient and zero value
      yes  uniqueness of the fit: every constrained fit is unique
      yes  smallest gap between jumps: 0.625000000000000000000000000000 between jumps 0 and 1
    ");
    folder.write("silent.toml", RELU.replace("[1, \"1/2\", -1]", "[0, 0, 0]"));
    insta::assert_snapshot!(folder.run(&["predict", "silent.toml"]).stdout, @"
    small
    relu-orthogonal: 3 points in dimension 3, 2 neurons, initial loss 0

    There is no jump.

    At the end every point is fitted; squared norm 0, least possible 0.

    Hypotheses
      yes  unique winners: one neuron at every jump
      yes  uniqueness of the fit: the parameters after every jump are determined
      yes  every point is covered: every point with a non-zero label lies in some active set
      yes  smallest gap between jumps: fewer than two jumps
      yes  smallest margin of a winner: no jump has a runner-up
    ");
}

#[test]
fn instances_come_from_standard_input_too() {
    let folder = Folder::new();
    let from_file = folder.run(&["predict", "relu.toml"]);
    let from_input = folder.run_on(RELU, &["predict", "-"]);
    assert_eq!(from_input.stdout, from_file.stdout);
    let unnamed = RELU.replace("name = \"small\"\n", "");
    assert_eq!(
        folder.run_on(&unnamed, &["predict", "-", "--json"]).json(0)["name"],
        "stdin"
    );
}

#[test]
fn data_files_lie_beside_the_instance_file() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("sub")).expect("a new folder");
    folder.write("sub/x.csv", "1,0,0\n0,2,0\n0,0,1\n");
    let instance = RELU.replace("[[1, 0, 0], [0, 2, 0], [0, 0, 1]]", "\"x.csv\"");
    folder.write("sub/relu.toml", &instance);
    let expected = folder.run(&["predict", "relu.toml"]).stdout;
    let elsewhere = folder.run(&["predict", "sub/relu.toml"]);
    assert_eq!((elsewhere.stdout, elsewhere.code), (expected, Some(0)));
    let run = folder.run_on(&instance, &["predict", "-"]);
    insta::assert_snapshot!(run.stderr, @r#"saltus: stdin: [data] inputs: cannot read "x.csv": there is no such file, expected one that can be read"#);
}

#[test]
fn simulate_samples_in_the_order_asked_and_then_the_end() {
    let folder = Folder::new();
    let answer = folder.json(&[
        "simulate",
        "relu.toml",
        "--log-inv-scale",
        "50",
        "--at",
        "2,0,7,2",
        "--until",
        "20",
    ]);
    let samples = answer["samples"].as_array().expect("a list");
    let times: Vec<f64> = samples
        .iter()
        .map(|sample| number(&sample["rescaled_time"]))
        .collect();
    assert_eq!(times, [2.0, 0.0, 7.0, 2.0, 20.0]);
    assert_eq!(samples[0], samples[3]);
    // The loss starts at (1 + 1/4 + 1)/6 and ends near 0.
    assert!((number(&samples[1]["loss"]) - 0.375).abs() < 1e-9);
    assert!(number(&samples[4]["loss"]) < 1e-9);
    for sample in samples {
        assert_eq!(numbers(&sample["outputs"]).len(), 3);
    }
    assert_eq!(answer["steps"], answer["statistics"]["accepted"]);
}

#[test]
fn simulate_ends_past_the_last_jump_unless_told_otherwise() {
    let folder = Folder::new();
    let check = |file: &str, options: &[&str], expected: f64| {
        let mut arguments = vec!["simulate", file, "--log-inv-scale", "30"];
        arguments.extend(options);
        let answer = folder.json(&arguments);
        let end = answer["samples"]
            .as_array()
            .and_then(|samples| samples.last());
        let end = number(&end.expect("a sample")["rescaled_time"]);
        assert!((end - expected).abs() < 1e-12 * expected, "{file}: {end}");
    };
    let prediction = folder.json(&["predict", "relu.toml"]);
    let jumps = prediction["jumps"].as_array().expect("a list");
    let last = decimal(&jumps.last().expect("a jump")["time"]);
    check("relu.toml", &[], 1.2 * last);
    check("relu.toml", &["--at", "1"], 1.2 * last);
    check("relu.toml", &["--at", "1e3,2"], 1e3);
    check("relu.toml", &["--until", "0.5"], 0.5);
    folder.write("silent.toml", RELU.replace("[1, \"1/2\", -1]", "[0, 0, 0]"));
    check("silent.toml", &[], 1.0);
}

#[test]
fn simulate_counts_the_jumps_that_a_run_passes_by_default() {
    let folder = Folder::new();
    folder.write("silent.toml", RELU.replace("[1, \"1/2\", -1]", "[0, 0, 0]"));
    for file in ["relu.toml", "diagonal.toml", "silent.toml"] {
        let arguments = ["simulate", file, "--log-inv-scale", "30"];
        let predicted = folder.json(&["predict", file]);
        let count = predicted["jumps"].as_array().expect("a list").len();
        let answer = folder.json(&arguments);
        assert_eq!(answer["jumps"], count, "{file}");
        let steps = number(&answer["steps"]);
        let shown = format!("({:.1} per jump)", steps / count as f64);
        let text = folder.run(&arguments).stdout;
        assert_eq!(text.contains(&shown), count > 0, "{file}: {text}");
        assert_eq!(text.contains("per jump"), count > 0, "{file}: {text}");

        let told = [&arguments[..], &["--until", "0.5"]].concat();
        assert_eq!(folder.json(&told)["jumps"], Value::Null, "{file}");
        assert!(!folder.run(&told).stdout.contains("per jump"), "{file}");
    }
}

#[test]
fn half_fit_times_approach_the_jumps() {
    let folder = Folder::new();
    let prediction = folder.json(&["predict", "relu.toml"]);
    let simulate = |scale: &str, method: &str| {
        let options = ["--log-inv-scale", scale, "--method", method];
        folder.json(&[&["simulate", "relu.toml"], &options[..]].concat())
    };
    let (far, near) = (simulate("1e5", "radau"), simulate("1e2", "radau"));
    let second = simulate("1e2", "rodas");
    let mut n_points = 0;
    for jump in prediction["jumps"].as_array().expect("a list") {
        for point in numbers(&jump["points"]) {
            let time = |answer: &Value| number(&answer["half_fit_times"][point as usize]);
            n_points += 1;
            let slope = (time(&far) - time(&near)) / (1e5 - 1e2);
            let expected = decimal(&jump["time"]);
            assert!((slope / expected - 1.0).abs() < 1e-8, "{slope} {expected}");
            assert!((time(&near) / time(&second) - 1.0).abs() < 1e-6);
        }
    }
    assert_eq!(n_points, 3);
    assert!(number(&far["steps"]) <= 2.0 * number(&near["steps"]));
    let expected = decimal(&prediction["squared_norm"]);
    assert!((number(&far["squared_norm"]) / expected - 1.0).abs() < 1e-9);
}

#[test]
fn simulations_of_diagonal_networks_end_at_the_predicted_coefficients() {
    let folder = Folder::new();
    let prediction = folder.json(&["predict", "diagonal.toml"]);
    let answer = folder.json(&["simulate", "diagonal.toml", "--log-inv-scale", "1e4"]);
    let last = |answer: &Value, key: &str| {
        let list = answer[key].as_array().expect("a list");
        list.last().expect("not empty").clone()
    };
    let expected = last(&prediction, "jumps")["beta"].clone();
    let expected: Vec<f64> = expected
        .as_array()
        .expect("unique")
        .iter()
        .map(decimal)
        .collect();
    let beta = numbers(&last(&answer, "samples")["beta"]);
    for (found, expected) in beta.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-8, "{beta:?} {expected:?}");
    }
    // ‖u‖² + ‖v‖² is twice the l1 norm once the scale is negligible.
    let l1_norm: f64 = expected.iter().map(|value| value.abs()).sum();
    assert!((number(&answer["squared_norm"]) - 2.0 * l1_norm).abs() < 1e-8);
    assert!(answer.get("half_fit_times").is_none());
}

#[test]
fn verify_says_what_holds() {
    let folder = Folder::new();
    let check = |file: &str, options: &[&str], code: i32, expected: &[(&str, &str)]| {
        let arguments = [&["verify", file, "--json"], options].concat();
        let answer = folder.run(&arguments).json(code);
        let claims = answer["claims"].as_array().expect("a list");
        let verdicts: Vec<(&str, &str)> = claims
            .iter()
            .map(|claim| {
                let text = |key: &str| claim[key].as_str().expect("a text");
                assert!(claim["evidence"].is_object() && !text("statement").is_empty());
                (text("id"), text("verdict"))
            })
            .collect();
        assert_eq!(verdicts, expected);
        let overall = ["holds", "fails", "", "undecided"][code as usize];
        assert_eq!(answer["verdict"], overall);
    };
    let diagonal = [("D1", "holds"), ("D2", "holds"), ("D3", "holds")];
    let flow = ["--claim", "D1", "--claim", "D2", "--claim", "D3"];
    check("diagonal.toml", &flow, 0, &diagonal);
    check("diagonal.toml", &["--claim", "S3"], 0, &[("S3", "holds")]);
    check("diagonal.toml", &["--claim", "d2"], 0, &diagonal[1..2]);
    check("relu.toml", &["--claim", "R1"], 0, &[("R1", "holds")]);
    let limit = ["--claim", "R1", "--time-limit", "1e-9"];
    check("relu.toml", &limit, 3, &[("R1", "undecided")]);
}

#[test]
fn every_example_is_printed_whole() {
    let folder = Folder::new();
    let list = folder.json(&["example", "--list"]);
    let examples = list["examples"].as_array().expect("a list");
    assert!(examples.len() >= 11);
    let names = folder.run(&["example", "--list"]).stdout;
    for example in examples {
        let name = example["name"].as_str().expect("a name");
        assert!(names.lines().any(|line| line.starts_with(name)), "{name}");
        let toml = folder.run(&["example", name]);
        assert_eq!((toml.code, toml.stderr.as_str()), (Some(0), ""));
        assert_eq!(folder.json(&["example", name])["toml"], toml.stdout);
        // Nothing beside the printed file is needed.
        let answer = folder.run_on(&toml.stdout, &["predict", "-", "--json"]);
        assert!(answer.json(0)["hypotheses"].is_array(), "{name}");
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let folder = Folder::new();
    let check = |arguments: &[&str], expected: &str| {
        let run = folder.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert!(run.stdout.contains(expected), "{}", run.stdout);
    };
    check(&["--help"], "simulate");
    check(&["-h"], "Exit codes");
    check(&["simulate", "--help"], "--log-inv-scale");
    check(
        &["--version"],
        concat!("saltus ", env!("CARGO_PKG_VERSION")),
    );
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["example", "diabetes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut start = [0; 4];
    let mut stdout = child.stdout.take().expect("it was piped");
    stdout.read_exact(&mut start).expect("an answer");
    // The answer is longer than the buffer of a pipe, so the program is still writing.
    drop(stdout);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
