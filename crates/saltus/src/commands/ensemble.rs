//! The claims about random instances, as part of the suite.

use saltus::answers::ClaimTime;
use saltus::dynamics::relu::{ReluSimulation, StopRule, simulate};
use saltus::problem::{LogInverseScale, ReluInstance};
use saltus::sweep::claims::{
    GatherError, InterpolationExpectation, NormEvidence, NormExpectation, StatisticalOutcome,
    ThresholdInstance, check_r4, check_r5, gather_r4, gather_r5, threshold_instances,
};
use saltus::sweep::run::{GroupFigures, summarise};
use saltus::verify::convert::relu_problem;
use saltus::verify::descent::Table;
use saltus::verify::verdict::{ClaimReport, Mismatch, Outcome, Report, Verdict};
use saltus::verify::{Claim, ClaimId};
use serde_json::json;

use super::clock::ClaimClock;
use crate::progress::Progress;

/// Name of the entry in the suite; the files of its tables begin with `random-instances-`.
pub const NAME: &str = "random instances";

/// Λ of the gradient flows that are compared with the process point by point.
const LOG_INVERSE_SCALE: f64 = 1_000.0;

/// The flow goes on to this multiple of the last jump's time.
const BEYOND_LAST_JUMP: f64 = 1.2;

/// How far `f(x_i)/y_i` may be from 1 on a fitted point and from 0 on an unfitted one. At the end of the flows it is below 1e-9 unless a
/// jump is missing or too much, when it is 1.
const POINT_TOLERANCE: f64 = 1e-6;

