//! The pools of a running worker: started, changed, and let go when the settings change.

use std::{collections::HashMap, sync::Arc};

use tokio::{
    sync::{mpsc, watch},
    task::{Id, JoinSet},
};

use super::{PoolSpec, lifecycle::Shared, pool};
use crate::{error::Error, maintenance, storage::PoolInfo};

pub(super) struct Pools {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    names: HashMap<Id, String>,
    /// Those that are wanted. What is put there reaches the pool; `None` lets it go.
    wanted: HashMap<String, watch::Sender<Option<PoolSpec>>>,
    /// Every execution holds one; the channel closes when the last has written its end.
    alive: mpsc::Sender<()>,
}

impl Pools {
    pub(super) fn new(shared: &Arc<Shared>, alive: mpsc::Sender<()>) -> Self {
        Self {
            shared: Arc::clone(shared),
            tasks: JoinSet::new(),
            names: HashMap::new(),
            wanted: HashMap::new(),
            alive,
        }
    }

    /// Brings the pools in line with these. One that is gone claims no more, and ends with its last running job.
    pub(super) fn want(&mut self, specs: &[PoolSpec]) {
        self.wanted.retain(|name, pool| {
            let stays = specs.iter().any(|spec| spec.name == *name);
            if !stays {
                pool.send_replace(None);
            }
            stays
        });
        for spec in specs {
            match self.wanted.get(&spec.name) {
                Some(pool) => {
                    pool.send_if_modified(|old| {
                        let differs = old.as_ref() != Some(spec);
                        if differs {
                            *old = Some(spec.clone());
                        }
                        differs
                    });
                }
                None => self.start(spec),
            }
        }
    }

    fn start(&mut self, spec: &PoolSpec) {
        let (sender, receiver) = watch::channel(Some(spec.clone()));
        let pool = pool::run(Arc::clone(&self.shared), receiver, self.alive.clone());
        let task = self.tasks.spawn(pool);
        self.names.insert(task.id(), spec.name.clone());
        self.wanted.insert(spec.name.clone(), sender);
    }

    /// The end of the next pool: with an error if it panicked; `None` when there is none left.
    pub(super) async fn next_end(&mut self) -> Option<Result<(), Error>> {
        let ended = self.tasks.join_next_with_id().await?;
        Some(match ended {
            Ok((id, ())) => {
                self.names.remove(&id);
                Ok(())
            }
            Err(error) => {
                let pool = self.names.remove(&error.id()).unwrap_or_default();
                tracing::error!(%error, pool, "a pool ended by a panic; the worker stops, and its jobs are taken over");
                Err(Error::PoolFailed { pool })
            }
        })
    }
}

/// Takes other pools: first the database is told, for whoever takes over would think that what further slots run had
/// not been begun.
pub(super) async fn change(shared: &Arc<Shared>, pools: &mut Pools, specs: &[PoolSpec]) {
    shared.pools.widen(specs.iter().map(info).collect());
    if let Err(error) = maintenance::tell_pools(shared).await {
        tracing::warn!(%error, "the database could not be told of the worker's new pools");
    }
    pools.want(specs);
}

/// How many jobs of which queues this process may have begun.
#[derive(Debug)]
pub(crate) struct Known(std::sync::Mutex<Vec<PoolInfo>>);

impl Known {
    pub(super) fn new(pools: &[PoolSpec]) -> Self {
        Self(std::sync::Mutex::new(pools.iter().map(info).collect()))
    }

    pub(crate) fn get(&self) -> Vec<PoolInfo> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<PoolInfo>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes other pools. It never forgets a slot: a job that began in it may still run.
    fn widen(&self, mut pools: Vec<PoolInfo>) {
        let mut known = self.lock();
        for old in known.iter() {
            let mut left = old.queues.clone();
            for pool in &mut pools {
                if pool.queues.iter().any(|queue| old.queues.contains(queue)) {
                    pool.slots = pool.slots.max(old.slots);
                    left.retain(|queue| !pool.queues.contains(queue));
                }
            }
            if !left.is_empty() {
                pools.push(PoolInfo {
                    queues: left,
                    slots: old.slots,
                });
            }
        }
        *known = pools;
    }
}

fn info(pool: &PoolSpec) -> PoolInfo {
    let queues = pool.queues.iter().map(|queue| queue.name().to_owned());
    PoolInfo {
        queues: queues.collect(),
        slots: u32::try_from(pool.concurrency).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(queues: &[&str], slots: u32) -> PoolInfo {
        PoolInfo {
            queues: queues.iter().map(|queue| (*queue).to_owned()).collect(),
            slots,
        }
    }

    #[test]
    fn a_slot_that_was_there_is_not_forgotten() {
        let known = Known(std::sync::Mutex::new(vec![
            pool(&["a", "b"], 10),
            pool(&["c"], 2),
        ]));
        known.widen(vec![pool(&["a"], 3), pool(&["c", "d"], 5)]);
        assert_eq!(
            known.get(),
            [pool(&["a"], 10), pool(&["c", "d"], 5), pool(&["b"], 10)]
        );
    }
}
