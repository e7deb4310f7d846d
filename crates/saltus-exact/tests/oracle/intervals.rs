//! Enclosures: they contain the true value, and where the operands are points their ends are its correctly rounded neighbours.

use dashu_base::{Abs, BitTest, Sign};
use dashu_float::round::mode::{Down, Up};
use dashu_float::{Context, Repr};
use dashu_int::UBig;
use dashu_ratio::RBig;
use saltus_exact::{Dyadic, Interval};

use crate::values::{Draws, assert_same, binary, fraction};

fn dyadic(draws: &mut Draws) -> Dyadic {
    let exponent = draws.below(400) as i64 - 200;
    Dyadic::new(draws.integer(300), exponent)
}

fn precision(draws: &mut Draws) -> u32 {
    2 + draws.below(300) as u32
}

#[track_caller]
fn assert_ends(found: &Interval, lo: &Repr<2>, hi: &Repr<2>) {
    assert_eq!((&binary(found.lo()), &binary(found.hi())), (lo, hi));
}

/// `value` rounded to `precision` bits in either direction, from its definition.
///
/// The directed sums of the other library's own floats have a bit more than asked now and then, so that they are no reference.
fn rounded(value: &RBig, precision: u32) -> (Repr<2>, Repr<2>) {
    let power = |exponent: isize| {
        let power = RBig::from(UBig::ONE << exponent.unsigned_abs());
        if exponent < 0 {
            RBig::ONE / power
        } else {
            power
        }
    };
    let length = |n: &UBig| isize::try_from(n.bit_len()).expect("a short number");
    let (numer, denom) = (
        value.numerator().clone().into_parts().1,
        value.denominator(),
    );
    let mut unit = length(&numer) - length(denom) - precision as isize;
    // The quotient of the lengths is off by at most one.
    while (value / power(unit)).abs() >= power(precision as isize) {
        unit += 1;
    }
    let scaled = value / power(unit);
    (
        Repr::new(scaled.floor(), unit),
        Repr::new(scaled.ceil(), unit),
    )
}

/// The ends are the value, rounded in either direction.
#[track_caller]
fn assert_rounded(found: &Interval, value: &RBig, precision: u32) {
    let (lo, hi) = rounded(value, precision);
    assert_ends(found, &lo, &hi);
}

#[test]
fn the_ends_of_sums_products_and_quotients_are_correctly_rounded() {
    let mut draws = Draws::new(8);
    for _ in 0..4_000 {
        let (a, b, p) = (
            dyadic(&mut draws),
            dyadic(&mut draws),
            precision(&mut draws),
        );
        let (x, y) = (
            Interval::from_dyadic(a.clone()),
            Interval::from_dyadic(b.clone()),
        );
        let (a, b) = (fraction(&a.to_rational()), fraction(&b.to_rational()));
        assert_rounded(&x.add(&y, p), &(&a + &b), p);
        assert_rounded(&x.sub(&y, p), &(&a - &b), p);
        assert_rounded(&x.mul(&y, p), &(&a * &b), p);
        match x.div(&y, p) {
            Some(quotient) => assert_rounded(&quotient, &(&a / &b), p),
            None => assert!(b.is_zero()),
        }
    }
}

#[test]
fn the_ends_of_square_roots_are_correctly_rounded() {
    let mut draws = Draws::new(9);
    for step in 0..3_000u64 {
        let p = precision(&mut draws);
        let exponent = draws.below(400) as i64 - 200;
        // Arguments beyond twice the precision are shortened before the root is taken; those have a test of their own.
        let longest = 2 * u64::from(p) - 2;
        let mut mantissa = draws.positive(longest);
        if step % 3 == 0 {
            mantissa = draws.positive(u64::from(p) - 1).pow(2);
        }
        let argument = Dyadic::new(mantissa, exponent);
        let found = Interval::from_dyadic(argument.clone()).sqrt(p);
        let argument = binary(&argument);
        let ends = (
            Context::<Down>::new(p as usize).sqrt(&argument),
            Context::<Up>::new(p as usize).sqrt(&argument),
        );
        assert_ends(
            &found.expect("not negative"),
            ends.0.expect("not negative").value().repr(),
            ends.1.expect("not negative").value().repr(),
        );
    }
}

#[test]
fn the_ends_of_a_fraction_are_correctly_rounded_or_one_unit_off() {
    let mut draws = Draws::new(10);
    let mut n_exact = 0;
    for _ in 0..3_000 {
        let (q, p) = (draws.rational(400), precision(&mut draws));
        let found = Interval::from_rational(&q, p);
        let other = fraction(&q);
        let (lo, hi) = rounded(&other, p);
        let is_short = q.numer().bits().max(q.denom().bits()) <= u64::from(p) + 8;
        if is_short || q.is_integer() {
            assert_ends(&found, &lo, &hi);
            n_exact += 1;
        } else {
            assert!(binary(found.lo()) <= lo && hi <= binary(found.hi()));
            // Shortened parts cost at most the unit on either side.
            let width = fraction(&found.upper()) - fraction(&found.lower());
            let unit = RBig::from(2) * fraction(&q.abs()) * RBig::from(2)
                / RBig::from(UBig::ONE << (p as usize - 1));
            assert!(width <= unit, "{q:?} with {p} bits: {found:?}");
        }
    }
    assert!((500..2_900).contains(&n_exact), "{n_exact}");
}

/// Two intervals, a fraction in each, and every operation on both, evaluated exactly by the other library.
#[test]
fn what_is_enclosed_stays_enclosed() {
    let mut draws = Draws::new(11);
    let contains = |interval: &Interval, value: &RBig| {
        fraction(&interval.lower()) <= *value && *value <= fraction(&interval.upper())
    };
    for _ in 0..3_000 {
        let p = precision(&mut draws);
        let wide = |draws: &mut Draws| {
            let ends = [dyadic(draws), dyadic(draws)];
            let [lo, hi] = if ends[0] <= ends[1] {
                ends
            } else {
                let [hi, lo] = ends;
                [lo, hi]
            };
            let share = RBig::from_parts(draws.below(9).into(), 8u8.into());
            let (low, high) = (fraction(&lo.to_rational()), fraction(&hi.to_rational()));
            let inside = &low + (&high - &low) * share;
            let interval = Interval::from_ends(lo, hi).expect("in order");
            assert!(contains(&interval, &inside));
            (interval, inside)
        };
        let ((x, a), (y, b)) = (wide(&mut draws), wide(&mut draws));
        assert!(contains(&x.add(&y, p), &(&a + &b)));
        assert!(contains(&x.sub(&y, p), &(&a - &b)));
        assert!(contains(&x.mul(&y, p), &(&a * &b)));
        if let Some(quotient) = x.div(&y, p) {
            assert!(contains(&quotient, &(&a / &b)));
        }
        if a.sign() == Sign::Positive {
            let root = x.sqrt(p).expect("not all negative");
            let (lo, hi) = (fraction(&root.lower()), fraction(&root.upper()));
            assert!(&lo * &lo <= a && a <= &hi * &hi);
        }
    }
}

#[test]
fn binary_fractions_are_ordered_and_converted_as_fractions() {
    let mut draws = Draws::new(12);
    for _ in 0..3_000 {
        let (a, b) = (dyadic(&mut draws), dyadic(&mut draws));
        assert_eq!(a.cmp(&b), binary(&a).cmp(&binary(&b)));
        let expected = RBig::try_from(binary(&a)).expect("finite");
        assert_same(&a.to_rational(), &expected);
        assert_eq!(
            a.to_f64().to_bits(),
            expected.to_f64().value().to_bits(),
            "{a:?}"
        );
    }
}
