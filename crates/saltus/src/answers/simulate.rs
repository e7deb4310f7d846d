//! The answer of `saltus simulate`: the gradient flow from one initial scale.

use saltus_dynamics::integrate::FlowStatistics;
use serde::Serialize;

use super::Answer;
use super::decimal::short_float;
use super::table::{Align, Table};

/// The flow of an instance of either system; in JSON the key `system` tells them apart: `relu-orthogonal` or `diagonal-linear`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SimulationAnswer {
    /// A two-layer ReLU network on orthogonal data.
    Relu(ReluSimulationAnswer),
    /// A diagonal linear network.
    Diagonal(DiagonalSimulationAnswer),
}

/// The flow of a two-layer ReLU network on orthogonal data: gradient flow of `L = 1/(2n) Σ_i (f(x_i) − y_i)²`, with
/// `f(x) = Σ_j a_j σ(⟨w_j, x⟩)`, from weights of the size `λ^{k_j}`, `λ = e^{−Λ}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReluSimulationAnswer {
    /// `relu-orthogonal`.
    pub system: &'static str,
    /// Name of the instance.
    pub name: String,
    /// `Λ = ln(1/λ)`.
    pub log_inv_scale: f64,
    /// The network at the times asked for, in the order in which they were asked for, then at the end.
    pub samples: Vec<ReluSampleAnswer>,
    /// For each point the flow time t at which `f(x_i)/y_i` first reaches ½; `None` if it does not, or if `y_i = 0`.
    pub half_fit_times: Vec<Option<f64>>,
    /// `‖θ‖² = Σ_j a_j² + ‖w_j‖²` at the end.
    pub squared_norm: f64,
    /// Steps that advanced the flow.
    pub steps: usize,
    /// Jumps of the exact process, all of which the run passes; `None` where the end of the run was given.
    pub jumps: Option<usize>,
    /// Work done.
    pub statistics: WorkDone,
    /// Signs of a broken integration, of the size of the tolerance when all is well.
    pub guards: ReluGuardAnswer,
}

/// A ReLU network at one time: for `relu-three-points` at `Λ = 1000`, `τ = 1.3` the outputs are `1.5, 0, 1` to six digits,
/// between its jumps at `6/5` and `3/2`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReluSampleAnswer {
    /// `τ = t/Λ`.
    pub rescaled_time: f64,
    /// Loss.
    pub loss: f64,
    /// `f(x_i)`, n of them.
    pub outputs: Vec<f64>,
}

/// Signs of a broken integration of a ReLU network: `saltus simulate` has no answer, and exit code 3, where one is above
/// `1000 ε`, ε its `--tolerance`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReluGuardAnswer {
    /// The largest increase of `√loss` between steps, as a fraction of `√loss` at the start.
    pub loss_increase: f64,
    /// The largest relative drift of a conserved `a_j² − ‖w_j‖²`.
    pub balance_drift: f64,
}

/// The flow of a diagonal linear network: gradient flow of `L = ‖Xβ − y‖²/(2n)` with `β = u ⊙ v` from `u(0) = √2 α`, `v(0) = 0`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiagonalSimulationAnswer {
    /// `diagonal-linear`.
    pub system: &'static str,
    /// Name of the instance.
    pub name: String,
    /// `Λ = ln(1/α)`.
    pub log_inv_scale: f64,
    /// The network at the times asked for, in the order in which they were asked for, then at the end.
    pub samples: Vec<DiagonalSampleAnswer>,
    /// `‖u‖² + ‖v‖² = 2 Σ_i √(β_i² + α_i⁴)` at the end.
    pub squared_norm: f64,
    /// Steps that advanced the flow.
    pub steps: usize,
    /// Jumps of the exact process, all of which the run passes; `None` where the end of the run was given.
    pub jumps: Option<usize>,
    /// Work done.
    pub statistics: WorkDone,
    /// Signs of a broken integration.
    pub guards: DiagonalGuardAnswer,
}

/// A diagonal linear network at one time, `β_i = α_i² sinh(2 G_i)` where `G = −∫₀ᵗ ∇L`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiagonalSampleAnswer {
    /// `τ = t/Λ`.
    pub rescaled_time: f64,
    /// Loss.
    pub loss: f64,
    /// The coefficients β, d of them.
    pub beta: Vec<f64>,
}

