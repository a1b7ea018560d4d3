//! `checkpoints`, `settle`, `take_event` and `send_event`: guarded by the claim.

use std::sync::Arc;

use jobs::{
    JobId, State,
    storage::{
        Ack, Awaited, CheckpointKind, Claimed, Inserted, Next, Sent, Settle, Storage, TakeEvent,
        TakenEvent,
    },
};
use jobs_tests::{Database, cases, make::*};

cases!(
    a_checkpoint_is_written_and_read,
    one_of_another_claim_writes_nothing,
    jobs_go_with_their_checkpoint,
    a_wait_keeps_its_first_time,
    events_are_taken_in_their_order,
    an_event_taken_twice_is_the_same,
    an_event_that_does_not_come_in_time,
    an_event_of_another_claim_is_not_taken,
    nobody_takes_events_of_the_ended,
    nothing_is_left_of_what_leaves_no_record,
    checkpoints_outlive_a_death,
    they_go_with_the_record,
);

fn step(claimed: &Claimed, name: &str, value: &str) -> Settle {
    Settle {
        claim: claimed.claim,
        kind: CheckpointKind::Step,
        name: name.to_owned(),
        value: Some(value.to_owned()),
        wait: None,
        jobs: Vec::new(),
        groups: Vec::new(),
    }
}

pub(crate) fn event(claimed: &Claimed, number: u32, within: Option<u64>) -> TakeEvent {
    TakeEvent {
        claim: claimed.claim,
        name: "said".to_owned(),
        number,
        within: within.map(secs),
    }
}

pub(crate) async fn take_event(
    storage: &dyn Storage,
    take: TakeEvent,
    seconds: i64,
) -> Option<TakenEvent> {
    storage.take_event(take, now(seconds)).await.expect("asked")
}

pub(crate) async fn send(storage: &dyn Storage, id: JobId, value: &str, seconds: i64) -> Sent {
    let sent = storage.send_event(id, "said".into(), value.into(), now(seconds));
    sent.await.expect("sent")
}

pub(crate) fn park(until: Option<i64>, on: bool) -> Next {
    Next::Park {
        until: until.map(at),
        on: on.then(|| Awaited::Event("said".into())),
        counters: Some(r#"{"begun":true}"#.into()),
    }
}

async fn names(storage: &dyn Storage, id: JobId) -> Vec<(String, Option<String>)> {
    let stored = storage.checkpoints(id, now(0)).await.expect("read");
    let mut all: Vec<_> = stored
        .all
        .into_iter()
        .map(|one| (one.name, one.value))
        .collect();
    all.sort();
    all
}

async fn a_checkpoint_is_written_and_read(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let none = storage.checkpoints(id, now(7)).await.expect("read");
    assert_eq!((none.now, none.all.len()), (at(7), 0));
    for value in ["1", "[\"\\u0000\"]"] {
        let written = storage.settle(step(&claimed, "a", value), now(2)).await;
        let written = written.expect("written").expect("the claim holds");
        assert_eq!((written.until, written.inserted.len()), (None, 0));
    }
    let same = Settle {
        kind: CheckpointKind::Cursor,
        ..step(&claimed, "a", "9")
    };
    storage.settle(same, now(2)).await.expect("written");
    let stored = storage.checkpoints(id, now(3)).await.expect("read");
    let mut all: Vec<_> = stored
        .all
        .iter()
        .map(|one| (one.kind, one.value.clone()))
        .collect();
    all.sort();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        all,
        [
            (CheckpointKind::Step, text("[\"\\u0000\"]")),
            (CheckpointKind::Cursor, text("9"))
        ]
    );
}

