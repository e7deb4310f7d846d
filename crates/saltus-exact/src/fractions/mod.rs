//! Binary fractions of a fixed length, for sums of products that are too many for numbers of arbitrary length.

mod digits;
mod kernel;
mod total;
mod words;

pub use digits::{Digits, Remainders};
pub use total::Total;

use num_bigint::{BigInt, Sign};

use crate::interval::{Dyadic, Interval};
use words::Words;

/// Bits of a word.
const WORD: i64 = 64;

/// A list of numbers `−1 < x < 1`, each a sign and the same number of 64-bit words after the binary point.
///
/// What is put in is truncated towards zero to a multiple of the unit `2^(−64·words)`. Sums of products ([`Fractions::dot`]) are
/// exact.
///
/// ```
/// use num_bigint::BigInt;
/// use saltus_exact::Fractions;
///
/// let mut halves = Fractions::new(2);
/// assert!(halves.push_integer(&BigInt::from(1), 1));
/// assert!(halves.push_integer(&BigInt::from(-3), 2));
/// let total = halves.dot(&[0, 1], &halves);
/// assert_eq!(total.to_dyadic().to_f64(), 0.25 + 0.5625);
/// ```
#[derive(Clone, Debug)]
pub struct Fractions {
    words: usize,
    /// The words of each magnitude, the least significant first.
    magnitudes: Vec<u64>,
    /// All ones for a negative number, 0 for others.
    signs: Vec<u64>,
}

impl Fractions {
    /// An empty list of numbers with `words ≥ 1` words each.
    pub fn new(words: usize) -> Fractions {
        Fractions {
            words: words.max(1),
            magnitudes: vec![],
            signs: vec![],
        }
    }

    /// `len` times the number 0.
    pub fn zeros(words: usize, len: usize) -> Fractions {
        let mut zeros = Fractions::new(words);
        zeros.resize(len);
        zeros
    }

    /// An empty list with room for `len` numbers of `words` words, as in `Fractions::with_capacity(3, 100)`.
    pub fn with_capacity(words: usize, len: usize) -> Fractions {
        let mut list = Fractions::new(words);
        list.magnitudes.reserve(len * list.words);
        list.signs.reserve(len);
        list
    }

    /// Appends one of the numbers of a list with as many words: to `[1/2]` the last of `[0, 1/4]` for `[1/2, 1/4]`.
    ///
    /// # Panics
    /// If the numbers of words differ.
    pub fn push(&mut self, (x, i): (&Fractions, usize)) {
        assert_eq!(self.words, x.words, "numbers of one length are copied");
        self.magnitudes.extend_from_slice(x.magnitude(i));
        self.signs.push(x.signs[i]);
    }

    /// Appends the negative of one of the numbers: to `[1/2]` the number `−1/2`.
    pub fn push_negative(&mut self, index: usize) {
        let start = index * self.words;
        self.magnitudes
            .extend_from_within(start..start + self.words);
        self.signs.push(!self.signs[index]);
    }

    /// The number of words of each number: 2 for `Fractions::new(2)`, and 1 for `Fractions::new(0)`.
    pub fn words(&self) -> usize {
        self.words
    }

    /// The number of numbers: 3 for `Fractions::zeros(2, 3)`, whatever the number of words.
    pub fn len(&self) -> usize {
        self.signs.len()
    }

    /// Whether there are no numbers, as in `Fractions::new(2)`.
    pub fn is_empty(&self) -> bool {
        self.signs.is_empty()
    }

    /// Drops numbers from the end, or appends zeros: for `len = 3`, `[1/2, 1/4]` becomes `[1/2, 1/4, 0]`.
    pub fn resize(&mut self, len: usize) {
        self.magnitudes.resize(len * self.words, 0);
        self.signs.resize(len, 0);
    }

    /// Appends `number · 2^(−exponent)`; whether nothing was truncated.
    ///
    /// Only the words behind the binary point are kept: `|number| < 2^exponent` is the caller's to see to.
    pub fn push_integer(&mut self, number: &BigInt, exponent: i64) -> bool {
        let start = self.magnitudes.len();
        self.resize(self.len() + 1);
        if number.sign() == Sign::Minus {
            self.signs[start / self.words] = u64::MAX;
        }
        // Bit b of the number becomes bit b + shift of the words.
        let shift = self.bits() - exponent;
        let words = &mut self.magnitudes[start..];
        let mut exact = true;
        for (k, digit) in (0_i64..).zip(number.iter_u64_digits()) {
            let at = k * WORD + shift;
            let (word, offset) = (at.div_euclid(WORD), at.rem_euclid(WORD));
            exact &= put(words, word, digit << offset);
            if offset > 0 {
                exact &= put(words, word + 1, digit >> (WORD - offset));
            }
        }
        exact
    }

