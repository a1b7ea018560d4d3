//! Storing what running jobs say of their progress, at most once a second.

use std::{sync::Arc, time::Duration};

use super::{about, log};
use crate::worker::lifecycle::Shared;

const EVERY: Duration = Duration::from_secs(1);

pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(about(EVERY)).await;
        let said = shared.running.progress();
        if said.is_empty() {
            continue;
        }
        let store = &shared.jobs.inner().store;
        let stored = store.call(move |storage| async move { storage.progress(said).await });
        if let Err(error) = stored.await {
            log("storing progress", &error);
        }
    }
}
