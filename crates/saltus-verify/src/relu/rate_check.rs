//! Conjecture R7: the predicted rate of convergence against the measured one.

use saltus_dynamics::relu::{ReluSimulation, StopRule};
use saltus_jump::relu::ReluSequence;
use saltus_problem::ReluInstance;
use serde_json::{Value, json};

use super::ReluEvidence;
use super::expectation::ReluExpectation;
use super::runs::{ReluRuns, RunError, end_with_room, run};
use crate::Options;
use crate::verdict::{Findings, Outcome};

/// `κΛ` at the small scales: corrections of size 1 fall from 1e-3 to 1e-8.
const EXPONENTS: [f64; 5] = [6.0, 9.0, 12.0, 15.0, 18.0];

/// No run starts from a larger scale than this Λ says.
const MIN_LOG_INVERSE_SCALE: f64 = 5.0;

/// Corrections below this are not told from the integrator's error.
const RESOLUTION: f64 = 1e-10;

/// Tolerance of these runs, tighter than the default because differences of crossing times are read.
const TOLERANCE: f64 = 1e-12;

/// The corrections of one jump at increasing scales: by the conjecture, `t(Λ) − τΛ` tends to its limit like `e^{−κΛ}`.
#[derive(Debug, Clone, PartialEq)]
pub struct RateMeasurement {
    /// Λ of the runs.
    pub log_inverse_scales: [f64; 5],
    /// `c(Λ) − c(∞)` at the runs, with `c(Λ) = t(Λ) − τΛ`.
    pub corrections: [f64; 5],
}

impl RateMeasurement {
    /// The local rates `−d ln|c(Λ) − c(∞)| / dΛ` between successive scales; `None` where a correction is too small to be resolved
    /// or changes its sign, which one exponential alone does not.
    pub fn local_rates(&self) -> [Option<f64>; 4] {
        [0, 1, 2, 3].map(|k: usize| {
            let (near, far) = (self.corrections[k], self.corrections[k + 1]);
            let distance = self.log_inverse_scales[k + 1] - self.log_inverse_scales[k];
            let resolved = far.abs() > RESOLUTION && near * far > 0.0;
            resolved.then(|| (near / far).ln() / distance)
        })
    }

    /// The last local rate that is resolved: local rates `[Some(1.2), Some(1.1), None, None]` give `Some(1.1)`.
    pub fn kappa(&self) -> Option<f64> {
        self.local_rates().into_iter().rev().flatten().next()
    }
}

/// Measures the corrections of every jump (of one point of its block); `None` where a run has no half-fit time.
///
/// # Errors
/// See [`RunError`].
pub fn measure(
    instance: &ReluInstance,
    sequence: &ReluSequence,
    runs: &ReluRuns,
    options: &Options<'_>,
) -> Result<Vec<Option<RateMeasurement>>, RunError> {
    // c(∞) is read at the first scale of the ladder, where corrections are negligible and rounding is smallest; the run is
    // repeated at the tighter tolerance.
    let reference = half_fit_times(
        instance,
        sequence,
        runs.ladder[0].log_inverse_scale,
        options,
    )?;
    let mut known: Vec<(f64, Vec<Option<f64>>)> = vec![];
    let mut measurements = vec![];
    for (jump, rate) in sequence.jumps().iter().zip(&runs.rates) {
        let spread = (EXPONENTS[1] - EXPONENTS[0]) / rate.kappa;
        let first = (EXPONENTS[0] / rate.kappa).max(MIN_LOG_INVERSE_SCALE);
        let scales = [0.0, 1.0, 2.0, 3.0, 4.0].map(|steps: f64| first + steps * spread);
        let point = jump.points[0];
        let tau = jump.time.to_f64();
        let constant = |scale: f64, times: &[Option<f64>]| Some(times[point]? - tau * scale);
        let mut corrections = vec![];
        for scale in scales {
            if !known.iter().any(|(other, _)| *other == scale) {
                known.push((scale, half_fit_times(instance, sequence, scale, options)?));
            }
            let times = known.iter().find(|(other, _)| *other == scale);
            let limit = constant(runs.ladder[0].log_inverse_scale, &reference);
            let found = times.and_then(|(_, times)| constant(scale, times));
            corrections.push(found.zip(limit).map(|(found, limit)| found - limit));
        }
        measurements.push(match corrections.as_slice() {
            [Some(a), Some(b), Some(c), Some(d), Some(e)] => Some(RateMeasurement {
                log_inverse_scales: scales,
                corrections: [*a, *b, *c, *d, *e],
            }),
            _ => None,
        });
    }
    Ok(measurements)
}

