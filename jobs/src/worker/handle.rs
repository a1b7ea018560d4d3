//! [`WorkerHandle`]: a worker that runs in the background.

use std::{fmt, sync::Arc};

use tokio::{sync::watch, task::JoinHandle};

use crate::error::{Error, Result};

/// What a worker is told to do; it only moves forward, but for the pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Claims and runs.
    Running,
    /// Claims nothing for the time being.
    Quiet,
    /// Claims nothing any more; running jobs may finish.
    Draining,
    /// Running jobs are dropped and put back.
    Dropping,
}

/// A worker that was started. Dropping the handle stops it as [`stop`](Self::stop) does, without waiting. When the
/// tokio runtime that it was started on ends, it stops at once, and its jobs are taken over by other workers.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// let worker = jobs.worker().start().await?;
/// worker.quiet(); // claims nothing for the time being
/// worker.resume();
/// worker.stop().await?; // running jobs may finish
/// # Ok(()) }
/// ```
#[must_use = "dropping the handle stops the worker"]
pub struct WorkerHandle {
    pub(super) phase: Arc<watch::Sender<Phase>>,
    pub(super) ended: JoinHandle<Result<()>>,
    pub(super) id: String,
}

impl fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerHandle({}, {:?})", self.id, *self.phase.borrow())
    }
}

impl WorkerHandle {
    /// Stops claiming; running jobs go on.
    pub fn quiet(&self) {
        quiet(&self.phase);
    }

    /// Claims again after [`quiet`](Self::quiet).
    pub fn resume(&self) {
        resume(&self.phase);
    }

    /// Stops claiming, lets running jobs finish for `shutdown_timeout`, then drops them and puts them back at no
    /// cost in attempts.
    ///
    /// # Errors
    /// [`Error::StillRunning`] if a `blocking` job did not return in time: its end is written when it returns, if
    /// the process lives until then. [`Error::PoolFailed`] if the worker had failed before.
    pub async fn stop(mut self) -> Result<()> {
        advance(&self.phase, Phase::Draining);
        (&mut self.ended).await.unwrap_or(Err(Error::Closed))
    }

    /// Resolves when the worker stops, whoever asked for it.
    pub(super) async fn stops(&self) {
        let stops = |phase: &Phase| matches!(phase, Phase::Draining | Phase::Dropping);
        // The sender lives in `self`, so the wait can't fail.
        let _ = self.phase.subscribe().wait_for(stops).await;
    }

    pub(super) fn hurry(&self) -> Hurry {
        Hurry(Arc::clone(&self.phase))
    }
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        advance(&self.phase, Phase::Draining);
    }
}

/// Ends the patience of a stop that is under way.
pub(super) struct Hurry(Arc<watch::Sender<Phase>>);

impl Hurry {
    pub(super) fn now(&self) {
        advance(&self.0, Phase::Dropping);
    }
}

/// Claims nothing for the time being, unless it stops anyway.
pub(crate) fn quiet(phase: &watch::Sender<Phase>) {
    swap(phase, Phase::Running, Phase::Quiet);
}

/// Claims again.
pub(crate) fn resume(phase: &watch::Sender<Phase>) {
    swap(phase, Phase::Quiet, Phase::Running);
}

fn swap(phase: &watch::Sender<Phase>, from: Phase, to: Phase) {
    phase.send_if_modified(|phase| {
        let changes = *phase == from;
        if changes {
            *phase = to;
        }
        changes
    });
}

pub(crate) fn advance(phase: &watch::Sender<Phase>, to: Phase) {
    phase.send_if_modified(|phase| {
        let rank = |phase: Phase| match phase {
            Phase::Running | Phase::Quiet => 0,
            Phase::Draining => 1,
            Phase::Dropping => 2,
        };
        let changes = rank(to) > rank(*phase);
        if changes {
            *phase = to;
        }
        changes
    });
}
