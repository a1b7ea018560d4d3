//! Enqueuing on transactions.

use std::sync::Arc;

use jobs::{Backend as Database, Error, Jobs, State, Target, sqlx};
use jobs_tests::{
    place::{Backend, Place},
    tests,
};

use crate::Noop;

tests!(
    a_transaction_of_a_handle_needs_no_other,
    nothing_is_there_before_the_commit,
    a_transaction_of_another_database_is_refused
);

async fn without_another_handle<DB: Database>(jobs: &Jobs)
where
    jobs::Transaction<DB>: Target,
{
    let mut tx = jobs.begin::<DB>().await.expect("begun");
    // No handle is installed here, and none is scoped.
    let handle = Noop::perform_later()
        .in_transaction(&mut tx)
        .await
        .expect("enqueued");
    tx.commit().await.expect("committed");
    assert_eq!(handle.state().await.expect("there"), State::Ready);
    let alone = Noop::perform_later().await.expect_err("no handle");
    assert!(matches!(alone, Error::NotInstalled), "{alone}");
}

async fn a_transaction_of_a_handle_needs_no_other(place: Arc<Place>) {
    let jobs = place.connect().await;
    match place.backend {
        Backend::Postgres => without_another_handle::<sqlx::Postgres>(&jobs).await,
        Backend::File | Backend::Memory => without_another_handle::<sqlx::Sqlite>(&jobs).await,
    }
}

async fn rolled_back_and_committed<DB: Database>(jobs: &Jobs)
where
    jobs::Transaction<DB>: Target,
{
    let worker = jobs.worker().start().await.expect("started");
    let mut tx = jobs.begin::<DB>().await.expect("begun");
    let gone = Noop::perform_later()
        .in_transaction(&mut tx)
        .await
        .expect("enqueued");
    tx.rollback().await.expect("rolled back");
    assert_eq!(jobs.get(gone.id()).await.expect("read"), None);
    let mut tx = jobs.begin::<DB>().await.expect("begun");
    let kept = Noop::perform_later()
        .in_transaction(&mut tx)
        .await
        .expect("enqueued");
    let twice = Noop::perform_later()
        .id(kept.id())
        .in_transaction(&mut tx)
        .await;
    assert!(twice.expect("there").was_duplicate());
    tx.commit().await.expect("committed");
    kept.result().await.expect("it ran");
    worker.stop().await.expect("stopped");
}

async fn nothing_is_there_before_the_commit(place: Arc<Place>) {
    let jobs = place.connect().await;
    match place.backend {
        Backend::Postgres => rolled_back_and_committed::<sqlx::Postgres>(&jobs).await,
        Backend::File | Backend::Memory => rolled_back_and_committed::<sqlx::Sqlite>(&jobs).await,
    }
}

async fn a_transaction_of_another_database_is_refused(place: Arc<Place>) {
    let jobs = place.connect().await;
    let error = match place.backend {
        Backend::Postgres => jobs.begin::<sqlx::Sqlite>().await.expect_err("another"),
        Backend::File | Backend::Memory => {
            jobs.begin::<sqlx::Postgres>().await.expect_err("another")
        }
    };
    assert!(matches!(error, Error::WrongBackend { .. }), "{error}");
}
