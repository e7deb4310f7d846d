//! Certificates for diagonal linear networks: all numbers rational.

use serde::{Deserialize, Serialize};

use crate::instance::DiagonalText;
use crate::number::Number;

/// A certificate for a diagonal linear network: `{"version":1,"hash":…,"instance":…,"jumps":[…],"end":…}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagonalCertificate {
    /// The version of the format.
    pub version: u32,
    /// SHA-256 of the canonical text of the instance.
    pub hash: String,
    /// The instance.
    pub instance: DiagonalText,
    /// The jumps in order of time.
    pub jumps: Vec<DiagonalJump>,
    /// The end of the process.
    pub end: DiagonalEnd,
}

/// One jump, and the saddle that it leads to:
/// `{"time":"1","hits":[0],"dual":["1","-1/2"],"beta":["2","0"],"fit":"inherited","loss":"1/4"}` for the inputs
/// `(1, 0)`, `(0, 1)` and the labels `(2, −1)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagonalJump {
    /// Rescaled time of the jump.
    pub time: Number,
    /// Coordinates with `∇_i L ≠ 0` before the jump and `|s_i| = k_i` at it, ascending.
    pub hits: Vec<usize>,
    /// The dual variable `s` at the jump, d numbers.
    pub dual: Vec<Number>,
    /// A minimiser of the loss under the sign constraints that s prescribes, d numbers.
    pub beta: Vec<Number>,
    /// Whether it is the only one, with the proof.
    pub fit: Fit,
    /// The loss `L(β)`.
    pub loss: Number,
}

/// Why the constrained fit is unique, or that it is not.
///
/// `E` is the set of coordinates with `|s_i| = k_i` and `∇_i L(β) = 0`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Unique: the columns of the E before the jump were independent, and at most one hit joined them.
    Inherited,
    /// Unique: the columns of E are independent, by a left inverse with a row of length n for every coordinate of E.
    Independent(Vec<Vec<Number>>),
    /// Unique although the columns of E need not be independent.
    Separated(Separation),
    /// Not unique: a vector `h ≠ 0` (d numbers) with `Xh = 0`, zero off E, and `s_i h_i ≥ 0` where `β_i = 0`.
    NotUnique(Vec<Number>),
}

/// A left inverse for the support, and a hyperplane that separates the other columns of E, with their signs, from 0.
///
/// If `Xh = 0`, h is 0 off E and `s_i h_i ≥ 0` where `β_i = 0`, then `0 = zᵀXh = Σ (X_iᵀz) h_i`, over E without the
/// support, has no negative term: h is 0 there, and by the left inverse on the support.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation {
    /// A row of length n for every coordinate of the support of β.
    pub left_inverse: Vec<Vec<Number>>,
    /// `z` (n numbers) with `X_iᵀz = 0` on the support and `s_i X_iᵀz > 0` on the rest of E.
    pub separator: Vec<Number>,
}

/// What holds after the last jump: `{"interpolates":true,"witness":["1","-1"],"weighted_norm":"3"}` for the inputs
/// `(1, 0)`, `(0, 1)` and the labels `(2, −1)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagonalEnd {
    /// Whether the final loss is 0.
    pub interpolates: bool,
    /// `z` (n numbers) with `Xᵀz = s`: the witness that β has the least weighted ℓ1 norm among all minimisers of the loss.
    pub witness: Vec<Number>,
    /// That norm, `Σ k_i |β_i|`.
    pub weighted_norm: Number,
}
