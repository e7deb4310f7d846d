//! An instance of either system.

use crate::{DiagonalInstance, ReluInstance};

/// An instance of either system, as an instance file describes it.
///
/// The TOML key `system` decides: `"relu-orthogonal"` gives `Instance::Relu`, and `"diagonal-linear"` gives `Instance::Diagonal`.
#[derive(Clone, Debug, PartialEq)]
pub enum Instance {
    /// A two-layer ReLU network on orthogonal data.
    Relu(ReluInstance),
    /// A diagonal linear network.
    Diagonal(DiagonalInstance),
}

impl Instance {
    /// The name given by the instance file: its TOML key `name`, or else the stem of its file name, `noisy` for `noisy.toml`.
    pub fn name(&self) -> &str {
        match self {
            Instance::Relu(instance) => instance.name(),
            Instance::Diagonal(instance) => instance.name(),
        }
    }

    /// The word for the system in instance files and answers: `relu-orthogonal` or `diagonal-linear`.
    pub fn system(&self) -> &'static str {
        match self {
            Instance::Relu(_) => "relu-orthogonal",
            Instance::Diagonal(_) => "diagonal-linear",
        }
    }
}
