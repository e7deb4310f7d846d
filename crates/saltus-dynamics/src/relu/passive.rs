//! Passive neurons: those too small to act on the outputs within a step. They are no unknowns of the integration, but follow it.
//!
//! The forces depend on a neuron only through `e^{2ℓ_j} ‖x_i‖ v_ji`, what it adds to the output on each point. While that is below the error
//! at which the Newton iterations end, a fraction of the tolerance of every label, the neuron is *passive*: during a step what it adds is taken
//! as it was at the step's start. So a step is computed for the active neurons alone; then each passive one, whose own equations are linear under
//! known forces, is moved by the same collocation ([`courses`](super::courses)). An event in it repeats nothing: it is moved by pieces of the step,
//! each of which ends with the death of an entry or where its estimated error demands it, under the forces that the
//! collocation polynomial gives in between.
//!
//! A neuron that has outgrown the limit becomes active and stays so. One whose course cannot be resolved becomes active too.

use pulp::{Arch, NullaryFnOnce};

use super::courses::{Courses, Pushed, START, Summary};
use super::stages::ReluStages;
use super::state::ReluState;
use crate::integrate::{
    Joined, NODES, STAGES, bracketed_root, event_trigger, interpolation_weights,
};
use crate::lanes::{LANES, Lanes};

/// Passive neurons together change an output by less than this fraction of the tolerance of every label, as the Newton iterations do.
const NEGLIGIBLE_FRACTION: f64 = 1e-4;
/// A step may end with `ℓ` this much above the limit, as the present forces predict, and is taken again if it ends twice that above.
const OUTGROWTH: f64 = 1.0;
/// The cosine between a neuron and its push below which it is opposed to it.
const OPPOSED: f64 = -0.99;
/// A death is located well enough once the cosine is above the trigger times minus this; as right-hand sides are continuous there, the error is
/// about its square.
const DEATH_DEPTH: f64 = 1e2;
/// Where within that window the search aims.
const DEATH_AIM: f64 = 1e1;
/// The cosine that marks an entry that died in the step.
const DEAD: f64 = f64::NEG_INFINITY;

/// What passive neurons did in the step that is to be committed.
#[derive(Clone, Debug)]
pub(super) struct Passive {
    /// The log output `ℓ` above which a neuron is active.
    limit: f64,
    /// `ln a` at the end of the step over that at its start, for each passive neuron.
    log_increments: Vec<f64>,
    /// The cosines of their entries at the end, [`DEAD`] where they died.
    cosines: Vec<f64>,
    /// Entries that died in this step.
    deaths: usize,
    /// Entries that died in all committed steps.
    all_deaths: usize,
    outgrown: Vec<Outgrown>,
}

impl Passive {
    /// Empties what belongs to one step.
    fn forget(&mut self) {
        self.log_increments.clear();
        self.cosines.clear();
        self.outgrown.clear();
        self.deaths = 0;
    }
}

impl Default for Passive {
    fn default() -> Self {
        Passive {
            limit: f64::NEG_INFINITY,
            log_increments: Vec::new(),
            cosines: Vec::new(),
            deaths: 0,
            all_deaths: 0,
            outgrown: Vec::new(),
        }
    }
}

/// A neuron that has outgrown the limit in a step, and its increments at the stages.
#[derive(Clone, Debug)]
struct Outgrown {
    place: usize,
    log: Lanes,
    /// Those of the cosines of its entries that are alive at the end.
    cosines: Vec<Lanes>,
}

impl ReluState {
    /// From now on neurons may be passive, for steps with this tolerance. Without a label that is not 0 there is nothing to measure smallness by,
    /// and all stay active.
    pub(super) fn separate_passive(&mut self, tolerance: f64) {
        let smallest_label = self
            .labels
            .iter()
            .map(|y| y.abs())
            .filter(|&y| y > 0.0)
            .fold(f64::INFINITY, f64::min);
        if smallest_label.is_infinite() {
            return;
        }
        let largest_norm = self.norms.iter().copied().fold(0.0, f64::max);
        let scale = largest_norm * self.neuron_count() as f64;
        self.passive.limit = 0.5 * (NEGLIGIBLE_FRACTION * tolerance * smallest_label / scale).ln();
        self.active = 0;
        for j in 0..self.neuron_count() {
            let may_follow = self.push(j).is_finite() && !self.is_opposed(j);
            if self.logs[j] > self.passive.limit || !may_follow {
                self.activate(j);
            }
        }
        self.refresh();
    }

