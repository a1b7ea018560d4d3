//! `prune`: records go when their retention is over, with all that hangs on them.

use std::sync::Arc;

use jobs::{
    State,
    storage::{End, Next},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    expired_records_go,
    in_batches,
    letters_go_with_their_records
);

async fn expired_records_go(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let all = insert(&*storage, (0..3).map(|_| job(kinds[0])).collect(), 0).await;
    let claimed = claim(&*storage, worker(), 2, 0).await;
    for (job, kept) in claimed.iter().zip([10, 1_000_000]) {
        let how = End {
            retain: Some(secs(kept)),
            ..end(State::Succeeded)
        };
        ack(&*storage, job, Next::End(how), 0).await;
    }
    // Records may be filed by the day, so only whole days later is sure.
    let late = 3 * 86_400;
    storage
        .prune(vec![secs(10), secs(1_000_000)], 100, now(late))
        .await
        .expect("pruned");
    assert_eq!(state(&*storage, all[0]).await, None);
    assert_eq!(state(&*storage, all[1]).await, Some(State::Succeeded));
    assert_eq!(
        state(&*storage, all[2]).await,
        Some(State::Ready),
        "waiting ones are no records"
    );
}

async fn in_batches(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let all = insert(&*storage, (0..7).map(|_| job(kinds[0])).collect(), 0).await;
    for job in claim(&*storage, worker(), 9, 0).await {
        ack(&*storage, &job, Next::End(end(State::Succeeded)), 0).await;
    }
    for _ in 0..9 {
        storage
            .prune(vec![DAY], 3, now(5 * 86_400))
            .await
            .expect("pruned");
    }
    for id in all {
        assert_eq!(state(&*storage, id).await, None);
    }
    assert_eq!(
        storage
            .prune(vec![DAY], 3, now(5 * 86_400))
            .await
            .expect("pruned"),
        0
    );
}

async fn letters_go_with_their_records(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 0).await;
    ack(&*storage, &claimed, Next::End(end(State::Dead)), 0).await;
    assert_eq!(
        storage
            .letters(Default::default(), 0, 9)
            .await
            .expect("listed")
            .len(),
        1
    );
    storage
        .prune(vec![DAY], 9, now(5 * 86_400))
        .await
        .expect("pruned");
    assert_eq!(state(&*storage, id).await, None);
    assert!(
        storage
            .letters(Default::default(), 0, 9)
            .await
            .expect("listed")
            .is_empty()
    );
}
