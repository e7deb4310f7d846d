//! Claims about ReLU networks on one generic instance, and the perturbed predictions that each of them must refuse.

use std::sync::OnceLock;

use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::relu::{ReluSequence, predict};
use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};
use saltus_verify::relu::{ReluEvidence, ReluExpectation, check, gather};
use saltus_verify::{ClaimId, Options, Outcome, Verdict};

/// Five points on scaled axes; four neurons that jump one after the other, with overlapping sets, and one that never does.
fn instance() -> ReluInstance {
    let rows = |rows: &[&[i64]]| {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|&x| Rational::integer(x)).collect())
            .collect();
        RationalMatrix::from_rows(rows).expect("rectangular")
    };
    let inputs = rows(&[
        &[1, 0, 0, 0, 0],
        &[0, 2, 0, 0, 0],
        &[0, 0, 1, 0, 0],
        &[0, 0, 0, 3, 0],
        &[0, 0, 0, 0, 2],
    ]);
    let labels = [3, -3, 4, 2, 5].map(Rational::integer).to_vec();
    let hidden = rows(&[
        &[3, 1, 2, -1, -2],
        &[-1, -2, 1, 2, -1],
        &[1, 2, -3, 1, 2],
        &[-2, 1, 1, -1, 1],
        &[2, -1, -1, 1, -3],
    ]);
    let signs = [
        Sign::Positive,
        Sign::Positive,
        Sign::Positive,
        Sign::Negative,
        Sign::Positive,
    ];
    let data = OrthogonalData::new(inputs, labels).expect("axes are orthogonal");
    let output = Output::Balanced {
        signs: signs.to_vec(),
    };
    let init = ReluInitialisation::new(hidden, output, None).expect("valid");
    ReluInstance::new("five points".to_owned(), data, init).expect("valid")
}

