//! Where in the stepsize convergence is lost and divergence begins, found once and then asked again of a second implementation.

use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_dynamics::diagonal::descent::{
    BatchSampler, DescentSettings, Edge, PlainRun, StepsizeEdges, ThresholdSearch,
    find_stepsize_edges,
};
use serde_json::{Value, json};

use super::budget::{Budget, EDGE_WIDTH, LOSS_TOLERANCE};
use super::runs::{DescentRunError, FlowLimit, stop_if_cancelled};
use crate::Options;

/// The closer scan reaches this far, relatively, to both sides of the loss of convergence.
const CLOSER: f64 = 0.05;

/// How often the search goes on to four times larger stepsizes while no run diverges.
const EXTENSIONS: usize = 2;

/// Factors by which the second implementation may see the answer change earlier or later. Near an edge runs are chaotic, and rounding moves
/// it; the factor that was needed is part of the evidence.
const CONFIRMATION: [f64; 4] = [1.002, 1.01, 1.05, 1.25];

/// A loss that the second implementation takes for divergence, as a multiple of the initial loss.
const DIVERGENCE_MULTIPLE: f64 = 1e40;

/// Which answer changes at an edge.
///
/// If runs at the stepsizes `0.1`, `0.2` and `0.4` end *converged*, *bounded* and *diverged*, convergence is lost in
/// `0.1 < γ < 0.2`, and divergence begins in `0.2 < γ < 0.4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// Every run converges below, some run does not above.
    Convergence,
    /// No run diverges below, some run does above.
    Divergence,
}

impl EdgeKind {
    /// The name in reports.
    ///
    /// `"convergence"` or `"divergence"`.
    pub fn name(self) -> &'static str {
        match self {
            EdgeKind::Convergence => "convergence",
            EdgeKind::Divergence => "divergence",
        }
    }
}

/// What plain descent in u and v does on both sides of an edge.
///
/// `below = holds_at/f` and `above = fails_at·f`, on each side with the first `f` of `1`, `1.002`, `1.01`, `1.05` and `1.25` that
/// confirms that side, or `1.25` if none does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SecondOpinion {
    /// A stepsize below the edge.
    pub below: f64,
    /// Whether the property holds there.
    pub holds_below: bool,
    /// A stepsize above.
    pub above: f64,
    /// Whether the property holds there.
    pub holds_above: bool,
}

impl SecondOpinion {
    /// Whether the second implementation sees the answer change between the two stepsizes.
    ///
    /// That is, `holds_below && !holds_above`.
    pub fn confirms(&self) -> bool {
        self.holds_below && !self.holds_above
    }
}

/// A search and its second opinion.
///
/// With `λ = λ_max(∇²F)` at the flow's limit, the scan is from `1/λ` to `10/λ` for gradient descent and from `0.1/λ` to `8/λ` for
/// single samples, and its upper end is raised fourfold, at most twice, while no run diverges.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeSearch {
    /// What was searched.
    pub search: ThresholdSearch,
    /// What was found.
    pub edges: StepsizeEdges,
    /// A finer scan around the loss of convergence, for gradient descent: windows narrower than the spacing of the first one.
    pub closer: Option<StepsizeEdges>,
    /// At the loss of convergence, if the scan contains it.
    pub convergence: Option<SecondOpinion>,
    /// At the beginning of divergence, if the scan contains it.
    pub divergence: Option<SecondOpinion>,
}

impl EdgeSearch {
    /// The middle of the bracket of an edge.
    ///
    /// `√(holds_at·fails_at)`; `None` if the scan does not contain the edge.
    pub fn edge(&self, kind: EdgeKind) -> Option<f64> {
        let edge = match kind {
            EdgeKind::Convergence => self.edges.convergence,
            EdgeKind::Divergence => self.edges.divergence,
        };
        edge.map(|edge| (edge.holds_at * edge.fails_at).sqrt())
    }

