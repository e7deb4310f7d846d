//! The checker in Python gives the verdicts of the one in Rust: on valid certificates, and on every change of them.

use std::io::Write;
use std::process::{Command, Stdio};

use saltus_check::{Verdict, check};
use saltus_data::shipped::SHIPPED;
use serde_json::{Value, json};

use crate::changes::all_changes;
use crate::examples::{certificate, drawn, instances};

/// What a checker says, without the wording of its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: Option<String>,
    pub step: Option<u64>,
}

impl Finding {
    /// Of a valid certificate.
    pub const VALID: Finding = Finding {
        rule: None,
        step: None,
    };
}

/// What the checker in Rust says.
pub fn rust_finding(text: &str) -> Finding {
    match check(text.as_bytes()) {
        Verdict::Valid => Finding {
            rule: None,
            step: None,
        },
        Verdict::Invalid(rejection) => Finding {
            rule: Some(rejection.rule.name().to_owned()),
            step: rejection.step.map(|step| step as u64),
        },
    }
}

/// What the checker in Python says of many texts, in one process.
pub fn python_findings<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/check_certificate.py"
    );
    let mut child = Command::new("python3")
        .args([script, "--lines"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("these tests need python3, for the second checker");
    let lines: String = texts.map(|text| format!("{}\n", json!(text))).collect();
    let mut stdin = child.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("python3 runs to its end");
    writer.join().expect("no panic").expect("all was read");
    let answers = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    answers
        .lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).expect("one verdict a line");
            assert_eq!(answer["verdict"] == "valid", answer["rule"].is_null());
            Finding {
                rule: answer["rule"].as_str().map(str::to_owned),
                step: answer["step"].as_u64(),
            }
        })
        .collect()
}

/// Both checkers say the same of every text.
pub fn agree<'a>(texts: impl Iterator<Item = (&'a str, &'a str)> + Clone) {
    let found = python_findings(texts.clone().map(|(text, _)| text));
    assert_eq!(found.len(), texts.clone().count());
    for ((text, place), python) in texts.zip(found) {
        assert_eq!(python, rust_finding(text), "Python (left), Rust: {place}");
    }
}

/// What both checkers say of every text.
pub fn compare(texts: &[String]) -> Vec<Finding> {
    let found: Vec<Finding> = texts.iter().map(|text| rust_finding(text)).collect();
    let other = python_findings(texts.iter().map(String::as_str));
    assert_eq!(other.len(), found.len());
    for (text, (own, python)) in texts.iter().zip(found.iter().zip(&other)) {
        let excerpt: String = text.chars().take(3_000).collect();
        assert_eq!(python, own, "Python (left), Rust: {excerpt}");
    }
    found
}

#[test]
fn both_accept_every_shipped_and_many_random_instances() {
    let shipped = SHIPPED
        .iter()
        .map(|shipped| shipped.load().expect("shipped instances are valid"));
    let texts: Vec<String> = instances()
        .into_iter()
        .chain(shipped)
        .chain((20..60).flat_map(drawn))
        .map(|instance| certificate(&instance))
        .collect();
    for (text, python) in texts
        .iter()
        .zip(python_findings(texts.iter().map(String::as_str)))
    {
        assert_eq!(python.rule, None, "Python");
        assert_eq!(rust_finding(text).rule, None, "Rust");
    }
}

/// Python takes milliseconds a certificate, so it is shown every third change; the checker in Rust sees them all elsewhere.
#[test]
fn both_say_the_same_of_ten_thousand_changes() {
    let all = all_changes(&instances());
    let shown: Vec<_> = all.iter().step_by(3).collect();
    assert!(shown.len() >= 10_000, "only {} changes", shown.len());
    let (first, second) = shown.split_at(shown.len() / 2);
    std::thread::scope(|scope| {
        for half in [first, second] {
            scope.spawn(move || {
                let texts = half.iter();
                agree(texts.map(|changed| (changed.text.as_str(), changed.place.as_str())));
            });
        }
    });
}
