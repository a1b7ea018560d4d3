//! Recurring tasks.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{Row as _, postgres::PgRow};

use super::{
    PostgresStorage,
    insert::{Batch, Told},
    session::Shape,
};
use crate::{
    error::Result,
    storage::{
        Declarer, DueTasks, KindId, NewJob, Now, Task, TaskChange, TaskDecl, Tick, WorkerId,
        recurring::{catch_up, catch_up_number},
    },
};

impl PostgresStorage {
    pub(super) async fn declare_tasks(
        &self,
        tasks: &[TaskDecl],
        by: Declarer,
        now: Now,
    ) -> Result<Vec<bool>> {
        let mut session = self.open(Shape::One).await?;
        let each = |pick: fn(&TaskDecl) -> &str| tasks.iter().map(pick).collect::<Vec<_>>();
        let versions = tasks
            .iter()
            .map(|task| i32::try_from(task.version).unwrap_or(i32::MAX));
        let descriptions = tasks.iter().map(|task| task.description.clone());
        let catch_ups = tasks.iter().map(|task| catch_up_number(task.catch_up));
        let query = session
            .statement(&self.sql.recurring_declare)
            .bind(now)
            .bind(each(|task| &task.name))
            .bind(tasks.iter().map(|task| task.kind.0).collect::<Vec<_>>())
            .bind(versions.collect::<Vec<_>>())
            .bind(each(|task| &task.args))
            .bind(each(|task| &task.schedule))
            .bind(each(|task| &task.zone))
            .bind(descriptions.collect::<Vec<_>>())
            .bind(catch_ups.collect::<Vec<_>>())
            .bind(by == Declarer::Caller)
            .bind(by == Declarer::Handle)
            .bind(
                tasks
                    .iter()
                    .map(|task| task.queue.clone())
                    .collect::<Vec<_>>(),
            )
            .bind(tasks.iter().map(|task| task.priority).collect::<Vec<_>>());
        let declared = names(&session.all(query).await?)?;
        session.done().await?;
        Ok(tasks
            .iter()
            .map(|task| declared.contains(&task.name))
            .collect())
    }

    pub(super) async fn note_tasks(&self, worker: WorkerId, tasks: &[String]) -> Result<()> {
        let mut session = self.open(Shape::Many).await?;
        let query = session
            .statement(&self.sql.recurring_undeclare)
            .bind(worker.0);
        session.run(query).await?;
        let query = session
            .statement(&self.sql.recurring_declared)
            .bind(worker.0)
            .bind(tasks);
        session.run(query).await?;
        session.done().await
    }

    pub(super) async fn due_tasks(
        &self,
        kinds: &[KindId],
        names: &[String],
        limit: u32,
        now: Now,
    ) -> Result<DueTasks> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.recurring_due)
            .bind(now)
            .bind(kinds.iter().map(|kind| kind.0).collect::<Vec<_>>())
            .bind(names)
            .bind(i64::from(limit));
        let rows = session.all(query).await?;
        session.done().await?;
        let mut due = DueTasks {
            now: match rows.first() {
                Some(row) => row.try_get(0)?,
                None => Utc::now(),
            },
            tasks: Vec::with_capacity(rows.len()),
            next_in: None,
        };
        for row in &rows {
            if row.try_get::<Option<String>, _>("name")?.is_none() {
                continue;
            }
            let task = task(row)?;
            match (task.next_tick - due.now).to_std() {
                Ok(wait) if !wait.is_zero() => due.next_in = Some(wait),
                _ => due.tasks.push(task),
            }
        }
        Ok(due)
    }

    pub(super) async fn settle_ticks(&self, ticks: &[Tick], now: Now) -> Result<Vec<bool>> {
        let mut session = self.open(Shape::Many).await?;
        let times = |pick: fn(&Tick) -> DateTime<Utc>| ticks.iter().map(pick).collect::<Vec<_>>();
        let query = session
            .statement(&self.sql.recurring_tick)
            .bind(ticks.iter().map(|tick| &*tick.name).collect::<Vec<_>>())
            .bind(times(|tick| tick.seen))
            .bind(times(|tick| tick.base))
            .bind(times(|tick| tick.next_tick))
            .bind(ticks.iter().map(|tick| tick.ticked).collect::<Vec<_>>());
        let settled = names(&session.all(query).await?)?;
        let jobs: Vec<NewJob> = ticks
            .iter()
            .filter(|tick| settled.contains(&tick.name))
            .flat_map(|tick| tick.jobs.iter().cloned())
            .collect();
        if !jobs.is_empty() {
            let batch = Batch::new(&jobs);
            let persistent = !self.pooled;
            self.insert_parts(
                session.connection(),
                persistent,
                &jobs,
                &batch,
                false,
                Told::Own,
                now,
            )
            .await?;
        }
        session.done().await?;
        Ok(ticks
            .iter()
            .map(|tick| settled.contains(&tick.name))
            .collect())
    }

    pub(super) async fn list_tasks(
        &self,
        name: Option<&str>,
        now: Now,
    ) -> Result<Vec<(Task, bool)>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.recurring_list)
            .bind(now)
            .bind(name.map(str::to_owned));
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| Ok((task(row)?, row.try_get("declared")?)))
            .collect()
    }

    pub(super) async fn change_task(
        &self,
        name: &str,
        change: TaskChange,
        now: Now,
    ) -> Result<bool> {
        let mut session = self.open(Shape::One).await?;
        let query = match change {
            TaskChange::Remove => session
                .statement(&self.sql.recurring_remove)
                .bind(name.to_owned()),
            change => session
                .statement(&self.sql.recurring_pause)
                .bind(now)
                .bind(name.to_owned())
                .bind(change == TaskChange::Pause),
        };
        let done = session.run(query).await?;
        session.done().await?;
        Ok(done.rows_affected() > 0)
    }
}

fn names(rows: &[PgRow]) -> Result<HashSet<String>> {
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn task(row: &PgRow) -> Result<Task> {
    let version: i32 = row.try_get("version")?;
    let job: Option<String> = row.try_get("job")?;
    Ok(Task {
        decl: TaskDecl {
            name: row.try_get("name")?,
            kind: KindId(row.try_get("kind")?),
            version: version.unsigned_abs(),
            args: row.try_get("args")?,
            schedule: row.try_get("schedule")?,
            zone: row.try_get("zone")?,
            description: row.try_get("description")?,
            catch_up: catch_up(row.try_get::<i16, _>("catch_up")?.into()),
            queue: row.try_get("queue")?,
            priority: row.try_get("priority")?,
        },
        job: job.unwrap_or_default(),
        dynamic: row.try_get("dynamic")?,
        paused: row.try_get("paused")?,
        base: row.try_get("base")?,
        last_tick: row.try_get("last_tick")?,
        next_tick: row.try_get("next_tick")?,
    })
}
