//! Sleeps and what parks cost: no slot, no attempt, no time.

use std::{sync::Arc, time::Duration};

use jobs::{Flow, JobContext, State, job};
use jobs_tests::{
    notes::{count, note},
    place::{Place, until},
    tests,
};

use crate::bench::{reached, record};

tests!(
    a_sleep_outlives_the_worker,
    parked_ones_hold_no_slot,
    parked_ones_give_their_keys_slots_back,
    a_park_is_no_attempt_and_takes_no_time,
    a_started_one_does_not_expire_in_a_park,
    a_cancel_ends_a_parked_one_at_once,
    an_executing_key_is_not_taken_again,
    a_worker_that_dies_beside_a_park_changes_nothing,
);

#[job]
async fn sleeps(millis: u64, #[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) {
    note(ctx.id(), "run");
    assert_eq!(ctx.attempt(), 1);
    flow.sleep("nap", Duration::from_millis(millis)).await;
    note(ctx.id(), "over");
}

async fn a_sleep_outlives_the_worker(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Sleeps::perform_later(700_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Parked).await;
    worker.stop().await.expect("stopped");
    assert_eq!(record(&jobs, job.id()).await.state, State::Parked);
    let again = place.connect().await;
    let worker = again.worker().start().await.expect("started");
    again
        .handle::<Sleeps>(job.id())
        .result()
        .await
        .expect("it ended well");
    let counts = ["run", "over"].map(|what| count(job.id(), what));
    assert_eq!(counts, [2, 1]);
    assert_eq!(record(&again, job.id()).await.attempts.len(), 1);
    worker.stop().await.expect("stopped");
}

#[job]
async fn passes() {}

async fn parked_ones_hold_no_slot(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    let mut parked = Vec::new();
    for _ in 0..5 {
        let job = Sleeps::perform_later(3_600_000_u64);
        parked.push(job.on(&jobs).await.expect("enqueued"));
    }
    let job = Passes::perform_later().on(&jobs).await.expect("enqueued");
    job.result().await.expect("it had the slot");
    for job in &parked {
        reached(&jobs, job.id(), State::Parked).await;
    }
    worker.stop().await.expect("stopped");
}

#[job(concurrency(limit = 1, key = shop))]
async fn keyed(shop: u64, sleeps: bool, #[flow] flow: &mut Flow) {
    let _ = shop;
    if sleeps {
        flow.sleep("nap", Duration::from_millis(900)).await;
    }
}

async fn parked_ones_give_their_keys_slots_back(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let first = Keyed::perform_later(1_u64, true)
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, first.id(), State::Parked).await;
    let second = Keyed::perform_later(1_u64, false)
        .on(&jobs)
        .await
        .expect("enqueued");
    second.result().await.expect("it had the slot");
    assert_eq!(record(&jobs, first.id()).await.state, State::Parked);
    first.result().await.expect("it took the slot again");
    worker.stop().await.expect("stopped");
}

#[job(timeout = "600ms", retry = 0)]
async fn brief(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<u32, String> {
    for number in 0..3 {
        flow.sleep(&format!("nap {number}"), Duration::from_millis(300))
            .await;
    }
    Ok(ctx.attempt())
}

async fn a_park_is_no_attempt_and_takes_no_time(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Brief::perform_later().on(&jobs).await.expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), 1);
    assert_eq!(record(&jobs, job.id()).await.attempts.len(), 1);
    worker.stop().await.expect("stopped");
}

#[job(expires_in = "200ms")]
async fn expires(#[flow] flow: &mut Flow) {
    flow.sleep("nap", Duration::from_millis(500)).await;
}

async fn a_started_one_does_not_expire_in_a_park(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    // The first one of a process warms it up.
    Passes::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued")
        .result()
        .await
        .expect("it ran");
    let job = Expires::perform_later().on(&jobs).await.expect("enqueued");
    job.result().await.expect("it ended well");
    worker.stop().await.expect("stopped");
}

async fn a_cancel_ends_a_parked_one_at_once(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Sleeps::perform_later(3_600_000_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Parked).await;
    assert!(job.cancel().await.expect("cancelled"));
    assert_eq!(record(&jobs, job.id()).await.state, State::Cancelled);
    worker.stop().await.expect("stopped");
}

#[job(unique(until = "executing"))]
async fn free_at_start(#[flow] flow: &mut Flow) {
    flow.sleep("nap", Duration::from_millis(700)).await;
}

async fn an_executing_key_is_not_taken_again(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let first = FreeAtStart::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, first.id(), State::Parked).await;
    let second = FreeAtStart::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    assert!(!second.was_duplicate());
    first.result().await.expect("it ended well");
    second.result().await.expect("it ended well");
    worker.stop().await.expect("stopped");
}

async fn a_worker_that_dies_beside_a_park_changes_nothing(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Sleeps::perform_later(600_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Parked).await;
    // Dropped, it puts back what it had claimed; a parked job is nobody's claim.
    drop(worker);
    let again = place.connect().await;
    let worker = again.worker().start().await.expect("started");
    until("it is over", async || count(job.id(), "over") == 1).await;
    worker.stop().await.expect("stopped");
}
