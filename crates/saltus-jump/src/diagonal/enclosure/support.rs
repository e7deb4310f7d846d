//! The least-squares fit on a support: approximated in doubles, refined in fractions, its error bounded in both.

use saltus_exact::Fractions;

use super::block::{Block, block_sum, exponent_above, two_to};
use super::bounds::{above, below, dot, norm, residual_error, sum_norm};
use super::equations::Equations;

/// A refined solution is good enough at this many bits less than the fractions have.
const SLACK: i64 = 36;

/// Steps of refinement; each gains some 40 bits where the inverse is good.
const MOST_STEPS: usize = 60;

/// `K'` on a list of coordinates, in doubles, with an approximate inverse.
#[derive(Clone, Default)]
pub(super) struct Support {
    coordinates: Vec<usize>,
    /// Places of the coordinates among the known ones.
    places: Vec<usize>,
    gram: Square,
    moments: Vec<f64>,
    /// Approximates the inverse; nothing rests on how well.
    inverse: Square,
    /// An upper bound of the 2-norm of the inverse of K' on the support.
    inverse_norm: f64,
}

/// A square matrix, row by row.
#[derive(Clone, Default)]
struct Square {
    entries: Vec<f64>,
}

/// `K⁻¹ side` in doubles.
pub(super) struct Applied {
    pub(super) values: Vec<f64>,
    /// `side − K values`.
    residual: f64,
    /// A bound of the 2-norm of the error.
    pub(super) error: f64,
}

/// A fit in doubles; every entry has an error of at most `radius`.
pub(super) struct Approximate {
    pub(super) values: Vec<f64>,
    pub(super) radius: f64,
}

impl Support {
    pub(super) fn coordinates(&self) -> &[usize] {
        &self.coordinates
    }

    /// Places among the known coordinates.
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The support with these coordinates; `None` if their columns are not certified to be independent.
    pub(super) fn of(coordinates: &[usize], equations: &mut Equations) -> Option<Support> {
        let mut support = Support::default();
        for &coordinate in coordinates {
            support.push(coordinate, equations)?;
        }
        Some(support)
    }

    /// Adds a coordinate; `None` if its column is not certified to be independent of the others.
    ///
    /// With `w = K⁻¹k` for the new column k, κ the new corner and `p = κ − kᵀw > 0`, the inverse is
    /// `(K⁻¹ + wwᵀ/p, −w/p; −wᵀ/p, 1/p)`, so its norm is at most `‖K⁻¹‖ + (1 + ‖w‖²)/p`. For an approximate w with residual
    /// `ρ = k − Kw`, `p = κ − kᵀw − wᵀρ − ρᵀK⁻¹ρ` exactly.
    pub(super) fn push(&mut self, coordinate: usize, equations: &mut Equations) -> Option<()> {
        let place = equations.place(coordinate);
        let m = self.coordinates.len();
        let row = equations.gram(place);
        let column: Vec<f64> = self.places.iter().map(|&q| row.to_f64(q)).collect();
        let corner = row.to_f64(place);

        let applied = self.inverse_times(&column);
        let (w, residual) = (applied.values, applied.residual);
        let size = sum_norm(&w);
        let approximate_pivot = corner - dot(&column, &w);
        let error = norm(&w) * residual + self.inverse_norm * residual * residual;
        // The corner and the inner product have together an error of no more than one entry of a residual.
        let pivot = below(approximate_pivot - above(error + residual_error(m + 1, 1.0, size)));
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        let length = norm(&w) + self.inverse_norm * residual;
        self.inverse_norm = above(self.inverse_norm + (length * length + 1.0) / pivot);
        if !self.inverse_norm.is_finite() {
            return None;
        }

        let border: Vec<f64> = w.iter().map(|a| -a / approximate_pivot).collect();
        for (row, &scaled) in self.inverse.rows_mut(m).zip(&border) {
            for (entry, &b) in row.iter_mut().zip(&w) {
                *entry -= scaled * b;
            }
        }
        self.inverse.grow(&border, 1.0 / approximate_pivot);
        self.gram.grow(&column, corner);
        self.moments.push(equations.floats.moments[coordinate]);
        self.coordinates.push(coordinate);
        self.places.push(place);
        Some(())
    }

