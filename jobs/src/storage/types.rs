//! What goes into the storage verbs and comes out of them. Plain data; nothing here knows a database.

use std::{borrow::Cow, fmt, time::Duration};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    checkpoints::Awaited,
    groups::{GroupId, Member},
    keys::Keys,
};
use crate::{
    failure::JobError,
    record::{Attempt, JobId, Progress, State},
    trace::TraceContext,
};

/// The time by which a verb judges what is due: `None` is the database's own clock, `Some` a test's.
pub type Now = Option<DateTime<Utc>>;

/// The small number that stands for a job's name in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindId(pub i32);

/// One running worker process; a new one at every start.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WorkerId(pub Uuid);

impl fmt::Debug for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerId({})", self.0)
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What code declares; registering is idempotent.
#[derive(Debug, Clone, Default)]
pub struct Declarations {
    /// Every name and alias.
    pub kinds: Vec<KindDecl>,
    /// Every declared queue.
    pub queues: Vec<QueueDecl>,
}

/// One job name with the defaults that `jobs_enqueue` applies for callers in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindDecl {
    /// Name or alias.
    pub name: String,
    /// The queue of its jobs.
    pub queue: String,
    /// Their priority.
    pub priority: i16,
    /// The payload version that this code writes.
    pub version: u32,
    /// Their tags.
    pub tags: Vec<String>,
    /// What `unique` says of them, as `jobs_enqueue` needs it: JSON of name, space and keys without digest.
    pub unique_by: Option<String>,
    /// The arguments that are never shown.
    pub redact: Vec<String>,
    /// All arguments, in order.
    pub args: Vec<super::inspect::Argument>,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDecl {
    /// The stored name.
    pub name: String,
    /// Paused when the database sees it for the first time.
    pub paused: bool,
}

/// When a job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAt {
    /// At once.
    Now,
    /// So long after the database's now.
    In(Duration),
    /// At a time; a past one is now, and keeps its place in the order.
    At(DateTime<Utc>),
}

/// A job to be inserted.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Made by the client; the insert is idempotent on it.
    pub id: JobId,
    /// Its name's number.
    pub kind: KindId,
    /// The version of its payload.
    pub version: u32,
    /// Its queue.
    pub queue: Cow<'static, str>,
    /// Lower runs first within the queue.
    pub priority: i16,
    /// When it is due.
    pub run_at: RunAt,
    /// One JSON object.
    pub args: String,
    /// Searchable labels.
    pub tags: Vec<Cow<'static, str>>,
    /// The id was chosen by the caller, or the insert is being repeated: look among finished records too.
    pub may_exist: bool,
    /// What it takes: unique keys, slots, rates.
    pub keys: Option<Box<Keys>>,
    /// The group that counts it.
    pub member: Option<Box<Member>>,
    /// The trace of whoever enqueues it.
    pub trace: Option<Box<TraceContext>>,
}

/// One enqueue as a statement, for other database libraries to run on their own connections.
///
/// Every parameter is text or NULL; the statement casts. Its hooks have not run, and it wakes nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnqueueSql {
    /// With `$1`, `$2`, … on Postgres and `?1`, `?2`, … on SQLite.
    pub sql: String,
    /// In order.
    pub params: Vec<Option<String>>,
}

/// A request for jobs.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who will run them.
    pub worker: WorkerId,
    /// From which queues, each named once, and at most how many from each; in this order.
    pub takes: Vec<Take>,
}

/// How many jobs to take from one queue, in its order: priority, due time, insertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// The queue.
    pub queue: Cow<'static, str>,
    /// At most so many.
    pub at_most: u32,
}

/// A claim: a job, a worker instance, and a fence that only grows. Every write about a running job names all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimRef {
    /// The job.
    pub id: JobId,
    /// Who claimed it.
    pub worker: WorkerId,
    /// Which of its claims this is.
    pub fence: i64,
    /// The job has keys that the claim's end has to give back.
    pub keyed: bool,
    /// A group may have to be told of the job's end.
    pub grouped: bool,
}

