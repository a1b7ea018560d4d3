//! `cancel`: what waits ends at once, what runs is asked, what has ended stays.

use std::sync::Arc;

use jobs::{
    JobId, State,
    storage::{Ack, BlockedOn, Cancelled, Next, RunAt},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    waiting_ones_end,
    running_ones_are_asked,
    an_ask_outlives_any_end,
    nothing_is_kept_without_retention,
    too_late
);

async fn waiting_ones_end(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let blocked = insert(&*storage, vec![job(kinds[0])], 0).await[0];
    let claimed = claim_one(&*storage, worker(), 0).await;
    let block = Next::Block {
        on: BlockedOn::UnknownKind,
        counters: None,
    };
    ack(&*storage, &claimed, block, 0).await;
    let mut later = job(kinds[0]);
    later.run_at = RunAt::In(secs(60));
    let all = insert(&*storage, vec![job(kinds[0]), later], 0).await;
    for id in [blocked, all[0], all[1]] {
        assert_eq!(
            storage
                .cancel(id, Some(DAY), now(5))
                .await
                .expect("cancelled"),
            Cancelled::Ended
        );
        let row = storage.get(id).await.expect("read").expect("a record");
        assert_eq!(
            (row.state, row.finished_at),
            (State::Cancelled, Some(at(5)))
        );
        assert!(row.attempts.is_empty());
        assert_eq!(
            storage
                .cancel(id, Some(DAY), now(6))
                .await
                .expect("cancelled"),
            Cancelled::TooLate
        );
    }
    assert_eq!(
        storage.promote(9, now(99)).await.expect("promoted").moved,
        0
    );
    assert!(claim(&*storage, worker(), 9, 99).await.is_empty());
}

async fn running_ones_are_asked(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    assert_eq!(
        storage.cancel(id, Some(DAY), now(2)).await.expect("asked"),
        Cancelled::Asked
    );
    assert_eq!(state(&*storage, id).await, Some(State::Running));
    assert_eq!(
        ack(&*storage, &claimed, Next::End(end(State::Cancelled)), 3).await,
        Ack::Done
    );
    assert_eq!(state(&*storage, id).await, Some(State::Cancelled));
}

async fn an_ask_outlives_any_end(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let crashed = || Next::Crashed {
        error: error("lost"),
    };
    let block = || Next::Block {
        on: BlockedOn::UnknownKind,
        counters: None,
    };
    let ways: [(fn() -> Next, usize); 5] = [
        (|| retry(0), 1),
        (|| retry(60), 1),
        (|| Next::PutBack, 0),
        (crashed, 1),
        (block, 0),
    ];
    for (second, (to, attempts)) in (1_i64..).zip(ways) {
        let id = insert(&*storage, vec![job(kinds[0])], second).await[0];
        let claimed = claim_one(&*storage, worker(), second).await;
        let asked = storage
            .cancel(id, Some(DAY), now(second))
            .await
            .expect("asked");
        assert_eq!(asked, Cancelled::Asked);
        assert_eq!(ack(&*storage, &claimed, to(), second).await, Ack::Cancelled);
        let row = storage.get(id).await.expect("read").expect("a record");
        assert_eq!(
            (row.state, row.finished_at, row.attempts.len()),
            (State::Cancelled, Some(at(second)), attempts)
        );
        assert_eq!(
            ack(&*storage, &claimed, to(), second).await,
            Ack::Cancelled,
            "an answer that was lost"
        );
        let mut stale = claimed;
        stale.claim.fence += 1;
        assert_eq!(ack(&*storage, &stale, to(), second).await, Ack::Stale);
    }
    assert!(claim(&*storage, worker(), 9, 99).await.is_empty());
}

async fn nothing_is_kept_without_retention(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let first = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &first, retry(0), 2).await;
    let running = claim_one(&*storage, worker(), 3).await;
    let asked = storage.cancel(id, None, now(4)).await.expect("asked");
    assert_eq!(asked, Cancelled::Asked);
    assert_eq!(ack(&*storage, &running, retry(60), 5).await, Ack::Cancelled);
    assert_eq!(state(&*storage, id).await, None);
    // Its attempts went with it: a job that takes the id has none.
    let mut again = job(running.kind);
    again.id = id;
    insert(&*storage, vec![again], 6).await;
    let row = storage.get(id).await.expect("read").expect("a row");
    assert!(row.attempts.is_empty(), "{:?}", row.attempts);
    let claimed = claim_one(&*storage, worker(), 7).await;
    assert_eq!(
        ack(&*storage, &claimed, Next::PutBack, 8).await,
        Ack::Done,
        "nobody asked to cancel this one"
    );
}

async fn too_late(database: Arc<dyn Database>) {
    let storage = database.open().await;
    assert_eq!(
        storage
            .cancel(JobId::new(), Some(DAY), now(0))
            .await
            .expect("looked"),
        Cancelled::NotFound
    );
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 2).await;
    assert_eq!(
        storage.cancel(id, Some(DAY), now(3)).await.expect("looked"),
        Cancelled::TooLate
    );
    assert_eq!(state(&*storage, id).await, Some(State::Succeeded));
}
