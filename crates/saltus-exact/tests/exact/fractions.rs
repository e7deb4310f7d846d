//! Binary fractions of one length against rationals.

use crate::generators::config;
use num_bigint::BigInt;
use proptest::prelude::*;
use saltus_exact::{Digits, Dyadic, Fractions, Rational, Remainders, Total};

fn power(exponent: i64) -> Rational {
    Dyadic::new(1, exponent).to_rational()
}

fn value(list: &Fractions, index: usize) -> Rational {
    list.to_dyadic(index).to_rational()
}

/// The multiple of `2^(−64·words)` next to a number, towards zero.
fn truncated(number: &Rational, words: usize) -> Rational {
    let scaled = number * &power(64 * words as i64);
    // Division of integers truncates.
    Rational::integer(scaled.numer() / scaled.denom()) * power(-64 * words as i64)
}

/// `number · 2^(−exponent)` in the given number of words, with whether it fits them.
fn check_push(number: BigInt, exponent: i64, words: usize) {
    let mut list = Fractions::zeros(words, 1);
    let exact = list.push_integer(&number, exponent);
    let expected = Rational::integer(number) * power(-exponent);
    assert_eq!(value(&list, 1), truncated(&expected, words));
    assert_eq!(exact, value(&list, 1) == expected);
    assert!(list.is_zero(0) && list.len() == 2 && list.words() == words);
    assert_eq!(list.is_zero(1), value(&list, 1).is_zero());
    let (float, exact) = (list.to_f64(1), value(&list, 1));
    let float = Rational::from_f64(float).expect("fractions are finite");
    assert!((&float - &exact).abs() <= exact.abs() * power(-52));
    assert!(float.abs() <= exact.abs());
}

#[test]
fn integers_are_shifted_behind_the_point_and_truncated() {
    for words in [1, 2, 3, 4] {
        for exponent in [1, 63, 64, 65, 127, 128, 129, 192, 300, 500] {
            for number in [0, 1, -1] {
                check_push(BigInt::from(number), exponent, words);
            }
        }
        let long: BigInt = (BigInt::from(1) << 190u32) - 12_345;
        check_push(long.clone(), 190, words);
        check_push(-long, 205, words);
    }
}

#[test]
fn a_sum_of_products_that_is_zero_is_known() {
    let mut list = Fractions::new(2);
    for number in [3, -3, 5] {
        assert!(list.push_integer(&BigInt::from(number), 10));
    }
    let mut ones = Fractions::new(2);
    for _ in 0..2 {
        assert!(ones.push_integer(&BigInt::from(1), 1));
    }
    assert!(list.dot(&[0, 1], &ones).is_zero());
    assert!(list.dot(&[0, 1], &ones).leading().is_none());
    assert!(!list.dot(&[0, 2], &ones).is_zero());
    assert!(list.dot(&[], &Fractions::new(2)).is_zero());
}

#[test]
fn sums_beyond_one_are_refused() {
    let mut list = Fractions::zeros(2, 1);
    assert!(list.add_f64(0, 0.75, 0));
    assert!(!list.clone().add_f64(0, -1.5, 0));
    assert!(list.add_f64(0, -0.75, 0));
    assert!(list.add_f64(0, -0.75, 0));
    assert_eq!(list.to_f64(0), -0.75);
    assert!(!list.clone().add_f64(0, -0.25, 0));
    assert!(list.add_f64(0, -0.125, 0));
    assert!(!list.clone().add_f64(0, 1.0, 0));
    assert!(!list.clone().add_f64(0, 1.0, 200));
    assert!(!list.clone().add_f64(0, f64::NAN, 0));
    assert!(!list.add_f64(0, f64::INFINITY, -2000));
}

#[test]
fn a_list_is_empty_until_it_has_a_number() {
    let mut list = Fractions::new(2);
    assert!(list.is_empty());
    list.resize(1);
    assert!(!list.is_empty());
}

/// The top word of 1/2 shifted by one bit is 0, and the bit that leaves it has no word to go to.
#[test]
fn a_bit_that_leaves_the_only_word_is_seen() {
    let mut list = Fractions::zeros(1, 2);
    assert!(list.add_f64(0, 0.5, 0));
    let half = list.clone();
    assert!(!list.add(1, (&half, 0), 1));
    let mut list = half.clone();
    assert!(list.add(1, (&half, 0), 0));
    assert_eq!(list.to_f64(1), 0.5);
}

