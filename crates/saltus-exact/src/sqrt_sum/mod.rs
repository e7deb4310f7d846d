//! Finite sums of rational multiples of square roots of positive integers.

mod operators;
mod text;

pub use text::{MAX_SQRT_SUM_CHARS, MAX_SQRT_SUM_TERMS, ParseSqrtSumError};

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::One;

use crate::integer::{exact_sqrt, gcd, split_small_squares, square_class_fingerprint};
use crate::interval::Interval;
use crate::rational::Rational;

/// The first precision at which signs are sought, in bits.
const FIRST_PRECISION: u32 = 64;

/// A real number `Σ c_k √r_k` with rational `c_k ≠ 0` and positive integers `r_k`.
///
/// **Representation.** No two radicands are *commensurable*: `r_k · r_l` is never a square for `k ≠ l`. Square roots of
/// pairwise incommensurable integers are linearly independent over the rationals, so the number is 0 exactly when
/// it has no terms, and the number of terms, and the multiset of the values `c_k √r_k`, depend on the number alone.
/// Whether `r_k · r_l` is a square needs no factoring: it is one exactly when both cofactors of `gcd(r_k, r_l)` are.
///
/// Square factors of primes below 300 are pulled out of the radicands for legibility, as are those radicands that
/// are then a small number times a square; radicands are not factored further. So the radicand that stands for its
/// class may depend on the order of operations, but text does not: see [`Display`](std::fmt::Display).
#[derive(Clone, Default)]
pub struct SqrtSum {
    /// Sorted by radicand.
    terms: Vec<Term>,
}

/// One `c √r`, where `r` comes from [`split_small_squares`].
#[derive(Clone)]
struct Term {
    coefficient: Rational,
    radicand: BigInt,
    fingerprint: u128,
}

impl Term {
    /// `c √r` for `c ≠ 0` and `r > 0`, with small squares pulled out.
    fn new(coefficient: Rational, radicand: &BigInt) -> Term {
        let (root, rest) = split_small_squares(radicand);
        Term {
            coefficient: if root.is_one() {
                coefficient
            } else {
                coefficient * Rational::integer(root)
            },
            fingerprint: square_class_fingerprint(&rest),
            radicand: rest,
        }
    }

    /// If `r · s` is a square: the common divisor `g` of `r` and `s`, with `√(r/g)` and `√(s/g)`.
    fn common_class(&self, other: &Term) -> Option<(BigInt, BigInt, BigInt)> {
        if self.fingerprint != other.fingerprint {
            return None;
        }
        let common = gcd(&self.radicand, &other.radicand);
        let root = exact_sqrt(&(&self.radicand / &common))?;
        let other_root = exact_sqrt(&(&other.radicand / &common))?;
        Some((common, root, other_root))
    }

    /// `c² r`, which together with the sign of `c` determines the value.
    fn square(&self) -> Rational {
        self.coefficient.square() * Rational::integer(self.radicand.clone())
    }

    fn same_value(&self, other: &Term) -> bool {
        if self.radicand == other.radicand {
            return self.coefficient == other.coefficient;
        }
        self.fingerprint == other.fingerprint
            && self.coefficient.signum() == other.coefficient.signum()
            && self.square() == other.square()
    }

    fn enclose(&self, precision: u32) -> Interval {
        let coefficient = Interval::from_rational(&self.coefficient, precision);
        if self.radicand.is_one() {
            return coefficient;
        }
        let root = Interval::from_integer(self.radicand.clone())
            .sqrt(precision)
            .expect("radicands are positive");
        coefficient.mul(&root, precision)
    }
}

impl SqrtSum {
    /// The number 0: the sum without terms, whose text is `0`.
    pub fn zero() -> SqrtSum {
        SqrtSum::default()
    }

    /// `√q`; `None` if `q < 0`. It is written as `√(ab)/b` for `q = a/b`.
    pub fn sqrt(q: &Rational) -> Option<SqrtSum> {
        match q.signum() {
            Ordering::Less => None,
            Ordering::Equal => Some(SqrtSum::zero()),
            Ordering::Greater => Some(SqrtSum {
                terms: vec![sqrt_term(Ordering::Greater, q)],
            }),
        }
    }

    /// `1/√q = √(1/q)`; `None` unless `q > 0`.
    pub fn recip_sqrt(q: &Rational) -> Option<SqrtSum> {
        SqrtSum::sqrt(&q.recip()?)
    }

    /// `self · other`.
    pub fn mul(&self, other: &SqrtSum) -> SqrtSum {
        let mut product = SqrtSum::zero();
        for left in &self.terms {
            for right in &other.terms {
                // √r √s = g √(r/g · s/g) for the common divisor g.
                let common = gcd(&left.radicand, &right.radicand);
                let radicand = (&left.radicand / &common) * (&right.radicand / &common);
                let coefficient =
                    &left.coefficient * &right.coefficient * Rational::integer(common);
                product.add_term(Term::new(coefficient, &radicand));
            }
        }
        product
    }

    /// `self · q`.
    pub fn scale(&self, q: &Rational) -> SqrtSum {
        if q.is_zero() {
            return SqrtSum::zero();
        }
        let mut scaled = self.clone();
        for term in &mut scaled.terms {
            term.coefficient *= q;
        }
        scaled
    }

    /// `self · √q`; `None` if `q < 0`.
    pub fn mul_sqrt(&self, q: &Rational) -> Option<SqrtSum> {
        Some(self.mul(&SqrtSum::sqrt(q)?))
    }

