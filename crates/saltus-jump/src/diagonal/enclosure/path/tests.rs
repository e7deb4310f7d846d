//! What rests, what is bounded and by how much: against exact rationals, and against the formulas of the bounds.

use saltus_exact::Rational;

use super::super::Process;
use super::super::tests::{
    bounds, fraction, gram, instance, number, power, rational, solved, with_numbers_at_rest,
};
use super::*;

fn numbers(block: &Block) -> Vec<Rational> {
    (0..block.fractions.len())
        .map(|k| number(block, k))
        .collect()
}

fn largest_of(numbers: &[Rational]) -> Rational {
    let sizes = numbers.iter().map(Rational::abs);
    sizes.max().unwrap_or_else(Rational::zero)
}

#[test]
fn exponents_leave_a_bit_to_spare() {
    for exponent in [-1000, -1, 0, 1, 52, 998] {
        let size = two_to(exponent);
        assert_eq!(exponent_for(size), Some(exponent + 2));
        assert_eq!(exponent_for(1.9 * size), Some(exponent + 2));
    }
    assert_eq!(exponent_for(two_to(999)), None);
    assert_eq!(exponent_for(f64::INFINITY), None);
    assert_eq!(exponent_for(f64::NAN), None);
}

/// What rests is put over one exponent, and moves by no more than a unit.
#[test]
fn numbers_at_rest_are_collected() {
    for (equations, mut process) in with_numbers_at_rest() {
        for (k, rest) in process.path.resting.iter_mut().enumerate() {
            // Numbers that do not fill their words, so that exponents may differ by a few.
            rest.fractions.shift_down(0, 9);
            rest.exponent += 3 * k as i64;
        }
        let path = &process.path;
        let resting = path.at_jump(&equations).expect("small numbers");
        let most = path.resting.iter().map(|rest| rest.exponent).max();
        assert_eq!(Some(resting.block.exponent), most);
        let unit = power(resting.block.unit());
        for (k, (place, held)) in path.numbers_at_rest().into_iter().enumerate() {
            assert_eq!(resting.places[k], place);
            assert!((number(&resting.block, k) - held).abs() < unit);
        }
        assert_eq!(resting.block.radius, 1.0);
        let noise = path.resting.iter().flat_map(|rest| &rest.noise);
        bounds(resting.noise, noise.map(|x| x.abs()).sum());
    }
}

/// With a row `y` of which the error e is known: `Σ_l |Σ_r (yᵀk_r − direct_r) noise_rl − found_l|` is bounded, whether e is 0 or
/// large, along a column or not; and the bound is `(‖e‖ √m + (m + |D| + L + 16) ε (Σ|y_k| + 1)) Σ|noise|`.
#[test]
fn noise_is_propagated_up_to_its_bound() {
    for (equations, mut process) in with_numbers_at_rest() {
        let places = process.fit.places.clone();
        let (m, rests) = (places.len(), process.path.resting.len());
        process.path.symbols = 5;
        for (r, rest) in process.path.resting.iter_mut().enumerate() {
            rest.noise = (0..5)
                .map(|l| (3.0 - l as f64) / (r + l + 1) as f64)
                .collect();
        }
        let direct: Vec<f64> = (0..rests).map(|r| 0.75 - 0.5 * r as f64).collect();
        let path = &process.path;
        let resting = path.at_jump(&equations).expect("small numbers");
        let mut unit = vec![Rational::zero(); m];
        unit[m / 2] = Rational::one();
        let exact = solved(&equations, &places, &unit);
        for disturbed in [0.0, 1e-15, 1e-6, 1.0] {
            for (r, rest) in path.resting.iter().enumerate() {
                let mut row = process.support.inverse_row(m / 2);
                let column = equations.gram_floats(rest.place);
                for (y, &q) in row.values.iter_mut().zip(&places) {
                    *y += disturbed * column[q];
                }
                let length: f64 = places.iter().map(|&q| column[q] * column[q]).sum();
                row.error += 1.000_000_1 * disturbed * length.sqrt();
                let (noise, bound) = path.propagate(&row, &places, &direct, &resting, &equations);
                let terms = (m + rests + 5 + 16) as f64;
                let sizes: f64 = row.values.iter().map(|y| y.abs()).sum();
                let factor = row.error * (m as f64).sqrt() + terms * f64::EPSILON * (sizes + 1.0);
                bounds(bound, factor * resting.noise);

                let coefficient = |s: usize| -> Rational {
                    let column = places
                        .iter()
                        .map(|&q| gram(&equations, path.resting[s].place, q));
                    let sum: Rational = column.zip(&exact).map(|(k, y)| k * y).sum();
                    sum - rational(direct[s])
                };
                let coefficients: Vec<Rational> = (0..rests).map(coefficient).collect();
                let mut wrong = Rational::zero();
                for (l, &found) in noise.iter().enumerate() {
                    let sum: Rational = (0..rests)
                        .map(|s| &coefficients[s] * rational(path.resting[s].noise[l]))
                        .sum();
                    wrong = wrong + (sum - rational(found)).abs();
                }
                assert!(wrong <= rational(bound));
                // With one number at rest the bound is attained but for the factor between the column and √m.
                if rests == 1 && disturbed == 1.0 {
                    let part = rational(0.5 * length.sqrt() / (m as f64).sqrt());
                    assert!(wrong >= rational(bound) * part, "{r}");
                }
            }
        }
    }
}

