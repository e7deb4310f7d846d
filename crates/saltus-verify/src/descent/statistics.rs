//! Medians with confidence intervals, means with standard errors, and the spectrum of the data.

use saltus_dynamics::diagonal::DiagonalProblem;
use serde_json::{Value, json};

/// A median over seeds with a distribution-free confidence interval from order statistics.
///
/// Of 20 values the interval reaches from the 6th to the 15th smallest, with a `coverage` of about `0.9586`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Median {
    /// The sample's median.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Probability with which the interval covers the median of the law.
    pub coverage: f64,
}

impl Median {
    /// The narrowest symmetric pair of order statistics that covers the median with probability at least 95 %; the whole range if
    /// there are too few values for that. `None` without values, or if one of them is not a number.
    ///
    /// The number of values below the median is binomial with success ½, so ranks r and n + 1 − r leave out
    /// `2 Σ_{k<r} C(n,k) 2⁻ⁿ`.
    pub fn of(mut values: Vec<f64>) -> Option<Median> {
        let n = values.len();
        if n == 0 || values.iter().any(|value| value.is_nan()) {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let mut mass = 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX));
        let mut left_out = 2.0 * mass;
        let mut rank = 0;
        for k in 1..n / 2 {
            mass *= (n - k + 1) as f64 / k as f64;
            if left_out + 2.0 * mass > 0.05 {
                break;
            }
            left_out += 2.0 * mass;
            rank = k;
        }
        Some(Median {
            value: 0.5 * (values[(n - 1) / 2] + values[n / 2]),
            low: values[rank],
            high: values[n - 1 - rank],
            coverage: 1.0 - left_out,
        })
    }

    /// The figures, for evidence.
    ///
    /// For the values 1, …, 20: `"median": 10.5`, `"interval": [6.0, 15.0]` and a `"coverage"` of about `0.9586`.
    pub fn to_json(&self) -> Value {
        json!({ "median": self.value, "interval": [self.low, self.high], "coverage": self.coverage })
    }
}

/// The quotient of two means over the same seeds, and its standard error by linearisation.
///
/// With n pairs `(a_k, b_k)` and `q = ā/b̄`, the error is `√(Σ_k (a_k − q b_k)²/(n(n − 1)))/b̄`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotientOfMeans {
    /// `mean a / mean b`.
    pub value: f64,
    /// Standard error.
    pub error: f64,
}

impl QuotientOfMeans {
    /// `None` for fewer than two pairs, or if the denominators do not have a positive mean.
    pub fn of(pairs: &[(f64, f64)]) -> Option<QuotientOfMeans> {
        let n = pairs.len() as f64;
        let numerator = pairs.iter().map(|(a, _)| a).sum::<f64>() / n;
        let denominator = pairs.iter().map(|(_, b)| b).sum::<f64>() / n;
        if pairs.len() < 2 || denominator.is_nan() || denominator <= 0.0 {
            return None;
        }
        let value = numerator / denominator;
        let squares: f64 = pairs.iter().map(|(a, b)| (a - value * b).powi(2)).sum();
        let error = (squares / (n * (n - 1.0))).sqrt() / denominator;
        Some(QuotientOfMeans { value, error })
    }
}

/// What of the data bounds `‖g‖²` by the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spectrum {
    /// Least positive eigenvalue of `H = XᵀX/n`.
    pub least: f64,
    /// Largest eigenvalue of H.
    pub largest: f64,
    /// Least `‖x_i‖²`.
    pub least_row: f64,
    /// Largest `‖x_i‖²`.
    pub largest_row: f64,
}

impl Spectrum {
    /// Of data with independent rows, whose `XXᵀ/n` has exactly the positive eigenvalues of H.
    pub fn of(problem: &DiagonalProblem) -> Spectrum {
        let n = problem.samples();
        let product = |i: usize, j: usize| -> f64 {
            let terms = problem.row(i).iter().zip(problem.row(j));
            terms.map(|(a, b)| a * b).sum()
        };
        let gram: Vec<Vec<f64>> = (0..n)
            .map(|i| (0..n).map(|j| product(i, j) / n as f64).collect())
            .collect();
        let rows: Vec<f64> = (0..n).map(|i| product(i, i)).collect();
        let (least, largest) = extremes(&symmetric_eigenvalues(gram));
        let (least_row, largest_row) = extremes(&rows);
        Spectrum {
            least,
            largest,
            least_row,
            largest_row,
        }
    }
}

