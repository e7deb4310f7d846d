//! Test loss, gain and sharpness against the stepsize: 20 samples, 30 coordinates, 3 of them in the support (arXiv 2302.08982).

use saltus_data::shipped::find_shipped;
use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_dynamics::diagonal::descent::{DescentRun, DescentSettings, solve_regularised, train};
use saltus_exact::RationalMatrix;
use saltus_problem::Instance;
use saltus_verify::convert::descent_problem;

use super::Effort;
use super::regression::SCALE;
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark, Panel, Series};
use crate::palette::Ink;

const INSTANCE: &str = "dln-n20-d30";

/// Two neighbouring stepsizes differ by `10^{3/29}`: thirty of them span 0.01 to 10.
const DECADES: f64 = 3.0 / 29.0;

/// The runs at one stepsize, none of which diverges.
struct Runs {
    stepsize: f64,
    runs: Vec<DescentRun>,
}

/// Median and range over the runs.
struct Summary {
    least: f64,
    median: f64,
    largest: f64,
}

pub(super) fn figure(effort: Effort) -> Result<Figure, ReportError> {
    let (steps, seeds, stride) = match effort {
        Effort::Quick => (1_000, 2, 6),
        Effort::Full => (100_000, 10, 1),
    };
    let missing = || ReportError::Missing { name: INSTANCE };
    let shipped = find_shipped(INSTANCE).ok_or_else(missing)?;
    let Instance::Diagonal(instance) = shipped.load()? else {
        return Err(missing());
    };
    let problem = descent_problem(&instance, SCALE).map_err(|error| ReportError::Conversion {
        reason: error.to_string(),
    })?;
    let test = TestData {
        inputs: shipped.table(&format!("{INSTANCE}/test_inputs.csv"))?,
        labels: shipped.table(&format!("{INSTANCE}/test_labels.csv"))?,
    };
    let full = sweep(&problem, steps, stride, &[None])?;
    let seeds: Vec<Option<u64>> = (0..seeds).map(Some).collect();
    let stochastic = sweep(&problem, steps, stride, &seeds)?;
    let flow = flow_limit(&problem)?;
    let both = |value: &dyn Fn(&Runs, &DescentRun) -> f64| {
        let mut series = lines("gradient descent", Ink::Colour(0), &full, value);
        series.extend(lines(
            "stochastic, median",
            Ink::Colour(1),
            &stochastic,
            value,
        ));
        series
    };
    let stepsize = || Axis::log("stepsize γ");
    let across = |level: f64| {
        let ends = full.first().into_iter().chain(full.last());
        ends.map(|runs| (runs.stepsize, level)).collect()
    };
    let mut losses = both(&|_, run| test.loss(&run.beta));
    losses.push(Series::new(
        "gradient flow",
        Ink::Exact,
        Mark::Dashed,
        across(test.loss(&flow)),
    ));
    let gains = both(&|_, run| run.gain.iter().sum());
    let mut edges = lines("gradient descent", Ink::Colour(0), &full, &|runs, run| {
        runs.stepsize * run.sharpness
    });
    edges.push(Series::new(
        "edge of stability",
        Ink::Exact,
        Mark::Dashed,
        across(2.0),
    ));
    let panels = vec![
        Panel::new(
            "Test loss",
            stepsize(),
            Axis::log("test loss ½ mean(f − y)²"),
            losses,
        ),
        Panel::new("Total gain", stepsize(), Axis::log("Σᵢ ln(α²/α∞²)"), gains),
        Panel::new(
            "Sharpness at the end of gradient descent",
            stepsize(),
            Axis::linear("stepsize × sharpness"),
            edges,
        ),
    ];
    let caption = format!(
        "{}, 20 samples, 30 coordinates, 3 in the support, α = {SCALE}, {steps} steps; of the stochastic kind, with batches of \
         one, the median over {} seeds, dashed the least and the largest; curves end where a run diverges",
        instance.name(),
        seeds.len()
    );
    Ok(Figure::new("stepsizes", caption, panels))
}

