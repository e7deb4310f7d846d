//! The process along a proposed path against the one that decides everything itself.

use saltus_exact::RationalMatrix;

use super::super::elimination;
use super::super::enclosure::Decisions;
use super::super::process::ratio;
use super::fits::Fits;
use super::times::Times;
use super::*;

/// Numbers with so many bits from a congruential generator, over a common denominator.
fn instance(n: usize, d: usize, bits: u32, denominator: i64, seed: u64) -> DiagonalInstance {
    let mut state = seed;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let integer = (state >> (64 - bits)) as i64 - (1 << (bits - 1));
        ratio(integer.into(), denominator.into())
    };
    let entries = (0..n * d).map(|_| number()).collect();
    let inputs = RationalMatrix::new(n, d, entries).expect("the entries fill the shape");
    let labels = (0..n).map(|_| number()).collect();
    let exponents = seed.is_multiple_of(3).then(|| {
        (0..d)
            .map(|i| ratio((i as i64 % 5 + 2).into(), (i as i64 % 3 + 1).into()))
            .collect()
    });
    DiagonalInstance::new("test".to_owned(), inputs, labels, None, exponents).expect("a valid case")
}

fn proposals(instance: &DiagonalInstance) -> Option<Vec<Decision>> {
    let mut decisions = Decisions::new(instance, 192)?;
    let mut proposals = vec![];
    while let Some(decision) = decisions.decide()? {
        proposals.push(decision);
    }
    Some(proposals)
}

fn followed(instance: &DiagonalInstance, proposals: &[Decision]) -> Option<Vec<DiagonalJump>> {
    let mut proposals = proposals.iter().cloned();
    let propose = move || Some(proposals.next());
    follow(instance, &OnceLock::new(), propose, &|_| {})
}

fn decided(instance: &DiagonalInstance) -> Vec<DiagonalJump> {
    let equations = NormalEquations::new(instance);
    elimination::decide(instance, &equations, &|_| {}).expect("the process ends")
}

#[test]
fn every_number_is_that_of_elimination() {
    let mut departures = [0; 4];
    let mut jumps = 0;
    for seed in 0..240 {
        let (n, d) = [(3, 5), (6, 9), (9, 6), (10, 20), (4, 4), (14, 12)][seed as usize % 6];
        let bits = [4, 11, 30, 53][seed as usize / 6 % 4];
        let instance = instance(n, d, bits, [1, 21][seed as usize % 2], seed);
        let Some(proposals) = proposals(&instance) else {
            continue;
        };
        let found = followed(&instance, &proposals).expect("what enclosures decide is confirmed");
        assert_eq!(found, decided(&instance), "seed {seed}");
        jumps += found.len();
        for proposal in &proposals {
            departures[proposal.leaving.len().min(3)] += 1;
        }
    }
    assert!(jumps > 1_000, "{jumps}");
    assert!(departures[1] > 100 && departures[2] > 10, "{departures:?}");
}

/// Jumps are told once each, in order, and only where the path is proposed to its end.
#[test]
fn progress_is_that_of_a_whole_proposal() {
    for seed in 0..12 {
        let instance = instance(6, 9, 30, 1, seed);
        let proposals = proposals(&instance).expect("nothing ties");
        for is_whole in [true, false] {
            let told = std::cell::RefCell::new(vec![]);
            let mut proposals = proposals.iter().cloned();
            let propose = move || match proposals.next() {
                None if !is_whole => None,
                next => Some(next),
            };
            let found = follow(&instance, &OnceLock::new(), propose, &|jump| {
                told.borrow_mut().push(jump);
            });
            let expected = found.map_or(0, |jumps| jumps.len());
            assert_eq!(expected > 0, is_whole, "seed {seed}");
            assert!(
                told.into_inner().into_iter().eq(1..=expected),
                "seed {seed}"
            );
        }
    }
}

