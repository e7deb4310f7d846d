//! Integer solutions of `K N = δ c` by lifting modulo powers of a prime (Dixon, Numerische Mathematik 40, 1982).

use num_bigint::{BigInt, Sign};
use saltus_exact::lanes::{Eight, LANES, WORD_BITS, WORD_MASK, Words, Work, inverse_of_word, run};

use super::base_p::{from_base_p, to_base_p};
use super::residues::{EXCESS, HALF, Inverse, PRIME};
use super::words::{Column, MOST_TERMS, Packed, eight_of, multiply, negative};

/// A symmetric integer matrix K that grows and shrinks by one row, prepared for lifting.
///
/// With `C = K⁻¹ mod p` and the digits `δ_k` of the factor in base p, `x_k = C (r_k + δ_k c) mod p` and
/// `r_{k+1} = (r_k + δ_k c − K x_k)/p`, from `r_0 = 0` on. Then `K Σ_{i<k} p^i x_i + p^k r_k = Σ_{i<k} p^i δ_i c`, so that
/// `N = Σ p^k x_k` is proved to be the solution where `r_k = 0` once the digits of the factor are used up. The digits `x_k` have
/// the least magnitude, so this happens once N is reached.
#[derive(Debug, Clone)]
pub(super) struct System {
    inverse: Inverse,
    /// Words of every entry.
    length: usize,
    /// Words of `−K_ij` modulo `2^(52 length)`: for each j, those of least significance of all i, and so on.
    rows: Vec<Vec<Vec<u64>>>,
}

/// Words of entries and of sides of so many bits.
pub(super) fn words_for(bits: u64) -> usize {
    // |r_k| < (m/2 + 2) 2^bits, below 2^(bits + 10) for MOST_TERMS rows; and a bit for the sign.
    let length = (bits + 11) / u64::from(WORD_BITS) + 1;
    usize::try_from(length).expect("the bits of a number in memory")
}

impl System {
    /// The empty matrix; its entries and those of every side will have at most so many bits.
    pub(super) fn new(bits: u64) -> System {
        System {
            inverse: Inverse::default(),
            length: words_for(bits),
            rows: vec![],
        }
    }

    /// A column of a side in words.
    pub(super) fn column<'a>(&self, entries: impl IntoIterator<Item = &'a BigInt>) -> Column {
        Column::new(entries, self.length)
    }

    /// Appends a row and a column: those above the corner, then the corner. `None` if the prime divides the new determinant.
    pub(super) fn push(&mut self, column: &Column, corner: &BigInt) -> Option<()> {
        let size = self.rows.len();
        if size == MOST_TERMS {
            return None;
        }
        let corner = self.column([corner]);
        self.inverse
            .push(&column.residues(), corner.residues()[0])?;
        let mut last = vec![Vec::with_capacity(size + 1); self.length];
        for (row, entry) in self.rows.iter_mut().zip(column.entries()) {
            for ((place, other), word) in row
                .iter_mut()
                .zip(&mut last)
                .zip(negative(entry.iter().copied()))
            {
                place.push(word);
                other.push(word);
            }
        }
        for (place, word) in last.iter_mut().zip(negative(corner.words.iter().copied())) {
            place.push(word);
        }
        self.rows.push(last);
        Some(())
    }

    /// Removes a row and a column. `None` if the prime divides the new determinant.
    pub(super) fn remove(&mut self, position: usize) -> Option<()> {
        self.inverse.remove(position)?;
        self.rows.remove(position);
        for place in self.rows.iter_mut().flatten() {
            place.remove(position);
        }
        Some(())
    }

    /// N with `K N = factor · side` for a factor that is not negative; `None` if there is no integer solution.
    pub(super) fn solve(&self, side: &Column, factor: &BigInt) -> Option<Vec<BigInt>> {
        let size = self.rows.len();
        if size == 0 {
            return Some(vec![]);
        }
        if factor.sign() == Sign::Minus {
            return None;
        }
        let factor = to_base_p(factor);
        let digits = run(Lifting {
            size,
            length: self.length,
            inverse: self.inverse_and_image(side),
            matrix: self.matrix_and_sides(side),
            most_steps: self.most_steps(factor.len()),
            factor: &factor,
        })?;
        Some(from_base_p(&digits, size))
    }

    /// C, and `C c` as a last column.
    fn inverse_and_image(&self, side: &Column) -> Packed {
        let size = self.rows.len();
        let image = self.inverse.times(&side.residues());
        Packed::new(size.div_ceil(LANES), size + 1, |block, j| {
            eight_of(self.inverse.rows.get(j).unwrap_or(&image), block)
        })
    }

    /// `−K`, then c and `K 1` as columns; each block of eight rows has as many rows of eights as there are words.
    fn matrix_and_sides(&self, side: &Column) -> Packed {
        let size = self.rows.len();
        let side: Vec<Vec<u64>> = (0..self.length).map(|place| side.place(place)).collect();
        let sums = self.row_sums();
        let blocks = size.div_ceil(LANES);
        Packed::new(blocks * self.length, size + 2, |row, j| {
            let places = match j.checked_sub(size) {
                None => &self.rows[j],
                Some(0) => &side,
                Some(_) => &sums,
            };
            eight_of(&places[row % self.length], row / self.length)
        })
    }

    /// `K 1`, the sum of each row: words of least significance of all rows, and so on.
    fn row_sums(&self) -> Vec<Vec<u64>> {
        let size = self.rows.len();
        let mut carries = vec![0; size];
        (0..self.length)
            .map(|place| {
                let mut sums = vec![0; size];
                for row in &self.rows {
                    for (sum, word) in sums.iter_mut().zip(&row[place]) {
                        *sum += word;
                    }
                }
                for (sum, carry) in sums.iter_mut().zip(&mut carries) {
                    let signed = *carry - sum.cast_signed();
                    *carry = signed >> WORD_BITS;
                    *sum = signed.cast_unsigned() & WORD_MASK;
                }
                sums
            })
            .collect()
    }

    /// More digits than a solution can have: by Hadamard's bound, each row of K with the side adds so many bits.
    fn most_steps(&self, factor_digits: usize) -> usize {
        let size = self.rows.len() + 1;
        size * (self.length + 1) + factor_digits + 2
    }
}

