//! Wrong predictions are never certified.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::DiagonalInstance;

use super::{certify, certify_diagonal};

fn instance(labels: [i64; 2]) -> DiagonalInstance {
    let entries = [1, 2, 0, 1, -1, 3].map(Rational::integer).to_vec();
    let inputs = RationalMatrix::new(2, 3, entries).expect("the entries fill the shape");
    let labels = labels.map(Rational::integer).to_vec();
    DiagonalInstance::new("two samples".to_owned(), inputs, labels, None, None).expect("valid")
}

#[test]
fn the_prediction_of_another_instance_is_refused() {
    let (right, wrong) = (instance([2, 1]), instance([2, 2]));
    let prediction = |instance| saltus_jump::diagonal::predict(instance).expect("predicted");
    assert!(certify_diagonal(&right, &prediction(&right)).is_ok());
    assert!(certify_diagonal(&right, &prediction(&wrong)).is_err());
    assert!(certify(&saltus_problem::Instance::Diagonal(right)).is_ok());
}
