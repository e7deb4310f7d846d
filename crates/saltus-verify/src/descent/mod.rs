//! The claims about (stochastic) gradient descent with macroscopic stepsizes on diagonal linear networks (arXiv 2302.08982).
//!
//! [`gather`] trains, searches and solves once; each claim is then a function of this evidence and of an expectation, which tests
//! perturb.

mod allowance;
mod budget;
#[cfg(test)]
mod by_hand;
mod edges;
mod exact;
mod expectation;
mod gain;
mod identities;
mod limits;
mod recovery;
mod reference;
mod runs;
mod stability;
mod statistics;
mod tables;
mod thresholds;

use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_exact::Rational;
use saltus_problem::DiagonalInstance;
use serde_json::{Value, json};
pub(crate) use statistics::symmetric_eigenvalues;

pub use budget::{Budget, EDGE_WIDTH, INITIAL_SCALE, LOSS_TOLERANCE};
pub use edges::{EdgeKind, EdgeSearch, SecondOpinion};
pub use exact::{ExactRun, ExactStep, run_exact};
pub use expectation::{DescentExpectation, Method};
pub use gain::check_s4;
pub use identities::check_s3;
pub use limits::check_s2;
pub use recovery::check_s5;
pub use reference::{Levels, Recovery, ReferenceError, SparseReference};
pub use runs::{
    ContinuedRun, DescentRunError, FlowLimit, PlainScale, Role, SharpnessPath, TrainedRun,
};
pub use stability::check_s6;
pub use statistics::{Median, QuotientOfMeans, Spectrum};
pub use tables::{Table, series};
pub use thresholds::check_s1;

use crate::claims::{ClaimId, Subject, System};
use crate::convert;
use crate::verdict::{Outcome, Report, Verdict};
use crate::{Options, report};

/// Everything that the claims about descent are judged by.
///
/// Descent is on `F(u, v) = ‖X(u ⊙ v) − y‖²/(2n)` from `u_i = √2 α_i` and `v = 0`, with `β = u ⊙ v`.
#[derive(Debug, Clone)]
pub struct DescentEvidence {
    /// Name of the instance.
    pub name: String,
    /// The instance in doubles, at [`INITIAL_SCALE`].
    pub problem: DiagonalProblem,
    /// How much was run.
    pub budget: Budget,
    /// Bounds of `‖g‖²` by the loss.
    pub spectrum: Spectrum,
    /// The gradient flow from the same initialisation.
    pub flow: FlowLimit,
    /// Edges in the stepsize for gradient descent.
    pub gradient_descent: EdgeSearch,
    /// Edges in the stepsize for stochastic gradient descent on single samples, over all seeds.
    pub stochastic: EdgeSearch,
    /// All training runs, gradient descent first, by stepsize and seed within each role.
    pub runs: Vec<TrainedRun>,
    /// Runs of gradient descent that met the tolerance at a linearly unstable interpolator, taken further.
    pub continued: Vec<ContinuedRun>,
    /// The effective scale as `|u² − v²|/2`.
    pub plain_scales: Vec<PlainScale>,
    /// Sharpness along two runs of gradient descent, below and at the edge of stability.
    pub sharpness: Vec<SharpnessPath>,
    /// A few steps in rational arithmetic.
    pub exact: Vec<ExactRun>,
    /// Distances to the true predictor, if there is one.
    pub recovery: Option<Recovery>,
}

impl DescentEvidence {
    /// `2/λ_max(∇²F)` at the limit of the gradient flow.
    pub fn flow_threshold(&self) -> f64 {
        2.0 / self.flow.sharpness
    }

    /// The runs of one role by gradient descent.
    ///
    /// `gd(Role::Approach)`, for example, gives five runs, at `0.7`, `0.9`, `0.97`, `0.99` and `0.997` times the last stepsize
    /// found to converge, or `2/λ_max(∇²F)` at the flow's limit if none was found.
    pub fn gd(&self, role: Role) -> impl Iterator<Item = &TrainedRun> {
        let runs = self.runs.iter();
        runs.filter(move |run| run.role == role && run.seed.is_none())
    }

    /// The runs of one role by stochastic gradient descent.
    ///
    /// `sgd(Role::Converging)`, for example, gives four runs, the seeds `0` and `1` at each of two stepsizes.
    pub fn sgd(&self, role: Role) -> impl Iterator<Item = &TrainedRun> {
        let runs = self.runs.iter();
        runs.filter(move |run| run.role == role && run.seed.is_some())
    }
}

