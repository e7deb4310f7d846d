//! Pivoted Householder factorisation, and the row space of the inputs.

use crate::diagonal::problem::{DiagonalProblem, add_multiple, dot, norm};

/// Columns shorter than this, relative to the longest one at the start, are taken as dependent.
const RANK_TOLERANCE: f64 = 1e-13;

/// `A Π = Q R` by Householder reflections with column pivoting; `A` is given by its columns.
pub(super) struct PivotedQr {
    /// The columns of A, overwritten by the reflections' vectors.
    reflectors: Vec<Vec<f64>>,
    /// Column j of R, length min(j, rank) + 1, in pivoted order.
    triangle: Vec<Vec<f64>>,
    /// Position k of the factorisation holds column `pivots[k]` of A.
    pub pivots: Vec<usize>,
    /// Number of columns that were not taken as dependent.
    pub rank: usize,
}

impl PivotedQr {
    /// Factorises the matrix with the given columns, all of one length.
    ///
    /// With rows sorted by decreasing size this is stable row by row, which graded weights need
    /// (Cox and Higham, in Numerical Analysis 1997, Dundee).
    pub(super) fn new(mut columns: Vec<Vec<f64>>, rank_tolerance: f64) -> Self {
        let count = columns.len();
        let length = columns.first().map_or(0, Vec::len);
        let mut pivots: Vec<usize> = (0..count).collect();
        let mut triangle: Vec<Vec<f64>> = vec![Vec::new(); count];
        let mut rank = 0;
        let mut largest = 0.0;
        while rank < count.min(length) {
            let mut best = rank;
            let mut best_norm = -1.0;
            for k in rank..count {
                let size = norm(&columns[k][rank..]);
                if size > best_norm {
                    best = k;
                    best_norm = size;
                }
            }
            if rank == 0 {
                largest = best_norm;
            }
            if best_norm <= rank_tolerance * largest {
                break;
            }
            columns.swap(rank, best);
            pivots.swap(rank, best);
            triangle.swap(rank, best);
            let (done, rest) = columns.split_at_mut(rank + 1);
            let vector = &mut done[rank];
            let diagonal = if vector[rank] > 0.0 {
                -best_norm
            } else {
                best_norm
            };
            vector[rank] -= diagonal;
            let square = dot(&vector[rank..], &vector[rank..]);
            let scale = std::f64::consts::SQRT_2 / square.sqrt();
            for entry in &mut vector[rank..] {
                *entry *= scale;
            }
            triangle[rank].push(diagonal);
            for (offset, column) in rest.iter_mut().enumerate() {
                let product = dot(&vector[rank..], &column[rank..]);
                add_multiple(&mut column[rank..], -product, &vector[rank..]);
                triangle[rank + 1 + offset].push(column[rank]);
            }
            rank += 1;
        }
        Self {
            reflectors: columns,
            triangle,
            pivots,
            rank,
        }
    }

    /// Entry (i, j) of R, `i ≤ j`, in pivoted order.
    pub(super) fn r(&self, i: usize, j: usize) -> f64 {
        self.triangle[j][i]
    }

    /// The first `rank` columns of Q.
    pub(super) fn orthonormal_columns(&self) -> Vec<Vec<f64>> {
        let length = self.reflectors.first().map_or(0, Vec::len);
        let mut result = Vec::with_capacity(self.rank);
        for k in 0..self.rank {
            let mut column = vec![0.0; length];
            column[k] = 1.0;
            for j in (0..self.rank).rev() {
                let vector = &self.reflectors[j][j..];
                let product = dot(vector, &column[j..]);
                add_multiple(&mut column[j..], -product, vector);
            }
            result.push(column);
        }
        result
    }

    /// Solves `Rᵀ w = b` in place on the leading `rank` entries of `b`, pivoted order.
    pub(super) fn solve_transposed(&self, b: &mut [f64]) {
        for i in 0..self.rank {
            for k in 0..i {
                b[i] -= self.r(k, i) * b[k];
            }
            b[i] /= self.r(i, i);
        }
    }

