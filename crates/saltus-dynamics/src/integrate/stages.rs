//! The five stages of Radau IIA side by side: what that method needs of a system.
//!
//! Per unknown, one group of lanes holds either the values of the stages, stage `i` in lane `i` and anything in the others; or the
//! transformed stages as complex numbers in [pairs](super::pairs): the two complex ones, the real one, and 0.

use num_complex::Complex64;
use pulp::Arch;

use super::radau_table::STAGES;
use super::system::StiffSystem;
use crate::lanes::Lanes;

/// The right-hand sides of all stages, and solves with `c·I − J` for all their shifts `c` at once, where J is the Jacobian at the committed
/// state. `Default` is the empty workspace. Everything is compiled for the given instructions and has the same bits on each.
pub trait StageSolver<S: ?Sized>: Default {
    /// Writes `F(y₀ + increment)` for the increment of each stage.
    fn rhs(&mut self, instructions: Arch, system: &S, increments: &[Lanes], out: &mut [Lanes]);

    /// Prepares solves at the committed state. All four shifts are of the size of the inverse step and have positive real parts.
    fn factor(&mut self, instructions: Arch, system: &S, shifts: Lanes);

    /// Overwrites the right sides `b` by the solutions `z` of `(shift·I − J) z = b`.
    fn solve(&mut self, instructions: Arch, system: &S, vectors: &mut [Lanes]);

    /// Moves what follows the unknowns without acting on them within a step, given the increments of the stages of a step that is to be
    /// committed; the commit then takes effect on it too. Returns false, with nothing moved, if the step has to be shorter or the
    /// system has taken in further unknowns.
    fn follow(
        &mut self,
        _instructions: Arch,
        _system: &mut S,
        _step: f64,
        _stages: &[Lanes],
        _tolerance: f64,
    ) -> bool {
        true
    }
}

/// A system that solves `(c·I − J) z = b` for one complex shift c at a time.
pub trait ComplexSolves: StiffSystem {
    /// As [`RealFactors`](StiffSystem::RealFactors), for complex `c`.
    type ComplexFactors: Default;

    /// As [`factor`](StiffSystem::factor), for a complex shift with positive real part.
    fn factor_complex(&self, shift: Complex64, factors: &mut Self::ComplexFactors);

    /// As [`solve`](StiffSystem::solve), for a complex shift.
    fn solve_complex(&self, factors: &Self::ComplexFactors, vector: &mut [Complex64]);
}

/// The stages one after the other, for systems whose work on one of them outweighs that of taking it out of the lanes:
/// `type Stages = OneByOne<Self>`.
pub struct OneByOne<S: ComplexSolves> {
    real_factors: S::RealFactors,
    complex_factors: [S::ComplexFactors; 2],
    increment: Vec<f64>,
    vector: Vec<f64>,
    complex_vector: Vec<Complex64>,
}

impl<S: ComplexSolves> Default for OneByOne<S> {
    fn default() -> Self {
        OneByOne {
            real_factors: S::RealFactors::default(),
            complex_factors: Default::default(),
            increment: Vec::new(),
            vector: Vec::new(),
            complex_vector: Vec::new(),
        }
    }
}

impl<S: ComplexSolves> StageSolver<S> for OneByOne<S> {
    fn rhs(&mut self, _: Arch, system: &S, increments: &[Lanes], out: &mut [Lanes]) {
        self.vector.resize(out.len(), 0.0);
        for stage in 0..STAGES {
            self.increment.clear();
            self.increment
                .extend(increments.iter().map(|lanes| lanes[stage]));
            system.rhs(&self.increment, &mut self.vector);
            for (lanes, &value) in out.iter_mut().zip(&self.vector) {
                lanes[stage] = value;
            }
        }
    }

    fn factor(&mut self, _: Arch, system: &S, shifts: Lanes) {
        for (pair, factors) in self.complex_factors.iter_mut().enumerate() {
            system.factor_complex(complex(shifts, pair), factors);
        }
        system.factor(shifts[4], &mut self.real_factors);
    }

    fn solve(&mut self, _: Arch, system: &S, vectors: &mut [Lanes]) {
        for (pair, factors) in self.complex_factors.iter().enumerate() {
            self.complex_vector.clear();
            self.complex_vector
                .extend(vectors.iter().map(|&lanes| complex(lanes, pair)));
            system.solve_complex(factors, &mut self.complex_vector);
            for (lanes, value) in vectors.iter_mut().zip(&self.complex_vector) {
                lanes[2 * pair] = value.re;
                lanes[2 * pair + 1] = value.im;
            }
        }
        self.vector.clear();
        self.vector.extend(vectors.iter().map(|lanes| lanes[4]));
        system.solve(&self.real_factors, &mut self.vector);
        for (lanes, &value) in vectors.iter_mut().zip(&self.vector) {
            lanes[4] = value;
        }
    }
}

fn complex(lanes: Lanes, pair: usize) -> Complex64 {
    Complex64::new(lanes[2 * pair], lanes[2 * pair + 1])
}
