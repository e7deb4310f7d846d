//! Simulations of one diagonal instance at log inverse scales chosen from the instance itself.

use saltus_dynamics::diagonal::flow::{
    DiagonalSample, DiagonalSimulation, DiagonalTrajectory, Direction, Observer, SimulationError,
    StopRule, simulate,
};
use saltus_dynamics::integrate::{FlowError, Method};
use saltus_exact::Rational;
use saltus_jump::diagonal::{DiagonalSequence, dual_variables};
use saltus_problem::{DiagonalInstance, LogInverseScale};

use super::COEFFICIENT_TOLERANCE;
use crate::Options;
use crate::convert;
use crate::descent::symmetric_eigenvalues;
use crate::relu::{first_scale, next_first, out_of_reach, too_slow};
use crate::settle::{CROSSING_NOISE, Slopes};

/// Coordinates off the support are negligible once they are `e^{−32} ≈ 1e-14` of the smallest one on it.
const NEGLIGIBLE_EXPONENT: f64 = 32.0;

/// What is left to fit on a plateau is below the tolerance of coefficients once it is `e^{−19}`.
const FITTED_EXPONENT: f64 = 19.0;

/// Λ of the run whose direct error is reported.
///
/// For a jump at the rescaled time τ that is crossed at the flow time t, the error is `|t/(Λτ) − 1|`.
pub const DIRECT_LOG_INVERSE_SCALE: f64 = 1e5;

/// A loss that rises by more than this fraction means a broken integration: a thousand times the integrator's tolerance.
///
/// In symbols `(L_{k+1} − L_k)/L_k ≤ 1e-7` over all accepted steps.
pub const GUARD: f64 = 1e-7;

/// One simulation.
///
/// Coordinate i starts at `α_i = c_i e^{−k_i Λ}`, with its shape `c_i` and its exponent `k_i`.
#[derive(Debug, Clone)]
pub struct DiagonalRun {
    /// Λ.
    pub log_inverse_scale: f64,
    /// What the flow did.
    pub trajectory: DiagonalTrajectory,
}

/// A coordinate whose support changes at a jump.
///
/// In the shipped `dln-5x7` these are `(jump, coordinate)` = `(0, 0)` and `(1, 2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// Index of the jump.
    pub jump: usize,
    /// Index of the coordinate.
    pub coordinate: usize,
}

/// All simulations that the claims share.
///
/// From crossing times `t(Λ)` in the ladder come two slopes, `(t(2Λ) − t(Λ))/Λ` and `(t(4Λ) − t(2Λ))/(2Λ)`.
#[derive(Debug, Clone)]
pub struct DiagonalRuns {
    /// Three runs at Λ, 2Λ and 4Λ.
    pub ladder: [DiagonalRun; 3],
    /// A run at `DIRECT_LOG_INVERSE_SCALE`.
    pub direct: DiagonalRun,
    /// Λ from which on coordinates off their bounds are negligible, by the exact dual gaps.
    pub needed: f64,
    /// Λ from which on the coordinates of every jump are fitted where its plateau is read, by the predicted relaxation.
    pub fitted: f64,
    /// What each observer of the runs watches.
    pub watches: Vec<Watch>,
    /// Rescaled time at which each plateau (one more than jumps) is sampled.
    pub plateaus: Vec<f64>,
    /// The long form only: the largest difference of a crossing time from that of the second integrator, in flow time relative
    /// to the time itself, at the first Λ of the ladder.
    pub second_integrator: Option<f64>,
}

