//! The gradient flow of a ReLU network on orthogonal data, in logarithmic coordinates.

use std::ops::Range;

use ndarray::Array2;

use super::passive::Passive;
use super::problem::ReluProblem;
use super::solve::ReluFactors;
use super::stages::ReluStages;
use crate::integrate::{Crossing, Joined, StiffSystem};

/// Below this log output, `e^{2ℓ}` is taken as 0 in the network's outputs.
pub(super) const LOG_OUTPUT_MIN: f64 = -60.0;

/// The committed state of the flow.
///
/// Unknowns are `ℓ_j = ln|a_j|` and, for alive entries (those with `v_ji > 0` that have not reached 0), `v_ji = ⟨w_j, x_i⟩ / (‖x_i‖ |a_j|)`.
/// With the forces `g_i = (y_i − f(x_i)) ‖x_i‖ / n` the flow is `ℓ̇_j = σ_j Σ_i g_i v_ji`, `v̇_ji = σ_j g_i − v_ji ℓ̇_j`, sums over alive
/// entries (derived here). Entries that are not alive have constant `⟨w_j, x_i⟩` and no effect.
///
/// Neurons that do not act on the outputs within a step are *passive*: they are no unknowns, but follow each step ([`Passive`]). The others
/// are *active*, and stored before them, so that a neuron's place `j` here is not the problem's: [`original`](Self::original) gives that.
/// A vector of unknowns holds the logarithms of the active neurons first, then their alive entries neuron by neuron.
#[derive(Clone, Debug)]
pub struct ReluState {
    /// The place in the problem of each neuron.
    pub(super) original: Vec<usize>,
    /// How many neurons are active.
    pub(super) active: usize,
    pub(super) passive: Passive,
    pub(super) signs: Vec<f64>,
    pub(super) logs: Vec<f64>,
    pub(super) log_remainders: Vec<f64>,
    pub(super) initial_logs: Vec<f64>,
    pub(super) starts: Vec<usize>,
    pub(super) points: Vec<usize>,
    pub(super) cosines: Vec<f64>,
    pub(super) norms: Vec<f64>,
    pub(super) labels: Vec<f64>,
    /// `‖x_i‖²/n`.
    pub(super) curvatures: Vec<f64>,
    /// `y_i` minus what the passive neurons add to `f(x_i)` at the committed state, and so throughout the next step.
    pub(super) targets: Vec<f64>,
    /// `y_i − f(x_i)` at the committed state.
    residuals: Vec<f64>,
    /// `g_i` at the committed state.
    pub(super) forces: Vec<f64>,
    /// `e^{2ℓ_j}` at the committed state.
    pub(super) squares: Vec<f64>,
    /// `ℓ̇_j` at the committed state.
    pub(super) rates: Vec<f64>,
}

impl ReluState {
    /// The state before training: `ℓ_j = ln|a_j(0)|`, and the entries with `v_ji(0) > 0` alive.
    pub fn new(problem: &ReluProblem) -> Self {
        let (inputs, neurons) = (problem.input_count(), problem.neuron_count());
        let mut state = ReluState {
            original: (0..neurons).collect(),
            active: neurons,
            passive: Passive::default(),
            signs: problem.output_signs().to_vec(),
            logs: problem.log_outputs().to_vec(),
            log_remainders: vec![0.0; neurons],
            initial_logs: problem.log_outputs().to_vec(),
            starts: vec![0],
            points: Vec::new(),
            cosines: Vec::new(),
            norms: problem.input_norms().to_vec(),
            labels: problem.labels().to_vec(),
            curvatures: problem
                .input_norms()
                .iter()
                .map(|norm| norm * norm / inputs as f64)
                .collect(),
            targets: vec![0.0; inputs],
            residuals: vec![0.0; inputs],
            forces: vec![0.0; inputs],
            squares: vec![0.0; neurons],
            rates: vec![0.0; neurons],
        };
        for row in problem.cosines().rows() {
            for (i, &cosine) in row.iter().enumerate() {
                if cosine > 0.0 {
                    state.points.push(i);
                    state.cosines.push(cosine);
                }
            }
            state.starts.push(state.points.len());
        }
        state.refresh();
        state
    }

