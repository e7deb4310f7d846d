//! `saltus predict --explain`: who wins, who is second, and by how much, checked by hand.

use serde_json::Value;

use crate::harness::Folder;

/// Per jump: winners, runner-up, exact margin.
fn races(answer: &Value) -> Vec<(String, String, String)> {
    let races = answer["explanation"].as_array().expect("an explanation");
    let race = |race: &Value| {
        (
            race["winners"].to_string(),
            race["runner_up"].to_string(),
            race["margin"]["exact"].to_string(),
        )
    };
    races.iter().map(race).collect()
}

#[track_caller]
fn check(file: &str, expected: &[(&str, &str, &str)]) {
    let folder = Folder::new();
    // Two neurons of one point each: rates 3/2 and 1 at n = 2 are 3/2 and 1, so the second arrives at 1, 1/3 later.
    folder.write(
        "two.toml",
        "system = \"relu-orthogonal\"\n[data]\ninputs = [[1, 0], [0, 1]]\nlabels = [3, 2]\n[init]\nhidden = [[1, -1], [-1, 1]]\nsigns = [1, 1]\n",
    );
    // β = (4, 1): gradients −4 and −1, so the bounds are met at 1/4 and 1.
    folder.write(
        "steps.toml",
        "system = \"diagonal-linear\"\n[data]\ninputs = [[1, 0], [0, 1]]\nlabels = [8, 2]\n",
    );
    let answer = folder.json(&["predict", file, "--explain"]);
    let found = races(&answer);
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|(winners, second, margin)| (winners.as_str(), second.as_str(), margin.as_str()))
        .collect();
    assert_eq!(found, expected);
    assert!(folder.json(&["predict", file])["explanation"].is_null());
    let text = folder.run(&["predict", file, "--explain"]).stdout;
    let reasons = text
        .lines()
        .filter(|line| line.contains(" at rescaled time "));
    assert_eq!(reasons.count(), expected.len());
    assert_eq!(text.matches("Runner-up: ").count(), expected.len() - 1);
}

#[test]
fn neurons() {
    check(
        "two.toml",
        &[("[0]", "1", "\"1/3\""), ("[1]", "null", "null")],
    );
}

#[test]
fn coordinates() {
    check(
        "steps.toml",
        &[("[0]", "1", "\"3/4\""), ("[1]", "null", "null")],
    );
}
