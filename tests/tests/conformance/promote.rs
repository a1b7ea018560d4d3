//! `promote`: due jobs become ready, and waits end.

use std::sync::Arc;

use jobs::{
    State,
    storage::{BlockedOn, Next, Promoted, RunAt},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    due_ones_in_their_order,
    limits,
    waits_end,
    nothing_scheduled
);

async fn due_ones_in_their_order(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let jobs = [30, 10, 20, 99].map(|due| {
        let mut job = job(kinds[0]);
        job.run_at = RunAt::At(at(due));
        job
    });
    let all = insert(&*storage, jobs.to_vec(), 0).await;
    let promoted = storage.promote(10, now(9)).await.expect("promoted");
    assert_eq!(
        promoted,
        Promoted {
            moved: 0,
            next_in: Some(secs(1))
        }
    );
    let promoted = storage.promote(10, now(30)).await.expect("promoted");
    assert_eq!(
        promoted,
        Promoted {
            moved: 3,
            next_in: Some(secs(69))
        }
    );
    assert_eq!(
        ids(&claim(&*storage, worker(), 9, 30).await),
        [all[1], all[2], all[0]]
    );
    assert_eq!(state(&*storage, all[3]).await, Some(State::Scheduled));
}

async fn limits(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let jobs = (0..5).map(|n| {
        let mut job = job(kinds[0]);
        job.run_at = RunAt::In(secs(5 - n));
        job
    });
    let all = insert(&*storage, jobs.collect(), 0).await;
    let promoted = storage.promote(2, now(10)).await.expect("promoted");
    assert_eq!(
        promoted,
        Promoted {
            moved: 2,
            next_in: Some(secs(0))
        }
    );
    // Those that have been due for longest.
    assert_eq!(
        ids(&claim(&*storage, worker(), 9, 10).await),
        [all[4], all[3]]
    );
    assert_eq!(
        storage.promote(9, now(10)).await.expect("promoted").moved,
        3
    );
}

async fn waits_end(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 0).await;
    let block = Next::Block {
        on: BlockedOn::Unreadable(secs(60)),
        counters: None,
    };
    ack(&*storage, &claimed, block, 0).await;
    let promoted = storage.promote(9, now(59)).await.expect("promoted");
    assert_eq!(
        promoted,
        Promoted {
            moved: 0,
            next_in: Some(secs(1))
        }
    );
    assert_eq!(
        storage.promote(9, now(60)).await.expect("promoted").moved,
        1
    );
    let look = storage.look(id).await.expect("read").expect("a row");
    assert_eq!((look.state, look.reason), (State::Ready, None));
}

async fn nothing_scheduled(database: Arc<dyn Database>) {
    let storage = database.open().await;
    one(&*storage).await;
    assert_eq!(
        storage.promote(9, now(9)).await.expect("promoted"),
        Promoted::default()
    );
}
