//! A training run: settings, the loop, and everything measured on it.

use pulp::{Arch, NullaryFnOnce};

use super::batches::BatchSampler;
use super::identity::State;
use super::range::RowSpace;
use super::regularised::{RegularisedError, scaled_sinh, solve_regularised};
use super::scaled::FACTORS_BETWEEN_NORMALISATIONS;
use super::sharpness::sharpness;
use crate::diagonal::lanes::{Lanes, lane_products, sum_of_lanes};
use crate::diagonal::problem::{DiagonalProblem, norm};

/// Loss at which a run counts as diverged, as a multiple of the initial loss (which is that of `β = 0`).
///
/// With `x = γ g` and weights `s_i = p_i² + q_i²`, one step takes `S = Σ s_i` to at least `(M − 1)² S`, where `M²` is the
/// weighted mean of `x²`. So a run can only come back while `|γ g|` is at most about 2 where the weight is, that is,
/// while residuals are of order `1/γ`; where they are 10²⁰ times the labels, such a stepsize could not have moved
/// anything to begin with. Divergence is faster than exponential, so a multiple this large delays the verdict by a few steps.
const DIVERGENCE_MULTIPLE: f64 = 1e40;

/// Stepsizes of a run: `List(vec![0.1, 0.05])` is `γ_0 = 0.1` and `γ_k = 0.05` for every `k ≥ 1`.
#[derive(Clone, Debug, PartialEq)]
pub enum Stepsizes {
    /// One stepsize for every step.
    Constant(f64),
    /// One per step; the last one is repeated.
    List(Vec<f64>),
}

/// How to train: the iteration is `w_{k+1} = w_k − γ_k ∇F_{B_k}(w_k)`, with `F` the loss in the weights and `B_k` the
/// batch.
#[derive(Clone, Debug, PartialEq)]
pub struct DescentSettings {
    /// Stepsizes γ_k.
    pub stepsizes: Stepsizes,
    /// Samples per batch; `None` is full-batch gradient descent, and so is a batch of all samples.
    pub batch: Option<usize>,
    /// Seed of the batches.
    pub seed: u64,
    /// Largest number of steps.
    pub steps: u64,
    /// The run has converged, and stops, once the full loss is at most this multiple of the initial loss.
    pub loss_tolerance: f64,
    /// Record the full loss every so many steps, and at the end.
    pub trace_every: Option<u64>,
    /// Check the exact identity every so many steps.
    pub identity_every: Option<u64>,
}

impl DescentSettings {
    /// Constant stepsize, full batch, convergence at `L ≤ 1e-20 L(0)`, no trace: `gradient_descent(0.05, 10_000)` takes
    /// at most 10,000 steps with `γ = 0.05`.
    pub fn gradient_descent(stepsize: f64, steps: u64) -> Self {
        Self {
            stepsizes: Stepsizes::Constant(stepsize),
            batch: None,
            seed: 0,
            steps,
            loss_tolerance: 1e-20,
            trace_every: None,
            identity_every: None,
        }
    }

    /// As [`DescentSettings::gradient_descent`], with batches.
    pub fn stochastic(stepsize: f64, batch: usize, seed: u64, steps: u64) -> Self {
        Self {
            batch: Some(batch),
            seed,
            ..Self::gradient_descent(stepsize, steps)
        }
    }
}

/// Why settings were refused, such as `batches of 6 out of 5 samples`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DescentError {
    /// A stepsize that is not positive and finite.
    #[error("stepsize {index} is {value}; it must be positive and finite")]
    Stepsize {
        /// Place in the list, 0 for a constant.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// An empty list of stepsizes.
    #[error("the list of stepsizes is empty")]
    NoStepsizes,
    /// A batch of no samples, or of more than there are.
    #[error("batches of {batch} out of {samples} samples")]
    Batch {
        /// Batch size asked for.
        batch: usize,
        /// Number of samples.
        samples: usize,
    },
    /// A tolerance that is negative or not finite.
    #[error("loss tolerance {value}; it must be finite and not negative")]
    LossTolerance {
        /// The value found.
        value: f64,
    },
    /// An interval of 0 steps.
    #[error("an interval of 0 steps between records")]
    Interval,
}

/// How a run ended, by its full loss L: `L ≤ loss_tolerance · L(0)` is convergence, `L > 10⁴⁰ L(0)` divergence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The full loss fell to the tolerance.
    Converged {
        /// Steps taken when this was seen.
        step: u64,
    },
    /// Neither, within the steps allowed.
    Bounded,
    /// The loss is not finite, or beyond any size from which a run can come back.
    Diverged {
        /// Steps taken when this was seen.
        step: u64,
    },
}

