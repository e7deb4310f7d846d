//! `cargo xtask dist`: the archive of a version for a repository such as Zenodo.
//!
//! Sources and certificates are the same bytes wherever they are made; the report holds measured figures, among them times.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use xshell::{Shell, cmd};

use crate::steps::{self, Outcome};

/// Where the archive is made, relative to the root of the workspace.
const FOLDER: &str = "target/dist";

/// What a version is called, with its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    name: String,
    commit: String,
    /// Seconds since 1970 of the commit: the time of every entry of the archive.
    time: String,
}

/// Makes the archive from the commit that is checked out: its sources with the lock file, the report, the certificates, and a list of
/// checksums; then unpacks it, and checks contents and checksums.
pub fn dist(sh: &Shell) -> anyhow::Result<Outcome> {
    if cmd!(sh, "git rev-parse --verify HEAD")
        .quiet()
        .ignore_stdout()
        .run()
        .is_err()
    {
        eprintln!(
            "xtask: dist: found no git checkout, expected one: the sources are those of a commit"
        );
        return Ok(Outcome::Failed(2));
    }
    let changes = cmd!(sh, "git status --porcelain --untracked-files=no")
        .quiet()
        .read()?;
    if !changes.is_empty() {
        eprintln!("xtask: dist: found changes that are not committed, expected none:\n{changes}");
        return Ok(Outcome::Failed(2));
    }
    // What an earlier run left is no part of this report.
    sh.remove_path(steps::REPORT)?;
    let verified = steps::verify(sh, &steps::VerifyOptions::default())?;
    if verified != Outcome::Passed {
        return Ok(verified);
    }
    let version = version(sh)?;
    let stem = format!("saltus-{}-{}", version.name, version.commit);
    sh.remove_path(FOLDER)?;
    let root = format!("{FOLDER}/{stem}");
    sh.create_dir(&root)?;

    let sources = format!("{FOLDER}/sources.tar");
    cmd!(sh, "git archive --format=tar --output={sources} HEAD").run()?;
    sh.create_dir(format!("{root}/sources"))?;
    cmd!(
        sh,
        "tar --extract --file={sources} --directory={root}/sources"
    )
    .run()?;
    sh.remove_path(&sources)?;
    copy_report(sh, &root)?;
    certify(sh, &root)?;
    sh.write_file(format!("{root}/README.txt"), readme(&version))?;
    let list = checksums(sh, &root)?;
    sh.write_file(format!("{root}/SHA256SUMS"), list)?;

    let archive = format!("{stem}.tar.gz");
    let time = format!("@{}", version.time);
    let tar = format!("{FOLDER}/{stem}.tar");
    // Sorted names, one time and no owner: the archive depends on its contents alone.
    cmd!(
        sh,
        "tar --create --file={tar} --directory={FOLDER} --sort=name --mtime={time} --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime {stem}"
    )
    .run()?;
    cmd!(sh, "gzip --no-name --best {tar}").run()?;
    sh.remove_path(&root)?;
    check(sh, &archive, &stem)?;
    let sum = cmd!(sh, "sha256sum {FOLDER}/{archive}").quiet().read()?;
    println!("{sum}");
    Ok(Outcome::Passed)
}

fn version(sh: &Shell) -> anyhow::Result<Version> {
    let id = cmd!(sh, "cargo pkgid --package saltus").quiet().read()?;
    let name = id
        .rsplit(['#', '@'])
        .next()
        .context("cargo names a version")?;
    let commit = cmd!(sh, "git rev-parse --short=12 HEAD").quiet().read()?;
    let time = cmd!(sh, "git log -1 --format=%ct").quiet().read()?;
    Ok(Version {
        name: name.to_owned(),
        commit,
        time,
    })
}

fn copy_report(sh: &Shell, root: &str) -> anyhow::Result<()> {
    let target = format!("{root}/report");
    sh.create_dir(&target)?;
    for file in sh.read_dir(steps::REPORT)? {
        sh.copy_file(file, &target)?;
    }
    Ok(())
}

/// A certificate for every shipped instance, each accepted by both checkers, beside the instance as one file.
fn certify(sh: &Shell, root: &str) -> anyhow::Result<()> {
    let saltus = "target/release/saltus";
    let folder = format!("{root}/certificates");
    sh.create_dir(&folder)?;
    let list = cmd!(sh, "{saltus} example --list").quiet().read()?;
    let names: Vec<&str> = instances(&list).collect();
    ensure!(
        !names.is_empty(),
        "{saltus} example --list names no instance"
    );
    for name in names {
        let (instance, certificate) = (
            format!("{folder}/{name}.toml"),
            format!("{folder}/{name}.json"),
        );
        let text = cmd!(sh, "{saltus} example {name}").quiet().read()?;
        sh.write_file(&instance, text + "\n")?;
        cmd!(sh, "{saltus} certify {instance} --out {certificate}")
            .quiet()
            .run()?;
        cmd!(sh, "{saltus} check {certificate} --instance {instance}")
            .quiet()
            .ignore_stdout()
            .run()?;
        cmd!(sh, "python3 docs/check_certificate.py {certificate}")
            .quiet()
            .ignore_stdout()
            .run()?;
    }
    Ok(())
}

