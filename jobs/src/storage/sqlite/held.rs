//! Transactions in which jobs run: the only writer, so one at a time.

use std::sync::Arc;

use super::{SqliteStorage, errors::database, finish};
use crate::{
    error::{Error, Result},
    storage::{Ack, Finish, HeldTransaction, JobTransaction, Now},
};

impl SqliteStorage {
    pub(super) async fn begin_held(&self) -> Result<JobTransaction> {
        let permit = Arc::clone(&self.one_job).acquire_owned().await;
        let permit = permit.map_err(|_| Error::Closed)?;
        Ok(Box::new(HeldTransaction::new(self.begin().await?, permit)))
    }

    pub(super) async fn commit_held(
        &self,
        held: JobTransaction,
        done: Option<Finish>,
        now: Now,
    ) -> Result<Ack> {
        let mut held = HeldTransaction::<sqlx::Sqlite>::of(held)?;
        let mut ack = Ack::Done;
        if let Some(done) = done {
            let item = (&done, self.clock.micros(now));
            let acks = finish::finish(&mut held.inner, &self.statements, &[item]).await?;
            ack = acks.first().copied().unwrap_or(Ack::Stale);
        }
        let ended = if ack == Ack::Done {
            held.inner.commit().await
        } else {
            held.inner.rollback().await
        };
        ended.map(|()| ack).map_err(database)
    }
}
