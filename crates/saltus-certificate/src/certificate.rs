//! Reading and writing whole certificates.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::diagonal::DiagonalCertificate;
use crate::instance::compact;
use crate::relu::ReluCertificate;

/// The version of the format that this crate reads and writes: certificates begin with `{"version":1,`.
pub const VERSION: u32 = 1;

/// The largest certificate that is read, in bytes: `64 · 2²⁰ = 67_108_864`.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024 * 1024;

/// A certificate for either system, told apart by its `"system"`: `"relu-orthogonal"` or `"diagonal-linear"`.
#[derive(Clone, Debug, PartialEq)]
pub enum Certificate {
    /// For a two-layer ReLU network on orthogonal data.
    Relu(ReluCertificate),
    /// For a diagonal linear network.
    Diagonal(DiagonalCertificate),
}

/// Why bytes are not a certificate, such as `found 67108865 bytes, expected at most 67108864`.
#[derive(Debug, Error)]
pub enum ReadError {
    /// More than [`MAX_CERTIFICATE_BYTES`].
    #[error("found {found} bytes, expected at most {MAX_CERTIFICATE_BYTES}")]
    TooLarge {
        /// The length of the file.
        found: usize,
    },
    /// Not JSON of the documented shape; the message says where.
    #[error("{reason}")]
    Grammar {
        /// Line, column and what was expected there.
        reason: serde_json::Error,
    },
    /// The word after `"system"` is none of the two.
    #[error("found the system `{found}`, expected `relu-orthogonal` or `diagonal-linear`")]
    System {
        /// The beginning of the word.
        found: String,
    },
    /// A list where the format has an object.
    #[error("found a list where the format has an object")]
    Unlabelled,
}

/// As much of a certificate as tells which system it is for.
#[derive(Deserialize)]
struct Header {
    instance: HeaderInstance,
}

#[derive(Deserialize)]
struct HeaderInstance {
    system: String,
}

impl Certificate {
    /// Reads a certificate; sizes are checked before numbers are built, and the depth of the text is limited.
    ///
    /// # Errors
    /// [`ReadError`] for anything but one JSON object of the documented shape: unknown, missing and repeated keys and second
    /// spellings of a number are refused.
    pub fn read(bytes: &[u8]) -> Result<Certificate, ReadError> {
        if bytes.len() > MAX_CERTIFICATE_BYTES {
            return Err(ReadError::TooLarge { found: bytes.len() });
        }
        let header: Header = from_json(bytes)?;
        match header.instance.system.as_str() {
            "relu-orthogonal" => Ok(Certificate::Relu(read_labelled(bytes)?)),
            "diagonal-linear" => Ok(Certificate::Diagonal(read_labelled(bytes)?)),
            other => Err(ReadError::System {
                found: other.chars().take(40).collect(),
            }),
        }
    }

    /// SHA-256 of the canonical text of the instance inside, as stated and not recomputed: 64 hexadecimal digits, such
    /// as `c0d374006da328507fa17d494c2bed21ba168f8da10387e39f4e4795b1ee7eb7`.
    pub fn hash(&self) -> &str {
        match self {
            Certificate::Diagonal(certificate) => &certificate.hash,
            Certificate::Relu(certificate) => &certificate.hash,
        }
    }

    /// The text of the certificate: JSON without spaces on one line, with a line break at the end. It begins with
    /// `{"version":1,"hash":"`.
    pub fn write(&self) -> String {
        let mut text = match self {
            Certificate::Relu(certificate) => compact(certificate),
            Certificate::Diagonal(certificate) => compact(certificate),
        };
        text.push('\n');
        text
    }
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ReadError> {
    serde_json::from_slice(bytes).map_err(|reason| ReadError::Grammar { reason })
}

/// Reads a typed value and refuses objects that were written as lists, which the derived readers would let through.
fn read_labelled<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, ReadError> {
    let typed: T = from_json(bytes)?;
    let found: Value = from_json(bytes)?;
    let written: Value =
        serde_json::to_value(&typed).map_err(|reason| ReadError::Grammar { reason })?;
    if found == written {
        Ok(typed)
    } else {
        Err(ReadError::Unlabelled)
    }
}
