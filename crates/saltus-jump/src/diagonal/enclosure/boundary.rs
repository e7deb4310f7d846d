//! Which coordinate is the first to be 0 on the way of a constrained fit, in doubles.

use super::Step;
use super::block::{floats_of, two_to};
use super::bounds::{UNIT, above, below};
use super::path::Fit;

/// A number with a bound of its error.
#[derive(Debug, Clone, Copy, Default)]
struct Ball {
    value: f64,
    error: f64,
}

impl Ball {
    /// A number truncated to 53 bits, of a number with an error of at most `radius`.
    fn truncated(value: f64, radius: f64) -> Ball {
        let error = above(radius + 2.0 * UNIT * value.abs());
        Ball { value, error }
    }

    /// What lies between two numbers.
    fn between(least: f64, most: f64) -> Ball {
        Ball {
            value: least + (most - least) / 2.0,
            error: above(most - least),
        }
    }

    /// `x − y`.
    fn minus(self, other: Ball) -> Ball {
        let value = self.value - other.value;
        let error = above(self.error + other.error + UNIT * value.abs());
        Ball { value, error }
    }

    /// `x + y z`.
    fn plus_product(self, y: Ball, z: Ball) -> Ball {
        let product = y.value * z.value;
        let value = self.value + product;
        let of_product = y.value.abs() * z.error + y.error * (z.value.abs() + z.error);
        let rounding = UNIT * (product.abs() + value.abs());
        Ball {
            value,
            error: above(self.error + of_product + rounding),
        }
    }

    /// A lower and an upper bound of a quotient; `None` if it may not be positive.
    fn quotient(self, other: Ball) -> Option<(f64, f64)> {
        let size = |ball: Ball| (ball.value.abs(), ball.error);
        let ((x, dx), (y, dy)) = (size(self), size(other));
        let is_positive = self.value * other.value > 0.0
            && below(x - above(dx)) > 0.0
            && below(y - above(dy)) > 0.0;
        is_positive.then(|| {
            let least = below(below(x - above(dx)) / above(y + dy));
            let most = above(above(x + dx) / below(y - above(dy)));
            (least, most)
        })
    }
}

/// Goes the steps from the fit before, each until the first coordinate is 0, and tells the position of that of the last; `None` if
/// doubles cannot tell.
pub(super) fn first_in_doubles(steps: &[Step], before: &Fit) -> Option<usize> {
    let block = &before.block;
    let radius = block.radius * two_to(block.unit());
    let values = floats_of(block).into_iter();
    let values = values.map(|value| Ball::truncated(value, radius));
    let mut point: Vec<(usize, Ball)> = before.coordinates.iter().copied().zip(values).collect();
    let mut leaving = None;
    for step in steps {
        if let Some(position) = leaving {
            point.remove(position);
        }
        let mut ways = vec![];
        for (&coordinate, &value) in step.coordinates.iter().zip(&step.target.values) {
            let error = step.target.radius;
            let from = point.iter().find(|(i, _)| *i == coordinate);
            let from = from.map_or(Ball::default(), |(_, ball)| *ball);
            ways.push((coordinate, from, Ball { value, error }.minus(from)));
        }
        // A coordinate is 0 after the part `from/(−way)` of the way.
        let mut lengths = vec![];
        for &k in &step.blocking {
            let (_, from, way) = ways[k];
            let back = Ball {
                value: -way.value,
                error: way.error,
            };
            lengths.push((k, from.quotient(back)?));
        }
        let (position, (least, most)) = shortest(lengths)?;
        let length = Ball::between(least, most);
        point = ways
            .into_iter()
            .map(|(i, from, way)| (i, from.plus_product(length, way)))
            .collect();
        leaving = Some(position);
    }
    leaving
}

