//! The constrained least-squares fit of each plateau, exactly: an active-set method in integers.

use std::sync::OnceLock;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use saltus_exact::linear::over_common_denominator;
use saltus_exact::{IntegerMatrix, Rational, gcd};
use saltus_problem::DiagonalInstance;

use super::digits::{assemble, digits, digits_for, inner_product};
use super::factor::GrowingFactor;
use super::process::ratio;

/// The longest entries of X̂ that are multiplied as lists of digits.
const MOST_DIGITS: usize = 64;

/// So many products of two digits for each pair of places are added at a time: `2^(55 + 55) · 64 · 1000 < 2^126`.
const CHUNK: usize = 1_000;

/// The normal equations in integers: with `X = X̂/x` and `y = ŷ/z`, `K = X̂ᵀX̂`, `c = X̂ᵀŷ`, coefficients `b = (z/x) β`.
///
/// The gradient is `∇L(β) = (K b − c)/(n x z)`.
pub(super) struct NormalEquations {
    inputs: IntegerMatrix,
    /// Columns of X̂ in digits: those of least significance of all rows, and so on; empty where a number has too many.
    columns: Vec<Vec<Vec<i64>>>,
    /// Columns of K, each computed when it is first asked for: the process needs those of coordinates that enter a support.
    gram: Vec<OnceLock<Vec<BigInt>>>,
    pub(super) moments: Vec<BigInt>,
    pub(super) squared_labels: BigInt,
    n_samples: BigInt,
    pub(super) input_denominator: BigInt,
    pub(super) label_denominator: BigInt,
}

/// A fit on a support of independent columns: `b_i = numerators_i / denominator`, gradient `K b − c` over the same denominator.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    /// Coordinates with `b_i ≠ 0` (ascending).
    pub(super) support: Vec<usize>,
    /// Numerators of b on the support, in its order.
    pub(super) numerators: Vec<BigInt>,
    /// Common positive denominator of b and of the gradient.
    pub(super) denominator: BigInt,
    /// `denominator · (K b − c)`, all d entries.
    pub(super) gradient: Vec<BigInt>,
}

/// The coefficients of a fit: `b_i = numerators_i / denominator` on a support.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coefficients<'a> {
    pub(super) support: &'a [usize],
    pub(super) numerators: &'a [BigInt],
    /// Positive.
    pub(super) denominator: &'a BigInt,
}

impl Fit {
    pub(super) fn coefficients(&self) -> Coefficients<'_> {
        Coefficients {
            support: &self.support,
            numerators: &self.numerators,
            denominator: &self.denominator,
        }
    }

    pub(super) fn zero(equations: &NormalEquations) -> Fit {
        Fit {
            support: vec![],
            numerators: vec![],
            denominator: BigInt::one(),
            gradient: equations.moments.iter().map(|c| -c).collect(),
        }
    }
}

impl NormalEquations {
    pub(super) fn new(instance: &DiagonalInstance) -> NormalEquations {
        let (inputs, input_denominator) = instance.inputs().to_integers();
        let (labels, label_denominator) = over_common_denominator(instance.labels());
        let (n, d) = (inputs.n_rows(), inputs.n_cols());
        let entries = (0..n).flat_map(|r| inputs.row(r));
        let length = digits_for(entries.map(BigInt::bits).max().unwrap_or(0));
        let columns = (0..d)
            .map(|i| {
                if length > MOST_DIGITS {
                    return vec![];
                }
                let mut places = vec![Vec::with_capacity(n); length];
                for r in 0..n {
                    for (place, digit) in places.iter_mut().zip(digits(inputs.get(r, i), length)) {
                        place.push(digit);
                    }
                }
                places
            })
            .collect();
        NormalEquations {
            columns,
            gram: vec![OnceLock::new(); d],
            moments: (0..d)
                .map(|i| (0..n).map(|r| inputs.get(r, i) * &labels[r]).sum())
                .collect(),
            squared_labels: labels.iter().map(|y| y * y).sum(),
            n_samples: BigInt::from(n),
            inputs,
            input_denominator,
            label_denominator,
        }
    }

    /// `K_ij`.
    pub(super) fn gram(&self, i: usize, j: usize) -> &BigInt {
        match self.gram[i].get() {
            Some(column) => &column[j],
            None => &self.gram_column(j)[i],
        }
    }

    /// `K_·j`, all d entries.
    pub(super) fn gram_column(&self, j: usize) -> &[BigInt] {
        self.gram[j].get_or_init(|| {
            (0..self.columns.len())
                .map(|i| self.product(i, j))
                .collect()
        })
    }

