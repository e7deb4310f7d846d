//! Random bits from a seed and a stream.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// A source of random bits that is fixed by a seed and a stream; streams of one seed never overlap.
///
/// `Source::new(7, 3)` gives the same bits each time and on every machine; `Source::new(7, 4)` gives others.
#[derive(Debug)]
pub struct Source {
    generator: ChaCha8Rng,
    bits: u64,
    bits_left: u32,
}

impl Source {
    /// The stream of a seed; tasks use their index as the stream.
    ///
    /// Task 3 of a plan with `seed = 7` draws from `Source::new(7, 3)`.
    pub fn new(seed: u64, stream: u64) -> Source {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Source {
            generator,
            bits: 0,
            bits_left: 0,
        }
    }

    /// 64 fair bits: each number below `2^64` has the probability `2^−64`.
    pub fn word(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// One fair bit: true with probability `1/2`; a word yields 64 of them, its lowest bit first.
    pub fn bit(&mut self) -> bool {
        if self.bits_left == 0 {
            self.bits = self.word();
            self.bits_left = 64;
        }
        let bit = self.bits & 1 == 1;
        self.bits >>= 1;
        self.bits_left -= 1;
        bit
    }

    /// Uniform on 0, …, `bound` − 1, for a bound that is not 0.
    ///
    /// For example `below(6)` is one of `0, 1, 2, 3, 4, 5`, each with probability `1/6`.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The largest multiple of the bound within 64 bits; larger draws would favour small remainders.
        let accepted = u64::MAX - u64::MAX % bound;
        loop {
            let draw = self.word();
            if draw < accepted {
                return draw % bound;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_numbers_are_fair() {
        let mut source = Source::new(5, 0);
        let ones = (0..40_000).filter(|_| source.bit()).count();
        // Five standard deviations.
        assert!((19_500..=20_500).contains(&ones), "{ones} ones");
        let mut counts = [0; 3];
        for _ in 0..30_000 {
            counts[source.below(3) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_590..=10_410).contains(count)));
    }
}
