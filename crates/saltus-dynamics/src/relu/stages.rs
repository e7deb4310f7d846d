//! The ReLU flow's five stages side by side: their right-hand sides, and solves for all their shifts at once.

use pulp::{Arch, NullaryFnOnce};

use super::solve::NEGLIGIBLE;
use super::state::{LOG_OUTPUT_MIN, ReluState};
use crate::integrate::{Lanes, Multiplier, PairsLu, StageSolver, inverse, product, real};
use crate::lanes::{LANES, apart, exp};

/// The lane of the real shift.
const REAL_LANE: usize = 4;

/// A factorisation of `c·I − J` for four shifts c at once, by the same elimination as [`ReluFactors`](super::solve::ReluFactors):
/// with its notation, `A_ij = k_i v_ji α_j` with `α_j = σ_j e^{2ℓ_j} (2/c − 1/D_j)`, and `Σ_i G_ji r_i = Σ_i g_i r_i + σ_j D_j Σ_i v_ji r_i`,
/// so that the entries of a neuron are multiplied by real numbers only, and complex products are left for neurons and inputs.
#[derive(Clone, Debug, Default)]
pub struct ReluStages {
    inverse_shift: Multiplier,
    neurons: Vec<NeuronFactors>,
    coupled: Vec<usize>,
    /// `1/Δ_i`.
    inverse_diagonal: Vec<Lanes>,
    by_neuron: bool,
    lu: PairsLu,
    /// Workspace: a number per input, per neuron, and per coupled neuron.
    inputs: Vec<Lanes>,
    pushes: Vec<Lanes>,
    rates: Vec<Lanes>,
    sums: Vec<Lanes>,
    weights: Vec<[f64; LANES]>,
}

/// What belongs to one neuron; its [multipliers](Multiplier) would take twice the place.
#[derive(Clone, Copy, Debug, Default)]
struct NeuronFactors {
    /// `1/D_j`.
    inverse_d: Lanes,
    /// `1/P_j`.
    inverse_p: Lanes,
    /// `σ_j D_j`.
    signed_d: Lanes,
    /// `α_j`.
    coupling: Lanes,
}

impl StageSolver<ReluState> for ReluStages {
    fn rhs(
        &mut self,
        instructions: Arch,
        state: &ReluState,
        increments: &[Lanes],
        out: &mut [Lanes],
    ) {
        instructions.dispatch(RightHandSides {
            work: self,
            state,
            increments,
            out,
        });
    }

    fn factor(&mut self, instructions: Arch, state: &ReluState, shifts: Lanes) {
        instructions.dispatch(Factorisations {
            work: self,
            state,
            shifts,
        });
    }

    fn solve(&mut self, instructions: Arch, state: &ReluState, vectors: &mut [Lanes]) {
        instructions.dispatch(Solutions {
            work: self,
            state,
            vectors,
        });
    }

    fn follow(
        &mut self,
        instructions: Arch,
        state: &mut ReluState,
        step: f64,
        stages: &[Lanes],
        tolerance: f64,
    ) -> bool {
        self.follow_step(instructions, state, step, stages, tolerance)
    }
}

/// Empties a workspace and fills it by `count` zeros.
#[inline(always)]
fn zeros(workspace: &mut Vec<Lanes>, count: usize) {
    workspace.clear();
    workspace.resize(count, Lanes::default());
}

impl ReluStages {
    /// The forces that [`find_forces`](Self::find_forces) has found.
    pub(super) fn forces_mut(&mut self) -> &mut [Lanes] {
        &mut self.inputs
    }

