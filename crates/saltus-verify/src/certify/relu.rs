//! Certificates for ReLU networks: brackets at the least power-of-two precision that separates every winner.

use num_bigint::BigInt;
use saltus_certificate::{
    Bracket, Number, Racer, ReluCertificate, ReluEnd, ReluJump, ReluText, Sum, TieProof, Time,
    VERSION, Whole, Winner,
};
use saltus_exact::{Rational, SqrtSum};
use saltus_jump::relu::{ReluJump as Predicted, ReluSequence};
use saltus_problem::ReluInstance;

use super::error::CertifyError;

/// Times with more terms are certified by their brackets only, unless a tie needs the expression.
///
/// `1/2*sqrt(3) - 5/7` has two terms.
pub const CERTIFIED_TERMS: usize = 64;

const FIRST_PRECISION: u32 = 64;
const LAST_PRECISION: u32 = 1 << 15;

/// The end as the prediction has it.
pub(super) fn end(sequence: &ReluSequence) -> ReluEnd {
    ReluEnd {
        unfitted: sequence.unfitted().to_vec(),
        interpolates: sequence.interpolates(),
        squared_norm: sequence.squared_norm().map(Sum),
        min_squared_norm: Sum(sequence.min_squared_norm().clone()),
    }
}

/// The certificate that says what these jumps say.
pub(super) fn write(
    instance: &ReluInstance,
    predicted: &[Predicted],
    end: ReluEnd,
) -> Result<ReluCertificate, CertifyError> {
    let mut precision = FIRST_PRECISION;
    let falls = loop {
        match falls(instance, predicted, precision) {
            Err(CertifyError::Unseparated { .. }) if precision < LAST_PRECISION => precision *= 2,
            result => break result?,
        }
    };
    let ties: Vec<Vec<Option<TieProof>>> = (0..predicted.len())
        .map(|jump| tie_proofs(instance, predicted, jump))
        .collect::<Result<_, _>>()?;
    let exact = exact_times(predicted, &ties);
    let mut jumps = Vec::with_capacity(predicted.len());
    for (jump, (entry, fall)) in predicted.iter().zip(falls).enumerate() {
        let winners = entry.winner.neurons().iter().zip(&entry.blocks);
        jumps.push(ReluJump {
            time: Time {
                bracket: fall.time,
                exact: exact[jump].clone().map(Sum),
            },
            duration: fall.duration,
            winners: winners
                .zip(&ties[jump])
                .map(|((&neuron, block), &tie)| Winner {
                    neuron,
                    block: block.clone(),
                    fourth_power: Number(fourth_power(instance, block)),
                    tie,
                })
                .collect(),
            points: entry.points.clone(),
            racers: fall.racers,
            loss: Number(entry.loss.clone()),
        });
    }
    let text = ReluText::from(instance);
    Ok(ReluCertificate {
        version: VERSION,
        hash: text.hash(),
        instance: text,
        precision,
        active_sets: (0..instance.width())
            .map(|j| instance.active_set(j).to_vec())
            .collect(),
        jumps,
        end,
    })
}

fn fourth_power(instance: &ReluInstance, block: &[usize]) -> Rational {
    let data = instance.data();
    let terms = block.iter().map(|&i| {
        data.labels()[i]
            .square()
            .checked_div(&data.squared_norms()[i])
            .expect("inputs are not zero by construction of the data")
    });
    terms.sum()
}

/// Real numbers between two integers over `2^precision`.
type Fixed = (BigInt, BigInt);

/// One plateau in brackets.
struct Fall {
    duration: Bracket,
    time: Bracket,
    racers: Vec<Racer>,
}

