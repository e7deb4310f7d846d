//! Races that the first enclosures do not decide: close times, exact ties, and times of more than 1,000 square roots.

mod relu_case;

use relu_case::{Case, instance, rational};
use saltus_exact::{Rational, SqrtSum};
use saltus_jump::JumpError;
use saltus_jump::relu::{JumpTime, ReluSequence, predict};

/// Labels `D_j` of a chain of points: the sums of the squares of neighbours are 2, 5, 53, 113, 89, 41, 17, 37, 61, 29 and 13,
/// which are different primes.
const CHAIN: [u32; 12] = [1, 1, 2, 7, 8, 5, 4, 1, 6, 5, 2, 3];

/// Exponents with which the neurons of the chain jump one after the other.
const STARTS: [u32; 12] = [1, 2, 5, 21, 35, 35, 28, 20, 37, 51, 38, 28];

/// Neuron j of the chain is active on the points j − 1 and j. It falls at the rate `√(D_{j−1}² + D_j²)/n` until neuron j − 1
/// jumps, then at `D_j/n`, and jumps at
///
/// `τ_j/n = (k_j + (D_j − √(D_{j−1}² + D_j²)) τ_{j−1}/n)/D_j`,
///
/// whose number of terms is twice that of `τ_{j−1}`: `2^j`.
struct Chain {
    labels: Vec<String>,
    neurons: Vec<Vec<usize>>,
    exponents: Vec<String>,
}

impl Chain {
    fn new() -> Chain {
        Chain {
            labels: CHAIN.iter().map(u32::to_string).collect(),
            neurons: (0..CHAIN.len())
                .map(|j| (j.saturating_sub(1)..=j).collect())
                .collect(),
            exponents: STARTS.iter().map(u32::to_string).collect(),
        }
    }

    /// One more point, and its index.
    fn point(&mut self, label: u32) -> usize {
        self.labels.push(label.to_string());
        self.labels.len() - 1
    }

    /// One more neuron.
    fn neuron(&mut self, points: &[usize], exponent: &str) {
        self.neurons.push(points.to_vec());
        self.exponents.push(exponent.to_owned());
    }

    fn predict(&self) -> Result<ReluSequence, JumpError> {
        let texts = |list: &[String]| {
            list.iter()
                .map(|text| text.clone().leak() as &str)
                .collect()
        };
        let (labels, exponents): (Vec<&str>, Vec<&str>) =
            (texts(&self.labels), texts(&self.exponents));
        let neurons: Vec<(i8, &[usize])> =
            self.neurons.iter().map(|set| (1, set.as_slice())).collect();
        predict(&instance(&Case {
            norms: &vec!["1"; labels.len()],
            labels: &labels,
            neurons: &neurons,
            exponents: Some(&exponents),
        }))
    }
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-10,
        "found {found}, expected {expected}"
    );
}

#[track_caller]
fn is_near(found: &JumpTime, expected: f64) {
    close(found.to_f64(), expected);
    close(
        found.decimal().parse().expect("a decimal is a number"),
        expected,
    );
    let width = found.enclosure().width_log2();
    assert!(width.is_none_or(|width| width < -200), "{width:?}");
}

#[test]
fn times_of_more_than_a_thousand_terms_are_enclosed() {
    let sequence = Chain::new().predict().expect("the race is decided");
    let squares = CHAIN.map(|label| f64::from(label * label));
    let n = CHAIN.len() as f64;
    let mut before = 0.0;
    for (j, jump) in sequence.jumps().iter().enumerate() {
        let label = f64::from(CHAIN[j]);
        let change = match j {
            0 => 0.0,
            _ => label - (squares[j - 1] + squares[j]).sqrt(),
        };
        let time = n * (f64::from(STARTS[j]) + change * before / n) / label;
        assert_eq!(jump.winner.neurons(), [j]);
        is_near(&jump.time, time);
        let n_terms = jump.time.exact().map(SqrtSum::n_terms);
        assert_eq!(n_terms, (j < 10).then_some(1 << j), "jump {j}");
        let gap = jump.gap.as_ref();
        assert_eq!(gap.is_some(), 0 < j);
        if let Some(gap) = gap {
            is_near(gap, time - before);
            assert_eq!(gap.exact().is_some(), j < 10, "jump {j}");
        }
        before = time;
    }
    assert_eq!(sequence.jumps().len(), CHAIN.len());

    // The last gap is the smallest, and has no exact value.
    let hypotheses = sequence.hypotheses();
    let gap = hypotheses
        .iter()
        .find(|hypothesis| hypothesis.name == "smallest gap between jumps")
        .expect("it is reported");
    assert!(
        gap.detail.ends_with(" between jumps 10 and 11"),
        "{}",
        gap.detail
    );
    assert_eq!(gap.value, None);
}

#[test]
fn equal_histories_tie_at_a_time_too_long_to_write_out() {
    let mut chain = Chain::new();
    chain.neuron(&[10, 11], "28");
    let sequence = chain.predict().expect("the histories are equal");
    let last = sequence.jumps().last().expect("there are jumps");
    assert_eq!(last.winner.neurons(), [11, 12]);
    assert_eq!(last.time.exact(), None);
}

