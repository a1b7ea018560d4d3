//! What a worker fetches in advance is little, and goes back if it was a wrong guess.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jobs::job;
use jobs_tests::{
    place::{Place, until, within},
    tests,
};

use crate::{log::Log, queues};

tests!(
    long_jobs_after_short_ones_are_left_to_others,
    a_critical_job_does_not_wait_behind_what_was_prefetched,
);

#[job]
async fn napping(who: String, millis: u64, #[state] log: &Log) {
    log.push(format!("start {who}"));
    tokio::time::sleep(Duration::from_millis(millis)).await;
    log.push(who);
}

fn naps(who: &str, count: usize, millis: u64) -> Vec<Napping> {
    let who = who.to_owned();
    let nap = move |_| Napping {
        who: who.clone(),
        millis,
    };
    (0..count).map(nap).collect()
}

/// The first worker, with two slots, learns that jobs are short, and then meets long ones: a second worker gets them.
async fn long_jobs_after_short_ones_are_left_to_others(place: Arc<Place>) {
    let log = Log::default();
    let jobs = place.builder().state(log.clone()).await.expect("connected");
    let first = jobs.worker().queues([queues::default]).concurrency(2);
    let first = first.start().await.expect("started");
    jobs::perform_all_later(naps("short", 400, 0))
        .on(&jobs)
        .await
        .expect("enqueued");
    jobs::perform_all_later(naps("long", 40, 10_000))
        .on(&jobs)
        .await
        .expect("enqueued");
    let started = || {
        log.lines()
            .iter()
            .filter(|line| *line == "start long")
            .count()
    };
    until("the first worker has begun two long ones", || {
        std::future::ready(started() == 2)
    })
    .await;
    let second = place.builder().state(log.clone()).await.expect("connected");
    let second = second.worker().queues([queues::default]).concurrency(38);
    let second = second.start().await.expect("started");
    within(
        Duration::from_secs(5),
        "the second has begun all the others",
        || std::future::ready(started() == 40),
    )
    .await;
    drop((first, second));
}

async fn a_critical_job_does_not_wait_behind_what_was_prefetched(place: Arc<Place>) {
    let log = Log::default();
    let jobs = place.builder().state(log.clone()).await.expect("connected");
    let worker = jobs
        .worker()
        .queues([queues::critical, queues::low])
        .concurrency(2);
    let many = jobs::perform_all_later(naps("low", 2_000, 5)).queue(queues::low);
    many.on(&jobs).await.expect("enqueued");
    let worker = worker.start().await.expect("started");
    until("the worker is under way", || {
        std::future::ready(log.len() > 100)
    })
    .await;
    let asked = Instant::now();
    let one = jobs
        .enqueue(naps("critical", 1, 0).remove(0))
        .queue(queues::critical);
    one.await.expect("enqueued");
    until("it has run", || {
        std::future::ready(log.lines().iter().any(|line| line == "critical"))
    })
    .await;
    let waited = asked.elapsed();
    let low = log.lines().iter().filter(|line| *line == "low").count();
    assert!(
        low < 1_000,
        "it overtook the others: {low} had run after {waited:?}"
    );
    worker.stop().await.expect("stopped");
}
