//! Lists of numbers as fractions over one power of 2, with a bound of their error.

use saltus_exact::{Dyadic, Fractions, Interval};

use super::bounds::above;

/// Numbers `fraction · 2^exponent`, each with an error of at most `radius` units in the last place of the fractions.
#[derive(Clone)]
pub(super) struct Block {
    pub(super) fractions: Fractions,
    pub(super) exponent: i64,
    pub(super) radius: f64,
    /// Where the numbers solve `K' x = side`, a bound of every entry of `K' x − side`, in the same units.
    pub(super) residual: f64,
}

impl Block {
    /// No numbers.
    pub(super) fn empty(words: usize) -> Block {
        Block {
            fractions: Fractions::new(words),
            exponent: 0,
            radius: 0.0,
            residual: 0.0,
        }
    }

    /// The value of a unit in the last place is 2 to this power.
    pub(super) fn unit(&self) -> i64 {
        self.exponent - 64 * i64::try_from(self.fractions.words()).expect("a few words")
    }

    pub(super) fn enclose(&self, index: usize, precision: u32) -> Option<Interval> {
        self.enclose_scaled(index, 0, precision)
    }

    /// A number times `2^power`.
    pub(super) fn enclose_scaled(
        &self,
        index: usize,
        power: i64,
        precision: u32,
    ) -> Option<Interval> {
        // Whole units: a radius is seldom longer than a word.
        if self.radius < 1e18 {
            let radius = self.radius.ceil() as u64;
            let enclosure = self.fractions.around(index, radius, self.exponent + power);
            return Some(enclosure);
        }
        let unit = self.unit() + power;
        let middle = Dyadic::new(self.fractions.to_units(index), unit);
        around(middle, self.radius, unit, precision)
    }
}

/// The numbers within `radius · 2^exponent` of a middle; `None` if that is not finite.
pub(super) fn around(
    middle: Dyadic,
    radius: f64,
    exponent: i64,
    precision: u32,
) -> Option<Interval> {
    let radius = Dyadic::from_f64(radius)?;
    let radius = Dyadic::new(radius.mantissa().clone(), radius.exponent() + exponent);
    let error = Interval::from_ends(radius.neg(), radius)?;
    Some(Interval::from_dyadic(middle).add(&error, precision))
}

/// `2^exponent`; 0 or infinite beyond the range of doubles.
pub(super) fn two_to(exponent: i64) -> f64 {
    let bits = match exponent {
        ..-1074 => 0,
        -1074..-1022 => 1 << (exponent + 1074),
        -1022..=1023 => (exponent + 1023).unsigned_abs() << 52,
        _ => return f64::INFINITY,
    };
    f64::from_bits(bits)
}

/// An `e` with `|x| < 2^e`, for a finite x.
pub(super) fn exponent_above(x: f64) -> i64 {
    let biased = i64::try_from(x.abs().to_bits() >> 52).expect("eleven bits");
    biased - 1022
}

/// An upper bound of the sum of the sizes.
pub(super) fn block_sum(fractions: &Fractions) -> f64 {
    let sizes: f64 = (0..fractions.len())
        .map(|k| fractions.to_f64(k).abs())
        .sum();
    // What the conversion truncates is covered by the factor.
    above(sizes)
}

/// An upper bound of the sizes of the numbers.
pub(super) fn largest(block: &Block) -> f64 {
    let largest = (0..block.fractions.len())
        .map(|k| block.fractions.to_f64(k).abs())
        .fold(0.0, f64::max);
    above(largest) * two_to(block.exponent)
}

/// What the radius of a block can make of a sum of its numbers with factors below 1.
pub(super) fn spread(block: &Block) -> f64 {
    block.radius * block.fractions.len() as f64 * two_to(block.unit())
}

/// The numbers as doubles.
pub(super) fn floats_of(block: &Block) -> Vec<f64> {
    (0..block.fractions.len())
        .map(|k| block.fractions.to_f64(k) * two_to(block.exponent))
        .collect()
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;

    use super::*;

    #[test]
    fn powers_of_two_are_exact_to_both_ends() {
        for exponent in -1073..=1023 {
            assert_eq!(two_to(exponent), 2.0 * two_to(exponent - 1), "{exponent}");
        }
        assert_eq!(two_to(0), 1.0);
        assert_eq!((two_to(-1075), two_to(1024)), (0.0, f64::INFINITY));
    }

    /// 3/4, −1/2 and 1/8 of `2^5`, each known up to some units `2^(5 − 128)`.
    fn block(radius: f64) -> Block {
        let mut fractions = Fractions::new(2);
        for (number, exponent) in [(3, 2), (-1, 1), (1, 3)] {
            assert!(fractions.push_integer(&BigInt::from(number), exponent));
        }
        Block {
            fractions,
            exponent: 5,
            radius,
            residual: 0.0,
        }
    }

    #[test]
    fn numbers_are_enclosed_by_whole_units() {
        let check = |index: usize, middle: i64, radius: f64, units: i128| {
            let found = block(radius).enclose(index, 128).expect("finite");
            let middle: BigInt = BigInt::from(middle) << 125_u32;
            let end = |units: i128| Dyadic::new(&middle + units, 5 - 128);
            assert_eq!(found.lo(), &end(-units));
            assert_eq!(found.hi(), &end(units));
        };
        check(0, 6, 0.0, 0);
        check(0, 6, 2.0, 2);
        check(1, -4, 2.5, 3);
        // Longer than a word; all 128 bits of the ends are kept.
        check(2, 1, 2_f64.powi(70), 1 << 70);
        for radius in [3.0, 2_f64.powi(70)] {
            let enclosed = block(radius).enclose(1, 128).expect("finite");
            let scaled = block(radius).enclose_scaled(1, -9, 128).expect("finite");
            assert_eq!(scaled.lower(), enclosed.shifted(-9).lower());
            assert_eq!(scaled.upper(), enclosed.shifted(-9).upper());
        }
    }

    #[test]
    fn sums_and_radii_of_blocks_are_bounded() {
        let block = block(7.0);
        let sum = block_sum(&block.fractions);
        assert!((1.375..1.375 + 1e-8).contains(&sum), "{sum}");
        let most = largest(&block);
        assert!((24.0..24.0 + 1e-7).contains(&most), "{most}");
        assert_eq!(spread(&block), 21.0 * 2_f64.powi(5 - 128));
        assert_eq!(floats_of(&block), [24.0, -16.0, 4.0]);
    }

    #[test]
    fn exponents_are_above() {
        for exponent in -1022..=1022 {
            let x = two_to(exponent);
            assert_eq!(exponent_above(x), exponent + 1);
            assert_eq!(exponent_above(-1.5 * x), exponent + 1);
        }
        assert!(two_to(exponent_above(5e-324)) > 5e-324);
    }
}
