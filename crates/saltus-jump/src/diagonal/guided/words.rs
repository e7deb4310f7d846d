//! Columns of integers in words of 52 bits, matrices of words, and their products with vectors of words.

use num_bigint::{BigInt, Sign};
use saltus_exact::lanes::{
    Eight, LANES, WORD_BITS, WORD_MASK, Words, Work, from_signed_words, run, to_words,
};

use super::super::digits::window;
use super::residues::{EXCESS, PRIME, residue};

/// Rows and columns that sums of products have room for: each of `2^52`, with room to add two such sums in 63 bits.
pub(super) const MOST_TERMS: usize = 1_000;

/// Integers in words of 52 bits, as many for each: all but the last without a sign, which the last one has.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Words of an entry.
    pub(super) length: usize,
    /// Those of the first entry, least significant first, and so on.
    pub(super) words: Vec<i64>,
}

impl Column {
    /// The entries of a column, each below `2^(52 length − 1)` in magnitude.
    pub(super) fn new<'a>(entries: impl IntoIterator<Item = &'a BigInt>, length: usize) -> Column {
        let mut words = vec![];
        for entry in entries {
            push_words(&mut words, entry, length);
        }
        Column { length, words }
    }

    /// The entries in turn, each as its words.
    pub(super) fn entries(&self) -> impl ExactSizeIterator<Item = &[i64]> {
        self.words.chunks_exact(self.length)
    }

    /// Some of the entries.
    pub(super) fn select(&self, positions: &[usize]) -> Column {
        let entry = |&i: &usize| &self.words[i * self.length..][..self.length];
        Column {
            length: self.length,
            words: positions.iter().flat_map(entry).copied().collect(),
        }
    }

    /// The words at one place of all entries, the last ones modulo `2^52`.
    pub(super) fn place(&self, place: usize) -> Vec<u64> {
        let words = self.words.iter().skip(place).step_by(self.length);
        words.map(|word| word.cast_unsigned() & WORD_MASK).collect()
    }

    /// The entries modulo p.
    pub(super) fn residues(&self) -> Vec<u64> {
        self.entries().map(residue_of).collect()
    }
}

fn push_words(words: &mut Vec<i64>, number: &BigInt, length: usize) {
    let magnitude = number.magnitude().to_u64_digits();
    let negative = number.sign() == Sign::Minus;
    let mut carry = 0;
    let mut start = 0;
    for _ in 0..length {
        let word = window(&magnitude, start, WORD_BITS);
        let signed = if negative { -word } else { word } + carry;
        carry = signed >> WORD_BITS;
        words.push(signed & WORD_MASK.cast_signed());
        start += u64::from(WORD_BITS);
    }
    debug_assert!(number.bits() < start, "all words are taken");
    // The last word has what is borrowed beyond it: the sign.
    if let Some(last) = words.last_mut() {
        *last += carry << WORD_BITS;
    }
}

/// The residue modulo p of a number in words of which the last has a sign.
fn residue_of(words: &[i64]) -> u64 {
    // Horner's rule, on numbers that a multiple of p has made positive.
    let lifted = i128::from(PRIME) << 3;
    let higher = |higher: u64, &word: &i64| {
        let sum = i128::from(EXCESS) * i128::from(higher) + i128::from(word) + lifted;
        residue(sum.cast_unsigned())
    };
    words.iter().rev().fold(0, higher)
}

/// Eights of a matrix that are worked on together, so that the processor need not wait for any sum.
const GROUP: usize = 3;

/// A matrix of words, eight rows in each [`Eight`]: for a group of these, those of each column in turn.
pub(super) struct Packed {
    /// A multiple of [`GROUP`].
    rows: usize,
    columns: usize,
    entries: Vec<Eight>,
}

impl Packed {
    /// A matrix of so many rows of eights, given by the eight at a row and a column.
    pub(super) fn new(
        rows: usize,
        columns: usize,
        eight: impl Fn(usize, usize) -> Eight,
    ) -> Packed {
        let padded = rows.next_multiple_of(GROUP);
        let mut entries = Vec::with_capacity(padded * columns);
        for group in (0..rows).step_by(GROUP) {
            for column in 0..columns {
                entries.extend((group..group + GROUP).map(|row| {
                    if row < rows {
                        eight(row, column)
                    } else {
                        Eight::default()
                    }
                }));
            }
        }
        Packed {
            rows: padded,
            columns,
            entries,
        }
    }

