//! New jobs that free slots of this process wait for: inserted and claimed in one statement.

use chrono::{DateTime, Utc};
use sqlx::Row as _;

use super::{PostgresStorage, insert::Part, session::Shape};
use crate::{
    error::Result,
    storage::{Claimed, NewJob, Now, WorkerId},
};

impl PostgresStorage {
    pub(super) async fn insert_into_slots(
        &self,
        jobs: &[NewJob],
        worker: WorkerId,
        now: Now,
    ) -> Result<Option<Vec<Claimed>>> {
        let Some(queue) = jobs.first().map(|job| job.queue.to_string()) else {
            return Ok(Some(Vec::new()));
        };
        let mut part = Part::default();
        jobs.iter().for_each(|job| part.push(job));
        let mut session = self.open(Shape::One).await?;
        // Its answer may be lost as that of any claim.
        let ticket = self.tickets.take(worker);
        let query = part
            .bind_claimed(session.statement(&self.sql.insert_claimed), now)
            .bind(queue)
            .bind(worker.0)
            .bind(ticket.number);
        let row = session.one(query).await?;
        session.done().await?;
        let (at, taken): (DateTime<Utc>, bool) = (row.try_get(0)?, row.try_get(1)?);
        ticket.answered();
        let claimed = |job: &NewJob| Claimed::at_insert(job.clone(), worker, at);
        Ok(taken.then(|| jobs.iter().map(claimed).collect()))
    }
}
