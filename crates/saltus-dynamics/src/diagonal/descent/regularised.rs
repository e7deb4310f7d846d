//! The independent convex problem: the interpolator nearest to `β̃₀` in the hyperbolic-entropy divergence.

use super::range::{PivotedQr, RowSpace};
use crate::diagonal::problem::{DiagonalProblem, add_multiple, dot, max_abs};

/// The solution of `min D_ψ(β, β̃₀)` subject to `Xβ = y`.
#[derive(Clone, Debug, PartialEq)]
pub struct RegularisedSolution {
    /// The minimiser (d).
    pub beta: Vec<f64>,
    /// Largest `|⟨q_k, β⟩ − target_k|` over an orthonormal basis q of the rows' space.
    pub residual: f64,
    /// Newton steps taken.
    pub iterations: u32,
}

/// Why no solution was found, such as `after 3000 Newton steps the constraints are still missed by 1e-3`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RegularisedError {
    /// `Xβ = y` has no solution.
    #[error("no β interpolates the labels: the nearest one misses a label by {misfit:e}")]
    Inconsistent {
        /// Largest misfit of the least-squares candidate.
        misfit: f64,
    },
    /// A scale or a starting dual variable that is not finite, or a vector of the wrong length.
    #[error(
        "coordinate {index} has log scale {log_scale} and starting dual {start}; both must be given and finite"
    )]
    Coordinate {
        /// Coordinate, from 0.
        index: usize,
        /// `ln α_i²`, NaN where missing.
        log_scale: f64,
        /// `asinh(β̃₀/α_i²)`, NaN where missing.
        start: f64,
    },
    /// Newton's method stopped short.
    #[error("after {iterations} Newton steps the constraints are still missed by {residual:e}")]
    NotConverged {
        /// Newton steps taken.
        iterations: u32,
        /// Largest constraint residual reached.
        residual: f64,
    },
}

const ITERATION_LIMIT: u32 = 3000;

/// Square roots of weights are kept above this fraction of the largest; what lies below cannot be seen in the residual.
const WEIGHT_FLOOR: f64 = 1e-40;

/// Solves `min D_ψ(β, β̃₀)` subject to `Xβ = y` (arXiv 2302.08982), where
/// `ψ(β) = ½ Σ (β_i asinh(β_i/α_i²) − √(β_i² + α_i⁴) + α_i²)`.
///
/// `log_squared_scales` holds `ln α_i²` and `start_dual` holds `asinh(β̃₀_i/α_i²)` (zeros for the gradient flow),
/// so that scales such as α² = 10⁻³⁰⁰ and far smaller ones work.
/// The optimality conditions are `β_i = α_i² sinh(2 h_i + asinh(β̃₀_i/α_i²))`, `h = Xᵀν`, `Xβ = y`;
/// damped Newton on the concave dual starts at `ν = 0` and uses nothing of the run that it is compared with.
///
/// ```
/// use ndarray::array;
/// use saltus_dynamics::diagonal::DiagonalProblem;
/// use saltus_dynamics::diagonal::descent::solve_regularised;
///
/// // By symmetry the interpolator of β₁ + β₂ = 2 that is nearest to 0 is (1, 1), at any scale.
/// let problem = DiagonalProblem::new(&array![[1.0, 1.0]], vec![2.0], vec![1.0, 1.0])?;
/// let solution = solve_regularised(&problem, &[-600.0, -600.0], &[0.0, 0.0])?;
/// assert!(solution.beta.iter().all(|beta| (beta - 1.0).abs() < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RegularisedError`] when the labels cannot be interpolated, an argument is not finite, or Newton's method stalls.
pub fn solve_regularised(
    problem: &DiagonalProblem,
    log_squared_scales: &[f64],
    start_dual: &[f64],
) -> Result<RegularisedSolution, RegularisedError> {
    let d = problem.dimension();
    for index in 0..d.max(log_squared_scales.len()).max(start_dual.len()) {
        let log_scale = log_squared_scales.get(index).copied().unwrap_or(f64::NAN);
        let start = start_dual.get(index).copied().unwrap_or(f64::NAN);
        if index >= d || !log_scale.is_finite() || !start.is_finite() {
            return Err(RegularisedError::Coordinate {
                index,
                log_scale,
                start,
            });
        }
    }
    let space = RowSpace::new(problem);
    let label_size = max_abs(problem.labels());
    if space.inconsistency > 1e-9 * label_size {
        return Err(RegularisedError::Inconsistent {
            misfit: space.inconsistency,
        });
    }
    Dual {
        space: &space,
        log_squared_scales,
        start_dual,
    }
    .solve()
}

