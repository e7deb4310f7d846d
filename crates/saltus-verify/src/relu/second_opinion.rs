//! The long form of R1: the same half-fit times by another integrator, and by gradient descent on the network itself.

use saltus_dynamics::integrate::Method;
use saltus_dynamics::relu::{DescentError, ReluDescent, ReluSimulation, StopRule};
use saltus_jump::relu::ReluSequence;
use saltus_problem::{LogInverseScale, ReluInstance};
use serde_json::json;

use super::runs::{ReluRuns, RunError, end_with_room, run};
use crate::verdict::Findings;
use crate::{Options, convert};

/// Largest difference of half-fit times that two integrators at their tolerances may show.
const INTEGRATOR_AGREEMENT: f64 = 1e-7;

/// Λ at which gradient descent is run: weights of size 3e-4.
const DESCENT_LOG_INVERSE_SCALE: f64 = 8.0;

/// The coarsest stepsize, as a fraction of the shortest time scale of the flow.
const COARSEST: f64 = 0.02;

/// Halving the stepsize must at least take this part off the distance to the flow: a first-order method takes off one half.
const DECREASE: f64 = 0.6;

/// Distances below this are not followed further.
const DESCENT_NOISE: f64 = 1e-7;

/// Descents that need more multiplications than this are left out.
const MAX_DESCENT_WORK: f64 = 2e10;

/// Half-fit times of the same flow by other means: the half-fit time of a point is the first at which `f(x_i)/y_i = 1/2`.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondOpinion {
    /// Λ at which the two integrators are compared.
    pub log_inverse_scale: f64,
    /// The largest difference of a half-fit time between the two integrators, in flow time.
    pub integrator_difference: f64,
    /// Gradient descent; `None` where it would take too long.
    pub descent: Option<DescentAgreement>,
}

/// Gradient descent with dense inputs and plain weights beside the flow, at three stepsizes.
///
/// Its steps `θ ← θ − γ∇L(θ)` tend to the flow as γ → 0, so that the differences about halve with the stepsize.
#[derive(Debug, Clone, PartialEq)]
pub struct DescentAgreement {
    /// Stepsizes, each half of the one before.
    pub stepsizes: [f64; 3],
    /// The largest difference of a half-fit time from that of the flow, in flow time.
    pub differences: [f64; 3],
}

impl DescentAgreement {
    /// Whether the differences fall as the stepsize does: `[4e-2, 2e-2, 1e-2]` do, and `[1e-2, 1e-2, 1e-2]` do not.
    pub fn approaches(&self) -> bool {
        self.differences
            .windows(2)
            .all(|pair| pair[1] <= DECREASE * pair[0] + DESCENT_NOISE)
    }
}

impl SecondOpinion {
    /// Repeats the first run of the ladder with the second integrator, and a run at an ordinary scale with gradient descent.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn gather(
        instance: &ReluInstance,
        sequence: &ReluSequence,
        runs: &ReluRuns,
        options: &Options<'_>,
    ) -> Result<SecondOpinion, RunError> {
        let first = &runs.ladder[0];
        let simulation = ReluSimulation {
            method: Method::Rodas5P,
            ..ReluSimulation::new(StopRule::Time(first.trajectory.end.time))
        };
        let second = run(instance, first.log_inverse_scale, &simulation, options)?;
        Ok(SecondOpinion {
            log_inverse_scale: first.log_inverse_scale,
            integrator_difference: largest_difference(
                &first.trajectory.half_fit_times,
                &second.trajectory.half_fit_times,
            ),
            descent: descent(instance, sequence, options)?,
        })
    }

    /// Enters the figures, and what they leave open.
    pub(super) fn enter(&self, findings: &mut Findings) {
        findings.record(
            "second_integrator",
            json!({
                "method": "Rodas5P",
                "log_inverse_scale": self.log_inverse_scale,
                "largest_difference_of_half_fit_times": self.integrator_difference,
                "tolerance": INTEGRATOR_AGREEMENT,
            }),
        );
        // Written so that NaN is refused.
        let agree = self.integrator_difference <= INTEGRATOR_AGREEMENT;
        if !agree {
            findings.unsettled(format!(
                "two integrators differ by {:.1e} in a half-fit time",
                self.integrator_difference
            ));
        }
        let figures = self.descent.as_ref().map(|descent| {
            json!({
                "log_inverse_scale": DESCENT_LOG_INVERSE_SCALE,
                "stepsizes": descent.stepsizes,
                "largest_differences_of_half_fit_times": descent.differences,
                "falls_to_at_most": DECREASE,
            })
        });
        findings.record("gradient_descent", json!(figures));
        if self
            .descent
            .as_ref()
            .is_some_and(|descent| !descent.approaches())
        {
            findings.unsettled(
                "gradient descent does not approach the flow as its stepsize shrinks".to_owned(),
            );
        }
    }
}

/// The largest difference of two lists of half-fit times; infinite if one of them has a time that the other has not.
fn largest_difference(first: &[Option<f64>], second: &[Option<f64>]) -> f64 {
    let difference = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs(),
        (None, None) => 0.0,
        _ => f64::INFINITY,
    };
    first.iter().zip(second).map(difference).fold(0.0, f64::max)
}

