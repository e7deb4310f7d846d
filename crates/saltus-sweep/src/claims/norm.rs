//! R5: the squared norm of what is learned, against the least one of all interpolating networks.

use std::cmp::Ordering;

use saltus_exact::Rational;
use serde_json::{Value, json};

use super::{Findings, GatherError, StatisticalOutcome};
use crate::draw::LabelLaw;
use crate::interpolation::log_width;
use crate::plan::{Work, tasks_of};
use crate::run::{
    Estimate, GroupFigures, GroupSummary, Record, TaskResult, perform_all, summarise,
};

const CLAIM: &str = "R5";

/// Seed of the instances.
const SEED: u64 = 5;

/// The constant factor within which every sampled network lies.
const MAX_FACTOR: u32 = 3;

/// What R5 is judged by: the records of a sweep, by index.
///
/// A record holds `‖θ‖²`, the least `‖θ‖²` and their ratio, under the keys `squared_norm`, `min_squared_norm` and `ratio`.
#[derive(Debug, Clone, PartialEq)]
pub struct NormEvidence {
    /// One record an instance.
    pub records: Vec<Record>,
}

/// A mean ratio at one size.
///
/// One of the default targets is `RatioTarget { points: 1_000, width: 73, ratio: 2.12 }`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioTarget {
    /// The number of points n.
    pub points: u32,
    /// The number of neurons m.
    pub width: u32,
    /// The mean of learned over least squared norm, for Gaussian labels.
    pub ratio: f64,
}

/// What the evidence is held against.
///
/// A mean agrees where `|mean − ratio| ≤ tolerance · ratio`; by default the tolerance is `0.01`, and the least norm
/// over √n is `2√2`.
#[derive(Debug, Clone, PartialEq)]
pub struct NormExpectation {
    /// Mean ratios, each with a relative tolerance of [`NormExpectation::tolerance`].
    pub targets: Vec<RatioTarget>,
    /// Relative tolerance of the means.
    pub tolerance: f64,
    /// The least squared norm over √n where half of the squared labels is on either side.
    pub least_norm_over_root: f64,
}

/// `⌈3 log_{4/3} n⌉` for the sizes used here.
fn width_at(points: u32) -> u32 {
    log_width(u64::from(points), &Rational::integer(3)).unwrap_or(1)
}

/// Points of the networks that are as wide as the number of possible active sets and wider.
const WIDE_POINTS: u32 = 5;

/// Their widths.
const WIDE_WIDTHS: [u32; 5] = [8, 32, 128, 512, 2_048];

impl Default for NormExpectation {
    /// 2.12, 2.30 and 2.37 at 10³, 10⁴ and 10⁵ points with `⌈3 log_{4/3} n⌉` neurons, and 1 for a network that is much wider than `2ⁿ`; within
    /// 1 %.
    fn default() -> Self {
        let at = |points, ratio| RatioTarget {
            points,
            width: width_at(points),
            ratio,
        };
        let wide = RatioTarget {
            points: WIDE_POINTS,
            width: WIDE_WIDTHS[WIDE_WIDTHS.len() - 1],
            ratio: 1.0,
        };
        NormExpectation {
            targets: vec![at(1_000, 2.12), at(10_000, 2.30), at(100_000, 2.37), wide],
            tolerance: 0.01,
            least_norm_over_root: 2.0 * std::f64::consts::SQRT_2,
        }
    }
}

/// Runs the process on random instances: Gaussian and ±1 labels, from a hundred points up, and very wide networks on few points.
///
/// The quick form ends at 10⁵ points, the long form at 10⁶, with more instances and with `⌈√n⌉` neurons too. `progress` is told how
/// many instances are done, and of how many, after each.
///
/// # Errors
/// [`GatherError`].
pub fn gather_r5(
    full: bool,
    threads: usize,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &dyn Fn(usize, usize),
) -> Result<NormEvidence, GatherError> {
    let works = works(full);
    let tasks = tasks_of(SEED, &works).map_err(|source| GatherError::Plan {
        claim: CLAIM,
        source,
    })?;
    let mut records = vec![];
    let kept: Result<(), GatherError> = perform_all(&tasks, threads, cancelled, &mut |record| {
        records.push(record);
        progress(records.len(), tasks.len());
        Ok(())
    });
    kept?;
    if records.len() < tasks.len() {
        return Err(GatherError::Cancelled {
            claim: CLAIM,
            done: records.len(),
            of: tasks.len(),
        });
    }
    records.sort_by_key(|record| record.index);
    Ok(NormEvidence { records })
}

fn works(full: bool) -> Vec<Work> {
    // Repeats bring the standard error of each mean ratio below a third of a percent.
    let sizes: &[(u32, usize)] = match full {
        false => &[(100, 100), (1_000, 100), (10_000, 40), (100_000, 10)],
        true => &[
            (100, 1_000),
            (1_000, 1_000),
            (10_000, 400),
            (100_000, 100),
            (1_000_000, 20),
        ],
    };
    let mut works = vec![];
    for &(points, repeats) in sizes {
        let root = (1..).find(|root| root * root >= points).unwrap_or(points);
        for labels in [LabelLaw::Gaussian, LabelLaw::Signs] {
            let instance = |width| Work::Instance {
                labels,
                points,
                width,
            };
            let repeats = match labels {
                LabelLaw::Gaussian => repeats,
                LabelLaw::Signs => repeats.div_ceil(4),
            };
            works.extend(vec![instance(width_at(points)); repeats]);
            if full {
                works.extend(vec![instance(root); repeats.div_ceil(4)]);
            }
        }
    }
    for width in WIDE_WIDTHS {
        let wide = Work::Instance {
            labels: LabelLaw::Gaussian,
            points: WIDE_POINTS,
            width,
        };
        works.extend(vec![wide; if full { 400 } else { 100 }]);
    }
    works
}

