//! Ticks of recurring tasks. Every worker process does this, sleeping until the next tick that it knows of.

use std::{sync::Arc, time::Duration};

use super::{about, log};
use crate::{error::Result, recurring, worker::lifecycle::Shared};

/// How long it sleeps when nothing is due and nothing is announced: as long as a heartbeat.
const LONGEST: Duration = Duration::from_secs(10);
/// Wake-ups that come closer together are taken for one.
const BREATH: Duration = Duration::from_millis(100);

/// A worker begins: its code's tasks are stored and noted as its own.
pub(crate) async fn at_start(shared: &Shared) -> Result<()> {
    let worker = shared.current.get().id;
    recurring::declare(&shared.jobs, Some(worker), false)
        .await
        .map(drop)
}

pub(super) async fn run(shared: Arc<Shared>) {
    let mut settings = shared.jobs.inner().wakes.settings();
    let mut file = shared.jobs.inner().live.watch();
    let mut declared = None;
    let mut names = Vec::new();
    loop {
        settings.mark_unchanged();
        let worker = shared.current.get().id;
        // A worker that was declared lost goes on as a new one, which has to say it again.
        if declared != Some(worker) {
            match recurring::declare(&shared.jobs, Some(worker), true).await {
                Ok(found) => (declared, names) = (Some(worker), found),
                Err(error) => log("storing recurring tasks", &error),
            }
        }
        let next = match recurring::round(&shared.jobs, &names).await {
            Ok(next) => next.map_or(LONGEST, |next| next.min(LONGEST)),
            Err(error) => {
                log("looking for recurring tasks", &error);
                Duration::from_secs(1)
            }
        };
        let pause = if next == LONGEST { about(next) } else { next };
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => {}
            told = settings.changed() => {
                if told.is_err() {
                    return;
                }
                tokio::time::sleep(BREATH.min(pause)).await;
            }
            // Tasks may have come, changed or gone.
            Ok(()) = file.changed() => declared = None,
        }
    }
}
