//! Claim S4: how large the gain is.

use serde_json::json;

use super::expectation::DescentExpectation;
use super::statistics::{QuotientOfMeans, extremes};
use super::{DescentEvidence, Role, TrainedRun, rows};
use crate::verdict::{Findings, Outcome};

/// Standard errors on each side of a mean over seeds that still count as agreement.
const STANDARD_ERRORS: f64 = 4.0;

/// A gain of which rounding may have changed more than this part is lost, and nothing is concluded from it.
const LOST: f64 = 1e-3;

/// Rounding allowed in ratios of sums along a run.
const ROUNDING: f64 = 1e-9;

/// Checks S4: `Σ_i Gain_i` against `γ² Σ‖g_k‖²`, and `Σ‖g_k‖²` against `Σ L(β_k)`.
///
/// For `|x| ≤ m < 1`: `x² ≤ −ln(1 − x²) ≤ x² · (−ln(1 − m²)/m²)`, so that the ratio of the first two lies between 1 and a bound
/// that tends to 1 with the stepsize (derived here). `‖g‖² = rᵀXXᵀr/n²` lies between `2λ⁺_min(H) L` and `2λ_max(H) L`;
/// for a single sample `‖g‖² = 2‖x_i‖² L_i`, and the batch's loss is the full one in expectation.
pub fn check_s4(evidence: &DescentEvidence, expected: &DescentExpectation) -> Outcome {
    let mut findings = Findings::default();
    findings.record("budget", evidence.budget.to_json());
    findings.record(
        "tolerance",
        json!(format!(
            "the bounds are theorems, {ROUNDING:e} is left for rounding; expectations over seeds within {STANDARD_ERRORS} standard errors"
        )),
    );
    let mut compared = 0_usize;
    let mut nearest = f64::INFINITY;
    for run in evidence.runs.iter().filter(|run| !run.run.diverged()) {
        if let Some((ratio, bound)) = gain_ratio(run) {
            compared += 1;
            if bound < nearest {
                nearest = bound;
                findings.record(
                    "smallest_stepsize",
                    json!({ "stepsize": run.stepsize, "gain_over_squared_gradients": ratio, "between": [1.0, bound] }),
                );
            }
            let rounding = gain_rounding(evidence, run);
            // Written so that NaN is lost.
            let is_kept = rounding <= LOST;
            if is_kept {
                within(
                    &mut findings,
                    format!("gain over γ² Σ‖g‖², {}", run.label()),
                    ratio,
                    (expected.gain_scale, expected.gain_scale * bound),
                    ROUNDING + rounding,
                );
            } else {
                findings.unsettled(format!(
                    "gain of {}: rounding may have changed it by {rounding:.0e} of itself",
                    run.label()
                ));
            }
        }
        let multiple = run.run.summed_squared_gradient / run.run.summed_loss;
        let multiples = if run.seed.is_none() {
            expected.full_multiples
        } else {
            expected.sample_multiples
        };
        within(
            &mut findings,
            format!("Σ‖g‖² over Σ L, {}", run.label()),
            multiple,
            multiples,
            ROUNDING,
        );
    }
    if compared == 0 {
        findings.unsettled("no run has |γ g| < 1 throughout".to_owned());
    }
    in_expectation(evidence, expected, &mut findings);
    findings.record(
        "multiples_of_summed_loss",
        json!({
            "gradient_descent": expected.full_multiples,
            "single_samples": expected.sample_multiples,
        }),
    );
    findings.record("gradient_descent", rows(evidence.gd(Role::Sweep), figures));
    let means = by_stepsize(evidence);
    findings.record("stochastic_gradient_descent", json!(means));
    findings.conclude()
}

/// The ratio and its upper bound, where no factor reached 1.
fn gain_ratio(run: &TrainedRun) -> Option<(f64, f64)> {
    let m = run.run.largest_factor;
    let usable = m > 0.0 && m < 1.0;
    let squares = run.stepsize.powi(2) * run.run.summed_squared_gradient;
    usable.then(|| (run.total_gain() / squares, -(-m * m).ln_1p() / (m * m)))
}

