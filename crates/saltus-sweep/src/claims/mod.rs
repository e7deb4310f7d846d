//! Evidence for the two statistical claims, and what follows from it.
//!
//! Gathering is apart from judging, so that a wrong expectation can be held against the same evidence.

mod interpolation;
mod norm;

pub use interpolation::{
    Cell, InterpolationEvidence, InterpolationExpectation, ThresholdInstance, ThresholdWidth,
    check_r4, gather_r4, threshold_instances,
};
pub use norm::{NormEvidence, NormExpectation, RatioTarget, check_r5, gather_r5};

use serde_json::{Map, Value};

use crate::interpolation::InterpolationError;
use crate::plan::PlanError;

/// What the evidence says about a claim.
///
/// A refuted one has `holds = Some(false)` and a reason such as
/// `least width on 10 points: found 20, expected the step of P at 1 − δ`.
#[derive(Debug, Clone, PartialEq)]
pub struct StatisticalOutcome {
    /// Whether the claim holds; `None` where something could not be settled.
    pub holds: Option<bool>,
    /// What differs or is unsettled first; `None` where the claim holds.
    pub reason: Option<String>,
    /// The figures, under stable keys. What stands under `conjecture` is measured and decides nothing.
    pub evidence: Map<String, Value>,
}

/// Why no evidence could be gathered.
///
/// It prints, for example, `gathering for R5: cancelled after 12 of 813 tasks`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// A probability or a width has no answer.
    #[error("gathering for {claim}: {source}")]
    Interpolation {
        /// The claim.
        claim: &'static str,
        /// Why.
        source: InterpolationError,
    },
    /// The plan of the sweep is not one.
    #[error("gathering for {claim}: {source}")]
    Plan {
        /// The claim.
        claim: &'static str,
        /// Why.
        source: PlanError,
    },
    /// An instance for the simulation could not be drawn or predicted.
    #[error("gathering for {claim}: instance {instance}: {found}")]
    Instance {
        /// The claim.
        claim: &'static str,
        /// Which instance.
        instance: usize,
        /// Why.
        found: String,
    },
    /// The caller asked to stop.
    #[error("gathering for {claim}: cancelled after {done} of {of} tasks")]
    Cancelled {
        /// The claim.
        claim: &'static str,
        /// Tasks that were done.
        done: usize,
        /// Tasks in all.
        of: usize,
    },
}

/// Collects mismatches: the first one is reported, and outweighs whatever is unsettled.
#[derive(Debug, Default)]
struct Findings {
    mismatch: Option<String>,
    unsettled: Option<String>,
    evidence: Map<String, Value>,
}

impl Findings {
    /// Demands something that the evidence shows or refutes.
    fn demand(&mut self, is_met: bool, otherwise: impl FnOnce() -> String) {
        if !is_met {
            self.mismatch.get_or_insert_with(otherwise);
        }
    }

    fn unsettled(&mut self, reason: String) {
        self.unsettled.get_or_insert(reason);
    }

    fn record(&mut self, key: &str, value: Value) {
        self.evidence.insert(key.to_owned(), value);
    }

    fn conclude(self) -> StatisticalOutcome {
        let (holds, reason) = match (self.mismatch, self.unsettled) {
            (Some(reason), _) => (Some(false), Some(reason)),
            (None, Some(reason)) => (None, Some(reason)),
            (None, None) => (Some(true), None),
        };
        StatisticalOutcome {
            holds,
            reason,
            evidence: self.evidence,
        }
    }
}
