//! Doing tasks: records, threads, resuming, merging, and summaries.

mod merge;
mod perform;
mod record;
mod resume;
mod summary;

pub use merge::{Merged, merge, merge_with_progress};
pub use perform::{perform, perform_all};
pub use record::{ExactNumber, Record, TaskResult};
pub use resume::{Resumed, resume};
pub use summary::{Estimate, GroupFigures, GroupSummary, summarise};

/// Why a part of a sweep cannot be used.
///
/// It prints, for example, `part-1.jsonl, line 3: task 2 has another record with a different result`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// A complete line that is no record.
    #[error("{part}, line {line}: expected a record as `saltus sweep run` writes it: {found}")]
    Line {
        /// Name of the part.
        part: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        found: String,
    },
    /// A record whose hash is not that of its task.
    #[error("{part}, line {line}: the hash is not that of the task: the line was changed")]
    Hash {
        /// Name of the part.
        part: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// A record of another plan, or of a task that is not in the list.
    #[error("{part}, line {line}: task {index} is of plan {found}, expected plan {expected}")]
    Plan {
        /// Name of the part.
        part: String,
        /// The line, counted from 1.
        line: usize,
        /// Index of the task.
        index: u32,
        /// The plan of the record.
        found: String,
        /// The plan of the others.
        expected: String,
    },
    /// Two records of one task that differ.
    #[error("{part}, line {line}: task {index} has another record with a different result")]
    Conflict {
        /// Name of the part.
        part: String,
        /// The line, counted from 1.
        line: usize,
        /// Index of the task.
        index: u32,
    },
    /// No record at all.
    #[error("found no record in any part")]
    Nothing,
}
