//! The normal equations with scaled columns, as fractions of one length and as doubles, each with a bound of its error.

use num_bigint::BigInt;
use num_traits::Zero;
use saltus_exact::linear::over_common_denominator;
use saltus_exact::{Digits, Dyadic, Fractions, Interval, Rational};
use saltus_problem::DiagonalInstance;

use super::super::process::ratio;
use super::block::{Block, two_to};
use super::bounds::{UNIT, above};

/// With `X = X̂/x` and `y = ŷ/z` in integers: `X' = X̂ E` and `y' = ŷ 2^(−e_y)`, where `E = diag(2^(−e_i))` brings every column, and
/// `2^(−e_y)` the labels, to a norm below 1. Then `K' = X'ᵀX'` and `c' = X'ᵀy'` have entries below 1.
///
/// The process on them has the coefficients `b'_i = 2^(e_i − e_y) (z/x) β_i`, the gradient `K'b' − c'`, the time
/// `u = 2^(e + e_y)/(n x z) t` with `e = max e_i`, and the bounds `2^(e − e_i) k_i`.
pub(super) struct Equations {
    n_samples: usize,
    words: usize,
    /// 0 to n − 1.
    rows: Vec<usize>,
    /// Columns of X'.
    columns: Vec<Fractions>,
    column_exponents: Vec<i64>,
    label_exponent: i64,
    /// e.
    top_exponent: i64,
    /// n x z.
    time_unit: Interval,
    /// x/z, and its logarithm where it is a power of 2.
    coefficient_unit: Interval,
    coefficient_unit_log2: Option<i64>,
    /// `1/(2 n z²)`.
    loss_unit: Interval,
    /// c'.
    moments: Fractions,
    /// Whether an entry of c' is 0 exactly.
    moment_is_zero: Vec<bool>,
    /// `|y'|²`.
    squared_labels: Interval,
    /// Error of an entry of c' and of [`Equations::gram`], in units in the last place.
    error: f64,
    /// Whether X' and y' are exact.
    is_exact: bool,
    /// Bounds of the dual variable.
    bounds: Vec<Interval>,
    /// The same as `fraction · 2^exponent`, truncated: all upper ones, then all lower ones.
    bound_fractions: Fractions,
    bound_exponents: Vec<i64>,
    pub(super) floats: Floats,
    /// The coordinates whose columns of K' have been asked for, in that order, and the place of each.
    known: Vec<usize>,
    places: Vec<Option<usize>>,
    /// Rows of K' on the known coordinates.
    gram: Vec<Fractions>,
    /// The same as digits, as many as there are words.
    gram_digits: Vec<Digits>,
    /// The same as doubles, truncated; relative error below [`UNIT`].
    gram_floats: Vec<Vec<f64>>,
    /// Whether an entry of K' is 0 exactly.
    gram_is_zero: Vec<Vec<bool>>,
}

/// The same in doubles.
pub(super) struct Floats {
    /// X', row by row; relative error below [`UNIT`].
    inputs: Vec<f64>,
    /// c'; error below [`UNIT`].
    pub(super) moments: Vec<f64>,
    /// The bounds of the dual variable; relative error below [`UNIT`], and no more than the largest double.
    pub(super) bounds: Vec<f64>,
    /// Columns of K', all d entries; empty until asked for.
    columns: Vec<Vec<f64>>,
    /// Error of an entry of a column.
    pub(super) error: f64,
}

