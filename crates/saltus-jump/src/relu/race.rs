//! Who jumps next: the race of the exponents to 0, decided by enclosures first and exactly where they do not suffice.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{One, Zero};
use saltus_exact::{Interval, Rational, SqrtSum};

use super::sequence::RunnerUp;
use super::time::MAX_TERMS;
use crate::error::JumpError;

/// Precision that every race starts with, in bits.
const FIRST_PRECISION: u32 = 128;

/// From this precision on, contenders are compared exactly where their arrival times are short enough to write out.
const EXACT_FROM: u32 = 256;

/// Contenders that neither this precision nor an exact comparison separates are reported as an error.
const LAST_PRECISION: u32 = 1 << 15;

/// The race: exponents fall linearly on every plateau, each neuron at its rate.
///
/// Times here are in units of `1/√M`, with M the denominator of the squared rates, so that rates are square roots of integers.
pub(super) struct Race<'a> {
    starts: &'a [Rational],
    denominator: &'a BigInt,
    /// Squared rates over `denominator`: one row a plateau, one entry a neuron (0 for neurons that have jumped).
    rates: Vec<Vec<BigInt>>,
    /// One of the neurons that jumped, for every plateau that has ended.
    winners: Vec<usize>,
    jumped: Vec<bool>,
    /// Exact times of the jumps so far, where they have at most 1,000 terms.
    times: Vec<Option<SqrtSum>>,
    precision: u32,
    /// Enclosures of the exponents at the start of the current plateau.
    exponents: Vec<Interval>,
}

/// How a plateau ends.
pub(super) struct Decision {
    /// Neurons that reach 0 first, all at exactly the same time (ascending).
    pub(super) winners: Vec<usize>,
    /// The next one on the same plateau.
    pub(super) runner_up: Option<RunnerUp>,
}

