//! What became of jobs that ran.

use std::{fmt, ops::Range};

use chrono::{DateTime, TimeDelta, Utc};

use super::text;
use crate::{
    definition::JobDef,
    failure::JobError,
    job::Job,
    record::{JobId, State},
    storage::{Claimed, End, Finish, Next},
};

/// One run of one job.
///
/// ```
/// # mod tasks { #[jobs::job] pub async fn tidy(days: u32) {} }
/// # use tasks::Tidy;
/// # jobs::queues! { default }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let t = jobs::testing::TestJobs::new().await;
/// Tidy::perform_later(3).await.unwrap();
/// let run = t.drain().await;
/// let first = &run.all()[0];
/// assert_eq!((first.job, first.attempt), ("Tidy", 1));
/// assert_eq!(first.args["days"], 3);
/// assert_eq!(first.to_string(), "Tidy { days: 3 }: succeeded");
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Execution {
    /// The stored name of the job.
    pub job: &'static str,
    /// The job's id.
    pub id: JobId,
    /// Its arguments, as they were stored.
    pub args: serde_json::Value,
    /// Its queue.
    pub queue: String,
    /// Its priority.
    pub priority: i16,
    /// Its labels.
    pub tags: Vec<String>,
    /// 1 on the first run.
    pub attempt: u32,
    /// When it ran, by the test's clock.
    pub at: DateTime<Utc>,
    /// False if it ended without a call, for instance because it had expired.
    pub called: bool,
    /// What became of it.
    pub ended: Ended,
    /// Why, if it failed.
    pub error: Option<JobError>,
    /// Why, if it was discarded without an error.
    pub reason: Option<String>,
    pub(super) definition: &'static JobDef,
}

/// What became of a job after one run.
///
/// ```
/// use jobs::testing::Ended;
/// assert!(matches!(Ended::Dead, Ended::Dead | Ended::Discarded));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// It succeeded.
    Succeeded,
    /// It failed, and runs again then.
    Retried {
        /// When, by the test's clock.
        at: DateTime<Utc>,
    },
    /// It is a dead letter.
    Dead,
    /// It was given up without a dead letter.
    Discarded,
    /// Somebody cancelled it.
    Cancelled,
    /// It went back to where it was.
    PutBack,
    /// It waits for code that can read it.
    Blocked,
    /// It is a flow that waits for its checkpoint.
    Parked,
}

impl Execution {
    pub(super) fn of(
        job: &'static JobDef,
        claimed: &Claimed,
        end: &Finish,
        now: DateTime<Utc>,
    ) -> Self {
        let later = |wait| {
            let wait = TimeDelta::from_std(wait).unwrap_or_default();
            now.checked_add_signed(wait).unwrap_or(now)
        };
        let (ended, error, reason) = match &end.to {
            Next::End(End {
                state,
                error,
                reason,
                ..
            }) => {
                let ended = match state {
                    State::Succeeded => Ended::Succeeded,
                    State::Dead => Ended::Dead,
                    State::Cancelled => Ended::Cancelled,
                    _ => Ended::Discarded,
                };
                (ended, error.clone(), reason.clone())
            }
            Next::Retry { after, error, .. } => {
                (Ended::Retried { at: later(*after) }, error.clone(), None)
            }
            Next::Crashed { error } => (Ended::PutBack, Some(error.clone()), None),
            Next::PutBack => (Ended::PutBack, None, None),
            Next::Block { .. } => (Ended::Blocked, None, None),
            Next::Park { .. } => (Ended::Parked, None, None),
        };
        Self {
            job: job.name,
            id: claimed.claim.id,
            args: serde_json::from_str(&claimed.args).unwrap_or_default(),
            queue: claimed.queue.clone(),
            priority: claimed.priority,
            tags: claimed.tags.clone(),
            attempt: claimed.attempt.saturating_add(1),
            at: now,
            called: true,
            ended,
            error,
            reason,
            definition: job,
        }
    }
}

impl fmt::Display for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::job(self.definition, &self.args))?;
        if self.attempt > 1 {
            write!(f, ", attempt {}", self.attempt)?;
        }
        f.write_str(": ")?;
        match self.ended {
            Ended::Succeeded => f.write_str("succeeded")?,
            Ended::Retried { at } => write!(f, "failed, retried {}", text::wait(at - self.at))?,
            Ended::Dead => f.write_str("dead")?,
            Ended::Discarded => f.write_str("discarded")?,
            Ended::Cancelled => f.write_str("cancelled")?,
            Ended::PutBack => f.write_str("put back")?,
            Ended::Blocked => f.write_str("waits for code that can read it")?,
            Ended::Parked => f.write_str("parked")?,
        }
        match (&self.error, &self.reason) {
            (Some(error), _) => write!(f, ": {}: {}", error.type_name(), error.message()),
            (None, Some(reason)) => write!(f, ": {reason}"),
            (None, None) => Ok(()),
        }
    }
}

