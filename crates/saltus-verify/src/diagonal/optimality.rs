//! Claim D2: the end has the least weighted ℓ1 norm among all minimisers of the loss, with an exact certificate.

use saltus_exact::Rational;
use saltus_exact::linear::dot;
use serde_json::json;

use super::expectation::DiagonalExpectation;
use super::saddles::{gradient, residual};
use super::{COEFFICIENT_TOLERANCE, DiagonalEvidence};
use crate::settle::compare;
use crate::verdict::{Findings, Outcome};

/// Checks D2.
///
/// The certificate: the final dual variable is `s = Xᵀz` with `|s_i| ≤ k_i`, and `s_i = k_i sign β_i` on the support. For any
/// other minimiser b, `Xb = Xβ`, so `Σ k_i|b_i| ≥ ⟨s, b⟩ = ⟨z, Xb⟩ = ⟨z, Xβ⟩ = Σ k_i|β_i|`. Here z is summed from the residuals
/// of the plateaus and their durations, apart from the predictor's own s.
pub(super) fn check(evidence: &DiagonalEvidence<'_>, expected: &DiagonalExpectation) -> Outcome {
    let runs = &evidence.runs;
    let mut findings = Findings::of_runs(
        runs.scales(),
        runs.out_of_reach(),
        format!(
            "the certificate is exact; the norm reached by simulation {COEFFICIENT_TOLERANCE:e} relative"
        ),
    );
    let Some(last) = expected.jumps.last() else {
        findings.record("certificate", json!("β = 0 minimises the loss"));
        return findings.conclude();
    };
    let dual = dual_by_residuals(evidence, expected);
    let exponents = evidence.instance.exponents();
    for (coordinate, (s, k)) in dual.iter().zip(exponents).enumerate() {
        if s.abs() > *k {
            findings.differs(
                format!("dual variable {coordinate} at the end"),
                s.to_string(),
                format!("at most {k} in absolute value"),
            );
        }
        let beta = &last.beta[coordinate];
        let signed = if beta.is_negative() { -k } else { k.clone() };
        if !beta.is_zero() && *s != signed {
            findings.differs(
                format!("dual variable {coordinate} on the support at the end"),
                s.to_string(),
                signed.to_string(),
            );
        }
    }
    let end_residual = residual(evidence.instance, &last.beta);
    let end_gradient = gradient(evidence.instance, &end_residual);
    if let Some(coordinate) = end_gradient.iter().position(|value| !value.is_zero()) {
        findings.differs(
            format!("gradient at coordinate {coordinate} at the end"),
            end_gradient[coordinate].to_string(),
            "0, as β minimises the loss".to_owned(),
        );
    }
    let squares: Rational = end_residual.iter().map(Rational::square).sum();
    let twice = Rational::integer(2 * evidence.instance.n_samples());
    if Some(&last.loss) != squares.checked_div(&twice).as_ref() {
        findings.differs(
            "loss at the end".to_owned(),
            last.loss.to_string(),
            "half the mean squared residual of β".to_owned(),
        );
    }
    let norm: Rational = last
        .beta
        .iter()
        .zip(exponents)
        .map(|(b, k)| b.abs() * k)
        .sum();
    let reached = |run: usize| -> f64 {
        let end = &evidence.runs.ladder[run].trajectory.end.beta;
        let terms = end.iter().zip(exponents);
        terms.map(|(b, k)| b.abs() * k.to_f64()).sum()
    };
    let predicted = norm.to_f64();
    // Without strict complementarity a coordinate at its bound leaves a term c/Λ, which the slope of Λ times the norm is free of.
    let degenerate = !last.degenerate.is_empty();
    let scales = runs.scales();
    let slope = |run: usize| {
        let [before, after] = [run - 1, run].map(|run| scales[run] * reached(run));
        (after - before) / (scales[run] - scales[run - 1])
    };
    let readings = [1, 2].map(|run: usize| if degenerate { slope(run) } else { reached(run) });
    let [earlier, later] = readings;
    findings.enter(
        compare(earlier, later, predicted, COEFFICIENT_TOLERANCE * predicted),
        "weighted ℓ1 norm at the end".to_owned(),
        (earlier, later),
        format!("{predicted} within {COEFFICIENT_TOLERANCE:e} relative"),
    );
    findings.see(
        "relative error of the norm",
        (later / predicted - 1.0).abs(),
    );
    findings.record(
        "weighted_l1_norm",
        json!({ "found": later, "expected": predicted, "extrapolated": degenerate }),
    );
    findings.conclude()
}

/// `s = Xᵀz` with `z = Σ_ℓ (τ_{ℓ+1} − τ_ℓ) (y − Xβ_ℓ)/n`.
fn dual_by_residuals(
    evidence: &DiagonalEvidence<'_>,
    expected: &DiagonalExpectation,
) -> Vec<Rational> {
    let instance = evidence.instance;
    let mut z = vec![Rational::zero(); instance.n_samples()];
    let mut start = Rational::zero();
    let mut beta = vec![Rational::zero(); instance.dimension()];
    for jump in &expected.jumps {
        let duration = &jump.time - &start;
        for (entry, value) in z.iter_mut().zip(residual(instance, &beta)) {
            *entry -= &(&duration * &value);
        }
        start = jump.time.clone();
        beta = jump.beta.clone();
    }
    let share = Rational::new(1, instance.n_samples()).unwrap_or_default();
    let columns = instance.inputs().transpose();
    (0..instance.dimension())
        .map(|i| dot(columns.row(i), &z) * &share)
        .collect()
}
