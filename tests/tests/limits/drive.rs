//! Jobs that stand at a gate while a test looks, and what the test sees.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use jobs::{JobId, JobRecord, Jobs, State};
use jobs_tests::place::{Place, until};
use tokio::sync::watch;

/// Where jobs wait until the test lets them go.
#[derive(Debug)]
pub(crate) struct Gate {
    open: watch::Sender<bool>,
    seen: Mutex<BTreeMap<String, Seen>>,
    order: Mutex<Vec<String>>,
}

/// What was seen of one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) now: usize,
    pub(crate) most: usize,
    pub(crate) ever: usize,
}

impl Gate {
    pub(crate) fn new(open: bool) -> Arc<Self> {
        Arc::new(Self {
            open: watch::Sender::new(open),
            seen: Mutex::default(),
            order: Mutex::default(),
        })
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    pub(crate) fn of(&self, key: &str) -> Seen {
        let seen = self.seen.lock().expect("unpoisoned");
        seen.get(key).copied().unwrap_or_default()
    }

    /// The labels of runs in the order in which they began.
    pub(crate) fn order(&self) -> Vec<String> {
        self.order.lock().expect("unpoisoned").clone()
    }

    /// Passes, with a count of those inside.
    pub(crate) async fn pass(&self, key: &str, label: &str) {
        self.order
            .lock()
            .expect("unpoisoned")
            .push(label.to_owned());
        let change = |by: fn(&mut Seen)| {
            by(self
                .seen
                .lock()
                .expect("unpoisoned")
                .entry(key.to_owned())
                .or_default());
        };
        change(|seen| {
            seen.now += 1;
            seen.ever += 1;
            seen.most = seen.most.max(seen.now);
        });
        let mut open = self.open.subscribe();
        let _ = open.wait_for(|open| *open).await;
        change(|seen| seen.now -= 1);
    }
}

/// A handle whose jobs meet this gate.
pub(crate) async fn connect(place: &Place, gate: &Arc<Gate>) -> Jobs {
    place
        .builder()
        .state_dyn::<Gate>(Arc::clone(gate))
        .state(crate::rates::Starts::default())
        .await
        .expect("connected")
}

pub(crate) async fn record(jobs: &Jobs, id: JobId) -> JobRecord {
    jobs.get(id).await.expect("read").expect("a record")
}

pub(crate) async fn reaches(jobs: &Jobs, id: JobId, state: State) {
    until(&format!("job {id} is {state}"), async || {
        jobs.get(id)
            .await
            .expect("read")
            .is_some_and(|record| record.state == state)
    })
    .await;
}