/// Why there are no runs to judge by: the verdict is then *undecided*.
///
/// It prints, for example, `at log inverse scale 64 the integration is broken: the loss rises by 1.0e-3, more than 1e-7`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RunError {
    /// The integrator gave up.
    #[error("at log inverse scale {log_inverse_scale}: {error}")]
    Flow {
        /// Λ.
        log_inverse_scale: f64,
        /// What it says.
        error: SimulationError,
    },
    /// The loss shows that the integration is broken.
    #[error(
        "at log inverse scale {log_inverse_scale} the integration is broken: the loss rises by {found:.1e}, \
         more than {GUARD:.0e}"
    )]
    Guard {
        /// Λ.
        log_inverse_scale: f64,
        /// The largest relative increase.
        found: f64,
    },
    /// The numbers of the instance do not fit the simulation.
    #[error("the instance cannot be simulated in double precision: {0}")]
    Convert(#[from] convert::ConvertError),
    /// The time limit was reached.
    #[error("the time limit was reached before the simulations were done")]
    Cancelled,
}

impl DiagonalRuns {
    /// Simulates at Λ large enough for the instance's own dual gaps, and larger while the slopes still change.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn gather(
        instance: &DiagonalInstance,
        sequence: &DiagonalSequence,
        options: &Options<'_>,
    ) -> Result<DiagonalRuns, RunError> {
        let plateaus = plateau_times(sequence);
        let watches = watches(sequence);
        let needed = needed_scale(instance, sequence);
        let mut first = first_scale(needed);
        let run = |scale: f64, method: Method| {
            simulate_one(instance, scale, method, &watches, &plateaus, options)
        };
        let radau = Method::default();
        let ladder = loop {
            let ladder = [
                run(first, radau)?,
                run(2.0 * first, radau)?,
                run(4.0 * first, radau)?,
            ];
            let is_settled = crossings_settled(&watches, &ladder)
                && plateaus_settled(sequence, &ladder, &plateaus);
            match next_first(first) {
                Some(next) if !is_settled => first = next,
                _ => break ladder,
            }
        };
        let second_integrator = match options.full {
            true => {
                let second = run(first, Method::Rodas5P)?;
                Some(largest_difference(&ladder[0], &second))
            }
            false => None,
        };
        Ok(DiagonalRuns {
            fitted: fitted_scale(instance, sequence, &plateaus),
            direct: run(DIRECT_LOG_INVERSE_SCALE, radau)?,
            ladder,
            needed,
            watches,
            plateaus,
            second_integrator,
        })
    }

    /// Why these runs cannot refute anything, if they were taken at scales too large to tell near-ties apart, or too large for
    /// slow coordinates to be fitted in time.
    ///
    /// That is, if the last run of the ladder is at `4Λ < needed`, or at `4Λ < fitted`; else `None`.
    pub fn out_of_reach(&self) -> Option<String> {
        let last = self.ladder[2].log_inverse_scale;
        out_of_reach(self.needed, last).or_else(|| too_slow("coordinates", self.fitted, last))
    }

    /// Whether a coordinate had passed its level in some run before it was looked at: the jumps are not separated there.
    ///
    /// For the jump at `τ_ℓ` after that at `τ_{ℓ−1}` (0 before the first), the crossing was at `t ≤ Λ(τ_{ℓ−1} + τ_ℓ)/2`.
    pub fn passed_early(&self, observer: usize) -> bool {
        passed_early(&self.ladder, &self.watches[observer], observer)
    }

    /// Why the readings of a plateau are not taken on it, if they are not: in one of the two runs that are compared, the flow had already
    /// made the jump that ends the plateau, or not yet the one before. The constants of the jump times then exceed half of the
    /// plateau, and both readings may rest at the same wrong saddle. `None` where the runs can refute nothing anyway, which says more.
    pub fn off_plateau(&self, plateau: usize) -> Option<String> {
        if self.out_of_reach().is_some() {
            return None;
        }
        let time = self.plateaus[plateau];
        let is_off = |run: &DiagonalRun| {
            let read = time * run.log_inverse_scale;
            let crossings = run.trajectory.crossing_times.iter();
            self.watches.iter().zip(crossings).any(|(watch, crossing)| {
                let jump = watch.watched.jump;
                crossing.is_some_and(|crossing| {
                    jump == plateau && crossing <= read || jump + 1 == plateau && read <= crossing
                })
            })
        };
        let run = self.ladder[1..].iter().find(|run| is_off(run))?;
        Some(format!(
            "plateau {plateau}, at rescaled time {time}: at log inverse scale {} the flow is not between its two jumps then",
            run.log_inverse_scale
        ))
    }

    /// The values of Λ of the ladder.
    ///
    /// `[Λ, 2Λ, 4Λ]` with `Λ ≥ 64`.
    pub fn scales(&self) -> [f64; 3] {
        [0, 1, 2].map(|run: usize| self.ladder[run].log_inverse_scale)
    }

    /// The observer of a coordinate at a jump.
    ///
    /// For the shipped `dln-5x7`, `observer(1, 2)` is `Some(1)` and `observer(0, 2)` is `None`: coordinate 2 enters at jump 1.
    pub fn observer(&self, jump: usize, coordinate: usize) -> Option<usize> {
        self.watches
            .iter()
            .position(|watch| watch.watched == Watched { jump, coordinate })
    }

    /// Slopes of a crossing time over the ladder; `None` if it was not seen in all three runs.
    pub fn crossing_slopes(&self, observer: usize) -> Option<Slopes> {
        slopes(&self.ladder, observer)
    }
}