impl<'a> Race<'a> {
    pub(super) fn new(starts: &'a [Rational], denominator: &'a BigInt) -> Race<'a> {
        let mut race = Race {
            starts,
            denominator,
            rates: vec![],
            winners: vec![],
            jumped: vec![false; starts.len()],
            times: vec![],
            precision: FIRST_PRECISION,
            exponents: vec![],
        };
        race.replay(FIRST_PRECISION);
        race
    }

    /// Decides the next jump on a plateau with these squared rates, records it, and returns it; `None` if no inactive neuron
    /// has a positive rate.
    pub(super) fn run(&mut self, squared_rates: &[BigInt]) -> Result<Option<Decision>, JumpError> {
        let row = squared_rates
            .iter()
            .zip(&self.jumped)
            .map(|(rate, &jumped)| if jumped { BigInt::zero() } else { rate.clone() })
            .collect();
        self.rates.push(row);
        let Some(winners) = self.decide()? else {
            return Ok(None);
        };
        let runner_up = self.runner_up(&winners);
        self.times.push(self.arrival(winners[0]));
        self.winners.push(winners[0]);
        for &winner in &winners {
            self.jumped[winner] = true;
        }
        self.end_plateau(self.rates.len() - 1);
        Ok(Some(Decision { winners, runner_up }))
    }

    /// Enclosures of the exponents at the last jump: exactly 0 for neurons that have jumped.
    pub(super) fn exponents(&self) -> &[Interval] {
        &self.exponents
    }

    /// Exact time of each jump, where it is short enough.
    pub(super) fn times(&self) -> &[Option<SqrtSum>] {
        &self.times
    }

    /// Enclosures of all jump times at the given precision, in units of rescaled time.
    pub(super) fn enclose_times(&self, precision: u32) -> Vec<Interval> {
        let mut ends: Vec<Interval> = vec![];
        for (plateau, &winner) in self.winners.iter().enumerate() {
            let mut sum = Interval::from_rational(&self.starts[winner], precision);
            for (jump, end) in ends.iter().enumerate() {
                let (before, after) = (&self.rates[jump][winner], &self.rates[jump + 1][winner]);
                if before != after {
                    let change = root(after, precision).sub(&root(before, precision), precision);
                    sum = sum.add(&change.mul(end, precision), precision);
                }
            }
            let rate = root(&self.rates[plateau][winner], precision);
            ends.push(quotient(&sum, &rate, precision));
        }
        let unit = root(self.denominator, precision);
        ends.iter().map(|end| end.mul(&unit, precision)).collect()
    }

    fn decide(&mut self) -> Result<Option<Vec<usize>>, JumpError> {
        loop {
            let contenders = self.contenders();
            let Some((&first, others)) = contenders.split_first() else {
                return Ok(None);
            };
            if others.iter().all(|&other| self.same_history(first, other)) {
                return Ok(Some(contenders));
            }
            if self.precision >= EXACT_FROM {
                if let Some(winners) = self.decide_exactly(&contenders) {
                    return Ok(Some(winners));
                }
                if self.precision >= LAST_PRECISION {
                    let unlike = others
                        .iter()
                        .find(|&&other| !self.same_history(first, other));
                    return Err(JumpError::Unseparated {
                        jump: self.winners.len(),
                        first,
                        second: unlike.copied().unwrap_or(first),
                        precision: self.precision,
                        max_terms: MAX_TERMS,
                    });
                }
            }
            self.replay(2 * self.precision);
        }
    }

    /// Neurons that may arrive first, as far as the enclosures tell (ascending).
    fn contenders(&self) -> Vec<usize> {
        let arrivals = self.arrivals();
        let Some(bound) = arrivals
            .iter()
            .map(|(_, arrival)| arrival.hi().clone())
            .min()
        else {
            return vec![];
        };
        arrivals
            .iter()
            .filter(|(_, arrival)| *arrival.lo() <= bound)
            .map(|&(neuron, _)| neuron)
            .collect()
    }

    /// `e_j/ρ_j` for every inactive neuron with a positive rate.
    fn arrivals(&self) -> Vec<(usize, Interval)> {
        let Some(rates) = self.rates.last() else {
            return vec![];
        };
        (0..rates.len())
            .filter(|&neuron| !rates[neuron].is_zero())
            .map(|neuron| {
                let rate = root(&rates[neuron], self.precision);
                (
                    neuron,
                    quotient(&self.exponents[neuron], &rate, self.precision),
                )
            })
            .collect()
    }

    /// Whether two neurons arrive together because their starts and all their rates are in one proportion.
    fn same_history(&self, first: usize, second: usize) -> bool {
        let Some(last) = self.rates.last() else {
            return false;
        };
        let (rate, other_rate) = (&last[first], &last[second]);
        let (start, other_start) = (&self.starts[first].square(), &self.starts[second].square());
        let proportional = |row: &Vec<BigInt>| &row[first] * other_rate == &row[second] * rate;
        start.numer() * other_start.denom() * other_rate
            == other_start.numer() * start.denom() * rate
            && self.rates.iter().all(proportional)
    }

    /// The contenders with the least exact arrival time; `None` if one of the times is too long to write out.
    fn decide_exactly(&self, contenders: &[usize]) -> Option<Vec<usize>> {
        let mut winners: Vec<usize> = vec![];
        let mut least: Option<SqrtSum> = None;
        for &neuron in contenders {
            let arrival = self.arrival(neuron)?;
            let order = least
                .as_ref()
                .map_or(Ordering::Less, |least| arrival.compare(least));
            match order {
                Ordering::Less => {
                    winners = vec![neuron];
                    least = Some(arrival);
                }
                Ordering::Equal => winners.push(neuron),
                Ordering::Greater => {}
            }
        }
        Some(winners)
    }

    /// Exact arrival time of a neuron on the current plateau ℓ, in rescaled time:
    /// `(k + Σ_{s=1..ℓ} (ρ^{(s)} − ρ^{(s−1)}) τ_s) / ρ^{(ℓ)}`, where `ρ^{(s)}` is its rate after jump s.
    ///
    /// `None` if the sum (or a time that it needs) grows beyond 1,000 terms.
    fn arrival(&self, neuron: usize) -> Option<SqrtSum> {
        let squared = |plateau: usize| -> Option<Rational> {
            Rational::new(
                self.rates[plateau][neuron].clone(),
                self.denominator.clone(),
            )
        };
        let current = self.rates.len() - 1;
        let mut sum = SqrtSum::from(self.starts[neuron].clone());
        for jump in 0..current {
            let (before, after) = (&self.rates[jump][neuron], &self.rates[jump + 1][neuron]);
            if before != after {
                let time = self.times[jump].as_ref()?;
                let change = SqrtSum::sqrt(&squared(jump + 1)?)? - SqrtSum::sqrt(&squared(jump)?)?;
                sum = sum + change.mul(time);
                // Sums of different jumps hardly ever cancel: far beyond the limit, give up early.
                if sum.n_terms() > 4 * MAX_TERMS {
                    return None;
                }
            }
        }
        let arrival = sum.mul(&SqrtSum::recip_sqrt(&squared(current)?)?);
        (arrival.n_terms() <= MAX_TERMS).then_some(arrival)
    }

    fn runner_up(&self, winners: &[usize]) -> Option<RunnerUp> {
        let arrivals = self.arrivals();
        let winner = arrivals.iter().find(|(neuron, _)| *neuron == winners[0])?;
        let (neuron, arrival) = arrivals
            .iter()
            .filter(|(neuron, _)| !winners.contains(neuron))
            .min_by(|a, b| a.1.lo().cmp(b.1.lo()))?;
        let unit = root(self.denominator, self.precision);
        let margin = arrival
            .sub(&winner.1, self.precision)
            .mul(&unit, self.precision);
        Some(RunnerUp {
            neuron: *neuron,
            margin,
        })
    }

    /// Encloses the exponents again from the start, with more bits.
    fn replay(&mut self, precision: u32) {
        self.precision = precision;
        self.exponents = self
            .starts
            .iter()
            .map(|start| Interval::from_rational(start, precision))
            .collect();
        for plateau in 0..self.winners.len() {
            self.end_plateau(plateau);
        }
    }

    /// Lets the exponents fall until the winner of `plateau` arrives.
    fn end_plateau(&mut self, plateau: usize) {
        let precision = self.precision;
        let rates = &self.rates[plateau];
        let winner = self.winners[plateau];
        let duration = quotient(
            &self.exponents[winner],
            &root(&rates[winner], precision),
            precision,
        );
        for (neuron, exponent) in self.exponents.iter_mut().enumerate() {
            if !rates[neuron].is_zero() {
                let fall = root(&rates[neuron], precision).mul(&duration, precision);
                *exponent = exponent.sub(&fall, precision);
            }
        }
    }

    /// Sets the exponents of the neurons that have just jumped to exactly 0.
    pub(super) fn settle(&mut self, neurons: &[usize]) {
        for &neuron in neurons {
            self.exponents[neuron] = Interval::from_rational(&Rational::zero(), self.precision);
        }
    }
}

