//! Approximate inverses, fits and their corrections against exact rationals, and against the formulas of their bounds.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::DiagonalInstance;

use super::super::bounds::UNIT;
use super::super::tests::{bounds, fraction, gram, instance, number, power, rational, solved};
use super::*;

/// Every entry of the inverse times a factor, and one more wrong by itself.
fn spoil(support: &mut Support, factor: f64) {
    for entry in &mut support.inverse.entries {
        *entry *= factor;
    }
    if let Some(first) = support.inverse.entries.first_mut() {
        *first *= factor;
    }
}

/// Some supports with four coordinates.
fn supports() -> Vec<(Equations, Support)> {
    let make = |seed| {
        let mut equations = Equations::new(&instance(8, 6, seed), 3);
        let support = Support::of(&[3, 0, 4, 1], &mut equations).expect("independent");
        (equations, support)
    };
    (0..6).map(make).collect()
}

/// `side − K x` exactly.
fn exact_residual(
    equations: &Equations,
    places: &[usize],
    side: &[Rational],
    x: &[Rational],
) -> Vec<Rational> {
    let row = |(&p, r): (&usize, &Rational)| {
        let terms = places.iter().zip(x);
        r - &terms
            .map(|(&q, x)| gram(equations, p, q) * x)
            .sum::<Rational>()
    };
    places.iter().zip(side).map(row).collect()
}

fn squared_norm(x: &[Rational]) -> Rational {
    x.iter().map(|x| x * x).sum()
}

fn rationals(x: &[f64]) -> Vec<Rational> {
    x.iter().map(|&x| rational(x)).collect()
}

/// The norm of `side − K x` is at most its value in doubles and what these may lose, whichever of both is larger.
#[test]
fn residuals_are_bounded() {
    for (equations, support) in supports() {
        for (side, x) in [
            ([0.75, -0.5, 0.25, -1.0], [0.0; 4]),
            ([1.0, 1.0, -1.0, 1.0], [1e15, -1e15, 3e15, 2e15]),
            ([0.0; 4], [-0.3, 0.7, 1e-3, 1e-9]),
        ] {
            for largest in [1.0, 2.0] {
                let found = support.residual_norm(&side, &x, largest);
                let rounding = residual_error(4, largest, sum_norm(&x));
                bounds(found, norm(&support.residual(&side, &x)) + rounding);
                let places = support.places();
                let exact = exact_residual(&equations, places, &rationals(&side), &rationals(&x));
                assert!(squared_norm(&exact) <= rational(found) * rational(found));
            }
        }
    }
}

/// Solutions by an inverse in doubles, good or bad, have a residual and an error of at most what they say; one correction squares
/// what the inverse is wrong by.
#[test]
fn solutions_in_doubles_are_bounded() {
    for (equations, mut support) in supports() {
        for factor in [1.0, 1.0 + 1e-3, 0.9] {
            spoil(&mut support, factor);
            for position in 0..4 {
                let mut side = vec![0.0; 4];
                side[position] = 1.0;
                let applied = support.inverse_row(position);
                bounds(
                    applied.residual,
                    support.residual_norm(&side, &applied.values, 1.0),
                );
                bounds(applied.error, support.inverse_norm() * applied.residual);
                let exact = solved(&equations, support.places(), &rationals(&side));
                let wrong = exact.iter().zip(&applied.values);
                let wrong: Vec<Rational> = wrong.map(|(x, &y)| x - &rational(y)).collect();
                assert!(squared_norm(&wrong) <= rational(applied.error) * rational(applied.error));

                let mut once = support.apply_inverse(&side);
                let left = support.residual(&side, &once);
                add(&mut once, &support.apply_inverse(&left));
                let (left, after) = (norm(&left), applied.residual);
                assert!(after < 0.6 * left || after < 1e-11, "{after} {left}");
                assert_eq!(once, applied.values);
            }
        }
    }
}

