//! Claim S2: the limit of a run solves the regularised problem at its own effective scale.

use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_dynamics::diagonal::descent::{RegularisedError, solve_regularised};
use serde_json::json;

use super::DescentEvidence;
use super::expectation::DescentExpectation;
use crate::verdict::{Findings, Outcome};

/// Relative distance allowed between a run's limit and the independent solution. A loss of 1e-20 of the initial one leaves residuals
/// of 1e-10 of the labels, and a poorly conditioned design can amplify them: where that alone explains a larger distance, nothing is
/// concluded.
pub const LIMIT_TOLERANCE: f64 = 1e-8;

/// Largest part of the dual variable outside the range of Xᵀ, relative to it: rounding summed over the run.
pub const KKT_TOLERANCE: f64 = 1e-9;

/// Checks S2 on every run that converged, by any method, and on the gradient flow.
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
                let (scales, start) = (&end.log_alpha_infinity_squared, &end.perturbed_start_dual);
                let allowance = || residual_effect(&evidence.problem, &end.beta, scales, start);
                near(&mut findings, &label, distance, allowance);
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
    // The flow is stopped at a small gradient: where the design is so poorly conditioned that much is left to fit there, it has not
    // come to its limit.
    near(&mut findings, "gradient flow", flow, || {
        let problem = &evidence.problem;
        let scales: Vec<f64> = problem.scales().iter().map(|s| 2.0 * s.ln()).collect();
        let start = vec![0.0; problem.dimension()];
        residual_effect(problem, &evidence.flow.simulated, &scales, &start)
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

/// Enters one distance. One that is larger than the tolerance refutes the claim, unless `allowance` (relative) explains it.
fn near(findings: &mut Findings, label: &str, distance: f64, allowance: impl Fn() -> f64) {
    findings.see(
        "relative distance of a limit from the independent solution",
        distance,
    );
    // Written so that NaN is refused.
    let near = distance <= LIMIT_TOLERANCE;
    if near {
        return;
    }
    let allowance = allowance();
    if distance <= LIMIT_TOLERANCE + 2.0 * allowance {
        findings.unsettled(format!(
            "limit of {label}: {distance:e} from the independent solution, and the residual that is left at convergence accounts for {allowance:e}"
        ));
    } else {
        findings.differs(
            format!("limit of {label}"),
            format!("{distance:e} from the independent solution"),
            format!("at most {LIMIT_TOLERANCE:e} relative"),
        );
    }
}

/// How far the solution of the regularised problem moves (relative) when the labels are replaced by those that `beta` has reached:
/// what a poorly conditioned design makes of the residual where a run ends. 0 if either cannot be solved.
fn residual_effect(
    problem: &DiagonalProblem,
    beta: &[f64],
    log_squared_scales: &[f64],
    start_dual: &[f64],
) -> f64 {
    let solve =
        |problem: &DiagonalProblem| solve_regularised(problem, log_squared_scales, start_dual).ok();
    let reached = (0..problem.samples())
        .map(|i| problem.row(i).iter().zip(beta).map(|(x, b)| x * b).sum())
        .collect();
    let moved = problem.with_labels(reached).ok();
    let moved = moved.and_then(|problem| solve(&problem));
    match (solve(problem), moved) {
        (Some(at_labels), Some(moved)) => relative_distance(&moved.beta, &at_labels.beta),
        _ => 0.0,
    }
}

fn relative_distance(found: &[f64], expected: &[f64]) -> f64 {
    let pairs = found.iter().zip(expected);
    let squared: f64 = pairs.map(|(a, b)| (a - b).powi(2)).sum();
    let size: f64 = expected.iter().map(|b| b * b).sum();
    (squared / size).sqrt()
}
