//! Wrong predictions are never certified.

use saltus_certificate::{Certificate, Fit, ReluCertificate, TieProof};
use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::relu::{ReluSequence, Winner, predict};
use saltus_problem::{
    DiagonalInstance, Instance, OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign,
};

use super::{CertifyError, certify, certify_diagonal, certify_with_progress, relu};

fn instance(labels: [i64; 2]) -> DiagonalInstance {
    let entries = [1, 2, 0, 1, -1, 3].map(Rational::integer).to_vec();
    let inputs = RationalMatrix::new(2, 3, entries).expect("the entries fill the shape");
    let labels = labels.map(Rational::integer).to_vec();
    DiagonalInstance::new("two samples".to_owned(), inputs, labels, None, None).expect("valid")
}

#[test]
fn the_prediction_of_another_instance_is_refused() {
    let (right, wrong) = (instance([2, 1]), instance([2, 2]));
    let prediction = |instance| saltus_jump::diagonal::predict(instance).expect("predicted");
    assert!(certify_diagonal(&right, &prediction(&right)).is_ok());
    assert!(certify_diagonal(&right, &prediction(&wrong)).is_err());
    assert!(certify(&saltus_problem::Instance::Diagonal(right)).is_ok());
}

#[test]
fn progress_counts_predicted_and_then_certified_jumps() {
    let told = std::cell::RefCell::new(vec![]);
    let instance = instance([5, -1]);
    let sequence = saltus_jump::diagonal::predict(&instance).expect("predicted");
    let jumps = sequence.jumps().len();
    assert!(jumps > 1);
    let progress = |done, of| told.borrow_mut().push((done, of));
    let instance = saltus_problem::Instance::Diagonal(instance);
    assert!(certify_with_progress(&instance, &progress).is_ok());
    let count = |of| (1..=jumps).map(move |done| (done, of));
    let expected: Vec<(usize, usize)> = count(0).chain(count(jumps)).collect();
    assert_eq!(told.into_inner(), expected);
}

fn numbers(texts: &[&str]) -> Vec<Rational> {
    let number = |text: &&str| Rational::parse(text).expect("a number of a test");
    texts.iter().map(number).collect()
}

/// Points on the axes of unit norm, and positive neurons that are active on these sets.
fn network(labels: &[&str], sets: &[&[usize]], exponents: &[&str]) -> ReluInstance {
    let n = labels.len();
    let table = |rows: usize, entry: &dyn Fn(usize, usize) -> i64| {
        let entries = (0..rows).flat_map(|j| (0..n).map(move |i| (j, i)));
        let entries = entries.map(|(j, i)| Rational::integer(entry(j, i)));
        RationalMatrix::new(rows, n, entries.collect()).expect("the entries fill the shape")
    };
    let axes = table(n, &|j, i| i64::from(i == j));
    let hidden = table(sets.len(), &|j, i| {
        if sets[j].contains(&i) { 1 } else { -1 }
    });
    let data = OrthogonalData::new(axes, numbers(labels)).expect("axes are orthogonal");
    let signs = vec![Sign::Positive; sets.len()];
    let exponents = Some(numbers(exponents));
    let init = ReluInitialisation::new(hidden, Output::Balanced { signs }, exponents);
    ReluInstance::new("axes".to_owned(), data, init.expect("valid")).expect("shapes fit")
}

#[track_caller]
fn certified(instance: ReluInstance) -> ReluCertificate {
    match certify(&Instance::Relu(instance)).expect("certified") {
        Certificate::Relu(certificate) => certificate,
        Certificate::Diagonal(_) => panic!("a certificate of another system"),
    }
}

/// Two neurons that are apart by `2^-k` of their exponents, and one whose squared rate is below `2^-128`.
#[test]
fn brackets_are_as_fine_as_the_race_is_close() {
    let check = |labels: &[&str], second: &str, precision: u32| {
        let sets: &[&[usize]] = &[&[0], &[1]];
        let instance = network(
            labels,
            &sets[..labels.len()],
            &["1", second][..labels.len()],
        );
        assert_eq!(
            certified(instance).precision,
            precision,
            "{labels:?} {second}"
        );
    };
    check(&["1", "1"], "1.0000000001", 64);
    check(&["1", "1"], "1.0000000000000000000000001", 128);
    check(
        &["1", "1"],
        "1.00000000000000000000000000000000000000000000000001",
        256,
    );
    check(&["1e-15"], "", 64);
    check(&["1e-25"], "", 128);
}

