//! The answer of `saltus predict --enclosures`: the jump process of a diagonal network, certified without its fractions.

use saltus_exact::{Interval, decimal_from_enclosures};
use saltus_jump::JumpError;
use saltus_jump::diagonal::{CertifiedJump, CertifiedSequence, predict, predict_by_enclosures};
use saltus_problem::DiagonalInstance;

use super::ExactNumber;
use super::predict::{DiagonalJumpAnswer, DiagonalPrediction, HypothesisAnswer};

/// Precisions of the enclosures that are tried, in bits, before the exact process decides.
const PRECISIONS: [u32; 4] = [192, 384, 768, 1536];

/// What an answer of enclosures rests on.
const CERTIFIED: &str = "certified";

/// What an answer rests on where no enclosure decided.
const EXACT: &str = "exact";

impl DiagonalPrediction {
    /// The jump sequence with its numbers as 30 certified digits and no fractions; `evidence` is `certified`, or `exact` where
    /// an enclosure of 1536 bits still straddles a decision (as at a tie) and the exact process has decided.
    ///
    /// # Errors
    /// [`JumpError`] as of the exact process.
    pub fn by_enclosures(instance: &DiagonalInstance) -> Result<Self, JumpError> {
        let certified = PRECISIONS.iter().find_map(|&precision| {
            let sequence = predict_by_enclosures(instance, precision)?;
            certified_prediction(instance, &sequence)
        });
        match certified {
            Some(prediction) => Ok(prediction),
            None => Ok(DiagonalPrediction {
                evidence: Some(EXACT),
                ..DiagonalPrediction::new(instance, &predict(instance)?)
            }),
        }
    }
}

/// `None` if an enclosure is too wide for its digits.
fn certified_prediction(
    instance: &DiagonalInstance,
    sequence: &CertifiedSequence,
) -> Option<DiagonalPrediction> {
    let jumps: Option<Vec<DiagonalJumpAnswer>> = sequence.jumps.iter().map(jump).collect();
    let holds = |name, detail: &str| HypothesisAnswer {
        name,
        holds: true,
        detail: detail.to_owned(),
        value: None,
    };
    Some(DiagonalPrediction {
        explanation: None,
        system: "diagonal-linear",
        evidence: Some(CERTIFIED),
        name: instance.name().to_owned(),
        n: instance.n_samples(),
        d: instance.dimension(),
        initial_loss: number(&sequence.initial_loss)?,
        jumps: jumps?,
        interpolates: sequence.interpolates,
        hypotheses: vec![
            holds("unique winners", "one coordinate hits at every jump"),
            holds(
                "strict complementarity",
                "no coordinate rests at its bound with zero gradient and zero value",
            ),
            holds("uniqueness of the fit", "every constrained fit is unique"),
            smallest_gap(sequence)?,
        ],
    })
}

fn jump(jump: &CertifiedJump) -> Option<DiagonalJumpAnswer> {
    let beta: Option<Vec<ExactNumber>> = jump.beta.iter().map(number).collect();
    Some(DiagonalJumpAnswer {
        time: number(&jump.time)?,
        activated: Some(jump.activated.clone()),
        deactivated: Some(jump.deactivated.clone()),
        beta: Some(beta?),
        unique: true,
        loss: number(&jump.loss)?,
        l1_norm: Some(number(&jump.l1_norm)?),
    })
}

fn smallest_gap(sequence: &CertifiedSequence) -> Option<HypothesisAnswer> {
    let gaps: Vec<Interval> = sequence
        .jumps
        .windows(2)
        .map(|pair| pair[1].time.sub(&pair[0].time, PRECISIONS[3]))
        .collect();
    let least = (0..gaps.len()).min_by(|&a, &b| gaps[a].hi().cmp(gaps[b].hi()));
    let (detail, value) = match least {
        None => ("fewer than two jumps".to_owned(), None),
        Some(jump) => {
            let is_apart = |other: usize| {
                other == jump
                    || gaps[jump]
                        .compare(&gaps[other])
                        .is_some_and(|order| order.is_lt())
            };
            if !(0..gaps.len()).all(is_apart) {
                return None;
            }
            let gap = number(&gaps[jump])?;
            let detail = format!("{} between jumps {jump} and {}", gap.decimal, jump + 1);
            (detail, Some(gap))
        }
    };
    Some(HypothesisAnswer {
        name: "smallest gap between jumps",
        holds: true,
        detail,
        value,
    })
}

/// The digits that both ends share.
fn number(enclosure: &Interval) -> Option<ExactNumber> {
    Some(ExactNumber {
        exact: None,
        decimal: decimal_from_enclosures(|_| enclosure.clone(), 1)?,
    })
}
