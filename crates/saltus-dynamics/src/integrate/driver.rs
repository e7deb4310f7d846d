//! Advancing a system: step control, samples, events, limits.

use std::ops::ControlFlow;

use pulp::Arch;

use super::clock::Clock;
use super::error::FlowError;
use super::method::Stepper;
use super::settings::{FlowReport, FlowSettings, FlowStatistics, Moment};
use super::system::StiffSystem;

/// Nothing lasts longer than this; a longer step means that nothing happens at all.
const STEP_MAX: f64 = 1e100;

/// Integrates `system` from its committed state until `settings.end` or until `visit` breaks.
///
/// `cancelled` is polled before every attempted step. The course of the integration depends on neither observables nor `visit`.
///
/// # Errors
/// Invalid settings; the step limit; a step that shrinks to nothing or grows without end; a right-hand side that is not finite at an accepted state; a cancellation.
pub fn integrate<S: StiffSystem>(
    system: &mut S,
    settings: &FlowSettings,
    cancelled: &dyn Fn() -> bool,
    visit: &mut dyn FnMut(&S, Moment) -> ControlFlow<()>,
) -> Result<FlowReport, FlowError> {
    settings.validate()?;
    let mut drive = Drive::new(system, settings);
    drive.run(system, cancelled, visit)?;
    Ok(FlowReport {
        end: drive.clock.time(),
        crossing_times: drive.crossing_times,
        statistics: drive.statistics,
    })
}

/// An integration on its way.
pub(super) struct Drive<'a, S: StiffSystem> {
    pub(super) settings: &'a FlowSettings,
    pub(super) stepper: Stepper<S>,
    pub(super) clock: Clock,
    pub(super) statistics: FlowStatistics,
    pub(super) start_rhs: Vec<f64>,
    pub(super) point: Vec<f64>,
    pub(super) observed: Vec<f64>,
    pub(super) observed_at_start: Vec<f64>,
    pub(super) crossing_times: Vec<Option<f64>>,
}

impl<'a, S: StiffSystem> Drive<'a, S> {
    fn new(system: &S, settings: &'a FlowSettings) -> Self {
        let dimension = system.dimension();
        let observables = system.observable_count();
        Drive {
            settings,
            stepper: Stepper::new(settings.method, dimension, Arch::new()),
            clock: Clock::new(settings.start),
            statistics: FlowStatistics::default(),
            start_rhs: vec![0.0; dimension],
            point: vec![0.0; dimension],
            observed: vec![0.0; observables],
            observed_at_start: vec![0.0; observables],
            crossing_times: vec![None; observables],
        }
    }

