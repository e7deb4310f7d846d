//! Which coordinate meets its bound next, and when.

use std::cmp::Ordering;

use saltus_exact::{Dyadic, Interval};

use super::block::{Block, around, block_sum, floats_of, spread, two_to};
use super::bounds::{UNIT, above, below, sum_norm};
use super::equations::Equations;
use super::path::{Fit, Path, Resting};
use super::support::Support;

/// The coordinate that meets its bound first.
pub(super) struct Hit {
    pub(super) coordinate: usize,
    /// Whether it is the upper bound.
    pub(super) positive: bool,
    /// The time u of the hit.
    pub(super) time: Interval,
    /// The time at which the numbers of the path as they are held lead to the bound.
    pub(super) middle: Interval,
    /// The width of that, in units.
    pub(super) width: f64,
    /// How far the time is from that, in units, but for what is due to the errors ε of earlier times.
    pub(super) radius: f64,
    /// An upper bound of the size of the gradient.
    pub(super) speed: f64,
    /// How far the numbers of the path as they are held may be from the bound at a time in the middle, in units.
    pub(super) miss: f64,
    /// How it depends on each of them, in units.
    pub(super) noise: Vec<f64>,
}

/// A number with a bound of its error, both in doubles.
#[derive(Clone, Copy)]
struct Approximate {
    value: f64,
    error: f64,
}

/// `g = K' b − c'` and `w = K' z − K' a_D` in doubles, all d entries, and bounds of the errors of an entry.
struct Duals {
    gradient: Vec<f64>,
    gradient_error: f64,
    rest: Vec<f64>,
    rest_error: f64,
    in_support: Vec<bool>,
}

impl Path {
    /// The next hit; the outer `None` if it cannot be told, the inner one if the gradient is 0.
    ///
    /// Doubles tell which coordinates may be first; fractions decide between these.
    pub(super) fn next_hit(
        &self,
        fit: &Fit,
        support: &Support,
        equations: &mut Equations,
    ) -> Option<Option<Hit>> {
        // Columns of a support are independent, so n of them fit every label.
        if fit.coordinates.len() == equations.n_samples() {
            return Some(None);
        }
        let resting = self.at_jump(equations)?;
        let mut first: Option<Hit> = None;
        let mut others: Vec<Interval> = vec![];
        for coordinate in self.candidates(fit, &resting, support, equations)? {
            let place = equations.place(coordinate);
            if equations.gradient_is_zero(place, &fit.places) {
                continue;
            }
            let hit = self.hit_of(coordinate, fit, &resting, support, equations)?;
            match &first {
                Some(best) if best.time.hi() <= hit.time.hi() => others.push(hit.time),
                _ => others.extend(first.replace(hit).map(|later| later.time)),
            }
        }
        let Some(first) = first else {
            return Some(None);
        };
        let is_first = |other: &Interval| first.time.compare(other) == Some(Ordering::Less);
        others.iter().all(is_first).then_some(Some(first))
    }

    /// Coordinates outside the support among which the first to hit is, and all whose gradient may be 0.
    fn candidates(
        &self,
        fit: &Fit,
        resting: &Resting,
        support: &Support,
        equations: &Equations,
    ) -> Option<Vec<usize>> {
        let duals = self.duals_in_doubles(fit, resting, support, equations)?;
        let mut earliest = f64::INFINITY;
        let mut starts = vec![];
        for i in (0..equations.dimension()).filter(|&i| !duals.in_support[i]) {
            let g = Approximate {
                value: duals.gradient[i],
                error: duals.gradient_error,
            };
            let w = Approximate {
                value: duals.rest[i],
                error: duals.rest_error,
            };
            let (from, to) = time_of_hit(g, w, equations.floats.bounds[i]);
            starts.push((i, from));
            earliest = earliest.min(to);
        }
        let candidates = starts.into_iter().filter(|&(_, from)| from <= earliest);
        Some(candidates.map(|(i, _)| i).collect())
    }

