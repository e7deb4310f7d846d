//! Claim S2: the limit of a run solves the regularised problem at its own effective scale.

use saltus_dynamics::diagonal::descent::RegularisedError;
use serde_json::json;

use super::DescentEvidence;
use super::allowance::{Regularised, relative_distance};
use super::expectation::DescentExpectation;
use crate::diagonal::GUARD;
use crate::verdict::{Findings, Outcome};

/// Relative distance allowed between a run's limit and the independent solution. A loss of 1e-20 of the initial one leaves residuals
/// of 1e-10 of the labels, and a poorly conditioned design can amplify them: where that alone explains a larger distance, nothing is
/// concluded.
///
/// With β the independent solution: `‖β_∞ − β‖ ≤ 1e-8·‖β‖`.
pub const LIMIT_TOLERANCE: f64 = 1e-8;

/// Largest part of the dual variable, half of `asinh(β/α_∞²) − asinh(β̃₀/α_∞²)`, outside the range of Xᵀ, relative to it and at least to 1:
/// rounding summed over the run.
pub const KKT_TOLERANCE: f64 = 1e-9;

/// Checks S2 on every run that converged, by any method, and on the gradient flow.
///
/// The independent solution is `argmin { D_ψ(β, β̃₀) : Xβ = y }`, with the entropy ψ at the run's own `α_∞`.
pub fn check_s2(evidence: &DescentEvidence, expected: &DescentExpectation) -> Outcome {
    let mut findings = Findings::default();
    findings.record("budget", evidence.budget.to_json());
    findings.record(
        "tolerance",
        json!(format!(
            "distance to the independent solution {LIMIT_TOLERANCE:e} relative, as the loss at convergence leaves; KKT residual \
             {KKT_TOLERANCE:e} relative"
        )),
    );
    let mut compared = [0_usize; 2];
    let mut worst_kkt = 0.0_f64;
    for (run, limit) in evidence.runs.iter().zip(&expected.limits) {
        if !run.run.converged() {
            continue;
        }
        match limit {
            Some(Ok(limit)) => {
                let label = run.label();
                let distance = relative_distance(&run.run.beta, limit);
                let end = &run.run;
                let regularised = Regularised {
                    problem: &evidence.problem,
                    log_squared_scales: &end.log_alpha_infinity_squared,
                    start_dual: &end.perturbed_start_dual,
                };
                let doubt = || match regularised.solver_effect() {
                    Some(solver) => Doubt::Within(
                        solver
                            + regularised.residual_effect(&end.beta)
                            + regularised
                                .dual_effect(&end.beta, |size| KKT_TOLERANCE * size.max(2.0)),
                    ),
                    None => Doubt::Solver,
                };
                near(&mut findings, &label, distance, doubt);
                compared[usize::from(run.seed.is_some())] += 1;
            }
            // A factor of exactly 0 leaves no scale and no regularised problem.
            Some(Err(RegularisedError::Coordinate { .. })) | None => continue,
            Some(Err(error)) => findings.unsettled(format!("{}: {error}", run.label())),
        }
        let residual = run.run.kkt_residual.unwrap_or(f64::NAN);
        worst_kkt = worst_kkt.max(residual);
        let small = residual <= KKT_TOLERANCE;
        if !small {
            findings.differs(
                format!("KKT residual of {}", run.label()),
                format!("{residual:e}"),
                format!("at most {KKT_TOLERANCE:e}"),
            );
        }
    }
    let [full, stochastic] = compared;
    if full == 0 {
        findings.unsettled("no run of gradient descent converged within the budget".to_owned());
    }
    if stochastic == 0 {
        findings.unsettled(format!(
            "no run of stochastic gradient descent converged within {} steps",
            evidence.budget.convergence_steps
        ));
    }
    let flow = relative_distance(&evidence.flow.simulated, &expected.flow_limit);
    // Written so that NaN is refused.
    let in_order = evidence.flow.loss_increase <= GUARD;
    if !in_order {
        findings.unsettled(format!(
            "gradient flow: the integration is broken: the loss rises by {:.1e}, more than {GUARD:.0e}",
            evidence.flow.loss_increase
        ));
    }
    // The flow is stopped at a small gradient: where the design is so poorly conditioned that much is left to fit there, it has not
    // come to its limit.
    near(&mut findings, "gradient flow", flow, || {
        let problem = &evidence.problem;
        let scales: Vec<f64> = problem.scales().iter().map(|s| 2.0 * s.ln()).collect();
        let regularised = Regularised {
            problem,
            log_squared_scales: &scales,
            start_dual: &vec![0.0; problem.dimension()],
        };
        match regularised.solver_effect() {
            _ if !in_order => Doubt::Integrator,
            Some(solver) => Doubt::Within(
                solver
                    + regularised.residual_effect(&evidence.flow.simulated)
                    + regularised
                        .dual_effect(&evidence.flow.simulated, |_| evidence.flow.dual_error),
            ),
            None => Doubt::Solver,
        }
    });
    findings.record(
        "compared",
        json!({ "gradient_descent": full, "stochastic_gradient_descent": stochastic, "gradient_flow": 1 }),
    );
    findings.record("largest_kkt_residual", json!(worst_kkt));
    findings.record(
        "gradient_flow",
        json!({ "relative_distance": flow, "gradient_left": evidence.flow.gradient }),
    );
    findings.conclude()
}

