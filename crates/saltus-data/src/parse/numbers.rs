//! Numbers, lists and matrices: inline in the instance file, or in a data file that it names.

use saltus_exact::{ParseNumberError, Rational};
use saltus_problem::ProblemError;
use saltus_problem::limits::{Limit, MAX_ENTRIES, check_matrix};
use toml::Value;

use super::Source;
use super::section::{Section, value_error};
use crate::error::quoted;
use crate::files::{Numbers, Table, csv, npy};
use crate::{DataError, ReadError};

const NUMBER: &str =
    "a number: an integer, a finite float, or a string such as \"3/5\" or \"0.15\"";
const NOT_ZERO: &str = "a denominator that is not 0";
const PATH: &str = "a path that ends in .csv or .npy";

/// How the CSV files of this table are to be read.
pub(crate) fn read_mode(section: &mut Section) -> Result<Numbers, DataError> {
    section.choice(
        "numbers",
        &[("exact", Numbers::Exact), ("f64", Numbers::Double)],
    )
}

/// One number, exactly as it is spelled.
pub(crate) fn number(file: &str, key: &str, value: &Value) -> Result<Rational, DataError> {
    match value {
        Value::Integer(integer) => Ok(Rational::integer(*integer)),
        Value::Float(float) => {
            Rational::from_f64(*float).ok_or_else(|| value_error(file, key, value, NUMBER))
        }
        Value::String(text) => Rational::parse(text).map_err(|source| match source {
            ParseNumberError::ZeroDenominator { .. } => value_error(file, key, value, NOT_ZERO),
            source => DataError::Number {
                file: file.to_owned(),
                key: key.to_owned(),
                source,
            },
        }),
        _ => Err(value_error(file, key, value, NUMBER)),
    }
}

/// A list of numbers: an array, or the path of a file with one column or one row.
pub(crate) fn list(
    source: &mut Source,
    place: &'static str,
    value: &Value,
    numbers: Numbers,
) -> Result<Vec<Rational>, DataError> {
    match value {
        Value::Array(items) => {
            MAX_ENTRIES
                .check(place, items.len())
                .map_err(|error| problem(source, error))?;
            let file = source.file;
            items
                .iter()
                .enumerate()
                .map(|(i, item)| number(file, &format!("{place}[{i}]"), item))
                .collect()
        }
        Value::String(path) => {
            let table = data_file(source, place, path, numbers)?;
            if table.rows != 1 && table.columns != 1 {
                return Err(DataError::Value {
                    file: source.file.to_owned(),
                    key: place.to_owned(),
                    found: format!(
                        "{} with {} rows of {} numbers",
                        quoted(path),
                        table.rows,
                        table.columns
                    ),
                    expected: "a single column or a single row".to_owned(),
                });
            }
            Ok(table.entries)
        }
        other => Err(value_error(
            source.file,
            place,
            other,
            &format!("an array of numbers, or {PATH}"),
        )),
    }
}

/// A matrix: an array of rows of one length, or the path of a file.
pub(crate) fn matrix(
    source: &mut Source,
    place: &'static str,
    rows_limit: Limit,
    value: &Value,
    numbers: Numbers,
) -> Result<Table, DataError> {
    const EXPECTED: &str = "an array of rows, each an array of numbers";
    let file = source.file;
    let items = match value {
        Value::Array(items) => items,
        Value::String(path) => return data_file(source, place, path, numbers),
        other => {
            return Err(value_error(
                file,
                place,
                other,
                &format!("{EXPECTED}, or {PATH}"),
            ));
        }
    };
    let mut table = Table {
        rows: items.len(),
        columns: 0,
        entries: Vec::new(),
    };
    for (i, item) in items.iter().enumerate() {
        let Value::Array(row) = item else {
            return Err(value_error(
                file,
                &format!("{place}[{i}]"),
                item,
                "a row: an array of numbers",
            ));
        };
        if i == 0 {
            table.columns = row.len();
            check_matrix(place, rows_limit, table.rows, table.columns)
                .map_err(|error| problem(source, error))?;
        }
        if row.len() != table.columns {
            return Err(DataError::Value {
                file: file.to_owned(),
                key: format!("{place}[{i}]"),
                found: format!("a row of {} numbers", row.len()),
                expected: format!("{}, as in row 0", table.columns),
            });
        }
        for (k, entry) in row.iter().enumerate() {
            table
                .entries
                .push(number(file, &format!("{place}[{i}][{k}]"), entry)?);
        }
    }
    Ok(table)
}

/// The numbers of a CSV file without header line, or of an NPY file.
fn data_file(
    source: &mut Source,
    place: &'static str,
    path: &str,
    numbers: Numbers,
) -> Result<Table, DataError> {
    if path.ends_with(".csv") {
        let bytes = read_bytes(source, place, path)?;
        csv::read_matrix(&bytes, path, place, numbers)
    } else if path.ends_with(".npy") {
        let bytes = read_bytes(source, place, path)?;
        npy::read_matrix(&bytes, path, place)
    } else {
        Err(value_error(
            source.file,
            place,
            &Value::String(path.to_owned()),
            PATH,
        ))
    }
}

/// The bytes of a data file, not more than the limit.
pub(crate) fn read_bytes(
    source: &mut Source,
    place: &'static str,
    path: &str,
) -> Result<Vec<u8>, DataError> {
    let bytes = (source.read)(path).map_err(|error: ReadError| DataError::Read {
        file: source.file.to_owned(),
        key: place.to_owned(),
        path: quoted(path),
        source: error,
    })?;
    if saltus_problem::limits::MAX_FILE_BYTES.max < bytes.len() {
        return Err(DataError::TooLarge {
            file: path.to_owned(),
            found: bytes.len(),
        });
    }
    Ok(bytes)
}

pub(crate) fn problem(source: &Source, error: ProblemError) -> DataError {
    DataError::Problem {
        file: source.file.to_owned(),
        source: error,
    }
}
