//! What somebody might try who wants a false certificate accepted: each attempt with what the checker says of it, witnesses that are as good as others, and made-up courses.

mod diagonal;
mod relu;

use std::fmt::Write;

use saltus_certificate::{Certificate, instance_hash};
use saltus_check::{Rule, Verdict, check};
use saltus_data::shipped::load_shipped;
use saltus_problem::Instance;
use serde_json::{Value, json};

use crate::changes::read_instance;
use crate::examples::{
    EQUAL_ROWS, EXACT_TIE, IRRATIONAL_TIE, KERNEL_ON_SUPPORT, NO_JUMPS_DIAGONAL, NO_JUMPS_RELU,
    OVERLAP, SEPARATED, SEPARATED_BELOW, certificate, parse,
};
use crate::forge::{forged, truth};
use crate::python::{Finding, compare};

/// The certificate of an example, as JSON.
fn base(name: &str) -> Value {
    let instance = match name {
        "exact tie" => parse(EXACT_TIE),
        "irrational tie" => parse(IRRATIONAL_TIE),
        "overlap" => parse(OVERLAP),
        "no jumps, relu" => parse(NO_JUMPS_RELU),
        "separated" => parse(SEPARATED),
        "separated below" => parse(SEPARATED_BELOW),
        "kernel" => parse(KERNEL_ON_SUPPORT),
        "no jumps, diagonal" => parse(NO_JUMPS_DIAGONAL),
        "equal rows" => parse(EQUAL_ROWS),
        shipped => load_shipped(shipped).expect("the name of a shipped instance"),
    };
    serde_json::from_str(&certificate(&instance)).expect("certificates are JSON")
}

/// A certificate with new values at some JSON pointers; a list can grow by one at its end; `null` for `/-` drops the last entry.
fn edited(name: &str, edits: &[(&str, Value)]) -> String {
    let mut root = base(name);
    for (pointer, value) in edits {
        if let Some(list) = pointer.strip_suffix("/-") {
            let list = root.pointer_mut(list).and_then(Value::as_array_mut);
            list.expect("a list").pop();
        } else {
            *root.pointer_mut(pointer).expect(pointer) = value.clone();
        }
    }
    if edits
        .iter()
        .any(|(pointer, _)| pointer.starts_with("/instance"))
    {
        root["hash"] = json!(text_hash(&root));
    }
    root.to_string()
}

/// The hash that belongs to the instance inside, be it an instance or not.
fn text_hash(root: &Value) -> String {
    match Certificate::read(root.to_string().as_bytes()) {
        Ok(Certificate::Relu(certificate)) => certificate.instance.hash(),
        Ok(Certificate::Diagonal(certificate)) => certificate.instance.hash(),
        Err(_) => String::new(),
    }
}

