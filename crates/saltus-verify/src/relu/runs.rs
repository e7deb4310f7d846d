//! Simulations of one ReLU instance at log inverse scales chosen from the instance itself.

use saltus_dynamics::integrate::FlowError;
use saltus_dynamics::relu::{
    ReluSample, ReluSimulation, ReluTrajectory, StopRule, simulate_unless,
};
use saltus_jump::relu::{ReluJump, ReluSequence, Winner};
use saltus_problem::{LogInverseScale, ReluInstance};

use super::alignment::wrong_signed;
use super::rate::{Rate, fitting_rate, plateau_rate, predicted_rates};
use super::winners::LOG_NOISE;
use super::{LOSS_TOLERANCE, STATE_TOLERANCE};
use crate::Options;
use crate::convert;
use crate::settle::{CROSSING_NOISE, Slopes};

/// Corrections `e^{−κΛ}` are negligible from `κΛ` of this size on: `e^{−32} ≈ 1e-14`.
const NEGLIGIBLE_EXPONENT: f64 = 32.0;

/// Where inside a plateau losses and parameters are read.
const MIDDLE: f64 = 0.5;

/// What is left to fit on the last plateau is below the tolerance of outputs once it is `e^{−19}`.
const FITTED_EXPONENT: f64 = 19.0;

/// How long after the last jump the last plateau is first read, as a part of the time of that jump.
const LAST_READING: f64 = 0.1;

/// The ladder never starts below this Λ.
const MIN_FIRST: f64 = 64.0;

/// The ladder never ends above this Λ; what is not settled there is undecided.
///
/// The smallest initial scale of its runs is therefore `λ = e^{−16 000 000}`.
pub const MAX_LOG_INVERSE_SCALE: f64 = 1.6e7;

/// Λ of the run whose direct error `|t/(Λτ) − 1|` is reported, as `direct_relative_error` in the evidence of R1.
pub const DIRECT_LOG_INVERSE_SCALE: f64 = 1e5;

/// A loss that rises, or a balance that drifts, by more than this fraction means a broken integration: a thousand times the
/// integrator's tolerance.
///
/// The balance is `a_j² − ‖w_j‖²`, which the flow conserves; the rise is that of `√L`, as a part of its value at the start.
pub const GUARD: f64 = 1e-7;

/// One simulation, from the initial scale `λ = e^{−Λ}`.
#[derive(Debug, Clone)]
pub struct ReluRun {
    /// Λ.
    pub log_inverse_scale: f64,
    /// What the flow did.
    pub trajectory: ReluTrajectory,
}

/// All simulations that the claims share.
///
/// Jump times are read off the ladder as the slopes `(t(2Λ) − t(Λ))/Λ` and `(t(4Λ) − t(2Λ))/(2Λ)`, and off the direct run
/// as `t/Λ`.
#[derive(Debug, Clone)]
pub struct ReluRuns {
    /// Three runs at Λ, 2Λ and 4Λ.
    pub ladder: [ReluRun; 3],
    /// A run at `DIRECT_LOG_INVERSE_SCALE`.
    pub direct: ReluRun,
    /// Λ from which on corrections are negligible, by the predicted rates.
    pub needed: f64,
    /// Λ from which on the points of the last jump are fitted where the last plateau is read, by the predicted relaxation.
    pub fitted: f64,
    /// Whether all wrong-signed entries were dead at the last early sample of every run of the ladder.
    pub aligned: bool,
    /// Predicted rates of convergence.
    pub rates: Vec<Rate>,
    /// Flow times of the early samples, the same in every run of the ladder.
    pub early: Vec<f64>,
    /// Rescaled times at which each plateau (one more than jumps) is sampled.
    pub plateaus: Vec<[f64; 2]>,
}

