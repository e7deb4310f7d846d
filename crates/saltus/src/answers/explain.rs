//! Why each neuron or coordinate is the next: the race behind every jump, with the runner-up and its margin.

use saltus_exact::{Rational, SqrtSum, decimal_from_enclosures};
use saltus_jump::diagonal::{DiagonalSequence, dual_variables};
use saltus_jump::relu::{ReluJump, ReluSequence};
use saltus_problem::{DiagonalInstance, ReluInstance};
use serde::Serialize;

use super::ExactNumber;
use super::table::some_indices;

/// Decimals of margins that have no short expression are sought up to this precision, in bits.
const PRECISION: u32 = 256;

/// The race for one jump: first comes who has the least time left, `e_j/ρ_j` for a neuron of exponent `e_j` that falls at rate
/// `ρ_j`.
///
/// At jump 0 of `relu-three-points` neuron 0 wins at rate `5/6`, and the runner-up, neuron 2, would come later by `3/10`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JumpExplanation {
    /// Index of the jump.
    pub jump: usize,
    /// The neurons or coordinates that arrive.
    pub winners: Vec<usize>,
    /// How fast each of them moves on the plateau before the jump, per unit of rescaled time.
    pub rates: Vec<ExactNumber>,
    /// The one that would have arrived next on the same plateau; `None` if nothing else moves towards its bound.
    pub runner_up: Option<usize>,
    /// By how much later, in rescaled time; `None` without a runner-up, or if its digits cannot be certified.
    pub margin: Option<ExactNumber>,
    /// The reason in words.
    pub reason: String,
}

/// Explains the jumps of a ReLU network.
pub(super) fn relu(instance: &ReluInstance, sequence: &ReluSequence) -> Vec<JumpExplanation> {
    let jumps = sequence.jumps();
    let explain = |(index, jump): (usize, &ReluJump)| {
        let winners = jump.winner.neurons().to_vec();
        let root = |squared: &Rational| SqrtSum::sqrt(squared).unwrap_or_else(SqrtSum::zero);
        let rates = winners.iter().map(|&j| root(&jump.squared_rates[j]));
        let rates: Vec<ExactNumber> = rates.map(|rate| ExactNumber::from(&rate)).collect();
        let runner_up = jump.runner_up.as_ref().map(|second| second.neuron);
        let margin = jump.runner_up.as_ref().and_then(|second| {
            let exact = relu_margin(instance, &jumps[..=index], second.neuron);
            exact.as_ref().map(ExactNumber::from).or_else(|| {
                let decimal = decimal_from_enclosures(|_| second.margin.clone(), PRECISION)?;
                let exact = None;
                Some(ExactNumber { exact, decimal })
            })
        });
        let reason = format!(
            "{} at rescaled time {}: {}; it fits points {}. {}",
            subject(
                "neuron",
                "neurons",
                &winners,
                "reaches exponent 0",
                "reach exponent 0 together"
            ),
            short(&ExactNumber::from(&jump.time)),
            speeds(
                "its exponent falls at rate",
                "their exponents fall at rates",
                &rates
            ),
            some_indices(&jump.points),
            next("neuron", runner_up, margin.as_ref()),
        );
        JumpExplanation {
            jump: index,
            winners,
            rates,
            runner_up,
            margin,
            reason,
        }
    };
    jumps.iter().enumerate().map(explain).collect()
}

/// `(k_j − Σ_p ρ_j(S_p) (τ_p − τ_{p−1})) / ρ_j` after the last of `jumps`; `None` if a time has no expression or j does not move.
fn relu_margin(instance: &ReluInstance, jumps: &[ReluJump], neuron: usize) -> Option<SqrtSum> {
    let mut exponent = SqrtSum::from(instance.exponent(neuron).clone());
    for jump in jumps {
        let step = jump.gap.as_ref().unwrap_or(&jump.time).exact()?;
        exponent = exponent - step.mul_sqrt(&jump.squared_rates[neuron])?;
    }
    let rate = SqrtSum::recip_sqrt(&jumps.last()?.squared_rates[neuron])?;
    Some(exponent.mul(&rate))
}

