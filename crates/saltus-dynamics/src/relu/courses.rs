//! Neurons under given forces: linear systems, by Radau IIA without any iteration, eight neurons at a time.
//!
//! With the pushes `h_i = σ g_i(t)` a neuron obeys `ȧ = Σ_i h_i s_i`, `ṡ_i = h_i a` (sums over alive entries), where `s_i = v_i a`; under
//! constant pushes that is a boost ([`free`](super::free)). Its growth is taken out by a reference rate `ρ(t) = √Σ h_i(t)²`: with `R = ∫ρ`,
//! `a = e^R ã` and `s = e^R s̃`, `ã' = Σ h_i s̃_i − ρ ã` and `s̃_i' = h_i ã − ρ s̃_i`. An aligned neuron has `s̃ = (h/ρ) ã`, so that nothing
//! moves on a plateau, however long. At the five stages, with `D = diag ρ`, `C = (A⁻¹/Δ + D)⁻¹`, `H_qr = Σ_i h_iq h_ir` and
//! `u_q = Σ_i h_iq s_i(0)`, collocation means `s̃_i = (1 − Cρ) s_i(0) + C (h_i ∘ ã)` and
//! `(A⁻¹/Δ + D − H ∘ C) ã = A⁻¹1/Δ + u ∘ (1 − Cρ)` (derived here).
//! On a long plateau `1 − Cρ` and `D − H ∘ C` are tiny differences of large numbers; with `E = A⁻¹/Δ` and `G = ρρᵀ − H` they are
//! `C E 1` and `D C E + G ∘ C`: `G` vanishes where the direction of the push stays.

use crate::integrate::{
    COLLOCATION, ERROR_WEIGHTS, INVERSE, NODES, REAL_EIGENVALUE, STAGES, interpolation_weights,
    max_or_nan,
};
use crate::lanes::{LANES, Lanes, apart};

/// The lane of the force at the start, after those at the stages.
pub(super) const START: usize = STAGES;

/// One number per stage and neuron.
type StageLanes = [Lanes; STAGES];

/// `A⁻¹ 1`.
const INVERSE_SUMS: [f64; STAGES] = {
    let mut sums = [0.0; STAGES];
    let mut q = 0;
    while q < STAGES {
        let mut r = 0;
        while r < STAGES {
            sums[q] += INVERSE[q][r];
            r += 1;
        }
        q += 1;
    }
    sums
};

/// `Aᵀ e` for the weights `e` of the error estimate, which vanishes for a constant rate.
const QUADRATURE_ERROR: [f64; STAGES] = {
    let mut sums = [0.0; STAGES];
    let mut r = 0;
    while r < STAGES {
        let mut q = 0;
        while q < STAGES {
            sums[r] += ERROR_WEIGHTS[q] * COLLOCATION[q][r];
            q += 1;
        }
        r += 1;
    }
    sums
};

/// What moves a neuron that starts from `a = 1`.
#[derive(Clone, Copy)]
pub(super) struct Pushed<'a> {
    /// The sign `σ` of its output weight.
    pub(super) sign: f64,
    /// `v_i` at the start, for its alive entries.
    pub(super) cosines: &'a [f64],
    /// Where the force of each alive entry stands in `forces`.
    pub(super) points: &'a [usize],
    /// `g_i` at the stages, and at the [start](START); 0 in the other lanes.
    pub(super) forces: &'a [Lanes],
}

impl Pushed<'_> {
    /// Nothing.
    pub(super) const NONE: Self = Pushed {
        sign: 1.0,
        cosines: &[],
        points: &[],
        forces: &[],
    };

    /// The start and the forces of each alive entry.
    #[inline(always)]
    fn entries(&self) -> impl Iterator<Item = (f64, Lanes)> {
        let values = self.cosines.iter().zip(self.points);
        values.map(|(&cosine, &i)| (cosine, self.forces[i]))
    }
}

/// Sums over the entries of up to eight neurons.
#[derive(Default)]
struct Sums {
    /// `H_qr` for `r ≤ q`.
    gram: [StageLanes; STAGES],
    /// `Σ_i h_iq h_i(0)`.
    with_start: StageLanes,
    /// `Σ_i h_i(0)²`.
    start_square: Lanes,
    /// `u_q`.
    drive: StageLanes,
    /// `Σ_i h_i(0) s_i(0)`.
    start_drive: Lanes,
}

