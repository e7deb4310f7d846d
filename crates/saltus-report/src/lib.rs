//! Pictures and the page of a report.
//!
//! A [`Figure`] is a value: panels, axes, series. It is drawn as SVG by a plotting library, and what is drawn is written as CSV.
//! [`jumps`] makes the figure of one instance, prediction and simulation together; [`studies`] makes those of the claims and of the
//! papers. Everything is deterministic.
//!
//! ```
//! use saltus_report::{Axis, Figure, Ink, Mark, Panel, Series};
//! let line = Series::new("y = x²", Ink::Colour(0), Mark::Line, (0..5).map(|k| (f64::from(k), f64::from(k * k))).collect());
//! let panel = Panel::new("A parabola", Axis::linear("x"), Axis::linear("y"), vec![line]);
//! let figure = Figure::new("parabola", "A parabola.", vec![panel]);
//! assert!(figure.svg()?.contains("<polyline"));
//! assert!(figure.csv()?.ends_with("0,y = x²,4,16\n"));
//! # Ok::<(), saltus_report::ReportError>(())
//! ```

mod axis;
mod error;
mod figure;
pub mod jumps;
mod palette;
mod space;
pub mod studies;

pub use axis::{Axis, Scale};
pub use error::ReportError;
pub use figure::{DATA_COLUMNS, Figure, Mark, Note, Panel, Series, WIDTH, escape};
pub use palette::{Ink, N_COLOURS, stylesheet};
pub use space::{Path, Space};
