//! `perform_later` and what can be said before its `.await`.

mod bulk;
mod held;
mod hooks;
mod info;
pub(crate) mod keyed;
mod prepare;
mod transaction;

use std::{borrow::Cow, future::IntoFuture, marker::PhantomData, time::Duration};

use chrono::{DateTime, TimeZone, Utc};
use futures_core::future::BoxFuture;
use tracing::Instrument as _;

pub(crate) use bulk::Gather;
pub use bulk::{Bulk, EnqueueAll, JobSource, perform_all_later};
pub use held::{TxDef, TxGuard, TxParam};
pub(crate) use hooks::after as after_hooks;
pub use info::{EnqueueInfo, NextEnqueue};
pub(crate) use prepare::{Options, Prepared, stored_keys};
pub(crate) use transaction::insert_work;
pub use transaction::{Backend, EnqueueIn, Target, Transaction};

use crate::{
    dead_letters,
    error::{Error, Result},
    handle::{Jobs, current, holds_the_writer},
    job::Job,
    job_handle::JobHandle,
    queue::Queue,
    record::JobId,
    storage::{EnqueueSql, Inserted, NewJob, RunAt},
    telemetry,
};

/// A job about to be enqueued. Nothing is stored before `.await`.
///
/// ```
/// # use std::time::Duration;
/// # async fn doc(builder: jobs::Enqueue<()>, jobs: jobs::Jobs) -> jobs::Result<()> {
/// let handle = builder.wait(Duration::from_secs(3600)).priority(-5).tag("bulk").on(&jobs).await?;
/// println!("enqueued as {}", handle.id());
/// # Ok(()) }
/// ```
#[must_use = "a job is enqueued only when this is awaited"]
#[derive(Debug)]
pub struct Enqueue<T> {
    prepared: Prepared,
    on: Option<Jobs>,
    output: PhantomData<fn() -> T>,
}

impl<T> Enqueue<T> {
    #[doc(hidden)]
    pub fn __new<J: Job<Output = T>>(job: J) -> Self {
        Self {
            prepared: Prepared::new(&job),
            on: None,
            output: PhantomData,
        }
    }

    /// Runs it so long from now, by the database's clock; at most a thousand years.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.prepared.options.run_at = RunAt::In(wait);
        self
    }

    /// Runs it at a time, of any time zone; one that is past runs now. Times outside of the years 1 to 9999 become the
    /// nearest one inside.
    ///
    /// ```
    /// # async fn doc(builder: jobs::Enqueue<()>) -> jobs::Result<()> {
    /// let tomorrow = chrono::Local::now() + chrono::TimeDelta::days(1);
    /// builder.wait_until(tomorrow).await?;
    /// # Ok(()) }
    /// ```
    pub fn wait_until<Tz: TimeZone>(mut self, time: DateTime<Tz>) -> Self {
        self.prepared.options.run_at = RunAt::At(time.with_timezone(&Utc));
        self
    }

    /// Sends it to another queue than its own.
    ///
    /// ```
    /// # async fn doc(builder: jobs::Enqueue<()>) -> jobs::Result<()> {
    /// builder.queue(jobs::queues::default).await?;
    /// # Ok(()) }
    /// ```
    pub fn queue(mut self, queue: Queue) -> Self {
        self.prepared.options.queue = Some(queue);
        self
    }

    /// Gives it another priority; lower runs first.
    pub fn priority(mut self, priority: i16) -> Self {
        self.prepared.options.priority = Some(priority);
        self
    }

    /// Adds a label to those of its kind; at most 16 of 100 bytes.
    pub fn tag(mut self, tag: impl Into<Cow<'static, str>>) -> Self {
        self.prepared.options.tags.push(tag.into());
        self
    }

    /// Gives it an id of the caller's: a second enqueue with the same id changes nothing and gives the same handle,
    /// with [`was_duplicate`](JobHandle::was_duplicate).
    pub fn id(mut self, id: JobId) -> Self {
        self.prepared.id = Some(id);
        self
    }

    /// Uses this handle instead of the current one.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.on = Some(jobs.clone());
        self
    }

    /// Inserts it on a sqlx transaction or connection: it is there if that commits. The handle is that of
    /// [`Jobs::begin`] for a transaction from there, for others the current one.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # async fn doc(builder: jobs::Enqueue<()>, jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let mut tx = jobs.begin::<jobs::sqlx::Sqlite>().await?;
    /// builder.in_transaction(&mut tx).await?;
    /// tx.commit().await?;
    /// # Ok(()) }
    /// ```
    pub fn in_transaction<X: Target>(self, target: &mut X) -> EnqueueIn<'_, T, X> {
        EnqueueIn::new(self, target)
    }

    /// The enqueue as a statement with its parameters, for a transaction of another database library. It runs no
    /// hooks and wakes no worker: workers find the job when they look by themselves. A job whose unique key is held is
    /// not inserted, whatever its `on_conflict`: the statement then reports no row.
    ///
    /// ```
    /// # async fn doc(builder: jobs::Enqueue<()>, jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let statement = builder.on(&jobs).to_sql()?;
    /// println!("{} with {:?}", statement.sql, statement.params);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// There is no handle, or the arguments cannot be stored.
    pub fn to_sql(self) -> Result<EnqueueSql> {
        let jobs = self.handle()?;
        let mut info = self.prepared.resolve(&jobs)?;
        prepare::settle(&jobs, info.definition.name, &mut info.job)?;
        Ok(jobs.inner().store.storage().enqueue_sql(&info.job))
    }

    fn handle(&self) -> Result<Jobs> {
        self.on.clone().map_or_else(current, Ok)
    }
}