/// Why there are no runs to judge by: the verdict is then *undecided*.
///
/// A broken integration prints, for example,
/// `at log inverse scale 64 the integration is broken: the loss rises by 2.0e-5, more than 1e-7`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RunError {
    /// The integrator gave up.
    #[error("at log inverse scale {log_inverse_scale}: {error}")]
    Flow {
        /// Λ.
        log_inverse_scale: f64,
        /// What it says.
        error: FlowError,
    },
    /// A conserved quantity or the loss shows that the integration is broken.
    #[error(
        "at log inverse scale {log_inverse_scale} the integration is broken: {quantity} by {found:.1e}, \
         more than {GUARD:.0e}"
    )]
    Guard {
        /// Λ.
        log_inverse_scale: f64,
        /// Which guard.
        quantity: &'static str,
        /// Its value.
        found: f64,
    },
    /// The numbers of the instance do not fit the simulation.
    #[error("the instance cannot be simulated in double precision: {0}")]
    Convert(#[from] convert::ConvertError),
    /// The time limit was reached.
    #[error("the time limit was reached before the simulations were done")]
    Cancelled,
}

impl ReluRuns {
    /// Simulates at Λ large enough for the predicted rates, and larger while the slopes of the half-fit times still change.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn gather(
        instance: &ReluInstance,
        sequence: &ReluSequence,
        options: &Options<'_>,
    ) -> Result<ReluRuns, RunError> {
        let rates = predicted_rates(instance, sequence);
        let plateaus = plateau_times(sequence);
        let slowest = rates
            .iter()
            .map(|rate| rate.kappa)
            .chain([1.0, plateau_rate(instance, sequence, MIDDLE)])
            .fold(f64::INFINITY, f64::min);
        let needed = NEGLIGIBLE_EXPONENT / slowest;
        let mut first = first_scale(needed);
        let ladder = loop {
            let early = early_times(sequence, first);
            let run = |factor: f64| simulate(instance, factor * first, &early, &plateaus, options);
            let ladder = [run(1.0)?, run(2.0)?, run(4.0)?];
            match next_first(first) {
                Some(next) if !is_settled(instance, sequence, &ladder, &plateaus) => first = next,
                _ => break ladder,
            }
        };
        let direct = simulate(instance, DIRECT_LOG_INVERSE_SCALE, &[], &plateaus, options)?;
        let last = sequence
            .jumps()
            .last()
            .map_or(1.0, |jump| jump.time.to_f64());
        let fitted = FITTED_EXPONENT / (fitting_rate(instance, sequence) * LAST_READING * last);
        let early = early_times(sequence, first);
        let entries = wrong_signed(instance);
        Ok(ReluRuns {
            fitted,
            aligned: ladder
                .iter()
                .all(|run| is_aligned(&entries, run, early.last().copied())),
            early,
            ladder,
            needed,
            direct,
            rates,
            plateaus,
        })
    }

    /// Why these runs cannot refute anything, if they were taken at scales too large to tell near-ties apart, too large for slow
    /// points to be fitted in time, or too large for the early alignment to come before the jumps.
    ///
    /// For a near-tie it reads, for example, `the instance needs a log inverse scale of about 3.2e8 to be told from a nearby
    /// one, and the largest that was run is 1.6e7`.
    pub fn out_of_reach(&self) -> Option<String> {
        let last = self.ladder[2].log_inverse_scale;
        out_of_reach(self.needed, last).or_else(|| too_slow("points", self.fitted, last)).or_else(|| {
            (!self.aligned).then(|| {
                format!(
                    "some wrong-signed entries were still alive shortly before the first jump, so that the early alignment was not \
                     over at log inverse scale {:.1e}",
                    self.ladder[0].log_inverse_scale
                )
            })
        })
    }

    /// The values of Λ of the ladder, each twice the one before: for example `[64.0, 128.0, 256.0]`.
    pub fn scales(&self) -> [f64; 3] {
        [0, 1, 2].map(|run: usize| self.ladder[run].log_inverse_scale)
    }

    /// Slopes of the half-fit time of a point over the ladder; `None` if it was not half fitted in all three runs.
    pub fn half_fit_slopes(&self, point: usize) -> Option<Slopes> {
        half_fit_slopes(&self.ladder, point)
    }
}

impl ReluRun {
    /// The network at a rescaled time τ that was asked for: at the flow time `t = τΛ`.
    pub fn at(&self, rescaled_time: f64) -> Option<&ReluSample> {
        self.at_flow_time(rescaled_time * self.log_inverse_scale)
    }

