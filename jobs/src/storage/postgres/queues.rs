//! Queues as operators see them.

use std::time::Duration;

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    PostgresStorage, groups,
    rows::{clean, micros},
    session::Shape,
    uniques::Returned,
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{Now, QueueDecl, settle::Change},
};

impl PostgresStorage {
    pub(super) async fn all_queues(&self) -> Result<Vec<QueueDecl>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.queues_list);
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                Ok(QueueDecl {
                    name: row.try_get(0)?,
                    paused: row.try_get(1)?,
                })
            })
            .collect()
    }

    pub(super) async fn set_paused(
        &self,
        queue: &str,
        paused: bool,
        by: Option<&str>,
    ) -> Result<()> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.queue_pause)
            .bind(queue.to_owned())
            .bind(paused)
            .bind(by.map(clean));
        session.run(query).await?;
        session.done().await
    }

    pub(super) async fn count_ready(&self, queue: &str, at_most: u64) -> Result<u64> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.queue_ready)
            .bind(queue.to_owned())
            .bind(i64::try_from(at_most).unwrap_or(i64::MAX));
        let row = session.one(query).await?;
        session.done().await?;
        Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
    }

    pub(super) async fn ages_of_oldest(
        &self,
        queues: &[String],
        now: Now,
    ) -> Result<Vec<(String, Duration)>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.queue_oldest)
            .bind(now)
            .bind(queues.to_vec());
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                let age = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0);
                Ok((row.try_get(0)?, Duration::from_micros(age)))
            })
            .collect()
    }

    pub(super) async fn clear_ready(
        &self,
        queue: &str,
        limit: u32,
        retain: Duration,
        now: Now,
    ) -> Result<Vec<JobId>> {
        let mut session = self.open(Shape::Many).await?;
        let query = session
            .statement(&self.sql.queue_clear)
            .bind(now)
            .bind(queue.to_owned())
            .bind(i64::from(limit))
            .bind(micros(retain));
        let rows = session.all(query).await?;
        let (mut over, mut changes) = (Returned::default(), Vec::new());
        for row in &rows {
            over.note(row)?;
            let (id, place) = groups::place(row, 0)?;
            changes.push(Change::ended(id, place, State::Cancelled));
        }
        self.strand_nobody(&mut session, over, now).await?;
        self.follow(&mut session, changes, now).await?;
        session.done().await?;
        rows.iter()
            .map(|row| Ok(JobId::from(row.try_get::<Uuid, _>(0)?)))
            .collect()
    }
}
