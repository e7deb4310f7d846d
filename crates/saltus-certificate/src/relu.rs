//! Certificates for ReLU networks: squared rates and losses are rational, everything with a root is bracketed.

use serde::{Deserialize, Serialize};

use crate::instance::ReluText;
use crate::number::{Number, Sum, Whole};

/// The largest precision of a certificate, in bits: `2¹⁶ = 65_536`.
pub const MAX_PRECISION: u32 = 1 << 16;

/// Two integers `lo ≤ hi` over `2^precision`, between which a real number lies.
pub type Bracket = (Whole, Whole);

/// A certificate for a two-layer ReLU network on orthogonal data:
/// `{"version":1,"hash":…,"instance":…,"precision":64,"active_sets":[…],"jumps":[…],"end":…}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReluCertificate {
    /// The version of the format.
    pub version: u32,
    /// SHA-256 of the canonical text of the instance.
    pub hash: String,
    /// The instance.
    pub instance: ReluText,
    /// The bits after the binary point of every bracket.
    pub precision: u32,
    /// The active set of every neuron, m ascending lists of points.
    pub active_sets: Vec<Vec<usize>>,
    /// The jumps in order of time.
    pub jumps: Vec<ReluJump>,
    /// The end of the process.
    pub end: ReluEnd,
}

/// One jump, and the saddle that it leads to: the winners reach exponent `e_j = 0`, and the loss after it is
/// `1/(2n) Σ y_i²` over the points that are still not fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReluJump {
    /// Rescaled time of the jump.
    pub time: Time,
    /// Rescaled time since the jump before.
    pub duration: Bracket,
    /// The neurons that jump, ascending.
    pub winners: Vec<Winner>,
    /// The points that they fit, ascending.
    pub points: Vec<usize>,
    /// Every inactive neuron with a positive rate before the jump, ascending; winners included.
    pub racers: Vec<Racer>,
    /// The loss after the jump.
    pub loss: Number,
}

/// A time: a bracket always, an exact expression where it is claimed. With 64 bits, 6/5 may be
/// `{"bracket":["22136092888451461938","22136092888451461940"],"exact":"6/5"}`, as
/// `2⁶⁴ · 6/5 = 22136092888451461939.2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The bracket.
    pub bracket: Bracket,
    /// The exact expression; null where only the bracket is claimed.
    #[serde(deserialize_with = "Option::deserialize")]
    pub exact: Option<Sum>,
}

/// A neuron that jumps: `{"neuron":0,"block":[0,2],"fourth_power":"5/2","tie":null}` fits the points 0 and 2 with
/// `a_0⁴ = ‖w_0‖⁴ = 5/2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Winner {
    /// Index of the neuron.
    pub neuron: usize,
    /// Its active points that were not fitted before, ascending.
    pub block: Vec<usize>,
    /// `Σ_B y_i²/‖x_i‖²` over that block: the fourth power of the size `|a_k| = ‖w_k‖` of a neuron that fits it alone.
    pub fourth_power: Number,
    /// Why it jumps together with the first winner; null for the first winner.
    #[serde(deserialize_with = "Option::deserialize")]
    pub tie: Option<TieProof>,
}

/// Why two neurons reach exponent 0 at exactly the same time; written `"equal-histories"` or `"exact-sum"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TieProof {
    /// Starting exponents and rates on every plateau are in one proportion.
    EqualHistories,
    /// The exact time of the jump satisfies the equation of arrival of both.
    ExactSum,
}

/// A neuron in the race for a jump: its exponent falls at the rate `ρ_j = √(Σ D_i²)` over its unfitted active points,
/// with `D_i = |y_i| ‖x_i‖ / n`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Racer {
    /// Index of the neuron.
    pub neuron: usize,
    /// `ρ_j²` before the jump.
    pub squared_rate: Number,
    /// `ρ_j`.
    pub root: Bracket,
    /// The exponent `e_j` at the jump: exactly 0 for winners.
    pub exponent: Bracket,
}

/// What holds after the last jump:
/// `{"unfitted":[],"interpolates":true,"squared_norm":"sqrt(10) + 4","min_squared_norm":"sqrt(10) + 4"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReluEnd {
    /// Points with a non-zero label that stay unfitted, ascending.
    pub unfitted: Vec<usize>,
    /// Whether there are none.
    pub interpolates: bool,
    /// `‖θ‖²`; null exactly if blocks of tied neurons overlapped without being equal.
    #[serde(deserialize_with = "Option::deserialize")]
    pub squared_norm: Option<Sum>,
    /// The least `‖θ‖²` of an interpolating network.
    pub min_squared_norm: Sum,
}
