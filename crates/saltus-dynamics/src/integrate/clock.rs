//! Flow time as an unevaluated sum of two floats.

/// A time that stays accurate to far below one unit in the last place over any number of steps: jump times are compared
/// after subtracting a large multiple of the log inverse scale, so that accumulated rounding would show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    high: f64,
    low: f64,
}

impl Clock {
    pub(super) fn new(time: f64) -> Self {
        Clock {
            high: time,
            low: 0.0,
        }
    }

    /// The time, rounded once.
    pub(super) fn time(self) -> f64 {
        self.high
    }

    /// The time after a step, rounded once.
    pub(super) fn time_after(mut self, step: f64) -> f64 {
        self.advance(step);
        self.high
    }

    /// The time left until `time`; exactly 0 when it is reached.
    pub(super) fn until(self, time: f64) -> f64 {
        (time - self.high) - self.low
    }

    pub(super) fn advance(&mut self, step: f64) {
        let sum = self.high + step;
        let part = sum - self.high;
        let lost = (self.high - (sum - part)) + (step - part);
        let low = self.low + lost;
        self.high = sum + low;
        self.low = low - (self.high - sum);
    }

    pub(super) fn set(&mut self, time: f64) {
        *self = Clock::new(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_steps_are_not_lost_at_large_times() {
        let mut clock = Clock::new(1e16);
        for _ in 0..1000 {
            clock.advance(0.125);
        }
        assert_eq!(clock.until(1e16 + 126.0), 1.0);
        clock.set(3.0);
        assert_eq!(clock.until(3.0), 0.0);
        assert_eq!(clock.time_after(0.5), 3.5);
    }
}
