//! The jobs of these tests, and what they did.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use jobs::{JobContext, Jobs, job, testing::TestClock};
use jobs_tests::place::Place;

jobs::queues! { reports(priority = 7), slow }
pub(crate) use self::queues as named;

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) who: String,
    pub(crate) planned: DateTime<Utc>,
    pub(crate) queue: String,
    pub(crate) tags: Vec<String>,
}

/// All runs of one test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Vec<Run>>>);

impl Runs {
    fn add(&self, who: &str, ctx: &JobContext) {
        let run = Run {
            who: who.to_owned(),
            planned: ctx.scheduled_at(),
            queue: ctx.queue().to_owned(),
            tags: ctx.tags().to_vec(),
        };
        self.0.lock().expect("whole").push(run);
    }

    /// In the order of their planned times.
    pub(crate) fn all(&self) -> Vec<Run> {
        let mut all = self.0.lock().expect("whole").clone();
        all.sort_by_key(|run| run.planned);
        all
    }

    pub(crate) fn planned(&self) -> Vec<String> {
        let shown = |run: &Run| run.planned.format("%d %H:%M").to_string();
        self.all().iter().map(shown).collect()
    }
}

/// Declared by code.
#[job(
    queues = crate::work::named, queue = reports, tags("nightly"), cron = "30 2 * * *", timezone = "Europe/Berlin",
    description = "The nightly report", catch_up = "all", args = { who = "ann" },
)]
pub(crate) async fn nightly(
    who: String,
    #[arg(default = 3)] copies: u8,
    #[state] runs: &Runs,
    #[ctx] ctx: &JobContext,
) {
    assert_eq!(copies, 3);
    runs.add(&who, ctx);
}

fn never() -> bool {
    false
}

/// Declared by code that says no.
#[job(every = "1s", enabled = never)]
pub(crate) async fn disabled(#[state] runs: &Runs, #[ctx] ctx: &JobContext) {
    runs.add("disabled", ctx);
}

/// For tasks made by calls.
#[job]
pub(crate) async fn note(who: String, #[state] runs: &Runs, #[ctx] ctx: &JobContext) {
    runs.add(&who, ctx);
}

/// Takes a while.
#[job(queues = crate::work::named, queue = slow)]
pub(crate) async fn nap(millis: u64, #[state] runs: &Runs, #[ctx] ctx: &JobContext) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    runs.add("nap", ctx);
}

pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// A handle whose clock begins at a time.
pub(crate) async fn at(place: &Place, time: &str, runs: &Runs) -> (TestClock, Jobs) {
    let clock = TestClock::at(utc(time));
    let builder = clock.drive(place.builder()).state(runs.clone());
    (clock.clone(), builder.connect().await.expect("connected"))
}
