//! The training runs, the flow's limit and everything else that is simulated, in the order in which it is needed.

use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_dynamics::diagonal::descent::{
    DescentError, DescentRun, DescentSettings, Outcome, PlainRun, RegularisedError, ThresholdError,
    sharpness, solve_regularised, train,
};
use saltus_dynamics::diagonal::flow::{DiagonalSimulation, SimulationError, StopRule, simulate};
use saltus_dynamics::integrate::FlowError;
use saltus_exact::Rational;
use saltus_jump::JumpError;
use saltus_problem::{DiagonalInstance, LogInverseScale};

use super::budget::{Budget, INITIAL_SCALE, LOSS_TOLERANCE, SWEEP_DECADES};
use super::edges::{EdgeKind, EdgeSearch};
use super::exact::{ExactRun, run_exact};
use super::reference::ReferenceError;
use crate::Options;
use crate::convert::{self, ConvertError};

/// Why there is nothing to judge by: the verdicts are then *undecided*.
///
/// Its last kind prints `stopped by the time limit`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DescentRunError {
    /// The instance does not fit into doubles.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// Settings of a run.
    #[error(transparent)]
    Settings(#[from] DescentError),
    /// A threshold search.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
    /// The convex problem of the flow's limit.
    #[error("gradient flow at the scale {INITIAL_SCALE}: {0}")]
    FlowLimit(#[from] RegularisedError),
    /// The simulation of the flow.
    #[error("gradient flow at the scale {INITIAL_SCALE}: {0}")]
    Flow(SimulationError),
    /// The exact prediction of the least ℓ1 norm.
    #[error(transparent)]
    Predict(#[from] JumpError),
    /// The reference does not fit the instance.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The time limit.
    #[error("stopped by the time limit")]
    Cancelled,
}

pub(super) fn stop_if_cancelled(options: &Options<'_>) -> Result<(), DescentRunError> {
    if (options.cancelled)() {
        Err(DescentRunError::Cancelled)
    } else {
        Ok(())
    }
}

/// What a run is for.
///
/// The grid of the sweep is `γ = 10^{−2 + 3k/29}` for integers k.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Stepsizes on a fixed grid.
    Sweep,
    /// Gradient descent closer and closer to the last stepsize that converges.
    Approach,
    /// Stochastic gradient descent until it has converged.
    Converging,
    /// The identity checked at every step.
    EveryStep,
    /// Stochastic gradient descent with the full loss summed over all steps.
    SummedLoss,
}

/// A finished run.
///
/// Its steps are `p ← (1 − γg) p` and `q ← (1 + γg) q`, with g the gradient at `β = (p² − q²)/2`.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedRun {
    /// What it is for.
    pub role: Role,
    /// Constant stepsize.
    pub stepsize: f64,
    /// Seed of the batches of one sample; `None` for gradient descent.
    pub seed: Option<u64>,
    /// `Σ_k L(β_k)` with the full loss, for [`Role::SummedLoss`].
    pub summed_full_loss: Option<f64>,
    /// What `saltus train` measures; its trace is dropped.
    pub run: DescentRun,
}

impl TrainedRun {
    /// The word in reports.
    ///
    /// `"converged"`, `"bounded"` or `"diverged"`.
    pub fn outcome_word(&self) -> &'static str {
        match self.run.outcome {
            Outcome::Converged { .. } => "converged",
            Outcome::Bounded => "bounded",
            Outcome::Diverged { .. } => "diverged",
        }
    }

    /// For messages.
    ///
    /// Such as `gradient descent at stepsize 0.25`, or `stochastic gradient descent at stepsize 0.25, seed 3`.
    pub fn label(&self) -> String {
        match self.seed {
            None => format!("gradient descent at stepsize {}", self.stepsize),
            Some(seed) => format!(
                "stochastic gradient descent at stepsize {}, seed {seed}",
                self.stepsize
            ),
        }
    }

    /// `γ λ_max(∇²F)` at the end.
    pub fn stepsize_times_sharpness(&self) -> f64 {
        self.stepsize * self.run.sharpness
    }

    /// `Σ_i Gain_i`.
    pub fn total_gain(&self) -> f64 {
        self.run.gain.iter().sum()
    }
}

