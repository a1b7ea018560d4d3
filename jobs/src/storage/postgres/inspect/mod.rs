//! What operators see and do.

mod change;
mod list;
mod log;
mod people;
mod why;

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;

use super::{PostgresStorage, session::Again};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        GroupId, KindId, Now, Row, WorkerId,
        inspect::{
            Ask, AuditNote, AuditRow, GroupsIn, GroupsPage, Health, Inspect, JobFilter, JobsPage,
            KeyRow, KindRow, LetterHead, QueueRow, Span, Standing, StatCount, StatRow, Tally,
            WorkerRow,
        },
    },
};

impl Inspect for PostgresStorage {
    fn list_jobs(
        &self,
        filter: JobFilter,
        from: Option<JobId>,
        limit: u32,
        scan: u32,
    ) -> BoxFuture<'_, Result<JobsPage>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.list(&filter, from, limit, scan))
                .await
        })
    }

    fn list_groups(
        &self,
        which: Option<GroupsIn>,
        from: Option<GroupId>,
        limit: u32,
        scan: u32,
    ) -> BoxFuture<'_, Result<GroupsPage>> {
        Box::pin(self.again(Again::Safe, move |_| {
            self.groups_page(which, from, limit, scan)
        }))
    }

    fn rows(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(async move {
            let ids: Vec<_> = jobs.into_iter().map(JobId::as_uuid).collect();
            self.again(Again::Safe, |_| self.these_rows(&ids)).await
        })
    }

    fn tallies(&self, at_most: u32) -> BoxFuture<'_, Result<Vec<Tally>>> {
        Box::pin(self.again(Again::Safe, move |_| self.count_all(at_most)))
    }

    fn kinds(&self) -> BoxFuture<'_, Result<Vec<KindRow>>> {
        Box::pin(self.again(Again::Safe, |_| self.kind_rows()))
    }

    fn queue_rows(&self) -> BoxFuture<'_, Result<Vec<QueueRow>>> {
        Box::pin(self.again(Again::Safe, |_| self.queue_rows()))
    }

    fn worker_rows(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Vec<WorkerRow>>> {
        Box::pin(self.again(Again::Safe, move |_| self.worker_rows(limit, now)))
    }

    fn ask_worker(&self, worker: WorkerId, ask: Option<Ask>) -> BoxFuture<'_, Result<bool>> {
        Box::pin(self.again(Again::Safe, move |_| self.ask_worker(worker, ask)))
    }

    fn standing(&self, id: JobId) -> BoxFuture<'_, Result<Option<Standing>>> {
        Box::pin(self.again(Again::Safe, move |_| self.standing_of(id)))
    }

    fn key_rows(&self, keys: Vec<String>, limit: u32) -> BoxFuture<'_, Result<Vec<KeyRow>>> {
        Box::pin(async move {
            self.again(Again::Safe, |_| self.key_rows(&keys, limit))
                .await
        })
    }

    fn count_before(&self, id: JobId, at_most: u32) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.again(Again::Safe, move |_| self.count_before(id, at_most)))
    }

    fn run_now(&self, jobs: Vec<JobId>, now: Now) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| self.run_now(&jobs, now))
                .await
        })
    }

    fn end_waiting(
        &self,
        jobs: Vec<JobId>,
        state: State,
        reason: String,
        retain: Duration,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| {
                self.end_waiting(&jobs, state, &reason, retain, now)
            })
            .await
        })
    }

    fn edit_args(&self, id: JobId, args: String) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move { self.again(Again::Safe, |_| self.edit_args(id, &args)).await })
    }

    fn forget(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(async move { self.again(Again::IfUndone, |_| self.forget(&jobs)).await })
    }

    fn letter_heads(
        &self,
        below: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<LetterHead>>> {
        Box::pin(self.again(Again::Safe, move |_| self.letter_heads(below, limit)))
    }

    fn add_stats(&self, counts: Vec<StatCount>, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| self.add_stats(&counts, now))
                .await
        })
    }

    fn stats(
        &self,
        span: Span,
        since: DateTime<Utc>,
        kind: Option<KindId>,
    ) -> BoxFuture<'_, Result<Vec<StatRow>>> {
        Box::pin(self.again(Again::Safe, move |_| self.read_stats(span, since, kind)))
    }

    fn note_audit(&self, entry: AuditNote, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.again(Again::IfUndone, |_| self.note_audit(&entry, now))
                .await
        })
    }

    fn audit(&self, below: Option<i64>, limit: u32) -> BoxFuture<'_, Result<Vec<AuditRow>>> {
        Box::pin(self.again(Again::Safe, move |_| self.audit_rows(below, limit)))
    }

    fn prune_log(&self, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.again(Again::Safe, move |_| self.prune_log(now)))
    }

    fn health(&self) -> BoxFuture<'_, Result<Health>> {
        Box::pin(self.again(Again::Safe, |_| self.look_at_health()))
    }
}
