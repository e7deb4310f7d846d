//! The answer of `saltus predict`: the limiting jump process, exactly.

use std::collections::BTreeMap;

use rayon::prelude::*;
use saltus_exact::Rational;
use saltus_jump::diagonal::{DiagonalJump, DiagonalSequence};
use saltus_jump::relu::{JumpedNeuron, ReluJump, ReluSequence};
use saltus_jump::{Hypothesis, JumpError};
use saltus_problem::{DiagonalInstance, Instance, ReluInstance};
use serde::Serialize;

use super::explain::{self, JumpExplanation};
use super::table::{Align, Table, some_indices};
use super::{Answer, ExactNumber};

/// The exact jump sequence of an instance of either system.
///
/// ```
/// let instance = saltus::data::shipped::load_shipped("relu-three-points").expect("it is shipped");
/// let saltus::answers::Prediction::Relu(network) = saltus::answers::Prediction::of(&instance)? else { unreachable!() };
/// assert_eq!(network.jumps[0].time.exact.as_deref(), Some("6/5"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Prediction {
    /// A two-layer ReLU network on orthogonal data.
    Relu(ReluPrediction),
    /// A diagonal linear network.
    Diagonal(DiagonalPrediction),
}

/// The jump sequence of a two-layer ReLU network on orthogonal data.
///
/// Exponents fall at the rates `ρ_j(S) = √(Σ_{i ∈ A_j∖S} (y_i ‖x_i‖/n)²)`, S the points fitted so far, and the first to reach 0
/// jumps; for `relu-three-points` at `τ = 6/5` and `τ = 3/2`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReluPrediction {
    /// `relu-orthogonal`.
    pub system: &'static str,
    /// Name of the instance.
    pub name: String,
    /// Number of points.
    pub n: usize,
    /// Input dimension.
    pub d: usize,
    /// Number of neurons.
    pub width: usize,
    /// Loss `1/(2n) Σ y_i²` of the zero network.
    pub initial_loss: ExactNumber,
    /// The jumps in order of time.
    pub jumps: Vec<ReluJumpAnswer>,
    /// Points with a non-zero label that the limit leaves at output 0 (ascending).
    pub unfitted: Vec<usize>,
    /// Whether the limit fits every point.
    pub interpolates: bool,
    /// `‖θ‖²` at the end; `None` once a tie left it undetermined.
    pub squared_norm: Option<ExactNumber>,
    /// The least `‖θ‖²` over all interpolating networks.
    pub min_squared_norm: ExactNumber,
    /// The hypotheses of the limit theorem, decided exactly.
    pub hypotheses: Vec<HypothesisAnswer>,
    /// Why each neuron or coordinate is the next; `None` if it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Vec<JumpExplanation>>,
}

/// One jump of a ReLU network; all but the time describes the saddle after it, of loss `1/(2n) Σ y_i²` over the points not yet
/// fitted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReluJumpAnswer {
    /// Rescaled time `τ = t/Λ`.
    pub time: ExactNumber,
    /// Rescaled time since the jump before; `None` for the first.
    pub gap: Option<ExactNumber>,
    /// The neurons that jump (ascending): several if their times are equal exactly.
    pub neurons: Vec<usize>,
    /// The points that this jump fits (ascending).
    pub points: Vec<usize>,
    /// Loss.
    pub loss: ExactNumber,
    /// `‖θ‖²`; `None` once a tie left it undetermined.
    pub squared_norm: Option<ExactNumber>,
    /// The neurons that jumped; `None` where a tie leaves their parameters undetermined.
    pub parameters: Option<Vec<NeuronAnswer>>,
}

/// The weights of a neuron after its jump: `a_k² = √(Σ_B y_i²/‖x_i‖²)` and `c_i = |y_i|/(a_k² ‖x_i‖²)`, B the points that it
/// fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeuronAnswer {
    /// Index of the neuron.
    pub neuron: usize,
    /// `a_k² = ‖w_k‖²`.
    pub squared_size: ExactNumber,
    /// `w_k/‖w_k‖ = Σ c_i x_i`: the coefficient `c_i` of each point.
    pub direction: BTreeMap<usize, ExactNumber>,
}

