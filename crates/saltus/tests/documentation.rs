//! The commands of README and book are run, with the real program, in a folder of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Beginnings of commands that are not run here, each with the reason.
const NOT_RUN: [(&str, &str); 2] = [
    (
        "cargo install --path crates/saltus --locked",
        "it installs the program that these tests run",
    ),
    (
        "cargo xtask ",
        "cargo xtask commands runs those, or says why it does not",
    ),
];

/// Other blocks, by document and kind, and what holds them to the truth.
const OTHER_BLOCKS: [(&str, &str, &str); 6] = [
    (
        "CONTRIBUTING.md",
        "rust",
        "excerpts, half of them marked as bad",
    ),
    ("README.md", "text", "cargo xtask sample"),
    (
        "docs/src/certificate.md",
        "text",
        "the grammar: the tests of saltus-check parse the examples below it",
    ),
    (
        "docs/src/certificate.md",
        "json",
        "crates/saltus-check/tests/certificates/book.rs",
    ),
    (
        "docs/src/sweeps.md",
        "sh",
        "a batch file for a cluster: cargo xtask slurm runs such a job array",
    ),
    (
        "docs/src/speed-exact.md",
        "sh",
        "the_program_that_prints_a_gaussian_instance",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok()
}

/// README and the pages of the book, by path relative to the root.
fn documents() -> Vec<(String, String)> {
    let mut paths = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    for entry in std::fs::read_dir(root().join("docs/src")).expect("the book has pages") {
        let name = entry.expect("a readable folder").file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".md") {
            paths.push(format!("docs/src/{name}"));
        }
    }
    paths.sort();
    let read = |path: String| {
        let text = std::fs::read_to_string(root().join(&path)).expect("a readable document");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The fenced blocks of a document: what follows the opening fence, and the text.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(info) = line.strip_prefix("```") {
            open = !open;
            if open {
                blocks.push((info, String::new()));
            }
        } else if open && let Some((_, block)) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks
}

/// What is typed: the lines after `$ `, without a comment.
fn commands(block: &str) -> Vec<String> {
    block
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .collect()
}

/// How one command of a document is dealt with.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Saltus,
    Python,
    NotRun,
    Unknown,
}

fn kind(command: &str) -> Kind {
    if NOT_RUN.iter().any(|(known, _)| command.starts_with(known)) {
        return Kind::NotRun;
    }
    match command.split_whitespace().next() {
        Some("saltus") => Kind::Saltus,
        Some("python3") => Kind::Python,
        _ => Kind::Unknown,
    }
}

/// Runs a command of the program or of Python in `folder`; what follows ` > ` is where its answer goes.
fn run(folder: &Path, command: &str) -> Result<(), String> {
    let (typed, target) = match command.split_once(" > ") {
        Some((typed, target)) => (typed, Some(target.trim())),
        None => (command, None),
    };
    let mut words = typed.split_whitespace();
    let program = match words.next() {
        Some("saltus") => env!("CARGO_BIN_EXE_saltus"),
        _ => "python3",
    };
    let at_root = root();
    // Scripts and instances are named as seen from the root of the repository.
    let arguments = words.map(|word| match word {
        _ if word.starts_with("docs/") || word.starts_with("tests/") => {
            at_root.join(word).into_os_string()
        }
        _ => word.into(),
    });
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command}: {error}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command}: {}: {stderr}", output.status));
    }
    if let Some(target) = target {
        std::fs::write(folder.join(target), &output.stdout).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The blocks of these documents that are marked `file=NAME`, by name.
fn files(documents: &[(String, String)]) -> BTreeMap<String, String> {
    let all = documents.iter().flat_map(|(_, text)| blocks(text));
    all.filter_map(|(info, block)| Some((info.split_once("file=")?.1.to_owned(), block)))
        .collect()
}

/// Runs the commands of one document in order, in a folder with these files.
fn run_document(path: &str, text: &str, files: &BTreeMap<String, String>) -> Vec<String> {
    let python = has_python();
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("a writable folder");
    }
    let mut failures = Vec::new();
    for (info, block) in blocks(text) {
        let is_known =
            |(document, kind, _): &(&str, &str, &str)| (*document, *kind) == (path, info);
        if !info.starts_with("console") {
            if !info.contains("file=") && !OTHER_BLOCKS.iter().any(is_known) {
                failures.push(format!("{path}: no test knows what a block {info:?} is"));
            }
            continue;
        }
        for command in commands(&block) {
            let outcome = match kind(&command) {
                Kind::Saltus => run(folder.path(), &command),
                Kind::Python if python => run(folder.path(), &command),
                Kind::Python | Kind::NotRun => Ok(()),
                Kind::Unknown => Err(format!("no test knows how to run {command:?}")),
            };
            failures.extend(outcome.err().map(|error| format!("{path}: {error}")));
        }
    }
    failures
}

