//! `saltus verify`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use saltus::answers::Verification;
use saltus::verify::claims::Subject;
use saltus::verify::verdict::Overall;
use saltus::verify::{Claim, ClaimId};

use crate::commands::options;
use crate::failure::{Failure, Verdict};
use crate::input::{self, Loaded};
use crate::output::{self, Format};
use crate::progress::Progress;

#[derive(Debug, Args)]
pub struct Options {
    /// Instance file, or - for standard input
    file: PathBuf,
    /// Runs the long form: a second integrator, and gradient descent on the network itself
    #[arg(long)]
    full: bool,
    /// Checks this claim only, for example R1; may be given several times
    #[arg(long = "claim", value_name = "ID")]
    claims: Vec<ClaimId>,
    /// Gives up after so many seconds; what is not settled by then is undecided
    #[arg(long, value_name = "SECONDS", value_parser = options::positive, allow_hyphen_values = true)]
    time_limit: Option<f64>,
}

pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::begin("verifying");
    let start = Instant::now();
    let limit = options
        .time_limit
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let loaded = input::load(&options.file)?;
    check_claims(&loaded, &options.claims)?;
    let report = saltus::verify::verify(
        &loaded.instance,
        &saltus::verify::Options {
            full: options.full,
            reference: None,
            claims: (!options.claims.is_empty()).then_some(options.claims.as_slice()),
            cancelled: &|| limit.is_some_and(|limit| start.elapsed() > limit),
        },
    );
    drop(progress);
    let verdict = match report.overall() {
        Overall::Holds => Verdict::Done,
        Overall::Fails => Verdict::Refuted,
        Overall::Undecided => Verdict::Undecided,
    };
    output::print(&Verification(report), format)?;
    Ok(verdict)
}

/// A claim about the other system would make an empty report, which holds whatever the instance is.
fn check_claims(loaded: &Loaded, claims: &[ClaimId]) -> Result<(), Failure> {
    let system = loaded.instance.system();
    for &id in claims {
        if Claim::of(id).subject == Subject::Ensemble {
            return Err(Failure::input(
                format!("--claim {id}"),
                format!(
                    "the claim is about random instances, expected `saltus suite --claim {id}`"
                ),
            ));
        }
        let about = Claim::of(id).system.name();
        if about != system {
            return Err(Failure::input(
                format!("--claim {id}"),
                format!(
                    "the claim is about {about}, and {} holds {system}",
                    loaded.file
                ),
            ));
        }
    }
    Ok(())
}
