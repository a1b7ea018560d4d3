//! Waiting jobs become ready: due ones, and those that code can read again.

use std::time::Duration;

use sqlx::Row as _;

use super::{
    PostgresStorage,
    session::{Again, Shape},
};
use crate::{
    error::Result,
    storage::{KindId, Now, Promoted},
};

/// So many rows are unblocked per statement.
const STEP: i64 = 10_000;

impl PostgresStorage {
    pub(super) async fn promote_due(&self, limit: u32, now: Now) -> Result<Promoted> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.promote)
            .bind(now)
            .bind(i64::from(limit));
        let row = session.one(query).await?;
        session.done().await?;
        let mut next: Option<i64> = row.try_get(1)?;
        let mut moved = row.try_get::<i64, _>(0)?.unsigned_abs();
        if row.try_get(2)? {
            moved += self.open_windows(now).await?;
            // The next one is named by a look at what is there now.
            next = Some(next.unwrap_or(0).max(1_000));
        }
        Ok(Promoted {
            moved,
            next_in: next.map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0))),
        })
    }

    pub(super) async fn unblock_known(
        &self,
        known: &[(KindId, u32)],
        started: bool,
    ) -> Result<u64> {
        let mut moved = 0;
        loop {
            let step = self
                .again(Again::Safe, |_| self.unblock_step(known, started))
                .await?;
            moved += step;
            if step < STEP.unsigned_abs() {
                return Ok(moved);
            }
        }
    }

    async fn unblock_step(&self, known: &[(KindId, u32)], started: bool) -> Result<u64> {
        let mut session = self.open(Shape::One).await?;
        let versions = known
            .iter()
            .map(|(_, version)| i32::try_from(*version).unwrap_or(i32::MAX));
        let query = session
            .statement(&self.sql.unblock)
            .bind(known.iter().map(|(kind, _)| kind.0).collect::<Vec<_>>())
            .bind(versions.collect::<Vec<_>>())
            .bind(started)
            .bind(STEP);
        let result = session.run(query).await?;
        session.done().await?;
        Ok(result.rows_affected())
    }
}