    /// Fills `self.inputs` by the forces `g_i` at the stages.
    #[inline(always)]
    pub(super) fn find_forces(&mut self, state: &ReluState, increments: &[Lanes]) {
        let (inputs, neurons) = (state.input_count(), state.active_count());
        let (log_increments, cosine_increments) = increments.split_at(neurons);
        let weights = &mut self.weights;
        weights.clear();
        for (change, &log) in log_increments.iter().zip(&state.logs) {
            apart();
            weights.push((Lanes::all(log) + *change).0);
        }
        for value in weights.as_flattened_mut() {
            let square = exp(*value + *value);
            // Written so that NaN takes part.
            *value = if *value < LOG_OUTPUT_MIN { 0.0 } else { square };
        }
        let forces = &mut self.inputs;
        zeros(forces, inputs);
        for (j, weight) in weights.iter().enumerate() {
            apart();
            if *weight == [0.0; LANES] {
                continue;
            }
            let weight = Lanes(*weight) * Lanes::all(state.signs[j]);
            let entries = state.entries(j);
            let values = state.cosines[entries.clone()]
                .iter()
                .zip(&cosine_increments[entries.clone()]);
            for ((&cosine, &change), &i) in values.zip(&state.points[entries]) {
                apart();
                forces[i] = forces[i].plus_product(weight, Lanes::all(cosine) + change);
            }
        }
        let inverse_count = 1.0 / inputs as f64;
        for (i, force) in forces.iter_mut().enumerate() {
            apart();
            let (target, norm) = (state.targets[i], state.norms[i]);
            let residual = Lanes::all(target).plus_multiple(-norm, *force);
            *force = residual * Lanes::all(norm * inverse_count);
        }
    }
}

struct RightHandSides<'a> {
    work: &'a mut ReluStages,
    state: &'a ReluState,
    increments: &'a [Lanes],
    out: &'a mut [Lanes],
}

impl NullaryFnOnce for RightHandSides<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let RightHandSides {
            work,
            state,
            increments,
            out,
        } = self;
        let neurons = state.active_count();
        let (_, cosine_increments) = increments.split_at(neurons);
        work.find_forces(state, increments);
        let forces = &work.inputs;
        let (log_rates, cosine_rates) = out.split_at_mut(neurons);
        for j in 0..neurons {
            apart();
            let entries = state.entries(j);
            let points = &state.points[entries.clone()];
            let cosines = &state.cosines[entries.clone()];
            let changes = &cosine_increments[entries.clone()];
            let mut sum = Lanes::default();
            for ((&cosine, &change), &i) in cosines.iter().zip(changes).zip(points) {
                apart();
                sum = sum.plus_product(forces[i], Lanes::all(cosine) + change);
            }
            let sign = Lanes::all(state.signs[j]);
            let rate = sign * sum;
            log_rates[j] = rate;
            let values = cosines.iter().zip(changes).zip(points);
            for (((&cosine, &change), &i), out) in values.zip(&mut cosine_rates[entries]) {
                apart();
                *out = (sign * forces[i]).minus_product(rate, Lanes::all(cosine) + change);
            }
        }
    }
}

struct Factorisations<'a> {
    work: &'a mut ReluStages,
    state: &'a ReluState,
    shifts: Lanes,
}