/// `x_0 · 2^shift − Σ_k x_{indices[k]} factors[k] · 2^exponent` by its leading bits, with as many digits as asked for, is as near to
/// the exact number as is said; the same products with factors of the other sign undo it.
fn check_remainder(
    xs: &Fractions,
    (indices, factors): (&[usize], &[i64]),
    (digits, count): (usize, usize),
    shift: i64,
    exponent: i64,
) {
    let mut list = Digits::new(digits);
    for k in 0..xs.len() {
        list.push((xs, k));
    }
    assert_eq!(list.count(), digits);
    let mut remainders = Remainders::new(xs.words());
    assert!(remainders.push((xs, 0), shift) && remainders.push((xs, 0), shift));
    remainders.subtract(1, (&list, indices), factors, count, exponent);

    let terms = || indices.iter().zip(factors);
    let products: Rational = terms()
        .map(|(&i, &factor)| value(xs, i) * Rational::integer(factor))
        .sum();
    let expected = value(xs, 0) * power(shift) - products * power(exponent);
    let sizes: Rational = factors.iter().map(|f| Rational::integer(f.abs())).sum();
    let dropped = sizes * power(exponent - 63 * count.min(digits) as i64);
    // One unit for the number, and one for every digit of at most two chunks.
    let units = Rational::integer(1 + 2 * count as i64) * power(-64 * xs.words() as i64 - 64);
    let found = |index: usize| match remainders.leading(index) {
        None => Rational::zero(),
        Some((float, exponent)) => {
            assert!((1.0..2.0).contains(&float.abs()));
            Rational::from_f64(float).expect("finite") * power(exponent)
        }
    };
    let allowed = expected.abs() * power(-51) + dropped + units.clone();
    assert!((found(1) - expected).abs() <= allowed);
    let untouched = value(xs, 0) * power(shift);
    assert!((found(0) - untouched.clone()).abs() <= untouched.abs() * power(-52) + units.clone());

    let undone: Vec<i64> = factors.iter().map(|factor| -factor).collect();
    remainders.subtract(1, (&list, indices), &undone, count, exponent);
    let left = match remainders.leading(1) {
        None => Rational::zero(),
        Some((float, exponent)) => Rational::from_f64(float).expect("finite") * power(exponent),
    };
    let allowed = untouched.abs() * power(-52) + Rational::integer(2) * units;
    assert!((left - untouched).abs() <= allowed);
}

/// More terms than one sum of digits holds, with the largest digits and factors.
#[test]
fn many_products_are_subtracted_in_chunks() {
    let mut xs = Fractions::new(2);
    let ones: BigInt = (BigInt::from(1) << 128u32) - 1;
    assert!(xs.push_integer(&ones, 128) && xs.push_integer(&-ones, 128));
    for (i, factor) in [(0, 1_i64 << 53), (0, -(1 << 53)), (1, 1 << 53)] {
        check_remainder(&xs, (&[i; 2_000], &[factor; 2_000]), (2, 2), 0, -53);
    }
}

#[test]
fn remainders_beyond_their_word_are_refused() {
    let mut xs = Fractions::new(2);
    assert!(xs.push_integer(&BigInt::from(3), 2));
    let mut remainders = Remainders::new(2);
    assert!(remainders.push((&xs, 0), 62));
    assert_eq!(remainders.leading(0), Some((1.5, 61)));
    assert!(!remainders.push((&xs, 0), 63));
    assert!(!Remainders::new(2).push((&xs, 0), 1_000));
    assert!(Remainders::new(2).push((&xs, 0), -1_000));
}

#[test]
fn differences_beyond_the_room_before_the_point_are_refused() {
    for words in [1, 2] {
        let mut list = Fractions::new(words);
        list.push_integer(&BigInt::from(3), 2);
        let zero = list.dot(&[], &Fractions::new(words));
        for exponent in 0..=62 {
            let rest = zero
                .subtracted_from((&list, 0), exponent)
                .expect("in range");
            assert_eq!(rational(&rest), value(&list, 0) * power(exponent));
        }
        // From 2^66 on no bit of 3/4 is left in the words.
        for exponent in 63..200 {
            assert!(
                zero.subtracted_from((&list, 0), exponent).is_none(),
                "{exponent}"
            );
        }
    }
}

