//! Sums of square roots: signs, order, text and roundings against floats that are long enough to be certain.

use std::cmp::Ordering;
use std::str::FromStr;

use dashu_base::{Abs, Sign};
use dashu_float::round::mode::{HalfEven, Zero};
use dashu_float::{Context, DBig, FBig, Repr};
use dashu_int::IBig;
use num_bigint::BigInt;
use saltus_exact::{Rational, SqrtSum, decimal_of_sqrt_sum};

use crate::values::{Draws, fraction, to_other};

type Float = FBig<HalfEven, 2>;

/// `Σ c √r` as it is written, before anything is merged.
type Terms = Vec<(Rational, BigInt)>;

fn sum(terms: &Terms) -> SqrtSum {
    let term = |(coefficient, radicand): &(Rational, BigInt)| {
        SqrtSum::sqrt(&Rational::integer(radicand.clone()))
            .expect("no radicand is negative")
            .scale(coefficient)
    };
    terms.iter().map(term).sum()
}

fn float(terms: &Terms, precision: usize) -> Float {
    let context = Context::<HalfEven>::new(precision);
    let mut total = Float::from_repr(Repr::zero(), context);
    for (coefficient, radicand) in terms {
        let root = context
            .sqrt(&Repr::new(to_other(radicand), 0))
            .expect("no radicand is negative")
            .value();
        let coefficient = fraction(coefficient).to_float(precision).value();
        total += root * coefficient;
    }
    total
}

fn common_denominator(terms: &Terms) -> BigInt {
    terms
        .iter()
        .fold(BigInt::from(1), |product, (c, _)| product * c.denom())
}

/// How many bits decide the sign of a sum of at most `k` square roots.
///
/// Times a common denominator `q` it is an algebraic integer whose conjugates are other choices of the signs of the roots: at
/// most `2^k` numbers, each below `B = q Σ |c| √r`. The product of those that are different is an integer, so that the
/// number is 0 or at least `B^(1 − 2^k) / q`.
fn deciding_precision(terms: &Terms) -> usize {
    let denominator = common_denominator(terms);
    let largest = terms
        .iter()
        .map(|(c, r)| c.numer().bits() + r.bits() / 2 + 1)
        .max()
        .unwrap_or(0);
    let bound = denominator.bits() + largest + terms.len() as u64;
    (bound << terms.len()) as usize + 64
}

/// The sign by floats of that many bits: below a quarter of them counts as 0, which the bound then makes it.
fn sign(terms: &Terms) -> Ordering {
    let precision = deciding_precision(terms);
    let value = float(terms, precision);
    let size = terms
        .iter()
        .map(|(c, r)| c.numer().bits() + r.bits() + 2)
        .max()
        .unwrap_or(0);
    // The rounding errors of all terms together.
    let error = Repr::new(
        IBig::ONE,
        size as isize + 8 + terms.len() as isize - precision as isize,
    );
    if *value.clone().abs().repr() <= error {
        return Ordering::Equal;
    }
    match value.sign() {
        Sign::Negative => Ordering::Less,
        Sign::Positive => Ordering::Greater,
    }
}

#[track_caller]
fn check(terms: &Terms) -> Ordering {
    let found = sum(terms);
    let expected = sign(terms);
    assert_eq!(found.sign(), expected, "{found}");
    assert_eq!(found.is_zero(), expected == Ordering::Equal, "{found}");
    // The same as an order of two sums, term by term on alternating sides.
    let side = |parity: usize, minus: bool| {
        terms
            .iter()
            .enumerate()
            .filter(|(k, _)| k % 2 == parity)
            .map(|(_, (c, r))| (if minus { -c } else { c.clone() }, r.clone()))
            .collect()
    };
    assert_eq!(sum(&side(0, false)).compare(&sum(&side(1, true))), expected);
    assert_eq!(SqrtSum::parse(&found.to_string()), Ok(found));
    expected
}