    /// `K_ij`, computed.
    fn product(&self, i: usize, j: usize) -> BigInt {
        let (left, right) = (&self.columns[i], &self.columns[j]);
        let n = self.n_samples();
        if left.is_empty() {
            let inputs = &self.inputs;
            return (0..n).map(|r| inputs.get(r, i) * inputs.get(r, j)).sum();
        }
        let mut sums = vec![0; 2 * left.len() - 1];
        let mut total = BigInt::zero();
        for start in (0..n).step_by(CHUNK) {
            let rows = start..n.min(start + CHUNK);
            for (k, left) in left.iter().enumerate() {
                for (sum, right) in sums[k..].iter_mut().zip(right) {
                    *sum += inner_product(&left[rows.clone()], &right[rows.clone()]);
                }
            }
            total += assemble(&sums);
            sums.fill(0);
        }
        total
    }

    /// `K_jj`, without the rest of its column.
    pub(super) fn square(&self, j: usize) -> BigInt {
        self.product(j, j)
    }

    pub(super) fn n_samples(&self) -> usize {
        self.inputs.n_rows()
    }

    /// `n x z`, the denominator of the gradient beside that of the fit.
    pub(super) fn gradient_denominator(&self) -> BigInt {
        &self.n_samples * &self.input_denominator * &self.label_denominator
    }

    /// `β_i = (x/z) b_i` on the support, in its order, `Σ|β_i|`, and `L = (ŷᵀŷ − cᵀb)/(2 n z²)`, valid because b is the
    /// unconstrained fit on its support.
    pub(super) fn described(&self, fit: Coefficients) -> (Vec<Rational>, Rational, Rational) {
        let mut described = self.each_described(&[fit]);
        described.pop().expect("one for each fit")
    }

    /// As [`described`](Self::described) for several fits, which takes less time for eight together.
    pub(super) fn each_described(
        &self,
        fits: &[Coefficients],
    ) -> Vec<(Vec<Rational>, Rational, Rational)> {
        let scaled = |fit: &Coefficients| {
            let sizes: BigInt = fit.numerators.iter().map(BigInt::abs).sum();
            let numbers = fit.numerators.iter().chain([&sizes]);
            let mut scaled: Vec<BigInt> = numbers.map(|b| b * &self.input_denominator).collect();
            scaled.push(self.unexplained(*fit));
            (scaled, fit.denominator * &self.label_denominator)
        };
        let scale = BigInt::from(2) * &self.n_samples * &self.label_denominator;
        let scale = ratio(BigInt::one(), scale);
        let lists = Rational::over_each_common(fits.iter().map(scaled).collect());
        let described = |mut numbers: Vec<Rational>| {
            let rest = numbers.pop().unwrap_or_else(Rational::zero);
            let norm = numbers.pop().unwrap_or_else(Rational::zero);
            (numbers, norm, rest * &scale)
        };
        lists
            .expect("a determinant and a common denominator are positive")
            .into_iter()
            .map(described)
            .collect()
    }

    /// `L` at `β = 0`.
    pub(super) fn initial_loss(&self) -> Rational {
        self.described(Fit::zero(self).coefficients()).2
    }

    /// `(ŷᵀŷ − cᵀb)` times the denominator of b.
    fn unexplained(&self, fit: Coefficients) -> BigInt {
        let terms = fit.support.iter().zip(fit.numerators);
        let explained: BigInt = terms.map(|(&i, b)| &self.moments[i] * b).sum();
        &self.squared_labels * fit.denominator - explained
    }

    /// The least-squares coefficients on `support`, whose columns are independent: numerators and a positive denominator.
    fn solve_on(&self, support: &[usize], factor: &mut GrowingFactor) -> (Vec<BigInt>, BigInt) {
        let (mut numerators, mut denominator) = factor
            .solve(
                support,
                |i, j| self.gram(i, j).clone(),
                |i| self.moments[i].clone(),
            )
            .expect(
                "a coordinate enters only with non-zero gradient, so the columns stay independent",
            );
        let content = numerators
            .iter()
            .fold(denominator.clone(), |content, number| gcd(&content, number));
        if !content.is_one() {
            for number in &mut numerators {
                *number /= &content;
            }
            denominator /= &content;
        }
        (numerators, denominator)
    }

    /// The fit with given coefficients `β = (x/z) b`, d of them.
    pub(super) fn fit_of(&self, beta: &[Rational]) -> Fit {
        let support: Vec<usize> = (0..beta.len()).filter(|&i| !beta[i].is_zero()).collect();
        let on_support: Vec<Rational> = support.iter().map(|&i| beta[i].clone()).collect();
        let (numerators, denominator) = over_common_denominator(&on_support);
        let numerators = numerators.iter().map(|b| b * &self.label_denominator);
        let denominator = denominator * &self.input_denominator;
        self.fit_on(support, numerators.collect(), denominator)
    }

    fn fit_on(&self, support: Vec<usize>, numerators: Vec<BigInt>, denominator: BigInt) -> Fit {
        let columns: Vec<&[BigInt]> = support.iter().map(|&j| self.gram_column(j)).collect();
        let gradient = (0..self.moments.len())
            .map(|i| {
                let fitted: BigInt = columns
                    .iter()
                    .zip(&numerators)
                    .map(|(column, b)| &column[i] * b)
                    .sum();
                fitted - &self.moments[i] * &denominator
            })
            .collect();
        Fit {
            support,
            numerators,
            denominator,
            gradient,
        }
    }
}