impl<T: 'static> IntoFuture for Enqueue<T> {
    type Output = Result<JobHandle<T>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let jobs = self.handle()?;
            let (id, duplicate) =
                enqueue_one(&jobs, self.prepared, &mut Group(jobs.clone())).await?;
            Ok(JobHandle::new(jobs, id, duplicate))
        })
    }
}

/// Where prepared jobs go.
pub(crate) trait Sink: Send {
    /// Stores one.
    fn store(&mut self, job: NewJob) -> BoxFuture<'_, Result<Inserted>>;

    /// Whether it is stored for good then; false where somebody's transaction decides that later.
    fn is_certain(&self) -> bool {
        true
    }
}

/// Joins the group commit of all single enqueues.
pub(crate) struct Group(pub(crate) Jobs);

impl Sink for Group {
    fn store(&mut self, job: NewJob) -> BoxFuture<'_, Result<Inserted>> {
        if let Err(error) = refuse_inside_transaction(&self.0) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let inner = self.0.inner();
        if job.keys.is_some() {
            return Box::pin(keyed::store(inner, job));
        }
        Box::pin(inner.inserts.submit(job))
    }
}

/// A `#[tx]` job holds the only writer of its database: an insert beside its transaction would wait for it for ever.
pub(crate) fn refuse_inside_transaction(jobs: &Jobs) -> Result<()> {
    if holds_the_writer(jobs) {
        return Err(Error::InsideTransaction);
    }
    Ok(())
}

/// Prepares one job, runs its hooks, stores it. Gives its id, and whether a job with that id was there before.
pub(crate) async fn enqueue_one(
    jobs: &Jobs,
    prepared: Prepared,
    sink: &mut dyn Sink,
) -> Result<(JobId, bool)> {
    let (info, inserted) = through_hooks(jobs, prepared, sink).await?;
    jobs.enqueued(info.definition, &info.job, inserted, sink.is_certain());
    hooks::after(jobs, &info).await;
    if sink.is_certain() {
        jobs.after_enqueue().await;
    }
    outcome(jobs, &info.job, inserted).await
}

/// The same up to the `after_enqueue` hooks.
pub(crate) async fn through_hooks(
    jobs: &Jobs,
    prepared: Prepared,
    sink: &mut dyn Sink,
) -> Result<(EnqueueInfo, Inserted)> {
    let span = telemetry::enqueue_span(prepared.definition);
    let storing = async {
        let info = prepared.resolve(jobs)?;
        tracing::Span::current()
            .record("messaging.message.id", tracing::field::display(info.job.id));
        hooks::around(jobs, info, sink).await
    };
    storing.instrument(span).await
}

/// Whose handle the caller gets, and whether that job was there before. Refuses an id of another kind of job.
pub(crate) async fn outcome(
    jobs: &Jobs,
    job: &NewJob,
    inserted: Inserted,
) -> Result<(JobId, bool)> {
    let (id, kind) = (job.id, job.kind);
    match inserted {
        Inserted::New => Ok((id, false)),
        Inserted::Exists(existing) if existing == kind => Ok((id, true)),
        Inserted::Held(holder) => Ok((holder, true)),
        Inserted::Dead => {
            let known = jobs.inner().registry.job(kind);
            dead_letters::tell(jobs, known.map_or("(unknown)", |job| job.name), id).await;
            Ok((id, false))
        }
        // Stored by somebody's transaction that is still open: the caller waited long enough.
        Inserted::Busy => Err(keyed::busy()),
        Inserted::Exists(existing) => {
            let names = jobs
                .inner()
                .store
                .call(|storage| async move { storage.kind_names().await })
                .await?;
            let name = names
                .into_iter()
                .find(|(kind, _)| *kind == existing)
                .map(|(_, name)| name);
            Err(Error::IdTaken {
                id,
                existing: name.unwrap_or_else(|| "job of an unknown kind".into()),
            })
        }
    }
}