/// The one that is certainly the least of numbers between the given bounds, with its position and its bounds.
fn shortest(mut lengths: Vec<(usize, (f64, f64))>) -> Option<(usize, (f64, f64))> {
    let first = (0..lengths.len()).min_by(|&a, &b| lengths[a].1.1.total_cmp(&lengths[b].1.1))?;
    let (position, (least, most)) = lengths.swap_remove(first);
    let is_alone = lengths.iter().all(|&(_, (other, _))| most < other);
    is_alone.then_some((position, (least, most)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use saltus_exact::{Fractions, Rational};

    use super::super::block::Block;
    use super::super::support::Approximate;
    use super::*;

    fn rational(x: f64) -> Rational {
        Rational::from_f64(x).expect("finite")
    }

    /// A number and its distance from the middle of a ball, as a part of the error.
    fn member(ball: Ball, part: f64) -> Rational {
        rational(ball.value) + rational(ball.error) * rational(part)
    }

    fn assert_contains(ball: Ball, number: &Rational) {
        let distance = (rational(ball.value) - number).abs();
        assert!(distance <= rational(ball.error));
    }

    fn ball() -> impl Strategy<Value = Ball> {
        let error = prop_oneof![Just(0.0), 0.0..1e-12, 0.0..0.5];
        (-3.0..3.0, error).prop_map(|(value, error)| Ball { value, error })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(7),
            ..ProptestConfig::default()
        })]
        #[test]
        fn balls_contain_what_they_stand_for(
            (x, y, z) in (ball(), ball(), ball()),
            (p, q, r) in (-1.0..=1.0, -1.0..=1.0, -1.0..=1.0),
        ) {
            let (a, b, c) = (member(x, p), member(y, q), member(z, r));
            assert_contains(x.minus(y), &(&a - &b));
            assert_contains(x.plus_product(y, z), &(&a + &b * &c));
            if let Some((least, most)) = x.quotient(y) {
                let quotient = a.checked_div(&b).expect("a ball without 0");
                prop_assert!(least > 0.0);
                prop_assert!(rational(least) <= quotient && quotient <= rational(most));
            } else {
                prop_assert!(
                    x.value * y.value <= 0.0 || x.error >= 0.99 * x.value.abs() || y.error >= 0.99 * y.value.abs()
                );
            }
        }
    }

    /// Where both numbers of a product are uncertain by half of themselves and more, its error is that of the corner and not twice it,
    /// and what doubles round is counted where nothing else is wrong.
    #[test]
    fn errors_are_no_larger_than_their_terms() {
        let ball = |value, error| Ball { value, error };
        let bounds = |found: f64, expected: f64| {
            assert!(found >= expected && found <= expected * (1.0 + 3e-9));
        };
        let (x, y, z) = (ball(2.0, 0.25), ball(-3.0, 1.5), ball(0.5, 4.0));
        bounds(x.minus(y).error, 1.75);
        // 1/4 + 3 · 4 + 1.5 · 0.5 + 1.5 · 4
        bounds(x.plus_product(y, z).error, 19.0);
        let (x, y) = (ball(3.0, 0.0), ball(-5.0, 0.0));
        bounds(x.minus(y).error, 8.0 * UNIT);
        bounds(x.minus(ball(5.0, 0.0)).error, 2.0 * UNIT);
        // 3 − 5 · 0.5 and its product.
        bounds(x.plus_product(y, ball(0.5, 0.0)).error, 3.0 * UNIT);
        bounds(x.plus_product(y, ball(-0.5, 0.0)).error, 8.0 * UNIT);

        let truncated = Ball::truncated(-3.0, 1.5 * UNIT);
        assert_eq!(truncated.value, -3.0);
        bounds(truncated.error, 7.5 * UNIT);
        let between = Ball::between(1.0, 2.0);
        assert_eq!(between.value, 1.5);
        bounds(between.error, 1.0);
    }

    /// The quotient of 3 ± 1 and 4 ± 2 lies between 1/3 and 2.
    #[test]
    fn quotients_are_no_wider_than_their_ends() {
        let ball = |value, error| Ball { value, error };
        let near = |found: Option<(f64, f64)>, (least, most): (f64, f64)| {
            let found = found.expect("positive");
            assert!(found.0 <= least && found.0 >= least * (1.0 - 1e-8));
            assert!(found.1 >= most && found.1 <= most * (1.0 + 1e-8));
        };
        for sign in [1.0, -1.0] {
            let (x, y) = (ball(3.0 * sign, 1.0), ball(4.0 * sign, 2.0));
            near(x.quotient(y), (1.0 / 3.0, 2.0));
            assert_eq!(x.quotient(ball(-4.0 * sign, 2.0)), None);
        }
        // A lower bound of 0 is not positive.
        let mut doubles = (1_u64 << 52..).map(f64::from_bits);
        let least = doubles.find(|&x| below(x) >= 0.0);
        let least = ball(least.expect("some double") + f64::MIN_POSITIVE, 0.0);
        assert_eq!(below(least.value - above(0.0)), 0.0);
        assert_eq!(least.quotient(ball(1.0, 0.0)), None);
        assert_eq!(ball(1.0, 0.0).quotient(least), None);
        // A product that underflows has no sign.
        assert_eq!(ball(1e-200, 0.0).quotient(ball(1e-200, 0.0)), None);
    }

    #[test]
    fn the_shortest_is_told_where_it_is_alone() {
        let lengths = |next: f64| vec![(4, (next, 3.0)), (7, (1.0, 2.0)), (1, (4.0, 5.0))];
        assert_eq!(shortest(lengths(2.5)), Some((7, (1.0, 2.0))));
        assert_eq!(shortest(lengths(1.5)), None);
        // Both may be 2.
        assert_eq!(shortest(lengths(2.0)), None);
        assert_eq!(shortest(vec![]), None);
    }

    fn block(values: &[f64], radius: f64) -> Block {
        let mut fractions = Fractions::zeros(3, values.len());
        for (k, &value) in values.iter().enumerate() {
            assert!(fractions.add_f64(k, value, 0));
        }
        Block {
            fractions,
            exponent: 0,
            radius,
            residual: f64::INFINITY,
        }
    }

    fn check(
        before: &[f64],
        steps: &[(&[usize], &[usize], &[f64])],
        radius: f64,
        expected: Option<usize>,
    ) {
        let coordinates: Vec<usize> = (0..before.len()).collect();
        let fit = Fit {
            places: coordinates.clone(),
            coordinates,
            block: block(before, 1.0),
            offset: Block::empty(3),
        };
        let step = |&(coordinates, blocking, values): &(&[usize], &[usize], &[f64])| Step {
            coordinates: coordinates.to_vec(),
            blocking: blocking.to_vec(),
            target: Approximate {
                values: values.to_vec(),
                radius,
            },
        };
        let steps: Vec<Step> = steps.iter().map(step).collect();
        assert_eq!(first_in_doubles(&steps, &fit), expected);
    }

    /// From (1/2, 1/4, 0): coordinate 0 is 0 after 1/3 of the way, and coordinate 1 after 1/2, or after 1/3 as well.
    #[test]
    fn the_first_at_0_is_told_where_it_is_alone() {
        let all: &[usize] = &[0, 1, 2];
        let step = |second: f64| (all, [0, 1], [-1.0, second, 0.75]);
        let (blocking, values) = (step(-0.25).1, step(-0.25).2);
        check(&[0.5, 0.25], &[(all, &blocking, &values)], 1e-15, Some(0));
        let sooner = step(-1.0).2;
        check(&[0.5, 0.25], &[(all, &blocking, &sooner)], 1e-15, Some(1));
        let together = step(-0.5).2;
        check(&[0.5, 0.25], &[(all, &blocking, &together)], 1e-15, None);
        check(&[0.5, 0.25], &[(all, &blocking, &values)], 0.3, None);
        // A coordinate that enters with the wrong sign does not move from 0.
        check(&[0.5, 0.25], &[(all, &[1, 2], &values)], 1e-15, None);
    }

    /// After a third of the way to (−1, −1/4, 3/4) the point is (0, 1/12, 1/4). From there to an end with two more wrong signs
    /// coordinates 1 and 2 are 0 after 1/4 and 3/4 of the way, or after 2/3 and 1/5, or both after 1/2.
    #[test]
    fn a_second_step_begins_where_the_first_ends() {
        let first: (&[usize], &[usize], &[f64]) = (&[0, 1, 2], &[0, 1], &[-1.0, -0.25, 0.75]);
        let ends: [(f64, f64, Option<usize>); 3] = [
            (-0.25, -1.0 / 12.0, Some(0)),
            (-1.0 / 24.0, -1.0, Some(1)),
            (-1.0 / 12.0, -0.25, None),
        ];
        for (one, two, expected) in ends {
            let second: (&[usize], &[usize], &[f64]) = (&[1, 2], &[0, 1], &[one, two]);
            check(&[0.5, 0.25], &[first, second], 1e-15, expected);
        }
    }
}
