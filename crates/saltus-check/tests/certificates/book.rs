//! The page on certificates keeps step with the code: its examples, its list of rules, its count of lines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use saltus_check::{Rule, Verdict, check};
use saltus_data::shipped::load_shipped;

use crate::examples::certificate;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(workspace().join("docs/src/certificate.md")).expect("the page is there")
}

#[test]
fn the_worked_examples_are_certificates_of_shipped_instances() {
    let page = page();
    let blocks = page.split("```json\n").skip(1);
    let shown: Vec<&str> = blocks
        .filter_map(|rest| rest.split("\n```").next())
        .collect();
    let written = ["dln-two-enter", "relu-three-points"].map(|name| {
        let instance = load_shipped(name).expect("the name of a shipped instance");
        certificate(&instance).trim_end().to_owned()
    });
    assert_eq!(shown, written);
    for example in shown {
        assert_eq!(check(example.as_bytes()), Verdict::Valid);
    }
}

#[test]
fn the_table_of_rules_is_the_closed_list() {
    let page = page();
    let rows = page.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split(" | ").collect();
        let systems = ["both", "ReLU", "diagonal"];
        let is_rule = columns
            .get(1)
            .is_some_and(|column| systems.contains(column));
        is_rule.then(|| columns[0].trim_matches(['|', ' ', '`']).to_owned())
    });
    let listed: Vec<String> = rows.collect();
    let unique: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
    assert_eq!(unique, Rule::ALL.iter().map(|rule| rule.name()).collect());
    assert_eq!(listed.len(), unique.len());
}

/// Lines of Rust that are neither blank nor comment, up to the first test of a file.
fn code_lines(folder: &Path) -> usize {
    let mut open = vec![folder.to_owned()];
    let mut count = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("a readable file");
            let code = text.split("#[cfg(test)]").next().unwrap_or("");
            let lines = code.lines().map(str::trim);
            count += lines
                .filter(|line| !line.is_empty() && !line.starts_with("//"))
                .count();
        }
    }
    count
}

/// The checker's figures are exact; the other crates also serve others, so theirs are rounded.
#[test]
fn the_lines_to_trust_are_counted() {
    let page = page();
    let stated = |part: &str| -> usize {
        let row = page
            .lines()
            .find_map(|line| line.strip_prefix(&format!("| `{part}` | ")));
        let figure = row.expect(part).trim_end_matches(" |").replace(',', "");
        figure
            .trim_start_matches("about ")
            .parse()
            .expect("a figure")
    };
    let counted = |name: &str| code_lines(&workspace().join("crates").join(name).join("src"));
    for name in ["saltus-check", "saltus-certificate"] {
        assert_eq!(stated(name), counted(name), "{name}");
    }
    for name in ["saltus-problem", "saltus-exact"] {
        assert!(
            stated(name).abs_diff(counted(name)) * 10 <= stated(name),
            "{name}: {}",
            counted(name)
        );
    }
    let script =
        fs::read_to_string(workspace().join("docs/check_certificate.py")).expect("it is there");
    let lines = script.lines().map(str::trim);
    let code = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .count();
    assert_eq!(stated("docs/check_certificate.py"), code);
    assert!(script.lines().count() < 300);
}
