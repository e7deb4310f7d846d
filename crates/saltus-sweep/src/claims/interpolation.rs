//! R4: the probability of interpolating, and the width that it takes.

use saltus_data::generate::{
    Frame, InitialisationRecipe, LabelLaw, NormLaw, OrthogonalRecipe, SignLaw, WeightLaw,
};
use saltus_exact::{Interval, Rational, decimal_of_rational};
use saltus_problem::ReluInstance;
use serde_json::{Value, json};

use super::{Findings, GatherError, StatisticalOutcome};
use crate::interpolation::{
    BinomialInterval, Counts, InterpolationError, LeastWidth, clopper_pearson, enclose, exact,
    least_width, union_bound, union_width, upper_tail,
};
use crate::plan::{Work, tasks_of};
use crate::run::{TaskResult, perform_all};

const CLAIM: &str = "R4";

/// Seed of the Monte Carlo draws.
const SEED: u64 = 4;

/// Precision of the probabilities, in bits.
const PRECISION: u32 = 128;

/// Each confidence interval misses the probability at most once in so many.
const MISS_ONE_IN: u32 = 100;

/// More misses than this improbable, one in so many, refute the claim.
const REFUTE_ONE_IN: u32 = 10_000;

/// One Monte Carlo estimate.
///
/// It puts P near `interpolating/trials`; with `8` of `10` the interval is about `[0.352, 0.989]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// `n₊` and `n₋`.
    pub counts: Counts,
    /// The number of neurons m.
    pub width: u32,
    /// How many networks were drawn.
    pub trials: u64,
    /// How many of them cover every point.
    pub interpolating: u64,
    /// Clopper–Pearson interval of 99 %.
    pub interval: BinomialInterval,
}

/// The least width at one size, beside that of the union bound.
///
/// For 500 + 500 points and `δ = 1/20` the two are `34` and `35`.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdWidth {
    /// `n₊` and `n₋`.
    pub counts: Counts,
    /// The probability of failure δ.
    pub failure: Rational,
    /// m*, certified.
    pub least: LeastWidth,
    /// `⌈log_{4/3}(n/δ)⌉`.
    pub union: u32,
}

/// What R4 is judged by.
///
/// A cell is held against `P(m; n₊, n₋)`; a width must be the step `P(m*) ≥ 1 − δ > P(m* − 1)`.
#[derive(Debug, Clone, PartialEq)]
pub struct InterpolationEvidence {
    /// Monte Carlo on the process, on both sides of the threshold.
    pub cells: Vec<Cell>,
    /// Least widths up to 10⁹ points.
    pub widths: Vec<ThresholdWidth>,
}

/// The probabilities that the cells are held against, in their order.
///
/// Each is `P = Σ_p C(m,p) 2^{−m} (1−2^{−p})^{n₊} (1−2^{−(m−p)})^{n₋}` of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct InterpolationExpectation {
    /// Enclosures of P.
    pub probabilities: Vec<Interval>,
}

impl InterpolationExpectation {
    /// By the formula of [`crate::interpolation`].
    ///
    /// For a cell of two neurons on one positive point it encloses `7/16`.
    ///
    /// # Errors
    /// [`InterpolationError`] for a cell beyond the limits.
    pub fn of(evidence: &InterpolationEvidence) -> Result<Self, InterpolationError> {
        let cells = evidence.cells.iter();
        let probabilities = cells.map(|cell| enclose(cell.width, cell.counts, PRECISION));
        Ok(InterpolationExpectation {
            probabilities: probabilities.collect::<Result<_, _>>()?,
        })
    }
}

fn ratio(numerator: u32, denominator: u32) -> Rational {
    Rational::new(numerator, denominator).expect("the denominators used here are positive")
}

/// Draws random networks on both sides of the threshold, and works out the least widths.
///
/// The quick form takes about two seconds on one core, the long form ten times as many trials and sizes up to 16 384. `progress` is
/// told how many estimates are done, and of how many, after each.
///
/// Each size is drawn at the least widths with `P ≥ 1/10`, `P ≥ 1/2` and `P ≥ 9/10`.
///
/// # Errors
/// [`GatherError`].
pub fn gather_r4(
    full: bool,
    threads: usize,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &dyn Fn(usize, usize),
) -> Result<InterpolationEvidence, GatherError> {
    let failed = |source| GatherError::Interpolation {
        claim: CLAIM,
        source,
    };
    let (sizes, trials): (&[u64], u32) = match full {
        false => (&[4, 16, 64, 256, 1_024], 2_000),
        true => (&[1, 4, 16, 64, 256, 1_024, 4_096, 16_384], 20_000),
    };
    let mut works = vec![];
    for &points in sizes {
        let one_sided = Counts {
            positive: points,
            negative: 0,
        };
        for counts in [Counts::balanced(points), one_sided] {
            for failure in [ratio(9, 10), ratio(1, 2), ratio(1, 10)] {
                works.push(Work::Coverage {
                    negative: counts.negative,
                    positive: counts.positive,
                    trials,
                    width: least_width(counts, &failure).map_err(failed)?.width,
                });
            }
        }
    }
    let cells = estimate(&works, threads, cancelled, progress)?;
    let mut widths = vec![];
    for exponent in 1..=9 {
        let points = 10_u64.pow(exponent);
        for failure in [ratio(1, 20), ratio(1, 1_000_000)] {
            let counts = Counts::balanced(points);
            widths.push(ThresholdWidth {
                counts,
                least: least_width(counts, &failure).map_err(failed)?,
                union: union_width(counts, &failure).map_err(failed)?,
                failure,
            });
        }
    }
    Ok(InterpolationEvidence { cells, widths })
}

