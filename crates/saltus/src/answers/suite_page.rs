//! The report of `saltus suite` as one HTML page: no network, light and dark, for screen and paper.

use saltus_report::{escape, stylesheet};

use super::suite::{Certified, Drawn, Suite, SuiteEntry, counted, worst};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1e23;--paper:#fff;--line:#d5d8dd;--soft:#f4f5f7;--good:#00664b;--bad:#b23b00;--other:#5a616b}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#15181d;--line:#343941;--soft:#1e2228;--good:#4cc9a0;--bad:#ff9a62;--other:#a3acb8}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:62rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}h3{margin:2.2rem 0 .4rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:normal}
th{background:var(--soft)}td.statement{min-width:16rem}td.nowrap{white-space:nowrap}
.holds{color:var(--good);font-weight:600}.fails,.undecided{color:var(--bad);font-weight:600}.measured,.not-applicable{color:var(--other)}
figure{margin:1rem auto;max-width:44rem}svg.figure{display:block;width:100%;height:auto}figcaption{font-size:.9rem;color:var(--other)}
pre{overflow-x:auto;background:var(--soft);padding:.8rem;font-size:.8rem}summary{cursor:pointer}
@page{margin:14mm}
@media print{body{max-width:none;padding:0;font-size:9pt}section{break-before:page}figure{break-inside:avoid;max-width:12.5cm}figcaption{font-size:8pt}details:not([open]){display:none}.scroll{overflow:visible}table{font-size:7.5pt}th,td{padding:.2rem .35rem}tr{break-inside:avoid}td.statement{min-width:0;width:36%}td.nowrap{white-space:normal}}
";

impl Suite {
    /// The report as an HTML page that needs nothing else.
    pub fn html(&self) -> String {
        let verdict = self.overall().word();
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
             <title>Saltus verification report</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}{}</style>\n</head>\n<body>\n\
             <h1>Saltus verification report</h1>\n<p>Version {}, {} form. Verdict: <span class=\"{verdict}\">{verdict}</span>. \
             {:.1} seconds of work on {} instances.</p>\n\
             <p><em>Exact</em>: decided in rational arithmetic and sums of square roots. <em>Certified</em>: decided by rigorous enclosures. \
             <em>Measured</em>: decided from simulations within the tolerances that the evidence states. A conjecture is measured and never said to hold.</p>\n",
            stylesheet(),
            escape(&self.version),
            if self.full { "long" } else { "quick" },
            self.entries.iter().map(|entry| entry.seconds).sum::<f64>(),
            self.entries.len(),
        );
        page.push_str(&self.claims_table());
        page.push_str(&self.instances_table());
        for entry in &self.entries {
            page.push_str(&section(entry));
        }
        page.push_str("</body>\n</html>\n");
        page
    }

    fn claims_table(&self) -> String {
        let rows = self.summaries().into_iter().map(|summary| {
            let claim = summary.claim;
            format!(
                "<tr><td>{}</td><td class=\"statement\">{}</td><td class=\"nowrap\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                claim.id,
                escape(claim.statement),
                escape(claim.source),
                claim.evidence.name(),
                claim.status.name(),
                escape(&counted(&summary.counts)),
                escape(&worst(&summary.worst)),
            )
        });
        table(
            "Claims",
            &[
                "claim",
                "statement",
                "source",
                "evidence",
                "status",
                "verdicts",
                "largest error",
            ],
            rows,
        )
    }

    fn instances_table(&self) -> String {
        let rows = self.entries.iter().map(|entry| {
            let verdict = entry.report.overall().word();
            format!(
                "<tr><td class=\"nowrap\"><a href=\"#{anchor}\">{name}</a></td><td class=\"{verdict}\">{verdict}</td><td>{}</td><td>{:.2}</td></tr>\n",
                escape(&entry.certificate.as_ref().map_or(String::new(), Certified::text)),
                entry.seconds,
                name = escape(&entry.name),
                anchor = escape(&entry.name.replace(' ', "-")),
            )
        });
        table(
            "Instances",
            &["instance", "verdict", "certificate", "seconds"],
            rows,
        )
    }
}

fn table(title: &str, columns: &[&str], rows: impl Iterator<Item = String>) -> String {
    let head: String = columns
        .iter()
        .map(|column| format!("<th scope=\"col\">{column}</th>"))
        .collect();
    let rows: String = rows.collect();
    format!(
        "<h2>{title}</h2>\n<div class=\"scroll\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// One instance: its verdicts with what is behind them, and its picture.
fn section(entry: &SuiteEntry) -> String {
    let name = escape(&entry.name.replace(' ', "-"));
    let rows: String = entry
        .report
        .claims
        .iter()
        .map(|report| {
            let word = report.outcome.verdict.word();
            let reason = report.outcome.verdict.reason().unwrap_or_default();
            format!(
                "<tr><td>{}</td><td class=\"{word} nowrap\">{word}</td><td>{}</td></tr>\n",
                report.claim.id,
                escape(&reason)
            )
        })
        .collect();
    let picture = match &entry.picture {
        None => String::new(),
        Some(Ok(Drawn {
            inline, caption, ..
        })) => format!(
            "<figure>{inline}<figcaption>{} Data: <code>{name}-jumps.csv</code>.</figcaption></figure>\n",
            escape(caption)
        ),
        Some(Err(reason)) => format!("<p>No picture: {}</p>\n", escape(reason)),
    };
    let drawn = match entry.picture {
        None => "",
        Some(_) => " data-drawn",
    };
    let evidence = serde_json::to_string_pretty(&entry.report.to_json()).unwrap_or_default();
    format!(
        "<section id=\"{name}\"{drawn}>\n<h3>{name}</h3>\n<p>{}; {:.2} seconds.</p>\n{picture}<div class=\"scroll\"><table>\n<tbody>\n{rows}</tbody>\n</table></div>\n\
         <details><summary>Evidence</summary><pre>{}</pre></details>\n</section>\n",
        escape(&entry.report.instance),
        entry.seconds,
        escape(&evidence)
    )
}
