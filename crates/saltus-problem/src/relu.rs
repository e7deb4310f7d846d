//! Two-layer ReLU networks on orthogonal data: the initialisation, and the instance with its active sets.

use std::cmp::Ordering;

use saltus_exact::{Rational, RationalMatrix};

use crate::diagonal::{check_length, positive_list};
use crate::error::shorten;
use crate::integer_row::IntegerRow;
use crate::limits::{MAX_WIDTH, check_matrix};
use crate::{OrthogonalData, ProblemError};

/// The sign of an output weight, `σ_j = sign â_j`: an entry 1 or −1 of the TOML key `signs` under `[init]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// −1.
    Negative,
    /// +1.
    Positive,
}

impl Sign {
    /// The comparison with 0 of a number of this sign: `Ordering::Less` for `Sign::Negative`.
    pub fn ordering(self) -> Ordering {
        match self {
            Sign::Negative => Ordering::Less,
            Sign::Positive => Ordering::Greater,
        }
    }

    /// −1 or 1: the factor `σ_j` in `â_j = σ_j |â_j|`.
    pub fn to_rational(self) -> Rational {
        match self {
            Sign::Negative => Rational::integer(-1),
            Sign::Positive => Rational::one(),
        }
    }
}

/// The output weights `â` of an initialisation.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// `â_j = ±‖ŵ_j‖`, which in general is irrational: only the signs are given.
    Balanced {
        /// The sign of every output weight.
        signs: Vec<Sign>,
    },
    /// The output weights themselves, non-zero and at least `‖ŵ_j‖` in absolute value.
    Given(Vec<Rational>),
}

/// An initialisation `w_j(0) = λ^{k_j} ŵ_j`, `a_j(0) = λ^{k_j} â_j` with `|â_j| ≥ ‖ŵ_j‖`, m ≥ 1 neurons.
///
/// The condition keeps the sign of every output weight for all time, because `a_j² − ‖w_j‖²` is conserved.
/// A balanced neuron with `ŵ_j = 0` is legitimate and idle.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluInitialisation {
    hidden: RationalMatrix,
    output: Output,
    exponents: Vec<Rational>,
    rows: Vec<IntegerRow>,
    squared_hidden_norms: Vec<Rational>,
}

impl ReluInitialisation {
    /// Checks and wraps hidden weights (m × d), output weights and exponents (1 where they are left out).
    ///
    /// A given output weight must satisfy `â_j² ≥ ‖ŵ_j‖²`, compared exactly: `|â_j| ≥ 5` for `ŵ_j = (3, 4)`.
    ///
    /// # Errors
    /// An empty or too large table, a list of the wrong length, an exponent that is not positive, an output weight that is 0 or
    /// smaller than the norm of the hidden weights of its neuron.
    pub fn new(
        hidden: RationalMatrix,
        output: Output,
        exponents: Option<Vec<Rational>>,
    ) -> Result<Self, ProblemError> {
        const REASON: &str = "one for each row of hidden";
        let (width, columns) = (hidden.n_rows(), hidden.n_cols());
        if width == 0 || columns == 0 {
            return Err(ProblemError::Empty {
                place: "[init] hidden",
                rows: width,
                columns,
            });
        }
        check_matrix("[init] hidden", MAX_WIDTH, width, columns)?;
        match &output {
            Output::Balanced { signs } => check_length("[init] signs", signs.len(), width, REASON)?,
            Output::Given(weights) => check_length("[init] output", weights.len(), width, REASON)?,
        }
        let exponents = positive_list("[init] exponents", exponents, width, REASON)?;
        let rows: Vec<IntegerRow> = (0..width).map(|j| IntegerRow::new(hidden.row(j))).collect();
        let squared_hidden_norms: Vec<Rational> = rows.iter().map(|row| row.dot(row)).collect();
        if let Output::Given(weights) = &output {
            for (neuron, weight) in weights.iter().enumerate() {
                if weight.is_zero() {
                    return Err(ProblemError::ZeroOutput { neuron });
                }
                let squared_output = weight.square();
                if squared_output < squared_hidden_norms[neuron] {
                    return Err(ProblemError::OutputTooSmall {
                        neuron,
                        squared_output: shorten(&squared_output),
                        squared_hidden: shorten(&squared_hidden_norms[neuron]),
                    });
                }
            }
        }
        Ok(Self {
            hidden,
            output,
            exponents,
            rows,
            squared_hidden_norms,
        })
    }

    /// The hidden weights `ŵ`, m × d.
    pub fn hidden(&self) -> &RationalMatrix {
        &self.hidden
    }

    /// The output weights `â`.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// The exponents `k`, m positive numbers: neuron j starts at scale `λ^{k_j}`.
    pub fn exponents(&self) -> &[Rational] {
        &self.exponents
    }

