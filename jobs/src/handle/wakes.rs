//! Wake-ups inside the process, and the coalesced ones for other processes.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::{
    record::JobId,
    storage::{Look, Storage, Wake},
};

/// Every process looks for due jobs at least this often, so a later one is not announced.
pub(crate) const LOOKED_AT_ANYWAY: Duration = Duration::from_secs(12);

/// How long what is to be announced gathers after an announcement.
const BREATH: Duration = Duration::from_millis(3);

/// Whom to tell that there may be work. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Wakes {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Grows whenever jobs may be ready.
    ready: watch::Sender<u64>,
    /// The earliest time, of those that have not passed, at which a job was said to be due.
    due: watch::Sender<Instant>,
    /// Grows whenever a running job was asked to end.
    cancel: watch::Sender<u64>,
    /// Grows whenever queues or recurring tasks may have been changed.
    settings: watch::Sender<u64>,
    /// The queues that are known to be paused: what was claimed from them and is not started goes back.
    paused: watch::Sender<Arc<BTreeSet<String>>>,
    /// Grows whenever something ended that a group counts.
    groups: watch::Sender<u64>,
    /// Who waits for which job's end.
    ends: Mutex<HashMap<JobId, watch::Sender<Option<Look>>>>,
    outbox: Mutex<Outbox>,
    posted: Notify,
    /// A transaction that nobody here sees the end of holds jobs.
    others: Notify,
}

/// What other processes are still to be told.
#[derive(Debug, Default)]
struct Outbox {
    queues: BTreeSet<Cow<'static, str>>,
    any_queue: bool,
    /// This process is to look as well.
    here: bool,
    due_in: Option<Duration>,
    cancel: bool,
    settings: bool,
}

