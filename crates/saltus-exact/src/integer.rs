//! Integer functions that the number types share: common divisors, square roots, square factors of small primes.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

/// The primes below 300: their squares are pulled out of radicands.
pub(crate) const SMALL_PRIMES: [u64; 62] = primes_below_300();

/// For every prime `p` of [`SMALL_PRIMES`], the bit set of the non-zero squares modulo `p`.
const SQUARES_MODULO: [[u64; 5]; 62] = squares_modulo_small_primes();

/// How many of [`SMALL_PRIMES`] are multiplied into one 64-bit modulus: `293^7 < 2^64`.
const PRIMES_PER_MODULUS: usize = 7;

const fn primes_below_300() -> [u64; 62] {
    let mut primes = [0; 62];
    let mut found = 0;
    let mut candidate = 2;
    while candidate < 300 {
        let mut divisor = 2;
        let mut is_prime = true;
        while divisor * divisor <= candidate {
            if candidate % divisor == 0 {
                is_prime = false;
            }
            divisor += 1;
        }
        if is_prime {
            primes[found] = candidate;
            found += 1;
        }
        candidate += 1;
    }
    primes
}

const fn squares_modulo_small_primes() -> [[u64; 5]; 62] {
    let primes = primes_below_300();
    let mut sets = [[0; 5]; 62];
    let mut k = 0;
    while k < 62 {
        let p = primes[k];
        let mut x = 1;
        while x < p {
            let square = (x * x) % p;
            sets[k][(square / 64) as usize] |= 1 << (square % 64);
            x += 1;
        }
        k += 1;
    }
    sets
}

/// The greatest common divisor, never negative; `gcd(0, 0) = 0`.
pub fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    // The binary algorithm of `num-bigint` is slow on operands of very different lengths.
    let (a_bits, b_bits) = (a.bits(), b.bits());
    if a_bits > b_bits + 32 && b_bits > 0 {
        return gcd(b, &(a % b));
    }
    if b_bits > a_bits + 32 && a_bits > 0 {
        return gcd(a, &(b % a));
    }
    match (a.magnitude().to_u64(), b.magnitude().to_u64()) {
        (Some(x), Some(y)) => BigInt::from(gcd_u64(x, y)),
        _ => lehmer_gcd(a, b),
    }
}

/// Lehmer's algorithm (Knuth, TAOCP 2, 4.5.2 L): the leading 62 bits of both numbers decide many quotients of Euclid's
/// algorithm at once. Both numbers are rewritten in place, in one pass over their digits.
fn lehmer_gcd(a: &BigInt, b: &BigInt) -> BigInt {
    let (mut a, mut b) = (a.magnitude().to_u64_digits(), b.magnitude().to_u64_digits());
    if a.len()
        .cmp(&b.len())
        .then_with(|| a.iter().rev().cmp(b.iter().rev()))
        == Ordering::Less
    {
        std::mem::swap(&mut a, &mut b);
    }
    while b.len() > 1 {
        let shift = n_bits(&a) - 62;
        match lehmer_matrix(lead(&a, shift), lead(&b, shift)) {
            Some(steps) => combine(&mut a, &mut b, &steps),
            None => {
                let remainder = from_digits(&a) % from_digits(&b);
                a = std::mem::replace(&mut b, remainder.to_u64_digits());
            }
        }
    }
    let Some(&last) = b.first() else {
        return BigInt::from(from_digits(&a));
    };
    let remainder = (from_digits(&a) % last)
        .to_u64()
        .expect("a remainder is below its divisor");
    BigInt::from(gcd_u64(last, remainder))
}

fn from_digits(digits: &[u64]) -> BigUint {
    let halves = digits
        .iter()
        .flat_map(|&digit| [digit as u32, (digit >> 32) as u32]);
    BigUint::new(halves.collect())
}

/// The length of a number without leading zeros, in bits.
fn n_bits(digits: &[u64]) -> usize {
    let top = digits
        .last()
        .map_or(0, |digit| digit.leading_zeros() as usize);
    64 * digits.len() - top
}

