//! Radau IIA of order 9 with simplified Newton iterations and structured solves.

use num_complex::Complex64;

use super::method::{Attempt, max_or_nan, scaled_norm};
use super::radau_table::{
    COMPLEX_EIGENVALUES, COMPLEX_ROWS, COMPLEX_VECTORS, ERROR_WEIGHTS, NODES, REAL_EIGENVALUE,
    REAL_ROW, REAL_VECTOR, STAGES, interpolation_weights,
};
use super::system::StiffSystem;

/// Most Newton iterations per step.
const ITERATIONS_MAX: usize = 10;
/// The Newton iteration stops when its own error is this fraction of the tolerated error of the step. The error estimate is of order 6
/// and the method of order 9, so that a larger fraction would dominate the true error.
const NEWTON_FRACTION: f64 = 1e-4;
/// Where rounding stops the iteration from converging further, corrections of this fraction of the tolerated error are accepted.
const STAGNATION_FRACTION: f64 = 1e-2;
/// Extrapolating the last collocation polynomial further than this many of its own steps would lose more than it gains.
const EXTRAPOLATION_MAX: f64 = 2.5;

/// Workspace of the method, and the collocation polynomial of the last step that was kept.
pub(super) struct Radau<S: StiffSystem> {
    real_factors: S::RealFactors,
    complex_factors: [S::ComplexFactors; 2],
    stages: [Vec<f64>; STAGES],
    stage_rhs: [Vec<f64>; STAGES],
    real_part: Vec<f64>,
    complex_parts: [Vec<Complex64>; 2],
    real_update: Vec<f64>,
    complex_updates: [Vec<Complex64>; 2],
    scale: Vec<f64>,
    error: Vec<f64>,
    kept: [Vec<f64>; STAGES],
    kept_step: Option<f64>,
    kept_is_behind: bool,
    newton_ratio: f64,
    refilter: bool,
}