    /// The dual variable `w − u g` of every coordinate; `None` if its error may be anything.
    fn duals_in_doubles(
        &self,
        fit: &Fit,
        resting: &Resting,
        support: &Support,
        equations: &Equations,
    ) -> Option<Duals> {
        let floats = &equations.floats;
        let d = equations.dimension();
        let mut gradient: Vec<f64> = floats.moments.iter().map(|c| -c).collect();
        let mut rest = vec![0.0; d];
        let mut in_support = vec![false; d];

        let values = floats_of(&fit.block);
        let mut offsets = floats_of(&fit.offset);
        for ((&coordinate, &b), &z) in fit.coordinates.iter().zip(&values).zip(&offsets) {
            in_support[coordinate] = true;
            let column = floats.column(coordinate);
            for ((g, w), k) in gradient.iter_mut().zip(&mut rest).zip(column) {
                *g += k * b;
                *w += k * z;
            }
        }
        let rested = floats_of(&resting.block);
        for (&place, &a) in resting.places.iter().zip(&rested) {
            for (w, k) in rest.iter_mut().zip(floats.column(equations.known()[place])) {
                *w -= k * a;
            }
        }
        offsets.extend(&rested);
        let gradient_error = combination_error(&values, 1.0, spread(&fit.block), floats.error);
        // Entries of K' are below 1: noise moves `K'_SD a_D` by no more than its sum in each entry, z by the norm of the inverse
        // times that of these, and w by both.
        let m = values.len() as f64;
        let noise = (m * support.inverse_norm() + 1.0) * resting.noise;
        let spread = spread(&fit.offset)
            + spread(&resting.block)
            + noise * two_to(-i64::from(equations.precision()));
        let rest_error = combination_error(&offsets, 0.0, spread, floats.error);
        let is_finite = gradient_error.is_finite() && rest_error.is_finite();
        is_finite.then_some(Duals {
            gradient,
            gradient_error,
            rest,
            rest_error,
            in_support,
        })
    }

    /// When the coordinate hits, if its gradient g stays what it is; `None` if its sign cannot be told.
    ///
    /// Its dual variable is `w − u g` with `w = K'_iS z − K'_iD a_D`.
    fn hit_of(
        &self,
        coordinate: usize,
        fit: &Fit,
        resting: &Resting,
        support: &Support,
        equations: &mut Equations,
    ) -> Option<Hit> {
        let precision = equations.precision();
        let place = equations.place(coordinate);
        let (fitted, of_fitted) = combination(place, &fit.places, &fit.block, equations)?;
        let gradient = fitted.sub(&moment(coordinate, equations)?, precision);
        let positive = gradient.sign()? == Ordering::Less;
        let (moved, of_moved) = combination(place, &fit.places, &fit.offset, equations)?;
        let (rested, of_rested) = combination(place, &resting.places, &resting.block, equations)?;
        let rest = moved.sub(&rested, precision);
        let bound = equations.bound(coordinate);
        let (distance, speed) = match positive {
            true => (bound.sub(&rest, precision), gradient.neg()),
            false => (bound.add(&rest, precision), gradient),
        };
        let middle = distance.div(&speed, precision)?;
        // With errors δw and δg: |(k − w')/g' − (k − w)/g| = |(w − w')/g' + (k − w)/g (g − g')/g'|.
        let latest = above(middle.hi().to_f64().abs().max(middle.lo().to_f64().abs()));
        let rate = speed.lo().to_f64();
        let unit = two_to(-i64::from(precision));
        let least = below(below(rate) - above(of_fitted * unit));
        if least.is_nan() || least <= 0.0 {
            return None;
        }
        let mut radius = above((of_moved + of_rested + latest * of_fitted) / least);

        let mut noise = vec![];
        if !resting.places.is_empty() {
            // w depends on `a_D` by `K'_iS K'_SS⁻¹ K'_SD − K'_iD`.
            let row = equations.gram_floats(place);
            let column: Vec<f64> = fit.places.iter().map(|&q| row[q]).collect();
            let direct: Vec<f64> = resting.places.iter().map(|&q| row[q]).collect();
            let applied = support.inverse_times(&column);
            let (mut of_rest, error) =
                self.propagate(&applied, &fit.places, &direct, resting, equations);
            let width = speed.width_log2().map_or(0.0, two_to) + 2.0 * of_fitted * unit;
            let sign = if positive { -1.0 } else { 1.0 };
            for entry in &mut of_rest {
                *entry *= sign / rate;
            }
            // The coefficients have rounding errors, and the speed is known up to its width.
            let inexact = sum_norm(&of_rest) * (4.0 * UNIT + above(width / least));
            radius = above(radius + error / least + inexact);
            noise = of_rest;
        }
        let width = middle.width_log2();
        let width = width.map_or(0.0, |k| two_to(k + i64::from(precision)));
        let speed = above(speed.hi().to_f64());
        Some(Hit {
            coordinate,
            positive,
            time: widened(&middle, radius + sum_norm(&noise), equations)?,
            width,
            radius,
            speed,
            miss: above(width * speed + of_rested),
            middle,
            noise,
        })
    }
}