    /// How the number compares with 0, decided exactly.
    ///
    /// Without terms the number is 0; with terms it is not, and enclosures of 64, 128, 256, … bits find its sign
    /// after finitely many steps. For `√2 + √3 − √10`, about `−0.016`, the answer is `Ordering::Less`.
    pub fn sign(&self) -> Ordering {
        let mut signs = self.terms.iter().map(|term| term.coefficient.signum());
        let Some(first) = signs.next() else {
            return Ordering::Equal;
        };
        if signs.all(|sign| sign == first) {
            return first;
        }
        let mut precision = FIRST_PRECISION;
        loop {
            if let Some(sign) = self.enclose(precision).sign() {
                return sign;
            }
            precision = precision.saturating_mul(2);
        }
    }

    /// How two numbers compare, decided exactly: first by enclosures, then by the sign of the difference.
    ///
    /// For `√10 + √11` and `√5 + √18` it is `Ordering::Greater`.
    pub fn compare(&self, other: &SqrtSum) -> Ordering {
        if self.terms().eq(other.terms()) {
            return Ordering::Equal;
        }
        for precision in [FIRST_PRECISION, 2 * FIRST_PRECISION] {
            let (left, right) = (self.enclose(precision), other.enclose(precision));
            if let Some(order) = left.compare(&right) {
                return order;
            }
        }
        (self - other).sign()
    }

    /// Whether the number is 0, as `√8 − √2 − √2` is.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// How many incommensurable square roots the number needs, that of 1 included: a function of its value.
    ///
    /// For `1 + √2 + √8 = 1 + 3√2` it is `2`.
    pub fn n_terms(&self) -> usize {
        self.terms.len()
    }

    /// The coefficients and radicands, by ascending radicand: `(−1, 1)`, then `(2, 2)`, for `√8 − 1 = 2√2 − 1`.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&Rational, &BigInt)> {
        self.terms
            .iter()
            .map(|term| (&term.coefficient, &term.radicand))
    }

    /// The number as a fraction, if it is one: `5/2` for `√(25/4)`, `None` for `√2`.
    pub fn as_rational(&self) -> Option<Rational> {
        match self.terms.as_slice() {
            [] => Some(Rational::zero()),
            // A rational term's radicand is a square; `split_small_squares` leaves 1 of every square.
            [term] if term.radicand.is_one() => Some(term.coefficient.clone()),
            _ => None,
        }
    }

    /// An enclosure whose terms are computed with `precision` bits.
    ///
    /// Where terms cancel, the width relative to the value is larger than `2^-precision`.
    pub fn enclose(&self, precision: u32) -> Interval {
        let mut terms = self.terms.iter().map(|term| term.enclose(precision));
        let Some(first) = terms.next() else {
            return Interval::from_integer(0);
        };
        terms.fold(first, |sum, term| sum.add(&term, precision))
    }

    /// Adds one term, merging it with the term of its class.
    fn add_term(&mut self, term: Term) {
        match self.position(&term.radicand) {
            Ok(k) => {
                self.terms[k].coefficient += &term.coefficient;
                if self.terms[k].coefficient.is_zero() {
                    self.terms.remove(k);
                }
            }
            Err(k) => match self.merge_with_class(&term) {
                None => self.terms.insert(k, term),
                Some(Merged::Cancelled) => {}
                Some(Merged::Into(merged)) => {
                    let k = self.position(&merged.radicand).unwrap_or_else(|k| k);
                    self.terms.insert(k, merged);
                }
            },
        }
    }

    /// Takes out the term commensurable with `term`, if there is one, and returns the sum of both.
    fn merge_with_class(&mut self, term: &Term) -> Option<Merged> {
        let (k, (radicand, root, other_root)) = self
            .terms
            .iter()
            .enumerate()
            .find_map(|(k, own)| Some((k, own.common_class(term)?)))?;
        let own = self.terms.remove(k);
        let coefficient = own.coefficient * Rational::integer(root)
            + &term.coefficient * Rational::integer(other_root);
        if coefficient.is_zero() {
            return Some(Merged::Cancelled);
        }
        Some(Merged::Into(Term::new(coefficient, &radicand)))
    }

    fn position(&self, radicand: &BigInt) -> Result<usize, usize> {
        self.terms
            .binary_search_by(|term| term.radicand.cmp(radicand))
    }
}

/// What became of two commensurable terms.
enum Merged {
    Cancelled,
    Into(Term),
}

/// `±√q` for `q > 0`: a function of its value alone.
///
/// With `q = a/b` in lowest terms, `a = s²r` and `b = t²u`, it is `s/(t u) · √(r u)`.
fn sqrt_term(sign: Ordering, q: &Rational) -> Term {
    let (numer_root, numer_rest) = split_small_squares(q.numer());
    let (denom_root, denom_rest) = split_small_squares(q.denom());
    // The two parts are coprime, so the fraction is in lowest terms.
    let magnitude = Rational::from_coprime(numer_root, denom_root * &denom_rest);
    let radicand = numer_rest * denom_rest;
    Term {
        coefficient: if sign == Ordering::Less {
            -magnitude
        } else {
            magnitude
        },
        fingerprint: square_class_fingerprint(&radicand),
        radicand,
    }
}

impl From<Rational> for SqrtSum {
    fn from(q: Rational) -> SqrtSum {
        if q.is_zero() {
            return SqrtSum::zero();
        }
        SqrtSum {
            terms: vec![Term::new(q, &BigInt::one())],
        }
    }
}

impl PartialEq for SqrtSum {
    fn eq(&self, other: &SqrtSum) -> bool {
        self.terms.len() == other.terms.len()
            && self
                .terms
                .iter()
                .all(|term| other.terms.iter().any(|own| own.same_value(term)))
    }
}

impl Eq for SqrtSum {}

impl PartialOrd for SqrtSum {
    fn partial_cmp(&self, other: &SqrtSum) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SqrtSum {
    fn cmp(&self, other: &SqrtSum) -> Ordering {
        self.compare(other)
    }
}
