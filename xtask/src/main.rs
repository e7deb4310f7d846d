//! Project automation, called as `cargo xtask`: it runs other programs in the right order and holds nothing that a reader of the
//! results must trust.

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
    /// Runs every test, documentation tests included
    Test,
    /// Times the exact processes, the flows and the descents over sizes, or beside their peers
    Bench(steps::BenchOptions),
    /// Checks formatting, clippy, rustdoc and tidy
    Lint,
    /// Checks the rules on files, manifests and dependencies that the compiler does not know
    Tidy,
    /// Checks that the claims, items, tests and files that documents name exist
    Claims,
    /// Builds the book into target/book, where mdBook is installed
    Book,
    /// Runs a sweep as a job array on a real Slurm of one node, and compares it with a local run
    Slurm(slurm::SlurmOptions),
    /// Does what continuous integration does: lint, test, verify, and cargo-deny where it is installed
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
        Some(Task::Test) => Ok(steps::test(&sh)?.exit_code()),
        Some(Task::Bench(options)) => Ok(steps::bench(&sh, &options)?.exit_code()),
        Some(Task::Lint) => steps::run_all(&sh, steps::LINT),
        Some(Task::Tidy) => Ok(steps::tidy(&sh)?.exit_code()),
        Some(Task::Claims) => Ok(steps::claims(&sh)?.exit_code()),
        Some(Task::Book) => Ok(steps::book(&sh)?.exit_code()),
        Some(Task::Slurm(options)) => Ok(slurm::slurm(&sh, &options)?.exit_code()),
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
