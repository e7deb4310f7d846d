//! Reading and writing rationals as text.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigInt;
use num_traits::{One, Zero};
use thiserror::Error;

use super::Rational;
use crate::lanes::decimal_digits;

/// The longest text that is read as a number, in characters; `-3.5e-4` has 7, and surrounding white space does not count.
pub const MAX_NUMBER_CHARS: usize = 10_000;

/// The largest absolute value of the exponent in a number such as `1e-40`.
pub const MAX_DECIMAL_EXPONENT: u32 = 4_000;

/// How many characters of the input an error message repeats.
const EXCERPT_CHARS: usize = 40;

/// Numbers above this many bits are abbreviated by `Debug`.
const DEBUG_BITS: u64 = 256;

/// Why a text is not a number: for `1/0` it prints `` the denominator is 0 in `1/0` ``.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseNumberError {
    /// Nothing but spaces.
    #[error("expected a number, found an empty text")]
    Empty,
    /// More than [`MAX_NUMBER_CHARS`] characters.
    #[error("a number may have at most {MAX_NUMBER_CHARS} characters, found {found}: `{excerpt}`")]
    TooLong {
        /// The number of characters.
        found: usize,
        /// The beginning of the text.
        excerpt: String,
    },
    /// An exponent beyond [`MAX_DECIMAL_EXPONENT`].
    #[error(
        "a decimal exponent may be at most {MAX_DECIMAL_EXPONENT} in absolute value, found `{excerpt}`"
    )]
    ExponentTooLarge {
        /// The beginning of the exponent.
        excerpt: String,
    },
    /// A fraction whose denominator is 0.
    #[error("the denominator is 0 in `{excerpt}`")]
    ZeroDenominator {
        /// The beginning of the text.
        excerpt: String,
    },
    /// Neither an integer, nor a decimal number, nor a fraction of integers.
    #[error("expected an integer, a decimal number or a fraction of integers, found `{excerpt}`")]
    Malformed {
        /// The beginning of the text.
        excerpt: String,
    },
}

/// The beginning of a text on one line, for error messages.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(EXCERPT_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(EXCERPT_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// The integer written by a non-empty run of ASCII digits; `None` for any other text.
fn parse_digits(text: &str) -> Option<BigInt> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        BigInt::parse_bytes(text.as_bytes(), 10)
    } else {
        None
    }
}

/// Splits off a leading sign: whether it is a minus, and the rest.
fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

impl Rational {
    /// Reads an integer, a decimal number (`0.15`, `-3.5e-4`) or a fraction `p/q` of integers with a sign on `p` only.
    ///
    /// Surrounding white space is ignored.
    ///
    /// ```
    /// use saltus_exact::Rational;
    ///
    /// assert_eq!(Rational::parse(" -0.15 ")?.to_string(), "-3/20");
    /// assert!(Rational::parse("1/-2").is_err());
    /// # Ok::<(), saltus_exact::ParseNumberError>(())
    /// ```
    ///
    /// # Errors
    /// A [`ParseNumberError`] for any other text, for a text of more than [`MAX_NUMBER_CHARS`] characters and for
    /// an exponent beyond [`MAX_DECIMAL_EXPONENT`]; both limits are checked before a number is built.
    pub fn parse(text: &str) -> Result<Rational, ParseNumberError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(ParseNumberError::Empty);
        }
        let n_chars = trimmed.chars().count();
        if n_chars > MAX_NUMBER_CHARS {
            return Err(ParseNumberError::TooLong {
                found: n_chars,
                excerpt: excerpt(trimmed),
            });
        }
        let malformed = || ParseNumberError::Malformed {
            excerpt: excerpt(trimmed),
        };
        let (is_negative, unsigned) = split_sign(trimmed);
        let magnitude = match unsigned.split_once('/') {
            Some((numer, denom)) => {
                let numer = parse_digits(numer).ok_or_else(malformed)?;
                let denom = parse_digits(denom).ok_or_else(malformed)?;
                Rational::new(numer, denom).ok_or_else(|| ParseNumberError::ZeroDenominator {
                    excerpt: excerpt(trimmed),
                })?
            }
            None => match unsigned.split_once(['e', 'E']) {
                Some((mantissa, exponent)) => {
                    let (digits, n_fractional) = parse_decimal(mantissa).ok_or_else(malformed)?;
                    let exponent = parse_exponent(exponent)?.ok_or_else(malformed)?;
                    scale_by_power_of_ten(digits, exponent - n_fractional)
                }
                None => {
                    let (digits, n_fractional) = parse_decimal(unsigned).ok_or_else(malformed)?;
                    scale_by_power_of_ten(digits, -n_fractional)
                }
            },
        };
        Ok(if is_negative { -magnitude } else { magnitude })
    }
}

