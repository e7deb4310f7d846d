//! `saltus sweep`: plans, shards of them, and their merging.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use saltus::answers::{SweepRun, SweepSummary};
use saltus::sweep::plan::{Shard, Task, plan, read_tasks, write_tasks};
use saltus::sweep::run::{merge_with_progress, perform_all, resume};

use crate::failure::{Failure, Verdict};
use crate::input;
use crate::output::{self, Format, NewFile};
use crate::progress::Progress;

/// What the scheduler calls the task of a job array.
const ARRAY_TASK: &str = "SLURM_ARRAY_TASK_ID";

/// Time between two lines of progress where standard error is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What `saltus sweep run tasks.jsonl --shard 1/2 --out part-1.jsonl`, or another command of a sweep, asks for.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    command: SweepCommand,
}

#[derive(Debug, Subcommand)]
enum SweepCommand {
    /// Writes the tasks of a specification, one self-contained line each
    Plan(PlanOptions),
    /// Does the tasks of one shard; run again, it goes on where it was cut off
    Run(RunOptions),
    /// Puts parts together, names what is missing, and summarises
    Merge(MergeOptions),
}

#[derive(Debug, Args)]
struct PlanOptions {
    /// Specification (TOML)
    spec: PathBuf,
    /// File to write the tasks to, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct RunOptions {
    /// Tasks, as `saltus sweep plan` writes them
    tasks: PathBuf,
    /// Which shard: i/n, or /n to take i from SLURM_ARRAY_TASK_ID
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    shard: String,
    /// File that the records are appended to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How many threads, instead of one a core
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct MergeOptions {
    /// Parts, as `saltus sweep run` writes them, or what an earlier merge wrote
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// File to write all records to, in the order of the tasks
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Plans, runs or merges; a merge ends with `Verdict::Undecided`, exit code 3, where a task is missing or undecided.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    match &options.command {
        SweepCommand::Plan(options) => write_plan(options),
        SweepCommand::Run(options) => run_shard(options, format),
        SweepCommand::Merge(options) => merge_parts(options, format),
    }
}

fn write_plan(options: &PlanOptions) -> Result<Verdict, Failure> {
    let text = input::read_text(&options.spec)?;
    let tasks = plan(&text).map_err(|error| Failure::input(options.spec.display(), error))?;
    let lines = write_tasks(&tasks);
    match &options.out {
        Some(path) => NewFile::begin(path)?.finish(lines.as_bytes())?,
        None => output::write(lines.as_bytes())?,
    }
    Ok(Verdict::Done)
}

fn run_shard(options: &RunOptions, format: Format) -> Result<Verdict, Failure> {
    let environment = std::env::var(ARRAY_TASK).ok();
    let shard = Shard::parse(&options.shard, environment.as_deref())
        .map_err(|error| Failure::input("--shard", error))?;
    let tasks = read_tasks(&input::read_text(&options.tasks)?)
        .map_err(|error| Failure::input(options.tasks.display(), error))?;
    let mine: Vec<Task> = (0..)
        .zip(tasks)
        .filter(|(position, _)| shard.contains(*position))
        .map(|(_, task)| task)
        .collect();
    let mut part = Part::open(&options.out)?;
    let name = options.out.display().to_string();
    let resumed = resume(&name, &part.text, &mine).map_err(|error| Failure::Input(error.into()))?;
    part.cut(resumed.kept_bytes as u64)?;
    let threads = match options.threads {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let start = Instant::now();
    let mut meter = Meter::begin(resumed.open.len());
    perform_all(&resumed.open, threads, &|| false, &mut |record| {
        meter.step();
        part.append(record.to_line().as_bytes())
    })?;
    meter.end();
    part.sync()?;
    let answer = SweepRun {
        tasks: mine.len(),
        found: resumed.n_done,
        done: resumed.open.len(),
        seconds: start.elapsed().as_secs_f64(),
        part: name,
    };
    output::print(&answer, format)?;
    Ok(Verdict::Done)
}

fn merge_parts(options: &MergeOptions, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::counting("merging", "records", 0);
    let counter = progress.counter();
    let mut texts = vec![];
    for path in &options.parts {
        // What stands behind the last line end may be torn anywhere, even inside of a character.
        let bytes = input::read_bytes(path)?;
        let complete = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let text = String::from_utf8(bytes[..complete].to_vec()).map_err(|_| {
            Failure::input(
                path.display(),
                "found bytes that are not UTF-8, expected records",
            )
        })?;
        texts.push((path.display().to_string(), text));
    }
    let parts = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let merged = merge_with_progress(parts, &|records, of| counter.set(records, of))
        .map_err(|error| Failure::Input(error.into()))?;
    if let Some(path) = &options.out {
        NewFile::begin(path)?.finish(merged.text().as_bytes())?;
    }
    let answer = SweepSummary::of(&merged);
    drop(progress);
    output::print(&answer, format)?;
    Ok(
        match merged.missing.is_empty() && merged.undecided().is_empty() {
            true => Verdict::Done,
            false => Verdict::Undecided,
        },
    )
}

/// A file that records are appended to, by one run at a time.
struct Part<'a> {
    path: &'a Path,
    file: File,
    /// What it held when it was opened, up to the last line end.
    text: String,
}

impl<'a> Part<'a> {
    fn open(path: &'a Path) -> Result<Part<'a>, Failure> {
        let refused = |error: std::io::Error| {
            Failure::input(path.display(), format!("cannot be written: {error}"))
        };
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::input(
                    path.display(),
                    "another run is writing this part, expected one run a part",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(refused)?;
        let complete = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        bytes.truncate(complete);
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::input(
                path.display(),
                "found bytes that are not UTF-8, expected records",
            )
        })?;
        Ok(Part { path, file, text })
    }

    /// Drops what was cut off while it was written.
    fn cut(&mut self, kept_bytes: u64) -> Result<(), Failure> {
        let cut = self.file.set_len(kept_bytes);
        let cut = cut.and_then(|()| self.file.seek(SeekFrom::End(0)));
        cut.map(drop).map_err(|error| self.refused(&error))
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Failure> {
        let written = self.file.write_all(line);
        written.map_err(|error| self.refused(&error))
    }

    fn sync(&self) -> Result<(), Failure> {
        self.file.sync_all().map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &std::io::Error) -> Failure {
        let message = format!("cannot be written: {error}; what was finished stays, run again");
        Failure::input(self.path.display(), message)
    }
}

/// A bar with rate and time left on a terminal, a line now and then elsewhere.
enum Meter {
    Bar(ProgressBar),
    Lines {
        done: usize,
        of: usize,
        start: Instant,
        last: Instant,
    },
}

impl Meter {
    fn begin(of: usize) -> Meter {
        let target = ProgressDrawTarget::stderr();
        let now = Instant::now();
        if target.is_hidden() {
            return Meter::Lines {
                done: 0,
                of,
                start: now,
                last: now,
            };
        }
        let bar = ProgressBar::with_draw_target(Some(of as u64), target);
        let template = "{bar:32} {pos}/{len} tasks, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Meter::Bar(bar)
    }

    fn step(&mut self) {
        match self {
            Meter::Bar(bar) => bar.inc(1),
            Meter::Lines {
                done,
                of,
                start,
                last,
            } => {
                *done += 1;
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    let rate = *done as f64 / start.elapsed().as_secs_f64();
                    let left = (*of - *done) as f64 / rate;
                    eprintln!("saltus: {done} of {of} tasks, {rate:.1}/s, about {left:.0} s left");
                }
            }
        }
    }

    fn end(self) {
        if let Meter::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