/// The full loss at one step of the trace: with `trace_every = Some(4)` a run of 10 steps has points at the steps 0, 4,
/// 8 and 10.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracePoint {
    /// Steps taken.
    pub step: u64,
    /// Full loss then.
    pub loss: f64,
}

/// A finished run and what was measured on it; once converged, `solver_distance` says how far `beta` is from the
/// minimiser of `D_ψ(β, β̃)` subject to `Xβ = y`, with ψ at the scales `alpha_infinity` and β̃ the perturbed start.
#[derive(Clone, Debug, PartialEq)]
pub struct DescentRun {
    /// How it ended.
    pub outcome: Outcome,
    /// Steps taken.
    pub steps: u64,
    /// The last predictor (d).
    pub beta: Vec<f64>,
    /// Full loss at the last predictor.
    pub loss: f64,
    /// Full loss at the start.
    pub initial_loss: f64,
    /// `α_k` at the last step (d): `√|p q|`, 0 where it underflows.
    pub alpha_infinity: Vec<f64>,
    /// `ln α_k²` at the last step (d), which does not underflow.
    pub log_alpha_infinity_squared: Vec<f64>,
    /// `ln(α²/α_k²)` from the last iterates (d).
    pub gain: Vec<f64>,
    /// The same as `Σ Q(γ g)`, `Q(x) = −½ ln((1 − x²)²)`, accumulated along the run (d).
    pub gain_from_products: Vec<f64>,
    /// `asinh(β̃_k/α_k²)`, the perturbed initialisation in dual form (d).
    pub perturbed_start_dual: Vec<f64>,
    /// `β̃_k` itself (d); infinite where it overflows.
    pub perturbed_start: Vec<f64>,
    /// `Σ_k ‖g_k‖²` over the steps taken, with the gradients used.
    pub summed_squared_gradient: f64,
    /// `Σ_k L_{B_k}(β_k)` over the steps taken, with the batches used: the full loss for gradient descent.
    pub summed_loss: f64,
    /// Largest `|γ g|` met.
    pub largest_factor: f64,
    /// Steps at which the loss was larger than the step before; gradient descent only, 0 for batches.
    pub loss_increases: u64,
    /// Largest residual of the exact identity at the steps checked; `None` if none was.
    pub max_identity_residual: Option<f64>,
    /// Distance of the dual variable from the range of Xᵀ; `None` unless converged.
    pub kkt_residual: Option<f64>,
    /// Relative distance to the independent solution of the regularised problem; `None` unless converged and solved.
    pub solver_distance: Option<f64>,
    /// Why a converged run has no solver distance.
    pub solver_error: Option<RegularisedError>,
    /// Largest eigenvalue of the full-batch Hessian in (u, v) at the last iterate.
    pub sharpness: f64,
    /// Full losses at the steps asked for.
    pub trace: Vec<TracePoint>,
}

impl DescentRun {
    /// Whether the loss fell to the tolerance: `L ≤ loss_tolerance · L(0)`.
    pub fn converged(&self) -> bool {
        matches!(self.outcome, Outcome::Converged { .. })
    }

    /// Whether the run left for infinity: `L > 10⁴⁰ L(0)`, or a loss that is not finite.
    pub fn diverged(&self) -> bool {
        matches!(self.outcome, Outcome::Diverged { .. })
    }
}

impl DescentSettings {
    pub(super) fn validate(&self, samples: usize) -> Result<(), DescentError> {
        let refuse = |value: &f64| !(value.is_finite() && *value > 0.0);
        match &self.stepsizes {
            Stepsizes::Constant(value) if refuse(value) => {
                return Err(DescentError::Stepsize {
                    index: 0,
                    value: *value,
                });
            }
            Stepsizes::List(values) if values.is_empty() => return Err(DescentError::NoStepsizes),
            Stepsizes::List(values) => {
                if let Some(index) = values.iter().position(refuse) {
                    return Err(DescentError::Stepsize {
                        index,
                        value: values[index],
                    });
                }
            }
            Stepsizes::Constant(_) => {}
        }
        if let Some(batch) = self.batch.filter(|&batch| batch == 0 || batch > samples) {
            return Err(DescentError::Batch { batch, samples });
        }
        if !(self.loss_tolerance.is_finite() && self.loss_tolerance >= 0.0) {
            return Err(DescentError::LossTolerance {
                value: self.loss_tolerance,
            });
        }
        if self.trace_every == Some(0) || self.identity_every == Some(0) {
            return Err(DescentError::Interval);
        }
        Ok(())
    }

