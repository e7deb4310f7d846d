//! Wrong predictions are never certified.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::DiagonalInstance;

use super::{certify, certify_diagonal, certify_with_progress};

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

#[test]
fn progress_counts_predicted_and_then_certified_jumps() {
    let told = std::cell::RefCell::new(vec![]);
    let instance = instance([5, -1]);
    let sequence = saltus_jump::diagonal::predict(&instance).expect("predicted");
    let jumps = sequence.jumps().len();
    assert!(jumps > 1);
    let progress = |done, of| told.borrow_mut().push((done, of));
    let instance = saltus_problem::Instance::Diagonal(instance);
    assert!(certify_with_progress(&instance, &progress).is_ok());
    let count = |of| (1..=jumps).map(move |done| (done, of));
    let expected: Vec<(usize, usize)> = count(0).chain(count(jumps)).collect();
    assert_eq!(told.into_inner(), expected);
}
