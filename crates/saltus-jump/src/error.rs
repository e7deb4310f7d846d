//! Why a prediction can stop without an answer.

/// The process could not be continued, as in `jump 3: the computed sequence is inconsistent: losses strictly decrease`.
/// Every variant that decides on one jump names it (0-based).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JumpError {
    /// Two candidates for the same jump could be neither separated by enclosures nor proved equal within the stated limits.
    #[error(
        "jump {jump}: neurons {first} and {second} could not be separated with {precision} bits, \
         and an exact comparison would expand more than {max_terms} square roots"
    )]
    Unseparated {
        /// Index of the jump that is being decided.
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
    /// The sequence as computed breaks one of its laws: a defect of the predictor, reported instead of an answer.
    #[error("jump {jump}: the computed sequence is inconsistent: {law}")]
    BrokenLaw {
        /// Index of the offending jump.
        jump: usize,
        /// The law that does not hold.
        law: &'static str,
    },
    /// More jumps than the limit allows.
    #[error("the process has more than {limit} jumps")]
    TooManyJumps {
        /// The limit that was reached.
        limit: usize,
    },
}
