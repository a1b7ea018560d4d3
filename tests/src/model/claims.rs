//! Claims and their ends.

use chrono::{DateTime, Utc};
use jobs::{
    Attempt, JobError, JobId, State,
    storage::{
        Ack, BlockedOn, Claim, ClaimRef, Claimed, End, Finish, GroupId, Held, NewJob, Next, Take,
        WorkerId,
    },
};

use super::{
    groups::Change,
    keys::{Verdict, matter_to_claims},
    world::{DEAD, DeadLetter, Ended, How, Job, Stage, Why, World, after, failure, without_nul},
};

fn how(next: &Next) -> Option<How> {
    match next {
        Next::End(_) => None,
        Next::Retry { .. } => Some(How::Retry),
        Next::PutBack => Some(How::PutBack),
        Next::Crashed { .. } => Some(How::Crashed),
        Next::Block { .. } => Some(How::Blocked),
        Next::Park { .. } => Some(How::Parked),
    }
}

/// The claim of a job that was claimed by its insert.
pub(super) fn first_claim(id: JobId, worker: WorkerId) -> ClaimRef {
    ClaimRef {
        id,
        worker,
        fence: 1,
        keyed: false,
        grouped: false,
    }
}

impl World {
    pub(super) fn insert_claimed(
        &mut self,
        jobs: Vec<NewJob>,
        worker: WorkerId,
        now: DateTime<Utc>,
    ) -> Option<Vec<Claimed>> {
        let alive = self
            .workers
            .get(&worker.0)
            .is_some_and(|worker| worker.lost.is_none());
        let queue = jobs
            .first()
            .map(|job| job.queue.to_string())
            .unwrap_or_default();
        let paused = self.queues.get(&queue).is_some_and(|(paused, _)| *paused);
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        self.insert(jobs, now);
        (alive && !paused).then(|| {
            let take = |id| {
                let job = self.job(id);
                job.fence += 1;
                job.stage = Stage::Running {
                    worker,
                    since: now,
                    held: false,
                };
                claimed(job, worker, now)
            };
            ids.into_iter().map(take).collect()
        })
    }

    pub(super) fn claim(&mut self, claim: Claim, now: DateTime<Utc>) -> Vec<Claimed> {
        let worker = self.workers.get(&claim.worker.0);
        if worker.is_some_and(|worker| worker.lost.is_some()) {
            return Vec::new();
        }
        let takes = claim.takes.iter();
        takes
            .flat_map(|take| self.take(claim.worker, take, now))
            .collect()
    }

    fn take(&mut self, worker: WorkerId, take: &Take, now: DateTime<Utc>) -> Vec<Claimed> {
        let mut got = Vec::new();
        if self
            .queues
            .get(&*take.queue)
            .is_some_and(|(paused, _)| *paused)
        {
            return got;
        }
        while got.len() < take.at_most as usize {
            let first = self
                .jobs
                .values()
                .filter(|job| job.queue == take.queue && job.stage == Stage::Ready);
            let Some(id) = first.min_by_key(|job| job.order()).map(|job| job.id) else {
                break;
            };
            let keys = self.job(id).keys.clone().unwrap_or_default();
            let verdict = self.judge(&keys, now);
            let full = match &verdict {
                Verdict::Waits(why) => {
                    self.job(id).stage = Stage::Blocked(why.clone());
                    Some(why.clone())
                }
                Verdict::Starts | Verdict::Refused => {
                    let job = self.job(id);
                    job.fence += 1;
                    let held = matches!(verdict, Verdict::Starts) && !keys.slots.is_empty();
                    job.stage = Stage::Running {
                        worker,
                        since: now,
                        held,
                    };
                    let mut claimed = claimed(job, worker, now);
                    claimed.refused = matches!(verdict, Verdict::Refused);
                    got.push(claimed);
                    None
                }
            };
            if matches!(verdict, Verdict::Starts) {
                self.started(id, &keys, now);
                continue;
            }
            // It may have been woken for a slot that it did not take: another one may.
            for slot in &keys.slots {
                let why = Why::Slots(slot.key.clone());
                if full.as_ref() != Some(&why) && self.used(&slot.key) < slot.limit {
                    self.wake(&why, 1);
                }
            }
        }
        got
    }

    pub(super) fn finish(&mut self, done: Vec<Finish>, now: DateTime<Utc>) -> Vec<Ack> {
        done.into_iter()
            .map(|one| self.finish_one(one, now))
            .collect()
    }