/// The names in the table that `saltus example --list` prints.
fn instances(list: &str) -> impl Iterator<Item = &str> {
    let rows = list.lines().skip(1);
    rows.filter_map(|row| row.split_whitespace().next())
}

fn readme(version: &Version) -> String {
    format!(
        "Saltus {}, commit {}.\n\n\
         sources/       the sources of the commit, with Cargo.lock; begin with README.md, cite by CITATION.cff\n\
         report/        the report of `cargo xtask verify`: report.html, with its data; holds measured figures\n\
         certificates/  for each shipped instance the instance and the certificate of its jump sequence\n\
         SHA256SUMS     checksums of every other file: sha256sum --check SHA256SUMS\n\n\
         A certificate is checked with Python alone: python3 sources/docs/check_certificate.py certificates/relu-cayley.json\n",
        version.name, version.commit
    )
}

/// One line a file, in the order of their names, as `sha256sum --check` reads it.
fn checksums(sh: &Shell, root: &str) -> anyhow::Result<String> {
    let _here = sh.push_dir(root);
    let found = cmd!(sh, "find . -type f").quiet().read()?;
    let names: BTreeSet<&str> = found
        .lines()
        .map(|name| name.trim_start_matches("./"))
        .collect();
    let mut list = String::new();
    for name in names {
        list.push_str(&cmd!(sh, "sha256sum {name}").quiet().read()?);
        list.push('\n');
    }
    Ok(list)
}

/// Unpacks the archive elsewhere: its checksums verify, they cover every file, and nothing is missing.
fn check(sh: &Shell, archive: &str, stem: &str) -> anyhow::Result<()> {
    let temporary = sh.create_temp_dir()?;
    let archive = sh.current_dir().join(FOLDER).join(archive);
    let _there = sh.push_dir(temporary.path());
    cmd!(sh, "tar --extract --gzip --file={archive}")
        .quiet()
        .run()?;
    let _inside = sh.push_dir(stem);
    cmd!(sh, "sha256sum --check --quiet --strict SHA256SUMS").run()?;
    let found = cmd!(sh, "find . -type f").quiet().read()?;
    let found: BTreeSet<&str> = found
        .lines()
        .map(|name| name.trim_start_matches("./"))
        .collect();
    let list = sh.read_file("SHA256SUMS")?;
    let faults = faults(&found, &list);
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    eprintln!(
        "xtask: dist: {} files, every checksum verifies",
        found.len()
    );
    Ok(())
}

/// What an archive of these files, with this list of checksums, lacks.
fn faults(found: &BTreeSet<&str>, list: &str) -> Vec<String> {
    const NEEDED: [&str; 8] = [
        "README.txt",
        "SHA256SUMS",
        "sources/Cargo.lock",
        "sources/CITATION.cff",
        "sources/README.md",
        "report/report.html",
        "report/report.json",
        "certificates/relu-cayley.json",
    ];
    let listed: BTreeSet<&str> = list.lines().filter_map(|line| line.get(66..)).collect();
    let missing = NEEDED.iter().filter(|name| !found.contains(*name));
    let missing = missing.map(|name| format!("the archive lacks {name}"));
    let not_listed = found
        .iter()
        .filter(|name| **name != "SHA256SUMS" && !listed.contains(*name));
    let not_listed = not_listed.map(|name| format!("SHA256SUMS lacks {name}"));
    let of_others = found
        .iter()
        .filter(|name| name.starts_with("sources/target/"));
    let of_others = of_others.map(|name| format!("the archive holds {name}, which is no source"));
    missing.chain(not_listed).chain(of_others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 8] = [
        "README.txt",
        "SHA256SUMS",
        "certificates/relu-cayley.json",
        "report/report.html",
        "report/report.json",
        "sources/CITATION.cff",
        "sources/Cargo.lock",
        "sources/README.md",
    ];

    fn list(files: &[&str]) -> String {
        let line = |name: &&str| format!("{}  {name}\n", "0".repeat(64));
        files.iter().map(line).collect()
    }

    #[test]
    fn what_an_archive_lacks_is_found() {
        let check = |files: &[&str], listed: &[&str], expected: &[&str]| {
            let found: BTreeSet<&str> = files.iter().copied().collect();
            assert_eq!(faults(&found, &list(listed)), expected);
        };
        check(&FILES, &FILES, &[]);
        check(
            &FILES[..7],
            &FILES,
            &["the archive lacks sources/README.md"],
        );
        check(
            &FILES,
            &FILES[3..],
            &[
                "SHA256SUMS lacks README.txt",
                "SHA256SUMS lacks certificates/relu-cayley.json",
            ],
        );
        let more = [&FILES[..], &["sources/target/x"]].concat();
        check(
            &more,
            &more,
            &["the archive holds sources/target/x, which is no source"],
        );
    }

    #[test]
    fn instances_are_read_from_the_list() {
        let list = "name  description\nrelu-a  ReLU, n = 3\ndln-b   diagonal\n";
        assert_eq!(instances(list).collect::<Vec<_>>(), ["relu-a", "dln-b"]);
    }
}
