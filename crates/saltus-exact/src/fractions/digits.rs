//! Fractions as signed digits, and what is left of a right side when sums of their products are subtracted.

use super::words::Words;
use super::{Fractions, WORD, kernel};

/// Bits of a digit without its sign.
const DIGIT: i64 = 63;

/// Factors are at most `2^53` in size, so that a sum of this many products with a digit is below `2^126`.
const MOST_TERMS: usize = 1 << 10;

/// A list of numbers `−1 < x < 1` as signed digits, `x = Σ_p digit_p 2^(−63(p+1))`, for products with integers of the length of a double.
///
/// All digits of a number have its sign. A sum of products needs no carries: it is one sum for every digit.
#[derive(Clone, Debug)]
pub struct Digits {
    count: usize,
    digits: Vec<i64>,
}

impl Digits {
    /// An empty list of numbers with `count ≥ 1` digits each.
    pub fn new(count: usize) -> Digits {
        Digits {
            count: count.max(1),
            digits: vec![],
        }
    }

    /// An empty list with room for `len` numbers of `count` digits, as in `Digits::with_capacity(3, 100)`.
    pub fn with_capacity(count: usize, len: usize) -> Digits {
        let mut list = Digits::new(count);
        list.digits.reserve(len * list.count);
        list
    }

    /// Appends a number of a list with as many digits: to `[1/2]` the last of `[0, 1/4]` for `[1/2, 1/4]`.
    ///
    /// # Panics
    /// If the numbers of digits differ.
    pub fn push_copy(&mut self, (x, i): (&Digits, usize)) {
        assert_eq!(self.count, x.count, "numbers of one length are copied");
        let own = &x.digits[i * x.count..][..x.count];
        self.digits.extend_from_slice(own);
    }

    /// Appends one of the fractions, truncated towards zero to a multiple of `2^(−63·count)`: for one digit, `−1/3` becomes
    /// `−⌊2^63/3⌋·2^(−63)`.
    pub fn push(&mut self, (x, i): (&Fractions, usize)) {
        let words = x.magnitude(i);
        let word = |at: usize| words.len().checked_sub(at + 1).map_or(0, |k| words[k]);
        for p in 0..self.count {
            // Digit p begins at this bit behind the point.
            let (skipped, offset) = (p * DIGIT as usize / 64, p * DIGIT as usize % 64);
            let high = word(skipped) << offset;
            let low = if offset > 1 {
                word(skipped + 1) >> (64 - offset)
            } else {
                0
            };
            let digit = ((high | low) >> 1).cast_signed();
            self.digits
                .push(if x.signs[i] == 0 { digit } else { -digit });
        }
    }

    /// The number of digits of each number: 3 for `Digits::new(3)`.
    pub fn count(&self) -> usize {
        self.count
    }

    /// `Σ_k digit_p(x_{indices[k]}) factors[k]` for the leading digits p, as many as there are sums.
    fn sums(&self, indices: &[usize], factors: &[i64], sums: &mut [i128]) {
        match sums.len() {
            1 => self.leading_sums::<1>(indices, factors, sums),
            2 => self.leading_sums::<2>(indices, factors, sums),
            3 => self.leading_sums::<3>(indices, factors, sums),
            6 => self.leading_sums::<6>(indices, factors, sums),
            _ => {
                sums.fill(0);
                for (&i, &factor) in indices.iter().zip(factors) {
                    let digits = &self.digits[i * self.count..];
                    for (sum, &digit) in sums.iter_mut().zip(digits) {
                        *sum += i128::from(digit) * i128::from(factor);
                    }
                }
            }
        }
    }

    fn leading_sums<const N: usize>(&self, indices: &[usize], factors: &[i64], sums: &mut [i128]) {
        let mut found = [0_i128; N];
        for (&i, &factor) in indices.iter().zip(factors) {
            let digits = &self.digits[i * self.count..][..N];
            for p in 0..N {
                found[p] += i128::from(digits[p]) * i128::from(factor);
            }
        }
        sums.copy_from_slice(&found);
    }
}

