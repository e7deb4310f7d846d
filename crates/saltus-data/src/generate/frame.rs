//! Orthogonal frames with exact entries, scaled rows, and labels.

use num_bigint::BigInt;
use saltus_exact::linear::solve;
use saltus_exact::{IntegerMatrix, Rational, RationalMatrix};
use saltus_problem::limits::{Limit, MAX_SAMPLES, check_matrix};
use saltus_problem::{OrthogonalData, ProblemError};

use super::draws::{Draws, Purpose};

/// Points of a Cayley frame: its exact inverse costs about n⁴ operations on numbers that grow with n.
///
/// One more gives `[data] generate: found 33 points of a Cayley frame, expected at most 32 (MAX_CAYLEY_POINTS)`.
pub const MAX_CAYLEY_POINTS: Limit = Limit {
    name: "MAX_CAYLEY_POINTS",
    what: "points of a Cayley frame",
    max: 32,
};

/// How pairwise orthogonal rows with rational entries are built, n rows of length n.
///
/// `⟨x_i, x_k⟩ = 0` for `i ≠ k`; in an instance file `kind = "axes"`, `"cayley"` or `"hadamard"` under `[data] generate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The coordinate axes.
    Axes,
    /// The rows of `(I − A)(I + A)^{-1}` for a skew-symmetric A with entries ±1, ±2 or ±3 off the diagonal:
    /// orthonormal and, as a rule, dense.
    Cayley,
    /// Sylvester's matrix of ±1, n a power of 2: entry `(i, k)` is `(−1)^{number of ones in i AND k}`; rows have norm √n.
    Hadamard,
}

/// The law of the labels, independent from point to point.
///
/// In an instance file `labels = "bell"` (the default), `"signs"` or `"uniform"` under `[data] generate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelLaw {
    /// Bell-shaped multiples of 1/64, rarely 0.
    Bell,
    /// −1 or 1.
    Signs,
    /// A sign times a multiple of 1/1024, uniform up to 2 in absolute value and never 0.
    Uniform,
}

/// The law of the factors that multiply the rows of the frame.
///
/// Row i becomes `c_i x_i`; in an instance file `norms = "unit"` (the default) or `"uniform"` under `[data] generate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormLaw {
    /// Every factor is 1.
    Unit,
    /// Independent, uniform on 32/64, 33/64, …, 128/64.
    Uniform,
}

/// A recipe for orthogonal data.
///
/// In an instance file: `[data]` with `generate = { kind = "cayley", points = 5, seed = 1, labels = "bell", norms = "uniform" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrthogonalRecipe {
    /// The frame.
    pub frame: Frame,
    /// The number of points, which is also the dimension; for [`Frame::Hadamard`] it is rounded up to a power of 2.
    pub points: u32,
    /// The law of the labels.
    pub labels: LabelLaw,
    /// The law of the norms.
    pub norms: NormLaw,
    /// The seed.
    pub seed: u64,
    /// The stream, such as the index of a task.
    pub stream: u64,
}

impl OrthogonalRecipe {
    /// Draws the data: the frame first, then the factors, then the labels.
    ///
    /// # Errors
    /// [`ProblemError`] for 0 points, and for more than [`MAX_CAYLEY_POINTS`] or
    /// [`saltus_problem::limits::MAX_ENTRIES`] allow.
    ///
    /// # Example
    /// ```
    /// use saltus_data::generate::{Frame, LabelLaw, NormLaw, OrthogonalRecipe};
    /// let recipe = OrthogonalRecipe {
    ///     frame: Frame::Cayley,
    ///     points: 5,
    ///     labels: LabelLaw::Bell,
    ///     norms: NormLaw::Uniform,
    ///     seed: 1,
    ///     stream: 0,
    /// };
    /// assert_eq!(recipe.draw()?.n_points(), 5);
    /// # Ok::<(), saltus_problem::ProblemError>(())
    /// ```
    pub fn draw(&self) -> Result<OrthogonalData, ProblemError> {
        const PLACE: &str = "[data] generate";
        let mut n = self.points as usize;
        check_matrix(PLACE, MAX_SAMPLES, n, n)?;
        let mut draws = Draws::new(self.seed, self.stream, Purpose::Data);
        let mut rows = match self.frame {
            Frame::Axes => axes(n),
            Frame::Cayley => {
                MAX_CAYLEY_POINTS.check(PLACE, n)?;
                cayley(n, &mut draws)
            }
            Frame::Hadamard => {
                n = n.next_power_of_two();
                check_matrix(PLACE, MAX_SAMPLES, n, n)?;
                hadamard(n)
            }
        };
        for row in &mut rows {
            let factor = match self.norms {
                NormLaw::Unit => Rational::one(),
                NormLaw::Uniform => {
                    draws.positive_ratio(97, 64) + Rational::new(31, 64).expect("64 is not 0")
                }
            };
            row.iter_mut().for_each(|entry| *entry *= &factor);
        }
        let labels = rows
            .iter()
            .map(|_| match self.labels {
                LabelLaw::Bell => draws.bell(),
                LabelLaw::Signs => draws.signed(Rational::one()),
                LabelLaw::Uniform => {
                    let size = draws.positive_ratio(2048, 1024);
                    draws.signed(size)
                }
            })
            .collect();
        OrthogonalData::new(to_matrix(rows), labels)
    }
}

pub(super) fn to_matrix(rows: Vec<Vec<Rational>>) -> RationalMatrix {
    let (n, d) = (rows.len(), rows.first().map_or(0, Vec::len));
    RationalMatrix::new(n, d, rows.into_iter().flatten().collect())
        .expect("all rows have the same length")
}

fn axes(n: usize) -> Vec<Vec<Rational>> {
    (0..n)
        .map(|i| {
            (0..n)
                .map(|k| {
                    if i == k {
                        Rational::one()
                    } else {
                        Rational::zero()
                    }
                })
                .collect()
        })
        .collect()
}

fn hadamard(n: usize) -> Vec<Vec<Rational>> {
    let entry = |i: usize, k: usize| {
        if (i & k).count_ones().is_multiple_of(2) {
            1
        } else {
            -1
        }
    };
    (0..n)
        .map(|i| (0..n).map(|k| Rational::integer(entry(i, k))).collect())
        .collect()
}

/// `(I − A)(I + A)^{-1} = 2(I + A)^{-1} − I`; I + A is invertible because the eigenvalues of A are imaginary.
fn cayley(n: usize, draws: &mut Draws) -> Vec<Vec<Rational>> {
    let mut entries = vec![BigInt::ZERO; n * n];
    for i in 0..n {
        entries[i * n + i] = BigInt::from(1);
        for k in i + 1..n {
            let size = i64::from(draws.below(3)) + 1;
            let value = if draws.is_negative() { -size } else { size };
            entries[i * n + k] = BigInt::from(value);
            entries[k * n + i] = BigInt::from(-value);
        }
    }
    let matrix = IntegerMatrix::new(n, n, entries).expect("n rows of n entries");
    let mut frame = vec![vec![Rational::zero(); n]; n];
    for k in 0..n {
        let unit: Vec<BigInt> = (0..n).map(|i| BigInt::from(i32::from(i == k))).collect();
        let column = solve(&matrix, &unit).expect("I + A is invertible for skew-symmetric A");
        for (i, numerator) in column.numerators.into_iter().enumerate() {
            let doubled = Rational::new(numerator * 2, column.denominator.clone())
                .expect("denominators are positive");
            frame[i][k] = if i == k {
                doubled - Rational::one()
            } else {
                doubled
            };
        }
    }
    frame
}
