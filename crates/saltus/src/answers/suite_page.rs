//! The report of `saltus suite` as one HTML page: no network, light and dark, for screen, phone and paper.

use saltus_report::{escape, stylesheet};
use serde_json::{Map, Value};

use super::suite::{Certified, Drawn, Suite, SuiteEntry, TIMES, counted, worst};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1e23;--paper:#fff;--line:#d5d8dd;--soft:#f4f5f7;--good:#00664b;--bad:#b23b00;--other:#5a616b}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#15181d;--line:#343941;--soft:#1e2228;--good:#4cc9a0;--bad:#ff9a62;--other:#a3acb8}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:74rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}h3{margin:2.2rem 0 .4rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line)}
td{overflow-wrap:break-word}th{background:var(--soft);overflow-wrap:normal}td.word{overflow-wrap:normal}td.statement{min-width:15rem}
code{font-size:.85em;overflow-wrap:anywhere}.note{font-size:.9rem;color:var(--other)}
ul.figures{margin:0;padding-left:1.1rem;overflow-wrap:anywhere}
.holds{color:var(--good);font-weight:600}.fails,.undecided{color:var(--bad);font-weight:600}.measured,.not-applicable{color:var(--other)}.not-applicable{white-space:nowrap}
figure{margin:1rem auto;max-width:44rem}svg.figure{display:block;width:100%;height:auto}figcaption{font-size:.9rem;color:var(--other)}
pre{overflow-x:auto;background:var(--soft);padding:.8rem;font-size:.8rem}summary{cursor:pointer}
@media screen and (max-width:52rem){
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,tbody,tr,td{display:block}tr{padding:.5rem 0;border-bottom:2px solid var(--line)}
td{padding:.1rem .2rem;border:0}td:empty{display:none}td.statement{min-width:0}
td[data-label]::before{content:attr(data-label) ': ';color:var(--other);font-weight:400}
}
.paper{display:none}
@page{margin:12mm}
@media print{body{max-width:none;padding:0;font-size:8pt;line-height:1.3}h1{font-size:14pt;margin:0}h2{margin:.8rem 0 .3rem}h3{margin:.8rem 0 .2rem}p{margin:.3rem 0}
.paper{display:block}.instances{columns:2;column-gap:6mm}h2,h3,h3+p{break-after:avoid}h3+p{break-inside:avoid}figure{break-inside:avoid;margin:.3rem auto;max-width:7.6cm}figcaption,.note,.paper{font-size:6.5pt}
table{font-size:6.5pt;line-height:1.25}th,td{padding:.12rem .25rem}tr{break-inside:avoid}td.statement{min-width:0}
ul.figures{padding:0}ul.figures li{display:inline}ul.figures li:not(:last-child)::after{content:'; '}
details:not([open]){display:none}pre{white-space:pre-wrap;font-size:6pt;line-height:1.2;padding:.3rem}}
";

/// What a reader of the paper must know.
const ON_PAPER: &str = "<p class=\"paper\">Entries that are only counted below stand in full in <code>report.json</code>, and here where they were \
     unfolded before printing.</p>\n";

/// A figure of the evidence with a longer text than this is counted in the table, and stands in full below it.
const MAX_SHORT: usize = 120;