/// An interval with so many units added at both ends.
fn widened(interval: &Interval, units: f64, equations: &Equations) -> Option<Interval> {
    let precision = equations.precision();
    let zero = Dyadic::new(0, 0);
    let error = around(zero, above(units), -i64::from(precision), precision)?;
    Some(interval.add(&error, precision))
}

/// `(K' b)_place − c'_place`.
pub(super) fn gradient(
    place: usize,
    support: &[usize],
    block: &Block,
    equations: &Equations,
) -> Option<Interval> {
    let (fitted, error) = combination(place, support, block, equations)?;
    let moment = moment(equations.known()[place], equations)?;
    widened(
        &fitted.sub(&moment, equations.precision()),
        error,
        equations,
    )
}

/// `c'ᵀb'`.
pub(super) fn explained(fit: &Fit, equations: &Equations) -> Option<Interval> {
    let total = equations
        .moments()
        .dot(&fit.coordinates, &fit.block.fractions)
        .to_dyadic();
    let (middle, error) = enclose_total(&total, &fit.block, equations)?;
    widened(&middle, error, equations)
}

fn moment(coordinate: usize, equations: &Equations) -> Option<Interval> {
    let precision = equations.precision();
    let middle = equations.moments().to_dyadic(coordinate);
    around(middle, equations.error(), -i64::from(precision), precision)
}

/// `Σ_q K'_{place, q} x_q` over the given places for the numbers of the block as they are, and what their errors add, in units.
fn combination(
    place: usize,
    places: &[usize],
    block: &Block,
    equations: &Equations,
) -> Option<(Interval, f64)> {
    let total = equations
        .gram(place)
        .dot(places, &block.fractions)
        .to_dyadic();
    enclose_total(&total, block, equations)
}

/// A sum of products of entries of K' or c', which are below 1, with the numbers of a block, in the unit of the block.
fn enclose_total(total: &Dyadic, block: &Block, equations: &Equations) -> Option<(Interval, f64)> {
    let middle = Dyadic::new(total.mantissa().clone(), total.exponent() + block.exponent);
    let error = equations.error() * block_sum(&block.fractions);
    let enclosure = around(middle, above(error), block.unit(), equations.precision())?;
    let terms = block.fractions.len() as f64;
    Some((
        enclosure,
        above(block.radius * terms) * two_to(block.exponent),
    ))
}

/// A bound of the error of `Σ_j K'_ij x_j − factor·c'_i` in doubles, where the numbers' own errors amount to `spread`.
fn combination_error(values: &[f64], factor: f64, spread: f64, gram_error: f64) -> f64 {
    let m = values.len() as f64;
    let sum = sum_norm(values);
    above(gram_error * sum + (m + 6.0) * UNIT * (sum + factor) + spread)
}

/// From when to when a coordinate may hit, with the dual variable `rest − u gradient`.
fn time_of_hit(gradient: Approximate, rest: Approximate, bound: f64) -> (f64, f64) {
    let speed = gradient.value.abs();
    if speed <= above(gradient.error) {
        return (0.0, f64::INFINITY);
    }
    let distance = if gradient.value < 0.0 {
        bound - rest.value
    } else {
        bound + rest.value
    };
    let error = above(rest.error + 4.0 * UNIT * (bound + rest.value.abs()));
    let from = below((distance - error).max(0.0)) / above(speed + gradient.error);
    let to = above((distance + error).max(0.0)) / below(speed - gradient.error);
    (below(from), above(to))
}

#[cfg(test)]
mod tests {
    use saltus_exact::{Fractions, Rational, RationalMatrix};
    use saltus_problem::DiagonalInstance;

    use super::super::tests::{
        bounds, fraction, gram, number, power, rational, with_numbers_at_rest,
    };
    use super::*;

