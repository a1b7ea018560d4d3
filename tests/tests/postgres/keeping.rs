//! Wake-ups, lost workers, and records by the day.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

/// `hearing` hears what another storage, SQL and a caller's transaction say, and not itself.
pub(crate) async fn hears(scope: &Scope, hearing: &Arc<PostgresStorage>) {
    let other = scope.storage().await;
    let kind = kind(&other).await;
    let mut wakes = hearing.wakeups();
    // The listener connects in the background: say it until it is heard.
    let patience = Instant::now();
    loop {
        other.announce(vec![Wake::Cancel]).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(100), wakes.next()).await;
        if let Ok(heard) = heard {
            assert_eq!(heard, Some(Wake::Cancel));
            break;
        }
        assert!(
            patience.elapsed() < Duration::from_secs(5),
            "nothing is heard"
        );
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    hearing.announce(vec![Wake::All]).await.unwrap();
    let queues: Vec<Cow<'static, str>> = vec!["a".into(), "b'\"ü".into()];
    other
        .announce(vec![
            Wake::Ready(queues.clone()),
            Wake::DueIn(Duration::from_millis(1500)),
        ])
        .await
        .unwrap();
    let mut next = wake(&mut wakes).await;
    while next == Wake::Cancel {
        next = wake(&mut wakes).await;
    }
    assert_eq!(next, Wake::Ready(queues));
    assert_eq!(
        wake(&mut wakes).await,
        Wake::DueIn(Duration::from_millis(1500))
    );

    // In a transaction: only if somebody sleeps.
    let me = worker();
    hearing.register(info(me, DAY), None).await.unwrap();
    let insert = |commit: bool| {
        let other = Arc::clone(&other);
        async move {
            let mut transaction = other.begin().await.unwrap();
            other
                .insert_on(&mut transaction, vec![job(kind)], None)
                .await
                .unwrap();
            if commit {
                transaction.commit().await.unwrap();
            } else {
                transaction.rollback().await.unwrap();
            }
        }
    };
    insert(true).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(200), wakes.next())
            .await
            .is_err()
    );
    while !hearing
        .claim(claim(me, 100), None)
        .await
        .unwrap()
        .is_empty()
    {}
    insert(false).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(200), wakes.next())
            .await
            .is_err()
    );
    insert(true).await;
    assert_eq!(wake(&mut wakes).await, Wake::Ready(vec!["default".into()]));
    let pool = scope.pool().await;
    sqlx::query(
        scope.sql("SELECT {s}.jobs_enqueue('Mail', '{}', run_at => now() + interval '1 hour')"),
    )
    .execute(&pool)
    .await
    .unwrap();
    let due = wake(&mut wakes).await;
    assert!(
        matches!(due, Wake::DueIn(wait) if wait > Duration::from_secs(3590) && wait <= Duration::from_secs(3600)),
        "{due:?}"
    );

    // A lost connection is found out, and said.
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jobs listen' AND query LIKE '%' || $1 || '%'")
        .bind(&scope.schema)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(wake(&mut wakes).await, Wake::All);
    tokio::time::sleep(Duration::from_millis(300)).await;
    other.announce(vec![Wake::Cancel]).await.unwrap();
    assert_eq!(wake(&mut wakes).await, Wake::Cancel);
    other.close().await;
}

pub(crate) async fn workers_hear_of_each_other() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        assert_eq!(storage.idle_poll(), Duration::from_secs(10));
        hears(&scope, &storage).await;
        let mut wakes = storage.wakeups();
        storage.close().await;
        assert_eq!(wakes.next().await, None);
    })
    .await;
}

