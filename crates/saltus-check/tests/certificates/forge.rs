//! Consistent lies: certificates for a course of jumps that somebody made up, every number in them computed as the rules want it.

use num_bigint::BigInt;
use saltus_exact::Rational;
use saltus_problem::{Instance, ReluInstance};
use serde_json::{Value, json};

use crate::examples::certificate;

type Ends = (BigInt, BigInt);

fn up(x: &BigInt, y: &BigInt) -> BigInt {
    -((-x).div_euclid(y))
}

trait DivEuclid {
    fn div_euclid(&self, other: &BigInt) -> BigInt;
}

impl DivEuclid for BigInt {
    /// `⌊self / other⌋` for `other > 0`.
    fn div_euclid(&self, other: &BigInt) -> BigInt {
        let quotient: BigInt = self / other;
        if &quotient * other > *self {
            quotient - 1
        } else {
            quotient
        }
    }
}

fn bracket((lo, hi): &Ends) -> Value {
    json!([lo.to_string(), hi.to_string()])
}

/// The certificate that says that these neurons jump, in this order, at the time at which the first of each jump arrives.
///
/// `None` if one of them has no rate left or its rate is 0 at this precision.
pub fn forged(instance: &ReluInstance, precision: u32, story: &[Vec<usize>]) -> Option<Value> {
    let data = instance.data();
    let (n, m) = (data.n_points(), instance.width());
    let one = BigInt::from(1) << precision;
    let push = |i: usize| {
        let square = data.labels()[i].square() * data.squared_norms()[i].clone();
        square.checked_div(&Rational::integer(n * n))
    };
    let power = |i: usize| {
        data.labels()[i]
            .square()
            .checked_div(&data.squared_norms()[i])
    };
    let mut fitted: Vec<bool> = data.labels().iter().map(Rational::is_zero).collect();
    let mut jumped = vec![false; m];
    let mut time = Ends::default();
    let mut exponents: Vec<Ends> = (0..m)
        .map(|j| {
            let k = instance.exponent(j);
            let scaled = k.numer() * &one;
            (scaled.div_euclid(k.denom()), up(&scaled, k.denom()))
        })
        .collect();
    let mut jumps = vec![];
    for winners in story {
        let blocks: Vec<Vec<usize>> = (0..m)
            .map(|j| {
                let active = instance.active_set(j).iter().copied();
                active.filter(|&i| !jumped[j] && !fitted[i]).collect()
            })
            .collect();
        let running: Vec<usize> = (0..m).filter(|&j| !blocks[j].is_empty()).collect();
        let roots: Vec<(Rational, Ends)> = blocks
            .iter()
            .map(|block| {
                let rate: Rational = block.iter().filter_map(|&i| push(i)).sum();
                let scaled: BigInt = (rate.numer() << (2 * precision)) / rate.denom();
                let lo = scaled.sqrt();
                let exact = &lo * &lo * rate.denom() == rate.numer() << (2 * precision);
                let hi = &lo + u8::from(!exact);
                (rate, (lo, hi))
            })
            .collect();
        let (exponent, root) = (&exponents[winners[0]], &roots[winners[0]].1);
        if winners.iter().any(|j| blocks[*j].is_empty()) || root.0 == BigInt::ZERO {
            return None;
        }
        let duration = (
            (&exponent.0 * &one).div_euclid(&root.1),
            up(&(&exponent.1 * &one), &root.0),
        );
        time = (&time.0 + &duration.0, &time.1 + &duration.1);
        let mut racers = vec![];
        for &j in &running {
            let (rate, root) = &roots[j];
            let next = if winners.contains(&j) {
                Ends::default()
            } else {
                (
                    &exponents[j].0 - up(&(&root.1 * &duration.1), &one),
                    &exponents[j].1 - (&root.0 * &duration.0).div_euclid(&one),
                )
            };
            racers.push(json!({"neuron": j, "squared_rate": rate.to_string(), "root": bracket(root), "exponent": bracket(&next)}));
            exponents[j] = next;
        }
        let written: Vec<Value> = winners
            .iter()
            .map(|&j| {
                let size: Rational = blocks[j].iter().filter_map(|&i| power(i)).sum();
                let tie = if j == winners[0] { Value::Null } else { json!("equal-histories") };
                json!({"neuron": j, "block": blocks[j], "fourth_power": size.to_string(), "tie": tie})
            })
            .collect();
        let mut points: Vec<usize> = winners.iter().flat_map(|&j| blocks[j].clone()).collect();
        points.sort_unstable();
        points.dedup();
        winners.iter().for_each(|&j| jumped[j] = true);
        points.iter().for_each(|&i| fitted[i] = true);
        let left: Rational = (0..n)
            .filter(|&i| !fitted[i])
            .map(|i| data.labels()[i].square())
            .sum();
        let loss = left.checked_div(&Rational::integer(2 * n))?;
        jumps.push(json!({"time": {"bracket": bracket(&time), "exact": null}, "duration": bracket(&duration), "winners": written,
            "points": points, "racers": racers, "loss": loss.to_string()}));
    }
    let unfitted: Vec<usize> = (0..n).filter(|&i| !fitted[i]).collect();
    let mut root: Value =
        serde_json::from_str(&certificate(&Instance::Relu(instance.clone()))).ok()?;
    root["precision"] = json!(precision);
    root["jumps"] = json!(jumps);
    root["end"]["interpolates"] = json!(unfitted.is_empty());
    root["end"]["unfitted"] = json!(unfitted);
    Some(root)
}

/// The predicted course, as a story.
pub fn truth(root: &Value) -> Vec<Vec<usize>> {
    let jumps = root["jumps"].as_array().into_iter().flatten();
    jumps
        .map(|jump| {
            let winners = jump["winners"].as_array().into_iter().flatten();
            winners
                .filter_map(|winner| winner["neuron"].as_u64())
                .map(|j| j as usize)
                .collect()
        })
        .collect()
}
