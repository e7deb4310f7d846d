//! Diagonal networks: the loss, the race of the dual variables to their bounds, and the coefficients.

use saltus_dynamics::diagonal::flow::{
    DiagonalSample, DiagonalSimulation, DiagonalTrajectory, StopRule, simulate,
};
use saltus_exact::Rational;
use saltus_jump::diagonal::{DiagonalJump, DiagonalSequence, dual_variables, predict};
use saltus_problem::{DiagonalInstance, LogInverseScale};
use saltus_verify::convert::diagonal_flow_problem;

use super::{Clock, TOLERANCE, drawn_paths, guard, loss_panel, path_ink};
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Mark, Panel, Series};
use crate::palette::Ink;

/// Three panels: losses, dual variables, coefficients; `computed` is told the number of parts that are done: the exact process and the flows.
pub(super) fn panels(
    instance: &DiagonalInstance,
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
    let loss = loss_panel(&clock, &exact.collect::<Vec<f64>>(), flows);
    let picture = Picture {
        instance,
        sequence: &sequence,
        clock: &clock,
        simulated: last.as_ref(),
    };
    Ok(vec![loss, picture.duals(), picture.coefficients()])
}

/// The first three coordinates along the flow; a missing one is 0.
pub(super) fn path(
    instance: &DiagonalInstance,
    scale: LogInverseScale,
) -> Result<Vec<[f64; 3]>, ReportError> {
    let sequence = predict(instance)?;
    let times = sequence.jumps().iter().map(|jump| jump.time.to_f64());
    let trajectory = run(instance, scale, &Clock::new(times.collect())?)?;
    let point = |sample: &DiagonalSample| {
        [0, 1, 2].map(|i| sample.beta.get(i).copied().unwrap_or_default())
    };
    Ok(trajectory.samples.iter().map(point).collect())
}

fn run(
    instance: &DiagonalInstance,
    scale: LogInverseScale,
    clock: &Clock,
) -> Result<DiagonalTrajectory, ReportError> {
    let problem =
        diagonal_flow_problem(instance, scale).map_err(|error| ReportError::Conversion {
            reason: error.to_string(),
        })?;
    let simulation = DiagonalSimulation {
        tolerance: TOLERANCE,
        sample_times: clock.flow_times(scale),
        ..DiagonalSimulation::until(StopRule::Time(clock.end * scale.get()))
    };
    let trajectory =
        simulate(&problem, &simulation, &|| false).map_err(|source| ReportError::DiagonalFlow {
            log_inverse_scale: scale.get(),
            source,
        })?;
    guard(scale, trajectory.max_loss_increase)?;
    Ok(trajectory)
}

struct Picture<'a> {
    instance: &'a DiagonalInstance,
    sequence: &'a DiagonalSequence,
    clock: &'a Clock,
    simulated: Option<&'a (LogInverseScale, DiagonalTrajectory)>,
}

impl Picture<'_> {
    /// Every coordinate whose dual variable meets a bound, with the first jump at which it does.
    fn winners(&self) -> Vec<(usize, usize)> {
        let mut winners: Vec<(usize, usize)> = vec![];
        for (index, jump) in self.sequence.jumps().iter().enumerate() {
            for &hit in &jump.hits {
                if winners.iter().all(|(winner, _)| *winner != hit) {
                    winners.push((hit, index));
                }
            }
        }
        winners
    }

    fn flow_points(
        &self,
        value: impl Fn(f64, &DiagonalSample) -> f64,
        every: usize,
    ) -> Vec<(f64, f64)> {
        let Some((scale, trajectory)) = self.simulated else {
            return vec![];
        };
        let samples = trajectory.samples.iter().step_by(every);
        samples
            .map(|sample| (sample.time / scale.get(), value(scale.get(), sample)))
            .collect()
    }

    fn at_scale(&self) -> String {
        self.simulated
            .map_or(String::new(), |(scale, _)| format!("Λ = {}", scale.get()))
    }

    fn duals(&self) -> Panel {
        let at_jumps: Vec<Vec<f64>> = dual_variables(self.instance, self.sequence)
            .iter()
            .map(|dual| dual.values().iter().map(Rational::to_f64).collect())
            .collect();
        let mut series = vec![];
        for (i, jump) in drawn_paths(self.instance.dimension(), &self.winners()) {
            let (ink, is_named) = path_ink(jump);
            let bound = self.instance.exponents()[i].to_f64();
            let corners = self.clock.jumps.iter().zip(&at_jumps);
            let corners = corners.map(|(&time, dual)| (time, dual[i] / bound));
            let mut points: Vec<(f64, f64)> = std::iter::once((0.0, 0.0)).chain(corners).collect();
            // The process has ended: no gradient moves the dual variable any more.
            points.extend(points.last().map(|&(_, dual)| (self.clock.end, dual)));
            let label = match jump {
                Some(jump) => format!("coordinate {i}, jump {jump}"),
                None => format!("coordinate {i}, meets no bound"),
            };
            let mark = if jump.is_some() {
                Mark::Line
            } else {
                Mark::Thin
            };
            let exact = Series::new(label, ink, mark, self.clock.linear_path(&points));
            series.push(if is_named { exact } else { exact.unnamed() });
            let flow = self.flow_points(|scale, sample| sample.dual[i] / (scale * bound), 12);
            let label = format!("coordinate {i}, flow at {}", self.at_scale());
            series.push(Series::new(label, ink, Mark::Points, flow).unnamed());
        }
        let title = format!(
            "Race of the dual variables: lines exact, points flow at {}",
            self.at_scale()
        );
        self.clock.panel(
            title,
            Axis::linear("dual variable sᵢ/kᵢ; ±1: bounds"),
            series,
        )
    }

    fn coefficients(&self) -> Panel {
        let mut series = vec![];
        for (i, jump) in drawn_paths(self.instance.dimension(), &self.winners()) {
            let (ink, is_named) = path_ink(jump);
            let flow = self.flow_points(|_, sample| sample.beta[i], 1);
            let label = format!("β, coordinate {i}");
            let flow = Series::new(label, ink, Mark::Line, flow);
            series.push(if is_named { flow } else { flow.unnamed() });
        }
        for (place, (i, _)) in drawn_paths(self.instance.dimension(), &self.winners())
            .into_iter()
            .filter(|(_, jump)| jump.is_some())
            .enumerate()
        {
            let value = |jump: &DiagonalJump| match jump.unique {
                true => jump.beta[i].to_f64(),
                false => f64::NAN,
            };
            let values = self.sequence.jumps().iter().map(value);
            let values: Vec<f64> = std::iter::once(0.0).chain(values).collect();
            let points = self.clock.staircase(&values);
            let exact = Series::new("limit, exact", Ink::Exact, Mark::Dashed, points);
            series.push(if place == 0 { exact } else { exact.unnamed() });
        }
        let title = format!("Coefficients: flow at {}, and its limit", self.at_scale());
        self.clock
            .panel(title, Axis::linear("coefficient βᵢ"), series)
    }
}