    /// The largest stepsize known to converge below all divergence.
    ///
    /// The first loss of convergence need not be the last: just above `2/λ_max` at the flow's limit, convergence can be too slow
    /// for the budget in a window that is narrow.
    pub fn last_convergent(&self) -> Option<f64> {
        let divergence = self.edge(EdgeKind::Divergence).unwrap_or(f64::INFINITY);
        let first = self.edges.convergence.map(|edge| edge.holds_at);
        let windows = self.edges.convergent_windows.iter().map(|&(_, end)| end);
        let below = windows.filter(|end| *end < divergence);
        first.into_iter().chain(below).reduce(f64::max)
    }

    /// What the second implementation says of an edge.
    ///
    /// `None` if the scan does not contain the edge, for example where every stepsize up to `highest` converges.
    pub fn second_opinion(&self, kind: EdgeKind) -> Option<&SecondOpinion> {
        match kind {
            EdgeKind::Convergence => self.convergence.as_ref(),
            EdgeKind::Divergence => self.divergence.as_ref(),
        }
    }

    /// The figures, for evidence.
    ///
    /// `flow_threshold` is `2/λ_max(∇²F)` at the flow's limit. `"all_converge_below"` and `"none_diverges_below"` hold the two
    /// edges, or `null`.
    pub fn to_json(&self, flow_threshold: f64) -> Value {
        let edge = |kind: EdgeKind| {
            self.edge(kind).map(|edge| {
                json!({
                    "stepsize": edge,
                    "relative_width": EDGE_WIDTH,
                    "of_2_over_sharpness_of_the_flow_limit": edge / flow_threshold,
                    "confirmed_by_plain_descent": self.second_opinion(kind).map(SecondOpinion::confirms),
                    "confirmed_between": self.second_opinion(kind).map(|opinion| [opinion.below, opinion.above]),
                })
            })
        };
        json!({
            "steps": self.search.settings.steps,
            "loss_tolerance": self.search.settings.loss_tolerance,
            "seeds": self.search.seeds.len(),
            "scan": [self.search.lowest, self.search.highest, self.search.grid],
            "enough_steps_from": self.edges.onset.map(|edge| edge.holds_at),
            "all_converge_below": edge(EdgeKind::Convergence),
            "none_diverges_below": edge(EdgeKind::Divergence),
            "windows_of_convergence_above": self.edges.convergent_windows,
            "windows_without_divergence_above": self.edges.bounded_windows,
            "closer_scan": self.closer.as_ref().map(|closer| json!({
                "from": closer.scan.first().map(|point| point.stepsize),
                "to": closer.scan.last().map(|point| point.stepsize),
                "stepsizes": closer.scan.len(),
                "first_loss_of_convergence": closer.convergence.map(|edge| edge.fails_at),
                "windows_of_convergence_above": closer.convergent_windows,
            })),
        })
    }
}

/// The search for gradient descent, from half of the classical threshold at the flow's limit upwards.
pub(super) fn gradient_descent(
    problem: &DiagonalProblem,
    budget: &Budget,
    flow: &FlowLimit,
    options: &Options<'_>,
) -> Result<EdgeSearch, DescentRunError> {
    let classical = 2.0 / flow.sharpness;
    let search = ThresholdSearch {
        lowest: 0.5 * classical,
        highest: 5.0 * classical,
        grid: if budget.long { 60 } else { 26 },
        relative_width: EDGE_WIDTH,
        settings: DescentSettings {
            loss_tolerance: LOSS_TOLERANCE,
            ..DescentSettings::gradient_descent(classical, budget.steps)
        },
        seeds: vec![0],
    };
    let mut found = find(problem, search, options)?;
    if let Some(edge) = found.edge(EdgeKind::Convergence) {
        stop_if_cancelled(options)?;
        let closer = ThresholdSearch {
            lowest: edge * (1.0 - CLOSER),
            highest: edge * (1.0 + CLOSER),
            grid: if budget.long { 81 } else { 21 },
            ..found.search.clone()
        };
        found.closer = Some(find_stepsize_edges(problem, &closer)?);
    }
    Ok(found)
}