/// The hit that is to come and its clock.
fn next(process: &Process, equations: &mut Equations) -> (Hit, Clock) {
    let (path, fit) = (&process.path, &process.fit);
    let hit = path.next_hit(fit, &process.support, equations);
    let hit = hit.expect("decided").expect("the process is not over");
    let clock = Clock::at(&hit, equations).expect("a small time");
    (hit, clock)
}

/// A time stands for its interval: its lower end to a unit of the words, with what is uncertain in units of that.
#[test]
fn clocks_show_their_times() {
    for (mut equations, process) in with_numbers_at_rest() {
        let (mut hit, _) = next(&process, &mut equations);
        let precision = i64::from(equations.precision());
        for (shift, width, radius, speed, miss) in [
            (0, 2.0, 3.0, 0.5, 7.0),
            (9, 300.0, 0.0, 4.0, 1.0),
            (-7, 0.0, 500.0, 1.0, 0.0),
            (0, 0.0, 0.0, 1.5, 0.0),
        ] {
            hit.middle = hit.middle.shifted(shift);
            (hit.width, hit.radius, hit.speed, hit.miss) = (width, radius, speed, miss);
            let clock = Clock::at(&hit, &equations).expect("a small time");
            let latest = hit.middle.upper().to_f64();
            bounds(clock.size, latest);
            let unit = two_to(clock.exponent);
            assert!(clock.size < unit && clock.size >= 0.499 * unit);
            bounds(clock.radius, (width + radius) / unit + 1.0);
            bounds(clock.miss, miss + unit * speed);
            let held = fraction(&clock.fractions, 0) * power(clock.exponent);
            let below = hit.middle.lower() - &held;
            assert!(below >= Rational::zero() && below < power(clock.exponent - precision));
            assert_eq!(
                fraction(&clock.fractions, 1),
                -fraction(&clock.fractions, 0)
            );
        }
        hit.middle = hit.middle.shifted(2000);
        assert!(Clock::at(&hit, &equations).is_none());
    }
}

