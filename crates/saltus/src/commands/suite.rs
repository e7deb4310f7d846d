//! `saltus suite`: every claim on every shipped instance; `saltus claims`: the registry.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;
use saltus::answers::{Certified, ClaimList, Drawn, Suite, SuiteEntry};
use saltus::check::check;
use saltus::data::shipped::{SHIPPED, Shipped};
use saltus::problem::Instance;
use saltus::report::{ReportError, jumps};
use saltus::verify::certify::{CertifyError, certify};
use saltus::verify::claims::{Subject, System};
use saltus::verify::descent::SparseReference;
use saltus::verify::verdict::Overall;
use saltus::verify::{Claim, ClaimId, Stage};

use super::clock::ClaimClock;
use super::ensemble;
use crate::deadline::TimeLimit;
use crate::failure::{Failure, Verdict};
use crate::output::{self, Format, NewFile};
use crate::progress::{Counter, Progress};

/// What `saltus suite --claim R1 --report out` asks for.
#[derive(Debug, Args)]
pub struct Options {
    /// Runs the long form
    #[arg(long)]
    full: bool,
    /// Checks this claim only, for example R1; may be given several times
    #[arg(long = "claim", value_name = "ID")]
    claims: Vec<ClaimId>,
    /// Folder for report.html, report.md, report.json, the pictures and their data
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    #[command(flatten)]
    limit: TimeLimit,
}

/// What `saltus claims --markdown` asks for.
#[derive(Debug, Args)]
pub struct ClaimsOptions {
    /// Prints the table as Markdown
    #[arg(long, conflicts_with = "latex")]
    markdown: bool,
    /// Prints the table as LaTeX, which needs no package
    #[arg(long)]
    latex: bool,
}

/// Prints the registry: a row for each claim, from `R1` to `S6`.
pub fn claims(options: &ClaimsOptions, format: Format) -> Result<Verdict, Failure> {
    let registry = ClaimList::registry();
    match (options.markdown, options.latex) {
        (true, _) => output::write(registry.markdown().as_bytes()),
        (_, true) => output::write(registry.latex().as_bytes()),
        _ => output::print(&registry, format),
    }?;
    Ok(Verdict::Done)
}

/// Verifies and prints; the exit code is 0, 1 or 3 as the verdict on the whole is `holds`, `fails` or `undecided`.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let claims = (!options.claims.is_empty()).then_some(options.claims.as_slice());
    let settings = saltus::verify::Options {
        full: options.full,
        claims,
        ..saltus::verify::Options::default()
    };
    let chosen: Vec<&Shipped> = SHIPPED
        .iter()
        .filter(|shipped| is_concerned(shipped, claims))
        .collect();
    let stop = options.limit.stopper();
    let of = chosen
        .iter()
        .map(|shipped| n_claims(shipped, &settings))
        .sum();
    let progress = Progress::counting("verifying the shipped instances", "claims", of);
    let counter = progress.counter();
    let mut entries = run_all(&chosen, &settings, options.report.is_some(), stop, &counter)?;
    drop(progress);
    let start = Instant::now();
    if let Some((report, claim_times)) = ensemble::verify(options.full, claims, &stop) {
        entries.push(SuiteEntry {
            name: ensemble::NAME.to_owned(),
            report,
            claim_times,
            certificate: None,
            picture: None,
            seconds: start.elapsed().as_secs_f64(),
        });
    }
    let mut suite = Suite {
        entries,
        version: output::VERSION.to_owned(),
        full: options.full,
        written_to: None,
    };
    if let Some(folder) = &options.report {
        write_report(&mut suite, folder)?;
    }
    output::print(&suite, format)?;
    Ok(match suite.overall() {
        Overall::Holds => Verdict::Done,
        Overall::Fails => Verdict::Refuted,
        Overall::Undecided => Verdict::Undecided,
    })
}

/// Whether one of the claims asked for is about the system of the instance.
fn is_concerned(shipped: &Shipped, claims: Option<&[ClaimId]>) -> bool {
    let Some(claims) = claims else { return true };
    shipped.load().is_ok_and(|instance| {
        claims.iter().map(|&id| Claim::of(id)).any(|claim| {
            claim.subject != Subject::Ensemble && claim.system.name() == instance.system()
        })
    })
}

/// How many claims will be decided on the instance.
fn n_claims(shipped: &Shipped, settings: &saltus::verify::Options<'_>) -> usize {
    let of = |system, subject| settings.asked(system, subject).len();
    match shipped.load() {
        Ok(Instance::Relu(_)) => of(System::ReluOrthogonal, Subject::Flow),
        Ok(Instance::Diagonal(_)) => {
            of(System::DiagonalLinear, Subject::Flow) + of(System::DiagonalLinear, Subject::Descent)
        }
        Err(_) => 0,
    }
}