/// Lets the exponents fall from jump to jump.
fn falls(
    instance: &ReluInstance,
    predicted: &[Predicted],
    precision: u32,
) -> Result<Vec<Fall>, CertifyError> {
    let one = BigInt::from(1) << precision;
    let mut exponents: Vec<Fixed> = (0..instance.width())
        .map(|j| {
            let k = instance.exponent(j);
            let scaled = k.numer() * &one;
            (&scaled / k.denom(), ceil_div(&scaled, k.denom()))
        })
        .collect();
    let mut roots: Vec<(Rational, Fixed)> =
        vec![(Rational::zero(), Fixed::default()); instance.width()];
    let mut time = Fixed::default();
    let mut falls = Vec::with_capacity(predicted.len());
    for (jump, entry) in predicted.iter().enumerate() {
        let rates = &entry.squared_rates;
        let running: Vec<usize> = (0..rates.len())
            .filter(|&j| rates[j].is_positive())
            .collect();
        for &j in &running {
            if roots[j].0 != rates[j] {
                roots[j] = (rates[j].clone(), root(&rates[j], precision));
            }
        }
        let neurons = entry.winner.neurons();
        let neuron = neurons.first().copied();
        let Some(first) = neuron.filter(|first| running.contains(first)) else {
            return Err(CertifyError::NoRacer { jump, neuron });
        };
        let unseparated = |neuron: usize| CertifyError::Unseparated {
            jump,
            neuron,
            precision,
        };
        let (exponent, rate) = (&exponents[first], &roots[first].1);
        if rate.0 <= BigInt::ZERO || exponent.0 < BigInt::ZERO {
            return Err(unseparated(first));
        }
        let duration = (
            (&exponent.0 * &one) / &rate.1,
            ceil_div(&(&exponent.1 * &one), &rate.0),
        );
        let mut racers = Vec::with_capacity(running.len());
        for j in running {
            let rate = &roots[j].1;
            let next = if neurons.contains(&j) {
                Fixed::default()
            } else {
                (
                    &exponents[j].0 - ceil_div(&(&rate.1 * &duration.1), &one),
                    &exponents[j].1 - (&rate.0 * &duration.0) / &one,
                )
            };
            if !neurons.contains(&j) {
                if next.1 < BigInt::ZERO {
                    return Err(CertifyError::ArrivesEarlier { jump, neuron: j });
                }
                if next.0 <= BigInt::ZERO {
                    return Err(unseparated(j));
                }
            }
            racers.push(Racer {
                neuron: j,
                squared_rate: Number(rates[j].clone()),
                root: bracket(rate),
                exponent: bracket(&next),
            });
            exponents[j] = next;
        }
        time = (&time.0 + &duration.0, &time.1 + &duration.1);
        falls.push(Fall {
            duration: bracket(&duration),
            time: bracket(&time),
            racers,
        });
    }
    Ok(falls)
}

fn bracket(ends: &Fixed) -> Bracket {
    (Whole(ends.0.clone()), Whole(ends.1.clone()))
}

/// `⌊√q 2^precision⌋` and `⌈√q 2^precision⌉`.
fn root(q: &Rational, precision: u32) -> Fixed {
    let scaled = q.numer() << (2 * precision);
    let below = (&scaled / q.denom()).sqrt();
    let is_exact = &below * &below * q.denom() == scaled;
    let above = &below + u8::from(!is_exact);
    (below, above)
}

fn ceil_div(x: &BigInt, y: &BigInt) -> BigInt {
    (x + y - 1) / y
}

/// Why each winner of a jump is tied with the first.
fn tie_proofs(
    instance: &ReluInstance,
    predicted: &[Predicted],
    jump: usize,
) -> Result<Vec<Option<TieProof>>, CertifyError> {
    let neurons = predicted[jump].winner.neurons();
    let proof = |&neuron: &usize| -> Result<Option<TieProof>, CertifyError> {
        let first = neurons[0];
        if neuron == first {
            return Ok(None);
        }
        let (k, first_k) = (
            instance.exponent(neuron).square(),
            instance.exponent(first).square(),
        );
        let proportional = predicted[..=jump].iter().all(|entry| {
            let rates = &entry.squared_rates;
            &first_k * &rates[neuron] == &k * &rates[first]
        });
        if proportional {
            Ok(Some(TieProof::EqualHistories))
        } else if predicted[jump].time.exact().is_some() {
            Ok(Some(TieProof::ExactSum))
        } else {
            Err(CertifyError::Untied { jump, neuron })
        }
    };
    neurons.iter().map(proof).collect()
}

/// The exact times that the certificate claims: the short ones, and those that the proof of a tie may need.
fn exact_times(predicted: &[Predicted], ties: &[Vec<Option<TieProof>>]) -> Vec<Option<SqrtSum>> {
    let last_exact_tie = ties
        .iter()
        .rposition(|proofs| proofs.contains(&Some(TieProof::ExactSum)));
    let mut exact: Vec<Option<SqrtSum>> = Vec::with_capacity(predicted.len());
    for (jump, entry) in predicted.iter().enumerate() {
        let wanted = |sum: &&SqrtSum| {
            sum.n_terms() <= CERTIFIED_TERMS || last_exact_tie.is_some_and(|last| jump <= last)
        };
        // The equation of arrival contains the times of all jumps that changed the winner's rate.
        let rate = |plateau: usize| {
            let first = entry.winner.neurons()[0];
            &predicted[plateau].squared_rates[first]
        };
        let solvable = (0..jump).all(|s| exact[s].is_some() || rate(s) == rate(s + 1));
        let time = entry.time.exact().filter(wanted).filter(|_| solvable);
        let readable = time.filter(|sum| SqrtSum::parse(&sum.to_string()).is_ok());
        exact.push(readable.cloned());
    }
    exact
}
