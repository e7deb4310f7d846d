//! The process itself: race, jump, fit, repeat.

use num_bigint::BigInt;
use saltus_exact::{Rational, SqrtSum};
use saltus_problem::ReluInstance;

use super::norm::{
    TieOutcome, jumped_neuron, min_squared_norm, root, squared_size_squared, tie_outcome,
};
use super::pushes::SquaredPushes;
use super::race::{Decision, Race};
use super::sequence::{JumpedNeuron, ReluJump, ReluSequence, Winner};
use super::time::JumpTime;
use crate::error::JumpError;

/// What one jump settles apart from its time, which is written out when the race is over.
struct Leap {
    decision: Decision,
    points: Vec<usize>,
    blocks: Vec<Vec<usize>>,
    loss: Rational,
    squared_norm: Option<SqrtSum>,
    parameters: Option<Vec<JumpedNeuron>>,
    squared_rates: Vec<Rational>,
    exponents: Vec<saltus_exact::Interval>,
}

/// Computes the limiting jump process of a ReLU network on orthogonal data.
///
/// ```
/// use saltus_exact::{Rational, RationalMatrix};
/// use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};
///
/// let row = |numbers: [i32; 2]| numbers.map(Rational::integer).to_vec();
/// let inputs = RationalMatrix::from_rows(vec![row([1, 0]), row([0, 1])])?;
/// let data = OrthogonalData::new(inputs, row([2, -1]))?;
/// let hidden = RationalMatrix::from_rows(vec![row([1, 1]), row([1, 1])])?;
/// let signs = vec![Sign::Positive, Sign::Negative];
/// let init = ReluInitialisation::new(hidden, Output::Balanced { signs }, None)?;
/// let instance = ReluInstance::new("two".to_owned(), data, init)?;
/// let sequence = saltus_jump::relu::predict(&instance)?;
///
/// // Neuron 0 is active on point 0 and races at the rate |y| ‖x‖/n = 1, neuron 1 on point 1 at 1/2.
/// let winners: Vec<&[usize]> = sequence.jumps().iter().map(|jump| jump.winner.neurons()).collect();
/// assert_eq!(winners, [[0], [1]]);
/// assert!(sequence.interpolates());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`JumpError::Unseparated`] if two neurons arrive so close together that neither enclosures nor an exact comparison within
/// the limits decides; never a guess.
pub fn predict(instance: &ReluInstance) -> Result<ReluSequence, JumpError> {
    let data = instance.data();
    let pushes = SquaredPushes::new(instance);
    let starts: Vec<Rational> = (0..instance.width())
        .map(|j| instance.exponent(j).clone())
        .collect();
    let mut race = Race::new(&starts, pushes.denominator());
    let mut fitted: Vec<bool> = data.labels().iter().map(Rational::is_zero).collect();
    let mut rates: Vec<BigInt> = (0..instance.width())
        .map(|j| pushes.total(instance.active_set(j)))
        .collect();
    let initial_loss = unfitted_loss(data.labels(), &fitted);
    let mut squared_norm = Some(SqrtSum::zero());
    let mut leaps: Vec<Leap> = vec![];
    while let Some(decision) = race.run(&rates)? {
        race.settle(&decision.winners);
        let squared_rates = squared_rates(&rates, &leaps, &pushes);
        let blocks: Vec<Vec<usize>> = decision
            .winners
            .iter()
            .map(|&j| {
                let unfitted = instance.active_set(j).iter().copied();
                unfitted.filter(|&i| !fitted[i]).collect()
            })
            .collect();
        let mut points: Vec<usize> = blocks.concat();
        points.sort_unstable();
        points.dedup();
        for &i in &points {
            fitted[i] = true;
        }
        for (j, rate) in rates.iter_mut().enumerate() {
            for &i in &points {
                if instance.active_set(j).binary_search(&i).is_ok() {
                    *rate -= pushes.of(i);
                }
            }
        }
        let outcome = tie_outcome(&blocks);
        let gained = match outcome {
            TieOutcome::Overlapping => None,
            TieOutcome::Disjoint | TieOutcome::EqualOrDisjoint => Some(norm_of(instance, &blocks)),
        };
        squared_norm = squared_norm.zip(gained).map(|(norm, gain)| norm + gain);
        let parameters = matches!(outcome, TieOutcome::Disjoint).then(|| {
            let jumped = decision.winners.iter().zip(&blocks);
            jumped
                .map(|(&j, block)| jumped_neuron(data, j, block))
                .collect()
        });
        leaps.push(Leap {
            points,
            blocks,
            loss: unfitted_loss(data.labels(), &fitted),
            squared_norm: squared_norm.clone(),
            parameters,
            squared_rates,
            exponents: race.exponents().to_vec(),
            decision,
        });
    }
    let unfitted = (0..data.n_points()).filter(|&i| !fitted[i]).collect();
    let jumps = with_times(&race, leaps)?;
    ReluSequence::new(jumps, initial_loss, unfitted, min_squared_norm(instance))
}

