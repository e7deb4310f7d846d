//! Fractions that share factors of their denominators.

use num_bigint::{BigInt, Sign};
use num_traits::One;

use super::Rational;
use crate::common::SharedProducts;
use crate::integer::gcd;

/// A numerator over a product of factors out of a list: with the positions `[0, 2]` in `(6, 35, 4)`, over 24.
#[derive(Debug, Clone)]
pub struct FactoredQuotient {
    /// The numerator.
    pub numer: BigInt,
    /// The product of the factors.
    pub product: BigInt,
    /// Positions of the factors in their list, which may repeat.
    pub factors: Vec<usize>,
}

/// The factors that the denominators of some quotients share, and what each has in common with the numerators over it.
///
/// As in [`Rational::over_common`], a divisor that a numerator has in common with a factor divides the product of all numerators:
/// so one common divisor is sought for each factor, and the others are mostly with short numbers.
///
/// ```
/// use saltus_exact::{FactoredQuotient, SharedFactors};
///
/// let mut shared = SharedFactors::default();
/// let [six, both] = [([0].as_slice(), 6), (&[0, 1], 210)].map(|(factors, product)| FactoredQuotient {
///     numer: 10.into(),
///     product: product.into(),
///     factors: factors.to_vec(),
/// });
/// shared.push(&6.into()).and_then(|()| shared.push(&35.into())).ok_or("not positive")?;
/// shared.count(&six).and_then(|()| shared.count(&both)).ok_or("no such factor")?;
/// let common = shared.common(0..2);
/// assert_eq!(FactoredQuotient::in_lowest_terms(six, &common).to_string(), "5/3");
/// assert_eq!(FactoredQuotient::in_lowest_terms(both, &common).to_string(), "1/21");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Default)]
pub struct SharedFactors {
    /// Those of the odd parts of the factors: powers of 2 are no part of the long divisions.
    products: SharedProducts,
}

impl SharedFactors {
    /// Appends a factor to the list; `None` unless it is positive.
    pub fn push(&mut self, factor: &BigInt) -> Option<()> {
        let twos = factor.trailing_zeros().unwrap_or(0);
        (factor.sign() == Sign::Plus).then(|| self.products.push(&(factor >> twos)))
    }

    /// How many factors there are: 2 in `(6, 35)`.
    pub fn len(&self) -> usize {
        self.products.len()
    }

    /// Whether there is no factor, as in `SharedFactors::default()`.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a quotient into account; `None` if one of its factors is not in the list.
    pub fn count(&mut self, quotient: &FactoredQuotient) -> Option<()> {
        self.products.multiply(&quotient.numer, &quotient.factors)
    }

    /// For some of the factors, an odd number that is a multiple of their odd common divisor with every numerator that counts:
    /// `[5]` for the factor 35 and the numerator 10 over it.
    pub fn common(&self, positions: std::ops::Range<usize>) -> Vec<BigInt> {
        self.products.common(positions)
    }
}

impl FactoredQuotient {
    /// The quotient in lowest terms, such as `1/21` for 10 over the factors `(6, 35)`; what all factors of the list have
    /// [in common](SharedFactors::common) with numerators must be known for a list that counts it.
    pub fn in_lowest_terms(self, common: &[BigInt]) -> Rational {
        let (mut numer, mut denom) = (self.numer, self.product);
        let twos = |number: &BigInt| number.trailing_zeros().unwrap_or(u64::MAX);
        let shift = twos(&numer).min(twos(&denom));
        (numer, denom) = (numer >> shift, denom >> shift);
        for k in self.factors {
            // The divisor in common with the factor, since the numerator divides the product of all.
            let divisor = common_divisor(&numer, &common[k]);
            if !divisor.is_one() {
                numer /= &divisor;
                denom /= divisor;
            }
        }
        Rational::from_coprime(numer, denom)
    }
}

impl Rational {
    /// Quotients of which some share factors of their denominators, in lowest terms; `None` unless every factor that is named is
    /// in the list and all are positive.
    ///
    /// For the factors `(6, 35)`, the numerator 10 over both is `1/21`, and 10 over the first `5/3`: [`SharedFactors`] at once.
    pub fn over_shared_factors(
        quotients: Vec<FactoredQuotient>,
        factors: &[BigInt],
    ) -> Option<Vec<Rational>> {
        let mut shared = SharedFactors::default();
        for factor in factors {
            shared.push(factor)?;
        }
        for quotient in &quotients {
            shared.count(quotient)?;
        }
        let common = shared.common(0..shared.len());
        let quotients = quotients.into_iter();
        Some(
            quotients
                .map(|quotient| quotient.in_lowest_terms(&common))
                .collect(),
        )
    }
}

/// `gcd(long, short)`, at once where the short one is 1.
fn common_divisor(long: &BigInt, short: &BigInt) -> BigInt {
    if short.is_one() {
        BigInt::one()
    } else {
        gcd(long, short)
    }
}
