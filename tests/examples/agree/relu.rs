//! Two-layer ReLU networks: six to nine points, ten to fourteen neurons, bell-shaped labels and weights.

use saltus_data::generate::{
    Frame, InitialisationRecipe, LabelLaw, NormLaw, OrthogonalRecipe, SignLaw, WeightLaw,
};
use saltus_dynamics::relu::{ReluSimulation, ReluTrajectory, StopRule, simulate};
use saltus_jump::relu::{ReluJump, Winner, predict};
use saltus_problem::{LogInverseScale, ReluInstance};
use saltus_verify::convert::relu_problem;
use saltus_verify::relu::{check_guards, plateau_rate, predicted_rates};

use crate::{Comparison, NEGLIGIBLE_EXPONENT, SCALES, TOLERANCE, Verdict};

/// A neuron that has not jumped is smaller than this on every plateau.
const SMALL: f64 = 1e-6;

fn draw(seed: u64) -> ReluInstance {
    let data = OrthogonalRecipe {
        frame: Frame::Axes,
        points: 6 + (seed % 4) as u32,
        labels: LabelLaw::Bell,
        norms: NormLaw::Uniform,
        seed,
        stream: 0,
    };
    let data = data.draw().expect("few points");
    let init = InitialisationRecipe {
        width: 10 + (seed % 5) as u32,
        weights: WeightLaw::Bell,
        signs: SignLaw::Random,
        seed,
        stream: 0,
    };
    let init = init.draw(&data, None).expect("few neurons");
    ReluInstance::new(format!("seed {seed}"), data, init).expect("shapes that fit")
}

/// Judges the instance of one seed.
pub fn judge(seed: u64) -> Verdict {
    judge_against(seed, |_| {})
}

/// Judges it against the prediction with the first two jump times exchanged.
#[cfg(test)]
pub fn judge_swapped(seed: u64) -> Verdict {
    judge_against(seed, |times| times.swap(0, 1))
}

fn judge_against(seed: u64, perturb: impl Fn(&mut [f64])) -> Verdict {
    let instance = draw(seed);
    let sequence = predict(&instance).expect("few jumps");
    let jumps = sequence.jumps();
    let ties = |jump: &ReluJump| matches!(jump.winner, Winner::Tie(_));
    if jumps.is_empty() || jumps.iter().any(ties) {
        return Verdict::NotGeneric;
    }
    let mut times: Vec<f64> = jumps.iter().map(|jump| jump.time.to_f64()).collect();
    // The middle of every plateau, the last one cut off at twice the time.
    let middles: Vec<f64> = (0..=jumps.len())
        .map(|plateau| match plateau {
            0 => 0.5 * times[0],
            _ => {
                let start = times[plateau - 1];
                0.5 * (start + times.get(plateau).copied().unwrap_or(1.5 * start))
            }
        })
        .collect();
    perturb(&mut times);

    let run = |scale: f64| -> ReluTrajectory {
        let log_inverse_scale = LogInverseScale::new(scale).expect("a positive scale");
        let problem = relu_problem(&instance, log_inverse_scale).expect("moderate numbers");
        let sample_times: Vec<f64> = middles.iter().map(|time| time * scale).collect();
        let simulation = ReluSimulation {
            sample_times,
            ..ReluSimulation::new(StopRule::Time(1.5 * scale * middles[jumps.len()]))
        };
        let trajectory = simulate(&problem, &simulation).expect("integrated to the end");
        check_guards(&trajectory, scale).expect("a sound integration");
        trajectory
    };
    let runs = SCALES.map(run);

    let mut comparison = Comparison::default();
    for (jump, &time) in jumps.iter().zip(&times) {
        for &point in &jump.points {
            let found = [0, 1].map(|k: usize| runs[k].half_fit_times[point]);
            comparison.time(|| format!("half-fit time of point {point}"), found, time);
        }
    }
    for &point in sequence.unfitted() {
        let stays = instance.data().labels()[point].is_zero()
            || runs.iter().all(|run| run.half_fit_times[point].is_none());
        let found = if stays { 0.0 } else { f64::NAN };
        comparison.figure(|| format!("point {point} is fitted"), found, 0.0, 0.0);
    }
    let initial_loss = sequence.initial_loss().to_f64();
    let mut sizes: Vec<Option<f64>> = vec![None; instance.width()];
    for (plateau, sample) in runs[1].samples.iter().enumerate() {
        let loss = match plateau {
            0 => initial_loss,
            _ => {
                let jump = &jumps[plateau - 1];
                for jumped in jump.parameters.iter().flatten() {
                    sizes[jumped.neuron] = Some(jumped.squared_size.to_f64());
                }
                jump.loss.to_f64()
            }
        };
        comparison.figure(
            || format!("loss on plateau {plateau}"),
            sample.loss,
            loss,
            TOLERANCE * initial_loss,
        );
        for (neuron, size) in sizes.iter().enumerate() {
            let found = (2.0 * sample.log_outputs[neuron]).exp();
            let expected = size.unwrap_or(0.0);
            let tolerance = match size {
                Some(size) => TOLERANCE * size,
                None => SMALL * SMALL,
            };
            comparison.figure(
                || format!("squared output weight of neuron {neuron} on plateau {plateau}"),
                found,
                expected,
                tolerance,
            );
        }
    }
    let slowest = predicted_rates(&instance, &sequence)
        .iter()
        .map(|rate| rate.kappa)
        .chain([plateau_rate(&instance, &sequence, 0.5)])
        .fold(1.0, f64::min);
    comparison.verdict(jumps.len(), NEGLIGIBLE_EXPONENT / slowest)
}
