//! The licences of everything that is linked or run on this platform form a closed list, and nothing is shipped in two versions;
//! the same is asked of all platforms where the network may be used, and `deny.toml` asks it of cargo-deny.

use std::collections::{BTreeMap, BTreeSet};

use xshell::{Shell, cmd};

use super::Finding;

/// Licence expressions as packages state them. A new one is added by hand, after reading it.
const ACCEPTED: &[&str] = &[
    "(MIT OR Apache-2.0) AND Unicode-3.0",
    "Apache-2.0",
    "Apache-2.0 / MIT",
    "Apache-2.0 OR BSL-1.0",
    "Apache-2.0 OR MIT",
    "Apache-2.0 WITH LLVM-exception",
    "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
    "BSD-2-Clause OR Apache-2.0 OR MIT",
    "MIT",
    "MIT OR Apache-2.0",
    "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
    "MIT/Apache-2.0",
    "Unlicense OR MIT",
    "Unlicense/MIT",
    "Zlib OR Apache-2.0 OR MIT",
];

/// What is linked or run to build and to test.
const WITH_TESTS: &str = "normal,build,dev";
/// What is linked or run to build.
const SHIPPED: &str = "normal,build";

/// The platforms whose packages are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platforms {
    /// The one at hand; its packages are on the disk.
    This,
    /// All: cargo fetches what it has not yet.
    All,
}

/// The packages of the workspace, one a line: name, version, and after a tab the licence expression.
///
/// # Errors
/// If cargo fails, for instance because the lock file is out of date.
fn read(sh: &Shell, edges: &str, platforms: Platforms) -> anyhow::Result<String> {
    let format = "{p}\t{l}";
    let target: &[&str] = match platforms {
        Platforms::This => &[],
        Platforms::All => &["--target", "all"],
    };
    let tree = cmd!(
        sh,
        "cargo tree --workspace --locked --edges {edges} --prefix none --format {format} {target...}"
    );
    Ok(tree.quiet().read()?)
}

/// Packages with a licence off the list, and second versions in what is shipped.
///
/// # Errors
/// As [`read`].
pub fn check(sh: &Shell, platforms: Platforms) -> anyhow::Result<Vec<Finding>> {
    let mut findings = closed_list(&read(sh, WITH_TESTS, platforms)?);
    findings.extend(one_version(&read(sh, SHIPPED, platforms)?));
    Ok(findings)
}

/// Every package states an accepted licence.
fn closed_list(packages: &str) -> Vec<Finding> {
    let stated: BTreeSet<(&str, &str)> = packages
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('\t'))
        .map(|(package, licence)| (package.split(" (").next().unwrap_or(package), licence))
        .collect();
    stated
        .into_iter()
        .filter(|(_, licence)| !ACCEPTED.contains(licence))
        .map(|(package, licence)| {
            let message =
                format!("{package} has the licence {licence:?}, which is not on the list");
            Finding::in_file("Cargo.lock", message)
        })
        .collect()
}

/// No package is in what is shipped in two versions, whose types would not fit each other.
fn one_version(packages: &str) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in packages.lines() {
        let mut words = line.split([' ', '\t']);
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            versions.entry(name).or_default().insert(version);
        }
    }
    versions
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| {
            let versions: Vec<&str> = versions.into_iter().collect();
            let message = format!(
                "{name} is built in the versions {}, expected one",
                versions.join(", ")
            );
            Finding::in_file("Cargo.lock", message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_closed() {
        fn check(packages: &str, expected: &[&str]) {
            let found: Vec<String> = closed_list(packages)
                .iter()
                .map(Finding::to_string)
                .collect();
            assert_eq!(found, expected);
        }
        check(
            "saltus v0.1.0 (here)\tMIT OR Apache-2.0\ncsv v1.4.0\tUnlicense/MIT (*)",
            &[],
        );
        check(
            "rug v1.30.0\tLGPL-3.0+\nrug v1.30.0\tLGPL-3.0+ (*)",
            &["Cargo.lock: rug v1.30.0 has the licence \"LGPL-3.0+\", which is not on the list"],
        );
        check(
            "mystery v1.0.0\t",
            &["Cargo.lock: mystery v1.0.0 has the licence \"\", which is not on the list"],
        );
    }

    #[test]
    fn a_second_version_is_found() {
        fn check(packages: &str, expected: &[&str]) {
            let found: Vec<String> = one_version(packages)
                .iter()
                .map(Finding::to_string)
                .collect();
            assert_eq!(found, expected);
        }
        check(
            "saltus v0.1.0 (here)\tMIT\ncsv v1.4.0\tMIT\ncsv v1.4.0\tMIT (*)",
            &[],
        );
        check(
            "syn v2.0.1\tMIT\ncsv v1.4.0\tMIT\nsyn v3.0.1\tMIT",
            &["Cargo.lock: syn is built in the versions v2.0.1, v3.0.1, expected one"],
        );
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(ACCEPTED.is_sorted());
    }
}
