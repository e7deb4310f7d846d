//! Random balanced initialisations of ReLU networks.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::limits::{MAX_WIDTH, check_matrix};
use saltus_problem::{OrthogonalData, Output, ProblemError, ReluInitialisation, Sign};

use super::draws::{Draws, Purpose};

/// The law of the hidden weights `ŵ`, independent from entry to entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightLaw {
    /// Integers, uniform on −9, …, 9 without 0. On axes their frame coordinates are independent, symmetric and never 0.
    Integers,
    /// Bell-shaped multiples of 1/64.
    Bell,
    /// `ŵ_j = Σ_i c_ji x_i/‖x_i‖²` with integers `c_ji = ⟨ŵ_j, x_i⟩` uniform on −9, …, 9 without 0: independent, symmetric and never 0
    /// in the frame of the data, whatever the frame.
    Frame,
}

/// The law of the signs of the output weights.
///
/// A sign `s_j` gives the output weight `s_j‖ŵ_j‖`; in an instance file `signs = "random"` (the default) or `"positive"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignLaw {
    /// Independent, −1 or 1 with probability ½ each.
    Random,
    /// All 1.
    Positive,
}

/// A recipe for a balanced initialisation.
///
/// In an instance file: `[init]` with `generate = { width = 6, seed = 7, weights = "integers", signs = "random" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialisationRecipe {
    /// The number of neurons m.
    pub width: u32,
    /// The law of the hidden weights.
    pub weights: WeightLaw,
    /// The law of the signs.
    pub signs: SignLaw,
    /// The seed.
    pub seed: u64,
    /// The stream, such as the index of a task.
    pub stream: u64,
}

impl InitialisationRecipe {
    /// Draws the initialisation of a network on `data`: the hidden weights row by row, then the signs. `exponents` are passed on.
    ///
    /// # Errors
    /// [`ProblemError`] for width 0, for more entries than the limits allow, or for exponents that do not fit.
    pub fn draw(
        &self,
        data: &OrthogonalData,
        exponents: Option<Vec<Rational>>,
    ) -> Result<ReluInitialisation, ProblemError> {
        let (width, d) = (self.width as usize, data.input_dimension());
        check_matrix("[init] hidden", MAX_WIDTH, width, d)?;
        let mut draws = Draws::new(self.seed, self.stream, Purpose::Initialisation);
        let mut entries = Vec::with_capacity(width * d);
        for _ in 0..width {
            match self.weights {
                WeightLaw::Integers => entries.extend((0..d).map(|_| small_integer(&mut draws))),
                WeightLaw::Bell => entries.extend((0..d).map(|_| draws.bell())),
                WeightLaw::Frame => entries.extend(frame_combination(data, &mut draws)),
            }
        }
        let hidden =
            RationalMatrix::new(width, d, entries).expect("d entries were drawn for every neuron");
        let signs = (0..width)
            .map(|_| match self.signs {
                SignLaw::Random if draws.is_negative() => Sign::Negative,
                SignLaw::Random | SignLaw::Positive => Sign::Positive,
            })
            .collect();
        ReluInitialisation::new(hidden, Output::Balanced { signs }, exponents)
    }
}

fn small_integer(draws: &mut Draws) -> Rational {
    let size = draws.positive_ratio(9, 1);
    draws.signed(size)
}

fn frame_combination(data: &OrthogonalData, draws: &mut Draws) -> Vec<Rational> {
    let mut row = vec![Rational::zero(); data.input_dimension()];
    for (i, squared_norm) in data.squared_norms().iter().enumerate() {
        let coefficient = small_integer(draws)
            .checked_div(squared_norm)
            .expect("inputs are not 0");
        for (entry, input) in row.iter_mut().zip(data.inputs().row(i)) {
            if !input.is_zero() {
                *entry += &(&coefficient * input);
            }
        }
    }
    row
}
