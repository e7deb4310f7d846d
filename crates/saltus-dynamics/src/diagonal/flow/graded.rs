//! Solving `(cI + K B) z = b` when the weights B range over tens of orders of magnitude.

use std::ops::{Add, Div, Mul, Sub};

/// Below this size of `B_i K_ii` against `|c|` a coordinate's own weight does not change its equation.
const NEGLIGIBLE: f64 = 1e-20;

/// A factorisation for one shift `c`, real or complex with positive real part, and one set of weights.
///
/// With `D = B^{1/2}` the coordinates that matter obey `(cI + D K D) D z = D b`. That matrix is symmetric, positive
/// definite in its real part, and graded: eliminating from the largest weight to the smallest without pivoting is stable
/// in every component, while anything that adds weights of different size first (a Woodbury identity on the sample side,
/// say) loses the small ones. The other coordinates follow by substitution.
#[derive(Clone, Debug)]
pub(super) struct GradedFactors<T> {
    shift: T,
    /// The coordinates that matter, by decreasing weight.
    order: Vec<usize>,
    /// Their places in `order`; `None` for the others.
    places: Vec<Option<usize>>,
    roots: Vec<f64>,
    /// Row by row, the lower triangle of L and, on the diagonal, D of L D Lᵀ.
    triangle: Vec<T>,
}

impl<T> Default for GradedFactors<T>
where
    T: From<f64>,
{
    fn default() -> Self {
        Self {
            shift: T::from(1.0),
            order: Vec::new(),
            places: Vec::new(),
            roots: Vec::new(),
            triangle: Vec::new(),
        }
    }
}

