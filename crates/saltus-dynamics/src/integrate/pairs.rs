//! Four complex numbers side by side, and Gaussian elimination in four complex matrices at a time.
//!
//! Lanes `2q` and `2q + 1` hold the real and the imaginary part of number `q`.

use crate::lanes::apart;
use crate::lanes::{LANES, Lanes};

const TIMES_I: Lanes = Lanes([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0]);
const CONJUGATE: Lanes = Lanes([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]);

/// The four numbers with their parts exchanged.
#[inline(always)]
fn exchanged(numbers: Lanes) -> Lanes {
    Lanes::of(|k| numbers[k ^ 1])
}

/// The same real number four times: `value + 0i`.
#[inline(always)]
pub fn real(value: f64) -> Lanes {
    Lanes::of(|k| if k % 2 == 0 { value } else { 0.0 })
}

/// The four inverses `1/z`; that of 0 is not finite.
#[inline(always)]
pub fn inverse(numbers: Lanes) -> Lanes {
    let squares = numbers * numbers;
    let sums = squares + exchanged(squares);
    let conjugates = numbers * CONJUGATE;
    Lanes::of(|k| conjugates[k] / sums[k])
}

/// The four products `a · b`.
#[inline(always)]
pub fn product(a: Lanes, b: Lanes) -> Lanes {
    Multiplier::new(a).times(b)
}

/// `|re| + |im|` of each number, in both of its lanes.
#[inline(always)]
pub fn sizes(numbers: Lanes) -> Lanes {
    let sizes = Lanes::of(|k| numbers[k].abs());
    sizes + exchanged(sizes)
}

/// Multiplication by four complex numbers `a`, as `(re a) z + (im a) (i z)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Multiplier {
    straight: Lanes,
    crossed: Lanes,
}

impl Multiplier {
    /// The multiplication `z ↦ numbers · z`.
    #[inline(always)]
    pub fn new(numbers: Lanes) -> Self {
        Multiplier {
            straight: Lanes::of(|k| numbers[k & !1]),
            crossed: Lanes::of(|k| numbers[k | 1]) * TIMES_I,
        }
    }

    /// The four products `self · numbers`.
    #[inline(always)]
    pub fn times(&self, numbers: Lanes) -> Lanes {
        (self.straight * numbers).plus_product(self.crossed, exchanged(numbers))
    }

    /// `sum + self · numbers`.
    #[inline(always)]
    pub fn add_to(&self, sum: Lanes, numbers: Lanes) -> Lanes {
        sum.plus_product(self.straight, numbers)
            .plus_product(self.crossed, exchanged(numbers))
    }

    /// `sum − self · numbers`.
    #[inline(always)]
    pub fn subtract_from(&self, sum: Lanes, numbers: Lanes) -> Lanes {
        sum.minus_product(self.straight, numbers)
            .minus_product(self.crossed, exchanged(numbers))
    }
}

/// LU factorisations of four complex matrices of one order. `Default` is the empty workspace.
///
/// The four exchange their rows together, so that they have to resemble each other: the pivot is the row whose smallest entry among the
/// four is largest.
#[derive(Clone, Debug, Default)]
pub struct PairsLu {
    order: usize,
    /// Row by row; the diagonal holds inverses.
    entries: Vec<Lanes>,
    pivots: Vec<usize>,
}

impl PairsLu {
    /// The four zero matrices of this order, to be filled before [`factor`](Self::factor).
    pub fn clear(&mut self, order: usize) -> &mut [Lanes] {
        self.order = order;
        self.entries.clear();
        self.entries.resize(order * order, Lanes::all(0.0));
        &mut self.entries
    }

