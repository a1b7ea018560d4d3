//! From a configured worker to a running one, and back.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    PoolSpec, Worker, WorkerHandle,
    ack::{self, Acks},
    handle::Phase,
    instance::Current,
    pool,
    running::Running,
};
use crate::{
    error::{Error, Result},
    handle::Jobs,
    maintenance,
    states::States,
};

/// What all parts of one running worker share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) jobs: Jobs,
    pub(crate) states: States,
    pub(crate) current: Current,
    pub(crate) running: Running,
    pub(crate) acks: Acks,
    pub(crate) phase: Arc<watch::Sender<Phase>>,
    pub(crate) lease: Duration,
    pub(crate) max_crashes: u32,
    /// Blocking jobs whose threads had not returned when the worker had to stop.
    pub(crate) left: AtomicUsize,
}

pub(super) async fn start(worker: Worker) -> Result<WorkerHandle> {
    let pools = worker.pool_specs();
    let jobs = worker.jobs;
    let states = jobs.inner().states.with(worker.states);
    check_states(&jobs, &states)?;
    let phase = Arc::new(watch::Sender::new(Phase::Running));
    let shared = Arc::new(Shared {
        states,
        current: Current::new(),
        running: Running::default(),
        acks: ack::start(&jobs),
        phase: Arc::clone(&phase),
        lease: worker.lease,
        max_crashes: worker.max_crashes,
        left: AtomicUsize::new(0),
        jobs,
    });
    maintenance::register(&shared).await?;
    maintenance::unblock_at_start(&shared).await?;
    announce(&shared, &pools);
    let id = shared.current.get().id.to_string();
    let ended = tokio::spawn(live(shared, pools));
    Ok(WorkerHandle {
        phase,
        ended,
        shutdown_timeout: worker.shutdown_timeout,
        id,
    })
}

/// A worker that could claim a job it cannot run must not start.
fn check_states(jobs: &Jobs, states: &States) -> Result<()> {
    for job in jobs.inner().registry.jobs() {
        if let Some(missing) = job
            .states
            .iter()
            .find(|state| !states.has((state.type_id)()))
        {
            return Err(Error::MissingState {
                job: job.name,
                param: missing.param,
                type_name: (missing.type_name)(),
            });
        }
    }
    Ok(())
}

fn announce(shared: &Shared, pools: &[PoolSpec]) {
    let registry = &shared.jobs.inner().registry;
    let names: Vec<_> = registry.jobs().iter().map(|job| job.name).collect();
    tracing::info!(
        worker = %shared.current.get().id,
        backend = shared.jobs.inner().store.storage().name(),
        jobs = names.join(", "),
        "worker started with {} jobs",
        names.len(),
    );
    for pool in pools {
        let queues: Vec<_> = pool
            .queues
            .iter()
            .map(|queue| format!("{queue}×{}", queue.weight()))
            .collect();
        let order = if pool.weighted {
            "weighted"
        } else {
            "in order"
        };
        tracing::info!(
            pool = pool.name,
            concurrency = pool.concurrency,
            queues = queues.join(", "),
            order,
            "pool"
        );
    }
}

/// Runs the pools to their end, then tidies up.
async fn live(shared: Arc<Shared>, pools: Vec<PoolSpec>) -> Result<()> {
    let upkeep = maintenance::start(&shared);
    let mut running = JoinSet::new();
    // Every execution holds a sender; the channel closes when the last has written its end.
    let (alive, mut all_written) = mpsc::channel::<()>(1);
    for pool in pools {
        running.spawn(pool::run(Arc::clone(&shared), pool, alive.clone()));
    }
    drop(alive);
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a pool ended by a panic; its jobs are taken over when the lease lapses");
        }
    }
    let _ = all_written.recv().await;
    upkeep.stop().await;
    let (id, now) = (shared.current.get().id, shared.jobs.inner().clock.now());
    let left = shared.left.load(std::sync::atomic::Ordering::Acquire);
    if left > 0 {
        // Not deregistered: the claims of what still runs are handed over when the lease lapses.
        return Err(Error::StillRunning { running: left });
    }
    let store = &shared.jobs.inner().store;
    store
        .call(move |storage| async move { storage.deregister(id, now).await })
        .await
}
