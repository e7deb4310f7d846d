//! Radau IIA of order 9 with simplified Newton iterations and structured solves.

use pulp::{Arch, NullaryFnOnce};

use super::method::{Attempt, scaled_norm};
use super::pairs::{Multiplier, sizes};
use super::radau_table::{
    COMPLEX_EIGENVALUES, COMPLEX_ROWS, COMPLEX_VECTORS, ERROR_WEIGHTS, NODES, REAL_EIGENVALUE,
    REAL_ROW, REAL_VECTOR, STAGES, interpolation_weights,
};
use super::stages::StageSolver;
use super::system::{Joined, StiffSystem};
use crate::lanes::Lanes;
use crate::lanes::apart;

/// Most Newton iterations per step.
const ITERATIONS_MAX: usize = 10;
/// The Newton iteration stops when its own error is this fraction of the tolerated error of the step. The error estimate is of order 6
/// and the method of order 9, so that a larger fraction would dominate the true error.
const NEWTON_FRACTION: f64 = 1e-4;
/// Where rounding stops the iteration from converging further, corrections of this fraction of the tolerated error are accepted.
const STAGNATION_FRACTION: f64 = 1e-2;
/// Extrapolating the last collocation polynomial further than this many of its own steps would lose more than it gains.
const EXTRAPOLATION_MAX: f64 = 2.5;

/// The lane of the real transformed stage.
const REAL_LANE: usize = 4;

/// Workspace of the method, and the collocation polynomial of the last step that was kept.
pub(super) struct Radau<S: StiffSystem> {
    instructions: Arch,
    to_parts: Transform,
    to_stages: Transform,
    solver: S::Stages,
    stages: Vec<Lanes>,
    /// The transform `W = T⁻¹ (Z − c h s)` of the stages' excesses over straight lines with the slopes s.
    parts: Vec<Lanes>,
    /// The mean slopes s of the kept step, 0 if there is none. On plateaus, where logarithms go straight for long steps, the rounding of the
    /// transforms then does not touch their large increments.
    slopes: Vec<f64>,
    updates: Vec<Lanes>,
    /// The last stage.
    end: Vec<f64>,
    scale: Vec<f64>,
    error: Vec<f64>,
    kept: Vec<Lanes>,
    kept_end: Vec<f64>,
    kept_step: Option<f64>,
    kept_is_behind: bool,
    newton_ratio: f64,
    refilter: bool,
}

impl<S: StiffSystem> Radau<S> {
    /// A workspace for systems of the given dimension.
    pub(super) fn new(dimension: usize, instructions: Arch) -> Self {
        let mut radau = Radau {
            instructions,
            to_parts: Transform::to_parts(),
            to_stages: Transform::to_stages(),
            solver: S::Stages::default(),
            stages: Vec::new(),
            parts: Vec::new(),
            slopes: Vec::new(),
            updates: Vec::new(),
            end: Vec::new(),
            scale: Vec::new(),
            error: Vec::new(),
            kept: Vec::new(),
            kept_end: Vec::new(),
            kept_step: None,
            kept_is_behind: false,
            newton_ratio: 1.0,
            refilter: true,
        };
        radau.restart(dimension);
        radau
    }

    /// Forgets the history, after a change of the system.
    pub(super) fn restart(&mut self, dimension: usize) {
        self.resize(dimension);
        self.kept_step = None;
        self.newton_ratio = 1.0;
        self.refilter = true;
    }

    fn resize(&mut self, dimension: usize) {
        for vector in [
            &mut self.stages,
            &mut self.parts,
            &mut self.updates,
            &mut self.kept,
        ] {
            vector.resize(dimension, Lanes::default());
        }
        for vector in [
            &mut self.end,
            &mut self.scale,
            &mut self.error,
            &mut self.slopes,
            &mut self.kept_end,
        ] {
            vector.resize(dimension, 0.0);
        }
    }

