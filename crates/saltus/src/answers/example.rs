//! The answer of `saltus example`: instances that come with the program.

use serde::Serialize;

use super::Answer;
use super::table::{Align, Table};

/// One shipped instance as a file that needs no other file; its text is that file, so that
/// `saltus example relu-three-points > mine.toml` makes an instance file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Its name.
    pub name: String,
    /// What it is for, in one line.
    pub description: String,
    /// The instance file.
    pub toml: String,
}

/// The names of all shipped instances, a line each with what it is for: `relu-three-points` and then
/// `ReLU, n = 3, m = 4: small enough to follow by hand`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExampleList {
    /// One entry an instance.
    pub examples: Vec<ExampleEntry>,
}

/// A shipped instance in a list, in JSON
/// `{"name": "dln-5x7", "description": "diagonal, n = 5, d = 7: sparse recovery in two jumps, small integers"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExampleEntry {
    /// Its name.
    pub name: String,
    /// What it is for, in one line.
    pub description: String,
}

impl Answer for Example {
    fn text(&self) -> String {
        self.toml.clone()
    }
}

impl Answer for ExampleList {
    fn text(&self) -> String {
        let mut table = Table::new([("name", Align::Left), ("description", Align::Left)]);
        for entry in &self.examples {
            table.push([entry.name.clone(), entry.description.clone()]);
        }
        table.lines()
    }
}
