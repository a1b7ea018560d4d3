//! Ends that cannot be written: for a while, and for good.

use std::{sync::Arc, time::Duration};

use jobs::{JobContext, Jobs, State, job, sqlx};
use jobs_tests::{
    notes::{count, note},
    place::{Backend, Place},
    tests,
};
use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use crate::bench::{ended, noted};

tests!(
    is_tried_again_until_the_database_takes_it,
    one_that_is_refused_fails_and_stops_no_other,
    is_left_to_others_when_the_worker_must_go,
    late_is_late,
    one_that_was_not_begun_in_time_is_not_run,
);

#[job]
async fn works(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "ran");
}

#[job(retry = 0)]
async fn says(word: String, #[ctx] ctx: &JobContext) -> String {
    note(ctx.id(), "ran");
    word
}

/// Runs statements on the job database; `{}` stands before a table's name.
async fn sql(place: &Place, jobs: &Jobs, sqlite: &str, postgres: &str) {
    if place.backend == Backend::Postgres {
        let text = postgres.replace("{}", &format!("\"{}\".", place.schema));
        // A change of a table and an end that is being written take their locks in different orders.
        while let Err(error) = on_postgres(jobs, &text).await {
            let code = error.as_database_error().and_then(|error| error.code());
            assert_eq!(code.as_deref(), Some("40P01"), "{error}");
        }
    } else {
        let text = sqlite.replace("{}", "jobs_");
        let mut tx = jobs.begin::<Sqlite>().await.expect("begun");
        sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut **tx)
            .await
            .expect("executed");
        tx.commit().await.expect("committed");
    }
}

async fn on_postgres(jobs: &Jobs, text: &str) -> sqlx::Result<()> {
    let mut tx = jobs.begin::<Postgres>().await.expect("begun");
    let text = AssertSqlSafe(text.to_owned());
    sqlx::raw_sql(text).execute(&mut **tx).await?;
    tx.commit().await.expect("committed");
    Ok(())
}

/// From now on no end can be written, for a reason that has nothing to do with the end.
async fn break_history(place: &Place, jobs: &Jobs) {
    let sqlite = "ALTER TABLE {}history RENAME TO history_away";
    let postgres = "CREATE FUNCTION {}broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        RAISE EXCEPTION 'too slow' USING ERRCODE = '57014'; END $$; \
        CREATE TRIGGER broken BEFORE INSERT ON {}history FOR EACH ROW EXECUTE FUNCTION {}broken()";
    sql(place, jobs, sqlite, postgres).await;
}

async fn mend_history(place: &Place, jobs: &Jobs) {
    let sqlite = "ALTER TABLE history_away RENAME TO {}history";
    sql(place, jobs, sqlite, "DROP TRIGGER broken ON {}history").await;
}

async fn is_tried_again_until_the_database_takes_it(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    break_history(&place, &jobs).await;
    let first = Works::perform_later().on(&jobs).await.expect("enqueued");
    let second = Works::perform_later().on(&jobs).await.expect("enqueued");
    noted(first.id(), "ran").await;
    noted(second.id(), "ran").await;
    mend_history(&place, &jobs).await;
    for job in [first, second] {
        let record = ended(&jobs, job.id()).await;
        assert_eq!((record.state, record.attempts.len()), (State::Succeeded, 1));
        assert_eq!(count(job.id(), "ran"), 1, "only the write is repeated");
    }
    worker.stop().await.expect("stopped");
}

async fn one_that_is_refused_fails_and_stops_no_other(place: Arc<Place>) {
    let jobs = place.connect().await;
    let sqlite = "CREATE TRIGGER picky BEFORE INSERT ON {}history WHEN NEW.output LIKE '%rude%' \
        BEGIN SELECT RAISE(ABORT, 'not that word'); END";
    let postgres = "CREATE FUNCTION {}picky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        IF NEW.output LIKE '%rude%' THEN RAISE EXCEPTION 'not that word' USING ERRCODE = '22023'; END IF; \
        RETURN NEW; END $$; \
        CREATE TRIGGER picky BEFORE INSERT ON {}history FOR EACH ROW EXECUTE FUNCTION {}picky()";
    sql(&place, &jobs, sqlite, postgres).await;
    let mut all = Vec::new();
    for word in ["nice", "rude", "kind"] {
        all.push(Says::perform_later(word).on(&jobs).await.expect("enqueued"));
    }
    let worker = jobs.worker().start().await.expect("started");
    let rude = ended(&jobs, all[1].id()).await;
    assert_eq!(rude.state, State::Dead);
    let error = rude.attempts[0].error.as_ref().expect("an error");
    assert_eq!(error.type_name(), "jobs::Unwritable");
    assert!(error.message().contains("not that word"), "{error:?}");
    assert_eq!(all[0].result().await.expect("written"), "nice");
    assert_eq!(all[2].result().await.expect("written"), "kind");
    worker.stop().await.expect("stopped");
}

async fn is_left_to_others_when_the_worker_must_go(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs
        .worker()
        .shutdown_timeout(Duration::ZERO)
        .start()
        .await
        .expect("started");
    break_history(&place, &jobs).await;
    let job = Works::perform_later().on(&jobs).await.expect("enqueued");
    noted(job.id(), "ran").await;
    worker.stop().await.expect("stopped");
    mend_history(&place, &jobs).await;
    let next = jobs
        .worker()
        .lease(Duration::from_secs(3))
        .start()
        .await
        .expect("started");
    let record = ended(&jobs, job.id()).await;
    assert_eq!(record.state, State::Succeeded);
    assert_eq!(count(job.id(), "ran"), 2, "it was taken over");
    next.stop().await.expect("stopped");
}

#[job(retry = 0, timeout = "20ms")]
async fn never_yields() {
    std::thread::sleep(Duration::from_millis(60));
}

#[job(retry = 0, timeout = "20ms", blocking)]
fn blocks() {
    std::thread::sleep(Duration::from_millis(60));
}

async fn late_is_late(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    for enqueue in [NeverYields::perform_later(), Blocks::perform_later()] {
        let job = enqueue.on(&jobs).await.expect("enqueued");
        let record = ended(&jobs, job.id()).await;
        assert_eq!(record.state, State::Dead);
        let error = record.attempts[0].error.as_ref().expect("an error");
        assert_eq!(error.type_name(), "jobs::TimedOut");
    }
    worker.stop().await.expect("stopped");
}

#[job(expires_in = "100ms")]
async fn fresh(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "ran");
}

async fn one_that_was_not_begun_in_time_is_not_run(place: Arc<Place>) {
    let jobs = place.connect().await;
    let late = Fresh::perform_later().on(&jobs).await.expect("enqueued");
    tokio::time::sleep(Duration::from_millis(150)).await;
    let worker = jobs.worker().start().await.expect("started");
    let record = ended(&jobs, late.id()).await;
    assert_eq!(
        (record.state, count(late.id(), "ran")),
        (State::Discarded, 0)
    );
    let reason = record.reason.unwrap_or_default();
    assert!(reason.contains("within 100ms of being due"), "{reason}");
    worker.stop().await.expect("stopped");
}
