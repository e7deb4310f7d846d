//! One table of an instance file: taking keys out of it, and saying where something is wrong.

use toml::{Table, Value};

use crate::DataError;
use crate::error::quoted;

/// Which of the two systems an instance file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Relu,
    Diagonal,
}

impl System {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [System::Relu, System::Diagonal]
            .into_iter()
            .find(|system| system.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            System::Relu => "relu-orthogonal",
            System::Diagonal => "diagonal-linear",
        }
    }
}

/// A TOML table with the words that lead to it, such as `[data] `.
pub(crate) struct Section<'a> {
    file: &'a str,
    prefix: &'static str,
    table: Table,
}

impl<'a> Section<'a> {
    pub(crate) fn new(file: &'a str, prefix: &'static str, table: Table) -> Self {
        Self {
            file,
            prefix,
            table,
        }
    }

    /// Refuses keys that are not in `known`, which pairs each key with the system that alone has it, if only one has.
    pub(crate) fn refuse_unknown(&self, known: &[(&str, Option<System>)]) -> Result<(), DataError> {
        match self
            .table
            .keys()
            .find(|key| known.iter().all(|(name, _)| name != key))
        {
            None => Ok(()),
            Some(key) => {
                let expected: Vec<&str> = known.iter().map(|&(name, _)| name).collect();
                Err(DataError::UnknownKey {
                    file: self.file.to_owned(),
                    key: format!("{}{}", self.prefix, quoted(key)),
                    expected: expected.join(", "),
                })
            }
        }
    }

    /// Refuses keys of the other system, and keys that neither has.
    pub(crate) fn refuse_foreign(
        &self,
        system: System,
        known: &[(&str, Option<System>)],
    ) -> Result<(), DataError> {
        for &(name, owner) in known {
            if let Some(owner) = owner
                && owner != system
                && self.table.contains_key(name)
            {
                return Err(DataError::ForeignKey {
                    file: self.file.to_owned(),
                    key: self.key(name),
                    system: system.name(),
                    owner: owner.name(),
                });
            }
        }
        let own: Vec<(&str, Option<System>)> = known
            .iter()
            .copied()
            .filter(|(_, owner)| owner.is_none_or(|owner| owner == system))
            .collect();
        self.refuse_unknown(&own)
    }

    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.table.remove(name)
    }

    pub(crate) fn required(
        &mut self,
        name: &str,
        expected: &'static str,
    ) -> Result<Value, DataError> {
        self.take(name).ok_or_else(|| self.missing(name, expected))
    }

    pub(crate) fn required_text(
        &mut self,
        name: &str,
        expected: &'static str,
    ) -> Result<String, DataError> {
        match self.required(name, expected)? {
            Value::String(text) => Ok(text),
            other => Err(self.value_error(name, &other, expected)),
        }
    }

    /// An optional integer between `least` and `most`.
    pub(crate) fn integer(
        &mut self,
        name: &str,
        least: i64,
        most: i64,
    ) -> Result<Option<i64>, DataError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Integer(value)) if (least..=most).contains(&value) => Ok(Some(value)),
            Some(other) => {
                let expected = if most == i64::MAX {
                    format!("an integer that is at least {least}")
                } else {
                    format!("an integer from {least} to {most}")
                };
                Err(self.value_error(name, &other, &expected))
            }
        }
    }

    /// An integer between `least` and `most` that has to be there.
    pub(crate) fn required_integer(
        &mut self,
        name: &str,
        least: i64,
        most: i64,
    ) -> Result<i64, DataError> {
        self.integer(name, least, most)?
            .ok_or_else(|| self.missing(name, "an integer"))
    }

    /// One of the given words, the first if the key is not there.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<T, DataError> {
        let Some(value) = self.take(name) else {
            return Ok(words[0].1);
        };
        let found = value
            .as_str()
            .and_then(|text| words.iter().find(|(word, _)| *word == text));
        found.map(|&(_, choice)| choice).ok_or_else(|| {
            let expected: Vec<String> = words
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            self.value_error(name, &value, &expected.join(" or "))
        })
    }

    pub(crate) fn missing(&self, name: &str, expected: &'static str) -> DataError {
        DataError::MissingKey {
            file: self.file.to_owned(),
            key: self.key(name),
            expected,
        }
    }

    pub(crate) fn value_error(&self, name: &str, found: &Value, expected: &str) -> DataError {
        value_error(self.file, &self.key(name), found, expected)
    }

    /// Refuses `name` together with any of the keys in `others`.
    pub(crate) fn refuse_together(
        &self,
        name: &str,
        others: &[&'static str],
        expected: &'static str,
    ) -> Result<(), DataError> {
        match others.iter().find(|other| self.has(other)) {
            Some(other) if self.has(name) => {
                Err(self.conflict(name, "together with", other, expected))
            }
            _ => Ok(()),
        }
    }

    /// Refuses `name` where `other` is not there.
    pub(crate) fn refuse_without(
        &self,
        name: &str,
        other: &'static str,
        expected: &'static str,
    ) -> Result<(), DataError> {
        if self.has(name) && !self.has(other) {
            return Err(self.conflict(name, "without", other, expected));
        }
        Ok(())
    }

    fn conflict(
        &self,
        name: &str,
        relation: &'static str,
        other: &'static str,
        expected: &'static str,
    ) -> DataError {
        DataError::Conflict {
            file: self.file.to_owned(),
            key: self.key(name),
            relation,
            other,
            expected,
        }
    }
}

pub(crate) fn value_error(file: &str, key: &str, found: &Value, expected: &str) -> DataError {
    DataError::Value {
        file: file.to_owned(),
        key: key.to_owned(),
        found: found_text(found),
        expected: expected.to_owned(),
    }
}

fn found_text(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Datetime(_) => "a date or time".to_owned(),
        Value::Array(items) => format!("an array of length {}", items.len()),
        Value::Table(_) => "a table".to_owned(),
    }
}

/// A message of the TOML parser as one line of bounded length.
pub(crate) fn describe(message: &str) -> String {
    const LONGEST: usize = 160;
    let line: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        line
    } else {
        line.chars().take(LONGEST).chain(['…']).collect()
    }
}
