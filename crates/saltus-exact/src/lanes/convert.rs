//! Integers as words of 52 bits, and back.

use num_bigint::{BigInt, BigUint, Sign};

use super::{WORD_BITS, WORD_MASK};

/// The words of a number, least significant first: `[1, 2]` for `2·2^52 + 1`, none for 0.
pub fn to_words(number: &BigUint) -> Vec<u64> {
    let bits = number.bits();
    let length = usize::try_from(bits.div_ceil(u64::from(WORD_BITS)));
    let mut words = Vec::with_capacity(length.expect("the bits of a number in memory") + 1);
    // The lowest `filled` bits of the rest are known, fewer than a word has.
    let (mut rest, mut filled) = (0, 0);
    for digit in number.iter_u64_digits() {
        words.push((rest | digit << filled) & WORD_MASK);
        let taken = WORD_BITS - filled;
        rest = digit >> taken;
        filled = u64::BITS - taken;
        if filled >= WORD_BITS {
            words.push(rest & WORD_MASK);
            rest >>= WORD_BITS;
            filled -= WORD_BITS;
        }
    }
    words.push(rest);
    while words.last() == Some(&0) {
        words.pop();
    }
    words
}

/// The number with given words, each below `2^52`: `to_words` backwards.
pub fn from_words(words: &[u64]) -> BigUint {
    // 8 words are 13 digits of 32 bits.
    let mut halves = Vec::with_capacity(words.len() / 8 * 13 + 13);
    for words in words.chunks(8) {
        let mut digits = [0; 13];
        for (k, &word) in words.iter().enumerate() {
            // The word begins at bit 52 k, in digit ⌊52 k/32⌋, and reaches into two more.
            let (first, shift) = (13 * k / 8, 52 * k % 32);
            let low = word << shift;
            digits[first] |= low as u32;
            digits[first + 1] |= (low >> 32) as u32;
            if shift > 12 {
                digits[first + 2] |= (word >> (64 - shift)) as u32;
            }
        }
        halves.extend(digits);
    }
    BigUint::new(halves)
}

/// `Σ words_k 2^(52 k)` for words with signs, each below `2^62` in size: `−1` for `[2^52 − 1, −1]`.
pub fn from_signed_words(words: impl IntoIterator<Item = i64>) -> BigInt {
    let mut carry = 0;
    let carried = words.into_iter().map(|word| {
        let sum = word + carry;
        carry = sum >> WORD_BITS;
        sum.cast_unsigned() & WORD_MASK
    });
    let mut words: Vec<u64> = carried.collect();
    let sign = if carry < 0 { Sign::Minus } else { Sign::Plus };
    if carry < 0 {
        // −x is the complement of x, and 1.
        carry = -carry - 1;
        let mut more = 1;
        for word in &mut words {
            let sum = (WORD_MASK - *word) + more;
            more = sum >> WORD_BITS;
            *word = sum & WORD_MASK;
        }
        carry += more.cast_signed();
    }
    // Below 2^11.
    words.push(carry.cast_unsigned());
    BigInt::from_biguint(sign, from_words(&words))
}

#[cfg(test)]
mod tests {
    use num_traits::Signed;

    use super::*;

    fn numbers() -> Vec<BigInt> {
        let exponents = [0_u32, 1, 51, 52, 53, 63, 64, 103, 104, 105, 128, 208, 500];
        let near = |exponent| [-2, -1, 0, 1, 3].map(|add| (BigInt::from(1) << exponent) + add);
        let numbers = exponents.into_iter().flat_map(near);
        numbers.flat_map(|number| [-&number, number]).collect()
    }

    #[test]
    fn words_are_those_of_the_number() {
        for number in numbers() {
            let words = to_words(number.magnitude());
            assert!(words.iter().all(|&word| word <= WORD_MASK));
            assert!(words.last().is_none_or(|&top| top != 0));
            let value = |words: &[u64]| {
                let horner = |higher: BigInt, &word: &u64| (higher << 52) + word;
                words.iter().rev().fold(BigInt::ZERO, horner)
            };
            assert_eq!(value(&words), number.abs());
            assert_eq!(from_words(&words).to_string(), number.abs().to_string());
        }
    }

    #[test]
    fn words_with_signs_are_added_up() {
        let check = |words: &[i64]| {
            let horner = |higher: BigInt, &word: &i64| (higher << 52) + word;
            let expected = words.iter().rev().fold(BigInt::ZERO, horner);
            assert_eq!(
                from_signed_words(words.iter().copied()),
                expected,
                "{words:?}"
            );
        };
        let most = (1 << 62) - 1;
        let values = [0, 1, -1, 1 << 51, -(1 << 52), 1 << 53, most, -most];
        check(&[]);
        for a in values {
            check(&[a]);
            for b in values {
                check(&[a, b]);
                for c in values {
                    check(&[a, b, c]);
                }
            }
        }
    }
}
