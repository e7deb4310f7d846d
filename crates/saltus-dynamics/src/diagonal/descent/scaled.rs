//! Running products whose exponents are kept apart, so that they neither underflow nor need a logarithm per factor.

use crate::diagonal::lanes::{LANES, Lanes, in_lanes};
use crate::lanes::apart;

/// One product `mantissa · 2^exponent` per coordinate, mantissas contiguous for the hot loops.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScaledProducts {
    /// Multiplied in place by the hot loops; filled up by ones.
    pub mantissas: Vec<Lanes>,
    exponents: Vec<i64>,
}

/// Between two normalisations a product may take this many factors.
/// A factor `1 − x` that is not zero is at least 2⁻⁵³, so sixteen of them stay far above the smallest normal number.
pub(super) const FACTORS_BETWEEN_NORMALISATIONS: u64 = 16;

/// 2^±64.
const COMFORTABLE: std::ops::RangeInclusive<f64> =
    5.421_010_862_427_522e-20..=1.844_674_407_370_955_2e19;

impl ScaledProducts {
    pub(super) fn new(values: &[f64]) -> Self {
        let mut products = Self {
            mantissas: in_lanes(values, 1.0),
            exponents: vec![0; values.len()],
        };
        products.normalise();
        products
    }

    pub(super) fn ones(count: usize) -> Self {
        Self::new(&vec![1.0; count])
    }

    /// Moves the exponent out of every mantissa that has left 2^±64; exact.
    /// Returns whether any exponent changed.
    #[inline(always)]
    pub(super) fn normalise(&mut self) -> bool {
        let mut outside = [false; LANES];
        for group in &self.mantissas {
            apart();
            for k in 0..LANES {
                outside[k] |= !COMFORTABLE.contains(&group[k].abs());
            }
        }
        if outside == [false; LANES] {
            return false;
        }
        self.normalise_each()
    }

    #[cold]
    fn normalise_each(&mut self) -> bool {
        let mut changed = false;
        let mantissas = self.mantissas.iter_mut().flat_map(|group| &mut group.0);
        for (mantissa, exponent) in mantissas.zip(&mut self.exponents) {
            let size = mantissa.abs();
            if COMFORTABLE.contains(&size) || !size.is_normal() {
                continue;
            }
            let shift = exponent_of(size);
            // Two factors, because 2^-shift alone can leave the normal range.
            let half = shift / 2;
            *mantissa = *mantissa * power_of_two(-half) * power_of_two(half - shift);
            *exponent += shift;
            changed = true;
        }
        changed
    }

    fn mantissa(&self, i: usize) -> f64 {
        self.mantissas[i / LANES][i % LANES]
    }

    /// `ln |value|` of one product; −∞ for zero.
    pub(super) fn log_abs(&self, i: usize) -> f64 {
        self.mantissa(i).abs().ln() + self.exponents[i] as f64 * std::f64::consts::LN_2
    }

    /// One product as a number: 0 or ±∞ where it leaves the range of `f64`.
    pub(super) fn value(&self, i: usize) -> f64 {
        let half = self.exponents[i] / 2;
        self.mantissa(i) * power_of_two(half) * power_of_two(self.exponents[i] - half)
    }

    /// The weight `w` with `value²/2 = w · mantissa²`.
    pub(super) fn half_square_weight(&self, i: usize) -> f64 {
        0.5 * power_of_two(2 * self.exponents[i])
    }
}

/// 2^exponent, 0 below and ∞ above the normal range.
fn power_of_two(exponent: i64) -> f64 {
    if exponent < -1022 {
        0.0
    } else if exponent > 1023 {
        f64::INFINITY
    } else {
        f64::from_bits(((exponent + 1023) as u64) << 52)
    }
}

/// The binary exponent of a positive normal number.
fn exponent_of(size: f64) -> i64 {
    (size.to_bits() >> 52) as i64 - 1023
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_products_keep_their_logarithm() {
        let check = |factor: f64, count: u64| {
            let mut product = ScaledProducts::ones(1);
            for step in 1..=count {
                product.mantissas[0].0[0] *= factor;
                if step % FACTORS_BETWEEN_NORMALISATIONS == 0 {
                    product.normalise();
                }
            }
            let expected = count as f64 * factor.abs().ln();
            assert!(
                (product.log_abs(0) - expected).abs() <= 1e-13 * expected.abs(),
                "{factor}"
            );
            assert_eq!(product.value(0) == 0.0, expected < -710.0, "{factor}");
        };
        check(0.5, 5000);
        check(-0.999, 100_000);
        check(1e-16, 160);
        check(1.0 - 1e-3, 1000);
    }

    #[test]
    fn zero_and_extremes() {
        assert_eq!(ScaledProducts::new(&[0.0]).log_abs(0), f64::NEG_INFINITY);
        for value in [1e-300, f64::MIN_POSITIVE, f64::MAX, -1e300, 3.0] {
            assert_eq!(ScaledProducts::new(&[value]).value(0), value);
        }
        let squared = ScaledProducts::new(&[1e-200, 3.0]);
        assert_eq!(squared.half_square_weight(0), 0.0);
        assert_eq!(squared.half_square_weight(1), 0.5);
    }
}
