//! Sharpness: the largest eigenvalue of the loss's Hessian in the network's own parameters.

use crate::diagonal::problem::{DiagonalProblem, add_multiple, dot, norm};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// Largest eigenvalue of the full-batch Hessian of `F(u, v) = L(u ⊙ v)` (2d × 2d), to about 1e-10 of the Hessian's norm.
///
/// The arguments are `p = (u + v)/√2` and `q = (u − v)/√2` (d each), a rotation that keeps eigenvalues: with
/// `H = XᵀX/n` and `g = ∇L(β)`, `β = (p² − q²)/2`, the blocks are `PHP + diag g`, `QHQ − diag g` and `−PHQ`.
/// Lanczos' method with full reorthogonalisation from a fixed start; at most 2d steps, which is then exact.
/// Returns NaN when an argument is not finite.
///
/// ```
/// use ndarray::array;
/// use saltus_dynamics::diagonal::DiagonalProblem;
/// use saltus_dynamics::diagonal::descent::sharpness;
///
/// // F(u, v) = (uv − 1)²/2 at u = v = 1, where p = √2 and q = 0: the Hessian is [[1, 1], [1, 1]].
/// let problem = DiagonalProblem::new(&array![[1.0]], vec![1.0], vec![1.0])?;
/// let found = sharpness(&problem, &[2f64.sqrt()], &[0.0]);
/// assert!((found - 2.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sharpness(problem: &DiagonalProblem, p: &[f64], q: &[f64]) -> f64 {
    let d = problem.dimension();
    let mut gradient = vec![0.0; d];
    let beta: Vec<f64> = p
        .iter()
        .zip(q)
        .map(|(p, q)| 0.5 * (p - q) * (p + q))
        .collect();
    let loss = problem.gradient(&beta, &mut gradient);
    if !loss.is_finite() || !p.iter().chain(q).all(|v| v.is_finite()) {
        return f64::NAN;
    }
    let apply = |vector: &[f64], image: &mut [f64]| {
        let (vp, vq) = vector.split_at(d);
        let moved: Vec<f64> = (0..d).map(|i| p[i] * vp[i] - q[i] * vq[i]).collect();
        let mut curved = vec![0.0; d];
        for k in 0..problem.samples() {
            let row = problem.row(k);
            add_multiple(
                &mut curved,
                dot(row, &moved) / problem.samples() as f64,
                row,
            );
        }
        for i in 0..d {
            image[i] = p[i] * curved[i] + gradient[i] * vp[i];
            image[d + i] = -q[i] * curved[i] - gradient[i] * vq[i];
        }
    };
    largest_eigenvalue(2 * d, apply)
}

/// Largest eigenvalue of the symmetric operator `apply` on vectors of length `dimension`.
fn largest_eigenvalue(dimension: usize, apply: impl Fn(&[f64], &mut [f64])) -> f64 {
    const RESIDUAL: f64 = 1e-11;
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut vector: Vec<f64> = (0..dimension)
        .map(|_| f64::from(generator.next_u32()) - 2_147_483_648.0)
        .collect();
    let length = norm(&vector);
    vector.iter_mut().for_each(|v| *v /= length);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut diagonal: Vec<f64> = Vec::new();
    let mut off_diagonal: Vec<f64> = Vec::new();
    let mut image = vec![0.0; dimension];
    loop {
        apply(&vector, &mut image);
        diagonal.push(dot(&vector, &image));
        basis.push(vector);
        for _ in 0..2 {
            for earlier in &basis {
                let product = dot(earlier, &image);
                add_multiple(&mut image, -product, earlier);
            }
        }
        let next = norm(&image);
        let size = tridiagonal_bound(&diagonal, &off_diagonal);
        let exhausted = basis.len() == dimension || next <= 1e-14 * size || !next.is_finite();
        if exhausted || basis.len().is_multiple_of(5) {
            let top = tridiagonal_largest(&diagonal, &off_diagonal, size);
            if exhausted || next * last_component(&diagonal, &off_diagonal, top) <= RESIDUAL * size
            {
                return top;
            }
        }
        off_diagonal.push(next);
        vector = image.iter().map(|v| v / next).collect();
    }
}

