//! Statistics over records of the same kind of task.

use std::collections::BTreeMap;

use saltus_exact::Rational;
use serde_json::{Value, json};

use super::record::{ExactNumber, Record, TaskResult};
use crate::interpolation::{BinomialInterval, Counts, clopper_pearson, enclose, exact};
use crate::plan::Work;

/// Precision of the probability that an estimate is compared with, in bits.
const PRECISION: u32 = 128;

/// A mean with its standard error; the interval of 95 % is about two standard errors to either side.
///
/// For the values `[1, 3]`: `mean = 2`, and `standard_error = √(Σ (x − mean)²/(N(N − 1))) = 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// How many values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Standard error of the mean; 0 for a single value.
    pub standard_error: f64,
    /// The largest value.
    pub max: f64,
}

impl Estimate {
    /// Of values in a fixed order; `None` without values.
    ///
    /// For example `Estimate::of(&[1.0, 3.0])` has the mean `2.0` and the largest value `3.0`.
    pub fn of(values: &[f64]) -> Option<Estimate> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let variance = match count {
            1 => 0.0,
            _ => squares / (count - 1) as f64,
        };
        Some(Estimate {
            count,
            mean,
            standard_error: (variance / count as f64).sqrt(),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// Half the width of the interval of 95 % for the mean, by the normal law: `1.96 · standard_error`.
    pub fn half_width(self) -> f64 {
        1.96 * self.standard_error
    }

    fn to_json(self) -> Value {
        json!({
            "count": self.count,
            "mean": self.mean,
            "interval": [self.mean - self.half_width(), self.mean + self.half_width()],
            "max": self.max,
        })
    }
}

/// All records whose tasks do the same.
///
/// The tasks that `repeats = 100` makes of one size, width and law of labels are one group, with `tasks = 100` once
/// all have a record.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSummary {
    /// What the tasks do.
    pub work: Work,
    /// How many there are.
    pub tasks: usize,
    /// What they found.
    pub figures: GroupFigures,
}

/// What a group of tasks found.
///
/// For coverage it is `interpolating/trials` beside the probability P, for instances the mean of `‖θ‖²/√n` and others.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupFigures {
    /// Networks that cover every point.
    Coverage {
        /// How many networks were drawn.
        trials: u64,
        /// How many cover every point.
        interpolating: u64,
        /// Clopper–Pearson interval of 99 %; `None` beyond the limit on trials.
        interval: Option<BinomialInterval>,
        /// The probability, nearest double to its exact value or enclosure; `None` beyond the limit on the width.
        probability: Option<f64>,
        /// Whether the interval contains the probability.
        is_within: Option<bool>,
    },
    /// Jump processes.
    Instances {
        /// How many interpolate.
        interpolating: usize,
        /// How many were left undecided.
        undecided: usize,
        /// How many have a squared norm that a tie leaves undetermined.
        undetermined: usize,
        /// Learned over least squared norm, where the end interpolates and the norm is determined.
        ratio: Option<Estimate>,
        /// How many have a ratio of exactly 1.
        optimal: usize,
        /// Learned squared norm over √n.
        norm_over_root: Option<Estimate>,
        /// The number of jumps.
        jumps: Option<Estimate>,
        /// Rescaled time of the last jump over √n.
        time_over_root: Option<Estimate>,
    },
}

/// Groups records by what their tasks do, in the order of the tasks' sizes. The records must be in a fixed order, as merged ones are.
///
/// `gaussian, 1000 points, width 73` and `signs, 1000 points, width 73` are two groups.
pub fn summarise(records: &[Record]) -> Vec<GroupSummary> {
    let mut groups: BTreeMap<Work, Vec<&TaskResult>> = BTreeMap::new();
    for record in records {
        groups.entry(record.work).or_default().push(&record.result);
    }
    let groups = groups.into_iter();
    groups
        .map(|(work, results)| GroupSummary {
            work,
            tasks: results.len(),
            figures: match work {
                Work::Coverage {
                    negative,
                    positive,
                    trials,
                    width,
                } => coverage(Counts { positive, negative }, trials, width, &results),
                Work::Instance { points, .. } => instances(points, &results),
            },
        })
        .collect()
}

