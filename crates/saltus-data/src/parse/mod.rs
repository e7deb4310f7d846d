//! Instance files: TOML text to a validated instance.

mod data;
mod init;
mod numbers;
mod section;

use saltus_problem::limits::MAX_FILE_BYTES;
use saltus_problem::{DiagonalInstance, Instance, OrthogonalData, ReluInstance};

use self::section::{Section, System, describe};
use crate::{DataError, ReadError};

/// Delivers the bytes of the file at a path that an instance file spells, relative to that instance file.
pub(crate) type ReadFile<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, ReadError>;

/// The instance file being read, and the way to the files that it names.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) read: ReadFile<'a>,
}

/// Reads the text of an instance file.
///
/// `file_name` is used in messages, and its stem is the name of an instance that gives none. `read` delivers the bytes of a
/// data file; it gets the path as the instance file spells it, relative to that file, and is expected to refuse files larger than
/// [`saltus_problem::limits::MAX_FILE_BYTES`] before reading them.
///
/// A number is a TOML integer, a TOML float (the exact dyadic that it denotes), or a string: an integer, a fraction `p/q` or a decimal.
///
/// | key | holds |
/// | --- | --- |
/// | `system` | `"relu-orthogonal"` or `"diagonal-linear"` |
/// | `name` | optional text |
/// | `[data] inputs` | n rows of d numbers, or the path of a CSV file without header line or of an NPY file |
/// | `[data] labels` | n numbers, or such a path |
/// | `[data] numbers` | `"exact"` (default) or `"f64"`: how CSV files of this table are read |
/// | `[data] table`, `target` | instead of inputs and labels: a CSV file with header line, and the column that holds the labels |
/// | `[data] center` | with `table`: `true` subtracts from every column, and from the labels, its exact mean |
/// | `[data] column_scale` | diagonal: d numbers that multiply the columns (after centring) |
/// | `[data] generate` | instead of inputs and labels: a recipe, see [`crate::generate`] |
/// | `[init] hidden` | ReLU: m rows of d numbers, or a path |
/// | `[init] signs` | ReLU: m numbers 1 or −1 for balanced output weights `±‖hidden_j‖` |
/// | `[init] output` | ReLU: instead of signs, m output weights, at least `‖hidden_j‖` in absolute value |
/// | `[init] generate` | ReLU: instead of hidden, signs and output: a recipe, see [`crate::generate`] |
/// | `[init] shape` | diagonal: d positive numbers |
/// | `[init] exponents` | m (ReLU) or d (diagonal) positive numbers |
/// | `[init] numbers` | like `[data] numbers`, for the CSV files of this table |
///
/// # Errors
/// [`DataError`], with the file, the key and its index or the line, what was found and what was expected.
///
/// # Example
/// ```
/// let text = r#"
///     system = "diagonal-linear"
///     [data]
///     inputs = [[1, "1/2"], [0, 0.25]]
///     labels = [1, "-0.5"]
/// "#;
/// let instance = saltus_data::parse_instance(text, "two.toml", &mut |_| Err(saltus_data::ReadError::NotFound))?;
/// assert_eq!((instance.name(), instance.system()), ("two", "diagonal-linear"));
/// # Ok::<(), saltus_data::DataError>(())
/// ```
pub fn parse_instance(
    text: &str,
    file_name: &str,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, ReadError>,
) -> Result<Instance, DataError> {
    let file = file_name;
    if MAX_FILE_BYTES.max < text.len() {
        return Err(DataError::TooLarge {
            file: file.to_owned(),
            found: text.len(),
        });
    }
    let table: toml::Table =
        toml::from_str(text).map_err(|error| syntax_error(text, file, &error))?;
    let mut top = Section::new(file, "", table);
    top.refuse_unknown(&[
        ("system", None),
        ("name", None),
        ("data", None),
        ("init", None),
    ])?;
    let system = top.required_text("system", "\"relu-orthogonal\" or \"diagonal-linear\"")?;
    let system = System::from_name(&system).ok_or_else(|| {
        top.value_error(
            "system",
            &toml::Value::String(system),
            "\"relu-orthogonal\" or \"diagonal-linear\"",
        )
    })?;
    let name = match top.take("name") {
        None => stem(file).to_owned(),
        Some(toml::Value::String(name)) => name,
        Some(other) => return Err(top.value_error("name", &other, "a string")),
    };
    let data = match top.take("data") {
        Some(toml::Value::Table(table)) => Section::new(file, "[data] ", table),
        Some(other) => return Err(top.value_error("data", &other, "a table")),
        None => return Err(top.missing("[data]", "a table with inputs and labels")),
    };
    let init = match top.take("init") {
        Some(toml::Value::Table(table)) => Some(Section::new(file, "[init] ", table)),
        Some(other) => return Err(top.value_error("init", &other, "a table")),
        None => None,
    };

    let mut source = Source { file, read };
    let problem = |source| DataError::Problem {
        file: file.to_owned(),
        source,
    };
    match system {
        System::Relu => {
            let (inputs, labels) = data::read_data(&mut source, system, data)?;
            let Some(init) = init else {
                return Err(top.missing("[init]", "a table with hidden, and signs or output"));
            };
            let data = OrthogonalData::new(inputs, labels).map_err(problem)?;
            let init = init::read_relu_init(&mut source, init, &data)?;
            Ok(Instance::Relu(
                ReluInstance::new(name, data, init).map_err(problem)?,
            ))
        }
        System::Diagonal => {
            let (inputs, labels) = data::read_data(&mut source, system, data)?;
            let init = match init {
                Some(init) => init::read_diagonal_init(&mut source, init)?,
                None => init::DiagonalInit::default(),
            };
            let instance = DiagonalInstance::new(name, inputs, labels, init.shapes, init.exponents);
            Ok(Instance::Diagonal(instance.map_err(problem)?))
        }
    }
}

/// The file name without its folders and without its last extension.
fn stem(file: &str) -> &str {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    match base.rfind('.') {
        Some(0) | None => base,
        Some(dot) => &base[..dot],
    }
}

fn syntax_error(text: &str, file: &str, error: &toml::de::Error) -> DataError {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or("");
    let last_line = before.rsplit('\n').next().unwrap_or("");
    DataError::Syntax {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: last_line.chars().count() + 1,
        message: if error.message().contains("as i128")
            || error.message().contains("integer number overflowed")
        {
            "found an integer beyond 64 bits, expected it in quotes".to_owned()
        } else if error.message().contains("u64 value was too large") {
            "found an integer beyond 64 bits, expected a smaller one, or a number in quotes"
                .to_owned()
        } else if error.message() == "duplicate key" {
            "found a duplicate key, expected every key once".to_owned()
        } else {
            describe(error.message())
        },
    }
}