    /// The number of neurons m, the rows of the hidden weights `ŵ`.
    pub fn width(&self) -> usize {
        self.hidden.n_rows()
    }
}

/// A two-layer ReLU network `f(x) = Σ_j a_j max(⟨w_j, x⟩, 0)` on orthogonal data, with loss `1/(2n) Σ_i (f(x_i) − y_i)²`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluInstance {
    name: String,
    data: OrthogonalData,
    init: ReluInitialisation,
    active_sets: Vec<Vec<usize>>,
}

impl ReluInstance {
    /// Joins data and initialisation, and computes every active set exactly.
    ///
    /// ```
    /// use saltus_exact::{Rational, RationalMatrix};
    /// use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};
    ///
    /// let row = |numbers: [i32; 2]| numbers.map(Rational::integer).to_vec();
    /// let inputs = RationalMatrix::from_rows(vec![row([1, 0]), row([0, 1])])?;
    /// let data = OrthogonalData::new(inputs, row([1, -1]))?;
    /// let hidden = RationalMatrix::from_rows(vec![row([2, 3])])?;
    /// let signs = vec![Sign::Positive];
    /// let init = ReluInitialisation::new(hidden, Output::Balanced { signs }, None)?;
    /// let instance = ReluInstance::new("one".to_owned(), data, init)?;
    /// // Both inner products are positive, 2 and 3, but the second label has the other sign.
    /// assert_eq!(instance.active_set(0), [0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ProblemError::HiddenDimension`] if the hidden weights do not have the dimension of the inputs.
    pub fn new(
        name: String,
        data: OrthogonalData,
        init: ReluInitialisation,
    ) -> Result<Self, ProblemError> {
        if init.hidden.n_cols() != data.input_dimension() {
            return Err(ProblemError::HiddenDimension {
                found: init.hidden.n_cols(),
                expected: data.input_dimension(),
            });
        }
        let active_sets = (0..init.width())
            .map(|j| {
                let sign = output_sign(&init, j).ordering();
                (0..data.n_points())
                    .filter(|&i| data.labels()[i].signum() == sign)
                    .filter(|&i| init.rows[j].dot_sign(data.row(i)) == Ordering::Greater)
                    .collect()
            })
            .collect();
        Ok(Self {
            name,
            data,
            init,
            active_sets,
        })
    }

    /// The name given by the instance file: its TOML key `name`, or else the stem of its file name, `noisy` for `noisy.toml`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The inputs and labels: the pairs `(x_i, y_i)` for `i = 0, …, n − 1`.
    pub fn data(&self) -> &OrthogonalData {
        &self.data
    }

    /// The initialisation `w_j(0) = λ^{k_j} ŵ_j`, `a_j(0) = λ^{k_j} â_j`.
    pub fn init(&self) -> &ReluInitialisation {
        &self.init
    }

    /// The number of neurons m, the terms of `f(x) = Σ_j a_j max(⟨w_j, x⟩, 0)`.
    pub fn width(&self) -> usize {
        self.init.width()
    }

    /// The active set `A_j = { i : ⟨ŵ_j, x_i⟩ > 0 and σ_j y_i > 0 }` of neuron j, ascending.
    pub fn active_set(&self, neuron: usize) -> &[usize] {
        &self.active_sets[neuron]
    }

    /// The exact inner product `⟨ŵ_j, x_i⟩`.
    pub fn inner_product(&self, neuron: usize, point: usize) -> Rational {
        self.init.rows[neuron].dot(self.data.row(point))
    }

    /// The sign `σ_j` of the output weight of neuron j.
    pub fn output_sign(&self, neuron: usize) -> Sign {
        output_sign(&self.init, neuron)
    }

    /// `‖ŵ_j‖²`.
    pub fn squared_hidden_norm(&self, neuron: usize) -> &Rational {
        &self.init.squared_hidden_norms[neuron]
    }

    /// `â_j²`, which is `‖ŵ_j‖²` for a balanced initialisation.
    pub fn squared_output(&self, neuron: usize) -> Rational {
        match &self.init.output {
            Output::Balanced { .. } => self.init.squared_hidden_norms[neuron].clone(),
            Output::Given(weights) => weights[neuron].square(),
        }
    }

    /// The exponent `k_j`: the neuron starts at scale `λ^{k_j}`.
    pub fn exponent(&self, neuron: usize) -> &Rational {
        &self.init.exponents[neuron]
    }
}

fn output_sign(init: &ReluInitialisation, neuron: usize) -> Sign {
    match &init.output {
        Output::Balanced { signs } => signs[neuron],
        Output::Given(weights) if weights[neuron].is_negative() => Sign::Negative,
        Output::Given(_) => Sign::Positive,
    }
}
