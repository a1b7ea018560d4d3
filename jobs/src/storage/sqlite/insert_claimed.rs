//! New jobs that free slots of this process wait for: inserted and claimed in one statement.

use sqlx::Row as _;

use super::{
    SqliteStorage,
    encode::{Hex, json},
    errors::database,
    insert::trace,
    statements::query,
};
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
        let Some(queue) = jobs.first().map(|job| job.queue.to_string()) else {
            return Ok(Some(Vec::new()));
        };
        let now = self.clock.micros(now);
        let (statement, rows) = (self.statements.insert_claimed.clone(), rows(&jobs)?);
        let taken = self
            .writer
            .write(move |connection| {
                let insert = query(&statement)
                    .bind(rows.clone())
                    .bind(now)
                    .bind(queue.clone())
                    .bind(worker.0);
                Box::pin(async move {
                    // All are of one queue, so they are taken all or none.
                    let rows = insert.fetch_all(connection).await.map_err(database)?;
                    let first = rows.first().map(|row| row.try_get(0));
                    first.unwrap_or(Ok(false)).map_err(database)
                })
            })
            .await?;
        let at = time(now)?;
        let claimed = |job| Claimed::at_insert(job, worker, at);
        Ok(taken.then(|| jobs.into_iter().map(claimed).collect()))
    }
}

fn rows(jobs: &[NewJob]) -> Result<String> {
    json(&jobs.iter().map(row).collect::<Result<Vec<_>>>()?)
}

fn row(job: &NewJob) -> Result<impl serde::Serialize> {
    let (id, kind, tags) = (Hex::from(job.id), job.kind.0, json(&job.tags)?);
    let (version, priority) = (job.version, job.priority);
    Ok((id, kind, version, priority, tags, &job.args, trace(job)))
}
