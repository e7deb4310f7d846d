//! Tables of numbers from the bytes of CSV and NPY files.

pub(crate) mod csv;
pub(crate) mod npy;

use saltus_exact::{Rational, RationalMatrix};

/// How the entries of a CSV file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// As the exact decimals or fractions that they spell.
    Exact,
    /// As the doubles nearest to the decimals that they spell.
    Double,
}

/// A rectangular table with its entries row by row.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) entries: Vec<Rational>,
}

impl Table {
    pub(crate) fn into_matrix(self) -> RationalMatrix {
        RationalMatrix::new(self.rows, self.columns, self.entries)
            .expect("a table has rows times columns entries")
    }
}