#[test]
fn random_sums() {
    let mut draws = Draws::new(15);
    let mut n_zero = 0;
    for _ in 0..20_000 {
        let n_terms = 1 + draws.below(5);
        let mut terms = Terms::new();
        for _ in 0..n_terms {
            let square = BigInt::from(1 + draws.below(400)).pow(2);
            let radicand = BigInt::from(1 + draws.below(30)) * square;
            let coefficient = Rational::new(draws.below(13) as i64 - 6, 1 + draws.below(4));
            terms.push((coefficient.expect("not over 0"), radicand));
        }
        n_zero += usize::from(check(&terms) == Ordering::Equal);
    }
    assert!((300..10_000).contains(&n_zero), "{n_zero}");
}

/// Sums of five roots that cancel but for a last integer which no radicand shares.
#[test]
fn sums_rounded_to_the_nearest_integer() {
    let mut draws = Draws::new(16);
    for _ in 0..1_000 {
        let mut terms: Terms = (0..4)
            .map(|_| (Rational::one(), BigInt::from(draws.below(1 << 30))))
            .collect();
        let scale: BigInt = BigInt::from(1) << 64;
        for (coefficient, _) in &mut terms {
            *coefficient = Rational::integer(scale.clone());
        }
        let value = float(&terms, 400);
        let nearest: IBig = value.to_int().value();
        let nearest = crate::values::from_other(&nearest);
        for offset in -1i32..=1 {
            let mut terms = terms.clone();
            terms.push((
                Rational::integer(-(&nearest + BigInt::from(offset))),
                BigInt::from(1),
            ));
            check(&terms);
        }
    }
}

/// The `order`-th difference of the square roots at `n, n + 1, …`: of size `n^(1/2 − order)`, with the sign of `(−1)^(order + 1)`.
fn difference(n: &BigInt, order: u32) -> Terms {
    let mut binomial = 1i64;
    let mut terms = Terms::new();
    for k in 0..=order {
        let signed = if (order - k).is_multiple_of(2) {
            binomial
        } else {
            -binomial
        };
        terms.push((Rational::integer(signed), n + k));
        binomial = binomial * i64::from(order - k) / i64::from(k + 1);
    }
    terms
}

#[test]
fn nearly_equal_sums_down_to_1e_minus_300() {
    let ten = BigInt::from(10u32);
    let mut smallest = 0;
    for order in 1..=5u32 {
        for exponent in [2u32, 10, 30, 55, 67, 86, 120, 200, 600] {
            if u64::from(exponent * order) > 700 {
                continue;
            }
            for shift in [0u32, 1, 7] {
                let n = ten.pow(exponent) + shift;
                let terms = difference(&n, order);
                let expected = if order % 2 == 1 {
                    Ordering::Greater
                } else {
                    Ordering::Less
                };
                assert_eq!(check(&terms), expected, "order {order} at 1e{exponent}");
                smallest = smallest.max((2 * order - 1) * exponent / 2);
            }
        }
    }
    assert!(smallest >= 300, "down to 1e-{smallest}");
}

#[test]
fn squares_times_square_free_numbers() {
    let mut draws = Draws::new(17);
    for _ in 0..1_000 {
        let root = draws.positive(400);
        let free =
            BigInt::from([2u32, 3, 6, 30, 1009, 1_000_003, 1_018_081][draws.below(7) as usize]);
        let square = root.pow(2);
        let minus_root = Rational::integer(-&root);
        // √(s² f) − s √f = 0, and not 0 when the radicand is off by one.
        assert_eq!(
            check(&vec![
                (Rational::one(), &square * &free),
                (minus_root.clone(), free.clone())
            ]),
            Ordering::Equal
        );
        for offset in [-1i32, 1] {
            let expected = offset.cmp(&0);
            let terms = vec![
                (Rational::one(), &square * &free + offset),
                (minus_root.clone(), free.clone()),
            ];
            assert_eq!(check(&terms), expected);
        }
        // Two radicands that share a class which neither shows: r s² and r t² with r = p q above all small primes.
        let class = BigInt::from(1_000_003u64 * 1_000_033);
        let other = draws.positive(300);
        let terms = vec![
            (Rational::integer(other.clone()), &class * &square),
            (Rational::integer(-&root), &class * other.pow(2)),
        ];
        assert_eq!(check(&terms), Ordering::Equal);
    }
}