impl DiagonalRun {
    /// The state at a rescaled time that was asked for.
    ///
    /// `at(τ)` is the sample at the flow time `t = τΛ`; `None` for a time that is not one of the `plateaus`.
    pub fn at(&self, rescaled_time: f64) -> Option<&DiagonalSample> {
        let time = rescaled_time * self.log_inverse_scale;
        let samples = &self.trajectory.samples;
        samples.iter().find(|sample| sample.time == time)
    }
}

/// Whether the slopes of all crossing times no longer change, of crossings that came after they were first looked for.
fn crossings_settled(watches: &[Watch], ladder: &[DiagonalRun; 3]) -> bool {
    watches.iter().enumerate().all(|(k, watch)| {
        !passed_early(ladder, watch, k)
            && slopes(ladder, k).is_some_and(|slopes| slopes.settled(watch.time))
    })
}

fn passed_early(ladder: &[DiagonalRun; 3], watch: &Watch, observer: usize) -> bool {
    ladder.iter().any(|run| {
        let earliest = watch.not_before * run.log_inverse_scale;
        run.trajectory.crossing_times[observer].is_some_and(|time| time <= earliest)
    })
}

fn slopes(ladder: &[DiagonalRun; 3], observer: usize) -> Option<Slopes> {
    let time = |run: usize| ladder[run].trajectory.crossing_times[observer];
    let values = [time(0)?, time(1)?, time(2)?];
    // The integrator controls the dual variable, which moves by Λ between jumps: its error in a crossing time is relative to
    // the time scale t/Λ of the jump.
    let unit = (values[2] / ladder[2].log_inverse_scale).max(1.0);
    Some(Slopes::new(
        [0, 1, 2].map(|run: usize| ladder[run].log_inverse_scale),
        values,
        CROSSING_NOISE * unit,
    ))
}

/// Whether coefficients on the plateaus no longer change between the last two runs, on plateaus where they are determined.
fn plateaus_settled(
    sequence: &DiagonalSequence,
    ladder: &[DiagonalRun; 3],
    plateaus: &[f64],
) -> bool {
    sequence
        .jumps()
        .iter()
        .zip(&plateaus[1..])
        .all(|(jump, &time)| {
            let (Some(earlier), Some(later)) = (ladder[1].at(time), ladder[2].at(time)) else {
                return false;
            };
            let scale = smallest_size(&jump.beta);
            let pairs = earlier.beta.iter().zip(&later.beta);
            !jump.unique
                || pairs.zip(&jump.beta).all(|((a, b), exact)| {
                    let scale = if exact.is_zero() {
                        scale
                    } else {
                        exact.to_f64().abs()
                    };
                    (a - b).abs() <= 0.5 * COEFFICIENT_TOLERANCE * scale
                })
        })
}

