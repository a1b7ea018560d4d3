//! What was enqueued and performed, in order, and where it stands in the database.

use std::{sync::mpsc, time::Duration};

use chrono::{DateTime, Utc};

use super::run::{Ended, Execution};
use crate::{
    definition::JobDef,
    handle::Jobs,
    record::{JobId, State},
    storage::Row,
};

/// How long an assertion waits for the database: a transaction that the test holds open may be in its way.
const PATIENCE: Duration = Duration::from_secs(2);

/// One job that was enqueued.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: JobId,
    pub(super) job: &'static JobDef,
    pub(super) args: String,
    pub(super) queue: String,
    pub(super) priority: i16,
    /// When it is due, or was.
    pub(super) at: DateTime<Utc>,
    pub(super) tags: Vec<String>,
    pub(super) state: State,
    /// It is in the database; until then a transaction holds it.
    pub(super) certain: bool,
    /// Its place in the order of all enqueues.
    pub(super) number: usize,
}

impl Entry {
    /// Whether it is there and waits for a run.
    pub(super) fn waits(&self) -> bool {
        let waits = matches!(
            self.state,
            State::Scheduled | State::Ready | State::Blocked | State::Parked
        );
        self.certain && waits
    }

    fn update(&mut self, row: Row) {
        self.args = row.args;
        self.queue = row.queue;
        self.priority = row.priority;
        self.at = row.run_at;
        self.state = row.state;
        self.certain = true;
    }
}

/// In order.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    pub(super) executions: Vec<(usize, Execution)>,
    count: usize,
}

impl Log {
    /// How much has happened so far.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn enqueued(&mut self, entry: Entry) {
        let number = self.count;
        self.count += 1;
        self.entries.push(Entry { number, ..entry });
    }

    pub(super) fn performed(&mut self, execution: Execution) {
        if let Some(entry) = self
            .entries
            .iter_mut()
            .find(|entry| entry.id == execution.id)
        {
            entry.state = match execution.ended {
                Ended::Succeeded => State::Succeeded,
                Ended::Discarded => State::Discarded,
                Ended::Dead => State::Dead,
                Ended::Cancelled => State::Cancelled,
                Ended::Parked => State::Parked,
                Ended::Retried { .. } | Ended::PutBack | Ended::Blocked => State::Ready,
            };
        }
        self.executions.push((self.count, execution));
        self.count += 1;
    }

    /// What happened since `count` told so.
    pub(super) fn since(&self, from: usize) -> Vec<Execution> {
        let later = self.executions.iter().filter(|(number, _)| *number >= from);
        later.map(|(_, execution)| execution.clone()).collect()
    }

    /// Forgets all; which jobs these were.
    pub(super) fn clear(&mut self) -> Vec<JobId> {
        self.executions.clear();
        self.entries.drain(..).map(|entry| entry.id).collect()
    }
}

/// Looks where all jobs stand that were enqueued; false if the database did not answer.
pub(super) fn refresh(jobs: &Jobs) -> bool {
    let Some(kit) = &jobs.inner().kit else {
        return false;
    };
    let ids: Vec<JobId> = kit.log().entries.iter().map(|entry| entry.id).collect();
    if ids.is_empty() {
        return true;
    }
    let asked = ids.clone();
    let rows = block(jobs, move |storage| async move {
        let mut rows = Vec::with_capacity(asked.len());
        for id in asked {
            rows.push(storage.get(id).await?);
        }
        Ok(rows)
    });
    let Some(Ok(rows)) = rows else { return false };
    let mut log = kit.log();
    for (id, row) in ids.into_iter().zip(rows) {
        let Some(entry) = log.entries.iter_mut().find(|entry| entry.id == id) else {
            continue;
        };
        match row {
            Some(row) => entry.update(row),
            // Its record has gone: it ended, and is not kept any more.
            None if entry.certain && entry.waits() => entry.state = State::Succeeded,
            None => {}
        }
    }
    true
}

/// Asks the database from code that cannot await. The calls run on the handle's own threads, so that the caller's may
/// stand still.
pub(super) fn block<T, F, Fut>(jobs: &Jobs, call: F) -> Option<crate::Result<T>>
where
    T: Send + 'static,
    F: FnOnce(std::sync::Arc<dyn crate::storage::Storage>) -> Fut + Send + 'static,
    Fut: Future<Output = crate::Result<T>> + Send,
{
    let (answer, answered) = mpsc::channel();
    let store = &jobs.inner().store;
    let storage = std::sync::Arc::clone(store.storage());
    store.io().spawn(async move {
        // Who asked may have lost patience.
        let _ = answer.send(call(storage).await);
    });
    answered.recv_timeout(PATIENCE).ok()
}