fn estimate(
    works: &[Work],
    threads: usize,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &dyn Fn(usize, usize),
) -> Result<Vec<Cell>, GatherError> {
    let tasks = tasks_of(SEED, works).map_err(|source| GatherError::Plan {
        claim: CLAIM,
        source,
    })?;
    let mut found: Vec<Option<Cell>> = vec![None; tasks.len()];
    let mut done = 0;
    perform_all(&tasks, threads, cancelled, &mut |record| {
        done += 1;
        progress(done, tasks.len());
        let (
            Work::Coverage {
                negative,
                positive,
                trials,
                width,
            },
            TaskResult::Coverage { interpolating },
        ) = (record.work, record.result)
        else {
            return Ok(());
        };
        let (trials, interpolating) = (u64::from(trials), u64::from(interpolating));
        found[record.index as usize] = Some(Cell {
            counts: Counts { positive, negative },
            width,
            trials,
            interpolating,
            interval: clopper_pearson(trials, interpolating, &ratio(1, MISS_ONE_IN))?,
        });
        Ok(())
    })
    .map_err(|source| GatherError::Interpolation {
        claim: CLAIM,
        source,
    })?;
    let done = found.iter().flatten().count();
    let cells: Option<Vec<Cell>> = found.into_iter().collect();
    cells.ok_or(GatherError::Cancelled {
        claim: CLAIM,
        done,
        of: tasks.len(),
    })
}

/// Judges R4. It holds if the intervals contain the expected probabilities as often as intervals of their level must, the union bound lies
/// below every probability, and every least width is certified on both sides and at most that of the union bound.
///
/// In symbols: `1 − n(3/4)^m ≤ P` for each cell, `P(m*) ≥ 1 − δ > P(m* − 1)` and `m* ≤ ⌈log_{4/3}(n/δ)⌉` for each width.
/// Misses refute it where at least so many have probability at most `1/10000` if each interval misses with probability `1/100`.
pub fn check_r4(
    evidence: &InterpolationEvidence,
    expectation: &InterpolationExpectation,
) -> StatisticalOutcome {
    let mut findings = Findings::default();
    if evidence.cells.is_empty() || evidence.cells.len() != expectation.probabilities.len() {
        findings.unsettled("there is not one expectation for each estimate".to_owned());
    }
    let pairs: Vec<(&Cell, &Interval)> = evidence
        .cells
        .iter()
        .zip(&expectation.probabilities)
        .collect();
    for (cell, probability) in &pairs {
        check_bounds(cell, probability, &mut findings);
    }
    check_misses(&pairs, &mut findings);
    for threshold in &evidence.widths {
        check_width(threshold, &mut findings);
    }
    findings.record("estimates", pairs.iter().map(cell_json).collect());
    findings.record("widths", evidence.widths.iter().map(width_json).collect());
    findings.conclude()
}

/// The union bound and, where it is short, the exact fraction.
fn check_bounds(cell: &Cell, probability: &Interval, findings: &mut Findings) {
    let Counts { positive, negative } = cell.counts;
    let place = format!(
        "P at width {} on {positive} + {negative} points",
        cell.width
    );
    match union_bound(cell.width, cell.counts) {
        Ok(bound) => findings.demand(bound <= probability.upper(), || {
            let (found, bound) = (probability.to_f64(), bound.to_f64());
            format!("{place}: found {found}, expected at least the union bound {bound}")
        }),
        Err(error) => findings.unsettled(error.to_string()),
    }
    if let Ok(exact) = exact(cell.width, cell.counts) {
        findings.demand(probability.contains(&exact), || {
            let (found, exact) = (probability.to_f64(), exact.to_f64());
            format!("{place}: found an enclosure near {found}, expected to contain {exact}")
        });
    }
}

