//! A batch that was enqueued: its counts, its end, more members.

use std::{fmt, str::FromStr, time::Duration};

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    batch::{Batch, members},
    store::{self, Own},
    view::number,
};
use crate::{
    context::JobContext,
    enqueue::{JobSource, Prepared},
    error::{Error, Result},
    handle::{Jobs, current, in_job},
    job::Job,
    job_handle::JobHandle,
    record::{JobId, State},
    storage::{GroupId, GroupRow, Look, NewWork, Passed, Wake},
};

/// How soon the counts are looked at again while the end is awaited, and how late at most.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const LAST_LOOK: Duration = Duration::from_millis(500);
/// How many jobs are added, or cancelled, in one transaction.
const CHUNK: usize = 1_000;

/// A batch's id: a UUIDv7, made by the client.
///
/// ```
/// # fn doc(batch: &jobs::BatchHandle) {
/// let id: jobs::BatchId = batch.id();
/// let same: jobs::BatchId = id.to_string().parse().unwrap();
/// assert_eq!(id, same);
/// assert_eq!(jobs::BatchId::from(id.as_uuid()), id);
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(Uuid);

impl BatchId {
    /// The id as a UUID.
    #[must_use]
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for BatchId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Debug for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchId({})", self.0)
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for BatchId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// How far a batch is; an inner batch counts as one member.
///
/// ```
/// # async fn doc(batch: jobs::BatchHandle) -> jobs::Result<()> {
/// let is = batch.progress().await?;
/// println!("{} of {} done, {} dead, {} open", is.done, is.total, is.dead, is.open());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BatchProgress {
    /// All members.
    pub total: u64,
    /// Those that succeeded.
    pub done: u64,
    /// Those that are dead letters.
    pub dead: u64,
    /// Those that were discarded.
    pub discarded: u64,
    /// Those that were cancelled.
    pub cancelled: u64,
}

impl BatchProgress {
    /// Those that have not ended.
    #[must_use]
    pub fn open(self) -> u64 {
        self.total
            .saturating_sub(self.done + self.dead + self.discarded + self.cancelled)
    }
}

/// A batch that was enqueued.
///
/// ```
/// # async fn doc(batch: jobs::BatchHandle) -> jobs::Result<()> {
/// println!("{}: {:?}", batch.id(), batch.progress().await?);
/// if let Err(failed) = batch.result().await {
///     println!("not all well: {failed}");
/// }
/// batch.cancel().await?; // what is open, if anything was added since
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct BatchHandle {
    jobs: Jobs,
    id: GroupId,
}

impl fmt::Debug for BatchHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchHandle({})", self.id.0)
    }
}

impl BatchHandle {
    pub(crate) fn new(jobs: Jobs, id: GroupId) -> Self {
        Self { jobs, id }
    }

    /// The batch's id.
    #[must_use]
    pub fn id(&self) -> BatchId {
        BatchId(self.id.0)
    }

    async fn row(&self) -> Result<GroupRow> {
        let id = self.id;
        self.jobs
            .inner()
            .store
            .call(move |storage| async move { storage.group(id).await })
            .await?
            .ok_or(Error::BatchNotFound { id: id.0 })
    }

    /// How far it is. Counts are kept, so this reads one row however large the batch is.
    ///
    /// # Errors
    /// [`Error::BatchNotFound`] a week after its end (ninety days if one is dead), or the database fails.
    pub async fn progress(&self) -> Result<BatchProgress> {
        let counts = self.row().await?.group.counts;
        Ok(BatchProgress {
            total: number(counts.total),
            done: number(counts.succeeded),
            dead: number(counts.dead),
            discarded: number(counts.discarded),
            cancelled: number(counts.cancelled),
        })
    }

    /// Waits until no member is open.
    ///
    /// # Errors
    /// [`Error::BatchFailed`] if one died or was cancelled, [`Error::WaitInsideJob`] inside a job, else as
    /// [`progress`](Self::progress).
    pub async fn result(&self) -> Result<()> {
        if in_job() {
            return Err(Error::WaitInsideJob {
                call: "BatchHandle::result",
            });
        }
        let mut told = self.jobs.inner().wakes.groups();
        let mut pause = FIRST_LOOK;
        loop {
            told.mark_unchanged();
            let group = self.row().await?.group;
            let counts = group.counts;
            if counts.open == 0 {
                let given_up = group.passed.has(Passed::GIVEN_UP);
                if counts.dead == 0 && counts.cancelled == 0 && !given_up {
                    return Ok(());
                }
                return Err(Error::BatchFailed {
                    id: self.id.0,
                    dead: counts.dead.unsigned_abs(),
                    cancelled: counts.cancelled.unsigned_abs(),
                });
            }
            let _ = tokio::time::timeout(pause, told.changed()).await;
            pause = (pause * 2).min(LAST_LOOK);
            // Members end faster than anybody needs to look.
            tokio::time::sleep(FIRST_LOOK).await;
        }
    }