/// Judges R5. It holds if no learned squared norm is below the least one or above three times it, so that it scales as that one does, the norm is of
/// the order of √n, and every mean ratio agrees with its target. The limit `1 + √2` of the ratio is a conjecture: its figures are recorded and decide nothing.
pub fn check_r5(evidence: &NormEvidence, expectation: &NormExpectation) -> StatisticalOutcome {
    let mut findings = Findings::default();
    for record in &evidence.records {
        check_factor(record, &mut findings);
    }
    let groups = summarise(&evidence.records);
    for group in &groups {
        check_order(group, expectation.least_norm_over_root, &mut findings);
    }
    for target in &expectation.targets {
        check_target(target, expectation.tolerance, &groups, &mut findings);
    }
    findings.record("groups", groups.iter().filter_map(group_json).collect());
    findings.record("conjecture", conjecture_json(&groups));
    findings.conclude()
}

/// `1 ≤ ratio ≤ 3`, decided on the digits.
fn check_factor(record: &Record, findings: &mut Findings) {
    let place = format!("task {} ({})", record.index, record.work.label());
    match &record.result {
        TaskResult::Instance {
            ratio: Some(ratio), ..
        } => match Rational::parse(ratio) {
            Ok(value) => {
                let is_within = value.cmp(&Rational::one()) != Ordering::Less
                    && value <= Rational::integer(MAX_FACTOR);
                findings.demand(is_within, || {
                    format!("{place}: found the ratio {ratio}, expected from 1 to {MAX_FACTOR}")
                });
            }
            Err(error) => findings.unsettled(format!("{place}: {error}")),
        },
        TaskResult::Undecided { reason } => findings.unsettled(format!("{place}: {reason}")),
        TaskResult::Instance { .. } | TaskResult::Coverage { .. } => {}
    }
}

/// From a thousand points on, the mean of the squared norm over √n lies between the least one and the constant factor times it. The least
/// one is `2(√(Σ₊y²/n) + √(Σ₋y²/n))`, near `2√2` for labels of unit variance.
fn check_order(group: &GroupSummary, least: f64, findings: &mut Findings) {
    let (Work::Instance { points, .. }, GroupFigures::Instances { norm_over_root, .. }) =
        (group.work, &group.figures)
    else {
        return;
    };
    let Some(norm) = norm_over_root.filter(|_| points >= 1_000) else {
        return;
    };
    let most = f64::from(MAX_FACTOR) * least;
    findings.demand((least..=most).contains(&norm.mean), || {
        let (place, mean) = (group.work.label(), norm.mean);
        format!(
            "squared norm over √n, {place}: found {mean:.4}, expected from {least:.4} to {most:.4}"
        )
    });
}

fn check_target(
    target: &RatioTarget,
    tolerance: f64,
    groups: &[GroupSummary],
    findings: &mut Findings,
) {
    let RatioTarget {
        points,
        width,
        ratio,
    } = *target;
    let place = format!("mean ratio at {points} points and width {width}");
    let work = Work::Instance {
        labels: LabelLaw::Gaussian,
        points,
        width,
    };
    let found = groups.iter().find(|group| group.work == work);
    let Some(estimate) = found.and_then(ratio_of) else {
        findings.unsettled(format!("{place}: there is no instance of this size"));
        return;
    };
    let is_close = (estimate.mean - ratio).abs() <= tolerance * ratio;
    findings.demand(is_close, || {
        format!(
            "{place}: found {:.4} with standard error {:.4}, expected {ratio} within {tolerance} of it",
            estimate.mean, estimate.standard_error
        )
    });
}

fn ratio_of(group: &GroupSummary) -> Option<Estimate> {
    match group.figures {
        GroupFigures::Instances { ratio, .. } => ratio,
        GroupFigures::Coverage { .. } => None,
    }
}

fn group_json(group: &GroupSummary) -> Option<Value> {
    let Work::Instance {
        labels,
        points,
        width,
    } = group.work
    else {
        return None;
    };
    let mut value = group.figures.to_json();
    value["labels"] = json!(labels.name());
    value["points"] = json!(points);
    value["width"] = json!(width);
    value["instances"] = json!(group.tasks);
    Some(value)
}

/// `1 + √2 − ratio`, and the same over `ln n √(ln m)/√n`: each of about `log₂ n` jumps takes half of what is left and, because the best of m
/// neurons makes it, about `√(ln m)` standard deviations more.
fn conjecture_json(groups: &[GroupSummary]) -> Value {
    let limit = 1.0 + std::f64::consts::SQRT_2;
    let sizes = groups.iter().filter_map(|group| {
        let Work::Instance {
            labels,
            points,
            width,
        } = group.work
        else {
            return None;
        };
        let ratio = ratio_of(group)?;
        let (n, m) = (f64::from(points), f64::from(width));
        let unit = n.ln() * m.ln().sqrt() / n.sqrt();
        (points > WIDE_POINTS).then(|| {
            json!({
                "labels": labels.name(),
                "points": points,
                "width": width,
                "deficit": limit - ratio.mean,
                "standard_error": ratio.standard_error,
                "scaled_deficit": (limit - ratio.mean) / unit,
            })
        })
    });
    json!({
        "statement": "for log n much below m and m much below exp(n) the ratio tends to 1 + sqrt(2), from below by a multiple of \
                      log n sqrt(log m) / sqrt(n)",
        "status": "conjecture",
        "limit": limit,
        "sizes": sizes.collect::<Vec<Value>>(),
    })
}