impl Equations {
    /// With fractions of so many words.
    pub(super) fn new(instance: &DiagonalInstance, words: usize) -> Equations {
        let (n, d) = (instance.n_samples(), instance.dimension());
        let (mut own_inputs, mut own_labels) = (vec![], vec![]);
        let rows = 0..n;
        let inputs = rows.flat_map(|r| instance.inputs().row(r));
        let (inputs, input_denominator) = numerators(inputs, &mut own_inputs);
        let (labels, label_denominator) = numerators(instance.labels().iter(), &mut own_labels);

        let column = |i: usize| (0..n).map(move |r| (r, i));
        let input = |(r, i): (usize, usize)| inputs[r * d + i];
        let lengths: Vec<i64> = (0..d).map(|i| length(column(i).map(input), n)).collect();
        let top_exponent = lengths.iter().copied().max().unwrap_or(0);
        // A column of zeros never moves; the largest exponent keeps its bound.
        let column_exponents: Vec<i64> = (0..d)
            .map(|i| match column(i).all(|at| input(at).0.is_zero()) {
                true => top_exponent,
                false => lengths[i],
            })
            .collect();
        let label_exponent = length(labels.iter().copied(), n);

        // Doubles mostly fill two words: products of these are quicker than of full length.
        let needed = (0..d)
            .flat_map(column)
            .map(|(r, i)| bits_below_point(input((r, i)), column_exponents[i]))
            .chain(labels.iter().map(|&y| bits_below_point(y, label_exponent)))
            .max()
            .unwrap_or(0);
        let short = [1, 2, 3, 6, 12]
            .into_iter()
            .find(|&short| needed <= 64 * short as u64 && short < words)
            .unwrap_or(words);
        let mut is_exact = true;
        let columns: Vec<Fractions> = (0..d)
            .map(|i| {
                let mut fractions = Fractions::with_capacity(short, n);
                for (x, shift) in column(i).map(input) {
                    is_exact &= fractions.push_integer(x, column_exponents[i] - shift);
                }
                fractions
            })
            .collect();
        let mut scaled_labels = Fractions::with_capacity(short, n);
        for (y, shift) in &labels {
            is_exact &= scaled_labels.push_integer(y, label_exponent - shift);
        }
        // One unit for the sum, and two per product where its factors were truncated.
        let error = if is_exact { 1.0 } else { 2.0 * n as f64 + 2.0 };

        let rows: Vec<usize> = (0..n).collect();
        let mut moments = Fractions::new(words);
        let mut moment_is_zero = vec![];
        for x in &columns {
            let moment = x.dot(&rows, &scaled_labels);
            moment_is_zero.push(is_exact && moment.is_zero());
            moments.push_total(&moment);
        }
        let precision = bits(words);
        let power = |i: usize| top_exponent - column_exponents[i];
        let bounds: Vec<&Rational> = instance.exponents().iter().collect();
        let bound_exponents: Vec<i64> = (0..d)
            .map(|i| exponent_above(bounds[i]) + power(i))
            .collect();
        let mut bound_fractions = Fractions::new(words);
        for (i, k) in bounds.iter().enumerate() {
            // In units; `k < 2^(exponent − power)`, with an exponent at most two above the least.
            let shift = i64::from(precision) + power(i) - bound_exponents[i];
            let units = match shift {
                0.. => (k.numer() << shift.unsigned_abs()) / k.denom(),
                _ => k.numer() / (k.denom() << shift.unsigned_abs()),
            };
            bound_fractions.push_integer(&units, i64::from(precision));
        }
        for i in 0..d {
            bound_fractions.push_negative(i);
        }
        let squares = labels.iter().map(|&(y, shift)| (y * y) << (2 * shift));
        let squared_labels: BigInt = squares.sum();
        let squared_labels =
            Interval::from_dyadic(Dyadic::new(squared_labels, -2 * label_exponent));
        let mut inputs_in_floats = vec![0.0; n * d];
        for (i, x) in columns.iter().enumerate() {
            for r in 0..n {
                inputs_in_floats[r * d + i] = x.to_f64(r);
            }
        }
        Equations {
            n_samples: n,
            words,
            floats: Floats {
                inputs: inputs_in_floats,
                moments: (0..d).map(|i| moments.to_f64(i)).collect(),
                bounds: bounds
                    .iter()
                    .enumerate()
                    .map(|(i, k)| (k.to_f64() * two_to(power(i))).min(f64::MAX))
                    .collect(),
                columns: vec![vec![]; d],
                error: above((n as f64 + 4.0) * UNIT),
            },
            bounds: bounds
                .iter()
                .enumerate()
                .map(|(i, k)| Interval::from_rational(k, precision).shifted(power(i)))
                .collect(),
            bound_fractions,
            bound_exponents,
            columns,
            column_exponents,
            label_exponent,
            top_exponent,
            time_unit: Interval::from_integer(
                BigInt::from(n) * &input_denominator * &label_denominator,
            ),
            loss_unit: Interval::from_rational(
                &ratio(
                    BigInt::from(1),
                    BigInt::from(2 * n) * &label_denominator * &label_denominator,
                ),
                precision,
            ),
            coefficient_unit_log2: log2(&input_denominator)
                .zip(log2(&label_denominator))
                .map(|(x, z)| x - z),
            coefficient_unit: Interval::from_rational(
                &ratio(input_denominator, label_denominator),
                precision,
            ),
            moments,
            moment_is_zero,
            squared_labels,
            error,
            is_exact,
            known: vec![],
            places: vec![None; d],
            gram: vec![],
            gram_digits: vec![],
            gram_floats: vec![],
            rows,
            gram_is_zero: vec![],
        }
    }