/// The smallest non-zero coefficient in absolute value, 1 if there is none.
pub(super) fn smallest_size(beta: &[Rational]) -> f64 {
    let sizes = beta
        .iter()
        .filter(|b| !b.is_zero())
        .map(|b| b.to_f64().abs());
    let least = sizes.fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 1.0 }
}

fn largest_difference(first: &DiagonalRun, second: &DiagonalRun) -> f64 {
    let pairs = first
        .trajectory
        .crossing_times
        .iter()
        .zip(&second.trajectory.crossing_times);
    pairs
        .map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => ((a - b) / a).abs(),
            (None, None) => 0.0,
            _ => f64::INFINITY,
        })
        .fold(0.0, f64::max)
}

/// A crossing to look for.
///
/// A coordinate that enters crosses `β_i/2`, β after the jump, away from 0; one that leaves, with β before the jump, towards 0.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    /// What crosses.
    pub watched: Watched,
    /// The level: half of the larger adjacent plateau value, with its sign.
    level: f64,
    direction: Direction,
    /// Rescaled time from which it is looked for.
    not_before: f64,
    /// Predicted rescaled time.
    time: f64,
}

/// For each coordinate whose support changes at a jump: half of the larger adjacent plateau value, looked for from the midpoint
/// of the plateau before.
fn watches(sequence: &DiagonalSequence) -> Vec<Watch> {
    let mut watches = vec![];
    let mut start = 0.0;
    let mut before: Option<&[Rational]> = None;
    for (jump, entry) in sequence.jumps().iter().enumerate() {
        let time = entry.time.to_f64();
        let not_before = 0.5 * (start + time);
        let sets = [
            (
                &entry.activated,
                Direction::Rising,
                Some(entry.beta.as_slice()),
            ),
            (&entry.deactivated, Direction::Falling, before),
        ];
        for (set, direction, values) in sets {
            for &coordinate in set.iter().flatten() {
                let value = values.map_or(0.0, |beta| beta[coordinate].to_f64());
                watches.push(Watch {
                    watched: Watched { jump, coordinate },
                    level: 0.5 * value,
                    direction,
                    not_before,
                    time,
                });
            }
        }
        start = time;
        before = Some(&entry.beta);
    }
    watches
}

/// The middle of each plateau in rescaled time, and 10 % after the last jump.
fn plateau_times(sequence: &DiagonalSequence) -> Vec<f64> {
    let mut start = 0.0;
    let mut plateaus = vec![];
    for jump in sequence.jumps() {
        let end = jump.time.to_f64();
        plateaus.push(0.5 * (start + end));
        start = end;
    }
    plateaus.push(if start == 0.0 { 0.5 } else { 1.1 * start });
    plateaus
}

/// Λ at which, at every jump, coordinates off their bounds are negligible beside the smallest plateau value: a coordinate with
/// dual variable s has size `e^{−2(k−|s|)Λ}/2`.
pub fn needed_scale(instance: &DiagonalInstance, sequence: &DiagonalSequence) -> f64 {
    let mut gap: f64 = 1.0;
    let mut least = f64::INFINITY;
    let mut largest: f64 = 0.0;
    let duals = dual_variables(instance, sequence);
    for (jump, dual) in sequence.jumps().iter().zip(duals) {
        for (s, k) in dual.values().iter().zip(instance.exponents()) {
            let distance = 2.0 * (k - s.abs()).to_f64();
            if distance > 0.0 {
                gap = gap.min(distance);
            }
        }
        for size in jump
            .beta
            .iter()
            .map(|b| b.to_f64().abs())
            .filter(|b| *b > 0.0)
        {
            least = least.min(size);
            largest = largest.max(size);
        }
    }
    let decades = if largest > 0.0 {
        (largest / least).ln()
    } else {
        0.0
    };
    (NEGLIGIBLE_EXPONENT + decades) / gap
}

