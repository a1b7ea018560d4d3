//! Queues: paused, counted, cleared.

use std::{borrow::Cow, sync::Arc, time::Duration};

use jobs::{
    State,
    storage::{NewJob, RunAt, Storage},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    a_paused_queue_gives_nothing,
    ready_jobs_are_counted_up_to_a_limit,
    the_oldest_is_found_over_all_priorities,
    clearing_cancels_what_is_ready,
);

async fn a_paused_queue_gives_nothing(database: Arc<dyn Database>) {
    let storage = database.open().await;
    one(&*storage).await;
    // Both may be said twice, and of a queue that nobody declared.
    for queue in [QUEUE, QUEUE, "unheard"] {
        storage
            .set_paused(queue.to_owned(), true, None)
            .await
            .expect("paused");
    }
    let other = database.open().await;
    let queues = other.queues().await.expect("read");
    let paused: Vec<_> = queues
        .iter()
        .filter(|queue| queue.paused)
        .map(|queue| queue.name.as_str())
        .collect();
    assert_eq!(paused, [QUEUE, "unheard"]);
    let worker = registered(&*other, 0).await;
    assert!(claim(&*other, worker, 9, 1).await.is_empty());
    assert_eq!(
        other
            .count_ready(QUEUE.to_owned(), 9)
            .await
            .expect("counted"),
        1
    );

    // What code declares anew does not undo what an operator said.
    declare(&*storage, &["plain"]).await;
    assert!(claim(&*other, worker, 9, 1).await.is_empty());
    storage
        .set_paused(QUEUE.to_owned(), false, None)
        .await
        .expect("resumed");
    assert_eq!(claim(&*other, worker, 9, 1).await.len(), 1);
}

async fn filled(storage: &dyn Storage) -> Vec<NewJob> {
    let kinds = declare(storage, &["a"]).await;
    let make = |priority, run_at, queue: &'static str| {
        let mut job = job(kinds[0]);
        (job.priority, job.run_at, job.queue) = (priority, run_at, Cow::Borrowed(queue));
        job
    };
    vec![
        make(5, RunAt::At(at(-40)), QUEUE),
        make(0, RunAt::At(at(-20)), QUEUE),
        make(0, RunAt::At(at(-30)), QUEUE),
        make(-3, RunAt::Now, QUEUE),
        make(0, RunAt::In(secs(60)), QUEUE),
        make(0, RunAt::At(at(-90)), "other"),
    ]
}

async fn ready_jobs_are_counted_up_to_a_limit(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let jobs = filled(&*storage).await;
    insert(&*storage, jobs, 0).await;
    let count = async |queue: &str, most| {
        let counted = storage.count_ready(queue.to_owned(), most).await;
        counted.expect("counted")
    };
    assert_eq!(count(QUEUE, 100).await, 4);
    assert_eq!(count(QUEUE, 3).await, 3);
    assert_eq!(count("other", 100).await, 1);
    assert_eq!(count("none", 100).await, 0);
    let worker = registered(&*storage, 0).await;
    claim(&*storage, worker, 1, 0).await;
    assert_eq!(count(QUEUE, 100).await, 3, "a running one is not ready");
}

async fn the_oldest_is_found_over_all_priorities(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let age = async |queue: &str| {
        let asked = vec!["nobody".to_owned(), queue.to_owned()];
        let ages = storage.ages_of_oldest(asked, now(10)).await;
        let ages = ages.expect("looked");
        assert!(ages.iter().all(|(name, _)| name == queue), "{ages:?}");
        ages.first().map(|(_, age)| *age)
    };
    assert_eq!(age(QUEUE).await, None);
    let jobs = filled(&*storage).await;
    insert(&*storage, jobs, 0).await;
    assert_eq!(age(QUEUE).await, Some(secs(50)));
    assert_eq!(age("other").await, Some(secs(100)));
    let worker = registered(&*storage, 0).await;
    // In the queue's order: priority −3, then the two of 0; the oldest is the last.
    claim(&*storage, worker, 3, 0).await;
    assert_eq!(age(QUEUE).await, Some(secs(50)));
    claim(&*storage, worker, 1, 0).await;
    assert_eq!(age(QUEUE).await, None);
}

async fn clearing_cancels_what_is_ready(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let jobs = filled(&*storage).await;
    let ids = insert(&*storage, jobs, 0).await;
    let worker = registered(&*storage, 0).await;
    let running = claim_one(&*storage, worker, 0).await;
    assert_eq!(running.claim.id, ids[3]);
    let clear = async |limit| {
        let cleared = storage
            .clear_ready(QUEUE.to_owned(), limit, Duration::from_secs(60), now(5))
            .await;
        cleared.expect("cleared")
    };
    let mut cleared = clear(2).await;
    assert_eq!(cleared.len(), 2);
    cleared.extend(clear(9).await);
    cleared.sort_unstable();
    let mut expected = vec![ids[0], ids[1], ids[2]];
    expected.sort_unstable();
    assert_eq!(cleared, expected);
    assert!(clear(9).await.is_empty());
    for id in expected {
        assert_eq!(state(&*storage, id).await, Some(State::Cancelled));
    }
    let row = storage.get(ids[0]).await.expect("read").expect("kept");
    assert_eq!(row.reason.as_deref(), Some("the queue was cleared"));
    assert_eq!(row.finished_at, Some(at(5)));
    assert_eq!(state(&*storage, ids[3]).await, Some(State::Running));
    assert_eq!(state(&*storage, ids[4]).await, Some(State::Scheduled));
    assert_eq!(state(&*storage, ids[5]).await, Some(State::Ready));
    storage
        .prune(vec![Duration::from_secs(60)], 100, now(200_000))
        .await
        .expect("pruned");
    assert_eq!(state(&*storage, ids[0]).await, None);
}
