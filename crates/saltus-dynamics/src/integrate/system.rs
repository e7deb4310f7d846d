//! What an autonomous stiff system tells the integrators about itself.

use super::stages::StageSolver;
use crate::lanes::Lanes;

/// An autonomous system `ẏ = F(y)` whose unknown is the *increment* `d = y − y₀` since the last [`commit`](Self::commit).
///
/// The system keeps the committed state `y₀` in whatever form preserves accuracy (two sums, double-double, logarithms);
/// the integrators only ever see increments, which are 0 right after a commit. All slices have length
/// [`dimension`](Self::dimension), which may change in [`apply_events`](Self::apply_events), where components that an event freezes may be
/// dropped, in [`join`](Self::join), and where [`StageSolver::follow`] asks for another step, and nowhere else.
pub trait StiffSystem {
    /// A factorisation of `c·I − J` for real `c`; `Default` is the empty workspace that [`factor`](Self::factor) fills and reuses.
    type RealFactors: Default;
    /// What Radau IIA needs: [`OneByOne<Self>`](super::OneByOne) for a system with [complex solves](super::ComplexSolves).
    type Stages: StageSolver<Self>;

    /// The number of unknowns.
    fn dimension(&self) -> usize;

    /// Writes `F(y₀ + increment)` to `out`. Non-finite values are allowed: they reject the step.
    fn rhs(&self, increment: &[f64], out: &mut [f64]);

    /// Writes `F(y₀)`, for systems that know it already.
    fn committed_rhs(&self, out: &mut [f64]) {
        self.rhs(&vec![0.0; out.len()], out);
    }

    /// Prepares solves with `shift·I − J`, where `J` is the Jacobian of `F` at the committed state (increment 0).
    /// `shift > 0` is of the size of the inverse step. A singular matrix may give non-finite solutions: they reject the step.
    fn factor(&self, shift: f64, factors: &mut Self::RealFactors);

    /// Overwrites `vector` (the right side `b`) by the solution `z` of `(shift·I − J) z = b`.
    fn solve(&self, factors: &Self::RealFactors, vector: &mut [f64]);

    /// Adds `increment` to the committed state; the next increment is measured from there.
    fn commit(&mut self, increment: &[f64]);

    /// Writes the admissible local error of each component to `scale` (all positive), for a step that ends at `increment`:
    /// `tolerance` for most, `tolerance + 1e-13·|increment|` for logarithms and dual variables, whose increments are so large
    /// on plateaus that their rounding alone exceeds `tolerance`.
    fn error_scale(&self, tolerance: f64, increment: &[f64], scale: &mut [f64]);

    /// The longest step allowed from the committed state: insurance against stepping over a whole jump.
    fn step_cap(&self) -> f64 {
        f64::INFINITY
    }

    /// The event that a step ending at `increment` would cross: the watched component that, by linear interpolation between
    /// the committed state and the step's end, is the first to become negative. `None` if every watched component stays
    /// above `−trigger`. A system without events keeps this default.
    fn crossing(&self, _increment: &[f64], _trigger: f64) -> Option<Crossing> {
        None
    }

    /// The value of one watched component (a [`Crossing::component`]) at `increment`.
    fn watched(&self, _component: usize, _increment: &[f64]) -> f64 {
        f64::INFINITY
    }

    /// Called after the commit of a step that ends on an event: switches the right-hand side for every watched component that is now
    /// below `−trigger`. Returns how many were switched.
    fn apply_events(&mut self, _trigger: f64) -> usize {
        0
    }

    /// Called after a commit, after the events: takes in unknowns that only [followed](StageSolver::follow) the step before. Returns the place
    /// of each among the unknowns, increasing, and its increments at the stages of that step, which say where to look for the next ones.
    fn join(&mut self) -> Vec<Joined> {
        Vec::new()
    }

    /// How many observables [`observe`](Self::observe) writes.
    fn observable_count(&self) -> usize {
        0
    }

    /// Writes each observable at `increment` to `values`. The driver finds the first time at which each one becomes `≥ 0`
    /// (a downward crossing is asked for by flipping the sign); this never changes the course of the integration.
    fn observe(&self, _increment: &[f64], _values: &mut [f64]) {}

    /// [`observe`](Self::observe) at increment 0, for systems that know it already.
    fn observe_committed(&self, values: &mut [f64]) {
        self.observe(&vec![0.0; self.dimension()], values);
    }
}

/// An unknown that joins the others after a step: `Joined { place: 0, stages: Lanes([0.0; 8]) }` did not move in it and comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joined {
    /// Its place among all unknowns.
    pub place: usize,
    /// Its increments at the stages of the step, stage `i` in lane `i`.
    pub stages: Lanes,
}

/// A watched component that becomes negative within a trial step: one that goes from `a > 0` to `b < 0` on a line does
/// so at the fraction `a/(a − b)` of the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// The system's own name for the component, to be given back to [`StiffSystem::watched`].
    pub component: usize,
    /// The lowest value over all watched components at the end of the trial step.
    pub lowest: f64,
}
