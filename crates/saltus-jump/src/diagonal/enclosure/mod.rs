//! The process decided by enclosures of bounded precision: certified, and never written out as fractions.
//!
//! Every comparison is one of disjoint intervals. What is zero is known from the structure alone: the gradient on a support
//! with independent columns, and the whole gradient once such a support has as many coordinates as there are samples. Ties,
//! degenerate coordinates and fits that are not unique never separate, so they are left to the exact process.
//!
//! Most of the work is done in doubles, with rigorous bounds of their errors: they propose the fits and rule out coordinates
//! that cannot be the next to hit. Residuals in fractions of fixed length then correct a fit, and bound what is left.

mod block;
mod boundary;
mod bounds;
mod equations;
mod hits;
mod path;
mod support;

use std::cmp::Ordering;

use saltus_exact::Interval;
use saltus_problem::DiagonalInstance;

use super::process::MAX_JUMPS;
use block::Block;
use equations::Equations;
use hits::Hit;
use path::{Fit, Path};
use support::{Approximate, Support};

/// One jump, enclosed; the meaning of the fields is that of [`super::DiagonalJump`]. The constrained fit is unique.
#[derive(Debug, Clone)]
pub struct CertifiedJump {
    /// Rescaled time of the jump.
    pub time: Interval,
    /// The coordinate whose dual variable met its bound.
    pub hit: usize,
    /// Coordinates that entered the support (ascending).
    pub activated: Vec<usize>,
    /// Coordinates that left the support (ascending).
    pub deactivated: Vec<usize>,
    /// The coefficients, d entries; the point 0 off the support.
    pub beta: Vec<Interval>,
    /// Loss on the plateau after the jump; the point 0 where the fit interpolates.
    pub loss: Interval,
    /// `Σ|β_i|`.
    pub l1_norm: Interval,
}

/// The whole process, certified: the order of the jumps, the hits and the supports are those of the exact process, and
/// every enclosure contains its number, as in `jump.time.lower() ≤ τ ≤ jump.time.upper()`. All hypotheses of the limit
/// theorem hold.
#[derive(Debug, Clone)]
pub struct CertifiedSequence {
    /// The jumps in order of time.
    pub jumps: Vec<CertifiedJump>,
    /// Loss at β = 0.
    pub initial_loss: Interval,
    /// Whether the process ends with zero loss.
    pub interpolates: bool,
}

/// The jump process by enclosures of `precision` bits or a little more, at most 1536.
///
/// `None` where an enclosure straddles a decision: more bits may settle it, and where the exact process has a tie, a
/// degenerate coordinate or a fit that is not unique none will; nor will they where the columns of a support are so nearly
/// dependent that doubles cannot certify their independence. [`super::predict`] settles every case.
pub fn predict_by_enclosures(
    instance: &DiagonalInstance,
    precision: u32,
) -> Option<CertifiedSequence> {
    let mut equations = Equations::new(instance, words_for(precision)?);
    let initial_loss = equations.initial_loss();
    let mut process = Process::new(&equations);
    let mut jumps = vec![];
    while let Some(jump) = process.step(&mut equations)? {
        if jumps.len() == MAX_JUMPS {
            return None;
        }
        jumps.push(jump);
    }
    let end = jumps.last().map_or(&initial_loss, |jump| &jump.loss);
    // A loss that is 0 without a full support straddles, and a fit that does not interpolate has a positive one.
    let interpolates = match end.sign()? {
        Ordering::Equal => true,
        Ordering::Greater => false,
        Ordering::Less => return None,
    };
    Some(CertifiedSequence {
        jumps,
        initial_loss,
        interpolates,
    })
}

/// Which coordinate hits at each jump, and which leave the support there: the decisions of [`predict_by_enclosures`] alone.
pub(super) fn decide(instance: &DiagonalInstance, precision: u32) -> Option<Vec<Decision>> {
    let mut equations = Equations::new(instance, words_for(precision)?);
    let mut process = Process::new(&equations);
    let mut decisions = vec![];
    loop {
        let before = process.fit.coordinates.clone();
        let Some(hit) = process.next(&mut equations)? else {
            return Some(decisions);
        };
        if decisions.len() == MAX_JUMPS {
            return None;
        }
        let after = &process.fit.coordinates;
        decisions.push(Decision {
            hit: hit.coordinate,
            leaving: before.into_iter().filter(|i| !after.contains(i)).collect(),
        });
    }
}

/// What happens at a jump: a coordinate hits its bound, and others leave the support.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) hit: usize,
    pub(super) leaving: Vec<usize>,
}

/// The length of fractions of so many bits.
fn words_for(precision: u32) -> Option<usize> {
    [3, 6, 12, 24]
        .into_iter()
        .find(|&words| 64 * words >= precision as usize)
}

