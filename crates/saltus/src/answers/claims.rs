//! The registry of claims as a table.

use saltus_verify::claims::CLAIMS;
use serde::Serialize;

use super::Answer;
use super::table::{Align, Table};

/// One row of the registry.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimRow {
    /// Stable name.
    pub id: &'static str,
    /// The system that it is about.
    pub system: &'static str,
    /// One sentence.
    pub statement: &'static str,
    /// arXiv number.
    pub source: &'static str,
    /// Exact, measured, or both.
    pub evidence: &'static str,
    /// Stated by the source, derived here, or conjectured here.
    pub status: &'static str,
}

/// All claims.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimList {
    /// In the order of the registry.
    pub claims: Vec<ClaimRow>,
}

impl ClaimList {
    /// The registry.
    pub fn registry() -> ClaimList {
        let row = |claim: &saltus_verify::Claim| ClaimRow {
            id: claim.id.name(),
            system: claim.system.name(),
            statement: claim.statement,
            source: claim.source,
            evidence: claim.evidence.name(),
            status: claim.status.name(),
        };
        ClaimList {
            claims: CLAIMS.iter().map(row).collect(),
        }
    }

    /// A Markdown table; README and book hold it between markers, and a test compares them.
    pub fn markdown(&self) -> String {
        let mut text =
            "| claim | statement | source | evidence | status |\n|---|---|---|---|---|\n"
                .to_owned();
        for row in &self.claims {
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                row.id, row.statement, row.source, row.evidence, row.status
            ));
        }
        text
    }
}

impl Answer for ClaimList {
    fn text(&self) -> String {
        let mut table = Table::new([
            ("claim", Align::Left),
            ("evidence", Align::Left),
            ("status", Align::Left),
            ("source", Align::Left),
            ("statement", Align::Left),
        ]);
        for row in &self.claims {
            let cells = [row.id, row.evidence, row.status, row.source, row.statement];
            table.push(cells.map(str::to_owned));
        }
        table.lines()
    }
}
