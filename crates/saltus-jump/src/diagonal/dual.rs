//! The dual variable and the time, exactly, over one denominator whose factors are kept apart.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use saltus_exact::linear::common_denominator;
use saltus_exact::{Rational, gcd};

use super::fit::{Fit, NormalEquations};
use super::sequence::DualPoint;

/// The dual variable `s = −∫∇L dt`, the time, and the bounds `k_i`, at the time of the last jump.
///
/// All are integers over the denominator `κ·Π factors`, so that every comparison is one of products of integers. A
/// deactivation freezes a factor of the length of a determinant in the denominator for good, and the numbers become far longer
/// than any factor: common divisors are therefore sought with one factor at a time, which costs a remainder by a short number
/// each, and never with the whole denominator.
pub(super) struct Dual {
    /// Numerators of s, d of them.
    numerators: Vec<BigInt>,
    /// Numerator of the rescaled time.
    time: BigInt,
    /// `κ k_i` with κ the common denominator of the exponents.
    bounds: Vec<BigInt>,
    /// κ.
    bounds_denominator: BigInt,
    /// The product of `factors`.
    unit: BigInt,
    /// Positive; no factor has a divisor in common with all numerators and the time.
    factors: Vec<BigInt>,
}

/// The coordinate that is hit next, and `k + sign(∇)·s` for it, over the denominator of s.
pub(super) struct Hit {
    coordinate: usize,
    distance: BigInt,
}

impl Dual {
    /// s = 0 at time 0, with the exponents `k_i` as bounds.
    pub(super) fn zero(exponents: &[Rational]) -> Dual {
        let bounds_denominator = common_denominator(exponents);
        Dual {
            numerators: vec![BigInt::zero(); exponents.len()],
            time: BigInt::zero(),
            bounds: exponents
                .iter()
                .map(|k| k.numer() * (&bounds_denominator / k.denom()))
                .collect(),
            bounds_denominator,
            unit: BigInt::one(),
            factors: vec![],
        }
    }

    /// The coordinate with `∇_i ≠ 0` that meets its bound first (any of them, if several do at the same time).
    pub(super) fn next_hit(&self, fit: &Fit) -> Option<Hit> {
        let mut best: Option<(Hit, Leading, Leading)> = None;
        for (coordinate, gradient) in fit.gradient.iter().enumerate() {
            if gradient.is_zero() {
                continue;
            }
            let hit = self.hit_of(coordinate, fit);
            let (way, speed) = (Leading::of(&hit.distance), Leading::of(gradient));
            let earlier = best.as_ref().is_none_or(|(best, best_way, best_speed)| {
                let leading = Leading::compare((&way, best_speed), (best_way, &speed));
                let order = leading.unwrap_or_else(|| {
                    let ours = &hit.distance * fit.gradient[best.coordinate].abs();
                    ours.cmp(&(&best.distance * gradient.abs()))
                });
                order == Ordering::Less
            });
            if earlier {
                best = Some((hit, way, speed));
            }
        }
        best.map(|(hit, _, _)| hit)
    }

    /// The hit of a coordinate whose gradient is not 0, were it the first.
    pub(super) fn hit_of(&self, coordinate: usize, fit: &Fit) -> Hit {
        let s = &self.numerators[coordinate];
        let bound = self.bound(coordinate);
        let distance = match fit.gradient[coordinate].is_positive() {
            true => bound + s,
            false => bound - s,
        };
        Hit {
            coordinate,
            distance,
        }
    }

    /// `s ← s − δ∇L(β)` and `t ← t + δ`, with δ such that the hit coordinate arrives exactly at its bound.
    pub(super) fn advance(&mut self, hit: &Hit, fit: &Fit, equations: &NormalEquations) {
        let speed = fit.gradient[hit.coordinate].abs();
        for (s, gradient) in self.numerators.iter_mut().zip(&fit.gradient) {
            let moved = &*s * &speed;
            *s = if gradient.is_zero() {
                moved
            } else {
                moved - &hit.distance * gradient
            };
        }
        let gradient_denominator = &fit.denominator * equations.gradient_denominator();
        self.time = &self.time * &speed + &hit.distance * gradient_denominator;
        self.unit *= &speed;
        self.factors.push(speed);
        self.cancel();
    }

    /// Divides out what a factor has in common with all numerators and the time.
    fn cancel(&mut self) {
        for k in 0..self.factors.len() {
            loop {
                let content = self.content_within(&self.factors[k]);
                if content.is_one() {
                    break;
                }
                for number in &mut self.numerators {
                    *number /= &content;
                }
                self.time /= &content;
                self.unit /= &content;
                self.factors[k] /= &content;
            }
        }
        self.factors.retain(|factor| !factor.is_one());
    }

    /// The greatest common divisor of a factor, the time and all numerators.
    fn content_within(&self, factor: &BigInt) -> BigInt {
        let mut content = factor.clone();
        for number in std::iter::once(&self.time).chain(&self.numerators) {
            if content.is_one() {
                break;
            }
            let rest = number % &content;
            if !rest.is_zero() {
                content = gcd(&content, &rest);
            }
        }
        content
    }

