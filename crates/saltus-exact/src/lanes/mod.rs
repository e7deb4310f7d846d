//! Words of 52 bits side by side, eight at a time, and their products.
//!
//! Processors with the instructions that multiply eight words at once (AVX-512 IFMA) use them; others run the same steps for one lane
//! after the other. The results are integers, and the same on all.
//!
//! What is to run is a [`Work`], generic over the [`Words`] that it is compiled for; everything that it calls must be inlined.

mod convert;
mod decimal;
mod divisors;
mod long;

pub use convert::{from_signed_words, from_words, to_words};
pub(crate) use decimal::decimal_digits;
pub(crate) use divisors::common_divisors;
pub use long::sum_of_products;
pub(crate) use long::{products, reduced, side_by_side};

/// Words that are worked on together, as in `Eight([0; LANES])`.
pub const LANES: usize = 8;

/// Bits of a word, which is below `2^52`.
pub const WORD_BITS: u32 = 52;

/// `2^52 − 1`, the largest word.
pub const WORD_MASK: u64 = (1 << WORD_BITS) - 1;

/// Eight numbers of 64 bits, in one cache line: `Eight([1; 8])`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub struct Eight(pub [u64; LANES]);

/// `1/x` modulo `2^52` for an odd word, by Newton's rule: `(2^53 + 1)/3` for 3.
pub const fn inverse_of_word(x: u64) -> u64 {
    let mut inverse = 1_u64;
    let mut steps = 0;
    while steps < 6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(x.wrapping_mul(inverse)));
        steps += 1;
    }
    inverse & WORD_MASK
}

/// Arithmetic on numbers of 64 bits side by side, modulo `2^64` in each lane.
pub trait Words: Copy {
    /// Numbers side by side: the eight of an [`Eight`], or one of them.
    type Lanes: Copy;

    /// How many of these make up an [`Eight`]: 1, or 8.
    const PARTS: usize;

    /// A part of an [`Eight`], which is a whole one for `PARTS = 1`.
    fn load(self, numbers: &Eight, part: usize) -> Self::Lanes;

    /// Writes what [`load`](Words::load) reads.
    fn store(self, lanes: Self::Lanes, numbers: &mut Eight, part: usize);

    /// `x` in every lane.
    fn all(self, x: u64) -> Self::Lanes;

    /// `a + b`.
    fn add(self, a: Self::Lanes, b: Self::Lanes) -> Self::Lanes;

    /// `a − b`.
    fn sub(self, a: Self::Lanes, b: Self::Lanes) -> Self::Lanes;

    /// The smaller one of `a` and `b`, as numbers without sign.
    fn min(self, a: Self::Lanes, b: Self::Lanes) -> Self::Lanes;

    /// `a · b`.
    fn mul(self, a: Self::Lanes, b: Self::Lanes) -> Self::Lanes;

    /// The bits that both have.
    fn and(self, a: Self::Lanes, b: Self::Lanes) -> Self::Lanes;

    /// The bits that one of both has.
    fn xor(self, a: Self::Lanes, b: Self::Lanes) -> Self::Lanes;

    /// `⌊a/2⌋` for a number with a sign.
    fn half(self, a: Self::Lanes) -> Self::Lanes;

    /// All bits of a negative number, none of another.
    fn sign(self, a: Self::Lanes) -> Self::Lanes;

    /// The lowest 52 bits: `a mod 2^52`.
    fn word(self, a: Self::Lanes) -> Self::Lanes;

    /// What is left above them, `⌊a/2^52⌋`, for a number without sign.
    fn above(self, a: Self::Lanes) -> Self::Lanes;

    /// `⌊a/2^52⌋` for a number with a sign.
    fn carry(self, a: Self::Lanes) -> Self::Lanes;

    /// `a · 2^52`.
    fn shifted(self, a: Self::Lanes) -> Self::Lanes;

    /// `a b mod 2^52`.
    fn low_product(self, a: Self::Lanes, b: Self::Lanes) -> Self::Lanes;

    /// `low + (a b mod 2^52)` and `high + ⌊a b/2^52⌋` for words a and b.
    fn plus_product(
        self,
        sums: [Self::Lanes; 2],
        a: Self::Lanes,
        b: Self::Lanes,
    ) -> [Self::Lanes; 2];
}

/// Something to compute with any kind of [`Words`], such as `Σ a_i b_i` in every lane.
pub trait Work {
    /// Its result, the same for every kind.
    type Output;

    /// Computes it; to be inlined, as everything that it calls.
    fn run<W: Words>(self, words: W) -> Self::Output;
}

/// Runs a work with the instructions that the processor has: `run(work)` is what `run_portable(work)` is.
pub fn run<T: Work>(work: T) -> T::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(vectors) = vectors::Vectors::try_new() {
        return vectors.vectorize(vectors::Vectorised { work, vectors });
    }
    run_portable(work)
}