impl Suite {
    /// The report as an HTML page that needs nothing else; it is written as `report.html`.
    pub fn html(&self) -> String {
        let verdict = self.overall().word();
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
             <title>Saltus verification report</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}{}</style>\n</head>\n<body>\n\
             <h1>Saltus verification report</h1>\n<p>Version {}, {} form. Verdict: <span class=\"{verdict}\">{verdict}</span>. \
             {:.1} seconds of work on {}.</p>\n\
             <p><em>Exact</em>: decided in rational arithmetic and sums of square roots. <em>Certified</em>: decided by rigorous enclosures. \
             <em>Measured</em>: decided from simulations within the tolerances that the evidence states. A conjecture is measured and never said to hold.</p>\n",
            stylesheet(),
            escape(&self.version),
            if self.full { "long" } else { "quick" },
            self.entries.iter().map(|entry| entry.seconds).sum::<f64>(),
            self.subject(),
        );
        page.push_str(&self.claims_table());
        page.push_str(&self.instances_table());
        page.push_str(ON_PAPER);
        // On paper the instances stand in two columns.
        page.push_str("<div class=\"instances\">\n");
        for entry in &self.entries {
            page.push_str(&section(entry));
        }
        page.push_str("</div>\n");
        page.push_str("</body>\n</html>\n");
        page
    }

    fn claims_table(&self) -> String {
        let rows = self.summaries().into_iter().map(|summary| {
            let claim = summary.claim;
            row(&[
                Cell::word("claim", claim.id.to_string()),
                Cell::of("statement", claim.statement),
                Cell::of("source", claim.source),
                Cell::of("evidence", claim.evidence.name()),
                Cell::of("status", claim.status.name()),
                Cell::of("verdicts", counted(&summary.counts)),
                Cell::of("largest error", worst(&summary.worst)),
                Cell::word("seconds", format!("{:.2}", summary.seconds)),
            ])
        });
        let table = table(
            &[
                "claim",
                "statement",
                "source",
                "evidence",
                "status",
                "verdicts",
                "largest error",
                "seconds",
            ],
            rows,
        );
        format!("<h2>Claims</h2>\n{table}<p class=\"note\">{TIMES}</p>\n")
    }

    fn instances_table(&self) -> String {
        let rows = self.entries.iter().map(|entry| {
            let verdict = entry.report.overall().word();
            let certificate = entry.certificate.as_ref();
            let hash = entry.hash().map_or("none".to_owned(), str::to_owned);
            let link = format!(
                "<a href=\"#{}\">{}</a>",
                escape(&entry.name.replace(' ', "-")),
                escape(&entry.name)
            );
            row(&[
                Cell::marked("instance", "", link),
                Cell::marked("verdict", verdict, verdict.to_owned()),
                Cell::of(
                    "certificate",
                    certificate.map_or("none".to_owned(), Certified::text),
                ),
                Cell::marked("SHA-256", "", format!("<code>{}</code>", escape(&hash))),
                Cell::word("seconds", format!("{:.2}", entry.seconds)),
            ])
        });
        let table = table(
            &["instance", "verdict", "certificate", "SHA-256", "seconds"],
            rows,
        );
        format!("<h2>Instances</h2>\n{table}")
    }
}

/// One cell of a table, with the head of its column for narrow windows, where each row is a list.
struct Cell {
    label: &'static str,
    class: &'static str,
    html: String,
}

impl Cell {
    fn of(label: &'static str, text: impl AsRef<str>) -> Cell {
        let class = if label == "statement" { label } else { "" };
        Cell {
            label,
            class,
            html: escape(text.as_ref()),
        }
    }

    /// One word that is never broken.
    fn word(label: &'static str, text: String) -> Cell {
        Cell {
            class: "word",
            ..Cell::of(label, text)
        }
    }

    fn marked(label: &'static str, class: &'static str, html: String) -> Cell {
        Cell { label, class, html }
    }
}

fn row(cells: &[Cell]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| {
            format!(
                "<td data-label=\"{}\" class=\"{}\">{}</td>",
                cell.label, cell.class, cell.html
            )
        })
        .collect();
    format!("<tr>{cells}</tr>\n")
}

fn table(columns: &[&str], rows: impl Iterator<Item = String>) -> String {
    let head: String = columns
        .iter()
        .map(|column| format!("<th scope=\"col\">{column}</th>"))
        .collect();
    let rows: String = rows.collect();
    format!("<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n")
}

