//! The jobs of these tests, and what they did.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use jobs::{Config, JobContext, Jobs, JobsBuilder, job};
use jobs_tests::place::Place;
use tokio::sync::Semaphore;

/// How many hold a slot now, until they are let go.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) held: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Door {
    pub(crate) fn shut() -> Self {
        Self {
            held: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// Lets so many go.
    pub(crate) fn open(&self, jobs: usize) {
        self.gate.add_permits(jobs);
    }
}

/// Holds its slot until the door opens.
#[job]
pub(crate) async fn hold(#[state] door: &Door) {
    door.held.fetch_add(1, Ordering::SeqCst);
    if let Ok(through) = door.gate.acquire().await {
        through.forget();
    }
    door.held.fetch_sub(1, Ordering::SeqCst);
}

/// Ends at once.
#[job]
pub(crate) async fn quick() {}

/// One run of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) what: String,
    pub(crate) queue: String,
    pub(crate) planned: String,
}

/// All runs of one test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Vec<Run>>>);

impl Runs {
    pub(crate) fn add(&self, what: &str, ctx: &JobContext) {
        let run = Run {
            what: what.to_owned(),
            queue: ctx.queue().to_owned(),
            planned: ctx.scheduled_at().format("%d %H:%M").to_string(),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(run);
    }

    pub(crate) fn all(&self) -> Vec<Run> {
        let mut all = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        all.sort_by(|a, b| (&a.planned, &a.what).cmp(&(&b.planned, &b.what)));
        all
    }
}

/// For tasks of files.
#[job(name = "mail.digest")]
pub(crate) async fn digest(
    list: String,
    #[arg(default = 10)] lines: u8,
    #[state] runs: &Runs,
    #[ctx] ctx: &JobContext,
) {
    runs.add(&format!("{list} {lines}"), ctx);
}

/// Code says when, files may say otherwise.
#[job(cron = "0 3 * * *", timezone = "Europe/Berlin", args = { what = "code" }, description = "By code")]
pub(crate) async fn nightly(what: String, #[state] runs: &Runs, #[ctx] ctx: &JobContext) {
    runs.add(&what, ctx);
}

pub(crate) fn config(text: &str) -> Config {
    Config::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A builder with the state of all jobs here.
pub(crate) fn builder(place: &Place, door: &Door, runs: &Runs) -> JobsBuilder {
    place
        .builder()
        .state(door.clone())
        .state(runs.clone())
        .state(crate::ledger::Ledger::at(place.folder().join("ledger")))
}

pub(crate) async fn hold_many(jobs: &Jobs, count: usize, queue: jobs::Queue) {
    for _ in 0..count {
        jobs.enqueue(Hold).queue(queue).await.expect("enqueued");
    }
}
