//! How far a limit may lie from the solution of the regularised problem for reasons that refute nothing: what is left of the loss, what
//! doubles cannot hold, and what the integrator leaves.

use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_dynamics::diagonal::descent::solve_regularised;

use super::budget::LOSS_TOLERANCE;

/// A regularised problem: labels to interpolate, `ln α_∞²` and `asinh(β̃₀/α_∞²)` (d each).
pub(super) struct Regularised<'a> {
    pub problem: &'a DiagonalProblem,
    pub log_squared_scales: &'a [f64],
    pub start_dual: &'a [f64],
}

impl Regularised<'_> {
    fn solve(&self, labels: Option<Vec<f64>>, start_dual: &[f64]) -> Option<Vec<f64>> {
        let scales = self.log_squared_scales;
        let solution = match labels {
            None => solve_regularised(self.problem, scales, start_dual),
            Some(labels) => {
                let problem = self.problem.with_labels(labels).ok()?;
                solve_regularised(&problem, scales, start_dual)
            }
        };
        Some(solution.ok()?.beta)
    }

    /// How far (relative) the solution moves when the labels or the start are replaced by these; 0 if either cannot be solved.
    fn effect(&self, labels: Option<Vec<f64>>, start_dual: &[f64]) -> f64 {
        let solved = self.solve(None, self.start_dual);
        match solved.zip(self.solve(labels, start_dual)) {
            Some((solution, moved)) => relative_distance(&moved, &solution),
            None => 0.0,
        }
    }

    /// What a poorly conditioned design makes of the residual where a run ends, at `beta`: the labels are replaced by those that it has
    /// reached. To that comes, to first order, what it makes of rounding: a label is held to half a unit in its last place and a
    /// product of d terms to d of them, relative to the sum of the terms' sizes, so that an equation cannot be met better.
    pub(super) fn residual_effect(&self, beta: &[f64]) -> f64 {
        let problem = self.problem;
        let products = |i: usize| problem.row(i).iter().zip(beta).map(|(x, b)| x * b);
        let reached = (0..problem.samples())
            .map(|i| products(i).sum::<f64>())
            .collect();
        let rounding = (0..problem.samples()).map(|i| {
            let terms: f64 = products(i).map(f64::abs).sum();
            let mut labels = problem.labels().to_vec();
            labels[i] += rounding_of_equation(labels[i], terms, beta.len());
            self.effect(Some(labels), self.start_dual)
        });
        self.effect(Some(reached), self.start_dual) + rounding.sum::<f64>()
    }

    /// What becomes of errors in the dual variable of a run, of an integrator or of the solver, which ended at `beta`.
    /// `z = asinh(β/α_∞²) − asinh(β̃₀/α_∞²)` lies in the range of Xᵀ; the part of it that lies outside is error, of which at most what
    /// `promised` makes of `‖z‖∞` is to be expected in a component. What starts with that part and makes no error ends in the
    /// solution that starts there.
    pub(super) fn dual_effect(&self, beta: &[f64], promised: impl Fn(f64) -> f64) -> f64 {
        let logs = self.log_squared_scales.iter().zip(self.start_dual);
        let moved = beta.iter().zip(logs);
        let moved: Vec<f64> = moved
            .map(|(&beta, (&log, start))| asinh_of_quotient(beta, log) - start)
            .collect();
        let outside = outside_row_space(self.problem, &moved);
        let largest = |z: &[f64]| z.iter().fold(0.0_f64, |largest, z| largest.max(z.abs()));
        // Written so that NaN is not promised.
        let is_promised = largest(&outside) <= promised(largest(&moved));
        if !is_promised || outside.iter().any(|part| part.is_nan()) {
            return 0.0;
        }
        let starts = outside.iter().zip(self.start_dual);
        let starts: Vec<f64> = starts.map(|(part, start)| start + part).collect();
        self.effect(None, &starts)
    }

    /// What rounding in the solver makes of its solution: its orthonormal basis of the rows is wrong by some dε in an entry, and z is a sum
    /// of n multiples of the basis. `None` if the solver's solution does not interpolate as well as a run that has
    /// converged must: where `β̃₀` is larger than the labels by more digits than doubles have, it stalls.
    pub(super) fn solver_effect(&self) -> Option<f64> {
        let problem = self.problem;
        let solution = self.solve(None, self.start_dual)?;
        let initial = problem.loss(&vec![0.0; problem.dimension()]);
        let interpolates = problem.loss(&solution) <= LOSS_TOLERANCE * initial;
        let (n, d) = (problem.samples(), problem.dimension());
        interpolates.then(|| self.dual_effect(&solution, |size| rounding_of_basis(n, d, size)))
    }
}

