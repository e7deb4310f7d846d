//! Elimination without fractions, and feasibility.

use num_bigint::BigInt;
use num_traits::Zero;
use proptest::prelude::*;
use saltus_exact::feasible::nonnegative_kernel_vector;
use saltus_exact::linear::{
    common_denominator, dot, over_common_denominator, solve, solve_rational,
};
use saltus_exact::{IntegerMatrix, Rational, RationalMatrix, ShapeError};

use crate::generators::{any_rational, config, rational};

fn integers(n_rows: usize, n_cols: usize, entries: &[i64]) -> IntegerMatrix {
    IntegerMatrix::new(
        n_rows,
        n_cols,
        entries.iter().map(|&x| BigInt::from(x)).collect(),
    )
    .expect("the test writes the right number of entries")
}

/// Rows separated by `;`, entries by spaces.
fn matrix(text: &str) -> RationalMatrix {
    RationalMatrix::from_rows(
        text.split(';')
            .map(|row| row.split_whitespace().map(rational).collect())
            .collect(),
    )
    .expect("the test writes rows of one length")
}

fn vector(text: &str) -> Vec<Rational> {
    text.split_whitespace().map(rational).collect()
}

/// The determinant by expansion along the first row.
fn determinant(rows: &[Vec<BigInt>]) -> BigInt {
    if rows.is_empty() {
        return BigInt::from(1);
    }
    let mut sum = BigInt::from(0);
    for (col, entry) in rows[0].iter().enumerate() {
        let minor: Vec<Vec<BigInt>> = rows[1..]
            .iter()
            .map(|row| {
                let mut row = row.clone();
                row.remove(col);
                row
            })
            .collect();
        let part = entry * determinant(&minor);
        if col % 2 == 0 {
            sum += part;
        } else {
            sum -= part;
        }
    }
    sum
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn solutions_are_those_of_cramer(n in 0usize..=4, entries in prop::collection::vec(-4i64..=4, 20)) {
        let matrix = integers(n, n, &entries[..n * n]);
        let rhs: Vec<BigInt> = entries[16..16 + n].iter().map(|&x| BigInt::from(x)).collect();
        let rows: Vec<Vec<BigInt>> = (0..n).map(|row| matrix.row(row).to_vec()).collect();
        let det = determinant(&rows);
        let expected: Option<Vec<Rational>> = (0..n)
            .map(|col| {
                let mut replaced = rows.clone();
                for row in 0..n {
                    replaced[row][col] = rhs[row].clone();
                }
                Rational::new(determinant(&replaced), det.clone())
            })
            .collect();
        let found = solve(&matrix, &rhs);
        prop_assert_eq!(found.as_ref().map(|s| s.to_rationals()), expected);
        prop_assert_eq!(found.is_some(), matrix.rank() == n);
        prop_assert!(found.is_none_or(|s| s.denominator > BigInt::from(0)));
    }

    #[test]
    fn rational_systems_are_solved(entries in prop::collection::vec(any_rational(), 25), x in prop::collection::vec(any_rational(), 5)) {
        let matrix = RationalMatrix::new(5, 5, entries).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let rhs = matrix.mul_vector(&x).unwrap_or_default();
        if matrix.rank() == 5 {
            prop_assert_eq!(solve_rational(&matrix, &rhs), Some(x));
        } else {
            prop_assert_eq!(solve_rational(&matrix, &rhs), None);
        }
    }

    #[test]
    fn rank_and_nullity_add_up(n_rows in 0usize..=5, n_cols in 0usize..=6, entries in prop::collection::vec(-2i64..=2, 30)) {
        let matrix = integers(n_rows, n_cols, &entries[..n_rows * n_cols]);
        let basis = matrix.nullspace();
        prop_assert_eq!(matrix.rank() + basis.len(), n_cols);
        for vector in &basis {
            for row in 0..n_rows {
                let product: BigInt = matrix.row(row).iter().zip(vector).map(|(a, x)| a * x).sum();
                prop_assert!(product.is_zero());
            }
        }
        let flat: Vec<BigInt> = basis.concat();
        let spanned = IntegerMatrix::new(basis.len(), n_cols, flat);
        prop_assert_eq!(spanned.map(|m| m.rank()), Ok(basis.len()));
    }

    #[test]
    fn feasibility_has_an_exact_alternative(n_rows in 1usize..=3, n_cols in 1usize..=5, entries in prop::collection::vec(-3i64..=3, 15)) {
        let entries: Vec<Rational> = entries[..n_rows * n_cols].iter().map(|&x| Rational::integer(x)).collect();
        let matrix = RationalMatrix::new(n_rows, n_cols, entries).map_err(|e| TestCaseError::fail(e.to_string()))?;
        match nonnegative_kernel_vector(&matrix) {
            Some(h) => {
                prop_assert!(h.iter().all(|x| !x.is_negative()));
                prop_assert_eq!(h.iter().sum::<Rational>(), Rational::one());
                prop_assert!(matrix.mul_vector(&h).is_some_and(|image| image.iter().all(Rational::is_zero)));
            }
            // By Gordan's theorem there is then a y with yᵀA > 0; with entries up to 3 a small one exists.
            None => prop_assert!(has_positive_combination(&matrix)),
        }
    }
}

