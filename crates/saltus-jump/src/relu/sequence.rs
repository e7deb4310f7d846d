//! The answer: the sequence of saddles that the ReLU network visits.

use saltus_exact::{Interval, Rational, SqrtSum};

use super::time::JumpTime;
use crate::error::JumpError;
use crate::hypothesis::{Hypothesis, list_indices};

/// Who jumps: one neuron, or several at exactly the same time, as `Winner::Tie(vec![0, 1])` where two neurons with the
/// same starting exponent and the same active set win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Winner {
    /// Exactly one neuron.
    Unique(usize),
    /// At least two neurons (ascending), whose jump times are equal exactly.
    Tie(Vec<usize>),
}

impl Winner {
    /// The neurons that jump (ascending): `[0]` for `Winner::Unique(0)`, `[0, 1]` for `Winner::Tie(vec![0, 1])`.
    pub fn neurons(&self) -> &[usize] {
        match self {
            Winner::Unique(neuron) => std::slice::from_ref(neuron),
            Winner::Tie(neurons) => neurons,
        }
    }
}

/// Exact parameters of a neuron after its jump; for a block of one point x with label y, `a_k² = |y|/‖x‖` and the
/// direction is `x/‖x‖`.
#[derive(Debug, Clone, PartialEq)]
pub struct JumpedNeuron {
    /// Index of the neuron.
    pub neuron: usize,
    /// `a_k² = ‖w_k‖² = √(Σ_B y_i²/‖x_i‖²)`.
    pub squared_size: SqrtSum,
    /// The unit direction `w_k/‖w_k‖ = Σ_B c_i x_i`: pairs of a point and its coefficient
    /// `c_i = |y_i|/(a_k² ‖x_i‖²) > 0`.
    pub direction: Vec<(usize, SqrtSum)>,
}

/// One jump: the plateau before it ends at `time`; loss, norm and parameters describe the saddle that it leads to.
#[derive(Debug, Clone)]
pub struct ReluJump {
    /// Rescaled time `τ = t/Λ`.
    pub time: JumpTime,
    /// Rescaled time since the jump before; `None` for the first.
    pub gap: Option<JumpTime>,
    /// Who jumps.
    pub winner: Winner,
    /// The points that are fitted by this jump (ascending).
    pub points: Vec<usize>,
    /// `A_j∖S` of each neuron of `winner`, in its order.
    pub blocks: Vec<Vec<usize>>,
    /// Loss `1/(2n) Σ_{i ∉ S} y_i²` after the jump.
    pub loss: Rational,
    /// `‖θ‖²` after the jump; `None` once a tie of overlapping blocks left it undetermined.
    pub squared_norm: Option<SqrtSum>,
    /// Parameters of the neurons that jumped; `None` where a tie leaves them undetermined.
    pub parameters: Option<Vec<JumpedNeuron>>,
    /// Squared rates `ρ_j(S)²` of all neurons on the plateau before the jump; 0 for neurons that jumped earlier.
    pub squared_rates: Vec<Rational>,
    /// Enclosures of the exponents `e_j` at the time of the jump: 0 for neurons that have jumped.
    pub exponents: Vec<Interval>,
    /// The inactive neuron that would have jumped next had the winner been absent, and by how much later: by enclosure.
    pub runner_up: Option<RunnerUp>,
}

/// The second in the race for a jump: behind the winner k, the neuron j with the least `e_j/ρ_j − e_k/ρ_k`, where e are
/// the exponents at the start of the plateau before the jump and ρ the rates on it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunnerUp {
    /// Index of the neuron.
    pub neuron: usize,
    /// Enclosure of its lateness, in rescaled time, on the plateau before the jump.
    pub margin: Interval,
}

/// The whole process of one instance: times `0 < τ_0 < τ_1 < …`, and losses that strictly decrease from that of the
/// zero network.
#[derive(Debug, Clone)]
pub struct ReluSequence {
    jumps: Vec<ReluJump>,
    initial_loss: Rational,
    unfitted: Vec<usize>,
    min_squared_norm: SqrtSum,
}

impl ReluSequence {
    /// Checks the laws of the process: times strictly increase, losses strictly decrease.
    pub(super) fn new(
        jumps: Vec<ReluJump>,
        initial_loss: Rational,
        unfitted: Vec<usize>,
        min_squared_norm: SqrtSum,
    ) -> Result<ReluSequence, JumpError> {
        let mut loss = &initial_loss;
        for (jump, entry) in jumps.iter().enumerate() {
            if entry.loss >= *loss {
                let law = "losses strictly decrease";
                return Err(JumpError::BrokenLaw { jump, law });
            }
            loss = &entry.loss;
        }
        for (jump, entry) in jumps.iter().enumerate() {
            let step = entry.gap.as_ref().unwrap_or(&entry.time);
            if step.sign() != std::cmp::Ordering::Greater {
                let law = "jump times strictly increase";
                return Err(JumpError::BrokenLaw { jump, law });
            }
        }
        Ok(ReluSequence {
            jumps,
            initial_loss,
            unfitted,
            min_squared_norm,
        })
    }