/// `a_j = u b_j − z_j` where a coordinate leaves, and everything that may be wrong with it: with δu, δb and δz for the errors of the
/// time, of b' and of z, in units, it is at most `δu |b̂| + δb |û| + δu δb + δz`, two roundings, what δb makes of the noise of the
/// time, and the roundings of the noise.
#[test]
fn numbers_at_rest_are_bounded() {
    let large = two_to(180);
    for (mut equations, process) in with_numbers_at_rest() {
        let precision = i64::from(equations.precision());
        let (hit, _) = next(&process, &mut equations);
        assert_eq!(hit.noise.len(), process.path.symbols);
        let resting = process.path.at_jump(&equations).expect("small numbers");
        for (radii, units, shifts) in [
            ([0.0, 0.0, 0.0], 1.0, [0, 0]),
            ([3.0, 5.0, 9.0], 1.0, [0, 0]),
            ([5.0, 3.0, 1.0], 0.0, [7, 1]),
            ([0.0, 0.0, 0.0], large, [0, 0]),
            ([0.0, 2.0, 0.0], large, [1, 0]),
            ([large, 4.0 * large, large], 1.0, [3, 8]),
            ([1e3, 2e2, 1e4], 1e-3, [-5, 6]),
        ] {
            let mut before = process.fit.clone();
            before.block.exponent += shifts[0];
            before.offset.exponent += shifts[1];
            [before.block.radius, before.offset.radius] = [radii[0], radii[1]];
            let (mut hit, _) = next(&process, &mut equations);
            for (l, noise) in hit.noise.iter_mut().enumerate() {
                *noise += units * (l as f64 + 1.0);
            }
            let mut clock = Clock::at(&hit, &equations).expect("a small time");
            clock.radius = radii[2];
            let position = before.places.len() / 3;
            let rest = process.path.departure(
                position,
                (&hit, &clock),
                &before,
                &process.support,
                &resting,
                &equations,
            );
            let mut rest = rest.expect("small numbers");
            assert_eq!(rest.place, before.places[position]);

            let time = fraction(&clock.fractions, 0) * power(clock.exponent);
            let b = number(&before.block, position);
            let held = fraction(&rest.fractions, 0) * power(rest.exponent);
            let expected = &time * &b - number(&before.offset, position);
            let unit = power(rest.exponent - precision);
            assert!((&held - expected).abs() <= Rational::integer(2) * unit);
            // All numbers of the fit have room, and one bit to spare.
            let size = rational(clock.size) * largest_of(&numbers(&before.block))
                + largest_of(&numbers(&before.offset));
            assert!(size < power(rest.exponent - 1));
            assert!(size * rational(1.000_001) >= power(rest.exponent - 2));

            let own = rest.noise.pop().expect("an error of its own");
            let row = process.support.inverse_row(position);
            let direct = vec![0.0; resting.places.len()];
            let path = &process.path;
            let (of_offset, error) =
                path.propagate(&row, &before.places, &direct, &resting, &equations);
            assert_eq!(rest.noise.len(), of_offset.len());
            let b = b.to_f64();
            for ((&found, &u), &z) in rest.noise.iter().zip(&hit.noise).zip(&of_offset) {
                let rounding = 4.0 * f64::EPSILON * ((b * u).abs() + z.abs());
                assert!((found - (b * u - z)).abs() <= rounding);
            }
            let sum = |noise: &[f64]| noise.iter().map(|x| x.abs()).sum::<f64>();
            let of_time = sum(&hit.noise);
            let of_b = before.block.radius * two_to(before.block.exponent);
            let of_u = clock.radius * two_to(clock.exponent);
            let small = two_to(-precision);
            let formula = of_u * two_to(before.block.exponent)
                + of_b * two_to(clock.exponent)
                + of_u * (of_b * small)
                + before.offset.radius * two_to(before.offset.exponent)
                + 2.0 * two_to(rest.exponent)
                + of_b * small * of_time
                + 4.0 * f64::EPSILON * (b.abs() * of_time + sum(&of_offset))
                + error;
            bounds(own, formula);
        }
        let mut before = process.fit.clone();
        before.block.exponent += 2000;
        let (hit, clock) = next(&process, &mut equations);
        let places = (&process.support, &resting);
        let rest =
            process
                .path
                .departure(0, (&hit, &clock), &before, places.0, places.1, &equations);
        assert!(rest.is_none());
        before = process.fit.clone();
        before.block.radius = f64::INFINITY;
        let rest =
            process
                .path
                .departure(0, (&hit, &clock), &before, places.0, places.1, &equations);
        assert!(rest.is_none());
    }
}