/// How well `⟨x, β⟩ = y` can be met: `ε (|y| + d Σ|x_k β_k|)`, with the sum of `terms` over d coordinates.
fn rounding_of_equation(label: f64, terms: f64, dimension: usize) -> f64 {
    f64::EPSILON * (label.abs() + dimension as f64 * terms)
}

/// What n multiples of a basis whose entries are wrong by dε are wrong by, where the largest entry of their sum has this size.
fn rounding_of_basis(samples: usize, dimension: usize, size: f64) -> f64 {
    (samples * dimension) as f64 * f64::EPSILON * size
}

/// `asinh(value/e^log_scale)`, where the quotient may overflow.
fn asinh_of_quotient(value: f64, log_scale: f64) -> f64 {
    let log_quotient = value.abs().ln() - log_scale;
    match log_quotient < 300.0 {
        true => log_quotient.exp().asinh().copysign(value),
        false => (log_quotient + std::f64::consts::LN_2).copysign(value),
    }
}

pub(super) fn relative_distance(found: &[f64], expected: &[f64]) -> f64 {
    let pairs = found.iter().zip(expected);
    let squared: f64 = pairs.map(|(a, b)| (a - b).powi(2)).sum();
    let size: f64 = expected.iter().map(|b| b * b).sum();
    (squared / size).sqrt()
}

