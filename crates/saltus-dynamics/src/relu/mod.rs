//! Two-layer ReLU networks on orthogonal data: the gradient flow at any initial scale, and plain gradient descent.

mod courses;
mod descent;
mod free;
mod guard;
mod passive;
mod problem;
mod simulate;
mod solve;
mod stages;
mod state;

pub use descent::{DenseNetwork, DescentError, DescentSample, DescentTrajectory, ReluDescent};
pub use guard::balance_drift;
pub use problem::{ReluProblem, ReluProblemError};
pub use simulate::{
    ReluGuards, ReluSample, ReluSimulation, ReluTrajectory, StopRule, simulate, simulate_unless,
};
