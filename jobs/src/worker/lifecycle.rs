//! From a configured worker to a running one, and back.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    PoolSpec, Worker, WorkerHandle,
    ack::{self, Acks},
    closing::{Closing, Tokens},
    handle::{Phase, advance},
    instance::Current,
    pool,
    running::Running,
};
use crate::{
    error::{Error, Result},
    handle::Jobs,
    maintenance,
    states::States,
    storage::PoolInfo,
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
    pub(crate) shutdown_timeout: Duration,
    /// For whoever takes over: how many jobs can have been begun.
    pub(crate) pools: Vec<PoolInfo>,
    /// Blocking jobs whose threads had not returned when the worker had to stop.
    pub(crate) left: Tokens,
    /// Threads that blocking jobs run on.
    pub(crate) threads: Tokens,
    /// The program's runtime, where its code runs.
    pub(crate) program: tokio::runtime::Handle,
}

/// What is still under way so long after running jobs were dropped is not waited for: hooks that hang.
const LAST_WORDS: Duration = Duration::from_secs(3);

pub(super) async fn start(worker: Worker) -> Result<WorkerHandle> {
    let pools = worker.pool_specs();
    let jobs = worker.jobs;
    let states = jobs.inner().states.with(worker.states);
    check_states(&jobs, &states)?;
    check_transactions(&jobs)?;
    let phase = Arc::new(watch::Sender::new(Phase::Running));
    let shared = Arc::new(Shared {
        states,
        current: Current::new(),
        running: Running::default(),
        acks: ack::start(&jobs, phase.subscribe()),
        phase: Arc::clone(&phase),
        lease: worker.lease,
        max_crashes: worker.max_crashes,
        shutdown_timeout: worker.shutdown_timeout,
        pools: pools.iter().map(info).collect(),
        left: Tokens::default(),
        threads: Tokens::default(),
        program: tokio::runtime::Handle::current(),
        jobs,
    });
    maintenance::register(&shared).await?;
    maintenance::unblock_at_start(&shared).await?;
    #[cfg(feature = "cron")]
    maintenance::recur_at_start(&shared).await?;
    announce(&shared, &pools);
    let id = shared.current.get().id.to_string();
    let ended = tokio::spawn(live(shared, pools));
    Ok(WorkerHandle { phase, ended, id })
}

fn info(pool: &PoolSpec) -> PoolInfo {
    PoolInfo {
        queues: pool
            .queues
            .iter()
            .map(|queue| queue.name().to_owned())
            .collect(),
        slots: u32::try_from(pool.concurrency).unwrap_or(u32::MAX),
    }
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

/// Nor one that could claim a job whose transactions are another backend's.
fn check_transactions(jobs: &Jobs) -> Result<()> {
    let inner = jobs.inner();
    for job in inner.registry.jobs() {
        if let Some(tx) = job.tx {
            (tx.check)(&**inner.store.storage()).map_err(|source| Error::JobTransaction {
                job: job.name,
                param: tx.param,
                source: Box::new(source),
            })?;
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

/// Lets running jobs finish for a time after a stop was asked for; then they are dropped.
pub(crate) async fn stopping(shared: Arc<Shared>) {
    let mut phase = shared.phase.subscribe();
    let stops = |phase: &Phase| matches!(phase, Phase::Draining | Phase::Dropping);
    if phase.wait_for(stops).await.is_ok() {
        shared.running.tell_shutdown();
        tokio::time::sleep(shared.shutdown_timeout).await;
        advance(&shared.phase, Phase::Dropping);
    }
}

/// Runs the pools to their end, then tidies up.
async fn live(shared: Arc<Shared>, pools: Vec<PoolSpec>) -> Result<()> {
    let closing = Closing::new(&shared, maintenance::start(&shared));
    let ended = run(&shared, pools).await;
    let left = shared.left.count();
    if left > 0 {
        // Signs of life go on until the last of them has returned, as long as the process lives.
        drop(closing);
        return Err(Error::StillRunning { running: left });
    }
    let closed = closing.close().await;
    ended.and(closed)
}

async fn run(shared: &Arc<Shared>, pools: Vec<PoolSpec>) -> Result<()> {
    let (mut running, mut names) = (JoinSet::new(), HashMap::new());
    // Every execution holds a sender; the channel closes when the last has written its end.
    let (alive, mut all_written) = mpsc::channel::<()>(1);
    for pool in pools {
        let name = pool.name.clone();
        let task = running.spawn(pool::run(Arc::clone(shared), pool, alive.clone()));
        names.insert(task.id(), name);
    }
    drop(alive);
    let mut failed = None;
    let drained = async {
        while let Some(ended) = running.join_next().await {
            if let Err(error) = ended {
                let pool = names.remove(&error.id()).unwrap_or_default();
                tracing::error!(%error, pool, "a pool ended by a panic; the worker stops, and its jobs are taken over");
                failed = Some(Error::PoolFailed { pool });
                advance(&shared.phase, Phase::Draining);
            }
        }
        let _ = all_written.recv().await;
    };
    let long_enough = async {
        pool::dropping(shared.phase.subscribe()).await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = drained => {}
        () = long_enough => {
            tracing::warn!("hooks, or ends that could not be written, are still under way; the worker stops without them");
        }
    }
    failed.map_or(Ok(()), Err)
}
