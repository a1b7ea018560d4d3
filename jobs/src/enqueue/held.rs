//! `#[tx]`: the transaction that a job writes in, and that commits with the job's end.

use std::fmt;

use super::transaction::Backend;
use crate::{
    context::JobContext,
    error::Result,
    storage::{HeldTransaction, JobTransaction, Storage},
};

/// What a parameter marked `#[tx]` may borrow: sqlx's transaction of a backend.
///
/// ```
/// fn can_be_lent<T: jobs::TxParam>() {}
/// # #[cfg(feature = "sqlite")]
/// can_be_lent::<jobs::sqlx::Transaction<'_, jobs::sqlx::Sqlite>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`#[tx]` does not take `&mut {Self}`",
    label = "not sqlx's transaction of a backend in this build",
    note = "write `&mut jobs::sqlx::Transaction<'_, jobs::sqlx::Postgres>`, or `…, jobs::sqlx::Sqlite>`"
)]
pub trait TxParam {
    #[doc(hidden)]
    type Database: Backend;
}

impl<DB: Backend> TxParam for sqlx::Transaction<'_, DB> {
    type Database = DB;
}

/// One `#[tx]` parameter.
#[derive(Clone, Copy)]
pub struct TxDef {
    /// The parameter's name.
    pub param: &'static str,
    /// Whether the handle's backend has such transactions.
    pub check: fn(&dyn Storage) -> Result<()>,
}

impl fmt::Debug for TxDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TxDef").field(&self.param).finish()
    }
}

impl TxDef {
    /// A `#[tx] param: &mut T`.
    #[must_use]
    pub const fn of<T: TxParam>(param: &'static str) -> Self {
        Self {
            param,
            check: super::transaction::check::<T::Database>,
        }
    }
}

/// A job's transaction while its function runs; goes back to the worker when that ends, however it does.
pub struct TxGuard<DB: Backend> {
    held: Option<Box<HeldTransaction<DB>>>,
    ctx: JobContext,
}

impl<DB: Backend> fmt::Debug for TxGuard<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TxGuard")
    }
}

impl<DB: Backend> TxGuard<DB> {
    /// `None` if the job has none, or one of another backend.
    pub(crate) fn take(ctx: &JobContext) -> Option<Self> {
        Some(Self {
            held: Some(HeldTransaction::of(ctx.take_transaction()?).ok()?),
            ctx: ctx.share(),
        })
    }

    /// What the function is lent.
    ///
    /// # Panics
    /// Never: it has the transaction until it is dropped.
    pub fn lend(&mut self) -> &mut sqlx::Transaction<'static, DB> {
        match &mut self.held {
            Some(held) => &mut held.inner,
            None => unreachable!("it goes back in `drop`"),
        }
    }
}

impl<DB: Backend> Drop for TxGuard<DB> {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            let held: JobTransaction = held;
            self.ctx.put_transaction(held);
        }
    }
}
