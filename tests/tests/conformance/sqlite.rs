//! SQLite databases for the suite, and what only they can be asked.

use std::sync::Arc;

use futures_core::future::BoxFuture;
use jobs::{
    Error, State,
    storage::{Inserted, KindId, Next, Storage, StorageOptions, sqlite::SqliteStorage},
};
use jobs_tests::{Database, cases, make::*};
use sqlx::{Connection as _, SqliteConnection, SqlitePool, sqlite::SqlitePoolOptions};
use tempfile::TempDir;

struct InFile {
    folder: TempDir,
}

impl InFile {
    fn url(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("jobs.db").display())
    }
}

impl Database for InFile {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Storage>> {
        Box::pin(async {
            let storage = SqliteStorage::connect(&self.url(), StorageOptions::default()).await;
            storage.expect("the file can be opened") as Arc<dyn Storage>
        })
    }
}

fn in_file() -> InFile {
    InFile {
        folder: TempDir::new().expect("a folder"),
    }
}

/// A file in a folder of its own.
pub(crate) fn file() -> BoxFuture<'static, Arc<dyn Database>> {
    Box::pin(async { Arc::new(in_file()) as Arc<dyn Database> })
}

struct InMemory(SqlitePool);

impl Database for InMemory {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Storage>> {
        Box::pin(async {
            let storage = SqliteStorage::with_pool(self.0.clone(), StorageOptions::default()).await;
            storage.expect("memory can be opened") as Arc<dyn Storage>
        })
    }
}

/// Memory, of which all handles share the one connection.
pub(crate) fn memory() -> BoxFuture<'static, Arc<dyn Database>> {
    Box::pin(async {
        let options = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = options.connect("sqlite::memory:").await.expect("memory");
        Arc::new(InMemory(pool)) as Arc<dyn Database>
    })
}
cases!();
