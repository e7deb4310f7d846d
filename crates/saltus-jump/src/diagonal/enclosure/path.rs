//! The way that coefficients have gone: what rests where a coordinate has left, and how later times depend on it.

use saltus_exact::Fractions;

use super::block::{Block, block_sum, exponent_above, largest, two_to};
use super::bounds::{UNIT, above, sum_norm};
use super::equations::Equations;
use super::hits::Hit;
use super::support::{Applied, Support};

/// The fit of a plateau, and how the dual variable moves on it.
///
/// On a support S, `a = ∫ b' du` is `a_S = u b' − z` with `K'_SS z = k_S + K'_SD a_D`: the dual variable `u c' − K' a` rests at its
/// bounds `k_S` there. D are the coordinates that have left, where a rests. So errors of earlier times count at D only.
#[derive(Clone)]
pub(super) struct Fit {
    /// S, in the order of the numbers.
    pub(super) coordinates: Vec<usize>,
    /// Their places among the known coordinates.
    pub(super) places: Vec<usize>,
    /// b'.
    pub(super) block: Block,
    /// z.
    pub(super) offset: Block,
}

/// `a_D` for a coordinate that has left.
///
/// Later times depend on it, and to bound its error by an interval would let that grow at every departure. So it is kept as a
/// linear form: the value and the sum of `noise_l ε_l` units with numbers `|ε_l| ≤ 1` that all such coordinates share. The unit
/// is 2 to the minus precision.
struct Rest {
    place: usize,
    fractions: Fractions,
    exponent: i64,
    noise: Vec<f64>,
}

/// The coordinates that have left, where `a = ∫ b' du` is not 0 and rests.
pub(super) struct Path {
    resting: Vec<Rest>,
    /// The number of the ε.
    symbols: usize,
}

/// The same at one jump.
pub(super) struct Resting {
    pub(super) places: Vec<usize>,
    /// Values, with an error of rounding.
    pub(super) block: Block,
    /// `Σ|noise|`, all of it.
    pub(super) noise: f64,
}

impl Path {
    pub(super) fn new() -> Path {
        Path {
            resting: vec![],
            symbols: 0,
        }
    }

    /// What rests, over one exponent.
    pub(super) fn at_jump(&self, equations: &Equations) -> Option<Resting> {
        let exponent = self.resting.iter().map(|rest| rest.exponent).max();
        let mut block = Block {
            fractions: Fractions::zeros(equations.words(), self.resting.len()),
            exponent: exponent.unwrap_or(0),
            radius: 1.0,
            residual: f64::INFINITY,
        };
        for (k, rest) in self.resting.iter().enumerate() {
            let shift = rest.exponent - block.exponent;
            if !block.fractions.add(k, (&rest.fractions, 0), shift) {
                return None;
            }
        }
        Some(Resting {
            places: self.resting.iter().map(|rest| rest.place).collect(),
            block,
            noise: above(self.resting.iter().map(|rest| sum_norm(&rest.noise)).sum()),
        })
    }

    /// How `rowᵀ K'_SD a_D − direct·a_D` depends on the errors of `a_D`, in units, and a bound of the sum of the errors of that.
    pub(super) fn propagate(
        &self,
        row: &Applied,
        support: &[usize],
        direct: &[f64],
        resting: &Resting,
        equations: &Equations,
    ) -> (Vec<f64>, f64) {
        let mut noise = vec![0.0; self.symbols];
        for (rest, direct) in self.resting.iter().zip(direct) {
            let gram = equations.gram_floats(rest.place);
            let column = support.iter().map(|&p| gram[p]);
            let sum: f64 = column.zip(&row.values).map(|(k, y)| k * y).sum();
            let coefficient = sum - direct;
            for (total, entry) in noise.iter_mut().zip(&rest.noise) {
                *total += coefficient * entry;
            }
        }
        let terms = (support.len() + self.resting.len() + self.symbols) as f64;
        let coefficient = row.error * (support.len() as f64).sqrt()
            + (terms + 16.0) * UNIT * (sum_norm(&row.values) + 1.0);
        (noise, above(coefficient * resting.noise))
    }

