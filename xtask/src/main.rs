//! Project automation, called as `cargo xtask`: it runs other programs in the right order and holds nothing that a reader of the
//! results must trust.

mod browser;
mod bytes;
mod commands;
mod dist;
mod parsing;
mod python;
mod sample;
mod slurm;
mod steps;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use xshell::Shell;

/// Project automation of Saltus.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Checks every claim on the shipped instances; exits 0 (holds), 1 (a claim fails), 3 (undecided) or 2 (wrong usage)
    Verify(steps::VerifyOptions),
    /// Draws the figures of the claims and of the papers into target/figures, each as SVG with its data as CSV
    Figures,
    /// Verifies, then opens the report in Chromium, at two widths and as on paper: nothing fails to load, nothing overflows
    Browser,
    /// Checks that README and the referee's hour show the verdicts that the program gives
    Sample,
    /// Validates the answers of every command against the schemas in schemas/v1 (needs Python)
    Schemas,
    /// Runs the example for Python users, which reads the program's JSON and NPZ and draws with matplotlib
    Python,
    /// Holds CITATION.cff to the schema of the Citation File Format (needs Python)
    Citation,
    /// Runs every test, documentation tests included
    Test,
    /// Times the exact processes, the flows and the descents over sizes, or beside their peers
    Bench(steps::BenchOptions),
    /// Compares prediction and simulation on a hundred random instances of each system at Λ = 10,000; exits 1 where one fails
    Agree(steps::AgreeOptions),
    /// Compares exact answers, certificates and sweeps between target features and numbers of threads, byte by byte
    Bytes,
    /// Runs the commands of README and book that call this program, but for those that are listed with a reason
    Commands,
    /// Counts how the work of every reader grows with its input, where Valgrind is installed
    Parsing,
    /// Fuzzes every target in turn, from the corpus in fuzz/corpus (needs cargo-fuzz)
    Fuzz(steps::FuzzOptions),
    /// Checks formatting, clippy, rustdoc, tidy and the lock file of fuzz/
    Lint,
    /// Checks the rules on files, manifests and dependencies that the compiler does not know
    Tidy,
    /// Checks that the claims, items, tests and files that documents name exist
    Claims,
    /// Checks licences and second versions on all platforms, by cargo-deny where it is installed
    Deny,
    /// Builds the book into target/book, where mdBook is installed
    Book,
    /// Runs a sweep as a job array on a real Slurm of one node, and compares it with a local run
    Slurm(slurm::SlurmOptions),
    /// Makes the archive of the commit that is checked out in target/dist: sources, report, certificates, checksums
    Dist,
    /// Does what continuous integration does: lint, test, verify, and the packages of all platforms
    Ci,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = workspace_root()?;
    let sh = Shell::new()?;
    sh.change_dir(&root);
    match arguments.task {
        None => {
            Arguments::command().print_help()?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Task::Verify(options)) => Ok(steps::verify(&sh, &options)?.exit_code()),
        Some(Task::Figures) => Ok(steps::figures(&sh)?.exit_code()),
        Some(Task::Browser) => Ok(browser::browser(&sh)?.exit_code()),
        Some(Task::Sample) => Ok(sample::sample(&sh)?.exit_code()),
        Some(Task::Schemas) => Ok(python::schemas(&sh)?.exit_code()),
        Some(Task::Citation) => Ok(python::citation(&sh)?.exit_code()),
        Some(Task::Python) => Ok(python::example(&sh)?.exit_code()),
        Some(Task::Test) => Ok(steps::test(&sh)?.exit_code()),
        Some(Task::Bench(options)) => Ok(steps::bench(&sh, &options)?.exit_code()),
        Some(Task::Agree(options)) => Ok(steps::agree(&sh, &options)?.exit_code()),
        Some(Task::Bytes) => Ok(bytes::bytes(&sh)?.exit_code()),
        Some(Task::Commands) => Ok(commands::commands(&sh)?.exit_code()),
        Some(Task::Parsing) => Ok(parsing::parsing(&sh)?.exit_code()),
        Some(Task::Fuzz(options)) => Ok(steps::fuzz(&sh, &options)?.exit_code()),
        Some(Task::Lint) => steps::run_all(&sh, steps::LINT),
        Some(Task::Tidy) => Ok(steps::tidy(&sh)?.exit_code()),
        Some(Task::Claims) => Ok(steps::claims(&sh)?.exit_code()),
        Some(Task::Deny) => Ok(steps::deny(&sh)?.exit_code()),
        Some(Task::Book) => Ok(steps::book(&sh)?.exit_code()),
        Some(Task::Slurm(options)) => Ok(slurm::slurm(&sh, &options)?.exit_code()),
        Some(Task::Dist) => Ok(dist::dist(&sh)?.exit_code()),
        Some(Task::Ci) => steps::run_all(&sh, steps::CI),
    }
}

/// The folder of the root manifest.
fn workspace_root() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    Ok(root
        .context("the manifest of xtask lies in a folder of the workspace")?
        .to_path_buf())
}
