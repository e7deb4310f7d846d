//! Tasks: all that is needed to do one, and the hash that names it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{PlanError, canonical};
use crate::draw::LabelLaw;

/// What a task does. Keys stand in alphabetical order, so that the text of a task is canonical.
///
/// A coverage of 8 + 8 points is `{"coverage":{"negative":8,"positive":8,"trials":10,"width":12}}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Work {
    /// Draws networks and counts how many cover every point.
    Coverage {
        /// `n₋`.
        negative: u64,
        /// `n₊`.
        positive: u64,
        /// How many networks.
        trials: u32,
        /// The number of neurons m.
        width: u32,
    },
    /// Draws one instance and runs its jump process.
    Instance {
        /// The law of the labels.
        labels: LabelLaw,
        /// The number of points n.
        points: u32,
        /// The number of neurons m.
        width: u32,
    },
}

impl Work {
    /// A rough number of operations, so that long tasks can be begun first.
    pub(crate) fn cost(&self) -> u64 {
        match *self {
            Work::Coverage {
                negative,
                positive,
                trials,
                width,
            } => u64::from(trials)
                .saturating_mul(negative.saturating_add(positive))
                .saturating_mul(u64::from(width.div_ceil(64))),
            Work::Instance { points, width, .. } => {
                u64::from(points).saturating_mul(u64::from(width) + 64)
            }
        }
    }
}

/// What a task is, without its hash. The index is also the stream of its random numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Identity<'a> {
    pub(crate) index: u32,
    pub(crate) of: u32,
    pub(crate) plan: &'a str,
    pub(crate) seed: u64,
    pub(crate) work: Work,
}

impl Identity<'_> {
    pub(crate) fn hash(&self) -> String {
        digest(&canonical(self))
    }
}

/// SHA-256 as hexadecimal digits.
fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One task of a plan: a line of JSON that needs nothing else.
///
/// Such a line is `{"hash":"…","index":0,"of":1,"plan":"a2ed8b4614a72c80","seed":7,"work":{"coverage":{…}}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// SHA-256 of the task without this field, as one line of JSON with sorted keys.
    pub hash: String,
    /// Position in the plan, from 0, and stream of the random numbers.
    pub index: u32,
    /// The number of tasks of the plan.
    pub of: u32,
    /// Name of the plan: the first sixteen digits of the hash of all that its tasks do.
    pub plan: String,
    /// Seed of the random numbers.
    pub seed: u64,
    /// What is done.
    pub work: Work,
}

impl Task {
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            index: self.index,
            of: self.of,
            plan: &self.plan,
            seed: self.seed,
            work: self.work,
        }
    }
}

/// The tasks that do `works` in this order with the random numbers of `seed`.
pub(crate) fn tasks_of(seed: u64, works: &[Work]) -> Result<Vec<Task>, PlanError> {
    let found = works.len();
    let of = u32::try_from(found)
        .ok()
        .filter(|&of| of > 0 && found <= super::MAX_TASKS)
        .ok_or(PlanError::Tasks { found })?;
    let plan = digest(&canonical(&(seed, works)))[..16].to_owned();
    let task = |(index, &work): (u32, &Work)| {
        let mut task = Task {
            hash: String::new(),
            index,
            of,
            plan: plan.clone(),
            seed,
            work,
        };
        task.hash = task.identity().hash();
        task
    };
    Ok((0..of).zip(works).map(task).collect())
}

/// The tasks as text, one a line.
///
/// [`read_tasks`] takes them back: `read_tasks(&write_tasks(&tasks)) == Ok(tasks)` for the tasks of a plan.
pub fn write_tasks(tasks: &[Task]) -> String {
    let mut text = String::new();
    for task in tasks {
        text.push_str(&canonical(task));
        text.push('\n');
    }
    text
}

/// Reads a list of tasks of one plan: all of them or some.
///
/// Task 4 twice is refused: `line 2: task 4 is of another plan than the first line, or listed twice`.
///
/// # Errors
/// [`PlanError::Line`], [`PlanError::Hash`], [`PlanError::Mixed`] and [`PlanError::Tasks`], with the line.
pub fn read_tasks(text: &str) -> Result<Vec<Task>, PlanError> {
    let mut tasks: Vec<Task> = vec![];
    let mut seen: Vec<bool> = vec![];
    for (position, line) in text.lines().enumerate() {
        let line_number = position + 1;
        let task: Task = serde_json::from_str(line).map_err(|error| PlanError::Line {
            line: line_number,
            found: error.to_string(),
        })?;
        if task.hash != task.identity().hash() {
            return Err(PlanError::Hash { line: line_number });
        }
        let (index, of) = (task.index as usize, task.of as usize);
        if index >= of || of > super::MAX_TASKS {
            return Err(PlanError::Tasks { found: of });
        }
        seen.resize(seen.len().max(of), false);
        let is_of_plan = tasks
            .first()
            .is_none_or(|first| (&first.plan, first.of) == (&task.plan, task.of));
        if !is_of_plan || std::mem::replace(&mut seen[index], true) {
            return Err(PlanError::Mixed {
                line: line_number,
                index: task.index,
            });
        }
        tasks.push(task);
    }
    if tasks.is_empty() {
        return Err(PlanError::Tasks { found: 0 });
    }
    Ok(tasks)
}