    /// The number `n` of inputs.
    pub fn input_count(&self) -> usize {
        self.norms.len()
    }

    /// The number `m` of neurons.
    pub fn neuron_count(&self) -> usize {
        self.signs.len()
    }

    /// The number of neurons that are unknowns: those at the places below.
    pub(super) fn active_count(&self) -> usize {
        self.active
    }

    /// The place in the problem of the neuron at place `j`.
    pub(super) fn original(&self, j: usize) -> usize {
        self.original[j]
    }

    /// The positions of the alive entries of neuron `j` in lists over all alive entries.
    pub(super) fn entries(&self, j: usize) -> Range<usize> {
        self.starts[j]..self.starts[j + 1]
    }

    /// `ln|a|` of every neuron in the problem's order, length m.
    pub fn log_outputs(&self) -> Vec<f64> {
        let mut logs = vec![0.0; self.neuron_count()];
        for (&original, &log) in self.original.iter().zip(&self.logs) {
            logs[original] = log;
        }
        logs
    }

    /// `ln|a_j(t)/a_j(0)|` of the neuron at place `j`.
    pub fn log_growth(&self, j: usize) -> f64 {
        (self.logs[j] - self.initial_logs[j]) + self.log_remainders[j]
    }

    /// The network's outputs `f(x_i)`, length n.
    pub fn outputs(&self) -> Vec<f64> {
        let mut outputs = vec![0.0; self.input_count()];
        self.subtract_committed_outputs(0..self.neuron_count(), &mut outputs);
        outputs.iter().map(|value| 0.0 - value).collect()
    }

    /// The loss `1/(2n) Σ_i (y_i − f(x_i))²`.
    pub fn loss(&self) -> f64 {
        self.residuals.iter().map(|r| r * r).sum::<f64>() / (2.0 * self.input_count() as f64)
    }

    /// Every `v_ji = ⟨w_j, x_i⟩ / (‖x_i‖ |a_j|)` in the problem's order, m×n, where entries that were never alive keep their initial `⟨w_j, x_i⟩`
    /// and entries that died are 0.
    pub fn all_cosines(&self, problem: &ReluProblem) -> Array2<f64> {
        let mut all = Array2::zeros((self.neuron_count(), self.input_count()));
        for j in 0..self.neuron_count() {
            let row = self.original[j];
            let shrinkage = (-self.log_growth(j)).exp();
            for i in 0..self.input_count() {
                let initial = problem.cosines()[[row, i]];
                if initial < 0.0 {
                    all[[row, i]] = initial * shrinkage;
                }
            }
            for e in self.entries(j) {
                all[[row, self.points[e]]] = self.cosines[e];
            }
        }
        all
    }

    /// Whether every point that can still be fitted has a residual of at most `bound`: a point with label 0, or one on which a neuron with
    /// the sign of its label has an alive entry.
    pub fn is_fitted(&self, bound: f64) -> bool {
        let open = |i: usize| self.residuals[i].abs() > bound;
        let zero_label_open = (0..self.input_count()).any(|i| self.labels[i] == 0.0 && open(i));
        !zero_label_open
            && (0..self.neuron_count()).all(|j| {
                self.entries(j).all(|e| {
                    let i = self.points[e];
                    !(self.signs[j] * self.labels[i] > 0.0 && open(i))
                })
            })
    }

    /// Replaces one neuron's logarithm (by adding `log_increment`) and alive entries; [`refresh`](Self::refresh) has to follow.
    /// `alive` yields the new value of each alive entry, `None` for one that died.
    pub(super) fn replace_all(
        &mut self,
        mut update: impl FnMut(&Self, usize) -> (f64, Vec<Option<f64>>),
    ) {
        let mut starts = vec![0];
        let mut points = Vec::with_capacity(self.points.len());
        let mut cosines = Vec::with_capacity(self.points.len());
        for j in 0..self.neuron_count() {
            let (log_increment, values) = update(self, j);
            self.add_to_log(j, log_increment);
            for (e, value) in self.entries(j).zip(values) {
                if let Some(value) = value {
                    points.push(self.points[e]);
                    cosines.push(value);
                }
            }
            starts.push(points.len());
        }
        self.starts = starts;
        self.points = points;
        self.cosines = cosines;
        self.refresh();
    }

