//! The answer of `saltus verify`: prediction against simulation, claim by claim.

use saltus_verify::Report;
use serde::{Serialize, Serializer};

use super::Answer;
use super::table::{Align, Table};

/// The report on one instance; as text a line for each claim, and at the end a line such as `Overall: holds.`
#[derive(Debug, Clone)]
pub struct Verification(pub Report);

impl Serialize for Verification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json().serialize(serializer)
    }
}

impl Answer for Verification {
    fn text(&self) -> String {
        let report = &self.0;
        let mut table = Table::new([
            ("claim", Align::Left),
            ("verdict", Align::Left),
            ("statement", Align::Left),
        ]);
        let mut reasons = String::new();
        for entry in &report.claims {
            let verdict = &entry.outcome.verdict;
            table.push([
                entry.claim.id.to_string(),
                verdict.word().to_owned(),
                entry.claim.statement.to_owned(),
            ]);
            if let Some(reason) = verdict.reason() {
                reasons.push_str(&format!("{}: {reason}\n", entry.claim.id));
            }
        }
        let reasons = if reasons.is_empty() {
            reasons
        } else {
            format!("\n{reasons}")
        };
        format!(
            "{}\n\n{}{reasons}\nOverall: {}.\n",
            report.instance,
            table.lines(),
            report.overall().word()
        )
    }
}