#[test]
fn every_command_of_every_document_runs() {
    let documents = documents();
    let files = files(&documents);
    let failures: Vec<String> = documents
        .iter()
        .flat_map(|(path, text)| run_document(path, text, &files))
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn a_command_that_fails_is_found() {
    let check = |text: &str, expected: &str| {
        let files = files(&[("a.md".to_owned(), text.to_owned())]);
        let failures = run_document("a.md", text, &files).join("\n");
        assert!(failures.contains(expected), "{failures:?}");
    };
    check("```console\n$ saltus predict gone.toml\n```\n", "gone.toml");
    check(
        "```toml file=a.toml\nsystem = 1\n```\n```console\n$ saltus predict a.toml\n```\n",
        "system",
    );
    check(
        "```console\n$ saltus simulate --no-such-option\n```\n",
        "no-such-option",
    );
    check("```console\n$ rm -r .\n```\n", "no test knows how to run");
    check("```perl\n1\n```\n", "no test knows what a block");
}

/// The first block of this kind on a page.
#[track_caller]
fn block_of(path: &str, kind: &str) -> String {
    let text = std::fs::read_to_string(root().join(path)).expect("a readable document");
    let found = blocks(&text).into_iter().find(|(info, _)| *info == kind);
    found.expect("a block of this kind").1
}

/// The script of the page on speed, with small sizes, and the program on what it prints.
#[test]
fn the_program_that_prints_a_gaussian_instance() {
    if !has_python() {
        return;
    }
    let script = block_of("docs/src/speed-exact.md", "sh");
    let script = script.replace("20 30 1", "2 3 1");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shell = Command::new("sh")
        .args(["-euc", &script])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    assert!(shell.status.success(), "{shell:?}");
    run(folder.path(), "saltus predict gaussian.toml").expect("a valid instance");
}

/// Every entry of a list of exceptions is about something that is still there.
#[test]
fn exceptions_are_about_what_is_there() {
    let documents = documents();
    let lines: Vec<String> = documents
        .iter()
        .flat_map(|(_, text)| blocks(text))
        .flat_map(|(_, block)| commands(&block))
        .collect();
    for (beginning, _) in NOT_RUN {
        assert!(
            lines.iter().any(|line| line.starts_with(beginning)),
            "{beginning}"
        );
    }
    for (document, kind, _) in OTHER_BLOCKS {
        let _there = block_of(document, kind);
    }
}

/// Commands in running text: in code type, with placeholders such as FILE.
#[test]
fn every_option_in_running_text_exists() {
    let mut checked = BTreeSet::new();
    let mut failures = Vec::new();
    for (path, text) in documents() {
        let spans = text.split('`').skip(1).step_by(2);
        for span in spans.filter(|span| span.starts_with("saltus ") && !span.contains('\n')) {
            let mut words = span.split_whitespace().skip(1);
            let Some(command) = words.next().filter(|word| !word.starts_with('-')) else {
                continue;
            };
            let help = Command::new(env!("CARGO_BIN_EXE_saltus"))
                .args([command, "--help"])
                .output()
                .expect("the program starts");
            let help_text = String::from_utf8_lossy(&help.stdout);
            let known: BTreeSet<&str> = help_text
                .split(|c: char| !c.is_alphanumeric() && c != '-')
                .collect();
            if !help.status.success() && command != "help" {
                failures.push(format!("{path}: {span}: no such command"));
            }
            for option in words.filter(|word| word.starts_with("--")) {
                let option = option.trim_end_matches(|c: char| !c.is_alphanumeric());
                if !known.contains(option) {
                    failures.push(format!("{path}: {span}: no option {option}"));
                }
            }
            checked.insert(span.to_owned());
        }
    }
    assert!(
        checked.len() > 3,
        "commands in running text are found: {checked:?}"
    );
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
