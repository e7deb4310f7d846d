//! Instances from text and from seeds: instance files (TOML) with the CSV and NPY files that they name, and seeded generators.
//!
//! This crate opens no file: [`parse_instance`] gets the text of an instance file, and a function that delivers the bytes of the
//! data files that it names. All numbers are exact from here on.

pub mod error;
mod files;
pub mod generate;
mod parse;
pub mod shipped;
mod write;

pub use error::{DataError, ReadError};
pub use parse::parse_instance;
pub use write::inline_toml;
