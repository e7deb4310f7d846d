//! Simulating the gradient flow of a ReLU network at one initial scale.

use std::ops::ControlFlow;

use ndarray::Array2;

use super::free::advance_free;
use super::guard::{nan_max, relative_drift};
use super::problem::ReluProblem;
use super::state::ReluState;
use crate::integrate::{FlowError, FlowSettings, FlowStatistics, Method, integrate};

/// When a simulation ends: `StopRule::Time(1100.0)` at `t = 1100`, `StopRule::Fitted(1e-6)` once
/// `|y_i − f(x_i)| ≤ 1e-6` wherever that can be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StopRule {
    /// At this flow time `t`.
    Time(f64),
    /// As soon as the samples are taken and every point that can still be fitted has `|y_i − f(x_i)|` at most this. A point can be fitted
    /// if its label is 0 or a neuron with the sign of its label has an alive entry on it.
    Fitted(f64),
}

/// How to simulate: `ReluSimulation { sample_times: vec![500.0], ..ReluSimulation::new(StopRule::Time(1100.0)) }` runs
/// from `t = 0` to `t = 1100` and records the network at `t = 500`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluSimulation {
    /// The admissible local error per step of `v_ji` and `ln|a_j|`.
    pub tolerance: f64,
    /// The one-step method.
    pub method: Method,
    /// When to end.
    pub until: StopRule,
    /// Flow times `t ≥ 0` at which to record the network, strictly increasing.
    pub sample_times: Vec<f64>,
    /// Whether samples record every cosine (m×n numbers each).
    pub record_cosines: bool,
    /// Most attempted steps.
    pub step_limit: usize,
}

impl ReluSimulation {
    /// A simulation without samples, at the tolerance `1e-10`, for which half-fit times are accurate to about 1e-11.
    pub fn new(until: StopRule) -> Self {
        ReluSimulation {
            tolerance: 1e-10,
            method: Method::default(),
            until,
            sample_times: Vec::new(),
            record_cosines: false,
            step_limit: 1_000_000,
        }
    }
}

/// The network at one time: `⟨w_j, x_i⟩ = v_ji ‖x_i‖ |a_j|`, so `log_outputs` and `cosines` give the weights back up to
/// what is orthogonal to all inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluSample {
    /// Flow time `t`.
    pub time: f64,
    /// `1/(2n) Σ_i (f(x_i) − y_i)²`.
    pub loss: f64,
    /// `f(x_i)`, length n.
    pub outputs: Vec<f64>,
    /// `ln|a_j|`, length m.
    pub log_outputs: Vec<f64>,
    /// `v_ji = ⟨w_j, x_i⟩ / (‖x_i‖ |a_j|)`, m×n, if asked for. Entries that died are 0, entries that never were alive are `≤ 0`.
    pub cosines: Option<Array2<f64>>,
}

/// Signs of a broken integration: the largest `(√L_{k+1} − √L_k)/√L_0` over accepted steps k, and the largest drift of
/// `a_j² − ‖w_j‖²`; both are of the size of the tolerance when all is well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReluGuards {
    /// The largest increase of `√loss` between accepted steps, as a fraction of `√loss` at the start.
    pub loss_increase: f64,
    /// The largest drift of a conserved `a_j² − ‖w_j‖²`, as in [`balance_drift`](super::balance_drift).
    pub balance_drift: f64,
}

/// What a simulation found.
///
/// For one aligned neuron of size `λ = e^−1000` and one point of norm 1 with label 1, `half_fit_times` is about
/// `[Some(1000.0)]`, and `squared_norm` tends to 2.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluTrajectory {
    /// One record per sample time reached.
    pub samples: Vec<ReluSample>,
    /// The network at the end, always with its cosines.
    pub end: ReluSample,
    /// For each point the first `t` with `f(x_i)/y_i ≥ ½`; `None` if that was not seen or `y_i = 0`.
    pub half_fit_times: Vec<Option<f64>>,
    /// `‖θ‖² = Σ_j a_j² + ‖w_j‖²` at the end, including what is orthogonal to all inputs.
    pub squared_norm: f64,
    /// Signs of a broken integration.
    pub guards: ReluGuards,
    /// Counters; `events` includes the entries that died in the closed-form start.
    pub statistics: FlowStatistics,
}

