//! The structured solves `(c·I − J) z = b` of the ReLU flow.

use super::state::ReluState;
use crate::integrate::Lu;

/// Neurons whose coupling to the residuals is relatively smaller than this are left out of the coupled part.
pub(super) const NEGLIGIBLE: f64 = 1e-13;

/// A factorisation of `c·I − J` that exploits that neurons meet only through the residuals.
///
/// Derived here. With `δg_i` written `r_i` and `δℓ̇_j` written `p_j`, `D_j = c + ℓ̇_j`, `P_j = c + 2ℓ̇_j`, `k_i = ‖x_i‖²/n`, and sums over alive
/// entries, the system is equivalent to
/// `Δ_i r_i + Σ_j A_ij p_j = −k_i Σ_j σ_j e^{2ℓ_j} (2 v_ji b_ℓj / c + b_vji / D_j)` and `P_j p_j − Σ_i G_ji r_i = σ_j Σ_i g_i b_vji`, where
/// `Δ_i = 1 + k_i Σ_j e^{2ℓ_j}/D_j`, `A_ij = k_i σ_j e^{2ℓ_j} v_ji (2/c − 1/D_j)`, `G_ji = g_i + σ_j D_j v_ji`.
/// Both diagonal blocks are diagonal, so that either unknown can be eliminated: the one that leaves the smaller dense system is.
/// Then `z_ℓj = (p_j + b_ℓj)/c` and `z_vji = (b_vji + σ_j r_i − p_j v_ji)/D_j`.
#[derive(Clone, Debug, Default)]
pub struct ReluFactors {
    /// `1/c`; `None` before the first factorisation.
    inverse_shift: Option<f64>,
    inverse_d: Vec<f64>,
    inverse_p: Vec<f64>,
    coupled: Vec<usize>,
    /// `A_ij` for the alive entries of the coupled neurons, in their order.
    couplings: Vec<f64>,
    /// `G_ji` for every alive entry.
    pulls: Vec<f64>,
    inverse_diagonal: Vec<f64>,
    by_neuron: bool,
    lu: Lu<f64>,
}

impl ReluFactors {
    /// Prepares solves at the committed state.
    pub(super) fn factor(&mut self, state: &ReluState, shift: f64) {
        let (inputs, neurons) = (state.input_count(), state.active_count());
        let inverse_shift = 1.0 / shift;
        self.inverse_shift = Some(inverse_shift);
        self.inverse_d.clear();
        self.inverse_p.clear();
        self.pulls.clear();
        for j in 0..neurons {
            let d = shift + state.rates[j];
            self.inverse_d.push(1.0 / d);
            self.inverse_p.push(1.0 / (d + state.rates[j]));
            for e in state.entries(j) {
                let force = state.forces[state.points[e]];
                self.pulls
                    .push(d * (state.signs[j] * state.cosines[e]) + force);
            }
        }
        let reach = state.reach(shift);
        self.coupled.clear();
        self.coupled
            .extend((0..neurons).filter(|&j| {
                state.squares[j] * reach > NEGLIGIBLE && !state.entries(j).is_empty()
            }));

        let mut diagonal = vec![1.0; inputs];
        self.couplings.clear();
        for &j in &self.coupled {
            let square = state.squares[j];
            let from_entry = square * self.inverse_d[j];
            let from_log =
                (inverse_shift + inverse_shift - self.inverse_d[j]) * square * state.signs[j];
            for e in state.entries(j) {
                let i = state.points[e];
                diagonal[i] += from_entry * state.curvatures[i];
                self.couplings
                    .push(from_log * (state.curvatures[i] * state.cosines[e]));
            }
        }
        self.inverse_diagonal.clear();
        self.inverse_diagonal
            .extend(diagonal.iter().map(|&value| 1.0 / value));

        let order = self.coupled.len();
        self.by_neuron = order <= inputs;
        if self.by_neuron {
            let mut matrix = vec![0.0; order * order];
            let mut column = vec![0.0; inputs];
            let mut offset = 0;
            for (position, &j) in self.coupled.iter().enumerate() {
                column.fill(0.0);
                for e in state.entries(j) {
                    let i = state.points[e];
                    column[i] = self.couplings[offset] * self.inverse_diagonal[i];
                    offset += 1;
                }
                for (row, &k) in self.coupled.iter().enumerate() {
                    let mut sum = 0.0;
                    for e in state.entries(k) {
                        let i = state.points[e];
                        sum += self.pulls[e] * column[i];
                    }
                    matrix[row * order + position] = sum;
                }
                let p = 1.0 / self.inverse_p[j];
                matrix[position * order + position] += p;
            }
            self.lu.factor(order, matrix, f64::abs);
        } else {
            let mut matrix = vec![0.0; inputs * inputs];
            for i in 0..inputs {
                matrix[i * inputs + i] = diagonal[i];
            }
            let mut offset = 0;
            for &j in &self.coupled {
                for e in state.entries(j) {
                    let factor = self.couplings[offset] * self.inverse_p[j];
                    offset += 1;
                    let row = &mut matrix[state.points[e] * inputs..][..inputs];
                    for other in state.entries(j) {
                        let k = state.points[other];
                        row[k] += factor * self.pulls[other];
                    }
                }
            }
            self.lu.factor(inputs, matrix, f64::abs);
        }
    }