/// `digits >> shift`, for a shift that leaves at most 62 bits.
fn lead(digits: &[u64], shift: usize) -> i64 {
    let digit = |k: usize| u128::from(digits.get(k).copied().unwrap_or(0));
    let word = shift / 64;
    let window = (digit(word) | digit(word + 1) << 64) >> (shift % 64);
    i64::try_from(window).expect("62 bits are left")
}

/// `(a, b) ← (p a − q b, s b − r a)`, or the negatives of both: whichever are not negative.
fn combine(a: &mut Vec<u64>, b: &mut Vec<u64>, steps: &Steps) {
    b.resize(a.len(), 0);
    let [[p, q], [r, s]] = steps.sizes.map(|row| row.map(u128::from));
    let (mut carry_a, mut carry_b) = (0i128, 0i128);
    for (x, y) in a.iter_mut().zip(b.iter_mut()) {
        let (u, v) = (u128::from(*x), u128::from(*y));
        // Products below 2^126.
        let of_a = (p * u).cast_signed() - (q * v).cast_signed();
        let of_b = (s * v).cast_signed() - (r * u).cast_signed();
        carry_a += if steps.negative { -of_a } else { of_a };
        carry_b += if steps.negative { -of_b } else { of_b };
        // The low digit; the shift keeps the sign.
        (*x, *y) = (carry_a as u64, carry_b as u64);
        carry_a >>= 64;
        carry_b >>= 64;
    }
    for digits in [a, b] {
        let length = digits
            .iter()
            .rposition(|&digit| digit != 0)
            .map_or(0, |last| last + 1);
        digits.truncate(length);
    }
}

/// Steps of Euclid's algorithm, `(a, b) ← ±(p a − q b, s b − r a)`.
struct Steps {
    /// `((p, q), (r, s))`, each below `2^62`.
    sizes: [[u64; 2]; 2],
    /// Whether the sign is minus.
    negative: bool,
}

/// The product of those steps of Euclid's algorithm that the leading parts determine; `None` if they determine none.
fn lehmer_matrix(mut a: i64, mut b: i64) -> Option<Steps> {
    // The true ratio lies between (a + p)/(b + r) and (a + q)/(b + s).
    let (mut p, mut q, mut r, mut s) = (1i64, 0i64, 0i64, 1i64);
    while b + r != 0 {
        let quotient = (a + p) / (b + r);
        // Whether it is the quotient of the other end, too.
        let rest = i128::from(a + q) - i128::from(quotient) * i128::from(b + s);
        if rest < 0 || rest >= i128::from(b + s) {
            break;
        }
        (p, r) = (r, p - quotient * r);
        (q, s) = (s, q - quotient * s);
        (a, b) = (b, a - quotient * b);
    }
    // p and s have one sign, q and r the other.
    let sizes = [[p, q], [r, s]].map(|row| row.map(i64::unsigned_abs));
    (q != 0).then_some(Steps {
        sizes,
        negative: q > 0,
    })
}

/// Euclid's algorithm by shifts and subtractions.
pub(crate) fn gcd_u64(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let shift = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if b < a {
            std::mem::swap(&mut a, &mut b);
        }
        b -= a;
    }
    a << shift
}

/// The integer part of the square root of `n >= 0`; 0 for a negative `n`.
pub(crate) fn floor_sqrt(n: &BigInt) -> BigInt {
    if n.sign() != Sign::Plus {
        return BigInt::zero();
    }
    let bits = n.bits();
    if bits > LONGEST_RECURSIVE_SQRT {
        return BigInt::from(n.magnitude().sqrt());
    }
    if let Some(small) = n.magnitude().to_u128() {
        return BigInt::from(small.isqrt());
    }
    // The recursion halves the length down to 128 bits and wants one of the two leading bits set.
    let mut full = 256;
    while full < bits {
        full *= 2;
    }
    let shift = (full - bits) / 2;
    sqrt_and_remainder(&(n << (2 * shift)), full).0 >> shift
}

/// Longer square roots are left to Newton's method.
const LONGEST_RECURSIVE_SQRT: u64 = 2048;

