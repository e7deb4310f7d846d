//! The rules for diagonal linear networks.
//!
//! Between jumps `s` moves along `−∇L(β)`, and each saddle is the least-squares fit under the sign constraints that
//! `s` prescribes (arXiv 2304.00488, Algorithm 1); the conditions of Karush, Kuhn and Tucker are sufficient because the problem is convex.

use num_bigint::BigInt;
use saltus_certificate::{DiagonalCertificate, DiagonalEnd, DiagonalJump, Number};
use saltus_exact::linear::common_denominator;
use saltus_exact::{IntegerMatrix, Rational};
use saltus_problem::DiagonalInstance;

use crate::fit;
use crate::header::{interpolation, length, loss};
use crate::verdict::{Rejection, Rule, require};

/// Checks everything behind the instance.
pub(crate) fn check(
    certificate: &DiagonalCertificate,
    instance: &DiagonalInstance,
    progress: &dyn Fn(usize, usize),
) -> Result<(), Rejection> {
    shape(certificate, instance)?;
    let regression = Regression::new(instance);
    let mut saddle = Saddle::origin(&regression, instance);
    for (step, jump) in certificate.jumps.iter().enumerate() {
        time(step, &saddle, jump)?;
        dual_step(step, &saddle, jump)?;
        bounds(step, instance, jump)?;
        hits(step, instance, &saddle, jump)?;
        let (gradient, expected_loss) = regression.gradient_and_loss(&jump.beta);
        signs(step, instance, jump)?;
        stationarity(step, jump, &gradient)?;
        descent(step, instance, jump, &gradient)?;
        let face = fit::Face::new(instance, jump, &gradient);
        let independent = fit::uniqueness(step, instance, jump, &face, saddle.independent)?;
        loss(step, &jump.loss.0, &expected_loss)?;
        saddle = Saddle {
            time: jump.time.0.clone(),
            dual: jump.dual.clone(),
            beta: jump.beta.clone(),
            gradient,
            loss: expected_loss,
            independent,
        };
        progress(step + 1, certificate.jumps.len());
    }
    stays(&saddle)?;
    interpolation(certificate.end.interpolates, saddle.loss.is_zero())?;
    dual_witness(instance, &saddle, &certificate.end)?;
    weighted_norm(instance, &saddle, &certificate.end)
}

/// The normal equations in integers: `X = X̂/x`, `y = ŷ/z`.
struct Regression {
    inputs: IntegerMatrix,
    input_denominator: BigInt,
    labels: Vec<BigInt>,
    label_denominator: BigInt,
}

/// Where the process stands after a jump.
struct Saddle {
    time: Rational,
    dual: Vec<Number>,
    beta: Vec<Number>,
    gradient: Vec<Rational>,
    loss: Rational,
    /// Whether the columns with `|s_i| = k_i` and `∇_i = 0` are known to be independent.
    independent: bool,
}

impl Saddle {
    /// `β = 0`, `s = 0` at time 0, where no coordinate is at its bound.
    fn origin(regression: &Regression, instance: &DiagonalInstance) -> Saddle {
        let zero = vec![Number(Rational::zero()); instance.dimension()];
        let (gradient, loss) = regression.gradient_and_loss(&zero);
        Saddle {
            time: Rational::zero(),
            dual: zero.clone(),
            beta: zero,
            gradient,
            loss,
            independent: true,
        }
    }
}

impl Regression {
    fn new(instance: &DiagonalInstance) -> Regression {
        let (inputs, input_denominator) = instance.inputs().to_integers();
        let (labels, label_denominator) = over_one_denominator(instance.labels().iter());
        Regression {
            inputs,
            input_denominator,
            labels,
            label_denominator,
        }
    }

