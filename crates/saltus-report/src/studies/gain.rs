//! How the gain spreads over the coordinates: 50 samples, 100 coordinates, 4 of them in the support (arXiv 2302.08982).

use saltus_dynamics::diagonal::descent::{DescentSettings, train};

use super::Effort;
use super::regression::Regression;
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark, Panel, Series};
use crate::palette::Ink;

const SAMPLES: u32 = 50;
const DIMENSION: u32 = 100;
/// The first coordinates of the predictor.
const BETA_STAR: [f64; 4] = [1.0, -0.75, 0.5, -0.25];
/// Stepsizes of gradient descent and of its stochastic kind: large, and small enough that every draw converges.
const STEPSIZES: [f64; 2] = [1.2, 0.15];

/// The gain of each coordinate, over several draws of the inputs: gradient descent, then stochastic gradient descent.
pub(super) fn figure(effort: Effort) -> Result<Figure, ReportError> {
    let (draws, steps) = match effort {
        Effort::Quick => (2, 2_000),
        Effort::Full => (20, 100_000),
    };
    let methods = [
        ("gradient descent", None, STEPSIZES[0]),
        (
            "stochastic gradient descent, batches of one",
            Some(1),
            STEPSIZES[1],
        ),
    ];
    let mut panels = vec![];
    let mut worst = 0.0_f64;
    for (colour, (name, batch, stepsize)) in methods.into_iter().enumerate() {
        let mut gains: Vec<Vec<f64>> = vec![];
        for stream in 0..draws {
            let regression = Regression::draw(SAMPLES, DIMENSION, &BETA_STAR, stream)?;
            let settings = DescentSettings {
                batch,
                seed: stream,
                ..DescentSettings::gradient_descent(stepsize, steps)
            };
            let run = train(&regression.problem, &settings)?;
            worst = worst.max(run.loss / run.initial_loss);
            if !run.diverged() {
                gains.push(run.gain);
            }
        }
        panels.push(panel(name, stepsize, Ink::Colour(colour), &gains));
    }
    let caption = format!(
        "Gain ln(α²/α∞²) of each coordinate after at most {steps} steps from α = 0.1, {SAMPLES} samples, {DIMENSION} coordinates, of which \
         the first {} carry the predictor; {draws} draws of the inputs and their mean; the largest loss at the end is {worst:.0e} of the first one",
        BETA_STAR.len()
    );
    Ok(Figure::new("gain-per-coordinate", caption, panels))
}

fn panel(name: &str, stepsize: f64, ink: Ink, gains: &[Vec<f64>]) -> Panel {
    let place = |i: usize| i as f64 + 1.0;
    let mut series: Vec<Series> = gains
        .iter()
        .enumerate()
        .map(|(draw, gain)| {
            let points = gain.iter().enumerate().map(|(i, &gain)| (place(i), gain));
            let one = Series::new(
                format!("draw {draw}"),
                Ink::Faint,
                Mark::Thin,
                points.collect(),
            );
            one.unnamed()
        })
        .collect();
    let mean: Vec<f64> = (0..DIMENSION as usize)
        .map(|i| gains.iter().map(|gain| gain[i]).sum::<f64>() / gains.len() as f64)
        .collect();
    let squares: f64 = BETA_STAR.iter().map(|b| b * b).sum();
    let on_support: f64 = mean[..BETA_STAR.len()].iter().sum();
    let points = mean.iter().enumerate().map(|(i, &gain)| (place(i), gain));
    series.push(Series::new(
        format!("mean of {} draws", gains.len()),
        ink,
        Mark::Joined,
        points.collect(),
    ));
    let shape = BETA_STAR.iter().enumerate();
    let shape = shape.map(|(i, b)| (place(i), on_support * b * b / squares));
    series.push(Series::new(
        "∝ (β*)²",
        Ink::Exact,
        Mark::Dashed,
        shape.collect(),
    ));
    let title = format!("Gain: {name}, γ = {}", crate::axis::number(stepsize));
    let mut panel = Panel::new(
        title,
        Axis::log("coordinate i, counted from 1"),
        Axis::linear("gain ln(α²/α∞²)"),
        series,
    );
    panel.verticals = Some((
        "end of the support".to_owned(),
        vec![BETA_STAR.len() as f64 + 0.5],
    ));
    panel
}