/// Whether some `y` with entries from −40 to 40 has `yᵀA > 0` in every column.
fn has_positive_combination(matrix: &RationalMatrix) -> bool {
    let columns = matrix.transpose();
    let n = matrix.n_rows();
    let mut y = vec![-40i64; n];
    loop {
        let candidate: Vec<Rational> = y.iter().map(|&x| Rational::integer(x)).collect();
        if columns
            .rows()
            .all(|column| dot(column, &candidate).is_positive())
        {
            return true;
        }
        let Some(k) = y.iter().position(|&x| x < 40) else {
            return false;
        };
        y[k] += 1;
        y[..k].fill(-40);
    }
}

#[test]
fn feasibility_of_hand_cases() {
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(
            nonnegative_kernel_vector(&matrix(text)),
            expected.map(vector),
            "{text}"
        );
    }
    check("1 -1", Some("1/2 1/2"));
    check("1 1", None);
    check("0 1", Some("1 0"));
    check("1 -2", Some("2/3 1/3"));
    check("1 -1 0 ; 0 1 -1", Some("1/3 1/3 1/3"));
    check("1 -1 0 ; 0 1 1", None);
    // Two equal columns and their opposite sign pattern: columns (1, 1/5), −(1, 1/5), (3/10, 1).
    check("1 -1 3/10 ; 1/5 -1/5 1", Some("1/2 1/2 0"));
    check("1 1 3/10 ; 1/5 1/5 1", None);
    check("1/3 -1/7 ; 1/3 -1/7", Some("3/10 7/10"));
    // A row that leaves too early makes a component negative: h_1 = 0 and h_0 = h_2; h_1 + 2 h_3 = 0 and h_0 = h_2.
    check("1 2 -1 ; -1 -1 1", Some("1/2 0 1/2"));
    check("1 2 -1 -2 ; 0 1 0 2", Some("1/2 0 1/2 0"));
    check(
        "-2 -1 1 -1 ; 2 0 -1 2 ; 2 -2 0 1",
        Some("1/11 2/11 6/11 2/11"),
    );
    assert_eq!(
        RationalMatrix::new(0, 0, vec![]).map(|m| nonnegative_kernel_vector(&m)),
        Ok(None)
    );
    assert_eq!(
        RationalMatrix::new(0, 2, vec![]).map(|m| nonnegative_kernel_vector(&m)),
        Ok(Some(vector("1 0")))
    );
}

#[test]
fn degenerate_programmes_end() {
    // Many redundant and zero rows: every pivot of phase one is degenerate.
    let text = "1 -1 0 0 ; 0 0 1 -1 ; 1 -1 1 -1 ; 0 0 0 0 ; 2 -2 -1 1 ; 1 1 -1 -1";
    let h = nonnegative_kernel_vector(&matrix(text)).expect("(1, 1, 1, 1)/4 is a solution");
    assert_eq!(h, vector("1/4 1/4 1/4 1/4"));
}

