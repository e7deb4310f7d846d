//! Random integers from a seed and a stream, and the short rationals built from them.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use saltus_exact::Rational;

/// What a generator draws for; the two kinds never share random bits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Data,
    Initialisation,
}

/// A source of random numbers that is fixed by seed, stream and purpose.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    pub(super) fn new(seed: u64, stream: u64, purpose: Purpose) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let offset = match purpose {
            Purpose::Data => 0,
            Purpose::Initialisation => 1,
        };
        generator.set_stream(stream.wrapping_mul(2).wrapping_add(offset));
        Self(generator)
    }

    /// Uniform on 0, …, `bound` − 1, for a bound that is not 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        // The largest multiple of the bound that is at most 2^32 − 1; larger draws would favour small remainders.
        let accepted = u32::MAX - u32::MAX % bound;
        loop {
            let draw = self.0.next_u32();
            if draw < accepted {
                return draw % bound;
            }
        }
    }

    pub(super) fn is_negative(&mut self) -> bool {
        self.below(2) == 0
    }

    /// `size` or `−size`, each with probability ½.
    pub(super) fn signed(&mut self, size: Rational) -> Rational {
        if self.is_negative() { -size } else { size }
    }

    /// A bell-shaped multiple of 1/64 with mean 0 and variance 4224/4096.
    pub(super) fn bell(&mut self) -> Rational {
        let sum: i64 = (0..12).map(|_| i64::from(self.below(65))).sum();
        ratio(sum - 6 * 64, 64)
    }

    /// Uniform on 1, …, `most`, over `denominator`.
    pub(super) fn positive_ratio(&mut self, most: u32, denominator: u32) -> Rational {
        let numerator = i64::from(self.below(most)) + 1;
        ratio(numerator, i64::from(denominator))
    }
}

fn ratio(numerator: i64, denominator: i64) -> Rational {
    Rational::new(numerator, denominator).expect("the denominators used here are positive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_stream_and_purpose() {
        let first = |seed, stream, purpose| {
            let mut draws = Draws::new(seed, stream, purpose);
            (0..4).map(|_| draws.below(1000)).collect::<Vec<u32>>()
        };
        let base = first(7, 0, Purpose::Data);
        assert_eq!(base, first(7, 0, Purpose::Data));
        assert_ne!(base, first(8, 0, Purpose::Data));
        assert_ne!(base, first(7, 1, Purpose::Data));
        assert_ne!(base, first(7, 0, Purpose::Initialisation));
        assert_ne!(
            first(7, 1, Purpose::Data),
            first(7, 0, Purpose::Initialisation)
        );
    }

    #[test]
    fn bounds_are_respected_and_reached() {
        let mut draws = Draws::new(1, 0, Purpose::Data);
        for bound in [1, 2, 3, 7] {
            let mut seen = vec![false; bound as usize];
            for _ in 0..200 {
                seen[draws.below(bound) as usize] = true;
            }
            assert!(seen.iter().all(|&reached| reached), "bound {bound}");
        }
    }

    #[test]
    fn the_bell_has_the_stated_mean_and_variance() {
        let mut draws = Draws::new(3, 0, Purpose::Data);
        let count = 20_000_u32;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..count {
            let value = draws.bell().to_f64();
            sum += value;
            squares += value * value;
        }
        let mean = sum / f64::from(count);
        let variance = squares / f64::from(count) - mean * mean;
        // Four standard errors of either estimate.
        assert!(mean.abs() < 0.03, "mean {mean}");
        assert!(
            (variance - 4224.0 / 4096.0).abs() < 0.045,
            "variance {variance}"
        );
    }
}