    /// The network at a flow time that was asked for: with samples at 10 and 20, `at_flow_time(15.0)` is `None`.
    pub fn at_flow_time(&self, time: f64) -> Option<&ReluSample> {
        let samples = &self.trajectory.samples;
        samples.iter().find(|sample| sample.time == time)
    }
}

/// Where a ladder starts whose corrections are negligible from `needed` on: in the range in which it ends where simulations are possible.
pub(crate) fn first_scale(needed: f64) -> f64 {
    needed.clamp(MIN_FIRST, MAX_LOG_INVERSE_SCALE / 4.0)
}

/// Where the next ladder starts, four times higher; `None` if its last run, at four times that, would be beyond the largest scale.
pub(crate) fn next_first(first: f64) -> Option<f64> {
    let next = 4.0 * first;
    (4.0 * next <= MAX_LOG_INVERSE_SCALE).then_some(next)
}

/// The sentence for runs that end before the Λ that the instance needs.
pub(crate) fn out_of_reach(needed: f64, last: f64) -> Option<String> {
    (last < needed).then(|| {
        format!(
            "the instance needs a log inverse scale of about {needed:.1e} to be told from a nearby one, \
             and the largest that was run is {last:.1e}"
        )
    })
}

/// Whether all wrong-signed entries are dead at a flow time that was asked for; without one, whether there are none.
fn is_aligned(entries: &[(usize, usize)], run: &ReluRun, time: Option<f64>) -> bool {
    let Some(time) = time else {
        return entries.is_empty();
    };
    let sample = run.at_flow_time(time);
    let cosines = sample.and_then(|sample| sample.cosines.as_ref());
    cosines.is_some_and(|cosines| entries.iter().all(|&(j, i)| cosines[[j, i]] <= 0.0))
}

/// The sentence for runs that end before the Λ at which all that jumps is fitted in time.
pub(crate) fn too_slow(what: &str, needed: f64, last: f64) -> Option<String> {
    // Written so that NaN is too slow.
    let is_fitted = needed <= last;
    (!is_fitted).then(|| {
        format!(
            "the slowest {what} of the instance need a log inverse scale of about {needed:.1e} to be fitted before they are read, \
             and the largest that was run is {last:.1e}"
        )
    })
}

/// Whether nothing that is read of a ladder still changes.
fn is_settled(
    instance: &ReluInstance,
    sequence: &ReluSequence,
    ladder: &[ReluRun; 3],
    plateaus: &[[f64; 2]],
) -> bool {
    settled(sequence, ladder)
        && plateaus_settled(sequence, ladder, plateaus)
        && exponents_settled(instance, sequence, ladder, plateaus)
}

fn half_fit_slopes(ladder: &[ReluRun; 3], point: usize) -> Option<Slopes> {
    let time = |run: usize| ladder[run].trajectory.half_fit_times[point];
    Some(Slopes::new(
        [0, 1, 2].map(|run: usize| ladder[run].log_inverse_scale),
        [time(0)?, time(1)?, time(2)?],
        CROSSING_NOISE,
    ))
}

fn settled(sequence: &ReluSequence, ladder: &[ReluRun; 3]) -> bool {
    sequence.jumps().iter().all(|jump| {
        jump.points.iter().all(|&point| {
            half_fit_slopes(ladder, point).is_some_and(|slopes| slopes.settled(jump.time.to_f64()))
        })
    })
}

/// Whether losses on the plateaus and the final norm no longer change between the last two runs.
fn plateaus_settled(sequence: &ReluSequence, ladder: &[ReluRun; 3], plateaus: &[[f64; 2]]) -> bool {
    let tolerance = 0.5 * LOSS_TOLERANCE * sequence.initial_loss().to_f64();
    let norms = [1, 2].map(|run: usize| ladder[run].trajectory.squared_norm);
    let norm_settled = (norms[0] - norms[1]).abs() <= 0.5 * STATE_TOLERANCE * norms[1];
    norm_settled
        && plateaus.iter().all(|times| {
            let loss = |run: usize| ladder[run].at(times[0]).map(|sample| sample.loss);
            loss(1)
                .zip(loss(2))
                .is_some_and(|(a, b)| (a - b).abs() <= tolerance)
        })
}

