//! The answer of the checker.

use std::fmt;

use thiserror::Error;

/// What the checker found; `saltus check` ends with exit code 0 for `Valid` and 1 for `Invalid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every rule holds: what the documentation says a certificate proves is proved.
    Valid,
    /// The first rule that is broken.
    Invalid(Rejection),
}

/// The rule that is broken, where, and how, printed as `rule version: found version 2, expected 1`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("rule {rule}: {reason}")]
pub struct Rejection {
    /// The rule.
    pub rule: Rule,
    /// The jump (0-based) at which it is broken; `None` outside the jumps.
    pub step: Option<usize>,
    /// What was found and what was expected.
    pub reason: String,
}

impl Rejection {
    pub(crate) fn new(rule: Rule, step: Option<usize>, reason: impl Into<String>) -> Rejection {
        Rejection {
            rule,
            step,
            reason: one_line(&reason.into()),
        }
    }
}

/// The longest reason, in characters.
const MAX_REASON_CHARS: usize = 400;

/// The text with control characters escaped and cut: a certificate is echoed in it, and must not be able to write a line of its own.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_REASON_CHARS {
            line.push('…');
            break;
        }
        // Line and paragraph separators, and what reorders text, are no control characters for Unicode, and as dangerous.
        if character.is_control()
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// `Ok` if the condition holds, otherwise the rejection with the reason.
pub(crate) fn require(
    holds: bool,
    rule: Rule,
    step: Option<usize>,
    reason: impl FnOnce() -> String,
) -> Result<(), Rejection> {
    if holds {
        Ok(())
    } else {
        Err(Rejection::new(rule, step, reason()))
    }
}

/// The closed list of rules, each printed by its name: `Rule::DualWitness` as `dual-witness`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// One JSON object of the documented shape within the limits on sizes.
    Format,
    /// The version of the format is known.
    Version,
    /// The hash is that of the instance.
    Hash,
    /// The numbers form an instance.
    Instance,
    /// The inputs of a ReLU instance are non-zero and pairwise orthogonal.
    Orthogonality,
    /// Every list of a jump and of the end has the length that the instance prescribes.
    Shape,
    /// The time of the jump: later than the last (diagonal), or as the durations and the exact equation say (ReLU).
    Time,
    /// The dual variable moved by `−δ∇L`.
    Step,
    /// `|s_i| ≤ k_i` for every coordinate: none was hit earlier.
    Bounds,
    /// The coordinates that are hit are the listed ones, at least one.
    Hits,
    /// `s_i = k_i sign β_i` where `β_i ≠ 0`.
    Signs,
    /// `∇_i L(β) = 0` where `β_i ≠ 0`.
    Stationarity,
    /// `s_i ∇_i L(β) ≥ 0` where `|s_i| = k_i` and `β_i = 0`.
    Descent,
    /// The fit is unique, or not, as its witness shows.
    Uniqueness,
    /// The loss is the stated one.
    Loss,
    /// No coordinate or neuron is left that could jump.
    End,
    /// `Xᵀz = s` at the end.
    DualWitness,
    /// The weighted ℓ1 norm at the end is the stated one.
    WeightedNorm,
    /// Whether the limit interpolates is stated rightly.
    Interpolation,
    /// The active sets are those of the signs of inner products.
    ActiveSets,
    /// The racers are the inactive neurons with a positive rate.
    Racers,
    /// Squared rates are the stated ones.
    Rates,
    /// The brackets of the rates are the tightest ones: `lo² ≤ q ≤ hi²`.
    Roots,
    /// The winners are racers, ascending, at least one.
    Winners,
    /// Every winner's block is what it newly fits.
    Blocks,
    /// The points of the jump are the union of the blocks.
    Points,
    /// The fourth powers of the sizes are the stated ones.
    Sizes,
    /// The bracket of the duration follows from exponent and rate of the first winner.
    Duration,
    /// The brackets of the exponents follow from the brackets before; those of winners are 0.
    Exponents,
    /// Every racer that does not win keeps a positive exponent.
    Separation,
    /// Every further winner arrives at exactly the same time as the first.
    Tie,
    /// The unfitted points at the end are the stated ones.
    Unfitted,
    /// The squared norm at the end is the stated one, or left out exactly where a tie leaves it undetermined.
    SquaredNorm,
    /// The least squared norm of an interpolating network is the stated one.
    MinimalNorm,
}

impl Rule {
    /// Every rule, in the order of the documentation: `Rule::ALL[0]` is `Rule::Format`, and the last of the 34 is
    /// `Rule::MinimalNorm`.
    pub const ALL: [Rule; 34] = [
        Rule::Format,
        Rule::Version,
        Rule::Hash,
        Rule::Instance,
        Rule::Orthogonality,
        Rule::Shape,
        Rule::Time,
        Rule::Step,
        Rule::Bounds,
        Rule::Hits,
        Rule::Signs,
        Rule::Stationarity,
        Rule::Descent,
        Rule::Uniqueness,
        Rule::Loss,
        Rule::End,
        Rule::DualWitness,
        Rule::WeightedNorm,
        Rule::Interpolation,
        Rule::ActiveSets,
        Rule::Racers,
        Rule::Rates,
        Rule::Roots,
        Rule::Winners,
        Rule::Blocks,
        Rule::Points,
        Rule::Sizes,
        Rule::Duration,
        Rule::Exponents,
        Rule::Separation,
        Rule::Tie,
        Rule::Unfitted,
        Rule::SquaredNorm,
        Rule::MinimalNorm,
    ];

    /// The name in verdicts and in the documentation: `"active-sets"` for `Rule::ActiveSets`.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Format => "format",
            Rule::Version => "version",
            Rule::Hash => "hash",
            Rule::Instance => "instance",
            Rule::Orthogonality => "orthogonality",
            Rule::Shape => "shape",
            Rule::Time => "time",
            Rule::Step => "step",
            Rule::Bounds => "bounds",
            Rule::Hits => "hits",
            Rule::Signs => "signs",
            Rule::Stationarity => "stationarity",
            Rule::Descent => "descent",
            Rule::Uniqueness => "uniqueness",
            Rule::Loss => "loss",
            Rule::End => "end",
            Rule::DualWitness => "dual-witness",
            Rule::WeightedNorm => "weighted-norm",
            Rule::Interpolation => "interpolation",
            Rule::ActiveSets => "active-sets",
            Rule::Racers => "racers",
            Rule::Rates => "rates",
            Rule::Roots => "roots",
            Rule::Winners => "winners",
            Rule::Blocks => "blocks",
            Rule::Points => "points",
            Rule::Sizes => "sizes",
            Rule::Duration => "duration",
            Rule::Exponents => "exponents",
            Rule::Separation => "separation",
            Rule::Tie => "tie",
            Rule::Unfitted => "unfitted",
            Rule::SquaredNorm => "squared-norm",
            Rule::MinimalNorm => "minimal-norm",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