/// Every step rounds two factors and two products per coordinate. Relative to the gain or its lower bound `γ² Σ‖g‖²`: a gain that is
/// itself rounding can be the larger one.
fn gain_rounding(evidence: &DescentEvidence, run: &TrainedRun) -> f64 {
    let operations = 4.0 * run.run.steps as f64 * evidence.problem.dimension() as f64;
    let squares = run.stepsize.powi(2) * run.run.summed_squared_gradient;
    operations * f64::EPSILON / run.total_gain().abs().min(squares)
}

fn within(findings: &mut Findings, place: String, found: f64, bounds: (f64, f64), slack: f64) {
    let (low, high) = bounds;
    // Written so that NaN is refused.
    let inside = found >= low * (1.0 - slack) && found <= high * (1.0 + slack);
    if !inside {
        let expected = format!("between {low} and {high}");
        findings.differs(place, found.to_string(), expected);
    }
}

/// Whether the mean loss along some run is larger than its initial loss. Random factors then make the losses grow, rare runs carry the
/// expectation by decades, and a mean over seeds says nothing of it.
fn losses_grow(evidence: &DescentEvidence) -> bool {
    evidence.sgd(Role::SummedLoss).any(|run| {
        let initial = run.run.steps as f64 * run.run.initial_loss;
        run.summed_full_loss.is_some_and(|summed| summed > initial)
    })
}

fn in_expectation(
    evidence: &DescentEvidence,
    expected: &DescentExpectation,
    findings: &mut Findings,
) {
    let settled = || {
        evidence
            .sgd(Role::SummedLoss)
            .filter(|run| !run.run.diverged())
    };
    let pairs = |numerator: fn(&TrainedRun) -> f64| -> Vec<(f64, f64)> {
        let pairs = settled().filter_map(|run| Some((numerator(run), run.summed_full_loss?)));
        pairs.collect()
    };
    let gradients = QuotientOfMeans::of(&pairs(|run| run.run.summed_squared_gradient));
    let losses = QuotientOfMeans::of(&pairs(|run| run.run.summed_loss));
    let (Some(gradients), Some(losses)) = (gradients, losses) else {
        findings.unsettled("fewer than two seeds without divergence".to_owned());
        return;
    };
    let (low, high) = expected.sample_multiples;
    let is_between = |quotient: QuotientOfMeans| {
        let margin = STANDARD_ERRORS * quotient.error;
        quotient.value + margin >= low && quotient.value - margin <= high
    };
    let is_unbiased = |quotient: QuotientOfMeans| {
        let margin = STANDARD_ERRORS * quotient.error + ROUNDING;
        (quotient.value - 1.0).abs() <= margin
    };
    let mut judge = |quotient: QuotientOfMeans,
                     agrees: &dyn Fn(QuotientOfMeans) -> bool,
                     what: &str,
                     expected: String| {
        let margin = STANDARD_ERRORS * quotient.error;
        let place = format!("{what}, stochastic gradient descent");
        if agrees(quotient) {
            return;
        }
        if losses_grow(evidence) {
            findings.unsettled(format!(
                "{place}: found {} ± {margin}, expected {expected}; but the losses grow on average, so that rare runs carry the \
                 expectation",
                quotient.value
            ));
        } else {
            findings.differs(place, format!("{} ± {margin}", quotient.value), expected);
        }
    };
    judge(
        gradients,
        &is_between,
        "E Σ‖g‖² over E Σ L",
        format!("between {low} and {high}"),
    );
    judge(
        losses,
        &is_unbiased,
        "E Σ L_B over E Σ L",
        "1: batches are drawn without bias".to_owned(),
    );
    findings.record(
        "in_expectation",
        json!({
            "seeds": settled().count(),
            "squared_gradients_over_loss": { "value": gradients.value, "standard_error": gradients.error },
            "batch_loss_over_loss": { "value": losses.value, "standard_error": losses.error },
        }),
    );
}

fn figures(run: &TrainedRun) -> serde_json::Value {
    let squares = run.stepsize.powi(2) * run.run.summed_squared_gradient;
    json!({
        "gain": run.total_gain(),
        "gain_over_squared_gradients": run.total_gain() / squares,
        "squared_gradients_over_loss": run.run.summed_squared_gradient / run.run.summed_loss,
    })
}

