//! `cargo xtask parsing`: how the work of every reader grows when its input grows eightfold, in instructions counted by Valgrind.

use anyhow::Context;
use xshell::{Shell, cmd};

use crate::steps::{self, Outcome};

/// How the instructions of a reader may grow with its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// In proportion, or by a logarithm more.
    Linear,
    /// Quadratically, in a size that is bounded by what stands here.
    BoundedQuadratic(&'static str),
}

use Growth::{BoundedQuadratic, Linear};

/// Kinds of `tests/examples/parsing.rs` with the larger of the two sizes.
const KINDS: [(&str, usize, Growth); 9] = [
    ("toml", 8_192, Linear),
    ("toml-brackets", 65_536, Linear),
    ("csv", 16_384, Linear),
    ("npy", 16_384, Linear),
    ("npy-header", 65_536, Linear),
    ("certificate", 16_384, Linear),
    ("sum-of-one-root", 4_096, Linear),
    ("sum-of-roots", 4_096, BoundedQuadratic("4,096 terms")),
    ("digits", 10_000, BoundedQuadratic("10,000 characters")),
];

/// The smaller size is the larger one divided by this.
const FACTOR: usize = 8;

/// Between 8, and 64 for a quadratic reader; `8 · log(8n)/log n` is below it at these sizes.
const MOST: f64 = 12.0;

/// The same for quadratic readers: 64, and a logarithm; a cubic one has 512.
const MOST_QUADRATIC: f64 = 96.0;

/// Counts, prints a table, and fails if a reader grows faster than it may.
pub fn parsing(sh: &Shell) -> anyhow::Result<Outcome> {
    if cmd!(sh, "valgrind --version")
        .quiet()
        .ignore_stderr()
        .read()
        .is_err()
    {
        let reason = "Valgrind is not installed (Debian: apt-get install valgrind)";
        eprintln!("xtask: parsing: SKIPPED, {reason}");
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    let build = steps::run(cmd!(
        sh,
        "cargo build --release --locked --package saltus-tests --example parsing"
    ))?;
    if build != Outcome::Passed {
        return Ok(build);
    }
    println!("| reader | size | instructions | of an eighth | ratio |\n|---|---:|---:|---:|---:|");
    let mut failed = false;
    for (kind, size, growth) in KINDS {
        let reading = |size: usize| -> anyhow::Result<u64> {
            let read = instructions(sh, kind, size, "read")?;
            Ok(read.saturating_sub(instructions(sh, kind, size, "make")?))
        };
        let (large, small) = (reading(size)?, reading(size / FACTOR)?);
        let ratio = large as f64 / small as f64;
        println!("| {kind} | {size} | {large} | {small} | {ratio:.1} |");
        if !is_allowed(growth, ratio) {
            failed = true;
            eprintln!("xtask: parsing: {kind} grows by a factor of {ratio:.1}, {growth:?}");
        }
    }
    Ok(match failed {
        true => Outcome::Failed(1),
        false => Outcome::Passed,
    })
}

fn is_allowed(growth: Growth, ratio: f64) -> bool {
    match growth {
        Linear => ratio <= MOST,
        BoundedQuadratic(_) => ratio <= MOST_QUADRATIC,
    }
}

/// The instructions that one run executes, from start to end.
fn instructions(sh: &Shell, kind: &str, size: usize, what: &str) -> anyhow::Result<u64> {
    let size = size.to_string();
    let output = cmd!(
        sh,
        "valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null target/release/examples/parsing {kind} {size} {what}"
    )
    .quiet()
    .output()?;
    counted(&String::from_utf8_lossy(&output.stderr))
        .with_context(|| format!("Valgrind counts no instructions of {kind} {size} {what}"))
}

/// The count in what Valgrind says.
fn counted(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find(|line| line.contains("I refs:") || line.contains("I   refs:"))?;
    let (_, count) = line.rsplit_once(':')?;
    count.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(counted(text), expected);
        check("==1== \n==1== I refs:        1,234,567\n", Some(1_234_567));
        check("==1== I   refs:      12\n", Some(12));
        check("==1== Command: true\n", None);
    }

    #[test]
    fn quadratic_readers_are_found() {
        assert!(is_allowed(Linear, 8.1) && is_allowed(Linear, 9.9));
        assert!(!is_allowed(Linear, 64.0) && !is_allowed(Linear, f64::NAN));
        assert!(is_allowed(BoundedQuadratic("sizes"), 64.0));
        assert!(!is_allowed(BoundedQuadratic("sizes"), 512.0));
    }
}