impl NullaryFnOnce for Factorisations<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Factorisations {
            work,
            state,
            shifts,
        } = self;
        let (inputs, neurons) = (state.input_count(), state.active_count());
        let inverse_shift = inverse(shifts);
        work.inverse_shift = Multiplier::new(inverse_shift);
        // The real shift is the smallest one.
        let reach = state.reach(shifts[REAL_LANE]);
        work.coupled.clear();
        work.neurons.clear();
        let diagonal = &mut work.inputs;
        zeros(diagonal, inputs);
        for j in 0..neurons {
            apart();
            let (sign, rate) = (state.signs[j], real(state.rates[j]));
            let d = shifts + rate;
            let p = d + rate;
            let inverse_d = inverse(d);
            let mut coupling = Lanes::default();
            if state.squares[j] * reach > NEGLIGIBLE && !state.entries(j).is_empty() {
                work.coupled.push(j);
                let square = Lanes::all(state.squares[j]);
                let from_log = inverse_shift + inverse_shift - inverse_d;
                coupling = from_log * Lanes::all(sign * state.squares[j]);
                let from_entry = inverse_d * square;
                for &i in &state.points[state.entries(j)] {
                    apart();
                    diagonal[i] = diagonal[i] + from_entry;
                }
            }
            work.neurons.push(NeuronFactors {
                inverse_d,
                inverse_p: inverse(p),
                signed_d: d * Lanes::all(sign),
                coupling,
            });
        }
        work.inverse_diagonal.clear();
        for (value, &curvature) in diagonal.iter_mut().zip(&state.curvatures) {
            apart();
            *value = real(1.0).plus_multiple(curvature, *value);
            work.inverse_diagonal.push(inverse(*value));
        }
        let order = work.coupled.len();
        work.by_neuron = order <= inputs;
        if work.by_neuron {
            let matrix = work.lu.clear(order);
            for (position, &j) in work.coupled.iter().enumerate() {
                apart();
                let column = &mut *diagonal;
                column.fill(Lanes::default());
                let entries = state.entries(j);
                for (&i, &cosine) in state.points[entries.clone()]
                    .iter()
                    .zip(&state.cosines[entries])
                {
                    apart();
                    let factor = state.curvatures[i] * cosine;
                    column[i] = work.inverse_diagonal[i] * Lanes::all(factor);
                }
                let coupling = Multiplier::new(work.neurons[j].coupling);
                for (row, &k) in work.coupled.iter().enumerate() {
                    apart();
                    let (by_force, by_cosine) = state.pulls(k, column);
                    let sum = Multiplier::new(work.neurons[k].signed_d).add_to(by_force, by_cosine);
                    matrix[row * order + position] = coupling.times(sum);
                }
                let diagonal = &mut matrix[position * order + position];
                *diagonal = *diagonal + (shifts + real(2.0 * state.rates[j]));
            }
        } else {
            let matrix = work.lu.clear(inputs);
            for (i, &value) in diagonal.iter().enumerate() {
                apart();
                matrix[i * inputs + i] = value;
            }
            let row = &mut work.rates;
            for &j in &work.coupled {
                apart();
                let neuron = &work.neurons[j];
                let entries = state.entries(j);
                let points = &state.points[entries.clone()];
                let cosines = &state.cosines[entries];
                let by_force = product(neuron.coupling, neuron.inverse_p);
                let by_cosine = product(neuron.signed_d, by_force);
                row.clear();
                for (&i, &cosine) in points.iter().zip(cosines) {
                    apart();
                    let by_force = by_force * Lanes::all(state.forces[i]);
                    row.push(by_force.plus_multiple(cosine, by_cosine));
                }
                for (&i, &cosine) in points.iter().zip(cosines) {
                    apart();
                    let factor = state.curvatures[i] * cosine;
                    let out = &mut matrix[i * inputs..][..inputs];
                    for (&k, &value) in points.iter().zip(row.iter()) {
                        apart();
                        out[k] = out[k].plus_multiple(factor, value);
                    }
                }
            }
        }
        work.lu.factor();
    }
}

struct Solutions<'a> {
    work: &'a mut ReluStages,
    state: &'a ReluState,
    vectors: &'a mut [Lanes],
}

