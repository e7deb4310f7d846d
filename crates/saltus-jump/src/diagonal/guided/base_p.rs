//! Numbers in base `p = 2^61 − 1`, and residues of numbers in digits.

use num_bigint::{BigInt, Sign};

use super::super::digits::{DIGIT_BITS, balanced};
use super::residues::{PRIME, PRIME_BITS, residue};

/// `Σ digits_l 2^(56 l)` modulo p.
pub(super) fn residue_of(digits: impl DoubleEndedIterator<Item = i128>) -> i64 {
    digits.rev().fold(0, |higher, digit| {
        residue((i128::from(higher) << DIGIT_BITS) + digit)
    })
}

/// The digits of a number in base `p = 2^61 − 1`, each at most `2^60` in magnitude.
///
/// Those in base `2^61 = p + 1` are the coefficients of a polynomial, which Horner's rule expands in p.
pub(super) fn to_base_p(number: &BigInt) -> Vec<i64> {
    let length = usize::try_from((number.bits() + 1) / u64::from(PRIME_BITS) + 1)
        .expect("the bits of a number in memory");
    let mut digits: Vec<i64> = vec![];
    for &digit in balanced(number, PRIME_BITS, length).iter().rev() {
        // Digit k of D (p + 1) + digit is D_k + D_{k−1}, at most 3·2^60 with the carry.
        let (mut carry, mut before) = (digit, 0);
        for entry in &mut digits {
            let old = *entry;
            let sum = old + before + carry;
            carry = nearest_multiple(sum);
            *entry = sum - carry * PRIME;
            before = old;
        }
        match before + carry {
            0 => {}
            top => {
                let carry = nearest_multiple(top);
                digits.push(top - carry * PRIME);
                if carry != 0 {
                    digits.push(carry);
                }
            }
        }
    }
    digits
}

/// The whole number that is nearest to `x/2^61`.
fn nearest_multiple(x: i64) -> i64 {
    (x + (1 << (PRIME_BITS - 1))) >> PRIME_BITS
}

/// The number with given digits in base `p = 2^61 − 1`, each at most `2^60` in magnitude.
///
/// Horner's rule in base `2^61`, two digits at a time: `p² = 2^122 − 2·2^61 + 1`.
pub(super) fn from_base_p(digits: &[i64]) -> BigInt {
    let mut number: Vec<i64> = Vec::with_capacity(digits.len() + 3);
    let (pairs, odd) = digits.split_at(digits.len() / 2 * 2);
    number.extend(odd);
    for pair in pairs.rchunks_exact(2) {
        number.extend([0, 0]);
        // Digit k of N p² is N_{k−2} − 2 N_{k−1} + N_k, and x_0 + x_1 p = x_0 − x_1 + 2^61 x_1: at most 6·2^60 with the carry.
        let (mut carry, mut extra) = (pair[0] - pair[1], pair[1]);
        let (mut second, mut first) = (0, 0);
        for entry in &mut number {
            let old = *entry;
            let sum = second - 2 * first + old + carry;
            let multiple = nearest_multiple(sum);
            *entry = sum - (multiple << PRIME_BITS);
            carry = multiple + extra;
            extra = 0;
            (second, first) = (first, old);
        }
        if carry != 0 {
            number.push(carry);
        }
    }
    from_digits(number)
}

/// The number with given digits in base `2^61`, each below `2^62` in magnitude.
fn from_digits(mut digits: Vec<i64>) -> BigInt {
    let sign = match digits.iter().rev().find(|&&digit| digit != 0) {
        None => return BigInt::ZERO,
        Some(top) if *top < 0 => Sign::Minus,
        Some(_) => Sign::Plus,
    };
    let mut carry = 0;
    for digit in &mut digits {
        let sum = if sign == Sign::Minus { -*digit } else { *digit } + carry;
        carry = sum >> PRIME_BITS;
        *digit = sum & PRIME;
    }
    debug_assert!(carry >= 0, "the leading digit has the sign of the number");
    digits.push(carry);
    let mut halves = Vec::with_capacity(2 * digits.len());
    let (mut buffer, mut filled) = (0_u128, 0);
    for digit in digits {
        buffer |= (digit as u128) << filled;
        filled += PRIME_BITS;
        while filled >= 32 {
            halves.push(buffer as u32);
            buffer >>= 32;
            filled -= 32;
        }
    }
    halves.push(buffer as u32);
    BigInt::from_slice(sign, &halves)
}

#[cfg(test)]
mod tests {
    use num_traits::Pow;

    use super::super::super::digits::{digits, digits_for};
    use super::*;

    fn numbers() -> Vec<BigInt> {
        let mut numbers = vec![];
        for exponent in [0_u32, 1, 54, 55, 56, 60, 61, 62, 111, 112, 122, 183, 700] {
            for add in [-3_i64, -1, 0, 1, 2] {
                let number = (BigInt::from(1) << exponent) + add;
                numbers.extend([-&number, number]);
            }
            let power = BigInt::from(PRIME).pow(exponent % 20);
            let half: BigInt = (&power - 1) / 2;
            numbers.extend([-&half, half, power]);
        }
        numbers
    }

    #[test]
    fn residues_of_digits_are_those_of_the_number() {
        for number in numbers() {
            let digits = digits(&number, digits_for(number.bits()));
            let residue = residue_of(digits.iter().map(|&digit| i128::from(digit)));
            assert_eq!((&number - residue) % PRIME, BigInt::ZERO, "{number}");
        }
    }

    #[test]
    fn numbers_survive_base_p() {
        for number in numbers() {
            let digits = to_base_p(&number);
            assert!(digits.iter().all(|digit| digit.abs() <= 1 << 60));
            let value = digits
                .iter()
                .rev()
                .fold(BigInt::ZERO, |higher, &digit| higher * PRIME + digit);
            assert_eq!(value, number);
            assert_eq!(from_base_p(&digits), number);
        }
        let extreme = [1 << 60, -(1 << 60), 1 << 60, 1 << 60, 1 << 60];
        for length in 0..=extreme.len() {
            for sign in [1, -1] {
                let digits: Vec<i64> = extreme[..length].iter().map(|x| sign * x).collect();
                let value = digits
                    .iter()
                    .rev()
                    .fold(BigInt::ZERO, |higher, &digit| higher * PRIME + digit);
                assert_eq!(from_base_p(&digits), value);
            }
        }
    }
}
