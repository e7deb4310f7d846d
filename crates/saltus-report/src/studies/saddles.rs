//! From saddle to saddle in three coordinates: loss, coordinates and the path in space (arXiv 2304.00488).

use saltus_data::{ReadError, parse_instance};
use saltus_exact::Rational;
use saltus_jump::diagonal::predict;
use saltus_problem::{Instance, LogInverseScale};

use super::Effort;
use crate::axis::Axis;
use crate::error::ReportError;
use crate::figure::{Figure, Mark};
use crate::jumps;
use crate::palette::Ink;
use crate::space::{Path, Space};

/// Made for this figure: three jumps, and no coordinate leaves the support.
const INSTANCE: &str = r#"
system = "diagonal-linear"
name = "three samples, three coordinates"
[data]
inputs = [["2", "1/2", "0"], ["0", "3/2", "1/2"], ["1/2", "0", "1"]]
labels = ["3", "2", "3/2"]
"#;

/// Log inverse scales, the last of which the path is drawn for.
const SCALES: [f64; 3] = [5.0, 20.0, 100.0];

pub(super) fn figure(_: Effort) -> Result<Figure, ReportError> {
    let instance = parse_instance(INSTANCE, "figure", &mut |_| Err(ReadError::NotFound))?;
    let Instance::Diagonal(diagonal) = &instance else {
        return Err(ReportError::Missing { name: "figure" });
    };
    let scales: Result<Vec<LogInverseScale>, _> =
        SCALES.into_iter().map(LogInverseScale::new).collect();
    let mut drawn = jumps::figure(&instance, &scales?)?;
    // The race of the dual variables is in the jump pictures.
    let coefficients = drawn.panels.pop().into_iter();
    let panels = drawn.panels.drain(..1).chain(coefficients).collect();
    let sequence = predict(diagonal)?;
    let point = |beta: &[Rational]| [0, 1, 2].map(|i: usize| beta[i].to_f64());
    let mut saddles = vec![[0.0; 3]];
    saddles.extend(sequence.jumps().iter().map(|jump| point(&jump.beta)));
    let notes = saddles.iter().enumerate();
    let notes = notes
        .map(|(index, at)| (*at, format!("{index}  ")))
        .collect();
    let mut paths = vec![];
    for (colour, scale) in SCALES.into_iter().enumerate() {
        paths.push(Path {
            label: format!("flow, Λ = {scale}"),
            ink: Ink::Colour(colour),
            mark: Mark::Line,
            in_legend: true,
            points: jumps::path(diagonal, LogInverseScale::new(scale)?)?,
        });
    }
    paths.push(Path {
        label: "saddles and the end, exact".to_owned(),
        ink: Ink::Exact,
        mark: Mark::Points,
        in_legend: true,
        points: saddles,
    });
    let caption = format!(
        "{}: loss and coordinates of the flow against rescaled time, and its path in space with the exact saddles 0 to {}",
        diagonal.name(),
        sequence.jumps().len()
    );
    let space = Space {
        title: "Path of the predictor, from saddle to saddle".to_owned(),
        axes: ["β₀", "β₁", "β₂"].map(Axis::linear),
        paths,
        notes,
    };
    Ok(Figure {
        space: Some(space),
        ..Figure::new("saddle-to-saddle", caption, panels)
    })
}
