//! Witnesses that a constrained fit is unique, or not.

use saltus_certificate::{Fit, Number, Separation};
use saltus_exact::feasible::nonnegative_kernel_vector;
use saltus_exact::linear::{dot, solve_rational};
use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::diagonal::DiagonalJump as Predicted;
use saltus_problem::DiagonalInstance;

use super::diagonal::numbers;
use super::error::CertifyError;

/// How often the margin of a separating hyperplane is halved before it counts as none.
const MAX_HALVINGS: usize = 4_096;

/// Follows the jumps and knows whether the columns at their bounds are independent.
pub(super) struct FitProver<'a> {
    instance: &'a DiagonalInstance,
    /// `X_i` for every coordinate: the transposed inputs.
    columns: RationalMatrix,
    independent: bool,
}

impl<'a> FitProver<'a> {
    pub(super) fn new(instance: &'a DiagonalInstance) -> FitProver<'a> {
        FitProver {
            instance,
            columns: instance.inputs().transpose(),
            independent: true,
        }
    }

    /// The witness for what the prediction says of the fit after a jump.
    pub(super) fn prove(
        &mut self,
        jump: usize,
        predicted: &Predicted,
        dual: &[Rational],
        residual: &[Rational],
    ) -> Result<Fit, CertifyError> {
        let bounds = self.instance.exponents();
        let at_bound: Vec<usize> = (0..self.instance.dimension())
            .filter(|&i| dual[i].abs() == bounds[i])
            .filter(|&i| dot(self.columns.row(i), residual).is_zero())
            .collect();
        let joined = predicted.hits.iter().filter(|i| at_bound.contains(i));
        if predicted.unique && self.independent && joined.count() <= 1 {
            return Ok(Fit::Inherited);
        }
        let face = self.instance.inputs().select_columns(&at_bound);
        self.independent = at_bound.is_empty() || face.rank() == at_bound.len();
        if predicted.unique && self.independent {
            return Ok(Fit::Independent(texts(&self.left_inverse(&at_bound))));
        }
        let projected = Projected::new(self, predicted, dual, &at_bound);
        let fit = match predicted.unique {
            true => projected.separation(),
            false => projected.kernel(self.instance.dimension()),
        };
        fit.ok_or(CertifyError::NoUniquenessWitness {
            jump,
            claim: if predicted.unique {
                "unique"
            } else {
                "not unique"
            },
        })
    }

    /// `(CᵀC)⁻¹Cᵀ` for independent columns C, row by row; nothing for dependent ones.
    fn left_inverse(&self, columns: &[usize]) -> Vec<Vec<Rational>> {
        if columns.is_empty() {
            return vec![];
        }
        let chosen = self.instance.inputs().select_columns(columns);
        let gram = chosen.gram();
        let solutions: Option<Vec<Vec<Rational>>> = chosen
            .rows()
            .map(|row| solve_rational(&gram, row))
            .collect();
        let solutions = solutions.unwrap_or_default();
        (0..columns.len())
            .map(|a| {
                solutions
                    .iter()
                    .map(|solution| solution[a].clone())
                    .collect()
            })
            .collect()
    }
}

fn texts(rows: &[Vec<Rational>]) -> Vec<Vec<Number>> {
    rows.iter().map(|row| numbers(row)).collect()
}

/// The columns at their bounds but outside the support, with the signs of s, projected on the complement of the support.
struct Projected {
    support: Vec<usize>,
    /// One row for every column of the support.
    left_inverse: Vec<Vec<Rational>>,
    outside: Vec<usize>,
    /// `s_j X_j`, signs only.
    signed: Vec<Vec<Rational>>,
    /// Their projections.
    projections: Vec<Vec<Rational>>,
    /// Whether s is positive.
    positive: Vec<bool>,
}

impl Projected {
    fn new(
        prover: &FitProver<'_>,
        predicted: &Predicted,
        dual: &[Rational],
        at_bound: &[usize],
    ) -> Projected {
        let in_support = |i: &usize| !predicted.beta[*i].is_zero();
        let support: Vec<usize> = at_bound.iter().copied().filter(in_support).collect();
        let outside: Vec<usize> = at_bound
            .iter()
            .copied()
            .filter(|i| !in_support(i))
            .collect();
        let left_inverse = prover.left_inverse(&support);
        let positive: Vec<bool> = outside.iter().map(|&j| dual[j].is_positive()).collect();
        let signed: Vec<Vec<Rational>> = outside
            .iter()
            .zip(&positive)
            .map(|(&j, &positive)| {
                let column = prover.columns.row(j).iter();
                column
                    .map(|x| if positive { x.clone() } else { -x })
                    .collect()
            })
            .collect();
        let projections = signed
            .iter()
            .map(|column| {
                let mut projection = column.clone();
                for (row, &i) in left_inverse.iter().zip(&support) {
                    let weight = dot(row, column);
                    for (entry, x) in projection.iter_mut().zip(prover.columns.row(i)) {
                        *entry -= &(&weight * x);
                    }
                }
                projection
            })
            .collect();
        Projected {
            support,
            left_inverse,
            outside,
            signed,
            projections,
            positive,
        }
    }

    /// `z = Σ λ_j P s_j X_j` with `λ ≥ 0` and all `s_i X_iᵀ z` positive: such a z exists iff any hyperplane separates.
    fn separation(&self) -> Option<Fit> {
        let size = self.outside.len();
        let entry = |i: usize, j: usize| dot(&self.signed[i], &self.projections[j]);
        let gram: Vec<Vec<Rational>> = (0..size)
            .map(|i| (0..size).map(|j| entry(i, j)).collect())
            .collect();
        let mut margin: Rational = (0..size).map(|i| gram[i][i].clone()).sum();
        let half = Rational::new(1, 2)?;
        for _ in 0..MAX_HALVINGS {
            margin *= &half;
            // Gλ − t = margin · Σλ with slack t ≥ 0, so that every entry of Gλ is at least the margin times Σλ > 0.
            let rows = (0..size)
                .map(|i| {
                    let weights = gram[i].iter().map(|g| g - &margin);
                    let slack = (0..size).map(|j| Rational::integer(-i32::from(i == j)));
                    weights.chain(slack).collect()
                })
                .collect();
            let matrix = RationalMatrix::from_rows(rows).ok()?;
            if let Some(weights) = nonnegative_kernel_vector(&matrix) {
                let n_samples = self.projections.first()?.len();
                let mut separator = vec![Rational::zero(); n_samples];
                for (weight, projection) in weights.iter().zip(&self.projections) {
                    for (z, p) in separator.iter_mut().zip(projection) {
                        *z += &(weight * p);
                    }
                }
                return Some(Fit::Separated(Separation {
                    left_inverse: texts(&self.left_inverse),
                    separator: numbers(&separator),
                }));
            }
        }
        None
    }

    /// `h` with `Xh = 0`: non-negative weights of the signed columns, completed on the support.
    fn kernel(&self, dimension: usize) -> Option<Fit> {
        if self.outside.is_empty() {
            return None;
        }
        let columns = RationalMatrix::from_rows(self.projections.clone()).ok()?;
        let weights = nonnegative_kernel_vector(&columns.transpose())?;
        let mut kernel = vec![Rational::zero(); dimension];
        for (k, weight) in weights.iter().enumerate() {
            kernel[self.outside[k]] = if self.positive[k] {
                weight.clone()
            } else {
                -weight
            };
            for (row, &i) in self.left_inverse.iter().zip(&self.support) {
                kernel[i] -= &(weight * &dot(row, &self.signed[k]));
            }
        }
        Some(Fit::NotUnique(numbers(&kernel)))
    }
}
