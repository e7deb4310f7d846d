//! No change of one number, sign, index, set or order is accepted unless the meaning stays what it was.

use saltus_certificate::{
    Bracket, Certificate, DiagonalCertificate, Fit, ReluCertificate, Time, instance_hash,
};
use saltus_check::{Verdict, check};
use saltus_problem::Instance;
use serde_json::Value;

use crate::edit::{Path, at, changes, paths};
use crate::examples::{certificate, instances};

/// A certificate with one change, and whether the hash was written anew for a change of the instance.
pub struct Changed {
    pub text: String,
    pub place: String,
    pub rehashed: bool,
}

/// Every single change of every small certificate.
pub fn all_changes(instances: &[Instance]) -> Vec<Changed> {
    let mut all = vec![];
    for instance in instances {
        let text = certificate(instance);
        let root: Value = serde_json::from_str(&text).expect("certificates are JSON");
        for path in paths(&root) {
            let mut copy = root.clone();
            for other in changes(at(&mut copy, &path)) {
                all.extend(changed(&root, &path, &other));
            }
        }
    }
    all
}

fn changed(root: &Value, path: &Path, other: &Value) -> Vec<Changed> {
    let mut copy = root.clone();
    *at(&mut copy, path) = other.clone();
    let place = format!("{path:?} became {other}");
    let mut found = vec![Changed {
        text: copy.to_string(),
        place: place.clone(),
        rehashed: false,
    }];
    if let Some(instance) = read_instance(&copy).filter(|_| copy["instance"] != root["instance"]) {
        copy["hash"] = Value::from(instance_hash(&instance));
        found.push(Changed {
            text: copy.to_string(),
            place,
            rehashed: true,
        });
    }
    found
}

/// The instance of a certificate, if it is one.
pub fn read_instance(root: &Value) -> Option<Instance> {
    match Certificate::read(root.to_string().as_bytes()).ok()? {
        Certificate::Relu(certificate) => Some(Instance::Relu(certificate.instance.build().ok()?)),
        Certificate::Diagonal(certificate) => {
            Some(Instance::Diagonal(certificate.instance.build().ok()?))
        }
    }
}

/// What two certificates for one instance must agree in: everything except witnesses, of which there can be several.
fn same_meaning(left: &Certificate, right: &Certificate) -> bool {
    match (left, right) {
        (Certificate::Relu(left), Certificate::Relu(right)) => same_relu(left, right),
        (Certificate::Diagonal(left), Certificate::Diagonal(right)) => same_diagonal(left, right),
        _ => false,
    }
}

fn same_relu(left: &ReluCertificate, right: &ReluCertificate) -> bool {
    let overlap = |a: &Bracket, b: &Bracket| {
        let scaled = |ends: &Bracket, other: u32| (&ends.0.0 << other, &ends.1.0 << other);
        let (a, b) = (scaled(a, right.precision), scaled(b, left.precision));
        a.0 <= b.1 && b.0 <= a.1
    };
    let same_time = |a: &Time, b: &Time| {
        overlap(&a.bracket, &b.bracket)
            && (a.exact.is_none() || b.exact.is_none() || a.exact == b.exact)
    };
    left.active_sets == right.active_sets
        && left.end == right.end
        && left.jumps.len() == right.jumps.len()
        && left.jumps.iter().zip(&right.jumps).all(|(a, b)| {
            same_time(&a.time, &b.time)
                && a.points == b.points
                && a.loss == b.loss
                && a.winners.len() == b.winners.len()
                && a.winners.iter().zip(&b.winners).all(|(a, b)| {
                    a.neuron == b.neuron && a.block == b.block && a.fourth_power == b.fourth_power
                })
        })
}

fn same_diagonal(left: &DiagonalCertificate, right: &DiagonalCertificate) -> bool {
    let not_unique = |fit: &Fit| matches!(fit, Fit::NotUnique(_));
    left.end.interpolates == right.end.interpolates
        && left.end.weighted_norm == right.end.weighted_norm
        && left.jumps.len() == right.jumps.len()
        && left.jumps.iter().zip(&right.jumps).all(|(a, b)| {
            a.time == b.time
                && a.hits == b.hits
                && a.dual == b.dual
                && a.loss == b.loss
                && not_unique(&a.fit) == not_unique(&b.fit)
                && (a.beta == b.beta || not_unique(&a.fit))
        })
}

#[test]
fn no_change_of_the_meaning_is_accepted() {
    let instances = instances();
    let all = all_changes(&instances);
    assert!(all.len() >= 10_000, "only {} changes", all.len());
    let (mut kept, mut refreshed) = (0, 0);
    for changed in &all {
        if check(changed.text.as_bytes()) != Verdict::Valid {
            continue;
        }
        let root: Value = serde_json::from_str(&changed.text).expect("it was accepted");
        let instance = read_instance(&root).expect("it was accepted");
        let accepted = Certificate::read(changed.text.as_bytes()).expect("it was accepted");
        let fresh = Certificate::read(certificate(&instance).as_bytes()).expect("it was written");
        assert!(
            same_meaning(&accepted, &fresh),
            "accepted with another meaning: {}",
            changed.place
        );
        if changed.rehashed {
            refreshed += 1;
        } else {
            kept += 1;
            // A certificate without jumps has no brackets, so that its precision means nothing.
            let witness = ["fit", "witness", "tie", "precision"];
            assert!(
                witness.iter().any(|key| changed.place.contains(key)),
                "accepted, though no witness was changed: {}",
                changed.place
            );
        }
    }
    println!(
        "{} changes; accepted with the meaning of a fresh certificate: {kept} other witnesses, {refreshed} other instances with the same jumps",
        all.len()
    );
}
