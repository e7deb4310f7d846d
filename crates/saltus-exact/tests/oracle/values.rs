//! Seeded values of all lengths, and what carries them from one library to the other: bytes, never text or arithmetic.

use dashu_base::Sign as OtherSign;
use dashu_float::Repr;
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use num_bigint::{BigInt, BigUint, Sign};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use saltus_exact::{Dyadic, Rational};

pub fn to_other(n: &BigInt) -> IBig {
    let (sign, bytes) = n.to_bytes_le();
    let sign = match sign {
        Sign::Minus => OtherSign::Negative,
        Sign::NoSign | Sign::Plus => OtherSign::Positive,
    };
    IBig::from_parts(sign, UBig::from_le_bytes(&bytes))
}

pub fn from_other(n: &IBig) -> BigInt {
    let (sign, magnitude) = n.clone().into_parts();
    let sign = match sign {
        OtherSign::Negative => Sign::Minus,
        OtherSign::Positive => Sign::Plus,
    };
    BigInt::from_biguint(sign, BigUint::from_bytes_le(&magnitude.to_le_bytes()))
}

/// Reduced by the other library.
pub fn fraction(q: &Rational) -> RBig {
    RBig::from_parts_signed(to_other(q.numer()), to_other(q.denom()))
}

/// Numerator and denominator are the same bits.
#[track_caller]
pub fn assert_same(found: &Rational, expected: &RBig) {
    let denominator = IBig::from(expected.denominator().clone());
    let expected = (from_other(expected.numerator()), from_other(&denominator));
    assert_eq!((found.numer(), found.denom()), (&expected.0, &expected.1));
}

/// The same value, in the one form that the other library gives it.
pub fn binary(x: &Dyadic) -> Repr<2> {
    let exponent = isize::try_from(x.exponent()).expect("the tests keep exponents short");
    Repr::new(to_other(x.mantissa()), exponent)
}

/// A stream of values that is the same in every run.
pub struct Draws(ChaCha8Rng);

impl Draws {
    pub fn new(seed: u64) -> Draws {
        Draws(ChaCha8Rng::seed_from_u64(seed))
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    /// A number of exactly `n_bits` bits: dense, sparse, or long runs of ones, which carries and borrows run along.
    pub fn of_length(&mut self, n_bits: u64) -> BigUint {
        if n_bits == 0 {
            return BigUint::ZERO;
        }
        let mut n = BigUint::ZERO;
        match self.below(4) {
            0 => n = (BigUint::from(1u32) << n_bits) - 1u32,
            1 => {
                for _ in 0..3 {
                    n.set_bit(self.below(n_bits), true);
                }
            }
            _ => {
                for place in 0..n_bits.div_ceil(64) {
                    n |= BigUint::from(self.0.next_u64()) << (64 * place);
                }
            }
        }
        n %= BigUint::from(1u32) << n_bits;
        n.set_bit(n_bits - 1, true);
        n
    }

    /// A length in bits that is often short, and often next to where another algorithm takes over.
    pub fn length(&mut self, longest: u64) -> u64 {
        let length = match self.below(3) {
            0 => 1 + self.below(16),
            1 => (1 << (5 + self.below(8))) + self.below(5) - 2,
            _ => 1 + self.below(longest),
        };
        length.min(longest)
    }

    pub fn integer(&mut self, longest: u64) -> BigInt {
        let length = self.length(longest) * self.below(16).min(1);
        let sign = if self.below(2) == 0 {
            Sign::Plus
        } else {
            Sign::Minus
        };
        BigInt::from_biguint(sign, self.of_length(length))
    }

    pub fn positive(&mut self, longest: u64) -> BigInt {
        let length = self.length(longest);
        self.of_length(length).into()
    }

    /// Not always in lowest terms.
    pub fn rational(&mut self, longest: u64) -> Rational {
        let common = self.positive(40);
        let (numer, denom) = (self.integer(longest), self.positive(longest));
        Rational::new(numer * &common, denom * common).expect("the denominator is positive")
    }
}