/// Minimises L over `b_i ≥ 0` (or `≤ 0`) for the coordinates of `at_bound` (with the sign of s), zero elsewhere.
///
/// Lawson and Hanson's active-set method, started from the fit before the jump, whose support lies in `at_bound` with the
/// same signs. A coordinate enters only when its gradient is non-zero while the gradient on the support vanishes, so the
/// columns of the support stay independent, and the loss strictly decreases with every entry: the method ends.
pub(super) fn constrained_fit(
    equations: &NormalEquations,
    at_bound: &[(usize, bool)],
    start: &Fit,
    factor: &mut GrowingFactor,
) -> Fit {
    let positive = |i: usize| at_bound.iter().any(|&(j, positive)| i == j && positive);
    let mut fit = start.clone();
    while let Some(entering) = entering_coordinate(at_bound, &fit) {
        let mut support = fit.support.clone();
        support.push(entering);
        support.sort_unstable();
        let mut point = Feasible::Fit;
        fit = loop {
            let (numerators, denominator) = equations.solve_on(&support, factor);
            let wrong = |k: usize| match positive(support[k]) {
                true => !numerators[k].is_positive(),
                false => !numerators[k].is_negative(),
            };
            let blocking: Vec<usize> = (0..support.len()).filter(|&k| wrong(k)).collect();
            if blocking.is_empty() {
                break equations.fit_on(support, numerators, denominator);
            }
            let step = Step {
                support,
                numerators,
                denominator,
                blocking,
            };
            (support, point) = match (point, step.blocking.as_slice()) {
                (Feasible::Fit, &[only]) if fit.support.contains(&step.support[only]) => {
                    let mut kept = step.support.clone();
                    kept.remove(only);
                    (kept, Feasible::After(step))
                }
                (Feasible::Fit, _) => step.taken_from(values_on(&step.support, &fit)),
                (Feasible::After(first), _) => {
                    let (_, values) = first.walk(values_on(&first.support, &fit));
                    step.taken_from(values)
                }
                (Feasible::Values(values), _) => step.taken_from(values),
            };
        };
    }
    fit
}

/// The feasible point of the inner loop, on the present support. It is written out in fractions only if it is needed: mostly one
/// coordinate stands in the way, once, and then it leaves whatever the point is.
enum Feasible {
    /// That of the fit before.
    Fit,
    /// The end of the first step, from the fit before.
    After(Step),
    /// These values.
    Values(Vec<Rational>),
}

/// A step towards the fit on a support, which some signs cut short.
struct Step {
    support: Vec<usize>,
    numerators: Vec<BigInt>,
    denominator: BigInt,
    /// Positions in the support where the target has a wrong sign.
    blocking: Vec<usize>,
}

impl Step {
    /// The longest step from a feasible point that keeps every sign: the support without what became 0, and the values on it.
    ///
    /// Its length is the least of point/(point − target).
    fn walk(&self, mut from: Vec<Rational>) -> (Vec<usize>, Vec<Rational>) {
        let target: Vec<Rational> = self
            .numerators
            .iter()
            .map(|b| ratio(b.clone(), self.denominator.clone()))
            .collect();
        let length = self
            .blocking
            .iter()
            .filter_map(|&k| from[k].checked_div(&(&from[k] - &target[k])))
            .min()
            .unwrap_or_else(Rational::zero);
        for (value, to) in from.iter_mut().zip(&target) {
            *value += &(&length * &(to - &*value));
        }
        let kept = self.support.iter().copied().zip(from);
        kept.filter(|(_, value)| !value.is_zero()).unzip()
    }

    fn taken_from(&self, from: Vec<Rational>) -> (Vec<usize>, Feasible) {
        let (support, values) = self.walk(from);
        (support, Feasible::Values(values))
    }
}

/// The values of a fit on a larger support: 0 for the coordinate that enters.
fn values_on(support: &[usize], fit: &Fit) -> Vec<Rational> {
    let value = |i: &usize| match fit.support.binary_search(i) {
        Ok(position) => ratio(fit.numerators[position].clone(), fit.denominator.clone()),
        Err(_) => Rational::zero(),
    };
    support.iter().map(value).collect()
}

/// The coordinate outside the support whose sign constraint and gradient allow the loss to decrease: the steepest one.
fn entering_coordinate(at_bound: &[(usize, bool)], fit: &Fit) -> Option<usize> {
    at_bound
        .iter()
        .filter(|&&(i, positive)| {
            let descends = match positive {
                true => fit.gradient[i].is_negative(),
                false => fit.gradient[i].is_positive(),
            };
            descends && fit.support.binary_search(&i).is_err()
        })
        .max_by(|a, b| {
            let size = |entry: &(usize, bool)| fit.gradient[entry.0].magnitude().clone();
            size(a).cmp(&size(b)).then(b.0.cmp(&a.0))
        })
        .map(|&(i, _)| i)
}