/// `‖w‖ ρ + ‖K⁻¹‖ ρ²`, and the roundings of five terms.
#[test]
fn pivots_are_wrong_by_no_more_than_their_terms() {
    let (_, mut support) = supports().swap_remove(0);
    support.inverse_norm = 32.0;
    for (values, residual) in [
        (vec![3.0, 0.0, -4.0, 0.0], 0.125),
        (vec![0.0; 4], 0.5),
        (vec![3.0, 0.0, -4.0, 0.0], 0.0),
    ] {
        let length = 5.0 * f64::from(u8::from(values[0] > 0.0));
        let rounding = residual_error(5, 1.0, sum_norm(&values));
        let applied = Applied {
            values,
            residual,
            error: 0.0,
        };
        let formula = length * residual + 32.0 * residual * residual + rounding;
        bounds(support.pivot_error(&applied), formula);
    }
}

/// A new column with `w = K⁻¹k` makes the norm of the inverse larger by no more than `(1 + ‖w‖²)/p`, and the bound of it by that for
/// numbers as uncertain as they are.
#[test]
fn the_norm_of_the_inverse_grows_as_it_must() {
    for (mut equations, original) in supports() {
        for factor in [1.0, 1.0 + 1e-6, 0.98, 0.9, 0.0] {
            let mut support = original.clone();
            spoil(&mut support, factor);
            let before = support.clone();
            let place = equations.place(2);
            let column: Vec<f64> = {
                let row = equations.gram_floats(place);
                support.places.iter().map(|&q| row[q]).collect()
            };
            let exact_column: Vec<Rational> = support
                .places
                .iter()
                .map(|&q| gram(&equations, place, q))
                .collect();
            let w = solved(&equations, &support.places, &exact_column);
            let products = w.iter().zip(&exact_column).map(|(w, k)| w * k);
            let pivot = gram(&equations, place, place) - products.sum::<Rational>();
            let growth = (Rational::one() + squared_norm(&w))
                .checked_div(&pivot)
                .expect("not 0");
            let least = rational(before.inverse_norm) + growth.clone();

            let applied = before.inverse_times(&column);
            let (rho, norm_w) = (applied.residual, norm(&applied.values));
            let near = equations.gram_floats(place)[place] - dot(&column, &applied.values);
            let rounding = residual_error(5, 1.0, sum_norm(&applied.values));
            let uncertain = norm_w * rho + before.inverse_norm * rho * rho + rounding;
            let length = norm_w + before.inverse_norm * rho;
            let formula = before.inverse_norm + (length * length + 1.0) / (near - uncertain);
            let pushed = support.push(2, &mut equations);
            assert_eq!(pushed.is_some(), near > uncertain, "{factor}");
            if pushed.is_some() {
                assert!(rational(support.inverse_norm) >= least);
                assert!(support.inverse_norm >= formula);
                // Rounding is given away before the division, which enlarges it.
                let room = 1.0 + 1e-7 * near / (near - uncertain);
                assert!(support.inverse_norm <= formula * room);
                if factor == 1.0 {
                    assert!(rational(support.inverse_norm) <= least * rational(1.000_001));
                }
            }
        }
        // Without an inverse nothing is known of w, and a column that is there already is not independent.
        let mut support = original.clone();
        assert!(support.push(3, &mut equations).is_none());
        support = original.clone();
        support.inverse_norm = f64::NAN;
        assert!(support.push(2, &mut equations).is_none());
        support.inverse_norm = f64::INFINITY;
        assert!(support.push(2, &mut equations).is_none());
    }
}

/// The inverse in doubles stays one when coordinates come and go.
#[test]
fn inverses_are_kept_up() {
    for (mut equations, mut support) in supports() {
        support.push(2, &mut equations).expect("independent");
        support.remove(1);
        support.push(0, &mut equations).expect("independent");
        support.remove(0);
        assert_eq!(support.coordinates(), [4, 1, 2, 0]);
        for position in 0..4 {
            let mut side = vec![0.0; 4];
            side[position] = 1.0;
            let exact = solved(&equations, support.places(), &rationals(&side));
            for (found, exact) in support.apply_inverse(&side).iter().zip(&exact) {
                assert!((found - exact.to_f64()).abs() < 1e-11);
            }
        }
        for (k, &i) in support.coordinates.iter().enumerate() {
            assert_eq!(support.moments[k], equations.floats.moments[i]);
        }
    }
}

