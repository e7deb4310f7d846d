//! Sparse regression problems of the studies: drawn from a seed, with a predictor whose first coordinates alone are not 0.

use ndarray::Array2;
use saltus_data::generate::RegressionRecipe;
use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_exact::Rational;

use crate::error::ReportError;

/// Initial scale α of every run, as in arXiv 2302.08982.
pub(super) const SCALE: f64 = 0.1;

/// Noiseless labels `y = Xβ*` of independent inputs with bell-shaped entries of variance about 1, at the scale [`SCALE`].
pub(super) struct Regression {
    /// X, n × d.
    pub(super) inputs: Array2<f64>,
    /// The training problem.
    pub(super) problem: DiagonalProblem,
}

impl Regression {
    /// Draws n × d inputs; `beta_star` holds the first coordinates of the predictor, all others are 0.
    pub(super) fn draw(
        samples: u32,
        dimension: u32,
        beta_star: &[f64],
        stream: u64,
    ) -> Result<Regression, ReportError> {
        let recipe = RegressionRecipe {
            samples,
            dimension,
            support: 0,
            noise: Rational::zero(),
            seed: 1,
            stream,
        };
        let drawn = recipe.draw()?.inputs;
        let inputs = Array2::from_shape_fn((drawn.n_rows(), drawn.n_cols()), |(i, k)| {
            drawn.get(i, k).to_f64()
        });
        let labels = inputs.rows().into_iter().map(|row| {
            let pairs = row.iter().zip(beta_star);
            pairs.map(|(x, b)| x * b).sum()
        });
        let problem = DiagonalProblem::uniform(&inputs, labels.collect(), SCALE)?;
        Ok(Regression { inputs, problem })
    }
}
