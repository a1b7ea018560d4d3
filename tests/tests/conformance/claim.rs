//! `claim`: order, bounds, pauses, and no job for two.

use std::{collections::HashSet, sync::Arc};

use jobs::{
    State,
    storage::{Ack, Claim, Declarations, Next, QueueDecl, RunAt, Take},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    order_within_a_queue,
    takes_in_their_order,
    whole_row,
    paused_queues,
    nothing_to_take,
    never_twice,
    inserted_into_the_hands_of_a_worker,
    not_into_those_that_may_not_claim,
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

async fn inserted_into_the_hands_of_a_worker(database: Arc<dyn Database>) {
    let (storage, dying) = (database.open().await, database.open().await);
    let kinds = declare(&*storage, &["a"]).await;
    let worker = registered(&*dying, 0).await;
    let mut wanted = job(kinds[0]);
    wanted.priority = -7;
    wanted.version = 3;
    wanted.tags = vec!["x".into()];
    let jobs = vec![wanted.clone(), job(kinds[0])];
    let claimed = dying.insert_claimed(jobs, worker, now(5)).await;
    let claimed = claimed.expect("inserted").expect("claimed");
    let got = &claimed[0];
    assert_eq!((got.claim.id, got.claim.worker), (wanted.id, worker));
    assert_eq!((got.kind, got.version, got.priority), (kinds[0], 3, -7));
    assert_eq!((&*got.queue, &*got.args), (QUEUE, &*wanted.args));
    assert_eq!(got.tags, ["x"]);
    assert_eq!(
        (got.run_at, got.enqueued_at, got.claimed_at),
        (at(5), at(5), at(5))
    );
    assert_eq!((got.attempt, got.runs, got.crashes), (0, 0, 0));
    assert_eq!(state(&*storage, wanted.id).await, Some(State::Running));
    let another = registered(&*storage, 6).await;
    assert!(claim(&*storage, another, 9, 6).await.is_empty());

    // Its claim is one as any other: it can be put back, and ends once, by its fence.
    assert_eq!(ack(&*dying, got, Next::PutBack, 7).await, Ack::Done);
    let again = claim_one(&*storage, another, 8).await;
    assert_eq!((again.claim.id, again.attempt), (wanted.id, 0));
    assert!(again.claim.fence > got.claim.fence);
    let succeeded = || Next::End(end(State::Succeeded));
    assert_eq!(ack(&*dying, got, succeeded(), 9).await, Ack::Stale);
    assert_eq!(ack(&*storage, &again, succeeded(), 9).await, Ack::Done);
    // And what a dead worker holds in this way is found.
    drop(dying);
    let lost = lost(&*storage, 9, 1_000).await;
    let lost: Vec<_> = lost.iter().map(|lost| lost.claim).collect();
    assert_eq!(lost, [claimed[1].claim]);
}

async fn not_into_those_that_may_not_claim(database: Arc<dyn Database>) {
    let (storage, dying) = (database.open().await, database.open().await);
    let kinds = declare(&*storage, &["a"]).await;
    let worker = registered(&*dying, 0).await;
    let paused = |paused| storage.set_paused(QUEUE.into(), paused, None);
    paused(true).await.expect("paused");
    let held = job(kinds[0]);
    let id = held.id;
    let claimed = storage.insert_claimed(vec![held], worker, now(1)).await;
    assert!(claimed.expect("inserted").is_none());
    assert_eq!(state(&*storage, id).await, Some(State::Ready));
    paused(false).await.expect("resumed");
    drop(dying);
    lost(&*storage, 9, 1_000).await;
    // One that was declared lost, and one that nobody knows.
    for unable in [worker, jobs_tests::make::worker()] {
        let late = storage
            .insert_claimed(vec![job(kinds[0])], unable, now(1_000))
            .await;
        assert!(late.expect("inserted").is_none());
    }
    let able = registered(&*storage, 1_000).await;
    assert_eq!(claim(&*storage, able, 9, 1_001).await.len(), 3);
}
