//! Making a task by a call.

use std::future::IntoFuture;

use futures_core::future::BoxFuture;

use super::Recurring;
use crate::{
    definition::CatchUp,
    enqueue::Prepared,
    error::{Error, Result},
    handle::Jobs,
    job::Job,
    queue::Queue,
    schedule::{Schedule, Zone},
    storage::{Declarer, TaskDecl, Wake},
};

const LONGEST: usize = 120;

/// A recurring task about to be stored. Nothing is stored before `.await`.
///
/// ```
/// # use jobs::{CatchUp, Upsert};
/// # async fn doc(upsert: Upsert) -> jobs::Result<()> {
/// let task = upsert
///     .timezone("Asia/Kathmandu")
///     .catch_up(CatchUp::None)
///     .description("Reports of last week")
///     .queue(jobs::queues::default)
///     .priority(-5)
///     .await?;
/// println!("next at {:?}", task.next_tick);
/// # Ok(()) }
/// ```
#[must_use = "a task is stored only when this is awaited"]
#[derive(Debug)]
pub struct Upsert {
    jobs: Jobs,
    name: String,
    schedule: String,
    zone: Result<&'static str>,
    catch_up: CatchUp,
    description: Option<String>,
    queue: Option<Queue>,
    priority: Option<i16>,
    prepared: Prepared,
}

impl Upsert {
    pub(super) fn new<J: Job>(jobs: Jobs, name: String, schedule: &str, job: &J) -> Self {
        Self {
            jobs,
            name,
            schedule: schedule.to_owned(),
            zone: Ok("UTC"),
            catch_up: CatchUp::One,
            description: None,
            queue: None,
            priority: None,
            prepared: Prepared::new(job),
        }
    }

    /// The time zone of a cron expression, by name or as `chrono_tz::Tz`; UTC if none is given.
    pub fn timezone(mut self, zone: impl Zone) -> Self {
        self.zone = zone.zone().map(|zone| zone.name());
        self
    }

    /// What becomes of ticks that are missed; one run for all of them if nothing is said.
    pub fn catch_up(mut self, catch_up: CatchUp) -> Self {
        self.catch_up = catch_up;
        self
    }

    /// Shown with the task.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The queue of its runs, if not the job's own.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.queue = Some(queue);
        self
    }

    /// The priority of its runs, if not the job's own.
    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = Some(priority);
        self
    }

    async fn store(self) -> Result<Recurring> {
        let (jobs, name) = (self.jobs, self.name);
        if name.is_empty() || name.len() > LONGEST || name.contains('\0') {
            return Err(Error::InvalidSetting {
                setting: "the name of a recurring task",
                value: name,
                reason: "it has 1 to 120 bytes, none of them NUL",
            });
        }
        let zone = self.zone?;
        let schedule = Schedule::parse(&self.schedule, zone)?;
        let job = self.prepared.resolve(&jobs)?.job;
        let task = TaskDecl {
            name: name.clone(),
            kind: job.kind,
            version: job.version,
            args: job.args,
            schedule: schedule.to_string(),
            zone: schedule.zone().to_owned(),
            description: self.description.map(|text| text.replace('\0', "\u{FFFD}")),
            catch_up: self.catch_up,
            queue: self.queue.map(|queue| queue.name().to_owned()),
            priority: self.priority,
        };
        let now = jobs.inner().clock.now();
        let stored = jobs
            .inner()
            .store
            .call(move |storage| async move {
                storage
                    .declare_tasks(vec![task], Declarer::Caller, now)
                    .await
            })
            .await?;
        if stored != [true] {
            return Err(Error::TaskInCode { name });
        }
        jobs.inner().wakes.everywhere(vec![Wake::Settings]);
        let stored = jobs.recurring().get(name.as_str()).await?;
        stored.ok_or(Error::NoTask { name })
    }
}

impl IntoFuture for Upsert {
    type Output = Result<Recurring>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.store())
    }
}
