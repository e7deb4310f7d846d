//! Words: products, signed sums, leading bits.

use num_bigint::{BigInt, BigUint, Sign};

use super::words::Words;

/// Adds `Σ x_{indices[k]} y_k` to a number in two's complement, of twice the words of a factor and one more.
pub(super) fn accumulate(
    total: &mut [u64],
    x: (&[u64], &[u64]),
    indices: &[usize],
    y: (&[u64], &[u64]),
) {
    match total.len() / 2 {
        1 => unrolled::<1>(total, x, indices, y),
        2 => unrolled::<2>(total, x, indices, y),
        3 => unrolled::<3>(total, x, indices, y),
        6 => unrolled::<6>(total, x, indices, y),
        words => {
            for (k, &i) in indices.iter().enumerate() {
                let product = product(&x.0[i * words..][..words], &y.0[k * words..][..words]);
                add_signed(total, &product, x.1[i] ^ y.1[k]);
            }
        }
    }
}

/// The most words that the unrolled loop is compiled for.
const MOST: usize = 6;

fn unrolled<const N: usize>(
    total: &mut [u64],
    (x, x_signs): (&[u64], &[u64]),
    indices: &[usize],
    (y, y_signs): (&[u64], &[u64]),
) {
    let mut sum = [0_u64; 2 * MOST + 1];
    let y = y.as_chunks::<N>().0;
    let x = x.as_chunks::<N>().0;
    for ((&i, b), y_sign) in indices.iter().zip(y).zip(y_signs) {
        let a = &x[i];
        let mut product = [0_u64; 2 * MOST];
        for p in 0..N {
            let mut carry = 0;
            for q in 0..N {
                (product[p + q], carry) = a[p].carrying_mul_add(b[q], carry, product[p + q]);
            }
            product[p + N] = carry;
        }
        // Minus a number is its complement and one more; the sign fills the words above it.
        let sign = x_signs[i] ^ y_sign;
        let mut carry = sign & 1 == 1;
        for p in 0..2 * N {
            (sum[p], carry) = sum[p].carrying_add(product[p] ^ sign, carry);
        }
        sum[2 * N] = sum[2 * N].wrapping_add(sign).wrapping_add(u64::from(carry));
    }
    let mut carry = false;
    for (word, &added) in total.iter_mut().zip(&sum) {
        (*word, carry) = word.carrying_add(added, carry);
    }
}

/// The product of two magnitudes.
pub(super) fn product(x: &[u64], y: &[u64]) -> Words {
    let mut product = Words::zeros(x.len() + y.len());
    for (p, &a) in x.iter().enumerate() {
        let mut carry = 0;
        for (q, &b) in y.iter().enumerate() {
            (product[p + q], carry) = a.carrying_mul_add(b, carry, product[p + q]);
        }
        product[p + y.len()] = carry;
    }
    product
}

/// Adds a shorter magnitude with its sign to a number in two's complement.
pub(super) fn add_signed(total: &mut [u64], magnitude: &[u64], sign: u64) {
    let mut carry = sign & 1 == 1;
    for (p, word) in total.iter_mut().enumerate() {
        let added = magnitude.get(p).copied().unwrap_or(0);
        (*word, carry) = word.carrying_add(added ^ sign, carry);
    }
}

/// Adds a magnitude with its sign to another of the same length; false if the sum is too long.
pub(super) fn add(words: &mut [u64], sign: &mut u64, added: &[u64], added_sign: u64) -> bool {
    if *sign == added_sign {
        let mut carry = false;
        for (word, &bits) in words.iter_mut().zip(added) {
            (*word, carry) = word.carrying_add(bits, carry);
        }
        return !carry;
    }
    let mut borrow = false;
    for (word, &bits) in words.iter_mut().zip(added) {
        (*word, borrow) = word.borrowing_sub(bits, borrow);
    }
    if borrow {
        negate(words);
        *sign = added_sign;
    }
    true
}

/// The negative of a number in two's complement.
pub(super) fn negate(words: &mut [u64]) {
    let mut carry = true;
    for word in words {
        (*word, carry) = (!*word).carrying_add(0, carry);
    }
}

/// The 53 leading bits of a magnitude, and the power of 2 of the first of them; `None` for 0.
pub(super) fn leading(words: &[u64]) -> Option<(u64, i64)> {
    let top = words.iter().rposition(|&word| word != 0)?;
    let zeros = words[top].leading_zeros();
    let below = if top > 0 && zeros > 0 {
        words[top - 1] >> (64 - zeros)
    } else {
        0
    };
    let bits = words[top] << zeros | below;
    let length = 64 * i64::try_from(top).ok()? + 64 - i64::from(zeros);
    Some((bits >> 11, length - 1))
}

/// The signed integer with these words.
pub(super) fn integer(words: &[u64], sign: u64) -> BigInt {
    let sign = if sign == 0 { Sign::Plus } else { Sign::Minus };
    let mut halves = [0; 32];
    let magnitude = match halves.get_mut(..2 * words.len()) {
        Some(halves) => {
            for (half, &word) in halves.as_chunks_mut::<2>().0.iter_mut().zip(words) {
                *half = [word as u32, (word >> 32) as u32];
            }
            BigUint::from_slice(halves)
        }
        None => BigUint::new(
            words
                .iter()
                .flat_map(|&word| [word as u32, (word >> 32) as u32])
                .collect(),
        ),
    };
    BigInt::from_biguint(sign, magnitude)
}
