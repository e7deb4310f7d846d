//! The answer of `saltus suite`: every claim on every shipped instance.

use saltus_verify::claims::CLAIMS;
use saltus_verify::verdict::Overall;
use saltus_verify::{Claim, ClaimId, ClaimReport, Report};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Answer;
use super::table::{Align, Table};

/// How long a claim took on an instance, in seconds by the wall clock; under `claim_seconds` the JSON has their sum, such as
/// `"R1": 0.25`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClaimTime {
    /// The claim.
    pub id: ClaimId,
    /// To gather what it is judged by, which the other claims about the same subject share.
    pub evidence: f64,
    /// To compare that with the prediction.
    pub comparison: f64,
}

impl ClaimTime {
    /// What the claim would take if no other one were asked for: `evidence + comparison`.
    ///
    /// ```
    /// let time = saltus::answers::ClaimTime { id: saltus::verify::ClaimId::R1, evidence: 2.0, comparison: 0.5 };
    /// assert_eq!(time.alone(), 2.5);
    /// ```
    pub fn alone(&self) -> f64 {
        self.evidence + self.comparison
    }
}

/// The report on one instance; in JSON it is an entry of `instances` with `"name": "dln-5x7"` and the times of its claims.
#[derive(Debug, Clone)]
pub struct SuiteEntry {
    /// Name of the shipped instance.
    pub name: String,
    /// What was found.
    pub report: Report,
    /// How long each claim took.
    pub claim_times: Vec<ClaimTime>,
    /// What came of the certificate of its jump sequence; `None` for random instances, which have none.
    pub certificate: Option<Certified>,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
    /// The jump picture, or why there is none; `None` if none was asked for.
    pub picture: Option<Result<Drawn, String>>,
}

/// A picture, drawn; for the instance `dln-5x7` it is written to `dln-5x7-jumps.svg`, and its data to `dln-5x7-jumps.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// What it shows.
    pub caption: String,
    /// As an SVG file of its own.
    pub svg: String,
    /// As SVG within the page.
    pub inline: String,
    /// What is drawn, as CSV.
    pub csv: String,
}

impl SuiteEntry {
    fn certified(&self) -> Overall {
        let certificate = self.certificate.as_ref();
        certificate.map_or(Overall::Holds, Certified::overall)
    }

    /// SHA-256 of the instance, as certificates name it.
    pub(super) fn hash(&self) -> Option<&str> {
        match &self.certificate {
            Some(Certified::Valid { hash, .. }) => Some(hash),
            _ => None,
        }
    }

    /// How long a claim took, if it was asked for.
    pub(super) fn seconds_of(&self, id: ClaimId) -> Option<f64> {
        let time = self.claim_times.iter().find(|time| time.id == id);
        time.map(ClaimTime::alone)
    }

    fn certificate_text(&self) -> String {
        let certificate = self.certificate.as_ref();
        certificate.map_or_else(|| "none".to_owned(), Certified::text)
    }
}

/// What came of a certificate; in reports `valid, 1234 bytes`, `refused: …` or `missing: …`, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certified {
    /// The checker accepts it: the predicted sequence is exact.
    Valid {
        /// SHA-256 of the instance.
        hash: String,
        /// Length in bytes.
        bytes: usize,
    },
    /// The checker refuses it: the prediction is wrong.
    Refused(String),
    /// There is none.
    Missing(String),
}

impl Certified {
    fn overall(&self) -> Overall {
        match self {
            Certified::Valid { .. } => Overall::Holds,
            Certified::Refused(_) => Overall::Fails,
            Certified::Missing(_) => Overall::Undecided,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Certified::Valid { bytes, .. } => format!("valid, {bytes} bytes"),
            Certified::Refused(reason) => format!("refused: {reason}"),
            Certified::Missing(reason) => format!("missing: {reason}"),
        }
    }
}

/// The reports on all shipped instances; in JSON `"verdict": "holds"` and the keys `full`, `claims`, `instances` and `report`.
#[derive(Debug, Clone)]
pub struct Suite {
    /// In the order in which the instances are listed.
    pub entries: Vec<SuiteEntry>,
    /// Version of the program, with its commit; in JSON the program adds it, as to every answer.
    pub version: String,
    /// Whether the long form was run.
    pub full: bool,
    /// Where the report was written, if it was.
    pub written_to: Option<String>,
}

