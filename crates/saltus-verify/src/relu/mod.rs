//! The claims about two-layer ReLU networks on orthogonal data.

mod alignment;
#[cfg(test)]
mod by_hand;
mod expectation;
mod jumps;
mod rate;
mod rate_check;
mod runs;
mod saddles;
mod second_opinion;
mod winners;

use saltus_jump::relu::{ReluSequence, predict};
use saltus_problem::ReluInstance;

pub use expectation::{ExpectedJump, ReluExpectation};
pub use rate::{Rate, RateKind, fitting_rate, plateau_rate, predicted_rates};
pub use runs::{ReluRun, ReluRuns, RunError, check_guards};

use crate::claims::{ClaimId, Subject, System};
use crate::verdict::{Outcome, Report, Verdict};
use crate::{Options, report, settle};

/// Everything that the claims are judged by, apart from the prediction.
///
/// From [`gather`], `rate_runs` is empty unless R7 was asked for, and `second_opinion` is `Some` only with
/// `Options { full: true, .. }`.
pub struct ReluEvidence<'a> {
    /// The instance.
    pub instance: &'a ReluInstance,
    /// The simulations.
    pub runs: ReluRuns,
    /// Small-Λ runs for the rate of convergence, one list a jump.
    pub rate_runs: Vec<Option<rate_check::RateMeasurement>>,
    /// The long form only: agreement with a second integrator and with gradient descent.
    pub second_opinion: Option<SecondOpinion>,
}

pub use rate_check::RateMeasurement;
pub(crate) use runs::{first_scale, next_first, out_of_reach, too_slow};
pub use second_opinion::{DescentAgreement, SecondOpinion};

/// Predicts, simulates and checks every claim about ReLU networks that was asked for.
///
/// With `Options::default()` these are `R1`, `R2`, `R3`, `R6` and `R7`; `R4` and `R5` are about random instances.
pub fn verify(instance: &ReluInstance, options: &Options<'_>) -> Report {
    let claims = options.asked(System::ReluOrthogonal, Subject::Flow);
    if claims.is_empty() {
        return Report::empty(instance.name());
    }
    let evidence = predict(instance)
        .map_err(|error| error.to_string())
        .and_then(|sequence| {
            let evidence =
                gather(instance, &sequence, options).map_err(|error| error.to_string())?;
            let expectation = ReluExpectation::new(instance, &sequence);
            Ok(move |id| check(id, &evidence, &expectation))
        });
    report(instance.name(), options, &claims, &evidence)
}

/// Runs all simulations that the claims need.
///
/// # Errors
/// See [`RunError`]; the verdicts are then *undecided*.
pub fn gather<'a>(
    instance: &'a ReluInstance,
    sequence: &ReluSequence,
    options: &Options<'_>,
) -> Result<ReluEvidence<'a>, RunError> {
    let runs = ReluRuns::gather(instance, sequence, options)?;
    let rate_runs = match options.wants(ClaimId::R7) {
        true => rate_check::measure(instance, sequence, &runs, options)?,
        false => vec![],
    };
    let second_opinion = match options.full {
        true => Some(SecondOpinion::gather(instance, sequence, &runs, options)?),
        false => None,
    };
    Ok(ReluEvidence {
        instance,
        runs,
        rate_runs,
        second_opinion,
    })
}

/// Checks one claim against a prediction, which tests perturb. Claims about other systems are not applicable.
///
/// For `ClaimId::D1` the verdict is `NotApplicable("the claim is about another subject")`, and so it is for R4 and R5.
pub fn check(id: ClaimId, evidence: &ReluEvidence<'_>, expected: &ReluExpectation) -> Outcome {
    match id {
        ClaimId::R1 => jumps::check(evidence, expected),
        ClaimId::R2 => winners::check(evidence, expected),
        ClaimId::R3 => saddles::check(evidence, expected),
        ClaimId::R6 => alignment::check(evidence, expected),
        ClaimId::R7 => rate_check::check(evidence, expected),
        _ => Outcome::bare(Verdict::NotApplicable(
            "the claim is about another subject".to_owned(),
        )),
    }
}

/// Tolerance of losses on plateaus, as a fraction of the initial loss: a tenth of the smallest error that must be seen.
pub(crate) const LOSS_TOLERANCE: f64 = 1e-11;

/// Relative tolerance of sizes, cosines and outputs on plateaus: a hundred times the integrator's tolerance.
pub(crate) const STATE_TOLERANCE: f64 = settle::SLOPE_TOLERANCE;
