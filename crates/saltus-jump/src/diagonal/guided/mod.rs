//! The exact process along a proposed path: which coordinates enter and leave is proposed, and confirmed in integers.
//!
//! Every number of the answer is an integer solution of normal equations, found by lifting modulo powers of a prime, and the
//! signs that the constrained fit rests on are those of these solutions. That no other coordinate hits first is the one thing
//! that would need long numbers for every coordinate; it is confirmed by enclosures of integers. Where anything is not
//! confirmed, such as at a tie, there is no answer here, and [`super::elimination`] decides everything.

mod base_p;
mod bystanders;
mod crew;
mod fits;
mod lifting;
mod residues;
mod resting;
mod times;
mod words;

use std::sync::{Arc, OnceLock};

use num_bigint::BigInt;
use rayon::prelude::*;
use saltus_exact::linear::common_denominator;
use saltus_exact::{FactoredQuotient, Rational};
use saltus_problem::DiagonalInstance;

use super::enclosure::Decision;
use super::fit::{Coefficients, NormalEquations};
use super::sequence::DiagonalJump;
use crew::{Path, Proposals};
use fits::Fit;
use words::{Column, Multiples};

/// The jumps of the process if it is as proposed, up to its end; `None` if a proposal cannot be confirmed.
///
/// What is proposed is the next decision, an inner `None` for the end of the process, or nothing if none can be told.
pub(super) fn follow(
    instance: &DiagonalInstance,
    equations: &OnceLock<NormalEquations>,
    propose: impl FnMut() -> Option<Option<Decision>> + Send,
    progress: &dyn Fn(usize),
) -> Option<Vec<DiagonalJump>> {
    let proposals = Proposals::new(propose);
    let path = OnceLock::new();
    rayon::in_place_scope(|scope| {
        if rayon::current_num_threads() > 1 {
            scope.spawn(|_| {
                while path.get().is_none() && proposals.advance() {}
                crew::work(&path, &proposals, &|_| {});
            });
        }
        path.get_or_init(|| {
            let equations = equations.get_or_init(|| NormalEquations::new(instance));
            Path::new(Data::new(instance, equations))
        });
        crew::work(&path, &proposals, progress);
    });
    let found = path.into_inner()?.found()?;
    let jumps = found.times.into_iter().zip(found.saddles);
    let jumps: Vec<_> = jumps.zip(found.decisions).collect();
    let jump = |((time, saddle), proposal): ((FactoredQuotient, Saddle), Decision)| {
        saddle.after(time.in_lowest_terms(&found.common), &proposal)
    };
    Some(jumps.into_par_iter().with_max_len(1).map(jump).collect())
}

/// The fit after a jump, in lowest terms.
struct Saddle {
    /// All d coefficients.
    beta: Vec<Rational>,
    l1_norm: Rational,
    loss: Rational,
}

impl Saddle {
    fn of_each(fits: &[Arc<Fit>], equations: &NormalEquations) -> Vec<Saddle> {
        let coefficients = fits.iter().map(|fit| Coefficients {
            support: &fit.support,
            numerators: &fit.numerators,
            denominator: &fit.determinant,
        });
        let described = equations.each_described(&coefficients.collect::<Vec<_>>());
        let saddle = |(fit, (coefficients, l1_norm, loss)): (&Arc<Fit>, _)| {
            let mut beta = vec![Rational::zero(); equations.moments.len()];
            let coefficients: Vec<Rational> = coefficients;
            for (&i, coefficient) in fit.support.iter().zip(coefficients) {
                beta[i] = coefficient;
            }
            Saddle {
                beta,
                l1_norm,
                loss,
            }
        };
        fits.iter().zip(described).map(saddle).collect()
    }

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

/// What the whole path has in common.
struct Data<'a> {
    equations: &'a NormalEquations,
    /// `κ k_i` with κ the common denominator of the exponents.
    bounds: Vec<BigInt>,
    bounds_denominator: BigInt,
    /// The entries of K and c have at most so many bits.
    entry_bits: u64,
    /// c, in words.
    moments: Column,
    /// Columns of K in words, for coordinates that have been in a support.
    columns: Vec<OnceLock<Column>>,
    /// For each coordinate, a bound of the bits of the entries of K and c in its row.
    row_bits: Vec<u64>,
}

impl<'a> Data<'a> {
    fn new(instance: &DiagonalInstance, equations: &'a NormalEquations) -> Data<'a> {
        let d = instance.dimension();
        let squares: Vec<u64> = (0..d).map(|i| equations.square(i).bits()).collect();
        // |K_ij|² ≤ K_ii K_jj and c_i² ≤ K_ii |y|².
        let most = squares
            .iter()
            .copied()
            .chain([equations.squared_labels.bits()]);
        let entry_bits = most.max().unwrap_or(0);
        let bounds_denominator = common_denominator(instance.exponents());
        let exponents = instance.exponents().iter();
        Data {
            bounds: exponents
                .map(|k| k.numer() * (&bounds_denominator / k.denom()))
                .collect(),
            bounds_denominator,
            entry_bits,
            moments: Column::new(&equations.moments, lifting::words_for(entry_bits)),
            columns: vec![OnceLock::new(); d],
            row_bits: squares
                .iter()
                .map(|bits| (bits + entry_bits) / 2 + 1)
                .collect(),
            equations,
        }
    }

    /// A column of K in words.
    fn column(&self, coordinate: usize) -> &Column {
        self.columns[coordinate].get_or_init(|| {
            Column::new(self.equations.gram_column(coordinate), self.moments.length)
        })
    }

    /// Numbers in the order of a support, for sums `Σ_{i∈S} K_ji numbers_i`.
    fn multiples(&self, numbers: &[BigInt]) -> Multiples {
        Multiples::new(numbers, self.moments.length)
    }
}

#[cfg(test)]
mod tests;
