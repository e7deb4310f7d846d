//! The multiplicative state of a run, what is accumulated along it, and the identities between them.

use super::range::RowSpace;
use super::scaled::ScaledProducts;
use crate::diagonal::lanes::{LANES, Lanes, in_lanes, out_of_lanes, sum_of_lanes};
use crate::diagonal::problem::max_abs;

/// Iterates `p`, `q` of a run and the running sums and products that the identities compare.
/// What the step touches is in groups of eight coordinates.
pub(super) struct State {
    pub p: ScaledProducts,
    pub q: ScaledProducts,
    p_weights: Vec<Lanes>,
    q_weights: Vec<Lanes>,
    /// The predictor β, filled up by zeros.
    pub beta_lanes: Vec<Lanes>,
    /// `Π (1 − x²)`, `x = γ g`: the second way to the effective scale.
    squares: ScaledProducts,
    /// `Π (1 − x)` and `Π (1 + x)`, whose quotient needs no division per step.
    lowered: ScaledProducts,
    raised: ScaledProducts,
    /// `Σ x`.
    sums: Vec<Lanes>,
    log_scales: Vec<f64>,
    /// `Σ_k ‖g_k‖²` by lanes.
    squared_gradients: Lanes,
    /// Largest `|γ g|` by lanes.
    largest_factors: Lanes,
}

impl State {
    pub(super) fn start(scales: &[f64]) -> Self {
        let d = scales.len();
        let p = ScaledProducts::new(scales);
        let weights = half_square_weights(&p, d);
        let zeros = in_lanes(&vec![0.0; d], 0.0);
        Self {
            q: p.clone(),
            p,
            p_weights: weights.clone(),
            q_weights: weights,
            beta_lanes: zeros.clone(),
            squares: ScaledProducts::ones(d),
            lowered: ScaledProducts::ones(d),
            raised: ScaledProducts::ones(d),
            sums: zeros,
            log_scales: scales.iter().map(|scale| scale.ln()).collect(),
            squared_gradients: Lanes::all(0.0),
            largest_factors: Lanes::all(0.0),
        }
    }

    /// The predictor β (d).
    pub(super) fn beta(&self) -> Vec<f64> {
        out_of_lanes(&self.beta_lanes, self.log_scales.len())
    }

    /// `Σ_k ‖g_k‖²`.
    pub(super) fn summed_squared_gradient(&self) -> f64 {
        sum_of_lanes(&self.squared_gradients)
    }

    /// Largest `|γ g|` of any coordinate and step.
    pub(super) fn largest_factor(&self) -> f64 {
        self.largest_factors.0.into_iter().fold(0.0, f64::max)
    }

    /// One step with the batch's gradient: `factor · direction` if it is `SCALED`, else `direction`.
    #[inline(always)]
    pub(super) fn step<const SCALED: bool>(
        &mut self,
        direction: &[Lanes],
        factor: f64,
        stepsize: f64,
    ) {
        let groups = direction.len();
        let p = &mut self.p.mantissas[..groups];
        let q = &mut self.q.mantissas[..groups];
        let (p_weights, q_weights) = (&self.p_weights[..groups], &self.q_weights[..groups]);
        let beta = &mut self.beta_lanes[..groups];
        let squares = &mut self.squares.mantissas[..groups];
        let lowered = &mut self.lowered.mantissas[..groups];
        let raised = &mut self.raised.mantissas[..groups];
        let sums = &mut self.sums[..groups];
        let mut squared = self.squared_gradients;
        let mut largest = self.largest_factors;
        for group in 0..groups {
            let g = match SCALED {
                true => Lanes::of(|k| factor * direction[group][k]),
                false => direction[group],
            };
            let x = Lanes::of(|k| stepsize * g[k]);
            let new_p = Lanes::of(|k| p[group][k] * (1.0 - x[k]));
            let new_q = Lanes::of(|k| q[group][k] * (1.0 + x[k]));
            let (p_weight, q_weight) = (p_weights[group], q_weights[group]);
            beta[group] = Lanes::of(|k| {
                p_weight[k] * new_p[k] * new_p[k] - q_weight[k] * new_q[k] * new_q[k]
            });
            p[group] = new_p;
            q[group] = new_q;
            squares[group] = Lanes::of(|k| squares[group][k] * (1.0 - x[k] * x[k]));
            lowered[group] = Lanes::of(|k| lowered[group][k] * (1.0 - x[k]));
            raised[group] = Lanes::of(|k| raised[group][k] * (1.0 + x[k]));
            sums[group] = Lanes::of(|k| sums[group][k] + x[k]);
            squared = Lanes::of(|k| squared[k] + g[k] * g[k]);
            largest = Lanes::of(|k| {
                if x[k].abs() > largest[k] {
                    x[k].abs()
                } else {
                    largest[k]
                }
            });
        }
        self.squared_gradients = squared;
        self.largest_factors = largest;
    }