/// Runs with every seed at ever larger stepsizes, up to the first at which one diverges.
fn sweep(
    problem: &DiagonalProblem,
    steps: u64,
    stride: usize,
    seeds: &[Option<u64>],
) -> Result<Vec<Runs>, ReportError> {
    let mut found = vec![];
    for k in (0..30).step_by(stride) {
        let stepsize = 10_f64.powf(-2.0 + DECADES * f64::from(k));
        let mut runs = vec![];
        for &seed in seeds {
            let settings = DescentSettings {
                batch: seed.map(|_| 1),
                seed: seed.unwrap_or_default(),
                ..DescentSettings::gradient_descent(stepsize, steps)
            };
            runs.push(train(problem, &settings)?);
        }
        if runs.iter().any(DescentRun::diverged) {
            break;
        }
        found.push(Runs { stepsize, runs });
    }
    Ok(found)
}

/// The curve of the medians, and where there are several runs, of the least and the largest.
fn lines(
    name: &str,
    ink: Ink,
    sweep: &[Runs],
    value: &dyn Fn(&Runs, &DescentRun) -> f64,
) -> Vec<Series> {
    let summaries: Vec<(f64, Summary)> = sweep
        .iter()
        .filter_map(|runs| {
            let values = runs.runs.iter().map(|run| value(runs, run));
            Some((runs.stepsize, Summary::of(values.collect())?))
        })
        .collect();
    let curve = |of: fn(&Summary) -> f64| {
        let points = summaries.iter();
        points
            .map(|(stepsize, summary)| (*stepsize, of(summary)))
            .collect()
    };
    let mut series = vec![Series::new(
        name,
        ink,
        Mark::Joined,
        curve(|summary| summary.median),
    )];
    if sweep.iter().any(|runs| runs.runs.len() > 1) {
        let label = "least and largest of the seeds";
        let least = Series::new(label, ink, Mark::Dashed, curve(|s| s.least));
        let largest = Series::new(label, ink, Mark::Dashed, curve(|s| s.largest));
        series.extend([least, largest.unnamed()]);
    }
    series
}

impl Summary {
    fn of(mut values: Vec<f64>) -> Option<Summary> {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => 0.5 * (values.get(middle.checked_sub(1)?)? + values[middle]),
            _ => values[middle],
        };
        Some(Summary {
            least: values[0],
            median,
            largest: values[values.len() - 1],
        })
    }
}

struct TestData {
    inputs: RationalMatrix,
    labels: RationalMatrix,
}

impl TestData {
    /// Half of the mean squared error.
    fn loss(&self, beta: &[f64]) -> f64 {
        let labels = self.labels.rows().flatten();
        let squares = self.inputs.rows().zip(labels).map(|(row, label)| {
            let fitted: f64 = row.iter().zip(beta).map(|(x, b)| x.to_f64() * b).sum();
            (fitted - label.to_f64()).powi(2)
        });
        squares.sum::<f64>() / (2.0 * self.inputs.n_rows() as f64)
    }
}

/// Where the gradient flow ends: the solution of the regularised problem at the initial scale.
fn flow_limit(problem: &DiagonalProblem) -> Result<Vec<f64>, ReportError> {
    let logs: Vec<f64> = problem
        .scales()
        .iter()
        .map(|scale| 2.0 * scale.ln())
        .collect();
    let start = vec![0.0; problem.dimension()];
    Ok(solve_regularised(problem, &logs, &start)?.beta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ranges() {
        let check = |values: &[f64], expected: Option<(f64, f64, f64)>| {
            let found = Summary::of(values.to_vec());
            assert_eq!(found.map(|s| (s.least, s.median, s.largest)), expected);
        };
        check(&[], None);
        check(&[3.0], Some((3.0, 3.0, 3.0)));
        check(&[3.0, 1.0], Some((1.0, 2.0, 3.0)));
        check(&[9.0, 1.0, 2.0], Some((1.0, 2.0, 9.0)));
    }
}
