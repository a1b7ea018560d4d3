//! Cursors: checkpoints and enqueues in one.

use std::{sync::Arc, time::Duration};

use jobs::{JobContext, State, job};
use jobs_tests::{
    notes::{count, note, notes},
    place::{Place, until},
    tests,
};

use crate::bench::{reached, record};

tests!(
    a_failed_run_goes_on_behind_the_last_checkpoint,
    a_shutdown_is_a_good_place_to_stop,
    jobs_are_enqueued_with_the_checkpoint,
    one_that_cannot_be_read_ends_the_run,
    called_in_place_it_moves_in_memory,
    a_cancelled_one_stops_there,
);

#[job(retry_on(any, wait = "1ms", attempts = 9, jitter = 0.0))]
async fn counts(#[ctx] ctx: &JobContext) -> Result<u64, String> {
    note(ctx.id(), "run");
    let mut cursor = ctx.cursor::<u64>("counted").await;
    let mut here = 0;
    while cursor.get().unwrap_or(0) < 10 {
        if here == 4 {
            return Err("tired".into());
        }
        let next = cursor.get().unwrap_or(0) + 1;
        note(ctx.id(), format!("at {next}"));
        cursor.advance(next).await;
        here += 1;
    }
    Ok(cursor.get().unwrap_or(0))
}

async fn a_failed_run_goes_on_behind_the_last_checkpoint(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Counts::perform_later().on(&jobs).await.expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), 10);
    assert_eq!(count(job.id(), "run"), 3);
    for number in 1..=10 {
        assert_eq!(count(job.id(), &format!("at {number}")), 1);
    }
    worker.stop().await.expect("stopped");
}

#[job]
async fn endless(#[ctx] ctx: &JobContext) {
    let mut cursor = ctx.cursor::<u64>("endless").await;
    loop {
        let next = cursor.get().unwrap_or(0) + 1;
        note(ctx.id(), format!("{next}"));
        cursor.advance(next).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn a_shutdown_is_a_good_place_to_stop(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = Endless::perform_later().on(&jobs).await.expect("enqueued");
    for _ in 0..3 {
        let before = notes(job.id()).len();
        let worker = jobs.worker().start().await.expect("started");
        until("it goes on", async || notes(job.id()).len() > before + 3).await;
        // It would wait for 25 seconds if the job did not stop by itself.
        let stopping = tokio::time::timeout(Duration::from_secs(5), worker.stop());
        stopping.await.expect("in time").expect("stopped");
        let record = record(&jobs, job.id()).await;
        assert_eq!(record.state, State::Ready);
        assert!(record.attempts.is_empty(), "{record:?}");
    }
    let seen = notes(job.id());
    let once: Vec<String> = (1..=seen.len()).map(|number| number.to_string()).collect();
    assert_eq!(seen, once, "nothing was done twice or left out");
}

#[job(queue = "low")]
async fn order(number: u64) {
    let _ = number;
}

#[job(retry_on(any, wait = "1ms", attempts = 9, jitter = 0.0))]
async fn enqueues(#[ctx] ctx: &JobContext) -> Result<(), String> {
    note(ctx.id(), "run");
    let mut cursor = ctx.cursor::<u64>("page").await;
    let mut here = 0;
    while cursor.get().unwrap_or(0) < 50 {
        let from = cursor.get().unwrap_or(0);
        let page = (from..from + 10).map(|number| Order { number });
        cursor.advance_with(from + 10, page).await;
        here += 1;
        if here == 2 {
            return Err("again".into());
        }
    }
    Ok(())
}

async fn jobs_are_enqueued_with_the_checkpoint(place: Arc<Place>) {
    let jobs = place.connect().await;
    let only = [crate::queues::default];
    let worker = jobs.worker().queues(only).start().await.expect("started");
    let job = Enqueues::perform_later().on(&jobs).await.expect("enqueued");
    job.result().await.expect("it ended well");
    assert_eq!(count(job.id(), "run"), 3);
    let waiting = jobs.queue(crate::queues::low).len().await.expect("counted");
    assert_eq!(waiting, 50);
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn changes(#[ctx] ctx: &JobContext) -> Result<(), String> {
    ctx.cursor::<u64>("typed").await.advance(5).await;
    ctx.cursor::<String>("typed").await;
    Ok(())
}

async fn one_that_cannot_be_read_ends_the_run(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Changes::perform_later().on(&jobs).await.expect("enqueued");
    let record = reached(&jobs, job.id(), State::Dead).await;
    let error = record.attempts[0].error.as_ref().expect("an error");
    assert_eq!(error.type_name(), "jobs::FlowError");
    assert!(error.message().contains("`typed`"), "{error}");
    worker.stop().await.expect("stopped");
}

#[job]
async fn in_memory(#[ctx] ctx: &JobContext) -> u64 {
    let mut cursor = ctx.cursor::<u64>("here").await;
    cursor.advance(5).await;
    cursor.advance_with(6, [Order { number: 1 }]).await;
    cursor.get().unwrap_or(0)
}

async fn called_in_place_it_moves_in_memory(place: Arc<Place>) {
    let jobs = place.connect().await;
    let moved = InMemory::perform_now().on(&jobs).await;
    assert_eq!(moved.expect("it ended well"), 6);
    let waiting = jobs.queue(crate::queues::low).len().await.expect("counted");
    assert_eq!(waiting, 1);
}

async fn a_cancelled_one_stops_there(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Endless::perform_later().on(&jobs).await.expect("enqueued");
    until("it goes on", async || notes(job.id()).len() > 3).await;
    assert!(job.cancel().await.expect("asked"));
    reached(&jobs, job.id(), State::Cancelled).await;
    worker.stop().await.expect("stopped");
}