/// A bound on the eigenvalues' absolute values (Gershgorin).
fn tridiagonal_bound(diagonal: &[f64], off_diagonal: &[f64]) -> f64 {
    let at = |k: usize| off_diagonal.get(k).copied().unwrap_or(0.0);
    let bound = |k: usize| diagonal[k].abs() + at(k) + if k > 0 { at(k - 1) } else { 0.0 };
    (0..diagonal.len()).map(bound).fold(0.0, f64::max)
}

/// Largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the number of eigenvalues above a point.
fn tridiagonal_largest(diagonal: &[f64], off_diagonal: &[f64], bound: f64) -> f64 {
    let any_above = |x: f64| {
        // The pivots of T − x: one that is positive stands for an eigenvalue above x.
        let mut pivot = diagonal[0] - x;
        for k in 1..diagonal.len() {
            if pivot >= 0.0 {
                return true;
            }
            pivot = diagonal[k] - x - off_diagonal[k - 1] * off_diagonal[k - 1] / pivot;
        }
        pivot >= 0.0
    };
    let (mut low, mut high) = (-bound, bound);
    while high - low > 1e-15 * bound {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if any_above(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Absolute last component of the unit eigenvector of the tridiagonal matrix at its largest eigenvalue.
fn last_component(diagonal: &[f64], off_diagonal: &[f64], top: f64) -> f64 {
    // Pivots from the end: with x_last = 1, x_k = −e_k x_{k+1} / pivot... run as ratios x_k / x_{k+1}.
    let mut pivot = diagonal[0] - top;
    let mut ratios = Vec::with_capacity(off_diagonal.len());
    for k in 1..diagonal.len() {
        let guarded = if pivot == 0.0 {
            -f64::MIN_POSITIVE
        } else {
            pivot
        };
        ratios.push(-off_diagonal[k - 1] / guarded);
        pivot = diagonal[k] - top - off_diagonal[k - 1] * off_diagonal[k - 1] / guarded;
    }
    let mut square = 1.0_f64;
    let mut component = 1.0_f64;
    for ratio in ratios.iter().rev() {
        component *= ratio;
        square += component * component;
        if !square.is_finite() {
            return 0.0;
        }
    }
    1.0 / square.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn one_coordinate_has_a_closed_form() {
        // F = (uv − y)²/2: the Hessian is [[v², 2uv − y], [2uv − y, u²]].
        let check = |u: f64, v: f64, y: f64| {
            let problem =
                DiagonalProblem::uniform(&array![[1.0]], vec![y], 1.0).expect("valid data");
            let root2 = std::f64::consts::SQRT_2;
            let found = sharpness(&problem, &[(u + v) / root2], &[(u - v) / root2]);
            let off = 2.0 * u * v - y;
            let expected =
                0.5 * (u * u + v * v) + (0.25 * (u * u - v * v).powi(2) + off * off).sqrt();
            assert!(
                (found - expected).abs() < 1e-10 * (1.0 + expected.abs()),
                "{u} {v} {y}: {found} {expected}"
            );
        };
        check(1.0, 2.0, 2.0);
        check(0.3, -0.2, 1.0);
        check(0.0, 0.0, 0.0);
        check(0.0, 0.0, -3.0);
        check(5.0, 0.1, 7.0);
    }

    #[test]
    fn known_spectra() {
        let check = |spectrum: Vec<f64>, expected: f64| {
            let top = largest_eigenvalue(spectrum.len(), |vector, image| {
                for i in 0..vector.len() {
                    image[i] = spectrum[i] * vector[i];
                }
            });
            assert!((top - expected).abs() < 1e-10, "{top} {expected}");
        };
        check(vec![-5.0, 1.0, 1.0, 0.9999], 1.0);
        check(vec![-3.0, -2.0], -2.0);
        check((0..100).map(f64::from).collect(), 99.0);
        check(vec![4.0], 4.0);
        check((0..60).map(|k| 1.0 - 1e-9 * f64::from(k)).collect(), 1.0);
    }
}