/// Simulates the flow from initialisation.
///
/// While all outputs are negligible the flow is taken in closed form, then integrated.
///
/// ```
/// use ndarray::array;
/// use saltus_dynamics::relu::{ReluProblem, ReluSimulation, StopRule, simulate};
///
/// // One point of norm 1 with label 1, one aligned neuron: λ = e^−Λ at Λ = 1000, where no double holds λ.
/// let scale = 1000.0;
/// let problem = ReluProblem::new(vec![1.0], vec![1.0], vec![1.0], vec![-scale], array![[1.0]], vec![1.0])?;
/// let run = simulate(&problem, &ReluSimulation::new(StopRule::Time(1.1 * scale)))?;
///
/// // Its rate is 1, so it jumps at about t = Λ, and ends with a² = ‖w‖² = 1.
/// let half_fit = run.half_fit_times[0].expect("the point is fitted");
/// assert!((half_fit / scale - 1.0).abs() < 1e-9);
/// assert!((run.squared_norm - 2.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Invalid settings, or an integration that could not be carried to its end; see [`FlowError`].
pub fn simulate(
    problem: &ReluProblem,
    simulation: &ReluSimulation,
) -> Result<ReluTrajectory, FlowError> {
    simulate_unless(problem, simulation, &|| false)
}

