//! A figure: panels below each other, drawn as SVG, with what is drawn as CSV.

use plotters::backend::SVGBackend;
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Text};
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TextStyle};

use crate::axis::Axis;
use crate::error::ReportError;
use crate::palette::{self, Ink};
use crate::space::Space;

/// Width of every figure, in units of the drawing: at a column of 88 mm the labels are 6.8 points high.
///
/// The `svg` element of every drawing has `viewBox="0 0 960 …"`.
pub const WIDTH: u32 = 960;
/// The columns of the data of a figure; z is there with a picture in three dimensions only.
///
/// The first line of the CSV is `panel,series,x,y` or `panel,series,x,y,z`.
pub const DATA_COLUMNS: [&str; 5] = ["panel", "series", "x", "y", "z"];

/// Height of a panel without its legend.
const PANEL_HEIGHT: u32 = 520;
/// Height of a picture in three dimensions without its legend.
const SPACE_HEIGHT: u32 = 760;
const FONT: u32 = 26;
/// Mean advance of a letter, in font sizes: SVG viewers bring their own sans-serif, so this only has to be no less than theirs.
const ADVANCE: f64 = 0.56;
const LEGEND_ROW: u32 = 38;
const SWATCH: i32 = 44;

/// How a series is drawn.
///
/// Of a width of `960` units, a line is `4` wide, a thin one `2` and a dashed one `3`; points in a panel have the radius `6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A line.
    Line,
    /// A thin line.
    Thin,
    /// A dashed line.
    Dashed,
    /// Points.
    Points,
    /// Points, joined by a line.
    Joined,
}

/// One series of a panel.
///
/// A point (4, 16) of the series `y = x²` in the first panel is the row `0,y = x²,4,16` of the CSV.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name, in the legend and in the CSV.
    pub label: String,
    /// Colour.
    pub ink: Ink,
    /// How it is drawn.
    pub mark: Mark,
    /// Whether the legend names it.
    pub in_legend: bool,
    /// Points; one that has no place on the axes interrupts a line.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// A series that the legend names.
    ///
    /// For example `Series::new("y = x", Ink::Colour(0), Mark::Line, vec![(0.0, 0.0), (1.0, 1.0)])`.
    pub fn new(label: impl Into<String>, ink: Ink, mark: Mark, points: Vec<(f64, f64)>) -> Series {
        Series {
            label: label.into(),
            ink,
            mark,
            in_legend: true,
            points,
        }
    }

    /// The same series, left out of the legend.
    ///
    /// It has `in_legend = false`, for what needs no entry of its own: bars round means that are named already.
    pub fn unnamed(self) -> Series {
        Series {
            in_legend: false,
            ..self
        }
    }
}

/// A text at a place of a panel.
///
/// `Note { at: (1.0, 0.5), text: "edge".to_owned() }` begins at x = 1 and stands on y = 0.5.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Place.
    pub at: (f64, f64),
    /// The text.
    pub text: String,
}

/// One pair of axes with what is drawn on them.
///
/// For example the loss against `τ = t/Λ`, with vertical lines at the exact jump times.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What is seen, in one line.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// What is drawn, the last on top.
    pub series: Vec<Series>,
    /// Places of vertical lines, with the name that the legend gives them.
    pub verticals: Option<(String, Vec<f64>)>,
    /// Texts.
    pub notes: Vec<Note>,
}

impl Panel {
    /// A panel without verticals and notes.
    ///
    /// It has `verticals: None` and `notes: vec![]`.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis, series: Vec<Series>) -> Panel {
        Panel {
            title: title.into(),
            x,
            y,
            series,
            verticals: None,
            notes: vec![],
        }
    }
}

/// A figure.
///
/// `saltus figures` writes the one named `norm-ratio` to `norm-ratio.svg` and `norm-ratio.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name, fit for a file name.
    pub name: String,
    /// What is seen, for readers who do not see it.
    pub caption: String,
    /// The panels, from top to bottom.
    pub panels: Vec<Panel>,
    /// A picture in three dimensions, below the panels.
    pub space: Option<Space>,
}

impl Figure {
    /// A figure of panels alone.
    ///
    /// It has `space: None`, so its CSV has the columns `panel,series,x,y`.
    pub fn new(name: impl Into<String>, caption: impl Into<String>, panels: Vec<Panel>) -> Figure {
        Figure {
            name: name.into(),
            caption: caption.into(),
            panels,
            space: None,
        }
    }

    /// The picture as a file of its own, with its colours for light and dark.
    ///
    /// The text begins with `<svg xmlns=` and holds the caption as its `<title>`.
    ///
    /// # Errors
    /// [`ReportError::Drawing`] if the drawing library refuses, which it has no reason to.
    pub fn svg(&self) -> Result<String, ReportError> {
        self.document(&format!("<style>{}</style>", palette::stylesheet()))
    }

    /// The picture for a page that holds [`palette::stylesheet`] already.
    ///
    /// It is [`svg`](Self::svg) without the element `<style>`.
    ///
    /// # Errors
    /// As [`svg`](Self::svg).
    pub fn inline_svg(&self) -> Result<String, ReportError> {
        self.document("")
    }

