//! Claim S5: how the gain is spread over coordinates, and what that does to sparse recovery.

use serde_json::{Value, json};

use super::expectation::{DescentExpectation, Method};
use super::gain::stepsizes;
use super::reference::{Error, Recovery, RecoveryPoint};
use super::statistics::Median;
use super::{DescentEvidence, EdgeKind, Role, TrainedRun};
use crate::verdict::{Findings, Outcome, Verdict};

/// Stepsizes of stochastic gradient descent count as large from this fraction of where its runs begin to diverge; those of gradient
/// descent from where the limit of the flow becomes unstable.
const LARGE: f64 = 0.4;

/// Squared distance, relative to the true predictor's size, at which the least ℓ1 norm has recovered it: labels rounded to doubles.
const RECOVERED: f64 = 1e-20;

/// What stands for a method at one stepsize: a value, or a median over seeds with its confidence interval.
#[derive(Debug, Clone, Copy)]
struct Figure {
    low: f64,
    high: f64,
}

/// Checks S5. It does not apply without a true sparse predictor, or if the least ℓ1 norm does not recover that.
///
/// The spread of the gain is `(Σ g_i)²/(d Σ g_i²)`, 1 if uniform and s/d if equal on s coordinates and 0 elsewhere; its
/// concentration is the mean gain on the true support over the mean gain off it. Methods are compared at equal stepsizes by the
/// ends of confidence intervals, so that no threshold is chosen. Errors are compared with the gradient flow's.
pub fn check_s5(evidence: &DescentEvidence, expected: &DescentExpectation) -> Outcome {
    let Some(recovery) = &evidence.recovery else {
        return Outcome::bare(Verdict::NotApplicable(
            "sparse recovery: no true predictor is given".to_owned(),
        ));
    };
    let missed = recovery.levels.least_l1.squared_distance;
    if missed > RECOVERED * recovery.squared_size {
        return Outcome::bare(Verdict::NotApplicable(format!(
            "sparse recovery: the interpolator of least ℓ1 norm is not the true predictor, its squared distance is {missed:e}"
        )));
    }
    let mut findings = Findings::default();
    findings.record("budget", evidence.budget.to_json());
    findings.record(
        "tolerance",
        json!("none: ends of distribution-free confidence intervals of medians over seeds are compared"),
    );
    shape(evidence, recovery, expected.spread, &mut findings);
    errors(evidence, recovery, expected.spread, &mut findings);
    findings.record(
        "levels",
        json!({
            "gradient_flow": error_json(&recovery.flow),
            "least_l1_norm": error_json(&recovery.levels.least_l1),
        }),
    );
    findings.conclude()
}

fn shape(evidence: &DescentEvidence, recovery: &Recovery, spread: Method, findings: &mut Findings) {
    let mut rows = vec![];
    for stepsize in stepsizes(evidence) {
        let full = evidence
            .gd(Role::Sweep)
            .find(|run| run.stepsize == stepsize);
        let Some(full) = full.filter(|run| !run.run.diverged()) else {
            continue;
        };
        let over_seeds = |figure: &dyn Fn(&TrainedRun) -> f64| {
            let runs = evidence.sgd(Role::Sweep);
            let runs = runs.filter(|run| run.stepsize == stepsize && !run.run.diverged());
            Median::of(runs.map(figure).collect())
        };
        let concentration = |run: &TrainedRun| concentration(&run.run.gain, &recovery.support);
        let spreads = over_seeds(&|run| uniformity(&run.run.gain));
        let concentrations = over_seeds(&concentration);
        let (Some(spreads), Some(concentrations)) = (spreads, concentrations) else {
            findings.unsettled(format!("no seed stays bounded at stepsize {stepsize}"));
            continue;
        };
        let (full_spread, full_concentration) = (uniformity(&full.run.gain), concentration(full));
        let agrees = match spread {
            Method::Stochastic => {
                spreads.low > full_spread && concentrations.high < full_concentration
            }
            Method::GradientDescent => {
                spreads.high < full_spread && concentrations.low > full_concentration
            }
        };
        if !agrees {
            findings.differs(
                format!("shape of the gain at stepsize {stepsize}"),
                format!(
                    "spread {} and concentration {} by stochastic, {full_spread} and {full_concentration} by full gradient descent",
                    spreads.value, concentrations.value
                ),
                format!("nearly uniform by {}, concentrated by the other", spread.name()),
            );
        }
        rows.push(json!({
            "stepsize": stepsize,
            "gradient_descent": { "spread": full_spread, "on_support_over_off": full_concentration },
            "stochastic_gradient_descent": {
                "spread": spreads.to_json(),
                "on_support_over_off": concentrations.to_json(),
            },
        }));
    }
    if rows.is_empty() {
        findings.unsettled("no stepsize at which both methods stay bounded".to_owned());
    }
    findings.record("shape", json!(rows));
}

