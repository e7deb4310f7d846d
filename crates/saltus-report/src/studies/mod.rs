//! The figures of the claims and of the papers, each from its own computation.

mod convergence;
mod edge;
mod gain;
mod interpolation;
mod norm;
mod regression;
mod saddles;
mod stepsizes;

use saltus_data::shipped::find_shipped;
use saltus_problem::Instance;

use crate::error::ReportError;
use crate::figure::Figure;
use crate::jumps;

/// How much is run for a figure.
///
/// The option `--quick` of `saltus figures` stands for `Effort::Quick`; without it, `Effort::Full` is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Short runs and few draws, for tests: the same files and series, not the same figures.
    Quick,
    /// What the book shows.
    Full,
}

/// A figure that can be drawn.
///
/// `saltus figures --figure norm-ratio --out FOLDER` draws the one named `norm-ratio`, to `norm-ratio.svg` and
/// `norm-ratio.csv` in that folder.
#[derive(Debug, Clone, Copy)]
pub struct Study {
    /// Name of the figure and of its files.
    pub name: &'static str,
    draw: fn(Effort) -> Result<Figure, ReportError>,
}

/// All studies, in the order of the book.
///
/// The first is `jumps-relu`, the last `norm-ratio`; `saltus figures` draws all of them.
pub const STUDIES: &[Study] = &[
    Study {
        name: "jumps-relu",
        draw: |_| shipped_jumps("jumps-relu", "relu-cayley"),
    },
    Study {
        name: "jumps-diagonal",
        draw: |_| shipped_jumps("jumps-diagonal", "dln-deactivation"),
    },
    Study {
        name: "error-against-scale",
        draw: convergence::figure,
    },
    Study {
        name: "saddle-to-saddle",
        draw: saddles::figure,
    },
    Study {
        name: "stepsizes",
        draw: stepsizes::figure,
    },
    Study {
        name: "gain-per-coordinate",
        draw: gain::figure,
    },
    Study {
        name: "edge-of-stability",
        draw: edge::figure,
    },
    Study {
        name: "interpolation-probability",
        draw: interpolation::figure,
    },
    Study {
        name: "norm-ratio",
        draw: norm::figure,
    },
];

impl Study {
    /// Draws the figure. It depends on the effort alone, not on threads or time.
    ///
    /// # Errors
    /// [`ReportError`] if something cannot be predicted, simulated or drawn.
    ///
    /// # Example
    /// ```
    /// use saltus_report::studies::{Effort, STUDIES};
    /// let study = STUDIES.iter().find(|study| study.name == "interpolation-probability").expect("listed");
    /// let figure = study.draw(Effort::Quick)?;
    /// assert!(figure.csv()?.starts_with("panel,series,x,y\n"));
    /// # Ok::<(), saltus_report::ReportError>(())
    /// ```
    pub fn draw(&self, effort: Effort) -> Result<Figure, ReportError> {
        (self.draw)(effort)
    }
}

fn shipped_jumps(name: &'static str, instance: &'static str) -> Result<Figure, ReportError> {
    let mut figure = jumps::figure(&shipped(instance)?, &jumps::default_scales())?;
    figure.name = name.to_owned();
    Ok(figure)
}

fn shipped(name: &'static str) -> Result<Instance, ReportError> {
    let shipped = find_shipped(name).ok_or(ReportError::Missing { name })?;
    Ok(shipped.load()?)
}
