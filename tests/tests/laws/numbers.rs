//! Random exact numbers, and rotations with rational entries.

use proptest::prelude::*;
use saltus_exact::{Rational, RationalMatrix};

/// Rows of numbers.
pub type Rows = Vec<Vec<Rational>>;

pub fn ratio(numer: i64, denom: i64) -> Rational {
    Rational::new(numer, denom).expect("no denominator is 0")
}

/// A number of absolute value at most 4, often 0 or an integer.
pub fn number() -> impl Strategy<Value = Rational> {
    (-4_i64..=4, 1_i64..=3).prop_map(|(numer, denom)| ratio(numer, denom))
}

/// A number from 1/4 to 4.
pub fn positive() -> impl Strategy<Value = Rational> {
    (1_i64..=4, 1_i64..=4).prop_map(|(numer, denom)| ratio(numer, denom))
}

pub fn rows(count: usize, length: usize) -> impl Strategy<Value = Rows> {
    let row = proptest::collection::vec(number(), length);
    proptest::collection::vec(row, count)
}

pub fn matrix(rows: &[Vec<Rational>]) -> RationalMatrix {
    RationalMatrix::from_rows(rows.to_vec()).expect("rows of one length")
}

/// A rotation in a plane of two coordinates by the angle `2 atan t`, whose sine and cosine are rational.
#[derive(Debug, Clone)]
pub struct Rotation {
    first: usize,
    second: usize,
    tangent: Rational,
}

/// A few rotations, one after the other, of vectors of length `dimension`.
pub fn rotations(dimension: usize) -> impl Strategy<Value = Vec<Rotation>> {
    let one = (0..dimension, 0..dimension, number());
    let one = one.prop_map(|(first, second, tangent)| Rotation {
        first,
        second,
        tangent,
    });
    proptest::collection::vec(one, 1..4)
}

pub fn rotate(rotations: &[Rotation], vector: &mut [Rational]) {
    let one = Rational::one();
    for Rotation {
        first,
        second,
        tangent,
    } in rotations
    {
        if first == second {
            continue;
        }
        let square = tangent.square();
        let scale = (&one + &square).recip().expect("at least 1");
        let (cosine, sine) = (
            &(&one - &square) * &scale,
            &(tangent * &Rational::integer(2)) * &scale,
        );
        let (x, y) = (vector[*first].clone(), vector[*second].clone());
        vector[*first] = &cosine * &x - &sine * &y;
        vector[*second] = &sine * &x + &cosine * &y;
    }
}

/// A permutation of `0..length`.
pub fn permutation(length: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..length).collect::<Vec<_>>()).prop_shuffle()
}

/// The list whose entry `place` is the entry `order[place]` of `list`.
pub fn permuted<T: Clone>(list: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|&index| list[index].clone()).collect()
}

/// Where each index of the list is found after [`permuted`], sorted.
pub fn new_places(indices: &[usize], order: &[usize]) -> Vec<usize> {
    let place = |index: &usize| order.iter().position(|old| old == index);
    let mut places: Vec<usize> = indices.iter().filter_map(place).collect();
    places.sort_unstable();
    places
}
