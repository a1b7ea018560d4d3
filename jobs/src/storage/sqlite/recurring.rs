//! Recurring tasks.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    SqliteStorage, encode::json, errors::database, insert::insert, schedule::until,
    statements::query,
};
use crate::{
    error::Result,
    storage::{
        Declarer, DueTasks, KindId, Now, Task, TaskChange, TaskDecl, Tick, WorkerId,
        recurring::{catch_up, catch_up_number},
        row,
    },
};

impl SqliteStorage {
    pub(super) async fn declare_tasks(
        &self,
        tasks: Vec<TaskDecl>,
        by: Declarer,
        now: Now,
    ) -> Result<Vec<bool>> {
        let rows = json(&tasks.iter().map(columns).collect::<Vec<_>>())?;
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        let declared: HashSet<String> = self
            .writer
            .write(move |connection| {
                let declare = query(&statements.recurring_declare)
                    .bind(rows.clone())
                    .bind(by == Declarer::Caller)
                    .bind(now)
                    .bind(by == Declarer::Handle);
                Box::pin(async move {
                    let rows = declare.fetch_all(connection).await.map_err(database)?;
                    rows.iter().map(name).collect()
                })
            })
            .await?;
        Ok(tasks
            .iter()
            .map(|task| declared.contains(&task.name))
            .collect())
    }

    pub(super) async fn note_tasks(&self, worker: WorkerId, names: Vec<String>) -> Result<()> {
        let names = json(&names)?;
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let forget = query(&statements.recurring_undeclare).bind(worker.0);
                let note = query(&statements.recurring_declared)
                    .bind(worker.0)
                    .bind(names.clone());
                Box::pin(async move {
                    forget.execute(&mut *connection).await.map_err(database)?;
                    note.execute(connection).await.map(drop).map_err(database)
                })
            })
            .await
    }

    pub(super) async fn due_tasks(
        &self,
        kinds: Vec<KindId>,
        names: Vec<String>,
        limit: u32,
        now: Now,
    ) -> Result<DueTasks> {
        let micros = self.clock.micros(now);
        let kinds = json(&kinds.iter().map(|kind| kind.0).collect::<Vec<_>>())?;
        let names = json(&names)?;
        let due = self
            .fetch(&self.statements.recurring_due, |query| {
                query
                    .bind(micros)
                    .bind(kinds.clone())
                    .bind(names.clone())
                    .bind(limit)
            })
            .await?;
        let next = self
            .fetch(&self.statements.recurring_next, |query| {
                query.bind(micros).bind(kinds.clone()).bind(names.clone())
            })
            .await?;
        let next = next.first().map(|row| row.try_get(0)).transpose();
        Ok(DueTasks {
            now: row::time(micros)?,
            tasks: due.iter().map(task).collect::<Result<_>>()?,
            next_in: until(next.map_err(database)?, micros),
        })
    }

    pub(super) async fn settle_ticks(&self, ticks: Vec<Tick>, now: Now) -> Result<Vec<bool>> {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        let rows = ticks.iter().map(|tick| {
            (
                &tick.name,
                micros(tick.seen),
                micros(tick.base),
                micros(tick.next_tick),
                tick.ticked.map(micros),
            )
        });
        let rows = json(&rows.collect::<Vec<_>>())?;
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let settle = query(&statements.recurring_tick).bind(rows.clone());
                let (statements, ticks) = (statements.clone(), ticks.clone());
                Box::pin(async move {
                    let rows = settle.fetch_all(&mut *connection).await.map_err(database)?;
                    let settled = rows.iter().map(name).collect::<Result<HashSet<_>>>()?;
                    let won = |tick: &Tick| settled.contains(&tick.name);
                    let jobs = ticks.iter().filter(|tick| won(tick));
                    let jobs: Vec<_> = jobs
                        .flat_map(|tick| tick.jobs.iter().map(|job| (job, now)))
                        .collect();
                    if !jobs.is_empty() {
                        insert(connection, &statements, &jobs).await?;
                    }
                    Ok(ticks.iter().map(won).collect())
                })
            })
            .await
    }

    pub(super) async fn list_tasks(&self, name: Option<String>) -> Result<Vec<(Task, bool)>> {
        let mut declared = HashSet::new();
        for row in &self
            .fetch(&self.statements.recurring_declarers, |query| query)
            .await?
        {
            let worker: Uuid = row.try_get(1).map_err(database)?;
            if !self.liveness.is_dead(worker) {
                declared.insert(row.try_get::<String, _>(0).map_err(database)?);
            }
        }
        let rows = self
            .fetch(&self.statements.recurring_list, |query| {
                query.bind(name.clone())
            })
            .await?;
        rows.iter()
            .map(|row| {
                let task = task(row)?;
                let live = declared.contains(&task.decl.name);
                Ok((task, live))
            })
            .collect()
    }

    pub(super) async fn change_task(
        &self,
        name: String,
        change: TaskChange,
        now: Now,
    ) -> Result<bool> {
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let change = match change {
                    TaskChange::Remove => query(&statements.recurring_remove).bind(name.clone()),
                    change => query(&statements.recurring_pause)
                        .bind(name.clone())
                        .bind(change == TaskChange::Pause)
                        .bind(now),
                };
                Box::pin(async move {
                    let done = change.execute(connection).await.map_err(database)?;
                    Ok(done.rows_affected() > 0)
                })
            })
            .await
    }
}

type Columns<'t> = (
    &'t str,
    i32,
    u32,
    &'t str,
    &'t str,
    &'t str,
    Option<&'t str>,
    i16,
    Option<&'t str>,
    Option<i16>,
);

fn columns(task: &TaskDecl) -> Columns<'_> {
    (
        &task.name,
        task.kind.0,
        task.version,
        &task.args,
        &task.schedule,
        &task.zone,
        task.description.as_deref(),
        catch_up_number(task.catch_up),
        task.queue.as_deref(),
        task.priority,
    )
}

fn name(row: &SqliteRow) -> Result<String> {
    row.try_get(0).map_err(database)
}

fn task(row: &SqliteRow) -> Result<Task> {
    let text = |at: usize| row.try_get::<String, _>(at).map_err(database);
    let number = |at: usize| row.try_get::<i64, _>(at).map_err(database);
    let last_tick: Option<i64> = row.try_get(11).map_err(database)?;
    let job: Option<String> = row.try_get(13).map_err(database)?;
    Ok(Task {
        decl: TaskDecl {
            name: text(0)?,
            kind: KindId(row.try_get(1).map_err(database)?),
            version: row::count(number(2)?)?,
            args: text(3)?,
            schedule: text(4)?,
            zone: text(5)?,
            description: row.try_get(6).map_err(database)?,
            catch_up: catch_up(number(7)?),
            queue: row.try_get(14).map_err(database)?,
            priority: row.try_get(15).map_err(database)?,
        },
        job: job.unwrap_or_default(),
        dynamic: row.try_get(8).map_err(database)?,
        paused: row.try_get(9).map_err(database)?,
        base: row::time(number(10)?)?,
        last_tick: last_tick.map(row::time).transpose()?,
        next_tick: row::time(number(12)?)?,
    })
}