/// Squared rates on the plateau that has just ended: 0 for neurons that had jumped before it.
fn squared_rates(rates: &[BigInt], leaps: &[Leap], pushes: &SquaredPushes) -> Vec<Rational> {
    let mut squared: Vec<Rational> = rates
        .iter()
        .map(|rate| {
            Rational::new(rate.clone(), pushes.denominator().clone())
                .expect("the denominator of the pushes is positive")
        })
        .collect();
    for &jumped in leaps.iter().flat_map(|leap| &leap.decision.winners) {
        squared[jumped] = Rational::zero();
    }
    squared
}

/// `L = 1/(2n) Σ_{i ∉ S} y_i²`.
fn unfitted_loss(labels: &[Rational], fitted: &[bool]) -> Rational {
    let squares: Rational = labels
        .iter()
        .zip(fitted)
        .filter(|(_, fitted)| !**fitted)
        .map(|(y, _)| y.square())
        .sum();
    squares
        .checked_div(&Rational::integer(2 * labels.len()))
        .expect("data have at least one point")
}

/// `2 Σ √(Σ_B y_i²/‖x_i‖²)` over the distinct blocks of a jump: equal blocks share one direction.
fn norm_of(instance: &ReluInstance, blocks: &[Vec<usize>]) -> SqrtSum {
    let mut distinct: Vec<&Vec<usize>> = blocks.iter().collect();
    distinct.sort();
    distinct.dedup();
    let roots = distinct
        .iter()
        .map(|block| root(&squared_size_squared(instance.data(), block)))
        .fold(SqrtSum::zero(), |sum, size| sum + size);
    roots.scale(&Rational::integer(2))
}

/// Writes out the times of all jumps.
fn with_times(race: &Race<'_>, leaps: Vec<Leap>) -> Result<Vec<ReluJump>, JumpError> {
    let exact = race.times();
    let mut enclosures = EnclosedTimes::new(race);
    let mut jumps = Vec::with_capacity(leaps.len());
    for (jump, leap) in leaps.into_iter().enumerate() {
        let law = "every jump time has thirty certain digits";
        let broken = || JumpError::BrokenLaw { jump, law };
        let time = JumpTime::new(exact[jump].clone(), |precision| {
            enclosures.at(precision)[jump].clone()
        })
        .ok_or_else(broken)?;
        let gap = match jump {
            0 => None,
            _ => {
                let difference = match (&exact[jump], &exact[jump - 1]) {
                    (Some(end), Some(start)) => Some(end.clone() - start.clone()),
                    _ => None,
                };
                let gap = JumpTime::new(difference, |precision| {
                    let times = enclosures.at(precision);
                    times[jump].sub(&times[jump - 1], precision)
                });
                Some(gap.ok_or_else(broken)?)
            }
        };
        let winner = match leap.decision.winners.as_slice() {
            [only] => Winner::Unique(*only),
            _ => Winner::Tie(leap.decision.winners),
        };
        jumps.push(ReluJump {
            time,
            gap,
            winner,
            points: leap.points,
            blocks: leap.blocks,
            loss: leap.loss,
            squared_norm: leap.squared_norm,
            parameters: leap.parameters,
            squared_rates: leap.squared_rates,
            exponents: leap.exponents,
            runner_up: leap.decision.runner_up,
        });
    }
    Ok(jumps)
}

/// Enclosures of the jump times, kept for every precision that was asked for.
struct EnclosedTimes<'a, 'b> {
    race: &'a Race<'b>,
    kept: Vec<(u32, Vec<saltus_exact::Interval>)>,
}

impl<'a, 'b> EnclosedTimes<'a, 'b> {
    fn new(race: &'a Race<'b>) -> EnclosedTimes<'a, 'b> {
        EnclosedTimes { race, kept: vec![] }
    }

    fn at(&mut self, precision: u32) -> &[saltus_exact::Interval] {
        let position = match self.kept.iter().position(|(kept, _)| *kept == precision) {
            Some(position) => position,
            None => {
                let times = self.race.enclose_times(precision);
                self.kept.push((precision, times));
                self.kept.len() - 1
            }
        };
        &self.kept[position].1
    }
}
