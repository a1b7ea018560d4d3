//! Every way in asks for the key: bulk, a caller's transaction, repeated ids.

use std::{sync::Arc, time::Duration};

use jobs::{
    JobId, Jobs, State, job,
    sqlx::{Postgres, Sqlite},
};
use jobs_tests::{
    place::{Backend, Place, until},
    tests,
};

use crate::drive::{Gate, connect};

tests!(in_bulk, in_a_transaction, an_id_that_comes_again);

/// Postgres only.
pub(crate) const POSTGRES: &[jobs_tests::place::Test] = &[(
    "unique_doors::an_open_transaction_stalls_no_other_key",
    |place| Box::pin(an_open_transaction_stalls_no_other_key(place)),
)];

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