    /// Whether a claim is that of the row.
    pub(super) fn holds(&self, claim: ClaimRef) -> bool {
        let job = self.jobs.get(&claim.id);
        job.is_some_and(|job| job.worker() == Some(claim.worker) && job.fence == claim.fence)
    }

    /// A claim that nobody heard of is as if it had not been.
    pub(super) fn unclaim(&mut self, claim: ClaimRef) {
        if !self.holds(claim) {
            return;
        }
        let slots: Vec<String> = self.jobs[&claim.id].slots().map(str::to_owned).collect();
        self.job(claim.id).stage = Stage::Ready;
        self.free_slots(slots.iter().map(String::as_str));
    }

    fn finish_one(&mut self, done: Finish, now: DateTime<Utc>) -> Ack {
        let claim = done.claim;
        if !self.holds(claim) {
            return self.written_before(&done);
        }
        let slots: Vec<String> = self.jobs[&claim.id].slots().map(str::to_owned).collect();
        let started = done.ran.map(|ran| now - ran);
        let recorded = self.jobs[&claim.id].attempts.len();
        let ack = match done.to {
            Next::End(end) => {
                self.end_claim(claim, end, started, now);
                Ack::Done
            }
            to => self.release(claim, to, started, now),
        };
        self.free_slots(slots.iter().map(String::as_str));
        if let (Some(job), Some(started), Some(logs)) =
            (self.jobs.get_mut(&claim.id), started, done.logs)
        {
            if job.attempts.len() == recorded {
                let worker = claim.worker.to_string();
                let quiet = Attempt::stored(job.runs, started, Some(now), None, worker);
                job.attempts.push(quiet);
            }
            if let Some(last) = job.attempts.last_mut() {
                last.logs = Some(without_nul(&logs));
            }
        }
        ack
    }

    fn written_before(&self, done: &Finish) -> Ack {
        let claim = done.claim;
        let Some(job) = self.jobs.get(&claim.id) else {
            let fleeting = matches!(&done.to, Next::End(end) if end.retain.is_none() && end.state != State::Dead);
            return if fleeting { Ack::Done } else { Ack::Stale };
        };
        if job.fence != claim.fence {
            return Ack::Stale;
        }
        match (&job.stage, &done.to) {
            (Stage::Ended(ended), _) if ended.worker != Some(claim.worker) => Ack::Stale,
            (Stage::Ended(ended), Next::End(end)) if ended.state == end.state => Ack::Done,
            (Stage::Ended(_), Next::End(_)) => Ack::Stale,
            (Stage::Ended(ended), _) if ended.state == State::Cancelled => Ack::Cancelled,
            (Stage::Ended(_) | Stage::Running { .. }, _) => Ack::Stale,
            (_, to) => match (job.last, how(to)) {
                (Some((worker, last)), Some(how)) if worker == claim.worker && last == how => {
                    Ack::Done
                }
                _ => Ack::Stale,
            },
        }
    }

    fn end_claim(
        &mut self,
        claim: ClaimRef,
        end: End,
        started: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        let reason = end.reason.as_deref().map(without_nul);
        let dead = (end.state == State::Dead).then(|| {
            let message = reason.clone().unwrap_or_else(|| "declared dead".to_owned());
            end.error
                .clone()
                .unwrap_or_else(|| failure("jobs::Dead", &message))
        });
        let job = self.job(claim.id);
        job.asked = None;
        if let (Some(started), Some(error)) = (started, &end.error) {
            attempt(job, claim.worker, Some(started), now, Some(error.clone()));
        }
        job.runs += u32::from(started.is_some());
        if let Some(error) = dead {
            let (kind, queue) = (job.kind, job.queue.clone());
            self.bury(claim.id, kind, queue, error, now);
        }
        let retain = end.retain.or((end.state == State::Dead).then_some(DEAD));
        let ended = Ended {
            state: end.state,
            worker: Some(claim.worker),
            started,
            at: now,
            expires: retain.map_or(now, |retain| after(now, retain)),
            reason,
            output: end.output,
        };
        self.ended(claim.id, ended, retain.is_some(), now);
        if end.state == State::Cancelled {
            self.cancel_children(vec![claim.id], now);
        }
    }

    /// A dead letter more.
    pub(super) fn bury(
        &mut self,
        job: JobId,
        kind: jobs::storage::KindId,
        queue: String,
        error: JobError,
        died: DateTime<Utc>,
    ) {
        let number = self.letters.last().map_or(1, |letter| letter.number + 1);
        self.letters.push(DeadLetter {
            number,
            job,
            kind,
            queue,
            error,
            died,
            resolved: None,
        });
    }