#[test]
fn signs_are_told_where_numbers_are_not_0() {
    let fit = Approximate {
        values: vec![0.5, -0.75, 0.25, -0.25, 0.0],
        radius: 0.25,
    };
    let signs: Vec<Option<Ordering>> = (0..5).map(|k| fit.sign(k)).collect();
    let expected = [
        Some(Ordering::Greater),
        Some(Ordering::Less),
        None,
        None,
        None,
    ];
    assert_eq!(signs, expected);
}

/// A worn-out inverse is computed afresh, and a good one is not.
#[test]
fn a_fit_does_with_the_inverse_as_long_as_it_is_good() {
    for (mut equations, original) in supports() {
        let side: Vec<Rational> = original.moments.iter().map(|&c| rational(c)).collect();
        let exact = solved(&equations, original.places(), &side);
        for (factor, is_good) in [
            (1.0, true),
            (1.0 + 1e-9, true),
            (1.0 + 1e-4, false),
            (f64::NAN, false),
        ] {
            let mut support = original.clone();
            spoil(&mut support, factor);
            let before = support.inverse.entries.clone();
            let fit = support.solve(&mut equations).expect("independent");
            assert_eq!(support.inverse.entries == before, is_good, "{factor}");
            let residual = support.residual_norm(&support.moments, &fit.values, 1.0);
            bounds(fit.radius, support.inverse_norm * residual);
            for (found, exact) in rationals(&fit.values).iter().zip(&exact) {
                let wrong = (found - exact).abs();
                // The moments have an error of less than one unit.
                let of_moments = rational(support.inverse_norm * UNIT);
                assert!(wrong <= rational(fit.radius) + of_moments);
                assert!(wrong < rational(1e-12));
            }
        }
    }
}

/// Inputs that do not fit the words, so that K' and c' are known up to units.
fn inexact(power_of_labels: i64) -> (Equations, Support) {
    let mut entries = [5, 1, 0, 2, 7, 1, 0, 1, 11].map(Rational::integer).to_vec();
    entries[8] = &entries[8] + &power(-300);
    let inputs = RationalMatrix::new(3, 3, entries).expect("nine entries");
    // Labels almost orthogonal to the first column where the power is negative.
    let labels = [-2, 5, 31].map(Rational::integer).to_vec();
    let labels = vec![
        &labels[0] * &power(power_of_labels),
        &labels[1] * &power(power_of_labels),
        labels[2].clone(),
    ];
    let instance = DiagonalInstance::new("test".to_owned(), inputs, labels, None, None);
    let mut equations = Equations::new(&instance.expect("valid"), 3);
    let support = Support::of(&[1, 0], &mut equations).expect("independent");
    (equations, support)
}

/// An empty solution of `K x = c`, with c over `2^exponent`.
fn correction(support: &Support, equations: &Equations, exponent: i64) -> Correction {
    let mut left = Remainders::new(equations.words());
    for &i in support.coordinates() {
        assert!(left.push((equations.moments(), i), -exponent));
    }
    Correction {
        block: Block {
            fractions: Fractions::zeros(equations.words(), support.coordinates().len()),
            exponent,
            radius: f64::INFINITY,
            residual: f64::INFINITY,
        },
        left,
        given: 0.0,
        dropped: 0.0,
    }
}

/// Integers of 53 bits, rounded, over a power of 2 that is no less than the unit and not so large that digits would be lost.
#[test]
fn doubles_become_integers_over_one_power() {
    let (equations, _) = inexact(0);
    let check = |x: &[f64], top: i64, expected: i64| {
        let (factors, power_of_all) = integers(x, top, &equations).expect("in range");
        assert_eq!(power_of_all, expected);
        for (&factor, &x) in factors.iter().zip(x) {
            assert!(factor.abs() <= 1 << 53);
            let wrong = Rational::integer(factor) * power(power_of_all) - rational(x) * power(top);
            assert!(wrong.abs() <= power(power_of_all - 1));
        }
    };
    // 1.75 < 2, so that the integers are below 2^53 over 2^(1 − 53) times 2^top.
    check(&[1.75, -1.0 / 3.0, 0.0, 1e-17], -10, -62);
    check(&[1.75, -1.0 / 3.0], -1, -53);
    check(&[-0.3, 1e-3], 0, -54);
    // No less than the unit.
    check(&[1.75, -1.0 / 3.0], -140, -192);
    check(&[1.75, -1.0 / 3.0], -170, -192);
    assert!(integers(&[1.75], 0, &equations).is_none());
    assert!(integers(&[1.75], 40, &equations).is_none());
    assert!(integers(&[f64::INFINITY], -10, &equations).is_none());
    assert!(integers(&[1.0, f64::NEG_INFINITY], -10, &equations).is_none());
}

