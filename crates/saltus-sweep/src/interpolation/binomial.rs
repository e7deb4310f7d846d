//! Rigorous binomial tails, and the confidence intervals of Clopper and Pearson that follow from them.

use saltus_exact::{Interval, Rational};

use super::InterpolationError;
use super::probability::power;

/// The most trials of one estimate.
///
/// `clopper_pearson(1_000_001, 0, &error)` ends in `InterpolationError::Trials`.
pub const MAX_TRIALS: u64 = 1_000_000;

/// Precision of the tails, in bits.
const PRECISION: u32 = 128;

/// Ends of the intervals lie on a grid of `2^−GRID_BITS`.
const GRID_BITS: u32 = 24;

/// A tail is summed until what is left is below `2^−REST_BITS` of it.
const REST_BITS: u32 = 48;

/// A confidence interval for the probability of success; ends are rounded outwards, so that it covers at least at its level.
///
/// For `5` successes in `10` trials at level `0.99` it is about `[0.128, 0.872]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinomialInterval {
    /// The lower end.
    pub lower: Rational,
    /// The upper end.
    pub upper: Rational,
}

impl BinomialInterval {
    /// Whether the interval contains every number of the enclosure.
    ///
    /// `[0.1, 0.9]` contains the enclosure `[0.5, 0.6]`, and not `[0.85, 0.95]`.
    pub fn contains(&self, probability: &Interval) -> bool {
        self.lower <= probability.lower() && probability.upper() <= self.upper
    }
}

/// The interval of Clopper and Pearson at level `1 − error`: its lower end is the largest p on a grid of `2^−24` with
/// `P(X ≥ k) ≤ error/2` certified, and its upper end the least with `P(X ≤ k) ≤ error/2` certified, for X binomial with N trials.
///
/// # Errors
/// [`InterpolationError::Trials`] for no trials, more successes than trials, or more than [`MAX_TRIALS`].
pub fn clopper_pearson(
    trials: u64,
    successes: u64,
    error: &Rational,
) -> Result<BinomialInterval, InterpolationError> {
    let half = error.clone() * grid_point(1 << (GRID_BITS - 1));
    let lower = lower_end(trials, successes, &half)?;
    // P(X ≤ k) at p is P(N − X ≥ N − k) at 1 − p.
    let upper = lower_end(trials, trials.saturating_sub(successes), &half)?;
    Ok(BinomialInterval {
        lower: grid_point(lower),
        upper: Rational::one() - grid_point(upper),
    })
}

fn grid_point(index: u64) -> Rational {
    Rational::new(index, 1_u64 << GRID_BITS).expect("a power of 2 is not 0")
}

