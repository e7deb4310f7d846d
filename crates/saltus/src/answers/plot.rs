//! The answer of `saltus plot`: what was written.

use serde::Serialize;

use super::Answer;

/// A picture and its data: with `--out jumps.svg` they are `jumps.svg` and `jumps.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlotAnswer {
    /// What the picture shows.
    pub caption: String,
    /// The SVG file.
    pub picture: String,
    /// The CSV file.
    pub data: String,
    /// The log inverse scales of the flows.
    pub log_inv_scales: Vec<f64>,
}

impl Answer for PlotAnswer {
    fn text(&self) -> String {
        format!(
            "{}\nPicture: {}\nData: {}\n",
            self.caption, self.picture, self.data
        )
    }
}