/// The state after a jump.
struct Process {
    path: Path,
    fit: Fit,
    support: Support,
    /// Whether the bound that a support coordinate rests at is the upper one.
    positive: Vec<bool>,
}

/// A step of the constrained fit that one coordinate, or several, cut short.
struct Step {
    /// The support whose fit was aimed at.
    coordinates: Vec<usize>,
    /// Positions in it where the sign is wrong.
    blocking: Vec<usize>,
    /// The fit aimed at.
    target: Approximate,
}

impl Process {
    fn new(equations: &Equations) -> Process {
        Process {
            path: Path::new(),
            fit: Fit {
                coordinates: vec![],
                places: vec![],
                block: Block::empty(equations.words()),
                offset: Block::empty(equations.words()),
            },
            support: Support::default(),
            positive: vec![false; equations.dimension()],
        }
    }

    /// The next jump; the outer `None` if it cannot be told, the inner one if there is none.
    fn step(&mut self, equations: &mut Equations) -> Option<Option<CertifiedJump>> {
        let before = self.fit.coordinates.clone();
        match self.next(equations)? {
            None => Some(None),
            Some(hit) => Some(Some(self.describe(&hit, &before, equations)?)),
        }
    }

    /// As [`step`](Self::step), without the numbers of the jump.
    fn next(&mut self, equations: &mut Equations) -> Option<Option<Hit>> {
        let Some(hit) = self.path.next_hit(&self.fit, &self.support, equations)? else {
            return Some(None);
        };
        self.positive[hit.coordinate] = hit.positive;
        self.jump(&hit, equations)?;
        Some(Some(hit))
    }

    /// Lawson and Hanson's method, as in the exact process. Those at their bounds are the support and the coordinate that hit:
    /// all others had a gradient that was not 0 and moved off theirs.
    fn jump(&mut self, hit: &Hit, equations: &mut Equations) -> Option<()> {
        let before = (self.fit.clone(), self.support.clone());
        let mut at_bound = self.fit.coordinates.clone();
        at_bound.push(hit.coordinate);
        let mut entering = Some(hit.coordinate);
        while let Some(coordinate) = entering {
            self.support.push(coordinate, equations)?;
            equations.floats.know(coordinate);
            let approximate = self.feasible_fit(coordinate, equations)?;
            self.fit = Fit {
                coordinates: self.support.coordinates().to_vec(),
                places: self.support.places().to_vec(),
                block: self.support.refine(&approximate, equations)?,
                offset: Block::empty(equations.words()),
            };
            entering = self.descending(&at_bound, equations)?;
        }
        self.fit.offset = self.path.settle(
            hit,
            (&before.0, &before.1),
            &self.fit.block,
            &self.support,
            &self.positive,
            equations,
        )?;
        Some(())
    }

    /// The first coordinate at its bound, outside the support, whose gradient and sign constraint allow the loss to decrease;
    /// the outer `None` if the sign of such a gradient cannot be told.
    fn descending(&self, at_bound: &[usize], equations: &mut Equations) -> Option<Option<usize>> {
        let mut entering = None;
        if self.fit.coordinates.len() == equations.n_samples()
            && at_bound.len() > self.fit.coordinates.len()
        {
            // The gradient is 0, so the fit may not be unique.
            return None;
        }
        for &i in at_bound {
            if self.fit.coordinates.contains(&i) {
                continue;
            }
            // Without a gradient of certain sign the coordinate may be degenerate, or the fit not unique.
            let place = equations.place(i);
            let gradient = hits::gradient(place, &self.fit.places, &self.fit.block, equations)?;
            let descends = (gradient.sign()? == Ordering::Less) == self.positive[i];
            if descends && entering.is_none() {
                entering = Some(i);
            }
        }
        Some(entering)
    }

    /// The fit on the support, without the coordinates that the sign constraints force to 0 on the way to it.
    fn feasible_fit(&mut self, entering: usize, equations: &mut Equations) -> Option<Approximate> {
        let mut steps: Vec<Step> = vec![];
        loop {
            let approximate = self.support.solve(equations)?;
            let blocking = self.blocking(&approximate, equations)?;
            if blocking.is_empty() {
                return Some(approximate);
            }
            steps.push(Step {
                coordinates: self.support.coordinates().to_vec(),
                blocking: blocking.clone(),
                target: approximate,
            });
            let leaving = match blocking.as_slice() {
                // It alone stands in the way, so it is the one that becomes 0, wherever the way began.
                &[only] if self.support.coordinates()[only] != entering => only,
                _ => match boundary::first_in_doubles(&steps, &self.fit) {
                    Some(position) => position,
                    None => self.first_at_boundary(&steps, equations)?,
                },
            };
            self.support.remove(leaving);
        }
    }