/// Simulated once, judged many times.
fn evidence() -> &'static (ReluSequence, ReluEvidence<'static>) {
    static EVIDENCE: OnceLock<(ReluSequence, ReluEvidence<'static>)> = OnceLock::new();
    static INSTANCE: OnceLock<ReluInstance> = OnceLock::new();
    EVIDENCE.get_or_init(|| {
        let instance = INSTANCE.get_or_init(instance);
        let sequence = predict(instance).expect("decided");
        let evidence = gather(instance, &sequence, &Options::default()).expect("simulated");
        (sequence, evidence)
    })
}

fn outcome(id: ClaimId, perturb: impl FnOnce(&mut ReluExpectation)) -> Outcome {
    let (sequence, evidence) = evidence();
    let mut expectation = ReluExpectation::new(evidence.instance, sequence);
    perturb(&mut expectation);
    check(id, evidence, &expectation)
}

#[track_caller]
fn holds(id: ClaimId) {
    assert_eq!(outcome(id, |_| {}).verdict, Verdict::Holds);
}

#[track_caller]
fn fails(id: ClaimId, place: &str, perturb: impl FnOnce(&mut ReluExpectation)) {
    match outcome(id, perturb).verdict {
        Verdict::Fails(mismatch) => assert!(
            mismatch.place.contains(place),
            "fails elsewhere: {mismatch:?}"
        ),
        other => panic!("expected a failure, found {other:?}"),
    }
}

/// Exchanges who jumps and what is fitted between two successive jumps, leaving the times.
fn swap_jumps(expectation: &mut ReluExpectation, jump: usize) {
    let (first, second) = expectation.jumps.split_at_mut(jump + 1);
    let (a, b) = (&mut first[jump], &mut second[0]);
    std::mem::swap(&mut a.neurons, &mut b.neurons);
    std::mem::swap(&mut a.points, &mut b.points);
    std::mem::swap(&mut a.blocks, &mut b.blocks);
    std::mem::swap(&mut a.parameters, &mut b.parameters);
}

/// Adds 1e-10 of the initial loss to the loss after a jump.
fn shift_loss(expectation: &mut ReluExpectation, jump: usize) {
    let shift = Rational::parse("1e-10").expect("a number");
    expectation.jumps[jump].loss += &(&expectation.initial_loss * &shift);
}

#[test]
fn the_instance_is_generic() {
    let (sequence, _) = evidence();
    assert!(sequence.jumps().len() >= 3);
    assert!(
        sequence
            .jumps()
            .iter()
            .all(|jump| jump.winner.neurons().len() == 1)
    );
}

#[test]
fn the_prediction_holds() {
    holds(ClaimId::R1);
    holds(ClaimId::R2);
    holds(ClaimId::R3);
    holds(ClaimId::R6);
    assert_eq!(outcome(ClaimId::R7, |_| {}).verdict, Verdict::Measured);
}

#[test]
fn a_time_off_by_a_millionth_fails() {
    for jump in 0..evidence().0.jumps().len() {
        for factor in [1.0 + 1e-6, 1.0 - 1e-6] {
            fails(
                ClaimId::R1,
                &format!("jump {jump}, half-fit time"),
                |expectation| {
                    expectation.jumps[jump].time *= factor;
                },
            );
        }
    }
}

#[test]
fn swapped_jumps_fail() {
    fails(ClaimId::R1, "half-fit time", |expectation| {
        swap_jumps(expectation, 0);
    });
    fails(ClaimId::R2, "neuron", |expectation| {
        swap_jumps(expectation, 0);
    });
    fails(ClaimId::R3, "", |expectation| swap_jumps(expectation, 0));
    fails(ClaimId::R6, "cosine of neuron", |expectation| {
        swap_jumps(expectation, 0);
    });
}

#[test]
fn a_wrong_point_fails() {
    // A point of the last jump is claimed for the first one.
    let steal = |expectation: &mut ReluExpectation| {
        let last = expectation.jumps.len() - 1;
        let point = expectation.jumps[last].points.remove(0);
        expectation.jumps[last].blocks[0].retain(|&i| i != point);
        expectation.jumps[0].points.push(point);
        expectation.jumps[0].blocks[0].push(point);
    };
    fails(ClaimId::R1, "half-fit time", steal);
    fails(ClaimId::R3, "block of neuron", steal);
    fails(ClaimId::R6, "cosine of neuron", steal);
    fails(ClaimId::R1, "output at point", |expectation| {
        let point = expectation.jumps[0].points.remove(0);
        expectation.unfitted.push(point);
    });
}

#[test]
fn a_loss_off_by_a_ten_billionth_of_the_initial_loss_fails() {
    for jump in 0..evidence().0.jumps().len() {
        fails(ClaimId::R1, "loss on plateau", |expectation| {
            shift_loss(expectation, jump);
        });
        fails(ClaimId::R3, "loss after jump", |expectation| {
            shift_loss(expectation, jump);
        });
    }
}

#[test]
fn a_wrong_exponent_size_or_rate_fails() {
    fails(ClaimId::R2, "exponent of neuron", |expectation| {
        for exponent in &mut expectation.jumps[0].exponents {
            *exponent *= 1.0 + 1e-6;
        }
    });
    fails(ClaimId::R2, "a² of neuron", |expectation| {
        for neuron in expectation.jumps[0].parameters.iter_mut().flatten() {
            neuron.squared_size = neuron
                .squared_size
                .scale(&Rational::parse("1.000001").expect("a number"));
        }
    });
    fails(ClaimId::R3, "growth of neuron", |expectation| {
        for rate in &mut expectation.jumps[1].rates {
            *rate *= 1.0 + 1e-6;
        }
    });
}

/// Measured over predicted rate of every jump that is resolved, on axes with the given norms, labels, sets and exponents; once
/// with the predicted rates, once with rates that are all wrong by a tenth.
fn rate_ratios(
    norms: &[&str],
    labels: &[&str],
    sets: &[&[usize]],
    exponents: &[&str],
) -> [Vec<Option<f64>>; 2] {
    let number = |text: &&str| Rational::parse(text).expect("a number");
    let n = norms.len();
    let table = |entry: &dyn Fn(usize, usize) -> Rational, rows: usize| {
        let rows = (0..rows)
            .map(|j| (0..n).map(|i| entry(j, i)).collect())
            .collect();
        RationalMatrix::from_rows(rows).expect("rectangular")
    };
    let axes = table(
        &|j, i| {
            if i == j {
                number(&norms[i])
            } else {
                Rational::zero()
            }
        },
        n,
    );
    let hidden = table(
        &|j, i| Rational::integer(if sets[j].contains(&i) { 1 } else { -1 }),
        sets.len(),
    );
    let data = OrthogonalData::new(axes, labels.iter().map(number).collect())
        .expect("axes are orthogonal");
    let output = Output::Balanced {
        signs: vec![Sign::Positive; sets.len()],
    };
    let exponents = exponents.iter().map(number).collect();
    let init = ReluInitialisation::new(hidden, output, Some(exponents)).expect("valid");
    let instance = ReluInstance::new("rate".to_owned(), data, init).expect("valid");
    let sequence = predict(&instance).expect("decided");
    let evidence = gather(&instance, &sequence, &Options::default()).expect("simulated");
    let mut expectation = ReluExpectation::new(&instance, &sequence);
    let ratios = |expectation: &ReluExpectation| {
        let outcome = check(ClaimId::R7, &evidence, expectation);
        assert_eq!(outcome.verdict, Verdict::Measured);
        let rates = outcome.evidence["rates"]
            .as_array()
            .expect("a list")
            .clone();
        rates.iter().map(|rate| rate["ratio"].as_f64()).collect()
    };
    let right = ratios(&expectation);
    for rate in &mut expectation.rates {
        rate.kappa *= 1.1;
    }
    [right, ratios(&expectation)]
}

/// The ratio of a jump is 1 to 5 % with the predicted rate, and not with a wrong one.
#[track_caller]
fn near_one([right, wrong]: &[Vec<Option<f64>>; 2], jump: usize) {
    let is_near = |ratio: Option<f64>| (0.95..1.05).contains(&ratio.expect("resolved"));
    assert!(
        is_near(right[jump]),
        "measured/predicted rate {:?}",
        right[jump]
    );
    assert!(
        !is_near(wrong[jump]),
        "measured/wrong rate {:?}",
        wrong[jump]
    );
}

#[test]
fn own_directions_limit_a_single_neuron() {
    near_one(
        &rate_ratios(&["1", "1"], &["1", "2"], &[&[0, 1]], &["1"]),
        0,
    );
    near_one(&rate_ratios(&["1", "2"], &["1", "2"], &[&[0]], &["1"]), 0);
}

#[test]
fn slow_relaxation_limits_the_second_jump() {
    let sets: &[&[usize]] = &[&[0, 2], &[0, 1]];
    near_one(
        &rate_ratios(&["1/10", "1", "1"], &["1", "21/10", "3"], sets, &["1", "1"]),
        1,
    );
}

#[test]
fn a_frozen_component_limits_the_third_jump() {
    let sets: &[&[usize]] = &[&[0], &[0, 1], &[0, 2]];
    let ratios = rate_ratios(
        &["1", "1", "1"],
        &["3", "9/4", "3/4"],
        sets,
        &["1", "7/5", "2"],
    );
    near_one(&ratios, 0);
    near_one(&ratios, 2);
}
