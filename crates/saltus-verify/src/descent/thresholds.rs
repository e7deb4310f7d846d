//! Claim S1: descent converges to an interpolator below a threshold in the stepsize.

use serde_json::json;

use super::budget::EDGE_WIDTH;
use super::edges::{EdgeKind, SecondOpinion};
use super::expectation::{DescentExpectation, Method};
use super::{DescentEvidence, Role};
use crate::verdict::{Findings, Outcome};

/// `γ λ_max` at a limit that was reached may exceed 2 by this fraction: an unstable direction that is hardly excited needs more
/// steps than the budget to be felt.
const STABILITY_TOLERANCE: f64 = 1e-3;

/// Checks S1: the edges of the search are where a second implementation (plain descent in u and v, the same batches) sees the
/// answer change; no run of the sweep at less than half of the loss of convergence diverges; every limit that was reached is linearly stable,
/// `γ λ_max(∇²F) ≤ 2`.
pub fn check_s1(evidence: &DescentEvidence, expected: &DescentExpectation) -> Outcome {
    let mut findings = Findings::default();
    findings.record("budget", evidence.budget.to_json());
    findings.record(
        "tolerance",
        json!(format!(
            "edges by bisection to a relative width of {EDGE_WIDTH:e}, for the budget stated; plain descent is asked on both sides"
        )),
    );
    let classical = evidence.flow_threshold();
    findings.record(
        "stepsize_2_over_sharpness_of_the_flow_limit",
        json!(classical),
    );
    findings.record(
        "gradient_descent",
        evidence.gradient_descent.to_json(classical),
    );
    findings.record(
        "stochastic_gradient_descent",
        evidence.stochastic.to_json(classical),
    );
    for edge in &expected.edges {
        let search = match edge.method {
            Method::GradientDescent => &evidence.gradient_descent,
            Method::Stochastic => &evidence.stochastic,
        };
        let place = format!("edge of {}, {}", edge.kind.name(), edge.method.name());
        let opinion = search
            .second_opinion(edge.kind)
            .filter(|opinion| opinion.confirms());
        match (edge.stepsize, opinion) {
            (None, _) => findings.unsettled(format!(
                "{place}: not between the stepsizes {} and {}",
                search.search.lowest, search.search.highest
            )),
            // Between bounded and diverging runs there is chaos, where rounding alone can change the answer.
            (Some(_), None) if edge.kind == EdgeKind::Divergence => {}
            (Some(stepsize), None) => findings.unsettled(format!(
                "{place}: plain descent does not see the answer change near {stepsize}, where rounding decides"
            )),
            (Some(stepsize), Some(&SecondOpinion { below, above, .. })) => {
                findings.see(
                    "relative distance of an edge from the middle of its confirmation",
                    (stepsize / (below * above).sqrt() - 1.0).abs(),
                );
                if !(below <= stepsize && stepsize <= above) {
                    let found = format!("between {below} and {above}");
                    findings.differs(place, found, stepsize.to_string());
                }
            }
        }
    }
    if let Some(edge) = evidence.gradient_descent.edge(EdgeKind::Convergence) {
        let below = evidence.gd(Role::Sweep).filter(|run| run.stepsize < edge);
        let diverged: Vec<_> = below.filter(|run| run.run.diverged()).collect();
        for run in diverged.iter().filter(|run| run.stepsize < 0.5 * edge) {
            let expected = format!("no divergence below half of {edge}");
            findings.differs(run.label(), "diverged".to_owned(), expected);
        }
        let stepsizes: Vec<f64> = diverged.iter().map(|run| run.stepsize).collect();
        findings.record("diverged_below_the_loss_of_convergence", json!(stepsizes));
        let nearest = evidence
            .gd(Role::Approach)
            .filter(|run| run.run.converged())
            .last();
        if let Some(run) = nearest {
            findings.record(
                "last_convergent_run",
                json!({
                    "stepsize": run.stepsize,
                    "stepsize_2_over_sharpness_of_its_limit": 2.0 / run.run.sharpness,
                }),
            );
        }
    }
    for run in evidence
        .runs
        .iter()
        .filter(|run| run.seed.is_none() && run.run.converged())
    {
        let product = run.stepsize_times_sharpness();
        // Written so that NaN is refused.
        let stable = product <= 2.0 * (1.0 + STABILITY_TOLERANCE);
        if !stable {
            findings.differs(
                format!("stepsize times sharpness at the limit, {}", run.label()),
                product.to_string(),
                format!("at most 2 within {STABILITY_TOLERANCE:e} relative"),
            );
        }
    }
    findings.conclude()
}
