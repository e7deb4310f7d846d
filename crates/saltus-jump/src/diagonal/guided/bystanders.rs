//! Whether the coordinates that do not hit are inside their bounds at a jump, by integers of bounded length.

use std::sync::OnceLock;

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use saltus_exact::lanes::{WORD_BITS, WORD_MASK, from_signed_words};
use saltus_exact::{Dyadic, Interval};

use super::super::digits::balanced;
use super::words::{Column, MOST_TERMS};

/// Precision of the enclosures of the integrals, in bits.
pub(super) const PRECISION: u32 = 256;

/// Bits of a digit of an integral, those of a word of an entry of K: thousands of products can be added in 128.
const VALUE_BITS: u32 = WORD_BITS;

/// Digits of an integral that are tried in turn.
const VALUE_DIGITS: [usize; 2] = [2, 4];

/// Enclosures of the time and of the integrals `a = ∫b`, from exact times and coefficients: they widen by roundings alone.
pub(super) struct Integrals {
    time: Interval,
    /// All d; the point 0 for coordinates that have never been in a support.
    values: Vec<Interval>,
}

/// The integer data `s = c u − K a` and its bounds.
pub(super) struct Bystanders<'a> {
    /// c, in words.
    pub(super) moments: &'a Column,
    /// Columns of K in words, for those coordinates that have been in a support.
    pub(super) columns: &'a [OnceLock<Column>],
    /// For each row, a bound of the bits of its entries of K and c.
    pub(super) row_bits: &'a [u64],
    /// Positive.
    pub(super) bounds: &'a [BigInt],
}

impl Integrals {
    /// All 0 at time 0.
    pub(super) fn zero(dimension: usize) -> Integrals {
        let zero = Interval::from_integer(0);
        Integrals {
            values: vec![zero.clone(); dimension],
            time: zero,
        }
    }

    /// To the time of the next jump, at which `b_i` for each coordinate of the support has rested since the last.
    pub(super) fn advance(&mut self, time: Interval, rates: &[(usize, Interval)]) {
        let elapsed = time.sub(&self.time, PRECISION);
        for (i, rate) in rates {
            let gained = elapsed.mul(rate, PRECISION);
            self.values[*i] = self.values[*i].add(&gained, PRECISION);
        }
        self.time = time;
    }

    /// Whether `|s_i|` is certainly below its bound for all coordinates but those of `at_bound`.
    pub(super) fn are_inside(&self, bystanders: &Bystanders, at_bound: &[bool]) -> bool {
        VALUE_DIGITS
            .iter()
            .any(|&length| self.are_inside_with(bystanders, at_bound, length).is_some())
    }

    fn are_inside_with(
        &self,
        bystanders: &Bystanders,
        at_bound: &[bool],
        length: usize,
    ) -> Option<()> {
        let ends = |x: &Interval| [top(x.lo()), top(x.hi())];
        let known = |i: &usize| bystanders.columns[*i].get().is_some();
        let moved: Vec<usize> = (0..self.values.len()).filter(known).collect();
        if moved.len() >= MOST_TERMS {
            return None;
        }
        let numbers = || moved.iter().map(|&i| &self.values[i]).chain([&self.time]);
        let top = numbers().flat_map(ends).flatten().max()?;
        let bits = i64::from(VALUE_BITS) * i64::try_from(length).ok()? - 2;
        let exponent = top - bits;

        let rows = self.values.len();
        let digits = bystanders.moments.length;
        let mut sums = vec![0_i128; rows * digits * length];
        let mut widest = BigInt::zero();
        let mut add = |column: &Column, value: &Interval, negative: bool| {
            let low = floor_at(value.lo(), exponent);
            let width = floor_at(value.hi(), exponent) + 1 - &low;
            widest = std::mem::take(&mut widest).max(width);
            let low = if negative { -low } else { low };
            let parts = balanced(&low, VALUE_BITS, length);
            for (&entry, sums) in column.words.iter().zip(sums.chunks_exact_mut(length)) {
                for (sum, &part) in sums.iter_mut().zip(&parts) {
                    *sum += i128::from(entry) * i128::from(part);
                }
            }
        };
        add(bystanders.moments, &self.time, false);
        for &i in &moved {
            let column = bystanders.columns[i].get()?;
            add(column, &self.values[i], true);
        }

        let terms = moved.len() + 1;
        let mut places = vec![0; digits + length];
        for (i, sums) in sums.chunks_exact(digits * length).enumerate() {
            if at_bound[i] {
                continue;
            }
            places.fill(0);
            for (l, sums) in sums.chunks_exact(length).enumerate() {
                for (place, sum) in places[l..].iter_mut().zip(sums) {
                    *place += sum;
                }
            }
            let value = from_wide_words(&places);
            let error = (&widest * terms) << bystanders.row_bits[i];
            if !is_below(value.abs() + error, exponent, &bystanders.bounds[i]) {
                return None;
            }
        }
        Some(())
    }
}

