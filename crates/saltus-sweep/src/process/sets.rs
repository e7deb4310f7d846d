//! Labels and active sets, one bit a point and neuron.

use super::ProcessError;
use crate::draw::neurons_of_word;

/// The most memory that the sets of one instance may take.
///
/// The sets take `8 n ⌈m/64⌉` bytes, at most `2^32`: 16 MB at `n = 10⁶` and `m = 128`.
pub const MAX_SET_BYTES: usize = 1 << 32;

/// The labels `y_i` of orthonormal inputs, and `A_j = {i : ⟨ŵ_j, x_i⟩ > 0, σ_j y_i > 0}` for every neuron j.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveSets {
    width: usize,
    words: usize,
    /// Bit j of row i says whether point i lies in `A_j`.
    rows: Vec<u64>,
    labels: Vec<i32>,
    denominator: u32,
}

impl ActiveSets {
    /// From the signs of the output weights (true is positive), the labels as integers over `denominator`, and a function that writes
    /// into a row of words which neurons have `⟨ŵ_j, x_i⟩ > 0` at point i; neurons of the other sign are taken off here.
    ///
    /// # Errors
    /// [`ProcessError::Empty`] and [`ProcessError::TooLarge`]; a denominator of 0 counts as 1.
    pub fn new(
        signs: &[bool],
        labels: Vec<i32>,
        denominator: u32,
        mut activations: impl FnMut(usize, &mut [u64]),
    ) -> Result<ActiveSets, ProcessError> {
        let (points, width) = (labels.len(), signs.len());
        if points == 0 || width == 0 {
            return Err(ProcessError::Empty { points, width });
        }
        let too_large = ProcessError::TooLarge { points, width };
        let words = width.div_ceil(64);
        let n_words = points
            .checked_mul(words)
            .filter(|&n_words| n_words <= MAX_SET_BYTES / 8)
            .ok_or(too_large.clone())?;
        let all: Vec<u64> = neurons_of_word(u32::try_from(width).map_err(|_| too_large)?).collect();
        let mut positive = vec![0_u64; words];
        for (neuron, &sign) in signs.iter().enumerate() {
            positive[neuron / 64] |= u64::from(sign) << (neuron % 64);
        }
        let mut rows = vec![0_u64; n_words];
        for ((point, row), &label) in rows.chunks_exact_mut(words).enumerate().zip(&labels) {
            activations(point, row);
            for ((word, &positive), &all) in row.iter_mut().zip(&positive).zip(&all) {
                *word &= match label.signum() {
                    1 => positive,
                    -1 => all & !positive,
                    _ => 0,
                };
            }
        }
        Ok(ActiveSets {
            width,
            words,
            rows,
            labels,
            denominator: denominator.max(1),
        })
    }

    /// The number of points n.
    ///
    /// Those with label 0 count too: it is `3` for the labels `[1, 0, −2]`.
    pub fn n_points(&self) -> usize {
        self.labels.len()
    }

    /// The number of neurons m.
    ///
    /// There is one sign for each: it is `2` for the signs `[true, false]`.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The common denominator of the labels.
    ///
    /// It makes `y_i = labels()[i] / denominator()`: `2^17` under the Gaussian law, `1` for signs.
    pub fn denominator(&self) -> u32 {
        self.denominator
    }

    /// The labels, over [`Self::denominator`].
    ///
    /// With the denominator 10 the label `−7` stands for `y_i = −0.7`.
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// Whether point i lies in the active set of a neuron: `⟨ŵ_j, x_i⟩ > 0` and `σ_j y_i > 0`.
    pub fn contains(&self, neuron: usize, point: usize) -> bool {
        self.row(point)[neuron / 64] >> (neuron % 64) & 1 == 1
    }

    /// Bit j says whether the point lies in `A_j`.
    pub(super) fn row(&self, point: usize) -> &[u64] {
        &self.rows[point * self.words..(point + 1) * self.words]
    }

    /// Words in a row.
    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// `y_i²` over the square of the denominator.
    pub(super) fn weight(&self, point: usize) -> u128 {
        u128::from(self.labels[point].unsigned_abs()).pow(2)
    }

    /// `Σ_{i ∈ A_j} y_i²` for every neuron, over the square of the denominator.
    pub(super) fn totals(&self) -> Vec<u128> {
        let mut totals = vec![0; self.width];
        for point in 0..self.n_points() {
            let weight = self.weight(point);
            for_each_bit(self.row(point), |neuron| totals[neuron] += weight);
        }
        totals
    }
}

/// Calls `f` with the index of every bit that is set, in ascending order.
pub(super) fn for_each_bit(row: &[u64], mut f: impl FnMut(usize)) {
    for (index, &word) in row.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            f(64 * index + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
}