    /// Tries one step; `start_rhs` is the right-hand side at increment 0.
    pub(super) fn attempt(
        &mut self,
        system: &S,
        start_rhs: &[f64],
        step: f64,
        tolerance: f64,
    ) -> Attempt {
        let inverse_step = 1.0 / step;
        self.solver
            .factor(self.instructions, system, shifts(inverse_step));
        self.guess(step);
        let (converged, iterations) = self.newton(system, step, tolerance);
        let mut attempt = Attempt::failed();
        attempt.rhs_calls = iterations * STAGES;
        attempt.factorisations = 3;
        if !converged {
            self.newton_ratio = 1.0;
            self.refilter = true;
            return attempt;
        }
        let mut norm = self.estimate(system, start_rhs, inverse_step);
        if norm > 1.0 && self.refilter {
            // Near a fresh start the first estimate can be far too large in stiff components; a second filter removes that.
            let mut shifted = vec![0.0; self.error.len()];
            system.rhs(&self.error, &mut shifted);
            norm = self.estimate(system, &shifted, inverse_step);
            attempt.rhs_calls += 1;
        }
        self.refilter = norm > 1.0 || norm.is_nan();
        if norm.is_finite() {
            let safety =
                0.9 * (2 * ITERATIONS_MAX + 1) as f64 / (2 * ITERATIONS_MAX + iterations) as f64;
            attempt.error = norm;
            attempt.growth = (safety * norm.powf(-1.0 / (STAGES + 1) as f64)).clamp(0.1, 10.0);
        }
        attempt
    }

    /// The increment at the end of the last attempt.
    pub(super) fn increment(&self) -> &[f64] {
        &self.end
    }

    /// Keeps the polynomial of the last attempt for [`interpolate`](Self::interpolate) and for later guesses.
    pub(super) fn keep(&mut self, step: f64) {
        std::mem::swap(&mut self.kept, &mut self.stages);
        std::mem::swap(&mut self.kept_end, &mut self.end);
        self.kept_step = Some(step);
        self.kept_is_behind = false;
    }

    /// The kept polynomial's increment at its end.
    pub(super) fn kept_increment(&self) -> &[f64] {
        &self.kept_end
    }

    /// Tells that the kept step was committed, so that the next attempt starts at its end.
    pub(super) fn advance(&mut self) {
        self.kept_is_behind = true;
    }

    /// Moves what follows the unknowns over the kept step; false if another step has to be taken.
    pub(super) fn follow(&mut self, system: &mut S, step: f64, tolerance: f64) -> bool {
        self.solver
            .follow(self.instructions, system, step, &self.kept, tolerance)
    }

    /// Takes further unknowns into the kept polynomial.
    pub(super) fn join(&mut self, joined: &[Joined], dimension: usize) {
        for unknown in joined {
            self.kept.insert(unknown.place, unknown.stages);
            self.kept_end
                .insert(unknown.place, unknown.stages[STAGES - 1]);
        }
        self.resize(dimension);
    }

    /// Writes the kept polynomial's increment at a fraction of its step.
    pub(super) fn interpolate(&self, fraction: f64, out: &mut [f64]) {
        let weights = interpolation_weights(fraction);
        for (value, stages) in out.iter_mut().zip(&self.kept) {
            *value = (0..STAGES).map(|i| weights[i] * stages[i]).sum();
        }
    }

    /// Starting values of the stages, and the transform of their excesses: the last polynomial extrapolated, else 0.
    fn guess(&mut self, step: f64) {
        let per_time = self.kept_step.map_or(0.0, |kept_step| 1.0 / kept_step);
        for (slope, kept_end) in self.slopes.iter_mut().zip(&self.kept_end) {
            *slope = per_time * kept_end;
        }
        let usable = self
            .kept_step
            .filter(|kept| step <= EXTRAPOLATION_MAX * kept);
        let rows: [[f64; STAGES]; STAGES] = std::array::from_fn(|i| {
            let Some(kept_step) = usable else {
                return [0.0; STAGES];
            };
            let x = NODES[i] * step / kept_step;
            if self.kept_is_behind {
                let mut weights = interpolation_weights(1.0 + x);
                weights[STAGES - 1] -= 1.0;
                weights
            } else {
                interpolation_weights(x)
            }
        });
        let extrapolation =
            Transform::new(|row, column| rows.get(row).map_or(0.0, |weights| weights[column]));
        self.instructions.dispatch(Extrapolation {
            extrapolation: &extrapolation,
            to_parts: &self.to_parts,
            ray: ray(step),
            slopes: &self.slopes,
            kept: &self.kept,
            stages: &mut self.stages,
            parts: &mut self.parts,
        });
    }

