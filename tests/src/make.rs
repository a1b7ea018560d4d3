//! Short ways to make and do the usual things. All times are given: tests judge what is due by their own clock.

use std::{borrow::Cow, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use jobs::{
    JobError, JobId, State,
    storage::{
        Ack, Claim, Claimed, Declarations, End, Finish, Inserted, KindDecl, KindId, NewJob, Next,
        Now, QueueDecl, RunAt, Storage, Take, WorkerId, WorkerInfo,
    },
};

/// The queue of jobs that name no other.
pub const QUEUE: &str = "default";

/// A day, in which records are kept.
pub const DAY: Duration = Duration::from_secs(86_400);

/// So many seconds after the test's beginning.
#[must_use]
pub fn at(seconds: i64) -> DateTime<Utc> {
    let beginning = DateTime::from_timestamp(1_900_000_000, 0).expect("a time");
    beginning + TimeDelta::seconds(seconds)
}

/// The same, as verbs take it.
#[must_use]
pub fn now(seconds: i64) -> Now {
    Some(at(seconds))
}

/// Seconds.
#[must_use]
pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A name as code declares it.
#[must_use]
pub fn kind(name: &str) -> KindDecl {
    KindDecl {
        name: name.to_owned(),
        queue: QUEUE.to_owned(),
        priority: 0,
        version: 1,
        tags: Vec::new(),
        unique_by: None,
        redact: Vec::new(),
        args: Vec::new(),
    }
}

/// Declares kinds by name, and the usual queue.
pub async fn declare(storage: &dyn Storage, names: &[&str]) -> Vec<KindId> {
    let queue = QueueDecl {
        name: QUEUE.to_owned(),
        paused: false,
    };
    let declarations = Declarations {
        kinds: names.iter().map(|name| kind(name)).collect(),
        queues: vec![queue],
    };
    storage.declare(declarations).await.expect("declared")
}

/// A plain job.
#[must_use]
pub fn job(kind: KindId) -> NewJob {
    NewJob {
        id: JobId::new(),
        kind,
        version: 1,
        queue: Cow::Borrowed(QUEUE),
        priority: 0,
        run_at: RunAt::Now,
        args: r#"{"n":1}"#.to_owned(),
        tags: Vec::new(),
        may_exist: false,
        keys: None,
        member: None,
        trace: None,
    }
}

/// Inserts jobs that must be new, at a time; their ids.
pub async fn insert(storage: &dyn Storage, jobs: Vec<NewJob>, seconds: i64) -> Vec<JobId> {
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let answers = storage.insert(jobs, now(seconds)).await.expect("inserted");
    assert_eq!(answers, vec![Inserted::New; ids.len()]);
    ids
}

/// Inserts one plain job of a fresh kind at second 0.
pub async fn one(storage: &dyn Storage) -> JobId {
    let kinds = declare(storage, &["plain"]).await;
    insert(storage, vec![job(kinds[0])], 0).await[0]
}

/// A worker instance that is not registered.
#[must_use]
pub fn worker() -> WorkerId {
    WorkerId(uuid::Uuid::new_v4())
}

/// Registers a new worker whose lease is 30 seconds.
pub async fn registered(storage: &dyn Storage, seconds: i64) -> WorkerId {
    let info = WorkerInfo {
        id: worker(),
        host: "test".to_owned(),
        pid: std::process::id(),
        lease: secs(30),
        kinds: Vec::new(),
        pools: Vec::new(),
    };
    storage
        .register(info.clone(), now(seconds))
        .await
        .expect("registered");
    info.id
}

/// A request for jobs of one queue.
#[must_use]
pub fn take(worker: WorkerId, queue: &str, at_most: u32) -> Claim {
    let queue = Cow::Owned(queue.to_owned());
    Claim {
        worker,
        takes: vec![Take { queue, at_most }],
    }
}

/// Claims from the usual queue.
pub async fn claim(
    storage: &dyn Storage,
    worker: WorkerId,
    at_most: u32,
    seconds: i64,
) -> Vec<Claimed> {
    let claim = take(worker, QUEUE, at_most);
    storage.claim(claim, now(seconds)).await.expect("claimed")
}

/// Claims the one job that there must be.
pub async fn claim_one(storage: &dyn Storage, worker: WorkerId, seconds: i64) -> Claimed {
    let mut claimed = claim(storage, worker, 1, seconds).await;
    claimed.pop().expect("a ready job")
}

/// The claims of dead workers.
pub async fn lost(storage: &dyn Storage, at_most: u32, seconds: i64) -> Vec<Claimed> {
    let lost = storage.lost(at_most, now(seconds)).await.expect("looked");
    lost.into_iter().map(|lost| lost.claimed).collect()
}

/// The end of a claim whose function ran for a second.
#[must_use]
pub fn finish(claimed: &Claimed, to: Next) -> Finish {
    Finish {
        claim: claimed.claim,
        ran: Some(secs(1)),
        logs: None,
        to,
    }
}

/// An end, kept for a day.
#[must_use]
pub fn end(state: State) -> End {
    End {
        state,
        output: None,
        reason: None,
        error: (state == State::Dead).then(|| error("it broke")),
        retain: Some(DAY),
    }
}

/// A plain retry.
#[must_use]
pub fn retry(after: u64) -> Next {
    Next::Retry {
        after: secs(after),
        queue: None,
        priority: None,
        counters: None,
        error: Some(error("again")),
    }
}

/// A failure.
#[must_use]
pub fn error(message: &str) -> JobError {
    let value = serde_json::json!({ "type": "tests::Broken", "message": message, "chain": ["a Deeper cause"] });
    serde_json::from_value(value).expect("an error")
}

/// Ends one claim at a time.
pub async fn ack(storage: &dyn Storage, claimed: &Claimed, to: Next, seconds: i64) -> Ack {
    let done = vec![finish(claimed, to)];
    let acks = storage.finish(done, now(seconds)).await.expect("finished");
    assert_eq!(acks.len(), 1);
    acks[0]
}

/// Where a job stands; `None` if there is no record of it.
pub async fn state(storage: &dyn Storage, id: JobId) -> Option<State> {
    storage
        .look(id)
        .await
        .expect("looked")
        .map(|look| look.state)
}

/// The ids of claimed jobs.
#[must_use]
pub fn ids(claimed: &[Claimed]) -> Vec<JobId> {
    claimed.iter().map(|job| job.claim.id).collect()
}
