//! What the model keeps: plain data, and the few changes that several verbs share.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use jobs::{
    Attempt, JobError, JobId, Progress, State, TraceContext,
    storage::{
        Awaited, CheckpointKind, GroupId, GroupRow, Keys, KindDecl, KindId, Member, NewJob, RunAt,
        Task, WorkerId, WorkerInfo, inspect::Ask,
    },
};

/// The whole database.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Every job of which something is kept, also those that have ended.
    pub jobs: BTreeMap<JobId, Job>,
    pub(super) seq: i64,
    pub(super) kinds: Vec<KindDecl>,
    /// Whether it is paused, and who paused it.
    pub(super) queues: BTreeMap<String, (bool, Option<String>)>,
    pub(super) workers: BTreeMap<WorkerKey, Worker>,
    /// Who holds a unique key, and until when.
    pub uniques: BTreeMap<String, (JobId, Option<DateTime<Utc>>)>,
    /// The claims of each rate's key.
    pub rates: BTreeMap<String, Vec<DateTime<Utc>>>,
    pub(super) letters: Vec<DeadLetter>,
    pub(super) checkpoints: BTreeMap<(JobId, CheckpointKind, String, u32), Point>,
    pub(super) events: Vec<(JobId, String, String)>,
    pub(super) tasks: BTreeMap<String, Task>,
    pub(super) declared: BTreeMap<WorkerKey, BTreeSet<String>>,
    pub(super) groups: BTreeMap<GroupId, GroupRow>,
    pub(super) members: BTreeMap<GroupId, Vec<Listed>>,
}

/// A worker's id, in an order.
pub(super) type WorkerKey = uuid::Uuid;

/// Value and end of the wait.
pub(super) type Point = (Option<String>, Option<DateTime<Utc>>);

/// One job, from its insert until its record goes.
#[derive(Debug, Clone)]
pub struct Job {
    /// Which.
    pub id: JobId,
    pub(super) seq: i64,
    /// The number of its name.
    pub kind: KindId,
    pub(super) version: u32,
    /// Where it waits.
    pub queue: String,
    pub(super) priority: i16,
    /// When it is or was due.
    pub run_at: DateTime<Utc>,
    pub(super) enqueued_at: DateTime<Utc>,
    pub(super) args: String,
    pub(super) tags: Vec<String>,
    /// What it takes.
    pub keys: Option<Keys>,
    pub(super) member: Option<Member>,
    pub(super) trace: Option<Box<TraceContext>>,
    /// Where it stands.
    pub stage: Stage,
    /// The number of its last claim.
    pub fence: i64,
    /// Ended executions since the last retry by hand.
    pub attempt: u32,
    /// Ended executions.
    pub runs: u32,
    /// Workers that died while they ran it.
    pub crashes: u32,
    pub(super) counters: Option<String>,
    pub(super) progress: Option<Progress>,
    /// Whose claim ended last, and how.
    pub(super) last: Option<(WorkerId, How)>,
    /// Somebody asked it to end; its record is to stay so long.
    pub(super) asked: Option<Option<Duration>>,
    pub(super) attempts: Vec<Attempt>,
}

/// How a claim ended after which the job goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Retry,
    PutBack,
    Crashed,
    Blocked,
    Parked,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// It may be claimed.
    Ready,
    /// It is claimed.
    Running {
        /// By whom.
        worker: WorkerId,
        /// Since when.
        since: DateTime<Utc>,
        /// It holds its slots.
        held: bool,
    },
    /// It is due later.
    Scheduled,
    /// It waits for something of ours.
    Blocked(Why),
    /// It waits for something of the program.
    Parked {
        /// Until then at the latest.
        until: Option<DateTime<Utc>>,
        /// For this.
        on: Option<Awaited>,
    },
    /// It has ended.
    Ended(Box<Ended>),
}

/// Why a job is blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// No code knows its name.
    Unknown,
    /// Newer code is needed, or this time.
    Unreadable(DateTime<Utc>),
    /// Another job holds this unique key.
    Unique(String),
    /// All slots of this key are in use.
    Slots(String),
    /// This key's rate is used up.
    Rate(String),
    /// The job before it in its chain has not ended.
    Link,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// As what.
    pub state: State,
    pub(super) worker: Option<WorkerId>,
    pub(super) started: Option<DateTime<Utc>>,
    pub(super) at: DateTime<Utc>,
    pub(super) expires: DateTime<Utc>,
    pub(super) reason: Option<String>,
    pub(super) output: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Worker {
    pub(super) info: WorkerInfo,
    pub(super) seen: DateTime<Utc>,
    pub(super) stopped: Option<DateTime<Utc>>,
    pub(super) lost: Option<DateTime<Utc>>,
    pub(super) asked: Option<Ask>,
}

#[derive(Debug, Clone)]
pub(super) struct DeadLetter {
    pub(super) number: i64,
    pub(super) job: JobId,
    pub(super) kind: KindId,
    pub(super) queue: String,
    pub(super) error: JobError,
    pub(super) died: DateTime<Utc>,
    pub(super) resolved: Option<DateTime<Utc>>,
}

