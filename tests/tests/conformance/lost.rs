//! `lost`: the claims of dead workers. A handle that is dropped or closed without deregistering is a dead process.

use std::sync::Arc;

use jobs::{
    State,
    storage::{Ack, Lost, NewJob, Next, PoolInfo, WorkerInfo},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    claims_of_a_dead_worker,
    limits_and_repeats,
    without_claims,
    the_living_keep_theirs,
    of_one_that_is_not_known,
    what_was_claimed_ahead_was_not_begun
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
    let gone = lost(&*storage, 9, LATER).await;
    assert_eq!(ids(&gone), [id]);
    assert_eq!(
        (gone[0].claim, &gone[0].args),
        (claimed.claim, &claimed.args)
    );
    assert_eq!((gone[0].claimed_at, gone[0].queue.as_str()), (at(1), QUEUE));
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
    assert_eq!(ack(&*storage, &gone[0], crashed, LATER).await, Ack::Done);
    assert!(lost(&*storage, 9, LATER).await.is_empty());
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
        let gone = lost(&*storage, 2, LATER).await;
        let again = lost(&*storage, 2, LATER).await;
        assert_eq!(
            (gone.len(), again.len()),
            (expected, expected),
            "they stay until somebody ends them"
        );
        let done = gone.iter().map(|job| finish(job, Next::PutBack)).collect();
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
    assert!(lost(&*storage, 9, LATER).await.is_empty());
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
        assert!(lost(&**looker, 9, LATER + 1).await.is_empty());
    }
    assert_eq!(state(&*storage, id).await, Some(State::Running));
}

async fn of_one_that_is_not_known(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    claim_one(&*storage, worker(), 1).await;
    // Such claims are found with those of another.
    let dying = database.open().await;
    registered(&*dying, 0).await;
    drop(dying);
    assert_eq!(ids(&lost(&*storage, 9, LATER).await), [id]);
}

/// A worker with two slots for one queue, and three for two others.
fn with_pools() -> WorkerInfo {
    let pool = |queues: &[&str], slots| PoolInfo {
        queues: queues.iter().map(|queue| (*queue).to_owned()).collect(),
        slots,
    };
    WorkerInfo {
        id: worker(),
        host: "test".to_owned(),
        pid: 1,
        lease: secs(30),
        kinds: Vec::new(),
        pools: vec![pool(&["a"], 2), pool(&["b", "c \"'"], 3)],
    }
}

async fn what_was_claimed_ahead_was_not_begun(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let of = |queue: &'static str| NewJob {
        queue: queue.into(),
        ..job(kinds[0])
    };
    let dying = database.open().await;
    let info = with_pools();
    dying
        .register(info.clone(), now(0))
        .await
        .expect("registered");
    let mut begun = Vec::new();
    for (second, queue, jobs, of_these) in [
        (1, "a", 1, 1),
        (2, "a", 4, 1),
        (3, "b", 2, 2),
        (4, "c \"'", 3, 1),
        (5, "b", 2, 0),
    ] {
        let new = insert(&*storage, (0..jobs).map(|_| of(queue)).collect(), 0).await;
        let asked = take(info.id, queue, 9);
        let claimed = dying.claim(asked, now(second)).await.expect("claimed");
        assert_eq!(ids(&claimed), new);
        begun.extend_from_slice(&new[..of_these]);
    }
    drop(dying);
    // In small steps, so that what was begun stays so while others are handed over.
    let (mut handed, mut found) = (0, Vec::new());
    while handed < 12 {
        let gone = storage.lost(4, now(LATER)).await.expect("looked");
        assert!(!gone.is_empty());
        handed += gone.len();
        for Lost { claimed, begun } in gone {
            if begun {
                found.push(claimed.claim.id);
            }
            ack(&*storage, &claimed, Next::PutBack, LATER).await;
        }
    }
    found.sort();
    begun.sort();
    assert_eq!(found, begun);
}
