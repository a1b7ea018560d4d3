//! Cancels of running jobs.

use std::{sync::Arc, time::Duration};

use jobs::{JobContext, State, job};
use jobs_tests::{
    notes::{count, note},
    place::{Place, until},
    tests,
};

use crate::bench::{ended, noted, reached};

tests!(
    one_that_listens_ends_cancelled_whatever_it_returns,
    one_that_does_not_is_dropped,
    one_that_was_claimed_and_not_begun_is_not_called,
);

#[job]
async fn listens(how: String, #[ctx] ctx: &JobContext) -> Result<(), String> {
    note(ctx.id(), "began");
    ctx.cancelled().await;
    match how.as_str() {
        "ok" => Ok(()),
        "retry" => ctx.retry_in(Duration::from_secs(60)).await,
        _ => Err("failed".into()),
    }
}

async fn one_that_listens_ends_cancelled_whatever_it_returns(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    for how in ["ok", "retry", "fails"] {
        let job = Listens::perform_later(how)
            .on(&jobs)
            .await
            .expect("enqueued");
        noted(job.id(), "began").await;
        assert!(job.cancel().await.expect("asked"));
        assert_eq!(
            ended(&jobs, job.id()).await.state,
            State::Cancelled,
            "{how}"
        );
    }
    worker.stop().await.expect("stopped");
}

#[job]
async fn deaf(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "began");
    std::future::pending::<()>().await;
}

async fn one_that_does_not_is_dropped(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Deaf::perform_later().on(&jobs).await.expect("enqueued");
    noted(job.id(), "began").await;
    assert!(job.cancel().await.expect("asked"));
    assert_eq!(ended(&jobs, job.id()).await.state, State::Cancelled);
    worker.stop().await.expect("stopped");
}

#[job(queue = "low")]
async fn quick(millis: u64, #[ctx] ctx: &JobContext) {
    note(ctx.id(), "began");
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

async fn one_that_was_claimed_and_not_begun_is_not_called(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    // Short jobs teach the worker to claim ahead.
    for _ in 0..30 {
        let job = Quick::perform_later(0).on(&jobs).await.expect("enqueued");
        job.result().await.expect("it ran");
    }
    let mut all = vec![
        Quick::perform_later(1_000)
            .on(&jobs)
            .await
            .expect("enqueued"),
    ];
    for _ in 0..5 {
        all.push(Quick::perform_later(0).on(&jobs).await.expect("enqueued"));
    }
    let ahead = &all[3];
    reached(&jobs, ahead.id(), State::Running).await;
    assert_eq!(count(ahead.id(), "began"), 0, "it was claimed ahead");
    assert!(ahead.cancel().await.expect("asked"));
    let record = ended(&jobs, ahead.id()).await;
    assert_eq!(record.state, State::Cancelled);
    assert_eq!(count(ahead.id(), "began"), 0);
    until("the others ran", async || {
        let mut ran = all.iter().filter(|job| job.id() != ahead.id());
        ran.all(|job| count(job.id(), "began") == 1)
    })
    .await;
    worker.stop().await.expect("stopped");
}
