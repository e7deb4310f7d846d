//! `saltus simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use saltus::answers::{
    DiagonalGuardAnswer, DiagonalSampleAnswer, DiagonalSimulationAnswer, ReluGuardAnswer,
    ReluSampleAnswer, ReluSimulationAnswer, SimulationAnswer,
};
use saltus::dynamics::diagonal::flow as diagonal;
use saltus::dynamics::integrate::{FlowError, Method};
use saltus::dynamics::relu;
use saltus::jump::JumpError;
use saltus::problem::{DiagonalInstance, Instance, LogInverseScale, ReluInstance, RescaledTime};
use saltus::verify::convert::{diagonal_flow_problem, relu_problem};

use super::options;
use crate::deadline::TimeLimit;
use crate::failure::{Failure, Verdict};
use crate::input::{self, Loaded};
use crate::npz::{self, NamedArray};
use crate::output::{self, Format, NewFile};
use crate::progress::{Counter, Progress};

/// The flow is followed past the last jump by this factor.
const BEYOND_LAST_JUMP: f64 = 1.2;

/// A rising loss or a drifting balance of more than so many tolerances is a broken integration.
const GUARD_IN_TOLERANCES: f64 = 1e3;

/// What `saltus simulate mine.toml --log-inv-scale 1000 --at 1.1,1.3` asks for.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Instance file, or - for standard input
    file: PathBuf,
    /// Log inverse scale: the initial scale is exp(-Λ)
    #[arg(long, value_name = "Λ", value_parser = options::log_inverse_scale, allow_hyphen_values = true)]
    log_inv_scale: LogInverseScale,
    /// Rescaled times to sample, separated by commas
    #[arg(long, value_name = "τ1,τ2,…", value_delimiter = ',', value_parser = options::rescaled_time, allow_hyphen_values = true)]
    at: Vec<RescaledTime>,
    /// Rescaled time to end at; left out: 1.2 × the last exact jump, 1 if there is none, and not before the last --at
    #[arg(long, value_name = "τ", value_parser = options::rescaled_time, allow_hyphen_values = true)]
    until: Option<RescaledTime>,
    /// One-step method
    #[arg(long, value_enum, default_value_t)]
    method: MethodName,
    /// Admissible local error of one step, 1e-14 to 1e-2
    #[arg(long, value_name = "ε", value_parser = options::tolerance, default_value = "1e-10", allow_hyphen_values = true)]
    tolerance: f64,
    /// Writes times, losses, outputs or coefficients, and exponents or dual variables at the samples to this file, .npz
    #[arg(long, value_name = "FILE")]
    npz: Option<PathBuf>,
    #[command(flatten)]
    limit: TimeLimit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum MethodName {
    /// Radau IIA of order 9
    #[default]
    Radau,
    /// Rodas5P, of order 5
    Rodas,
}

impl MethodName {
    fn method(self) -> Method {
        match self {
            MethodName::Radau => Method::Radau9,
            MethodName::Rodas => Method::Rodas5P,
        }
    }
}

/// Follows the flow and prints it; without `--until` it ends at `τ = 1.2 τ_last`, τ_last the time of the last exact jump (at
/// `τ = 1` if there is none), or at the latest time of `--at` if that is later.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::counting("simulating", "steps", 0);
    let counter = progress.counter();
    let file = match &options.npz {
        Some(path) => {
            npz::check_name(path)?;
            Some(NewFile::begin(path)?)
        }
        None => None,
    };
    let settings = options.clone();
    let run = options
        .limit
        .within(move || simulate(&settings, &counter))??;
    if let Some(file) = file {
        file.finish(&npz::archive(&run.arrays)?)?;
    }
    drop(progress);
    output::print(&run.answer, format)?;
    Ok(Verdict::Done)
}

/// A finished run.
struct Run {
    answer: SimulationAnswer,
    /// The samples as arrays, in the order of those of the answer.
    arrays: Vec<NamedArray>,
}

fn simulate(options: &Options, counter: &Counter) -> Result<Run, Failure> {
    let loaded = input::load(&options.file)?;
    let (until, jumps) = match options.until {
        Some(until) => (until, None),
        None => {
            let times = jump_times(&loaded.instance)
                .map_err(|error| Failure::unsettled(&loaded.file, error))?;
            (
                default_end(&loaded, &options.at, &times)?,
                Some(times.len()),
            )
        }
    };
    let last = options.at.iter().map(|time| time.get()).fold(0.0, f64::max);
    if last > until.get() {
        return Err(Failure::input(
            "--at",
            format!(
                "found {last}, expected times up to --until, {}",
                until.get()
            ),
        ));
    }
    // Asked before every step whether to stop, which the time limit sees to.
    let count = || {
        counter.advance();
        false
    };
    match &loaded.instance {
        Instance::Relu(instance) => {
            simulate_relu(&loaded.file, instance, options, until, &count, jumps)
        }
        Instance::Diagonal(instance) => {
            simulate_diagonal(&loaded.file, instance, options, until, &count, jumps)
        }
    }
}

