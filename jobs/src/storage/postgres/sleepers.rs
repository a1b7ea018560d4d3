//! Which workers have said in the database that they sleep: those that found less than they looked for, and now wait to
//! be told. A busy one says nothing, so that no NOTIFY is sent for it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::storage::WorkerId;

/// A worker that finds enough now and then stays asleep: it takes this long of work to be called busy.
const BUSY: Duration = Duration::from_secs(1);

/// The workers of this process.
#[derive(Debug, Default)]
pub(super) struct Sleepers(Mutex<HashMap<WorkerId, Rest>>);

#[derive(Debug, Default)]
struct Rest {
    asleep: bool,
    /// The queues in which it found less than it looked for when it looked last.
    dry: HashSet<String>,
    busy_since: Option<Instant>,
}

impl Sleepers {
    fn lock(&self) -> MutexGuard<'_, HashMap<WorkerId, Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker has looked into queues, each of which came short of what was asked or did not. Gives what is to be said
    /// in the database, if that changes.
    pub(super) fn looked<'q>(
        &self,
        worker: WorkerId,
        queues: impl Iterator<Item = (&'q str, bool)>,
        now: Instant,
    ) -> Option<bool> {
        let mut all = self.lock();
        let rest = all.entry(worker).or_default();
        for (queue, short) in queues {
            if !short {
                rest.dry.remove(queue);
            } else if !rest.dry.contains(queue) {
                rest.dry.insert(queue.to_owned());
            }
        }
        let asleep = if rest.dry.is_empty() {
            let since = *rest.busy_since.get_or_insert(now);
            rest.asleep && now.saturating_duration_since(since) <= BUSY
        } else {
            rest.busy_since = None;
            true
        };
        (std::mem::replace(&mut rest.asleep, asleep) != asleep).then_some(asleep)
    }

    /// What was to be said could not be.
    pub(super) fn unsaid(&self, worker: WorkerId, asleep: bool) {
        self.lock().entry(worker).or_default().asleep = !asleep;
    }

    /// It registers or ends: what the database says is then `false`.
    pub(super) fn forget(&self, worker: WorkerId) {
        self.lock().remove(&worker);
    }

    /// The workers of this process: they are woken without the database.
    pub(super) fn own(&self) -> Vec<Uuid> {
        self.lock().keys().map(|worker| worker.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_in_any_queue_sleeps_until_it_was_busy_in_all_for_long() {
        let (sleepers, worker) = (Sleepers::default(), WorkerId(Uuid::from_u128(1)));
        let start = Instant::now();
        let looked = |queues: &[(&str, bool)], millis| {
            let now = start + Duration::from_millis(millis);
            sleepers.looked(worker, queues.iter().copied(), now)
        };
        assert_eq!(looked(&[("a", false)], 0), None);
        assert_eq!(looked(&[("a", true), ("b", false)], 1), Some(true));
        assert_eq!(looked(&[("b", false)], 2_000), None, "it still waits for a");
        assert_eq!(looked(&[("a", false)], 2_001), None);
        assert_eq!(
            looked(&[("a", false)], 2_500),
            None,
            "busy, but not for long"
        );
        assert_eq!(looked(&[("a", false)], 3_500), Some(false));
        assert_eq!(looked(&[("b", true)], 3_501), Some(true));
        assert_eq!(sleepers.own(), [worker.0]);
        sleepers.forget(worker);
        assert!(sleepers.own().is_empty());
    }
}
