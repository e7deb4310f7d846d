//! Gradient descent at the edge of stability beside the gradient flow: 50 samples, 100 coordinates, 2 of them in the support
//! (arXiv 2302.08982).

use saltus_dynamics::diagonal::descent::{PlainRun, sharpness};
use saltus_dynamics::diagonal::flow::{
    DiagonalFlowProblem, DiagonalSimulation, StopRule, simulate,
};

use super::Effort;
use super::regression::{Regression, SCALE};
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark, Panel, Series};
use crate::palette::Ink;

const SAMPLES: u32 = 50;
const DIMENSION: u32 = 100;
/// The first coordinates of the predictor.
const BETA_STAR: [f64; 2] = [1.0, -0.8];
/// Constant stepsize of gradient descent.
const STEPSIZE: f64 = 1.4;
/// Pairs of samples on each decade of steps.
const PER_DECADE: f64 = 50.0;

/// Ends of the axis of the loss; below, it is rounding.
const FLOOR: f64 = 1e-20;
const CEILING: f64 = 10.0;

/// One moment of a run.
struct Moment {
    step: f64,
    loss: f64,
    beta: Vec<f64>,
    sharpness: f64,
}

pub(super) fn figure(effort: Effort) -> Result<Figure, ReportError> {
    let last = match effort {
        Effort::Quick => 100,
        Effort::Full => 10_000,
    };
    let regression = Regression::draw(SAMPLES, DIMENSION, &BETA_STAR, 0)?;
    let steps = steps(last);
    let runs = [
        (
            "gradient descent",
            Ink::Colour(0),
            descend(&regression, &steps),
        ),
        ("gradient flow", Ink::Colour(1), flow(&regression, &steps)?),
    ];
    let axis = || Axis::log("step k; of the flow: time t/γ");
    let all = |value: fn(&Moment) -> f64| -> Vec<Series> {
        let lines = runs.iter().map(|(name, ink, moments)| {
            let points = moments.iter().map(|moment| (moment.step, value(moment)));
            Series::new(*name, *ink, Mark::Line, points.collect())
        });
        lines.collect()
    };
    let mut edges = all(|moment| STEPSIZE * moment.sharpness);
    let across = steps.first().into_iter().chain(steps.last());
    let across = across.map(|&step| (step as f64, 2.0));
    edges.push(Series::new(
        "edge of stability",
        Ink::Exact,
        Mark::Dashed,
        across.collect(),
    ));
    let mut coordinates = vec![];
    for (name, ink, moments) in &runs {
        for (i, star) in BETA_STAR.iter().enumerate() {
            let points = moments.iter().map(|moment| (moment.step, moment.beta[i]));
            let label = format!("{name}, support");
            let line = Series::new(label, *ink, Mark::Line, points.collect());
            coordinates.push(if i == 0 { line } else { line.unnamed() });
            let ends = steps.first().into_iter().chain(steps.last());
            let level = ends.map(|&step| (step as f64, *star)).collect();
            let level = Series::new("β*", Ink::Exact, Mark::Dashed, level);
            let is_first = i == 0 && *name == "gradient flow";
            coordinates.push(if is_first { level } else { level.unnamed() });
        }
        let points = moments
            .iter()
            .map(|moment| (moment.step, largest_off_support(&moment.beta)));
        let label = format!("{name}, largest |βᵢ| off the support");
        coordinates.push(Series::new(label, *ink, Mark::Thin, points.collect()));
    }
    let panels = vec![
        Panel::new(
            "Training loss",
            axis(),
            Axis::log("loss, 1/(2n) ‖Xβ − y‖²").between(FLOOR, CEILING),
            all(|moment| moment.loss),
        ),
        Panel::new(
            "Coordinates",
            axis(),
            Axis::linear("coordinate βᵢ"),
            coordinates,
        ),
        Panel::new(
            "Sharpness",
            axis(),
            Axis::linear("stepsize × sharpness"),
            edges,
        ),
    ];
    let caption = format!(
        "{SAMPLES} samples, {DIMENSION} coordinates, 2 in the support, α = {SCALE}: gradient descent with γ = {STEPSIZE}, beside the \
         gradient flow from the same start; sharpness is the largest eigenvalue of the Hessian in (u, v)"
    );
    Ok(Figure::new("edge-of-stability", caption, panels))
}

