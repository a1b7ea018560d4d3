//! Databases for tests of the whole runtime: an empty one for each test, on every backend that is there.

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use jobs::{
    Jobs, JobsBuilder,
    storage::{Storage, StorageOptions, postgres::PostgresStorage, sqlite::SqliteStorage},
};
use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlitePool, sqlite::SqlitePoolOptions};
use tempfile::TempDir;

use crate::{CaseFuture, postgres};

/// No test may take longer.
const LIMIT: Duration = Duration::from_secs(20);

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    File,
    /// Memory of this process.
    Memory,
    /// A schema of a server.
    Postgres,
}

impl Backend {
    fn name(self) -> &'static str {
        match self {
            Self::File => "sqlite_file",
            Self::Memory => "sqlite_memory",
            Self::Postgres => "postgres",
        }
    }
}

/// One test's own database.
#[derive(Debug)]
pub struct Place {
    /// Its kind.
    pub backend: Backend,
    /// Where it is.
    pub url: String,
    /// The schema on a server.
    pub schema: String,
    folder: TempDir,
    /// Of a database in memory: its one connection.
    pub pool: Option<SqlitePool>,
}

impl Place {
    async fn new(backend: Backend, server: Option<String>) -> Self {
        let folder = TempDir::new().expect("a folder");
        let url = match backend {
            Backend::File => format!("sqlite://{}", folder.path().join("jobs.db").display()),
            Backend::Memory => "sqlite::memory:".to_owned(),
            Backend::Postgres => server.expect("a server"),
        };
        let options = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = match backend {
            Backend::Memory => Some(options.connect(&url).await.expect("memory")),
            Backend::File | Backend::Postgres => None,
        };
        Self {
            backend,
            url,
            schema: postgres::fresh_schema(),
            folder,
            pool,
        }
    }

    /// A folder that goes with the test.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A builder of a handle on it.
    pub fn builder(&self) -> JobsBuilder {
        match &self.pool {
            Some(pool) => Jobs::with_pool(pool.clone()),
            None => Jobs::builder(&self.url),
        }
        .schema(&self.schema)
    }

    /// A handle on it.
    pub async fn connect(&self) -> Jobs {
        self.builder().await.expect("connected")
    }

    /// The storage beneath, for what only a test does: other clocks, rows of other programs.
    pub async fn storage(&self) -> Arc<dyn Storage> {
        let options = StorageOptions {
            schema: self.schema.clone(),
            ..StorageOptions::default()
        };
        match (&self.pool, self.backend) {
            (Some(pool), _) => SqliteStorage::with_pool(pool.clone(), options)
                .await
                .expect("opened"),
            (None, Backend::Postgres) => PostgresStorage::connect(&self.url, options)
                .await
                .expect("opened"),
            (None, _) => SqliteStorage::connect(&self.url, options)
                .await
                .expect("opened"),
        }
    }

    /// One more empty database of its kind, for a test that needs several; its caller cleans it up.
    ///
    /// # Panics
    /// It cannot be made.
    pub async fn another(&self) -> Self {
        let server = (self.backend == Backend::Postgres).then(|| self.url.clone());
        Self::new(self.backend, server).await
    }

    /// Leaves nothing of it on a server.
    ///
    /// # Panics
    /// The server does not answer.
    pub async fn clean_up(&self) {
        if self.backend == Backend::Postgres {
            let mut server = PgConnection::connect(&self.url).await.expect("connected");
            let drop = format!(
                "SET client_min_messages = warning; DROP SCHEMA IF EXISTS \"{}\" CASCADE",
                self.schema
            );
            sqlx::raw_sql(AssertSqlSafe(drop))
                .execute(&mut server)
                .await
                .expect("the schema goes");
        }
    }
}

/// A test: a name and what it does with a database of its own.
pub type Test = (&'static str, fn(Arc<Place>) -> CaseFuture);

/// The tests of one file, from async functions that take an `Arc<Place>`.
#[macro_export]
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        /// The tests of this file.
        pub(crate) const TESTS: &[$crate::place::Test] = &[
            $((concat!(module_path!(), "::", stringify!($name)), |place| Box::pin($name(place))),)*
        ];
    };
}

/// Every test on every one of these backends; where there is no server, its trials are reported as ignored.
#[must_use]
pub fn trials(backends: &[Backend], tests: &[&'static [Test]]) -> Vec<Trial> {
    let server = postgres::server().map(str::to_owned);
    let mut trials = Vec::new();
    for backend in backends.iter().copied() {
        for (name, test) in tests.iter().flat_map(|tests| tests.iter()) {
            let server = server.clone();
            let there = backend != Backend::Postgres || server.is_some();
            let short = name.split_once("::").map_or(*name, |(_, name)| name);
            let trial = Trial::test(format!("{}::{short}", backend.name()), move || {
                crate::run(on(backend, server, *test));
                Ok(())
            });
            trials.push(trial.with_ignored_flag(!there));
        }
    }
    trials
}

async fn on(backend: Backend, server: Option<String>, test: fn(Arc<Place>) -> CaseFuture) {
    let place = Arc::new(Place::new(backend, server).await);
    // As a task, so that a panic does not keep the schema from being dropped.
    let ended = tokio::spawn(tokio::time::timeout(LIMIT, test(Arc::clone(&place)))).await;
    place.clean_up().await;
    match ended {
        Ok(in_time) => in_time.expect("the test ends within its limit"),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(12);

/// Waits until something holds; panics with its name if it does not.
pub async fn until<F: Future<Output = bool>>(what: &str, holds: impl FnMut() -> F) {
    within(PATIENCE, what, holds).await;
}

/// The same with another limit.
pub async fn within<F: Future<Output = bool>>(
    limit: Duration,
    what: &str,
    mut holds: impl FnMut() -> F,
) {
    let checking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let held = tokio::time::timeout(limit, checking).await;
    assert!(held.is_ok(), "not within {limit:?}: {what}");
}