/// Where the gradient flow ends.
///
/// It is known twice: from the simulation, and as `argmin { D_ψ(β, 0) : Xβ = y }`, with the entropy ψ at the initial scale α.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowLimit {
    /// The end of the simulated flow (d).
    pub simulated: Vec<f64>,
    /// What the integrator may leave of an error in a component of `asinh(β/α²)`, which is twice the dual variable that it
    /// integrates: twice its tolerance for every step.
    pub dual_error: f64,
    /// Largest relative increase of the loss in a step: a guard.
    pub loss_increase: f64,
    /// Largest component of the gradient there, of the initial one.
    pub gradient: f64,
    /// The solution of the regularised problem at `α_∞ = α` and `β̃₀ = 0` (d).
    pub solution: Vec<f64>,
    /// Largest eigenvalue of `∇²F` there.
    pub sharpness: f64,
}

/// The flow has ended once its gradient is this small, of the initial one: near the rounding of residuals.
const FLOW_GRADIENT: f64 = 1e-14;

pub(super) fn flow_limit(
    instance: &DiagonalInstance,
    problem: &DiagonalProblem,
    options: &Options<'_>,
) -> Result<FlowLimit, DescentRunError> {
    stop_if_cancelled(options)?;
    let d = problem.dimension();
    let logs: Vec<f64> = problem.scales().iter().map(|s| 2.0 * s.ln()).collect();
    let solution = solve_regularised(problem, &logs, &vec![0.0; d])?.beta;
    // p² and q² have difference 2β and product α⁴.
    let (mut p, mut q) = (vec![0.0; d], vec![0.0; d]);
    for i in 0..d {
        let larger = (solution[i].abs() + solution[i].hypot(logs[i].exp())).sqrt();
        let smaller = logs[i].exp() / larger;
        (p[i], q[i]) = if solution[i] < 0.0 {
            (smaller, larger)
        } else {
            (larger, smaller)
        };
    }
    let mut gradient = vec![0.0; d];
    problem.gradient(&vec![0.0; d], &mut gradient);
    let initial = gradient.iter().fold(0.0_f64, |a, g| a.max(g.abs()));
    let scale = LogInverseScale::new(-INITIAL_SCALE.ln()).map_err(ConvertError::from)?;
    let flow = convert::diagonal_flow_problem(instance, scale)?;
    let stop = StopRule::Gradient {
        gradient: FLOW_GRADIENT * initial,
        latest: 1e9 / initial,
    };
    let simulation = DiagonalSimulation::until(stop);
    let trajectory = match simulate(&flow, &simulation, options.cancelled) {
        Ok(trajectory) => trajectory,
        Err(SimulationError::Flow(FlowError::Cancelled { .. })) => {
            return Err(DescentRunError::Cancelled);
        }
        Err(error) => return Err(DescentRunError::Flow(error)),
    };
    let end = trajectory.end;
    Ok(FlowLimit {
        dual_error: 2.0 * simulation.tolerance * trajectory.statistics.accepted as f64,
        loss_increase: trajectory.max_loss_increase,
        simulated: end.beta,
        gradient: end.gradient / initial,
        sharpness: sharpness(problem, &p, &q),
        solution,
    })
}

/// Stepsizes of all runs, chosen from the edges.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    sweep: Vec<f64>,
    stochastic_sweep: Vec<f64>,
    approach: Vec<f64>,
    /// Half of the last stepsize that converges.
    calm: f64,
    /// 3 % below it.
    critical: f64,
    /// Half of the beginning of divergence for single samples.
    stochastic: f64,
}

