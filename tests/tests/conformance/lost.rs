//! `lost`: the claims of dead workers. A handle that is dropped or closed without deregistering is a dead process.

use std::sync::Arc;

use jobs::{
    State,
    storage::{Ack, Next},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    claims_of_a_dead_worker,
    limits_and_repeats,
    without_claims,
    the_living_keep_theirs
);

/// Long after any lease.
const LATER: i64 = 1_000;

async fn claims_of_a_dead_worker(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let dying = database.open().await;
    let worker = registered(&*dying, 0).await;
    let claimed = claim_one(&*dying, worker, 1).await;
    drop(dying);
    let lost = storage.lost(9, now(LATER)).await.expect("looked");
    assert_eq!(ids(&lost), [id]);
    assert_eq!(
        (lost[0].claim, &lost[0].args),
        (claimed.claim, &claimed.args)
    );
    assert_eq!((lost[0].claimed_at, lost[0].queue.as_str()), (at(1), QUEUE));
    assert_eq!(
        state(&*storage, id).await,
        Some(State::Running),
        "the caller decides"
    );
    assert!(
        !storage
            .renew(worker, now(LATER))
            .await
            .expect("renewed")
            .alive
    );
    assert!(
        claim(&*storage, worker, 9, LATER).await.is_empty(),
        "a lost worker claims nothing"
    );
    let crashed = Next::Crashed {
        error: error("lost"),
    };
    assert_eq!(ack(&*storage, &lost[0], crashed, LATER).await, Ack::Done);
    assert!(
        storage
            .lost(9, now(LATER))
            .await
            .expect("looked")
            .is_empty()
    );
    assert_eq!(
        ids(&claim(&*storage, registered(&*storage, LATER).await, 9, LATER).await),
        [id]
    );
}

async fn limits_and_repeats(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    insert(&*storage, (0..5).map(|_| job(kinds[0])).collect(), 0).await;
    let dying = database.open().await;
    let worker = registered(&*dying, 0).await;
    assert_eq!(claim(&*dying, worker, 9, 1).await.len(), 5);
    drop(dying);
    let mut handed = 0;
    for expected in [2, 2, 1, 0, 0] {
        let lost = storage.lost(2, now(LATER)).await.expect("looked");
        let again = storage.lost(2, now(LATER)).await.expect("looked");
        assert_eq!(
            (lost.len(), again.len()),
            (expected, expected),
            "they stay until somebody ends them"
        );
        let done = lost.iter().map(|job| finish(job, Next::PutBack)).collect();
        let acks = storage.finish(done, now(LATER)).await.expect("finished");
        handed += acks.iter().filter(|ack| **ack == Ack::Done).count();
    }
    assert_eq!(handed, 5);
}

async fn without_claims(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let dying = database.open().await;
    let worker = registered(&*dying, 0).await;
    drop(dying);
    assert!(
        storage
            .lost(9, now(LATER))
            .await
            .expect("looked")
            .is_empty()
    );
    assert!(
        !storage
            .renew(worker, now(LATER))
            .await
            .expect("renewed")
            .alive
    );
}

async fn the_living_keep_theirs(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let living = database.open().await;
    let worker = registered(&*living, 0).await;
    claim_one(&*living, worker, 1).await;
    living.renew(worker, now(LATER)).await.expect("renewed");
    for looker in [&storage, &living] {
        assert!(
            looker
                .lost(9, now(LATER + 1))
                .await
                .expect("looked")
                .is_empty()
        );
    }
    assert_eq!(state(&*storage, id).await, Some(State::Running));
}
