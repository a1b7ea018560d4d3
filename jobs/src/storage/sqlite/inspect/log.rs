//! Counts of executions, what was done by hand, heads of dead letters.

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use uuid::Uuid;

use super::super::{SqliteStorage, encode::json, errors::database, statements::query};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        KindId, Now,
        inspect::{AuditNote, AuditRow, LetterHead, Outcome, Span, StatCount, StatRow},
        row::time,
        sql::without_nul,
    },
};

const DAY: i64 = 86_400_000_000;

impl SqliteStorage {
    pub(super) async fn letter_heads(
        &self,
        below: Option<i64>,
        limit: u32,
    ) -> Result<Vec<LetterHead>> {
        let below = below.unwrap_or(i64::MAX);
        let rows = self
            .fetch(&self.statements.letter_heads, |query| {
                query.bind(below).bind(limit)
            })
            .await?;
        rows.iter()
            .map(|row| {
                Ok(LetterHead {
                    number: row.try_get(0).map_err(database)?,
                    job: JobId::from(row.try_get::<Uuid, _>(1).map_err(database)?),
                    kind: KindId(row.try_get(2).map_err(database)?),
                    queue: row.try_get(3).map_err(database)?,
                    error_type: row.try_get(4).map_err(database)?,
                    message: row.try_get(5).map_err(database)?,
                    died_at: row.try_get(6).map_err(database).and_then(time)?,
                })
            })
            .collect()
    }

    pub(super) async fn add_stats(&self, counts: Vec<StatCount>, now: Now) -> Result<()> {
        let now = self.clock.micros(now).div_euclid(1_000_000);
        let rows: Vec<_> = counts
            .iter()
            .map(|of| (of.kind.0, of.outcome.number(), of.count, of.micros))
            .collect();
        let rows = json(&rows)?;
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let add = query(&statements.stats_add).bind(now).bind(rows.clone());
                Box::pin(async move { add.execute(connection).await.map(drop).map_err(database) })
            })
            .await
    }

    pub(super) async fn read_stats(
        &self,
        span: Span,
        since: DateTime<Utc>,
        kind: Option<KindId>,
    ) -> Result<Vec<StatRow>> {
        let rows = self
            .fetch(&self.statements.stats_read, |query| {
                query
                    .bind(span.seconds())
                    .bind(since.timestamp_micros())
                    .bind(kind.map(|kind| kind.0))
            })
            .await?;
        let mut stats = Vec::with_capacity(rows.len());
        for row in &rows {
            // What a newer release counts is not known here.
            let Some(outcome) = Outcome::read(row.try_get(1).map_err(database)?) else {
                continue;
            };
            stats.push(StatRow {
                at: row.try_get(0).map_err(database).and_then(time)?,
                outcome,
                count: row.try_get::<i64, _>(2).map_err(database)?.unsigned_abs(),
                micros: row.try_get::<i64, _>(3).map_err(database)?.unsigned_abs(),
            });
        }
        Ok(stats)
    }

    pub(super) async fn note_audit(&self, entry: AuditNote, now: Now) -> Result<()> {
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let add = query(&statements.audit_add)
                    .bind(now)
                    .bind(without_nul(&entry.actor))
                    .bind(without_nul(&entry.action))
                    .bind(without_nul(&entry.subject))
                    .bind(without_nul(&entry.detail));
                Box::pin(async move { add.execute(connection).await.map(drop).map_err(database) })
            })
            .await
    }

    pub(super) async fn audit_rows(&self, below: Option<i64>, limit: u32) -> Result<Vec<AuditRow>> {
        let below = below.unwrap_or(i64::MAX);
        let rows = self
            .fetch(&self.statements.audit_list, |query| {
                query.bind(below).bind(limit)
            })
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow {
                    number: row.try_get(0).map_err(database)?,
                    at: row.try_get(1).map_err(database).and_then(time)?,
                    note: AuditNote {
                        actor: row.try_get(2).map_err(database)?,
                        action: row.try_get(3).map_err(database)?,
                        subject: row.try_get(4).map_err(database)?,
                        detail: row.try_get(5).map_err(database)?,
                    },
                })
            })
            .collect()
    }

    pub(super) async fn prune_log(&self, now: Now) -> Result<()> {
        let now = self.clock.micros(now);
        let (minutes, hours) = (now.saturating_sub(2 * DAY), now.saturating_sub(90 * DAY));
        // Nearly always there is nothing to do, and then the writer is left alone.
        let any = self
            .fetch(&self.statements.log_prunable, |query| {
                query.bind(minutes).bind(hours)
            })
            .await?;
        let any = any.first().map(|row| row.try_get::<Option<bool>, _>(0));
        if any.transpose().map_err(database)?.flatten() != Some(true) {
            return Ok(());
        }
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let steps = [
                    query(&statements.stats_prune).bind(minutes).bind(hours),
                    query(&statements.audit_prune).bind(hours),
                ];
                Box::pin(async move {
                    for step in steps {
                        step.execute(&mut *connection).await.map_err(database)?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
