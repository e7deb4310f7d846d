//! Certificates of ReLU networks: what is written, beside that the checker accepts it.

use saltus_certificate::{Bracket, Certificate};
use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::{OrthogonalData, Output, ReluInitialisation, ReluInstance, Sign};
use saltus_verify::certify::certify;

/// `lo <= 2^64 x <= hi` for a bracket of 64 bits that is a few units wide.
#[track_caller]
fn near((lo, hi): &Bracket, expected: f64) {
    let (lo, hi) = (
        Rational::integer(lo.0.clone()),
        Rational::integer(hi.0.clone()),
    );
    let unit = Rational::integer(1u128 << 64);
    assert!(lo <= hi && &hi - &lo <= Rational::integer(64));
    let found = lo.checked_div(&unit).expect("not 0").to_f64();
    assert!((found - expected).abs() < 1e-14, "{found} {expected}");
}

#[test]
fn an_overlapping_neuron_is_bracketed_on_every_plateau() {
    // D² = (1/9)(9, 16, 1): neuron 0 on {0, 1} jumps at 3/5; neuron 1 on {1, 2} falls at √17/3 until then, and at 1/3 afterwards.
    let table = |rows: [[i64; 3]; 3], n_rows: usize| {
        let rows = rows[..n_rows]
            .iter()
            .map(|row| row.map(Rational::integer).to_vec());
        RationalMatrix::from_rows(rows.collect()).expect("rectangular")
    };
    let axes = table([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 3);
    let labels = [3, 4, 1].map(Rational::integer).to_vec();
    let data = OrthogonalData::new(axes, labels).expect("axes are orthogonal");
    let hidden = table([[1, 1, -1], [-1, 1, 1], [0, 0, 0]], 2);
    let signs = vec![Sign::Positive; 2];
    let init = ReluInitialisation::new(hidden, Output::Balanced { signs }, None).expect("valid");
    let instance = ReluInstance::new("overlapping".to_owned(), data, init).expect("valid");
    let certificate = certify(&saltus_problem::Instance::Relu(instance)).expect("certified");
    let Certificate::Relu(certificate) = certificate else {
        panic!("a certificate of another system");
    };
    let root = 17f64.sqrt();
    assert_eq!(certificate.precision, 64);
    assert_eq!(certificate.active_sets, [vec![0, 1], vec![1, 2]]);
    let [first, second] = certificate.jumps.as_slice() else {
        panic!("{} jumps, expected two", certificate.jumps.len());
    };
    let exact =
        |jump: &saltus_certificate::ReluJump| jump.time.exact.as_ref().map(|sum| sum.0.to_string());
    assert_eq!(exact(first).as_deref(), Some("3/5"));
    assert_eq!(exact(second).as_deref(), Some("-3/5*sqrt(17) + 18/5"));
    near(&first.time.bracket, 0.6);
    near(&second.time.bracket, 3.6 - 0.6 * root);
    near(&first.duration, 0.6);
    near(&second.duration, 3.0 - 0.6 * root);

    let [winner, other] = first.racers.as_slice() else {
        panic!("two neurons race");
    };
    assert_eq!((winner.neuron, other.neuron), (0, 1));
    near(&winner.root, 5.0 / 3.0);
    near(&other.root, root / 3.0);
    near(&winner.exponent, 0.0);
    near(&other.exponent, 1.0 - 0.2 * root);
    let [last] = second.racers.as_slice() else {
        panic!("one neuron is left");
    };
    assert_eq!(last.neuron, 1);
    near(&last.root, 1.0 / 3.0);
    assert_eq!(
        last.squared_rate.0,
        Rational::new(1, 9).expect("9 is not 0")
    );
    // a⁴ = Σ y²/‖x‖².
    assert_eq!(first.winners[0].fourth_power.0, Rational::integer(25));
    assert_eq!(second.winners[0].fourth_power.0, Rational::one());
}

#[test]
fn every_shipped_instance_is_certified() {
    for shipped in saltus_data::shipped::SHIPPED {
        let instance = shipped.load().expect("a shipped instance loads");
        let certificate = certify(&instance);
        assert!(
            certificate.is_ok(),
            "{}: {:?}",
            shipped.name,
            certificate.err()
        );
    }
}
