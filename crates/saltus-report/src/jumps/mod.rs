//! The figure of one instance: the exact jump process, and gradient flow at several initial scales beside it.

mod diagonal;
mod relu;

use saltus_problem::{DiagonalInstance, Instance, LogInverseScale, ProblemError};

use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark, Panel, Series};
use crate::palette::Ink;

/// Log inverse scales that are drawn if none are asked for.
///
/// They are the values of `Λ` for the initial scales `exp(−10)`, `exp(−40)` and `exp(−400)`.
pub const DEFAULT_SCALES: [f64; 3] = [10.0, 40.0, 400.0];

/// The flow is followed past the last jump by this factor.
const BEYOND_LAST_JUMP: f64 = 1.2;

/// Up to this ratio of the last jump to the first, time is drawn linearly.
const LINEAR_UP_TO: f64 = 40.0;

/// Local tolerance of the integration, far below what a picture shows.
const TOLERANCE: f64 = 1e-9;

/// A larger increase of the loss is a broken integration.
const GUARD: f64 = 1e-6;

/// Places on the horizontal axis where the flow is drawn, besides those close to jumps.
const EVENLY: u32 = 240;

/// Offsets from a jump, in gaps between jumps, halve so many times.
const HALVINGS: i32 = 11;

/// Paths beyond so many are not drawn, those of winners first.
const MAX_PATHS: usize = 120;

/// The legend names so many winners.
const MAX_NAMED: usize = 12;

/// Draws the jump picture of an instance at the given log inverse scales.
///
/// # Errors
/// [`ReportError`] if the process cannot be decided or a flow cannot be followed.
///
/// # Example
/// ```
/// let instance = saltus_data::shipped::load_shipped("relu-three-points").expect("shipped");
/// let figure = saltus_report::jumps::figure(&instance, &saltus_report::jumps::default_scales())?;
/// assert_eq!(figure.panels.len(), 2);
/// # Ok::<(), saltus_report::ReportError>(())
/// ```
pub fn figure(instance: &Instance, scales: &[LogInverseScale]) -> Result<Figure, ReportError> {
    figure_with_progress(instance, scales, &|_, _| {})
}

/// As [`figure`]; `progress` is told how many of its parts are computed, and of how many: the exact process, then each flow.
///
/// With three scales it is told `(1, 4)` first and `(4, 4)` last.
///
/// # Errors
/// As [`figure`].
pub fn figure_with_progress(
    instance: &Instance,
    scales: &[LogInverseScale],
    progress: &dyn Fn(usize, usize),
) -> Result<Figure, ReportError> {
    let computed = |parts| progress(parts, 1 + scales.len());
    let (name, panels) = match instance {
        Instance::Relu(instance) => {
            let panels = relu::panels(instance, scales, &computed)?;
            (instance.name(), panels)
        }
        Instance::Diagonal(instance) => {
            let panels = diagonal::panels(instance, scales, &computed)?;
            (instance.name(), panels)
        }
    };
    let texts: Vec<String> = scales.iter().map(|scale| scale.get().to_string()).collect();
    let caption = format!(
        "{name}: the exact jump process and gradient flow from initial scales exp(−Λ), Λ = {}",
        texts.join(", ")
    );
    Ok(Figure::new("jumps", caption, panels))
}

/// The predictor of a diagonal network in its first three coordinates, along the flow at one scale, to past the last jump.
///
/// # Errors
/// As [`figure`].
pub(crate) fn path(
    instance: &DiagonalInstance,
    scale: LogInverseScale,
) -> Result<Vec<[f64; 3]>, ReportError> {
    diagonal::path(instance, scale)
}

/// [`DEFAULT_SCALES`] as scales: `Λ = 10`, `40` and `400`.
pub fn default_scales() -> Vec<LogInverseScale> {
    let scale = |value: f64| LogInverseScale::new(value);
    let scales: Result<Vec<LogInverseScale>, ProblemError> =
        DEFAULT_SCALES.into_iter().map(scale).collect();
    scales.expect("the constants are positive and finite")
}

/// The horizontal axis: the jumps, and where the picture begins and ends.
struct Clock {
    jumps: Vec<f64>,
    start: f64,
    end: f64,
    is_log: bool,
}

