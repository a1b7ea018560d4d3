//! Jobs that do as they are told, and what they have done.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use jobs::{JobContext, JobHandle, JobOutput, Jobs, job};
use jobs_tests::place::Place;
use tokio::sync::watch;

/// What the jobs of a test have done and are to do.
#[derive(Debug)]
pub(crate) struct Board {
    ran: Mutex<Vec<String>>,
    broken: Mutex<HashSet<String>>,
    open: watch::Sender<bool>,
}

impl Board {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            ran: Mutex::default(),
            broken: Mutex::default(),
            open: watch::Sender::new(true),
        })
    }

    pub(crate) fn ran(&self) -> Vec<String> {
        self.ran.lock().expect("unpoisoned").clone()
    }

    pub(crate) fn count(&self, label: &str) -> usize {
        self.ran().iter().filter(|ran| *ran == label).count()
    }

    pub(crate) fn note(&self, label: &str) {
        self.ran.lock().expect("unpoisoned").push(label.to_owned());
    }

    /// Jobs of this label fail from now on, or do no longer.
    pub(crate) fn fails(&self, label: &str, fails: bool) {
        let mut broken = self.broken.lock().expect("unpoisoned");
        if fails {
            broken.insert(label.to_owned());
        } else {
            broken.remove(label);
        }
    }

    fn is_broken(&self, label: &str) -> bool {
        self.broken.lock().expect("unpoisoned").contains(label)
    }

    /// Jobs that wait at the gate wait from now on, or do no longer.
    pub(crate) fn open(&self, open: bool) {
        self.open.send_replace(open);
    }

    pub(crate) async fn pass(&self) {
        let mut open = self.open.subscribe();
        let _ = open.wait_for(|open| *open).await;
    }
}

/// Does what its label says: fails if that label is broken.
#[job(retry = 0)]
pub(crate) async fn mark(label: String, #[state] board: &Board) -> Result<String, String> {
    board.note(&label);
    if board.is_broken(&label) {
        return Err(format!("{label} is broken"));
    }
    Ok(label)
}

#[job(retry = 0)]
pub(crate) async fn join(
    #[input] before: String,
    label: String,
    #[state] board: &Board,
) -> Result<String, String> {
    board.note(&label);
    if board.is_broken(&label) {
        return Err(format!("{label} is broken"));
    }
    Ok(format!("{before}+{label}"))
}

#[job]
pub(crate) async fn length(#[input] parts: (String, u64)) -> u64 {
    parts.0.len() as u64 + parts.1
}

#[job]
pub(crate) async fn twice(number: u64) -> u64 {
    number * 2
}

#[job]
pub(crate) async fn sum(#[input] numbers: Vec<u64>) -> u64 {
    numbers.iter().sum()
}

#[job]
pub(crate) async fn give_up(#[ctx] ctx: &JobContext) -> String {
    ctx.discard("not wanted").await
}

#[job]
pub(crate) async fn wait_at_gate(label: String, #[state] board: &Board) -> String {
    board.note(&label);
    board.pass().await;
    label
}

/// A handle whose jobs know the board.
pub(crate) async fn connect(place: &Place, board: &Arc<Board>) -> Jobs {
    place
        .builder()
        .state_dyn::<Board>(Arc::clone(board))
        .await
        .expect("connected")
}

pub(crate) fn mark_as(label: &str) -> Mark {
    Mark {
        label: label.to_owned(),
    }
}

pub(crate) async fn done<T: JobOutput>(handle: &JobHandle<T>) -> jobs::Result<T> {
    handle.result_within(Duration::from_secs(12)).await
}
