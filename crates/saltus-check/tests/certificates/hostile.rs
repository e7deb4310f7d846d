//! Files that are no certificates: cut off, reordered, repeated, enormous, deeply nested. Both checkers refuse them, neither ends in a panic.

use saltus_check::{Rule, Verdict, check};
use saltus_data::shipped::load_shipped;
use serde_json::{Value, json};

use crate::examples::{EXACT_TIE, certificate, parse};
use crate::python::{Finding, compare, rust_finding};

/// Shortest certificates of either kind, and the one with sums.
fn bases() -> Vec<String> {
    let shipped = ["dln-two-enter", "dln-non-unique", "relu-three-points"];
    let shipped = shipped.map(|name| load_shipped(name).expect("the name of a shipped instance"));
    let all = shipped.iter().cloned().chain([parse(EXACT_TIE)]);
    all.map(|instance| certificate(&instance)).collect()
}

fn format() -> Finding {
    Finding {
        rule: Some("format".to_owned()),
        step: None,
    }
}

/// Both checkers refuse all of them as no certificate.
#[track_caller]
fn no_certificates(texts: &[String]) {
    for (answer, text) in compare(texts).iter().zip(texts) {
        let excerpt: String = text.chars().take(200).collect();
        assert_eq!(*answer, format(), "{excerpt}");
    }
}

#[test]
fn every_beginning_of_a_certificate_is_refused() {
    let cut = |text: String| {
        let text = text.trim_end().to_owned();
        (0..text.len()).map(move |end| text[..end].to_owned())
    };
    let all: Vec<String> = bases().into_iter().flat_map(cut).collect();
    for text in &all {
        assert_eq!(rust_finding(text), format(), "{text}");
    }
    let some: Vec<String> = all.into_iter().step_by(23).collect();
    no_certificates(&some);
}

#[test]
fn what_stands_behind_a_certificate_is_refused() {
    let behind = ["}", "{}", ",", "null", "x", "\0", "\u{feff}"];
    let texts = bases().into_iter().flat_map(|text| {
        let text = text.trim_end().to_owned();
        behind.map(|more| format!("{text}{more}"))
    });
    no_certificates(&texts.collect::<Vec<String>>());
    let before = bases().into_iter().map(|text| format!("\u{feff}{text}"));
    no_certificates(&before.collect::<Vec<String>>());
}

#[test]
fn white_space_and_the_order_of_keys_mean_nothing() {
    let spread = |text: String| {
        let root: Value = serde_json::from_str(&text).expect("certificates are JSON");
        // This crate's maps are sorted by key, so both forms have another order than the certificate.
        [root.to_string(), format!("\r\n\t {root:#}\n\n")]
    };
    let texts: Vec<String> = bases().into_iter().flat_map(spread).collect();
    assert!(
        compare(&texts)
            .iter()
            .all(|answer| *answer == Finding::VALID)
    );
}

#[test]
fn repeated_unknown_and_missing_keys_are_refused() {
    let mut texts = vec![];
    for text in bases() {
        let keys = [
            "version",
            "hash",
            "instance",
            "name",
            "labels",
            "jumps",
            "time",
            "loss",
            "end",
            "interpolates",
        ];
        for key in keys {
            let quoted = format!("\"{key}\":");
            texts.push(text.replacen(&quoted, &format!("{quoted}null,{quoted}"), 1));
            texts.push(text.replacen(&quoted, &format!("\"{key} \":0,{quoted}"), 1));
            texts.push(text.replacen(&quoted, &format!("\"{}\":", key.to_uppercase()), 1));
        }
        texts.push(text.replacen("\"version\":1", "\"version\":1,\"version\":1", 1));
        texts.push(text.replacen(
            "\"interpolates\":true",
            "\"interpolates\":true,\"interpolates\":true",
            1,
        ));
        texts.push(text.replacen("\"system\":", "\"system\":\"x\",\"system\":", 1));
    }
    no_certificates(&texts);
}

#[test]
fn other_json_is_refused() {
    let mut texts: Vec<String> = [
        "",
        " ",
        "null",
        "true",
        "0",
        "\"\"",
        "[]",
        "{}",
        "[{}]",
        "{\"instance\":null}",
        "{\"instance\":{}}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(json!({"instance": {"system": "other"}}).to_string());
    texts.push(json!({"instance": {"system": ["relu-orthogonal"]}}).to_string());
    texts.push(json!({"instance": {"system": "relu-orthogonal"}}).to_string());
    for text in bases() {
        let root: Value = serde_json::from_str(&text).expect("certificates are JSON");
        let values: Vec<Value> = root
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, value)| value.clone())
            .collect();
        texts.push(json!(values).to_string());
        for number in [
            "01",
            "+1",
            "1.0",
            "1e0",
            "-0",
            "NaN",
            "Infinity",
            "0x1",
            "18446744073709551616",
        ] {
            texts.push(text.replacen("\"version\":1", &format!("\"version\":{number}"), 1));
        }
        for number in [
            "\"\"",
            "\"-0\"",
            "\"00\"",
            "\"+1\"",
            "\" 1\"",
            "\"1 \"",
            "\"1/1\"",
            "\"2/4\"",
            "\"1/-2\"",
            "\"1/0\"",
            "\"0/2\"",
            "\"1//2\"",
            "\"1/2/3\"",
            "\"1e3\"",
            "\"0.5\"",
            "\"١\"",
            "\"\\ud800\"",
            "1",
        ] {
            texts.push(text.replacen("\"labels\":[\"", &format!("\"labels\":[{number},\""), 1));
        }
    }
    no_certificates(&texts);
}