    fn document(&self, style: &str) -> Result<String, ReportError> {
        let legends: Vec<Vec<Vec<Entry<'_>>>> = self.panels.iter().map(legend_rows).collect();
        let legend_height = |rows: usize| LEGEND_ROW * rows as u32 + LEGEND_ROW / 2;
        let heights: Vec<u32> = legends
            .iter()
            .map(|rows| PANEL_HEIGHT + legend_height(rows.len()))
            .collect();
        let space = self.space.as_ref();
        let space_legend = space.map_or(vec![], |space| rows_of(space.entries()));
        let space_height = space.map_or(0, |_| SPACE_HEIGHT + legend_height(space_legend.len()));
        let height = (heights.iter().sum::<u32>() + space_height).max(1);
        let mut body = String::new();
        {
            let root = SVGBackend::with_string(&mut body, (WIDTH, height)).into_drawing_area();
            root.fill(&palette::PAPER).map_err(refused)?;
            let mut rest = root.clone();
            for ((panel, legend), height) in self.panels.iter().zip(&legends).zip(heights) {
                let (area, below) = rest.split_vertically(height);
                draw_panel(&area, panel, legend)?;
                rest = below;
            }
            if let Some(space) = space {
                let (area, below) = rest.split_vertically(SPACE_HEIGHT);
                space.draw(&area)?;
                draw_legend(&below, &space_legend)?;
            }
            root.present().map_err(refused)?;
        }
        // The drawing library's own opening tag fixes a size; this one scales with the column.
        let drawn = body.split_once('>').map_or("", |(_, drawn)| drawn);
        let title = escape(&self.caption);
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" role=\"img\" viewBox=\"0 0 {WIDTH} {height}\"><title>{title}</title>{style}{drawn}"
        ))
    }

    /// What is drawn: a row `panel,series,x,y` for each point, panels counted from 0; a vertical line has no y. A figure with a
    /// picture in three dimensions has a column z, which is empty for panels; that picture counts as the last panel.
    ///
    /// # Errors
    /// [`ReportError::Table`] if the writer refuses, which it has no reason to.
    pub fn csv(&self) -> Result<String, ReportError> {
        let mut writer = csv::Writer::from_writer(vec![]);
        let n_columns = if self.space.is_some() { 5 } else { 4 };
        let mut row = |cells: [&str; 5]| writer.write_record(&cells[..n_columns]);
        row(DATA_COLUMNS)?;
        for (index, panel) in self.panels.iter().enumerate() {
            let index = index.to_string();
            if let Some((label, places)) = &panel.verticals {
                for x in places {
                    row([&index, label, &x.to_string(), "", ""])?;
                }
            }
            for series in &panel.series {
                for (x, y) in &series.points {
                    row([&index, &series.label, &cell(*x), &cell(*y), ""])?;
                }
            }
        }
        if let Some(space) = &self.space {
            let index = self.panels.len().to_string();
            for path in &space.paths {
                for [x, y, z] in path.points.iter().map(|point| point.map(cell)) {
                    row([&index, &path.label, &x, &y, &z])?;
                }
            }
        }
        let bytes = writer
            .into_inner()
            .map_err(|error| ReportError::Table(error.into_error().into()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn cell(value: f64) -> String {
    match value.is_nan() {
        true => String::new(),
        false => value.to_string(),
    }
}

/// Text as it stands in HTML and SVG.
///
/// The text `a < "b"` becomes `a &lt; &quot;b&quot;`.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

pub(crate) fn refused(error: impl std::fmt::Display) -> ReportError {
    ReportError::Drawing {
        reason: error.to_string(),
    }
}

/// One entry of a legend.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) label: &'a str,
    pub(crate) ink: Ink,
    pub(crate) mark: Mark,
}

fn text_width(text: &str) -> u32 {
    (text.chars().count() as f64 * ADVANCE * f64::from(FONT)).ceil() as u32
}

/// The entries of the legend in rows that fit.
fn legend_rows(panel: &Panel) -> Vec<Vec<Entry<'_>>> {
    let verticals = panel.verticals.iter().map(|(label, _)| Entry {
        label,
        ink: Ink::Rule,
        mark: Mark::Dashed,
    });
    let series = panel.series.iter().filter(|series| series.in_legend);
    let named = series.map(|series| Entry {
        label: &series.label,
        ink: series.ink,
        mark: series.mark,
    });
    rows_of(verticals.chain(named))
}

/// The entries in rows that fit.
fn rows_of<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<Vec<Entry<'a>>> {
    let mut rows: Vec<Vec<Entry<'a>>> = vec![];
    let mut used = u32::MAX;
    for entry in entries {
        let width = entry_width(&entry);
        if used.saturating_add(width) > WIDTH - 130 {
            rows.push(vec![]);
            used = 0;
        }
        used += width;
        if let Some(row) = rows.last_mut() {
            row.push(entry);
        }
    }
    rows
}

