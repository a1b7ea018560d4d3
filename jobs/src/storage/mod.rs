//! The boundary to the database: the verbs of a job's life, each one atomic step over a batch.
//!
//! No verb decides policy; what becomes of a job is decided by `transition` and handed in. Each backend
//! writes its verbs in its own SQL; what they share is this contract and the conformance suite.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod admit;
mod checkpoints;
mod connect;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod damage;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod enqueue_sql;
mod groups;
mod held;
pub mod inspect;
mod into_slots;
mod keys;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod migrate;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod nudges;
mod options;
#[cfg(feature = "postgres")]
pub mod postgres;
mod recurring;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod row;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod settle;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod types;
mod wakes;

use std::{any::Any, fmt, time::Duration};

use futures_core::{future::BoxFuture, stream::BoxStream};
use uuid::Uuid;

pub use crate::definition::OnConflict;
pub use checkpoints::{
    Awaited, Checkpoint, CheckpointKind, Checkpoints, Sent, Settle, Settled, TakeEvent, TakenEvent,
};
#[cfg(feature = "config")]
pub(crate) use connect::is_known;
pub(crate) use connect::{adopt, open};
pub(crate) use groups::joined;
pub use groups::{
    Callbacks, Counts, Group, GroupCancelled, GroupId, GroupKind, GroupRow, GroupTree, Member,
    MemberRow, NewWork, Passed, StageMember, StoredJob,
};
pub use held::{HeldTransaction, JobTransaction};
pub use keys::{Held, Inserted, Keys, RateKey, Resolved, SlotKey, UniqueKey};
pub(crate) use keys::{unique_by, unique_keys};
pub use options::StorageOptions;
pub use recurring::{Declarer, DueTasks, Task, TaskChange, TaskDecl, Tick};
pub use types::*;
pub use wakes::Wake;
pub(crate) use wakes::wakes;

use crate::{
    error::Result,
    record::{JobId, Progress},
};

