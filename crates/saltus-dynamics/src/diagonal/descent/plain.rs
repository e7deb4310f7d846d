//! The same descent written in the network's own parameters: the independent comparison for the multiplicative form.

use crate::diagonal::problem::DiagonalProblem;

/// Parameters of the network `β = u ⊙ v` after plain descent.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainRun {
    /// First layer (d).
    pub u: Vec<f64>,
    /// Second layer (d).
    pub v: Vec<f64>,
}

impl PlainRun {
    /// The start of the network: `u = √2 α_i`, `v = 0`.
    pub fn start(problem: &DiagonalProblem) -> Self {
        let u = problem
            .scales()
            .iter()
            .map(|scale| std::f64::consts::SQRT_2 * scale)
            .collect();
        Self {
            u,
            v: vec![0.0; problem.dimension()],
        }
    }

    /// The predictor `u ⊙ v`.
    pub fn beta(&self) -> Vec<f64> {
        self.u.iter().zip(&self.v).map(|(u, v)| u * v).collect()
    }

    /// One simultaneous step `u ← u − γ v ⊙ g`, `v ← v − γ u ⊙ g` with `g` the gradient of the batch's loss at `u ⊙ v`,
    /// by the chain rule and in the plainest order of summation. Returns g (d).
    pub fn step(&mut self, problem: &DiagonalProblem, batch: &[usize], stepsize: f64) -> Vec<f64> {
        let d = problem.dimension();
        let beta = self.beta();
        let mut gradient = vec![0.0; d];
        for &sample in batch {
            let row = problem.row(sample);
            let mut residual = -problem.labels()[sample];
            for i in 0..d {
                residual += row[i] * beta[i];
            }
            for i in 0..d {
                gradient[i] += residual * row[i] / batch.len() as f64;
            }
        }
        for i in 0..d {
            let (u, v) = (self.u[i], self.v[i]);
            self.u[i] = u - stepsize * v * gradient[i];
            self.v[i] = v - stepsize * u * gradient[i];
        }
        gradient
    }
}