/// What is left after summands were subtracted is known up to the digits that were dropped, less than a unit each time, and to the
/// roundings of the remainders.
#[test]
fn summands_are_subtracted_up_to_what_is_dropped() {
    for (equations, support) in supports() {
        let precision = i64::from(equations.precision());
        let mut correction = correction(&support, &equations, 3);
        let mut left: Vec<Rational> = support
            .coordinates()
            .iter()
            .map(|&i| fraction(equations.moments(), i) * power(-3))
            .collect();
        let mut dropped = 0.0;
        for (factors, exponent, digits) in [
            ([1_i64 << 52, -(1 << 53), 12_345, 0], -53, 3),
            ([7, 1 << 50, -(1 << 51), 3], -100, 3),
            ([1 << 53, 1 << 53, 1 << 53, 1 << 53], -140, 2),
            ([1 << 40, 1 << 50, 1 << 51, 9], -192, 1),
            // Just below and just above 2^63 units.
            ([(1 << 53) - (1 << 24), 0, 0, 0], -182, 1),
            ([(1 << 53) + (1 << 24), 0, 0, 0], -182, 2),
        ] {
            correction.subtract(&support, &factors, exponent, &equations);
            let sum: i64 = factors.iter().map(|factor| factor.abs()).sum();
            let units = sum as f64 * two_to(exponent + precision);
            dropped += units * two_to(-63 * digits);
            bounds(correction.dropped, dropped);
            let summand = factors.map(|factor| Rational::integer(factor) * power(exponent));
            left = exact_residual(&equations, support.places(), &left, &summand);
            let allowed = rational(correction.dropped + LOST) * power(-precision);
            for (k, exact) in left.iter().enumerate() {
                let found = correction.left.leading(k);
                let found = found.map_or(Rational::zero(), |(x, exponent)| {
                    rational(x) * power(exponent)
                });
                let truncated = exact.abs() * power(-51);
                assert!((found - exact).abs() <= &allowed + &truncated);
            }
        }
    }
}

/// Errors of the side, of what was dropped, of K for the sum of the solution, and of roundings.
#[test]
fn errors_of_corrections_add_up() {
    let (equations, support) = inexact(0);
    assert_eq!(equations.error(), 8.0);
    let mut correction = correction(&support, &equations, 3);
    assert_eq!(LOST, two_to(-40));
    bounds(correction.given(&equations), LOST);
    assert!(correction.add(&[3 << 50, -(1 << 50)], -53).is_some());
    bounds(correction.given(&equations), 4.0 + LOST);
    [correction.given, correction.dropped] = [0.5, 0.25];
    bounds(correction.given(&equations), 4.75 + LOST);
    assert!(correction.add(&[1 << 53, 0], -53).is_none());
}

fn assert_solves(block: &Block, exact: &[Rational]) {
    for (k, exact) in exact.iter().enumerate() {
        let wrong = number(block, k) - exact;
        assert!(wrong.abs() <= rational(block.radius) * power(block.unit()));
    }
}

/// A refined fit counts the errors of c' and K', is as near as the fractions allow where the inverse is good, and as near as it says
/// where it is bad.
#[test]
fn refined_fits_are_bounded() {
    for power_of_labels in [0, -10, -20, -40] {
        let (mut equations, original) = inexact(power_of_labels);
        let moments: Vec<Rational> = original
            .coordinates
            .iter()
            .map(|&i| fraction(equations.moments(), i))
            .collect();
        let exact = solved(&equations, original.places(), &moments);
        // With factors beyond 2 a correction makes matters worse.
        for (factor, most) in [
            (1.0, 28),
            (1.01, 28),
            (0.995, 28),
            (0.6, 200),
            (1.4, 200),
            (-3.0, 200),
            (9.0, 200),
        ] {
            let mut support = original.clone();
            let start = support.solve(&mut equations).expect("independent");
            spoil(&mut support, factor);
            let block = support.refine(&start, &equations).expect("a fit");
            assert_solves(&block, &exact);
            assert!(block.radius <= two_to(most), "{factor} {}", block.radius);
            let sizes = exact.iter().map(|b| b.abs().to_f64());
            let largest = start
                .values
                .iter()
                .fold(0.0, |most: f64, b| most.max(b.abs()));
            assert_eq!(block.exponent, exponent_above(largest) + 1);
            let scale = two_to(-block.exponent);
            let given = 8.0 * scale + 8.0 * scale * sizes.sum::<f64>();
            assert!(block.residual >= given);
            // The norm of errors of two entries is at most their sum.
            let least = support.inverse_norm() * block.residual;
            assert!(block.radius >= least * (1.0 - 1e-8) && block.radius <= 1.5 * least);
        }
    }
}

