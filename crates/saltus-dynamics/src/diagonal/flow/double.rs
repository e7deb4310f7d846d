//! Double-double arithmetic: unevaluated sums of two floats, about 32 digits, by error-free transformations
//! (Dekker, Numer. Math. 18, 1971; Joldes, Muller and Popescu, ACM Trans. Math. Softw. 44, 2017).

/// The number `high + low`, `|low| ≤ ½ ulp(high)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct DoubleDouble {
    high: f64,
    low: f64,
}

impl DoubleDouble {
    /// Zero.
    pub(super) const ZERO: Self = Self {
        high: 0.0,
        low: 0.0,
    };

    /// The exact sum of two floats, as long as it does not overflow.
    pub(super) fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Self {
            high,
            low: (a - (high - part)) + (b - part),
        }
    }

    /// The exact product of two floats, as long as neither it nor its rounding error leaves the range.
    pub(super) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self {
            high,
            low: a.mul_add(b, -high),
        }
    }

    /// The nearest float.
    pub(super) fn high(self) -> f64 {
        self.high
    }

    /// Renormalises a leading part and a correction much smaller than it.
    fn quick(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }

    /// `self + b`, relative error about 1e-32.
    pub(super) fn plus(self, b: Self) -> Self {
        let high = Self::sum(self.high, b.high);
        let low = Self::sum(self.low, b.low);
        let first = Self::quick(high.high, high.low + low.high);
        Self::quick(first.high, first.low + low.low)
    }

    /// `self + b`.
    pub(super) fn plus_float(self, b: f64) -> Self {
        let high = Self::sum(self.high, b);
        Self::quick(high.high, high.low + self.low)
    }

    /// `−self`.
    pub(super) fn negated(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }

    /// `self · b`, relative error about 1e-32.
    pub(super) fn times_float(self, b: f64) -> Self {
        let product = Self::product(self.high, b);
        Self::quick(product.high, self.low.mul_add(b, product.low))
    }
}

/// A running sum of products, accurate as if it were formed in twice the working precision
/// (Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26, 2005).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ProductSum {
    high: f64,
    low: f64,
}

impl ProductSum {
    /// Adds `a · b`.
    pub(super) fn add(&mut self, a: DoubleDouble, b: DoubleDouble) {
        let product = DoubleDouble::product(a.high, b.high);
        let sum = DoubleDouble::sum(self.high, product.high);
        self.high = sum.high;
        self.low += sum.low + product.low + (a.high * b.low + a.low * b.high);
    }

    /// The sum so far.
    pub(super) fn total(self) -> DoubleDouble {
        DoubleDouble::sum(self.high, self.low)
    }
}

impl From<f64> for DoubleDouble {
    fn from(value: f64) -> Self {
        Self {
            high: value,
            low: 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    #[test]
    fn cancellation_leaves_the_exact_remainder() {
        let third =
            DoubleDouble::from(1.0).plus(DoubleDouble::sum(1.0 / 3.0, 1.850_371_707_708_594e-17));
        let rest = third.times_float(3.0).plus_float(-4.0);
        assert!(rest.high().abs() < 1e-31, "{rest:?}");
        let square = DoubleDouble::product(1.0 + f64::EPSILON, 1.0 - f64::EPSILON);
        assert_eq!(square.plus_float(-1.0).high(), -f64::EPSILON * f64::EPSILON);
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(20_260_527), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn integers_are_exact(a in -1_i64 << 50..1_i64 << 50, b in -1_i64 << 50..1_i64 << 50, c in -1_i64 << 50..1_i64 << 50) {
            // Products of 50-bit integers have 100 bits: inside the format, outside one float.
            let dd = |v: i64| DoubleDouble::from(v as f64);
            let exact = i128::from(a) * i128::from(b) + i128::from(c);
            let sum = dd(a).times_float(b as f64).plus_float(c as f64);
            prop_assert_eq!(sum.high as i128 + sum.low as i128, exact);
            let rest = sum.plus(dd(a).times_float(b as f64).negated());
            prop_assert_eq!(rest.high as i64, c);
            let mut products = ProductSum::default();
            products.add(dd(a), dd(b));
            products.add(dd(c), dd(1));
            products.add(dd(a), dd(-b));
            prop_assert_eq!(products.total().high() as i64, c);
        }
    }
}
