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

/// An answer of the program. Its JSON is that of [`Serialize`], to which the program adds its version: see [`Versioned`].
pub trait Answer: Serialize {
    /// The answer for readers: lines of text, the last one with its line end.
    fn text(&self) -> String;
}

/// An answer with the version of the program that gave it: its JSON is the answer's, with the key `version` in front.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Versioned<'a, A> {
    /// Version of the program, with its commit if it was built in a checkout.
    pub version: &'a str,
    /// The answer, a JSON object without a key of that name.
    #[serde(flatten)]
    pub answer: &'a A,
}

#[cfg(test)]
mod tests {
    use saltus_problem::Instance;

    use super::*;

    #[test]
    fn the_version_stands_in_front() {
        fn check(answer: &impl Answer, begin: &str) {
            let version = "1.2.3 (abc)";
            let versioned = Versioned { version, answer };
            let text = serde_json::to_string(&versioned).expect("a JSON object");
            assert!(text.starts_with(begin), "{text}");
            let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let keys = value.as_object_mut().expect("an object");
            assert_eq!(keys.remove("version"), Some(version.into()));
            assert_eq!(value, serde_json::to_value(answer).expect("JSON"));
        }
        let instance = saltus_data::shipped::load_shipped("relu-three-points").expect("shipped");
        let prediction = Prediction::of(&instance).expect("few jumps");
        let begin = r#"{"version":"1.2.3 (abc)","system":"relu-orthogonal","#;
        check(&prediction, begin);
        let list = ClaimList::registry();
        check(&list, r#"{"version":"1.2.3 (abc)","claims":["#);
    }

    #[test]
    fn progress_counts_jumps_and_changes_nothing() {
        let instance = saltus_data::shipped::load_shipped("dln-5x7").expect("shipped");
        type Predict = fn(&Instance, &dyn Fn(usize)) -> Result<Prediction, saltus_jump::JumpError>;
        fn check(instance: &Instance, predict: Predict, plain: &Prediction) {
            let told = std::cell::RefCell::new(vec![]);
            let count = |jumps| told.borrow_mut().push(jumps);
            let counted = predict(instance, &count).expect("few jumps");
            assert_eq!(&counted, plain);
            let Prediction::Diagonal(counted) = counted else {
                unreachable!("the instance is a diagonal network");
            };
            let jumps = counted.jumps.len();
            assert_eq!(told.into_inner(), (1..=jumps).collect::<Vec<_>>());
        }
        let plain = Prediction::of(&instance).expect("few jumps");
        check(&instance, Prediction::with_progress, &plain);
        let plain = Prediction::explained(&instance).expect("few jumps");
        check(&instance, Prediction::explained_with_progress, &plain);
    }
}
