//! The choice between the two one-step methods, and what one attempted step reports.

use pulp::Arch;

use super::radau::Radau;
use super::rodas::Rodas;
use super::system::{Joined, StiffSystem};

/// Which one-step method advances the flow: halving the steps divides the error by about `2⁹ = 512` with `Radau9` and
/// by `2⁵ = 32` with `Rodas5P`, where nothing is stiff.
///
/// They share nothing but the system, so that one checks the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Radau IIA, five stages, order 9 (Hairer & Wanner).
    #[default]
    Radau9,
    /// Rodas5P, eight stages, order 5 (Steinebach, BIT Numerical Mathematics 63:27, 2023).
    Rodas5P,
}

/// What an attempted step reports.
pub(super) struct Attempt {
    /// The estimated error in units of the admissible one: the step is acceptable if this is `≤ 1`.
    pub(super) error: f64,
    /// The factor by which the next step should differ from this one.
    pub(super) growth: f64,
    /// Evaluations of the right-hand side.
    pub(super) rhs_calls: usize,
    /// Factorisations, real or complex.
    pub(super) factorisations: usize,
}

impl Attempt {
    /// An attempt without a usable result; the step is to shrink to a quarter.
    pub(super) fn failed() -> Self {
        Attempt {
            error: f64::INFINITY,
            growth: 0.25,
            rhs_calls: 0,
            factorisations: 0,
        }
    }
}