impl Sums {
    #[inline(always)]
    fn new(neurons: &[Pushed<'_>]) -> Self {
        let mut sums = Sums::default();
        for (k, neuron) in neurons.iter().enumerate() {
            let mut gram = [Lanes::default(); STAGES + 1];
            let mut drive = Lanes::default();
            for (cosine, forces) in neuron.entries() {
                apart();
                drive = drive.plus_multiple(cosine, forces);
                for (q, row) in gram.iter_mut().enumerate() {
                    *row = row.plus_multiple(forces[q], forces);
                }
            }
            for q in 0..STAGES {
                for r in 0..=q {
                    sums.gram[q][r][k] = gram[q][r];
                }
                sums.with_start[q][k] = gram[q][START];
                sums.drive[q][k] = neuron.sign * drive[q];
            }
            sums.start_square[k] = gram[START][START];
            sums.start_drive[k] = neuron.sign * drive[START];
        }
        sums
    }
}

/// The courses of up to eight neurons over one step, from `a = 1`.
pub(super) struct Courses {
    /// `R` at the stages.
    reference: StageLanes,
    /// `ã` at the stages.
    outputs: StageLanes,
    /// `1 − Cρ`.
    from_start: StageLanes,
    /// `C diag ã`.
    response: [StageLanes; STAGES],
    /// The errors of `ã` and `s̃_i` at the end, the latter as linear forms in `s_i(0)`, `h_i(0)` and `h_i` at the stages.
    log_error: Lanes,
    output_error: Lanes,
    error_from_start: Lanes,
    error_from_start_push: Lanes,
    error_response: StageLanes,
}

/// What became of one neuron.
pub(super) struct Summary {
    /// `ln a` at the end.
    pub(super) log: f64,
    /// The largest estimated error in units of the admissible one; NaN if something is.
    pub(super) error: f64,
    /// The lowest cosine.
    pub(super) lowest: f64,
}

/// What takes the entries of one neuron to the end: linear forms in the start and the forces.
struct Forms {
    end_from_start: f64,
    end: Lanes,
    error_from_start: f64,
    error: Lanes,
}

impl Courses {
    /// Solves the collocation equations. The errors are estimated by the embedded formula of the method, filtered by the Jacobian
    /// `[[−ρ, hᵀ], [h, −ρ]]` at the start, twice if `refilter`.
    #[inline(always)]
    pub(super) fn new(step: f64, neurons: &[Pushed<'_>], refilter: bool) -> Self {
        let sums = Sums::new(neurons);
        let zero = Lanes::default();
        let start_reference = square_root(sums.start_square);
        let inverse_step = 1.0 / step;
        let (mut rates, mut changes) = ([zero; STAGES], [zero; STAGES]);
        let mut matrix = [[zero; STAGES]; STAGES];
        for q in 0..STAGES {
            rates[q] = square_root(sums.gram[q][q]);
            changes[q] = rates[q] - start_reference;
            for r in 0..STAGES {
                matrix[q][r] = Lanes::all(INVERSE[q][r] * inverse_step);
            }
            matrix[q][q] = matrix[q][q] + rates[q];
        }
        let mut response = inverse(matrix);
        let mut from_start = [zero; STAGES];
        let mut right = [zero; STAGES];
        for q in 0..STAGES {
            apart();
            for r in 0..STAGES {
                from_start[q] =
                    from_start[q].plus_multiple(INVERSE_SUMS[r] * inverse_step, response[q][r]);
                let mut turned = zero;
                for p in 0..STAGES {
                    turned = turned.plus_multiple(INVERSE[p][r], response[q][p]);
                }
                let still =
                    (rates[q] * turned + Lanes::all(INVERSE[q][r])) * Lanes::all(inverse_step);
                matrix[q][r] = if r == q {
                    still
                } else {
                    let product = sums.gram[q.max(r)][q.min(r)];
                    let bent = (rates[q] * rates[r]) - product;
                    still.plus_product(bent, response[q][r])
                };
            }
            right[q] = Lanes::all(INVERSE_SUMS[q] * inverse_step)
                .plus_product(sums.drive[q], from_start[q]);
        }
        let outputs = solve(matrix, right);
        for row in &mut response {
            for r in 0..STAGES {
                row[r] = row[r] * outputs[r];
            }
        }
        let mut reference_error = zero;
        let mut reference = [zero; STAGES];
        for q in 0..STAGES {
            reference_error = reference_error.plus_multiple(step * QUADRATURE_ERROR[q], changes[q]);
            // Written so that a constant rate is multiplied once.
            let mut sum = start_reference * Lanes::all(NODES[q]);
            for r in 0..STAGES {
                sum = sum.plus_multiple(COLLOCATION[q][r], changes[r]);
            }
            reference[q] = sum * Lanes::all(step);
        }
        let mut courses = Courses {
            reference,
            outputs,
            from_start,
            response,
            log_error: reference_error,
            output_error: zero,
            error_from_start: zero,
            error_from_start_push: zero,
            error_response: [zero; STAGES],
        };
        courses.estimate(
            REAL_EIGENVALUE * inverse_step,
            start_reference,
            &sums,
            refilter,
        );
        courses
    }

    /// Fills in the error estimates.
    #[inline(always)]
    fn estimate(&mut self, shift: f64, rate: Lanes, sums: &Sums, refilter: bool) {
        let shifts = Lanes::all(shift);
        // The defects `h_i(0) − ρ s_i(0) + shift Σ_q e_q (s̃_iq − s_i(0))` as linear forms.
        let mut from_start = Lanes::all(-ERROR_WEIGHTS.iter().sum::<f64>());
        let mut from_start_push = Lanes::all(1.0);
        let mut response = [Lanes::default(); STAGES];
        let mut moved = Lanes::default();
        for (q, weight) in ERROR_WEIGHTS.into_iter().enumerate() {
            from_start = from_start.plus_multiple(weight, self.from_start[q]);
            moved = moved.plus_multiple(weight, self.outputs[q] - Lanes::all(1.0));
            for (sum, value) in response.iter_mut().zip(self.response[q]) {
                *sum = sum.plus_multiple(weight, value);
            }
        }
        let mut along = sums.start_square - rate * sums.start_drive;
        along = along.plus_product(shifts * from_start, sums.start_drive);
        for (sum, with_start) in response.iter_mut().zip(sums.with_start) {
            *sum = *sum * shifts;
            along = along.plus_product(*sum, with_start);
        }
        from_start = shifts * from_start - rate;
        let mut output = shifts * moved - rate + sums.start_drive;
        let inverse = Lanes::of(|k| 1.0 / (shift + rate[k]));
        let scale = Lanes::of(|k| 1.0 / (shift * (shift + rate[k] + rate[k])));
        let square = sums.start_square;
        let mut output_error = ((shifts + rate) * output + along) * scale;
        if refilter {
            let turned = (along + square * output_error) * inverse;
            let kept = Lanes::all(1.0) - rate * inverse;
            from_start_push = (from_start_push + output_error) * kept;
            from_start = from_start * kept;
            for value in &mut response {
                *value = *value * kept;
            }
            output = output + turned - rate * output_error;
            along = along + square * output_error - rate * turned;
            output_error = ((shifts + rate) * output + along) * scale;
        }
        self.error_from_start = from_start * inverse;
        self.error_from_start_push = (from_start_push + output_error) * inverse;
        for (value, sum) in self.error_response.iter_mut().zip(response) {
            *value = sum * inverse;
        }
        self.output_error = output_error;
        let end = self.outputs[STAGES - 1];
        self.log_error = Lanes::of(|k| self.log_error[k] + output_error[k] / end[k]);
    }

    /// Takes neuron `k` to the end: appends its cosines to `ends`. The admissible error is the tolerance, for `ln a` with what its rounding
    /// allows (as [`ReluState::error_scale`](super::state::ReluState)).
    #[inline(always)]
    pub(super) fn finish(
        &self,
        k: usize,
        neuron: Pushed<'_>,
        tolerance: f64,
        ends: &mut Vec<f64>,
    ) -> Summary {
        let last = STAGES - 1;
        let log = self.reference[last][k] + self.outputs[last][k].ln();
        let forms = self.forms(k, neuron.sign);
        let mut largest: f64 = 0.0;
        let mut lowest = f64::INFINITY;
        for (start, forces) in neuron.entries() {
            apart();
            let end = forms.end_from_start.mul_add(start, dot(forms.end, forces));
            let error = forms
                .error_from_start
                .mul_add(start, dot(forms.error, forces));
            largest = max_or_nan(largest, error.abs());
            lowest = if end < lowest { end } else { lowest };
            ends.push(end);
        }
        let log_error = self.log_error[k].abs() / (tolerance + 1e-13 * log.abs());
        Summary {
            log,
            error: max_or_nan(largest / tolerance, log_error),
            lowest,
        }
    }

    #[inline(always)]
    fn forms(&self, k: usize, sign: f64) -> Forms {
        let last = STAGES - 1;
        let inverse = 1.0 / self.outputs[last][k];
        let output_error = self.output_error[k];
        let end_from_start = self.from_start[last][k] * inverse;
        let mut end = Lanes::default();
        let mut error = Lanes::default();
        for q in 0..STAGES {
            let unsigned = self.response[last][q][k] * inverse;
            end[q] = sign * unsigned;
            error[q] = sign * inverse * (self.error_response[q][k] - unsigned * output_error);
        }
        error[START] = sign * inverse * self.error_from_start_push[k];
        Forms {
            end_from_start,
            end,
            error_from_start: inverse * (self.error_from_start[k] - end_from_start * output_error),
            error,
        }
    }

    /// The increments of `ln a` of neuron `k` and of its cosines at the stages.
    pub(super) fn stages(&self, k: usize, neuron: Pushed<'_>) -> (Lanes, Vec<Lanes>) {
        let stagewise =
            |value: &dyn Fn(usize) -> f64| Lanes::of(|q| if q < STAGES { value(q) } else { 0.0 });
        let log = stagewise(&|q| self.reference[q][k] + self.outputs[q][k].ln());
        let cosines = neuron.entries().map(|(start, forces)| {
            let pushes = forces * Lanes::all(neuron.sign);
            stagewise(&|q| self.hidden(k, q, start, pushes) / self.outputs[q][k] - start)
        });
        (log, cosines.collect())
    }

    /// `s̃` of one entry of neuron `k` at stage `q`.
    fn hidden(&self, k: usize, q: usize, cosine: f64, pushes: Lanes) -> f64 {
        let mut value = self.from_start[q][k] * cosine;
        for r in 0..STAGES {
            value = self.response[q][r][k].mul_add(pushes[r], value);
        }
        value
    }

    /// The cosine of one entry of neuron `k` within the step, by the collocation polynomials of `s̃` and `ã`.
    pub(super) fn cosine_inside(
        &self,
        k: usize,
        cosine: f64,
        pushes: Lanes,
    ) -> impl Fn(f64) -> f64 {
        let stages: [(f64, f64); STAGES] = std::array::from_fn(|q| {
            let hidden = self.hidden(k, q, cosine, pushes);
            (hidden - cosine, self.outputs[q][k] - 1.0)
        });
        move |fraction| {
            let weights = interpolation_weights(fraction);
            let (mut hidden, mut output) = (cosine, 1.0);
            for (weight, stage) in weights.into_iter().zip(stages) {
                hidden += weight * stage.0;
                output += weight * stage.1;
            }
            hidden / output
        }
    }
}

/// The sum of the products, in a fixed order.
#[inline(always)]
fn dot(a: Lanes, b: Lanes) -> f64 {
    let products = a * b;
    let half: [f64; LANES / 2] = std::array::from_fn(|k| products[k] + products[k + LANES / 2]);
    (half[0] + half[2]) + (half[1] + half[3])
}

#[inline(always)]
fn square_root(values: Lanes) -> Lanes {
    Lanes::of(|k| values[k].sqrt())
}

/// The inverses by elimination without pivoting: with the weights of the quadrature in front, `A⁻¹` and what is added to it here have
/// positive definite symmetric parts (algebraic stability), so that no pivot is near 0.
#[inline(always)]
fn inverse(mut matrix: [StageLanes; STAGES]) -> [StageLanes; STAGES] {
    for k in 0..STAGES {
        let pivot = matrix[k][k];
        let pivot = Lanes::of(|lane| 1.0 / pivot[lane]);
        matrix[k][k] = Lanes::all(1.0);
        for c in 0..STAGES {
            matrix[k][c] = matrix[k][c] * pivot;
        }
        let row = matrix[k];
        for r in 0..STAGES {
            if r != k {
                let factor = matrix[r][k];
                matrix[r][k] = Lanes::default();
                for c in 0..STAGES {
                    matrix[r][c] = matrix[r][c].minus_product(factor, row[c]);
                }
            }
        }
    }
    matrix
}

/// The solutions of one system each, as [`inverse`].
#[inline(always)]
fn solve(mut matrix: [StageLanes; STAGES], mut right: StageLanes) -> StageLanes {
    let mut pivots = [Lanes::default(); STAGES];
    for k in 0..STAGES {
        let pivot = matrix[k][k];
        pivots[k] = Lanes::of(|lane| 1.0 / pivot[lane]);
        for r in k + 1..STAGES {
            let factor = matrix[r][k] * pivots[k];
            for c in k + 1..STAGES {
                matrix[r][c] = matrix[r][c].minus_product(factor, matrix[k][c]);
            }
            right[r] = right[r].minus_product(factor, right[k]);
        }
    }
    for k in (0..STAGES).rev() {
        for c in k + 1..STAGES {
            right[k] = right[k].minus_product(matrix[k][c], right[c]);
        }
        right[k] = right[k] * pivots[k];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::super::free::advance_neuron;
    use super::*;
    use crate::lanes::vector_instructions;
    use pulp::{Arch, NullaryFnOnce};

    /// A neuron with its own forces, at the stages and at the start.
    struct Owned {
        sign: f64,
        cosines: Vec<f64>,
        points: Vec<usize>,
        forces: Vec<Lanes>,
    }

    impl Owned {
        /// The force on entry `i` at a fraction of the step is `force(i, fraction)`.
        fn new(sign: f64, cosines: &[f64], force: impl Fn(usize, f64) -> f64) -> Self {
            let lane = |i: usize, lane: usize| match lane {
                START => force(i, 0.0),
                lane => NODES.get(lane).map_or(0.0, |&node| force(i, node)),
            };
            Owned {
                sign,
                cosines: cosines.to_vec(),
                points: (0..cosines.len()).collect(),
                forces: (0..cosines.len())
                    .map(|i| Lanes::of(|k| lane(i, k)))
                    .collect(),
            }
        }

        fn pushed(&self) -> Pushed<'_> {
            Pushed {
                sign: self.sign,
                cosines: &self.cosines,
                points: &self.points,
                forces: &self.forces,
            }
        }
    }

    /// `ln a` and the cosines at the end, and the largest estimated error at the tolerance 1.
    fn course(neuron: &Owned, step: f64) -> (f64, Vec<f64>, f64) {
        let courses = Courses::new(step, &[neuron.pushed()], false);
        let mut ends = Vec::new();
        let summary = courses.finish(0, neuron.pushed(), 1.0, &mut ends);
        (summary.log, ends, summary.error)
    }

    /// Pushes and cosines.
    const NEURONS: [(&[f64], &[f64]); 4] = [
        (&[1.0], &[0.3]),
        (&[0.6, 0.8], &[0.6, 0.8]),
        (&[0.5, -0.2, 0.9], &[0.1, 0.7, 0.2]),
        (&[0.0, 0.0], &[0.5, 0.5]),
    ];

    #[test]
    fn constant_pushes_give_boosts() {
        let step = 0.25;
        for sign in [1.0, -1.0] {
            for (pushes, cosines) in NEURONS {
                let mut expected: Vec<Option<f64>> = cosines.iter().map(|&v| Some(v)).collect();
                let expected_log = advance_neuron(pushes, &mut expected, step);
                let (log, ends, _) =
                    course(&Owned::new(sign, cosines, |i, _| sign * pushes[i]), step);
                assert!((log - expected_log).abs() < 1e-11, "{pushes:?}: {log}");
                for (end, expected) in ends.iter().zip(expected) {
                    let expected = expected.expect("nothing dies so soon");
                    assert!(
                        (end - expected).abs() < 1e-11,
                        "{pushes:?}: {end}, expected {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn neurons_side_by_side_do_not_see_each_other() {
        let force = |i: usize, x: f64| [0.5, -0.2, 0.9][i] * (1.0 + 0.3 * x);
        let neurons: Vec<Owned> = NEURONS
            .iter()
            .map(|(_, cosines)| Owned::new(-1.0, cosines, force))
            .collect();
        let group: Vec<Pushed<'_>> = neurons.iter().map(Owned::pushed).collect();
        let courses = Courses::new(2.0, &group, false);
        for (k, neuron) in neurons.iter().enumerate() {
            let mut ends = Vec::new();
            let summary = courses.finish(k, group[k], 1.0, &mut ends);
            assert_eq!(course(neuron, 2.0), (summary.log, ends, summary.error));
        }
    }

    #[test]
    fn an_aligned_neuron_keeps_its_direction_over_any_plateau() {
        for step in [1.0, 1e3, 1e9] {
            let neuron = Owned::new(1.0, &[0.6, 0.8], |i, _| [0.6, 0.8][i]);
            let (log, ends, error) = course(&neuron, step);
            assert!(
                (log - step).abs() < 1e-13 + 1e-15 * step,
                "step {step}: {log}"
            );
            for (end, start) in ends.iter().zip(&neuron.cosines) {
                assert!((end - start).abs() < 1e-13, "step {step}: {end}");
            }
            assert!(error < 1e-13 + 1e-15 * step, "step {step}: {error}");
        }
    }

    /// `h = (cos t, sin t)` and `v = (0.8, 0.3)`, by equal steps: the logarithm, the first cosine, and the error estimate of the first step.
    fn turning(steps: usize) -> (f64, f64, f64) {
        let step = 1.0 / steps as f64;
        let (mut log, mut cosines, mut estimate) = (0.0, vec![0.8, 0.3], 0.0);
        for index in 0..steps {
            let push = |i: usize, fraction: f64| {
                let time: f64 = (index as f64 + fraction) * step;
                [time.cos(), time.sin()][i]
            };
            let (moved, ends, error) = course(&Owned::new(1.0, &cosines, push), step);
            if index == 0 {
                estimate = error;
            }
            log += moved;
            cosines = ends;
        }
        (log, cosines[0], estimate)
    }

    #[test]
    fn turning_pushes_are_followed_at_order_nine_and_estimated_at_order_six() {
        let (log, cosine, _) = turning(64);
        let error = |steps| {
            let found = turning(steps);
            (found.0 - log).abs().max((found.1 - cosine).abs())
        };
        let observed = (error(1) / error(2)).log2();
        assert!((observed - 9.0).abs() < 1.0, "order {observed}");
        let estimate = |steps| turning(steps).2;
        let observed = (estimate(2) / estimate(4)).log2();
        assert!(
            (observed - 6.0).abs() < 0.7,
            "order of the estimate {observed}"
        );
        assert!(estimate(1) > error(1));
    }

    #[test]
    fn a_second_filter_lowers_the_error_of_what_relaxes_fast() {
        // Far from its push over a long step: everything is over at once.
        let neuron = Owned::new(1.0, &[0.1, 0.2], |i, _| [0.6, 0.8][i]);
        let error = |refilter| {
            let courses = Courses::new(1e4, &[neuron.pushed()], refilter);
            courses
                .finish(0, neuron.pushed(), 1.0, &mut Vec::new())
                .error
        };
        assert!(error(true) < 1e-2 * error(false));
    }

    #[test]
    fn the_stages_end_where_the_course_does() {
        let neuron = Owned::new(-1.0, &[0.1, 0.7, 0.2], |i, x| [0.5, -0.2, 0.9][i] + x);
        let courses = Courses::new(0.7, &[neuron.pushed()], false);
        let (log, ends, _) = course(&neuron, 0.7);
        let (log_stages, cosine_stages) = courses.stages(0, neuron.pushed());
        assert!((log_stages[STAGES - 1] - log).abs() < 1e-15);
        for (i, (stages, end)) in cosine_stages.iter().zip(&ends).enumerate() {
            assert!((neuron.cosines[i] + stages[STAGES - 1] - end).abs() < 1e-15);
            let pushes = neuron.forces[i] * Lanes::all(neuron.sign);
            let inside = courses.cosine_inside(0, neuron.cosines[i], pushes);
            for (q, &node) in NODES.iter().enumerate() {
                assert!((inside(node) - neuron.cosines[i] - stages[q]).abs() < 1e-14);
            }
            assert_eq!(inside(0.0), neuron.cosines[i]);
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_vector_instructions() {
        struct Run<'a>(&'a Owned);
        impl NullaryFnOnce for Run<'_> {
            type Output = (f64, Vec<f64>, f64);

            #[inline(always)]
            fn call(self) -> Self::Output {
                let courses = Courses::new(3.0, &[self.0.pushed()], true);
                let mut ends = Vec::new();
                let summary = courses.finish(0, self.0.pushed(), 1.0, &mut ends);
                (summary.log, ends, summary.error)
            }
        }
        let neuron = Owned::new(-1.0, &[0.1, 0.7, 0.2], |i, x| [0.5, -0.2, 0.9][i] + x.sin());
        let plain = Arch::Scalar.dispatch(Run(&neuron));
        for instructions in vector_instructions() {
            assert_eq!(instructions.dispatch(Run(&neuron)), plain);
        }
    }
}
