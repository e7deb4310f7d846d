//! What a jump leaves behind: the neuron's exact size and direction, and the norms of the network.

use saltus_exact::{Rational, SqrtSum};
use saltus_problem::{OrthogonalData, ReluInstance, Sign};

use super::sequence::JumpedNeuron;

/// `Σ_{i ∈ B} y_i²/‖x_i‖²`, whose square root is `a_k² = ‖w_k‖²` of the neuron that fits block B.
pub(super) fn squared_size_squared(data: &OrthogonalData, block: &[usize]) -> Rational {
    block.iter().map(|&i| label_over_norm(data, i)).sum()
}

fn label_over_norm(data: &OrthogonalData, point: usize) -> Rational {
    data.labels()[point]
        .square()
        .checked_div(&data.squared_norms()[point])
        .expect("inputs are non-zero by construction of OrthogonalData")
}

/// `√q` of a sum of squares.
pub(super) fn root(q: &Rational) -> SqrtSum {
    SqrtSum::sqrt(q).expect("sums of squares are not negative")
}

/// Size and direction of the neuron that has fitted `block` alone.
pub(super) fn jumped_neuron(data: &OrthogonalData, neuron: usize, block: &[usize]) -> JumpedNeuron {
    let quartic = squared_size_squared(data, block);
    let reciprocal = SqrtSum::recip_sqrt(&quartic).expect("a block that jumps has non-zero labels");
    let direction = block
        .iter()
        .map(|&i| {
            let coefficient = data.labels()[i]
                .abs()
                .checked_div(&data.squared_norms()[i])
                .expect("inputs are non-zero by construction of OrthogonalData");
            (i, reciprocal.scale(&coefficient))
        })
        .collect();
    JumpedNeuron {
        neuron,
        squared_size: root(&quartic),
        direction,
    }
}

/// What tied neurons with the blocks `A_j∖S` leave determined.
pub(super) enum TieOutcome {
    /// Blocks pairwise disjoint: every neuron's parameters are determined.
    Disjoint,
    /// Blocks pairwise equal or disjoint, some equal: `Σ|a_j|‖w_j‖` is determined, its split among equal ones is not.
    EqualOrDisjoint,
    /// Some blocks overlap without being equal: how the tied neurons share the fit depends on the initial constants.
    Overlapping,
}

/// Classifies the blocks (sorted point indices) of tied neurons.
pub(super) fn tie_outcome(blocks: &[Vec<usize>]) -> TieOutcome {
    let mut outcome = TieOutcome::Disjoint;
    for (j, first) in blocks.iter().enumerate() {
        for second in &blocks[..j] {
            if first == second {
                outcome = TieOutcome::EqualOrDisjoint;
            } else if first.iter().any(|i| second.binary_search(i).is_ok()) {
                return TieOutcome::Overlapping;
            }
        }
    }
    outcome
}

/// The least `‖θ‖²` over all interpolating networks of any width:
/// `2(√Σ_{y>0} y²/‖x‖² + √Σ_{y<0} y²/‖x‖²)` (derived here).
pub(super) fn min_squared_norm(instance: &ReluInstance) -> SqrtSum {
    let data = instance.data();
    let of_sign = |sign: Sign| {
        let points: Vec<usize> = (0..data.n_points())
            .filter(|&i| match sign {
                Sign::Positive => data.labels()[i].is_positive(),
                Sign::Negative => data.labels()[i].is_negative(),
            })
            .collect();
        root(&squared_size_squared(data, &points))
    };
    (of_sign(Sign::Positive) + of_sign(Sign::Negative)).scale(&Rational::integer(2))
}
