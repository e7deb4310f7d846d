//! The times along a proposed path, and the confirmation that no other coordinate hits before them.

use num_bigint::BigInt;
use saltus_exact::{FactoredQuotient, Interval};

use super::Data;
use super::bystanders::{Bystanders, Integrals, PRECISION, enclosed};
use super::fits::{Departure, Fit, Hit};
use super::resting::{Form, Resting};

/// The state after a jump.
pub(super) struct Times {
    resting: Resting,
    integrals: Integrals,
}

/// A time, not yet in lowest terms.
pub(super) struct Time {
    pub(super) quotient: FactoredQuotient,
    /// Factors that the list of all has since the last time.
    pub(super) factors: Vec<BigInt>,
}

impl Times {
    /// Before the first jump.
    pub(super) fn none(data: &Data) -> Times {
        Times {
            resting: Resting::none(),
            integrals: Integrals::zero(data.bounds.len()),
        }
    }

    /// Advances to the next hit; `None` if it is not confirmed to be the first.
    pub(super) fn jump(&mut self, data: &Data, hit: &Hit) -> Option<Time> {
        let known = self.resting.factors().len();
        let form = self.hit_form(data, hit);
        let numerator = self.resting.numerator(&form);
        self.advance_integrals(&numerator, hit)?;
        self.confirm_bystanders(data, hit)?;
        let numerator = numerator * data.equations.gradient_denominator();
        let (quotient, position) =
            self.resting
                .quotient(numerator, &hit.speed, &data.bounds_denominator);
        let departures: Vec<(usize, Form)> = hit
            .departures
            .iter()
            .map(|departure| {
                (
                    departure.coordinate,
                    self.departure(data, hit, departure, &form),
                )
            })
            .collect();
        self.resting.replace(hit.coordinate, &departures, position);
        Some(Time {
            quotient,
            factors: self.resting.factors()[known..].to_vec(),
        })
    }

    /// The time u of a hit as a form over the speed `|g|`, with `g = δ c_j − K_jS δb`, `V = δ K_SS⁻¹ K_Sj` and `σ = sign(g)`.
    ///
    /// The support rests at its bounds, `K_SS a_S = u c_S − k_S − K_SD a_D`, and j meets its own, `u c_j − K_jS a_S − K_jD a_D
    /// = σ k_j`: so `u |g| = δ k_j − σ V·k_S + σ (δ K_jD − V K_SD) a_D`.
    fn hit_form(&self, data: &Data, hit: &Hit) -> Form {
        let (j, fit) = (hit.coordinate, &hit.before);
        let signed = |number: BigInt| if hit.positive { number } else { -number };
        let rested: BigInt = rested_at(data, fit)
            .zip(&hit.image)
            .map(|(k, v)| k * v)
            .sum();
        let weight = |&i: &usize| {
            let entry = &data.equations.gram_column(i)[j];
            let explained = hit.images.combined(&data.column(i).select(&fit.support));
            signed(&fit.determinant * entry - explained)
        };
        Form {
            constant: &fit.determinant * &data.bounds[j] - signed(rested),
            weights: self.resting.coordinates().iter().map(weight).collect(),
        }
    }

    /// `a_i = u b_i − e_i K_SS⁻¹ (k_S + K_SD a_D)` at the time u of a hit, as a form over the same speed.
    ///
    /// By Cramer's rule for the equations of [`hit_form`](Self::hit_form) in `(a_S, u)`, whose determinant is the speed, its
    /// coefficients are integers: the divisions by δ are exact.
    fn departure(&self, data: &Data, hit: &Hit, departure: &Departure, form: &Form) -> Form {
        let fit = &hit.before;
        let coefficient = &fit.numerators[departure.position];
        let part = |of_time: &BigInt, of_rest: BigInt| {
            (coefficient * of_time - &hit.speed * of_rest) / &fit.determinant
        };
        let inverse = &departure.inverse;
        let rested = rested_at(data, fit).zip(inverse).map(|(k, h)| k * h).sum();
        let inverses = data.multiples(inverse);
        let resting = self.resting.coordinates().iter().zip(&form.weights);
        let weights = resting.map(|(&i, weight)| {
            let column = data.column(i).select(&fit.support);
            part(weight, inverses.combined(&column))
        });
        Form {
            constant: part(&form.constant, rested),
            weights: weights.collect(),
        }
    }

    /// Lets the enclosed integrals grow to the time of a hit: `numerator/(speed · unit)`.
    fn advance_integrals(&mut self, numerator: &BigInt, hit: &Hit) -> Option<()> {
        let fit = &hit.before;
        let unit = enclosed(&hit.speed).mul(&enclosed(self.resting.unit()), PRECISION);
        let time = enclosed(numerator).div(&unit, PRECISION)?;
        let per_determinant =
            Interval::from_integer(1).div(&enclosed(&fit.determinant), PRECISION)?;
        let rate = |number: &BigInt| enclosed(number).mul(&per_determinant, PRECISION);
        let rates = fit.numerators.iter().map(rate);
        let rates: Vec<(usize, Interval)> = fit.support.iter().copied().zip(rates).collect();
        self.integrals.advance(time, &rates);
        Some(())
    }

    /// No other coordinate is at its bound, or beyond it, at the time of a hit.
    fn confirm_bystanders(&self, data: &Data, hit: &Hit) -> Option<()> {
        let mut at_bound = vec![false; data.bounds.len()];
        at_bound[hit.coordinate] = true;
        for &i in &hit.before.support {
            at_bound[i] = true;
        }
        let bystanders = Bystanders {
            moments: &data.moments,
            columns: &data.columns,
            row_bits: &data.row_bits,
            bounds: &data.bounds,
        };
        self.integrals
            .are_inside(&bystanders, &at_bound)
            .then_some(())
    }
}

/// `±κ k_i` for the coordinates of a support: where their dual variables rest.
fn rested_at(data: &Data, fit: &Fit) -> impl Iterator<Item = BigInt> {
    let signed = fit.support.iter().zip(&fit.positive);
    signed.map(|(&i, &positive)| match positive {
        true => data.bounds[i].clone(),
        false => -&data.bounds[i],
    })
}
