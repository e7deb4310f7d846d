//! The limiting jump process of diagonal linear networks `β = u ⊙ v` under gradient flow, as `α → 0`
//! (arXiv 2304.00488, Algorithm 1): all rational for rational data.
//!
//! The dual variable `s(t) = −∫ ∇L(β)` moves linearly while β rests at a saddle; when a coordinate with
//! `∇_i L(β) ≠ 0` meets `±k_i`, β jumps to the least-squares fit under the sign constraints that s now prescribes.

mod digits;
mod dual;
mod elimination;
mod enclosure;
mod factor;
mod fit;
mod guided;
mod process;
mod sequence;
mod uniqueness;

pub use enclosure::{CertifiedJump, CertifiedSequence, predict_by_enclosures};
pub use process::{dual_variables, predict, predict_with_progress};
pub use sequence::{DiagonalJump, DiagonalSequence, DualPoint};