fn half_fit_times(
    instance: &ReluInstance,
    sequence: &ReluSequence,
    log_inverse_scale: f64,
    options: &Options<'_>,
) -> Result<Vec<Option<f64>>, RunError> {
    let last = sequence
        .jumps()
        .last()
        .map_or(1.0, |jump| jump.time.to_f64());
    let end = end_with_room(last, log_inverse_scale, 20.0);
    let simulation = ReluSimulation {
        tolerance: TOLERANCE,
        ..ReluSimulation::new(StopRule::Time(end))
    };
    Ok(run(instance, log_inverse_scale, &simulation, options)?
        .trajectory
        .half_fit_times)
}

/// Checks R7: reports predicted and measured rates side by side.
pub(super) fn check(evidence: &ReluEvidence<'_>, expected: &ReluExpectation) -> Outcome {
    let mut findings = Findings::default();
    let figures: Vec<Value> = (0..expected.jumps.len())
        .map(|jump| {
            let rate = expected.rates.get(jump);
            let measurement = evidence.rate_runs.get(jump).and_then(Option::as_ref);
            let measured = measurement.and_then(RateMeasurement::kappa);
            let predicted = rate.map(|rate| rate.kappa);
            let ratio = measured
                .zip(predicted)
                .map(|(measured, predicted)| measured / predicted);
            if let Some(ratio) = ratio {
                findings.see(
                    "distance of measured/predicted rate from 1",
                    (ratio - 1.0).abs(),
                );
            }
            json!({
                "jump": jump,
                "predicted": predicted,
                "limited_by": rate.map(|rate| rate.kind.name()),
                "measured": measured,
                "local_rates": measurement.map(RateMeasurement::local_rates),
                "ratio": ratio,
                "log_inverse_scales": measurement.map(|m| m.log_inverse_scales),
                "corrections": measurement.map(|m| m.corrections),
            })
        })
        .collect();
    findings.record("rates", Value::Array(figures));
    findings.record(
        "resolution",
        json!(format!(
            "corrections below {RESOLUTION:e} in flow time are not resolved at tolerance {TOLERANCE:e}: measured is then null"
        )),
    );
    findings.conclude_conjecture()
}

#[cfg(test)]
mod tests {
    use saltus_jump::relu::predict;

    use super::super::by_hand::{case, instance, outcome};
    use super::super::gather;
    use super::*;
    use crate::claims::ClaimId;

    #[test]
    fn local_rates_are_those_of_an_exponential() {
        let measured = |corrections: [f64; 5]| RateMeasurement {
            log_inverse_scales: [1.0, 2.0, 4.0, 5.0, 7.0],
            corrections,
        };
        let ln_two = std::f64::consts::LN_2;
        let found = measured([-8.0, -4.0, -1.0, -0.5, -0.03125]).local_rates();
        for (found, halvings) in found.iter().zip([1.0, 1.0, 1.0, 2.0]) {
            let found = found.expect("resolved");
            assert!((found / (halvings * ln_two) - 1.0).abs() < 1e-14, "{found}");
        }
        let resolved = |corrections: [f64; 5]| {
            let measured = measured(corrections);
            (
                measured.local_rates().map(|rate| rate.is_some()),
                measured.kappa(),
            )
        };
        let (resolved_rates, kappa) = resolved([4.0, 2.0, 2.1e-10, 1e-10, 1e-11]);
        assert_eq!(resolved_rates, [true, true, false, false]);
        assert!((kappa.expect("resolved") - (2.0_f64 / 2.1e-10).ln() / 2.0).abs() < 1e-12);
        // A sign that changes, no correction at all, and what is not a number.
        assert_eq!(
            resolved([1.0, -1.0, -1.0, 1.0, 1.0]).0,
            [false, true, false, true]
        );
        assert_eq!(resolved([0.0, 1.0, 0.0, 1.0, f64::NAN]), ([false; 4], None));
    }