    /// `a_j` for a coordinate at a position of the support before a jump, at its time.
    fn departure(
        &self,
        position: usize,
        (hit, clock): (&Hit, &Clock),
        before: &Fit,
        support: &Support,
        resting: &Resting,
        equations: &Equations,
    ) -> Option<Rest> {
        let (b, z) = (&before.block, &before.offset);
        let size = clock.size * largest(b) + largest(z);
        let exponent = exponent_for(size)?;
        // a = u b − z, by way of its negative.
        let product = clock.exponent + b.exponent - exponent;
        let mut fractions = Fractions::zeros(equations.words(), 1);
        let fits =
            fractions.add_product(0, (&b.fractions, position), (&clock.fractions, 1), product)
                && fractions.add(0, (&z.fractions, position), z.exponent - exponent);
        if !fits {
            return None;
        }
        fractions.negate(0);

        let coefficient = b.fractions.to_f64(position) * two_to(b.exponent);
        let row = support.inverse_row(position);
        let direct = vec![0.0; self.resting.len()];
        let (of_offset, error) = self.propagate(&row, &before.places, &direct, resting, equations);
        let of_time = hit.noise.iter();
        let mut noise: Vec<f64> = of_time
            .zip(&of_offset)
            .map(|(u, z)| coefficient * u - z)
            .collect();
        // |u b − û b̂| ≤ |b̂| |u − û| + |û| |b − b̂| + |u − û| |b − b̂|, and one unit in the last place for each truncation.
        let bits = i64::from(equations.precision());
        let rounding = (clock.radius + b.radius + clock.radius * b.radius * two_to(-bits))
            * two_to(product)
            + z.radius * two_to(z.exponent - exponent)
            + 2.0;
        let of_time = sum_norm(&hit.noise);
        let sums = 4.0 * UNIT * (coefficient.abs() * of_time + sum_norm(&of_offset));
        let inexact = b.radius * two_to(b.unit()) * of_time + sums + error;
        let own = above(rounding * two_to(exponent) + inexact);
        noise.push(own);
        own.is_finite().then_some(Rest {
            place: before.places[position],
            fractions,
            exponent,
            noise,
        })
    }

    /// z of the fit after a jump; coordinates of the fit before that are not in its support begin to rest.
    ///
    /// What it leaves of its equations is known without products. Let `ζ = K z − k_S − K_SD a_D` and `ρ = K b − c` be the residuals
    /// before the jump, u its time, and a of the whole path, `u b − z` on S. There `(K a)_i = u c_i − k_i + u ρ_i − ζ_i`, and at the
    /// coordinate that hits `(K a)_i = u c_i − k_i − δ`, where δ is its distance from its bound. Since a does not jump,
    /// `z' = u b' − a` has the residual `ζ'_i = u c_i + u ρ'_i − (K a)_i − k_i`: `u ρ'_i − u ρ_i + ζ_i`, or `u ρ'_i + δ`. Entries of
    /// K are below 1, so truncations of z and of what rests add no more than their sum.
    pub(super) fn settle(
        &mut self,
        hit: &Hit,
        (before, support_before): (&Fit, &Support),
        block: &Block,
        support: &Support,
        positive: &[bool],
        equations: &Equations,
    ) -> Option<Block> {
        let clock = Clock::at(hit, equations)?;
        let places = support.places();
        let mut offset = self.start(&clock, before, block, places, equations)?;
        let resting = self.at_jump(equations)?;
        let mut departures = vec![];
        for (position, place) in before.places.iter().enumerate() {
            if !places.contains(place) {
                let mut rest = self.departure(
                    position,
                    (hit, &clock),
                    before,
                    support_before,
                    &resting,
                    equations,
                )?;
                // Each has an error of its own.
                let own = rest.noise.pop()?;
                rest.noise.resize(self.symbols + departures.len(), 0.0);
                rest.noise.push(own);
                departures.push(rest);
            }
        }
        let scale = |exponent: i64| two_to(exponent - offset.exponent);
        let given = [&before.block, block].map(|b| b.residual * scale(b.exponent));
        let of_hit = clock.miss * scale(0);
        let kept = before.offset.residual * scale(before.offset.exponent);
        let truncated = departures
            .iter()
            .map(|rest| TRUNCATIONS * scale(rest.exponent));
        offset.residual = above(
            kept.max(of_hit)
                + clock.size * (given[0] + given[1])
                + TRUNCATIONS * places.len() as f64
                + truncated.sum::<f64>(),
        );
        offset.radius =
            above(support.inverse_norm() * (places.len() as f64).sqrt() * offset.residual);

        self.resting.retain(|rest| !places.contains(&rest.place));
        self.symbols += departures.len();
        self.resting.extend(departures);
        if self.resting.is_empty() {
            self.symbols = 0;
        }
        for rest in &mut self.resting {
            rest.noise.resize(self.symbols, 0.0);
        }
        if offset.radius <= two_to(MOST_RADIUS) {
            return Some(offset);
        }
        let side = self.side(support, positive, equations)?;
        support.correct(offset.fractions, offset.exponent, &side, equations)
    }

