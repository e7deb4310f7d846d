//! Why a prediction is not certified.

use saltus_check::Rejection;
use saltus_jump::JumpError;
use thiserror::Error;

/// No certificate: jumps are numbered from 0.
///
/// It prints, for example, `jump 2: neuron 5 arrives before the predicted winner`.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CertifyError {
    /// There is no prediction to certify.
    #[error(transparent)]
    Predict(#[from] JumpError),
    /// No witness shows that the fit after a jump is unique, or not unique, as the prediction says.
    #[error(
        "jump {jump}: the prediction says that the fit is {claim}, but there is no witness for it"
    )]
    NoUniquenessWitness {
        /// The jump.
        jump: usize,
        /// `unique` or `not unique`.
        claim: &'static str,
    },
    /// A neuron that does not win was there before the winner.
    #[error("jump {jump}: neuron {neuron} arrives before the predicted winner")]
    ArrivesEarlier {
        /// The jump.
        jump: usize,
        /// The neuron.
        neuron: usize,
    },
    /// A predicted winner does not race.
    #[error("jump {jump}: the predicted winner {neuron:?} has no positive rate")]
    NoRacer {
        /// The jump.
        jump: usize,
        /// The first winner, if there is any.
        neuron: Option<usize>,
    },
    /// No bracket within the largest precision separates a neuron from the winner.
    #[error("jump {jump}: {precision} bits do not separate neuron {neuron} from the winner")]
    Unseparated {
        /// The jump.
        jump: usize,
        /// The neuron.
        neuron: usize,
        /// The bits after the binary point.
        precision: u32,
    },
    /// Neither equal histories nor an exact expression of moderate length show that two winners are tied.
    #[error(
        "jump {jump}: there is no proof that neuron {neuron} jumps together with the first winner"
    )]
    Untied {
        /// The jump.
        jump: usize,
        /// The neuron.
        neuron: usize,
    },
    /// The checker refuses the certificate.
    #[error("the checker refuses the certificate: {0}")]
    Rejected(Rejection),
}