    /// Two samples with the labels 1 and `2^300`: in three words these and the inputs 1 and `2^300` are truncated.
    fn equations(is_exact: bool) -> Equations {
        let large = Dyadic::new(1, if is_exact { 3 } else { 300 }).to_rational();
        let entries = vec![
            Rational::one(),
            large.clone(),
            large.clone(),
            Rational::one(),
        ];
        let inputs = RationalMatrix::new(2, 2, entries).expect("four entries");
        let labels = vec![Rational::one(), large];
        let instance = DiagonalInstance::new("test".to_owned(), inputs, labels, None, None);
        Equations::new(&instance.expect("valid"), 3)
    }

    #[test]
    fn entries_are_exact_to_a_unit_only_where_the_data_are() {
        assert_eq!(equations(true).error(), 1.0);
        assert_eq!(equations(false).error(), 6.0);
    }

    /// For the sum 3 of two numbers: `3 e + 8 ε (3 + factor) + spread`.
    #[test]
    fn combinations_in_doubles_are_bounded() {
        let formula = |factor: f64| 3.0 * 1e-16 + 8.0 * UNIT * (3.0 + factor) + 1e-17;
        for factor in [0.0, 1.0] {
            bounds(
                combination_error(&[1.0, -2.0], factor, 1e-17, 1e-16),
                formula(factor),
            );
        }
    }

    /// A sum 1 of sizes has 6 units of error, and radii of 7 units of two numbers may amount to 14.
    #[test]
    fn totals_are_enclosed_with_both_errors() {
        let equations = equations(false);
        let mut fractions = Fractions::new(3);
        for number in [3, -5] {
            fractions.push_integer(&number.into(), 3);
        }
        let block = Block {
            fractions,
            exponent: 4,
            radius: 7.0,
            residual: 0.0,
        };
        let total = Dyadic::new(1, -60);
        let (found, spread) = enclose_total(&total, &block, &equations).expect("finite");
        let middle = Dyadic::new(1, -56).to_rational();
        let unit = Dyadic::new(1, 4 - 192).to_rational();
        for side in [&middle - found.lower(), found.upper() - &middle] {
            bounds(side.checked_div(&unit).expect("not 0").to_f64(), 6.0);
        }
        bounds(spread, 14.0 * two_to(4));
    }

    /// The dual variable is `w − u g`: with g = −2 and w = 1/2 it is at the bound 3 for u = 5/4.
    #[test]
    fn times_in_doubles_are_bounded_from_both_sides() {
        let check = |g: (f64, f64), w: (f64, f64), expected: [f64; 2]| {
            let [g, w] = [g, w].map(|(value, error)| Approximate { value, error });
            let (from, to) = time_of_hit(g, w, 3.0);
            assert!(from <= expected[0] && from >= expected[0] * (1.0 - 1e-8));
            assert!(to >= expected[1] && to <= expected[1] * (1.0 + 1e-8));
        };
        check((-2.0, 0.0), (0.5, 0.0), [1.25, 1.25]);
        check((2.0, 0.0), (0.5, 0.0), [1.75, 1.75]);
        check((-2.0, 0.5), (0.5, 0.25), [2.25 / 2.5, 2.75 / 1.5]);
        check((2.0, 0.5), (-0.5, 0.25), [2.25 / 2.5, 2.75 / 1.5]);
        // What rounding may do to the distance, which is far smaller than the bound.
        let near = 3.0 - two_to(-40);
        let (distance, error) = (two_to(-40), 4.0 * UNIT * (3.0 + near));
        let ends = [(distance - error) / 2.0, (distance + error) / 2.0];
        check((-2.0, 0.0), (near, 0.0), ends);
        check((2.0, 0.0), (-near, 0.0), ends);
        // A gradient whose sign is not known hits at any time.
        check((2.0, 2.0), (0.5, 0.0), [0.0, f64::INFINITY]);
    }