    pub(super) fn n_samples(&self) -> usize {
        self.n_samples
    }

    pub(super) fn dimension(&self) -> usize {
        self.columns.len()
    }

    /// Words of the fractions.
    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// Bits of the fractions, and of what is computed with them.
    pub(super) fn precision(&self) -> u32 {
        bits(self.words)
    }

    /// Error of an entry of c' and of K' in units in the last place.
    pub(super) fn error(&self) -> f64 {
        self.error
    }

    pub(super) fn bound(&self, coordinate: usize) -> &Interval {
        &self.bounds[coordinate]
    }

    /// The upper or lower bound as a fraction and the power of 2 that it is to be multiplied by.
    pub(super) fn bound_fraction(
        &self,
        coordinate: usize,
        upper: bool,
    ) -> ((&Fractions, usize), i64) {
        let index = if upper {
            coordinate
        } else {
            self.dimension() + coordinate
        };
        (
            (&self.bound_fractions, index),
            self.bound_exponents[coordinate],
        )
    }

    /// c' as fractions.
    pub(super) fn moments(&self) -> &Fractions {
        &self.moments
    }

    /// The known coordinates, in the order in which they were asked for.
    pub(super) fn known(&self) -> &[usize] {
        &self.known
    }

    /// The row of K' of a known coordinate, by its place.
    pub(super) fn gram(&self, place: usize) -> &Fractions {
        &self.gram[place]
    }

    /// The same as digits, each entry truncated by less than `2^(−63·words)`.
    pub(super) fn gram_digits(&self, place: usize) -> &Digits {
        &self.gram_digits[place]
    }

    /// The same as doubles, each with a relative error below [`UNIT`].
    pub(super) fn gram_floats(&self, place: usize) -> &[f64] {
        &self.gram_floats[place]
    }

    /// Whether the gradient at a known coordinate is 0 because c' and the entries of K' that count are.
    pub(super) fn gradient_is_zero(&self, place: usize, support: &[usize]) -> bool {
        self.moment_is_zero[self.known[place]]
            && support.iter().all(|&q| self.gram_is_zero[place][q])
    }

