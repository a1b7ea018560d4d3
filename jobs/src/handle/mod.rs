//! [`Jobs`]: the handle that everything is reached through. Cheap to clone.

mod builder;
#[cfg(feature = "config")]
mod configured;
mod connect;
mod current;
mod hooks;
mod inserts;
mod io;
mod kit;
mod openings;
mod pulse;
mod settings;
mod wakes;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;

pub use builder::JobsBuilder;
pub(crate) use current::{
    current, exclusively, holds_the_writer, in_job, in_job_scope, in_job_scope_sync, kept_logs,
};
pub use current::{spawn, with};
pub(crate) use hooks::HandleHooks;
pub use hooks::{
    AfterDiscard, AfterEnqueue, AfterPerform, AroundEnqueue, AroundPerform, BeforeEnqueue,
    BeforePerform,
};
pub(crate) use io::{Io, Store};
pub(crate) use openings::{Offer, Openings};
pub(crate) use settings::{Live, Settings};
pub(crate) use wakes::Wakes;

use crate::{
    clock::Clock,
    combine::{Repeated, Shared},
    dead_letters::DeadLetters,
    enqueue::Enqueue,
    error::Result,
    job::Job,
    job_handle::JobHandle,
    record::{JobId, JobRecord},
    registry::Registry,
    states::States,
    storage::{Inserted, NewJob},
    transition::Keep,
    worker::Worker,
};

/// A connection to one job database: enqueues, looks up, starts workers.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// assert_eq!(jobs.get(jobs::JobId::new()).await?, None);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Jobs {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) registry: Registry,
    /// As the builder was given them; [`Inner::states`] has what a test added, too.
    states: States,
    pub(crate) hooks: HandleHooks,
    pub(crate) limits: Limits,
    pub(crate) live: Live,
    pub(crate) pulse: pulse::Pulse,
    pub(crate) clock: Clock,
    pub(crate) wakes: Wakes,
    /// Free slots of its workers.
    pub(crate) openings: Openings,
    /// Inserts a batch; joined by single enqueues through `inserts`, called by chunks directly.
    pub(crate) insert: InsertBatch,
    pub(crate) inserts: Shared<NewJob, Inserted>,
    /// The same for jobs with keys, which may have to wait for others' transactions.
    pub(crate) insert_keyed: InsertBatch,
    pub(crate) keyed: Shared<NewJob, Inserted>,
    /// Of a handle that a test uses.
    #[cfg(feature = "testing")]
    pub(crate) kit: Option<Arc<crate::testing::Kit>>,
    // Last, so that everything else is gone when its threads end.
    _io: Io,
}

/// One insert of a batch, which knows whether it was tried before.
pub(crate) type InsertBatch =
    Arc<dyn Fn(Vec<NewJob>, Repeated) -> BoxFuture<'static, Result<Vec<Inserted>>> + Send + Sync>;

/// Sizes that are refused beyond.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) args: usize,
    pub(crate) output: usize,
    pub(crate) tag: usize,
    pub(crate) tags: usize,
}

impl Inner {
    /// How long records stay.
    pub(crate) fn keep(&self) -> Keep {
        self.live.keep()
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jobs({})", self.inner.store.storage().name())
    }
}

