//! What one run knows of its job's checkpoints: loaded once, at their first use.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::OnceCell;

use crate::{
    context::{JobContext, Stop},
    enqueue::refuse_inside_transaction,
    error::Error,
    failure::FlowError,
    handle::Jobs,
    payload,
    storage::{
        CheckpointKind, Checkpoints, ClaimRef, Inserted, NewWork, Settle, Settled, TakeEvent,
    },
};

/// The longest name of a checkpoint, in bytes.
const LONGEST_NAME: usize = 120;
/// How long a unique key that somebody's open transaction holds is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// The checkpoints of the running job.
pub(crate) struct Journal {
    /// `None` where the job has no row: it was called in place.
    place: Option<(Jobs, ClaimRef)>,
    memory: OnceCell<Memory>,
}

struct Memory {
    now: DateTime<Utc>,
    loaded: Instant,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    stored: HashMap<(CheckpointKind, String, u32), Stored>,
    /// Names that steps and sleeps have used in this run.
    names: HashSet<String>,
    /// How often each event was awaited in this run.
    awaited: HashMap<String, u32>,
}

#[derive(Clone)]
struct Stored {
    value: Option<String>,
    until: Option<DateTime<Utc>>,
    used: bool,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journal")
    }
}

impl Memory {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Of a job that was claimed.
    pub(crate) fn of(jobs: Jobs, claim: ClaimRef) -> Self {
        Self {
            place: Some((jobs, claim)),
            memory: OnceCell::new(),
        }
    }

    /// Of one that is called in place: it remembers nothing beyond its end.
    pub(crate) fn in_place() -> Self {
        Self {
            place: None,
            memory: OnceCell::new(),
        }
    }

    pub(super) fn jobs(&self) -> Option<&Jobs> {
        self.place.as_ref().map(|(jobs, _)| jobs)
    }

    async fn memory(&self, ctx: &JobContext) -> &Memory {
        let loading = async {
            let Some((jobs, claim)) = &self.place else {
                return Ok(Memory::new(Checkpoints {
                    now: Utc::now(),
                    all: Vec::new(),
                }));
            };
            refuse_inside_transaction(jobs)?;
            let (id, now) = (claim.id, jobs.inner().clock.now());
            let loaded = jobs
                .inner()
                .store
                .call(move |storage| async move { storage.checkpoints(id, now).await });
            loaded.await.map(Memory::new)
        };
        match self.memory.get_or_try_init(|| loading).await {
            Ok(memory) => memory,
            Err(error) => ctx.stop(Stop::Failed(FlowError::unread(&error))).await,
        }
    }

    /// Takes a name for this run; one that is taken ends it.
    pub(super) async fn claim_name(&self, ctx: &JobContext, name: &str) {
        self.check_name(ctx, name).await;
        let fresh = self
            .memory(ctx)
            .await
            .inside()
            .names
            .insert(name.to_owned());
        if !fresh {
            ctx.stop(Stop::Failed(FlowError::twice(name))).await;
        }
    }

    pub(super) async fn check_name(&self, ctx: &JobContext, name: &str) {
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains('\0') {
            ctx.stop(Stop::Failed(FlowError::bad_name(name))).await;
        }
    }

    /// What is stored, as JSON.
    pub(super) async fn value(
        &self,
        ctx: &JobContext,
        kind: CheckpointKind,
        name: &str,
        number: u32,
    ) -> Option<String> {
        let memory = self.memory(ctx).await;
        let mut inside = memory.inside();
        let stored = inside.stored.get_mut(&(kind, name.to_owned(), number))?;
        stored.used = true;
        stored.value.clone()
    }

    /// Stores a value.
    pub(super) async fn keep<T: Serialize>(
        &self,
        ctx: &JobContext,
        kind: CheckpointKind,
        name: &str,
        value: &T,
    ) {
        let json = self.json(ctx, name, value).await;
        self.settle(ctx, kind, name, Some(json), None, NewWork::default())
            .await;
    }

    pub(super) async fn json<T: Serialize>(
        &self,
        ctx: &JobContext,
        name: &str,
        value: &T,
    ) -> String {
        let limit = self.jobs().map(|jobs| jobs.inner().limits.output);
        let error = match payload::to_json(value) {
            Ok(json) if limit.is_none_or(|limit| json.len() <= limit) => return json,
            Ok(json) => format!(
                "the value is {} bytes, the limit is {}: store it elsewhere and keep its key",
                json.len(),
                limit.unwrap_or_default()
            ),
            Err(error) => error.to_string(),
        };
        ctx.stop(Stop::Failed(FlowError::unwritable(name, &error)))
            .await
    }

