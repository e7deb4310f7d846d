//! The identities of descent with macroscopic stepsizes, in rational arithmetic.
//!
//! Descent runs in the network's own parameters, divided by √2 so that they are rational: `U = u/√2`, `V = v/√2`, `U = α`,
//! `V = 0` at the start, `U ← U − x V`, `V ← V − x U` with `x = γ g` and `β = 2UV`. The prediction never looks at U or V
//! again: it multiplies the factors of the multiplicative form. Logarithms are compared as products: where the identity of
//! arXiv 2302.08982 has `Σ 2x` on both sides, its exponential is a common factor, and what is left are fractions.

use saltus_dynamics::diagonal::descent::BatchSampler;
use saltus_exact::linear::dot;
use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::DiagonalInstance;

/// Numbers of more bits than this, numerator and denominator together, are truncated, since they grow threefold each step.
const LONGEST_ENTRY: u64 = 16;

/// Truncated numbers are multiples of 1/8.
const TRUNCATION: i32 = 8;

/// Per coordinate, after one step: either what descent arrived at or what the products predict.
///
/// Agreement of the two means, for the first quantity, `U² − V² = α² Π (1 − x²)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactStep {
    /// `±α_k²`: `U² − V²`, or `α² Π (1 − x²)`.
    pub squared_scale: Vec<Rational>,
    /// `|p_k/q_k|`: `|(U + V)/(U − V)|`, or `|Π (1 − x)/(1 + x)|`, which is the exponential of the identity.
    pub ratio: Vec<Rational>,
    /// `β_k`: `2UV`, or `α_k² (r − 1/r)/2` with r the ratio of the products, which is `α_k² sinh` of the dual variable.
    pub beta: Vec<Rational>,
    /// `Σ x`: summed along the run, or `Xᵀz` with z summed from the residuals, so that it lies in the range of Xᵀ.
    pub summed: Vec<Rational>,
}

/// A few steps of one run.
///
/// Claim S3 needs `found == predicted`, with no tolerance.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactRun {
    /// For messages: gradient descent, or stochastic gradient descent with its seed.
    pub method: String,
    /// The stepsize.
    pub stepsize: Rational,
    /// Whether some numbers of the instance were too long, and were truncated to multiples of 1/8.
    pub truncated: bool,
    /// What descent arrived at, after each step.
    pub found: Vec<ExactStep>,
    /// What the products predict.
    pub predicted: Vec<ExactStep>,
}

/// Runs `steps` steps from `α_i = c_i/10`, full batches without a seed and single samples with one.
///
/// Stops early where a factor `1 ± x` is exactly 0, which leaves no scale.
pub fn run_exact(
    instance: &DiagonalInstance,
    stepsize: &Rational,
    seed: Option<u64>,
    steps: usize,
) -> ExactRun {
    let (n, d) = (instance.n_samples(), instance.dimension());
    let rows: Vec<Vec<Rational>> = instance
        .inputs()
        .rows()
        .map(|row| row.iter().map(shortened).collect())
        .collect();
    let labels: Vec<Rational> = instance.labels().iter().map(shortened).collect();
    let truncated = labels != instance.labels()
        || rows
            .iter()
            .zip(instance.inputs().rows())
            .any(|(short, row)| short != row);
    let method = match seed {
        None => "gradient descent".to_owned(),
        Some(seed) => format!("stochastic gradient descent, seed {seed}"),
    };
    let mut run = ExactRun {
        method,
        stepsize: stepsize.clone(),
        truncated,
        found: vec![],
        predicted: vec![],
    };
    let Ok(columns) = RationalMatrix::from_rows(rows.clone()).map(|rows| rows.transpose()) else {
        return run;
    };
    let mut sampler = BatchSampler::new(n, 1, seed.unwrap_or(0));
    let mut descent = Descent::start(instance.shapes());
    let mut products = Products::start(instance.shapes(), n);
    for _ in 0..steps {
        let beta = descent.beta();
        let batch: Vec<usize> = match seed {
            None => (0..n).collect(),
            Some(_) => sampler.draw().to_vec(),
        };
        let share = Rational::new(1, batch.len()).unwrap_or_default() * stepsize;
        let mut weights = vec![Rational::zero(); n];
        for &sample in &batch {
            weights[sample] = (dot(&rows[sample], &beta) - &labels[sample]) * &share;
        }
        let moves: Vec<Rational> = (0..d).map(|i| dot(columns.row(i), &weights)).collect();
        descent.step(&moves);
        if !products.step(&moves, &weights) {
            return run;
        }
        let (Some(found), Some(predicted)) = (descent.state(), products.state(&columns)) else {
            return run;
        };
        run.found.push(found);
        run.predicted.push(predicted);
    }
    run
}

/// The number itself if it is short, else truncated towards zero.
fn shortened(number: &Rational) -> Rational {
    if number.bits() <= LONGEST_ENTRY {
        return number.clone();
    }
    let scaled = number.numer() * TRUNCATION / number.denom();
    Rational::new(scaled, TRUNCATION).unwrap_or_default()
}

fn tenth(shape: &Rational) -> Rational {
    shape * Rational::new(1, 10).unwrap_or_default()
}

struct Descent {
    u: Vec<Rational>,
    v: Vec<Rational>,
    summed: Vec<Rational>,
}

impl Descent {
    fn start(shapes: &[Rational]) -> Descent {
        Descent {
            u: shapes.iter().map(tenth).collect(),
            v: vec![Rational::zero(); shapes.len()],
            summed: vec![Rational::zero(); shapes.len()],
        }
    }

