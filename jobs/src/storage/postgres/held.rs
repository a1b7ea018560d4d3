//! Transactions in which jobs run, on connections of their own, whose number bounds how many do.

use std::sync::Arc;

use super::{
    PostgresStorage,
    batch::Batch,
    session::{Session, closed},
};
use crate::{
    error::{Error, Result},
    storage::{Ack, Finish, HeldTransaction, JobTransaction, Now},
};

/// What ends a claim counts on it, whatever the server's default is.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

impl PostgresStorage {
    pub(super) async fn begin_held(&self) -> Result<JobTransaction> {
        let permit = Arc::clone(&self.held).acquire_owned().await;
        let permit = permit.map_err(|_| Error::Closed)?;
        let begun = self.held_pool.begin_with(BEGIN).await;
        let begun = begun.map_err(|error| closed(error.into()))?;
        Ok(Box::new(HeldTransaction::new(begun, permit)))
    }

    pub(super) async fn commit_held(
        &self,
        held: JobTransaction,
        done: Option<Finish>,
        now: Now,
    ) -> Result<Ack> {
        let HeldTransaction { inner, .. } = *HeldTransaction::<sqlx::Postgres>::of(held)?;
        let Some(done) = done else {
            inner.commit().await?;
            return Ok(Ack::Done);
        };
        let mut session = Session::inside(inner, !self.pooled);
        let done = [done];
        let batch = Batch::new(&done)?;
        let acks = self.finish_in(&mut session, &done, &batch, now).await?;
        let ack = acks.first().copied().unwrap_or(Ack::Stale);
        if ack == Ack::Done {
            session.done().await?;
        }
        // Else it is dropped, and what was done in it undone.
        Ok(ack)
    }
}