/// The digits of a solution, eight rows at a time.
struct Lifting<'a> {
    /// Rows of K.
    size: usize,
    /// Words of its entries.
    length: usize,
    /// `(C, C c)` modulo p.
    inverse: Packed,
    /// `(−K, c, K 1)`.
    matrix: Packed,
    factor: &'a [u64],
    most_steps: usize,
}

impl Work for Lifting<'_> {
    /// For each step, the numbers `x + (p − 1)/2`; `None` if there is no integer solution.
    type Output = Option<Vec<Eight>>;

    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Option<Vec<Eight>> {
        let blocks = self.size.div_ceil(LANES);
        let mut rest = vec![Eight::default(); blocks * self.length];
        // r_k modulo p, then the digit of the factor.
        let mut residues = vec![0; self.size + 1];
        // x_k + (p − 1)/2, then the digit and what makes up for the sum: −K x = −K (x + h) + h K 1.
        let mut shifted = vec![0; self.size + 2];
        shifted[self.size + 1] = HALF;
        let (mut images, mut sums) = (self.inverse.sums(), self.matrix.sums());
        let mut found = vec![];
        for step in 0..self.most_steps {
            let digit = self.factor.get(step).copied();
            if digit.is_none() && rest.iter().all(|eight| *eight == Eight::default()) {
                return Some(found);
            }
            residues[self.size] = digit.unwrap_or(0);
            multiply(words, &self.inverse, &residues, &mut images);
            let rows = shifted[..self.size].chunks_mut(LANES);
            for (rows, sums) in rows.zip(&images) {
                let mut x = Eight::default();
                for part in 0..W::PARTS {
                    let residue = residue_plus_half(words, sums.map(|sum| words.load(&sum, part)));
                    words.store(residue, &mut x, part);
                }
                found.push(x);
                rows.copy_from_slice(&x.0[..rows.len()]);
            }
            shifted[self.size] = digit.unwrap_or(0);
            multiply(words, &self.matrix, &shifted, &mut sums);
            let rows = residues[..self.size].chunks_mut(LANES);
            let rest = rest.chunks_exact_mut(self.length);
            for ((rows, rest), sums) in rows.zip(rest).zip(sums.chunks_exact(self.length)) {
                let mut residue = Eight::default();
                for part in 0..W::PARTS {
                    let divided = divide_rest(words, part, rest, sums);
                    words.store(divided, &mut residue, part);
                }
                rows.copy_from_slice(&residue.0[..rows.len()]);
            }
        }
        None
    }
}

/// `low + 2^52 high + (p − 1)/2` modulo p, for sums of at most `2^10` words each.
#[inline(always)]
fn residue_plus_half<W: Words>(words: W, [low, high]: [W::Lanes; 2]) -> W::Lanes {
    let excess = words.all(EXCESS);
    // 2^52 = 47 and 2^104 = 2209 modulo p.
    let folded = words.mul(excess, words.above(high));
    let folded = words.add(folded, words.add(words.word(high), words.above(low)));
    let folded = words.add(words.mul(excess, folded), words.word(low));
    reduced(words, words.add(folded, words.all(HALF)))
}

/// The residue of numbers below `2^63`.
#[inline(always)]
fn reduced<W: Words>(words: W, number: W::Lanes) -> W::Lanes {
    let folded = folded(words, number);
    words.min(folded, words.sub(folded, words.all(PRIME)))
}

/// A number below `2^52 + 2^17` with the residue of one below `2^63`.
#[inline(always)]
fn folded<W: Words>(words: W, number: W::Lanes) -> W::Lanes {
    let above = words.mul(words.all(EXCESS), words.above(number));
    words.add(words.word(number), above)
}

