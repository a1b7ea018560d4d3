//! Every way in asks for the key: bulk, a caller's transaction, repeated ids.

use std::{sync::Arc, time::Duration};

use jobs::{
    JobId, Jobs, State, job,
    sqlx::{self, AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool},
};
use jobs_tests::{
    place::{Backend, Place, until},
    tests,
};

use crate::drive::{Gate, connect};

tests!(
    in_bulk,
    in_a_transaction,
    an_id_that_comes_again,
    as_a_statement,
    by_the_clock
);

/// Postgres only.
pub(crate) const POSTGRES: &[jobs_tests::place::Test] = &[
    (
        "unique_doors::an_open_transaction_stalls_no_other_key",
        |place| Box::pin(an_open_transaction_stalls_no_other_key(place)),
    ),
    ("unique_doors::from_sql", |place| Box::pin(from_sql(place))),
];

#[job(unique(by = [n]))]
async fn keyed(n: u64, note: String) {
    let _ = (n, note);
}

fn value(n: u64, note: &str) -> Keyed {
    Keyed {
        n,
        note: note.to_owned(),
    }
}

async fn in_bulk(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let first = Keyed::perform_later(3, "before")
        .on(&jobs)
        .await
        .expect("new");
    let many = (0..6).map(|n| value(n % 4, "bulk"));
    let bulk = jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .expect("stored");
    let seen: Vec<_> = bulk.iter().map(jobs::JobHandle::was_duplicate).collect();
    assert_eq!(seen, [false, false, false, true, true, true]);
    assert_eq!(bulk[3].id(), first.id());
    assert_eq!((bulk[4].id(), bulk[5].id()), (bulk[0].id(), bulk[1].id()));
}

/// Enqueues in a transaction, and ends it so or so.
async fn within(place: &Place, jobs: &Jobs, commit: bool) -> (JobId, bool) {
    let later = Keyed::perform_later(1, "tx").on(jobs);
    let handle = if place.backend == Backend::Postgres {
        let mut tx = jobs.begin::<Postgres>().await.expect("begun");
        let handle = later.in_transaction(&mut tx).await.expect("stored");
        if commit {
            tx.commit().await
        } else {
            tx.rollback().await
        }
        .expect("ended");
        handle
    } else {
        let mut tx = jobs.begin::<Sqlite>().await.expect("begun");
        let handle = later.in_transaction(&mut tx).await.expect("stored");
        if commit {
            tx.commit().await
        } else {
            tx.rollback().await
        }
        .expect("ended");
        handle
    };
    (handle.id(), handle.was_duplicate())
}

async fn in_a_transaction(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let (gone, duplicate) = within(&place, &jobs, false).await;
    assert!(!duplicate);
    assert!(jobs.get(gone).await.expect("read").is_none());
    let (kept, duplicate) = within(&place, &jobs, true).await;
    assert!(!duplicate, "what was rolled back holds nothing");
    assert_eq!(within(&place, &jobs, true).await, (kept, true));
    let outside = Keyed::perform_later(1, "out")
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!(outside.id(), kept);
}

async fn an_id_that_comes_again(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let id = JobId::new();
    let first = Keyed::perform_later(1, "a")
        .id(id)
        .on(&jobs)
        .await
        .expect("new");
    assert!(!first.was_duplicate());
    let again = Keyed::perform_later(2, "b")
        .id(id)
        .on(&jobs)
        .await
        .expect("there");
    assert_eq!((again.id(), again.was_duplicate()), (id, true));
    let other = Keyed::perform_later(2, "c").on(&jobs).await.expect("new");
    assert!(!other.was_duplicate(), "an id that was there takes no key");
}

