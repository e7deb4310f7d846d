//! The instance inside a certificate, its canonical text and the hash of that text.

use saltus_exact::{Rational, RationalMatrix, ShapeError};
use saltus_problem::{
    DiagonalInstance, Instance, OrthogonalData, Output, ProblemError, ReluInitialisation,
    ReluInstance, Sign,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::number::Number;

/// Why the instance text of a certificate is no instance, such as `inputs: row 1 has 2 entries, but row 0 has 3`.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InstanceTextError {
    /// Rows of different lengths.
    #[error("{table}: {reason}")]
    Shape {
        /// Which table.
        table: &'static str,
        /// Which row.
        reason: ShapeError,
    },
    /// The numbers do not form an instance.
    #[error(transparent)]
    Problem(#[from] ProblemError),
}

/// The word for the system of a diagonal instance: `"system":"diagonal-linear"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SystemDiagonal {
    /// A diagonal linear network.
    #[serde(rename = "diagonal-linear")]
    DiagonalLinear,
}

/// The word for the system of a ReLU instance: `"system":"relu-orthogonal"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SystemRelu {
    /// A two-layer ReLU network on orthogonal data.
    #[serde(rename = "relu-orthogonal")]
    ReluOrthogonal,
}

/// A diagonal instance as a certificate writes it, every list in full.
///
/// ```json
/// {"system":"diagonal-linear","name":"two","inputs":[["1","0"],["0","1"]],"labels":["2","-1"],
/// "shape":["1","1"],"exponents":["1","1"]}
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagonalText {
    /// `diagonal-linear`.
    pub system: SystemDiagonal,
    /// The name of the instance file.
    pub name: String,
    /// `X`, n rows of length d.
    pub inputs: Vec<Vec<Number>>,
    /// `y`, n numbers.
    pub labels: Vec<Number>,
    /// The shapes `c`, d numbers.
    pub shape: Vec<Number>,
    /// The exponents `k`, d numbers.
    pub exponents: Vec<Number>,
}

/// A ReLU instance as a certificate writes it, every list in full.
///
/// ```json
/// {"system":"relu-orthogonal","name":"two","inputs":[["1","0"],["0","1"]],"labels":["2","-1"],
/// "hidden":[["1","1"],["1","1"]],"output":{"signs":["+","-"]},"exponents":["1","1"]}
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReluText {
    /// `relu-orthogonal`.
    pub system: SystemRelu,
    /// The name of the instance file.
    pub name: String,
    /// The inputs `x_i`, n rows of length d.
    pub inputs: Vec<Vec<Number>>,
    /// The labels `y_i`, n numbers.
    pub labels: Vec<Number>,
    /// The hidden weights `ŵ_j`, m rows of length d.
    pub hidden: Vec<Vec<Number>>,
    /// The output weights `â_j`.
    pub output: OutputText,
    /// The exponents `k_j`, m numbers.
    pub exponents: Vec<Number>,
}

/// Output weights: `{"signs": ["+", "-"]}` for `±‖ŵ_j‖`, or `{"weights": [m numbers]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputText {
    /// The signs of balanced output weights.
    Signs(Vec<SignText>),
    /// The output weights themselves.
    Weights(Vec<Number>),
}

/// `"+"` or `"-"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignText {
    /// +1.
    #[serde(rename = "+")]
    Plus,
    /// −1.
    #[serde(rename = "-")]
    Minus,
}

fn numbers(list: &[Number]) -> Vec<Rational> {
    list.iter().map(|number| number.0.clone()).collect()
}

fn texts(list: &[Rational]) -> Vec<Number> {
    list.iter().cloned().map(Number).collect()
}

fn matrix(table: &'static str, rows: &[Vec<Number>]) -> Result<RationalMatrix, InstanceTextError> {
    let rows = rows.iter().map(|row| numbers(row)).collect();
    RationalMatrix::from_rows(rows).map_err(|reason| InstanceTextError::Shape { table, reason })
}

