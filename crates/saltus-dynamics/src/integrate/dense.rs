//! Gaussian elimination for the small dense systems that the structured solves reduce to.

use std::ops::{Div, Mul, Sub};

/// An LU factorisation with partial pivoting, for real or complex entries. `Default` is the empty workspace.
#[derive(Clone, Debug, Default)]
pub struct Lu<T> {
    order: usize,
    entries: Vec<T>,
    pivots: Vec<usize>,
}

impl<T> Lu<T>
where
    T: Copy + Mul<Output = T> + Sub<Output = T> + Div<Output = T>,
{
    /// Factors the matrix with the given rows, one after the other in `entries`; `magnitude` orders the pivots.
    /// A singular matrix leads to non-finite solutions.
    pub fn factor(
        &mut self,
        order: usize,
        entries: impl IntoIterator<Item = T>,
        magnitude: fn(T) -> f64,
    ) {
        self.order = order;
        self.entries.clear();
        self.entries.extend(entries);
        self.pivots.clear();
        for k in 0..order {
            let mut pivot = k;
            for row in k + 1..order {
                if magnitude(self.entries[row * order + k])
                    > magnitude(self.entries[pivot * order + k])
                {
                    pivot = row;
                }
            }
            self.pivots.push(pivot);
            if pivot != k {
                for column in 0..order {
                    self.entries
                        .swap(k * order + column, pivot * order + column);
                }
            }
            let (above, below) = self.entries.split_at_mut((k + 1) * order);
            let pivot_row = &above[k * order..];
            for row in below.chunks_exact_mut(order) {
                let factor = row[k] / pivot_row[k];
                row[k] = factor;
                for column in k + 1..order {
                    row[column] = row[column] - factor * pivot_row[column];
                }
            }
        }
    }

    /// Overwrites `vector`, of length `order`, by the solution.
    pub fn solve(&self, vector: &mut [T]) {
        let order = self.order;
        for k in 0..order {
            vector.swap(k, self.pivots[k]);
        }
        for row in 0..order {
            let mut value = vector[row];
            for column in 0..row {
                value = value - self.entries[row * order + column] * vector[column];
            }
            vector[row] = value;
        }
        for row in (0..order).rev() {
            let mut value = vector[row];
            for column in row + 1..order {
                value = value - self.entries[row * order + column] * vector[column];
            }
            vector[row] = value / self.entries[row * order + row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;
    use rand::rngs::ChaCha8Rng;
    use rand::{Rng, RngExt, SeedableRng};

    fn draw(rng: &mut impl Rng) -> f64 {
        2.0 * rng.random::<f64>() - 1.0
    }

    #[test]
    fn real_and_complex_solutions_satisfy_their_systems() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for order in 0..8 {
            let matrix: Vec<Complex64> = (0..order * order)
                .map(|_| Complex64::new(draw(&mut rng), draw(&mut rng)))
                .collect();
            let right: Vec<Complex64> = (0..order)
                .map(|_| Complex64::new(draw(&mut rng), draw(&mut rng)))
                .collect();
            let mut complex = Lu::default();
            complex.factor(order, matrix.iter().copied(), |z: Complex64| z.l1_norm());
            let mut solution = right.clone();
            complex.solve(&mut solution);
            let mut real = Lu::default();
            real.factor(order, matrix.iter().map(|z| z.re), f64::abs);
            let mut real_solution: Vec<f64> = right.iter().map(|z| z.re).collect();
            real.solve(&mut real_solution);
            for row in 0..order {
                let residual: Complex64 = (0..order)
                    .map(|k| matrix[row * order + k] * solution[k])
                    .sum::<Complex64>()
                    - right[row];
                let real_residual: f64 = (0..order)
                    .map(|k| matrix[row * order + k].re * real_solution[k])
                    .sum::<f64>()
                    - right[row].re;
                assert!(
                    residual.norm() < 1e-12 && real_residual.abs() < 1e-12,
                    "order {order}, row {row}"
                );
            }
        }
    }

    #[test]
    fn a_zero_pivot_is_exchanged() {
        let mut lu = Lu::default();
        lu.factor(2, [0.0, 2.0, 4.0, 0.0], f64::abs);
        let mut vector = [6.0, 8.0];
        lu.solve(&mut vector);
        assert_eq!(vector, [2.0, 3.0]);
    }
}