/// Verifies the instances on all cores; the answer does not depend on how many there are.
fn run_all(
    chosen: &[&Shipped],
    settings: &saltus::verify::Options<'_>,
    with_pictures: bool,
    stop: impl Fn() -> bool + Copy + Send + Sync,
    counter: &Counter,
) -> Result<Vec<SuiteEntry>, Failure> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<SuiteEntry, Failure>)>> = Mutex::new(vec![]);
    let (full, claims) = (settings.full, settings.claims);
    let work = || {
        let settings = saltus::verify::Options {
            full,
            claims,
            cancelled: &stop,
            ..saltus::verify::Options::default()
        };
        // The longest instances stand last in the list: begin with them.
        loop {
            let taken = next.fetch_add(1, Ordering::Relaxed);
            let Some(index) = chosen.len().checked_sub(taken + 1) else {
                return;
            };
            let entry = run_one(chosen[index], &settings, with_pictures, counter);
            if let Ok(mut done) = done.lock() {
                done.push((index, entry));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 1..threads.min(chosen.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut entries = done.into_inner().unwrap_or_default();
    entries.sort_by_key(|(index, _)| *index);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn run_one(
    shipped: &Shipped,
    settings: &saltus::verify::Options<'_>,
    with_pictures: bool,
    counter: &Counter,
) -> Result<SuiteEntry, Failure> {
    let start = Instant::now();
    let refused = |error: &dyn std::fmt::Display| Failure::unsettled(shipped.name, error);
    let instance = shipped.load().map_err(|error| refused(&error))?;
    let reference = sparse_reference(shipped).map_err(|error| refused(&error))?;
    let clock = ClaimClock::start();
    let finished = |stage: Stage| {
        clock.stage(stage);
        if matches!(stage, Stage::Claim(_)) {
            counter.advance();
        }
    };
    let settings = saltus::verify::Options {
        reference: reference.as_ref(),
        finished: &finished,
        ..*settings
    };
    let report = saltus::verify::verify(&instance, &settings);
    let claim_times = clock.times();
    Ok(SuiteEntry {
        name: shipped.name.to_owned(),
        report,
        claim_times,
        certificate: Some(certificate(&instance)),
        picture: with_pictures.then(|| picture(&instance).map_err(|error| error.to_string())),
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// Draws the jump picture.
fn picture(instance: &Instance) -> Result<Drawn, ReportError> {
    let figure = jumps::figure(instance, &jumps::default_scales())?;
    Ok(Drawn {
        svg: figure.svg()?,
        inline: figure.inline_svg()?,
        csv: figure.csv()?,
        caption: figure.caption,
    })
}

/// Certifies the prediction and has the checker read what was written.
fn certificate(instance: &Instance) -> Certified {
    match certify(instance) {
        Ok(certificate) => {
            let text = certificate.write();
            match check(text.as_bytes()) {
                saltus::check::Verdict::Valid => Certified::Valid {
                    hash: certificate.hash().to_owned(),
                    bytes: text.len(),
                },
                saltus::check::Verdict::Invalid(rejection) => {
                    Certified::Refused(rejection.to_string())
                }
            }
        }
        Err(CertifyError::Rejected(rejection)) => Certified::Refused(rejection.to_string()),
        Err(error) => Certified::Missing(error.to_string()),
    }
}

/// The true predictor and the test data of a sparse regression, if they come with the instance.
fn sparse_reference(shipped: &Shipped) -> anyhow::Result<Option<SparseReference>> {
    let path = |file: &str| format!("{}/{file}", shipped.name);
    if !shipped
        .files
        .iter()
        .any(|(name, _)| *name == path("beta_star.csv"))
    {
        return Ok(None);
    }
    let table = |file: &str| shipped.table(&path(file));
    let reference = SparseReference::from_tables(
        &table("beta_star.csv")?,
        &table("test_inputs.csv")?,
        &table("test_labels.csv")?,
    )?;
    Ok(Some(reference))
}

fn write_report(suite: &mut Suite, folder: &Path) -> Result<(), Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::input(folder.display(), error);
    std::fs::create_dir_all(folder).map_err(|error| refused(&error))?;
    let page = folder.join("report.md");
    NewFile::begin(&page)?.finish(suite.markdown().as_bytes())?;
    let html = folder.join("report.html");
    suite.written_to = Some(html.display().to_string());
    NewFile::begin(&html)?.finish(suite.html().as_bytes())?;
    let json =
        serde_json::to_string_pretty(&output::versioned(suite)).map_err(|error| refused(&error))?;
    NewFile::begin(&folder.join("report.json"))?.finish(json.as_bytes())?;
    for entry in &suite.entries {
        if let Some(Ok(drawn)) = &entry.picture {
            for (ending, content) in [("svg", &drawn.svg), ("csv", &drawn.csv)] {
                let file = folder.join(format!("{}-jumps.{ending}", entry.name));
                NewFile::begin(&file)?.finish(content.as_bytes())?;
            }
        }
        for table in &entry.report.tables {
            let name = entry.name.replace(' ', "-");
            let file = folder.join(format!("{name}-{}.csv", table.name));
            NewFile::begin(&file)?.finish(table.csv().as_bytes())?;
        }
    }
    Ok(())
}