impl NullaryFnOnce for Solutions<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Solutions {
            work,
            state,
            vectors,
        } = self;
        let (inputs, neurons) = (state.input_count(), state.active_count());
        let (logs, cosines) = vectors.split_at_mut(neurons);
        let pushes = &mut work.pushes;
        pushes.clear();
        for j in 0..neurons {
            apart();
            let entries = state.entries(j);
            let mut sum = Lanes::default();
            for (&i, &vector) in state.points[entries.clone()].iter().zip(&cosines[entries]) {
                apart();
                sum = sum.plus_multiple(state.forces[i], vector);
            }
            pushes.push(sum * Lanes::all(state.signs[j]));
        }
        let residuals = &mut work.inputs;
        zeros(residuals, inputs);
        for &j in &work.coupled {
            apart();
            let signed_square = state.signs[j] * state.squares[j];
            let from_log = work.inverse_shift.times(logs[j]) * Lanes::all(2.0 * signed_square);
            let from_entry = Multiplier::new(work.neurons[j].inverse_d * Lanes::all(signed_square));
            let entries = state.entries(j);
            let values = state.cosines[entries.clone()]
                .iter()
                .zip(&cosines[entries.clone()]);
            for ((&cosine, &vector), &i) in values.zip(&state.points[entries]) {
                apart();
                let sum = residuals[i].plus_multiple(cosine, from_log);
                residuals[i] = from_entry.add_to(sum, vector);
            }
        }
        for (value, &curvature) in residuals.iter_mut().zip(&state.curvatures) {
            apart();
            *value = *value * Lanes::all(-curvature);
        }
        if work.by_neuron {
            for (value, &inverse) in residuals.iter_mut().zip(&work.inverse_diagonal) {
                apart();
                *value = product(inverse, *value);
            }
            let rates = &mut work.rates;
            rates.clear();
            for &j in &work.coupled {
                apart();
                let (by_force, by_cosine) = state.pulls(j, residuals);
                let sum = pushes[j] + by_force;
                rates.push(Multiplier::new(work.neurons[j].signed_d).add_to(sum, by_cosine));
            }
            work.lu.solve(rates);
            let sums = &mut work.sums;
            zeros(sums, inputs);
            for (&j, &rate) in work.coupled.iter().zip(rates.iter()) {
                apart();
                let change = product(work.neurons[j].coupling, rate);
                let entries = state.entries(j);
                for (&i, &cosine) in state.points[entries.clone()]
                    .iter()
                    .zip(&state.cosines[entries])
                {
                    apart();
                    sums[i] = sums[i].plus_multiple(cosine, change);
                }
            }
            for (i, value) in residuals.iter_mut().enumerate() {
                apart();
                let change = sums[i] * Lanes::all(state.curvatures[i]);
                *value = Multiplier::new(work.inverse_diagonal[i]).subtract_from(*value, change);
            }
        } else {
            for &j in &work.coupled {
                apart();
                let neuron = &work.neurons[j];
                let change = product(neuron.coupling, product(neuron.inverse_p, pushes[j]));
                let entries = state.entries(j);
                for (&i, &cosine) in state.points[entries.clone()]
                    .iter()
                    .zip(&state.cosines[entries])
                {
                    apart();
                    residuals[i] =
                        residuals[i].plus_multiple(-state.curvatures[i] * cosine, change);
                }
            }
            work.lu.solve(residuals);
        }
        for j in 0..neurons {
            apart();
            let neuron = &work.neurons[j];
            let (by_force, by_cosine) = state.pulls(j, residuals);
            let rate = Multiplier::new(neuron.signed_d).add_to(pushes[j] + by_force, by_cosine);
            let rate = product(neuron.inverse_p, rate);
            let inverse_d = Multiplier::new(neuron.inverse_d);
            logs[j] = work.inverse_shift.times(rate + logs[j]);
            let sign = state.signs[j];
            let entries = state.entries(j);
            let values = state.cosines[entries.clone()]
                .iter()
                .zip(&state.points[entries.clone()]);
            for ((&cosine, &i), vector) in values.zip(&mut cosines[entries]) {
                apart();
                let value = vector
                    .plus_multiple(sign, residuals[i])
                    .plus_multiple(-cosine, rate);
                *vector = inverse_d.times(value);
            }
        }
    }
}

impl ReluState {
    /// `Σ_i g_i r_i` and `Σ_i v_ji r_i` over the alive entries of a neuron.
    #[inline(always)]
    fn pulls(&self, j: usize, r: &[Lanes]) -> (Lanes, Lanes) {
        let mut by_force = Lanes::default();
        let mut by_cosine = Lanes::default();
        let entries = self.entries(j);
        for (&i, &cosine) in self.points[entries.clone()]
            .iter()
            .zip(&self.cosines[entries])
        {
            apart();
            by_force = by_force.plus_multiple(self.forces[i], r[i]);
            by_cosine = by_cosine.plus_multiple(cosine, r[i]);
        }
        (by_force, by_cosine)
    }
}