/// Signs of a broken integration of a diagonal linear network: `saltus simulate` has no answer, and exit code 3, where one is
/// above `1000 ε`, ε its `--tolerance`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DiagonalGuardAnswer {
    /// The largest relative increase of the loss between steps.
    pub loss_increase: f64,
}

/// Counters of an integration; as text they begin `188 steps (94.0 per jump), 22 rejected`, with `accepted/jumps` in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WorkDone {
    /// Steps that advanced the flow.
    pub accepted: usize,
    /// Attempts that asked for a shorter step.
    pub rejected: usize,
    /// Attempts made to locate events and crossings.
    pub relocations: usize,
    /// Evaluations of the right-hand side.
    pub rhs_calls: usize,
    /// Factorisations of matrices.
    pub factorisations: usize,
    /// Entries that reached 0.
    pub events: usize,
}

impl From<FlowStatistics> for WorkDone {
    fn from(statistics: FlowStatistics) -> Self {
        WorkDone {
            accepted: statistics.accepted,
            rejected: statistics.rejected,
            relocations: statistics.relocations,
            rhs_calls: statistics.rhs_calls,
            factorisations: statistics.factorisations,
            events: statistics.events,
        }
    }
}

/// Numbers of a sample that a text answer shows.
const SHOWN: usize = 6;

impl Answer for SimulationAnswer {
    fn text(&self) -> String {
        match self {
            SimulationAnswer::Relu(answer) => {
                let samples = answer.samples.iter();
                let samples =
                    samples.map(|sample| (sample.rescaled_time, sample.loss, &sample.outputs));
                format!(
                    "{}\n{}, log inverse scale {}\n\n{}\n{}Squared norm at the end {}.\n{}",
                    answer.name,
                    answer.system,
                    answer.log_inv_scale,
                    samples_text("outputs", samples),
                    half_fit_text(&answer.half_fit_times, answer.log_inv_scale),
                    short_float(answer.squared_norm, 10),
                    work_text(&answer.statistics, answer.jumps),
                )
            }
            SimulationAnswer::Diagonal(answer) => {
                let samples = answer.samples.iter();
                let samples =
                    samples.map(|sample| (sample.rescaled_time, sample.loss, &sample.beta));
                format!(
                    "{}\n{}, log inverse scale {}\n\n{}\nSquared norm at the end {}.\n{}",
                    answer.name,
                    answer.system,
                    answer.log_inv_scale,
                    samples_text("coefficients", samples),
                    short_float(answer.squared_norm, 10),
                    work_text(&answer.statistics, answer.jumps),
                )
            }
        }
    }
}

fn samples_text<'a>(
    what: &'static str,
    samples: impl Iterator<Item = (f64, f64, &'a Vec<f64>)>,
) -> String {
    let mut table = Table::new([
        ("rescaled time", Align::Right),
        ("loss", Align::Right),
        (what, Align::Left),
    ]);
    for (time, loss, values) in samples {
        let shown = values.iter().take(SHOWN);
        let mut shown: Vec<String> = shown.map(|value| short_float(*value, 6)).collect();
        if values.len() > SHOWN {
            shown.push(format!("… ({} in all)", values.len()));
        }
        table.push([short_float(time, 10), short_float(loss, 6), shown.join(" ")]);
    }
    table.lines()
}

fn half_fit_text(times: &[Option<f64>], log_inverse_scale: f64) -> String {
    let mut table = Table::new([
        ("point", Align::Right),
        ("half fitted at t", Align::Right),
        ("t/log inverse scale", Align::Right),
    ]);
    for (point, time) in times.iter().enumerate() {
        table.push([
            point.to_string(),
            time.map_or("never".to_owned(), |time| short_float(time, 10)),
            time.map_or(String::new(), |time| {
                short_float(time / log_inverse_scale, 10)
            }),
        ]);
    }
    format!("{}\n", table.lines())
}

fn work_text(work: &WorkDone, jumps: Option<usize>) -> String {
    let per_jump = jumps
        .filter(|&jumps| jumps > 0)
        .map_or(String::new(), |jumps| {
            format!(" ({:.1} per jump)", work.accepted as f64 / jumps as f64)
        });
    format!(
        "{} steps{per_jump}, {} rejected, {} relocations, {} events, {} calls of the right-hand side, {} factorisations.\n",
        work.accepted,
        work.rejected,
        work.relocations,
        work.events,
        work.rhs_calls,
        work.factorisations
    )
}