/// Steps to record: pairs of neighbours, because the oscillation has period two, evenly spread on a logarithmic axis.
fn steps(last: u64) -> Vec<u64> {
    let decades = (last as f64).log10();
    let count = (PER_DECADE * decades).round() as u32;
    let mut steps: Vec<u64> = (0..=count)
        .map(|k| {
            10_f64
                .powf(decades * f64::from(k) / f64::from(count))
                .round() as u64
        })
        .flat_map(|step| [step, step + 1])
        .filter(|step| *step <= last)
        .collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

fn descend(regression: &Regression, steps: &[u64]) -> Vec<Moment> {
    let problem = &regression.problem;
    let all: Vec<usize> = (0..problem.samples()).collect();
    let mut run = PlainRun::start(problem);
    let mut taken = 0;
    let moments = steps.iter().map(|&step| {
        while taken < step {
            run.step(problem, &all, STEPSIZE);
            taken += 1;
        }
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let layers = run.u.iter().zip(&run.v);
        let (p, q): (Vec<f64>, Vec<f64>) = layers
            .map(|(u, v)| (half * (u + v), half * (u - v)))
            .unzip();
        let beta = run.beta();
        Moment {
            step: step as f64,
            loss: problem.loss(&beta),
            sharpness: sharpness(problem, &p, &q),
            beta,
        }
    });
    moments.collect()
}

fn flow(regression: &Regression, steps: &[u64]) -> Result<Vec<Moment>, ReportError> {
    let problem = &regression.problem;
    let log_inverse_scale = -SCALE.ln();
    let scales = vec![log_inverse_scale; problem.dimension()];
    let flow = DiagonalFlowProblem::new(&regression.inputs, problem.labels().to_vec(), scales)?;
    let times: Vec<f64> = steps.iter().map(|&step| STEPSIZE * step as f64).collect();
    let end = times.last().copied().unwrap_or(STEPSIZE);
    let simulation = DiagonalSimulation {
        sample_times: times,
        ..DiagonalSimulation::until(StopRule::Time(end))
    };
    let trajectory =
        simulate(&flow, &simulation, &|| false).map_err(|source| ReportError::DiagonalFlow {
            log_inverse_scale,
            source,
        })?;
    let moments = trajectory.samples.into_iter().map(|sample| {
        let layer = |sign: f64| -> Vec<f64> {
            let duals = sample.dual.iter();
            duals.map(|dual| SCALE * (sign * dual).exp()).collect()
        };
        Moment {
            step: sample.time / STEPSIZE,
            loss: sample.loss,
            sharpness: sharpness(problem, &layer(1.0), &layer(-1.0)),
            beta: sample.beta,
        }
    });
    Ok(moments.collect())
}

fn largest_off_support(beta: &[f64]) -> f64 {
    beta.iter()
        .skip(BETA_STAR.len())
        .fold(0.0, |most, b| b.abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_ascend_from_one_to_the_last() {
        let steps = steps(1_000);
        assert!(steps.is_sorted_by(|a, b| a < b));
        assert_eq!((steps[0], steps[steps.len() - 1]), (1, 1_000));
    }

    #[test]
    fn at_a_small_stepsize_descent_and_flow_agree_and_at_this_one_they_do_not() {
        let regression = Regression::draw(SAMPLES, DIMENSION, &BETA_STAR, 0).expect("drawn");
        let steps = [1, 2_000];
        let (descent, flow) = (
            descend(&regression, &steps),
            flow(&regression, &steps).expect("flow"),
        );
        // The flow's sharpness does not depend on the stepsize, that of descent is held below 2/γ.
        assert!(STEPSIZE * flow[1].sharpness > 2.0);
        assert!(STEPSIZE * descent[1].sharpness < 2.0);
    }
}
