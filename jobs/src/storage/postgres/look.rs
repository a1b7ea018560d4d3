//! Reading one job, and ending one.

use std::{collections::HashMap, time::Duration};

use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStorage,
    rows::{blocked_reason, count, failure, maybe_time, micros, read, state, tags, time},
    session::{Session, Shape},
    uniques::Returned,
};
use crate::{
    error::Result,
    record::{Attempt, JobId, State},
    storage::{
        Cancelled, Keys, Look, Now, Row,
        damage::sound,
        settle::{Change, Place},
    },
};

/// What is cancelled beside a job of which no record is kept has one for so long.
const RECORD: Duration = Duration::from_secs(86_400);

impl PostgresStorage {
    pub(super) async fn look_at(&self, id: JobId) -> Result<Option<Look>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.look).bind(id.as_uuid());
        let row = session.maybe(query).await?;
        session.done().await?;
        row.map(|row| {
            let running: Option<bool> = row.try_get(1)?;
            Ok(Look {
                state: state(row.try_get(0)?, running == Some(true), row.try_get(2)?)?,
                output: row.try_get(3)?,
                reason: row.try_get(4)?,
                error: failure(id, row.try_get(5)?),
            })
        })
        .transpose()
    }

    pub(super) async fn get_row(&self, id: JobId) -> Result<Option<Row>> {
        let mut session = self.open(Shape::Many).await?;
        let row = self
            .rows_of(&mut session, &[id.as_uuid()])
            .await?
            .remove(&id);
        session.done().await?;
        Ok(row)
    }

    /// The records of these jobs, with their attempts.
    pub(super) async fn rows_of(
        &self,
        session: &mut Session<'_>,
        ids: &[Uuid],
    ) -> Result<HashMap<JobId, Row>> {
        let query = session.statement(&self.sql.rows).bind(ids);
        let rows = session.all(query).await?;
        let query = session.statement(&self.sql.attempts).bind(ids);
        let mut attempts: HashMap<Uuid, Vec<Attempt>> = HashMap::new();
        for row in session.all(query).await? {
            let id: Uuid = row.try_get("job_id")?;
            attempts.entry(id).or_default().push(Attempt {
                number: sound(id, count(&row, "number"), 0),
                started_at: time(&row, "started_at")?,
                ended_at: Some(time(&row, "ended_at")?),
                error: failure(id, row.try_get("error")?),
                logs: row.try_get("logs")?,
                worker: row.try_get::<Uuid, _>("worker")?.to_string(),
            });
        }
        let mut found: HashMap<JobId, Row> = HashMap::new();
        for row in &rows {
            let id: Uuid = row.try_get("id")?;
            let record = record(row, attempts.get(&id).cloned().unwrap_or_default())?;
            let later = |older: &Row| {
                older
                    .finished_at
                    .is_some_and(|at| record.finished_at < Some(at) && record.finished_at.is_some())
            };
            // An id that is used anew after its job ended: what is alive counts, then what ended last.
            match found.get(&record.id) {
                Some(older) if older.finished_at.is_none() || later(older) => {}
                _ => {
                    found.insert(record.id, record);
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn cancel_job(
        &self,
        id: JobId,
        retain: Option<Duration>,
        now: Now,
    ) -> Result<Cancelled> {
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.cancel_lock).bind(id.as_uuid());
        let found = session.maybe(query).await?;
        let running: Option<bool> = found.as_ref().map(|row| row.try_get(0)).transpose()?;
        let (mut keys, mut place) = (None, Place::default());
        if let Some(row) = &found {
            keys = Keys::read(row.try_get(1)?);
            place = Place {
                group: row.try_get(2)?,
                place: row.try_get(3)?,
                stands_in: keys.as_ref().is_some_and(|keys| keys.unique.is_some()),
            };
        }
        let stays = micros(retain.unwrap_or(RECORD));
        let cancelled = match running {
            Some(false) => {
                let query = session
                    .statement(&self.sql.cancel_waiting)
                    .bind(now)
                    .bind(id.as_uuid())
                    .bind(retain.map(micros));
                session.run(query).await?;
                if let Some(keys) = keys {
                    let over = Returned::of(id.as_uuid(), keys);
                    self.strand_nobody(&mut session, over, now).await?;
                }
                let ended = Change::ended(id.as_uuid(), place, State::Cancelled);
                self.follow(&mut session, vec![ended], now).await?;
                self.cancel_chain_of(&mut session, place, stays, now)
                    .await?;
                self.cancel_children_of(&mut session, vec![id.as_uuid()], stays, now)
                    .await?;
                Cancelled::Ended
            }
            Some(true) => {
                let query = session
                    .statement(&self.sql.cancel_running)
                    .bind(id.as_uuid())
                    .bind(retain.map_or(-1, micros));
                session.run(query).await?;
                self.cancel_chain_of(&mut session, place, stays, now)
                    .await?;
                self.cancel_children_of(&mut session, vec![id.as_uuid()], stays, now)
                    .await?;
                Cancelled::Asked
            }
            None => {
                let query = session.statement(&self.sql.ended).bind(id.as_uuid());
                if session.one(query).await?.try_get(0)? {
                    Cancelled::TooLate
                } else {
                    Cancelled::NotFound
                }
            }
        };
        session.done().await?;
        Ok(cancelled)
    }
}

fn record(row: &PgRow, mut attempts: Vec<Attempt>) -> Result<Row> {
    let id: Uuid = row.try_get("id")?;
    let worker: Option<Uuid> = row.try_get("worker")?;
    let stage: Option<i16> = row.try_get("stage")?;
    let state = state(stage, worker.is_some(), row.try_get("state")?)?;
    let blocked_on: Option<i16> = row.try_get("blocked_on")?;
    let finished_at = maybe_time(row, "finished_at")?;
    let runs = sound(id, count(row, "runs"), 0);
    // The running execution, and a last one without an error, are told by the row itself.
    let number = if state == State::Running {
        runs + 1
    } else {
        runs
    };
    let told = state == State::Running || state.is_final();
    if let (true, Some(worker), Some(started_at)) = (told, worker, maybe_time(row, "started_at")?)
        && attempts.iter().all(|attempt| attempt.number != number)
    {
        attempts.push(Attempt {
            number,
            started_at,
            ended_at: finished_at,
            error: None,
            logs: None,
            worker: worker.to_string(),
        });
    }
    let progress: Option<String> = row.try_get("progress")?;
    Ok(Row {
        id: JobId::from(id),
        name: row
            .try_get::<Option<String>, _>("name")?
            .unwrap_or_default(),
        queue: row.try_get("queue")?,
        priority: row.try_get("priority")?,
        tags: sound(id, tags(row.try_get("tags")?), Vec::new()),
        args: row.try_get("args")?,
        state,
        reason: match blocked_on {
            Some(on) => Some(blocked_reason(on)),
            None => row.try_get("reason")?,
        },
        enqueued_at: time(row, "enqueued_at")?,
        run_at: time(row, "run_at")?,
        finished_at,
        attempts,
        progress: sound(
            id,
            progress
                .map(|progress| read("progress", &progress))
                .transpose(),
            None,
        ),
        output: row.try_get("output")?,
    })
}
