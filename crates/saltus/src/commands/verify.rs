//! `saltus verify`.

use std::path::PathBuf;

use clap::Args;
use saltus::answers::Verification;
use saltus::verify::claims::Subject;
use saltus::verify::verdict::Overall;
use saltus::verify::{Claim, ClaimId};

use crate::deadline::TimeLimit;
use crate::failure::{Failure, Verdict};
use crate::input::{self, Loaded};
use crate::output::{self, Format};
use crate::progress::Progress;

/// What `saltus verify mine.toml --claim R1` asks for.
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
    #[command(flatten)]
    limit: TimeLimit,
}

/// Verifies and prints; the exit code is 0, 1 or 3 as the verdict on the whole is `holds`, `fails` or `undecided`.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::counting("verifying", "steps and runs of simulations", 0);
    let counter = progress.counter();
    let stop = options.limit.stopper();
    let loaded = input::load(&options.file)?;
    check_claims(&loaded, &options.claims)?;
    let (full, claims) = (options.full, options.claims.clone());
    let report = options.limit.within_grace(move || {
        saltus::verify::verify(
            &loaded.instance,
            &saltus::verify::Options {
                full,
                claims: (!claims.is_empty()).then_some(claims.as_slice()),
                cancelled: &|| {
                    counter.advance();
                    stop()
                },
                ..saltus::verify::Options::default()
            },
        )
    })?;
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
