//! Reading and writing sums of square roots as text.

use std::fmt;

use num_bigint::BigInt;
use num_traits::One;
use thiserror::Error;

use super::{SqrtSum, Term, sqrt_term};
use crate::rational::{ParseNumberError, Rational, excerpt};

/// The longest text that is read as a sum of square roots, in characters; `sqrt(2) - 1/2` has 13.
pub const MAX_SQRT_SUM_CHARS: usize = 1_000_000;

/// The most terms that are read; `sqrt(2) + sqrt(2)` counts as two.
pub const MAX_SQRT_SUM_TERMS: usize = 4_096;

/// Why a text is not a sum of square roots: for `1 + sqrt(0)` it prints `term 1: the radicand is 0`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseSqrtSumError {
    /// Nothing but spaces.
    #[error("expected a sum of square roots, found an empty text")]
    Empty,
    /// More than [`MAX_SQRT_SUM_CHARS`] characters.
    #[error(
        "a sum of square roots may have at most {MAX_SQRT_SUM_CHARS} characters, found {found}"
    )]
    TooLong {
        /// The number of characters.
        found: usize,
    },
    /// More than [`MAX_SQRT_SUM_TERMS`] terms.
    #[error("a sum of square roots may have at most {MAX_SQRT_SUM_TERMS} terms, found {found}")]
    TooManyTerms {
        /// The number of terms.
        found: usize,
    },
    /// A term that is neither a fraction nor a fraction times the square root of an integer.
    #[error("term {index}: expected `p/q`, `sqrt(r)` or `p/q*sqrt(r)`, found `{excerpt}`")]
    MalformedTerm {
        /// The position of the term, from 0.
        index: usize,
        /// The beginning of the term.
        excerpt: String,
    },
    /// A term with the square root of 0.
    #[error("term {index}: the radicand is 0")]
    ZeroRadicand {
        /// The position of the term, from 0.
        index: usize,
    },
    /// A number in a term that is not one, or is too large.
    #[error("term {index}: {reason}")]
    Number {
        /// The position of the term, from 0.
        index: usize,
        /// What is wrong with the number.
        reason: ParseNumberError,
    },
}

impl SqrtSum {
    /// Reads what [`Display`](fmt::Display) writes: terms `p/q`, `sqrt(r)` or `p/q*sqrt(r)` with integers `p`, `q`, `r`,
    /// joined by `+` or `-`, with spaces allowed around these signs only. The terms may come in any order and share
    /// radicands.
    ///
    /// # Errors
    /// A [`ParseSqrtSumError`] for any other text and for one beyond [`MAX_SQRT_SUM_CHARS`], [`MAX_SQRT_SUM_TERMS`] or
    /// the limits of [`Rational::parse`].
    pub fn parse(text: &str) -> Result<SqrtSum, ParseSqrtSumError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(ParseSqrtSumError::Empty);
        }
        let n_chars = trimmed.chars().count();
        if n_chars > MAX_SQRT_SUM_CHARS {
            return Err(ParseSqrtSumError::TooLong { found: n_chars });
        }
        let terms = signed_terms(trimmed);
        if terms.len() > MAX_SQRT_SUM_TERMS {
            return Err(ParseSqrtSumError::TooManyTerms { found: terms.len() });
        }
        let mut sum = SqrtSum::zero();
        for (index, (is_negative, body)) in terms.into_iter().enumerate() {
            let (coefficient, radicand) = parse_term(index, body)?;
            if !coefficient.is_zero() {
                let coefficient = if is_negative {
                    -coefficient
                } else {
                    coefficient
                };
                sum.add_term(Term::new(coefficient, &radicand));
            }
        }
        Ok(sum)
    }
}

/// Cuts at every sign: whether each piece is subtracted, and the piece without surrounding spaces.
fn signed_terms(text: &str) -> Vec<(bool, &str)> {
    let mut terms = Vec::new();
    let mut is_negative = false;
    let mut rest = text;
    if let Some(tail) = text.strip_prefix('-') {
        is_negative = true;
        rest = tail;
    }
    while let Some(cut) = rest.find(['+', '-']) {
        terms.push((is_negative, rest[..cut].trim()));
        is_negative = rest.as_bytes()[cut] == b'-';
        rest = &rest[cut + 1..];
    }
    terms.push((is_negative, rest.trim()));
    terms
}

/// The coefficient, without its sign, and the radicand of one term.
fn parse_term(index: usize, body: &str) -> Result<(Rational, BigInt), ParseSqrtSumError> {
    let malformed = || ParseSqrtSumError::MalformedTerm {
        index,
        excerpt: excerpt(body),
    };
    let (coefficient, radicand) = match body.split_once("sqrt(") {
        None => (body, None),
        Some((before, after)) => {
            let radicand = after.strip_suffix(')').ok_or_else(malformed)?;
            let coefficient = if before.is_empty() {
                "1"
            } else {
                before.strip_suffix('*').ok_or_else(malformed)?
            };
            (coefficient, Some(radicand))
        }
    };
    let number = |text: &str| {
        // Decimal points, exponents and signs belong to `Rational::parse` but not to this grammar.
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || b == b'/') {
            return Err(malformed());
        }
        Rational::parse(text).map_err(|reason| ParseSqrtSumError::Number { index, reason })
    };
    let coefficient = number(coefficient)?;
    let radicand = match radicand {
        None => BigInt::one(),
        Some(radicand) => {
            let radicand = number(radicand)?;
            if !radicand.denom().is_one() {
                return Err(malformed());
            }
            if radicand.is_zero() {
                return Err(ParseSqrtSumError::ZeroRadicand { index });
            }
            radicand.numer().clone()
        }
    };
    Ok((coefficient, radicand))
}

/// `1/2*sqrt(3) - sqrt(5) - 5/7`: terms by ascending radicand, the rational part last; 0 is `0`.
///
/// Equal numbers have equal texts. Every term is written by its value `±√(a/b)` alone, in lowest terms: with the
/// square factors of primes below 300 pulled out of `a` and `b`, and what is left of either replaced by its root if it is a
/// square. So a radicand may still contain the square of a larger prime, together with another prime above 300.
impl fmt::Display for SqrtSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return write!(f, "0");
        }
        let mut terms: Vec<Term> = self
            .terms
            .iter()
            .map(|term| sqrt_term(term.coefficient.signum(), &term.square()))
            .collect();
        terms.sort_by(|a, b| {
            (a.radicand.is_one(), &a.radicand).cmp(&(b.radicand.is_one(), &b.radicand))
        });
        for (k, term) in terms.iter().enumerate() {
            let sign = match (k, term.coefficient.is_negative()) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            let magnitude = term.coefficient.abs();
            if term.radicand.is_one() {
                write!(f, "{sign}{magnitude}")?;
            } else if magnitude == Rational::one() {
                write!(f, "{sign}sqrt({})", term.radicand)?;
            } else {
                write!(f, "{sign}{magnitude}*sqrt({})", term.radicand)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SqrtSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return write!(f, "0");
        }
        for (k, term) in self.terms.iter().enumerate() {
            let plus = if k == 0 { "" } else { " + " };
            let radicand = Rational::integer(term.radicand.clone());
            write!(f, "{plus}({:?})*sqrt({radicand:?})", term.coefficient)?;
        }
        Ok(())
    }
}
