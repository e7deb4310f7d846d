//! What products of many integers have in common with others, by products modulo odd numbers.
//!
//! A product modulo f is wanted up to factors that f has no divisor in common with, since those do not change a common divisor: so
//! multiples of f are added until the lowest words are 0, and these are dropped, which divides by a power of 2.

use num_bigint::BigInt;
use num_traits::Zero;

use crate::integer::gcd;
use crate::lanes::{
    Eight, LANES, WORD_BITS, WORD_MASK, Words, Work, common_divisors, from_words, inverse_of_word,
    products, reduced, run, side_by_side, to_words,
};

/// The greatest common divisor of a product of numbers with a positive divisor, where numbers that are 0 do not count: 4 for
/// `(0, 2, 6)` and 8.
pub fn common_with_product(numbers: &[BigInt], divisor: &BigInt) -> BigInt {
    let twos = |number: &BigInt| number.trailing_zeros().unwrap_or(0);
    let most_twos = twos(divisor);
    let common_twos = numbers.iter().map(twos).sum::<u64>();
    let odd = divisor >> most_twos;
    let common = common_with_each(&[(numbers, &odd)]);
    common.into_iter().sum::<BigInt>() << common_twos.min(most_twos)
}

/// For each list of numbers the greatest common divisor of their product with a positive odd one, where numbers that are 0 do not
/// count: 3 for `(6, 0, 2)` and 9.
pub(crate) fn common_with_each(lists: &[(&[BigInt], &BigInt)]) -> Vec<BigInt> {
    lists.chunks(LANES).flat_map(common_with_some).collect()
}

/// As [`common_with_each`], for at most eight lists.
fn common_with_some(lists: &[(&[BigInt], &BigInt)]) -> Vec<BigInt> {
    let numbers = |(numbers, _): &(&[BigInt], &BigInt)| -> Vec<Vec<u64>> {
        let numbers = numbers.iter().filter(|number| !number.is_zero());
        numbers.map(|number| to_words(number.magnitude())).collect()
    };
    let numbers: Vec<Vec<Vec<u64>>> = lists.iter().map(numbers).collect();
    let most = numbers.iter().map(Vec::len).max().unwrap_or(0);
    // Each list has as many lanes, among which its numbers are dealt.
    let share = (LANES / lists.len()).min(most).max(1);
    let single: Vec<Product> = lists.iter().map(|(_, odd)| Product::new(odd)).collect();
    let lanes: Vec<&Product> = single
        .iter()
        .flat_map(|product| std::iter::repeat_n(product, share))
        .collect();
    let mut products = Products::of(&lanes);
    let one = [1];
    for round in 0..most.div_ceil(share) {
        let dealt: Vec<&[u64]> = (0..lanes.len())
            .map(|lane| {
                let position = round * share + lane % share;
                let number = numbers[lane / share].get(position);
                number.map_or(&one[..], Vec::as_slice)
            })
            .collect();
        products.multiply(side_by_side(&dealt));
    }
    let mut share_left = share;
    while share_left > 1 {
        // The second half of the products of a list is multiplied with the first.
        let kept = share_left.div_ceil(2);
        let found = products.lists(lanes.len());
        let other: Vec<&[u64]> = (0..lanes.len())
            .map(|lane| match lane % share + kept {
                position if position < share_left => found[lane + kept].as_slice(),
                _ => &one,
            })
            .collect();
        products.multiply(side_by_side(&other));
        share_left = kept;
    }
    let found = products.lists(lanes.len()).into_iter().step_by(share);
    let found: Vec<Vec<u64>> = found.collect();
    common_with_odd(&single, &found)
}

/// The common divisors of moduli with as many numbers.
fn common_with_odd(products: &[Product], numbers: &[Vec<u64>]) -> Vec<BigInt> {
    if products.len() < WORTH_STEPS {
        let pairs = products.iter().zip(numbers);
        return pairs
            .map(|(product, words)| {
                let odd = BigInt::from(from_words(&product.modulus));
                gcd(&BigInt::from(from_words(words)), &odd)
            })
            .collect();
    }
    let moduli: Vec<&[u64]> = products.iter().map(|p| p.modulus.as_slice()).collect();
    common_divisors(&moduli, numbers)
}

/// So many common divisors are found side by side in less time than one after the other.
const WORTH_STEPS: usize = 3;

/// For each of a growing list of positive odd numbers, its product of some numbers: what they have in common is asked for at last.
#[derive(Debug, Default)]
pub(crate) struct SharedProducts(Vec<Product>);