pub(crate) async fn records_are_filed_by_day_and_dropped_with_it() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let pool = scope.pool().await;
        let partitions =
            async || -> i64 {
                sqlx::query_scalar(scope.sql(
                    "SELECT count(*) FROM pg_inherits WHERE inhparent = '{s}.history'::regclass",
                ))
                .fetch_one(&pool)
                .await
                .unwrap()
            };
        let count = async |table: &str| -> i64 {
            sqlx::query_scalar(scope.sql(&format!("SELECT count(*) FROM {{s}}.{table}")))
                .fetch_one(&pool)
                .await
                .unwrap()
        };
        assert_eq!(
            partitions().await,
            7,
            "three for a day, three for ninety, and the rest"
        );

        let week = 7 * DAY;
        storage.prune(vec![DAY, week], 1_000, None).await.unwrap();
        assert_eq!(partitions().await, 10);
        let me = worker();
        // Kept for a day, for a week, for a time that has no partition, dead, and not at all.
        let retains = [Some(DAY), Some(week), Some(30 * DAY), None, None];
        storage
            .insert(
                vec![job(kind); 5].into_iter().map(|_| job(kind)).collect(),
                None,
            )
            .await
            .unwrap();
        let claimed = storage.claim(claim(me, 10), None).await.unwrap();
        let done: Vec<_> = claimed
            .iter()
            .zip(retains)
            .enumerate()
            .map(|(n, (job, retain))| match n {
                3 => end(job, State::Dead, Some(error("died")), None),
                1 => end(job, State::Discarded, Some(error("gave up")), retain),
                _ => end(job, State::Succeeded, None, retain),
            })
            .collect();
        assert_eq!(storage.finish(done, None).await.unwrap(), [Ack::Done; 5]);
        assert_eq!(
            (count("history").await, count("history_other").await),
            (4, 1)
        );
        assert_eq!(
            (count("attempts").await, count("dead_letters").await),
            (2, 1)
        );

        let at = |days: u32| Some(Utc::now() + days * DAY);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(1)).await.unwrap(), 0);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(2)).await.unwrap(), 1);
        assert!(storage.get(claimed[0].claim.id).await.unwrap().is_none());
        assert_eq!(count("attempts").await, 2);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(8)).await.unwrap(), 1);
        assert_eq!(count("attempts").await, 1);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(31)).await.unwrap(), 1);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(91)).await.unwrap(), 1);
        assert_eq!(
            (
                count("history").await,
                count("attempts").await,
                count("dead_letters").await
            ),
            (0, 0, 0)
        );

        // A lock that is held postpones, and blocks nobody.
        let mut blocker = pool.begin().await.unwrap();
        sqlx::query(scope.sql("LOCK TABLE {s}.history IN ACCESS SHARE MODE"))
            .execute(&mut *blocker)
            .await
            .unwrap();
        let before = partitions().await;
        let start = Instant::now();
        storage.prune(vec![DAY], 1_000, at(300)).await.unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{:?}",
            start.elapsed()
        );
        blocker.rollback().await.unwrap();
        storage.prune(vec![DAY], 1_000, at(300)).await.unwrap();
        assert_eq!(partitions().await, 7, "{before} before");
        storage.close().await;
    })
    .await;
}

pub(crate) async fn a_silent_worker_is_lost_and_its_claims_are_handed_over() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let (silent, alive, stopped) = (worker(), worker(), worker());
        let start = Utc::now();
        for id in [silent, alive, stopped] {
            storage
                .register(info(id, Duration::from_secs(30)), Some(start))
                .await
                .unwrap();
        }
        storage.deregister(stopped, Some(start)).await.unwrap();
        storage
            .insert((0..5).map(|_| job(kind)).collect(), Some(start))
            .await
            .unwrap();
        let held = storage.claim(claim(silent, 3), Some(start)).await.unwrap();
        storage.claim(claim(alive, 1), Some(start)).await.unwrap();
        let later = Some(start + Duration::from_secs(31));
        assert!(storage.renew(alive, later).await.unwrap().alive);
        assert!(
            storage
                .lost(10, Some(start + Duration::from_secs(29)))
                .await
                .unwrap()
                .is_empty()
        );
        let lost = storage.lost(2, later).await.unwrap();
        assert_eq!(lost.len(), 2);
        let lost = storage.lost(10, later).await.unwrap();
        let lost: Vec<_> = lost.into_iter().map(|lost| lost.claimed).collect();
        assert_eq!(lost.len(), 3, "they stay until somebody finishes them");
        assert!(!storage.renew(silent, later).await.unwrap().alive);
        assert!(
            storage
                .claim(claim(silent, 1), later)
                .await
                .unwrap()
                .is_empty()
        );
        // Two that hand over, and the lost one itself: one of them wins.
        let crash = |job: &Claimed| Finish {
            ran: None,
            logs: None,
            ..to(
                job,
                Next::Crashed {
                    error: error("its worker died"),
                },
            )
        };
        let crashes: Vec<_> = lost.iter().map(crash).collect();
        let (one, two) = tokio::join!(
            storage.finish(crashes.clone(), later),
            storage.finish(crashes.clone(), later)
        );
        assert_eq!(
            (one.unwrap(), two.unwrap()),
            (vec![Ack::Done; 3], vec![Ack::Done; 3])
        );
        let claimed = storage.claim(claim(alive, 10), later).await.unwrap();
        assert_eq!(claimed.len(), 4);
        let late: Vec<_> = held.iter().map(succeed).collect();
        assert_eq!(storage.finish(late, later).await.unwrap(), [Ack::Stale; 3]);
        let row = storage.get(held[0].claim.id).await.unwrap().unwrap();
        assert_eq!(row.attempts.len(), 2);
        assert!(row.attempts[0].error.is_some() && row.attempts[1].ended_at.is_none());
        assert_eq!(claimed.iter().map(|job| job.crashes).sum::<u32>(), 3);
        // It begins anew.
        storage
            .register(info(silent, Duration::from_secs(30)), later)
            .await
            .unwrap();
        assert!(storage.renew(silent, later).await.unwrap().alive);
        storage
            .prune(vec![], 10, Some(start + 3 * DAY))
            .await
            .unwrap();
        let left: i64 = sqlx::query_scalar(scope.sql("SELECT count(*) FROM {s}.workers"))
            .fetch_one(&scope.pool().await)
            .await
            .unwrap();
        assert_eq!(left, 2);
        storage.close().await;
    })
    .await;
}
