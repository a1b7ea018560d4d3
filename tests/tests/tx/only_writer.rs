//! A SQLite job that has a transaction holds the only writer.

use std::{sync::Arc, time::Duration};

use jobs::{Error, JobContext, job, sqlx::Transaction};
use jobs_tests::{notes::note, notes::notes, place::Place, tests};

use crate::{Db, suite::connect};

tests!(
    an_enqueue_beside_it_is_refused,
    one_runs_at_a_time,
    five_seconds_are_its_limit,
);

#[job(queue = "low")]
async fn plain() {}

#[job]
async fn careless(#[ctx] ctx: &JobContext, #[tx] tx: &mut Transaction<'_, Db>) {
    let alone = Plain::perform_later().await.err();
    let bulk = jobs::perform_all_later([Plain, Plain]).await.err();
    let spawned = jobs::spawn(async { Plain::perform_later().await.err() });
    let spawned = spawned.await.expect("it ended");
    for refused in [alone, bulk, spawned] {
        let refused = refused.expect("it was refused");
        assert!(matches!(refused, Error::InsideTransaction), "{refused}");
        assert!(refused.to_string().contains(".in_transaction("));
        note(ctx.id(), "refused");
    }
    Plain::perform_later()
        .in_transaction(tx)
        .await
        .expect("enqueued");
}

async fn an_enqueue_beside_it_is_refused(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Careless::perform_later().on(&jobs).await.expect("enqueued");
    job.result().await.expect("it ended well");
    assert_eq!(notes(job.id()).len(), 3);
    worker.stop().await.expect("stopped");
}

static INSIDE: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

#[job]
async fn alone(#[tx] tx: &mut Transaction<'_, Db>) {
    use std::sync::atomic::Ordering::SeqCst;
    let _ = tx;
    assert_eq!(INSIDE.fetch_add(1, SeqCst), 0, "another one is inside");
    tokio::time::sleep(Duration::from_millis(5)).await;
    INSIDE.fetch_sub(1, SeqCst);
}

async fn one_runs_at_a_time(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let all = jobs::perform_all_later((0..30).map(|_| Alone));
    let all = all.on(&jobs).await.expect("enqueued");
    let worker = jobs.worker().start().await.expect("started");
    for job in &all {
        job.result().await.expect("it ended well");
    }
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn endless(#[tx] tx: &mut Transaction<'_, Db>) {
    let _ = tx;
    std::future::pending::<()>().await;
}

async fn five_seconds_are_its_limit(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Endless::perform_later().on(&jobs).await.expect("enqueued");
    let began = std::time::Instant::now();
    let dead = job.result().await.expect_err("it is dead");
    assert!(matches!(&dead, Error::JobDead { error, .. } if error.type_name() == "jobs::TimedOut"));
    assert!(began.elapsed() < Duration::from_secs(9));
    worker.stop().await.expect("stopped");
}
