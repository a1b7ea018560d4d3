//! Why a job waits.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Inspector;
use crate::{
    error::Result,
    record::{JobId, JobRecord, State},
    storage::inspect::{KeyRow, Standing},
};

/// So many jobs before it are counted, so many holders of a key are named.
const COUNTED: u32 = 10_000;
const NAMED: u32 = 20;

/// One reason for which a job does not run now.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector, id: jobs::JobId) -> jobs::Result<()> {
/// if let Some(why) = inspector.why(id).await? {
///     for reason in why.reasons {
///         println!("{reason}");
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// It has ended.
    Ended {
        /// How.
        state: State,
        /// Why, if that was noted.
        why: Option<String>,
    },
    /// It runs.
    Runs {
        /// On this worker.
        worker: Option<String>,
        /// Since this time.
        since: Option<DateTime<Utc>>,
    },
    /// It is due later.
    Scheduled {
        /// At this time.
        until: DateTime<Utc>,
        /// It failed before, so often, last with this error.
        retry: Option<(u32, String)>,
    },
    /// Its queue is paused.
    Paused {
        /// The queue.
        queue: String,
        /// By whom.
        by: Option<String>,
        /// Since when.
        since: Option<DateTime<Utc>>,
    },
    /// Its unique key is held.
    UniqueKey {
        /// By these.
        holders: Vec<JobId>,
    },
    /// So many of its concurrency key run as may.
    Concurrency {
        /// So many may.
        limit: u32,
        /// So many slots are in use,
        used: u64,
        /// by these jobs (some of them).
        holders: Vec<JobId>,
    },
    /// So many of its rate key were started as may in a span.
    Rate {
        /// So many may
        count: u32,
        /// in so many milliseconds.
        per_ms: u64,
        /// When the next ones may.
        opens_at: Option<DateTime<Utc>>,
    },
    /// No live worker knows its name.
    UnknownName {
        /// The name.
        name: String,
    },
    /// Live workers know its name, but read only older versions of its payload, or the payload lacks something.
    Unreadable {
        /// The version of its payload.
        version: u32,
        /// The newest that a live worker reads.
        newest: Option<u32>,
        /// When it is looked at again.
        until: Option<DateTime<Utc>>,
    },
    /// No live worker takes from its queue.
    NoWorker {
        /// The queue.
        queue: String,
        /// So many workers live.
        live: u64,
    },
    /// A flow that waits.
    Parked,
    /// It is ready, and others come first.
    Behind {
        /// So many
        jobs: u64,
        /// or more.
        more: bool,
        /// So many of its queue run at once.
        slots: u64,
    },
    /// It is ready, and the next worker that looks takes it.
    Next,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ended { state, why } => {
                write!(f, "it has ended: {state}")?;
                why.as_ref().map_or(Ok(()), |why| write!(f, " ({why})"))
            }
            Self::Runs { worker, .. } => match worker {
                Some(worker) => write!(f, "it runs now, on worker {worker}"),
                None => f.write_str("it runs now"),
            },
            Self::Scheduled { until, retry } => {
                write!(f, "it is due at {}", until.to_rfc3339())?;
                match retry {
                    Some((runs, error)) => {
                        write!(f, ", after {runs} failed runs; the last: {error}")
                    }
                    None => Ok(()),
                }
            }
            Self::Paused { queue, by, since } => {
                write!(f, "the queue {queue} is paused")?;
                by.as_ref().map_or(Ok(()), |by| write!(f, " by {by}"))?;
                since.map_or(Ok(()), |at| write!(f, " since {}", at.to_rfc3339()))
            }
            Self::UniqueKey { holders } => {
                write!(f, "its unique key is held by {}", list(holders))
            }
            Self::Concurrency {
                limit,
                used,
                holders,
            } => write!(
                f,
                "{used} of {limit} slots of its concurrency key are in use, by {}",
                list(holders)
            ),
            Self::Rate {
                count,
                per_ms,
                opens_at,
            } => {
                write!(f, "{count} of its rate key were started within {per_ms} ms")?;
                opens_at.map_or(Ok(()), |at| {
                    write!(f, "; the next may at {}", at.to_rfc3339())
                })
            }
            Self::UnknownName { name } => write!(f, "no live worker knows the job {name}"),
            Self::Unreadable {
                version,
                newest,
                until,
            } => {
                write!(
                    f,
                    "no live worker can read its payload of version {version}"
                )?;
                newest.map_or(Ok(()), |newest| {
                    write!(f, " (the newest they read is {newest})")
                })?;
                until.map_or(Ok(()), |at| {
                    write!(f, "; it is looked at again at {}", at.to_rfc3339())
                })
            }
            Self::NoWorker { queue, live } => {
                write!(
                    f,
                    "none of {live} live workers takes from the queue {queue}"
                )
            }
            Self::Parked => f.write_str("it is a flow that waits"),
            Self::Behind { jobs, more, slots } => write!(
                f,
                "{jobs}{} ready jobs of its queue come before it; {slots} run at once",
                if *more { " or more" } else { "" }
            ),
            Self::Next => {
                f.write_str("it is the next of its queue: the next worker that is free takes it")
            }
        }
    }
}

