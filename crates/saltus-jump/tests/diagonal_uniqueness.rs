//! Which coordinates can move among the minimisers after a jump of several coordinates, and the gap between jumps.

use saltus_exact::{Rational, RationalMatrix, SqrtSum};
use saltus_jump::diagonal::{DiagonalSequence, predict};
use saltus_problem::DiagonalInstance;

fn sequence(columns: &[&[i64]], labels: &[i64]) -> DiagonalSequence {
    let numbers = |list: &[i64]| list.iter().copied().map(Rational::integer).collect();
    let rows = columns.iter().map(|column| numbers(column)).collect();
    let inputs = RationalMatrix::from_rows(rows)
        .expect("a rectangular test case")
        .transpose();
    let name = "test".to_owned();
    let instance = DiagonalInstance::new(name, inputs, numbers(labels), None, None);
    predict(&instance.expect("a valid test case")).expect("the process ends")
}

/// The labels are the first column, (1, 0, …), and every column has ±1 there: all coordinates hit together at `τ = n`, and the
/// fit is exact. Says whether β is unique, and which coordinates are 0 in every minimiser.
#[track_caller]
fn check(columns: &[&[i64]], unique: bool, degenerate: &[usize]) {
    let sequence = sequence(columns, columns[0]);
    let [jump] = sequence.jumps() else {
        unreachable!("one jump fits the labels");
    };
    assert_eq!(jump.hits, (0..columns.len()).collect::<Vec<_>>());
    assert!(jump.loss.is_zero());
    assert_eq!(jump.unique, unique);
    assert_eq!(jump.degenerate, degenerate);
    // All exponents are equal, so that Σ|β_i| is determined, and here ⟨z, y⟩ is 1.
    assert_eq!(jump.l1_norm, Some(Rational::one()));
}

#[test]
fn coordinates_move_where_their_signed_columns_cancel() {
    // β_0 + β_1 − β_2 = 1 and β_1 + β_2 = 0 with β_0, β_1 ≥ 0 ≥ β_2: β = (1 − 2u, u, −u).
    check(&[&[1, 0], &[1, 1], &[-1, 1]], false, &[]);
    // Here β_1 − β_2 = 0 with β_1 ≥ 0 ≥ β_2: both are 0.
    check(&[&[1, 0], &[1, 1], &[-1, -1]], true, &[1, 2]);
    // β_1 − β_2 = 0 and β_2 = 0.
    check(&[&[1, 0, 0], &[1, 1, 0], &[1, -1, 1]], true, &[1, 2]);
    // β = (1 − 2u, u, u, 0).
    check(
        &[&[1, 0, 0], &[1, 1, 0], &[1, -1, 0], &[1, 0, 1]],
        false,
        &[3],
    );
}

#[test]
fn the_smallest_gap_is_the_least_difference_of_times() {
    // The gradients are 6/3, 3/3 and 1/3 in size, so that the jumps are at 1/2, 1 and 3.
    let sequence = sequence(&[&[1, 0, 0], &[0, 1, 0], &[0, 0, 1]], &[6, 3, 1]);
    let hypotheses = sequence.hypotheses();
    let gap = hypotheses
        .iter()
        .find(|hypothesis| hypothesis.name == "smallest gap between jumps")
        .expect("it is reported");
    assert_eq!(
        gap.detail,
        "0.500000000000000000000000000000 between jumps 0 and 1"
    );
    let half = Rational::new(1, 2).expect("2 is not 0");
    assert_eq!(gap.value, Some(SqrtSum::from(half)));
}
