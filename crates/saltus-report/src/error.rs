//! What can keep a picture from being drawn.

use saltus_data::DataError;
use saltus_dynamics::diagonal::descent::{DescentError, RegularisedError};
use saltus_dynamics::diagonal::flow::{FlowProblemError, SimulationError};
use saltus_dynamics::integrate::FlowError;
use saltus_jump::JumpError;
use saltus_problem::ProblemError;
use saltus_sweep::interpolation::InterpolationError;
use saltus_sweep::process::ProcessError;

/// Why there is no picture.
///
/// It prints, for example, `the shipped instance relu-cayley is missing`.
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
    /// A shipped instance that a figure needs is not there, or of another system.
    #[error("the shipped instance {name} is missing")]
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// An embedded file cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Data of a descent that make no sense.
    #[error(transparent)]
    Regression(#[from] saltus_dynamics::diagonal::ProblemError),
    /// Data of a flow that make no sense.
    #[error(transparent)]
    FlowProblem(#[from] FlowProblemError),
    /// Settings of a descent.
    #[error(transparent)]
    Descent(#[from] DescentError),
    /// The end of the gradient flow, by the regularised problem.
    #[error("the end of the gradient flow: {0}")]
    Regularised(#[from] RegularisedError),
    /// A probability of interpolating.
    #[error(transparent)]
    Probability(#[from] InterpolationError),
    /// The process on a random instance.
    #[error(transparent)]
    Process(#[from] ProcessError),
}
