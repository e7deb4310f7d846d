//! The exact process along a proposed path: which coordinates enter and leave is proposed, and confirmed in integers.
//!
//! Every number of the answer is an integer solution of normal equations, found by lifting modulo powers of a prime, and the
//! signs that the constrained fit rests on are those of these solutions. That no other coordinate hits first is the one thing
//! that would need long numbers for every coordinate; it is confirmed by enclosures of integers. Where anything is not
//! confirmed, such as at a tie, there is no answer here, and [`super::elimination`] decides everything.

mod base_p;
mod bystanders;
mod lifting;
mod residues;
mod resting;
mod words;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use saltus_exact::linear::common_denominator;
use saltus_exact::{FactoredQuotient, Interval, Rational};
use saltus_problem::DiagonalInstance;

use super::enclosure::Decision;
use super::fit::{Coefficients, NormalEquations};
use super::sequence::DiagonalJump;
use bystanders::{Bystanders, Integrals, PRECISION, enclosed};
use lifting::System;
use resting::{Form, Resting};
use words::{Column, Multiples};

/// The jumps of the process if it is as proposed, up to its end; `None` if a proposal cannot be confirmed.
pub(super) fn follow(
    instance: &DiagonalInstance,
    equations: &NormalEquations,
    proposals: &[Decision],
    progress: &dyn Fn(usize),
) -> Option<Vec<DiagonalJump>> {
    let mut process = Process::new(instance, equations);
    let mut times = vec![];
    // A fit is brought to lowest terms beside the search for the next one, by another thread if there is one.
    let mut saddles: Vec<Option<Saddle>> = proposals.iter().map(|_| None).collect();
    rayon::in_place_scope(|scope| {
        for (proposal, saddle) in proposals.iter().zip(&mut saddles) {
            let (time, fit) = process.jump(proposal)?;
            times.push(time);
            scope.spawn(move |_| *saddle = Some(fit.in_lowest_terms(equations)));
            progress(times.len());
        }
        Some(())
    })?;
    if !process.is_at_rest() {
        return None;
    }
    let times = Rational::over_shared_factors(times, &process.resting.into_factors())?;
    let jumps = times.into_iter().zip(saddles).zip(proposals);
    jumps
        .map(|((time, saddle), proposal)| Some(saddle?.after(time, proposal)))
        .collect()
}

/// The fit after a jump: coefficients `numerators_i / determinant` on a support.
struct Fit {
    support: Vec<usize>,
    numerators: Vec<BigInt>,
    determinant: BigInt,
}

impl Fit {
    fn in_lowest_terms(&self, equations: &NormalEquations) -> Saddle {
        let (coefficients, l1_norm, loss) = equations.described(Coefficients {
            support: &self.support,
            numerators: &self.numerators,
            denominator: &self.determinant,
        });
        let mut beta = vec![Rational::zero(); equations.moments.len()];
        for (&i, coefficient) in self.support.iter().zip(coefficients) {
            beta[i] = coefficient;
        }
        Saddle {
            beta,
            l1_norm,
            loss,
        }
    }
}

/// The fit after a jump, in lowest terms.
struct Saddle {
    /// All d coefficients.
    beta: Vec<Rational>,
    l1_norm: Rational,
    loss: Rational,
}

impl Saddle {
    /// The jump that leads to it. Nothing is degenerate and nothing ties where a proposal has been confirmed.
    fn after(self, time: Rational, proposal: &Decision) -> DiagonalJump {
        let mut deactivated = proposal.leaving.clone();
        deactivated.sort_unstable();
        DiagonalJump {
            time,
            hits: vec![proposal.hit],
            beta: self.beta,
            unique: true,
            activated: Some(vec![proposal.hit]),
            deactivated: Some(deactivated),
            loss: self.loss,
            l1_norm: Some(self.l1_norm),
            degenerate: vec![],
        }
    }
}

