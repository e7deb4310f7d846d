//! `saltus predict`.

use std::path::PathBuf;

use clap::Args;
use saltus::answers::Prediction;
use saltus::problem::Instance;

use crate::deadline::TimeLimit;
use crate::failure::{Failure, Verdict};
use crate::input::{self, Loaded};
use crate::output::{self, Format};
use crate::progress::Progress;

/// What `saltus predict mine.toml --explain` asks for.
#[derive(Debug, Args)]
pub struct Options {
    /// Instance file, or - for standard input
    file: PathBuf,
    /// Certify times, supports and 30 digits by enclosures, without the fractions (diagonal networks)
    #[arg(long)]
    enclosures: bool,
    /// Says why each neuron or coordinate is the next, with the runner-up and the margin
    #[arg(long, conflicts_with = "enclosures")]
    explain: bool,
    #[command(flatten)]
    limit: TimeLimit,
}

/// Predicts and prints; `--enclosures` for a ReLU network is refused, with exit code 2.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::counting("predicting", "jumps", 0);
    let Loaded { file, instance } = input::load(&options.file)?;
    let is_diagonal = matches!(instance, Instance::Diagonal(_));
    if options.enclosures && !is_diagonal {
        let expected = "found system relu-orthogonal, --enclosures expects diagonal-linear";
        return Err(Failure::input(&file, expected));
    }
    let (enclosures, explain) = (options.enclosures, options.explain);
    let counter = progress.counter();
    let count = move |jumps| counter.set(jumps, 0);
    let predict = move || match (enclosures, explain) {
        (true, _) => Prediction::by_enclosures(&instance),
        (false, true) => Prediction::explained_with_progress(&instance, &count).map(Some),
        (false, false) => Prediction::with_progress(&instance, &count).map(Some),
    };
    let unsettled = |error| Failure::unsettled(&file, error);
    let prediction = options.limit.within(predict)?.map_err(unsettled)?;
    let Some(prediction) = prediction else {
        return Err(Failure::unsettled(&file, "the enclosures give no answer"));
    };
    drop(progress);
    output::print(&prediction, format)?;
    Ok(Verdict::Done)
}
