//! What operators see and do by hand: the few verbs that change jobs; pages and counts for people are left out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;
use jobs::{
    JobId, Result, State,
    storage::{
        GroupId, KindId, Now, Row, WorkerId,
        inspect::{
            Ask, AuditNote, AuditRow, GroupsIn, GroupsPage, Health, Inspect, JobFilter, JobsPage,
            KeyRow, KindRow, LetterHead, QueueRow, Span, Standing, StatCount, StatRow, Tally,
            WorkerRow,
        },
    },
};

use super::{
    Model, left_out,
    world::{Stage, Why},
};

macro_rules! left_out {
    ($($name:ident($($arg:ident: $of:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($arg: $of),*) -> BoxFuture<'_, Result<$answer>> {
            $(let _ = $arg;)*
            Box::pin(std::future::ready(left_out(stringify!($name))))
        })*
    };
}

impl Inspect for Model {
    left_out! {
        list_jobs(filter: JobFilter, from: Option<JobId>, limit: u32, scan: u32) -> JobsPage;
        list_groups(which: Option<GroupsIn>, from: Option<GroupId>, limit: u32, scan: u32) -> GroupsPage;
        rows(jobs: Vec<JobId>) -> Vec<Row>;
        tallies(at_most: u32) -> Vec<Tally>;
        kinds() -> Vec<KindRow>;
        queue_rows() -> Vec<QueueRow>;
        worker_rows(limit: u32, now: Now) -> Vec<WorkerRow>;
        standing(id: JobId) -> Option<Standing>;
        key_rows(keys: Vec<String>, limit: u32) -> Vec<KeyRow>;
        count_before(id: JobId, at_most: u32) -> u64;
        letter_heads(below: Option<i64>, limit: u32) -> Vec<LetterHead>;
        stats(span: Span, since: DateTime<Utc>, kind: Option<KindId>) -> Vec<StatRow>;
        audit(below: Option<i64>, limit: u32) -> Vec<AuditRow>;
        health() -> Health;
    }

    fn ask_worker(&self, worker: WorkerId, ask: Option<Ask>) -> BoxFuture<'_, Result<bool>> {
        self.call("ask_worker", None, move |world, _| {
            let known = world.workers.get_mut(&worker.0);
            let known = known.filter(|known| known.lost.is_none() && known.stopped.is_none());
            Ok(known.map(|known| known.asked = ask).is_some())
        })
    }

    fn run_now(&self, jobs: Vec<JobId>, now: Now) -> BoxFuture<'_, Result<Vec<JobId>>> {
        self.call("run_now", now, move |world, now| {
            let due = jobs.into_iter().filter(|id| {
                let job = world.jobs.get_mut(id);
                let job = job.filter(|job| job.stage == Stage::Scheduled);
                job.map(|job| (job.stage, job.run_at) = (Stage::Ready, now))
                    .is_some()
            });
            Ok(due.collect())
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
        self.call("end_waiting", now, move |world, now| {
            let waits = |id: &JobId| world.jobs.get(id).is_some_and(|job| job.waits());
            let waits: Vec<JobId> = jobs.into_iter().filter(waits).collect();
            world.end_waiting(&waits, state, Some(&reason), Some(retain), now);
            Ok(waits)
        })
    }

    fn edit_args(&self, id: JobId, args: String) -> BoxFuture<'_, Result<bool>> {
        self.call("edit_args", None, move |world, _| {
            let job = world.jobs.get_mut(&id);
            let job = job.filter(|job| job.waits() || job.state() == State::Dead);
            Ok(job
                .map(|job| {
                    job.args = args;
                    if matches!(job.stage, Stage::Blocked(Why::Unreadable(_))) {
                        job.stage = Stage::Ready;
                    }
                })
                .is_some())
        })
    }

    fn forget(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>>> {
        self.call("forget", None, move |world, _| {
            let ended = |id: &JobId| world.jobs.get(id).is_some_and(|job| job.state().is_final());
            let ended: Vec<JobId> = jobs.into_iter().filter(ended).collect();
            for id in &ended {
                world.forget(*id);
                world.letters.retain(|letter| letter.job != *id);
            }
            Ok(ended)
        })
    }

    fn add_stats(&self, counts: Vec<StatCount>, now: Now) -> BoxFuture<'_, Result<()>> {
        let _ = counts;
        self.call("add_stats", now, |_, _| Ok(()))
    }

    fn note_audit(&self, entry: AuditNote, now: Now) -> BoxFuture<'_, Result<()>> {
        let _ = entry;
        self.call("note_audit", now, |_, _| Ok(()))
    }

    fn prune_log(&self, now: Now) -> BoxFuture<'_, Result<()>> {
        self.call("prune_log", now, |_, _| Ok(()))
    }
}
