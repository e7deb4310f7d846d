//! Enclosures hold what they enclose: residuals, later times after departures, fits and the norm of the inverse.

use saltus_exact::{Rational, RationalMatrix};

use super::*;

/// Integers from a congruential generator, some of which leave supports again.
pub(super) fn instance(n: usize, d: usize, seed: u64) -> DiagonalInstance {
    let mut state = seed;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Rational::integer((state >> 44) as i64 - (1 << 19))
    };
    let entries = (0..n * d).map(|_| number()).collect();
    let inputs = RationalMatrix::new(n, d, entries).expect("the entries fill the shape");
    let labels = (0..n).map(|_| number()).collect();
    DiagonalInstance::new("test".to_owned(), inputs, labels, None, None).expect("a valid case")
}

/// At least the formula, and more by no more than is given away for rounding.
#[track_caller]
pub(super) fn bounds(found: f64, formula: f64) {
    let most = formula * (1.0 + 1e-8) + 1e-300;
    assert!(found >= formula && found <= most, "{found:e} {formula:e}");
}

pub(super) fn power(exponent: i64) -> Rational {
    saltus_exact::Dyadic::new(1, exponent).to_rational()
}

pub(super) fn rational(x: f64) -> Rational {
    Rational::from_f64(x).expect("finite")
}

pub(super) fn fraction(fractions: &saltus_exact::Fractions, index: usize) -> Rational {
    fractions.to_dyadic(index).to_rational()
}

/// A number of a block as it is held.
pub(super) fn number(block: &Block, index: usize) -> Rational {
    fraction(&block.fractions, index) * power(block.exponent)
}

/// An entry of K', which is exact for integers of 20 bits.
pub(super) fn gram(equations: &Equations, p: usize, q: usize) -> Rational {
    fraction(equations.gram(p), q)
}

/// Processes with something at rest and a hit to come, after up to nine jumps.
pub(super) fn with_numbers_at_rest() -> Vec<(Equations, Process)> {
    let mut found = vec![];
    for seed in 0..40 {
        let mut equations = Equations::new(&instance(9, 14, seed), 3);
        let mut process = Process::new(&equations);
        for _ in 0..6 + seed % 4 {
            process.step(&mut equations).expect("decided");
        }
        let is_over = process.fit.coordinates.len() == 9;
        if !is_over && !process.path.numbers_at_rest().is_empty() {
            found.push((equations, process));
        }
    }
    assert!(found.len() >= 6, "{} processes", found.len());
    let most = found
        .iter()
        .map(|(_, process)| process.path.numbers_at_rest().len());
    assert!(most.max() >= Some(2), "two numbers rest together");
    found
}

/// `K'⁻¹` times a right side on a support.
pub(super) fn solved(equations: &Equations, places: &[usize], side: &[Rational]) -> Vec<Rational> {
    let row = |&p: &usize| places.iter().map(|&q| gram(equations, p, q)).collect();
    let matrix = RationalMatrix::from_rows(places.iter().map(row).collect());
    saltus_exact::linear::solve_rational(&matrix.expect("rows of one length"), side)
        .expect("independent columns")
}

fn rest_of(process: &mut Process, equations: &mut Equations) -> Vec<CertifiedJump> {
    let mut jumps = vec![];
    while let Some(jump) = process.step(equations).expect("every step is decided") {
        jumps.push(jump);
    }
    jumps
}

