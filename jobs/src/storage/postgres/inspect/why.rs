//! What decides when a job starts.

use sqlx::Row as _;
use uuid::Uuid;

use super::super::{
    PostgresStorage,
    rows::{Time, count},
    session::Shape,
};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        Keys, KindId, WorkerId,
        inspect::{KeyRow, Standing},
    },
};

impl PostgresStorage {
    pub(super) async fn standing_of(&self, id: JobId) -> Result<Option<Standing>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.standing).bind(id.as_uuid());
        let row = session.maybe(query).await?;
        session.done().await?;
        row.map(|row| {
            let worker: Option<Uuid> = row.try_get(6)?;
            Ok(Standing {
                kind: KindId(row.try_get(0)?),
                version: count(&row, "version")?,
                blocked_on: row.try_get::<Option<i16>, _>(2)?.map(i64::from),
                blocked_until: row.try_get::<Option<Time>, _>(3)?.map(|time| time.0),
                waits_for: row.try_get(4)?,
                keys: Keys::read(row.try_get(5)?),
                worker: worker.map(WorkerId),
            })
        })
        .transpose()
    }

    pub(super) async fn key_rows(&self, keys: &[String], limit: u32) -> Result<Vec<KeyRow>> {
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.key_rows).bind(keys.to_vec());
        let mut known = Vec::new();
        for row in session.all(query).await? {
            let holder: Option<Uuid> = row.try_get(3)?;
            known.push(KeyRow {
                key: row.try_get(0)?,
                used: u64::from(
                    row.try_get::<Option<i32>, _>(1)?
                        .unwrap_or(0)
                        .unsigned_abs(),
                ),
                opens_at: row.try_get::<Option<Time>, _>(2)?.map(|time| time.0),
                holders: holder.map(JobId::from).into_iter().collect(),
            });
        }
        if known.iter().any(|key| key.used > 0) {
            let running = self.running(&mut session).await?;
            let query = session.statement(&self.sql.key_holders).bind(running);
            for row in session.all(query).await? {
                let id: Uuid = row.try_get(0)?;
                let Some(held) = Keys::read(row.try_get(1)?) else {
                    continue;
                };
                for key in &mut known {
                    let holds = held.slots.iter().any(|slot| slot.key == key.key);
                    if holds && key.holders.len() < limit as usize {
                        key.holders.push(JobId::from(id));
                    }
                }
            }
        }
        session.done().await?;
        Ok(known)
    }

    pub(super) async fn count_before(&self, id: JobId, at_most: u32) -> Result<u64> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.count_before)
            .bind(id.as_uuid())
            .bind(i64::from(at_most));
        let count: i64 = session.one(query).await?.try_get(0)?;
        session.done().await?;
        Ok(count.unsigned_abs())
    }
}
