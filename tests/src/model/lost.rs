//! The claims of dead workers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use jobs::{
    JobId,
    storage::{Lost, WorkerId},
};

use super::{
    claims::claimed,
    world::{Job, Stage, World, after},
};

/// Claims of a pool that come before: when they were made, and from which queue.
type Ahead<'w> = Vec<(DateTime<Utc>, &'w str)>;

fn now_or_never() -> DateTime<Utc> {
    DateTime::<Utc>::MAX_UTC
}

impl World {
    /// The claims of dead workers, those that cannot have been begun first.
    pub(super) fn lost(&mut self, limit: u32, now: DateTime<Utc>) -> Vec<Lost> {
        for worker in self.workers.values_mut() {
            let silent = after(worker.seen, worker.info.lease) <= now;
            if worker.lost.is_none() && worker.stopped.is_none() && silent {
                worker.lost = Some(now);
            }
        }
        let mut found = Vec::new();
        for (id, begun) in self.orphans() {
            let job = &self.jobs[&id];
            if let Stage::Running { worker, since, .. } = job.stage {
                found.push((
                    begun,
                    job.seq,
                    Lost {
                        claimed: claimed(job, worker, since),
                        begun,
                    },
                ));
            }
        }
        found.sort_by_key(|(begun, seq, _)| (*begun, *seq));
        let lost = found.into_iter().map(|(_, _, lost)| lost);
        lost.take(limit as usize).collect()
    }

    /// Claims of workers that are lost, have stopped or were never known, and whether they may have been begun: a worker
    /// starts its claims in their order, so only as many of the oldest as it has slots.
    fn orphans(&self) -> Vec<(JobId, bool)> {
        let gone = |worker: WorkerId| {
            let known = self.workers.get(&worker.0);
            known.is_none_or(|known| known.lost.is_some() || known.stopped.is_some())
        };
        let mut running: Vec<&Job> = self
            .jobs
            .values()
            .filter(|job| job.worker().is_some_and(gone))
            .collect();
        running.sort_by_key(|job| match job.stage {
            Stage::Running { since, .. } => (since, job.order()),
            _ => (now_or_never(), job.order()),
        });
        // Per pool: those claimed at the same time in another queue stand side by side.
        let mut ahead: BTreeMap<(uuid::Uuid, usize), Ahead<'_>> = BTreeMap::new();
        let mut found = Vec::new();
        for job in running {
            let Stage::Running { worker, since, .. } = job.stage else {
                continue;
            };
            let pools = self.workers.get(&worker.0).map(|known| &known.info.pools);
            let pool = pools.and_then(|pools| {
                let at = pools
                    .iter()
                    .position(|pool| pool.queues.contains(&job.queue))?;
                Some((at, pools[at].slots))
            });
            let Some((at, slots)) = pool else {
                found.push((job.id, true));
                continue;
            };
            let before = ahead.entry((worker.0, at)).or_default();
            let rank = before
                .iter()
                .filter(|(at, queue)| *at < since || *queue == job.queue && *at == since);
            found.push((job.id, rank.count() < slots as usize));
            before.push((since, &job.queue));
        }
        found
    }
}
