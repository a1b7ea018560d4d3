//! `jobs` itself.

use std::{ops::Range, time::Duration};

use drive::{Peer, Result};
use jobs::{Jobs, WorkerHandle, job};

#[job]
async fn noop(n: i64) {
    drive::ran(n);
}

#[job(retain = false)]
async fn noop_forgotten(n: i64) {
    drive::ran(n);
}

/// With the defaults: records of finished jobs are kept for a day.
pub struct Kept(Jobs);

/// With `retain = false`.
pub struct Forgotten(Jobs);

/// Short jobs: as many at once as a claim prefetches.
const CONCURRENCY: usize = 100;

async fn work(jobs: &Jobs) -> Result<WorkerHandle> {
    Ok(jobs.worker().concurrency(CONCURRENCY).start().await?)
}

async fn bulk<J: jobs::Job>(
    jobs: &Jobs,
    many: impl Iterator<Item = J> + Send,
    delay: Duration,
) -> Result {
    let all = jobs::perform_all_later(many).on(jobs);
    if delay.is_zero() {
        all.await?
    } else {
        all.wait(delay).await?
    };
    Ok(())
}

impl Peer for Kept {
    type Working = WorkerHandle;

    async fn connect(url: &str) -> Result<Self> {
        Ok(Self(Jobs::connect(url).await?))
    }

    async fn enqueue(&self, n: i64) -> Result {
        Noop::perform_later(n).on(&self.0).await?;
        Ok(())
    }

    async fn bulk(&self, range: Range<i64>, delay: Duration) -> Result {
        bulk(&self.0, range.map(|n| Noop { n }), delay).await
    }

    async fn work(&self) -> Result<WorkerHandle> {
        work(&self.0).await
    }

    async fn stop(working: WorkerHandle) -> Result {
        Ok(working.stop().await?)
    }
}

impl Peer for Forgotten {
    type Working = WorkerHandle;

    async fn connect(url: &str) -> Result<Self> {
        Ok(Self(Jobs::connect(url).await?))
    }

    async fn enqueue(&self, n: i64) -> Result {
        NoopForgotten::perform_later(n).on(&self.0).await?;
        Ok(())
    }

    async fn bulk(&self, range: Range<i64>, delay: Duration) -> Result {
        bulk(&self.0, range.map(|n| NoopForgotten { n }), delay).await
    }

    async fn work(&self) -> Result<WorkerHandle> {
        work(&self.0).await
    }

    async fn stop(working: WorkerHandle) -> Result {
        Ok(working.stop().await?)
    }
}
