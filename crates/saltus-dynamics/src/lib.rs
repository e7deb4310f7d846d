//! The float leg: the training dynamics in `f64`, at any initial scale.
//!
//! Nothing here knows the limiting jump process: the flows are integrated from their initial values, and another crate compares.
//! - [`integrate`]: implicit one-step methods, event location and step control, for both flows;
//! - [`relu`]: two-layer ReLU networks on orthogonal data, as a gradient flow and as plain gradient descent;
//! - [`diagonal`]: diagonal linear networks.

pub mod diagonal;
pub mod integrate;
mod lanes;
pub mod relu;
