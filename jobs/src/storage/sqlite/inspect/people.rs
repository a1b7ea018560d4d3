//! Names, queues, workers, and the database itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use uuid::Uuid;

use super::super::{SqliteStorage, connect::newest_migration, errors::database, statements::query};
use crate::{
    error::Result,
    storage::{
        KindId, Now, WorkerId,
        damage::sound,
        inspect::{Ask, Health, KindRow, QueueRow, WorkerRow, arguments},
        row::{count, json, priority, tags, time},
    },
};

/// The indexes without which pages and claims are slow.
const INDEXES: [&str; 8] = [
    "jobs_claim",
    "jobs_due",
    "jobs_blocked",
    "jobs_running",
    "jobs_keys",
    "history_expiry",
    "history_otherwise",
    "dead_letters_open",
];

impl SqliteStorage {
    pub(super) async fn kind_rows(&self) -> Result<Vec<KindRow>> {
        let rows = self
            .fetch(&self.statements.kind_rows, |query| query)
            .await?;
        rows.iter()
            .map(|row| {
                let id = KindId(row.try_get(0).map_err(database)?);
                let list = |at: usize| row.try_get(at).map_err(database).and_then(tags);
                Ok(KindRow {
                    id,
                    name: row.try_get(1).map_err(database)?,
                    queue: row.try_get(2).map_err(database)?,
                    priority: row.try_get(3).map_err(database).and_then(priority)?,
                    version: row.try_get(4).map_err(database).and_then(count)?,
                    tags: list(5)?,
                    redact: list(6)?,
                    unique: false,
                    args: arguments(row.try_get(7).map_err(database)?),
                })
            })
            .collect()
    }

    pub(super) async fn queue_rows(&self) -> Result<Vec<QueueRow>> {
        let rows = self
            .fetch(&self.statements.queue_rows, |query| query)
            .await?;
        rows.iter()
            .map(|row| {
                let at: Option<i64> = row.try_get(3).map_err(database)?;
                Ok(QueueRow {
                    name: row.try_get(0).map_err(database)?,
                    paused: row.try_get(1).map_err(database)?,
                    paused_by: row.try_get(2).map_err(database)?,
                    paused_at: at.map(time).transpose()?,
                })
            })
            .collect()
    }

    pub(super) async fn worker_rows(&self, limit: u32, now: Now) -> Result<Vec<WorkerRow>> {
        let now = time(self.clock.micros(now))?;
        let rows = self
            .fetch(&self.statements.worker_rows, |query| query.bind(limit))
            .await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = row.try_get(0).map_err(database)?;
                let timed = |at: usize| row.try_get(at).map_err(database).and_then(time);
                let maybe = |at: usize| -> Result<Option<DateTime<Utc>>> {
                    let micros: Option<i64> = row.try_get(at).map_err(database)?;
                    micros.map(time).transpose()
                };
                let text = |at: usize| row.try_get::<&str, _>(at).map_err(database);
                let kinds: Vec<(i32, u32)> = sound(id, json("kinds", text(6)?), Vec::new());
                let pools: BTreeMap<String, (String, u64)> =
                    sound(id, json("pools", text(7)?), BTreeMap::new());
                let (stopped_at, lost_at) = (maybe(8)?, maybe(9)?);
                let silent = stopped_at.is_none() && lost_at.is_none() && self.liveness.is_dead(id);
                Ok(WorkerRow {
                    id: WorkerId(id),
                    host: row.try_get(1).map_err(database)?,
                    pid: row.try_get(2).map_err(database)?,
                    started_at: timed(3)?,
                    // Nothing is written for a sign of life: the system says that it lives, now.
                    seen_at: if silent || stopped_at.is_some() || lost_at.is_some() {
                        stopped_at.or(lost_at).unwrap_or(timed(4)?)
                    } else {
                        now
                    },
                    now,
                    lease: row.try_get::<i64, _>(5).map_err(database)?.unsigned_abs(),
                    kinds: kinds
                        .into_iter()
                        .map(|(kind, version)| (KindId(kind), version))
                        .collect(),
                    queues: pools
                        .into_iter()
                        .map(|(queue, (_, slots))| (queue, slots))
                        .collect(),
                    stopped_at,
                    lost_at,
                    silent,
                    asked: Ask::read(row.try_get(10).map_err(database)?),
                })
            })
            .collect()
    }

    pub(super) async fn ask_worker(&self, worker: WorkerId, ask: Option<Ask>) -> Result<bool> {
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let ask = query(&statements.worker_ask)
                    .bind(worker.0)
                    .bind(ask.map(Ask::number));
                Box::pin(async move {
                    let done = ask.execute(connection).await.map_err(database)?;
                    Ok(done.rows_affected() > 0)
                })
            })
            .await
    }

    pub(super) async fn look_at_health(&self) -> Result<Health> {
        let mut health = Health {
            schema_known: newest_migration(),
            now: time(self.clock.micros(None))?,
            ..Health::default()
        };
        let rows = self.fetch(&self.statements.health, |query| query).await?;
        let Some(row) = rows.first() else {
            return Ok(health);
        };
        let number = |at: usize| row.try_get::<i64, _>(at).map_err(database);
        health.schema = number(0)?;
        let synchronous = match number(3)? {
            0 => "off",
            1 => "normal",
            2 => "full",
            _ => "extra",
        };
        let facts = [
            ("sqlite_version", row.try_get(1).map_err(database)?),
            ("journal_mode", row.try_get(2).map_err(database)?),
            ("synchronous", synchronous.to_owned()),
            (
                "table_bytes",
                number(4)?.saturating_mul(number(6)?).to_string(),
            ),
            (
                "free_bytes",
                number(5)?.saturating_mul(number(6)?).to_string(),
            ),
        ];
        health.facts = facts
            .into_iter()
            .map(|(name, value): (&str, String)| (name.to_owned(), value))
            .collect();
        let there: Vec<String> = json("indexes", row.try_get(7).map_err(database)?)?;
        let prefix = &self.statements.prefix;
        health.missing_indexes = INDEXES
            .iter()
            .map(|name| format!("{prefix}{name}"))
            .filter(|name| !there.contains(name))
            .collect();
        Ok(health)
    }
}
