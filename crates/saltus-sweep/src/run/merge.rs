//! Putting parts together.

use super::record::{Record, complete_lines, read_record};
use super::{PartError, TaskResult};
use crate::plan::MAX_TASKS;

/// All records of one plan.
///
/// Every task is in one of the two lists: `records.len() + missing.len()` is the number of tasks of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Every task that has a record, once, by index.
    pub records: Vec<Record>,
    /// Indices of the tasks without a record (ascending).
    pub missing: Vec<u32>,
    /// How many lines repeat a record that was there already.
    pub n_repeated: usize,
}

impl Merged {
    /// The records as text, one a line.
    ///
    /// For the same records they are the same bytes, and `merge([("all", &*merged.text())])` has the records of `merged` again.
    pub fn text(&self) -> String {
        self.records.iter().map(Record::to_line).collect()
    }

    /// Tasks that could not be decided (ascending).
    ///
    /// It is `[4]` where task 4 alone ended as `{"undecided":{"reason":"…"}}`; `saltus sweep merge` then ends with exit code 3.
    pub fn undecided(&self) -> Vec<u32> {
        let records = self.records.iter();
        records
            .filter(|record| matches!(record.result, TaskResult::Undecided { .. }))
            .map(|record| record.index)
            .collect()
    }
}

/// Merges parts, given by name and text, in any order. Merging the result with any of the parts again changes nothing: a record that is
/// repeated word for word counts once. A torn last line counts as not there.
///
/// A part with tasks 0 and 2 of three, merged alone, has `missing = [1]`.
///
/// # Errors
/// [`PartError`] for a line that is no record, parts of different plans, two different records of one task, or no record at all.
pub fn merge<'a>(parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Merged, PartError> {
    merge_with_progress(parts, &|_, _| {})
}

/// As [`merge`]; `progress` is told how many records are read, and of how many.
///
/// For two parts of two records each it is told `(1, 4)`, `(2, 4)`, `(3, 4)` and `(4, 4)`.
///
/// # Errors
/// As [`merge`].
pub fn merge_with_progress<'a>(
    parts: impl IntoIterator<Item = (&'a str, &'a str)>,
    progress: &dyn Fn(usize, usize),
) -> Result<Merged, PartError> {
    let parts: Vec<(&str, &str)> = parts.into_iter().collect();
    let lines = parts.iter().map(|(_, text)| complete_lines(text).count());
    let n_lines = lines.sum();
    let mut n_read = 0;
    let mut slots: Vec<Option<Record>> = vec![];
    let mut plan: Option<(String, u32)> = None;
    let mut n_repeated = 0;
    for (part, text) in parts {
        for (line, content) in complete_lines(text) {
            let record = read_record(part, line, content)?;
            let index = record.index;
            let (expected, of) = plan.get_or_insert_with(|| (record.plan.clone(), record.of));
            if (&record.plan, record.of) != (expected, *of)
                || index >= *of
                || *of as usize > MAX_TASKS
            {
                return Err(PartError::Plan {
                    part: part.to_owned(),
                    line,
                    index,
                    found: format!("{} of {} tasks", record.plan, record.of),
                    expected: format!("{expected} of {of} tasks"),
                });
            }
            slots.resize(*of as usize, None);
            match &slots[index as usize] {
                None => slots[index as usize] = Some(record),
                Some(other) if *other == record => n_repeated += 1,
                Some(_) => {
                    let part = part.to_owned();
                    return Err(PartError::Conflict { part, line, index });
                }
            }
            n_read += 1;
            progress(n_read, n_lines);
        }
    }
    if slots.is_empty() {
        return Err(PartError::Nothing);
    }
    let missing = (0..).zip(&slots).filter(|(_, slot)| slot.is_none());
    Ok(Merged {
        missing: missing.map(|(index, _)| index).collect(),
        records: slots.into_iter().flatten().collect(),
        n_repeated,
    })
}
