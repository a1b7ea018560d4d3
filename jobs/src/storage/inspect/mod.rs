//! What operators see of a database, and what they do by hand: the verbs behind `jobs.inspect()`.
//!
//! Reads are pages by key and counts with a bound: none of them reads a whole table that can be large.

mod page;
mod types;

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;

pub(crate) use page::{Source, merged};
pub use types::*;

use super::{GroupId, Now, Row, WorkerId};
use crate::{
    error::Result,
    record::{JobId, State},
};

/// The verbs of operators; a part of [`Storage`](super::Storage).
pub trait Inspect: Send + Sync {
    /// Jobs that match, newest id first: those with an id of at most `from`. Looks through `scan` jobs of each kind
    /// of table at most, so a page may have fewer rows than `limit` and yet a next one.
    fn list_jobs(
        &self,
        filter: JobFilter,
        from: Option<JobId>,
        limit: u32,
        scan: u32,
    ) -> BoxFuture<'_, Result<JobsPage>>;

    /// Batches and chains that are in no other, newest id first: those with an id of at most `from`. Looks through `scan`
    /// groups at most.
    fn list_groups(
        &self,
        which: Option<GroupsIn>,
        from: Option<GroupId>,
        limit: u32,
        scan: u32,
    ) -> BoxFuture<'_, Result<GroupsPage>>;

    /// What is kept of these jobs, in no order; nothing of those of which there is no record.
    fn rows(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<Row>>>;

    /// How many jobs are in which state, by queue where they have not ended; each count stops at `at_most`.
    fn tallies(&self, at_most: u32) -> BoxFuture<'_, Result<Vec<Tally>>>;

    /// Every name of a job.
    fn kinds(&self) -> BoxFuture<'_, Result<Vec<KindRow>>>;

    /// Every queue that was declared or paused, by name, with who paused it.
    fn queue_rows(&self) -> BoxFuture<'_, Result<Vec<QueueRow>>>;

    /// Workers, the newest first, with those that ended lately.
    fn worker_rows(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Vec<WorkerRow>>>;

    /// What a worker is to do, which it sees at its next sign of life; `None` takes it back. False if it has ended.
    fn ask_worker(&self, worker: WorkerId, ask: Option<Ask>) -> BoxFuture<'_, Result<bool>>;

    /// What decides when a job starts.
    fn standing(&self, id: JobId) -> BoxFuture<'_, Result<Option<Standing>>>;

    /// What is known of keys, in order; and for each up to `limit` jobs that hold it.
    fn key_rows(&self, keys: Vec<String>, limit: u32) -> BoxFuture<'_, Result<Vec<KeyRow>>>;

    /// How many ready jobs of its queue come before a ready job; it stops counting at `at_most`.
    fn count_before(&self, id: JobId, at_most: u32) -> BoxFuture<'_, Result<u64>>;

    /// Makes scheduled jobs ready; which.
    fn run_now(&self, jobs: Vec<JobId>, now: Now) -> BoxFuture<'_, Result<Vec<JobId>>>;

    /// Ends jobs that wait, as `state`, with a reason; which. Records stay for `retain`.
    fn end_waiting(
        &self,
        jobs: Vec<JobId>,
        state: State,
        reason: String,
        retain: Duration,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<JobId>>>;

    /// Other arguments for a job that waits or is dead; false for any other. One found unreadable is ready again.
    fn edit_args(&self, id: JobId, args: String) -> BoxFuture<'_, Result<bool>>;

    /// Removes the records of jobs that have ended, with their attempts and letters; which.
    fn forget(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>>>;

    /// The heads of unresolved dead letters, newest first, with numbers below `below`.
    fn letter_heads(
        &self,
        below: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<LetterHead>>>;

    /// Adds to the counts of the running minute and hour.
    fn add_stats(&self, counts: Vec<StatCount>, now: Now) -> BoxFuture<'_, Result<()>>;

    /// The counts since a time, of one kind or of all, over all kinds: of minutes or hours.
    fn stats(
        &self,
        span: Span,
        since: DateTime<Utc>,
        kind: Option<super::KindId>,
    ) -> BoxFuture<'_, Result<Vec<StatRow>>>;

    /// Notes what somebody did by hand.
    fn note_audit(&self, entry: AuditNote, now: Now) -> BoxFuture<'_, Result<()>>;

    /// What was done by hand, newest first, with numbers below `below`.
    fn audit(&self, below: Option<i64>, limit: u32) -> BoxFuture<'_, Result<Vec<AuditRow>>>;

    /// Removes counts of minutes after two days, those of hours and what was done by hand after ninety.
    fn prune_log(&self, now: Now) -> BoxFuture<'_, Result<()>>;

    /// The time of the database, and what else a look at its health shows: name and value.
    fn health(&self) -> BoxFuture<'_, Result<Health>>;
}

/// A page of jobs.
#[derive(Debug, Clone, Default)]
pub struct JobsPage {
    /// Newest id first.
    pub rows: Vec<Row>,
    /// From where to go on; `None` if there is no more.
    pub next: Option<JobId>,
}
