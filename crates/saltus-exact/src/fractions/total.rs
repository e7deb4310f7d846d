//! Sums of products of fractions, exactly.

use super::words::Words;
use super::{Fractions, WORD, kernel};
use crate::interval::Dyadic;

/// An exact sum of products of numbers from [`Fractions`]: twice their words behind the binary point, one before it.
#[derive(Clone, Debug)]
pub struct Total {
    /// Two's complement, the least significant word first; an odd number of them.
    words: Words,
}

impl Total {
    pub(super) fn new(words: Words) -> Total {
        Total { words }
    }

    /// Whether the sum is 0, as `1/2 · 1/4 + 1/4 · (−1/2)` is.
    pub fn is_zero(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// `x · 2^exponent − total` for a number of a list with as many words as the factors had; `None` if it is beyond `±2^62`.
    pub fn subtracted_from(&self, (x, index): (&Fractions, usize), exponent: i64) -> Option<Total> {
        let number = x.magnitude(index);
        let shift = self.bits() - x.bits() + exponent;
        let mut difference = Words::zeros(self.words.len());
        for (k, &digit) in (0_i64..).zip(number) {
            let at = k * WORD + shift;
            let (word, offset) = (at.div_euclid(WORD), at.rem_euclid(WORD));
            let mut fits = super::put(&mut difference, word, digit << offset);
            if offset > 0 {
                fits &= super::put(&mut difference, word + 1, digit >> (WORD - offset));
            }
            if !fits {
                return None;
            }
        }
        if difference.last().is_some_and(|top| top >> 62 != 0) {
            return None;
        }
        if x.signs[index] != 0 {
            kernel::negate(&mut difference);
        }
        let mut borrow = false;
        for (word, &bits) in difference.iter_mut().zip(self.words.iter()) {
            (*word, borrow) = word.borrowing_sub(bits, borrow);
        }
        Some(Total { words: difference })
    }

    /// The 53 leading bits, the power of 2 of the first of them, and whether the sum is negative; `None` for 0.
    pub(crate) fn leading_bits(&self) -> Option<(u64, i64, bool)> {
        let (bits, top, negative) = if self.is_negative() {
            let (bits, top) = kernel::leading(&self.magnitude().0)?;
            (bits, top, true)
        } else {
            let (bits, top) = kernel::leading(&self.words)?;
            (bits, top, false)
        };
        Some((bits, top - self.bits(), negative))
    }

    /// The sum itself, a multiple of `2^(−128·words)` where the factors have `words` words each.
    pub fn to_dyadic(&self) -> Dyadic {
        let (magnitude, negative) = self.magnitude();
        Dyadic::new(kernel::integer(&magnitude, negative), -self.bits())
    }

    fn is_negative(&self) -> bool {
        self.words.last().is_some_and(|top| top >> 63 == 1)
    }

    /// The number of words behind the binary point.
    pub(super) fn fraction_words(&self) -> usize {
        self.words.len() - 1
    }

    /// The number of bits behind the binary point.
    pub(super) fn bits(&self) -> i64 {
        WORD * i64::try_from(self.fraction_words())
            .expect("the length of a number in memory is below 2^63")
    }

    /// The size, and all ones if the sum is negative.
    pub(super) fn magnitude(&self) -> (Words, u64) {
        let negative = if self.is_negative() { u64::MAX } else { 0 };
        let mut magnitude = self.words.clone();
        if negative != 0 {
            kernel::negate(&mut magnitude);
        }
        (magnitude, negative)
    }
}
