//! The registry of claims as a table.

use saltus_verify::claims::CLAIMS;
use serde::Serialize;

use super::Answer;
use super::table::{Align, Table};

/// One row of the registry: for `R1` the system is `relu-orthogonal`, the source `arXiv 2605.27097`, the evidence `measured` and
/// the status `derived here`.
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

/// All claims; its JSON is `{"claims": [{"id": "R1", "system": "relu-orthogonal", …}, …]}`.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimList {
    /// In the order of the registry.
    pub claims: Vec<ClaimRow>,
}

impl ClaimList {
    /// The registry.
    ///
    /// ```
    /// let list = saltus::answers::ClaimList::registry();
    /// assert_eq!((list.claims.len(), list.claims[0].id), (16, "R1"));
    /// ```
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

    /// A Markdown table; README and book hold it between markers, and a test compares them. Its head line is
    /// `| claim | statement | source | evidence | status |`.
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

    /// A LaTeX `tabular` that needs no package, one row a claim, in ASCII.
    ///
    /// ```
    /// let table = saltus::answers::ClaimList::registry().latex();
    /// assert!(table.contains("\nD2 & The end has the least (weighted) $\\ell_1$ norm"));
    /// ```
    pub fn latex(&self) -> String {
        let mut text = "% The claims of Saltus; the identifiers in the first column are stable.\n\
            \\begin{tabular}{lp{0.4\\linewidth}lll}\n\\hline\n\
            claim & statement & source & evidence & status \\\\\n\\hline\n"
            .to_owned();
        for row in &self.claims {
            let cells = [row.id, row.statement, row.source, row.evidence, row.status];
            text.push_str(&format!("{} \\\\\n", cells.map(latex).join(" & ")));
        }
        text.push_str("\\hline\n\\end{tabular}\n");
        text
    }
}

/// A text in LaTeX; a root reaches to the end of the word.
fn latex(text: &str) -> String {
    let mut written = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '−' => written.push_str("$-$"),
            '×' => written.push_str("$\\times$"),
            'δ' => written.push_str("$\\delta$"),
            'Λ' => written.push_str("$\\Lambda$"),
            'ℓ' | '√' => {
                let mut word = String::new();
                while let Some(next) = characters.next_if(|next| next.is_ascii_alphanumeric()) {
                    word.push(next);
                }
                match character {
                    'ℓ' => written.push_str(&format!("$\\ell_{word}$")),
                    _ => written.push_str(&format!("$\\sqrt{{{word}}}$")),
                }
            }
            '%' | '&' | '#' | '_' | '$' | '{' | '}' => {
                written.push('\\');
                written.push(character);
            }
            _ => written.push(character),
        }
    }
    written
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_latex() {
        let check = |text: &str, expected: &str| assert_eq!(latex(text), expected);
        check("of order √n.", "of order $\\sqrt{n}$.");
        check("ℓ1 norm", "$\\ell_1$ norm");
        check("1 − δ", "1 $-$ $\\delta$");
        check("a_b & 5 %", "a\\_b \\& 5 \\%");
    }

    #[test]
    fn the_table_is_in_ascii_and_has_a_row_for_each_claim() {
        let table = ClaimList::registry().latex();
        assert!(table.is_ascii(), "a character without a form in LaTeX");
        assert_eq!(table.matches(" \\\\\n").count(), 1 + CLAIMS.len());
        assert_eq!(table.matches(" & ").count(), 4 * (1 + CLAIMS.len()));
    }
}