/// Runs a work lane by lane, as on a processor without the instructions: for tests of `run(work) = run_portable(work)`.
pub fn run_portable<T: Work>(work: T) -> T::Output {
    work.run(Portable)
}

/// Lane by lane.
#[derive(Clone, Copy)]
struct Portable;

impl Words for Portable {
    type Lanes = u64;

    const PARTS: usize = LANES;

    #[inline(always)]
    fn load(self, numbers: &Eight, part: usize) -> u64 {
        numbers.0[part]
    }

    #[inline(always)]
    fn store(self, lane: u64, numbers: &mut Eight, part: usize) {
        numbers.0[part] = lane;
    }

    #[inline(always)]
    fn all(self, x: u64) -> u64 {
        x
    }

    #[inline(always)]
    fn add(self, a: u64, b: u64) -> u64 {
        a.wrapping_add(b)
    }

    #[inline(always)]
    fn sub(self, a: u64, b: u64) -> u64 {
        a.wrapping_sub(b)
    }

    #[inline(always)]
    fn min(self, a: u64, b: u64) -> u64 {
        a.min(b)
    }

    #[inline(always)]
    fn mul(self, a: u64, b: u64) -> u64 {
        a.wrapping_mul(b)
    }

    #[inline(always)]
    fn and(self, a: u64, b: u64) -> u64 {
        a & b
    }

    #[inline(always)]
    fn xor(self, a: u64, b: u64) -> u64 {
        a ^ b
    }

    #[inline(always)]
    fn half(self, a: u64) -> u64 {
        (a.cast_signed() >> 1).cast_unsigned()
    }

    #[inline(always)]
    fn sign(self, a: u64) -> u64 {
        (a.cast_signed() >> (u64::BITS - 1)).cast_unsigned()
    }

    #[inline(always)]
    fn word(self, a: u64) -> u64 {
        a & WORD_MASK
    }

    #[inline(always)]
    fn above(self, a: u64) -> u64 {
        a >> WORD_BITS
    }

    #[inline(always)]
    fn carry(self, a: u64) -> u64 {
        (a.cast_signed() >> WORD_BITS).cast_unsigned()
    }

    #[inline(always)]
    fn shifted(self, a: u64) -> u64 {
        a << WORD_BITS
    }

    #[inline(always)]
    fn low_product(self, a: u64, b: u64) -> u64 {
        a.wrapping_mul(b) & WORD_MASK
    }

    #[inline(always)]
    fn plus_product(self, [low, high]: [u64; 2], a: u64, b: u64) -> [u64; 2] {
        // The upper half of the product is then the upper word.
        let shifted = b << (u64::BITS - WORD_BITS);
        let product = u128::from(a) * u128::from(shifted);
        [
            low.wrapping_add(product as u64 >> (u64::BITS - WORD_BITS)),
            high.wrapping_add((product >> u64::BITS) as u64),
        ]
    }
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    //! Eight words in one register.

    use std::arch::x86_64::__m512i;

    use super::{Eight, WORD_BITS, WORD_MASK, Words, Work};

    pulp::simd_type!({
        /// The instructions of AVX-512 that are used.
        pub(super) struct Vectors {
            avx512f: f!("avx512f"),
            avx512dq: f!("avx512dq"),
            avx512ifma: f!("avx512ifma"),
        }
    });

    /// A work that pulp compiles for these instructions.
    pub(super) struct Vectorised<T> {
        pub(super) work: T,
        pub(super) vectors: Vectors,
    }

    impl<T: Work> pulp::NullaryFnOnce for Vectorised<T> {
        type Output = T::Output;

        #[inline(always)]
        fn call(self) -> T::Output {
            self.work.run(self.vectors)
        }
    }

    impl Words for Vectors {
        type Lanes = __m512i;

        const PARTS: usize = 1;

        #[inline(always)]
        fn load(self, numbers: &Eight, _: usize) -> __m512i {
            pulp::cast(numbers.0)
        }

        #[inline(always)]
        fn store(self, lanes: __m512i, numbers: &mut Eight, _: usize) {
            numbers.0 = pulp::cast(lanes);
        }

        #[inline(always)]
        fn all(self, x: u64) -> __m512i {
            self.avx512f._mm512_set1_epi64(x.cast_signed())
        }

        #[inline(always)]
        fn add(self, a: __m512i, b: __m512i) -> __m512i {
            self.avx512f._mm512_add_epi64(a, b)
        }

        #[inline(always)]
        fn sub(self, a: __m512i, b: __m512i) -> __m512i {
            self.avx512f._mm512_sub_epi64(a, b)
        }

        #[inline(always)]
        fn min(self, a: __m512i, b: __m512i) -> __m512i {
            self.avx512f._mm512_min_epu64(a, b)
        }

        #[inline(always)]
        fn mul(self, a: __m512i, b: __m512i) -> __m512i {
            self.avx512dq._mm512_mullo_epi64(a, b)
        }

