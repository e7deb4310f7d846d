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
}

pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::begin("predicting");
    let loaded = input::load(&options.file)?;
    let prediction = Prediction::of(&loaded.instance)
        .map_err(|error| Failure::unsettled(&loaded.file, error))?;
    drop(progress);
    output::print(&prediction, format)?;
    Ok(Verdict::Done)
}
