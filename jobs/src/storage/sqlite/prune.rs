//! Removing records whose retention is over, in small batches, off the hot path.

use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::{
    SqliteStorage,
    encode::ids,
    errors::database,
    statements::{Statements, query},
};
use crate::{error::Result, storage::Now};

/// Workers that stopped or were lost are shown for a day.
const WORKERS: i64 = 86_400_000_000;
/// Groups are kept for a week after their end.
const GROUPS: i64 = 7 * 86_400_000_000;
/// Letters that were resolved go after ninety days; the others with their records.
const LETTERS: i64 = 90 * 86_400_000_000;

impl SqliteStorage {
    pub(super) async fn prune_expired(&self, limit: u32, now: Now) -> Result<u64> {
        self.prune_uniques(limit, now).await?;
        let now = self.clock.micros(now);
        let (letters, workers) = (now.saturating_sub(LETTERS), now.saturating_sub(WORKERS));
        // Nearly always there is nothing to do, and then the writer is left alone.
        let any = self
            .fetch(&self.statements.prunable, |query| {
                query
                    .bind(now)
                    .bind(letters)
                    .bind(workers)
                    .bind(now.saturating_sub(GROUPS))
            })
            .await?;
        let any = any
            .first()
            .map(|row| row.try_get::<bool, _>(0))
            .transpose()
            .map_err(database)?;
        if any != Some(true) {
            return Ok(0);
        }
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let statements = statements.clone();
                Box::pin(async move {
                    let gone = query(&statements.history_prune)
                        .bind(now)
                        .bind(limit)
                        .fetch_all(&mut *connection)
                        .await
                        .map_err(database)?;
                    let mut jobs: Vec<Uuid> = Vec::with_capacity(gone.len());
                    for row in &gone {
                        jobs.push(row.try_get(0).map_err(database)?);
                    }
                    let list = ids(jobs)?;
                    let steps = [
                        query(&statements.attempts_forget).bind(list.clone()),
                        query(&statements.checkpoints_forget).bind(list.clone()),
                        query(&statements.events_forget).bind(list.clone()),
                        query(&statements.letters_forget).bind(list),
                        query(&statements.letters_prune).bind(letters).bind(limit),
                        query(&statements.workers_prune).bind(workers),
                    ];
                    for step in steps {
                        step.execute(&mut *connection).await.map_err(database)?;
                    }
                    forget_groups(connection, &statements, now, limit).await?;
                    Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
                })
            })
            .await
    }
}

/// Groups go a week after their end, those with a death as late as letters: a retry needs them.
async fn forget_groups(
    connection: &mut SqliteConnection,
    statements: &Statements,
    now: i64,
    limit: u32,
) -> Result<()> {
    let gone = query(&statements.groups_prune)
        .bind(now.saturating_sub(GROUPS))
        .bind(now.saturating_sub(LETTERS))
        .bind(limit)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    if gone.is_empty() {
        return Ok(());
    }
    let groups = gone
        .iter()
        .map(|row| row.try_get::<Uuid, _>(0).map_err(database))
        .collect::<Result<Vec<_>>>()?;
    let forget = query(&statements.members_forget).bind(ids(groups)?);
    forget.execute(connection).await.map_err(database)?;
    Ok(())
}