/// What is uncertain where a coordinate has left reaches every later time, and as far as it must: the times of a process
/// whose numbers at rest are moved by it meet the enclosures, and not the enclosures without it.
#[test]
fn later_times_enclose_what_is_uncertain_at_rest() {
    let (mut disturbed, mut departures) = (0, 0);
    for seed in 0..40 {
        let instance = instance(8, 12, seed);
        let mut equations = Equations::new(&instance, 3);
        let mut process = Process::new(&equations);
        let mut left = false;
        while let Some(jump) = process.step(&mut equations).expect("decided") {
            left = !jump.deactivated.is_empty();
            if left {
                break;
            }
        }
        if !left {
            continue;
        }
        let precision = i64::from(equations.precision());
        let units = 2.0_f64.powi(100);
        let run = |moves: Option<bool>| {
            let mut equations = Equations::new(&instance, 3);
            let mut process = Process::new(&equations);
            while process.path.disturb(0.0, precision, true) == 0 {
                process.step(&mut equations);
            }
            if let Some(moves) = moves {
                process.path.disturb(units, precision, moves);
                let (fit, support) = (&process.fit, &process.support);
                let side = process
                    .path
                    .side(support, &process.positive, &equations)
                    .expect("small numbers");
                let offset = fit.offset.clone();
                process.fit.offset = support
                    .correct(offset.fractions, offset.exponent, &side, &equations)
                    .expect("well-conditioned");
            }
            rest_of(&mut process, &mut equations)
        };
        let (sharp, uncertain, moved) = (run(None), run(Some(false)), run(Some(true)));
        assert_eq!(sharp.len(), uncertain.len());
        assert_eq!(sharp.len(), moved.len());
        for ((sharp, uncertain), moved) in sharp.iter().zip(&uncertain).zip(&moved) {
            // Each has an error of its own, far below that of the disturbance.
            for time in [&sharp.time, &moved.time] {
                assert_eq!(time.compare(&uncertain.time), None, "seed {seed}");
                assert!(time.width_log2().is_some_and(|width| width < -115));
            }
            assert_eq!(sharp.hit, moved.hit);
            disturbed += usize::from(moved.time.compare(&sharp.time).is_some());
            departures += sharp.deactivated.len();
        }
    }
    assert!(disturbed > 40, "{disturbed} times were moved");
    assert!(departures > 10, "{departures} departures came after");
}

/// The residuals of the fit and of the dual variable's equations are what they are said to be at most; the largest of the
/// latter in units of a precision. Inputs are integers of 20 bits, so that the fractions of K' and c' are exact.
fn check_residuals(process: &Process, equations: &Equations) -> f64 {
    let (fit, precision) = (&process.fit, i64::from(equations.precision()));
    let resting = process.path.numbers_at_rest();
    let power = |exponent: i64| saltus_exact::Dyadic::new(1, exponent).to_rational();
    let entry = |p: usize, q: usize| equations.gram(p).to_dyadic(q).to_rational();
    let product = |row: usize, block: &Block| -> Rational {
        let number = |k: usize| block.fractions.to_dyadic(k).to_rational();
        let terms = fit.places.iter().enumerate();
        let sum: Rational = terms.map(|(k, &q)| entry(row, q) * number(k)).sum();
        sum * power(block.exponent)
    };
    let bound_of = |block: &Block| -> Rational {
        Rational::from_f64(block.residual).expect("finite") * power(block.unit())
    };
    let mut largest = 0.0_f64;
    for (&place, &i) in fit.places.iter().zip(&fit.coordinates) {
        let moment = equations.moments().to_dyadic(i).to_rational();
        let of_fit = product(place, &fit.block) - moment;
        assert!(of_fit.abs() <= bound_of(&fit.block));

        let rested: Rational = resting.iter().map(|(q, a)| entry(place, *q) * a).sum();
        let bound = equations.bound(i).lower();
        let bound = if process.positive[i] { bound } else { -bound };
        let of_offset = product(place, &fit.offset) - rested - bound;
        assert!(of_offset.abs() <= bound_of(&fit.offset));
        largest = largest.max((of_offset.abs() * power(precision)).to_f64());
    }
    largest
}

#[test]
fn residuals_are_bounded() {
    let mut resting = 0;
    for seed in 0..20 {
        let mut equations = Equations::new(&instance(9, 14, seed), 3);
        let mut process = Process::new(&equations);
        while process.step(&mut equations).expect("decided").is_some() {
            check_residuals(&process, &equations);
            resting += process.path.numbers_at_rest().len();
        }
    }
    assert!(resting > 20, "{resting} numbers rested");
}

