//! Where exact meets float: simulated flows are compared with exact predictions, claim by claim.
//!
//! Three words are kept apart. *Exact*: decided in rational arithmetic and sums of square roots. *Certified*: decided by
//! rigorous enclosures. *Measured*: decided from simulations, with a tolerance whose origin is stated; a measured claim can also
//! be *undecided*. A conjecture is measured and never said to hold.
//!
//! [`claims::CLAIMS`] is the registry; [`verify`] runs it on one instance.

pub mod certify;
pub mod claims;
pub mod convert;
pub mod descent;
pub mod diagonal;
pub mod relu;
pub mod settle;
pub mod verdict;

use saltus_problem::Instance;

use crate::claims::CLAIMS;

pub use claims::{Claim, ClaimId, EvidenceKind, Status, Subject, System};
pub use verdict::{ClaimReport, Mismatch, Outcome, Report, Verdict};

/// How much to do, and when to stop.
///
/// `Options::default()` checks all claims in the short form without a time limit, and
/// `Options { full: true, ..Options::default() }` does so in the long form.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Runs the long form: a second integrator and plain gradient descent beside the flow.
    pub full: bool,
    /// Claims to check; `None` for all that apply to the system.
    pub claims: Option<&'a [ClaimId]>,
    /// The true predictor of a sparse regression, with test data: without it nothing is said of recovery.
    pub reference: Option<&'a descent::SparseReference>,
    /// Asked before every simulation; once it returns true, what is left is undecided.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Told of every stage as it is finished, for progress and for times: no clock is read here.
    pub finished: &'a dyn Fn(Stage),
}

/// What has just been finished on an instance.
///
/// Where `R1` and `R3` are asked for, `Options::finished` is told `Stage::Evidence`, `Stage::Claim(ClaimId::R1)` and
/// `Stage::Claim(ClaimId::R3)`, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Everything that the claims which follow are judged by: they share it.
    Evidence,
    /// The verdict on a claim.
    Claim(ClaimId),
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            full: false,
            claims: None,
            reference: None,
            cancelled: &|| false,
            finished: &|_| {},
        }
    }
}

impl Options<'_> {
    /// Whether a claim was asked for: with `claims: Some(&[ClaimId::R2])` only R2 was, with `claims: None` every claim.
    pub fn wants(&self, id: ClaimId) -> bool {
        self.claims.is_none_or(|claims| claims.contains(&id))
    }

    /// The claims about a subject that were asked for, in the order of the registry.
    ///
    /// ```
    /// use saltus_verify::{Options, Subject, System};
    ///
    /// let asked = Options::default().asked(System::ReluOrthogonal, Subject::Flow);
    /// let names: Vec<&str> = asked.iter().map(|claim| claim.id.name()).collect();
    /// assert_eq!(names, ["R1", "R2", "R3", "R6", "R7"]);
    /// ```
    pub fn asked(&self, system: System, subject: Subject) -> Vec<&'static Claim> {
        let about = |claim: &&Claim| claim.system == system && claim.subject == subject;
        let wanted = CLAIMS
            .iter()
            .filter(about)
            .filter(|claim| self.wants(claim.id));
        wanted.collect()
    }
}

/// Checks the claims of the registry that apply to the system of `instance`.
///
/// ```
/// use saltus_verify::verdict::Overall;
/// use saltus_verify::{ClaimId, Options, verify};
///
/// let shipped = saltus_data::shipped::SHIPPED.iter().find(|shipped| shipped.name == "dln-5x7");
/// let instance = shipped.expect("it comes with the project").load()?;
/// let options = Options { claims: Some(&[ClaimId::D2]), ..Options::default() };
/// let report = verify(&instance, &options);
/// assert_eq!((report.claims.len(), report.overall()), (1, Overall::Holds));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(instance: &Instance, options: &Options<'_>) -> Report {
    match instance {
        Instance::Relu(instance) => relu::verify(instance, options),
        Instance::Diagonal(instance) => {
            let mut report = diagonal::verify(instance, options);
            let descent = descent::verify(instance, options);
            report.claims.extend(descent.claims);
            report.tables.extend(descent.tables);
            report
        }
    }
}

/// One report entry for each of the claims: what `evidence` gives, or *undecided* with the reason why there is no evidence.
fn report(
    instance: &str,
    options: &Options<'_>,
    claims: &[&'static Claim],
    evidence: &Result<impl Fn(ClaimId) -> Outcome, String>,
) -> Report {
    (options.finished)(Stage::Evidence);
    let entry = |claim: &&'static Claim| {
        let outcome = match evidence {
            Ok(check) => check(claim.id),
            Err(reason) => Outcome::bare(Verdict::Undecided(reason.clone())),
        };
        (options.finished)(Stage::Claim(claim.id));
        ClaimReport { claim, outcome }
    };
    Report {
        instance: instance.to_owned(),
        claims: claims.iter().map(entry).collect(),
        tables: vec![],
    }
}
