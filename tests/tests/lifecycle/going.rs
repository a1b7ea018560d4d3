//! A handle that goes.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use jobs::{JobId, Jobs};
use jobs_tests::{place::Place, tests};
use sqlx::sqlite::SqlitePoolOptions;

tests!(leaves_an_applications_memory_as_it_is);

/// A pool of one connection to memory loses all with that connection.
async fn leaves_an_applications_memory_as_it_is(_: Arc<Place>) {
    let options = SqlitePoolOptions::new().max_connections(1);
    let options = options.idle_timeout(None).max_lifetime(None);
    let pool = options.connect("sqlite::memory:").await.expect("memory");
    for round in 0..40_u64 {
        let jobs = Jobs::with_pool(pool.clone()).connect().await;
        let jobs = jobs.expect("what was there is there");
        // At another moment of what is under way each time.
        let looks = join_all((0..20).map(|_| jobs.get(JobId::new())));
        let _ = tokio::time::timeout(Duration::from_micros(round * 50), looks).await;
        drop(jobs);
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'jobs_jobs'";
        let tables: i64 = sqlx::query_scalar(tables)
            .fetch_one(&pool)
            .await
            .expect("counted");
        assert_eq!(tables, 1, "in round {round}");
    }
}
