//! `cargo xtask bytes`: what is exact is the same bytes with other target features and other numbers of threads.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use xshell::{Shell, cmd};

use crate::steps::Outcome;

/// A sweep whose tasks are finished in another order by other numbers of threads.
const SPEC: &str = "seed = 7
[[coverage]]
points = [16, 64]
widths = [8, 24]
trials = 400
repeats = 6
";

/// The instances that come with the program.
const INSTANCES: &str = "tests/instances";

/// Answers by their names.
type Answers = BTreeMap<String, Vec<u8>>;

/// Builds the program a second time for this processor alone, and compares predictions, certificates and sweeps.
pub fn bytes(sh: &Shell) -> anyhow::Result<Outcome> {
    cmd!(sh, "cargo build --release --locked --package saltus").run()?;
    let portable = sh.current_dir().join("target/release/saltus");
    let native = sh.current_dir().join("target/bytes");
    cmd!(
        sh,
        "cargo build --release --locked --package saltus --target-dir {native}"
    )
    .env("RUSTFLAGS", "-C target-cpu=native")
    .run()?;
    let native = native.join("release/saltus");
    let instances = instances(&sh.current_dir().join(INSTANCES))?;

    let reference = answers(&portable, &instances, 1)?;
    let mut failed = false;
    for (what, found) in [
        ("four threads", answers(&portable, &[], 4)?),
        (
            "the features of this processor",
            answers(&native, &instances, 1)?,
        ),
        (
            "the features of this processor and three threads",
            answers(&native, &[], 3)?,
        ),
    ] {
        let different = differences(&reference, &found);
        eprintln!(
            "xtask: bytes: with {what}, {} of {} answers differ",
            different.len(),
            found.len()
        );
        for name in &different {
            eprintln!("xtask: bytes: {name} differs");
        }
        failed |= !different.is_empty() || found.is_empty();
    }
    // Floats are under no such promise; the count is only told.
    let measured = differences(
        &simulations(&portable, &instances)?,
        &simulations(&native, &instances)?,
    );
    eprintln!(
        "xtask: bytes: of the simulations, which are not promised to be the same, {} of {} differ",
        measured.len(),
        instances.len()
    );
    Ok(match failed {
        true => Outcome::Failed(1),
        false => Outcome::Passed,
    })
}

/// The names of the answers that are not the same bytes as the reference.
fn differences(reference: &Answers, found: &Answers) -> Vec<String> {
    let differs = |(name, bytes): &(&String, &Vec<u8>)| reference.get(*name) != Some(bytes);
    let different = found.iter().filter(differs);
    different.map(|(name, _)| name.clone()).collect()
}

fn instances(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("{} holds no instance", folder.display());
    }
    Ok(files)
}

/// Predictions and certificates of the instances, and a sweep by so many threads.
fn answers(saltus: &Path, instances: &[PathBuf], threads: u16) -> anyhow::Result<Answers> {
    let folder = std::env::temp_dir().join(format!("saltus-bytes-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let mut answers = Answers::new();
    for file in instances {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let file = file.to_string_lossy();
        for form in ["text", "json"] {
            let answer = output(saltus, &folder, &["predict", &file, "--format", form])?;
            answers.insert(format!("prediction of {name} ({form})"), answer);
        }
        output(saltus, &folder, &["certify", &file, "--out", "c.json"])?;
        answers.insert(
            format!("certificate of {name}"),
            fs::read(folder.join("c.json"))?,
        );
    }
    fs::write(folder.join("spec.toml"), SPEC)?;
    let threads = threads.to_string();
    let run = [
        "sweep",
        "run",
        "tasks",
        "--threads",
        &threads,
        "--out",
        "part",
    ];
    output(
        saltus,
        &folder,
        &["sweep", "plan", "spec.toml", "--out", "tasks"],
    )?;
    output(saltus, &folder, &run)?;
    let summary = output(
        saltus,
        &folder,
        &["sweep", "merge", "part", "--out", "merged", "--json"],
    )?;
    answers.insert(
        "plan of the sweep".to_owned(),
        fs::read(folder.join("tasks"))?,
    );
    answers.insert(
        "records of the sweep".to_owned(),
        fs::read(folder.join("merged"))?,
    );
    answers.insert("summary of the sweep".to_owned(), summary);
    fs::remove_dir_all(&folder)?;
    Ok(answers)
}

fn simulations(saltus: &Path, instances: &[PathBuf]) -> anyhow::Result<Answers> {
    let folder = std::env::temp_dir();
    let simulate = |file: &PathBuf| {
        let name = file.to_string_lossy();
        let line = ["simulate", &name, "--log-inv-scale", "1000", "--json"];
        Ok((name.to_string(), output(saltus, &folder, &line)?))
    };
    instances.iter().map(simulate).collect()
}

/// What the program prints; its exit code must be 0.
fn output(saltus: &Path, folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new(saltus)
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} could not be started", saltus.display()))?;
    if !output.status.success() {
        bail!(
            "saltus {} ended with {}: {}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_byte_is_found() {
        fn check(found: &[(&str, &str)], expected: &[&str]) {
            let answers = |pairs: &[(&str, &str)]| -> Answers {
                let pairs = pairs.iter();
                let pairs =
                    pairs.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
                pairs.collect()
            };
            let reference = answers(&[("a", "1/2"), ("b", "sqrt(2)")]);
            assert_eq!(differences(&reference, &answers(found)), expected);
        }
        check(&[("a", "1/2"), ("b", "sqrt(2)")], &[]);
        check(&[("b", "sqrt(2)")], &[]);
        check(&[("a", "1/2"), ("b", "sqrt(3)")], &["b"]);
        check(&[("c", "1/2")], &["c"]);
    }
}
