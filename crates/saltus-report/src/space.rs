//! A picture in three dimensions: paths in a box, seen from above one corner.

use plotters::chart::ChartBuilder;
use plotters::element::{Circle, Text};
use plotters::series::LineSeries;
use plotters::style::TextStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::axis::{Axis, Span, number};
use crate::error::ReportError;
use crate::figure::{Area, Entry, Mark, refused, style, text_style};
use crate::palette::{self, Ink};

/// Turn of the box about its vertical, and the height from which it is seen, in radians.
const YAW: f64 = 0.62;
const PITCH: f64 = 0.28;

/// One path in space.
///
/// For example the flow `[β₀(t), β₁(t), β₂(t)]` of three coordinates at `Λ = 100`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Name, in the legend and in the CSV.
    pub label: String,
    /// Colour.
    pub ink: Ink,
    /// How it is drawn; dashes are drawn as thin lines.
    pub mark: Mark,
    /// Whether the legend names it.
    pub in_legend: bool,
    /// Points.
    pub points: Vec<[f64; 3]>,
}

/// A box with paths in it.
///
/// For example the path of a predictor on the axes `β₀`, `β₁` and `β₂`, with the note
/// `([0.0, 0.0, 0.0], "0")` at its first saddle.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// What is seen, in one line.
    pub title: String,
    /// The axes; the third one is vertical.
    pub axes: [Axis; 3],
    /// What is drawn, the last on top.
    pub paths: Vec<Path>,
    /// Texts at places.
    pub notes: Vec<([f64; 3], String)>,
}

impl Space {
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let named = self.paths.iter().filter(|path| path.in_legend);
        named.map(|path| Entry {
            label: &path.label,
            ink: path.ink,
            mark: path.mark,
        })
    }

    fn span(&self, axis: usize) -> Span {
        let points = self.paths.iter().flat_map(|path| &path.points);
        self.axes[axis].span(points.map(|point| point[axis]))
    }

    pub(crate) fn draw(&self, area: &Area<'_>) -> Result<(), ReportError> {
        // The drawing library's second axis is the vertical one.
        let [x, depth, height] = [0, 1, 2].map(|axis| self.span(axis));
        let place = |point: &[f64; 3]| (point[0], point[2], point[1]);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, text_style(palette::INK))
            .margin(14)
            .build_cartesian_3d(x, height, depth)
            .map_err(refused)?;
        chart.with_projection(|mut view| {
            view.yaw = YAW;
            view.pitch = PITCH;
            view.scale = 0.78;
            view.into_matrix()
        });
        let text = |value: &f64| number(*value);
        chart
            .configure_axes()
            .x_labels(5)
            .y_labels(6)
            .z_labels(5)
            .max_light_lines(0)
            .bold_grid_style(palette::GRID)
            .axis_panel_style(palette::PAPER)
            .label_style(text_style(palette::INK))
            .x_formatter(&text)
            .y_formatter(&text)
            .z_formatter(&text)
            .draw()
            .map_err(refused)?;
        for path in &self.paths {
            let shape = style(path.ink, path.mark);
            if path.mark != Mark::Points {
                let line = LineSeries::new(path.points.iter().map(place), shape);
                chart.draw_series(line).map_err(refused)?;
            }
            if matches!(path.mark, Mark::Points | Mark::Joined) {
                let points = path.points.iter().map(place);
                chart
                    .draw_series(points.map(|point| Circle::new(point, 8, shape.filled())))
                    .map_err(refused)?;
            }
        }
        let note_style: TextStyle<'_> =
            text_style(palette::INK).pos(Pos::new(HPos::Right, VPos::Bottom));
        let texts = self.notes.iter();
        let texts = texts.map(|(at, text)| Text::new(text.clone(), place(at), note_style.clone()));
        chart.draw_series(texts).map_err(refused)?;
        let ends = [x, depth, height].map(Span::ends);
        let middle = |axis: usize| 0.5 * (ends[axis].0 + ends[axis].1);
        let beyond = |axis: usize, share: f64| ends[axis].1 + share * (ends[axis].1 - ends[axis].0);
        let name_style = text_style(palette::INK).pos(Pos::new(HPos::Center, VPos::Center));
        let names = [
            [middle(0), beyond(1, 0.34), ends[2].0],
            [beyond(0, 0.34), middle(1), ends[2].0],
            [ends[0].0, ends[1].1, beyond(2, 0.08)],
        ];
        let names = names.iter().zip(&self.axes);
        let names =
            names.map(|(at, axis)| Text::new(axis.label.clone(), place(at), name_style.clone()));
        chart.draw_series(names).map_err(refused)?;
        Ok(())
    }
}
