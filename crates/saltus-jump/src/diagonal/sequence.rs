//! The answer: the sequence of saddles that the diagonal network visits.

use num_bigint::BigInt;
use rayon::prelude::*;
use saltus_exact::lanes::LANES;
use saltus_exact::{Interval, Rational, SqrtSum};

use super::process::ratio;
use crate::error::JumpError;
use crate::hypothesis::{Hypothesis, list_indices};

/// Precision of the enclosures that tell which gaps may be the smallest, in bits.
const GAP_PRECISION: u32 = 256;

/// One jump: the plateau before it ends at `time`, and everything else describes the saddle that it leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct DiagonalJump {
    /// Rescaled time `τ = t/Λ` of the jump.
    pub time: Rational,
    /// Coordinates whose dual variable met `±k_i` at this time (ascending).
    pub hits: Vec<usize>,
    /// A minimiser β of the loss under the sign constraints: *the* minimiser if `unique`, otherwise a basic one.
    pub beta: Vec<Rational>,
    /// Whether the constrained minimiser is unique.
    pub unique: bool,
    /// Coordinates that entered the support; `None` where this or the previous β is not unique.
    pub activated: Option<Vec<usize>>,
    /// Coordinates that left the support; `None` where this or the previous β is not unique.
    pub deactivated: Option<Vec<usize>>,
    /// Loss `L = 1/(2n) ‖y − Xβ‖²` on the plateau after the jump.
    pub loss: Rational,
    /// `Σ|β_i|`; `None` where minimisers differ in it, which needs unequal exponents (the weighted norm `Σ k_i|β_i|` is always
    /// determined).
    pub l1_norm: Option<Rational>,
    /// Coordinates with `|s_i| = k_i`, `∇_i L = 0` and `β_i = 0` in every minimiser: strict complementarity fails there.
    pub degenerate: Vec<usize>,
}

/// The dual variable at one time, d entries with `|s_i| ≤ k_i`: integers over a common denominator, such as `(−6, 8, −3, −8)/8`.
///
/// Its entries are long, and few answers need them: each is brought to lowest terms only when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DualPoint {
    pub(super) numerators: Vec<BigInt>,
    pub(super) denominator: BigInt,
}

impl DualPoint {
    /// The entries `s_i`, d of them, in lowest terms: `-3/4`, `1`, `-3/8` and `-1` for `(−6, 8, −3, −8)/8`.
    pub fn values(&self) -> Vec<Rational> {
        self.numerators
            .iter()
            .map(|s| ratio(s.clone(), self.denominator.clone()))
            .collect()
    }
}

/// The whole process of one instance: times `0 < τ_0 < τ_1 < …`, and losses that strictly decrease from that of
/// `β = 0`.
#[derive(Debug, Clone, PartialEq)]
pub struct DiagonalSequence {
    jumps: Vec<DiagonalJump>,
    initial_loss: Rational,
    interpolates: bool,
}

impl DiagonalSequence {
    /// Checks the laws of the process: times strictly increase, losses strictly decrease.
    pub(crate) fn new(
        jumps: Vec<DiagonalJump>,
        initial_loss: Rational,
    ) -> Result<DiagonalSequence, JumpError> {
        let zero = Rational::zero();
        let mut time = &zero;
        let mut loss = &initial_loss;
        for (jump, entry) in jumps.iter().enumerate() {
            if entry.time <= *time {
                let law = "jump times strictly increase";
                return Err(JumpError::BrokenLaw { jump, law });
            }
            if entry.loss >= *loss {
                let law = "losses strictly decrease";
                return Err(JumpError::BrokenLaw { jump, law });
            }
            time = &entry.time;
            loss = &entry.loss;
        }
        let interpolates = loss.is_zero();
        Ok(DiagonalSequence {
            jumps,
            initial_loss,
            interpolates,
        })
    }

    /// The jumps in order of time: in the example of [`predict`](super::predict) two, with times `1` and `2` and
    /// `β = (2, 0)`, then `(2, −1)`.
    pub fn jumps(&self) -> &[DiagonalJump] {
        &self.jumps
    }

