//! The answers of `saltus sweep`.

use saltus_sweep::run::{Estimate, GroupFigures, GroupSummary, Merged, summarise};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Answer;
use super::table::{Align, Table};

/// How many missing or undecided tasks a text names before it only counts them.
const NAMED: usize = 20;

/// What one run of a shard did, `tasks = found + done`; as text `24 tasks: 12 were there, 12 done in 0.3 s` and the name of the
/// part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepRun {
    /// Tasks of the shard.
    pub tasks: usize,
    /// How many of them were there already.
    pub found: usize,
    /// How many were done now.
    pub done: usize,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
    /// The file that holds the records.
    pub part: String,
}

impl Answer for SweepRun {
    fn text(&self) -> String {
        format!(
            "{} tasks: {} were there, {} done in {:.1} s\nPart: {}\n",
            self.tasks, self.found, self.done, self.seconds, self.part
        )
    }
}

/// All that is known of a sweep; its text ends with a line such as `24 records, none missing, none undecided`.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSummary {
    records: usize,
    missing: Vec<u32>,
    undecided: Vec<u32>,
    repeated: usize,
    groups: Vec<GroupSummary>,
}

impl SweepSummary {
    /// Of merged parts: parts that hold tasks 0 to 9 of 12 give `"records": 10` and `"missing": [10, 11]` in JSON.
    pub fn of(merged: &Merged) -> SweepSummary {
        SweepSummary {
            records: merged.records.len(),
            missing: merged.missing.clone(),
            undecided: merged.undecided(),
            repeated: merged.n_repeated,
            groups: summarise(&merged.records),
        }
    }
}

impl Serialize for SweepSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let groups: Vec<Value> = self
            .groups
            .iter()
            .map(|group| {
                json!({ "work": group.work, "tasks": group.tasks, "figures": group.figures.to_json() })
            })
            .collect();
        json!({
            "records": self.records,
            "missing": self.missing,
            "undecided": self.undecided,
            "repeated": self.repeated,
            "groups": groups,
        })
        .serialize(serializer)
    }
}

impl Answer for SweepSummary {
    fn text(&self) -> String {
        let mut table = Table::new([
            ("tasks", Align::Right),
            ("what", Align::Left),
            ("interpolate", Align::Right),
            ("norm ratio", Align::Right),
            ("norm/sqrt(n)", Align::Right),
            ("jumps", Align::Right),
        ]);
        for group in &self.groups {
            table.push(row(group));
        }
        let mut text = table.lines();
        text.push_str(&format!("\n{} records", self.records));
        if self.repeated > 0 {
            text.push_str(&format!(", {} repeated word for word", self.repeated));
        }
        text.push_str(&named("missing", &self.missing));
        text.push_str(&named("undecided", &self.undecided));
        text.push('\n');
        text
    }
}

fn row(group: &GroupSummary) -> [String; 6] {
    let mean = |estimate: &Option<Estimate>| match estimate {
        Some(estimate) => format!("{:.4} ± {:.4}", estimate.mean, estimate.half_width()),
        None => String::new(),
    };
    let [interpolating, ratio, norm, jumps] = match &group.figures {
        GroupFigures::Coverage {
            trials,
            interpolating,
            probability,
            ..
        } => {
            let exact = probability.map_or(String::new(), |p| format!(" (P = {p:.6})"));
            let share = format!("{interpolating} of {trials}{exact}");
            [share, String::new(), String::new(), String::new()]
        }
        GroupFigures::Instances {
            interpolating,
            ratio,
            norm_over_root,
            jumps,
            ..
        } => [
            format!("{interpolating} of {}", group.tasks),
            mean(ratio),
            mean(norm_over_root),
            mean(jumps),
        ],
    };
    [
        group.tasks.to_string(),
        group.work.label(),
        interpolating,
        ratio,
        norm,
        jumps,
    ]
}

fn named(what: &str, tasks: &[u32]) -> String {
    if tasks.is_empty() {
        return format!(", none {what}");
    }
    let names: Vec<String> = tasks.iter().take(NAMED).map(u32::to_string).collect();
    let more = match tasks.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("; {} {what}: tasks {}{more}", tasks.len(), names.join(", "))
}
