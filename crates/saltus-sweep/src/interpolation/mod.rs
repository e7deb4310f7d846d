//! The probability that the limit interpolates, and what a Monte Carlo estimate says about it.
//!
//! With independent uniform signs and fair activations, given that p of the m neurons are positive, a positive point is covered with
//! probability `1 − 2^{−p}` and a negative one with probability `1 − 2^{−(m−p)}`, independently. Hence (derived here)
//! `P = Σ_p C(m,p) 2^{−m} (1−2^{−p})^{n₊} (1−2^{−(m−p)})^{n₋}`, and a point is missed with probability `(3/4)^m`, so that `P ≥ 1 − n(3/4)^m`.

mod binomial;
mod probability;
mod width;

pub use binomial::{BinomialInterval, MAX_TRIALS, clopper_pearson, upper_tail};
pub use probability::{Counts, MAX_EXACT_BITS, MAX_PROBABILITY_WIDTH, enclose, exact, union_bound};
pub use width::{LeastWidth, least_width, log_width, union_width};

use saltus_exact::Rational;

/// Why a probability has no answer.
///
/// It prints, for example, `found width 5000, expected at most 4096`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterpolationError {
    /// No points, or no neurons.
    #[error("found {points} points and {width} neurons, expected at least one of each")]
    Empty {
        /// The number of points.
        points: u64,
        /// The number of neurons.
        width: u32,
    },
    /// More neurons than the sum over their signs is written out for.
    #[error("found width {width}, expected at most {MAX_PROBABILITY_WIDTH}")]
    TooWide {
        /// The number of neurons.
        width: u32,
    },
    /// The exact fraction would be longer than the limit; an enclosure is available at any size.
    #[error("the exact probability has about {bits} bits, expected at most {MAX_EXACT_BITS}")]
    TooLong {
        /// Length of the denominator, in bits.
        bits: u64,
    },
    /// A probability of failure outside (0, 1).
    #[error(
        "found the probability of failure {found}, expected a number between 0 and 1, both excluded"
    )]
    FailureProbability {
        /// What was given.
        found: Rational,
    },
    /// More successes than trials, or more trials than the limit.
    #[error(
        "found {successes} successes in {trials} trials, expected at most as many as trials, and at most {MAX_TRIALS} trials"
    )]
    Trials {
        /// The number of successes.
        successes: u64,
        /// The number of trials.
        trials: u64,
    },
    /// A probability that could not be compared with the one asked for: they agree to this precision.
    #[error("at width {width} the probability equals the one asked for to {precision} bits")]
    Unseparated {
        /// The number of neurons.
        width: u32,
        /// Precision of the last enclosure, in bits.
        precision: u32,
    },
}
