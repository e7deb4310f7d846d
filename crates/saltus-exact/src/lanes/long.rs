//! Long products, eight at a time, and remainders up to powers of 2 (Montgomery, Mathematics of Computation 44, 1985).

use num_bigint::BigInt;

use super::{Eight, LANES, Words, Work, from_signed_words, run, to_words};

/// `Σ x y` over pairs of integers: 23 for `(2, 4)` and `(3, 5)`.
pub fn sum_of_products(pairs: &[(&BigInt, &BigInt)]) -> BigInt {
    // Words of so many products can be added with signs in 64 bits.
    pairs.chunks(1_000).map(sum_of_some).sum()
}

fn sum_of_some(pairs: &[(&BigInt, &BigInt)]) -> BigInt {
    let mut sums = vec![];
    for pairs in pairs.chunks(LANES) {
        let words = |number: &BigInt| to_words(number.magnitude());
        let (mut longer, mut shorter) = (vec![], vec![]);
        for &(x, y) in pairs {
            let (x, y) = if x.bits() < y.bits() { (y, x) } else { (x, y) };
            longer.push(words(x));
            shorter.push(words(y));
        }
        let product = run(Products {
            longer: side_by_side(&longer),
            shorter: side_by_side(&shorter),
        });
        if sums.len() < product.len() {
            sums.resize(product.len(), 0);
        }
        let negative: Vec<bool> = pairs.iter().map(|(x, y)| x.sign() != y.sign()).collect();
        for (sum, eight) in sums.iter_mut().zip(&product) {
            for (&negative, word) in negative.iter().zip(eight.0) {
                let word = word.cast_signed();
                *sum += if negative { -word } else { word };
            }
        }
    }
    from_signed_words(sums)
}

/// Lists of words in the lanes, as long as the longest.
pub(crate) fn side_by_side<L: AsRef<[u64]>>(lists: &[L]) -> Vec<Eight> {
    let lists = || lists.iter().map(AsRef::as_ref);
    let length = lists().map(<[u64]>::len).max().unwrap_or(0);
    let mut eights = vec![Eight::default(); length];
    for (lane, words) in lists().enumerate() {
        for (eight, &word) in eights.iter_mut().zip(words) {
            eight.0[lane] = word;
        }
    }
    eights
}

/// The products of two numbers in each of eight lanes.
struct Products {
    longer: Vec<Eight>,
    shorter: Vec<Eight>,
}

impl Work for Products {
    type Output = Vec<Eight>;

    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Vec<Eight> {
        products(words, &self.longer, &self.shorter)
    }
}

/// The words of a product in each lane.
#[inline(always)]
pub(crate) fn products<W: Words>(words: W, longer: &[Eight], shorter: &[Eight]) -> Vec<Eight> {
    let mut product = vec![Eight::default(); longer.len() + shorter.len() + 2];
    for part in 0..W::PARTS {
        for (k, pair) in longer.chunks(2).enumerate() {
            let first = words.load(&pair[0], part);
            let second = pair
                .get(1)
                .map_or(words.all(0), |word| words.load(word, part));
            add_multiples(words, part, &mut product[2 * k..], shorter, [first, second]);
            if k % PAIRS == PAIRS - 1 {
                normalise(words, part, &mut product);
            }
        }
        normalise(words, part, &mut product);
    }
    product.truncate(longer.len() + shorter.len());
    product
}

/// How many pairs of words can multiply others before the sums, of four words each, must be brought into words again.
const PAIRS: usize = 256;

/// As many words as the modulus has, equal to a number of at least as many up to multiples of the modulus and a power of 2.
#[inline(always)]
pub(crate) fn reduced<W: Words>(
    words: W,
    mut number: Vec<Eight>,
    modulus: &[Eight],
    negative_inverse: Eight,
) -> Vec<Eight> {
    let length = modulus.len();
    let dropped = number.len() + 1 - length;
    number.resize(dropped + length + 2, Eight::default());
    let zero = words.all(0);
    for part in 0..W::PARTS {
        let negative_inverse = words.load(&negative_inverse, part);
        let lowest = words.load(&modulus[0], part);
        let next = modulus.get(1).map_or(zero, |word| words.load(word, part));
        for begin in (0..dropped).step_by(2) {
            let window = &mut number[begin..];
            let word = words.load(&window[0], part);
            let first = words.low_product(word, negative_inverse);
            let above = words.load(&window[1], part);
            let [low, high] = words.plus_product([word, above], first, lowest);
            let above = words.add(high, words.above(low));
            let above = words.add(above, words.low_product(first, next));
            let second = if begin + 1 < dropped {
                words.low_product(above, negative_inverse)
            } else {
                zero
            };
            add_multiples(words, part, window, modulus, [first, second]);
            carry_one(words, part, window);
            if begin + 1 < dropped {
                carry_one(words, part, &mut window[1..]);
            }
            if begin / 2 % PAIRS == PAIRS - 1 {
                // The carries of the words that are dropped have been taken.
                normalise(words, part, &mut window[2..]);
            }
        }
        normalise(words, part, &mut number[dropped..]);
    }
    number[dropped..][..length].to_vec()
}

/// Adds the multiples of a number by a word and by the next one to sums of words, which are two more than the number has.
#[inline(always)]
fn add_multiples<W: Words>(
    words: W,
    part: usize,
    sums: &mut [Eight],
    number: &[Eight],
    [first, second]: [W::Lanes; 2],
) {
    let zero = words.all(0);
    // What the next word and the one after it get.
    let (mut next, mut last) = (zero, zero);
    let (own, above) = sums.split_at_mut(number.len());
    for (sum, word) in own.iter_mut().zip(number) {
        let word = words.load(word, part);
        let own = words.add(words.load(sum, part), next);
        let [own, above] = words.plus_product([own, last], word, first);
        words.store(own, sum, part);
        [next, last] = words.plus_product([above, zero], word, second);
    }
    for (sum, more) in above.iter_mut().zip([next, last]) {
        words.store(words.add(words.load(sum, part), more), sum, part);
    }
}