/// One claim over all instances.
pub(super) struct ClaimSummary {
    pub(super) claim: &'static Claim,
    pub(super) counts: Vec<(&'static str, usize)>,
    pub(super) worst: Option<(String, f64)>,
    /// Seconds over all instances, as if the claim were the only one.
    pub(super) seconds: f64,
}

/// All words of verdicts, in the order of the columns.
const WORDS: [&str; 5] = ["holds", "measured", "not-applicable", "undecided", "fails"];

impl Suite {
    /// The verdict on the whole: the greatest over all reports and certificates in the order `Holds < Undecided < Fails`.
    pub fn overall(&self) -> Overall {
        let verdicts = self
            .entries
            .iter()
            .map(|entry| entry.report.overall().max(entry.certified()));
        verdicts.max().unwrap_or(Overall::Holds)
    }

    /// What was verified, in words.
    pub(super) fn subject(&self) -> String {
        let instances = self.entries.iter();
        let instances = instances.filter(|entry| entry.certificate.is_some());
        let count = instances.count();
        let is_random_too = count < self.entries.len();
        let plural = if count == 1 { "" } else { "s" };
        match (count, is_random_too) {
            (0, true) => "random instances".to_owned(),
            (_, true) => format!("{count} shipped instance{plural} and random ones"),
            (_, false) => format!("{count} shipped instance{plural}"),
        }
    }

    fn reports(&self, claim: &Claim) -> impl Iterator<Item = (&str, &ClaimReport)> {
        let id = claim.id;
        self.entries.iter().flat_map(move |entry| {
            let reports = entry.report.claims.iter();
            reports
                .filter(move |report| report.claim.id == id)
                .map(|report| (entry.name.as_str(), report))
        })
    }

    pub(super) fn summaries(&self) -> Vec<ClaimSummary> {
        let summary = |claim: &'static Claim| {
            let count = |word: &'static str| {
                let reports = self.reports(claim);
                reports
                    .filter(|(_, report)| report.outcome.verdict.word() == word)
                    .count()
            };
            let worst = self
                .reports(claim)
                .filter_map(|(_, report)| {
                    let worst = report.outcome.evidence.get("worst")?;
                    Some((
                        worst["quantity"].as_str()?.to_owned(),
                        worst["value"].as_f64()?,
                    ))
                })
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let times = self.entries.iter();
            let times = times.filter_map(|entry| entry.seconds_of(claim.id));
            ClaimSummary {
                claim,
                seconds: times.sum(),
                counts: WORDS.map(|word| (word, count(word))).to_vec(),
                worst,
            }
        };
        CLAIMS
            .iter()
            .map(summary)
            .filter(|summary| summary.counts.iter().any(|(_, count)| *count > 0))
            .collect()
    }

    /// Verdicts that are neither agreement nor a measured conjecture, with their reasons.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![];
        for entry in &self.entries {
            if entry.certified() != Overall::Holds {
                remarks.push(format!(
                    "certificate of {}: {}",
                    entry.name,
                    entry.certificate_text()
                ));
            }
            for report in &entry.report.claims {
                let verdict = &report.outcome.verdict;
                if let Some(reason) = verdict.reason() {
                    remarks.push(format!(
                        "{} on {}: {}: {reason}",
                        report.claim.id,
                        entry.name,
                        verdict.word()
                    ));
                }
            }
        }
        remarks
    }

    /// The report as a Markdown page, which is written as `report.md` and begins `# Saltus verification report`.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# Saltus verification report\n\nVersion {}, {} form, on {}.\nVerdict: **{}**.\n\n\
             *Exact*: decided in rational arithmetic and sums of square roots. *Measured*: decided from simulations within \
             the tolerances that the evidence states. A conjecture is measured and never said to hold.\n\n## Claims\n\n\
             | claim | statement | source | evidence | status | verdicts | largest error | seconds |\n|---|---|---|---|---|---|---|---|\n",
            self.version,
            if self.full { "long" } else { "quick" },
            self.subject(),
            self.overall().word()
        );
        for summary in self.summaries() {
            let claim = summary.claim;
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} | {} | {} | {:.2} |\n",
                claim.id,
                claim.statement,
                claim.source,
                claim.evidence.name(),
                claim.status.name(),
                counted(&summary.counts),
                worst(&summary.worst),
                summary.seconds,
            ));
        }
        text.push_str(&format!("\n{TIMES}\n"));
        text.push_str(
            "\n## Instances\n\n| instance | verdict | claims | certificate | SHA-256 | seconds |\n|---|---|---|---|---|---|\n",
        );
        for entry in &self.entries {
            let claims: Vec<String> = entry
                .report
                .claims
                .iter()
                .map(|report| format!("{} {}", report.claim.id, report.outcome.verdict.word()))
                .collect();
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} | {:.2} |\n",
                entry.name,
                entry.report.overall().word(),
                claims.join(", "),
                entry.certificate_text(),
                entry.hash().unwrap_or("none"),
                entry.seconds
            ));
        }
        let pictures = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.picture, Some(Ok(_))));
        let pictures: Vec<&SuiteEntry> = pictures.collect();
        if !pictures.is_empty() {
            text.push_str("\n## Pictures\n");
            for entry in pictures {
                text.push_str(&format!(
                    "\n![The jumps of {0}]({0}-jumps.svg)\n",
                    entry.name
                ));
            }
        }
        let remarks = self.remarks();
        if !remarks.is_empty() {
            text.push_str("\n## Remarks\n\n");
            for remark in remarks {
                text.push_str(&format!("- {remark}\n"));
            }
        }
        text
    }
}