impl Wakes {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                ready: watch::Sender::new(0),
                due: watch::Sender::new(Instant::now()),
                cancel: watch::Sender::new(0),
                settings: watch::Sender::new(0),
                paused: watch::Sender::default(),
                groups: watch::Sender::new(0),
                ends: Mutex::default(),
                outbox: Mutex::default(),
                posted: Notify::new(),
                others: Notify::new(),
            }),
        }
    }

    pub(crate) fn ready(&self) -> watch::Receiver<u64> {
        self.inner.ready.subscribe()
    }

    pub(crate) fn due(&self) -> watch::Receiver<Instant> {
        self.inner.due.subscribe()
    }

    pub(crate) fn cancel(&self) -> watch::Receiver<u64> {
        self.inner.cancel.subscribe()
    }

    pub(crate) fn settings(&self) -> watch::Receiver<u64> {
        self.inner.settings.subscribe()
    }

    pub(crate) fn paused(&self) -> watch::Receiver<Arc<BTreeSet<String>>> {
        self.inner.paused.subscribe()
    }

    /// Says which queues are paused.
    pub(crate) fn set_paused(&self, queues: BTreeSet<String>) {
        self.inner.paused.send_if_modified(|known| {
            let changed = **known != queues;
            if changed {
                *known = Arc::new(queues);
            }
            changed
        });
    }

    /// Wakes this process.
    pub(crate) fn here(&self, wake: &Wake) {
        let inner = &self.inner;
        let touch =
            |what: &watch::Sender<u64>| what.send_modify(|times| *times = times.wrapping_add(1));
        match wake {
            Wake::Ready(_) => touch(&inner.ready),
            Wake::DueIn(wait) => inner.due_in(*wait),
            Wake::Cancel => touch(&inner.cancel),
            Wake::Settings => touch(&inner.settings),
            Wake::All => {
                touch(&inner.ready);
                inner.due_in(Duration::ZERO);
                touch(&inner.cancel);
                touch(&inner.settings);
            }
        }
    }

    /// Wakes this process, and soon the others.
    pub(crate) fn everywhere(&self, wakes: Vec<Wake>) {
        if wakes.is_empty() {
            return;
        }
        let mut outbox = self
            .inner
            .outbox
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for wake in wakes {
            self.here(&wake);
            match wake {
                Wake::Ready(queues) if queues.is_empty() => outbox.any_queue = true,
                Wake::Ready(queues) => outbox.queues.extend(queues),
                // Who looks by itself before then needs no word.
                Wake::DueIn(wait) if wait > LOOKED_AT_ANYWAY => {}
                Wake::DueIn(wait) => {
                    outbox.due_in = Some(outbox.due_in.map_or(wait, |before| before.min(wait)))
                }
                Wake::Cancel => outbox.cancel = true,
                Wake::Settings => outbox.settings = true,
                Wake::All => outbox.any_queue = true,
            }
        }
        drop(outbox);
        self.inner.posted.notify_one();
    }

    /// The same for any queue, with what many ends in a row have to say gathered into a few looks.
    pub(crate) fn everywhere_soon(&self) {
        let mut outbox = self
            .inner
            .outbox
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        outbox.any_queue = true;
        outbox.here = true;
        drop(outbox);
        self.inner.posted.notify_one();
    }

    /// A transaction that nobody here sees the end of holds jobs: workers of this process look a few times.
    pub(crate) fn look_soon(&self) {
        self.inner.others.notify_one();
    }

    /// Looks for what such transactions commit: at growing intervals after each of them, and while they come without
    /// a pause at the shortest.
    pub(crate) async fn look_after_others(self) {
        const PAUSES: [u64; 5] = [5, 20, 75, 400, 1_500];
        loop {
            self.inner.others.notified().await;
            let mut step = 0;
            while let Some(pause) = PAUSES.get(step) {
                tokio::select! {
                    biased;
                    () = tokio::time::sleep(Duration::from_millis(*pause)) => {
                        self.here(&Wake::All);
                        step += 1;
                    }
                    // The first look is not put off, or it would never come.
                    () = self.inner.others.notified(), if step > 0 => step = 0,
                }
            }
        }
    }

    /// Tells other processes what was posted; while one announcement is under way the next ones gather.
    pub(crate) async fn announce(self, storage: Arc<dyn Storage>) {
        loop {
            self.inner.posted.notified().await;
            let outbox = std::mem::take(
                &mut *self
                    .inner
                    .outbox
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
            );
            if outbox.here {
                self.here(&Wake::Ready(Vec::new()));
                self.group_changed();
            }
            let wakes = outbox.into_wakes();
            if wakes.is_empty() {
                continue;
            }
            let began = Instant::now();
            if let Err(error) = storage.announce(wakes).await {
                tracing::debug!(%error, "a wake-up could not be announced; polling finds the work");
            }
            tokio::time::sleep_until(began + BREATH).await;
        }
    }

    /// Changes whenever something ended that a group counts.
    pub(crate) fn groups(&self) -> watch::Receiver<u64> {
        self.inner.groups.subscribe()
    }

    /// Says that something ended that a group counts.
    pub(crate) fn group_changed(&self) {
        let groups = &self.inner.groups;
        groups.send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Watches one job's end.
    pub(crate) fn watch_end(&self, id: JobId) -> watch::Receiver<Option<Look>> {
        let mut ends = self
            .inner
            .ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ends.retain(|_, end| end.receiver_count() > 0);
        ends.entry(id)
            .or_insert_with(|| watch::Sender::new(None))
            .subscribe()
    }

    /// Says how a job ended; `look` is only made if somebody waits for it.
    pub(crate) fn ended(&self, id: JobId, look: impl FnOnce() -> Look) {
        let ends = self
            .inner
            .ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = ends.get(&id) {
            end.send_replace(Some(look()));
        }
    }
}

impl Inner {
    /// Tells promoters when to look, if that is earlier than what they were told.
    fn due_in(&self, wait: Duration) {
        let now = Instant::now();
        let Some(at) = now.checked_add(wait) else {
            return;
        };
        self.due.send_if_modified(|earliest| {
            let sooner = *earliest <= now || at < *earliest;
            if sooner {
                *earliest = at;
            }
            sooner
        });
    }
}

impl Outbox {
    fn into_wakes(self) -> Vec<Wake> {
        let mut wakes = Vec::new();
        if self.any_queue {
            wakes.push(Wake::Ready(Vec::new()));
        } else if !self.queues.is_empty() {
            wakes.push(Wake::Ready(self.queues.into_iter().collect()));
        }
        wakes.extend(self.due_in.map(Wake::DueIn));
        if self.cancel {
            wakes.push(Wake::Cancel);
        }
        if self.settings {
            wakes.push(Wake::Settings);
        }
        wakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_transactions_of_others_are_looked_after_by_few_looks() {
        let wakes = Wakes::new();
        let looks = wakes.ready();
        let task = tokio::spawn(wakes.clone().look_after_others());
        for _ in 0..1_000 {
            wakes.look_soon();
        }
        let enough = tokio::time::timeout(Duration::from_secs(10), async {
            let mut seen = looks.clone();
            // The last look of a round is more than a second after the others.
            seen.wait_for(|times| *times >= 5).await.map(|times| *times)
        });
        let times = enough.await.expect("it looks").expect("the sender lives");
        assert!(times <= 10, "{times} looks");
        task.abort();
    }
}