/// What a backend does. Object-safe on purpose: one boxed future per batch costs nothing.
///
/// Every method may be called from any runtime. `now` is the database's clock unless a test says otherwise.
/// A method that fails has done nothing or all of it; calling it again is safe.
pub trait Storage: inspect::Inspect + fmt::Debug + 'static {
    /// For the one operation that cannot be neutral: inserting on a caller's own connection.
    fn as_any(&self) -> &dyn Any;

    /// The backend's name, for messages.
    fn name(&self) -> &'static str;

    /// Makes names and queues known. Returns the ids of `declarations.kinds`, in order.
    fn declare(&self, declarations: Declarations) -> BoxFuture<'_, Result<Vec<KindId>>>;

    /// The name of each kind, known to this code or not.
    fn kind_names(&self) -> BoxFuture<'_, Result<Vec<(KindId, String)>>>;

    /// Inserts jobs, durably, all or none; one answer per job, in order. A unique key that is held is answered as its
    /// job says; one that somebody's open transaction holds is waited for, but not long: then the call fails with an
    /// error that `Error::is_lock_timeout` knows.
    fn insert(&self, jobs: Vec<NewJob>, now: Now) -> BoxFuture<'_, Result<Vec<Inserted>>>;

    /// Inserts new jobs of one queue that are due at once and plain ([`NewJob::is_plain`]), already claimed by this worker;
    /// `None` if they were inserted as ready ones, because the queue is paused or the worker may not claim. A call that
    /// fails may have done it all the same: as with `claim`, the next claim of this worker gives back what it took.
    fn insert_claimed(
        &self,
        jobs: Vec<NewJob>,
        worker: WorkerId,
        now: Now,
    ) -> BoxFuture<'_, Result<Option<Vec<Claimed>>>>;

    /// Inserts groups with their jobs, or adds to a batch, durably, all or none; one answer per job, in order. Fails if
    /// the batch that grows is not there or was cancelled.
    fn insert_work(&self, work: NewWork, now: Now) -> BoxFuture<'_, Result<Vec<Inserted>>>;

    /// A group and its counts.
    fn group(&self, id: GroupId) -> BoxFuture<'_, Result<Option<GroupRow>>>;

    /// The whole tree of groups that a group or a job is in, with at most so many jobs of each group.
    fn group_tree(&self, of: Uuid, at_most: u32) -> BoxFuture<'_, Result<Option<GroupTree>>>;

    /// Cancels a group and those below it: up to `limit` jobs that wait end, those that run are asked, and no batch among
    /// them takes members any more. To be repeated while `limit` jobs ended. `None` if it is not there.
    fn cancel_group(
        &self,
        id: GroupId,
        retain: Duration,
        limit: u32,
        now: Now,
    ) -> BoxFuture<'_, Result<Option<GroupCancelled>>>;

    /// The members of a stage, in order.
    fn stage(&self, id: GroupId) -> BoxFuture<'_, Result<Vec<StageMember>>>;

    /// The dead job that a waiting link of a chain waits for in vain.
    fn stopped_by(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobId>>>;

    /// Jobs with a tag that have not ended, in the order of their numbers, from behind one. It reads the hot table.
    fn tagged(
        &self,
        tag: String,
        above: i64,
        at_most: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, JobId)>>>;

    /// The insert of one job, as text for a connection that is not sqlx's.
    fn enqueue_sql(&self, job: &NewJob) -> EnqueueSql;

    /// Takes ready jobs of unpaused queues: each is then running under a new claim of `claim.worker`.
    /// The result is in the order in which they should start. A call that fails may have claimed all the same; what it
    /// claimed is given back by the next claim of this worker.
    fn claim(&self, claim: Claim, now: Now) -> BoxFuture<'_, Result<Vec<Claimed>>>;

    /// Ends claims, each guarded by job, worker and fence; one answer per item, in order.
    /// A finish that was written before, and whose answer was lost, answers `Done` again.
    /// A job that would go on, and that somebody asked to cancel, ends as cancelled in the same step.
    /// One that parks for something that is there already is ready in the same step.
    fn finish(&self, done: Vec<Finish>, now: Now) -> BoxFuture<'_, Result<Vec<Ack>>>;

    /// Notes what running jobs say of their progress; stale ones are ignored.
    fn progress(&self, said: Vec<(ClaimRef, Progress)>) -> BoxFuture<'_, Result<()>>;

    /// What a job has settled so far.
    fn checkpoints(&self, id: JobId, now: Now) -> BoxFuture<'_, Result<Checkpoints>>;

    /// Writes a checkpoint and enqueues its jobs in one transaction; `None` if the row's claim is another, and then
    /// nothing is written. Repeating it writes the same again.
    fn settle(&self, settle: Settle, now: Now) -> BoxFuture<'_, Result<Option<Settled>>>;

    /// Takes the first event of a name and keeps it as a checkpoint; `None` if the row's claim is another. One that
    /// was taken under that number before is given again.
    fn take_event(&self, take: TakeEvent, now: Now) -> BoxFuture<'_, Result<Option<TakenEvent>>>;

    /// Leaves an event, one JSON value, for a job; makes it ready if it is parked for it.
    fn send_event(
        &self,
        id: JobId,
        name: String,
        value: String,
        now: Now,
    ) -> BoxFuture<'_, Result<Sent>>;

    /// Makes up to `limit` due jobs ready, and unreadable and parked ones whose wait is over.
    fn promote(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Promoted>>;

    /// Makes blocked jobs ready that this code knows: those of unknown kinds, and, for a worker that just
    /// `started`, those found unreadable whose version it reads. Returns how many.
    fn unblock(
        &self,
        known: Vec<(KindId, u32)>,
        started: bool,
        now: Now,
    ) -> BoxFuture<'_, Result<u64>>;

    /// A worker process begins. Its liveness starts to be tracked.
    fn register(&self, worker: WorkerInfo, now: Now) -> BoxFuture<'_, Result<()>>;

    /// A sign of life; does nothing for a worker that was declared lost.
    fn renew(&self, worker: WorkerId, now: Now) -> BoxFuture<'_, Result<Renewed>>;

    /// Whether a worker that is not renewed loses its claims; false where the operating system tells who lives.
    fn needs_renewal(&self) -> bool {
        true
    }

    /// A worker process ends. It should have no claims left; one that has some is lost, so that they are handed over.
    fn deregister(&self, worker: WorkerId, now: Now) -> BoxFuture<'_, Result<()>>;

    /// Declares dead workers lost and returns up to `limit` of their claims, still in place: the caller decides
    /// and calls `finish` with them. Two callers may get the same; the first `finish` wins. Claims of workers that
    /// have stopped, or that are not known, are lost too; it may take minutes until these are found.
    fn lost(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Vec<Lost>>>;

    /// Removes up to `limit` records whose retention is over, and keeps partitions ahead where there are any.
    /// `retains` are the retentions in use. Returns how many records went.
    fn prune(&self, retains: Vec<Duration>, limit: u32, now: Now) -> BoxFuture<'_, Result<u64>>;

    /// Where a job stands, and its result.
    fn look(&self, id: JobId) -> BoxFuture<'_, Result<Option<Look>>>;

    /// All that is kept of a job.
    fn get(&self, id: JobId) -> BoxFuture<'_, Result<Option<Row>>>;

    /// Ends a job that waits (its record stays for `retain`; `None` keeps none), or asks a running one to end. What has
    /// not begun of its chain ends with it.
    fn cancel(
        &self,
        id: JobId,
        retain: Option<Duration>,
        now: Now,
    ) -> BoxFuture<'_, Result<Cancelled>>;

    /// Dead letters, newest first, after skipping `offset`.
    fn letters(
        &self,
        filter: LetterFilter,
        offset: u32,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Letter>>>;

    /// Resolves dead letters in one transaction, with their jobs.
    fn resolve(
        &self,
        letters: Vec<i64>,
        how: Resolve,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<Resolved>>>;

    /// Makes recurring tasks known: one that is new, or whose schedule or zone is edited, is settled up to now. False
    /// for one that stays as it is, because it was there (a handle's) or is declared by code (a caller's).
    fn declare_tasks(
        &self,
        tasks: Vec<TaskDecl>,
        by: Declarer,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<bool>>>;

    /// Notes which tasks the code of a worker declares, in place of what was noted, and forgets those of dead workers.
    fn note_tasks(&self, worker: WorkerId, tasks: Vec<String>) -> BoxFuture<'_, Result<()>>;

    /// Up to `limit` tasks that are due and not paused: those that callers declared, of these kinds, and those that
    /// code declared, of these names.
    fn due_tasks(
        &self,
        kinds: Vec<KindId>,
        names: Vec<String>,
        limit: u32,
        now: Now,
    ) -> BoxFuture<'_, Result<DueTasks>>;

    /// Settles ticks and enqueues their jobs in one transaction, each guarded by the base that was seen. False where
    /// another one has settled them, or the task is paused or gone: then nothing of it is enqueued.
    fn settle_ticks(&self, ticks: Vec<Tick>, now: Now) -> BoxFuture<'_, Result<Vec<bool>>>;

    /// All tasks by name, or one; with each whether a live worker's code declares it.
    fn list_tasks(
        &self,
        name: Option<String>,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<(Task, bool)>>>;

    /// Changes one task; false if it is not there.
    fn change_task(
        &self,
        name: String,
        change: TaskChange,
        now: Now,
    ) -> BoxFuture<'_, Result<bool>>;

    /// Begins the transaction in which a job runs; waits while as many as may be are open.
    fn begin_job(&self) -> BoxFuture<'_, Result<JobTransaction>>;

    /// Writes the job's end in it and commits; if the row's claim is another, it rolls back. Without an end it just
    /// commits. After an error it is rolled back, or it is not known what became of it.
    fn commit_job(
        &self,
        held: JobTransaction,
        done: Option<Finish>,
        now: Now,
    ) -> BoxFuture<'_, Result<Ack>>;

    /// How long such a transaction may be open by default, where it keeps all others from writing.
    fn exclusive_for(&self) -> Option<Duration> {
        None
    }

    /// Every queue that was declared or paused, by name.
    fn queues(&self) -> BoxFuture<'_, Result<Vec<QueueDecl>>>;

    /// Pauses a queue, known or not, or lets it go on; `by` says who did. One that is paused stays as it is.
    fn set_paused(
        &self,
        queue: String,
        paused: bool,
        by: Option<String>,
    ) -> BoxFuture<'_, Result<()>>;

    /// How many of a queue's jobs are ready; it stops counting at `at_most`.
    fn count_ready(&self, queue: String, at_most: u64) -> BoxFuture<'_, Result<u64>>;

    /// For how long the oldest ready job of each of these queues has been due; of those that have one.
    fn ages_of_oldest(
        &self,
        queues: Vec<String>,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<(String, Duration)>>>;

    /// Cancels up to `limit` ready jobs of a queue (their records stay for `retain`); which.
    fn clear_ready(
        &self,
        queue: String,
        limit: u32,
        retain: Duration,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<JobId>>>;

    /// Tells workers of other processes, after a commit. Best effort: their polling is the floor.
    fn announce(&self, wakes: Vec<Wake>) -> BoxFuture<'_, Result<()>>;

    /// What other processes announce; ends when the storage is closed.
    fn wakeups(&self) -> BoxStream<'static, Wake>;

    /// How long an idle worker may wait for a wake-up before it looks by itself.
    fn idle_poll(&self) -> Duration;

    /// Removes everything that is stored, for a test that has ended; nothing where that goes with the connection.
    #[cfg(feature = "testing")]
    fn erase(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Closes connections; later calls fail with `Error::Closed`.
    fn close(&self) -> BoxFuture<'_, ()>;
}
