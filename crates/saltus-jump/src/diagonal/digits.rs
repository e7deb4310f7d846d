//! Integers as short lists of signed digits, whose products can be added in 128 bits.

use num_bigint::{BigInt, Sign};

/// Bits of a digit of an entry of a matrix: a product with a residue has less than `55 + 60` bits, so that thousands of them can
/// be added in 128.
pub(super) const DIGIT_BITS: u32 = 56;

/// Bits `start..start + length` of a magnitude, `length` at most 63.
pub(super) fn window(words: &[u64], start: u64, length: u32) -> i64 {
    let word = |k: usize| u128::from(words.get(k).copied().unwrap_or(0));
    let Ok(first) = usize::try_from(start / 64) else {
        return 0;
    };
    let bits = (word(first) | word(first + 1) << 64) >> (start % 64);
    (bits & ((1 << length) - 1)) as i64
}

/// The digits in `[−2^(bits−1), 2^(bits−1)]` of a number in base `2^bits`, least significant first.
pub(super) fn balanced(number: &BigInt, bits: u32, length: usize) -> Vec<i64> {
    let words = number.magnitude().to_u64_digits();
    let half = 1 << (bits - 1);
    let mut carry = 0;
    let mut digits = Vec::with_capacity(length);
    let mut start = 0;
    for _ in 0..length {
        let raw = window(&words, start, bits) + carry;
        carry = (raw + half) >> bits;
        digits.push(raw - (carry << bits));
        start += u64::from(bits);
    }
    debug_assert!(carry == 0 && number.bits() <= start, "all digits are taken");
    if number.sign() == Sign::Minus {
        for digit in &mut digits {
            *digit = -*digit;
        }
    }
    digits
}

/// How many digits of [`DIGIT_BITS`] bits hold every number of at most `bits` bits.
pub(super) fn digits_for(bits: u64) -> usize {
    usize::try_from((bits + 1) / u64::from(DIGIT_BITS) + 1).expect("the bits of a number in memory")
}

/// The digits of a number in base `2^56`, least significant first, each at most `2^55` in magnitude.
pub(super) fn digits(number: &BigInt, length: usize) -> Vec<i64> {
    balanced(number, DIGIT_BITS, length)
}

/// How many products of two digits, or of one with a number below `2^61`, can be added without leaving 128 bits.
pub(super) const MOST_TERMS: usize = 4_000;

/// `Σ a_i b_i` for at most [`MOST_TERMS`] terms.
pub(super) fn inner_product(a: &[i64], b: &[i64]) -> i128 {
    debug_assert!(a.len() <= MOST_TERMS);
    let products = a
        .iter()
        .zip(b)
        .map(|(&x, &y)| i128::from(x) * i128::from(y));
    products.sum()
}

/// `Σ digits_l 2^(56 l)`.
pub(super) fn assemble(digits: &[i128]) -> BigInt {
    let Some((top, rest)) = digits.split_last() else {
        return BigInt::ZERO;
    };
    rest.iter()
        .rev()
        .fold(BigInt::from(*top), |higher, &digit| {
            (higher << DIGIT_BITS) + digit
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_for_their_number() {
        for exponent in [0_u32, 1, 54, 55, 56, 60, 61, 62, 111, 112, 122, 183, 700] {
            for add in [-3_i64, -1, 0, 1, 2] {
                let positive = (BigInt::from(1) << exponent) + add;
                for number in [-&positive, positive] {
                    let digits = digits(&number, digits_for(number.bits()));
                    assert!(digits.iter().all(|digit| digit.abs() <= 1 << 55));
                    let wide: Vec<i128> = digits.into_iter().map(i128::from).collect();
                    assert_eq!(assemble(&wide), number);
                }
            }
        }
    }

    #[test]
    fn the_longest_sums_fit() {
        let (digits, numbers) = ([-(1 << 55); MOST_TERMS], [1 << 60; MOST_TERMS]);
        let expected = -(MOST_TERMS as i128) << 115;
        assert_eq!(inner_product(&digits, &numbers), expected);
    }
}
