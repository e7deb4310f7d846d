//! The answers of the program: one type a command, with its keys in a fixed order for JSON and a text for readers.

mod certified;
mod check;
mod claims;
mod decimal;
mod example;
mod explain;
mod figures;
mod number;
mod plot;
mod predict;
mod simulate;
mod suite;
mod suite_page;
mod sweep;
mod table;
mod train;
mod verify;

use serde::Serialize;

pub use check::Checked;
pub use claims::{ClaimList, ClaimRow};
pub use example::{Example, ExampleEntry, ExampleList};
pub use explain::JumpExplanation;
pub use figures::{DrawnFigure, FiguresAnswer};
pub use number::ExactNumber;
pub use plot::PlotAnswer;
pub use predict::{
    DiagonalJumpAnswer, DiagonalPrediction, HypothesisAnswer, NeuronAnswer, Prediction,
    ReluJumpAnswer, ReluPrediction,
};
pub use simulate::{
    DiagonalGuardAnswer, DiagonalSampleAnswer, DiagonalSimulationAnswer, ReluGuardAnswer,
    ReluSampleAnswer, ReluSimulationAnswer, SimulationAnswer, WorkDone,
};
pub use suite::{Certified, ClaimTime, Drawn, Suite, SuiteEntry};
pub use sweep::{SweepRun, SweepSummary};
pub use train::TrainingAnswer;
pub use verify::Verification;

/// An answer of the program. Its JSON is that of [`Serialize`].
pub trait Answer: Serialize {
    /// The answer for readers: lines of text, the last one with its line end.
    fn text(&self) -> String;
}
