//! The answer of `saltus figures`: what was written.

use serde::Serialize;

use super::Answer;

/// Figures in a folder; as text a line `norm-ratio.svg: …` with the caption for each, and then `Folder: …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FiguresAnswer {
    /// The folder.
    pub folder: String,
    /// The figures, in the order of the book.
    pub figures: Vec<DrawnFigure>,
}

/// One figure; that of the name `norm-ratio` is `norm-ratio.svg`, and its data are `norm-ratio.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawnFigure {
    /// Name of the SVG file in the folder.
    pub picture: String,
    /// Name of the CSV file that holds what is drawn.
    pub data: String,
    /// What it shows.
    pub caption: String,
}

impl Answer for FiguresAnswer {
    fn text(&self) -> String {
        let figures = self.figures.iter();
        let lines: String = figures
            .map(|figure| format!("{}: {}\n", figure.picture, figure.caption))
            .collect();
        format!("{lines}Folder: {}\n", self.folder)
    }
}
