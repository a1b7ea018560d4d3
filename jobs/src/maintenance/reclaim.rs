//! The jobs of dead workers. Their claims stay as they are until `finish` ends them under the dead worker's own guard,
//! so that two processes doing this at once, or a worker that comes back, settle it among themselves: the first wins.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use super::{about, log};
use crate::{
    dice,
    error::Result,
    storage::{Finish, Lost},
    telemetry::Of,
    transition::{self, Facts},
    worker::{execute, lifecycle::Shared, put_back},
};

const BATCH: u32 = 1_000;
/// How long the hooks of jobs that died are waited for.
const HOOKS: Duration = Duration::from_secs(10);

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
    let now = inner.clock.now();
    let lost = inner
        .store
        .call(move |storage| async move { storage.lost(BATCH, now).await })
        .await?;
    let found = lost.len();
    let mut telling = JoinSet::new();
    let mut written = Vec::new();
    for Lost { claimed, begun } in lost {
        let job = inner.registry.job(claimed.kind);
        let name = job.map_or("(unknown)", |job| job.name);
        tracing::warn!(job = name, id = %claimed.claim.id, worker = %claimed.claim.worker, begun, "its worker is dead; the job is taken over");
        if !begun {
            let ending = shared.acks.hand_over(put_back(claimed.claim)).await;
            written.push((name, claimed.queue, ending));
            continue;
        }
        let facts = Facts::new(&claimed, shared.jobs.utc(), dice::random(), inner.keep());
        let ruling = transition::lost(job, &facts, shared.max_crashes);
        if let Some(job) = job.filter(|_| ruling.given_up) {
            // Hooks are the program's code, so they run on its runtime.
            let shared = Arc::clone(shared);
            let program = shared.program.clone();
            telling.spawn_on(
                async move {
                    let finish = execute::give_up(&shared, job, &claimed, ruling).await;
                    let written = shared.acks.hand_over(finish).await;
                    let of = Of {
                        job: name,
                        queue: &claimed.queue,
                    };
                    written.settle_or_leave(of).await;
                },
                &program,
            );
            continue;
        }
        // When the function was called last is known, but not how long it ran: the attempt is recorded without length.
        let finish = Finish {
            claim: claimed.claim,
            ran: Some(Duration::ZERO),
            logs: None,
            to: ruling.next,
        };
        let ending = shared.acks.hand_over(finish).await;
        written.push((name, claimed.queue, ending));
    }
    for (job, queue, written) in written {
        let queue = &queue;
        written.settle_or_leave(Of { job, queue }).await;
    }
    // A hook that hangs keeps the others no longer than this; it goes on by itself.
    let told = tokio::time::timeout(HOOKS, async {
        while telling.join_next().await.is_some() {}
    });
    if told.await.is_err() {
        telling.detach_all();
    }
    Ok(found)
}
