//! The registry of claims: what is checked, where it comes from, and what kind of evidence there is.

use std::fmt;
use std::str::FromStr;

/// Stable name of a claim.
///
/// It is read from the command line (`saltus verify --claim R2`) in capitals or not: `"r2".parse()` is `Ok(ClaimId::R2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimId {
    /// ReLU: jump times, order, sets.
    R1,
    /// ReLU: one neuron a jump.
    R2,
    /// ReLU: plateaus are saddles.
    R3,
    /// ReLU: probability of interpolating.
    R4,
    /// ReLU: squared norm of what is learned.
    R5,
    /// ReLU: early alignment.
    R6,
    /// ReLU: rate of convergence.
    R7,
    /// Diagonal: times, supports, signs, coefficients.
    D1,
    /// Diagonal: least ℓ1 norm.
    D2,
    /// Diagonal: plateaus are saddles.
    D3,
    /// Descent: stepsizes for which it converges.
    S1,
    /// Descent: implicit regularisation.
    S2,
    /// Descent: exact identities.
    S3,
    /// Descent: scale of the gain.
    S4,
    /// Descent: shape of the gain, and sparse recovery.
    S5,
    /// Descent: edge of stability.
    S6,
}

/// The system that a claim is about; the names are those of the instance files.
///
/// An instance file names it in its key `system`, for example `system = "relu-orthogonal"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Two-layer ReLU networks on orthogonal data.
    ReluOrthogonal,
    /// Diagonal linear networks.
    DiagonalLinear,
}

/// What of a system a claim is about.
///
/// `R1` is about the flow, `S1` about descent, and `R4` about an ensemble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The gradient flow of one instance, as the initialisation vanishes.
    Flow,
    /// Gradient descent and its stochastic kind on one instance, at a fixed initialisation.
    Descent,
    /// Random instances: the claim is about their statistics.
    Ensemble,
}

/// How a claim is decided.
///
/// `D1`, on the jumps of the flow, is measured; of `D2` the least ℓ1 norm is certified exactly, and the norm that the flow
/// reaches is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// By exact arithmetic alone.
    Exact,
    /// By simulation, with a stated tolerance.
    Measured,
    /// One part exactly, the other by simulation.
    ExactAndMeasured,
}

/// What is known of a claim.
///
/// `D1` is stated by its source, `R1` is derived here, and `R7` is a conjecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Stated by the paper named as the source.
    Stated,
    /// Derived here; the shape of the claim is that of the source.
    Derived,
    /// Conjectured here: measured, never said to hold.
    Conjecture,
}

/// One row of the registry.
///
/// That of `R2` has the system `System::ReluOrthogonal`, the subject `Subject::Flow`, the source `"arXiv 2605.27097"`,
/// the evidence `EvidenceKind::Measured` and the status `Status::Derived`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Stable name.
    pub id: ClaimId,
    /// The system it is about.
    pub system: System,
    /// What of it.
    pub subject: Subject,
    /// One sentence.
    pub statement: &'static str,
    /// arXiv number of the paper that the claim belongs to.
    pub source: &'static str,
    /// How it is decided.
    pub evidence: EvidenceKind,
    /// What is known of it.
    pub status: Status,
}

const RELU: &str = "arXiv 2605.27097";
const SADDLES: &str = "arXiv 2304.00488";
const DESCENT: &str = "arXiv 2302.08982";