type Row = (&'static str, &'static str, Vec<(&'static str, Value)>);

/// Checks that every row breaks the rule that it names and lists what the checker says.
fn rejections(rows: &[Row]) -> String {
    let mut listing = String::new();
    for (rule, name, edits) in rows {
        let text = edited(name, edits);
        let Verdict::Invalid(rejection) = check(text.as_bytes()) else {
            unreachable!("accepted: {rule}, {name}, {edits:?}");
        };
        assert_eq!(
            rejection.rule.name(),
            *rule,
            "{name}, {edits:?}: {}",
            rejection.reason
        );
        let step = rejection
            .step
            .map_or("-".to_owned(), |step| step.to_string());
        writeln!(listing, "{rule} {step} {}", rejection.reason).expect("strings can be written to");
    }
    listing
}

/// A made-up course for a system of certificates whose every number fits it breaks the rule that decides who jumps.
fn forged_rows() -> Vec<(&'static str, &'static str, Vec<Vec<usize>>)> {
    vec![
        ("separation", "relu-three-points", vec![vec![2], vec![0]]),
        ("separation", "relu-three-points", vec![vec![1]]),
        ("separation", "exact tie", vec![vec![2], vec![0], vec![1]]),
        ("separation", "exact tie", vec![vec![0], vec![1], vec![2]]),
        ("separation", "exact tie", vec![vec![0], vec![2], vec![1]]),
        ("tie", "exact tie", vec![vec![0], vec![1, 2]]),
        ("tie", "relu-three-points", vec![vec![0, 2]]),
        ("end", "relu-three-points", vec![vec![0]]),
    ]
}

/// Every certificate of the tables of rejections.
fn broken() -> Vec<String> {
    let rows = diagonal::rows().into_iter().chain(relu::rows());
    let told = forged_rows()
        .into_iter()
        .map(|(_, name, story)| forgery(name, &story));
    rows.map(|(_, name, edits)| edited(name, &edits))
        .chain(told)
        .collect()
}

fn forgery(name: &str, story: &[Vec<usize>]) -> String {
    let Some(Instance::Relu(instance)) = read_instance(&base(name)) else {
        unreachable!("{name} is an example of a ReLU network");
    };
    forged(&instance, 64, story)
        .expect("every winner races")
        .to_string()
}

#[test]
fn every_rejection_names_rule_jump_and_reason_diagonal() {
    insta::assert_snapshot!(rejections(&diagonal::rows()));
}

#[test]
fn every_rejection_names_rule_jump_and_reason_relu() {
    insta::assert_snapshot!(rejections(&relu::rows()));
}

#[test]
fn every_rejection_names_rule_jump_and_reason_forged() {
    let mut listing = String::new();
    for (rule, name, story) in forged_rows() {
        let text = forgery(name, &story);
        let Verdict::Invalid(rejection) = check(text.as_bytes()) else {
            unreachable!("accepted: {name}, {story:?}");
        };
        assert_eq!(
            rejection.rule.name(),
            rule,
            "{name}, {story:?}: {}",
            rejection.reason
        );
        writeln!(listing, "{rule} {:?} {}", rejection.step, rejection.reason)
            .expect("strings can be written to");
    }
    insta::assert_snapshot!(listing);
}

#[test]
fn both_checkers_say_so() {
    let findings = compare(&broken());
    assert!(findings.iter().all(|finding| *finding != Finding::VALID));
}

#[test]
fn other_witnesses_and_true_stories_are_accepted() {
    let accepts = |name: &str, edits: &[(&str, Value)]| {
        assert_eq!(
            check(edited(name, edits).as_bytes()),
            Verdict::Valid,
            "{name}, {edits:?}"
        );
    };
    for name in [
        "exact tie",
        "irrational tie",
        "overlap",
        "no jumps, relu",
        "separated",
        "separated below",
        "kernel",
        "no jumps, diagonal",
        "equal rows",
        "dln-two-enter",
        "dln-overdetermined",
        "relu-uncovered",
        "relu-hadamard-ties",
    ] {
        accepts(name, &[]);
    }
    // Beyond the inherited proof, each witness that shows the same is as good.
    accepts(
        "separated",
        &[("/jumps/0/fit/separated/separator", json!(["0", "5"]))],
    );
    accepts("equal rows", &[("/end/witness", json!(["1/2", "0", "7"]))]);
    accepts(
        "no jumps, diagonal",
        &[("/end/witness", json!(["2", "-2"]))],
    );
    accepts("no jumps, relu", &[("/precision", json!(0))]);
    accepts(
        "relu-three-points",
        &[
            ("/jumps/0/time/exact", json!(null)),
            ("/jumps/1/time/exact", json!(null)),
        ],
    );
    accepts(
        "relu-hadamard-ties",
        &[("/jumps/1/winners/1/tie", json!("exact-sum"))],
    );
    // The instance may change where the sequence does not depend on it: the hash says which instance is meant.
    accepts(
        "dln-two-enter",
        &[("/instance/name", json!("another \u{1f} name"))],
    );
    accepts("dln-two-enter", &[("/instance/shape/0", json!("5"))]);
}

/// All orders in which up to three different neurons can jump one by one or, in the first jump, two at once.
fn stories(width: usize) -> Vec<Vec<Vec<usize>>> {
    let mut all: Vec<Vec<Vec<usize>>> = vec![vec![]];
    let mut last = all.clone();
    for _ in 0..3 {
        let mut longer = vec![];
        for story in &last {
            let free = |j: &usize| story.iter().all(|jump| !jump.contains(j));
            let ones = (0..width).filter(free).map(|j| vec![j]);
            let twos = (0..width).flat_map(|a| (a + 1..width).map(move |b| vec![a, b]));
            let twos = twos.filter(|pair| pair.iter().all(free));
            longer.extend(
                ones.chain(twos)
                    .map(|jump| [story.clone(), vec![jump]].concat()),
            );
        }
        all.extend(longer.clone());
        last = longer;
    }
    all
}

#[test]
fn of_all_stories_only_the_true_one_is_accepted() {
    let (mut told, mut believed) = (0, 0);
    for instance in crate::examples::instances() {
        let Instance::Relu(relu) = &instance else {
            continue;
        };
        let truth = truth(&serde_json::from_str(&certificate(&instance)).expect("JSON"));
        for story in stories(relu.width().min(4)) {
            for precision in [0, 3, 64] {
                let Some(text) = forged(relu, precision, &story) else {
                    continue;
                };
                told += 1;
                match check(text.to_string().as_bytes()) {
                    Verdict::Valid => {
                        believed += 1;
                        assert_eq!(story, truth, "{} at {precision} bits", instance.name());
                    }
                    // What decides is who arrives first, not the norm at the end.
                    Verdict::Invalid(rejection) if story != truth => {
                        let deciding = [Rule::Separation, Rule::Tie, Rule::End, Rule::Duration];
                        assert!(deciding.contains(&rejection.rule), "{rejection}");
                    }
                    Verdict::Invalid(_) => {}
                }
            }
        }
        assert_eq!(read_instance(&json!({})), None);
        let root = serde_json::from_str(&certificate(&instance)).expect("JSON");
        assert_eq!(
            read_instance(&root).map(|inside| instance_hash(&inside)),
            Some(instance_hash(&instance))
        );
    }
    assert!(
        told > 900 && believed > 10,
        "{told} told, {believed} believed"
    );
}