fn default_end(
    loaded: &Loaded,
    at: &[RescaledTime],
    jump_times: &[f64],
) -> Result<RescaledTime, Failure> {
    let last = jump_times
        .last()
        .map_or(1.0, |time| BEYOND_LAST_JUMP * time);
    let end = at.iter().map(|time| time.get()).fold(last, f64::max);
    RescaledTime::new(end).map_err(|_| {
        let message = "the last jump lies beyond the range of doubles, expected --until";
        Failure::input(&loaded.file, message)
    })
}

/// The rescaled times of the jumps of the exact process.
fn jump_times(instance: &Instance) -> Result<Vec<f64>, JumpError> {
    Ok(match instance {
        Instance::Relu(instance) => {
            let sequence = saltus::jump::relu::predict(instance)?;
            let jumps = sequence.jumps().iter();
            jumps.map(|jump| jump.time.to_f64()).collect()
        }
        Instance::Diagonal(instance) => {
            let sequence = saltus::jump::diagonal::predict(instance)?;
            let jumps = sequence.jumps().iter();
            jumps.map(|jump| jump.time.to_f64()).collect()
        }
    })
}

/// Flow times as the integrators want them: each once, in order. A time asked for is found again by its value.
fn flow_times(at: &[RescaledTime], scale: LogInverseScale) -> Vec<f64> {
    let mut times: Vec<f64> = at.iter().map(|time| time.to_flow(scale).get()).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    times
}

/// The records in the order in which their times were asked for, each with the rescaled time asked for.
fn in_the_order_asked<'a, Record>(
    at: &'a [RescaledTime],
    scale: LogInverseScale,
    records: &'a [Record],
    time_of: impl Fn(&Record) -> f64 + 'a,
) -> impl Iterator<Item = (f64, &'a Record)> {
    at.iter().filter_map(move |time| {
        let flow_time = time.to_flow(scale).get();
        let record = records.iter().find(|record| time_of(record) == flow_time)?;
        Some((time.get(), record))
    })
}

fn simulate_relu(
    file: &str,
    instance: &ReluInstance,
    options: &Options,
    until: RescaledTime,
    count: &dyn Fn() -> bool,
    jumps: Option<usize>,
) -> Result<Run, Failure> {
    let scale = options.log_inv_scale;
    let problem = relu_problem(instance, scale).map_err(|error| Failure::input(file, error))?;
    let simulation = relu::ReluSimulation {
        tolerance: options.tolerance,
        method: options.method.method(),
        sample_times: flow_times(&options.at, scale),
        ..relu::ReluSimulation::new(relu::StopRule::Time(until.to_flow(scale).get()))
    };
    let trajectory = relu::simulate_unless(&problem, &simulation, count)
        .map_err(|error| flow_failure(file, &error))?;
    let guards = trajectory.guards;
    check_guard(file, options, "the loss rises", guards.loss_increase)?;
    check_guard(
        file,
        options,
        "the balance of the layers drifts",
        guards.balance_drift,
    )?;
    let at = in_the_order_asked(&options.at, scale, &trajectory.samples, |sample| {
        sample.time
    });
    let end = (until.get(), &trajectory.end);
    let samples: Vec<(f64, &relu::ReluSample)> = at.chain([end]).collect();
    let arrays = relu_arrays(instance, scale, &samples, &trajectory.half_fit_times);
    let answer = |(rescaled_time, sample): (f64, &relu::ReluSample)| ReluSampleAnswer {
        rescaled_time,
        loss: sample.loss,
        outputs: sample.outputs.clone(),
    };
    let answer = SimulationAnswer::Relu(ReluSimulationAnswer {
        system: "relu-orthogonal",
        name: instance.name().to_owned(),
        log_inv_scale: scale.get(),
        samples: samples.into_iter().map(answer).collect(),
        half_fit_times: trajectory.half_fit_times.clone(),
        squared_norm: trajectory.squared_norm,
        steps: trajectory.statistics.accepted,
        jumps,
        statistics: trajectory.statistics.into(),
        guards: ReluGuardAnswer {
            loss_increase: guards.loss_increase,
            balance_drift: guards.balance_drift,
        },
    });
    Ok(Run { answer, arrays })
}

