//! Documents that must keep step with the code.

use std::collections::BTreeSet;

use super::{Finding, manifests, tree::Tree};

const CODE_MAP: &str = "ARCHITECTURE.md";
const HEADING: &str = "### `";

/// The code map has one section for each member of the workspace, under a heading of the form ``### `crates/name` ``, and none for
/// anything else.
pub fn code_map(tree: &Tree) -> Vec<Finding> {
    let members = match manifests::members(tree) {
        Ok(members) => members,
        Err(finding) => return vec![finding],
    };
    let text = tree.text(CODE_MAP).unwrap_or_default();
    let folders: BTreeSet<&str> = members
        .iter()
        .map(|member| member.folder.as_str())
        .collect();
    let described: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(HEADING)?.strip_suffix('`'))
        .collect();
    let missing = folders.difference(&described);
    let stale = described.difference(&folders);
    missing
        .map(|folder| format!("the code map has no section {HEADING}{folder}`"))
        .chain(stale.map(|folder| format!("the code map describes {folder}, which is no member")))
        .map(|message| Finding::in_file(CODE_MAP, message))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    #[test]
    fn the_code_map_names_every_member() {
        let good = [
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/a\"]"),
            ("crates/a/Cargo.toml", "[package]\nname = \"a\""),
            ("ARCHITECTURE.md", "### `crates/a`\nText.\n### Elsewhere\n"),
        ];
        check_rule(
            code_map,
            &good,
            &[("ARCHITECTURE.md", "### `crates/b`\n")],
            &[
                "ARCHITECTURE.md: the code map has no section ### `crates/a`",
                "ARCHITECTURE.md: the code map describes crates/b, which is no member",
            ],
        );
    }
}