impl Jobs {
    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Connects with the defaults: creates the file or schema if it is not there, and migrates it.
    ///
    /// `sqlite://path`, `sqlite::memory:` or `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// The scheme is unknown or not part of this build, the database cannot be reached or written, a newer release
    /// has migrated it, or this program declares one name twice.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder(url).connect().await
    }

    /// Connects with options.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
    /// let jobs = jobs::Jobs::builder("sqlite::memory:").max_args_bytes(64 * 1024).connect().await?;
    /// # drop(jobs);
    /// # Ok(()) }
    /// ```
    pub fn builder(url: &str) -> JobsBuilder {
        JobsBuilder::new(builder::Place::Url(url.to_owned()))
    }

    /// Uses the application's own sqlx pool. Await it, or set options before.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = jobs::sqlx::SqlitePool::connect("sqlite::memory:").await?;
    /// let jobs = jobs::Jobs::with_pool(pool).await?;
    /// # Ok(()) }
    /// ```
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(unreachable_code, reason = "without a backend there is no pool")
    )]
    pub fn with_pool(pool: impl Into<AnyPool>) -> JobsBuilder {
        JobsBuilder::new(builder::Place::Pool(pool.into()))
    }

    /// Makes this the process-wide handle, which calls without a handle of their own use.
    ///
    /// ```
    /// use jobs::{Jobs, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn tidy() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// Jobs::connect("sqlite::memory:").await?.install()?;
    /// Tidy::perform_later().await?; // by the installed handle
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Another one is installed already.
    pub fn install(&self) -> Result<()> {
        current::install(self)
    }

    /// Enqueues a job from its value: the same as `perform_later(…).on(&jobs)`.
    ///
    /// ```
    /// use jobs::{Jobs, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn welcome(user_id: i64) {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// let jobs = Jobs::connect("sqlite::memory:").await?;
    /// jobs.enqueue(Welcome { user_id: 42 }).priority(-5).await?;
    /// # Ok(()) }
    /// ```
    pub fn enqueue<J: Job>(&self, job: J) -> Enqueue<J::Output> {
        Enqueue::__new(job).on(self)
    }

    /// A worker on this database, to be configured and run.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
    /// let worker = jobs.worker().concurrency(4).start().await?;
    /// worker.stop().await?;
    /// # Ok(()) }
    /// ```
    pub fn worker(&self) -> Worker {
        Worker::new(self.clone())
    }

    /// A handle on a job whose id is known.
    ///
    /// ```
    /// use jobs::{JobId, Jobs, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn export() -> String {
    ///     "file.csv".to_owned()
    /// }
    ///
    /// # async fn doc(jobs: Jobs, id: JobId) -> jobs::Result<()> {
    /// let file: String = jobs.handle::<Export>(id).result().await?;
    /// # drop(file);
    /// # Ok(()) }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn handle<J: Job>(&self, id: JobId) -> JobHandle<J::Output> {
        JobHandle::new(self.clone(), id, false)
    }

    /// All that is kept of a job; `None` if there is no record (any more).
    ///
    /// # Errors
    /// The database fails.
    pub async fn get(&self, id: JobId) -> Result<Option<JobRecord>> {
        let row = self
            .inner
            .store
            .call(move |storage| async move { storage.get(id).await })
            .await?;
        Ok(row.map(JobRecord::from_row))
    }

    /// Jobs that failed for good.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
    /// let open = jobs.dead_letters().unresolved().list().await?;
    /// assert!(open.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn dead_letters(&self) -> DeadLetters {
        DeadLetters::new(self.clone())
    }

    /// Begins a transaction on the job database; on SQLite with `BEGIN IMMEDIATE`. Its `commit` wakes workers.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # async fn doc(jobs: jobs::Jobs, receipt: jobs::Enqueue<()>) -> jobs::Result<()> {
    /// let mut tx = jobs.begin::<jobs::sqlx::Sqlite>().await?;
    /// jobs::sqlx::query("UPDATE orders SET paid = 1 WHERE id = 7").execute(&mut **tx).await?;
    /// receipt.in_transaction(&mut tx).await?;
    /// tx.commit().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The handle is of another backend, or the database fails.
    pub async fn begin<DB: crate::enqueue::Backend>(
        &self,
    ) -> Result<crate::enqueue::Transaction<DB>> {
        crate::enqueue::Transaction::begin(self).await
    }

    /// Closes the handle's connections. Running workers should be stopped before.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
    /// jobs.close().await;
    /// assert!(matches!(jobs.get(jobs::JobId::new()).await, Err(jobs::Error::Closed)));
    /// # Ok(()) }
    /// ```
    pub async fn close(&self) {
        let closed = self.inner.store.call(|storage| async move {
            storage.close().await;
            Ok(())
        });
        // A runtime that is gone has closed its connections.
        let _ = closed.await;
    }

    /// Whether the two are one handle.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(crate) fn utc(&self) -> DateTime<Utc> {
        self.inner.clock.utc()
    }
}

/// An application's pool, of any backend in this build; what [`Jobs::with_pool`] takes a `SqlitePool` or a `PgPool` as.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # fn doc(pool: jobs::sqlx::SqlitePool) {
/// let any = jobs::AnyPool::from(pool);
/// # drop(any); }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyPool {
    /// SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
    /// Postgres.
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for AnyPool {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::Sqlite(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for AnyPool {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::Postgres(pool)
    }
}
