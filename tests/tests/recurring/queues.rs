//! Queues while workers run.

use std::{sync::Arc, time::Duration};

use jobs::{Error, State};
use jobs_tests::{
    place::{Backend, Place, until},
    tests,
};

use crate::work::{Nap, Runs, named};

tests!(
    a_pause_holds_for_all_workers_within_a_second,
    what_was_claimed_ahead_goes_back,
    counted_and_cleared,
);

fn naps(millis: u64, count: usize) -> impl Iterator<Item = Nap> + Send {
    std::iter::repeat_with(move || Nap { millis }).take(count)
}

async fn a_pause_holds_for_all_workers_within_a_second(place: Arc<Place>) {
    let runs = Runs::default();
    let jobs = place
        .builder()
        .state(runs.clone())
        .connect()
        .await
        .expect("connected");
    let other = place
        .builder()
        .state(runs.clone())
        .connect()
        .await
        .expect("connected");
    let workers = [&jobs, &other].map(|jobs| jobs.worker().concurrency(2).start());
    let [one, two] = workers;
    let (one, two) = (one.await.expect("started"), two.await.expect("started"));
    jobs::perform_all_later(naps(10, 2_000))
        .on(&jobs)
        .await
        .expect("enqueued");
    until("some ran", async || runs.all().len() > 20).await;
    let slow = jobs.queue(named::slow);
    slow.pause().await.expect("paused");
    assert!(slow.is_paused().await.expect("read"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ran = runs.all().len();
    assert!(
        ran < 1_500,
        "the pause came too late to show anything: {ran}"
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(runs.all().len(), ran, "nothing starts a second later");
    until("nothing is held", async || {
        slow.len().await.expect("counted") == 2_000 - ran as u64
    })
    .await;
    slow.clear().await.expect("cleared");
    slow.resume().await.expect("resumed");
    let handle = jobs.enqueue(Nap { millis: 1 }).await.expect("enqueued");
    handle.result().await.expect("it runs");
    one.stop().await.expect("stopped");
    two.stop().await.expect("stopped");
}

async fn what_was_claimed_ahead_goes_back(place: Arc<Place>) {
    if place.backend == Backend::Memory {
        return;
    }
    let runs = Runs::default();
    let jobs = place
        .builder()
        .state(runs.clone())
        .connect()
        .await
        .expect("connected");
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    // Short ones make it claim ahead; a long one then blocks the only slot.
    jobs::perform_all_later(naps(0, 300))
        .on(&jobs)
        .await
        .expect("enqueued");
    until("they ran", async || runs.all().len() == 300).await;
    jobs::perform_all_later(naps(4_000, 1).chain(naps(0, 100)))
        .on(&jobs)
        .await
        .expect("enqueued");
    let slow = jobs.queue(named::slow);
    until("some are claimed ahead", async || {
        slow.len().await.expect("counted") < 95
    })
    .await;
    // Said by another process, as it were.
    let other = place.connect().await;
    let began = std::time::Instant::now();
    other.queue(named::slow).pause().await.expect("paused");
    until("they are back", async || {
        slow.len().await.expect("counted") == 100
    })
    .await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    worker.stop().await.expect("stopped");
    assert_eq!(slow.len().await.expect("counted"), 100);
}

async fn counted_and_cleared(place: Arc<Place>) {
    let jobs = place.connect().await;
    let slow = jobs.queue(named::slow);
    assert_eq!(slow.len().await.expect("counted"), 0);
    assert_eq!(slow.latency().await.expect("read"), Duration::ZERO);
    assert_eq!(slow.clear().await.expect("cleared"), 0);
    let many = jobs::perform_all_later(naps(0, 2_500))
        .on(&jobs)
        .await
        .expect("enqueued");
    let later = jobs
        .enqueue(Nap { millis: 0 })
        .wait(Duration::from_secs(60));
    let later = later.await.expect("enqueued");
    assert_eq!(slow.len().await.expect("counted"), 2_500);
    until("time passes", async || {
        slow.latency().await.expect("read") > Duration::from_millis(20)
    })
    .await;
    let waiter = many[7].clone();
    let waiting = tokio::spawn(async move { waiter.result().await });
    assert_eq!(slow.clear().await.expect("cleared"), 2_500);
    assert_eq!(slow.len().await.expect("counted"), 0);
    assert_eq!(slow.latency().await.expect("read"), Duration::ZERO);
    assert_eq!(many[1].state().await.expect("kept"), State::Cancelled);
    assert_eq!(later.state().await.expect("there"), State::Scheduled);
    let ended = waiting.await.expect("no panic");
    assert!(
        matches!(ended, Err(Error::JobCancelled { .. })),
        "{ended:?}"
    );
}