/// Whether the exponents of the neurons that have not jumped, read as slopes, no longer change. They are not read where neurons tie.
fn exponents_settled(
    instance: &ReluInstance,
    sequence: &ReluSequence,
    ladder: &[ReluRun; 3],
    plateaus: &[[f64; 2]],
) -> bool {
    let ties = |jump: &ReluJump| matches!(jump.winner, Winner::Tie(_));
    if sequence.jumps().iter().any(ties) {
        return true;
    }
    let scales = [0, 1, 2].map(|run: usize| ladder[run].log_inverse_scale);
    let scale = largest_exponent(instance);
    let mut waiting: Vec<usize> = (0..instance.width())
        .filter(|&neuron| !instance.active_set(neuron).is_empty())
        .collect();
    sequence
        .jumps()
        .iter()
        .zip(&plateaus[1..])
        .all(|(jump, times)| {
            waiting.retain(|neuron| !jump.winner.neurons().contains(neuron));
            waiting.iter().all(|&neuron| {
                let samples = [0, 1, 2].map(|run: usize| ladder[run].at(times[0]));
                let [Some(first), Some(second), Some(third)] = samples else {
                    return false;
                };
                let logs = [first, second, third].map(|sample| -sample.log_outputs[neuron]);
                Slopes::new(scales, logs, LOG_NOISE).settled(scale)
            })
        })
}

/// The largest exponent that a neuron starts with.
pub(super) fn largest_exponent(instance: &ReluInstance) -> f64 {
    (0..instance.width())
        .map(|neuron| instance.exponent(neuron).to_f64())
        .fold(0.0, f64::max)
}

/// Two times inside each plateau, in rescaled time: in the middle and at three quarters, and 10 % and 20 % after the last jump.
fn plateau_times(sequence: &ReluSequence) -> Vec<[f64; 2]> {
    let mut start = 0.0;
    let mut plateaus = vec![];
    for jump in sequence.jumps() {
        let end = jump.time.to_f64();
        plateaus.push([MIDDLE, 0.75].map(|part| start + part * (end - start)));
        start = end;
    }
    plateaus.push(match sequence.jumps() {
        [] => [0.5, 1.0],
        _ => [1.0 + LAST_READING, 1.0 + 2.0 * LAST_READING].map(|part| part * start),
    });
    plateaus
}

/// Flow times that double from a fraction of the fastest neuron's time unit up to nine tenths of the first jump at `first`.
fn early_times(sequence: &ReluSequence, first: f64) -> Vec<f64> {
    let Some(jump) = sequence.jumps().first() else {
        return vec![];
    };
    let fastest = jump
        .squared_rates
        .iter()
        .map(|squared| squared.to_f64().sqrt())
        .fold(0.0, f64::max);
    let end = 0.9 * jump.time.to_f64() * first;
    // Beyond the range of doubles there is no such fraction, and the simulation says what is out of range.
    if !(fastest.is_finite() && fastest > 0.0 && end.is_finite()) {
        return vec![];
    }
    let mut times = vec![0.25 / fastest];
    while let Some(&last) = times.last() {
        if 2.0 * last > end {
            break;
        }
        times.push(2.0 * last);
    }
    times.retain(|&time| time <= end);
    times
}

/// The flow time at which a run at a small Λ ends, where jumps come late by their constant: a fifth more than the last jump would need if it
/// came late by so much in Λ.
pub(super) fn end_with_room(last_jump: f64, log_inverse_scale: f64, late: f64) -> f64 {
    1.2 * last_jump * (log_inverse_scale + late)
}

