//! The initialisation scale by its logarithm, and the two clocks that it relates.

use crate::ProblemError;

/// The log inverse scale `Λ = ln(1/λ)` (ReLU) or `ln(1/α)` (diagonal): positive and finite.
///
/// Scales are held by their logarithm only: `λ = e^−100000` has no double.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct LogInverseScale(f64);

/// Rescaled time `τ = t/Λ`, the clock of the limiting jump process: finite and at least 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct RescaledTime(f64);

/// The time `t` of the gradient flow: finite and at least 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct FlowTime(f64);

impl LogInverseScale {
    /// Wraps a positive finite number.
    ///
    /// # Errors
    /// [`ProblemError::LogInverseScale`] for anything else.
    pub fn new(value: f64) -> Result<Self, ProblemError> {
        if value.is_finite() && value > 0.0 {
            Ok(Self(value))
        } else {
            Err(ProblemError::LogInverseScale { found: value })
        }
    }

    /// The number `Λ = ln(1/λ)` or `ln(1/α)`: 100000 for `λ = e^−100000`.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl RescaledTime {
    /// Wraps a finite number that is at least 0.
    ///
    /// # Errors
    /// [`ProblemError::Time`] for anything else.
    pub fn new(value: f64) -> Result<Self, ProblemError> {
        Ok(Self(checked_time(value)?))
    }

    /// The number `τ = t/Λ`: 2.5 for the flow time 10 at `Λ = 4`.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The flow time `t = τΛ`; a product beyond the range of doubles becomes the largest double.
    pub fn to_flow(self, scale: LogInverseScale) -> FlowTime {
        FlowTime((self.0 * scale.0).min(f64::MAX))
    }
}

impl FlowTime {
    /// Wraps a finite number that is at least 0.
    ///
    /// # Errors
    /// [`ProblemError::Time`] for anything else.
    pub fn new(value: f64) -> Result<Self, ProblemError> {
        Ok(Self(checked_time(value)?))
    }

    /// The number `t = τΛ`: 10 for the rescaled time 2.5 at `Λ = 4`.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The rescaled time `τ = t/Λ`; a quotient beyond the range of doubles becomes the largest double.
    pub fn to_rescaled(self, scale: LogInverseScale) -> RescaledTime {
        RescaledTime((self.0 / scale.0).min(f64::MAX))
    }
}

fn checked_time(value: f64) -> Result<f64, ProblemError> {
    if value.is_finite() && 0.0 <= value {
        Ok(value)
    } else {
        Err(ProblemError::Time { found: value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_inverse_scales_are_positive_and_finite() {
        for (value, valid) in [
            (1.0, true),
            (1e-300, true),
            (1e300, true),
            (0.0, false),
            (-1.0, false),
            (f64::INFINITY, false),
            (f64::NAN, false),
        ] {
            assert_eq!(LogInverseScale::new(value).is_ok(), valid, "{value}");
        }
    }

    #[test]
    fn times_are_finite_and_not_negative() {
        for (value, valid) in [
            (0.0, true),
            (2.5, true),
            (-0.5, false),
            (f64::INFINITY, false),
            (f64::NAN, false),
        ] {
            assert_eq!(RescaledTime::new(value).is_ok(), valid, "{value}");
            assert_eq!(FlowTime::new(value).is_ok(), valid, "{value}");
        }
    }

    #[test]
    fn clocks_convert_through_the_scale() -> Result<(), ProblemError> {
        let scale = LogInverseScale::new(4.0)?;
        assert_eq!(RescaledTime::new(2.5)?.to_flow(scale), FlowTime::new(10.0)?);
        assert_eq!(
            FlowTime::new(10.0)?.to_rescaled(scale),
            RescaledTime::new(2.5)?
        );
        assert_eq!(
            RescaledTime::new(1e308)?.to_flow(scale),
            FlowTime::new(f64::MAX)?
        );
        Ok(())
    }
}
