//! Certificates for diagonal linear networks.

use num_bigint::BigInt;
use saltus_certificate::{
    DiagonalCertificate, DiagonalEnd, DiagonalJump, DiagonalText, Number, VERSION,
};
use saltus_exact::linear::common_denominator;
use saltus_exact::{IntegerMatrix, Rational};
use saltus_jump::diagonal::{DiagonalSequence, dual_variables};
use saltus_problem::DiagonalInstance;

use super::error::CertifyError;
use super::uniqueness::FitProver;

/// The certificate that says what these jumps say.
pub(super) fn write(
    instance: &DiagonalInstance,
    sequence: &DiagonalSequence,
    progress: &dyn Fn(usize, usize),
) -> Result<DiagonalCertificate, CertifyError> {
    let residuals = Residuals::new(instance);
    let mut prover = FitProver::new(instance);
    let mut beta = vec![Rational::zero(); instance.dimension()];
    let mut time = Rational::zero();
    let mut witness = vec![Rational::zero(); instance.n_samples()];
    let predicted = sequence.jumps();
    let duals = dual_variables(instance, sequence);
    let mut jumps = Vec::with_capacity(predicted.len());
    for (jump, (entry, dual)) in predicted.iter().zip(duals).enumerate() {
        // s = Σ δ Xᵀ(y − Xβ)/n over the plateaus, so the witness z with Xᵀz = s is the same sum without Xᵀ.
        let share = (&entry.time - &time)
            .checked_div(&Rational::integer(instance.n_samples()))
            .expect("an instance has at least one sample");
        for (z, residual) in witness.iter_mut().zip(residuals.at(&beta)) {
            *z += &(&share * &residual);
        }
        let dual = dual.values();
        let fit = prover.prove(jump, entry, &dual, &residuals.at(&entry.beta))?;
        jumps.push(DiagonalJump {
            time: Number(entry.time.clone()),
            hits: entry.hits.clone(),
            dual: numbers(&dual),
            beta: numbers(&entry.beta),
            fit,
            loss: Number(entry.loss.clone()),
        });
        progress(jumps.len(), predicted.len());
        time = entry.time.clone();
        beta = entry.beta.clone();
    }
    let terms = beta.iter().zip(instance.exponents());
    let weighted_norm: Rational = terms.map(|(beta, bound)| beta.abs() * bound).sum();
    let text = DiagonalText::from(instance);
    Ok(DiagonalCertificate {
        version: VERSION,
        hash: text.hash(),
        instance: text,
        jumps,
        end: DiagonalEnd {
            interpolates: sequence.interpolates(),
            witness: numbers(&witness),
            weighted_norm: Number(weighted_norm),
        },
    })
}

pub(super) fn numbers(list: &[Rational]) -> Vec<Number> {
    list.iter().cloned().map(Number).collect()
}

/// Residuals `y − Xβ`, in integers as long as possible.
struct Residuals<'a> {
    instance: &'a DiagonalInstance,
    inputs: IntegerMatrix,
    denominator: BigInt,
}

impl<'a> Residuals<'a> {
    fn new(instance: &'a DiagonalInstance) -> Residuals<'a> {
        let (inputs, denominator) = instance.inputs().to_integers();
        Residuals {
            instance,
            inputs,
            denominator,
        }
    }

    fn at(&self, beta: &[Rational]) -> Vec<Rational> {
        let common = common_denominator(beta);
        let integers: Vec<BigInt> = beta
            .iter()
            .map(|b| b.numer() * (&common / b.denom()))
            .collect();
        let scale = &common * &self.denominator;
        let labels = self.instance.labels().iter().enumerate();
        labels
            .map(|(row, y)| {
                let pairs = self.inputs.row(row).iter().zip(&integers);
                let sum: BigInt = pairs.map(|(x, b)| x * b).sum();
                let fitted =
                    Rational::new(sum, scale.clone()).expect("common denominators are positive");
                y - &fitted
            })
            .collect()
    }
}
