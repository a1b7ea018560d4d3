//! Jobs that waited for code that knows them.

use std::time::Duration;

use super::{about, log};
use crate::{error::Result, handle::Jobs, storage::Wake, worker::lifecycle::Shared};

/// Old code may have blocked more of them meanwhile, during a deploy.
const EVERY: Duration = Duration::from_secs(15);

/// A worker begins: what it can read goes on.
pub(crate) async fn at_start(shared: &Shared) -> Result<()> {
    unblock(&shared.jobs, true).await
}

pub(super) async fn run(jobs: Jobs) {
    loop {
        tokio::time::sleep(about(EVERY)).await;
        if let Err(error) = unblock(&jobs, false).await {
            log("looking for blocked jobs", &error);
        }
    }
}

async fn unblock(jobs: &Jobs, started: bool) -> Result<()> {
    let inner = jobs.inner();
    let (known, now) = (inner.registry.known(), inner.clock.now());
    let moved = inner
        .store
        .call(move |storage| async move { storage.unblock(known, started, now).await })
        .await?;
    if moved > 0 {
        tracing::info!(
            jobs = moved,
            "jobs that waited for this code are ready again"
        );
        inner.wakes.here(&Wake::Ready(Vec::new()));
    }
    Ok(())
}