/// A solution counts the error of its side, and whatever it starts from it is as near as it says.
#[test]
fn corrected_solutions_are_bounded() {
    for (equations, original) in supports() {
        for (factor, most) in [(1.0, 28), (1.01, 28), (0.6, 200)] {
            let mut support = original.clone();
            spoil(&mut support, factor);
            for (exponents, radius) in [([5, 9], 0.0), ([9, 30], 1e12), ([5, 9], 1e30)] {
                let mut fractions = Fractions::zeros(3, 4);
                for (k, x) in [0.3, -0.7, 1e-3, 0.99].into_iter().enumerate() {
                    assert!(fractions.add_f64(k, x, -4));
                }
                let side = Block {
                    fractions: fractions.clone(),
                    exponent: exponents[0],
                    radius,
                    residual: 0.0,
                };
                let values: Vec<Rational> = (0..4).map(|k| number(&side, k)).collect();
                let exact = solved(&equations, support.places(), &values);
                let largest = exact.iter().map(Rational::abs).max().expect("four numbers");
                let exponent = exponents[1].max(exponent_above(largest.to_f64()) + 3);
                // From numbers that have nothing to do with the solution.
                fractions.negate(2);
                let block = support.correct(fractions, exponent, &side, &equations);
                let block = block.expect("a solution");
                assert_solves(&block, &exact);
                let of_side = radius * two_to(side.exponent - exponent);
                assert!(block.residual >= of_side);
                if radius > 0.0 && factor == 1.0 {
                    // Nothing else is as large, but for a correction that is small.
                    assert!(block.residual <= 1.01 * of_side + two_to(30));
                    let least = 2.0 * support.inverse_norm() * of_side;
                    let room = 1.000_001 * block.residual / of_side;
                    assert!(block.radius >= least && block.radius <= least * room);
                } else if radius == 0.0 {
                    assert!(block.radius <= two_to(most), "{factor} {}", block.radius);
                }
            }
        }
    }
}

/// A number that has no room, or an inverse that leads away, is not corrected.
#[test]
fn what_cannot_be_corrected_is_refused() {
    for (mut equations, original) in supports() {
        let mut support = original.clone();
        let mut start = support.solve(&mut equations).expect("independent");
        support.inverse_norm = f64::INFINITY;
        assert!(support.refine(&start, &equations).is_none());
        // Beyond the room before the point of a remainder.
        start.values.fill(two_to(-80));
        assert!(original.refine(&start, &equations).is_none());
    }
}

fn rows(square: &Square, side: usize) -> Vec<Vec<f64>> {
    square.rows(side).map(<[f64]>::to_vec).collect()
}

#[test]
fn squares_grow_and_shrink() {
    let entry = |i: usize, j: usize| (i * j + i + j) as f64;
    let mut square = Square::default();
    let mut kept: Vec<usize> = vec![];
    for k in 0..3 * ROOM {
        let border: Vec<f64> = kept.iter().map(|&i| entry(i, k)).collect();
        square.grow(&border, entry(k, k));
        kept.push(k);
        if k % 5 == 4 {
            let position = k % kept.len();
            let row = square.shrink(position, kept.len());
            let expected: Vec<f64> = kept.iter().map(|&j| entry(kept[position], j)).collect();
            assert_eq!(row, expected);
            kept.remove(position);
        }
        let row = |&i: &usize| kept.iter().map(|&j| entry(i, j)).collect();
        let expected: Vec<Vec<f64>> = kept.iter().map(row).collect();
        assert_eq!(rows(&square, kept.len()), expected);
    }
}
