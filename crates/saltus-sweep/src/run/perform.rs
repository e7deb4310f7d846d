//! Doing tasks, one or many at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use saltus_exact::decimal_from_enclosures;

use super::record::{ExactNumber, Record, TaskResult};
use crate::draw::{InstanceLaw, Source, interpolates};
use crate::plan::{Task, Work};
use crate::process::{ProcessError, jumps_of};

/// Precision at which the digits of a ratio or a time are given up.
const MAX_PRECISION: u32 = 1 << 12;

/// Does one task. The record depends on the task alone.
///
/// Ten networks of which 8 cover every point give the result `TaskResult::Coverage { interpolating: 8 }`.
pub fn perform(task: &Task) -> Record {
    let stream = u64::from(task.index);
    let result = match task.work {
        Work::Coverage {
            negative,
            positive,
            trials,
            width,
        } => {
            let mut source = Source::new(task.seed, stream);
            let covered =
                (0..trials).filter(|_| interpolates(&mut source, width, positive, negative));
            TaskResult::Coverage {
                interpolating: covered.map(|_| 1_u32).sum(),
            }
        }
        Work::Instance {
            labels,
            points,
            width,
        } => {
            let law = InstanceLaw {
                points,
                width,
                labels,
            };
            instance(&law, task.seed, stream).unwrap_or_else(|error| TaskResult::Undecided {
                reason: error.to_string(),
            })
        }
    };
    Record::new(task, result)
}

fn instance(law: &InstanceLaw, seed: u64, stream: u64) -> Result<TaskResult, ProcessError> {
    let end = jumps_of(&law.draw(seed, stream)?)?;
    let squared_norm = end.squared_norm();
    let least = end.min_squared_norm();
    // A ratio of sums that are equal term by term is 1, which no enclosure shows.
    let ratio = match &squared_norm {
        Some(learned) if end.interpolates() && *learned == least => Some("1".to_owned()),
        _ => decimal(|precision| end.ratio(precision)),
    };
    // At most m jumps and n points, both within 32 bits.
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(TaskResult::Instance {
        jumps: count(end.jumps().len()),
        last_time: end
            .jumps()
            .last()
            .and_then(|jump| decimal(|_| Some(jump.time.clone()))),
        min_squared_norm: ExactNumber::of(&least),
        negative: count(end.n_negative()),
        positive: count(end.n_positive()),
        ratio,
        squared_norm: squared_norm.as_ref().map(ExactNumber::of),
        ties: count(end.n_ties()),
        unfitted: count(end.n_unfitted()),
    })
}

/// Thirty digits of a number known by its enclosures; `None` where it is not known, or not closely enough.
fn decimal(enclose: impl Fn(u32) -> Option<saltus_exact::Interval>) -> Option<String> {
    let first = enclose(128)?;
    decimal_from_enclosures(
        |precision| enclose(precision).unwrap_or_else(|| first.clone()),
        MAX_PRECISION,
    )
}

/// Does tasks on several threads, and hands each record to `sink` on the calling thread as soon as it is there, in no particular order.
///
/// Long tasks are begun first. `cancelled` is asked before every task; an error of `sink` ends the run after the tasks that are under way.
///
/// ```
/// use saltus_sweep::plan::plan;
/// use saltus_sweep::run::{merge, perform_all};
///
/// let tasks = plan("seed = 7\n[[coverage]]\npoints = [16]\nwidths = [12]\ntrials = 10\nrepeats = 3\n")?;
/// let mut part = String::new();
/// perform_all(&tasks, 2, &|| false, &mut |record| {
///     part.push_str(&record.to_line());
///     Ok::<(), std::convert::Infallible>(())
/// })?;
/// // Records come in any order; merged they stand in the order of the tasks.
/// let merged = merge([("part", part.as_str())])?;
/// assert_eq!((merged.records.len(), merged.missing.len()), (3, 0));
/// assert!(merged.records.is_sorted_by_key(|record| record.index));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first error of `sink`.
pub fn perform_all<E>(
    tasks: &[Task],
    threads: usize,
    cancelled: &(dyn Fn() -> bool + Sync),
    sink: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let mut order: Vec<&Task> = tasks.iter().collect();
    order.sort_by_key(|task| std::cmp::Reverse(task.work.cost()));
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, tasks.len().max(1)) {
            let sender = sender.clone();
            let (next, order) = (&next, &order);
            scope.spawn(move || {
                while let Some(task) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // The receiver is gone once the sink has failed.
                    if cancelled() || sender.send(perform(task)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        receiver.into_iter().try_for_each(sink)
    })
}
