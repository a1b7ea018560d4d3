//! What is done to jobs by hand.

use std::time::Duration;

use sqlx::Row as _;
use uuid::Uuid;

use super::super::{
    PostgresStorage, groups,
    rows::{clean, micros, state_code},
    session::Shape,
    uniques::Returned,
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{Now, settle::Change},
};

fn uuids(jobs: &[JobId]) -> Vec<Uuid> {
    jobs.iter().map(|job| job.as_uuid()).collect()
}

impl PostgresStorage {
    pub(super) async fn run_now(&self, jobs: &[JobId], now: Now) -> Result<Vec<JobId>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.run_now)
            .bind(now)
            .bind(uuids(jobs));
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| Ok(JobId::from(row.try_get::<Uuid, _>(0)?)))
            .collect()
    }

    pub(super) async fn end_waiting(
        &self,
        jobs: &[JobId],
        state: State,
        reason: &str,
        retain: Duration,
        now: Now,
    ) -> Result<Vec<JobId>> {
        let mut session = self.open(Shape::Many).await?;
        let query = session
            .statement(&self.sql.end_waiting)
            .bind(now)
            .bind(uuids(jobs))
            .bind(micros(retain))
            .bind(state_code(state)?)
            .bind(clean(reason));
        let rows = session.all(query).await?;
        let (mut over, mut changes) = (Returned::default(), Vec::new());
        for row in &rows {
            over.note(row)?;
            let (id, place) = groups::place(row, 0)?;
            changes.push(Change::ended(id, place, state));
        }
        self.strand_nobody(&mut session, over, now).await?;
        self.follow(&mut session, changes, now).await?;
        session.done().await?;
        rows.iter()
            .map(|row| Ok(JobId::from(row.try_get::<Uuid, _>(0)?)))
            .collect()
    }

    pub(super) async fn edit_args(&self, id: JobId, args: &str) -> Result<bool> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.edit_args)
            .bind(id.as_uuid())
            .bind(args.to_owned());
        let changed = session.one(query).await?.try_get(0)?;
        session.done().await?;
        Ok(changed)
    }

    pub(super) async fn forget(&self, jobs: &[JobId]) -> Result<Vec<JobId>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.forget).bind(uuids(jobs));
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| Ok(JobId::from(row.try_get::<Uuid, _>(0)?)))
            .collect()
    }
}
