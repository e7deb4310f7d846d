//! Values of options.

use saltus::problem::{LogInverseScale, ProblemError, RescaledTime};

/// A value that an option does not take.
#[derive(Debug)]
pub struct WrongValue(String);

impl std::fmt::Display for WrongValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongValue {}

fn number(text: &str, expected: &str) -> Result<f64, WrongValue> {
    text.trim()
        .parse()
        .map_err(|_| WrongValue(format!("expected {expected}")))
}

/// A positive finite number.
pub fn positive(text: &str) -> Result<f64, WrongValue> {
    const EXPECTED: &str = "a positive finite number";
    let value = number(text, EXPECTED)?;
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(WrongValue(format!("expected {EXPECTED}")))
    }
}

/// A tolerance of the integrators: below the range rounding rules, above it the flow is not followed at all.
pub fn tolerance(text: &str) -> Result<f64, WrongValue> {
    const EXPECTED: &str = "a number from 1e-14 to 1e-2";
    let value = number(text, EXPECTED)?;
    if (1e-14..=1e-2).contains(&value) {
        Ok(value)
    } else {
        Err(WrongValue(format!("expected {EXPECTED}")))
    }
}

/// A count or a seed.
pub fn whole(text: &str) -> Result<u64, WrongValue> {
    text.trim().parse().map_err(|_| {
        WrongValue("expected a whole number from 0 to 18446744073709551615".to_owned())
    })
}

/// The log inverse scale Λ.
pub fn log_inverse_scale(text: &str) -> Result<LogInverseScale, WrongValue> {
    let value = number(text, "a positive finite number, the log inverse scale")?;
    LogInverseScale::new(value).map_err(|error| refused(&error))
}

/// A rescaled time τ.
pub fn rescaled_time(text: &str) -> Result<RescaledTime, WrongValue> {
    let value = number(text, "a finite number that is at least 0, a rescaled time")?;
    RescaledTime::new(value).map_err(|error| refused(&error))
}

fn refused(error: &ProblemError) -> WrongValue {
    WrongValue(error.to_string())
}