/// `Σ words_k 2^(52 k)`.
fn from_wide_words(words: &[i128]) -> BigInt {
    let mut carry = 0;
    let carried = words.iter().chain([&0; 2]).map(|word| {
        let sum = word + carry;
        carry = sum >> WORD_BITS;
        sum as i64 & WORD_MASK.cast_signed()
    });
    let mut words: Vec<i64> = carried.collect();
    // What is carried at last is the sign.
    words.push(carry as i64);
    from_signed_words(words)
}

/// An enclosure of a long integer.
pub(super) fn enclosed(x: &BigInt) -> Interval {
    let shift = x.bits().saturating_sub(u64::from(PRECISION) + 8);
    if shift == 0 {
        return Interval::from_integer(x.clone());
    }
    let exponent = i64::try_from(shift).expect("the bits of a number in memory");
    let low = x >> shift;
    let high = Dyadic::new(&low + 1, exponent);
    Interval::from_ends(Dyadic::new(low, exponent), high).expect("the ends are in order")
}

/// `⌊x/2^exponent⌋`.
fn floor_at(x: &Dyadic, exponent: i64) -> BigInt {
    let shift = x.exponent() - exponent;
    if shift >= 0 {
        x.mantissa() << shift
    } else {
        x.mantissa() >> -shift
    }
}

/// A number is below 2 to this power; none for 0.
fn top(x: &Dyadic) -> Option<i64> {
    let bits = i64::try_from(x.mantissa().bits()).ok()?;
    (bits > 0).then_some(bits + x.exponent())
}