    /// Sums for [`multiply`], as many as it writes.
    pub(super) fn sums(&self) -> Vec<[Eight; 2]> {
        vec![Default::default(); self.rows]
    }
}

/// Integers whose sums of multiples are taken eight words at a time.
pub(super) struct Multiples {
    /// Words with the sign extended: those of the numbers are the columns.
    words: Packed,
    /// How many words have a meaning.
    length: usize,
}

impl Multiples {
    /// Numbers to be multiplied with entries of columns of so many words.
    pub(super) fn new(numbers: &[BigInt], of_column: usize) -> Multiples {
        let bits = numbers.iter().map(BigInt::bits).max().unwrap_or(0);
        let own = bits / u64::from(WORD_BITS) + 1;
        let own = usize::try_from(own).expect("the bits of a number in memory");
        let length = own + of_column + 2;
        let columns: Vec<Vec<u64>> = numbers
            .iter()
            .map(|number| {
                let mut words = to_words(number.magnitude());
                words.resize(length, 0);
                if number.sign() == Sign::Minus {
                    words = negative(words.into_iter().map(u64::cast_signed)).collect();
                }
                words
            })
            .collect();
        Multiples {
            words: Packed::new(length.div_ceil(LANES), columns.len(), |block, column| {
                eight_of(&columns[column], block)
            }),
            length,
        }
    }

    /// `Σ_i column_i number_i`.
    pub(super) fn combined(&self, column: &Column) -> BigInt {
        debug_assert!(column.words.len() == self.words.columns * column.length);
        let mut places: Vec<Vec<u64>> = (0..column.length).map(|k| column.place(k)).collect();
        let tops = column
            .words
            .iter()
            .skip(column.length - 1)
            .step_by(column.length);
        places.push(tops.map(|&top| u64::from(top < 0)).collect());
        let sums = run(Combination {
            matrix: &self.words,
            places: &places,
        });
        let part = |place: usize, k: usize, half: usize| {
            let sum = i128::from(sums[place][k / LANES][half].0[k % LANES]);
            // The last place is that of the signs.
            if place == column.length { -sum } else { sum }
        };
        let mut carry = 0;
        let mut words: Vec<i64> = (0..self.length)
            .map(|k| {
                let low = (0..=column.length.min(k)).map(|place| part(place, k - place, 0));
                let high = (0..=column.length).filter(|&place| place < k);
                let high = high.map(|place| part(place, k - place - 1, 1));
                let sum = carry + low.sum::<i128>() + high.sum::<i128>();
                carry = sum >> WORD_BITS;
                sum as i64 & WORD_MASK.cast_signed()
            })
            .collect();
        if let Some(top) = words.last_mut() {
            *top -= (*top >> (WORD_BITS - 1)) << WORD_BITS;
        }
        from_signed_words(words)
    }
}

/// The words of the negative of a number, modulo the power of 2 that they cannot hold.
pub(super) fn negative(words: impl Iterator<Item = i64>) -> impl Iterator<Item = u64> {
    let mut carry = 0;
    words.map(move |word| {
        let signed = carry - word;
        carry = signed >> WORD_BITS;
        signed.cast_unsigned() & WORD_MASK
    })
}

/// The sums of a matrix with several vectors.
struct Combination<'a> {
    matrix: &'a Packed,
    places: &'a [Vec<u64>],
}

impl Work for Combination<'_> {
    type Output = Vec<Vec<[Eight; 2]>>;

    #[inline(always)]
    fn run<W: Words>(self, words: W) -> Vec<Vec<[Eight; 2]>> {
        let mut all = vec![];
        for place in self.places {
            let mut sums = self.matrix.sums();
            multiply(words, self.matrix, place, &mut sums);
            all.push(sums);
        }
        all
    }
}

/// Entries `8 block..8 block + 8` of a list, 0 where it has ended.
pub(super) fn eight_of(list: &[u64], block: usize) -> Eight {
    let mut eight = Eight::default();
    let rest = list.get(block * LANES..).unwrap_or_default();
    for (entry, &word) in eight.0.iter_mut().zip(rest) {
        *entry = word;
    }
    eight
}