    fn stepsize(&self, step: u64) -> f64 {
        match &self.stepsizes {
            Stepsizes::Constant(value) => *value,
            Stepsizes::List(values) => {
                let place = usize::try_from(step)
                    .unwrap_or(usize::MAX)
                    .min(values.len() - 1);
                values[place]
            }
        }
    }
}

/// Trains a diagonal linear network by gradient descent, or by stochastic gradient descent on batches
/// (arXiv 2302.08982).
///
/// Gradient descent knows its full loss at every step. With batches the full loss is computed, and convergence seen,
/// once per epoch only (every `⌈n/b⌉` steps) and at the last step; divergence is seen on the batches' own losses.
///
/// ```
/// use ndarray::array;
/// use saltus_dynamics::diagonal::DiagonalProblem;
/// use saltus_dynamics::diagonal::descent::{DescentSettings, train};
///
/// let problem = DiagonalProblem::new(&array![[1.0, 2.0]], vec![4.0], vec![0.1, 0.1])?;
/// let run = train(&problem, &DescentSettings::gradient_descent(0.05, 10_000))?;
/// assert!(run.converged());
/// // The loss is at most 1e-20 of the initial one, and the limit solves the regularised problem at its own effective scale.
/// assert!((run.beta[0] + 2.0 * run.beta[1] - 4.0).abs() < 1e-8);
/// assert!(run.solver_distance.is_some_and(|distance| distance < 1e-8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DescentError`] for settings that make no sense. A run that diverges is not an error.
pub fn train(
    problem: &DiagonalProblem,
    settings: &DescentSettings,
) -> Result<DescentRun, DescentError> {
    train_with_progress(problem, settings, &|_| {})
}

/// As [`train`]; now and then `progress` is told the number of steps taken so far.
///
/// # Errors
/// As [`train`].
pub fn train_with_progress(
    problem: &DiagonalProblem,
    settings: &DescentSettings,
    progress: &dyn Fn(u64),
) -> Result<DescentRun, DescentError> {
    let mut work = Loop::new(problem, settings, progress)?;
    let outcome = work.run();
    Ok(work.measure(outcome))
}

/// Only how a run ends: the same loop without the measurements at the end.
///
/// # Errors
/// As [`train`].
pub(super) fn classify(
    problem: &DiagonalProblem,
    settings: &DescentSettings,
) -> Result<Outcome, DescentError> {
    Ok(Loop::new(problem, settings, &|_| {})?.run())
}

impl NullaryFnOnce for &mut Loop<'_> {
    type Output = Outcome;

    #[inline(always)]
    fn call(self) -> Outcome {
        self.run_here()
    }
}

struct Loop<'a> {
    problem: &'a DiagonalProblem,
    settings: &'a DescentSettings,
    progress: &'a dyn Fn(u64),
    state: State,
    steps: u64,
    initial_loss: f64,
    diverged_loss: f64,
    summed_loss: f64,
    loss_increases: u64,
    max_identity_residual: Option<f64>,
    trace: Vec<TracePoint>,
}

impl<'a> Loop<'a> {
    fn new(
        problem: &'a DiagonalProblem,
        settings: &'a DescentSettings,
        progress: &'a dyn Fn(u64),
    ) -> Result<Self, DescentError> {
        settings.validate(problem.samples())?;
        let state = State::start(problem.scales());
        let initial_loss = problem.loss(&state.beta());
        Ok(Self {
            problem,
            settings,
            progress,
            state,
            steps: 0,
            initial_loss,
            diverged_loss: DIVERGENCE_MULTIPLE * initial_loss,
            summed_loss: 0.0,
            loss_increases: 0,
            max_identity_residual: None,
            trace: Vec::new(),
        })
    }

    /// The loop, compiled for each set of vector instructions; the fastest that the processor has is taken.
    /// The bits do not depend on it.
    fn run(&mut self) -> Outcome {
        self.run_on(Arch::new())
    }

    fn run_on(&mut self, instructions: Arch) -> Outcome {
        instructions.dispatch(self)
    }

