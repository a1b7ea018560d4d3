//! `jobs.inspect()`: what an operator sees of a database, and does by hand. The dashboard and the command line have no
//! other door.
//!
//! It works on a database whose jobs this program does not know: names come from the database. Everything is read by
//! pages and with bounded counts, so that a million jobs make no page slow; every change goes through the storage's
//! guarded verbs, and is noted with who did it.
//!
//! ```
//! use jobs::inspect::Filter;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> jobs::Result<()> {
//! # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
//! let inspector = jobs.inspect().as_actor("cli:ann");
//! let dead = Filter { states: vec![jobs::State::Dead], ..Filter::default() };
//! let page = inspector.jobs(&dead, None, 50).await?;
//! for job in &page.items {
//!     println!("{} {}", job.id, job.name);
//!     inspector.retry(job.id).await?;
//! }
//! # Ok(()) }
//! ```

mod act;
mod batches;
mod bulk;
mod enqueue;
mod filter;
mod fingerprint;
mod letters;
mod overview;
mod people;
mod redact;
#[cfg(feature = "cron")]
mod tasks;
mod why;

use std::sync::Arc;

use futures_core::future::BoxFuture;

pub use crate::storage::inspect::{
    Argument, GroupsIn as Batches, Health, KindRow as Kind, Outcome, Span,
};
pub use act::Answer;
pub use batches::{BatchView, Callback, Turn};
pub use bulk::{Action, Report, Target};
pub use enqueue::NewByName;
pub use filter::{Filter, Page};
pub use letters::Group;
pub use overview::{Bucket, Count, Overview, QueueView};
pub use people::{Asked, Audit, WorkerState, WorkerView};
pub use redact::REDACTED;
pub(crate) use redact::{telling, without};
pub use why::{Reason, Why};

use crate::{
    error::Result,
    handle::Jobs,
    record::{JobId, JobRecord},
    storage::{Now, Storage, inspect::AuditNote},
};

/// What an operator sees and does; cheap to clone.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
/// let overview = jobs.inspect().overview().await?;
/// println!("{} queues", overview.queues.len());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Inspector {
    jobs: Jobs,
    actor: Arc<str>,
}

impl Jobs {
    /// What an operator sees of the database, and does by hand.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// for worker in jobs.inspect().workers().await? {
    ///     println!("{} on {}: {:?}", worker.pid, worker.host, worker.state);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn inspect(&self) -> Inspector {
        Inspector {
            jobs: self.clone(),
            actor: "unknown".into(),
        }
    }
}

impl Inspector {
    /// Says who acts, for the log of what was done by hand: `cli:ann`, `web:bob@example.com`. At most 200 bytes are kept.
    #[must_use]
    pub fn as_actor(&self, actor: &str) -> Self {
        let end = actor.floor_char_boundary(200);
        Self {
            actor: actor[..end].into(),
            ..self.clone()
        }
    }

    /// The handle behind it.
    #[must_use]
    pub fn handle(&self) -> &Jobs {
        &self.jobs
    }

    /// All that is kept of a job; `None` if there is no record (any more). Arguments that the job redacts are shown as
    /// `[redacted]`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn get(&self, id: JobId) -> Result<Option<JobRecord>> {
        let record = self.jobs.get(id).await?;
        let Some(mut record) = record else {
            return Ok(None);
        };
        self.redactions().await?.hide(&mut record);
        Ok(Some(record))
    }

    /// Every name of a job that the database knows, with its defaults and what it redacts.
    ///
    /// # Errors
    /// The database fails.
    pub async fn kinds(&self) -> Result<Vec<Kind>> {
        self.call(|storage, _| async move { storage.kinds().await })
            .await
    }

    /// Whether the worker of this process gives its signs of life in time; true where none runs.
    ///
    /// ```
    /// # async fn doc(inspector: jobs::inspect::Inspector) {
    /// assert!(inspector.is_alive());
    /// # }
    /// ```
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.jobs.inner().pulse.is_fine()
    }

    /// What the database says of its own health: versions, settings, bloat, the oldest transaction.
    ///
    /// # Errors
    /// The database fails.
    pub async fn health(&self) -> Result<Health> {
        self.call(|storage, _| async move { storage.health().await })
            .await
    }

    /// One verb of the storage, at the handle's time.
    async fn call<T, F>(
        &self,
        verb: impl FnOnce(Arc<dyn Storage>, Now) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let inner = self.jobs.inner();
        let now = inner.clock.now();
        inner.store.call(move |storage| verb(storage, now)).await
    }

    /// Notes what was done. A failure to note it is logged, and does not undo what was done.
    async fn note(&self, action: &str, subject: impl ToString, detail: impl ToString) {
        let note = AuditNote {
            actor: self.actor.to_string(),
            action: action.to_owned(),
            subject: subject.to_string(),
            detail: detail.to_string(),
        };
        let noted = self.call(|storage, now| async move { storage.note_audit(note, now).await });
        if let Err(error) = noted.await {
            tracing::error!(%error, action, actor = %self.actor, "what was done by hand could not be noted");
        }
    }
}

type Answered<'a, T> = BoxFuture<'a, Result<T>>;
