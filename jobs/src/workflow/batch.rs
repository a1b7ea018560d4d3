//! `jobs::batch`: any number of jobs that are counted together.

use std::{fmt, future::Future};

use super::{
    batch_handle::BatchHandle,
    store::{self, Place},
};
use crate::{
    enqueue::{EnqueueInfo, Prepared, Target},
    error::{Error, Result},
    handle::{Jobs, current},
    job::Job,
    storage::{Callbacks, GroupId, GroupKind, Member, NewJob, NewWork, StoredJob},
};

/// Begins a batch: jobs of any kind that run independently of each other and are counted together, with jobs to enqueue
/// when all have ended well, at the first death, and when none is open any more.
///
/// ```
/// use jobs::{Jobs, job};
/// # jobs::queues! { default }
///
/// #[job]
/// async fn import_order(id: u64) {}
///
/// #[job]
/// async fn finish_import() {}
///
/// #[job]
/// async fn tell_somebody() {}
///
/// #[job]
/// async fn tidy_up() {}
///
/// # #[tokio::main]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = Jobs::connect("sqlite::memory:").await?;
/// let worker = jobs.worker().start().await?;
/// let import = jobs::batch("import")
///     .add_all((1..=100).map(|id| ImportOrder { id }))
///     .on_success(FinishImport)
///     .on_death(TellSomebody)
///     .on_complete(TidyUp)
///     .on(&jobs)
///     .enqueue()
///     .await?;
/// import.result().await?;
/// assert_eq!(import.progress().await?.done, 100);
/// # worker.stop().await
/// # }
/// ```
pub fn batch(name: impl Into<String>) -> Batch {
    Batch {
        name: name.into(),
        jobs: Vec::new(),
        inner: Vec::new(),
        success: None,
        death: None,
        complete: None,
        on: None,
    }
}

/// A batch about to be enqueued. Nothing is stored before [`enqueue`](Self::enqueue).
#[must_use = "a batch is enqueued only by `.enqueue().await`"]
pub struct Batch {
    name: String,
    jobs: Vec<Prepared>,
    inner: Vec<Batch>,
    success: Option<Prepared>,
    death: Option<Prepared>,
    complete: Option<Prepared>,
    on: Option<Jobs>,
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batch {} of {} jobs", self.name, self.jobs.len())
    }
}