/// The largest grid point p with `P(X ≥ k) ≤ error`, by index.
fn lower_end(trials: u64, successes: u64, error: &Rational) -> Result<u64, InterpolationError> {
    check(trials, successes)?;
    if successes == 0 {
        return Ok(0);
    }
    let tails = Tails::new(trials, successes);
    // At p = 0 the tail is 0, at p = 1 it is 1.
    let (mut low, mut high) = (0, 1_u64 << GRID_BITS);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if tails.at_least(&grid_point(middle)).upper() <= *error {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn check(trials: u64, successes: u64) -> Result<(), InterpolationError> {
    if trials == 0 || trials > MAX_TRIALS || successes > trials {
        return Err(InterpolationError::Trials { successes, trials });
    }
    Ok(())
}

/// A rigorous enclosure of `P(X ≥ k)` for X binomial with N trials of probability `p`, which is cut to `[0, 1]`.
///
/// # Errors
/// [`InterpolationError::Trials`] for no trials, `k > N`, or more than [`MAX_TRIALS`].
pub fn upper_tail(
    trials: u64,
    successes: u64,
    probability: &Rational,
) -> Result<Interval, InterpolationError> {
    check(trials, successes)?;
    Ok(if successes == 0 || *probability >= Rational::one() {
        Interval::from_integer(1)
    } else if !probability.is_positive() {
        Interval::from_integer(0)
    } else {
        Tails::new(trials, successes).at_least(probability)
    })
}

/// The tails `P(X ≥ k)` of one N and k > 0, for any p in (0, 1).
struct Tails {
    trials: u64,
    successes: u64,
    /// `C(N, k)` and `C(N, k − 1)`.
    choices: Interval,
    choices_below: Interval,
}

impl Tails {
    fn new(trials: u64, successes: u64) -> Tails {
        Tails {
            trials,
            successes,
            choices: choices(trials, successes),
            choices_below: choices(trials, successes - 1),
        }
    }

    fn at_least(&self, probability: &Rational) -> Interval {
        let rest = Rational::one() - probability.clone();
        let mean = probability * Rational::integer(self.trials + 1);
        if mean < Rational::integer(self.successes) {
            return falling_tail(
                self.trials,
                self.successes,
                &self.choices,
                probability,
                &rest,
            );
        }
        // P(X ≥ k) = 1 − P(N − X ≥ N − k + 1), whose terms fall.
        let others = self.trials - self.successes + 1;
        let complement = falling_tail(self.trials, others, &self.choices_below, &rest, probability);
        Interval::from_integer(1).sub(&complement, PRECISION)
    }
}

/// `P(X ≥ k)` where `k ≥ (N + 1)p − 1`, so that each term is less than the one before.
fn falling_tail(
    trials: u64,
    from: u64,
    choices: &Interval,
    p: &Rational,
    q: &Rational,
) -> Interval {
    let (success, failure) = (enclosed(p), enclosed(q));
    let mut term = choices
        .mul(&power(&success, from, PRECISION), PRECISION)
        .mul(&power(&failure, trials - from, PRECISION), PRECISION);
    let odds = success
        .div(&failure, PRECISION)
        .expect("1 − p is positive, and relative rounding keeps it away from 0");
    let mut sum = term.clone();
    for i in from..trials {
        // The next term is this one times (N − i)p/((i + 1)(1 − p)), and this factor falls with i.
        let factor = ratio(trials - i, i + 1).mul(&odds, PRECISION);
        term = term.mul(&factor, PRECISION);
        sum = sum.add(&term, PRECISION);
        if (i - from) % 16 == 15 {
            let gap = Interval::from_integer(1).sub(&factor, PRECISION);
            let rest = term.mul(&factor, PRECISION).div(&gap, PRECISION);
            if let Some(rest) = rest.filter(|rest| is_negligible(rest, &sum)) {
                let rest =
                    Interval::from_ends(Interval::from_integer(0).lo().clone(), rest.hi().clone());
                return rest.map_or(sum.clone(), |rest| sum.add(&rest, PRECISION));
            }
        }
    }
    sum
}

fn is_negligible(rest: &Interval, sum: &Interval) -> bool {
    !rest.lo().is_negative()
        && rest
            .mul(&Interval::from_integer(1_u64 << REST_BITS), PRECISION)
            .hi()
            < sum.lo()
}

fn enclosed(q: &Rational) -> Interval {
    Interval::from_rational(q, PRECISION)
}

fn ratio(numerator: u64, denominator: u64) -> Interval {
    Interval::from_integer(numerator)
        .div(&Interval::from_integer(denominator), PRECISION)
        .expect("counts from 1 on are not 0")
}

/// An enclosure of `C(N, k)`.
fn choices(trials: u64, chosen: u64) -> Interval {
    let fewer = chosen.min(trials - chosen);
    (0..fewer).fold(Interval::from_integer(1), |product, i| {
        let factor = Interval::from_integer(trials - i);
        product
            .mul(&factor, PRECISION)
            .div(&Interval::from_integer(i + 1), PRECISION)
            .expect("counts from 1 on are not 0")
    })
}
