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

#[cfg(test)]
mod tests {
    use saltus_dynamics::diagonal::descent::Outcome as End;

    use super::*;
    use crate::claims::ClaimId;
    use crate::descent::by_hand::{Expected, evidence, judge, outcome};

    #[track_caller]
    fn check(expected: Expected, change: impl FnOnce(&mut DescentEvidence)) {
        judge(ClaimId::S1, expected, change);
    }

    fn opinion(evidence: &mut DescentEvidence, change: impl FnOnce(&mut SecondOpinion)) {
        change(
            evidence
                .gradient_descent
                .convergence
                .as_mut()
                .expect("by hand"),
        );
    }

    /// The edge is at 4.
    #[test]
    fn an_edge_lies_where_the_second_implementation_sees_the_answer_change() {
        let fails = Expected::Fails("edge of convergence, gradient descent");
        check(Expected::Holds, |e| opinion(e, |o| o.below = 4.0));
        check(fails, |e| opinion(e, |o| o.below = 4.001));
        check(Expected::Holds, |e| opinion(e, |o| o.above = 4.0));
        check(fails, |e| opinion(e, |o| o.above = 3.999));
        check(fails, |e| opinion(e, |o| o.above = f64::NAN));
        let unseen = Expected::Undecided("plain descent does not see the answer change near 4");
        check(unseen, |e| opinion(e, |o| o.holds_below = false));
        check(unseen, |e| opinion(e, |o| o.holds_above = true));
        check(unseen, |e| e.gradient_descent.convergence = None);
        // Beyond, rounding alone can change the answer.
        check(Expected::Holds, |e| e.gradient_descent.divergence = None);
        let missing = Expected::Undecided("not between the stepsizes 0.01 and 40");
        check(missing, |e| e.stochastic.edges.divergence = None);
        check(missing, |e| e.gradient_descent.edges.convergence = None);
    }

    #[test]
    fn the_distance_of_an_edge_is_from_the_middle_of_its_confirmation() {
        let outcome = outcome(ClaimId::S1, |e| {
            opinion(e, |o| (o.below, o.above) = (2.25, 4.0));
        });
        let worst = outcome.evidence["worst"]["value"].as_f64();
        let worst = worst.expect("a figure");
        assert!((worst - 1.0 / 3.0).abs() < 1e-12, "{worst}");
    }

    /// The loss of convergence is at 4, so that what diverges below 2 is far below it.
    #[test]
    fn a_divergence_far_below_the_edge_decides_nothing() {
        let diverged = |evidence: &mut DescentEvidence, from: f64, to: f64| {
            for run in &mut evidence.runs {
                if run.role == Role::Sweep && run.seed.is_none() && run.stepsize == from {
                    run.stepsize = to;
                    run.run.outcome = End::Diverged { step: 1 };
                }
            }
        };
        let far = Expected::Undecided("stepsize 1 diverged, so that the loss of convergence at 4");
        check(far, |e| diverged(e, 1.0, 1.0));
        check(Expected::Holds, |e| diverged(e, 2.0, 2.0));
        let listed = |to: f64| {
            let outcome = outcome(ClaimId::S1, |e| diverged(e, 2.0, to));
            outcome.evidence["diverged_below_the_loss_of_convergence"].clone()
        };
        assert_eq!(listed(2.0), json!([2.0]));
        assert_eq!(listed(3.9), json!([3.9]));
        assert_eq!(listed(4.0), json!([]));
    }

    /// The classical threshold is 1.
    #[test]
    fn a_run_below_the_classical_threshold_comes_to_rest() {
        let left = |evidence: &mut DescentEvidence, stepsize: f64| {
            let run = &mut evidence.continued[0];
            (run.stepsize, run.product_after) = (stepsize, 2.1);
        };
        let unsettled = Expected::Undecided("it is not at rest at a linearly stable interpolator");
        check(unsettled, |e| left(e, 0.99));
        check(Expected::Holds, |e| left(e, 1.0));
        check(unsettled, |e| e.continued[0].converged_after = false);
    }

    #[test]
    fn figures_stand_beside_the_verdict() {
        let figures = outcome(ClaimId::S1, |e| {
            // Not the last that converges.
            let last = e.runs.iter_mut().find(|run| run.stepsize == 3.98);
            last.expect("by hand").run.sharpness = 0.5;
        })
        .evidence;
        assert_eq!(
            figures["last_convergent_run"],
            json!({ "stepsize": 3.98, "stepsize_2_over_sharpness_of_its_limit": 4.0 })
        );
        assert_eq!(figures["budget"], evidence().budget.to_json());
        assert_eq!(figures["budget"]["steps"], 100_000);
        let edge = &figures["gradient_descent"]["none_diverges_below"];
        assert_eq!(
            (
                &edge["stepsize"],
                &edge["of_2_over_sharpness_of_the_flow_limit"]
            ),
            (&json!(8.0), &json!(8.0))
        );
        let flow = &figures["stepsize_2_over_sharpness_of_the_flow_limit"];
        assert_eq!(*flow, json!(1.0));
    }
}
