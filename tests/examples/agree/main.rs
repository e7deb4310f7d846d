//! Prediction and simulation on random generic instances of both systems, at the initial scale `e^−10000`.
//!
//! Not through the verifier: the comparison is written once more, from the definitions, with fixed scales. An instance *agrees* if
//! every jump time, read as the slope of the crossing times between Λ = 5,000 and Λ = 10,000, every plateau loss and every size
//! on every plateau is as predicted. Where one is not, the instance is *undecided* if its own predicted rates of convergence leave
//! more than `e^−32` at Λ = 5,000, and *fails* otherwise. Instances where neurons tie or a fit is not unique are not generic and are
//! drawn anew.

mod diagonal;
mod relu;

use std::process::ExitCode;

/// The scales of the two runs.
pub const SCALES: [f64; 2] = [5_000.0, 10_000.0];

/// Relative tolerance of slopes and sizes, and of losses relative to the first loss.
pub const TOLERANCE: f64 = 1e-8;

/// Corrections `e^(−κΛ)` count as gone from this `κΛ` on.
pub const NEGLIGIBLE_EXPONENT: f64 = 32.0;

/// How one instance came out.
#[derive(Debug)]
pub enum Verdict {
    /// Everything compared agrees.
    Agrees {
        /// The largest relative error of a slope.
        slope_error: f64,
        /// The largest `|t/Λ − τ| Λ` at the larger scale.
        constant: f64,
        /// How many jumps there are.
        n_jumps: usize,
    },
    /// Something differs at scales where it may.
    Undecided(String),
    /// Something differs that should not.
    Fails(String),
    /// A hypothesis of the theory does not hold.
    NotGeneric,
}

/// What differs first, and the errors of what agrees.
#[derive(Default)]
pub struct Comparison {
    difference: Option<String>,
    slope_error: f64,
    constant: f64,
}

impl Comparison {
    /// Compares a figure, absolutely within `tolerance`.
    pub fn figure(&mut self, what: impl Fn() -> String, found: f64, expected: f64, tolerance: f64) {
        // Written so that NaN differs.
        let agrees = (found - expected).abs() <= tolerance;
        if !agrees && self.difference.is_none() {
            self.difference = Some(format!("{}: {found} instead of {expected}", what()));
        }
    }

    /// Compares a jump time with the crossing times in both runs.
    pub fn time(&mut self, what: impl Fn() -> String, times: [Option<f64>; 2], expected: f64) {
        let [Some(first), Some(second)] = times else {
            self.figure(what, f64::NAN, expected, 0.0);
            return;
        };
        let slope = (second - first) / (SCALES[1] - SCALES[0]);
        self.figure(what, slope, expected, TOLERANCE * expected);
        self.slope_error = self.slope_error.max((slope / expected - 1.0).abs());
        let constant = (second - expected * SCALES[1]).abs();
        self.constant = self.constant.max(constant);
    }

    /// `needed`: the scale from which on the instance's own corrections are gone.
    pub fn verdict(self, n_jumps: usize, needed: f64) -> Verdict {
        match self.difference {
            None => Verdict::Agrees {
                slope_error: self.slope_error,
                constant: self.constant,
                n_jumps,
            },
            Some(difference) if needed > SCALES[0] => Verdict::Undecided(format!(
                "{difference}; corrections are gone from a log inverse scale of {needed:.0} on"
            )),
            Some(difference) => Verdict::Fails(difference),
        }
    }
}

/// The counts of one system, and what there is to read about.
#[derive(Debug, Default)]
struct Tally {
    agree: usize,
    undecided: usize,
    fail: usize,
    not_generic: usize,
    n_jumps: usize,
    slope_error: f64,
    constant: f64,
    notes: Vec<String>,
}

/// Draws instances by ascending seed until `count` generic ones are judged.
fn tally(count: usize, judge: impl Fn(u64) -> Verdict) -> Tally {
    let mut tally = Tally::default();
    let mut seed = 0;
    while tally.agree + tally.undecided + tally.fail < count {
        match judge(seed) {
            Verdict::Agrees {
                slope_error,
                constant,
                n_jumps,
            } => {
                tally.agree += 1;
                tally.n_jumps += n_jumps;
                tally.slope_error = tally.slope_error.max(slope_error);
                tally.constant = tally.constant.max(constant);
            }
            Verdict::Undecided(why) => {
                tally.undecided += 1;
                tally.notes.push(format!("seed {seed} undecided: {why}"));
            }
            Verdict::Fails(why) => {
                tally.fail += 1;
                tally.notes.push(format!("seed {seed} FAILS: {why}"));
            }
            Verdict::NotGeneric => tally.not_generic += 1,
        }
        seed += 1;
    }
    tally
}

fn main() -> ExitCode {
    let count = match std::env::args().nth(1).map(|count| count.parse()) {
        None => 100,
        Some(Ok(count)) => count,
        Some(Err(_)) => {
            eprintln!("expected the number of instances of each system");
            return ExitCode::from(2);
        }
    };
    let systems = [
        ("relu-orthogonal", tally(count, relu::judge)),
        ("diagonal-linear", tally(count, diagonal::judge)),
    ];
    let mut failed = false;
    for (system, tally) in systems {
        println!(
            "{system}: {} agree, {} undecided, {} fail; {} jumps; largest relative error of a slope {:.1e}, \
             largest |t - tau*L| {:.1}; {} draws were not generic",
            tally.agree,
            tally.undecided,
            tally.fail,
            tally.n_jumps,
            tally.slope_error,
            tally.constant,
            tally.not_generic
        );
        for note in &tally.notes {
            println!("  {note}");
        }
        failed |= tally.fail > 0;
    }
    ExitCode::from(u8::from(failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_instances_agree() {
        for judge in [relu::judge, diagonal::judge] {
            let tally = tally(3, judge);
            assert_eq!(tally.fail, 0, "{tally:?}");
            assert!(tally.agree > 0, "{tally:?}");
        }
    }

    #[test]
    fn a_wrong_figure_is_no_agreement() {
        fn check(times: [Option<f64>; 2], needed: f64, expected: &str) {
            let mut comparison = Comparison::default();
            comparison.time(|| "jump".to_owned(), times, 2.0);
            let verdict = format!("{:?}", comparison.verdict(1, needed));
            assert!(verdict.starts_with(expected), "{verdict}");
        }
        check([Some(10_007.0), Some(20_007.0)], 100.0, "Agrees");
        check([Some(10_007.0), Some(20_007.001)], 100.0, "Fails");
        check([Some(10_007.0), Some(20_007.001)], 9_000.0, "Undecided");
        check([Some(10_007.0), None], 100.0, "Fails");
        check([Some(f64::NAN), Some(20_007.0)], 100.0, "Fails");
    }

    #[test]
    fn swapped_jumps_are_no_agreement() {
        fn check(judge: fn(u64) -> Verdict, judge_swapped: fn(u64) -> Verdict) {
            let agrees =
                |seed: &u64| matches!(judge(*seed), Verdict::Agrees { n_jumps, .. } if n_jumps > 1);
            let seed = (0..20).find(agrees).expect("an instance that agrees");
            let swapped = judge_swapped(seed);
            assert!(matches!(swapped, Verdict::Fails(_)), "{swapped:?}");
        }
        check(relu::judge, relu::judge_swapped);
        check(diagonal::judge, diagonal::judge_swapped);
    }
}