/// The search for single samples, which lose convergence far earlier.
pub(super) fn stochastic(
    problem: &DiagonalProblem,
    budget: &Budget,
    flow: &FlowLimit,
    options: &Options<'_>,
) -> Result<EdgeSearch, DescentRunError> {
    let classical = 2.0 / flow.sharpness;
    let search = ThresholdSearch {
        lowest: 0.05 * classical,
        highest: 4.0 * classical,
        grid: if budget.long { 50 } else { 24 },
        relative_width: EDGE_WIDTH,
        settings: DescentSettings {
            loss_tolerance: budget.threshold_tolerance,
            ..DescentSettings::stochastic(classical, 1, 0, budget.threshold_steps)
        },
        seeds: (0..budget.threshold_seeds).collect(),
    };
    find(problem, search, options)
}

fn find(
    problem: &DiagonalProblem,
    search: ThresholdSearch,
    options: &Options<'_>,
) -> Result<EdgeSearch, DescentRunError> {
    let mut search = search;
    let mut edges = find_stepsize_edges(problem, &search)?;
    for _ in 0..EXTENSIONS {
        if edges.divergence.is_some() {
            break;
        }
        stop_if_cancelled(options)?;
        search.highest *= 4.0;
        edges = find_stepsize_edges(problem, &search)?;
    }
    let mut found = EdgeSearch {
        search,
        edges,
        closer: None,
        convergence: None,
        divergence: None,
    };
    found.convergence = ask(problem, &found, EdgeKind::Convergence, options)?;
    found.divergence = ask(problem, &found, EdgeKind::Divergence, options)?;
    Ok(found)
}

