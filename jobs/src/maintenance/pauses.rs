//! Which queues are paused. Claims see it for themselves; this is for what was claimed ahead, which goes back.

use std::{collections::BTreeSet, time::Duration};

use super::log;
use crate::handle::Jobs;

/// Wake-ups that come closer together are taken for one.
const BREATH: Duration = Duration::from_millis(100);

pub(super) async fn run(jobs: Jobs) {
    let wakes = &jobs.inner().wakes;
    let mut settings = wakes.settings();
    loop {
        if settings.changed().await.is_err() {
            return;
        }
        tokio::time::sleep(BREATH).await;
        settings.mark_unchanged();
        let store = &jobs.inner().store;
        match store
            .call(|storage| async move { storage.queues().await })
            .await
        {
            Ok(queues) => {
                let paused = queues.into_iter().filter(|queue| queue.paused);
                wakes.set_paused(paused.map(|queue| queue.name).collect::<BTreeSet<_>>());
            }
            Err(error) => log("reading which queues are paused", &error),
        }
    }
}