    pub(super) fn add_to_log(&mut self, j: usize, increment: f64) {
        let (log, total) = (self.logs[j], self.logs[j] + increment);
        let part = total - log;
        let lost = (log - (total - part)) + (increment - part);
        let remainder = self.log_remainders[j] + lost;
        self.logs[j] = total + remainder;
        self.log_remainders[j] = remainder - (self.logs[j] - total);
    }

    /// How strongly the outputs can react, in solves with a shift s, to a neuron of unit squared weight:
    /// `max c · (1 + max|g|/s)/s`, with the curvatures c and the forces g.
    #[inline(always)]
    pub(super) fn reach(&self, shift: f64) -> f64 {
        let largest = |values: &[f64]| {
            values
                .iter()
                .fold(0.0, |most: f64, value| most.max(value.abs()))
        };
        largest(&self.curvatures) * (1.0 + largest(&self.forces) / shift) / shift
    }

    /// Recomputes what is cached at the committed state.
    pub(super) fn refresh(&mut self) {
        self.confine_shrinking_neurons();
        for j in 0..self.neuron_count() {
            self.squares[j] = (2.0 * self.logs[j]).exp();
        }
        let mut targets = std::mem::take(&mut self.targets);
        targets.clone_from(&self.labels);
        self.subtract_committed_outputs(self.active..self.neuron_count(), &mut targets);
        let mut residuals = std::mem::take(&mut self.residuals);
        residuals.clone_from(&targets);
        self.subtract_committed_outputs(0..self.active, &mut residuals);
        self.targets = targets;
        self.residuals = residuals;
        let inverse = 1.0 / self.input_count() as f64;
        for (i, force) in self.forces.iter_mut().enumerate() {
            *force = self.residuals[i] * (self.norms[i] * inverse);
        }
        for j in 0..self.neuron_count() {
            let sum: f64 = self
                .entries(j)
                .map(|e| self.forces[self.points[e]] * self.cosines[e])
                .sum();
            self.rates[j] = self.signs[j] * sum;
        }
    }

    /// Takes neurons that have shrunk back to `Σ_i v_ji² ≤ 1`, which `‖w_j‖ ≤ |a_j|` implies.
    ///
    /// Exactly opposed to its push, a neuron with `‖w_j‖ = |a_j|` sits on an unstable direction of its flow. An error that makes it
    /// shorter is harmless: its entries die while it is tiny. One that makes it longer would grow to infinity in finite time, which no
    /// exact solution does. Neurons that have grown are left alone, so that the guards see what happens to them.
    fn confine_shrinking_neurons(&mut self) {
        for j in 0..self.neuron_count() {
            let square: f64 = self
                .entries(j)
                .map(|e| self.cosines[e] * self.cosines[e])
                .sum();
            if square > 1.0 && self.log_growth(j) < 0.0 {
                let factor = 1.0 / square.sqrt();
                for e in self.entries(j) {
                    self.cosines[e] *= factor;
                }
            }
        }
    }

    fn subtract_committed_outputs(&self, neurons: Range<usize>, values: &mut [f64]) {
        let square = |j: usize| match self.logs[j] < LOG_OUTPUT_MIN {
            true => 0.0,
            false => self.squares[j],
        };
        self.subtract_outputs(neurons, square, |e| self.cosines[e], values);
    }

    /// Subtracts what some neurons add to the outputs, for the given `e^{2ℓ_j}`.
    fn subtract_outputs(
        &self,
        neurons: Range<usize>,
        square: impl Fn(usize) -> f64,
        cosine: impl Fn(usize) -> f64,
        values: &mut [f64],
    ) {
        for j in neurons {
            let square = square(j);
            if square == 0.0 {
                continue;
            }
            let weight = self.signs[j] * square;
            for e in self.entries(j) {
                let i = self.points[e];
                values[i] -= weight * self.norms[i] * cosine(e);
            }
        }
    }

