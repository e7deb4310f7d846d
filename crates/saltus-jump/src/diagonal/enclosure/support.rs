//! The least-squares fit on a support: approximated in doubles, refined in fractions, its error bounded in both.

use std::cmp::Ordering;

use saltus_exact::{Fractions, Remainders};

use super::block::{Block, block_sum, exponent_above, two_to};
use super::bounds::{above, below, dot, norm, residual_error, sum_norm};
use super::equations::Equations;

/// A refined solution is good enough at this many bits less than the fractions have.
const SLACK: i64 = 28;

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

/// A square matrix, row by row, each with room for more entries.
#[derive(Clone, Default)]
struct Square {
    stride: usize,
    entries: Vec<f64>,
}

/// Room for so many more entries is made at a time.
const ROOM: usize = 16;

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

impl Approximate {
    /// The sign of a number; `None` if it may be 0.
    pub(super) fn sign(&self, index: usize) -> Option<Ordering> {
        let b = self.values[index];
        (b.abs() > self.radius).then(|| b.total_cmp(&0.0))
    }
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
        let row = equations.gram_floats(place);
        let column: Vec<f64> = self.places.iter().map(|&q| row[q]).collect();
        let corner = row[place];

        let applied = self.inverse_times(&column);
        let error = self.pivot_error(&applied);
        let (w, residual) = (applied.values, applied.residual);
        let approximate_pivot = corner - dot(&column, &w);
        let pivot = below(approximate_pivot - error);
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

    /// A bound of the error of `κ − kᵀw` in doubles as the pivot: `wᵀρ + ρᵀK⁻¹ρ`, and of the corner and the inner product together no more
    /// than of one entry of a residual.
    fn pivot_error(&self, applied: &Applied) -> f64 {
        let (w, residual) = (&applied.values, applied.residual);
        let rounding = residual_error(w.len() + 1, 1.0, sum_norm(w));
        above(norm(w) * residual + self.inverse_norm * residual * residual + rounding)
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
        let residual = self.residual_norm(side, &values, 1.0);
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
        let residual = self.residual_norm(&self.moments, &values, 1.0);
        let radius = above(self.inverse_norm * residual);
        radius.is_finite().then_some(Approximate { values, radius })
    }

    /// The fit in fractions, from the fit in doubles; `None` if the inverse is too bad or a number too large.
    pub(super) fn refine(&self, start: &Approximate, equations: &Equations) -> Option<Block> {
        let largest = |most: f64, b: &f64| most.max(b.abs());
        // One bit to spare.
        let exponent = exponent_above(start.values.iter().fold(0.0, largest)) + 1;
        let mut left = Remainders::new(equations.words());
        for &coordinate in &self.coordinates {
            if !left.push((equations.moments(), coordinate), -exponent) {
                return None;
            }
        }
        let mut correction = Correction {
            block: Block {
                fractions: Fractions::zeros(equations.words(), start.values.len()),
                exponent,
                radius: f64::INFINITY,
                residual: f64::INFINITY,
            },
            left,
            given: equations.error() * two_to(-exponent),
            dropped: 0.0,
        };
        let scaled: Vec<f64> = start.values.iter().map(|b| b * two_to(-exponent)).collect();
        let (factors, power) = integers(&scaled, 0, equations)?;
        correction.add(&factors, power)?;
        self.improve(correction, &factors, power, equations)
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
        let mut left = Remainders::new(equations.words());
        for k in 0..side.fractions.len() {
            if !left.push((&side.fractions, k), side.exponent - exponent) {
                return None;
            }
        }
        let mut correction = Correction {
            block: Block {
                fractions,
                exponent,
                radius: f64::INFINITY,
                residual: f64::INFINITY,
            },
            left,
            given: side.radius * two_to(side.exponent - exponent),
            dropped: 0.0,
        };
        // All parts of the approximation but the last, which `improve` subtracts.
        let m = self.places.len();
        let parts = (64 * equations.words()).div_ceil(53);
        let part = |j: usize| -> (Vec<i64>, i64) {
            let factors = (0..m)
                .map(|k| correction.block.fractions.part(k, j))
                .collect();
            (factors, -53 * (j as i64 + 1))
        };
        let mut parts: Vec<(Vec<i64>, i64)> = (0..parts).map(part).collect();
        let (last, power) = parts.pop()?;
        for (factors, power) in &parts {
            correction.subtract(self, factors, *power, equations);
        }
        self.improve(correction, &last, power, equations)
    }

    /// Adds corrections until they are small; the summand of the solution that is not yet subtracted is `factors · 2^power`.
    fn improve(
        &self,
        mut correction: Correction,
        factors: &[i64],
        power: i64,
        equations: &Equations,
    ) -> Option<Block> {
        let bits = i64::from(equations.precision());
        let m = factors.len();
        let root = (m as f64).sqrt();
        let (mut factors, mut power) = (factors.to_vec(), power);
        for _ in 0..MOST_STEPS {
            correction.subtract(self, &factors, power, equations);
            let leading: Vec<Option<(f64, i64)>> =
                (0..m).map(|k| correction.left.leading(k)).collect();
            let top = leading.iter().flatten().map(|&(_, power)| power).max();
            // What doubles leave of the remainders is bounded in doubles.
            let left = match top {
                None => 0.0,
                Some(top) => {
                    let scaled: Vec<f64> = leading
                        .iter()
                        .map(|leading| leading.map_or(0.0, |(x, power)| x * two_to(power - top)))
                        .collect();
                    (factors, power) = integers(&self.apply_inverse(&scaled), top, equations)?;
                    correction.add(&factors, power)?;
                    let unit = two_to(power - top);
                    let added: Vec<f64> = factors.iter().map(|&f| f as f64 * unit).collect();
                    self.residual_norm(&scaled, &added, 2.0) * two_to(top + bits)
                }
            };
            let given = correction.given(equations);
            correction.block.residual = above(left + given);
            let radius = above(self.inverse_norm * (left + root * given));
            let before = std::mem::replace(&mut correction.block.radius, radius);
            let gains = before.is_infinite() || radius < before / 16.0;
            if left == 0.0 || radius <= two_to(SLACK) || !gains {
                break;
            }
        }
        let block = correction.block;
        block.radius.is_finite().then_some(block)
    }