    /// Gradients and what rests of dual variables are as near as they say where the numbers of the path are exact, and their bounds have
    /// room for the errors of these: an entry of K' is below 1, and noise reaches w by way of z and directly.
    #[test]
    fn dual_variables_in_doubles_are_bounded() {
        for (mut equations, mut process) in with_numbers_at_rest() {
            let d = equations.dimension();
            let places: Vec<usize> = (0..d).map(|i| equations.place(i)).collect();
            let precision = i64::from(equations.precision());
            let m = process.fit.places.len() as f64;
            let (large, small) = (two_to(150), two_to(-precision));
            for (radii, noise) in [
                ([0.0, 0.0, 0.0], 0.0),
                ([large, 0.0, 0.0], 0.0),
                ([2.0 * large, large, 0.0], 0.0),
                ([0.0, 0.0, large], 0.0),
                ([0.0, 0.0, 0.0], large),
                ([3.0 * large, large, large], large),
            ] {
                let fit = &mut process.fit;
                fit.block.radius = radii[0];
                fit.offset.radius = radii[1];
                let mut resting = process.path.at_jump(&equations).expect("small numbers");
                resting.block.radius = radii[2];
                resting.noise = noise;
                let (path, support) = (&process.path, &process.support);
                let duals = path.duals_in_doubles(&process.fit, &resting, support, &equations);
                let duals = duals.expect("finite");
                let fit = &process.fit;
                let rests = resting.places.len() as f64;
                let sum = |block: &Block| floats_of(block).iter().map(|x| x.abs()).sum::<f64>();
                let unit = |block: &Block| two_to(block.unit());
                let of_b = sum(&fit.block);
                let of_entries = equations.floats.error;
                bounds(
                    duals.gradient_error,
                    of_entries * of_b
                        + (m + 6.0) * UNIT * (of_b + 1.0)
                        + radii[0] * m * unit(&fit.block),
                );
                let of_rest = sum(&fit.offset) + sum(&resting.block);
                bounds(
                    duals.rest_error,
                    of_entries * of_rest
                        + (m + rests + 6.0) * UNIT * of_rest
                        + radii[1] * m * unit(&fit.offset)
                        + radii[2] * rests * unit(&resting.block)
                        + (m * support.inverse_norm() + 1.0) * noise * small,
                );
                for i in 0..d {
                    assert_eq!(duals.in_support[i], fit.coordinates.contains(&i));
                    let product = |places_of: &[usize], block: &Block| -> Rational {
                        let entry = |&q: &usize| gram(&equations, places[i], q);
                        let terms = places_of.iter().enumerate();
                        terms.map(|(k, q)| entry(q) * number(block, k)).sum()
                    };
                    let moment = fraction(equations.moments(), i);
                    let gradient = product(&fit.places, &fit.block) - moment;
                    let rest = product(&fit.places, &fit.offset)
                        - product(&resting.places, &resting.block);
                    let wrong = (gradient - rational(duals.gradient[i])).abs();
                    assert!(wrong <= rational(duals.gradient_error));
                    let wrong = (rest - rational(duals.rest[i])).abs();
                    assert!(wrong <= rational(duals.rest_error));
                }
            }
            // Errors without a bound leave nothing to tell.
            for k in 0..2 {
                let resting = process.path.at_jump(&equations).expect("small numbers");
                let mut fit = process.fit.clone();
                match k {
                    0 => fit.block.radius = f64::INFINITY,
                    _ => fit.offset.radius = f64::INFINITY,
                }
                let support = &process.support;
                let duals = process
                    .path
                    .duals_in_doubles(&fit, &resting, support, &equations);
                assert!(duals.is_none());
            }
        }
    }