/// Zimmermann's recursive square root of `n` with `2^(bits − 2) <= n < 2^bits`, where `bits` is 128 times a power of 2: the
/// integer part `s` and `n − s²`.
fn sqrt_and_remainder(n: &BigInt, bits: u64) -> (BigInt, BigInt) {
    if bits == 128 {
        let n = n.magnitude().to_u128().unwrap_or(0);
        let root = n.isqrt();
        return (BigInt::from(root), BigInt::from(n - root * root));
    }
    // n = (high · 2^k + a1) · 2^k + a0 with k a quarter of the length.
    let k = bits / 4;
    let high = n >> (2 * k);
    let low = n - (&high << (2 * k));
    let a1: BigInt = &low >> k;
    let a0 = low - (&a1 << k);
    let (root, remainder) = sqrt_and_remainder(&high, bits / 2);
    let (q, u) = ((remainder << k) + a1).div_rem(&(&root << 1u32));
    let mut remainder = (u << k) + a0 - &q * &q;
    let mut root = (root << k) + q;
    if remainder.sign() == Sign::Minus {
        remainder += (&root << 1u32) - 1u32;
        root -= 1u32;
    }
    (root, remainder)
}

/// The square root of `n` if `n` is the square of an integer.
pub(crate) fn exact_sqrt(n: &BigInt) -> Option<BigInt> {
    if n.sign() == Sign::Minus {
        return None;
    }
    if n.is_zero() {
        return Some(BigInt::zero());
    }
    if n.bits() > 64 && !may_be_square(n) {
        return None;
    }
    let root = floor_sqrt(n);
    (&root * &root == *n).then_some(root)
}

/// A quick necessary condition for a positive integer to be a square, by its residues.
fn may_be_square(n: &BigInt) -> bool {
    let twos = n.trailing_zeros().unwrap_or(0);
    if twos % 2 == 1 {
        return false;
    }
    if twos == 0 && (n % 8u32).to_u64() != Some(1) {
        return false;
    }
    // The first odd primes: each lets only half of the non-squares pass.
    for chunk in 0..2 {
        let range = chunk_range(chunk);
        let residue = residue_modulo_chunk(n, chunk);
        for k in range.skip(usize::from(chunk == 0)) {
            let r = residue % SMALL_PRIMES[k];
            if r != 0 && !is_square_modulo(k, r) {
                return false;
            }
        }
    }
    true
}

/// Whether the non-zero residue `r` is a square modulo the `k`-th small prime.
fn is_square_modulo(k: usize, r: u64) -> bool {
    SQUARES_MODULO[k][(r / 64) as usize] >> (r % 64) & 1 == 1
}

fn chunk_range(chunk: usize) -> std::ops::Range<usize> {
    let start = chunk * PRIMES_PER_MODULUS;
    start..(start + PRIMES_PER_MODULUS).min(SMALL_PRIMES.len())
}

/// `n` modulo the product of the small primes of one chunk, for a positive `n`.
fn residue_modulo_chunk(n: &BigInt, chunk: usize) -> u64 {
    let modulus: u64 = SMALL_PRIMES[chunk_range(chunk)].iter().product();
    match n.magnitude().to_u64() {
        Some(small) => small % modulus,
        None => (n.magnitude() % modulus)
            .to_u64()
            .expect("a residue modulo a 64-bit number has at most 64 bits"),
    }
}

/// `n = root² · rest` for a positive `n`.
///
/// `rest` has no square factor `p²` with a prime `p < 300`, and what is left of it without its prime factors below 300
/// is 1 or no square. So `rest` is square-free whenever that leftover is below `300³`. The split is a function
/// of `n` alone.
pub(crate) fn split_small_squares(n: &BigInt) -> (BigInt, BigInt) {
    let mut root = BigInt::one();
    let mut smooth = BigInt::one();
    let mut rough = n.clone();
    for chunk in 0..SMALL_PRIMES.len().div_ceil(PRIMES_PER_MODULUS) {
        if rough.is_one() {
            break;
        }
        let residue = residue_modulo_chunk(&rough, chunk);
        for k in chunk_range(chunk) {
            let p = SMALL_PRIMES[k];
            if !residue.is_multiple_of(p) {
                continue;
            }
            let multiplicity = remove_factor(&mut rough, p);
            root *= BigInt::from(p).pow(multiplicity / 2);
            if multiplicity % 2 == 1 {
                smooth *= p;
            }
        }
    }
    match exact_sqrt(&rough) {
        Some(s) => (root * s, smooth),
        None => (root, smooth * rough),
    }
}