impl Plan {
    pub(super) fn new(
        budget: &Budget,
        flow: &FlowLimit,
        gradient_descent: &EdgeSearch,
        stochastic: &EdgeSearch,
    ) -> Plan {
        // Where a search found no edge, S1 is undecided; the other claims are still judged at the classical threshold.
        let classical = 2.0 / flow.sharpness;
        let loss = gradient_descent.last_convergent().unwrap_or(classical);
        let divergence = gradient_descent
            .edge(EdgeKind::Divergence)
            .unwrap_or(classical);
        let stochastic = stochastic
            .edge(EdgeKind::Divergence)
            .unwrap_or(0.2 * classical);
        let stepsize = |k: i32| 10_f64.powf(-2.0 + SWEEP_DECADES * f64::from(k));
        let place = |stepsize: f64| (stepsize.log10() + 2.0) / SWEEP_DECADES;
        let lowest = place(divergence / 80.0).ceil() as i32;
        let highest = place(divergence).floor() as i32;
        // Closer to the edge, some of the additional seeds would diverge.
        let stochastic_highest = place(0.97 * stochastic).floor() as i32;
        Plan {
            sweep: (lowest..=highest).map(stepsize).collect(),
            stochastic_sweep: (lowest..=stochastic_highest)
                .filter(|k| k.rem_euclid(budget.stride) == 0 || *k == stochastic_highest)
                .map(stepsize)
                .collect(),
            approach: [0.3, 0.1, 0.03, 0.01, 0.003]
                .map(|gap| loss * (1.0 - gap))
                .to_vec(),
            calm: 0.5 * loss,
            critical: 0.97 * loss,
            stochastic: 0.5 * stochastic,
        }
    }
}

/// The identity is checked every so many steps of the sweep.
const SWEEP_IDENTITY_INTERVAL: u64 = 1000;

/// Steps of the runs in which it is checked at every step.
const EVERY_STEP: u64 = 4000;

/// Steps and seeds of the runs that sum the full loss.
const SUMMED_STEPS: u64 = 4000;

pub(super) fn train_all(
    problem: &DiagonalProblem,
    budget: &Budget,
    plan: &Plan,
    options: &Options<'_>,
) -> Result<Vec<TrainedRun>, DescentRunError> {
    let mut runs = vec![];
    let mut add = |role: Role, seed: Option<u64>, stepsize: f64, steps: u64| {
        stop_if_cancelled(options)?;
        let settings = DescentSettings {
            batch: seed.map(|_| 1),
            seed: seed.unwrap_or(0),
            identity_every: match role {
                Role::EveryStep => Some(1),
                Role::SummedLoss => None,
                Role::Sweep | Role::Approach | Role::Converging => Some(SWEEP_IDENTITY_INTERVAL),
            },
            trace_every: (role == Role::SummedLoss).then_some(1),
            ..DescentSettings::gradient_descent(stepsize, steps)
        };
        let mut run = train(problem, &settings)?;
        let trace = std::mem::take(&mut run.trace);
        let summed = trace.iter().filter(|point| point.step < run.steps);
        runs.push(TrainedRun {
            role,
            stepsize,
            seed,
            summed_full_loss: (role == Role::SummedLoss)
                .then(|| summed.map(|point| point.loss).sum()),
            run,
        });
        Ok::<(), DescentRunError>(())
    };
    for &stepsize in &plan.sweep {
        add(Role::Sweep, None, stepsize, budget.steps)?;
    }
    for &stepsize in &plan.stochastic_sweep {
        for seed in 0..budget.seeds {
            add(Role::Sweep, Some(seed), stepsize, budget.steps)?;
        }
    }
    for &stepsize in &plan.approach {
        add(Role::Approach, None, stepsize, budget.steps)?;
    }
    // The gain slows convergence down, so that a smaller stepsize can be the faster one.
    for stepsize in [plan.stochastic, 0.4 * plan.stochastic] {
        for seed in 0..2 {
            let steps = budget.convergence_steps;
            add(Role::Converging, Some(seed), stepsize, steps)?;
        }
    }
    for stepsize in [plan.calm, plan.critical] {
        add(Role::EveryStep, None, stepsize, EVERY_STEP)?;
    }
    for seed in 0..2 {
        add(
            Role::EveryStep,
            Some(seed),
            1.9 * plan.stochastic,
            EVERY_STEP,
        )?;
    }
    for seed in 0..budget.seeds {
        add(Role::SummedLoss, Some(seed), plan.stochastic, SUMMED_STEPS)?;
    }
    Ok(runs)
}

/// `γ λ_max` at a limit may exceed 2 by this fraction before the run is continued: an unstable direction that is hardly excited needs more
/// steps than any budget to be felt.
pub const STABILITY_TOLERANCE: f64 = 1e-3;

