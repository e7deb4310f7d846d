//! Exact numbers as JSON text, each value in one spelling only.

use std::fmt;
use std::marker::PhantomData;

use num_bigint::BigInt;
use saltus_exact::{Rational, SqrtSum};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest text of a rational or of an integer, in characters; checked before the number is built. An integer of so
/// many digits has about `60_000 · log₂ 10 ≈ 199_316` bits.
pub const MAX_NUMBER_CHARS: usize = 60_000;

/// The longest text of a sum of square roots, in characters; checked before the number is built. `sqrt(10) + 4` has 12.
pub const MAX_SUM_CHARS: usize = 1_000_000;

/// A rational: `p` or `p/q` in lowest terms with `q ≥ 2`, a minus sign on `p` only, no leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(pub Rational);

/// An integer: digits without leading zeros, with a minus sign if it is negative, as `"-12"`; `"+12"`, `"012"` and
/// `"-0"` are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole(pub BigInt);

/// A sum of square roots as [`SqrtSum`] displays it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum(pub SqrtSum);

/// A number with exactly one text.
trait ExactText: Sized {
    /// What a message calls the text.
    const WHAT: &'static str;
    /// The longest text that is looked at, in characters.
    const MAX_CHARS: usize;
    /// The number of this text; `None` unless the text is the one spelling of its value.
    fn from_text(text: &str) -> Option<Self>;
}

/// An integer without leading zeros, plus sign or minus zero.
fn parse_whole(text: &str) -> Option<BigInt> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let is_canonical = !digits.starts_with('0') || text == "0";
    if is_plain && is_canonical {
        BigInt::parse_bytes(text.as_bytes(), 10)
    } else {
        None
    }
}

impl ExactText for Number {
    const WHAT: &'static str = "a rational `p` or `p/q` in lowest terms";
    const MAX_CHARS: usize = MAX_NUMBER_CHARS;

    fn from_text(text: &str) -> Option<Number> {
        let Some((numer_text, denom_text)) = text.split_once('/') else {
            return parse_whole(text).map(|whole| Number(Rational::integer(whole)));
        };
        let (numer, denom) = (parse_whole(numer_text)?, parse_whole(denom_text)?);
        if denom <= BigInt::from(1) {
            return None;
        }
        let number = Rational::new(numer, denom.clone())?;
        // Reducing a fraction changes its denominator whenever there is anything to reduce.
        (*number.denom() == denom).then_some(Number(number))
    }
}

impl ExactText for Whole {
    const WHAT: &'static str = "an integer";
    const MAX_CHARS: usize = MAX_NUMBER_CHARS;

    fn from_text(text: &str) -> Option<Whole> {
        parse_whole(text).map(Whole)
    }
}

impl ExactText for Sum {
    const WHAT: &'static str = "a sum of square roots in its one spelling";
    const MAX_CHARS: usize = MAX_SUM_CHARS;

    fn from_text(text: &str) -> Option<Sum> {
        let sum = SqrtSum::parse(text).ok()?;
        (sum.to_string() == text).then_some(Sum(sum))
    }
}

/// Reads a JSON string as an exact number.
struct ExactVisitor<T>(PhantomData<T>);

impl<T: ExactText> Visitor<'_> for ExactVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as text", T::WHAT)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        if text.len() > T::MAX_CHARS {
            let (found, max) = (text.len(), T::MAX_CHARS);
            return Err(E::custom(format!(
                "found a text of {found} characters, expected {} of at most {max}",
                T::WHAT
            )));
        }
        T::from_text(text).ok_or_else(|| {
            let excerpt: String = text.chars().take(40).collect();
            E::custom(format!("found `{excerpt}`, expected {}", T::WHAT))
        })
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_str(ExactVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Whole, D::Error> {
        deserializer.deserialize_str(ExactVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sum, D::Error> {
        deserializer.deserialize_str(ExactVisitor(PhantomData))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<Rational> for Number {
    fn from(number: Rational) -> Number {
        Number(number)
    }
}

impl From<BigInt> for Whole {
    fn from(number: BigInt) -> Whole {
        Whole(number)
    }
}

impl From<SqrtSum> for Sum {
    fn from(sum: SqrtSum) -> Sum {
        Sum(sum)
    }
}
