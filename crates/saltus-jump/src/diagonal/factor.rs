//! Normal equations on a support that changes by a few coordinates at a time, without fractions.

use num_bigint::BigInt;
use num_traits::{One, Zero};

/// Bareiss elimination of the symmetric matrix `K` on a list of coordinates, grown at its end.
///
/// Row p holds `a_pq^{(p)}` for the positions q ≥ p, where `a^{(t+1)}_pq = (d_t a^{(t)}_pq − a^{(t)}_pt a^{(t)}_tq)/d_{t−1}` and
/// `d_t = a^{(t)}_tt` is the leading principal minor of order t + 1 (`d_{−1} = 1`); all divisions are exact. A coordinate that
/// is appended costs a number of products quadratic in the size, a new elimination would cost a cubic one.
#[derive(Debug, Default)]
pub(super) struct GrowingFactor {
    coordinates: Vec<usize>,
    rows: Vec<Vec<BigInt>>,
    /// The right side, eliminated in the same way.
    side: Vec<BigInt>,
}

impl GrowingFactor {
    /// Solves `K_SS x = c_S`: numerators in the order of `support`, and their common denominator `det K_SS`.
    ///
    /// `None` if the matrix is singular.
    pub(super) fn solve(
        &mut self,
        support: &[usize],
        gram: impl Fn(usize, usize) -> BigInt,
        side: impl Fn(usize) -> BigInt,
    ) -> Option<(Vec<BigInt>, BigInt)> {
        let kept = self
            .coordinates
            .iter()
            .take_while(|coordinate| support.contains(coordinate))
            .count();
        self.truncate(kept);
        for &coordinate in support {
            if !self.coordinates.contains(&coordinate) {
                self.append(coordinate, &gram, &side)?;
            }
        }
        let (values, determinant) = self.back_substitute();
        let position = |coordinate: &usize| self.coordinates.iter().position(|c| c == coordinate);
        let numerators = support.iter().map(|i| Some(values[position(i)?].clone()));
        Some((numerators.collect::<Option<_>>()?, determinant))
    }

    fn truncate(&mut self, size: usize) {
        self.coordinates.truncate(size);
        self.rows.truncate(size);
        self.side.truncate(size);
        for (p, row) in self.rows.iter_mut().enumerate() {
            row.truncate(size - p);
        }
    }

    fn append(
        &mut self,
        coordinate: usize,
        gram: &impl Fn(usize, usize) -> BigInt,
        side: &impl Fn(usize) -> BigInt,
    ) -> Option<()> {
        let size = self.coordinates.len();
        let mut column: Vec<BigInt> = vec![];
        for p in 0..size {
            let mut entry = gram(self.coordinates[p], coordinate);
            for t in 0..p {
                entry = self.step(t, &entry, &self.rows[t][p - t], &column[t]);
            }
            column.push(entry);
        }
        let mut corner = gram(coordinate, coordinate);
        let mut right = side(coordinate);
        for t in 0..size {
            corner = self.step(t, &corner, &column[t], &column[t]);
            right = self.step(t, &right, &column[t], &self.side[t]);
        }
        if corner.is_zero() {
            return None;
        }
        for (row, entry) in self.rows.iter_mut().zip(column) {
            row.push(entry);
        }
        self.rows.push(vec![corner]);
        self.side.push(right);
        self.coordinates.push(coordinate);
        Some(())
    }

    /// `(d_t entry − left right)/d_{t−1}`.
    fn step(&self, t: usize, entry: &BigInt, left: &BigInt, right: &BigInt) -> BigInt {
        let eliminated = &self.rows[t][0] * entry - left * right;
        match t.checked_sub(1) {
            Some(before) => eliminated / &self.rows[before][0],
            None => eliminated,
        }
    }

    /// Values over the determinant, by position.
    fn back_substitute(&self) -> (Vec<BigInt>, BigInt) {
        let size = self.coordinates.len();
        let determinant = self
            .rows
            .last()
            .map_or_else(BigInt::one, |row| row[0].clone());
        let mut values = vec![BigInt::zero(); size];
        for p in (0..size).rev() {
            let mut value = &determinant * &self.side[p];
            for q in p + 1..size {
                value -= &self.rows[p][q - p] * &values[q];
            }
            values[p] = value / &self.rows[p][0];
        }
        (values, determinant)
    }
}

#[cfg(test)]
mod tests {
    use saltus_exact::IntegerMatrix;
    use saltus_exact::linear::solve;

    use super::*;

    /// A Gram matrix of short integer columns, large enough to be regular on the supports below.
    fn gram(i: usize, j: usize) -> BigInt {
        let column =
            |k: usize| (0..7).map(move |r| ((r * r + 3 * r * k + 5 * k * k + 1) % 11) as i64 - 4);
        column(i)
            .zip(column(j))
            .map(|(a, b)| BigInt::from(a * b))
            .sum::<BigInt>()
            + BigInt::from(if i == j { 13 } else { 0 })
    }

    fn side(i: usize) -> BigInt {
        BigInt::from(3 * i as i64 - 7)
    }

    #[test]
    fn growing_and_shrinking_gives_what_a_new_elimination_gives() {
        let mut factor = GrowingFactor::default();
        for support in [
            &[3][..],
            &[1, 3],
            &[1, 3, 4, 5],
            &[1, 4, 5],
            &[0, 1, 4, 5],
            &[],
            &[2, 5],
            &[0, 1, 2, 3, 4, 5],
        ] {
            let (numerators, determinant) = factor.solve(support, gram, side).expect("regular");
            let size = support.len();
            if size == 0 {
                assert_eq!((numerators, determinant), (vec![], BigInt::one()));
                continue;
            }
            let entries = support
                .iter()
                .flat_map(|&i| support.iter().map(move |&j| gram(i, j)));
            let matrix = IntegerMatrix::new(size, size, entries.collect()).expect("square");
            let sides: Vec<BigInt> = support.iter().map(|&i| side(i)).collect();
            let expected = solve(&matrix, &sides).expect("regular");
            for (a, b) in numerators.iter().zip(&expected.numerators) {
                assert_eq!(a * &expected.denominator, b * &determinant, "{support:?}");
            }
        }
    }

    /// The leading minors of `[[2, 1, 0, 0], [1, 2, 1, 0], [0, 1, 2, 1], [0, 0, 1, 2]]` are 2, 3, 4 and 5.
    #[test]
    fn the_denominator_is_the_determinant() {
        let mut factor = GrowingFactor::default();
        let gram = |i: usize, j: usize| BigInt::from(2_u8.saturating_sub(i.abs_diff(j) as u8));
        let right = |i: usize| BigInt::from(u8::from(i == 0));
        for (support, numerators, determinant) in [
            (&[0][..], &[1][..], 2),
            (&[0, 1], &[2, -1], 3),
            (&[0, 1, 2], &[3, -2, 1], 4),
            (&[0, 1, 2, 3], &[4, -3, 2, -1], 5),
        ] {
            let found = factor.solve(support, gram, right).expect("regular");
            let numerators = numerators.iter().copied().map(BigInt::from).collect();
            assert_eq!(found, (numerators, BigInt::from(determinant)));
        }
    }

    #[test]
    fn a_singular_matrix_is_refused() {
        let mut factor = GrowingFactor::default();
        assert_eq!(factor.solve(&[0, 1], |_, _| BigInt::one(), side), None);
    }
}
