//! Handles of simulated processes: many of them in one thread, over any storage, each with a clock of its own.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    clock::{Clock, SimulatedClock},
    dice,
    handle::JobsBuilder,
    storage::Storage,
};

/// A handle as one process of a simulation has it: over this storage, on the runtime that it is made in.
///
/// `clock` is what this process takes the time to be; due times and leases are judged by the storage. Waits are those
/// of tokio, so a runtime with one thread and a paused clock, and [`seed_simulation`], make a run that can be repeated.
///
/// ```no_run
/// # async fn doc(storage: std::sync::Arc<dyn jobs::storage::Storage>) -> jobs::Result<()> {
/// let process = jobs::testing::simulated(storage, || std::time::SystemTime::now().into()).await?;
/// let worker = process.worker().start().await?;
/// # drop(worker);
/// # Ok(()) }
/// ```
pub fn simulated(
    storage: Arc<dyn Storage>,
    clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> JobsBuilder {
    let clock = Clock::Simulated(SimulatedClock(Arc::new(clock)));
    JobsBuilder::simulated(storage, clock)
}

/// From now on, whatever this crate leaves to chance on this thread (jitter of waits and retries) follows from `seed`.
///
/// ```
/// jobs::testing::seed_simulation(42);
/// ```
pub fn seed_simulation(seed: u64) {
    dice::seed(seed);
}
