//! Rules on every text file.

use super::{Finding, tree::Tree};

/// Endings of files that people write; others (snapshots, data) are kept as programs wrote them.
const WRITTEN: &[&str] = &[".rs", ".toml", ".md", ".yml", ".cff", ".py", ".ci/run"];

/// Folders that exist on somebody's machine only.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/", "home", "/"),
    concat!("/", "root", "/"),
    concat!("/", "work", "/"),
    concat!("/", "tmp", "/"),
    concat!("/", "Users", "/"),
    concat!("C:\\", "Users"),
];

/// No line ends with a blank, and a file ends with exactly one line break.
pub fn no_trailing_whitespace(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        if !WRITTEN.iter().any(|ending| path.ends_with(ending)) {
            continue;
        }
        for (line_idx, line) in text.split('\n').enumerate() {
            if line.ends_with([' ', '\t', '\r']) {
                let message = "the line ends with whitespace".to_owned();
                findings.push(Finding::at_line(path, line_idx, message));
            }
        }
        if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
            let message = "expected exactly one line break at the end".to_owned();
            findings.push(Finding::in_file(path, message));
        }
    }
    findings
}

/// No file names a folder of the machine on which it was written.
pub fn no_machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (line_idx, line) in text.lines().enumerate() {
            if let Some(folder) = MACHINE_FOLDERS
                .iter()
                .find(|folder| names_folder(line, folder))
            {
                let message = format!("names the machine folder {folder}");
                findings.push(Finding::at_line(path, line_idx, message));
            }
        }
    }
    findings
}

/// Whether `folder` occurs in `line` as the start of a path, not in the middle of an address or a relative path.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~*}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    #[test]
    fn lines_end_where_their_text_ends() {
        let good = [("a.md", "text\n"), ("b.csv", "1, \n\n")];
        let check = |text: &str, expected: &str| {
            check_rule(
                no_trailing_whitespace,
                &good,
                &[("a.md", text)],
                &[expected],
            );
        };
        check("text\nmore \n", "a.md:2: the line ends with whitespace");
        check("text", "a.md: expected exactly one line break at the end");
        check(
            "text\n\n",
            "a.md: expected exactly one line break at the end",
        );
    }

    #[test]
    fn machine_folders_are_not_named() {
        let good = [(
            "a.toml",
            "url = \"https://example.org/tmp/x\"\npath = \"../work/x\"\n",
        )];
        for folder in MACHINE_FOLDERS {
            let text = format!("a = 1\npath = \"{folder}x\"\n");
            let expected = format!("a.toml:2: names the machine folder {folder}");
            check_rule(no_machine_paths, &good, &[("a.toml", &text)], &[&expected]);
        }
    }
}
