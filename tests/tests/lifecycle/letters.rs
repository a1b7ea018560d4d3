//! Dead letters, as callers and `on_dead` see them.

use std::sync::{Arc, Mutex};

use jobs::{JobId, State, job};
use jobs_tests::{
    make,
    place::{Place, until},
    tests,
};

tests!(
    what_dies_again_is_not_retried_again,
    on_dead_is_told_of_a_job_under_a_former_name
);

/// More than two chunks of `retry_all`.
const MANY: usize = 1_100;

#[job(retry = 0)]
async fn dies_again(_n: usize) -> Result<(), String> {
    Err("no".to_owned())
}

async fn open_letters(place: &Place) -> usize {
    let storage = place.storage().await;
    let open = jobs::storage::LetterFilter {
        unresolved: true,
        ..Default::default()
    };
    let letters = storage.letters(open, 0, 10_000).await.expect("listed");
    storage.close().await;
    letters.len()
}

async fn what_dies_again_is_not_retried_again(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs
        .worker()
        .concurrency(50)
        .start()
        .await
        .expect("started");
    let many = (0..MANY).map(|n| DiesAgain { _n: n });
    jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .expect("enqueued");
    until("all are dead", async || open_letters(&place).await == MANY).await;
    let retried = jobs.dead_letters().retry_all().await.expect("retried");
    assert_eq!(retried, MANY as u64);
    until("all are dead again", async || {
        open_letters(&place).await == MANY
    })
    .await;
    let discarded = jobs.dead_letters().discard_all().await.expect("discarded");
    assert_eq!((discarded, open_letters(&place).await), (MANY as u64, 0));
    worker.stop().await.expect("stopped");
}

#[job(name = "letters.now", aliases("letters.before"), retry = 0)]
async fn renamed() -> Result<(), String> {
    Err("no".to_owned())
}

async fn on_dead_is_told_of_a_job_under_a_former_name(place: Arc<Place>) {
    let told: Arc<Mutex<Vec<(JobId, String)>>> = Arc::default();
    let tell = Arc::clone(&told);
    let jobs = place
        .builder()
        .on_dead(move |letter| {
            tell.lock()
                .expect("unpoisoned")
                .push((letter.id, letter.name.clone()));
            async {}
        })
        .await
        .expect("connected");
    let storage = place.storage().await;
    let kinds = make::declare(&*storage, &["letters.before"]).await;
    let old = make::job(kinds[0]);
    let id = old.id;
    storage.insert(vec![old], None).await.expect("inserted");
    let worker = jobs.worker().start().await.expect("started");
    until("it is dead", async || {
        make::state(&*storage, id).await == Some(State::Dead)
    })
    .await;
    // Stopped, it has told all that there was to tell.
    worker.stop().await.expect("stopped");
    let told = told.lock().expect("unpoisoned").clone();
    assert_eq!(told, [(id, "letters.before".to_owned())]);
}
