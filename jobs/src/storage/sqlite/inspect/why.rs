//! What decides when a job starts.

use sqlx::Row as _;
use uuid::Uuid;

use super::super::{SqliteStorage, encode::json, errors::database};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        Keys, KindId, WorkerId,
        inspect::{KeyRow, Standing},
        row::{count, time},
    },
};

impl SqliteStorage {
    pub(super) async fn standing_of(&self, id: JobId) -> Result<Option<Standing>> {
        let id = id.as_uuid();
        let rows = self
            .fetch(&self.statements.job_standing, |query| query.bind(id))
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let until: Option<i64> = row.try_get(3).map_err(database)?;
        let worker: Option<Uuid> = row.try_get(6).map_err(database)?;
        Ok(Some(Standing {
            kind: KindId(row.try_get(0).map_err(database)?),
            version: row.try_get(1).map_err(database).and_then(count)?,
            blocked_on: row.try_get(2).map_err(database)?,
            blocked_until: until.map(time).transpose()?,
            waits_for: row.try_get(4).map_err(database)?,
            keys: Keys::read(row.try_get(5).map_err(database)?),
            worker: worker.map(WorkerId),
        }))
    }

    pub(super) async fn key_rows(&self, keys: Vec<String>, limit: u32) -> Result<Vec<KeyRow>> {
        let list = json(&keys)?;
        let rows = self
            .fetch(&self.statements.key_rows, |query| query.bind(list.clone()))
            .await?;
        let mut known = Vec::with_capacity(rows.len());
        for row in &rows {
            let opens: Option<i64> = row.try_get(2).map_err(database)?;
            let holder: Option<Uuid> = row.try_get(3).map_err(database)?;
            let used: Option<i64> = row.try_get(1).map_err(database)?;
            known.push(KeyRow {
                key: row.try_get(0).map_err(database)?,
                used: used.unwrap_or(0).unsigned_abs(),
                opens_at: opens.map(time).transpose()?,
                holders: holder.map(JobId::from).into_iter().collect(),
            });
        }
        if known.iter().all(|key| key.used == 0) {
            return Ok(known);
        }
        for row in &self
            .fetch(&self.statements.key_holders, |query| query)
            .await?
        {
            let id: Uuid = row.try_get(0).map_err(database)?;
            let Some(held) = Keys::read(row.try_get(1).map_err(database)?) else {
                continue;
            };
            for key in &mut known {
                let holds = held.slots.iter().any(|slot| slot.key == key.key);
                if holds && key.holders.len() < limit as usize {
                    key.holders.push(JobId::from(id));
                }
            }
        }
        Ok(known)
    }

    pub(super) async fn count_before(&self, id: JobId, at_most: u32) -> Result<u64> {
        let id = id.as_uuid();
        let rows = self
            .fetch(&self.statements.count_before, |query| {
                query.bind(id).bind(at_most)
            })
            .await?;
        let count = rows.first().map(|row| row.try_get::<i64, _>(0));
        Ok(count
            .transpose()
            .map_err(database)?
            .unwrap_or(0)
            .unsigned_abs())
    }
}
