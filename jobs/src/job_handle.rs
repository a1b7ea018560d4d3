//! [`JobHandle`]: a job that was enqueued, with the type of its output.

use std::{fmt, marker::PhantomData, time::Duration};

use futures_util::future::join_all;

use crate::{
    error::{Error, Result},
    handle::{Jobs, in_job},
    job::JobOutput,
    record::{JobId, State},
    storage::{Cancelled, Look, Wake},
    workflow::Gathered,
};

/// How soon the database is asked again while a result is awaited that another process will give.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// How late at most.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// A job that was enqueued; `T` is its output.
///
/// ```no_run
/// # async fn doc(handle: jobs::JobHandle<String>) -> jobs::Result<()> {
/// println!("{} is {}", handle.id(), handle.state().await?);
/// let output: String = handle.result().await?;
/// # Ok(()) }
/// ```
pub struct JobHandle<T> {
    jobs: Jobs,
    id: JobId,
    duplicate: bool,
    gathered: Option<Gathered>,
    output: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobHandle({})", self.id)
    }
}

impl<T> Clone for JobHandle<T> {
    fn clone(&self) -> Self {
        Self {
            gathered: self.gathered,
            ..Self::new(self.jobs.clone(), self.id, self.duplicate)
        }
    }
}

impl<T> JobHandle<T> {
    pub(crate) fn new(jobs: Jobs, id: JobId, duplicate: bool) -> Self {
        Self {
            jobs,
            id,
            duplicate,
            gathered: None,
            output: PhantomData,
        }
    }

    /// The handle of a last stage that is several jobs.
    pub(crate) fn gathering(jobs: Jobs, id: JobId, stage: Gathered) -> Self {
        Self {
            gathered: Some(stage),
            ..Self::new(jobs, id, false)
        }
    }

    /// The job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Whether the enqueue met a job that was there already; this handle is that job's.
    ///
    /// ```
    /// # async fn doc(import: jobs::Enqueue<()>, id: jobs::JobId) -> jobs::Result<()> {
    /// if import.id(id).await?.was_duplicate() {
    ///     println!("it is under way already");
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn was_duplicate(&self) -> bool {
        self.duplicate
    }

    /// Where the job stands.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no record of it (any more), or the database fails.
    pub async fn state(&self) -> Result<State> {
        self.look()
            .await?
            .map(|look| look.state)
            .ok_or(Error::NotFound { id: self.id })
    }

    /// Ends the job if it waits; asks it to end if it runs. True unless it had ended before.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs, handle: jobs::JobHandle<u64>) -> jobs::Result<()> {
    /// if !handle.cancel().await? {
    ///     println!("too late: it is {}", handle.state().await?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no record of it (any more), or the database fails.
    pub async fn cancel(&self) -> Result<bool> {
        if let Some(stage) = self.gathered {
            return stage.cancel(&self.jobs).await;
        }
        let inner = self.jobs.inner();
        let (id, now) = (self.id, inner.clock.now());
        let retain = self.retain().await?;
        let done = inner
            .store
            .call(move |storage| async move { storage.cancel(id, retain, now).await })
            .await?;
        match done {
            Cancelled::Ended => {
                let look = Look {
                    state: State::Cancelled,
                    output: None,
                    reason: None,
                    error: None,
                };
                inner.wakes.ended(id, || look);
                inner.wakes.group_changed();
                Ok(true)
            }
            Cancelled::Asked => {
                inner.wakes.everywhere(vec![Wake::Cancel]);
                Ok(true)
            }
            Cancelled::TooLate => Ok(false),
            Cancelled::NotFound => Err(Error::NotFound { id }),
        }
    }

    /// How long the record of the cancelled job stays: as its own code says, or the handle for one that is not known.
    async fn retain(&self) -> Result<Option<Duration>> {
        let (id, inner) = (self.id, self.jobs.inner());
        let row = inner
            .store
            .call(move |storage| async move { storage.get(id).await })
            .await?
            .ok_or(Error::NotFound { id })?;
        let job = inner.registry.named(&row.name);
        Ok(inner.keep().retain(job, State::Cancelled))
    }

    async fn look(&self) -> Result<Option<Look>> {
        if let Some(stage) = self.gathered {
            return stage.look(&self.jobs).await;
        }
        let id = self.id;
        self.jobs
            .inner()
            .store
            .call(move |storage| async move { storage.look(id).await })
            .await
    }