    /// Appends a sum of products `Σ_k x_k y_k`, truncated towards zero to a multiple of `2^(−64·words)`.
    ///
    /// Sums beyond ±1 are the caller's to exclude.
    pub fn push_total(&mut self, total: &Total) {
        let start = self.magnitudes.len();
        self.resize(self.len() + 1);
        let (magnitude, negative) = total.magnitude();
        self.signs[start / self.words] = negative;
        let words = &mut self.magnitudes[start..];
        let fraction = &magnitude[..total.fraction_words()];
        let kept = fraction.len().min(words.len());
        let from = fraction.len() - kept;
        let to = words.len() - kept;
        words[to..].copy_from_slice(&fraction[from..]);
    }

    /// Whether a number is 0, as each of `Fractions::zeros(words, len)` is.
    pub fn is_zero(&self, index: usize) -> bool {
        self.magnitude(index).iter().all(|&word| word == 0)
    }

    /// One of the numbers, `to_units(index) · 2^(−64·words)`.
    pub fn to_dyadic(&self, index: usize) -> Dyadic {
        Dyadic::new(self.to_units(index), -self.bits())
    }

    /// One of the numbers in units `2^(−64·words)`.
    pub fn to_units(&self, index: usize) -> BigInt {
        kernel::integer(self.magnitude(index), self.signs[index])
    }

    /// All numbers within `radius` units `2^(−64·words)` of one of the numbers, times `2^exponent`.
    ///
    /// For `words = 1`, `1/2` with a radius of 3 becomes `[(2^63 − 3)·2^(−64), (2^63 + 3)·2^(−64)]`.
    pub fn around(&self, index: usize, radius: u64, exponent: i64) -> Interval {
        let number = self.magnitude(index);
        // One word more than the number has.
        let (mut less, mut more) = (Words::zeros(self.words + 1), Words::zeros(self.words + 1));
        let (mut borrow, mut carry) = (false, false);
        for (p, (less, more)) in less.iter_mut().zip(more.iter_mut()).enumerate() {
            let word = number.get(p).copied().unwrap_or(0);
            let change = if p == 0 { radius } else { 0 };
            (*less, borrow) = word.borrowing_sub(change, borrow);
            (*more, carry) = word.carrying_add(change, carry);
        }
        let mut sign = 0;
        if borrow {
            kernel::negate(&mut less);
            sign = u64::MAX;
        }
        let own = self.signs[index];
        let end = |words: &[u64], sign: u64| {
            Dyadic::new(kernel::integer(words, sign), exponent - self.bits())
        };
        let (less, more) = (end(&less, sign ^ own), end(&more, own));
        Interval::between(less, more)
    }

    /// The 53 leading bits of a number, the power of 2 of the first of them, and whether it is negative; `None` for 0.
    pub(crate) fn leading_bits(&self, index: usize) -> Option<(u64, i64, bool)> {
        let (bits, top) = kernel::leading(self.magnitude(index))?;
        Some((bits, top - self.bits(), self.signs[index] != 0))
    }

    /// Adds `± mantissa · 2^exponent` as [`Fractions::add`] adds.
    pub(crate) fn add_integer(
        &mut self,
        index: usize,
        (mantissa, negative): (u64, bool),
        exponent: i64,
    ) -> bool {
        let sign = if negative { u64::MAX } else { 0 };
        self.add_shifted(index, &[mantissa], sign, exponent + self.bits())
    }

    /// Adds `factor · 2^exponent`, truncated towards zero to the unit; whether it and the sum lie between −1 and 1.
    ///
    /// The number has no meaning after a sum that does not.
    pub fn add_scaled(&mut self, index: usize, factor: i64, exponent: i64) -> bool {
        self.add_integer(index, (factor.unsigned_abs(), factor < 0), exponent)
    }

    /// The part `j` of a number: an integer `|q_j| < 2^53` of its sign, where the number is `Σ_j q_j 2^(−53(j+1))`.
    pub fn part(&self, index: usize, j: usize) -> i64 {
        let words = self.magnitude(index);
        let word = |at: usize| words.len().checked_sub(at + 1).map_or(0, |k| words[k]);
        let (skipped, offset) = (53 * j / 64, 53 * j % 64);
        let high = word(skipped) << offset;
        let low = word(skipped + 1).checked_shr(64 - offset as u32);
        let size = ((high | low.unwrap_or(0)) >> 11).cast_signed();
        if self.signs[index] == 0 { size } else { -size }
    }