/// A member of a group: also of those that keep no list for the real stores.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) place: Option<i32>,
    pub(super) job: JobId,
    /// False for a job that was there before and stands in.
    pub(super) own: bool,
    pub(super) input: Option<&'static str>,
    pub(super) state: Option<State>,
    pub(super) output: Option<String>,
}

/// A dead letter is kept so long if nothing else is said.
pub(super) const DEAD: Duration = Duration::from_secs(90 * 86_400);

/// A time so much later; far in the future if that is beyond all times.
pub(super) fn after(now: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    now.checked_add_signed(TimeDelta::microseconds(wait))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Texts are stored without NUL.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// An error of ours, as it is kept.
pub(super) fn failure(of: &str, message: &str) -> JobError {
    let value = serde_json::json!({ "type": of, "message": message, "chain": [] });
    serde_json::from_value(value).expect("an error")
}

impl Job {
    pub(super) fn new(job: NewJob, seq: i64, now: DateTime<Utc>) -> Self {
        let run_at = match job.run_at {
            RunAt::Now => now,
            RunAt::In(wait) => after(now, wait),
            RunAt::At(time) => time,
        };
        let stage = if job.member.as_ref().is_some_and(|member| member.waits) {
            Stage::Blocked(Why::Link)
        } else if run_at > now {
            Stage::Scheduled
        } else {
            Stage::Ready
        };
        Self {
            id: job.id,
            seq,
            kind: job.kind,
            version: job.version,
            queue: job.queue.into_owned(),
            priority: job.priority,
            run_at,
            enqueued_at: now,
            args: job.args,
            tags: job.tags.into_iter().map(Into::into).collect(),
            keys: job.keys.map(|keys| *keys),
            member: job.member.map(|member| *member),
            trace: job.trace,
            stage,
            fence: 0,
            attempt: 0,
            runs: 0,
            crashes: 0,
            counters: None,
            progress: None,
            last: None,
            asked: None,
            attempts: Vec::new(),
        }
    }

    /// The place in its queue.
    pub(super) fn order(&self) -> (i16, DateTime<Utc>, i64) {
        (self.priority, self.run_at, self.seq)
    }

    /// Its state, as callers see it.
    #[must_use]
    pub fn state(&self) -> State {
        match &self.stage {
            Stage::Ready => State::Ready,
            Stage::Running { .. } => State::Running,
            Stage::Scheduled => State::Scheduled,
            Stage::Blocked(_) => State::Blocked,
            Stage::Parked { .. } => State::Parked,
            Stage::Ended(ended) => ended.state,
        }
    }

    /// Who runs it.
    #[must_use]
    pub fn worker(&self) -> Option<WorkerId> {
        match self.stage {
            Stage::Running { worker, .. } => Some(worker),
            _ => None,
        }
    }

    /// The keys whose slots it holds.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        let held = matches!(self.stage, Stage::Running { held: true, .. });
        let keys = self.keys.iter().filter(move |_| held);
        keys.flat_map(|keys| keys.slots.iter().map(|slot| slot.key.as_str()))
    }

    /// Waits, and has not ended.
    pub(super) fn waits(&self) -> bool {
        !matches!(self.stage, Stage::Running { .. } | Stage::Ended(_))
    }
}

impl World {
    /// Those that meet a condition, in the order of queues.
    pub(super) fn sorted(&self, which: impl Fn(&Job) -> bool) -> Vec<JobId> {
        let mut found: Vec<&Job> = self.jobs.values().filter(|job| which(job)).collect();
        found.sort_by_key(|job| job.order());
        found.into_iter().map(|job| job.id).collect()
    }

    pub(super) fn job(&mut self, id: JobId) -> &mut Job {
        self.jobs.get_mut(&id).expect("a job that was just seen")
    }

    /// The name of a kind; ids count from 1.
    #[must_use]
    pub fn kind_name(&self, kind: KindId) -> Option<&str> {
        let at = usize::try_from(kind.0).ok()?.checked_sub(1)?;
        self.kinds.get(at).map(|kind| kind.name.as_str())
    }

    pub(super) fn kind_of(&self, name: &str) -> Option<KindId> {
        let at = self.kinds.iter().position(|kind| kind.name == name)?;
        Some(KindId(i32::try_from(at + 1).ok()?))
    }

    /// Whether a worker is known and was neither declared lost nor has stopped.
    #[must_use]
    pub fn is_alive(&self, worker: WorkerId) -> bool {
        let known = self.workers.get(&worker.0);
        known.is_some_and(|known| known.lost.is_none() && known.stopped.is_none())
    }

    /// The groups as they are stored.
    pub fn groups(&self) -> impl Iterator<Item = &GroupRow> {
        self.groups.values()
    }

    /// Nothing is kept of a job but its letters.
    pub(super) fn forget(&mut self, id: JobId) {
        self.jobs.remove(&id);
        self.checkpoints.retain(|(of, ..), _| *of != id);
        self.events.retain(|(of, ..)| *of != id);
    }
}
