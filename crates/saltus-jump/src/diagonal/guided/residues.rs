//! Residues modulo the prime `p = 2^52 − 47`, and the inverse of a symmetric matrix that grows and shrinks by one row.

use saltus_exact::lanes::{WORD_BITS, WORD_MASK};

/// `2^52 ≡ 47` modulo p, so that a residue is taken by short products and additions.
pub(super) const EXCESS: u64 = 47;

/// `p`, the largest prime of one word.
pub(super) const PRIME: u64 = (1 << WORD_BITS) - EXCESS;

/// `(p − 1)/2`: the most that a residue of least magnitude can be.
pub(super) const HALF: u64 = PRIME / 2;

/// The residue of a number below `2^116`, below p.
pub(super) fn residue(number: u128) -> u64 {
    let fold = |x: u128| (x & u128::from(WORD_MASK)) + u128::from(EXCESS) * (x >> WORD_BITS);
    // Below 2^70, then below 2^52 + 2^24, which is less than 2 p.
    let folded = fold(fold(number)) as u64;
    if folded >= PRIME {
        folded - PRIME
    } else {
        folded
    }
}

/// `−a` modulo p, for a residue.
fn negative(a: u64) -> u64 {
    if a == 0 { 0 } else { PRIME - a }
}

fn product(a: u64, b: u64) -> u64 {
    residue(u128::from(a) * u128::from(b))
}

/// The inverse of a residue, by Fermat's little theorem; 0 for 0.
fn inverse(a: u64) -> u64 {
    let exponent = PRIME - 2;
    let mut square = a;
    let mut power = 1;
    for bit in 0..WORD_BITS {
        if exponent >> bit & 1 == 1 {
            power = product(power, square);
        }
        square = product(square, square);
    }
    power
}

/// `Σ a_i b_i` modulo p, for at most `2^11` terms.
fn inner_product(a: &[u64], b: &[u64]) -> u64 {
    let products = a
        .iter()
        .zip(b)
        .map(|(&x, &y)| u128::from(x) * u128::from(y));
    residue(products.sum())
}

/// `C = K⁻¹` modulo p, for a symmetric matrix K.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Inverse {
    pub(super) rows: Vec<Vec<u64>>,
}

impl Inverse {
    /// Appends a row and a column to K: `column` above the corner, residues all. `None` if p divides the new determinant.
    pub(super) fn push(&mut self, column: &[u64], corner: u64) -> Option<()> {
        let image = self.times(column);
        let pivot = residue(u128::from(corner) + u128::from(PRIME - inner_product(&image, column)));
        if pivot == 0 {
            return None;
        }
        let scale = inverse(pivot);
        for (row, &y) in self.rows.iter_mut().zip(&image) {
            let factor = product(y, scale);
            add_multiple(row, factor, &image);
            row.push(negative(factor));
        }
        let mut last: Vec<u64> = image.iter().map(|&y| negative(product(y, scale))).collect();
        last.push(scale);
        self.rows.push(last);
        Some(())
    }

    /// Removes a row and a column of K. `None` if p divides the new determinant.
    pub(super) fn remove(&mut self, position: usize) -> Option<()> {
        let mut gone = self.rows.remove(position);
        let pivot = gone.remove(position);
        if pivot == 0 {
            return None;
        }
        let scale = inverse(pivot);
        for row in &mut self.rows {
            let factor = product(row.remove(position), scale);
            add_multiple(row, negative(factor), &gone);
        }
        Some(())
    }

    /// `C r` modulo p.
    pub(super) fn times(&self, r: &[u64]) -> Vec<u64> {
        self.rows.iter().map(|row| inner_product(row, r)).collect()
    }
}

/// `row + factor · other` modulo p, in place.
fn add_multiple(row: &mut [u64], factor: u64, other: &[u64]) {
    for (entry, &z) in row.iter_mut().zip(other) {
        *entry = residue(u128::from(*entry) + u128::from(factor) * u128::from(z));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residues_are_below_the_prime() {
        let p = u128::from(PRIME);
        for number in [
            0,
            1,
            p - 1,
            p,
            p + 1,
            2 * p - 1,
            (1 << 52) - 1,
            1 << 52,
            p * p,
            p * p - 1,
            (1 << 104) + 12_345,
            (1 << 116) - 1,
        ] {
            assert_eq!(u128::from(residue(number)), number % p, "{number}");
        }
        for a in [1, 2, 12_345, 1 << 51, HALF, HALF + 1, PRIME - 1] {
            assert_eq!(product(a, inverse(a)), 1, "{a}");
            assert_eq!(residue(u128::from(a + negative(a))), 0, "{a}");
        }
        assert_eq!((inverse(0), negative(0)), (0, 0));
    }

    /// Entries of a Gram matrix of short integer columns with a large diagonal.
    fn entry(i: usize, j: usize) -> u64 {
        let column = |k: usize| (0..7).map(move |r| ((r * r + 3 * r * k + 5 * k * k) % 11) as u64);
        let product: u64 = column(i).zip(column(j)).map(|(a, b)| a * b).sum();
        product + if i == j { (1 << 51) + 3 } else { 0 }
    }

    fn pushed(coordinates: &[usize]) -> Inverse {
        let mut inverse = Inverse::default();
        for (k, &j) in coordinates.iter().enumerate() {
            let column: Vec<u64> = coordinates[..k].iter().map(|&i| entry(i, j)).collect();
            inverse.push(&column, entry(j, j)).expect("regular");
        }
        inverse
    }

    #[test]
    fn the_inverse_grows_and_shrinks() {
        let mut inverse = pushed(&[3, 0, 4, 1]);
        for (i, k) in [(3, 0), (0, 1), (4, 2), (1, 3)] {
            let column: Vec<u64> = [3, 0, 4, 1].map(|j| entry(j, i)).to_vec();
            let mut unit = vec![0; 4];
            unit[k] = 1;
            assert_eq!(inverse.times(&column), unit);
        }
        inverse.remove(1).expect("regular");
        assert_eq!(inverse, pushed(&[3, 4, 1]));
        inverse.remove(2).expect("regular");
        assert_eq!(inverse, pushed(&[3, 4]));
    }

    /// `(2 3; 3 x)` is singular modulo p where x is 9/2.
    #[test]
    fn a_determinant_that_the_prime_divides_is_refused() {
        let corner = product(9, super::inverse(2));
        let mut inverse = Inverse::default();
        inverse.push(&[], 2).expect("regular");
        assert_eq!(inverse.push(&[3], corner), None);
        let mut inverse = Inverse::default();
        inverse.push(&[], 2).expect("regular");
        inverse.push(&[3], corner + 1).expect("regular");
        assert_eq!(inverse.remove(1), Some(()));

        // Of (1 1; 1 0) only the first row may be left.
        let mut inverse = pushed(&[]);
        inverse.push(&[], 1).expect("regular");
        inverse.push(&[1], 0).expect("regular");
        assert_eq!(inverse.clone().remove(1), Some(()));
        assert_eq!(inverse.remove(0), None);
    }

    #[test]
    fn long_sums_do_not_overflow() {
        let extreme = vec![PRIME - 1; 1 << 11];
        assert_eq!(inner_product(&extreme, &extreme), 1 << 11);
    }
}
