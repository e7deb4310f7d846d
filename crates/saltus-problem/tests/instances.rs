//! Instances are valid by construction: what is accepted, what is refused and in which words, and the exact active sets.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::{
    DiagonalInstance, Instance, OrthogonalData, Output, ProblemError, ReluInitialisation,
    ReluInstance, Sign,
};

fn numbers(text: &str) -> Vec<Rational> {
    text.split_whitespace()
        .map(|word| word.parse().expect("the tests spell numbers correctly"))
        .collect()
}

/// Rows separated by semicolons.
fn matrix(text: &str) -> RationalMatrix {
    let rows: Vec<Vec<Rational>> = text.split(';').map(numbers).collect();
    let (n, d) = (rows.len(), rows[0].len());
    RationalMatrix::new(n, d, rows.concat()).expect("the tests write rectangular matrices")
}

fn signs(text: &str) -> Vec<Sign> {
    text.chars()
        .map(|sign| {
            if sign == '-' {
                Sign::Negative
            } else {
                Sign::Positive
            }
        })
        .collect()
}

fn relu(
    inputs: &str,
    labels: &str,
    hidden: &str,
    output: Output,
) -> Result<ReluInstance, ProblemError> {
    let data = OrthogonalData::new(matrix(inputs), numbers(labels))?;
    ReluInstance::new(
        "test".to_owned(),
        data,
        ReluInitialisation::new(matrix(hidden), output, None)?,
    )
}

fn balanced(text: &str) -> Output {
    Output::Balanced { signs: signs(text) }
}

fn refusal<T>(result: Result<T, ProblemError>) -> String {
    result
        .err()
        .map_or_else(|| "accepted".to_owned(), |error| error.to_string())
}

#[test]
fn active_sets_are_the_positive_entries_of_the_right_sign() -> Result<(), ProblemError> {
    let instance = relu(
        "3/5 4/5 0; -4/5 3/5 0; 0 0 2",
        "1 -2 0",
        "1 0 1; 1 0 -1; -1 2 1; 0 0 0; 4 -3 5",
        balanced("+-+-+"),
    )?;
    let sets: Vec<&[usize]> = (0..5).map(|j| instance.active_set(j)).collect();
    assert_eq!(sets, [&[0][..], &[], &[0], &[], &[]]);
    assert_eq!(instance.inner_product(2, 1).to_string(), "2");
    assert_eq!(instance.inner_product(4, 0), Rational::zero());
    assert_eq!(instance.squared_output(2).to_string(), "6");
    assert_eq!(instance.output_sign(1), Sign::Negative);
    assert_eq!(instance.data().squared_norms(), numbers("1 1 4"));
    assert_eq!(instance.exponent(3), &Rational::one());
    Ok(())
}

#[test]
fn given_output_weights_may_exceed_the_norm() -> Result<(), ProblemError> {
    let instance = relu(
        "1 0; 0 1",
        "1 1",
        "3 4; -3 4",
        Output::Given(numbers("5 -11/2")),
    )?;
    assert_eq!(instance.squared_output(1).to_string(), "121/4");
    assert_eq!(instance.squared_hidden_norm(1).to_string(), "25");
    assert_eq!(
        (instance.active_set(0), instance.active_set(1)),
        (&[0, 1][..], &[][..])
    );
    Ok(())
}