/// The jump sequence of a diagonal linear network.
///
/// Between jumps the dual variable moves as `ds/dτ = −∇L(β)`; a jump comes when a coordinate meets its bound, `|s_i| = k_i`. For
/// `dln-5x7` that is at `τ = 1/7` and `τ = 2/5`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiagonalPrediction {
    /// `diagonal-linear`.
    pub system: &'static str,
    /// What the numbers rest on where enclosures were asked for: `certified` or `exact`; left out otherwise, being `exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<&'static str>,
    /// Name of the instance.
    pub name: String,
    /// Number of samples.
    pub n: usize,
    /// Number of coordinates.
    pub d: usize,
    /// Loss at β = 0.
    pub initial_loss: ExactNumber,
    /// The jumps in order of time.
    pub jumps: Vec<DiagonalJumpAnswer>,
    /// Whether the process ends with zero loss.
    pub interpolates: bool,
    /// The hypotheses of the limit theorem, decided exactly.
    pub hypotheses: Vec<HypothesisAnswer>,
    /// Why each neuron or coordinate is the next; `None` if it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Vec<JumpExplanation>>,
}

/// One jump of a diagonal linear network; all but the time describes the saddle after it.
///
/// There β has the least loss `‖Xβ − y‖²/(2n)` with `β_i ≥ 0` where `s_i = k_i`, `β_i ≤ 0` where `s_i = −k_i`, and 0 elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiagonalJumpAnswer {
    /// Rescaled time `τ = t/Λ`.
    pub time: ExactNumber,
    /// Coordinates that enter the support of β; `None` where β is not unique before or after the jump.
    pub activated: Option<Vec<usize>>,
    /// Coordinates that leave the support of β; `None` where `activated` is.
    pub deactivated: Option<Vec<usize>>,
    /// The coefficients β, d of them; `None` where they are not unique.
    pub beta: Option<Vec<ExactNumber>>,
    /// Whether β is unique.
    pub unique: bool,
    /// Loss.
    pub loss: ExactNumber,
    /// `Σ|β_i|`; `None` where it is not determined.
    pub l1_norm: Option<ExactNumber>,
}

/// A hypothesis of the limit theorem on one instance; as text a line such as `yes  unique winners: one neuron at every jump`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HypothesisAnswer {
    /// Its short name.
    pub name: &'static str,
    /// Whether it holds, decided exactly.
    pub holds: bool,
    /// Where it fails, or how well it holds.
    pub detail: String,
    /// The exact number behind `detail`, if it is one.
    pub value: Option<ExactNumber>,
}

impl Prediction {
    /// Predicts the jump sequence, for diagonal networks by enclosures: see [`DiagonalPrediction::by_enclosures`]. `None` for
    /// ReLU networks, whose exact process has no other form.
    ///
    /// # Errors
    /// [`JumpError`] if the process cannot be decided within its limits.
    pub fn by_enclosures(instance: &Instance) -> Result<Option<Self>, JumpError> {
        match instance {
            Instance::Relu(_) => Ok(None),
            Instance::Diagonal(instance) => {
                let prediction = DiagonalPrediction::by_enclosures(instance)?;
                Ok(Some(Prediction::Diagonal(prediction)))
            }
        }
    }

    /// Predicts the jump sequence of an instance.
    ///
    /// # Errors
    /// [`JumpError`] if the process cannot be decided within its limits.
    pub fn of(instance: &Instance) -> Result<Self, JumpError> {
        Prediction::with_progress(instance, &|_| {})
    }

    /// As [`of`](Self::of); `progress` is told, for diagonal networks, the number of jumps found so far, after each.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn with_progress(instance: &Instance, progress: &dyn Fn(usize)) -> Result<Self, JumpError> {
        Ok(match instance {
            Instance::Relu(instance) => {
                let sequence = saltus_jump::relu::predict(instance)?;
                Prediction::Relu(ReluPrediction::new(instance, &sequence))
            }
            Instance::Diagonal(instance) => {
                let sequence = saltus_jump::diagonal::predict_with_progress(instance, progress)?;
                Prediction::Diagonal(DiagonalPrediction::new(instance, &sequence))
            }
        })
    }
}

impl Prediction {
    /// As [`of`](Self::of), with the reason why each neuron or coordinate is the next, its runner-up and the margin.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn explained(instance: &Instance) -> Result<Self, JumpError> {
        Prediction::explained_with_progress(instance, &|_| {})
    }

    /// As [`explained`](Self::explained), with progress as in [`with_progress`](Self::with_progress).
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn explained_with_progress(
        instance: &Instance,
        progress: &dyn Fn(usize),
    ) -> Result<Self, JumpError> {
        Ok(match instance {
            Instance::Relu(instance) => {
                let sequence = saltus_jump::relu::predict(instance)?;
                Prediction::Relu(ReluPrediction {
                    explanation: Some(explain::relu(instance, &sequence)),
                    ..ReluPrediction::new(instance, &sequence)
                })
            }
            Instance::Diagonal(instance) => {
                let sequence = saltus_jump::diagonal::predict_with_progress(instance, progress)?;
                Prediction::Diagonal(DiagonalPrediction {
                    explanation: Some(explain::diagonal(instance, &sequence)),
                    ..DiagonalPrediction::new(instance, &sequence)
                })
            }
        })
    }
}

