//! Eight numbers side by side, and work on them that is compiled for each set of vector instructions.
//!
//! Sums and products of sums are written out and fused where the code says so, so that the bits are the same for every width of the
//! processor's vectors. A processor without fused multiplication calls a function for each, and is slow.
//! Everything is inlined into its caller, a `pulp::NullaryFnOnce` that pulp compiles once per set of vector instructions. A closure in its
//! place is called through a function of its own that is compiled for none.

use std::ops::{Add, Index, IndexMut, Mul, Sub};

/// Numbers that are worked on together.
pub(crate) const LANES: usize = 8;

/// Eight numbers side by side, in one cache line (a vector that straddles two costs twice): `Lanes([1.0; 8])`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// Lane `k` holds `lane(k)`.
    #[inline(always)]
    pub(crate) fn of(lane: impl FnMut(usize) -> f64) -> Self {
        Lanes(std::array::from_fn(lane))
    }

    /// The same number in every lane.
    #[inline(always)]
    pub(crate) fn all(value: f64) -> Self {
        Lanes([value; LANES])
    }

    /// `factor · other + self`, lane by lane and rounded once.
    #[inline(always)]
    pub(crate) fn plus_multiple(self, factor: f64, other: Self) -> Self {
        Lanes::of(|k| factor.mul_add(other[k], self[k]))
    }

    /// `factors · other + self`, lane by lane and rounded once.
    #[inline(always)]
    pub(crate) fn plus_product(self, factors: Self, other: Self) -> Self {
        Lanes::of(|k| factors[k].mul_add(other[k], self[k]))
    }

    /// `self − factors · other`, lane by lane and rounded once.
    #[inline(always)]
    pub(crate) fn minus_product(self, factors: Self, other: Self) -> Self {
        Lanes::of(|k| (-factors[k]).mul_add(other[k], self[k]))
    }
}

/// `e^x` with a relative error below 2⁻⁵², by steps that vectorise; 0 below −700 and infinite above 700.
///
/// `e^x = 2^q e^r` with an integer q and `|r| ≤ ½ ln 2`, where Taylor's polynomial of degree 13 is exact to 2⁻⁵⁷.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    /// Adding this rounds to an integer, which then stands in the last bits.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    /// `ln 2` minus its rounding.
    const LN_2_REST: f64 = 2.319_046_813_846_299_6e-17;
    /// `1/k!` for `k = 13, …, 0`.
    const COEFFICIENTS: [f64; 14] = [
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUNDER);
    let quotient = shifted - ROUNDER;
    let rest = quotient.mul_add(-std::f64::consts::LN_2, x);
    let rest = quotient.mul_add(-LN_2_REST, rest);
    let mut sum = 0.0;
    for coefficient in COEFFICIENTS {
        sum = rest.mul_add(sum, coefficient);
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    let value = sum * power;
    let value = if x < -700.0 { 0.0 } else { value };
    if x > 700.0 { f64::INFINITY } else { value }
}

/// Keeps the passes of a loop apart, so that the compiler takes the lanes of one pass together and not one lane of several passes.
#[inline(always)]
pub(crate) fn apart() {
    std::hint::black_box(());
}

impl Index<usize> for Lanes {
    type Output = f64;

    #[inline(always)]
    fn index(&self, k: usize) -> &f64 {
        &self.0[k]
    }
}

impl IndexMut<usize> for Lanes {
    #[inline(always)]
    fn index_mut(&mut self, k: usize) -> &mut f64 {
        &mut self.0[k]
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Lanes::of(|k| self[k] + other[k])
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Lanes::of(|k| self[k] - other[k])
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Lanes::of(|k| self[k] * other[k])
    }
}

/// Every set of vector instructions that this processor has and the library is compiled for.
#[cfg(test)]
pub(crate) fn vector_instructions() -> Vec<pulp::Arch> {
    let mut sets = vec![pulp::Arch::new()];
    #[cfg(target_arch = "x86_64")]
    sets.extend(pulp::x86::V3::try_new().map(pulp::Arch::V3));
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_agree_with_the_library() {
        for step in -6_999..=6_999 {
            let x = 0.1 * f64::from(step);
            let found = exp(x);
            let expected = x.exp();
            assert!(
                (found / expected - 1.0).abs() <= 2.0 * f64::EPSILON,
                "e^{x}: {found}, expected {expected}"
            );
        }
        let ends = [-1e300, -701.0, 701.0, 1e300, f64::INFINITY];
        assert_eq!(
            ends.map(exp),
            [0.0, 0.0, f64::INFINITY, f64::INFINITY, f64::INFINITY]
        );
        assert!(exp(f64::NAN).is_nan());
        assert_eq!((exp(0.0), exp(f64::NEG_INFINITY)), (1.0, 0.0));
    }
}