/// One instance: its verdicts with what is behind them, and its picture.
fn section(entry: &SuiteEntry) -> String {
    let name = escape(&entry.name.replace(' ', "-"));
    let rows = entry.report.claims.iter().map(|report| {
        let verdict = &report.outcome.verdict;
        let seconds = entry.seconds_of(report.claim.id);
        row(&[
            Cell::word("claim", report.claim.id.to_string()),
            Cell::marked("verdict", verdict.word(), verdict.word().to_owned()),
            Cell::marked(
                "evidence",
                "",
                figures(verdict.reason(), &report.outcome.evidence),
            ),
            Cell::word(
                "seconds",
                seconds.map_or(String::new(), |time| format!("{time:.2}")),
            ),
        ])
    });
    let rows = table(&["claim", "verdict", "evidence", "seconds"], rows);
    let picture = match &entry.picture {
        None => String::new(),
        Some(Ok(Drawn {
            inline, caption, ..
        })) => format!(
            "<figure>{inline}<figcaption>{}. Data: <code>{name}-jumps.csv</code>.</figcaption></figure>\n",
            escape(caption)
        ),
        Some(Err(reason)) => format!("<p>No picture: {}</p>\n", escape(reason)),
    };
    let drawn = match entry.picture {
        None => "",
        Some(_) => " data-drawn",
    };
    let hash = entry.hash().map_or(String::new(), |hash| {
        format!(" SHA-256 of the instance: <code>{}</code>.", escape(hash))
    });
    format!(
        "<section id=\"{name}\"{drawn}>\n<h3>{name}</h3>\n<p>{}; {:.2} seconds.{hash}</p>\n{picture}{rows}\
         <details><summary>All figures of the evidence</summary><pre>{}</pre></details>\n</section>\n",
        escape(&entry.report.instance),
        entry.seconds,
        escape(&all_figures(entry))
    )
}

/// The short figures of the evidence as a list; of long ones, how many entries there are.
fn figures(reason: Option<String>, evidence: &Map<String, Value>) -> String {
    let figures = evidence.iter().filter(|(key, _)| *key != "reason");
    let figures = figures.map(|(key, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let text = match value {
            Value::Array(entries) if text.chars().count() > MAX_SHORT => {
                format!("{} entries, below", entries.len())
            }
            Value::Object(_) if text.chars().count() > MAX_SHORT => "below".to_owned(),
            _ => text,
        };
        format!("{}: {text}", key.replace('_', " "))
    });
    let items: String = reason
        .into_iter()
        .chain(figures)
        .map(|text| format!("<li>{}</li>", escape(&text)))
        .collect();
    format!("<ul class=\"figures\">{items}</ul>")
}

/// Everything that the claims were judged by, one entry of a list a line.
fn all_figures(entry: &SuiteEntry) -> String {
    let mut text = String::new();
    for report in &entry.report.claims {
        text.push_str(&format!("{}\n", report.claim.id));
        for (key, value) in &report.outcome.evidence {
            match value {
                Value::Array(entries) if value.to_string().chars().count() > MAX_SHORT => {
                    text.push_str(&format!("  {key}:\n"));
                    for entry in entries {
                        text.push_str(&format!("    {entry}\n"));
                    }
                }
                value => text.push_str(&format!("  {key}: {value}\n")),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_figures_are_shown_and_long_ones_counted() {
        let check = |value: Value, expected: &str| {
            let evidence = Map::from_iter([("some_figure".to_owned(), value)]);
            let expected = format!("<ul class=\"figures\"><li>some figure: {expected}</li></ul>");
            assert_eq!(figures(None, &evidence), expected);
        };
        check(json!("in words & signs"), "in words &amp; signs");
        check(json!([1, 2]), "[1,2]");
        check(json!(vec!["twelve chars"; 40]), "40 entries, below");
        check(json!({ "long": "x".repeat(200) }), "below");
    }

    #[test]
    fn a_reason_comes_first_and_once() {
        let evidence = Map::from_iter([("reason".to_owned(), json!("because"))]);
        assert_eq!(
            figures(Some("because".to_owned()), &evidence),
            "<ul class=\"figures\"><li>because</li></ul>"
        );
    }

    #[test]
    fn every_cell_names_its_column_for_narrow_windows() {
        let html = row(&[Cell::of("a", "<b>"), Cell::word("c", "d".to_owned())]);
        assert_eq!(
            html,
            "<tr><td data-label=\"a\" class=\"\">&lt;b&gt;</td><td data-label=\"c\" class=\"word\">d</td></tr>\n"
        );
    }
}