    /// Adds `x_i · 2^exponent`, truncated towards zero to the unit; whether it and the sum lie between −1 and 1.
    ///
    /// The number has no meaning after a sum that does not.
    pub fn add(&mut self, index: usize, (x, i): (&Fractions, usize), exponent: i64) -> bool {
        let shift = exponent - x.bits() + self.bits();
        self.add_shifted(index, x.magnitude(i), x.signs[i], shift)
    }

    /// Adds `x_i · y_j · 2^exponent`, truncated towards zero to the unit; whether it and the sum lie between −1 and 1.
    ///
    /// The number has no meaning after a sum that does not.
    pub fn add_product(
        &mut self,
        index: usize,
        (x, i): (&Fractions, usize),
        (y, j): (&Fractions, usize),
        exponent: i64,
    ) -> bool {
        let product = kernel::product(x.magnitude(i), y.magnitude(j));
        let shift = exponent - x.bits() - y.bits() + self.bits();
        self.add_shifted(index, &product, x.signs[i] ^ y.signs[j], shift)
    }

    /// Adds `total · 2^exponent`, truncated towards zero to the unit; whether it and the sum lie between −1 and 1.
    ///
    /// The number has no meaning after a sum that does not.
    pub fn add_total(&mut self, index: usize, total: &Total, exponent: i64) -> bool {
        let (magnitude, negative) = total.magnitude();
        let shift = exponent - total.bits() + self.bits();
        self.add_shifted(index, &magnitude, negative, shift)
    }

    /// Changes the sign of a number: `1/4` becomes `−1/4`.
    pub fn negate(&mut self, index: usize) {
        self.signs[index] = !self.signs[index];
    }

    /// Puts 0 in the place of a number: for index 0, `[1/2, 1/4]` becomes `[0, 1/4]`.
    pub fn clear(&mut self, index: usize) {
        self.magnitudes[index * self.words..][..self.words].fill(0);
        self.signs[index] = 0;
    }

    /// Divides a number by `2^shift`, truncated towards zero.
    pub fn shift_down(&mut self, index: usize, shift: u32) {
        let words = &mut self.magnitudes[index * self.words..][..self.words];
        let (whole, part) = ((shift / 64) as usize, shift % 64);
        for k in 0..words.len() {
            let word = |at: usize| words.get(at).copied().unwrap_or(0);
            let (low, high) = (word(k + whole), word(k + whole + 1));
            words[k] = if part == 0 {
                low
            } else {
                low >> part | high << (64 - part)
            };
        }
    }

    /// `Σ_k x_{indices[k]} y_k`, exactly. Both lists have numbers of the same number of words.
    ///
    /// # Panics
    /// If the numbers of words differ, or an index is out of range.
    pub fn dot(&self, indices: &[usize], other: &Fractions) -> Total {
        assert_eq!(
            self.words, other.words,
            "numbers of one length are multiplied"
        );
        let mut words = Words::zeros(2 * self.words + 1);
        kernel::accumulate(
            &mut words,
            (&self.magnitudes, &self.signs),
            indices,
            (&other.magnitudes, &other.signs),
        );
        Total::new(words)
    }

    fn magnitude(&self, index: usize) -> &[u64] {
        &self.magnitudes[index * self.words..][..self.words]
    }

    /// The number of bits behind the binary point.
    fn bits(&self) -> i64 {
        WORD * i64::try_from(self.words).expect("the length of a number in memory is below 2^63")
    }

    /// Adds `± number · 2^shift` units, truncated.
    fn add_shifted(&mut self, index: usize, number: &[u64], sign: u64, shift: i64) -> bool {
        let mut aligned = Words::zeros(self.words);
        if !put_shifted(&mut aligned, number, shift) {
            return false;
        }
        let own = &mut self.signs[index];
        let words = &mut self.magnitudes[index * self.words..][..self.words];
        kernel::add(words, own, &aligned, sign)
    }
}

/// Adds `number · 2^shift`, truncated, to words that are 0; false if there are bits beyond the words.
fn put_shifted(words: &mut [u64], number: &[u64], shift: i64) -> bool {
    let (first, offset) = (shift.div_euclid(WORD), shift.rem_euclid(WORD));
    for (at, &digit) in (first..).zip(number) {
        if !put(words, at, digit << offset) && at >= 0 {
            return false;
        }
        if offset > 0 && !put(words, at + 1, digit >> (WORD - offset)) && at + 1 >= 0 {
            return false;
        }
    }
    true
}

/// Adds bits to a word that has none of them yet; false if there are bits and no such word.
fn put(words: &mut [u64], at: i64, bits: u64) -> bool {
    match usize::try_from(at).ok().and_then(|at| words.get_mut(at)) {
        Some(word) => {
            *word |= bits;
            true
        }
        None => bits == 0,
    }
}