impl<T> GradedFactors<T>
where
    T: Copy
        + From<f64>
        + Add<Output = T>
        + Sub<Output = T>
        + Mul<Output = T>
        + Div<Output = T>
        + Mul<f64, Output = T>
        + Div<f64, Output = T>,
{
    /// Factors `cI + K B` with `c = shift`, `|c| = size`, `kernel` the d × d matrix K row by row, `weights` the diagonal of B.
    pub(super) fn factor(&mut self, shift: T, size: f64, kernel: &[f64], weights: &[f64]) {
        let d = weights.len();
        self.shift = shift;
        let strength = |i: usize| weights[i] * kernel[i * d + i];
        self.order.clear();
        self.order
            .extend((0..d).filter(|&i| strength(i) > NEGLIGIBLE * size));
        self.order
            .sort_by(|&a, &b| strength(b).total_cmp(&strength(a)).then(a.cmp(&b)));
        self.places.clear();
        self.places.resize(d, None);
        for (place, &i) in self.order.iter().enumerate() {
            self.places[i] = Some(place);
        }
        self.roots.clear();
        self.roots
            .extend(self.order.iter().map(|&i| weights[i].sqrt()));
        let k = self.order.len();
        self.triangle.clear();
        self.triangle.resize(k * k, T::from(0.0));
        for row in 0..k {
            for column in 0..=row {
                let entry = kernel[self.order[row] * d + self.order[column]];
                self.triangle[row * k + column] =
                    T::from(entry * self.roots[row] * self.roots[column]);
            }
            self.triangle[row * k + row] = self.triangle[row * k + row] + shift;
        }
        for row in 0..k {
            for column in 0..row {
                // Here the row still holds L·D to the left of the column.
                let mut value = self.triangle[row * k + column];
                for j in 0..column {
                    value = value - self.triangle[row * k + j] * self.triangle[column * k + j];
                }
                self.triangle[row * k + column] = value;
            }
            let mut pivot = self.triangle[row * k + row];
            for j in 0..row {
                let scaled = self.triangle[row * k + j];
                let lower = scaled / self.triangle[j * k + j];
                pivot = pivot - scaled * lower;
                self.triangle[row * k + j] = lower;
            }
            self.triangle[row * k + row] = pivot;
        }
    }

    /// Overwrites `vector` by the solution; `kernel` is the matrix given to [`factor`](Self::factor).
    pub(super) fn solve(&self, kernel: &[f64], vector: &mut [T]) {
        let d = vector.len();
        let k = self.order.len();
        let mut work: Vec<T> = (0..k)
            .map(|place| vector[self.order[place]] * self.roots[place])
            .collect();
        for row in 0..k {
            for j in 0..row {
                work[row] = work[row] - self.triangle[row * k + j] * work[j];
            }
        }
        for row in 0..k {
            work[row] = work[row] / self.triangle[row * k + row];
        }
        for row in (0..k).rev() {
            for j in row + 1..k {
                work[row] = work[row] - self.triangle[j * k + row] * work[j];
            }
        }
        for i in 0..d {
            match self.places[i] {
                Some(place) => vector[i] = work[place] / self.roots[place],
                None => {
                    let row = &kernel[i * d..(i + 1) * d];
                    let mut value = vector[i];
                    for place in 0..k {
                        value = value - work[place] * (self.roots[place] * row[self.order[place]]);
                    }
                    vector[i] = value / self.shift;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;

    /// A kernel of rank three on six coordinates.
    fn kernel() -> Vec<f64> {
        let features = [
            [1.0, 0.2, -0.3],
            [0.4, -1.0, 0.1],
            [0.0, 0.7, 1.1],
            [-0.6, 0.5, 0.2],
            [0.9, 0.1, 0.8],
            [0.3, 0.3, -0.5],
        ];
        let mut kernel = vec![0.0; 36];
        for i in 0..6 {
            for j in 0..6 {
                kernel[i * 6 + j] = (0..3).map(|k| features[i][k] * features[j][k]).sum();
            }
        }
        kernel
    }

    #[test]
    fn solutions_satisfy_the_equations() {
        let check = |weights: [f64; 6], shift: Complex64| {
            let kernel = kernel();
            let right = [0.3, -1.0, 2.0, 0.5, -0.7, 1.3];
            let mut factors = GradedFactors::default();
            let mut z = right.map(|b| Complex64::new(b, 0.5 * b * b));
            let b = z;
            factors.factor(shift, shift.norm(), &kernel, &weights);
            factors.solve(&kernel, &mut z);
            for i in 0..6 {
                let mut left = shift * z[i];
                let mut size = left.norm() + b[i].norm();
                for j in 0..6 {
                    left += kernel[i * 6 + j] * weights[j] * z[j];
                    size += (kernel[i * 6 + j] * weights[j] * z[j]).norm();
                }
                assert!(
                    (left - b[i]).norm() <= 1e-13 * size,
                    "{weights:?} {shift} row {i}: {left} {}",
                    b[i]
                );
            }
        };
        check([1.0, 2.0, 0.5, 0.1, 3.0, 1.0], Complex64::new(0.7, 0.0));
        check([1.0, 2.0, 0.5, 0.1, 3.0, 1.0], Complex64::new(3.0, 5.0));
        check([0.0; 6], Complex64::new(3.0, 5.0));
        check(
            [1.0, 1e-17, 2.0, 1e-18, 1e-40, 1e-16],
            Complex64::new(1e-17, 2e-17),
        );
        check(
            [1e-5, 1e-7, 1e-15, 2.0, 1e-300, 0.0],
            Complex64::new(1e-10, 0.0),
        );
        check(
            [1.0, 1.0, 1.0, 1e-3, 1e-17, 0.0],
            Complex64::new(1e-16, -1e-16),
        );
    }

    #[test]
    fn small_components_are_relatively_accurate() {
        // Two coordinates of weights 1 and 1e-16 at shift 1e-16, solved by hand with the determinant expanded.
        let (k00, k01, k11, c, w) = (1.0, 0.5, 2.0, 1e-16, 1e-16);
        let kernel = [k00, k01, k01, k11];
        let mut z = [0.3, 1.0];
        let b = z;
        let mut factors = GradedFactors::<f64>::default();
        factors.factor(c, c, &kernel, &[1.0, w]);
        factors.solve(&kernel, &mut z);
        let determinant = c * c + c * k00 + c * w * k11 + w * (k00 * k11 - k01 * k01);
        let expected = [
            (b[0] * (c + k11 * w) - k01 * w * b[1]) / determinant,
            ((c + k00) * b[1] - k01 * b[0]) / determinant,
        ];
        for i in 0..2 {
            assert!(
                (z[i] - expected[i]).abs() <= 1e-14 * expected[i].abs(),
                "{z:?} {expected:?}"
            );
        }
    }
}
