//! CSV files: comma-separated fields, one record a line, UTF-8, spaces around fields ignored.

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use saltus_exact::{ParseNumberError, Rational};
use saltus_problem::limits::{MAX_DIMENSION, MAX_ENTRIES, MAX_SAMPLES};

use super::{Numbers, Table};
use crate::DataError;
use crate::error::quoted;

/// Reads a file without header line; every line holds the same number of numbers.
pub(crate) fn read_matrix(
    bytes: &[u8],
    file: &str,
    key: &'static str,
    numbers: Numbers,
) -> Result<Table, DataError> {
    read_records(bytes, file, key, numbers, None)
}

/// Reads a file whose first line names its columns: the names and the numbers below.
pub(crate) fn read_table(
    bytes: &[u8],
    file: &str,
    key: &'static str,
    numbers: Numbers,
) -> Result<(Vec<String>, Table), DataError> {
    let mut header = Vec::new();
    let table = read_records(bytes, file, key, numbers, Some(&mut header))?;
    Ok((header, table))
}

fn read_records(
    bytes: &[u8],
    file: &str,
    key: &'static str,
    numbers: Numbers,
    mut header: Option<&mut Vec<String>>,
) -> Result<Table, DataError> {
    // The reader takes an open quote at the end of the file for a closed one.
    if bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
        return Err(DataError::Csv {
            file: file.to_owned(),
            line: 1,
            found: "an odd number of quotation marks in the file".to_owned(),
            expected: "every quoted field closed".to_owned(),
        });
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(bytes);
    let mut record = StringRecord::new();
    let mut table = Table {
        rows: 0,
        columns: 0,
        entries: Vec::new(),
    };
    let mut width = None;
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(unreadable(file, line, &error)),
        }
        let line = record.position().map_or(line, csv::Position::line);
        let expected = *width.get_or_insert(record.len());
        if record.len() != expected {
            return Err(DataError::Csv {
                file: file.to_owned(),
                line,
                found: format!("{} fields", record.len()),
                expected: format!("{expected}, as in the first line"),
            });
        }
        if let Some(names) = header.take() {
            names.extend(record.iter().map(str::to_owned));
            continue;
        }
        table.rows += 1;
        table.columns = expected;
        let problem = |source| DataError::Problem {
            file: file.to_owned(),
            source,
        };
        MAX_DIMENSION.check(key, table.columns).map_err(problem)?;
        MAX_SAMPLES.check(key, table.rows).map_err(problem)?;
        MAX_ENTRIES
            .check(key, table.rows * table.columns)
            .map_err(problem)?;
        for (index, field) in record.iter().enumerate() {
            table
                .entries
                .push(read_number(field, file, line, index + 1, numbers)?);
        }
    }
    if table.rows == 0 {
        return Err(DataError::Csv {
            file: file.to_owned(),
            line: 1,
            found: if width.is_some() {
                "only a header line".to_owned()
            } else {
                "an empty file".to_owned()
            },
            expected: "at least one line of numbers".to_owned(),
        });
    }
    Ok(table)
}

fn read_number(
    text: &str,
    file: &str,
    line: u64,
    field: usize,
    numbers: Numbers,
) -> Result<Rational, DataError> {
    match numbers {
        Numbers::Exact => Rational::parse(text).map_err(|source| match source {
            ParseNumberError::ZeroDenominator { .. } => DataError::CsvEntry {
                file: file.to_owned(),
                line,
                field,
                found: quoted(text),
                expected: "a denominator that is not 0",
            },
            source => DataError::CsvNumber {
                file: file.to_owned(),
                line,
                field,
                source,
            },
        }),
        Numbers::Double => text
            .parse()
            .ok()
            .and_then(Rational::from_f64)
            .ok_or_else(|| DataError::CsvEntry {
                file: file.to_owned(),
                line,
                field,
                found: quoted(text),
                expected: "a finite decimal number",
            }),
    }
}

fn unreadable(file: &str, line: u64, error: &csv::Error) -> DataError {
    let (line, found) = match error.kind() {
        ErrorKind::Utf8 { pos, .. } => (
            pos.as_ref().map_or(line, csv::Position::line),
            "bytes that are not UTF-8".to_owned(),
        ),
        // Only text encoding can fail when a record of any length is read from memory.
        _ => (line, "a record that cannot be read".to_owned()),
    };
    DataError::Csv {
        file: file.to_owned(),
        line,
        found,
        expected: "comma-separated text".to_owned(),
    }
}