    /// Solves the collocation equations; returns whether that succeeded and the number of iterations.
    fn newton(&mut self, system: &S, step: f64, tolerance: f64) -> (bool, usize) {
        let shifts = shifts(1.0 / step);
        let ray = ray(step);
        let mut ratio = self.newton_ratio.max(1e-16).powf(0.8);
        let mut previous = f64::INFINITY;
        for iteration in 1..=ITERATIONS_MAX {
            self.solver
                .rhs(self.instructions, system, &self.stages, &mut self.updates);
            self.instructions.dispatch(Residuals {
                to_parts: &self.to_parts,
                shifts,
                slopes: &self.slopes,
                parts: &self.parts,
                updates: &mut self.updates,
            });
            self.solver
                .solve(self.instructions, system, &mut self.updates);
            self.instructions.dispatch(Additions {
                to_stages: &self.to_stages,
                ray,
                slopes: &self.slopes,
                updates: &self.updates,
                parts: &mut self.parts,
                stages: &mut self.stages,
                end: &mut self.end,
            });
            system.error_scale(tolerance, &self.end, &mut self.scale);
            let norm = self.instructions.dispatch(LargestUpdate {
                updates: &self.updates,
                scale: &self.scale,
            });
            if !norm.is_finite() {
                return (false, iteration);
            }
            if iteration > 1 {
                let rate = norm / previous;
                if rate >= 1.0 {
                    return (norm <= STAGNATION_FRACTION, iteration);
                }
                ratio = rate / (1.0 - rate);
                let remaining = (ITERATIONS_MAX - iteration) as i32;
                let predicted = ratio * rate.powi(remaining) * norm;
                if norm > STAGNATION_FRACTION && predicted > NEWTON_FRACTION {
                    return (false, iteration);
                }
            }
            previous = norm;
            if ratio * norm <= NEWTON_FRACTION {
                self.newton_ratio = ratio;
                return (true, iteration);
            }
        }
        (previous <= STAGNATION_FRACTION, ITERATIONS_MAX)
    }

    /// The scaled norm of the filtered error estimate, which is left in `self.error`.
    fn estimate(&mut self, system: &S, start_rhs: &[f64], inverse_step: f64) -> f64 {
        self.instructions.dispatch(UnfilteredError {
            shift: REAL_EIGENVALUE * inverse_step,
            start_rhs,
            stages: &self.stages,
            updates: &mut self.updates,
        });
        self.solver
            .solve(self.instructions, system, &mut self.updates);
        for (error, update) in self.error.iter_mut().zip(&self.updates) {
            *error = update[REAL_LANE];
        }
        scaled_norm(&self.error, &self.scale)
    }
}

/// The shifts `γ/h` of the transformed stages, for the inverse step `1/h`; the fourth number is the third again.
fn shifts(inverse_step: f64) -> Lanes {
    let [first, second] = COMPLEX_EIGENVALUES.map(|value| value * inverse_step);
    let real = REAL_EIGENVALUE * inverse_step;
    Lanes([
        first.re, first.im, second.re, second.im, real, 0.0, real, 0.0,
    ])
}

/// `c_i h`: times a slope these are the stages of a straight line.
fn ray(step: f64) -> Lanes {
    Lanes::of(|i| NODES.get(i).map_or(0.0, |node| node * step))
}

/// A real matrix with a column per stage and a row per lane.
struct Transform {
    columns: [Lanes; STAGES],
}

impl Transform {
    fn new(mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        Transform {
            columns: std::array::from_fn(|column| Lanes::of(|row| entry(row, column))),
        }
    }

    /// `T⁻¹`.
    fn to_parts() -> Self {
        Transform::new(|row, column| match row {
            REAL_LANE => REAL_ROW[column],
            0 | 2 => COMPLEX_ROWS[row / 2][column].re,
            1 | 3 => COMPLEX_ROWS[row / 2][column].im,
            _ => 0.0,
        })
    }

    /// `T`: a complex number stands for its conjugate too.
    fn to_stages() -> Self {
        Transform::new(|row, column| match column {
            _ if row >= STAGES => 0.0,
            REAL_LANE => REAL_VECTOR[row],
            0 | 2 => 2.0 * COMPLEX_VECTORS[column / 2][row].re,
            _ => -2.0 * COMPLEX_VECTORS[column / 2][row].im,
        })
    }

