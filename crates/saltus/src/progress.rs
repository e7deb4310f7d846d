//! Signs of life on standard error for work that takes its time: what is done, and of how much.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done by then leaves no trace on the terminal.
const SILENCE: Duration = Duration::from_secs(2);

/// Time between two pictures of the line.
const TICK: Duration = Duration::from_millis(120);

/// What is done so far, and of how much; a total of 0 is not known. It may be shared between threads. With 3 done it is shown as
/// `3 of 20 jumps` if the total is 20, and as `3 jumps` if it is not known.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
}

impl Counter {
    /// One more is done: `3 of 20` becomes `4 of 20`.
    pub fn advance(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }

    /// So many are done, of so many: `set(7, 20)` is shown as `7 of 20`.
    pub fn set(&self, done: usize, total: usize) {
        self.0.done.store(done as u64, Ordering::Relaxed);
        self.0.total.store(total as u64, Ordering::Relaxed);
    }

    fn show(&self, bar: &ProgressBar) {
        let total = self.0.total.load(Ordering::Relaxed);
        let counts = template(self.0.done.load(Ordering::Relaxed), total);
        if let Ok(style) = ProgressStyle::with_template(counts) {
            bar.set_style(style);
        }
        if total > 0 {
            bar.set_length(total);
        }
        bar.set_position(self.0.done.load(Ordering::Relaxed));
    }
}

/// How the line is set; before the first of an unknown number there is nothing to say, and some work never counts.
fn template(done: u64, total: u64) -> &'static str {
    match (done, total) {
        (0, 0) => "{spinner} {msg} ({elapsed})",
        (_, 0) => "{spinner} {msg}: {human_pos} {prefix} ({elapsed})",
        _ => "{spinner} {msg}: {human_pos} of {human_len} {prefix} ({elapsed})",
    }
}

/// A line with the counts and the time elapsed, shown after [`SILENCE`] and removed when dropped; nothing if standard error is no
/// terminal.
#[derive(Debug)]
pub struct Progress {
    done: Option<Sender<()>>,
    watcher: Option<JoinHandle<()>>,
    counter: Counter,
}

impl Progress {
    /// Begins to wait; the counter counts `unit`s of what is being done, of `total`, or of an unknown number where that is 0.
    pub fn counting(what: &str, unit: &'static str, total: usize) -> Self {
        let counter = Counter::default();
        counter.set(0, total);
        let target = ProgressDrawTarget::stderr();
        if target.is_hidden() {
            return Progress {
                done: None,
                watcher: None,
                counter,
            };
        }
        let (done, waiting) = channel();
        let what = what.to_owned();
        let watched = counter.clone();
        let watcher = std::thread::spawn(move || {
            if waiting.recv_timeout(SILENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, target)
                .with_elapsed(SILENCE)
                .with_message(what)
                .with_prefix(unit);
            // The other end closes when the work is done.
            while waiting.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                watched.show(&bar);
                bar.tick();
            }
            bar.finish_and_clear();
        });
        Progress {
            done: Some(done),
            watcher: Some(watcher),
            counter,
        }
    }

    /// What the work counts on: after `progress.counter().advance()` the line shows one more.
    pub fn counter(&self) -> Counter {
        self.counter.clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done = None;
        if let Some(watcher) = self.watcher.take() {
            // The line must be gone before anything else is written; a watcher that panicked has nothing left to clear.
            let _ended = watcher.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_shared_and_a_total_may_come_late() {
        let progress = Progress::counting("counting", "items", 0);
        let counter = progress.counter();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let counter = counter.clone();
                scope.spawn(move || (0..50).for_each(|_| counter.advance()));
            }
        });
        let bar = ProgressBar::hidden();
        counter.show(&bar);
        assert_eq!((bar.position(), bar.length()), (100, None));
        counter.set(7, 20);
        counter.show(&bar);
        assert_eq!((bar.position(), bar.length()), (7, Some(20)));
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let check = |done: u64, total: u64, expected: &str| {
            assert_eq!(template(done, total), expected);
        };
        check(0, 0, "{spinner} {msg} ({elapsed})");
        check(3, 0, "{spinner} {msg}: {human_pos} {prefix} ({elapsed})");
        let of = "{spinner} {msg}: {human_pos} of {human_len} {prefix} ({elapsed})";
        check(0, 5, of);
        check(3, 5, of);
    }
}
