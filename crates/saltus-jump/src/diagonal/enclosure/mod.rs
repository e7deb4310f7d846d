//! The process decided by enclosures of bounded precision: certified, and never written out as fractions.
//!
//! Every comparison is one of disjoint intervals. What is zero is known from the structure alone: the gradient on a support
//! with independent columns, and the whole gradient once such a support has as many coordinates as there are samples. Ties,
//! degenerate coordinates and fits that are not unique never separate, so they are left to the exact process.
//!
//! Most of the work is done in doubles, with rigorous bounds of their errors: they propose the fits and rule out coordinates
//! that cannot be the next to hit. Residuals in fractions of fixed length then correct a fit, and bound what is left.

mod block;
mod boundary;
mod bounds;
mod equations;
mod hits;
mod path;
mod support;

use std::cmp::Ordering;

use saltus_exact::Interval;
use saltus_problem::DiagonalInstance;

use super::process::MAX_JUMPS;
use block::Block;
use equations::Equations;
use hits::Hit;
use path::{Fit, Path};
use support::{Approximate, Support};

/// One jump, enclosed; the meaning of the fields is that of [`super::DiagonalJump`]. The constrained fit is unique.
#[derive(Debug, Clone)]
pub struct CertifiedJump {
    /// Rescaled time of the jump.
    pub time: Interval,
    /// The coordinate whose dual variable met its bound.
    pub hit: usize,
    /// Coordinates that entered the support (ascending).
    pub activated: Vec<usize>,
    /// Coordinates that left the support (ascending).
    pub deactivated: Vec<usize>,
    /// The coefficients, d entries; the point 0 off the support.
    pub beta: Vec<Interval>,
    /// Loss on the plateau after the jump; the point 0 where the fit interpolates.
    pub loss: Interval,
    /// `Σ|β_i|`.
    pub l1_norm: Interval,
}

/// The whole process, certified: the order of the jumps, the hits and the supports are those of the exact process, and
/// every enclosure contains its number, as in `jump.time.lower() ≤ τ ≤ jump.time.upper()`. All hypotheses of the limit
/// theorem hold.
#[derive(Debug, Clone)]
pub struct CertifiedSequence {
    /// The jumps in order of time.
    pub jumps: Vec<CertifiedJump>,
    /// Loss at β = 0.
    pub initial_loss: Interval,
    /// Whether the process ends with zero loss.
    pub interpolates: bool,
}

/// The jump process by enclosures of `precision` bits or a little more, at most 1536.
///
/// `None` where an enclosure straddles a decision: more bits may settle it, and where the exact process has a tie, a
/// degenerate coordinate or a fit that is not unique none will; nor will they where the columns of a support are so nearly
/// dependent that doubles cannot certify their independence. [`super::predict`] settles every case.
pub fn predict_by_enclosures(
    instance: &DiagonalInstance,
    precision: u32,
) -> Option<CertifiedSequence> {
    let mut equations = Equations::new(instance, words_for(precision)?);
    let initial_loss = equations.initial_loss();
    let mut process = Process::new(&equations);
    let mut jumps = vec![];
    while let Some(jump) = process.step(&mut equations)? {
        if jumps.len() == MAX_JUMPS {
            return None;
        }
        jumps.push(jump);
    }
    let end = jumps.last().map_or(&initial_loss, |jump| &jump.loss);
    // A loss that is 0 without a full support straddles, and a fit that does not interpolate has a positive one.
    let interpolates = match end.sign()? {
        Ordering::Equal => true,
        Ordering::Greater => false,
        Ordering::Less => return None,
    };
    Some(CertifiedSequence {
        jumps,
        initial_loss,
        interpolates,
    })
}

/// The decisions of [`predict_by_enclosures`] alone, one after the other.
pub(super) struct Decisions {
    equations: Equations,
    process: Process,
    jumps: usize,
}

impl Decisions {
    /// Those by enclosures of `precision` bits or a little more, at most 1536.
    pub(super) fn new(instance: &DiagonalInstance, precision: u32) -> Option<Decisions> {
        let equations = Equations::new(instance, words_for(precision)?);
        Some(Decisions {
            process: Process::new(&equations),
            equations,
            jumps: 0,
        })
    }

    /// Which coordinate hits next, and which leave the support there; the outer `None` if it cannot be told, the inner one if
    /// the process has ended.
    pub(super) fn decide(&mut self) -> Option<Option<Decision>> {
        let before = self.process.fit.coordinates.clone();
        let Some(hit) = self.process.next(&mut self.equations)? else {
            return Some(None);
        };
        if self.jumps == MAX_JUMPS {
            return None;
        }
        self.jumps += 1;
        let after = &self.process.fit.coordinates;
        Some(Some(Decision {
            hit: hit.coordinate,
            leaving: before.into_iter().filter(|i| !after.contains(i)).collect(),
        }))
    }
}

