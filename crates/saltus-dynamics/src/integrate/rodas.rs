//! Rodas5P: a Rosenbrock method of order 5, without Newton iterations and in real arithmetic only.
//!
//! Coefficients: G. Steinebach, *Construction of Rosenbrock–Wanner method Rodas5P and numerical benchmarks within the Julia
//! Differential Equations package*, BIT Numerical Mathematics 63:27 (2023).

use super::method::{Attempt, max_or_nan, scaled_norm};
use super::system::StiffSystem;

const STAGES: usize = 8;
const GAMMA: f64 = 0.21193756319429014;

/// `a_ij`: the argument of stage i is `Σ_{j<i} a_ij U_j`. Stages 7 and 8 and the result add one stage each to the row before.
const ARGUMENTS: [&[f64]; 6] = [
    &[],
    &[3.0],
    &[2.849394379747939, 0.45842242204463923],
    &[-6.954028509809101, 2.489845061869568, -10.358996098473584],
    &[
        2.8029986275628964,
        0.5072464736228206,
        -0.3988312541770524,
        -0.04721187230404641,
    ],
    &[
        -7.502846399306121,
        2.561846144803919,
        -11.627539656261098,
        -0.18268767659942256,
        0.030198172008377946,
    ],
];

/// `C_ij`: stage i adds `Σ_{j<i} C_ij U_j / h` to its right-hand side.
const COUPLINGS: [&[f64]; STAGES] = [
    &[],
    &[-14.155112264123755],
    &[-17.97296035885952, -2.859693295451294],
    &[147.12150275711716, -1.41221402718213, 71.68940251302358],
    &[
        165.43517024871676,
        -0.4592823456491126,
        42.90938336958603,
        -5.961986721573306,
    ],
    &[
        24.854864614690072,
        -3.0009227002832186,
        47.4931110020768,
        5.5814197821558125,
        -0.6610691825249471,
    ],
    &[
        30.91273214028599,
        -3.1208243349937974,
        77.79954646070892,
        34.28646028294783,
        -19.097331116725623,
        -28.087943162872662,
    ],
    &[
        37.80277123390563,
        -3.2571969029072276,
        112.26918849496327,
        66.9347231244047,
        -40.06618937091002,
        -54.66780262877968,
        -9.48861652309627,
    ],
];

/// The dense output is `θ (y₁ + (1−θ)(K₁ + θ (K₂ + θ K₃)))` with `K_i = Σ_j DENSE_ij U_j`.
const DENSE: [[f64; STAGES]; 3] = [
    [
        25.948786856663858,
        -2.5579724845846235,
        10.433815404888879,
        -2.3679251022685204,
        0.524948541321073,
        1.1241088310450404,
        0.4272876194431874,
        -0.17202221070155493,
    ],
    [
        -9.91568850695171,
        -0.9689944594115154,
        3.0438037242978453,
        -24.495224566215796,
        20.176138334709044,
        15.98066361424651,
        -6.789040303419874,
        -6.710236069923372,
    ],
    [
        11.419903575922262,
        2.8879645146136994,
        72.92137995996029,
        80.12511834622643,
        -52.072871366152654,
        -59.78993625266729,
        -0.15582684282751913,
        4.883087185713722,
    ],
];

/// Workspace of the method, and the stages of the attempt that was kept.
pub(super) struct Rodas<S: StiffSystem> {
    factors: S::RealFactors,
    stages: [Vec<f64>; STAGES],
    end: Vec<f64>,
    scale: Vec<f64>,
    kept: [Vec<f64>; STAGES],
    kept_end: Vec<f64>,
}

impl<S: StiffSystem> Rodas<S> {
    /// A workspace for systems of the given dimension.
    pub(super) fn new(dimension: usize) -> Self {
        let mut rodas = Rodas {
            factors: S::RealFactors::default(),
            stages: Default::default(),
            end: Vec::new(),
            scale: Vec::new(),
            kept: Default::default(),
            kept_end: Vec::new(),
        };
        rodas.restart(dimension);
        rodas
    }

    /// Adapts to a change of the system.
    pub(super) fn restart(&mut self, dimension: usize) {
        for vector in self.stages.iter_mut().chain(&mut self.kept) {
            vector.resize(dimension, 0.0);
        }
        for vector in [&mut self.end, &mut self.scale, &mut self.kept_end] {
            vector.resize(dimension, 0.0);
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
        system.factor(1.0 / (GAMMA * step), &mut self.factors);
        self.end.fill(0.0);
        for i in 0..STAGES {
            let (done, open) = self.stages.split_at_mut(i);
            let stage = &mut open[0];
            if i < ARGUMENTS.len() {
                accumulate(ARGUMENTS[i], done, &mut self.end);
            } else {
                add(&done[i - 1], &mut self.end);
            }
            if i == 0 {
                stage.copy_from_slice(start_rhs);
            } else {
                system.rhs(&self.end, stage);
            }
            for (j, coupling) in COUPLINGS[i].iter().enumerate() {
                let factor = coupling / step;
                for d in 0..stage.len() {
                    stage[d] += factor * done[j][d];
                }
            }
            system.solve(&self.factors, stage);
        }
        // The last stage is the difference to the embedded method of order 4.
        add(&self.stages[STAGES - 1], &mut self.end);
        system.error_scale(tolerance, &self.end, &mut self.scale);
        let norm = max_or_nan(
            scaled_norm(&self.stages[STAGES - 1], &self.scale),
            0.0 * scaled_norm(&self.end, &self.scale),
        );
        let mut attempt = Attempt::failed();
        attempt.rhs_calls = STAGES - 1;
        attempt.factorisations = 1;
        if norm.is_finite() {
            attempt.error = norm;
            attempt.growth = (0.9 * norm.powf(-0.2)).clamp(0.1, 10.0);
        }
        attempt
    }

    /// The increment at the end of the last attempt.
    pub(super) fn increment(&self) -> &[f64] {
        &self.end
    }

    /// Keeps the last attempt.
    pub(super) fn keep(&mut self) {
        std::mem::swap(&mut self.kept, &mut self.stages);
        std::mem::swap(&mut self.kept_end, &mut self.end);
    }

    /// The increment at the end of the kept attempt.
    pub(super) fn kept_increment(&self) -> &[f64] {
        &self.kept_end
    }

    /// Writes the kept attempt's increment at a fraction of its step.
    pub(super) fn interpolate(&self, fraction: f64, out: &mut [f64]) {
        let rest = 1.0 - fraction;
        for (d, value) in out.iter_mut().enumerate() {
            let [first, second, third] = std::array::from_fn(|row| {
                (0..STAGES)
                    .map(|j| DENSE[row][j] * self.kept[j][d])
                    .sum::<f64>()
            });
            *value = fraction
                * (self.kept_end[d] + rest * (first + fraction * (second + fraction * third)));
        }
    }
}

/// Overwrites `out` by `Σ_j weights_j vectors_j`.
fn accumulate(weights: &[f64], vectors: &[Vec<f64>], out: &mut [f64]) {
    out.fill(0.0);
    for (weight, vector) in weights.iter().zip(vectors) {
        for (value, term) in out.iter_mut().zip(vector) {
            *value += weight * term;
        }
    }
}

fn add(vector: &[f64], out: &mut [f64]) {
    for (value, term) in out.iter_mut().zip(vector) {
        *value += term;
    }
}
