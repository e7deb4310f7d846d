//! What products of many integers have in common with others, by products modulo odd numbers.
//!
//! A product modulo f is wanted up to factors that f has no divisor in common with, since those do not change a common divisor: so
//! multiples of f are added until the lowest words are 0, and these are dropped, which divides by a power of 2.

use num_bigint::BigInt;
use num_traits::Zero;

use crate::integer::gcd;
use crate::lanes::{
    Eight, LANES, WORD_BITS, WORD_MASK, Words, Work, from_words, inverse_of_word, products,
    reduced, run, side_by_side, to_words,
};

/// The greatest common divisor of a product of numbers with a positive divisor, where numbers that are 0 do not count: 4 for
/// `(0, 2, 6)` and 8.
pub fn common_with_product(numbers: &[BigInt], divisor: &BigInt) -> BigInt {
    let numbers: Vec<&BigInt> = numbers.iter().filter(|number| !number.is_zero()).collect();
    let twos = |number: &BigInt| number.trailing_zeros().unwrap_or(0);
    let most_twos = twos(divisor);
    let common_twos = numbers.iter().map(|number| twos(number)).sum::<u64>();
    let odd = divisor >> most_twos;
    let mut products: [Product; LANES] = std::array::from_fn(|_| Product::new(&odd));
    for numbers in numbers.chunks(LANES) {
        let words: Vec<Vec<u64>> = numbers.iter().map(|n| to_words(n.magnitude())).collect();
        multiply(&mut products[..numbers.len()], &words);
    }
    let mut products = &mut products[..numbers.len().clamp(1, LANES)];
    while products.len() > 1 {
        let (kept, merged) = products.split_at_mut(products.len().div_ceil(2));
        let words: Vec<Vec<u64>> = merged.iter().map(|other| other.words.clone()).collect();
        multiply(&mut kept[..words.len()], &words);
        products = kept;
    }
    products[0].common() << common_twos.min(most_twos)
}

/// For each positive odd divisor, its common divisor with the product of those numbers whose list has its position; `None` if a
/// position is beyond the divisors.
pub(crate) fn common_with_products<'a>(
    numbers: impl IntoIterator<Item = (&'a BigInt, &'a [usize])>,
    divisors: &[BigInt],
) -> Option<Vec<BigInt>> {
    let mut products: Vec<Product> = divisors.iter().map(Product::new).collect();
    for (number, positions) in numbers {
        let words = to_words(number.magnitude());
        // A number that counts twice has nothing more in common.
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        positions.dedup();
        for positions in positions.chunks(LANES) {
            let mut lanes = vec![];
            for &k in positions {
                lanes.push(std::mem::take(products.get_mut(k)?));
            }
            multiply(&mut lanes, &vec![words.clone(); positions.len()]);
            for (&k, lane) in positions.iter().zip(lanes) {
                products[k] = lane;
            }
        }
    }
    Some(products.iter().map(Product::common).collect())
}

/// A product of integers modulo a positive odd number, up to a power of 2.
#[derive(Debug, Clone, Default)]
struct Product {
    odd: BigInt,
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
        let mut words = vec![0; modulus.len()];
        words[0] = 1;
        Product {
            negative_inverse: inverse_of_word(modulus[0]).wrapping_neg() & WORD_MASK,
            odd: odd.clone(),
            modulus,
            words,
        }
    }

    fn common(&self) -> BigInt {
        let product = BigInt::from(from_words(&self.words));
        gcd(&product, &self.odd)
    }
}

/// Multiplies at most eight products, each with a number in words.
fn multiply(products: &mut [Product], numbers: &[Vec<u64>]) {
    let lists = |list: fn(&Product) -> &Vec<u64>| -> Vec<Vec<u64>> {
        products
            .iter()
            .map(|product| list(product).clone())
            .collect()
    };
    let mut modulus = side_by_side(&lists(|product| &product.modulus));
    let mut factor = side_by_side(&lists(|product| &product.words));
    let mut number = side_by_side(numbers);
    // A product has the length of the longest modulus that it was multiplied beside.
    let length = modulus.len().max(factor.len());
    modulus.resize(length, Eight::default());
    factor.resize(length, Eight::default());
    number.resize(number.len().max(length), Eight::default());
    let mut negative_inverse = Eight([WORD_MASK; LANES]);
    for (entry, product) in negative_inverse.0.iter_mut().zip(&*products) {
        *entry = product.negative_inverse;
    }
    // Lanes without a product have the modulus 1.
    if let Some(first) = modulus.first_mut() {
        first.0[products.len()..].fill(1);
    }
    let found = run(Multiplication {
        modulus,
        negative_inverse,
        factor,
        number,
    });
    for (lane, product) in products.iter_mut().enumerate() {
        product.words = found.iter().map(|eight| eight.0[lane]).collect();
    }
}

/// `number · factor` modulo an odd modulus, up to a power of 2, in each of eight lanes.
///
/// With L words, the modulus is at most `2^(52 L − 2)`, the factor below `2^(52 L − 1)`, and so is what comes out: of n words V,
/// `n − L + 1` are dropped, which leaves less than `V/2^(52 (n − L + 1)) + modulus`.
struct Multiplication {
    modulus: Vec<Eight>,
    negative_inverse: Eight,
    factor: Vec<Eight>,
    /// At least as long as the modulus.
    number: Vec<Eight>,
}

impl Work for Multiplication {
    type Output = Vec<Eight>;

    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Vec<Eight> {
        let Multiplication {
            modulus,
            negative_inverse,
            factor,
            number,
        } = self;
        let rest = reduced(words, number, &modulus, negative_inverse);
        let product = products(words, &rest, &factor);
        reduced(words, product, &modulus, negative_inverse)
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
        let lists = numbers
            .iter()
            .map(|(number, list)| (number, list.as_slice()));
        let found = common_with_products(lists, &divisors).expect("known positions");
        for (k, divisor) in divisors.iter().enumerate() {
            let own = numbers.iter().filter(|(_, list)| list.contains(&k));
            let product = own.fold(BigInt::one(), |product, (number, _)| product * number);
            assert_eq!(found[k], gcd(&product, divisor), "{k}");
        }
        let beyond = [(&numbers[0].0, &[11_usize][..])];
        assert_eq!(common_with_products(beyond, &divisors), None);
    }
}