    /// The time of each jump as text, written by as many threads as there are: in the example of [`predict`](super::predict)
    /// `1` and `2`.
    pub fn times_as_text(&self) -> Vec<String> {
        let some = |jumps: &[DiagonalJump]| {
            let times: Vec<&Rational> = jumps.iter().map(|jump| &jump.time).collect();
            Rational::texts(&times)
        };
        // Numerators and denominators fill the lanes.
        let jumps = self.jumps.par_chunks(LANES / 2).with_max_len(1);
        jumps.flat_map_iter(some).collect()
    }

    /// Loss at `β = 0`, before the first jump: `1/(2n) Σ_i y_i²`, so `5/4` for the labels `(2, −1)`.
    pub fn initial_loss(&self) -> &Rational {
        &self.initial_loss
    }

    /// Whether the process ends with zero loss, that is, with `Xβ = y`.
    pub fn interpolates(&self) -> bool {
        self.interpolates
    }

    /// The hypotheses of the limit theorem, decided exactly: `"unique winners"`, `"strict complementarity"`,
    /// `"uniqueness of the fit"` and `"smallest gap between jumps"`, in this order.
    pub fn hypotheses(&self) -> Vec<Hypothesis> {
        let not_unique: Vec<usize> = self.indices(|jump| !jump.unique);
        let several: Vec<usize> = self.indices(|jump| jump.hits.len() > 1);
        let uniqueness: Vec<String> = match not_unique.as_slice() {
            [] => vec![],
            jumps => vec![format!(
                "the constrained fit is not unique after jump {}",
                list_indices(jumps)
            )],
        };
        let winners: Vec<String> = several
            .iter()
            .map(|&jump| {
                let hits = list_indices(&self.jumps[jump].hits);
                format!("at jump {jump} coordinates {hits} hit together")
            })
            .collect();
        let complementarity: Vec<String> = self
            .jumps
            .iter()
            .enumerate()
            .filter(|(_, jump)| !jump.degenerate.is_empty())
            .map(|(index, jump)| {
                let coordinates = list_indices(&jump.degenerate);
                format!("after jump {index} coordinate {coordinates} is at its bound with zero gradient and zero value")
            })
            .collect();
        vec![
            Hypothesis::without_exceptions(
                "unique winners",
                "one coordinate hits at every jump",
                &winners,
            ),
            Hypothesis::without_exceptions(
                "strict complementarity",
                "no coordinate rests at its bound with zero gradient and zero value",
                &complementarity,
            ),
            Hypothesis::without_exceptions(
                "uniqueness of the fit",
                "every constrained fit is unique",
                &uniqueness,
            ),
            self.smallest_gap(),
        ]
    }

    fn indices(&self, filter: impl Fn(&DiagonalJump) -> bool) -> Vec<usize> {
        (0..self.jumps.len())
            .filter(|&jump| filter(&self.jumps[jump]))
            .collect()
    }

    fn smallest_gap(&self) -> Hypothesis {
        let gap = self
            .candidates_for_smallest_gap()
            .into_iter()
            .map(|jump| (&self.jumps[jump + 1].time - &self.jumps[jump].time, jump))
            .min();
        let (detail, value) = match gap {
            None => ("fewer than two jumps".to_owned(), None),
            Some((gap, jump)) => (
                format!(
                    "{} between jumps {jump} and {}",
                    saltus_exact::decimal_of_rational(&gap),
                    jump + 1
                ),
                Some(SqrtSum::from(gap)),
            ),
        };
        Hypothesis {
            name: "smallest gap between jumps",
            holds: true,
            detail,
            value,
        }
    }

    /// Jumps whose gap to the next may be the smallest: those of which enclosures do not tell that another is smaller.
    fn candidates_for_smallest_gap(&self) -> Vec<usize> {
        let times: Vec<Interval> = self
            .jumps
            .iter()
            .map(|jump| Interval::from_rational(&jump.time, GAP_PRECISION))
            .collect();
        let gaps: Vec<Interval> = times
            .windows(2)
            .map(|pair| pair[1].sub(&pair[0], GAP_PRECISION))
            .collect();
        let smallest = gaps.iter().map(Interval::hi).min();
        (0..gaps.len())
            .filter(|&jump| smallest.is_some_and(|smallest| gaps[jump].lo() <= smallest))
            .collect()
    }
}
