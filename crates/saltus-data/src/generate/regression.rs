//! Random sparse regression problems for diagonal linear networks.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::ProblemError;
use saltus_problem::limits::{MAX_SAMPLES, check_matrix};

use super::draws::{Draws, Purpose};

/// A recipe for `y = Xβ* + noise·ε`: X and ε have independent bell-shaped entries, and β* has `support` entries that are a sign times
/// a multiple of 1/64 in [½, 2], at a uniformly random set of positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegressionRecipe {
    /// The number of samples n.
    pub samples: u32,
    /// The number of coordinates d.
    pub dimension: u32,
    /// The number of non-zero entries of β*; d if it is larger.
    pub support: u32,
    /// The factor of the noise.
    pub noise: Rational,
    /// The seed.
    pub seed: u64,
    /// The stream, such as the index of a task.
    pub stream: u64,
}

/// A regression problem with the coefficients that made it.
///
/// `y = Xβ* + noise·ε`, so `y = Xβ*` exactly where the factor of the noise is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// The matrix X, n × d.
    pub inputs: RationalMatrix,
    /// The labels y, n numbers.
    pub labels: Vec<Rational>,
    /// The coefficients β*, d numbers.
    pub beta_star: Vec<Rational>,
}

impl RegressionRecipe {
    /// Draws X row by row, then the support, then the values of β*, then the noise (also where its factor is 0).
    ///
    /// # Errors
    /// [`ProblemError`] for a matrix without entries or with more than the limits allow.
    ///
    /// # Example
    /// ```
    /// use saltus_data::generate::RegressionRecipe;
    /// use saltus_exact::Rational;
    /// let recipe =
    ///     RegressionRecipe { samples: 5, dimension: 8, support: 2, noise: Rational::zero(), seed: 1, stream: 0 };
    /// let regression = recipe.draw()?;
    /// assert_eq!(regression.beta_star.iter().filter(|value| !value.is_zero()).count(), 2);
    /// # Ok::<(), saltus_problem::ProblemError>(())
    /// ```
    pub fn draw(&self) -> Result<Regression, ProblemError> {
        const PLACE: &str = "[data] generate";
        let (n, d) = (self.samples as usize, self.dimension as usize);
        if n == 0 || d == 0 {
            return Err(ProblemError::Empty {
                place: PLACE,
                rows: n,
                columns: d,
            });
        }
        check_matrix(PLACE, MAX_SAMPLES, n, d)?;
        let mut draws = Draws::new(self.seed, self.stream, Purpose::Data);
        let entries: Vec<Rational> = (0..n * d).map(|_| draws.bell()).collect();

        // The first places of a shuffle that is stopped once the support is drawn.
        let mut positions: Vec<usize> = (0..d).collect();
        let mut beta_star = vec![Rational::zero(); d];
        for place in 0..(self.support as usize).min(d) {
            let remaining = u32::try_from(d - place).expect("at most the dimension");
            positions.swap(place, place + draws.below(remaining) as usize);
            let size = draws.positive_ratio(97, 64) + Rational::new(31, 64).expect("64 is not 0");
            beta_star[positions[place]] = draws.signed(size);
        }

        let inputs = RationalMatrix::new(n, d, entries).expect("n·d entries were drawn");
        let labels = (0..n)
            .map(|i| {
                let noise = draws.bell();
                let fitted: Rational = inputs
                    .row(i)
                    .iter()
                    .zip(&beta_star)
                    .filter(|(_, coefficient)| !coefficient.is_zero())
                    .map(|(entry, coefficient)| entry * coefficient)
                    .sum();
                fitted + &self.noise * &noise
            })
            .collect();
        Ok(Regression {
            inputs,
            labels,
            beta_star,
        })
    }
}
