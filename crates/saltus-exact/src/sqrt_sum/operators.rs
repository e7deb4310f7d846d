//! Arithmetic of [`SqrtSum`]: `+`, `-` and the unary `-` for owned and borrowed operands.
//!
//! Products are methods, because they can square the number of terms.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use super::SqrtSum;

impl Add for SqrtSum {
    type Output = SqrtSum;

    fn add(mut self, other: SqrtSum) -> SqrtSum {
        self += &other;
        self
    }
}

impl Add<&SqrtSum> for SqrtSum {
    type Output = SqrtSum;

    fn add(mut self, other: &SqrtSum) -> SqrtSum {
        self += other;
        self
    }
}

impl Add<SqrtSum> for &SqrtSum {
    type Output = SqrtSum;

    fn add(self, other: SqrtSum) -> SqrtSum {
        let mut result = self.clone();
        result += &other;
        result
    }
}

impl Add<&SqrtSum> for &SqrtSum {
    type Output = SqrtSum;

    fn add(self, other: &SqrtSum) -> SqrtSum {
        let mut result = self.clone();
        result += other;
        result
    }
}

impl Sub for SqrtSum {
    type Output = SqrtSum;

    fn sub(mut self, other: SqrtSum) -> SqrtSum {
        self -= &other;
        self
    }
}

impl Sub<&SqrtSum> for SqrtSum {
    type Output = SqrtSum;

    fn sub(mut self, other: &SqrtSum) -> SqrtSum {
        self -= other;
        self
    }
}

impl Sub<SqrtSum> for &SqrtSum {
    type Output = SqrtSum;

    fn sub(self, other: SqrtSum) -> SqrtSum {
        let mut result = self.clone();
        result -= &other;
        result
    }
}

impl Sub<&SqrtSum> for &SqrtSum {
    type Output = SqrtSum;

    fn sub(self, other: &SqrtSum) -> SqrtSum {
        let mut result = self.clone();
        result -= other;
        result
    }
}

impl AddAssign<&SqrtSum> for SqrtSum {
    fn add_assign(&mut self, other: &SqrtSum) {
        for term in &other.terms {
            self.add_term(term.clone());
        }
    }
}

impl SubAssign<&SqrtSum> for SqrtSum {
    fn sub_assign(&mut self, other: &SqrtSum) {
        for term in &other.terms {
            let mut negated = term.clone();
            negated.coefficient = -negated.coefficient;
            self.add_term(negated);
        }
    }
}

impl Neg for SqrtSum {
    type Output = SqrtSum;

    fn neg(mut self) -> SqrtSum {
        for term in &mut self.terms {
            term.coefficient = -&term.coefficient;
        }
        self
    }
}

impl Neg for &SqrtSum {
    type Output = SqrtSum;

    fn neg(self) -> SqrtSum {
        -self.clone()
    }
}

impl Sum for SqrtSum {
    fn sum<I: Iterator<Item = SqrtSum>>(terms: I) -> SqrtSum {
        terms.fold(SqrtSum::zero(), |sum, term| sum + term)
    }
}