    /// The jumps in order of time: in the example of [`predict`](super::predict) neuron 0 at `τ = 1`, then neuron 1 at
    /// `τ = 2`.
    pub fn jumps(&self) -> &[ReluJump] {
        &self.jumps
    }

    /// Loss of the zero network, before the first jump: `1/(2n) Σ_i y_i²`, so `5/4` for the labels `(2, −1)`.
    pub fn initial_loss(&self) -> &Rational {
        &self.initial_loss
    }

    /// Points with a non-zero label that no neuron's active set covers (ascending): those with `y_i ≠ 0` and
    /// `i ∉ ∪_j A_j`.
    pub fn unfitted(&self) -> &[usize] {
        &self.unfitted
    }

    /// Whether the limit fits every point: whether `y_i = 0` or `i ∈ ∪_j A_j` for every i.
    pub fn interpolates(&self) -> bool {
        self.unfitted.is_empty()
    }

    /// `‖θ‖²` at the end; `None` where a tie left it undetermined.
    pub fn squared_norm(&self) -> Option<SqrtSum> {
        match self.jumps.last() {
            None => Some(SqrtSum::zero()),
            Some(jump) => jump.squared_norm.clone(),
        }
    }

    /// The least `‖θ‖²` over all interpolating networks.
    pub fn min_squared_norm(&self) -> &SqrtSum {
        &self.min_squared_norm
    }

    /// The hypotheses of the limit theorem, decided exactly: `"unique winners"`, `"uniqueness of the fit"`,
    /// `"every point is covered"`, `"smallest gap between jumps"` and `"smallest margin of a winner"`, in this order.
    pub fn hypotheses(&self) -> Vec<Hypothesis> {
        let mut ties = vec![];
        let mut undetermined = vec![];
        for (index, jump) in self.jumps.iter().enumerate() {
            if let Winner::Tie(neurons) = &jump.winner {
                let neurons = list_indices(neurons);
                ties.push(format!("at jump {index} neurons {neurons} jump together"));
                if jump.parameters.is_none() {
                    undetermined.push(format!(
                        "at jump {index} how neurons {neurons} share the fit depends on the initial constants"
                    ));
                }
            }
        }
        let uncovered = match self.unfitted.as_slice() {
            [] => vec![],
            points => vec![format!("no neuron covers point {}", list_indices(points))],
        };
        vec![
            Hypothesis::without_exceptions("unique winners", "one neuron at every jump", &ties),
            Hypothesis::without_exceptions(
                "uniqueness of the fit",
                "the parameters after every jump are determined",
                &undetermined,
            ),
            Hypothesis::without_exceptions(
                "every point is covered",
                "every point with a non-zero label lies in some active set",
                &uncovered,
            ),
            self.smallest_gap(),
            self.smallest_margin(),
        ]
    }

    fn smallest_gap(&self) -> Hypothesis {
        let gaps = self.jumps.iter().enumerate();
        let smallest = gaps
            .filter_map(|(jump, entry)| entry.gap.as_ref().map(|gap| (jump, gap)))
            .min_by(|a, b| a.1.order(b.1));
        Hypothesis {
            name: "smallest gap between jumps",
            holds: true,
            detail: match smallest {
                None => "fewer than two jumps".to_owned(),
                Some((jump, gap)) => {
                    format!("{} between jumps {} and {jump}", gap.decimal(), jump - 1)
                }
            },
            value: smallest.and_then(|(_, gap)| gap.exact().cloned()),
        }
    }

    fn smallest_margin(&self) -> Hypothesis {
        let margins = self
            .jumps
            .iter()
            .enumerate()
            .filter_map(|(jump, entry)| entry.runner_up.as_ref().map(|second| (jump, second)));
        let smallest = margins.min_by(|a, b| a.1.margin.lo().cmp(b.1.margin.lo()));
        Hypothesis {
            name: "smallest margin of a winner",
            holds: true,
            detail: match smallest {
                None => "no jump has a runner-up".to_owned(),
                Some((jump, second)) => format!(
                    "at jump {jump} neuron {} would have been later by {:.6e}",
                    second.neuron,
                    second.margin.to_f64()
                ),
            },
            value: None,
        }
    }
}
