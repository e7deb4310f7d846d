//! Common divisors of numbers of several digits.

use num_bigint::BigInt;
use saltus_exact::gcd;

/// Euclid's algorithm on the leading parts, which have 62 and 61 bits: the numbers are these, 66 bits further up.
#[track_caller]
fn check(a: u64, b: u64) {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    let shifted = |n: u64| BigInt::from(n) << 66u32;
    assert_eq!(gcd(&shifted(a), &shifted(b)), shifted(x), "{a} {b}");
    assert_eq!(gcd(&-shifted(b), &shifted(a)), shifted(x), "{a} {b}");
}

/// Lehmer's steps stop where the smaller leading part cancels with its error: here `b + s = 0` after 9 steps, with `b = 249`,
/// and `b + r = 0` after 20.
#[test]
fn steps_stop_before_a_division_by_zero() {
    check(2_305_843_009_213_778_898, 1_602_051_568_650_537_145);
    check(2_305_843_019_501_183_800, 1_299_826_353_816_111_211);
}

#[test]
fn a_divisor_of_a_long_number_and_zero_is_the_number() {
    let long = BigInt::from(3) << 200u32;
    let zero = BigInt::from(0);
    assert_eq!(gcd(&long, &zero), long);
    assert_eq!(gcd(&zero, &-&long), long);
    assert_eq!(gcd(&zero, &zero), zero);
}
