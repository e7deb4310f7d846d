//! The command line, and one module a command.

mod certificate;
mod clock;
mod ensemble;
mod example;
mod figures;
pub(crate) mod options;
mod plot;
mod predict;
mod simulate;
mod suite;
mod sweep;
mod train;
mod verify;

use clap::{Args, Parser, Subcommand};

use crate::failure::{Failure, Verdict};
use crate::output::{Format, VERSION};

/// The command line of the program: `saltus predict FILE --json` is a command with its file and the form of its answer.
#[derive(Debug, Parser)]
#[command(
    name = "saltus",
    version = VERSION,
    about = "Incremental learning in the limit of small initialisation: exact jump processes, training dynamics, and their comparison",
    subcommand_required = true,
    disable_help_subcommand = true,
    after_help = "FILE is an instance file (TOML), or - for standard input.\n\
        Exit codes: 0 done and true, 1 a claim does not hold, 2 the input or the usage is wrong, 3 undecided."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    form: FormOptions,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, Args)]
struct FormOptions {
    /// Form of the answer
    #[arg(
        long,
        value_enum,
        global = true,
        default_value_t,
        hide_possible_values = false
    )]
    format: Format,
    /// Short for --format json
    #[arg(long, global = true, conflicts_with = "format")]
    json: bool,
}

impl FormOptions {
    fn format(self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints the limiting jump sequence, exactly
    Predict(predict::Options),
    /// Integrates the gradient flow from one initial scale
    Simulate(simulate::Options),
    /// Trains a diagonal linear network by (stochastic) gradient descent
    Train(train::Options),
    /// Compares prediction and simulation, claim by claim
    Verify(verify::Options),
    /// Writes a certificate of the jump sequence
    Certify(certificate::CertifyOptions),
    /// Checks a certificate without recomputing the prediction
    Check(certificate::CheckOptions),
    /// Draws the jump picture: prediction and simulation together
    Plot(plot::Options),
    /// Draws the figures of the claims and of the papers, each with its data
    Figures(figures::Options),
    /// Plans statistics over many random instances, runs shards of them, and merges
    Sweep(sweep::Options),
    /// Checks every claim on every shipped instance
    Suite(suite::Options),
    /// Prints the registry of claims
    Claims(suite::ClaimsOptions),
    /// Prints an instance file that comes with the program
    Example(example::Options),
}

/// Runs the command; for `saltus verify mine.toml` it gives `Verdict::Done` if no claim fails and none is undecided.
pub fn run(cli: Cli) -> Result<Verdict, Failure> {
    let format = cli.form.format();
    match cli.command {
        Command::Predict(options) => predict::run(&options, format),
        Command::Simulate(options) => simulate::run(&options, format),
        Command::Train(options) => train::run(&options, format),
        Command::Verify(options) => verify::run(&options, format),
        Command::Certify(options) => certificate::write(&options),
        Command::Check(options) => certificate::read(&options, format),
        Command::Plot(options) => plot::run(&options, format),
        Command::Figures(options) => figures::run(&options, format),
        Command::Sweep(options) => sweep::run(&options, format),
        Command::Suite(options) => suite::run(&options, format),
        Command::Claims(options) => suite::claims(&options, format),
        Command::Example(options) => example::run(&options, format),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