/// All claims, in the order in which they are reported: `R1` to `R7`, `D1` to `D3`, `S1` to `S6`.
pub const CLAIMS: [Claim; 16] = [
    Claim {
        id: ClaimId::R1,
        system: System::ReluOrthogonal,
        subject: Subject::Flow,
        statement: "In rescaled time the flow jumps at the predicted times, in the predicted order, \
                    and each jump fits the predicted points.",
        source: RELU,
        evidence: EvidenceKind::Measured,
        status: Status::Derived,
    },
    Claim {
        id: ClaimId::R2,
        system: System::ReluOrthogonal,
        subject: Subject::Flow,
        statement: "Exactly one new neuron becomes active at each jump, with the predicted size, \
                    while the others keep the predicted exponents.",
        source: RELU,
        evidence: EvidenceKind::Measured,
        status: Status::Derived,
    },
    Claim {
        id: ClaimId::R3,
        system: System::ReluOrthogonal,
        subject: Subject::Flow,
        statement: "Each plateau before the last is a saddle: a stationary point, \
                    escaped along the network's own inactive neurons at the predicted rate.",
        source: RELU,
        evidence: EvidenceKind::ExactAndMeasured,
        status: Status::Derived,
    },
    Claim {
        id: ClaimId::R4,
        system: System::ReluOrthogonal,
        subject: Subject::Ensemble,
        statement: "A network with random signs and weights interpolates with the probability that the binomial formula gives, \
                    so that a width of log(n/δ)/log(4/3) suffices for probability 1 − δ.",
        source: RELU,
        evidence: EvidenceKind::ExactAndMeasured,
        status: Status::Derived,
    },
    Claim {
        id: ClaimId::R5,
        system: System::ReluOrthogonal,
        subject: Subject::Ensemble,
        statement: "The squared norm of the learned interpolator is within a constant factor of the least one, \
                    and so of order √n.",
        source: RELU,
        evidence: EvidenceKind::ExactAndMeasured,
        status: Status::Derived,
    },
    Claim {
        id: ClaimId::R6,
        system: System::ReluOrthogonal,
        subject: Subject::Flow,
        statement: "Wrong-signed activations die in a time that does not grow with the log inverse scale, \
                    and just before its jump a neuron is aligned with the points that it will fit.",
        source: RELU,
        evidence: EvidenceKind::Measured,
        status: Status::Derived,
    },
    Claim {
        id: ClaimId::R7,
        system: System::ReluOrthogonal,
        subject: Subject::Flow,
        statement: "The error of the jump times, once their constant is taken off, falls exponentially \
                    in the log inverse scale, at the predicted rate.",
        source: RELU,
        evidence: EvidenceKind::Measured,
        status: Status::Conjecture,
    },
    Claim {
        id: ClaimId::D1,
        system: System::DiagonalLinear,
        subject: Subject::Flow,
        statement: "In rescaled time the flow jumps at the predicted times between the predicted saddles: \
                    supports, signs and coefficients.",
        source: SADDLES,
        evidence: EvidenceKind::Measured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::D2,
        system: System::DiagonalLinear,
        subject: Subject::Flow,
        statement: "The end has the least (weighted) ℓ1 norm among all minimisers of the loss.",
        source: SADDLES,
        evidence: EvidenceKind::ExactAndMeasured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::D3,
        system: System::DiagonalLinear,
        subject: Subject::Flow,
        statement: "Each plateau before the last is a saddle: the least-squares fit on its support, \
                    with a coordinate off it along which the loss decreases.",
        source: SADDLES,
        evidence: EvidenceKind::ExactAndMeasured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::S1,
        system: System::DiagonalLinear,
        subject: Subject::Descent,
        statement: "Gradient descent and stochastic gradient descent converge to an interpolator for \
                    stepsizes below a threshold.",
        source: DESCENT,
        evidence: EvidenceKind::Measured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::S2,
        system: System::DiagonalLinear,
        subject: Subject::Descent,
        statement: "The limit of a run solves the regularised problem: the interpolator nearest to the \
                    perturbed start in the Bregman divergence of the hyperbolic entropy at the effective \
                    scale.",
        source: DESCENT,
        evidence: EvidenceKind::Measured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::S3,
        system: System::DiagonalLinear,
        subject: Subject::Descent,
        statement: "At every step the iterate obeys the perturbed mirror identity, and the two formulas for \
                    the effective scale agree.",
        source: DESCENT,
        evidence: EvidenceKind::ExactAndMeasured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::S4,
        system: System::DiagonalLinear,
        subject: Subject::Descent,
        statement: "The gain has the scale of the squared stepsize times the sum of squared gradients, which \
                    lies between data-dependent multiples of the summed loss.",
        source: DESCENT,
        evidence: EvidenceKind::Measured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::S5,
        system: System::DiagonalLinear,
        subject: Subject::Descent,
        statement: "Stochastic gradient descent spreads its gain nearly evenly and recovers sparse \
                    predictors better at large stepsizes; gradient descent concentrates it on the support \
                    and recovers them worse.",
        source: DESCENT,
        evidence: EvidenceKind::Measured,
        status: Status::Stated,
    },
    Claim {
        id: ClaimId::S6,
        system: System::DiagonalLinear,
        subject: Subject::Descent,
        statement: "Just below the divergence threshold these effects grow sharply, stepsize times sharpness \
                    tends to 2, and the loss is not monotone.",
        source: DESCENT,
        evidence: EvidenceKind::Measured,
        status: Status::Stated,
    },
];

