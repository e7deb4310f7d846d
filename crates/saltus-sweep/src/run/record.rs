//! Records: a task with its result, one line of JSON with sorted keys.

use saltus_exact::{SqrtSum, decimal_of_sqrt_sum};
use serde::{Deserialize, Serialize};

use super::PartError;
use crate::plan::{Identity, Task, Work, canonical};

/// An exact number: an expression in `+ - * /`, integers and `sqrt(·)`, and 30 digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExactNumber {
    /// Thirty significant digits, correctly rounded.
    pub decimal: String,
    /// The expression.
    pub exact: String,
}

impl ExactNumber {
    pub(crate) fn of(sum: &SqrtSum) -> ExactNumber {
        ExactNumber {
            decimal: decimal_of_sqrt_sum(sum),
            exact: sum.to_string(),
        }
    }
}

/// What a task found.
///
/// In a record, 8 networks that cover every point are `{"coverage":{"interpolating":8}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TaskResult {
    /// How many networks covered every point.
    Coverage {
        /// Their number.
        interpolating: u32,
    },
    /// One jump process.
    Instance {
        /// The number of jumps.
        jumps: u32,
        /// Rescaled time of the last jump: thirty digits; null without jumps.
        last_time: Option<String>,
        /// The least squared norm of interpolating networks.
        min_squared_norm: ExactNumber,
        /// `n₋`.
        negative: u32,
        /// `n₊`.
        positive: u32,
        /// Learned over least squared norm, to thirty digits; null where the end does not interpolate or a tie leaves it undetermined.
        ratio: Option<String>,
        /// The learned squared norm; null where a tie leaves it undetermined.
        squared_norm: Option<ExactNumber>,
        /// How many jumps are ties.
        ties: u32,
        /// How many points are not fitted.
        unfitted: u32,
    },
    /// The process could not be decided.
    Undecided {
        /// Why.
        reason: String,
    },
}

/// A task with its result.
///
/// Its line has the keys of the task and `"result"`, for example `"result":{"coverage":{"interpolating":8}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Hash of the task.
    pub hash: String,
    /// Index of the task.
    pub index: u32,
    /// The number of tasks of the plan.
    pub of: u32,
    /// Name of the plan.
    pub plan: String,
    /// What was found.
    pub result: TaskResult,
    /// Seed of the random numbers.
    pub seed: u64,
    /// What was done.
    pub work: Work,
}

impl Record {
    /// The record of a task.
    ///
    /// All but `result` is the task's: `record.hash == task.hash`.
    pub fn new(task: &Task, result: TaskResult) -> Record {
        Record {
            hash: task.hash.clone(),
            index: task.index,
            of: task.of,
            plan: task.plan.clone(),
            result,
            seed: task.seed,
            work: task.work,
        }
    }

    /// One line of JSON with its line end.
    ///
    /// It begins with `{"hash":"` and ends with `}}}` and `\n`.
    pub fn to_line(&self) -> String {
        let mut line = canonical(self);
        line.push('\n');
        line
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            index: self.index,
            of: self.of,
            plan: &self.plan,
            seed: self.seed,
            work: self.work,
        }
    }
}

/// The complete lines of a part with their numbers, counted from 1. What follows the last line end was cut off while it was written.
pub(super) fn complete_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let complete = text.rfind('\n').map_or(0, |end| end + 1);
    (1..).zip(text[..complete].lines())
}

/// Reads one line, and checks that its hash is that of its task.
pub(super) fn read_record(part: &str, line: usize, text: &str) -> Result<Record, PartError> {
    let record: Record = serde_json::from_str(text).map_err(|error| PartError::Line {
        part: part.to_owned(),
        line,
        found: error.to_string(),
    })?;
    if record.hash != record.identity().hash() {
        let part = part.to_owned();
        return Err(PartError::Hash { part, line });
    }
    Ok(record)
}