    /// `k_i` over the denominator of s.
    fn bound(&self, coordinate: usize) -> BigInt {
        if self.bounds[coordinate].is_one() {
            self.unit.clone()
        } else {
            &self.bounds[coordinate] * &self.unit
        }
    }

    /// Coordinates with `|s_i| = k_i`, each with whether s is positive there.
    pub(super) fn at_bound(&self) -> Vec<(usize, bool)> {
        self.numerators
            .iter()
            .enumerate()
            .filter(|&(i, s)| {
                // Of the same length to a bit or so, or not equal: most coordinates need no product.
                let bits = self.bounds[i].bits() + self.unit.bits();
                (s.bits() + 1 == bits || s.bits() == bits)
                    && s.magnitude() == self.bound(i).magnitude()
            })
            .map(|(i, s)| (i, s.is_positive()))
            .collect()
    }

    /// The rescaled time, in lowest terms.
    pub(super) fn time(&self) -> Rational {
        let factors = self.factors.iter().chain([&self.bounds_denominator]);
        Rational::over_factors(self.time.clone(), factors)
            .expect("the factors and the denominator of the bounds are positive")
    }

    pub(super) fn point(&self) -> DualPoint {
        DualPoint {
            numerators: self.numerators.clone(),
            denominator: &self.bounds_denominator * &self.unit,
        }
    }
}

/// The leading bits of a magnitude `x`: `leading·2^exponent ≤ x < (leading + 1)·2^exponent`, or equality if `exact`.
struct Leading {
    leading: u64,
    exponent: u64,
    exact: bool,
}

/// So many that a product of two fits 128 bits, rounded up too.
const LEADING_BITS: u64 = 62;

impl Leading {
    fn of(number: &BigInt) -> Leading {
        let exponent = number.bits().saturating_sub(LEADING_BITS);
        let leading = (number.magnitude() >> exponent)
            .to_u64()
            .expect("at most 62 bits are left");
        Leading {
            leading,
            exponent,
            exact: exponent == 0,
        }
    }

    /// How the product of one pair compares with that of another, where the leading bits decide it.
    fn compare(a: (&Leading, &Leading), b: (&Leading, &Leading)) -> Option<Ordering> {
        let lower = |(x, y): (&Leading, &Leading)| {
            (
                u128::from(x.leading) * u128::from(y.leading),
                x.exponent + y.exponent,
            )
        };
        let upper = |(x, y): (&Leading, &Leading)| {
            let end = |part: &Leading| u128::from(part.leading) + u128::from(!part.exact);
            (end(x) * end(y), x.exponent + y.exponent)
        };
        // Ends of half-open intervals: an upper end that meets a lower one still separates, unless both are attained.
        let exact = [a.0, a.1, b.0, b.1].iter().all(|part| part.exact);
        match compare_scaled(upper(a), lower(b)) {
            Ordering::Less => return Some(Ordering::Less),
            Ordering::Equal if exact => return Some(Ordering::Equal),
            _ => {}
        }
        (compare_scaled(lower(a), upper(b)) == Ordering::Greater).then_some(Ordering::Greater)
    }
}

/// Compares `a·2^x` with `b·2^y`.
fn compare_scaled((a, x): (u128, u64), (b, y): (u128, u64)) -> Ordering {
    if a == 0 || b == 0 {
        return (a != 0).cmp(&(b != 0));
    }
    let length = |value: u128, exponent: u64| exponent + u64::from(128 - value.leading_zeros());
    let normal = |value: u128| value << value.leading_zeros();
    length(a, x)
        .cmp(&length(b, y))
        .then_with(|| normal(a).cmp(&normal(b)))
}

#[cfg(test)]
mod tests {
    use saltus_exact::RationalMatrix;
    use saltus_problem::DiagonalInstance;

    use super::*;
    use crate::diagonal::factor::GrowingFactor;
    use crate::diagonal::fit::constrained_fit;

    #[test]
    fn leading_bits_decide_only_what_is_true() {
        let long = |head: u64, shift: u32, tail: u64| (BigInt::from(head) << shift) + tail;
        let numbers = [
            BigInt::zero(),
            BigInt::one(),
            BigInt::from(u64::MAX),
            long(5, 61, 0),
            long(5, 61, 1),
            long((1 << 62) - 1, 200, 0),
            long((1 << 62) - 1, 200, 1),
            long(1 << 61, 201, 0),
            long(3, 260, 7),
            -long(3, 260, 7),
        ];
        let mut undecided = 0;
        for a in &numbers {
            for b in &numbers {
                for c in &numbers {
                    for d in &numbers {
                        let exact = (a * b).magnitude().cmp((c * d).magnitude());
                        let [la, lb, lc, ld] = [a, b, c, d].map(Leading::of);
                        match Leading::compare((&la, &lb), (&lc, &ld)) {
                            Some(found) => assert_eq!(found, exact, "{a} {b} {c} {d}"),
                            None => {
                                assert!(![la, lb, lc, ld].iter().all(|part| part.exact));
                                undecided += 1;
                            }
                        }
                    }
                }
            }
        }
        // Long numbers that agree in their leading bits are left to exact products, and only those.
        assert!((1..3_000).contains(&undecided), "{undecided} of 10,000");
    }

