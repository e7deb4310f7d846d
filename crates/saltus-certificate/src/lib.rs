//! The certificate format: types, reader, writer. No logic.
//!
//! A certificate is a JSON object that holds an instance, its limiting jump sequence and witnesses for every step of it, all
//! exact numbers as text. This crate knows the grammar and nothing of its meaning: the producer and the checkers share these
//! nouns and none of each other's verbs. The format is documented in the book, chapter "The certificate format".
//!
//! ```
//! use saltus_certificate::{Certificate, ReadError};
//!
//! assert!(matches!(Certificate::read(b"{}"), Err(ReadError::Grammar { .. })));
//! ```

mod certificate;
mod diagonal;
mod instance;
mod number;
mod relu;

pub use certificate::{Certificate, MAX_CERTIFICATE_BYTES, ReadError, VERSION};
pub use diagonal::{DiagonalCertificate, DiagonalEnd, DiagonalJump, Fit, Separation};
pub use instance::{
    DiagonalText, InstanceTextError, OutputText, ReluText, SignText, SystemDiagonal, SystemRelu,
    instance_hash, instance_text,
};
pub use number::{MAX_NUMBER_CHARS, MAX_SUM_CHARS, Number, Sum, Whole};
pub use relu::{
    Bracket, MAX_PRECISION, Racer, ReluCertificate, ReluEnd, ReluJump, TieProof, Time, Winner,
};
