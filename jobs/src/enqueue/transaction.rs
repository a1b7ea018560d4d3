//! Enqueuing on a caller's own transaction: the job is there exactly if that commits.

use std::{
    fmt,
    future::IntoFuture,
    ops::{Deref, DerefMut},
};

use futures_core::future::BoxFuture;

use super::{Enqueue, Sink, enqueue_one};
use crate::{
    error::{Error, Result},
    handle::{Jobs, current},
    job_handle::JobHandle,
    storage::{Inserted, NewJob, NewWork, Now, Storage, Wake, wakes},
};

/// A sqlx database that is a backend in this build: `Sqlite` or `Postgres`.
///
/// ```
/// async fn twice<DB: jobs::Backend>(jobs: jobs::Jobs, first: jobs::Enqueue<()>, second: jobs::Enqueue<()>) -> jobs::Result<()> {
///     let mut tx = jobs.begin::<DB>().await?;
///     first.in_transaction(&mut tx).await?;
///     second.in_transaction(&mut tx).await?;
///     tx.commit().await
/// }
/// ```
pub trait Backend: sqlx::Database + sealed::Backend {}

/// A connection or transaction that jobs can be enqueued on: sqlx's `Transaction`, `PoolConnection`,
/// `SqliteConnection`, `PgConnection`, and [`Transaction`].
///
/// ```
/// async fn welcome<X: jobs::Target>(mail: jobs::Enqueue<()>, tx: &mut X) -> jobs::Result<()> {
///     mail.in_transaction(tx).await?;
///     Ok(())
/// }
/// ```
pub trait Target: Send + sealed::Target {}

impl<X: Send + sealed::Target> Target for X {}

/// Only this crate knows how to insert.
mod sealed {
    use super::{BoxFuture, Inserted, Jobs, NewJob, NewWork, Now, Result, Storage, Wake};

    pub trait Backend: Sized {
        fn check(storage: &dyn Storage) -> Result<()>;

        fn begin(storage: &dyn Storage) -> BoxFuture<'_, Result<sqlx::Transaction<'static, Self>>>
        where
            Self: sqlx::Database;

        fn insert<'a>(
            storage: &'a dyn Storage,
            connection: &'a mut <Self as sqlx::Database>::Connection,
            jobs: Vec<NewJob>,
            now: Now,
        ) -> BoxFuture<'a, Result<Vec<Inserted>>>
        where
            Self: sqlx::Database;

        fn insert_work<'a>(
            storage: &'a dyn Storage,
            connection: &'a mut <Self as sqlx::Database>::Connection,
            work: NewWork,
            now: Now,
        ) -> BoxFuture<'a, Result<Vec<Inserted>>>
        where
            Self: sqlx::Database;
    }

    pub trait Target {
        type Db: super::Backend;

        fn connection(&mut self) -> &mut <Self::Db as sqlx::Database>::Connection;

        /// The handle that it came from.
        fn jobs(&self) -> Option<&Jobs> {
            None
        }

        /// Remembers whom to wake after the commit; false if the target does not learn of its commit.
        fn remember(&mut self, _wakes: Vec<Wake>) -> bool {
            false
        }
    }
}

macro_rules! backend {
    ($feature:literal, $name:literal, $db:ty, $connection:ty, $storage:ty) => {
        #[cfg(feature = $feature)]
        impl Backend for $db {}

        #[cfg(feature = $feature)]
        impl sealed::Backend for $db {
            fn check(storage: &dyn Storage) -> Result<()> {
                own::<$storage>(storage, $name).map(drop)
            }

            fn begin(
                storage: &dyn Storage,
            ) -> BoxFuture<'_, Result<sqlx::Transaction<'static, $db>>> {
                Box::pin(async move { own::<$storage>(storage, $name)?.begin().await })
            }

            fn insert<'a>(
                storage: &'a dyn Storage,
                connection: &'a mut $connection,
                jobs: Vec<NewJob>,
                now: Now,
            ) -> BoxFuture<'a, Result<Vec<Inserted>>> {
                Box::pin(async move {
                    own::<$storage>(storage, $name)?
                        .insert_on(connection, jobs, now)
                        .await
                })
            }

            fn insert_work<'a>(
                storage: &'a dyn Storage,
                connection: &'a mut $connection,
                work: NewWork,
                now: Now,
            ) -> BoxFuture<'a, Result<Vec<Inserted>>> {
                Box::pin(async move {
                    own::<$storage>(storage, $name)?
                        .insert_work_on(connection, work, now)
                        .await
                })
            }
        }

        #[cfg(feature = $feature)]
        impl sealed::Target for $connection {
            type Db = $db;
            fn connection(&mut self) -> &mut $connection {
                self
            }
        }
    };
}

