//! `insert`: durable, all or none, idempotent on the id.

use std::sync::Arc;

use chrono::TimeDelta;
use jobs::{
    State,
    storage::{Inserted, RunAt},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    answers_in_order,
    repeats_change_nothing,
    twice_in_one_call,
    finished_ones_are_found_when_asked_for,
    due_times,
    many,
    concurrent_callers,
);

async fn answers_in_order(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a", "b"]).await;
    let (first, second, third) = (job(kinds[0]), job(kinds[1]), job(kinds[0]));
    insert(&*storage, vec![second.clone()], 0).await;
    let answers = storage
        .insert(vec![first, second, third], now(0))
        .await
        .expect("inserted");
    assert_eq!(
        answers,
        [Inserted::New, Inserted::Exists(kinds[1]), Inserted::New]
    );
    assert_eq!(
        storage.insert(Vec::new(), now(0)).await.expect("inserted"),
        []
    );
}

async fn repeats_change_nothing(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a", "b"]).await;
    let original = job(kinds[0]);
    let id = insert(&*storage, vec![original.clone()], 0).await[0];
    for may_exist in [false, true] {
        let mut other = job(kinds[1]);
        other.id = id;
        other.args = r#"{"other":true}"#.to_owned();
        other.may_exist = may_exist;
        let answers = storage.insert(vec![other], now(5)).await.expect("inserted");
        assert_eq!(answers, [Inserted::Exists(kinds[0])]);
    }
    let row = storage.get(id).await.expect("read").expect("a row");
    assert_eq!(
        (row.args, row.name.as_str(), row.enqueued_at),
        (original.args, "a", at(0))
    );
}

async fn twice_in_one_call(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    for may_exist in [false, true] {
        let mut twin = job(kinds[0]);
        twin.may_exist = may_exist;
        let twins = vec![twin.clone(), twin];
        let answers = storage.insert(twins, now(0)).await.expect("inserted");
        assert_eq!(answers, [Inserted::New, Inserted::Exists(kinds[0])]);
    }
    assert_eq!(claim(&*storage, worker(), 10, 0).await.len(), 2);
}

async fn finished_ones_are_found_when_asked_for(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let mut again = job(kinds[0]);
    insert(&*storage, vec![again.clone()], 0).await;
    let claimed = claim_one(&*storage, worker(), 0).await;
    ack(
        &*storage,
        &claimed,
        jobs::storage::Next::End(end(State::Succeeded)),
        1,
    )
    .await;
    again.may_exist = true;
    let answers = storage
        .insert(vec![again.clone()], now(2))
        .await
        .expect("inserted");
    assert_eq!(answers, [Inserted::Exists(kinds[0])]);
    assert_eq!(state(&*storage, again.id).await, Some(State::Succeeded));
    assert!(claim(&*storage, worker(), 1, 3).await.is_empty());
}

async fn due_times(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let mut all = Vec::new();
    for (run_at, expected, due) in [
        (RunAt::Now, State::Ready, at(0)),
        (RunAt::In(secs(0)), State::Ready, at(0)),
        (RunAt::In(secs(5)), State::Scheduled, at(5)),
        (RunAt::At(at(0)), State::Ready, at(0)),
        (
            RunAt::At(at(0) + TimeDelta::microseconds(1)),
            State::Scheduled,
            at(0) + TimeDelta::microseconds(1),
        ),
        (RunAt::At(at(-50)), State::Ready, at(-50)),
    ] {
        let mut job = job(kinds[0]);
        job.run_at = run_at;
        all.push((insert(&*storage, vec![job], 0).await[0], expected, due));
    }
    for (id, expected, due) in &all {
        let row = storage.get(*id).await.expect("read").expect("a row");
        assert_eq!(
            (row.state, row.run_at, row.enqueued_at),
            (*expected, *due, at(0))
        );
    }
    // A past time keeps its place in the order.
    assert_eq!(claim_one(&*storage, worker(), 0).await.claim.id, all[5].0);
}

async fn many(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a", "b"]).await;
    let jobs: Vec<_> = (0..5_000)
        .map(|n| {
            let mut job = job(kinds[n % 2]);
            job.args = format!("{{\"n\":{n}}}");
            job.priority = i16::try_from(n % 3).expect("small");
            job.tags = if n % 5 == 0 {
                vec!["fifth".into()]
            } else {
                Vec::new()
            };
            job
        })
        .collect();
    insert(&*storage, jobs.clone(), 0).await;
    let claimed = claim(&*storage, worker(), 10_000, 0).await;
    let mut expected: Vec<_> = jobs.iter().collect();
    expected.sort_by_key(|job| job.priority);
    assert_eq!(claimed.len(), expected.len());
    for (got, job) in claimed.iter().zip(expected) {
        assert_eq!(
            (got.claim.id, got.kind, &got.args),
            (job.id, job.kind, &job.args)
        );
        assert_eq!(got.tags, job.tags);
    }
}

async fn concurrent_callers(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let shared = job(kinds[0]);
    let tasks = (0..32).map(|_| {
        let (storage, shared, own) = (storage.clone(), shared.clone(), job(kinds[0]));
        tokio::spawn(async move {
            storage
                .insert(vec![own, shared], now(0))
                .await
                .expect("inserted")
        })
    });
    let mut new = 0;
    for task in tasks.collect::<Vec<_>>() {
        let answers = task.await.expect("no panic");
        assert_eq!(answers[0], Inserted::New);
        new += usize::from(answers[1] == Inserted::New);
    }
    assert_eq!(new, 1);
    assert_eq!(claim(&*storage, worker(), 100, 0).await.len(), 33);
}
