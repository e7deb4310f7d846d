//! Who jumps next: exponents that start at 1 race to 0, decided by enclosures first and exactly where they do not suffice.

use std::cmp::Ordering;

use saltus_exact::{Interval, Rational, SqrtSum};

use super::ProcessError;

/// Precision that every race starts with, in bits.
const FIRST_PRECISION: u32 = 128;

/// From this precision on, contenders are compared exactly where their arrival times are short enough to write out.
const EXACT_FROM: u32 = 256;

/// Contenders that neither this precision nor an exact comparison separates are reported as an error.
const LAST_PRECISION: u32 = 1 << 14;

/// The most square roots in an exact arrival time.
const MAX_TERMS: usize = 1_000;

/// The race. Squared rates are integers `R_j`; neuron j falls at rate `√R_j`, which fixes the unit of time.
pub(super) struct Race {
    width: usize,
    /// Squared rates, one row a plateau; 0 for neurons that have jumped.
    rates: Vec<Vec<u128>>,
    /// One of the neurons that jumped, for every plateau that has ended.
    winners: Vec<usize>,
    /// Exact times of the jumps so far, as far back as they are asked for; `None` inside for a time that is too long.
    times: Vec<Option<SqrtSum>>,
    precision: u32,
    /// Enclosures of the exponents, and of the time since the start.
    exponents: Vec<Interval>,
    elapsed: Interval,
    /// `√R_j` on the current plateau.
    roots: Vec<Interval>,
}

impl Race {
    pub(super) fn new(width: usize) -> Race {
        Race {
            width,
            rates: vec![],
            winners: vec![],
            times: vec![],
            precision: FIRST_PRECISION,
            exponents: vec![Interval::from_integer(1); width],
            elapsed: Interval::from_integer(0),
            roots: vec![Interval::from_integer(0); width],
        }
    }

    /// Decides which neurons jump next, all at exactly the same time (ascending); `None` if no rate is positive.
    pub(super) fn run(
        &mut self,
        squared_rates: &[u128],
    ) -> Result<Option<Vec<usize>>, ProcessError> {
        self.rates.push(squared_rates.to_vec());
        let plateau = self.rates.len() - 1;
        self.enter(plateau);
        let Some(winners) = self.decide()? else {
            return Ok(None);
        };
        self.winners.push(winners[0]);
        self.leave(plateau);
        Ok(Some(winners))
    }

    /// Enclosure of the time of the last jump, in units in which rates are `√R_j`.
    pub(super) fn elapsed(&self) -> &Interval {
        &self.elapsed
    }

    /// Precision of the enclosures, in bits.
    pub(super) fn precision(&self) -> u32 {
        self.precision
    }