/// One run with samples at the early flow times and inside every plateau.
pub(super) fn simulate(
    instance: &ReluInstance,
    log_inverse_scale: f64,
    early: &[f64],
    plateaus: &[[f64; 2]],
    options: &Options<'_>,
) -> Result<ReluRun, RunError> {
    let mut sample_times: Vec<f64> = plateaus
        .iter()
        .flatten()
        .map(|time| time * log_inverse_scale)
        .chain(early.iter().copied())
        .collect();
    sample_times.sort_by(f64::total_cmp);
    sample_times.dedup();
    let end = sample_times.last().copied().unwrap_or(0.0);
    let simulation = ReluSimulation {
        sample_times,
        record_cosines: true,
        ..ReluSimulation::new(StopRule::Time(end))
    };
    run(instance, log_inverse_scale, &simulation, options)
}

/// One run, with its guards checked.
pub(super) fn run(
    instance: &ReluInstance,
    log_inverse_scale: f64,
    simulation: &ReluSimulation,
    options: &Options<'_>,
) -> Result<ReluRun, RunError> {
    let scale =
        LogInverseScale::new(log_inverse_scale).map_err(|error| RunError::Convert(error.into()))?;
    let problem = convert::relu_problem(instance, scale)?;
    let trajectory =
        simulate_unless(&problem, simulation, options.cancelled).map_err(|error| match error {
            FlowError::Cancelled { .. } => RunError::Cancelled,
            error => RunError::Flow {
                log_inverse_scale,
                error,
            },
        })?;
    check_guards(&trajectory, log_inverse_scale)?;
    Ok(ReluRun {
        log_inverse_scale,
        trajectory,
    })
}