    /// Overwrites `vector` by the solution.
    pub(super) fn solve(&self, state: &ReluState, vector: &mut [f64]) {
        let Some(inverse_shift) = self.inverse_shift else {
            return;
        };
        let neurons = state.active_count();
        let (logs, cosines) = vector.split_at_mut(neurons);
        let mut pushes = vec![0.0; neurons];
        for j in 0..neurons {
            let mut sum = 0.0;
            for e in state.entries(j) {
                sum += cosines[e] * state.forces[state.points[e]];
            }
            pushes[j] = sum * state.signs[j];
        }
        let mut residuals = vec![0.0; state.input_count()];
        for &j in &self.coupled {
            let weight = -state.signs[j] * state.squares[j];
            let from_log = logs[j] * inverse_shift * 2.0;
            for e in state.entries(j) {
                let i = state.points[e];
                let change = from_log * state.cosines[e] + cosines[e] * self.inverse_d[j];
                residuals[i] += change * (weight * state.curvatures[i]);
            }
        }
        if self.by_neuron {
            for (value, &inverse) in residuals.iter_mut().zip(&self.inverse_diagonal) {
                *value *= inverse;
            }
            let mut rates: Vec<f64> = Vec::with_capacity(self.coupled.len());
            for &j in &self.coupled {
                let mut sum = pushes[j];
                for e in state.entries(j) {
                    sum += self.pulls[e] * residuals[state.points[e]];
                }
                rates.push(sum);
            }
            self.lu.solve(&mut rates);
            let mut offset = 0;
            for (position, &j) in self.coupled.iter().enumerate() {
                for e in state.entries(j) {
                    let i = state.points[e];
                    residuals[i] -=
                        self.couplings[offset] * rates[position] * self.inverse_diagonal[i];
                    offset += 1;
                }
            }
        } else {
            let mut offset = 0;
            for &j in &self.coupled {
                let rate = pushes[j] * self.inverse_p[j];
                for e in state.entries(j) {
                    let i = state.points[e];
                    residuals[i] -= self.couplings[offset] * rate;
                    offset += 1;
                }
            }
            self.lu.solve(&mut residuals);
        }
        for j in 0..neurons {
            let mut sum = pushes[j];
            for e in state.entries(j) {
                sum += self.pulls[e] * residuals[state.points[e]];
            }
            let rate = sum * self.inverse_p[j];
            logs[j] = (rate + logs[j]) * inverse_shift;
            for e in state.entries(j) {
                let push = residuals[state.points[e]] * state.signs[j];
                cosines[e] = (cosines[e] + push - rate * state.cosines[e]) * self.inverse_d[j];
            }
        }
    }
}
