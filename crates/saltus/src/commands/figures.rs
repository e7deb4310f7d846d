//! `saltus figures`: the figures of the claims and of the papers, each with its data.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use saltus::answers::{DrawnFigure, FiguresAnswer};
use saltus::report::studies::{Effort, STUDIES, Study};

use crate::failure::{Failure, Verdict};
use crate::output::{self, Format, NewFile};
use crate::progress::Progress;

/// What `saltus figures --out figures --figure norm-ratio` asks for.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder for the pictures (SVG) and their data (CSV); it is made if it is not there
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Draws this figure only, for example norm-ratio; may be given several times
    #[arg(long = "figure", value_name = "NAME", value_parser = known_name)]
    figures: Vec<String>,
    /// Short runs and few draws: the same files, for a first look
    #[arg(long)]
    quick: bool,
    /// How many threads, instead of one a core
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

fn known_name(text: &str) -> Result<String, String> {
    let names: Vec<&str> = STUDIES.iter().map(|study| study.name).collect();
    match names.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("expected one of {}", names.join(", "))),
    }
}

/// A figure in all its forms.
struct Drawn {
    caption: String,
    svg: String,
    csv: String,
}

/// Draws the figures and writes two files for each, such as `norm-ratio.svg` and `norm-ratio.csv`.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let folder = &options.out;
    std::fs::create_dir_all(folder).map_err(|error| {
        let message = format!("the folder cannot be made: {error}");
        Failure::input(folder.display(), message)
    })?;
    let wanted = |study: &&Study| {
        let names = &options.figures;
        names.is_empty() || names.iter().any(|name| name == study.name)
    };
    let chosen: Vec<&Study> = STUDIES.iter().filter(wanted).collect();
    let file = |study: &Study, ending: &str| format!("{}.{ending}", study.name);
    let mut files = vec![];
    for study in &chosen {
        files.push(["svg", "csv"].map(|ending| folder.join(file(study, ending))));
    }
    // A folder that cannot be written to is found out before anything is computed.
    for path in files.iter().flatten() {
        NewFile::begin(path)?;
    }
    let effort = match options.quick {
        true => Effort::Quick,
        false => Effort::Full,
    };
    let threads = match options.threads {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let drawn = draw_all(&chosen, effort, threads)?;
    let mut figures = vec![];
    for ((study, paths), drawn) in chosen.iter().zip(&files).zip(drawn) {
        for (path, content) in paths.iter().zip([&drawn.svg, &drawn.csv]) {
            NewFile::begin(path)?.finish(content.as_bytes())?;
        }
        figures.push(DrawnFigure {
            picture: file(study, "svg"),
            data: file(study, "csv"),
            caption: drawn.caption,
        });
    }
    let answer = FiguresAnswer {
        folder: folder.display().to_string(),
        figures,
    };
    output::print(&answer, format)?;
    Ok(Verdict::Done)
}

/// Draws the figures, several at a time; each depends on its study alone.
fn draw_all(chosen: &[&Study], effort: Effort, threads: usize) -> Result<Vec<Drawn>, Failure> {
    let progress = Progress::counting("drawing", "figures", chosen.len());
    let counter = progress.counter();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<Drawn, Failure>)>> = Mutex::new(vec![]);
    let work = || {
        // The longest studies stand last in the list: begin with them.
        while let Some(index) = chosen
            .len()
            .checked_sub(1 + next.fetch_add(1, Ordering::Relaxed))
        {
            let drawn = draw(chosen[index], effort);
            counter.advance();
            if let Ok(mut done) = done.lock() {
                done.push((index, drawn));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(chosen.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut drawn = done.into_inner().unwrap_or_default();
    drawn.sort_by_key(|(index, _)| *index);
    drawn.into_iter().map(|(_, drawn)| drawn).collect()
}

fn draw(study: &Study, effort: Effort) -> Result<Drawn, Failure> {
    let refused = |error| Failure::unsettled(study.name, error);
    let figure = study.draw(effort).map_err(refused)?;
    Ok(Drawn {
        svg: figure.svg().map_err(refused)?,
        csv: figure.csv().map_err(refused)?,
        caption: figure.caption,
    })
}
