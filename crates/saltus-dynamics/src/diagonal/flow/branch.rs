//! One of the two exponentials that make up a coordinate, `e^{2x}/2` with `x = ±G − s`, at any size.

use super::double::DoubleDouble;

/// Above this exponent x the value is kept to 32 digits; below, it is far too small to matter to the last digit of anything.
const TRACKED_FROM: f64 = -120.0;
/// A tracked value whose exponent falls below this is given up again.
const TRACKED_TO: f64 = -125.0;

/// The value `e^{2x}/2` and its exponent x.
///
/// The exponent alone would not do: rounding in x is relative to |x|, and changes of the value by 10⁻¹⁶ of itself, which
/// decide the dynamics once the loss is 10⁻³², would be lost. So a value that matters is updated by its own increments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    exponent: DoubleDouble,
    value: Option<DoubleDouble>,
}

impl Branch {
    /// The branch at exponent `−log_inverse_scale`.
    pub(super) fn new(log_inverse_scale: f64) -> Self {
        let mut branch = Self {
            exponent: DoubleDouble::from(-log_inverse_scale),
            value: None,
        };
        branch.choose_tracking();
        branch
    }

    /// The exponent x.
    pub(super) fn exponent(&self) -> DoubleDouble {
        self.exponent
    }

    /// What the reference predictor holds of this branch: its value if that is tracked, 0 otherwise.
    pub(super) fn reference(&self) -> DoubleDouble {
        self.value.unwrap_or(DoubleDouble::ZERO)
    }

    /// The value, to working precision.
    pub(super) fn value(&self) -> f64 {
        self.value.map_or_else(
            || 0.5 * (2.0 * self.exponent.high()).exp(),
            DoubleDouble::high,
        )
    }

    /// Value after the exponent has changed by `increment`, minus [`reference`](Self::reference); relatively accurate.
    pub(super) fn change(&self, increment: f64) -> f64 {
        match self.value {
            Some(value) => value.high() * (2.0 * increment).exp_m1(),
            None => 0.5 * (2.0 * (self.exponent.high() + increment)).exp(),
        }
    }

    /// Moves the exponent by `increment`.
    pub(super) fn commit(&mut self, increment: f64) {
        self.exponent = self.exponent.plus_float(increment);
        self.value = self.value.map(|value| {
            let factor = (2.0 * increment).exp_m1();
            if factor > -0.5 {
                value.plus(value.times_float(factor))
            } else {
                // 1 + factor would cancel.
                value.times_float((2.0 * increment).exp())
            }
        });
        self.choose_tracking();
    }

    fn choose_tracking(&mut self) {
        if self.exponent.high() < TRACKED_TO {
            self.value = None;
        } else if self.value.is_none() && self.exponent.high() > TRACKED_FROM {
            self.value = Some(DoubleDouble::from(self.value()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_their_exponents_in_any_steps() {
        let check = |start: f64, steps: &[f64]| {
            let mut branch = Branch::new(-start);
            let mut exponent = start;
            for step in steps {
                let expected = 0.5 * (2.0 * (exponent + step)).exp();
                let change = branch.change(*step);
                assert!(
                    (branch.reference().high() + change - expected).abs()
                        <= 1e-12 * expected.max(branch.value())
                );
                branch.commit(*step);
                exponent += step;
                assert!(
                    (branch.value() - expected).abs() <= 1e-12 * expected,
                    "{start} {steps:?}"
                );
                assert!((branch.exponent().high() - exponent).abs() <= 1e-12 * exponent.abs());
            }
        };
        check(-5.0, &[1.0, 3.0, 0.5, -0.25, -4.0]);
        check(-300.0, &[100.0, 100.0, 99.0, 1.0, -150.0, -100.0, 260.0]);
        check(-121.0, &[2.0, -3.0, -10.0, 20.0]);
        check(-0.1, &[1e-3; 50]);
        check(0.0, &[-60.0, 59.0]);
    }

    #[test]
    fn changes_far_below_rounding_are_kept() {
        let mut branch = Branch::new(0.0);
        for _ in 0..100 {
            branch.commit(1e-20);
        }
        // e^{2·10⁻¹⁸}/2 − ½ = 10⁻¹⁸.
        let change = branch.reference().plus_float(-0.5);
        assert!((change.high() - 1e-18).abs() < 1e-30, "{change:?}");
    }
}
