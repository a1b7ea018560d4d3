//! The jobs that run in this process, for what reaches them from outside: cancels, and their progress.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

use crate::{
    context::JobContext,
    record::{JobId, Progress},
    storage::ClaimRef,
};

/// Jobs that run now.
#[derive(Debug, Default)]
pub(crate) struct Running {
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    jobs: BTreeMap<JobId, Entry>,
    /// Claimed here and not started yet, and somebody asked them to end.
    asked: HashSet<JobId>,
    shutting_down: bool,
}

#[derive(Debug)]
struct Entry {
    claim: ClaimRef,
    ctx: JobContext,
    progress: watch::Receiver<Option<Progress>>,
    cancel: watch::Sender<bool>,
    polls: Polls,
}

/// Counts the beginnings and ends of a job's polls: odd while one is under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Polls(Arc<AtomicU64>);

impl Polls {
    /// Polls. Where that panics, the job's run is over.
    pub(crate) fn during<T>(&self, poll: impl FnOnce() -> T) -> T {
        self.0.fetch_add(1, Ordering::Relaxed);
        let polled = poll();
        self.0.fetch_add(1, Ordering::Relaxed);
        polled
    }
}

/// A poll that is under way: of which job, and which of its polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Polled {
    pub(crate) claim: ClaimRef,
    pub(crate) job: &'static str,
    pub(crate) number: u64,
}

/// A job's place among those that run; it leaves when this goes.
#[derive(Debug)]
pub(crate) struct Entered<'r> {
    running: &'r Running,
    claim: ClaimRef,
    /// Turns true when somebody asks the job to end.
    pub(crate) cancelled: watch::Receiver<bool>,
    pub(crate) polls: Polls,
}

impl Entered<'_> {
    /// What the job said of its progress since that was last collected.
    pub(crate) fn unsaid(&self) -> Option<(ClaimRef, Progress)> {
        let mut all = self.running.lock();
        let entry = all.jobs.get_mut(&self.claim.id)?;
        let new = entry.claim == self.claim && entry.progress.has_changed().unwrap_or(false);
        let said = new.then(|| entry.progress.borrow_and_update().clone())?;
        said.map(|said| (self.claim, said))
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut all = self.running.lock();
        // One that was claimed again meanwhile stays.
        let entry = all.jobs.get(&self.claim.id);
        if entry.is_some_and(|entry| entry.claim == self.claim) {
            all.jobs.remove(&self.claim.id);
        }
        all.asked.remove(&self.claim.id);
    }
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters one.
    pub(crate) fn enter(&self, claim: ClaimRef, ctx: &JobContext) -> Entered<'_> {
        let mut progress = ctx.watch_progress();
        progress.mark_unchanged();
        let mut all = self.lock();
        let asked = all.asked.remove(&claim.id);
        if asked || all.shutting_down {
            ctx.cancel();
        }
        let (cancel, cancelled) = watch::channel(asked);
        let polls = Polls::default();
        let entry = Entry {
            claim,
            ctx: ctx.share(),
            progress,
            cancel,
            polls: polls.clone(),
        };
        all.jobs.insert(claim.id, entry);
        Entered {
            running: self,
            claim,
            cancelled,
            polls,
        }
    }

    /// Whether somebody asked this one to end before it was started.
    pub(crate) fn was_asked(&self, id: JobId) -> bool {
        self.lock().asked.remove(&id)
    }

    /// Asks jobs to end: all of this worker that anybody asked so far.
    pub(crate) fn cancel(&self, ids: &[JobId]) {
        let mut all = self.lock();
        let mut not_started = HashSet::new();
        for id in ids {
            match all.jobs.get(id) {
                Some(entry) => {
                    // In this order: a job that hears of it may return at once.
                    entry.cancel.send_replace(true);
                    entry.ctx.cancel();
                }
                None => {
                    not_started.insert(*id);
                }
            }
        }
        all.asked = not_started;
    }

    /// Tells all of them, and those that start from now on, that the worker shuts down.
    pub(crate) fn tell_shutdown(&self) {
        let mut all = self.lock();
        all.shutting_down = true;
        all.jobs.values().for_each(|entry| entry.ctx.cancel());
    }

    /// Polls that are under way now.
    pub(crate) fn polled(&self) -> Vec<Polled> {
        let all = self.lock();
        let entries = all.jobs.values().map(|entry| Polled {
            claim: entry.claim,
            job: entry.ctx.job_name(),
            number: entry.polls.0.load(Ordering::Relaxed),
        });
        entries.filter(|polled| polled.number % 2 == 1).collect()
    }

    /// What has been said of progress since the last call.
    pub(crate) fn progress(&self) -> Vec<(ClaimRef, Progress)> {
        let mut all = self.lock();
        let changed = all
            .jobs
            .values_mut()
            .filter(|entry| entry.progress.has_changed().unwrap_or(false));
        changed
            .filter_map(|entry| {
                let said = entry.progress.borrow_and_update().clone();
                said.map(|said| (entry.claim, said))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use uuid::Uuid;

    use super::*;
    use crate::{context::Facts, flow::Journal, storage::WorkerId};

    fn job() -> (ClaimRef, JobContext) {
        let claim = ClaimRef {
            id: JobId::new(),
            worker: WorkerId(Uuid::now_v7()),
            keyed: false,
            grouped: false,
            fence: 1,
        };
        let facts = Facts {
            id: claim.id,
            name: "test",
            queue: "default".into(),
            attempt: 1,
            enqueued_at: Utc::now(),
            scheduled_at: Utc::now(),
            tags: Vec::new(),
            fence: 1,
            batch: None,
            trace: None,
        };
        (claim, JobContext::new(facts, Journal::in_place()))
    }

    #[test]
    fn a_poll_is_under_way_from_its_beginning_to_its_end() {
        let running = Running::default();
        let (claim, ctx) = job();
        let entered = running.enter(claim, &ctx);
        assert!(running.polled().is_empty());
        let seen = entered.polls.during(|| running.polled());
        assert_eq!((seen.len(), seen[0].claim, seen[0].job), (1, claim, "test"));
        assert!(running.polled().is_empty());
        let again = entered.polls.during(|| running.polled());
        assert_ne!(seen, again, "another poll");
    }

    #[test]
    fn what_was_said_before_a_job_began_reaches_it() {
        let running = Running::default();
        let ((first, ctx), (second, _)) = (job(), job());
        running.cancel(&[first.id, second.id]);
        assert!(running.was_asked(second.id));
        let entered = running.enter(first, &ctx);
        assert!(ctx.is_cancelled() && *entered.cancelled.borrow());
        drop(entered);
        // The ask was for that run.
        let (_, again) = job();
        assert!(!*running.enter(first, &again).cancelled.borrow() && !again.is_cancelled());

        running.tell_shutdown();
        let (claim, ctx) = job();
        let entered = running.enter(claim, &ctx);
        assert!(ctx.is_cancelled() && !*entered.cancelled.borrow());
    }
}
