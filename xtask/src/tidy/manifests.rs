//! The manifests: reading them, and the rules on them and on the lock file.

use toml::{Table, Value};

use super::{Finding, tree::Tree};

/// The manifest of one member of the workspace.
#[derive(Debug)]
pub struct Member {
    /// The folder, relative to the root.
    pub folder: String,
    /// The path of the manifest.
    pub manifest: String,
    /// The name of the package.
    pub name: String,
    table: Table,
}

/// What a dependency is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The library, the program or its build script.
    Shipped,
    /// Tests, examples and benches.
    Tests,
}

/// One dependency as a manifest states it.
#[derive(Debug, Clone, Copy)]
pub struct Dependency<'a> {
    /// The key in the manifest.
    pub name: &'a str,
    /// What it is needed for.
    pub purpose: Purpose,
    entry: &'a Value,
}

const SECTIONS: [(&str, Purpose); 3] = [
    ("dependencies", Purpose::Shipped),
    ("build-dependencies", Purpose::Shipped),
    ("dev-dependencies", Purpose::Tests),
];

impl Member {
    /// All dependencies, those of single platforms included.
    pub fn dependencies(&self) -> Vec<Dependency<'_>> {
        let platforms = self.table.get("target").and_then(Value::as_table);
        let tables = platforms
            .into_iter()
            .flat_map(Table::values)
            .filter_map(Value::as_table)
            .chain([&self.table]);
        let mut found = Vec::new();
        for table in tables {
            for (section, purpose) in SECTIONS {
                let entries = table.get(section).and_then(Value::as_table);
                found.extend(
                    entries
                        .into_iter()
                        .flatten()
                        .map(|(name, entry)| Dependency {
                            name,
                            purpose,
                            entry,
                        }),
                );
            }
        }
        found
    }
}

/// The members of the workspace, in the order of the root manifest.
///
/// # Errors
/// The first manifest that is missing or cannot be read.
pub fn members(tree: &Tree) -> Result<Vec<Member>, Finding> {
    let root = table(tree, "Cargo.toml")?;
    let listed = lookup(&root, &["workspace", "members"]).and_then(Value::as_array);
    let folders = listed.into_iter().flatten().filter_map(Value::as_str);
    folders
        .map(|folder| {
            let manifest = format!("{folder}/Cargo.toml");
            let table = table(tree, &manifest)?;
            let name = lookup(&table, &["package", "name"])
                .and_then(Value::as_str)
                .ok_or_else(|| Finding::in_file(&manifest, "the package has no name".to_owned()))?;
            Ok(Member {
                folder: folder.to_owned(),
                name: name.to_owned(),
                manifest,
                table,
            })
        })
        .collect()
}

fn table(tree: &Tree, path: &str) -> Result<Table, Finding> {
    let text = tree.text(path).unwrap_or_default();
    if text.is_empty() {
        return Err(Finding::in_file(path, "this file is missing".to_owned()));
    }
    text.parse()
        .map_err(|e: toml::de::Error| Finding::in_file(path, e.message().to_owned()))
}

fn lookup<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Value> {
    let (last, path) = keys.split_last()?;
    let mut inner = table;
    for key in path {
        inner = inner.get(*key)?.as_table()?;
    }
    inner.get(*last)
}

/// Members take versions, licence, lints and dependencies from the root manifest, so that each is stated once; and the name of a
/// dependency is the name of its package, so that the table of edges sees all of them.
pub fn inheritance(tree: &Tree) -> Vec<Finding> {
    let members = match members(tree) {
        Ok(members) => members,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    for member in &members {
        let mut report =
            |message: String| findings.push(Finding::in_file(&member.manifest, message));
        let inherits = |value: Option<&Value>| {
            let flag = value.and_then(|value| value.get("workspace"));
            flag.and_then(Value::as_bool) == Some(true)
        };
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherits(lookup(&member.table, &["package", key])) {
                report(format!("expected {key}.workspace = true"));
            }
        }
        if !inherits(member.table.get("lints")) {
            report("expected [lints] workspace = true".to_owned());
        }
        for dependency in member.dependencies() {
            if !inherits(Some(dependency.entry)) {
                report(format!("expected {}.workspace = true", dependency.name));
            }
        }
    }
    let root = match table(tree, "Cargo.toml") {
        Ok(root) => root,
        Err(finding) => return vec![finding],
    };
    let shared = lookup(&root, &["workspace", "dependencies"]).and_then(Value::as_table);
    for (name, entry) in shared.into_iter().flatten() {
        if entry.get("package").is_some() {
            let message = format!("the dependency {name} is another package under this name");
            findings.push(Finding::in_file("Cargo.toml", message));
        }
    }
    findings
}

/// One locked package.
#[derive(Debug)]
pub struct Locked<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The names of what it needs, for any purpose.
    pub needs: Vec<&'a str>,
}

/// The packages of a lock file.
pub fn locked(lock: &Table) -> Vec<Locked<'_>> {
    let packages = lock.get("package").and_then(Value::as_array);
    packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let needs = package.get("dependencies").and_then(Value::as_array);
            let needs = needs.into_iter().flatten().filter_map(Value::as_str);
            Some(Locked {
                name: package.get("name")?.as_str()?,
                version: package.get("version")?.as_str()?,
                // A need is `name`, or `name version` where two versions are locked.
                needs: needs.filter_map(|need| need.split(' ').next()).collect(),
            })
        })
        .collect()
}

/// The lock file as a table.
///
/// # Errors
/// If it is missing or is not TOML.
pub fn lock_table(tree: &Tree) -> Result<Table, Finding> {
    table(tree, "Cargo.lock")
}

