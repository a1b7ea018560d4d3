//! `perform_all_later`: many jobs of one kind, one statement for each chunk.

use std::{borrow::Cow, future::IntoFuture, time::Duration};

use chrono::{DateTime, TimeZone, Utc};
use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{StreamExt, stream};

use super::{EnqueueInfo, Options, Prepared, Sink, hooks, keyed, outcome, through_hooks};
use crate::{
    combine::{Repeated, patiently},
    error::{Error, Result},
    handle::{Jobs, current},
    job::Job,
    job_handle::JobHandle,
    queue::Queue,
    storage::{Inserted, NewJob, RunAt},
};
use tokio::task::JoinHandle;

/// How many jobs one statement inserts.
const CHUNK: usize = 1_000;

/// Marks sources that are iterators.
#[derive(Debug)]
pub struct FromIter;
/// Marks sources that are streams.
#[derive(Debug)]
pub struct FromStream;

/// Where jobs come from: any iterator or stream of them.
///
/// ```
/// use futures_util::stream;
///
/// # async fn doc<J: jobs::Job>(many: Vec<J>, more: Vec<J>) -> jobs::Result<()> {
/// jobs::perform_all_later(many).await?; // an iterator
/// jobs::perform_all_later(stream::iter(more)).await?; // a stream: stored while it goes on
/// # Ok(()) }
/// # fn any_source<'a, J, Kind>(_: impl jobs::JobSource<'a, J, Kind>) {}
/// ```
pub trait JobSource<'a, J, Kind> {
    #[doc(hidden)]
    fn into_jobs(self) -> BoxStream<'a, J>;
}

impl<'a, J, I> JobSource<'a, J, FromIter> for I
where
    I: IntoIterator<Item = J>,
    I::IntoIter: Send + 'a,
{
    fn into_jobs(self) -> BoxStream<'a, J> {
        stream::iter(self).boxed()
    }
}

impl<'a, J, S> JobSource<'a, J, FromStream> for S
where
    S: futures_core::Stream<Item = J> + Send + 'a,
{
    fn into_jobs(self) -> BoxStream<'a, J> {
        self.boxed()
    }
}

/// Enqueues all jobs of an iterator or a stream, in chunks of one statement each; a chunk is stored whole or not at all.
///
/// ```
/// # async fn doc<J: jobs::Job>(jobs: jobs::Jobs, many: Vec<J>) -> jobs::Result<()> {
/// let enqueued = jobs::perform_all_later(many).priority(5).on(&jobs).await?;
/// println!("{} enqueued, {} halted by hooks", enqueued.len(), enqueued.halted());
/// # Ok(()) }
/// ```
pub fn perform_all_later<'a, J, Kind, S>(source: S) -> EnqueueAll<'a, J>
where
    J: Job,
    S: JobSource<'a, J, Kind>,
{
    EnqueueAll {
        source: source.into_jobs(),
        options: Options::default(),
        on: None,
    }
}

/// Many jobs about to be enqueued.
///
/// ```
/// # use std::time::Duration;
/// # async fn doc<J: jobs::Job>(many: Vec<J>, more: Vec<J>, jobs: jobs::Jobs) -> jobs::Result<()> {
/// let bulk = jobs::perform_all_later(many).queue(jobs::queues::default).tag("import").wait(Duration::from_secs(60));
/// println!("the first is {:?}", bulk.on(&jobs).await?.handles().first());
/// let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
/// jobs::perform_all_later(more).wait_until(tomorrow).on(&jobs).await?;
/// # Ok(()) }
/// ```
#[must_use = "jobs are enqueued only when this is awaited"]
pub struct EnqueueAll<'a, J> {
    source: BoxStream<'a, J>,
    options: Options,
    on: Option<Jobs>,
}

impl<J> std::fmt::Debug for EnqueueAll<'_, J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.options.fmt(f)
    }
}

impl<J> EnqueueAll<'_, J> {
    /// Runs them so long from now; at most a thousand years.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.options.run_at = RunAt::In(wait);
        self
    }

    /// Runs them at a time; one that is past runs now. Times outside of the years 1 to 9999 become the nearest inside.
    pub fn wait_until<Tz: TimeZone>(mut self, time: DateTime<Tz>) -> Self {
        self.options.run_at = RunAt::At(time.with_timezone(&Utc));
        self
    }

    /// Sends them to another queue than their own.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.options.queue = Some(queue);
        self
    }

    /// Gives them another priority.
    pub fn priority(mut self, priority: i16) -> Self {
        self.options.priority = Some(priority);
        self
    }

    /// Adds a label to each.
    pub fn tag(mut self, tag: impl Into<Cow<'static, str>>) -> Self {
        self.options.tags.push(tag.into());
        self
    }

    /// Uses this handle instead of the current one.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.on = Some(jobs.clone());
        self
    }
}