    /// The place of a coordinate among the known ones; its row of K' is computed if it is not one of them yet.
    pub(super) fn place(&mut self, coordinate: usize) -> usize {
        if let Some(place) = self.places[coordinate] {
            return place;
        }
        let place = self.known.len();
        self.known.push(coordinate);
        self.places[coordinate] = Some(place);
        // A support has no more coordinates than there are samples, and some leave it.
        let room = self.dimension().min(2 * self.n_samples);
        let mut row = Fractions::with_capacity(self.words, room);
        let mut digits = Digits::with_capacity(self.words, room);
        let mut floats = Vec::with_capacity(room);
        let mut is_zero = Vec::with_capacity(room);
        for q in 0..=place {
            let entry = self.columns[coordinate].dot(&self.rows, &self.columns[self.known[q]]);
            row.push_total(&entry);
            digits.push((&row, q));
            floats.push(row.to_f64(q));
            is_zero.push(self.is_exact && entry.is_zero());
        }
        for q in 0..place {
            self.gram[q].push((&row, q));
            self.gram_digits[q].push_copy((&digits, q));
            self.gram_floats[q].push(floats[q]);
            self.gram_is_zero[q].push(is_zero[q]);
        }
        self.gram.push(row);
        self.gram_digits.push(digits);
        self.gram_floats.push(floats);
        self.gram_is_zero.push(is_zero);
        place
    }

    /// `t` from `u`.
    pub(super) fn time(&self, scaled: &Interval) -> Interval {
        scaled
            .mul(&self.time_unit, self.precision())
            .shifted(-self.top_exponent - self.label_exponent)
    }

    /// β from b' at one coordinate.
    pub(super) fn coefficient(&self, coordinate: usize, scaled: &Interval) -> Interval {
        scaled
            .mul(&self.coefficient_unit, self.precision())
            .shifted(self.coefficient_power(coordinate))
    }

    /// The same for a number of a block.
    pub(super) fn coefficient_of(
        &self,
        coordinate: usize,
        index: usize,
        block: &Block,
    ) -> Option<Interval> {
        let precision = self.precision();
        match self.coefficient_unit_log2 {
            // Binary fractions differ from b' by a power of 2.
            Some(unit) => {
                let power = self.coefficient_power(coordinate) + unit;
                block.enclose_scaled(index, power, precision)
            }
            None => Some(self.coefficient(coordinate, &block.enclose(index, precision)?)),
        }
    }

    fn coefficient_power(&self, coordinate: usize) -> i64 {
        self.label_exponent - self.column_exponents[coordinate]
    }

    /// `Σ|β_i|` for b' on the given coordinates, positive where the bound is the upper one.
    pub(super) fn l1_norm(
        &self,
        coordinates: &[usize],
        block: &Block,
        positive: &[bool],
    ) -> Option<Interval> {
        let power = |&i: &usize| self.coefficient_power(i);
        let top = coordinates.iter().map(power).max().unwrap_or(0);
        // A sum of m numbers below 1 is below 2^spare.
        let spare = i64::from(usize::BITS - coordinates.len().leading_zeros());
        let mut sum = Fractions::zeros(self.words, 1);
        let mut minus = Fractions::zeros(self.words, 1);
        for (k, i) in coordinates.iter().enumerate() {
            let part = if positive[*i] { &mut sum } else { &mut minus };
            if !part.add(0, (&block.fractions, k), power(i) - top - spare) {
                return None;
            }
        }
        minus.negate(0);
        if !sum.add(0, (&minus, 0), 0) {
            return None;
        }
        // Every number was divided by 2^spare or more, and truncated.
        let m = coordinates.len() as f64;
        let sum = Block {
            fractions: sum,
            exponent: block.exponent + spare,
            radius: above(m * (block.radius * two_to(-spare) + 1.0)),
            residual: f64::INFINITY,
        };
        let scaled = sum.enclose_scaled(0, top, self.precision())?;
        Some(scaled.mul(&self.coefficient_unit, self.precision()))
    }

    /// The loss from `c'ᵀb'` for the fit b' on its support.
    pub(super) fn loss(&self, explained: &Interval) -> Interval {
        let precision = self.precision();
        self.squared_labels
            .sub(explained, precision)
            .mul(&self.loss_unit, precision)
            .shifted(2 * self.label_exponent)
    }

    /// The loss at β = 0.
    pub(super) fn initial_loss(&self) -> Interval {
        self.loss(&Interval::from_integer(0))
    }
}