    /// `∇L(β) = Xᵀ(Xβ − y)/n` and `L(β) = ‖Xβ − y‖²/(2n)`.
    fn gradient_and_loss(&self, beta: &[Number]) -> (Vec<Rational>, Rational) {
        let n = self.inputs.n_rows();
        let (beta, beta_denominator) = over_one_denominator(beta.iter().map(|number| &number.0));
        // Xβ − y = (z X̂b − x B ŷ)/(x z B) for β = b/B.
        let scale = &self.input_denominator * &beta_denominator;
        let residual: Vec<BigInt> = (0..n)
            .map(|row| {
                let pairs = self.inputs.row(row).iter().zip(&beta);
                let fitted: BigInt = pairs.map(|(x, b)| x * b).sum();
                fitted * &self.label_denominator - &scale * &self.labels[row]
            })
            .collect();
        let denominator = scale * &self.label_denominator;
        let gradient_denominator = &denominator * &self.input_denominator * BigInt::from(n);
        let gradient = (0..beta.len())
            .map(|column| {
                let rows = residual.iter().enumerate();
                let sum: BigInt = rows.map(|(row, r)| self.inputs.get(row, column) * r).sum();
                quotient(sum, gradient_denominator.clone())
            })
            .collect();
        let squares: BigInt = residual.iter().map(|r| r * r).sum();
        let loss = quotient(squares, BigInt::from(2 * n) * &denominator * &denominator);
        (gradient, loss)
    }
}

fn over_one_denominator<'a>(numbers: impl Iterator<Item = &'a Rational>) -> (Vec<BigInt>, BigInt) {
    let numbers: Vec<Rational> = numbers.cloned().collect();
    let denominator = common_denominator(&numbers);
    let integers = numbers
        .iter()
        .map(|q| q.numer() * (&denominator / q.denom()))
        .collect();
    (integers, denominator)
}

fn quotient(numer: BigInt, denom: BigInt) -> Rational {
    Rational::new(numer, denom).expect("denominators here are products of positive integers")
}

/// Rule `shape`.
fn shape(certificate: &DiagonalCertificate, instance: &DiagonalInstance) -> Result<(), Rejection> {
    for (step, jump) in certificate.jumps.iter().enumerate() {
        length(Some(step), "dual", jump.dual.len(), instance.dimension())?;
        length(Some(step), "beta", jump.beta.len(), instance.dimension())?;
    }
    let witness = certificate.end.witness.len();
    length(None, "witness", witness, instance.n_samples())
}

/// Rule `time`: the times strictly increase from 0.
fn time(step: usize, before: &Saddle, jump: &DiagonalJump) -> Result<(), Rejection> {
    require(before.time < jump.time.0, Rule::Time, Some(step), || {
        format!(
            "found {:?}, expected a time after {:?}",
            jump.time.0, before.time
        )
    })
}

/// Rule `step`: `s' = s − δ∇L(β)` with δ the time since the last jump.
fn dual_step(step: usize, before: &Saddle, jump: &DiagonalJump) -> Result<(), Rejection> {
    let duration = &jump.time.0 - &before.time;
    for (i, (found, old)) in jump.dual.iter().zip(&before.dual).enumerate() {
        let expected = &old.0 - &(&duration * &before.gradient[i]);
        require(found.0 == expected, Rule::Step, Some(step), || {
            format!("dual[{i}]: found {:?}, expected {expected:?}", found.0)
        })?;
    }
    Ok(())
}

/// Rule `bounds`: `|s_i| ≤ k_i`. As s moves on a straight line, it was within the bounds at every earlier time, too.
fn bounds(step: usize, instance: &DiagonalInstance, jump: &DiagonalJump) -> Result<(), Rejection> {
    for (i, (s, bound)) in jump.dual.iter().zip(instance.exponents()).enumerate() {
        require(s.0.abs() <= *bound, Rule::Bounds, Some(step), || {
            format!(
                "dual[{i}]: found {:?}, expected at most {bound:?} in absolute value",
                s.0
            )
        })?;
    }
    Ok(())
}

