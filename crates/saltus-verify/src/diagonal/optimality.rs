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
    let norms = [0, 1, 2].map(reached);
    let [earlier, later] = match degenerate {
        true => slopes_of_multiples(runs.scales(), norms),
        false => [norms[1], norms[2]],
    };
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

/// The slopes of `Λ·norm` between the first two scales and between the last two: for norms `a + c/Λ` both are a.
fn slopes_of_multiples(scales: [f64; 3], norms: [f64; 3]) -> [f64; 2] {
    [1, 2].map(|run: usize| {
        let [before, after] = [run - 1, run].map(|run| scales[run] * norms[run]);
        (after - before) / (scales[run] - scales[run - 1])
    })
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

#[cfg(test)]
mod tests {
    use saltus_jump::diagonal::predict;

    use super::super::by_hand::{HOLDS, instance, judge, outcome};
    use super::super::{DiagonalRuns, gather};
    use super::*;
    use crate::Options;
    use crate::claims::ClaimId;

    #[track_caller]
    fn check(
        expected: (&str, &str),
        change: impl FnOnce(&mut DiagonalRuns, &mut DiagonalExpectation),
    ) {
        judge(ClaimId::D2, expected, change);
    }

    #[test]
    fn slopes_of_multiples_are_free_of_a_term_in_the_inverse_scale() {
        let norms = [10.0, 25.0, 50.0].map(|scale: f64| 3.0 + 7.0 / scale);
        for found in slopes_of_multiples([10.0, 25.0, 50.0], norms) {
            assert!((found - 3.0).abs() < 1e-14, "{found}");
        }
        assert_eq!(
            slopes_of_multiples([1.0, 2.0, 4.0], [1.0, 2.0, 3.0]),
            [3.0, 4.0]
        );
    }

    /// The norm is 15; coordinate 0 counts once.
    #[test]
    fn the_norm_is_compared_relative_to_its_size() {
        let longer = |by: f64| {
            move |runs: &mut DiagonalRuns, _: &mut DiagonalExpectation| {
                for run in &mut runs.ladder {
                    run.trajectory.end.beta[0] -= by;
                }
            }
        };
        check(HOLDS, longer(1.4e-6));
        check(("fails", "weighted ℓ1 norm at the end"), longer(1.6e-6));
        check(("fails", "weighted ℓ1 norm at the end"), longer(-1.6e-6));
        let figures = outcome(ClaimId::D2, longer(3.0)).evidence;
        let worst = figures["worst"]["value"].as_f64().expect("a figure");
        assert!((worst - 0.2).abs() < 1e-6, "{worst}");
        let found = figures["weighted_l1_norm"]["found"]
            .as_f64()
            .expect("a figure");
        assert!((found - 18.0).abs() < 1e-6, "{found}");
    }

    /// The dual variables at the end are −1 and 3/2, which are the bounds.
    #[test]
    fn the_certificate_is_exact() {
        let time = |jump: usize, factor: &'static str| {
            move |_: &mut DiagonalRuns, expected: &mut DiagonalExpectation| {
                expected.jumps[jump].time *= &super::super::by_hand::number(factor);
            }
        };
        check(("fails", "dual variable 0 at the end"), time(1, "1.000001"));
        check(
            ("fails", "dual variable 0 on the support at the end"),
            time(1, "0.999999"),
        );
        check(("fails", "dual variable 1 at the end"), time(0, "1.000001"));
        check(
            ("fails", "dual variable 1 on the support at the end"),
            time(0, "0.999999"),
        );
        check(
            ("fails", "dual variable 0 on the support at the end"),
            |_, expected| {
                let last = &mut expected.jumps[1].beta;
                last[0] = Rational::integer(3);
            },
        );
        check(
            ("fails", "gradient at coordinate 1 at the end"),
            |_, expected| {
                expected.jumps[1].beta[1] = Rational::integer(9);
            },
        );
    }

    /// The runs are left a term `1/Λ` in the norm, as a coordinate at its bound leaves it, and the prediction is told that there is one.
    #[test]
    fn a_degenerate_end_is_read_as_a_slope() {
        let extrapolated = |degenerate: bool| {
            let instance = instance(&[&[1, 0], &[0, 1]], &[-3, 8], &["1", "3/2"]);
            let sequence = predict(&instance).expect("predicted");
            let mut evidence =
                gather(&instance, &sequence, &Options::default()).expect("simulated");
            for run in &mut evidence.runs.ladder {
                run.trajectory.end.beta[0] -= 1.0 / run.log_inverse_scale;
            }
            let mut expected = DiagonalExpectation::new(&instance, &sequence);
            if degenerate {
                expected.jumps[1].degenerate = vec![0];
            }
            super::check(&evidence, &expected).verdict
        };
        assert_eq!(extrapolated(true), crate::Verdict::Holds);
        assert_eq!(extrapolated(false).word(), "undecided");
    }
}