/// `digits` or `digits.digits` as an integer and the number of fractional digits.
fn parse_decimal(text: &str) -> Option<(BigInt, i64)> {
    match text.split_once('.') {
        None => Some((parse_digits(text)?, 0)),
        Some((whole, fraction)) => {
            let all_digits =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if !all_digits(whole) || !all_digits(fraction) {
                return None;
            }
            let n_fractional = i64::try_from(fraction.len()).ok()?;
            Some((parse_digits(&format!("{whole}{fraction}"))?, n_fractional))
        }
    }
}

/// A signed exponent within the limit; `Ok(None)` if it is no integer.
fn parse_exponent(text: &str) -> Result<Option<i64>, ParseNumberError> {
    let (is_negative, digits) = split_sign(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    match digits.trim_start_matches('0') {
        "" => Ok(Some(0)),
        significant => match significant.parse::<u32>() {
            Ok(exponent) if exponent <= MAX_DECIMAL_EXPONENT => {
                let exponent = i64::from(exponent);
                Ok(Some(if is_negative { -exponent } else { exponent }))
            }
            _ => Err(ParseNumberError::ExponentTooLarge {
                excerpt: excerpt(text),
            }),
        },
    }
}

/// `digits · 10^exponent`.
fn scale_by_power_of_ten(digits: BigInt, exponent: i64) -> Rational {
    let power = BigInt::from(10u32).pow(
        u32::try_from(exponent.unsigned_abs())
            .expect("the limits of the grammar bound the exponent"),
    );
    if exponent < 0 {
        Rational::reduced(digits, power)
    } else {
        Rational::integer(digits * power)
    }
}

impl Rational {
    /// The numbers as text, as `to_string` has them: `1/2` and `-3` for `1/2` and −3. Four long ones take less time together.
    pub fn texts(numbers: &[&Rational]) -> Vec<String> {
        let parts = numbers.iter().flat_map(|q| [q.numer(), q.denom()]);
        let parts: Vec<_> = parts.map(BigInt::magnitude).collect();
        let digits = decimal_digits(&parts);
        let text = |(number, digits): (&&Rational, &[String])| {
            let sign = if number.is_negative() { "-" } else { "" };
            match digits {
                [numer, _] if number.is_integer() => format!("{sign}{numer}"),
                _ => format!("{sign}{}", digits.join("/")),
            }
        };
        numbers
            .iter()
            .zip(digits.chunks_exact(2))
            .map(text)
            .collect()
    }
}

impl FromStr for Rational {
    type Err = ParseNumberError;

    fn from_str(text: &str) -> Result<Rational, ParseNumberError> {
        Rational::parse(text)
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denom().is_one() {
            write!(f, "{}", self.numer())
        } else {
            write!(f, "{}/{}", self.numer(), self.denom())
        }
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits() <= DEBUG_BITS {
            return write!(f, "{self}");
        }
        write_abbreviated(f, self.numer())?;
        if !self.denom().is_one() {
            write!(f, "/")?;
            write_abbreviated(f, self.denom())?;
        }
        Ok(())
    }
}

/// The first and last digits of a long integer, with its length.
fn write_abbreviated(f: &mut fmt::Formatter<'_>, n: &BigInt) -> fmt::Result {
    if n.is_zero() || n.bits() <= DEBUG_BITS / 2 {
        return write!(f, "{n}");
    }
    let digits = n.magnitude().to_string();
    let sign = if n.sign() == num_bigint::Sign::Minus {
        "-"
    } else {
        ""
    };
    write!(
        f,
        "{sign}{}..{} ({} digits, {} bits)",
        &digits[..8],
        &digits[digits.len() - 8..],
        digits.len(),
        n.bits()
    )
}