/// `z = u b' − a` with a as it is before the jump, to four units of one exponent that leaves a bit to spare, whichever of the
/// numbers is the largest.
#[test]
fn the_offset_starts_from_where_the_path_is() {
    for (mut equations, mut process) in with_numbers_at_rest() {
        let precision = i64::from(equations.precision());
        next(&process, &mut equations);
        let entering = equations.known().len();
        for shifts in [
            [0, 0, 0, 0],
            [12, 0, 0, 0],
            [0, 12, 0, 0],
            [0, 0, 12, 0],
            [0, 0, 0, 12],
        ] {
            let (mut before, mut block) = (process.fit.clone(), process.fit.block.clone());
            block.exponent += shifts[0];
            before.block.exponent += shifts[1];
            before.offset.exponent += shifts[2];
            for rest in &mut process.path.resting {
                rest.exponent += shifts[3];
            }
            let (_, clock) = next(&process, &mut equations);
            // One stays, one enters again, and one enters.
            let places = [before.places[1], process.path.resting[0].place, entering];
            let path = &process.path;
            let start = path.start(&clock, &before, &block, &places, &equations);
            let start = start.expect("small numbers");
            let time = fraction(&clock.fractions, 0) * power(clock.exponent);
            let rested = path.numbers_at_rest();
            let unit = power(start.exponent - precision);
            let of_before = &time * number(&before.block, 1) - number(&before.offset, 1);
            let of_path = [of_before, rested[0].1.clone(), Rational::zero()];
            for (k, a) in of_path.iter().enumerate() {
                let expected = &time * number(&block, k) - a;
                assert!((number(&start, k) - expected).abs() <= Rational::integer(4) * &unit);
            }
            let rested: Vec<Rational> = rested.into_iter().map(|(_, a)| a).collect();
            let sizes = largest_of(&numbers(&block)) + largest_of(&numbers(&before.block));
            let size = rational(clock.size) * sizes
                + largest_of(&numbers(&before.offset))
                + largest_of(&rested);
            assert!(size < power(start.exponent - 1));
            assert!(size * rational(1.000_001) >= power(start.exponent - 2));
            assert!(start.radius.is_infinite() && start.residual.is_infinite());
            for rest in &mut process.path.resting {
                rest.exponent -= shifts[3];
            }
        }
    }
}

/// `k_S + K'_SD a_D` is as near as it says, which is as near as an error of one unit of every number at rest allows, one of K' for
/// every one of them in their size, and four roundings.
#[test]
fn the_side_is_bounded() {
    for (equations, mut process) in with_numbers_at_rest() {
        let precision = i64::from(equations.precision());
        for shift in [0, 10, -10] {
            for rest in &mut process.path.resting {
                rest.exponent += shift;
            }
            let (path, fit) = (&process.path, &process.fit);
            let side = path.side(&process.support, &process.positive, &equations);
            let side = side.expect("small numbers");
            let resting = path.at_jump(&equations).expect("small numbers");
            let held = numbers(&resting.block);
            let sum: Rational = held.iter().map(Rational::abs).sum();
            let bound = |&i: &usize| equations.bound(i).lower();
            for (k, (&place, &i)) in fit.places.iter().zip(&fit.coordinates).enumerate() {
                let k_i = if process.positive[i] {
                    bound(&i)
                } else {
                    -bound(&i)
                };
                let rested = path.numbers_at_rest().into_iter();
                let sum: Rational = rested.map(|(q, a)| gram(&equations, place, q) * a).sum();
                let wrong = number(&side, k) - (k_i + sum);
                assert!(wrong.abs() <= rational(side.radius) * power(side.unit()));
            }
            let formula = held.len() as f64 * two_to(resting.block.exponent)
                + equations.error() * sum.to_f64()
                + 4.0 * two_to(side.exponent);
            bounds(side.radius * two_to(side.exponent), formula);
            let largest = fit.coordinates.iter().map(bound).max().expect("a support");
            let size = largest + sum;
            assert!(size < power(side.exponent - 1));
            assert!(size * rational(1.000_001) >= power(side.exponent - 2));
            assert_eq!(side.unit(), side.exponent - precision);
        }
    }
}

