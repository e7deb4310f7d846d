//! Certificates from predictions: every claim with the witness that lets a checker confirm it by substitution.
//!
//! Nothing here has to be trusted: what is written is handed to the checker before it is returned, so a wrong prediction is
//! refused and never certified.

mod diagonal;
mod error;
mod relu;
mod uniqueness;

pub use error::CertifyError;

use saltus_certificate::Certificate;
use saltus_check::{Verdict, check};
use saltus_jump::diagonal::DiagonalSequence;
use saltus_jump::relu::ReluSequence;
use saltus_problem::{DiagonalInstance, Instance, ReluInstance};

/// Predicts the limiting jump sequence of the instance and certifies it.
///
/// ```
/// use saltus_check::{Verdict, check};
/// use saltus_verify::certify::certify;
///
/// let shipped = saltus_data::shipped::SHIPPED.iter().find(|shipped| shipped.name == "dln-5x7");
/// let instance = shipped.expect("it comes with the project").load()?;
/// let text = certify(&instance)?.write();
/// assert_eq!(check(text.as_bytes()), Verdict::Valid);
/// // Another loss after the first jump is refused.
/// let (first, _) = text.split_once("\"loss\":\"").expect("a jump has a loss");
/// let changed = format!("{first}\"loss\":\"1{}", &text[first.len() + 8..]);
/// assert!(matches!(check(changed.as_bytes()), Verdict::Invalid(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CertifyError::Predict`] if there is no prediction; otherwise as [`certify_relu`] and [`certify_diagonal`].
pub fn certify(instance: &Instance) -> Result<Certificate, CertifyError> {
    certify_with_progress(instance, &|_, _| {})
}

/// As [`certify`]; `progress` is told, for diagonal networks, how many jumps are predicted so far, of 0, and then how many are certified,
/// and of how many.
///
/// # Errors
/// As [`certify`].
pub fn certify_with_progress(
    instance: &Instance,
    progress: &dyn Fn(usize, usize),
) -> Result<Certificate, CertifyError> {
    match instance {
        Instance::Relu(instance) => certify_relu(instance, &saltus_jump::relu::predict(instance)?),
        Instance::Diagonal(instance) => {
            let predicted = |jumps| progress(jumps, 0);
            let sequence = saltus_jump::diagonal::predict_with_progress(instance, &predicted)?;
            confirmed(write_diagonal(instance, &sequence, progress)?)
        }
    }
}

/// Certifies a prediction for a ReLU network.
///
/// # Errors
/// [`CertifyError`] if a witness cannot be found, or if the checker refuses the certificate: the prediction is wrong then, or
/// its numbers are beyond the limits of the format.
pub fn certify_relu(
    instance: &ReluInstance,
    sequence: &ReluSequence,
) -> Result<Certificate, CertifyError> {
    confirmed(Certificate::Relu(relu::write(
        instance,
        sequence.jumps(),
        relu::end(sequence),
    )?))
}

/// Certifies a prediction for a diagonal linear network.
///
/// # Errors
/// As [`certify_relu`].
pub fn certify_diagonal(
    instance: &DiagonalInstance,
    sequence: &DiagonalSequence,
) -> Result<Certificate, CertifyError> {
    confirmed(write_diagonal(instance, sequence, &|_, _| {})?)
}

fn write_diagonal(
    instance: &DiagonalInstance,
    sequence: &DiagonalSequence,
    progress: &dyn Fn(usize, usize),
) -> Result<Certificate, CertifyError> {
    let certificate = diagonal::write(instance, sequence, progress)?;
    Ok(Certificate::Diagonal(certificate))
}

/// The certificate, if the checker accepts its text.
fn confirmed(certificate: Certificate) -> Result<Certificate, CertifyError> {
    match check(certificate.write().as_bytes()) {
        Verdict::Valid => Ok(certificate),
        Verdict::Invalid(rejection) => Err(CertifyError::Rejected(rejection)),
    }
}

#[cfg(test)]
mod tests;