impl ReluPrediction {
    /// The answer that `sequence`, the prediction for `instance`, gives.
    pub fn new(instance: &ReluInstance, sequence: &ReluSequence) -> Self {
        ReluPrediction {
            system: "relu-orthogonal",
            name: instance.name().to_owned(),
            n: instance.data().n_points(),
            d: instance.data().input_dimension(),
            width: instance.width(),
            initial_loss: sequence.initial_loss().into(),
            jumps: sequence.jumps().iter().map(ReluJumpAnswer::from).collect(),
            unfitted: sequence.unfitted().to_vec(),
            interpolates: sequence.interpolates(),
            squared_norm: sequence.squared_norm().as_ref().map(ExactNumber::from),
            min_squared_norm: sequence.min_squared_norm().into(),
            hypotheses: hypotheses(&sequence.hypotheses()),
            explanation: None,
        }
    }
}

impl From<&ReluJump> for ReluJumpAnswer {
    fn from(jump: &ReluJump) -> Self {
        ReluJumpAnswer {
            time: (&jump.time).into(),
            gap: jump.gap.as_ref().map(ExactNumber::from),
            neurons: jump.winner.neurons().to_vec(),
            points: jump.points.clone(),
            loss: (&jump.loss).into(),
            squared_norm: jump.squared_norm.as_ref().map(ExactNumber::from),
            parameters: jump
                .parameters
                .as_ref()
                .map(|neurons| neurons.iter().map(NeuronAnswer::from).collect()),
        }
    }
}

impl From<&JumpedNeuron> for NeuronAnswer {
    fn from(neuron: &JumpedNeuron) -> Self {
        NeuronAnswer {
            neuron: neuron.neuron,
            squared_size: (&neuron.squared_size).into(),
            direction: neuron
                .direction
                .iter()
                .map(|(point, coefficient)| (*point, coefficient.into()))
                .collect(),
        }
    }
}

impl DiagonalPrediction {
    /// The answer that `sequence`, the prediction for `instance`, gives.
    pub fn new(instance: &DiagonalInstance, sequence: &DiagonalSequence) -> Self {
        DiagonalPrediction {
            system: "diagonal-linear",
            evidence: None,
            name: instance.name().to_owned(),
            n: instance.n_samples(),
            d: instance.dimension(),
            initial_loss: sequence.initial_loss().into(),
            jumps: sequence
                .jumps()
                .par_iter()
                .zip(sequence.times_as_text())
                .with_max_len(1)
                .map(|(jump, time)| DiagonalJumpAnswer::new(jump, time))
                .collect(),
            interpolates: sequence.interpolates(),
            hypotheses: hypotheses(&sequence.hypotheses()),
            explanation: None,
        }
    }
}

impl DiagonalJumpAnswer {
    /// The answer on a jump of which the time is known as text.
    fn new(jump: &DiagonalJump, time: String) -> Self {
        let beta = jump.unique.then(|| {
            let coefficients: Vec<&Rational> = jump.beta.iter().collect();
            ExactNumber::of_each(&coefficients)
        });
        DiagonalJumpAnswer {
            time: ExactNumber::written(time, &jump.time),
            activated: jump.activated.clone(),
            deactivated: jump.deactivated.clone(),
            beta,
            unique: jump.unique,
            loss: (&jump.loss).into(),
            l1_norm: jump.l1_norm.as_ref().map(ExactNumber::from),
        }
    }
}

fn hypotheses(hypotheses: &[Hypothesis]) -> Vec<HypothesisAnswer> {
    let answer = |hypothesis: &Hypothesis| HypothesisAnswer {
        name: hypothesis.name,
        holds: hypothesis.holds,
        detail: hypothesis.detail.clone(),
        value: hypothesis.value.as_ref().map(ExactNumber::from),
    };
    hypotheses.iter().map(answer).collect()
}

impl Answer for Prediction {
    fn text(&self) -> String {
        let (mut text, explanation) = match self {
            Prediction::Relu(prediction) => (relu_text(prediction), &prediction.explanation),
            Prediction::Diagonal(prediction) => {
                (diagonal_text(prediction), &prediction.explanation)
            }
        };
        if let Some(explanation) = explanation {
            text.push_str(&explain::text(explanation));
        }
        text
    }
}

