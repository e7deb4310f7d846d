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

/// The witnesses of all jumps of a network of unit exponents, with the coordinates that hit.
fn fits(rows: &[&[&str]], labels: &[&str]) -> Vec<(Vec<usize>, Fit)> {
    let rows = rows.iter().map(|row| numbers(row)).collect();
    let inputs = RationalMatrix::from_rows(rows).expect("rectangular");
    let name = "columns".to_owned();
    let instance = DiagonalInstance::new(name, inputs, numbers(labels), None, None);
    let certificate = certify(&Instance::Diagonal(instance.expect("valid"))).expect("certified");
    let Certificate::Diagonal(certificate) = certificate else {
        panic!("a certificate of another system");
    };
    let jumps = certificate.jumps.into_iter();
    jumps.map(|jump| (jump.hits, jump.fit)).collect()
}

#[track_caller]
fn separator(fit: &Fit) -> Vec<&Rational> {
    let Fit::Separated(separation) = fit else {
        panic!("expected a separator, found {fit:?}");
    };
    separation.separator.iter().map(|z| &z.0).collect()
}

/// The columns `(1, 0)`, `(1, 1)` and `(1, 2)` meet the label vector `(1, 0)` at once. It is the first of them, and no other
/// non-negative combination: the second coordinate separates.
#[test]
fn a_unique_fit_on_dependent_columns_is_separated() {
    let found = fits(&[&["1", "1", "1"], &["0", "1", "2"]], &["1", "0"]);
    let [(hits, fit)] = found.as_slice() else {
        panic!("{} jumps, expected one", found.len());
    };
    assert_eq!(*hits, [0, 1, 2]);
    let separator = separator(fit);
    assert!(separator[0].is_zero() && separator[1].is_positive());
}

/// Beside the label vector the columns are `(1, 0)`, `(−1, 1/2)` and `(0, 1)`, which only a narrow range of directions separates.
#[test]
fn a_separator_is_found_among_obtuse_columns() {
    let rows: [&[&str]; 3] = [
        &["1", "1", "1", "1"],
        &["0", "1", "-1", "0"],
        &["0", "0", "1/2", "1"],
    ];
    let found = fits(&rows, &["1", "0", "0"]);
    let separator = separator(&found[0].1);
    assert!(separator[0].is_zero() && separator[1].is_positive());
    let half = Rational::new(1, 2).expect("not 0");
    assert!(*separator[1] < separator[2] * half);
}

/// After a fit on dependent columns a single coordinate joins them: its fit is separated anew.
#[test]
fn independence_is_not_inherited_from_dependent_columns() {
    let rows: [&[&str]; 3] = [
        &["1", "1", "1", "0"],
        &["0", "1", "2", "0"],
        &["0", "0", "0", "1"],
    ];
    let found = fits(&rows, &["1", "0", "1/2"]);
    let [(first, _), (second, fit)] = found.as_slice() else {
        panic!("{} jumps, expected two", found.len());
    };
    assert_eq!(
        (first.as_slice(), second.as_slice()),
        ([0, 1, 2].as_slice(), [3].as_slice())
    );
    separator(fit);
}

/// Of 66 neurons on a point each, and one on all their points and one more, which falls at another rate after each of their jumps: the
/// time of its jump has 67 terms. The jump after that, at the rational time 10n, is that of one neuron or of two, or another one, which felt
/// an earlier jump only, comes before it.
#[test]
fn long_times_are_exact_where_a_tie_needs_them() {
    let last_times = |other: Option<&'static str>| {
        let many = 66;
        let mut labels: Vec<String> = (0..many).map(|i| (200 + 2 * i).to_string()).collect();
        labels.extend(["100", "1", "150"].map(str::to_owned));
        let mut sets: Vec<Vec<usize>> = (0..many).map(|i| vec![i]).collect();
        sets.extend([(0..=many).collect(), vec![many + 1]]);
        let mut exponents = vec!["1"; many];
        exponents.extend(["20", "10"]);
        if let Some(exponent) = other {
            // It falls at 250/n until neuron 0 jumps at n/200, and at 150/n afterwards.
            sets.push(vec![0, many + 2]);
            exponents.push(exponent);
        }
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let sets: Vec<&[usize]> = sets.iter().map(Vec::as_slice).collect();
        let jumps = certified(network(&labels, &sets, &exponents)).jumps;
        let terms = jumps[many..].iter().map(|jump| {
            let exact = jump.time.exact.as_ref();
            (jump.winners.len(), exact.map(|sum| sum.0.n_terms()))
        });
        terms.collect::<Vec<_>>()
    };
    assert_eq!(last_times(None), [(1, None), (1, Some(1))]);
    assert_eq!(last_times(Some("3001/2")), [(1, Some(67)), (2, Some(1))]);
    let earlier = [(1, None), (1, Some(1)), (1, Some(1))];
    assert_eq!(last_times(Some("1500")), earlier);
}
