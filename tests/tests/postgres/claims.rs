//! What claims cost, and what becomes of them when connections break.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

pub(crate) async fn claims_read_the_claim_index_and_are_hot_updates() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let pool = scope.pool().await;
        // Many scheduled jobs are not in the way, and the statistics are from when the table was empty.
        for _ in 0..4 {
            let later = (0..5_000)
                .map(|_| NewJob { run_at: RunAt::In(DAY), ..job(kind) })
                .collect();
            storage.insert(later, None).await.unwrap();
        }
        for _ in 0..2 {
            storage.insert((0..1_000).map(|_| job(kind)).collect(), None).await.unwrap();
        }
        let text = include_str!("../../../jobs/sql/queries/postgres/claim.sql")
            .replace("{s}", &format!("\"{}\"", scope.schema))
            .replace("$1", "NULL")
            .replace("$2", "gen_random_uuid()")
            .replace("$3", "ARRAY['default', 'other']")
            .replace("$4", "ARRAY[100, 100]")
            .replace("$5", "1")
            .replace("$6", "ARRAY[-32768, -1]::int2[]")
            .replace("$7", "ARRAY[NULL, now()]::timestamptz[]")
            .replace("$8", "ARRAY[0, 7]::int8[]");
        let mut connection = pool.begin().await.unwrap();
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS) {text}")))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        connection.rollback().await.unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan using jobs_claim on jobs"), "{plan}");
        assert!(plan.contains("Tid Scan on jobs"), "{plan}");
        assert!(!plan.contains("Seq Scan on jobs") && !plan.contains("Sort Key: j.priority"), "{plan}");

        let me = worker();
        let mut taken = 0;
        while taken < 2_000 {
            let claimed = storage.claim(claim(me, 100), None).await.unwrap();
            assert_eq!(claimed.len(), 100);
            taken += claimed.len();
            storage.finish(claimed.iter().map(succeed).collect(), None).await.unwrap();
        }
        storage.close().await;
        let patience = Instant::now();
        loop {
            let (updates, hot): (i64, i64) = sqlx::query_as(
                "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = 'jobs'",
            )
            .bind(&scope.schema)
            .fetch_one(&pool)
            .await
            .unwrap();
            if updates >= 2_000 {
                assert!(hot * 10 > updates * 9, "{hot} of {updates}");
                break;
            }
            assert!(patience.elapsed() < Duration::from_secs(20), "{updates} updates are counted");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await;
}

pub(crate) async fn claims_whose_answer_was_lost_are_undone() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let me = worker();
        storage.register(info(me, DAY), None).await.unwrap();
        storage
            .insert((0..2_000).map(|_| job(kind)).collect(), None)
            .await
            .unwrap();
        // Callers that give up at any moment.
        let mut held = Vec::new();
        for n in 0..40 {
            let wait = Duration::from_micros(100 * n);
            if let Ok(claimed) =
                tokio::time::timeout(wait, storage.claim(claim(me, 10), None)).await
            {
                held.extend(claimed.unwrap());
            }
        }
        // What was lost comes back, at once or when the statement that took it is seen to have ended.
        let patience = Instant::now();
        while held.len() < 2_000 && patience.elapsed() < Duration::from_secs(10) {
            held.extend(storage.claim(claim(me, 500), None).await.unwrap());
        }
        let mut ids: Vec<_> = held.iter().map(|job| job.claim.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((held.len(), ids.len()), (2_000, 2_000));
        assert_eq!(
            storage
                .finish(held.iter().map(succeed).collect(), None)
                .await
                .unwrap(),
            [Ack::Done; 2_000]
        );
        storage.close().await;
    })
    .await;
}

pub(crate) async fn a_process_has_at_most_four_connections_and_survives_their_loss() {
    in_schema(|scope| async move {
        let name = format!("jobs {}", &scope.schema[..20]);
        let url = format!("{}?application_name={name}", url());
        let storage = PostgresStorage::connect(&url, scope.options()).await.unwrap();
        let kind = kind(&storage).await;
        let mut wakes = storage.wakeups();
        let listening = tokio::spawn(async move { wakes.next().await });
        let pool = scope.pool().await;
        let busy: Vec<_> = (0..20)
            .map(|_| {
                let storage = Arc::clone(&storage);
                tokio::spawn(async move {
                    let me = worker();
                    let mut done = 0;
                    for _ in 0..20 {
                        storage.insert((0..10).map(|_| job(kind)).collect(), None).await.unwrap();
                        let claimed = storage.claim(claim(me, 10), None).await.unwrap();
                        done += claimed.len();
                        let acks = storage.finish(claimed.iter().map(succeed).collect(), None).await.unwrap();
                        assert!(acks.iter().all(|ack| *ack == Ack::Done));
                    }
                    done
                })
            })
            .collect();
        let mut most = 0;
        for _ in 0..20 {
            let open: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 OR (application_name = 'jobs listen' AND query LIKE '%' || $2 || '%')",
            )
            .bind(&name)
            .bind(&scope.schema)
            .fetch_one(&pool)
            .await
            .unwrap();
            most = most.max(open);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!((2..=4).contains(&most), "{most} connections");
        for task in busy {
            assert!(task.await.unwrap() > 0);
        }
        // The server ends every connection that is idle: no caller notices.
        for _ in 0..3 {
            sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1")
                .bind(&name)
                .execute(&pool)
                .await
                .unwrap();
            let new = job(kind);
            let id = new.id;
            assert_eq!(storage.insert(vec![new], None).await.unwrap(), [Inserted::New]);
            assert!(storage.look(id).await.unwrap().is_some());
        }
        listening.abort();
        storage.close().await;
    })
    .await;
}

pub(crate) async fn many_claimers_share_and_none_gets_more_than_it_asked_for() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let other = scope.storage().await;
        let kind = kind(&storage).await;
        for _ in 0..5 {
            storage
                .insert((0..1_000).map(|_| job(kind)).collect(), None)
                .await
                .unwrap();
        }
        let claimers: Vec<_> = (0..6)
            .map(|n| {
                let storage = Arc::clone(if n % 2 == 0 { &storage } else { &other });
                tokio::spawn(async move {
                    let me = worker();
                    let mut ids = Vec::new();
                    loop {
                        let claimed = storage.claim(claim(me, 37), None).await.unwrap();
                        assert!(claimed.len() <= 37);
                        if claimed.is_empty() {
                            return ids;
                        }
                        ids.extend(claimed.iter().map(|job| job.claim.id));
                        let acks = storage
                            .finish(claimed.iter().map(succeed).collect(), None)
                            .await
                            .unwrap();
                        assert!(acks.iter().all(|ack| *ack == Ack::Done));
                    }
                })
            })
            .collect();
        let mut ids = Vec::new();
        for claimer in claimers {
            ids.extend(claimer.await.unwrap());
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((all, ids.len()), (5_000, 5_000));

        // A paused queue gives nothing.
        storage
            .declare(Declarations {
                kinds: vec![],
                queues: vec![QueueDecl {
                    name: "halted".into(),
                    paused: true,
                }],
            })
            .await
            .unwrap();
        storage
            .insert(
                vec![
                    NewJob {
                        queue: "halted".into(),
                        ..job(kind)
                    },
                    job(kind),
                ],
                None,
            )
            .await
            .unwrap();
        let takes = ["halted", "default"].map(|queue| Take {
            queue: queue.into(),
            at_most: 5,
        });
        let claimed = storage
            .claim(
                Claim {
                    worker: worker(),
                    takes: takes.into(),
                },
                None,
            )
            .await
            .unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].queue, "default");
        storage.close().await;
        other.close().await;
    })
    .await;
}