    /// Removes the coordinate at a position. The least eigenvalue of a principal part is no smaller, so the bound of the norm holds.
    pub(super) fn remove(&mut self, position: usize) {
        self.coordinates.remove(position);
        self.places.remove(position);
        self.moments.remove(position);
        let m = self.places.len();
        self.gram.shrink(position, m + 1);
        let mut rest = self.inverse.shrink(position, m + 1);
        let pivot = rest.remove(position);
        for k in 0..m {
            let factor = rest[k] / pivot;
            for (entry, &x) in self.inverse.row_mut(k, m).iter_mut().zip(&rest) {
                *entry -= factor * x;
            }
        }
    }

    /// `K⁻¹ side` for a right side with entries of at most 1.
    pub(super) fn inverse_times(&self, side: &[f64]) -> Applied {
        let mut values = self.apply_inverse(side);
        let correction = self.apply_inverse(&self.residual(side, &values));
        add(&mut values, &correction);
        let rounding = residual_error(side.len(), 1.0, sum_norm(&values));
        let residual = above(norm(&self.residual(side, &values)) + rounding);
        Applied {
            error: above(self.inverse_norm * residual),
            values,
            residual,
        }
    }

    /// A row of the inverse.
    pub(super) fn inverse_row(&self, position: usize) -> Applied {
        let mut unit = vec![0.0; self.places.len()];
        unit[position] = 1.0;
        self.inverse_times(&unit)
    }

    /// A bound of the 2-norm of the inverse.
    pub(super) fn inverse_norm(&self) -> f64 {
        self.inverse_norm
    }

    /// The fit in doubles; `None` if its columns are no longer certified to be independent.
    pub(super) fn solve(&mut self, equations: &mut Equations) -> Option<Approximate> {
        let mut values = self.apply_inverse(&self.moments);
        let mut residual = self.residual(&self.moments, &values);
        let left = norm(&residual);
        if left.is_nan() || left > norm(&self.moments) * CONTRACTION {
            // Additions and removals have worn the inverse out.
            *self = Support::of(&self.coordinates, equations)?;
            values = self.apply_inverse(&self.moments);
            residual = self.residual(&self.moments, &values);
        }
        add(&mut values, &self.apply_inverse(&residual));
        let rounding = residual_error(values.len(), 1.0, sum_norm(&values));
        let residual = norm(&self.residual(&self.moments, &values)) + rounding;
        let radius = above(self.inverse_norm * residual);
        radius.is_finite().then_some(Approximate { values, radius })
    }

    /// The fit in fractions, from the fit in doubles; `None` if the inverse is too bad or a number too large.
    pub(super) fn refine(&self, start: &Approximate, equations: &Equations) -> Option<Block> {
        let mut moments = Fractions::zeros(equations.words(), self.coordinates.len());
        for (k, &coordinate) in self.coordinates.iter().enumerate() {
            moments.add(k, (equations.moments(), coordinate), 0);
        }
        let moments = Block {
            fractions: moments,
            exponent: 0,
            radius: equations.error(),
        };
        let most = start
            .values
            .iter()
            .fold(0.0, |most: f64, b| most.max(b.abs()));
        // One bit to spare.
        let exponent = exponent_above(most) + 1;
        let mut fractions = Fractions::zeros(equations.words(), start.values.len());
        for (k, &b) in start.values.iter().enumerate() {
            if !fractions.add_f64(k, b, -exponent) {
                return None;
            }
        }
        self.correct(fractions, exponent, &moments, equations)
    }

