//! What can keep a picture from being drawn.

use saltus_dynamics::diagonal::flow::SimulationError;
use saltus_dynamics::integrate::FlowError;
use saltus_jump::JumpError;
use saltus_problem::ProblemError;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The drawing library refuses.
    #[error("the picture cannot be drawn: {reason}")]
    Drawing {
        /// What it says.
        reason: String,
    },
    /// The CSV writer refuses.
    #[error("the data of the picture cannot be written: {0}")]
    Table(#[from] csv::Error),
    /// The jump process could not be decided.
    #[error(transparent)]
    Jump(#[from] JumpError),
    /// The instance has no counterpart in doubles.
    #[error("the instance cannot be simulated: {reason}")]
    Conversion {
        /// Why.
        reason: String,
    },
    /// The last jump lies beyond the range of doubles.
    #[error("the last jump, at rescaled time {0}, lies beyond the range of doubles")]
    Time(f64),
    /// A value out of range.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A flow could not be followed.
    #[error("log inverse scale {log_inverse_scale}: {source}")]
    Flow {
        /// `Λ`.
        log_inverse_scale: f64,
        /// Why.
        source: FlowError,
    },
    /// A flow of a diagonal network could not be followed.
    #[error("log inverse scale {log_inverse_scale}: {source}")]
    DiagonalFlow {
        /// `Λ`.
        log_inverse_scale: f64,
        /// Why.
        source: SimulationError,
    },
    /// An integration broke a guard.
    #[error(
        "log inverse scale {log_inverse_scale}: the integration is broken: the loss rises by {found:.1e}, expected at most {bound:.1e}"
    )]
    Guard {
        /// `Λ`.
        log_inverse_scale: f64,
        /// The increase found.
        found: f64,
        /// The largest that rounding explains.
        bound: f64,
    },
}