/// `r ← (r + sums)/p` modulo `2^(52 length)` for eight rows, where p divides what is divided, and the residue of the quotient
/// modulo p if its last word has a sign.
///
/// What a word q of the quotient takes off is `q p = 2^52 q − 47 q`.
#[inline(always)]
fn divide_rest<W: Words>(
    words: W,
    part: usize,
    rest: &mut [Eight],
    sums: &[[Eight; 2]],
) -> W::Lanes {
    let (zero, excess) = (words.all(0), words.all(EXCESS));
    let inverse = words.all(INVERSE_OF_PRIME);
    let (mut carry, mut before) = (zero, zero);
    for (entry, [low, high]) in rest.iter_mut().zip(sums) {
        let sum = words.add(words.load(entry, part), words.load(low, part));
        let sum = words.add(sum, words.add(before, carry));
        let quotient = words.low_product(sum, inverse);
        words.store(quotient, entry, part);
        let taken = words.add(sum, words.mul(excess, quotient));
        carry = words.sub(words.carry(taken), quotient);
        before = words.load(high, part);
    }
    let top = rest.last().map_or(zero, |top| words.load(top, part));
    let is_negative = words.above(words.add(top, top));
    let mut residue = words.mul(is_negative, words.all(PRIME - 1));
    for entry in rest.iter().rev() {
        let sum = words.add(words.mul(excess, residue), words.load(entry, part));
        residue = folded(words, sum);
    }
    reduced(words, residue)
}

/// `1/p` modulo `2^52`.
const INVERSE_OF_PRIME: u64 = inverse_of_word(PRIME);

#[cfg(test)]
mod tests {
    use num_traits::One;
    use saltus_exact::IntegerMatrix;
    use saltus_exact::linear::solve;

    use super::*;

    /// Columns of numbers of so many bits from a congruential generator, and their Gram matrix.
    fn gram(size: usize, rows: usize, bits: u32) -> Vec<Vec<BigInt>> {
        let mut state = 7_u64;
        let mut number = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (BigInt::from(state as i64) << bits) / (1_i128 << 63)
        };
        let columns: Vec<Vec<BigInt>> = (0..size)
            .map(|_| (0..rows).map(|_| number()).collect())
            .collect();
        let product = |a: &Vec<BigInt>, b: &Vec<BigInt>| -> BigInt {
            a.iter().zip(b).map(|(x, y)| x * y).sum()
        };
        columns
            .iter()
            .map(|a| columns.iter().map(|b| product(a, b)).collect())
            .collect()
    }

    fn pushed(gram: &[Vec<BigInt>], coordinates: &[usize]) -> System {
        let bits = gram.iter().flatten().map(BigInt::bits).max();
        let mut system = System::new(bits.unwrap_or(0));
        for (k, &j) in coordinates.iter().enumerate() {
            let column = system.column(coordinates[..k].iter().map(|&i| &gram[i][j]));
            system.push(&column, &gram[j][j]).expect("regular");
        }
        system
    }

    /// The solution over the determinant is that of elimination.
    #[test]
    fn solutions_are_those_of_elimination() {
        for (size, bits) in [(1, 3), (2, 20), (5, 10), (8, 57), (12, 62), (6, 300)] {
            let gram = gram(size + 1, size + 2, bits);
            let all: Vec<usize> = (0..size).collect();
            let mut system = pushed(&gram, &all);
            let mut coordinates = all;
            while !coordinates.is_empty() {
                let entries = coordinates.iter().flat_map(|&i| {
                    coordinates
                        .iter()
                        .map(|&j| gram[i][j].clone())
                        .collect::<Vec<_>>()
                });
                let m = coordinates.len();
                let matrix = IntegerMatrix::new(m, m, entries.collect()).expect("square");
                let side: Vec<BigInt> = coordinates.iter().map(|&i| -&gram[i][size]).collect();
                let expected = solve(&matrix, &side).expect("regular");
                let column = system.column(&side);
                let found = system.solve(&column, &expected.denominator);
                assert_eq!(found, Some(expected.numerators), "{size} {bits}");
                // A multiple of the denominator does too, and nothing does that is none.
                let multiple = &expected.denominator * BigInt::from(PRIME);
                assert!(system.solve(&column, &multiple).is_some());
                if !expected.denominator.is_one() {
                    let less = &expected.denominator - 1;
                    assert_eq!(system.solve(&column, &less), None);
                }
                let position = m / 2;
                coordinates.remove(position);
                system.remove(position).expect("regular");
            }
        }
    }

    #[test]
    fn the_empty_system_and_the_side_zero_have_empty_and_zero_solutions() {
        let system = System::new(10);
        assert_eq!(
            system.solve(&system.column([]), &BigInt::from(12)),
            Some(vec![])
        );
        let gram = gram(3, 4, 50);
        let system = pushed(&gram, &[0, 2, 1]);
        let side = system.column(&vec![BigInt::ZERO; 3]);
        let found = system.solve(&side, &(BigInt::from(1) << 500));
        assert_eq!(found, Some(vec![BigInt::ZERO; 3]));
    }

    #[test]
    fn a_matrix_that_the_prime_divides_is_refused() {
        let mut system = System::new(61);
        let none = system.column([]);
        assert_eq!(system.push(&none, &BigInt::from(PRIME)), None);
    }
}
