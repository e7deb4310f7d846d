//! The process decided by enclosures of bounded precision: certified, and never written out as fractions.
//!
//! Every comparison is one of disjoint intervals. What is zero is known from the structure alone: the gradient on a support
//! with independent columns, and the whole gradient once such a support has as many coordinates as there are samples. Ties,
//! degenerate coordinates and fits that are not unique never separate, so they are left to the exact process.

use std::cmp::Ordering;

use num_bigint::BigInt;
use saltus_exact::{Interval, Rational};
use saltus_problem::DiagonalInstance;

use super::fit::NormalEquations;
use super::process::{MAX_JUMPS, ratio};

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

/// The whole process, certified: the order of the jumps, the hits and the supports are those of the exact process, and every
/// enclosure contains its number. All hypotheses of the limit theorem hold.
#[derive(Debug, Clone)]
pub struct CertifiedSequence {
    /// The jumps in order of time.
    pub jumps: Vec<CertifiedJump>,
    /// Loss at β = 0.
    pub initial_loss: Interval,
    /// Whether the process ends with zero loss.
    pub interpolates: bool,
}

/// The jump process by enclosures of `precision` bits.
///
/// `None` where an enclosure straddles a decision: more bits may settle it, and where the exact process has a tie, a
/// degenerate coordinate or a fit that is not unique none will. [`super::predict`] settles every case.
pub fn predict_by_enclosures(
    instance: &DiagonalInstance,
    precision: u32,
) -> Option<CertifiedSequence> {
    let equations = NormalEquations::new(instance);
    let n = instance.n_samples();
    let mut process = Enclosed::new(&equations, instance.exponents(), n, precision);
    let zero_loss = equations.loss(&super::fit::Fit::zero(&equations));
    let initial_loss = Interval::from_rational(&zero_loss, precision);
    let mut jumps = vec![];
    while let Some(hit) = process.next_hit()? {
        if jumps.len() == MAX_JUMPS {
            return None;
        }
        let before = process.support.clone();
        process.advance(&hit);
        process.fit(hit.coordinate)?;
        let missing = |from: &[(usize, Interval)], to: &[(usize, Interval)]| {
            let mut changes: Vec<usize> = to
                .iter()
                .map(|&(i, _)| i)
                .filter(|i| from.iter().all(|(j, _)| i != j))
                .collect();
            changes.sort_unstable();
            changes
        };
        jumps.push(CertifiedJump {
            time: process.time.clone(),
            hit: hit.coordinate,
            activated: missing(&before, &process.support),
            deactivated: missing(&process.support, &before),
            beta: process.coefficients(),
            loss: process.loss(),
            l1_norm: process.l1_norm(),
        });
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

struct Hit {
    coordinate: usize,
    /// Whether the upper bound is hit.
    positive: bool,
    /// How long the plateau lasts, in the unit of the integer gradient.
    duration: Interval,
}

/// The state between two jumps. Support coordinates rest at their bounds; the gradient is `None` where it is 0 exactly.
struct Enclosed<'a> {
    equations: &'a NormalEquations,
    precision: u32,
    n_samples: usize,
    gram: Vec<Vec<Interval>>,
    moments: Vec<Interval>,
    bounds: Vec<Interval>,
    dual: Vec<Interval>,
    gradient: Vec<Option<Interval>>,
    support: Vec<(usize, Interval)>,
    /// Whether the bound that a support coordinate rests at is the upper one.
    positive: Vec<bool>,
    factor: Factor,
    time: Interval,
}

impl<'a> Enclosed<'a> {
    fn new(
        equations: &'a NormalEquations,
        exponents: &[Rational],
        n_samples: usize,
        precision: u32,
    ) -> Enclosed<'a> {
        let d = exponents.len();
        let enclose = |number: &BigInt| {
            Interval::from_rational(&Rational::integer(number.clone()), precision)
        };
        let moments: Vec<Interval> = equations.moments.iter().map(enclose).collect();
        let row = |i: usize| (0..d).map(|j| enclose(equations.gram(i, j))).collect();
        Enclosed {
            equations,
            precision,
            n_samples,
            gram: (0..d).map(row).collect(),
            gradient: moments.iter().map(|c| nonzero(c.neg())).collect(),
            moments,
            bounds: exponents
                .iter()
                .map(|k| Interval::from_rational(k, precision))
                .collect(),
            dual: vec![Interval::from_integer(0); d],
            support: vec![],
            positive: vec![false; d],
            factor: Factor::default(),
            time: Interval::from_integer(0),
        }
    }

    /// The next hit; the outer `None` if it cannot be told, the inner one if the gradient is 0.
    fn next_hit(&self) -> Option<Option<Hit>> {
        let mut hits: Vec<Hit> = vec![];
        for (coordinate, gradient) in self.gradient.iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let positive = gradient.sign()? == Ordering::Less;
            let (s, k) = (&self.dual[coordinate], &self.bounds[coordinate]);
            let distance = match positive {
                true => k.sub(s, self.precision),
                false => k.add(s, self.precision),
            };
            hits.push(Hit {
                coordinate,
                positive,
                duration: distance.div(&absolute(gradient)?, self.precision)?,
            });
        }
        let Some(first) =
            (0..hits.len()).min_by(|&a, &b| hits[a].duration.hi().cmp(hits[b].duration.hi()))
        else {
            return Some(None);
        };
        let first = hits.swap_remove(first);
        let is_first = |hit: &Hit| first.duration.compare(&hit.duration) == Some(Ordering::Less);
        hits.iter().all(is_first).then_some(Some(first))
    }

    fn advance(&mut self, hit: &Hit) {
        let precision = self.precision;
        for (s, gradient) in self.dual.iter_mut().zip(&self.gradient) {
            if let Some(gradient) = gradient {
                *s = s.sub(&hit.duration.mul(gradient, precision), precision);
            }
        }
        let bound = &self.bounds[hit.coordinate];
        self.dual[hit.coordinate] = if hit.positive {
            bound.clone()
        } else {
            bound.neg()
        };
        self.positive[hit.coordinate] = hit.positive;
        let unit = Interval::from_integer(self.equations.gradient_denominator());
        let passed = hit.duration.mul(&unit, precision);
        self.time = self.time.add(&passed, precision);
    }

    /// Lawson and Hanson's method, as in the exact process. Those at their bounds are the support and the coordinate that hit:
    /// all others had a gradient that was not 0 and moved off theirs.
    fn fit(&mut self, hit: usize) -> Option<()> {
        let mut at_bound: Vec<usize> = self.support.iter().map(|&(i, _)| i).collect();
        at_bound.push(hit);
        let mut entering = Some(hit);
        while let Some(coordinate) = entering {
            let mut point = self.support.clone();
            point.push((coordinate, Interval::from_integer(0)));
            self.support = loop {
                let support: Vec<usize> = point.iter().map(|&(i, _)| i).collect();
                let target = self.solve(&support)?;
                let mut blocking = vec![];
                for (k, (&i, to)) in support.iter().zip(&target).enumerate() {
                    match (to.sign()?, self.positive[i]) {
                        (Ordering::Greater, true) | (Ordering::Less, false) => {}
                        _ => blocking.push(k),
                    }
                }
                if blocking.is_empty() {
                    break support.into_iter().zip(target).collect();
                }
                point = self.step_to_boundary(point, &target, &blocking)?;
            };
            self.set_gradient();
            entering = None;
            for &i in &at_bound {
                if self.support.iter().any(|&(j, _)| i == j) {
                    continue;
                }
                // Without a gradient of certain sign the coordinate may be degenerate, or the fit not unique.
                let gradient = self.gradient[i].as_ref()?;
                let descends = (gradient.sign()? == Ordering::Less) == self.positive[i];
                if descends && entering.is_none() {
                    entering = Some(i);
                }
            }
        }
        Some(())
    }

    /// Moves from a feasible point towards `target` until the first of the `blocking` positions is 0, and drops it.
    fn step_to_boundary(
        &self,
        point: Vec<(usize, Interval)>,
        target: &[Interval],
        blocking: &[usize],
    ) -> Option<Vec<(usize, Interval)>> {
        let mut steps = vec![];
        for &k in blocking {
            let from = &point[k].1;
            steps.push((
                k,
                from.div(&from.sub(&target[k], self.precision), self.precision)?,
            ));
        }
        let first = (0..steps.len()).min_by(|&a, &b| steps[a].1.hi().cmp(steps[b].1.hi()))?;
        let (leaving, step) = steps.swap_remove(first);
        let is_first = |other: &Interval| step.compare(other) == Some(Ordering::Less);
        if step.sign() != Some(Ordering::Greater) || !steps.iter().all(|(_, other)| is_first(other))
        {
            return None;
        }
        let moved = point.into_iter().zip(target).enumerate();
        Some(
            moved
                .filter(|&(k, _)| k != leaving)
                .map(|(_, ((i, from), to))| {
                    let change = step.mul(&to.sub(&from, self.precision), self.precision);
                    (i, from.add(&change, self.precision))
                })
                .collect(),
        )
    }

    fn solve(&mut self, support: &[usize]) -> Option<Vec<Interval>> {
        self.factor
            .move_to(support, &self.gram, &self.moments, self.precision)?;
        self.factor.back_substitute(self.precision)
    }

    fn set_gradient(&mut self) {
        // The columns of the support are independent, so n of them fit every label.
        let interpolates = self.support.len() == self.n_samples;
        for i in 0..self.gradient.len() {
            let in_support = self.support.iter().any(|&(j, _)| i == j);
            self.gradient[i] = match interpolates || in_support {
                true => None,
                false => nonzero(
                    self.support
                        .iter()
                        .fold(self.moments[i].neg(), |sum, (j, b)| {
                            sum.add(&self.gram[i][*j].mul(b, self.precision), self.precision)
                        }),
                ),
            };
        }
    }

    fn coefficients(&self) -> Vec<Interval> {
        let scale = ratio(
            self.equations.input_denominator.clone(),
            self.equations.label_denominator.clone(),
        );
        let scale = Interval::from_rational(&scale, self.precision);
        let mut beta = vec![Interval::from_integer(0); self.gradient.len()];
        for (i, b) in &self.support {
            beta[*i] = b.mul(&scale, self.precision);
        }
        beta
    }

    fn l1_norm(&self) -> Interval {
        let beta = self.coefficients();
        self.support
            .iter()
            .fold(Interval::from_integer(0), |sum, &(i, _)| {
                let size = if self.positive[i] {
                    beta[i].clone()
                } else {
                    beta[i].neg()
                };
                sum.add(&size, self.precision)
            })
    }

    fn loss(&self) -> Interval {
        if self.support.len() == self.n_samples {
            return Interval::from_integer(0);
        }
        let labels = Interval::from_integer(self.equations.squared_labels.clone());
        let rest = self.support.iter().fold(labels, |rest, (i, b)| {
            rest.sub(&self.moments[*i].mul(b, self.precision), self.precision)
        });
        let z = &self.equations.label_denominator;
        let unit = ratio(
            BigInt::from(1),
            z * z * BigInt::from(2) * BigInt::from(self.n_samples),
        );
        rest.mul(
            &Interval::from_rational(&unit, self.precision),
            self.precision,
        )
    }
}

