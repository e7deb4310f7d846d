//! Rule `uniqueness`: whether the constrained least-squares fit is the only one, by its witness.
//!
//! Let E hold the coordinates with `|s_i| = k_i` and `∇_i = 0`. The fit is unique iff no `h ≠ 0` has `Xh = 0`, support in E, and
//! `s_i h_i ≥ 0` where `β_i = 0` (derived here).

use saltus_certificate::{DiagonalJump, Fit, Number, Separation};
use saltus_exact::Rational;
use saltus_problem::DiagonalInstance;

use crate::verdict::{Rejection, Rule, require};

/// The coordinates on which two minimisers could differ.
pub(crate) struct Face {
    /// E, ascending.
    at_bound: Vec<usize>,
    /// Coordinates with `β_i ≠ 0`, ascending: a part of E, by the rules before.
    support: Vec<usize>,
}

impl Face {
    pub(crate) fn new(
        instance: &DiagonalInstance,
        jump: &DiagonalJump,
        gradient: &[Rational],
    ) -> Face {
        let bounds = instance.exponents();
        Face {
            at_bound: (0..instance.dimension())
                .filter(|&i| jump.dual[i].0.abs() == bounds[i] && gradient[i].is_zero())
                .collect(),
            support: (0..instance.dimension())
                .filter(|&i| !jump.beta[i].0.is_zero())
                .collect(),
        }
    }
}

/// Checks the witness and says whether the columns of E are now known to be independent.
pub(crate) fn uniqueness(
    step: usize,
    instance: &DiagonalInstance,
    jump: &DiagonalJump,
    face: &Face,
    was_independent: bool,
) -> Result<bool, Rejection> {
    match &jump.fit {
        Fit::Inherited => inherited(step, jump, face, was_independent).map(|()| true),
        Fit::Independent(rows) => left_inverse(step, instance, rows, &face.at_bound).map(|()| true),
        Fit::Separated(separation) => {
            separated(step, instance, jump, face, separation).map(|()| false)
        }
        Fit::NotUnique(kernel) => not_unique(step, instance, jump, face, kernel).map(|()| false),
    }
}

/// `Σ_r X_ri z_r`.
pub(crate) fn column_product(instance: &DiagonalInstance, i: usize, z: &[Number]) -> Rational {
    let rows = z.iter().enumerate();
    rows.map(|(row, z)| instance.inputs().get(row, i) * &z.0)
        .sum()
}

/// The residual before the jump is orthogonal to the columns of the old E and not to those of the hits, so one
/// hit leaves the columns independent. Every coordinate of E is in the old E or was hit.
fn inherited(
    step: usize,
    jump: &DiagonalJump,
    face: &Face,
    was_independent: bool,
) -> Result<(), Rejection> {
    require(was_independent, Rule::Uniqueness, Some(step), || {
        "found `inherited`, expected a witness: the columns before the jump are not known to be independent".to_owned()
    })?;
    let joined = jump.hits.iter().filter(|i| face.at_bound.contains(i));
    let count = joined.count();
    require(count <= 1, Rule::Uniqueness, Some(step), || {
        format!("found `inherited`, expected a witness: {count} hits joined")
    })
}

/// A list of the witness has the length that its use needs.
fn length(step: usize, list: &str, found: usize, expected: usize) -> Result<(), Rejection> {
    require(found == expected, Rule::Uniqueness, Some(step), || {
        format!("{list}: found {found} entries, expected {expected}")
    })
}

/// The rows times the columns give the identity.
fn left_inverse(
    step: usize,
    instance: &DiagonalInstance,
    rows: &[Vec<Number>],
    columns: &[usize],
) -> Result<(), Rejection> {
    length(step, "left inverse", rows.len(), columns.len())?;
    for (a, row) in rows.iter().enumerate() {
        length(
            step,
            "row of the left inverse",
            row.len(),
            instance.n_samples(),
        )?;
        for (b, &column) in columns.iter().enumerate() {
            let found = column_product(instance, column, row);
            let expected = Rational::integer(u8::from(a == b));
            require(found == expected, Rule::Uniqueness, Some(step), || {
                format!(
                    "row {a} of the left inverse times column {column}: found {found:?}, expected {expected:?}"
                )
            })?;
        }
    }
    Ok(())
}

/// `0 = zᵀXh = Σ_{E∖support} (X_iᵀz) h_i` has only terms `≥ 0`, so h is 0 there, and the left inverse makes it 0 on the support.
fn separated(
    step: usize,
    instance: &DiagonalInstance,
    jump: &DiagonalJump,
    face: &Face,
    separation: &Separation,
) -> Result<(), Rejection> {
    left_inverse(step, instance, &separation.left_inverse, &face.support)?;
    let z = &separation.separator;
    length(step, "separator", z.len(), instance.n_samples())?;
    for &i in &face.at_bound {
        let product = column_product(instance, i, z);
        let holds = if jump.beta[i].0.is_zero() {
            (&product * &jump.dual[i].0).is_positive()
        } else {
            product.is_zero()
        };
        require(holds, Rule::Uniqueness, Some(step), || {
            format!(
                "separator: found {product:?} for column {i}, expected 0 on the support and the sign of the dual variable off it"
            )
        })?;
    }
    Ok(())
}

/// Moving β a little along h gives another minimiser.
fn not_unique(
    step: usize,
    instance: &DiagonalInstance,
    jump: &DiagonalJump,
    face: &Face,
    kernel: &[Number],
) -> Result<(), Rejection> {
    length(step, "kernel vector", kernel.len(), instance.dimension())?;
    let nonzero = kernel.iter().any(|h| !h.0.is_zero());
    require(nonzero, Rule::Uniqueness, Some(step), || {
        "kernel vector: found 0, expected a vector that is not 0".to_owned()
    })?;
    for (i, h) in kernel.iter().enumerate() {
        let allowed = h.0.is_zero()
            || (face.at_bound.contains(&i)
                && (!jump.beta[i].0.is_zero() || (&h.0 * &jump.dual[i].0).is_positive()));
        require(allowed, Rule::Uniqueness, Some(step), || {
            format!(
                "kernel vector: found {:?} at coordinate {i}, which the constraints do not allow",
                h.0
            )
        })?;
    }
    for row in 0..instance.n_samples() {
        let terms = kernel.iter().zip(instance.inputs().row(row));
        let product: Rational = terms.map(|(h, x)| &h.0 * x).sum();
        require(product.is_zero(), Rule::Uniqueness, Some(step), || {
            format!(
                "kernel vector: found {product:?} in row {row} of the product with the inputs, expected 0"
            )
        })?;
    }
    Ok(())
}
