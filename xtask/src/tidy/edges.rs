//! Which crate may see which.

use std::collections::BTreeSet;

use super::manifests::{self, Member, Purpose};
use super::{Finding, tree::Tree};

/// What one member may depend on.
struct Edges {
    member: &'static str,
    /// Members that its library or program may use.
    uses: &'static [&'static str],
    /// Members that its tests may use beside those.
    tests_use: &'static [&'static str],
    /// Packages of others that it may not reach, at any depth.
    never: &'static [&'static str],
}

/// Randomness and float arrays, which the exact leg does without.
const NOT_EXACT: &[&str] = &["rand", "ndarray"];
/// Big integers, which the float leg does without.
const NOT_FLOAT: &[&str] = &["num-bigint", "num-rational"];

/// The members in topological order: each sees only members above it.
const ALLOWED: &[Edges] = &[
    Edges {
        member: "saltus-exact",
        uses: &[],
        tests_use: &[],
        never: NOT_EXACT,
    },
    Edges {
        member: "saltus-problem",
        uses: &["saltus-exact"],
        tests_use: &[],
        never: NOT_EXACT,
    },
    Edges {
        member: "saltus-data",
        uses: &["saltus-exact", "saltus-problem"],
        tests_use: &[],
        never: &[],
    },
    Edges {
        member: "saltus-jump",
        uses: &["saltus-exact", "saltus-problem"],
        tests_use: &[],
        never: NOT_EXACT,
    },
    Edges {
        member: "saltus-certificate",
        uses: &["saltus-exact", "saltus-problem"],
        tests_use: &[],
        never: NOT_EXACT,
    },
    Edges {
        member: "saltus-check",
        uses: &["saltus-exact", "saltus-problem", "saltus-certificate"],
        tests_use: &["saltus-jump", "saltus-data", "saltus-verify"],
        never: NOT_EXACT,
    },
    Edges {
        member: "saltus-dynamics",
        uses: &[],
        tests_use: &[],
        never: NOT_FLOAT,
    },
    Edges {
        member: "saltus-verify",
        uses: &[
            "saltus-exact",
            "saltus-problem",
            "saltus-jump",
            "saltus-certificate",
            "saltus-check",
            "saltus-dynamics",
        ],
        tests_use: &["saltus-data"],
        never: &[],
    },
    Edges {
        member: "saltus-sweep",
        uses: &[
            "saltus-exact",
            "saltus-problem",
            "saltus-data",
            "saltus-jump",
        ],
        tests_use: &[],
        never: &[],
    },
    Edges {
        member: "saltus-report",
        uses: &[
            "saltus-exact",
            "saltus-problem",
            "saltus-data",
            "saltus-jump",
            "saltus-dynamics",
            "saltus-verify",
            "saltus-sweep",
        ],
        tests_use: &[],
        never: &[],
    },
    Edges {
        member: "saltus",
        uses: &[
            "saltus-exact",
            "saltus-problem",
            "saltus-data",
            "saltus-jump",
            "saltus-certificate",
            "saltus-check",
            "saltus-dynamics",
            "saltus-verify",
            "saltus-sweep",
            "saltus-report",
        ],
        tests_use: &[],
        never: &[],
    },
    Edges {
        member: "xtask",
        uses: &[],
        tests_use: &[],
        never: &[],
    },
    Edges {
        member: "saltus-tests",
        uses: &[
            "saltus-exact",
            "saltus-problem",
            "saltus-data",
            "saltus-certificate",
            "saltus-jump",
            "saltus-dynamics",
            "saltus-verify",
            "saltus",
        ],
        tests_use: &[],
        never: &[],
    },
];

fn allowed(member: &Member) -> Option<&'static Edges> {
    ALLOWED.iter().find(|edges| edges.member == member.name)
}

fn is_inside(name: &str) -> bool {
    name.starts_with("saltus") || ALLOWED.iter().any(|edges| edges.member == name)
}

/// Members depend on each other only as the table says; every member has a row, and every row a member.
pub fn allowed_edges(tree: &Tree) -> Vec<Finding> {
    let members = match manifests::members(tree) {
        Ok(members) => members,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    for member in &members {
        let mut report =
            |message: String| findings.push(Finding::in_file(&member.manifest, message));
        let Some(edges) = allowed(member) else {
            report(format!(
                "{} is not in the table of allowed edges",
                member.name
            ));
            continue;
        };
        for dependency in member.dependencies() {
            let is_allowed = edges.uses.contains(&dependency.name)
                || dependency.purpose == Purpose::Tests
                    && edges.tests_use.contains(&dependency.name);
            if is_inside(dependency.name) && !is_allowed {
                report(format!(
                    "{} may not depend on {}",
                    member.name, dependency.name
                ));
            }
        }
    }
    for edges in ALLOWED {
        if !members.iter().any(|member| member.name == edges.member) {
            let message = format!(
                "{} is in the table of allowed edges, but is no member",
                edges.member
            );
            findings.push(Finding::in_file("Cargo.toml", message));
        }
    }
    findings
}

/// The members stand in topological order, so that the root manifest is the layer diagram.
pub fn topological_members(tree: &Tree) -> Vec<Finding> {
    let members = match manifests::members(tree) {
        Ok(members) => members,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    for (member_idx, member) in members.iter().enumerate() {
        for later in &members[member_idx..] {
            if member
                .dependencies()
                .iter()
                .any(|dependency| dependency.name == later.name)
            {
                let message = format!(
                    "{} stands before {}, on which it depends",
                    member.name, later.name
                );
                findings.push(Finding::in_file("Cargo.toml", message));
            }
        }
    }
    findings
}

/// The exact leg reaches no randomness and no float arrays, and the float leg no big integers, not even through others.
pub fn forbidden_packages(tree: &Tree) -> Vec<Finding> {
    let members = match manifests::members(tree) {
        Ok(members) => members,
        Err(finding) => return vec![finding],
    };
    let lock = match manifests::lock_table(tree) {
        Ok(lock) => lock,
        Err(finding) => return vec![finding],
    };
    let locked = manifests::locked(&lock);
    let mut findings = Vec::new();
    for member in &members {
        let Some(edges) = allowed(member) else {
            continue;
        };
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = shipped(member).collect();
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                // The lock file does not tell what a member needs for its tests only; its manifest does.
                match members.iter().find(|member| member.name == name) {
                    Some(inner) => open.extend(shipped(inner)),
                    None => {
                        let packages = locked.iter().filter(|package| package.name == name);
                        open.extend(packages.flat_map(|package| &package.needs));
                    }
                }
            }
        }
        for name in edges.never.iter().filter(|name| reached.contains(*name)) {
            let message = format!("{} may not reach {name}", member.name);
            findings.push(Finding::in_file(&member.manifest, message));
        }
    }
    findings
}