#[test]
fn refusals_name_place_finding_and_expectation() {
    let one = || balanced("+");
    let refusals = [
        refusal(relu("1 0; 1 1", "1 1", "1 1", one())),
        refusal(relu("1/3 0 2; 0 5 0; 6 0 -1/2", "1 1 1", "1 1 1", one())),
        refusal(relu("1 0; 0 0", "1 1", "1 1", one())),
        refusal(relu("1 0; 0 1", "1 1 1", "1 1", one())),
        refusal(relu("1 0; 0 1", "1 1", "1 1 1", one())),
        refusal(relu("1 0; 0 1", "1 1", "1 1; 1 2", one())),
        refusal(relu(
            "1 0; 0 1",
            "1 1",
            "1 1",
            Output::Given(numbers("7/5")),
        )),
        refusal(relu(
            "1 0; 0 1",
            "1 1",
            "1 1; 0 0",
            Output::Given(numbers("-3/2 0")),
        )),
        refusal(ReluInitialisation::new(
            matrix("1 2; 3 4"),
            balanced("++"),
            Some(numbers("1 -1/2")),
        )),
        refusal(ReluInitialisation::new(
            matrix("1 2; 3 4"),
            balanced("++"),
            Some(numbers("1 1 1")),
        )),
        refusal(DiagonalInstance::new(
            "d".to_owned(),
            matrix("1 2"),
            numbers("1"),
            Some(numbers("1 0")),
            None,
        )),
        refusal(DiagonalInstance::new(
            "d".to_owned(),
            matrix("1 2"),
            numbers("1"),
            None,
            Some(numbers("1")),
        )),
        refusal(DiagonalInstance::new(
            "d".to_owned(),
            matrix("1 2"),
            numbers("1 2"),
            None,
            None,
        )),
        refusal(relu("1e50 1; 1 1e-20", "1 1", "1 1", one())),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @r"
        [data] inputs, rows 0 and 1 (from 0): found inner product 1, expected exactly 0
        [data] inputs, rows 0 and 2 (from 0): found inner product 1, expected exactly 0
        [data] inputs, row 1 (from 0): found the zero vector, expected a non-zero input
        [data] labels: found length 3, expected 2 (one for each row of inputs)
        [init] hidden: found rows of length 3, expected 2 (the input dimension of [data] inputs)
        [init] signs: found length 1, expected 2 (one for each row of hidden)
        [init] output[0] (from 0): found output² = 49/25 < ‖hidden‖² = 2, expected |output| ≥ ‖hidden‖ (otherwise the sign of the output weight may change, which the theory excludes)
        [init] output[1] (from 0): found 0, expected a non-zero number (its sign is that of the neuron)
        [init] exponents[1] (from 0): found -1/2, expected a positive number
        [init] exponents: found length 3, expected 2 (one for each row of hidden)
        [init] shape[1] (from 0): found 0, expected a positive number
        [init] exponents: found length 1, expected 2 (one for each column of inputs)
        [data] labels: found length 2, expected 1 (one for each row of inputs)
        [data] inputs, rows 0 and 1 (from 0): found inner product 10000000000000000000…00000000000000000000 (93 characters), expected exactly 0
        ");
}

#[test]
fn empty_and_oversized_tables_are_refused() {
    let empty = |rows: usize, columns: usize| RationalMatrix::new(rows, columns, Vec::new());
    for table in [empty(0, 3), empty(3, 0)].into_iter().flatten() {
        let rows = table.n_rows();
        let labels = vec![Rational::one(); rows];
        assert!(matches!(
            OrthogonalData::new(table.clone(), labels.clone()),
            Err(ProblemError::Empty { .. })
        ));
        assert!(matches!(
            DiagonalInstance::new("d".to_owned(), table.clone(), labels, None, None),
            Err(ProblemError::Empty { .. })
        ));
        assert!(matches!(
            ReluInitialisation::new(table, Output::Balanced { signs: Vec::new() }, None),
            Err(ProblemError::Empty { .. })
        ));
    }
    let tall =
        RationalMatrix::new(100_001, 1, vec![Rational::zero(); 100_001]).expect("the shape fits");
    insta::assert_snapshot!(
        refusal(DiagonalInstance::new("d".to_owned(), tall, vec![Rational::zero(); 100_001], None, None)),
        @"[data] inputs: found 100001 samples, expected at most 100000 (MAX_SAMPLES)"
    );
}

#[test]
fn diagonal_instances_take_zero_rows_and_columns() -> Result<(), ProblemError> {
    let instance = DiagonalInstance::new(
        "zeros".to_owned(),
        matrix("0 1 2; 0 0 0"),
        numbers("3 0"),
        None,
        Some(numbers("1 3/2 2")),
    )?;
    assert_eq!((instance.n_samples(), instance.dimension()), (2, 3));
    assert_eq!(instance.shapes(), numbers("1 1 1"));
    assert_eq!(instance.exponents(), numbers("1 3/2 2"));
    let instance = Instance::Diagonal(instance);
    assert_eq!(
        (instance.name(), instance.system()),
        ("zeros", "diagonal-linear")
    );
    Ok(())
}

#[test]
fn a_frame_of_signs_is_orthogonal_and_one_flip_is_found() {
    let n = 64;
    let entry = |i: usize, k: usize| {
        if (i & k).count_ones().is_multiple_of(2) {
            1
        } else {
            -1
        }
    };
    let mut entries: Vec<Rational> = (0..n * n)
        .map(|at| Rational::integer(entry(at / n, at % n)))
        .collect();
    let labels = vec![Rational::one(); n];
    let frame =
        |entries: &[Rational]| RationalMatrix::new(n, n, entries.to_vec()).expect("n rows of n");
    assert!(OrthogonalData::new(frame(&entries), labels.clone()).is_ok());
    entries[7 * n + 5] = -entries[7 * n + 5].clone();
    assert_eq!(
        refusal(OrthogonalData::new(frame(&entries), labels)),
        "[data] inputs, rows 0 and 7 (from 0): found inner product -2, expected exactly 0"
    );
}