/// For each row of eights, the sums `Σ_j (M_j x_j mod 2^52)` and `Σ_j ⌊M_j x_j/2^52⌋`, for at most [`MOST_TERMS`] columns.
#[inline(always)]
pub(super) fn multiply<W: Words>(words: W, matrix: &Packed, x: &[u64], sums: &mut [[Eight; 2]]) {
    debug_assert!(x.len() == matrix.columns && x.len() <= MOST_TERMS + 2);
    if x.is_empty() {
        return;
    }
    let groups = matrix.entries.chunks_exact(GROUP * x.len());
    for (group, sums) in groups.zip(sums.chunks_exact_mut(GROUP)) {
        for part in 0..W::PARTS {
            let mut totals = [[words.all(0); 2]; GROUP];
            for (eights, &x) in group.chunks_exact(GROUP).zip(x) {
                let x = words.all(x);
                for k in 0..GROUP {
                    let entry = words.load(&eights[k], part);
                    totals[k] = words.plus_product(totals[k], entry, x);
                }
            }
            for (sums, totals) in sums.iter_mut().zip(totals) {
                for (sum, total) in sums.iter_mut().zip(totals) {
                    words.store(total, sum, part);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use saltus_exact::lanes::run_portable;

    use super::*;

    /// Numbers at the ends of words, of both signs, below `2^(52 length − 1)`.
    fn numbers(length: usize) -> Vec<BigInt> {
        let top = BigInt::from(1) << (52 * length - 1);
        let powers: [BigInt; 8] =
            [1, 30, 51, 52, 53, 100, 103, 104].map(|bits| BigInt::from(1) << bits);
        let near = powers
            .into_iter()
            .flat_map(|power| [&power - 1, power.clone(), power + 1]);
        let below = near
            .filter(|number| *number < top)
            .chain([&top - 1, BigInt::ZERO]);
        below.flat_map(|number| [-&number, number]).collect()
    }

    #[test]
    fn columns_stand_for_their_numbers() {
        for length in 1..4 {
            let numbers = numbers(length);
            let column = Column::new(&numbers, length);
            assert_eq!(column.entries().len(), numbers.len());
            let all = column.entries().zip(column.residues()).zip(&numbers);
            for ((words, residue), number) in all {
                assert_eq!(from_signed_words(words.iter().copied()), *number);
                let (top, rest) = words.split_last().expect("a word at least");
                assert!(rest.iter().all(|word| (0..1 << WORD_BITS).contains(word)));
                assert!(top.abs() <= 1 << WORD_BITS);
                let rest: BigInt = number - residue;
                assert!(residue < PRIME && rest % PRIME == BigInt::ZERO, "{number}");
            }
            let picked = column.select(&[3, 0]);
            let expected = Column::new([&numbers[3], &numbers[0]], length);
            assert_eq!(picked.words, expected.words);
        }
    }

    #[test]
    fn sums_of_multiples_are_those_of_the_numbers() {
        for length in 1..4 {
            let coefficients = numbers(length);
            for (size, own) in [(0, 1), (1, 1), (2, 2), (9, 3), (20, 9)] {
                let numbers = numbers(own);
                for turn in 0..5 {
                    let entry =
                        |list: &[BigInt], k: usize| list[(k * (turn + 1)) % list.len()].clone();
                    let column: Vec<BigInt> = (0..size).map(|k| entry(&coefficients, k)).collect();
                    let numbers: Vec<BigInt> =
                        (0..size).map(|k| entry(&numbers, k + turn)).collect();
                    let expected: BigInt = column.iter().zip(&numbers).map(|(x, y)| x * y).sum();
                    let found =
                        Multiples::new(&numbers, length).combined(&Column::new(&column, length));
                    assert_eq!(found, expected, "{length} {size} {turn}");
                }
            }
        }
    }

    /// The longest sums, of the largest words: they have room, and are the same with any instructions.
    #[test]
    fn sums_of_products_have_room() {
        let x = vec![WORD_MASK; MOST_TERMS + 2];
        let places = [x];
        let matrix = Packed::new(5, MOST_TERMS + 2, |row, column| {
            Eight([WORD_MASK - (row * column % 2) as u64; LANES])
        });
        let work = || Combination {
            matrix: &matrix,
            places: &places,
        };
        let found = run(work());
        assert_eq!(found, run_portable(work()));
        let product = u128::from(WORD_MASK) * u128::from(WORD_MASK);
        let terms = (MOST_TERMS + 2) as u64;
        let expected = [
            (product & u128::from(WORD_MASK)) as u64 * terms,
            (product >> WORD_BITS) as u64 * terms,
        ];
        assert!(expected[0] + expected[1] < 1 << 63);
        assert_eq!(found[0][0], expected.map(|sum| Eight([sum; LANES])));
        assert!(found[0].len() == 6 && found[0][5] == [Eight::default(); 2]);
    }
}