/// Another coordinate, a departure too many or too few, an end too early or too late: none is confirmed.
#[test]
fn a_wrong_proposal_is_not_confirmed() {
    let (mut tried, mut early) = (0, 0);
    for seed in 0..12 {
        let instance = instance(5, 8, 12, 1, seed);
        let Some(right) = proposals(&instance) else {
            continue;
        };
        assert!(followed(&instance, &right).is_some(), "seed {seed}");
        let refused = |wrong: &[Decision]| {
            assert!(
                followed(&instance, wrong).is_none(),
                "seed {seed}: {wrong:?}"
            );
        };
        for jump in 0..right.len() {
            for hit in (0..8).filter(|&hit| hit != right[jump].hit) {
                let mut wrong = right.clone();
                wrong[jump].hit = hit;
                refused(&wrong);
                tried += 1;
            }
            for i in 0..8 {
                let mut wrong = right.clone();
                let leaving = &mut wrong[jump].leaving;
                match leaving.iter().position(|&k| k == i) {
                    Some(position) => _ = leaving.remove(position),
                    None => leaving.push(i),
                }
                refused(&wrong);
                tried += 1;
            }
            refused(&right[..jump]);
            early += 1;
        }
        let mut longer = right.clone();
        longer.push(right[0].clone());
        refused(&longer);
    }
    assert!(tried > 800 && early > 50, "{tried} and {early}");
}

/// Two equal columns hit together, and of three columns two sum up to the third: neither is decided here.
#[test]
fn ties_are_not_confirmed() {
    let row = |numbers: [i64; 3]| numbers.map(Rational::integer).to_vec();
    let tied =
        RationalMatrix::from_rows(vec![row([2, 2, 0]), row([0, 0, 1])]).expect("rectangular");
    let labels = [1, 1].map(Rational::integer).to_vec();
    let instance =
        DiagonalInstance::new("tied".to_owned(), tied, labels, None, None).expect("valid");
    for leaving in [vec![], vec![0]] {
        for hit in 0..3 {
            let first = Decision {
                hit,
                leaving: leaving.clone(),
            };
            assert!(followed(&instance, &[first]).is_none());
        }
    }
    let jumps = decided(&instance);
    assert_eq!(jumps[0].hits, [0, 1]);
    let predicted = super::super::predict(&instance).expect("decided by elimination");
    assert_eq!(predicted.jumps(), jumps);
}

/// A multiple of the prime as a determinant stops the lifting, and elimination goes on: one column of squared length p.
#[test]
fn an_unlucky_prime_leaves_the_instance_to_elimination() {
    // Every positive number is a sum of four squares (Lagrange).
    let prime = residues::PRIME.cast_signed();
    let squares = four_squares(prime);
    let rows = squares.map(|x| vec![Rational::integer(x)]).to_vec();
    let inputs = RationalMatrix::from_rows(rows).expect("rectangular");
    let labels = [1, 2, 3, 5].map(Rational::integer).to_vec();
    let instance =
        DiagonalInstance::new("p".to_owned(), inputs, labels, None, None).expect("valid");
    let proposals = proposals(&instance).expect("one jump");
    assert_eq!(followed(&instance, &proposals), None);
    let predicted = super::super::predict(&instance).expect("decided by elimination");
    assert_eq!(predicted.jumps(), decided(&instance));
}

/// Integers whose squares sum up to a number, the first as large as leaves a sum of three squares that is found at once.
fn four_squares(number: i64) -> [i64; 4] {
    let root = |x: i64| {
        let floor = (x as f64).sqrt() as i64;
        (floor - 2..=floor + 2)
            .rev()
            .find(|r| *r >= 0 && r * r <= x)
            .expect("a root")
    };
    let first = root(number);
    for a in (0..=first).rev() {
        for b in (0..=root(number - a * a)).rev().take(200) {
            for c in (0..=root(number - a * a - b * b)).rev().take(200) {
                let rest = number - a * a - b * b - c * c;
                if root(rest) * root(rest) == rest {
                    return [a, b, c, root(rest)];
                }
            }
        }
    }
    unreachable!("every number is a sum of four squares");
}