    /// An approximation of z: a does not jump, so `z = u b − a`.
    fn start(
        &self,
        clock: &Clock,
        before: &Fit,
        block: &Block,
        places: &[usize],
        equations: &Equations,
    ) -> Option<Block> {
        let rested = |rest: &Rest| rest.fractions.to_f64(0).abs() * two_to(rest.exponent);
        let size = clock.size * (largest(block) + largest(&before.block))
            + largest(&before.offset)
            + self.resting.iter().map(rested).fold(0.0, f64::max);
        let exponent = exponent_for(size)?;
        let mut start = Fractions::zeros(equations.words(), places.len());
        let by_time = |block: &Block| clock.exponent + block.exponent - exponent;
        for (k, &place) in places.iter().enumerate() {
            // The negative of u b − a, then of a = u b − z on the support before.
            let minus = (&clock.fractions, 1);
            let mut fits = start.add_product(k, (&block.fractions, k), minus, by_time(block));
            let position = before.places.iter().position(|&before| before == place);
            let rest = self.resting.iter().find(|rest| rest.place == place);
            if let Some(rest) = rest {
                fits &= start.add(k, (&rest.fractions, 0), rest.exponent - exponent);
            }
            if let Some(position) = position {
                let b = (&before.block.fractions, position);
                fits &= start.add_product(k, b, (&clock.fractions, 0), by_time(&before.block));
            }
            start.negate(k);
            if let Some(position) = position {
                let z = (&before.offset.fractions, position);
                fits &= start.add(k, z, before.offset.exponent - exponent);
            }
            if !fits {
                return None;
            }
        }
        Some(Block {
            fractions: start,
            exponent,
            radius: f64::INFINITY,
            residual: f64::INFINITY,
        })
    }

