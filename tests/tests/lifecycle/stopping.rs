//! Workers that stop: asked to, in a hurry, with their runtime, and with what cannot be stopped.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jobs::{DeadLetter, Error, JobContext, JobId, State, job};
use jobs_tests::{
    notes::{count, note, notes},
    place::{Place, until},
    tests,
};

use crate::{
    bench::{Calm, ended, noted, reached, record},
    queues,
};

tests!(
    running_jobs_may_finish,
    then_they_are_put_back_at_no_cost,
    a_dropped_handle_does_not_wait_for_ever,
    a_hook_that_hangs_does_not_hold_a_stop,
    the_end_of_a_blocking_job_that_was_left_is_written,
    with_its_runtime,
    quiet_and_resume,
    pools_have_slots_of_their_own,
);

#[job]
async fn waits(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "began");
    std::future::pending::<()>().await;
}

#[job]
async fn finishes(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "began");
    ctx.cancelled().await;
    note(ctx.id(), "told");
}

async fn running_jobs_may_finish(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Finishes::perform_later().on(&jobs).await.expect("enqueued");
    noted(job.id(), "began").await;
    worker.stop().await.expect("stopped");
    assert_eq!(record(&jobs, job.id()).await.state, State::Succeeded);
    assert_eq!(count(job.id(), "told"), 1);
}

async fn then_they_are_put_back_at_no_cost(place: Arc<Place>) {
    let jobs = place.connect().await;
    let short = Duration::from_millis(100);
    let worker = jobs
        .worker()
        .shutdown_timeout(short)
        .start()
        .await
        .expect("started");
    let job = Waits::perform_later().on(&jobs).await.expect("enqueued");
    noted(job.id(), "began").await;
    worker.stop().await.expect("stopped");
    let record = record(&jobs, job.id()).await;
    assert_eq!(record.state, State::Ready);
    assert!(record.attempts.is_empty(), "{record:?}");
}

async fn a_dropped_handle_does_not_wait_for_ever(place: Arc<Place>) {
    let jobs = place.connect().await;
    let short = Duration::from_millis(100);
    let worker = jobs
        .worker()
        .shutdown_timeout(short)
        .start()
        .await
        .expect("started");
    let job = Waits::perform_later().on(&jobs).await.expect("enqueued");
    noted(job.id(), "began").await;
    drop(worker);
    assert!(
        reached(&jobs, job.id(), State::Ready)
            .await
            .attempts
            .is_empty()
    );
}

#[job(retry = 0)]
async fn dies() -> Result<(), String> {
    Err("no".into())
}

async fn a_hook_that_hangs_does_not_hold_a_stop(place: Arc<Place>) {
    let jobs = place
        .builder()
        .on_dead(|letter: DeadLetter| {
            note(letter.id, "told");
            std::future::pending::<()>()
        })
        .await
        .expect("connected");
    let worker = jobs
        .worker()
        .shutdown_timeout(Duration::from_millis(100))
        .start()
        .await
        .expect("started");
    let job = Dies::perform_later().on(&jobs).await.expect("enqueued");
    noted(job.id(), "told").await;
    worker.stop().await.expect("stopped");
    assert_eq!(record(&jobs, job.id()).await.state, State::Dead);
}

#[job(blocking)]
fn blocks_at_a_gate(#[ctx] ctx: &JobContext) -> u8 {
    note(ctx.id(), "began");
    while count(ctx.id(), "the gate is open") == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    7
}

async fn the_end_of_a_blocking_job_that_was_left_is_written(place: Arc<Place>) {
    let jobs = place.connect().await;
    let left = jobs
        .worker()
        .shutdown_timeout(Duration::ZERO)
        .lease(Duration::from_secs(3))
        .start()
        .await
        .expect("started");
    let job = BlocksAtAGate::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    noted(job.id(), "began").await;
    let stopped = left.stop().await;
    assert!(
        matches!(stopped, Err(Error::StillRunning { running: 1 })),
        "{stopped:?}"
    );
    let next = jobs
        .worker()
        .lease(Duration::from_secs(3))
        .start()
        .await
        .expect("started");
    // Longer than the lease: a second copy would have been started by now.
    let until_then = Instant::now() + Duration::from_millis(5_000);
    until("the lease would be over", async || {
        Instant::now() > until_then
    })
    .await;
    assert_eq!(record(&jobs, job.id()).await.state, State::Running);
    note(job.id(), "the gate is open");
    assert_eq!(job.result().await.expect("written"), 7);
    assert_eq!(count(job.id(), "began"), 1);
    next.stop().await.expect("stopped");
}

async fn with_its_runtime(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = WaitsOnce::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    let (start, id) = (jobs.clone(), job.id());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async {
            let worker = start.worker().start().await.expect("started");
            noted(id, "began 1").await;
            std::mem::forget(worker);
        });
    });
    thread.join().expect("the runtime is gone");
    let next = jobs
        .worker()
        .lease(Duration::from_secs(3))
        .start()
        .await
        .expect("started");
    assert_eq!(ended(&jobs, id).await.state, State::Succeeded);
    assert_eq!(notes(id), ["began 1", "began 2"]);
    next.stop().await.expect("stopped");
}

/// Hangs in its first run.
#[job]
async fn waits_once(#[ctx] ctx: &JobContext) {
    let run = notes(ctx.id()).len() + 1;
    note(ctx.id(), format!("began {run}"));
    if run == 1 {
        std::future::pending::<()>().await;
    }
}

async fn quiet_and_resume(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    Calm::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued")
        .result()
        .await
        .expect("it ran");
    worker.quiet();
    // A claim that was under way may still bring one.
    let quiet = loop {
        let job = Calm::perform_later().on(&jobs).await.expect("enqueued");
        if job.result_within(Duration::from_millis(700)).await.is_err() {
            break job;
        }
    };
    assert_eq!(quiet.state().await.expect("there"), State::Ready);
    worker.resume();
    quiet.result().await.expect("it ran");
    worker.stop().await.expect("stopped");
}

#[job(queue = "low")]
async fn in_low(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "began");
    std::future::pending::<()>().await;
}

#[job(queue = "other")]
async fn in_other() {}

async fn pools_have_slots_of_their_own(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs
        .worker()
        .concurrency(1)
        .pool("low", [queues::low], 2)
        .shutdown_timeout(Duration::ZERO)
        .start()
        .await
        .expect("started");
    let mut low: Vec<JobId> = Vec::new();
    for _ in 0..3 {
        low.push(
            InLow::perform_later()
                .on(&jobs)
                .await
                .expect("enqueued")
                .id(),
        );
    }
    noted(low[0], "began").await;
    noted(low[1], "began").await;
    let other = InOther::perform_later().on(&jobs).await.expect("enqueued");
    other.result().await.expect("the main pool has a slot");
    let third = jobs.get(low[2]).await.expect("read").expect("there");
    assert_eq!(third.state, State::Ready);
    worker.stop().await.expect("stopped");
}