/// Numbers from which sums of products are subtracted, in steps that become ever smaller.
///
/// Each has one word before the binary point, and one more than the fractions behind it.
///
/// ```
/// use num_bigint::BigInt;
/// use saltus_exact::{Digits, Fractions, Remainders};
///
/// let mut halves = Fractions::new(2);
/// assert!(halves.push_integer(&BigInt::from(1), 1));
/// let mut digits = Digits::new(2);
/// digits.push((&halves, 0));
/// let mut left = Remainders::new(2);
/// assert!(left.push((&halves, 0), 0));
/// // 1/2 − 1/2 · 3 · 2^(−53)
/// left.subtract(0, (&digits, &[0]), &[3], 2, -53);
/// let (float, power) = left.leading(0).expect("not 0");
/// assert_eq!(float * 2.0_f64.powi(power as i32), 0.5 - 1.5 * 2.0_f64.powi(-53));
/// ```
#[derive(Clone, Debug)]
pub struct Remainders {
    /// Words of one number.
    length: usize,
    /// Two's complement, the least significant word first.
    words: Vec<u64>,
}

impl Remainders {
    /// An empty list for fractions of so many words: for 3 words, multiples of `2^(−256)` below `2^62`.
    pub fn new(words: usize) -> Remainders {
        Remainders {
            length: words.max(1) + 2,
            words: vec![],
        }
    }

    /// Appends `x · 2^exponent`, truncated towards zero to a multiple of `2^(−64·words − 64)`; whether it is below `2^62` in size.
    pub fn push(&mut self, (x, i): (&Fractions, usize), exponent: i64) -> bool {
        let start = self.words.len();
        self.words.resize(start + self.length, 0);
        let own = &mut self.words[start..];
        let shift = exponent - x.bits() + fraction_bits(own.len());
        if !super::put_shifted(own, x.magnitude(i), shift)
            || own.last().is_some_and(|top| top >> 62 != 0)
        {
            return false;
        }
        if x.signs[i] != 0 {
            kernel::negate(own);
        }
        true
    }

    /// Subtracts `Σ_k x_{indices[k]} factors[k] · 2^exponent` from a number, with only the leading `count` digits of every x.
    ///
    /// Each digit's sum is rounded down to a multiple of `2^(−64·words − 64)`. Factors are at most `2^53` in size, and
    /// `exponent ≤ −53`.
    pub fn subtract(
        &mut self,
        index: usize,
        (x, indices): (&Digits, &[usize]),
        factors: &[i64],
        count: usize,
        exponent: i64,
    ) {
        let own = &mut self.words[index * self.length..][..self.length];
        let unit = fraction_bits(own.len()) + exponent;
        let count = count.min(x.count);
        let mut few = [0; 6];
        let mut many = vec![];
        let sums = match few.get_mut(..count) {
            Some(sums) => sums,
            None => {
                many.resize(count, 0);
                many.as_mut_slice()
            }
        };
        for (indices, factors) in indices.chunks(MOST_TERMS).zip(factors.chunks(MOST_TERMS)) {
            x.sums(indices, factors, sums);
            for (p, &sum) in (1_i64..).zip(sums.iter()) {
                subtract_shifted(own, sum, unit - DIGIT * p);
            }
        }
    }

    /// The 53 leading bits, towards zero, and the power of 2 of the first of them, and whether the number is negative; `None`
    /// for 0.
    pub(crate) fn leading_bits(&self, index: usize) -> Option<(u64, i64, bool)> {
        let own = &self.words[index * self.length..][..self.length];
        let negative = own.last().is_some_and(|top| top >> 63 == 1);
        let (bits, top) = if negative {
            let mut magnitude = Words::zeros(own.len());
            magnitude.copy_from_slice(own);
            kernel::negate(&mut magnitude);
            kernel::leading(&magnitude)?
        } else {
            kernel::leading(own)?
        };
        Some((bits, top - fraction_bits(own.len()), negative))
    }
}

/// Bits behind the point of a remainder with so many words.
fn fraction_bits(length: usize) -> i64 {
    WORD * (i64::try_from(length).expect("the length of a number in memory is below 2^63") - 1)
}

