//! Reading one job, or many whole records; and cancelling one.

use std::{collections::HashMap, fmt::Display, time::Duration};

use chrono::DateTime;
use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    SqliteStorage, checkpoints,
    clock::{after, micros},
    encode::ids,
    errors::database,
    group_view::{cancel_chain_of, cancel_children_of},
    groups, limits,
    statements::query,
};
use crate::{
    error::{Error, Result},
    failure::JobError,
    record::{Attempt, JobId, State},
    storage::{
        Cancelled, Keys, Look, Now, Row,
        damage::{sound, unreadable_failure},
        row::{
            LastRun, blocked_reason, count, finished_state, json, priority, tags, time,
            waiting_state, with_last_run,
        },
        settle::{Change, Place},
    },
};

/// What is cancelled beside a job of which no record is kept has one for so long.
const RECORD: i64 = 86_400_000_000;

impl SqliteStorage {
    pub(super) async fn look_at(&self, id: JobId) -> Result<Option<Look>> {
        let id = id.as_uuid();
        let rows = self
            .fetch(&self.statements.look, |query| query.bind(id))
            .await?;
        rows.first().map(look).transpose()
    }

    pub(super) async fn record(&self, id: JobId) -> Result<Option<Row>> {
        Ok(self.records(&[id.as_uuid()]).await?.remove(&id.as_uuid()))
    }

    /// The records that there are, by id.
    pub(super) async fn records(&self, wanted: &[Uuid]) -> Result<HashMap<Uuid, Row>> {
        let list = ids(wanted.iter().copied())?;
        let mut attempts: HashMap<Uuid, Vec<Attempt>> = HashMap::new();
        for row in &self
            .fetch(&self.statements.attempts, |query| query.bind(list.clone()))
            .await?
        {
            let job = row.try_get(0).map_err(database)?;
            attempts.entry(job).or_default().push(attempt(row)?);
        }
        let mut records = HashMap::with_capacity(wanted.len());
        for row in &self
            .fetch(&self.statements.records, |query| query.bind(list.clone()))
            .await?
        {
            let id: Uuid = row.try_get(0).map_err(database)?;
            // The hot table's row comes first.
            if let std::collections::hash_map::Entry::Vacant(vacant) = records.entry(id) {
                vacant.insert(record(row, attempts.remove(&id).unwrap_or_default())?);
            }
        }
        Ok(records)
    }

    pub(super) async fn cancel_job(
        &self,
        id: JobId,
        retain: Option<Duration>,
        now: Now,
    ) -> Result<Cancelled> {
        let id = id.as_uuid();
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let keep = retain.map(|retain| {
                    query(&statements.cancel_waiting)
                        .bind(id)
                        .bind(now)
                        .bind(after(now, retain))
                });
                let (list, statements) = (ids([id]), statements.clone());
                let delete = query(&statements.delete_waiting).bind(id);
                let find = query(&statements.look).bind(id);
                // A sum with the time of the end must fit.
                let ask = query(&statements.cancel_ask)
                    .bind(id)
                    .bind(retain.map_or(-1, |retain| micros(retain).min(i64::MAX / 4)));
                let keys = query(&statements.keys).bind(id);
                let stays = retain.map_or(RECORD, |retain| micros(retain).min(i64::MAX / 4));
                Box::pin(async move {
                    let keys = keys
                        .fetch_optional(&mut *connection)
                        .await
                        .map_err(database)?;
                    let (mut over, mut place) = (None, Place::default());
                    if let Some(row) = keys {
                        over = Keys::read(row.try_get(0).map_err(database)?);
                        place = groups::place(&row, 1, over.as_ref())?;
                    }
                    let fleeting = keep.is_none();
                    if let Some(keep) = keep {
                        keep.execute(&mut *connection).await.map_err(database)?;
                    }
                    let gone = delete
                        .execute(&mut *connection)
                        .await
                        .map_err(database)?
                        .rows_affected();
                    if gone > 0 {
                        if let Some(keys) = over {
                            limits::strand_nobody(connection, &statements, &[(id, keys)], now)
                                .await?;
                        }
                        let ended = Change::ended(id, place, State::Cancelled);
                        groups::follow(connection, &statements, vec![ended], now).await?;
                        cancel_chain_of(connection, &statements, place, stays, now).await?;
                        cancel_children_of(connection, &statements, vec![id], stays, now).await?;
                        if fleeting {
                            let list = list?;
                            let attempts = query(&statements.attempts_forget).bind(list.clone());
                            attempts.execute(&mut *connection).await.map_err(database)?;
                            checkpoints::forget(connection, &statements, list).await?;
                        }
                        return Ok(Cancelled::Ended);
                    }
                    let found = find
                        .fetch_optional(&mut *connection)
                        .await
                        .map_err(database)?;
                    match found.as_ref().map(look).transpose()? {
                        None => Ok(Cancelled::NotFound),
                        Some(look) if look.state.is_final() => Ok(Cancelled::TooLate),
                        Some(_) => {
                            ask.execute(&mut *connection).await.map_err(database)?;
                            cancel_chain_of(connection, &statements, place, stays, now).await?;
                            cancel_children_of(connection, &statements, vec![id], stays, now)
                                .await?;
                            Ok(Cancelled::Asked)
                        }
                    }
                })
            })
            .await
    }
}

