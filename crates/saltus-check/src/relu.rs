//! The rules for two-layer ReLU networks on orthogonal data.
//!
//! Neuron j has size `λ^{e_j}`; between jumps every exponent falls at the rate `ρ_j = √(Σ_{A_j∖S} D_i²)`, and the neurons that
//! reach 0 first jump and fit what is left of their active sets (shape of the claim: arXiv 2605.27097; formulas derived here).

use saltus_certificate::{MAX_PRECISION, ReluCertificate, ReluEnd, ReluJump, TieProof, Winner};
use saltus_exact::{Rational, SqrtSum};
use saltus_problem::ReluInstance;

use crate::bracket::Ends;
use crate::header::{interpolation, length, loss};
use crate::race::Race;
use crate::verdict::{Rejection, Rule, require};

/// Checks everything behind the instance.
pub(crate) fn check(
    certificate: &ReluCertificate,
    instance: &ReluInstance,
    progress: &dyn Fn(usize, usize),
) -> Result<(), Rejection> {
    shape(certificate, instance)?;
    active_sets(certificate, instance)?;
    let mut race = Race::new(instance, certificate.precision);
    race.enter_plateau();
    for (step, jump) in certificate.jumps.iter().enumerate() {
        racers(step, &race, jump)?;
        rates(step, &race, jump)?;
        roots(step, &race, jump)?;
        winners(step, jump)?;
        blocks(step, &race, jump)?;
        points(step, jump)?;
        sizes(step, &race, jump)?;
        duration(step, &race, jump)?;
        exponents(step, &race, jump)?;
        separation(step, jump)?;
        ties(step, &race, jump)?;
        time(step, &race, jump)?;
        race.leap(jump);
        loss(step, &jump.loss.0, &race.loss())?;
        race.enter_plateau();
        progress(step + 1, certificate.jumps.len());
    }
    nobody_races(&race)?;
    unfitted(&race, &certificate.end)?;
    interpolation(
        certificate.end.interpolates,
        certificate.end.unfitted.is_empty(),
    )?;
    squared_norm(&race, &certificate.end)?;
    minimal_norm(&race, &certificate.end)
}

/// Whether the neuron is among the winners of the jump.
fn wins(jump: &ReluJump, neuron: usize) -> bool {
    jump.winners.iter().any(|winner| winner.neuron == neuron)
}

/// Rule `shape`.
fn shape(certificate: &ReluCertificate, instance: &ReluInstance) -> Result<(), Rejection> {
    let precision = certificate.precision;
    require(precision <= MAX_PRECISION, Rule::Shape, None, || {
        format!("found a precision of {precision} bits, expected at most {MAX_PRECISION}")
    })?;
    let sets = certificate.active_sets.len();
    length(None, "active sets", sets, instance.width())
}

/// Rule `active-sets`: `A_j = {i : ⟨ŵ_j, x_i⟩ > 0, σ_j y_i > 0}`.
fn active_sets(certificate: &ReluCertificate, instance: &ReluInstance) -> Result<(), Rejection> {
    for (j, found) in certificate.active_sets.iter().enumerate() {
        let expected = instance.active_set(j);
        require(found == expected, Rule::ActiveSets, None, || {
            format!("neuron {j}: found {found:?}, expected {expected:?}")
        })?;
    }
    Ok(())
}

/// Rule `racers`: every inactive neuron with a positive rate, and no other.
fn racers(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    let expected = race.racers();
    let found: Vec<usize> = jump.racers.iter().map(|racer| racer.neuron).collect();
    require(found == expected, Rule::Racers, Some(step), || {
        format!("found {found:?}, expected {expected:?}")
    })
}

/// Rule `rates`: `ρ_j² = Σ_{A_j∖S} D_i²`.
fn rates(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    for racer in &jump.racers {
        let expected = &race.squared_rates()[racer.neuron];
        let found = &racer.squared_rate.0;
        require(found == expected, Rule::Rates, Some(step), || {
            format!(
                "neuron {}: found {found:?}, expected {expected:?}",
                racer.neuron
            )
        })?;
    }
    Ok(())
}

