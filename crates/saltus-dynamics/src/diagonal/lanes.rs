//! The inner loops of descent, in groups of eight lanes that stay in vector registers.
//!
//! The order of every sum is written out and each of its multiplications is fused with the addition, so that the bits are the same for
//! every width of the processor's vectors.
//! Everything is inlined into its caller, which is compiled once per set of vector instructions (`descent::run`).

pub(super) use crate::lanes::{LANES, Lanes};

/// Groups of coordinates whose running sums fit the vector registers.
const COORDINATE_BLOCK: usize = 4;

/// Groups of samples, of which two running sums each fit the vector registers.
const SAMPLE_BLOCK: usize = 3;

/// The numbers in groups of eight, the last one filled up by `padding`.
pub(super) fn in_lanes(values: &[f64], padding: f64) -> Vec<Lanes> {
    let group = |chunk: &[f64]| Lanes::of(|k| chunk.get(k).copied().unwrap_or(padding));
    values.chunks(LANES).map(group).collect()
}

/// The first `count` numbers of the groups.
pub(super) fn out_of_lanes(groups: &[Lanes], count: usize) -> Vec<f64> {
    groups
        .iter()
        .flat_map(|group| group.0)
        .take(count)
        .collect()
}

/// The sum over lanes, in a fixed tree.
#[inline(always)]
pub(super) fn sum_of_lanes(lanes: &Lanes) -> f64 {
    let pairs: [f64; 4] = std::array::from_fn(|k| lanes[k] + lanes[k + 4]);
    (pairs[0] + pairs[2]) + (pairs[1] + pairs[3])
}

/// Inner product of two lists of groups, lane by lane.
#[inline(always)]
pub(super) fn lane_products(a: &[Lanes], b: &[Lanes]) -> Lanes {
    let mut sums = Lanes::all(0.0);
    for (x, y) in a.iter().zip(b) {
        sums = Lanes::of(|k| x[k].mul_add(y[k], sums[k]));
    }
    sums
}

/// An n × d matrix of inputs X, by samples and by coordinates, both in groups of eight filled up by zeros.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Inputs {
    /// Per sample, ⌈d/8⌉ groups of coordinates.
    rows: Vec<Lanes>,
    /// Per coordinate, ⌈n/8⌉ groups of samples.
    columns: Vec<Lanes>,
    samples: usize,
    dimension: usize,
    row_groups: usize,
    column_groups: usize,
}

impl Inputs {
    /// From the rows of X, all of length `dimension`.
    pub(super) fn new<'a>(
        samples: usize,
        dimension: usize,
        rows: impl Iterator<Item = &'a [f64]>,
    ) -> Self {
        let column_groups = samples.div_ceil(LANES);
        let mut inputs = Inputs {
            rows: Vec::new(),
            columns: vec![Lanes::all(0.0); dimension * column_groups],
            samples,
            dimension,
            row_groups: dimension.div_ceil(LANES),
            column_groups,
        };
        for (i, row) in rows.enumerate() {
            inputs.rows.extend(in_lanes(row, 0.0));
            for (k, &value) in row.iter().enumerate() {
                inputs.columns[k * column_groups + i / LANES].0[i % LANES] = value;
            }
        }
        inputs
    }

    /// The groups of one sample.
    #[inline(always)]
    pub(super) fn row(&self, i: usize) -> &[Lanes] {
        &self.rows[i * self.row_groups..][..self.row_groups]
    }

    /// Groups of coordinates in a row.
    pub(super) fn row_groups(&self) -> usize {
        self.row_groups
    }

    /// Groups of samples.
    pub(super) fn column_groups(&self) -> usize {
        self.column_groups
    }

    /// Writes `Xβ − y`; β is ⌈d/8⌉ groups, labels y and residuals are ⌈n/8⌉.
    #[inline(always)]
    pub(super) fn residuals(&self, beta: &[Lanes], labels: &[Lanes], residuals: &mut [Lanes]) {
        let blocks = labels
            .chunks(SAMPLE_BLOCK)
            .zip(residuals.chunks_mut(SAMPLE_BLOCK));
        for (block, (labels, residuals)) in blocks.enumerate() {
            let first = block * SAMPLE_BLOCK;
            match labels.len() {
                1 => self.residual_block::<1>(first, beta, labels, residuals),
                2 => self.residual_block::<2>(first, beta, labels, residuals),
                _ => self.residual_block::<SAMPLE_BLOCK>(first, beta, labels, residuals),
            }
        }
    }

    #[inline(always)]
    fn residual_block<const GROUPS: usize>(
        &self,
        first: usize,
        beta: &[Lanes],
        labels: &[Lanes],
        residuals: &mut [Lanes],
    ) {
        // Even and odd coordinates apart, so that an addition need not wait for the one before.
        let mut even = [Lanes::all(0.0); GROUPS];
        let mut odd = [Lanes::all(0.0); GROUPS];
        let stride = self.column_groups;
        let mut columns = &self.columns[first..];
        let (whole, rest) = beta.split_at(self.dimension / LANES);
        for weights in whole {
            for pair in weights.0.as_chunks::<2>().0 {
                add_multiple_of(&mut even, pair[0], columns);
                columns = columns.get(stride..).unwrap_or_default();
                add_multiple_of(&mut odd, pair[1], columns);
                columns = columns.get(stride..).unwrap_or_default();
            }
        }
        if let Some(weights) = rest.first() {
            for weight in &weights.0[..self.dimension % LANES] {
                add_multiple_of(&mut even, *weight, columns);
                columns = columns.get(stride..).unwrap_or_default();
            }
        }
        for group in 0..GROUPS {
            let (even, odd, label) = (even[group], odd[group], labels[group]);
            residuals[group] = Lanes::of(|k| (even[k] + odd[k]) - label[k]);
        }
    }

    /// Writes `factor · Xᵀr`; r is ⌈n/8⌉ groups, the result ⌈d/8⌉.
    #[inline(always)]
    pub(super) fn pull_back(&self, residuals: &[Lanes], factor: f64, out: &mut [Lanes]) {
        for (block, out) in out.chunks_mut(COORDINATE_BLOCK).enumerate() {
            let first = block * COORDINATE_BLOCK;
            match out.len() {
                1 => self.pull_back_block::<1>(first, residuals, factor, out),
                2 => self.pull_back_block::<2>(first, residuals, factor, out),
                3 => self.pull_back_block::<3>(first, residuals, factor, out),
                _ => self.pull_back_block::<COORDINATE_BLOCK>(first, residuals, factor, out),
            }
        }
    }

    #[inline(always)]
    fn pull_back_block<const GROUPS: usize>(
        &self,
        first: usize,
        residuals: &[Lanes],
        factor: f64,
        out: &mut [Lanes],
    ) {
        let mut sums = [Lanes::all(0.0); GROUPS];
        let stride = self.row_groups;
        let mut rows = &self.rows[first..];
        let (whole, rest) = residuals.split_at(self.samples / LANES);
        for residuals in whole {
            for residual in residuals.0 {
                add_multiple_of(&mut sums, residual, rows);
                rows = rows.get(stride..).unwrap_or_default();
            }
        }
        if let Some(residuals) = rest.first() {
            for residual in &residuals.0[..self.samples % LANES] {
                add_multiple_of(&mut sums, *residual, rows);
                rows = rows.get(stride..).unwrap_or_default();
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = Lanes::of(|k| factor * sum[k]);
        }
    }
}

