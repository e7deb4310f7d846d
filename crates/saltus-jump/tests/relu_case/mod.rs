//! ReLU instances whose inputs are scaled axes.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};

pub fn rational(text: &str) -> Rational {
    text.parse().expect("a number of a test case")
}

/// Inputs are scaled axes; neuron j is active exactly on the listed points, with the sign given.
pub struct Case<'a> {
    pub norms: &'a [&'a str],
    pub labels: &'a [&'a str],
    pub neurons: &'a [(i8, &'a [usize])],
    pub exponents: Option<&'a [&'a str]>,
}

pub fn instance(case: &Case<'_>) -> ReluInstance {
    let n = case.norms.len();
    let axes = (0..n)
        .map(|i| {
            let entry = |k| {
                if k == i {
                    rational(case.norms[i])
                } else {
                    Rational::zero()
                }
            };
            (0..n).map(entry).collect()
        })
        .collect();
    let hidden = case
        .neurons
        .iter()
        .map(|(_, set)| {
            let entry = |i| Rational::integer(if set.contains(&i) { 1 } else { -1 });
            (0..n).map(entry).collect()
        })
        .collect();
    let signs = case
        .neurons
        .iter()
        .map(|(sign, _)| {
            if *sign > 0 {
                Sign::Positive
            } else {
                Sign::Negative
            }
        })
        .collect();
    let table = |rows| RationalMatrix::from_rows(rows).expect("a rectangular test case");
    let labels = case.labels.iter().map(|y| rational(y)).collect();
    let data = OrthogonalData::new(table(axes), labels).expect("axes are orthogonal");
    let exponents = case
        .exponents
        .map(|list| list.iter().map(|k| rational(k)).collect());
    let init = ReluInitialisation::new(table(hidden), Output::Balanced { signs }, exponents)
        .expect("a valid initialisation");
    ReluInstance::new("test".to_owned(), data, init).expect("a valid test case")
}