async fn an_open_transaction_stalls_no_other_key(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let mut tx = jobs.begin::<Postgres>().await.expect("begun");
    let mine = Keyed::perform_later(1, "open")
        .in_transaction(&mut tx)
        .on(&jobs)
        .await
        .expect("stored");
    let waiting = {
        let jobs = jobs.clone();
        tokio::spawn(async move { Keyed::perform_later(1, "waits").on(&jobs).await })
    };
    let began = std::time::Instant::now();
    let others: Vec<_> = (10..30_u64)
        .map(|n| {
            let jobs = jobs.clone();
            tokio::spawn(async move { Keyed::perform_later(n, "other").on(&jobs).await })
        })
        .collect();
    for other in others {
        let handle = other.await.expect("no panic").expect("stored");
        assert!(!handle.was_duplicate());
    }
    assert!(!waiting.is_finished(), "its key is in the open transaction");
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    tx.commit().await.expect("committed");
    let held = waiting.await.expect("no panic").expect("stored");
    assert_eq!((held.id(), held.was_duplicate()), (mine.id(), true));
    until("it is there", async || {
        mine.state().await.is_ok_and(|state| state == State::Ready)
    })
    .await;
}

/// Runs a statement with text parameters, as a library without types of its own would.
async fn run_sql(place: &Place, statement: jobs::storage::EnqueueSql) -> u64 {
    let sql = AssertSqlSafe(statement.sql);
    if place.backend == Backend::Postgres {
        let pool = PgPool::connect(&place.url).await.expect("connected");
        let mut query = sqlx::query(sql);
        for parameter in statement.params {
            query = query.bind(parameter);
        }
        return query.execute(&pool).await.expect("run").rows_affected();
    }
    let pool = match &place.pool {
        Some(pool) => pool.clone(),
        None => SqlitePool::connect(&place.url).await.expect("connected"),
    };
    let mut query = sqlx::query(sql);
    for parameter in statement.params {
        query = query.bind(parameter);
    }
    query.execute(&pool).await.expect("run").rows_affected()
}

async fn as_a_statement(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let id = JobId::new();
    let statement = Keyed::perform_later(1, "sql")
        .id(id)
        .on(&jobs)
        .to_sql()
        .expect("a statement");
    run_sql(&place, statement.clone()).await;
    run_sql(&place, statement).await;
    let held = Keyed::perform_later(1, "after")
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!((held.id(), held.was_duplicate()), (id, true));
    let other = JobId::new();
    let late = Keyed::perform_later(1, "late")
        .id(other)
        .on(&jobs)
        .to_sql()
        .expect("a statement");
    run_sql(&place, late).await;
    assert!(
        jobs.get(other).await.expect("read").is_none(),
        "its key is held"
    );
    held.cancel().await.expect("cancelled");
    let next = Keyed::perform_later(1, "next")
        .on(&jobs)
        .await
        .expect("new");
    assert!(!next.was_duplicate());
}

async fn from_sql(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let pool = PgPool::connect(&place.url).await.expect("connected");
    let call = async |key: Option<&str>| {
        let sql = format!(
            "SELECT \"{}\".jobs_enqueue('Keyed', '{{\"n\": 1, \"note\": \"sql\"}}', unique_key => $1)",
            place.schema
        );
        sqlx::query_scalar::<_, uuid::Uuid>(AssertSqlSafe(sql))
            .bind(key)
            .fetch_one(&pool)
            .await
    };
    let first = call(Some(r#"{"n":1}"#)).await.expect("new");
    assert_eq!(call(Some(r#"{"n":1}"#)).await.expect("held"), first);
    let held = Keyed::perform_later(1, "typed")
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!(
        (held.id().to_string(), held.was_duplicate()),
        (first.to_string(), true)
    );
    let without = call(None).await.expect_err("it needs a key").to_string();
    assert!(
        without.contains("Keyed is unique, so it needs unique_key"),
        "{without}"
    );
    let worker = jobs.worker().start().await.expect("started");
    held.result().await.expect("done");
    assert_ne!(
        call(Some(r#"{"n":1}"#)).await.expect("new"),
        first,
        "its end freed the key"
    );
    worker.stop().await.expect("stopped");
}

#[job(every = "1h", args = { n = 5 }, unique(by = [n]))]
async fn hourly(n: u64) {
    let _ = n;
}

async fn by_the_clock(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let task = jobs
        .recurring()
        .get("Hourly")
        .await
        .expect("read")
        .expect("declared");
    let first = task.run_now().await.expect("enqueued");
    let held = Hourly::perform_later(5).on(&jobs).await.expect("held");
    assert_eq!((held.id(), held.was_duplicate()), (first, true));
}