#[test]
fn shapes_are_checked() {
    assert_eq!(
        RationalMatrix::new(2, 2, vec![Rational::one()]),
        Err(ShapeError::Entries {
            n_rows: 2,
            n_cols: 2,
            found: 1
        })
    );
    assert_eq!(
        RationalMatrix::from_rows(vec![vector("1 2"), vector("3")]),
        Err(ShapeError::Row {
            row: 1,
            expected: 2,
            found: 1
        })
    );
    assert!(IntegerMatrix::new(usize::MAX, 2, vec![]).is_err());
    assert_eq!(
        solve(
            &integers(2, 3, &[1, 2, 3, 4, 5, 6]),
            &[BigInt::from(1), BigInt::from(2)]
        ),
        None
    );
    assert_eq!(solve(&integers(1, 1, &[2]), &[]), None);
    assert_eq!(matrix("1 2 ; 3 4").mul_vector(&vector("1")), None);
}

#[test]
fn matrix_functions_agree_with_hand_computations() {
    let m = matrix("1/2 1/3 0 ; 1 -1 2");
    let (scaled, denominator) = m.to_integers();
    assert_eq!(
        (scaled, denominator),
        (integers(2, 3, &[3, 2, 0, 6, -6, 12]), BigInt::from(6))
    );
    assert_eq!(m.gram(), matrix("5/4 -5/6 2 ; -5/6 10/9 -2 ; 2 -2 4"));
    assert_eq!(m.transpose(), matrix("1/2 1 ; 1/3 -1 ; 0 2"));
    assert_eq!(m.select_columns(&[2, 0]), matrix("0 1/2 ; 2 1"));
    assert_eq!(m.mul_vector(&vector("2 3 1")), Some(vector("2 1")));
    assert_eq!(
        integers(1, 3, &[2, 4, -6]).nullspace(),
        vec![
            vec![BigInt::from(-2), BigInt::from(1), BigInt::from(0)],
            vec![BigInt::from(3), BigInt::from(0), BigInt::from(1)],
        ]
    );
}

#[test]
fn numerators_are_taken_over_the_common_denominator() {
    let check = |numbers: &str, numerators: &[i64], denominator: i64| {
        let (found, common) = over_common_denominator(&vector(numbers));
        let expected: Vec<BigInt> = numerators.iter().copied().map(BigInt::from).collect();
        assert_eq!((found, common), (expected, BigInt::from(denominator)));
    };
    check("1/4 -5/2 3 0", &[1, -10, 12, 0], 4);
    check("3/8 1/2 7/8", &[3, 4, 7], 8);
    check("1/4 5/6 -1", &[3, 10, -12], 12);
    check("7 -2", &[7, -2], 1);
    check("", &[], 1);
}

#[test]
fn common_denominators_are_the_least() {
    fn check(numbers: &str, expected: i64) {
        assert_eq!(common_denominator(&vector(numbers)), BigInt::from(expected));
    }
    check("", 1);
    check("3 -4", 1);
    check("1/4 1/6", 12);
    check("1/6 5/4 1/12 -7/9", 36);
}

#[test]
fn shapes_are_told() {
    let wide = integers(2, 3, &[1, 2, 3, 4, 5, 6]);
    assert_eq!((wide.n_rows(), wide.n_cols()), (2, 3));
    assert_eq!(
        (wide.get(0, 2), wide.get(1, 0)),
        (&BigInt::from(3), &BigInt::from(4))
    );
    let tall = matrix("1 2 ; 3 4 ; 5 6");
    assert_eq!((tall.n_rows(), tall.n_cols()), (3, 2));
    assert_eq!(
        (tall.get(0, 1), tall.get(2, 0)),
        (&rational("2"), &rational("5"))
    );
    assert_eq!(tall.rows().len(), 3);
}

/// 3 on the diagonal and 2 elsewhere: the rows sum to 2n + 1. The minors are at most that, so that the elimination is quick as
/// long as it divides by the pivot before; without that the entries double in length at every step.
#[test]
fn eliminations_stay_short() {
    let n = 24;
    let entries: Vec<i64> = (0..n * n)
        .map(|k| if k / n == k % n { 3 } else { 2 })
        .collect();
    let sums = vec![BigInt::from(2 * n + 1); n];
    let solution = solve(&integers(n, n, &entries), &sums);
    assert_eq!(
        solution.map(|x| x.to_rationals()),
        Some(vec![Rational::one(); n])
    );
}
