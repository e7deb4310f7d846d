//! The gradient flow in its dual variable, as the integrators see it.

use super::branch::Branch;
use super::double::{DoubleDouble, ProductSum};
use super::graded::GradedFactors;
use super::problem::DiagonalFlowProblem;
use crate::diagonal::problem::{add_multiple, dot, max_abs};
use crate::integrate::{ComplexSolves, OneByOne, StiffSystem};
use num_complex::Complex64;

/// A change of β whose effect on the gradient is below this share of it is left out of the right side.
const NEGLIGIBLE_RESPONSE: f64 = 1e-32;

/// A coordinate that is to cross a level.
///
/// With one sample `x = 1` of label 1 and `α = e^−100`, an observer that waits for β to rise to `level: 0.5` answers
/// `100 + ½ ln 2 ≈ 100.35`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observer {
    /// Coordinate, from 0.
    pub coordinate: usize,
    /// Signed level of β; not 0.
    pub level: f64,
    /// Whether `β/level` is to rise to 1 (an activation) or to fall to 1 (a deactivation).
    pub direction: Direction,
    /// Flow time before which nothing counts; where the level has been passed already then, this time is the answer.
    pub not_before: f64,
}

/// The way in which a level is crossed, seen from 0: for `level: -0.2`, β rises when it falls below −0.2, as
/// `β/level ≥ 1` there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Away from 0.
    Rising,
    /// Towards 0.
    Falling,
}

impl Observer {
    /// Not negative once β has crossed the level.
    fn excess(&self, beta: f64) -> f64 {
        let excess = beta / self.level - 1.0;
        match self.direction {
            Direction::Rising => excess,
            Direction::Falling => -excess,
        }
    }
}

/// The flow `Ġ = Xᵀ(y − Xβ)/n`, `β_i = (e^{2(G_i − s_i)} − e^{−2(G_i + s_i)})/2`, with increments of G as its unknown.
///
/// The right side is kept as `g° − K b`, `K = XᵀX/n`: g° belongs to the committed predictor and is computed in
/// double-double, b is the change of β since. So gradients far below the rounding of labels and predictor keep their
/// relative accuracy, and with them the jumps that only such gradients drive.
pub(super) struct DualFlow<'a> {
    problem: &'a DiagonalFlowProblem,
    observers: &'a [Observer],
    /// `XᵀX/n`, row by row.
    kernel: Vec<f64>,
    /// `e^{2(G − s)}/2` and `e^{2(−G − s)}/2`.
    branches: Vec<[Branch; 2]>,
    /// Residual at the committed state.
    residual: Vec<f64>,
    /// `Ġ` at the committed state.
    speed: Vec<f64>,
    /// `dβ/dG` at the committed state.
    weights: Vec<f64>,
}

