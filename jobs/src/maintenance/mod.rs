//! What a worker process does beside running jobs: signs of life, due jobs, ticks, dead workers, retention.
//!
//! Every process does all of it. No leader is elected: each step is guarded in the database, so that two processes
//! doing the same do no harm.

mod heartbeat;
mod pauses;
mod progress;
mod promote;
mod prune;
mod reclaim;
#[cfg(feature = "cron")]
mod recur;
mod stats;
mod unblock;
mod unyielding;
mod wakeups;

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

pub(crate) use heartbeat::{host, register, tell_pools};
#[cfg(feature = "testing")]
pub(crate) use promote::promote;
#[cfg(feature = "testing")]
pub(crate) use prune::prune;
#[cfg(feature = "cron")]
pub(crate) use recur::at_start as recur_at_start;
pub(crate) use stats::{Tally, write as write_stats};
pub(crate) use unblock::at_start as unblock_at_start;

use crate::worker::{lifecycle::Shared, stopping};

/// The tasks of one worker; they run on the handle's own threads. What they ask of the database are calls of their own,
/// so that a stop cuts none off in the middle.
#[derive(Debug)]
pub(crate) struct Upkeep {
    tasks: JoinSet<()>,
}

pub(crate) fn start(shared: &Arc<Shared>) -> Upkeep {
    let io = shared.jobs.inner().store.io();
    let mut tasks = JoinSet::new();
    tasks.spawn_on(heartbeat::run(Arc::clone(shared)), io);
    tasks.spawn_on(heartbeat::watch(Arc::clone(shared)), io);
    tasks.spawn_on(stopping(Arc::clone(shared)), io);
    tasks.spawn_on(pauses::run(shared.jobs.clone()), io);
    tasks.spawn_on(progress::run(Arc::clone(shared)), io);
    tasks.spawn_on(promote::run(shared.jobs.clone()), io);
    tasks.spawn_on(prune::run(shared.jobs.clone()), io);
    tasks.spawn_on(reclaim::run(Arc::clone(shared)), io);
    tasks.spawn_on(stats::run(Arc::clone(shared)), io);
    // A tick calls hooks of the program.
    #[cfg(feature = "cron")]
    tasks.spawn_on(recur::run(Arc::clone(shared)), &shared.program);
    #[cfg(feature = "metrics")]
    tasks.spawn_on(crate::telemetry::run_gauges(Arc::clone(shared)), io);
    tasks.spawn_on(unblock::run(shared.jobs.clone()), io);
    tasks.spawn_on(unyielding::run(Arc::clone(shared)), io);
    tasks.spawn_on(wakeups::run(shared.jobs.clone()), io);
    Upkeep { tasks }
}

/// What a test needs while its jobs run one by one: cancels reach them.
#[cfg(feature = "testing")]
pub(crate) fn start_for_a_test(shared: &Arc<Shared>) -> Upkeep {
    let mut tasks = JoinSet::new();
    tasks.spawn_on(
        heartbeat::cancels(Arc::clone(shared)),
        shared.jobs.inner().store.io(),
    );
    Upkeep { tasks }
}

impl Upkeep {
    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// A pause, spread by a fifth, so that many processes do not move in step.
pub(crate) fn about(pause: Duration) -> Duration {
    pause.mul_f64(0.9 + crate::dice::random() * 0.2)
}

/// Logs what failed; the next round tries again.
fn log(what: &str, error: &crate::Error) {
    tracing::warn!(%error, "{what} failed; trying again soon");
}
