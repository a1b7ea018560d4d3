//! Checkpoints and events of running jobs. There is one writer, so that what a step reads stays as it is.

use std::borrow::Cow;

use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    SqliteStorage,
    clock::after,
    encode::ids,
    errors::database,
    group_insert::insert_work,
    look::look,
    statements::{Statements, query},
};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        Checkpoint, CheckpointKind, Checkpoints, NewWork, Now, Sent, Settle, Settled, TakeEvent,
        TakenEvent,
        row::{count, damaged, time},
    },
};

impl SqliteStorage {
    pub(super) async fn checkpoints_of(&self, id: JobId, now: Now) -> Result<Checkpoints> {
        let id = id.as_uuid();
        let rows = self
            .fetch(&self.statements.checkpoints, |query| query.bind(id))
            .await?;
        Ok(Checkpoints {
            now: time(self.clock.micros(now))?,
            all: rows.iter().map(checkpoint).collect::<Result<_>>()?,
        })
    }

    pub(super) async fn write_checkpoint(
        &self,
        settle: Settle,
        now: Now,
    ) -> Result<Option<Settled>> {
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let write = query(&statements.checkpoint_write)
                    .bind(settle.claim.id.as_uuid())
                    .bind(settle.claim.worker.0)
                    .bind(settle.claim.fence)
                    .bind(settle.kind.number())
                    .bind(settle.name.clone())
                    .bind(settle.value.clone())
                    .bind(settle.wait.map(|wait| after(now, wait)))
                    .bind(now);
                let work = NewWork {
                    groups: settle.groups.clone(),
                    jobs: settle.jobs.clone(),
                    grows: None,
                };
                let statements = statements.clone();
                Box::pin(async move {
                    let written = write.fetch_optional(&mut *connection).await;
                    let Some(row) = written.map_err(database)? else {
                        return Ok(None);
                    };
                    let until: Option<i64> = row.try_get(0).map_err(database)?;
                    let inserted = if work.groups.is_empty() && work.jobs.is_empty() {
                        Vec::new()
                    } else {
                        insert_work(connection, &statements, &work, now).await?
                    };
                    Ok(Some(Settled {
                        until: until.map(time).transpose()?,
                        inserted,
                    }))
                })
            })
            .await
    }

    pub(super) async fn take_first_event(
        &self,
        take: TakeEvent,
        now: Now,
    ) -> Result<Option<TakenEvent>> {
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let (take, statements) = (take.clone(), statements.clone());
                Box::pin(async move {
                    let job = take.claim.id.as_uuid();
                    let holds = query(&statements.claim_holds)
                        .bind(job)
                        .bind(take.claim.worker.0)
                        .bind(take.claim.fence)
                        .fetch_optional(&mut *connection)
                        .await
                        .map_err(database)?;
                    if holds.is_none() {
                        return Ok(None);
                    }
                    let first = query(&statements.event_first)
                        .bind(job)
                        .bind(take.name.clone())
                        .bind(take.number)
                        .fetch_optional(&mut *connection)
                        .await
                        .map_err(database)?;
                    let mut come: Option<String> = None;
                    if let Some(row) = first {
                        come = row.try_get(0).map_err(database)?;
                        let seq: i64 = row.try_get(1).map_err(database)?;
                        let gone = query(&statements.event_gone).bind(seq);
                        gone.execute(&mut *connection).await.map_err(database)?;
                    }
                    let row = query(&statements.event_settle)
                        .bind(job)
                        .bind(take.name)
                        .bind(take.number)
                        .bind(come)
                        .bind(take.within.map(|within| after(now, within)))
                        .bind(now)
                        .fetch_one(connection)
                        .await
                        .map_err(database)?;
                    let until: Option<i64> = row.try_get(1).map_err(database)?;
                    Ok(Some(TakenEvent {
                        value: row.try_get(0).map_err(database)?,
                        until: until.map(time).transpose()?,
                    }))
                })
            })
            .await
    }

    pub(super) async fn add_event(
        &self,
        id: JobId,
        name: String,
        value: String,
        now: Now,
    ) -> Result<Sent> {
        let (id, now) = (id.as_uuid(), self.clock.micros(now));
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let add = query(&statements.event_add)
                    .bind(id)
                    .bind(name.clone())
                    .bind(value.clone())
                    .bind(now);
                let statements = statements.clone();
                Box::pin(async move {
                    let added = add.execute(&mut *connection).await.map_err(database)?;
                    if added.rows_affected() > 0 {
                        let woken = unpark(connection, &statements, vec![id]).await?;
                        return Ok(woken
                            .into_iter()
                            .next()
                            .map_or(Sent::Kept, |queue| Sent::Woke(Cow::Owned(queue))));
                    }
                    let found = query(&statements.look)
                        .bind(id)
                        .fetch_optional(connection)
                        .await
                        .map_err(database)?;
                    Ok(match found.as_ref().map(look).transpose()? {
                        Some(_) => Sent::Ended,
                        None => Sent::NotFound,
                    })
                })
            })
            .await
    }
}

/// Makes those of these parked jobs ready for which something has come; their queues.
pub(super) async fn unpark(
    connection: &mut SqliteConnection,
    statements: &Statements,
    jobs: Vec<Uuid>,
) -> Result<Vec<String>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let rows = query(&statements.unpark)
        .bind(ids(jobs)?)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter()
        .map(|row| row.try_get(0).map_err(database))
        .collect()
}

/// Nothing is kept of jobs that left no record.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    statements: &Statements,
    list: String,
) -> Result<()> {
    for statement in [&statements.checkpoints_forget, &statements.events_forget] {
        let forget = query(statement).bind(list.clone());
        forget.execute(&mut *connection).await.map_err(database)?;
    }
    Ok(())
}

fn checkpoint(row: &SqliteRow) -> Result<Checkpoint> {
    let kind: i64 = row.try_get(0).map_err(database)?;
    let until: Option<i64> = row.try_get(4).map_err(database)?;
    Ok(Checkpoint {
        kind: CheckpointKind::of(kind)
            .ok_or_else(|| damaged(format!("kind {kind} of a checkpoint")))?,
        name: row.try_get(1).map_err(database)?,
        number: count(row.try_get(2).map_err(database)?)?,
        value: row.try_get(3).map_err(database)?,
        until: until.map(time).transpose()?,
    })
}