/// A run of gradient descent that met the loss tolerance near a linearly unstable interpolator, taken further.
///
/// Runs with `γ λ_max(∇²F) ≤ 2.002` there are not continued.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContinuedRun {
    /// Stepsize.
    pub stepsize: f64,
    /// `γ λ_max(∇²F)` where the loss first met the tolerance.
    pub product: f64,
    /// The same after forty thousand further steps.
    pub product_after: f64,
    /// Whether the loss meets the tolerance then, too.
    pub converged_after: bool,
}

impl ContinuedRun {
    /// Whether the run came to rest at a linearly stable interpolator.
    ///
    /// That is, `converged_after` and `product_after ≤ 2·(1 + 1e-3)`.
    pub fn settled(&self) -> bool {
        self.converged_after && self.product_after <= 2.0 * (1.0 + STABILITY_TOLERANCE)
    }
}

/// Further steps of such a run: at 2.002 a deviation of 1e-16 grows past the tolerance within 12,000 steps.
///
/// The deviation is multiplied by `|1 − γλ| = 1.002` a step, and `1.002^12000 ≈ 2.6e10`.
pub const CONTINUATION: u64 = 40_000;

/// Takes every converged run of gradient descent further whose limit is linearly unstable.
pub(super) fn continue_unstable(
    problem: &DiagonalProblem,
    runs: &[TrainedRun],
    options: &Options<'_>,
) -> Result<Vec<ContinuedRun>, DescentRunError> {
    let mut continued = vec![];
    for run in runs {
        let product = run.stepsize_times_sharpness();
        // Written so that NaN is not passed over.
        let stable = product <= 2.0 * (1.0 + STABILITY_TOLERANCE);
        if stable || run.seed.is_some() || !run.run.converged() {
            continue;
        }
        stop_if_cancelled(options)?;
        let settings = DescentSettings {
            loss_tolerance: 0.0,
            ..DescentSettings::gradient_descent(run.stepsize, run.run.steps + CONTINUATION)
        };
        let after = train(problem, &settings)?;
        continued.push(ContinuedRun {
            stepsize: run.stepsize,
            product,
            product_after: run.stepsize * after.sharpness,
            converged_after: after.loss <= LOSS_TOLERANCE * after.initial_loss,
        });
    }
    Ok(continued)
}

/// The effective scale of one run of plain descent in u and v, beside the one from that run's own gradients.
///
/// In exact arithmetic `|u² − v²|/2 = α² exp(−Σ Q(γg))`, with `Q(x) = −½ ln((1 − x²)²)`.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainScale {
    /// Stepsize of gradient descent.
    pub stepsize: f64,
    /// Steps taken.
    pub steps: u64,
    /// `ln(|u² − v²|/2)` at the end (d).
    pub found: Vec<f64>,
    /// `ln α² − Σ Q(γg)`, summed along the same run (d). Another run would not do: at the edge of stability rounding sends two
    /// implementations along different paths.
    pub predicted: Vec<f64>,
    /// What rounding can make of the difference, to first order (d).
    ///
    /// In exact arithmetic a step multiplies `u² − v²` by `1 − (γg)²`, so relative errors add up. With unit roundoff ε/2 the new u
    /// is wrong by at most `(ε/2)(|u'| + 3|γvg|)`, and likewise v; so `u'² − v'²` is wrong by at most `6ε(u² + v² + u'² + v'²)`, and
    /// the factor by at most `2ε(γg)²/|1 − (γg)²|`. The sum of the logarithms is rounded, too.
    pub rounding: Vec<f64>,
}

pub(super) fn plain_scales(
    problem: &DiagonalProblem,
    budget: &Budget,
    plan: &Plan,
    options: &Options<'_>,
) -> Result<Vec<PlainScale>, DescentRunError> {
    let mut found = vec![];
    for stepsize in [plan.calm, plan.critical] {
        stop_if_cancelled(options)?;
        let settings = DescentSettings::gradient_descent(stepsize, budget.steps);
        let steps = train(problem, &settings)?.steps;
        found.push(plain_scale(problem, stepsize, steps));
    }
    Ok(found)
}

