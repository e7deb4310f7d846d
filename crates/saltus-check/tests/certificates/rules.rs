//! For every rule certificates that break it alone, each with its reason; unchanged, the same certificates are accepted.

use std::collections::BTreeSet;

use saltus_certificate::Certificate;
use saltus_check::{Rule, Verdict, check};
use saltus_data::shipped::load_shipped;
use serde_json::{Value, json};

use crate::examples::{EXACT_TIE, OVERLAP, certificate, parse};
use crate::python::agree;

/// Which certificate is changed.
#[derive(Clone, Copy)]
enum Base {
    /// Two jumps of one neuron each.
    ThreePoints,
    /// Two coordinates enter together, then a third.
    TwoEnter,
    /// Two neurons arrive at the same time by different histories.
    ExactTie,
    /// Blocks of a tie overlap, so that the norm is undetermined.
    Overlap,
}

impl Base {
    fn text(self) -> String {
        let shipped = |name| load_shipped(name).expect("the name of a shipped instance");
        certificate(&match self {
            Base::ThreePoints => shipped("relu-three-points"),
            Base::TwoEnter => shipped("dln-two-enter"),
            Base::ExactTie => parse(EXACT_TIE),
            Base::Overlap => parse(OVERLAP),
        })
    }
}

/// A rejected certificate.
struct Rejected {
    rule: Rule,
    /// Why it must be rejected.
    why: &'static str,
    base: Base,
    /// JSON pointers and what is written there.
    edits: Vec<(&'static str, Value)>,
}

fn rejected(
    rule: Rule,
    why: &'static str,
    base: Base,
    edits: impl Into<Vec<(&'static str, Value)>>,
) -> Rejected {
    Rejected {
        rule,
        why,
        base,
        edits: edits.into(),
    }
}

/// The changed text; the hash is written anew, so that only the rule in question is broken.
fn edited(case: &Rejected) -> String {
    let mut root: Value = serde_json::from_str(&case.base.text()).expect("certificates are JSON");
    let mut touches_hash = false;
    for (pointer, value) in &case.edits {
        touches_hash |= *pointer == "/hash";
        *root.pointer_mut(pointer).expect("the place exists") = value.clone();
    }
    if !touches_hash && let Ok(certificate) = Certificate::read(root.to_string().as_bytes()) {
        let hash = match &certificate {
            Certificate::Relu(certificate) => certificate.instance.hash(),
            Certificate::Diagonal(certificate) => certificate.instance.hash(),
        };
        root["hash"] = Value::from(hash);
    }
    root.to_string()
}

/// The jump of the three points at which neuron 1 is said to win, with everything that follows from it written as it should be.
fn wrong_winner() -> Vec<(&'static str, Value)> {
    vec![
        (
            "/jumps/0/winners",
            json!([{ "neuron": 1, "block": [0], "fourth_power": "9/4", "tie": null }]),
        ),
        ("/jumps/0/points", json!([0])),
        (
            "/jumps/0/duration",
            json!(["36893488147419103232", "36893488147419103232"]),
        ),
        (
            "/jumps/0/racers/0/exponent",
            json!(["-12297829382473034412", "-12297829382473034410"]),
        ),
        ("/jumps/0/racers/1/exponent", json!(["0", "0"])),
        (
            "/jumps/0/racers/2/exponent",
            json!(["-6148914691236517206", "-6148914691236517204"]),
        ),
    ]
}

fn table() -> Vec<Rejected> {
    use Base::{ExactTie, Overlap, ThreePoints, TwoEnter};
    vec![
        rejected(
            Rule::Format,
            "jumps are a list",
            TwoEnter,
            [("/jumps", json!(3))],
        ),
        rejected(
            Rule::Format,
            "an index is no text",
            ThreePoints,
            [("/jumps/0/points/0", json!("0"))],
        ),
        rejected(
            Rule::Version,
            "the version is unknown",
            TwoEnter,
            [("/version", json!(2))],
        ),
        rejected(
            Rule::Hash,
            "the hash is that of nothing",
            TwoEnter,
            [("/hash", json!("00"))],
        ),
        rejected(
            Rule::Hash,
            "the instance has another name",
            ThreePoints,
            [(
                "/hash",
                json!("4f7ddaad4970b788b8dd742b2141226ac1f0d610cef3e804fc83b08b568dea00"),
            )],
        ),
        rejected(
            Rule::Instance,
            "exponents are positive",
            TwoEnter,
            [("/instance/exponents/0", json!("-1"))],
        ),
        rejected(
            Rule::Instance,
            "a label is missing",
            TwoEnter,
            [("/instance/labels", json!(["1", "2"]))],
        ),
        rejected(
            Rule::Instance,
            "an output weight below the norm of its neuron is outside of the theory",
            ThreePoints,
            [(
                "/instance/output",
                json!({ "weights": ["1", "3", "-3", "-3"] }),
            )],
        ),
        rejected(
            Rule::Orthogonality,
            "two inputs are not orthogonal",
            ThreePoints,
            [("/instance/inputs/0/2", json!("1"))],
        ),
        rejected(
            Rule::Orthogonality,
            "an input is zero",
            ThreePoints,
            [("/instance/inputs/2/2", json!("0"))],
        ),
        rejected(
            Rule::Shape,
            "a dual variable is missing",
            TwoEnter,
            [("/jumps/1/dual", json!(["1"]))],
        ),
        rejected(
            Rule::Shape,
            "the witness is too long",
            TwoEnter,
            [("/end/witness", json!(["0", "0", "0", "0"]))],
        ),
        rejected(
            Rule::Shape,
            "an active set is missing",
            ThreePoints,
            [("/active_sets", json!([[0, 2], [0], [1]]))],
        ),
        rejected(
            Rule::Time,
            "the second jump is no later than the first",
            TwoEnter,
            [("/jumps/1/time", json!("3/8"))],
        ),
        rejected(
            Rule::Time,
            "time begins at 0",
            TwoEnter,
            [("/jumps/0/time", json!("-3/8"))],
        ),
        rejected(
            Rule::Time,
            "the exact time does not solve the equation",
            ThreePoints,
            [(
                "/jumps/0/time/exact",
                json!("6000000000000000000001/5000000000000000000000"),
            )],
        ),
        rejected(
            Rule::Time,
            "the bracket is not the sum of the durations",
            ThreePoints,
            [("/jumps/1/time/bracket/0", json!("27670116110564327421"))],
        ),
        rejected(
            Rule::Step,
            "s did not move along the gradient",
            TwoEnter,
            [("/jumps/0/dual/0", json!("-1/2"))],
        ),
        rejected(
            Rule::Step,
            "the time is that of no hit",
            TwoEnter,
            [("/jumps/0/time", json!("1/4"))],
        ),
        rejected(
            Rule::Bounds,
            "a coordinate is hit earlier than the jump",
            TwoEnter,
            [
                ("/jumps/0/time", json!("1/2")),
                ("/jumps/0/dual", json!(["-1", "4/3", "-1/2", "-4/3"])),
            ],
        ),
        rejected(
            Rule::Hits,
            "a coordinate that hits is left out",
            TwoEnter,
            [("/jumps/0/hits", json!([1]))],
        ),
        rejected(
            Rule::Hits,
            "a coordinate that does not hit is listed",
            TwoEnter,
            [("/jumps/0/hits", json!([0, 1, 3]))],
        ),
        rejected(
            Rule::Hits,
            "nothing is hit at this time",
            TwoEnter,
            [
                ("/jumps/0/time", json!("3/16")),
                ("/jumps/0/dual", json!(["-3/8", "1/2", "-3/16", "-1/2"])),
                ("/jumps/0/hits", json!([])),
            ],
        ),
        rejected(
            Rule::Signs,
            "the sign of β is not that of s",
            TwoEnter,
            [("/jumps/0/beta/1", json!("-3/2"))],
        ),
        rejected(
            Rule::Signs,
            "β moves off its bound",
            TwoEnter,
            [("/jumps/0/beta/0", json!("-1"))],
        ),
        rejected(
            Rule::Stationarity,
            "β is not the fit on its support",
            TwoEnter,
            [("/jumps/0/beta/1", json!("1"))],
        ),
        rejected(
            Rule::Descent,
            "β = 0, though a coordinate at its bound lowers the loss",
            TwoEnter,
            [("/jumps/0/beta", json!(["0", "0", "0", "0"]))],
        ),
        rejected(
            Rule::Uniqueness,
            "two new columns are not seen to be independent",
            TwoEnter,
            [("/jumps/0/fit", json!("inherited"))],
        ),
        rejected(
            Rule::Uniqueness,
            "the left inverse is none",
            TwoEnter,
            [(
                "/jumps/0/fit",
                json!({ "independent": [["0", "0", "0"], ["0", "0", "0"]] }),
            )],
        ),
        rejected(
            Rule::Uniqueness,
            "the direction leaves the fitted values",
            TwoEnter,
            [(
                "/jumps/0/fit",
                json!({ "not-unique": ["0", "1", "0", "-1"] }),
            )],
        ),
        rejected(
            Rule::Loss,
            "the loss is another",
            TwoEnter,
            [("/jumps/0/loss", json!("3/2"))],
        ),
        rejected(
            Rule::Loss,
            "the loss is another by 1e-21",
            ThreePoints,
            [(
                "/jumps/0/loss",
                json!("2000000000000000000003/3000000000000000000000"),
            )],
        ),
        rejected(
            Rule::End,
            "the last jump is left out",
            TwoEnter,
            [("/jumps", {
                let root: Value = serde_json::from_str(&TwoEnter.text()).expect("JSON");
                json!([root["jumps"][0]])
            })],
        ),
        rejected(
            Rule::End,
            "a neuron could still jump",
            ThreePoints,
            [("/jumps", {
                let root: Value = serde_json::from_str(&ThreePoints.text()).expect("JSON");
                json!([root["jumps"][0]])
            })],
        ),
        rejected(
            Rule::DualWitness,
            "the witness is another",
            TwoEnter,
            [("/end/witness/0", json!("0"))],
        ),
        rejected(
            Rule::WeightedNorm,
            "the norm is another",
            TwoEnter,
            [("/end/weighted_norm", json!("4"))],
        ),
        rejected(
            Rule::Interpolation,
            "the data are interpolated",
            TwoEnter,
            [("/end/interpolates", json!(false))],
        ),
        rejected(
            Rule::Interpolation,
            "the data are interpolated",
            ThreePoints,
            [("/end/interpolates", json!(false))],
        ),
        rejected(
            Rule::ActiveSets,
            "a point is left out",
            ThreePoints,
            [("/active_sets/0", json!([0]))],
        ),
        rejected(
            Rule::ActiveSets,
            "a neuron without an active set is given one",
            ThreePoints,
            [("/active_sets/3", json!([2]))],
        ),
        rejected(
            Rule::Racers,
            "a racer is left out",
            ThreePoints,
            [("/jumps/0/racers", {
                let root: Value = serde_json::from_str(&ThreePoints.text()).expect("JSON");
                json!([root["jumps"][0]["racers"][0], root["jumps"][0]["racers"][1]])
            })],
        ),
        rejected(
            Rule::Rates,
            "a squared rate is another",
            ThreePoints,
            [("/jumps/0/racers/1/squared_rate", json!("1/3"))],
        ),
        rejected(
            Rule::Roots,
            "the bracket is not the tightest one",
            ThreePoints,
            [("/jumps/0/racers/0/root/0", json!("15372286728091293012"))],
        ),
        rejected(
            Rule::Roots,
            "the bracket misses the root",
            ThreePoints,
            [(
                "/jumps/0/racers/0/root",
                json!(["15372286728091293014", "15372286728091293015"]),
            )],
        ),
        rejected(
            Rule::Winners,
            "somebody jumps",
            ThreePoints,
            [("/jumps/0/winners", json!([]))],
        ),
        rejected(
            Rule::Winners,
            "a winner is a racer",
            ThreePoints,
            [("/jumps/0/winners/0/neuron", json!(3))],
        ),
        rejected(
            Rule::Blocks,
            "a point of the block is left out",
            ThreePoints,
            [("/jumps/0/winners/0/block", json!([0]))],
        ),
        rejected(
            Rule::Points,
            "a point is left out",
            ThreePoints,
            [("/jumps/0/points", json!([0]))],
        ),
        rejected(
            Rule::Points,
            "a point is listed twice",
            ThreePoints,
            [("/jumps/0/points", json!([0, 2, 2]))],
        ),
        rejected(
            Rule::Sizes,
            "the size is another",
            ThreePoints,
            [("/jumps/0/winners/0/fourth_power", json!("5"))],
        ),
        rejected(
            Rule::Duration,
            "the bracket does not follow",
            ThreePoints,
            [("/jumps/0/duration/1", json!("22136092888451461941"))],
        ),
        rejected(
            Rule::Exponents,
            "the bracket does not follow",
            ThreePoints,
            [("/jumps/0/racers/1/exponent/0", json!("7378697629483820645"))],
        ),
        rejected(
            Rule::Exponents,
            "a winner has arrived",
            ThreePoints,
            [("/jumps/0/racers/0/exponent/1", json!("1"))],
        ),
        rejected(
            Rule::Separation,
            "another neuron is faster",
            ThreePoints,
            wrong_winner(),
        ),
        rejected(
            Rule::Tie,
            "the histories differ",
            ExactTie,
            [("/jumps/1/winners/1/tie", json!("equal-histories"))],
        ),
        rejected(
            Rule::Tie,
            "a second winner needs a reason",
            ExactTie,
            [("/jumps/1/winners/1/tie", json!(null))],
        ),
        rejected(
            Rule::Tie,
            "the first winner needs none",
            ThreePoints,
            [("/jumps/0/winners/0/tie", json!("exact-sum"))],
        ),
        rejected(
            Rule::Unfitted,
            "every point is fitted",
            ThreePoints,
            [("/end/unfitted", json!([1]))],
        ),
        rejected(
            Rule::SquaredNorm,
            "the norm is another",
            ThreePoints,
            [("/end/squared_norm", json!("sqrt(10) + 5"))],
        ),
        rejected(
            Rule::SquaredNorm,
            "the norm is determined",
            ThreePoints,
            [("/end/squared_norm", json!(null))],
        ),
        rejected(
            Rule::SquaredNorm,
            "a tie leaves the norm undetermined",
            Overlap,
            [("/end/squared_norm", json!("6"))],
        ),
        rejected(
            Rule::MinimalNorm,
            "the least norm is another",
            ThreePoints,
            [("/end/min_squared_norm", json!("4"))],
        ),
    ]
}

#[test]
fn every_rule_rejects_what_breaks_it_and_says_why() {
    for base in [
        Base::ThreePoints,
        Base::TwoEnter,
        Base::ExactTie,
        Base::Overlap,
    ] {
        assert_eq!(check(base.text().as_bytes()), Verdict::Valid);
    }
    let cases = table();
    let texts: Vec<String> = cases.iter().map(edited).collect();
    let mut lines = String::new();
    for (case, text) in cases.iter().zip(&texts) {
        let Verdict::Invalid(rejection) = check(text.as_bytes()) else {
            unreachable!("accepted, although {}", case.why);
        };
        assert_eq!(rejection.rule, case.rule, "{}: {rejection}", case.why);
        let step = rejection
            .step
            .map_or("-".to_owned(), |step| step.to_string());
        lines.push_str(&format!(
            "{} | {} | {} | {}\n",
            case.rule, step, case.why, rejection.reason
        ));
    }
    insta::assert_snapshot!(lines);
    agree(
        texts
            .iter()
            .zip(&cases)
            .map(|(text, case)| (text.as_str(), case.why)),
    );
}

#[test]
fn every_rule_is_in_the_table() {
    let covered: BTreeSet<Rule> = table().iter().map(|case| case.rule).collect();
    assert_eq!(covered, Rule::ALL.into_iter().collect());
}