/// A claimed job: all that is needed to run it and to decide what comes next.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The claim that this is.
    pub claim: ClaimRef,
    /// Its name's number.
    pub kind: KindId,
    /// The version of its payload.
    pub version: u32,
    /// The queue it was taken from.
    pub queue: String,
    /// Its priority.
    pub priority: i16,
    /// When it was due.
    pub run_at: DateTime<Utc>,
    /// When it was enqueued.
    pub enqueued_at: DateTime<Utc>,
    /// When it was claimed, by the database's clock.
    pub claimed_at: DateTime<Utc>,
    /// Ended executions since the last manual retry.
    pub attempt: u32,
    /// Ended executions over its whole life, crashes included.
    pub runs: u32,
    /// Workers that died while they ran it.
    pub crashes: u32,
    /// The counts of its rules, as `transition` wrote them.
    pub counters: Option<String>,
    /// One JSON object.
    pub args: String,
    /// Searchable labels.
    pub tags: Vec<String>,
    /// Over a limit whose excess is discarded: it holds no slot and must not run. The key's name for people.
    pub refused: bool,
    /// The batch that counts it.
    pub batch: Option<GroupId>,
    /// The trace of whoever enqueued it.
    pub trace: Option<Box<TraceContext>>,
}

/// The end of one claim, as `transition` decided it.
#[derive(Debug, Clone)]
pub struct Finish {
    /// Whose claim; the write does nothing if the row's claim is another.
    pub claim: ClaimRef,
    /// How long the function ran; `None` if it was never called (then no attempt is recorded).
    pub ran: Option<Duration>,
    /// What it logged; kept with the attempt, if one is recorded.
    pub logs: Option<String>,
    /// What becomes of the job.
    pub to: Next,
}

/// What becomes of a job whose claim ends.
#[derive(Debug, Clone)]
pub enum Next {
    /// It leaves the hot table.
    End(End),
    /// It runs again: one more ended attempt.
    Retry {
        /// From now; zero makes it ready at once.
        after: Duration,
        /// Into another queue.
        queue: Option<String>,
        /// With another priority.
        priority: Option<i16>,
        /// The counts of its rules.
        counters: Option<String>,
        /// The failure, recorded with the attempt; `None` for `RetryIn`.
        error: Option<JobError>,
    },
    /// It is put back in its old place; no attempt is counted (shutdown, returned prefetch).
    PutBack,
    /// Its worker died: a crash and a run more, the same attempt, back in its old place.
    Crashed {
        /// Recorded with the attempt.
        error: JobError,
    },
    /// It waits for a worker that can run it; no attempt is counted.
    Block {
        /// Why.
        on: BlockedOn,
        /// The counts, with the first time it was found unreadable.
        counters: Option<String>,
    },
    /// It waits in its old place, for a time or something else, whichever comes first; no attempt is counted.
    Park {
        /// Goes on at this time.
        until: Option<DateTime<Utc>>,
        /// Goes on when this comes.
        on: Option<Awaited>,
        /// The counts, which say that it has begun.
        counters: Option<String>,
    },
}

/// Why a job is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockedOn {
    /// No code that claimed it knows its name.
    UnknownKind,
    /// Its payload needs newer code; looked at again after so long at the latest.
    Unreadable(Duration),
}

/// A job's end.
#[derive(Debug, Clone)]
pub struct End {
    /// `Succeeded`, `Discarded`, `Dead` or `Cancelled`.
    pub state: State,
    /// The output's JSON.
    pub output: Option<String>,
    /// Why it was discarded or cancelled.
    pub reason: Option<String>,
    /// The failure; recorded with the attempt, and in the dead letter if the state is `Dead`.
    pub error: Option<JobError>,
    /// How long the record stays; `None` keeps none (a dead letter is kept all the same).
    pub retain: Option<Duration>,
}

