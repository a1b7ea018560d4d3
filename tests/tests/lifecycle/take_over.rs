//! What becomes of the jobs of a worker that died.

use std::{sync::Arc, time::Duration};

use jobs::{
    DeadLetter, JobContext, JobError, JobId, Jobs, State, job,
    storage::{Claim, KindId, PoolInfo, Take, WorkerInfo},
};
use jobs_tests::{
    make,
    notes::{count, note, notes},
    place::{Backend, Place, until},
    tests,
};

use crate::bench::{Calm, ended, noted};

tests!(
    runs_again_at_no_cost_in_attempts,
    hooks_of_one_that_dies_by_it,
    what_was_not_begun_has_killed_nobody,
    a_paused_heartbeat_stops_its_jobs_itself,
);

/// A worker that claims so many jobs and dies.
async fn dies_with(place: &Place, queue: &'static str, jobs: u32, slots: u32) {
    let storage = place.storage().await;
    let id = make::worker();
    let info = WorkerInfo {
        id,
        host: "gone".to_owned(),
        pid: 1,
        lease: Duration::from_millis(1),
        kinds: vec![(KindId(1), 1)],
        pools: vec![PoolInfo {
            queues: vec![queue.to_owned()],
            slots,
        }],
    };
    storage.register(info, None).await.expect("registered");
    let take = Take {
        queue: queue.into(),
        at_most: jobs,
    };
    let claim = Claim {
        worker: id,
        takes: vec![take],
    };
    let claimed = storage.claim(claim, None).await.expect("claimed");
    assert_eq!(claimed.len(), jobs as usize);
    storage.close().await;
}

#[job]
async fn counts(#[ctx] ctx: &JobContext) -> u32 {
    ctx.attempt()
}

async fn runs_again_at_no_cost_in_attempts(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = Counts::perform_later().on(&jobs).await.expect("enqueued");
    dies_with(&place, "default", 1, 1).await;
    let worker = jobs
        .worker()
        .lease(Duration::from_secs(3))
        .start()
        .await
        .expect("started");
    assert_eq!(job.result().await.expect("it ran"), 1);
    let record = ended(&jobs, job.id()).await;
    let error = record.attempts[0]
        .error
        .as_ref()
        .expect("the crash is recorded");
    assert_eq!(error.type_name(), "jobs::WorkerLost");
    assert_eq!(record.attempts.len(), 2);
    worker.stop().await.expect("stopped");
}

/// Hooks enqueue, so they have a current handle.
async fn told(what: &str, id: JobId) {
    let enqueued = Calm::perform_later().await;
    note(id, format!("{what} {}", enqueued.is_ok()));
}

async fn exhausted(ctx: &JobContext, _: &JobError) {
    told("on_exhausted", ctx.id()).await;
}

async fn discarded(ctx: &JobContext, _: &JobError) {
    told("after_discard", ctx.id()).await;
}

#[job(on_crash = "dead", on_exhausted = exhausted, after_discard = discarded)]
async fn delicate() {}

async fn hooks_of_one_that_dies_by_it(place: Arc<Place>) {
    let jobs = place
        .builder()
        .on_dead(async |letter: DeadLetter| told("on_dead", letter.id).await)
        .await
        .expect("connected");
    let job = Delicate::perform_later().on(&jobs).await.expect("enqueued");
    dies_with(&place, "default", 1, 1).await;
    let worker = jobs
        .worker()
        .lease(Duration::from_secs(3))
        .start()
        .await
        .expect("started");
    assert_eq!(ended(&jobs, job.id()).await.state, State::Dead);
    noted(job.id(), "on_dead true").await;
    assert_eq!(
        notes(job.id()),
        ["on_exhausted true", "after_discard true", "on_dead true"]
    );
    worker.stop().await.expect("stopped");
}

#[job(queue = "low")]
async fn suspect(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "ran");
}

async fn what_was_not_begun_has_killed_nobody(place: Arc<Place>) {
    let jobs: Jobs = place.connect().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(
            Suspect::perform_later()
                .on(&jobs)
                .await
                .expect("enqueued")
                .id(),
        );
    }
    dies_with(&place, "low", 5, 2).await;
    let worker = jobs
        .worker()
        .max_crashes(1)
        .lease(Duration::from_secs(3))
        .start()
        .await
        .expect("started");
    let mut states = Vec::new();
    for id in &all {
        states.push(ended(&jobs, *id).await.state);
    }
    use State::{Dead, Succeeded};
    assert_eq!(states, [Dead, Dead, Succeeded, Succeeded, Succeeded]);
    assert_eq!(count(all[0], "ran"), 0);
    worker.stop().await.expect("stopped");
}

#[job]
async fn notes_its_drop(#[ctx] ctx: &JobContext) {
    struct Gone(JobId);
    impl Drop for Gone {
        fn drop(&mut self) {
            note(self.0, "dropped");
        }
    }
    let _gone = Gone(ctx.id());
    note(ctx.id(), "began");
    std::future::pending::<()>().await;
}

/// Where a lease counts: with the table of workers out of reach nothing is renewed.
async fn a_paused_heartbeat_stops_its_jobs_itself(place: Arc<Place>) {
    if place.backend != Backend::Postgres {
        return;
    }
    let jobs = place.connect().await;
    let lease = Duration::from_secs(1);
    let worker = jobs
        .worker()
        .lease(lease)
        .shutdown_timeout(Duration::ZERO)
        .start()
        .await
        .expect("started");
    let job = NotesItsDrop::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    noted(job.id(), "began").await;
    let mut tx = jobs.begin::<sqlx::Postgres>().await.expect("begun");
    let lock = format!(
        "LOCK TABLE \"{}\".workers IN ACCESS EXCLUSIVE MODE",
        place.schema
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock))
        .execute(&mut **tx)
        .await
        .expect("locked");
    let locked = std::time::Instant::now();
    until("it was dropped", async || count(job.id(), "dropped") == 1).await;
    assert!(locked.elapsed() < lease, "{:?}", locked.elapsed());
    drop(tx);
    worker.stop().await.expect("stopped");
}