/// The part of a vector that is orthogonal to all rows, by Gram and Schmidt with everything projected twice.
fn outside_row_space(problem: &DiagonalProblem, vector: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let project = |basis: &[Vec<f64>], vector: &mut Vec<f64>| {
        for _ in 0..2 {
            for direction in basis {
                let along = dot(direction, vector);
                for (entry, part) in vector.iter_mut().zip(direction) {
                    *entry -= along * part;
                }
            }
        }
    };
    let mut basis: Vec<Vec<f64>> = vec![];
    for i in 0..problem.samples() {
        let mut row = problem.row(i).to_vec();
        let size = dot(&row, &row).sqrt();
        project(&basis, &mut row);
        let left = dot(&row, &row).sqrt();
        // What is left of a dependent row is rounding.
        if left > 1e-13 * size {
            row.iter_mut().for_each(|entry| *entry /= left);
            basis.push(row);
        }
    }
    let mut outside = vector.to_vec();
    project(&basis, &mut outside);
    outside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descent::by_hand;

    /// With unit scales and a start whose dual variables are given, on `(I 0)` and the labels `(3, 4)`.
    fn by_hand(start_dual: [f64; 3], check: impl Fn(&Regularised<'_>)) {
        check(&Regularised {
            problem: &by_hand::problem(),
            log_squared_scales: &[0.0; 3],
            start_dual: &start_dual,
        });
    }

    #[track_caller]
    fn near(found: f64, expected: f64, tolerance: f64) {
        let error = (found - expected).abs();
        assert!(error <= tolerance, "{found} {expected}");
    }

    #[test]
    fn distances_are_relative_to_what_is_expected() {
        assert_eq!(relative_distance(&[3.0, 6.0], &[3.0, 4.0]), 0.4);
        assert_eq!(relative_distance(&[0.0, 0.0], &[0.3, -0.4]), 1.0);
        assert!(relative_distance(&[f64::NAN], &[1.0]).is_nan());
    }

    /// The solution is `(3, 4, sinh s)` for the start s in the third coordinate.
    #[test]
    fn other_labels_and_another_start_move_the_solution() {
        by_hand([0.0; 3], |regularised| {
            let solved = regularised.solve(None, &[0.0; 3]).expect("solved");
            near(relative_distance(&solved, &[3.0, 4.0, 0.0]), 0.0, 1e-14);
            let effect = |labels, start: &[f64]| regularised.effect(labels, start);
            near(effect(Some(vec![3.0, 4.5]), &[0.0; 3]), 0.1, 1e-12);
            near(effect(None, &[0.0, 0.0, 0.5_f64.asinh()]), 0.1, 1e-12);
            assert_eq!(effect(Some(vec![3.0, f64::NAN]), &[0.0; 3]), 0.0);
            assert_eq!(effect(None, &[0.0, 0.0, f64::NAN]), 0.0);
            // A run that ends at other labels than it should; rounding adds some 1e-15.
            near(regularised.residual_effect(&[3.0, 4.5, 0.0]), 0.1, 1e-12);
            near(regularised.residual_effect(&[3.0, 4.0, 1.0]), 0.0, 1e-14);
        });
    }

    /// `β₁ − β₂ = 1`, which a run meets with two numbers near 1e10: the label is known to `ε (1 + 3 · 2e10)` only, and with it, of the
    /// same size relatively, the solution `(1/2, −1/2, 0)`.
    #[test]
    fn cancelling_terms_are_rounded() {
        let inputs = ndarray::array![[1.0, -1.0, 0.0]];
        let problem = DiagonalProblem::uniform(&inputs, vec![1.0], 1.0).expect("consistent data");
        let regularised = Regularised {
            problem: &problem,
            log_squared_scales: &[0.0; 3],
            start_dual: &[0.0; 3],
        };
        let expected = f64::EPSILON * 6e10;
        let found = regularised.residual_effect(&[1e10 + 1.0, 1e10, 0.0]);
        near(found, expected, 1e-6 * expected);
    }

    /// `β₁ + β₂ = 3` from `sinh s` in the first coordinate leads to `± e^{s/2}/2`, which cancel but for 3.
    #[test]
    fn a_solution_that_does_not_interpolate_is_none() {
        let inputs = ndarray::array![[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let problem = DiagonalProblem::uniform(&inputs, vec![3.0, 4.0], 1.0);
        let problem = problem.expect("consistent data");
        let effect = |problem: &DiagonalProblem, log_scale: f64, start: f64| {
            let regularised = Regularised {
                problem,
                log_squared_scales: &[log_scale; 3],
                start_dual: &[start, 0.0, 0.0],
            };
            regularised.solver_effect()
        };
        assert!(effect(&problem, 0.0, 5.0).is_some_and(|effect| effect < 1e-14));
        for start in [50.0, 60.0] {
            assert_eq!(effect(&problem, 0.0, start), None);
        }
        // Relative to the initial loss, which is 1.25e7.
        let large = by_hand::problem()
            .with_labels(vec![3e3, 4e3])
            .expect("finite");
        assert_eq!(effect(&large, 0.0, 0.0), Some(0.0));
        // Dual variables near 2000 are rounded to some 1e-13, of which a part lies outside of the rows.
        let inputs = ndarray::array![[1.0, 2.0, -0.7], [0.3, 0.1, 1.0]];
        let steep = DiagonalProblem::uniform(&inputs, vec![3.0, 1.0], 1.0);
        let steep = steep.expect("consistent data");
        let effects = (0..20).map(|start| effect(&steep, -2000.0, 0.3 * f64::from(start)));
        let effects: Vec<f64> = effects.map(|effect| effect.expect("solved")).collect();
        assert!(effects.iter().any(|effect| *effect > 0.0), "{effects:?}");
        assert!(effects.iter().all(|effect| *effect < 1e-11), "{effects:?}");
    }

    #[test]
    fn rounding_grows_with_terms_and_sizes() {
        assert_eq!(rounding_of_equation(-3.0, 5.0, 2), 13.0 * f64::EPSILON);
        assert_eq!(rounding_of_basis(2, 3, 2.5), 15.0 * f64::EPSILON);
    }

    #[test]
    fn a_promised_error_in_the_dual_variable_moves_the_solution() {
        let effect = |beta: [f64; 3], promised: f64| {
            let found = std::cell::Cell::new(f64::NAN);
            by_hand([0.0, 0.0, 1.0], |regularised| {
                found.set(regularised.dual_effect(&beta, |_| promised));
            });
            found.get()
        };
        let sinh = |dual: f64| dual.sinh();
        assert_eq!(effect([3.0, 4.0, sinh(1.0)], 1.0), 0.0);
        let size = 5.0_f64.hypot(sinh(1.0));
        for dual in [1.1, 0.9] {
            let expected = (sinh(dual) - sinh(1.0)).abs() / size;
            near(effect([3.0, 4.0, sinh(dual)], 0.101), expected, 1e-12);
            assert_eq!(effect([3.0, 4.0, sinh(dual)], 0.099), 0.0);
        }
        assert_eq!(effect([3.0, 4.0, sinh(1.1)], f64::NAN), 0.0);
        assert_eq!(effect([3.0, 4.0, f64::NAN], 1.0), 0.0);
        // What is promised is told the largest component of z, here asinh 4.
        by_hand([0.0; 3], |regularised| {
            let told = std::cell::Cell::new(0.0);
            regularised.dual_effect(&[3.0, -4.0, 0.0], |size| {
                told.set(size);
                0.0
            });
            near(told.get(), 4.0_f64.asinh(), 1e-15);
        });
    }

    #[test]
    fn hyperbolic_sines_are_undone() {
        let check = |value: f64, log_scale: f64, expected: f64| {
            let found = asinh_of_quotient(value, log_scale);
            assert!((found / expected - 1.0).abs() < 1e-12, "{found}");
        };
        check(1e-9, 0.0, 1e-9);
        check((-5.0_f64).exp() * (-3.0_f64).sinh(), -5.0, -3.0);
        check(0.5 * (-1.0_f64).exp(), -2000.0, 1999.0);
    }

    #[test]
    fn what_is_outside_of_the_rows() {
        let check = |rows: &ndarray::Array2<f64>, vector: [f64; 3], expected: [f64; 3]| {
            let labels = vec![1.0; rows.nrows()];
            let problem = DiagonalProblem::uniform(rows, labels, 0.1).expect("consistent data");
            let found = outside_row_space(&problem, &vector);
            assert_eq!(found.len(), 3);
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-15, "{found} {expected}");
            }
        };
        let row = ndarray::array![[1e6, 0.0, 0.0]];
        check(&row, [3.0, 4.0, 5.0], [0.0, 4.0, 5.0]);
        let dependent = ndarray::array![[1.0, 1.0, 0.0], [2.0, 2.0, 0.0]];
        check(&dependent, [1.0, 3.0, 0.0], [-1.0, 1.0, 0.0]);
        let steep = ndarray::array![[1e8, 1.0, 0.0], [1e8, -1.0, 0.0]];
        check(&steep, [1.0, 2.0, 7.0], [0.0, 0.0, 7.0]);
        let zero = ndarray::array![[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        let problem =
            DiagonalProblem::uniform(&zero, vec![1.0, 0.0], 0.1).expect("consistent data");
        assert_eq!(
            outside_row_space(&problem, &[3.0, 4.0, 5.0]),
            [0.0, 4.0, 5.0]
        );
        // The second row is a third of the first but for rounding, which is no direction of its own.
        let row = [1.1e6, 7.3e6, 3.7e6];
        let third = row.map(|entry| entry / 3.0);
        let large = ndarray::array![row, third];
        let labels = vec![3.0, 1.0];
        let problem = DiagonalProblem::uniform(&large, labels, 0.1).expect("consistent data");
        let vector = [row[1], -row[0], 0.0];
        for (found, expected) in outside_row_space(&problem, &vector).iter().zip(vector) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}
