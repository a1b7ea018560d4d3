//! Counts of executions, what was done by hand, heads of dead letters.

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use uuid::Uuid;

use super::super::{
    PostgresStorage,
    rows::{Time, clean},
    session::Shape,
};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        KindId, Now,
        inspect::{AuditNote, AuditRow, LetterHead, Outcome, Span, StatCount, StatRow},
    },
};

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl PostgresStorage {
    pub(super) async fn letter_heads(
        &self,
        below: Option<i64>,
        limit: u32,
    ) -> Result<Vec<LetterHead>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.letter_heads)
            .bind(below.unwrap_or(i64::MAX))
            .bind(i64::from(limit));
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                Ok(LetterHead {
                    number: row.try_get(0)?,
                    job: JobId::from(row.try_get::<Uuid, _>(1)?),
                    kind: KindId(row.try_get(2)?),
                    queue: row.try_get(3)?,
                    error_type: row.try_get(4)?,
                    message: row.try_get(5)?,
                    died_at: row.try_get::<Time, _>(6)?.0,
                })
            })
            .collect()
    }

    pub(super) async fn add_stats(&self, counts: &[StatCount], now: Now) -> Result<()> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.stats_add)
            .bind(now)
            .bind(counts.iter().map(|of| of.kind.0).collect::<Vec<_>>())
            .bind(
                counts
                    .iter()
                    .map(|of| of.outcome.number())
                    .collect::<Vec<_>>(),
            )
            .bind(counts.iter().map(|of| signed(of.count)).collect::<Vec<_>>())
            .bind(
                counts
                    .iter()
                    .map(|of| signed(of.micros))
                    .collect::<Vec<_>>(),
            );
        session.run(query).await?;
        session.done().await
    }

    pub(super) async fn read_stats(
        &self,
        span: Span,
        since: DateTime<Utc>,
        kind: Option<KindId>,
    ) -> Result<Vec<StatRow>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.stats_read)
            .bind(span.seconds())
            .bind(since)
            .bind(kind.map(|kind| kind.0));
        let rows = session.all(query).await?;
        session.done().await?;
        let mut stats = Vec::with_capacity(rows.len());
        for row in &rows {
            // What a newer release counts is not known here.
            let Some(outcome) = Outcome::read(i64::from(row.try_get::<i16, _>(1)?)) else {
                continue;
            };
            stats.push(StatRow {
                at: row.try_get::<Time, _>(0)?.0,
                outcome,
                count: row.try_get::<i64, _>(2)?.unsigned_abs(),
                micros: row.try_get::<i64, _>(3)?.unsigned_abs(),
            });
        }
        Ok(stats)
    }

    pub(super) async fn note_audit(&self, entry: &AuditNote, now: Now) -> Result<()> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.audit_add)
            .bind(now)
            .bind(clean(&entry.actor))
            .bind(clean(&entry.action))
            .bind(clean(&entry.subject))
            .bind(clean(&entry.detail));
        session.run(query).await?;
        session.done().await
    }

    pub(super) async fn audit_rows(&self, below: Option<i64>, limit: u32) -> Result<Vec<AuditRow>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.audit_list)
            .bind(below.unwrap_or(i64::MAX))
            .bind(i64::from(limit));
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow {
                    number: row.try_get(0)?,
                    at: row.try_get::<Time, _>(1)?.0,
                    note: AuditNote {
                        actor: row.try_get(2)?,
                        action: row.try_get(3)?,
                        subject: row.try_get(4)?,
                        detail: row.try_get(5)?,
                    },
                })
            })
            .collect()
    }

    pub(super) async fn prune_log(&self, now: Now) -> Result<()> {
        let mut session = self.open(Shape::Many).await?;
        for prune in [&self.sql.stats_prune, &self.sql.audit_prune] {
            let query = session.statement(prune).bind(now);
            session.run(query).await?;
        }
        session.done().await
    }
}
