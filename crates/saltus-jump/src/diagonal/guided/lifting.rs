//! Integer solutions of `K N = δ c` by lifting modulo powers of a prime (Dixon, Numerische Mathematik 40, 1982).

use num_bigint::BigInt;

use super::super::digits::{DIGIT_BITS, MOST_TERMS, digits, digits_for, inner_product};
use super::base_p::{from_base_p, residue_of, to_base_p};
use super::residues::{Inverse, PRIME_BITS};

/// A symmetric integer matrix K that grows and shrinks by one row, prepared for lifting.
///
/// `x_k = K⁻¹ r_k mod p`, `r_{k+1} = (r_k − K x_k)/p + δ_{k+1} c`, with `r_0 = δ_0 c` and the digits `δ_k` of the factor in base
/// p. Then `K Σ_{i<k} p^i x_i + p^k r_k = Σ_{i≤k} p^i δ_i c`, so that `N = Σ p^k x_k` is proved to be the solution where `r_k = 0`
/// once the digits of the factor are used up. The digits have the least magnitude, so this happens once N is reached.
#[derive(Debug, Clone)]
pub(super) struct System {
    inverse: Inverse,
    /// Digits of every entry.
    length: usize,
    /// Entry `(i, j)` of K in digits.
    rows: Vec<Vec<Vec<i64>>>,
}

/// A column `c`, as digits.
pub(super) type Column = Vec<Vec<i64>>;

impl System {
    /// The empty matrix; its entries and those of every side will have at most so many bits.
    pub(super) fn new(bits: u64) -> System {
        System {
            inverse: Inverse::default(),
            length: digits_for(bits),
            rows: vec![],
        }
    }

    /// A column of a side in digits.
    pub(super) fn column<'a>(&self, entries: impl IntoIterator<Item = &'a BigInt>) -> Column {
        let digits = |entry| digits(entry, self.length);
        entries.into_iter().map(digits).collect()
    }

    /// Appends a row and a column: those above the corner, then the corner. `None` if the prime divides the new determinant.
    pub(super) fn push(&mut self, column: &Column, corner: &BigInt) -> Option<()> {
        let size = self.rows.len();
        if size == MOST_TERMS {
            return None;
        }
        let corner = digits(corner, self.length);
        let residues: Vec<i64> = column.iter().map(|digits| residue(digits)).collect();
        self.inverse.push(&residues, residue(&corner))?;
        let mut last = vec![Vec::with_capacity(size + 1); self.length];
        for (row, entry) in self.rows.iter_mut().zip(column) {
            for ((place, other), &digit) in row.iter_mut().zip(&mut last).zip(entry) {
                place.push(digit);
                other.push(digit);
            }
        }
        for (place, digit) in last.iter_mut().zip(corner) {
            place.push(digit);
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

    /// N with `K N = factor · side`; `None` if there is no integer solution.
    pub(super) fn solve(&self, side: &Column, factor: &BigInt) -> Option<Vec<BigInt>> {
        let size = self.rows.len();
        let factor = to_base_p(factor);
        // One digit more than K has: |K x| < size |K| 2^60, and a p-th of it is left.
        let mut rest = vec![vec![0_i128; self.length + 1]; size];
        let mut found: Vec<Vec<i64>> = vec![];
        for step in 0..self.most_steps(factor.len()) {
            if let Some(&digit) = factor.get(step) {
                for (rest, side) in rest.iter_mut().zip(side) {
                    for (entry, &part) in rest.iter_mut().zip(side) {
                        *entry += i128::from(digit) * i128::from(part);
                    }
                }
            } else if rest.iter().flatten().all(|&digit| digit == 0) {
                return Some(transposed(&found, size));
            }
            let residues: Vec<i64> = rest
                .iter()
                .map(|digits| residue_of(digits.iter().copied()))
                .collect();
            let x = self.inverse.times(&residues);
            for (rest, row) in rest.iter_mut().zip(&self.rows) {
                divide_rest(rest, row, &x)?;
            }
            found.push(x);
        }
        None
    }

    /// More digits than a solution can have: by Hadamard's bound, each row of K with the side adds so many bits.
    fn most_steps(&self, factor_digits: usize) -> usize {
        let size = self.rows.len() + 1;
        size * (self.length + 1) + factor_digits + 2
    }
}

fn residue(digits: &[i64]) -> i64 {
    residue_of(digits.iter().map(|&digit| i128::from(digit)))
}

/// `r ← (r − K_i x)/p` for one row; `None` if the quotient is longer than it can be.
///
/// `1/p = −1 mod 2^56`, and what a digit q of the quotient takes off is `q p = q 2^61 − q`: so the division needs no product.
fn divide_rest(rest: &mut [i128], row: &[Vec<i64>], x: &[i64]) -> Option<()> {
    let mut carry = 0_i128;
    for (l, entry) in rest.iter_mut().enumerate() {
        let taken = row.get(l).map_or(0, |digits| inner_product(digits, x));
        let sum = *entry - taken + carry;
        let spare = 64 - DIGIT_BITS;
        let quotient = (sum as i64).wrapping_neg() << spare >> spare;
        carry = ((sum + i128::from(quotient)) >> DIGIT_BITS)
            - (i128::from(quotient) << (PRIME_BITS - DIGIT_BITS));
        *entry = i128::from(quotient);
    }
    (carry == 0).then_some(())
}

fn transposed(found: &[Vec<i64>], size: usize) -> Vec<BigInt> {
    (0..size)
        .map(|i| {
            let digits: Vec<i64> = found.iter().map(|x| x[i]).collect();
            from_base_p(&digits)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use num_traits::{One, Zero};
    use saltus_exact::IntegerMatrix;
    use saltus_exact::linear::solve;

    use super::super::residues::PRIME;
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
        assert_eq!(system.solve(&vec![], &BigInt::from(12)), Some(vec![]));
        let gram = gram(3, 4, 50);
        let system = pushed(&gram, &[0, 2, 1]);
        let side = system.column(&vec![BigInt::zero(); 3]);
        let found = system.solve(&side, &(BigInt::from(1) << 500));
        assert_eq!(found, Some(vec![BigInt::zero(); 3]));
    }

    #[test]
    fn a_matrix_that_the_prime_divides_is_refused() {
        let mut system = System::new(61);
        assert_eq!(system.push(&vec![], &BigInt::from(PRIME)), None);
    }
}
