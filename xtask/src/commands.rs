//! `cargo xtask commands`: the commands of README and book that call this program are run, or listed here with the reason why not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use xshell::Shell;

use crate::steps::Outcome;

/// Why a documented command is not run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// It is a step of `.ci/run` itself.
    Step,
    /// Another reason.
    Because(&'static str),
}

use Elsewhere::{Because, Step};

/// The documented commands that are not run here, in alphabetical order; every other one is.
pub const ELSEWHERE: [(&str, Elsewhere); 20] = [
    (
        "agree --scaled",
        Because("minutes; the tests verify a few of the instances"),
    ),
    (
        "bench",
        Because("minutes of timings, worthless beside other work"),
    ),
    (
        "bench --peers",
        Because("minutes of timings, and packages of Python from the network"),
    ),
    (
        "bench --peers WORK…",
        Because("a placeholder for `bench --peers`"),
    ),
    ("browser", Step),
    ("bytes", Because("builds the program a second time")),
    ("ci", Because("all that continuous integration runs")),
    ("commands", Because("this one")),
    ("deny", Step),
    ("dist", Step),
    (
        "figures",
        Because("minutes; the tests draw the same figures with `--quick`"),
    ),
    (
        "fuzz --minutes 11",
        Because("an hour, and needs cargo-fuzz"),
    ),
    ("lint", Step),
    ("parsing", Step),
    ("python", Step),
    ("sample", Step),
    ("schemas", Step),
    ("slurm", Step),
    ("test", Step),
    ("verify", Step),
];

/// Runs every documented command that is not [`ELSEWHERE`], once, up to the first failure.
pub fn commands(sh: &Shell) -> anyhow::Result<Outcome> {
    let program = std::env::current_exe().context("this program knows where it lies")?;
    for command in here(&documented(&sh.current_dir())?) {
        eprintln!("$ cargo xtask {command}");
        let status = Command::new(&program)
            .args(command.split_whitespace())
            .current_dir(sh.current_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cargo xtask {command} could not be started"))?;
        if !status.success() {
            eprintln!("xtask: commands: cargo xtask {command} ended with {status}");
            return Ok(Outcome::Failed(1));
        }
    }
    Ok(Outcome::Passed)
}

/// Those that are run here.
fn here(documented: &BTreeSet<String>) -> Vec<&str> {
    let is_elsewhere = |command: &str| ELSEWHERE.iter().any(|(known, _)| *known == command);
    let all = documented.iter().map(String::as_str);
    all.filter(|command| !is_elsewhere(command)).collect()
}

/// The commands of README, CONTRIBUTING and the book's pages that call this program, without `cargo xtask`.
fn documented(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut commands = BTreeSet::new();
    for path in documents(root)? {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        commands.extend(calls(&text).map(str::to_owned));
    }
    Ok(commands)
}

fn documents(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    for entry in std::fs::read_dir(root.join("docs/src")).context("the book has pages")? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// What follows `cargo xtask` at the start of a command line or of code type.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .map(|line| line.split(" #").next().unwrap_or(line));
    let spans = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    lines
        .chain(spans)
        .filter_map(|command| command.trim().strip_prefix("cargo xtask "))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::{Arguments, workspace_root};

    fn all() -> BTreeSet<String> {
        documented(&workspace_root().expect("xtask lies in the workspace")).expect("readable")
    }

    fn is_understood(command: &str) -> bool {
        let words = ["xtask"].into_iter().chain(command.split_whitespace());
        Arguments::command().try_get_matches_from(words).is_ok()
    }

    #[test]
    fn every_documented_command_exists() {
        let commands = all();
        assert!(commands.contains("verify"));
        for command in commands {
            assert!(is_understood(&command), "cargo xtask {command}");
        }
    }

    #[test]
    fn other_commands_are_refused() {
        assert!(!is_understood("verfy"));
        assert!(!is_understood("verify --fulll"));
    }

    #[test]
    fn every_exception_is_documented_and_every_step_is_one() {
        let root = workspace_root().expect("xtask lies in the workspace");
        let script = std::fs::read_to_string(root.join(".ci/run")).expect("readable");
        let steps: Vec<&str> = script
            .lines()
            .filter_map(|line| line.trim().strip_prefix("step cargo --locked xtask "))
            .filter_map(|step| step.split_whitespace().next())
            .collect();
        assert!(steps.contains(&"commands"));
        let documented = all();
        for (command, elsewhere) in ELSEWHERE {
            assert!(documented.contains(command), "{command} is nowhere");
            if elsewhere == Step {
                assert!(steps.contains(&command), "{command} is no step of .ci/run");
            }
        }
    }

    #[test]
    fn what_is_not_excepted_is_run() {
        fn check(text: &str, expected: &[&str]) {
            let commands: BTreeSet<String> = calls(text).map(str::to_owned).collect();
            assert_eq!(here(&commands), expected);
        }
        check("`cargo xtask new`", &["new"]);
        check(
            "```\n$ cargo xtask new --all   # all of them\n```",
            &["new --all"],
        );
        check(
            "`cargo xtask verify` and `cargo xtask verify --json`",
            &["verify --json"],
        );
        check("`cargo xtask bytes`, `cargo build`", &[]);
    }
}
