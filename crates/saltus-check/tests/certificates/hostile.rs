//! Files that no producer writes: truncated, repeated, reordered, enormous, deep. Both checkers refuse them, in bounded time.

use saltus_certificate::{MAX_CERTIFICATE_BYTES, MAX_NUMBER_CHARS, MAX_PRECISION};
use saltus_check::{Rule, Verdict, check};
use saltus_data::shipped::load_shipped;
use serde_json::{Value, json};

use crate::examples::certificate;
use crate::python::{agree, rust_finding};

fn example(name: &str) -> String {
    certificate(&load_shipped(name).expect("the name of a shipped instance"))
}

/// Refused by both checkers, by the same rule.
#[track_caller]
fn refused(text: &str, rule: Rule) {
    let found = rust_finding(text).rule;
    let shown: String = text.chars().take(80).collect();
    assert_eq!(found.as_deref(), Some(rule.name()), "{shown}");
    agree([(text, shown.as_str())].into_iter());
}

#[test]
fn every_beginning_is_refused() {
    for name in ["relu-three-points", "dln-two-enter"] {
        let text = example(name);
        let whole = text.trim_end();
        let beginnings: Vec<&str> = (0..whole.len()).map(|end| &whole[..end]).collect();
        for beginning in &beginnings {
            assert_eq!(rust_finding(beginning).rule.as_deref(), Some("format"));
        }
        agree(beginnings.iter().map(|beginning| (*beginning, *beginning)));
    }
}

#[test]
fn jumps_are_in_their_order_and_there_once() {
    for name in [
        "relu-three-points",
        "relu-cayley",
        "dln-two-enter",
        "dln-deactivation",
    ] {
        let root: Value = serde_json::from_str(&example(name)).expect("certificates are JSON");
        let jumps = root["jumps"].as_array().expect("a list").clone();
        let mut others = vec![];
        for k in 0..jumps.len() {
            let mut without = jumps.clone();
            without.remove(k);
            others.push(without);
            let mut twice = jumps.clone();
            twice.insert(k, jumps[k].clone());
            others.push(twice);
            let mut swapped = jumps.clone();
            swapped.swap(k, (k + 1) % jumps.len());
            others.push(swapped);
        }
        let texts: Vec<String> = others
            .into_iter()
            .map(|jumps| {
                let mut copy = root.clone();
                copy["jumps"] = Value::from(jumps);
                copy.to_string()
            })
            .collect();
        for text in &texts {
            assert_ne!(rust_finding(text).rule, None, "{name}");
        }
        agree(texts.iter().map(|text| (text.as_str(), name)));
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let text = example("relu-three-points");
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    for other in [
        "",
        "null",
        "[]",
        "{}",
        "1",
        "\"certificate\"",
        "[[[[",
        "{\"instance\":{}}",
    ] {
        refused(other, Rule::Format);
    }
    refused(&format!("{text}{text}"), Rule::Format);
    refused(
        &with("\"version\":1", "\"version\":1,\"version\":1"),
        Rule::Format,
    );
    refused(
        &with("\"version\":1", "\"version\":1,\"colour\":1"),
        Rule::Format,
    );
    refused(&with("\"version\":1,", ""), Rule::Format);
    refused(&with("\"version\":1", "\"version\":1.0"), Rule::Format);
    refused(&with("\"version\":1", "\"version\":-1"), Rule::Format);
    refused(&with("\"version\":1", "\"version\":NaN"), Rule::Format);
    refused(&with("\"version\":1", "\"version\":1e3"), Rule::Format);
    refused(
        &with("\"points\":[0,2]", "\"points\":[0,2e0]"),
        Rule::Format,
    );
    refused(&with("\"points\":[0,2]", "\"points\":[0,-2]"), Rule::Format);
    refused(
        &with("\"points\":[0,2]", "\"points\":[0,99999999999999999999999]"),
        Rule::Format,
    );
    // A second spelling of a number is refused, so that equal certificates are equal texts.
    refused(&with("\"loss\":\"2/3\"", "\"loss\":\"4/6\""), Rule::Format);
    refused(&with("\"loss\":\"2/3\"", "\"loss\":\"+2/3\""), Rule::Format);
    refused(&with("\"loss\":\"2/3\"", "\"loss\":\" 2/3\""), Rule::Format);
    refused(&with("\"loss\":\"2/3\"", "\"loss\":\"2/0\""), Rule::Format);
    refused(&with("\"loss\":\"2/3\"", "\"loss\":\"1e9\""), Rule::Format);
    refused(&with("\"loss\":\"2/3\"", "\"loss\":0.5"), Rule::Format);
    refused(&with("relu-orthogonal", "relu"), Rule::Format);
}

#[test]
fn size_is_bounded_before_numbers_are_built() {
    let text = example("relu-three-points");
    let deep = "[".repeat(1_000_000);
    refused(&deep, Rule::Format);
    refused(&format!("{deep}{}", "]".repeat(1_000_000)), Rule::Format);
    refused(&"{\"a\":".repeat(100_000), Rule::Format);
    let long = "7".repeat(MAX_NUMBER_CHARS + 1);
    refused(
        &text.replacen("\"loss\":\"2/3\"", &format!("\"loss\":\"{long}\""), 1),
        Rule::Format,
    );
    let precision =
        |bits: u64| text.replacen("\"precision\":64", &format!("\"precision\":{bits}"), 1);
    refused(&precision(u64::from(MAX_PRECISION) + 1), Rule::Shape);
    refused(&precision(u64::from(u32::MAX)), Rule::Shape);
    refused(&precision(u64::MAX), Rule::Format);
    let mut spaces = text.into_bytes();
    spaces.resize(MAX_CERTIFICATE_BYTES + 1, b' ');
    assert_ne!(check(&spaces), Verdict::Valid);
    assert_ne!(check(b"\xff\xfe"), Verdict::Valid);
    let wide: Value = json!({ "instance": vec![0; 1_000_000] });
    refused(&wide.to_string(), Rule::Format);
}
