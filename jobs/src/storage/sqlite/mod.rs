//! SQLite: one file (or memory), no server. Any number of processes of one host share the file.
//!
//! One task writes and groups everything that waits into one transaction and one fsync (`writer`); readers have
//! connections of their own. A statement carries many rows as one JSON text, because each statement costs a hop to
//! the connection's thread. Whether a worker lives is seen by a file lock, for which nothing is ever written.

mod admit;
mod checkpoints;
mod claim;
mod clock;
mod connect;
mod declare;
mod encode;
mod errors;
mod finish;
mod group_insert;
mod group_view;
mod groups;
mod held;
mod insert;
mod insert_claimed;
mod inspect;
mod keyed;
mod letters;
mod limits;
mod liveness;
mod look;
mod place;
mod prune;
mod queues;
mod recurring;
mod release;
mod schedule;
mod statements;
#[cfg(feature = "testing")]
mod template;
mod uniques;
mod wal_events;
mod watch;
mod workers;
mod writer;

#[cfg(test)]
mod tests;

use std::{any::Any, fmt, sync::Arc, time::Duration};

use futures_core::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteRow},
};
use uuid::Uuid;

use self::{
    clock::Clock,
    liveness::Liveness,
    place::{Opened, Place},
    statements::Statements,
    writer::Writer,
};
use super::{
    Ack, Cancelled, Checkpoints, Claim, ClaimRef, Claimed, Declarations, Declarer, DueTasks,
    Finish, GroupCancelled, GroupId, GroupRow, GroupTree, Inserted, JobTransaction, KindId, Letter,
    LetterFilter, Look, Lost, NewJob, NewWork, Now, Promoted, QueueDecl, Renewed, Resolve,
    Resolved, Row, Sent, Settle, Settled, StageMember, Storage, TakeEvent, TakenEvent, Task,
    TaskChange, TaskDecl, Tick, Wake, WorkerId, WorkerInfo, enqueue_sql,
};
use crate::{
    error::{Error, Result},
    record::{JobId, Progress},
};

/// The storage in a SQLite database.
///
/// Must be made inside a tokio runtime, on which its writer then runs; its methods may be called from any.
pub struct SqliteStorage {
    statements: Arc<Statements>,
    clock: Arc<Clock>,
    place: Place,
    opened: Opened,
    /// How the database is opened, for the connection that watches it.
    options: SqliteConnectOptions,
    readers: SqlitePool,
    /// For transactions of callers.
    general: SqlitePool,
    /// The pools that `close` closes; an application's own is not among them.
    owned: Vec<SqlitePool>,
    /// One job at a time runs inside a transaction.
    one_job: Arc<tokio::sync::Semaphore>,
    writer: Writer,
    liveness: Liveness,
    /// True once closed; ends the streams of wake-ups.
    closed: tokio::sync::watch::Sender<bool>,
    /// What the workers of this process are to be told.
    nudges: tokio::sync::broadcast::Sender<Wake>,
    /// The last claim found nothing.
    fruitless: Arc<std::sync::atomic::AtomicBool>,
}

impl fmt::Debug for SqliteStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStorage")
            .field("place", &self.place)
            .field("prefix", &self.statements.prefix)
            .finish_non_exhaustive()
    }
}

impl SqliteStorage {
    /// All rows of a read. A reader waits for no writer; the few moments in which SQLite refuses one all the same
    /// (recovery after a crash, a shared cache in memory) are waited out here.
    async fn fetch(
        &self,
        statement: &Arc<str>,
        bind: impl Fn(statements::Bound) -> statements::Bound + Send,
    ) -> Result<Vec<SqliteRow>> {
        // An application's pool outlives the storage.
        if *self.closed.borrow() {
            return Err(Error::Closed);
        }
        self.opened.check()?;
        let mut patience = errors::Patience::new();
        loop {
            match bind(statements::query(statement))
                .fetch_all(&self.readers)
                .await
            {
                Ok(rows) => return Ok(rows),
                Err(error) if errors::is_busy(&error) && patience.wait().await => {}
                Err(error) => return Err(errors::database(error)),
            }
        }
    }
}

impl Storage for SqliteStorage {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn enqueue_sql(&self, job: &NewJob) -> super::EnqueueSql {
        let at = |time: chrono::DateTime<chrono::Utc>| time.timestamp_micros().to_string();
        enqueue_sql::enqueue_sql(
            [&self.statements.enqueue_one, &self.statements.enqueue_keyed],
            job,
            job.id.as_uuid().simple().to_string(),
            at,
        )
    }