fn list(ids: &[JobId]) -> String {
    if ids.is_empty() {
        return "jobs that have just ended".to_owned();
    }
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    ids.join(", ")
}

/// Why a job does not run now: every reason that holds.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector, id: jobs::JobId) -> jobs::Result<()> {
/// let why = inspector.why(id).await?;
/// assert!(why.is_none_or(|why| !why.reasons.is_empty()));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The job.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// What keeps it, the nearest first.
    pub reasons: Vec<Reason>,
}

impl Inspector {
    /// The exact reasons for which a job does not run now; `None` if there is no record of it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn why(&self, id: JobId) -> Result<Option<Why>> {
        let Some(record) = self.get(id).await? else {
            return Ok(None);
        };
        let standing = self
            .call(move |storage, _| async move { storage.standing(id).await })
            .await?;
        let mut reasons = Vec::new();
        match record.state {
            State::Running => {
                let last = record.attempts.last();
                reasons.push(Reason::Runs {
                    worker: last.map(|attempt| attempt.worker.clone()),
                    since: last.map(|attempt| attempt.started_at),
                });
            }
            State::Parked => reasons.push(Reason::Parked),
            State::Scheduled => reasons.push(scheduled(&record)),
            State::Blocked => {
                if let Some(standing) = &standing {
                    reasons.push(self.blocked(&record, standing).await?);
                }
            }
            State::Ready => {}
            state => reasons.push(Reason::Ended {
                state,
                why: record.reason.clone().or_else(|| last_error(&record)),
            }),
        }
        if !record.state.is_final() && record.state != State::Running {
            self.obstacles(&record, standing.as_ref(), &mut reasons)
                .await?;
        }
        Ok(Some(Why {
            id,
            name: record.name,
            state: record.state,
            reasons,
        }))
    }

    /// What holds for every job that waits: its queue, workers, and its place.
    async fn obstacles(
        &self,
        record: &JobRecord,
        standing: Option<&Standing>,
        reasons: &mut Vec<Reason>,
    ) -> Result<()> {
        let queues = self
            .call(|storage, _| async move { storage.queue_rows().await })
            .await?;
        let paused = queues
            .iter()
            .find(|row| row.name == record.queue && row.paused);
        if let Some(row) = paused {
            reasons.push(Reason::Paused {
                queue: row.name.clone(),
                by: row.paused_by.clone(),
                since: row.paused_at,
            });
        }
        let workers = self.workers().await?;
        let live: Vec<_> = workers.iter().filter(|worker| worker.is_live()).collect();
        let takes = |worker: &&&super::WorkerView| {
            worker
                .queues
                .iter()
                .any(|(queue, _)| *queue == record.queue)
        };
        let slots = live.iter().filter(takes).flat_map(|worker| &worker.queues);
        let slots = slots.filter(|(queue, _)| *queue == record.queue);
        let slots: u64 = slots.map(|(_, slots)| *slots).sum();
        if live.iter().filter(takes).count() == 0 {
            reasons.push(Reason::NoWorker {
                queue: record.queue.clone(),
                live: live.len() as u64,
            });
        }
        if let Some(standing) = standing {
            let read = live.iter().flat_map(|worker| &worker.kinds);
            let read = read.filter(|(kind, _)| *kind == standing.kind);
            let newest = read.map(|(_, version)| *version).max();
            let said = |reason: &Reason| {
                matches!(
                    reason,
                    Reason::UnknownName { .. } | Reason::Unreadable { .. }
                )
            };
            if !live.is_empty() && !reasons.iter().any(said) {
                match newest {
                    None => reasons.push(Reason::UnknownName {
                        name: record.name.clone(),
                    }),
                    Some(newest) if newest < standing.version => reasons.push(Reason::Unreadable {
                        version: standing.version,
                        newest: Some(newest),
                        until: None,
                    }),
                    Some(_) => {}
                }
            }
        }
        if record.state == State::Ready {
            let id = record.id;
            let jobs = self
                .call(move |storage, _| async move { storage.count_before(id, COUNTED).await })
                .await?;
            if jobs > 0 {
                reasons.push(Reason::Behind {
                    jobs,
                    more: jobs >= u64::from(COUNTED),
                    slots,
                });
            } else if reasons.is_empty() {
                reasons.push(Reason::Next);
            }
        }
        Ok(())
    }

    async fn blocked(&self, record: &JobRecord, standing: &Standing) -> Result<Reason> {
        let key = self.key(standing).await?;
        let keys = standing.keys.clone().unwrap_or_default();
        let wanted = standing.waits_for.as_deref().unwrap_or_default();
        let others = |row: &KeyRow| -> Vec<JobId> {
            let others = row.holders.iter().copied();
            others.filter(|holder| *holder != record.id).collect()
        };
        let slot = keys.slots.iter().find(|slot| slot.key == wanted);
        Ok(match (standing.blocked_on, key, slot, keys.rate) {
            (Some(1), ..) => Reason::UnknownName {
                name: record.name.clone(),
            },
            (Some(2), ..) => Reason::Unreadable {
                version: standing.version,
                newest: None,
                until: standing.blocked_until,
            },
            (Some(4), Some(row), Some(slot), _) => Reason::Concurrency {
                limit: slot.limit,
                used: row.used,
                holders: others(&row),
            },
            (Some(5), row, _, Some(rate)) => Reason::Rate {
                count: rate.count,
                per_ms: u64::try_from(rate.per.as_millis()).unwrap_or(u64::MAX),
                opens_at: row.and_then(|row| row.opens_at),
            },
            (_, row, ..) => Reason::UniqueKey {
                holders: row.map(|row| others(&row)).unwrap_or_default(),
            },
        })
    }

    async fn key(&self, standing: &Standing) -> Result<Option<KeyRow>> {
        let unique = standing.keys.as_ref().and_then(|keys| keys.unique.as_ref());
        let key = standing
            .waits_for
            .clone()
            .or_else(|| unique.map(|unique| unique.key.clone()));
        let Some(key) = key else { return Ok(None) };
        let rows = self
            .call(move |storage, _| async move { storage.key_rows(vec![key], NAMED).await })
            .await?;
        Ok(rows.into_iter().next())
    }
}

fn scheduled(record: &JobRecord) -> Reason {
    let failed = record
        .attempts
        .iter()
        .filter(|attempt| attempt.error.is_some());
    let runs = u32::try_from(failed.count()).unwrap_or(u32::MAX);
    Reason::Scheduled {
        until: record.run_at,
        retry: last_error(record).map(|error| (runs, error)),
    }
}

fn last_error(record: &JobRecord) -> Option<String> {
    let mut errors = record
        .attempts
        .iter()
        .filter_map(|attempt| attempt.error.as_ref());
    errors
        .next_back()
        .map(|error| format!("{}: {}", error.type_name(), error.message()))
}
