//! The steps: each runs one program on the whole workspace and says how it ended.

use std::process::{Command, ExitCode};

use anyhow::Context;
use clap::Args;
use xshell::{Cmd, Shell, cmd};

use crate::{browser, commands, parsing, python, sample, tidy};

/// Where `verify` leaves its report, relative to the root of the workspace.
pub const REPORT: &str = "target/saltus-report";

/// Where `figures` leaves the pictures, relative to the root of the workspace.
const FIGURES: &str = "target/figures";

/// What `cargo xtask verify` passes on to `saltus suite`.
#[derive(Args, Default)]
pub struct VerifyOptions {
    /// Runs the long form
    #[arg(long)]
    full: bool,
    /// Checks this claim only, for example R1; may be given several times
    #[arg(long = "claim", value_name = "ID")]
    claims: Vec<String>,
    /// Prints JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// The targets of `fuzz/`, in the order in which they run.
const FUZZ_TARGETS: [&str; 5] = ["instance", "certificate", "csv", "npy", "expression"];

/// What `cargo xtask fuzz` takes.
#[derive(Args)]
pub struct FuzzOptions {
    /// Minutes for each target
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// This target only; may be given several times
    #[arg(long = "target", value_name = "NAME", value_parser = FUZZ_TARGETS)]
    targets: Vec<String>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as it should be.
    Passed,
    /// The step was not run; the text says why.
    Skipped(String),
    /// The step ended with this exit code, which is not 0.
    Failed(u8),
}

impl Outcome {
    /// The exit code of a run that consists of this step alone.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Outcome::Passed | Outcome::Skipped(_) => ExitCode::SUCCESS,
            Outcome::Failed(code) => ExitCode::from(*code),
        }
    }
}

