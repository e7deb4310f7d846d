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
