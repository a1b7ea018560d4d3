//! New jobs that free slots of this process wait for: inserted and claimed in one statement.

use std::sync::Arc;

use sqlx::Row as _;

use super::{SqliteStorage, errors::database, insert, statements::query};
use crate::{
    error::Result,
    storage::{Claimed, NewJob, Now, WorkerId, row::time},
};

impl SqliteStorage {
    pub(super) async fn insert_into_slots(
        &self,
        jobs: Vec<NewJob>,
        worker: WorkerId,
        now: Now,
    ) -> Result<Option<Vec<Claimed>>> {
        let micros = self.clock.micros(now);
        let jobs = Arc::new(jobs);
        let (statement, rows) = (self.statements.insert_claimed.clone(), Arc::clone(&jobs));
        let taken = self
            .writer
            .write(move |connection| {
                let (statement, jobs) = (statement.clone(), Arc::clone(&rows));
                Box::pin(async move {
                    let (rows, heads) = insert::texts(&jobs, micros)?;
                    let rows = query(&statement)
                        .bind(rows)
                        .bind(heads)
                        .bind(worker.0)
                        .fetch_all(connection)
                        .await
                        .map_err(database)?;
                    // All are of one queue, so they are taken all or none.
                    rows.first()
                        .map_or(Ok(true), |row| row.try_get(0))
                        .map_err(database)
                })
            })
            .await?;
        let at = time(micros)?;
        let claimed = |job: &NewJob| Claimed::at_insert(job.clone(), worker, at);
        Ok(taken.then(|| jobs.iter().map(claimed).collect()))
    }
}