/// One of the distances of a run from the true predictor.
type Measure = fn(&Error) -> f64;

fn errors(
    evidence: &DescentEvidence,
    recovery: &Recovery,
    spread: Method,
    findings: &mut Findings,
) {
    let other = match spread {
        Method::Stochastic => Method::GradientDescent,
        Method::GradientDescent => Method::Stochastic,
    };
    let measures: [(&str, Measure); 2] = [
        ("squared distance to the true predictor", |error| {
            error.squared_distance
        }),
        ("test loss", |error| error.test_loss),
    ];
    for (measure, of) in measures {
        let level = of(&recovery.flow);
        let least_of_other = figures(evidence, recovery, other, of)
            .iter()
            .map(|(_, figure)| figure.low)
            .fold(f64::INFINITY, f64::min);
        for (stepsize, figure) in large(evidence, recovery, spread, of) {
            let helped = figure.high < level && figure.high < least_of_other;
            if !helped {
                findings.differs(
                    format!("{measure}, {} at stepsize {stepsize}", spread.name()),
                    format!("up to {}", figure.high),
                    format!(
                        "below {level} of the gradient flow and {least_of_other} of {} at its best",
                        other.name()
                    ),
                );
            }
        }
        for (stepsize, figure) in large(evidence, recovery, other, of) {
            let hurt = figure.low > level;
            if !hurt {
                findings.differs(
                    format!("{measure}, {} at stepsize {stepsize}", other.name()),
                    format!("from {}", figure.low),
                    format!("above {level} of the gradient flow"),
                );
            }
        }
    }
    for method in [spread, other] {
        if large(evidence, recovery, method, measures[0].1).is_empty() {
            findings.unsettled(format!(
                "no large stepsize of {} stays bounded",
                method.name()
            ));
        }
    }
    let full = points(recovery, Method::GradientDescent).map(|point| {
        let mut row = error_json(&point.error);
        if let Value::Object(row) = &mut row {
            row.insert("stepsize".to_owned(), json!(point.stepsize));
        }
        row
    });
    findings.record("gradient_descent", full.collect());
    let stochastic = stepsizes(evidence).into_iter().map(|stepsize| {
        let median = |of: fn(&Error) -> f64| {
            median_error(recovery, stepsize, of).map(|median| median.to_json())
        };
        json!({
            "stepsize": stepsize,
            "squared_distance": median(|error| error.squared_distance),
            "test_loss": median(|error| error.test_loss),
        })
    });
    findings.record("stochastic_gradient_descent", stochastic.collect());
}

fn points(recovery: &Recovery, method: Method) -> impl Iterator<Item = &RecoveryPoint> {
    let full = method == Method::GradientDescent;
    let points = recovery.points.iter();
    points.filter(move |point| point.seed.is_none() == full)
}

/// The median error over the seeds that did not diverge.
pub(super) fn median_error(
    recovery: &Recovery,
    stepsize: f64,
    of: fn(&Error) -> f64,
) -> Option<Median> {
    let points = points(recovery, Method::Stochastic).filter(|point| point.stepsize == stepsize);
    Median::of(points.map(|point| of(&point.error)).collect())
}

fn figures(
    evidence: &DescentEvidence,
    recovery: &Recovery,
    method: Method,
    of: fn(&Error) -> f64,
) -> Vec<(f64, Figure)> {
    match method {
        Method::GradientDescent => points(recovery, method)
            .map(|point| {
                let error = of(&point.error);
                (
                    point.stepsize,
                    Figure {
                        low: error,
                        high: error,
                    },
                )
            })
            .collect(),
        Method::Stochastic => stepsizes(evidence)
            .into_iter()
            .filter_map(|stepsize| {
                let Median { low, high, .. } = median_error(recovery, stepsize, of)?;
                Some((stepsize, Figure { low, high }))
            })
            .collect(),
    }
}

fn large(
    evidence: &DescentEvidence,
    recovery: &Recovery,
    method: Method,
    of: fn(&Error) -> f64,
) -> Vec<(f64, Figure)> {
    let from = match method {
        Method::GradientDescent => evidence.flow_threshold(),
        Method::Stochastic => {
            let divergence = evidence.stochastic.edge(EdgeKind::Divergence);
            LARGE * divergence.unwrap_or(f64::INFINITY)
        }
    };
    let mut figures = figures(evidence, recovery, method, of);
    figures.retain(|(stepsize, _)| *stepsize >= from);
    figures
}