backend!(
    "sqlite",
    "SQLite",
    sqlx::Sqlite,
    sqlx::SqliteConnection,
    crate::storage::sqlite::SqliteStorage
);
backend!(
    "postgres",
    "Postgres",
    sqlx::Postgres,
    sqlx::PgConnection,
    crate::storage::postgres::PostgresStorage
);

/// Whether this is the storage that has such transactions.
pub(super) fn check<DB: Backend>(storage: &dyn Storage) -> Result<()> {
    <DB as sealed::Backend>::check(storage)
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn own<'s, S: Storage>(storage: &'s dyn Storage, wanted: &'static str) -> Result<&'s S> {
    let found = storage.as_any().downcast_ref::<S>();
    found.ok_or(Error::WrongBackend {
        transaction: wanted,
        handle: storage.name(),
    })
}

impl<DB: Backend> sealed::Target for sqlx::Transaction<'_, DB> {
    type Db = DB;
    fn connection(&mut self) -> &mut DB::Connection {
        self
    }
}

impl<DB: Backend> sealed::Target for sqlx::pool::PoolConnection<DB> {
    type Db = DB;
    fn connection(&mut self) -> &mut DB::Connection {
        self
    }
}

impl<DB: Backend> sealed::Target for Transaction<DB> {
    type Db = DB;
    fn connection(&mut self) -> &mut DB::Connection {
        &mut self.inner
    }

    fn jobs(&self) -> Option<&Jobs> {
        Some(&self.jobs)
    }

    fn remember(&mut self, wakes: Vec<Wake>) -> bool {
        for wake in wakes {
            if !self.wakes.contains(&wake) {
                self.wakes.push(wake);
            }
        }
        true
    }
}

/// A transaction on the job database, from [`Jobs::begin`]; derefs to sqlx's. Rolled back if dropped.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn doc(jobs: jobs::Jobs, job: jobs::Enqueue<()>) -> Result<(), Box<dyn std::error::Error>> {
/// let mut tx = jobs.begin::<jobs::sqlx::Sqlite>().await?;
/// jobs::sqlx::query("INSERT INTO users (name) VALUES ('ann')").execute(&mut **tx).await?;
/// job.in_transaction(&mut tx).await?;
/// tx.commit().await?;
/// # Ok(()) }
/// ```
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction<DB: sqlx::Database> {
    inner: sqlx::Transaction<'static, DB>,
    jobs: Jobs,
    wakes: Vec<Wake>,
}

impl<DB: sqlx::Database> fmt::Debug for Transaction<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transaction")
    }
}

impl<DB: Backend> Transaction<DB> {
    pub(crate) async fn begin(jobs: &Jobs) -> Result<Self> {
        super::refuse_inside_transaction(jobs)?;
        let begun = jobs
            .inner()
            .store
            .call(|storage| async move { <DB as sealed::Backend>::begin(&*storage).await });
        Ok(Self {
            inner: begun.await?,
            jobs: jobs.clone(),
            wakes: Vec::new(),
        })
    }

    /// Commits, and wakes workers for the jobs that were enqueued in it.
    ///
    /// # Errors
    /// The database refuses the commit.
    pub async fn commit(self) -> Result<()> {
        let inner = self.inner;
        self.jobs.away(async move { inner.commit().await }).await?;
        self.jobs.inner().wakes.everywhere(self.wakes);
        Ok(())
    }

