//! The process itself: race, jump, fit, repeat; and the exact norms of where it ends.

use std::collections::BTreeSet;

use saltus_exact::{Interval, Rational, SqrtSum};

use super::ProcessError;
use super::race::Race;
use super::sets::{ActiveSets, for_each_bit};

/// One jump.
///
/// A neuron that is active on all of two points with labels 3 and 4 jumps at
/// `τ = 1/√((3/2)² + (4/2)²) = 2/5`, with the weight `25`.
#[derive(Debug, Clone, PartialEq)]
pub struct Jump {
    /// The neurons that jump, at exactly the same time (ascending).
    pub neurons: Vec<usize>,
    /// How many points they fit.
    pub n_points: usize,
    /// Enclosure of the rescaled time `τ = t/Λ`.
    pub time: Interval,
    /// `Σ_B y_i²` of each distinct block B, over the square of the labels' denominator; `None` where neurons that tie have blocks that
    /// overlap without being equal, so that how they share the fit depends on the initial constants.
    pub block_weights: Option<Vec<u128>>,
}

/// The whole process of one instance, and the weights of its points.
///
/// ```rust
/// use saltus_sweep::process::{ActiveSets, jumps_of};
///
/// // One positive neuron, active on both points.
/// let sets = ActiveSets::new(&[true], vec![3, 4], 1, |_, row| row[0] = 1)?;
/// let end = jumps_of(&sets)?;
/// assert_eq!(end.jumps()[0].block_weights, Some(vec![25]));
/// // 2√(3² + 4²), which is the least of all.
/// assert_eq!(end.squared_norm(), Some(end.min_squared_norm()));
/// # Ok::<(), saltus_sweep::process::ProcessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Jumps {
    jumps: Vec<Jump>,
    n_unfitted: usize,
    denominator: u32,
    positive: SignedPoints,
    negative: SignedPoints,
}

/// The points of one sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SignedPoints {
    count: usize,
    weight: u128,
}

impl Jumps {
    /// The jumps in order of time: `τ_1 < τ_2 < …`, since neurons that arrive together make one jump.
    pub fn jumps(&self) -> &[Jump] {
        &self.jumps
    }

    /// How many points with a non-zero label no active set contains: the size of `{i : y_i ≠ 0, i ∉ ∪_j A_j}`.
    pub fn n_unfitted(&self) -> usize {
        self.n_unfitted
    }

    /// Whether the limit fits every point: each i with `y_i ≠ 0` lies in some `A_j`.
    pub fn interpolates(&self) -> bool {
        self.n_unfitted == 0
    }

    /// How many points have a positive label: `n₊ = |{i : y_i > 0}|`.
    pub fn n_positive(&self) -> usize {
        self.positive.count
    }

    /// How many points have a negative label: `n₋ = |{i : y_i < 0}|`.
    pub fn n_negative(&self) -> usize {
        self.negative.count
    }

    /// How many jumps are ties, with `jump.neurons.len() > 1`; two neurons with the same active set tie.
    pub fn n_ties(&self) -> usize {
        let ties = self.jumps.iter().filter(|jump| jump.neurons.len() > 1);
        ties.count()
    }

    /// `‖θ‖² = 2 Σ_jumps √(Σ_B y_i²)` at the end; `None` where a tie of overlapping blocks leaves it undetermined.
    pub fn squared_norm(&self) -> Option<SqrtSum> {
        let mut sum = SqrtSum::zero();
        for weight in self.radicands()? {
            sum += &self.root(weight);
        }
        Some(sum.scale(&Rational::integer(2)))
    }

    /// The least `‖θ‖²` over all interpolating networks of any width: `2(√Σ_{y>0} y² + √Σ_{y<0} y²)` (derived here).
    pub fn min_squared_norm(&self) -> SqrtSum {
        let sum = self.root(self.positive.weight) + self.root(self.negative.weight);
        sum.scale(&Rational::integer(2))
    }

    /// Enclosure of learned over least squared norm; `None` where the end does not interpolate, the norm is undetermined, or all labels
    /// are 0.
    ///
    /// The ratio is `Σ_jumps √(Σ_B y_i²) / (√Σ_{y>0} y² + √Σ_{y<0} y²)`, at least 1.
    pub fn ratio(&self, precision: u32) -> Option<Interval> {
        if !self.interpolates() {
            return None;
        }
        let sum = |weights: Vec<u128>| {
            let zero = Interval::from_integer(0);
            weights.iter().fold(zero, |sum, &weight| {
                let root = Interval::from_integer(weight).sqrt(precision);
                sum.add(&root.unwrap_or(Interval::from_integer(0)), precision)
            })
        };
        let learned = sum(self.radicands()?);
        let least = sum(vec![self.positive.weight, self.negative.weight]);
        learned.div(&least, precision)
    }