    /// Solves `R w = b` in place on the leading `rank` entries of `b`, pivoted order.
    pub(super) fn solve_upper(&self, b: &mut [f64]) {
        for i in (0..self.rank).rev() {
            for k in i + 1..self.rank {
                b[i] -= self.r(i, k) * b[k];
            }
            b[i] /= self.r(i, i);
        }
    }
}

/// The row space of the inputs, with the labels rewritten as `Qᵀβ = targets`.
pub(super) struct RowSpace {
    /// Orthonormal basis of the range of Xᵀ: `rank` vectors of length d.
    pub basis: Vec<Vec<f64>>,
    /// `Xβ = y` says `⟨basis_k, β⟩ = targets_k` for every k, if it can be satisfied.
    pub targets: Vec<f64>,
    /// Largest `|y_i − ⟨x_i, β⟩|` over the least-norm β with `Qᵀβ = targets`: not small when `Xβ = y` has no solution.
    pub inconsistency: f64,
}

impl RowSpace {
    pub(super) fn new(problem: &DiagonalProblem) -> Self {
        let rows: Vec<Vec<f64>> = (0..problem.samples())
            .map(|i| problem.row(i).to_vec())
            .collect();
        let qr = PivotedQr::new(rows, RANK_TOLERANCE);
        let mut targets: Vec<f64> = qr
            .pivots
            .iter()
            .take(qr.rank)
            .map(|&i| problem.labels()[i])
            .collect();
        qr.solve_transposed(&mut targets);
        let basis = qr.orthonormal_columns();
        let mut least_norm = vec![0.0; problem.dimension()];
        for (vector, &target) in basis.iter().zip(&targets) {
            add_multiple(&mut least_norm, target, vector);
        }
        let mut inconsistency = 0.0_f64;
        for i in 0..problem.samples() {
            inconsistency =
                inconsistency.max((problem.labels()[i] - dot(problem.row(i), &least_norm)).abs());
        }
        Self {
            basis,
            targets,
            inconsistency,
        }
    }

    /// Removes from `vector` its part in the row space, which leaves its projection onto the kernel of X.
    pub(super) fn project_onto_kernel(&self, vector: &mut [f64]) {
        // The second pass removes what rounding left in the first.
        for _ in 0..2 {
            for direction in &self.basis {
                let product = dot(direction, vector);
                add_multiple(vector, -product, direction);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagonal::problem::max_abs;
    use ndarray::array;

    #[test]
    fn factors_reproduce_the_matrix() {
        let columns = vec![
            vec![1.0, 2.0, 3.0, -1.0],
            vec![0.5, 0.0, 1.0, 4.0],
            vec![-2.0, 1.0, 0.0, 0.3],
        ];
        let qr = PivotedQr::new(columns.clone(), RANK_TOLERANCE);
        assert_eq!(qr.rank, 3);
        let q = qr.orthonormal_columns();
        for j in 0..3 {
            let mut product = vec![0.0; 4];
            for i in 0..=j {
                add_multiple(&mut product, qr.r(i, j), &q[i]);
            }
            add_multiple(&mut product, -1.0, &columns[qr.pivots[j]]);
            assert!(max_abs(&product) < 1e-14, "column {j}: {product:?}");
        }
    }

    #[test]
    fn dependent_rows_are_dropped_and_the_kernel_is_found() {
        let x = array![[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 3.0]];
        let consistent =
            DiagonalProblem::uniform(&x, vec![1.0, 2.0, 6.0], 1.0).expect("consistent data");
        let space = RowSpace::new(&consistent);
        assert_eq!(space.basis.len(), 2);
        assert!(space.inconsistency < 1e-14);
        let mut vector = [2.0, -1.0, 0.0];
        space.project_onto_kernel(&mut vector);
        assert!((vector[0] - 2.0).abs() < 1e-15 && (vector[1] + 1.0).abs() < 1e-15);
        let mut vector = [1.0, 2.0, 5.0];
        space.project_onto_kernel(&mut vector);
        assert!(max_abs(&vector) < 1e-15);
        let inconsistent =
            DiagonalProblem::uniform(&x, vec![1.0, 3.0, 6.0], 1.0).expect("valid data");
        assert!(RowSpace::new(&inconsistent).inconsistency > 0.1);
    }
}