    /// Keeps the products in range; to be called every few steps.
    #[inline(always)]
    pub(super) fn normalise(&mut self) {
        let d = self.log_scales.len();
        for (products, weights) in [
            (&mut self.p, &mut self.p_weights),
            (&mut self.q, &mut self.q_weights),
        ] {
            if products.normalise() {
                *weights = half_square_weights(products, d);
            }
        }
        self.squares.normalise();
        self.lowered.normalise();
        self.raised.normalise();
    }

    fn sum(&self, i: usize) -> f64 {
        self.sums[i / LANES][i % LANES]
    }

    /// `ln α_k² = ln |p_k q_k|` (d).
    pub(super) fn log_squared_scales(&self) -> Vec<f64> {
        (0..self.log_scales.len())
            .map(|i| self.p.log_abs(i) + self.q.log_abs(i))
            .collect()
    }

    /// `ln(α²/α_k²)` from the iterates (d).
    pub(super) fn gain(&self) -> Vec<f64> {
        let scales = self.log_squared_scales();
        scales
            .iter()
            .zip(&self.log_scales)
            .map(|(now, start)| 2.0 * start - now)
            .collect()
    }

    /// `Σ Q(γ g)`, `Q(x) = −½ ln((1 − x²)²)`, from the running product (d).
    pub(super) fn gain_from_products(&self) -> Vec<f64> {
        (0..self.log_scales.len())
            .map(|i| -self.squares.log_abs(i))
            .collect()
    }

    /// `asinh(β_k/α_k²) = ln |p_k/q_k|` (d).
    pub(super) fn dual(&self) -> Vec<f64> {
        (0..self.log_scales.len())
            .map(|i| self.p.log_abs(i) - self.q.log_abs(i))
            .collect()
    }

    /// `asinh(β̃_k/α_k²) = Σ_j [ln |(1 − x_j)/(1 + x_j)| + 2 x_j]` (d).
    pub(super) fn perturbed_start_dual(&self) -> Vec<f64> {
        (0..self.log_scales.len())
            .map(|i| self.lowered.log_abs(i) - self.raised.log_abs(i) + 2.0 * self.sum(i))
            .collect()
    }

    /// Largest difference, over coordinates, between the two sides of
    /// `asinh(β/α_k²) − asinh(β̃/α_k²) = −2 Σ γ g` (arXiv 2302.08982).
    ///
    /// The left side is taken twice: from `ln |p/q|`, and as the inverse hyperbolic sine itself with `α_k²` from
    /// `Σ Q(γ g)` and β from the predictor. Coordinates that met a factor of exactly 0 have no identity and are skipped.
    pub(super) fn identity_residual(&self) -> f64 {
        let duals = self.dual();
        let starts = self.perturbed_start_dual();
        let gains = self.gain_from_products();
        let beta = self.beta();
        let mut residuals = Vec::with_capacity(2 * duals.len());
        for i in 0..duals.len() {
            if !(duals[i].is_finite() && starts[i].is_finite() && gains[i].is_finite()) {
                continue;
            }
            let right = -2.0 * self.sum(i);
            residuals.push(duals[i] - starts[i] - right);
            let log_scale = 2.0 * self.log_scales[i] - gains[i];
            // Below this the squares in the predictor may have underflowed.
            if beta[i].abs() > 1e-250 {
                residuals.push(asinh_of_quotient(beta[i], log_scale) - starts[i] - right);
            }
        }
        max_abs(&residuals)
    }

    /// `‖P z‖∞ / max(1, ‖z‖∞)` with P the projection onto ker X and `z = ½(asinh(β/α²) − asinh(β̃₀/α²))`.
    /// `None` where a factor of exactly 0 left no scale.
    pub(super) fn kkt_residual(&self, space: &RowSpace) -> Option<f64> {
        let starts = self.perturbed_start_dual();
        let mut z: Vec<f64> = self
            .dual()
            .iter()
            .zip(&starts)
            .map(|(now, start)| 0.5 * (now - start))
            .collect();
        let size = max_abs(&z).max(1.0);
        space.project_onto_kernel(&mut z);
        let residual = max_abs(&z) / size;
        residual.is_finite().then_some(residual)
    }
}

#[cold]
fn half_square_weights(products: &ScaledProducts, d: usize) -> Vec<Lanes> {
    let weights: Vec<f64> = (0..d).map(|i| products.half_square_weight(i)).collect();
    in_lanes(&weights, 0.0)
}

/// `asinh(value / e^{log_scale})` without forming a quotient that may overflow.
pub(super) fn asinh_of_quotient(value: f64, log_scale: f64) -> f64 {
    let log_quotient = value.abs().ln() - log_scale;
    if log_quotient < 300.0 {
        return log_quotient.exp().asinh().copysign(value);
    }
    (log_quotient + std::f64::consts::LN_2).copysign(value)
}
