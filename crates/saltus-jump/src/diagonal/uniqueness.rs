//! Whether the constrained fit is unique, decided exactly.

use num_bigint::BigInt;
use num_traits::Zero;
use saltus_exact::feasible::nonnegative_kernel_vector;
use saltus_exact::linear::solve;
use saltus_exact::{IntegerMatrix, Rational, RationalMatrix};

use super::fit::NormalEquations;

/// The face of minimisers through a basic one.
pub(super) struct Face {
    /// Coordinates outside the basic support that are non-zero in some minimiser: empty iff the minimiser is unique.
    pub(super) movable: Vec<(usize, bool)>,
    /// Whether `Σ|β_i|` is the same for all minimisers. With equal exponents it always is, because `Σ k_i|β_i| = ⟨z, Xβ⟩`.
    pub(super) norm_is_determined: bool,
}

/// Finds all directions in which a minimiser can be moved, given the coordinates `free` with `|s_i| = k_i` and `∇_i = 0` (each
/// with the sign of s) and the support of a basic minimiser, whose columns are independent.
///
/// The minimiser is unique iff no `h ≠ 0` has `Xh = 0`, support in `free`, and `s_i h_i ≥ 0` off the support of β (derived here).
/// Such an h is non-zero off the support: after projecting the support's columns out, the question is whether 0 is a convex
/// combination of the remaining columns with their signs. The columns of such a combination can then be moved both ways, like
/// those of the support, and the question is asked again of the rest.
pub(super) fn face_of_minimisers(
    equations: &NormalEquations,
    free: &[(usize, bool)],
    support: &[usize],
) -> Face {
    let mut basis = support.to_vec();
    let mut outside: Vec<(usize, bool)> = free
        .iter()
        .copied()
        .filter(|(i, _)| support.binary_search(i).is_err())
        .collect();
    let mut movable: Vec<(usize, bool)> = vec![];
    while !outside.is_empty() {
        let projected = projected_gram(equations, &outside, &basis);
        let Some(combination) = nonnegative_kernel_vector(&projected) else {
            break;
        };
        let taken: Vec<bool> = combination.iter().map(Rational::is_positive).collect();
        for (&entry, _) in outside.iter().zip(&taken).filter(|(_, taken)| **taken) {
            movable.push(entry);
            let mut larger = basis.clone();
            larger.push(entry.0);
            if gram_on(equations, &larger).rank() == larger.len() {
                basis = larger;
            }
        }
        let mut taken = taken.iter();
        outside.retain(|_| taken.next() == Some(&false));
    }
    movable.sort_unstable();
    let moving: Vec<(usize, bool)> = free
        .iter()
        .copied()
        .filter(|entry| support.binary_search(&entry.0).is_ok() || movable.contains(entry))
        .collect();
    let columns: Vec<usize> = moving.iter().map(|&(i, _)| i).collect();
    let norm_is_determined = movable.is_empty()
        || gram_on(equations, &columns)
            .nullspace()
            .iter()
            .all(|direction| {
                let signed = direction.iter().zip(&moving);
                let change: BigInt = signed
                    .map(|(h, &(_, positive))| if positive { h.clone() } else { -h })
                    .fold(BigInt::zero(), |sum, term| sum + term);
                change.is_zero()
            });
    Face {
        movable,
        norm_is_determined,
    }
}

/// `K` restricted to some coordinates; its kernel is that of their columns.
fn gram_on(equations: &NormalEquations, coordinates: &[usize]) -> IntegerMatrix {
    let entries = coordinates
        .iter()
        .flat_map(|&i| {
            coordinates
                .iter()
                .map(move |&j| equations.gram(i, j).clone())
        })
        .collect();
    IntegerMatrix::new(coordinates.len(), coordinates.len(), entries)
        .expect("a square matrix was listed row by row")
}

/// Gram matrix of the signed columns of `outside` after projection on the orthogonal complement of the support's columns:
/// `σ_i σ_j (K_ij − K_iS K_SS⁻¹ K_Sj)`. Its kernel is that of the projected columns.
fn projected_gram(
    equations: &NormalEquations,
    outside: &[(usize, bool)],
    support: &[usize],
) -> RationalMatrix {
    let matrix = gram_on(equations, support);
    let mut entries = vec![Rational::zero(); outside.len() * outside.len()];
    for (column, &(j, j_positive)) in outside.iter().enumerate() {
        let side: Vec<BigInt> = support
            .iter()
            .map(|&s| equations.gram(s, j).clone())
            .collect();
        let projection = match support.is_empty() {
            true => None,
            false => Some(solve(&matrix, &side).expect("the support's columns are independent")),
        };
        for (row, &(i, i_positive)) in outside.iter().enumerate() {
            let mut entry = Rational::integer(equations.gram(i, j).clone());
            if let Some(projection) = &projection {
                let explained: BigInt = support
                    .iter()
                    .zip(&projection.numerators)
                    .map(|(&s, c)| equations.gram(i, s) * c)
                    .fold(BigInt::zero(), |sum, term| sum + term);
                entry -= &super::process::ratio(explained, projection.denominator.clone());
            }
            entries[row * outside.len() + column] = match i_positive == j_positive {
                true => entry,
                false => -entry,
            };
        }
    }
    RationalMatrix::new(outside.len(), outside.len(), entries)
        .expect("a square matrix was filled entry by entry")
}
