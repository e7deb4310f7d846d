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

#[cfg(test)]
mod tests {
    use saltus_dynamics::diagonal::descent::Outcome as End;

    use super::*;
    use crate::descent::by_hand::evidence;

    fn table(evidence: &DescentEvidence, name: &str) -> String {
        let tables = series(evidence);
        let table = tables.iter().find(|table| table.name == name);
        table.expect("a table of this name").csv()
    }

    /// Whatever `change` says is said of every run of the sweep at stepsize 1.
    fn with(change: impl Fn(&mut TrainedRun)) -> DescentEvidence {
        let mut evidence = evidence();
        let runs = evidence.runs.iter_mut();
        runs.filter(|run| run.role == Role::Sweep && run.stepsize == 1.0)
            .for_each(change);
        evidence
    }

    #[test]
    fn without_a_true_predictor_nothing_is_said_of_recovery() {
        let names = |evidence: &DescentEvidence| -> Vec<&str> {
            series(evidence).iter().map(|table| table.name).collect()
        };
        let mut evidence = evidence();
        assert_eq!(names(&evidence).len(), 6);
        evidence.recovery = None;
        assert_eq!(
            names(&evidence),
            [
                "end_of_gradient_descent",
                "sharpness_along_gradient_descent",
                "gain_per_coordinate"
            ]
        );
    }

    #[test]
    fn ends_are_listed_by_stepsize_without_those_that_diverged() {
        let mut evidence = with(|run| {
            if run.seed.is_none() {
                run.run.outcome = End::Diverged { step: 1 };
            }
        });
        let last = evidence.runs.iter_mut().find(|run| run.stepsize == 3.98);
        last.expect("by hand").run.sharpness = 0.5;
        let expected = "stepsize,stepsize_times_sharpness,loss_increases,gain,steps,converged\n\
                        0.25,0.25,0,0.75,3,1\n0.5,0.5,0,1.5,3,1\n2,2,0,6,3,1\n3,2,7,27,3,1\n3.98,1.99,7,35.82,3,1\n";
        assert_eq!(table(&evidence, "end_of_gradient_descent"), expected);
        let expected =
            "stepsize,step,sharpness,stepsize_times_sharpness,loss\n2,0,1,2,6.25\n2,3,0.5,1,0\n";
        assert_eq!(
            table(&evidence, "sharpness_along_gradient_descent"),
            expected
        );
    }

    /// The gains of six seeds at stepsize 1 are 1 or, of the last of them, 7; a seed that diverged has no say.
    #[test]
    fn gains_are_means_over_the_seeds_that_stay_bounded() {
        let evidence = with(|run| match run.seed {
            Some(0) => run.run.outcome = End::Diverged { step: 1 },
            Some(5) => run.run.gain[1] = 6.0,
            _ => {}
        });
        let expected = "stepsize,coordinate,gradient_descent,stochastic_mean,stochastic_least,stochastic_largest\n\
                        0.25,0,0.5,0.25,0.25,0.25\n0.25,1,0.125,0.25,0.25,0.25\n0.25,2,0.125,0.25,0.25,0.25\n\
                        1,0,2,1,1,1\n1,1,0.5,2,1,6\n1,2,0.5,1,1,1\n";
        assert_eq!(table(&evidence, "gain_per_coordinate"), expected);
    }

    #[test]
    fn recovery_is_listed_with_its_levels() {
        let evidence = evidence();
        assert_eq!(
            table(&evidence, "recovery_levels"),
            "gradient_flow_squared_distance,gradient_flow_test_loss,least_l1_squared_distance,least_l1_test_loss\n1,2,0,0\n"
        );
        assert_eq!(
            table(&evidence, "recovery_by_gradient_descent"),
            "stepsize,squared_distance,test_loss\n0.25,0.6875,1.375\n0.5,0.875,1.75\n1,1.25,2.5\n2,2,4\n"
        );
        let found = table(&evidence, "recovery_by_stochastic_gradient_descent");
        assert!(
            found.ends_with("\n0.25,1,1,1,2,2,2\n1,0.25,0.25,0.25,0.5,0.5,0.5\n"),
            "{found}"
        );
    }
}
