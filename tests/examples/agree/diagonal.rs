//! Diagonal linear networks: four to seven samples, six to eleven coordinates, with noise, over- and underdetermined.

use saltus_data::generate::RegressionRecipe;
use saltus_dynamics::diagonal::flow::{
    DiagonalSimulation, DiagonalTrajectory, Direction, Observer, StopRule, simulate,
};
use saltus_exact::Rational;
use saltus_jump::diagonal::predict;
use saltus_problem::{DiagonalInstance, LogInverseScale};
use saltus_verify::convert::diagonal_flow_problem;
use saltus_verify::diagonal::needed_scale;

use crate::{Comparison, SCALES, TOLERANCE, Verdict};

/// A loss that rises by more than this is a broken integration.
const GUARD: f64 = 1e-7;

fn draw(seed: u64) -> DiagonalInstance {
    let recipe = RegressionRecipe {
        samples: 4 + (seed % 4) as u32,
        // Every fourth one has fewer coordinates than samples.
        dimension: if seed % 4 == 3 {
            6
        } else {
            6 + (seed % 6) as u32
        },
        support: 3,
        noise: Rational::new(1, 10).expect("not over 0"),
        seed,
        stream: 0,
    };
    let drawn = recipe.draw().expect("a small regression");
    DiagonalInstance::new(
        format!("seed {seed}"),
        drawn.inputs,
        drawn.labels,
        None,
        None,
    )
    .expect("shapes that fit")
}

/// One coordinate whose support changes.
struct Change {
    time: f64,
    observer: Observer,
}

/// Judges the instance of one seed.
pub fn judge(seed: u64) -> Verdict {
    judge_against(seed, |_| {})
}

/// Judges it against the prediction with the times of the first two changes exchanged.
#[cfg(test)]
pub fn judge_swapped(seed: u64) -> Verdict {
    judge_against(seed, |times| times.swap(0, 1))
}

fn judge_against(seed: u64, perturb: impl Fn(&mut [f64])) -> Verdict {
    let instance = draw(seed);
    let sequence = predict(&instance).expect("few jumps");
    let jumps = sequence.jumps();
    let generic = jumps
        .iter()
        .all(|jump| jump.unique && jump.degenerate.is_empty() && jump.hits.len() == 1);
    if jumps.is_empty() || !generic {
        return Verdict::NotGeneric;
    }
    let times: Vec<f64> = jumps.iter().map(|jump| jump.time.to_f64()).collect();
    let middle = |plateau: usize| {
        let start = plateau.checked_sub(1).map_or(0.0, |jump| times[jump]);
        0.5 * (start + times.get(plateau).copied().unwrap_or(1.5 * start))
    };
    let plateaus: Vec<f64> = (0..=jumps.len()).map(middle).collect();

    let mut changes = vec![];
    let zero = vec![Rational::zero(); instance.dimension()];
    for (k, jump) in jumps.iter().enumerate() {
        let before = k.checked_sub(1).map_or(&zero, |last| &jumps[last].beta);
        for (coordinate, (old, new)) in before.iter().zip(&jump.beta).enumerate() {
            let (value, direction) = match (old.is_zero(), new.is_zero()) {
                (true, false) => (new, Direction::Rising),
                (false, true) => (old, Direction::Falling),
                _ => continue,
            };
            changes.push(Change {
                time: times[k],
                observer: Observer {
                    coordinate,
                    level: 0.5 * value.to_f64(),
                    direction,
                    not_before: plateaus[k],
                },
            });
        }
    }

    let run = |scale: f64| -> DiagonalTrajectory {
        let log_inverse_scale = LogInverseScale::new(scale).expect("a positive scale");
        let problem =
            diagonal_flow_problem(&instance, log_inverse_scale).expect("moderate numbers");
        let observer = |change: &Change| Observer {
            not_before: change.observer.not_before * scale,
            ..change.observer
        };
        let simulation = DiagonalSimulation {
            sample_times: plateaus.iter().map(|time| time * scale).collect(),
            observers: changes.iter().map(observer).collect(),
            ..DiagonalSimulation::until(StopRule::Time(1.5 * scale * plateaus[jumps.len()]))
        };
        let trajectory = simulate(&problem, &simulation, &|| false).expect("integrated to the end");
        assert!(trajectory.max_loss_increase <= GUARD, "a sound integration");
        trajectory
    };
    let runs = SCALES.map(run);

    let mut comparison = Comparison::default();
    let mut expected: Vec<f64> = changes.iter().map(|change| change.time).collect();
    perturb(&mut expected);
    for (k, (change, time)) in changes.iter().zip(expected).enumerate() {
        let found = [0, 1].map(|run: usize| runs[run].crossing_times[k]);
        let what = || format!("half crossing of coordinate {}", change.observer.coordinate);
        comparison.time(what, found, time);
    }
    let initial_loss = sequence.initial_loss().to_f64();
    for (plateau, sample) in runs[1].samples.iter().enumerate() {
        let (loss, beta) = match plateau.checked_sub(1) {
            None => (initial_loss, &zero),
            Some(jump) => (jumps[jump].loss.to_f64(), &jumps[jump].beta),
        };
        comparison.figure(
            || format!("loss on plateau {plateau}"),
            sample.loss,
            loss,
            TOLERANCE * initial_loss,
        );
        let largest = beta.iter().map(|b| b.to_f64().abs()).fold(1e-3, f64::max);
        for (coordinate, (&found, exact)) in sample.beta.iter().zip(beta).enumerate() {
            comparison.figure(
                || format!("coefficient {coordinate} on plateau {plateau}"),
                found,
                exact.to_f64(),
                TOLERANCE * largest,
            );
        }
    }
    comparison.verdict(jumps.len(), needed_scale(&instance, &sequence))
}
