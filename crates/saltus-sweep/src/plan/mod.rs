//! Plans: a specification in TOML becomes one self-contained task a line, and lines are split into shards.

mod shard;
mod spec;
mod task;

pub use shard::Shard;
pub use spec::{MAX_TASKS, plan};
pub(crate) use task::{Identity, tasks_of};

use serde::Serialize;
pub use task::{Task, Work, read_tasks, write_tasks};

/// Why a plan, a list of tasks or a shard cannot be read.
///
/// It prints, for example, `[[instances]] 0 (from 0), labels: found nothing, expected at least one`; the
/// program ends with exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Not TOML, or a key or value that plans do not have.
    #[error("line {line}: {found}")]
    Syntax {
        /// The line, counted from 1; 0 where the file as a whole is meant.
        line: usize,
        /// What the parser says.
        found: String,
    },
    /// A list that must name something is empty, or a count is 0.
    #[error("[[{table}]] {index} (from 0), {key}: found nothing, expected at least one")]
    Nothing {
        /// `instances` or `coverage`.
        table: &'static str,
        /// Which of these tables.
        index: usize,
        /// The key.
        key: &'static str,
    },
    /// A number beyond what can be run.
    #[error("[[{table}]] {index} (from 0), {key}: found {found}, expected {expected}")]
    Number {
        /// `instances` or `coverage`.
        table: &'static str,
        /// Which of these tables.
        index: usize,
        /// The key.
        key: &'static str,
        /// What was found.
        found: String,
        /// What is expected.
        expected: &'static str,
    },
    /// No task at all, or too many.
    #[error("found {found} tasks, expected from 1 to {MAX_TASKS}")]
    Tasks {
        /// How many.
        found: usize,
    },
    /// A line of a task list that is no task.
    #[error("line {line}: expected a task as `saltus sweep plan` writes it: {found}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        found: String,
    },
    /// A task whose hash is not that of its content.
    #[error("line {line}: the hash is not that of the task: the line was changed")]
    Hash {
        /// The line, counted from 1.
        line: usize,
    },
    /// Two plans in one list, or a task listed twice.
    #[error("line {line}: task {index} is of another plan than the first line, or listed twice")]
    Mixed {
        /// The line, counted from 1.
        line: usize,
        /// Index of the task.
        index: u32,
    },
    /// A shard that is not `i/n`.
    #[error(
        "found shard {found:?}, expected i/n with 1 ≤ i ≤ n, or /n to take i from the environment"
    )]
    Shard {
        /// What was found.
        found: String,
    },
}

/// The text of something that is hashed or appended: one line, with the keys in the order in which the fields stand.
pub(crate) fn canonical(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and integers have a JSON form")
}
