//! What a test knows of its handle: what was enqueued and performed, and what it wants to go wrong.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{
    faults::Faults,
    log::{Entry, Log},
    run::Execution,
};
use crate::{
    clock::Clock,
    definition::{Finished, JobDef},
    error::Result,
    record::{JobId, State},
    states::{Added, States},
    storage::{Claimed, Finish, Inserted, NewJob, RunAt},
};

/// Of one test; the handle holds it.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) clock: Clock,
    log: Mutex<Log>,
    states: Mutex<Option<States>>,
    faults: Mutex<Faults>,
    inline: AtomicBool,
    /// The clock has moved since records were looked through for those that are past their retention.
    pub(super) moved: AtomicBool,
    /// How many jobs run at once in a drain.
    pub(super) slots: u32,
    /// How many executions one drain may have.
    pub(super) limit: AtomicU64,
}

impl Kit {
    pub(super) fn new(clock: Clock, slots: u32) -> Self {
        Self {
            clock,
            log: Mutex::default(),
            states: Mutex::default(),
            faults: Mutex::default(),
            inline: AtomicBool::new(false),
            moved: AtomicBool::new(false),
            slots,
            limit: AtomicU64::new(10_000),
        }
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn states(&self, of_the_builder: &States) -> States {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.as_ref().unwrap_or(of_the_builder).clone()
    }

    /// Adds a value to those that there are.
    pub(super) fn add_state(&self, there_are: &States, added: Added) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        *states = Some(there_are.with(added));
    }

    pub(crate) fn is_inline(&self) -> bool {
        self.inline.load(Ordering::Relaxed)
    }

    pub(super) fn set_inline(&self, inline: bool) {
        self.inline.store(inline, Ordering::Relaxed);
    }

    pub(crate) fn may_enqueue(&self) -> Result<()> {
        self.faults().enqueue()
    }

    pub(crate) fn instead_of(&self, job: &'static JobDef) -> Option<Finished> {
        self.faults().execution(job.name)
    }

    pub(crate) fn enqueued(
        &self,
        job: &'static JobDef,
        new: &NewJob,
        inserted: Inserted,
        certain: bool,
    ) {
        let state = match inserted {
            Inserted::New => State::Ready,
            Inserted::Dead => State::Dead,
            // Somebody else's job stands for it.
            Inserted::Exists(_) | Inserted::Held(_) | Inserted::Busy => return,
        };
        let now = self.clock.utc();
        let at = match new.run_at {
            RunAt::Now => now,
            RunAt::In(wait) => chrono::TimeDelta::from_std(wait)
                .ok()
                .and_then(|wait| now.checked_add_signed(wait))
                .unwrap_or(now),
            RunAt::At(time) => time,
        };
        self.log().enqueued(Entry {
            id: new.id,
            job,
            args: new.args.clone(),
            queue: new.queue.to_string(),
            priority: new.priority,
            at,
            tags: new.tags.iter().map(ToString::to_string).collect(),
            state,
            certain,
            number: 0,
        });
    }

    pub(crate) fn performed(
        &self,
        job: &'static JobDef,
        claimed: &Claimed,
        end: &Finish,
        called: bool,
    ) {
        let now = self.clock.utc();
        self.log().performed(Execution {
            called,
            ..Execution::of(job, claimed, end, now)
        });
    }

    /// The ids of what is to be forgotten.
    pub(super) fn clear(&self) -> Vec<JobId> {
        self.faults().clear();
        self.log().clear()
    }
}