/// `p/q − √d` for the convergents of `√d`: below `1/q²`, with alternating signs, up to 20,000 bits of `q`.
#[test]
fn continued_fraction_neighbours_of_square_roots() {
    for d in [2u64, 3, 7, 61, 1_000_003] {
        let root = d.isqrt();
        let (mut m, mut den, mut a) = (0, 1, root);
        let mut last = (BigInt::from(1), BigInt::from(0));
        let mut this = (BigInt::from(a), BigInt::from(1));
        let sqrt = SqrtSum::sqrt(&Rational::integer(d)).expect("positive");
        let mut next_length = 16;
        while this.1.bits() < 20_000 {
            if this.1.bits() >= next_length {
                next_length = this.1.bits() * 5 / 4;
                // The reference is one product of integers in the other library: p² against d q².
                let (p, q) = (to_other(&this.0), to_other(&this.1));
                let expected = (&p * &p).cmp(&(&q * &q * IBig::from(d)));
                let ratio = Rational::new(this.0.clone(), this.1.clone()).expect("q > 0");
                let ratio = SqrtSum::from(ratio);
                assert_eq!(ratio.compare(&sqrt), expected, "√{d}");
                assert_eq!((&sqrt - &ratio).sign(), expected.reverse(), "√{d}");
                assert_ne!(expected, Ordering::Equal);
            }
            m = den * a - m;
            den = (d - m * m) / den;
            a = (root + m) / den;
            let next = (&last.0 + &this.0 * a, &last.1 + &this.1 * a);
            last = std::mem::replace(&mut this, next);
        }
        // At the full length, and between two neighbours.
        let [below, above] = [&last, &this]
            .map(|(p, q)| SqrtSum::from(Rational::new(p.clone(), q.clone()).expect("q > 0")));
        assert!(this.1.bits() >= 20_000);
        assert_eq!(
            below.compare(&sqrt),
            above.compare(&sqrt).reverse(),
            "neighbours lie on both sides"
        );
    }
}

#[test]
fn products_and_roundings() {
    let mut draws = Draws::new(18);
    for _ in 0..200 {
        let terms = |draws: &mut Draws| -> Terms {
            (0..1 + draws.below(4))
                .map(|_| (draws.rational(60), draws.positive(50)))
                .collect()
        };
        let (left, right) = (terms(&mut draws), terms(&mut draws));
        let product = sum(&left).mul(&sum(&right));
        let precision = 800;
        let expected = float(&left, precision) * float(&right, precision);
        let bound = Repr::new(IBig::ONE, 300 - precision as isize);
        let own: Terms = product
            .terms()
            .map(|(c, r)| (c.clone(), r.clone()))
            .collect();
        let difference = float(&own, precision) - &expected;
        assert!(*difference.abs().repr() <= bound, "{product}");
        if product.is_zero() {
            continue;
        }
        assert_eq!(
            product.to_f64().to_bits(),
            expected.to_f64().value().to_bits(),
            "{product}"
        );
        let decimal = DBig::from_str(&decimal_of_sqrt_sum(&product)).expect("a decimal number");
        let expected = expected
            .with_base_and_precision::<10>(100)
            .value()
            .with_precision(30)
            .value();
        assert_eq!(decimal.repr(), expected.repr(), "{product}");
    }
}

/// An enclosure with `p` bits contains what floats of many more bits say, up to their error.
#[test]
fn enclosures_contain_the_value() {
    let mut draws = Draws::new(19);
    for _ in 0..800 {
        let terms: Terms = (0..1 + draws.below(6))
            .map(|_| (draws.rational(80), draws.positive(200)))
            .collect();
        let x = sum(&terms);
        let p = 2 + draws.below(200) as u32;
        let enclosure = x.enclose(p);
        let value = float(&terms, 1_500).with_rounding::<Zero>();
        let error = FBig::<Zero, 2>::from_repr(Repr::new(IBig::ONE, -1_200), value.context());
        let end = |end: &saltus_exact::Dyadic| crate::values::binary(end);
        assert!(end(enclosure.lo()) <= *(&value + &error).repr());
        assert!(*(&value - &error).repr() <= end(enclosure.hi()));
    }
}