    /// Ends all members that wait, asks those that run to end, and takes no more. `on_complete` is enqueued when all
    /// have ended, `on_success` never. False if none was open.
    ///
    /// # Errors
    /// As [`progress`](Self::progress).
    pub async fn cancel(&self) -> Result<bool> {
        let inner = self.jobs.inner();
        let (id, keep) = (self.id, inner.keep().finished);
        let limit = u32::try_from(CHUNK).unwrap_or(u32::MAX);
        let mut any = self.row().await?.group.counts.open > 0;
        loop {
            let now = inner.clock.now();
            let done = inner
                .store
                .call(
                    move |storage| async move { storage.cancel_group(id, keep, limit, now).await },
                )
                .await?
                .ok_or(Error::BatchNotFound { id: id.0 })?;
            any |= !done.ended.is_empty() || done.asked > 0;
            for job in &done.ended {
                inner.wakes.ended(*job, cancelled);
            }
            let mut told = vec![Wake::Ready(Vec::new())];
            if done.asked > 0 {
                told.push(Wake::Cancel);
            }
            inner.wakes.everywhere(told);
            inner.wakes.group_changed();
            if done.ended.len() < CHUNK {
                return Ok(any);
            }
        }
    }

    /// Adds a job. Its handle is as that of [`Enqueue`](crate::Enqueue).
    ///
    /// ```
    /// # use jobs::{job, JobContext};
    /// # jobs::queues! { default }
    /// #[job]
    /// async fn read_page(page: u32, #[ctx] ctx: &JobContext) -> jobs::Result<()> {
    ///     if let Some(batch) = ctx.batch() {
    ///         batch.add(ReadPage { page: page + 1 }).await?; // counted before this job has ended
    ///     }
    ///     Ok(())
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// [`Error::BatchCancelled`], [`Error::BatchNotFound`], else as an enqueue.
    pub async fn add<J: Job>(&self, job: J) -> Result<JobHandle<J::Output>> {
        let added = self.extend(vec![Prepared::new(&job)], true).await?;
        let (id, duplicate) = added.first().copied().ok_or_else(|| Error::Damaged {
            what: "the insert gave no answer".to_owned(),
        })?;
        Ok(JobHandle::new(self.jobs.clone(), id, duplicate))
    }

    /// Adds all jobs of an iterator or a stream, in chunks of one transaction each; how many. Those that a hook halts are
    /// left out.
    ///
    /// ```
    /// # use jobs::job;
    /// # jobs::queues! { default }
    /// # #[job] async fn order(id: u64) {}
    /// # async fn doc(batch: jobs::BatchHandle, ids: impl futures_util::Stream<Item = u64> + Send) -> jobs::Result<()> {
    /// use futures_util::StreamExt;
    ///
    /// let added = batch.add_all(ids.map(|id| Order { id })).await?; // stored while the stream goes on
    /// println!("{added} orders");
    /// # Ok(()) }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// As [`add`](Self::add). Chunks that were stored before stay.
    pub async fn add_all<'a, J: Job, Kind>(
        &self,
        jobs: impl JobSource<'a, J, Kind>,
    ) -> Result<u64> {
        let mut chunks = jobs.into_jobs().ready_chunks(CHUNK);
        let mut added = 0;
        while let Some(chunk) = chunks.next().await {
            let prepared = chunk.iter().map(Prepared::new).collect();
            added += self.extend(prepared, false).await?.len() as u64;
        }
        Ok(added)
    }

    /// Adds a batch, which counts as one member.
    ///
    /// ```
    /// # async fn doc(batch: jobs::BatchHandle) -> jobs::Result<()> {
    /// let inner = batch.add_batch(jobs::batch("page 2")).await?;
    /// assert_eq!(inner.progress().await?.total, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub async fn add_batch(&self, batch: Batch) -> Result<Self> {
        let mut work = NewWork {
            grows: Some(self.id),
            ..NewWork::default()
        };
        let mut infos = Vec::new();
        let id = batch
            .gather(&self.jobs, Some(self.id), &mut work, &mut infos)
            .await?;
        store::store(&self.jobs, infos, work, &mut Own(self.jobs.clone())).await?;
        Ok(Self::new(self.jobs.clone(), id))
    }

    async fn extend(&self, prepared: Vec<Prepared>, whole: bool) -> Result<Vec<(JobId, bool)>> {
        let mut work = NewWork {
            grows: Some(self.id),
            ..NewWork::default()
        };
        let mut infos = Vec::with_capacity(prepared.len());
        members(&self.jobs, self.id, prepared, &mut work, &mut infos, whole).await?;
        store::store(&self.jobs, infos, work, &mut Own(self.jobs.clone())).await
    }
}

fn cancelled() -> Look {
    Look {
        state: State::Cancelled,
        output: None,
        reason: None,
        error: None,
    }
}

impl JobContext {
    /// The batch that this job is a member of, to add more members to.
    ///
    /// ```
    /// use jobs::{JobContext, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn import(#[ctx] ctx: &JobContext) {
    ///     if let Some(batch) = ctx.batch() {
    ///         println!("part of {}", batch.id());
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn batch(&self) -> Option<BatchHandle> {
        let id = GroupId(self.batch_id()?);
        Some(BatchHandle::new(current().ok()?, id))
    }
}

impl Jobs {
    /// A handle on a batch whose id is known.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs, id: jobs::BatchId) -> jobs::Result<()> {
    /// println!("{:?}", jobs.batch(id).progress().await?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn batch(&self, id: BatchId) -> BatchHandle {
        BatchHandle::new(self.clone(), GroupId(id.0))
    }
}