/// The larger of two numbers, NaN if either is NaN (`f64::max` would drop it).
#[inline(always)]
pub(crate) fn max_or_nan(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

/// `max_i |vector_i| / scale_i`, NaN if any component is NaN.
pub(super) fn scaled_norm(vector: &[f64], scale: &[f64]) -> f64 {
    vector.iter().zip(scale).fold(0.0, |norm, (value, scale)| {
        max_or_nan(norm, value.abs() / scale)
    })
}

/// The workspace of the chosen method.
pub(super) enum Stepper<S: StiffSystem> {
    Radau(Box<Radau<S>>),
    Rodas(Box<Rodas<S>>),
}

impl<S: StiffSystem> Stepper<S> {
    pub(super) fn new(method: Method, dimension: usize, instructions: Arch) -> Self {
        match method {
            Method::Radau9 => Stepper::Radau(Box::new(Radau::new(dimension, instructions))),
            Method::Rodas5P => Stepper::Rodas(Box::new(Rodas::new(dimension))),
        }
    }

    /// Forgets the history, after a change of the system.
    pub(super) fn restart(&mut self, dimension: usize) {
        match self {
            Stepper::Radau(radau) => radau.restart(dimension),
            Stepper::Rodas(rodas) => rodas.restart(dimension),
        }
    }

    /// Tries one step; `start_rhs` is the right-hand side at increment 0.
    pub(super) fn attempt(
        &mut self,
        system: &S,
        start_rhs: &[f64],
        step: f64,
        tolerance: f64,
    ) -> Attempt {
        match self {
            Stepper::Radau(radau) => radau.attempt(system, start_rhs, step, tolerance),
            Stepper::Rodas(rodas) => rodas.attempt(system, start_rhs, step, tolerance),
        }
    }

    /// The increment at the end of the last attempt.
    pub(super) fn increment(&self) -> &[f64] {
        match self {
            Stepper::Radau(radau) => radau.increment(),
            Stepper::Rodas(rodas) => rodas.increment(),
        }
    }

    /// Keeps the last attempt, to interpolate in it and to return to it after further attempts from the same start.
    pub(super) fn keep(&mut self, step: f64) {
        match self {
            Stepper::Radau(radau) => radau.keep(step),
            Stepper::Rodas(rodas) => rodas.keep(),
        }
    }

    /// The increment at the end of the kept attempt.
    pub(super) fn kept_increment(&self) -> &[f64] {
        match self {
            Stepper::Radau(radau) => radau.kept_increment(),
            Stepper::Rodas(rodas) => rodas.kept_increment(),
        }
    }

    /// Writes the kept attempt's increment at a fraction of its step.
    pub(super) fn interpolate(&self, fraction: f64, out: &mut [f64]) {
        match self {
            Stepper::Radau(radau) => radau.interpolate(fraction, out),
            Stepper::Rodas(rodas) => rodas.interpolate(fraction, out),
        }
    }

    /// Moves what follows the unknowns over the kept attempt; false if another step has to be taken.
    pub(super) fn follow(&mut self, system: &mut S, step: f64, tolerance: f64) -> bool {
        match self {
            Stepper::Radau(radau) => radau.follow(system, step, tolerance),
            Stepper::Rodas(_) => true,
        }
    }

    /// Takes in what joined the unknowns after the kept attempt; `dimension` counts it.
    pub(super) fn join(&mut self, joined: &[Joined], dimension: usize) {
        match self {
            Stepper::Radau(radau) => radau.join(joined, dimension),
            Stepper::Rodas(rodas) => rodas.restart(dimension),
        }
    }

    /// Tells that the kept attempt was committed.
    pub(super) fn advance(&mut self) {
        if let Stepper::Radau(radau) = self {
            radau.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::radau_table::NODES;
    use super::super::test_systems::DenseSystem;
    use super::*;
    use crate::lanes::Lanes;
    use crate::lanes::vector_instructions;

    /// The state at time 1 after `steps` equal steps.
    fn with_equal_steps(method: Method, mut system: DenseSystem, steps: usize) -> Vec<f64> {
        let mut stepper = Stepper::new(method, 2, Arch::new());
        let step = 1.0 / steps as f64;
        let mut rhs = [0.0; 2];
        for _ in 0..steps {
            system.rhs(&[0.0; 2], &mut rhs);
            let attempt = stepper.attempt(&system, &rhs, step, 1e-13);
            assert!(attempt.error.is_finite());
            stepper.keep(step);
            system.commit(stepper.kept_increment());
            stepper.advance();
        }
        system.state
    }

    fn distance(a: &[f64], b: &[f64]) -> f64 {
        a.iter()
            .zip(b)
            .fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()))
    }

    #[test]
    fn observed_orders_of_convergence() {
        let exact = with_equal_steps(Method::Radau9, DenseSystem::van_der_pol(), 64);
        for (method, steps, order) in [(Method::Radau9, 4, 9.0), (Method::Rodas5P, 16, 5.0)] {
            let error = |steps| {
                distance(
                    &with_equal_steps(method, DenseSystem::van_der_pol(), steps),
                    &exact,
                )
            };
            let observed = (error(steps) / error(2 * steps)).log2();
            assert!(
                (observed - order).abs() < 0.6,
                "{method:?}: observed order {observed}"
            );
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_vector_instructions() {
        let run = |instructions| {
            let mut system = DenseSystem::van_der_pol();
            let mut stepper = Stepper::new(Method::Radau9, 2, instructions);
            let mut rhs = [0.0; 2];
            for _ in 0..20 {
                system.rhs(&[0.0; 2], &mut rhs);
                stepper.attempt(&system, &rhs, 0.1, 1e-10);
                stepper.keep(0.1);
                system.commit(stepper.kept_increment());
                stepper.advance();
            }
            system.state
        };
        let plain = run(Arch::Scalar);
        for instructions in vector_instructions() {
            assert_eq!(run(instructions), plain);
        }
        assert!((plain[0] - 0.3).abs() < 0.1, "{plain:?}");
    }

    #[test]
    fn stiff_components_follow_their_slow_manifold() {
        for method in [Method::Radau9, Method::Rodas5P] {
            let end = with_equal_steps(method, DenseSystem::stiff(), 20);
            // On the slow manifold y = cos s + 10⁻⁶ sin s + O(10⁻¹²).
            let expected = 1.0_f64.cos() + 1e-6 * 1.0_f64.sin();
            assert!(
                (end[0] - expected).abs() < 1e-10,
                "{method:?}: {}",
                end[0] - expected
            );
        }
    }

    #[test]
    fn interpolants_agree_with_shorter_steps() {
        for (method, tolerance) in [(Method::Radau9, 1e-8), (Method::Rodas5P, 1e-6)] {
            let system = DenseSystem::van_der_pol();
            let mut stepper = Stepper::new(method, 2, Arch::new());
            let mut rhs = [0.0; 2];
            system.rhs(&[0.0; 2], &mut rhs);
            stepper.attempt(&system, &rhs, 0.1, 1e-12);
            stepper.keep(0.1);
            for fraction in [0.2, 0.5, 0.9, 1.0] {
                let mut inside = [0.0; 2];
                stepper.interpolate(fraction, &mut inside);
                stepper.attempt(&system, &rhs, 0.1 * fraction, 1e-12);
                let error = distance(&inside, stepper.increment());
                assert!(error < tolerance, "{method:?} at {fraction}: {error}");
            }
        }
    }

    #[test]
    fn what_joins_takes_its_place_in_the_kept_step() {
        let system = DenseSystem::van_der_pol();
        let mut stepper = Stepper::new(Method::Radau9, 2, Arch::new());
        let mut rhs = [0.0; 2];
        system.rhs(&[0.0; 2], &mut rhs);
        stepper.attempt(&system, &rhs, 0.1, 1e-12);
        stepper.keep(0.1);
        let mut before = [0.0; 2];
        stepper.interpolate(0.5, &mut before);
        let end = stepper.kept_increment().to_vec();
        let stages = Lanes::of(|q| NODES.get(q).map_or(0.0, |node| 3.0 * node));
        let joined = [1, 3].map(|place| Joined { place, stages });
        stepper.join(&joined, 4);
        let mut after = [0.0; 4];
        stepper.interpolate(0.5, &mut after);
        assert_eq!([after[0], after[2]], before);
        assert!((after[1] - 1.5).abs() < 1e-14 && after[3] == after[1]);
        assert_eq!(stepper.kept_increment(), [end[0], 3.0, end[1], 3.0]);
    }

    #[test]
    fn norms_do_not_lose_nan() {
        assert!(scaled_norm(&[1.0, f64::NAN, 2.0], &[1.0; 3]).is_nan());
        assert!(scaled_norm(&[f64::NAN, 2.0], &[1.0; 2]).is_nan());
        assert_eq!(scaled_norm(&[1.0, -3.0], &[1.0, 2.0]), 1.5);
    }
}