/// A named step.
pub type Step = (&'static str, fn(&Shell) -> anyhow::Result<Outcome>);

/// The steps of `cargo xtask lint`.
pub const LINT: &[Step] = &[
    ("fmt", fmt),
    ("clippy", clippy),
    ("doc", doc),
    ("tidy", tidy),
    ("fuzz lock", fuzz_lock),
];

/// The steps of `cargo xtask ci`.
pub const CI: &[Step] = &[
    ("fmt", fmt),
    ("clippy", clippy),
    ("doc", doc),
    ("tidy", tidy),
    ("fuzz lock", fuzz_lock),
    ("test", test),
    ("verify", |sh| verify(sh, &VerifyOptions::default())),
    ("commands", commands::commands),
    ("parsing", parsing::parsing),
    ("browser", browser::browser),
    ("sample", sample::sample),
    ("schemas", python::schemas),
    ("python", python::example),
    ("citation", python::citation),
    ("book", book),
    ("deny", deny),
];

/// Runs `steps` in order up to the first failure, and says at the end which passed and which were skipped.
pub fn run_all(sh: &Shell, steps: &[Step]) -> anyhow::Result<ExitCode> {
    let mut summary = Vec::new();
    for (name, step) in steps {
        eprintln!("xtask: {name}");
        let outcome = step(sh).with_context(|| format!("step {name}"))?;
        match &outcome {
            Outcome::Passed => summary.push(format!("{name}: passed")),
            Outcome::Skipped(reason) => summary.push(format!("{name}: SKIPPED, {reason}")),
            Outcome::Failed(code) => {
                eprintln!("xtask: {name} failed with exit code {code}");
                return Ok(outcome.exit_code());
            }
        }
    }
    for line in summary {
        eprintln!("xtask: {line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks every claim on the shipped instances with the release build of the program, and passes its exit code on.
pub fn verify(sh: &Shell, options: &VerifyOptions) -> anyhow::Result<Outcome> {
    // A separate build shows cargo's progress on stderr, which the quiet run that follows would hide.
    let build = run(cmd!(sh, "cargo build --release --locked --package saltus"))?;
    if build != Outcome::Passed {
        return Ok(build);
    }
    let full = options.full.then_some("--full");
    let json = options.json.then_some("--json");
    let claims = options.claims.iter().flat_map(|claim| ["--claim", claim]);
    run(cmd!(
        sh,
        "cargo run --release --quiet --locked --package saltus --"
    )
    .arg("suite")
    .args(full)
    .args(claims)
    .args(json)
    .args(["--report", REPORT]))
}

/// Draws all figures with the release build of the program.
pub fn figures(sh: &Shell) -> anyhow::Result<Outcome> {
    let build = run(cmd!(sh, "cargo build --release --locked --package saltus"))?;
    if build != Outcome::Passed {
        return Ok(build);
    }
    run(cmd!(
        sh,
        "cargo run --release --quiet --locked --package saltus -- figures --out {FIGURES}"
    ))
}

/// Runs every test; a snapshot that differs is a failure and never a pending change.
pub fn test(sh: &Shell) -> anyhow::Result<Outcome> {
    run(cmd!(sh, "cargo test --workspace --locked").env("INSTA_UPDATE", "no"))
}

/// What `cargo xtask bench` does.
#[derive(Args, Default)]
pub struct BenchOptions {
    /// Times Saltus beside the programs of `peers/` instead, and writes the table of the book
    #[arg(long)]
    peers: bool,
    /// With --peers, measures these works of `peers/works.json` only and leaves the table of the book alone
    #[arg(requires = "peers", value_name = "WORK")]
    works: Vec<String>,
}

/// Runs the benches of the program's library over sizes, or the comparison with its peers; every figure to quote is a ratio of two
/// of them in one run.
pub fn bench(sh: &Shell, options: &BenchOptions) -> anyhow::Result<Outcome> {
    if options.peers {
        return bench_peers(sh, &options.works);
    }
    run(cmd!(
        sh,
        "cargo bench --locked --package saltus --bench exact --bench dynamics"
    ))
}

/// Sets the peers' virtual environment up, builds Saltus's side as its users get it, and compares.
fn bench_peers(sh: &Shell, works: &[String]) -> anyhow::Result<Outcome> {
    let python = "target/peers/bin/python";
    let steps = [
        cmd!(sh, "python3 -m venv target/peers"),
        cmd!(
            sh,
            "{python} -m pip install --quiet --requirement peers/requirements.txt"
        ),
        cmd!(
            sh,
            "cargo build --release --locked --package saltus --example side"
        ),
        cmd!(
            sh,
            "{python} peers/run.py target/release/examples/side target/speed docs/src/speed-table.md {works...}"
        ),
    ];
    for step in steps {
        let outcome = run(step)?;
        if outcome != Outcome::Passed {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Passed)
}

/// What `cargo xtask agree` takes.
#[derive(Args, Default)]
pub struct AgreeOptions {
    /// Verifies three hundred badly scaled instances of each system instead, and counts the verdicts
    #[arg(long)]
    scaled: bool,
}

/// Compares prediction and simulation on random generic instances, apart from the verifier; or the verifier's verdicts on badly scaled
/// ones.
pub fn agree(sh: &Shell, options: &AgreeOptions) -> anyhow::Result<Outcome> {
    let example = if options.scaled { "scaled" } else { "agree" };
    run(cmd!(
        sh,
        "cargo run --release --locked --package saltus-tests --example {example}"
    ))
}

/// Fuzzes the targets one after the other, up to the first finding; what libFuzzer learns stays in `target/fuzz` and is not committed.
pub fn fuzz(sh: &Shell, options: &FuzzOptions) -> anyhow::Result<Outcome> {
    if !is_installed(sh, "fuzz")? {
        let reason = "cargo-fuzz is not installed (cargo install cargo-fuzz --locked)";
        eprintln!("xtask: {reason}");
        return Ok(Outcome::Failed(2));
    }
    let chosen: Vec<&str> = match options.targets.as_slice() {
        [] => FUZZ_TARGETS.to_vec(),
        targets => targets.iter().map(String::as_str).collect(),
    };
    for target in chosen {
        let learned = format!("target/fuzz/{target}");
        sh.create_dir(&learned)?;
        let corpus = format!("fuzz/corpus/{target}");
        let seconds = format!("-max_total_time={}", u64::from(options.minutes) * 60);
        // The coverage instrumentation is unstable in name only; no code here is unsafe, so that no sanitizer is needed.
        let outcome = run(cmd!(
            sh,
            "cargo fuzz run --sanitizer none {target} {learned} {corpus} -- {seconds} -max_len=2048 -timeout=10 -rss_limit_mb=2048"
        )
        .env("RUSTC_BOOTSTRAP", "1"))?;
        if outcome != Outcome::Passed {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Passed)
}

/// Checks that the lock file of `fuzz/`, which is no member of the workspace, knows what the library depends on now.
pub fn fuzz_lock(sh: &Shell) -> anyhow::Result<Outcome> {
    run(cmd!(
        sh,
        "cargo fetch --locked --manifest-path fuzz/Cargo.toml"
    ))
}

/// Checks the rules of [`mod@tidy`] and prints what breaks them.
pub fn tidy(sh: &Shell) -> anyhow::Result<Outcome> {
    report(&tidy::check(sh)?, "every tidy rule is kept")
}

/// Checks that the claims, items, tests and files that documents name exist.
pub fn claims(sh: &Shell) -> anyhow::Result<Outcome> {
    report(
        &tidy::check_names(sh)?,
        "everything that documents name exists",
    )
}

/// Builds the book where mdBook is installed.
pub fn book(sh: &Shell) -> anyhow::Result<Outcome> {
    if cmd!(sh, "mdbook --version")
        .quiet()
        .ignore_stdout()
        .run()
        .is_err()
    {
        let reason = "mdBook is not installed (cargo install mdbook --locked)";
        eprintln!("xtask: book skipped, {reason}");
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    run(cmd!(sh, "mdbook build docs"))
}

pub fn report(findings: &[tidy::Finding], good: &str) -> anyhow::Result<Outcome> {
    for finding in findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        eprintln!("xtask: {good}");
        return Ok(Outcome::Passed);
    }
    Ok(Outcome::Failed(1))
}

fn fmt(sh: &Shell) -> anyhow::Result<Outcome> {
    if !is_installed(sh, "fmt")? {
        return Ok(Outcome::Skipped("rustfmt is not installed".to_owned()));
    }
    run(cmd!(sh, "cargo fmt --all --check"))
}

fn clippy(sh: &Shell) -> anyhow::Result<Outcome> {
    if !is_installed(sh, "clippy")? {
        return Ok(Outcome::Skipped("clippy is not installed".to_owned()));
    }
    run(cmd!(
        sh,
        "cargo clippy --workspace --all-targets --locked -- -D warnings"
    ))
}

fn doc(sh: &Shell) -> anyhow::Result<Outcome> {
    run(cmd!(sh, "cargo doc --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-Dwarnings"))
}

/// Licences and second versions on all platforms, by cargo-deny where it is installed (which looks at sources, too; `tidy` does
/// everywhere). Advisories need their database, which `cargo deny check advisories` fetches.
pub fn deny(sh: &Shell) -> anyhow::Result<Outcome> {
    if is_installed(sh, "deny")? {
        return run(cmd!(sh, "cargo deny --locked check licenses bans sources"));
    }
    eprintln!(
        "xtask: cargo-deny is not installed (cargo install cargo-deny --locked); the packages of all platforms as cargo lists them:"
    );
    report(
        &tidy::check_all_platforms(sh)?,
        "licences are on the list on all platforms, and nothing is shipped in two versions",
    )
}

/// Whether `cargo <subcommand>` can be run.
fn is_installed(sh: &Shell, subcommand: &str) -> anyhow::Result<bool> {
    let output = cmd!(sh, "cargo {subcommand} --version")
        .quiet()
        .ignore_status()
        .output()?;
    Ok(output.status.success())
}

/// Runs a command with the terminal's own input and output.
pub fn run(cmd: Cmd<'_>) -> anyhow::Result<Outcome> {
    let text = cmd.to_string();
    eprintln!("$ {text}");
    let status = Command::from(cmd)
        .status()
        .with_context(|| format!("`{text}` could not be started"))?;
    let code = status
        .code()
        .with_context(|| format!("`{text}` was ended by a signal"))?;
    Ok(match u8::try_from(code) {
        Ok(0) => Outcome::Passed,
        Ok(code) => Outcome::Failed(code),
        // Codes beyond a byte exist on some systems; what matters is that they are not 0.
        Err(_) => Outcome::Failed(u8::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(steps: &[Step], expected: ExitCode) {
        let sh = Shell::new().expect("the current folder is readable");
        let found = run_all(&sh, steps).expect("these steps cannot err");
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    }

    #[test]
    fn a_run_ends_with_the_code_of_the_first_step_that_fails() {
        const PASS: Step = ("pass", |_| Ok(Outcome::Passed));
        const SKIP: Step = ("skip", |_| Ok(Outcome::Skipped("no tool".to_owned())));
        const FAIL: Step = ("fail", |_| Ok(Outcome::Failed(3)));
        const WORSE: Step = ("worse", |_| Ok(Outcome::Failed(1)));
        check(&[], ExitCode::SUCCESS);
        check(&[PASS, SKIP, PASS], ExitCode::SUCCESS);
        check(&[PASS, SKIP, FAIL, WORSE], ExitCode::from(3));
    }
}
