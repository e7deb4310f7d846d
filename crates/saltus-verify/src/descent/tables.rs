//! The figures as tables, for pictures.

use super::recovery::median_error;
use super::statistics::{Median, extremes};
use super::{DescentEvidence, Role, TrainedRun};
use crate::descent::gain::stepsizes;

/// A table of numbers.
///
/// For example `"recovery_levels"`, which `saltus suite --report` writes to `dln-n20-d30-recovery_levels.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name, fit for a file name.
    pub name: &'static str,
    /// One name a column.
    pub columns: Vec<&'static str>,
    /// Rows of as many entries as there are columns.
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    /// The table as CSV with a header line; an entry that does not exist is empty.
    ///
    /// ```
    /// use saltus_verify::descent::Table;
    ///
    /// let table = Table {
    ///     name: "loss",
    ///     columns: vec!["step", "loss"],
    ///     rows: vec![vec![0.0, 1.5], vec![1.0, f64::NAN]],
    /// };
    /// assert_eq!(table.csv(), "step,loss\n0,1.5\n1,\n");
    /// ```
    pub fn csv(&self) -> String {
        let mut text = self.columns.join(",");
        text.push('\n');
        for row in &self.rows {
            let cell = |value: &f64| {
                if value.is_nan() {
                    String::new()
                } else {
                    value.to_string()
                }
            };
            let cells: Vec<String> = row.iter().map(cell).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }
}

/// All tables; those about recovery are left out without a true predictor. Coordinates and steps are numbers, too; an entry that
/// does not exist is NaN.
///
/// Without a true predictor there are three tables, such as `"end_of_gradient_descent"`; with one there are six.
pub fn series(evidence: &DescentEvidence) -> Vec<Table> {
    let mut tables = vec![
        end_of_runs(evidence),
        sharpness_along_runs(evidence),
        gain_per_coordinate(evidence),
    ];
    tables.extend(recovery(evidence));
    tables
}

fn end_of_runs(evidence: &DescentEvidence) -> Table {
    let runs = evidence.gd(Role::Sweep).chain(evidence.gd(Role::Approach));
    let mut runs: Vec<&TrainedRun> = runs.filter(|run| !run.run.diverged()).collect();
    runs.sort_by(|a, b| a.stepsize.total_cmp(&b.stepsize));
    let row = |run: &TrainedRun| {
        vec![
            run.stepsize,
            run.stepsize_times_sharpness(),
            run.run.loss_increases as f64,
            run.total_gain(),
            run.run.steps as f64,
            f64::from(u8::from(run.run.converged())),
        ]
    };
    Table {
        name: "end_of_gradient_descent",
        columns: vec![
            "stepsize",
            "stepsize_times_sharpness",
            "loss_increases",
            "gain",
            "steps",
            "converged",
        ],
        rows: runs.into_iter().map(row).collect(),
    }
}

fn sharpness_along_runs(evidence: &DescentEvidence) -> Table {
    let rows = evidence.sharpness.iter().flat_map(|path| {
        let points = path.points.iter();
        points.map(|&(step, sharpness, loss)| {
            vec![
                path.stepsize,
                step as f64,
                sharpness,
                path.stepsize * sharpness,
                loss,
            ]
        })
    });
    Table {
        name: "sharpness_along_gradient_descent",
        columns: vec![
            "stepsize",
            "step",
            "sharpness",
            "stepsize_times_sharpness",
            "loss",
        ],
        rows: rows.collect(),
    }
}

/// At every stepsize of the sweep by stochastic gradient descent.
fn gain_per_coordinate(evidence: &DescentEvidence) -> Table {
    let mut rows = vec![];
    for stepsize in stepsizes(evidence) {
        let full = evidence
            .gd(Role::Sweep)
            .find(|run| run.stepsize == stepsize);
        for i in 0..evidence.problem.dimension() {
            let runs = evidence.sgd(Role::Sweep);
            let runs = runs.filter(|run| run.stepsize == stepsize && !run.run.diverged());
            let gains: Vec<f64> = runs.map(|run| run.run.gain[i]).collect();
            let (least, largest) = extremes(&gains);
            let mean = gains.iter().sum::<f64>() / gains.len() as f64;
            let full = full.map_or(f64::NAN, |run| run.run.gain[i]);
            rows.push(vec![stepsize, i as f64, full, mean, least, largest]);
        }
    }
    Table {
        name: "gain_per_coordinate",
        columns: vec![
            "stepsize",
            "coordinate",
            "gradient_descent",
            "stochastic_mean",
            "stochastic_least",
            "stochastic_largest",
        ],
        rows,
    }
}

fn recovery(evidence: &DescentEvidence) -> Vec<Table> {
    let Some(recovery) = &evidence.recovery else {
        return vec![];
    };
    let columns = vec!["stepsize", "squared_distance", "test_loss"];
    let full = recovery.points.iter().filter(|point| point.seed.is_none());
    let full = full.map(|point| {
        let error = point.error;
        vec![point.stepsize, error.squared_distance, error.test_loss]
    });
    let median = |stepsize, of| match median_error(recovery, stepsize, of) {
        Some(Median {
            value, low, high, ..
        }) => [value, low, high],
        None => [f64::NAN; 3],
    };
    let stochastic = stepsizes(evidence).into_iter().map(|stepsize| {
        let distance = median(stepsize, |error| error.squared_distance);
        let test = median(stepsize, |error| error.test_loss);
        [vec![stepsize], distance.to_vec(), test.to_vec()].concat()
    });
    let (flow, l1) = (recovery.flow, recovery.levels.least_l1);
    vec![
        Table {
            name: "recovery_by_gradient_descent",
            columns,
            rows: full.collect(),
        },
        Table {
            name: "recovery_by_stochastic_gradient_descent",
            columns: vec![
                "stepsize",
                "median_squared_distance",
                "squared_distance_low",
                "squared_distance_high",
                "median_test_loss",
                "test_loss_low",
                "test_loss_high",
            ],
            rows: stochastic.collect(),
        },
        Table {
            name: "recovery_levels",
            columns: vec![
                "gradient_flow_squared_distance",
                "gradient_flow_test_loss",
                "least_l1_squared_distance",
                "least_l1_test_loss",
            ],
            rows: vec![vec![
                flow.squared_distance,
                flow.test_loss,
                l1.squared_distance,
                l1.test_loss,
            ]],
        },
    ]
}
