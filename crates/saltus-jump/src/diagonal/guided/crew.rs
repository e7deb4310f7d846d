//! Threads that go along a proposed path together.
//!
//! There are five kinds of steps: the next proposal, the fit after the next jump, the time of that jump, what the factors of its
//! denominator have in common with numerators, and some fits in lowest terms. Each of the first four needs what was found by the
//! same kind before, and by the kind before it; so each is done by one thread at a time, while others take steps of the other kinds.
//! A thread that finds a step taken does another one, and never waits for a certain thread: one alone takes all steps. What is found
//! does not depend on who takes which step.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;

use num_bigint::BigInt;
use saltus_exact::lanes::LANES;
use saltus_exact::{FactoredQuotient, SharedFactors};

use super::super::enclosure::Decision;
use super::fits::{Fit, Fits, Hit};
use super::times::{Time, Times};
use super::{Data, Saddle};

/// So many fits are brought to lowest terms in one step.
const FITS_AT_ONCE: usize = LANES;

/// What one kind of step has found, for the next kind to take.
struct Queue<T>(Mutex<VecDeque<T>>);

impl<T> Queue<T> {
    fn new() -> Queue<T> {
        Queue(Mutex::new(VecDeque::new()))
    }

    fn push(&self, item: T) {
        locked(&self.0).push_back(item);
    }

    fn pop(&self) -> Option<T> {
        locked(&self.0).pop_front()
    }
}

/// A thread that panics ends the whole work, so that what it held is not used any more.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next proposals.
pub(super) struct Proposals<P> {
    /// `None` once there are no more.
    propose: Mutex<Option<P>>,
    found: Queue<Option<Option<Decision>>>,
    /// The end is proposed.
    are_complete: AtomicBool,
}

impl<P: FnMut() -> Option<Option<Decision>>> Proposals<P> {
    pub(super) fn new(propose: P) -> Proposals<P> {
        Proposals {
            propose: Mutex::new(Some(propose)),
            found: Queue::new(),
            are_complete: AtomicBool::new(false),
        }
    }

    /// Whether a step was taken.
    pub(super) fn advance(&self) -> bool {
        let mut state = match self.propose.try_lock() {
            Ok(state) => state,
            Err(TryLockError::WouldBlock) => return false,
            Err(TryLockError::Poisoned(_)) => {
                self.found.push(None);
                return true;
            }
        };
        let Some(propose) = &mut *state else {
            return false;
        };
        let found = propose();
        if !matches!(found, Some(Some(_))) {
            *state = None;
        }
        let is_end = matches!(found, Some(None));
        self.are_complete.fetch_or(is_end, Ordering::Relaxed);
        self.found.push(found);
        true
    }
}

/// The fits so far.
struct Following {
    fits: Fits,
    decisions: Vec<Decision>,
    /// The last fits, which are not yet in [`Path::plain`].
    plain: Vec<Arc<Fit>>,
}

impl Following {
    /// The next hit, or the end; the outer `None` if it is not confirmed.
    fn step(&mut self, data: &Data, decision: Option<Decision>) -> Option<Option<Hit>> {
        let Some(decision) = decision else {
            return self.fits.fit().is_at_rest(data).then_some(None);
        };
        let hit = self.fits.jump(data, &decision)?;
        self.decisions.push(decision);
        self.plain.push(Arc::clone(self.fits.fit()));
        Some(Some(hit))
    }
}

/// The times so far.
#[derive(Default)]
struct Shared {
    factors: SharedFactors,
    times: Vec<FactoredQuotient>,
}

impl Shared {
    /// `None` for a factor that is not positive, which none is.
    fn count(&mut self, time: Time) -> Option<()> {
        for factor in &time.factors {
            self.factors.push(factor)?;
        }
        self.factors.count(&time.quotient)?;
        self.times.push(time.quotient);
        Some(())
    }
}

/// The path so far.
pub(super) struct Path<'a> {
    data: Data<'a>,
    following: Mutex<Following>,
    /// `None` at the end.
    hits: Queue<Option<Hit>>,
    times: Mutex<Times>,
    /// `None` at the end.
    plain_times: Queue<Option<Time>>,
    shared: Mutex<Shared>,
    /// The factors of all times.
    factors: OnceLock<SharedFactors>,
    /// How many of them are taken care of.
    factors_taken: AtomicUsize,
    /// What they have in common with numerators, from that of a number on.
    common: Mutex<Vec<(usize, Vec<BigInt>)>>,
    /// Fits that are not in lowest terms, from that after the jump of a number on.
    plain: Queue<(usize, Vec<Arc<Fit>>)>,
    saddles: Mutex<Vec<(usize, Vec<Saddle>)>>,
    /// Jumps of which the time is known.
    jumps: AtomicUsize,
    /// All times are known.
    is_timed: AtomicBool,
    /// Something is not confirmed.
    has_failed: AtomicBool,
}

/// What parts hold, each from a number on.
fn in_order<T>(parts: Mutex<Vec<(usize, Vec<T>)>>) -> Option<Vec<T>> {
    let mut parts = parts.into_inner().ok()?;
    parts.sort_unstable_by_key(|(first, _)| *first);
    Some(parts.into_iter().flat_map(|(_, part)| part).collect())
}

/// A path that is confirmed.
pub(super) struct Found {
    pub(super) decisions: Vec<Decision>,
    pub(super) times: Vec<FactoredQuotient>,
    /// What each factor of their denominators has in common with their numerators.
    pub(super) common: Vec<BigInt>,
    pub(super) saddles: Vec<Saddle>,
}

