//! Residues modulo the prime `p = 2^61 − 1`, and the inverse of a symmetric matrix that grows and shrinks by one row.

/// Bits of the prime.
pub(super) const PRIME_BITS: u32 = 61;

/// `p`, a Mersenne prime: `2^61 ≡ 1`, so that a residue is taken by shifts and additions.
pub(super) const PRIME: i64 = (1 << PRIME_BITS) - 1;

/// How many products of residues can be added before a residue must be taken: each is below `2^120`.
const PRODUCTS: usize = 64;

/// The residue of least magnitude, at most `2^60`.
pub(super) fn residue(number: i128) -> i64 {
    let fold = |x: i128| (x & i128::from(PRIME)) + (x >> PRIME_BITS);
    // Below 2^67 after the first time, and between −64 and p + 64 after the second.
    let folded = fold(fold(number)) as i64;
    if folded > PRIME / 2 {
        folded - PRIME
    } else {
        folded
    }
}

fn product(a: i64, b: i64) -> i64 {
    residue(i128::from(a) * i128::from(b))
}

/// The inverse of a residue, by Fermat's little theorem; 0 for 0.
fn inverse(a: i64) -> i64 {
    // p − 2 = 2^61 − 3 has all bits but that of 2.
    let mut square = a;
    let mut power = 1;
    for bit in 0..PRIME_BITS {
        if bit != 1 {
            power = product(power, square);
        }
        square = product(square, square);
    }
    power
}

/// `Σ a_i b_i` modulo p.
fn inner_product(a: &[i64], b: &[i64]) -> i64 {
    let mut sum = 0;
    for (a, b) in a.chunks(PRODUCTS).zip(b.chunks(PRODUCTS)) {
        let terms = a
            .iter()
            .zip(b)
            .map(|(&x, &y)| i128::from(x) * i128::from(y));
        sum = residue(i128::from(sum) + i128::from(residue(terms.sum())));
    }
    sum
}

/// `C = K⁻¹` modulo p, for a symmetric matrix K.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Inverse {
    rows: Vec<Vec<i64>>,
}

impl Inverse {
    /// Appends a row and a column to K: `column` above the corner, residues all. `None` if p divides the new determinant.
    pub(super) fn push(&mut self, column: &[i64], corner: i64) -> Option<()> {
        let image = self.times(column);
        let pivot = residue(i128::from(corner) - i128::from(inner_product(&image, column)));
        if pivot == 0 {
            return None;
        }
        let scale = inverse(pivot);
        for (row, &y) in self.rows.iter_mut().zip(&image) {
            let factor = product(y, scale);
            for (entry, &z) in row.iter_mut().zip(&image) {
                *entry = residue(i128::from(*entry) + i128::from(factor) * i128::from(z));
            }
            row.push(-factor);
        }
        let mut last: Vec<i64> = image.iter().map(|&y| -product(y, scale)).collect();
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
            for (entry, &z) in row.iter_mut().zip(&gone) {
                *entry = residue(i128::from(*entry) - i128::from(factor) * i128::from(z));
            }
        }
        Some(())
    }

    /// `C r` modulo p.
    pub(super) fn times(&self, r: &[i64]) -> Vec<i64> {
        self.rows.iter().map(|row| inner_product(row, r)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residues_are_the_least_ones() {
        let p = i128::from(PRIME);
        for number in [
            0,
            1,
            -1,
            p,
            -p,
            p / 2,
            p / 2 + 1,
            -p / 2 - 1,
            p * p,
            p * p - 1,
            (1 << 126) + 12_345,
            -(1 << 126) - 12_345,
            i128::MAX,
            i128::MIN,
        ] {
            let found = i128::from(residue(number));
            assert_eq!((number - found) % p, 0, "{number}");
            assert!(found.abs() <= 1 << 60, "{number}: {found}");
        }
        for a in [1, -1, 2, 12_345, -(1 << 59), PRIME / 2] {
            assert_eq!(product(a, inverse(a)), 1, "{a}");
        }
    }

    /// Entries of a Gram matrix of short integer columns with a large diagonal.
    fn entry(i: usize, j: usize) -> i64 {
        let column = |k: usize| (0..7).map(move |r| ((r * r + 3 * r * k + 5 * k * k) % 11) as i64);
        let product: i64 = column(i).zip(column(j)).map(|(a, b)| a * b).sum();
        product + if i == j { (1 << 59) + 3 } else { 0 }
    }

    fn pushed(coordinates: &[usize]) -> Inverse {
        let mut inverse = Inverse::default();
        for (k, &j) in coordinates.iter().enumerate() {
            let column: Vec<i64> = coordinates[..k].iter().map(|&i| entry(i, j)).collect();
            inverse.push(&column, entry(j, j)).expect("regular");
        }
        inverse
    }

    #[test]
    fn the_inverse_grows_and_shrinks() {
        let mut inverse = pushed(&[3, 0, 4, 1]);
        for (i, k) in [(3, 0), (0, 1), (4, 2), (1, 3)] {
            let column: Vec<i64> = [3, 0, 4, 1].map(|j| entry(j, i)).to_vec();
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
        let extreme = vec![-(1 << 60); 1_000];
        let expected = product(1_000, product(1 << 60, 1 << 60));
        assert_eq!(inner_product(&extreme, &extreme), expected);
    }
}