    /// Whether a neuron points against its push: it shrinks on an unstable direction of its flow, and a linear course would not stay on it.
    fn is_opposed(&self, j: usize) -> bool {
        self.rates[j] < 0.0 && self.rates[j] < OPPOSED * self.push(j)
    }

    /// `√Σ g_i²` over the alive entries of a neuron: the fastest that it can grow under constant forces.
    fn push(&self, j: usize) -> f64 {
        let squares = self.points[self.entries(j)]
            .iter()
            .map(|&i| self.forces[i] * self.forces[i]);
        // An empty sum is −0 in Rust.
        squares.fold(0.0, |sum, square| sum + square).sqrt()
    }

    /// Makes a passive neuron the last active one; [`refresh`](Self::refresh) has to follow.
    fn activate(&mut self, j: usize) {
        let first = self.active;
        let entries = self.entries(j);
        let span = self.starts[first]..entries.end;
        self.points[span.clone()].rotate_right(entries.len());
        self.cosines[span].rotate_right(entries.len());
        self.starts[first + 1..=j + 1].rotate_right(1);
        self.starts[first + 1] = self.starts[first] + entries.len();
        for start in &mut self.starts[first + 2..=j + 1] {
            *start += entries.len();
        }
        self.original[first..=j].rotate_right(1);
        for values in [
            &mut self.signs,
            &mut self.logs,
            &mut self.log_remainders,
            &mut self.initial_logs,
            &mut self.squares,
            &mut self.rates,
        ] {
            values[first..=j].rotate_right(1);
        }
        self.active += 1;
    }

    /// The longest step on which no passive neuron is predicted to outgrow the limit by much.
    pub(super) fn passive_step_cap(&self) -> f64 {
        (self.active..self.neuron_count())
            .map(|j| (self.passive.limit + OUTGROWTH - self.logs[j]) / self.push(j))
            .fold(f64::INFINITY, f64::min)
    }

    /// Applies what the passive neurons did; [`refresh`](Self::refresh) has to follow.
    pub(super) fn commit_passive(&mut self) {
        let mut passive = std::mem::take(&mut self.passive);
        passive.all_deaths += passive.deaths;
        let first = self.starts[self.active];
        for (j, &increment) in (self.active..).zip(&passive.log_increments) {
            self.add_to_log(j, increment);
        }
        self.cosines[first..].copy_from_slice(&passive.cosines);
        if passive.deaths > 0 {
            let mut kept = first;
            let mut begin = first;
            for j in self.active..self.neuron_count() {
                let end = self.starts[j + 1];
                for e in begin..end {
                    if self.cosines[e] != DEAD {
                        self.cosines[kept] = self.cosines[e];
                        self.points[kept] = self.points[e];
                        kept += 1;
                    }
                }
                begin = end;
                self.starts[j + 1] = kept;
            }
            self.cosines.truncate(kept);
            self.points.truncate(kept);
        }
        self.passive = passive;
    }

    /// How many entries of passive neurons have died.
    pub(super) fn passive_deaths(&self) -> usize {
        self.passive.all_deaths
    }

