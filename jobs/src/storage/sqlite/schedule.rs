//! What becomes ready without a claim: due jobs, and blocked ones that can be run now.

use std::time::Duration;

use sqlx::Row as _;

use super::{SqliteStorage, encode::json, errors::database, limits, statements::query};
use crate::{
    error::Result,
    storage::{KindId, Now, Promoted},
};

impl SqliteStorage {
    pub(super) async fn promote_due(&self, limit: u32, now: Now) -> Result<Promoted> {
        let now = self.clock.micros(now);
        let next = self.next_due().await?;
        // An idle process does not take the writer's lock.
        if next.is_none_or(|due| due > now) || limit == 0 {
            return Ok(Promoted {
                moved: 0,
                next_in: until(next, now),
            });
        }
        let statements = self.statements.clone();
        let moved = self
            .writer
            .write(move |connection| {
                let promote = query(&statements.promote).bind(now).bind(limit);
                let statements = statements.clone();
                Box::pin(async move {
                    let done = promote.execute(&mut *connection).await.map_err(database)?;
                    let fit = limits::open_windows(connection, &statements, now).await?;
                    Ok(done.rows_affected() + fit)
                })
            })
            .await?;
        Ok(Promoted {
            moved,
            next_in: until(self.next_due().await?, now),
        })
    }

    async fn next_due(&self) -> Result<Option<i64>> {
        let rows = self.fetch(&self.statements.next_due, |query| query).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let due: Option<i64> = row.try_get(0).map_err(database)?;
        let wait: Option<i64> = row.try_get(1).map_err(database)?;
        let parked: Option<i64> = row.try_get(2).map_err(database)?;
        let opens: Option<i64> = row.try_get(3).map_err(database)?;
        Ok(due.into_iter().chain(wait).chain(parked).chain(opens).min())
    }

    pub(super) async fn unblock_known(
        &self,
        known: Vec<(KindId, u32)>,
        started: bool,
    ) -> Result<u64> {
        let any = self
            .fetch(&self.statements.blocked_any, |query| query)
            .await?;
        let any = any
            .first()
            .map(|row| row.try_get::<bool, _>(0))
            .transpose()
            .map_err(database)?;
        if known.is_empty() || any != Some(true) {
            return Ok(0);
        }
        let known = json(
            &known
                .iter()
                .map(|(kind, version)| (kind.0, version))
                .collect::<Vec<_>>(),
        )?;
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let unblock = query(&statements.unblock).bind(known.clone()).bind(started);
                Box::pin(async move {
                    let done = unblock.execute(connection).await.map_err(database)?;
                    Ok(done.rows_affected())
                })
            })
            .await
    }
}

pub(super) fn until(due: Option<i64>, now: i64) -> Option<Duration> {
    due.map(|due| Duration::from_micros(u64::try_from(due.saturating_sub(now)).unwrap_or(0)))
}
