//! The trusted checker: certificate to verdict, by substitution and comparison alone.
//!
//! It never searches for anything that the certificate could have told it: every step carries its witness, and each rule is one function that puts the
//! numbers into an equation or an inequality. No float takes part, nothing recurses on the input, and every size is
//! checked before it is used. The producer of certificates and this crate share the nouns of the format and of the instances, nothing more.
//!
//! ```
//! use saltus_check::{Rule, Verdict, check};
//!
//! let Verdict::Invalid(rejection) = check(b"[]") else {
//!     unreachable!("a list is no certificate");
//! };
//! assert_eq!((rejection.rule, rejection.step), (Rule::Format, None));
//! ```

mod bracket;
mod diagonal;
mod fit;
mod header;
mod race;
mod relu;
mod verdict;

pub use saltus_certificate::MAX_CERTIFICATE_BYTES;
pub use verdict::{Rejection, Rule, Verdict};

use saltus_certificate::{Certificate, instance_hash, instance_text};
use saltus_problem::Instance;

/// Checks the bytes of a certificate.
///
/// Rules are applied in the order of the documentation, the certificate's own parts before the jumps, jump by jump, and the
/// end last; the verdict names the first rule that is broken.
///
/// A certificate of format version 2 is `Verdict::Invalid` with `Rule::Version`, whatever else is wrong in it, if it
/// has the documented shape.
pub fn check(bytes: &[u8]) -> Verdict {
    check_with_progress(bytes, None, &|_, _| {})
}

/// As [`check`], and the certificate must be about this instance: otherwise rule `hash` is broken.
pub fn check_about(bytes: &[u8], instance: &Instance) -> Verdict {
    check_with_progress(bytes, Some(instance), &|_, _| {})
}

/// As [`check_about`] if there is an instance, otherwise as [`check`]; `progress` is told how many jumps are checked, and of how many. It
/// hears and cannot change anything.
pub fn check_with_progress(
    bytes: &[u8],
    about: Option<&Instance>,
    progress: &dyn Fn(usize, usize),
) -> Verdict {
    let checked = check_rules(bytes, progress).and_then(|found| match about {
        Some(instance) => header::hash(found.hash(), &instance_hash(instance)),
        None => Ok(()),
    });
    match checked {
        Ok(()) => Verdict::Valid,
        Err(rejection) => Verdict::Invalid(rejection),
    }
}

/// The certificate, if no rule is broken.
fn check_rules(bytes: &[u8], progress: &dyn Fn(usize, usize)) -> Result<Certificate, Rejection> {
    let certificate = Certificate::read(bytes)
        .map_err(|reason| Rejection::new(Rule::Format, None, reason.to_string()))?;
    match &certificate {
        Certificate::Diagonal(certificate) => {
            header::version(certificate.version)?;
            header::hash(&certificate.hash, &certificate.instance.hash())?;
            let instance = header::instance(certificate.instance.build())?;
            diagonal::check(certificate, &instance, progress)?;
        }
        Certificate::Relu(certificate) => {
            header::version(certificate.version)?;
            header::hash(&certificate.hash, &certificate.instance.hash())?;
            let instance = header::instance(certificate.instance.build())?;
            relu::check(certificate, &instance, progress)?;
        }
    }
    Ok(certificate)
}

/// Prints an instance as it was parsed, for checking the parser by eye: the canonical text that certificates hash, with a line
/// break after every row and every list.
///
/// The first line is `{"system":"diagonal-linear","name":"two","inputs":[["1","0"],` for a diagonal instance named "two" whose
/// first input is `(1, 0)`.
pub fn reprint(instance: &Instance) -> String {
    let mut text = instance_text(instance).replace("],", "],\n");
    text.push('\n');
    text
}