fn relu_arrays(
    instance: &ReluInstance,
    scale: LogInverseScale,
    samples: &[(f64, &relu::ReluSample)],
    half_fit_times: &[Option<f64>],
) -> Vec<NamedArray> {
    let exponents: Vec<Vec<f64>> = samples
        .iter()
        .map(|(_, sample)| rescaled(&sample.log_outputs, -scale.get()))
        .collect();
    vec![
        NamedArray::scalar("log_inv_scale", scale.get()),
        NamedArray::vector("rescaled_time", samples.iter().map(|(time, _)| *time)),
        NamedArray::vector("loss", samples.iter().map(|(_, sample)| sample.loss)),
        NamedArray::matrix(
            "outputs",
            instance.data().n_points(),
            samples.iter().map(|(_, sample)| sample.outputs.as_slice()),
        ),
        NamedArray::matrix(
            "exponents",
            instance.width(),
            exponents.iter().map(Vec::as_slice),
        ),
        NamedArray::vector("half_fit_times", half_fit_times.iter().copied()),
    ]
}

fn simulate_diagonal(
    file: &str,
    instance: &DiagonalInstance,
    options: &Options,
    until: RescaledTime,
    count: &dyn Fn() -> bool,
    jumps: Option<usize>,
) -> Result<Run, Failure> {
    let scale = options.log_inv_scale;
    let problem =
        diagonal_flow_problem(instance, scale).map_err(|error| Failure::input(file, error))?;
    let simulation = diagonal::DiagonalSimulation {
        tolerance: options.tolerance,
        method: options.method.method(),
        sample_times: flow_times(&options.at, scale),
        ..diagonal::DiagonalSimulation::until(diagonal::StopRule::Time(until.to_flow(scale).get()))
    };
    let trajectory =
        diagonal::simulate(&problem, &simulation, count).map_err(|error| match error {
            diagonal::SimulationError::Flow(error) => flow_failure(file, &error),
            error @ diagonal::SimulationError::Observer { .. } => Failure::unsettled(file, error),
        })?;
    let loss_increase = trajectory.max_loss_increase;
    check_guard(file, options, "the loss rises", loss_increase)?;
    let at = in_the_order_asked(&options.at, scale, &trajectory.samples, |sample| {
        sample.time
    });
    let end = (until.get(), &trajectory.end);
    let samples: Vec<(f64, &diagonal::DiagonalSample)> = at.chain([end]).collect();
    let arrays = diagonal_arrays(instance, scale, &samples);
    let squared_norm: f64 = trajectory
        .end
        .beta
        .iter()
        .zip(problem.log_inverse_scales())
        .map(|(beta, scale)| 2.0 * beta.hypot((-2.0 * scale).exp()))
        .sum();
    let answer = |(rescaled_time, sample): (f64, &diagonal::DiagonalSample)| DiagonalSampleAnswer {
        rescaled_time,
        loss: sample.loss,
        beta: sample.beta.clone(),
    };
    let answer = SimulationAnswer::Diagonal(DiagonalSimulationAnswer {
        system: "diagonal-linear",
        name: instance.name().to_owned(),
        log_inv_scale: scale.get(),
        samples: samples.into_iter().map(answer).collect(),
        squared_norm,
        steps: trajectory.statistics.accepted,
        jumps,
        statistics: trajectory.statistics.into(),
        guards: DiagonalGuardAnswer { loss_increase },
    });
    Ok(Run { answer, arrays })
}

fn diagonal_arrays(
    instance: &DiagonalInstance,
    scale: LogInverseScale,
    samples: &[(f64, &diagonal::DiagonalSample)],
) -> Vec<NamedArray> {
    let duals: Vec<Vec<f64>> = samples
        .iter()
        .map(|(_, sample)| rescaled(&sample.dual, scale.get()))
        .collect();
    let d = instance.dimension();
    vec![
        NamedArray::scalar("log_inv_scale", scale.get()),
        NamedArray::vector("rescaled_time", samples.iter().map(|(time, _)| *time)),
        NamedArray::vector("loss", samples.iter().map(|(_, sample)| sample.loss)),
        NamedArray::matrix(
            "beta",
            d,
            samples.iter().map(|(_, sample)| sample.beta.as_slice()),
        ),
        NamedArray::matrix("dual", d, duals.iter().map(Vec::as_slice)),
    ]
}

fn rescaled(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|value| value / by).collect()
}

/// What the integrator says: about its settings it is the usage that is wrong, otherwise the flow could not be followed.
fn flow_failure(file: &str, error: &FlowError) -> Failure {
    match error {
        FlowError::Tolerance { .. } | FlowError::End { .. } | FlowError::SampleTime { .. } => {
            Failure::input(file, error)
        }
        error => Failure::unsettled(file, error),
    }
}

fn check_guard(file: &str, options: &Options, what: &str, found: f64) -> Result<(), Failure> {
    let bound = GUARD_IN_TOLERANCES * options.tolerance;
    // Written so that NaN is refused.
    let in_order = found <= bound;
    if in_order {
        return Ok(());
    }
    let message = format!(
        "the integration is broken: {what} by {found:.1e}, expected at most {bound:.1e} at this --tolerance"
    );
    Err(Failure::unsettled(file, message))
}
