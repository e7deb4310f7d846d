//! `certify` and `check`, with and without a certificate.

use serde_json::Value;

use crate::harness::{DIAGONAL, Folder};

/// A folder with the certificates of both instances.
fn certified() -> Folder {
    let folder = Folder::new();
    for system in ["relu", "diagonal"] {
        let (file, out) = (format!("{system}.toml"), format!("{system}.json"));
        let run = folder.run(&["certify", &file, "--out", &out]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    }
    folder
}

#[test]
fn what_is_certified_is_valid_and_about_its_instance() {
    let folder = certified();
    for system in ["relu", "diagonal"] {
        let (file, certificate) = (format!("{system}.toml"), format!("{system}.json"));
        for options in [vec![], vec!["--instance", &file]] {
            let mut arguments = vec!["check", certificate.as_str()];
            arguments.extend(options);
            let answer = folder.json(&arguments);
            assert_eq!(answer["verdict"], "valid", "{arguments:?}");
        }
    }
}

#[test]
fn a_certificate_about_another_instance_is_invalid() {
    let folder = certified();
    folder.write(
        "other.toml",
        DIAGONAL.replace("labels = [1,", "labels = [2,"),
    );
    for (certificate, about) in [
        ("diagonal.json", "other.toml"),
        ("relu.json", "diagonal.toml"),
    ] {
        let answer = folder
            .run(&["check", certificate, "--instance", about, "--json"])
            .json(1);
        assert_eq!(
            (&answer["verdict"], &answer["rule"]),
            (&Value::from("invalid"), &Value::from("hash"))
        );
    }
}

#[test]
fn broken_certificates_are_invalid_and_missing_ones_wrong_usage() {
    let folder = certified();
    let text = folder.read("diagonal.json");
    folder.write("cut.json", &text[..text.len() / 2]);
    folder.write("loss.json", text.replacen("\"loss\":\"", "\"loss\":\"7", 1));
    let check = |file: &str, code: i32, rule: &str| {
        let run = folder.run(&["check", file]);
        assert_eq!(run.code, Some(code), "{file}: {}{}", run.stdout, run.stderr);
        assert!(
            run.stdout.contains(rule) || run.stderr.contains(rule),
            "{file}"
        );
    };
    check("cut.json", 1, "rule format");
    check("loss.json", 1, "rule loss");
    check("none.json", 2, "none.json");
    check(".", 2, ".");
    assert_eq!(folder.run(&["check"]).code, Some(2));
}

#[test]
fn without_a_certificate_the_instance_is_printed_as_it_was_parsed() {
    let folder = Folder::new();
    let printed = folder.run(&["check", "diagonal.toml"]);
    insta::assert_snapshot!(printed.stdout, @r#"
    {"system":"diagonal-linear","name":"small","inputs":[["2","1","0","1"],
    ["1","-1","1","0"],
    ["0","1","2","1"]],
    "labels":["1","2","3"],
    "shape":["1","1","1","1"],
    "exponents":["1","1","1","1"]}
    "#);
    assert_eq!(printed.code, Some(0));
    let same = folder.run(&["check", "--instance", "diagonal.toml"]);
    assert_eq!((same.code, same.stdout), (Some(0), printed.stdout));
    assert_eq!(folder.run(&["check", "none.toml"]).code, Some(2));
    assert_eq!(
        folder.run(&["check", "--instance", "none.toml"]).code,
        Some(2)
    );
}