impl<'a> DualFlow<'a> {
    pub(super) fn new(problem: &'a DiagonalFlowProblem, observers: &'a [Observer]) -> Self {
        let (n, d) = (problem.samples(), problem.dimension());
        let mut kernel = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..=i {
                // Formed in twice the working precision: what a step assumes of β's change must be what the commit finds.
                let mut sum = ProductSum::default();
                for k in 0..n {
                    sum.add(problem.row(k)[i], problem.row(k)[j]);
                }
                kernel[i * d + j] = sum.total().high() / n as f64;
                kernel[j * d + i] = kernel[i * d + j];
            }
        }
        let branches = problem
            .log_inverse_scales()
            .iter()
            .map(|&s| [Branch::new(s), Branch::new(s)])
            .collect();
        let mut flow = Self {
            problem,
            observers,
            kernel,
            branches,
            residual: vec![0.0; n],
            speed: vec![0.0; d],
            weights: vec![0.0; d],
        };
        flow.refresh();
        flow
    }

    /// The committed predictor β (d).
    pub(super) fn beta(&self) -> Vec<f64> {
        self.branches
            .iter()
            .map(|branches| difference(branches).high())
            .collect()
    }

    /// The committed dual variable G (d).
    pub(super) fn dual(&self) -> Vec<f64> {
        let half =
            |[up, down]: &[Branch; 2]| 0.5 * up.exponent().plus(down.exponent().negated()).high();
        self.branches.iter().map(half).collect()
    }

    /// The loss at the committed state.
    pub(super) fn loss(&self) -> f64 {
        dot(&self.residual, &self.residual) / (2.0 * self.residual.len() as f64)
    }

    /// The largest component of the loss's gradient at the committed state.
    pub(super) fn gradient_size(&self) -> f64 {
        max_abs(&self.speed)
    }

    /// What [`observe`](StiffSystem::observe) gives for one observer at the committed state.
    pub(super) fn excess_now(&self, observer: usize) -> f64 {
        let observer = &self.observers[observer];
        observer.excess(
            self.branches[observer.coordinate][0].value()
                - self.branches[observer.coordinate][1].value(),
        )
    }

    /// Recomputes what depends on the committed branches.
    fn refresh(&mut self) {
        for (weight, [up, down]) in self.weights.iter_mut().zip(&self.branches) {
            *weight = 2.0 * (up.value() + down.value());
        }
        let reference: Vec<(usize, DoubleDouble)> = self
            .branches
            .iter()
            .enumerate()
            .map(|(i, branches)| (i, difference(branches)))
            .filter(|(_, value)| value.high() != 0.0)
            .collect();
        let mut speeds = vec![ProductSum::default(); self.speed.len()];
        for k in 0..self.residual.len() {
            let row = self.problem.row(k);
            let mut sum = ProductSum::default();
            for &(i, value) in &reference {
                sum.add(row[i], value);
            }
            let residual = self.problem.labels()[k].plus(sum.total().negated());
            self.residual[k] = residual.high();
            for (speed, &entry) in speeds.iter_mut().zip(row) {
                speed.add(entry, residual);
            }
        }
        for (speed, sum) in self.speed.iter_mut().zip(&speeds) {
            *speed = sum.total().high() / self.residual.len() as f64;
        }
    }

    /// Change of `β_i` since the commit.
    fn change(&self, i: usize, increment: f64) -> f64 {
        let [up, down] = &self.branches[i];
        up.change(increment) - down.change(-increment)
    }
}

/// The tracked part of a coordinate.
fn difference([up, down]: &[Branch; 2]) -> DoubleDouble {
    up.reference().plus(down.reference().negated())
}

impl StiffSystem for DualFlow<'_> {
    type RealFactors = GradedFactors<f64>;
    type Stages = OneByOne<Self>;

    fn dimension(&self) -> usize {
        self.branches.len()
    }

    fn rhs(&self, increment: &[f64], out: &mut [f64]) {
        let d = self.branches.len();
        out.copy_from_slice(&self.speed);
        let negligible = NEGLIGIBLE_RESPONSE * max_abs(&self.speed);
        for i in 0..d {
            let row = &self.kernel[i * d..(i + 1) * d];
            let change = self.change(i, increment[i]);
            let effect = (change * row[i]).abs();
            if effect > negligible || effect.is_nan() {
                add_multiple(out, -change, row);
            }
        }
    }

    fn committed_rhs(&self, out: &mut [f64]) {
        out.copy_from_slice(&self.speed);
    }

    fn factor(&self, shift: f64, factors: &mut Self::RealFactors) {
        factors.factor(shift, shift, &self.kernel, &self.weights);
    }

    fn solve(&self, factors: &Self::RealFactors, vector: &mut [f64]) {
        factors.solve(&self.kernel, vector);
    }

    fn commit(&mut self, increment: &[f64]) {
        for ([up, down], &delta) in self.branches.iter_mut().zip(increment) {
            up.commit(delta);
            down.commit(-delta);
        }
        self.refresh();
    }

    fn error_scale(&self, tolerance: f64, increment: &[f64], scale: &mut [f64]) {
        for (scale, delta) in scale.iter_mut().zip(increment) {
            *scale = tolerance + 1e-13 * delta.abs();
        }
    }

    /// No inactive coordinate may grow, at its present speed, to within a factor e^{-20} of the size at which it would
    /// answer its own gradient.
    fn step_cap(&self) -> f64 {
        let d = self.branches.len();
        let mut cap = f64::INFINITY;
        for (i, branches) in self.branches.iter().enumerate() {
            let speed = self.speed[i].abs();
            let growing = &branches[usize::from(self.speed[i] < 0.0)];
            let answering = (0.5 * (2.0 * speed / self.kernel[i * d + i]).ln()).min(0.0);
            let distance = answering - growing.exponent().high();
            if distance > 14.0 && speed > 0.0 {
                cap = cap.min((distance - 10.0) / speed);
            }
        }
        cap
    }

    fn observable_count(&self) -> usize {
        self.observers.len()
    }

    fn observe(&self, increment: &[f64], values: &mut [f64]) {
        for (value, observer) in values.iter_mut().zip(self.observers) {
            let i = observer.coordinate;
            let beta = difference(&self.branches[i]).high() + self.change(i, increment[i]);
            *value = observer.excess(beta);
        }
    }
}

