//! Parks: until a time, until an event, and no wake-up is lost.

use std::{sync::Arc, time::Duration};

use jobs::{
    State,
    storage::{Ack, Cancelled, Next, Sent},
};
use jobs_tests::{Database, cases, make::*};

use crate::checkpoints::{event, park, send, take_event};

cases!(
    a_park_until_a_time,
    a_park_until_an_event,
    what_has_come_makes_it_ready_at_once,
    a_time_ends_the_wait_for_an_event,
    a_park_is_no_attempt,
    a_parked_one_is_cancelled_at_once,
    an_ask_ends_what_would_park,
    parks_and_events_side_by_side,
);

async fn a_park_until_a_time(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    assert_eq!(
        ack(&*storage, &claimed, park(Some(60), false), 2).await,
        Ack::Done
    );
    assert_eq!(
        ack(&*storage, &claimed, park(Some(60), false), 2).await,
        Ack::Done,
        "an answer that was lost"
    );
    assert_eq!(state(&*storage, id).await, Some(State::Parked));
    let early = storage.promote(9, now(50)).await.expect("promoted");
    assert_eq!((early.moved, early.next_in), (0, Some(secs(10))));
    assert!(claim(&*storage, worker(), 9, 59).await.is_empty());
    assert_eq!(
        storage.promote(9, now(60)).await.expect("promoted").moved,
        1
    );
    let again = claim_one(&*storage, worker(), 61).await;
    assert_eq!(again.run_at, claimed.run_at, "it keeps its place");
    assert_eq!(again.counters.as_deref(), Some(r#"{"begun":true}"#));
}

async fn a_park_until_an_event(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, park(None, true), 2).await;
    let other = storage.send_event(id, "other".into(), "1".into(), now(3));
    assert_eq!(other.await.expect("sent"), Sent::Kept);
    assert_eq!(state(&*storage, id).await, Some(State::Parked));
    assert_eq!(
        storage.promote(9, now(4)).await.expect("promoted").next_in,
        None
    );
    assert_eq!(send(&*storage, id, "1", 5).await, Sent::Woke(QUEUE.into()));
    assert_eq!(send(&*storage, id, "2", 5).await, Sent::Kept, "it is awake");
    assert_eq!(claim_one(&*storage, worker(), 6).await.claim.id, id);
}

async fn what_has_come_makes_it_ready_at_once(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let none = take_event(&*storage, event(&claimed, 0, None), 2).await;
    assert_eq!(none.expect("the claim holds").value, None);
    // It comes between the look and the park.
    send(&*storage, id, "1", 3).await;
    assert_eq!(
        ack(&*storage, &claimed, park(None, true), 4).await,
        Ack::Done
    );
    assert_eq!(state(&*storage, id).await, Some(State::Ready));
    assert_eq!(
        ack(&*storage, &claimed, park(None, true), 4).await,
        Ack::Done
    );
    claim_one(&*storage, worker(), 5).await;
}

async fn a_time_ends_the_wait_for_an_event(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, park(Some(60), true), 2).await;
    assert_eq!(
        storage.promote(9, now(60)).await.expect("promoted").moved,
        1
    );
    assert_eq!(send(&*storage, id, "1", 61).await, Sent::Kept);
    let again = claim_one(&*storage, worker(), 62).await;
    ack(&*storage, &again, park(Some(90), true), 63).await;
    assert_eq!(state(&*storage, id).await, Some(State::Ready));
}

async fn a_park_is_no_attempt(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, park(Some(5), false), 2).await;
    storage.promote(9, now(5)).await.expect("promoted");
    let again = claim_one(&*storage, worker(), 6).await;
    assert_eq!((again.attempt, again.runs, again.crashes), (0, 0, 0));
    assert!(again.claim.fence > claimed.claim.fence);
    ack(&*storage, &again, Next::End(end(State::Succeeded)), 7).await;
    let row = storage.get(id).await.expect("read").expect("a row");
    assert_eq!(row.attempts.len(), 1);
}

async fn a_parked_one_is_cancelled_at_once(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, park(Some(60), true), 2).await;
    let cancelled = storage.cancel(id, Some(DAY), now(3)).await;
    assert_eq!(cancelled.expect("cancelled"), Cancelled::Ended);
    assert_eq!(state(&*storage, id).await, Some(State::Cancelled));
    assert_eq!(send(&*storage, id, "1", 4).await, Sent::Ended);
    assert_eq!(
        storage.promote(9, now(99)).await.expect("promoted").moved,
        0
    );
}

async fn an_ask_ends_what_would_park(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let asked = storage.cancel(id, Some(DAY), now(2)).await.expect("asked");
    assert_eq!(asked, Cancelled::Asked);
    assert_eq!(
        ack(&*storage, &claimed, park(None, true), 3).await,
        Ack::Cancelled
    );
    assert_eq!(state(&*storage, id).await, Some(State::Cancelled));
}

/// Bringer and park meet in every order, on two handles.
async fn parks_and_events_side_by_side(database: Arc<dyn Database>) {
    let (storage, other) = (database.open().await, database.open().await);
    let kinds = declare(&*storage, &["plain"]).await;
    for round in 0..40_u64 {
        let id = insert(&*storage, vec![job(kinds[0])], 0).await[0];
        let claimed = claim_one(&*storage, worker(), 1).await;
        let bringing = async {
            tokio::time::sleep(Duration::from_micros(round * 40)).await;
            send(&*other, id, "1", 2).await
        };
        let (sent, acked) = tokio::join!(bringing, ack(&*storage, &claimed, park(None, true), 2));
        assert_eq!(acked, Ack::Done);
        assert!(matches!(sent, Sent::Kept | Sent::Woke(_)), "{sent:?}");
        assert_eq!(
            state(&*storage, id).await,
            Some(State::Ready),
            "round {round}"
        );
        let again = claim_one(&*storage, worker(), 3).await;
        ack(&*storage, &again, Next::End(end(State::Succeeded)), 4).await;
    }
}
