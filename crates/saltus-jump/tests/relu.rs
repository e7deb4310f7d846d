//! The ReLU process on small cases, against hand results and against a slow, obvious implementation.

mod relu_case;

use proptest::prelude::*;
use relu_case::{Case, instance, rational};
use saltus_exact::{Rational, SqrtSum};
use saltus_jump::relu::{ReluSequence, RunnerUp, predict};
use saltus_problem::ReluInstance;

/// One line a jump: time, who, points, loss, norm, sizes.
fn render(sequence: &ReluSequence) -> String {
    let mut text = String::new();
    let null = || "null".to_owned();
    for jump in sequence.jumps() {
        let time = jump.time.exact().map_or_else(null, SqrtSum::to_string);
        let norm = jump
            .squared_norm
            .as_ref()
            .map_or_else(null, SqrtSum::to_string);
        let sizes = jump.parameters.as_ref().map_or_else(null, |neurons| {
            let sizes: Vec<String> = neurons
                .iter()
                .map(|neuron| {
                    let direction: Vec<String> = neuron
                        .direction
                        .iter()
                        .map(|(i, c)| format!("{i}: {c}"))
                        .collect();
                    format!("{} [{}]", neuron.squared_size, direction.join(", "))
                })
                .collect();
            sizes.join(" and ")
        });
        text += &format!(
            "t={time} {:?} fit {:?} loss={} norm={norm} size={sizes}\n",
            jump.winner.neurons(),
            jump.points,
            jump.loss,
        );
    }
    text += &format!(
        "unfitted={:?} least norm={}\n",
        sequence.unfitted(),
        sequence.min_squared_norm()
    );
    for hypothesis in sequence.hypotheses() {
        if !hypothesis.holds {
            text += &format!("fails: {}: {}\n", hypothesis.name, hypothesis.detail);
        }
    }
    text
}

#[track_caller]
fn check(case: &Case<'_>, expected: &str) {
    let sequence = predict(&instance(case)).expect("the race is decided");
    assert_eq!(render(&sequence).trim(), expected.trim());
}

#[test]
fn one_neuron_one_point() {
    // D = |y|‖x‖/n = 6, τ = 1/6, a² = |y|/‖x‖ = 3/2, direction 1/‖x‖.
    check(
        &Case {
            norms: &["2"],
            labels: &["3"],
            neurons: &[(1, &[0])],
            exponents: None,
        },
        "t=1/6 [0] fit [0] loss=0 norm=3 size=3/2 [0: 1/2]\nunfitted=[] least norm=3",
    );
}

#[test]
fn the_larger_set_wins_and_the_rest_keeps_its_exponent() {
    // D = (3/2, 4/2): rates 5/2 for {0,1}, 2 for {1}, 3/2 for {0}; after τ = 2/5 all points are fitted.
    check(
        &Case {
            norms: &["1", "1"],
            labels: &["3", "4"],
            neurons: &[(1, &[1]), (1, &[0, 1]), (1, &[0])],
            exponents: None,
        },
        "t=2/5 [1] fit [0, 1] loss=0 norm=10 size=5 [0: 3/5, 1: 4/5]\nunfitted=[] least norm=10",
    );
}

#[test]
fn an_overlapping_neuron_slows_down() {
    // D² = (1/9)(9, 16, 1): neuron 0 on {0,1} with ρ = 5/3, τ = 3/5; neuron 1 on {1,2}: ρ = √17/3, then 1/3.
    check(
        &Case {
            norms: &["1", "1", "1"],
            labels: &["3", "4", "1"],
            neurons: &[(1, &[0, 1]), (1, &[1, 2])],
            exponents: None,
        },
        "t=3/5 [0] fit [0, 1] loss=1/6 norm=10 size=5 [0: 3/5, 1: 4/5]\n\
         t=-3/5*sqrt(17) + 18/5 [1] fit [2] loss=0 norm=12 size=1 [2: 1]\n\
         unfitted=[] least norm=2*sqrt(26)",
    );
}