/// What a drain ran, in order.
///
/// ```
/// # mod tasks {
/// # #[jobs::job(discard_on(std::io::Error))]
/// # pub async fn call_api(user_id: i64) -> std::io::Result<()> {
/// #     if user_id < 0 { Err(std::io::Error::other("no such user")) } else { Ok(()) }
/// # }
/// # }
/// # use tasks::CallApi;
/// # jobs::queues! { default }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let t = jobs::testing::TestJobs::new().await;
/// CallApi::perform_later(42).await.unwrap();
/// CallApi::perform_later(-1).await.unwrap();
/// let run = t.drain().await;
/// assert_eq!(run.executions::<CallApi>(), 2);
/// assert_eq!((run.performed(), run.succeeded(), run.failed()), (2, 1, 1));
/// assert_eq!((run.retried(), run.discarded(), run.dead()), (0, 1, 0));
/// assert_eq!(run.of::<CallApi>().len(), 2);
/// assert_eq!(run.errors()[0].message(), "no such user");
/// println!("{run}"); // one line for each execution
/// # let nothing = t.drain().await;
/// # assert!(nothing.is_empty());
/// nothing.expect_ok(); // panics with the failures, if there are any
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Run {
    executions: Vec<Execution>,
}

impl Run {
    pub(super) fn new(executions: Vec<Execution>) -> Self {
        Self { executions }
    }

    /// How often jobs of this type were called.
    #[must_use]
    pub fn executions<J: Job>(&self) -> usize {
        self.of::<J>().performed()
    }

    /// The same of the jobs of one type.
    #[must_use]
    pub fn of<J: Job>(&self) -> Self {
        let of = self.executions.iter().filter(|one| one.job == J::NAME);
        Self::new(of.cloned().collect())
    }

    /// Everything, in the order in which it ended.
    #[must_use]
    pub fn all(&self) -> &[Execution] {
        &self.executions
    }

    /// How much there is, jobs that ended without a call included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.executions.len()
    }

    /// Whether nothing ran.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.executions.is_empty()
    }

    fn count(&self, which: impl Fn(&Execution) -> bool) -> usize {
        self.executions.iter().filter(|one| which(one)).count()
    }

    /// How many calls there were, whatever they ended in.
    #[must_use]
    pub fn performed(&self) -> usize {
        self.count(|one| one.called)
    }

    /// How many succeeded.
    #[must_use]
    pub fn succeeded(&self) -> usize {
        self.count(|one| one.ended == Ended::Succeeded)
    }

    /// How many ended in an error, retried or not.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|one| one.error.is_some())
    }

    /// How many are to run again.
    #[must_use]
    pub fn retried(&self) -> usize {
        self.count(|one| matches!(one.ended, Ended::Retried { .. }))
    }

    /// How many became dead letters.
    #[must_use]
    pub fn dead(&self) -> usize {
        self.count(|one| one.ended == Ended::Dead)
    }

    /// How many were given up without a dead letter.
    #[must_use]
    pub fn discarded(&self) -> usize {
        self.count(|one| one.ended == Ended::Discarded)
    }

    /// Every error, in order; a panic is one of type `jobs::Panicked`.
    #[must_use]
    pub fn errors(&self) -> Vec<&JobError> {
        let errors = self.executions.iter();
        errors.filter_map(|one| one.error.as_ref()).collect()
    }

    /// Gives itself back if nothing failed.
    ///
    /// # Panics
    /// With a line for each failure.
    #[track_caller]
    pub fn expect_ok(self) -> Self {
        let failed: Vec<_> = self
            .executions
            .iter()
            .filter(|one| one.error.is_some())
            .map(|one| format!("\n  {one}"))
            .collect();
        assert!(
            failed.is_empty(),
            "{} of {} executions failed:{}",
            failed.len(),
            self.len(),
            failed.concat()
        );
        self
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.executions.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// The part of all that happened which a [`Block`](super::Block) stands for.
pub(super) type Span = Range<usize>;
