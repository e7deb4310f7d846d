//! The multiplicative state of a run, what is accumulated along it, and the identities between them.

use super::range::RowSpace;
use super::scaled::ScaledProducts;
use crate::diagonal::problem::max_abs;

/// Iterates `p`, `q` of a run and the running sums and products that the identities compare.
pub(super) struct State {
    pub p: ScaledProducts,
    pub q: ScaledProducts,
    p_weights: Vec<f64>,
    q_weights: Vec<f64>,
    pub beta: Vec<f64>,
    /// `Π (1 − x²)`, `x = γ g`: the second way to the effective scale.
    squares: ScaledProducts,
    /// `Π (1 − x)/(1 + x)`.
    ratios: ScaledProducts,
    /// `Σ x`.
    sums: Vec<f64>,
    log_scales: Vec<f64>,
    /// `Σ_k ‖g_k‖²`.
    pub summed_squared_gradient: f64,
    /// Largest `|γ g|` of any coordinate and step.
    pub largest_factor: f64,
}

impl State {
    pub(super) fn start(scales: &[f64]) -> Self {
        let d = scales.len();
        let p = ScaledProducts::new(scales.to_vec());
        let weights: Vec<f64> = (0..d).map(|i| p.half_square_weight(i)).collect();
        Self {
            q: p.clone(),
            p,
            p_weights: weights.clone(),
            q_weights: weights,
            beta: vec![0.0; d],
            squares: ScaledProducts::ones(d),
            ratios: ScaledProducts::ones(d),
            sums: vec![0.0; d],
            log_scales: scales.iter().map(|scale| scale.ln()).collect(),
            summed_squared_gradient: 0.0,
            largest_factor: 0.0,
        }
    }

    /// One step with the batch's gradient.
    pub(super) fn step(&mut self, gradient: &[f64], stepsize: f64) {
        let d = gradient.len();
        let (p, q) = (&mut self.p.mantissas[..d], &mut self.q.mantissas[..d]);
        let (p_weights, q_weights) = (&self.p_weights[..d], &self.q_weights[..d]);
        let beta = &mut self.beta[..d];
        for i in 0..d {
            let x = stepsize * gradient[i];
            p[i] *= 1.0 - x;
            q[i] *= 1.0 + x;
            beta[i] = p_weights[i] * p[i] * p[i] - q_weights[i] * q[i] * q[i];
        }
        let squares = &mut self.squares.mantissas[..d];
        let ratios = &mut self.ratios.mantissas[..d];
        let sums = &mut self.sums[..d];
        let mut square = 0.0;
        let mut largest = self.largest_factor;
        for i in 0..d {
            let x = stepsize * gradient[i];
            squares[i] *= 1.0 - x * x;
            ratios[i] *= (1.0 - x) / (1.0 + x);
            sums[i] += x;
            square += gradient[i] * gradient[i];
            largest = if x.abs() > largest { x.abs() } else { largest };
        }
        self.summed_squared_gradient += square;
        self.largest_factor = largest;
    }

    /// Keeps the products in range; to be called every few steps.
    pub(super) fn normalise(&mut self) {
        for (products, weights) in [
            (&mut self.p, &mut self.p_weights),
            (&mut self.q, &mut self.q_weights),
        ] {
            if products.normalise() {
                for (i, weight) in weights.iter_mut().enumerate() {
                    *weight = products.half_square_weight(i);
                }
            }
        }
        self.squares.normalise();
        self.ratios.normalise();
    }

    /// `ln α_k² = ln |p_k q_k|` (d).
    pub(super) fn log_squared_scales(&self) -> Vec<f64> {
        (0..self.beta.len())
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
        (0..self.beta.len())
            .map(|i| -self.squares.log_abs(i))
            .collect()
    }

    /// `asinh(β_k/α_k²) = ln |p_k/q_k|` (d).
    pub(super) fn dual(&self) -> Vec<f64> {
        (0..self.beta.len())
            .map(|i| self.p.log_abs(i) - self.q.log_abs(i))
            .collect()
    }

    /// `asinh(β̃_k/α_k²) = Σ_j [ln |(1 − x_j)/(1 + x_j)| + 2 x_j]` (d).
    pub(super) fn perturbed_start_dual(&self) -> Vec<f64> {
        (0..self.beta.len())
            .map(|i| self.ratios.log_abs(i) + 2.0 * self.sums[i])
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
        let mut residuals = Vec::with_capacity(2 * duals.len());
        for i in 0..duals.len() {
            if !(duals[i].is_finite() && starts[i].is_finite() && gains[i].is_finite()) {
                continue;
            }
            let right = -2.0 * self.sums[i];
            residuals.push(duals[i] - starts[i] - right);
            let log_scale = 2.0 * self.log_scales[i] - gains[i];
            // Below this the squares in the predictor may have underflowed.
            if self.beta[i].abs() > 1e-250 {
                residuals.push(asinh_of_quotient(self.beta[i], log_scale) - starts[i] - right);
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

/// `asinh(value / e^{log_scale})` without forming a quotient that may overflow.
pub(super) fn asinh_of_quotient(value: f64, log_scale: f64) -> f64 {
    let log_quotient = value.abs().ln() - log_scale;
    if log_quotient < 300.0 {
        return log_quotient.exp().asinh().copysign(value);
    }
    (log_quotient + std::f64::consts::LN_2).copysign(value)
}
