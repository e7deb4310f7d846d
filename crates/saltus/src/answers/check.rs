//! The answer of `saltus check`.

use saltus_check::Verdict;
use serde::Serialize;

use super::Answer;

/// What the checker says of a certificate; as text `valid`, or the rule, the jump and the reason, such as
/// `invalid: rule time, jump 1: found 3/8, expected a time after 3/8`.
///
/// ```
/// let checked = saltus::answers::Checked::from(saltus::check::check(b"{}"));
/// assert_eq!(checked.verdict, "invalid");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// `valid` or `invalid`.
    pub verdict: &'static str,
    /// The first rule that is broken.
    pub rule: Option<&'static str>,
    /// The jump at which it is broken; null outside the jumps.
    pub step: Option<usize>,
    /// What was found and what was expected.
    pub reason: Option<String>,
}

impl From<Verdict> for Checked {
    fn from(verdict: Verdict) -> Checked {
        match verdict {
            Verdict::Valid => Checked {
                verdict: "valid",
                rule: None,
                step: None,
                reason: None,
            },
            Verdict::Invalid(rejection) => Checked {
                verdict: "invalid",
                rule: Some(rejection.rule.name()),
                step: rejection.step,
                reason: Some(rejection.reason),
            },
        }
    }
}

impl Answer for Checked {
    fn text(&self) -> String {
        let mut text = self.verdict.to_owned();
        if let Some(rule) = self.rule {
            text.push_str(&format!(": rule {rule}"));
        }
        if let Some(step) = self.step {
            text.push_str(&format!(", jump {step}"));
        }
        if let Some(reason) = &self.reason {
            text.push_str(&format!(": {reason}"));
        }
        text.push('\n');
        text
    }
}