async fn one_of_another_claim_writes_nothing(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let mut stale = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &stale, Next::PutBack, 2).await;
    let mut with_jobs = step(&stale, "a", "1");
    with_jobs.jobs = vec![job(stale.kind)];
    let ended = storage.settle(with_jobs.clone(), now(3)).await;
    assert_eq!(ended.expect("asked"), None, "its claim has ended");
    let claimed = claim_one(&*storage, worker(), 4).await;
    let other = storage.settle(with_jobs, now(5)).await.expect("asked");
    assert_eq!(other, None, "another claim");
    stale.claim = claimed.claim;
    stale.claim.worker = worker();
    let other = storage.settle(step(&stale, "a", "1"), now(5)).await;
    assert_eq!(other.expect("asked"), None, "another worker");
    assert!(names(&*storage, id).await.is_empty());
    assert!(
        claim(&*storage, worker(), 9, 6).await.is_empty(),
        "no job was enqueued"
    );
}

async fn jobs_go_with_their_checkpoint(database: Arc<dyn Database>) {
    let storage = database.open().await;
    one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let mut settle = step(&claimed, "page", "2");
    settle.jobs = vec![job(claimed.kind), job(claimed.kind)];
    let written = storage
        .settle(settle.clone(), now(2))
        .await
        .expect("written");
    assert_eq!(
        written.expect("the claim holds").inserted,
        [Inserted::New; 2]
    );
    // An answer that was lost: the same jobs are not enqueued again.
    let again = storage
        .settle(settle.clone(), now(2))
        .await
        .expect("written");
    assert_eq!(again.expect("the claim holds").inserted.len(), 2);
    let mut found = ids(&claim(&*storage, worker(), 9, 3).await);
    found.sort();
    let mut expected: Vec<_> = settle.jobs.iter().map(|job| job.id).collect();
    expected.sort();
    assert_eq!(found, expected);
}

async fn a_wait_keeps_its_first_time(database: Arc<dyn Database>) {
    let storage = database.open().await;
    one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let sleep = Settle {
        kind: CheckpointKind::Sleep,
        value: None,
        wait: Some(secs(60)),
        ..step(&claimed, "nap", "")
    };
    for second in [2, 30] {
        let written = storage.settle(sleep.clone(), now(second)).await;
        let written = written.expect("written").expect("the claim holds");
        assert_eq!(written.until, Some(at(62)));
    }
}

async fn events_are_taken_in_their_order(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    for value in ["1", "2"] {
        assert_eq!(send(&*storage, id, value, 0).await, Sent::Kept);
    }
    let claimed = claim_one(&*storage, worker(), 1).await;
    assert_eq!(send(&*storage, id, "3", 1).await, Sent::Kept);
    for number in 0..3 {
        let taken = take_event(&*storage, event(&claimed, number, None), 2).await;
        let value = taken.expect("the claim holds").value;
        assert_eq!(value, Some(format!("[{}]", number + 1)));
    }
    let none = take_event(&*storage, event(&claimed, 3, None), 2).await;
    let none = none.expect("the claim holds");
    assert_eq!((none.value, none.until), (None, None));
}

async fn an_event_taken_twice_is_the_same(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    for value in ["1", "2"] {
        send(&*storage, id, value, 0).await;
    }
    let claimed = claim_one(&*storage, worker(), 1).await;
    for _ in 0..3 {
        let taken = take_event(&*storage, event(&claimed, 0, Some(9)), 2).await;
        assert_eq!(
            taken.expect("the claim holds").value.as_deref(),
            Some("[1]")
        );
    }
    let next = take_event(&*storage, event(&claimed, 1, None), 2).await;
    assert_eq!(next.expect("the claim holds").value.as_deref(), Some("[2]"));
}

async fn an_event_that_does_not_come_in_time(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let ask = async |number, within, second| {
        let taken = take_event(&*storage, event(&claimed, number, within), second).await;
        taken.expect("the claim holds")
    };
    let first = ask(0, Some(60), 10).await;
    assert_eq!((first.value, first.until), (None, Some(at(70))));
    let early = ask(0, Some(60), 69).await;
    assert_eq!((early.value, early.until), (None, Some(at(70))));
    assert_eq!(ask(0, Some(60), 70).await.value.as_deref(), Some("[]"));
    // What is settled stays, whatever comes later.
    send(&*storage, id, "5", 71).await;
    assert_eq!(ask(0, Some(60), 72).await.value.as_deref(), Some("[]"));
    assert_eq!(ask(1, None, 72).await.value.as_deref(), Some("[5]"));
    assert_eq!(ask(2, Some(0), 73).await.value.as_deref(), Some("[]"));
}