impl Floats {
    /// Computes a column of K' if it is not there yet.
    pub(super) fn know(&mut self, coordinate: usize) {
        let d = self.moments.len();
        if !self.columns[coordinate].is_empty() {
            return;
        }
        let mut column = vec![0.0; d];
        for row in self.inputs.chunks_exact(d) {
            let x = row[coordinate];
            for (entry, input) in column.iter_mut().zip(row) {
                *entry += x * input;
            }
        }
        self.columns[coordinate] = column;
    }

    /// A column of K', all d entries, which [`Floats::know`] has computed.
    pub(super) fn column(&self, coordinate: usize) -> &[f64] {
        &self.columns[coordinate]
    }
}

fn bits(words: usize) -> u32 {
    u32::try_from(64 * words).expect("fractions have a few words")
}

/// `numerator · 2^shift`.
type Shifted<'a> = (&'a BigInt, i64);

/// Numbers over their least common denominator, without copies where all denominators are powers of 2.
fn numerators<'a>(
    numbers: impl Iterator<Item = &'a Rational> + Clone,
    own: &'a mut Vec<BigInt>,
) -> (Vec<Shifted<'a>>, BigInt) {
    let twos: Option<Vec<i64>> = numbers.clone().map(|x| log2(x.denom())).collect();
    match twos {
        Some(twos) => {
            let most = twos.iter().copied().max().unwrap_or(0);
            let shifted = numbers.zip(twos).map(|(x, own)| (x.numer(), most - own));
            (shifted.collect(), BigInt::from(1) << most)
        }
        None => {
            let numbers: Vec<Rational> = numbers.cloned().collect();
            let (numerators, denominator) = over_common_denominator(&numbers);
            *own = numerators;
            (own.iter().map(|x| (x, 0)).collect(), denominator)
        }
    }
}

/// An `e` with a norm of the numbers below `2^e`: the largest has so many bits, and there are n of them.
fn length<'a>(numbers: impl Iterator<Item = Shifted<'a>>, n: usize) -> i64 {
    let bits = |number: &BigInt| i64::try_from(number.bits());
    let most = numbers
        .filter(|(number, _)| !number.is_zero())
        .map(|(number, shift)| {
            bits(number).expect("the length of a number in memory is below 2^63") + shift
        })
        .max()
        .unwrap_or(0);
    let root_of_count = (usize::BITS - n.leading_zeros()).div_ceil(2);
    most + i64::from(root_of_count)
}

/// An `e` with `q < 2^e` for a positive q, at most two above the least.
fn exponent_above(q: &Rational) -> i64 {
    let length =
        |number: &BigInt| i64::try_from(number.bits()).expect("a length in memory is below 2^63");
    length(q.numer()) - length(q.denom()) + 1
}

/// How many bits behind the point `number · 2^(−exponent)` has.
fn bits_below_point((number, shift): Shifted, exponent: i64) -> u64 {
    match number.trailing_zeros() {
        Some(trailing) => exponent
            .unsigned_abs()
            .saturating_sub(trailing + shift.unsigned_abs()),
        None => 0,
    }
}

/// The logarithm of a positive integer that is a power of 2.
fn log2(number: &BigInt) -> Option<i64> {
    let zeros = number.trailing_zeros()?;
    (number.bits() == zeros + 1).then_some(i64::try_from(zeros).ok()?)
}

#[cfg(test)]
mod tests {
    use saltus_exact::RationalMatrix;

    use super::*;

    /// Every number over the common denominator, whether its numerator is shifted or not.
    #[test]
    fn numerators_are_over_one_denominator() {
        let check = |numbers: &[(i64, i64)], common: i64, shifts: &[i64]| {
            let numbers: Vec<Rational> = numbers
                .iter()
                .map(|&(p, q)| Rational::new(p, q).expect("q is not 0"))
                .collect();
            let mut own = vec![];
            let (found, denominator) = numerators(numbers.iter(), &mut own);
            assert_eq!(denominator, BigInt::from(common));
            for (number, (numerator, shift)) in numbers.iter().zip(&found) {
                assert_eq!(*number, ratio(*numerator << *shift, denominator.clone()));
            }
            let found: Vec<i64> = found.iter().map(|&(_, shift)| shift).collect();
            assert_eq!(found, shifts);
        };
        check(&[(3, 4), (0, 1), (-5, 1), (1, 8)], 8, &[1, 3, 3, 0]);
        check(&[(3, 4), (2, 3), (-1, 6)], 12, &[0, 0, 0]);
        check(&[(7, 1)], 1, &[0]);
        check(&[], 1, &[]);
    }