/// Adds to a second sum what the first has beyond a word.
#[inline(always)]
fn carry_one<W: Words>(words: W, part: usize, sums: &mut [Eight]) {
    let carry = words.above(words.load(&sums[0], part));
    let sum = words.add(words.load(&sums[1], part), carry);
    words.store(sum, &mut sums[1], part);
}

/// Brings sums into words.
#[inline(always)]
fn normalise<W: Words>(words: W, part: usize, sums: &mut [Eight]) {
    let mut carry = words.all(0);
    for sum in sums {
        let total = words.add(words.load(sum, part), carry);
        carry = words.above(total);
        words.store(words.word(total), sum, part);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{WORD_BITS, WORD_MASK, from_words, inverse_of_word, run_portable};
    use super::*;

    /// Words of either kind: all bits set, and mixed ones.
    fn words(length: usize, kind: usize) -> Vec<u64> {
        let mixed = |k: usize| (k as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) & WORD_MASK;
        let word = |k| {
            if kind == 0 {
                WORD_MASK
            } else {
                mixed(k + kind)
            }
        };
        (0..length).map(word).collect()
    }

    fn number(words: &[u64]) -> BigInt {
        from_words(words).into()
    }

    fn lane(eights: &[Eight], lane: usize) -> BigInt {
        from_words(
            &eights
                .iter()
                .map(|eight| eight.0[lane])
                .collect::<Vec<u64>>(),
        )
        .into()
    }

    /// Lengths at which no, one or two words of a pair are left, and at which sums must be brought into words in between.
    #[test]
    fn products_are_those_of_every_lane() {
        let lengths = [
            (0, 0),
            (1, 0),
            (1, 1),
            (2, 1),
            (3, 2),
            (5, 5),
            (513, 2),
            (4_400, 4_300),
        ];
        for (long, short) in lengths {
            let lists = |length: usize, turn: usize| -> Vec<Vec<u64>> {
                let list = |lane: usize| words(length - length.min(lane / 3), (lane + turn) % 8);
                (0..LANES).map(list).collect()
            };
            let (longer, shorter) = (lists(long, 0), lists(short, 8));
            let work = || Products {
                longer: side_by_side(&longer),
                shorter: side_by_side(&shorter),
            };
            let found = run(work());
            assert_eq!(found.len(), long + short);
            for k in 0..LANES {
                let expected = number(&longer[k]) * number(&shorter[k]);
                assert!(lane(&found, k) == expected, "{long} {short} {k}");
            }
            if long < 600 {
                assert_eq!(found, run_portable(work()));
            }
        }
    }

    struct Reduction {
        number: Vec<Eight>,
        modulus: Vec<Eight>,
        negative_inverse: Eight,
    }

    impl Work for Reduction {
        type Output = Vec<Eight>;

        #[inline(always)]
        fn run<W: Words>(self, words: W) -> Vec<Eight> {
            reduced(words, self.number, &self.modulus, self.negative_inverse)
        }
    }

    /// As `words` times the power of 2 that is dropped, the number is what it was modulo the modulus, and small.
    #[test]
    fn remainders_are_those_of_every_lane() {
        for (length, long) in [
            (1, 1),
            (1, 2),
            (1, 7),
            (2, 2),
            (2, 5),
            (3, 10),
            (4_300, 8_900),
        ] {
            let modulus = |lane: usize| {
                let mut words = words(length, lane % 3);
                words[length - 1] >>= 2;
                words[0] |= 1;
                words
            };
            let moduli: Vec<Vec<u64>> = (0..LANES).map(modulus).collect();
            let numbers: Vec<Vec<u64>> = (0..LANES).map(|lane| words(long, lane % 4)).collect();
            let work = || Reduction {
                number: side_by_side(&numbers),
                modulus: side_by_side(&moduli),
                negative_inverse: Eight(std::array::from_fn(|k| {
                    inverse_of_word(moduli[k][0]).wrapping_neg() & WORD_MASK
                })),
            };
            let found = run(work());
            assert_eq!(found.len(), length);
            let dropped = (long + 1 - length) * WORD_BITS as usize;
            for k in 0..LANES {
                let (modulus, rest) = (number(&moduli[k]), lane(&found, k));
                let difference: BigInt = (&rest << dropped) - number(&numbers[k]);
                assert!(difference % &modulus == BigInt::ZERO, "{length} {long} {k}");
                let most = BigInt::from(1) << (length * WORD_BITS as usize - 1);
                assert!(rest < most, "{length} {long} {k}");
            }
            if long < 600 {
                assert_eq!(found, run_portable(work()));
            }
        }
    }

    #[test]
    fn sums_of_products_are_those_of_their_terms() {
        for count in [0, 1, 2, 8, 9, 17, 1_001] {
            let signed = |k: usize, length: usize, kind: usize| {
                let number = number(&words(length, kind));
                if k % 3 == 1 { -number } else { number }
            };
            let pairs: Vec<(BigInt, BigInt)> = (0..count)
                .map(|k| (signed(k, k % 5, 0), signed(k / 2, (k + 3) % 7, k % 2)))
                .collect();
            let expected: BigInt = pairs.iter().map(|(x, y)| x * y).sum();
            let pairs: Vec<(&BigInt, &BigInt)> = pairs.iter().map(|(x, y)| (x, y)).collect();
            assert_eq!(sum_of_products(&pairs), expected, "{count}");
        }
    }
}