impl Clock {
    /// Begins at 0, or where jumps lie too far apart for that, before the first jump on a logarithmic axis.
    fn new(jumps: Vec<f64>) -> Result<Clock, ReportError> {
        let (first, last) = match (jumps.first(), jumps.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => (1.0, 1.0 / BEYOND_LAST_JUMP),
        };
        let is_log = last > LINEAR_UP_TO * first;
        let end = match is_log {
            true => BEYOND_LAST_JUMP.powi(4) * last,
            false => BEYOND_LAST_JUMP * last,
        };
        if !end.is_finite() {
            return Err(ReportError::Time(end));
        }
        Ok(Clock {
            start: if is_log { first / 3.0 } else { 0.0 },
            end,
            is_log,
            jumps,
        })
    }

    fn axis(&self) -> Axis {
        match self.is_log {
            true => Axis::log("rescaled time τ = t/Λ, logarithmic"),
            false => Axis::linear("rescaled time τ = t/Λ"),
        }
    }

    /// Rescaled times to record: evenly on the axis, and ever closer to the jumps.
    fn samples(&self) -> Vec<f64> {
        let share = |k: u32| f64::from(k) / f64::from(EVENLY);
        let evenly = (0..=EVENLY).map(|k| match self.is_log {
            true => self.start * (self.end / self.start).powf(share(k)),
            false => self.end * share(k),
        });
        let near = self.jumps.iter().enumerate().flat_map(|(index, &time)| {
            let before = match index {
                0 => self.start,
                index => self.jumps[index - 1],
            };
            let after = self.jumps.get(index + 1).copied().unwrap_or(self.end);
            let offsets = (1..=HALVINGS).map(|k| 0.5_f64.powi(k));
            offsets.flat_map(move |share| {
                [
                    time - share * (time - before),
                    time + share * (after - time),
                ]
            })
        });
        let mut times: Vec<f64> = evenly.chain(near).map(|time| time.min(self.end)).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        times
    }

    /// As [`samples`](Self::samples), in flow time.
    fn flow_times(&self, scale: LogInverseScale) -> Vec<f64> {
        let mut times = self.samples();
        times.iter_mut().for_each(|time| *time *= scale.get());
        times.dedup();
        times
    }

    /// A path that is linear in time between its corners; a logarithmic axis bends it.
    fn linear_path(&self, corners: &[(f64, f64)]) -> Vec<(f64, f64)> {
        if !self.is_log {
            return corners.to_vec();
        }
        let value = |time: f64| {
            let pair = corners.windows(2).find(|pair| pair[1].0 >= time)?;
            let share = (time - pair[0].0) / (pair[1].0 - pair[0].0);
            Some(pair[0].1 + share * (pair[1].1 - pair[0].1))
        };
        let times = self.samples().into_iter();
        times
            .filter_map(|time| Some((time, value(time)?)))
            .collect()
    }

    /// A piecewise constant path: `values[ℓ]` up to jump ℓ, the last one up to the end.
    fn staircase(&self, values: &[f64]) -> Vec<(f64, f64)> {
        let starts = std::iter::once(self.start).chain(self.jumps.iter().copied());
        let ends = self.jumps.iter().copied().chain([self.end]);
        starts
            .zip(ends)
            .zip(values)
            .flat_map(|((start, end), &value)| [(start, value), (end, value)])
            .collect()
    }

    fn panel(&self, title: String, y: Axis, series: Vec<Series>) -> Panel {
        let mut panel = Panel::new(title, self.axis(), y, series);
        panel.verticals =
            (!self.jumps.is_empty()).then(|| ("exact jumps".to_owned(), self.jumps.clone()));
        panel
    }
}

/// The staircase of relative losses, exact, and the flows'.
fn loss_panel(
    clock: &Clock,
    losses: &[f64],
    flows: Vec<(LogInverseScale, Vec<(f64, f64)>)>,
) -> Panel {
    let mut series: Vec<Series> = flows
        .into_iter()
        .enumerate()
        .map(|(index, (scale, points))| {
            let label = format!("flow, Λ = {}", scale.get());
            Series::new(label, Ink::Colour(index), Mark::Line, points)
        })
        .collect();
    let exact = clock.staircase(losses);
    series.push(Series::new("limit, exact", Ink::Exact, Mark::Dashed, exact));
    let title = "Loss: plateaus and jumps".to_owned();
    clock.panel(title, Axis::linear("loss / initial loss"), series)
}

