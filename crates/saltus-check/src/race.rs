//! What the rules for ReLU networks remember from jump to jump.

use num_bigint::BigInt;
use saltus_certificate::ReluJump;
use saltus_exact::linear::common_denominator;
use saltus_exact::{Rational, SqrtSum};
use saltus_problem::ReluInstance;

use crate::bracket::Ends;

/// The plateau before the jump that is being checked, and the jumps before it.
pub(crate) struct Race<'a> {
    pub(crate) instance: &'a ReluInstance,
    /// Bits after the binary point of every bracket.
    pub(crate) precision: u32,
    pub(crate) fitted: Vec<bool>,
    pub(crate) jumped: Vec<bool>,
    /// Brackets of the exponents, all neurons.
    pub(crate) exponents: Vec<Ends>,
    /// The bracket of the time of the last jump.
    pub(crate) elapsed: Ends,
    /// Squared rates of all neurons on every plateau so far, the current one last; 0 for neurons that have jumped.
    pub(crate) history: Vec<Vec<Rational>>,
    /// The exact times of the jumps so far, where the certificate proves them.
    pub(crate) times: Vec<Option<SqrtSum>>,
    /// `‖θ‖²` so far; `None` once it is undetermined.
    pub(crate) squared_norm: Option<SqrtSum>,
    /// `D_i² = y_i²‖x_i‖²/n²` as integers over one denominator.
    squared_pushes: Vec<BigInt>,
    push_denominator: BigInt,
}