/// Λ at which, on every plateau, what is left to fit has decayed where the plateau is read.
///
/// With `β = α² sinh 2G` the coefficients on the support S follow `β̇ ≈ −2|β| ∇L`, so that the slowest residual decays at the least
/// eigenvalue of `2 D H_SS D` with `D = diag √|β|` and `H = XᵀX/n`.
fn fitted_scale(instance: &DiagonalInstance, sequence: &DiagonalSequence, plateaus: &[f64]) -> f64 {
    let inputs = instance.inputs();
    let n = inputs.n_rows();
    let mut slowest = f64::INFINITY;
    for (jump, read) in sequence.jumps().iter().zip(&plateaus[1..]) {
        let support: Vec<usize> = (0..instance.dimension())
            .filter(|&i| !jump.beta[i].is_zero())
            .collect();
        let column = |i: usize| -> Vec<f64> {
            let root = (2.0 * jump.beta[i].to_f64().abs() / n as f64).sqrt();
            (0..n)
                .map(|sample| root * inputs.get(sample, i).to_f64())
                .collect()
        };
        let columns: Vec<Vec<f64>> = support.iter().map(|&i| column(i)).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let matrix = columns
            .iter()
            .map(|a| columns.iter().map(|b| dot(a, b)).collect())
            .collect();
        let least = symmetric_eigenvalues(matrix)
            .into_iter()
            .fold(f64::INFINITY, f64::min);
        // Rounding can make an eigenvalue that is nearly 0 negative.
        slowest = slowest.min(least.max(0.0) * (read - jump.time.to_f64()));
    }
    FITTED_EXPONENT / slowest
}