    /// The solution x of `K x = side`, from an approximation `fractions · 2^exponent`; `None` if the inverse is too bad or a number
    /// too large.
    pub(super) fn correct(
        &self,
        fractions: Fractions,
        exponent: i64,
        side: &Block,
        equations: &Equations,
    ) -> Option<Block> {
        let bits = i64::from(equations.precision());
        let m = fractions.len();
        let root = (m as f64).sqrt();
        let mut block = Block {
            fractions,
            exponent,
            radius: f64::INFINITY,
        };
        for _ in 0..MOST_STEPS {
            // Errors of the right side and of K', each of every entry.
            let given = side.radius * two_to(side.exponent - exponent)
                + equations.error() * block_sum(&block.fractions);
            let mut residuals = vec![];
            for (k, &place) in self.places.iter().enumerate() {
                let fitted = equations.gram(place).dot(&self.places, &block.fractions);
                let residual =
                    fitted.subtracted_from((&side.fractions, k), side.exponent - exponent)?;
                residuals.push(residual.leading());
            }
            let top = residuals.iter().flatten().map(|&(_, power)| power).max();
            let left = match top {
                None => 0.0,
                Some(top) => {
                    let scaled: Vec<f64> = residuals
                        .iter()
                        .map(|leading| leading.map_or(0.0, |(x, power)| x * two_to(power - top)))
                        .collect();
                    let correction = self.apply_inverse(&scaled);
                    for (k, &x) in correction.iter().enumerate() {
                        if !block.fractions.add_f64(k, x, top) {
                            return None;
                        }
                    }
                    let rest = norm(&self.residual(&scaled, &correction));
                    let rounding = residual_error(m, 2.0, sum_norm(&correction));
                    (rest + rounding) * two_to(top + bits)
                }
            };
            let radius = self.inverse_norm * (left + root * given) + 1.0;
            let before = std::mem::replace(&mut block.radius, above(radius));
            let gains = before.is_infinite() || block.radius < before / 16.0;
            if block.radius <= two_to(SLACK) || !gains {
                break;
            }
        }
        block.radius.is_finite().then_some(block)
    }

    fn apply_inverse(&self, side: &[f64]) -> Vec<f64> {
        let rows = self.inverse.rows(side.len());
        rows.map(|row| dot(row, side)).collect()
    }

    /// `side − K x`.
    fn residual(&self, side: &[f64], x: &[f64]) -> Vec<f64> {
        let rows = self.gram.rows(x.len()).zip(side);
        rows.map(|(row, r)| r - dot(row, x)).collect()
    }
}

impl Square {
    fn rows(&self, side: usize) -> impl Iterator<Item = &[f64]> {
        self.entries.chunks_exact(side.max(1))
    }

    fn rows_mut(&mut self, side: usize) -> impl Iterator<Item = &mut [f64]> {
        self.entries.chunks_exact_mut(side.max(1))
    }

    fn row_mut(&mut self, k: usize, side: usize) -> &mut [f64] {
        &mut self.entries[k * side..][..side]
    }

    /// Appends a row and the same column.
    fn grow(&mut self, border: &[f64], corner: f64) {
        let side = border.len();
        let mut entries = Vec::with_capacity((side + 1) * (side + 1));
        for (row, &last) in self.rows(side).zip(border) {
            entries.extend_from_slice(row);
            entries.push(last);
        }
        entries.extend_from_slice(border);
        entries.push(corner);
        self.entries = entries;
    }

    /// Removes a row and the same column of a matrix with so many; returns the row.
    fn shrink(&mut self, position: usize, side: usize) -> Vec<f64> {
        let removed = self.row_mut(position, side).to_vec();
        let kept = |k: &usize| k / side != position && k % side != position;
        let indices = (0..side * side).filter(kept);
        self.entries = indices.map(|k| self.entries[k]).collect();
        removed
    }
}

/// A fit leaves at most this part of its right side with a good inverse.
const CONTRACTION: f64 = 1.0 / (1_u64 << 20) as f64;

fn add(x: &mut [f64], y: &[f64]) {
    for (a, b) in x.iter_mut().zip(y) {
        *a += b;
    }
}