    #[inline(always)]
    fn of(&self, vector: Lanes) -> Lanes {
        let mut sum = Lanes::all(vector[0]) * self.columns[0];
        for k in 1..STAGES {
            sum = sum.plus_multiple(vector[k], self.columns[k]);
        }
        sum
    }
}

/// Extrapolates the kept stages and transforms the excesses of the result.
struct Extrapolation<'a> {
    extrapolation: &'a Transform,
    to_parts: &'a Transform,
    ray: Lanes,
    slopes: &'a [f64],
    kept: &'a [Lanes],
    stages: &'a mut [Lanes],
    parts: &'a mut [Lanes],
}

impl NullaryFnOnce for Extrapolation<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Extrapolation {
            extrapolation,
            to_parts,
            ray,
            slopes,
            kept,
            stages,
            parts,
        } = self;
        let values = kept.iter().zip(slopes);
        for (((kept, &slope), stage), part) in values.zip(stages).zip(parts) {
            apart();
            let values = extrapolation.of(*kept);
            *stage = values;
            *part = to_parts.of(values.plus_multiple(-slope, ray));
        }
    }
}

/// Overwrites the right-hand sides F by the transformed residuals `T⁻¹ (F − s) − (diag/h) W` of the collocation equations.
struct Residuals<'a> {
    to_parts: &'a Transform,
    shifts: Lanes,
    slopes: &'a [f64],
    parts: &'a [Lanes],
    updates: &'a mut [Lanes],
}

impl NullaryFnOnce for Residuals<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Residuals {
            to_parts,
            shifts,
            slopes,
            parts,
            updates,
        } = self;
        let shifts = Multiplier::new(shifts);
        for ((update, part), &slope) in updates.iter_mut().zip(parts).zip(slopes) {
            apart();
            let excess = *update - Lanes::all(slope);
            *update = shifts.subtract_from(to_parts.of(excess), *part);
        }
    }
}

/// Adds the updates to the transformed excesses `W` and recomputes the stages `c h s + T W`.
struct Additions<'a> {
    to_stages: &'a Transform,
    ray: Lanes,
    slopes: &'a [f64],
    updates: &'a [Lanes],
    parts: &'a mut [Lanes],
    stages: &'a mut [Lanes],
    end: &'a mut [f64],
}

impl NullaryFnOnce for Additions<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Additions {
            to_stages,
            ray,
            slopes,
            updates,
            parts,
            stages,
            end,
        } = self;
        let values = updates.iter().zip(slopes);
        for ((((update, &slope), part), stage), end) in values.zip(parts).zip(stages).zip(end) {
            apart();
            *part = *part + *update;
            let values = to_stages.of(*part).plus_multiple(slope, ray);
            *stage = values;
            *end = values[STAGES - 1];
        }
    }
}

/// The largest `|re| + |im|` of all updates in units of the scale; not finite if one of them is not.
struct LargestUpdate<'a> {
    updates: &'a [Lanes],
    scale: &'a [f64],
}

impl NullaryFnOnce for LargestUpdate<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let LargestUpdate { updates, scale } = self;
        let mut largest = Lanes::all(0.0);
        let mut sum = Lanes::all(0.0);
        for (update, scale) in updates.iter().zip(scale) {
            apart();
            let size = sizes(*update) * Lanes::all(1.0 / scale);
            // The comparison may lose what is not a number, the sum does not.
            largest = Lanes::of(|k| {
                if size[k] > largest[k] {
                    size[k]
                } else {
                    largest[k]
                }
            });
            sum = sum + size;
        }
        let not_finite = 0.0 * sum.0.iter().sum::<f64>();
        largest
            .0
            .iter()
            .fold(0.0, |most: f64, &size| most.max(size))
            + not_finite
    }
}

/// The error estimate before its filter, in the place of the real transformed stage.
struct UnfilteredError<'a> {
    shift: f64,
    start_rhs: &'a [f64],
    stages: &'a [Lanes],
    updates: &'a mut [Lanes],
}

impl NullaryFnOnce for UnfilteredError<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let values = self.stages.iter().zip(self.start_rhs);
        for ((stages, start), update) in values.zip(self.updates) {
            apart();
            let mut sum = 0.0;
            for i in 0..STAGES {
                sum = stages[i].mul_add(ERROR_WEIGHTS[i], sum);
            }
            *update = Lanes::default();
            update[REAL_LANE] = self.shift.mul_add(sum, *start);
        }
    }
}
