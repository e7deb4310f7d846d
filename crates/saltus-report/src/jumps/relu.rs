//! ReLU networks: the loss, and the race of the neurons' exponents to 0.

use saltus_dynamics::relu::{ReluSimulation, ReluTrajectory, StopRule, simulate};
use saltus_jump::relu::{ReluSequence, predict};
use saltus_problem::{LogInverseScale, ReluInstance};
use saltus_verify::convert::relu_problem;

use super::{Clock, TOLERANCE, drawn_paths, guard, loss_panel, path_ink};
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Mark, Panel, Series};

/// Two panels: losses, exponents; `computed` is told the number of parts that are done: the exact process and the flows.
pub(super) fn panels(
    instance: &ReluInstance,
    scales: &[LogInverseScale],
    computed: &dyn Fn(usize),
) -> Result<Vec<Panel>, ReportError> {
    let sequence = predict(instance)?;
    computed(1);
    let times: Vec<f64> = sequence
        .jumps()
        .iter()
        .map(|jump| jump.time.to_f64())
        .collect();
    let clock = Clock::new(times)?;
    let initial = sequence.initial_loss().to_f64();
    let relative = |loss: f64| if initial > 0.0 { loss / initial } else { loss };
    let exact = std::iter::once(sequence.initial_loss())
        .chain(sequence.jumps().iter().map(|jump| &jump.loss))
        .map(|loss| relative(loss.to_f64()));
    let mut flows = vec![];
    let mut last = None;
    for &scale in scales {
        let trajectory = run(instance, scale, &clock)?;
        let points = trajectory.samples.iter();
        let points = points.map(|sample| (sample.time / scale.get(), relative(sample.loss)));
        flows.push((scale, points.collect()));
        computed(1 + flows.len());
        last = Some((scale, trajectory));
    }
    Ok(vec![
        loss_panel(&clock, &exact.collect::<Vec<f64>>(), flows),
        exponents(instance, &sequence, &clock, last.as_ref()),
    ])
}

fn run(
    instance: &ReluInstance,
    scale: LogInverseScale,
    clock: &Clock,
) -> Result<ReluTrajectory, ReportError> {
    let problem = relu_problem(instance, scale).map_err(|error| ReportError::Conversion {
        reason: error.to_string(),
    })?;
    let simulation = ReluSimulation {
        tolerance: TOLERANCE,
        sample_times: clock.flow_times(scale),
        ..ReluSimulation::new(StopRule::Time(clock.end * scale.get()))
    };
    let trajectory = simulate(&problem, &simulation).map_err(|source| ReportError::Flow {
        log_inverse_scale: scale.get(),
        source,
    })?;
    guard(scale, trajectory.guards.loss_increase)?;
    Ok(trajectory)
}

fn exponents(
    instance: &ReluInstance,
    sequence: &ReluSequence,
    clock: &Clock,
    simulated: Option<&(LogInverseScale, ReluTrajectory)>,
) -> Panel {
    let winners: Vec<(usize, usize)> = sequence
        .jumps()
        .iter()
        .enumerate()
        .flat_map(|(index, jump)| jump.winner.neurons().iter().map(move |&j| (j, index)))
        .collect();
    let mut series = vec![];
    for (neuron, jump) in drawn_paths(instance.width(), &winners) {
        let (ink, is_named) = path_ink(jump);
        let start = (0.0, instance.exponent(neuron).to_f64());
        let corners = clock.jumps.iter().zip(sequence.jumps());
        let corners = corners.map(|(&time, jump)| (time, jump.exponents[neuron].to_f64()));
        let mut points: Vec<(f64, f64)> = std::iter::once(start).chain(corners).collect();
        // After the last jump nothing pushes the neurons that are left.
        points.extend(points.last().map(|&(_, exponent)| (clock.end, exponent)));
        let label = match jump {
            Some(jump) => format!("neuron {neuron} wins jump {jump}"),
            None => format!("neuron {neuron}, never jumps"),
        };
        let mark = if jump.is_some() {
            Mark::Line
        } else {
            Mark::Thin
        };
        let exact = Series::new(label, ink, mark, clock.linear_path(&points));
        series.push(if is_named { exact } else { exact.unnamed() });
        if let Some((scale, trajectory)) = simulated {
            let points = trajectory.samples.iter().step_by(12).map(|sample| {
                let exponent = -sample.log_outputs[neuron] / scale.get();
                (sample.time / scale.get(), exponent)
            });
            let label = format!("neuron {neuron}, flow at Λ = {}", scale.get());
            series.push(Series::new(label, ink, Mark::Points, points.collect()).unnamed());
        }
    }
    let title = match simulated {
        Some((scale, _)) => format!(
            "Race of the neurons: lines exact, points flow at Λ = {}",
            scale.get()
        ),
        None => "Race of the neurons".to_owned(),
    };
    clock.panel(title, Axis::linear("exponent −ln|aⱼ|/Λ; 0: active"), series)
}
