//! `saltus figures`: what it writes, that it does not depend on threads, and that it refuses what it cannot write to.

use std::collections::BTreeMap;

use crate::harness::Folder;

/// Names of all files with their content.
fn files(folder: &Folder, inside: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder.path().join(inside)).expect("a readable folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| {
            let name = name.to_string_lossy().into_owned();
            let content = folder.read(&format!("{inside}/{name}"));
            (name, content)
        })
        .collect()
}

/// The heads of the table and, for every series in the order of drawing, the panel, the name and the number of points.
fn outline(csv: &str) -> String {
    let mut lines = csv.lines();
    let mut text = format!("{}\n", lines.next().unwrap_or_default());
    let mut counts: Vec<(String, usize)> = vec![];
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(true).from_reader(csv.as_bytes());
    for record in reader.records() {
        let record = record.expect("a well-formed row");
        let series = format!("  {} {}", &record[0], &record[1]);
        match counts.last_mut() {
            Some((last, count)) if *last == series => *count += 1,
            _ => counts.push((series, 1)),
        }
    }
    for (series, count) in counts {
        text.push_str(&format!("{series}: {count}\n"));
    }
    text
}

#[test]
fn every_figure_has_its_picture_and_its_data_whatever_the_threads() {
    let folder = Folder::new();
    let answer = folder.json(&["figures", "--quick", "--out", "a/b", "--threads", "1"]);
    folder.json(&["figures", "--quick", "--out", "c", "--threads", "3"]);
    let (first, second) = (files(&folder, "a/b"), files(&folder, "c"));
    assert!(first == second, "the threads show in the figures");
    let listed = answer["figures"].as_array().expect("a list");
    let names: Vec<&str> = listed
        .iter()
        .flat_map(|figure| ["picture", "data"].map(|key| figure[key].as_str().expect("a name")))
        .collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(first.keys().collect::<Vec<_>>(), sorted);
    for (name, content) in &first {
        if name.ends_with(".svg") {
            assert!(
                content.starts_with("<svg ") && !content.contains("NaN"),
                "{name}"
            );
        }
    }
    let tables = names.iter().filter(|name| name.ends_with(".csv"));
    let outlines: String = tables
        .map(|name| format!("{name}\n{}", outline(&first[*name])))
        .collect();
    insta::assert_snapshot!(outlines);
}

#[test]
fn one_figure_alone() {
    let folder = Folder::new();
    folder.json(&[
        "figures",
        "--quick",
        "--out",
        "one",
        "--figure",
        "interpolation-probability",
    ]);
    let names: Vec<String> = files(&folder, "one").into_keys().collect();
    assert_eq!(
        names,
        [
            "interpolation-probability.csv",
            "interpolation-probability.svg"
        ]
    );
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_drawn() {
    let folder = Folder::new();
    folder.write("taken", "a file");
    std::fs::create_dir_all(folder.path().join("full/norm-ratio.csv")).expect("a folder");
    let before = folder.names();
    let check = |arguments: &[&str], expected: &str| {
        let run = folder.run(arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert_eq!(folder.names(), before);
    };
    check(
        &["figures", "--out", "taken"],
        "taken: the folder cannot be made",
    );
    check(
        &["figures", "--out", "taken/inside"],
        "the folder cannot be made",
    );
    check(
        &["figures", "--out", "full"],
        "norm-ratio.csv: found a folder",
    );
    check(&["figures"], "--out");
    check(
        &["figures", "--out", "x", "--figure", "norm"],
        "expected one of jumps-relu",
    );
    check(&["figures", "--out", "x", "--threads", "0"], "--threads");
}
