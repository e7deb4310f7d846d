//! How long each claim takes, by the wall clock.

use std::cell::RefCell;
use std::time::Instant;

use saltus::answers::ClaimTime;
use saltus::verify::{ClaimId, Stage};

/// Takes the time between the stages of a verification, on one thread: `Stage::Evidence` after 2 seconds and `Stage::Claim(R1)`
/// half a second later make an entry with `evidence` 2 and `comparison` 0.5.
#[derive(Debug)]
pub struct ClaimClock(RefCell<State>);

#[derive(Debug)]
struct State {
    last: Instant,
    evidence: f64,
    times: Vec<ClaimTime>,
}

impl ClaimClock {
    /// Starts the clock: if `stage(Stage::Evidence)` is called 0.8 seconds later, the evidence took 0.8 seconds.
    pub fn start() -> Self {
        ClaimClock(RefCell::new(State {
            last: Instant::now(),
            evidence: 0.0,
            times: vec![],
        }))
    }

    /// A stage has just been finished: `Stage::Evidence`, then the claims `R1` and `R2` make two entries of the same `evidence`.
    pub fn stage(&self, stage: Stage) {
        let mut state = self.0.borrow_mut();
        let seconds = state.last.elapsed().as_secs_f64();
        match stage {
            Stage::Evidence => state.evidence = seconds,
            Stage::Claim(id) => {
                let evidence = state.evidence;
                state.times.push(ClaimTime {
                    id,
                    evidence,
                    comparison: seconds,
                });
            }
        }
        state.last = Instant::now();
    }

    /// A claim that shares no evidence with another one has just been decided: all the time counts as `evidence`, next to none as
    /// `comparison`.
    pub fn claim_alone(&self, id: ClaimId) {
        self.stage(Stage::Evidence);
        self.stage(Stage::Claim(id));
    }

    /// What was taken so far, in the order in which the claims were decided; it is `[]` before the first of them.
    pub fn times(self) -> Vec<ClaimTime> {
        self.0.into_inner().times
    }
}