/// What happens at a jump: a coordinate hits its bound, and others leave the support.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) hit: usize,
    pub(super) leaving: Vec<usize>,
}

/// The length of fractions of so many bits.
fn words_for(precision: u32) -> Option<usize> {
    [3, 6, 12, 24]
        .into_iter()
        .find(|&words| 64 * words >= precision as usize)
}

/// The state after a jump.
struct Process {
    path: Path,
    fit: Fit,
    support: Support,
    /// Whether the bound that a support coordinate rests at is the upper one.
    positive: Vec<bool>,
}

/// A step of the constrained fit that one coordinate, or several, cut short.
struct Step {
    /// The support whose fit was aimed at.
    coordinates: Vec<usize>,
    /// Positions in it where the sign is wrong.
    blocking: Vec<usize>,
    /// The fit aimed at.
    target: Approximate,
}

impl Process {
    fn new(equations: &Equations) -> Process {
        Process {
            path: Path::new(),
            fit: Fit {
                coordinates: vec![],
                places: vec![],
                block: Block::empty(equations.words()),
                offset: Block::empty(equations.words()),
            },
            support: Support::default(),
            positive: vec![false; equations.dimension()],
        }
    }

    /// The next jump; the outer `None` if it cannot be told, the inner one if there is none.
    fn step(&mut self, equations: &mut Equations) -> Option<Option<CertifiedJump>> {
        let before = self.fit.coordinates.clone();
        match self.next(equations)? {
            None => Some(None),
            Some(hit) => Some(Some(self.describe(&hit, &before, equations)?)),
        }
    }

    /// As [`step`](Self::step), without the numbers of the jump.
    fn next(&mut self, equations: &mut Equations) -> Option<Option<Hit>> {
        let Some(hit) = self.path.next_hit(&self.fit, &self.support, equations)? else {
            return Some(None);
        };
        self.positive[hit.coordinate] = hit.positive;
        self.jump(&hit, equations)?;
        Some(Some(hit))
    }

    /// Lawson and Hanson's method, as in the exact process. Those at their bounds are the support and the coordinate that hit:
    /// all others had a gradient that was not 0 and moved off theirs.
    fn jump(&mut self, hit: &Hit, equations: &mut Equations) -> Option<()> {
        let before = (self.fit.clone(), self.support.clone());
        let mut at_bound = self.fit.coordinates.clone();
        at_bound.push(hit.coordinate);
        let mut entering = Some(hit.coordinate);
        while let Some(coordinate) = entering {
            self.support.push(coordinate, equations)?;
            equations.floats.know(coordinate);
            let approximate = self.feasible_fit(coordinate, equations)?;
            self.fit = Fit {
                coordinates: self.support.coordinates().to_vec(),
                places: self.support.places().to_vec(),
                block: self.support.refine(&approximate, equations)?,
                offset: Block::empty(equations.words()),
            };
            entering = self.descending(&at_bound, equations)?;
        }
        self.fit.offset = self.path.settle(
            hit,
            (&before.0, &before.1),
            &self.fit.block,
            &self.support,
            &self.positive,
            equations,
        )?;
        Some(())
    }

    /// The first coordinate at its bound, outside the support, whose gradient and sign constraint allow the loss to decrease;
    /// the outer `None` if the sign of such a gradient cannot be told.
    fn descending(&self, at_bound: &[usize], equations: &mut Equations) -> Option<Option<usize>> {
        let mut entering = None;
        if self.fit.coordinates.len() == equations.n_samples()
            && at_bound.len() > self.fit.coordinates.len()
        {
            // The gradient is 0, so the fit may not be unique.
            return None;
        }
        for &i in at_bound {
            if self.fit.coordinates.contains(&i) {
                continue;
            }
            // Without a gradient of certain sign the coordinate may be degenerate, or the fit not unique.
            let place = equations.place(i);
            let gradient = hits::gradient(place, &self.fit.places, &self.fit.block, equations)?;
            let descends = (gradient.sign()? == Ordering::Less) == self.positive[i];
            if descends && entering.is_none() {
                entering = Some(i);
            }
        }
        Some(entering)
    }

    /// The fit on the support, without the coordinates that the sign constraints force to 0 on the way to it.
    fn feasible_fit(&mut self, entering: usize, equations: &mut Equations) -> Option<Approximate> {
        let mut steps: Vec<Step> = vec![];
        loop {
            let approximate = self.support.solve(equations)?;
            let blocking = self.blocking(&approximate, equations)?;
            if blocking.is_empty() {
                return Some(approximate);
            }
            steps.push(Step {
                coordinates: self.support.coordinates().to_vec(),
                blocking: blocking.clone(),
                target: approximate,
            });
            let leaving = match blocking.as_slice() {
                // It alone stands in the way, so it is the one that becomes 0, wherever the way began.
                &[only] if self.support.coordinates()[only] != entering => only,
                _ => match boundary::first_in_doubles(&steps, &self.fit) {
                    Some(position) => position,
                    None => self.first_at_boundary(&steps, equations)?,
                },
            };
            self.support.remove(leaving);
        }
    }