/// `sums += factor · source`.
#[inline(always)]
fn add_multiple_of<const GROUPS: usize>(sums: &mut [Lanes; GROUPS], factor: f64, source: &[Lanes]) {
    let Some(source) = source.first_chunk::<GROUPS>() else {
        return;
    };
    for (sum, source) in sums.iter_mut().zip(source) {
        *sum = Lanes::of(|k| factor.mul_add(source[k], sum[k]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// X with `X_ik = 3i + 5k mod 11 − 5`, small integers, so that every order of summation gives the same.
    fn check(samples: usize, dimension: usize) {
        let entry = |i: usize, k: usize| ((3 * i + 5 * k) % 11) as f64 - 5.0;
        let rows: Vec<Vec<f64>> = (0..samples)
            .map(|i| (0..dimension).map(|k| entry(i, k)).collect())
            .collect();
        let inputs = Inputs::new(samples, dimension, rows.iter().map(Vec::as_slice));
        let beta: Vec<f64> = (0..dimension).map(|k| k as f64 - 2.0).collect();
        let beta_lanes = in_lanes(&beta, 0.0);
        let labels: Vec<f64> = (0..samples).map(|i| (i % 4) as f64).collect();
        let mut residuals = vec![Lanes::all(f64::NAN); inputs.column_groups()];
        inputs.residuals(&beta_lanes, &in_lanes(&labels, 0.0), &mut residuals);
        let expected: Vec<f64> = (0..samples)
            .map(|i| (0..dimension).map(|k| entry(i, k) * beta[k]).sum::<f64>() - labels[i])
            .collect();
        let shape = format!("{samples} × {dimension}");
        assert_eq!(residuals, in_lanes(&expected, 0.0), "{shape}");
        let mut out = vec![Lanes::all(f64::NAN); inputs.row_groups()];
        inputs.pull_back(&residuals, 0.5, &mut out);
        let pulled: Vec<f64> = (0..dimension)
            .map(|k| 0.5 * (0..samples).map(|i| entry(i, k) * expected[i]).sum::<f64>())
            .collect();
        assert_eq!(out, in_lanes(&pulled, 0.0), "{shape}");
        assert_eq!(out_of_lanes(&out, dimension), pulled, "{shape}");
        for i in 0..samples {
            let products = lane_products(inputs.row(i), &beta_lanes);
            let residual = sum_of_lanes(&products) - labels[i];
            assert_eq!(residual, expected[i], "{shape}, row {i}");
        }
    }

    #[test]
    fn every_number_of_groups() {
        for samples in [1, 2, 7, 8, 9, 16, 23, 32, 33, 70] {
            for dimension in [1, 3, 8, 11, 24, 30, 32, 41, 65] {
                check(samples, dimension);
            }
        }
    }
}
