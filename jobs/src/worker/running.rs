//! The jobs that run in this process, for what reaches them from outside: cancels, and their progress.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
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
    jobs: Mutex<HashMap<JobId, Entry>>,
}

#[derive(Debug)]
struct Entry {
    claim: ClaimRef,
    ctx: JobContext,
    progress: watch::Receiver<Option<Progress>>,
    cancel: watch::Sender<bool>,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Entry>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters one. What comes back turns true when somebody asks it to end.
    pub(crate) fn enter(&self, claim: ClaimRef, ctx: &JobContext) -> watch::Receiver<bool> {
        let (cancel, cancelled) = watch::channel(false);
        let mut progress = ctx.watch_progress();
        progress.mark_unchanged();
        self.lock().insert(
            claim.id,
            Entry {
                claim,
                ctx: ctx.share(),
                progress,
                cancel,
            },
        );
        cancelled
    }

    /// Takes one out; one that was claimed again meanwhile stays.
    pub(crate) fn leave(&self, claim: ClaimRef) {
        let mut jobs = self.lock();
        if jobs
            .get(&claim.id)
            .is_some_and(|entry| entry.claim == claim)
        {
            jobs.remove(&claim.id);
        }
    }

    /// Asks jobs to end.
    pub(crate) fn cancel(&self, ids: &[JobId]) {
        let jobs = self.lock();
        for entry in ids.iter().filter_map(|id| jobs.get(id)) {
            entry.ctx.cancel();
            entry.cancel.send_replace(true);
        }
    }

    /// Tells all of them that the worker shuts down.
    pub(crate) fn tell_shutdown(&self) {
        self.lock().values().for_each(|entry| entry.ctx.cancel());
    }

    /// What has been said of progress since the last call.
    pub(crate) fn progress(&self) -> Vec<(ClaimRef, Progress)> {
        let mut jobs = self.lock();
        let changed = jobs
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