/// What `perform_all_later` did: handles in the order of the source, without the halted ones.
///
/// ```
/// # async fn doc<J: jobs::Job>(jobs: jobs::Jobs, many: Vec<J>) -> jobs::Result<()> {
/// let enqueued = jobs::perform_all_later(many).on(&jobs).await?;
/// for handle in &enqueued {
///     println!("{}", handle.id());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Bulk<T> {
    handles: Vec<JobHandle<T>>,
    halted: usize,
}

impl<T> Bulk<T> {
    /// The handles.
    #[must_use]
    pub fn handles(&self) -> &[JobHandle<T>] {
        &self.handles
    }

    /// How many a `before_enqueue` hook halted.
    #[must_use]
    pub fn halted(&self) -> usize {
        self.halted
    }
}

impl<T> std::ops::Deref for Bulk<T> {
    type Target = [JobHandle<T>];
    fn deref(&self) -> &[JobHandle<T>] {
        &self.handles
    }
}

impl<T> IntoIterator for Bulk<T> {
    type Item = JobHandle<T>;
    type IntoIter = std::vec::IntoIter<JobHandle<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.handles.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Bulk<T> {
    type Item = &'a JobHandle<T>;
    type IntoIter = std::slice::Iter<'a, JobHandle<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.handles.iter()
    }
}

impl<'a, J: Job> IntoFuture for EnqueueAll<'a, J> {
    type Output = Result<Bulk<J::Output>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let jobs = self.on.map_or_else(current, Ok)?;
            let mut chunks = self.source.ready_chunks(CHUNK);
            let mut bulk = Bulk {
                handles: Vec::new(),
                halted: 0,
            };
            // One chunk is prepared while the one before is stored; they are stored one after the other, in order.
            let mut under_way: Option<Chunk> = None;
            while let Some(chunk) = chunks.next().await {
                let next = prepare(&jobs, chunk, &self.options, &mut bulk.halted).await;
                if let Some(chunk) = under_way.take() {
                    chunk.settle(&jobs, &mut bulk.handles).await?;
                }
                under_way = Some(next?);
            }
            if let Some(chunk) = under_way {
                chunk.settle(&jobs, &mut bulk.handles).await?;
            }
            Ok(bulk)
        })
    }
}

/// A chunk that is being stored.
struct Chunk {
    infos: Vec<EnqueueInfo>,
    inserting: JoinHandle<Result<Vec<Inserted>>>,
}

/// Runs the hooks of a chunk's jobs and begins to store it.
async fn prepare<J: Job>(
    jobs: &Jobs,
    chunk: Vec<J>,
    options: &Options,
    halted: &mut usize,
) -> Result<Chunk> {
    let mut gathered = Gather(Vec::with_capacity(chunk.len()));
    let mut infos = Vec::with_capacity(chunk.len());
    for job in chunk {
        let mut prepared = Prepared::new(&job);
        prepared.options = options.clone();
        match through_hooks(jobs, prepared, &mut gathered).await {
            Ok((info, _)) => infos.push(info),
            Err(Error::Halted { .. }) => *halted += 1,
            Err(error) => return Err(error),
        }
    }
    super::refuse_inside_transaction(jobs)?;
    let inner = jobs.inner();
    let rows = gathered.0;
    let keyed = rows.iter().any(|row| row.keys.is_some());
    let insert = if keyed {
        inner.insert_keyed.clone()
    } else {
        inner.insert.clone()
    };
    // On the handle's runtime, so that a caller who goes away leaves no chunk half-told.
    let inserting = inner
        .store
        .start(move |_| async move { patiently(&*insert, &rows, Repeated(false)).await });
    Ok(Chunk { infos, inserting })
}

impl Chunk {
    /// Waits until it is stored, and does what follows.
    async fn settle<T>(self, jobs: &Jobs, handles: &mut Vec<JobHandle<T>>) -> Result<()> {
        let inserted = self.inserting.await.unwrap_or(Err(Error::Closed))?;
        for (info, inserted) in self.infos.iter().zip(&inserted) {
            jobs.enqueued(info.definition, &info.job, *inserted, true);
        }
        for info in &self.infos {
            hooks::after(jobs, info).await;
        }
        jobs.after_enqueue().await;
        for (info, inserted) in self.infos.into_iter().zip(inserted) {
            let inserted = keyed::held(jobs.inner(), &info.job, inserted)?;
            let (id, duplicate) = outcome(jobs, &info.job, inserted).await?;
            handles.push(JobHandle::new(jobs.clone(), id, duplicate));
        }
        Ok(())
    }
}

/// Gathers rows; they are stored together once the chunk's hooks have run.
pub(crate) struct Gather(pub(crate) Vec<NewJob>);

impl Sink for Gather {
    fn store(&mut self, job: NewJob) -> BoxFuture<'_, Result<Inserted>> {
        self.0.push(job);
        Box::pin(std::future::ready(Ok(Inserted::New)))
    }
}