    #[test]
    fn exponents_of_rationals_are_above_and_near() {
        for (numer, denom) in [
            (1, 1),
            (1, 3),
            (3, 1),
            (7, 8),
            (8, 7),
            (1, 1_i64 << 40),
            (1_i64 << 40, 3),
        ] {
            let q = ratio(BigInt::from(numer), BigInt::from(denom));
            let exponent = exponent_above(&q);
            assert!(q < Dyadic::new(1, exponent).to_rational(), "{q}");
            assert!(q >= Dyadic::new(1, exponent - 3).to_rational(), "{q}");
        }
    }

    /// `12 · 2^(−5)` is `0.011` in binary digits, and `3 · 2^(−1)` is `1.1`.
    #[test]
    fn bits_below_the_point_are_counted() {
        let check = |number: i64, exponent: i64, expected: u64| {
            let number = BigInt::from(number);
            assert_eq!(bits_below_point((&number, 0), exponent), expected);
        };
        check(12, 5, 3);
        check(3, 1, 1);
        check(-8, 3, 0);
        check(0, 9, 0);
        // As 12 · 2^2 · 2^(−5) has one.
        assert_eq!(bits_below_point((&BigInt::from(12), 2), 5), 1);
    }

    /// Two samples and three columns of different scales, in integers.
    fn equations() -> Equations {
        let entries = [3, 100, 1, -1, 40, 0].map(Rational::integer).to_vec();
        let inputs = RationalMatrix::new(2, 3, entries).expect("six entries");
        let labels = [5, 70].map(Rational::integer).to_vec();
        let instance = DiagonalInstance::new("test".to_owned(), inputs, labels, None, None);
        Equations::new(&instance.expect("valid"), 3)
    }

    /// With m numbers a sum needs as many bits as m has before the point; so a radius of r units becomes one of
    /// `m (r 2^(−bits) + 1)`.
    #[test]
    fn norms_are_as_uncertain_as_their_numbers() {
        let equations = equations();
        let positive = [true, false, true];
        for (coordinates, bits) in [(vec![1], 1), (vec![0, 1], 2), (vec![2, 0, 1], 2)] {
            let m = coordinates.len();
            let mut fractions = Fractions::new(3);
            let mut norm = Rational::zero();
            for (k, &i) in coordinates.iter().enumerate() {
                let number = if positive[i] { 7 } else { -7 };
                assert!(fractions.push_integer(&BigInt::from(number), 3 + k as i64));
                let power = 4 - 3 - k as i64 + equations.coefficient_power(i);
                norm = norm + Dyadic::new(7, power).to_rational();
            }
            let block = Block {
                fractions,
                exponent: 4,
                radius: 1e6,
                residual: 0.0,
            };
            let found = equations.l1_norm(&coordinates, &block, &positive);
            let found = found.expect("finite");
            let top = coordinates
                .iter()
                .map(|&i| equations.coefficient_power(i))
                .max();
            let unit = Dyadic::new(1, 4 + bits + top.expect("a number") - 192).to_rational();
            let radius = m as f64 * (1e6 / two_to(bits) + 1.0);
            let radius = Rational::from_f64(radius).expect("finite");
            let half = (found.upper() - found.lower()) * Dyadic::new(1, -1).to_rational();
            let half = half.checked_div(&unit).expect("not 0");
            assert!(half >= radius && half < radius + Rational::integer(2));
            assert!(found.contains(&norm));
        }
    }
}