/// Which paths are drawn, in which order of drawing, with the jump that each wins: the others behind the winners.
fn drawn_paths(count: usize, winners: &[(usize, usize)]) -> Vec<(usize, Option<usize>)> {
    let wins = |path: usize| {
        let entry = winners.iter().find(|(winner, _)| *winner == path);
        entry.map(|(_, jump)| *jump)
    };
    let mut paths: Vec<(usize, Option<usize>)> = (0..count).map(|j| (j, wins(j))).collect();
    paths.sort_by_key(|(path, jump)| (jump.is_none(), *jump, *path));
    paths.truncate(MAX_PATHS);
    paths.sort_by_key(|(path, jump)| (jump.is_some(), *jump, *path));
    paths
}

/// The colour of a path, and whether the legend names it.
fn path_ink(jump: Option<usize>) -> (Ink, bool) {
    match jump {
        Some(jump) => (Ink::Colour(jump), jump < MAX_NAMED),
        None => (Ink::Faint, false),
    }
}

fn guard(scale: LogInverseScale, found: f64) -> Result<(), ReportError> {
    // Written so that NaN is refused.
    let in_order = found <= GUARD;
    match in_order {
        true => Ok(()),
        false => Err(ReportError::Guard {
            log_inverse_scale: scale.get(),
            found,
            bound: GUARD,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staircases() {
        let check = |times: &[f64], values: &[f64], expected: &[(f64, f64)]| {
            let clock = Clock::new(times.to_vec()).expect("finite");
            assert_eq!(clock.staircase(values), expected);
        };
        check(&[], &[1.0], &[(0.0, 1.0), (1.0, 1.0)]);
        check(
            &[2.5],
            &[1.0, 0.5],
            &[(0.0, 1.0), (2.5, 1.0), (2.5, 0.5), (3.0, 0.5)],
        );
    }

    #[test]
    fn far_jumps_are_drawn_logarithmically() {
        let check = |times: &[f64], expected: bool| {
            let clock = Clock::new(times.to_vec()).expect("finite");
            assert_eq!((clock.is_log, clock.start > 0.0), (expected, expected));
        };
        check(&[], false);
        check(&[1.0, 40.0], false);
        check(&[1.0, 41.0], true);
        assert!(Clock::new(vec![f64::INFINITY]).is_err());
    }

    #[test]
    fn lines_bend_on_a_logarithmic_axis() {
        let clock = Clock::new(vec![1.0, 100.0]).expect("finite");
        let path = clock.linear_path(&[(0.0, 0.0), (1.0, 1.0), (clock.end, clock.end)]);
        assert!(path.len() > 200);
        assert!(path.iter().all(|(time, value)| (time - value).abs() < 1e-9));
    }

    #[test]
    fn winners_are_drawn_last_and_never_left_out() {
        let check = |count: usize, winners: &[(usize, usize)], expected: &[usize]| {
            let paths = drawn_paths(count, winners);
            let paths: Vec<usize> = paths.into_iter().map(|(path, _)| path).collect();
            assert_eq!(paths, expected);
        };
        check(4, &[(1, 0), (0, 1)], &[2, 3, 1, 0]);
        check(0, &[], &[]);
        let many = drawn_paths(1_000, &[(999, 0)]);
        assert_eq!(many.len(), MAX_PATHS);
        assert_eq!(many.last(), Some(&(999, Some(0))));
    }

    #[test]
    fn times_ascend_and_end_at_the_end() {
        let scale = LogInverseScale::new(10.0).expect("positive");
        let clock = Clock::new(vec![1.0, 1.0 + 1e-9, 4.0]).expect("finite");
        let times = clock.flow_times(scale);
        assert!(times.is_sorted_by(|a, b| a < b));
        assert_eq!((times[0], times[times.len() - 1]), (0.0, 48.0));
    }
}