/// What `render` leaves out, on the case above with a third neuron of exponent 3 on point 2 alone.
#[test]
fn rates_exponents_runners_up_and_floats_of_the_overlapping_case() {
    let sequence = predict(&instance(&Case {
        norms: &["1", "1", "1"],
        labels: &["3", "4", "1"],
        neurons: &[(1, &[0, 1]), (1, &[1, 2]), (1, &[2])],
        exponents: Some(&["1", "1", "3"]),
    }))
    .expect("the race is decided");
    let root = 17f64.sqrt();
    let [first, second] = sequence.jumps() else {
        unreachable!("found {}, expected two jumps", sequence.jumps().len());
    };
    let close = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
    };
    close(first.time.to_f64(), 0.6);
    close(second.time.to_f64(), 3.6 - 0.6 * root);
    close(
        second.gap.as_ref().map_or(0.0, |gap| gap.to_f64()),
        3.0 - 0.6 * root,
    );
    let rates = |list: [&str; 3]| list.map(rational).to_vec();
    assert_eq!(first.squared_rates, rates(["25/9", "17/9", "1/9"]));
    assert_eq!(second.squared_rates, rates(["0", "1/9", "1/9"]));

    // Neuron 1 would arrive at 3/√17 and neuron 2 at 9 on the first plateau; on the second neuron 2 waits for 9 too.
    let late = |runner_up: &Option<RunnerUp>| {
        let second = runner_up.as_ref().expect("there is a second");
        (second.neuron, second.margin.to_f64())
    };
    let (neuron, margin) = late(&first.runner_up);
    assert_eq!(neuron, 1);
    close(margin, 3.0 / root - 0.6);
    let (neuron, margin) = late(&second.runner_up);
    assert_eq!(neuron, 2);
    close(margin, 9.0 - (3.6 - 0.6 * root));

    close(first.exponents[1].to_f64(), 1.0 - 0.2 * root);
    assert!(first.exponents[2].contains(&rational("14/5")));
    assert!(first.exponents[0].contains(&Rational::zero()));
    let end = sequence.squared_norm().expect("nothing ties");
    assert_eq!(end.to_string(), "12");
    // (9 + 16 + 1)/6.
    assert_eq!(*sequence.initial_loss(), rational("13/3"));
    assert!(sequence.interpolates());
}

#[test]
fn a_limit_that_misses_a_point_does_not_interpolate() {
    let sequence = predict(&instance(&Case {
        norms: &["1", "1"],
        labels: &["1", "-1"],
        neurons: &[(1, &[0, 1])],
        exponents: None,
    }))
    .expect("the race is decided");
    assert_eq!(sequence.unfitted(), [1]);
    assert!(!sequence.interpolates());
}

#[test]
fn equal_sets_tie_and_share_one_direction() {
    check(
        &Case {
            norms: &["1", "1"],
            labels: &["1", "1"],
            neurons: &[(1, &[0, 1]), (1, &[0, 1])],
            exponents: None,
        },
        "t=sqrt(2) [0, 1] fit [0, 1] loss=0 norm=2*sqrt(2) size=null\n\
         unfitted=[] least norm=2*sqrt(2)\n\
         fails: unique winners: at jump 0 neurons 0 and 1 jump together\n\
         fails: uniqueness of the fit: at jump 0 how neurons 0 and 1 share the fit depends on the initial constants",
    );
}

#[test]
fn disjoint_sets_tie_with_determined_parameters() {
    check(
        &Case {
            norms: &["1", "1"],
            labels: &["1", "-1"],
            neurons: &[(1, &[0]), (-1, &[1])],
            exponents: None,
        },
        "t=2 [0, 1] fit [0, 1] loss=0 norm=4 size=1 [0: 1] and 1 [1: 1]\n\
         unfitted=[] least norm=4\n\
         fails: unique winners: at jump 0 neurons 0 and 1 jump together",
    );
}

