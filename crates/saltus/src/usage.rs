//! What the command-line parser says, in the form that all messages of the program have.

use anyhow::Error;
use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::commands::Cli;
use crate::failure::{Failure, Verdict};
use crate::output;

/// Prints what was asked for (help, version) to standard output, and makes one line of everything else, such as
/// `unexpected argument '--jsn' found; a similar argument exists: '--json' (usage: saltus predict --json <FILE>)`.
pub fn answer(error: &clap::Error) -> Result<Verdict, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            output::write(error.render().to_string().as_bytes())?;
            Ok(Verdict::Done)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let program = Cli::command();
            let names: Vec<&str> = program
                .get_subcommands()
                .map(|one| one.get_name())
                .collect();
            let names = names.join(", ");
            let message = format!("no command was given, expected one of: {names} (saltus --help)");
            Err(Failure::Input(Error::msg(message)))
        }
        _ => Err(Failure::Input(Error::msg(condensed(
            &error.render().to_string(),
        )))),
    }
}

/// The parser's paragraphs as one line: the error, its tips, and the usage in brackets.
fn condensed(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut message = String::new();
    for line in lines {
        let line = line.strip_prefix("error: ").unwrap_or(line);
        if line.starts_with("For more information") {
            break;
        }
        match line.strip_prefix("Usage: ") {
            Some(usage) => {
                message.push_str(&format!(" (usage: {usage})"));
                break;
            }
            None if message.is_empty() => message.push_str(line),
            None => match line.strip_prefix("tip: ") {
                Some(tip) => message.push_str(&format!("; {tip}")),
                None => message.push_str(&format!(" {line}")),
            },
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_become_one_line() {
        let check = |text: &str, expected: &str| assert_eq!(condensed(text), expected);
        check(
            "error: the following required arguments were not provided:\n  <FILE>\n\nUsage: saltus predict <FILE>\n\nFor more information, try '--help'.\n",
            "the following required arguments were not provided: <FILE> (usage: saltus predict <FILE>)",
        );
        check(
            "error: unexpected argument '--jsn' found\n\n  tip: a similar argument exists: '--json'\n\nUsage: saltus predict --json <FILE>\n",
            "unexpected argument '--jsn' found; a similar argument exists: '--json' (usage: saltus predict --json <FILE>)",
        );
        check(
            "error: invalid value 'x'\n\nFor more information, try '--help'.\n",
            "invalid value 'x'",
        );
    }
}
