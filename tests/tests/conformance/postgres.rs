//! Postgres schemas for the suite.

use std::sync::{Arc, LazyLock};

use futures_core::future::BoxFuture;
use jobs::storage::{Storage, StorageOptions, postgres::PostgresStorage};
use jobs_tests::{Database, postgres};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A server has some hundred connections, and a storage takes up to four.
static AT_ONCE: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(6)));

struct InSchema {
    schema: String,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Database for InSchema {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Storage>> {
        Box::pin(async {
            let options = StorageOptions {
                schema: self.schema.clone(),
                ..StorageOptions::default()
            };
            let url = postgres::server().expect("trials without a server are ignored");
            let storage = PostgresStorage::connect(url, options).await;
            storage.expect("the schema can be opened") as Arc<dyn Storage>
        })
    }
}

/// Also after a panic.
impl Drop for InSchema {
    fn drop(&mut self) {
        let drop = format!(
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS \"{}\" CASCADE",
            self.schema
        );
        let dropping = std::thread::spawn(move || {
            jobs_tests::run(async {
                let Some(url) = postgres::server() else {
                    return;
                };
                if let Ok(mut server) = PgConnection::connect(url).await {
                    let _ = sqlx::raw_sql(AssertSqlSafe(drop))
                        .execute(&mut server)
                        .await;
                }
            });
        });
        let _ = dropping.join();
    }
}

/// A schema of its own.
pub(crate) fn schema() -> BoxFuture<'static, Arc<dyn Database>> {
    Box::pin(async {
        let permit = Arc::clone(&AT_ONCE).acquire_owned().await;
        Arc::new(InSchema {
            schema: postgres::fresh_schema(),
            _permit: permit.ok(),
        }) as Arc<dyn Database>
    })
}
