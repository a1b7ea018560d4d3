//! `claim`: order, bounds, pauses, and no job for two.

use std::{collections::HashSet, sync::Arc};

use jobs::{
    State,
    storage::{Claim, Declarations, QueueDecl, RunAt, Take},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    order_within_a_queue,
    takes_in_their_order,
    whole_row,
    paused_queues,
    nothing_to_take,
    never_twice,
);

async fn order_within_a_queue(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let spec = [
        (5, 0),
        (0, 0),
        (0, -10),
        (-1, 0),
        (0, -10),
        (5, -60),
        (0, 0),
    ];
    let jobs = spec.map(|(priority, due)| {
        let mut job = job(kinds[0]);
        job.priority = priority;
        job.run_at = RunAt::At(at(due));
        job
    });
    let ids = insert(&*storage, jobs.to_vec(), 0).await;
    let expected = [3, 2, 4, 1, 6, 5, 0].map(|index| ids[index]);
    let worker = worker();
    let mut got = Vec::new();
    for at_most in [1, 3, 2, 10] {
        got.extend(
            claim(&*storage, worker, at_most, 1)
                .await
                .iter()
                .map(|job| job.claim.id),
        );
    }
    assert_eq!(got, expected);
}

async fn takes_in_their_order(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let mut jobs = Vec::new();
    for queue in ["one", "two", "three", "one", "two"] {
        let mut job = job(kinds[0]);
        job.queue = queue.into();
        jobs.push(job);
    }
    let ids = insert(&*storage, jobs, 0).await;
    let take = |queue: &'static str, at_most| Take {
        queue: queue.into(),
        at_most,
    };
    let takes = vec![
        take("two", 1),
        take("none", 9),
        take("one", 9),
        take("three", 0),
    ];
    let claim = Claim {
        worker: worker(),
        takes,
    };
    let claimed = storage.claim(claim, now(0)).await.expect("claimed");
    let got: Vec<_> = claimed
        .iter()
        .map(|job| (job.claim.id, job.queue.as_str()))
        .collect();
    let expected = [(ids[1], "two"), (ids[0], "one"), (ids[3], "one")];
    assert_eq!(got, expected);
    assert_eq!(state(&*storage, ids[4]).await, Some(State::Ready));
    assert_eq!(state(&*storage, ids[2]).await, Some(State::Ready));
}

async fn whole_row(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let mut wanted = job(kinds[0]);
    wanted.version = 7;
    wanted.priority = -32_768;
    wanted.run_at = RunAt::At(at(-3));
    wanted.tags = vec!["x".into(), "y z".into()];
    insert(&*storage, vec![wanted.clone()], 0).await;
    let worker = worker();
    let got = claim_one(&*storage, worker, 9).await;
    assert_eq!(
        (got.claim.id, got.claim.worker, got.kind, got.version),
        (wanted.id, worker, kinds[0], 7)
    );
    assert_eq!((got.queue.as_str(), got.priority), (QUEUE, -32_768));
    assert_eq!(
        (got.run_at, got.enqueued_at, got.claimed_at),
        (at(-3), at(0), at(9))
    );
    assert_eq!(
        (got.attempt, got.runs, got.crashes, got.counters),
        (0, 0, 0, None)
    );
    assert_eq!(
        (got.args, got.tags),
        (wanted.args, vec!["x".to_owned(), "y z".to_owned()])
    );
    assert!(got.claim.fence > 0);
    assert_eq!(state(&*storage, wanted.id).await, Some(State::Running));
}

async fn paused_queues(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let queue = |name: &str, paused| QueueDecl {
        name: name.to_owned(),
        paused,
    };
    let declare = |queues| Declarations {
        kinds: Vec::new(),
        queues,
    };
    // It was seen before, unpaused, so code does not pause it.
    storage
        .declare(declare(vec![queue(QUEUE, true), queue("held", true)]))
        .await
        .expect("declared");
    let kinds = jobs_tests::make::declare(&*storage, &["plain"]).await;
    let mut held = job(kinds[0]);
    held.queue = "held".into();
    insert(&*storage, vec![held], 0).await;
    assert_eq!(ids(&claim(&*storage, worker(), 9, 1).await), [id]);
    let claimed = storage
        .claim(take(worker(), "held", 9), now(1))
        .await
        .expect("claimed");
    assert!(claimed.is_empty());
    // Nor does it unpause what a person paused.
    storage
        .declare(declare(vec![queue("held", false)]))
        .await
        .expect("declared");
    let claimed = storage
        .claim(take(worker(), "held", 9), now(1))
        .await
        .expect("claimed");
    assert!(claimed.is_empty());
}

async fn nothing_to_take(database: Arc<dyn Database>) {
    let storage = database.open().await;
    one(&*storage).await;
    assert!(claim(&*storage, worker(), 0, 0).await.is_empty());
    let nothing = Claim {
        worker: worker(),
        takes: Vec::new(),
    };
    assert!(
        storage
            .claim(nothing, now(0))
            .await
            .expect("claimed")
            .is_empty()
    );
    assert!(
        storage
            .claim(take(worker(), "empty", 5), now(0))
            .await
            .expect("claimed")
            .is_empty()
    );
}

async fn never_twice(database: Arc<dyn Database>) {
    let (left, right) = (database.open().await, database.open().await);
    let kinds = declare(&*left, &["a"]).await;
    insert(&*left, (0..300).map(|_| job(kinds[0])).collect(), 0).await;
    let tasks = (0..8).map(|n| {
        let storage = if n % 2 == 0 {
            left.clone()
        } else {
            right.clone()
        };
        tokio::spawn(async move {
            let worker = worker();
            let mut mine = Vec::new();
            loop {
                let claimed = claim(&*storage, worker, 7, 0).await;
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(ids(&claimed));
            }
        })
    });
    let mut all = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        all.extend(task.await.expect("no panic"));
    }
    assert_eq!(all.len(), 300);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 300);
}