    fn declare(&self, declarations: Declarations) -> BoxFuture<'_, Result<Vec<KindId>>> {
        Box::pin(self.declare_all(declarations))
    }

    fn kind_names(&self) -> BoxFuture<'_, Result<Vec<(KindId, String)>>> {
        Box::pin(self.all_kinds())
    }

    fn insert(&self, jobs: Vec<NewJob>, now: Now) -> BoxFuture<'_, Result<Vec<Inserted>>> {
        Box::pin(self.writer.insert(jobs, now))
    }

    fn insert_claimed(
        &self,
        jobs: Vec<NewJob>,
        worker: WorkerId,
        now: Now,
    ) -> BoxFuture<'_, Result<Option<Vec<Claimed>>>> {
        Box::pin(self.insert_into_slots(jobs, worker, now))
    }

    fn insert_work(&self, work: NewWork, now: Now) -> BoxFuture<'_, Result<Vec<Inserted>>> {
        Box::pin(self.insert_work(work, now))
    }

    fn group(&self, id: GroupId) -> BoxFuture<'_, Result<Option<GroupRow>>> {
        Box::pin(self.group_row(id))
    }

    fn group_tree(&self, of: Uuid, at_most: u32) -> BoxFuture<'_, Result<Option<GroupTree>>> {
        Box::pin(self.group_tree(of, at_most))
    }

    fn cancel_group(
        &self,
        id: GroupId,
        retain: Duration,
        limit: u32,
        now: Now,
    ) -> BoxFuture<'_, Result<Option<GroupCancelled>>> {
        Box::pin(self.cancel_group(id, retain, limit, now))
    }

    fn stage(&self, id: GroupId) -> BoxFuture<'_, Result<Vec<StageMember>>> {
        Box::pin(self.stage_members(id))
    }

    fn stopped_by(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobId>>> {
        Box::pin(self.stopped_by(id))
    }

    fn tagged(
        &self,
        tag: String,
        above: i64,
        at_most: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, JobId)>>> {
        Box::pin(self.tagged(tag, above, at_most))
    }

    fn claim(&self, claim: Claim, now: Now) -> BoxFuture<'_, Result<Vec<Claimed>>> {
        Box::pin(self.claim_jobs(claim, now))
    }

    fn finish(&self, done: Vec<Finish>, now: Now) -> BoxFuture<'_, Result<Vec<Ack>>> {
        Box::pin(self.writer.finish(done, now))
    }

    fn progress(&self, said: Vec<(ClaimRef, Progress)>) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.note_progress(said))
    }

    fn checkpoints(&self, id: JobId, now: Now) -> BoxFuture<'_, Result<Checkpoints>> {
        Box::pin(self.checkpoints_of(id, now))
    }

    fn settle(&self, settle: Settle, now: Now) -> BoxFuture<'_, Result<Option<Settled>>> {
        Box::pin(self.write_checkpoint(settle, now))
    }

    fn take_event(&self, take: TakeEvent, now: Now) -> BoxFuture<'_, Result<Option<TakenEvent>>> {
        Box::pin(self.take_first_event(take, now))
    }

    fn send_event(
        &self,
        id: JobId,
        name: String,
        value: String,
        now: Now,
    ) -> BoxFuture<'_, Result<Sent>> {
        Box::pin(self.add_event(id, name, value, now))
    }

    fn promote(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Promoted>> {
        Box::pin(self.promote_due(limit, now))
    }

    fn unblock(
        &self,
        known: Vec<(KindId, u32)>,
        started: bool,
        now: Now,
    ) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let known = self.unblock_known(known, started).await?;
            Ok(known + self.sweep_blocked(self.clock.micros(now)).await?)
        })
    }

    fn register(&self, worker: WorkerInfo, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.register_worker(worker, now))
    }

    fn renew(&self, worker: WorkerId, _now: Now) -> BoxFuture<'_, Result<Renewed>> {
        Box::pin(self.renew_worker(worker))
    }

    fn deregister(&self, worker: WorkerId, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.deregister_worker(worker, now))
    }

    fn lost(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Vec<Lost>>> {
        Box::pin(self.claims_of_lost(limit, now))
    }

    fn prune(&self, _retains: Vec<Duration>, limit: u32, now: Now) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.prune_expired(limit, now))
    }

    fn look(&self, id: JobId) -> BoxFuture<'_, Result<Option<Look>>> {
        Box::pin(self.look_at(id))
    }

    fn get(&self, id: JobId) -> BoxFuture<'_, Result<Option<Row>>> {
        Box::pin(self.record(id))
    }

    fn cancel(
        &self,
        id: JobId,
        retain: Option<Duration>,
        now: Now,
    ) -> BoxFuture<'_, Result<Cancelled>> {
        Box::pin(self.cancel_job(id, retain, now))
    }

    fn letters(
        &self,
        filter: LetterFilter,
        offset: u32,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Letter>>> {
        Box::pin(self.list_letters(filter, offset, limit))
    }

    fn resolve(
        &self,
        letters: Vec<i64>,
        how: Resolve,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<Resolved>>> {
        Box::pin(self.resolve_letters(letters, how, now))
    }

    fn declare_tasks(
        &self,
        tasks: Vec<TaskDecl>,
        by: Declarer,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<bool>>> {
        Box::pin(self.declare_tasks(tasks, by, now))
    }

    fn note_tasks(&self, worker: WorkerId, tasks: Vec<String>) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.note_tasks(worker, tasks))
    }

    fn due_tasks(
        &self,
        kinds: Vec<KindId>,
        names: Vec<String>,
        limit: u32,
        now: Now,
    ) -> BoxFuture<'_, Result<DueTasks>> {
        Box::pin(self.due_tasks(kinds, names, limit, now))
    }

    fn settle_ticks(&self, ticks: Vec<Tick>, now: Now) -> BoxFuture<'_, Result<Vec<bool>>> {
        Box::pin(self.settle_ticks(ticks, now))
    }

    fn list_tasks(
        &self,
        name: Option<String>,
        _now: Now,
    ) -> BoxFuture<'_, Result<Vec<(Task, bool)>>> {
        Box::pin(self.list_tasks(name))
    }

    fn change_task(
        &self,
        name: String,
        change: TaskChange,
        now: Now,
    ) -> BoxFuture<'_, Result<bool>> {
        Box::pin(self.change_task(name, change, now))
    }

    fn begin_job(&self) -> BoxFuture<'_, Result<JobTransaction>> {
        Box::pin(self.begin_held())
    }

    fn commit_job(
        &self,
        held: JobTransaction,
        done: Option<Finish>,
        now: Now,
    ) -> BoxFuture<'_, Result<Ack>> {
        Box::pin(self.commit_held(held, done, now))
    }

    fn queues(&self) -> BoxFuture<'_, Result<Vec<QueueDecl>>> {
        Box::pin(self.all_queues())
    }

    fn set_paused(
        &self,
        queue: String,
        paused: bool,
        by: Option<String>,
    ) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.set_paused(queue, paused, by))
    }

    fn count_ready(&self, queue: String, at_most: u64) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.count_ready(queue, at_most))
    }

    fn ages_of_oldest(
        &self,
        queues: Vec<String>,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<(String, Duration)>>> {
        Box::pin(self.ages_of_oldest(queues, now))
    }

    fn clear_ready(
        &self,
        queue: String,
        limit: u32,
        retain: Duration,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(self.clear_ready(queue, limit, retain, now))
    }

    fn exclusive_for(&self) -> Option<Duration> {
        Some(Duration::from_secs(5))
    }

    fn needs_renewal(&self) -> bool {
        false
    }

    fn announce(&self, _wakes: Vec<Wake>) -> BoxFuture<'_, Result<()>> {
        // Every commit announces itself: other processes see the file's version change.
        Box::pin(async { Ok(()) })
    }

    fn wakeups(&self) -> BoxStream<'static, Wake> {
        let others = watch::wakeups(
            &self.opened,
            &self.place,
            &self.options,
            self.writer.writes(),
            self.fruitless.clone(),
            self.closed.subscribe(),
        );
        super::nudges::with(others, &self.nudges, &self.closed)
    }

    fn idle_poll(&self) -> Duration {
        match self.place {
            Place::File(_) => Duration::from_secs(5),
            // Nothing tells of what other handles and transactions do on the same pool.
            Place::Memory => Duration::from_millis(250),
        }
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.close_all())
    }
}