    /// When a sleep is over, and whether it is; `None` where nothing can wait.
    pub(super) async fn sleep(
        &self,
        ctx: &JobContext,
        name: &str,
        time: Duration,
    ) -> Option<(DateTime<Utc>, bool)> {
        self.place.as_ref()?;
        let memory = self.memory(ctx).await;
        let key = (CheckpointKind::Sleep, name.to_owned(), 0);
        let known = memory.inside().stored.get_mut(&key).and_then(|stored| {
            stored.used = true;
            stored.until
        });
        let until = match known {
            Some(until) => Some(until),
            None => {
                let kind = CheckpointKind::Sleep;
                self.settle(ctx, kind, name, None, Some(time), NewWork::default())
                    .await
                    .until
            }
        };
        let until = until?;
        Some((until, until <= self.now(memory)))
    }

    /// The database's time, as far as it is known here.
    fn now(&self, memory: &Memory) -> DateTime<Utc> {
        if let Some(now) = self.jobs().and_then(|jobs| jobs.inner().clock.now()) {
            return now;
        }
        let passed = TimeDelta::from_std(memory.loaded.elapsed()).unwrap_or_default();
        memory.now + passed
    }

    /// An event as a checkpoint has it, and until when it is waited for.
    pub(super) async fn event(
        &self,
        ctx: &JobContext,
        name: &str,
        within: Option<Duration>,
    ) -> (Option<String>, Option<DateTime<Utc>>) {
        self.check_name(ctx, name).await;
        let memory = self.memory(ctx).await;
        let number = {
            let mut inside = memory.inside();
            let awaited = inside.awaited.entry(name.to_owned()).or_default();
            *awaited += 1;
            *awaited - 1
        };
        if let Some(value) = self.value(ctx, CheckpointKind::Event, name, number).await {
            return (Some(value), None);
        }
        let Some((jobs, claim)) = &self.place else {
            ctx.stop(Stop::Failed(FlowError::nowhere(name))).await
        };
        let (take, now) = (
            TakeEvent {
                claim: *claim,
                name: name.to_owned(),
                number,
                within,
            },
            jobs.inner().clock.now(),
        );
        let taken = jobs
            .inner()
            .store
            .call(move |storage| async move { storage.take_event(take, now).await });
        match taken.await {
            Ok(Some(taken)) => (taken.value, taken.until),
            Ok(None) => ctx.stop(Stop::Yield).await,
            Err(error) => {
                ctx.stop(Stop::Failed(FlowError::unwritable(name, &error)))
                    .await
            }
        }
    }

    /// Writes a checkpoint, with jobs. Ends the run if it cannot be written.
    pub(super) async fn settle(
        &self,
        ctx: &JobContext,
        kind: CheckpointKind,
        name: &str,
        value: Option<String>,
        wait: Option<Duration>,
        new: NewWork,
    ) -> Settled {
        let memory = self.memory(ctx).await;
        let mut settled = Settled {
            until: None,
            inserted: vec![Inserted::New; new.jobs.len()],
        };
        if let Some((jobs, claim)) = &self.place {
            let settle = Settle {
                claim: *claim,
                kind,
                name: name.to_owned(),
                value: value.clone(),
                wait,
                jobs: new.jobs,
                groups: new.groups,
            };
            settled = match written(jobs, settle).await {
                Ok(Some(settled)) => settled,
                Ok(None) => ctx.stop(Stop::Yield).await,
                Err(error) => {
                    ctx.stop(Stop::Failed(FlowError::unwritable(name, &error)))
                        .await
                }
            };
        }
        let stored = Stored {
            value,
            until: settled.until,
            used: true,
        };
        memory
            .inside()
            .stored
            .insert((kind, name.to_owned(), 0), stored);
        settled
    }

    /// What was stored and this run, which has come to its end, did not use: perhaps code that is gone wrote it.
    pub(crate) fn unused(&self) -> Vec<String> {
        let Some(memory) = self.memory.get() else {
            return Vec::new();
        };
        let inside = memory.inside();
        let mut names: Vec<String> = inside
            .stored
            .iter()
            .filter(|((kind, ..), stored)| !stored.used && *kind != CheckpointKind::Cursor)
            .map(|((_, name, _), _)| name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Memory {
    fn new(loaded: Checkpoints) -> Self {
        let stored = loaded.all.into_iter().map(|one| {
            let key = (one.kind, one.name, one.number);
            let stored = Stored {
                value: one.value,
                until: one.until,
                used: false,
            };
            (key, stored)
        });
        Self {
            now: loaded.now,
            loaded: Instant::now(),
            inside: Mutex::new(Inside {
                stored: stored.collect(),
                ..Inside::default()
            }),
        }
    }
}

/// Writes it; a unique key in somebody's open transaction is waited for.
async fn written(jobs: &Jobs, settle: Settle) -> Result<Option<Settled>, Error> {
    let (began, now) = (Instant::now(), jobs.inner().clock.now());
    loop {
        let again = settle.clone();
        let writing = jobs
            .inner()
            .store
            .call(move |storage| async move { storage.settle(again, now).await });
        match writing.await {
            Err(error) if error.is_lock_timeout() && began.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
}