#[test]
fn overlapping_sets_of_equal_rate_leave_the_norm_undetermined() {
    check(
        &Case {
            norms: &["1", "1", "1"],
            labels: &["1", "1", "1"],
            neurons: &[(1, &[0, 1]), (1, &[1, 2])],
            exponents: None,
        },
        "t=3/2*sqrt(2) [0, 1] fit [0, 1, 2] loss=0 norm=null size=null\n\
         unfitted=[] least norm=2*sqrt(3)\n\
         fails: unique winners: at jump 0 neurons 0 and 1 jump together\n\
         fails: uniqueness of the fit: at jump 0 how neurons 0 and 1 share the fit depends on the initial constants",
    );
}

#[test]
fn a_tie_of_different_exponents_and_rates_is_found() {
    // k = 1 and 2, D = 1/2 and 1: both arrive at τ = 2, with different histories in one proportion.
    check(
        &Case {
            norms: &["1", "1"],
            labels: &["1", "2"],
            neurons: &[(1, &[0]), (1, &[1])],
            exponents: Some(&["1", "2"]),
        },
        "t=2 [0, 1] fit [0, 1] loss=0 norm=6 size=1 [0: 1] and 2 [1: 1]\n\
         unfitted=[] least norm=2*sqrt(5)\n\
         fails: unique winners: at jump 0 neurons 0 and 1 jump together",
    );
}

#[test]
fn a_tie_of_unrelated_histories_is_decided_exactly() {
    // D = (5, 0, 12, 7): neuron 0 jumps at τ = 1/5; neuron 1 slows from 13 to 12 and, with k = 13/5 + 12, arrives at 6/5;
    // neuron 2, alone with rate 7 and k = 42/5, arrives at 6/5 as well.
    check(
        &Case {
            norms: &["4", "4", "4", "4"],
            labels: &["5", "0", "12", "7"],
            neurons: &[(1, &[0]), (1, &[0, 2]), (1, &[3])],
            exponents: Some(&["1", "73/5", "42/5"]),
        },
        "t=1/5 [0] fit [0] loss=193/8 norm=5/2 size=5/4 [0: 1/4]\n\
         t=6/5 [1, 2] fit [2, 3] loss=0 norm=12 size=3 [2: 1/4] and 7/4 [3: 1/4]\n\
         unfitted=[] least norm=1/2*sqrt(218)\n\
         fails: unique winners: at jump 1 neurons 1 and 2 jump together",
    );
}

#[test]
fn zero_labels_are_fitted_and_uncovered_points_stay() {
    check(
        &Case {
            norms: &["1", "1", "1"],
            labels: &["0", "3", "-3"],
            neurons: &[(1, &[0, 1])],
            exponents: None,
        },
        "t=1 [0] fit [1] loss=3/2 norm=6 size=3 [1: 1]\n\
         unfitted=[2] least norm=12\n\
         fails: every point is covered: no neuron covers point 2",
    );
}

#[test]
fn nothing_to_fit() {
    check(
        &Case {
            norms: &["1"],
            labels: &["0"],
            neurons: &[(1, &[0])],
            exponents: None,
        },
        "unfitted=[] least norm=0",
    );
}