#[test]
fn deep_nesting_is_refused() {
    let mut texts = vec![];
    for depth in [200, 20_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"instance\":", "}"), ("{\"a\":", "}")] {
            texts.push(open.repeat(depth));
            texts.push(format!("{}0{}", open.repeat(depth), close.repeat(depth)));
        }
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for text in bases().iter().take(if depth > 1_000 { 1 } else { 4 }) {
            texts.push(text.replacen("\"jumps\":[", &format!("\"jumps\":[{nested},"), 1));
            texts.push(text.replacen("\"version\":", &format!("\"a\":{nested},\"version\":"), 1));
            texts.push(text.replacen("\"name\":", &format!("\"b\":{nested},\"name\":"), 1));
        }
    }
    no_certificates(&texts);
}

#[test]
fn enormous_numbers_and_files_are_refused() {
    let digits = "7".repeat(60_001);
    let sum = "2*sqrt(2) + ".repeat(100_000);
    let mut texts = vec![];
    for text in bases() {
        texts.push(text.replacen("\"labels\":[\"", &format!("\"labels\":[\"{digits}\",\""), 1));
        texts.push(text.replacen(
            "\"labels\":[\"",
            &format!("\"labels\":[\"1/{digits}\",\""),
            1,
        ));
        texts.push(text.replacen(
            "\"exact\":\"",
            &format!("\"exact\":\"{digits}*sqrt(2) + "),
            1,
        ));
        texts.push(text.replacen("\"exact\":\"", &format!("\"exact\":\"{sum}"), 1));
        texts.push(text.replacen("\"hits\":[", &format!("\"hits\":[{digits},"), 1));
    }
    let valid = |text: &String| rust_finding(text) == Finding::VALID;
    texts.retain(|text| !valid(text));
    assert!(texts.len() >= 12);
    no_certificates(&texts);

    let blank = vec![b' '; saltus_certificate::MAX_CERTIFICATE_BYTES + 1];
    let Verdict::Invalid(rejection) = check(&blank) else {
        unreachable!("blanks are no certificate");
    };
    insta::assert_snapshot!(rejection, @"rule format: found 67108865 bytes, expected at most 67108864");
}

#[test]
fn sizes_that_a_short_file_claims_cost_nothing() {
    let rejected = |name: &str, edit: fn(&mut Value), rule: Rule| {
        let instance = load_shipped(name).expect("the name of a shipped instance");
        let mut root: Value = serde_json::from_str(&certificate(&instance)).expect("JSON");
        edit(&mut root);
        let answers = compare(&[root.to_string()]);
        assert_eq!(answers[0].rule.as_deref(), Some(rule.name()), "{name}");
    };
    rejected(
        "relu-three-points",
        |root| root["precision"] = json!(65_536),
        Rule::Roots,
    );
    rejected(
        "relu-three-points",
        |root| root["precision"] = json!(u32::MAX),
        Rule::Shape,
    );
    rejected(
        "relu-three-points",
        |root| root["active_sets"][0] = json!([0, i64::MAX]),
        Rule::ActiveSets,
    );
    rejected(
        "relu-three-points",
        |root| root["jumps"][0]["racers"][0]["neuron"] = json!(i64::MAX),
        Rule::Racers,
    );
    rejected(
        "relu-three-points",
        |root| root["jumps"][0]["winners"][0]["neuron"] = json!(i64::MAX),
        Rule::Winners,
    );
    rejected(
        "dln-two-enter",
        |root| root["jumps"][0]["hits"] = json!([i64::MAX]),
        Rule::Hits,
    );
    rejected(
        "relu-three-points",
        |root| {
            let jumps = root["jumps"].as_array_mut().expect("a list");
            let first = jumps[0].clone();
            jumps.extend(std::iter::repeat_n(first, 2_000));
        },
        Rule::Racers,
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for text in bases() {
        for (k, byte) in [(0, 0xff), (5, 0x80), (100, 0xed), (text.len() - 3, 0xfe)] {
            let mut bytes = text.clone().into_bytes();
            bytes[k] = byte;
            assert!(
                matches!(check(&bytes), Verdict::Invalid(rejection) if rejection.rule == Rule::Format)
            );
        }
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
        let root: Value = serde_json::from_str(&certificate(
            &load_shipped(name).expect("the name of a shipped instance"),
        ))
        .expect("certificates are JSON");
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
            assert_ne!(rust_finding(text), Finding::VALID, "{name}");
        }
        compare(&texts);
    }
}

/// The reason that the checker gives for a certificate with an unknown key.
fn reason_of_key(key: &str) -> String {
    let mut root: Value = serde_json::from_str(&certificate(
        &load_shipped("dln-two-enter").expect("the name of a shipped instance"),
    ))
    .expect("certificates are JSON");
    root["instance"][key] = json!(1);
    match check(root.to_string().as_bytes()) {
        Verdict::Invalid(rejection) => rejection.to_string(),
        Verdict::Valid => panic!("a certificate with the key {key:?} is accepted"),
    }
}

#[test]
fn what_is_echoed_cannot_write_a_verdict_of_its_own() {
    for key in [
        "a\nvalid",
        "\r\u{1b}[2Kvalid",
        "\u{0}",
        "\u{2028}valid",
        "\u{202e}dilav",
        "\u{85}",
    ] {
        let reason = reason_of_key(key);
        assert!(reason.contains("unknown field"), "{reason}");
        assert!(!reason.contains(key), "{reason}");
        assert_eq!(reason.lines().count(), 1, "{reason}");
        assert!(!reason.chars().any(char::is_control), "{reason}");
    }
    let long = reason_of_key(&"x".repeat(100_000));
    assert!(long.chars().count() < 500, "{}", long.len());
}