async fn an_event_of_another_claim_is_not_taken(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    send(&*storage, id, "1", 0).await;
    let stale = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &stale, Next::PutBack, 2).await;
    let claimed = claim_one(&*storage, worker(), 3).await;
    assert_eq!(take_event(&*storage, event(&stale, 0, None), 4).await, None);
    let taken = take_event(&*storage, event(&claimed, 0, None), 4).await;
    assert_eq!(
        taken.expect("the claim holds").value.as_deref(),
        Some("[1]")
    );
}

async fn nobody_takes_events_of_the_ended(database: Arc<dyn Database>) {
    let storage = database.open().await;
    assert_eq!(send(&*storage, JobId::new(), "1", 0).await, Sent::NotFound);
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 2).await;
    assert_eq!(send(&*storage, id, "1", 3).await, Sent::Ended);
}

/// A second job of the same id must find nothing of the first.
async fn nothing_is_left_of_what_leaves_no_record(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let id = JobId::new();
    for second in 0..4_i64 {
        let mut new = job(kinds[0]);
        new.id = id;
        insert(&*storage, vec![new], second * 10).await;
        let claimed = claim_one(&*storage, worker(), second * 10 + 1).await;
        assert!(names(&*storage, id).await.is_empty());
        let none = take_event(&*storage, event(&claimed, 7, None), second * 10 + 2).await;
        assert_eq!(
            none.expect("the claim holds").value,
            None,
            "no event is left"
        );
        let settle = storage.settle(step(&claimed, "a", "1"), now(second * 10 + 3));
        settle.await.expect("written");
        send(&*storage, id, "1", second * 10 + 3).await;
        let fleeting = jobs::storage::End {
            retain: None,
            ..end(State::Succeeded)
        };
        match second {
            0 => {
                ack(&*storage, &claimed, Next::End(fleeting), 4).await;
            }
            1 => {
                ack(&*storage, &claimed, Next::PutBack, 14).await;
                storage.cancel(id, None, now(15)).await.expect("cancelled");
            }
            _ => {
                storage.cancel(id, None, now(24)).await.expect("asked");
                let acked = ack(&*storage, &claimed, park(None, true), 25).await;
                assert_eq!(acked, Ack::Cancelled);
            }
        }
        assert_eq!(state(&*storage, id).await, None, "{second}");
        assert!(names(&*storage, id).await.is_empty(), "{second}");
    }
}

async fn checkpoints_outlive_a_death(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    storage
        .settle(step(&claimed, "a", "1"), now(2))
        .await
        .expect("written");
    ack(&*storage, &claimed, Next::End(end(State::Dead)), 3).await;
    let filter = jobs::storage::LetterFilter::default();
    let letters = storage.letters(filter, 0, 9).await.expect("read");
    let numbers = letters.iter().map(|letter| letter.number).collect();
    let retry = jobs::storage::Resolve::Retry;
    storage
        .resolve(numbers, retry, now(4))
        .await
        .expect("retried");
    let again = claim_one(&*storage, worker(), 5).await;
    assert_eq!(again.claim.id, id);
    assert_eq!(
        names(&*storage, id).await,
        [("a".to_owned(), Some("1".to_owned()))]
    );
}

async fn they_go_with_the_record(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    storage
        .settle(step(&claimed, "a", "1"), now(2))
        .await
        .expect("written");
    send(&*storage, id, "1", 2).await;
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 3).await;
    assert_eq!(names(&*storage, id).await.len(), 1);
    let later = 4 * 86_400;
    storage
        .prune(vec![DAY], 100, now(later))
        .await
        .expect("pruned");
    assert_eq!(state(&*storage, id).await, None);
    assert!(names(&*storage, id).await.is_empty());
}
