//! The limiting jump process of a two-layer ReLU network on orthogonal data under gradient flow, as `λ → 0`.
//!
//! The shape of the claim is that of arXiv 2605.27097; the formulas are derived here. Neuron j has size `λ^{e_j}`, with
//! `e_j(0) = k_j`. Its *active set* is `A_j = {i : ⟨ŵ_j, x_i⟩ > 0, σ_j y_i > 0}`, its *rate* with the fitted points S is
//! `ρ_j(S) = √(Σ_{i ∈ A_j∖S} D_i²)`, with *pushes* `D_i = |y_i| ‖x_i‖ / n`. In rescaled time `τ = t/Λ` every exponent falls at
//! its rate; the neuron that reaches 0 first jumps and fits `A_j∖S`.

mod norm;
mod process;
mod pushes;
mod race;
mod sequence;
mod time;

pub use process::predict;
pub use sequence::{JumpedNeuron, ReluJump, ReluSequence, RunnerUp, Winner};
pub use time::JumpTime;
