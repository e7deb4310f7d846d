//! Running the flow: samples, crossings, stop rules and guards.

use super::problem::DiagonalFlowProblem;
use super::system::{DualFlow, Observer};
use crate::integrate::{FlowError, FlowSettings, FlowStatistics, Method, integrate};
use std::ops::ControlFlow;

/// When to stop, besides the crossings: `StopRule::Gradient { gradient: 1e-12, latest: 1e4 }` stops after the first
/// accepted step with `max_i |∇_i L| ≤ 1e-12`, or at `t = 1e4`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StopRule {
    /// At this flow time.
    Time(f64),
    /// Once every component of ∇L is at most `gradient` in size, and at flow time `latest` at the latest.
    Gradient {
        /// Largest component allowed.
        gradient: f64,
        /// Flow time.
        latest: f64,
    },
    /// Once every observer has seen its crossing, and at flow time `latest` at the latest.
    Crossings {
        /// Flow time.
        latest: f64,
    },
}

/// How to run the flow:
/// `DiagonalSimulation { sample_times: vec![90.0], ..DiagonalSimulation::until(StopRule::Time(120.0)) }` runs from
/// `t = 0` to `t = 120` and records the state at `t = 90`.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalSimulation {
    /// Tolerance of one step on every component of the dual variable.
    pub tolerance: f64,
    /// One-step method.
    pub method: Method,
    /// Where to stop.
    pub stop: StopRule,
    /// Flow times t at which to record the state; strictly increasing, not negative.
    pub sample_times: Vec<f64>,
    /// Crossings to look for.
    pub observers: Vec<Observer>,
    /// Largest number of attempted steps.
    pub step_limit: usize,
}

impl DiagonalSimulation {
    /// Tolerance `1e-10` by the default method, no samples and no observers, at most `1_000_000` attempted steps.
    pub fn until(stop: StopRule) -> Self {
        Self {
            tolerance: 1e-10,
            method: Method::default(),
            stop,
            sample_times: Vec::new(),
            observers: Vec::new(),
            step_limit: 1_000_000,
        }
    }
}

/// The state at one time: `β_i = e^{−2 s_i} sinh(2 G_i)` with the log inverse scales `s_i`, so `β = G = 0` at `t = 0`.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalSample {
    /// Flow time t.
    pub time: f64,
    /// `L(β) = 1/(2n) ‖Xβ − y‖²`, relatively accurate on every plateau down to 1e-56 of the first loss. Where nothing is left
    /// to fit, it decays like the true one at first but more slowly once it is below the tolerance: it is then only small.
    pub loss: f64,
    /// Largest component of ∇L.
    pub gradient: f64,
    /// Predictor β (d).
    pub beta: Vec<f64>,
    /// Dual variable G (d); G/Λ tends to the limit process's dual variable.
    pub dual: Vec<f64>,
}

/// A finished run: `crossing_times: vec![Some(30.0), None]` says that the first observer saw its crossing at `t = 30`
/// and the second saw none.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalTrajectory {
    /// One per sample time that was reached, in order.
    pub samples: Vec<DiagonalSample>,
    /// The last state.
    pub end: DiagonalSample,
    /// Per observer, the first crossing at or after its `not_before`; `None` if there was none.
    pub crossing_times: Vec<Option<f64>>,
    /// Guard: largest `(L_{k+1} − L_k)/L_k` over accepted steps, 0 for a loss that never rose. A sound integration stays
    /// near 1e-14. Losses below 1e-56 of the first one are rounding of double-double residuals and do not count.
    pub max_loss_increase: f64,
    /// Work done.
    pub statistics: FlowStatistics,
}

/// Why there is no trajectory, such as `observer 0 watches coordinate 1 of 1 for level 0.5 from time 0`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SimulationError {
    /// An observer of a coordinate that is not there, or of a level that is 0 or not finite, or from a time that is not a number.
    #[error(
        "observer {index} watches coordinate {coordinate} of {dimension} for level {level} from time {not_before}"
    )]
    Observer {
        /// Place in the list.
        index: usize,
        /// As given.
        coordinate: usize,
        /// Number of coordinates.
        dimension: usize,
        /// As given.
        level: f64,
        /// As given.
        not_before: f64,
    },
    /// The integration itself.
    #[error(transparent)]
    Flow(#[from] FlowError),
}

