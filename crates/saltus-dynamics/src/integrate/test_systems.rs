//! Small systems with known behaviour, for the tests of this module.

use num_complex::Complex64;

use super::dense::Lu;
use super::stages::{ComplexSolves, OneByOne};
use super::system::{Crossing, StiffSystem};

/// A system given by its right-hand side and Jacobian, with dense solves.
pub(super) struct DenseSystem {
    pub(super) state: Vec<f64>,
    pub(super) field: fn(&[f64], &mut [f64]),
    /// The Jacobian's entries, row by row.
    pub(super) jacobian: fn(&[f64]) -> Vec<f64>,
    /// Becomes `≥ 0` at the crossing that is looked for.
    pub(super) observable: Option<fn(&[f64]) -> f64>,
    /// Whether component 0 stops changing when it reaches 0, and whether it has.
    pub(super) freezes: bool,
    pub(super) frozen: bool,
}

impl DenseSystem {
    pub(super) fn new(
        state: &[f64],
        field: fn(&[f64], &mut [f64]),
        jacobian: fn(&[f64]) -> Vec<f64>,
    ) -> Self {
        DenseSystem {
            state: state.to_vec(),
            field,
            jacobian,
            observable: None,
            freezes: false,
            frozen: false,
        }
    }

    /// Van der Pol's oscillator `ẋ = y`, `ẏ = (1 − x²) y − x`.
    pub(super) fn van_der_pol() -> Self {
        DenseSystem::new(
            &[2.0, 0.0],
            |y, f| {
                f[0] = y[1];
                f[1] = (1.0 - y[0] * y[0]) * y[1] - y[0];
            },
            |y| vec![0.0, 1.0, -2.0 * y[0] * y[1] - 1.0, 1.0 - y[0] * y[0]],
        )
    }

    /// `ẏ = −10⁶ (y − cos s) `, `ṡ = 1`: stiff, with a slow manifold.
    pub(super) fn stiff() -> Self {
        DenseSystem::new(
            &[0.0, 0.0],
            |y, f| {
                f[0] = -1e6 * (y[0] - y[1].cos());
                f[1] = 1.0;
            },
            |y| vec![-1e6, -1e6 * y[1].sin(), 0.0, 0.0],
        )
    }

    /// `ẋ = −y`, `ẏ = x` from `(1, 0)`, where `x` stops at 0: `x = cos t` until `t = π/2`, then `y = 1` for ever.
    pub(super) fn stopping_circle() -> Self {
        let mut system = DenseSystem::new(
            &[1.0, 0.0],
            |y, f| {
                f[0] = -y[1];
                f[1] = y[0];
            },
            |_| vec![0.0, -1.0, 1.0, 0.0],
        );
        system.freezes = true;
        system
    }

    fn at(&self, increment: &[f64]) -> Vec<f64> {
        self.state
            .iter()
            .zip(increment)
            .map(|(y, d)| y + d)
            .collect()
    }

    fn shifted(&self, mut entry: impl FnMut(usize, usize, f64)) {
        let order = self.state.len();
        let jacobian = (self.jacobian)(&self.state);
        for row in 0..order {
            for column in 0..order {
                let value = if self.frozen && row == 0 {
                    0.0
                } else {
                    jacobian[row * order + column]
                };
                entry(row, column, value);
            }
        }
    }
}

impl StiffSystem for DenseSystem {
    type RealFactors = Lu<f64>;
    type Stages = OneByOne<Self>;

    fn dimension(&self) -> usize {
        self.state.len()
    }

    fn rhs(&self, increment: &[f64], out: &mut [f64]) {
        (self.field)(&self.at(increment), out);
        if self.frozen {
            out[0] = 0.0;
        }
    }

    fn factor(&self, shift: f64, factors: &mut Self::RealFactors) {
        let mut entries = Vec::new();
        self.shifted(|row, column, value| {
            entries.push(if row == column { shift - value } else { -value });
        });
        factors.factor(self.state.len(), entries, f64::abs);
    }

    fn solve(&self, factors: &Self::RealFactors, vector: &mut [f64]) {
        factors.solve(vector);
    }

    fn commit(&mut self, increment: &[f64]) {
        self.state = self.at(increment);
    }

    fn error_scale(&self, tolerance: f64, _increment: &[f64], scale: &mut [f64]) {
        scale.fill(tolerance);
    }

    fn crossing(&self, increment: &[f64], trigger: f64) -> Option<Crossing> {
        let end = self.state[0] + increment[0];
        let crosses = self.freezes && !self.frozen && end < -trigger;
        crosses.then_some(Crossing {
            component: 0,
            lowest: end,
        })
    }

    fn watched(&self, component: usize, increment: &[f64]) -> f64 {
        self.state[component] + increment[component]
    }

    fn apply_events(&mut self, trigger: f64) -> usize {
        let stops = self.freezes && self.state[0] < -trigger;
        if stops {
            self.frozen = true;
            self.state[0] = 0.0;
        }
        usize::from(stops)
    }

    fn observable_count(&self) -> usize {
        usize::from(self.observable.is_some())
    }

    fn observe(&self, increment: &[f64], values: &mut [f64]) {
        if let Some(observable) = self.observable {
            values[0] = observable(&self.at(increment));
        }
    }
}

impl ComplexSolves for DenseSystem {
    type ComplexFactors = Lu<Complex64>;

    fn factor_complex(&self, shift: Complex64, factors: &mut Self::ComplexFactors) {
        let mut entries = Vec::new();
        self.shifted(|row, column, value| {
            let diagonal = if row == column {
                shift
            } else {
                Complex64::new(0.0, 0.0)
            };
            entries.push(diagonal - value);
        });
        factors.factor(self.state.len(), entries, |z| z.norm());
    }

    fn solve_complex(&self, factors: &Self::ComplexFactors, vector: &mut [Complex64]) {
        factors.solve(vector);
    }
}
