//! One incarnation of a worker process: its id, and how long its claims hold.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use crate::storage::WorkerId;

/// The incarnation that claims now. A process that was declared lost goes on as another one.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    instance: Arc<Mutex<Arc<Instance>>>,
}

/// One incarnation.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) id: WorkerId,
    /// Claims hold until then, by the monotonic clock; `None` where they need no renewal.
    holds_until: Mutex<Option<Instant>>,
    over: watch::Sender<bool>,
}

impl Current {
    pub(crate) fn new() -> Self {
        Self {
            instance: Arc::new(Mutex::new(Arc::new(Instance::new()))),
        }
    }

    pub(crate) fn get(&self) -> Arc<Instance> {
        Arc::clone(&self.instance.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends this incarnation: its jobs are dropped without an ack, for others may run them already. Gives the next
    /// one, which must be registered before it is installed, else nobody would take over what it claims.
    pub(crate) fn retire(&self) -> Arc<Instance> {
        self.get().lapse();
        Arc::new(Instance::new())
    }

    /// Goes on as this incarnation.
    pub(crate) fn install(&self, fresh: Arc<Instance>) {
        *self.instance.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

impl Instance {
    fn new() -> Self {
        Self {
            id: WorkerId(Uuid::now_v7()),
            holds_until: Mutex::new(None),
            over: watch::Sender::new(false),
        }
    }

    /// A renewal that was sent at `sent` succeeded.
    pub(crate) fn renewed(&self, sent: Instant, lease: Duration) {
        *self
            .holds_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = sent.checked_add(lease);
    }

    /// Until when its claims hold; `None` where they need no renewal.
    pub(crate) fn holds_until(&self) -> Option<Instant> {
        *self
            .holds_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Its claims may belong to others from now on: its jobs are dropped.
    pub(crate) fn lapse(&self) {
        self.over.send_replace(true);
    }

    /// Whether its claims may belong to others by now. Looked at on every poll of a job, so that a process that was
    /// stopped and continued drops its jobs at their next await.
    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
            || self
                .holds_until()
                .is_some_and(|until| Instant::now() >= until)
    }

    /// Resolves when this incarnation was retired, or has lapsed.
    pub(crate) async fn retired(&self) {
        let mut over = self.over.subscribe();
        // The sender lives in `self`, so the wait can't fail.
        let _ = over.wait_for(|over| *over).await;
    }
}
