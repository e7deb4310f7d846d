//! Where in the stepsize convergence ends and divergence begins, for a stated budget of steps.

use super::run::{DescentError, DescentSettings, Outcome, Stepsizes, classify};
use crate::diagonal::problem::DiagonalProblem;

/// What to search: the stepsizes `lowest · (highest/lowest)^(k/(grid − 1))`, so 0.01, 0.1 and 1 for
/// `lowest: 0.01, highest: 1.0, grid: 3`.
///
/// The edges depend on the budget and the tolerance, so these are part of the question.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdSearch {
    /// Smallest stepsize of the scan.
    pub lowest: f64,
    /// Largest stepsize of the scan.
    pub highest: f64,
    /// Stepsizes in the scan, in geometric progression, both ends included.
    pub grid: usize,
    /// Bisection stops at this relative width: 1e-3 for three digits.
    pub relative_width: f64,
    /// Budget, batch and tolerance of every run; the stepsizes and the seed in it are replaced.
    pub settings: DescentSettings,
    /// One run per seed at every stepsize; a single seed suffices for gradient descent.
    pub seeds: Vec<u64>,
}

/// How the runs at one stepsize ended, over the seeds: `converged + bounded + diverged` is the number of seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScanPoint {
    /// The stepsize.
    pub stepsize: f64,
    /// Seeds that converged.
    pub converged: usize,
    /// Seeds that did neither.
    pub bounded: usize,
    /// Seeds that diverged.
    pub diverged: usize,
}

impl ScanPoint {
    fn all_converge(&self) -> bool {
        self.bounded == 0 && self.diverged == 0
    }

    fn none_diverges(&self) -> bool {
        self.diverged == 0
    }
}

/// Two stepsizes between which the answer changes: `holds_at < fails_at` where a property is lost,
/// `fails_at < holds_at` where it begins; the larger one is at most `1 + relative_width` times the smaller one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The property holds here.
    pub holds_at: f64,
    /// And fails here.
    pub fails_at: f64,
}

/// The edges found, and whatever was not monotone.
///
/// For one sample `x = 1` with label `y > 0` and small scales, convergence is lost at about `γ = 1/y`, and divergence
/// begins beyond `γ = 1.5/y`.
#[derive(Clone, Debug, PartialEq)]
pub struct StepsizeEdges {
    /// Every stepsize of the scan.
    pub scan: Vec<ScanPoint>,
    /// Where "all seeds converge" begins: below it the budget is too small. `None` if the scan does not contain it.
    pub onset: Option<Edge>,
    /// Where "all seeds converge", once begun, is first lost; `None` if the scan does not contain it.
    pub convergence: Option<Edge>,
    /// First loss of "no seed diverges"; `None` if the scan does not contain it.
    pub divergence: Option<Edge>,
    /// Stretches of the scan, beyond the first loss, where all seeds converge again (first and last stepsize).
    pub convergent_windows: Vec<(f64, f64)>,
    /// Stretches of the scan, beyond the first divergence, where no seed diverges (first and last stepsize).
    pub bounded_windows: Vec<(f64, f64)>,
}

/// Why a search was refused, such as `scan from 2 to 1 with 8 stepsizes, to a relative width of 0.001`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ThresholdError {
    /// The scan needs `0 < lowest < highest`, at least two stepsizes and a width in (0, 1).
    #[error(
        "scan from {lowest} to {highest} with {grid} stepsizes, to a relative width of {relative_width}"
    )]
    Scan {
        /// As given.
        lowest: f64,
        /// As given.
        highest: f64,
        /// As given.
        grid: usize,
        /// As given.
        relative_width: f64,
    },
    /// No seeds.
    #[error("a threshold search needs at least one seed")]
    NoSeeds,
    /// The settings of the runs themselves.
    #[error(transparent)]
    Settings(#[from] DescentError),
}

/// Scans stepsizes and then bisects, between neighbours of the scan, the first loss of convergence and the first divergence.
///
/// # Errors
/// [`ThresholdError`] for a search that makes no sense.
pub fn find_stepsize_edges(
    problem: &DiagonalProblem,
    search: &ThresholdSearch,
) -> Result<StepsizeEdges, ThresholdError> {
    let ThresholdSearch {
        lowest,
        highest,
        grid,
        relative_width,
        ..
    } = *search;
    let ordered = lowest > 0.0 && lowest < highest && highest.is_finite();
    if !(ordered && grid >= 2 && relative_width > 1e-12 && relative_width < 1.0) {
        return Err(ThresholdError::Scan {
            lowest,
            highest,
            grid,
            relative_width,
        });
    }
    if search.seeds.is_empty() {
        return Err(ThresholdError::NoSeeds);
    }
    let ratio = (highest / lowest).ln();
    let mut scan = Vec::with_capacity(grid);
    for k in 0..grid {
        let stepsize = if k + 1 == grid {
            highest
        } else {
            lowest * (ratio * k as f64 / (grid - 1) as f64).exp()
        };
        scan.push(scan_point(problem, search, stepsize)?);
    }
    let begun = scan
        .iter()
        .position(ScanPoint::all_converge)
        .unwrap_or(grid);
    let lost = begun
        + scan[begun..]
            .iter()
            .take_while(|point| point.all_converge())
            .count();
    let diverged = scan
        .iter()
        .take_while(|point| point.none_diverges())
        .count();
    Ok(StepsizeEdges {
        onset: bisect(problem, search, &scan, begun, ScanPoint::all_converge)?,
        convergence: bisect(problem, search, &scan, lost, ScanPoint::all_converge)?,
        divergence: bisect(problem, search, &scan, diverged, ScanPoint::none_diverges)?,
        convergent_windows: windows(&scan[begun..], ScanPoint::all_converge),
        bounded_windows: windows(&scan, ScanPoint::none_diverges),
        scan,
    })
}