/// Why a distance that is larger than the tolerance may refute nothing.
enum Doubt {
    /// Twice this distance (relative) has another explanation, to first order.
    Within(f64),
    /// The independent solution itself does not interpolate as well as the runs must.
    Solver,
    /// The integration of the flow is broken, which is said elsewhere.
    Integrator,
}

/// Enters one distance. One that is larger than the tolerance refutes the claim, unless there is a doubt.
fn near(findings: &mut Findings, label: &str, distance: f64, doubt: impl Fn() -> Doubt) {
    findings.see(
        "relative distance of a limit from the independent solution",
        distance,
    );
    // Written so that NaN is refused.
    let near = distance <= LIMIT_TOLERANCE;
    if near {
        return;
    }
    match doubt() {
        Doubt::Integrator => {}
        Doubt::Solver => findings.unsettled(format!(
            "limit of {label}: the independent solution leaves more of the loss than a run that has converged"
        )),
        Doubt::Within(allowance) if distance <= LIMIT_TOLERANCE + 2.0 * allowance => {
            findings.unsettled(format!(
                "limit of {label}: {distance:e} from the independent solution, and what is left at the end of the run, \
                 rounding and the integrator account for {allowance:e}"
            ));
        }
        Doubt::Within(_) => findings.differs(
            format!("limit of {label}"),
            format!("{distance:e} from the independent solution"),
            format!("at most {LIMIT_TOLERANCE:e} relative"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use saltus_dynamics::diagonal::descent::Outcome as End;

    use super::*;
    use crate::claims::ClaimId;
    use crate::descent::by_hand::{Expected, evidence, is, judge, outcome, problem};

    #[track_caller]
    fn check(expected: Expected, change: impl FnOnce(&mut DescentEvidence)) {
        judge(ClaimId::S2, expected, change);
    }

    const RUN: Expected = Expected::Fails("limit of gradient descent at stepsize 0.25");
    const FLOW: Expected = Expected::Fails("limit of gradient flow");
    const EXPLAINED: Expected =
        Expected::Undecided("what is left at the end of the run, rounding and the integrator");

    /// The expected limit is `(3, 4, 0)`, of size 5; the third coordinate is free.
    #[test]
    fn a_limit_elsewhere_fails() {
        let third = |value: f64| move |e: &mut DescentEvidence| e.runs[0].run.beta[2] = value;
        check(Expected::Holds, third(4.9e-8));
        check(RUN, third(5.1e-8));
        check(RUN, third(-5.1e-8));
        check(RUN, third(f64::NAN));
        let third = |value: f64| move |e: &mut DescentEvidence| e.flow.simulated[2] = value;
        check(Expected::Holds, third(4.9e-8));
        check(FLOW, third(5.1e-8));
        check(FLOW, third(f64::NAN));
        // Labels that were not reached.
        check(EXPLAINED, |e| e.runs[0].run.beta[0] = 3.001);
        check(EXPLAINED, |e| e.flow.simulated[0] = 3.001);
    }

    /// With `α_∞² = e^{−2000}` on the fitted coordinates the dual variable is 2002, and 2e-6 of it may be error.
    #[test]
    fn an_error_in_the_dual_variable_explains_a_distance() {
        let large = |value: f64| {
            move |e: &mut DescentEvidence| {
                let run = &mut e.runs[0].run;
                run.log_alpha_infinity_squared = vec![-2000.0, -2000.0, 0.0];
                run.beta[2] = value;
            }
        };
        check(EXPLAINED, large(1.9e-6));
        check(RUN, large(2.1e-6));
        // Small dual variables count as 2: the labels (0.03, 0.04), of size 0.05.
        let small = |value: f64| {
            move |e: &mut DescentEvidence| {
                e.problem = problem().with_labels(vec![0.03, 0.04]).expect("finite");
                for run in &mut e.runs {
                    run.run.beta = vec![0.03, 0.04, 0.0];
                }
                e.runs[0].run.beta[2] = value;
                e.flow.simulated = vec![0.03, 0.04, 0.0];
                e.flow.solution = e.flow.simulated.clone();
            }
        };
        check(Expected::Holds, small(4.9e-10));
        check(EXPLAINED, small(1.9e-9));
        check(RUN, small(2.1e-9));
        let integrated = |error: f64| {
            move |e: &mut DescentEvidence| {
                e.flow.dual_error = error;
                e.flow.simulated[2] = 1e-6;
            }
        };
        check(EXPLAINED, integrated(1.01e-6));
        check(FLOW, integrated(0.99e-6));
    }

    #[test]
    fn a_broken_integration_refutes_nothing() {
        let flow = |increase: f64, third: f64| {
            move |e: &mut DescentEvidence| {
                e.flow.loss_increase = increase;
                e.flow.simulated[2] = third;
            }
        };
        let broken = Expected::Undecided("gradient flow: the integration is broken");
        check(Expected::Holds, flow(1e-7, 0.0));
        check(FLOW, flow(1e-7, 1.0));
        for increase in [1.1e-7, f64::NAN] {
            check(broken, flow(increase, 0.0));
            check(broken, flow(increase, 1.0));
        }
    }

    #[test]
    fn the_dual_variable_lies_in_the_range_of_the_rows() {
        let residual = |residual: Option<f64>| {
            move |e: &mut DescentEvidence| e.runs[1].run.kkt_residual = residual
        };
        let fails = Expected::Fails("KKT residual of gradient descent at stepsize 0.5");
        check(Expected::Holds, residual(Some(1e-9)));
        check(fails, residual(Some(1.01e-9)));
        check(fails, residual(None));
        let figures = outcome(ClaimId::S2, residual(Some(5e-10))).evidence;
        assert_eq!(figures["largest_kkt_residual"], json!(5e-10));
    }

    /// Seven runs by gradient descent converge, and sixteen by stochastic gradient descent.
    #[test]
    fn runs_of_both_methods_are_compared() {
        let counts = |change: fn(&mut DescentEvidence)| {
            let compared = outcome(ClaimId::S2, change).evidence["compared"].clone();
            [
                "gradient_descent",
                "stochastic_gradient_descent",
                "gradient_flow",
            ]
            .map(|key| compared[key].as_u64())
        };
        assert_eq!(counts(|_| {}), [Some(7), Some(16), Some(1)]);
        let bounded = |full: bool| {
            move |e: &mut DescentEvidence| {
                for run in &mut e.runs {
                    if run.seed.is_none() == full {
                        run.run.outcome = End::Bounded;
                    }
                }
            }
        };
        check(
            Expected::Undecided("no run of gradient descent converged"),
            bounded(true),
        );
        check(
            Expected::Undecided(
                "no run of stochastic gradient descent converged within 4000000 steps",
            ),
            bounded(false),
        );
        check(Expected::Holds, |e| {
            let run = &mut e.runs[0].run;
            (run.outcome, run.beta[2], run.kkt_residual) = (End::Bounded, 1.0, None);
        });
    }

    #[test]
    fn a_problem_that_is_not_solved_decides_nothing() {
        let with = |error: Option<RegularisedError>| {
            let evidence = evidence();
            let mut expectation = DescentExpectation::new(&evidence);
            expectation.limits[0] = error.map(Err);
            check_s2(&evidence, &expectation).verdict
        };
        let stalled = RegularisedError::NotConverged {
            iterations: 3000,
            residual: 0.5,
        };
        is(
            &with(Some(stalled)),
            Expected::Undecided("gradient descent at stepsize 0.25: after 3000 Newton steps"),
        );
        // A factor of exactly 0 leaves no problem to solve.
        let none = RegularisedError::Coordinate {
            index: 0,
            log_scale: f64::NEG_INFINITY,
            start: 0.0,
        };
        is(&with(Some(none)), Expected::Holds);
        is(&with(None), Expected::Holds);
    }

    #[test]
    fn twice_the_doubt_is_left_to_a_distance() {
        let entered = |distance: f64, doubt: fn() -> Doubt| {
            let mut findings = Findings::default();
            near(&mut findings, "it", distance, doubt);
            findings.conclude().verdict
        };
        let within = || Doubt::Within(1e-7);
        is(&entered(1e-8, || Doubt::Within(0.0)), Expected::Holds);
        is(&entered(2.09e-7, within), EXPLAINED);
        is(&entered(2.11e-7, within), Expected::Fails("limit of it"));
        is(&entered(f64::NAN, within), Expected::Fails("limit of it"));
        is(&entered(1.0, || Doubt::Integrator), Expected::Holds);
        let solver = Expected::Undecided("the independent solution leaves more of the loss");
        is(&entered(1.0, || Doubt::Solver), solver);
    }
}
