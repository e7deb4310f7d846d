//! The verifier on badly scaled random instances: which verdicts it gives, and that none of them is *fails*.
//!
//! The predictions are exact and the claims hold of small instances, so that *fails* would be false; *undecided* with the reason is the
//! answer where floats do not suffice. The work of an instance is bounded by a count of steps, so that the verdicts are functions
//! of the seeds alone.

mod draw;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::process::ExitCode;

use saltus_data::parse_instance;
use saltus_verify::{Options, verify};

use draw::{diagonal, relu};

/// Steps and runs of simulations after which the verification of one instance is stopped, as by a time limit.
const STEP_LIMIT: usize = 2_000_000;

/// Counts of verdicts by claim and word, and the instances with a claim that fails.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<(String, &'static str), usize>,
    failures: Vec<String>,
}

impl Tally {
    /// Verifies one instance.
    fn add(&mut self, text: &str) {
        let refuse = |_: &str| Err(saltus_data::ReadError::NotFound);
        let instance = match parse_instance(text, "scaled.toml", &mut { refuse }) {
            Ok(instance) => instance,
            Err(error) => {
                self.failures.push(format!("{error}\n{text}"));
                return;
            }
        };
        let steps = Cell::new(0);
        let options = Options {
            cancelled: &|| {
                steps.set(steps.get() + 1);
                steps.get() > STEP_LIMIT
            },
            ..Options::default()
        };
        for entry in verify(&instance, &options).claims {
            let verdict = &entry.outcome.verdict;
            let id = entry.claim.id.to_string();
            if verdict.word() == "fails" {
                let reason = verdict.reason().unwrap_or_default();
                self.failures.push(format!("{id} fails: {reason}\n{text}"));
            }
            *self.counts.entry((id, verdict.word())).or_default() += 1;
        }
    }

    /// One line a claim.
    fn lines(&self) -> String {
        let mut lines: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ((id, word), count) in &self.counts {
            lines.entry(id).or_default().push(format!("{count} {word}"));
        }
        let lines = lines.into_iter();
        lines
            .map(|(id, counts)| format!("{id}: {}\n", counts.join(", ")))
            .collect()
    }
}

fn main() -> ExitCode {
    let count = match std::env::args().nth(1).map(|count| count.parse()) {
        None => 300,
        Some(Ok(count)) => count,
        Some(Err(_)) => {
            eprintln!("expected the number of instances of each system");
            return ExitCode::from(2);
        }
    };
    let mut tally = Tally::default();
    for seed in 0..count {
        tally.add(&diagonal(seed));
        tally.add(&relu(seed));
    }
    print!("{count} instances of each system\n{}", tally.lines());
    for failure in &tally.failures {
        println!("\n{failure}");
    }
    ExitCode::from(u8::from(!tally.failures.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_of_a_few_fails() {
        let mut tally = Tally::default();
        for seed in 0..6 {
            tally.add(&diagonal(seed));
            tally.add(&relu(seed));
        }
        assert!(tally.failures.is_empty(), "{:?}", tally.failures);
        let word = |word: &str| {
            let counts = tally.counts.iter().filter(|((_, found), _)| *found == word);
            counts.map(|(_, count)| count).sum::<usize>()
        };
        assert!(word("holds") > 10, "{}", tally.lines());
    }

    #[test]
    fn what_cannot_be_read_is_a_failure() {
        let mut tally = Tally::default();
        tally.add("system = 1");
        assert_eq!(tally.failures.len(), 1);
    }

    #[test]
    fn seeds_make_different_instances_and_the_same_ones_again() {
        for draw in [diagonal, relu] {
            let texts: std::collections::BTreeSet<String> = (0..50).map(draw).collect();
            assert_eq!(texts.len(), 50);
            assert!(texts.contains(&draw(7)));
        }
    }
}
