//! Transactions of jobs, each with the permit that bounds how many are open.

use std::any::Any;

use tokio::sync::OwnedSemaphorePermit;

/// A [`HeldTransaction`] of the backend, erased.
pub type JobTransaction = Box<dyn Any + Send>;

/// A job's transaction while it is open.
#[derive(Debug)]
pub struct HeldTransaction<DB: sqlx::Database> {
    pub(crate) inner: sqlx::Transaction<'static, DB>,
    _permit: OwnedSemaphorePermit,
}

impl<DB: sqlx::Database> HeldTransaction<DB> {
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn new(inner: sqlx::Transaction<'static, DB>, permit: OwnedSemaphorePermit) -> Self {
        Self {
            inner,
            _permit: permit,
        }
    }

    /// What a storage was given back.
    pub(crate) fn of(any: JobTransaction) -> crate::error::Result<Box<Self>> {
        any.downcast().map_err(|_| crate::error::Error::Damaged {
            what: "a transaction of another backend was given back".into(),
        })
    }
}