/// Whether so many misses are possible where each interval misses at its rate.
fn check_misses(pairs: &[(&Cell, &Interval)], findings: &mut Findings) {
    let missed: Vec<&(&Cell, &Interval)> = pairs
        .iter()
        .filter(|(cell, probability)| !cell.interval.contains(probability))
        .collect();
    findings.record(
        "intervals",
        json!({ "count": pairs.len(), "level": "99/100", "misses": missed.len() }),
    );
    let Some((cell, probability)) = missed.first() else {
        return;
    };
    let (count, misses) = (pairs.len() as u64, missed.len() as u64);
    match upper_tail(count, misses, &ratio(1, MISS_ONE_IN)) {
        Ok(tail) => findings.demand(tail.upper() > ratio(1, REFUTE_ONE_IN), || {
            format!(
                "intervals of 99 %: found {misses} of {count} that miss the expected probability, expected one in a hundred; \
                 the first one at width {} has {} of {} successes against {:.6}",
                cell.width,
                cell.interpolating,
                cell.trials,
                probability.to_f64()
            )
        }),
        Err(error) => findings.unsettled(error.to_string()),
    }
}

/// Both sides of the step, and the width of the union bound.
fn check_width(threshold: &ThresholdWidth, findings: &mut Findings) {
    let target = Rational::one() - threshold.failure.clone();
    let least = &threshold.least;
    let is_certified = least.probability.upper() >= target
        && least
            .probability_below
            .as_ref()
            .is_none_or(|below| below.lower() < target);
    let points = threshold.counts.total();
    findings.demand(is_certified, || {
        let width = least.width;
        format!("least width on {points} points: found {width}, expected the step of P at 1 − δ")
    });
    findings.demand(least.width <= threshold.union, || {
        let (width, union) = (least.width, threshold.union);
        format!("least width on {points} points: found {width}, expected at most {union}")
    });
}

fn cell_json((cell, probability): &(&Cell, &Interval)) -> Value {
    json!({
        "positive": cell.counts.positive,
        "negative": cell.counts.negative,
        "width": cell.width,
        "trials": cell.trials,
        "interpolating": cell.interpolating,
        "interval": [cell.interval.lower.to_f64(), cell.interval.upper.to_f64()],
        "probability": probability.to_f64(),
        "contains": cell.interval.contains(probability),
    })
}

fn width_json(threshold: &ThresholdWidth) -> Value {
    json!({
        "points": threshold.counts.total(),
        "failure": threshold.failure.to_string(),
        "least_width": threshold.least.width,
        "union_width": threshold.union,
        "probability": decimal_of_rational(&threshold.least.probability.lower()),
        "probability_below": threshold.least.probability_below.as_ref().map(|below| decimal_of_rational(&below.upper())),
    })
}

/// An instance on which the full gradient flow can be compared with the process.
///
/// `unfitted` is `{i : y_i ≠ 0, i ∉ ∪_j A_j}`: `[]` where the limit interpolates, `[2, 5]` where it leaves out two of six points.
#[derive(Debug, Clone)]
pub struct ThresholdInstance {
    /// The instance.
    pub instance: ReluInstance,
    /// The points that the limit leaves unfitted (ascending).
    pub unfitted: Vec<usize>,
}

/// Small instances on either side of the threshold: six points with labels up to 2 in absolute value on a dense orthonormal frame; `pairs`
/// networks that leave a point out and as many that interpolate, of 3 and of 16 neurons where P is about 0.05 and 0.94.
///
/// # Errors
/// [`GatherError::Instance`] if an instance cannot be drawn or predicted.
pub fn threshold_instances(pairs: usize) -> Result<Vec<ThresholdInstance>, GatherError> {
    let mut chosen = vec![];
    for (width, is_interpolating) in [(3, false), (16, true)] {
        let mut left = pairs;
        // P is far from ½ on either side, so that hardly any draw is passed over.
        for stream in 0..(4 * pairs as u64 + 16) {
            if left == 0 {
                break;
            }
            let candidate = threshold_instance(width, stream, chosen.len())?;
            if candidate.unfitted.is_empty() == is_interpolating {
                chosen.push(candidate);
                left -= 1;
            }
        }
    }
    Ok(chosen)
}

fn threshold_instance(
    width: u32,
    stream: u64,
    position: usize,
) -> Result<ThresholdInstance, GatherError> {
    let failed = |error: &dyn std::fmt::Display| GatherError::Instance {
        claim: CLAIM,
        instance: position,
        found: error.to_string(),
    };
    let data = OrthogonalRecipe {
        frame: Frame::Cayley,
        points: 6,
        labels: LabelLaw::Uniform,
        norms: NormLaw::Unit,
        seed: SEED,
        stream,
    };
    let data = data.draw().map_err(|error| failed(&error))?;
    let init = InitialisationRecipe {
        width,
        weights: WeightLaw::Frame,
        signs: SignLaw::Random,
        seed: SEED,
        stream,
    };
    let init = init.draw(&data, None).map_err(|error| failed(&error))?;
    let name = format!("six points, {width} neurons, stream {stream}");
    let instance = ReluInstance::new(name, data, init).map_err(|error| failed(&error))?;
    let sequence = saltus_jump::relu::predict(&instance).map_err(|error| failed(&error))?;
    Ok(ThresholdInstance {
        unfitted: sequence.unfitted().to_vec(),
        instance,
    })
}
