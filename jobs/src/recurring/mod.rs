//! `jobs.recurring()`: the tasks that enqueue jobs by themselves.

#[cfg(feature = "config")]
mod file;
mod plan;
mod tick;
mod upsert;

use std::fmt;

use chrono::{DateTime, Utc};

pub(crate) use tick::{declare, round};
pub use upsert::Upsert;

use crate::{
    definition::CatchUp,
    enqueue::{Group, Prepared, enqueue_one},
    error::{Error, Result},
    handle::Jobs,
    job::Job,
    record::JobId,
    schedule::Schedule,
    storage::{Task, TaskChange, Wake},
};

/// The recurring tasks of a database: those that `cron` and `every` declare, and those that were made by a call.
///
/// ```
/// # use jobs::{job, CatchUp};
/// # #[job] async fn cleanup_tokens() {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// let task = jobs
///     .recurring()
///     .upsert("cleanup", "0 9 * * 1", CleanupTokens)
///     .timezone("Europe/Berlin")
///     .catch_up(CatchUp::One)
///     .await?;
/// task.pause().await?;
///
/// let cleanup = jobs.recurring().get("cleanup").await?.expect("it was just made");
/// assert!(cleanup.paused && cleanup.dynamic);
/// cleanup.remove().await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct RecurringTasks {
    jobs: Jobs,
}

/// One recurring task as it stands.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
/// for task in jobs.recurring().list().await? {
///     println!("{} runs {} at {} {}, next at {:?}", task.name, task.job, task.schedule, task.zone, task.next_tick);
///     if task.paused {
///         task.run_now().await?; // beside its ticks
///         task.resume().await?; // from now
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Recurring {
    /// Its name: the job's stored name for one that code declares.
    pub name: String,
    /// The stored name of the job that it enqueues.
    pub job: String,
    /// The arguments of its runs, one JSON object.
    pub args: serde_json::Value,
    /// `0 9 * * 1`, several with ` | ` between, or `every 5m`.
    pub schedule: String,
    /// The time zone's name.
    pub zone: String,
    /// For people.
    pub description: Option<String>,
    /// What becomes of ticks that were missed.
    pub catch_up: CatchUp,
    /// The queue of its runs, if not the job's own.
    pub queue: Option<String>,
    /// The priority of its runs, if not the job's own.
    pub priority: Option<i16>,
    /// Stopped by [`pause`](Self::pause).
    pub paused: bool,
    /// Declared by code that no live worker has: it does not tick.
    pub orphaned: bool,
    /// Made by [`upsert`](RecurringTasks::upsert), not declared by code.
    pub dynamic: bool,
    /// The planned time of the last tick that was enqueued.
    pub last_tick: Option<DateTime<Utc>>,
    /// The planned time of the next one; `None` while it is paused or orphaned.
    pub next_tick: Option<DateTime<Utc>>,
    jobs: Jobs,
    version: u32,
}

impl fmt::Debug for Recurring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recurring")
            .field("name", &self.name)
            .field("job", &self.job)
            .field("schedule", &self.schedule)
            .field("zone", &self.zone)
            .field("paused", &self.paused)
            .field("orphaned", &self.orphaned)
            .field("dynamic", &self.dynamic)
            .field("last_tick", &self.last_tick)
            .field("next_tick", &self.next_tick)
            .finish_non_exhaustive()
    }
}

impl Jobs {
    /// The recurring tasks.
    pub fn recurring(&self) -> RecurringTasks {
        RecurringTasks { jobs: self.clone() }
    }
}

