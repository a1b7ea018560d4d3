//! A job's whole life.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

/// The whole life of jobs, as the trait says it; the conformance suite has the details.
pub(crate) async fn lives(storage: &PostgresStorage) {
    let kind = kind(storage).await;
    let me = worker();
    storage
        .register(info(me, Duration::from_secs(60)), None)
        .await
        .unwrap();

    // Inserts are idempotent and keep their order.
    let mut jobs: Vec<_> = (0..5).map(|_| job(kind)).collect();
    jobs[3].priority = -1;
    jobs[4].run_at = RunAt::In(Duration::from_secs(3600));
    jobs[0].args = r#"{"text":"a\u0000b"}"#.into();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let again = jobs.clone();
    assert_eq!(
        storage.insert(jobs, None).await.unwrap(),
        [Inserted::New; 5]
    );
    let mut mixed = again;
    mixed.insert(2, job(kind));
    let mut expected = vec![Inserted::Exists(kind); 6];
    expected[2] = Inserted::New;
    let extra = mixed[2].id;
    assert_eq!(storage.insert(mixed, None).await.unwrap(), expected);
    let claimed = storage.claim(claim(me, 10), None).await.unwrap();
    assert_eq!(
        claimed.iter().map(|job| job.claim.id).collect::<Vec<_>>(),
        [ids[3], ids[0], ids[1], ids[2], extra]
    );
    assert_eq!(claimed[1].args, r#"{"text":"a\u0000b"}"#);
    assert_eq!(
        storage.look(ids[0]).await.unwrap().unwrap().state,
        State::Running
    );
    assert_eq!(
        storage.look(ids[4]).await.unwrap().unwrap().state,
        State::Scheduled
    );
    assert!(storage.claim(claim(me, 10), None).await.unwrap().is_empty());

    // Another claim of the same worker changes nothing.
    let mut other = succeed(&claimed[1]);
    other.claim.fence += 1;
    let put_back = Finish {
        to: Next::PutBack,
        ..other.clone()
    };
    assert_eq!(
        storage.finish(vec![other], None).await.unwrap(),
        [Ack::Stale]
    );
    assert_eq!(
        storage.finish(vec![put_back], None).await.unwrap(),
        [Ack::Stale]
    );
    assert_eq!(
        storage.look(ids[0]).await.unwrap().unwrap().state,
        State::Running
    );

    // Every kind of end, once and again, and from a stale claim.
    let retry = Next::Retry {
        after: Duration::from_secs(600),
        queue: None,
        priority: Some(7),
        counters: Some("{}".into()),
        error: Some(error("first")),
    };
    let done = vec![
        succeed(&claimed[0]),
        to(&claimed[1], retry),
        to(&claimed[2], Next::PutBack),
        end(&claimed[3], State::Dead, Some(error("It BROKE 50%")), None),
        to(
            &claimed[4],
            Next::Block {
                on: BlockedOn::UnknownKind,
                counters: None,
            },
        ),
    ];
    let mut stale = succeed(&claimed[0]);
    stale.claim.fence += 1;
    let mut all = done.clone();
    all.push(stale.clone());
    let mut acks = vec![Ack::Done; 5];
    assert_eq!(storage.finish(done.clone(), None).await.unwrap(), acks);
    acks.push(Ack::Stale);
    assert_eq!(storage.finish(all, None).await.unwrap(), acks);
    let look = storage.look(ids[3]).await.unwrap().unwrap();
    assert_eq!(
        (look.state, look.output.as_deref()),
        (State::Succeeded, Some("42"))
    );
    let row = storage.get(ids[3]).await.unwrap().unwrap();
    assert_eq!(row.attempts.len(), 1);
    assert_eq!((row.attempts[0].number, row.name.as_str()), (1, "Mail"));
    assert!(row.attempts[0].ended_at == row.finished_at && row.finished_at.is_some());
    let row = storage.get(ids[0]).await.unwrap().unwrap();
    assert_eq!((row.state, row.priority), (State::Scheduled, 7));
    assert_eq!(row.attempts[0].error, Some(error("first")));
    assert_eq!(
        storage.look(ids[1]).await.unwrap().unwrap().state,
        State::Ready
    );
    let blocked = storage.get(extra).await.unwrap().unwrap();
    assert_eq!(blocked.state, State::Blocked);
    assert_eq!(blocked.reason.as_deref(), Some("unknown kind"));
    assert_eq!(
        storage.unblock(vec![(kind, 1)], false, None).await.unwrap(),
        1
    );

    // What is due becomes ready, by the time that is passed.
    let promoted = storage.promote(10, None).await.unwrap();
    assert_eq!(promoted.moved, 0);
    let wait = promoted.next_in.unwrap();
    assert!(
        wait < Duration::from_secs(601) && wait > Duration::from_secs(590),
        "{wait:?}"
    );
    let later = Some(Utc::now() + Duration::from_secs(7200));
    assert_eq!(
        storage.promote(10, later).await.unwrap(),
        Promoted {
            moved: 2,
            next_in: None
        }
    );
    let claimed = storage.claim(claim(me, 10), None).await.unwrap();
    assert_eq!(claimed.len(), 4);
    let retried = claimed.iter().find(|job| job.claim.id == ids[0]).unwrap();
    assert_eq!((retried.attempt, retried.runs, retried.crashes), (1, 1, 0));
    let crash = claimed
        .iter()
        .map(|job| {
            to(
                job,
                Next::Crashed {
                    error: error("lost"),
                },
            )
        })
        .collect();
    assert_eq!(storage.finish(crash, None).await.unwrap(), [Ack::Done; 4]);

    // Dead letters.
    let filter = LetterFilter {
        names: vec!["Mail".into()],
        text: Some("broke 50%".into()),
        unresolved: true,
        ..LetterFilter::default()
    };
    let letters = storage.letters(filter.clone(), 0, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].row.id, letters[0].row.state),
        (ids[2], State::Dead)
    );
    assert_eq!(letters[0].row.attempts.len(), 1);
    let none = LetterFilter {
        text: Some("5_%".into()),
        ..filter.clone()
    };
    assert!(storage.letters(none, 0, 10).await.unwrap().is_empty());
    let number = letters[0].number;
    let (one, two) = tokio::join!(
        storage.resolve(vec![number], Resolve::Retry, None),
        storage.resolve(vec![number, number], Resolve::Discard, None)
    );
    let resolved = [one.unwrap(), two.unwrap()].concat();
    assert_eq!(
        resolved
            .iter()
            .filter(|done| **done == Resolved::Now)
            .count(),
        1,
        "{resolved:?}"
    );
    assert!(storage.letters(filter, 0, 10).await.unwrap().is_empty());

    // Cancel.
    let waiting = job(kind);
    let id = waiting.id;
    storage.insert(vec![waiting], None).await.unwrap();
    assert_eq!(
        storage.cancel(id, Some(DAY), None).await.unwrap(),
        Cancelled::Ended
    );
    assert_eq!(
        storage.cancel(id, Some(DAY), None).await.unwrap(),
        Cancelled::TooLate
    );
    assert_eq!(
        storage.cancel(JobId::new(), Some(DAY), None).await.unwrap(),
        Cancelled::NotFound
    );
    let claimed = storage.claim(claim(me, 1), None).await.unwrap();
    let running = claimed[0].claim;
    assert_eq!(
        storage.cancel(running.id, Some(DAY), None).await.unwrap(),
        Cancelled::Asked
    );
    let renewed = storage.renew(me, None).await.unwrap();
    assert!(renewed.alive);
    assert_eq!(renewed.cancel, [running.id]);
    let progress = jobs::Progress {
        done: 1,
        total: 2,
        message: "half\0way".into(),
    };
    storage
        .progress(vec![(running, progress.clone())])
        .await
        .unwrap();
    assert_eq!(
        storage.get(running.id).await.unwrap().unwrap().progress,
        Some(progress)
    );
    let ended = end(&claimed[0], State::Cancelled, None, None);
    assert_eq!(
        storage.finish(vec![ended.clone()], None).await.unwrap(),
        [Ack::Done]
    );
    assert_eq!(
        storage.finish(vec![ended], None).await.unwrap(),
        [Ack::Done]
    );
    assert!(storage.get(running.id).await.unwrap().is_none());
    storage.prune(vec![DAY], 100, None).await.unwrap();
    storage.announce(vec![Wake::Ready(vec![])]).await.unwrap();

    // A caller's transaction, rolled back and committed.
    for commit in [false, true] {
        let mut transaction = storage.begin().await.unwrap();
        let new = job(kind);
        let id = new.id;
        let mut known = new.clone();
        known.id = ids[3];
        known.may_exist = true;
        let inserted = storage
            .insert_on(&mut transaction, vec![new, known], None)
            .await
            .unwrap();
        assert_eq!(inserted, [Inserted::New, Inserted::Exists(kind)]);
        if commit {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(storage.look(id).await.unwrap().is_some(), commit);
    }
    storage.deregister(me, None).await.unwrap();
    assert!(!storage.renew(me, None).await.unwrap().alive);
    storage.close().await;
    assert!(matches!(storage.look(ids[0]).await, Err(Error::Closed)));
    assert!(matches!(storage.begin().await, Err(Error::Closed)));
}

pub(crate) async fn jobs_live_in_postgres() {
    in_schema(|scope| async move { lives(&*scope.storage().await).await }).await;
}
