//! Decimal digits of integers, eight numbers at a time.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::Zero;

use super::{Eight, LANES, WORD_BITS, Words, Work, run, side_by_side, to_words};

/// Decimal places of a group, which is a digit in base `10^15`.
const PLACES: usize = 15;

/// `10^15`, below `2^50`.
const BASE: u64 = 1_000_000_000_000_000;

/// Groups of a piece: longer numbers are divided into pieces first, since the steps for one grow with the square of its length.
const PIECE: usize = 300;

/// The decimal digits of each number: `["12", "0"]` for 12 and 0.
pub(crate) fn decimal_digits(numbers: &[&BigUint]) -> Vec<String> {
    let mut powers = vec![];
    let divided: Vec<Vec<BigUint>> = numbers
        .iter()
        .map(|number| pieces(number, PIECE, &mut powers))
        .collect();
    let words: Vec<Vec<u64>> = divided.iter().flatten().map(to_words).collect();
    let mut groups = words.chunks(LANES).flat_map(|words| {
        let digits = run(Expansion {
            words: side_by_side(words),
        });
        (0..words.len()).map(move |lane| digits.iter().map(|eight| eight.0[lane]).collect())
    });
    let texts = divided.iter().map(|pieces| {
        let groups: Vec<Vec<u64>> = groups.by_ref().take(pieces.len()).collect();
        text(&groups, PIECE)
    });
    texts.collect()
}

/// The digits of a number in base `10^(15 size)`, the most significant first, which is not 0 unless it is the only one.
///
/// To the powers `10^(15 size 2^k)` those are added that are needed.
fn pieces(number: &BigUint, size: usize, powers: &mut Vec<BigUint>) -> Vec<BigUint> {
    let mut level = 0;
    // A group has more than 49 bits.
    while number.bits() > 49 * size as u64 {
        if level == powers.len() {
            powers.push(match powers.last() {
                Some(last) => last * last,
                None => num_traits::pow(BigUint::from(BASE), size),
            });
        }
        if *number < powers[level] {
            break;
        }
        level += 1;
    }
    let mut found = vec![];
    divide(number.clone(), &powers[..level], &mut found);
    found
}

/// The digits of a number below the square of the last power.
fn divide(number: BigUint, powers: &[BigUint], found: &mut Vec<BigUint>) {
    let Some((power, lower)) = powers.split_last() else {
        found.push(number);
        return;
    };
    let (high, low) = number.div_rem(power);
    if !found.is_empty() || !high.is_zero() {
        divide(high, lower, found);
    }
    divide(low, lower, found);
}

/// The decimal text of a number in pieces of so many groups, the most significant piece first, but each with those of least
/// significance first.
fn text(pieces: &[Vec<u64>], size: usize) -> String {
    let mut bytes = vec![];
    for (k, groups) in pieces.iter().enumerate() {
        let count = if k == 0 { groups.len() } else { size };
        bytes.reserve(count * PLACES);
        for k in (0..count).rev() {
            push_group(&mut bytes, groups.get(k).copied().unwrap_or(0));
        }
    }
    let zeros = bytes.iter().take_while(|&&byte| byte == b'0').count();
    bytes.drain(..zeros.min(bytes.len() - 1));
    String::from_utf8(bytes).expect("decimal digits")
}

/// All places of a group.
fn push_group(bytes: &mut Vec<u8>, group: u64) {
    // Three parts of five places, which do not wait for each other.
    let mut parts = [
        group / 10_000_000_000,
        group / 100_000 % 100_000,
        group % 100_000,
    ];
    let mut places = [[b'0'; PLACES / 3]; 3];
    for place in (0..PLACES / 3).rev() {
        for (places, part) in places.iter_mut().zip(&mut parts) {
            places[place] += (*part % 10) as u8;
            *part /= 10;
        }
    }
    bytes.extend_from_slice(places.as_flattened());
}

/// From words to digits in base `10^15`.
struct Expansion {
    words: Vec<Eight>,
}

impl Work for Expansion {
    type Output = Vec<Eight>;

    /// Horner's rule, two words at a time.
    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Vec<Eight> {
        let mut number = self.words;
        if number.len() % 2 == 1 {
            number.push(Eight::default());
        }
        let mut digits = vec![Eight::default(); room(number.len()).max(1)];
        for part in 0..W::PARTS {
            for (k, pair) in number.rchunks_exact(2).enumerate() {
                let [mut first, mut second] = [1, 0].map(|k| words.load(&pair[k], part));
                for digit in &mut digits[..room(2 * k + 2)] {
                    let own = words.load(digit, part);
                    let rest;
                    [first, rest] = divided(words, own, first);
                    let last;
                    [second, last] = divided(words, rest, second);
                    words.store(last, digit, part);
                }
            }
        }
        digits
    }
}

/// As many digits as a number of so many words can have, since a digit has more than 49 bits.
fn room(words: usize) -> usize {
    words * WORD_BITS as usize / 49 + 1
}

