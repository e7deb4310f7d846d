//! The conjectured rate of convergence: `t_ℓ(λ) = τ_ℓ Λ + c_ℓ + O(e^{−κ_ℓ Λ})`.
//!
//! `κ_ℓ` is the least of five kinds of exponents (conjectured here), over ℓ itself and the jumps `ℓ' < ℓ` that it feels: those on
//! whose block a neuron of ℓ is active, and those that these feel.
//! (i) The starting exponent k of each neuron that jumps, 2k if it fits a single point: its directions off the block keep size
//! `λ^k`; (ii) `2 e_j(τ)` at the jump, over inactive neurons j whose active set meets its block: a neuron of size `λ^e` disturbs f
//! by `λ^{2e}`; (iii) `2 μ (τ_{ℓ'+1} − τ_{ℓ'})`, with μ the slowest rate at which the points relax that ℓ' fitted and ℓ feels;
//! (iv) `e_k(τ_{ℓ'}) + e_j(τ_{ℓ'}) − e_j(τ_p)` for a neuron k that jumps at p and one, j, that jumps later but not
//! after ℓ, both active on a point of the block of a jump `ℓ' < p`: k keeps its component `λ^{e_k(τ_{ℓ'})}` on that point when it
//! grows, which disturbs f there at first order, and j sees that through its own frozen component; (v) `2 k_j` for every neuron
//! with `⟨ŵ_j, x_i⟩ > 0` on a point of the active set of a neuron that jumps: it disturbs f there in the first moments, even if
//! the entry soon dies. (For the norm and the parameters the disturbance `λ^{e_k(τ_{ℓ'})}` of (iv) itself counts.)

use saltus_jump::relu::{ReluJump, ReluSequence};
use saltus_problem::ReluInstance;

/// The predicted `κ_ℓ` of every jump, and of which kind it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// `κ_ℓ`, in units of 1/Λ.
    pub kappa: f64,
    /// Which of the five kinds attains the minimum.
    pub kind: RateKind,
}

/// What limits the rate of convergence: the kind of exponent that is the least.
///
/// Each variant gives its own, with `e_j(τ)` the exponent of neuron j at the rescaled time τ and `τ_{ℓ'}` the time of an
/// earlier jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateKind {
    /// Directions of a jumped neuron off its block: its starting exponent `k`, or `2k` if it fits a single point.
    OwnStart,
    /// An inactive neuron that was nearly as large at a jump: `2 e_j(τ)` at that jump.
    InactiveNeuron,
    /// Fitted points that had little time to relax: `2 μ (τ_{ℓ'+1} − τ_{ℓ'})`, with μ the slowest rate at which they do.
    Relaxation,
    /// A neuron that was active on the points at the start: `2 k_j`, with `k_j` its starting exponent.
    InitialDisturbance,
    /// A component that a neuron kept on a point which another one had fitted before: `e_k(τ_{ℓ'}) + e_j(τ_{ℓ'}) − e_j(τ_p)`,
    /// where k kept it and jumps at p, and j jumps later and is active on that point too.
    FrozenComponent,
}

impl RateKind {
    /// The name as printed, for example `"own start"`; in the evidence of R7 it stands under `limited_by`.
    pub fn name(self) -> &'static str {
        match self {
            RateKind::OwnStart => "own start",
            RateKind::InactiveNeuron => "inactive neuron",
            RateKind::Relaxation => "relaxation",
            RateKind::InitialDisturbance => "initial disturbance",
            RateKind::FrozenComponent => "frozen component",
        }
    }
}

/// The predicted rates of all jumps. Ties are treated as if each tied neuron fitted its own block.
///
/// For a network of one neuron that starts at exponent 1 and fits two points, the only jump has `kappa` 1, of the kind
/// `RateKind::OwnStart`.
pub fn predicted_rates(instance: &ReluInstance, sequence: &ReluSequence) -> Vec<Rate> {
    let jumps = sequence.jumps();
    let own: Vec<Rate> = (0..jumps.len())
        .map(|jump| rate_of_jump(instance, sequence, jump))
        .collect();
    // A disturbed jump disturbs those later jumps whose neurons are active on its block, and through them later ones.
    let mut felt: Vec<Rate> = vec![];
    for jump in 0..jumps.len() {
        let mut slowest = own[jump];
        let mut relaxation = f64::INFINITY;
        for earlier in 0..jump {
            if !meets(instance, &jumps[jump], &jumps[earlier]) {
                continue;
            }
            slowest = slower(slowest, felt[earlier]);
            for (&neuron, block) in jumps[earlier]
                .winner
                .neurons()
                .iter()
                .zip(&jumps[earlier].blocks)
            {
                let shared = |i: &usize| {
                    let winners = jumps[jump].winner.neurons().iter();
                    winners
                        .clone()
                        .any(|&j| j != neuron && is_active(instance, j, *i))
                };
                if block.iter().any(shared) {
                    relaxation = relaxation.min(slowest_relaxation(instance, block));
                }
            }
            if let Some(gap) = &jumps[earlier + 1].gap {
                let kappa = 2.0 * relaxation * gap.to_f64();
                let kind = RateKind::Relaxation;
                slowest = slower(slowest, Rate { kappa, kind });
            }
        }
        felt.push(slowest);
    }
    felt
}