impl Claim {
    /// The row of a claim: `Claim::of(ClaimId::R7).status` is `Status::Conjecture`.
    pub fn of(id: ClaimId) -> &'static Claim {
        let position = CLAIMS.iter().position(|claim| claim.id == id);
        &CLAIMS[position.expect("every identifier has a row, which a test checks")]
    }
}

impl ClaimId {
    /// The name as printed, for example `"R2"`.
    pub fn name(self) -> &'static str {
        match self {
            ClaimId::R1 => "R1",
            ClaimId::R2 => "R2",
            ClaimId::R3 => "R3",
            ClaimId::R4 => "R4",
            ClaimId::R5 => "R5",
            ClaimId::R6 => "R6",
            ClaimId::R7 => "R7",
            ClaimId::D1 => "D1",
            ClaimId::D2 => "D2",
            ClaimId::D3 => "D3",
            ClaimId::S1 => "S1",
            ClaimId::S2 => "S2",
            ClaimId::S3 => "S3",
            ClaimId::S4 => "S4",
            ClaimId::S5 => "S5",
            ClaimId::S6 => "S6",
        }
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no claim.
///
/// For `"R99"` it prints `there is no claim "R99"; the claims are R1, R2, …`, with the names of all claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no claim {found:?}; the claims are {known}")]
pub struct UnknownClaim {
    /// The text, shortened.
    found: String,
    /// All names.
    known: String,
}

impl FromStr for ClaimId {
    type Err = UnknownClaim;

    fn from_str(text: &str) -> Result<ClaimId, UnknownClaim> {
        let row = CLAIMS
            .iter()
            .find(|claim| claim.id.name().eq_ignore_ascii_case(text));
        row.map(|claim| claim.id).ok_or_else(|| UnknownClaim {
            found: text.chars().take(20).collect(),
            known: CLAIMS.map(|claim| claim.id.name()).join(", "),
        })
    }
}

impl System {
    /// The name in instance files: `"relu-orthogonal"` or `"diagonal-linear"`.
    pub fn name(self) -> &'static str {
        match self {
            System::ReluOrthogonal => "relu-orthogonal",
            System::DiagonalLinear => "diagonal-linear",
        }
    }
}

impl EvidenceKind {
    /// The name as printed: `"exact"`, `"measured"` or `"exact + measured"`.
    pub fn name(self) -> &'static str {
        match self {
            EvidenceKind::Exact => "exact",
            EvidenceKind::Measured => "measured",
            EvidenceKind::ExactAndMeasured => "exact + measured",
        }
    }
}

impl Status {
    /// The name as printed: `"stated"`, `"derived here"` or `"conjecture"`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Stated => "stated",
            Status::Derived => "derived here",
            Status::Conjecture => "conjecture",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_name() {
        for claim in &CLAIMS {
            assert_eq!(claim.id.name().parse(), Ok(claim.id));
            assert_eq!(Claim::of(claim.id), claim);
        }
        assert!("R99".parse::<ClaimId>().is_err());
    }

    #[test]
    fn rows_are_printed_in_the_words_of_reports() {
        let words = |id| {
            let Claim {
                system,
                evidence,
                status,
                ..
            } = Claim::of(id);
            [system.name(), evidence.name(), status.name()]
        };
        assert_eq!(
            words(ClaimId::R1),
            ["relu-orthogonal", "measured", "derived here"]
        );
        assert_eq!(
            words(ClaimId::R7),
            ["relu-orthogonal", "measured", "conjecture"]
        );
        assert_eq!(
            words(ClaimId::D2),
            ["diagonal-linear", "exact + measured", "stated"]
        );
        assert_eq!(EvidenceKind::Exact.name(), "exact");
    }
}