/// The process from its definition, with sums of square roots all the way.
fn slow(instance: &ReluInstance) -> Vec<(SqrtSum, Vec<usize>, Vec<usize>)> {
    let data = instance.data();
    let n = Rational::integer(data.n_points());
    let squared_push = |i: usize| {
        let push = data.labels()[i].square() * &data.squared_norms()[i];
        push.checked_div(&n.square()).expect("n is positive")
    };
    let mut fitted: Vec<bool> = data.labels().iter().map(Rational::is_zero).collect();
    let mut exponents: Vec<Option<SqrtSum>> = (0..instance.width())
        .map(|j| Some(SqrtSum::from(instance.exponent(j).clone())))
        .collect();
    let mut time = SqrtSum::zero();
    let mut jumps = vec![];
    loop {
        let left = |j: usize| -> Vec<usize> {
            instance
                .active_set(j)
                .iter()
                .copied()
                .filter(|&i| !fitted[i])
                .collect()
        };
        let rates: Vec<Rational> = (0..instance.width())
            .map(|j| left(j).iter().map(|&i| squared_push(i)).sum())
            .collect();
        let arrivals: Vec<(usize, SqrtSum)> = (0..instance.width())
            .filter(|&j| exponents[j].is_some() && rates[j].is_positive())
            .map(|j| {
                let reciprocal = SqrtSum::recip_sqrt(&rates[j]).expect("positive");
                (j, exponents[j].as_ref().expect("filtered").mul(&reciprocal))
            })
            .collect();
        let Some(duration) = arrivals.iter().map(|(_, t)| t).min().cloned() else {
            return jumps;
        };
        let winners: Vec<usize> = arrivals
            .iter()
            .filter(|(_, t)| *t == duration)
            .map(|(j, _)| *j)
            .collect();
        let mut points: Vec<usize> = winners.iter().flat_map(|&j| left(j)).collect();
        points.sort_unstable();
        points.dedup();
        time += &duration;
        for j in 0..instance.width() {
            if winners.contains(&j) {
                exponents[j] = None;
            } else if let Some(exponent) = &mut exponents[j] {
                *exponent = &*exponent - &duration.mul_sqrt(&rates[j]).expect("not negative");
            }
        }
        for &i in &points {
            fitted[i] = true;
        }
        jumps.push((time.clone(), winners, points));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn agrees_with_the_slow_implementation(
        (n, m, norms, labels, masks, exponents) in (1usize..6, 1usize..6).prop_flat_map(|(n, m)| (
            Just(n),
            Just(m),
            prop::collection::vec(1i64..3, n),
            prop::collection::vec(-3i64..4, n),
            prop::collection::vec((any::<bool>(), 0usize..1 << n), m),
            prop::collection::vec(1i64..3, m),
        ))
    ) {
        let norms: Vec<String> = norms.iter().map(i64::to_string).collect();
        let labels: Vec<String> = labels.iter().map(i64::to_string).collect();
        let exponents: Vec<String> = exponents.iter().map(i64::to_string).collect();
        let sets: Vec<(i8, Vec<usize>)> = masks
            .iter()
            .map(|(sign, mask)| {
                let set = (0..n).filter(|i| mask >> i & 1 == 1).collect();
                (if *sign { 1 } else { -1 }, set)
            })
            .collect();
        let neurons: Vec<(i8, &[usize])> = sets.iter().map(|(s, set)| (*s, set.as_slice())).collect();
        let texts = |list: &'_ [String]| -> Vec<String> { list.to_vec() };
        let (norms, labels, exponents) = (texts(&norms), texts(&labels), texts(&exponents));
        let case = Case {
            norms: &norms.iter().map(String::as_str).collect::<Vec<_>>(),
            labels: &labels.iter().map(String::as_str).collect::<Vec<_>>(),
            neurons: &neurons,
            exponents: Some(&exponents.iter().map(String::as_str).collect::<Vec<_>>()),
        };
        prop_assert_eq!(case.neurons.len(), m);
        let instance = instance(&case);
        let sequence = predict(&instance).expect("the race is decided");
        let expected = slow(&instance);
        prop_assert_eq!(sequence.jumps().len(), expected.len());
        for (jump, (time, winners, points)) in sequence.jumps().iter().zip(&expected) {
            prop_assert_eq!(jump.time.exact(), Some(time));
            prop_assert_eq!(jump.time.exact().map(ToString::to_string), Some(time.to_string()));
            prop_assert_eq!(jump.winner.neurons(), winners.as_slice());
            prop_assert_eq!(&jump.points, points);
        }
    }
}