impl DiagonalText {
    /// The instance that is written here.
    ///
    /// # Errors
    /// [`InstanceTextError`] if the rows have different lengths or [`DiagonalInstance::new`] refuses the parts.
    pub fn build(&self) -> Result<DiagonalInstance, InstanceTextError> {
        Ok(DiagonalInstance::new(
            self.name.clone(),
            matrix("inputs", &self.inputs)?,
            numbers(&self.labels),
            Some(numbers(&self.shape)),
            Some(numbers(&self.exponents)),
        )?)
    }

    /// The SHA-256 of the canonical text: JSON without spaces, keys in the order of the fields; 64 hexadecimal digits.
    ///
    /// For the example of this type, written on one line, it is
    /// `c0d374006da328507fa17d494c2bed21ba168f8da10387e39f4e4795b1ee7eb7`.
    pub fn hash(&self) -> String {
        hash_of(&compact(self))
    }
}

impl ReluText {
    /// The instance that is written here.
    ///
    /// # Errors
    /// [`InstanceTextError`] if rows have different lengths or the constructors of the problem crate refuse the parts.
    pub fn build(&self) -> Result<ReluInstance, InstanceTextError> {
        let data = OrthogonalData::new(matrix("inputs", &self.inputs)?, numbers(&self.labels))?;
        let output = match &self.output {
            OutputText::Weights(weights) => Output::Given(numbers(weights)),
            OutputText::Signs(signs) => Output::Balanced {
                signs: signs
                    .iter()
                    .map(|sign| match sign {
                        SignText::Plus => Sign::Positive,
                        SignText::Minus => Sign::Negative,
                    })
                    .collect(),
            },
        };
        let hidden = matrix("hidden", &self.hidden)?;
        let init = ReluInitialisation::new(hidden, output, Some(numbers(&self.exponents)))?;
        Ok(ReluInstance::new(self.name.clone(), data, init)?)
    }

    /// The SHA-256 of the canonical text: JSON without spaces, keys in the order of the fields; 64 hexadecimal digits.
    ///
    /// For the example of this type, written on one line, it is
    /// `4b0411be70192e7a7dad22c93e824b8bdac37cb1ba748d904519de55cb0e9e40`.
    pub fn hash(&self) -> String {
        hash_of(&compact(self))
    }
}

impl From<&DiagonalInstance> for DiagonalText {
    fn from(instance: &DiagonalInstance) -> DiagonalText {
        DiagonalText {
            system: SystemDiagonal::DiagonalLinear,
            name: instance.name().to_owned(),
            inputs: instance.inputs().rows().map(texts).collect(),
            labels: texts(instance.labels()),
            shape: texts(instance.shapes()),
            exponents: texts(instance.exponents()),
        }
    }
}

impl From<&ReluInstance> for ReluText {
    fn from(instance: &ReluInstance) -> ReluText {
        let (data, init) = (instance.data(), instance.init());
        ReluText {
            system: SystemRelu::ReluOrthogonal,
            name: instance.name().to_owned(),
            inputs: data.inputs().rows().map(texts).collect(),
            labels: texts(data.labels()),
            hidden: init.hidden().rows().map(texts).collect(),
            output: match init.output() {
                Output::Given(weights) => OutputText::Weights(texts(weights)),
                Output::Balanced { signs } => OutputText::Signs(
                    signs
                        .iter()
                        .map(|sign| match sign {
                            Sign::Positive => SignText::Plus,
                            Sign::Negative => SignText::Minus,
                        })
                        .collect(),
                ),
            },
            exponents: texts(init.exponents()),
        }
    }
}

/// The canonical text of an instance, which certificates hash: JSON without spaces, keys in the order of the fields,
/// such as `{"system":"diagonal-linear","name":"two","inputs":[["1","0"],["0","1"]],` and so on.
pub fn instance_text(instance: &Instance) -> String {
    match instance {
        Instance::Relu(instance) => compact(&ReluText::from(instance)),
        Instance::Diagonal(instance) => compact(&DiagonalText::from(instance)),
    }
}

/// The SHA-256 of [`instance_text`], as the `hash` of a certificate.
pub fn instance_hash(instance: &Instance) -> String {
    hash_of(&instance_text(instance))
}

pub(crate) fn compact<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("strings, lists and structs always have a JSON text")
}

fn hash_of(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
