//! What a job writes and its end are one: they are there together, or not at all.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use jobs::{
    Error, JobContext, Jobs, State, job,
    sqlx::{self, AssertSqlSafe, Row as _, Transaction},
};
use jobs_tests::{
    notes::{count, note},
    place::{Backend, Place, Test, until},
    tests,
};

use crate::{Db, TABLE};

tests!(
    writes_and_end_are_one,
    a_failure_rolls_back,
    a_job_enqueued_in_it_goes_with_it,
    called_in_place_it_commits,
    a_stop_rolls_back,
);

/// With processes that die.
pub(crate) const PROCESSES: &[Test] =
    &[("suite::killed_at_random_each_takes_effect_once", |place| {
        Box::pin(killed_at_random_each_takes_effect_once(place))
    })];

/// On a handle of the other backend.
pub(crate) const ELSEWHERE: &[Test] =
    &[("suite::another_backends_worker_does_not_start", |place| {
        Box::pin(another_backends_worker_does_not_start(place))
    })];

/// Where the table of a test is.
pub(crate) fn table(place: &Place) -> String {
    match place.backend {
        Backend::Postgres => format!("\"{}\".written", place.schema),
        Backend::File | Backend::Memory => "written".to_owned(),
    }
}

async fn write(tx: &mut Transaction<'_, Db>, table: &str, n: u64) -> Result<(), sqlx::Error> {
    let sql = format!("INSERT INTO {table} (n) VALUES ({n})");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// A handle, and the table.
pub(crate) async fn connect(place: &Place) -> Jobs {
    let jobs = place.connect().await;
    let mut tx = jobs.begin::<Db>().await.expect("begun");
    let sql = TABLE.replace("written", &table(place));
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut **tx)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    jobs
}

/// How often a number is in the table.
pub(crate) async fn written(jobs: &Jobs, place: &Place, n: u64) -> i64 {
    let mut tx = jobs.begin::<Db>().await.expect("begun");
    let sql = format!("SELECT count(*) FROM {} WHERE n = {n}", table(place));
    let row = sqlx::query(AssertSqlSafe(sql))
        .fetch_one(&mut **tx)
        .await
        .expect("counted");
    row.get(0)
}

#[job(
    retry_on(any, wait = "1ms", attempts = 3, jitter = 0.0),
    timeout = "500ms"
)]
async fn account(
    table: String,
    n: u64,
    how: String,
    #[ctx] ctx: &JobContext,
    #[tx] tx: &mut Transaction<'_, Db>,
) -> Result<u64, String> {
    write(tx, &table, n)
        .await
        .map_err(|error| error.to_string())?;
    note(ctx.id(), "wrote");
    if count(ctx.id(), "wrote") == 1 {
        match how.as_str() {
            "fails" => return Err("failed".into()),
            "panics" => panic!("panicked"),
            "hangs" => std::future::pending().await,
            _ => {}
        }
    }
    Ok(n)
}

async fn writes_and_end_are_one(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let worker = jobs.worker().start().await.expect("started");
    for n in 0..20 {
        let job = Account::perform_later(table(&place), n, "");
        let job = job.on(&jobs).await.expect("enqueued");
        assert_eq!(job.result().await.expect("it ended well"), n);
        let record = jobs.get(job.id()).await.expect("read").expect("a record");
        assert_eq!((record.state, record.attempts.len()), (State::Succeeded, 1));
        assert_eq!(written(&jobs, &place, n).await, 1);
    }
    worker.stop().await.expect("stopped");
}

async fn a_failure_rolls_back(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let worker = jobs.worker().start().await.expect("started");
    for (n, how) in ["fails", "panics", "hangs"].into_iter().enumerate() {
        let n = n as u64;
        let job = Account::perform_later(table(&place), n, how);
        let job = job.on(&jobs).await.expect("enqueued");
        job.result().await.expect("it ended well at last");
        assert_eq!(count(job.id(), "wrote"), 2, "{how}");
        assert_eq!(written(&jobs, &place, n).await, 1, "{how}");
        let record = jobs.get(job.id()).await.expect("read").expect("a record");
        assert!(record.attempts[0].error.is_some(), "{how}");
    }
    worker.stop().await.expect("stopped");
}

#[job(queue = "low")]
async fn follows(n: u64) {
    let _ = n;
}

#[job(retry = 0)]
async fn enqueues(fails: bool, #[tx] tx: &mut Transaction<'_, Db>) -> Result<(), String> {
    let job = Follows::perform_later(1_u64).in_transaction(tx).await;
    job.map_err(|error| error.to_string())?;
    if fails { Err("failed".into()) } else { Ok(()) }
}

