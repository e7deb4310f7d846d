//! `saltus certify` and `saltus check`.

use std::path::{Path, PathBuf};

use clap::Args;
use saltus::answers::Checked;

use saltus::check::{MAX_CERTIFICATE_BYTES, check_with_progress, reprint};
use saltus::verify::certify::certify_with_progress;

use crate::deadline::TimeLimit;
use crate::failure::{Failure, Verdict};
use crate::input::{self, Loaded};
use crate::output::{self, Format, NewFile};
use crate::progress::Progress;

/// What `saltus certify mine.toml --out mine.json` asks for.
#[derive(Debug, Args)]
pub struct CertifyOptions {
    /// Instance file, or - for standard input
    file: PathBuf,
    /// File to write the certificate to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    limit: TimeLimit,
}

/// What `saltus check mine.json --instance mine.toml` asks for.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Certificate; an instance file (named *.toml) alone is printed as it was parsed
    #[arg(required_unless_present = "instance")]
    file: Option<PathBuf>,
    /// Instance file that the certificate must be about; without a certificate, it is printed as it was parsed
    #[arg(long, value_name = "FILE")]
    instance: Option<PathBuf>,
    #[command(flatten)]
    limit: TimeLimit,
}

/// Predicts, certifies, has the checker confirm, and writes: `saltus certify mine.toml --out mine.json` writes no file where one
/// of these fails.
pub fn write(options: &CertifyOptions) -> Result<Verdict, Failure> {
    let progress = Progress::counting("certifying", "jumps", 0);
    let counter = progress.counter();
    let Loaded {
        file: source,
        instance,
    } = input::load(&options.file)?;
    let file = NewFile::begin(&options.out)?;
    let certificate = options
        .limit
        .within(move || certify_with_progress(&instance, &|jumps, of| counter.set(jumps, of)))?
        .map_err(|error| Failure::unsettled(&source, error))?;
    file.finish(certificate.write().as_bytes())?;
    drop(progress);
    Ok(Verdict::Done)
}

/// Checks a certificate without predicting anything; without a certificate, prints the instance as it was parsed. The end is
/// `Verdict::Refuted`, exit code 1, for a certificate that is refused.
pub fn read(options: &CheckOptions, format: Format) -> Result<Verdict, Failure> {
    let is_instance = |file: &Path| file.extension().is_some_and(|ending| ending == "toml");
    match (&options.file, &options.instance) {
        (None, Some(instance)) => print_instance(instance),
        (Some(file), None) if is_instance(file) => print_instance(file),
        (Some(file), instance) => check_file(file, instance.as_deref(), options.limit, format),
        (None, None) => Err(Failure::input("check", "found no file, expected one")),
    }
}

fn check_file(
    file: &Path,
    about: Option<&Path>,
    limit: TimeLimit,
    format: Format,
) -> Result<Verdict, Failure> {
    let about = about.map(input::load).transpose()?;
    let progress = Progress::counting("checking", "jumps", 0);
    let counter = progress.counter();
    // One byte too many is enough for the checker to refuse a file that is too long.
    let bytes = input::read_beginning(file, MAX_CERTIFICATE_BYTES + 1)?;
    let answer = Checked::from(limit.within(move || {
        let about = about.as_ref().map(|about| &about.instance);
        check_with_progress(&bytes, about, &|jumps, of| counter.set(jumps, of))
    })?);
    drop(progress);
    output::print(&answer, format)?;
    Ok(match answer.rule {
        None => Verdict::Done,
        Some(_) => Verdict::Refuted,
    })
}

fn print_instance(file: &Path) -> Result<Verdict, Failure> {
    output::write(reprint(&input::load(file)?.instance).as_bytes())?;
    Ok(Verdict::Done)
}