/// Integrates the gradient flow from `G = 0`.
///
/// `cancelled` is polled before every step.
///
/// ```
/// use ndarray::array;
/// use saltus_dynamics::diagonal::flow::{DiagonalFlowProblem, DiagonalSimulation, StopRule, simulate};
///
/// // One sample, one coordinate, label 1, from α = e^−100: β jumps from 0 to 1 at about t = 100.
/// let problem = DiagonalFlowProblem::new(&array![[1.0]], vec![1.0], vec![100.0])?;
/// let simulation = DiagonalSimulation {
///     sample_times: vec![90.0],
///     ..DiagonalSimulation::until(StopRule::Time(120.0))
/// };
/// let run = simulate(&problem, &simulation, &|| false)?;
/// assert!(run.samples[0].beta[0] < 1e-8);
/// assert!((run.end.beta[0] - 1.0).abs() < 1e-8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SimulationError`] for settings that make no sense, for a run beyond its limits, and for a cancelled run.
pub fn simulate(
    problem: &DiagonalFlowProblem,
    simulation: &DiagonalSimulation,
    cancelled: &dyn Fn() -> bool,
) -> Result<DiagonalTrajectory, SimulationError> {
    let dimension = problem.dimension();
    for (index, observer) in simulation.observers.iter().enumerate() {
        let Observer {
            coordinate,
            level,
            not_before,
            ..
        } = *observer;
        if coordinate >= dimension || !level.is_finite() || level == 0.0 || not_before.is_nan() {
            return Err(SimulationError::Observer {
                index,
                coordinate,
                dimension,
                level,
                not_before,
            });
        }
    }
    let end = match simulation.stop {
        StopRule::Time(time) => time,
        StopRule::Gradient { latest, .. } | StopRule::Crossings { latest } => latest,
    };
    let settings = FlowSettings {
        method: simulation.method,
        sample_times: simulation.sample_times.clone(),
        arm_times: simulation
            .observers
            .iter()
            .map(|observer| observer.not_before)
            .collect(),
        step_limit: simulation.step_limit,
        ..FlowSettings::new(simulation.tolerance, end)
    };
    let mut flow = DualFlow::new(problem, &simulation.observers);
    let mut samples = Vec::with_capacity(simulation.sample_times.len());
    let mut guard = LossGuard::new(flow.loss());
    let mut pending: Vec<usize> = (0..simulation.observers.len()).collect();
    let report = integrate(&mut flow, &settings, cancelled, &mut |flow, moment| {
        guard.see(flow.loss());
        pending.retain(|&k| {
            moment.time < simulation.observers[k].not_before || flow.excess_now(k) < 0.0
        });
        if moment.sample.is_some() {
            samples.push(sample(flow, moment.time));
        }
        let done = match simulation.stop {
            StopRule::Time(_) => false,
            StopRule::Gradient { gradient, .. } => flow.gradient_size() <= gradient,
            StopRule::Crossings { .. } => pending.is_empty(),
        };
        if done {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(DiagonalTrajectory {
        samples,
        end: sample(&flow, report.end),
        crossing_times: report.crossing_times,
        max_loss_increase: guard.largest_increase,
        statistics: report.statistics,
    })
}

fn sample(flow: &DualFlow, time: f64) -> DiagonalSample {
    DiagonalSample {
        time,
        loss: flow.loss(),
        gradient: flow.gradient_size(),
        beta: flow.beta(),
        dual: flow.dual(),
    }
}

/// Watches that the loss never rises, as it cannot along a gradient flow.
struct LossGuard {
    previous: f64,
    floor: f64,
    largest_increase: f64,
}

impl LossGuard {
    fn new(first: f64) -> Self {
        Self {
            previous: first,
            floor: 1e-56 * first,
            largest_increase: 0.0,
        }
    }

    fn see(&mut self, loss: f64) {
        let increase = (loss - self.previous) / self.previous;
        // Written so that a NaN ends up in the figure.
        if !(loss <= self.floor || increase <= self.largest_increase) {
            self.largest_increase = increase;
        }
        self.previous = loss;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_sees_what_rises() {
        let check = |losses: &[f64], expected: f64| {
            let mut guard = LossGuard::new(losses[0]);
            losses.iter().for_each(|&loss| guard.see(loss));
            assert_eq!(
                guard.largest_increase.to_bits(),
                expected.to_bits(),
                "{losses:?}"
            );
        };
        check(&[8.0, 4.0, 4.0, 1.0], 0.0);
        check(&[8.0, 4.0, 5.0, 1.0], 0.25);
        let tiny = (-120.0_f64).exp2();
        check(&[1.0, tiny, 3.0 * tiny, 1e-40], 2.0);
        // Rounding of the double-double residual.
        check(&[1.0, 1e-60, 1e-58], 0.0);
        let mut guard = LossGuard::new(1.0);
        guard.see(f64::NAN);
        guard.see(0.5);
        assert!(guard.largest_increase.is_nan());
    }
}
