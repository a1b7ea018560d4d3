//! The jobs of dead workers. Their claims stay as they are until `finish` ends them under the dead worker's own guard,
//! so that two processes doing this at once, or a worker that comes back, settle it among themselves: the first wins.

use std::{sync::Arc, time::Duration};

use super::{about, log};
use crate::{
    error::Result,
    storage::Finish,
    transition::{self, Facts},
    worker::lifecycle::Shared,
};

const BATCH: u32 = 1_000;

pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        match reclaim(&shared).await {
            Ok(found) if found >= BATCH as usize => continue,
            Ok(_) => {}
            Err(error) => log("taking over the jobs of dead workers", &error),
        }
        tokio::time::sleep(about((shared.lease / 3).min(Duration::from_secs(10)))).await;
    }
}

/// One step; how many claims of dead workers it found.
pub(crate) async fn reclaim(shared: &Arc<Shared>) -> Result<usize> {
    let inner = shared.jobs.inner();
    let lost = inner.store.storage().lost(BATCH, inner.clock.now()).await?;
    let found = lost.len();
    let mut written = Vec::new();
    for claimed in lost {
        let job = inner.registry.job(claimed.kind);
        let facts = Facts::new(&claimed, shared.jobs.utc(), rand::random(), inner.keep);
        let ruling = transition::lost(job, &facts, shared.max_crashes);
        let name = job.map_or("(unknown)", |job| job.name);
        tracing::warn!(job = name, id = %claimed.claim.id, worker = %claimed.claim.worker, "its worker is dead; the job is taken over");
        // When the function was called last is known, but not how long it ran: the attempt is recorded without length.
        let finish = Finish {
            claim: claimed.claim,
            ran: Some(Duration::ZERO),
            to: ruling.next,
        };
        written.push((name, shared.acks.hand_over(finish).await));
    }
    for (name, written) in written {
        written.settle(name).await;
    }
    Ok(found)
}