fn scan_point(
    problem: &DiagonalProblem,
    search: &ThresholdSearch,
    stepsize: f64,
) -> Result<ScanPoint, DescentError> {
    let mut point = ScanPoint {
        stepsize,
        converged: 0,
        bounded: 0,
        diverged: 0,
    };
    let mut settings = search.settings.clone();
    settings.stepsizes = Stepsizes::Constant(stepsize);
    for &seed in &search.seeds {
        settings.seed = seed;
        match classify(problem, &settings)? {
            Outcome::Converged { .. } => point.converged += 1,
            Outcome::Bounded => point.bounded += 1,
            Outcome::Diverged { .. } => point.diverged += 1,
        }
    }
    Ok(point)
}

/// Bisects between the scan's stepsizes `place − 1` and `place`, at which the property differs.
fn bisect(
    problem: &DiagonalProblem,
    search: &ThresholdSearch,
    scan: &[ScanPoint],
    place: usize,
    holds: impl Fn(&ScanPoint) -> bool,
) -> Result<Option<Edge>, DescentError> {
    if place == 0 || place >= scan.len() {
        return Ok(None);
    }
    let (mut below, mut above) = (scan[place - 1].stepsize, scan[place].stepsize);
    let holds_above = holds(&scan[place]);
    while above > below * (1.0 + search.relative_width) {
        let middle = (below * above).sqrt();
        if holds(&scan_point(problem, search, middle)?) == holds_above {
            above = middle;
        } else {
            below = middle;
        }
    }
    let (holds_at, fails_at) = if holds_above {
        (above, below)
    } else {
        (below, above)
    };
    Ok(Some(Edge { holds_at, fails_at }))
}

fn windows(scan: &[ScanPoint], holds: impl Fn(&ScanPoint) -> bool) -> Vec<(f64, f64)> {
    let mut found: Vec<(f64, f64)> = Vec::new();
    let mut lost = false;
    let mut open = false;
    for point in scan {
        if !holds(point) {
            lost = true;
            open = false;
        } else if lost {
            match found.last_mut().filter(|_| open) {
                Some(window) => window.1 = point.stepsize,
                None => found.push((point.stepsize, point.stepsize)),
            }
            open = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn search(lowest: f64, highest: f64) -> ThresholdSearch {
        ThresholdSearch {
            lowest,
            highest,
            grid: 8,
            relative_width: 1e-3,
            settings: DescentSettings::gradient_descent(1.0, 4000),
            seeds: vec![0],
        }
    }

    #[test]
    fn one_coordinate_loses_convergence_at_the_closed_form() {
        // Near the minimum of (β − y)²/2 the step is β ← β(1 − γ(β − y))², with slope 1 − 2γy there:
        // stable up to γ = 1/y = 2/λ_max, since λ_max = p² + q² = 2y for small α.
        for y in [0.5, 2.0] {
            let problem =
                DiagonalProblem::uniform(&array![[1.0]], vec![y], 1e-3).expect("valid data");
            let edges =
                find_stepsize_edges(&problem, &search(0.2 / y, 3.0 / y)).expect("sensible search");
            let edge = edges.convergence.expect("within the scan");
            assert!((edge.fails_at * y - 1.0).abs() < 0.01, "{edge:?}");
            assert!(edge.fails_at <= edge.holds_at * 1.001);
            // A cubic with a trapping interval up to γy = 2 leaves it beyond.
            let edge = edges.divergence.expect("within the scan");
            assert!(
                edge.fails_at * y > 1.5 && edge.fails_at * y < 2.1,
                "{edge:?}"
            );
        }
    }

    #[test]
    fn windows_are_the_stretches_after_the_first_loss() {
        let check = |pattern: &[bool], expected: Vec<(f64, f64)>| {
            let point = |(k, &good): (usize, &bool)| ScanPoint {
                stepsize: k as f64,
                converged: usize::from(good),
                bounded: usize::from(!good),
                diverged: 0,
            };
            let scan: Vec<ScanPoint> = pattern.iter().enumerate().map(point).collect();
            assert_eq!(windows(&scan, ScanPoint::all_converge), expected);
        };
        check(&[true, true, false], vec![]);
        check(
            &[true, false, true, true, false, true],
            vec![(2.0, 3.0), (5.0, 5.0)],
        );
        check(&[true; 3], vec![]);
        check(&[false, true], vec![(1.0, 1.0)]);
    }

    #[test]
    fn refuses_a_search_that_makes_no_sense() {
        let problem = DiagonalProblem::uniform(&array![[1.0]], vec![1.0], 0.1).expect("valid data");
        assert!(matches!(
            find_stepsize_edges(&problem, &search(2.0, 1.0)),
            Err(ThresholdError::Scan { .. })
        ));
        let no_seeds = ThresholdSearch {
            seeds: vec![],
            ..search(0.1, 1.0)
        };
        assert_eq!(
            find_stepsize_edges(&problem, &no_seeds),
            Err(ThresholdError::NoSeeds)
        );
    }
}
