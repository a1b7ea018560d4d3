//! A worker that moves only when told: a test's. Claims, executions and ends are those of every worker; what differs is
//! that nothing happens by itself.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::sync::mpsc;

use super::{
    Worker, closing::end, execute, lifecycle, lifecycle::Shared, pool, pool::Slot, take::Plan,
};
use crate::{
    definition::{JobDef, StateDef},
    error::{Error, Result},
    handle::Jobs,
    maintenance,
    storage::{Claim, Claimed},
    telemetry::Of,
};

/// A worker of one drain. It is entered into the database like any other.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    plan: Plan,
    upkeep: maintenance::Upkeep,
    /// The recurring tasks of this code.
    #[cfg(feature = "cron")]
    tasks: Vec<String>,
}

/// The recurring tasks of this code that can run: a test that moves its clock has not prepared for all others that its
/// program happens to have.
#[cfg(feature = "cron")]
async fn tasks(shared: &Shared) -> Result<Vec<String>> {
    let worker = shared.current.get().id;
    let mut names = crate::recurring::declare(&shared.jobs, Some(worker), false).await?;
    let registry = &shared.jobs.inner().registry;
    names.retain(|name| {
        let job = registry.named(name);
        job.is_some_and(|job| missing(shared, job).is_none())
    });
    Ok(names)
}

fn missing(shared: &Shared, job: &'static JobDef) -> Option<&'static StateDef> {
    let states = &shared.states;
    job.states
        .iter()
        .find(|state| !states.has((state.type_id)()))
}

impl Driver {
    /// Enters it.
    pub(crate) async fn start(jobs: &Jobs) -> Result<Self> {
        // A test's clock may jump: this worker is not to be taken for dead then.
        let worker = Worker::new(jobs.clone()).lease(std::time::Duration::from_secs(365 * 86_400));
        let pools = worker.pool_specs();
        let file = jobs.inner().live.get();
        let shared = lifecycle::shared(worker, &file, &pools);
        maintenance::register(&shared).await?;
        #[cfg(feature = "cron")]
        let tasks = tasks(&shared).await?;
        let main = pools.into_iter().next();
        let (queues, weighted) =
            main.map_or((Vec::new(), true), |pool| (pool.queues, pool.weighted));
        Ok(Self {
            plan: Plan::new(queues, weighted),
            upkeep: maintenance::start_for_a_test(&shared),
            shared,
            #[cfg(feature = "cron")]
            tasks,
        })
    }

    /// Enqueues the ticks that are due.
    #[cfg(feature = "cron")]
    pub(crate) async fn tick(&self) -> Result<()> {
        crate::recurring::round(&self.shared.jobs, &self.tasks)
            .await
            .map(drop)
    }

    /// Takes up to so many ready jobs, in the order in which a worker would.
    pub(crate) async fn claim(&mut self, wanted: u32) -> Result<Vec<Claimed>> {
        let inner = self.shared.jobs.inner();
        let (mut got, mut takes) = (Vec::new(), self.plan.first(wanted));
        while !takes.is_empty() {
            let claim = Claim {
                worker: self.shared.current.get().id,
                takes: takes.clone(),
            };
            let now = inner.clock.now();
            let came = inner
                .store
                .call(move |storage| async move { storage.claim(claim, now).await })
                .await?;
            let given: Vec<_> = takes
                .into_iter()
                .map(|take| {
                    let came = came.iter().filter(|job| job.queue == take.queue).count();
                    (take, u32::try_from(came).unwrap_or(u32::MAX))
                })
                .collect();
            got.extend(came);
            let free = wanted.saturating_sub(u32::try_from(got.len()).unwrap_or(u32::MAX));
            takes = self.plan.next(&given, free);
        }
        Ok(got)
    }

    /// Runs these at once, and returns when all ends are written. A job that lacks a `#[state]` is not run.
    pub(crate) async fn run(&self, claimed: Vec<Claimed>) -> Result<()> {
        for claimed in &claimed {
            self.has_states(claimed)?;
        }
        let instance = self.shared.current.get();
        let mut running: FuturesUnordered<_> = claimed
            .into_iter()
            .map(|claimed| {
                // Nobody counts slots here, and nobody waits: that is what these two are for.
                let (done, _) = mpsc::unbounded_channel();
                let (alive, _) = mpsc::channel(1);
                execute::run(&self.shared, &instance, claimed, Slot::new(done), alive)
            })
            .collect();
        while running.next().await.is_some() {}
        Ok(())
    }

    fn has_states(&self, claimed: &Claimed) -> Result<()> {
        let job = self.shared.jobs.inner().registry.job(claimed.kind);
        match job.and_then(|job| Some((job, missing(&self.shared, job)?))) {
            Some((job, missing)) => Err(Error::MissingState {
                job: job.name,
                param: missing.param,
                type_name: (missing.type_name)(),
            }),
            None => Ok(()),
        }
    }

    /// Puts these back in their places, as if they had not been claimed.
    pub(crate) async fn put_back(&self, claimed: Vec<Claimed>) {
        for claimed in claimed {
            let written = self.shared.acks.hand_over(pool::put_back(claimed.claim));
            let of = Of {
                job: "(not run)",
                queue: "",
            };
            written.await.settle_or_leave(of).await;
        }
    }

    /// Signs off.
    pub(crate) async fn stop(self) -> Result<()> {
        end(&self.shared, self.upkeep).await
    }
}
