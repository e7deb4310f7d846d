//! Squared pushes and rates as integers over one denominator.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};
use saltus_exact::Rational;
use saltus_problem::ReluInstance;

/// `D_i² = y_i² ‖x_i‖² / n²` for every point, as integers over one positive denominator.
///
/// Squared rates are sums of these, so that following them through the jumps needs additions of integers only.
pub(super) struct SquaredPushes {
    numerators: Vec<BigInt>,
    denominator: BigInt,
}

impl SquaredPushes {
    pub(super) fn new(instance: &ReluInstance) -> SquaredPushes {
        let data = instance.data();
        let squared: Vec<Rational> = data
            .labels()
            .iter()
            .zip(data.squared_norms())
            .map(|(y, norm)| y.square() * norm)
            .collect();
        let common = squared
            .iter()
            .fold(BigInt::one(), |common, q| common.lcm(q.denom()));
        let n_points = BigInt::from(squared.len());
        SquaredPushes {
            numerators: squared
                .iter()
                .map(|q| q.numer() * (&common / q.denom()))
                .collect(),
            denominator: common * &n_points * n_points,
        }
    }

    /// Sum of the squared pushes of `points`, over [`SquaredPushes::denominator`].
    pub(super) fn total(&self, points: &[usize]) -> BigInt {
        points
            .iter()
            .fold(BigInt::zero(), |sum, &i| sum + &self.numerators[i])
    }

    /// `D_i²` over [`SquaredPushes::denominator`].
    pub(super) fn of(&self, point: usize) -> &BigInt {
        &self.numerators[point]
    }

    /// The common denominator (positive).
    pub(super) fn denominator(&self) -> &BigInt {
        &self.denominator
    }
}