fn coverage(counts: Counts, trials: u32, width: u32, results: &[&TaskResult]) -> GroupFigures {
    let successes = results.iter().map(|result| match result {
        TaskResult::Coverage { interpolating } => u64::from(*interpolating),
        _ => 0,
    });
    let interpolating = successes.sum();
    let trials = u64::from(trials) * results.len() as u64;
    let error = Rational::new(1, 100).unwrap_or_default();
    let interval = clopper_pearson(trials, interpolating, &error).ok();
    let probability = enclose(width, counts, PRECISION).ok();
    let is_within = interval
        .as_ref()
        .zip(probability.as_ref())
        .map(|(interval, probability)| interval.contains(probability));
    let exact = exact(width, counts).ok();
    GroupFigures::Coverage {
        trials,
        interpolating,
        interval,
        probability: match exact {
            Some(exact) => Some(exact.to_f64()),
            None => probability.map(|probability| probability.to_f64()),
        },
        is_within,
    }
}

fn instances(points: u32, results: &[&TaskResult]) -> GroupFigures {
    let (mut interpolating, mut undecided, mut undetermined, mut optimal) = (0, 0, 0, 0);
    let (mut ratios, mut norms, mut counts, mut times) = (vec![], vec![], vec![], vec![]);
    let root = f64::from(points).sqrt();
    for result in results {
        let TaskResult::Instance {
            jumps,
            last_time,
            ratio,
            squared_norm,
            unfitted,
            ..
        } = result
        else {
            undecided += 1;
            continue;
        };
        interpolating += usize::from(*unfitted == 0);
        undetermined += usize::from(squared_norm.is_none());
        optimal += usize::from(ratio.as_deref() == Some("1"));
        ratios.extend(ratio.as_deref().and_then(number));
        norms.extend(
            squared_norm
                .as_ref()
                .and_then(value)
                .map(|norm| norm / root),
        );
        counts.push(f64::from(*jumps));
        times.extend(
            last_time
                .as_deref()
                .and_then(number)
                .map(|time| time / root),
        );
    }
    GroupFigures::Instances {
        interpolating,
        undecided,
        undetermined,
        ratio: Estimate::of(&ratios),
        optimal,
        norm_over_root: Estimate::of(&norms),
        jumps: Estimate::of(&counts),
        time_over_root: Estimate::of(&times),
    }
}

fn value(exact: &ExactNumber) -> Option<f64> {
    number(&exact.decimal)
}

/// The double nearest to thirty digits.
fn number(decimal: &str) -> Option<f64> {
    decimal.parse().ok()
}

impl GroupFigures {
    /// The figures under stable keys.
    ///
    /// An estimate stands there as `{"count":…,"interval":[…,…],"max":…,"mean":…}`, and as `null` without values.
    pub fn to_json(&self) -> Value {
        match self {
            GroupFigures::Coverage {
                trials,
                interpolating,
                interval,
                probability,
                is_within,
            } => json!({
                "trials": trials,
                "interpolating": interpolating,
                "interval": interval.as_ref().map(|interval| [interval.lower.to_f64(), interval.upper.to_f64()]),
                "probability": probability,
                "contains": is_within,
            }),
            GroupFigures::Instances {
                interpolating,
                undecided,
                undetermined,
                ratio,
                optimal,
                norm_over_root,
                jumps,
                time_over_root,
            } => json!({
                "interpolating": interpolating,
                "undecided": undecided,
                "undetermined": undetermined,
                "ratio": ratio.map(Estimate::to_json),
                "optimal": optimal,
                "norm_over_root": norm_over_root.map(Estimate::to_json),
                "jumps": jumps.map(Estimate::to_json),
                "time_over_root": time_over_root.map(Estimate::to_json),
            }),
        }
    }
}

impl Work {
    /// One line for tables: the sizes and laws of a task.
    ///
    /// For example `coverage, 8 + 8 points, width 12`, or `gaussian, 1000 points, width 73`.
    pub fn label(&self) -> String {
        match *self {
            Work::Coverage {
                negative,
                positive,
                width,
                ..
            } => format!("coverage, {positive} + {negative} points, width {width}"),
            Work::Instance {
                labels,
                points,
                width,
            } => format!("{}, {points} points, width {width}", labels.name()),
        }
    }
}
