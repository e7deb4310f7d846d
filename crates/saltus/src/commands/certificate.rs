//! `saltus certify` and `saltus check`.

use std::path::PathBuf;

use clap::Args;
use saltus::answers::Checked;
use saltus::check::check;
use saltus::verify::certify::certify;

use crate::failure::{Failure, Verdict};
use crate::input;
use crate::output::{self, Format, NewFile};
use crate::progress::Progress;

#[derive(Debug, Args)]
pub struct CertifyOptions {
    /// Instance file, or - for standard input
    file: PathBuf,
    /// File to write the certificate to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Certificate
    file: PathBuf,
}

/// Predicts, certifies, has the checker confirm, and writes.
pub fn write(options: &CertifyOptions) -> Result<Verdict, Failure> {
    let progress = Progress::begin("certifying");
    let loaded = input::load(&options.file)?;
    let file = NewFile::begin(&options.out)?;
    let certificate =
        certify(&loaded.instance).map_err(|error| Failure::unsettled(&loaded.file, error))?;
    file.finish(certificate.write().as_bytes())?;
    drop(progress);
    Ok(Verdict::Done)
}

/// Checks a certificate without predicting anything.
pub fn read(options: &CheckOptions, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::begin("checking");
    let answer = Checked::from(check(&input::read_bytes(&options.file)?));
    drop(progress);
    output::print(&answer, format)?;
    Ok(match answer.rule {
        None => Verdict::Done,
        Some(_) => Verdict::Refuted,
    })
}
