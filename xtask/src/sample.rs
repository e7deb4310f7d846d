//! `cargo xtask sample`: README and the referee's hour show the verdicts that the program gives.

use xshell::{Shell, cmd};

use crate::steps::{self, Outcome};
use crate::tidy::Finding;

/// Columns of the program's table that do not depend on the processor: claim, evidence, status, verdicts.
const STABLE_COLUMNS: usize = 4;

/// Runs the suite, and compares what documents show of it.
pub fn sample(sh: &Shell) -> anyhow::Result<Outcome> {
    let build = steps::run(cmd!(sh, "cargo build --release --locked --package saltus"))?;
    if build != Outcome::Passed {
        return Ok(build);
    }
    let report = steps::REPORT;
    let printed = cmd!(sh, "target/release/saltus suite --report {report}").read()?;
    let mut findings = lines_of_readme(&sh.read_file("README.md")?, &printed);
    findings.extend(rows_of_page(&sh.read_file(PAGE)?, &printed));
    steps::report(
        &findings,
        "README and the referee's hour show what the program says",
    )
}

const PAGE: &str = "docs/src/reviewers.md";

/// The lines between two marks, each with its index.
fn region<'a>(text: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    let (begin, end) = (
        format!("<!-- {name}:begin -->"),
        format!("<!-- {name}:end -->"),
    );
    let numbered = text.lines().enumerate();
    numbered
        .skip_while(|(_, line)| *line != begin)
        .skip(1)
        .take_while(|(_, line)| *line != end)
        .collect()
}

/// The cells of a line of the program's table, which two blanks or more keep apart; other lines are one cell.
fn cells(line: &str) -> Vec<&str> {
    let cells = line
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty());
    cells.take(STABLE_COLUMNS).collect()
}

/// Each line shown is one that the program prints, in its order; `…` stands for lines left out.
fn lines_of_readme(readme: &str, printed: &str) -> Vec<Finding> {
    let shown = region(readme, "sample");
    let shown = shown
        .iter()
        .filter(|(_, line)| !line.starts_with("```") && *line != "…");
    let mut rest = printed.lines();
    let mut n_shown = 0;
    let mut findings = vec![];
    for (index, line) in shown {
        n_shown += 1;
        if !rest.any(|other| cells(other) == cells(line)) {
            let message = format!("shows a line that the program does not print there: {line}");
            findings.push(Finding::at_line("README.md", *index, message));
            rest = printed.lines();
        }
    }
    if n_shown == 0 {
        findings.push(Finding::in_file(
            "README.md",
            "shows nothing that the program prints".to_owned(),
        ));
    }
    findings
}

/// Every claim has a row with the verdicts that the program gives.
fn rows_of_page(page: &str, printed: &str) -> Vec<Finding> {
    let rows = region(page, "verdicts");
    let shown = rows.iter().filter_map(|(index, line)| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        Some((*index, *cells.get(1)?, *cells.get(2)?))
    });
    let shown: Vec<(usize, &str, &str)> = shown.skip(2).collect();
    let claims = printed.lines().skip(1).take_while(|line| !line.is_empty());
    let mut findings = vec![];
    for line in claims {
        let [claim, _, _, verdicts] = cells(line)[..] else {
            findings.push(Finding::in_file(
                PAGE,
                format!("no row of the table is `{line}`"),
            ));
            continue;
        };
        match shown.iter().find(|(_, name, _)| *name == claim) {
            Some((_, _, expected)) if *expected == verdicts => {}
            Some((index, _, expected)) => {
                let message = format!("expects {expected} of {claim}, found {verdicts}");
                findings.push(Finding::at_line(PAGE, *index, message));
            }
            None => findings.push(Finding::in_file(PAGE, format!("has no row for {claim}"))),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "claim  evidence  status  verdicts                   largest error\n\
        R1     measured  stated  7 holds, 1 not-applicable  7.7e-14 (error)\n\
        R2     measured  stated  8 holds\n\nOverall: holds.\n";

    fn check(found: &[Finding], expected: &[&str]) {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_those_of_the_program_but_for_the_last_column() {
        let readme = |lines: &str| {
            format!("<!-- sample:begin -->\n```text\n{lines}```\n<!-- sample:end -->\n")
        };
        let same = "R1     measured  stated  7 holds, 1 not-applicable  1.0e-14 (error)\n…\nOverall: holds.\n";
        check(&lines_of_readme(&readme(same), PRINTED), &[]);
        let other = "R1     measured  stated  8 holds  7.7e-14 (error)\n";
        let message = "README.md:3: shows a line that the program does not print there: R1     measured  stated  8 holds  7.7e-14 (error)";
        check(&lines_of_readme(&readme(other), PRINTED), &[message]);
        let order = "Overall: holds.\nR2     measured  stated  8 holds\n";
        let message = "README.md:4: shows a line that the program does not print there: R2     measured  stated  8 holds";
        check(&lines_of_readme(&readme(order), PRINTED), &[message]);
        check(
            &lines_of_readme("", PRINTED),
            &["README.md: shows nothing that the program prints"],
        );
    }

    #[test]
    fn every_claim_has_its_row() {
        let page = |rows: &str| {
            format!(
                "<!-- verdicts:begin -->\n| claim | expected |\n|---|---|\n{rows}<!-- verdicts:end -->\n"
            )
        };
        let first = "| R1 | 7 holds, 1 not-applicable | slopes |\n";
        check(
            &rows_of_page(&page(&format!("{first}| R2 | 8 holds | x |\n")), PRINTED),
            &[],
        );
        check(
            &rows_of_page(&page(first), PRINTED),
            &["docs/src/reviewers.md: has no row for R2"],
        );
        let wrong = page(&format!("{first}| R2 | 7 holds | x |\n"));
        check(
            &rows_of_page(&wrong, PRINTED),
            &["docs/src/reviewers.md:5: expects 7 holds of R2, found 8 holds"],
        );
    }
}
