//! Normal deviates by the rejection method of Karney (arXiv 1303.6257): comparisons of uniform deviates, no elementary function.

use super::Source;

/// Magnitudes stop at `2^13`; a normal deviate is beyond with probability less than `2^(−10^7)`.
const MAX_WHOLE: u64 = (1 << 13) - 1;

/// A standard normal deviate as an odd integer over `2^17`: the midpoint of its cell of length `2^−16`.
///
/// Uniform deviates are compared on a grid of `2^−64`, so every probability is that of the rounded normal law within `2^−55`.
pub(super) fn rounded_normal(source: &mut Source) -> i32 {
    loop {
        if let Some((whole, fraction)) = candidate(source) {
            // 13 + 16 + 1 bits: the cell, doubled, plus one half of it.
            let cell = whole.min(MAX_WHOLE) << 16 | fraction >> 48;
            let magnitude = (2 * cell + 1) as i32;
            return if source.bit() { -magnitude } else { magnitude };
        }
    }
}

/// `k + x/2^64` with density proportional to `exp(−(k + x)²/2)`, or a rejection.
fn candidate(source: &mut Source) -> Option<(u64, u64)> {
    // k with probability proportional to exp(−k/2), accepted with probability exp(−k(k−1)/2).
    let mut whole = 0;
    while is_below_inverse_root_e(source) {
        whole += 1;
    }
    for _ in 0..whole * u64::saturating_sub(whole, 1) {
        if !is_below_inverse_root_e(source) {
            return None;
        }
    }
    // x uniform, accepted with probability exp(−x(2k + x)/2), as k + 1 trials of exp(−x(2k + x)/(2k + 2)).
    let fraction = source.word();
    for _ in 0..=whole {
        if !falls_evenly(source, fraction, |source| is_kept(source, whole, fraction)) {
            return None;
        }
    }
    Some((whole, fraction))
}

/// True with probability `exp(−1/2)`.
fn is_below_inverse_root_e(source: &mut Source) -> bool {
    falls_evenly(source, 1 << 63, |_| true)
}

/// True with probability `exp(−x p)`, for `x = start/2^64` and `keep` true with probability p.
///
/// A run x > u₁ > u₂ > … of uniform deviates, each kept with probability p, has at least k members with probability `(x p)^k / k!`;
/// its length is even with probability `Σ (−x p)^k / k!`.
fn falls_evenly(
    source: &mut Source,
    start: u64,
    mut keep: impl FnMut(&mut Source) -> bool,
) -> bool {
    let mut last = start;
    let mut is_even = true;
    loop {
        let next = source.word();
        if next >= last || !keep(source) {
            return is_even;
        }
        last = next;
        is_even = !is_even;
    }
}

/// True with probability `(2k + x)/(2k + 2)`.
fn is_kept(source: &mut Source, whole: u64, fraction: u64) -> bool {
    let choice = source.below(2 * whole + 2);
    choice < 2 * whole || choice == 2 * whole && source.word() < fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_tail_are_those_of_the_normal_law() {
        let mut source = Source::new(11, 0);
        let count = 200_000;
        let (mut sums, mut beyond_two) = ([0.0; 4], 0);
        for _ in 0..count {
            let value = f64::from(rounded_normal(&mut source)) / f64::from(1 << 17);
            for (power, sum) in sums.iter_mut().enumerate() {
                *sum += value.powi(power as i32 + 1);
            }
            beyond_two += i32::from(value.abs() > 2.0);
        }
        let moments = sums.map(|sum| sum / f64::from(count));
        // Each bound is about 4.5 standard errors: 1, √2, √15 and √96 over √200000.
        assert!(moments[0].abs() < 0.010, "{moments:?}");
        assert!((moments[1] - 1.0).abs() < 0.0142, "{moments:?}");
        assert!(moments[2].abs() < 0.039, "{moments:?}");
        assert!((moments[3] - 3.0).abs() < 0.099, "{moments:?}");
        // P(|z| > 2) = 0.0455003.
        let tail = f64::from(beyond_two) / f64::from(count);
        assert!((tail - 0.0455003).abs() < 0.0021, "{tail}");
    }

    #[test]
    fn labels_are_odd() {
        let mut source = Source::new(1, 1);
        assert!((0..1000).all(|_| rounded_normal(&mut source) % 2 != 0));
    }
}
