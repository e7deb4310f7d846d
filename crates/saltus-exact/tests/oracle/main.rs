//! The exact arithmetic against dashu, another library of exact numbers, bit for bit: random values and those chosen to mislead.
//!
//! dashu shares no code with the big integers that this crate is built on, and is never part of what is shipped.

mod integers;
mod intervals;
mod matrices;
mod rationals;
mod sqrt_sums;
mod values;
