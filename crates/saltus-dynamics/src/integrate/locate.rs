//! Locating events and crossing times within a step.

use super::driver::Drive;
use super::method::{Attempt, Stepper};
use super::system::StiffSystem;

/// A watched component counts as crossing once it is below minus this, or minus the tolerance if that is larger: at fitted points
/// components decay to noise of either sign, and that noise must not trigger.
const EVENT_TRIGGER: f64 = 1e-10;
/// An event is located well enough once the lowest watched component is above the trigger times minus this: right-hand sides are
/// continuous across an event, so that a time error `d` costs `O(d²)`.
const EVENT_DEPTH: f64 = 1e4;
/// Where within that window the search aims.
const EVENT_AIM: f64 = 1e3;
/// A Newton correction of a crossing time below this fraction of the step leaves an error of about its square.
const CROSSING_CORRECTION: f64 = 1e-7;
/// Bound on every bracketing loop; bisection alone needs fewer.
const SEARCH_LIMIT: usize = 100;

/// How far below 0 something watched has to be to count as crossing, at a tolerance of the integration.
pub(crate) fn event_trigger(tolerance: f64) -> f64 {
    EVENT_TRIGGER.max(tolerance)
}

impl<S: StiffSystem> Drive<'_, S> {
    /// How far below 0 a watched component has to be to count as crossing.
    pub(super) fn event_trigger(&self) -> f64 {
        event_trigger(self.settings.tolerance)
    }

    /// If the kept attempt crosses an event, replaces it by one that ends just after the first event and returns that step.
    pub(super) fn locate_event(&mut self, system: &S, step: f64) -> Option<f64> {
        let trigger = self.event_trigger();
        let mut crossing = system.crossing(self.stepper.kept_increment(), trigger)?;
        let mut low = 0.0;
        let mut high = step;
        for search in 0..SEARCH_LIMIT {
            if crossing.lowest > -EVENT_DEPTH * trigger || high - low <= 1e-15 * high {
                break;
            }
            let by_interpolation =
                self.component_root(system, crossing.component, low / high) * high;
            let trial = if search < 8 {
                by_interpolation
            } else {
                0.5 * (low + high)
            };
            let attempt =
                self.stepper
                    .attempt(system, &self.start_rhs, trial, self.settings.tolerance);
            self.count_relocation(&attempt);
            if !attempt.error.is_finite() {
                break;
            }
            match system.crossing(self.stepper.increment(), trigger) {
                None => low = trial,
                Some(found) => {
                    self.stepper.keep(trial);
                    high = trial;
                    crossing = found;
                }
            }
        }
        Some(high)
    }

    /// The fraction of the kept attempt, after `low`, at which its interpolant takes a watched component to the aim of the search.
    fn component_root(&mut self, system: &S, component: usize, low: f64) -> f64 {
        let mut point = std::mem::take(&mut self.point);
        let aim = -EVENT_AIM * self.event_trigger();
        let root = bracketed_root(low, 1.0, |fraction| {
            self.stepper.interpolate(fraction, &mut point);
            aim - system.watched(component, &point)
        });
        self.point = point;
        root
    }

    /// Finds the crossing times of the observables that become `≥ 0` within the kept attempt. The interpolant only says where to look:
    /// the step is repeated up to the crossing, so that the time has the accuracy of the method itself.
    pub(super) fn locate_crossings(&mut self, system: &S, step: f64) {
        let mut end_values = std::mem::take(&mut self.observed);
        system.observe(self.stepper.kept_increment(), &mut end_values);
        for k in 0..end_values.len() {
            if self.is_sought(k) && self.observed_at_start[k] < 0.0 && end_values[k] >= 0.0 {
                let crossing_step = self.locate_crossing(system, step, k);
                self.crossing_times[k] = Some(self.clock.time_after(crossing_step));
            }
        }
        self.observed = end_values;
    }

    fn locate_crossing(&mut self, system: &S, step: f64, observable: usize) -> f64 {
        let mut values = vec![0.0; self.crossing_times.len()];
        let mut point = std::mem::take(&mut self.point);
        let mut interpolated = |stepper: &Stepper<S>, fraction: f64| {
            stepper.interpolate(fraction, &mut point);
            system.observe(&point, &mut values);
            values[observable]
        };
        let mut fraction =
            bracketed_root(0.0, 1.0, |fraction| interpolated(&self.stepper, fraction));
        let half_width = 1e-4_f64.min(fraction).min(1.0 - fraction).max(1e-12);
        let slope = (interpolated(&self.stepper, fraction + half_width)
            - interpolated(&self.stepper, fraction - half_width))
            / (2.0 * half_width);
        self.point = point;
        let mut low = 0.0;
        let mut high = 1.0;
        for search in 0..SEARCH_LIMIT {
            let attempt = self.stepper.attempt(
                system,
                &self.start_rhs,
                fraction * step,
                self.settings.tolerance,
            );
            self.count_relocation(&attempt);
            if !attempt.error.is_finite() {
                break;
            }
            system.observe(self.stepper.increment(), &mut values);
            let value = values[observable];
            if value >= 0.0 {
                high = fraction;
            } else {
                low = fraction;
            }
            let correction = -value / slope;
            let corrected = fraction + correction;
            let inside = corrected >= low && corrected <= high;
            if inside && correction.abs() <= CROSSING_CORRECTION {
                return corrected * step;
            }
            if high - low <= 1e-15 {
                break;
            }
            fraction = if inside && search < 8 {
                corrected
            } else {
                0.5 * (low + high)
            };
        }
        fraction * step
    }

    fn count_relocation(&mut self, attempt: &Attempt) {
        self.statistics.relocations += 1;
        self.statistics.rhs_calls += attempt.rhs_calls;
        self.statistics.factorisations += attempt.factorisations;
    }
}

/// A root of an increasing-through-zero function on `[low, high]`: regula falsi with halving of stale ends, and bisection as a fallback.
pub(crate) fn bracketed_root(
    mut low: f64,
    mut high: f64,
    mut value: impl FnMut(f64) -> f64,
) -> f64 {
    let mut low_value = value(low);
    let mut high_value = value(high);
    if low_value >= 0.0 {
        return low;
    }
    if high_value <= 0.0 || high_value.is_nan() {
        return high;
    }
    let mut last_side = 0;
    for search in 0..SEARCH_LIMIT {
        if high - low <= 1e-12 * high {
            break;
        }
        let secant = low - low_value * (high - low) / (high_value - low_value);
        let point = if search < 40 && secant > low && secant < high {
            secant
        } else {
            0.5 * (low + high)
        };
        let found = value(point);
        if found == 0.0 {
            return point;
        }
        let side = if found > 0.0 { 1 } else { -1 };
        if side > 0 {
            high = point;
            high_value = found;
            if last_side == side {
                low_value *= 0.5;
            }
        } else {
            low = point;
            low_value = found;
            if last_side == side {
                high_value *= 0.5;
            }
        }
        last_side = side;
    }
    high
}
