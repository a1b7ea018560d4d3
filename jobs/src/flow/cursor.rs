//! [`Cursor`]: how far a job is in a long list, kept with the jobs that it enqueues on its way.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    context::{JobContext, Stop},
    dead_letters,
    enqueue::{Gather, Prepared, after_hooks, through_hooks},
    error::Error,
    failure::FlowError,
    handle::current,
    job::Job,
    storage::{CheckpointKind, Inserted, NewWork, wakes},
};

/// How far a job is, from [`JobContext::cursor`].
///
/// Each `advance` is a checkpoint: after a failure or a crash the job goes on behind the last one. When the worker
/// shuts down, the run ends at its next `advance`, at no cost in attempts, and goes on elsewhere. Storage trouble ends
/// the run from inside, as a failure of type [`FlowError`](crate::FlowError).
///
/// ```
/// use jobs::{JobContext, job};
/// # jobs::queues! { default }
/// # async fn orders_after(last: Option<i64>) -> Result<Vec<i64>, String> { Ok(vec![]) }
///
/// #[job]
/// async fn process_order(order_id: i64) {}
///
/// #[job]
/// async fn process_orders(#[ctx] ctx: &JobContext) -> Result<(), String> {
///     let mut cursor = ctx.cursor::<i64>("orders").await;
///     loop {
///         let page = orders_after(cursor.get()).await?;
///         let Some(last) = page.last().copied() else { return Ok(()) };
///         // Either both are stored, the jobs and how far it is, or none.
///         let jobs = page.into_iter().map(|order_id| ProcessOrder { order_id });
///         cursor.advance_with(last, jobs).await;
///     }
/// }
/// # fn main() {}
/// ```
pub struct Cursor<T> {
    ctx: JobContext,
    name: String,
    value: Option<T>,
}

impl<T: fmt::Debug> fmt::Debug for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("name", &self.name)
            .field("value", &self.value)
            .finish()
    }
}

impl JobContext {
    /// The cursor of this name, where the job's last run left it. It needs no `#[flow]`.
    ///
    /// ```
    /// use jobs::{JobContext, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn count(#[ctx] ctx: &JobContext) {
    ///     let mut cursor = ctx.cursor::<u64>("counted").await;
    ///     for number in cursor.get().unwrap_or(0)..1_000 {
    ///         println!("{number}");
    ///         cursor.advance(number + 1).await;
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub async fn cursor<T: Serialize + DeserializeOwned + Send>(&self, name: &str) -> Cursor<T> {
        let journal = self.journal();
        journal.check_name(self, name).await;
        let stored = journal.value(self, CheckpointKind::Cursor, name, 0).await;
        let value = match stored.map(|json| serde_json::from_str(&json)).transpose() {
            Ok(value) => value,
            Err(error) => {
                let wanted = std::any::type_name::<T>();
                let error = FlowError::unreadable(name, wanted, &error);
                self.stop(Stop::Failed(error)).await
            }
        };
        Cursor {
            ctx: self.share(),
            name: name.to_owned(),
            value,
        }
    }
}

impl<T: Serialize + DeserializeOwned + Send> Cursor<T> {
    /// Where it stands; `None` before the first `advance`.
    #[must_use]
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.value.clone()
    }

    /// Moves it, durably.
    pub async fn advance(&mut self, to: T) {
        let journal = self.ctx.journal();
        journal
            .keep(&self.ctx, CheckpointKind::Cursor, &self.name, &to)
            .await;
        self.moved(to).await;
    }

    /// Moves it and enqueues jobs, in one transaction: no job is left out and none is enqueued twice, wherever the
    /// process dies. Their enqueue hooks run before; one that is halted is left out. A job whose unique key is held
    /// stands for the one that holds it.
    pub async fn advance_with<J: Job>(
        &mut self,
        to: T,
        new: impl IntoIterator<Item = J, IntoIter: Send> + Send,
    ) {
        let jobs = match self.ctx.journal().jobs().cloned().map_or_else(current, Ok) {
            Ok(jobs) => jobs,
            Err(error) => self.failed(&error).await,
        };
        let (mut rows, mut infos) = (Gather(Vec::new()), Vec::new());
        for job in new {
            match through_hooks(&jobs, Prepared::new(&job), &mut rows).await {
                Ok((info, _)) => infos.push(info),
                Err(Error::Halted { .. }) => {}
                Err(error) => self.failed(&error).await,
            }
        }
        let rows = rows.0;
        let told = wakes(&rows, jobs.utc());
        let (journal, kind) = (self.ctx.journal(), CheckpointKind::Cursor);
        let json = journal.json(&self.ctx, &self.name, &to).await;
        let ids: Vec<_> = rows.iter().map(|row| (row.kind, row.id)).collect();
        let settled = if journal.jobs().is_some() {
            let work = NewWork {
                jobs: rows,
                ..NewWork::default()
            };
            journal
                .settle(&self.ctx, kind, &self.name, Some(json), None, work)
                .await
                .inserted
        } else {
            // Called in place: the jobs are enqueued, and the cursor moves in memory.
            let now = jobs.inner().clock.now();
            let inserting = jobs
                .inner()
                .store
                .call(move |storage| async move { storage.insert(rows, now).await });
            match inserting.await {
                Ok(inserted) => inserted,
                Err(error) => self.failed(&error).await,
            }
        };
        if !told.is_empty() {
            jobs.inner().wakes.everywhere(told);
        }
        for info in &infos {
            after_hooks(&jobs, info).await;
        }
        for ((kind, id), inserted) in ids.into_iter().zip(settled) {
            if inserted == Inserted::Dead {
                let known = jobs.inner().registry.job(kind);
                dead_letters::tell(&jobs, known.map_or("(unknown)", |job| job.name), id).await;
            }
        }
        self.moved(to).await;
    }

    async fn moved(&mut self, to: T) {
        self.value = Some(to);
        if self.ctx.journal().jobs().is_some() && self.ctx.is_cancelled() {
            // The worker shuts down, or somebody asked the job to end: a good place to stop.
            self.ctx.stop(Stop::Yield).await;
        }
    }

    async fn failed(&self, error: &Error) -> ! {
        let error = FlowError::unwritable(&self.name, error);
        self.ctx.stop(Stop::Failed(error)).await
    }
}