/// The state, from the columns of both tables.
fn state(finished: Option<i64>, stage: Option<i64>, running: bool) -> Result<State> {
    match finished {
        Some(number) => finished_state(number),
        None => waiting_state(stage.unwrap_or(-1), running),
    }
}

fn failure(id: impl Display, row: &SqliteRow, at: usize) -> Result<Option<JobError>> {
    let error: Option<&str> = row.try_get(at).map_err(database)?;
    Ok(error.map(|text| sound(id, json("error", text), unreadable_failure())))
}

pub(super) fn look(row: &SqliteRow) -> Result<Look> {
    let blocked_on: Option<i64> = row.try_get(5).map_err(database)?;
    let reason: Option<String> = row.try_get(4).map_err(database)?;
    Ok(Look {
        state: state(
            row.try_get(0).map_err(database)?,
            row.try_get(1).map_err(database)?,
            row.try_get(2).map_err(database)?,
        )?,
        output: row.try_get(3).map_err(database)?,
        reason: reason.or_else(|| blocked_on.map(blocked_reason)),
        error: failure("(looked at)", row, 6)?,
    })
}

fn attempt(row: &SqliteRow) -> Result<Attempt> {
    let id: Uuid = row.try_get(0).map_err(database)?;
    let worker: Uuid = row.try_get(4).map_err(database)?;
    let timed = |at: usize| {
        let micros = row.try_get(at).map_err(database)?;
        Ok::<_, Error>(sound(id, time(micros), DateTime::UNIX_EPOCH))
    };
    Ok(Attempt {
        number: sound(id, row.try_get(1).map_err(database).and_then(count), 0),
        started_at: timed(2)?,
        ended_at: Some(timed(3)?),
        error: failure(id, row, 5)?,
        logs: row.try_get(6).map_err(database)?,
        worker: worker.to_string(),
    })
}

fn record(row: &SqliteRow, attempts: Vec<Attempt>) -> Result<Row> {
    let id: Uuid = row.try_get(0).map_err(database)?;
    let text = |at: usize| row.try_get::<String, _>(at).map_err(database);
    let maybe_text = |at: usize| row.try_get::<Option<String>, _>(at).map_err(database);
    let number = |at: usize| row.try_get::<i64, _>(at).map_err(database);
    let maybe_number = |at: usize| row.try_get::<Option<i64>, _>(at).map_err(database);
    let timed = |micros: i64| sound(id, time(micros), DateTime::UNIX_EPOCH);
    let worker: Option<Uuid> = row.try_get(8).map_err(database)?;
    let finished = maybe_number(6)?;
    let state = state(finished, maybe_number(7)?, worker.is_some())?;
    let runs = sound(id, number(15).and_then(count), 0);
    let finished_at = maybe_number(13)?.map(timed);
    let started_at = maybe_number(14)?.map(timed);
    let last = started_at.zip(worker).map(|(started_at, worker)| LastRun {
        // The running one is not yet among the ended ones.
        number: if finished.is_some() {
            runs
        } else {
            runs.saturating_add(1)
        },
        started_at,
        ended_at: finished_at,
        worker,
    });
    Ok(Row {
        id: JobId::from(id),
        name: maybe_text(1)?.unwrap_or_default(),
        queue: text(2)?,
        priority: sound(id, number(3).and_then(priority), i16::MAX),
        tags: sound(
            id,
            row.try_get(4).map_err(database).and_then(tags),
            Vec::new(),
        ),
        args: text(5)?,
        state,
        reason: maybe_text(10)?.or(maybe_number(9)?.map(blocked_reason)),
        enqueued_at: timed(number(11)?),
        run_at: timed(number(12)?),
        finished_at,
        attempts: with_last_run(attempts, last),
        progress: sound(
            id,
            maybe_text(16)?
                .map(|text| json("progress", &text))
                .transpose(),
            None,
        ),
        output: maybe_text(17)?,
    })
}
