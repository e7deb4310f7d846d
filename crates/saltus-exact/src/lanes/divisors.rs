//! Common divisors, eight at a time, by steps that the lowest bits decide (Bernstein and Yang, IACR Transactions on Cryptographic
//! Hardware and Embedded Systems 2019, with the start of Wuille's variant).
//!
//! With an odd f, a step takes `(δ, f, g)` to `(1 − δ, g, (g − f)/2)` if g is odd and `δ > 0`, and to `(1 + δ, f, (g + f)/2)` or
//! `(1 + δ, f, g/2)` otherwise, which keeps the common divisors of f and g. It ends at `g = 0`.

use num_bigint::BigInt;
use num_traits::Signed;

use super::{
    Eight, LANES, WORD_BITS, WORD_MASK, Words, Work, from_signed_words, run, side_by_side,
};

/// The greatest common divisors of odd numbers with as many others, by their words: 3 for those of 15 and 6.
pub(crate) fn common_divisors<L: AsRef<[u64]>>(odd: &[L], others: &[Vec<u64>]) -> Vec<BigInt> {
    let some = |(odd, others): (&[L], &[Vec<u64>])| {
        let mut lanes = side_by_side(odd);
        // Lanes without numbers have an odd one, too.
        if let Some(lowest) = lanes.first_mut() {
            lowest.0[odd.len()..].fill(1);
        }
        let found = run(CommonDivisors {
            odd: lanes,
            other: side_by_side(others),
        });
        (0..odd.len()).map(move |lane| size_in_lane(&found, lane))
    };
    odd.chunks(LANES)
        .zip(others.chunks(LANES))
        .flat_map(some)
        .collect()
}

/// The size of the number in a lane whose last word has a sign, as all of them do.
fn size_in_lane(number: &[Eight], lane: usize) -> BigInt {
    let mut words: Vec<i64> = number
        .iter()
        .map(|eight| eight.0[lane].cast_signed())
        .collect();
    if let Some(top) = words.last_mut() {
        *top -= (*top >> (WORD_BITS - 1)) << WORD_BITS;
    }
    from_signed_words(words).abs()
}

struct CommonDivisors {
    odd: Vec<Eight>,
    other: Vec<Eight>,
}

impl Work for CommonDivisors {
    /// The common divisor in each lane, up to its sign, which the last word has: `2^52 − 1` stands for −1.
    type Output = Vec<Eight>;

    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Vec<Eight> {
        let CommonDivisors {
            odd: mut f,
            other: mut g,
        } = self;
        // A word for the signs.
        let length = f.len().max(g.len()) + 1;
        f.resize(length, Eight::default());
        g.resize(length, Eight::default());
        // −δ − ½ for each lane, from δ = ½ on.
        let mut state = Eight([u64::MAX; LANES]);
        while g.iter().any(|eight| *eight != Eight::default()) {
            for part in 0..W::PARTS {
                let lowest = [&f[0], &g[0]].map(|eight| words.load(eight, part));
                let (matrix, next) = word_of_steps(words, words.load(&state, part), lowest);
                words.store(next, &mut state, part);
                transform(words, part, &matrix, &mut f, &mut g);
            }
            while f.len() > 1 && has_needless_top(&f) && has_needless_top(&g) {
                f.pop();
                g.pop();
            }
        }
        f
    }
}

/// A word of steps, as many as it has bits: the matrix M with `2^52 (f', g') = M (f, g)`, by rows, and `−δ − ½` after them.
///
/// The entries of a row have together at most `2^52` in size.
#[inline(always)]
fn word_of_steps<W: Words>(
    words: W,
    mut state: W::Lanes,
    [mut f, mut g]: [W::Lanes; 2],
) -> ([[W::Lanes; 2]; 2], W::Lanes) {
    let (zero, one) = (words.all(0), words.all(1));
    let [mut u, mut v, mut q, mut r] = [one, zero, zero, one];
    for _ in 0..WORD_BITS {
        // Of g − f or g + f, where g is odd, the first for a positive δ.
        let subtracts = words.sign(state);
        let is_odd = words.sub(zero, words.and(g, one));
        let term = |x: W::Lanes| {
            let signed = words.sub(words.xor(x, subtracts), subtracts);
            words.and(signed, is_odd)
        };
        g = words.add(g, term(f));
        q = words.add(q, term(u));
        r = words.add(r, term(v));
        // f + (g − f) is g.
        let replaces = words.and(subtracts, is_odd);
        state = words.sub(words.xor(state, replaces), one);
        f = words.add(f, words.and(g, replaces));
        u = words.add(u, words.and(q, replaces));
        v = words.add(v, words.and(r, replaces));
        g = words.half(g);
        u = words.add(u, u);
        v = words.add(v, v);
    }
    ([[u, v], [q, r]], state)
}