/// Rule `roots`: `lo² ≤ ρ_j² ≤ hi²`, as tight as the precision allows.
fn roots(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    for racer in &jump.racers {
        let root = Ends::from(&racer.root);
        let holds = root.is_root_of(&racer.squared_rate.0, race.precision);
        require(holds, Rule::Roots, Some(step), || {
            format!(
                "neuron {}: the bracket is not the tightest one around the root of its squared rate",
                racer.neuron
            )
        })?;
    }
    Ok(())
}

/// Rule `winners`: racers, ascending, at least one.
fn winners(step: usize, jump: &ReluJump) -> Result<(), Rejection> {
    let found: Vec<usize> = jump.winners.iter().map(|winner| winner.neuron).collect();
    let all: Vec<usize> = jump.racers.iter().map(|racer| racer.neuron).collect();
    let ascending = found.windows(2).all(|pair| pair[0] < pair[1]);
    let holds = !found.is_empty() && ascending && found.iter().all(|j| all.contains(j));
    require(holds, Rule::Winners, Some(step), || {
        format!("found {found:?}, expected an ascending list, not empty, of some of {all:?}")
    })
}

/// Rule `blocks`: `A_j∖S`.
fn blocks(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    for winner in &jump.winners {
        let expected = race.block(winner.neuron);
        require(winner.block == expected, Rule::Blocks, Some(step), || {
            format!(
                "neuron {}: found {:?}, expected {expected:?}",
                winner.neuron, winner.block
            )
        })?;
    }
    Ok(())
}

/// Rule `points`: the union of the blocks.
fn points(step: usize, jump: &ReluJump) -> Result<(), Rejection> {
    let mut expected: Vec<usize> = jump
        .winners
        .iter()
        .flat_map(|winner| winner.block.clone())
        .collect();
    expected.sort_unstable();
    expected.dedup();
    require(jump.points == expected, Rule::Points, Some(step), || {
        format!("found {:?}, expected {expected:?}", jump.points)
    })
}

/// Rule `sizes`: `a_k⁴ = Σ_B y_i²/‖x_i‖²`.
fn sizes(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    for winner in &jump.winners {
        let expected = race.fourth_power(&winner.block);
        let found = &winner.fourth_power.0;
        require(*found == expected, Rule::Sizes, Some(step), || {
            format!(
                "neuron {}: found {found:?}, expected {expected:?}",
                winner.neuron
            )
        })?;
    }
    Ok(())
}

/// Rule `duration`: `δ = e_w/ρ_w` for the first winner.
fn duration(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    for racer in &jump.racers {
        if racer.neuron == jump.winners[0].neuron {
            let exponent = &race.exponents[racer.neuron];
            let expected = exponent.over(&Ends::from(&racer.root), race.precision);
            let holds = expected.as_ref().is_some_and(|ends| *ends == jump.duration);
            require(holds, Rule::Duration, Some(step), || {
                let found = Ends::from(&jump.duration);
                match expected {
                    Some(expected) => format!("found {found}, expected {expected}"),
                    None => format!(
                        "found {found}, expected a precision at which the rate of neuron {} is not 0",
                        racer.neuron
                    ),
                }
            })?;
        }
    }
    Ok(())
}

/// Rule `exponents`: `e_j − ρ_j δ`, and exactly 0 for winners.
fn exponents(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    let duration = Ends::from(&jump.duration);
    for racer in &jump.racers {
        let expected = if wins(jump, racer.neuron) {
            Ends::zero()
        } else {
            let root = Ends::from(&racer.root);
            race.exponents[racer.neuron].minus_product(&root, &duration, race.precision)
        };
        require(
            expected == racer.exponent,
            Rule::Exponents,
            Some(step),
            || {
                format!(
                    "neuron {}: found {}, expected {expected}",
                    racer.neuron,
                    Ends::from(&racer.exponent)
                )
            },
        )?;
    }
    Ok(())
}

/// Rule `separation`: whoever does not win is not there yet.
fn separation(step: usize, jump: &ReluJump) -> Result<(), Rejection> {
    for racer in &jump.racers {
        let lower = &racer.exponent.0.0;
        let holds = wins(jump, racer.neuron) || lower.sign() == num_bigint::Sign::Plus;
        require(holds, Rule::Separation, Some(step), || {
            format!(
                "neuron {}: found the lower end {lower}, expected a positive one",
                racer.neuron
            )
        })?;
    }
    Ok(())
}