fn descent(
    instance: &ReluInstance,
    sequence: &ReluSequence,
    options: &Options<'_>,
) -> Result<Option<DescentAgreement>, RunError> {
    let Some(last) = sequence.jumps().last() else {
        return Ok(None);
    };
    let scale =
        LogInverseScale::new(DESCENT_LOG_INVERSE_SCALE).map_err(convert::ConvertError::from)?;
    let end = end_with_room(last.time.to_f64(), scale.get(), 10.0);
    let coarsest = COARSEST / fastest_rate(instance, sequence);
    let sizes = [
        instance.width(),
        instance.data().n_points(),
        instance.data().input_dimension(),
    ];
    if finest_work(end / coarsest, sizes) > MAX_DESCENT_WORK {
        return Ok(None);
    }
    let simulation = ReluSimulation::new(StopRule::Time(end));
    let flow = run(instance, scale.get(), &simulation, options)?;
    let network = convert::dense_network(instance, scale)?;
    let mut differences = [0.0; 3];
    let stepsizes = [1.0, 0.5, 0.25].map(|part: f64| part * coarsest);
    for (difference, stepsize) in differences.iter_mut().zip(stepsizes) {
        if (options.cancelled)() {
            return Err(RunError::Cancelled);
        }
        let descent = ReluDescent {
            stepsize,
            steps: (end / stepsize).ceil() as usize,
            sample_steps: vec![],
        };
        *difference = match network.descend(&descent) {
            Ok(found) => largest_difference(&flow.trajectory.half_fit_times, &found.half_fit_times),
            Err(DescentError::Diverged { .. }) => f64::INFINITY,
            Err(error) => return Err(convert::ConvertError::from(error).into()),
        };
    }
    Ok(Some(DescentAgreement {
        stepsizes,
        differences,
    }))
}

/// Multiplications of the descent at the finest stepsize, which takes four times the steps of the coarsest: one a step for every neuron,
/// point and input coordinate.
fn finest_work(coarse_steps: f64, sizes: [usize; 3]) -> f64 {
    let a_step: f64 = sizes.iter().map(|&size| size as f64).product();
    4.0 * coarse_steps * a_step
}

/// The fastest rate of the flow: of growth on a plateau, or of relaxation after a jump.
fn fastest_rate(instance: &ReluInstance, sequence: &ReluSequence) -> f64 {
    let data = instance.data();
    let n = data.n_points() as f64;
    let mut fastest: f64 = 0.0;
    for jump in sequence.jumps() {
        for rate in &jump.squared_rates {
            fastest = fastest.max(rate.to_f64().sqrt());
        }
        for block in &jump.blocks {
            let quartic: f64 = block
                .iter()
                .map(|&i| data.labels()[i].to_f64().powi(2) / data.squared_norms()[i].to_f64())
                .sum();
            let largest = block
                .iter()
                .map(|&i| data.squared_norms()[i].to_f64())
                .fold(0.0, f64::max);
            fastest = fastest.max(2.0 * quartic.sqrt() * largest / n);
        }
    }
    fastest
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{case, instance};
    use super::*;

    #[test]
    fn only_falling_differences_approach() {
        let check = |differences: [f64; 3], expected: bool| {
            let agreement = DescentAgreement {
                stepsizes: [4.0, 2.0, 1.0],
                differences,
            };
            assert_eq!(agreement.approaches(), expected, "{differences:?}");
        };
        check([4e-2, 2e-2, 1e-2], true);
        check([4e-2, 3.9e-2, 1e-2], false);
        check([1e-2, 1e-2, 1e-2], false);
        check([f64::INFINITY, 2e-2, 1e-2], true);
        check([1e-2, f64::INFINITY, 1e-2], false);
        check([1e-2, f64::NAN, 1e-3], false);
        check([0.0, 0.0, 0.0], true);
    }

    #[test]
    fn a_missing_time_is_a_difference() {
        assert_eq!(
            largest_difference(&[Some(1.0), None], &[Some(1.5), None]),
            0.5
        );
        assert_eq!(largest_difference(&[Some(1.0)], &[None]), f64::INFINITY);
    }

    #[test]
    fn the_work_is_that_of_the_finest_descent() {
        assert_eq!(finest_work(100.0, [2, 3, 5]), 12_000.0);
        let single = instance(&["1"], &["1"], &[&[1]], &["1"]);
        let descent = |instance: &ReluInstance| {
            let sequence = saltus_jump::relu::predict(instance).expect("decided");
            descent(instance, &sequence, &Options::default()).expect("in range")
        };
        assert!(descent(&single).is_some());
        // At the exponent 1e9 the jump is as late.
        let late = instance(&["1"], &["1"], &[&[1]], &["1000000000"]);
        assert_eq!(descent(&late), None);
    }

    /// Neuron 1, of `a² = 2` on a point of norm 2, relaxes at `2 · 2 · 4/3`.
    #[test]
    fn stepsizes_follow_the_fastest_rate() {
        let found = fastest_rate(&case().instance, &case().sequence);
        assert!((found - 16.0 / 3.0).abs() < 1e-14, "{found}");
        // Of two points the larger norm counts: `a⁴ = 9/1 + 64/4`.
        let pair = instance(&["1", "2"], &["3", "8"], &[&[1, 1]], &["1"]);
        let sequence = saltus_jump::relu::predict(&pair).expect("decided");
        assert!((fastest_rate(&pair, &sequence) - 20.0).abs() < 1e-13);
    }

    /// The same method once more, without samples, would differ by something else.
    #[test]
    fn the_second_integrator_is_another_one() {
        let case = case();
        let options = Options::default();
        let opinion = SecondOpinion::gather(&case.instance, &case.sequence, &case.runs, &options);
        let found = opinion.expect("simulated").integrator_difference;
        let first = &case.runs.ladder[0];
        let simulation = ReluSimulation::new(StopRule::Time(first.trajectory.end.time));
        let again = run(
            &case.instance,
            first.log_inverse_scale,
            &simulation,
            &options,
        );
        let again = again.expect("simulated").trajectory.half_fit_times;
        let same = largest_difference(&first.trajectory.half_fit_times, &again);
        assert!(
            found <= INTEGRATOR_AGREEMENT && found != same,
            "{found:e} {same:e}"
        );
    }
}
