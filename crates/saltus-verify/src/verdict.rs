//! Verdicts, and the reports that carry them.

use serde_json::{Map, Value, json};

use crate::claims::Claim;
use crate::descent::Table;
use crate::settle::Agreement;

/// What a check concluded.
///
/// `saltus verify` ends with exit code 1 if a claim is `Fails`, otherwise with 3 if one is `Undecided`, and otherwise with 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Everything that was compared agrees within the stated tolerances.
    Holds,
    /// Something settled differs from the prediction.
    Fails(Mismatch),
    /// Something could not be settled; the text says what and why.
    Undecided(String),
    /// A hypothesis of the claim does not hold on this instance; the text names it.
    NotApplicable(String),
    /// A conjecture, with its figures in the evidence.
    Measured,
}

/// Where a prediction and what was found part.
///
/// In reports one reads `jump 0, half-fit time of point 2: found slope 1.5, expected 1.25 within 1e-8 relative`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// The quantity, with the jump, point, neuron or coordinate.
    pub place: String,
    /// What the simulation or the exact check gave.
    pub found: String,
    /// What was predicted, with the tolerance if there is one.
    pub expected: String,
}

impl Verdict {
    /// The word in reports: `"holds"`, `"fails"`, `"undecided"`, `"not-applicable"` or `"measured"`.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Fails(_) => "fails",
            Verdict::Undecided(_) => "undecided",
            Verdict::NotApplicable(_) => "not-applicable",
            Verdict::Measured => "measured",
        }
    }

    /// The reason that goes with the word, if there is one: for `Fails`, for example `loss: found 1, expected 2`.
    pub fn reason(&self) -> Option<String> {
        match self {
            Verdict::Holds | Verdict::Measured => None,
            Verdict::Fails(mismatch) => Some(format!(
                "{}: found {}, expected {}",
                mismatch.place, mismatch.found, mismatch.expected
            )),
            Verdict::Undecided(reason) | Verdict::NotApplicable(reason) => Some(reason.clone()),
        }
    }
}

/// A verdict with its evidence.
///
/// That of R1 holds a list under each of the keys `"jumps"` and `"plateaus"`, and its tolerances in words under `"tolerance"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was concluded.
    pub verdict: Verdict,
    /// The figures behind it, under stable keys.
    pub evidence: Map<String, Value>,
}

impl Outcome {
    /// An outcome without figures: its evidence is `{}`, as for R2 where two neurons jump together and the claim does not apply.
    pub fn bare(verdict: Verdict) -> Outcome {
        Outcome {
            verdict,
            evidence: Map::new(),
        }
    }
}

/// Collects what a check finds: a mismatch outweighs anything unsettled, and what is unsettled outweighs agreement.
///
/// ```
/// use saltus_verify::verdict::Findings;
///
/// let mut findings = Findings::default();
/// findings.unsettled("a reading moves".to_owned());
/// findings.differs("the loss".to_owned(), "1".to_owned(), "2".to_owned());
/// let verdict = findings.conclude().verdict;
/// assert_eq!(verdict.word(), "fails");
/// assert_eq!(verdict.reason().as_deref(), Some("the loss: found 1, expected 2"));
/// ```
#[derive(Debug, Default)]
pub struct Findings {
    mismatch: Option<Mismatch>,
    unsettled: Option<String>,
    worst: Option<(&'static str, f64)>,
    /// Why nothing measured can refute the claim: what differs is then unsettled. What differs exactly still refutes it.
    out_of_reach: Option<String>,
    evidence: Map<String, Value>,
}

impl Findings {
    /// For figures that are read off runs at three log inverse scales, with the tolerances in words. `out_of_reach` says why the
    /// runs cannot refute anything, if they cannot.
    pub fn of_runs(scales: [f64; 3], out_of_reach: Option<String>, tolerance: String) -> Findings {
        let mut findings = Findings {
            out_of_reach,
            ..Findings::default()
        };
        findings.record("log_inverse_scales", json!(scales));
        findings.record("tolerance", Value::String(tolerance));
        findings
    }

    /// Enters one comparison of two successive readings with a prediction.
    ///
    /// Readings 0.5 and 1 of a loss that are not settled leave the reason `loss: 0.5 and 1 at successive scales, not settled`.
    pub fn enter(
        &mut self,
        agreement: Agreement,
        place: String,
        (earlier, later): (f64, f64),
        expected: String,
    ) {
        match agreement {
            Agreement::Agrees => {}
            Agreement::Differs => self.differs_in_measurement(place, later.to_string(), expected),
            Agreement::Unsettled => self.unsettled(format!(
                "{place}: {earlier} and {later} at successive scales, not settled"
            )),
        }
    }

    /// Enters the error of one comparison; the largest one stands for the claim in summaries.
    ///
    /// Errors 0.5, 2 and 1 leave the value 2 in the evidence, under the key `"worst"`.
    pub fn see(&mut self, quantity: &'static str, error: f64) {
        let larger = self
            .worst
            .is_none_or(|(_, largest)| error.is_nan() || largest < error);
        if larger {
            self.worst = Some((quantity, error));
        }
    }

    /// Records that a measured figure differs, although it is settled; the first one is reported.
    ///
    /// Where nothing measured can refute the claim, it is recorded as unsettled, with the reason for that at the end:
    /// `loss: found 1, expected 2; but the scales are too small`.
    pub fn differs_in_measurement(&mut self, place: String, found: String, expected: String) {
        match &self.out_of_reach {
            Some(reason) => {
                let reason = format!("{place}: found {found}, expected {expected}; but {reason}");
                self.unsettled(reason);
            }
            None => self.differs(place, found, expected),
        }
    }

