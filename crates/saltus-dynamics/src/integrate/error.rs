//! Why an integration stopped before its end.

use thiserror::Error;

/// An integration that could not be carried to its end. Every variant but the ones on settings carries the flow time `t` reached.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum FlowError {
    /// The tolerance is not a positive finite number.
    #[error("the tolerance must be positive and finite, found {tolerance}")]
    Tolerance {
        /// The value given.
        tolerance: f64,
    },
    /// The end of the integration is NaN or lies before its start.
    #[error("the end of the integration must be a time not before its start {start}, found {end}")]
    End {
        /// The start time.
        start: f64,
        /// The value given.
        end: f64,
    },
    /// The sample times are not an increasing list of times not before the start.
    #[error(
        "sample time {index} is {time}: sample times must increase and not lie before the start"
    )]
    SampleTime {
        /// Position in the list.
        index: usize,
        /// The value given.
        time: f64,
    },
    /// The residual bound of a stop rule is not positive and finite.
    #[error("the residual bound of a stop rule must be positive and finite, found {bound}")]
    StopBound {
        /// The value given.
        bound: f64,
    },
    /// The steps grew beyond all bounds: nothing changes any more, and no end was set.
    #[error("the flow came to rest by t = {time:.6e} without meeting its stop rule")]
    AtRest {
        /// Flow time reached.
        time: f64,
    },
    /// More step attempts than allowed.
    #[error("the limit of {limit} step attempts was reached at t = {time:.6e}")]
    StepLimit {
        /// Flow time reached.
        time: f64,
        /// The limit.
        limit: usize,
    },
    /// Step control asks for steps that no longer change the time or the state.
    #[error("the step shrank to {step:.3e} at t = {time:.6e}")]
    StepTooSmall {
        /// Flow time reached.
        time: f64,
        /// The last step tried.
        step: f64,
    },
    /// The right-hand side is not finite at an accepted state.
    #[error("the right-hand side is not finite at t = {time:.6e}")]
    NotFinite {
        /// Flow time reached.
        time: f64,
    },
    /// The caller asked to stop.
    #[error("cancelled at t = {time:.6e}")]
    Cancelled {
        /// Flow time reached.
        time: f64,
    },
}