    /// Of the first jump, whose predicted rate is 2.
    #[test]
    fn predicted_and_measured_rates_stand_side_by_side() {
        let figures = outcome(ClaimId::R7, |evidence| {
            evidence.rate_runs[0] = Some(RateMeasurement {
                log_inverse_scales: [1.0, 2.0, 3.0, 4.0, 5.0],
                corrections: [1.0, -1.0, 1.0, -3.0_f64.exp(), -1.0],
            });
            evidence.rate_runs[1] = None;
        });
        let [first, second] = [0, 1].map(|jump: usize| figures.evidence["rates"][jump].clone());
        assert_eq!(first["predicted"], 2.0);
        assert_eq!(first["limited_by"], "own start");
        for (key, expected) in [("measured", 3.0), ("ratio", 1.5)] {
            let found = first[key].as_f64().expect("a figure");
            assert!((found - expected).abs() < 1e-12, "{key}: {found}");
        }
        assert_eq!(
            (&second["measured"], &second["ratio"]),
            (&Value::Null, &Value::Null)
        );
        let worst = figures.evidence["worst"]["value"].as_f64();
        assert!((worst.expect("a figure") - 0.5).abs() < 1e-12);
    }

    #[test]
    fn scales_follow_from_the_predicted_rate() {
        let scales = |measurement: &Option<RateMeasurement>| {
            measurement.as_ref().expect("measured").log_inverse_scales
        };
        // The rates are 2 and 3; no scale is below 5.
        let rate_runs = &case().rate_runs;
        assert_eq!(scales(&rate_runs[0]), [5.0, 6.5, 8.0, 9.5, 11.0]);
        assert_eq!(scales(&rate_runs[1]), [5.0, 6.0, 7.0, 8.0, 9.0]);
        // At the first jump a neuron on the same point is at `2 − √2`.
        let near = instance(&["1", "1"], &["1", "1"], &[&[1, -1], &[1, 1]], &["1", "2"]);
        let sequence = predict(&near).expect("decided");
        let evidence = gather(&near, &sequence, &Options::default()).expect("simulated");
        let kappa = evidence.runs.rates[0].kappa;
        for (k, found) in scales(&evidence.rate_runs[0]).iter().enumerate() {
            let expected = (6.0 + 3.0 * k as f64) / kappa;
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert!(kappa < 1.2, "{kappa}");
    }

    /// Differences of crossing times are read at the tolerance that is stated, which is not the default.
    #[test]
    fn runs_for_rates_have_a_tolerance_of_their_own() {
        let (instance, sequence) = (&case().instance, &case().sequence);
        let options = Options::default();
        let found = half_fit_times(instance, sequence, 8.0, &options).expect("simulated");
        let at = |tolerance: Option<f64>| {
            let simulation = ReluSimulation::new(StopRule::Time(1.2 * 2.25 * 28.0));
            let simulation = ReluSimulation {
                tolerance: tolerance.unwrap_or(simulation.tolerance),
                ..simulation
            };
            let run = run(instance, 8.0, &simulation, &options).expect("simulated");
            run.trajectory.half_fit_times
        };
        assert_eq!(found, at(Some(1e-12)));
        assert_ne!(found, at(None));
    }

    /// One aligned neuron on one point: `a²` is a logistic function, 1/2 at `Λ + ½ ln(1 − e^{−2Λ})`.
    #[test]
    fn corrections_are_resolved() {
        let single = instance(&["1"], &["1"], &[&[1]], &["1"]);
        let sequence = predict(&single).expect("decided");
        let evidence = gather(&single, &sequence, &Options::default()).expect("simulated");
        let measured = evidence.rate_runs[0].as_ref().expect("measured");
        for (scale, found) in measured.log_inverse_scales.iter().zip(measured.corrections) {
            let expected = 0.5 * (-(-2.0 * scale).exp()).ln_1p();
            println!("{scale} {found:e} {expected:e} {:e}", found - expected);
            assert!(
                (found - expected).abs() < 1e-11,
                "{scale}: {found:e} {expected:e}"
            );
        }
    }
}
