//! The distributed backend: any number of worker processes on any number of hosts share one Postgres (13 or newer).
//!
//! One file per group of verbs; the SQL is in `sql/queries/postgres`, one statement per file. A pooler in
//! transaction mode may stand between: see `pooled`.

mod admit;
mod batch;
mod checkpoints;
mod claim;
mod connect;
mod cursor;
mod declare;
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
mod lines;
mod look;
mod notify;
mod pooled;
mod prune;
mod queues;
mod recurring;
mod rows;
mod schedule;
mod schema;
mod session;
mod sleepers;
mod state;
mod statements;
mod uniques;
mod workers;

use std::{
    any::Any,
    time::{Duration, Instant},
};

use futures_core::{future::BoxFuture, stream::BoxStream};

use self::session::{Again, SIGN_OF_LIFE};
pub use self::state::PostgresStorage;
use super::*;
use crate::{error::Result, record::Progress};

impl Storage for PostgresStorage {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "Postgres"
    }

    fn enqueue_sql(&self, job: &NewJob) -> EnqueueSql {
        enqueue_sql::enqueue_sql(
            [&self.sql.enqueue_one, &self.sql.enqueue_keyed],
            job,
            job.id.to_string(),
            |time| time.to_rfc3339(),
        )
    }

    fn declare(&self, declarations: Declarations) -> BoxFuture<'_, Result<Vec<KindId>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.declare_all(&declarations))
                .await
        })
    }

    fn kind_names(&self) -> BoxFuture<'_, Result<Vec<(KindId, String)>>> {
        Box::pin(self.again(Again::Safe, |_| self.all_kind_names()))
    }

    fn insert(&self, jobs: Vec<NewJob>, now: Now) -> BoxFuture<'_, Result<Vec<Inserted>>> {
        Box::pin(async move {
            let batch = insert::Batch::new(&jobs);
            self.again(Again::Safe, |repeated| {
                self.insert_all(&jobs, &batch, repeated, now)
            })
            .await
        })
    }

    fn insert_claimed(
        &self,
        jobs: Vec<NewJob>,
        worker: WorkerId,
        now: Now,
    ) -> BoxFuture<'_, Result<Option<Vec<Claimed>>>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| {
                self.insert_into_slots(&jobs, worker, now)
            })
            .await
        })
    }

    fn insert_work(&self, work: NewWork, now: Now) -> BoxFuture<'_, Result<Vec<Inserted>>> {
        Box::pin(async move {
            self.again(Again::Safe, |repeated| {
                self.insert_work_all(&work, repeated, now)
            })
            .await
        })
    }

    fn group(&self, id: GroupId) -> BoxFuture<'_, Result<Option<GroupRow>>> {
        Box::pin(self.again(Again::Safe, move |_| self.group_row(id)))
    }

    fn group_tree(&self, of: Uuid, at_most: u32) -> BoxFuture<'_, Result<Option<GroupTree>>> {
        Box::pin(self.again(Again::Safe, move |_| self.tree_of(of, at_most)))
    }

    fn cancel_group(
        &self,
        id: GroupId,
        retain: Duration,
        limit: u32,
        now: Now,
    ) -> BoxFuture<'_, Result<Option<GroupCancelled>>> {
        Box::pin(self.again(Again::IfUndone, move |_| {
            self.cancel_group_all(id, retain, limit, now)
        }))
    }

    fn stage(&self, id: GroupId) -> BoxFuture<'_, Result<Vec<StageMember>>> {
        Box::pin(self.again(Again::Safe, move |_| self.stage_members(id)))
    }

    fn stopped_by(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobId>>> {
        Box::pin(self.again(Again::Safe, move |_| self.stopped(id)))
    }

    fn tagged(
        &self,
        tag: String,
        above: i64,
        at_most: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, JobId)>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.jobs_tagged(&tag, above, at_most))
                .await
        })
    }

    fn claim(&self, claim: Claim, now: Now) -> BoxFuture<'_, Result<Vec<Claimed>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.claim_ready(&claim, now))
                .await
        })
    }

    fn finish(&self, done: Vec<Finish>, now: Now) -> BoxFuture<'_, Result<Vec<Ack>>> {
        Box::pin(async move {
            let batch = batch::Batch::new(&done)?;
            self.again(Again::Safe, |_| self.finish_all(&done, &batch, now))
                .await
        })
    }

    fn progress(&self, said: Vec<(ClaimRef, Progress)>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.again(Again::Safe, |_| self.note_progress(&said)).await })
    }

    fn checkpoints(&self, id: JobId, now: Now) -> BoxFuture<'_, Result<Checkpoints>> {
        Box::pin(self.again(Again::Safe, move |_| self.checkpoints_of(id, now)))
    }

    fn settle(&self, settle: Settle, now: Now) -> BoxFuture<'_, Result<Option<Settled>>> {
        Box::pin(async move {
            self.again(Again::Safe, |repeated| {
                self.write_checkpoint(&settle, repeated, now)
            })
            .await
        })
    }

    fn take_event(&self, take: TakeEvent, now: Now) -> BoxFuture<'_, Result<Option<TakenEvent>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.take_first_event(&take, now))
                .await
        })
    }

    fn send_event(
        &self,
        id: JobId,
        name: String,
        value: String,
        now: Now,
    ) -> BoxFuture<'_, Result<Sent>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| self.add_event(id, &name, &value, now))
                .await
        })
    }

    fn promote(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Promoted>> {
        Box::pin(self.again(Again::Safe, move |_| self.promote_due(limit, now)))
    }

    fn unblock(
        &self,
        known: Vec<(KindId, u32)>,
        started: bool,
        now: Now,
    ) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let known = self.unblock_known(&known, started).await?;
            Ok(known + self.sweep_blocked(now).await?)
        })
    }

    fn register(&self, worker: WorkerInfo, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.register_worker(&worker, now))
                .await
        })
    }

    fn renew(&self, worker: WorkerId, now: Now) -> BoxFuture<'_, Result<Renewed>> {
        // A lease does not wait for a connection that is silent: the next try takes another one.
        let renewal = self.again_within(SIGN_OF_LIFE, Again::Safe, move |_| {
            self.renew_worker(worker, now)
        });
        Box::pin(renewal)
    }

    fn deregister(&self, worker: WorkerId, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.again(Again::Safe, move |_| self.deregister_worker(worker, now)))
    }

    fn lost(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Vec<Lost>>> {
        Box::pin(self.again(Again::Safe, move |_| self.lost_claims(limit, now)))
    }

    fn prune(&self, retains: Vec<Duration>, limit: u32, now: Now) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move { self.prune_all(&retains, limit, now).await })
    }

    fn look(&self, id: JobId) -> BoxFuture<'_, Result<Option<Look>>> {
        Box::pin(self.again(Again::Safe, move |_| self.look_at(id)))
    }

    fn get(&self, id: JobId) -> BoxFuture<'_, Result<Option<Row>>> {
        Box::pin(self.again(Again::Safe, move |_| self.get_row(id)))
    }

    fn cancel(
        &self,
        id: JobId,
        retain: Option<Duration>,
        now: Now,
    ) -> BoxFuture<'_, Result<Cancelled>> {
        Box::pin(async move {
            let cancelled = self
                .again(Again::IfUndone, |_| self.cancel_job(id, retain, now))
                .await?;
            if cancelled == Cancelled::Asked {
                self.announce(vec![Wake::Cancel]).await.ok();
            }
            Ok(cancelled)
        })
    }

    fn letters(
        &self,
        filter: LetterFilter,
        offset: u32,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Letter>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.list_letters(&filter, offset, limit))
                .await
        })
    }

    fn resolve(
        &self,
        letters: Vec<i64>,
        how: Resolve,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<Resolved>>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| self.resolve_all(&letters, how, now))
                .await
        })
    }

    fn declare_tasks(
        &self,
        tasks: Vec<TaskDecl>,
        by: Declarer,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<bool>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.declare_tasks(&tasks, by, now))
                .await
        })
    }

    fn note_tasks(&self, worker: WorkerId, tasks: Vec<String>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.note_tasks(worker, &tasks))
                .await
        })
    }

    fn due_tasks(
        &self,
        kinds: Vec<KindId>,
        names: Vec<String>,
        limit: u32,
        now: Now,
    ) -> BoxFuture<'_, Result<DueTasks>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.due_tasks(&kinds, &names, limit, now))
                .await
        })
    }

    fn settle_ticks(&self, ticks: Vec<Tick>, now: Now) -> BoxFuture<'_, Result<Vec<bool>>> {
        // Twice does nothing twice: the base that was seen is gone after the first.
        Box::pin(async move {
            self.again(Again::Safe, |_| self.settle_ticks(&ticks, now))
                .await
        })
    }

    fn list_tasks(
        &self,
        name: Option<String>,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<(Task, bool)>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.list_tasks(name.as_deref(), now))
                .await
        })
    }

    fn change_task(
        &self,
        name: String,
        change: TaskChange,
        now: Now,
    ) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| self.change_task(&name, change, now))
                .await
        })
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
        Box::pin(self.again(Again::Safe, |_| self.all_queues()))
    }

    fn set_paused(
        &self,
        queue: String,
        paused: bool,
        by: Option<String>,
    ) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| {
                self.set_paused(&queue, paused, by.as_deref())
            })
            .await
        })
    }

    fn count_ready(&self, queue: String, at_most: u64) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.count_ready(&queue, at_most))
                .await
        })
    }

    fn ages_of_oldest(
        &self,
        queues: Vec<String>,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<(String, Duration)>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.ages_of_oldest(&queues, now))
                .await
        })
    }

    fn clear_ready(
        &self,
        queue: String,
        limit: u32,
        retain: Duration,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| {
                self.clear_ready(&queue, limit, retain, now)
            })
            .await
        })
    }

    fn announce(&self, wakes: Vec<Wake>) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.tell_others(wakes))
    }

    fn wakeups(&self) -> BoxStream<'static, Wake> {
        nudges::with(self.listen_for_wakes(), &self.nudges, &self.closed)
    }

    fn idle_poll(&self) -> Duration {
        let floor = Duration::from_secs(if self.listen.is_some() { 10 } else { 2 });
        self.cursors
            .due(Instant::now())
            .map_or(floor, |due| due.min(floor))
    }

    #[cfg(feature = "testing")]
    fn erase(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.drop_schema())
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.close_all())
    }
}
