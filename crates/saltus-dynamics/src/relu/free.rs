//! The flow while the network's outputs are negligible: every neuron in closed form.
//!
//! The forces are then `g_i = y_i ‖x_i‖ / n`, exactly 0 for zero labels. With constant forces, one neuron with `a > 0`,
//! `s_i = v_i a`, `h_i = σ g_i`, `ρ² = Σ h_i²` and `p = Σ h_i s_i` (sums over its alive entries) obeys
//! `ȧ = Σ h_i s_i`, `ṡ_i = h_i a`, a linear system with the solution (derived here)
//! `a(t) = a cosh ρt + (p/ρ) sinh ρt`, `s_i(t) = s_i + h_i Q(t)`, `Q(t) = ∫ a = (a/ρ) sinh ρt + (p/ρ²)(cosh ρt − 1)`.
//! An entry with `h_i < 0` dies when `Q = s_i/|h_i|`, which is a quadratic equation for `e^{ρt}`; then the next piece begins.

use super::problem::ReluProblem;
use super::state::ReluState;

/// How much smaller than the labels the outputs must stay for their effect to be below rounding.
const NEGLIGIBLE_OUTPUT: f64 = 1e-18;
/// Bound on the number of passes; each takes what the neurons' present rates allow.
const PASSES_MAX: usize = 30;

/// The time until which, from its committed state on, the flow can surely be taken in closed form; 0 if it cannot.
fn free_time(state: &ReluState, problem: &ReluProblem, forces: &[f64]) -> f64 {
    let smallest_label = problem
        .labels()
        .iter()
        .map(|y| y.abs())
        .filter(|&y| y > 0.0)
        .fold(f64::INFINITY, f64::min);
    if smallest_label.is_infinite() {
        return 0.0;
    }
    let largest_norm = problem.input_norms().iter().copied().fold(0.0, f64::max);
    let outputs_scale = largest_norm * problem.neuron_count() as f64;
    let log_max = 0.5 * (NEGLIGIBLE_OUTPUT * smallest_label / outputs_scale).ln();
    let mut time = f64::INFINITY;
    for j in 0..state.neuron_count() {
        let room = log_max - state.logs[j];
        let fastest: f64 = state
            .entries(j)
            .map(|e| forces[state.points[e]].powi(2))
            .sum::<f64>()
            .sqrt();
        if room <= 0.0 {
            return 0.0;
        }
        if fastest > 0.0 {
            time = time.min(room / fastest);
        }
    }
    if time.is_finite() { time } else { 0.0 }
}

/// Advances the flow in closed form as far as its outputs stay negligible, but at most to time `limit`; returns the time
/// reached from `time`, and how many entries died.
pub(super) fn advance_free(
    state: &mut ReluState,
    problem: &ReluProblem,
    time: f64,
    limit: f64,
) -> (f64, usize) {
    let forces: Vec<f64> = problem
        .labels()
        .iter()
        .zip(problem.input_norms())
        .map(|(label, norm)| label * norm / problem.input_count() as f64)
        .collect();
    let before = state.points.len();
    let mut reached = time;
    for _ in 0..PASSES_MAX {
        let duration = free_time(state, problem, &forces).min(limit - reached);
        if duration <= 0.0 {
            break;
        }
        advance_free_by(state, &forces, duration);
        reached = if duration == limit - reached {
            limit
        } else {
            reached + duration
        };
    }
    (reached, before - state.points.len())
}

fn advance_free_by(state: &mut ReluState, forces: &[f64], duration: f64) {
    state.replace_all(|state, j| {
        let entries = state.entries(j);
        let pushes: Vec<f64> = entries
            .clone()
            .map(|e| state.signs[j] * forces[state.points[e]])
            .collect();
        let mut values: Vec<Option<f64>> = entries.map(|e| Some(state.cosines[e])).collect();
        let log_increment = advance_neuron(&pushes, &mut values, duration);
        (log_increment, values)
    });
}