    #[inline(always)]
    fn run_here(&mut self) -> Outcome {
        let (problem, settings) = (self.problem, self.settings);
        let samples = problem.samples();
        let batch = settings.batch.unwrap_or(samples);
        let full = batch == samples;
        let epoch = samples.div_ceil(batch) as u64;
        let mut sampler = BatchSampler::new(samples, batch, settings.seed);
        let mut gradient = self.state.beta_lanes.clone();
        let mut residuals = problem.residual_lanes();
        let mut previous = f64::INFINITY;
        let mut trace = Every::new(settings.trace_every, 0);
        // Tracing must not change where a run ends, so that a traced loss alone decides nothing.
        let mut decide = Every::new(Some(if full { 1 } else { epoch }), 0);
        let mut normalise = Every::new(Some(FACTORS_BETWEEN_NORMALISATIONS), 1);
        let mut identity = Every::new(settings.identity_every, 1);
        loop {
            let tracing = trace.is_due(self.steps);
            let last = self.steps == settings.steps;
            let deciding = decide.is_due(self.steps) || last;
            let mut full_loss = None;
            if full {
                let beta = &self.state.beta_lanes;
                full_loss = Some(problem.gradient_lanes(beta, &mut residuals, &mut gradient));
            } else if tracing || deciding {
                full_loss = Some(problem.loss_lanes(&self.state.beta_lanes, &mut residuals));
            }
            if let Some(loss) = full_loss.filter(|_| tracing) {
                self.trace.push(TracePoint {
                    step: self.steps,
                    loss,
                });
            }
            if let Some(loss) = full_loss.filter(|_| deciding) {
                if loss <= settings.loss_tolerance * self.initial_loss {
                    return Outcome::Converged { step: self.steps };
                }
                if loss > self.diverged_loss || !loss.is_finite() {
                    return Outcome::Diverged { step: self.steps };
                }
                if full && loss > previous {
                    self.loss_increases += 1;
                }
                previous = loss;
            }
            if last {
                return Outcome::Bounded;
            }
            let batch_gradient = match full_loss {
                Some(loss) if full => BatchGradient {
                    loss,
                    direction: &gradient,
                    factor: None,
                },
                _ => batch_gradient(
                    problem,
                    sampler.draw(),
                    &self.state.beta_lanes,
                    &mut gradient,
                ),
            };
            let batch_loss = batch_gradient.loss;
            if !batch_loss.is_finite() {
                return Outcome::Diverged { step: self.steps };
            }
            self.summed_loss += batch_loss;
            let (direction, stepsize) = (batch_gradient.direction, settings.stepsize(self.steps));
            match batch_gradient.factor {
                Some(factor) => self.state.step::<true>(direction, factor, stepsize),
                None => self.state.step::<false>(direction, 1.0, stepsize),
            }
            self.steps += 1;
            if normalise.is_due(self.steps) {
                self.state.normalise();
                (self.progress)(self.steps);
            }
            if identity.is_due(self.steps) {
                let residual = self.state.identity_residual();
                let worst = self.max_identity_residual.unwrap_or(0.0);
                self.max_identity_residual = Some(if residual > worst { residual } else { worst });
            }
        }
    }

    fn measure(mut self, outcome: Outcome) -> DescentRun {
        let (problem, state) = (self.problem, self.state);
        let d = problem.dimension();
        let beta = state.beta();
        let loss = problem.loss(&beta);
        if self.settings.trace_every.is_some()
            && self.trace.last().map(|point| point.step) != Some(self.steps)
        {
            self.trace.push(TracePoint {
                step: self.steps,
                loss,
            });
        }
        let log_squared = state.log_squared_scales();
        let start_dual = state.perturbed_start_dual();
        let mut kkt_residual = None;
        let mut solver_distance = None;
        let mut solver_error = None;
        if matches!(outcome, Outcome::Converged { .. }) {
            kkt_residual = state.kkt_residual(&RowSpace::new(problem));
            match solve_regularised(problem, &log_squared, &start_dual) {
                Ok(solution) => {
                    solver_distance = Some(relative_distance(&beta, &solution.beta));
                }
                Err(error) => solver_error = Some(error),
            }
        }
        let p: Vec<f64> = (0..d).map(|i| state.p.value(i)).collect();
        let q: Vec<f64> = (0..d).map(|i| state.q.value(i)).collect();
        let perturbed = |(&log, &dual): (&f64, &f64)| scaled_sinh(log, dual);
        DescentRun {
            outcome,
            steps: self.steps,
            loss,
            initial_loss: self.initial_loss,
            alpha_infinity: log_squared.iter().map(|log| (0.5 * log).exp()).collect(),
            gain: state.gain(),
            gain_from_products: state.gain_from_products(),
            perturbed_start: log_squared.iter().zip(&start_dual).map(perturbed).collect(),
            log_alpha_infinity_squared: log_squared,
            perturbed_start_dual: start_dual,
            summed_squared_gradient: state.summed_squared_gradient(),
            summed_loss: self.summed_loss,
            largest_factor: state.largest_factor(),
            loss_increases: self.loss_increases,
            max_identity_residual: self.max_identity_residual,
            kkt_residual,
            solver_distance,
            solver_error,
            sharpness: sharpness(problem, &p, &q),
            trace: self.trace,
            beta,
        }
    }
}

