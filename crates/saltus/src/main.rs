//! The command-line program: it parses the command line, runs one command, and turns its end into an exit code.

mod commands;
mod deadline;
mod failure;
mod input;
mod npz;
mod output;
mod progress;
mod usage;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let ended = match commands::Cli::try_parse() {
        Ok(cli) => commands::run(cli),
        Err(error) => usage::answer(&error),
    };
    match ended {
        Ok(verdict) => verdict.exit_code(),
        Err(failure) => {
            // A terminal that has gone takes no message, and the exit code says enough: no panic, as `eprintln!` would.
            let _unheard = writeln!(std::io::stderr(), "saltus: {}", failure.message());
            failure.exit_code()
        }
    }
}
