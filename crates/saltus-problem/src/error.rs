//! Why data do not form an instance.

use saltus_exact::Rational;
use thiserror::Error;

use crate::limits::Limit;

/// A reason why data do not form an instance: where, what was found, what was expected. Indices count from 0.
///
/// Inputs `[3, 4]` and `[-4, 2]` give `[data] inputs, rows 0 and 1 (from 0): found inner product -4, expected exactly 0`.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ProblemError {
    /// A table is larger than a limit.
    #[error("{place}: found {found} {}, expected at most {} ({})", limit.what, limit.max, limit.name)]
    LimitExceeded {
        /// Which table.
        place: &'static str,
        /// Which limit.
        limit: Limit,
        /// The count found.
        found: usize,
    },
    /// A table has no rows or no columns.
    #[error("{place}: found {rows} × {columns} numbers, expected at least 1 × 1")]
    Empty {
        /// Which table.
        place: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
    },
    /// A list has the wrong length.
    #[error("{place}: found length {found}, expected {expected} ({reason})")]
    Length {
        /// Which list.
        place: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits the other tables.
        expected: usize,
        /// What the expected length counts.
        reason: &'static str,
    },
    /// The hidden weights have another number of columns than the inputs.
    #[error(
        "[init] hidden: found rows of length {found}, expected {expected} (the input dimension of [data] inputs)"
    )]
    HiddenDimension {
        /// Columns of the hidden weights.
        found: usize,
        /// Columns of the inputs.
        expected: usize,
    },
    /// An input of a ReLU instance is the zero vector.
    #[error("[data] inputs, row {row} (from 0): found the zero vector, expected a non-zero input")]
    ZeroInput {
        /// The row.
        row: usize,
    },
    /// Two inputs of a ReLU instance are not orthogonal.
    #[error(
        "[data] inputs, rows {first} and {second} (from 0): found inner product {inner_product}, expected exactly 0"
    )]
    NotOrthogonal {
        /// The smaller row index of the pair.
        first: usize,
        /// The larger row index; no smaller one takes part in a failing pair as the larger.
        second: usize,
        /// The exact inner product, shortened in the middle if it is long.
        inner_product: String,
    },
    /// A number that must be positive is not.
    #[error("{place}[{index}] (from 0): found {found}, expected a positive number")]
    NotPositive {
        /// Which list.
        place: &'static str,
        /// The position in it.
        index: usize,
        /// The number, shortened in the middle if it is long.
        found: String,
    },
    /// An output weight is smaller in absolute value than the norm of the hidden weights of its neuron.
    #[error(
        "[init] output[{neuron}] (from 0): found output² = {squared_output} < ‖hidden‖² = {squared_hidden}, \
         expected |output| ≥ ‖hidden‖ (otherwise the sign of the output weight may change, which the theory excludes)"
    )]
    OutputTooSmall {
        /// The neuron.
        neuron: usize,
        /// The square of its output weight, shortened if long.
        squared_output: String,
        /// The squared norm of its hidden weights, shortened if long.
        squared_hidden: String,
    },
    /// An output weight is 0, so the neuron has no sign.
    #[error(
        "[init] output[{neuron}] (from 0): found 0, expected a non-zero number (its sign is that of the neuron)"
    )]
    ZeroOutput {
        /// The neuron.
        neuron: usize,
    },
    /// The log inverse scale is not a positive finite number.
    #[error("log inverse scale: found {found}, expected a positive finite number")]
    LogInverseScale {
        /// The value given.
        found: f64,
    },
    /// A time is negative or not finite.
    #[error("time: found {found}, expected a finite number that is at least 0")]
    Time {
        /// The value given.
        found: f64,
    },
}

/// The text of a number, with the middle left out where it is longer than a line can bear.
pub(crate) fn shorten(number: &Rational) -> String {
    const LONGEST: usize = 60;
    const KEPT: usize = 20;
    // Three bits make less than one decimal digit: printing a huge number in full would cost quadratic time for nothing.
    if number.bits() > 100_000 {
        return format!("a number of {} bits", number.bits());
    }
    let text = number.to_string();
    if text.len() <= LONGEST {
        return text;
    }
    format!(
        "{}…{} ({} characters)",
        &text[..KEPT],
        &text[text.len() - KEPT..],
        text.len()
    )
}
