//! The commands of README and book are run, with the real program, in a folder of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Beginnings of commands that are not run here, each with the reason.
const NOT_RUN: [(&str, &str); 2] = [
    (
        "cargo install --path crates/saltus --locked",
        "it installs the program that these tests run",
    ),
    (
        "saltus sweep ",
        "the documented sweep is long; the tests of the program run small ones",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
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
    /// Tried by the tests of xtask, which know its commands.
    Xtask,
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
        _ if command.starts_with("cargo xtask ") => Kind::Xtask,
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

/// Runs the blocks of one document in order; blocks marked `file=NAME` are files.
fn run_document(path: &str, text: &str) -> Vec<String> {
    let python = Command::new("python3").arg("--version").output().is_ok();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut failures = Vec::new();
    let blocks = blocks(text);
    for (info, block) in &blocks {
        if let Some((_, name)) = info.split_once("file=") {
            std::fs::write(folder.path().join(name), block).expect("a writable folder");
        }
    }
    for (info, block) in &blocks {
        if !info.starts_with("console") {
            continue;
        }
        for command in commands(block) {
            let outcome = match kind(&command) {
                Kind::Saltus => run(folder.path(), &command),
                Kind::Python if python => run(folder.path(), &command),
                Kind::Python | Kind::Xtask | Kind::NotRun => Ok(()),
                Kind::Unknown => Err(format!("no test knows how to run {command:?}")),
            };
            failures.extend(outcome.err().map(|error| format!("{path}: {error}")));
        }
    }
    failures
}

#[test]
fn every_command_of_every_document_runs() {
    let failures: Vec<String> = documents()
        .iter()
        .flat_map(|(path, text)| run_document(path, text))
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn a_command_that_fails_is_found() {
    let check = |text: &str, expected: &str| {
        let failures = run_document("a.md", text).join("\n");
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