/// Rule `tie`: the first winner needs no reason, every other one arrives at exactly the same time.
fn ties(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    let first = &jump.winners[0];
    for winner in &jump.winners {
        let holds = match winner.tie {
            None => winner.neuron == first.neuron,
            Some(_) if winner.neuron == first.neuron => false,
            Some(TieProof::EqualHistories) => race.proportional(first.neuron, winner.neuron),
            Some(TieProof::ExactSum) => arrives_exactly(race, jump, winner),
        };
        require(holds, Rule::Tie, Some(step), || {
            format!(
                "neuron {}: found {}, expected a proof that it jumps together with neuron {}, which itself has none",
                winner.neuron,
                match winner.tie {
                    None => "no proof",
                    Some(TieProof::EqualHistories) => "`equal-histories`",
                    Some(TieProof::ExactSum) => "`exact-sum`",
                },
                first.neuron
            )
        })?;
    }
    Ok(())
}

/// The exact time of the jump is given and solves the equation of arrival; rule `time` checks the same for the first winner.
fn arrives_exactly(race: &Race<'_>, jump: &ReluJump, winner: &Winner) -> bool {
    let time = jump.time.exact.as_ref();
    time.and_then(|time| race.arrives_at(winner.neuron, &time.0)) == Some(true)
}

/// Rule `time`: the bracket is the sum of the durations, and the exact expression solves the equation of arrival.
fn time(step: usize, race: &Race<'_>, jump: &ReluJump) -> Result<(), Rejection> {
    let expected = race.elapsed.plus(&Ends::from(&jump.duration));
    require(
        expected == jump.time.bracket,
        Rule::Time,
        Some(step),
        || {
            format!(
                "found {}, expected {expected}",
                Ends::from(&jump.time.bracket)
            )
        },
    )?;
    let first = &jump.winners[0];
    let holds = jump.time.exact.is_none() || arrives_exactly(race, jump, first);
    require(holds, Rule::Time, Some(step), || {
        format!(
            "the exact time does not solve the equation of arrival of neuron {}, or needs an earlier one that is not given",
            first.neuron
        )
    })
}

/// Rule `end`: no inactive neuron has a positive rate.
fn nobody_races(race: &Race<'_>) -> Result<(), Rejection> {
    let left = race.racers();
    require(left.is_empty(), Rule::End, None, || {
        format!("found neurons {left:?} with a positive rate after the last jump, expected none")
    })
}

/// Rule `unfitted`.
fn unfitted(race: &Race<'_>, end: &ReluEnd) -> Result<(), Rejection> {
    let points = race.fitted.iter().enumerate();
    let expected: Vec<usize> = points
        .filter(|(_, fitted)| !**fitted)
        .map(|(i, _)| i)
        .collect();
    require(end.unfitted == expected, Rule::Unfitted, None, || {
        format!("found {:?}, expected {expected:?}", end.unfitted)
    })
}

/// Rule `squared-norm`: `‖θ‖² = 2 Σ √(Σ_B y_i²/‖x_i‖²)`; null exactly where overlapping blocks leave it undetermined.
fn squared_norm(race: &Race<'_>, end: &ReluEnd) -> Result<(), Rejection> {
    let found = end.squared_norm.as_ref().map(|sum| &sum.0);
    let holds = found == race.squared_norm.as_ref();
    require(holds, Rule::SquaredNorm, None, || {
        format!("found {found:?}, expected {:?}", race.squared_norm)
    })
}

/// Rule `minimal-norm`: `2(√Σ_{y>0} y²/‖x‖² + √Σ_{y<0} y²/‖x‖²)` (derived here).
fn minimal_norm(race: &Race<'_>, end: &ReluEnd) -> Result<(), Rejection> {
    let labels = race.instance.data().labels();
    let root = |has_sign: fn(&Rational) -> bool| {
        let points: Vec<usize> = (0..labels.len())
            .filter(|&i| has_sign(&labels[i]))
            .collect();
        SqrtSum::sqrt(&race.fourth_power(&points)).expect("sums of squares are not negative")
    };
    let sum = root(Rational::is_positive) + root(Rational::is_negative);
    let expected = sum.scale(&Rational::integer(2));
    let found = &end.min_squared_norm.0;
    require(*found == expected, Rule::MinimalNorm, None, || {
        format!("found {found:?}, expected {expected:?}")
    })
}