/// Fractions of many sizes and denominators, so that ties, long bounds and several departures at a jump come up: what is
/// followed is equal, and nearly all is followed that enclosures decide.
#[test]
fn data_of_many_scales_are_followed_or_left_alone() {
    let mut state = 99_u64;
    let mut below = move |limit: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let (mut confirmed, mut not_confirmed, mut departures) = (0, 0, [0; 4]);
    for case in 0..1_500 {
        let (n, d, kind) = (1 + below(9) as usize, 1 + below(14) as usize, below(4));
        let mut number = || {
            let range = [3, 9, 1_000, 1 << 30][below(4) as usize];
            let numerator = below(range) as i64 - range as i64 / 2;
            let (factor, denominator) = match kind {
                0 => (1, 1),
                1 => (1, 1 + below(12)),
                2 => (1_i64 << (below(4) * below(15)), 1 << below(40)),
                _ => (1, 3),
            };
            ratio(BigInt::from(numerator) * factor, denominator.into())
        };
        let entries = (0..n * d).map(|_| number()).collect();
        let labels = (0..n).map(|_| number()).collect();
        let inputs = RationalMatrix::new(n, d, entries).expect("the entries fill the shape");
        let mut bound = || ratio((1 + below(5)).into(), (1 + below(4)).into());
        let bounds: Vec<Rational> = (0..d).map(|_| bound()).collect();
        let bounds = (below(3) == 0).then_some(bounds);
        let instance = DiagonalInstance::new("many".to_owned(), inputs, labels, None, bounds)
            .expect("a valid case");
        let Some(proposals) = proposals(&instance) else {
            continue;
        };
        let Some(found) = followed(&instance, &proposals) else {
            not_confirmed += 1;
            continue;
        };
        assert_eq!(found, decided(&instance), "case {case}");
        confirmed += 1;
        for proposal in &proposals {
            departures[proposal.leaving.len().min(3)] += 1;
        }
    }
    assert!(
        confirmed > 1_000 && not_confirmed < 10,
        "{confirmed} and {not_confirmed}"
    );
    assert!(departures[2] > 20 && departures[3] > 2, "{departures:?}");
}

/// A departure that is left out, or that is one too many, is refused at its own jump and not because of what follows.
#[test]
fn a_wrong_departure_is_refused_at_its_jump() {
    let (mut left_out, mut added) = (0, 0);
    for seed in 0..12 {
        let instance = instance(5, 8, 12, 1, seed);
        let Some(right) = proposals(&instance) else {
            continue;
        };
        let equations = NormalEquations::new(&instance);
        for last in 0..right.len() {
            let is_refused = |wrong: Decision| {
                let data = Data::new(&instance, &equations);
                let (mut fits, mut times) = (Fits::none(&data), Times::none(&data));
                let mut jump = |proposal: &Decision| {
                    let hit = fits.jump(&data, proposal)?;
                    times.jump(&data, &hit)
                };
                for proposal in &right[..last] {
                    assert!(jump(proposal).is_some(), "seed {seed}");
                }
                assert!(jump(&wrong).is_none(), "seed {seed}: {wrong:?}");
            };
            let Decision { hit, leaving } = &right[last];
            let with = |leaving: Vec<usize>| Decision { hit: *hit, leaving };
            for k in 0..leaving.len() {
                let mut fewer = leaving.clone();
                fewer.remove(k);
                is_refused(with(fewer));
                left_out += 1;
            }
            for i in (0..8).filter(|i| !leaving.contains(i)) {
                is_refused(with(leaving.iter().copied().chain([i]).collect()));
                added += 1;
            }
        }
    }
    assert!(left_out > 5 && added > 300, "{left_out} and {added}");
}