/// Whether `size · 2^exponent < bound`.
fn is_below(size: BigInt, exponent: i64, bound: &BigInt) -> bool {
    if exponent >= 0 {
        (size << exponent) < *bound
    } else {
        size < bound << -exponent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(entries: &[i64]) -> Column {
        let entries: Vec<BigInt> = entries.iter().map(|&entry| entry.into()).collect();
        Column::new(&entries, 2)
    }

    /// Long integers are cut, towards minus infinity at the lower end, and lie between the ends for either sign.
    #[test]
    fn long_integers_are_enclosed() {
        for exponent in [3_u32, 150, 192, 200, 300, 1_000] {
            for add in [-1, 0, 1] {
                let number: BigInt = (BigInt::from(1) << exponent) + add;
                for number in [-number.clone(), number] {
                    let found = enclosed(&number);
                    let number = saltus_exact::Rational::integer(number);
                    assert!(found.contains(&number), "2^{exponent} + {add}");
                    let width = found.width_log2().unwrap_or(i64::MIN);
                    assert!(width <= i64::from(exponent) - i64::from(PRECISION));
                }
            }
        }
    }

    #[test]
    fn sizes_are_compared_with_bounds_at_any_exponent() {
        let check = |size: i64, exponent: i64, bound: i64, expected: bool| {
            let found = is_below(BigInt::from(size), exponent, &BigInt::from(bound));
            assert_eq!(found, expected, "{size} 2^{exponent} {bound}");
        };
        check(3, 2, 13, true);
        check(3, 2, 12, false);
        check(3, 0, 4, true);
        check(3, 0, 3, false);
        check(11, -2, 3, true);
        check(12, -2, 3, false);
        assert_eq!(top(&Dyadic::new(0, 7)), None);
        assert_eq!(top(&Dyadic::new(-5, 7)), Some(10));
    }

    fn interval(low: i64, high: i64, exponent: i64) -> Interval {
        let end = |mantissa: i64| Dyadic::new(mantissa, exponent);
        Interval::from_ends(end(low), end(high)).expect("in order")
    }

    /// `s = c u − K a` with `c = (5, −7, 100)` and the column (−2, 1, 3) of coordinate 2, which is at its bound.
    #[track_caller]
    fn check(time: Interval, integral: Interval, bounds: [i64; 3], expected: bool) {
        let mut integrals = Integrals::zero(3);
        let elapsed = Interval::from_integer(1);
        integrals.advance(elapsed, &[(2, integral)]);
        integrals.advance(time, &[]);
        let bystanders = Bystanders {
            moments: &column(&[5, -7, 100]),
            columns: &[
                OnceLock::new(),
                OnceLock::new(),
                OnceLock::from(column(&[-2, 1, 3])),
            ],
            row_bits: &[3, 3, 7],
            bounds: &bounds.map(BigInt::from),
        };
        let found = integrals.are_inside(&bystanders, &[false, false, true]);
        assert_eq!(found, expected, "{bounds:?}");
    }

    #[test]
    fn coordinates_are_inside_where_enclosures_say_so() {
        let point = |x: i64| interval(x, x, 0);
        // s = (5 + 2, −7 − 1).
        check(point(1), point(1), [8, 9, 1], true);
        check(point(1), point(1), [7, 9, 1], false);
        check(point(1), point(1), [8, 8, 1], false);
        // s = (15 − 2, −21 + 1).
        check(point(3), point(-1), [14, 21, 1], true);
        check(point(3), point(-1), [13, 21, 1], false);
        check(point(3), point(-1), [14, 20, 1], false);
    }

    #[test]
    fn what_is_uncertain_counts_for_every_entry() {
        let sharp = interval(1 << 40, (1 << 40) + 1, -40);
        let blurred = interval(1 << 10, (1 << 10) + 100, -10);
        check(sharp.clone(), sharp.clone(), [8, 9, 1], true);
        check(blurred.clone(), sharp.clone(), [8, 9, 1], false);
        check(sharp, blurred.clone(), [8, 9, 1], false);
        check(blurred.clone(), blurred, [11, 12, 1], true);
    }

    /// `5 u + 2 a = 7` exactly, where u is above 1 and a below it by less than any first attempt sees: with both cut, the sum is below
    /// 7, and only what was cut tells that it may not be.
    #[test]
    fn what_is_cut_counts() {
        let point = |x: BigInt| {
            let end = Dyadic::new(x, -150);
            Interval::from_ends(end.clone(), end).expect("a point")
        };
        let one = BigInt::from(1) << 150_u32;
        let (time, integral) = (point(&one + 2), point(&one - 5));
        check(time.clone(), integral.clone(), [7, 9, 1], false);
        check(time, integral, [8, 9, 1], true);
    }

    /// A small integral beside a long time needs more digits than the first attempt has.
    #[test]
    fn numbers_of_different_sizes_are_told_apart() {
        // s_0 = 5 · 2^40 + 2 + 2^-90 against a bound of 5 · 2^40 + 3, and of one less.
        let time = interval(1, 1, 40);
        let integral = interval((1 << 62) + 1, (1 << 62) + 1, -62);
        let large = 5 << 40;
        check(
            time.clone(),
            integral.clone(),
            [large + 3, 1 << 50, 1],
            true,
        );
        check(time, integral, [large + 2, 1 << 50, 1], false);
    }
}
