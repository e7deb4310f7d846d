//! Common divisors and square roots of integers.

use dashu_base::{Gcd, SquareRoot};
use dashu_int::UBig;
use num_bigint::BigInt;
use saltus_exact::{Rational, gcd};

use crate::values::{Draws, from_other, to_other};

fn magnitude(n: &BigInt) -> UBig {
    to_other(n).into_parts().1
}

#[track_caller]
fn check_gcd(a: &BigInt, b: &BigInt) {
    let expected = magnitude(a).gcd(magnitude(b));
    assert_eq!(gcd(a, b), from_other(&expected.into()), "{a} and {b}");
}

#[test]
fn common_divisors() {
    let mut draws = Draws::new(1);
    for _ in 0..3_000 {
        let (a, b, c) = (draws.integer(900), draws.integer(900), draws.positive(500));
        if a == BigInt::ZERO && b == BigInt::ZERO {
            // The other library refuses the only case without a greatest divisor.
            assert_eq!(gcd(&a, &b), BigInt::ZERO);
            continue;
        }
        check_gcd(&a, &b);
        check_gcd(&(&a * &c), &(&b * &c));
        check_gcd(&(&a * &c), &c);
        check_gcd(&(&a * &c + 1u32), &c);
    }
    for _ in 0..12 {
        let (a, b, c) = (
            draws.integer(20_000),
            draws.positive(20_000),
            draws.positive(20_000),
        );
        check_gcd(&(&a * &c), &(&b * &c));
    }
}

/// Where every quotient of Euclid's algorithm is 1, and where one in two is too long for a word.
#[test]
fn common_divisors_of_continued_fraction_neighbours() {
    for (small, large) in [(1u64, 1u64), (1, u64::MAX), (3, 1 << 61), (u64::MAX, 7)] {
        let mut neighbours = (BigInt::from(0), BigInt::from(1));
        let mut quotients = [small, large].into_iter().cycle();
        while neighbours.1.bits() < 20_000 {
            let quotient = quotients.next().expect("an endless cycle");
            let next = &neighbours.0 + &neighbours.1 * quotient;
            neighbours = (std::mem::replace(&mut neighbours.1, next.clone()), next);
            if neighbours.1.bits() % 50 < 2 || neighbours.1.bits() < 400 {
                check_gcd(&neighbours.0, &neighbours.1);
                let common = BigInt::from(large) + 2u32;
                check_gcd(&(&neighbours.0 * &common), &(&neighbours.1 * &common));
            }
        }
    }
}

#[track_caller]
fn check_root(n: &BigInt) {
    let (root, remainder) = (magnitude(n).sqrt(), magnitude(n));
    let is_square = &root * &root == remainder;
    let expected = is_square.then(|| Rational::integer(from_other(&root.into())));
    assert_eq!(Rational::integer(n.clone()).exact_sqrt(), expected, "√{n}");
}

#[test]
fn squares_and_their_neighbours() {
    let mut draws = Draws::new(2);
    for _ in 0..2_000 {
        let root = draws.positive(1_200);
        let square = root.pow(2);
        for n in [
            &square - 1u32,
            square.clone(),
            &square + 1u32,
            // The residue classes of squares, without being one.
            &square + (BigInt::from(1) << 400),
            &square * 4u32,
            &square * 2u32,
            draws.positive(2_400),
        ] {
            check_root(&n);
        }
    }
    for _ in 0..6 {
        let square = draws.positive(20_000).pow(2);
        check_root(&square);
        check_root(&(&square + 1u32));
    }
}