/// The names of what the library or program of `member` depends on.
fn shipped(member: &Member) -> impl Iterator<Item = &str> {
    let dependencies = member.dependencies().into_iter();
    dependencies
        .filter(|dependency| dependency.purpose == Purpose::Shipped)
        .map(|dependency| dependency.name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    /// A workspace of all members of the table, without dependencies.
    fn workspace() -> Vec<(String, String)> {
        let folders: Vec<String> = ALLOWED
            .iter()
            .map(|edges| format!("{:?}", edges.member))
            .collect();
        let mut files = vec![(
            "Cargo.toml".to_owned(),
            format!("[workspace]\nmembers = [{}]", folders.join(", ")),
        )];
        for edges in ALLOWED {
            let text = format!("[package]\nname = \"{}\"\n", edges.member);
            files.push((format!("{}/Cargo.toml", edges.member), text));
        }
        let lock =
            "[[package]]\nname = \"csv\"\nversion = \"1.0.0\"\ndependencies = [\"rand 0.10.4\"]";
        files.push(("Cargo.lock".to_owned(), lock.to_owned()));
        files
    }

    fn check(rule: super::super::Rule, member: &str, section: &str, expected: &[&str]) {
        let files = workspace();
        let good: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let path = format!("{member}/Cargo.toml");
        let text = format!("[package]\nname = \"{member}\"\n{section}");
        check_rule(rule, &good, &[(&path, &text)], expected);
    }

    #[test]
    fn edges_outside_the_table_are_refused() {
        check(
            allowed_edges,
            "saltus-jump",
            "[dependencies]\nsaltus-exact.workspace = true\nsaltus-dynamics.workspace = true",
            &["saltus-jump/Cargo.toml: saltus-jump may not depend on saltus-dynamics"],
        );
        check(
            allowed_edges,
            "saltus-jump",
            "[dev-dependencies]\nsaltus-check.workspace = true",
            &["saltus-jump/Cargo.toml: saltus-jump may not depend on saltus-check"],
        );
        check(
            allowed_edges,
            "saltus-dynamics",
            "[target.'cfg(unix)'.dependencies]\nsaltus-exact.workspace = true",
            &["saltus-dynamics/Cargo.toml: saltus-dynamics may not depend on saltus-exact"],
        );
        check(
            allowed_edges,
            "saltus-verify",
            "[dependencies]\nsaltus-data.workspace = true",
            &["saltus-verify/Cargo.toml: saltus-verify may not depend on saltus-data"],
        );
        check(
            allowed_edges,
            "saltus-verify",
            "[dev-dependencies]\nsaltus-data.workspace = true",
            &[],
        );
    }

    #[test]
    fn the_table_and_the_members_agree() {
        let files = workspace();
        let good: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let root = files[0].1.replace("\"xtask\"", "\"newcomer\"");
        check_rule(
            allowed_edges,
            &good,
            &[
                ("Cargo.toml", &root),
                ("newcomer/Cargo.toml", "[package]\nname = \"newcomer\""),
            ],
            &[
                "newcomer/Cargo.toml: newcomer is not in the table of allowed edges",
                "Cargo.toml: xtask is in the table of allowed edges, but is no member",
            ],
        );
    }

    #[test]
    fn a_member_stands_after_what_it_needs() {
        check(
            topological_members,
            "saltus-exact",
            "[dependencies]\nsaltus-problem.workspace = true",
            &["Cargo.toml: saltus-exact stands before saltus-problem, on which it depends"],
        );
    }

    #[test]
    fn forbidden_packages_are_found_at_any_depth() {
        check(
            forbidden_packages,
            "saltus-dynamics",
            "[dependencies]\nnum-bigint.workspace = true",
            &["saltus-dynamics/Cargo.toml: saltus-dynamics may not reach num-bigint"],
        );
        check(
            forbidden_packages,
            "saltus-jump",
            "[dependencies]\ncsv.workspace = true",
            &["saltus-jump/Cargo.toml: saltus-jump may not reach rand"],
        );
        check(
            forbidden_packages,
            "saltus-exact",
            "[dependencies]\ncsv.workspace = true",
            &["saltus-exact/Cargo.toml: saltus-exact may not reach rand"],
        );
        check(
            forbidden_packages,
            "saltus-jump",
            "[dev-dependencies]\ncsv.workspace = true",
            &[],
        );
    }
}
