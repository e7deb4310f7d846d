//! Bounds of rounding errors in doubles.

/// Twice the unit roundoff: the relative error of one operation on doubles, or of a number truncated to 53 bits, is below it.
pub(super) const UNIT: f64 = f64::EPSILON;

/// An upper bound of a sum or product of non-negative numbers from its value in doubles.
///
/// Fewer than 10⁶ operations change it by a factor between 1 ± 10⁶·2^-53; the smallest normal number covers what underflows.
pub(super) fn above(value: f64) -> f64 {
    value * (1.0 + 1e-9) + f64::MIN_POSITIVE
}

/// A lower bound, likewise.
pub(super) fn below(value: f64) -> f64 {
    value * (1.0 - 1e-9) - f64::MIN_POSITIVE
}

/// An upper bound of `Σ|x_i|`.
pub(super) fn sum_norm(values: &[f64]) -> f64 {
    above(values.iter().map(|x| x.abs()).sum())
}

/// An upper bound of `√Σx_i²`; the last summand covers squares that underflow.
pub(super) fn norm(values: &[f64]) -> f64 {
    above(values.iter().map(|x| x * x).sum::<f64>().sqrt() + 1e-150)
}

/// A bound of the 2-norm of the error of `r − A x` in doubles, with m entries of r at most `largest`, and entries of A (at most 1,
/// relative or absolute error at most [`UNIT`]) with `Σ|x_i| ≤ sum`.
///
/// The error of one entry is at most `(m + 3)·UNIT/2·(largest + sum) + UNIT·(largest + sum)`.
pub(super) fn residual_error(m: usize, largest: f64, sum: f64) -> f64 {
    let m = m as f64;
    above(m.sqrt() * (m + 6.0) * UNIT * (largest + sum))
}

/// The inner product of two lists of one length.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    // Eight sums, which do not wait for one another.
    let mut sums = [0.0; 8];
    let (x_parts, x_rest) = x.as_chunks::<8>();
    let (y_parts, y_rest) = y.as_chunks::<8>();
    for (a, b) in x_parts.iter().zip(y_parts) {
        for k in 0..8 {
            sums[k] += a[k] * b[k];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At least what was computed by hand, and more by no more than is given away for rounding.
    #[track_caller]
    fn bounds(found: f64, exact: f64) {
        assert!(
            found > exact && found < exact * (1.0 + 3e-9),
            "{found} {exact}"
        );
    }

    #[test]
    fn values_lie_between_their_bounds() {
        bounds(above(1.0), 1.0);
        bounds(1.0, below(1.0));
        // What underflows to 0 may have been as large as the smallest normal number.
        assert_eq!(above(0.0), f64::MIN_POSITIVE);
        assert_eq!(below(0.0), -f64::MIN_POSITIVE);
    }

    #[test]
    fn norms_are_bounded_from_above() {
        bounds(sum_norm(&[3.0, -4.0]), 7.0);
        bounds(norm(&[3.0, -4.0]), 5.0);
        // The square of 1e-170 underflows.
        assert!(norm(&[1e-170]) >= 1e-170);
        assert!(norm(&[]) > 0.0);
    }

    /// With four entries below 1 and `Σ|x_i| = 2` every entry is wrong by at most `10 ε (1 + 2)`, and the norm by twice that.
    #[test]
    fn residuals_are_wrong_by_no_more_than_their_terms() {
        bounds(residual_error(4, 1.0, 2.0), 60.0 * f64::EPSILON);
        bounds(residual_error(1, 0.0, 2.0), 14.0 * f64::EPSILON);
    }
}
