//! The squared norm that is learned over the least one, against the number of points.

use saltus_exact::Rational;
use saltus_sweep::draw::{InstanceLaw, LabelLaw};
use saltus_sweep::interpolation::log_width;
use saltus_sweep::process::jumps_of;
use saltus_sweep::run::Estimate;

use super::Effort;
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark, Panel, Series};
use crate::palette::Ink;

/// Seed of the instances.
const SEED: u64 = 6;

/// Precision of each ratio, in bits.
const PRECISION: u32 = 128;

/// Mean ratios for `⌈3 log_{4/3} n⌉` neurons, with the conjectured limit.
pub(super) fn figure(effort: Effort) -> Result<Figure, ReportError> {
    let sizes: &[(u32, u64)] = match effort {
        Effort::Quick => &[(30, 10), (300, 4)],
        Effort::Full => &[
            (30, 400),
            (100, 200),
            (300, 200),
            (1_000, 100),
            (3_000, 60),
            (10_000, 40),
            (30_000, 20),
            (100_000, 10),
            (300_000, 6),
        ],
    };
    let laws = [
        (LabelLaw::Gaussian, "Gaussian labels"),
        (LabelLaw::Signs, "labels ±1"),
    ];
    let mut series = vec![];
    for (colour, (labels, name)) in laws.into_iter().enumerate() {
        let (mut means, mut intervals) = (vec![], vec![]);
        for &(points, draws) in sizes {
            let mut ratios = vec![];
            for stream in 0..draws {
                let width = log_width(u64::from(points), &Rational::integer(3)).unwrap_or(1);
                let law = InstanceLaw {
                    points,
                    width,
                    labels,
                };
                let end = jumps_of(&law.draw(SEED, stream)?)?;
                ratios.extend(end.ratio(PRECISION).map(|ratio| ratio.to_f64()));
            }
            let Some(estimate) = Estimate::of(&ratios) else {
                continue;
            };
            let n = f64::from(points);
            means.push((n, estimate.mean));
            let half = estimate.half_width();
            intervals.extend([
                (n, estimate.mean - half),
                (n, estimate.mean + half),
                (f64::NAN, f64::NAN),
            ]);
        }
        let ink = Ink::Colour(colour);
        series.push(Series::new(name, ink, Mark::Joined, means));
        let label = format!("{name}, 95 % interval of the mean");
        series.push(Series::new(label, ink, Mark::Line, intervals).unnamed());
    }
    let limit = 1.0 + std::f64::consts::SQRT_2;
    let ends = sizes.first().into_iter().chain(sizes.last());
    let line = ends.map(|(points, _)| (f64::from(*points), limit));
    series.push(Series::new(
        "1 + √2 (conjecture)",
        Ink::Exact,
        Mark::Dashed,
        line.collect(),
    ));
    let panel = Panel::new(
        "Squared norm learned, over the least of all interpolators",
        Axis::log("number of points n"),
        Axis::linear("‖θ‖² / least ‖θ‖²"),
        series,
    );
    let caption = "Mean ratio of the squared norm at the end of the exact process to the least one of all interpolating networks, \
                   ⌈3 log n / log(4/3)⌉ neurons; bars, often smaller than the marks, are 95 % intervals of the mean; draws that do not interpolate and those whose norm a tie \
                   leaves undetermined do not count; the limit 1 + √2 is a conjecture";
    Ok(Figure::new("norm-ratio", caption, vec![panel]))
}