    /// Makes the neurons active that have outgrown the limit in the committed step.
    pub(super) fn join_outgrown(&mut self) -> Vec<Joined> {
        let outgrown = std::mem::take(&mut self.passive.outgrown);
        if outgrown.is_empty() {
            return Vec::new();
        }
        let (neurons, entries) = (self.active, self.starts[self.active]);
        let logs = outgrown.iter().map(|neuron| neuron.log);
        let cosines = outgrown.iter().flat_map(|neuron| &neuron.cosines).copied();
        let places = neurons..;
        let mut joined: Vec<Joined> = places
            .zip(logs)
            .map(|(place, stages)| Joined { place, stages })
            .collect();
        let places = neurons + outgrown.len() + entries..;
        joined.extend(
            places
                .zip(cosines)
                .map(|(place, stages)| Joined { place, stages }),
        );
        for neuron in outgrown {
            self.activate(neuron.place);
        }
        self.refresh();
        joined
    }
}

/// Moves all passive neurons of a state over a step, into its [`Passive`] trial.
struct Following<'a> {
    instructions: Arch,
    work: &'a mut ReluStages,
    state: &'a mut ReluState,
    step: f64,
    stages: &'a [Lanes],
    tolerance: f64,
}

impl NullaryFnOnce for Following<'_> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        let Following {
            instructions,
            work,
            state,
            step,
            stages,
            tolerance,
        } = self;
        work.find_forces(state, stages);
        let forces = work.forces_mut();
        for (lanes, &force) in forces.iter_mut().zip(&state.forces) {
            lanes.0[START..].fill(0.0);
            lanes[START] = force;
        }
        let mut passive = std::mem::take(&mut state.passive);
        let neurons = state.neuron_count();
        let trigger = event_trigger(tolerance);
        let mut first = state.active;
        let mut unresolved = None;
        let mut went_through = true;
        'groups: while first < neurons {
            let count = LANES.min(neurons - first);
            let mut group = [Pushed::NONE; LANES];
            for (k, neuron) in group[..count].iter_mut().enumerate() {
                let entries = state.entries(first + k);
                *neuron = Pushed {
                    sign: state.signs[first + k],
                    cosines: &state.cosines[entries.clone()],
                    points: &state.points[entries],
                    forces,
                };
            }
            let courses = Courses::new(step, &group[..count], false);
            for (k, &neuron) in group[..count].iter().enumerate() {
                let place = first + k;
                let begin = passive.cosines.len();
                let summary = courses.finish(k, neuron, tolerance, &mut passive.cosines);
                let mut log = summary.log;
                let in_one_piece = summary.error <= 1.0 && summary.lowest >= -trigger;
                if !in_one_piece {
                    passive.cosines.truncate(begin);
                    let size = grown(summary.error).clamp(0.1, 1.0);
                    let ends = &mut passive.cosines;
                    match by_pieces(instructions, neuron, step, size, tolerance, ends) {
                        Some(whole) => log = whole,
                        None => {
                            unresolved = Some(place);
                            break 'groups;
                        }
                    }
                    let ends = &passive.cosines[begin..];
                    passive.deaths += ends.iter().filter(|&&value| value == DEAD).count();
                }
                passive.log_increments.push(log);
                let end = state.logs[place] + log;
                if end > passive.limit + 2.0 * OUTGROWTH {
                    went_through = false;
                    break 'groups;
                }
                if end > passive.limit {
                    let ends = &passive.cosines[begin..];
                    let (log, cosines) = match in_one_piece {
                        true => courses.stages(k, neuron),
                        false => straight(log, neuron.cosines, ends),
                    };
                    passive.outgrown.push(Outgrown {
                        place,
                        log,
                        cosines,
                    });
                }
            }
            first += count;
        }
        state.passive = passive;
        if let Some(place) = unresolved {
            state.activate(place);
            state.refresh();
            went_through = false;
        }
        went_through
    }
}

/// Increments at the stages as if everything had gone straight, for the entries that did not die.
fn straight(log: f64, starts: &[f64], ends: &[f64]) -> (Lanes, Vec<Lanes>) {
    let line = |increment: f64| Lanes::of(|q| NODES.get(q).map_or(0.0, |node| node * increment));
    let moved = starts.iter().zip(ends);
    let alive = moved.filter(|&(_, &end)| end != DEAD);
    let cosines = alive.map(|(start, end)| line(end - start)).collect();
    (line(log), cosines)
}

