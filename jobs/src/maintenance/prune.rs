//! Records whose retention is over go, in small batches.

use std::{collections::BTreeSet, time::Duration};

use super::{about, log};
use crate::{definition::Retain, error::Result, handle::Jobs};

const BATCH: u32 = 1_000;
const EVERY: Duration = Duration::from_secs(60);

pub(super) async fn run(jobs: Jobs) {
    loop {
        let (inner, now) = (jobs.inner(), jobs.inner().clock.now());
        let log_pruned = inner
            .store
            .call(move |storage| async move { storage.prune_log(now).await });
        if let Err(error) = log_pruned.await {
            log("pruning counts and the log of operators", &error);
        }
        match prune(&jobs).await {
            // More is left: go on after a breath, so that pruning never crowds out work.
            Ok(gone) if gone >= u64::from(BATCH) => {
                tokio::time::sleep(Duration::from_millis(50)).await
            }
            Ok(_) => tokio::time::sleep(about(EVERY)).await,
            Err(error) => {
                log("pruning records", &error);
                tokio::time::sleep(about(EVERY)).await;
            }
        }
    }
}

/// One step; how many records went.
pub(crate) async fn prune(jobs: &Jobs) -> Result<u64> {
    let inner = jobs.inner();
    let (retains, now) = (retains(jobs), inner.clock.now());
    inner
        .store
        .call(move |storage| async move { storage.prune(retains, BATCH, now).await })
        .await
}

/// Every retention in use.
fn retains(jobs: &Jobs) -> Vec<Duration> {
    let inner = jobs.inner();
    let mut all = BTreeSet::from([inner.keep().finished, inner.keep().dead]);
    for job in inner.registry.jobs() {
        if let Some(Retain::For(time)) = job.first(|level| level.retain) {
            all.insert(time);
        }
    }
    all.into_iter().collect()
}