impl<S: StiffSystem> Radau<S> {
    /// A workspace for systems of the given dimension.
    pub(super) fn new(dimension: usize) -> Self {
        let mut radau = Radau {
            real_factors: S::RealFactors::default(),
            complex_factors: Default::default(),
            stages: Default::default(),
            stage_rhs: Default::default(),
            real_part: Vec::new(),
            complex_parts: Default::default(),
            real_update: Vec::new(),
            complex_updates: Default::default(),
            scale: Vec::new(),
            error: Vec::new(),
            kept: Default::default(),
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
        let zero = Complex64::new(0.0, 0.0);
        for vectors in [&mut self.stages, &mut self.stage_rhs, &mut self.kept] {
            for vector in vectors {
                vector.resize(dimension, 0.0);
            }
        }
        for vector in [
            &mut self.real_part,
            &mut self.real_update,
            &mut self.scale,
            &mut self.error,
        ] {
            vector.resize(dimension, 0.0);
        }
        for vectors in [&mut self.complex_parts, &mut self.complex_updates] {
            for vector in vectors {
                vector.resize(dimension, zero);
            }
        }
        self.kept_step = None;
        self.newton_ratio = 1.0;
        self.refilter = true;
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
        system.factor(REAL_EIGENVALUE * inverse_step, &mut self.real_factors);
        for pair in 0..2 {
            system.factor_complex(
                COMPLEX_EIGENVALUES[pair] * inverse_step,
                &mut self.complex_factors[pair],
            );
        }
        self.guess(step);
        let (converged, iterations) = self.newton(system, inverse_step, tolerance);
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
            std::mem::swap(&mut self.error, &mut self.real_update);
            system.rhs(&self.real_update, &mut self.stage_rhs[0]);
            let shifted = std::mem::take(&mut self.stage_rhs[0]);
            norm = self.estimate(system, &shifted, inverse_step);
            self.stage_rhs[0] = shifted;
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
        &self.stages[STAGES - 1]
    }

    /// Keeps the polynomial of the last attempt for [`interpolate`](Self::interpolate) and for later guesses.
    pub(super) fn keep(&mut self, step: f64) {
        std::mem::swap(&mut self.kept, &mut self.stages);
        self.kept_step = Some(step);
        self.kept_is_behind = false;
    }

    /// The kept polynomial's increment at its end.
    pub(super) fn kept_increment(&self) -> &[f64] {
        &self.kept[STAGES - 1]
    }

    /// Tells that the kept step was committed, so that the next attempt starts at its end.
    pub(super) fn advance(&mut self) {
        self.kept_is_behind = true;
    }

    /// Writes the kept polynomial's increment at a fraction of its step.
    pub(super) fn interpolate(&self, fraction: f64, out: &mut [f64]) {
        combine(&interpolation_weights(fraction), &self.kept, out);
    }

    /// Starting values of the stages, and their transform.
    fn guess(&mut self, step: f64) {
        let usable = self
            .kept_step
            .filter(|kept| step <= EXTRAPOLATION_MAX * kept);
        let Some(kept_step) = usable else {
            for stage in &mut self.stages {
                stage.fill(0.0);
            }
            self.real_part.fill(0.0);
            for part in &mut self.complex_parts {
                part.fill(Complex64::new(0.0, 0.0));
            }
            return;
        };
        for i in 0..STAGES {
            let x = NODES[i] * step / kept_step;
            if self.kept_is_behind {
                let mut weights = interpolation_weights(1.0 + x);
                weights[STAGES - 1] -= 1.0;
                combine(&weights, &self.kept, &mut self.stages[i]);
            } else {
                combine(&interpolation_weights(x), &self.kept, &mut self.stages[i]);
            }
        }
        for d in 0..self.real_part.len() {
            let z: [f64; STAGES] = std::array::from_fn(|i| self.stages[i][d]);
            self.real_part[d] = real_transform(&z);
            for pair in 0..2 {
                self.complex_parts[pair][d] = complex_transform(pair, &z);
            }
        }
    }

    /// Solves the collocation equations; returns whether that succeeded and the number of iterations.
    fn newton(&mut self, system: &S, inverse_step: f64, tolerance: f64) -> (bool, usize) {
        let dimension = self.real_part.len();
        let real_shift = REAL_EIGENVALUE * inverse_step;
        let complex_shifts = COMPLEX_EIGENVALUES.map(|value| value * inverse_step);
        let mut ratio = self.newton_ratio.max(1e-16).powf(0.8);
        let mut previous = f64::INFINITY;
        for iteration in 1..=ITERATIONS_MAX {
            for i in 0..STAGES {
                system.rhs(&self.stages[i], &mut self.stage_rhs[i]);
            }
            self.transform_residuals(real_shift, complex_shifts);
            system.solve(&self.real_factors, &mut self.real_update);
            for pair in 0..2 {
                system.solve_complex(&self.complex_factors[pair], &mut self.complex_updates[pair]);
            }
            self.add_updates();
            system.error_scale(tolerance, &self.stages[STAGES - 1], &mut self.scale);
            let mut norm = scaled_norm(&self.real_update, &self.scale);
            for update in &self.complex_updates {
                for d in 0..dimension {
                    norm = max_or_nan(norm, update[d].l1_norm() / self.scale[d]);
                }
            }
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

    /// Writes the transformed residuals `T⁻¹ F − (diag/h) W` of the collocation equations to the updates.
    fn transform_residuals(&mut self, real_shift: f64, complex_shifts: [Complex64; 2]) {
        // Slices of one known length let the loops run without bounds checks.
        let dimension = self.real_part.len();
        let rhs: [&[f64]; STAGES] = self.stage_rhs.each_ref().map(|vector| &vector[..dimension]);
        let part = &self.real_part[..dimension];
        let update = &mut self.real_update[..dimension];
        for d in 0..dimension {
            update[d] = real_transform(&rhs.map(|vector| vector[d])) - real_shift * part[d];
        }
        for pair in 0..2 {
            let shift = complex_shifts[pair];
            let part = &self.complex_parts[pair][..dimension];
            let update = &mut self.complex_updates[pair][..dimension];
            for d in 0..dimension {
                update[d] = complex_transform(pair, &rhs.map(|vector| vector[d])) - shift * part[d];
            }
        }
    }

    /// Adds the updates to the transformed stages `W` and recomputes the stages `T W`.
    fn add_updates(&mut self) {
        let dimension = self.real_part.len();
        for (part, update) in self.real_part.iter_mut().zip(&self.real_update) {
            *part += update;
        }
        for pair in 0..2 {
            let updates = &self.complex_updates[pair];
            for (part, update) in self.complex_parts[pair].iter_mut().zip(updates) {
                *part += update;
            }
        }
        let real = &self.real_part[..dimension];
        let [first, second] = self.complex_parts.each_ref().map(|part| &part[..dimension]);
        for i in 0..STAGES {
            let stage = &mut self.stages[i][..dimension];
            let (u, v) = (2.0 * COMPLEX_VECTORS[0][i], 2.0 * COMPLEX_VECTORS[1][i]);
            for d in 0..dimension {
                stage[d] = REAL_VECTOR[i] * real[d]
                    + (u.re * first[d].re - u.im * first[d].im)
                    + (v.re * second[d].re - v.im * second[d].im);
            }
        }
    }

    /// The scaled norm of the filtered error estimate, which is left in `self.error`.
    fn estimate(&mut self, system: &S, start_rhs: &[f64], inverse_step: f64) -> f64 {
        let shift = REAL_EIGENVALUE * inverse_step;
        for d in 0..start_rhs.len() {
            let sum: f64 = (0..STAGES)
                .map(|i| ERROR_WEIGHTS[i] * self.stages[i][d])
                .sum();
            self.error[d] = start_rhs[d] + shift * sum;
        }
        system.solve(&self.real_factors, &mut self.error);
        scaled_norm(&self.error, &self.scale)
    }
}

fn real_transform(values: &[f64; STAGES]) -> f64 {
    (0..STAGES).map(|i| REAL_ROW[i] * values[i]).sum()
}

fn complex_transform(pair: usize, values: &[f64; STAGES]) -> Complex64 {
    let row = &COMPLEX_ROWS[pair];
    let re = (0..STAGES).map(|i| row[i].re * values[i]).sum();
    let im = (0..STAGES).map(|i| row[i].im * values[i]).sum();
    Complex64::new(re, im)
}

fn combine(weights: &[f64; STAGES], stages: &[Vec<f64>; STAGES], out: &mut [f64]) {
    for (d, value) in out.iter_mut().enumerate() {
        *value = (0..STAGES).map(|i| weights[i] * stages[i][d]).sum();
    }
}
