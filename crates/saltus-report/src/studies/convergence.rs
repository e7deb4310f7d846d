//! How the errors of the jump times fall with the scale: of the time itself, and of the slope between two scales.

use saltus_dynamics::relu::{ReluSimulation, StopRule, simulate};
use saltus_jump::relu::predict;
use saltus_problem::{Instance, LogInverseScale, ReluInstance};
use saltus_verify::convert::relu_problem;
use saltus_verify::relu::predicted_rates;

use super::{Effort, shipped};
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark, Panel, Series};
use crate::palette::Ink;

const INSTANCE: &str = "relu-cayley";

/// Every jump before this one has a panel.
const DRAWN: usize = 3;

/// Spacing of the log inverse scales, which begin at twice as much.
const SPACING: f64 = 4.0;

/// Relative errors below this are rounding of times.
const ROUNDING: f64 = 1e-15;

/// Local tolerance of the integration.
const TOLERANCE: f64 = 1e-12;

pub(super) fn figure(effort: Effort) -> Result<Figure, ReportError> {
    let scales = match effort {
        Effort::Quick => 4,
        Effort::Full => 30,
    };
    let Instance::Relu(instance) = shipped(INSTANCE)? else {
        return Err(ReportError::Missing { name: INSTANCE });
    };
    let sequence = predict(&instance)?;
    let rates = predicted_rates(&instance, &sequence);
    let mut runs = vec![];
    for step in 2..2 + scales {
        let scale = LogInverseScale::new(SPACING * f64::from(step))?;
        runs.push((scale.get(), half_fit_times(&instance, scale)?));
    }
    let mut panels = vec![];
    let jumps = sequence.jumps().iter().zip(&rates).take(DRAWN);
    for (index, (jump, rate)) in jumps.enumerate() {
        let exact = jump.time.to_f64();
        let error = |time: f64| (time - exact).abs() / exact;
        let point = jump.points.first().copied().unwrap_or_default();
        let times: Vec<(f64, f64)> = runs
            .iter()
            .filter_map(|(scale, times)| Some((*scale, times[point]?)))
            .collect();
        let direct = times
            .iter()
            .map(|&(scale, time)| (scale, error(time / scale)));
        let slope: Vec<(f64, f64)> = times
            .windows(2)
            .map(|pair| {
                (
                    pair[0].0,
                    error((pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)),
                )
            })
            .collect();
        let line = predicted_line(&slope, rate.kappa);
        let kappa = crate::axis::number(rate.kappa);
        let series = vec![
            Series::new(
                "time over Λ",
                Ink::Colour(1),
                Mark::Joined,
                direct.collect(),
            ),
            Series::new("slope", Ink::Colour(0), Mark::Joined, slope),
            Series::new(
                format!("rate exp(−κΛ), κ = {kappa} (conjecture)"),
                Ink::Exact,
                Mark::Dashed,
                line,
            ),
        ];
        panels.push(Panel::new(
            format!("Jump {index}, at τ = {}", crate::axis::number(exact)),
            Axis::linear("log inverse scale Λ"),
            Axis::log("relative error"),
            series,
        ));
    }
    let caption = format!(
        "{}: relative error of the jump times against the exact ones, of t/Λ and of the slope between scales {SPACING} apart; the \
         conjectured rate is drawn through the last but one slope that is clear of rounding",
        instance.name()
    );
    Ok(Figure::new("error-against-scale", caption, panels))
}

/// The predicted rate through the last but one slope that is clear of rounding: earlier ones may be far from their limit still.
fn predicted_line(slope: &[(f64, f64)], kappa: f64) -> Vec<(f64, f64)> {
    let above = slope
        .iter()
        .take_while(|(_, error)| *error > 1e3 * ROUNDING);
    let above: Vec<&(f64, f64)> = above.collect();
    let Some(&&(anchor, error)) = above.get(above.len().saturating_sub(2)) else {
        return vec![];
    };
    let scales = slope.iter().map(|(scale, _)| *scale);
    let line = scales.map(|scale| (scale, error * (-kappa * (scale - anchor)).exp()));
    line.filter(|(_, error)| *error > ROUNDING).collect()
}

fn half_fit_times(
    instance: &ReluInstance,
    scale: LogInverseScale,
) -> Result<Vec<Option<f64>>, ReportError> {
    let problem = relu_problem(instance, scale).map_err(|error| ReportError::Conversion {
        reason: error.to_string(),
    })?;
    let simulation = ReluSimulation {
        tolerance: TOLERANCE,
        ..ReluSimulation::new(StopRule::Fitted(1e-3))
    };
    let trajectory = simulate(&problem, &simulation).map_err(|source| ReportError::Flow {
        log_inverse_scale: scale.get(),
        source,
    })?;
    Ok(trajectory.half_fit_times)
}
