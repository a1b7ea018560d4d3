//! Names, queues, workers, and the database itself.

use std::collections::BTreeMap;

use sqlx::Row as _;
use uuid::Uuid;

use super::super::{
    PostgresStorage,
    rows::{Time, read, tags},
    schema::newest_migration,
    session::Shape,
};
use crate::{
    error::Result,
    storage::{
        KindId, Now, WorkerId,
        damage::sound,
        inspect::{Ask, Health, KindRow, QueueRow, WorkerRow, arguments},
    },
};

impl PostgresStorage {
    pub(super) async fn kind_rows(&self) -> Result<Vec<KindRow>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.kind_rows);
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                Ok(KindRow {
                    id: KindId(row.try_get(0)?),
                    name: row.try_get(1)?,
                    queue: row.try_get(2)?,
                    priority: row.try_get(3)?,
                    version: u32::try_from(row.try_get::<i32, _>(4)?).unwrap_or(0),
                    tags: tags(row.try_get(5)?)?,
                    redact: tags(row.try_get(6)?)?,
                    unique: row.try_get(7)?,
                    args: arguments(row.try_get(8)?),
                })
            })
            .collect()
    }

    pub(super) async fn queue_rows(&self) -> Result<Vec<QueueRow>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.queue_rows);
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                Ok(QueueRow {
                    name: row.try_get(0)?,
                    paused: row.try_get(1)?,
                    paused_by: row.try_get(2)?,
                    paused_at: row.try_get::<Option<Time>, _>(3)?.map(|time| time.0),
                })
            })
            .collect()
    }

    pub(super) async fn worker_rows(&self, limit: u32, now: Now) -> Result<Vec<WorkerRow>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.worker_rows)
            .bind(now)
            .bind(i64::from(limit));
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = row.try_get(0)?;
                let kinds: Vec<(i32, u32)> = sound(id, read("kinds", row.try_get(7)?), Vec::new());
                let pools: BTreeMap<String, (String, u64)> =
                    sound(id, read("pools", row.try_get(8)?), BTreeMap::new());
                let stopped_at = row.try_get::<Option<Time>, _>(9)?.map(|time| time.0);
                let lost_at = row.try_get::<Option<Time>, _>(10)?.map(|time| time.0);
                let silent: bool = row.try_get(11)?;
                Ok(WorkerRow {
                    id: WorkerId(id),
                    host: row.try_get(1)?,
                    pid: u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(0),
                    started_at: row.try_get::<Time, _>(3)?.0,
                    seen_at: row.try_get::<Time, _>(4)?.0,
                    now: row.try_get::<Time, _>(5)?.0,
                    lease: row.try_get::<i64, _>(6)?.unsigned_abs(),
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
                    silent: silent && stopped_at.is_none() && lost_at.is_none(),
                    asked: Ask::read(row.try_get::<Option<i16>, _>(12)?.map(i64::from)),
                })
            })
            .collect()
    }

    pub(super) async fn ask_worker(&self, worker: WorkerId, ask: Option<Ask>) -> Result<bool> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.worker_ask)
            .bind(worker.0)
            .bind(ask.map(Ask::number));
        let changed = session.run(query).await?.rows_affected();
        session.done().await?;
        Ok(changed > 0)
    }

    pub(super) async fn look_at_health(&self) -> Result<Health> {
        let mut session = self.open(Shape::One).await?;
        let quoted = &self.names.schema;
        let schema = quoted[1..quoted.len() - 1].replace("\"\"", "\"");
        let query = session.statement(&self.sql.health).bind(schema);
        let row = session.one(query).await?;
        session.done().await?;
        let facts: Vec<(String, Option<String>)> = read("facts", row.try_get(2)?)?;
        Ok(Health {
            schema: row.try_get::<Option<i64>, _>(1)?.unwrap_or(0),
            schema_known: newest_migration(),
            now: row.try_get::<Time, _>(0)?.0,
            facts: facts
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            missing_indexes: row.try_get(3)?,
        })
    }
}