/// Mean and range of the total gain over seeds, for every stepsize of the sweep.
fn by_stepsize(evidence: &DescentEvidence) -> Vec<serde_json::Value> {
    stepsizes(evidence)
        .into_iter()
        .map(|stepsize| {
            let runs = evidence.sgd(Role::Sweep);
            let runs = runs.filter(|run| run.stepsize == stepsize && !run.run.diverged());
            let gains: Vec<f64> = runs.map(TrainedRun::total_gain).collect();
            let (least, largest) = extremes(&gains);
            json!({
                "stepsize": stepsize,
                "seeds": gains.len(),
                "mean_gain": gains.iter().sum::<f64>() / gains.len() as f64,
                "range": [least, largest],
            })
        })
        .collect()
}

/// The stepsizes of the sweep by stochastic gradient descent, in increasing order.
pub(super) fn stepsizes(evidence: &DescentEvidence) -> Vec<f64> {
    let mut found: Vec<f64> = evidence.sgd(Role::Sweep).map(|run| run.stepsize).collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use saltus_dynamics::diagonal::descent::Outcome as End;

    use super::*;
    use crate::claims::ClaimId;
    use crate::descent::by_hand::{Expected, evidence, is, judge, outcome, run};

    #[track_caller]
    fn check(expected: Expected, change: impl FnOnce(&mut DescentEvidence)) {
        judge(ClaimId::S4, expected, change);
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(error <= 1e-14 * expected.abs(), "{found} {expected}");
    }

    /// `−ln(1 − m²)/m²` at m = 1/2 is `4 ln(4/3)`.
    #[test]
    fn the_ratio_is_bounded_where_no_factor_reaches_one() {
        let ratio = |largest: f64| {
            let mut run = run(Role::Sweep, None, 0.5);
            run.run.largest_factor = largest;
            run.run.gain = vec![1.0, 2.0, 3.0];
            run.run.summed_squared_gradient = 12.0;
            gain_ratio(&run)
        };
        let (found, bound) = ratio(0.5).expect("usable");
        close(found, 2.0);
        close(bound, 4.0 * (4.0_f64 / 3.0).ln());
        for largest in [0.0, 1.0, 2.0, f64::NAN] {
            assert_eq!(ratio(largest), None);
        }
    }

    /// Four operations a step and coordinate: 36 in three steps.
    #[test]
    fn rounding_is_relative_to_the_smaller_of_gain_and_squares() {
        let rounding = |gain: f64, squares: f64| {
            let mut run = run(Role::Sweep, None, 0.5);
            run.run.gain = vec![gain, 0.0, 0.0];
            run.run.summed_squared_gradient = squares;
            gain_rounding(&evidence(), &run)
        };
        close(rounding(-2.0, 16.0), 18.0 * f64::EPSILON);
        close(rounding(8.0, 2.0), 72.0 * f64::EPSILON);
    }

    #[test]
    fn bounds_are_met_up_to_the_slack() {
        let check = |found: f64, inside: bool| {
            let mut findings = Findings::default();
            within(&mut findings, "it".to_owned(), found, (2.0, 4.0), 0.25);
            let holds = findings.conclude().verdict == crate::Verdict::Holds;
            assert_eq!(holds, inside, "{found}");
        };
        check(1.5, true);
        check(5.0, true);
        check(1.49, false);
        check(5.01, false);
        check(f64::NAN, false);
    }

    /// The ratio is 1.05, of a bound of 1.15.
    #[test]
    fn a_gain_outside_of_its_bounds_fails() {
        let ratio = |ratio: f64, steps: u64| {
            move |e: &mut DescentEvidence| {
                let run = &mut e.runs[0];
                let squares = run.total_gain() / (ratio * run.stepsize.powi(2));
                run.run.summed_squared_gradient = squares;
                run.run.summed_loss = 0.25 * squares;
                run.run.steps = steps;
            }
        };
        let bound = 4.0 * (4.0_f64 / 3.0).ln();
        let fails = Expected::Fails("gain over γ² Σ‖g‖², gradient descent at stepsize 0.25");
        check(Expected::Holds, ratio(1.0, 3));
        check(fails, ratio(1.0 - 1e-8, 3));
        check(Expected::Holds, ratio(bound, 3));
        check(fails, ratio(bound * (1.0 + 1e-8), 3));
        // The gain is 3/4: in a hundred billion steps rounding may change it by 12ε · 1e11/0.75 = 3.55e-4 of
        // itself, and γ² Σ‖g‖², if that is smaller by the bound, by 4.09e-4.
        let many = 100_000_000_000;
        check(Expected::Holds, ratio(1.0 - 3.4e-4, many));
        check(fails, ratio(1.0 - 3.8e-4, many));
        check(Expected::Holds, ratio(bound * (1.0 + 4.0e-4), many));
        check(fails, ratio(bound * (1.0 + 4.2e-4), many));
        // Beyond 1e-3 it is lost.
        let lost = Expected::Undecided("rounding may have changed it by");
        check(Expected::Holds, ratio(1.05, 265_000_000_000));
        check(lost, ratio(1.05, 300_000_000_000));
        check(lost, ratio(2.0, 300_000_000_000));
    }

    #[test]
    fn without_small_factors_nothing_is_compared() {
        check(
            Expected::Undecided("no run has |γ g| < 1 throughout"),
            |e| {
                for run in &mut e.runs {
                    run.run.largest_factor = 1.0;
                }
            },
        );
        let smallest = |change: &dyn Fn(&mut DescentEvidence)| {
            outcome(ClaimId::S4, change).evidence["smallest_stepsize"]["stepsize"].as_f64()
        };
        // The first of equal bounds.
        assert_eq!(smallest(&|_| {}), Some(0.25));
        let factor = |e: &mut DescentEvidence, factor: f64| e.runs[2].run.largest_factor = factor;
        assert_eq!(smallest(&|e| factor(e, 0.6)), Some(0.25));
        // The ratio is above this bound, which fails and is recorded all the same.
        assert_eq!(smallest(&|e| factor(e, 0.1)), Some(1.0));
    }

    /// Multiples between 1 and 8 for gradient descent, and between 2 and 8 for single samples.
    #[test]
    fn squared_gradients_are_multiples_of_the_loss() {
        let multiple = |full: bool, multiple: f64| {
            move |e: &mut DescentEvidence| {
                let runs = e.runs.iter_mut();
                let mut runs = runs.filter(|run| run.seed.is_none() == full);
                let run = &mut runs.next().expect("by hand").run;
                run.summed_loss = run.summed_squared_gradient / multiple;
            }
        };
        let fails = |full: bool| match full {
            true => Expected::Fails("Σ‖g‖² over Σ L, gradient descent at stepsize 0.25"),
            false => {
                Expected::Fails("Σ‖g‖² over Σ L, stochastic gradient descent at stepsize 0.25")
            }
        };
        for (full, low) in [(true, 1.0), (false, 2.0)] {
            check(Expected::Holds, multiple(full, low));
            check(Expected::Holds, multiple(full, 8.0));
            check(fails(full), multiple(full, 0.999 * low));
            check(fails(full), multiple(full, 8.001));
        }
        check(Expected::Holds, |e| {
            multiple(true, 9.0)(e);
            e.runs[0].run.outcome = End::Diverged { step: 1 };
        });
    }

    /// Of two seeds: `Σ‖g‖²` and the batches' losses, over a full loss of 8, whose quotients have a standard error as given.
    fn expectation(
        (gradients, gradient_error): (f64, f64),
        (losses, loss_error): (f64, f64),
    ) -> crate::Outcome {
        let mut evidence = evidence();
        let runs = evidence.runs.iter_mut();
        let summed = runs.filter(|run| run.role == Role::SummedLoss);
        for (run, sign) in summed.zip([1.0, -1.0]) {
            run.summed_full_loss = Some(8.0);
            run.run.summed_squared_gradient = 8.0 * (gradients + sign * gradient_error);
            run.run.summed_loss = 8.0 * (losses + sign * loss_error);
        }
        let mut findings = Findings::default();
        let expected = DescentExpectation::new(&evidence);
        in_expectation(&evidence, &expected, &mut findings);
        findings.conclude()
    }

    #[test]
    fn means_over_seeds_agree_within_four_standard_errors() {
        let gradients = |value: f64, error: f64, expected: Expected| {
            is(&expectation((value, error), (1.0, 0.0)).verdict, expected);
        };
        let fails = Expected::Fails("E Σ‖g‖² over E Σ L, stochastic gradient descent");
        gradients(2.0, 0.0, Expected::Holds);
        gradients(8.0, 0.0, Expected::Holds);
        gradients(1.5, 0.126, Expected::Holds);
        gradients(1.5, 0.124, fails);
        gradients(8.5, 0.126, Expected::Holds);
        gradients(8.5, 0.124, fails);
        gradients(f64::NAN, 0.1, fails);
        let losses = |value: f64, error: f64, expected: Expected| {
            is(&expectation((4.0, 0.0), (value, error)).verdict, expected);
        };
        let fails = Expected::Fails("E Σ L_B over E Σ L, stochastic gradient descent");
        losses(1.0 + 0.9e-9, 0.0, Expected::Holds);
        losses(1.0 + 1.1e-9, 0.0, fails);
        losses(1.0 - 1.1e-9, 0.0, fails);
        losses(1.5, 0.126, Expected::Holds);
        losses(1.5, 0.124, fails);
        losses(0.5, 0.126, Expected::Holds);
        losses(0.5, 0.124, fails);
        let outcome = expectation((4.0, 0.0), (1.5, 0.03125));
        let reason = outcome.verdict.reason().expect("it fails");
        assert!(
            reason.contains("found 1.5 ± 0.125, expected 1: "),
            "{reason}"
        );
        let figures = &expectation((4.0, 0.25), (1.5, 0.5)).evidence["in_expectation"];
        assert_eq!(
            *figures,
            json!({
                "seeds": 2,
                "squared_gradients_over_loss": { "value": 4.0, "standard_error": 0.25 },
                "batch_loss_over_loss": { "value": 1.5, "standard_error": 0.5 },
            })
        );
    }

    /// The initial loss is 6.25, over three steps 18.75.
    #[test]
    fn growing_losses_have_no_mean_over_few_seeds() {
        let grow = |summed: f64| {
            let mut evidence = evidence();
            let last = evidence.runs.last_mut().expect("by hand");
            last.summed_full_loss = Some(summed);
            losses_grow(&evidence)
        };
        assert!(!grow(18.75));
        assert!(grow(18.76));
        assert!(!grow(f64::NAN));
        let halved = |full: f64| {
            move |e: &mut DescentEvidence| {
                let runs = e.runs.iter_mut();
                for run in runs.filter(|run| run.role == Role::SummedLoss) {
                    run.summed_full_loss = Some(full);
                    run.run.summed_loss = 0.5 * full;
                    run.run.summed_squared_gradient = 2.0 * full;
                    run.run.gain = vec![1.05 * 2.0 * full, 0.0, 0.0];
                }
            }
        };
        check(Expected::Fails("E Σ L_B over E Σ L"), halved(18.0));
        check(
            Expected::Undecided("rare runs carry the expectation"),
            halved(19.0),
        );
        check(
            Expected::Undecided("fewer than two seeds without divergence"),
            |e| {
                let last = e.runs.last_mut().expect("by hand");
                last.run.outcome = End::Diverged { step: 1 };
            },
        );
    }

    #[test]
    fn figures_of_the_sweep_stand_beside_the_verdict() {
        let figures = outcome(ClaimId::S4, |e| {
            let mut runs = e.runs.iter_mut();
            let last = runs.rfind(|run| run.role == Role::Sweep).expect("by hand");
            last.run.outcome = End::Diverged { step: 1 };
        })
        .evidence;
        let first = &figures["gradient_descent"][0];
        assert_eq!(
            (&first["stepsize"], &first["outcome"]),
            (&json!(0.25), &json!("converged"))
        );
        assert_eq!(
            (&first["gain"], &first["squared_gradients_over_loss"]),
            (&json!(0.75), &json!(4.0))
        );
        close(
            first["gain_over_squared_gradients"]
                .as_f64()
                .expect("a figure"),
            1.05,
        );
        assert_eq!(
            figures["stochastic_gradient_descent"],
            json!([
                { "stepsize": 0.25, "seeds": 6, "mean_gain": 0.75, "range": [0.75, 0.75] },
                { "stepsize": 1.0, "seeds": 5, "mean_gain": 3.0, "range": [3.0, 3.0] },
            ])
        );
    }
}