/// Asks the second implementation on both sides of an edge.
fn ask(
    problem: &DiagonalProblem,
    found: &EdgeSearch,
    kind: EdgeKind,
    options: &Options<'_>,
) -> Result<Option<SecondOpinion>, DescentRunError> {
    let edge = match kind {
        EdgeKind::Convergence => found.edges.convergence,
        EdgeKind::Divergence => found.edges.divergence,
    };
    let Some(Edge { holds_at, fails_at }) = edge else {
        return Ok(None);
    };
    let holds = |stepsize: f64| -> Result<bool, DescentRunError> {
        for &seed in &found.search.seeds {
            stop_if_cancelled(options)?;
            let ending = plain_ending(problem, &found.search.settings, seed, stepsize);
            let holds = match kind {
                EdgeKind::Convergence => ending == Ending::Converged,
                EdgeKind::Divergence => ending != Ending::Diverged,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let mut opinion = SecondOpinion {
        below: holds_at,
        holds_below: holds(holds_at)?,
        above: fails_at,
        holds_above: holds(fails_at)?,
    };
    for factor in CONFIRMATION {
        if !opinion.holds_below {
            opinion.below = holds_at / factor;
            opinion.holds_below = holds(opinion.below)?;
        }
        if opinion.holds_above {
            opinion.above = fails_at * factor;
            opinion.holds_above = holds(opinion.above)?;
        }
        if opinion.confirms() {
            break;
        }
    }
    Ok(Some(opinion))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Converged,
    Bounded,
    Diverged,
}

/// How plain descent in u and v ends on the same batches, with the loss looked at once per epoch.
fn plain_ending(
    problem: &DiagonalProblem,
    settings: &DescentSettings,
    seed: u64,
    stepsize: f64,
) -> Ending {
    let n = problem.samples();
    let batch = settings.batch.unwrap_or(n);
    let all: Vec<usize> = (0..n).collect();
    let mut sampler = BatchSampler::new(n, batch, seed);
    let mut run = PlainRun::start(problem);
    let initial = problem.loss(&run.beta());
    let epoch = n.div_ceil(batch) as u64;
    for step in 0..=settings.steps {
        if step.is_multiple_of(epoch) || step == settings.steps {
            let loss = problem.loss(&run.beta());
            if loss <= settings.loss_tolerance * initial {
                return Ending::Converged;
            }
            if loss > DIVERGENCE_MULTIPLE * initial || !loss.is_finite() {
                return Ending::Diverged;
            }
        }
        let drawn = if batch == n { &all } else { sampler.draw() };
        run.step(problem, drawn, stepsize);
    }
    Ending::Bounded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descent::by_hand::evidence;

    /// One sample `x = 1`: convergence is lost near `γ = 1/y`, and divergence begins beyond.
    fn problem(label: f64) -> DiagonalProblem {
        let input = ndarray::array![[1.0]];
        DiagonalProblem::uniform(&input, vec![label], 0.1).expect("one sample")
    }

    #[test]
    fn the_last_convergent_stepsize_may_lie_beyond_the_first_loss() {
        let check = |windows: &[(f64, f64)], divergence: Option<f64>, expected: Option<f64>| {
            let mut search = evidence().gradient_descent;
            search.edges.convergent_windows = windows.to_vec();
            search.edges.divergence = divergence.map(|stepsize| Edge {
                holds_at: stepsize,
                fails_at: stepsize,
            });
            assert_eq!(search.last_convergent(), expected, "{windows:?}");
        };
        check(&[], Some(8.0), Some(4.0));
        check(&[(5.0, 6.0)], Some(8.0), Some(6.0));
        check(&[(5.0, 6.0), (7.0, 9.0)], Some(8.0), Some(6.0));
        check(&[(5.0, 8.0)], Some(8.0), Some(4.0));
        check(&[(5.0, 6.0), (7.0, 9.0)], None, Some(9.0));
        let mut search = evidence().gradient_descent;
        search.edges.convergence = None;
        assert_eq!(search.last_convergent(), None);
    }

    #[test]
    fn the_scan_follows_from_the_classical_threshold() {
        let mut budget = evidence().budget;
        (budget.steps, budget.threshold_steps) = (500, 300);
        // The classical threshold is 2/4.
        let mut flow = evidence().flow;
        flow.sharpness = 4.0;
        let check = |long: bool, grids: [usize; 3]| {
            let mut budget = budget.clone();
            budget.long = long;
            let options = Options::default();
            let full = gradient_descent(&problem(1.0), &budget, &flow, &options).expect("valid");
            let search = &full.search;
            assert_eq!(
                (search.lowest, search.highest, search.grid),
                (0.25, 2.5, grids[0])
            );
            assert_eq!(search.settings.loss_tolerance, 1e-20);
            assert_eq!((search.settings.steps, search.seeds.len()), (500, 1));
            let edge = full.edge(EdgeKind::Convergence).expect("found");
            let closer = full.closer.expect("around the edge").scan;
            let ends = [closer.first(), closer.last()].map(|point| point.expect("a scan").stepsize);
            assert_eq!(closer.len(), grids[1]);
            for (found, part) in ends.iter().zip([0.95, 1.05]) {
                assert!(
                    (found / (part * edge) - 1.0).abs() < 1e-12,
                    "{found} {edge}"
                );
            }
            let single = stochastic(&problem(1.0), &budget, &flow, &options).expect("valid");
            let search = &single.search;
            assert_eq!(
                (search.lowest, search.highest, search.grid),
                (0.025, 2.0, grids[2])
            );
            assert_eq!(search.settings.loss_tolerance, 1e-6);
            assert_eq!(
                (search.settings.batch, search.settings.steps),
                (Some(1), 300)
            );
            assert_eq!(search.seeds, [0, 1, 2, 3, 4]);
            assert_eq!(single.closer, None);
        };
        check(false, [26, 21, 24]);
        check(true, [60, 81, 50]);
    }

    #[test]
    fn the_scan_is_extended_until_something_diverges() {
        let extended = |highest: f64| {
            let search = ThresholdSearch {
                lowest: 0.0005,
                highest,
                grid: 20,
                settings: DescentSettings::gradient_descent(1.0, 500),
                ..evidence().gradient_descent.search
            };
            let found = find(&problem(1.0), search, &Options::default()).expect("valid");
            (found.search.highest, found.edges.divergence.is_some())
        };
        assert_eq!(extended(3.0), (3.0, true));
        assert_eq!(extended(0.75), (3.0, true));
        assert_eq!(extended(0.1875), (3.0, true));
        assert_eq!(extended(0.015625), (0.25, false));
    }

    /// Convergence is lost between 0.98 and 1.02.
    #[test]
    fn the_second_implementation_is_asked_further_and_further_away() {
        let asked = |holds_at: f64, fails_at: f64| {
            let mut found = evidence().gradient_descent;
            found.search.settings = DescentSettings::gradient_descent(1.0, 2000);
            found.edges.convergence = Some(Edge { holds_at, fails_at });
            let problem = problem(1.0);
            let opinion = ask(&problem, &found, EdgeKind::Convergence, &Options::default());
            opinion.expect("not cancelled").expect("there is an edge")
        };
        let opinion = asked(0.98, 1.02);
        assert_eq!((opinion.below, opinion.above), (0.98, 1.02));
        assert!(opinion.confirms());
        let opinion = asked(1.02, 1.03);
        assert_eq!((opinion.below, opinion.above), (1.02 / 1.05, 1.03));
        assert!(opinion.confirms());
        let opinion = asked(0.96, 0.98);
        assert_eq!((opinion.below, opinion.above), (0.96, 0.98 * 1.05));
        assert!(opinion.confirms());
        let opinion = asked(1.4, 1.5);
        assert_eq!((opinion.below, opinion.above), (1.4 / 1.25, 1.5));
        assert!(!opinion.confirms());
        let mut found = evidence().gradient_descent;
        found.edges.convergence = None;
        let none = ask(
            &problem(1.0),
            &found,
            EdgeKind::Convergence,
            &Options::default(),
        );
        assert_eq!(none.expect("not cancelled"), None);
    }

    /// From `u² = 0.02` and `v = 0` the first step leads to `β = 0.02 γy`, so that `y = 4` leads to a loss of `0.0032 γ²`; the initial
    /// loss is 8.
    #[test]
    fn losses_are_relative_to_the_initial_one() {
        let ending = |stepsize: f64, steps: u64, loss_tolerance: f64| {
            let settings = DescentSettings {
                loss_tolerance,
                ..DescentSettings::gradient_descent(1.0, steps)
            };
            plain_ending(&problem(4.0), &settings, 0, stepsize)
        };
        assert_eq!(ending(1e-9, 0, 1.0), Ending::Converged);
        assert_eq!(ending(1e-9, 0, 0.99), Ending::Bounded);
        assert_eq!(ending(3.95e21, 1, 1e-6), Ending::Bounded);
        assert_eq!(ending(5.3e21, 1, 1e-6), Ending::Diverged);
        assert_eq!(ending(0.1, 1000, 1e-6), Ending::Converged);
    }

    /// In batches of one of two samples the loss is looked at after every second step, and at the end.
    #[test]
    fn the_loss_is_looked_at_once_an_epoch() {
        let inputs = ndarray::array![[1.0, 0.0], [0.0, 1.0]];
        let problem = DiagonalProblem::uniform(&inputs, vec![1.0, 1.0], 0.1).expect("two samples");
        let ending = |steps: u64| {
            let settings = DescentSettings::stochastic(1.0, 1, 0, steps);
            plain_ending(&problem, &settings, 0, 1e25)
        };
        assert_eq!(ending(0), Ending::Bounded);
        assert_eq!(ending(1), Ending::Diverged);
    }
}
