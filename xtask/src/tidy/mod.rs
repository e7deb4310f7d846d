//! Rules on the repository that the compiler does not know, each a function from a tree of files to what breaks it.
//!
//! They run as `cargo xtask tidy` and, through the test at the end of this file, with every `cargo test`.

mod code;
mod doc_comments;
mod documents;
mod edges;
mod licences;
mod manifests;
mod names;
mod rust_files;
mod text_files;
mod tree;

use std::fmt;

use xshell::Shell;

use licences::Platforms;
use tree::Tree;

/// One place that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the root of the workspace.
    file: String,
    /// The line, counted from 1; `None` if the finding is about the file as a whole.
    line: Option<usize>,
    /// What is wrong, and what is expected.
    message: String,
}

impl Finding {
    pub fn in_file(file: &str, message: String) -> Finding {
        Finding {
            file: file.to_owned(),
            line: None,
            message,
        }
    }

    pub fn at_line(file: &str, line_idx: usize, message: String) -> Finding {
        Finding {
            file: file.to_owned(),
            line: Some(line_idx + 1),
            message,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: &[Rule] = &[
    edges::allowed_edges,
    edges::topological_members,
    edges::forbidden_packages,
    manifests::inheritance,
    manifests::lock_file,
    manifests::versions,
    doc_comments::formula_or_example,
    documents::code_map,
    names::claims_exist,
    names::items_exist,
    names::links_lead_somewhere,
    rust_files::opening_docs,
    rust_files::no_hidden_tests,
    rust_files::no_shortcuts,
    rust_files::no_hash_order,
    rust_files::one_generator,
    rust_files::no_outside_world,
    rust_files::floats_in_one_module,
    text_files::no_trailing_whitespace,
    text_files::no_machine_paths,
];

/// The rules on what documents name: a part of [`RULES`] that can be run alone.
const NAMES: &[Rule] = &[
    names::claims_exist,
    names::items_exist,
    names::links_lead_somewhere,
];

/// Every name in a document of the workspace at the current folder of `sh` that stands for nothing.
///
/// # Errors
/// If a file cannot be read.
pub fn check_names(sh: &Shell) -> anyhow::Result<Vec<Finding>> {
    let tree = Tree::read(&sh.current_dir())?;
    Ok(NAMES.iter().flat_map(|rule| rule(&tree)).collect())
}

/// Everything in the workspace at the current folder of `sh` that breaks a rule.
///
/// # Errors
/// If a file cannot be read, or cargo cannot tell the licences.
pub fn check(sh: &Shell) -> anyhow::Result<Vec<Finding>> {
    let tree = Tree::read(&sh.current_dir())?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.extend(licences::check(sh, Platforms::This)?);
    Ok(findings)
}

/// The packages of all platforms that break a rule; cargo fetches those that are not on the disk.
///
/// # Errors
/// If cargo cannot tell the licences.
pub fn check_all_platforms(sh: &Shell) -> anyhow::Result<Vec<Finding>> {
    licences::check(sh, Platforms::All)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let sh = Shell::new().expect("the current folder is readable");
        sh.change_dir(crate::workspace_root().expect("xtask lies in the workspace"));
        let findings = check(&sh).expect("the workspace is readable");
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }

    /// Checks that `rule` accepts the tree `good`, and finds `expected` in it once `bad` replaces or joins its files.
    pub(super) fn check_rule(
        rule: Rule,
        good: &[(&str, &str)],
        bad: &[(&str, &str)],
        expected: &[&str],
    ) {
        let texts = |findings: Vec<Finding>| -> Vec<String> {
            findings.iter().map(Finding::to_string).collect()
        };
        assert_eq!(texts(rule(&Tree::of(good))), [""; 0]);
        let changed: Vec<(&str, &str)> = good.iter().chain(bad).copied().collect();
        assert_eq!(texts(rule(&Tree::of(&changed))), expected);
    }
}
