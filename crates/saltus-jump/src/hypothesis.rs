//! The hypotheses of the limit theorems, decided exactly on one instance.

use saltus_exact::SqrtSum;

/// One hypothesis, whether it holds on the instance, and where it fails: for `"unique winners"` the detail may read
/// `at jump 0 coordinates 1 and 3 hit together`.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Short name, stable across versions.
    pub name: &'static str,
    /// Whether it holds, decided exactly.
    pub holds: bool,
    /// Where it fails, or the quantity that measures how well it holds.
    pub detail: String,
    /// The exact quantity behind `detail`, if it is one number of moderate length.
    pub value: Option<SqrtSum>,
}

impl Hypothesis {
    /// A hypothesis that is a yes-or-no statement: it holds iff there are no `exceptions`.
    pub(crate) fn without_exceptions(
        name: &'static str,
        when_it_holds: &str,
        exceptions: &[String],
    ) -> Hypothesis {
        Hypothesis {
            name,
            holds: exceptions.is_empty(),
            detail: if exceptions.is_empty() {
                when_it_holds.to_owned()
            } else {
                exceptions.join("; ")
            },
            value: None,
        }
    }
}

/// `jump 3` or `jumps 3 and 5`, for messages.
pub(crate) fn list_indices(indices: &[usize]) -> String {
    let texts: Vec<String> = indices.iter().map(usize::to_string).collect();
    match texts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, init)) => format!("{} and {last}", init.join(", ")),
    }
}