fn plain_scale(problem: &DiagonalProblem, stepsize: f64, steps: u64) -> PlainScale {
    let all: Vec<usize> = (0..problem.samples()).collect();
    let d = problem.dimension();
    let mut plain = PlainRun::start(problem);
    let mut predicted: Vec<f64> = problem.scales().iter().map(|a| 2.0 * a.ln()).collect();
    let mut rounding: Vec<f64> = predicted
        .iter()
        .map(|log| 2.0 * f64::EPSILON * log.abs())
        .collect();
    for _ in 0..steps {
        let sizes: Vec<f64> = (0..d)
            .map(|i| plain.u[i].powi(2) + plain.v[i].powi(2))
            .collect();
        let gradient = plain.step(problem, &all, stepsize);
        for i in 0..d {
            let squared_step = (stepsize * gradient[i]).powi(2);
            let factor = (1.0 - squared_step).abs();
            let (u, v) = (plain.u[i].powi(2), plain.v[i].powi(2));
            predicted[i] += factor.ln();
            rounding[i] += f64::EPSILON
                * (6.0 * (sizes[i] + u + v) / (u - v).abs()
                    + 2.0 * squared_step / factor
                    + factor.ln().abs()
                    + predicted[i].abs());
        }
    }
    for (i, rounding) in rounding.iter_mut().enumerate() {
        // Below the range of normal doubles a square is a multiple of the least positive one.
        let difference = (plain.u[i].powi(2) - plain.v[i].powi(2)).abs();
        *rounding += 2.0 * f64::MIN_POSITIVE * f64::EPSILON / difference;
    }
    let imbalance = |i: usize| 0.5 * (plain.u[i].powi(2) - plain.v[i].powi(2)).abs();
    PlainScale {
        stepsize,
        steps,
        found: (0..d).map(|i| imbalance(i).ln()).collect(),
        predicted,
        rounding,
    }
}

/// `λ_max(∇²F)` along one run of gradient descent.
#[derive(Debug, Clone, PartialEq)]
pub struct SharpnessPath {
    /// Stepsize.
    pub stepsize: f64,
    /// Steps taken, with the sharpness and the loss then.
    pub points: Vec<(u64, f64, f64)>,
}

pub(super) fn sharpness_paths(
    problem: &DiagonalProblem,
    budget: &Budget,
    plan: &Plan,
    options: &Options<'_>,
) -> Result<Vec<SharpnessPath>, DescentRunError> {
    let mut paths = vec![];
    for stepsize in [plan.calm, plan.critical] {
        let mut points = vec![];
        let mut steps = 0;
        loop {
            stop_if_cancelled(options)?;
            let settings = DescentSettings::gradient_descent(stepsize, steps);
            let run = train(problem, &settings)?;
            points.push((run.steps, run.sharpness, run.loss));
            if run.steps < steps || run.converged() || steps >= budget.steps {
                break;
            }
            // Geometric, so that all restarts together cost a few times the last run.
            steps = (steps + 1).max(steps * 3 / 2).min(budget.steps);
        }
        paths.push(SharpnessPath { stepsize, points });
    }
    Ok(paths)
}