    /// A hit is at `(±k − w)/(−g)`; with errors δw and δg of what is held, in units, it is wrong by no more than
    /// `(δw + u δg)/(|g| − δg)`, and by the noise of w, divided by g, of which rounding and δg spoil a part.
    #[test]
    fn times_of_hits_are_bounded() {
        let (mut signs, mut undecided) = ([0, 0], 0);
        for (mut equations, mut process) in with_numbers_at_rest() {
            let precision = equations.precision();
            let unit = two_to(-i64::from(precision));
            for (radii, noise) in [
                ([0.0, 0.0, 1.0], 0.0),
                ([5.0, 3e3, 1.0], 1e3),
                ([1e3, 5.0, 1e4], 1.0),
                ([two_to(175), 0.0, 1.0], 0.0),
                ([two_to(175), 0.0, 0.0], two_to(190)),
                ([0.0, two_to(99), 0.0], two_to(140)),
                ([two_to(194), 0.0, 0.0], 0.0),
            ] {
                process.path.disturb(noise, i64::from(precision), false);
                [process.fit.block.radius, process.fit.offset.radius] = [radii[0], radii[1]];
                let mut resting = process.path.at_jump(&equations).expect("small numbers");
                resting.block.radius = radii[2];
                let (path, fit, support) = (&process.path, &process.fit, &process.support);
                let outside = (0..equations.dimension()).filter(|i| !fit.coordinates.contains(i));
                for i in outside.collect::<Vec<usize>>() {
                    let place = equations.place(i);
                    let combination = |places: &[usize], block: &Block, equations: &Equations| {
                        let found = combination(place, places, block, equations);
                        found.expect("finite")
                    };
                    let (fitted, of_fitted) = combination(&fit.places, &fit.block, &equations);
                    let (moved, of_moved) = combination(&fit.places, &fit.offset, &equations);
                    let (rested, of_rested) =
                        combination(&resting.places, &resting.block, &equations);
                    let c = moment(i, &equations).expect("finite");
                    let gradient = fitted.sub(&c, precision);
                    let speed = if gradient.hi().is_negative() {
                        gradient.neg()
                    } else {
                        gradient.clone()
                    };
                    let rate = speed.lo().to_f64();
                    let least = rate - of_fitted * unit;
                    let hit = path.hit_of(i, fit, &resting, support, &mut equations);
                    if least <= 0.0 {
                        assert!(hit.is_none());
                        undecided += 1;
                        continue;
                    }
                    let hit = hit.expect("the gradient has a sign");
                    assert_eq!(
                        (hit.coordinate, hit.positive),
                        (i, gradient.hi().is_negative())
                    );
                    signs[usize::from(hit.positive)] += 1;

                    let k = equations.bound(i).lower();
                    let middle = |x: &Interval| (x.lower() + x.upper()) * rational(0.5);
                    let w = middle(&moved) - middle(&rested);
                    let distance = if hit.positive { k - w } else { k + w };
                    let time = distance.checked_div(&middle(&speed)).expect("not 0");
                    assert!(hit.middle.contains(&time));
                    let width = (hit.middle.upper() - hit.middle.lower()).to_f64() / unit;
                    assert!(hit.width >= width && hit.width < 2.000_001 * width);
                    bounds(hit.speed, speed.upper().to_f64());
                    bounds(hit.miss, hit.width * hit.speed + of_rested);

                    let row = equations.gram_floats(place);
                    let entries = |places: &[usize]| places.iter().map(|&q| row[q]).collect();
                    let (column, direct): (Vec<f64>, Vec<f64>) =
                        (entries(&fit.places), entries(&resting.places));
                    let applied = support.inverse_times(&column);
                    let (of_rest, error) =
                        path.propagate(&applied, &fit.places, &direct, &resting, &equations);
                    assert_eq!(hit.noise.len(), of_rest.len());
                    for (found, of_w) in hit.noise.iter().zip(&of_rest) {
                        let expected = if hit.positive { -of_w } else { *of_w } / rate;
                        assert!((found - expected).abs() <= 4.0 * UNIT * expected.abs());
                    }
                    let noise: f64 = hit.noise.iter().map(|x| x.abs()).sum();
                    let latest = hit.middle.upper().to_f64();
                    let width = (speed.upper() - speed.lower()).to_f64();
                    let inexact = |width: f64| {
                        noise * (4.0 * UNIT + (width + 2.0 * of_fitted * unit) / least)
                    };
                    let base = (of_moved + of_rested + latest * of_fitted + error) / least;
                    assert!(hit.radius >= base + inexact(width));
                    assert!(hit.radius <= (base + inexact(2.0 * width)) * (1.0 + 1e-8));
                    let units = rational(hit.radius) + rational(noise);
                    let units = units * power(-i64::from(precision));
                    // The ends are rounded to the precision.
                    let ends = hit.time.upper() * power(2 - i64::from(precision));
                    let sides = [
                        hit.middle.lower() - hit.time.lower(),
                        hit.time.upper() - hit.middle.upper(),
                    ];
                    for side in sides {
                        assert!(side >= units && side <= &units * rational(1.000_001) + &ends);
                    }
                }
            }
        }
        assert!(signs[0] > 10 && signs[1] > 10, "{signs:?}");
        assert!(undecided > 10, "{undecided} gradients may be 0");
    }
}