/// num-bigint stays at 0.4: num-rational 0.4 needs it, and 0.5 beside it would link two incompatible big integers. Every package
/// comes from crates.io.
pub fn lock_file(tree: &Tree) -> Vec<Finding> {
    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let lock = match lock_table(tree) {
        Ok(lock) => lock,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    for package in locked(&lock) {
        if package.name == "num-bigint" && !package.version.starts_with("0.4.") {
            let message = format!("num-bigint {} is refused, expected 0.4", package.version);
            findings.push(Finding::in_file("Cargo.lock", message));
        }
    }
    let packages = lock.get("package").and_then(Value::as_array);
    for package in packages.into_iter().flatten() {
        match package.get("source").and_then(Value::as_str) {
            None | Some(CRATES_IO) => {}
            Some(_) => {
                let name = package.get("name").and_then(Value::as_str).unwrap_or("?");
                let message = format!("{name} does not come from crates.io");
                findings.push(Finding::in_file("Cargo.lock", message));
            }
        }
    }
    findings
}

/// Version numbers that are stated twice agree: of the project in `CITATION.cff`, of the toolchain in `rust-toolchain.toml`.
pub fn versions(tree: &Tree) -> Vec<Finding> {
    let root = match table(tree, "Cargo.toml") {
        Ok(root) => root,
        Err(finding) => return vec![finding],
    };
    let shared = |key| lookup(&root, &["workspace", "package", key]).and_then(Value::as_str);
    let version = shared("version").unwrap_or_default();
    let rust_version = shared("rust-version").unwrap_or_default();
    let mut findings = Vec::new();

    let citation = tree.text("CITATION.cff").unwrap_or_default();
    if !citation
        .lines()
        .any(|line| line == format!("version: {version}"))
    {
        let message = format!("expected the line `version: {version}`, as in Cargo.toml");
        findings.push(Finding::in_file("CITATION.cff", message));
    }
    let toolchain = table(tree, "rust-toolchain.toml").ok();
    let channel = toolchain
        .as_ref()
        .and_then(|toolchain| lookup(toolchain, &["toolchain", "channel"]))
        .and_then(Value::as_str)
        .unwrap_or_default();
    if channel != rust_version && !channel.starts_with(&format!("{rust_version}.")) {
        let message =
            format!("found channel {channel:?}, expected {rust_version}, as in Cargo.toml");
        findings.push(Finding::in_file("rust-toolchain.toml", message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    const ROOT: &str = "[workspace]\nmembers = [\"crates/a\"]\n\
        [workspace.package]\nversion = \"0.1.0\"\nrust-version = \"1.95\"\n[workspace.dependencies]\nb = \"1\"";
    const MEMBER: &str = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [lints]\nworkspace = true\n[dependencies]\nb.workspace = true\n";

    #[test]
    fn members_inherit() {
        let good = [("Cargo.toml", ROOT), ("crates/a/Cargo.toml", MEMBER)];
        let check = |member: &str, expected: &str| {
            check_rule(
                inheritance,
                &good,
                &[("crates/a/Cargo.toml", member)],
                &[expected],
            );
        };
        check(
            &MEMBER.replace("license.workspace = true", "license = \"MIT\""),
            "crates/a/Cargo.toml: expected license.workspace = true",
        );
        check(
            &MEMBER.replace("[lints]\nworkspace = true", ""),
            "crates/a/Cargo.toml: expected [lints] workspace = true",
        );
        check(
            &format!("{MEMBER}[target.'cfg(unix)'.dependencies]\nc = {{ path = \"../c\" }}"),
            "crates/a/Cargo.toml: expected c.workspace = true",
        );
        check(
            "[package",
            "crates/a/Cargo.toml: unclosed table, expected `]`",
        );
        check("", "crates/a/Cargo.toml: this file is missing");
        let renamed =
            format!("{ROOT}\nc = {{ package = \"saltus-jump\", path = \"crates/saltus-jump\" }}");
        check_rule(
            inheritance,
            &good,
            &[("Cargo.toml", &renamed)],
            &["Cargo.toml: the dependency c is another package under this name"],
        );
    }

    #[test]
    fn the_lock_file_holds_one_kind_of_big_integer_and_one_source() {
        let good = "[[package]]\nname = \"num-bigint\"\nversion = \"0.4.8\"\n\
            source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        let newer = good.replace("0.4.8", "0.5.1");
        let both = format!("{good}{newer}");
        check_rule(
            lock_file,
            &[("Cargo.lock", good)],
            &[("Cargo.lock", &both)],
            &["Cargo.lock: num-bigint 0.5.1 is refused, expected 0.4"],
        );
        let mirrored = good.replace("github.com/rust-lang/crates.io-index", "example.org/index");
        check_rule(
            lock_file,
            &[("Cargo.lock", good)],
            &[("Cargo.lock", &mirrored)],
            &["Cargo.lock: num-bigint does not come from crates.io"],
        );
    }

    #[test]
    fn versions_agree() {
        let good = [
            ("Cargo.toml", ROOT),
            ("CITATION.cff", "version: 0.1.0\n"),
            ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n"),
        ];
        let check =
            |bad: (&str, &str), expected: &str| check_rule(versions, &good, &[bad], &[expected]);
        check(
            ("CITATION.cff", "version: 0.2.0\n"),
            "CITATION.cff: expected the line `version: 0.1.0`, as in Cargo.toml",
        );
        check(
            ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.9\"\n"),
            "rust-toolchain.toml: found channel \"1.9\", expected 1.95, as in Cargo.toml",
        );
    }
}
