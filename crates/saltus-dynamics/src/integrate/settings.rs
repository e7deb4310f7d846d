//! What the driver is asked for, and what it reports.

use super::error::FlowError;
use super::method::Method;

/// What to integrate, and how: `FlowSettings { sample_times: vec![1.0, 2.0], ..FlowSettings::new(1e-10, 5.0) }`
/// integrates from `t = 0` to `t = 5` and makes steps end at 1 and at 2.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowSettings {
    /// The admissible local error of a component of size 1, per step.
    pub tolerance: f64,
    /// The one-step method.
    pub method: Method,
    /// The time of the system's committed state.
    pub start: f64,
    /// The time to integrate to; may be infinite if the visitor stops the integration.
    pub end: f64,
    /// Times, strictly increasing and not before `start`, at which a step is made to end. Those after `end` are not reached.
    pub sample_times: Vec<f64>,
    /// The time from which each observable is looked at; observables beyond the list's length are looked at from `start`.
    pub arm_times: Vec<f64>,
    /// Most attempted steps.
    pub step_limit: usize,
}

impl FlowSettings {
    /// Settings from time 0 to `end` with the default method, no samples and a limit of a million attempted steps.
    pub fn new(tolerance: f64, end: f64) -> Self {
        FlowSettings {
            tolerance,
            method: Method::default(),
            start: 0.0,
            end,
            sample_times: Vec::new(),
            arm_times: Vec::new(),
            step_limit: 1_000_000,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), FlowError> {
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            return Err(FlowError::Tolerance {
                tolerance: self.tolerance,
            });
        }
        if !(self.start.is_finite() && self.end >= self.start) {
            return Err(FlowError::End {
                start: self.start,
                end: self.end,
            });
        }
        let mut previous = f64::NEG_INFINITY;
        for (index, &time) in self.sample_times.iter().enumerate() {
            if !(time.is_finite() && time >= self.start && time > previous) {
                return Err(FlowError::SampleTime { index, time });
            }
            previous = time;
        }
        Ok(())
    }
}

/// Counters of one integration; `accepted + rejected` is at most [`FlowSettings::step_limit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowStatistics {
    /// Steps that advanced the state.
    pub accepted: usize,
    /// Attempts whose error or Newton iteration asked for a shorter step.
    pub rejected: usize,
    /// Attempts made to locate events and crossings.
    pub relocations: usize,
    /// Evaluations of the right-hand side.
    pub rhs_calls: usize,
    /// Factorisations, real or complex.
    pub factorisations: usize,
    /// Components switched by events.
    pub events: usize,
}

/// The moment at which a visitor sees the committed system: after every accepted step, and at samples that lie at the
/// start. With `sample_times: vec![1.0, 2.0]`, the step that ends at 2 is seen with `time: 2.0` and `sample: Some(1)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Flow time `t`.
    pub time: f64,
    /// The position in [`FlowSettings::sample_times`] if this is a sample.
    pub sample: Option<usize>,
    /// Whether every observable has met its crossing; true if there is no observable.
    pub all_crossed: bool,
}

/// What an integration that came to its end found; `crossing_times: vec![Some(1.5), None]` says that the first of two
/// observables became `≥ 0` at `t = 1.5` and the second was not seen to.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowReport {
    /// Flow time `t` at the end.
    pub end: f64,
    /// For each observable the first time, from its arm time on, at which it is `≥ 0`; `None` if that was not seen.
    pub crossing_times: Vec<Option<f64>>,
    /// Counters.
    pub statistics: FlowStatistics,
}