/// One neuron over one piece of a step.
struct Piece<'a> {
    neuron: Pushed<'a>,
    step: f64,
    tolerance: f64,
    ends: &'a mut Vec<f64>,
}

impl NullaryFnOnce for Piece<'_> {
    type Output = (Courses, Summary);

    #[inline(always)]
    fn call(self) -> (Courses, Summary) {
        let courses = Courses::new(self.step, &[self.neuron], true);
        let summary = courses.finish(0, self.neuron, self.tolerance, self.ends);
        (courses, summary)
    }
}

/// By which factor a step with this error, in units of the admissible one, is to be longer; NaN if the error is.
fn grown(error: f64) -> f64 {
    0.9 * error.powf(-1.0 / (STAGES + 1) as f64)
}

/// Moves one neuron over a step piece by piece, the first of which is this fraction of it. Appends its cosines at the end to `ends`,
/// [`DEAD`] where an entry died, and returns `ln a`; `None` if that takes too many pieces.
fn by_pieces(
    instructions: Arch,
    neuron: Pushed<'_>,
    step: f64,
    first_size: f64,
    tolerance: f64,
    ends: &mut Vec<f64>,
) -> Option<f64> {
    let trigger = event_trigger(tolerance);
    let count = neuron.cosines.len();
    let mut alive: Vec<usize> = (0..count).collect();
    let mut cosines = neuron.cosines.to_vec();
    let (mut at, mut size, mut log) = (0.0, first_size, 0.0);
    for _ in 0..100 + 10 * count {
        let end = if at + size < 1.0 - 1e-12 {
            at + size
        } else {
            1.0
        };
        let forces = forces_between(neuron, &alive, at, end);
        let points: Vec<usize> = (0..alive.len()).collect();
        let piece = Pushed {
            sign: neuron.sign,
            cosines: &cosines,
            points: &points,
            forces: &forces,
        };
        let mut found = Vec::with_capacity(alive.len());
        let (courses, summary) = instructions.dispatch(Piece {
            neuron: piece,
            step: step * (end - at),
            tolerance,
            ends: &mut found,
        });
        let growth = grown(summary.error);
        if summary.error.is_nan() || summary.error > 1.0 {
            // Written so that NaN shortens it most.
            size = (end - at) * if growth > 0.1 { growth.min(0.5) } else { 0.1 };
            continue;
        }
        if summary.lowest < -DEATH_DEPTH * trigger {
            let mut first: f64 = 1.0;
            for ((&value, &cosine), &force) in found.iter().zip(&cosines).zip(&forces) {
                if value < -trigger {
                    let pushes = force * Lanes::all(neuron.sign);
                    let inside = courses.cosine_inside(0, cosine, pushes);
                    let root = bracketed_root(0.0, 1.0, |fraction| {
                        -DEATH_AIM * trigger - inside(fraction)
                    });
                    first = first.min(root);
                }
            }
            size = (end - at) * first;
            continue;
        }
        log += summary.log;
        let survives = |&(_, value): &(usize, f64)| value >= -trigger;
        let moved = alive.iter().copied().zip(found);
        let before = alive.len();
        (alive, cosines) = moved.filter(survives).unzip();
        if end == 1.0 {
            let begin = ends.len();
            ends.resize(begin + count, DEAD);
            for (&e, &cosine) in alive.iter().zip(&cosines) {
                ends[begin + e] = cosine;
            }
            return Some(log);
        }
        size = if alive.len() < before {
            1.0 - end
        } else {
            (end - at) * growth.min(10.0)
        };
        at = end;
    }
    None
}

/// The forces on the given entries over a part of the step, by the collocation polynomial.
fn forces_between(neuron: Pushed<'_>, alive: &[usize], from: f64, to: f64) -> Vec<Lanes> {
    let weights: [[f64; STAGES]; LANES] = std::array::from_fn(|lane| match lane {
        START => interpolation_weights(from),
        lane => match NODES.get(lane) {
            Some(node) => interpolation_weights(from + node * (to - from)),
            None => [0.0; STAGES],
        },
    });
    let between = |e: &usize| {
        let forces = neuron.forces[neuron.points[*e]];
        let start = forces[START];
        Lanes::of(|lane| {
            if lane > START {
                return 0.0;
            }
            let changes = weights[lane].iter().enumerate();
            start
                + changes
                    .map(|(q, weight)| weight * (forces[q] - start))
                    .sum::<f64>()
        })
    };
    alive.iter().map(between).collect()
}

