//! The verbs, each one change of the world.

use std::{
    any::Any,
    collections::BTreeSet,
    sync::{Arc, PoisonError},
    time::Duration,
};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::StreamExt as _;
use jobs::{
    JobId, Progress, Result, State,
    storage::{
        Ack, Cancelled, Checkpoints, Claim, ClaimRef, Claimed, Declarations, Declarer, DueTasks,
        EnqueueSql, Finish, GroupCancelled, GroupId, GroupRow, GroupTree, Inserted, JobTransaction,
        KindId, Letter, LetterFilter, Look, Lost, NewJob, NewWork, Now, Promoted, QueueDecl,
        Renewed, Resolve, Resolved, Row, Sent, Settle, Settled, StageMember, Storage, TakeEvent,
        TakenEvent, Task, TaskChange, TaskDecl, Tick, Wake, WorkerId, WorkerInfo,
    },
};
use uuid::Uuid;

use super::{
    Model,
    claims::first_claim,
    left_out,
    steps::{cancel, declare, promote, unblock},
    world::{Stage, Worker},
};

type Answer<'s, T> = BoxFuture<'s, Result<T>>;

impl Storage for Model {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "model"
    }

    fn declare(&self, declarations: Declarations) -> Answer<'_, Vec<KindId>> {
        self.call("declare", None, |world, _| Ok(declare(world, declarations)))
    }

    fn kind_names(&self) -> Answer<'_, Vec<(KindId, String)>> {
        self.call("kind_names", None, |world, _| {
            let names = world.kinds.iter().map(|kind| kind.name.clone());
            Ok((1..).map(KindId).zip(names).collect())
        })
    }

    fn insert(&self, jobs: Vec<NewJob>, now: Now) -> Answer<'_, Vec<Inserted>> {
        self.call("insert", now, |world, now| Ok(world.insert(jobs, now)))
    }

    fn insert_claimed(
        &self,
        jobs: Vec<NewJob>,
        worker: WorkerId,
        now: Now,
    ) -> Answer<'_, Option<Vec<Claimed>>> {
        let unanswered = Arc::clone(&self.unanswered);
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        let inserting = self.call("insert_claimed", now, move |world, now| {
            Ok(world.insert_claimed(jobs, worker, now))
        });
        Box::pin(async move {
            let answer = inserting.await;
            if answer.is_err() {
                let mut unanswered = unanswered.lock().unwrap_or_else(PoisonError::into_inner);
                unanswered.extend(ids.into_iter().map(|id| first_claim(id, worker)));
            }
            answer
        })
    }

    fn insert_work(&self, work: NewWork, now: Now) -> Answer<'_, Vec<Inserted>> {
        self.call("insert_work", now, |world, now| {
            world.insert_work(work, now)
        })
    }

    fn group(&self, id: GroupId) -> Answer<'_, Option<GroupRow>> {
        self.call("group", None, move |world, _| {
            Ok(world.groups.get(&id).cloned())
        })
    }

    fn group_tree(&self, of: Uuid, at_most: u32) -> Answer<'_, Option<GroupTree>> {
        self.call("group_tree", None, move |world, _| {
            Ok(world.group_tree(of, at_most))
        })
    }

    fn cancel_group(
        &self,
        id: GroupId,
        retain: Duration,
        limit: u32,
        now: Now,
    ) -> Answer<'_, Option<GroupCancelled>> {
        self.call("cancel_group", now, move |world, now| {
            Ok(world.cancel_group(id, retain, limit, now))
        })
    }

    fn stage(&self, id: GroupId) -> Answer<'_, Vec<StageMember>> {
        self.call("stage", None, move |world, _| Ok(world.stage_members(id)))
    }

    fn stopped_by(&self, id: JobId) -> Answer<'_, Option<JobId>> {
        self.call("stopped_by", None, move |world, _| Ok(world.stopped_by(id)))
    }

    fn tagged(&self, tag: String, above: i64, at_most: u32) -> Answer<'_, Vec<(i64, JobId)>> {
        self.call("tagged", None, move |world, _| {
            let found = world.jobs.values().filter(|job| {
                job.tags.contains(&tag) && job.seq > above && !job.state().is_final()
            });
            let mut found: Vec<_> = found.map(|job| (job.seq, job.id)).collect();
            found.sort_unstable();
            found.truncate(at_most as usize);
            Ok(found)
        })
    }

    fn enqueue_sql(&self, _: &NewJob) -> EnqueueSql {
        EnqueueSql {
            sql: String::new(),
            params: Vec::new(),
        }
    }

    fn claim(&self, claim: Claim, now: Now) -> Answer<'_, Vec<Claimed>> {
        let (list, worker) = (Arc::clone(&self.unanswered), claim.worker);
        let unanswered = Arc::clone(&self.unanswered);
        let claiming = self.call("claim", now, move |world, now| {
            let mut unanswered = list.lock().unwrap_or_else(PoisonError::into_inner);
            for claim in unanswered.extract_if(.., |claim| claim.worker == worker) {
                world.unclaim(claim);
            }
            let claimed = world.claim(claim, now);
            unanswered.extend(claimed.iter().map(|claimed| claimed.claim));
            Ok(claimed)
        });
        Box::pin(async move {
            let claimed = claiming.await?;
            let mut unanswered = unanswered.lock().unwrap_or_else(PoisonError::into_inner);
            unanswered.retain(|of| !claimed.iter().any(|claimed| claimed.claim == *of));
            Ok(claimed)
        })
    }

    fn finish(&self, done: Vec<Finish>, now: Now) -> Answer<'_, Vec<Ack>> {
        self.process.finishing(&done);
        self.call("finish", now, |world, now| Ok(world.finish(done, now)))
    }

    fn progress(&self, said: Vec<(ClaimRef, Progress)>) -> Answer<'_, ()> {
        self.call("progress", None, |world, _| {
            for (claim, progress) in said {
                if world.holds(claim) {
                    world.job(claim.id).progress = Some(progress);
                }
            }
            Ok(())
        })
    }

    fn checkpoints(&self, id: JobId, now: Now) -> Answer<'_, Checkpoints> {
        self.call("checkpoints", now, move |world, now| {
            Ok(world.checkpoints_of(id, now))
        })
    }

    fn settle(&self, settle: Settle, now: Now) -> Answer<'_, Option<Settled>> {
        self.call("settle", now, |world, now| world.settle(settle, now))
    }

    fn take_event(&self, take: TakeEvent, now: Now) -> Answer<'_, Option<TakenEvent>> {
        self.call("take_event", now, |world, now| {
            Ok(world.take_event(take, now))
        })
    }

    fn send_event(&self, id: JobId, name: String, value: String, now: Now) -> Answer<'_, Sent> {
        self.call("send_event", now, move |world, _| {
            Ok(world.send_event(id, name, value))
        })
    }

    fn promote(&self, limit: u32, now: Now) -> Answer<'_, Promoted> {
        self.call("promote", now, move |world, now| {
            Ok(promote(world, limit, now))
        })
    }

    fn unblock(&self, known: Vec<(KindId, u32)>, started: bool, now: Now) -> Answer<'_, u64> {
        self.call("unblock", now, move |world, _| {
            Ok(unblock(world, &known, started))
        })
    }

    fn register(&self, worker: WorkerInfo, now: Now) -> Answer<'_, ()> {
        self.call("register", now, |world, now| {
            let row = Worker {
                info: worker,
                seen: now,
                stopped: None,
                lost: None,
                asked: None,
            };
            world.workers.insert(row.info.id.0, row);
            Ok(())
        })
    }

    fn renew(&self, worker: WorkerId, now: Now) -> Answer<'_, Renewed> {
        self.call("renew", now, move |world, now| {
            let known = world.workers.get_mut(&worker.0);
            let known = known.filter(|known| known.lost.is_none() && known.stopped.is_none());
            let Some(known) = known else {
                return Ok(Renewed::default());
            };
            known.seen = known.seen.max(now);
            let asked = known.asked;
            let cancel = world.jobs.values().filter(|job| job.asked.is_some());
            let cancel = cancel.filter(|job| job.worker() == Some(worker));
            Ok(Renewed {
                alive: true,
                cancel: cancel.map(|job| job.id).collect(),
                asked,
            })
        })
    }

    fn deregister(&self, worker: WorkerId, now: Now) -> Answer<'_, ()> {
        self.call("deregister", now, move |world, now| {
            let claims = world.jobs.values().any(|job| job.worker() == Some(worker));
            let known = world.workers.get_mut(&worker.0);
            if let Some(known) = known.filter(|of| of.lost.is_none() && of.stopped.is_none()) {
                let end = if claims {
                    &mut known.lost
                } else {
                    &mut known.stopped
                };
                *end = Some(now);
            }
            Ok(())
        })
    }

    fn lost(&self, limit: u32, now: Now) -> Answer<'_, Vec<Lost>> {
        self.call("lost", now, move |world, now| Ok(world.lost(limit, now)))
    }

    fn prune(&self, _: Vec<Duration>, limit: u32, now: Now) -> Answer<'_, u64> {
        self.call("prune", now, move |world, now| Ok(world.prune(limit, now)))
    }

    fn look(&self, id: JobId) -> Answer<'_, Option<Look>> {
        self.call("look", None, move |world, _| Ok(world.look(id)))
    }

    fn get(&self, id: JobId) -> Answer<'_, Option<Row>> {
        self.call("get", None, move |world, _| Ok(world.row(id)))
    }

    fn cancel(&self, id: JobId, retain: Option<Duration>, now: Now) -> Answer<'_, Cancelled> {
        self.call("cancel", now, move |world, now| {
            Ok(cancel(world, id, retain, now))
        })
    }

    fn letters(&self, filter: LetterFilter, offset: u32, limit: u32) -> Answer<'_, Vec<Letter>> {
        self.call("letters", None, move |world, _| {
            Ok(world.letters(&filter, offset, limit))
        })
    }

    fn resolve(&self, letters: Vec<i64>, how: Resolve, now: Now) -> Answer<'_, Vec<Resolved>> {
        self.call("resolve", now, move |world, now| {
            let each = letters.into_iter();
            Ok(each.map(|number| world.resolve(number, how, now)).collect())
        })
    }

    fn declare_tasks(&self, tasks: Vec<TaskDecl>, by: Declarer, now: Now) -> Answer<'_, Vec<bool>> {
        self.call("declare_tasks", now, move |world, now| {
            let each = tasks.into_iter();
            Ok(each.map(|task| world.declare_task(task, by, now)).collect())
        })
    }

    fn note_tasks(&self, worker: WorkerId, tasks: Vec<String>) -> Answer<'_, ()> {
        self.call("note_tasks", None, move |world, _| {
            world.declared.insert(worker.0, tasks.into_iter().collect());
            Ok(())
        })
    }

    fn due_tasks(
        &self,
        kinds: Vec<KindId>,
        names: Vec<String>,
        limit: u32,
        now: Now,
    ) -> Answer<'_, DueTasks> {
        self.call("due_tasks", now, move |world, now| {
            Ok(world.due_tasks(&kinds, &names, limit, now))
        })
    }

    fn settle_ticks(&self, ticks: Vec<Tick>, now: Now) -> Answer<'_, Vec<bool>> {
        self.call("settle_ticks", now, |world, now| {
            let each = ticks.into_iter();
            Ok(each.map(|tick| world.settle_tick(tick, now)).collect())
        })
    }

    fn list_tasks(&self, name: Option<String>, now: Now) -> Answer<'_, Vec<(Task, bool)>> {
        self.call("list_tasks", now, move |world, now| {
            let alive = |worker: &Uuid| {
                world.workers.get(worker).is_some_and(|worker| {
                    let until = super::world::after(worker.seen, worker.info.lease);
                    worker.lost.is_none() && worker.stopped.is_none() && until > now
                })
            };
            let declared: BTreeSet<&String> = world
                .declared
                .iter()
                .filter(|(worker, _)| alive(worker))
                .flat_map(|(_, names)| names)
                .collect();
            let wanted = |task: &&Task| name.as_ref().is_none_or(|name| *name == task.decl.name);
            let found = world.tasks.values().filter(wanted);
            Ok(found
                .map(|task| (task.clone(), declared.contains(&task.decl.name)))
                .collect())
        })
    }

    fn change_task(&self, name: String, change: TaskChange, now: Now) -> Answer<'_, bool> {
        self.call("change_task", now, move |world, now| {
            Ok(world.change_task(&name, change, now))
        })
    }

    fn begin_job(&self) -> Answer<'_, JobTransaction> {
        Box::pin(std::future::ready(left_out("transactions of jobs")))
    }

    fn commit_job(&self, _: JobTransaction, _: Option<Finish>, _: Now) -> Answer<'_, Ack> {
        Box::pin(std::future::ready(left_out("transactions of jobs")))
    }

    fn queues(&self) -> Answer<'_, Vec<QueueDecl>> {
        self.call("queues", None, |world, _| {
            let all = world.queues.iter();
            Ok(all
                .map(|(name, (paused, _))| QueueDecl {
                    name: name.clone(),
                    paused: *paused,
                })
                .collect())
        })
    }

    fn set_paused(&self, queue: String, paused: bool, by: Option<String>) -> Answer<'_, ()> {
        self.call("set_paused", None, move |world, _| {
            let row = world.queues.entry(queue).or_default();
            if row.0 != paused {
                *row = (paused, by.filter(|_| paused));
            }
            Ok(())
        })
    }

    fn count_ready(&self, queue: String, at_most: u64) -> Answer<'_, u64> {
        self.call("count_ready", None, move |world, _| {
            let ready = world.sorted(|job| job.queue == queue && job.stage == Stage::Ready);
            Ok((ready.len() as u64).min(at_most))
        })
    }

    fn ages_of_oldest(&self, queues: Vec<String>, now: Now) -> Answer<'_, Vec<(String, Duration)>> {
        self.call("ages_of_oldest", now, move |world, now| {
            let oldest = |queue: String| {
                let ready = world.jobs.values();
                let ready = ready.filter(|job| job.queue == queue && job.stage == Stage::Ready);
                let since = ready.map(|job| job.run_at).min()?;
                Some((queue, (now - since).to_std().unwrap_or_default()))
            };
            Ok(queues.into_iter().filter_map(oldest).collect())
        })
    }

    fn clear_ready(
        &self,
        queue: String,
        limit: u32,
        retain: Duration,
        now: Now,
    ) -> Answer<'_, Vec<JobId>> {
        self.call("clear_ready", now, move |world, now| {
            let mut ready = world.sorted(|job| job.queue == queue && job.stage == Stage::Ready);
            ready.truncate(limit as usize);
            let reason = Some("the queue was cleared");
            world.end_waiting(&ready, State::Cancelled, reason, Some(retain), now);
            Ok(ready)
        })
    }

    fn announce(&self, _: Vec<Wake>) -> Answer<'_, ()> {
        self.call("announce", None, |_, _| Ok(()))
    }

    /// Nobody is told: whoever relies on it alone would wait forever.
    fn wakeups(&self) -> BoxStream<'static, Wake> {
        let mut closed = self.closed.subscribe();
        let ended = futures_util::stream::once(async move {
            let _ = closed.wait_for(|closed| *closed).await;
        });
        Box::pin(ended.filter_map(|()| std::future::ready(None)))
    }

    fn idle_poll(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.closed.send_replace(true);
        Box::pin(std::future::ready(()))
    }
}
