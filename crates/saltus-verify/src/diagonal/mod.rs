//! The claims about diagonal linear networks under gradient flow.

#[cfg(test)]
mod by_hand;
mod expectation;
mod jumps;
mod optimality;
mod runs;
mod saddles;

use saltus_jump::diagonal::{DiagonalSequence, predict};
use saltus_problem::DiagonalInstance;

pub use expectation::{DiagonalExpectation, ExpectedSaddle};
pub use runs::{DiagonalRun, DiagonalRuns, GUARD, RunError, needed_scale};

use crate::claims::{ClaimId, Subject, System};
use crate::verdict::{Outcome, Report, Verdict};
use crate::{Options, report};

/// Everything that the claims are judged by, apart from the prediction.
///
/// The flow of a simulation at Λ starts at `α_i = c_i e^{−k_i Λ}`, with the shapes c and the exponents k of the instance.
pub struct DiagonalEvidence<'a> {
    /// The instance.
    pub instance: &'a DiagonalInstance,
    /// The simulations.
    pub runs: DiagonalRuns,
}

/// Predicts, simulates and checks every claim about diagonal networks under gradient flow that was asked for.
///
/// On the shipped `dln-5x7` D1, D2 and D3 hold; on `dln-non-unique` D1 is `Verdict::NotApplicable`, and D2 and D3 hold.
pub fn verify(instance: &DiagonalInstance, options: &Options<'_>) -> Report {
    let claims = options.asked(System::DiagonalLinear, Subject::Flow);
    if claims.is_empty() {
        return Report::empty(instance.name());
    }
    let evidence = predict(instance)
        .map_err(|error| error.to_string())
        .and_then(|sequence| {
            let evidence =
                gather(instance, &sequence, options).map_err(|error| error.to_string())?;
            let expectation = DiagonalExpectation::new(instance, &sequence);
            Ok(move |id| check(id, &evidence, &expectation))
        });
    report(instance.name(), options, &claims, &evidence)
}

/// Runs all simulations that the claims need.
///
/// # Errors
/// See [`RunError`]; the verdicts are then *undecided*.
pub fn gather<'a>(
    instance: &'a DiagonalInstance,
    sequence: &DiagonalSequence,
    options: &Options<'_>,
) -> Result<DiagonalEvidence<'a>, RunError> {
    Ok(DiagonalEvidence {
        instance,
        runs: DiagonalRuns::gather(instance, sequence, options)?,
    })
}

/// Checks one claim against a prediction, which tests perturb. Claims about other systems are not applicable.
///
/// So `ClaimId::D1` to `ClaimId::D3` are judged, and `ClaimId::S1` gives `Verdict::NotApplicable`.
pub fn check(
    id: ClaimId,
    evidence: &DiagonalEvidence<'_>,
    expected: &DiagonalExpectation,
) -> Outcome {
    match id {
        ClaimId::D1 => jumps::check(evidence, expected),
        ClaimId::D2 => optimality::check(evidence, expected),
        ClaimId::D3 => saddles::check(evidence, expected),
        _ => Outcome::bare(Verdict::NotApplicable(
            "the claim is about another subject".to_owned(),
        )),
    }
}

/// Tolerance of losses on plateaus, as a fraction of the initial loss.
pub(crate) const LOSS_TOLERANCE: f64 = 1e-11;

/// Relative tolerance of losses on plateaus whose loss is below [`LOSS_TOLERANCE`] of the initial loss: without it, nothing would
/// be said of jumps among the last digits of the labels.
pub(crate) const TAIL_LOSS_TOLERANCE: f64 = 1e-6;

/// Tolerance of each coefficient on a plateau, relative to itself, or to the smallest coefficient where it is predicted to be 0.
pub(crate) const COEFFICIENT_TOLERANCE: f64 = 1e-7;