impl ReluStages {
    /// Moves the passive neurons of a state over a step.
    pub(super) fn follow_step(
        &mut self,
        instructions: Arch,
        state: &mut ReluState,
        step: f64,
        stages: &[Lanes],
        tolerance: f64,
    ) -> bool {
        state.passive.forget();
        if state.active == state.neuron_count() {
            return true;
        }
        instructions.dispatch(Following {
            instructions,
            work: self,
            state,
            step,
            stages,
            tolerance,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use ndarray::Array2;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::super::free::advance_neuron;
    use super::super::problem::ReluProblem;
    use super::*;
    use crate::integrate::{FlowReport, FlowSettings, StiffSystem, integrate};
    use crate::lanes::vector_instructions;

    const TOLERANCE: f64 = 1e-10;

    /// Neurons of size `e^−40` and of size 1, so that some are passive.
    fn random_problem(inputs: usize, neurons: usize, seed: u64) -> ReluProblem {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
        let norms = (0..inputs).map(|_| draw(0.5, 2.0)).collect();
        let labels = (0..inputs).map(|_| draw(-2.0, 2.0)).collect();
        let signs = (0..neurons).map(|_| draw(-1.0, 1.0).signum()).collect();
        let logs = (0..neurons)
            .map(|j| if j % 3 == 1 { -1.0 } else { draw(-40.0, -30.0) })
            .collect();
        let bound = 1.0 / (inputs as f64).sqrt();
        let cosines = Array2::from_shape_simple_fn((neurons, inputs), || draw(-bound, bound));
        ReluProblem::new(norms, labels, signs, logs, cosines, vec![1.0; neurons])
            .expect("the values were drawn from the admissible ranges")
    }

    fn separated(problem: &ReluProblem) -> ReluState {
        let mut state = ReluState::new(problem);
        state.separate_passive(TOLERANCE);
        state
    }

    fn run(state: &mut ReluState, end: f64) -> FlowReport {
        let settings = FlowSettings::new(TOLERANCE, end);
        let report = integrate(state, &settings, &|| false, &mut |_, _| {
            ControlFlow::Continue(())
        });
        report.expect("the flow is smooth between its events")
    }

    #[test]
    fn a_flow_with_passive_neurons_is_the_flow_of_all() {
        let mut joined = 0;
        let mut deaths = 0;
        for (inputs, neurons, seed) in [(4, 9, 1), (6, 12, 2), (3, 20, 3), (1, 2, 4), (8, 8, 5)] {
            let problem = random_problem(inputs, neurons, seed);
            let mut all = ReluState::new(&problem);
            let mut split = separated(&problem);
            assert!(split.active_count() < neurons, "seed {seed}");
            let before = split.active_count();
            let expected = run(&mut all, 200.0);
            let report = run(&mut split, 200.0);
            joined += split.active_count() - before;
            deaths += split.passive_deaths();
            assert_eq!(
                report.statistics.events + split.passive_deaths(),
                expected.statistics.events,
                "seed {seed}"
            );
            let crossings = report.crossing_times.iter().zip(&expected.crossing_times);
            for (found, expected) in crossings {
                let times = (found.unwrap_or(0.0), expected.unwrap_or(0.0));
                assert!((times.0 - times.1).abs() < 1e-10, "seed {seed}: {times:?}");
            }
            for (found, expected) in split.log_outputs().iter().zip(all.log_outputs()) {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "seed {seed}: {found}, {expected}"
                );
            }
            let pairs = split.all_cosines(&problem);
            for (found, expected) in pairs.iter().zip(all.all_cosines(&problem)) {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "seed {seed}: {found}, {expected}"
                );
            }
        }
        assert!(
            joined > 5 && deaths > 20,
            "{joined} joined, {deaths} deaths"
        );
    }

    #[test]
    fn neurons_keep_their_entries_when_they_become_active() {
        let problem = random_problem(5, 9, 6);
        let whole = ReluState::new(&problem);
        let mut state = separated(&problem);
        assert_eq!(state.active_count(), 3);
        for place in [8, 4, 6, 6] {
            state.activate(place);
            state.refresh();
        }
        assert_eq!(state.original, [1, 4, 7, 8, 0, 3, 2, 5, 6]);
        assert_eq!(state.dimension(), 7 + state.entries(6).end);
        assert_eq!(state.log_outputs(), whole.log_outputs());
        assert_eq!(state.all_cosines(&problem), whole.all_cosines(&problem));
        for (place, &j) in state.original.iter().enumerate() {
            assert_eq!(state.rates[place], whole.rates[j]);
        }
    }

    #[test]
    fn what_passive_neurons_add_to_the_outputs_is_constant_in_a_step() {
        let problem = random_problem(5, 9, 6);
        let whole = ReluState::new(&problem);
        let mut state = whole.clone();
        // The neurons 4 and 7, of size 1, are among the last six.
        state.active = 3;
        state.refresh();
        let nothing = vec![0.0; state.dimension()];
        let (mut found, mut expected) = (vec![0.0; 5], vec![0.0; 5]);
        state.observe(&nothing, &mut found);
        whole.observe_committed(&mut expected);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-14, "{found}, {expected}");
        }
        assert!(expected.iter().any(|value| value.abs() > 1e-3));
        assert_eq!(state.outputs(), whole.outputs());
    }

    /// One passive neuron of sign `σ` on points of norm and label 1, under forces that the lanes give.
    fn moved_by_pieces(
        sign: f64,
        cosines: &[f64],
        forces: &[Lanes],
        step: f64,
    ) -> Option<(f64, Vec<f64>)> {
        let points: Vec<usize> = (0..cosines.len()).collect();
        let neuron = Pushed {
            sign,
            cosines,
            points: &points,
            forces,
        };
        let mut ends = Vec::new();
        by_pieces(Arch::new(), neuron, step, 1.0, TOLERANCE, &mut ends).map(|log| (log, ends))
    }

    fn constant(forces: &[f64]) -> Vec<Lanes> {
        let lanes = |&force: &f64| Lanes::of(|k| if k <= START { force } else { 0.0 });
        forces.iter().map(lanes).collect()
    }

    #[test]
    fn deaths_within_a_step_are_those_of_the_closed_form() {
        for sign in [1.0, -1.0] {
            for (forces, cosines, step) in [
                (vec![1.0, -0.5], vec![0.6, 0.8], 4.0),
                (vec![1.0, -0.5, -2.0, 0.25], vec![0.1, 0.6, 0.5, 0.2], 3.0),
                (vec![-1.0, -0.5], vec![0.6, 0.7], 5.0),
                (vec![-1.0], vec![0.5], 5.0),
                (vec![0.3, 0.2, -1.0], vec![0.1, 0.3, 0.9], 300.0),
            ] {
                let mut expected: Vec<Option<f64>> = cosines.iter().map(|&v| Some(v)).collect();
                let expected_log = advance_neuron(&forces, &mut expected, step);
                let pushed: Vec<f64> = forces.iter().map(|force| sign * force).collect();
                let (log, ends) = moved_by_pieces(sign, &cosines, &constant(&pushed), step)
                    .expect("constant forces are resolved");
                let case = format!("{forces:?} {cosines:?}");
                assert!((log - expected_log).abs() < 1e-9, "{case}: {log}");
                for (end, expected) in ends.iter().zip(&expected) {
                    assert_eq!(*end == DEAD, expected.is_none(), "{case}");
                    let difference = end.max(0.0) - expected.unwrap_or(0.0);
                    assert!(
                        difference.abs() < 1e-9,
                        "{case}: {end}, expected {expected:?}"
                    );
                }
                assert!(expected.contains(&None), "{case}");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_is_not_resolved() {
        let mut forces = constant(&[1.0, -1.0]);
        forces[1][2] = f64::NAN;
        assert_eq!(moved_by_pieces(1.0, &[0.6, 0.8], &forces, 1.0), None);
    }

    /// Lets the passive neurons follow a step in which the active ones rest.
    fn follow(state: &mut ReluState, instructions: Arch, step: f64) -> bool {
        let stages = vec![Lanes::default(); state.dimension()];
        ReluStages::default().follow_step(instructions, state, step, &stages, TOLERANCE)
    }

    #[test]
    fn a_step_is_refused_that_makes_a_neuron_outgrow_the_limit_by_much() {
        let problem = random_problem(4, 9, 1);
        let state = separated(&problem);
        let instructions = Arch::new();
        let mut long = state.clone();
        assert!(!follow(
            &mut long,
            instructions,
            20.0 * state.passive_step_cap()
        ));
        assert_eq!(long.logs, state.logs);
        assert!(follow(&mut long, instructions, state.passive_step_cap()));
        long.commit(&vec![0.0; state.dimension()]);
        let limit = long.passive.limit + OUTGROWTH;
        assert!(
            long.logs[long.active_count()..]
                .iter()
                .all(|&log| log <= limit)
        );
        let before = long.active_count();
        let joined = long.join();
        assert_eq!(long.dimension(), state.dimension() + joined.len());
        let highest = long.logs[long.active_count()..].iter();
        assert!(highest.fold(f64::NEG_INFINITY, |a, &b| a.max(b)) <= long.passive.limit);
        assert!(long.active_count() > before);
    }

    #[test]
    fn a_neuron_that_cannot_be_followed_becomes_active() {
        let problem = random_problem(4, 9, 1);
        let mut state = separated(&problem);
        let before = state.active_count();
        // Its entry would have to be a number.
        let first = state.entries(before).start;
        state.cosines[first] = f64::NAN;
        assert!(!follow(&mut state, Arch::new(), 1e-3));
        assert_eq!(state.active_count(), before + 1);
        assert!(state.cosines[first].is_nan());
    }

    #[test]
    fn the_bits_do_not_depend_on_vector_instructions() {
        let problem = random_problem(6, 30, 7);
        let start = separated(&problem);
        let end = |instructions| {
            let mut state = start.clone();
            let step = 0.9 * state.passive_step_cap();
            assert!(follow(&mut state, instructions, step));
            state.commit(&vec![0.0; start.dimension()]);
            (state.logs, state.cosines)
        };
        let plain = end(Arch::Scalar);
        assert!(plain.1.len() < start.cosines.len(), "an entry dies");
        for instructions in vector_instructions() {
            assert_eq!(end(instructions), plain);
        }
    }

    #[test]
    fn who_may_be_passive() {
        let sorted = |labels: Vec<f64>, logs: Vec<f64>, cosines: Array2<f64>| {
            let neurons = logs.len();
            let inputs = labels.len();
            let problem = ReluProblem::new(
                vec![1.0; inputs],
                labels,
                vec![1.0; neurons],
                logs,
                cosines,
                vec![1.0; neurons],
            );
            separated(&problem.expect("the problem is valid")).active_count()
        };
        let one = |value: f64| Array2::from_elem((1, 1), value);
        assert_eq!(sorted(vec![1.0], vec![-50.0], one(1.0)), 0, "small");
        assert_eq!(sorted(vec![1.0], vec![-5.0], one(1.0)), 1, "large");
        assert_eq!(sorted(vec![-1.0], vec![-50.0], one(1.0)), 1, "opposed");
        assert_eq!(sorted(vec![-1.0], vec![-50.0], one(0.5)), 0, "turning");
        assert_eq!(sorted(vec![0.0], vec![-50.0], one(1.0)), 1, "no label");
        assert_eq!(sorted(vec![1e-30], vec![-50.0], one(1.0)), 1, "small label");
    }
}