/// Quotient and remainder of `2^52 digit + carry` by `10^15`, for a digit below that and a word.
///
/// `2^52 = 4503 · 10^15 + e`: by words, the quotient of `2^52 digit` is too small by less than 2, so that less than `2 · 10^15` is
/// left of it, and with the carry less than `2^53`; the quotient of that is below 7, and too small by 1 at most.
#[inline(always)]
fn divided<W: Words>(words: W, digit: W::Lanes, carry: W::Lanes) -> [W::Lanes; 2] {
    const WHOLE: u64 = (1 << WORD_BITS) / BASE;
    const REST: u64 = (1 << WORD_BITS) % BASE;
    const REST_OVER_BASE: u64 = (((REST as u128) << WORD_BITS) / BASE as u128) as u64;
    // With a quarter of a number, whose word times this is a part of the number over 10^15.
    const OF_QUARTER: u64 = (1 << (WORD_BITS + 2)) / BASE;
    let (zero, base) = (words.all(0), words.all(BASE));
    let [_, high] = words.plus_product([zero; 2], digit, words.all(REST_OVER_BASE));
    let quotient = words.add(words.mul(digit, words.all(WHOLE)), high);
    let left = words.word(words.sub(zero, words.low_product(quotient, base)));
    let left = words.add(left, carry);
    let quarter = words.half(words.half(left));
    let [_, more] = words.plus_product([zero; 2], quarter, words.all(OF_QUARTER));
    let left = words.sub(left, words.mul(more, base));
    let less = words.sub(left, base);
    let quotient = words.add(words.add(quotient, more), words.all(1));
    let quotient = words.add(quotient, words.sign(less));
    [quotient, words.min(left, less)]
}

#[cfg(test)]
mod tests {
    use super::super::{WORD_MASK, run_portable};
    use super::*;

    fn power(base: u32, exponent: usize) -> BigUint {
        num_traits::pow(BigUint::from(base), exponent)
    }

    fn check(numbers: &[BigUint]) {
        let found = decimal_digits(&numbers.iter().collect::<Vec<_>>());
        assert_eq!(found.len(), numbers.len());
        for (number, found) in numbers.iter().zip(found) {
            assert!(found == number.to_string(), "{number}: {found}");
        }
    }

    #[test]
    fn digits_are_those_of_the_number() {
        let mut numbers = vec![BigUint::ZERO];
        for exponent in [0, 1, 14, 15, 16, 29, 30, 31, 60, 150, 900, 4_499] {
            let power = power(10, exponent);
            numbers.extend([&power - 1_u32, power.clone(), &power + 1_u32, power * 7_u32]);
        }
        for bits in [
            1_u32, 49, 50, 51, 52, 53, 103, 104, 105, 1_000, 1_040, 9_000,
        ] {
            let power = BigUint::from(1_u32) << bits;
            numbers.extend([&power - 1_u32, power.clone(), power + 1_u32]);
        }
        numbers.extend([power(3, 1_000), power(7, 4_000), power(11, 333)]);
        check(&numbers);
        numbers.reverse();
        check(&numbers[..5]);
        check(&[]);
    }

    /// Numbers of several pieces, with pieces of zeros among them and at the ends.
    #[test]
    fn long_numbers_are_divided_into_pieces() {
        let piece = PLACES * PIECE;
        let mut numbers = vec![];
        for count in [1, 2, 3, 4, 5, 9] {
            let power = power(10, count * piece);
            numbers.extend([&power - 1_u32, power.clone(), &power + 12_u32]);
            numbers.push(&power * &power + &power);
            numbers.push(power * 123_u32 / 999_u32);
        }
        check(&numbers);
        let mut powers = vec![];
        let found = pieces(&BigUint::from(1_000_000_000_000_007_u64), 1, &mut powers);
        assert_eq!(found, [1_u32, 7].map(BigUint::from));
    }

    /// The extreme digits and carries, and those beside multiples of the base.
    #[test]
    fn quotients_and_remainders_are_exact() {
        struct Divided(Eight, Eight);
        impl Work for Divided {
            type Output = [Eight; 2];

            #[inline(always)]
            fn run<W: Words>(self, words: W) -> [Eight; 2] {
                let mut found = [Eight::default(); 2];
                for part in 0..W::PARTS {
                    let (digit, carry) = (words.load(&self.0, part), words.load(&self.1, part));
                    for (eight, lanes) in found.iter_mut().zip(divided(words, digit, carry)) {
                        words.store(lanes, eight, part);
                    }
                }
                found
            }
        }
        let mut digits = vec![0, 1, 2, 15, BASE / 2, BASE / 3, BASE - 2, BASE - 1];
        digits.extend((0..200_u64).map(|k| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) % BASE));
        for digit in digits {
            let of_digit = u128::from(digit) << WORD_BITS;
            let mut carries = vec![0, 1, BASE - 1, BASE, 4 * BASE, WORD_MASK - 1, WORD_MASK];
            let left = (BASE - (of_digit % u128::from(BASE)) as u64) % BASE;
            for multiple in 0..4 {
                carries.push(left + multiple * BASE);
                carries.push((left + multiple * BASE).saturating_sub(1));
            }
            carries.push(digit);
            for carries in carries.chunks_exact(LANES) {
                let carries = Eight(std::array::from_fn(|k| carries[k]));
                let work = || Divided(Eight([digit; LANES]), carries);
                let found = run(work());
                assert_eq!(found, run_portable(work()));
                for (k, carry) in carries.0.into_iter().enumerate() {
                    let value = of_digit + u128::from(carry);
                    let [quotient, rest] = [found[0].0[k], found[1].0[k]].map(u128::from);
                    assert_eq!(quotient, value / u128::from(BASE), "{digit} {carry}");
                    assert_eq!(rest, value % u128::from(BASE), "{digit} {carry}");
                }
            }
        }
    }
}
