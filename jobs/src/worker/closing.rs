//! The end of a worker in the database: after its last job, or when the program's runtime ends before it was stopped.

use std::{sync::Arc, time::Duration};

use super::lifecycle::Shared;
use crate::{error::Result, maintenance::Upkeep};

/// How often it is looked whether the threads of blocking jobs have returned.
const LOOK: Duration = Duration::from_millis(50);

/// Ends the worker when it goes, on the handle's own threads.
pub(super) struct Closing {
    shared: Arc<Shared>,
    upkeep: Option<Upkeep>,
}

impl Closing {
    pub(super) fn new(shared: &Arc<Shared>, upkeep: Upkeep) -> Self {
        Self {
            shared: Arc::clone(shared),
            upkeep: Some(upkeep),
        }
    }

    /// Ends it now, and says whether that worked.
    pub(super) async fn close(mut self) -> Result<()> {
        match self.upkeep.take() {
            Some(upkeep) => end(&self.shared, upkeep).await,
            None => Ok(()),
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let Some(upkeep) = self.upkeep.take() else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        self.shared.jobs.inner().store.io().spawn(async move {
            // What cannot be stopped keeps its claim while it runs, so that no second copy starts beside it.
            while shared.left.count() > 0 || shared.threads.count() > 0 {
                tokio::time::sleep(LOOK).await;
            }
            if let Err(error) = end(&shared, upkeep).await {
                tracing::warn!(%error, "a worker could not sign off; its claims are handed over when the process has ended");
            }
        });
    }
}

pub(super) async fn end(shared: &Shared, upkeep: Upkeep) -> Result<()> {
    upkeep.stop().await;
    shared.jobs.inner().pulse.rest();
    crate::maintenance::write_stats(shared).await;
    let (id, now) = (shared.current.get().id, shared.jobs.inner().clock.now());
    let store = &shared.jobs.inner().store;
    store
        .call(move |storage| async move { storage.deregister(id, now).await })
        .await
}

/// Counts what holds one of its tokens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens(Arc<()>);

/// One that is counted until it goes.
pub(crate) type Token = Arc<()>;

impl Tokens {
    pub(crate) fn one(&self) -> Token {
        Arc::clone(&self.0)
    }

    pub(crate) fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}