/// Explains the jumps of a diagonal network.
pub(super) fn diagonal(
    instance: &DiagonalInstance,
    sequence: &DiagonalSequence,
) -> Vec<JumpExplanation> {
    let mut before = vec![Rational::zero(); instance.dimension()];
    let mut start = Rational::zero();
    let mut explanations = vec![];
    let duals = dual_variables(instance, sequence);
    for (index, (jump, dual)) in sequence.jumps().iter().zip(duals).enumerate() {
        let duration = &jump.time - &start;
        let dual = dual.values();
        // The dual variable is linear on a plateau, so its ends give the gradient.
        let speed = |i: usize| (&dual[i] - &before[i]).checked_div(&duration);
        let speeds_of: Vec<Rational> = (0..instance.dimension())
            .map(|i| speed(i).unwrap_or_else(Rational::zero))
            .collect();
        let lateness = |i: usize| {
            let distance = match speeds_of[i].is_positive() {
                true => &instance.exponents()[i] - &dual[i],
                false => &instance.exponents()[i] + &dual[i],
            };
            distance.checked_div(&speeds_of[i].abs())
        };
        let others = (0..instance.dimension()).filter(|i| !jump.hits.contains(i));
        let second = others.filter_map(|i| Some((lateness(i)?, i))).min();
        let rates: Vec<ExactNumber> = jump
            .hits
            .iter()
            .map(|&i| ExactNumber::from(&speeds_of[i]))
            .collect();
        let runner_up = second.as_ref().map(|(_, i)| *i);
        let margin = second.as_ref().map(|(margin, _)| ExactNumber::from(margin));
        let changes = match (&jump.activated, &jump.deactivated) {
            (Some(entered), Some(left)) => format!(
                "{} enters the support, {} leaves it",
                or_nothing(entered),
                or_nothing(left)
            ),
            _ => "the fit is not unique".to_owned(),
        };
        let reason = format!(
            "{} at rescaled time {}: {}; {changes}. {}",
            subject(
                "coordinate",
                "coordinates",
                &jump.hits,
                "has its dual variable meet its bound",
                "have their dual variables meet their bounds together"
            ),
            short(&ExactNumber::from(&jump.time)),
            speeds("it moves at rate", "they move at rates", &rates),
            next("coordinate", runner_up, margin.as_ref()),
        );
        explanations.push(JumpExplanation {
            jump: index,
            winners: jump.hits.clone(),
            rates,
            runner_up,
            margin,
            reason,
        });
        before = dual;
        start = jump.time.clone();
    }
    explanations
}

fn or_nothing(indices: &[usize]) -> String {
    match indices {
        [] => "nothing".to_owned(),
        indices => some_indices(indices),
    }
}

fn subject(one: &str, many: &str, winners: &[usize], does: &str, do_together: &str) -> String {
    match winners {
        [only] => format!("{one} {only} {does}"),
        winners => format!("{many} {} {do_together}", some_indices(winners)),
    }
}

fn speeds(one: &str, many: &str, rates: &[ExactNumber]) -> String {
    let texts: Vec<String> = rates.iter().map(short).collect();
    let words = if texts.len() == 1 { one } else { many };
    format!("{words} {}", texts.join(", "))
}

fn next(what: &str, runner_up: Option<usize>, margin: Option<&ExactNumber>) -> String {
    match (runner_up, margin) {
        (None, _) => format!("No other {what} is on its way"),
        (Some(second), Some(margin)) => {
            format!("Runner-up: {what} {second}, later by {}", short(margin))
        }
        (Some(second), None) => {
            format!("Runner-up: {what} {second}, by a margin without certified digits")
        }
    }
}

/// The expression if it is short, with six digits.
fn short(number: &ExactNumber) -> String {
    let decimal = super::decimal::round_decimal(&number.decimal, 6);
    match number.short_expression() {
        "" => decimal,
        exact if exact == number.decimal => exact.to_owned(),
        exact => format!("{exact} ≈ {decimal}"),
    }
}

/// The explanations as lines.
pub(super) fn text(explanations: &[JumpExplanation]) -> String {
    let lines = explanations.iter();
    let lines: String = lines
        .map(|one| format!("jump {}: {}.\n", one.jump, one.reason))
        .collect();
    format!("\nWhy each is the next:\n{lines}")
}
