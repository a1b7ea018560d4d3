//! Events: early, late, too late, several of one name.

use std::{sync::Arc, time::Duration};

use jobs::{Error, Flow, JobContext, JobId, State, job};
use jobs_tests::{
    notes::{count, note},
    place::Place,
    tests,
};

use crate::bench::{reached, record};

tests!(
    one_that_comes_while_it_is_awaited,
    one_that_came_early_is_kept,
    several_of_one_name_in_their_order,
    one_that_does_not_come_in_time,
    the_time_runs_from_the_first_await,
    what_was_taken_stays_taken,
    one_of_another_type_ends_the_run,
    nobody_is_there,
    no_wake_up_is_lost,
);

#[job]
async fn awaits(times: u64, #[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Vec<String> {
    note(ctx.id(), "run");
    let mut all = Vec::new();
    for _ in 0..times {
        all.push(flow.event("said").await);
    }
    all
}

async fn one_that_comes_while_it_is_awaited(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Awaits::perform_later(1_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Parked).await;
    // Another handle, as another process has.
    let other = place.connect().await;
    other.send_event(job.id(), "other", &1).await.expect("sent");
    assert_eq!(record(&jobs, job.id()).await.state, State::Parked);
    other
        .send_event(job.id(), "said", "hello")
        .await
        .expect("sent");
    assert_eq!(job.result().await.expect("it ended well"), ["hello"]);
    worker.stop().await.expect("stopped");
}

async fn one_that_came_early_is_kept(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = Awaits::perform_later(1_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    jobs.send_event(job.id(), "said", "early")
        .await
        .expect("sent");
    let worker = jobs.worker().start().await.expect("started");
    assert_eq!(job.result().await.expect("it ended well"), ["early"]);
    assert_eq!(count(job.id(), "run"), 1, "it did not park");
    worker.stop().await.expect("stopped");
}

async fn several_of_one_name_in_their_order(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = Awaits::perform_later(3_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    for said in ["one", "two"] {
        jobs.send_event(job.id(), "said", said).await.expect("sent");
    }
    let worker = jobs.worker().start().await.expect("started");
    reached(&jobs, job.id(), State::Parked).await;
    jobs.send_event(job.id(), "said", "three")
        .await
        .expect("sent");
    let all = job.result().await.expect("it ended well");
    assert_eq!(all, ["one", "two", "three"]);
    worker.stop().await.expect("stopped");
}

#[job]
async fn awaits_for(millis: u64, #[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Option<u64> {
    note(ctx.id(), "run");
    let time = Duration::from_millis(millis);
    flow.event_within("number", time).await
}

async fn one_that_does_not_come_in_time(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = AwaitsFor::perform_later(300_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), None);
    let late = jobs.send_event(job.id(), "number", &7).await;
    assert!(matches!(late, Err(Error::Ended { .. })), "{late:?}");
    let job = AwaitsFor::perform_later(0_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), None);
    let job = AwaitsFor::perform_later(60_000_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Parked).await;
    jobs.send_event(job.id(), "number", &7).await.expect("sent");
    assert_eq!(job.result().await.expect("it ended well"), Some(7));
    worker.stop().await.expect("stopped");
}

async fn the_time_runs_from_the_first_await(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = AwaitsFor::perform_later(800_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Parked).await;
    let storage = place.storage().await;
    let before = storage.checkpoints(job.id(), None).await.expect("read");
    worker.stop().await.expect("stopped");
    let worker = jobs.worker().start().await.expect("started");
    assert_eq!(job.result().await.expect("it ended well"), None);
    let after = storage.checkpoints(job.id(), None).await.expect("read");
    assert_eq!(before.all[0].until, after.all[0].until);
    assert_eq!(after.all[0].value.as_deref(), Some("[]"));
    worker.stop().await.expect("stopped");
}

#[job(retry_on(any, wait = "1ms", attempts = 5, jitter = 0.0))]
async fn takes_and_fails(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<u64, String> {
    note(ctx.id(), "run");
    let number = flow.event("number").await;
    if count(ctx.id(), "run") < 3 {
        return Err("again".into());
    }
    Ok(number)
}

async fn what_was_taken_stays_taken(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = TakesAndFails::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    for number in [4, 5, 6] {
        jobs.send_event(job.id(), "number", &number)
            .await
            .expect("sent");
    }
    let worker = jobs.worker().start().await.expect("started");
    assert_eq!(job.result().await.expect("it ended well"), 4);
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn wants_a_number(#[flow] flow: &mut Flow) -> Result<u64, String> {
    Ok(flow.event("number").await)
}

async fn one_of_another_type_ends_the_run(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = WantsANumber::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    jobs.send_event(job.id(), "number", "seven")
        .await
        .expect("sent");
    let worker = jobs.worker().start().await.expect("started");
    let record = reached(&jobs, job.id(), State::Dead).await;
    let error = record.attempts[0].error.as_ref().expect("an error");
    assert_eq!(error.type_name(), "jobs::FlowError");
    worker.stop().await.expect("stopped");
}

async fn nobody_is_there(place: Arc<Place>) {
    let jobs = place.connect().await;
    let nobody = jobs.send_event(JobId::new(), "said", "hello").await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })), "{nobody:?}");
    for name in ["", &"x".repeat(121), "a\0b"] {
        let sent = jobs.send_event(JobId::new(), name, "hello").await;
        assert!(matches!(sent, Err(Error::InvalidEvent { .. })), "{sent:?}");
    }
}

async fn no_wake_up_is_lost(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let other = place.connect().await;
    let mut all = Vec::new();
    for number in 0..60_u64 {
        let job = Awaits::perform_later(1_u64)
            .on(&jobs)
            .await
            .expect("enqueued");
        // Now early, now beside the park, now late.
        tokio::time::sleep(Duration::from_micros(number * 300)).await;
        other.send_event(job.id(), "said", "x").await.expect("sent");
        all.push(job);
    }
    for job in all {
        assert_eq!(job.result().await.expect("it ended well"), ["x"]);
    }
    worker.stop().await.expect("stopped");
}
