//! Signs of life on standard error for work that takes its time.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done by then leaves no trace on the terminal.
const SILENCE: Duration = Duration::from_secs(2);

/// Time between two pictures of the spinner.
const TICK: Duration = Duration::from_millis(120);

/// A spinner with the time elapsed, shown after [`SILENCE`] and removed when dropped; nothing if standard error is no terminal.
#[derive(Debug)]
pub struct Progress {
    done: Option<Sender<()>>,
    watcher: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to wait; `what` says what is being done.
    pub fn begin(what: &str) -> Self {
        let target = ProgressDrawTarget::stderr();
        if target.is_hidden() {
            return Progress {
                done: None,
                watcher: None,
            };
        }
        let (done, waiting) = channel();
        let what = what.to_owned();
        let watcher = std::thread::spawn(move || {
            if waiting.recv_timeout(SILENCE) == Err(RecvTimeoutError::Timeout) {
                let bar = ProgressBar::with_draw_target(None, target)
                    .with_elapsed(SILENCE)
                    .with_message(what);
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(TICK);
                // The other end closes when the work is done.
                let _closed = waiting.recv();
                bar.finish_and_clear();
            }
        });
        Progress {
            done: Some(done),
            watcher: Some(watcher),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done = None;
        if let Some(watcher) = self.watcher.take() {
            // The spinner must be gone before anything else is written; a watcher that panicked has nothing left to clear.
            let _ended = watcher.join();
        }
    }
}