impl SharedProducts {
    pub(crate) fn push(&mut self, odd: &BigInt) {
        self.0.push(Product::new(odd));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Multiplies the products at some positions with a number; `None` if a position is beyond them.
    pub(crate) fn multiply(&mut self, number: &BigInt, positions: &[usize]) -> Option<()> {
        let words = to_words(number.magnitude());
        // A number that counts twice has nothing more in common.
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        positions.dedup();
        for positions in positions.chunks(LANES) {
            let lanes = positions.iter().map(|&k| self.0.get(k));
            let mut side = Products::of(&lanes.collect::<Option<Vec<_>>>()?);
            side.multiply(side_by_side(&vec![words.as_slice(); positions.len()]));
            for (&k, words) in positions.iter().zip(side.lists(positions.len())) {
                self.0[k].words = words;
            }
        }
        Some(())
    }

    /// The common divisors of the numbers at some positions with their products.
    pub(crate) fn common(&self, positions: std::ops::Range<usize>) -> Vec<BigInt> {
        let products = &self.0[positions];
        let words = products.iter().map(|product| product.words.clone());
        common_with_odd(products, &words.collect::<Vec<_>>())
    }
}

/// A product of integers modulo a positive odd number, up to a power of 2.
#[derive(Debug)]
struct Product {
    /// Words of the odd number, with room for four times as much.
    modulus: Vec<u64>,
    /// `−1/modulus` modulo `2^52`.
    negative_inverse: u64,
    /// At least as many, with room for twice as much.
    words: Vec<u64>,
}

impl Product {
    /// The empty product.
    fn new(odd: &BigInt) -> Product {
        let mut modulus = to_words(odd.magnitude());
        let length = (odd.bits() + 2).div_ceil(u64::from(WORD_BITS));
        modulus.resize(
            usize::try_from(length).expect("the bits of a number in memory"),
            0,
        );
        Product {
            negative_inverse: inverse_of_word(modulus[0]).wrapping_neg() & WORD_MASK,
            modulus,
            words: vec![1],
        }
    }
}

/// At most eight products, side by side.
struct Products {
    modulus: Vec<Eight>,
    negative_inverse: Eight,
    /// As long as the longest modulus that any of them was multiplied beside.
    words: Vec<Eight>,
}

impl Products {
    fn of(products: &[&Product]) -> Products {
        let lists = |list: fn(&Product) -> &Vec<u64>| -> Vec<&[u64]> {
            let lists = products.iter().map(|product| list(product).as_slice());
            lists.collect()
        };
        let mut modulus = side_by_side(&lists(|product| &product.modulus));
        let mut words = side_by_side(&lists(|product| &product.words));
        let length = modulus.len().max(words.len());
        modulus.resize(length, Eight::default());
        words.resize(length, Eight::default());
        let mut negative_inverse = Eight([WORD_MASK; LANES]);
        for (entry, product) in negative_inverse.0.iter_mut().zip(products) {
            *entry = product.negative_inverse;
        }
        // Lanes without a product have the modulus 1.
        if let Some(first) = modulus.first_mut() {
            first.0[products.len()..].fill(1);
        }
        Products {
            modulus,
            negative_inverse,
            words,
        }
    }

    /// Multiplies each with a number.
    fn multiply(&mut self, mut number: Vec<Eight>) {
        number.resize(number.len().max(self.modulus.len()), Eight::default());
        self.words = run(Multiplication {
            modulus: &self.modulus,
            negative_inverse: self.negative_inverse,
            factor: &self.words,
            number,
        });
    }

    /// The words of the first products.
    fn lists(&self, count: usize) -> Vec<Vec<u64>> {
        let list = |lane: usize| self.words.iter().map(|eight| eight.0[lane]).collect();
        (0..count).map(list).collect()
    }
}

/// `number · factor` modulo an odd modulus, up to a power of 2, in each of eight lanes.
///
/// With L words, the modulus is at most `2^(52 L − 2)`, the factor below `2^(52 L − 1)`, and so is what comes out: of n words V,
/// `n − L + 1` are dropped, which leaves less than `V/2^(52 (n − L + 1)) + modulus`.
struct Multiplication<'a> {
    modulus: &'a [Eight],
    negative_inverse: Eight,
    factor: &'a [Eight],
    /// At least as long as the modulus.
    number: Vec<Eight>,
}

impl Work for Multiplication<'_> {
    type Output = Vec<Eight>;

    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Vec<Eight> {
        let Multiplication {
            modulus,
            negative_inverse,
            factor,
            number,
        } = self;
        let rest = reduced(words, number, modulus, negative_inverse);
        let product = products(words, &rest, factor);
        reduced(words, product, modulus, negative_inverse)
    }
}