impl<'a> Path<'a> {
    pub(super) fn new(data: Data<'a>) -> Path<'a> {
        Path {
            following: Mutex::new(Following {
                fits: Fits::none(&data),
                decisions: vec![],
                plain: vec![],
            }),
            hits: Queue::new(),
            times: Mutex::new(Times::none(&data)),
            plain_times: Queue::new(),
            shared: Mutex::default(),
            factors: OnceLock::new(),
            factors_taken: AtomicUsize::new(0),
            common: Mutex::new(vec![]),
            plain: Queue::new(),
            saddles: Mutex::new(vec![]),
            jumps: AtomicUsize::new(0),
            is_timed: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            data,
        }
    }

    /// What was found, unless something is not confirmed or a jump lacks a part.
    pub(super) fn found(self) -> Option<Found> {
        if self.has_failed.into_inner() {
            return None;
        }
        let found = Found {
            decisions: self.following.into_inner().ok()?.decisions,
            times: self.shared.into_inner().ok()?.times,
            common: in_order(self.common)?,
            saddles: in_order(self.saddles)?,
        };
        let jumps = found.decisions.len();
        let is_whole = found.times.len() == jumps && found.saddles.len() == jumps;
        is_whole.then_some(found)
    }

    /// Takes a step, if there is one that nobody has taken.
    fn advance<P: FnMut() -> Option<Option<Decision>>>(&self, proposals: &Proposals<P>) -> bool {
        // Proposals first: without all of them the rest is in vain.
        proposals.advance()
            || self.advance_fits(proposals)
            || self.advance_times()
            || self.advance_shared()
            || self.advance_saddles()
    }

    fn advance_fits<P>(&self, proposals: &Proposals<P>) -> bool {
        let Some(mut following) = self.free(&self.following) else {
            return false;
        };
        let Some(proposal) = proposals.found.pop() else {
            return false;
        };
        match proposal.and_then(|decision| following.step(&self.data, decision)) {
            None => self.fail(),
            Some(hit) => {
                let is_end = hit.is_none();
                self.hits.push(hit);
                if is_end || following.plain.len() == FITS_AT_ONCE {
                    let plain = std::mem::take(&mut following.plain);
                    self.plain
                        .push((following.decisions.len() - plain.len(), plain));
                }
            }
        }
        true
    }

    fn advance_times(&self) -> bool {
        let Some(mut times) = self.free(&self.times) else {
            return false;
        };
        let Some(hit) = self.hits.pop() else {
            return false;
        };
        match hit {
            None => self.plain_times.push(None),
            Some(hit) => match times.jump(&self.data, &hit) {
                None => self.fail(),
                found => {
                    self.plain_times.push(found);
                    self.jumps.fetch_add(1, Ordering::Relaxed);
                }
            },
        }
        true
    }

    fn advance_shared(&self) -> bool {
        let Some(mut shared) = self.free(&self.shared) else {
            return false;
        };
        let Some(time) = self.plain_times.pop() else {
            return false;
        };
        match time.map(|time| shared.count(time)) {
            None => {
                self.factors
                    .get_or_init(|| std::mem::take(&mut shared.factors));
                self.is_timed.store(true, Ordering::Release);
            }
            Some(None) => self.fail(),
            Some(Some(())) => {}
        }
        true
    }

    fn advance_common(&self) -> bool {
        let Some(factors) = self.factors.get() else {
            return false;
        };
        let start = self.factors_taken.fetch_add(LANES, Ordering::Relaxed);
        if start >= factors.len() {
            return false;
        }
        let common = factors.common(start..factors.len().min(start + LANES));
        locked(&self.common).push((start, common));
        true
    }

    fn advance_saddles(&self) -> bool {
        let Some((first, fits)) = self.plain.pop() else {
            return false;
        };
        let saddles = Saddle::of_each(&fits, self.data.equations);
        locked(&self.saddles).push((first, saddles));
        true
    }

    /// What no other thread holds.
    fn free<'b, T>(&self, mutex: &'b Mutex<T>) -> Option<MutexGuard<'b, T>> {
        match mutex.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Poisoned(_)) => {
                self.fail();
                None
            }
        }
    }

    fn fail(&self) {
        self.has_failed.store(true, Ordering::Release);
    }

    fn is_over(&self) -> bool {
        self.has_failed.load(Ordering::Acquire) || self.is_timed.load(Ordering::Acquire)
    }
}

/// Takes steps until none is left; `progress` is told the number of jumps that are confirmed, once their end is proposed.
pub(super) fn work<P: FnMut() -> Option<Option<Decision>>>(
    path: &OnceLock<Path>,
    proposals: &Proposals<P>,
    progress: &dyn Fn(usize),
) {
    let Some(path) = path.get() else {
        return;
    };
    let mut told = 0;
    loop {
        let is_over = path.is_over();
        let has_stepped = if is_over {
            !path.has_failed.load(Ordering::Acquire)
                && (path.advance_common() || path.advance_saddles())
        } else {
            path.advance(proposals)
        };
        if proposals.are_complete.load(Ordering::Relaxed) {
            let jumps = path.jumps.load(Ordering::Relaxed);
            for jump in told..jumps {
                progress(jump + 1);
            }
            told = jumps;
        }
        if !has_stepped {
            if is_over {
                return;
            }
            thread::yield_now();
        }
    }
}
