//! `finish`: what becomes of jobs, and the guard.

use std::sync::Arc;

use jobs::{
    State,
    storage::{Ack, BlockedOn, End, Finish, Next, Storage},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    ends_leave_the_hot_table,
    nothing_is_kept_without_retention,
    retries_count,
    retry_at_once_into_another_queue,
    put_back_keeps_the_place,
    crashes_count_apart,
    blocks,
    lost_answers_are_done_again,
    other_claims_are_stale,
    twice_in_one_call,
    big_batches,
    never_called,
    dead_without_retention,
);

async fn ends_leave_the_hot_table(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    for ending in [
        State::Succeeded,
        State::Discarded,
        State::Dead,
        State::Cancelled,
    ] {
        let id = insert(&*storage, vec![job(kinds[0])], 0).await[0];
        let claimed = claim_one(&*storage, worker(), 10).await;
        let mut how = end(ending);
        how.output = Some("[1]".to_owned());
        how.reason = Some("because".to_owned());
        assert_eq!(
            ack(&*storage, &claimed, Next::End(how), 20).await,
            Ack::Done
        );
        let row = storage.get(id).await.expect("read").expect("a record");
        assert_eq!((row.state, row.finished_at), (ending, Some(at(20))));
        assert_eq!(row.output.as_deref(), Some("[1]"));
        assert_eq!(row.reason.as_deref(), Some("because"));
        assert_eq!(row.attempts.len(), 1);
        let attempt = &row.attempts[0];
        assert_eq!(
            (attempt.number, attempt.started_at, attempt.ended_at),
            (1, at(19), Some(at(20)))
        );
        assert_eq!(attempt.error.is_some(), ending == State::Dead);
        assert_eq!(attempt.worker, claimed.claim.worker.to_string());
    }
    assert!(claim(&*storage, worker(), 9, 99).await.is_empty());
}

async fn nothing_is_kept_without_retention(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let first = claim_one(&*storage, worker(), 0).await;
    ack(&*storage, &first, retry(0), 1).await;
    let claimed = claim_one(&*storage, worker(), 2).await;
    let mut how = end(State::Succeeded);
    how.retain = None;
    assert_eq!(ack(&*storage, &claimed, Next::End(how), 3).await, Ack::Done);
    assert!(storage.get(id).await.expect("read").is_none());
    assert!(storage.look(id).await.expect("read").is_none());
}