/// What limits a jump itself: the neurons that jump, and the inactive ones that are active on its block.
fn rate_of_jump(instance: &ReluInstance, sequence: &ReluSequence, index: usize) -> Rate {
    let jumps = sequence.jumps();
    let jump = &jumps[index];
    let mut slowest = Rate {
        kappa: f64::INFINITY,
        kind: RateKind::OwnStart,
    };
    for (&neuron, block) in jump.winner.neurons().iter().zip(&jump.blocks) {
        let start = instance.exponent(neuron).to_f64();
        let kappa = if block.len() == 1 { 2.0 * start } else { start };
        let kind = RateKind::OwnStart;
        slowest = slower(slowest, Rate { kappa, kind });
    }
    let jumped: Vec<usize> = jumps[..=index]
        .iter()
        .flat_map(|jump| jump.winner.neurons().iter().copied())
        .collect();
    for neuron in (0..instance.width()).filter(|j| !jumped.contains(j)) {
        if jump.points.iter().any(|&i| is_active(instance, neuron, i)) {
            let kappa = 2.0 * jump.exponents[neuron].to_f64();
            let kind = RateKind::InactiveNeuron;
            slowest = slower(slowest, Rate { kappa, kind });
        }
    }
    for &winner in jump.winner.neurons() {
        for neuron in 0..instance.width() {
            let set = instance.active_set(winner).iter();
            let mut products = set.map(|&i| instance.inner_product(neuron, i));
            if products.any(|product| product.is_positive()) {
                let kappa = 2.0 * instance.exponent(neuron).to_f64();
                let kind = RateKind::InitialDisturbance;
                slowest = slower(slowest, Rate { kappa, kind });
            }
        }
    }
    for kappa in frozen_components(instance, sequence, index) {
        let kind = RateKind::FrozenComponent;
        slowest = slower(slowest, Rate { kappa, kind });
    }
    slowest
}

fn slower(first: Rate, second: Rate) -> Rate {
    if second.kappa < first.kappa {
        second
    } else {
        first
    }
}

fn is_active(instance: &ReluInstance, neuron: usize, point: usize) -> bool {
    instance.active_set(neuron).binary_search(&point).is_ok()
}

/// Whether a neuron of `jump` is active on a point of the block of `earlier`.
fn meets(instance: &ReluInstance, jump: &ReluJump, earlier: &ReluJump) -> bool {
    let neurons = jump.winner.neurons().iter();
    earlier
        .points
        .iter()
        .any(|&i| neurons.clone().any(|&j| is_active(instance, j, i)))
}

/// `e_k(τ_{ℓ'}) + e_j(τ_{ℓ'}) − e_j(τ_p)` for every neuron j that jumps at `jump`.
fn frozen_components(instance: &ReluInstance, sequence: &ReluSequence, jump: usize) -> Vec<f64> {
    let jumps = sequence.jumps();
    let mut found = vec![];
    for &j in jumps[jump].winner.neurons() {
        for (p, middle) in jumps[..jump].iter().enumerate() {
            for &k in middle.winner.neurons() {
                for first in &jumps[..p] {
                    let both = |&i: &usize| is_active(instance, j, i) && is_active(instance, k, i);
                    if first.points.iter().any(both) {
                        let exponent =
                            |entry: &ReluJump, neuron: usize| entry.exponents[neuron].to_f64();
                        found.push(exponent(first, k) + exponent(first, j) - exponent(middle, j));
                    }
                }
            }
        }
    }
    found
}