    fn observe_residuals(&self, residuals: &[f64], values: &mut [f64]) {
        for i in 0..self.input_count() {
            let label = self.labels[i];
            values[i] = if label == 0.0 {
                -0.5
            } else {
                0.5 - residuals[i] / label
            };
        }
    }

    fn residuals_at(&self, increment: &[f64]) -> Vec<f64> {
        let (log_increments, cosine_increments) = increment.split_at(self.active);
        let mut residuals = self.targets.clone();
        // Written so that NaN takes part.
        let square = |j: usize| match self.logs[j] + log_increments[j] {
            log if log < LOG_OUTPUT_MIN => 0.0,
            log => (2.0 * log).exp(),
        };
        self.subtract_outputs(
            0..self.active,
            square,
            |e| self.cosines[e] + cosine_increments[e],
            &mut residuals,
        );
        residuals
    }
}

impl StiffSystem for ReluState {
    type RealFactors = ReluFactors;
    type Stages = ReluStages;

    fn dimension(&self) -> usize {
        self.active + self.starts[self.active]
    }

    fn rhs(&self, increment: &[f64], out: &mut [f64]) {
        let inverse = 1.0 / self.input_count() as f64;
        let mut forces = self.residuals_at(increment);
        for (force, norm) in forces.iter_mut().zip(&self.norms) {
            *force *= norm * inverse;
        }
        let cosine_increments = &increment[self.active..];
        let (log_rates, cosine_rates) = out.split_at_mut(self.active);
        for j in 0..self.active {
            let mut sum = 0.0;
            for e in self.entries(j) {
                sum += forces[self.points[e]] * (self.cosines[e] + cosine_increments[e]);
            }
            let rate = self.signs[j] * sum;
            log_rates[j] = rate;
            for e in self.entries(j) {
                let cosine = self.cosines[e] + cosine_increments[e];
                cosine_rates[e] = self.signs[j] * forces[self.points[e]] - cosine * rate;
            }
        }
    }

    fn committed_rhs(&self, out: &mut [f64]) {
        let (log_rates, cosine_rates) = out.split_at_mut(self.active);
        log_rates.copy_from_slice(&self.rates[..self.active]);
        for (j, rate) in self.rates[..self.active].iter().enumerate() {
            for e in self.entries(j) {
                cosine_rates[e] =
                    self.signs[j] * self.forces[self.points[e]] - self.cosines[e] * rate;
            }
        }
    }

    fn factor(&self, shift: f64, factors: &mut Self::RealFactors) {
        factors.factor(self, shift);
    }

    fn solve(&self, factors: &Self::RealFactors, vector: &mut [f64]) {
        factors.solve(self, vector);
    }

    fn commit(&mut self, increment: &[f64]) {
        for j in 0..self.active {
            self.add_to_log(j, increment[j]);
        }
        for (cosine, change) in self.cosines.iter_mut().zip(&increment[self.active..]) {
            *cosine += change;
        }
        self.commit_passive();
        self.refresh();
    }

    fn error_scale(&self, tolerance: f64, increment: &[f64], scale: &mut [f64]) {
        let (logs, cosines) = scale.split_at_mut(self.active);
        for (value, change) in logs.iter_mut().zip(increment) {
            *value = tolerance + 1e-13 * change.abs();
        }
        cosines.fill(tolerance);
    }

    fn step_cap(&self) -> f64 {
        let mut cap = self.passive_step_cap();
        for j in 0..self.active {
            if self.logs[j] < -14.0 && self.rates[j] > 0.0 {
                cap = cap.min((-10.0 - self.logs[j]) / self.rates[j]);
            }
        }
        cap
    }

    fn crossing(&self, increment: &[f64], trigger: f64) -> Option<Crossing> {
        let changes = &increment[self.active..];
        let mut lowest = f64::INFINITY;
        let mut first: Option<(f64, usize)> = None;
        for (e, (&start, &change)) in self.cosines.iter().zip(changes).enumerate() {
            let end = start + change;
            lowest = lowest.min(end);
            if end < -trigger {
                let fraction = -start / change;
                if first.is_none_or(|(least, _)| fraction < least) {
                    first = Some((fraction, e));
                }
            }
        }
        first.map(|(_, component)| Crossing { component, lowest })
    }