pub(super) fn exact_runs(
    instance: &DiagonalInstance,
    budget: &Budget,
    plan: &Plan,
    options: &Options<'_>,
) -> Result<Vec<ExactRun>, DescentRunError> {
    let mut runs = vec![];
    for (stepsize, seed) in [
        (plan.calm, None),
        (3.0 * plan.critical, None),
        (plan.stochastic, Some(0)),
        (plan.stochastic, Some(1)),
    ] {
        stop_if_cancelled(options)?;
        // Only the choice of the stepsize comes from floats.
        let stepsize = Rational::new((64.0 * stepsize).ceil() as i64, 64).unwrap_or_default();
        runs.push(run_exact(instance, &stepsize, seed, budget.exact_steps));
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(scale: f64) -> DiagonalProblem {
        let input = ndarray::array![[1.0]];
        DiagonalProblem::new(&input, vec![1.0], vec![scale]).expect("one sample")
    }

    fn close(found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(error <= 1e-12 * expected.abs(), "{found} {expected}");
    }

    /// From `u² = 1/2`, `v = 0` with `γg = −1/2`: `u² = 1/2`, `v² = 1/8`, and `u² − v²` is 3/4 of what it was.
    #[test]
    fn the_scale_of_one_step_and_what_rounding_makes_of_it() {
        let scale = plain_scale(&problem(0.5), 0.5, 1);
        close(scale.found[0], 0.1875_f64.ln());
        close(scale.predicted[0], 0.1875_f64.ln());
        let step = 6.0 * (0.5 + 0.5 + 0.125) / 0.375 + 2.0 * 0.25 / 0.75;
        let logs = 2.0 * 4.0_f64.ln() + (4.0_f64 / 3.0).ln() - 0.1875_f64.ln();
        close(scale.rounding[0], f64::EPSILON * (step + logs));
    }

    /// Where `u² = 2e-308` there are no doubles closer together than about ε of it.
    #[test]
    fn squares_below_normal_doubles_are_rounded_more() {
        let scale = plain_scale(&problem(1e-154), 0.5, 0);
        let log = 2.0 * 154.0 * std::f64::consts::LN_10;
        let least = 2.0 * f64::from_bits(1) / 2e-308;
        close(scale.predicted[0], -log);
        close(scale.found[0], -log);
        close(scale.rounding[0], 2.0 * f64::EPSILON * log + least);
    }

    /// A second step adds to the first; `u² + v²` of both ends of a step counts.
    #[test]
    fn the_rounding_of_two_steps_adds_up() {
        let scale = plain_scale(&problem(0.5), 0.5, 2);
        let (mut u, mut v) = (0.5_f64.sqrt(), 0.0_f64);
        let mut predicted = 0.25_f64.ln();
        let mut rounding = 2.0 * predicted.abs();
        for _ in 0..2 {
            let size = u * u + v * v;
            let moved = 0.5 * (u * v - 1.0);
            (u, v) = (u - moved * v, v - moved * u);
            let factor = (1.0 - moved * moved).abs();
            predicted += factor.ln();
            rounding += 6.0 * (size + u * u + v * v) / (u * u - v * v).abs()
                + 2.0 * moved * moved / factor
                + factor.ln().abs()
                + predicted.abs();
        }
        close(scale.predicted[0], predicted);
        close(scale.found[0], predicted);
        close(scale.rounding[0], f64::EPSILON * rounding);
        // From `u² = 2e-308` one step leads to `v² = u²/4`.
        let scale = plain_scale(&problem(1e-154), 0.5, 1);
        let least = 2.0 * f64::from_bits(1) / 1.5e-308;
        let logs = 2.0 * 154.0 * std::f64::consts::LN_10;
        let rounding = 2.0 * logs
            + 6.0 * 2.25 / 0.75
            + 2.0 * 0.25 / 0.75
            + (4.0_f64 / 3.0).ln()
            + (logs + (4.0_f64 / 3.0).ln());
        close(scale.rounding[0], f64::EPSILON * rounding + least);
    }

    fn plan() -> Plan {
        Plan {
            sweep: vec![0.25],
            stochastic_sweep: vec![0.125],
            approach: vec![0.5],
            calm: 0.3,
            critical: 0.5,
            stochastic: 0.0625,
        }
    }

    fn budget() -> Budget {
        Budget {
            steps: 10,
            seeds: 3,
            convergence_steps: 20,
            ..Budget::new(false, 1, 1)
        }
    }

    #[test]
    fn every_role_has_its_runs() {
        let (options, budget) = (Options::default(), budget());
        let runs = train_all(&problem(0.5), &budget, &plan(), &options).expect("trained");
        let found: Vec<(Role, Option<u64>, f64)> = runs
            .iter()
            .map(|run| (run.role, run.seed, run.stepsize))
            .collect();
        use Role::{Approach, Converging, EveryStep, SummedLoss, Sweep};
        let expected = [
            (Sweep, None, 0.25),
            (Sweep, Some(0), 0.125),
            (Sweep, Some(1), 0.125),
            (Sweep, Some(2), 0.125),
            (Approach, None, 0.5),
            (Converging, Some(0), 0.0625),
            (Converging, Some(1), 0.0625),
            (Converging, Some(0), 0.4 * 0.0625),
            (Converging, Some(1), 0.4 * 0.0625),
            (EveryStep, None, 0.3),
            (EveryStep, None, 0.5),
            (EveryStep, Some(0), 1.9 * 0.0625),
            (EveryStep, Some(1), 1.9 * 0.0625),
            (SummedLoss, Some(0), 0.0625),
            (SummedLoss, Some(1), 0.0625),
            (SummedLoss, Some(2), 0.0625),
        ];
        assert_eq!(found, expected);
        // Of one sample the batch's loss is the full one; far from convergence the loss at the end would count.
        let slow = Plan {
            stochastic: 1e-7,
            ..plan()
        };
        let runs = train_all(&problem(0.5), &budget, &slow, &options).expect("trained");
        for run in runs.iter().filter(|run| run.role == Role::SummedLoss) {
            close(run.summed_full_loss.expect("summed"), run.run.summed_loss);
            assert!(run.run.loss > 0.9 * run.run.initial_loss);
        }
    }

    fn trained(stepsize: f64, steps: u64) -> TrainedRun {
        let mut run = crate::descent::by_hand::run(Role::Sweep, None, stepsize);
        run.run.steps = steps;
        run
    }

    /// The sharpness at the limit of every run is 2.
    #[test]
    fn runs_with_an_unstable_limit_are_continued() {
        let continued = |change: &dyn Fn(&mut TrainedRun)| {
            let mut run = trained(0.5, 3);
            change(&mut run);
            let problem = problem(0.1);
            continue_unstable(&problem, &[run], &Options::default()).expect("trained")
        };
        let product = |product: f64| continued(&|run| run.run.sharpness = product / 0.5);
        assert_eq!(product(2.0), []);
        assert_eq!(product(2.0019), []);
        for (given, found) in [2.0021, 3.0].map(|given| (given, product(given))) {
            let [run] = found.as_slice() else {
                panic!("{found:?}");
            };
            assert_eq!(
                (run.stepsize, run.product, run.converged_after),
                (0.5, given, true)
            );
            assert!((run.product_after - 1.0).abs() < 0.01, "{run:?}");
        }
        assert_eq!(product(f64::NAN).len(), 1);
        assert_eq!(
            continued(&|run| (run.seed, run.run.sharpness) = (Some(0), 9.0)),
            []
        );
        let bounded = |run: &mut TrainedRun| {
            (run.run.outcome, run.run.sharpness) = (Outcome::Bounded, 9.0);
        };
        assert_eq!(continued(&bounded), []);
    }

    /// From `u² = 2α²` the stepsize `1/(2α²)` leads to the label at once, where it is by far too large: rounding is all that is left of
    /// the loss, and grows.
    #[test]
    fn an_unstable_limit_is_left_again() {
        let problem = problem(0.1);
        let stepsize = 50.0 * (1.0 + 1e-12);
        let settings = DescentSettings::gradient_descent(stepsize, 100);
        let met = train(&problem, &settings).expect("trained");
        assert!(met.converged() && met.loss > 0.0, "{met:?}");
        let run = TrainedRun {
            run: met,
            ..trained(stepsize, 1)
        };
        let found = continue_unstable(&problem, &[run], &Options::default()).expect("trained");
        assert_eq!(found.len(), 1);
        assert!(!found[0].converged_after, "{found:?}");
    }

    /// At a stepsize of 2e-4 convergence takes between 40,003 and 140,000 steps.
    #[test]
    fn a_run_is_continued_by_forty_thousand_steps() {
        let converged = |steps: u64| {
            let mut run = trained(2e-4, steps);
            run.run.sharpness = 1e9;
            let found = continue_unstable(&problem(0.1), &[run], &Options::default());
            found.expect("trained")[0].converged_after
        };
        assert!(!converged(3));
        assert!(converged(100_000));
        // 40,003 steps at 0.003 leave 4e-19 of an initial loss of 1/200.
        let mut run = trained(3e-3, 3);
        run.run.sharpness = 1e9;
        let input = ndarray::array![[1.0]];
        let problem = DiagonalProblem::uniform(&input, vec![0.1], 0.1).expect("one sample");
        let found = continue_unstable(&problem, &[run], &Options::default()).expect("trained");
        assert!(!found[0].converged_after);
    }

    #[test]
    fn the_sharpness_is_looked_at_more_and_more_rarely() {
        let steps = |calm: f64, critical: f64, budget_steps: u64| {
            let plan = Plan {
                calm,
                critical,
                ..plan()
            };
            let budget = Budget {
                steps: budget_steps,
                ..budget()
            };
            let paths = sharpness_paths(&problem(0.1), &budget, &plan, &Options::default());
            let paths = paths.expect("trained");
            let steps = paths.iter().map(|path| {
                let points = path.points.iter().map(|point| point.0);
                (path.stepsize, points.collect::<Vec<u64>>())
            });
            steps.collect::<Vec<_>>()
        };
        let slow = vec![0, 1, 2, 3, 4, 6, 9, 10];
        assert_eq!(steps(1e-3, 1e-4, 10), [(1e-3, slow.clone()), (1e-4, slow)]);
        // The first is at its label after one step, the second is lost after two.
        let found = steps(50.0, 1e100, 1000);
        assert_eq!((&found[0].1, &found[1].1), (&vec![0, 1], &vec![0, 1, 2, 2]));
    }

    #[test]
    fn exact_stepsizes_are_multiples_of_a_64th() {
        let one = vec![Rational::one()];
        let inputs = saltus_exact::RationalMatrix::new(1, 1, one.clone()).expect("one entry");
        let name = "one sample".to_owned();
        let instance = DiagonalInstance::new(name, inputs, one, None, None).expect("valid");
        let runs = exact_runs(&instance, &budget(), &plan(), &Options::default());
        let runs = runs.expect("not cancelled");
        let found: Vec<(String, &str, usize)> = runs
            .iter()
            .map(|run| {
                (
                    run.stepsize.to_string(),
                    run.method.as_str(),
                    run.found.len(),
                )
            })
            .collect();
        let expected = [
            ("5/16", "gradient descent"),
            ("3/2", "gradient descent"),
            ("1/16", "stochastic gradient descent, seed 0"),
            ("1/16", "stochastic gradient descent, seed 1"),
        ];
        assert_eq!(
            found,
            expected.map(|(step, method)| (step.to_owned(), method, 6))
        );
    }

    #[test]
    fn a_time_limit_stops_every_stage() {
        let stopped = Options {
            cancelled: &|| true,
            ..Options::default()
        };
        assert!(matches!(
            stop_if_cancelled(&stopped),
            Err(DescentRunError::Cancelled)
        ));
        assert!(stop_if_cancelled(&Options::default()).is_ok());
    }

    /// `p² + q² = 2 √(β² + α⁴)` at `β = y`, for both signs; labels of 1e-6 are fitted slowly, at the rate `2α²`.
    #[test]
    fn the_flow_ends_where_the_regularised_problem_says() {
        for label in [1.0, -1.0, 1e-6] {
            let number = Rational::from_f64(label).expect("finite");
            let inputs = saltus_exact::RationalMatrix::new(1, 1, vec![Rational::one()]);
            let inputs = inputs.expect("one entry");
            let name = "one sample".to_owned();
            let instance = DiagonalInstance::new(name, inputs, vec![number], None, None);
            let instance = instance.expect("valid");
            let problem = convert::descent_problem(&instance, INITIAL_SCALE).expect("in range");
            let limit = flow_limit(&instance, &problem, &Options::default()).expect("simulated");
            close(limit.solution[0], label);
            assert!((limit.simulated[0] / label - 1.0).abs() < 1e-9, "{limit:?}");
            close(
                limit.sharpness,
                2.0 * f64::hypot(label, INITIAL_SCALE.powi(2)),
            );
            assert!((1e-18..=1e-14).contains(&limit.gradient), "{limit:?}");
            // Twice the tolerance of 1e-10 for every step.
            let steps = limit.dual_error / 2e-10;
            assert!((steps - steps.round()).abs() < 1e-6, "{steps}");
            assert!((5.0..1e4).contains(&steps), "{steps}");
        }
    }
}
