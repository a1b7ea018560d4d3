//! What is stored for monitoring: logs of attempts, the trace of whoever enqueued a job.

use std::sync::Arc;

use jobs::{
    JobId, State, TraceContext,
    storage::{Ack, Claimed, End, Finish, Next, Storage},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    logs_stay_with_their_attempt,
    logs_of_a_job_without_a_record_go,
    a_trace_comes_back_with_each_claim,
    keyed_and_plain_jobs_carry_their_own_traces,
);

async fn logged(storage: &dyn Storage, claimed: &Claimed, to: Next, logs: &str, seconds: i64) {
    let finish = Finish {
        claim: claimed.claim,
        ran: Some(secs(1)),
        logs: Some(logs.to_owned()),
        to,
    };
    let acks = storage.finish(vec![finish], now(seconds)).await;
    assert_eq!(acks.expect("written"), [Ack::Done]);
}

async fn logs(storage: &dyn Storage, id: JobId) -> Vec<(u32, bool, Option<String>)> {
    let row = storage.get(id).await.expect("read").expect("a record");
    let attempts = row.attempts.into_iter();
    attempts
        .map(|attempt| (attempt.number, attempt.error.is_some(), attempt.logs))
        .collect()
}

async fn logs_stay_with_their_attempt(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for ending in [
        State::Succeeded,
        State::Discarded,
        State::Dead,
        State::Cancelled,
    ] {
        let id = one(&*storage).await;
        let first = claim_one(&*storage, worker(), 1).await;
        logged(&*storage, &first, retry(0), "one\0\ntwo é\n", 2).await;
        let second = claim_one(&*storage, worker(), 3).await;
        ack(&*storage, &second, retry(0), 4).await;
        let third = claim_one(&*storage, worker(), 5).await;
        logged(&*storage, &third, Next::End(end(ending)), "three\n", 6).await;
        let failed = ending == State::Dead;
        assert_eq!(
            logs(&*storage, id).await,
            [
                (1, true, Some("one\u{fffd}\ntwo é\n".to_owned())),
                (2, true, None),
                (3, failed, Some("three\n".to_owned())),
            ],
            "{ending}"
        );
    }
}

async fn logs_of_a_job_without_a_record_go(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = one(&*storage).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    let how = End {
        retain: None,
        ..end(State::Succeeded)
    };
    logged(&*storage, &claimed, Next::End(how), "gone\n", 2).await;
    assert!(storage.get(id).await.expect("read").is_none());
    // The same id again begins without what was.
    let kinds = declare(&*storage, &["plain"]).await;
    let again = jobs::storage::NewJob {
        id,
        ..job(kinds[0])
    };
    insert(&*storage, vec![again], 3).await;
    let claimed = claim_one(&*storage, worker(), 4).await;
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 5).await;
    assert_eq!(logs(&*storage, id).await, [(1, false, None)]);
}

fn trace(span: u8) -> TraceContext {
    let parent = format!("00-0af7651916cd43dd8448eb211c80319c-00000000000000{span:02x}-01");
    TraceContext::new(&parent, Some("vendor=a, other=b")).expect("well-formed")
}

async fn a_trace_comes_back_with_each_claim(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let traced = jobs::storage::NewJob {
        trace: Some(Box::new(trace(7))),
        ..job(kinds[0])
    };
    insert(&*storage, vec![traced], 0).await;
    for seconds in [1, 3] {
        let claimed = claim_one(&*storage, worker(), seconds).await;
        assert_eq!(claimed.trace.as_deref(), Some(&trace(7)));
        ack(&*storage, &claimed, retry(0), seconds + 1).await;
    }
}

async fn keyed_and_plain_jobs_carry_their_own_traces(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let of = |n: u8| jobs::storage::NewJob {
        trace: (n != 0).then(|| Box::new(trace(n))),
        keys: n.is_multiple_of(2).then(|| {
            Box::new(jobs::storage::Keys {
                rate: Some(jobs::storage::RateKey {
                    key: "rate".into(),
                    count: 100,
                    per: secs(60),
                }),
                ..jobs::storage::Keys::default()
            })
        }),
        ..job(kinds[0])
    };
    let all: Vec<_> = (0..6).map(of).collect();
    let mut expected: Vec<_> = all.iter().map(|job| (job.id, job.trace.clone())).collect();
    insert(&*storage, all, 0).await;
    let claimed = claim(&*storage, worker(), 10, 1).await;
    let mut found: Vec<_> = claimed
        .into_iter()
        .map(|claimed| (claimed.claim.id, claimed.trace))
        .collect();
    expected.sort_by_key(|(id, _)| *id);
    found.sort_by_key(|(id, _)| *id);
    assert_eq!(found, expected);
}