/// The least and the largest of some numbers.
pub(super) fn extremes(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, largest)
}

/// Eigenvalues of a symmetric matrix by cyclic Jacobi rotations, in no order.
pub(crate) fn symmetric_eigenvalues(mut a: Vec<Vec<f64>>) -> Vec<f64> {
    let n = a.len();
    for _ in 0..60 {
        let mut off = 0.0;
        let mut size = 0.0;
        for i in 0..n {
            for j in 0..n {
                size += a[i][j] * a[i][j];
                off += if i == j { 0.0 } else { a[i][j] * a[i][j] };
            }
        }
        if off <= 1e-30 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q] == 0.0 {
                    continue;
                }
                let theta = 0.5 * (a[q][q] - a[p][p]) / a[p][q];
                let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                let sine = tangent * cosine;
                for k in 0..n {
                    let (x, y) = (a[k][p], a[k][q]);
                    a[k][p] = cosine * x - sine * y;
                    a[k][q] = sine * x + cosine * y;
                }
                for k in 0..n {
                    let (x, y) = (a[p][k], a[q][k]);
                    a[p][k] = cosine * x - sine * y;
                    a[q][k] = sine * x + cosine * y;
                }
            }
        }
    }
    (0..n).map(|i| a[i][i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_cover_the_median() {
        let check = |n: usize, low: f64, high: f64, coverage: f64| {
            let median = Median::of((1..=n).rev().map(|k| k as f64).collect()).expect("numbers");
            assert_eq!((median.low, median.high), (low, high), "{n}");
            assert!((median.coverage - coverage).abs() < 1e-4, "{median:?}");
            assert_eq!(median.value, 0.5 * (1.0 + n as f64));
        };
        // Tabulated, for example, in David and Nagaraja, Order Statistics, section 7.1.
        check(20, 6.0, 15.0, 0.9586);
        check(40, 14.0, 27.0, 0.9615);
        check(6, 1.0, 6.0, 0.9688);
        check(5, 1.0, 5.0, 0.9375);
        check(1, 1.0, 1.0, 0.0);
        assert_eq!(Median::of(vec![]), None);
        assert_eq!(Median::of(vec![1.0, f64::NAN]), None);
        let one = Median::of(vec![2.0]).expect("a number");
        let expected = json!({ "median": 2.0, "interval": [2.0, 2.0], "coverage": 0.0 });
        assert_eq!(one.to_json(), expected);
    }

    #[test]
    fn eigenvalues_of_a_known_matrix() {
        // 2 on the diagonal, −1 beside it: 2 − 2 cos(kπ/(n+1)).
        let n = 6;
        let entry = |i: usize, j: usize| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        // Also where the squares of the entries are small beside the entries.
        for scale in [1.0, 1e-40, 1e40] {
            let row = |i: usize| (0..n).map(|j| scale * entry(i, j)).collect();
            let mut found = symmetric_eigenvalues((0..n).map(row).collect());
            found.sort_by(f64::total_cmp);
            for (k, value) in found.iter().enumerate() {
                let angle = (k + 1) as f64 * std::f64::consts::PI / (n + 1) as f64;
                let expected = 2.0 - 2.0 * angle.cos();
                assert!((value / scale - expected).abs() < 1e-13, "{value}");
            }
        }
    }

    #[test]
    fn quotients_of_proportional_sums_have_no_error() {
        let found = QuotientOfMeans::of(&[(2.0, 1.0), (6.0, 3.0)]).expect("two pairs");
        assert_eq!((found.value, found.error), (2.0, 0.0));
        let found = QuotientOfMeans::of(&[(1.0, 1.0), (3.0, 1.0)]).expect("two pairs");
        assert!((found.error - 1.0).abs() < 1e-15);
        assert_eq!(QuotientOfMeans::of(&[(1.0, 1.0)]), None);
    }
}
