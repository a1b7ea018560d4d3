//! Counting how executions end: in memory where they end, and every few seconds as one statement into the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{about, log};
use crate::{
    record::State,
    storage::{
        Finish, KindId, Next,
        inspect::{Outcome, StatCount},
    },
    worker::lifecycle::Shared,
};

const EVERY: Duration = Duration::from_secs(5);
/// Counts that cannot be written are kept for so many kinds and outcomes, no more.
const KEPT: usize = 10_000;

/// What was counted and is not written yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<Counted>>);

/// How many, and how long they ran together, in microseconds.
type Counted = HashMap<(KindId, Outcome), (u64, u64)>;

impl Tally {
    /// Counts the end of an execution; what was put back or set aside was none.
    pub(crate) fn count(&self, kind: Option<KindId>, finish: &Finish, cancelled: bool) {
        let (Some(kind), Some(outcome)) = (kind, outcome(&finish.to, cancelled)) else {
            return;
        };
        let ran = finish.ran.unwrap_or_default().as_micros();
        self.add(kind, outcome, 1, u64::try_from(ran).unwrap_or(u64::MAX));
    }

    fn add(&self, kind: KindId, outcome: Outcome, count: u64, micros: u64) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() < KEPT || counted.contains_key(&(kind, outcome)) {
            let (all, ran) = counted.entry((kind, outcome)).or_default();
            *all += count;
            *ran = ran.saturating_add(micros);
        }
    }

    fn take(&self) -> Vec<StatCount> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *counted).into_iter();
        let mut taken: Vec<_> = taken
            .map(|((kind, outcome), (count, micros))| StatCount {
                kind,
                outcome,
                count,
                micros,
            })
            .collect();
        taken.sort_by_key(|of| (of.kind, of.outcome));
        taken
    }
}

fn outcome(to: &Next, cancelled: bool) -> Option<Outcome> {
    match to {
        _ if cancelled => Some(Outcome::Cancelled),
        Next::End(end) => Some(match end.state {
            State::Discarded => Outcome::Discarded,
            State::Dead => Outcome::Dead,
            State::Cancelled => Outcome::Cancelled,
            _ => Outcome::Succeeded,
        }),
        Next::Retry { .. } => Some(Outcome::Retried),
        Next::Crashed { .. } => Some(Outcome::Crashed),
        Next::PutBack | Next::Block { .. } | Next::Park { .. } => None,
    }
}

pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(about(EVERY)).await;
        write(&shared).await;
    }
}

/// Writes what was counted.
pub(crate) async fn write(shared: &Shared) {
    let tally = shared.acks.tally();
    let counts = tally.take();
    if counts.is_empty() {
        return;
    }
    let inner = shared.jobs.inner();
    let (written, now) = (counts.clone(), inner.clock.now());
    let written = inner
        .store
        .call(move |storage| async move { storage.add_stats(written, now).await });
    if let Err(error) = written.await {
        log("counting executions", &error);
        for of in counts {
            tally.add(of.kind, of.outcome, of.count, of.micros);
        }
    }
}