async fn retries_count(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let first = claim_one(&*storage, worker(), 10).await;
    let Next::Retry {
        after,
        queue,
        priority,
        error,
        ..
    } = retry(5)
    else {
        unreachable!()
    };
    let counters = Some(r#"{"retry":1}"#.to_owned());
    let next = Next::Retry {
        after,
        queue,
        priority,
        counters,
        error,
    };
    assert_eq!(ack(&*storage, &first, next, 11).await, Ack::Done);
    assert_eq!(state(&*storage, id).await, Some(State::Scheduled));
    assert!(claim(&*storage, worker(), 1, 12).await.is_empty());
    let promoted = storage.promote(10, now(16)).await.expect("promoted");
    assert_eq!(promoted.moved, 1);
    let second = claim_one(&*storage, worker(), 20).await;
    assert_eq!((second.attempt, second.runs, second.crashes), (1, 1, 0));
    assert_eq!(second.counters.as_deref(), Some(r#"{"retry":1}"#));
    assert_eq!(second.run_at, at(16));
    assert!(second.claim.fence > first.claim.fence);
    let row = storage.get(id).await.expect("read").expect("a row");
    let attempts: Vec<_> = row
        .attempts
        .iter()
        .map(|a| {
            (
                a.number,
                a.started_at,
                a.ended_at,
                a.error.as_ref().map(|e| e.message().to_owned()),
            )
        })
        .collect();
    let expected = [
        (1, at(10), Some(at(11)), Some("again".to_owned())),
        (2, at(20), None, None),
    ];
    assert_eq!(attempts, expected);
}

async fn retry_at_once_into_another_queue(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 0).await;
    let next = Next::Retry {
        after: secs(0),
        queue: Some("slow".to_owned()),
        priority: Some(9),
        counters: None,
        error: None,
    };
    ack(&*storage, &claimed, next, 1).await;
    assert_eq!(state(&*storage, id).await, Some(State::Ready));
    assert!(claim(&*storage, worker(), 1, 1).await.is_empty());
    let again = storage
        .claim(take(worker(), "slow", 1), now(1))
        .await
        .expect("claimed");
    assert_eq!(
        (again[0].priority, again[0].attempt, again[0].run_at),
        (9, 1, at(1))
    );
    let row = storage.get(id).await.expect("read").expect("a row");
    assert_eq!(row.attempts[0].error, None);
}

async fn put_back_keeps_the_place(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let ids = insert(&*storage, (0..3).map(|_| job(kinds[0])).collect(), 0).await;
    let claimed = claim(&*storage, worker(), 2, 5).await;
    assert_eq!(
        ack(&*storage, &claimed[0], Next::PutBack, 6).await,
        Ack::Done
    );
    let again = claim_one(&*storage, worker(), 7).await;
    assert_eq!(again.claim.id, ids[0]);
    assert_eq!(
        (again.attempt, again.runs, again.crashes, again.run_at),
        (0, 0, 0, at(0))
    );
    assert!(again.claim.fence > claimed[0].claim.fence);
    let row = storage.get(ids[0]).await.expect("read").expect("a row");
    assert_eq!(row.attempts.len(), 1, "only the running one");
}

async fn crashes_count_apart(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 5).await;
    let done = Finish {
        claim: claimed.claim,
        ran: None,
        logs: None,
        to: Next::Crashed {
            error: error("worker lost"),
        },
    };
    let acks = storage.finish(vec![done], now(8)).await.expect("finished");
    assert_eq!(acks, [Ack::Done]);
    let again = claim_one(&*storage, worker(), 9).await;
    assert_eq!(
        (again.attempt, again.runs, again.crashes, again.run_at),
        (0, 1, 1, at(0))
    );
    let row = storage.get(id).await.expect("read").expect("a row");
    let first = &row.attempts[0];
    assert_eq!(
        (first.number, first.started_at, first.ended_at),
        (1, at(5), Some(at(8)))
    );
    assert_eq!(
        first.error.as_ref().map(|e| e.message()),
        Some("worker lost")
    );
    assert_eq!(row.attempts[1].number, 2);
}

async fn blocks(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    for on in [BlockedOn::UnknownKind, BlockedOn::Unreadable(secs(60))] {
        let claimed = claim_one(&*storage, worker(), 5).await;
        let counters = Some("{}".to_owned());
        ack(&*storage, &claimed, Next::Block { on, counters }, 6).await;
        let look = storage.look(id).await.expect("read").expect("a row");
        assert_eq!(look.state, State::Blocked);
        assert!(look.reason.is_some());
        assert!(claim(&*storage, worker(), 1, 7).await.is_empty());
        let row = storage.get(id).await.expect("read").expect("a row");
        assert!(row.attempts.is_empty() && row.reason.is_some());
        storage
            .unblock(vec![(claimed.kind, 9)], true, now(8))
            .await
            .expect("unblocked");
    }
    let again = claim_one(&*storage, worker(), 9).await;
    assert_eq!(
        (again.attempt, again.runs, again.counters.as_deref()),
        (0, 0, Some("{}"))
    );
}

fn every_way() -> Vec<Next> {
    vec![
        Next::End(end(State::Succeeded)),
        Next::End(end(State::Dead)),
        retry(0),
        retry(9),
        Next::PutBack,
        Next::Block {
            on: BlockedOn::UnknownKind,
            counters: None,
        },
    ]
}

/// Everything that a stale write could have changed.
async fn seen(storage: &dyn Storage, id: jobs::JobId) -> String {
    format!("{:?}", storage.get(id).await.expect("read"))
}

async fn lost_answers_are_done_again(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for way in every_way() {
        let id = one(&*storage).await;
        let claimed = claim_one(&*storage, worker(), 1).await;
        assert_eq!(claimed.claim.id, id);
        assert_eq!(ack(&*storage, &claimed, way.clone(), 2).await, Ack::Done);
        let before = seen(&*storage, id).await;
        assert_eq!(
            ack(&*storage, &claimed, way.clone(), 3).await,
            Ack::Done,
            "{way:?}"
        );
        assert_eq!(seen(&*storage, id).await, before, "{way:?}");
        storage
            .cancel(id, Some(DAY), now(4))
            .await
            .expect("cancelled");
    }
    let letters = storage
        .letters(Default::default(), 0, 9)
        .await
        .expect("listed");
    assert_eq!(letters.len(), 1, "a repeat leaves no second letter");
}

async fn other_claims_are_stale(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for way in every_way() {
        let id = one(&*storage).await;
        let mine = claim_one(&*storage, worker(), 1).await;
        let mut wrong_worker = mine.clone();
        wrong_worker.claim.worker = worker();
        let mut wrong_fence = mine.clone();
        wrong_fence.claim.fence += 1;
        let mut wrong_job = mine.clone();
        wrong_job.claim.id = jobs::JobId::new();
        let before = seen(&*storage, id).await;
        for wrong in [&wrong_worker, &wrong_fence, &wrong_job] {
            assert_eq!(
                ack(&*storage, wrong, way.clone(), 2).await,
                Ack::Stale,
                "{way:?}"
            );
        }
        assert_eq!(seen(&*storage, id).await, before);
        // The job is handed to another; then it ends, and the first worker wakes up.
        let crashed = Next::Crashed {
            error: error("lost"),
        };
        ack(&*storage, &mine, crashed, 3).await;
        let before = seen(&*storage, id).await;
        assert_eq!(
            ack(&*storage, &mine, way.clone(), 4).await,
            Ack::Stale,
            "{way:?} after a crash"
        );
        assert_eq!(seen(&*storage, id).await, before);
        let theirs = claim_one(&*storage, worker(), 5).await;
        let before = seen(&*storage, id).await;
        assert_eq!(
            ack(&*storage, &mine, way.clone(), 6).await,
            Ack::Stale,
            "{way:?} while another runs it"
        );
        assert_eq!(seen(&*storage, id).await, before);
        assert_eq!(
            ack(&*storage, &theirs, Next::End(end(State::Discarded)), 7).await,
            Ack::Done
        );
        let before = seen(&*storage, id).await;
        for claim in [&mine, &theirs] {
            assert_eq!(
                ack(&*storage, claim, way.clone(), 8).await,
                Ack::Stale,
                "{way:?} after its end"
            );
        }
        assert_eq!(seen(&*storage, id).await, before, "terminal is terminal");
    }
    let letters = storage
        .letters(Default::default(), 0, 9)
        .await
        .expect("listed");
    assert!(letters.is_empty(), "stale deaths leave no letters");
}

async fn twice_in_one_call(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let twice = vec![
        finish(&claimed, Next::End(end(State::Dead))),
        finish(&claimed, Next::End(end(State::Dead))),
        finish(&claimed, retry(0)),
    ];
    let acks = storage.finish(twice, now(2)).await.expect("finished");
    assert_eq!(acks, [Ack::Done, Ack::Done, Ack::Stale]);
    assert_eq!(state(&*storage, id).await, Some(State::Dead));
    let letters = storage
        .letters(Default::default(), 0, 9)
        .await
        .expect("listed");
    assert_eq!(letters.len(), 1);
}

async fn big_batches(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    insert(&*storage, (0..5_000).map(|_| job(kinds[0])).collect(), 0).await;
    let claimed = claim(&*storage, worker(), 5_000, 1).await;
    let mut done: Vec<_> = claimed
        .iter()
        .enumerate()
        .map(|(n, job)| match n % 3 {
            0 => finish(job, Next::End(end(State::Succeeded))),
            1 => finish(job, retry(60)),
            _ => finish(job, Next::PutBack),
        })
        .collect();
    done[0].claim.fence += 1;
    let acks = storage.finish(done, now(2)).await.expect("finished");
    assert_eq!(acks.len(), 5_000);
    assert_eq!(acks[0], Ack::Stale);
    assert!(acks[1..].iter().all(|ack| *ack == Ack::Done));
    assert_eq!(claim(&*storage, worker(), 5_000, 3).await.len(), 1_666);
}

async fn never_called(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let mut done = finish(&claimed, Next::End(end(State::Dead)));
    done.ran = None;
    storage.finish(vec![done], now(2)).await.expect("finished");
    let row = storage.get(id).await.expect("read").expect("a record");
    assert!(row.attempts.is_empty());
    let look = storage.look(id).await.expect("read").expect("a record");
    assert_eq!(look.error, Some(error("it broke")));
}

async fn dead_without_retention(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let how = End {
        retain: None,
        ..end(State::Dead)
    };
    ack(&*storage, &claimed, Next::End(how), 2).await;
    assert_eq!(state(&*storage, id).await, Some(State::Dead));
    assert_eq!(
        storage
            .letters(Default::default(), 0, 9)
            .await
            .expect("listed")
            .len(),
        1
    );
}
