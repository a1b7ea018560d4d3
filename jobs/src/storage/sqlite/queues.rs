//! Queues as operators see them.

use std::time::Duration;

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    SqliteStorage,
    clock::after,
    encode::{ids, json},
    errors::database,
    groups, limits,
    statements::query,
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{Keys, Now, QueueDecl, row::damaged, settle::Change},
};

impl SqliteStorage {
    pub(super) async fn all_queues(&self) -> Result<Vec<QueueDecl>> {
        let rows = self
            .fetch(&self.statements.queues_list, |query| query)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(QueueDecl {
                    name: row.try_get(0).map_err(database)?,
                    paused: row.try_get(1).map_err(database)?,
                })
            })
            .collect()
    }

    pub(super) async fn set_paused(
        &self,
        queue: String,
        paused: bool,
        by: Option<String>,
    ) -> Result<()> {
        let now = self.clock.micros(None);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let pause = query(&statements.queue_pause)
                    .bind(queue.clone())
                    .bind(paused)
                    .bind(now)
                    .bind(by.clone());
                Box::pin(async move { pause.execute(connection).await.map(drop).map_err(database) })
            })
            .await
    }

    pub(super) async fn count_ready(&self, queue: String, at_most: u64) -> Result<u64> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let rows = self
            .fetch(&self.statements.queue_ready, |query| {
                query.bind(queue.clone()).bind(at_most)
            })
            .await?;
        let row = rows
            .first()
            .ok_or_else(|| damaged("a count without a row".to_owned()))?;
        Ok(row.try_get::<i64, _>(0).map_err(database)?.unsigned_abs())
    }

    pub(super) async fn ages_of_oldest(
        &self,
        queues: Vec<String>,
        now: Now,
    ) -> Result<Vec<(String, Duration)>> {
        let now = self.clock.micros(now);
        let queues = json(&queues)?;
        let rows = self
            .fetch(&self.statements.queue_oldest, |query| {
                query.bind(queues.clone())
            })
            .await?;
        rows.iter()
            .map(|row| {
                let due: i64 = row.try_get(1).map_err(database)?;
                let age = u64::try_from(now.saturating_sub(due)).unwrap_or(0);
                Ok((
                    row.try_get(0).map_err(database)?,
                    Duration::from_micros(age),
                ))
            })
            .collect()
    }

    pub(super) async fn clear_ready(
        &self,
        queue: String,
        limit: u32,
        retain: Duration,
        now: Now,
    ) -> Result<Vec<JobId>> {
        let now = self.clock.micros(now);
        let expires = after(now, retain);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let pick = query(&statements.queue_pick)
                    .bind(queue.clone())
                    .bind(limit);
                let statements = statements.clone();
                Box::pin(async move {
                    let rows = pick.fetch_all(&mut *connection).await.map_err(database)?;
                    let picked = rows
                        .iter()
                        .map(|row| row.try_get::<Uuid, _>(0).map_err(database))
                        .collect::<Result<Vec<_>>>()?;
                    let list = ids(picked.iter().copied())?;
                    let steps = [
                        query(&statements.queue_clear)
                            .bind(list.clone())
                            .bind(now)
                            .bind(expires),
                        query(&statements.queue_delete).bind(list.clone()),
                    ];
                    for step in steps {
                        step.execute(&mut *connection).await.map_err(database)?;
                    }
                    let (mut keyed, mut changes) = (Vec::new(), Vec::new());
                    for (row, id) in rows.iter().zip(&picked) {
                        let keys = Keys::read(row.try_get(1).map_err(database)?);
                        let place = groups::place(row, 2, keys.as_ref())?;
                        changes.push(Change::ended(*id, place, State::Cancelled));
                        keyed.extend(keys.map(|keys| (*id, keys)));
                    }
                    limits::strand_nobody(connection, &statements, &keyed, now).await?;
                    groups::follow(connection, &statements, changes, now).await?;
                    Ok(picked.into_iter().map(JobId::from).collect())
                })
            })
            .await
    }
}
