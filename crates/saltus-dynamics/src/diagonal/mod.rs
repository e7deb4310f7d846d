//! Diagonal linear networks: gradient descent, its stochastic kind, and the gradient flow at any initial scale.

pub mod descent;
pub mod flow;
mod lanes;
mod problem;

pub use problem::{DiagonalProblem, ProblemError};
