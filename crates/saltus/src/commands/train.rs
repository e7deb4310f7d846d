//! `saltus train`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use saltus::answers::TrainingAnswer;
use saltus::dynamics::diagonal::descent::{
    DescentError, DescentRun, DescentSettings, Stepsizes, TracePoint, train_with_progress,
};
use saltus::problem::{DiagonalInstance, Instance};
use saltus::verify::convert::descent_problem;

use super::options;
use crate::deadline::TimeLimit;
use crate::failure::{Failure, Verdict};
use crate::input::{self, Loaded};
use crate::npz::{self, NamedArray};
use crate::output::{self, Format, NewFile};
use crate::progress::Progress;

/// Least number of checks of the exact identity along a run, if it takes all its steps.
const IDENTITY_CHECKS: u64 = 64;

/// Most steps between two such checks: a run may converge early.
const IDENTITY_INTERVAL: u64 = 100;

/// Records of a trace if `--every` is left out.
const TRACE_RECORDS: u64 = 1_000;

/// What `saltus train mine.toml --scale 0.1 --stepsize 0.01 --steps 10000` asks for.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("records").args(["trace", "npz"]).multiple(true)))]
pub struct Options {
    /// Instance file of a diagonal linear network, or - for standard input
    file: PathBuf,
    /// Initial scale α
    #[arg(long, value_name = "α", value_parser = options::positive, allow_hyphen_values = true)]
    scale: f64,
    /// Stepsize γ of every step
    #[arg(long, value_name = "γ", value_parser = options::positive, allow_hyphen_values = true,
        required_unless_present = "stepsizes", conflicts_with = "stepsizes")]
    stepsize: Option<f64>,
    /// Stepsizes one by one, the last one repeated: a list with commas, or a file of numbers
    #[arg(long, value_name = "LIST|FILE", allow_hyphen_values = true)]
    stepsizes: Option<String>,
    /// Samples per batch; left out: all of them, which is gradient descent
    #[arg(long, value_name = "b", value_parser = options::whole, allow_hyphen_values = true)]
    batch: Option<u64>,
    /// Largest number of steps
    #[arg(long, value_name = "K", value_parser = options::whole, allow_hyphen_values = true)]
    steps: u64,
    /// Seed of the batches
    #[arg(
        long,
        value_name = "s", value_parser = options::whole,
        default_value_t = 0,
        allow_hyphen_values = true
    )]
    seed: u64,
    /// Writes the loss along the run to this file, .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Writes the loss along the run and the vectors at its end to this file, .npz
    #[arg(long, value_name = "FILE")]
    npz: Option<PathBuf>,
    /// Steps between two records of the loss; left out: so many that there are about 1000 records
    #[arg(long, value_name = "k", value_parser = options::whole, requires = "records", allow_hyphen_values = true)]
    every: Option<u64>,
    #[command(flatten)]
    limit: TimeLimit,
}

/// Trains and prints the run, which has exit code 0 even if it diverged; a ReLU network is refused, with exit code 2:
/// `mine.toml: system: found relu-orthogonal, expected diagonal-linear, the only system that train takes`.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let stepsizes = match (&options.stepsize, &options.stepsizes) {
        (Some(stepsize), _) => Stepsizes::Constant(*stepsize),
        (None, Some(text)) => stepsize_list(text)?,
        (None, None) => Stepsizes::List(vec![]),
    };
    let trace = match &options.trace {
        Some(path) => Some((TraceFormat::of(path)?, path)),
        None => None,
    };
    if let Some(path) = &options.npz {
        npz::check_name(path)?;
    }
    let loaded = input::load(&options.file)?;
    let instance = diagonal(&loaded)?;
    let settings = DescentSettings {
        stepsizes,
        // A batch beyond any count of samples is refused as such.
        batch: options
            .batch
            .map(|batch| usize::try_from(batch).unwrap_or(usize::MAX)),
        seed: options.seed,
        identity_every: Some((options.steps / IDENTITY_CHECKS).clamp(1, IDENTITY_INTERVAL)),
        trace_every: (trace.is_some() || options.npz.is_some()).then(|| {
            options
                .every
                .unwrap_or((options.steps / TRACE_RECORDS).max(1))
        }),
        ..DescentSettings::gradient_descent(1.0, options.steps)
    };
    let problem = descent_problem(instance, options.scale)
        .map_err(|error| Failure::input(&loaded.file, error))?;
    let file = match trace {
        Some((trace_format, path)) => Some((trace_format, NewFile::begin(path)?)),
        None => None,
    };
    let archive = match &options.npz {
        Some(path) => Some(NewFile::begin(path)?),
        None => None,
    };
    let steps = usize::try_from(options.steps).unwrap_or(usize::MAX);
    let progress = Progress::counting("training", "steps", steps);
    let counter = progress.counter();
    let count = move |done: u64| counter.set(usize::try_from(done).unwrap_or(usize::MAX), steps);
    let run = options
        .limit
        .within(move || train_with_progress(&problem, &settings, &count))?
        .map_err(|error| settings_failure(&error))?;
    if let Some((trace_format, file)) = file {
        file.finish(trace_format.text(&run.trace).as_bytes())?;
    }
    if let Some(file) = archive {
        file.finish(&npz::archive(&arrays(&run))?)?;
    }
    drop(progress);
    output::print(&TrainingAnswer::new(instance.name(), &run), format)?;
    Ok(Verdict::Done)
}