    /// Rolls back.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # async fn doc(builder: jobs::Enqueue<()>, jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let mut tx = jobs.begin::<jobs::sqlx::Sqlite>().await?;
    /// builder.in_transaction(&mut tx).await?;
    /// tx.rollback().await?; // nothing was enqueued
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The connection broke; the database rolls back then by itself.
    pub async fn rollback(self) -> Result<()> {
        let inner = self.inner;
        Ok(self
            .jobs
            .away(async move { inner.rollback().await })
            .await?)
    }
}

impl<DB: sqlx::Database> Deref for Transaction<DB> {
    type Target = sqlx::Transaction<'static, DB>;
    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl<DB: sqlx::Database> DerefMut for Transaction<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

/// A job about to be enqueued on a caller's transaction.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn doc(pool: jobs::sqlx::SqlitePool, job: jobs::Enqueue<()>, jobs: jobs::Jobs) -> Result<(), Box<dyn std::error::Error>> {
/// let mut tx = pool.begin().await?;
/// let handle = job.in_transaction(&mut tx).on(&jobs).await?;
/// tx.commit().await?;
/// println!("{} is there now", handle.id());
/// # Ok(()) }
/// ```
#[must_use = "a job is enqueued only when this is awaited"]
pub struct EnqueueIn<'t, T, X> {
    enqueue: Enqueue<T>,
    target: &'t mut X,
}

impl<T, X> fmt::Debug for EnqueueIn<'_, T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnqueueIn")
    }
}

impl<'t, T, X> EnqueueIn<'t, T, X> {
    pub(super) fn new(enqueue: Enqueue<T>, target: &'t mut X) -> Self {
        Self { enqueue, target }
    }

    /// Uses this handle instead of the one that the transaction came from, or of the current one.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.enqueue.on = Some(jobs.clone());
        self
    }
}

impl<'t, T: 'static, X: Target> IntoFuture for EnqueueIn<'t, T, X> {
    type Output = Result<JobHandle<T>>;
    type IntoFuture = BoxFuture<'t, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let named = self.enqueue.on.as_ref().or(self.target.jobs());
            let jobs = named.cloned().map_or_else(current, Ok)?;
            let mut sink = InTransaction {
                jobs: jobs.clone(),
                target: self.target,
            };
            let (id, duplicate) = enqueue_one(&jobs, self.enqueue.prepared, &mut sink).await?;
            Ok(JobHandle::new(jobs, id, duplicate))
        })
    }
}

/// Stores groups with their jobs on a caller's transaction.
pub(crate) async fn insert_work<X: Target>(
    jobs: &Jobs,
    target: &mut X,
    work: NewWork,
    told: Vec<Wake>,
) -> Result<Vec<Inserted>> {
    let inner = jobs.inner();
    let (storage, connection) = (&**inner.store.storage(), target.connection());
    let insert = <X::Db as sealed::Backend>::insert_work;
    let inserted = insert(storage, connection, work, inner.clock.now()).await?;
    if !target.remember(told) {
        inner.wakes.look_soon();
    }
    Ok(inserted)
}

struct InTransaction<'t, X> {
    jobs: Jobs,
    target: &'t mut X,
}

impl<X: Target> Sink for InTransaction<'_, X> {
    fn is_certain(&self) -> bool {
        false
    }

    fn store(&mut self, job: NewJob) -> BoxFuture<'_, Result<Inserted>> {
        Box::pin(async move {
            let inner = self.jobs.inner();
            let told = wakes([&job], self.jobs.utc());
            let (storage, connection) = (&**inner.store.storage(), self.target.connection());
            let insert = <X::Db as sealed::Backend>::insert;
            let inserted =
                insert(storage, connection, vec![job.clone()], inner.clock.now()).await?;
            if !self.target.remember(told) {
                inner.wakes.look_soon();
            }
            let inserted = inserted.into_iter().next().ok_or_else(|| Error::Damaged {
                what: "the insert gave no answer".into(),
            })?;
            super::keyed::held(inner, &job, inserted)
        })
    }
}