/// The exponent at which losses and parameters inside the plateaus converge, at the times where they are read: neurons of size
/// `λ^e` disturb f by `λ^{2e}`, components frozen at `λ^e` by `λ^e`, and fitted points relax.
pub fn plateau_rate(instance: &ReluInstance, sequence: &ReluSequence, fraction: f64) -> f64 {
    let jumps = sequence.jumps();
    let mut slowest = f64::INFINITY;
    let mut relaxation = f64::INFINITY;
    let mut jumped = vec![false; instance.width()];
    for (index, jump) in jumps.iter().enumerate() {
        for (&neuron, block) in jump.winner.neurons().iter().zip(&jump.blocks) {
            jumped[neuron] = true;
            relaxation = relaxation.min(slowest_relaxation(instance, block));
            let meets = |earlier: &&ReluJump| {
                earlier
                    .points
                    .iter()
                    .any(|&i| is_active(instance, neuron, i))
            };
            for earlier in jumps[..index].iter().filter(meets) {
                slowest = slowest.min(earlier.exponents[neuron].to_f64());
            }
        }
        let Some(next) = jumps.get(index + 1) else {
            break;
        };
        let gap = next.gap.as_ref().map_or(0.0, |gap| gap.to_f64());
        slowest = slowest.min(2.0 * relaxation * fraction * gap);
        for neuron in
            (0..instance.width()).filter(|&j| !jumped[j] && !instance.active_set(j).is_empty())
        {
            let fallen = next.squared_rates[neuron].to_f64().sqrt() * fraction * gap;
            slowest = slowest.min(2.0 * (jump.exponents[neuron].to_f64() - fallen));
        }
    }
    slowest
}

/// How slowly, in rescaled time, the slowest combination of fitted points is fitted once a neuron has jumped: the exponent of the
/// residuals that are left a unit of rescaled time after a jump. Infinite without jumps.
///
/// It is the least, over the blocks of all jumps, of a rate that for a block of the single point i is `2 |y_i| ‖x_i‖/n`.
pub fn fitting_rate(instance: &ReluInstance, sequence: &ReluSequence) -> f64 {
    sequence
        .jumps()
        .iter()
        .flat_map(|jump| &jump.blocks)
        .map(|block| slowest_relaxation(instance, block))
        .fold(f64::INFINITY, f64::min)
}

/// The least eigenvalue of `(1/n) D (a² I + û ûᵀ) D` with `D = diag ‖x_i‖`, `û_i = |y_i|/(a ‖x_i‖)`, on the block of one neuron.
///
/// It is a diagonal matrix plus a dyad: its least eigenvalue solves a secular equation between its two least diagonal entries.
pub(super) fn slowest_relaxation(instance: &ReluInstance, block: &[usize]) -> f64 {
    let data = instance.data();
    let n = data.n_points() as f64;
    let squared_norm = |i: usize| data.squared_norms()[i].to_f64();
    let label = |i: usize| data.labels()[i].to_f64();
    let squared_size = block
        .iter()
        .map(|&i| label(i) * label(i) / squared_norm(i))
        .sum::<f64>()
        .sqrt();
    let mut diagonal: Vec<(f64, f64)> = block
        .iter()
        .map(|&i| {
            let weight = label(i) * label(i) / squared_size;
            (squared_size * squared_norm(i) / n, weight / n)
        })
        .collect();
    diagonal.sort_by(|a, b| a.0.total_cmp(&b.0));
    match diagonal.as_slice() {
        [] => f64::INFINITY,
        [(entry, weight)] => entry + weight,
        [(first, _), (second, _), ..] if first == second => *first,
        [(first, _), (second, _), ..] => {
            // 1 + Σ w/(d − x) rises from −∞ to +∞ as x goes from the second entry down to the first.
            let secular = |x: f64| 1.0 + diagonal.iter().map(|(d, w)| w / (d - x)).sum::<f64>();
            let (mut low, mut high) = (*first, *second);
            for _ in 0..200 {
                let middle = 0.5 * (low + high);
                if secular(middle) < 0.0 {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            0.5 * (low + high)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_rate_is_the_smaller_exponent_and_of_equal_ones_the_first() {
        let rate = |kappa, kind| Rate { kappa, kind };
        let check = |first: f64, second: f64, expected: RateKind| {
            let (first, second) = (
                rate(first, RateKind::OwnStart),
                rate(second, RateKind::Relaxation),
            );
            assert_eq!(slower(first, second).kind, expected);
        };
        check(1.0, 2.0, RateKind::OwnStart);
        check(2.0, 1.0, RateKind::Relaxation);
        check(1.5, 1.5, RateKind::OwnStart);
    }
}
