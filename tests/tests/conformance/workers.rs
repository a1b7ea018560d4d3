//! `register`, `renew`, `deregister`, and `progress`.

use std::sync::Arc;

use jobs::{
    Progress, State,
    storage::{Ack, Cancelled, Next},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    a_life_in_good_order,
    unknown_workers_are_not_alive,
    asks_to_cancel,
    one_that_leaves_claims_behind,
    progress_is_guarded
);

async fn a_life_in_good_order(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let other = database.open().await;
    let worker = registered(&*storage, 0).await;
    let renewed = storage.renew(worker, now(10)).await.expect("renewed");
    assert!(renewed.alive && renewed.cancel.is_empty());
    assert!(other.lost(9, now(11)).await.expect("looked").is_empty());
    assert!(storage.renew(worker, now(12)).await.expect("renewed").alive);
    storage
        .deregister(worker, now(20))
        .await
        .expect("deregistered");
    assert!(other.lost(9, now(99_999)).await.expect("looked").is_empty());
    assert!(!storage.renew(worker, now(21)).await.expect("renewed").alive);
}

async fn unknown_workers_are_not_alive(database: Arc<dyn Database>) {
    let storage = database.open().await;
    assert!(
        !storage
            .renew(worker(), now(0))
            .await
            .expect("renewed")
            .alive
    );
    storage
        .deregister(worker(), now(0))
        .await
        .expect("nothing to do");
}

async fn asks_to_cancel(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let (mine, other) = (
        registered(&*storage, 0).await,
        registered(&*storage, 0).await,
    );
    let claimed = claim_one(&*storage, mine, 1).await;
    for _ in 0..2 {
        let answer = storage.cancel(id, Some(DAY), now(2)).await.expect("asked");
        assert_eq!(answer, Cancelled::Asked);
    }
    assert_eq!(
        storage.renew(mine, now(3)).await.expect("renewed").cancel,
        [id]
    );
    assert!(
        storage
            .renew(other, now(3))
            .await
            .expect("renewed")
            .cancel
            .is_empty()
    );
    // Whatever becomes of the claim, the job ends.
    assert_eq!(ack(&*storage, &claimed, retry(0), 4).await, Ack::Cancelled);
    assert!(
        storage
            .renew(mine, now(6))
            .await
            .expect("renewed")
            .cancel
            .is_empty()
    );
}

async fn one_that_leaves_claims_behind(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let other = database.open().await;
    let id = one(&*storage).await;
    let worker = registered(&*storage, 0).await;
    let claimed = claim_one(&*storage, worker, 1).await;
    storage
        .deregister(worker, now(2))
        .await
        .expect("deregistered");
    assert_eq!(ids(&lost(&*other, 9, 3).await), [id], "at once");
    assert!(!storage.renew(worker, now(4)).await.expect("renewed").alive);
    // The end that comes late after all still has its claim.
    assert_eq!(
        ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 5).await,
        Ack::Done
    );
    assert!(lost(&*other, 9, 6).await.is_empty());
}

async fn progress_is_guarded(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let said = |done| Progress {
        done,
        total: 9,
        message: "so \"far\" \0".to_owned(),
    };
    let mut stale = claimed.claim;
    stale.fence -= 1;
    let all = vec![
        (claimed.claim, said(1)),
        (claimed.claim, said(2)),
        (stale, said(7)),
    ];
    storage.progress(all).await.expect("noted");
    storage.progress(Vec::new()).await.expect("noted");
    let row = storage.get(id).await.expect("read").expect("a row");
    assert_eq!(row.progress, Some(said(2)));
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 2).await;
    storage
        .progress(vec![(claimed.claim, said(8))])
        .await
        .expect("noted");
    let row = storage.get(id).await.expect("read").expect("a record");
    assert_eq!(row.progress, Some(said(2)));
}
