//! Batches of samples: uniform, without replacement within a batch, independent from step to step.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// Draws batches for stochastic gradient descent; the seed alone decides every draw on every machine.
///
/// ```
/// let mut sampler = saltus_dynamics::diagonal::descent::BatchSampler::new(10, 3, 1);
/// assert_eq!(sampler.draw(), [5, 4, 9]);
/// assert_eq!(sampler.draw(), [5, 9, 6]);
/// ```
#[derive(Debug)]
pub struct BatchSampler {
    generator: ChaCha8Rng,
    permutation: Vec<usize>,
    batch: usize,
}

impl BatchSampler {
    /// A sampler of batches of `batch` out of `samples` indices; `batch` is capped at `samples`.
    pub fn new(samples: usize, batch: usize, seed: u64) -> Self {
        Self {
            generator: ChaCha8Rng::seed_from_u64(seed),
            permutation: (0..samples).collect(),
            batch: batch.min(samples),
        }
    }

    /// The next batch, in the order in which it was drawn: `b` of the indices `0..n`, each set of `b` with probability
    /// `1/C(n, b)`.
    ///
    /// The first places of a partial Fisher–Yates shuffle are a uniform subset whatever permutation it starts from, so
    /// the permutation is never reset.
    pub fn draw(&mut self) -> &[usize] {
        let samples = self.permutation.len();
        for place in 0..self.batch {
            let other = place + below(&mut self.generator, (samples - place) as u32) as usize;
            self.permutation.swap(place, other);
        }
        &self.permutation[..self.batch]
    }
}

/// A uniform integer in `0..bound`, `bound ≥ 1`, by the multiplication method with rejection
/// (Lemire, ACM Trans. Model. Comput. Simul. 29, 2019).
fn below(generator: &mut ChaCha8Rng, bound: u32) -> u32 {
    loop {
        let product = u64::from(generator.next_u32()) * u64::from(bound);
        let low = product as u32;
        // What is rejected is a remainder by `bound`, so that most draws need no division.
        if low >= bound || low >= bound.wrapping_neg() % bound {
            return (product >> 32) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_subsets_and_uniform() {
        let (samples, batch, draws) = (5, 2, 20_000);
        let mut sampler = BatchSampler::new(samples, batch, 7);
        let mut single = vec![0_u32; samples];
        let mut pairs = vec![0_u32; samples * samples];
        for _ in 0..draws {
            let drawn = sampler.draw().to_vec();
            assert_eq!(drawn.len(), batch);
            assert_ne!(drawn[0], drawn[1]);
            single[drawn[0]] += 1;
            pairs[drawn[0] * samples + drawn[1]] += 1;
        }
        for count in single {
            // Expected 4000, standard deviation 57.
            assert!((3700..4300).contains(&count), "{count}");
        }
        for (index, count) in pairs.into_iter().enumerate() {
            let diagonal = index % (samples + 1) == 0;
            // Expected 1000 off the diagonal, standard deviation 31.
            assert!(
                if diagonal {
                    count == 0
                } else {
                    (850..1150).contains(&count)
                },
                "{index}: {count}"
            );
        }
    }

    #[test]
    fn the_seed_decides() {
        let draw = |seed| {
            let mut sampler = BatchSampler::new(10, 3, seed);
            (0..4).map(|_| sampler.draw().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1).concat(), [5, 4, 9, 5, 9, 6, 3, 6, 8, 8, 2, 7]);
    }
}