fn relu_text(prediction: &ReluPrediction) -> String {
    let mut table = Table::new([
        ("jump", Align::Right),
        ("rescaled time", Align::Right),
        ("exactly", Align::Left),
        ("neuron", Align::Left),
        ("points", Align::Left),
        ("loss", Align::Right),
        ("squared norm", Align::Right),
    ]);
    for (index, jump) in prediction.jumps.iter().enumerate() {
        table.push([
            index.to_string(),
            jump.time.short_decimal(),
            jump.time.short_expression().to_owned(),
            some_indices(&jump.neurons),
            some_indices(&jump.points),
            jump.loss.short_decimal(),
            determined(jump.squared_norm.as_ref()),
        ]);
    }
    let end = match prediction.unfitted.as_slice() {
        [] => "every point is fitted".to_owned(),
        points => format!("not fitted: points {}", some_indices(points)),
    };
    format!(
        "{}\n{}: {} points in dimension {}, {} neurons, initial loss {}\n\n{}\nAt the end {end}; squared norm {}, least possible {}.\n{}",
        prediction.name,
        prediction.system,
        prediction.n,
        prediction.d,
        prediction.width,
        prediction.initial_loss.short_decimal(),
        or_no_jump(prediction.jumps.len(), &table),
        determined(prediction.squared_norm.as_ref()),
        prediction.min_squared_norm.short_decimal(),
        hypotheses_text(&prediction.hypotheses),
    )
}

fn diagonal_text(prediction: &DiagonalPrediction) -> String {
    let mut table = Table::new([
        ("jump", Align::Right),
        ("rescaled time", Align::Right),
        ("exactly", Align::Left),
        ("enter", Align::Left),
        ("leave", Align::Left),
        ("loss", Align::Right),
        ("l1 norm", Align::Right),
    ]);
    let change = |coordinates: Option<&Vec<usize>>| match coordinates {
        Some(coordinates) => some_indices(coordinates),
        None => "not unique".to_owned(),
    };
    for (index, jump) in prediction.jumps.iter().enumerate() {
        table.push([
            index.to_string(),
            jump.time.short_decimal(),
            jump.time.short_expression().to_owned(),
            change(jump.activated.as_ref()),
            change(jump.deactivated.as_ref()),
            jump.loss.short_decimal(),
            determined(jump.l1_norm.as_ref()),
        ]);
    }
    let end = if prediction.interpolates {
        "every label is fitted"
    } else {
        "the loss is least, and not 0"
    };
    let evidence = match prediction.evidence {
        Some(evidence) => format!("Evidence: {evidence}.\n"),
        None => String::new(),
    };
    format!(
        "{}\n{}: {} samples, {} coordinates, initial loss {}\n{}\n{}\nAt the end {end}.\n{}{}",
        prediction.name,
        prediction.system,
        prediction.n,
        prediction.d,
        prediction.initial_loss.short_decimal(),
        evidence,
        or_no_jump(prediction.jumps.len(), &table),
        coefficients_text(prediction.jumps.last()),
        hypotheses_text(&prediction.hypotheses),
    )
}

/// The coefficients after the last jump that are not 0.
fn coefficients_text(last: Option<&DiagonalJumpAnswer>) -> String {
    let Some(beta) = last.and_then(|jump| jump.beta.as_ref()) else {
        return String::new();
    };
    let mut table = Table::new([
        ("coordinate", Align::Right),
        ("coefficient", Align::Right),
        ("exactly", Align::Left),
    ]);
    let support = beta.iter().enumerate();
    for (coordinate, value) in support.filter(|(_, value)| value.decimal != "0") {
        table.push([
            coordinate.to_string(),
            value.short_decimal(),
            value.short_expression().to_owned(),
        ]);
    }
    format!("\n{}", table.lines())
}

fn or_no_jump<const COLUMNS: usize>(jumps: usize, table: &Table<COLUMNS>) -> String {
    if jumps == 0 {
        "There is no jump.\n".to_owned()
    } else {
        table.lines()
    }
}

fn determined(number: Option<&ExactNumber>) -> String {
    match number {
        Some(number) => number.short_decimal(),
        None => "undetermined".to_owned(),
    }
}

fn hypotheses_text(hypotheses: &[HypothesisAnswer]) -> String {
    let mut text = String::from("\nHypotheses\n");
    for hypothesis in hypotheses {
        let word = if hypothesis.holds { "yes" } else { "no " };
        text.push_str(&format!(
            "  {word}  {}: {}\n",
            hypothesis.name, hypothesis.detail
        ));
    }
    text
}
