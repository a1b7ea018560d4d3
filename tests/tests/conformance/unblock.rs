//! `unblock`: jobs that this code can run.

use std::sync::Arc;

use jobs::{
    State,
    storage::{BlockedOn, Next},
};
use jobs_tests::{Database, cases, make::*};

cases!(known_kinds, readable_versions);

async fn known_kinds(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a", "b"]).await;
    let all = insert(
        &*storage,
        vec![job(kinds[0]), job(kinds[1]), job(kinds[0])],
        0,
    )
    .await;
    for claimed in claim(&*storage, worker(), 9, 0).await {
        let block = Next::Block {
            on: BlockedOn::UnknownKind,
            counters: None,
        };
        ack(&*storage, &claimed, block, 0).await;
    }
    assert_eq!(
        storage
            .unblock(Vec::new(), true, now(1))
            .await
            .expect("unblocked"),
        0
    );
    assert_eq!(
        storage
            .unblock(vec![(kinds[0], 1)], false, now(1))
            .await
            .expect("unblocked"),
        2
    );
    assert_eq!(
        ids(&claim(&*storage, worker(), 9, 1).await),
        [all[0], all[2]]
    );
    assert_eq!(state(&*storage, all[1]).await, Some(State::Blocked));
    // The wait for a name has no end.
    assert_eq!(
        storage
            .promote(9, now(1_000_000))
            .await
            .expect("promoted")
            .moved,
        0
    );
}

async fn readable_versions(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let versions = [2, 3, 4].map(|version| {
        let mut job = job(kinds[0]);
        job.version = version;
        job
    });
    let all = insert(&*storage, versions.to_vec(), 0).await;
    for claimed in claim(&*storage, worker(), 9, 0).await {
        let block = Next::Block {
            on: BlockedOn::Unreadable(secs(60)),
            counters: None,
        };
        ack(&*storage, &claimed, block, 0).await;
    }
    assert_eq!(
        storage
            .unblock(vec![(kinds[0], 9)], false, now(1))
            .await
            .expect("unblocked"),
        0
    );
    assert_eq!(
        storage
            .unblock(vec![(kinds[0], 3)], true, now(1))
            .await
            .expect("unblocked"),
        2
    );
    assert_eq!(
        ids(&claim(&*storage, worker(), 9, 1).await),
        [all[0], all[1]]
    );
}
