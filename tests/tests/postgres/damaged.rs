//! Times that no client can read, and rows that were damaged all the same.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

pub(crate) async fn sql_callers_cannot_store_times_that_nobody_can_read() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        kind(&storage).await;
        let pool = scope.pool().await;
        for (arguments, says) in [
            (
                "run_at => '-infinity'",
                "run_at -infinity is not in the years 1 to 9999",
            ),
            (
                "run_at => 'infinity'",
                "run_at infinity is not in the years 1 to 9999",
            ),
            ("run_at => '0044-03-15 12:00+00 BC'", "years 1 to 9999"),
            ("run_at => '10000-01-01 00:00+00'", "years 1 to 9999"),
            ("queue => ''", "1 to 120 bytes"),
            ("queue => repeat('q', 121)", "1 to 120 bytes"),
        ] {
            let call = scope.sql(&format!(
                "SELECT {{s}}.jobs_enqueue('Mail', '{{}}', {arguments})"
            ));
            let refused = sqlx::query(call)
                .execute(&pool)
                .await
                .unwrap_err()
                .to_string();
            assert!(refused.contains(says), "{arguments}: {refused}");
        }
        let call =
            scope.sql("SELECT {s}.jobs_enqueue('Mail', '{}', run_at => '9999-12-31 23:59:59+00')");
        sqlx::query(call).execute(&pool).await.unwrap();
        // The table refuses as well, whoever writes.
        let update = scope.sql("UPDATE {s}.jobs SET run_at = 'infinity'");
        let refused = sqlx::query(update)
            .execute(&pool)
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("check constraint"), "{refused}");
        pool.close().await;
        storage.close().await;
    })
    .await;
}

pub(crate) async fn a_damaged_row_stops_no_other() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let pool = scope.pool().await;
        sqlx::query(scope.sql("ALTER TABLE {s}.jobs DROP CONSTRAINT jobs_run_at_check"))
            .execute(&pool)
            .await
            .unwrap();
        let damages = [
            "run_at = '-infinity'",
            "run_at = 'infinity'",
            "enqueued_at = '-infinity'",
            "version = -1",
            "tags = 'no JSON'",
            "args = 'no JSON'",
            "progress = 'no JSON'",
        ];
        let mut ids = Vec::new();
        for damage in damages {
            let new = job(kind);
            ids.push(new.id);
            storage.insert(vec![new.clone()], None).await.unwrap();
            let update = scope.sql(&format!("UPDATE {{s}}.jobs SET {damage} WHERE id = $1"));
            sqlx::query(update)
                .bind(new.id.as_uuid())
                .execute(&pool)
                .await
                .unwrap();
        }
        let sound = job(kind);
        ids.push(sound.id);
        storage.insert(vec![sound.clone()], None).await.unwrap();
        for id in &ids {
            let row = storage.get(*id).await.unwrap().unwrap();
            assert_eq!(row.state, State::Ready);
        }
        let take = Take {
            queue: sound.queue.clone(),
            at_most: 100,
        };
        let claim = Claim {
            worker: worker(),
            takes: vec![take],
        };
        let mut claimed: Vec<_> = storage
            .claim(claim, None)
            .await
            .unwrap()
            .iter()
            .map(|job| job.claim.id)
            .collect();
        claimed.sort();
        ids.sort();
        assert_eq!(claimed, ids);
        pool.close().await;
        storage.close().await;
    })
    .await;
}
