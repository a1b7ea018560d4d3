//! Handing on what other processes announce.

use futures_util::StreamExt;

use crate::{handle::Jobs, storage::Wake};

pub(super) async fn run(jobs: Jobs) {
    let wakes = &jobs.inner().wakes;
    let mut told = jobs.inner().store.storage().wakeups();
    while let Some(wake) = told.next().await {
        wakes.here(&wake);
        // The promoter looks itself when the announced job is due.
        if let Wake::DueIn(_) = wake {
            tracing::trace!("another process scheduled a job");
        }
    }
}
