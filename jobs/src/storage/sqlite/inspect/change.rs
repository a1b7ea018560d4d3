//! What is done to jobs by hand.

use std::time::Duration;

use sqlx::Row as _;
use uuid::Uuid;

use super::super::{
    SqliteStorage, checkpoints, clock::after, encode::ids, errors::database, groups, limits,
    statements::query,
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        Keys, Now,
        row::{damaged, state_number},
        settle::Change,
    },
};

fn list(jobs: Vec<JobId>) -> Result<String> {
    ids(jobs.into_iter().map(JobId::as_uuid))
}

impl SqliteStorage {
    pub(super) async fn run_now(&self, jobs: Vec<JobId>, now: Now) -> Result<Vec<JobId>> {
        let (list, now) = (list(jobs)?, self.clock.micros(now));
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let run = query(&statements.run_now).bind(list.clone()).bind(now);
                Box::pin(async move {
                    let rows = run.fetch_all(connection).await.map_err(database)?;
                    rows.iter()
                        .map(|row| row.try_get::<Uuid, _>(0).map(JobId::from).map_err(database))
                        .collect()
                })
            })
            .await
    }

    pub(super) async fn end_waiting(
        &self,
        jobs: Vec<JobId>,
        state: State,
        reason: String,
        retain: Duration,
        now: Now,
    ) -> Result<Vec<JobId>> {
        let Some(number) = state_number(state) else {
            return Err(damaged(format!("a job cannot end as `{state}`")));
        };
        let (wanted, now) = (list(jobs)?, self.clock.micros(now));
        let expires = after(now, retain);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let pick = query(&statements.waiting_keys).bind(wanted.clone());
                let (statements, reason) = (statements.clone(), reason.clone());
                Box::pin(async move {
                    let rows = pick.fetch_all(&mut *connection).await.map_err(database)?;
                    let (mut picked, mut keyed) = (Vec::with_capacity(rows.len()), Vec::new());
                    let mut changes = Vec::new();
                    for row in &rows {
                        let id: Uuid = row.try_get(0).map_err(database)?;
                        picked.push(id);
                        let keys = Keys::read(row.try_get(1).map_err(database)?);
                        let place = groups::place(row, 2, keys.as_ref())?;
                        changes.push(Change::ended(id, place, state));
                        keyed.extend(keys.map(|keys| (id, keys)));
                    }
                    let list = ids(picked.iter().copied())?;
                    let steps = [
                        query(&statements.end_waiting)
                            .bind(list.clone())
                            .bind(now)
                            .bind(expires)
                            .bind(number)
                            .bind(reason),
                        query(&statements.queue_delete).bind(list.clone()),
                        query(&statements.cancels_forget).bind(list),
                    ];
                    for step in steps {
                        step.execute(&mut *connection).await.map_err(database)?;
                    }
                    limits::strand_nobody(connection, &statements, &keyed, now).await?;
                    groups::follow(connection, &statements, changes, now).await?;
                    Ok(picked.into_iter().map(JobId::from).collect())
                })
            })
            .await
    }

    pub(super) async fn edit_args(&self, id: JobId, args: String) -> Result<bool> {
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let steps = [&statements.edit_waiting, &statements.edit_dead]
                    .map(|edit| query(edit).bind(id.as_uuid()).bind(args.clone()));
                Box::pin(async move {
                    let mut changed = 0;
                    for step in steps {
                        let done = step.execute(&mut *connection).await.map_err(database)?;
                        changed += done.rows_affected();
                    }
                    Ok(changed > 0)
                })
            })
            .await
    }

    pub(super) async fn forget(&self, jobs: Vec<JobId>) -> Result<Vec<JobId>> {
        let wanted = list(jobs)?;
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let forget = query(&statements.forget).bind(wanted.clone());
                let statements = statements.clone();
                Box::pin(async move {
                    let rows = forget.fetch_all(&mut *connection).await.map_err(database)?;
                    let gone = rows
                        .iter()
                        .map(|row| row.try_get::<Uuid, _>(0).map_err(database))
                        .collect::<Result<Vec<_>>>()?;
                    let list = ids(gone.iter().copied())?;
                    for step in [&statements.attempts_forget, &statements.letters_forget] {
                        let step = query(step).bind(list.clone());
                        step.execute(&mut *connection).await.map_err(database)?;
                    }
                    checkpoints::forget(connection, &statements, list).await?;
                    Ok(gone.into_iter().map(JobId::from).collect())
                })
            })
            .await
    }
}