fn simulate_one(
    instance: &DiagonalInstance,
    log_inverse_scale: f64,
    method: Method,
    watches: &[Watch],
    plateaus: &[f64],
    options: &Options<'_>,
) -> Result<DiagonalRun, RunError> {
    let flow = |error: SimulationError| RunError::Flow {
        log_inverse_scale,
        error,
    };
    let scale =
        LogInverseScale::new(log_inverse_scale).map_err(|error| RunError::Convert(error.into()))?;
    let problem = convert::diagonal_flow_problem(instance, scale)?;
    let sample_times: Vec<f64> = plateaus
        .iter()
        .map(|time| time * log_inverse_scale)
        .collect();
    let end = sample_times.last().copied().unwrap_or(log_inverse_scale);
    let simulation = DiagonalSimulation {
        method,
        sample_times,
        observers: watches
            .iter()
            .map(|watch| Observer {
                coordinate: watch.watched.coordinate,
                level: watch.level,
                direction: watch.direction,
                not_before: watch.not_before * log_inverse_scale,
            })
            .collect(),
        ..DiagonalSimulation::until(StopRule::Time(end))
    };
    let trajectory =
        simulate(&problem, &simulation, options.cancelled).map_err(|error| match error {
            SimulationError::Flow(FlowError::Cancelled { .. }) => RunError::Cancelled,
            error => flow(error),
        })?;
    let found = trajectory.max_loss_increase;
    // Written so that NaN is refused.
    let in_order = found <= GUARD;
    if !in_order {
        return Err(RunError::Guard {
            log_inverse_scale,
            found,
        });
    }
    Ok(DiagonalRun {
        log_inverse_scale,
        trajectory,
    })
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{instance, number, separate};
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn the_smallest_coefficient_that_is_not_zero() {
        let check = |texts: &[&str], expected: f64| {
            let beta: Vec<Rational> = texts.iter().map(|text| number(text)).collect();
            assert_eq!(smallest_size(&beta), expected);
        };
        check(&["3", "0", "-1/4"], 0.25);
        check(&["0", "-8"], 8.0);
        check(&["0", "0"], 1.0);
        check(&[], 1.0);
    }

    /// The gap is `2 (1 − 9/16)` at the first jump, the sizes are 8 and 3; without a jump the gap is 1.
    #[test]
    fn coordinates_off_their_bounds_are_negligible_from_a_scale_on() {
        let (case, sequence, runs) = separate();
        let expected = (32.0 + (8.0_f64 / 3.0).ln()) / 0.875;
        close(needed_scale(case, sequence), expected);
        assert_eq!(runs.needed, needed_scale(case, sequence));
        let check = |labels: [i64; 2], exponents: [&str; 2], expected: f64| {
            let instance = instance(&[&[1, 0], &[0, 1]], &labels, &exponents);
            let sequence = saltus_jump::diagonal::predict(&instance).expect("predicted");
            close(needed_scale(&instance, &sequence), expected);
        };
        check([0, 0], ["1", "1"], 32.0);
        // The dual variable of coordinate 1 is still 0: it is 6 from its bound, and the gap at most 1.
        check([4, 0], ["1", "3"], 32.0);
    }

    /// The rates of relaxation are `2|β|/n`: 8 for 7/48 in the middle of the second plateau, and 3 for a tenth of 2/3 after the end.
    #[test]
    fn points_are_fitted_from_a_scale_on() {
        let (case, sequence, runs) = separate();
        close(runs.fitted, 95.0);
        close(
            fitted_scale(case, sequence, &[0.0, 0.376, 10.0]),
            19.0 / 0.008,
        );
        assert_eq!(runs.plateaus.len(), 3);
        for (found, expected) in runs.plateaus.iter().zip([0.1875, 25.0 / 48.0, 2.2 / 3.0]) {
            close(*found, expected);
        }
    }

    #[test]
    fn two_lists_of_crossings_differ_by_their_largest_relative_difference() {
        let run = |times: &[Option<f64>]| {
            let mut run = separate().2.direct.clone();
            run.trajectory.crossing_times = times.to_vec();
            run
        };
        let check = |first: &[Option<f64>], second: &[Option<f64>], expected: f64| {
            assert_eq!(largest_difference(&run(first), &run(second)), expected);
        };
        check(&[Some(4.0), Some(8.0)], &[Some(5.0), Some(7.0)], 0.25);
        check(&[Some(-4.0), None], &[Some(-3.0), None], 0.25);
        check(&[Some(4.0)], &[None], f64::INFINITY);
        check(&[], &[], 0.0);
    }

    /// The error of a crossing time is 1e-9 of t/Λ, and of 1 at least.
    #[test]
    fn the_noise_of_a_crossing_grows_with_its_time() {
        let mut ladder = separate().2.ladder.clone();
        for (run, scale) in ladder.iter_mut().zip([1.0, 2.0, 4.0]) {
            run.log_inverse_scale = scale;
            run.trajectory.crossing_times[0] = Some(24.0 * scale);
            run.trajectory.crossing_times[1] = Some(0.5 * scale);
        }
        let noise = |observer: usize| slopes(&ladder, observer).expect("crossed").noise;
        let check = |found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() < 1e-4, "{found} {expected}");
        };
        check(noise(0), 24e-9);
        check(noise(1), 1e-9);
    }

    type Ladder = [DiagonalRun; 3];

    #[test]
    fn crossings_that_move_are_not_settled() {
        let (_, _, runs) = separate();
        let settled = |change: &dyn Fn(&mut Ladder)| {
            let mut ladder = runs.ladder.clone();
            change(&mut ladder);
            crossings_settled(&runs.watches, &ladder)
        };
        assert!(settled(&|_| {}));
        let at = |run: usize, time: Option<f64>| {
            move |ladder: &mut Ladder| ladder[run].trajectory.crossing_times[1] = time
        };
        let first = runs.ladder[0].log_inverse_scale;
        let second = runs.ladder[1].trajectory.crossing_times[1].expect("crossed");
        assert!(!settled(&at(1, Some(second + 1e-6))));
        assert!(settled(&at(1, Some(second + 1e-10))));
        assert!(!settled(&at(2, None)));
        // Before the middle of its plateau, though all slopes agree.
        let early = |ladder: &mut Ladder| {
            for run in ladder {
                let time = &mut run.trajectory.crossing_times[1];
                *time = time.map(|time| time - 0.5 * first);
            }
        };
        assert!(!settled(&early));
    }

    #[test]
    fn coefficients_that_move_are_not_settled() {
        let (_, sequence, runs) = separate();
        let settled = |plateau: usize, coordinate: usize, by: f64| {
            let mut ladder = runs.ladder.clone();
            let time = runs.plateaus[plateau] * ladder[2].log_inverse_scale;
            let samples = ladder[2].trajectory.samples.iter_mut();
            for sample in samples.filter(|sample| sample.time == time) {
                sample.beta[coordinate] += by;
            }
            plateaus_settled(sequence, &ladder, &runs.plateaus)
        };
        // Half of 1e-7 of the coefficient, or of the smallest of the plateau where it is 0.
        for sign in [1.0, -1.0] {
            assert!(settled(1, 1, sign * 3.9e-7));
            assert!(!settled(1, 1, sign * 4.1e-7));
            assert!(settled(1, 0, sign * 3.9e-7));
            assert!(!settled(1, 0, sign * 4.1e-7));
            assert!(settled(2, 0, sign * 1.4e-7));
            assert!(!settled(2, 0, sign * 1.6e-7));
            assert!(settled(0, 0, sign));
        }
        let mut ladder = runs.ladder.clone();
        ladder[1].trajectory.samples.clear();
        assert!(!plateaus_settled(sequence, &ladder, &runs.plateaus));
    }

    /// Coordinate 1 jumps first; a reading must come after the crossing before its plateau and before the one after it.
    #[test]
    fn a_reading_off_its_plateau_is_told() {
        let (_, _, runs) = separate();
        let told = |run: usize, jump: usize, time: Option<f64>| {
            let mut runs = runs.clone();
            let observer = runs.observer(jump, 1 - jump).expect("it jumps");
            let scale = runs.ladder[run].log_inverse_scale;
            runs.ladder[run].trajectory.crossing_times[observer] = time.map(|time| time * scale);
            [0, 1, 2].map(|plateau| runs.off_plateau(plateau).is_some())
        };
        assert_eq!(told(1, 0, Some(0.3)), [false; 3]);
        for run in [1, 2] {
            assert_eq!(told(run, 0, Some(runs.plateaus[0])), [true, false, false]);
            assert_eq!(told(run, 0, Some(runs.plateaus[1])), [false, true, false]);
            assert_eq!(told(run, 1, Some(runs.plateaus[1])), [false, true, false]);
            assert_eq!(told(run, 1, Some(runs.plateaus[2])), [false, false, true]);
            assert_eq!(told(run, 0, None), [false; 3]);
        }
        // The first run of the ladder is compared with nothing.
        assert_eq!(told(0, 0, Some(runs.plateaus[1])), [false; 3]);
        let mut beyond = runs.clone();
        beyond.ladder[1].trajectory.crossing_times = vec![Some(0.0); 2];
        assert!(beyond.off_plateau(0).is_some());
        beyond.needed = 1e12;
        assert_eq!(beyond.off_plateau(0), None);
    }

    #[test]
    fn runs_reach_as_far_as_the_instance_needs() {
        let last = separate().2.ladder[2].log_inverse_scale;
        let told = |needed: f64, fitted: f64| {
            let mut runs = separate().2.clone();
            (runs.needed, runs.fitted) = (needed, fitted);
            runs.out_of_reach()
        };
        assert_eq!(told(last, last), None);
        let needs = told(1.01 * last, last).expect("out of reach");
        assert!(needs.contains("told from a nearby one"), "{needs}");
        for fitted in [1.01 * last, f64::NAN, f64::INFINITY] {
            let slow = told(last, fitted).expect("too slow");
            assert!(slow.starts_with("the slowest coordinates"), "{slow}");
        }
    }

    /// Two methods of integration agree, and not to the last digit.
    #[test]
    fn the_second_integrator_is_another_one() {
        let (instance, sequence, _) = separate();
        let options = Options {
            full: true,
            ..Options::default()
        };
        let runs = DiagonalRuns::gather(instance, sequence, &options).expect("simulated");
        let difference = runs.second_integrator.expect("the long form");
        assert!(difference > 0.0 && difference <= 1e-7, "{difference:e}");
    }
}