    fn apply_inverse(&self, side: &[f64]) -> Vec<f64> {
        let rows = self.inverse.rows(side.len());
        rows.map(|row| dot(row, side)).collect()
    }

    /// A bound of the 2-norm of `side − K x`, for a side with entries of at most `largest`.
    fn residual_norm(&self, side: &[f64], x: &[f64], largest: f64) -> f64 {
        let rounding = residual_error(x.len(), largest, sum_norm(x));
        above(norm(&self.residual(side, x)) + rounding)
    }

    /// `side − K x`.
    fn residual(&self, side: &[f64], x: &[f64]) -> Vec<f64> {
        let rows = self.gram.rows(x.len()).zip(side);
        rows.map(|(row, r)| r - dot(row, x)).collect()
    }
}

/// An approximate solution of `K x = side` and what it leaves of the side, both over the exponent of the block.
///
/// `left = side − K x` but for errors of the side (`given`), of K, and of what was dropped in the products, of every entry, in
/// units.
struct Correction {
    block: Block,
    left: Remainders,
    given: f64,
    dropped: f64,
}

impl Correction {
    /// Adds `factors · 2^power` to the solution, exactly.
    fn add(&mut self, factors: &[i64], power: i64) -> Option<()> {
        for (k, &factor) in factors.iter().enumerate() {
            if !self.block.fractions.add_scaled(k, factor, power) {
                return None;
            }
        }
        Some(())
    }

    /// Subtracts K times a summand of the solution from what is left.
    fn subtract(&mut self, support: &Support, factors: &[i64], power: i64, equations: &Equations) {
        let bits = i64::from(equations.precision());
        let sum: f64 = factors
            .iter()
            .map(|&factor| factor.unsigned_abs() as f64)
            .sum();
        let sum = above(sum) * two_to(power + bits);
        // Digits that make up less than a unit are dropped.
        let digits = equations.words();
        let dropped = |count: usize| sum * two_to(-63 * count as i64);
        let count = (1..digits)
            .find(|&count| dropped(count) < 1.0)
            .unwrap_or(digits);
        self.dropped += above(dropped(count));
        for (k, &place) in support.places.iter().enumerate() {
            let row = (equations.gram_digits(place), support.places.as_slice());
            self.left.subtract(k, row, factors, count, power);
        }
    }

    /// A bound of the error of an entry of what is left; remainders have a word more than the fractions, and lose a unit of it
    /// for every digit of every summand.
    fn given(&self, equations: &Equations) -> f64 {
        above(
            self.given + self.dropped + equations.error() * block_sum(&self.block.fractions) + LOST,
        )
    }
}

/// Units `2^(−64)` that fewer than 2^24 digits and summands lose.
const LOST: f64 = 1.0 / (1_u64 << 40) as f64;

/// Numbers `x_k · 2^top`, rounded: integers of at most 2^53 in size, and the power of 2 that they are to be multiplied by, which is
/// no less than the unit and at most −53; `None` if a number is too large.
fn integers(x: &[f64], top: i64, equations: &Equations) -> Option<(Vec<i64>, i64)> {
    let largest = x.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    if !largest.is_finite() {
        return None;
    }
    let unit = -i64::from(equations.precision());
    let power = (top + exponent_above(largest) - 53).max(unit);
    if power > -53 {
        return None;
    }
    let scale = two_to(top - power);
    Some((
        x.iter().map(|x| (x * scale).round() as i64).collect(),
        power,
    ))
}

impl Square {
    fn rows(&self, side: usize) -> impl Iterator<Item = &[f64]> {
        let rows = self.entries.chunks_exact(self.stride.max(1));
        rows.map(move |row| &row[..side])
    }

    fn rows_mut(&mut self, side: usize) -> impl Iterator<Item = &mut [f64]> {
        let rows = self.entries.chunks_exact_mut(self.stride.max(1));
        rows.map(move |row| &mut row[..side])
    }

    fn row_mut(&mut self, k: usize, side: usize) -> &mut [f64] {
        &mut self.entries[k * self.stride..][..side]
    }

    /// Appends a row and the same column.
    fn grow(&mut self, border: &[f64], corner: f64) {
        let side = border.len();
        if side == self.stride {
            let stride = side + ROOM;
            let mut entries = vec![0.0; side * stride];
            for (row, new) in self.rows(side).zip(entries.chunks_exact_mut(stride)) {
                new[..side].copy_from_slice(row);
            }
            *self = Square { stride, entries };
        }
        for (row, &last) in self.rows_mut(side + 1).zip(border) {
            row[side] = last;
        }
        self.entries.resize((side + 1) * self.stride, 0.0);
        let row = self.row_mut(side, side + 1);
        row[..side].copy_from_slice(border);
        row[side] = corner;
    }

    /// Removes a row and the same column of a matrix with so many; returns the row.
    fn shrink(&mut self, position: usize, side: usize) -> Vec<f64> {
        let removed = self.row_mut(position, side).to_vec();
        let start = position * self.stride;
        self.entries.drain(start..start + self.stride);
        for row in self.rows_mut(side) {
            row.copy_within(position + 1.., position);
        }
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

#[cfg(test)]
mod tests;
