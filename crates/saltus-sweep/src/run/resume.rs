//! Taking up a part that was cut off.

use std::collections::BTreeSet;

use super::PartError;
use super::record::{complete_lines, read_record};
use crate::plan::Task;

/// What is left to do, and how much of the part stands.
///
/// `open.len() + n_done` is the number of tasks that the part is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The tasks without a record, in the order of the list.
    pub open: Vec<Task>,
    /// How many tasks have one.
    pub n_done: usize,
    /// Length of the part in bytes up to its last line end; what follows was cut off while it was written and must be dropped before
    /// anything is appended.
    pub kept_bytes: usize,
}

/// Compares what a part holds with the tasks that it is to hold.
///
/// A part that ends in `{"hash":"54` after two complete records has `n_done = 2`; the task of the torn line is open again.
///
/// # Errors
/// [`PartError`] for a complete line that is no record of one of these tasks, or a second one of the same task.
pub fn resume(part: &str, text: &str, tasks: &[Task]) -> Result<Resumed, PartError> {
    let expected: BTreeSet<&str> = tasks.iter().map(|task| task.hash.as_str()).collect();
    let mut done: BTreeSet<String> = BTreeSet::new();
    for (line, content) in complete_lines(text) {
        let record = read_record(part, line, content)?;
        if !expected.contains(record.hash.as_str()) {
            return Err(PartError::Plan {
                part: part.to_owned(),
                line,
                index: record.index,
                found: record.plan,
                expected: tasks.first().map_or(String::new(), |task| {
                    format!("{} and one of the tasks asked for", task.plan)
                }),
            });
        }
        let index = record.index;
        if !done.insert(record.hash) {
            let part = part.to_owned();
            return Err(PartError::Conflict { part, line, index });
        }
    }
    let open = tasks.iter().filter(|task| !done.contains(&task.hash));
    Ok(Resumed {
        open: open.cloned().collect(),
        n_done: done.len(),
        kept_bytes: text.rfind('\n').map_or(0, |end| end + 1),
    })
}