/// Trains and checks every claim about descent that was asked for.
///
/// For the shipped `dln-overdetermined`, with `n = 8` and `d = 3`, each of S1 to S6 is `Verdict::NotApplicable`.
pub fn verify(instance: &DiagonalInstance, options: &Options<'_>) -> Report {
    let claims = options.asked(System::DiagonalLinear, Subject::Descent);
    if claims.is_empty() {
        return Report::empty(instance.name());
    }
    if let Some(outcome) = hypothesis(instance) {
        return report(instance.name(), options, &claims, &Ok(|_| outcome.clone()));
    }
    let gathered = gather(instance, options.reference, options).map_err(|error| error.to_string());
    let tables = gathered.as_ref().map_or_else(|_| vec![], series);
    let evidence = gathered.map(|evidence| {
        let expectation = DescentExpectation::new(&evidence);
        move |id| check(id, &evidence, &expectation)
    });
    Report {
        tables,
        ..report(instance.name(), options, &claims, &evidence)
    }
}

/// Checks one claim against an expectation, which tests perturb. Claims about other subjects are not applicable.
///
/// So `ClaimId::S1` to `ClaimId::S6` are judged, and `ClaimId::D1` gives `Verdict::NotApplicable`.
pub fn check(id: ClaimId, evidence: &DescentEvidence, expected: &DescentExpectation) -> Outcome {
    match id {
        ClaimId::S1 => check_s1(evidence, expected),
        ClaimId::S2 => check_s2(evidence, expected),
        ClaimId::S3 => check_s3(evidence, expected),
        ClaimId::S4 => check_s4(evidence, expected),
        ClaimId::S5 => check_s5(evidence, expected),
        ClaimId::S6 => check_s6(evidence, expected),
        _ => Outcome::bare(Verdict::NotApplicable(
            "the claim is about another subject".to_owned(),
        )),
    }
}

/// Whether the claims are about this instance: at least two samples and more coordinates than samples, linearly independent rows,
/// so that every label vector is interpolated, and labels that are not all 0.
///
/// In symbols `2 ≤ n < d`, `rank X = n` and `y ≠ 0`.
pub fn applies(instance: &DiagonalInstance) -> bool {
    hypothesis(instance).is_none()
}

/// The first hypothesis that fails, for the verdict *not-applicable*.
///
/// For 8 samples and 3 coordinates its reason is `over-parametrisation: 8 samples and 3 coordinates`; `None` if all hold.
pub fn hypothesis(instance: &DiagonalInstance) -> Option<Outcome> {
    let (n, d) = (instance.n_samples(), instance.dimension());
    let reason = if n < 2 || d <= n {
        format!("over-parametrisation: {n} samples and {d} coordinates")
    } else if instance.labels().iter().all(Rational::is_zero) {
        "labels: all are 0, so that nothing is learnt".to_owned()
    } else if instance.inputs().rank() < n {
        "interpolation: the rows of the inputs are linearly dependent".to_owned()
    } else {
        return None;
    };
    Some(Outcome::bare(Verdict::NotApplicable(reason)))
}

/// Trains, searches and solves everything that the claims need.
///
/// `reference` is the true predictor of a sparse regression with test data; without it claim S5 does not apply.
/// The instance should satisfy [`applies`]. `options.cancelled` is asked between runs; a threshold search is not interrupted.
///
/// # Errors
/// See [`DescentRunError`]; the verdicts are then *undecided*.
pub fn gather(
    instance: &DiagonalInstance,
    reference: Option<&SparseReference>,
    options: &Options<'_>,
) -> Result<DescentEvidence, DescentRunError> {
    let problem = convert::descent_problem(instance, INITIAL_SCALE)?;
    let budget = Budget::new(options.full, instance.n_samples(), instance.dimension());
    let levels = reference
        .map(|reference| Levels::new(instance, reference))
        .transpose()?;
    let flow = runs::flow_limit(instance, &problem, options)?;
    let gradient_descent = edges::gradient_descent(&problem, &budget, &flow, options)?;
    let stochastic = edges::stochastic(&problem, &budget, &flow, options)?;
    let plan = runs::Plan::new(&budget, &flow, &gradient_descent, &stochastic);
    let trained = runs::train_all(&problem, &budget, &plan, options)?;
    let recovery = levels
        .zip(reference)
        .map(|(levels, reference)| Recovery::new(reference, levels, &flow, &trained));
    Ok(DescentEvidence {
        name: instance.name().to_owned(),
        spectrum: Spectrum::of(&problem),
        continued: runs::continue_unstable(&problem, &trained, options)?,
        plain_scales: runs::plain_scales(&problem, &budget, &plan, options)?,
        sharpness: runs::sharpness_paths(&problem, &budget, &plan, options)?,
        exact: runs::exact_runs(instance, &budget, &plan, options)?,
        problem,
        budget,
        flow,
        gradient_descent,
        stochastic,
        runs: trained,
        recovery,
    })
}