impl<'a> Race<'a> {
    /// Before the first jump: every exponent is that of the instance, and points with label 0 count as fitted.
    pub(crate) fn new(instance: &'a ReluInstance, precision: u32) -> Race<'a> {
        let data = instance.data();
        let n_squared = Rational::integer(data.n_points()).square();
        let pushes: Vec<Rational> = data
            .labels()
            .iter()
            .zip(data.squared_norms())
            .map(|(y, norm)| y.square() * norm)
            .collect();
        let common = common_denominator(&pushes);
        Race {
            instance,
            precision,
            fitted: data.labels().iter().map(Rational::is_zero).collect(),
            jumped: vec![false; instance.width()],
            exponents: (0..instance.width())
                .map(|j| Ends::around(instance.exponent(j), precision))
                .collect(),
            elapsed: Ends::zero(),
            history: vec![],
            times: vec![],
            squared_norm: Some(SqrtSum::zero()),
            squared_pushes: pushes
                .iter()
                .map(|q| q.numer() * (&common / q.denom()))
                .collect(),
            push_denominator: common * n_squared.numer(),
        }
    }

    /// `A_j∖S`, ascending.
    pub(crate) fn block(&self, neuron: usize) -> Vec<usize> {
        let active = self.instance.active_set(neuron).iter().copied();
        active.filter(|&i| !self.fitted[i]).collect()
    }

    /// Appends the squared rates of the plateau that begins here to the history.
    pub(crate) fn enter_plateau(&mut self) {
        let rates = (0..self.instance.width())
            .map(|j| {
                let block = if self.jumped[j] {
                    vec![]
                } else {
                    self.block(j)
                };
                let sum: BigInt = block.iter().map(|&i| &self.squared_pushes[i]).sum();
                Rational::new(sum, self.push_denominator.clone())
                    .expect("the denominator of the pushes is positive")
            })
            .collect();
        self.history.push(rates);
    }

    /// Squared rates on the current plateau.
    pub(crate) fn squared_rates(&self) -> &[Rational] {
        self.history.last().map_or(&[], Vec::as_slice)
    }

    /// Inactive neurons with a positive rate, ascending.
    pub(crate) fn racers(&self) -> Vec<usize> {
        let rates = self.squared_rates().iter().enumerate();
        rates
            .filter(|(_, rate)| !rate.is_zero())
            .map(|(j, _)| j)
            .collect()
    }

    /// `Σ_B y_i²/‖x_i‖²`.
    pub(crate) fn fourth_power(&self, block: &[usize]) -> Rational {
        let data = self.instance.data();
        let terms = block.iter().map(|&i| {
            let square = data.labels()[i].square();
            square
                .checked_div(&data.squared_norms()[i])
                .expect("inputs are not zero by construction of the data")
        });
        terms.sum()
    }

    /// `1/(2n) Σ_{i unfitted} y_i²`.
    pub(crate) fn loss(&self) -> Rational {
        let labels = self.instance.data().labels();
        let unfitted = labels
            .iter()
            .zip(&self.fitted)
            .filter(|(_, fitted)| !**fitted);
        let squares: Rational = unfitted.map(|(y, _)| y.square()).sum();
        squares
            .checked_div(&Rational::integer(2 * labels.len()))
            .expect("an instance has at least one point")
    }

    /// Whether the neuron reaches exponent 0 at exactly this time: `τ ρ^{(ℓ)} = k + Σ_{s<ℓ} (ρ^{(s+1)} − ρ^{(s)}) τ_s`, where
    /// `ρ^{(s)}` is its rate on plateau s, which jump s ends, and ℓ is the current plateau.
    ///
    /// `None` if an earlier time in the sum is not known exactly.
    pub(crate) fn arrives_at(&self, neuron: usize, time: &SqrtSum) -> Option<bool> {
        let rate = |plateau: &Vec<Rational>| {
            SqrtSum::sqrt(&plateau[neuron]).expect("squared rates are sums of squares")
        };
        let mut sum = SqrtSum::from(self.instance.exponent(neuron).clone());
        for (pair, earlier) in self.history.windows(2).zip(&self.times) {
            if pair[0][neuron] != pair[1][neuron] {
                let change = rate(&pair[1]) - rate(&pair[0]);
                sum += &change.mul(earlier.as_ref()?);
            }
        }
        let current = self.history.last().map(rate)?;
        Some((time.mul(&current) - sum).is_zero())
    }

    /// Whether starting exponents and rates of two neurons are in one proportion on every plateau so far:
    /// `k_a² q_b = k_b² q_a`.
    pub(crate) fn proportional(&self, a: usize, b: usize) -> bool {
        let (start, other) = (
            self.instance.exponent(a).square(),
            self.instance.exponent(b).square(),
        );
        self.history
            .iter()
            .all(|rates| &start * &rates[b] == &other * &rates[a])
    }

    /// Goes through the jump, all of whose rules hold except those of its time.
    pub(crate) fn leap(&mut self, jump: &ReluJump) {
        for racer in &jump.racers {
            self.exponents[racer.neuron] = Ends::from(&racer.exponent);
        }
        for winner in &jump.winners {
            self.jumped[winner.neuron] = true;
        }
        for &point in &jump.points {
            self.fitted[point] = true;
        }
        self.elapsed = self.elapsed.plus(&Ends::from(&jump.duration));
        self.times
            .push(jump.time.exact.as_ref().map(|sum| sum.0.clone()));
        self.squared_norm = self
            .squared_norm
            .take()
            .and_then(|norm| gained_norm(jump).map(|gain| norm + gain));
    }
}

/// `2 Σ √(fourth power)` over the different blocks of a jump; `None` if two of them overlap without being equal.
fn gained_norm(jump: &ReluJump) -> Option<SqrtSum> {
    let mut sum = SqrtSum::zero();
    for (k, winner) in jump.winners.iter().enumerate() {
        let earlier = &jump.winners[..k];
        if earlier.iter().any(|other| other.block == winner.block) {
            continue;
        }
        let overlaps = |other: &[usize]| winner.block.iter().any(|i| other.contains(i));
        if earlier.iter().any(|other| overlaps(&other.block)) {
            return None;
        }
        sum += &SqrtSum::sqrt(&winner.fourth_power.0)?;
    }
    Some(sum.scale(&Rational::integer(2)))
}
