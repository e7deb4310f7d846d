//! Values of options.

use saltus::problem::{LogInverseScale, ProblemError, RescaledTime};

/// A value that an option does not take, shown as what it does take: `expected a positive finite number`.
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

/// A positive finite number: `0.5` and `1e-3`, not `0`, `-1`, `inf` or `1/2`.
pub fn positive(text: &str) -> Result<f64, WrongValue> {
    const EXPECTED: &str = "a positive finite number";
    let value = number(text, EXPECTED)?;
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(WrongValue(format!("expected {EXPECTED}")))
    }
}

/// A tolerance of the integrators: below the range rounding rules, above it the flow is not followed at all. It is taken if
/// `1e-14 ≤ ε ≤ 1e-2`.
pub fn tolerance(text: &str) -> Result<f64, WrongValue> {
    const EXPECTED: &str = "a number from 1e-14 to 1e-2";
    let value = number(text, EXPECTED)?;
    if (1e-14..=1e-2).contains(&value) {
        Ok(value)
    } else {
        Err(WrongValue(format!("expected {EXPECTED}")))
    }
}

/// A count or a seed: `0` and `1000`, not `-1`, `1.5` or `1e3`.
pub fn whole(text: &str) -> Result<u64, WrongValue> {
    text.trim().parse().map_err(|_| {
        WrongValue("expected a whole number from 0 to 18446744073709551615".to_owned())
    })
}

/// The log inverse scale Λ: with `1000` the flow starts from the scale `e^{−1000}`.
pub fn log_inverse_scale(text: &str) -> Result<LogInverseScale, WrongValue> {
    let value = number(text, "a positive finite number, the log inverse scale")?;
    LogInverseScale::new(value).map_err(|error| refused(&error))
}

/// A rescaled time τ, which is flow time `t = τΛ`: `0` and `1.3`, not `-1` or `inf`.
pub fn rescaled_time(text: &str) -> Result<RescaledTime, WrongValue> {
    let value = number(text, "a finite number that is at least 0, a rescaled time")?;
    RescaledTime::new(value).map_err(|error| refused(&error))
}

fn refused(error: &ProblemError) -> WrongValue {
    WrongValue(error.to_string())
}