    fn run(
        &mut self,
        system: &mut S,
        cancelled: &dyn Fn() -> bool,
        visit: &mut dyn FnMut(&S, Moment) -> ControlFlow<()>,
    ) -> Result<(), FlowError> {
        let settings = self.settings;
        let mut next_sample = 0;
        self.refresh(system)?;
        if settings.sample_times.first() == Some(&settings.start) {
            next_sample = 1;
            if visit(system, self.moment(Some(0))).is_break() {
                return Ok(());
            }
        }
        let mut natural_step = initial_step(&self.start_rhs);
        let smallest = 1e-26 * natural_step;
        let mut growth_max = 10.0;
        let mut attempts = 0;
        while self.clock.until(settings.end) > 0.0 {
            let time = self.clock.time();
            if cancelled() {
                return Err(FlowError::Cancelled { time });
            }
            if attempts >= settings.step_limit {
                return Err(FlowError::StepLimit {
                    time,
                    limit: settings.step_limit,
                });
            }
            attempts += 1;
            let stop = self.next_stop(next_sample);
            let remaining = self.clock.until(stop);
            let mut step = natural_step.min(system.step_cap());
            let ends_at_stop = step * 1.001 >= remaining;
            if ends_at_stop {
                step = remaining;
            }
            if step > STEP_MAX {
                return Err(FlowError::AtRest { time });
            }
            let attempt = self
                .stepper
                .attempt(system, &self.start_rhs, step, settings.tolerance);
            self.statistics.rhs_calls += attempt.rhs_calls;
            self.statistics.factorisations += attempt.factorisations;
            if attempt.error > 1.0 {
                self.statistics.rejected += 1;
                natural_step = step * attempt.growth;
                growth_max = 1.0;
                if natural_step <= smallest + 1e-26 * time {
                    return Err(FlowError::StepTooSmall { time, step });
                }
                continue;
            }
            self.stepper.keep(step);
            let event_step = self.locate_event(system, step);
            let taken = event_step.unwrap_or(step);
            if !self.stepper.follow(system, taken, settings.tolerance) {
                self.statistics.rejected += 1;
                natural_step = 0.5 * taken;
                growth_max = 1.0;
                self.stepper.restart(system.dimension());
                self.refresh(system)?;
                continue;
            }
            self.locate_crossings(system, taken);
            system.commit(self.stepper.kept_increment());
            self.statistics.accepted += 1;
            let proposed = step * attempt.growth.min(growth_max);
            growth_max = 10.0;
            let mut sample = None;
            match event_step {
                Some(event_step) => {
                    self.clock.advance(event_step);
                    self.statistics.events += system.apply_events(self.event_trigger());
                    self.stepper.restart(system.dimension());
                    natural_step = step;
                }
                None if ends_at_stop => {
                    self.clock.set(stop);
                    self.stepper.advance();
                    natural_step = natural_step.max(proposed);
                    if settings.sample_times.get(next_sample) == Some(&stop) {
                        sample = Some(next_sample);
                        next_sample += 1;
                    }
                }
                None => {
                    self.clock.advance(step);
                    self.stepper.advance();
                    natural_step = proposed;
                }
            }
            let joined = system.join();
            if !joined.is_empty() {
                let dimension = system.dimension();
                match event_step {
                    Some(_) => self.stepper.restart(dimension),
                    None => self.stepper.join(&joined, dimension),
                }
            }
            self.refresh(system)?;
            if visit(system, self.moment(sample)).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn moment(&self, sample: Option<usize>) -> Moment {
        let all_crossed = self.crossing_times.iter().all(Option::is_some);
        Moment {
            time: self.clock.time(),
            sample,
            all_crossed,
        }
    }

    /// Evaluates what belongs to the newly committed state.
    fn refresh(&mut self, system: &S) -> Result<(), FlowError> {
        let time = self.clock.time();
        let dimension = system.dimension();
        self.start_rhs.resize(dimension, 0.0);
        self.point.resize(dimension, 0.0);
        system.committed_rhs(&mut self.start_rhs);
        if !self.start_rhs.iter().all(|value| value.is_finite()) {
            return Err(FlowError::NotFinite { time });
        }
        system.observe_committed(&mut self.observed_at_start);
        for k in 0..self.crossing_times.len() {
            if self.is_sought(k) && self.observed_at_start[k] >= 0.0 {
                self.crossing_times[k] = Some(time);
            }
        }
        Ok(())
    }

    /// The next time at which a step has to end.
    fn next_stop(&self, next_sample: usize) -> f64 {
        let mut stop = self.settings.end;
        if let Some(&time) = self.settings.sample_times.get(next_sample) {
            stop = stop.min(time);
        }
        for &time in &self.settings.arm_times {
            if self.clock.until(time) > 0.0 {
                stop = stop.min(time);
            }
        }
        stop
    }

    /// Whether the crossing time of an observable is still to be found.
    pub(super) fn is_sought(&self, observable: usize) -> bool {
        let armed = match self.settings.arm_times.get(observable) {
            Some(&time) => self.clock.until(time) <= 0.0,
            None => true,
        };
        armed && self.crossing_times[observable].is_none()
    }
}

/// A first step on which the right-hand side moves no component by more than a thousandth.
fn initial_step(rhs: &[f64]) -> f64 {
    let fastest = rhs
        .iter()
        .fold(0.0, |norm: f64, value| norm.max(value.abs()));
    if fastest > 0.0 { 1e-3 / fastest } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::super::method::Method;
    use super::super::test_systems::DenseSystem;
    use super::*;

    const METHODS: [Method; 2] = [Method::Radau9, Method::Rodas5P];

    fn run(system: &mut DenseSystem, settings: &FlowSettings) -> Result<FlowReport, FlowError> {
        integrate(system, settings, &|| false, &mut |_, _| {
            ControlFlow::Continue(())
        })
    }

    #[test]
    fn samples_are_met_exactly_and_in_order() {
        for method in METHODS {
            let settings = FlowSettings {
                method,
                sample_times: vec![0.0, 0.1, 1.0, 2.5, 9.0],
                ..FlowSettings::new(1e-10, 2.5)
            };
            let mut seen = Vec::new();
            let mut system = DenseSystem::van_der_pol();
            let report = integrate(&mut system, &settings, &|| false, &mut |_, moment| {
                if let Some(sample) = moment.sample {
                    seen.push((sample, moment.time));
                }
                ControlFlow::Continue(())
            });
            assert_eq!(report.map(|report| report.end), Ok(2.5));
            assert_eq!(seen, [(0, 0.0), (1, 0.1), (2, 1.0), (3, 2.5)]);
        }
    }

    #[test]
    fn events_and_crossings_are_located() {
        for (method, tolerance) in [(Method::Radau9, 1e-11), (Method::Rodas5P, 1e-11)] {
            let mut system = DenseSystem::stopping_circle();
            system.observable = Some(|y| y[1] - 0.5);
            let settings = FlowSettings {
                method,
                ..FlowSettings::new(tolerance, 100.0)
            };
            let report = run(&mut system, &settings).expect("the system is smooth");
            assert_eq!(report.statistics.events, 1);
            assert!(
                (system.state[1] - 1.0).abs() < 1e-9,
                "{method:?}: y = {}",
                system.state[1]
            );
            let crossing = report.crossing_times[0].expect("y passes 1/2");
            let expected = std::f64::consts::FRAC_PI_6;
            assert!(
                (crossing - expected).abs() < 2e-10,
                "{method:?}: {}",
                crossing - expected
            );
        }
    }

    #[test]
    fn observables_do_not_change_the_course() {
        for method in METHODS {
            let settings = FlowSettings {
                method,
                ..FlowSettings::new(1e-9, 3.0)
            };
            let mut watched = DenseSystem::van_der_pol();
            watched.observable = Some(|y| -y[0]);
            let mut plain = DenseSystem::van_der_pol();
            let report = run(&mut watched, &settings);
            assert!(report.is_ok_and(|report| report.crossing_times[0].is_some()));
            assert!(run(&mut plain, &settings).is_ok());
            let difference = (watched.state[0] - plain.state[0]).abs();
            assert!(difference < 1e-9, "{method:?}: {difference}");
        }
    }

    #[test]
    fn observables_wait_for_their_arm_time() {
        let mut system = DenseSystem::van_der_pol();
        // The observable is positive at the start already.
        system.observable = Some(|y| y[0]);
        let settings = FlowSettings {
            arm_times: vec![0.25],
            ..FlowSettings::new(1e-9, 1.0)
        };
        let report = run(&mut system, &settings);
        assert_eq!(
            report.map(|report| report.crossing_times),
            Ok(vec![Some(0.25)])
        );
    }

    #[test]
    fn crossings_that_do_not_happen_are_none() {
        let mut system = DenseSystem::van_der_pol();
        system.observable = Some(|y| y[0] - 100.0);
        let report = run(&mut system, &FlowSettings::new(1e-9, 1.0));
        assert_eq!(report.map(|report| report.crossing_times), Ok(vec![None]));
    }

    #[test]
    fn a_system_at_rest_reaches_any_time_in_few_steps() {
        for method in METHODS {
            let mut system = DenseSystem::new(&[1.0], |_, f| f[0] = 0.0, |_| vec![0.0]);
            let settings = FlowSettings {
                method,
                ..FlowSettings::new(1e-9, 1e16)
            };
            let report = run(&mut system, &settings).expect("nothing happens");
            assert!(
                report.statistics.accepted < 20,
                "{method:?}: {:?}",
                report.statistics
            );
        }
    }

    #[test]
    fn rest_without_an_end_is_reported() {
        let mut system = DenseSystem::new(&[1.0], |_, f| f[0] = 0.0, |_| vec![0.0]);
        let result = run(&mut system, &FlowSettings::new(1e-9, f64::INFINITY));
        assert!(
            matches!(result, Err(FlowError::AtRest { .. })),
            "{result:?}"
        );
    }

    #[test]
    fn invalid_settings_are_refused() {
        let check = |settings: FlowSettings, expected: FlowError| {
            assert_eq!(
                run(&mut DenseSystem::van_der_pol(), &settings),
                Err(expected)
            );
        };
        let valid = FlowSettings::new(1e-9, 1.0);
        check(
            FlowSettings {
                tolerance: 0.0,
                ..valid.clone()
            },
            FlowError::Tolerance { tolerance: 0.0 },
        );
        check(
            FlowSettings {
                end: -1.0,
                ..valid.clone()
            },
            FlowError::End {
                start: 0.0,
                end: -1.0,
            },
        );
        let sample_times = vec![0.5, 0.5];
        check(
            FlowSettings {
                sample_times,
                ..valid.clone()
            },
            FlowError::SampleTime {
                index: 1,
                time: 0.5,
            },
        );
        let sample_times = vec![-0.5];
        check(
            FlowSettings {
                sample_times,
                ..valid
            },
            FlowError::SampleTime {
                index: 0,
                time: -0.5,
            },
        );
    }

    #[test]
    fn failures_say_when_they_happened() {
        let settings = FlowSettings {
            step_limit: 3,
            ..FlowSettings::new(1e-9, 1.0)
        };
        let result = run(&mut DenseSystem::van_der_pol(), &settings);
        assert!(
            matches!(result, Err(FlowError::StepLimit { time, limit: 3 }) if time > 0.0 && time < 1.0)
        );

        let settings = FlowSettings::new(1e-9, 1.0);
        let mut system = DenseSystem::van_der_pol();
        let result = integrate(&mut system, &settings, &|| true, &mut |_, _| {
            ControlFlow::Continue(())
        });
        assert_eq!(result, Err(FlowError::Cancelled { time: 0.0 }));

        // ẏ = y² leaves every bound at t = 1.
        let mut blow_up = DenseSystem::new(&[1.0], |y, f| f[0] = y[0] * y[0], |y| vec![2.0 * y[0]]);
        let result = run(
            &mut blow_up,
            &FlowSettings {
                step_limit: 100_000,
                ..FlowSettings::new(1e-9, 2.0)
            },
        );
        assert!(result.is_err(), "{result:?}");

        let mut undefined = DenseSystem::new(&[-1.0], |y, f| f[0] = y[0].sqrt(), |_| vec![0.0]);
        assert_eq!(
            run(&mut undefined, &settings),
            Err(FlowError::NotFinite { time: 0.0 })
        );
    }

    #[test]
    fn a_visitor_can_stop_an_endless_integration() {
        let settings = FlowSettings::new(1e-9, f64::INFINITY);
        let mut system = DenseSystem::van_der_pol();
        let report = integrate(&mut system, &settings, &|| false, &mut |_, moment| {
            if moment.time > 2.0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(report.is_ok_and(|report| report.end > 2.0 && report.end < 4.0));
    }
}
