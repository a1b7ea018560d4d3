//! From a configured worker to a running one, and back.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};

use super::{
    PoolSpec, Worker, WorkerHandle,
    ack::{self, Acks},
    closing::{Closing, Tokens},
    handle::{Phase, advance},
    instance::Current,
    pool,
    pools::{self, Known, Pools},
    running::Running,
};
use crate::{
    error::{Error, Result},
    handle::{Jobs, Settings},
    maintenance,
    states::States,
    telemetry,
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
    /// What an operator asked last, as it was read.
    pub(crate) asked: std::sync::Mutex<Option<crate::storage::inspect::Ask>>,
    pub(crate) lease: Duration,
    pub(crate) max_crashes: u32,
    pub(crate) shutdown_timeout: Duration,
    /// For whoever takes over: how many jobs can have been begun.
    pub(crate) pools: Known,
    /// Blocking jobs whose threads had not returned when the worker had to stop.
    pub(crate) left: Tokens,
    /// Threads that blocking jobs run on.
    pub(crate) threads: Tokens,
    /// The program's runtime, where its code runs.
    pub(crate) program: tokio::runtime::Handle,
}

/// What is still under way so long after running jobs were dropped is not waited for: hooks that hang.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Which pools run, and what they follow.
struct Plan {
    pools: Vec<PoolSpec>,
    /// What holds while no file says otherwise.
    in_code: Vec<PoolSpec>,
    settings: watch::Receiver<Arc<Settings>>,
}

pub(super) async fn start(worker: Worker) -> Result<WorkerHandle> {
    let in_code = worker.pool_specs();
    let mut settings = worker.jobs.inner().live.watch();
    let file = Arc::clone(&settings.borrow_and_update());
    let pools = file.pools.clone().unwrap_or_else(|| in_code.clone());
    let shared = shared(worker, &file, &pools);
    check_states(&shared.jobs, &shared.states)?;
    check_transactions(&shared.jobs)?;
    telemetry::check_logs(shared.jobs.inner().registry.jobs());
    maintenance::register(&shared).await?;
    maintenance::unblock_at_start(&shared).await?;
    #[cfg(feature = "cron")]
    maintenance::recur_at_start(&shared).await?;
    announce(&shared, &pools);
    let (phase, id) = (
        Arc::clone(&shared.phase),
        shared.current.get().id.to_string(),
    );
    let plan = Plan {
        pools,
        in_code,
        settings,
    };
    let ended = tokio::spawn(live(shared, plan));
    Ok(WorkerHandle { phase, ended, id })
}

/// What the parts of this worker will share.
pub(super) fn shared(worker: Worker, file: &Settings, pools: &[PoolSpec]) -> Arc<Shared> {
    let jobs = worker.jobs;
    let phase = Arc::new(watch::Sender::new(Phase::Running));
    Arc::new(Shared {
        states: jobs.inner().states().with(worker.states),
        current: Current::new(),
        running: Running::default(),
        acks: ack::start(&jobs, phase.subscribe()),
        phase,
        asked: std::sync::Mutex::default(),
        lease: file.lease.unwrap_or(worker.lease),
        max_crashes: file.max_crashes.unwrap_or(worker.max_crashes),
        shutdown_timeout: file.shutdown_timeout.unwrap_or(worker.shutdown_timeout),
        pools: Known::new(pools),
        left: Tokens::default(),
        threads: Tokens::default(),
        program: tokio::runtime::Handle::current(),
        jobs,
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
    announce_pools(pools);
}

fn announce_pools(pools: &[PoolSpec]) {
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
async fn live(shared: Arc<Shared>, plan: Plan) -> Result<()> {
    let closing = Closing::new(&shared, maintenance::start(&shared));
    let ended = run(&shared, plan).await;
    let left = shared.left.count();
    if left > 0 {
        // Signs of life go on until the last of them has returned, as long as the process lives.
        drop(closing);
        return Err(Error::StillRunning { running: left });
    }
    let closed = closing.close().await;
    ended.and(closed)
}

async fn run(shared: &Arc<Shared>, mut plan: Plan) -> Result<()> {
    let (alive, mut all_written) = mpsc::channel::<()>(1);
    let mut pools = Pools::new(shared, alive);
    pools.want(&plan.pools);
    let mut failed = None;
    let drained = async {
        loop {
            tokio::select! {
                biased;
                ended = pools.next_end() => match ended {
                    None => break,
                    Some(Ok(())) => {}
                    Some(Err(error)) => {
                        failed = Some(error);
                        advance(&shared.phase, Phase::Draining);
                    }
                },
                Ok(()) = plan.settings.changed() => {
                    let file = Arc::clone(&plan.settings.borrow_and_update());
                    let specs = file.pools.as_ref().unwrap_or(&plan.in_code);
                    if *specs != plan.pools {
                        plan.pools.clone_from(specs);
                        pools::change(shared, &mut pools, specs).await;
                        announce_pools(specs);
                    }
                }
            }
        }
        drop(pools);
        let _ = all_written.recv().await;
    };
    let long_enough = async {
        pool::dropping(shared.phase.subscribe()).await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    tokio::select! {
        biased;
        () = drained => {}
        () = long_enough => {
            tracing::warn!("hooks, or ends that could not be written, are still under way; the worker stops without them");
        }
    }
    failed.map_or(Ok(()), Err)
}
