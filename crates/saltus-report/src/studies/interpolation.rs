//! The probability of interpolating against the width over the logarithm of the number of points: exact, not sampled.

use saltus_sweep::interpolation::{Counts, enclose, union_bound};

use super::Effort;
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark, Panel, Series};
use crate::palette::Ink;

/// Precision of the enclosures, in bits.
const PRECISION: u32 = 128;

/// No width beyond this multiple of `ln n` is drawn.
const WIDEST: f64 = 6.0;

/// `P` for half of the labels positive and half negative, and the union bound at the largest size.
pub(super) fn figure(effort: Effort) -> Result<Figure, ReportError> {
    let sizes: &[u64] = match effort {
        Effort::Quick => &[10, 1_000],
        Effort::Full => &[10, 100, 10_000, 1_000_000, 1_000_000_000],
    };
    let mut series = vec![];
    for (colour, &points) in sizes.iter().enumerate() {
        let counts = Counts::balanced(points);
        let mut curve = vec![];
        for width in widths(points) {
            let probability = enclose(width, counts, PRECISION)?.to_f64();
            curve.push((place(width, points), probability));
        }
        let label = format!("n = {}", crate::axis::number(points as f64));
        let mark = if points <= 100 {
            Mark::Joined
        } else {
            Mark::Line
        };
        series.push(Series::new(label, Ink::Colour(colour), mark, curve));
    }
    if let Some(&points) = sizes.last() {
        let mut bound = vec![];
        for width in widths(points) {
            let value = union_bound(width, Counts::balanced(points))?.to_f64();
            if value >= 0.0 {
                bound.push((place(width, points), value));
            }
        }
        let label = format!("1 − n(3/4)ᵐ, n = {}", crate::axis::number(points as f64));
        series.push(Series::new(label, Ink::Exact, Mark::Dashed, bound));
    }
    let mut panel = Panel::new(
        "Probability that a random network of m neurons interpolates n points",
        Axis::linear("m / ln n"),
        Axis::linear("probability P, exact"),
        series,
    );
    let threshold = 1.0 / (4.0_f64 / 3.0).ln();
    panel.verticals = Some((
        "1/ln(4/3), where the bound is 0".to_owned(),
        vec![threshold],
    ));
    let caption = "Exact probability of interpolating against m/ln n, half of the labels positive; dashed the union bound \
                   1 − n(3/4)ᵐ, which leaves 0 at m/ln n = 1/ln(4/3)";
    Ok(Figure::new(
        "interpolation-probability",
        caption,
        vec![panel],
    ))
}

fn widths(points: u64) -> std::ops::RangeInclusive<u32> {
    let most = (WIDEST * (points as f64).ln()).floor() as u32;
    1..=most
}

fn place(width: u32, points: u64) -> f64 {
    f64::from(width) / (points as f64).ln()
}