/// What the times of claims are, in the report.
pub(super) const TIMES: &str = "Seconds of a claim: what it would take alone, that is to gather what it is judged by, which claims about the same \
     subject share, and to compare. The times of the claims therefore add up to more than those of the instances.";

pub(super) fn counted(counts: &[(&'static str, usize)]) -> String {
    let present = counts.iter().filter(|(_, count)| *count > 0);
    let texts: Vec<String> = present
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    texts.join(", ")
}

pub(super) fn worst(worst: &Option<(String, f64)>) -> String {
    match worst {
        Some((quantity, value)) => format!("{value:.1e} ({quantity})"),
        None => String::new(),
    }
}

impl Serialize for Suite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claims: Vec<Value> = self
            .summaries()
            .into_iter()
            .map(|summary| {
                let counts: serde_json::Map<String, Value> = summary
                    .counts
                    .iter()
                    .map(|(word, count)| ((*word).to_owned(), json!(count)))
                    .collect();
                json!({
                    "id": summary.claim.id.name(),
                    "statement": summary.claim.statement,
                    "source": summary.claim.source,
                    "kind": summary.claim.evidence.name(),
                    "status": summary.claim.status.name(),
                    "verdicts": counts,
                    "seconds": summary.seconds,
                    "worst": summary.worst.map(|(quantity, value)| json!({"quantity": quantity, "value": value})),
                })
            })
            .collect();
        let instances: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| {
                let times = entry.claim_times.iter();
                let times: serde_json::Map<String, Value> = times
                    .map(|time| (time.id.name().to_owned(), json!(time.alone())))
                    .collect();
                json!({
                    "name": entry.name,
                    "hash": entry.hash(),
                    "seconds": entry.seconds,
                    "claim_seconds": times,
                    "certificate": entry.certificate_text(),
                    "report": entry.report.to_json(),
                })
            })
            .collect();
        json!({
            "full": self.full,
            "verdict": self.overall().word(),
            "claims": claims,
            "instances": instances,
            "report": self.written_to,
        })
        .serialize(serializer)
    }
}

impl Answer for Suite {
    fn text(&self) -> String {
        let mut table = Table::new([
            ("claim", Align::Left),
            ("evidence", Align::Left),
            ("status", Align::Left),
            ("verdicts", Align::Left),
            ("largest error", Align::Left),
        ]);
        for summary in self.summaries() {
            table.push([
                summary.claim.id.to_string(),
                summary.claim.evidence.name().to_owned(),
                summary.claim.status.name().to_owned(),
                counted(&summary.counts),
                worst(&summary.worst),
            ]);
        }
        let mut text = table.lines();
        let certificates = || {
            let entries = self.entries.iter();
            entries.filter_map(|entry| entry.certificate.as_ref())
        };
        let valid = certificates().filter(|certificate| certificate.overall() == Overall::Holds);
        text.push_str(&format!(
            "\nCertificates of the predicted sequences: {} of {} accepted by the checker; what R1 to R3 and D1 to D3 say of the \
             prediction is exact there, what they say of the flow is measured.\n",
            valid.count(),
            certificates().count()
        ));
        let remarks = self.remarks();
        if !remarks.is_empty() {
            text.push('\n');
            for remark in remarks {
                text.push_str(&remark);
                text.push('\n');
            }
        }
        let subject = match certificates().count() {
            0 => "Random instances".to_owned(),
            1 => "1 instance".to_owned(),
            count => format!("{count} instances"),
        };
        text.push_str(&format!(
            "\n{subject}. Overall: {}.\n",
            self.overall().word()
        ));
        if let Some(place) = &self.written_to {
            text.push_str(&format!("Report: {place}\n"));
        }
        text
    }
}
