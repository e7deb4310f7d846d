//! The predictor: the jump process that gradient flow follows in the limit of vanishing initialisation, in exact arithmetic.
//!
//! Two systems, one module each: [`relu`] (two-layer ReLU networks on orthogonal data) and [`diagonal`] (diagonal linear
//! networks). Both return a sequence of jumps between saddles with exact times, losses and parameters, and a report of the
//! hypotheses under which the limit is determined. No float decides anything in the exact processes. [`diagonal::predict_by_enclosures`]
//! uses doubles, with rigorous bounds of their errors; what it decides is a proposal to [`diagonal::predict`], which confirms it in
//! integers. A tie is reported, never broken.

pub mod diagonal;
pub mod hypothesis;
pub mod relu;

mod error;

pub use error::JumpError;
pub use hypothesis::Hypothesis;
