//! What a service manager is told of a worker that is run: `sd_notify(3)`, where `NOTIFY_SOCKET` is set.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::handle::Jobs;

/// What `Type=notify` waits for.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The worker drains.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Feeds the watchdog for as long as this worker gives its signs of life: one that hangs is restarted.
pub(super) fn watchdog(jobs: &Jobs) -> Option<Fed> {
    let every = sd_notify::watchdog_enabled()?;
    let watched = jobs.clone();
    let feeding = jobs.inner().store.io().spawn(async move {
        loop {
            if watched.inner().pulse.is_fine() {
                tell(&[NotifyState::Watchdog]);
            }
            tokio::time::sleep((every / 3).max(Duration::from_millis(10))).await;
        }
    });
    Some(Fed(feeding))
}

/// Until this goes.
pub(super) struct Fed(tokio::task::JoinHandle<()>);

impl Drop for Fed {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager could not be told of the worker's state");
    }
}