/// Subtracts `number · 2^shift`, rounded down, from a number in two's complement; what is beyond its length is lost.
fn subtract_shifted(words: &mut [u64], number: i128, shift: i64) {
    let (at, offset) = (shift.div_euclid(WORD), shift.rem_euclid(WORD) as u32);
    let (low, high) = (number as u64, (number >> 64) as u64);
    let sign = (number >> 127) as u64;
    let parts = if offset == 0 {
        [low, high, sign]
    } else {
        let rest = 64 - offset;
        [
            low << offset,
            low >> rest | high << offset,
            high >> rest | sign << offset,
        ]
    };
    let mut borrow = false;
    let from = usize::try_from(at.max(0)).unwrap_or(usize::MAX);
    let skipped = usize::try_from(-at.min(0)).unwrap_or(usize::MAX);
    for (p, word) in words.iter_mut().skip(from).enumerate() {
        let part = parts
            .get(p.saturating_add(skipped))
            .copied()
            .unwrap_or(sign);
        (*word, borrow) = word.borrowing_sub(part, borrow);
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;
    use num_traits::Signed;

    use super::*;

    /// Numbers of all lengths and both signs, from a congruential generator.
    fn numbers(words: usize, count: usize, mut state: u64) -> Fractions {
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 20
        };
        let mut list = Fractions::new(words);
        for k in 0..count {
            let mut number = BigInt::from(0);
            for _ in 0..2 * words {
                number = (number << 32_u32) + (next() as u32);
            }
            if next() % 2 == 0 {
                number = -number;
            }
            // Some begin far behind the point.
            let shift = if k % 3 == 2 { next() % 190 } else { 0 };
            list.push_integer(&number, 64 * words as i64 + shift as i64);
        }
        list
    }

    /// The digit `p` of `units · 2^(−64·words)`, from the definition.
    fn digit(units: &BigInt, words: usize, p: i64) -> BigInt {
        let bits = 64 * words as i64;
        let shift = DIGIT * (p + 1) - bits;
        let size = units.abs();
        let shifted = match shift {
            0.. => size << shift.unsigned_abs(),
            _ => size >> shift.unsigned_abs(),
        };
        let digit = shifted % (BigInt::from(1) << DIGIT);
        if units.is_negative() { -digit } else { digit }
    }

    #[test]
    fn digits_make_up_their_numbers() {
        for words in 1..=5 {
            let list = numbers(words, 40, words as u64);
            for count in 1..=7 {
                let mut digits = Digits::with_capacity(count, 40);
                for i in 0..40 {
                    digits.push((&list, i));
                }
                for (i, own) in digits.digits.chunks(count).enumerate() {
                    for (p, &found) in (0..).zip(own) {
                        assert_eq!(BigInt::from(found), digit(&list.to_units(i), words, p));
                    }
                }
            }
        }
    }

    /// `number · 2^shift`, rounded down.
    fn rounded_down(number: &BigInt, shift: i64) -> BigInt {
        match shift {
            0.. => number << shift.unsigned_abs(),
            // A shift of a negative number rounds down.
            _ => number >> shift.unsigned_abs(),
        }
    }

    fn value(remainders: &Remainders, index: usize) -> BigInt {
        let words = &remainders.words[index * remainders.length..][..remainders.length];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        BigInt::from_signed_bytes_le(&bytes)
    }

    /// To the last bit: every digit's sum is rounded down to a unit and subtracted, from the number that is meant and no other.
    #[test]
    fn every_bit_of_a_remainder_is_right() {
        for words in 1..=7_usize {
            let list = numbers(words, 9, 77 + words as u64);
            let mut digits = Digits::new(words);
            for i in 0..9 {
                digits.push((&list, i));
            }
            let units: Vec<BigInt> = (0..9).map(|i| list.to_units(i)).collect();
            let indices = [8, 0, 3, 3, 1, 7];
            let factors = [1 << 53, -(1 << 53), 12_345, -7, 1 << 40, -(1 << 52) + 1];
            for exponent in (-70 * words as i64 - 60..=-53).step_by(17) {
                for count in 1..=words + 1 {
                    let mut remainders = Remainders::new(words);
                    for i in 0..3 {
                        assert!(remainders.push((&list, i), 1 - i as i64));
                    }
                    let before: Vec<BigInt> = (0..3).map(|i| value(&remainders, i)).collect();
                    for (i, before) in (0_i64..).zip(&before) {
                        let shift = 64 + 1 - i;
                        assert_eq!(*before, rounded_down(&units[i as usize], shift));
                    }
                    remainders.subtract(1, (&digits, &indices), &factors, count, exponent);
                    let mut expected = before[1].clone();
                    for p in 0..count.min(words) as i64 {
                        let terms = indices.iter().zip(&factors);
                        let sum: BigInt =
                            terms.map(|(&i, &f)| digit(&units[i], words, p) * f).sum();
                        let unit = 64 * (words as i64 + 1);
                        expected -= rounded_down(&sum, exponent + unit - DIGIT * (p + 1));
                    }
                    assert_eq!(value(&remainders, 1), expected);
                    for i in [0, 2] {
                        assert_eq!(value(&remainders, i), before[i]);
                    }
                }
            }
        }
    }
}