/// When something is due that happens at every multiple of an interval: compares instead of dividing at each step.
struct Every {
    interval: u64,
    next: u64,
}

impl Every {
    /// Due at multiples of `interval` from the one numbered `first`; never without an interval.
    fn new(interval: Option<u64>, first: u64) -> Self {
        match interval {
            Some(interval) => Self {
                interval,
                next: first * interval,
            },
            None => Self {
                interval: 0,
                next: u64::MAX,
            },
        }
    }

    /// Whether it is due at this step; to be asked at every step.
    #[inline(always)]
    fn is_due(&mut self, step: u64) -> bool {
        let due = step == self.next;
        if due {
            self.next = self.next.saturating_add(self.interval);
        }
        due
    }
}

/// A batch's loss `1/(2b) Σ_B (⟨x_i, β⟩ − y_i)²` and its gradient `factor · direction`.
struct BatchGradient<'a> {
    loss: f64,
    direction: &'a [Lanes],
    /// `None` is 1, without the multiplication.
    factor: Option<f64>,
}

/// The batch's loss and gradient; `sum` is the place for the direction of more than one sample.
#[inline(always)]
fn batch_gradient<'a>(
    problem: &'a DiagonalProblem,
    batch: &[usize],
    beta: &[Lanes],
    sum: &'a mut [Lanes],
) -> BatchGradient<'a> {
    if let &[sample] = batch {
        let residual = residual_at(problem, sample, beta);
        return BatchGradient {
            loss: 0.5 * residual * residual,
            direction: problem.row_lanes(sample),
            factor: Some(residual),
        };
    }
    sum.fill(Lanes::all(0.0));
    let size = batch.len() as f64;
    let mut squares = 0.0;
    for &sample in batch {
        let residual = residual_at(problem, sample, beta);
        squares += residual * residual;
        let weight = residual / size;
        for (group, row) in sum.iter_mut().zip(problem.row_lanes(sample)) {
            *group = Lanes::of(|k| group[k] + weight * row[k]);
        }
    }
    BatchGradient {
        loss: squares / (2.0 * size),
        direction: sum,
        factor: None,
    }
}

/// `⟨x_i, β⟩ − y_i`; a closure here would be compiled on its own, without vector instructions.
#[inline(always)]
fn residual_at(problem: &DiagonalProblem, sample: usize, beta: &[Lanes]) -> f64 {
    let products = lane_products(problem.row_lanes(sample), beta);
    sum_of_lanes(&products) - problem.labels()[sample]
}

/// `‖a − b‖/‖b‖`, or `‖a‖` when b = 0.
fn relative_distance(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let size = norm(b);
    if size == 0.0 {
        norm(&difference)
    } else {
        norm(&difference) / size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// The whole run, every measured number included, has the same bits without vector instructions and with the best there are.
    fn check(samples: usize, dimension: usize, batch: Option<usize>) {
        let inputs = Array2::from_shape_fn((samples, dimension), |(i, k)| {
            ((7 * i + 3 * k) as f64).sin()
        });
        let labels = (0..samples).map(|i| (i as f64).cos()).collect();
        let problem = DiagonalProblem::uniform(&inputs, labels, 0.3).expect("consistent data");
        let settings = DescentSettings {
            batch,
            trace_every: Some(7),
            identity_every: Some(11),
            ..DescentSettings::gradient_descent(0.2, 200)
        };
        let run = |instructions| {
            let mut work = Loop::new(&problem, &settings, &|_| {}).expect("valid settings");
            let outcome = work.run_on(instructions);
            format!("{:?}", work.measure(outcome))
        };
        let plain = run(Arch::Scalar);
        assert_eq!(
            run(Arch::new()),
            plain,
            "{samples} × {dimension}, {batch:?}"
        );
        assert!(plain.contains("steps: 200"), "{plain}");
    }

    #[test]
    fn the_bits_do_not_depend_on_vector_instructions() {
        for (samples, dimension) in [(1, 1), (20, 30), (9, 8), (33, 70)] {
            check(samples, dimension, None);
            check(samples, dimension, Some(1));
            check(samples, dimension, Some(samples.div_ceil(2)));
        }
    }
}