/// `(Σ g_i)²/(d Σ g_i²)`.
pub(super) fn uniformity(gain: &[f64]) -> f64 {
    let sum: f64 = gain.iter().sum();
    let squares: f64 = gain.iter().map(|g| g * g).sum();
    sum * sum / (gain.len() as f64 * squares)
}

/// Mean gain on the support over mean gain off it.
fn concentration(gain: &[f64], support: &[usize]) -> f64 {
    let total: f64 = gain.iter().sum();
    let on: f64 = support.iter().map(|&i| gain[i]).sum();
    let off = gain.len() - support.len();
    on / support.len() as f64 / ((total - on) / off as f64)
}

fn error_json(error: &Error) -> Value {
    json!({ "squared_distance": error.squared_distance, "test_loss": error.test_loss })
}

#[cfg(test)]
mod tests {
    use saltus_dynamics::diagonal::descent::Outcome as End;

    use super::*;
    use crate::claims::ClaimId;
    use crate::descent::by_hand::{Expected, evidence, is, judge, outcome};

    /// `(3 + 1)²/(2 · 10)`, all equal, one alone of four; on the support twice as much as off it.
    #[test]
    fn gains_are_described_by_hand() {
        let close = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        };
        close(uniformity(&[3.0, 1.0]), 0.8);
        close(uniformity(&[2.0; 5]), 1.0);
        close(uniformity(&[0.0, 0.0, 7.0, 0.0]), 0.25);
        close(
            concentration(&[1.0, 4.0, 2.0, 2.0, 1.0], &[1, 2]),
            9.0 / 4.0,
        );
    }

    #[track_caller]
    fn check(expected: Expected, change: impl FnOnce(&mut DescentEvidence)) {
        judge(ClaimId::S5, expected, change);
    }

    fn recovery(evidence: &mut DescentEvidence) -> &mut Recovery {
        evidence.recovery.as_mut().expect("by hand")
    }

    /// The squared size of the true predictor is 4.
    #[test]
    fn recovery_is_asked_for_where_the_least_norm_recovers() {
        let missed = |missed: f64| {
            move |e: &mut DescentEvidence| recovery(e).levels.least_l1.squared_distance = missed
        };
        check(Expected::Holds, missed(4e-20));
        let not =
            Expected::NotApplicable("the interpolator of least ℓ1 norm is not the true predictor");
        check(not, missed(4.1e-20));
        let figures = outcome(ClaimId::S5, missed(1e-20)).evidence;
        let error =
            |distance: f64, test: f64| json!({ "squared_distance": distance, "test_loss": test });
        assert_eq!(
            figures["levels"],
            json!({ "gradient_flow": error(1.0, 2.0), "least_l1_norm": error(1e-20, 0.0) })
        );
        check(Expected::NotApplicable("no true predictor is given"), |e| {
            e.recovery = None;
        });
    }

    /// The verdict on the shape of the gains of gradient descent, and of all seeds at all stepsizes; the support is coordinate 0.
    fn shapes(spread: Method, full: [f64; 3], stochastic: [f64; 3]) -> Verdict {
        let mut evidence = evidence();
        for run in &mut evidence.runs {
            run.run.gain = match run.seed {
                None => full.to_vec(),
                Some(_) => stochastic.to_vec(),
            };
        }
        let mut findings = Findings::default();
        let recovery = evidence.recovery.as_ref().expect("by hand");
        shape(&evidence, recovery, spread, &mut findings);
        findings.conclude().verdict
    }

    #[test]
    fn the_gain_is_spread_by_one_method_and_concentrated_by_the_other() {
        let fails = Expected::Fails("shape of the gain at stepsize 0.25");
        let both = |full: [f64; 3], stochastic: [f64; 3], expected: Expected| {
            is(&shapes(Method::Stochastic, full, stochastic), expected);
            is(&shapes(Method::GradientDescent, stochastic, full), expected);
        };
        both([4.0, 1.0, 1.0], [1.0; 3], Expected::Holds);
        both([1.0; 3], [4.0, 1.0, 1.0], fails);
        both([4.0, 1.0, 1.0], [4.0, 1.0, 1.0], fails);
        // As even, and less concentrated; as concentrated, and more even.
        both([4.0, 1.0, 1.0], [1.0, 4.0, 1.0], fails);
        both([1.0, 2.0, 0.0], [1.0; 3], fails);
        // More even, and more concentrated; less of both.
        both([0.0, 6.0, 0.0], [4.0, 1.0, 1.0], fails);
        both([4.0, 1.0, 1.0], [0.0, 6.0, 0.0], fails);
    }

    #[test]
    fn a_shape_needs_runs_of_both_methods() {
        let diverged = |full: bool, stepsize: f64| {
            move |e: &mut DescentEvidence| {
                for run in &mut e.runs {
                    if run.role == Role::Sweep
                        && run.seed.is_none() == full
                        && run.stepsize == stepsize
                    {
                        run.run.outcome = End::Diverged { step: 1 };
                    }
                }
            }
        };
        check(Expected::Holds, diverged(true, 0.25));
        check(
            Expected::Undecided("no stepsize at which both methods"),
            |e| {
                diverged(true, 0.25)(e);
                diverged(true, 1.0)(e);
            },
        );
        let none = Expected::Undecided("no seed stays bounded at stepsize 0.25");
        check(none, diverged(false, 0.25));
        // What diverged has no say.
        check(Expected::Holds, |e| {
            let run = e.runs.iter_mut().find(|run| run.seed.is_some());
            let run = &mut run.expect("by hand").run;
            (run.outcome, run.gain) = (End::Diverged { step: 1 }, vec![9.0, 0.0, 0.0]);
        });
    }

    /// The flow is at the distance 1, gradient descent at 0.6875 at best.
    #[test]
    fn large_stepsizes_help_one_method_and_hurt_the_other() {
        let at = |full: bool, stepsize: f64, distance: f64, test: f64| {
            move |e: &mut DescentEvidence| {
                for point in &mut recovery(e).points {
                    if point.seed.is_none() == full && point.stepsize == stepsize {
                        (point.error.squared_distance, point.error.test_loss) = (distance, test);
                    }
                }
            }
        };
        let distance = Expected::Fails(
            "squared distance to the true predictor, stochastic gradient descent at stepsize 1",
        );
        check(Expected::Holds, at(false, 1.0, 0.687, 1.374));
        check(distance, at(false, 1.0, 0.6875, 0.0));
        check(
            Expected::Fails("test loss, stochastic"),
            at(false, 1.0, 0.0, 1.375),
        );
        check(distance, at(false, 1.0, f64::INFINITY, 0.0));
        // Better than all of gradient descent and no better than the flow.
        check(distance, |e| {
            at(false, 1.0, 1.0, 0.0)(e);
            for stepsize in [0.25, 0.5, 1.0, 2.0] {
                at(true, stepsize, 1.5, 3.0)(e);
            }
        });
        // Where it is small, a stepsize need not help.
        check(Expected::Holds, at(false, 0.25, 9.0, 9.0));
        let hurts = Expected::Fails(
            "squared distance to the true predictor, gradient descent at stepsize 1",
        );
        check(Expected::Holds, at(true, 1.0, 1.01, 2.01));
        check(hurts, at(true, 1.0, 1.0, 2.01));
        check(
            Expected::Fails("test loss, gradient descent at stepsize 1"),
            at(true, 1.0, 1.01, 2.0),
        );
        check(Expected::Holds, at(true, 0.5, 0.9, 1.9));
    }

    #[test]
    fn the_median_over_seeds_has_an_interval_that_must_help() {
        // Of six seeds the interval is the whole range: one seed that is not helped is enough.
        check(
            Expected::Fails("squared distance to the true predictor, stochastic"),
            |e| {
                let mut points = recovery(e).points.iter_mut();
                let last = points.rfind(|point| point.seed.is_some());
                last.expect("by hand").error.squared_distance = 0.7;
            },
        );
    }

    /// Divergence begins at 2, and 0.4 of it is 0.8; the limit of the flow becomes unstable at 1.
    #[test]
    fn stepsizes_are_large_from_a_fraction_of_divergence_on() {
        let moved = |full: bool, from: f64, to: f64| {
            move |e: &mut DescentEvidence| {
                for run in &mut e.runs {
                    if run.seed.is_none() == full && run.stepsize == from {
                        run.stepsize = to;
                    }
                }
                for point in &mut recovery(e).points {
                    if point.seed.is_none() == full && point.stepsize == from {
                        point.stepsize = to;
                    }
                }
            }
        };
        let none = Expected::Undecided("no large stepsize of stochastic gradient descent");
        check(Expected::Holds, moved(false, 1.0, 0.8));
        check(none, moved(false, 1.0, 0.79));
        check(none, |e| e.stochastic.edges.divergence = None);
        let none = Expected::Undecided("no large stepsize of gradient descent");
        check(Expected::Holds, |e| {
            moved(true, 2.0, 0.1)(e);
        });
        check(none, |e| {
            moved(true, 2.0, 0.1)(e);
            moved(true, 1.0, 0.99)(e);
        });
    }
}
