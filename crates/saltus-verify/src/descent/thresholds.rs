//! Claim S1: descent converges to an interpolator below a threshold in the stepsize.

use serde_json::json;

use super::budget::EDGE_WIDTH;
use super::edges::{EdgeKind, SecondOpinion};
use super::expectation::{DescentExpectation, Method};
use super::runs::{CONTINUATION, ContinuedRun};
use super::{DescentEvidence, Role};
use crate::verdict::{Findings, Outcome};

/// Checks S1: the edges of the search are where a second implementation (plain descent in u and v, the same batches) sees the
/// answer change; no run of the sweep at less than half of the loss of convergence diverges, or the claim is undecided; every converged run below `2/λ_max` at the flow's
/// limit comes to rest at a linearly stable limit, `γ λ_max(∇²F) ≤ 2`, or the claim is undecided. Above it, a run may come within the
/// tolerance of an interpolator that it leaves again: those are listed.
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
            // The claim is of some threshold; a search over so many stepsizes may pass over windows of divergence below the edge that it
            // finds.
            findings.unsettled(format!(
                "{} diverged, so that the loss of convergence at {edge} is not the threshold, which is lower than the search saw",
                run.label()
            ));
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
    let below = |run: &&ContinuedRun| run.stepsize < classical;
    for run in evidence.continued.iter().filter(below) {
        if !run.settled() {
            findings.unsettled(format!(
                "gradient descent at stepsize {} met the loss tolerance at stepsize times sharpness {}, and {CONTINUATION} steps later \
                 it is not at rest at a linearly stable interpolator",
                run.stepsize, run.product
            ));
        }
    }
    let continued = evidence.continued.iter().map(|run| {
        json!({
            "stepsize": run.stepsize,
            "stepsize_times_sharpness": run.product,
            "further_steps": CONTINUATION,
            "stepsize_times_sharpness_after": run.product_after,
            "converged_after": run.converged_after,
        })
    });
    findings.record(
        "met_the_tolerance_beyond_linear_stability",
        continued.collect(),
    );
    findings.conclude()
}