/// Rule `hits`: the coordinates that met their bound are the listed ones, and there is one.
fn hits(
    step: usize,
    instance: &DiagonalInstance,
    before: &Saddle,
    jump: &DiagonalJump,
) -> Result<(), Rejection> {
    let expected: Vec<usize> = (0..instance.dimension())
        .filter(|&i| !before.gradient[i].is_zero())
        .filter(|&i| jump.dual[i].0.abs() == instance.exponents()[i])
        .collect();
    require(
        jump.hits == expected && !expected.is_empty(),
        Rule::Hits,
        Some(step),
        || {
            format!(
                "found {:?}, expected {expected:?} and at least one",
                jump.hits
            )
        },
    )
}

/// Rule `signs`: `s_i = k_i sign β_i` where `β_i ≠ 0`.
fn signs(step: usize, instance: &DiagonalInstance, jump: &DiagonalJump) -> Result<(), Rejection> {
    for (i, beta) in jump.beta.iter().enumerate() {
        let bound = &instance.exponents()[i];
        let s = &jump.dual[i].0;
        let agrees = beta.0.is_zero()
            || (beta.0.is_positive() && s == bound)
            || (beta.0.is_negative() && *s == -bound);
        require(agrees, Rule::Signs, Some(step), || {
            format!(
                "beta[{i}]: found {:?}, expected 0 or the sign of a dual variable at its bound, which is {s:?}",
                beta.0
            )
        })?;
    }
    Ok(())
}

/// Rule `stationarity`: `∇_i L(β) = 0` on the support of β.
fn stationarity(step: usize, jump: &DiagonalJump, gradient: &[Rational]) -> Result<(), Rejection> {
    for (i, beta) in jump.beta.iter().enumerate() {
        let holds = beta.0.is_zero() || gradient[i].is_zero();
        require(holds, Rule::Stationarity, Some(step), || {
            format!(
                "found the gradient {:?} at coordinate {i} of the support, expected 0",
                gradient[i]
            )
        })?;
    }
    Ok(())
}

/// Rule `descent`: a coordinate at its bound and outside the support cannot lower the loss by growing with the sign of s.
fn descent(
    step: usize,
    instance: &DiagonalInstance,
    jump: &DiagonalJump,
    gradient: &[Rational],
) -> Result<(), Rejection> {
    for (i, s) in jump.dual.iter().enumerate() {
        let at_bound = s.0.abs() == instance.exponents()[i];
        let holds = !at_bound || !(&s.0 * &gradient[i]).is_negative();
        require(holds, Rule::Descent, Some(step), || {
            format!(
                "found the gradient {:?} at coordinate {i} with dual variable {:?}, expected 0 or the same sign",
                gradient[i], s.0
            )
        })?;
    }
    Ok(())
}

/// Rule `end`: the gradient vanishes, so s rests.
fn stays(last: &Saddle) -> Result<(), Rejection> {
    for (i, found) in last.gradient.iter().enumerate() {
        require(found.is_zero(), Rule::End, None, || {
            format!(
                "found the gradient {found:?} at coordinate {i} after the last jump, expected 0"
            )
        })?;
    }
    Ok(())
}

/// Rule `dual-witness`: `Xᵀz = s`, so `Σ k_i|b_i| ≥ sᵀb = zᵀXb` is the same for all minimisers b of the loss, with equality at β.
fn dual_witness(
    instance: &DiagonalInstance,
    last: &Saddle,
    end: &DiagonalEnd,
) -> Result<(), Rejection> {
    for (i, s) in last.dual.iter().enumerate() {
        let found = fit::column_product(instance, i, &end.witness);
        require(found == s.0, Rule::DualWitness, None, || {
            format!(
                "found {found:?} for coordinate {i} of the product, expected {:?}",
                s.0
            )
        })?;
    }
    Ok(())
}

/// Rule `weighted-norm`: `Σ k_i |β_i|`.
fn weighted_norm(
    instance: &DiagonalInstance,
    last: &Saddle,
    end: &DiagonalEnd,
) -> Result<(), Rejection> {
    let terms = last.beta.iter().zip(instance.exponents());
    let expected: Rational = terms.map(|(beta, bound)| beta.0.abs() * bound).sum();
    let found = &end.weighted_norm.0;
    require(*found == expected, Rule::WeightedNorm, None, || {
        format!("found {found:?}, expected {expected:?}")
    })
}
