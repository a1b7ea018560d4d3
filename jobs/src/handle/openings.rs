//! Free slots of this process's workers: jobs that are enqueued here while a pool has nothing to do go straight into
//! its slots, claimed by the statement that inserts them.
//!
//! A pool offers its free slots only while it knows of no job that waits, so nobody is overtaken; what is offered and
//! taken at the wrong moment waits in the pool as any prefetched job does.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::mpsc;

use crate::storage::{Claimed, NewJob, WorkerId};

/// All pools of the handle's workers. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Openings {
    pools: Arc<Mutex<Vec<Pool>>>,
}

#[derive(Debug)]
struct Pool {
    worker: WorkerId,
    queues: Vec<&'static str>,
    free: usize,
    taken: Arc<AtomicUsize>,
    delivers: mpsc::UnboundedSender<Delivery>,
}

/// Jobs that were inserted into a pool's slots, or, if there are none, the end of a try to do so.
pub(crate) type Delivery = Vec<Claimed>;

/// One pool's offer, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Offer {
    openings: Openings,
    delivers: mpsc::UnboundedSender<Delivery>,
    taken: Arc<AtomicUsize>,
    free: usize,
}

/// Slots that jobs which are about to be inserted go into.
#[derive(Debug)]
pub(crate) struct Reserved {
    pub(crate) worker: WorkerId,
    slots: usize,
    taken: Arc<AtomicUsize>,
    delivers: mpsc::UnboundedSender<Delivery>,
}

impl Openings {
    fn pools(&self) -> MutexGuard<'_, Vec<Pool>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A pool that offers nothing yet, and what it is given.
    pub(crate) fn offer(&self) -> (Offer, mpsc::UnboundedReceiver<Delivery>) {
        let (delivers, given) = mpsc::unbounded_channel();
        let offer = Offer {
            openings: self.clone(),
            delivers,
            taken: Arc::default(),
            free: 0,
        };
        (offer, given)
    }

    /// Slots for all of these jobs, if there are so many, and the jobs are such as any worker of their queue would
    /// begin at once.
    pub(crate) fn reserve(&self, jobs: &[NewJob]) -> Option<Reserved> {
        let queue = &*jobs.first()?.queue;
        let mut pools = self.pools();
        let pool = pools.iter_mut().find(|pool| {
            let free = pool.free.saturating_sub(pool.taken.load(Ordering::Acquire));
            jobs.len() <= free && pool.queues.contains(&queue)
        })?;
        if !jobs.iter().all(|job| job.is_plain() && job.queue == queue) {
            return None;
        }
        pool.taken.fetch_add(jobs.len(), Ordering::AcqRel);
        Some(Reserved {
            worker: pool.worker,
            slots: jobs.len(),
            taken: Arc::clone(&pool.taken),
            delivers: pool.delivers.clone(),
        })
    }
}

impl Offer {
    /// So many slots are free for jobs of these queues now, those among them that are reserved.
    pub(crate) fn set(
        &mut self,
        worker: WorkerId,
        free: usize,
        queues: impl Iterator<Item = &'static str>,
    ) {
        if self.free == free {
            return;
        }
        self.free = free;
        self.withdraw();
        if free > 0 {
            self.openings.pools().push(Pool {
                worker,
                queues: queues.collect(),
                free,
                taken: Arc::clone(&self.taken),
                delivers: self.delivers.clone(),
            });
        }
    }

    fn withdraw(&self) {
        let mut pools = self.openings.pools();
        pools.retain(|pool| !Arc::ptr_eq(&pool.taken, &self.taken));
    }

    /// Whether jobs may still come.
    pub(crate) fn is_taken(&self) -> bool {
        self.taken.load(Ordering::Acquire) > 0
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl Reserved {
    /// The jobs are in, and the worker's.
    pub(crate) fn deliver(self, jobs: Vec<Claimed>) {
        // The pool waits for its reserved slots before it ends.
        let _ = self.delivers.send(jobs);
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.slots, Ordering::AcqRel);
        // Whatever became of them, the pool must look at its slots anew.
        let _ = self.delivers.send(Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        record::JobId,
        storage::{KindId, RunAt},
    };

    fn job(queue: &'static str) -> NewJob {
        NewJob {
            id: JobId::new(),
            kind: KindId(1),
            version: 1,
            queue: queue.into(),
            priority: 0,
            run_at: RunAt::Now,
            args: "{}".into(),
            tags: Vec::new(),
            may_exist: false,
            keys: None,
            member: None,
            trace: None,
        }
    }

    #[test]
    fn slots_are_reserved_for_plain_jobs_of_one_queue_that_fit() {
        let (openings, worker) = (Openings::default(), WorkerId(Uuid::from_u128(7)));
        let (mut offer, mut given) = openings.offer();
        assert!(
            openings.reserve(&[job("a")]).is_none(),
            "nothing is offered"
        );
        offer.set(worker, 2, ["a", "b"].into_iter());
        assert!(openings.reserve(&[]).is_none());
        assert!(openings.reserve(&[job("c")]).is_none(), "not its queue");
        assert!(openings.reserve(&[job("a"), job("b")]).is_none());
        assert!(openings.reserve(&[job("a"), job("a"), job("a")]).is_none());
        let later = NewJob {
            run_at: RunAt::In(std::time::Duration::from_secs(1)),
            ..job("a")
        };
        assert!(openings.reserve(&[later]).is_none());
        let chosen = NewJob {
            may_exist: true,
            ..job("a")
        };
        assert!(openings.reserve(&[chosen]).is_none());

        let first = openings.reserve(&[job("a")]).expect("two are free");
        let second = openings.reserve(&[job("b")]).expect("one is free");
        assert!(openings.reserve(&[job("a")]).is_none() && offer.is_taken());
        assert_eq!(first.worker, worker);
        drop(first);
        let claimed = Claimed::at_insert(job("b"), worker, chrono::Utc::now());
        let id = claimed.claim.id;
        second.deliver(vec![claimed]);
        assert!(!offer.is_taken());
        let mut came = Vec::new();
        while let Ok(jobs) = given.try_recv() {
            came.push(jobs.iter().map(|job| job.claim.id).collect::<Vec<_>>());
        }
        assert_eq!(came, [vec![], vec![id], vec![]]);

        offer.set(worker, 0, ["a"].into_iter());
        assert!(openings.reserve(&[job("a")]).is_none());
        offer.set(worker, 1, ["a"].into_iter());
        drop(offer);
        assert!(openings.reserve(&[job("a")]).is_none(), "the pool is gone");
    }
}