/// A list of figures of some runs, for evidence.
fn rows<'a>(
    runs: impl Iterator<Item = &'a TrainedRun>,
    figures: impl Fn(&TrainedRun) -> Value,
) -> Value {
    runs.map(|run| {
        let mut row = json!({ "stepsize": run.stepsize, "outcome": run.outcome_word() });
        if let (Some(seed), Some(row)) = (run.seed, row.as_object_mut()) {
            row.insert("seed".to_owned(), json!(seed));
        }
        if let (Value::Object(figures), Some(row)) = (figures(run), row.as_object_mut()) {
            row.extend(figures);
        }
        row
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use saltus_exact::RationalMatrix;

    use super::*;

    fn instance(rows: &[&[i64]], labels: &[i64]) -> DiagonalInstance {
        let row = |row: &&[i64]| row.iter().map(|&x| Rational::integer(x)).collect();
        let inputs =
            RationalMatrix::from_rows(rows.iter().map(row).collect()).expect("rectangular");
        let labels = labels.iter().map(|&y| Rational::integer(y)).collect();
        DiagonalInstance::new("test".to_owned(), inputs, labels, None, None).expect("valid")
    }

    #[test]
    fn the_claims_are_about_data_that_every_label_vector_fits() {
        let check = |rows: &[&[i64]], labels: &[i64], reason: Option<&str>| {
            let instance = instance(rows, labels);
            let found = hypothesis(&instance).and_then(|outcome| outcome.verdict.reason());
            let matches = match (&found, reason) {
                (Some(found), Some(reason)) => found.starts_with(reason),
                (None, None) => true,
                _ => false,
            };
            assert!(matches, "{found:?} {reason:?}");
            assert_eq!(applies(&instance), reason.is_none());
        };
        check(&[&[1, 0, 0], &[0, 1, 0]], &[1, 2], None);
        check(&[&[1, 0, 0], &[0, 1, 0]], &[0, 1], None);
        let few = Some("over-parametrisation: 1 samples and 3 coordinates");
        check(&[&[1, 0, 0]], &[1], few);
        let square = Some("over-parametrisation: 2 samples and 2 coordinates");
        check(&[&[1, 0], &[0, 1]], &[1, 2], square);
        check(
            &[&[1, 0, 0], &[0, 1, 0]],
            &[0, 0],
            Some("labels: all are 0"),
        );
        check(&[&[1, 2, 0], &[2, 4, 0]], &[1, 2], Some("interpolation"));
    }

    #[test]
    fn without_evidence_every_claim_is_undecided_for_the_same_reason() {
        let options = Options {
            cancelled: &|| true,
            ..Options::default()
        };
        let report = verify(&instance(&[&[1, 0, 0], &[0, 1, 0]], &[1, 2]), &options);
        assert_eq!((report.claims.len(), report.tables.len()), (6, 0));
        for claim in report.claims {
            let reason = claim.outcome.verdict.reason();
            assert_eq!(
                reason.as_deref(),
                Some("stopped by the time limit"),
                "{:?}",
                claim.claim.id
            );
        }
        let report = verify(&instance(&[&[1, 0]], &[1]), &options);
        assert_eq!(report.claims.len(), 6);
        assert_eq!(report.overall(), crate::verdict::Overall::Holds);
    }

    /// Of an instance without a true predictor.
    #[test]
    fn figures_of_the_evidence_are_told_as_tables() {
        let options = Options {
            claims: Some(&[ClaimId::S3]),
            ..Options::default()
        };
        let report = verify(&instance(&[&[1, 0, 0], &[0, 1, 0]], &[1, 2]), &options);
        assert_eq!(report.claims.len(), 1);
        let names: Vec<&str> = report.tables.iter().map(|table| table.name).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(report.tables.iter().all(|table| !table.rows.is_empty()));
    }
}