/// Gathers and judges those of R4 and R5 that were asked for; `None` if neither was. With the report, the seconds that each took.
pub fn verify(
    full: bool,
    claims: Option<&[ClaimId]>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<(Report, Vec<ClaimTime>)> {
    let wanted = |id: ClaimId| claims.is_none_or(|claims| claims.contains(&id));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut report = Report::empty(NAME);
    let clock = ClaimClock::start();
    if wanted(ClaimId::R4) {
        let progress = Progress::counting("R4", "sets of random networks", 0);
        let counter = progress.counter();
        let count = |done, of| counter.set(done, of);
        let outcome = interpolation(full, threads, stop, &count, &mut report.tables);
        report.claims.push(entry(ClaimId::R4, outcome));
        clock.claim_alone(ClaimId::R4);
    }
    if wanted(ClaimId::R5) {
        let progress = Progress::counting("R5", "random instances", 0);
        let counter = progress.counter();
        let count = |done, of| counter.set(done, of);
        let outcome = gather_r5(full, threads, stop, &count).map(|evidence| {
            report.tables.push(norm_table(&evidence));
            outcome_of(check_r5(&evidence, &NormExpectation::default()))
        });
        report.claims.push(entry(ClaimId::R5, outcome));
        clock.claim_alone(ClaimId::R5);
    }
    (!report.claims.is_empty()).then(|| (report, clock.times()))
}

fn entry(id: ClaimId, outcome: Result<Outcome, GatherError>) -> ClaimReport {
    ClaimReport {
        claim: Claim::of(id),
        outcome: outcome
            .unwrap_or_else(|error| Outcome::bare(Verdict::Undecided(error.to_string()))),
    }
}

fn interpolation(
    full: bool,
    threads: usize,
    stop: &(dyn Fn() -> bool + Sync),
    progress: &dyn Fn(usize, usize),
    tables: &mut Vec<Table>,
) -> Result<Outcome, GatherError> {
    let evidence = gather_r4(full, threads, stop, progress)?;
    let expectation =
        InterpolationExpectation::of(&evidence).map_err(|source| GatherError::Interpolation {
            claim: "R4",
            source,
        })?;
    let rows = evidence.cells.iter().zip(&expectation.probabilities);
    tables.push(Table {
        name: "probability_of_interpolating",
        columns: vec![
            "positive",
            "negative",
            "width",
            "width_over_log_n",
            "probability",
            "estimate",
            "lower",
            "upper",
        ],
        rows: rows
            .map(|(cell, probability)| {
                let points = cell.counts.total() as f64;
                vec![
                    cell.counts.positive as f64,
                    cell.counts.negative as f64,
                    f64::from(cell.width),
                    if points > 1.0 {
                        f64::from(cell.width) / points.ln()
                    } else {
                        f64::NAN
                    },
                    probability.to_f64(),
                    cell.interpolating as f64 / cell.trials as f64,
                    cell.interval.lower.to_f64(),
                    cell.interval.upper.to_f64(),
                ]
            })
            .collect(),
    });
    let mut outcome = outcome_of(check_r4(&evidence, &expectation));
    let instances = threshold_instances(if full { 10 } else { 3 })?;
    let mismatch = instances.iter().find_map(|threshold| {
        point_by_point(threshold)
            .err()
            .map(|reason| (threshold.instance.name().to_owned(), reason))
    });
    outcome.evidence.insert(
        "flows".to_owned(),
        json!({
            "compared_point_by_point": instances.len(),
            "interpolating": instances.iter().filter(|threshold| threshold.unfitted.is_empty()).count(),
            "log_inverse_scale": LOG_INVERSE_SCALE,
            "tolerance": POINT_TOLERANCE,
        }),
    );
    if let Some((place, disagreement)) = mismatch {
        outcome.verdict = match (disagreement, outcome.verdict) {
            (_, Verdict::Fails(mismatch)) => Verdict::Fails(mismatch),
            (
                Disagreement::Point {
                    point,
                    found,
                    expected,
                },
                _,
            ) => Verdict::Fails(Mismatch {
                place: format!("{place}, point {point} at the end of the flow"),
                found: format!("f(x)/y = {found}"),
                expected: expected.to_string(),
            }),
            (Disagreement::Undecided(reason), _) => {
                Verdict::Undecided(format!("{place}: {reason}"))
            }
        };
    }
    Ok(outcome)
}

/// Where a flow and the process part.
#[derive(Debug, PartialEq)]
enum Disagreement {
    /// A point ends elsewhere.
    Point {
        /// Its index.
        point: usize,
        /// `f(x_i)/y_i` at the end of the flow.
        found: f64,
        /// 1 if the process fits it, else 0.
        expected: f64,
    },
    /// The flow could not be followed.
    Undecided(String),
}

/// Whether the gradient flow ends with the points fitted that the process fits, and no others.
fn point_by_point(threshold: &ThresholdInstance) -> Result<(), Disagreement> {
    let instance = &threshold.instance;
    let outputs = end_of_flow(instance).map_err(Disagreement::Undecided)?;
    compare(instance, &outputs, &threshold.unfitted)
}

fn compare(
    instance: &ReluInstance,
    outputs: &[f64],
    unfitted: &[usize],
) -> Result<(), Disagreement> {
    let labels = instance.data().labels();
    for (point, (output, label)) in outputs.iter().zip(labels).enumerate() {
        if label.is_zero() {
            continue;
        }
        let found = output / label.to_f64();
        let expected = if unfitted.contains(&point) { 0.0 } else { 1.0 };
        // Written so that NaN is refused.
        let near = (found - expected).abs() <= POINT_TOLERANCE;
        if !near {
            return Err(Disagreement::Point {
                point,
                found,
                expected,
            });
        }
    }
    Ok(())
}

/// The network's outputs once every jump is over.
fn end_of_flow(instance: &ReluInstance) -> Result<Vec<f64>, String> {
    let sequence = saltus::jump::relu::predict(instance).map_err(|error| error.to_string())?;
    let last = sequence
        .jumps()
        .last()
        .map_or(1.0, |jump| jump.time.to_f64());
    let scale = LogInverseScale::new(LOG_INVERSE_SCALE).map_err(|error| error.to_string())?;
    let problem = relu_problem(instance, scale).map_err(|error| error.to_string())?;
    let end = StopRule::Time(BEYOND_LAST_JUMP * last * LOG_INVERSE_SCALE);
    let trajectory =
        simulate(&problem, &ReluSimulation::new(end)).map_err(|error| error.to_string())?;
    Ok(trajectory.end.outputs)
}

/// The reasons of the statistical claims read "place: found …, expected …".
fn outcome_of(outcome: StatisticalOutcome) -> Outcome {
    let reason = outcome.reason.unwrap_or_default();
    let verdict = match outcome.holds {
        Some(true) => Verdict::Holds,
        None => Verdict::Undecided(reason),
        Some(false) => Verdict::Fails(mismatch(&reason)),
    };
    Outcome {
        verdict,
        evidence: outcome.evidence,
    }
}

fn mismatch(reason: &str) -> Mismatch {
    let (place, rest) = reason.split_once(": found ").unwrap_or(("", reason));
    let (found, expected) = rest
        .split_once(", expected ")
        .unwrap_or((rest, "otherwise"));
    Mismatch {
        place: place.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}

/// Mean ratios and norms against the number of points.
fn norm_table(evidence: &NormEvidence) -> Table {
    use saltus::sweep::plan::Work;
    let mut rows = vec![];
    for group in summarise(&evidence.records) {
        let Work::Instance {
            labels,
            points,
            width,
        } = group.work
        else {
            continue;
        };
        let GroupFigures::Instances {
            ratio,
            norm_over_root,
            jumps,
            ..
        } = group.figures
        else {
            continue;
        };
        let mean = |estimate: Option<saltus::sweep::run::Estimate>| {
            estimate.map_or([f64::NAN, f64::NAN], |estimate| {
                [estimate.mean, estimate.half_width()]
            })
        };
        let is_gaussian = labels == saltus::sweep::draw::LabelLaw::Gaussian;
        let sizes = [
            f64::from(u8::from(is_gaussian)),
            f64::from(points),
            f64::from(width),
        ];
        let figures = [mean(ratio), mean(norm_over_root), mean(jumps)];
        rows.push(
            sizes
                .into_iter()
                .chain(figures.into_iter().flatten())
                .collect(),
        );
    }
    Table {
        name: "squared_norm_of_the_interpolator",
        columns: vec![
            "gaussian_labels",
            "points",
            "width",
            "ratio",
            "ratio_half_width_95",
            "norm_over_root_n",
            "norm_half_width_95",
            "jumps",
            "jumps_half_width_95",
        ],
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_end_where_the_process_does_and_a_wrong_end_is_seen() {
        for threshold in threshold_instances(2).expect("instances") {
            assert_eq!(point_by_point(&threshold), Ok(()));
            let mut wrong = threshold.clone();
            match wrong.unfitted.pop() {
                Some(_) => {}
                None => wrong.unfitted.push(0),
            }
            assert!(matches!(
                point_by_point(&wrong),
                Err(Disagreement::Point { .. })
            ));
        }
    }

    #[test]
    fn a_reason_has_its_three_parts() {
        let found = mismatch("P at width 3: found 0.2, expected at least 0.5");
        let parts = (&*found.place, &*found.found, &*found.expected);
        assert_eq!(parts, ("P at width 3", "0.2", "at least 0.5"));
    }

    #[test]
    fn only_the_claims_asked_for_are_gathered() {
        assert!(verify(false, Some(&[ClaimId::R1]), &|| false).is_none());
    }
}