/// After a jump z leaves of its equations, in units, no more than the larger of what it left before and how far the hit may miss,
/// the time times what both fits leave, and four roundings for every number of the support and for every one that begins to rest;
/// and its error is at most `‖K'⁻¹‖ √m` times that. Where that is too much, z is corrected.
#[test]
fn residuals_of_the_offset_are_bounded() {
    let (mut departures, mut again) = (0, 0);
    for seed in 0..30 {
        let make = || {
            let mut equations = Equations::new(&instance(9, 14, seed), 3);
            let mut process = Process::new(&equations);
            for _ in 0..2 + seed % 6 {
                process.step(&mut equations).expect("decided");
            }
            (equations, process)
        };
        let (mut equations, mut after) = make();
        if after.fit.coordinates.len() == 9 {
            continue;
        }
        let (hit, _) = next(&after, &mut equations);
        after.positive[hit.coordinate] = hit.positive;
        after.jump(&hit, &mut equations).expect("decided");
        let m = after.fit.places.len();
        let norm = after.support.inverse_norm() * (m as f64).sqrt();
        for (kept, miss, of_before, of_after) in [
            (0.0, 0.0, 0.0, 0.0),
            (1e3, 0.0, 1e2, 2e2),
            (0.0, 1e3, 2e2, 1e2),
            (1e4, 2e4, 0.0, 0.0),
            (1e30, 0.0, 0.0, 0.0),
        ] {
            let (_, mut process) = make();
            let (mut hit, _) = next(&process, &mut equations);
            hit.miss = miss;
            process.fit.offset.residual = kept;
            process.fit.block.residual = of_before;
            let mut block = after.fit.block.clone();
            block.residual = of_after;
            let (clock, known) = (
                Clock::at(&hit, &equations).expect("a small time"),
                process.path.symbols,
            );
            let before = (&process.fit, &process.support);
            let rested = process.path.numbers_at_rest();
            let settled = process.path.settle(
                &hit,
                before,
                &block,
                &after.support,
                &after.positive,
                &equations,
            );
            let offset = settled.expect("well-conditioned");
            let is_new = |rest: &&Rest| !rested.iter().any(|(place, _)| *place == rest.place);
            let new: Vec<&Rest> = process.path.resting.iter().filter(is_new).collect();
            let expected_new = |place: &&usize| !after.fit.places.contains(place);
            assert_eq!(
                new.len(),
                before.0.places.iter().filter(expected_new).count()
            );
            departures += new.len();
            again += usize::from(process.path.resting.len() < rested.len() + new.len());
            // Every departure has an error of its own, and those before go on to count.
            let symbols = match process.path.resting.len() {
                0 => 0,
                _ => known + new.len(),
            };
            assert_eq!(process.path.symbols, symbols);
            for (k, rest) in new.iter().enumerate() {
                assert_eq!(rest.noise.len(), symbols);
                assert!(rest.noise[known + k] > 0.0);
                let others = (known..symbols).filter(|&l| l != known + k);
                assert!(others.clone().all(|l| rest.noise[l] == 0.0));
            }
            assert!(
                process
                    .path
                    .resting
                    .iter()
                    .all(|rest| rest.noise.len() == symbols)
            );

            if kept > 1e20 {
                // The sum would not do, and the equations do.
                assert!(offset.radius <= two_to(43) && offset.residual < 1e15);
                continue;
            }
            let units = |residual: f64, block: &Block| residual * two_to(block.exponent);
            let fits = units(of_before, &before.0.block) + units(of_after, &block);
            let begin: f64 = new.iter().map(|rest| 4.0 * two_to(rest.exponent)).sum();
            let formula = units(kept, &before.0.offset).max(clock.miss)
                + clock.size * fits
                + 4.0 * m as f64 * two_to(offset.exponent)
                + begin;
            bounds(units(offset.residual, &offset), formula);
            bounds(offset.radius, norm * offset.residual);
        }
    }
    assert!(departures > 20, "{departures} departures");
    assert!(again > 0, "{again} numbers moved again");
}
