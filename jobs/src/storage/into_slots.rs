//! Jobs that are inserted into the hands of a worker: which may be, and what they are then. Pure.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::{ClaimRef, Claimed, NewJob, RunAt, WorkerId};

impl NewJob {
    /// Nothing has to be looked up for it: it is due at once, its id is new, it takes no key, and no group counts it.
    pub fn is_plain(&self) -> bool {
        let due = matches!(self.run_at, RunAt::Now);
        due && !self.may_exist && self.keys.is_none() && self.member.is_none()
    }
}

impl Claimed {
    /// A plain job that was claimed by the statement that inserted it, at that time: its first claim.
    pub fn at_insert(job: NewJob, worker: WorkerId, at: DateTime<Utc>) -> Self {
        Self {
            claim: ClaimRef {
                id: job.id,
                worker,
                fence: 1,
                keyed: false,
                grouped: false,
            },
            kind: job.kind,
            version: job.version,
            queue: job.queue.into_owned(),
            priority: job.priority,
            run_at: at,
            enqueued_at: at,
            claimed_at: at,
            attempt: 0,
            runs: 0,
            crashes: 0,
            counters: None,
            args: job.args,
            tags: job.tags.into_iter().map(Cow::into_owned).collect(),
            refused: false,
            batch: None,
            trace: job.trace,
        }
    }
}
