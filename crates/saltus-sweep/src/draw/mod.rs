//! Random instances from a seed and a stream: the same on every machine, because only integers are drawn and compared.

mod normal;
mod source;

use serde::{Deserialize, Serialize};

use crate::process::{ActiveSets, ProcessError};
pub use source::Source;

/// Labels of the Gaussian law are odd multiples of `1/GAUSSIAN_DENOMINATOR`.
pub const GAUSSIAN_DENOMINATOR: u32 = 1 << 17;

/// The law of the labels, independent from point to point.
///
/// Plans name it `"gaussian"` or `"signs"`, as in `labels = ["gaussian", "signs"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelLaw {
    /// Standard normal, moved to the midpoint of the cell of length `2^−16` that it falls into: an odd multiple of `2^−17`, never 0.
    Gaussian,
    /// −1 or 1 with probability ½ each.
    Signs,
}

impl LabelLaw {
    /// The name in plans and tables: `"gaussian"` or `"signs"`.
    pub fn name(self) -> &'static str {
        match self {
            LabelLaw::Gaussian => "gaussian",
            LabelLaw::Signs => "signs",
        }
    }

    /// The common denominator of the labels.
    fn denominator(self) -> u32 {
        match self {
            LabelLaw::Gaussian => GAUSSIAN_DENOMINATOR,
            LabelLaw::Signs => 1,
        }
    }

    fn draw(self, source: &mut Source) -> i32 {
        match self {
            LabelLaw::Gaussian => normal::rounded_normal(source),
            LabelLaw::Signs => {
                if source.bit() {
                    1
                } else {
                    -1
                }
            }
        }
    }
}

/// The law of an instance: n orthonormal inputs, m neurons with independent uniform signs, and activations `⟨ŵ_j, x_i⟩ > 0` that are
/// independent fair coins, as for weights whose coordinates in the frame of the data are independent, symmetric and never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceLaw {
    /// The number of points n.
    pub points: u32,
    /// The number of neurons m.
    pub width: u32,
    /// The law of the labels.
    pub labels: LabelLaw,
}

impl InstanceLaw {
    /// Draws the signs of the neurons, then the labels, then the activations point by point: m bits a point are kept, and no
    /// weight is ever formed.
    ///
    /// For example `draw(7, 0)` is what task 0 of a plan with `seed = 7` draws under this law.
    ///
    /// # Errors
    /// [`ProcessError`] for no points or no neurons, and for sets beyond the memory limit.
    pub fn draw(&self, seed: u64, stream: u64) -> Result<ActiveSets, ProcessError> {
        let mut source = Source::new(seed, stream);
        let signs: Vec<bool> = (0..self.width).map(|_| source.bit()).collect();
        let labels = (0..self.points)
            .map(|_| self.labels.draw(&mut source))
            .collect();
        ActiveSets::new(&signs, labels, self.labels.denominator(), |_, words| {
            words.fill_with(|| source.word());
        })
    }
}

/// Whether a random network of `width` neurons fits `positive` + `negative` points: whether each lies in an active set.
///
/// Signs and activations are drawn as by [`InstanceLaw::draw`]; the draw stops at the first point that no neuron covers.
///
/// With one neuron and one positive point it is true with probability `1/4`.
pub fn interpolates(source: &mut Source, width: u32, positive: u64, negative: u64) -> bool {
    let words = width.div_ceil(64) as usize;
    let mut mask = vec![0_u64; words];
    for neuron in 0..width as usize {
        mask[neuron / 64] |= u64::from(source.bit()) << (neuron % 64);
    }
    let covered = |source: &mut Source, mask: &[u64]| {
        let any = mask.iter().fold(0, |any, word| any | word & source.word());
        any != 0
    };
    let is_fitted = (0..positive).all(|_| covered(source, &mask));
    for (word, bits) in mask.iter_mut().zip(neurons_of_word(width)) {
        *word = !*word & bits;
    }
    is_fitted && (0..negative).all(|_| covered(source, &mask))
}

/// For each word of a row of `width` bits, the bits that stand for neurons.
pub(crate) fn neurons_of_word(width: u32) -> impl Iterator<Item = u64> {
    (0..width.div_ceil(64)).map(move |word| match width - 64 * word {
        rest @ 0..64 => (1 << rest) - 1,
        _ => u64::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_one_bit_a_neuron() {
        fn check(width: u32, expected: &[u64]) {
            assert_eq!(neurons_of_word(width).collect::<Vec<u64>>(), expected);
        }
        check(1, &[1]);
        check(63, &[u64::MAX >> 1]);
        check(64, &[u64::MAX]);
        check(66, &[u64::MAX, 3]);
    }

    #[test]
    fn instances_depend_on_seed_and_stream_alone() {
        let law = InstanceLaw {
            points: 9,
            width: 70,
            labels: LabelLaw::Gaussian,
        };
        let sets = |seed, stream| law.draw(seed, stream).expect("a small instance");
        assert_eq!(sets(1, 2), sets(1, 2));
        assert_ne!(sets(1, 2), sets(1, 3));
        assert_ne!(sets(1, 2), sets(2, 2));
    }
}
