//! The arrays of a run as a NumPy archive: `.npy` files in a zip without compression, the same bytes for the same arrays.

use std::io::{Cursor, Seek, Write};
use std::path::Path;

use ndarray::{Array0, Array1, Array2};
use ndarray_npy::{NpzWriter, WriteNpzError};

use crate::failure::Failure;

/// A named array; of the name `loss`, NumPy finds it as `numpy.load("run.npz")["loss"]`.
#[derive(Debug, Clone)]
pub struct NamedArray {
    /// Its key in the archive.
    name: &'static str,
    values: Values,
}

#[derive(Debug, Clone)]
enum Values {
    Scalar(f64),
    Vector(Array1<f64>),
    Steps(Array1<u64>),
    Matrix(Array2<f64>),
}

impl NamedArray {
    /// A number, of shape `()`.
    pub fn scalar(name: &'static str, value: f64) -> Self {
        let values = Values::Scalar(value);
        NamedArray { name, values }
    }

    /// A vector; what is absent becomes NaN: `[Some(2.0), None]` is the array `[2, NaN]` of shape `(2,)`.
    pub fn vector<T: Into<Option<f64>>>(
        name: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let number = |value: T| value.into().unwrap_or(f64::NAN);
        let values = Values::Vector(values.into_iter().map(number).collect());
        NamedArray { name, values }
    }

    /// A vector of step counts: `[0, 10, 20]` is an array of shape `(3,)` of whole numbers of 64 bits.
    pub fn steps(name: &'static str, values: impl IntoIterator<Item = u64>) -> Self {
        let values = Values::Steps(values.into_iter().collect());
        NamedArray { name, values }
    }

    /// A matrix of rows of this many columns, all of the same length: `[1, 2, 3]` and `[4, 5, 6]` make one of shape `(2, 3)`.
    pub fn matrix<'a>(
        name: &'static str,
        columns: usize,
        rows: impl IntoIterator<Item = &'a [f64]>,
    ) -> Self {
        let entries: Vec<f64> = rows.into_iter().flatten().copied().collect();
        let n_rows = entries.len().checked_div(columns).unwrap_or(0);
        let values = Array2::from_shape_vec((n_rows, columns), entries);
        let values =
            values.expect("every row of a run has one entry for each neuron or coordinate");
        NamedArray {
            name,
            values: Values::Matrix(values),
        }
    }
}

/// Refuses another ending of the name than the one that readers of archives look for:
/// `--npz: found run.zip, expected a name that ends in .npz`.
pub fn check_name(path: &Path) -> Result<(), Failure> {
    let is_npz = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
    if is_npz {
        return Ok(());
    }
    let found = path.display();
    let message = format!("found {found}, expected a name that ends in .npz");
    Err(Failure::input("--npz", message))
}

/// The archive, in which the array of the name `loss` is the file `loss.npy`.
pub fn archive(arrays: &[NamedArray]) -> Result<Vec<u8>, Failure> {
    let written = || -> Result<Vec<u8>, WriteNpzError> {
        let mut writer = NpzWriter::new(Cursor::new(vec![]));
        for array in arrays {
            add(&mut writer, array)?;
        }
        Ok(writer.finish()?.into_inner())
    };
    written().map_err(|error| Failure::unsettled("the arrays have no NPZ form", error))
}

fn add<W: Write + Seek>(
    writer: &mut NpzWriter<W>,
    array: &NamedArray,
) -> Result<(), WriteNpzError> {
    match &array.values {
        Values::Scalar(value) => writer.add_array(array.name, &Array0::from_elem((), *value)),
        Values::Vector(values) => writer.add_array(array.name, values),
        Values::Steps(values) => writer.add_array(array.name, values),
        Values::Matrix(values) => writer.add_array(array.name, values),
    }
}
