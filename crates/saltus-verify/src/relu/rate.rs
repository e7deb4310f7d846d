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
    use saltus_jump::relu::predict;

    use super::super::by_hand::{case, instance};
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

    fn found(instance: &ReluInstance) -> (ReluSequence, Vec<(f64, RateKind)>) {
        let sequence = predict(instance).expect("decided");
        let rates = predicted_rates(instance, &sequence);
        let rates = rates.iter().map(|rate| (rate.kappa, rate.kind));
        (sequence, rates.collect())
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    }

    #[track_caller]
    fn check(instance: &ReluInstance, expected: &[(f64, RateKind)]) {
        let (_, rates) = found(instance);
        assert_eq!(rates.len(), expected.len(), "{rates:?}");
        for (found, expected) in rates.iter().zip(expected) {
            close(found.0, expected.0);
            assert_eq!(found.1, expected.1, "{rates:?}");
        }
    }

    /// The secular equation of two points is that of a matrix of two rows.
    fn least_eigenvalue(diagonal: [f64; 2], weights: [f64; 2]) -> f64 {
        let [a, b] = [diagonal[0] + weights[0], diagonal[1] + weights[1]];
        let half = 0.5 * (a + b);
        half - (half * half - (a * b - weights[0] * weights[1])).sqrt()
    }

    #[test]
    fn points_relax_at_the_least_eigenvalue() {
        let rate = |norms: &[&str], labels: &[&str], block: &[usize]| {
            let hidden = vec![1; norms.len()];
            let instance = instance(norms, labels, &[&hidden], &["1"]);
            slowest_relaxation(&instance, block)
        };
        // One point: `2 |y| ‖x‖/n`.
        close(rate(&["1", "2"], &["3", "8"], &[1]), 16.0);
        close(rate(&["1", "2"], &["3", "8"], &[0]), 3.0);
        // `a² = 5`: 5/2 and 10 on the diagonal, with the weights 9/10 and 64/10.
        let expected = least_eigenvalue([2.5, 10.0], [0.9, 6.4]);
        close(rate(&["1", "2"], &["3", "8"], &[0, 1]), expected);
        close(rate(&["2", "1"], &["-8", "3"], &[0, 1]), expected);
        close(rate(&["1", "1"], &["3", "4"], &[0, 1]), 2.5);
        assert_eq!(rate(&["1"], &["1"], &[]), f64::INFINITY);
        // Three points with `a² = 6`, one of them far away: the least eigenvalue lies between the diagonal entries.
        let three = rate(&["1", "2", "100"], &["4", "8", "200"], &[0, 1, 2]);
        assert!((2.0..8.0).contains(&three), "{three}");
        let secular: f64 = [(2.0, 16.0), (8.0, 64.0), (20_000.0, 40_000.0)]
            .iter()
            .map(|(d, w)| w / 18.0 / (d - three))
            .sum();
        assert!((secular + 1.0).abs() < 1e-9, "{secular}");
    }

    #[test]
    fn the_slowest_block_is_fitted_last() {
        let case = case();
        close(fitting_rate(&case.instance, &case.sequence), 4.0 / 3.0);
        let resting = instance(&["1"], &["1"], &[&[-1]], &["1"]);
        let sequence = predict(&resting).expect("decided");
        assert_eq!(fitting_rate(&resting, &sequence), f64::INFINITY);
    }

    #[test]
    fn separate_neurons_are_limited_by_their_own_start() {
        check(
            &case().instance,
            &[(2.0, RateKind::OwnStart), (3.0, RateKind::OwnStart)],
        );
        // On two points it keeps directions between them.
        let pair = instance(&["1", "1"], &["1", "2"], &[&[1, 1]], &["3/2"]);
        check(&pair, &[(1.5, RateKind::OwnStart)]);
    }

    /// With D = (1, 3/4, 1/4) neuron 0 jumps at 1, where the neurons 1 and 2, also on point 0, are at 3/20 and `2 − √17/4`; neuron 1 jumps
    /// 1/5 later, when neuron 2 has fallen by 1/20.
    fn overlapping() -> ReluInstance {
        let hidden: [&[i64]; 3] = [&[1, -1, -1], &[1, 1, -1], &[1, -1, 1]];
        instance(
            &["1", "1", "1"],
            &["3", "9/4", "3/4"],
            &hidden,
            &["1", "7/5", "2"],
        )
    }

    #[test]
    fn overlapping_neurons_disturb_each_other() {
        use RateKind::{FrozenComponent, InactiveNeuron, InitialDisturbance, OwnStart, Relaxation};
        let expected = [
            (0.3, InactiveNeuron),
            (0.3, InactiveNeuron),
            (0.2, FrozenComponent),
        ];
        check(&overlapping(), &expected);
        // Without point 0, neuron 2 keeps nothing of what neuron 1 keeps there.
        let hidden: [&[i64]; 3] = [&[1, -1, -1], &[1, 1, -1], &[-1, -1, 1]];
        let labels = ["3", "9/4", "3/4"];
        let apart = instance(&["1", "1", "1"], &labels, &hidden, &["1", "7/5", "2"]);
        check(
            &apart,
            &[
                (0.3, InactiveNeuron),
                (0.3, InactiveNeuron),
                (4.0, OwnStart),
            ],
        );
        // Neuron 0 starts larger; neuron 1, at 5 on its point too, feels that all along.
        let disturbed = instance(
            &["1", "1"],
            &["1", "1"],
            &[&[1, -1], &[1, 1]],
            &["1/2", "5"],
        );
        check(&disturbed, &[(1.0, OwnStart), (1.0, InitialDisturbance)]);
        // Point 0 of norm 1/10 relaxes slowly: with `a⁴ = 109` on the points 0 and 2.
        let norms = ["1/10", "1", "1"];
        let hidden: [&[i64]; 2] = [&[1, -1, 1], &[1, 1, -1]];
        let slow = instance(&norms, &["1", "21/10", "3"], &hidden, &["1", "1"]);
        let size = 109.0_f64.sqrt();
        let least = least_eigenvalue(
            [0.01 * size / 3.0, size / 3.0],
            [1.0 / size / 3.0, 9.0 / size / 3.0],
        );
        let square = 1.0 / 900.0;
        let fallen = (0.49_f64 + square).sqrt() / (1.0 + square).sqrt();
        let gap = (1.0 - fallen) / 0.7;
        let (_, rates) = found(&slow);
        close(rates[1].0, 2.0 * least * gap);
        assert_eq!(rates[1].1, Relaxation);
    }

    /// Two neurons tie with the rate 1 and relax at different rates; a third one, on point 2, feels one of them only.
    #[test]
    fn the_block_that_is_felt_counts_where_neurons_tie() {
        let hidden: [&[i64]; 3] = [
            &[1, 1, -1, -1, -1],
            &[-1, -1, 1, 1, -1],
            &[-1, -1, 1, -1, 1],
        ];
        let norms = ["1/10", "1", "1/20", "1", "1"];
        let labels = ["30", "4", "80", "3", "10"];
        let tied = instance(&norms, &labels, &hidden, &["1", "1", "9/4"]);
        let (_, rates) = found(&tied);
        // `a⁴` is 90,016 on the first block and 2,560,009 on the second.
        let relaxation = |squared_norm: f64, labels: [f64; 2], fourth: f64| {
            let size = f64::sqrt(fourth);
            let weights = labels.map(|label| label * label / size / 5.0);
            least_eigenvalue([squared_norm * size / 5.0, size / 5.0], weights)
        };
        let unfelt = relaxation(0.01, [30.0, 4.0], 90_016.0);
        let felt = relaxation(0.0025, [80.0, 3.0], 2_560_009.0);
        assert!(unfelt < 0.8 * felt);
        // The rates are 1 up to τ = 1, and √116/5 until then and 2 afterwards.
        let gap = (2.25 - 116.0_f64.sqrt() / 5.0) / 2.0;
        assert_eq!(rates[1].1, RateKind::Relaxation);
        close(rates[1].0, 2.0 * felt * gap);
    }

    /// Readings after a part of each plateau.
    #[test]
    fn plateaus_are_disturbed_where_they_are_read() {
        let check = |instance: &ReluInstance, fraction: f64, expected: f64| {
            let sequence = predict(instance).expect("decided");
            close(plateau_rate(instance, &sequence, fraction), expected);
        };
        // Neuron 0 is at 5/4 after the first jump and falls by 5/4 more; neuron 1 relaxes at 16/3, for 15/8 at most.
        check(&case().instance, 0.5, 1.25);
        check(&case().instance, 0.1, 2.0);
        check(&case().instance, 0.75, 0.625);
        // Points relax at 2 for 1/5, neuron 1 falls from 3/20 by as much, and keeps that on point 0.
        check(&overlapping(), 0.1, 0.08);
        check(&overlapping(), 0.3, 0.15);
        check(&overlapping(), 0.8, 0.06);
    }

    #[test]
    fn kinds_have_names() {
        use RateKind::{FrozenComponent, InactiveNeuron, InitialDisturbance, OwnStart, Relaxation};
        let kinds = [
            OwnStart,
            InactiveNeuron,
            Relaxation,
            InitialDisturbance,
            FrozenComponent,
        ];
        let names = [
            "own start",
            "inactive neuron",
            "relaxation",
            "initial disturbance",
            "frozen component",
        ];
        assert_eq!(kinds.map(RateKind::name), names);
    }
}
