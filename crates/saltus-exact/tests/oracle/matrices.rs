//! Elimination without fractions against the textbook's, with the other library's fractions.

use dashu_ratio::RBig;
use num_bigint::BigInt;
use saltus_exact::linear::{solve, solve_rational};
use saltus_exact::{IntegerMatrix, Rational, RationalMatrix};

use crate::values::{Draws, assert_same, fraction};

/// Gauss and Jordan: the reduced matrix and the columns of its pivots.
fn reduce(mut rows: Vec<Vec<RBig>>, n_cols: usize) -> (Vec<Vec<RBig>>, Vec<usize>) {
    let mut pivots = Vec::new();
    for col in 0..n_cols {
        let top = pivots.len();
        let Some(found) = (top..rows.len()).find(|&row| !rows[row][col].is_zero()) else {
            continue;
        };
        rows.swap(top, found);
        let pivot = rows[top].clone();
        for (row, entries) in rows.iter_mut().enumerate() {
            let factor = &entries[col] / &pivot[col];
            for (entry, above) in entries.iter_mut().zip(&pivot) {
                if row == top {
                    *entry = above / &pivot[col];
                } else {
                    *entry -= &factor * above;
                }
            }
        }
        pivots.push(col);
    }
    (rows, pivots)
}

/// Dependent rows and columns are frequent.
fn entries(draws: &mut Draws, n_rows: usize, n_cols: usize, longest: u64) -> Vec<Vec<Rational>> {
    let mut rows: Vec<Vec<Rational>> = (0..n_rows)
        .map(|_| {
            (0..n_cols)
                .map(|_| match draws.below(3) {
                    0 => Rational::integer(draws.below(3)),
                    _ => draws.rational(longest),
                })
                .collect()
        })
        .collect();
    if n_rows > 2 && draws.below(3) == 0 {
        rows[n_rows - 1] = (0..n_cols)
            .map(|col| &rows[0][col] - &rows[1][col])
            .collect();
    }
    rows
}

#[test]
fn square_systems() {
    let mut draws = Draws::new(13);
    let mut n_singular = 0;
    for _ in 0..300 {
        let n = 1 + draws.below(7) as usize;
        let longest = 1 + draws.below(90);
        let rows = entries(&mut draws, n, n, longest);
        let rhs: Vec<Rational> = (0..n).map(|_| draws.rational(longest)).collect();
        let augmented = rows
            .iter()
            .zip(&rhs)
            .map(|(row, b)| row.iter().chain([b]).map(fraction).collect())
            .collect();
        let (reduced, pivots) = reduce(augmented, n);
        let matrix = RationalMatrix::from_rows(rows).expect("rows of one length");
        match solve_rational(&matrix, &rhs) {
            Some(solution) => {
                assert_eq!(pivots.len(), n);
                for (x, row) in solution.iter().zip(&reduced) {
                    assert_same(x, &row[n]);
                }
            }
            None => {
                n_singular += 1;
                assert!(pivots.len() < n);
            }
        }
    }
    assert!((20..200).contains(&n_singular), "{n_singular}");
}

#[test]
fn ranks_and_null_spaces() {
    let mut draws = Draws::new(14);
    for _ in 0..300 {
        let (n_rows, n_cols) = (1 + draws.below(6) as usize, 1 + draws.below(7) as usize);
        let mut rows: Vec<Vec<BigInt>> = (0..n_rows)
            .map(|_| (0..n_cols).map(|_| draws.integer(70)).collect())
            .collect();
        if n_rows > 1 && draws.below(2) == 0 {
            rows[n_rows - 1] = rows[0].iter().map(|x| x * 3u32).collect();
        }
        let fractions = rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|x| fraction(&Rational::integer(x.clone())))
                    .collect()
            })
            .collect();
        let (reduced, pivots) = reduce(fractions, n_cols);
        let matrix = IntegerMatrix::new(n_rows, n_cols, rows.concat()).expect("all entries");
        assert_eq!(matrix.rank(), pivots.len());
        let free: Vec<usize> = (0..n_cols).filter(|col| !pivots.contains(col)).collect();
        let basis = matrix.nullspace();
        assert_eq!(basis.len(), free.len());
        for (vector, &col) in basis.iter().zip(&free) {
            // The textbook's vector has 1 at the free column; ours is the primitive integer multiple.
            for (row, &pivot) in pivots.iter().enumerate() {
                let ratio = Rational::new(vector[pivot].clone(), vector[col].clone());
                assert_same(&ratio.expect("not 0"), &-reduced[row][col].clone());
            }
        }
    }
}

#[test]
fn singular_systems_have_no_solution() {
    let entries = [1, 2, 2, 4].map(BigInt::from).to_vec();
    let matrix = IntegerMatrix::new(2, 2, entries).expect("four entries");
    assert_eq!(solve(&matrix, &[1, 1].map(BigInt::from)), None);
}
