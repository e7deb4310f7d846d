//! How a command ends, and the exit code that says so.

use std::process::ExitCode;

use anyhow::Error;

/// The longest message, in characters: what a user gave is repeated in it, and may be long.
const MAX_MESSAGE_CHARS: usize = 500;

/// What a command that has an answer says by its exit code: `0`, `1` or `3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done and true.
    Done,
    /// A claim does not hold.
    Refuted,
    /// Nothing is refuted, and something could not be settled.
    Undecided,
}

impl Verdict {
    /// The exit code: 0 for `Verdict::Done`, 1 for `Verdict::Refuted`, 3 for `Verdict::Undecided`.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn code(self) -> u8 {
        match self {
            Verdict::Done => 0,
            Verdict::Refuted => 1,
            Verdict::Undecided => 3,
        }
    }
}

/// Why a command has no answer: of the first kind is `missing.toml: there is no such file, expected one that can be read`, of the
/// second `undecided: no answer within 60 seconds (--max-seconds)`.
#[derive(Debug)]
pub enum Failure {
    /// The input or the usage is wrong.
    Input(Error),
    /// The input is in order, and the answer could not be reached.
    Unsettled(Error),
}

impl Failure {
    /// Wrong input, with the file or option that is wrong in front: `--batch` and
    /// `found 0, expected 1 to 3, the number of samples` make `--batch: found 0, expected 1 to 3, the number of samples`.
    pub fn input(place: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Failure::Input(Error::msg(format!("{place}: {error}")))
    }

    /// An answer that could not be reached, with the file that it is about in front: `mine.toml` and
    /// `the enclosures give no answer` make `mine.toml: the enclosures give no answer`.
    pub fn unsettled(place: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Failure::Unsettled(Error::msg(format!("{place}: {error}")))
    }

    /// One line for the terminal: a line end within it is shown as `\n`, and what is longer than 500 characters ends there with
    /// `…`.
    pub fn message(&self) -> String {
        match self {
            // The messages of the other crates carry what their sources say.
            Failure::Input(error) | Failure::Unsettled(error) => one_line(&error.to_string()),
        }
    }

    /// The exit code: 2 for `Failure::Input`, 3 for `Failure::Unsettled`.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Input(_) => 2,
            Failure::Unsettled(_) => 3,
        }
    }
}

/// The text as one line without control characters, cut after [`MAX_MESSAGE_CHARS`] characters.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count == MAX_MESSAGE_CHARS {
            line.push('…');
            break;
        }
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes() {
        let verdicts = [Verdict::Done, Verdict::Refuted, Verdict::Undecided];
        assert_eq!(verdicts.map(Verdict::code), [0, 1, 3]);
        assert_eq!(Failure::input("file", "wrong").code(), 2);
        assert_eq!(Failure::unsettled("file", "too hard").code(), 3);
    }

    #[test]
    fn messages_are_one_short_line() {
        let check = |text: &str, expected: &str| assert_eq!(one_line(text), expected);
        check("a b\n", "a b");
        check("a\nb\tc\u{1b}[0m", "a\\nb\\tc\\u{1b}[0m");
        let long = one_line(&"x".repeat(5_000));
        assert_eq!(long.chars().count(), MAX_MESSAGE_CHARS + 1);
    }
}