    /// Records that something differs exactly; the first one is reported.
    ///
    /// `conclude` then gives `Verdict::Fails`, also where nothing measured can refute the claim.
    pub fn differs(&mut self, place: String, found: String, expected: String) {
        self.mismatch.get_or_insert(Mismatch {
            place,
            found,
            expected,
        });
    }

    /// Records that something could not be settled; the first one is reported.
    ///
    /// `conclude` then gives `Verdict::Undecided` with this reason, unless something differs.
    pub fn unsettled(&mut self, reason: String) {
        self.unsettled.get_or_insert(reason);
    }

    /// Adds a figure to the evidence: after `record("tolerance", …)`, `evidence["tolerance"]` is the last value that was given.
    pub fn record(&mut self, key: &str, value: Value) {
        self.evidence.insert(key.to_owned(), value);
    }

    fn evidence(&mut self) -> Map<String, Value> {
        if let Some((quantity, value)) = self.worst {
            self.record("worst", json!({ "quantity": quantity, "value": value }));
        }
        std::mem::take(&mut self.evidence)
    }

    /// The verdict on everything recorded.
    ///
    /// It is `Fails` if something differs, otherwise `Undecided` if something is unsettled, and otherwise `Holds`.
    pub fn conclude(mut self) -> Outcome {
        let evidence = self.evidence();
        let verdict = match (self.mismatch, self.unsettled) {
            (Some(mismatch), _) => Verdict::Fails(mismatch),
            (None, Some(reason)) => Verdict::Undecided(reason),
            (None, None) => Verdict::Holds,
        };
        Outcome { verdict, evidence }
    }

    /// As [`conclude`](Self::conclude), for an observation outside of the setting in which it was made: disagreement is *measured*, and
    /// recorded with the reason why it refutes nothing.
    pub fn conclude_observation(mut self, reason: &str) -> Outcome {
        if let Some(mismatch) = self.mismatch.take() {
            let seen = Verdict::Fails(mismatch).reason();
            self.record("not_seen", json!({ "what": seen, "why": reason }));
            let evidence = self.evidence();
            return Outcome {
                verdict: Verdict::Measured,
                evidence,
            };
        }
        self.conclude()
    }

    /// As [`conclude`](Self::conclude), for a conjecture: agreement is *measured*, and so is disagreement.
    pub fn conclude_conjecture(mut self) -> Outcome {
        let evidence = self.evidence();
        let verdict = match self.unsettled {
            Some(reason) => Verdict::Undecided(reason),
            None => Verdict::Measured,
        };
        Outcome { verdict, evidence }
    }
}

/// The outcome of one claim on one instance.
///
/// In JSON it is an object such as `{"id": "D2", "verdict": "holds", "evidence": {…}, …}`.
#[derive(Debug, Clone)]
pub struct ClaimReport {
    /// The claim.
    pub claim: &'static Claim,
    /// What was concluded.
    pub outcome: Outcome,
}

/// All claims on one instance.
///
/// In JSON it is `{"instance": "dln-5x7", "verdict": "holds", "claims": […]}`, without the tables.
#[derive(Debug, Clone)]
pub struct Report {
    /// Name of the instance.
    pub instance: String,
    /// One entry a claim, in the order of the registry.
    pub claims: Vec<ClaimReport>,
    /// Figures behind the claims as series, for pictures.
    pub tables: Vec<Table>,
}

/// The verdict on a whole report: conjectures and claims that do not apply do not count.
///
/// The order is `Holds < Undecided < Fails`, so that the verdict on several reports is the maximum of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overall {
    /// Nothing fails and nothing is undecided.
    Holds,
    /// Nothing fails, something is undecided.
    Undecided,
    /// Something fails.
    Fails,
}

impl Overall {
    /// The word in reports: `"holds"`, `"undecided"` or `"fails"`; the exit code of `saltus verify` is then 0, 3 or 1.
    pub fn word(self) -> &'static str {
        match self {
            Overall::Holds => "holds",
            Overall::Undecided => "undecided",
            Overall::Fails => "fails",
        }
    }
}

impl Report {
    /// A report without claims; its `overall()` is `Overall::Holds`.
    pub fn empty(instance: &str) -> Report {
        Report {
            instance: instance.to_owned(),
            claims: vec![],
            tables: vec![],
        }
    }

    /// The verdict on the whole: `Overall::Fails` if a claim fails, otherwise `Overall::Undecided` if one is undecided, otherwise
    /// `Overall::Holds`.
    pub fn overall(&self) -> Overall {
        let of = |report: &ClaimReport| match report.outcome.verdict {
            Verdict::Fails(_) => Overall::Fails,
            Verdict::Undecided(_) => Overall::Undecided,
            Verdict::Holds | Verdict::NotApplicable(_) | Verdict::Measured => Overall::Holds,
        };
        self.claims.iter().map(of).max().unwrap_or(Overall::Holds)
    }

    /// The answer of `saltus verify` as JSON.
    pub fn to_json(&self) -> Value {
        let claims: Vec<Value> = self
            .claims
            .iter()
            .map(|report| {
                let mut evidence = report.outcome.evidence.clone();
                if let Some(reason) = report.outcome.verdict.reason() {
                    evidence.insert("reason".to_owned(), Value::String(reason));
                }
                json!({
                    "id": report.claim.id.name(),
                    "statement": report.claim.statement,
                    "source": report.claim.source,
                    "status": report.claim.status.name(),
                    "kind": report.claim.evidence.name(),
                    "verdict": report.outcome.verdict.word(),
                    "evidence": evidence,
                })
            })
            .collect();
        json!({
            "instance": self.instance,
            "verdict": self.overall().word(),
            "claims": claims,
        })
    }
}
