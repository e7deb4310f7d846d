//! The fits along a proposed path: integer solutions of normal equations, on one support after the other.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::super::enclosure::Decision;
use super::Data;
use super::lifting::System;
use super::words::Multiples;

/// The fit after a jump: coefficients `numerators_i / determinant` on a support.
#[derive(Debug)]
pub(super) struct Fit {
    /// In the order of the rows of the system.
    pub(super) support: Vec<usize>,
    /// Whether a coordinate of the support rests at its upper bound.
    pub(super) positive: Vec<bool>,
    /// `det K_SS · b_S`.
    pub(super) numerators: Vec<BigInt>,
    /// `det K_SS`, positive.
    pub(super) determinant: BigInt,
}

/// What the time of a hit is computed from.
pub(super) struct Hit {
    pub(super) coordinate: usize,
    /// Whether it hits its upper bound.
    pub(super) positive: bool,
    /// The fit before the jump.
    pub(super) before: Arc<Fit>,
    /// `|g|` with `g = δ c_j − K_jS δ b`.
    pub(super) speed: BigInt,
    /// `V = δ K_SS⁻¹ K_Sj`.
    pub(super) image: Vec<BigInt>,
    pub(super) images: Multiples,
    /// The coordinates that leave.
    pub(super) departures: Vec<Departure>,
}

/// A coordinate that leaves the support.
pub(super) struct Departure {
    pub(super) coordinate: usize,
    /// Its position in the support before the jump.
    pub(super) position: usize,
    /// `δ K_SS⁻¹ e` for the unit vector at this position.
    pub(super) inverse: Vec<BigInt>,
}

/// The state after a jump.
pub(super) struct Fits {
    system: System,
    fit: Arc<Fit>,
}

impl Fits {
    /// Before the first jump.
    pub(super) fn none(data: &Data) -> Fits {
        Fits {
            system: System::new(data.entry_bits),
            fit: Arc::new(Fit {
                support: vec![],
                positive: vec![],
                numerators: vec![],
                determinant: BigInt::one(),
            }),
        }
    }

    /// The present fit.
    pub(super) fn fit(&self) -> &Arc<Fit> {
        &self.fit
    }

    /// Solves for the next hit, and for the fit after it.
    pub(super) fn jump(&mut self, data: &Data, proposal: &Decision) -> Option<Hit> {
        let hit = proposal.hit;
        let before = Arc::clone(&self.fit);
        if before.support.contains(&hit) {
            return None;
        }
        let gram = data.equations.gram_column(hit);
        let side = data.column(hit).select(&before.support);
        let image = self.system.solve(&side, &before.determinant)?;
        let fitted = data.multiples(&before.numerators).combined(&side);
        let gradient = &before.determinant * &data.equations.moments[hit] - fitted;
        let positive = gradient.is_positive();
        let speed = gradient.abs();
        if speed.is_zero() {
            return None;
        }

        let images = data.multiples(&image);
        let mut departures = vec![];
        for &coordinate in &proposal.leaving {
            let position = before.support.iter().position(|&k| k == coordinate)?;
            departures.push(Departure {
                coordinate,
                position,
                inverse: self.inverse_column(data, position)?,
            });
        }
        let larger = &gram[hit] * &before.determinant - images.combined(&side);
        let determinant = before.minor(&departures, &image, &larger)?;

        self.system.push(&side, &gram[hit])?;
        let (mut support, mut signs) = (before.support.clone(), before.positive.clone());
        support.push(hit);
        signs.push(positive);
        let mut left = vec![];
        for &i in &proposal.leaving {
            let position = support.iter().position(|&k| k == i)?;
            self.system.remove(position)?;
            support.remove(position);
            left.push((i, signs.remove(position)));
        }
        let numerators = self
            .system
            .solve(&data.moments.select(&support), &determinant)?;
        let fit = Fit {
            support,
            positive: signs,
            numerators,
            determinant,
        };
        fit.confirm_signs(data, &left)?;
        self.fit = Arc::new(fit);
        Some(Hit {
            coordinate: hit,
            positive,
            before,
            speed,
            image,
            images,
            departures,
        })
    }

    /// `δ K_SS⁻¹ e` for the unit vector at a position of the support.
    fn inverse_column(&self, data: &Data, position: usize) -> Option<Vec<BigInt>> {
        let unit = |k: usize| BigInt::from(u8::from(k == position));
        let units: Vec<BigInt> = (0..self.fit.support.len()).map(unit).collect();
        let column = self.system.column(&units);
        debug_assert!(column.length == data.moments.length);
        self.system.solve(&column, &self.fit.determinant)
    }
}

impl Fit {
    /// `det K` on the support with j, of determinant `larger`, but without what leaves: `None` unless it is positive.
    ///
    /// The minor of the complement is that of the inverse (Jacobi), whose entries on the support are
    /// `(larger · H + V Vᵀ)/δ` over `larger`, with `H = δ K_SS⁻¹`; elimination without fractions begins with the divisor `larger`.
    fn minor(&self, departures: &[Departure], image: &[BigInt], larger: &BigInt) -> Option<BigInt> {
        let entry = |a: usize, b: usize| {
            let (a, b) = (&departures[a], &departures[b]);
            let product = &image[a.position] * &image[b.position];
            (larger * &a.inverse[b.position] + product) / &self.determinant
        };
        let size = departures.len();
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

    /// The signs of the fit are those of the bounds, and the gradient drives what has left inwards: the fit is the minimiser under
    /// the sign constraints, and the only one.
    fn confirm_signs(&self, data: &Data, left: &[(usize, bool)]) -> Option<()> {
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
            .all(|&(i, positive)| as_at_bound(&self.gradient(data, i), positive));
        (kept && inwards).then_some(())
    }

    /// `δ (K b − c)_i`.
    fn gradient(&self, data: &Data, coordinate: usize) -> BigInt {
        let fitted: BigInt = self
            .support
            .iter()
            .zip(&self.numerators)
            .map(|(&i, number)| data.equations.gram(coordinate, i) * number)
            .sum();
        fitted - &self.determinant * &data.equations.moments[coordinate]
    }

    /// Whether no coordinate moves any more.
    pub(super) fn is_at_rest(&self, data: &Data) -> bool {
        // As many independent columns as there are samples fit every label.
        self.support.len() == data.equations.n_samples()
            || (0..data.bounds.len())
                .filter(|i| !self.support.contains(i))
                .all(|i| self.gradient(data, i).is_zero())
    }
}
