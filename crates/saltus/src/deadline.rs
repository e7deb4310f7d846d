//! The bound on the time that a command may take: beyond it the answer is *undecided*, and never a guess.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use clap::Args;

use crate::commands::options;
use crate::failure::Failure;

/// A verification that was told to stop has this long to say what it settled before it is abandoned.
const GRACE: Duration = Duration::from_secs(2);

/// Stack of the thread that works against the clock: as large as that of the main thread commonly is.
const STACK_BYTES: usize = 8 << 20;

/// The option `--max-seconds`.
#[derive(Debug, Clone, Copy, Args)]
pub struct TimeLimit {
    /// Gives up after so many seconds: what is not settled by then is undecided, with exit code 3
    #[arg(long, visible_alias = "time-limit", value_name = "SECONDS", value_parser = options::positive, allow_hyphen_values = true)]
    max_seconds: Option<f64>,
}

impl TimeLimit {
    /// The limit as a duration; a number of seconds beyond what the clock can count is no limit.
    fn duration(self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.max_seconds?).ok()
    }

    /// What tells work that is asked now and then whether to stop; the clock starts here. With `--max-seconds 60` it says so once
    /// more than 60 seconds have passed, without the option never.
    pub fn stopper(self) -> impl Fn() -> bool + Copy + Send + Sync + 'static {
        let (start, limit) = (Instant::now(), self.duration());
        move || limit.is_some_and(|limit| start.elapsed() > limit)
    }

    /// What `work` gives, or a failure once the limit has passed.
    ///
    /// # Errors
    /// [`Failure::Unsettled`] if the limit passes first. The thread that does the work then ends with the program.
    pub fn within<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.bounded(self.duration(), work)
    }

    /// As [`TimeLimit::within`] for work that itself asks a [`TimeLimit::stopper`], which is given a while to end by itself.
    ///
    /// # Errors
    /// [`Failure::Unsettled`] if the work ends too late or not at all.
    pub fn within_grace<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let limit = self.duration();
        self.bounded(limit.and_then(|limit| limit.checked_add(GRACE)), work)
    }

    fn bounded<T: Send + 'static>(
        self,
        limit: Option<Duration>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (Some(limit), Some(seconds)) = (limit, self.max_seconds) else {
            return Ok(work());
        };
        let start = Instant::now();
        let (sender, receiver) = channel();
        let worker = Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(move || {
                // Nobody listens any more once the limit has passed.
                let _unheard = sender.send(work());
            })
            .map_err(|error| Failure::unsettled("the system gives no thread", error))?;
        match receiver.recv_timeout(limit) {
            Ok(answer) if start.elapsed() <= limit => Ok(answer),
            Ok(_) | Err(RecvTimeoutError::Timeout) => Err(Failure::unsettled(
                "undecided",
                format!("no answer within {seconds} seconds (--max-seconds)"),
            )),
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => Err(Failure::unsettled(
                    "undecided",
                    "the work ended without an answer",
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(seconds: f64) -> TimeLimit {
        TimeLimit {
            max_seconds: Some(seconds),
        }
    }

    #[test]
    fn work_ends_in_time_or_without_an_answer() {
        let (never, waiting) = channel::<()>();
        let endless = limit(0.01).within(move || waiting.recv());
        assert_eq!(
            endless.expect_err("nothing is ever sent").message(),
            "undecided: no answer within 0.01 seconds (--max-seconds)"
        );
        drop(never);
        for enough in [
            limit(3600.0),
            limit(f64::MAX),
            TimeLimit { max_seconds: None },
        ] {
            assert_eq!(enough.within(|| 7).map_err(|error| error.message()), Ok(7));
            assert_eq!(
                enough.within_grace(|| 7).map_err(|error| error.message()),
                Ok(7)
            );
            assert!(!enough.stopper()());
        }
    }
}
