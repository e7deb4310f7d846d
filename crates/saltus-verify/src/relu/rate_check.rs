//! Conjecture R7: the predicted rate of convergence against the measured one.

use saltus_dynamics::relu::{ReluSimulation, StopRule};
use saltus_jump::relu::ReluSequence;
use saltus_problem::ReluInstance;
use serde_json::{Value, json};

use super::ReluEvidence;
use super::expectation::ReluExpectation;
use super::runs::{ReluRuns, RunError, run};
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
    // At small Λ jumps come late by their constant: leave room for it.
    let end = 1.2 * last * (log_inverse_scale + 20.0);
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
