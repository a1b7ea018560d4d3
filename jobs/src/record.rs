//! A job as data: its id, its states, what is kept of it. No I/O.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{failure::JobError, storage::Row};

/// A job's id: a UUIDv7, made by the client, so that an insert can be repeated safely.
///
/// ```
/// let id = jobs::JobId::new();
/// let same: jobs::JobId = id.to_string().parse().unwrap();
/// assert_eq!(id, same);
/// assert_eq!(jobs::JobId::from(id.as_uuid()), id);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

impl JobId {
    /// A fresh id; ids made later in one process sort later.
    #[allow(clippy::new_without_default, reason = "each call gives another id")]
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id as a UUID.
    #[must_use]
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for JobId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobId({})", self.0)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where a job stands.
///
/// ```
/// use jobs::State;
/// assert!(State::Dead.is_final() && !State::Scheduled.is_final());
/// assert_eq!(State::Ready.to_string(), "ready");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Due in the future; retries that wait are scheduled too.
    Scheduled,
    /// Waits for a worker.
    Ready,
    /// Waits for something else: a limit, a key, or a worker that can read it.
    Blocked,
    /// A worker runs it.
    Running,
    /// A flow that waits.
    Parked,
    /// Ended well.
    Succeeded,
    /// Ended without effect on purpose: a rule, a hook or an expiry said so.
    Discarded,
    /// Failed for good, and left a dead letter.
    Dead,
    /// Ended by a caller.
    Cancelled,
}

impl State {
    /// Whether the job has ended.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Discarded | Self::Dead | Self::Cancelled
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheduled => "scheduled",
            Self::Ready => "ready",
            Self::Blocked => "blocked",
            Self::Running => "running",
            Self::Parked => "parked",
            Self::Succeeded => "succeeded",
            Self::Discarded => "discarded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        })
    }
}

/// How far a running job says it is.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs, id: jobs::JobId) -> jobs::Result<()> {
/// if let Some(progress) = jobs.get(id).await?.and_then(|record| record.progress) {
///     println!("{} of {}: {}", progress.done, progress.total, progress.message);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub done: u64,
    /// Steps in all.
    pub total: u64,
    /// What it does now.
    pub message: String,
}

/// One execution of a job that was at least started.
///
/// ```
/// # fn show(attempt: &jobs::Attempt) {
/// match (&attempt.error, attempt.ended_at) {
///     (Some(error), _) => println!("run {} failed: {}", attempt.number, error.message()),
///     (None, Some(at)) => println!("run {} ended at {at}", attempt.number),
///     (None, None) => println!("run {} goes on", attempt.number),
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Counted from 1 over the job's whole life.
    pub number: u32,
    /// When the function was called.
    pub started_at: DateTime<Utc>,
    /// When it returned; `None` while it runs.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it failed; `None` if it did not.
    pub error: Option<JobError>,
    /// What it logged, a line for each `tracing` event; of a job with `logs = "…"`.
    pub logs: Option<String>,
    /// The worker's instance id.
    pub worker: String,
}

impl Attempt {
    /// One as a storage of a test keeps it.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    #[must_use]
    pub fn stored(
        number: u32,
        started_at: DateTime<Utc>,
        ended_at: Option<DateTime<Utc>>,
        error: Option<JobError>,
        worker: String,
    ) -> Self {
        Self {
            number,
            started_at,
            ended_at,
            error,
            logs: None,
            worker,
        }
    }
}

/// All that is kept of a job.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs, id: jobs::JobId) -> jobs::Result<()> {
/// if let Some(record) = jobs.get(id).await? {
///     println!("{} in {} is {} after {} runs", record.name, record.queue, record.state, record.attempts.len());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobRecord {
    /// The job's id.
    pub id: JobId,
    /// The stored name.
    pub name: String,
    /// The queue it is in.
    pub queue: String,
    /// Lower runs first within the queue.
    pub priority: i16,
    /// Searchable labels.
    pub tags: Vec<String>,
    /// The arguments, one JSON object. A stored text that is no JSON is shown as a string.
    pub args: serde_json::Value,
    /// Where it stands.
    pub state: State,
    /// Why it is blocked, or was discarded.
    pub reason: Option<String>,
    /// When it was enqueued.
    pub enqueued_at: DateTime<Utc>,
    /// When it is or was due.
    pub run_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its executions, oldest first, the running one included.
    pub attempts: Vec<Attempt>,
    /// What it last said of its progress.
    pub progress: Option<Progress>,
    /// Its output, if it succeeded with one.
    pub output: Option<serde_json::Value>,
}

impl JobRecord {
    pub(crate) fn from_row(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            queue: row.queue,
            priority: row.priority,
            tags: row.tags,
            args: json(row.args),
            state: row.state,
            reason: row.reason,
            enqueued_at: row.enqueued_at,
            run_at: row.run_at,
            finished_at: row.finished_at,
            attempts: row.attempts,
            progress: row.progress,
            output: row.output.map(json),
        }
    }
}

/// What is stored; a text that is no JSON was put there by something else, and is shown as it is.
fn json(text: String) -> serde_json::Value {
    serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
}