/// Divides `n > 0` by `p` as often as it goes, and returns how often.
fn remove_factor(n: &mut BigInt, p: u64) -> u32 {
    if p == 2 {
        let twos = n.trailing_zeros().unwrap_or(0);
        *n >>= twos;
        return u32::try_from(twos)
            .expect("an integer in memory has fewer than 2^32 trailing zeros");
    }
    let p = BigInt::from(p);
    // Powers p, p², p⁴, … are tried upwards and then downwards, so that a huge power costs few divisions.
    let mut powers = vec![p];
    let mut multiplicity = 0;
    loop {
        let last = &powers[powers.len() - 1];
        let (quotient, remainder) = n.div_rem(last);
        if !remainder.is_zero() {
            break;
        }
        *n = quotient;
        multiplicity += 1 << (powers.len() - 1);
        powers.push(last * last);
    }
    for (k, power) in powers.iter().enumerate().rev().skip(1) {
        let (quotient, remainder) = n.div_rem(power);
        if remainder.is_zero() {
            *n = quotient;
            multiplicity += 1 << k;
        }
    }
    multiplicity
}

/// A fingerprint that two positive integers share whenever their product is a square.
///
/// Both must come from [`split_small_squares`]. For an odd prime `p < 300` two bits say whether `p` divides `n`,
/// whether `n` is a square modulo `p`, or neither; for 2, the parity of the exponent and the odd part modulo 8.
pub(crate) fn square_class_fingerprint(n: &BigInt) -> u128 {
    let twos = n.trailing_zeros().unwrap_or(0);
    let odd: BigInt = n >> twos;
    let mut fingerprint =
        u128::from(twos % 2) << 2 | u128::from((&odd % 8u32).to_u64().unwrap_or(0) >> 1);
    for chunk in 0..SMALL_PRIMES.len().div_ceil(PRIMES_PER_MODULUS) {
        let residue = residue_modulo_chunk(n, chunk);
        for k in chunk_range(chunk).skip(usize::from(chunk == 0)) {
            let r = residue % SMALL_PRIMES[k];
            let trit = if r == 0 {
                0
            } else {
                1 + u128::from(is_square_modulo(k, r))
            };
            fingerprint = fingerprint << 2 | trit;
        }
    }
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_of_small_primes_are_split_off() {
        fn check(n: u64, root: u64, rest: u64) {
            let expected = (BigInt::from(root), BigInt::from(rest));
            assert_eq!(split_small_squares(&BigInt::from(n)), expected, "{n}");
        }
        check(1, 1, 1);
        check(2, 1, 2);
        check(8, 2, 2);
        check(36, 6, 1);
        check(1 << 41, 1 << 20, 2);
        check(3u64.pow(39), 3u64.pow(19), 3);
        check(293 * 293 * 7, 293, 7);
        check(307 * 307 * 7, 307, 7);
        check(307 * 307 * 311, 1, 307 * 307 * 311);
        // 3 · 5 · 17 · 257 · 641 · 65537 · 6700417.
        check(u64::MAX, 1, u64::MAX);
        // No square is left over, so every prime must have been divided out by itself.
        for p in SMALL_PRIMES {
            check(p * p * p * 100_003, p, p * 100_003);
        }
    }

    /// The quotients that all pairs of numbers with these leading parts have in common.
    fn common_quotients(a: i64, b: i64) -> Vec<i128> {
        const STEP: i128 = 1 << 40;
        let quotients = |mut x: i128, mut y: i128| {
            std::iter::from_fn(move || {
                let quotient = x.checked_div(y)?;
                (x, y) = (y, x - quotient * y);
                Some(quotient)
            })
        };
        let ends = [(0, STEP - 1), (STEP - 1, 0)].map(|(of_a, of_b)| {
            quotients(i128::from(a) * STEP + of_a, i128::from(b) * STEP + of_b)
        });
        let [one, other] = ends;
        let pairs = one.zip(other).take_while(|(x, y)| x == y);
        pairs.map(|(quotient, _)| quotient).collect()
    }

    /// Lehmer's steps are those of Euclid's algorithm that all numbers with these leading parts have in common.
    #[test]
    fn leading_parts_decide_steps_of_euclid() {
        let check = |a: i64, b: i64| {
            let quotients = common_quotients(a, b);
            let mut matrix = [[1_i128, 0], [0, 1]];
            for quotient in &quotients {
                let [[p, q], [r, s]] = matrix;
                matrix = [[r, s], [p - quotient * r, q - quotient * s]];
            }
            let Some(steps) = lehmer_matrix(a, b) else {
                assert_eq!(quotients, [], "{a} {b}");
                return;
            };
            let sign = if steps.negative { -1 } else { 1 };
            let [[p, q], [r, s]] = steps.sizes.map(|row| row.map(|x| sign * i128::from(x)));
            assert_eq!([[p, -q], [-r, s]], matrix, "{a} {b}: {quotients:?}");
        };
        let top = 1_i64 << 61;
        check(top, 0);
        check(top, 1);
        check(top, top);
        check(top, top - 1);
        check(top + 5, top / 2 + 2);
        // The golden ratio, whose quotients are all 1, and roots.
        check(3_730_904_090_310_553_984, 2_305_843_009_213_693_952);
        for k in 1..200_i64 {
            let a = top + (k.wrapping_mul(0x1234_5678_9abc_def1) & (top - 1));
            let b = (k.wrapping_mul(0x0fed_cba9_8765_4321) & (top - 1)) >> (k % 50);
            check(a, b);
        }
    }

    /// A number with this residue modulo 8 that is 1 modulo the odd primes up to 43, but for one at most: no square modulo that.
    fn nearly_square(modulo_8: u64, but: Option<u64>) -> BigInt {
        let primes = SMALL_PRIMES[1..14].iter().filter(|&&p| Some(p) != but);
        let step: u64 = primes.product();
        let residue = |n: &BigInt, p: u64| (n % p).to_u64().expect("below p");
        let is_square = |r: u64, p: u64| (0..p).any(|x| x * x % p == r);
        (0u64..)
            .map(|k| BigInt::from(step) * k + 1)
            .find(|n| residue(n, 8) == modulo_8 && but.is_none_or(|p| !is_square(residue(n, p), p)))
            .expect("one of the multiples has the residues")
    }

    #[test]
    fn residues_refuse_what_is_no_square() {
        let plain = nearly_square(1, None);
        assert!(may_be_square(&plain));
        for modulo_8 in [2, 3, 5, 6, 7] {
            assert!(!may_be_square(&nearly_square(modulo_8, None)), "{modulo_8}");
        }
        for &p in &SMALL_PRIMES[1..14] {
            let n = nearly_square(1, Some(p));
            assert!(!may_be_square(&n), "{p}");
            assert!(may_be_square(&(&n * &n)), "{p}");
        }
    }

    /// The three bits of 2, and the two of the last prime, 293, modulo which 2 is no square.
    #[test]
    fn fingerprints_hold_the_residues() {
        for (n, of_two) in [
            (1, 0),
            (3, 1),
            (5, 2),
            (7, 3),
            (2, 4),
            (6, 5),
            (10, 6),
            (14, 7),
        ] {
            let fingerprint = square_class_fingerprint(&BigInt::from(n));
            assert_eq!(fingerprint >> (2 * 61), of_two, "{n}");
        }
        for (n, of_last) in [(293, 0), (2, 1), (1, 2), (294, 2), (295, 1)] {
            let fingerprint = square_class_fingerprint(&BigInt::from(n));
            assert_eq!(fingerprint & 3, of_last, "{n}");
        }
    }

    #[test]
    fn commensurable_integers_share_a_fingerprint() {
        let split = |n: u64| split_small_squares(&BigInt::from(n)).1;
        let (p, q, r) = (100_003, 100_019, 1_009);
        for s in [1, 2, 6, 30, 293, 2 * 293] {
            let plain = square_class_fingerprint(&split(s * q));
            assert_eq!(plain, square_class_fingerprint(&split(s * q * r * r)));
            assert_ne!(plain, square_class_fingerprint(&split(s * p)));
            assert_ne!(plain, square_class_fingerprint(&split(s * q * 7)));
        }
    }
}