    /// Factors the matrices, `A = P L U` with one P for all. Singular ones lead to solutions that are not finite.
    #[inline(always)]
    pub fn factor(&mut self) {
        let order = self.order;
        self.pivots.clear();
        for k in 0..order {
            apart();
            let mut pivot = k;
            let mut largest = f64::NEG_INFINITY;
            for row in k..order {
                apart();
                let size = smallest(sizes(self.entries[row * order + k]));
                if size > largest {
                    (pivot, largest) = (row, size);
                }
            }
            self.pivots.push(pivot);
            let (above, below) = self.entries.split_at_mut((k + 1) * order);
            let pivot_row = &mut above[k * order..];
            if pivot != k {
                pivot_row.swap_with_slice(&mut below[(pivot - k - 1) * order..][..order]);
            }
            pivot_row[k] = inverse(pivot_row[k]);
            let by_pivot = Multiplier::new(pivot_row[k]);
            let pivot_row = &pivot_row[k + 1..];
            for row in below.chunks_exact_mut(order) {
                apart();
                let factor = by_pivot.times(row[k]);
                row[k] = factor;
                let factor = Multiplier::new(factor);
                for (value, &above) in row[k + 1..].iter_mut().zip(pivot_row) {
                    apart();
                    *value = factor.subtract_from(*value, above);
                }
            }
        }
    }

    /// Overwrites `vector`, of length `order`, by the solutions.
    #[inline(always)]
    pub fn solve(&self, vector: &mut [Lanes]) {
        let order = self.order;
        for k in 0..order {
            apart();
            vector.swap(k, self.pivots[k]);
        }
        for k in 0..order {
            apart();
            let known = Multiplier::new(vector[k]);
            for row in k + 1..order {
                apart();
                vector[row] = known.subtract_from(vector[row], self.entries[row * order + k]);
            }
        }
        for k in (0..order).rev() {
            apart();
            let known = Multiplier::new(self.entries[k * order + k]).times(vector[k]);
            vector[k] = known;
            let known = Multiplier::new(known);
            for row in 0..k {
                apart();
                vector[row] = known.subtract_from(vector[row], self.entries[row * order + k]);
            }
        }
    }
}

#[inline(always)]
fn smallest(lanes: Lanes) -> f64 {
    let less = |a: f64, b: f64| if a < b { a } else { b };
    let mut least = lanes[0];
    for k in 1..LANES {
        apart();
        least = less(least, lanes[k]);
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    fn number(numbers: Lanes, q: usize) -> Complex64 {
        Complex64::new(numbers[2 * q], numbers[2 * q + 1])
    }

    #[test]
    fn products_and_inverses_are_those_of_complex_numbers() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let [a, b, c] = std::array::from_fn(|_| Lanes::of(|_| rng.random::<f64>() - 0.5));
        let by_a = Multiplier::new(a);
        for q in 0..4 {
            let [x, y, z] = [a, b, c].map(|numbers| number(numbers, q));
            let close = |found: Lanes, expected: Complex64| {
                let found = number(found, q);
                assert!((found - expected).norm() < 1e-14, "{found} {expected}");
            };
            close(by_a.times(b), x * y);
            close(by_a.add_to(c, b), z + x * y);
            close(by_a.subtract_from(c, b), z - x * y);
            assert!((number(inverse(a), q) * x - 1.0).norm() < 1e-14);
            assert_eq!(number(real(3.0), q), Complex64::new(3.0, 0.0));
            assert_eq!(sizes(a)[2 * q], x.l1_norm());
            assert_eq!(sizes(a)[2 * q + 1], x.l1_norm());
        }
    }

    #[test]
    fn solutions_satisfy_their_systems() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for order in 0..8 {
            let mut draw = || Lanes::of(|_| 2.0 * rng.random::<f64>() - 1.0);
            let matrix: Vec<Lanes> = (0..order * order).map(|_| draw()).collect();
            let right: Vec<Lanes> = (0..order).map(|_| draw()).collect();
            let mut lu = PairsLu::default();
            lu.clear(order).copy_from_slice(&matrix);
            lu.factor();
            let mut solution = right.clone();
            lu.solve(&mut solution);
            for row in 0..order {
                for q in 0..4 {
                    let left: Complex64 = (0..order)
                        .map(|k| number(matrix[row * order + k], q) * number(solution[k], q))
                        .sum();
                    let residual = (left - number(right[row], q)).norm();
                    assert!(residual < 1e-11, "order {order}, row {row}: {residual}");
                }
            }
        }
    }

    #[test]
    fn a_zero_pivot_is_exchanged() {
        let mut lu = PairsLu::default();
        let entries = [0.0, 2.0, 4.0, 0.0].map(real);
        lu.clear(2).copy_from_slice(&entries);
        lu.factor();
        let mut vector = [6.0, 8.0].map(real);
        lu.solve(&mut vector);
        assert_eq!(vector, [2.0, 3.0].map(real));
    }
}
