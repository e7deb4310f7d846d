//! When a simulated figure is settled, and whether it agrees with the prediction.
//!
//! A figure is read at two successive log inverse scales. It *agrees* if the later one lies within the tolerance of the
//! prediction; it *differs* only if the two readings agree with each other much better than with the prediction; otherwise the
//! limit has not been reached, and nothing is concluded. So a wrong guess of how large Λ must be never refutes anything.

use serde_json::{Value, json};

/// Relative tolerance of a slope `(t(Λ₂) − t(Λ₁))/(Λ₂ − Λ₁)` against the exact jump time.
pub const SLOPE_TOLERANCE: f64 = 1e-8;

/// Error of a crossing time that the integrator leaves at its default tolerance, in units of flow time and relative to the
/// slope: measured against higher orders and tighter tolerances, with two digits to spare.
///
/// Rounding apart, it can change a slope between Λ = 128 and Λ = 256 by `2e-9/128 ≈ 1.6e-11`.
pub const CROSSING_NOISE: f64 = 1e-9;

/// The result of comparing one figure.
///
/// ```
/// use saltus_verify::settle::{Agreement, compare};
///
/// // The earlier reading, the later one, the prediction and the tolerance.
/// assert_eq!(compare(2.0, 1.0, 1.0, 1e-8), Agreement::Agrees);
/// assert_eq!(compare(1.0, 1.0, 2.0, 1e-8), Agreement::Differs);
/// assert_eq!(compare(1.5, 1.2, 1.0, 1e-8), Agreement::Unsettled);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Within the tolerance: `|later − expected| ≤ tolerance`.
    Agrees,
    /// Settled, and outside the tolerance: `|later − earlier| ≤ (tolerance + 0.01 |later − expected|)/2`.
    Differs,
    /// Not settled.
    Unsettled,
}

/// Compares the `later` of two readings with the prediction.
pub fn compare(earlier: f64, later: f64, expected: f64, tolerance: f64) -> Agreement {
    if !later.is_finite() || !earlier.is_finite() {
        Agreement::Unsettled
    } else if (later - expected).abs() <= tolerance {
        Agreement::Agrees
    } else if (later - earlier).abs() <= 0.5 * (tolerance + 0.01 * (later - expected).abs()) {
        Agreement::Differs
    } else {
        Agreement::Unsettled
    }
}

/// Slopes `(t(Λ₂) − t(Λ₁))/(Λ₂ − Λ₁)` and `(t(Λ₃) − t(Λ₂))/(Λ₃ − Λ₂)` of a quantity over three log inverse scales.
///
/// For the values 37, 67 and 127 at Λ = 10, 20 and 40 both are 3: the constant 7 drops out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slopes {
    /// Between the first two.
    pub earlier: f64,
    /// Between the last two.
    pub later: f64,
    /// What the integrator's error can change in the later one.
    pub noise: f64,
}

impl Slopes {
    /// From values at increasing log inverse scales, each with an absolute error of about `error`.
    pub fn new(log_inverse_scales: [f64; 3], values: [f64; 3], error: f64) -> Slopes {
        let [first, second, third] = log_inverse_scales;
        // A double holds times of this size no better than to half a unit in the last place.
        let rounding = f64::EPSILON * values[2].abs();
        Slopes {
            earlier: (values[1] - values[0]) / (second - first),
            later: (values[2] - values[1]) / (third - second),
            noise: 2.0 * (error + rounding) / (third - second),
        }
    }

    /// Compares with the predicted slope, relative to `scale`.
    pub fn compare(&self, expected: f64, scale: f64) -> Agreement {
        if self.noise > SLOPE_TOLERANCE * scale {
            return Agreement::Unsettled;
        }
        compare(self.earlier, self.later, expected, SLOPE_TOLERANCE * scale)
    }

    /// Whether the two slopes agree with each other well enough for a comparison relative to `scale`.
    pub fn settled(&self, scale: f64) -> bool {
        let spread = (self.later - self.earlier).abs();
        spread <= 0.5 * SLOPE_TOLERANCE * scale && self.noise <= SLOPE_TOLERANCE * scale
    }

    /// Relative distance of the later slope from the predicted one: `|later − expected|/|expected|`.
    pub fn relative_error(&self, expected: f64) -> f64 {
        ((self.later - expected) / expected).abs()
    }

    /// The figures, for evidence: an object with the keys `slopes`, `expected`, `relative_error` and `integrator_noise`.
    pub fn to_json(&self, expected: f64) -> Value {
        json!({
            "slopes": [self.earlier, self.later],
            "expected": expected,
            "relative_error": self.relative_error(expected),
            "integrator_noise": self.noise,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(earlier: f64, later: f64, expected: f64, verdict: Agreement) {
        assert_eq!(compare(earlier, later, expected, 1e-8), verdict);
    }

    #[test]
    fn readings_that_still_move_refute_nothing() {
        check(1.0, 1.0, 1.0, Agreement::Agrees);
        check(2.0, 1.0 + 1e-9, 1.0, Agreement::Agrees);
        check(1.0, 1.0, 1.0 + 1e-6, Agreement::Differs);
        check(1.0, 1.0, 2.0, Agreement::Differs);
        check(1.5, 1.2, 1.0, Agreement::Unsettled);
        check(f64::NAN, 1.0, 1.0, Agreement::Unsettled);
        check(1.0, f64::NAN, 1.0, Agreement::Unsettled);
        // The hundredth is of the error 25, not of anything else: half of 0.25 + 1e-8.
        check(1.12, 1.0, 26.0, Agreement::Differs);
        check(1.13, 1.0, 26.0, Agreement::Unsettled);
    }

    #[test]
    fn slopes_see_through_the_constant() {
        let values = [10.0 * 3.0 + 7.0, 20.0 * 3.0 + 7.0, 40.0 * 3.0 + 7.0];
        let slopes = Slopes::new([10.0, 20.0, 40.0], values, 1e-9);
        assert_eq!(slopes.compare(3.0, 3.0), Agreement::Agrees);
        assert_eq!(slopes.compare(3.0 * (1.0 + 1e-6), 3.0), Agreement::Differs);
        let coarse = Slopes::new([10.0, 20.0, 40.0], values, 1e-3);
        assert_eq!(coarse.compare(3.0, 3.0), Agreement::Unsettled);
        assert!(slopes.settled(3.0));
        assert!(!coarse.settled(3.0));
    }
}