    fn decide(&mut self) -> Result<Option<Vec<usize>>, ProcessError> {
        loop {
            let contenders = self.contenders();
            let Some((&first, others)) = contenders.split_first() else {
                return Ok(None);
            };
            let unlike = others
                .iter()
                .find(|&&other| !self.same_history(first, other));
            let Some(&second) = unlike else {
                return Ok(Some(contenders));
            };
            if self.precision >= EXACT_FROM {
                if let Some(winners) = self.decide_exactly(&contenders) {
                    return Ok(Some(winners));
                }
                if self.precision >= LAST_PRECISION {
                    return Err(ProcessError::Unseparated {
                        jump: self.winners.len(),
                        first,
                        second,
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
        let rates = &self.rates[self.rates.len() - 1];
        let arrivals: Vec<(usize, Interval)> = (0..self.width)
            .filter(|&neuron| rates[neuron] > 0)
            .map(|neuron| {
                let arrival =
                    quotient(&self.exponents[neuron], &self.roots[neuron], self.precision);
                (neuron, arrival)
            })
            .collect();
        let Some(bound) = arrivals.iter().map(|(_, arrival)| arrival.hi()).min() else {
            return vec![];
        };
        let may_be_first = arrivals.iter().filter(|(_, arrival)| arrival.lo() <= bound);
        may_be_first.map(|(neuron, _)| *neuron).collect()
    }

    /// Whether two neurons have had the same rates throughout, and so arrive together.
    fn same_history(&self, first: usize, second: usize) -> bool {
        self.rates.iter().all(|row| row[first] == row[second])
    }

    /// The contenders with the least exact arrival time; `None` if one of the times is too long to write out.
    fn decide_exactly(&mut self, contenders: &[usize]) -> Option<Vec<usize>> {
        let mut winners: Vec<usize> = vec![];
        let mut least: Option<SqrtSum> = None;
        for &neuron in contenders {
            let arrival = self.arrival(neuron, self.winners.len())?;
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

    /// Exact arrival time of a neuron on plateau ℓ: `(1 + Σ_{s=1..ℓ} (ρ^{(s)} − ρ^{(s−1)}) τ_s) / ρ^{(ℓ)}`, where `ρ^{(s)}` is its rate after
    /// jump s. `None` if the sum, or a time that it needs, has more than [`MAX_TERMS`] terms.
    fn arrival(&mut self, neuron: usize, plateau: usize) -> Option<SqrtSum> {
        let squared = |race: &Race, plateau: usize| Rational::integer(race.rates[plateau][neuron]);
        let mut sum = SqrtSum::from(Rational::one());
        for jump in 0..plateau {
            let (before, after) = (squared(self, jump), squared(self, jump + 1));
            if before != after {
                let time = self.time(jump)?;
                let change = SqrtSum::sqrt(&after)? - SqrtSum::sqrt(&before)?;
                sum = sum + change.mul(&time);
                if sum.n_terms() > MAX_TERMS {
                    return None;
                }
            }
        }
        let arrival = sum.mul(&SqrtSum::recip_sqrt(&squared(self, plateau))?);
        (arrival.n_terms() <= MAX_TERMS).then_some(arrival)
    }

    /// Exact time of a jump; worked out when it is first asked for, because hardly any decision needs it.
    fn time(&mut self, jump: usize) -> Option<SqrtSum> {
        while self.times.len() <= jump {
            let next = self.times.len();
            let time = self.arrival(self.winners[next], next);
            self.times.push(time);
        }
        self.times[jump].clone()
    }

    /// Encloses everything again from the start, with more bits.
    fn replay(&mut self, precision: u32) {
        self.precision = precision;
        self.exponents.fill(Interval::from_integer(1));
        self.elapsed = Interval::from_integer(0);
        for plateau in 0..self.winners.len() {
            self.enter_afresh(plateau);
            self.leave(plateau);
        }
        self.enter_afresh(self.winners.len());
    }

    /// Encloses the rates of a plateau, where they differ from those of the one before.
    fn enter(&mut self, plateau: usize) {
        let before = plateau.checked_sub(1).map(|before| &self.rates[before]);
        let now = &self.rates[plateau];
        for neuron in 0..self.width {
            if before.is_none_or(|before| before[neuron] != now[neuron]) {
                self.roots[neuron] = root(now[neuron], self.precision);
            }
        }
    }

    fn enter_afresh(&mut self, plateau: usize) {
        let rates = self.rates[plateau].iter();
        self.roots = rates.map(|&rate| root(rate, self.precision)).collect();
    }

    /// Lets the exponents fall until the winner of `plateau` arrives.
    fn leave(&mut self, plateau: usize) {
        let precision = self.precision;
        let winner = self.winners[plateau];
        let duration = quotient(&self.exponents[winner], &self.roots[winner], precision);
        self.elapsed = self.elapsed.add(&duration, precision);
        for neuron in 0..self.width {
            if self.rates[plateau][neuron] > 0 {
                let fall = self.roots[neuron].mul(&duration, precision);
                self.exponents[neuron] = self.exponents[neuron].sub(&fall, precision);
            }
        }
    }
}

fn root(integer: u128, precision: u32) -> Interval {
    Interval::from_integer(integer)
        .sqrt(precision)
        .expect("squared rates are not negative")
}

fn quotient(numerator: &Interval, denominator: &Interval, precision: u32) -> Interval {
    numerator
        .div(denominator, precision)
        .expect("the rate of a contender is the root of a positive integer")
}