/// Refuses a trajectory whose loss rises or whose balance drifts.
///
/// # Errors
/// [`RunError::Guard`].
pub fn check_guards(trajectory: &ReluTrajectory, log_inverse_scale: f64) -> Result<(), RunError> {
    let guards = &trajectory.guards;
    let figures = [
        ("the loss rises", guards.loss_increase),
        ("a_j² − ‖w_j‖² drifts", guards.balance_drift),
    ];
    for (quantity, found) in figures {
        // Written so that NaN is refused.
        let in_order = found <= GUARD;
        if !in_order {
            return Err(RunError::Guard {
                log_inverse_scale,
                quantity,
                found,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use saltus_jump::relu::predict;

    use super::super::by_hand::{case, instance};
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    }

    /// In the middle of the second plateau neuron 0 has the exponent 5/8, which disturbs what is fitted by `λ^{5/4}`, so that the least
    /// exponent is 1. The slower point, at the rate 4/3, has a tenth of 9/4.
    #[test]
    fn scales_follow_from_the_process() {
        let runs = &case().runs;
        close(runs.needed, 32.0);
        close(runs.fitted, 19.0 / 0.3);
        assert_eq!(runs.scales(), [64.0, 128.0, 256.0]);
        let expected = [[0.1875, 0.28125], [1.3125, 1.78125], [2.475, 2.7]];
        assert_eq!(runs.plateaus.len(), 3);
        for (found, expected) in runs.plateaus.iter().flatten().zip(expected.as_flattened()) {
            close(*found, *expected);
        }
        assert_eq!(largest_exponent(&case().instance), 2.0);
        // Without a neuron that is active there is no jump.
        let resting = instance(&["1"], &["1"], &[&[-1]], &["1"]);
        let sequence = predict(&resting).expect("decided");
        assert_eq!(plateau_times(&sequence), [[0.5, 1.0]]);
        assert_eq!(early_times(&sequence, 64.0), Vec::<f64>::new());
    }

    /// A quarter of 3/8 doubles up to nine tenths of the first jump, at 3/8 of the first scale.
    #[test]
    fn early_times_double() {
        let doubling = |n: i32| -> Vec<f64> { (0..n).map(|k| 0.09375 * 2.0_f64.powi(k)).collect() };
        let check = |first: f64, n: i32| {
            let found = early_times(&case().sequence, first);
            assert_eq!(found.len(), doubling(n).len(), "{found:?}");
            found
                .iter()
                .zip(doubling(n))
                .for_each(|(a, b)| close(*a, b));
        };
        // 21.6 lies between 12 and 24.
        check(64.0, 8);
        check(71.0, 8);
        check(72.0, 9);
        check(0.27, 0);
        check(0.28, 1);
        // The end, 3.409, lies between 3 and 6.
        check(10.1, 6);
        check(f64::INFINITY, 0);
        // The end itself, 0.9 · 10/9 · 64, is the last of them.
        let single = instance(&["1"], &["1"], &[&[1]], &["10/9"]);
        let sequence = predict(&single).expect("decided");
        let jump = sequence.jumps()[0].time.to_f64();
        assert_eq!(0.9 * jump * 64.0, 64.0);
        assert_eq!(early_times(&sequence, 64.0).last(), Some(&64.0));
        // A rate beyond the range of doubles.
        let huge = instance(&["1e200"], &["1e200"], &[&[1]], &["1"]);
        let sequence = predict(&huge).expect("decided");
        assert_eq!(early_times(&sequence, 64.0), Vec::<f64>::new());
        assert_eq!(case().runs.early, early_times(&case().sequence, 64.0));
    }

    #[test]
    fn late_jumps_have_room() {
        close(end_with_room(2.5, 8.0, 10.0), 54.0);
    }

    #[test]
    fn ladders_end_at_the_largest_scale_at_most() {
        assert_eq!(first_scale(3.0), 64.0);
        assert_eq!(first_scale(100.0), 100.0);
        assert_eq!(first_scale(1e12), 4e6);
        assert_eq!(next_first(64.0), Some(256.0));
        assert_eq!(next_first(1e6), Some(4e6));
        assert_eq!(next_first(1.01e6), None);
        assert_eq!(next_first(4e6), None);
    }

    #[test]
    fn runs_reach_as_far_as_the_instance_needs() {
        let told = |change: &dyn Fn(&mut ReluRuns)| {
            let mut runs = case().runs.clone();
            change(&mut runs);
            runs.out_of_reach()
        };
        assert_eq!(
            told(&|runs| (runs.needed, runs.fitted) = (256.0, 256.0)),
            None
        );
        let part = |change: &dyn Fn(&mut ReluRuns), part: &str| {
            let reason = told(change).expect("out of reach");
            assert!(reason.contains(part), "{reason}");
        };
        part(&|runs| runs.needed = 257.0, "told from a nearby one");
        part(&|runs| runs.fitted = 257.0, "the slowest points");
        part(&|runs| runs.fitted = f64::NAN, "the slowest points");
        part(
            &|runs| runs.aligned = false,
            "wrong-signed entries were still alive",
        );
    }

    #[test]
    fn entries_are_dead_once_their_cosines_are_not_positive() {
        let run = &case().runs.ladder[1];
        let last = *case().runs.early.last().expect("early samples");
        let entries = [(0, 2)];
        let with = |cosine: f64| {
            let mut run = run.clone();
            for sample in &mut run.trajectory.samples {
                sample.cosines.as_mut().expect("asked for")[[0, 2]] = cosine;
            }
            is_aligned(&entries, &run, Some(last))
        };
        assert!(is_aligned(&entries, run, Some(last)));
        assert!(with(0.0));
        assert!(!with(1e-300));
        assert!(!with(f64::NAN));
        assert!(!is_aligned(&entries, run, Some(0.5 * last + 1e-3)));
        assert!(is_aligned(&[], run, None));
        assert!(!is_aligned(&entries, run, None));
    }

    /// Whether a ladder is settled after a change, and which of the three parts says so.
    fn parts(change: impl Fn(&mut [ReluRun; 3])) -> [bool; 4] {
        let case = case();
        let (instance, sequence, plateaus) = (&case.instance, &case.sequence, &case.runs.plateaus);
        let mut ladder = case.runs.ladder.clone();
        change(&mut ladder);
        [
            settled(sequence, &ladder),
            plateaus_settled(sequence, &ladder, plateaus),
            exponents_settled(instance, sequence, &ladder, plateaus),
            is_settled(instance, sequence, &ladder, plateaus),
        ]
    }

    const SETTLED: [bool; 4] = [true; 4];

    #[test]
    fn half_fit_times_that_move_are_not_settled() {
        assert_eq!(parts(|_| {}), SETTLED);
        let moved = |by: f64| {
            parts(|ladder| {
                let time = &mut ladder[1].trajectory.half_fit_times[0];
                *time = time.map(|time| time + by);
            })
        };
        assert_eq!(moved(1e-8), SETTLED);
        for by in [1e-5, -1e-5] {
            assert_eq!(moved(by), [false, true, true, false]);
        }
        let unseen = parts(|ladder| ladder[2].trajectory.half_fit_times[0] = None);
        assert_eq!(unseen, [false, true, true, false]);
        // No jump fits point 2.
        let other = parts(|ladder| ladder[2].trajectory.half_fit_times[2] = Some(1.0));
        assert_eq!(other, SETTLED);
    }

    /// Half of 1e-8 of the norm, 8, and half of 1e-11 of the initial loss, 4.
    #[test]
    fn norms_and_losses_that_move_are_not_settled() {
        const MOVES: [bool; 4] = [true, false, true, false];
        let norm = |by: f64| {
            parts(|ladder| {
                let norm = ladder[2].trajectory.squared_norm;
                ladder[1].trajectory.squared_norm = norm + by;
            })
        };
        let loss = |plateau: usize, by: f64| {
            parts(|ladder| {
                let time = case().runs.plateaus[plateau][0];
                let loss = ladder[2].at(time).expect("a sample").loss;
                let flow_time = time * ladder[1].log_inverse_scale;
                let samples = ladder[1].trajectory.samples.iter_mut();
                for sample in samples.filter(|sample| sample.time == flow_time) {
                    sample.loss = loss + by;
                }
            })
        };
        for sign in [1.0, -1.0] {
            assert_eq!(norm(sign * 3.9e-8), SETTLED);
            assert_eq!(norm(sign * 4.1e-8), MOVES);
            for plateau in 0..3 {
                assert_eq!(loss(plateau, sign * 1.9e-11), SETTLED);
                assert_eq!(loss(plateau, sign * 2.1e-11), MOVES);
            }
        }
        let gone = parts(|ladder| ladder[1].trajectory.samples.clear());
        assert_eq!(gone, [true, false, false, false]);
    }

    /// Of neuron 0 after the first jump; neuron 2 is active on nothing.
    #[test]
    fn exponents_that_move_are_not_settled() {
        let moved = |neuron: usize, plateau: usize, by: f64| {
            parts(|ladder| {
                let time = case().runs.plateaus[plateau][0] * ladder[1].log_inverse_scale;
                let samples = ladder[1].trajectory.samples.iter_mut();
                for sample in samples.filter(|sample| sample.time == time) {
                    sample.log_outputs[neuron] += by;
                }
            })
        };
        const MOVES: [bool; 4] = [true, true, false, false];
        // A shift s of the middle reading changes the slopes by s/64 and −s/128, of which half of 1e-8 of 2 may be.
        assert_eq!(moved(0, 1, 4.2e-7), SETTLED);
        assert_eq!(moved(0, 1, 4.4e-7), MOVES);
        assert_eq!(moved(0, 1, -4.4e-7), MOVES);
        assert_eq!(moved(2, 1, 1.0), SETTLED);
        assert_eq!(moved(1, 1, 1.0), SETTLED);
        assert_eq!(moved(0, 0, 1.0), SETTLED);
        assert_eq!(moved(0, 2, 1.0), SETTLED);
    }

    /// Two points of norms 1/10 and 1 that one neuron fits: the slow one relaxes at a fifteenth of the rate of growth, so that a tenth of the
    /// jump time after it, 64 is not enough to fit it.
    #[test]
    fn a_ladder_goes_on_until_it_is_settled() {
        let slow = instance(&["1/10", "1"], &["1", "3"], &[&[1, 1]], &["1"]);
        let sequence = predict(&slow).expect("decided");
        let runs = ReluRuns::gather(&slow, &sequence, &Options::default()).expect("simulated");
        let [first, second, third] = runs.scales();
        assert!(
            first > 64.0 && (second, third) == (2.0 * first, 4.0 * first),
            "{first}"
        );
        assert!(is_settled(&slow, &sequence, &runs.ladder, &runs.plateaus));
        assert_eq!(runs.out_of_reach(), None);
    }
}