fn arrays(run: &DescentRun) -> Vec<NamedArray> {
    let vectors = [
        ("beta", &run.beta),
        ("alpha_infinity", &run.alpha_infinity),
        ("gain", &run.gain),
        ("perturbed_start", &run.perturbed_start),
    ];
    let mut arrays = vec![
        NamedArray::steps("step", run.trace.iter().map(|point| point.step)),
        NamedArray::vector("loss", run.trace.iter().map(|point| point.loss)),
    ];
    arrays.extend(vectors.map(|(name, vector)| NamedArray::vector(name, vector.iter().copied())));
    arrays
}

fn diagonal(loaded: &Loaded) -> Result<&DiagonalInstance, Failure> {
    match &loaded.instance {
        Instance::Diagonal(instance) => Ok(instance),
        Instance::Relu(_) => Err(Failure::input(
            &loaded.file,
            "system: found relu-orthogonal, expected diagonal-linear, the only system that train takes",
        )),
    }
}

/// The option that the setting came from, with what is wrong with it.
fn settings_failure(error: &DescentError) -> Failure {
    let option = match error {
        DescentError::Stepsize { .. } | DescentError::NoStepsizes => "--stepsizes",
        DescentError::Batch { .. } => "--batch",
        DescentError::Interval => "--every",
        DescentError::LossTolerance { .. } => "the loss tolerance",
    };
    match error {
        DescentError::Batch { batch, samples } => Failure::input(
            option,
            format!("found {batch}, expected 1 to {samples}, the number of samples"),
        ),
        DescentError::Interval => Failure::input(option, "found 0, expected at least 1"),
        error => Failure::input(option, error),
    }
}

/// A number or a list with commas, or else the numbers in a file, separated by commas or white space.
fn stepsize_list(text: &str) -> Result<Stepsizes, Failure> {
    let is_list = text.contains(',') || text.parse::<f64>().is_ok();
    let (place, content) = if is_list {
        ("--stepsizes".to_owned(), text.to_owned())
    } else {
        let content = input::read_text(Path::new(text))
            .map_err(|failure| Failure::input("--stepsizes", failure.message()))?;
        (format!("--stepsizes: {text}"), content)
    };
    match numbers(&content) {
        Ok(values) if values.is_empty() => Err(Failure::input(
            place,
            "found no number, expected at least one",
        )),
        Ok(values) => Ok(Stepsizes::List(values)),
        Err((index, word)) => Err(Failure::input(
            place,
            format!("number {index} (from 0): found {word:?}, expected a positive finite number"),
        )),
    }
}

/// All numbers of a text, or the place and the spelling of the first that is not positive and finite.
fn numbers(text: &str) -> Result<Vec<f64>, (usize, String)> {
    const ECHOED: usize = 40;
    let is_between = |character: char| character == ',' || character.is_whitespace();
    let words = text.split(is_between).filter(|word| !word.is_empty());
    words
        .enumerate()
        .map(|(place, word)| {
            options::positive(word).map_err(|_| (place, word.chars().take(ECHOED).collect()))
        })
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TraceFormat {
    Csv,
    JsonLines,
}

impl TraceFormat {
    fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Ok(TraceFormat::Csv),
            Some("jsonl") => Ok(TraceFormat::JsonLines),
            _ => Err(Failure::input(
                "--trace",
                format!(
                    "found {}, expected a name that ends in .csv or .jsonl",
                    path.display()
                ),
            )),
        }
    }

    fn text(self, trace: &[TracePoint]) -> String {
        let mut text = match self {
            TraceFormat::Csv => String::from("step,loss\n"),
            TraceFormat::JsonLines => String::new(),
        };
        for point in trace {
            // Writing to a string does not fail.
            let _ = match self {
                TraceFormat::Csv => writeln!(text, "{},{:?}", point.step, point.loss),
                TraceFormat::JsonLines => {
                    let record = serde_json::json!({"step": point.step, "loss": point.loss});
                    writeln!(text, "{record}")
                }
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_stepsizes() {
        let check = |text: &str, expected: Result<&[f64], (usize, &str)>| {
            let expected = expected.map(<[f64]>::to_vec);
            let expected = expected.map_err(|(place, word)| (place, word.to_owned()));
            assert_eq!(numbers(text), expected, "{text}");
        };
        check("0.1,0.2", Ok(&[0.1, 0.2]));
        check("0.1\n0.2\n", Ok(&[0.1, 0.2]));
        check("0.1, -1", Err((1, "-1")));
        check("nan", Err((0, "nan")));
        check("", Ok(&[]));
    }

    #[test]
    fn traces_keep_every_digit() {
        let trace = [
            TracePoint { step: 0, loss: 0.1 },
            TracePoint {
                step: 5,
                loss: f64::INFINITY,
            },
        ];
        assert_eq!(TraceFormat::Csv.text(&trace), "step,loss\n0,0.1\n5,inf\n");
        assert_eq!(
            TraceFormat::JsonLines.text(&trace),
            "{\"loss\":0.1,\"step\":0}\n{\"loss\":null,\"step\":5}\n"
        );
    }
}