/// A starting exponent of no unit at all is still one.
#[test]
fn an_exponent_may_be_below_the_brackets() {
    let certificate = certified(network(&["1"], &[&[0]], &["1e-25"]));
    assert_eq!(certificate.precision, 64);
    let (low, high) = &certificate.jumps[0].duration;
    assert_eq!(
        (low.0.to_string(), high.0.to_string()),
        ("0".to_owned(), "1".to_owned())
    );
}

/// The certificate of a prediction whose first jump has other winners.
fn with_winners(
    instance: &ReluInstance,
    sequence: &ReluSequence,
    winners: &[usize],
    blocks: &[&[usize]],
) -> Result<ReluCertificate, CertifyError> {
    let mut jumps = sequence.jumps().to_vec();
    jumps[0].winner = match winners {
        [winner] => Winner::Unique(*winner),
        _ => Winner::Tie(winners.to_vec()),
    };
    jumps[0].blocks = blocks.iter().map(|block| block.to_vec()).collect();
    relu::write(instance, &jumps, relu::end(sequence))
}

#[test]
fn a_wrong_winner_is_told() {
    let sets: &[&[usize]] = &[&[0], &[1]];
    let close = network(&["1", "2"], sets, &["1", "1"]);
    let sequence = predict(&close).expect("decided");
    let error = with_winners(&close, &sequence, &[0], &[&[0]]).err();
    assert_eq!(
        error,
        Some(CertifyError::ArrivesEarlier { jump: 0, neuron: 1 })
    );
    let error = with_winners(&close, &sequence, &[], &[]).err();
    assert_eq!(
        error,
        Some(CertifyError::NoRacer {
            jump: 0,
            neuron: None
        })
    );
    // At a tie, with rates that have square roots, the other one arrives neither before nor after.
    let tied = network(&["2", "2"], sets, &["1", "1"]);
    let sequence = predict(&tied).expect("decided");
    let error = with_winners(&tied, &sequence, &[0], &[&[0]]).err();
    let unseparated = CertifyError::Unseparated {
        jump: 0,
        neuron: 1,
        precision: 1 << 15,
    };
    assert_eq!(error, Some(unseparated));
}

#[test]
fn ties_are_proved_by_equal_histories_or_by_the_exact_time() {
    let ties = |instance: ReluInstance| -> Vec<Vec<Option<TieProof>>> {
        let jumps = certified(instance).jumps;
        let ties = jumps
            .iter()
            .map(|jump| jump.winners.iter().map(|winner| winner.tie).collect());
        ties.collect()
    };
    let (none, histories) = (None, Some(TieProof::EqualHistories));
    let separate: &[&[usize]] = &[&[0], &[1]];
    assert_eq!(
        ties(network(&["2", "2"], separate, &["3", "3"])),
        [[none, histories]]
    );
    // Twice the rate from twice the exponent.
    assert_eq!(
        ties(network(&["2", "4"], separate, &["3", "6"])),
        [[none, histories]]
    );
    // With D = (3, 4, 5)/3: neuron 0 jumps at 1, neuron 1 falls by 5/3 until then and by 4/3 afterwards, and neuron 2 by 10/3 in all.
    let sets: &[&[usize]] = &[&[0], &[0, 1], &[2]];
    let found = ties(network(&["3", "4", "5"], sets, &["1", "3", "10/3"]));
    assert_eq!(found, [vec![none], vec![none, Some(TieProof::ExactSum)]]);
}

/// The columns `(1, 0)`, `(1, 1)` and `(1, 2)` meet the label vector `(1, 0)` at once. It is the first of them, and no other
/// non-negative combination: the second coordinate separates.
#[test]
fn a_unique_fit_on_dependent_columns_is_separated() {
    let entries = [1, 1, 1, 0, 1, 2].map(Rational::integer).to_vec();
    let inputs = RationalMatrix::new(2, 3, entries).expect("the entries fill the shape");
    let labels = numbers(&["1", "0"]);
    let name = "an extreme column".to_owned();
    let instance = DiagonalInstance::new(name, inputs, labels, None, None).expect("valid");
    let certificate = certify(&Instance::Diagonal(instance)).expect("certified");
    let Certificate::Diagonal(certificate) = certificate else {
        panic!("a certificate of another system");
    };
    let [jump] = certificate.jumps.as_slice() else {
        panic!("{} jumps, expected one", certificate.jumps.len());
    };
    assert_eq!(jump.hits, [0, 1, 2]);
    let Fit::Separated(separation) = &jump.fit else {
        panic!("expected a separator, found {:?}", jump.fit);
    };
    let separator: Vec<bool> = separation
        .separator
        .iter()
        .map(|z| z.0.is_positive())
        .collect();
    assert_eq!(separator, [false, true]);
    assert!(separation.separator[0].0.is_zero());
}