/// The state after a jump.
struct Process<'a> {
    equations: &'a NormalEquations,
    /// `κ k_i` with κ the common denominator of the exponents.
    bounds: Vec<BigInt>,
    bounds_denominator: BigInt,
    /// c, in words.
    moments: Column,
    /// Columns of K in words, for coordinates that have been in a support.
    columns: Vec<Option<Column>>,
    /// For each coordinate, a bound of the bits of the entries of K and c in its row.
    row_bits: Vec<u64>,
    system: System,
    /// `det K_SS`, positive.
    determinant: BigInt,
    /// In the order of the rows of the system.
    support: Vec<usize>,
    /// `det K_SS · b_S`.
    numerators: Vec<BigInt>,
    /// Whether a coordinate of the support rests at its upper bound.
    positive: Vec<bool>,
    resting: Resting,
    integrals: Integrals,
}

impl<'a> Process<'a> {
    fn new(instance: &DiagonalInstance, equations: &'a NormalEquations) -> Process<'a> {
        let d = instance.dimension();
        let squares: Vec<u64> = (0..d).map(|i| equations.square(i).bits()).collect();
        // |K_ij|² ≤ K_ii K_jj and c_i² ≤ K_ii |y|².
        let most = squares
            .iter()
            .copied()
            .chain([equations.squared_labels.bits()]);
        let most = most.max().unwrap_or(0);
        let system = System::new(most);
        let bounds_denominator = common_denominator(instance.exponents());
        let exponents = instance.exponents().iter();
        Process {
            bounds: exponents
                .map(|k| k.numer() * (&bounds_denominator / k.denom()))
                .collect(),
            bounds_denominator,
            moments: system.column(&equations.moments),
            columns: vec![None; d],
            row_bits: squares.iter().map(|bits| (bits + most) / 2 + 1).collect(),
            system,
            determinant: BigInt::one(),
            support: vec![],
            numerators: vec![],
            positive: vec![],
            resting: Resting::none(),
            integrals: Integrals::zero(d),
            equations,
        }
    }

    /// The time of the next jump, and the fit after it.
    fn jump(&mut self, proposal: &Decision) -> Option<(FactoredQuotient, Fit)> {
        let equations = self.equations;
        let hit = proposal.hit;
        if self.support.contains(&hit) {
            return None;
        }
        let gram = equations.gram_column(hit);
        if self.columns[hit].is_none() {
            self.columns[hit] = Some(self.system.column(gram));
        }
        let side = self.rows_of(hit)?;
        let image = self.system.solve(&side, &self.determinant)?;
        let fitted = self.multiples(&self.numerators).combined(&side);
        let gradient = &self.determinant * &equations.moments[hit] - fitted;
        let positive = gradient.is_positive();
        let speed = gradient.abs();
        if speed.is_zero() {
            return None;
        }

        let images = self.multiples(&image);
        let form = self.hit_form(hit, positive, (&image, &images))?;
        let numerator = self.resting.numerator(&form);
        self.advance_integrals(&numerator, &speed)?;
        self.confirm_bystanders(hit)?;
        let numerator = numerator * equations.gradient_denominator();
        let (time, speed_position) =
            self.resting
                .quotient(numerator, &speed, &self.bounds_denominator);

        let mut positions = vec![];
        let mut inverses = vec![];
        let mut departures = vec![];
        for &i in &proposal.leaving {
            let position = self.support.iter().position(|&k| k == i)?;
            let inverse = self.inverse_column(position)?;
            departures.push((i, self.departure(position, &inverse, (&form, &speed))?));
            positions.push(position);
            inverses.push(inverse);
        }
        let larger = &gram[hit] * &self.determinant - images.combined(&side);
        let determinant = self.minor(&positions, &inverses, &image, &larger)?;
        self.resting.replace(hit, &departures, speed_position);

        self.system.push(&side, &gram[hit])?;
        self.support.push(hit);
        self.positive.push(positive);
        let mut left = vec![];
        for &i in &proposal.leaving {
            let position = self.support.iter().position(|&k| k == i)?;
            self.system.remove(position)?;
            self.support.remove(position);
            left.push((i, self.positive.remove(position)));
        }
        self.determinant = determinant;
        let moments = self.moments.select(&self.support);
        self.numerators = self.system.solve(&moments, &self.determinant)?;
        self.confirm_signs(&left)?;
        let fit = Fit {
            support: self.support.clone(),
            numerators: self.numerators.clone(),
            determinant: self.determinant.clone(),
        };
        Some((time, fit))
    }

    /// The rows of the support in a column of K that is known.
    fn rows_of(&self, coordinate: usize) -> Option<Column> {
        let column = self.columns[coordinate].as_ref()?;
        Some(column.select(&self.support))
    }

    /// Numbers in the order of the support, for sums `Σ_{i∈S} K_ji numbers_i`.
    fn multiples(&self, numbers: &[BigInt]) -> Multiples {
        Multiples::new(numbers, self.moments.length)
    }

    /// `±κ k_i` for the coordinates of the support: where their dual variables rest.
    fn rested_at(&self) -> impl Iterator<Item = BigInt> {
        let signed = self.support.iter().zip(&self.positive);
        signed.map(|(&i, &positive)| match positive {
            true => self.bounds[i].clone(),
            false => -&self.bounds[i],
        })
    }

    /// The time u of a hit as a form over the speed `|g|`, with `g = δ c_j − K_jS δb`, `V = δ K_SS⁻¹ K_Sj` and `σ = sign(g)`.
    ///
    /// The support rests at its bounds, `K_SS a_S = u c_S − k_S − K_SD a_D`, and j meets its own, `u c_j − K_jS a_S − K_jD a_D
    /// = σ k_j`: so `u |g| = δ k_j − σ V·k_S + σ (δ K_jD − V K_SD) a_D`.
    fn hit_form(
        &self,
        hit: usize,
        positive: bool,
        (image, images): (&[BigInt], &Multiples),
    ) -> Option<Form> {
        let signed = |number: BigInt| if positive { number } else { -number };
        let rested: BigInt = self.rested_at().zip(image).map(|(k, v)| k * v).sum();
        let constant = &self.determinant * &self.bounds[hit] - signed(rested);
        let weight = |&i: &usize| {
            let entry = &self.equations.gram_column(i)[hit];
            let explained = images.combined(&self.rows_of(i)?);
            Some(signed(&self.determinant * entry - explained))
        };
        let weights: Option<Vec<BigInt>> = self.resting.coordinates().iter().map(weight).collect();
        Some(Form {
            constant,
            weights: weights?,
        })
    }

    /// `δ K_SS⁻¹ e` for the unit vector at a position of the support.
    fn inverse_column(&self, position: usize) -> Option<Vec<BigInt>> {
        let unit = |k: usize| BigInt::from(u8::from(k == position));
        let units: Vec<BigInt> = (0..self.support.len()).map(unit).collect();
        self.system
            .solve(&self.system.column(&units), &self.determinant)
    }

    /// `a_i = u b_i − e_i K_SS⁻¹ (k_S + K_SD a_D)` at the time u of a hit, as a form over the same speed.
    ///
    /// By Cramer's rule for the equations of [`hit_form`](Self::hit_form) in `(a_S, u)`, whose determinant is the speed, its
    /// coefficients are integers: the divisions by δ are exact.
    fn departure(
        &self,
        position: usize,
        inverse: &[BigInt],
        (form, speed): (&Form, &BigInt),
    ) -> Option<Form> {
        let coefficient = &self.numerators[position];
        let part = |of_time: &BigInt, of_rest: BigInt| {
            (coefficient * of_time - speed * of_rest) / &self.determinant
        };
        let rested = self.rested_at().zip(inverse).map(|(k, h)| k * h).sum();
        let inverses = self.multiples(inverse);
        let resting = self.resting.coordinates().iter().zip(&form.weights);
        let weights: Option<Vec<BigInt>> = resting
            .map(|(&i, weight)| Some(part(weight, inverses.combined(&self.rows_of(i)?))))
            .collect();
        Some(Form {
            constant: part(&form.constant, rested),
            weights: weights?,
        })
    }

    /// `det K` on the support with j, of determinant `larger`, but without some positions: `None` unless it is positive.
    ///
    /// The minor of the complement is that of the inverse (Jacobi), whose entries on the support are
    /// `(larger · H + V Vᵀ)/δ` over `larger`, with `H = δ K_SS⁻¹`; elimination without fractions begins with the divisor `larger`.
    fn minor(
        &self,
        positions: &[usize],
        inverses: &[Vec<BigInt>],
        image: &[BigInt],
        larger: &BigInt,
    ) -> Option<BigInt> {
        let entry = |a: usize, b: usize| {
            let product = &image[positions[a]] * &image[positions[b]];
            (larger * &inverses[a][positions[b]] + product) / &self.determinant
        };
        let size = positions.len();
        let mut rows: Vec<Vec<BigInt>> = (0..size)
            .map(|a| (0..size).map(|b| entry(a, b)).collect())
            .collect();
        let mut divisor = larger.clone();
        while let Some(pivot) = rows.first().cloned() {
            let eliminated = |row: &Vec<BigInt>| -> Vec<BigInt> {
                let pairs = row[1..].iter().zip(&pivot[1..]);
                pairs
                    .map(|(entry, above)| (entry * &pivot[0] - &row[0] * above) / &divisor)
                    .collect()
            };
            rows = rows[1..].iter().map(eliminated).collect();
            divisor = pivot[0].clone();
        }
        divisor.is_positive().then_some(divisor)
    }

    /// Lets the enclosed integrals grow to the time of a hit: `numerator/(speed · unit)`.
    fn advance_integrals(&mut self, numerator: &BigInt, speed: &BigInt) -> Option<()> {
        let unit = enclosed(speed).mul(&enclosed(self.resting.unit()), PRECISION);
        let time = enclosed(numerator).div(&unit, PRECISION)?;
        let per_determinant =
            Interval::from_integer(1).div(&enclosed(&self.determinant), PRECISION)?;
        let rate = |number: &BigInt| enclosed(number).mul(&per_determinant, PRECISION);
        let rates = self.numerators.iter().map(rate);
        let rates: Vec<(usize, Interval)> = self.support.iter().copied().zip(rates).collect();
        self.integrals.advance(time, &rates);
        Some(())
    }

    /// No other coordinate is at its bound, or beyond it, at the time of a hit.
    fn confirm_bystanders(&self, hit: usize) -> Option<()> {
        let mut at_bound = vec![false; self.bounds.len()];
        at_bound[hit] = true;
        for &i in &self.support {
            at_bound[i] = true;
        }
        let bystanders = Bystanders {
            moments: &self.moments,
            columns: &self.columns,
            row_bits: &self.row_bits,
            bounds: &self.bounds,
        };
        self.integrals
            .are_inside(&bystanders, &at_bound)
            .then_some(())
    }

    /// The signs of the fit are those of the bounds, and the gradient drives what has left inwards: the fit is the minimiser under
    /// the sign constraints, and the only one.
    fn confirm_signs(&self, left: &[(usize, bool)]) -> Option<()> {
        let as_at_bound = |number: &BigInt, positive: bool| match positive {
            true => number.is_positive(),
            false => number.is_negative(),
        };
        let signs = self.numerators.iter().zip(&self.positive);
        let kept = signs
            .clone()
            .all(|(number, &positive)| as_at_bound(number, positive));
        let inwards = left
            .iter()
            .all(|&(i, positive)| as_at_bound(&self.gradient(i), positive));
        (kept && inwards).then_some(())
    }

    /// `δ (K b − c)_i`.
    fn gradient(&self, coordinate: usize) -> BigInt {
        let fitted: BigInt = self
            .support
            .iter()
            .zip(&self.numerators)
            .map(|(&i, number)| self.equations.gram(coordinate, i) * number)
            .sum();
        fitted - &self.determinant * &self.equations.moments[coordinate]
    }

    /// Whether no coordinate moves any more.
    fn is_at_rest(&self) -> bool {
        // As many independent columns as there are samples fit every label.
        self.support.len() == self.equations.n_samples()
            || (0..self.bounds.len())
                .filter(|i| !self.support.contains(i))
                .all(|i| self.gradient(i).is_zero())
    }
}

#[cfg(test)]
mod tests;
