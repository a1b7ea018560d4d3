//! The shop's own tables, in the database of its jobs: what belongs together commits together.

use jobs::{Jobs, sqlx};

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file, or memory.
    Sqlite,
    /// A server.
    Postgres,
}

/// The tables. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) jobs: Jobs,
    pub(crate) backend: Backend,
}

/// Runs code in a transaction of either backend, and commits it; an error (`?`) rolls back.
macro_rules! transaction {
    ($store:expr, |$tx:ident| $code:expr) => {
        match $store.backend {
            $crate::store::Backend::Sqlite => {
                let mut $tx = $store.jobs.begin::<jobs::sqlx::Sqlite>().await?;
                let out = $code;
                $tx.commit().await?;
                out
            }
            $crate::store::Backend::Postgres => {
                let mut $tx = $store.jobs.begin::<jobs::sqlx::Postgres>().await?;
                let out = $code;
                $tx.commit().await?;
                out
            }
        }
    };
}
pub(crate) use transaction;

impl Store {
    /// Opens the tables, and makes those that are missing.
    ///
    /// # Errors
    /// The database fails.
    pub async fn open(jobs: &Jobs, backend: Backend) -> anyhow::Result<Self> {
        let store = Self {
            jobs: jobs.clone(),
            backend,
        };
        let schema = match backend {
            Backend::Sqlite => include_str!("../sql/sqlite.sql"),
            Backend::Postgres => include_str!("../sql/postgres.sql"),
        };
        transaction!(store, |tx| {
            sqlx::raw_sql(schema).execute(&mut **tx).await?;
        });
        Ok(store)
    }

    /// The handle of the jobs.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }
}