        #[inline(always)]
        fn and(self, a: __m512i, b: __m512i) -> __m512i {
            self.avx512f._mm512_and_si512(a, b)
        }

        #[inline(always)]
        fn xor(self, a: __m512i, b: __m512i) -> __m512i {
            self.avx512f._mm512_xor_si512(a, b)
        }

        #[inline(always)]
        fn half(self, a: __m512i) -> __m512i {
            self.avx512f._mm512_srai_epi64::<1>(a)
        }

        #[inline(always)]
        fn sign(self, a: __m512i) -> __m512i {
            self.avx512f._mm512_srai_epi64::<63>(a)
        }

        #[inline(always)]
        fn word(self, a: __m512i) -> __m512i {
            self.avx512f._mm512_and_si512(a, self.all(WORD_MASK))
        }

        #[inline(always)]
        fn above(self, a: __m512i) -> __m512i {
            self.avx512f._mm512_srli_epi64::<WORD_BITS>(a)
        }

        #[inline(always)]
        fn carry(self, a: __m512i) -> __m512i {
            self.avx512f._mm512_srai_epi64::<WORD_BITS>(a)
        }

        #[inline(always)]
        fn shifted(self, a: __m512i) -> __m512i {
            self.avx512f._mm512_slli_epi64::<WORD_BITS>(a)
        }

        #[inline(always)]
        fn low_product(self, a: __m512i, b: __m512i) -> __m512i {
            self.avx512ifma._mm512_madd52lo_epu64(self.all(0), a, b)
        }

        #[inline(always)]
        fn plus_product(self, [low, high]: [__m512i; 2], a: __m512i, b: __m512i) -> [__m512i; 2] {
            [
                self.avx512ifma._mm512_madd52lo_epu64(low, a, b),
                self.avx512ifma._mm512_madd52hi_epu64(high, a, b),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation on two numbers, in one list.
    struct All(Eight, Eight);

    impl Work for All {
        type Output = Vec<Eight>;

        #[inline(always)]
        fn run<W: Words>(self, words: W) -> Vec<Eight> {
            let mut found = vec![Eight::default(); 16];
            for part in 0..W::PARTS {
                let (a, b) = (words.load(&self.0, part), words.load(&self.1, part));
                let [low, high] = words.plus_product([a, b], words.word(a), words.word(b));
                let results = [
                    words.add(a, b),
                    words.sub(a, b),
                    words.min(a, b),
                    words.mul(a, b),
                    words.and(a, b),
                    words.xor(a, b),
                    words.half(a),
                    words.sign(a),
                    words.word(a),
                    words.above(a),
                    words.carry(a),
                    words.shifted(a),
                    words.low_product(a, b),
                    low,
                    high,
                    words.all(self.0.0[3]),
                ];
                for (eight, result) in found.iter_mut().zip(results) {
                    words.store(result, eight, part);
                }
            }
            found
        }
    }

    #[test]
    fn inverses_of_odd_words() {
        for x in [
            1_u64,
            3,
            47,
            (1 << 52) - 1,
            (1 << 52) - 47,
            0x000f_edcb_a987_6543,
        ] {
            assert_eq!(x.wrapping_mul(inverse_of_word(x)) & WORD_MASK, 1, "{x}");
        }
    }

    #[test]
    fn every_operation_is_that_of_its_formula_with_any_instructions() {
        let numbers = [
            0,
            1,
            WORD_MASK,
            WORD_MASK + 1,
            1 << 63,
            u64::MAX,
            0x0123_4567_89ab_cdef,
            0xfedc_ba98_7654_3210,
        ];
        for turn in 0..LANES {
            let a = Eight(numbers);
            let b = Eight(std::array::from_fn(|k| numbers[(k + turn) % LANES]));
            let found = run(All(a, b));
            assert_eq!(found, run_portable(All(a, b)));
            for k in 0..LANES {
                let (x, y) = (a.0[k], b.0[k]);
                let product = u128::from(x % (1 << 52)) * u128::from(y % (1 << 52));
                let expected = [
                    x.wrapping_add(y),
                    x.wrapping_sub(y),
                    x.min(y),
                    x.wrapping_mul(y),
                    x & y,
                    x ^ y,
                    (x as i64).div_euclid(2) as u64,
                    if (x as i64) < 0 { u64::MAX } else { 0 },
                    x % (1 << 52),
                    x / (1 << 52),
                    (x as i64).div_euclid(1 << 52) as u64,
                    x.wrapping_mul(1 << 52),
                    (product % (1 << 52)) as u64,
                    x.wrapping_add((product % (1 << 52)) as u64),
                    y.wrapping_add((product / (1 << 52)) as u64),
                    numbers[3],
                ];
                let found: Vec<u64> = found.iter().map(|eight| eight.0[k]).collect();
                assert_eq!(found, expected, "{x} {y}");
            }
        }
    }
}
