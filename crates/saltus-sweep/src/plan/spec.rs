//! The specification of a sweep.

use serde::Deserialize;

use saltus_exact::Rational;

use super::task::tasks_of;
use super::{PlanError, Task, Work};
use crate::draw::LabelLaw;
use crate::interpolation::{Counts, log_width};

/// The most tasks of one plan.
///
/// One more is refused: `found 1000001 tasks, expected from 1 to 1000000`.
pub const MAX_TASKS: usize = 1_000_000;

/// The most points of one instance.
const MAX_POINTS: u32 = 100_000_000;

/// The widest network.
const MAX_WIDTH: u32 = 1 << 20;

/// What the file says. Unknown keys are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    seed: u64,
    #[serde(default)]
    coverage: Vec<CoverageSpec>,
    #[serde(default)]
    instances: Vec<InstanceSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceSpec {
    points: Vec<u32>,
    widths: Vec<WidthSpec>,
    labels: Vec<LabelLaw>,
    repeats: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoverageSpec {
    /// Balanced counts.
    points: Vec<u64>,
    /// All labels positive instead.
    #[serde(default)]
    one_sided: bool,
    widths: Vec<WidthSpec>,
    trials: u32,
    #[serde(default = "one")]
    repeats: u32,
}

fn one() -> u32 {
    1
}

/// A width: a number, `{ log = c }` for `⌈c log_{4/3} n⌉`, or `{ root = c }` for `⌈c √n⌉`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WidthSpec {
    Fixed(u32),
    Log { log: FactorSpec },
    Root { root: FactorSpec },
}

/// A positive rational: an integer, or a text such as `"3/2"` or `"1.5"`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum FactorSpec {
    Integer(u32),
    Text(String),
}

impl FactorSpec {
    fn value(&self) -> Option<Rational> {
        match self {
            FactorSpec::Integer(factor) => Some(Rational::integer(*factor)),
            FactorSpec::Text(text) => Rational::parse(text).ok(),
        }
    }
}

impl WidthSpec {
    /// The width for n points, if it is one that can be run.
    fn width(&self, points: u64) -> Option<u32> {
        let width = match self {
            WidthSpec::Fixed(width) => Some(*width),
            WidthSpec::Log { log } => log_width(points, &log.value()?),
            WidthSpec::Root { root } => root_width(points, &root.value()?),
        };
        width.filter(|width| (1..=MAX_WIDTH).contains(width))
    }
}

/// `⌈c √n⌉`: the least integer whose square is at least `c² n`.
fn root_width(points: u64, factor: &Rational) -> Option<u32> {
    let square = factor.square() * Rational::integer(points);
    let (mut below, mut above) = (0, MAX_WIDTH);
    let is_enough = |width: u32| Rational::integer(width).square() >= square;
    if !is_enough(above) || factor.is_negative() {
        return None;
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if is_enough(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(above)
}

/// The tasks of a specification, in its order: coverage first, then instances; repeats vary fastest.
///
/// ```toml
/// seed = 7
/// [[coverage]]                      # how often random networks cover every point
/// points = [16, 1024]               # half of them positive; all of them with  one_sided = true
/// widths = [12, { log = 1 }]        # m = 12, and m = ⌈log_{4/3} n⌉
/// trials = 1000
/// [[instances]]                     # norms and jumps of single instances
/// points = [1000]
/// widths = [{ log = 3 }, { root = "1/2" }]
/// labels = ["gaussian", "signs"]
/// repeats = 100
/// ```
///
/// # Errors
/// [`PlanError`] with the line or the table and key.
pub fn plan(text: &str) -> Result<Vec<Task>, PlanError> {
    let spec: Spec = toml::from_str(text).map_err(|error| PlanError::Syntax {
        line: error.span().map_or(0, |span| {
            1 + text[..span.start.min(text.len())].matches('\n').count()
        }),
        found: error.message().to_owned(),
    })?;
    let mut works = vec![];
    for (index, table) in spec.coverage.iter().enumerate() {
        coverage(index, table, &mut works)?;
    }
    for (index, table) in spec.instances.iter().enumerate() {
        instances(index, table, &mut works)?;
    }
    tasks_of(spec.seed, &works)
}

fn coverage(index: usize, spec: &CoverageSpec, works: &mut Vec<Work>) -> Result<(), PlanError> {
    let at = Place {
        table: "coverage",
        index,
    };
    at.not_empty("points", spec.points.len())?;
    at.not_empty("widths", spec.widths.len())?;
    at.not_empty("trials", spec.trials as usize)?;
    for &points in &spec.points {
        at.points(points)?;
        let counts = match spec.one_sided {
            true => Counts {
                positive: points,
                negative: 0,
            },
            false => Counts::balanced(points),
        };
        for width in &spec.widths {
            let width = at.width(width, points)?;
            let work = Work::Coverage {
                negative: counts.negative,
                positive: counts.positive,
                trials: spec.trials,
                width,
            };
            at.push(work, spec.repeats, works)?;
        }
    }
    Ok(())
}

fn instances(index: usize, spec: &InstanceSpec, works: &mut Vec<Work>) -> Result<(), PlanError> {
    let at = Place {
        table: "instances",
        index,
    };
    at.not_empty("points", spec.points.len())?;
    at.not_empty("widths", spec.widths.len())?;
    at.not_empty("labels", spec.labels.len())?;
    for &points in &spec.points {
        at.points(u64::from(points))?;
        for width in &spec.widths {
            let width = at.width(width, u64::from(points))?;
            for &labels in &spec.labels {
                let work = Work::Instance {
                    labels,
                    points,
                    width,
                };
                at.push(work, spec.repeats, works)?;
            }
        }
    }
    Ok(())
}

/// Where in the specification a number stands.
#[derive(Clone, Copy)]
struct Place {
    table: &'static str,
    index: usize,
}

impl Place {
    fn not_empty(self, key: &'static str, count: usize) -> Result<(), PlanError> {
        let Place { table, index } = self;
        match count {
            0 => Err(PlanError::Nothing { table, index, key }),
            _ => Ok(()),
        }
    }

    fn number(self, key: &'static str, found: String, expected: &'static str) -> PlanError {
        PlanError::Number {
            table: self.table,
            index: self.index,
            key,
            found,
            expected,
        }
    }

    fn points(self, points: u64) -> Result<(), PlanError> {
        if (1..=u64::from(MAX_POINTS)).contains(&points) {
            return Ok(());
        }
        Err(self.number("points", points.to_string(), "numbers from 1 to 100000000"))
    }

    fn width(self, width: &WidthSpec, points: u64) -> Result<u32, PlanError> {
        width.width(points).ok_or_else(|| {
            let found = format!("{width:?} at {points} points");
            self.number(
                "widths",
                found,
                "a rule that gives from 1 to 1048576 neurons",
            )
        })
    }

    fn push(self, work: Work, repeats: u32, works: &mut Vec<Work>) -> Result<(), PlanError> {
        self.not_empty("repeats", repeats as usize)?;
        let found = works.len() + repeats as usize;
        if found > MAX_TASKS {
            return Err(PlanError::Tasks { found });
        }
        works.extend(std::iter::repeat_n(work, repeats as usize));
        Ok(())
    }
}
