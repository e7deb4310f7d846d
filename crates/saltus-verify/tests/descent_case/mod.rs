//! One small sparse regression, trained once for every claim about descent.

use std::sync::OnceLock;

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::DiagonalInstance;
use saltus_verify::Options;
use saltus_verify::descent::{DescentEvidence, SparseReference, gather};

/// Four samples, six coordinates, a true predictor with one non-zero coefficient, and four test samples.
fn instance() -> (DiagonalInstance, SparseReference) {
    let rows: [[i64; 6]; 4] = [
        [2, 1, 0, -1, 1, 1],
        [1, -2, 1, 1, 0, 1],
        [1, 1, 2, 0, -1, -1],
        [2, 0, -1, 2, 1, 0],
    ];
    let entries = rows
        .iter()
        .flatten()
        .map(|&x| Rational::integer(x))
        .collect();
    let inputs = RationalMatrix::new(4, 6, entries).expect("the entries fill the shape");
    let labels = rows.iter().map(|row| Rational::integer(row[0])).collect();
    let instance = DiagonalInstance::new("six coordinates".to_owned(), inputs, labels, None, None);
    let test: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().rev().map(|&x| x as f64).collect())
        .collect();
    let test_labels = test.iter().map(|row| row[0]).collect();
    let beta_star = vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let reference = SparseReference::new(beta_star, test, test_labels);
    (instance.expect("valid"), reference.expect("shapes agree"))
}

/// Trained once, judged many times.
pub fn evidence() -> &'static DescentEvidence {
    static EVIDENCE: OnceLock<DescentEvidence> = OnceLock::new();
    EVIDENCE.get_or_init(|| {
        let (instance, reference) = instance();
        gather(&instance, Some(&reference), &Options::default()).expect("trained")
    })
}
