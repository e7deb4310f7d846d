//! The limiting jump process on orthonormal inputs at scale: sets as bits, integer weights, decisions by enclosures.
//!
//! It is the process of `saltus_jump::relu` for unit norms and equal exponents, without what only small instances need:
//! a set is one bit a point and neuron, squared rates are integers over one denominator, and each point is taken off the rates once, when
//! it is fitted. The memory is `⌈m/64⌉` words and one label a point.

mod jumps;
mod race;
mod sets;

pub use jumps::{Jump, Jumps, jumps_of};
pub use sets::{ActiveSets, MAX_SET_BYTES};

/// Why a process has no answer.
///
/// It prints, for example, `found 0 points and 3 neurons, expected at least one of each`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// No points, or no neurons.
    #[error("found {points} points and {width} neurons, expected at least one of each")]
    Empty {
        /// The number of points.
        points: usize,
        /// The number of neurons.
        width: usize,
    },
    /// The sets do not fit into the memory limit.
    #[error(
        "the active sets of {width} neurons on {points} points need more than {MAX_SET_BYTES} bytes"
    )]
    TooLarge {
        /// The number of points.
        points: usize,
        /// The number of neurons.
        width: usize,
    },
    /// Two neurons could be neither separated by enclosures nor compared exactly within the limits.
    #[error(
        "jump {jump}: neurons {first} and {second} could not be separated with {precision} bits, \
         and an exact comparison would expand more than {max_terms} square roots"
    )]
    Unseparated {
        /// The jump (0-based) that is being decided.
        jump: usize,
        /// One of the two neurons.
        first: usize,
        /// The other neuron.
        second: usize,
        /// Precision of the last enclosures, in bits.
        precision: u32,
        /// Largest number of square roots that an exact comparison may expand.
        max_terms: usize,
    },
}