fn entry() -> impl Strategy<Value = (BigInt, i64)> {
    // Numbers of at most 250 bits and exponents above their length.
    (
        prop::collection::vec(any::<u32>(), 0..8),
        any::<bool>(),
        0_i64..70,
    )
        .prop_map(|(digits, negative, spare)| {
            let size = BigInt::from(num_bigint::BigUint::new(digits));
            let exponent = i64::try_from(size.bits()).expect("short") + spare;
            (if negative { -size } else { size }, exponent)
        })
}

fn list(words: usize, entries: &[(BigInt, i64)]) -> Fractions {
    let mut list = Fractions::new(words);
    for (number, exponent) in entries {
        list.push_integer(number, *exponent);
    }
    list
}

fn rational(total: &Total) -> Rational {
    total.to_dyadic().to_rational()
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn pushed_integers_are_truncated((number, exponent) in entry(), words in 1_usize..8) {
        check_push(number, exponent, words);
    }

    #[test]
    fn sums_of_products_are_exact(
        pairs in prop::collection::vec((entry(), entry()), 1..12),
        words in prop::sample::select(vec![1_usize, 2, 3, 4, 6, 12]),
        rotation in 0_usize..12,
        shift in -20_i64..20,
    ) {
        let (xs, ys): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let (xs, ys) = (list(words, &xs), list(words, &ys));
        let indices: Vec<usize> = (0..xs.len()).map(|k| (k + rotation) % xs.len()).collect();
        let total = xs.dot(&indices, &ys);
        let expected: Rational = indices.iter().enumerate().map(|(k, &i)| value(&xs, i) * value(&ys, k)).sum();
        prop_assert_eq!(&rational(&total), &expected);
        prop_assert_eq!(total.is_zero(), expected.is_zero());

        match total.leading() {
            None => prop_assert!(expected.is_zero()),
            Some((float, exponent)) => {
                prop_assert!((1.0..2.0).contains(&float.abs()));
                let leading = Rational::from_f64(float).expect("finite") * power(exponent);
                prop_assert!((&leading - &expected).abs() <= expected.abs() * power(-52));
                prop_assert!(leading.abs() <= expected.abs());
            }
        }

        let rest = total.subtracted_from((&xs, 0), shift).expect("below 2^62");
        prop_assert_eq!(rational(&rest), value(&xs, 0) * power(shift) - expected.clone());
        if expected.abs() < Rational::one() {
            let mut short = xs.clone();
            short.push_total(&total);
            prop_assert_eq!(short.len(), xs.len() + 1);
            prop_assert_eq!(value(&short, xs.len()), truncated(&expected, words));
            prop_assert_eq!(value(&short, 0), value(&xs, 0));
        }
    }

    #[test]
    fn products_with_integers_are_subtracted(
        entries in prop::collection::vec(entry(), 1..9),
        factors in prop::collection::vec(-(1_i64 << 53)..=1 << 53, 1..9),
        words in 1_usize..8,
        (digits, count) in (1_usize..8, 1_usize..9),
        shift in -200_i64..60,
        exponent in -700_i64..=-53,
    ) {
        let xs = list(words, &entries);
        let terms = xs.len().min(factors.len());
        let indices: Vec<usize> = (0..terms).rev().collect();
        check_remainder(&xs, (&indices, &factors[..terms]), (digits, count), shift, exponent);
    }

    #[test]
    fn numbers_are_copied(entries in prop::collection::vec(entry(), 1..5), words in 1_usize..8) {
        let xs = list(words, &entries);
        let mut digits = Digits::new(words);
        let (mut copy, mut copied) = (Fractions::with_capacity(words, 9), Digits::with_capacity(words, 9));
        for k in (0..xs.len()).rev() {
            copy.push((&xs, k));
            digits.push((&xs, xs.len() - 1 - k));
        }
        for k in 0..xs.len() {
            prop_assert_eq!(value(&copy, k), value(&xs, xs.len() - 1 - k));
            copied.push_copy((&digits, k));
            copy.push_negative(k);
            prop_assert_eq!(value(&copy, xs.len() + k), -value(&copy, k));
        }
        let left = |digits: &Digits, k: usize| {
            let mut remainders = Remainders::new(words);
            assert!(remainders.push((&Fractions::zeros(words, 1), 0), 0));
            remainders.subtract(0, (digits, &[k]), &[1 << 53], words, -53);
            remainders.leading(0)
        };
        for k in 0..xs.len() {
            prop_assert_eq!(left(&copied, k), left(&digits, k));
        }
    }

    #[test]
    fn parts_make_up_a_number(entry in entry(), words in 1_usize..8) {
        let xs = list(words, &[entry]);
        let parts = (64 * words).div_ceil(53);
        let sum: Rational = (0..parts)
            .map(|j| Rational::integer(xs.part(0, j)) * power(-53 * (j as i64 + 1)))
            .sum();
        prop_assert_eq!(sum, value(&xs, 0));
        for j in 0..parts {
            prop_assert!(xs.part(0, j).abs() < 1 << 53);
        }
        prop_assert_eq!(xs.part(0, parts), 0);
    }

    #[test]
    fn intervals_around_have_the_given_radius(
        entry in entry(),
        words in 1_usize..15,
        radius in prop_oneof![Just(0), 0_u64..10, any::<u64>()],
        exponent in -100_i64..100,
    ) {
        let xs = list(words, &[entry]);
        let unit = power(exponent - 64 * words as i64);
        let middle = value(&xs, 0) * power(exponent);
        let around = xs.around(0, radius, exponent);
        let radius = Rational::integer(radius) * unit;
        prop_assert_eq!(around.lower(), &middle - &radius);
        prop_assert_eq!(around.upper(), middle + radius);
    }

    #[test]
    fn sums_and_shifts_are_truncated(
        (x, y, z) in (entry(), entry(), entry()),
        words in 1_usize..5,
        float in -1.0_f64..1.0,
        exponent in -80_i64..2,
        shift in 0_u32..200,
        index in 0_usize..3,
    ) {
        let numbers = list(words, &[x.clone(), y.clone(), z.clone()]);
        let long = list(words + 1, &[x, y, z]);
        let unit = power(-64 * words as i64);
        let others_are_kept = |changed: &Fractions| {
            (0..3).all(|k| k == index || value(changed, k) == value(&numbers, k))
        };
        let add = |added: Rational, fits: bool, sum: &Fractions| {
            let expected = value(&numbers, index) + added;
            let within = expected.abs() < Rational::one() - &unit;
            prop_assert!(fits || !within);
            prop_assert!(!fits || (value(sum, index) - expected).abs() < unit);
            prop_assert!(others_are_kept(sum));
            Ok(())
        };
        let mut sum = numbers.clone();
        let fits = sum.add_f64(index, float, exponent);
        let added = Rational::from_f64(float).expect("finite") * power(exponent);
        add(added, fits, &sum)?;

        let mut sum = numbers.clone();
        let fits = sum.add(index, (&long, 1), exponent);
        add(value(&long, 1) * power(exponent), fits, &sum)?;

        let mut sum = numbers.clone();
        let fits = sum.add_product(index, (&numbers, 1), (&long, 2), exponent);
        let added = value(&numbers, 1) * value(&long, 2) * power(exponent);
        add(added, fits, &sum)?;

        let total = long.dot(&[1, 2], &long);
        let mut sum = numbers.clone();
        let fits = sum.add_total(index, &total, exponent);
        add(rational(&total) * power(exponent), fits, &sum)?;

        let mut sum = numbers.clone();
        let factor = (float * 9e15) as i64;
        let fits = sum.add_scaled(index, factor, exponent - 53);
        let added = Rational::integer(factor) * power(exponent - 53);
        add(added, fits, &sum)?;

        let mut shifted = numbers.clone();
        shifted.shift_down(index, shift);
        let exact = value(&numbers, index) * power(-i64::from(shift));
        prop_assert_eq!(value(&shifted, index), truncated(&exact, words));
        prop_assert!(others_are_kept(&shifted));

        let mut changed = numbers.clone();
        changed.negate(index);
        prop_assert_eq!(value(&changed, index), -value(&numbers, index));
        prop_assert!(others_are_kept(&changed));
        changed.clear(index);
        prop_assert!(changed.is_zero(index) && value(&changed, index).is_zero());
        prop_assert!(others_are_kept(&changed));
    }
}
