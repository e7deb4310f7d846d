//! From exact instances to the floats that are simulated: quotients are formed exactly and rounded once.

use std::f64::consts::LN_2;

use ndarray::Array2;
use saltus_dynamics::diagonal::DiagonalProblem;
use saltus_dynamics::diagonal::flow::{DiagonalFlowProblem, FlowProblemError};
use saltus_dynamics::relu::{DenseNetwork, DescentError, ReluProblem, ReluProblemError};
use saltus_exact::Rational;
use saltus_problem::{DiagonalInstance, LogInverseScale, ProblemError, ReluInstance, Sign};

/// Stands for `ln 0` in a neuron that starts at 0 and rests there: its square is 0 in double precision.
const LOG_OF_ZERO: f64 = -1e9;

/// Why an instance cannot be simulated in double precision.
///
/// For a log inverse scale of −1 it prints `log inverse scale: found -1, expected a positive finite number`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConvertError {
    /// The log inverse scale is not a positive number.
    #[error(transparent)]
    Scale(#[from] ProblemError),
    /// A number of a ReLU instance leaves the range of doubles.
    #[error(transparent)]
    Relu(#[from] ReluProblemError),
    /// A number of a diagonal instance leaves the range of doubles.
    #[error(transparent)]
    Diagonal(#[from] FlowProblemError),
    /// A number of a ReLU instance, for gradient descent.
    #[error(transparent)]
    Dense(#[from] DescentError),
    /// The data of a diagonal instance, for gradient descent.
    #[error(transparent)]
    Descent(#[from] saltus_dynamics::diagonal::ProblemError),
}

/// A ReLU network at the initial scale `λ = e^{−Λ}`, in logarithms and cosines.
///
/// # Errors
/// [`ConvertError`] if a norm or a label leaves the range of doubles.
pub fn relu_problem(
    instance: &ReluInstance,
    scale: LogInverseScale,
) -> Result<ReluProblem, ConvertError> {
    let data = instance.data();
    let (n, m) = (data.n_points(), instance.width());
    let squared_outputs: Vec<Rational> = (0..m).map(|j| instance.squared_output(j)).collect();
    let cosines = Array2::from_shape_fn((m, n), |(j, i)| {
        let product = instance.inner_product(j, i);
        let squared = product
            .square()
            .checked_div(&(&data.squared_norms()[i] * &squared_outputs[j]));
        let size = squared.map_or(0.0, |squared| root(&squared));
        if product.is_negative() { -size } else { size }
    });
    let log_outputs =
        squared_outputs
            .iter()
            .enumerate()
            .map(|(j, squared)| match squared.approximate_log2() {
                Some(log) => 0.5 * LN_2 * log - instance.exponent(j).to_f64() * scale.get(),
                None => LOG_OF_ZERO,
            });
    let signs = (0..m).map(|j| match instance.output_sign(j) {
        Sign::Positive => 1.0,
        Sign::Negative => -1.0,
    });
    let hidden = squared_outputs.iter().enumerate().map(|(j, squared)| {
        let share = instance.squared_hidden_norm(j).checked_div(squared);
        share.map_or(0.0, |share| share.to_f64())
    });
    Ok(ReluProblem::new(
        data.squared_norms().iter().map(root).collect(),
        data.labels().iter().map(Rational::to_f64).collect(),
        signs.collect(),
        log_outputs.collect(),
        cosines,
        hidden.collect(),
    )?)
}

/// The same network in plain weights `λ^{k_j} ŵ_j`, `λ^{k_j} â_j` and dense inputs, for gradient descent at ordinary scales.
///
/// # Errors
/// [`ConvertError`] if a number leaves the range of doubles.
pub fn dense_network(
    instance: &ReluInstance,
    scale: LogInverseScale,
) -> Result<DenseNetwork, ConvertError> {
    let hidden = instance.init().hidden();
    let inputs = instance.data().inputs();
    let initial = |j: usize| (-instance.exponent(j).to_f64() * scale.get()).exp();
    let outputs = (0..instance.width()).map(|j| {
        let size = initial(j) * root(&instance.squared_output(j));
        match instance.output_sign(j) {
            Sign::Positive => size,
            Sign::Negative => -size,
        }
    });
    Ok(DenseNetwork::new(
        Array2::from_shape_fn((inputs.n_rows(), inputs.n_cols()), |(i, k)| {
            inputs.get(i, k).to_f64()
        }),
        instance
            .data()
            .labels()
            .iter()
            .map(Rational::to_f64)
            .collect(),
        Array2::from_shape_fn((hidden.n_rows(), hidden.n_cols()), |(j, k)| {
            initial(j) * hidden.get(j, k).to_f64()
        }),
        outputs.collect(),
    )?)
}

/// A diagonal network at the initial scale `α = e^{−Λ}`, its data as pairs of doubles (about 32 digits).
///
/// # Errors
/// [`ConvertError`] if a number leaves the range of doubles.
pub fn diagonal_flow_problem(
    instance: &DiagonalInstance,
    scale: LogInverseScale,
) -> Result<DiagonalFlowProblem, ConvertError> {
    let inputs = rounded_inputs(instance);
    let labels: Vec<f64> = instance.labels().iter().map(Rational::to_f64).collect();
    let scales = instance
        .exponents()
        .iter()
        .zip(instance.shapes())
        .map(|(k, c)| k.to_f64() * scale.get() - LN_2 * c.approximate_log2().unwrap_or(0.0));
    let missing_inputs = Array2::from_shape_fn(inputs.dim(), |(row, column)| {
        missing(instance.inputs().get(row, column), inputs[[row, column]])
    });
    let missing_labels: Vec<f64> = instance
        .labels()
        .iter()
        .zip(&labels)
        .map(|(exact, rounded)| missing(exact, *rounded))
        .collect();
    let problem = DiagonalFlowProblem::new(&inputs, labels, scales.collect())?;
    Ok(problem.with_corrections(&missing_inputs, &missing_labels)?)
}

/// A diagonal network for gradient descent from the initial scale α.
///
/// # Errors
/// [`ConvertError`] if a number leaves the range of doubles.
pub fn descent_problem(
    instance: &DiagonalInstance,
    scale: f64,
) -> Result<DiagonalProblem, ConvertError> {
    let scales = instance
        .exponents()
        .iter()
        .zip(instance.shapes())
        .map(|(k, c)| scale.powf(k.to_f64()) * c.to_f64());
    let labels = instance.labels().iter().map(Rational::to_f64).collect();
    Ok(DiagonalProblem::new(
        &rounded_inputs(instance),
        labels,
        scales.collect(),
    )?)
}

fn rounded_inputs(instance: &DiagonalInstance) -> Array2<f64> {
    let inputs = instance.inputs();
    Array2::from_shape_fn((inputs.n_rows(), inputs.n_cols()), |(row, column)| {
        inputs.get(row, column).to_f64()
    })
}

/// What a rounded number misses, itself rounded; 0 where the rounded number overflows, which validation refuses anyway.
fn missing(exact: &Rational, rounded: f64) -> f64 {
    match Rational::from_f64(rounded) {
        Some(rounded) => (exact - rounded).to_f64(),
        None => 0.0,
    }
}

/// The square root of a non-negative rational, also where its square leaves the range of doubles.
fn root(squared: &Rational) -> f64 {
    let Some(log) = squared.approximate_log2() else {
        return 0.0;
    };
    if log.abs() < 1000.0 {
        return squared.to_f64().sqrt();
    }
    // A power of 4 brings the square into range without rounding it; beyond 2^±1000 the root itself leaves the range soon.
    let power = (0.5 * log).round().clamp(-1000.0, 1000.0);
    let Some(factor) = Rational::from_f64((-power).exp2()) else {
        return 0.0;
    };
    (squared * factor.square()).to_f64().sqrt() * power.exp2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use saltus_exact::RationalMatrix;
    use saltus_problem::{OrthogonalData, Output, ReluInitialisation};

    fn numbers(text: &str) -> Vec<Rational> {
        let words = text.split_whitespace();
        words
            .map(|word| word.parse().expect("a number of a test case"))
            .collect()
    }

    fn matrix(rows: &[&str]) -> RationalMatrix {
        let rows = rows.iter().map(|row| numbers(row)).collect();
        RationalMatrix::from_rows(rows).expect("rows of one length")
    }

    fn scale(value: f64) -> LogInverseScale {
        LogInverseScale::new(value).expect("a positive number")
    }

    fn close(found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(error <= 1e-14 * expected.abs(), "{found} {expected}");
    }

    #[test]
    fn neurons_of_any_size() {
        let check = |hidden: &str, log_size: f64| {
            let data = OrthogonalData::new(matrix(&["3 4", "-8e150 6e150"]), numbers("1 -1/3"));
            let signs = vec![Sign::Negative];
            let init = ReluInitialisation::new(
                matrix(&[hidden]),
                Output::Balanced { signs },
                Some(numbers("1/2")),
            );
            let (data, init) = (data.expect("orthogonal"), init.expect("valid"));
            let instance = ReluInstance::new("test".to_owned(), data, init).expect("shapes fit");
            let problem = relu_problem(&instance, scale(1e6)).expect("numbers in range");
            // The neuron points along the first axis: cosines 3/5 and −4/5, whatever the sizes.
            close(problem.cosines()[[0, 0]], 0.6);
            close(problem.cosines()[[0, 1]], -0.8);
            close(problem.log_outputs()[0], log_size - 5e5);
            close(problem.input_norms()[1], 1e151);
            close(problem.labels()[1], -1.0 / 3.0);
            assert_eq!(problem.output_signs(), [-1.0]);
            assert_eq!(problem.hidden_squared_norms(), [1.0]);
        };
        let ln_ten = std::f64::consts::LN_10;
        check("1 0", 0.0);
        check("1e-400 0", -400.0 * ln_ten);
        check("1e400 0", 400.0 * ln_ten);
    }

    #[test]
    fn roots_of_any_size() {
        let check = |text: &str, expected: f64| close(root(&numbers(text)[0]), expected);
        check("0", 0.0);
        check("2", std::f64::consts::SQRT_2);
        check("1e400", 1e200);
        check("4e-500", 2e-250);
        check("1e612", 1e306);
        check("1e-700", 0.0);
        assert_eq!(root(&numbers("1e700")[0]), f64::INFINITY);
    }

    #[test]
    fn a_neuron_at_rest_is_negligible() {
        let data = OrthogonalData::new(matrix(&["1"]), numbers("1")).expect("one input");
        let signs = vec![Sign::Positive];
        let init = ReluInitialisation::new(matrix(&["0"]), Output::Balanced { signs }, None)
            .expect("valid");
        let instance = ReluInstance::new("test".to_owned(), data, init).expect("shapes fit");
        let problem = relu_problem(&instance, scale(10.0)).expect("numbers in range");
        assert_eq!(problem.log_outputs()[0].exp(), 0.0);
        assert_eq!(problem.cosines()[[0, 0]], 0.0);
    }

    #[test]
    fn coordinates_of_any_initial_scale() {
        let instance = DiagonalInstance::new(
            "test".to_owned(),
            matrix(&["1 1/3 0"]),
            numbers("1"),
            Some(numbers("1 1e-400 1e400")),
            Some(numbers("1 1/2 2")),
        )
        .expect("shapes fit");
        let problem = diagonal_flow_problem(&instance, scale(1e4)).expect("numbers in range");
        let shift = 400.0 * std::f64::consts::LN_10;
        let expected = [1e4, 5e3 + shift, 2e4 - shift];
        for (found, expected) in problem.log_inverse_scales().iter().zip(expected) {
            close(*found, expected);
        }
        // Gradient descent needs the scales themselves, which have no doubles here.
        assert!(matches!(
            descent_problem(&instance, 0.1),
            Err(ConvertError::Descent(_))
        ));
    }

    #[test]
    fn a_pair_of_doubles_carries_thirty_digits() {
        let check = |text: &str| {
            let exact = numbers(text)[0].clone();
            let high = exact.to_f64();
            let low = missing(&exact, high);
            let [high, low] = [high, low].map(|part| Rational::from_f64(part).expect("finite"));
            let error = (&exact - (&high + &low)).abs();
            assert!(error <= exact.abs() * numbers("1e-31")[0].clone(), "{text}");
        };
        check("1/3");
        check("-2/7");
        check("12345678901234567890123");
        check("1/2");
    }

    /// `α^k c` with α = 1/2.
    #[test]
    fn descent_starts_at_powers_of_the_scale_times_shapes() {
        let instance = DiagonalInstance::new(
            "test".to_owned(),
            matrix(&["1 2 0"]),
            numbers("1"),
            Some(numbers("1 3 1/4")),
            Some(numbers("1 2 3")),
        )
        .expect("shapes fit");
        let problem = descent_problem(&instance, 0.5).expect("numbers in range");
        assert_eq!(problem.scales(), [0.5, 0.75, 0.03125]);
    }

    /// A negative neuron on a negative label: without its sign it would never be fitted.
    #[test]
    fn dense_networks_keep_the_signs_of_their_outputs() {
        let fitted = |sign: Sign, label: &str| {
            let data = OrthogonalData::new(matrix(&["1"]), numbers(label)).expect("one input");
            let signs = vec![sign];
            let init = ReluInitialisation::new(matrix(&["1"]), Output::Balanced { signs }, None);
            let instance = ReluInstance::new("test".to_owned(), data, init.expect("valid"));
            let network = dense_network(&instance.expect("shapes fit"), scale(1.0));
            let settings = saltus_dynamics::relu::ReluDescent {
                stepsize: 0.1,
                steps: 100,
                sample_steps: vec![],
            };
            let found = network.expect("in range").descend(&settings).expect("run");
            found.half_fit_times[0].is_some()
        };
        assert!(fitted(Sign::Positive, "2"));
        assert!(fitted(Sign::Negative, "-2"));
        assert!(!fitted(Sign::Negative, "2"));
        assert!(!fitted(Sign::Positive, "-2"));
    }
}