impl RecurringTasks {
    /// All of them, by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn list(&self) -> Result<Vec<Recurring>> {
        self.read(None).await
    }

    /// One by its name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn get(&self, name: impl Into<String>) -> Result<Option<Recurring>> {
        Ok(self.read(Some(name.into())).await?.pop())
    }

    /// Makes a task, or changes the one of this name: `"0 9 * * 1"` or `"every 5m"`, and the job with its arguments.
    /// One that is new or whose schedule changes starts from now.
    pub fn upsert<J: Job>(&self, name: impl Into<String>, schedule: &str, job: J) -> Upsert {
        Upsert::new(self.jobs.clone(), name.into(), schedule, &job)
    }

    async fn read(&self, name: Option<String>) -> Result<Vec<Recurring>> {
        let inner = self.jobs.inner();
        let now = inner.clock.now();
        let tasks = inner
            .store
            .call(move |storage| async move { storage.list_tasks(name, now).await })
            .await?;
        tasks
            .into_iter()
            .map(|(task, live)| Recurring::new(&self.jobs, task, live))
            .collect()
    }
}

impl Recurring {
    fn new(jobs: &Jobs, task: Task, live: bool) -> Result<Self> {
        let orphaned = !task.dynamic && !live;
        let decl = task.decl;
        let next_tick = if task.paused || orphaned {
            None
        } else if task.next_tick > task.base {
            Some(task.next_tick)
        } else {
            // No scheduler has looked at it yet.
            let schedule = Schedule::parse(&decl.schedule, &decl.zone).ok();
            schedule.map(|schedule| schedule.next_after(task.base))
        };
        Ok(Self {
            args: serde_json::from_str(&decl.args).map_err(|error| Error::Damaged {
                what: format!("the arguments of the recurring task {}: {error}", decl.name),
            })?,
            name: decl.name,
            job: task.job,
            schedule: decl.schedule,
            zone: decl.zone,
            description: decl.description,
            catch_up: decl.catch_up,
            queue: decl.queue,
            priority: decl.priority,
            paused: task.paused,
            orphaned,
            dynamic: task.dynamic,
            last_tick: task.last_tick,
            next_tick,
            jobs: jobs.clone(),
            version: decl.version,
        })
    }

    /// No tick until it is resumed, whoever would have made it. What is enqueued stays so.
    ///
    /// # Errors
    /// [`Error::NoTask`]: it is gone. Or the database fails.
    pub async fn pause(&self) -> Result<()> {
        self.change(TaskChange::Pause).await
    }

    /// It ticks again, from now: what it missed while it was paused is not made up for.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub async fn resume(&self) -> Result<()> {
        self.change(TaskChange::Resume).await
    }

    /// Removes it. What is enqueued stays so.
    ///
    /// # Errors
    /// [`Error::TaskInCode`]: the code of this program, or of a live worker, declares it. Otherwise as
    /// [`pause`](Self::pause).
    pub async fn remove(&self) -> Result<()> {
        if !self.dynamic {
            let name = self.name.clone();
            let declared = tick::declares(&self.jobs, &name);
            let now = self.jobs.recurring().get(name).await?;
            if declared || now.is_some_and(|now| !now.dynamic && !now.orphaned) {
                return Err(Error::TaskInCode {
                    name: self.name.clone(),
                });
            }
        }
        self.change(TaskChange::Remove).await
    }

    /// Enqueues its job now, beside its ticks, paused or not.
    ///
    /// # Errors
    /// This program has no job of its kind, a hook halts it, or the database fails.
    pub async fn run_now(&self) -> Result<JobId> {
        let registry = &self.jobs.inner().registry;
        let definition = registry.named(&self.job).ok_or_else(|| Error::UnknownJob {
            name: self.job.clone(),
        })?;
        let mut prepared = Prepared::encoded(definition, self.args.to_string());
        prepared.version = Some(self.version);
        tick::place(
            registry,
            &mut prepared.options,
            self.queue.as_deref(),
            self.priority,
        );
        let (id, _) = enqueue_one(&self.jobs, prepared, &mut Group(self.jobs.clone())).await?;
        Ok(id)
    }

    async fn change(&self, change: TaskChange) -> Result<()> {
        let inner = self.jobs.inner();
        let (name, now) = (self.name.clone(), inner.clock.now());
        let there = inner
            .store
            .call(move |storage| async move { storage.change_task(name, change, now).await })
            .await?;
        inner.wakes.everywhere(vec![Wake::Settings]);
        if there {
            Ok(())
        } else {
            Err(Error::NoTask {
                name: self.name.clone(),
            })
        }
    }
}
