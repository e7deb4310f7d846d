//! What both systems share: version, hash, instance, lengths and losses.

use saltus_certificate::{InstanceTextError, VERSION};
use saltus_exact::Rational;
use saltus_problem::ProblemError;

use crate::verdict::{Rejection, Rule, require};

/// Rule `version`.
pub(crate) fn version(found: u32) -> Result<(), Rejection> {
    require(found == VERSION, Rule::Version, None, || {
        format!("found version {found}, expected {VERSION}")
    })
}

/// Rule `hash`.
pub(crate) fn hash(found: &str, expected: &str) -> Result<(), Rejection> {
    require(found == expected, Rule::Hash, None, || {
        let shown: String = found.chars().take(64).collect();
        format!("found {shown}, expected {expected}")
    })
}

/// Rules `instance` and `orthogonality`.
pub(crate) fn instance<T>(built: Result<T, InstanceTextError>) -> Result<T, Rejection> {
    built.map_err(|error| {
        let rule = match &error {
            InstanceTextError::Problem(
                ProblemError::NotOrthogonal { .. } | ProblemError::ZeroInput { .. },
            ) => Rule::Orthogonality,
            _ => Rule::Instance,
        };
        Rejection::new(rule, None, error.to_string())
    })
}

/// Part of rule `shape`: a list of a certain length.
pub(crate) fn length(
    step: Option<usize>,
    list: &str,
    found: usize,
    expected: usize,
) -> Result<(), Rejection> {
    require(found == expected, Rule::Shape, step, || {
        format!("{list}: found {found} entries, expected {expected}")
    })
}

/// Rule `loss`.
pub(crate) fn loss(step: usize, found: &Rational, expected: &Rational) -> Result<(), Rejection> {
    require(found == expected, Rule::Loss, Some(step), || {
        format!("found the loss {found:?}, expected {expected:?}")
    })
}

/// Rule `interpolation`.
pub(crate) fn interpolation(found: bool, expected: bool) -> Result<(), Rejection> {
    require(found == expected, Rule::Interpolation, None, || {
        format!("found {found}, expected {expected}")
    })
}