/// What a guarded write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// It was written, now or by an earlier try whose answer was lost.
    Done,
    /// It was written, but the job has ended as cancelled where it would have gone on: somebody had asked for it.
    Cancelled,
    /// The row's claim is another: nothing changed.
    Stale,
}

/// What the promoter did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promoted {
    /// So many scheduled jobs became ready.
    pub moved: u64,
    /// How long until the next one is due.
    pub next_in: Option<Duration>,
}

/// A worker process as it registers.
#[derive(Debug, Clone)]
pub struct WorkerInfo {
    /// Its instance.
    pub id: WorkerId,
    /// For people: host name.
    pub host: String,
    /// For people: process id.
    pub pid: u32,
    /// How long it may be silent before its jobs are handed over.
    pub lease: Duration,
    /// The kinds it knows, with the newest payload version it reads.
    pub kinds: Vec<(KindId, u32)>,
    /// Its pools.
    pub pools: Vec<PoolInfo>,
}

/// One pool of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolInfo {
    /// From which it takes.
    pub queues: Vec<String>,
    /// How many jobs it runs at once.
    pub slots: u32,
}

/// A claim of a dead worker.
#[derive(Debug, Clone)]
pub struct Lost {
    /// The claim, still in place.
    pub claimed: Claimed,
    /// Whether the worker may have begun it: false for what it had claimed ahead and cannot have started.
    pub begun: bool,
}

/// What a heartbeat brought back.
#[derive(Debug, Clone, Default)]
pub struct Renewed {
    /// False if the worker was declared lost meanwhile: its claims are gone, it must register anew.
    pub alive: bool,
    /// Its running jobs that somebody asked to cancel.
    pub cancel: Vec<JobId>,
    /// What an operator asked of it.
    pub asked: Option<super::inspect::Ask>,
}

/// What a look at one job shows.
#[derive(Debug, Clone)]
pub struct Look {
    /// Where it stands.
    pub state: State,
    /// Its output's JSON.
    pub output: Option<String>,
    /// Why it was discarded.
    pub reason: Option<String>,
    /// What killed it.
    pub error: Option<JobError>,
}

/// A whole record, before names and JSON are resolved.
#[derive(Debug, Clone)]
pub struct Row {
    /// The job.
    pub id: JobId,
    /// Its stored name.
    pub name: String,
    /// Its queue.
    pub queue: String,
    /// Its priority.
    pub priority: i16,
    /// Its labels.
    pub tags: Vec<String>,
    /// One JSON object.
    pub args: String,
    /// Where it stands.
    pub state: State,
    /// Why it is blocked, or was discarded.
    pub reason: Option<String>,
    /// When it was enqueued.
    pub enqueued_at: DateTime<Utc>,
    /// When it is or was due.
    pub run_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Ended and running attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// What it last said.
    pub progress: Option<Progress>,
    /// The output's JSON.
    pub output: Option<String>,
}

/// What a cancel did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It waited, and has ended.
    Ended,
    /// It runs; its worker will be told.
    Asked,
    /// It had ended before.
    TooLate,
    /// There is no such job.
    NotFound,
}

/// Which dead letters.
#[derive(Debug, Clone, Default)]
pub struct LetterFilter {
    /// Of these names.
    pub names: Vec<String>,
    /// From this queue.
    pub queue: Option<String>,
    /// With this text, in any case, in message or chain; no wildcards.
    pub text: Option<String>,
    /// That died at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Not retried or discarded yet.
    pub unresolved: bool,
    /// With a number below this one: older letters than the one that has it.
    pub below: Option<i64>,
    /// Of this job.
    pub job: Option<JobId>,
}

/// One dead letter as stored; the job's own fields come from its record.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The letter's own number; a job that dies twice has two letters.
    pub number: i64,
    /// The record of the job.
    pub row: Row,
    /// What killed it.
    pub error: JobError,
    /// When it died.
    pub died_at: DateTime<Utc>,
    /// When it was retried or discarded.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// What to do with a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    /// The job is ready again; attempts and rule counts start anew, history is kept.
    Retry,
    /// The job ends `discarded`.
    Discard,
}