    /// `k_S + K'_SD a_D`, with the errors of rounding only.
    pub(super) fn side(
        &self,
        support: &Support,
        positive: &[bool],
        equations: &Equations,
    ) -> Option<Block> {
        let resting = self.at_jump(equations)?;
        let coordinates = support.coordinates().iter();
        let largest_bound = coordinates
            .clone()
            .map(|&i| equations.floats.bounds[i])
            .fold(0.0, f64::max);
        let sum = block_sum(&resting.block.fractions);
        let rested = sum * two_to(resting.block.exponent);
        let exponent = exponent_for(largest_bound + rested)?;
        let mut side = Fractions::zeros(equations.words(), support.places().len());
        for (k, (&i, &place)) in coordinates.zip(support.places()).enumerate() {
            let (bound, power) = equations.bound_fraction(i, positive[i]);
            let total = equations
                .gram(place)
                .dot(&resting.places, &resting.block.fractions);
            let fits = side.add(k, bound, power - exponent)
                && side.add_total(k, &total, resting.block.exponent - exponent);
            if !fits {
                return None;
            }
        }
        // The bound was truncated to its own unit, and both parts to that of the side.
        let terms = resting.places.len() as f64;
        let error = resting.block.radius * terms + equations.error() * sum;
        Some(Block {
            fractions: side,
            exponent,
            radius: above(error * two_to(resting.block.exponent - exponent) + 4.0),
            residual: f64::INFINITY,
        })
    }
}

/// A time as a fraction, and its negative, `· 2^exponent`.
struct Clock {
    fractions: Fractions,
    exponent: i64,
    /// In units in the last place.
    radius: f64,
    /// An upper bound of the time.
    size: f64,
    /// How far the coordinate that hits may be from its bound at this time, in units `2^(−precision)`.
    miss: f64,
}

impl Clock {
    /// `None` for a time beyond the range of doubles.
    fn at(hit: &Hit, equations: &Equations) -> Option<Clock> {
        let (low, high) = (hit.middle.lo(), hit.middle.hi());
        let size = above(low.to_f64().abs().max(high.to_f64().abs()));
        let exponent = exponent_for(size)? - 1;
        // The lower end stands for the interval.
        let mut fractions = Fractions::new(equations.words());
        fractions.push_integer(low.mantissa(), exponent - low.exponent());
        fractions.push_negative(0);
        // It is truncated to a unit.
        let unit = two_to(exponent);
        Some(Clock {
            fractions,
            exponent,
            radius: above((hit.width + hit.radius) / unit + 1.0),
            size,
            miss: above(hit.miss + unit * hit.speed),
        })
    }
}

/// An `e` with numbers of at most this size below `2^(e − 1)`; `None` where that is beyond the range of doubles.
fn exponent_for(size: f64) -> Option<i64> {
    let exponent = exponent_above(above(size)) + 1;
    (exponent <= MOST_EXPONENT).then_some(exponent)
}

/// A number is the sum of at most so many truncated ones.
const TRUNCATIONS: f64 = 4.0;

/// Beyond `2^MOST_RADIUS` units an error of z is worth computing its residual.
const MOST_RADIUS: i64 = 42;

/// Numbers from 2 to this power on are left to the exact process.
const MOST_EXPONENT: i64 = 1000;

#[cfg(test)]
mod tests;

#[cfg(test)]
impl Path {
    /// The places of what rests, and the numbers as they are held.
    pub(super) fn numbers_at_rest(&self) -> Vec<(usize, saltus_exact::Rational)> {
        let number = |rest: &Rest| {
            let fraction = rest.fractions.to_dyadic(0);
            let exponent = fraction.exponent() + rest.exponent;
            saltus_exact::Dyadic::new(fraction.mantissa().clone(), exponent).to_rational()
        };
        let places = self.resting.iter();
        places.map(|rest| (rest.place, number(rest))).collect()
    }

    /// Makes every number that rests uncertain by so many units, or moves it by as many.
    pub(super) fn disturb(&mut self, units: f64, precision: i64, moves: bool) -> usize {
        for (k, rest) in self.resting.iter_mut().enumerate() {
            if moves {
                let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
                let fits = rest
                    .fractions
                    .add_f64(0, sign * units, -precision - rest.exponent);
                assert!(fits, "the disturbance is small");
            } else {
                rest.noise.resize(self.symbols + k, 0.0);
                rest.noise.push(units);
            }
        }
        let count = self.resting.len();
        self.symbols += if moves { 0 } else { count };
        for rest in &mut self.resting {
            rest.noise.resize(self.symbols, 0.0);
        }
        count
    }
}