/// What disturbs the fit, the numbers z or the time of a hit, by far more than roundings do, is in the residual after a jump.
#[test]
fn residuals_follow_from_those_before() {
    let units = 2.0_f64.powi(30);
    for (seed, disturbed) in (0..30).flat_map(|seed| [(seed, 0), (seed, 1), (seed, 2)]) {
        let mut equations = Equations::new(&instance(9, 14, seed), 3);
        let mut process = Process::new(&equations);
        for _ in 0..3 {
            process.step(&mut equations).expect("decided");
        }
        let fit = &mut process.fit;
        let count = fit.places.len();
        let disturb = |block: &mut Block| {
            for k in 0..count {
                let fits = block.fractions.add_f64(k, units, -192);
                assert!(fits, "the disturbance is small");
            }
            block.residual += units * count as f64;
            block.radius += units * count as f64;
        };
        match disturbed {
            0 => disturb(&mut fit.block),
            1 => disturb(&mut fit.offset),
            _ => {}
        }
        let hit = process
            .path
            .next_hit(&process.fit, &process.support, &mut equations);
        // With the disturbance in its radius it may be undecided.
        let Some(Some(mut hit)) = hit else { continue };
        if disturbed == 2 {
            let shift = saltus_exact::Dyadic::from_f64(units).expect("finite");
            let shift = saltus_exact::Dyadic::new(shift.mantissa().clone(), shift.exponent() - 192);
            hit.middle = hit.middle.add(&Interval::from_dyadic(shift), 192);
            hit.miss += units * hit.speed;
        }
        process.positive[hit.coordinate] = hit.positive;
        process.jump(&hit, &mut equations).expect("decided");
        let largest = check_residuals(&process, &equations);
        assert!(largest > units / 1e3, "seed {seed}: {largest}");
    }
}

/// Errors grow with what they are errors of, and not by a factor at every departure.
#[test]
fn times_stay_sharp_over_many_departures() {
    let instance = instance(30, 60, 1);
    let sequence = predict_by_enclosures(&instance, 192).expect("192 bits decide");
    let departures: usize = sequence
        .jumps
        .iter()
        .map(|jump| jump.deactivated.len())
        .sum();
    assert!(departures >= 10, "{departures} coordinates leave");
    for jump in &sequence.jumps {
        let width = jump
            .time
            .width_log2()
            .expect("no time is a binary fraction");
        assert!(width < -100, "2^{width}");
    }
}

/// The bound of the inverse holds, and an approximate fit is as near to the exact one as it says.
#[test]
fn fits_and_the_norm_of_the_inverse_are_bounded() {
    for seed in 0..30 {
        let instance = instance(6, 5, seed);
        let mut equations = Equations::new(&instance, 3);
        let mut support = Support::default();
        for coordinate in [3, 0, 4, 1] {
            support
                .push(coordinate, &mut equations)
                .expect("independent");
        }
        support.remove(1);
        for position in 0..3 {
            // A row of the inverse is no longer than its norm.
            let row = support.inverse_row(position).values;
            let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!(length <= support.inverse_norm(), "seed {seed}");
        }
        let approximate = support.solve(&mut equations).expect("independent");
        let block = support
            .refine(&approximate, &equations)
            .expect("well-conditioned");

        let columns = support.coordinates().to_vec();
        let gram = instance.inputs().gram();
        let entries = |i: usize| columns.iter().map(|&j| gram.get(i, j).clone()).collect();
        let matrix = RationalMatrix::from_rows(columns.iter().map(|&i| entries(i)).collect())
            .expect("rows of one length");
        let moment = |&i: &usize| -> Rational {
            let rows = instance.labels().iter().enumerate();
            rows.map(|(r, y)| instance.inputs().get(r, i) * y).sum()
        };
        let moments: Vec<Rational> = columns.iter().map(moment).collect();
        let exact = saltus_exact::linear::solve_rational(&matrix, &moments).expect("independent");
        for (k, beta) in exact.iter().enumerate() {
            let enclosed = equations
                .coefficient_of(columns[k], k, &block)
                .expect("finite");
            assert!(enclosed.contains(beta), "seed {seed}");
            assert!(enclosed.width_log2().expect("a radius") < -130);
            let double = equations.coefficient(
                columns[k],
                &block::around(
                    saltus_exact::Dyadic::from_f64(approximate.values[k]).expect("finite"),
                    approximate.radius,
                    0,
                    192,
                )
                .expect("finite"),
            );
            assert!(double.contains(beta), "seed {seed}");
        }
    }
}