#[cfg(test)]
mod tests {
    use num_traits::{One, Pow};

    use super::*;

    fn power(base: u32, exponent: u32) -> BigInt {
        BigInt::from(base).pow(exponent)
    }

    #[test]
    fn common_divisors_with_products_are_those_of_the_products() {
        let check = |numbers: &[BigInt], divisor: BigInt| {
            let others = numbers.iter().filter(|number| !number.is_zero());
            let product = others.fold(BigInt::one(), |product, number| product * number);
            let expected = gcd(&product, &divisor);
            assert_eq!(common_with_product(numbers, &divisor), expected);
        };
        for divisor in [
            BigInt::one(),
            BigInt::from(8),
            BigInt::from(3),
            BigInt::from(360),
            power(3, 100) * power(2, 77),
            power(7, 40) * power(11, 40) * 4,
            (BigInt::one() << 104) - 1,
            (BigInt::one() << 500) + 1,
        ] {
            check(&[], divisor.clone());
            for count in 1..=19_u32 {
                let number = |k: u32| match k % 6 {
                    0 => -power(3, 5 * k),
                    1 => BigInt::from(2 * k) * power(11, k),
                    2 => power(7, 60) + k,
                    3 => BigInt::ZERO,
                    4 => (BigInt::one() << 3_000) - 1,
                    _ => BigInt::from(35),
                };
                let numbers: Vec<BigInt> = (0..count).map(number).collect();
                check(&numbers, divisor.clone());
            }
        }
    }

    /// So many lists that they have a lane each, or fewer, of different lengths.
    #[test]
    fn common_divisors_with_lists_are_those_of_each() {
        let divisor = |k: u32| power(3, 1 + 60 * (k % 4)) * power(5, k) * power(13, 150 / (k + 1));
        let list = |k: u32| -> Vec<BigInt> {
            let number = |i: u32| match (i * k) % 5 {
                0 => -power(3, i + 2 * k),
                1 => power(13, k) * power(5, i),
                2 => BigInt::ZERO,
                3 => (BigInt::one() << (400 * i)) - 1,
                _ => power(39, 50) + i,
            };
            (0..(7 * k) % 13).map(number).collect()
        };
        for count in 1..=19_u32 {
            let divisors: Vec<BigInt> = (0..count).map(divisor).collect();
            let lists: Vec<Vec<BigInt>> = (0..count).map(list).collect();
            let pairs = lists.iter().map(Vec::as_slice).zip(&divisors);
            let found = common_with_each(&pairs.collect::<Vec<_>>());
            assert_eq!(found.len(), lists.len());
            for ((list, divisor), found) in lists.iter().zip(&divisors).zip(found) {
                let others = list.iter().filter(|number| !number.is_zero());
                let product = others.fold(BigInt::one(), |product, number| product * number);
                assert_eq!(found, gcd(&product, divisor), "{count}");
            }
        }
    }

    /// Divisors of very different lengths side by side, each with companions that change from number to number.
    #[test]
    fn products_of_many_lengths_do_not_disturb_each_other() {
        let divisors: Vec<BigInt> = (0..11)
            .map(|k| power(3, 1 + 70 * (k % 3)) * power(5, k) * power(13, 200 / (k + 1)))
            .collect();
        let numbers: Vec<(BigInt, Vec<usize>)> = (1..30_u32)
            .map(|k| {
                let number =
                    power(13, k) * power(3, 2 * k) * (k * k) + if k % 4 == 0 { 1 } else { 0 };
                let positions = (0..divisors.len()).filter(|i| (i + k as usize) % 3 != 1);
                (number, positions.chain([2, 2, 0]).collect())
            })
            .collect();
        let mut shared = SharedProducts::default();
        for divisor in &divisors {
            shared.push(divisor);
        }
        for (number, list) in &numbers {
            shared.multiply(number, list).expect("known positions");
        }
        assert_eq!(shared.multiply(&numbers[0].0, &[11]), None);
        let found = shared.common(0..divisors.len());
        for (k, divisor) in divisors.iter().enumerate() {
            let own = numbers.iter().filter(|(_, list)| list.contains(&k));
            let product = own.fold(BigInt::one(), |product, (number, _)| product * number);
            assert_eq!(found[k], gcd(&product, divisor), "{k}");
        }
        assert_eq!(shared.common(2..4), found[2..4]);
        assert_eq!(shared.common(3..3), []);
    }
}
