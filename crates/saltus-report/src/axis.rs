//! Axes: linear and logarithmic ranges with round ticks.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// How values become places on an axis.
///
/// A value x stands at `x`, or at `log₁₀ x`, so that `1`, `10` and `100` are equally far apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Proportionally.
    Linear,
    /// By their logarithms; what is not positive has no place.
    Log,
}

/// One axis of a panel.
///
/// For example `Axis::log("number of points n").between(10.0, 1e6)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What is shown, with its unit.
    pub label: String,
    /// How values become places.
    pub scale: Scale,
    /// Ends; left out, those of the data.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis, for example `Axis::linear("loss / initial loss")`; its ends are those of the data with 4 % of room.
    pub fn linear(label: impl Into<String>) -> Axis {
        Axis {
            label: label.into(),
            scale: Scale::Linear,
            range: None,
        }
    }

    /// A logarithmic axis, for example `Axis::log("number of points n")`; a value x stands at `log₁₀ x`.
    pub fn log(label: impl Into<String>) -> Axis {
        Axis {
            scale: Scale::Log,
            ..Axis::linear(label)
        }
    }

    /// The same axis between given ends.
    ///
    /// `Axis::log("loss").between(1e-20, 10.0)` leaves out a point with loss `1e-21`.
    pub fn between(self, low: f64, high: f64) -> Axis {
        Axis {
            range: Some((low, high)),
            ..self
        }
    }

    /// Whether a value has a place on the axis.
    pub(crate) fn takes(&self, value: f64) -> bool {
        value.is_finite()
            && (self.scale == Scale::Linear || value > 0.0)
            && self
                .range
                .is_none_or(|(low, high)| (low..=high).contains(&value))
    }

    /// The axis over `values`, with some room at both ends where the ends were not given.
    pub(crate) fn span(&self, values: impl Iterator<Item = f64>) -> Span {
        let scale = self.scale;
        if let Some((low, high)) = self.range {
            return Span {
                scale,
                low: place(scale, low),
                high: place(scale, high),
            };
        }
        let placed = values
            .filter(|value| self.takes(*value))
            .map(|value| place(scale, value));
        let (low, high) = placed.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = match (low, high) {
            (low, high) if low > high => (0.0, 1.0),
            (low, high) if low == high => (low - 0.5, high + 0.5),
            ends => ends,
        };
        let room = 0.04 * (high - low);
        Span {
            scale,
            low: low - room,
            high: high + room,
        }
    }
}

fn place(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Linear => value,
        Scale::Log => value.log10(),
    }
}

/// The range of an axis, in places: values, or their decimal logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Span {
    /// The ends, as values of a linear axis.
    pub(crate) fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Multiples of 1, 2 or 5 times a power of ten, at most `most` of them; of whole decades if logarithmic.
    fn ticks(&self, most: usize) -> Vec<f64> {
        if most == 0 {
            return vec![];
        }
        let step = self.step(most);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).map(|k| k as f64 * step).collect()
    }

    fn step(&self, most: usize) -> f64 {
        let least = (self.high - self.low) / most as f64;
        let power = 10_f64.powf(least.log10().floor());
        let factors = [1.0, 2.0, 5.0, 10.0];
        let step = factors
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= least)
            .unwrap_or(10.0 * power);
        match self.scale {
            Scale::Linear => step,
            Scale::Log if self.high - self.low < 1.2 => step,
            Scale::Log => step.max(1.0).round(),
        }
    }
}

impl Ranged for Span {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let fraction = (place(self.scale, *value) - self.low) / (self.high - self.low);
        // Far outside the picture is far enough.
        let fraction = fraction.clamp(-1.0, 2.0);
        limit.0 + (fraction * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let ticks = self.ticks(hint.max_num_points().min(9));
        match self.scale {
            Scale::Linear => ticks,
            Scale::Log => ticks.into_iter().map(|tick| 10_f64.powf(tick)).collect(),
        }
    }

    fn range(&self) -> Range<f64> {
        match self.scale {
            Scale::Linear => self.low..self.high,
            Scale::Log => 10_f64.powf(self.low)..10_f64.powf(self.high),
        }
    }
}

impl ValueFormatter<f64> for Span {
    fn format(value: &f64) -> String {
        number(*value)
    }
}

/// A short decimal: at most four significant digits.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if (1e-3..1e5).contains(&size) {
        let decimals = (3 - size.log10().floor() as i32).clamp(0, 6) as usize;
        let text = format!("{value:.decimals$}");
        let text = match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.'),
            false => &text,
        };
        return text.replace('-', "−");
    }
    let text = format!("{value:.1e}");
    text.replace(".0e", "e").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let check = |scale: Scale, low: f64, high: f64, expected: &[&str]| {
            let span = Span { scale, low, high };
            let texts: Vec<String> = span.ticks(6).into_iter().map(number).collect();
            assert_eq!(texts, expected, "{low} {high}");
        };
        check(
            Scale::Linear,
            0.0,
            1.0,
            &["0", "0.2", "0.4", "0.6", "0.8", "1"],
        );
        check(Scale::Linear, -3.0, 7.0, &["−2", "0", "2", "4", "6"]);
        // Whole decades, never halves of them.
        check(Scale::Log, -3.1, 1.2, &["−3", "−2", "−1", "0", "1"]);
        check(
            Scale::Log,
            -30.0,
            0.0,
            &["−30", "−25", "−20", "−15", "−10", "−5", "0"],
        );
    }

    #[test]
    fn no_tick_lies_outside() {
        let check = |scale: Scale, low: f64, high: f64| {
            for most in 0..10 {
                let ticks = Span { scale, low, high }.ticks(most);
                assert!(
                    ticks.len() <= most + usize::from(most > 0),
                    "{low} {high} {most}: {ticks:?}"
                );
                let inside = |tick: &f64| (low..=high).contains(tick);
                assert!(ticks.iter().all(inside), "{low} {high} {most}: {ticks:?}");
            }
        };
        check(Scale::Linear, -0.98, 1.1);
        check(Scale::Linear, 0.3, 0.4);
        check(Scale::Log, -15.5, -0.5);
        check(Scale::Log, 0.1, 0.9);
    }

    #[test]
    fn numbers_are_short() {
        let check = |value: f64, expected: &str| assert_eq!(number(value), expected);
        check(0.0, "0");
        check(-0.25, "−0.25");
        check(1500.0, "1500");
        check(0.1 + 0.2, "0.3");
        check(1e-13, "1e−13");
        check(1e-9, "1e−9");
        check(2.5e7, "2.5e7");
    }

    #[test]
    fn spans_of_odd_data_are_not_empty() {
        let axis = Axis::log("x");
        let span = |values: &[f64]| axis.span(values.iter().copied());
        let check = |span: Span| assert!(span.low < span.high, "{span:?}");
        check(span(&[]));
        check(span(&[0.0, -1.0, f64::NAN]));
        check(span(&[3.0]));
        assert_eq!(span(&[f64::NAN, 10.0, 1000.0]), span(&[10.0, 1000.0]));
    }
}
