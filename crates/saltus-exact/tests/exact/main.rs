//! The tests of the number types through their public interface.

mod decimals;
mod divisors;
mod enclosures;
mod floats;
mod fractions;
mod generators;
mod linear_algebra;
mod rationals;
mod sqrt_sum_laws;
mod sqrt_sums;
mod texts;