    /// Positions in the support where the fit has the wrong sign; `None` if a sign cannot be told.
    fn blocking(&self, fit: &Approximate, equations: &Equations) -> Option<Vec<usize>> {
        let coordinates = self.support.coordinates();
        let wrong =
            |k: usize, sign: Ordering| (sign == Ordering::Greater) != self.positive[coordinates[k]];
        let mut blocking = vec![];
        let mut refined = None;
        for (k, &b) in fit.values.iter().enumerate() {
            let sign = if b.abs() > fit.radius {
                b.total_cmp(&0.0)
            } else {
                if refined.is_none() {
                    refined = Some(self.support.refine(fit, equations)?);
                }
                let block = refined.as_ref()?;
                match block.enclose(k, equations.precision())?.sign()? {
                    // No enclosure with a radius is the point 0.
                    Ordering::Equal => return None,
                    sign => sign,
                }
            };
            if wrong(k, sign) {
                blocking.push(k);
            }
        }
        Some(blocking)
    }

    /// Goes the steps from the fit before, each until the first coordinate is 0, and tells the position of that of the last.
    fn first_at_boundary(&self, steps: &[Step], equations: &mut Equations) -> Option<usize> {
        let precision = equations.precision();
        let mut point: Vec<(usize, Interval)> = vec![];
        for (k, &coordinate) in self.fit.coordinates.iter().enumerate() {
            point.push((coordinate, self.fit.block.enclose(k, precision)?));
        }
        let mut leaving = None;
        for step in steps {
            if let Some(position) = leaving {
                point.remove(position);
            }
            // The support as it is now is that of the last step; those before are seldom asked for.
            let target = if step.coordinates == self.support.coordinates() {
                self.support.refine(&step.target, equations)?
            } else {
                let mut support = Support::of(&step.coordinates, equations)?;
                let approximate = support.solve(equations)?;
                support.refine(&approximate, equations)?
            };
            let mut lengths = vec![];
            let mut ways = vec![];
            for (k, coordinate) in step.coordinates.iter().enumerate() {
                let zero = Interval::from_integer(0);
                let from = point
                    .iter()
                    .find(|(i, _)| i == coordinate)
                    .map_or(zero, |(_, value)| value.clone());
                let way = target.enclose(k, precision)?.sub(&from, precision);
                if step.blocking.contains(&k) {
                    lengths.push((k, from.div(&way.neg(), precision)?));
                }
                ways.push((*coordinate, from, way));
            }
            let first =
                (0..lengths.len()).min_by(|&a, &b| lengths[a].1.hi().cmp(lengths[b].1.hi()))?;
            let (position, length) = lengths.swap_remove(first);
            let is_first = |other: &Interval| length.compare(other) == Some(Ordering::Less);
            if length.sign() != Some(Ordering::Greater)
                || !lengths.iter().all(|(_, other)| is_first(other))
            {
                return None;
            }
            point = ways
                .into_iter()
                .map(|(i, from, way)| (i, from.add(&length.mul(&way, precision), precision)))
                .collect();
            leaving = Some(position);
        }
        leaving
    }

    fn describe(
        &self,
        hit: &Hit,
        before: &[usize],
        equations: &Equations,
    ) -> Option<CertifiedJump> {
        let fit = &self.fit;
        let mut beta = vec![Interval::from_integer(0); equations.dimension()];
        for (k, &i) in fit.coordinates.iter().enumerate() {
            beta[i] = equations.coefficient_of(i, k, &fit.block)?;
        }
        let missing = |from: &[usize], to: &[usize]| {
            let mut changes: Vec<usize> =
                to.iter().copied().filter(|i| !from.contains(i)).collect();
            changes.sort_unstable();
            changes
        };
        // The columns of the support are independent, so n of them fit every label.
        let loss = if fit.coordinates.len() == equations.n_samples() {
            Interval::from_integer(0)
        } else {
            equations.loss(&hits::explained(fit, equations)?)
        };
        Some(CertifiedJump {
            time: equations.time(&hit.time),
            hit: hit.coordinate,
            activated: missing(before, &fit.coordinates),
            deactivated: missing(&fit.coordinates, before),
            beta,
            loss,
            l1_norm: equations.l1_norm(&fit.coordinates, &fit.block, &self.positive)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use saltus_exact::{Rational, RationalMatrix};

    use super::*;

    /// Integers from a congruential generator, some of which leave supports again.
    fn instance(n: usize, d: usize, seed: u64) -> DiagonalInstance {
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
                let shift =
                    saltus_exact::Dyadic::new(shift.mantissa().clone(), shift.exponent() - 192);
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
            let exact =
                saltus_exact::linear::solve_rational(&matrix, &moments).expect("independent");
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
}
