//! Writes a fixture: a database with something of every kind in it, none of it by hand.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use jobs::{JobId, Jobs, State};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::{fixture, queues, work::*};

tests!(write);

/// Records stay for so long that no test meets their end.
const FOR_EVER: Duration = Duration::from_secs(200 * 365 * 86_400);
const MINUTE: Duration = Duration::from_secs(60);

async fn reached(jobs: &Jobs, id: JobId, wanted: State) {
    until(&format!("{id} is {wanted}"), async || {
        let record = jobs.get(id).await.expect("read").expect("there");
        record.state == wanted
    })
    .await;
}

async fn write(place: Arc<Place>) {
    WRITING.store(true, Ordering::SeqCst);
    let builder = place.builder().retain(FOR_EVER).retain_dead(FOR_EVER);
    let jobs = builder.connect().await.expect("connected");
    // Nobody takes from `later` and `idle`: what is there waits.
    let worker = jobs.worker().queues([queues::default]).concurrency(16);
    let worker = worker
        .shutdown_timeout(Duration::ZERO)
        .start()
        .await
        .expect("started");

    for n in 0..10 {
        let job = Plain { n };
        let ended = jobs.enqueue(job).await.expect("enqueued");
        assert_eq!(ended.result().await.expect("it ran"), n);
    }
    for n in 0..2 {
        let dead = jobs.enqueue(Fails { n }).await.expect("enqueued");
        reached(&jobs, dead.id(), State::Dead).await;
    }
    for n in 0..3 {
        let flaky = jobs.enqueue(Flaky { n }).await.expect("enqueued");
        reached(&jobs, flaky.id(), State::Scheduled).await;
    }
    for n in 0..3 {
        let stuck = jobs.enqueue(Stuck { n }).await.expect("enqueued");
        reached(&jobs, stuck.id(), State::Running).await;
    }
    for n in 0..3 {
        let limited = jobs.enqueue(Limited { key: 1, n }).await.expect("enqueued");
        let state = if n == 0 {
            State::Running
        } else {
            State::Blocked
        };
        reached(&jobs, limited.id(), state).await;
    }
    for n in 0..2 {
        let rated = jobs.enqueue(Rated { key: 1, n }).await.expect("enqueued");
        let state = if n == 0 {
            State::Succeeded
        } else {
            State::Blocked
        };
        reached(&jobs, rated.id(), state).await;
    }
    for n in 0..2 {
        let stepped = jobs.enqueue(Stepped { n }).await.expect("enqueued");
        reached(&jobs, stepped.id(), State::Parked).await;
        let sleeps = jobs.enqueue(Sleeps { n }).await.expect("enqueued");
        reached(&jobs, sleeps.id(), State::Parked).await;
    }
    for n in 0..5 {
        jobs.enqueue(Late { n }).await.expect("enqueued");
        let due = jobs.enqueue(Plain { n: 100 + n }).wait(MINUTE);
        due.await.expect("enqueued");
    }
    for key in 0..3 {
        let first = jobs.enqueue(Unique { key, n: key }).await;
        assert!(!first.expect("enqueued").was_duplicate());
    }
    let gone = jobs.enqueue(Late { n: 99 }).await.expect("enqueued");
    assert!(gone.cancel().await.expect("cancelled"));
    for n in 0..2 {
        jobs.enqueue(Idle { n }).await.expect("enqueued");
    }
    jobs.inspect()
        .as_actor("ann")
        .pause("idle")
        .await
        .expect("paused");

    let batch = jobs::batch("fixture")
        .add_all((200..202).map(|n| Plain { n }))
        .add(Late { n: 202 })
        .on_success(Plain { n: 203 })
        .on_complete(Plain { n: 204 })
        .on(&jobs);
    let batch = batch.enqueue().await.expect("stored");
    until("two of the batch have ended", async || {
        batch.progress().await.expect("read").done == 2
    })
    .await;
    let chain = jobs::chain(Plain { n: 300 }).then(Next::after(7_u64));
    let chain = chain.on(&jobs).enqueue().await.expect("stored");
    reached(&jobs, chain.id(), State::Ready).await;
    jobs.recurring()
        .upsert("upgrade dynamic", "0 9 * * 1", Plain { n: 400 })
        .await
        .expect("stored");

    fixture::dump(&place);
    WRITING.store(false, Ordering::SeqCst);
    worker.stop().await.expect("stopped");
}
