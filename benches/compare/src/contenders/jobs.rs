//! `jobs` itself: one entry for each kind of job that is measured. To measure another feature, add a job and a
//! [`Kind`] here, and one line in `contenders::all`.

use std::{marker::PhantomData, ops::Range, time::Duration};

use drive::{Peer, Result};
use jobs::{Enqueue, Job, JobContext, Jobs, WorkerHandle, job};

/// Short jobs: enough of them at once to keep both sides busy.
const CONCURRENCY: usize = 100;

/// A kind of job, made from a number.
pub trait Kind: Send + Sync + 'static {
    type Job: Job<Output = ()>;
    const TAG: Option<&'static str> = None;
    fn job(n: i64) -> Self::Job;
}

#[job]
pub async fn noop(n: i64) {
    drive::ran(n);
}

/// With the defaults: records of finished jobs are kept for a day.
pub struct Plain;

impl Kind for Plain {
    type Job = Noop;
    fn job(n: i64) -> Noop {
        Noop { n }
    }
}

#[job(retain = false)]
pub async fn noop_forgotten(n: i64) {
    drive::ran(n);
}

/// Without records.
pub struct Forgotten;

impl Kind for Forgotten {
    type Job = NoopForgotten;
    fn job(n: i64) -> NoopForgotten {
        NoopForgotten { n }
    }
}

/// With a label of its own beside that of its kind.
pub struct Tagged;

impl Kind for Tagged {
    type Job = NoopTagged;
    const TAG: Option<&'static str> = Some("measured");
    fn job(n: i64) -> NoopTagged {
        NoopTagged { n }
    }
}

#[job(tags("compared"))]
pub async fn noop_tagged(n: i64) {
    drive::ran(n);
}

#[derive(Debug)]
pub struct NotYet;

impl std::fmt::Display for NotYet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not yet")
    }
}

impl std::error::Error for NotYet {}

#[job(retry_on(NotYet, wait = "1ms", jitter = 0, attempts = 3))]
pub async fn noop_retried(n: i64, #[ctx] ctx: &JobContext) -> Result<(), NotYet> {
    if ctx.attempt() == 1 {
        return Err(NotYet);
    }
    drive::ran(n);
    Ok(())
}

/// Each fails once and succeeds when it is tried again.
pub struct Retried;

impl Kind for Retried {
    type Job = NoopRetried;
    fn job(n: i64) -> NoopRetried {
        NoopRetried { n }
    }
}

/// `jobs` with one kind of job.
pub struct Of<K>(Jobs, PhantomData<K>);

impl<K: Kind> Peer for Of<K> {
    type Working = WorkerHandle;

    async fn connect(url: &str) -> Result<Self> {
        Ok(Self(Jobs::connect(url).await?, PhantomData))
    }

    async fn enqueue(&self, n: i64) -> Result {
        let mut enqueue: Enqueue<()> = self.0.enqueue(K::job(n));
        if let Some(tag) = K::TAG {
            enqueue = enqueue.tag(tag);
        }
        enqueue.await?;
        Ok(())
    }

    async fn bulk(&self, range: Range<i64>, delay: Duration) -> Result {
        let mut all = jobs::perform_all_later(range.map(K::job)).on(&self.0);
        if let Some(tag) = K::TAG {
            all = all.tag(tag);
        }
        if !delay.is_zero() {
            all = all.wait(delay);
        }
        all.await?;
        Ok(())
    }

    async fn work(&self) -> Result<WorkerHandle> {
        Ok(self.0.worker().concurrency(CONCURRENCY).start().await?)
    }

    async fn stop(working: WorkerHandle) -> Result {
        Ok(working.stop().await?)
    }
}