/// `e^{log_scale} sinh(z)` where neither factor has to be representable alone.
pub(super) fn scaled_sinh(log_scale: f64, z: f64) -> f64 {
    if z.abs() < 1.0 {
        log_scale.exp() * z.sinh()
    } else {
        0.5 * ((log_scale + z).exp() - (log_scale - z).exp())
    }
}

/// The dual problem on an orthonormal basis of the rows' space, where dependent rows do not occur.
struct Dual<'a> {
    space: &'a RowSpace,
    log_squared_scales: &'a [f64],
    start_dual: &'a [f64],
}

impl Dual<'_> {
    fn solve(&self) -> Result<RegularisedSolution, RegularisedError> {
        let rank = self.space.basis.len();
        let mut dual = vec![0.0; rank];
        let start_size = max_abs(&self.beta(&self.primal_shift(&dual)));
        if !start_size.is_finite() {
            return Err(RegularisedError::NotConverged {
                iterations: 0,
                residual: start_size,
            });
        }
        // A start β̃₀ far larger than the labels may leave rounding in the constraints: a stall there is accepted, but only a stall,
        // since the solution itself need not be large.
        let target_size = max_abs(&self.space.targets).max(f64::MIN_POSITIVE);
        let size = target_size.max(start_size);
        let mut best = RegularisedSolution {
            beta: Vec::new(),
            residual: f64::INFINITY,
            iterations: 0,
        };
        let mut stalled = 0;
        for iterations in 0..ITERATION_LIMIT {
            let h = self.primal_shift(&dual);
            let beta = self.beta(&h);
            let misfit = self.misfit(&beta);
            let residual = max_abs(&misfit);
            if residual < best.residual {
                // Far from the solution the residual need not fall quickly, so only a stall near rounding counts.
                stalled = if residual < 0.5 * best.residual {
                    0
                } else {
                    stalled + 1
                };
                best = RegularisedSolution {
                    beta,
                    residual,
                    iterations,
                };
            } else {
                stalled += 1;
            }
            if best.residual <= 1e-16 * target_size
                || (stalled >= 6 && best.residual <= 1e-12 * size)
            {
                return Ok(best);
            }
            let (direction, full_step) = self.newton_direction(&h, &misfit);
            let step = self.step_length(&h, &direction, full_step, &misfit, size);
            add_multiple(&mut dual, step, &direction);
        }
        if best.residual <= 1e-11 * size {
            return Ok(best);
        }
        Err(RegularisedError::NotConverged {
            iterations: ITERATION_LIMIT,
            residual: best.residual,
        })
    }

    /// `h = Q ν`.
    fn primal_shift(&self, dual: &[f64]) -> Vec<f64> {
        let mut h = vec![0.0; self.start_dual.len()];
        for (vector, &value) in self.space.basis.iter().zip(dual) {
            add_multiple(&mut h, value, vector);
        }
        h
    }

    /// `β_i = α_i² sinh(2 h_i + asinh(β̃₀_i/α_i²))`.
    fn beta(&self, h: &[f64]) -> Vec<f64> {
        (0..h.len())
            .map(|i| scaled_sinh(self.log_squared_scales[i], 2.0 * h[i] + self.start_dual[i]))
            .collect()
    }

    fn misfit(&self, beta: &[f64]) -> Vec<f64> {
        let basis = self.space.basis.iter().zip(&self.space.targets);
        basis
            .map(|(vector, target)| dot(vector, beta) - target)
            .collect()
    }

    /// The Newton step `−(Qᵀ B Q)⁻¹ misfit`, `B = dβ/dh`, as a direction and the factor that makes it the full step
    /// (∞ where it overflows), by the triangular factor of `B^{1/2} Q`.
    ///
    /// The weights B range over hundreds of orders of magnitude; forming `Qᵀ B Q` would lose the small ones.
    fn newton_direction(&self, h: &[f64], misfit: &[f64]) -> (Vec<f64>, f64) {
        let log_root = |i: usize| {
            let z = 2.0 * h[i] + self.start_dual[i];
            0.5 * (self.log_squared_scales[i] + z.abs() + (-2.0 * z.abs()).exp().ln_1p())
        };
        let log_roots: Vec<f64> = (0..h.len()).map(log_root).collect();
        let mut order: Vec<usize> = (0..h.len()).collect();
        order.sort_by(|&a, &b| log_roots[b].total_cmp(&log_roots[a]));
        let log_largest = log_roots[order[0]];
        let roots: Vec<f64> = order
            .iter()
            .map(|&i| (log_roots[i] - log_largest).exp().max(WEIGHT_FLOOR))
            .collect();
        let column = |vector: &Vec<f64>| {
            order
                .iter()
                .zip(&roots)
                .map(|(&i, root)| vector[i] * root)
                .collect()
        };
        let qr = PivotedQr::new(self.space.basis.iter().map(column).collect(), 0.0);
        let mut solution: Vec<f64> = qr
            .pivots
            .iter()
            .take(qr.rank)
            .map(|&k| -misfit[k])
            .collect();
        qr.solve_transposed(&mut solution);
        qr.solve_upper(&mut solution);
        let mut direction = vec![0.0; misfit.len()];
        for (position, value) in solution.into_iter().enumerate() {
            direction[qr.pivots[position]] = value;
        }
        (direction, (-2.0 * log_largest).exp())
    }

    /// A step length up to the full one along which the dual's slope has at least halved, or the longest sensible one
    /// if the dual is still falling there.
    fn step_length(
        &self,
        h: &[f64],
        direction: &[f64],
        full_step: f64,
        misfit: &[f64],
        size: f64,
    ) -> f64 {
        let along = self.primal_shift(direction);
        let slope = |step: f64| {
            let mut moved = h.to_vec();
            add_multiple(&mut moved, step, &along);
            dot(&self.misfit(&self.beta(&moved)), direction)
        };
        let initial = dot(misfit, direction).abs();
        // No coordinate may pass a size that no sensible interpolator has: beyond it exponentials only overflow.
        let log_cap = size.ln() + 7.0;
        let mut upper = full_step;
        for i in 0..h.len() {
            let z = 2.0 * h[i] + self.start_dual[i];
            let sign = if along[i] < 0.0 { -1.0 } else { 1.0 };
            let room = log_cap.max(self.log_squared_scales[i] + z.abs() + 1.0)
                - self.log_squared_scales[i]
                - sign * z;
            upper = upper.min(room / (2.0 * along[i].abs()));
        }
        let mut lower = 0.0;
        let mut step = upper;
        for _ in 0..80 {
            let value = slope(step);
            if value < -0.5 * initial {
                if step >= upper {
                    return step;
                }
                lower = step;
            } else if value <= 0.5 * initial {
                return step;
            } else {
                upper = step;
            }
            step = 0.5 * (lower + upper);
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    fn problem(inputs: &Array2<f64>, labels: Vec<f64>) -> DiagonalProblem {
        DiagonalProblem::uniform(inputs, labels, 1.0).expect("consistent data")
    }

    #[test]
    fn one_equation_has_its_root() {
        // α² (sinh(2ν) + 2 sinh(4ν)) = y at x = (1, 2); bisection on ν is the independent solution.
        let check = |log_scale: f64, y: f64| {
            let solution = solve_regularised(
                &problem(&array![[1.0, 2.0]], vec![y]),
                &[log_scale; 2],
                &[0.0; 2],
            )
            .expect("one equation has a solution");
            let beta = |nu: f64| {
                let half = |z: f64| 0.5 * ((log_scale + z).exp() - (log_scale - z).exp());
                [half(2.0 * nu), half(4.0 * nu)]
            };
            let (mut low, mut high) = (-1000.0, 1000.0);
            for _ in 0..200 {
                let middle = 0.5 * (low + high);
                let [first, second] = beta(middle);
                if first + 2.0 * second < y {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            for (found, expected) in solution.beta.iter().zip(beta(low)) {
                assert!(
                    (found - expected).abs() < 1e-10 * y.abs(),
                    "{log_scale} {y}: {found} {expected}"
                );
            }
        };
        check(0.0, 1.0);
        check(-5.0, -3.0);
        check(-50.0, 0.7);
        check(3.0, 1e-3);
    }

    #[test]
    fn an_enormous_start_leaves_no_slack_in_the_constraints() {
        // At the edge of stability β̃₀ can be 10¹⁰ where the solution is of size 1.
        let inputs = array![[4.0, -1.0, 1.0], [-0.25, -0.5, 2.0]];
        let labels = [-2.5, 5.0];
        let solution = solve_regularised(
            &problem(&inputs, labels.to_vec()),
            &[-35.65, -10.4, -35.65],
            &[59.4, 0.18, -37.3],
        )
        .expect("the system is consistent");
        for (row, label) in inputs.rows().into_iter().zip(labels) {
            let value: f64 = row.iter().zip(&solution.beta).map(|(x, b)| x * b).sum();
            assert!((value - label).abs() < 1e-13, "{value} {label}");
        }
    }

    #[test]
    fn vanishing_scales_give_the_least_l1_norm() {
        // The third column alone meets y = (1, 2), at the least ℓ1 norm 2/3; α² = 10⁻³⁰⁰ and far smaller.
        let inputs = array![[1.0, 0.0, 1.5], [0.0, 1.0, 3.0]];
        for log_scale in [-690.0, -5000.0] {
            let solution = solve_regularised(
                &problem(&inputs, vec![1.0, 2.0]),
                &[log_scale; 3],
                &[0.0; 3],
            )
            .expect("the system is consistent");
            for (found, expected) in solution.beta.iter().zip([0.0, 0.0, 2.0 / 3.0]) {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{log_scale}: {:?}",
                    solution.beta
                );
            }
        }
    }

    #[test]
    fn mixed_scales_and_dependent_rows() {
        let inputs = array![
            [1.0, 2.0, -1.0, 0.5],
            [2.0, 4.0, -2.0, 1.0],
            [0.0, 1.0, 1.0, -1.0]
        ];
        let labels = vec![1.0, 2.0, -0.5];
        let scales = [-2000.0, -3.0, -40.0, 1.0];
        let start = [0.3, -2.0, 0.0, 1.0];
        let solution = solve_regularised(&problem(&inputs, labels.clone()), &scales, &start)
            .expect("consistent");
        for i in 0..3 {
            assert!(
                (dot(
                    inputs.row(i).as_slice().expect("standard layout"),
                    &solution.beta
                ) - labels[i])
                    .abs()
                    < 1e-12
            );
        }
        let inconsistent =
            solve_regularised(&problem(&inputs, vec![1.0, 2.5, -0.5]), &scales, &start);
        assert!(matches!(
            inconsistent,
            Err(RegularisedError::Inconsistent { .. })
        ));
        let short = solve_regularised(&problem(&inputs, labels), &scales[..3], &start);
        assert!(matches!(
            short,
            Err(RegularisedError::Coordinate { index: 3, .. })
        ));
    }

    #[test]
    fn zero_labels_are_solved_by_zero() {
        let solution = solve_regularised(
            &problem(&array![[1.0, 2.0]], vec![0.0]),
            &[-10.0; 2],
            &[0.0; 2],
        );
        assert_eq!(solution.expect("consistent").beta, vec![0.0, 0.0]);
    }
}
