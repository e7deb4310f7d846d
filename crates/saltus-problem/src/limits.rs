//! Bounds on the size of an instance: every table is checked against them before it is allocated or searched.

use crate::ProblemError;

/// A named upper bound on one quantity.
///
/// A broken one is reported as `[data] inputs: found 100001 samples, expected at most 100000 (MAX_SAMPLES)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The name of the constant, which messages repeat.
    pub name: &'static str,
    /// What is counted, in the plural.
    pub what: &'static str,
    /// The largest accepted count.
    pub max: usize,
}

/// Rows of the data: samples `n`.
pub const MAX_SAMPLES: Limit = Limit {
    name: "MAX_SAMPLES",
    what: "samples",
    max: 100_000,
};
/// Columns of the data: input dimension `d`.
pub const MAX_DIMENSION: Limit = Limit {
    name: "MAX_DIMENSION",
    what: "dimensions",
    max: 100_000,
};
/// Neurons of the hidden layer: width `m`.
pub const MAX_WIDTH: Limit = Limit {
    name: "MAX_WIDTH",
    what: "neurons",
    max: 100_000,
};
/// Entries of one matrix (`n·d` or `m·d`).
pub const MAX_ENTRIES: Limit = Limit {
    name: "MAX_ENTRIES",
    what: "matrix entries",
    max: 4_000_000,
};
/// Bytes of one file, an instance file or a data file that it names: `2^28 = 268 435 456`.
pub const MAX_FILE_BYTES: Limit = Limit {
    name: "MAX_FILE_BYTES",
    what: "bytes",
    max: 256 * 1024 * 1024,
};

impl Limit {
    /// Accepts `found` if it is within the limit; `place` says where the count was taken, such as `[data] inputs`.
    ///
    /// # Errors
    /// [`ProblemError::LimitExceeded`] with the limit, the place and the count.
    pub fn check(self, place: &'static str, found: usize) -> Result<(), ProblemError> {
        if found <= self.max {
            Ok(())
        } else {
            Err(ProblemError::LimitExceeded {
                place,
                limit: self,
                found,
            })
        }
    }
}

/// Checks a matrix of `rows` × `columns` entries against `rows_limit`, [`MAX_DIMENSION`] and [`MAX_ENTRIES`].
///
/// # Errors
/// [`ProblemError::LimitExceeded`] with the first of the three limits that is broken.
pub fn check_matrix(
    place: &'static str,
    rows_limit: Limit,
    rows: usize,
    columns: usize,
) -> Result<(), ProblemError> {
    rows_limit.check(place, rows)?;
    MAX_DIMENSION.check(place, columns)?;
    MAX_ENTRIES.check(place, rows.saturating_mul(columns))
}
