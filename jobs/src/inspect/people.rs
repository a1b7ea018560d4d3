//! Workers, and who did what.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Filter, Inspector, Page};
use crate::{
    error::Result,
    record::{JobId, JobRecord, State},
    storage::{Wake, WorkerId, inspect::Ask},
};

/// So many workers are shown.
const MOST: u32 = 1_000;

/// How a worker is.
///
/// ```
/// assert_ne!(jobs::inspect::WorkerState::Running, jobs::inspect::WorkerState::Lost);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// It lives.
    Running,
    /// It gave no sign of life within its lease, or its process is gone; others take its jobs over.
    Lost,
    /// It has stopped.
    Stopped,
}

/// What an operator asked a worker to do.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector, worker: &str) -> jobs::Result<()> {
/// inspector.quiet(worker).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// To claim nothing for the time being.
    Quiet,
    /// To stop.
    Stop,
}

/// A worker process.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// for worker in inspector.workers().await? {
///     println!("{} {} {:?}, heartbeat {:?} ago", worker.host, worker.pid, worker.state, worker.age());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkerView {
    /// Its instance id.
    pub id: String,
    /// The host it runs on.
    pub host: String,
    /// Its process id.
    pub pid: u32,
    /// How it is.
    pub state: WorkerState,
    /// What an operator asked of it.
    pub asked: Option<Asked>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// Its last sign of life.
    pub seen_at: DateTime<Utc>,
    /// When it stopped or was found lost.
    pub ended_at: Option<DateTime<Utc>>,
    /// For how long it may be silent.
    pub lease: Duration,
    /// Queue and how many of its jobs run at once.
    pub queues: Vec<(String, u64)>,
    /// The names of the jobs that it knows.
    pub knows: Vec<String>,
    /// The memory it holds, in bytes, if it runs on this host.
    pub memory: Option<u64>,
    /// The database's clock.
    pub now: DateTime<Utc>,
    #[serde(skip)]
    pub(super) kinds: Vec<(crate::storage::KindId, u32)>,
}

impl WorkerView {
    /// Whether it lives.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state == WorkerState::Running
    }

    /// For how long it has given no sign of life.
    #[must_use]
    pub fn age(&self) -> Duration {
        (self.now - self.seen_at).to_std().unwrap_or_default()
    }

    /// How many jobs it runs at once.
    #[must_use]
    pub fn slots(&self) -> u64 {
        self.queues
            .iter()
            .map(|(_, slots)| *slots)
            .max()
            .unwrap_or(0)
    }
}

/// What somebody did by hand.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// for entry in inspector.audit(None, 50).await?.items {
///     println!("{} {} {} {} {}", entry.at, entry.actor, entry.action, entry.subject, entry.detail);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To which job, queue, task or worker.
    pub subject: String,
    /// More about it.
    pub detail: String,
}

impl Inspector {
    /// Workers: those that live first, then those that stopped or were lost within a day.
    ///
    /// # Errors
    /// The database fails.
    pub async fn workers(&self) -> Result<Vec<WorkerView>> {
        let rows = self
            .call(|storage, now| async move { storage.worker_rows(MOST, now).await })
            .await?;
        let kinds = self.kinds().await?;
        let here = crate::maintenance::host();
        let workers = rows.into_iter().map(|row| {
            let state = if row.stopped_at.is_some() {
                WorkerState::Stopped
            } else if row.lost_at.is_some() || row.silent {
                WorkerState::Lost
            } else {
                WorkerState::Running
            };
            let knows = row.kinds.iter().filter_map(|(id, _)| {
                let kind = kinds.iter().find(|kind| kind.id == *id)?;
                Some(kind.name.clone())
            });
            WorkerView {
                id: row.id.to_string(),
                knows: knows.collect(),
                memory: (state == WorkerState::Running && row.host == here)
                    .then(|| memory(row.pid))
                    .flatten(),
                host: row.host,
                pid: row.pid,
                state,
                asked: row.asked.map(|asked| match asked {
                    Ask::Quiet => Asked::Quiet,
                    Ask::Stop => Asked::Stop,
                }),
                started_at: row.started_at,
                seen_at: row.seen_at,
                ended_at: row.stopped_at.or(row.lost_at),
                lease: Duration::from_micros(row.lease),
                queues: row.queues,
                now: row.now,
                kinds: row.kinds,
            }
        });
        Ok(workers.collect())
    }

    /// What runs now, up to `limit`; the last attempt of each names its worker.
    ///
    /// # Errors
    /// The database fails.
    pub async fn running(&self, limit: u32) -> Result<Vec<JobRecord>> {
        let running = Filter {
            states: vec![State::Running],
            ..Filter::default()
        };
        Ok(self.jobs(&running, None::<JobId>, limit).await?.items)
    }

    /// Asks a worker to claim nothing for the time being; running jobs go on. It obeys at its next sign of life, most
    /// often at once. False if there is no such worker, or it has ended.
    ///
    /// # Errors
    /// The database fails.
    pub async fn quiet(&self, worker: &str) -> Result<bool> {
        self.ask(worker, Some(Ask::Quiet), "quiet worker").await
    }

    /// Lets a worker that was asked to be quiet go on.
    ///
    /// # Errors
    /// The database fails.
    pub async fn unquiet(&self, worker: &str) -> Result<bool> {
        self.ask(worker, None, "resume worker").await
    }

    /// Asks a worker to stop as at SIGTERM: running jobs may finish for its shutdown timeout.
    ///
    /// # Errors
    /// The database fails.
    pub async fn stop(&self, worker: &str) -> Result<bool> {
        self.ask(worker, Some(Ask::Stop), "stop worker").await
    }

    async fn ask(&self, worker: &str, ask: Option<Ask>, action: &str) -> Result<bool> {
        let Ok(id) = worker.parse().map(WorkerId) else {
            return Ok(false);
        };
        let told = self
            .call(move |storage, _| async move { storage.ask_worker(id, ask).await })
            .await?;
        if told {
            // Workers look for what they are asked at once.
            self.jobs.inner().wakes.everywhere(vec![Wake::Cancel]);
            self.note(action, worker, "").await;
        }
        Ok(told)
    }

    /// What was done by hand, newest first, from where a page before ended. Kept for ninety days.
    ///
    /// # Errors
    /// The database fails.
    pub async fn audit(&self, from: Option<i64>, limit: u32) -> Result<Page<Audit, i64>> {
        let limit = limit.clamp(1, MOST);
        let rows = self
            .call(move |storage, _| async move { storage.audit(from, limit).await })
            .await?;
        let full = rows.len() >= limit as usize;
        let next = rows.last().filter(|_| full).map(|row| row.number);
        let items = rows.into_iter().map(|row| Audit {
            at: row.at,
            actor: row.note.actor,
            action: row.note.action,
            subject: row.note.subject,
            detail: row.note.detail,
        });
        Ok(Page {
            items: items.collect(),
            next,
        })
    }
}

/// The resident memory of a process of this host, where the system tells.
fn memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