fn entry_width(entry: &Entry<'_>) -> u32 {
    text_width(entry.label) + SWATCH as u32 + 38
}

pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(crate) fn text_style(ink: RGBColor) -> TextStyle<'static> {
    ("sans-serif", FONT).into_font().color(&ink)
}

pub(crate) fn style(ink: Ink, mark: Mark) -> ShapeStyle {
    let width = match mark {
        Mark::Thin => 2,
        Mark::Dashed => 3,
        Mark::Line | Mark::Points | Mark::Joined => 4,
    };
    ink.color().stroke_width(width)
}

fn draw_panel(
    area: &Area<'_>,
    panel: &Panel,
    legend: &[Vec<Entry<'_>>],
) -> Result<(), ReportError> {
    let (plot, below) = area.split_vertically(PANEL_HEIGHT);
    let xs = panel.series.iter().flat_map(|series| &series.points);
    let verticals = panel.verticals.iter().flat_map(|(_, places)| places);
    let x_span = panel
        .x
        .span(xs.map(|point| point.0).chain(verticals.copied()));
    let ys = panel.series.iter().flat_map(|series| &series.points);
    let y_span = panel.y.span(ys.map(|point| point.1));
    let mut chart = ChartBuilder::on(&plot)
        .caption(&panel.title, text_style(palette::INK))
        .margin_top(14)
        .margin_right(34)
        .margin_left(12)
        .x_label_area_size(80)
        .y_label_area_size(118)
        .build_cartesian_2d(x_span, y_span)
        .map_err(refused)?;
    chart
        .configure_mesh()
        .x_desc(&panel.x.label)
        .y_desc(&panel.y.label)
        .x_labels(8)
        .y_labels(7)
        .max_light_lines(0)
        .bold_line_style(palette::GRID)
        .axis_style(palette::INK)
        .label_style(text_style(palette::INK))
        .axis_desc_style(text_style(palette::INK))
        .draw()
        .map_err(refused)?;
    let heights = chart.y_range();
    if let Some((_, places)) = &panel.verticals {
        let shape = style(Ink::Rule, Mark::Dashed);
        for &x in places.iter().filter(|x| panel.x.takes(**x)) {
            let ends = [(x, heights.start), (x, heights.end)];
            chart
                .draw_series(DashedLineSeries::new(ends, 9, 7, shape))
                .map_err(refused)?;
        }
    }
    for series in &panel.series {
        let shape = style(series.ink, series.mark);
        let takes = |point: &(f64, f64)| panel.x.takes(point.0) && panel.y.takes(point.1);
        if series.mark != Mark::Points {
            for piece in series.points.split(|point| !takes(point)) {
                let piece = piece.iter().copied();
                match series.mark {
                    Mark::Dashed => {
                        let line = DashedLineSeries::new(piece.collect::<Vec<_>>(), 12, 8, shape);
                        chart.draw_series(line).map(|_| ())
                    }
                    _ => chart.draw_series(LineSeries::new(piece, shape)).map(|_| ()),
                }
                .map_err(refused)?;
            }
        }
        if matches!(series.mark, Mark::Points | Mark::Joined) {
            let points = series.points.iter().filter(|point| takes(point));
            chart
                .draw_series(points.map(|point| Circle::new(*point, 6, shape.filled())))
                .map_err(refused)?;
        }
    }
    let note_style = text_style(palette::INK).pos(Pos::new(HPos::Left, VPos::Bottom));
    chart
        .draw_series(
            panel
                .notes
                .iter()
                .map(|note| Text::new(note.text.clone(), note.at, note_style.clone())),
        )
        .map_err(refused)?;
    draw_legend(&below, legend)
}

fn draw_legend(area: &Area<'_>, rows: &[Vec<Entry<'_>>]) -> Result<(), ReportError> {
    let label = text_style(palette::INK).pos(Pos::new(HPos::Left, VPos::Center));
    for (row, entries) in rows.iter().enumerate() {
        let y = (row as u32 * LEGEND_ROW + LEGEND_ROW / 2) as i32;
        let mut x = 118;
        for entry in entries {
            let shape = style(entry.ink, entry.mark);
            match entry.mark {
                Mark::Points => area.draw(&Circle::new((x + SWATCH / 2, y), 6, shape.filled())),
                Mark::Dashed => [0, 17, 34].iter().try_for_each(|&start| {
                    let dash = [(x + start, y), (x + start + 10, y)];
                    area.draw(&PathElement::new(dash, shape))
                }),
                Mark::Joined => area
                    .draw(&PathElement::new([(x, y), (x + SWATCH, y)], shape))
                    .and_then(|()| area.draw(&Circle::new((x + SWATCH / 2, y), 6, shape.filled()))),
                Mark::Line | Mark::Thin => {
                    area.draw(&PathElement::new([(x, y), (x + SWATCH, y)], shape))
                }
            }
            .map_err(refused)?;
            let text = Text::new(entry.label.to_owned(), (x + SWATCH + 10, y), label.clone());
            area.draw(&text).map_err(refused)?;
            x += entry_width(entry) as i32;
        }
    }
    Ok(())
}