    /// A job ends, claimed or not: its key is free, and its groups are told.
    pub(super) fn ended(&mut self, id: JobId, ended: Ended, kept: bool, now: DateTime<Utc>) {
        let (state, output) = (ended.state, ended.output.clone());
        let job = self.job(id);
        job.stage = Stage::Ended(Box::new(ended));
        job.asked = None;
        let keys = job.keys.clone();
        if let Some(keys) = &keys {
            self.free_unique(id, keys, now);
        }
        if !kept {
            self.forget(id);
        }
        self.changed(
            vec![Change {
                job: id,
                state: Some(state),
                output,
            }],
            now,
        );
    }

    fn release(
        &mut self,
        claim: ClaimRef,
        to: Next,
        started: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Ack {
        let job = self.job(claim.id);
        job.last = how(&to).map(|how| (claim.worker, how));
        let parked = matches!(to, Next::Park { .. });
        match to {
            Next::End(_) => unreachable!("ends are written elsewhere"),
            Next::Retry {
                after: wait,
                queue,
                priority,
                counters,
                error,
            } => {
                if started.is_some() {
                    attempt(job, claim.worker, started, now, error);
                }
                job.stage = if wait.is_zero() {
                    Stage::Ready
                } else {
                    Stage::Scheduled
                };
                job.run_at = after(now, wait);
                job.queue = queue.unwrap_or_else(|| job.queue.clone());
                job.priority = priority.unwrap_or(job.priority);
                job.counters = counters;
                job.attempt += 1;
                job.runs += 1;
            }
            Next::PutBack => job.stage = Stage::Ready,
            Next::Crashed { error } => {
                attempt(job, claim.worker, started, now, Some(error));
                job.stage = Stage::Ready;
                job.runs += 1;
                job.crashes += 1;
            }
            Next::Block { on, counters } => {
                job.counters = counters;
                job.stage = Stage::Blocked(match on {
                    BlockedOn::UnknownKind => Why::Unknown,
                    BlockedOn::Unreadable(wait) => Why::Unreadable(after(now, wait)),
                });
            }
            Next::Park {
                until,
                on,
                counters,
            } => {
                job.counters = counters;
                job.stage = Stage::Parked { until, on };
            }
        }
        if let Some(retain) = job.asked {
            let ended = Ended {
                state: State::Cancelled,
                worker: Some(claim.worker),
                started: None,
                at: now,
                expires: retain.map_or(now, |retain| after(now, retain)),
                reason: None,
                output: None,
            };
            self.ended(claim.id, ended, retain.is_some(), now);
            self.cancel_children(vec![claim.id], now);
            return Ack::Cancelled;
        }
        if parked {
            self.unpark(claim.id);
        } else {
            self.take_again(claim.id, now);
        }
        Ack::Done
    }
}

fn attempt(
    job: &mut Job,
    worker: WorkerId,
    started: Option<DateTime<Utc>>,
    ended: DateTime<Utc>,
    error: Option<JobError>,
) {
    let claimed = match job.stage {
        Stage::Running { since, .. } => since,
        _ => ended,
    };
    // Whoever declares a worker lost cannot know when it called the function.
    let crashed = job.last.is_some_and(|(_, how)| how == How::Crashed);
    let started_at = started.filter(|_| !crashed).unwrap_or(claimed);
    job.attempts.push(Attempt::stored(
        job.runs + 1,
        started_at,
        Some(ended),
        error,
        worker.to_string(),
    ));
}

pub(super) fn claimed(job: &Job, worker: WorkerId, since: DateTime<Utc>) -> Claimed {
    let unique = job.keys.as_ref().and_then(|keys| keys.unique.as_ref());
    let listed = job
        .member
        .as_ref()
        .is_some_and(|member| member.place.is_some());
    let group: Option<GroupId> = job.member.as_ref().map(|member| member.group);
    Claimed {
        claim: ClaimRef {
            id: job.id,
            worker,
            fence: job.fence,
            keyed: job.keys.as_ref().is_some_and(matter_to_claims),
            grouped: group.is_some() || unique.is_some_and(|unique| unique.until == Held::Time),
        },
        kind: job.kind,
        version: job.version,
        queue: job.queue.clone(),
        priority: job.priority,
        run_at: job.run_at,
        enqueued_at: job.enqueued_at,
        claimed_at: since,
        attempt: job.attempt,
        runs: job.runs,
        crashes: job.crashes,
        counters: job.counters.clone(),
        args: job.args.clone(),
        tags: job.tags.clone(),
        trace: job.trace.clone(),
        refused: false,
        batch: group.filter(|_| !listed),
    }
}