async fn a_job_enqueued_in_it_goes_with_it(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let only = [crate::queues::default];
    let worker = jobs.worker().queues(only).start().await.expect("started");
    let failing = Enqueues::perform_later(true)
        .on(&jobs)
        .await
        .expect("enqueued");
    failing.result().await.expect_err("it is dead");
    let low = jobs.queue(crate::queues::low);
    assert_eq!(low.len().await.expect("counted"), 0);
    let job = Enqueues::perform_later(false)
        .on(&jobs)
        .await
        .expect("enqueued");
    job.result().await.expect("it ended well");
    assert_eq!(low.len().await.expect("counted"), 1);
    worker.stop().await.expect("stopped");
}

async fn called_in_place_it_commits(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let now = |n, how: &str| Account::perform_now(table(&place), n, how.to_owned()).on(&jobs);
    assert_eq!(now(1, "").await.expect("it ended well"), 1);
    now(2, "fails").await.expect_err("it failed");
    assert_eq!(written(&jobs, &place, 1).await, 1);
    assert_eq!(written(&jobs, &place, 2).await, 0);
}

#[job]
async fn slow(table: String, #[ctx] ctx: &JobContext, #[tx] tx: &mut Transaction<'_, Db>) {
    write(tx, &table, 1).await.expect("written");
    note(ctx.id(), "wrote");
    if count(ctx.id(), "wrote") == 1 {
        std::future::pending::<()>().await;
    }
}

async fn a_stop_rolls_back(place: Arc<Place>) {
    let jobs = connect(&place).await;
    let worker = jobs.worker().shutdown_timeout(Duration::from_millis(50));
    let worker = worker.start().await.expect("started");
    let job = Slow::perform_later(table(&place))
        .on(&jobs)
        .await
        .expect("enqueued");
    until("it wrote", async || count(job.id(), "wrote") == 1).await;
    worker.stop().await.expect("stopped");
    assert_eq!(job.state().await.expect("read"), State::Ready);
    assert_eq!(written(&jobs, &place, 1).await, 0);
    let worker = jobs.worker().start().await.expect("started");
    job.result().await.expect("it ended well");
    assert_eq!(written(&jobs, &place, 1).await, 1);
    worker.stop().await.expect("stopped");
}

async fn another_backends_worker_does_not_start(place: Arc<Place>) {
    let jobs = place.connect().await;
    let refused = jobs.worker().start().await.expect_err("it does not start");
    assert!(matches!(refused, Error::JobTransaction { .. }), "{refused}");
    let text = refused.to_string();
    assert!(
        text.contains("#[tx] tx") && text.contains("use a handle"),
        "{text}"
    );
    let now = Account::perform_now("x", 1_u64, "").on(&jobs).await;
    now.expect_err("nor can it be called");
}

/// In a process that a test has started: runs a worker and ends.
pub(crate) fn is_a_worker() -> bool {
    let Ok(url) = std::env::var("TX_WORKER_URL") else {
        return false;
    };
    let schema = std::env::var("TX_WORKER_SCHEMA").expect("a schema");
    jobs_tests::run(async move {
        let jobs = Jobs::builder(&url)
            .schema(&schema)
            .await
            .expect("connected");
        let worker = jobs.worker().concurrency(4).max_crashes(1_000);
        let worker = worker.lease(Duration::from_secs(1));
        worker.run().await.expect("it ran");
    });
    true
}

fn worker(place: &Place) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .env("TX_WORKER_URL", &place.url)
        .env("TX_WORKER_SCHEMA", &place.schema)
        .stdin(Stdio::null())
        .spawn()
        .expect("a worker process")
}

#[job(retry_on(any, wait = "1ms", attempts = unlimited, jitter = 0.0))]
async fn adds(
    table: String,
    n: u64,
    #[tx] tx: &mut Transaction<'_, Db>,
) -> Result<(), sqlx::Error> {
    tokio::time::sleep(Duration::from_millis(n % 4)).await;
    write(tx, &table, n).await?;
    tokio::time::sleep(Duration::from_millis(n % 3)).await;
    Ok(())
}

async fn killed_at_random_each_takes_effect_once(place: Arc<Place>) {
    const MANY: u64 = 300;
    let jobs = connect(&place).await;
    let all = jobs::perform_all_later((0..MANY).map(|n| Adds {
        table: table(&place),
        n,
    }));
    let all = all.on(&jobs).await.expect("enqueued");
    let mut kills = 0;
    loop {
        let mut process = worker(&place);
        let wait = 250 + u64::from(uuid::Uuid::new_v4().as_bytes()[0]);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let last = &all[all.len() - 1];
        if kills == 5 || last.state().await.expect("read").is_final() {
            for job in &all {
                job.result().await.expect("it ended well");
            }
            process.kill().expect("killed");
            process.wait().expect("ended");
            break;
        }
        process.kill().expect("killed");
        process.wait().expect("ended");
        kills += 1;
    }
    assert!(kills > 0, "it was too fast to be killed");
    for n in 0..MANY {
        assert_eq!(
            written(&jobs, &place, n).await,
            1,
            "job {n} after {kills} kills"
        );
    }
}