fn root(integer: &BigInt, precision: u32) -> Interval {
    let value = Rational::new(integer.clone(), BigInt::one()).unwrap_or_default();
    Interval::sqrt_of_rational(&value, precision).expect("squared rates are not negative")
}

fn quotient(numerator: &Interval, denominator: &Interval, precision: u32) -> Interval {
    numerator
        .div(denominator, precision)
        .expect("a candidate's rate is positive, and relative rounding keeps it away from 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether two neurons with these exponents and squared rates (one pair a plateau) have equal histories.
    #[track_caller]
    fn check(starts: [&str; 2], rates: &[[u32; 2]], expected: bool) {
        let starts = starts.map(|start| start.parse().expect("a number of a test case"));
        let denominator = BigInt::one();
        let mut race = Race::new(&starts, &denominator);
        race.rates = rates
            .iter()
            .map(|row| row.map(BigInt::from).to_vec())
            .collect();
        assert_eq!(race.same_history(0, 1), expected, "{starts:?} {rates:?}");
        assert_eq!(race.same_history(1, 0), expected, "{starts:?} {rates:?}");
    }

    #[test]
    fn equal_histories_are_starts_and_rates_in_one_proportion() {
        check(["1", "1"], &[[3, 3]], true);
        check(["1", "1"], &[[3, 5]], false);
        // The rates are square roots: 1 : 2, and 3/2 : 5/7 = 21 : 10.
        check(["1", "2"], &[[1, 4]], true);
        check(["1", "2"], &[[1, 2]], false);
        check(["3/2", "5/7"], &[[441, 100]], true);
        check(["3/2", "5/7"], &[[882, 200], [441, 100]], true);
        // They arrive at different times, after the same slowing down.
        check(["3/2", "5/6"], &[[882, 200], [441, 100]], false);
        // The proportions agree now and did not before, so that the exponents no longer do.
        check(["3/2", "5/7"], &[[882, 300], [441, 100]], false);
        check(["1", "1"], &[], false);
    }
}