    fn watched(&self, component: usize, increment: &[f64]) -> f64 {
        self.cosines[component] + increment[self.active + component]
    }

    fn apply_events(&mut self, trigger: f64) -> usize {
        let before = self.points.len();
        self.replace_all(|state, j| {
            let values = state
                .entries(j)
                .map(|e| Some(state.cosines[e]).filter(|&v| v >= -trigger))
                .collect();
            (0.0, values)
        });
        before - self.points.len()
    }

    fn join(&mut self) -> Vec<Joined> {
        self.join_outgrown()
    }

    fn observable_count(&self) -> usize {
        self.input_count()
    }

    /// `f(x_i)/y_i − ½`: the point is half fitted once this is `≥ 0`; always negative if `y_i = 0`.
    fn observe(&self, increment: &[f64], values: &mut [f64]) {
        self.observe_residuals(&self.residuals_at(increment), values);
    }

    fn observe_committed(&self, values: &mut [f64]) {
        self.observe_residuals(&self.residuals, values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrate::{Lanes, StageSolver, product};
    use crate::lanes::{LANES, vector_instructions};
    use pulp::Arch;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    /// A state with outputs of order 1 and some entries dead, so that every term of the Jacobian counts.
    fn random_state(inputs: usize, neurons: usize, seed: u64) -> ReluState {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
        let norms = (0..inputs).map(|_| draw(0.5, 2.0)).collect();
        let labels = (0..inputs).map(|_| draw(-2.0, 2.0)).collect();
        let signs = (0..neurons).map(|_| draw(-1.0, 1.0).signum()).collect();
        let logs = (0..neurons)
            .map(|j| if j == 0 { -40.0 } else { draw(-2.0, 0.3) })
            .collect();
        let bound = 1.0 / (inputs as f64).sqrt();
        let cosines = Array2::from_shape_simple_fn((neurons, inputs), || draw(-bound, bound));
        let problem = ReluProblem::new(norms, labels, signs, logs, cosines, vec![1.0; neurons]);
        ReluState::new(&problem.expect("the values were drawn from the admissible ranges"))
    }

    fn jacobian(state: &ReluState) -> Array2<f64> {
        let dimension = state.dimension();
        let step = 1e-5;
        let mut result = Array2::zeros((dimension, dimension));
        let (mut above, mut below) = (vec![0.0; dimension], vec![0.0; dimension]);
        for column in 0..dimension {
            let mut increment = vec![0.0; dimension];
            increment[column] = step;
            state.rhs(&increment, &mut above);
            increment[column] = -step;
            state.rhs(&increment, &mut below);
            for row in 0..dimension {
                result[[row, column]] = (above[row] - below[row]) / (2.0 * step);
            }
        }
        result
    }

    /// Fewer, equally many and more neurons than inputs: both eliminations are used.
    const SIZES: [(usize, usize, u64); 5] = [(5, 3, 1), (4, 4, 2), (3, 8, 3), (1, 1, 4), (6, 5, 5)];

    #[test]
    fn structured_solves_agree_with_finite_differences() {
        for (inputs, neurons, seed) in SIZES {
            let state = random_state(inputs, neurons, seed);
            let jacobian = jacobian(&state);
            let dimension = state.dimension();
            let right = |d: usize| (d as f64 + 0.3).sin();
            for shift in [3.0, 40.0] {
                let mut factors = Default::default();
                let mut solution: Vec<f64> = (0..dimension).map(right).collect();
                state.factor(shift, &mut factors);
                state.solve(&factors, &mut solution);
                for row in 0..dimension {
                    let mut residual = shift * solution[row] - right(row);
                    for column in 0..dimension {
                        residual -= jacobian[[row, column]] * solution[column];
                    }
                    assert!(
                        residual.abs() < 2e-9,
                        "{inputs} inputs, {neurons} neurons, shift {shift}, row {row}: {residual}"
                    );
                }
            }
        }
    }

    #[test]
    fn solves_of_all_stages_agree_with_finite_differences() {
        for (inputs, neurons, seed) in SIZES {
            let state = random_state(inputs, neurons, seed);
            let jacobian = jacobian(&state);
            let right =
                |d: usize| Lanes::of(|k| (d as f64 + 0.3).sin() + (2.0 * (d * k) as f64).cos());
            for shifts in [
                Lanes([5.7, 3.2, 3.7, 6.5, 6.3, 0.0, 6.3, 0.0]),
                Lanes([40.0, 1.0, 30.0, 50.0, 45.0, 0.0, 45.0, 0.0]),
            ] {
                let mut stages = ReluStages::default();
                let mut solution: Vec<Lanes> = (0..state.dimension()).map(right).collect();
                stages.factor(Arch::new(), &state, shifts);
                stages.solve(Arch::new(), &state, &mut solution);
                for row in 0..state.dimension() {
                    let mut residual = product(shifts, solution[row]) - right(row);
                    for (column, value) in solution.iter().enumerate() {
                        residual = residual.plus_multiple(-jacobian[[row, column]], *value);
                    }
                    assert!(
                        residual.0.iter().all(|value| value.abs() < 2e-9),
                        "{inputs} inputs, {neurons} neurons, {shifts:?}, row {row}: {residual:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn right_hand_sides_of_all_stages_are_those_of_each() {
        for (inputs, neurons, seed) in SIZES {
            let mut state = random_state(inputs, neurons, seed);
            if neurons > 1 {
                // Some of this neuron's stages are too small to count.
                state.logs[1] = LOG_OUTPUT_MIN;
                state.refresh();
            }
            let dimension = state.dimension();
            let increment = |d: usize, stage: usize| 0.1 * ((3 * d + stage) as f64).sin();
            let increments: Vec<Lanes> = (0..dimension)
                .map(|d| Lanes::of(|stage| increment(d, stage)))
                .collect();
            let mut found = vec![Lanes::default(); dimension];
            ReluStages::default().rhs(Arch::new(), &state, &increments, &mut found);
            for stage in 0..LANES {
                let increment: Vec<f64> = (0..dimension).map(|d| increment(d, stage)).collect();
                let mut expected = vec![0.0; dimension];
                state.rhs(&increment, &mut expected);
                for d in 0..dimension {
                    assert!(
                        (found[d][stage] - expected[d]).abs() < 1e-14,
                        "{inputs} inputs, {neurons} neurons, stage {stage}, unknown {d}"
                    );
                }
            }
            let mut committed = vec![0.0; dimension];
            state.committed_rhs(&mut committed);
            let mut expected = vec![0.0; dimension];
            state.rhs(&vec![0.0; dimension], &mut expected);
            assert_eq!(committed, expected);
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_vector_instructions() {
        for (inputs, neurons, seed) in SIZES {
            let state = random_state(inputs, neurons, seed);
            let run = |instructions: Arch| {
                let mut stages = ReluStages::default();
                let values = |d: usize| Lanes::of(|k| 0.1 * ((5 * d + k) as f64).sin());
                let increments: Vec<Lanes> = (0..state.dimension()).map(values).collect();
                let mut vectors = vec![Lanes::default(); state.dimension()];
                stages.rhs(instructions, &state, &increments, &mut vectors);
                let shifts = Lanes([5.7, 3.2, 3.7, 6.5, 6.3, 0.0, 6.3, 0.0]);
                stages.factor(instructions, &state, shifts);
                let rhs = vectors.clone();
                stages.solve(instructions, &state, &mut vectors);
                (rhs, vectors)
            };
            let plain = run(Arch::Scalar);
            for instructions in vector_instructions() {
                assert_eq!(
                    run(instructions),
                    plain,
                    "{inputs} inputs, {neurons} neurons"
                );
            }
        }
    }

    #[test]
    fn events_drop_only_what_is_below_the_trigger() {
        let mut state = random_state(3, 4, 7);
        let before = state.cosines.len();
        state.cosines[0] = -1e-14;
        state.cosines[1] = -1e-7;
        assert_eq!(state.apply_events(1e-10), 1);
        assert_eq!(state.cosines.len(), before - 1);
        assert_eq!(state.cosines[0], -1e-14);
        assert_eq!(state.dimension(), 4 + before - 1);
    }
}