impl Batch {
    /// Adds a job.
    #[allow(
        clippy::should_implement_trait,
        reason = "a batch and a job are no numbers"
    )]
    pub fn add<J: Job>(mut self, job: J) -> Self {
        self.jobs.push(Prepared::new(&job));
        self
    }

    /// Adds all jobs of an iterator. They are stored in chunks of one statement each, in one transaction.
    pub fn add_all<J: Job>(mut self, jobs: impl IntoIterator<Item = J>) -> Self {
        self.jobs
            .extend(jobs.into_iter().map(|job| Prepared::new(&job)));
        self
    }

    /// Adds a batch, which counts as one member once it is complete: as dead if one of it died, as cancelled if one was
    /// cancelled, else as done.
    ///
    /// ```
    /// # use jobs::job;
    /// # jobs::queues! { default }
    /// # #[job] async fn resize(picture: u64) {}
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let album = |pictures: std::ops::Range<u64>| jobs::batch("album").add_all(pictures.map(|picture| Resize { picture }));
    /// let all = jobs::batch("albums").add_batch(album(0..10)).add_batch(album(10..30)).on(&jobs).enqueue().await?;
    /// assert_eq!(all.progress().await?.total, 2);
    /// # Ok(()) }
    /// # fn main() {}
    /// ```
    pub fn add_batch(mut self, batch: Batch) -> Self {
        self.inner.push(batch);
        self
    }

    /// Enqueues this job once all members have ended well, also later, after dead ones were retried. Discarded members
    /// ended well; cancelled ones did not.
    pub fn on_success<J: Job>(mut self, job: J) -> Self {
        self.success = Some(Prepared::new(&job));
        self
    }

    /// Enqueues this job once, at the first death of a member.
    pub fn on_death<J: Job>(mut self, job: J) -> Self {
        self.death = Some(Prepared::new(&job));
        self
    }

    /// Enqueues this job once, when no member is open for the first time, however they ended.
    pub fn on_complete<J: Job>(mut self, job: J) -> Self {
        self.complete = Some(Prepared::new(&job));
        self
    }

    /// Uses this handle instead of the current one.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.on = Some(jobs.clone());
        self
    }

    /// Inserts it on a sqlx transaction or connection: it is there if that commits.
    ///
    /// ```
    /// # use jobs::job;
    /// # jobs::queues! { default }
    /// # #[job] async fn resize(picture: u64) {}
    /// # #[cfg(feature = "sqlite")]
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let mut tx = jobs.begin::<jobs::sqlx::Sqlite>().await?;
    /// let album: jobs::BatchIn<'_, _> = jobs::batch("album").add(Resize { picture: 1 }).in_transaction(&mut tx);
    /// album.enqueue().await?;
    /// tx.commit().await?;
    /// # Ok(()) }
    /// # fn main() {}
    /// ```
    pub fn in_transaction<X: Target>(self, target: &mut X) -> BatchIn<'_, X> {
        BatchIn {
            batch: self,
            target,
        }
    }

    /// Stores the batch. Jobs that a hook halts are left out. A batch without members is complete at once.
    ///
    /// # Errors
    /// There is no handle, an argument cannot be stored, or the database fails; then nothing is stored.
    pub async fn enqueue(self) -> Result<BatchHandle> {
        let jobs = self.on.clone().map_or_else(current, Ok)?;
        self.store(jobs.clone(), &mut store::Own(jobs)).await
    }

    async fn store(self, jobs: Jobs, place: &mut dyn Place) -> Result<BatchHandle> {
        let mut work = NewWork::default();
        let mut infos = Vec::with_capacity(self.jobs.len());
        let id = self.gather(&jobs, None, &mut work, &mut infos).await?;
        store::store(&jobs, infos, work, place).await?;
        Ok(BatchHandle::new(jobs, id))
    }

    /// Prepares the batch and those in it.
    pub(super) fn gather<'a>(
        self,
        jobs: &'a Jobs,
        parent: Option<GroupId>,
        work: &'a mut NewWork,
        infos: &'a mut Vec<EnqueueInfo>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<GroupId>> + Send + 'a>> {
        Box::pin(async move {
            let id = GroupId::new();
            let mut group = store::group(id, GroupKind::Batch, parent);
            group.name = Some(self.name);
            group.callbacks = Callbacks {
                success: callback(jobs, self.success).await?,
                death: callback(jobs, self.death).await?,
                complete: callback(jobs, self.complete).await?,
            };
            work.groups.push(group);
            members(jobs, id, self.jobs, work, infos, false).await?;
            for inner in self.inner {
                inner.gather(jobs, Some(id), work, infos).await?;
            }
            Ok(id)
        })
    }
}

/// Prepares the jobs of a batch; those that a hook halts are left out, unless it is to be whole.
pub(super) async fn members(
    jobs: &Jobs,
    batch: GroupId,
    prepared: impl IntoIterator<Item = Prepared>,
    work: &mut NewWork,
    infos: &mut Vec<EnqueueInfo>,
    whole: bool,
) -> Result<()> {
    for mut prepared in prepared {
        prepared.member = Some(Box::new(Member {
            group: batch,
            place: None,
            input: None,
            waits: false,
        }));
        match store::prepare(jobs, prepared, &mut work.jobs).await {
            Ok(info) => infos.push(info),
            Err(Error::Halted { .. }) if !whole => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A job for a turning point. Its enqueue hooks run now; one that is halted is left out.
async fn callback(jobs: &Jobs, prepared: Option<Prepared>) -> Result<Option<StoredJob>> {
    let Some(prepared) = prepared else {
        return Ok(None);
    };
    let mut one: Vec<NewJob> = Vec::with_capacity(1);
    match store::prepare(jobs, prepared, &mut one).await {
        Ok(_) => Ok(one.pop().map(StoredJob::from)),
        Err(Error::Halted { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A batch about to be enqueued on a caller's transaction.
#[must_use = "a batch is enqueued only by `.enqueue().await`"]
pub struct BatchIn<'t, X> {
    batch: Batch,
    target: &'t mut X,
}

impl<X> fmt::Debug for BatchIn<'_, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.batch.fmt(f)
    }
}

impl<X: Target> BatchIn<'_, X> {
    /// Uses this handle instead of the one that the transaction came from, or of the current one.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.batch.on = Some(jobs.clone());
        self
    }

    /// Stores the batch in the transaction.
    ///
    /// # Errors
    /// As [`Batch::enqueue`]; the transaction is then to be rolled back.
    pub async fn enqueue(self) -> Result<BatchHandle> {
        let named = self.batch.on.as_ref().or(self.target.jobs());
        let jobs = named.cloned().map_or_else(current, Ok)?;
        let mut place = store::Theirs {
            jobs: jobs.clone(),
            target: self.target,
        };
        self.batch.store(jobs, &mut place).await
    }
}
