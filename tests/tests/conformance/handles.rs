//! Several handles on one database, and the end of one.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use jobs::{
    Error, State,
    storage::{Ack, Next},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    one_sees_what_the_other_wrote,
    dropped_callers_harm_nobody,
    closed_ones_say_so
);

async fn one_sees_what_the_other_wrote(database: Arc<dyn Database>) {
    let (left, right) = (database.open().await, database.open().await);
    let id = one(&*left).await;
    let claimed = claim_one(&*right, worker(), 1).await;
    assert_eq!(state(&*left, id).await, Some(State::Running));
    assert_eq!(ack(&*left, &claimed, Next::PutBack, 2).await, Ack::Done);
    assert_eq!(ack(&*right, &claimed, Next::PutBack, 2).await, Ack::Done);
    assert_eq!(state(&*right, id).await, Some(State::Ready));
}

async fn dropped_callers_harm_nobody(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let mut all = Vec::new();
    for n in 0..50_u64 {
        let wanted = job(kinds[0]);
        all.push(wanted.id);
        let inserting = storage.insert(vec![wanted], now(0));
        let _ = tokio::time::timeout(Duration::from_micros(n * 20), inserting).await;
    }
    let last = insert(&*storage, vec![job(kinds[0])], 0).await[0];
    let claimed = ids(&claim(&*storage, worker(), 99, 1).await);
    assert!(claimed.contains(&last));
    assert!(claimed.iter().all(|id| *id == last || all.contains(id)));
}

async fn closed_ones_say_so(database: Arc<dyn Database>) {
    let (storage, other) = (database.open().await, database.open().await);
    let id = one(&*storage).await;
    let mut wakes = storage.wakeups();
    storage.close().await;
    storage.close().await;
    let ended = async { while wakes.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), ended)
        .await
        .expect("the stream ends");
    let inserted = storage
        .insert(vec![job(jobs::storage::KindId(1))], now(0))
        .await;
    assert!(matches!(inserted, Err(Error::Closed)), "{inserted:?}");
    let claimed = storage.claim(take(worker(), QUEUE, 1), now(0)).await;
    assert!(matches!(claimed, Err(Error::Closed)), "{claimed:?}");
    let looked = storage.look(id).await;
    assert!(matches!(looked, Err(Error::Closed)), "{looked:?}");
    assert_eq!(state(&*other, id).await, Some(State::Ready));
}