    fn beta(&self) -> Vec<Rational> {
        let pairs = self.u.iter().zip(&self.v);
        pairs.map(|(u, v)| Rational::integer(2) * u * v).collect()
    }

    fn step(&mut self, moves: &[Rational]) {
        for (i, x) in moves.iter().enumerate() {
            let u = &self.u[i] - x * &self.v[i];
            self.v[i] -= &(x * &self.u[i]);
            self.u[i] = u;
            self.summed[i] += x;
        }
    }

    fn state(&self) -> Option<ExactStep> {
        let pairs = || self.u.iter().zip(&self.v);
        let ratio: Option<Vec<Rational>> = pairs()
            .map(|(u, v)| Some((u + v).checked_div(&(u - v))?.abs()))
            .collect();
        Some(ExactStep {
            squared_scale: pairs().map(|(u, v)| u.square() - v.square()).collect(),
            ratio: ratio?,
            beta: self.beta(),
            summed: self.summed.clone(),
        })
    }
}

struct Products {
    start: Vec<Rational>,
    squares: Vec<Rational>,
    ratios: Vec<Rational>,
    dual: Vec<Rational>,
}

impl Products {
    fn start(shapes: &[Rational], n: usize) -> Products {
        Products {
            start: shapes.iter().map(|shape| tenth(shape).square()).collect(),
            squares: vec![Rational::one(); shapes.len()],
            ratios: vec![Rational::one(); shapes.len()],
            dual: vec![Rational::zero(); n],
        }
    }

    /// Returns whether all factors are different from 0.
    fn step(&mut self, moves: &[Rational], weights: &[Rational]) -> bool {
        for (i, x) in moves.iter().enumerate() {
            let (less, more) = (Rational::one() - x, Rational::one() + x);
            let Some(ratio) = less.checked_div(&more) else {
                return false;
            };
            self.squares[i] *= &(Rational::one() - x.square());
            self.ratios[i] *= &ratio;
        }
        for (entry, weight) in self.dual.iter_mut().zip(weights) {
            *entry += weight;
        }
        true
    }

    fn state(&self, columns: &RationalMatrix) -> Option<ExactStep> {
        let half = Rational::new(1, 2)?;
        let squared_scale: Vec<Rational> = self
            .start
            .iter()
            .zip(&self.squares)
            .map(|(start, product)| start * product)
            .collect();
        let ratio: Vec<Rational> = self.ratios.iter().map(Rational::abs).collect();
        let beta: Option<Vec<Rational>> = ratio
            .iter()
            .zip(&squared_scale)
            .map(|(ratio, scale)| Some(scale.abs() * (ratio - ratio.recip()?) * &half))
            .collect();
        Some(ExactStep {
            squared_scale,
            ratio,
            beta: beta?,
            summed: (0..columns.n_rows())
                .map(|i| dot(columns.row(i), &self.dual))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(labels: &str) -> DiagonalInstance {
        let number = |text: &str| Rational::parse(text).expect("a number");
        let rows = vec![
            vec![number("1"), number("2"), number("-1/2")],
            vec![number("0"), number("1"), number("3")],
        ];
        let labels = labels.split(' ').map(number).collect();
        let inputs = RationalMatrix::from_rows(rows).expect("a rectangle");
        DiagonalInstance::new("two".to_owned(), inputs, labels, None, None).expect("valid")
    }

    #[test]
    fn products_predict_what_descent_finds() {
        let check = |labels: &str, stepsize: (i32, i32), seed: Option<u64>, truncated: bool| {
            let stepsize = Rational::new(stepsize.0, stepsize.1).expect("a fraction");
            let run = run_exact(&instance(labels), &stepsize, seed, 4);
            assert_eq!(run.found.len(), 4);
            assert_eq!(run.found, run.predicted);
            assert_eq!(run.truncated, truncated);
            assert!(run.found[3].beta.iter().any(|beta| !beta.is_zero()));
        };
        check("1 -1/3", (1, 10), None, false);
        check("1 -1/3", (7, 3), None, false);
        check("1 -1/3", (1, 10), Some(3), false);
        check("1 -1.33333333333333", (1, 3), Some(0), true);
    }

    #[test]
    fn a_factor_of_zero_ends_the_run() {
        // The first step has x = −γ y/2 in the first coordinate: −1 at γ = 2.
        let run = run_exact(&instance("1 0"), &Rational::integer(2), None, 4);
        assert!(run.found.is_empty());
    }

    #[test]
    fn truncation_keeps_eighths() {
        let check = |text: &str, expected: &str| {
            let number = Rational::parse(text).expect("a number");
            assert_eq!(shortened(&number).to_string(), expected);
        };
        check("1.13", "113/100");
        check("1.123456789", "1");
        check("-1.99999999", "-15/8");
        check("1000000.2", "8000001/8");
    }

    /// One sample `x = y = 1`: the first step with `γ = 1/2` has `γg = −1/2`, from `U = 1/10` and `V = 0` to `V = 1/20`.
    #[test]
    fn one_step_by_hand() {
        let one = vec![Rational::one()];
        let inputs = RationalMatrix::new(1, 1, one.clone()).expect("one entry");
        let name = "one sample".to_owned();
        let instance = DiagonalInstance::new(name, inputs, one, None, None).expect("valid");
        let half = Rational::new(1, 2).expect("not 0");
        let run = run_exact(&instance, &half, None, 1);
        for step in [&run.found[0], &run.predicted[0]] {
            let lists = [&step.squared_scale, &step.ratio, &step.beta, &step.summed];
            let texts = lists.map(|list| list[0].to_string());
            assert_eq!(texts, ["3/400", "3", "1/100", "-1/2"]);
        }
    }
}