/// `None` for the point 0.
fn nonzero(number: Interval) -> Option<Interval> {
    (number.sign() != Some(Ordering::Equal)).then_some(number)
}

fn absolute(number: &Interval) -> Option<Interval> {
    match number.sign()? {
        Ordering::Less => Some(number.neg()),
        Ordering::Equal | Ordering::Greater => Some(number.clone()),
    }
}

/// Gaussian elimination of `K` on a list of coordinates, grown at its end: row p holds the eliminated entries for q ≥ p.
#[derive(Default)]
struct Factor {
    coordinates: Vec<usize>,
    rows: Vec<Vec<Interval>>,
    side: Vec<Interval>,
}

impl Factor {
    /// `None` if a pivot is not certified to be positive, that is, the columns to be independent.
    fn move_to(
        &mut self,
        support: &[usize],
        gram: &[Vec<Interval>],
        moments: &[Interval],
        precision: u32,
    ) -> Option<()> {
        let same = self.coordinates.iter().zip(support);
        let kept = same.take_while(|(a, b)| a == b).count();
        self.coordinates.truncate(kept);
        self.rows.truncate(kept);
        self.side.truncate(kept);
        for (p, row) in self.rows.iter_mut().enumerate() {
            row.truncate(kept - p);
        }
        for &coordinate in &support[kept..] {
            let size = self.coordinates.len();
            let mut column: Vec<Interval> = vec![];
            let mut multipliers: Vec<Interval> = vec![];
            let mut corner = gram[coordinate][coordinate].clone();
            let mut side = moments[coordinate].clone();
            for p in 0..size {
                let mut entry = gram[self.coordinates[p]][coordinate].clone();
                for (t, multiplier) in multipliers.iter().enumerate() {
                    entry = entry.sub(&self.rows[t][p - t].mul(multiplier, precision), precision);
                }
                let multiplier = entry.div(&self.rows[p][0], precision)?;
                corner = corner.sub(&entry.mul(&multiplier, precision), precision);
                side = side.sub(&self.side[p].mul(&multiplier, precision), precision);
                column.push(entry);
                multipliers.push(multiplier);
            }
            if corner.sign()? != Ordering::Greater {
                return None;
            }
            for (row, entry) in self.rows.iter_mut().zip(column) {
                row.push(entry);
            }
            self.rows.push(vec![corner]);
            self.side.push(side);
            self.coordinates.push(coordinate);
        }
        Some(())
    }

    fn back_substitute(&self, precision: u32) -> Option<Vec<Interval>> {
        let size = self.coordinates.len();
        let mut values = vec![Interval::from_integer(0); size];
        for p in (0..size).rev() {
            let mut value = self.side[p].clone();
            for q in p + 1..size {
                value = value.sub(&self.rows[p][q - p].mul(&values[q], precision), precision);
            }
            values[p] = value.div(&self.rows[p][0], precision)?;
        }
        Some(values)
    }
}
