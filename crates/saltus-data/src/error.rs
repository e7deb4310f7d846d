//! Why an instance file, or a data file that it names, cannot be read.

use saltus_exact::ParseNumberError;
use saltus_problem::ProblemError;
use thiserror::Error;

/// The longest piece of input that a message repeats, in characters.
///
/// Of a path of 100 letters a message repeats the first 48 and `…`, in quotes.
pub const MAX_ECHO_CHARS: usize = 60;

/// Why the program that reads files could not deliver one.
///
/// The first kind prints `there is no such file, expected one that can be read`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no such file, expected one that can be read")]
    NotFound,
    /// The file is larger than [`saltus_problem::limits::MAX_FILE_BYTES`].
    #[error("found {found} bytes, expected at most {max} (MAX_FILE_BYTES)", max = saltus_problem::limits::MAX_FILE_BYTES.max)]
    TooLarge {
        /// The size of the file in bytes.
        found: u64,
    },
    /// The operating system refused.
    #[error("{reason}")]
    Refused {
        /// What the operating system said.
        reason: String,
    },
}

/// Why an instance file, or a data file that it names, cannot be read: one line that names the file, the line or key, what was
/// found and what was expected. Indices count from 0, lines and fields of CSV files from 1.
///
/// For example `i.toml: [data] generate.points: found 33, expected an integer from 1 to 32`; the exit code is then `2`.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DataError {
    /// A file is larger than [`saltus_problem::limits::MAX_FILE_BYTES`].
    #[error("{file}: found {found} bytes, expected at most {max} (MAX_FILE_BYTES)", max = saltus_problem::limits::MAX_FILE_BYTES.max)]
    TooLarge {
        /// The file.
        file: String,
        /// Its size in bytes.
        found: usize,
    },
    /// The instance file is not TOML.
    #[error("{file}: line {line}, column {column}: {message}")]
    Syntax {
        /// The instance file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What the TOML parser says.
        message: String,
    },
    /// A key that no instance file has.
    #[error("{file}: {key}: found an unknown key, expected one of: {expected}")]
    UnknownKey {
        /// The instance file.
        file: String,
        /// The key with its table.
        key: String,
        /// The keys of this table.
        expected: String,
    },
    /// A key of the other system.
    #[error(
        "{file}: {key}: found a key of {owner} files, expected only keys of the system that this file names, {system}"
    )]
    ForeignKey {
        /// The instance file.
        file: String,
        /// The key with its table.
        key: String,
        /// The system of the file.
        system: &'static str,
        /// The system that has this key.
        owner: &'static str,
    },
    /// A key that has to be there is not.
    #[error("{file}: {key}: found nothing, expected {expected}")]
    MissingKey {
        /// The instance file.
        file: String,
        /// The key with its table.
        key: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Two keys that exclude each other are both there, or one lacks the key that it depends on.
    #[error("{file}: {key}: found it {relation} {other}, expected {expected}")]
    Conflict {
        /// The instance file.
        file: String,
        /// The first key with its table.
        key: String,
        /// `together with` or `without`.
        relation: &'static str,
        /// The other key.
        other: &'static str,
        /// The combinations that are accepted.
        expected: &'static str,
    },
    /// A value of the wrong kind or outside its range.
    #[error("{file}: {key}: found {found}, expected {expected}")]
    Value {
        /// The instance file.
        file: String,
        /// The key with its table and its indices.
        key: String,
        /// The value, shortened.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A string that is not a number.
    #[error("{file}: {key}: {source}")]
    Number {
        /// The instance file.
        file: String,
        /// The key with its table and its indices.
        key: String,
        /// What is wrong with the text.
        source: ParseNumberError,
    },
    /// A data file could not be read.
    #[error("{file}: {key}: cannot read {path}: {source}")]
    Read {
        /// The instance file.
        file: String,
        /// The key that names the data file.
        key: String,
        /// The data file, as the instance file spells it, shortened.
        path: String,
        /// What the reading program says.
        source: ReadError,
    },
    /// A CSV file is not text in UTF-8 with well-formed quotes.
    #[error("{file}: line {line}: found {found}, expected {expected}")]
    Csv {
        /// The data file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// An entry of a CSV file is outside the range of numbers that are read.
    #[error("{file}: line {line}, field {field} (from 1): found {found}, expected {expected}")]
    CsvEntry {
        /// The data file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The field in the line, from 1.
        field: usize,
        /// The text, shortened.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An entry of a CSV file is not a number.
    #[error("{file}: line {line}, field {field} (from 1): {source}")]
    CsvNumber {
        /// The data file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The field in the line, from 1.
        field: usize,
        /// What is wrong with the text.
        source: ParseNumberError,
    },
    /// An NPY file is not what its header or its length says.
    #[error("{file}: found {found}, expected {expected}")]
    Npy {
        /// The data file.
        file: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// The numbers are readable, and do not form an instance.
    #[error("{file}: {source}")]
    Problem {
        /// The instance file.
        file: String,
        /// Why not.
        source: ProblemError,
    },
}

/// The text in quotes with control characters escaped, cut after [`MAX_ECHO_CHARS`] characters.
pub(crate) fn quoted(text: &str) -> String {
    // Room for the quotes, the ellipsis and one escape that the cut may not split.
    const KEPT: usize = MAX_ECHO_CHARS - 12;
    let mut shown = String::from("\"");
    let mut length = 0;
    for character in text.chars() {
        let escaped = match character {
            '\'' => character.to_string(),
            _ => character.escape_debug().collect(),
        };
        length += escaped.chars().count();
        if KEPT < length {
            shown.push('…');
            break;
        }
        shown.push_str(&escaped);
    }
    shown.push('"');
    shown
}