/// As [`simulate`], but gives up with [`FlowError::Cancelled`] once `cancelled`, which is polled before every step, returns true.
///
/// # Errors
/// As [`simulate`], and a cancellation.
pub fn simulate_unless(
    problem: &ReluProblem,
    simulation: &ReluSimulation,
    cancelled: &dyn Fn() -> bool,
) -> Result<ReluTrajectory, FlowError> {
    let (end, fitted) = match simulation.until {
        StopRule::Time(time) => (time, None),
        StopRule::Fitted(bound) => (f64::INFINITY, Some(bound)),
    };
    let mut settings = FlowSettings {
        method: simulation.method,
        sample_times: simulation.sample_times.clone(),
        step_limit: simulation.step_limit,
        ..FlowSettings::new(simulation.tolerance, end)
    };
    settings.validate()?;
    if let Some(bound) = fitted.filter(|bound| !(bound.is_finite() && *bound > 0.0)) {
        return Err(FlowError::StopBound { bound });
    }

    let mut state = ReluState::new(problem);
    let mut recorder = Recorder::new(problem, &state, simulation.record_cosines);
    let mut freely_dead = 0;
    let mut time = 0.0;
    let mut at_start = 0;
    for &limit in simulation
        .sample_times
        .iter()
        .filter(|&&sample| sample < end)
        .chain([&end])
    {
        let (reached, died) = advance_free(&mut state, problem, time, limit);
        freely_dead += died;
        time = reached;
        if reached < limit {
            break;
        }
        if at_start < simulation.sample_times.len() && simulation.sample_times[at_start] == limit {
            recorder.sample(&state, limit);
            at_start += 1;
        }
    }
    if simulation.method == Method::Radau9 {
        state.separate_passive(simulation.tolerance);
    }
    settings.start = time;
    settings.sample_times.drain(..at_start);

    let may_stop = |state: &ReluState, samples: usize| match fitted {
        Some(bound) => samples == simulation.sample_times.len() && state.is_fitted(bound),
        None => false,
    };
    recorder.check(&state);
    if may_stop(&state, recorder.samples.len()) {
        settings.end = time;
    }
    let report = integrate(&mut state, &settings, cancelled, &mut |state, moment| {
        recorder.check(state);
        if moment.sample.is_some() {
            recorder.sample(state, moment.time);
        }
        if may_stop(state, recorder.samples.len()) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    let mut statistics = report.statistics;
    statistics.events += freely_dead + state.passive_deaths();
    recorder.record_cosines = true;
    let end = recorder.record(&state, report.end);
    Ok(ReluTrajectory {
        samples: recorder.samples,
        end,
        half_fit_times: report.crossing_times,
        squared_norm: squared_norm(problem, &state),
        guards: recorder.guards,
        statistics,
    })
}

/// `Σ_j a_j² + ‖w_j‖²`, by the conservation of `a_j² − ‖w_j‖²`.
fn squared_norm(problem: &ReluProblem, state: &ReluState) -> f64 {
    let twice_outputs: f64 = state
        .log_outputs()
        .iter()
        .map(|log| 2.0 * (2.0 * log).exp())
        .sum();
    let initial = problem
        .log_outputs()
        .iter()
        .zip(problem.hidden_squared_norms());
    twice_outputs
        - initial
            .map(|(log, hidden)| (2.0 * log).exp() * (1.0 - hidden))
            .sum::<f64>()
}

struct Recorder<'a> {
    problem: &'a ReluProblem,
    record_cosines: bool,
    samples: Vec<ReluSample>,
    guards: ReluGuards,
    root_loss: f64,
    initial_root_loss: f64,
    /// `Σ_i v_ji(0)²` over the entries that never were alive.
    dead_squares: Vec<f64>,
    /// `1 − Σ_i v_ji(0)²`.
    initial_deficits: Vec<f64>,
}

impl<'a> Recorder<'a> {
    fn new(problem: &'a ReluProblem, state: &ReluState, record_cosines: bool) -> Self {
        let rows = || problem.cosines().rows().into_iter();
        let root_loss = state.loss().sqrt();
        Recorder {
            problem,
            record_cosines,
            samples: Vec::new(),
            guards: ReluGuards {
                loss_increase: 0.0,
                balance_drift: 0.0,
            },
            root_loss,
            initial_root_loss: root_loss,
            dead_squares: rows()
                .map(|row| row.iter().filter(|&&v| v < 0.0).map(|v| v * v).sum())
                .collect(),
            initial_deficits: rows()
                .map(|row| 1.0 - row.iter().map(|v| v * v).sum::<f64>())
                .collect(),
        }
    }

    fn record(&self, state: &ReluState, time: f64) -> ReluSample {
        ReluSample {
            time,
            loss: state.loss(),
            outputs: state.outputs(),
            log_outputs: state.log_outputs(),
            cosines: self.record_cosines.then(|| state.all_cosines(self.problem)),
        }
    }

    fn sample(&mut self, state: &ReluState, time: f64) {
        let sample = self.record(state, time);
        self.samples.push(sample);
    }

    fn check(&mut self, state: &ReluState) {
        let root_loss = state.loss().sqrt();
        if self.initial_root_loss > 0.0 {
            let increase = (root_loss - self.root_loss) / self.initial_root_loss;
            self.guards.loss_increase = nan_max(self.guards.loss_increase, increase);
        }
        self.root_loss = root_loss;
        for j in 0..state.neuron_count() {
            let original = state.original(j);
            let growth = state.log_growth(j);
            let alive: f64 = state
                .entries(j)
                .map(|e| state.cosines[e] * state.cosines[e])
                .sum();
            let initial = self.initial_deficits[original];
            let drift = if growth >= 0.0 {
                relative_drift(
                    growth,
                    1.0 - alive - self.dead_squares[original] * (-2.0 * growth).exp(),
                    initial,
                )
            } else {
                // The frozen part of `w` is constant: it is taken to the other side, where it cannot overflow.
                relative_drift(growth, 1.0 - alive, initial + self.dead_squares[original])
            };
            self.guards.balance_drift = nan_max(self.guards.balance_drift, drift);
        }
    }
}
