//! What can change while a handle lives: a file's settings over the code's.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{transition::Keep, worker::PoolSpec};

/// How many jobs one step of the dispatcher makes ready.
const BATCH: u32 = 1_000;
/// How long the dispatcher sleeps when nothing is scheduled and nothing is announced.
const LONGEST: Duration = Duration::from_secs(10);

/// The settings that hold now.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How long records stay.
    pub(crate) keep: Keep,
    /// The same, as code says.
    #[cfg(feature = "config")]
    pub(super) keep_in_code: Keep,
    /// How long a pool waits for announcements at most, if the file says so.
    pub(crate) poll: Option<Duration>,
    pub(crate) due_batch: u32,
    pub(crate) due_poll: Duration,
    /// The pools of a worker, if the file has any.
    pub(crate) pools: Option<Vec<PoolSpec>>,
    pub(crate) shutdown_timeout: Option<Duration>,
    pub(crate) lease: Option<Duration>,
    pub(crate) max_crashes: Option<u32>,
    #[cfg(feature = "config")]
    pub(crate) config: Option<crate::config::Config>,
}

impl Settings {
    /// Code's alone.
    pub(super) fn of_code(keep: Keep) -> Self {
        Self {
            keep,
            #[cfg(feature = "config")]
            keep_in_code: keep,
            poll: None,
            due_batch: BATCH,
            due_poll: LONGEST,
            pools: None,
            shutdown_timeout: None,
            lease: None,
            max_crashes: None,
            #[cfg(feature = "config")]
            config: None,
        }
    }
}

/// The settings, and who waits for others.
#[derive(Debug)]
pub(crate) struct Live(watch::Sender<Arc<Settings>>);

impl Live {
    pub(super) fn new(settings: Settings) -> Self {
        Self(watch::Sender::new(Arc::new(settings)))
    }

    pub(crate) fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.0.borrow())
    }

    /// How long records stay.
    pub(crate) fn keep(&self) -> Keep {
        self.0.borrow().keep
    }

    /// How long a pool waits for announcements at most.
    pub(crate) fn poll(&self) -> Option<Duration> {
        self.0.borrow().poll
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Arc<Settings>> {
        self.0.subscribe()
    }

    #[cfg(feature = "config")]
    pub(super) fn put(&self, settings: Settings) {
        self.0.send_replace(Arc::new(settings));
    }
}
