//! `saltus predict`.

use std::path::PathBuf;

use clap::Args;
use saltus::answers::Prediction;

use crate::failure::{Failure, Verdict};
use crate::input;
use crate::output::{self, Format};
use crate::progress::Progress;

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
}

pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::begin("predicting");
    let loaded = input::load(&options.file)?;
    let unsettled = |error| Failure::unsettled(&loaded.file, error);
    let prediction = if options.enclosures {
        Prediction::by_enclosures(&loaded.instance)
            .map_err(unsettled)?
            .ok_or_else(|| {
                let expected = "found system relu-orthogonal, --enclosures expects diagonal-linear";
                Failure::input(&loaded.file, expected)
            })?
    } else if options.explain {
        Prediction::explained(&loaded.instance).map_err(unsettled)?
    } else {
        Prediction::of(&loaded.instance).map_err(unsettled)?
    };
    drop(progress);
    output::print(&prediction, format)?;
    Ok(Verdict::Done)
}