/// The chain with two ways to a last point of label 4. The second neuron falls at 5/n until the chain ends at its point of
/// label 3, and then at 4/n. The first is also active on a point of label 12, which is fitted at `τ = n/2`: until then it falls
/// at 13/n, so that with an exponent that is larger by `8/2` it meets the second. Between them stands a copy of the first.
fn two_ways_to_one_time(second: &str) -> Chain {
    let mut chain = Chain::new();
    let (early, last) = (chain.point(12), chain.point(4));
    chain.neuron(&[early], "6");
    chain.neuron(&[11, early, last], "50");
    chain.neuron(&[11, early, last], "50");
    chain.neuron(&[11, last], second);
    chain
}

#[test]
fn a_tie_of_unlike_histories_with_long_times_is_an_error() {
    let error = two_ways_to_one_time("46").predict().map(|_| ());
    // 13 jumps are decided; neuron 14 is like neuron 13, and 15 is not.
    let expected = JumpError::Unseparated {
        jump: 13,
        first: 13,
        second: 15,
        precision: 32_768,
        max_terms: 1_000,
    };
    assert_eq!(error, Err(expected));
}

#[test]
fn close_times_too_long_to_write_out_are_separated_by_more_bits() {
    // 10^-300 takes 997 bits.
    let shift = rational(&format!("1/1{}", "0".repeat(300)));
    let earlier = rational("46") - &shift;
    let later = rational("46") + &shift;
    for (second, winners) in [(earlier, [15].as_slice()), (later, &[13, 14])] {
        let sequence = two_ways_to_one_time(&second.to_string())
            .predict()
            .expect("the times differ");
        assert_eq!(sequence.jumps()[13].winner.neurons(), winners, "{second}");
    }
}

#[test]
fn close_times_are_separated() {
    // The same two points, and exponents 1 and 1 + 10^-60.
    let larger = rational(&format!("1/1{}", "0".repeat(60))) + Rational::one();
    let larger = larger.to_string();
    for (exponents, winner) in [(["1", &larger], 0), ([&larger, "1"], 1)] {
        let sequence = predict(&instance(&Case {
            norms: &["1", "1"],
            labels: &["1", "1"],
            neurons: &[(1, &[0, 1]), (1, &[0, 1])],
            exponents: Some(&exponents),
        }))
        .expect("the times differ");
        let [jump] = sequence.jumps() else {
            unreachable!("one jump fits both points");
        };
        assert_eq!(jump.winner.neurons(), [winner]);
        // D = (1/2, 1/2), so τ = √2, and the other is later by √2 · 10^-60.
        assert_eq!(jump.time.decimal(), "1.41421356237309504880168872421");
        let second = jump.runner_up.as_ref().expect("the other neuron");
        assert_eq!(second.neuron, 1 - winner);
        close(second.margin.to_f64() * 1e60, 2f64.sqrt());
        // Who has jumped has exactly the exponent 0.
        assert!(jump.exponents[winner].is_point());
        assert!(jump.exponents[winner].contains(&Rational::zero()));
    }
}

/// With all labels 1 the times are `5/√2` and `5q/√3`, where q is √(3/2) rounded up to 100 digits: their difference is below 10^-99, which
/// no enclosure of 256 bits tells from 0, but its exact sign does.
#[test]
fn jumps_closer_than_their_enclosures_are_in_order() {
    let digits = "12247448713915890490986420373529456959829737403283350642163462836254801887286575132699297165523201175";
    let upper = format!("{digits}/1{}", "0".repeat(100));
    let sequence = predict(&instance(&Case {
        norms: &["1"; 5],
        labels: &["1"; 5],
        neurons: &[(1, &[0, 1]), (1, &[2, 3, 4])],
        exponents: Some(&["1", &upper]),
    }))
    .expect("the times differ");
    let [first, second] = sequence.jumps() else {
        unreachable!("each neuron jumps once");
    };
    assert_eq!(first.winner.neurons(), [0]);
    assert_eq!(second.winner.neurons(), [1]);
    let gap = second.gap.as_ref().expect("a second jump has one");
    assert!(gap.decimal().ends_with("e-100"), "{}", gap.decimal());
}

#[test]
fn the_smaller_of_two_close_gaps_is_reported() {
    // D = 1 for each, so the times are the exponents: the gaps 1 and 1 − 10^-90 differ by less than 2^-256.
    let last = rational("3") - rational(&format!("1/1{}", "0".repeat(90)));
    let sequence = predict(&instance(&Case {
        norms: &["1", "1", "1"],
        labels: &["3", "3", "3"],
        neurons: &[(1, &[0]), (1, &[1]), (1, &[2])],
        exponents: Some(&["1", "2", &last.to_string()]),
    }))
    .expect("the race is decided");
    let hypotheses = sequence.hypotheses();
    let gap = hypotheses
        .iter()
        .find(|hypothesis| hypothesis.name == "smallest gap between jumps")
        .expect("it is reported");
    assert_eq!(
        gap.detail,
        "1.00000000000000000000000000000 between jumps 1 and 2"
    );
    assert_eq!(gap.value, Some(SqrtSum::from(last - rational("2"))));
}
