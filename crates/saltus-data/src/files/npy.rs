//! NPY files of one or two axes, with entries `<f8`, `<f4` or `<i8`, in C or Fortran order.

use ndarray::ArrayD;
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadNpyExt, ReadableElement};
use saltus_exact::Rational;
use saltus_problem::limits::{MAX_DIMENSION, MAX_ENTRIES, MAX_SAMPLES};

use super::Table;
use crate::DataError;
use crate::error::quoted;

/// NumPy writes 118 bytes for any array of up to two axes; a header may nest, and its reader recurses, so it is kept short.
const MAX_HEADER_BYTES: usize = 256;

/// A plain array has two, those of the header itself and of its shape; a few more still give a message that says what is wrong.
const MAX_HEADER_BRACKETS: usize = 6;

/// Reads an array exactly; a vector becomes a table of one column.
pub(crate) fn read_matrix(bytes: &[u8], file: &str, key: &'static str) -> Result<Table, DataError> {
    let wrong = |found: String, expected| DataError::Npy {
        file: file.to_owned(),
        found,
        expected,
    };
    let data_start = data_start(bytes).ok_or_else(|| {
        wrong(
            "another kind of file, or a damaged one".to_owned(),
            "an NPY file with a header of at most 256 bytes",
        )
    })?;
    // The reader of headers takes a time that doubles with every bracket that stays open.
    let opened = bytes[..data_start]
        .iter()
        .filter(|byte| b"([{".contains(byte))
        .count();
    if opened > MAX_HEADER_BRACKETS {
        return Err(wrong(
            format!("a header with {opened} opening brackets"),
            "an NPY header of a plain array",
        ));
    }
    let header = Header::from_reader(&mut &bytes[..data_start])
        .map_err(|error| wrong(quoted(&error.to_string()), "an NPY header"))?;

    // The shape is compared with the bytes that are there before anything is allocated for it.
    let (rows, columns) = match header.shape[..] {
        [rows] => (rows, 1),
        [rows, columns] => (rows, columns),
        _ => return Err(wrong(format!("{} axes", header.shape.len()), "1 or 2 axes")),
    };
    if rows == 0 || columns == 0 {
        return Err(wrong(
            format!("an array of {rows} × {columns} numbers"),
            "at least one number",
        ));
    }
    let problem = |source| DataError::Problem {
        file: file.to_owned(),
        source,
    };
    MAX_SAMPLES.check(key, rows).map_err(problem)?;
    MAX_DIMENSION.check(key, columns).map_err(problem)?;
    MAX_ENTRIES.check(key, rows * columns).map_err(problem)?;
    let kind = header
        .type_descriptor
        .as_string()
        .map_or("", String::as_str);
    let entry_bytes = match kind {
        "<f8" | "<i8" => 8,
        "<f4" => 4,
        _ => {
            let found = quoted(&header.type_descriptor.to_string());
            return Err(wrong(
                format!("entries of type {found}"),
                "entries of type <f8, <f4 or <i8",
            ));
        }
    };
    let (found, needed) = (bytes.len() - data_start, rows * columns * entry_bytes);
    if found != needed {
        return Err(wrong(
            format!("{found} bytes of data for {rows} × {columns} numbers of {entry_bytes} bytes"),
            "a file as long as its header says",
        ));
    }

    let convert = |rational: Option<Rational>, index: usize| {
        rational.ok_or_else(|| {
            wrong(
                format!(
                    "NaN or an infinity at [{}][{}]",
                    index / columns,
                    index % columns
                ),
                "finite numbers",
            )
        })
    };
    let entries: Result<Vec<Rational>, DataError> = match kind {
        "<f8" => {
            let array =
                read_array::<f64>(bytes).map_err(|found| wrong(found, "an array of doubles"))?;
            array
                .iter()
                .enumerate()
                .map(|(index, &entry)| convert(Rational::from_f64(entry), index))
                .collect()
        }
        "<f4" => {
            let array =
                read_array::<f32>(bytes).map_err(|found| wrong(found, "an array of floats"))?;
            array
                .iter()
                .enumerate()
                .map(|(index, &entry)| convert(Rational::from_f64(entry.into()), index))
                .collect()
        }
        _ => {
            let array =
                read_array::<i64>(bytes).map_err(|found| wrong(found, "an array of integers"))?;
            Ok(array
                .iter()
                .map(|&entry| Rational::integer(entry))
                .collect())
        }
    };
    Ok(Table {
        rows,
        columns,
        entries: entries?,
    })
}

fn read_array<A: ReadableElement>(bytes: &[u8]) -> Result<ArrayD<A>, String> {
    ArrayD::read_npy(bytes).map_err(|error| quoted(&error.to_string()))
}

/// Where the data begin, if the file starts like an NPY file with a header of acceptable length that is all there.
fn data_start(bytes: &[u8]) -> Option<usize> {
    const MAGIC: &[u8] = b"\x93NUMPY";
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    let (length_at, length) = match bytes.get(MAGIC.len())? {
        1 => (
            8,
            usize::from(u16::from_le_bytes(bytes.get(8..10)?.try_into().ok()?)) + 2,
        ),
        2 | 3 => (
            8,
            usize::try_from(u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?))
                .ok()?
                .checked_add(4)?,
        ),
        _ => return None,
    };
    let start = length_at + length;
    (length <= MAX_HEADER_BYTES && start <= bytes.len()).then_some(start)
}