    /// Distances that differ in a bit far behind the leading ones, at the same speed: the nearer one hits, in either order.
    #[test]
    fn a_near_tie_is_decided_by_exact_products() {
        let near = BigInt::one() << 200u32;
        let far: BigInt = &near + 1;
        let check = |distances: [&BigInt; 2], expected: usize| {
            let dual = Dual {
                // The bound is the unit, and s is what is left of it.
                numerators: distances.map(|distance| &far - distance).to_vec(),
                time: BigInt::zero(),
                bounds: vec![BigInt::one(); 2],
                bounds_denominator: BigInt::one(),
                unit: far.clone(),
                factors: vec![far.clone()],
            };
            let fit = Fit {
                support: vec![],
                numerators: vec![],
                denominator: BigInt::one(),
                gradient: vec![BigInt::from(-3); 2],
            };
            let hit = dual.next_hit(&fit).expect("both coordinates move");
            assert_eq!((hit.coordinate, hit.distance), (expected, near.clone()));
        };
        check([&near, &far], 0);
        check([&far, &near], 1);
    }

    /// Two orthogonal coordinates with gradients −y_i/2 and exponents 2/3 and 5/2 hit after 2 k_i/|y_i|.
    #[test]
    fn hits_follow_the_closed_form_and_what_is_common_is_divided_out() {
        let number = |text: &str| text.parse::<Rational>().expect("a rational");
        let check = |second_label: &str, sign: i64, second_time: &str| {
            let rows = [["1", "0"], ["0", "1"]].map(|row| row.map(number).to_vec());
            let inputs = RationalMatrix::from_rows(rows.to_vec()).expect("rows of one length");
            let instance = DiagonalInstance::new(
                "two".to_owned(),
                inputs,
                vec![number("1"), number(second_label)],
                None,
                Some(vec![number("2/3"), number("5/2")]),
            )
            .expect("consistent");
            let equations = NormalEquations::new(&instance);
            let mut dual = Dual::zero(instance.exponents());
            let mut factor = GrowingFactor::default();
            let mut fit = Fit::zero(&equations);

            let hit = dual.next_hit(&fit).expect("both coordinates move");
            assert_eq!((hit.coordinate, hit.distance.clone()), (0, 4.into()));
            dual.advance(&hit, &fit, &equations);
            // 8/12, ±4/12 and 16/12 before the factor 2 is divided out.
            assert_eq!(dual.numerators, [4, 2 * sign].map(BigInt::from));
            assert!(dual.factors.is_empty() && dual.unit.is_one());
            assert_eq!(dual.time(), number("4/3"));
            assert_eq!(dual.at_bound(), [(0, true)]);

            fit = constrained_fit(&equations, &dual.at_bound(), &fit, &mut factor);
            let hit = dual.next_hit(&fit).expect("one coordinate moves");
            dual.advance(&hit, &fit, &equations);
            assert_eq!(dual.time(), number(second_time));
            assert_eq!(dual.at_bound(), [(0, true), (1, sign > 0)]);
            let values = dual.point().values();
            assert_eq!(values[1], number("5/2") * Rational::integer(sign));

            fit = constrained_fit(&equations, &dual.at_bound(), &fit, &mut factor);
            assert!(dual.next_hit(&fit).is_none());
        };
        check("1/2", 1, "10");
        check("-1/2", -1, "10");
    }

    /// Where the denominator is not 1, bounds that are not 1 are multiplied by it.
    #[test]
    fn bounds_are_taken_over_the_denominator_of_the_dual_variable() {
        let dual = Dual {
            numerators: [21, -14, 20, 7, 0].map(BigInt::from).to_vec(),
            time: BigInt::one(),
            bounds: [3, 2, 3, 3, 1].map(BigInt::from).to_vec(),
            bounds_denominator: BigInt::from(5),
            unit: BigInt::from(7),
            factors: vec![BigInt::from(7)],
        };
        assert_eq!(dual.bound(0), BigInt::from(21));
        assert_eq!(dual.bound(4), BigInt::from(7));
        assert_eq!(dual.at_bound(), [(0, true), (1, false)]);
        assert_eq!(dual.point().denominator, BigInt::from(35));
    }

    #[test]
    fn a_time_is_in_lowest_terms() {
        let dual = Dual {
            numerators: vec![BigInt::from(1)],
            time: BigInt::from(2 * 2 * 3 * 5 * 49),
            bounds: vec![BigInt::from(3)],
            bounds_denominator: BigInt::from(4),
            unit: BigInt::from(6 * 14 * 11),
            factors: [6, 14, 11].map(BigInt::from).to_vec(),
        };
        assert_eq!(dual.time().to_string(), "35/44");
        assert_eq!(Some(dual.time()), Rational::new(2940, 3696));
    }
}
