//! Numbers in base `p = 2^52 − 47`.

use num_bigint::BigInt;
use saltus_exact::lanes::{
    Eight, LANES, WORD_BITS, WORD_MASK, Words, Work, from_signed_words, run, to_words,
};

use super::residues::{EXCESS, HALF, PRIME};

/// The digits of a magnitude in base p, each below p.
///
/// Those in base `2^52 = p + 47` are the coefficients of a polynomial, which Horner's rule expands in p.
pub(super) fn to_base_p(number: &BigInt) -> Vec<u64> {
    let mut digits: Vec<u64> = vec![];
    for word in to_words(number.magnitude()).into_iter().rev() {
        // Digit k of D (p + 47) + word is D_{k−1} + 47 D_k, below 2^58 with the carry.
        let (mut carry, mut before) = (word, 0);
        for digit in &mut digits {
            let sum = before + EXCESS * *digit + carry;
            before = *digit;
            (carry, *digit) = divided(sum);
        }
        let mut top = before + carry;
        while top != 0 {
            let digit;
            (top, digit) = divided(top);
            digits.push(digit);
        }
    }
    digits
}

/// Quotient and remainder of a number below `2^63` by p.
fn divided(number: u64) -> (u64, u64) {
    let quotient = number >> WORD_BITS;
    let rest = (number & WORD_MASK) + EXCESS * quotient;
    if rest >= PRIME {
        (quotient + 1, rest - PRIME)
    } else {
        (quotient, rest)
    }
}

/// The first `size` numbers with given digits in base p, as numbers of `digits + (p − 1)/2`: those of least significance of all
/// numbers first, eight in each [`Eight`].
pub(super) fn from_base_p(digits: &[Eight], size: usize) -> Vec<BigInt> {
    let blocks = size.div_ceil(LANES);
    let block = |b: usize| {
        let lanes = run(Expansion {
            digits: digits.iter().skip(b).step_by(blocks).copied().collect(),
        });
        (0..LANES)
            .map(move |k| from_signed_words(lanes.iter().map(|eight| eight.0[k].cast_signed())))
    };
    (0..blocks).flat_map(block).take(size).collect()
}

/// The words of eight numbers, from their digits in base p.
struct Expansion {
    digits: Vec<Eight>,
}

impl Work for Expansion {
    /// Words between `−2^51` and `2^51`.
    type Output = Vec<Eight>;

    /// Horner's rule in base `2^52`, two digits at a time: `p² = 2^104 − 94·2^52 + 2209`.
    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Vec<Eight> {
        let half = words.all(HALF);
        let signed = |eight: &Eight, part| words.sub(words.load(eight, part), half);
        let excess = words.all(EXCESS);
        let (double, square) = (words.all(2 * EXCESS), words.all(EXCESS * EXCESS));
        let rounding = words.all(1 << (WORD_BITS - 1));
        let zero = words.all(0);
        let mut number = vec![Eight::default(); self.digits.len()];
        let (pairs, odd) = self.digits.split_at(self.digits.len() / 2 * 2);
        for part in 0..W::PARTS {
            for (entry, eight) in number.iter_mut().zip(odd) {
                words.store(signed(eight, part), entry, part);
            }
            let mut length = odd.len();
            for pair in pairs.rchunks_exact(2) {
                length += 2;
                // Word k of N p² is N_{k−2} − 94 N_{k−1} + 2209 N_k, and x_0 + x_1 p = x_0 − 47 x_1 + 2^52 x_1: below 2^63 with
                // the carry.
                let mut extra = signed(&pair[1], part);
                let mut carry = words.sub(signed(&pair[0], part), words.mul(excess, extra));
                let (mut second, mut first) = (zero, zero);
                for entry in &mut number[..length] {
                    let old = words.load(entry, part);
                    let higher = words.sub(second, words.mul(double, first));
                    let sum = words.add(words.add(words.mul(square, old), higher), carry);
                    let multiple = words.carry(words.add(sum, rounding));
                    words.store(words.sub(sum, words.shifted(multiple)), entry, part);
                    carry = words.add(multiple, extra);
                    extra = zero;
                    (second, first) = (first, old);
                }
            }
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use num_traits::{Pow, Signed};
    use saltus_exact::lanes::run_portable;

    use super::*;

    fn numbers() -> Vec<BigInt> {
        let mut numbers = vec![];
        for exponent in [
            0_u32, 1, 50, 51, 52, 53, 54, 63, 64, 103, 104, 105, 156, 183, 700,
        ] {
            for add in [-3_i64, -1, 0, 1, 2, 47] {
                let number = (BigInt::from(1) << exponent) + add;
                numbers.extend([-&number, number]);
            }
            let power = BigInt::from(PRIME).pow(exponent % 20);
            let half: BigInt = (&power - 1) / 2;
            numbers.extend([-&half, half, &power - 1, &power + 1, power]);
        }
        numbers
    }

    fn value(digits: impl DoubleEndedIterator<Item = BigInt>) -> BigInt {
        let horner = |higher: BigInt, digit: BigInt| higher * PRIME + digit;
        digits.rev().fold(BigInt::ZERO, horner)
    }

    #[test]
    fn digits_in_base_p_are_those_of_the_magnitude() {
        for number in numbers() {
            let digits = to_base_p(&number);
            assert!(digits.iter().all(|&digit| digit < PRIME));
            assert!(digits.last().is_none_or(|&top| top != 0));
            assert_eq!(value(digits.into_iter().map(BigInt::from)), number.abs());
        }
        assert_eq!(divided((1 << 63) - 1), (2048, 2048 * EXCESS - 1));
    }

    /// Numbers of balanced digits, from the most extreme ones to arbitrary ones, in all lanes of several blocks.
    #[test]
    fn numbers_are_those_of_their_digits() {
        for length in 0..9 {
            for size in [1_usize, 8, 13] {
                let digit = |step: usize, i: usize| match (i + step * (i % 3)) % 5 {
                    0 => 0,
                    1 => PRIME - 1,
                    2 => HALF,
                    3 => HALF + 1 + step as u64,
                    _ => (PRIME / 7) * (step as u64 + 1) % PRIME,
                };
                let blocks = size.div_ceil(LANES);
                let eights: Vec<Eight> = (0..length * blocks)
                    .map(|k| {
                        let entry = |lane| digit(k / blocks, k % blocks * LANES + lane);
                        Eight(std::array::from_fn(entry))
                    })
                    .collect();
                let expected = |i| {
                    let balanced = |step| BigInt::from(digit(step, i)) - HALF;
                    value((0..length).map(balanced))
                };
                let expected: Vec<BigInt> = (0..size).map(expected).collect();
                assert_eq!(from_base_p(&eights, size), expected, "{length} {size}");
            }
        }
        let extremes = [0, PRIME - 1, 0, PRIME - 1, PRIME - 1].map(|x| Eight([x; LANES]));
        for length in 0..=extremes.len() {
            let expansion = || Expansion {
                digits: extremes[..length].to_vec(),
            };
            assert_eq!(run(expansion()), run_portable(expansion()));
        }
    }
}