    /// The weights of all blocks.
    fn radicands(&self) -> Option<Vec<u128>> {
        let mut all = vec![];
        for jump in &self.jumps {
            all.extend(jump.block_weights.as_ref()?);
        }
        Some(all)
    }

    fn root(&self, weight: u128) -> SqrtSum {
        let denominator = Rational::integer(self.denominator).square();
        let squared = Rational::integer(weight)
            .checked_div(&denominator)
            .expect("a denominator is at least 1");
        SqrtSum::sqrt(&squared).expect("weights are not negative")
    }
}

/// Runs the limiting jump process to its end.
///
/// Neuron j has the rate `√(Σ_{i ∈ A_j∖S} D_i²)` with `D_i = |y_i|/n` and S the points fitted so far; exponents start at 1.
///
/// # Errors
/// [`ProcessError::Unseparated`] if two neurons arrive so close together that neither enclosures nor an exact comparison decides; never a
/// guess.
pub fn jumps_of(sets: &ActiveSets) -> Result<Jumps, ProcessError> {
    let mut rates = sets.totals();
    let mut race = Race::new(sets.width());
    let mut open: Vec<usize> = (0..sets.n_points())
        .filter(|&point| sets.labels()[point] != 0)
        .collect();
    // Rates of the race are √R_j with R_j over the squared denominator; those of the process are smaller by n times the denominator.
    let unit = Interval::from_integer(u128::from(sets.denominator()) * sets.n_points() as u128);
    let mut jumps = vec![];
    while let Some(neurons) = race.run(&rates)? {
        let before = open.len();
        let block_weights = fit(sets, &neurons, &mut open, &mut rates);
        jumps.push(Jump {
            n_points: before - open.len(),
            time: race.elapsed().mul(&unit, race.precision()),
            neurons,
            block_weights,
        });
    }
    let (positive, negative) = signed_points(sets);
    Ok(Jumps {
        jumps,
        n_unfitted: open.len(),
        denominator: sets.denominator(),
        positive,
        negative,
    })
}

/// Fits what `neurons` have open: takes the points off `open` and off the rates, and returns the weights of the distinct blocks unless two
/// of them overlap without being equal.
fn fit(
    sets: &ActiveSets,
    neurons: &[usize],
    open: &mut Vec<usize>,
    rates: &mut [u128],
) -> Option<Vec<u128>> {
    let mut mask = vec![0_u64; sets.words()];
    for &neuron in neurons {
        mask[neuron / 64] |= 1 << (neuron % 64);
    }
    // The rates before the jump are the weights of the blocks.
    let weights: Vec<u128> = neurons.iter().map(|&neuron| rates[neuron]).collect();
    let mut sharers: BTreeSet<Vec<usize>> = BTreeSet::new();
    open.retain(|&point| {
        let row = sets.row(point);
        if row.iter().zip(&mask).all(|(row, mask)| row & mask == 0) {
            return true;
        }
        let weight = sets.weight(point);
        for_each_bit(row, |neuron| rates[neuron] -= weight);
        if neurons.len() > 1 {
            let sharing = (0..neurons.len()).filter(|&k| sets.contains(neurons[k], point));
            sharers.insert(sharing.collect());
        }
        false
    });
    if neurons.len() == 1 {
        return Some(weights);
    }
    // Blocks are equal or disjoint when the neurons that share a point share all points with the same neurons.
    let shared: usize = sharers.iter().map(Vec::len).sum();
    let distinct: BTreeSet<usize> = sharers.iter().flatten().copied().collect();
    (shared == distinct.len()).then(|| sharers.iter().map(|group| weights[group[0]]).collect())
}

fn signed_points(sets: &ActiveSets) -> (SignedPoints, SignedPoints) {
    let (mut positive, mut negative) = (SignedPoints::default(), SignedPoints::default());
    for (point, label) in sets.labels().iter().enumerate() {
        let points = match label.signum() {
            1 => &mut positive,
            -1 => &mut negative,
            _ => continue,
        };
        points.count += 1;
        points.weight += sets.weight(point);
    }
    (positive, negative)
}