    /// Positions in the support where the fit has the wrong sign; `None` if a sign cannot be told.
    fn blocking(&self, fit: &Approximate, equations: &Equations) -> Option<Vec<usize>> {
        let coordinates = self.support.coordinates();
        let wrong =
            |k: usize, sign: Ordering| (sign == Ordering::Greater) != self.positive[coordinates[k]];
        let mut blocking = vec![];
        let mut refined = None;
        for k in 0..fit.values.len() {
            let sign = match fit.sign(k) {
                Some(sign) => sign,
                None => {
                    if refined.is_none() {
                        refined = Some(self.support.refine(fit, equations)?);
                    }
                    let block = refined.as_ref()?;
                    match block.enclose(k, equations.precision())?.sign()? {
                        // No enclosure with a radius is the point 0.
                        Ordering::Equal => return None,
                        sign => sign,
                    }
                }
            };
            if wrong(k, sign) {
                blocking.push(k);
            }
        }
        Some(blocking)
    }

    /// Goes the steps from the fit before, each until the first coordinate is 0, and tells the position of that of the last.
    fn first_at_boundary(&self, steps: &[Step], equations: &mut Equations) -> Option<usize> {
        let precision = equations.precision();
        let mut point: Vec<(usize, Interval)> = vec![];
        for (k, &coordinate) in self.fit.coordinates.iter().enumerate() {
            point.push((coordinate, self.fit.block.enclose(k, precision)?));
        }
        let mut leaving = None;
        for step in steps {
            if let Some(position) = leaving {
                point.remove(position);
            }
            // The support as it is now is that of the last step; those before are seldom asked for.
            let target = if step.coordinates == self.support.coordinates() {
                self.support.refine(&step.target, equations)?
            } else {
                let mut support = Support::of(&step.coordinates, equations)?;
                let approximate = support.solve(equations)?;
                support.refine(&approximate, equations)?
            };
            let mut lengths = vec![];
            let mut ways = vec![];
            for (k, coordinate) in step.coordinates.iter().enumerate() {
                let zero = Interval::from_integer(0);
                let from = point
                    .iter()
                    .find(|(i, _)| i == coordinate)
                    .map_or(zero, |(_, value)| value.clone());
                let way = target.enclose(k, precision)?.sub(&from, precision);
                if step.blocking.contains(&k) {
                    lengths.push((k, from.div(&way.neg(), precision)?));
                }
                ways.push((*coordinate, from, way));
            }
            let first =
                (0..lengths.len()).min_by(|&a, &b| lengths[a].1.hi().cmp(lengths[b].1.hi()))?;
            let (position, length) = lengths.swap_remove(first);
            let is_first = |other: &Interval| length.compare(other) == Some(Ordering::Less);
            if length.sign() != Some(Ordering::Greater)
                || !lengths.iter().all(|(_, other)| is_first(other))
            {
                return None;
            }
            point = ways
                .into_iter()
                .map(|(i, from, way)| (i, from.add(&length.mul(&way, precision), precision)))
                .collect();
            leaving = Some(position);
        }
        leaving
    }

    fn describe(
        &self,
        hit: &Hit,
        before: &[usize],
        equations: &Equations,
    ) -> Option<CertifiedJump> {
        let fit = &self.fit;
        let mut beta = vec![Interval::from_integer(0); equations.dimension()];
        for (k, &i) in fit.coordinates.iter().enumerate() {
            beta[i] = equations.coefficient_of(i, k, &fit.block)?;
        }
        let missing = |from: &[usize], to: &[usize]| {
            let mut changes: Vec<usize> =
                to.iter().copied().filter(|i| !from.contains(i)).collect();
            changes.sort_unstable();
            changes
        };
        // The columns of the support are independent, so n of them fit every label.
        let loss = if fit.coordinates.len() == equations.n_samples() {
            Interval::from_integer(0)
        } else {
            equations.loss(&hits::explained(fit, equations)?)
        };
        Some(CertifiedJump {
            time: equations.time(&hit.time),
            hit: hit.coordinate,
            activated: missing(before, &fit.coordinates),
            deactivated: missing(&fit.coordinates, before),
            beta,
            loss,
            l1_norm: equations.l1_norm(&fit.coordinates, &fit.block, &self.positive)?,
        })
    }
}

#[cfg(test)]
mod tests;
