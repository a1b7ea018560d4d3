//! Claims behind many running jobs, and who is told of new ones.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

/// Forty thousand jobs run at the head of the queue, so that claims begin behind them; what comes to an earlier place is
/// claimed all the same, within a second.
pub(crate) async fn behind_many_running_jobs_no_earlier_one_is_overlooked() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let pool = scope.pool().await;
        for _ in 0..8 {
            storage
                .insert((0..5_000).map(|_| job(kind)).collect(), None)
                .await
                .unwrap();
        }
        let run = format!(
            "UPDATE \"{}\".jobs SET worker = gen_random_uuid()",
            scope.schema
        );
        sqlx::query(AssertSqlSafe(run))
            .execute(&pool)
            .await
            .unwrap();
        for _ in 0..2 {
            storage
                .insert((0..4_000).map(|_| job(kind)).collect(), None)
                .await
                .unwrap();
        }

        let me = worker();
        let idle = storage.idle_poll();
        assert_eq!(
            storage.claim(claim(me, 5_000), None).await.unwrap().len(),
            5_000
        );
        let urgent = NewJob {
            priority: -1,
            ..job(kind)
        };
        let (id, asked) = (urgent.id, Instant::now());
        storage.insert(vec![urgent], None).await.unwrap();
        let mut claims = 0;
        loop {
            let got = storage.claim(claim(me, 10), None).await.unwrap();
            claims += 1;
            if got.iter().any(|claimed| claimed.claim.id == id) {
                break;
            }
            assert!(
                asked.elapsed() < Duration::from_millis(1_500),
                "overlooked by {claims} claims"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }

        // The rest goes, to the last one; then it is looked for from the start once more, and the worker may sleep.
        let mut left = true;
        let patience = Instant::now();
        while left || storage.idle_poll() < idle {
            left = !storage
                .claim(claim(me, 1_000), None)
                .await
                .unwrap()
                .is_empty();
            assert!(
                patience.elapsed() < Duration::from_secs(15),
                "it comes to an end"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let ready = format!(
            "SELECT count(*) FROM \"{}\".jobs WHERE worker IS NULL",
            scope.schema
        );
        let ready: i64 = sqlx::query_scalar(AssertSqlSafe(ready))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(ready, 0);
    })
    .await;
}

/// A NOTIFY makes commits wait for each other: none is sent while nobody sleeps.
pub(crate) async fn ready_jobs_are_announced_to_sleepers_alone() {
    in_schema(|scope| async move {
        let (here, there) = (scope.storage().await, scope.storage().await);
        let kind = kind(&here).await;
        let me = worker();
        there.register(info(me, DAY), None).await.unwrap();
        let mut heard = there.wakeups();
        let told = async |heard: &mut futures_util::stream::BoxStream<'static, Wake>| {
            here.announce(vec![Wake::Ready(vec!["default".into()])])
                .await
                .unwrap();
            tokio::time::timeout(Duration::from_millis(300), heard.next())
                .await
                .is_ok()
        };
        // It listens once it has heard anything; a cancel is told to everybody.
        let listening = async {
            loop {
                here.announce(vec![Wake::Cancel]).await.unwrap();
                if tokio::time::timeout(Duration::from_millis(50), heard.next())
                    .await
                    .is_ok()
                {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), listening)
            .await
            .unwrap();
        assert!(!told(&mut heard).await, "it has not said that it sleeps");
        assert!(there.claim(claim(me, 10), None).await.unwrap().is_empty());
        assert!(told(&mut heard).await, "it sleeps");
        // A worker that found some, but less than it looked for, waits as well.
        here.insert(vec![job(kind)], None).await.unwrap();
        assert_eq!(there.claim(claim(me, 10), None).await.unwrap().len(), 1);
        assert!(told(&mut heard).await, "it sleeps still");
        here.insert((0..100).map(|_| job(kind)).collect(), None)
            .await
            .unwrap();
        assert_eq!(there.claim(claim(me, 10), None).await.unwrap().len(), 10);
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(there.claim(claim(me, 10), None).await.unwrap().len(), 10);
        assert!(
            !told(&mut heard).await,
            "it has had enough to do for a second"
        );
    })
    .await;
}