impl ComplexSolves for DualFlow<'_> {
    type ComplexFactors = GradedFactors<Complex64>;

    fn factor_complex(&self, shift: Complex64, factors: &mut Self::ComplexFactors) {
        factors.factor(shift, shift.norm(), &self.kernel, &self.weights);
    }

    fn solve_complex(&self, factors: &Self::ComplexFactors, vector: &mut [Complex64]) {
        factors.solve(&self.kernel, vector);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn problem(scales: Vec<f64>) -> DiagonalFlowProblem {
        let inputs = array![
            [1.0, 0.5, -0.3, 0.8],
            [0.2, -1.0, 0.7, 0.1],
            [0.6, 0.3, 1.0, -0.4]
        ];
        DiagonalFlowProblem::new(&inputs, vec![1.0, -0.5, 0.7], scales).expect("consistent data")
    }

    #[test]
    fn solves_invert_the_difference_quotient_of_the_right_side() {
        let problem = problem(vec![5.0, 0.3, 2.0, 40.0]);
        let mut flow = DualFlow::new(&problem, &[]);
        flow.commit(&[4.0, -0.2, 1.5, 3.0]);
        let check = |shift: f64| {
            let mut z = vec![0.3, -1.0, 0.4, 2.0];
            let b = z.clone();
            let mut factors = GradedFactors::default();
            flow.factor(shift, &mut factors);
            flow.solve(&factors, &mut z);
            let step = 1e-6;
            let (mut up, mut down) = (vec![0.0; 4], vec![0.0; 4]);
            flow.rhs(&z.iter().map(|v| step * v).collect::<Vec<_>>(), &mut up);
            flow.rhs(&z.iter().map(|v| -step * v).collect::<Vec<_>>(), &mut down);
            for i in 0..4 {
                let left = shift * z[i] - (up[i] - down[i]) / (2.0 * step);
                assert!((left - b[i]).abs() < 1e-8, "{shift} {i}: {left} {}", b[i]);
            }
        };
        check(1.0);
        check(0.05);
        check(30.0);
    }

    #[test]
    fn increments_and_commits_agree() {
        let problem = problem(vec![3.0, 3.0, 200.0, 3.0]);
        let mut flow = DualFlow::new(&problem, &[]);
        let increment = [2.0, -2.5, 199.0, 0.1];
        let (mut before, mut after) = (vec![0.0; 4], vec![0.0; 4]);
        flow.rhs(&increment, &mut before);
        flow.commit(&increment);
        flow.rhs(&[0.0; 4], &mut after);
        for i in 0..4 {
            assert!((before[i] - after[i]).abs() < 1e-14, "{before:?} {after:?}");
        }
        assert!((flow.dual()[2] - 199.0).abs() < 1e-12);
        assert!((flow.beta()[1] + 0.5 * ((-1.0_f64).exp() - (-11.0_f64).exp())).abs() < 1e-15);
    }
}
