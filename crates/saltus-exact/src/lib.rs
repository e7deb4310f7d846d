//! Exact numbers: rationals, sums of square roots, rigorous enclosures, fraction-free linear algebra.
//!
//! * [`Rational`] is a fraction of arbitrary size, compared by cross-multiplication.
//! * [`SqrtSum`] is a finite sum of rational multiples of square roots of integers, with an exact sign.
//! * [`Interval`] encloses a real number between two binary fractions, rounding outwards.
//! * [`Fractions`] are binary fractions of one length, for exact sums of many products; [`Digits`] are the same for products with
//!   short integers.
//! * [`decimal`] writes either kind of number with a fixed number of significant digits, correctly rounded.
//! * [`linear`] solves integer systems without fractions, and [`feasible`] decides small linear programmes.
//!
//! ```
//! use std::cmp::Ordering;
//! use saltus_exact::{Rational, SqrtSum, decimal_of_sqrt_sum};
//!
//! let root = |n: i32| SqrtSum::sqrt(&Rational::integer(n)).expect("n is not negative");
//! let left = root(10) + root(11);
//! let right = root(5) + root(18);
//! assert_eq!(left.compare(&right), Ordering::Greater);
//! assert_eq!((&left - &right).to_string(), "-3*sqrt(2) - sqrt(5) + sqrt(10) + sqrt(11)");
//! assert_eq!(decimal_of_sqrt_sum(&root(2)), "1.41421356237309504880168872421");
//! assert!((root(8) - root(2) - root(2)).is_zero());
//! ```
//!
//! No decision in this crate rests on floating point: `f64` appears in the module [`float`] only, and only
//! as a way in and a way out.

mod common;
pub mod decimal;
pub mod feasible;
pub mod float;
mod fractions;
mod integer;
mod interval;
pub mod lanes;
pub mod linear;
mod rational;
mod sqrt_sum;

pub use common::common_with_product;
pub use decimal::{
    DECIMAL_DIGITS, decimal_from_enclosures, decimal_of_rational, decimal_of_sqrt_sum,
};
pub use fractions::{Digits, Fractions, Remainders, Total};
pub use integer::gcd;
pub use interval::{Dyadic, Interval};
pub use lanes::sum_of_products;
pub use linear::{IntegerMatrix, RationalMatrix, ShapeError, Solution};
pub use rational::{
    FactoredQuotient, MAX_DECIMAL_EXPONENT, MAX_NUMBER_CHARS, ParseNumberError, Rational,
    SharedFactors,
};
pub use sqrt_sum::{MAX_SQRT_SUM_CHARS, MAX_SQRT_SUM_TERMS, ParseSqrtSumError, SqrtSum};