/// `(f, g) ← M (f, g)/2^52`, for numbers whose last word has a sign.
#[inline(always)]
fn transform<W: Words>(
    words: W,
    part: usize,
    matrix: &[[W::Lanes; 2]; 2],
    f: &mut [Eight],
    g: &mut [Eight],
) {
    let zero = words.all(0);
    // An entry is its word and a multiple of 2^52, which is −1, 0 or 1.
    let low = matrix.map(|row| row.map(|entry| words.word(entry)));
    let high = matrix.map(|row| row.map(|entry| words.carry(entry)));
    let multiple = |row: [W::Lanes; 2], [x, y]: [W::Lanes; 2]| {
        words.add(words.mul(row[0], x), words.mul(row[1], y))
    };
    let mut before = [zero; 2];
    let mut sums = [zero; 2];
    for k in 0..f.len() {
        let own = [&f[k], &g[k]].map(|eight| words.load(eight, part));
        let mut found = [zero; 2];
        for row in 0..2 {
            let sum = words.add(sums[row], multiple(high[row], before));
            let [sum, above] = words.plus_product([sum, zero], low[row][0], own[0]);
            let [sum, above] = words.plus_product([sum, above], low[row][1], own[1]);
            found[row] = words.word(sum);
            sums[row] = words.add(words.carry(sum), above);
        }
        // The lowest word of the sums is 0.
        if k > 0 {
            words.store(found[0], &mut f[k - 1], part);
            words.store(found[1], &mut g[k - 1], part);
        }
        before = own;
    }
    // Beyond a negative number −1 goes on.
    let negative = before.map(|top| words.above(words.add(top, top)));
    let tops = f.last_mut().into_iter().chain(g.last_mut());
    for (row, top) in tops.enumerate() {
        let sum = words.add(sums[row], multiple(high[row], before));
        let sum = words.sub(sum, multiple(low[row], negative));
        words.store(words.word(sum), top, part);
    }
}

/// Whether the last word of every lane only repeats the sign of the word before.
fn has_needless_top(number: &[Eight]) -> bool {
    let [.., below, top] = number else {
        return false;
    };
    let repeats = |(below, top): (&u64, &u64)| {
        let sign = below >> (WORD_BITS - 1);
        *top == sign * WORD_MASK
    };
    below.0.iter().zip(&top.0).all(repeats)
}

#[cfg(test)]
mod tests {
    use super::super::{run_portable, to_words};
    use super::*;
    use crate::integer::gcd;

    fn power(base: u32, exponent: u32) -> BigInt {
        num_traits::Pow::pow(BigInt::from(base), exponent)
    }

    fn check(pairs: &[(BigInt, BigInt)]) {
        let words = |number: &BigInt| to_words(number.magnitude());
        let odd: Vec<Vec<u64>> = pairs.iter().map(|pair| words(&pair.0)).collect();
        let others: Vec<Vec<u64>> = pairs.iter().map(|pair| words(&pair.1)).collect();
        let found = common_divisors(&odd, &others);
        assert_eq!(found.len(), pairs.len());
        for ((x, y), found) in pairs.iter().zip(found) {
            assert_eq!(found, gcd(x, y), "{x} {y}");
        }
        for (odd, others) in odd.chunks_exact(LANES).zip(others.chunks_exact(LANES)) {
            let work = || CommonDivisors {
                odd: side_by_side(odd),
                other: side_by_side(others),
            };
            assert_eq!(run(work()), run_portable(work()));
        }
    }

    #[test]
    fn divisors_are_those_of_euclid() {
        let mut pairs = vec![];
        let top = |bits: u32| BigInt::from(1) << bits;
        let odd = [
            top(0),
            BigInt::from(3),
            top(51) - 1,
            top(51) + 1,
            top(52) - 1,
            top(52) + 1,
            top(103) + 1,
            top(104) - 1,
            top(520) - 1,
            power(3, 200),
            power(15, 77) * power(7, 30),
            power(3, 700) * power(5, 100),
        ];
        let other = |x: &BigInt| {
            vec![
                BigInt::ZERO,
                top(0),
                top(1),
                top(51),
                top(52),
                top(104),
                top(700),
                x.clone(),
                x * 2,
                x - 1,
                x + 1,
                x + 2,
                x * power(2, 99) + 3,
                power(6, 300),
                power(21, 50) * power(10, 60),
                power(7, 333) + 12,
            ]
        };
        for x in &odd {
            pairs.extend(other(x).into_iter().map(|y| (x.clone(), y)));
        }
        check(&pairs);
        // Lanes of very different lengths and of another order.
        pairs.sort_by_key(|(x, y)| (x + y * 3) % 10_007);
        check(&pairs);
        check(&pairs[..5]);
    }

    /// Consecutive Fibonacci numbers, for which Euclid's algorithm takes most steps, with a factor in common.
    #[test]
    fn long_ways_come_to_an_end() {
        let (mut a, mut b) = (BigInt::from(1), BigInt::from(1));
        let mut pairs = vec![];
        for k in 0..3_000 {
            (a, b) = (b.clone(), a + &b);
            if k % 250 == 249 {
                let factor = power(3, k % 7);
                let (x, y) = if a.bit(0) { (&a, &b) } else { (&b, &a) };
                pairs.push((x * &factor, y * factor));
            }
        }
        check(&pairs);
    }
}