/// Advances one neuron, `a = 1` at the start: overwrites the alive cosines and returns `ln a` at the end.
pub(super) fn advance_neuron(pushes: &[f64], cosines: &mut [Option<f64>], duration: f64) -> f64 {
    let mut log = 0.0;
    let mut left = duration;
    loop {
        let alive = || {
            pushes
                .iter()
                .zip(cosines.iter())
                .filter_map(|(&h, &v)| v.map(|v| (h, v)))
        };
        let rate = alive().map(|(h, _)| h * h).sum::<f64>().sqrt();
        if rate == 0.0 {
            return log;
        }
        // Rounding must not push |p| beyond ρ: the coefficient of the growing exponential is not negative.
        let slope = (alive().map(|(h, v)| h * v).sum::<f64>() / rate).clamp(-1.0, 1.0);
        if slope == -1.0 {
            // Exactly opposed to its push, the neuron shrinks for ever without turning.
            return log - rate * left;
        }
        let next_death = pushes
            .iter()
            .zip(cosines.iter())
            .enumerate()
            .filter_map(|(i, (&h, &v))| v.filter(|_| h < 0.0).map(|v| (-v / h, i)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let death_time = next_death.map_or(f64::INFINITY, |(q, _)| time_of(rate, slope, q));
        let time = death_time.min(left);
        let decay = (-rate * time).exp();
        let grown = 0.5 * (1.0 + slope) + 0.5 * (1.0 - slope) * decay * decay;
        let integral =
            (0.5 * (1.0 - decay * decay) + 0.5 * slope * (1.0 - decay) * (1.0 - decay)) / rate;
        log += rate * time + grown.ln();
        for (h, value) in pushes.iter().zip(cosines.iter_mut()) {
            if let Some(v) = value {
                *v = ((*v * decay + h * integral) / grown).max(0.0);
            }
        }
        left -= time;
        match next_death {
            Some((_, dying)) if death_time <= time => cosines[dying] = None,
            _ => return log,
        }
    }
}

/// The time at which `Q(t) = ∫ a` reaches `q`, for `a(0) = 1`, `ρ = rate` and `p = slope·ρ`; infinite if it never does.
fn time_of(rate: f64, slope: f64, q: f64) -> f64 {
    // With E = e^{ρt}: (1 + s) E² − 2 (s + ρ q) E − (1 − s) = 0.
    let (leading, middle, trailing) = (1.0 + slope, slope + rate * q, 1.0 - slope);
    let root = (middle * middle + leading * trailing).sqrt();
    let growth = if middle >= 0.0 {
        (middle + root) / leading
    } else {
        trailing / (root - middle)
    };
    (growth.ln() / rate).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `RK4` with many small steps on `ȧ = Σ h s`, `ṡ = h a`, where entries die at 0.
    fn by_small_steps(pushes: &[f64], cosines: &[f64], duration: f64) -> (f64, Vec<f64>) {
        let steps = 200_000;
        let step = duration / steps as f64;
        let mut a = 1.0;
        let mut s = cosines.to_vec();
        let rates = |a: f64, s: &[f64]| -> (f64, Vec<f64>) {
            let alive = |i: usize| s[i] > 0.0;
            let da = (0..s.len())
                .filter(|&i| alive(i))
                .map(|i| pushes[i] * s[i])
                .sum();
            (
                da,
                (0..s.len())
                    .map(|i| if alive(i) { pushes[i] * a } else { 0.0 })
                    .collect(),
            )
        };
        for _ in 0..steps {
            let moved = |by: f64, (da, ds): &(f64, Vec<f64>)| {
                (
                    a + by * da,
                    s.iter()
                        .zip(ds)
                        .map(|(s, d)| s + by * d)
                        .collect::<Vec<f64>>(),
                )
            };
            let k1 = rates(a, &s);
            let (a2, s2) = moved(0.5 * step, &k1);
            let k2 = rates(a2, &s2);
            let (a3, s3) = moved(0.5 * step, &k2);
            let k3 = rates(a3, &s3);
            let (a4, s4) = moved(step, &k3);
            let k4 = rates(a4, &s4);
            a += step / 6.0 * (k1.0 + 2.0 * k2.0 + 2.0 * k3.0 + k4.0);
            for i in 0..s.len() {
                s[i] = (s[i] + step / 6.0 * (k1.1[i] + 2.0 * k2.1[i] + 2.0 * k3.1[i] + k4.1[i]))
                    .max(0.0);
            }
        }
        (a, s)
    }

    fn check(pushes: &[f64], cosines: &[f64], duration: f64) {
        let mut values: Vec<Option<f64>> = cosines.iter().map(|&v| Some(v)).collect();
        let log = advance_neuron(pushes, &mut values, duration);
        let (a, s) = by_small_steps(pushes, cosines, duration);
        let case = format!("{pushes:?} {cosines:?} {duration}");
        assert!(
            (log - a.ln()).abs() < 1e-6,
            "{case}: log {log}, expected {}",
            a.ln()
        );
        for (value, s) in values.iter().zip(&s) {
            assert!(
                (value.unwrap_or(0.0) - s / a).abs() < 1e-5,
                "{case}: cosine {value:?}, expected {}",
                s / a
            );
            assert_eq!(value.is_none(), *s == 0.0, "{case}");
        }
    }

    #[test]
    fn closed_form_agrees_with_small_steps() {
        check(&[1.0], &[1.0], 3.0);
        check(&[1.0], &[0.3], 2.0);
        check(&[0.0, 0.5], &[0.6, 0.8], 2.0);
        check(&[1.0, -0.5], &[0.6, 0.8], 4.0);
        check(&[1.0, -0.5, -2.0, 0.25], &[0.1, 0.6, 0.5, 0.2], 3.0);
        check(&[-1.0, -0.5], &[0.6, 0.7], 5.0);
        check(&[-1.0], &[0.5], 5.0);
    }

    #[test]
    fn a_neuron_exactly_opposed_to_its_push_shrinks_for_ever() {
        let mut values = vec![Some(1.0)];
        let log = advance_neuron(&[-2.0], &mut values, 1e9);
        assert_eq!((log, values), (-2e9, vec![Some(1.0)]));
    }

    #[test]
    fn long_durations_do_not_overflow() {
        let mut values = vec![Some(0.6), Some(0.8)];
        let log = advance_neuron(&[3.0, 4.0], &mut values, 1e7);
        assert!((log - 5e7).abs() < 1e-6, "{log}");
        assert!((values[0].unwrap_or(0.0) - 0.6).abs() < 1e-15);
    }
}