    /// Why a link of a chain will not begin, if a dead one stands before it.
    async fn stopped(&self) -> Result<Option<Error>> {
        let (inner, mut id) = (self.jobs.inner(), self.id);
        if let Some(stage) = self.gathered {
            let Some(first) = stage.first(&self.jobs).await? else {
                return Ok(None);
            };
            id = first;
        }
        let found = inner.store.call(move |storage| async move {
            let Some(link) = storage.stopped_by(id).await? else {
                return Ok(None);
            };
            Ok(Some((
                link,
                storage.look(link).await?,
                storage.get(link).await?,
            )))
        });
        let Some((link, look, row)) = found.await? else {
            return Ok(None);
        };
        // Retried meanwhile, it is no longer dead.
        let dead = look.filter(|look| look.state == State::Dead);
        Ok(dead.map(|look| Error::ChainStopped {
            id: self.id,
            link,
            job: row.map(|row| row.name).unwrap_or_default(),
            error: Box::new(look.error.unwrap_or_else(unrecorded)),
        }))
    }

    async fn end(&self) -> Result<Look> {
        outside_of_jobs("JobHandle::result")?;
        let mut ended = self.jobs.inner().wakes.watch_end(self.id);
        let mut groups = self.jobs.inner().wakes.groups();
        let mut pause = FIRST_LOOK;
        loop {
            groups.mark_unchanged();
            let mut linked = self.gathered.is_some();
            match self.look().await? {
                Some(look) if look.state.is_final() => return Ok(look),
                Some(look) if look.state == State::Blocked => {
                    linked = true;
                    if let Some(stopped) = self.stopped().await? {
                        return Err(stopped);
                    }
                }
                Some(_) => {}
                // A job that keeps no record may have ended just now, in this process.
                None => {
                    return ended
                        .borrow()
                        .clone()
                        .ok_or(Error::NotFound { id: self.id });
                }
            }
            let told = tokio::select! {
                told = tokio::time::timeout(pause, ended.wait_for(Option::is_some)) => told,
                // Something ended that this one may wait for.
                _ = groups.changed(), if linked => continue,
            };
            if let Ok(Ok(look)) = told
                && let Some(look) = look.clone()
            {
                return Ok(look);
            }
            pause = (pause * 2).min(LAST_LOOK);
        }
    }
}

impl<T: JobOutput> JobHandle<T> {
    /// Waits until the job has ended, and gives its output.
    ///
    /// # Errors
    /// [`Error::JobDead`], [`Error::JobDiscarded`] or [`Error::JobCancelled`] if it ended otherwise;
    /// [`Error::NotFound`] if its record is gone; [`Error::WaitInsideJob`] inside a job, where the wait would hold
    /// a worker slot.
    pub async fn result(&self) -> Result<T> {
        let id = self.id;
        let look = self.end().await?;
        match look.state {
            State::Dead => {
                let error = look.error.unwrap_or_else(unrecorded);
                Err(Error::JobDead {
                    id,
                    error: Box::new(error),
                })
            }
            State::Discarded => Err(Error::JobDiscarded {
                id,
                reason: look.reason,
            }),
            State::Cancelled => Err(Error::JobCancelled { id }),
            _ => T::__from_json(look.output.as_deref().unwrap_or("null")).map_err(|source| {
                Error::Output {
                    id,
                    expected: std::any::type_name::<T>(),
                    source,
                }
            }),
        }
    }

    /// [`result`](Self::result) within a time.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs, handle: jobs::JobHandle<u64>) -> jobs::Result<()> {
    /// match handle.result_within(std::time::Duration::from_secs(10)).await {
    ///     Ok(output) => println!("{output}"),
    ///     Err(jobs::Error::NotYet { .. }) => println!("it goes on"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotYet`] when the time is over, else as `result`.
    pub async fn result_within(&self, limit: Duration) -> Result<T> {
        tokio::time::timeout(limit, self.result())
            .await
            .unwrap_or(Err(Error::NotYet { id: self.id, limit }))
    }
}

fn unrecorded() -> crate::JobError {
    crate::JobError::plain("", "its failure is not recorded")
}

fn outside_of_jobs(call: &'static str) -> Result<()> {
    if in_job() {
        return Err(Error::WaitInsideJob { call });
    }
    Ok(())
}

/// Waits until all these jobs have ended, and gives their outputs in order.
///
/// ```no_run
/// # async fn doc(first: jobs::JobHandle<u64>, second: jobs::JobHandle<u64>) -> jobs::Result<()> {
/// let sizes: Vec<u64> = jobs::wait_all([first, second]).await?;
/// println!("{} bytes", sizes.iter().sum::<u64>());
/// # Ok(()) }
/// ```
///
/// # Errors
/// When all have ended: the first failure in the order of the handles, as [`JobHandle::result`] says.
/// [`Error::WaitInsideJob`] at once inside a job.
pub async fn wait_all<T: JobOutput>(
    handles: impl IntoIterator<Item = JobHandle<T>>,
) -> Result<Vec<T>> {
    outside_of_jobs("jobs::wait_all")?;
    let handles: Vec<_> = handles.into_iter().collect();
    let results = join_all(handles.iter().map(JobHandle::result)).await;
    results.into_iter().collect()
}
