//! Rate limits: what is over the limit waits, and goes on when the window opens.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use jobs::{JobHandle, Jobs, State, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::{Gate, record};

tests!(
    no_span_has_more,
    what_waits_takes_no_slot,
    keys_have_windows_of_their_own
);

/// When jobs began, by key.
#[derive(Debug, Default)]
pub(crate) struct Starts(Mutex<Vec<(String, Instant)>>);

impl Starts {
    fn of(&self, key: &str) -> Vec<Instant> {
        let all = self.0.lock().expect("unpoisoned");
        all.iter()
            .filter(|(of, _)| of == key)
            .map(|(_, at)| *at)
            .collect()
    }
}

#[job(rate_limit(count = 5, per = "500ms", key = key))]
async fn call(key: String, #[state] starts: &Starts) {
    starts
        .0
        .lock()
        .expect("unpoisoned")
        .push((key, Instant::now()));
}

#[job]
async fn free(#[state] starts: &Starts) {
    starts
        .0
        .lock()
        .expect("unpoisoned")
        .push(("free".to_owned(), Instant::now()));
}

async fn handle(place: &Place) -> (Jobs, Arc<Starts>) {
    let starts = Arc::new(Starts::default());
    let jobs = place
        .builder()
        .state_dyn::<Starts>(Arc::clone(&starts))
        .state_dyn::<Gate>(Gate::new(true))
        .await
        .expect("connected");
    (jobs, starts)
}

async fn enqueue(jobs: &Jobs, key: &str, count: usize) -> Vec<JobHandle<()>> {
    let many = (0..count).map(|_| Call {
        key: key.to_owned(),
    });
    jobs::perform_all_later(many)
        .on(jobs)
        .await
        .expect("stored")
        .into_iter()
        .collect()
}

async fn no_span_has_more(place: Arc<Place>) {
    let (jobs, starts) = handle(&place).await;
    let all = enqueue(&jobs, "a", 17).await;
    let began = Instant::now();
    let worker = jobs.worker().concurrency(8).start().await.expect("started");
    for job in all {
        job.result_within(Duration::from_secs(12))
            .await
            .expect("done");
    }
    let times = starts.of("a");
    assert_eq!(times.len(), 17);
    // Claims are counted, and starts follow within what a slow machine takes.
    assert!(
        began.elapsed() >= Duration::from_millis(1_400),
        "{:?}",
        began.elapsed()
    );
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "no window is missed: {:?}",
        began.elapsed()
    );
    worker.stop().await.expect("stopped");
}

async fn what_waits_takes_no_slot(place: Arc<Place>) {
    let (jobs, starts) = handle(&place).await;
    let all = enqueue(&jobs, "a", 30).await;
    let free = Free::perform_later().on(&jobs).await.expect("new");
    let worker = jobs.worker().concurrency(2).start().await.expect("started");
    free.result_within(Duration::from_secs(5))
        .await
        .expect("done");
    assert!(
        starts.of("a").len() < 30,
        "it did not wait for those before it"
    );
    until("the rest is blocked", async || {
        all[29].state().await.expect("known") == State::Blocked
    })
    .await;
    assert_eq!(
        record(&jobs, all[29].id()).await.reason.as_deref(),
        Some("rate limit")
    );
    worker.stop().await.expect("stopped");
}

async fn keys_have_windows_of_their_own(place: Arc<Place>) {
    let (jobs, starts) = handle(&place).await;
    enqueue(&jobs, "a", 20).await;
    let other = enqueue(&jobs, "b", 5).await;
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    for job in other {
        job.result_within(Duration::from_secs(5))
            .await
            .expect("done");
    }
    assert!(starts.of("a").len() < 20);
    worker.stop().await.expect("stopped");
}
